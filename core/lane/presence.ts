import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Instant, Now } from '../time.ts'
import { later, MINUTE_MS, SECOND_MS } from '../time.ts'
import type { LaneAlarm, LanePhase, LaneState, LaneVisit } from './state.ts'
import { withoutPerhaps } from './state.ts'

/** An approach loop that lets a vehicle go and finds it again within so long has flickered: no vehicle clears the place for another faster. */
export const APPROACH_FLICKER_MS = 300

/**
 * A driver may hold the phone out before the front axle is on the loop: at a walking pace the reader, which stands up to 2 m before the loop, is passed 1 to 2 s earlier;
 * and a loop holds its word back for some tenths of a second. Never so far back that another vehicle still stood there.
 */
export const SHOWN_BEFORE_LOOP_MAX_MS = 2 * SECOND_MS

/** Whoever rolls back from under the arm leaves the loop before it by so much later, at least: it is longer than that one, and nobody rolls back faster than at a walking pace. Two devices' times are not nearer to each other either. */
export const ROLLED_BACK_MIN_MS = SECOND_MS

/** Longer than any site lets its arm wait for its vehicle. */
export const ROLLED_BACK_MAX_MS = 15 * MINUTE_MS

/** From where a camera reads the plate to the approach loop. */
export const REACH_LOOP_MS = 10 * SECOND_MS

/** From the approach loop to the arm. */
export const REACH_ARM_MS = 10 * SECOND_MS

/**
 * From the approach loop to the safety loop, which lies under the arm: less than a car's length, so only a motorbike is on neither, for a moment. Whoever is on neither for longer when another
 * comes up has driven back.
 */
export const BETWEEN_LOOPS_MS = 3 * SECOND_MS

export function approached(state: LaneState, common: CommonFacts, now: Now): LaneState {
  const { left } = state
  if (left !== null && isWithin(left.at, APPROACH_FLICKER_MS, now)) {
    return { ...state, approach: true, presence: left.presence, left: null, phase: withVehicle(state.phase) }
  }
  const arrivedAt = happened(common, now)
  const before = later(arrivedAt, -SHOWN_BEFORE_LOOP_MAX_MS)
  const leftAt = left === null || left.at > arrivedAt ? arrivedAt : left.at
  const shownFrom = left === null || leftAt < before ? before : leftAt
  const next = arrived(state, common.position.seq, shownFrom)
  const { phase } = next
  const isFollowing = (phase.kind === 'opening' || phase.kind === 'open') && isBetweenLoops(state, now)
  const visit = readBefore(state, next.presence, now)
  return isFollowing ? { ...next, visit, phase: { ...phase, followed: true } } : { ...next, visit }
}

/** Whoever was read behind it is the next to come up. `happenedAt`: when it left the loop, where that was said later. */
export function departed(state: LaneState, now: Now, happenedAt: Instant = now.at): LaneState {
  const { phase, presence, visit } = state
  return {
    ...state,
    approach: false,
    presence: null,
    visit: visit?.behind ?? visit,
    alarm: loopHeard(state),
    left: presence === null ? null : { presence, at: now.at, ...(happenedAt === now.at ? {} : { happenedAt }) },
    phase: phase.kind === 'vehicle-present' ? { kind: 'idle' } : phase,
  }
}

/**
 * No loop says any more whether the one that stood there still does: nobody is known to stand there, and what was asked of that one is asked of nobody. Not as by a loop that lets its vehicle go: whoever is found
 * there when it is heard again is another, also within a moment.
 */
export function forgotten(state: LaneState, now: Now): LaneState {
  const gone = departed(state, now)
  return { ...gone, left: null, visit: gone.visit?.presence === state.presence ? null : gone.visit }
}

/**
 * Whether whoever left the loop before the barrier then had rolled back: the loop under the arm had been clear for some time. By when each of them happened, for either word may come late. Where nobody knows since when it was clear it tells nothing;
 * nor where they lie further apart than an arm waits, for then the clock was set between the two.
 */
export function hasRolledBack(clearAt: Instant | undefined, leftAt: Instant): boolean {
  return clearAt !== undefined && leftAt - clearAt > ROLLED_BACK_MIN_MS && leftAt - clearAt <= ROLLED_BACK_MAX_MS
}

/** Another vehicle stands before the barrier. What was to be for the one before it is not for this one, and what was known of that one says nothing of this one. */
export function arrived(state: LaneState, seq: number, shownFrom: Instant): LaneState {
  const phase = forAnother(state.phase)
  return { ...state, approach: true, presence: seq, shownFrom, left: null, phase, visit: null, alarm: loopHeard(state) }
}

/** Whether another has come up, and the one for whom the arm went up has left neither just now nor under the arm. */
export function hasDrivenBack(before: LaneState, after: LaneState, now: Now): boolean {
  const { phase, left, safety } = before
  const isAnother = left !== null && left.presence !== after.presence
  return isUpFor(phase) && isAnother && !safety && !isBetweenLoops(before, now)
}

/**
 * What was known of a vehicle that has gone through is over; what is known of the one behind it stays. Its tail has left the loop under the arm: who stands on the one before the barrier is another, also where that was never clear between the two.
 */
export function withoutGone({ state, current }: LaneFacts, common: CommonFacts, now: Now): LaneState {
  const { visit, presence, phase } = state
  const rightless = 'rightless' in phase ? phase.rightless : undefined
  if (presence !== null && (current?.presence === presence || rightless === presence)) return nextUp(state, common, now)
  return visit === null || visit.presence === presence ? state : { ...state, visit: null }
}

/** Whoever stands on the loop before the barrier is another than the one of before, also where that loop was never clear between the two. */
export function nextUp(state: LaneState, common: CommonFacts, now: Now): LaneState {
  if (!state.approach) return withoutPerhaps(state)
  const gone = departed(state, now)
  const next = arrived(gone, common.position.seq, later(now.at, -SHOWN_BEFORE_LOOP_MAX_MS))
  return { ...next, visit: readBefore(gone, next.presence, now) }
}

/** Two may have gone under the arm: of which of those behind a plate was read, nobody knows. */
export function behindDoubted(state: LaneState): LaneState {
  const { visit, presence } = state
  if (visit === null) return state
  if (presence === null && visit.presence === null) return { ...state, visit: { ...visit, isDoubted: true } }
  return visit.behind === undefined
    ? state
    : { ...state, visit: { ...visit, behind: { ...visit.behind, isDoubted: true } } }
}

/** Whether the vehicle of a lane that is `waiting` or `closing` is still there: another's coming would have ended that. */
export function isAbout({ approach, left }: LaneState, now: Now): boolean {
  return approach || (left !== null && isWithin(left.at, REACH_ARM_MS, now))
}

/** Whether at most so many ms have gone by. A clock that was set back says no. */
export function isWithin(from: Instant, ms: number, now: Now): boolean {
  return now.at >= from && now.at - from <= ms
}

/** A clock that was set back must not put what happened into the future. */
export function happened({ happenedAt }: CommonFacts, now: Now): Instant {
  return happenedAt > now.at ? now.at : happenedAt
}

/** Whether the vehicle for which the arm is up, by its right or by staff's hand, left the approach loop a moment ago: it is on its way under the arm. */
function isBetweenLoops({ phase, left, safety, perhapsThrough, byHand }: LaneState, now: Now): boolean {
  return (
    left !== null &&
    (isUpFor(phase) || byHand?.presence === left.presence) &&
    !safety &&
    perhapsThrough === undefined &&
    isWithin(left.at, BETWEEN_LOOPS_MS, now)
  )
}

/** Up, or on its way up, for a vehicle that stood there; staff may open for one that is still to come. */
function isUpFor(phase: LanePhase): boolean {
  return (phase.kind === 'opening' || phase.kind === 'open') && phase.passage !== null
}

/** A loop that has let its vehicle go is not stuck. */
function loopHeard({ alarm }: LaneState): LaneAlarm | null {
  return alarm === 'loop-stuck' ? null : alarm
}

/**
 * A plate that a camera read while nobody stood there yet is that of the vehicle which comes next. One that was read behind a vehicle that took its time to leave is in doubt: who stood there may have turned away.
 */
function readBefore({ visit, presence: before, left }: LaneState, presence: number | null, now: Now): LaneVisit | null {
  if (visit === null || before !== null || visit.presence !== null) return null
  if (isWithin(visit.since, REACH_LOOP_MS, now)) return { ...visit, presence }
  const isBehind = left !== null && visit.since <= left.at && isWithin(left.at, REACH_LOOP_MS, now)
  return isBehind ? { ...visit, presence, isDoubted: true } : null
}

function withVehicle(phase: LanePhase): LanePhase {
  return phase.kind === 'idle' ? { kind: 'vehicle-present' } : phase
}

function forAnother(phase: LanePhase): LanePhase {
  switch (phase.kind) {
    case 'idle':
    case 'vehicle-present':
    case 'waiting':
      return { kind: 'vehicle-present' }
    case 'closing':
      return { ...phase, passage: null }
    case 'passing':
      return { ...phase, followed: true }
    case 'opening':
    case 'open':
    case 'held-open':
      return phase
  }
}
