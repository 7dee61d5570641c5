import { placeId, vehicleClass } from '../../../core/ids.ts'
import { localTimeAt } from '../../../core/parking/zone-time.ts'
import { readTariff } from '../../bundles/tariff.ts'
import { bookOfOne, localInstant, tariffSiteOf, tryTariff } from '../../bundles/try-tariff.ts'
import { createZoneRules } from '../../clock/zone-rules.ts'
import type { HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import { commonOf } from './common.ts'
import type { ParkingHandlerParts } from './parts.ts'
import type { tariffOperations } from './tariff-operations.ts'
import { tariffsWire } from './tariffs-wire.ts'

const zoneOf = createZoneRules()

export function createTariffHandlers(parts: ParkingHandlerParts): HandlersOf<typeof tariffOperations> {
  const { reads, clock } = parts

  return {
    readTariffs: ({ c }) => {
      const common = commonOf(reads, clientOf(c).mode)
      if (common === null) return refuse(c, 'no-car-park')
      const today = localTimeAt(zoneOf(common.zone), clock.now().at).day
      return json(tariffsWire(common.parking.tariffs, today))
    },

    checkTariff: ({ c, body }) => {
      const site = tariffSiteOf(reads.layout())
      if (site === null) return refuse(c, 'no-car-park')
      const read = readTariff(body.text, site)
      return json({ ok: read.ok, problems: read.ok ? [] : read.problems })
    },

    tryTariff: ({ c, body }) => {
      const site = tariffSiteOf(reads.layout())
      const common = commonOf(reads, clientOf(c).mode)
      if (site === null || common === null) return refuse(c, 'no-car-park')
      const zone = common.parking.tariffs?.zone ?? zoneOf(common.zone)
      const times = [body.from, body.until].map((text) => localInstant(text, zone))
      const [from, until] = times
      if (from === undefined || until === undefined) {
        const errors = times.flatMap((time, index) =>
          time === undefined
            ? [{ in: 'body', at: index === 0 ? '/from' : '/until', says: 'no such day' } as const]
            : [],
        )
        return refuse(c, 'wrong-schema', { errors })
      }
      const made = body.text === undefined ? null : bookOfOne(body.text, site)
      if (made !== null && !made.ok) return json({ ok: false, problems: made.problems, explained: null })
      const book = made?.book ?? common.parking.tariffs?.book
      if (book === undefined) return refuse(c, 'no-tariff')
      const stay = { vehicleClass: vehicleClass(body.vehicleClass), place: placeId(body.place), from, until }
      const tried = tryTariff(book, zone, stay)
      return json(tried.ok ? tried : { ...tried, problems: [] })
    },
  }
}
