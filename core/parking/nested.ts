import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { PlaceId } from '../ids.ts'
import { openByHand, stillUsable } from '../lane/standing.ts'
import type { PassageGround } from '../lane/state.ts'
import { astray, isElsewhere } from './astray.ts'
import type { AtLane, AtPlace } from './at-lane.ts'
import { plateOf, refuseAt, refuseStaff, tell, visitOf } from './at-lane.ts'
import { broughtInside } from './brought-inside.ts'
import { endCases } from './cases.ts'
import { isAtThisLane } from './entry.ts'
import type { FoundStay, StayFacts } from './facts.ts'
import { gateFor, letBack, letThrough } from './gate.ts'
import { roomFor } from './places.ts'
import { isInForce, isRightHere, rightToParkUnder } from './rights.ts'
import { isOver } from './session.ts'

type By = Extract<PassageGround, { kind: 'session' }>['by']

/** From one place of the car park into another: where a vehicle stands before the lane, and where it stands behind it. */
export type Way = { readonly side: 'entry' | 'exit'; readonly from: PlaceId; readonly to: PlaceId }

/** The way in, or out, at a lane between two places; `null` at one that leads from the street. */
export function wayBetween({ parking }: Pick<AtLane, 'parking'>, side: Way['side']): Way | null {
  const { inside, outside } = parking.lane
  if (outside === null) return null
  return side === 'entry' ? { side, from: outside, to: inside } : { side, from: inside, to: outside }
}

/** The same lane, for a stay whose vehicle stands in that place. */
export function within({ parking, lane, common, now }: AtLane, place: PlaceId): AtPlace {
  return { lane, common, now, parking: { ...parking, lane: { ...parking.lane, inside: place } } }
}

/** Of several stays that may be meant those that stand before this lane; all of them where none does, and where the lane leads both ways or to the street. */
export function standingHere(at: AtLane, found: readonly FoundStay[]): readonly FoundStay[] {
  const { direction } = at.lane
  const way = direction === 'both' ? null : wayBetween(at, direction)
  if (way === null) return found
  const here = found.filter(({ stay }) => stay.session.place === way.from)
  return here.length === 0 ? found : here
}

/**
 * Nobody comes from the street at a lane between two places: whoever stands there has a stay already, and a second one would be paid twice, or in place of the first. Its ticket or pass is asked for; staff choose
 * where several may be meant.
 */
export function askForStay(at: AtLane, changes: readonly Change[] = []): Decision {
  return at.parking.shown.found.length > 1
    ? refuseAt(at, 'stay-not-found', changes, null, { kind: 'choose-staff' })
    : refuseAt(at, 'stay-not-found', changes)
}

/** Cases of the vehicle that stands there which have answered themselves: its stay is known. What was opened for one before it is not answered by it. */
export function stayFound(at: AtLane): readonly Change[] {
  const { since } = visitOf(at)
  return endCases(
    at.parking.cases.filter(({ openedAt }) => openedAt >= since),
    ['exit-without-entry', 'plate-unreadable', 'plate-mismatch'],
    'the stay was found',
    at.now,
  )
}

/**
 * A vehicle goes from one place into another: its stay goes on there, and nothing is asked. Refused where its class may not stand, where it is full, where its stay is over or leaves elsewhere, and by hard anti-passback
 * where its stay does not stand before the lane: then it is a case, also where staff, or anti-passback that is soft, let it go on. A supervisor's word lets it into a place that is full too. The stay stays where it is until the loops have shown it through.
 */
export function goOn(at: AtLane, known: StayFacts, way: Way, by: By, before: readonly Change[] = []): Decision {
  const { facts, parking, common, now } = at
  // Whom a supervisor's word does not let on as a stay it lets through all the same: nobody is told no.
  const isOrdered = by === 'staff' || by === 'override'
  const no = isOrdered ? refuseStaff : refuseAt
  const { vehicleClass } = known.session
  if (!parking.lane.vehicleClasses.includes(vehicleClass)) return no(at, 'class-not-here', before)
  const given = isAtThisLane(at, known) ? stillUsable(known.passage, common, now) : null
  if (given !== null) return letBack(at, given, before)
  const gate = gateFor(at, null)
  if (!gate.ok) return no(at, gate.refusal, before)
  if (isOver(known.session) && known.session.status !== 'void') return no(at, 'stay-over', before)
  if (isLeavingElsewhere(at, known, by)) return no(at, 'stay-leaving-elsewhere', before)

  // Staff have let it in: what would stand against that stands in the books, and not in its way.
  const isByHand = openByHand(facts.state) !== null
  const isAstray = isElsewhere(at, known, way.from)
  const cases = isAstray ? astray(at, known, way.side, visitOf(at).picture) : []
  if (isAstray && parking.policy.antiPassback === 'hard' && !isOrdered && !isByHand) {
    return refuseAt(at, ASTRAY[way.side][by === 'right' ? 'pass' : 'stay'], [...before, ...cases])
  }
  // By where its vehicle stands, and not by where the books have it: who shows a copy needs a space too.
  const room = roomFor(parking.layout.places, parking.occupancy, way.from, way.to, vehicleClass)
  if (room === 'class-not-here') return no(at, 'class-not-here', before)
  if (room === 'full' && parking.lane.isFullRefused && !isByHand && by !== 'override')
    return no(at, 'place-full', before)

  const { stay, changes: moved } =
    known.session.status === 'inside' ? { stay: known, changes: [] } : broughtInside(within(at, way.from), known)
  const session = stay.session.id
  const through = letThrough(at, gate, stay, { kind: 'session', session, side: way.side, by, paid: null }, null, {
    ...visitOf(at),
    session,
  })
  tell(at, ['display'], { kind: 'drive-on' })
  return {
    outcome: { ok: true, kind: 'let-through', passage: through.passage.id },
    subject: { charge: stay.charge?.charge.id ?? null, passage: through.passage.id, session },
    changes: [...before, ...stayFound(at), ...moved, ...cases, ...joined(at, known, stay, way), ...through.changes],
    effects: at.effects.all,
    documents: [],
    keep: ['parking'],
  }
}

const ASTRAY = {
  entry: { pass: 'pass-already-inside', stay: 'stay-open-already' },
  exit: { pass: 'pass-not-inside', stay: 'stay-not-inside' },
} as const

/** Let out at another lane: it goes there. One that is under the arm there is gone; one that has not driven yet staff may bring here. */
function isLeavingElsewhere({ common, now }: AtLane, { session, passage }: StayFacts, by: By): boolean {
  if (session.status !== 'leaving' || passage === null) return false
  return passage.status === 'passing' || (by !== 'staff' && stillUsable(passage, common, now) !== null)
}

/**
 * A pass that counts within and not before the lane: its holder came in by something else, and goes by the pass from here on, where its plate is read at the way in. Not where the pass would cover what was before: where the stay has stood in
 * such a place since the pass is good, or the books have it beyond. Nor where the plate speaks of another stay: of its own, or not of this one's.
 */
function joined(at: AtLane, known: StayFacts, { session, rights, segments }: StayFacts, way: Way): readonly Change[] {
  if (way.side === 'exit' || plateOf(at) === null || session.place !== way.from) return []
  const { layout, shown } = at.parking
  const { vehicleClass } = session
  if (rights.some(({ right }) => isInForce(right, layout, way.to, vehicleClass, at.now.at))) return []
  if (!isOfPlate(at, known)) return []
  const ofNested = shown.rights.filter(({ right }) => {
    const isCounted = (place: PlaceId) => isRightHere(right, layout, place, vehicleClass)
    return !isCounted(way.from) && !segments.some(({ place, until }) => until > right.validFrom && isCounted(place))
  })
  const under = rightToParkUnder(ofNested, layout, way.to, vehicleClass, at.now.at)
  return under === null
    ? []
    : [{ kind: 'session-known-by', session: session.id, credential: { kind: 'right', right: under.id } }]
}

/** Whether the plate that was read may be this stay's: it is known by that, or by none, and no other stay is. */
function isOfPlate({ parking: { shown } }: AtLane, { session }: StayFacts): boolean {
  const plate = shown.found.find(({ stay }) => stay.session.id === session.id)?.plate ?? 'unknown'
  if (plate !== 'unknown') return plate !== 'other'
  return !shown.found.some(({ by, stay }) => isByPlate(by) && stay.session.id !== session.id)
}

function isByPlate(by: FoundStay['by']): boolean {
  return by === 'plate' || by === 'plate-candidate'
}
