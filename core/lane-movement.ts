import type { Change } from './changes.ts'
import type { Decision, EffectsOf } from './decision.ts'
import { clearTimer, effectsAt, NOTHING, refuse, setTimer } from './decision.ts'
import type { EventBody, LaneTimer, LoopEvent } from './events.ts'
import type { CommonFacts, LaneFacts } from './facts.ts'
import type { PassageId } from './ids.ts'
import type { LaneAlarm, LanePhase, LaneState, Passage } from './lane-state.ts'
import { isUnused } from './lane-state.ts'
import type { Device, Lane } from './site.ts'
import type { Now } from './time.ts'
import { later } from './time.ts'

type EventOf<Kind extends EventBody['kind']> = Extract<EventBody, { kind: Kind }>

/**
 * What the loops say. The approach loop makes and ends a presence; the safety loop, under the arm, is the evidence that uses a passage up. What came too
 * late is recorded and moves nothing.
 */
export function decideLoop(event: LoopEvent, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state, lane } = facts
  if (lane === null) return refuse('lane-unknown')
  if (event.late) return NOTHING
  if (state[event.role] === event.occupied) return NOTHING
  const effects = effectsAt(common)
  return event.role === 'approach'
    ? moveLane(facts, approachMoved(state, event.occupied, common.position.seq, now), [], effects)
    : safetyMoved(event.occupied, facts, effects, common, now)
}

/** What the arm's limit switches say. */
export function decideBarrierState(
  event: EventOf<'barrier-state'>,
  facts: LaneFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { state } = facts
  if (facts.lane === null) return refuse('lane-unknown')
  if (event.late) return NOTHING
  const moved: LaneState = { ...state, arm: event.state }
  const { phase } = state
  const effects = effectsAt(common)
  switch (event.state) {
    case 'open':
      if (phase.kind === 'opening') return armIsUp(facts, moved, effects, now)
      return moveLane(facts, isExpectedUp(phase) ? moved : { ...moved, alarm: 'stuck-open' }, [], effects)
    case 'closed':
      if (phase.kind !== 'closing') return moveLane(facts, moved, [], effects)
      return moveLane(
        facts,
        atRest(moved),
        [clearTimer({ purpose: 'close-due', lane: state.lane, command: phase.command })],
        effects,
      )
    case 'moving':
    case 'unknown':
      return moveLane(facts, moved, [], effects)
  }
}

/** What became of a command to a barrier. Other devices' results are noted. */
export function decideCommandResult(
  event: EventOf<'command-result'>,
  facts: LaneFacts | null,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts === null || facts.lane === null || barrierOf(facts)?.id !== event.device) return NOTHING
  const { state } = facts
  const { phase } = state
  if (phase.kind !== 'opening') return NOTHING
  if (event.command !== null && event.command !== phase.command) return NOTHING
  const effects = effectsAt(common)
  switch (event.result) {
    case 'done':
    case 'repeated':
      // A relay without limit switches says only that it has pulsed: that is all there is to know of its arm.
      return armIsUp(facts, state, effects, now)
    case 'late':
    case 'failed':
    case 'away':
      return openingFailed(event.result === 'away' ? 'barrier-away' : 'barrier-failed', facts, effects, common, now)
  }
}

/** A lane's due times. One that speaks of a command which is no longer waited for does nothing. */
export function decideLaneTimer(timer: LaneTimer, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const { phase } = state
  if (facts.lane === null || !('command' in phase) || phase.command !== timer.command) return NOTHING
  const effects = effectsAt(common)
  switch (timer.purpose) {
    case 'barrier-answer': {
      if (phase.kind !== 'opening') return NOTHING
      const barrier = barrierOf(facts)
      if (barrier !== null)
        effects.command(barrier, later(now.at, common.policy.barrierAnswerMs), { type: 'cut-connection' })
      return openingFailed('barrier-no-answer', facts, effects, common, now)
    }
    case 'passage-due':
      // Somebody is under the arm: their leaving closes it.
      if (phase.kind === 'closing' || state.safety) return NOTHING
      return closeBehind({ ...state, alarm: 'no-passage' }, facts, [], effects, common, now)
    case 'close-due':
      if (phase.kind !== 'closing') return NOTHING
      return moveLane(
        facts,
        atRest(state.arm === 'unknown' || state.arm === 'closed' ? state : { ...state, alarm: 'stuck-open' }),
        [],
        effects,
      )
  }
}

/** A right that nobody used in its time: the books show it as paid and never passed. */
export function decidePassageLapse(passage: Passage | null, now: Now): Decision {
  if (passage === null || !isUnused(passage.status)) return NOTHING
  return {
    ...NOTHING,
    subject: { charge: null, passage: passage.id },
    changes: [{ kind: 'passage-moved', passage: passage.id, status: 'lapsed', at: now.at }],
  }
}

/** Fire, or somebody in danger: every lane opens and stays open, and comes back when the input is released. The arms were told already, without the books. */
export function decideEmergency(active: boolean, lanes: readonly LaneFacts[], common: CommonFacts, now: Now): Decision {
  const effects = effectsAt(common)
  const changes = lanes.flatMap((facts): Change[] => {
    const { state } = facts
    if (active === (state.phase.kind === 'held-open')) return []
    const next: LaneState = active
      ? { ...state, phase: { kind: 'held-open' }, since: now.at }
      : { ...atRest(state), since: now.at }
    return [{ kind: 'lane-state', state: next }]
  })
  for (const facts of lanes) {
    const barrier = barrierOf(facts)
    const until = later(now.at, common.policy.announceWithinMs)
    if (barrier !== null) effects.command(barrier, until, { type: active ? 'hold-open' : 'release' })
  }
  return { ...NOTHING, changes, effects: effects.all }
}

/** Staff open by hand, with a reason that is kept. It works with nobody on the loop, and needs the barrier. */
export function decideOpenByHand(
  event: EventOf<'open-by-hand'>,
  facts: LaneFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { lane, state } = facts
  if (lane === null) return refuse('lane-unknown')
  if (event.reason.trim() === '') return refuse('reason-missing')
  if (state.phase.kind === 'held-open') return refuse('lane-held-open')
  const barrier = barrierOf(facts)
  if (barrier === null || !facts.barrierPresent) return refuse('barrier-away')
  const effects = effectsAt(common)
  const changes = openLane(lane, state, barrier, passageOf(state.phase), effects, common, now)
  return { ...NOTHING, changes, effects: effects.all }
}

/** Sends the open command and waits for the arm's word and for the vehicle. The one way by which a lane opens. */
export function openLane(
  lane: Lane,
  state: LaneState,
  barrier: Device,
  passage: PassageId | null,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { policy } = common
  const command = effects.command(barrier, later(now.at, policy.openWithinMs), { type: 'open' }).id
  return [
    {
      kind: 'lane-state',
      state: { ...state, phase: { kind: 'opening', passage, command }, alarm: null, since: now.at },
    },
    setTimer({ purpose: 'barrier-answer', lane: lane.id, command }, now.at, policy.barrierAnswerMs),
    setTimer({ purpose: 'passage-due', lane: lane.id, command }, now.at, policy.passWithinMs),
  ]
}

/** The lane's barrier: the first that is enrolled there, or `null`. */
export function barrierOf(facts: LaneFacts): Device | null {
  return facts.devices.find((device) => device.kind === 'barrier') ?? null
}

function approachMoved(state: LaneState, occupied: boolean, seq: number, now: Now): LaneState {
  const { phase } = state
  if (occupied) {
    const next: LanePhase = phase.kind === 'idle' ? { kind: 'vehicle-present' } : phase
    return { ...state, approach: true, presence: seq, phase: next, since: now.at }
  }
  const next: LanePhase = phase.kind === 'vehicle-present' ? { kind: 'idle' } : phase
  return { ...state, approach: false, presence: null, phase: next, since: now.at }
}

function safetyMoved(occupied: boolean, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const state: LaneState = { ...facts.state, safety: occupied, since: now.at }
  const { phase } = state
  if (!occupied) {
    return phase.kind === 'passing'
      ? closeBehind(state, facts, usedUp(facts, now), effects, common, now)
      : moveLane(facts, state, [], effects)
  }
  switch (phase.kind) {
    case 'opening':
    case 'open':
      return moveLane(
        facts,
        { ...state, phase: { kind: 'passing', passage: phase.passage } },
        [...waitsOver(state, phase.command), ...passageMoved(facts.current, 'passing', now)],
        effects,
      )
    case 'closing': {
      // Somebody is under an arm that is on its way down: up with it, whoever it is.
      const barrier = barrierOf(facts)
      if (barrier !== null) effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'open' })
      const wait = clearTimer({ purpose: 'close-due', lane: state.lane, command: phase.command })
      return moveLane(
        facts,
        { ...state, phase: { kind: 'passing', passage: null }, alarm: 'unexplained-passage' },
        [wait],
        effects,
      )
    }
    case 'idle':
    case 'vehicle-present':
      return moveLane(facts, { ...state, alarm: 'unexplained-passage' }, [], effects)
    case 'passing':
    case 'held-open':
      return moveLane(facts, state, [], effects)
  }
}

function armIsUp(facts: LaneFacts, state: LaneState, effects: EffectsOf, now: Now): Decision {
  const { phase } = state
  if (phase.kind !== 'opening') return NOTHING
  return moveLane(
    facts,
    { ...state, phase: { kind: 'open', passage: phase.passage, command: phase.command }, since: now.at },
    [
      clearTimer({ purpose: 'barrier-answer', lane: state.lane, command: phase.command }),
      ...passageMoved(facts.current, 'opened', now),
    ],
    effects,
  )
}

/** The arm did not go up: the right to pass stays, and the people at the lane are told at once. */
function openingFailed(
  alarm: LaneAlarm,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const { state } = facts
  const { phase } = state
  const waits = phase.kind === 'opening' ? waitsOver(state, phase.command) : []
  effects.announce(facts.devices, ['display', 'soundbox'], later(now.at, common.policy.announceWithinMs), {
    kind: 'call-staff',
  })
  return moveLane(facts, { ...atRest(state), alarm, since: now.at }, waits, effects)
}

/** Closes the arm, which nobody stands under: every caller has looked at the safety loop. */
function closeBehind(
  state: LaneState,
  facts: LaneFacts,
  changes: readonly Change[],
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const barrier = barrierOf(facts)
  if (barrier === null) return moveLane(facts, atRest(state), changes, effects)
  const { policy } = common
  const command = effects.command(barrier, later(now.at, policy.openWithinMs), { type: 'close' }).id
  return moveLane(
    facts,
    { ...state, phase: { kind: 'closing', command }, since: now.at },
    [...changes, setTimer({ purpose: 'close-due', lane: state.lane, command }, now.at, policy.barrierAnswerMs)],
    effects,
  )
}

/** The vehicle has gone through: the right is used up, and a pass has changed sides. */
function usedUp(facts: LaneFacts, now: Now): readonly Change[] {
  const { current, lane } = facts
  if (current === null || lane === null) return []
  const sides: readonly Change[] =
    current.right.kind === 'pass' && lane.direction !== 'both'
      ? [
          {
            kind: 'pass-side',
            iss: current.right.iss,
            jti: current.right.jti,
            side: lane.direction === 'entry' ? 'inside' : 'outside',
          },
        ]
      : []
  return [
    { kind: 'passage-moved', passage: current.id, status: 'used', at: now.at },
    clearTimer({ purpose: 'passage-lapses', passage: current.id }),
    ...sides,
  ]
}

function passageMoved(passage: Passage | null, status: 'opened' | 'passing', now: Now): readonly Change[] {
  return passage === null ? [] : [{ kind: 'passage-moved', passage: passage.id, status, at: now.at }]
}

function waitsOver(state: LaneState, command: Extract<LanePhase, { kind: 'opening' }>['command']): readonly Change[] {
  return [
    clearTimer({ purpose: 'barrier-answer', lane: state.lane, command }),
    clearTimer({ purpose: 'passage-due', lane: state.lane, command }),
  ]
}

/** The phase of a lane in which nothing is under way, by what its approach loop says. */
function atRest(state: LaneState): LaneState {
  return { ...state, phase: state.approach ? { kind: 'vehicle-present' } : { kind: 'idle' } }
}

function isExpectedUp(phase: LanePhase): boolean {
  return phase.kind === 'open' || phase.kind === 'passing' || phase.kind === 'closing' || phase.kind === 'held-open'
}

function passageOf(phase: LanePhase): PassageId | null {
  return 'passage' in phase ? phase.passage : null
}

function moveLane(facts: LaneFacts, state: LaneState, changes: readonly Change[], effects: EffectsOf): Decision {
  return {
    ...NOTHING,
    subject: { charge: null, passage: passageOf(facts.state.phase) },
    changes: [{ kind: 'lane-state', state }, ...changes],
    effects: effects.all,
  }
}
