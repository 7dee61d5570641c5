import type { VehicleClass } from '../ids.ts'
import { CLASS_CASES } from './cases.ts'
import type { SeenVehicle } from './events.ts'
import type { FoundStay, LaneParkingFacts, StayFacts } from './facts.ts'
import type { ParkingLayout } from './place.ts'

/**
 * Vehicles of two kinds whose plates have the same characters: `30A12345` is a car's and an old motorbike's (decision 115). Which of them stands at a lane is known where the lane is for one kind alone. A camera's word tells nobody apart: it is wrong more often than
 * two namesakes are inside.
 */

/** What was found for whoever stands at a lane; `namesakes` were found by its plate, and are another kind of vehicle's. */
export type ToldApart = { readonly found: readonly FoundStay[]; readonly namesakes: readonly FoundStay[] }

/**
 * The stays that were found by a plate, without those that are known to be of the other kind than stands here. Where all are, whoever comes in from the street is another vehicle; of whoever is inside already all are kept: they are for staff, as every class that is
 * another. `said`: what a person says of the vehicle; `null`: nothing, and it is what the lane is for.
 */
export function toldApart(
  { layout, lane, shown }: Pick<LaneParkingFacts, 'layout' | 'lane' | 'shown'>,
  isWayIn: boolean,
  said: SeenVehicle | null,
): ToldApart {
  const kind = said ?? kindOfLane(layout, lane.vehicleClasses)
  const byPlate = shown.found.filter(({ by }) => by === 'plate')
  const others = byPlate.filter(({ stay }) => areTwoKinds(kind, kindOfStay(layout, stay)))
  const namesakes = isWayIn || others.length < byPlate.length ? others : []
  return { found: shown.found.filter((each) => !namesakes.includes(each)), namesakes }
}

/** Whether stays of one plate are known to be of both kinds. */
export function areOfTwoKinds(layout: ParkingLayout, found: readonly FoundStay[]): boolean {
  return found.some((one) => one.by === 'plate' && found.some((other) => isOfOtherKind(layout, one.stay, other.stay)))
}

/** Whether of two stays it is known that they are of two kinds of vehicle. */
export function isOfOtherKind(layout: ParkingLayout, one: StayFacts, other: StayFacts): boolean {
  return areTwoKinds(kindOfStay(layout, one), kindOfStay(layout, other))
}

/** What cameras call a class; `null` where the layout does not say. */
export function kindOfClass({ vehicleClasses }: ParkingLayout, vehicleClass: VehicleClass): SeenVehicle | null {
  return vehicleClasses.find(({ id }) => id === vehicleClass)?.seenAs ?? null
}

/** Of which kind the vehicle of a stay is, where that is known: not while its class is in doubt. */
function kindOfStay(layout: ParkingLayout, { session, cases }: StayFacts): SeenVehicle | null {
  const isInDoubt = cases.some(({ kind, status }) => status === 'open' && CLASS_CASES.includes(kind))
  return isInDoubt ? null : kindOfClass(layout, session.vehicleClass)
}

function kindOfLane(layout: ParkingLayout, classes: readonly VehicleClass[]): SeenVehicle | null {
  const [kind = null, ...others] = new Set(classes.map((each) => kindOfClass(layout, each)))
  return others.length > 0 ? null : kind
}

function areTwoKinds(one: SeenVehicle | null, other: SeenVehicle | null): boolean {
  return one !== null && other !== null && one !== other
}
