import type { VehicleClass } from '../ids.ts'
import { CLASS_CASES } from './cases.ts'
import type { SeenVehicle } from './events.ts'
import type { FoundStay, LaneParkingFacts, StayFacts } from './facts.ts'
import type { ParkingLayout } from './place.ts'

/**
 * Vehicles of two kinds whose plates have the same characters: `30A12345` is a car's and an old motorbike's (decision 115). What tells them apart is what the camera says of the vehicle, or that a lane is for one kind alone; where neither does, they are one plate.
 */

/** What was found for whoever stands at a lane; `namesakes` were found by its plate, and are another kind of vehicle's. */
export type ToldApart = { readonly found: readonly FoundStay[]; readonly namesakes: readonly FoundStay[] }

/**
 * Of the stays that were found by a plate those of the kind that stands here: those of which that is known, else those of which the other is not known. Where all are of the other kind, whoever comes in from the street is another vehicle;
 * of whoever is inside already the camera may be wrong, and all are kept: they are for staff, as every class that is another.
 */
export function toldApart(
  { layout, lane, shown }: Pick<LaneParkingFacts, 'layout' | 'lane' | 'shown'>,
  isWayIn: boolean,
  vehicle: SeenVehicle | null,
): ToldApart {
  const kind = vehicle ?? kindOfLane(layout, lane.vehicleClasses)
  const byPlate = kind === null ? [] : shown.found.filter(({ by }) => by === 'plate')
  const own = byPlate.filter(({ stay }) => kindOfStay(layout, stay) === kind)
  const perhaps = byPlate.filter(({ stay }) => [kind, null].includes(kindOfStay(layout, stay)))
  const kept = own.length > 0 ? own : perhaps.length > 0 || isWayIn ? perhaps : byPlate
  const namesakes = byPlate.filter((each) => !kept.includes(each))
  return { found: shown.found.filter((each) => !namesakes.includes(each)), namesakes }
}

/** Whether stays of one plate are of both kinds, and nothing has told which of them stands here. */
export function areOfTwoKinds(layout: ParkingLayout, found: readonly FoundStay[]): boolean {
  const kinds = found.flatMap(({ by, stay }) => (by === 'plate' ? [kindOfStay(layout, stay)] : []))
  return new Set(kinds.filter((kind) => kind !== null)).size > 1
}

/** Whether of two stays it is known that they are of two kinds of vehicle. */
export function isOfOtherKind(layout: ParkingLayout, one: StayFacts, other: StayFacts): boolean {
  const [kind, another] = [kindOfStay(layout, one), kindOfStay(layout, other)]
  return kind !== null && another !== null && kind !== another
}

/** What cameras call a class; `null` where the layout does not say. */
export function kindOfClass({ vehicleClasses }: ParkingLayout, vehicleClass: VehicleClass): SeenVehicle | null {
  return vehicleClasses.find(({ id }) => id === vehicleClass)?.seenAs ?? null
}

/** Of which kind the vehicle of a stay is, where that is known: not while its class is in doubt, nor while it still stands before the lane at which it was let in. */
function kindOfStay(layout: ParkingLayout, { session, cases }: StayFacts): SeenVehicle | null {
  const isInDoubt = cases.some(({ kind, status }) => status === 'open' && CLASS_CASES.includes(kind))
  return isInDoubt || session.status === 'entering' ? null : kindOfClass(layout, session.vehicleClass)
}

function kindOfLane(layout: ParkingLayout, classes: readonly VehicleClass[]): SeenVehicle | null {
  const [kind = null, ...others] = new Set(classes.map((each) => kindOfClass(layout, each)))
  return others.length > 0 ? null : kind
}
