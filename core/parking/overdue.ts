import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, NOTHING, setTimer } from '../decision.ts'
import type { PaidStayTimer } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { DAY_MS, isTrusted, later } from '../time.ts'
import { waitForPaid } from './asking.ts'
import { openCase } from './cases.ts'
import type { ParkingCommon, StayFacts } from './facts.ts'

/**
 * Whoever has paid all that was asked, and is not let out by the same decision, is waited for: a due time for each such stay, so that nobody looks through all stays for those that never left. What is taken off it again ends the wait. What was paid by a clock
 * that is not trusted says itself that it is waited for (`settled`).
 */
export function watchPaid(decision: Decision, { policy }: ParkingCommon, now: Now): Decision {
  const gone = decision.changes.flatMap((change) =>
    change.kind === 'session-moved' && change.status !== 'inside' ? [change.session] : [],
  )
  const isOfGone = (change: Change): boolean =>
    change.kind === 'timer-set' && change.timer.purpose === 'paid-stay-due' && gone.includes(change.timer.session)
  const waits = decision.changes.flatMap((change): readonly Change[] => {
    if (change.kind === 'credit-reversed' && change.session !== null) return [over(change.session)]
    if (change.kind !== 'session-settled' || gone.includes(change.session)) return []
    return [waitForPaid({ session: change.session, settledAt: change.at }, policy.paidStayMs, now)]
  })
  const kept = decision.changes.filter((change) => !isOfGone(change))
  const isSame = waits.length === 0 && kept.length === decision.changes.length
  return isSame ? decision : { ...decision, changes: [...kept, ...waits] }
}

/** It goes: nobody waits for it any more. Who pays at the lane and goes was never waited for; nor was who never paid. */
export function unwatched({ session: { id, settledAt }, charge }: StayFacts, now: Now): readonly Change[] {
  const isWaitedFor = settledAt === null ? charge !== null && charge.paid > charge.relief : settledAt !== now.at
  return isWaitedFor ? [over(id)] : []
}

/** What the books say of a stay that was paid long ago. */
export type OverdueFacts = { readonly parking: ParkingCommon | null; readonly stay: StayFacts | null }

/** While the layout or the policy in force knows no car park, nobody can say how long a paid stay is waited for: it is looked at again after so long. */
export const NO_PARK_LOOK_MS = DAY_MS

/**
 * All of it was paid `paidStayMs` ago, and it is inside still: a case, once, until it leaves or staff end it. One that is on its way out, or has been asked for more and paid that since, is none. Whoever asks before that time by the policy in force,
 * while the time is not trusted, or while no car park is known, looks again later. When it was paid by a clock that was not trusted nobody knows: `paidStayMs` count from the first look by one that is.
 */
export function decideOverdue(
  timer: PaidStayTimer,
  { parking, stay }: OverdueFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (stay === null) return NOTHING
  const { session, picture, cases } = stay
  if (session.status !== 'inside' || session.settledAt !== timer.settledAt) return NOTHING
  const subject = { charge: session.charge, passage: null, session: session.id }
  const lookAgain = (afterMs: number): Decision => ({
    ...NOTHING,
    subject,
    changes: [setTimer(timer, now.at, afterMs)],
  })
  if (parking === null) return lookAgain(NO_PARK_LOOK_MS)
  const { paidStayMs } = parking.policy
  if (!isTrusted(now.trust)) return lookAgain(paidStayMs)
  const from = timer.settledAt ?? timer.from
  if (from === undefined)
    return { ...NOTHING, subject, changes: [waitForPaid({ ...timer, from: now.at }, paidStayMs, now)] }
  const earlyMs = later(from, paidStayMs) - now.at
  if (earlyMs > 0) return lookAgain(Math.min(earlyMs, paidStayMs))
  const about = { lane: null, session: session.id, charge: session.charge, pictures: [picture] }
  const opened = openCase('paid-never-left', about, cases, { ...common, mode: session.mode }, now)
  return { ...NOTHING, subject, changes: opened }
}

/** One wait for one stay: by its name alone. */
function over(session: PaidStayTimer['session']): Change {
  return clearTimer({ purpose: 'paid-stay-due', session, settledAt: null })
}
