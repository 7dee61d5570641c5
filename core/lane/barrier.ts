import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import { openCase } from '../parking/cases.ts'
import type { StaffCaseKind } from '../parking/session.ts'
import type { Device } from '../site.ts'
import type { Instant, Now } from '../time.ts'
import { later } from '../time.ts'
import { move } from './moves.ts'
import type { LaneState, Passage } from './state.ts'
import { atRest, isAtRest, standingOf, worseAlarm } from './state.ts'

/** The lane's barrier: the first that is enrolled there, or `null`. */
export function barrierOf(facts: LaneFacts): Device | null {
  return facts.devices.find((device) => device.kind === 'barrier') ?? null
}

/** An arm that holds does not come down by itself: the lane stays open until it can be told. */
export function isBarrierAway(facts: LaneFacts): boolean {
  return barrierOf(facts) !== null && !facts.barrierPresent
}

/** Whether the loops under the arm can be heard and say that nobody is there. On their old word no arm comes down; where there is none, nothing does. */
export function isClearUnder({ safety }: LaneState, facts: LaneFacts): boolean {
  return !safety && (facts.safetyHeard || barrierOf(facts) === null)
}

/** Tells the arm to come down, and before that to let go where it was held and has not been down since: a barrier that has not heard that refuses to come down, and its lane would stand open. Who stands before it and is asked is asked on: an arm that does not come down is told so again and again. */
export function closing(
  state: LaneState,
  passage: Passage | null,
  barrier: Device,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): LaneState {
  if (state.isLetGo === true)
    effects.command(barrier, later(now.at, common.policy.announceWithinMs), { type: 'release' })
  const command = effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'close' }).id
  const asked = standingOf(state) === null ? {} : { isAsked: true as const }
  return { ...state, isToldDown: true, phase: { kind: 'closing', passage: passage?.id ?? null, command, ...asked } }
}

/**
 * Closes the arm, which nobody stands under: every caller has looked at what the safety loop said. Where that cannot be heard now its word is an old one: the arm stays up, staff are called, and the lane goes on. `passage` has not
 * been used.
 */
export function closeBehind(
  state: LaneState,
  passage: Passage | null,
  facts: LaneFacts,
  changes: readonly Change[],
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const barrier = barrierOf(facts)
  if (barrier === null) return move(facts, atRest(state, passage, null), changes, effects, common, now)
  if (!facts.safetyHeard) {
    const alarm = worseAlarm(state.alarm, 'loop-away')
    const up = atRest({ ...state, alarm, isUpUnheard: true }, passage, null)
    const called = caseAt('loop-away', facts, null, common, now)
    return move(facts, up, [...changes, ...called], effects, common, now)
  }
  return move(facts, closing(state, passage, barrier, effects, common, now), changes, effects, common, now)
}

/** In a car park somebody has to look into it: who came in or left without a stay that says so. What was opened before `since` tells of another. */
export function caseAt(
  kind: StaffCaseKind,
  { parking, lane, state }: LaneFacts,
  since: Instant | null,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  if (parking === null || lane === null) return []
  const about = { lane: lane.id, session: null, charge: null, pictures: [state.visit?.picture ?? null] }
  return openCase(kind, about, parking.cases, common, now, since)
}

/** Whether the arm has been left up because a loop under it was not heard, and nothing has begun since. */
export function isUpUnheard({ phase, arm, ...state }: LaneState): boolean {
  return state.isUpUnheard === true && isAtRest(phase) && arm !== 'closed'
}

/** The loop is heard again, or the arm is down, or told anew. */
export function heard({ isUpUnheard: _, ...state }: LaneState): LaneState {
  return state.alarm === 'loop-away' ? { ...state, alarm: null } : state
}

/** What an arm that does not come down is an alarm for is over, and nothing holds it. */
export function downOf(state: LaneState): LaneState {
  return heard(notHeld(state.alarm === 'stuck-open' ? { ...state, alarm: null } : state))
}

/** It is down, so it has been let go, and done as it was told. */
export function notHeld({ isLetGo: _, isToldDown: _told, ...state }: LaneState): LaneState {
  return state
}
