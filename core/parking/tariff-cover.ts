import type { PlaceId, VehicleClass } from '../ids.ts'
import type { SiteLayout } from '../site.ts'
import type { LocalDay } from '../time.ts'
import { isClassAllowed } from './places.ts'
import type { TariffBook } from './tariff-book.ts'
import { ratesOn } from './tariff-book.ts'
import type { DayNumber } from './zone-time.ts'
import { dayNumber, localDayOf } from './zone-time.ts'

/** A tariff that ends within so many days, and none follows it, is said before it ends: a week has a working day in it. */
export const TARIFF_ENDS_SOON_DAYS = 7

/** `none`: no tariff is in force for what a lane lets in. `ends`: none will be any more after `lastDay`. */
export type TariffGap =
  | { readonly kind: 'none'; readonly place: PlaceId; readonly vehicleClass: VehicleClass }
  | { readonly kind: 'ends'; readonly place: PlaceId; readonly vehicleClass: VehicleClass; readonly lastDay: LocalDay }

/**
 * For what the lanes may let in today no price is known, or soon will be none. By the place into which a lane leads and the class of vehicle, each once, in the order of the lanes; `book` null: there are no tariffs. What is let in all
 * the same stays until staff decide (`no-tariff`), so a site is told before.
 */
export function tariffGaps(
  { lanes, parking }: Pick<SiteLayout, 'lanes' | 'parking'>,
  book: TariffBook | null,
  today: LocalDay,
): readonly TariffGap[] {
  if (parking === null) return []
  const entered = parking.lanes.flatMap(({ lane, inside, outside, vehicleClasses }) => {
    const direction = lanes.find(({ id }) => id === lane)?.direction
    const into = [
      ...(direction === 'exit' ? [] : [inside]),
      ...(direction === 'entry' || outside === null ? [] : [outside]),
    ]
    return parking.places
      .filter(({ id }) => into.includes(id))
      .flatMap((place) =>
        vehicleClasses
          .filter((vehicleClass) => isClassAllowed(place, vehicleClass))
          .map((vehicleClass) => ({ place: place.id, vehicleClass })),
      )
  })
  const once = new Map(entered.map((each) => [`${each.place} ${each.vehicleClass}`, each]))
  const from = dayNumber(today)
  return [...once.values()].flatMap(({ place, vehicleClass }): readonly TariffGap[] => {
    const last = lastDayPriced(book, place, vehicleClass, from)
    if (last === undefined) return []
    if (last < from) return [{ kind: 'none', place, vehicleClass }]
    return [{ kind: 'ends', place, vehicleClass, lastDay: localDayOf(last) }]
  })
}

/** The classes of the layout that no tariff of its places has ever priced: their vehicles would be let in nowhere, or nobody knows for how much. */
export function classesWithoutTariff(
  parking: NonNullable<SiteLayout['parking']>,
  book: TariffBook,
): readonly VehicleClass[] {
  return parking.vehicleClasses
    .map(({ id }) => id)
    .filter((id) => parking.places.every((place) => book.rates.get(place.id)?.get(id) === undefined))
}

/** The last of the days from `from` on that has a price, without a gap before it; the day before `from` where that has none, `undefined` where all that are looked at have one. */
function lastDayPriced(
  book: TariffBook | null,
  place: PlaceId,
  vehicleClass: VehicleClass,
  from: DayNumber,
): DayNumber | undefined {
  const versions = book?.rates.get(place)?.get(vehicleClass)
  for (let day = from; day <= from + TARIFF_ENDS_SOON_DAYS; day += 1) {
    if (ratesOn(versions, day) === undefined) return day - 1
  }
  return undefined
}
