import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { DeviceId } from '../ids.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { barrierOf, closeBehind, closing, isBarrierAway, isClearUnder } from './barrier.ts'
import { laneMoved, move } from './moves.ts'
import { usedUp } from './rights.ts'
import type { LanePhase, LaneState, PhaseOf } from './state.ts'
import { atRest, isAtRest } from './state.ts'

/**
 * Fire, or somebody in danger: every lane opens and stays open until each input that asked for it has taken it back; a person's word (`by` null) ends it for
 * all, and the word of an input that still asks is given once more behind it (gateway/intake). The arms were told already, without the books. Nobody's right is used up by it, but for the one whose
 * vehicle is under the arm.
 */
export function decideEmergency(
  active: boolean,
  by: DeviceId | null,
  lanes: readonly LaneFacts[],
  common: CommonFacts,
  now: Now,
): Decision {
  const effects = effectsAt(common)
  const changes = lanes.flatMap((facts, slot) => {
    const here = { ...common, position: { ...common.position, slot } }
    return active ? hold(facts, by, effects, here, now) : letGo(facts, by, effects, here, now)
  })
  return { ...NOTHING, changes, effects: effects.all }
}

/**
 * The gateway serves, and the loops under the arm say that nobody is there: an arm that went up by itself is let go, and one that has not come down is told so once more. Never on an occupied loop, nor while an emergency holds it; and an arm that
 * is away hears it when it is back.
 */
export function decideFailSafeOver(facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  if (facts.lane === null) return refuse('lane-unknown')
  const { state } = facts
  if (!isStillToComeDown(state) || !isClearUnder(state, facts) || isBarrierAway(facts)) return NOTHING
  const effects = effectsAt(common)
  // One that nobody has let go is told to come down, and no more: a call that the books never heard of may hold it.
  return isAtRest(state.phase)
    ? closeBehind(state, null, facts, [], effects, common, now)
    : { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
}

/**
 * The arm has gone up because it heard nothing of the gateway, as its lane is set: held open by nobody, and no alarm, also where a loop has told of somebody under it before it could say why; but for that of an arm
 * which has been let go in vain and says so again: that one goes when it is down.
 * Nobody's right is used up by it, but for the one whose vehicle was under the arm. An emergency goes on.
 */
export function heldByItself(
  state: LaneState,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const { phase } = state
  const by = phase.kind === 'held-open' ? phase.by : []
  const used = phase.kind === 'passing' ? usedUp(facts, common, now) : []
  // It was told to come down, and says that it stands where it stood.
  const isInVain = phase.kind === 'closing' && facts.state.arm === 'open' && state.arm === 'open'
  const alarm = state.alarm === 'stuck-open' || isInVain ? 'stuck-open' : null
  const held: LaneState = { ...state, phase: { kind: 'held-open', by, failSafe: true }, alarm }
  return move(facts, held, used, effects, common, now)
}

/** The emergency is over, or was none, and the arm is still to be let go. */
export function isEmergencyOver(phase: LanePhase): phase is PhaseOf<'held-open'> {
  return phase.kind === 'held-open' && phase.by.length === 0
}

/**
 * The arm went up by itself; or it was told to come down, or to let go, in vain, and says that it is up: whoever comes next would drive through. But while a right waits before it that right brings it down behind
 * its vehicle.
 */
export function isStillToComeDown({ phase, arm, isLetGo, isToldDown }: LaneState): boolean {
  if (isEmergencyOver(phase)) return phase.failSafe === true
  const isInVain = isLetGo === true || isToldDown === true
  return isInVain && arm === 'open' && isAtRest(phase) && phase.kind !== 'waiting'
}

/** The emergency is over and nobody stands under the arm: it is let go, and comes down. */
export function released(
  facts: LaneFacts,
  state: LaneState,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const barrier = barrierOf(facts)
  if (barrier === null) return laneMoved(facts.state, atRest(state, null, null), common.policy, now)
  return laneMoved(
    facts.state,
    closing({ ...state, isLetGo: true }, null, barrier, effects, common, now),
    common.policy,
    now,
  )
}

function hold(
  facts: LaneFacts,
  by: DeviceId | null,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { state } = facts
  const { phase } = state
  const barrier = barrierOf(facts)
  // Told again each time: a barrier that was away may have come back.
  if (barrier !== null) {
    effects.command(barrier, later(now.at, common.policy.announceWithinMs), { type: 'hold-open' })
  }
  if (phase.kind !== 'held-open') {
    const used = phase.kind === 'passing' ? usedUp(facts, common, now) : []
    const held: LaneState = { ...state, phase: { kind: 'held-open', by: [by] } }
    return [...laneMoved(state, held, common.policy, now), ...used]
  }
  if (phase.by.includes(by)) return []
  return laneMoved(state, { ...state, phase: { ...phase, by: [...phase.by, by] } }, common.policy, now)
}

function letGo(
  facts: LaneFacts,
  by: DeviceId | null,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { state } = facts
  const { phase } = state
  if (phase.kind !== 'held-open') return by === null ? letGoUnbooked(facts, effects, common, now) : []
  const still = by === null ? [] : phase.by.filter((input) => input !== by)
  // A person may say it again, for an arm that was not there to be let go.
  if (still.length === phase.by.length && by !== null) return []
  // Where no loop can say that nobody is under an arm that went up by itself, a person who says so has looked.
  const isForLoops = phase.failSafe === true && facts.devices.some(({ role }) => role === 'safety')
  if (still.length > 0 || !isClearUnder(state, facts) || isForLoops || isBarrierAway(facts)) {
    return laneMoved(state, { ...state, phase: { ...phase, by: still } }, common.policy, now)
  }
  return released(facts, state, effects, common, now)
}

/** A person says that there is no emergency, and an arm stands up before a lane at rest: it may be held by a call that never came into the books. */
function letGoUnbooked(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): readonly Change[] {
  const { state } = facts
  const isUp = isAtRest(state.phase) && state.arm === 'open'
  if (!isUp || !isClearUnder(state, facts) || isBarrierAway(facts)) return []
  return released(facts, state, effects, common, now)
}
