import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bill } from '../../../core/parking/bill.ts'
import { quote } from '../../../core/parking/quote.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import { createTariffBook } from '../../../core/parking/tariff-book.ts'
import { instantOf, localDayOf } from '../../../core/parking/zone-time.ts'
import type { Instant } from '../../../core/time.ts'
import { instant, MINUTE_MS } from '../../../core/time.ts'
import {
  billed,
  bookOf,
  FIRST_DAY,
  minutesLater,
  right,
  SITE,
  someRights,
  someTariffs,
  stayOf,
  tariff,
} from './tariff-kit.ts'
import { BERLIN, HANOI, LORD_HOWE, NEW_YORK } from './zones.ts'

/** Its ten days hold the end of daylight saving in Berlin, New York's is a week later. */
const someZone = fc.constantFrom(HANOI, BERLIN, NEW_YORK, LORD_HOWE)
const someStart = fc.integer({ min: 0, max: 8 * 1_440 })
const someLength = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 5 * 1_440 }))
const RUNS = { numRuns: 1_500, seed: 71 }

const startOf = (minute: number): Instant => instant(instantOf(HANOI, FIRST_DAY, 0) + minute * MINUTE_MS)

describe('the quote of a stay, by any tariffs and rights, in any zone', () => {
  test('never falls as time goes on', () => {
    fc.assert(
      fc.property(
        someTariffs,
        someRights,
        someZone,
        someStart,
        fc.array(someLength, { minLength: 2, maxLength: 12 }),
        (tariffs, rights, zone, start, lengths) => {
          const book = bookOf(...tariffs)
          const from = startOf(start)
          let before = 0
          for (const length of lengths.toSorted((left, right) => left - right)) {
            const { total } = billed(quote(stayOf(from, minutesLater(from, length)), book, rights, zone))
            expect(total.amount).toBeGreaterThanOrEqual(before)
            before = total.amount
          }
        },
      ),
      RUNS,
    )
  })

  test('never falls from one minute to the next, over everything that happens in two days', () => {
    fc.assert(
      fc.property(someTariffs, someRights, someZone, someStart, (tariffs, rights, zone, start) => {
        const book = bookOf(...tariffs)
        const from = startOf(start)
        let before = 0
        for (let length = 0; length < 2 * 1_440; length += 1) {
          const { total } = billed(quote(stayOf(from, minutesLater(from, length)), book, rights, zone))
          if (total.amount < before) expect([length, total.amount]).toBe(before)
          before = total.amount
        }
      }),
      { numRuns: 40, seed: 72 },
    )
  })

  test('is the sum of its lines and of its segments, which tile the stay, in whole numbers', () => {
    fc.assert(
      fc.property(someTariffs, someRights, someZone, someStart, someLength, (tariffs, rights, zone, start, length) => {
        const from = startOf(start)
        const bill = billed(quote(stayOf(from, minutesLater(from, length)), bookOf(...tariffs), rights, zone))
        const { total, lines, segments, stay } = bill
        expect(Number.isSafeInteger(total.amount) && total.amount >= 0).toBe(true)
        expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(total.amount)
        expect(segments.reduce((sum, segment) => sum + segment.amount.amount, 0)).toBe(total.amount)
        for (const line of lines) expect(Number.isSafeInteger(line.amount)).toBe(true)
        expect(segments[0]?.from).toBe(stay.from)
        expect(segments.at(-1)?.until).toBe(stay.until)
        for (const [index, segment] of segments.entries()) {
          expect(segment.until).toBe(segments[index + 1]?.from ?? stay.until)
          if (length > 0) expect(segment.until).toBeGreaterThan(segment.from)
        }
        for (const line of lines) {
          if (line.kind === 'hours' || line.kind === 'blocks') expect(line.amount).toBe(line.units * line.price)
          if ('until' in line) expect(line.until).toBeLessThanOrEqual(stay.until)
        }
      }),
      RUNS,
    )
  })

  test('is not dearer with a right than without it', () => {
    fc.assert(
      fc.property(someTariffs, someRights, someZone, someStart, someLength, (tariffs, rights, zone, start, length) => {
        const book = bookOf(...tariffs)
        const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
        const withAll = billed(quote(stay, book, rights, zone)).total.amount
        for (const left of rights) {
          const without = rights.filter((other) => other !== left)
          expect(withAll).toBeLessThanOrEqual(billed(quote(stay, book, without, zone)).total.amount)
        }
      }),
      RUNS,
    )
  })

  test('uses no right that brings nothing', () => {
    fc.assert(
      fc.property(someTariffs, someRights, someStart, someLength, (tariffs, rights, start, length) => {
        const book = bookOf(...tariffs)
        const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
        const bill = billed(quote(stay, book, rights, HANOI))
        const used = rights.filter(({ id }) => bill.rights.includes(id))
        expect(billed(quote(stay, book, used, HANOI)).total).toEqual(bill.total)
        for (const left of used) {
          const fewer = used.filter((other) => other !== left)
          expect(billed(quote(stay, book, fewer, HANOI)).total.amount).toBeGreaterThan(bill.total.amount)
        }
      }),
      RUNS,
    )
  })

  test('costs the same where the list of prices is cut into versions on any day, without a change of prices', () => {
    fc.assert(
      fc.property(
        someTariffs,
        someRights,
        someZone,
        someStart,
        someLength,
        fc.integer({ min: -2, max: 14 }),
        (tariffs, rights, zone, start, length, cut) => {
          const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
          const whole = billed(quote(stay, bookOf(...tariffs), rights, zone))
          const split = billed(quote(stay, bookOf(...cutAt(tariffs, FIRST_DAY + cut)), rights, zone))
          expect(split.total).toEqual(whole.total)
        },
      ),
      RUNS,
    )
  })

  test('costs the same where a right that takes nothing off begins and ends anywhere in it', () => {
    fc.assert(
      fc.property(
        someTariffs,
        someStart,
        someLength,
        fc.nat(5_000),
        fc.nat(2_000),
        (tariffs, start, length, begins, lasts) => {
          const book = bookOf(...tariffs)
          const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
          const validFrom = minutesLater(stay.from, begins)
          const nothing = right({
            validFrom,
            validUntil: minutesLater(validFrom, lasts),
            relief: { kind: 'share', basisPoints: 0 },
          })
          const bill = billed(quote(stay, book, [nothing], HANOI))
          expect(bill.total).toEqual(billed(quote(stay, book, [], HANOI)).total)
          expect(bill.rights).toEqual([])
        },
      ),
      RUNS,
    )
  })

  test('lies between all of it at the old and all of it at the new prices, where a version raises them and units are the same', () => {
    fc.assert(
      fc.property(
        someTariffs,
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 0, max: 12 }),
        someStart,
        someLength,
        ([first], factor, cut, start, length) => {
          if (first === undefined) return
          const plain = { ...first, rounding: { to: 1, mode: 'up' as const } }
          const dear = raised(plain, factor)
          const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
          const total = (...tariffs: Tariff[]): number =>
            billed(quote(stay, bookOf(...tariffs), [], HANOI)).total.amount
          const later = { ...dear, version: 'dear', validFrom: localDayOf(FIRST_DAY + cut) }
          const mixed = total(plain, later)
          expect(mixed).toBeGreaterThanOrEqual(total(plain))
          expect(mixed).toBeLessThanOrEqual(total(dear))
        },
      ),
      RUNS,
    )
  })

  test('is refused where any day of it has no tariff, and is never 0 then', () => {
    fc.assert(
      fc.property(someTariffs, someStart, someLength, someRights, (tariffs, start, length, rights) => {
        const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
        const begins = localDayOf(FIRST_DAY + 4)
        const late = tariffs.map((one, index) => ({ ...one, validFrom: index === 0 ? begins : one.validFrom }))
        const [only] = late
        if (only === undefined) return
        const quoted = quote(stay, bookOf(only), rights, HANOI)
        expect(quoted.ok).toBe(start >= 4 * 1_440)
        if (!quoted.ok) expect(quoted).toMatchObject({ refusal: 'no-tariff', at: stay.from })
      }),
      RUNS,
    )
  })

  test('stays within its caps', () => {
    fc.assert(
      fc.property(someTariffs, someZone, someStart, someLength, ([first], zone, start, length) => {
        if (first === undefined) return
        const plain: Tariff = { ...first, specialDays: [] }
        const stay = stayOf(startOf(start), minutesLater(startOf(start), length))
        const bill: Bill = billed(quote(stay, bookOf(plain), [], zone))
        const { capPerDay, capPerStay } = plain.rateTables[0] ?? {}
        expect(bill.total.amount).toBeLessThanOrEqual(capPerStay ?? Number.MAX_SAFE_INTEGER)
        if (typeof capPerDay !== 'number') return
        for (const segment of bill.segments) expect(segment.amount.amount).toBeLessThanOrEqual(capPerDay)
      }),
      RUNS,
    )
  })
})

test('random tariffs are good ones', () => {
  fc.assert(
    fc.property(someTariffs, (tariffs) => {
      expect(createTariffBook(tariffs, SITE)).toMatchObject({ ok: true })
    }),
    { numRuns: 200, seed: 73 },
  )
  expect(tariff().version).toBe('1')
})

/** The version in force on a day becomes two, of which the second begins that day. */
function cutAt(tariffs: readonly Tariff[], on: number): readonly Tariff[] {
  const begins = localDayOf(on)
  const inForce = tariffs.findLast((one) => one.validFrom < begins)
  if (inForce === undefined || tariffs.some((one) => one.validFrom === begins)) return tariffs
  return [...tariffs, { ...inForce, version: 'again', validFrom: begins }]
}

function raised(one: Tariff, factor: number): Tariff {
  const scale = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(scale)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        PRICES.has(key) && typeof member === 'number' ? member * factor : scale(member),
      ]),
    )
  }
  return scale(one) as Tariff
}

const PRICES = new Set(['price', 'day', 'night', 'dayAndNight', 'capPerDay', 'capPerStay'])
