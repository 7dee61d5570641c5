import type { Instant } from '../time.ts'
import { MINUTE_MS } from '../time.ts'
import type { Stay } from './bill.ts'
import type { Band } from './tariff.ts'
import type { DayRates, VersionRates } from './tariff-book.ts'
import { dayRatesOf, ratesOn } from './tariff-book.ts'
import type { DayNumber, ZoneRules } from './zone-time.ts'
import { dayNumberAt, dayStart, instantOf } from './zone-time.ts'

/** Minutes since 1970 in UTC. `end` is after the minute of the entry, which is due at once. */
export type Span = { readonly from: number; readonly until: number; readonly end: number }

export function spanOf(stay: Stay): Span {
  const from = Math.floor(stay.from / MINUTE_MS)
  const until = Math.floor(stay.until / MINUTE_MS)
  return { from, until, end: Math.max(until, from + 1) }
}

export function instantOfMinute(minute: number): Instant {
  return (minute * MINUTE_MS) as Instant
}

/** A part of the stay in one local day and one band. */
export type Stretch = {
  readonly from: number
  readonly until: number
  readonly day: DayNumber
  readonly version: VersionRates
  readonly rates: DayRates
  readonly band: Band | null
}

export function stretchesOf(
  span: Span,
  versions: readonly VersionRates[] | undefined,
  zone: ZoneRules,
): Stretch[] | { readonly missingFrom: number } {
  const stretches: Stretch[] = []
  let day = dayNumberAt(zone, instantOfMinute(span.from))
  let begins = dayStart(zone, day) / MINUTE_MS
  while (begins < span.end) {
    const version = ratesOn(versions, day)
    if (version === undefined) return { missingFrom: Math.max(begins, span.from) }
    const rates = dayRatesOf(version, day)
    const ends = dayStart(zone, day + 1) / MINUTE_MS
    let from = begins
    for (const [index, { band }] of version.bands.entries()) {
      const next = version.bands[index + 1]
      const until = next === undefined ? ends : instantOf(zone, day, next.minute) / MINUTE_MS
      const part = { from: Math.max(from, span.from), until: Math.min(until, span.end) }
      if (part.from < part.until) stretches.push({ ...part, day, version, rates, band })
      from = until
    }
    day += 1
    begins = ends
  }
  return stretches
}
