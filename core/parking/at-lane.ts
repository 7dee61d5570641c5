import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { SessionId } from '../ids.ts'
import { REACH_LOOP_MS } from '../lane/presence.ts'
import type { LaneVisit } from '../lane/state.ts'
import type { Money } from '../money.ts'
import type { Refusal } from '../refusals.ts'
import type { Lane } from '../site.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import type { FoundStay, LaneParkingFacts, ParkingCommon, StayFacts } from './facts.ts'
import { toldApart } from './namesakes.ts'
import type { ParkingPolicy } from './place.ts'
import { placesAround } from './places.ts'
import type { SessionCredential } from './session.ts'

/** A decision at a lane of a car park: what is known, and the effects that it gathers. */
export type AtLane = {
  readonly lane: Lane
  readonly facts: LaneFacts
  readonly parking: LaneParkingFacts
  /** The stay that this lane without an arm has let through since what stands there came: its vehicle has not driven off yet. */
  readonly through: StayFacts | null
  /** Stays of the same plate that are another kind of vehicle's: nothing that is found for who stands here (decision 115). */
  readonly namesakes: readonly FoundStay[]
  readonly effects: EffectsOf
  readonly common: CommonFacts
  readonly now: Now
}

/** What of it is not about who stands there: all that a stay needs to begin, or to be brought inside. */
export type AtPlace = Pick<AtLane, 'lane' | 'common' | 'now'> & {
  readonly parking: Pick<LaneParkingFacts, keyof ParkingCommon | 'lane' | 'shown'>
}

export type AtLaneResult =
  | { readonly ok: true; readonly at: AtLane }
  | { readonly ok: false; readonly refused: Decision }

/** Refuses an unknown lane, and one that is no lane of a car park. `before`: the effects of what has been decided already; the lane's come after them. */
export function atLane(facts: LaneFacts, common: CommonFacts, now: Now, before: readonly Effect[] = []): AtLaneResult {
  const { lane, parking } = facts
  if (lane === null) return { ok: false, refused: refuse('lane-unknown') }
  if (parking === null) return { ok: false, refused: refuse('no-car-park') }
  const { visit, presence } = facts.state
  // Who stood here and has gone says nothing of who comes now.
  const isGone = visit !== null && (visit.presence !== presence || isOverdue(visit, parking.policy, now))
  const known = visit !== null && !isGone ? parking.visiting : null
  const isThrough = parking.lane.barrier === 'none' && visit !== null && known !== null && known.movedAt >= visit.since
  const isAbout = isThrough && (presence !== null || now.at - visit.since <= REACH_LOOP_MS)
  const isWayIn = parking.lane.outside === null && lane.direction === 'entry'
  const { found, namesakes } = toldApart(parking, isWayIn, null)
  const at: AtLane = {
    lane,
    facts,
    parking: { ...parking, visiting: known, shown: { ...parking.shown, found } },
    through: isAbout ? known : null,
    namesakes,
    effects: effectsAt(common, before),
    common,
    now,
  }
  // Who has been let through is spoken of no more: the next one is another.
  return { ok: true, at: isThrough || isGone ? anew(at) : at }
}

/** Where no loop tells that a vehicle has gone, it is gone when what was asked of it holds no more; by a clock that was set back, at once. */
function isOverdue({ presence, since, asked }: LaneVisit, { quoteHoldMs }: ParkingPolicy, now: Now): boolean {
  const from = asked?.at ?? since
  return presence === null && (now.at < from || now.at >= later(from, quoteHoldMs))
}

/** Another vehicle than the one of the visit: what was known of that, and what the books found by its plate, says nothing of this one. What the event itself has named stays. */
export function anew(at: AtLane): AtLane {
  const { facts, parking } = at
  const { shown } = parking
  const isNamed = shown.plates.some((plate) => plate !== null)
  const found = shown.found
    .filter(({ by }) => by !== 'plate' && by !== 'plate-candidate')
    .map((each): FoundStay => ({ ...each, plate: 'unknown' }))
  return {
    ...at,
    facts: { ...facts, state: { ...facts.state, visit: null } },
    parking: { ...parking, visiting: null, shown: isNamed ? shown : { ...shown, found, debts: [], owed: 0 } },
    namesakes: isNamed ? at.namesakes : [],
  }
}

/** Where no loop tells one vehicle from the next, whoever shows what is of another stay than the visit's is another. Where one stands on the loop, it is the one of the visit. */
export function anewFor(at: AtLane, { session }: StayFacts): AtLane {
  const { facts, parking } = at
  const isAnother = parking.visiting !== null && parking.visiting.session.id !== session.id
  return facts.state.presence === null && isAnother ? anew(at) : at
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

export type PlateCredential = Extract<SessionCredential, { kind: 'plate' }>

/** The plate that was read here surely enough to be asked again, is the only one, and is nobody else's. */
export function plateOf(at: AtLane): PlateCredential | null {
  const { plate, isOneOfTwo, isDoubted } = visitOf(at)
  if (isOneOfTwo !== undefined || isDoubted === true) return null
  if (plate === null || plate.confidencePermille < at.parking.lane.plateConfidenceMinPermille) return null
  return { kind: 'plate', plate: plate.value, confidencePermille: plate.confidencePermille }
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

/** Says no at the lane, aloud and on the display; what has become known all the same is in `changes`. `told`: what its driver is told instead, where the refusal's own words are for others. */
export function refuseAt(
  at: AtLane,
  refusal: Refusal,
  changes: readonly Change[] = [],
  due: Money | null = null,
  told: Message = { kind: 'refused', refusal, due },
): Decision {
  tell(at, ['display', 'soundbox'], told)
  return refuseHere(at, refusal, changes, due)
}

/** Says no to whoever has asked, and nothing at the lane: what staff have mistyped is no word for a driver, whose amount stays where it stands. */
export function refuseStaff(
  at: AtLane,
  refusal: Refusal,
  changes: readonly Change[] = [],
  due: Money | null = null,
): Decision {
  return refuseHere(at, refusal, changes, due)
}

function refuseHere(at: AtLane, refusal: Refusal, changes: readonly Change[], due: Money | null): Decision {
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
