import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, NOTHING, setTimer } from '../decision.ts'
import type { PaidStayTimer } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { openCase } from './cases.ts'
import type { ParkingCommon, StayFacts } from './facts.ts'

/**
 * Whoever has paid all that was asked, and is not let out by the same decision, is waited for: a due time for each such stay, so that nobody looks through all stays for those that never left. What is taken off it again ends the wait.
 */
export function watchPaid(decision: Decision, { policy }: ParkingCommon, now: Now): Decision {
  const gone = decision.changes.flatMap((change) =>
    change.kind === 'session-moved' && change.status !== 'inside' ? [change.session] : [],
  )
  const waits = decision.changes.flatMap((change): readonly Change[] => {
    if (change.kind === 'credit-reversed' && change.session !== null)
      return [clearTimer(timerOf(change.session, now.at))]
    if (change.kind !== 'session-settled' || gone.includes(change.session)) return []
    return [setTimer(timerOf(change.session, change.at), now.at, policy.paidStayMs)]
  })
  return waits.length === 0 ? decision : { ...decision, changes: [...decision.changes, ...waits] }
}

/** It goes: nobody waits for it any more. Who pays at the lane and goes was never waited for. */
export function unwatched({ session: { id, settledAt } }: StayFacts, now: Now): readonly Change[] {
  return settledAt === null || settledAt === now.at ? [] : [clearTimer(timerOf(id, settledAt))]
}

/** What the books say of a stay that was paid long ago. */
export type OverdueFacts = { readonly parking: ParkingCommon | null; readonly stay: StayFacts | null }

/**
 * All of it was paid `paidStayMs` ago, and it is inside still: a case, once, until it leaves or staff end it. One that is on its way out, or has been asked for more and paid that since, is none. While the time is not trusted it is looked at again
 * later.
 */
export function decideOverdue(
  timer: PaidStayTimer,
  { parking, stay }: OverdueFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (parking === null || stay === null) return NOTHING
  const { session, picture, cases } = stay
  if (session.status !== 'inside' || session.settledAt !== timer.settledAt) return NOTHING
  const subject = { charge: session.charge, passage: null, session: session.id }
  if (!isTrusted(now.trust))
    return { ...NOTHING, subject, changes: [setTimer(timer, now.at, parking.policy.paidStayMs)] }
  const about = { lane: null, session: session.id, charge: session.charge, pictures: [picture] }
  const opened = openCase('paid-never-left', about, cases, { ...common, mode: session.mode }, now)
  return { ...NOTHING, subject, changes: opened }
}

function timerOf(session: PaidStayTimer['session'], settledAt: PaidStayTimer['settledAt']): PaidStayTimer {
  return { purpose: 'paid-stay-due', session, settledAt }
}
