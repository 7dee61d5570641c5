import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse } from '../decision.ts'
import type { EventOf } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { EffectId } from '../ids.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { barrierOf, caseAt, closeBehind, downOf, isUpUnheard, notHeld } from './barrier.ts'
import { heldByItself, isEmergencyOver, released } from './emergency.ts'
import { move, waitName } from './moves.ts'
import { isAbout, REACH_LOOP_MS } from './presence.ts'
import { lapseAfter, passageMoved, rightOf } from './rights.ts'
import type { LaneAlarm, LaneState, PhaseOf } from './state.ts'
import { atRest, isAtRest } from './state.ts'

/** What the arm's limit switches say. */
export function decideBarrierState(
  event: EventOf<'barrier-state'>,
  facts: LaneFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts.lane === null) return refuse('lane-unknown')
  if (event.late) return NOTHING
  const effects = effectsAt(common)
  const state: LaneState = { ...facts.state, arm: event.state }
  if (event.reason === 'fail-safe') return heldByItself(state, facts, effects, common, now)
  const { phase } = state
  if (isEmergencyOver(phase) && !state.safety) {
    // Away when it was to be let go, and here again.
    if (event.state === 'closed') return move(facts, atRest(downOf(state), null, null), [], effects, common, now)
    if (phase.failSafe !== true && facts.safetyHeard) {
      return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
    }
  }
  switch (event.state) {
    case 'open':
      if (phase.kind === 'opening') return armIsUp(state, phase, facts, effects, common, now)
      if (phase.kind === 'waiting' && isAbout(state, now)) return armIsUp(state, phase, facts, effects, common, now)
      if (!isAtRest(phase)) return move(facts, state, [], effects, common, now)
      if (isUpUnheard(state)) return move(facts, state, [], effects, common, now)
      if (state.isToldDown !== true) {
        // Down before, or on its way from there, and nobody has opened it.
        if (wasDown(facts.state)) return forced(state, facts, effects, common, now)
        if (state.alarm === 'forced-open') return move(facts, state, [], effects, common, now)
      }
      return move(facts, { ...state, alarm: 'stuck-open' }, [], effects, common, now)
    case 'closed': {
      // It has said that it opened, and stands closed before its vehicle.
      if (phase.kind === 'open')
        return stuckClosed(phase.command, { ...facts, state: notHeld(state) }, effects, common, now)
      const down = downOf(state)
      return move(facts, phase.kind === 'closing' ? atRest(down, rightOf(facts), null) : down, [], effects, common, now)
    }
    case 'moving':
    case 'unknown':
      return move(facts, state, [], effects, common, now)
  }
}

/** On its way after it was told to open, and had given no answer in time, it is where it was told to be. */
function wasDown({ arm, alarm }: LaneState): boolean {
  return arm === 'closed' || (arm === 'moving' && alarm !== 'barrier-no-answer' && alarm !== 'barrier-failed')
}

/**
 * What became of a command to a barrier. The result of a command that is no longer waited for is noted, but for an open command that was given up: the arm
 * is up after all. Other devices' results are noted.
 */
export function decideCommandResult(
  event: EventOf<'command-result'>,
  facts: LaneFacts | null,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts === null || facts.lane === null || barrierOf(facts)?.id !== event.device) return NOTHING
  const { state } = facts
  const { phase } = state
  const effects = effectsAt(common)
  const isDone = event.result === 'done' || event.result === 'repeated'
  switch (phase.kind) {
    case 'opening':
      if (event.command !== null && event.command !== phase.command) return NOTHING
      // A relay without limit switches says only that it has pulsed: that is all there is to know of its arm.
      if (isDone) return armIsUp(state, phase, facts, effects, common, now)
      return openingFailed(
        event.result === 'away' ? 'barrier-away' : 'barrier-failed',
        phase.command,
        facts,
        effects,
        common,
        now,
      )
    case 'waiting':
      if (!isDone || event.command === null || event.command !== phase.command || !isAbout(state, now)) return NOTHING
      return armIsUp(state, phase, facts, effects, common, now)
    case 'closing':
      if (isDone || (event.command !== null && event.command !== phase.command)) return NOTHING
      // It is still held, for it has not heard that it was let go.
      if (event.result === 'failed' && state.isLetGo === true) return stillUp(facts, effects, common, now)
      return move(facts, atRest({ ...state, alarm: 'stuck-open' }, rightOf(facts), null), [], effects, common, now)
    case 'idle':
    case 'vehicle-present':
    case 'open':
    case 'passing':
    case 'held-open':
      return NOTHING
  }
}

function armIsUp(
  state: LaneState,
  phase: PhaseOf<'opening' | 'waiting'>,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const passage = rightOf(facts)
  const command = phase.command ?? waitName(common)
  const followed = phase.kind === 'opening' && phase.followed === true ? { followed: true as const } : {}
  const says = phase.kind === 'opening' && phase.saysUp === true ? { saysUp: true as const } : {}
  const open: LaneState = {
    ...state,
    phase: { kind: 'open', passage: passage?.id ?? null, command, ...followed, ...says },
    alarm: null,
  }
  const kept = passage === null ? [] : [lapseAfter(passage, common.policy, now)]
  return move(facts, open, [...passageMoved(facts, 'opened', now), ...kept], effects, common, now)
}

/** The arm did not go up: the right to pass stays, and the people at the lane are told at once. */
export function openingFailed(
  alarm: LaneAlarm,
  command: EffectId,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
  cases: readonly Change[] = [],
): Decision {
  effects.announce(facts.devices, ['display', 'soundbox'], later(now.at, common.policy.announceWithinMs), {
    kind: 'call-staff',
  })
  const state: LaneState = { ...facts.state, alarm }
  return move(facts, atRest(state, rightOf(facts), command), cases, effects, common, now)
}

/** It has said that it did what it was told, and does not stand where it was told to go: somebody has to come. */
export function stuckClosed(
  command: EffectId,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const cases = caseAt('stuck-closed', facts, null, common, now)
  return openingFailed('stuck-closed', command, facts, effects, common, now, cases)
}

/** The arm's time to come down is over. One that says it is still up is told once more, and then is a case for staff; one that cannot say is taken to be down. */
export function notDown(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  return state.arm === 'unknown' || state.arm === 'closed'
    ? move(facts, atRest(notHeld(state), rightOf(facts), null), [], effects, common, now)
    : stillUp(facts, effects, common, now)
}

function stillUp(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const passage = rightOf(facts)
  const stuck: LaneState = { ...state, alarm: 'stuck-open' }
  const isFirst = state.alarm !== 'stuck-open' && facts.barrierPresent && !state.safety
  return isFirst
    ? closeBehind(stuck, passage, facts, [], effects, common, now)
    : move(facts, atRest(stuck, passage, null), [], effects, common, now)
}

/** The arm is up and nobody has opened it: somebody pushed it, or used a key. */
function forced(state: LaneState, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  return move(
    facts,
    { ...state, alarm: 'forced-open' },
    caseAt('forced-open', facts, later(now.at, -REACH_LOOP_MS), common, now),
    effects,
    common,
    now,
  )
}
