import type { PlaceId, VehicleClass } from '../ids.ts'
import type { CurrencyCode, Money } from '../money.ts'
import { money } from '../money.ts'
import type { LocalDay } from '../time.ts'
import type { Band, Names, PassPrice, Rate, RateTable, Tariff, TariffSite } from './tariff.ts'
import { MINUTES_OF_DAY } from './tariff.ts'
import type { TariffSetProblem } from './tariff-check.ts'
import { checkTariff, checkTariffSet, isYearly } from './tariff-check.ts'
import type { DayNumber } from './zone-time.ts'
import { dayNumber, monthDayOf, weekdayOf } from './zone-time.ts'

/** All versions of a site's tariffs, checked, and made ready to quote from. Made once for a generation of tariffs. */
export type TariffBook = {
  readonly currency: CurrencyCode
  readonly tariffs: readonly Tariff[]
  /** By place and class, the versions in the order of their days. */
  readonly rates: ReadonlyMap<PlaceId, ReadonlyMap<VehicleClass, readonly VersionRates[]>>
}

export type TariffBookResult =
  | { readonly ok: true; readonly book: TariffBook }
  | { readonly ok: false; readonly problems: readonly TariffSetProblem[] }

/** More versions than a site has had in its life are not kept in force. */
export const TARIFFS_MAX = 1_000

/** What one version has for one class. */
export type VersionRates = {
  readonly tariff: Tariff
  readonly fromDay: DayNumber
  /** The last day, cut where a later version begins. */
  readonly toDay: DayNumber
  /** Bands in the order of the local day, from minute 0 on; one without a name where the tariff has none. */
  readonly bands: readonly BandStart[]
  readonly usual: DayRates
  readonly byDay: ReadonlyMap<DayNumber, DayRates>
  readonly byMonthDay: ReadonlyMap<string, DayRates>
  readonly byWeekday: ReadonlyMap<number, DayRates>
}

export type BandStart = { readonly band: Band | null; readonly minute: number }

/** What one kind of day has for one class. */
export type DayRates = {
  readonly special: Names | null
  readonly table: RateTable
  readonly day: BandRate
  readonly night: BandRate
}

/** `band` null is a rate for any time. */
export type BandRate = { readonly band: Band | null; readonly rate: Rate }

/**
 * Checks every version and what lies between them, and makes the book. A place has the tariffs that name it; where none has its class, those of the nearest place around it.
 * Refuses with all problems at once.
 */
export function createTariffBook(tariffs: readonly Tariff[], site: TariffSite): TariffBookResult {
  const problems: TariffSetProblem[] = tariffs.flatMap((tariff, index) =>
    checkTariff(tariff, site).map((problem) => ({ tariff: index, ...problem })),
  )
  if (tariffs.length > TARIFFS_MAX) {
    problems.push({
      tariff: TARIFFS_MAX,
      path: [],
      problem: { vi: `nhiều nhất ${TARIFFS_MAX} phiên bản`, en: `at most ${TARIFFS_MAX} versions are taken` },
    })
  }
  if (problems.length === 0) problems.push(...checkTariffSet(tariffs))
  if (problems.length > 0) return { ok: false, problems }

  const own = new Map<PlaceId, Map<VehicleClass, VersionRates[]>>()
  const inOrder = tariffs.toSorted((left, right) => firstDayOf(left) - firstDayOf(right))
  for (const tariff of inOrder) {
    for (const [vehicleClass, rates] of ratesOf(tariff, inOrder)) {
      for (const place of tariff.places) {
        const classes = own.get(place) ?? new Map<VehicleClass, VersionRates[]>()
        own.set(place, classes)
        classes.set(vehicleClass, [...(classes.get(vehicleClass) ?? []), rates])
      }
    }
  }
  return { ok: true, book: { currency: site.currency, tariffs: inOrder, rates: withPlacesAround(own, site) } }
}

/** What a version in force on a day has for a class at a place, or `undefined`: then nothing may be quoted. */
export function ratesOn(versions: readonly VersionRates[] | undefined, day: DayNumber): VersionRates | undefined {
  return versions?.findLast((version) => version.fromDay <= day && day <= version.toDay)
}

/** The rates of one day: of the day itself, of its date in every year, of its weekday, or the usual ones. */
export function dayRatesOf(version: VersionRates, day: DayNumber): DayRates {
  if (version.byDay.size > 0) {
    const rates = version.byDay.get(day)
    if (rates !== undefined) return rates
  }
  if (version.byMonthDay.size > 0) {
    const rates = version.byMonthDay.get(monthDayOf(day))
    if (rates !== undefined) return rates
  }
  return version.byWeekday.get(weekdayOf(day)) ?? version.usual
}

/** A pass that may be issued on a day, with the version that sells it. */
export type PassOffer = { readonly tariff: Tariff; readonly pass: PassPrice; readonly price: Money }

/** The passes for a class at a place, by the version in force on a day; none where no tariff is. */
export function passOffers(
  book: TariffBook,
  place: PlaceId,
  vehicleClass: VehicleClass,
  day: LocalDay,
): readonly PassOffer[] {
  const version = ratesOn(book.rates.get(place)?.get(vehicleClass), dayNumber(day))
  if (version === undefined) return []
  const { tariff } = version
  return tariff.passes
    .filter((pass) => pass.vehicleClasses.includes(vehicleClass))
    .map((pass) => ({ tariff, pass, price: money(pass.price, tariff.currency) }))
}

/** A pass that may be issued to a class on a day, and all places where it may. */
export type PassOnOffer = PassOffer & {
  readonly vehicleClass: VehicleClass
  readonly places: readonly PlaceId[]
}

/** The versions by which somebody somewhere pays on a day, in the order of their first days. */
export function tariffsInForceOn(book: TariffBook, day: LocalDay): readonly Tariff[] {
  const inForce = placesByTariff(book, day)
  return book.tariffs.filter((tariff) => inForce.has(tariff))
}

/** All passes that are on offer on a day, class by class: what `passOffers` has at each place, said once for all its places. */
export function passesOnOffer(book: TariffBook, day: LocalDay): readonly PassOnOffer[] {
  const inForce = placesByTariff(book, day)
  return book.tariffs.flatMap((tariff) =>
    tariff.passes.flatMap((pass) =>
      pass.vehicleClasses.flatMap((vehicleClass) => {
        const places = inForce.get(tariff)?.get(vehicleClass)
        return places === undefined
          ? []
          : [{ tariff, pass, vehicleClass, places, price: money(pass.price, tariff.currency) }]
      }),
    ),
  )
}

/** Where each version is in force on a day, and for which classes. */
function placesByTariff(
  book: TariffBook,
  day: LocalDay,
): ReadonlyMap<Tariff, ReadonlyMap<VehicleClass, readonly PlaceId[]>> {
  const found = new Map<Tariff, Map<VehicleClass, PlaceId[]>>()
  for (const [place, classes] of book.rates) {
    for (const [vehicleClass, versions] of classes) {
      const version = ratesOn(versions, dayNumber(day))
      if (version === undefined) continue
      const own = found.get(version.tariff) ?? new Map<VehicleClass, PlaceId[]>()
      found.set(version.tariff, own.set(vehicleClass, [...(own.get(vehicleClass) ?? []), place]))
    }
  }
  return found
}

function firstDayOf(tariff: Tariff): DayNumber {
  return dayNumber(tariff.validFrom)
}

function lastDayOf(tariff: Tariff): DayNumber {
  return tariff.validTo === null ? Number.POSITIVE_INFINITY : dayNumber(tariff.validTo)
}

/** A place within others asks outwards, class by class, until one has prices. Circles of places end at the first that comes again. */
function withPlacesAround(
  own: ReadonlyMap<PlaceId, ReadonlyMap<VehicleClass, readonly VersionRates[]>>,
  site: TariffSite,
): ReadonlyMap<PlaceId, ReadonlyMap<VehicleClass, readonly VersionRates[]>> {
  const parents = new Map(site.places.map(({ id, parent }) => [id, parent]))
  const rates = new Map<PlaceId, Map<VehicleClass, readonly VersionRates[]>>()
  for (const { id } of site.places) {
    const classes = new Map<VehicleClass, readonly VersionRates[]>()
    const visited = new Set<PlaceId>()
    let place: PlaceId | null | undefined = id
    while (place !== null && place !== undefined && !visited.has(place)) {
      visited.add(place)
      for (const [vehicleClass, versions] of own.get(place) ?? []) {
        if (!classes.has(vehicleClass)) classes.set(vehicleClass, versions)
      }
      place = parents.get(place)
    }
    rates.set(id, classes)
  }
  return rates
}

function ratesOf(tariff: Tariff, all: readonly Tariff[]): readonly (readonly [VehicleClass, VersionRates])[] {
  const fromDay = firstDayOf(tariff)
  const next = all.find((other) => other.id === tariff.id && firstDayOf(other) > fromDay)
  const toDay = Math.min(lastDayOf(tariff), next === undefined ? Number.POSITIVE_INFINITY : firstDayOf(next) - 1)
  const bands = bandStarts(tariff)
  return tariff.rateTables.flatMap((table) =>
    table.vehicleClasses.map((vehicleClass) => {
      const byDay = new Map<DayNumber, DayRates>()
      const byMonthDay = new Map<string, DayRates>()
      const byWeekday = new Map<number, DayRates>()
      for (const { name, days, weekdays, rateTables } of tariff.specialDays) {
        const special = rateTables.find((other) => other.vehicleClasses.includes(vehicleClass))
        if (special === undefined) continue
        const rates = dayRates(name, special)
        for (const day of days) {
          if (isYearly(day)) byMonthDay.set(day, rates)
          else byDay.set(dayNumber(day), rates)
        }
        for (const weekday of weekdays) byWeekday.set(weekday, rates)
      }
      const usual = dayRates(null, table)
      return [vehicleClass, { tariff, fromDay, toDay, bands, usual, byDay, byMonthDay, byWeekday }] as const
    }),
  )
}

function dayRates(special: Names | null, table: RateTable): DayRates {
  return { special, table, day: bandRate(table, 'day'), night: bandRate(table, 'night') }
}

/** The check has seen that each band has a line; a band of no hours takes whatever line there is. */
function bandRate(table: RateTable, band: Band): BandRate {
  const line = table.rateLines.find((other) => other.band === band || other.band === 'any') ?? table.rateLines[0]
  return { band: line.band === 'any' ? null : line.band, rate: line.rate }
}

function bandStarts(tariff: Tariff): readonly BandStart[] {
  const starts = tariff.bands
    .map(({ band, fromMinute }) => ({ band, minute: fromMinute % MINUTES_OF_DAY }))
    .toSorted((left, right) => left.minute - right.minute)
  const last = starts.at(-1)
  if (last === undefined) return [{ band: null, minute: 0 }]
  return starts.some(({ minute }) => minute === 0) ? starts : [{ band: last.band, minute: 0 }, ...starts]
}
