import type { PlaceId, VehicleClass } from '../../../core/ids.ts'
import type { ParkingCommon } from '../../../core/parking/facts.ts'
import type { ParkingLayout, ParkingPlace } from '../../../core/parking/place.ts'
import { freeSpaces } from '../../../core/parking/places.ts'
import type { ParkingReports } from '../../../db/parking-reports.ts'

/** What HTTP reads of a car park: plain data, as of the last commit. */
export type ParkingReads = ParkingReports

export type SpaceState = 'free' | 'few' | 'full'

/** How one class stands in one place. */
export type SpaceReport = {
  readonly place: PlaceId
  readonly name: string
  readonly vehicleClass: VehicleClass
  readonly spaces: number
  /** By the books: below 0 after a correction that was wrong. */
  readonly count: number
  readonly free: number
  readonly state: SpaceState
}

/** From this share of its spaces down, a driver had better know of another place. */
const FEW = 0.1

/** Every place and class that may stand there, in the layout's order. */
export function spacesOf({ layout, occupancy }: Pick<ParkingCommon, 'layout' | 'occupancy'>): readonly SpaceReport[] {
  return layout.places.flatMap((place) =>
    place.capacities.flatMap(({ vehicleClasses, spaces }) =>
      vehicleClasses.map((vehicleClass) => {
        const found = occupancy.find((each) => each.place === place.id && each.vehicleClass === vehicleClass)
        const free = freeSpaces(place, occupancy, vehicleClass)
        const state: SpaceState = free === 0 ? 'full' : free <= spaces * FEW ? 'few' : 'free'
        return { place: place.id, name: place.name, vehicleClass, spaces, count: found?.count ?? 0, free, state }
      }),
    ),
  )
}

/** Whether a place is this one or lies within it. */
export function liesWithin(layout: ParkingLayout, place: PlaceId, outer: PlaceId): boolean {
  let at: ParkingPlace | undefined = layout.places.find(({ id }) => id === place)
  for (let depth = 0; at !== undefined && depth < layout.places.length; depth += 1) {
    if (at.id === outer) return true
    const parent: PlaceId | null = at.parent
    at = layout.places.find(({ id }) => id === parent)
  }
  return false
}
