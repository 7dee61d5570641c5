import { Temporal } from 'temporal-polyfill'
import type { ZoneOffset, ZoneRules } from '../../core/parking/zone-time.ts'
import type { Instant } from '../../core/time.ts'

/** Stays and tariffs of these years are reckoned by the zone's own rules; before and after by the nearest offset. */
export const ZONE_YEARS = { from: 2000, until: 2100 } as const
/** The busiest zones change four times a year. */
export const ZONE_OFFSETS_MAX = 512
export const ZONES_KEPT_MAX = 8

/**
 * The rules of an IANA zone as data for core, worked out once for each zone. Refuses (throws a RangeError) a zone that the library does not know, one that is not whole
 * minutes from UTC, and one with more than `ZONE_OFFSETS_MAX` changes.
 */
export function createZoneRules(): (zone: string) => ZoneRules {
  const kept = new Map<string, ZoneRules>()
  return (zone) => {
    const known = kept.get(zone)
    if (known !== undefined) return known
    const rules = zoneRules(zone)
    const [oldest] = kept.keys()
    if (kept.size >= ZONES_KEPT_MAX && oldest !== undefined) kept.delete(oldest)
    kept.set(zone, rules)
    return rules
  }
}

/** Works the rules of one zone out anew. */
export function zoneRules(zone: string): ZoneRules {
  const end = startOfYear(ZONE_YEARS.until, zone)
  const offsets: ZoneOffset[] = []
  let at: Temporal.ZonedDateTime | null = startOfYear(ZONE_YEARS.from, zone)
  while (at !== null && at.epochMilliseconds < end.epochMilliseconds) {
    if (offsets.length === ZONE_OFFSETS_MAX) {
      throw new RangeError(
        `the zone ${zone} changes more than ${ZONE_OFFSETS_MAX} times in the years it is reckoned for`,
      )
    }
    const offsetMs = at.offsetNanoseconds / 1_000_000
    if (offsetMs % 60_000 !== 0) throw new RangeError(`the zone ${zone} is not whole minutes from UTC`)
    offsets.push({ from: at.epochMilliseconds as Instant, offsetMs })
    at = at.getTimeZoneTransition('next')
  }
  return { zone, offsets }
}

function startOfYear(year: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.PlainDate.from({ year, month: 1, day: 1 }).toZonedDateTime(zone)
}
