import type { Brand } from '../brand.ts'
import type { PlaceId, VehicleClass } from '../ids.ts'
import { isSlug } from '../ids.ts'
import type { CurrencyCode } from '../money.ts'
import type { LocalDay } from '../time.ts'
import type { RightHours } from './session.ts'

export type TariffId = Brand<string, 'TariffId'>

/**
 * One dated version of a tariff, as data (APDS RateTable with its RateLines). All amounts are whole numbers of the currency's smallest unit. What a stay costs by it is stated in `quote.ts`
 * and in docs/decisions/072-quotes-are-meters.md.
 */
export type Tariff = {
  readonly id: TariffId
  /** Name of this version, said on the bill: `2018-01`. */
  readonly version: string
  readonly name: Names
  readonly currency: CurrencyCode
  /** The first day on which it is in force, from the day's first instant. It then takes the place of every earlier version of the same tariff. */
  readonly validFrom: LocalDay
  /** The last day on which it is in force; `null` until a later version takes its place. */
  readonly validTo: LocalDay | null
  /** Where it is in force; also in the places within these that have no tariff of their own for the class. */
  readonly places: readonly PlaceId[]
  /** Day and night: together the 24 hours of the clock, without gap and overlap. Empty where nothing depends on it. */
  readonly bands: readonly BandHours[]
  /** Of the whole stay, once, at the end; by the version under which the stay began. */
  readonly rounding: Rounding
  /** How long a driver who has paid may take to leave. */
  readonly graceMinutes: number
  readonly rateTables: readonly RateTable[]
  /** Holidays and weekends. A table here takes the place of the usual one for its classes, from the day's first instant to its last. */
  readonly specialDays: readonly SpecialDays[]
  readonly passes: readonly PassPrice[]
}

export type Names = { readonly vi: string; readonly en: string }

export type Band = 'day' | 'night'

/** `[fromMinute, toMinute)` of the local day, 0 to 1,440; `toMinute` at or before `fromMinute` runs over midnight. */
export type BandHours = { readonly band: Band; readonly fromMinute: number; readonly toMinute: number }

/** To multiples of `to` smallest units; `nearest` takes a half up. 1 rounds nothing. */
export type Rounding = { readonly to: number; readonly mode: 'up' | 'down' | 'nearest' }

/** What some classes of vehicle pay. */
export type RateTable = {
  readonly vehicleClasses: readonly VehicleClass[]
  readonly freeMinutes: FreeMinutes
  /** One line for `any` time, or one for the day and one for the night. */
  readonly rateLines: readonly [RateLine, ...RateLine[]]
  /** What a local day costs at most; `null` for no cap. */
  readonly capPerDay: number | null
  /** What a whole stay costs at most; `null` for no cap. */
  readonly capPerStay: number | null
}

/**
 * The first minutes of a stay. A stay that is not longer costs nothing. Of a longer one, `pay-from-entry` charges these minutes too, `pay-from-then` begins to charge
 * after them.
 */
export type FreeMinutes = { readonly minutes: number; readonly longerStays: 'pay-from-entry' | 'pay-from-then' }

export type RateLine = { readonly band: Band | 'any'; readonly rate: Rate }

/**
 * - `per-visit` (lượt): one price for an entry and exit by day, one by night, one where it has seen both. A visit lasts 24 hours; who stays longer begins another.
 * - `per-hour`: begun hours, numbered from 1 over the whole stay, in steps.
 * - `per-block`: begun blocks of so many minutes; `first` is the block that opens a stay, where it differs.
 * - `flat`: one price, up to the end of the band, or of the stay where the line is for `any` time.
 */
export type Rate =
  | { readonly kind: 'per-visit'; readonly day: number; readonly night: number; readonly dayAndNight: number }
  | { readonly kind: 'per-hour'; readonly steps: readonly HourStep[] }
  | {
      readonly kind: 'per-block'
      readonly minutes: number
      readonly price: number
      readonly first: { readonly minutes: number; readonly price: number } | null
    }
  | { readonly kind: 'flat'; readonly price: number }

/** Hours `fromHour` to `toHour`, both included; `null` for all that follow. `price` is of each hour. */
export type HourStep = { readonly fromHour: number; readonly toHour: number | null; readonly price: number }

export type SpecialDays = {
  readonly name: Names
  /** `2027-02-06`, or `01-01` for the day of every year. These go before weekdays. */
  readonly days: readonly string[]
  /** ISO 8601: Monday is 1, Sunday 7. */
  readonly weekdays: readonly number[]
  readonly rateTables: readonly RateTable[]
}

/** For what a pass is issued. It covers the hours of its band, or all of them. */
export type PassPrice = {
  /** Unique in its tariff. */
  readonly id: string
  readonly name: Names
  readonly vehicleClasses: readonly VehicleClass[]
  readonly months: number
  readonly covers: Band | 'day-and-night'
  readonly price: number
}

/** What the site declares, against which tariffs are checked. A `ParkingLayout` with the site's currency is one. */
export type TariffSite = {
  readonly currency: CurrencyCode
  readonly places: readonly { readonly id: PlaceId; readonly parent: PlaceId | null }[]
  readonly vehicleClasses: readonly { readonly id: VehicleClass }[]
}

/** A price that is higher was keyed wrongly; and a year of minutes at this price stays below 2^53. */
export const PRICE_MAX = 1_000_000_000
export const ROUNDING_MAX = 1_000_000
export const TARIFF_PLACES_MAX = 64
export const BANDS_MAX = 8
export const RATE_TABLES_MAX = 32
export const TABLE_CLASSES_MAX = 32
export const RATE_LINES_MAX = 2
export const STEPS_MAX = 48
export const HOUR_MAX = 10_000
export const SPECIAL_DAYS_MAX = 32
export const DAYS_OF_ONE_MAX = 400
export const PASSES_MAX = 64
export const PASS_MONTHS_MAX = 60
export const MINUTES_OF_DAY = 1_440
/** A block, or the free minutes, last a week at most. */
export const BLOCK_MINUTES_MAX = 7 * MINUTES_OF_DAY
export const GRACE_MINUTES_MAX = MINUTES_OF_DAY
/** A visit (lượt) by day and night is 24 hours. */
export const VISIT_MINUTES = MINUTES_OF_DAY

/** Makes a tariff's id of checked text; throws on anything but 1 to 63 of a-z, 0-9 and inner dashes. */
export function tariffId(text: string): TariffId {
  if (!isSlug(text)) throw new RangeError('tariff id must be 1 to 63 of a-z, 0-9 and inner dashes')
  return text as TariffId
}

/** The prices at which this rate sells one thing: what no cap may be below. */
export function singlePrices(rate: Rate): readonly number[] {
  switch (rate.kind) {
    case 'per-visit':
      return [rate.day, rate.night, rate.dayAndNight]
    case 'per-hour':
      return rate.steps.map((step) => step.price)
    case 'per-block':
      return rate.first === null ? [rate.price] : [rate.price, rate.first.price]
    case 'flat':
      return [rate.price]
  }
}

/** The hours that a pass covers, as the hours of a right: every weekday, in the band's hours. A band alone may end where it begins: that is the whole day. */
export function passHours(tariff: Tariff, pass: PassPrice): readonly RightHours[] {
  if (pass.covers === 'day-and-night') return [ALL_HOURS]
  return tariff.bands
    .filter(({ band }) => band === pass.covers)
    .map(({ fromMinute, toMinute }) =>
      fromMinute === toMinute ? ALL_HOURS : { weekdays: EVERY_DAY, fromMinute, toMinute },
    )
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const ALL_HOURS: RightHours = { weekdays: EVERY_DAY, fromMinute: 0, toMinute: MINUTES_OF_DAY }
