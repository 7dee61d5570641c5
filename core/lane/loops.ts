import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse } from '../decision.ts'
import type { LoopEvent } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { EffectId } from '../ids.ts'
import { perhapsRiddenOff } from '../parking/hold.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { barrierOf, caseAt, closeBehind, heard, isBarrierAway, isClearUnder, isUpUnheard } from './barrier.ts'
import { isEmergencyOver, released } from './emergency.ts'
import { approachLoops, isSafetyKept, isWaitingForLoops, safetyLoops } from './lane-loops.ts'
import { move, waitName } from './moves.ts'
import {
  APPROACH_FLICKER_MS,
  approached,
  arrived,
  behindDoubted,
  departed,
  forgotten,
  happened,
  hasDrivenBack,
  hasRolledBack,
  isAbout,
  isWithin,
  nextUp,
  REACH_LOOP_MS,
  ROLLED_BACK_MAX_MS,
} from './presence.ts'
import { passageMoved, rightOf, usedUpAfterAll } from './rights.ts'
import type { LaneState, Passage } from './state.ts'
import { isAtRest, isInDoubt, worseAlarm } from './state.ts'

/** A motorbike at 25 km/h is over the safety loop for 400 ms. What is shorter, while the vehicle stands before the barrier as before, is a flicker. */
export const OVER_LOOP_MIN_MS = 250

/**
 * What the loops say. The approach loop makes and ends a presence; the safety loop, under the arm, is the evidence that uses a passage up. What came too
 * late is recorded and moves nothing; but a vehicle that left unnoticed is not the one that stands there now.
 */
export function decideLoop(event: LoopEvent, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state, lane } = facts
  if (lane === null) return refuse('lane-unknown')
  const effects = effectsAt(common)
  if (event.late) {
    return event.role === 'approach' && !event.occupied && state.approach
      ? move(facts, arrived(state, common.position.seq, happened(common, now)), [], effects, common, now)
      : NOTHING
  }
  if (state[event.role] === event.occupied)
    return event.role === 'safety' ? heardAgain(facts, effects, common, now) : NOTHING
  if (event.role === 'approach') {
    if (!event.occupied) return approachCleared(facts, effects, common, now)
    const next = approached(state, common, now)
    const gone = goneBehind(facts)
    if (gone !== null && gone.presence !== next.presence) return tailgated(facts, next, effects, common, now)
    // The arm is up for somebody who is not there any more: that right is theirs, when they come back, and not whoever's has come up.
    return hasDrivenBack(state, next, now)
      ? closeBehind({ ...next, alarm: 'backing-out' }, null, facts, [], effects, common, now)
      : move(facts, next, [], effects, common, now)
  }
  return event.occupied
    ? safetyTaken({ ...withoutClear(state), safety: true }, facts, effects, common, now)
    : safetyCleared({ ...state, safety: false, clearAt: happened(common, now) }, facts, effects, common, now)
}

/**
 * Whoever stood before the barrier has left that loop. Where it is in doubt whether they rolled back, and they had left it while they were still under the arm, they have gone through: the word of a loop that chatters comes seconds after what it tells of
 * (decision 106).
 */
function approachCleared(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { state, current } = facts
  const leftAt = happened(common, now)
  const isPerhapsThrough = isInDoubt(state, current) && state.phase.kind === 'open'
  if (!isPerhapsThrough || hasRolledBack(state.clearAt, leftAt))
    return move(facts, departed(state, now, leftAt), perhapsRiddenOff(facts, common, now), effects, common, now)
  const used = usedUpAfterAll(facts, common, now)
  return closeBehind(departed(nextUp(state, common, now), now), null, facts, used, effects, common, now)
}

/**
 * Who came up behind the vehicle under the arm, and has left the loop before it while the one under it was still taken. They have closed up under the arm, where the loop there is never clear between the two, or have backed off: that is for staff to see,
 * and nobody is let through unseen. A lane is busy until the one under the arm has gone, so nobody there has paid.
 */
function goneBehind({ state, current }: LaneFacts): LaneState['left'] {
  const { phase, approach, safety, left, since } = state
  const isUnderArm = phase.kind === 'passing' && phase.followed && safety
  if (!isUnderArm || approach || left === null) return null
  return left.presence !== current?.presence && left.at >= since ? left : null
}

/** Whether they have, by when the loop under the arm was clear, and theirs has not only flickered. */
function hasGoneBehind(facts: LaneFacts, common: CommonFacts, now: Now): boolean {
  const gone = goneBehind(facts)
  if (gone === null) return false
  const beforeMs = happened(common, now) - (gone.happenedAt ?? gone.at)
  return beforeMs > APPROACH_FLICKER_MS || beforeMs < -ROLLED_BACK_MAX_MS
}

/**
 * A loop of the lane is away for longer than is safe, or was revoked. One that is not in use any more says nothing: the lane goes by its rule without one. On the word of one before the barrier that is not heard nobody stands there. A loop under the
 * arm that cannot be heard, while the lane waits for it to say that somebody has gone: the arm stays up, and staff are called, for nothing else would tell them.
 */
export function decideLoopAway(facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  if (facts.lane === null) return refuse('lane-unknown')
  const { state, devices } = facts
  if (state.approach && !facts.approachHeard) return approachLost(facts, common, now)
  if (safetyLoops(devices).length === 0)
    return isSafetyKept(state) ? withoutSafety(facts, effectsAt(common), common, now) : NOTHING
  if (facts.safetyHeard || !isWaitingForLoops(state)) return NOTHING
  const called = caseAt('loop-away', facts, null, common, now)
  const alarm = worseAlarm(state.alarm, 'loop-away')
  if (alarm === state.alarm) return { ...NOTHING, changes: called }
  return move(facts, { ...state, alarm }, called, effectsAt(common), common, now)
}

/** Whoever stood there is told that staff come, where the loop may be heard again: by a code they are served all the same (decision 105). A loop that was revoked has a person behind it who knows. */
function approachLost(facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state, devices } = facts
  const effects = effectsAt(common)
  const after = forgotten(state, now)
  if (approachLoops(devices).length === 0 || !isAtRest(state.phase)) return move(facts, after, [], effects, common, now)
  effects.announce(devices, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'call-staff' })
  return move(facts, after, caseAt('loop-away', facts, null, common, now), effects, common, now)
}

/** The last loop under the arm was revoked by somebody who knows what is there: its word is as if it had cleared, and the arm comes down as where there is none. Who has followed under it meanwhile they may not know. */
function withoutSafety(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const clear: LaneState = { ...facts.state, safety: false }
  const { phase } = clear
  if (isUpUnheard(clear)) return closeBehind(heard(clear), rightOf(facts), facts, [], effects, common, now)
  const state = heard(clear)
  if (hasGoneBehind(facts, common, now)) return tailgated(facts, state, effects, common, now)
  if (!isEmergencyOver(phase) || phase.failSafe === true || isBarrierAway(facts))
    return move(facts, state, [], effects, common, now)
  return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
}

function safetyTaken(state: LaneState, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { phase } = state
  const unexplained: LaneState = { ...state, alarm: 'unexplained-passage' }
  const passes = (command: EffectId): Decision =>
    isInDoubt(facts.state, facts.current)
      ? tailgates(nextUp(state, common, now), command)
      : move(facts, passing(state, rightOf(facts), command), passageMoved(facts, 'passing', now), effects, common, now)
  const tailgates = (after: LaneState, command: EffectId): Decision =>
    move(
      facts,
      passing({ ...after, alarm: 'tailgating' }, null, command),
      [...usedUpAfterAll(facts, common, now), ...caseAt('tailgating', facts, now.at, common, now)],
      effects,
      common,
      now,
    )
  if (isUpUnheard(state)) return foundUnder(state, facts, effects, common, now)
  switch (phase.kind) {
    case 'opening':
    case 'open':
      return passes(phase.command)
    case 'passing':
      // The loop has flickered under one vehicle; or there has been another before the barrier, and this is that one.
      if (!phase.followed) return move(facts, behindDoubted(state), [], effects, common, now)
      return tailgates(state, phase.command)
    case 'waiting':
      // Where the arm is not known to be down, it was up after all: its word was lost, or somebody has opened it with a key.
      return state.arm !== 'closed' && isAbout(state, now)
        ? passes(phase.command ?? waitName(common))
        : move(facts, unexplained, [], effects, common, now)
    case 'closing': {
      if (state.arm === 'closed') return move(facts, unexplained, [], effects, common, now)
      // Somebody is under an arm that is on its way down: up with it, whoever it is.
      const barrier = barrierOf(facts)
      if (barrier !== null) effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'open' })
      return rightOf(facts) !== null && isAbout(state, now)
        ? passes(waitName(common))
        : move(
            facts,
            passing(unexplained, null, waitName(common)),
            caseAt('tailgating', facts, now.at, common, now),
            effects,
            common,
            now,
          )
    }
    case 'idle':
    case 'vehicle-present': {
      // Under an arm that somebody has forced and that is still up: that case tells of it.
      const isForced = state.alarm === 'forced-open' && state.arm !== 'closed'
      const cases = caseAt('forced-open', facts, isForced ? null : later(now.at, -REACH_LOOP_MS), common, now)
      return move(facts, unexplained, cases, effects, common, now)
    }
    case 'held-open':
      return move(facts, state, [], effects, common, now)
  }
}

function safetyCleared(
  state: LaneState,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const { phase } = state
  switch (phase.kind) {
    case 'passing': {
      if (hasGoneBehind(facts, common, now)) return tailgated(facts, state, effects, common, now)
      const isFlicker = state.approach && !phase.followed && isWithin(state.since, OVER_LOOP_MIN_MS - 1, now)
      if (!isFlicker) return move(facts, state, [], effects, common, now)
      const open: LaneState = { ...state, phase: { kind: 'open', passage: phase.passage, command: phase.command } }
      return move(facts, open, passageMoved(facts, 'opened', now), effects, common, now)
    }
    case 'open':
      // The loop was taken before the arm went up. Was it the vehicle that is now gone, or one before it?
      return state.approach
        ? move(facts, state, [], effects, common, now)
        : move(
            facts,
            passing(state, rightOf(facts), phase.command),
            passageMoved(facts, 'passing', now),
            effects,
            common,
            now,
          )
    case 'held-open':
      if (phase.by.length > 0 || phase.failSafe === true || !facts.safetyHeard || isBarrierAway(facts))
        return move(facts, state, [], effects, common, now)
      return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
    case 'idle':
    case 'vehicle-present':
    case 'waiting':
      if (!isUpUnheard(state)) return move(facts, state, [], effects, common, now)
      return closeBehind(heard(state), rightOf(facts), facts, [], effects, common, now)
    case 'opening':
    case 'closing':
      return move(facts, state, [], effects, common, now)
  }
}

/** Another has gone under the arm behind the one that was let through: staff are told, once for one that is under it, and no arm moves for it. */
function tailgated(facts: LaneFacts, state: LaneState, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const cases = caseAt('tailgating', facts, facts.state.since, common, now)
  return move(facts, { ...state, alarm: 'tailgating' }, cases, effects, common, now)
}

/** A loop under the arm has said once more what it said before its line was cut: now it counts, and what waited for it goes on. */
function heardAgain(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const { phase } = state
  if (isEmergencyOver(phase) && phase.failSafe !== true && isClearUnder(state, facts) && !isBarrierAway(facts)) {
    return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
  }
  if (!facts.safetyHeard) return NOTHING
  if (!isUpUnheard(state)) {
    return state.alarm === 'loop-away' ? move(facts, heard(state), [], effects, common, now) : NOTHING
  }
  return state.safety
    ? foundUnder(state, facts, effects, common, now)
    : closeBehind(heard(state), rightOf(facts), facts, [], effects, common, now)
}

/** Somebody is under an arm that was left up because nobody could know of them: it comes down when they have gone. Who else went under it is for staff to find out: their case stays. */
function foundUnder(state: LaneState, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const right = isAbout(state, now) ? rightOf(facts) : null
  const moved = right === null ? [] : passageMoved(facts, 'passing', now)
  return move(facts, passing(heard(state), right, waitName(common)), moved, effects, common, now)
}

/** Since when it was clear is of the vehicle before. */
function withoutClear({ clearAt: _, ...state }: LaneState): LaneState {
  return state
}

export function passing(state: LaneState, passage: Passage | null, command: EffectId): LaneState {
  const { phase, presence } = state
  const isUp = phase.kind === 'opening' || phase.kind === 'open'
  const followed = isUp && phase.followed === true
  // Whoever goes under the arm is the one before the barrier, as far as loops tell: not where the arm came down, or was left up, nor where the one for whom it was opened left that loop a moment ago.
  const isUnderIt = phase.kind === 'passing' || (isUp && !followed)
  const rightless = passage === null && presence !== null && isUnderIt ? { rightless: presence } : {}
  return { ...state, phase: { kind: 'passing', passage: passage?.id ?? null, command, followed, ...rightless } }
}
