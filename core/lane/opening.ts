import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse } from '../decision.ts'
import type { EventOf } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import { wayByHand } from '../parking/open-by-hand.ts'
import type { Device } from '../site.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { barrierOf, heard } from './barrier.ts'
import { laneMoved } from './moves.ts'
import { isAbout } from './presence.ts'
import { lapseAfter, rightOf, sessionOf, usedUp } from './rights.ts'
import type { OpenByHand } from './standing.ts'
import type { LaneState, Passage } from './state.ts'
import { isAtRest, isUnderWay } from './state.ts'

/**
 * Staff open by hand, with a reason that is kept. It works with nobody on the loop, and needs the barrier. A vehicle that stands there with a right uses that
 * right; a vehicle under the arm only keeps it up.
 */
export function decideOpenByHand(
  event: EventOf<'open-by-hand'>,
  facts: LaneFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { lane, state } = facts
  const { phase } = state
  if (lane === null) return refuse('lane-unknown')
  if (event.reason.trim() === '') return refuse('reason-missing')
  if (phase.kind === 'held-open') return refuse('lane-held-open')
  const barrier = barrierOf(facts)
  // Where one is enrolled all the same, staff can lift it: somebody may stand before it.
  if (barrier === null && facts.parking?.lane.barrier === 'none') return refuse('lane-without-arm')
  if (barrier === null || !facts.barrierPresent) return refuse('barrier-away')
  const effects = effectsAt(common)
  if (phase.kind === 'passing' && state.safety) {
    effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'open' })
    return {
      ...NOTHING,
      subject: { charge: null, passage: phase.passage, session: sessionOf(facts.current) },
      effects: effects.all,
    }
  }
  const isFor = phase.kind !== 'passing' && (isUnderWay(phase) || isAbout(state, now)) ? rightOf(facts) : null
  const used = phase.kind === 'passing' ? usedUp(facts, common, now) : []
  const byHand = isFor === null && isAtRest(phase) ? wayByHand(facts, common, now) : null
  const opened = byHand?.passage ?? isFor
  const { presence } = state
  const isForThis = opened === null && presence !== null
  const known: LaneFacts = isForThis ? { ...facts, state: { ...state, byHand: { presence, at: now.at } } } : facts
  const changes = [...used, ...(byHand?.changes ?? []), ...openLane(known, barrier, opened, effects, common, now)]
  const subject = { charge: byHand?.charge ?? null, passage: opened?.id ?? null, session: sessionOf(opened) }
  return { ...NOTHING, subject, changes, effects: effects.all }
}

/**
 * Sends the open command and waits for the arm's word and for the vehicle. The one way by which a lane opens for somebody. A right does not lapse while
 * the arm is up for it.
 */
export function openLane(
  facts: LaneFacts,
  barrier: Device,
  passage: Passage | null,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { policy } = common
  // The newest word to the arm is to open: what it was told before is over.
  const { isToldDown: _, ...state } = facts.state
  const command = effects.command(barrier, later(now.at, policy.openWithinMs), { type: 'open' }).id
  const says = doesSayUp(barrier, state) ? { saysUp: true as const } : {}
  const opening: LaneState = {
    ...heard(state),
    phase: { kind: 'opening', passage: passage?.id ?? null, command, ...says },
    // What was known of the arm is over: whether it is down is for it to say again.
    arm: state.arm === 'closed' ? 'unknown' : state.arm,
    alarm: null,
  }
  return [
    ...laneMoved(facts.state, opening, policy, now),
    ...(passage === null ? [] : [lapseAfter(passage, policy, now)]),
  ]
}

/** The arm is up already, opened by hand: a right that is granted now is the way of the vehicle for which it was. */
export function joinOpening(
  state: LaneState,
  { phase }: OpenByHand,
  passage: Passage,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const joined: LaneState = { ...state, phase: { ...phase, passage: passage.id } }
  const status = ({ opening: 'granted', open: 'opened', passing: 'passing' } as const)[phase.kind]
  const moved: readonly Change[] =
    status === 'granted' ? [] : [{ kind: 'passage-moved', passage: passage.id, status, at: now.at }]
  return [...laneMoved(state, joined, common.policy, now), ...moved, lapseAfter(passage, common.policy, now)]
}

/**
 * Whether an arm that is told to open is to say that it is up: its barrier has limit switches and has said by them that it is not. A relay (`once`) closes a contact and knows no more than that; its one contact for
 * `arm down`, where it has been wired, speaks over a line that loses messages.
 */
function doesSayUp({ delivery }: Device, { phase, arm, alarm }: LaneState): boolean {
  const isAwaited = (phase.kind === 'opening' || phase.kind === 'open') && phase.saysUp === true
  const wasDown = arm === 'closed' || arm === 'moving' || alarm === 'stuck-closed'
  return delivery === 'repeatable' && (wasDown || (isAwaited && arm !== 'open'))
}
