import type { PlaceId, VehicleClass } from '../../core/ids.ts'
import type { Money } from '../../core/money.ts'
import type { Language } from '../../core/money-text.ts'
import { billText, quoteRefusalTable } from '../../core/parking/bill-text.ts'
import { quote } from '../../core/parking/quote.ts'
import type { TariffSite } from '../../core/parking/tariff.ts'
import type { TariffBook } from '../../core/parking/tariff-book.ts'
import { createTariffBook } from '../../core/parking/tariff-book.ts'
import type { ZoneRules } from '../../core/parking/zone-time.ts'
import { dayNumberOf, instantOf } from '../../core/parking/zone-time.ts'
import type { SiteLayout } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import type { TariffFileProblem } from './tariff.ts'
import { readTariff } from './tariff.ts'

export type Trial = {
  readonly vehicleClass: VehicleClass
  readonly place: PlaceId
  readonly from: Instant
  readonly until: Instant
}

export type Tried =
  | { readonly ok: true; readonly total: Money; readonly explained: Explained }
  | { readonly ok: false; readonly explained: Explained }

type Explained = Record<Language, readonly string[]>

/** What a stay would pay, or why there is no price and what to do. */
export function tryTariff(book: TariffBook, zone: ZoneRules, trial: Trial): Tried {
  const bill = quote(trial, book, [], zone)
  if (bill.ok) {
    const explained = { vi: billText(bill, zone, 'vi'), en: billText(bill, zone, 'en') }
    return { ok: true, total: bill.total, explained }
  }
  const { vi, en } = quoteRefusalTable[bill.refusal]
  return { ok: false, explained: { vi: [vi.short, vi.help], en: [en.short, en.help] } }
}

/** A book of one tariff alone, as it would be without the others. */
export function bookOfOne(
  text: string,
  site: TariffSite,
):
  | { readonly ok: true; readonly book: TariffBook }
  | { readonly ok: false; readonly problems: readonly TariffFileProblem[] } {
  const read = readTariff(text, site)
  if (!read.ok) return read
  const made = createTariffBook([read.tariff], site)
  if (made.ok) return made
  return { ok: false, problems: made.problems.map(({ problem }) => ({ line: 1, path: '', problem })) }
}

/** Against what a site's tariffs are checked; `null` for a site without a car park. */
export function tariffSiteOf(layout: SiteLayout | undefined): TariffSite | null {
  if (layout === undefined || layout.parking === null) return null
  const { places, vehicleClasses } = layout.parking
  return { currency: layout.currency, places, vehicleClasses }
}

export const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d$/

/** `2026-11-22T07:30` by the clock on the wall; `undefined` for another spelling, and for a day that no calendar has. */
export function localInstant(text: string, zone: ZoneRules): Instant | undefined {
  const day = LOCAL_TIME.test(text) ? dayNumberOf(text.slice(0, 10)) : undefined
  if (day === undefined) return undefined
  return instantOf(zone, day, Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16)))
}
