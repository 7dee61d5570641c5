import { Temporal } from 'temporal-polyfill'
import type { Instant, LocalDay, LocalTime } from '../../core/time.ts'
import { MINUTE_MS } from '../../core/time.ts'

/**
 * Local time in an IANA zone, by a library that knows its rules. Refuses (throws a RangeError) a zone that it does not know. The answer is worked out once a
 * minute, for zones differ from UTC by whole minutes.
 */
export function createLocalTime(zone: string): (at: Instant) => LocalTime {
  let minute = Number.NaN
  let local = localTime(zone, 0)
  return (at) => {
    const asked = Math.floor(at / MINUTE_MS)
    if (asked !== minute) {
      local = localTime(zone, asked * MINUTE_MS)
      minute = asked
    }
    return local
  }
}

function localTime(zone: string, epochMs: number): LocalTime {
  const at = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone)
  return {
    day: at.toPlainDate().toString() as LocalDay,
    weekday: at.dayOfWeek,
    minuteOfDay: at.hour * 60 + at.minute,
  }
}
