import type { z } from '@hono/zod-openapi'
import type { TariffsInForce } from '../../../core/parking/facts.ts'
import type { PassPrice, Tariff } from '../../../core/parking/tariff.ts'
import { passHours } from '../../../core/parking/tariff.ts'
import { passesOnOffer, tariffsInForceOn } from '../../../core/parking/tariff-book.ts'
import type { LocalDay } from '../../../core/time.ts'
import type { hours } from './right-schemas.ts'
import type { tariffs as schema } from './tariff-schemas.ts'

export type TariffsWire = z.output<typeof schema>

/** The tariffs that the site uses, which of them are in force on a day, and the passes that are on offer then; none where nothing is in use. */
export function tariffsWire(inUse: TariffsInForce | null, today: LocalDay): TariffsWire {
  if (inUse === null) return { version: null, today, tariffs: [], passes: [] }
  const { version, book } = inUse
  const inForce = new Set(tariffsInForceOn(book, today))
  return {
    version,
    today,
    tariffs: book.tariffs.map((tariff) => ({
      id: tariff.id,
      version: tariff.version,
      name: tariff.name,
      validFrom: tariff.validFrom,
      validTo: tariff.validTo,
      places: [...tariff.places],
      isInForce: inForce.has(tariff),
    })),
    passes: passesOnOffer(book, today).map(({ tariff, pass, vehicleClass, places, price }) => ({
      tariff: tariff.id,
      version: tariff.version,
      pass: pass.id,
      name: pass.name,
      vehicleClass,
      places: [...places],
      months: pass.months,
      covers: pass.covers,
      hours: passHoursWire(tariff, pass),
      price,
    })),
  }
}

export function passHoursWire(tariff: Tariff, pass: PassPrice): z.output<typeof hours> {
  return passHours(tariff, pass).map(({ weekdays, ...minutes }) => ({ weekdays: [...weekdays], ...minutes }))
}
