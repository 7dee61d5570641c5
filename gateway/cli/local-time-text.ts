import { Temporal } from 'temporal-polyfill'

/**
 * A moment for people, by the clock of a zone and how far that is from UTC, to the minute: `2026-11-22 14:30 +07:00`. `to: 'second'` for what happens within one.
 */
export function localTimeText(at: number, zone: string, to: 'minute' | 'second' = 'minute'): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
  return `${local.toPlainDate().toString()} ${local.toPlainTime().toString({ smallestUnit: to })} ${local.offset}`
}
