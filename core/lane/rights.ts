import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, NOTHING, setTimer } from '../decision.ts'
import type { CommonFacts, LaneFacts, LapseFacts } from '../facts.ts'
import type { SessionId } from '../ids.ts'
import { movedBack, movedThrough } from '../parking/moved.ts'
import type { Lane, SitePolicy } from '../site.ts'
import type { Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { passIdentityOf } from '../token-spending.ts'
import type { Passage, PassageStatus } from './state.ts'
import { isUnused, passageMoves } from './state.ts'

/** The right that the lane's phase speaks of, unless it has been used or has lapsed since. */
export function rightOf({ current }: LaneFacts): Passage | null {
  return current === null || current.status === 'used' || current.status === 'lapsed' ? null : current
}

/** The vehicle has gone through: the right is used up, a pass has changed sides, and a stay has come in or left. */
export function usedUp(facts: LaneFacts, common: CommonFacts, now: Now): readonly Change[] {
  const { current, lane, parking } = facts
  const used = passageMoved(facts, 'used', now)
  if (current === null || used.length === 0) return []
  const over = [...used, clearTimer({ purpose: 'passage-lapses', passage: current.id }), ...sideChanged(current, lane)]
  const stay = parking?.passing ?? null
  if (parking === null || lane === null || stay === null || current.right.kind !== 'session') return over
  const here = { id: lane.id, parking: parking.lane }
  return [...over, ...movedThrough(stay, current.right, current.grantedAt, here, parking, common, now)]
}

/** The same of one that was thought to have rolled back from under the arm, perhaps (decision 096). */
export function usedUpAfterAll(facts: LaneFacts, common: CommonFacts, now: Now): readonly Change[] {
  const { current } = facts
  if (current === null || !isUnused(current.status)) return usedUp(facts, common, now)
  const wasUnder = passageMoved(facts, 'passing', now)
  return [...wasUnder, ...usedUp({ ...facts, current: { ...current, status: 'passing' } }, common, now)]
}

/**
 * A right that nobody used in its time: the books show it as paid and never passed. While the time is not trusted nothing is taken from anybody, and a
 * right whose vehicle is under the arm is not taken either: both are looked at again later.
 */
export function decidePassageLapse({ passage, stay }: LapseFacts, common: CommonFacts, now: Now): Decision {
  if (passage === null || passage.status === 'used' || passage.status === 'lapsed') return NOTHING
  const subject = { charge: null, passage: passage.id, session: sessionOf(passage) }
  const timer = { purpose: 'passage-lapses', passage: passage.id } as const
  if (isTrusted(now.trust) && isUnused(passage.status) && now.at >= passage.until) {
    const lapsed: Change = { kind: 'passage-moved', passage: passage.id, status: 'lapsed', at: now.at }
    const { right } = passage
    const back = right.kind === 'session' && stay !== null ? movedBack(stay, right, common, now) : []
    return { ...NOTHING, subject, changes: [lapsed, ...back] }
  }
  return { ...NOTHING, subject, changes: [setTimer(timer, now.at, common.policy.passageRightMs)] }
}

/** A clock that was set back since the right began would have it wait for longer than any right lasts: it is looked at again by then. */
export function lapseAfter(passage: Passage, policy: SitePolicy, now: Now): Change {
  const openUntilMs = policy.barrierAnswerMs + policy.passWithinMs
  const leftMs = Math.min(passage.until - now.at, policy.passageRightMs)
  return setTimer({ purpose: 'passage-lapses', passage: passage.id }, now.at, Math.max(leftMs, openUntilMs))
}

export function passageMoved({ current }: LaneFacts, status: PassageStatus, now: Now): readonly Change[] {
  if (current === null || !passageMoves[current.status].includes(status)) return []
  return [{ kind: 'passage-moved', passage: current.id, status, at: now.at }]
}

/** The stay whose going in or out a right is. */
export function sessionOf(passage: Passage | null): SessionId | null {
  return passage?.right.kind === 'session' ? passage.right.session : null
}

function sideChanged({ right, mode }: Passage, lane: Lane | null): readonly Change[] {
  if (right.kind !== 'pass' || lane === null || lane.direction === 'both') return []
  const side = lane.direction === 'entry' ? 'inside' : 'outside'
  return [{ kind: 'pass-side', ...passIdentityOf(right, mode), side }]
}
