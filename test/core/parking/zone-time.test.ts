import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import type { ZoneRules } from '../../../core/parking/zone-time.ts'
import {
  dayNumber,
  dayNumberAt,
  dayNumberOf,
  dayStart,
  instantOf,
  isLocalDay,
  localDayOf,
  localTimeAt,
  monthDayOf,
  offsetMsAt,
  weekdayOf,
} from '../../../core/parking/zone-time.ts'
import type { Instant } from '../../../core/time.ts'
import { HOUR_MS, instant } from '../../../core/time.ts'
import { APIA, BEIRUT, BERLIN, HANOI, NEW_YORK, ST_JOHNS, ZONES } from './zones.ts'

const utc = (text: string): Instant => instant(Date.parse(text))
const day = (text: string): number => dayNumberOf(text) ?? Number.NaN
const shown = (at: Instant): string => new Date(at).toISOString().slice(0, 16)

const zone = fc.constantFrom(...ZONES)
const someInstant = fc.integer({ min: Date.UTC(2000, 1), max: Date.UTC(2099, 10) }).map((ms): Instant => instant(ms))

describe('what the clock on the wall shows', () => {
  test('is what the library says, in every zone and at every instant', () => {
    fc.assert(
      fc.property(zone, someInstant, (rules, at) => {
        const told = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(rules.zone)
        expect(localTimeAt(rules, at)).toEqual({
          day: told.toPlainDate().toString(),
          weekday: told.dayOfWeek,
          minuteOfDay: told.hour * 60 + told.minute,
        })
      }),
      { numRuns: 2_000, seed: 1 },
    )
  })

  test('goes by the first offset before the range, and by the last after it', () => {
    expect(offsetMsAt(BERLIN, utc('1950-07-01T00:00Z'))).toBe(HOUR_MS)
    expect(offsetMsAt(BERLIN, utc('2300-07-01T00:00Z'))).toBe(HOUR_MS)
    expect(offsetMsAt(HANOI, utc('2300-07-01T00:00Z'))).toBe(7 * HOUR_MS)
  })

  test('of a zone without offsets throws: the edge makes none', () => {
    const none: ZoneRules = { zone: 'Nowhere/None', offsets: [] }
    expect(() => offsetMsAt(none, utc('2026-01-01T00:00Z'))).toThrow('the zone Nowhere/None has no offsets')
  })
})

describe('the instant of a local time', () => {
  test.each<[string, ZoneRules, string, number, string]>([
    ['an ordinary one', HANOI, '2026-11-21', 7 * 60 + 30, '2026-11-21T00:30'],
    ['midnight', HANOI, '2026-11-21', 0, '2026-11-20T17:00'],
    ['the end of the day', HANOI, '2026-11-21', 1_440, '2026-11-21T17:00'],
    ['a skipped one: the moment of the change', BERLIN, '2026-03-29', 150, '2026-03-29T01:00'],
    ['the one to which the clock is put', BERLIN, '2026-03-29', 180, '2026-03-29T01:00'],
    ['the one after the change', BERLIN, '2026-03-29', 181, '2026-03-29T01:01'],
    ['one that comes twice: the first', BERLIN, '2026-10-25', 150, '2026-10-25T00:30'],
    ['the first minute after both', BERLIN, '2026-10-25', 180, '2026-10-25T02:00'],
    ['skipped in New York', NEW_YORK, '2026-03-08', 150, '2026-03-08T07:00'],
    ['twice in New York', NEW_YORK, '2026-11-01', 90, '2026-11-01T05:30'],
    ['a midnight that is skipped', BEIRUT, '2026-03-29', 0, '2026-03-28T22:00'],
    ['a midnight that would come twice', BEIRUT, '2026-10-25', 0, '2026-10-24T22:00'],
    ['a day that did not happen', APIA, '2011-12-30', 600, '2011-12-30T10:00'],
    ['the day after it', APIA, '2011-12-31', 0, '2011-12-30T10:00'],
  ])('%s', (_what, rules, on, minute, expected) => {
    expect(shown(instantOf(rules, day(on), minute))).toBe(expected)
  })

  test('is the first at which the wall shows it or later, and never falls as the time rises', () => {
    const someDay = fc.integer({ min: day('2000-02-01'), max: day('2099-11-01') })
    fc.assert(
      fc.property(zone, someDay, fc.nat(1_440), fc.nat(90), (rules, on, minute, more) => {
        const at = instantOf(rules, on, minute)
        const local = (of: number): number => of + offsetMsAt(rules, instant(of))
        const asked = on * 86_400_000 + minute * 60_000
        expect(local(at)).toBeGreaterThanOrEqual(asked)
        for (let before = at - 60_000; before >= at - 26 * HOUR_MS; before -= 17 * 60_000) {
          expect(local(before)).toBeLessThan(asked)
        }
        expect(instantOf(rules, on, minute + more)).toBeGreaterThanOrEqual(at)
      }),
      { numRuns: 1_000, seed: 2 },
    )
  })
})

describe('the day of an instant', () => {
  test('runs from its first instant to the first of the next, so that days tile the time', () => {
    fc.assert(
      fc.property(zone, someInstant, (rules, at) => {
        const on = dayNumberAt(rules, at)
        expect(dayStart(rules, on)).toBeLessThanOrEqual(at)
        expect(dayStart(rules, on + 1)).toBeGreaterThan(at)
      }),
      { numRuns: 2_000, seed: 3 },
    )
  })

  test('is the later one, where the clock is put back over midnight into the day before', () => {
    const backInto = utc('2010-11-07T02:45Z')
    expect(localTimeAt(ST_JOHNS, backInto)).toMatchObject({ day: '2010-11-06', minuteOfDay: 23 * 60 + 15 })
    expect(localDayOf(dayNumberAt(ST_JOHNS, backInto))).toBe('2010-11-07')
  })
})

describe('a day of the calendar', () => {
  test.each([
    ['1970-01-01', 0, 4],
    ['1969-12-31', -1, 3],
    ['2000-02-29', 11_016, 2],
    ['2024-02-29', 19_782, 4],
    ['2026-12-31', 20_818, 4],
    ['2027-01-01', 20_819, 5],
    ['1600-01-01', -135_140, 6],
  ])('%s is day %d, weekday %d', (text, number, weekday) => {
    expect(dayNumberOf(text)).toBe(number)
    expect(localDayOf(number)).toBe(text)
    expect(weekdayOf(number)).toBe(weekday)
    expect(monthDayOf(number)).toBe(text.slice(5))
  })

  test('is the same day there and back, and the library agrees', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_000, max: 2_900_000 }), (number) => {
        const told = Temporal.PlainDate.from('1970-01-01').add({ days: number })
        expect(localDayOf(number)).toBe(told.toString())
        expect(weekdayOf(number)).toBe(told.dayOfWeek)
        expect(dayNumberOf(localDayOf(number))).toBe(number)
      }),
      { numRuns: 2_000, seed: 4 },
    )
  })

  test.each(['2027-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '2026-01-00', '2026-1-1', '1.1.2026', ''])(
    '%j is none',
    (text) => {
      expect(dayNumberOf(text)).toBeUndefined()
      expect(isLocalDay(text)).toBe(false)
      expect(() => dayNumber(text)).toThrow('is no day of the calendar')
    },
  )
})
