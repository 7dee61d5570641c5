import type { Instant, LocalDay, LocalTime } from '../time.ts'
import { DAY_MS, MINUTE_MS } from '../time.ts'

/**
 * The offsets of a zone from UTC over a range, as data: made at the edge (`gateway/clock/zone-rules.ts`). Each holds from its instant up to the next one's; the first holds
 * for everything before as well, the last for everything after. Ordered by `from`; offsets are whole minutes, as everywhere in the world since 1972.
 */
export type ZoneRules = {
  /** IANA name, `Asia/Ho_Chi_Minh`. */
  readonly zone: string
  readonly offsets: readonly ZoneOffset[]
}

export type ZoneOffset = { readonly from: Instant; readonly offsetMs: number }

/** Days since 1970-01-01 by the local calendar: what days are reckoned in. */
export type DayNumber = number

/** What has to be added to UTC at an instant to read the local clock, in ms. */
export function offsetMsAt(zone: ZoneRules, at: Instant): number {
  return offsetAtIndex(zone, indexAt(zone, at)).offsetMs
}

/** What a clock and a calendar on the wall show at an instant. */
export function localTimeAt(zone: ZoneRules, at: Instant): LocalTime {
  const localMs = at + offsetMsAt(zone, at)
  const day = Math.floor(localMs / DAY_MS)
  return {
    day: localDayOf(day),
    weekday: weekdayOf(day),
    minuteOfDay: Math.floor((localMs - day * DAY_MS) / MINUTE_MS),
  }
}

/**
 * The first instant at which the local calendar and clock show this day and minute (0 to 1,440) or later ones. So a time that is skipped, where the clock is put forward,
 * is the moment of the change; a time that comes twice, where it is put back, is the first of the two; a day whose midnight is skipped begins at the change. It never
 * falls as day and minute rise.
 */
export function instantOf(zone: ZoneRules, day: DayNumber, minuteOfDay: number): Instant {
  const localMs = day * DAY_MS + minuteOfDay * MINUTE_MS
  // No zone is further than a day from UTC, so a day before nothing has shown this time yet.
  let index = indexAt(zone, (localMs - 2 * DAY_MS) as Instant)
  for (;;) {
    const offset = offsetAtIndex(zone, index)
    const next = zone.offsets[index + 1]
    const at = localMs - offset.offsetMs
    if (next === undefined || at < next.from) {
      // The time was skipped between the offset before and this one.
      const isSkipped = index > 0 && at < offset.from
      return isSkipped ? offset.from : (at as Instant)
    }
    index += 1
  }
}

/** The instant at which a local day begins. */
export function dayStart(zone: ZoneRules, day: DayNumber): Instant {
  return instantOf(zone, day, 0)
}

/**
 * The local day to which an instant belongs, as rules reckon: from the day's first instant to the next day's. Where a clock is put back over midnight, the hour that
 * the calendar shows twice belongs to the later day.
 */
export function dayNumberAt(zone: ZoneRules, at: Instant): DayNumber {
  const shown = Math.floor((at + offsetMsAt(zone, at)) / DAY_MS)
  return dayStart(zone, shown + 1) <= at ? shown + 1 : shown
}

/** ISO 8601: Monday is 1, Sunday 7. */
export function weekdayOf(day: DayNumber): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

/** The day's name in the proleptic Gregorian calendar, `YYYY-MM-DD`, for the years 0 to 9999. */
export function localDayOf(day: DayNumber): LocalDay {
  const { year, month, dayOfMonth } = calendarOf(day)
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(dayOfMonth, 2)}` as LocalDay
}

/** The month and day of a day, `MM-DD`. */
export function monthDayOf(day: DayNumber): string {
  const { month, dayOfMonth } = calendarOf(day)
  return `${digits(month, 2)}-${digits(dayOfMonth, 2)}`
}

/** The number of a day that stands as `YYYY-MM-DD`; `undefined` for a text that is no day of the calendar, such as 2027-02-29. */
export function dayNumberOf(text: string): DayNumber | undefined {
  const [, year, month, dayOfMonth] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || dayOfMonth === undefined) return undefined
  if (month < 1 || month > 12 || dayOfMonth < 1) return undefined
  const number = numberOf(year, month, dayOfMonth)
  return localDayOf(number) === text ? number : undefined
}

export function isLocalDay(text: string): text is LocalDay {
  return dayNumberOf(text) !== undefined
}

/** The number of a day that has been checked; throws on a text that is no day. */
export function dayNumber(day: string): DayNumber {
  const number = dayNumberOf(day)
  if (number === undefined) throw new RangeError(`${JSON.stringify(day.slice(0, 40))} is no day of the calendar`)
  return number
}

/** The same day of the calendar so many months on; where that month has no such day, the first of the month after it. So a month that is paid for is never a short one. */
export function monthsAfter(day: DayNumber, months: number): DayNumber {
  const { year, month, dayOfMonth } = calendarOf(day)
  const firstOf = (after: number): DayNumber =>
    numberOf(year + Math.floor((month - 1 + after) / 12), ((month - 1 + after) % 12) + 1, 1)
  return Math.min(firstOf(months) + dayOfMonth - 1, firstOf(months + 1))
}

const DAYS_IN_400_YEARS = 146_097
/** From 0000-03-01 to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_468

/** Years are counted from March, so that the leap day is the last of its year and months repeat 31, 30, 31, 30, 31. */
function numberOf(year: number, month: number, dayOfMonth: number): DayNumber {
  const marchYear = month > 2 ? year : year - 1
  const sinceMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * sinceMarch + 2) / 5) + dayOfMonth - 1
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + dayOfYear - DAYS_BEFORE_1970
}

function calendarOf(day: DayNumber): { readonly year: number; readonly month: number; readonly dayOfMonth: number } {
  const days = day + DAYS_BEFORE_1970
  const era = Math.floor(days / DAYS_IN_400_YEARS)
  const dayOfEra = days - era * DAYS_IN_400_YEARS
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const sinceMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = sinceMarch < 10 ? sinceMarch + 3 : sinceMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: dayOfYear - Math.floor((153 * sinceMarch + 2) / 5) + 1,
  }
}

/** The last offset that began at or before an instant; the first one for whatever is before. */
function indexAt(zone: ZoneRules, at: Instant): number {
  let low = 0
  let high = zone.offsets.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (offsetAtIndex(zone, middle).from <= at) low = middle
    else high = middle - 1
  }
  return low
}

function offsetAtIndex(zone: ZoneRules, index: number): ZoneOffset {
  const offset = zone.offsets[index]
  if (offset === undefined) throw new RangeError(`the zone ${zone.zone} has no offsets`)
  return offset
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0')
}
