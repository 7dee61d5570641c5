import type { PlaceId, VehicleClass } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { ParkingChange } from './changes.ts'
import type { OccupancyCount } from './facts.ts'
import type { ParkingPlace } from './place.ts'

/** A place and all that lie around it, the innermost first. Throws on a ring of places: the layout was checked when it was loaded. */
export function placesAround(places: readonly ParkingPlace[], innermost: PlaceId | null): readonly ParkingPlace[] {
  const around: ParkingPlace[] = []
  let id = innermost
  while (id !== null) {
    const place = places.find((each) => each.id === id)
    if (place === undefined) return around
    if (around.includes(place)) throw new Error(`place ${place.id} lies around itself`)
    around.push(place)
    id = place.parent
  }
  return around
}

/**
 * What is counted when a vehicle goes from one place to another (`null`: the street). What stands in a place counts in every place around it, so nothing
 * changes in those that lie around both.
 */
export function countsOf(
  places: readonly ParkingPlace[],
  from: PlaceId | null,
  to: PlaceId | null,
  vehicleClass: VehicleClass,
  mode: Mode,
): readonly ParkingChange[] {
  const before = placesAround(places, from)
  const after = placesAround(places, to)
  const moved = (gone: readonly ParkingPlace[], kept: readonly ParkingPlace[], by: 1 | -1): readonly ParkingChange[] =>
    gone
      .filter((place) => !kept.includes(place))
      .map(({ id }) => ({ kind: 'occupancy-moved', mode, place: id, vehicleClass, by }))
  return [...moved(before, after, -1), ...moved(after, before, 1)]
}

/** Whether a class of vehicle may stand in a place: a class without spaces of its own or shared ones may not. */
export function isClassAllowed(place: ParkingPlace, vehicleClass: VehicleClass): boolean {
  return place.capacities.some(({ vehicleClasses }) => vehicleClasses.includes(vehicleClass))
}

export type Room = 'free' | 'full' | 'class-not-here'

/**
 * Whether there is room for one more of a class in each place that it would come into; what it is already inside has room for it. Spaces that classes share are
 * taken by all of them. A count above the capacity, after a correction, is full.
 */
export function roomFor(
  places: readonly ParkingPlace[],
  occupancy: readonly OccupancyCount[],
  from: PlaceId | null,
  to: PlaceId,
  vehicleClass: VehicleClass,
): Room {
  const inside = placesAround(places, from)
  const entered = placesAround(places, to).filter((place) => !inside.includes(place))
  if (!entered.every((place) => isClassAllowed(place, vehicleClass))) return 'class-not-here'
  return entered.every((place) => freeSpaces(place, occupancy, vehicleClass) > 0) ? 'free' : 'full'
}

/** Spaces that are free for a class in one place; never below 0. */
export function freeSpaces(
  place: ParkingPlace,
  occupancy: readonly OccupancyCount[],
  vehicleClass: VehicleClass,
): number {
  const rows = place.capacities.filter(({ vehicleClasses }) => vehicleClasses.includes(vehicleClass))
  return rows.reduce((free, { vehicleClasses, spaces }) => {
    const taken = occupancy
      .filter((each) => each.place === place.id && vehicleClasses.includes(each.vehicleClass))
      .reduce((sum, { count }) => sum + count, 0)
    return free + Math.max(0, spaces - taken)
  }, 0)
}
