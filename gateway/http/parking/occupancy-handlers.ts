import { placeId, vehicleClass } from '../../../core/ids.ts'
import type { HandlersOf } from '../operation.ts'
import { clientOf, json, jsonText, refuse } from '../respond.ts'
import type { occupancyOperations } from './occupancy-operations.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { spacesOf } from './reads.ts'

/** How long others may keep what the feed of free spaces says. */
export const FREE_SPACES_KEPT_S = 15

export function createOccupancyHandlers(parts: ParkingHandlerParts): HandlersOf<typeof occupancyOperations> {
  const { reads, clock, submit, mode } = parts
  const { parking } = reads

  return {
    readOccupancy: ({ c }) => {
      const common = parking.common(clientOf(c).mode)
      return common === null ? refuse(c, 'no-car-park') : json({ occupancy: spacesOf(common) })
    },

    correctOccupancy: (given) => {
      const { place, vehicleClass: of, count, reason } = given.body
      return submit(given, {
        kind: 'occupancy-corrected',
        place: placeId(place),
        vehicleClass: vehicleClass(of),
        count,
        reason: reason.trim(),
      })
    },

    freeSpaces: ({ c }) => {
      const common = parking.common(mode)
      const layout = reads.layout()
      if (common === null || layout === undefined) return refuse(c, 'no-car-park')
      const places = spacesOf(common).map(({ place, name, vehicleClass: of, free, state }) => ({
        place,
        name,
        vehicleClass: of,
        free,
        state,
      }))
      const text = JSON.stringify({ site: layout.site, at: clock.now().at, places })
      return jsonText(text, 200, { 'cache-control': `public, max-age=${FREE_SPACES_KEPT_S}` })
    },
  }
}
