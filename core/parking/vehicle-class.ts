import type { Change } from '../changes.ts'
import type { PlaceId, SessionId, VehicleClass } from '../ids.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Instant } from '../time.ts'
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '../time.ts'
import type { AtLane, AtPlace } from './at-lane.ts'
import { visitOf } from './at-lane.ts'
import { endCases, openCase } from './cases.ts'
import type { SeenVehicle } from './events.ts'
import type { ParkingCommon, StayFacts } from './facts.ts'
import type { ParkingLayout } from './place.ts'
import { countsOf } from './places.ts'
import { quote } from './quote.ts'
import type { CaseAnswer, StaffCaseKind } from './session.ts'

/** `doubt`: what somebody has to look at, because nobody has said what it is, or a camera says otherwise. */
export type KnownClass = {
  readonly vehicleClass: VehicleClass
  readonly doubt: Extract<StaffCaseKind, 'class-unclear' | 'class-mismatch'> | null
}

/**
 * Of which class a vehicle is that comes in (decision 083). What a person, a button or a right says counts (`said`), also against the camera, and then it is a case. Else it is one of the lane's classes that
 * the camera does not speak against. Where more than one is left and they cost differently, it is the dearest: a wrong class is put right while the vehicle is inside, and nobody
 * comes to staff to pay more. `null` where the lane does not take what was said.
 */
export function classAtEntry(
  at: AtPlace,
  said: VehicleClass | null,
  vehicle: SeenVehicle | undefined,
): KnownClass | null {
  const { layout, lane } = at.parking
  if (said === null) return classAmong(at, lane.vehicleClasses, vehicle)
  if (!lane.vehicleClasses.includes(said)) return null
  return { vehicleClass: said, doubt: isSeenOtherwise(layout, said, vehicle) ? 'class-mismatch' : null }
}

/** Which of these classes it is, as `classAtEntry` tells where nobody says; `null` where there are none. A right that is for several classes leaves it as open as a lane does. */
export function classAmong(
  { parking, now }: AtPlace,
  vehicleClasses: readonly VehicleClass[],
  vehicle: SeenVehicle | undefined,
): KnownClass | null {
  const { inside } = parking.lane
  const seen = vehicle === undefined ? vehicleClasses : seenOf(parking.layout, vehicleClasses, vehicle)
  const possible = seen.length === 0 ? vehicleClasses : seen
  const [dearest, ...others] = possible
    .map((each) => ({ vehicleClass: each, prices: pricesOf(each, inside, parking, now.at) }))
    .toSorted((left, right) => comparePrices(right.prices, left.prices))
  if (dearest === undefined) return null
  const isUnclear = others.some(({ prices }) => comparePrices(prices, dearest.prices) !== 0)
  const doubt = seen.length === 0 ? 'class-mismatch' : isUnclear ? 'class-unclear' : null
  return { vehicleClass: dearest.vehicleClass, doubt }
}

/** The case about a stay whose class is in doubt. */
export function casesOfDoubt(
  { lane, common, now }: AtPlace,
  { doubt }: KnownClass,
  session: SessionId,
  picture: PersonalValue | null,
): readonly Change[] {
  if (doubt === null) return []
  return openCase(doubt, { lane: lane.id, session, charge: null, pictures: [picture] }, [], common, now)
}

/**
 * What the exit knows of a stay's class. `fits`: nothing speaks against it. `found`: nobody had known it, and here the camera has seen the one that it can be: the stay is of that class from now on. `other`: its class
 * does not use this lane, or the camera sees another kind of vehicle: it is for staff, and no price of the class is asked.
 */
export type ClassAtExit =
  | { readonly kind: 'fits' | 'found'; readonly stay: StayFacts; readonly changes: readonly Change[] }
  | { readonly kind: 'other' }

export function classAtExit(at: AtLane, stay: StayFacts): ClassAtExit {
  const { parking, now } = at
  const { layout, lane } = parking
  const { vehicle } = visitOf(at)
  const { session } = stay
  const isSeen = vehicle !== undefined && isNamed(layout, session.vehicleClass, vehicle)
  const isTaken = lane.vehicleClasses.includes(session.vehicleClass)
  if (isTaken && (isSeen || !isSeenOtherwise(layout, session.vehicleClass, vehicle))) {
    return { kind: 'fits', stay, changes: isSeen ? endCases(stay.cases, UNCLEAR, SEEN_AT_EXIT, now) : [] }
  }
  const [only, ...others] = vehicle === undefined ? [] : seenOf(layout, lane.vehicleClasses, vehicle)
  const wasUnclear = stay.cases.some(({ kind, status }) => kind === 'class-unclear' && status === 'open')
  if (!wasUnclear || only === undefined || others.length > 0) return { kind: 'other' }
  const { places } = layout
  const isCounted = session.status === 'inside' || session.status === 'leaving'
  return {
    kind: 'found',
    stay: { ...stay, session: { ...session, vehicleClass: only } },
    changes: [
      { kind: 'session-class', session: session.id, vehicleClass: only },
      ...(isCounted
        ? [
            ...countsOf(places, session.place, null, session.vehicleClass, session.mode),
            ...countsOf(places, null, session.place, only, session.mode),
          ]
        : []),
      ...endCases(stay.cases, UNCLEAR, SEEN_AT_EXIT, now),
    ],
  }
}

const UNCLEAR: readonly StaffCaseKind[] = ['class-unclear']
const SEEN_AT_EXIT = 'the camera at the exit has seen it' satisfies CaseAnswer

/** Those that the camera means; where it means none of them, those of which cameras say nothing. */
function seenOf(
  layout: ParkingLayout,
  classes: readonly VehicleClass[],
  vehicle: SeenVehicle,
): readonly VehicleClass[] {
  const named = classes.filter((each) => isNamed(layout, each, vehicle))
  return named.length > 0 ? named : classes.filter((each) => !isSeenOtherwise(layout, each, vehicle))
}

function isNamed({ vehicleClasses }: ParkingLayout, vehicleClass: VehicleClass, vehicle: SeenVehicle): boolean {
  return vehicleClasses.some(({ id, seenAs }) => id === vehicleClass && seenAs === vehicle)
}

/** Whether the camera has seen what this class never is. Of a class that no camera names it says nothing. */
function isSeenOtherwise(
  { vehicleClasses }: ParkingLayout,
  vehicleClass: VehicleClass,
  vehicle: SeenVehicle | undefined,
): boolean {
  const seenAs = vehicleClasses.find(({ id }) => id === vehicleClass)?.seenAs
  return vehicle !== undefined && seenAs !== undefined && seenAs !== vehicle
}

/** What such stays from now on would cost. What makes one class dearer than another is a day first, then an hour, the first minute, a week. */
type Prices = { readonly day: number; readonly hour: number; readonly minute: number; readonly week: number }

function pricesOf(vehicleClass: VehicleClass, place: PlaceId, { tariffs }: ParkingCommon, from: Instant): Prices {
  const priceOf = (ms: number): number => {
    if (tariffs === null) return NOT_PRICED
    const quoted = quote({ vehicleClass, place, from, until: later(from, ms) }, tariffs.book, [], tariffs.zone)
    return quoted.ok ? quoted.total.amount : NOT_PRICED
  }
  return { day: priceOf(DAY_MS), hour: priceOf(HOUR_MS), minute: priceOf(MINUTE_MS), week: priceOf(7 * DAY_MS) }
}

/** Below any price: no class is taken because nobody has said what it costs. */
const NOT_PRICED = -1

function comparePrices(left: Prices, right: Prices): number {
  return left.day - right.day || left.hour - right.hour || left.minute - right.minute || left.week - right.week
}
