import type { HandlersOf } from '../operation.ts'
import { json, refuse } from '../respond.ts'
import { apdsOccupancy, apdsPlaces, apdsRates } from './apds.ts'
import type { apdsOperations } from './apds-operations.ts'
import type { ParkingHandlerParts } from './parts.ts'

export function createApdsHandlers(parts: ParkingHandlerParts): HandlersOf<typeof apdsOperations> {
  const { reads, clock, mode } = parts
  const { parking } = reads

  return {
    apdsPlaces: ({ c }) => {
      const layout = reads.layout()
      if (layout === undefined || layout.parking === null) return refuse(c, 'no-car-park')
      return json(apdsPlaces(layout, layout.parking, EXPORT_VERSION, clock.now().at))
    },

    apdsRates: ({ c }) => {
      const common = parking.common(mode)
      if (common === null) return refuse(c, 'no-car-park')
      return json(apdsRates(common.tariffs, clock.now().at))
    },

    apdsOccupancy: ({ c }) => {
      const common = parking.common(mode)
      if (common === null) return refuse(c, 'no-car-park')
      return json(apdsOccupancy(common.layout, common.occupancy, EXPORT_VERSION, clock.now().at))
    },
  }
}

/** The layout has one version at a time, which no reader of the export need know. */
const EXPORT_VERSION = 1
