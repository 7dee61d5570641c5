import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { SessionId } from '../ids.ts'
import { REACH_LOOP_MS } from '../lane-movement.ts'
import type { LaneVisit } from '../lane-state.ts'
import type { Money } from '../money.ts'
import type { Refusal } from '../refusals.ts'
import type { Lane } from '../site.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import type { FoundStay, LaneParkingFacts, StayFacts } from './facts.ts'
import { placesAround } from './places.ts'

/** A decision at a lane of a car park: what is known, and the effects that it gathers. */
export type AtLane = {
  readonly lane: Lane
  readonly facts: LaneFacts
  readonly parking: LaneParkingFacts
  /** The stay that this lane without an arm has let through since what stands there came: its vehicle has not driven off yet. */
  readonly through: StayFacts | null
  readonly effects: EffectsOf
  readonly common: CommonFacts
  readonly now: Now
}

export type AtLaneResult =
  | { readonly ok: true; readonly at: AtLane }
  | { readonly ok: false; readonly refused: Decision }

/** Refuses an unknown lane, and one that is no lane of a car park. */
export function atLane(facts: LaneFacts, common: CommonFacts, now: Now): AtLaneResult {
  const { lane, parking } = facts
  if (lane === null) return { ok: false, refused: refuse('lane-unknown') }
  if (parking === null) return { ok: false, refused: refuse('no-car-park') }
  const { visit, presence } = facts.state
  // Who stood here and has gone says nothing of who comes now.
  const known = visit !== null && visit.presence === presence ? parking.visiting : null
  const isThrough = parking.lane.barrier === 'none' && visit !== null && known !== null && known.movedAt >= visit.since
  const isAbout = isThrough && (presence !== null || now.at - visit.since <= REACH_LOOP_MS)
  return {
    ok: true,
    at: {
      lane,
      // Who has been let through is spoken of no more: the next one is another.
      facts: isThrough ? { ...facts, state: { ...facts.state, visit: null } } : facts,
      parking: { ...parking, visiting: isThrough ? null : known },
      through: isAbout ? known : null,
      effects: effectsAt(common),
      common,
      now,
    },
  }
}

/**
 * What a lane without an arm keeps of whoever it has just let through: no more than which stay that was. The same pass that is read twice, or the plate after the pass, would turn
 * it round otherwise.
 */
export function goneThrough(visit: LaneVisit, session: SessionId | null): LaneVisit | null {
  return session === null ? null : { ...visit, plate: null, picture: null, session, right: null, asked: null }
}

/** What is known of the vehicle that stands there; what was known of another says nothing of it. */
export function visitOf({ facts: { state }, now }: AtLane): LaneVisit {
  const { visit, presence } = state
  if (visit !== null && visit.presence === presence) return visit
  return { presence, since: now.at, plate: null, picture: null, session: null, right: null, asked: null }
}

/** Whether the lane lets out here: one of both ways does whoever is inside it. */
export function leadsOut({ lane, parking }: AtLane, found: FoundStay | null): boolean {
  if (lane.direction !== 'both') return lane.direction === 'exit'
  const stay = parking.visiting ?? found?.stay ?? null
  if (stay === null || stay.session.status === 'entering') return false
  const { inside, outside } = parking.lane
  return outside === null || placesAround(parking.layout.places, stay.session.place).some(({ id }) => id === inside)
}

/** Keeps what has become known of the vehicle that stands there. */
export function remember({ facts }: AtLane, visit: LaneVisit): Change {
  return { kind: 'lane-state', state: { ...facts.state, visit } }
}

/** Says no at the lane, aloud and on the display; what has become known all the same is in `changes`. */
export function refuseAt(
  at: AtLane,
  refusal: Refusal,
  changes: readonly Change[] = [],
  due: Money | null = null,
): Decision {
  tell(at, ['display', 'soundbox'], { kind: 'refused', refusal, due })
  return { ...refuse(refusal, due, at.effects.all), changes, keep: ['parking'] }
}

type Message = Parameters<EffectsOf['announce']>[3]

export function tell({ effects, facts, common, now }: AtLane, kinds: readonly string[], message: Message): void {
  effects.announce(facts.devices, kinds, later(now.at, common.policy.announceWithinMs), message)
}

/** What was found and kept, and nothing that moves. */
export function noted(at: AtLane, changes: readonly Change[]): Decision {
  return { ...NOTHING, changes, effects: at.effects.all, keep: ['parking'] }
}
