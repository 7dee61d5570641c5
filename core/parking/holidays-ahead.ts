import { VND } from '../money.ts'
import type { LocalDay } from '../time.ts'
import type { Tariff, TariffId } from './tariff.ts'
import type { TariffBook } from './tariff-book.ts'
import { tariffsInForceOn } from './tariff-book.ts'
import { isYearly } from './tariff-check.ts'
import type { DayNumber } from './zone-time.ts'
import { dayNumber, dayNumberOf, localDayOf } from './zone-time.ts'

/** Holidays are announced for a year: whoever states some states those of the coming one. */
export const HOLIDAYS_AHEAD_DAYS = 365

/**
 * A tariff that states holidays, and `none-ahead`: none is left in the coming year; `no-tet`: Tết is not among them, which is on `from` (and `to` is the same), or, where its day is not known here, somewhere from `from` to `to`.
 */
export type HolidayGap =
  | { readonly kind: 'none-ahead'; readonly tariff: TariffId }
  | { readonly kind: 'no-tet'; readonly tariff: TariffId; readonly from: LocalDay; readonly to: LocalDay }

/**
 * What is missing among the holidays of the tariffs in force, in the order of their first days. A tariff that names no day has none to miss: a site may charge the same all year. Days of later versions of it count, each while that is
 * in force; Tết is asked for where amounts are in đồng.
 */
export function holidayGaps(book: TariffBook, today: LocalDay): readonly HolidayGap[] {
  const from = dayNumber(today)
  const until = from + HOLIDAYS_AHEAD_DAYS
  return tariffsInForceOn(book, today)
    .filter(({ specialDays }) => specialDays.some(({ days }) => days.length > 0))
    .flatMap(({ id }): readonly HolidayGap[] => {
      const versions = versionsOf(book, id)
      const ahead = versions.flatMap((version) => holidaysOf(version, today))
      if (!ahead.some((day) => day >= from && day <= until)) return [{ kind: 'none-ahead', tariff: id }]
      if (book.currency !== VND) return []
      const tet = nextTet(today)
      // Where no version is in force by then, that is what is missing, and is told.
      const isInForce = versions.some(({ first, last }) => first <= tet.to && last >= tet.from)
      if (!isInForce || ahead.some((day) => day >= tet.from && day <= tet.to)) return []
      return [{ kind: 'no-tet', tariff: id, from: localDayOf(tet.from), to: localDayOf(tet.to) }]
    })
}

type Version = { readonly tariff: Tariff; readonly first: DayNumber; readonly last: DayNumber }

function versionsOf(book: TariffBook, id: TariffId): readonly Version[] {
  const same = book.tariffs.filter((tariff) => tariff.id === id)
  return same.map((tariff, index) => {
    const next = same[index + 1]
    const last = tariff.validTo === null ? Number.POSITIVE_INFINITY : dayNumber(tariff.validTo)
    const cut = next === undefined ? Number.POSITIVE_INFINITY : dayNumber(next.validFrom) - 1
    return { tariff, first: dayNumber(tariff.validFrom), last: Math.min(last, cut) }
  })
}

/** The holidays of one version while it is in force; those of every year in this one and the next. */
function holidaysOf({ tariff, first, last }: Version, today: LocalDay): readonly DayNumber[] {
  return tariff.specialDays
    .flatMap(({ days }) => days)
    .flatMap((day) => (isYearly(day) ? [`${yearOf(today)}-${day}`, `${yearOf(today) + 1}-${day}`] : [day]))
    .map((day) => dayNumberOf(day))
    .filter((day) => day !== undefined)
    .filter((day) => day >= first && day <= last)
}

/**
 * The first day of Tết Nguyên đán, by the lunar calendar of Việt Nam, as npm `date-holidays` has it. Of other years nobody need guess: the lunar year begins between 21 January and 20 February.
 */
const TET: Readonly<Record<number, LocalDay>> = {
  2026: '2026-02-17' as LocalDay,
  2027: '2027-02-06' as LocalDay,
}

function nextTet(today: LocalDay): TetDays {
  const ofThisYear = tetOf(yearOf(today))
  return ofThisYear.to >= dayNumber(today) ? ofThisYear : tetOf(yearOf(today) + 1)
}

type TetDays = { readonly from: DayNumber; readonly to: DayNumber }

function tetOf(year: number): TetDays {
  const known = TET[year]
  return { from: dayNumber(known ?? `${year}-01-21`), to: dayNumber(known ?? `${year}-02-20`) }
}

function yearOf(day: LocalDay): number {
  return Number(day.slice(0, 4))
}
