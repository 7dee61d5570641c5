import fc from 'fast-check'
import type { RightId } from '../../../core/ids.ts'
import { placeId, vehicleClass } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { Bill, Quote, Stay, StayRight } from '../../../core/parking/bill.ts'
import { quote } from '../../../core/parking/quote.ts'
import type { Rate, RateLine, RateTable, Tariff, TariffSite } from '../../../core/parking/tariff.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import type { TariffBook } from '../../../core/parking/tariff-book.ts'
import { createTariffBook } from '../../../core/parking/tariff-book.ts'
import type { ZoneRules } from '../../../core/parking/zone-time.ts'
import { dayNumber, instantOf } from '../../../core/parking/zone-time.ts'
import type { Instant, LocalDay } from '../../../core/time.ts'
import { instant, MINUTE_MS } from '../../../core/time.ts'
import { HANOI } from './zones.ts'

export const LOT = placeId('lot')
export const LEVEL = placeId('level-1')
export const CAR = vehicleClass('car-9-seats')
export const BIKE = vehicleClass('motorbike')

export const SITE: TariffSite = {
  currency: VND,
  places: [
    { id: LOT, parent: null },
    { id: LEVEL, parent: LOT },
  ],
  vehicleClasses: [{ id: CAR }, { id: BIKE }],
}

export const NOTHING_FREE = { minutes: 0, longerStays: 'pay-from-entry' } as const

export const PER_VISIT: Rate = { kind: 'per-visit', day: 5_000, night: 8_000, dayAndNight: 12_000 }
export const PER_HOUR: Rate = {
  kind: 'per-hour',
  steps: [
    { fromHour: 1, toHour: 2, price: 25_000 },
    { fromHour: 3, toHour: 4, price: 35_000 },
    { fromHour: 5, toHour: null, price: 45_000 },
  ],
}
export const PER_BLOCK: Rate = { kind: 'per-block', minutes: 120, price: 60_000, first: null }

export const anyTime = (rate: Rate): readonly [RateLine] => [{ band: 'any', rate }]

export const table = (over: Partial<RateTable> = {}): RateTable => ({
  vehicleClasses: [CAR],
  freeMinutes: NOTHING_FREE,
  rateLines: anyTime(PER_HOUR),
  capPerDay: null,
  capPerStay: null,
  ...over,
})

export const tariff = (over: Partial<Tariff> = {}): Tariff => ({
  id: tariffId('cars'),
  version: '1',
  name: { vi: 'Ô tô', en: 'Cars' },
  currency: VND,
  validFrom: day('2018-01-01'),
  validTo: null,
  places: [LOT],
  bands: [
    { band: 'day', fromMinute: 360, toMinute: 1_080 },
    { band: 'night', fromMinute: 1_080, toMinute: 360 },
  ],
  rounding: { to: 1, mode: 'up' },
  graceMinutes: 15,
  rateTables: [table()],
  specialDays: [],
  passes: [],
  ...over,
})

/** A tariff that charges cars by this rate at any time. */
export const charging = (rate: Rate, over: Partial<RateTable> = {}): Tariff =>
  tariff({ rateTables: [table({ rateLines: anyTime(rate), ...over })] })

/** Cars by the hour, motorbikes 5.000 a visit. */
export const TWO_PRICES: readonly Tariff[] = [
  tariff({ rateTables: [table(), table({ vehicleClasses: [BIKE], rateLines: anyTime(PER_VISIT) })] }),
]

export function bookOf(...tariffs: readonly Tariff[]): TariffBook {
  const result = createTariffBook(tariffs, SITE)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.book
}

export function day(text: string): LocalDay {
  return text as LocalDay
}

/** `2026-11-21 07:30` on the wall. */
export function at(text: string, zone: ZoneRules = HANOI): Instant {
  const [on = '', time = ''] = text.split(' ')
  return instantOf(zone, dayNumber(on), Number(time.slice(0, 2)) * 60 + Number(time.slice(3)))
}

export const minutesLater = (from: Instant, minutes: number): Instant => instant(from + minutes * MINUTE_MS)

export const stayOf = (from: Instant, until: Instant, over: Partial<Stay> = {}): Stay => ({
  vehicleClass: CAR,
  place: LOT,
  from,
  until,
  ...over,
})

export function billed(quoted: Quote): Bill {
  if (!quoted.ok) throw new Error(`refused: ${quoted.refusal}`)
  return quoted
}

export function costs(
  book: TariffBook,
  from: string,
  until: string,
  rights: readonly StayRight[] = [],
  zone: ZoneRules = HANOI,
): number {
  return billed(quote(stayOf(at(from, zone), at(until, zone)), book, rights, zone)).total.amount
}

export const right = (over: Partial<StayRight> = {}): StayRight => ({
  id: 'right-1' as RightId,
  kind: 'pass',
  validFrom: at('2018-01-01 00:00'),
  validUntil: at('2099-01-01 00:00'),
  hours: [],
  relief: { kind: 'covers' },
  ...over,
})

export const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]

const price = fc.integer({ min: 0, max: 100_000 })

const someRate: fc.Arbitrary<Rate> = fc.oneof(
  fc
    .array(fc.record({ hours: fc.integer({ min: 1, max: 5 }), price }), { minLength: 1, maxLength: 4 })
    .map((parts): Rate => {
      let next = 1
      return {
        kind: 'per-hour',
        steps: parts.map(({ hours, price }, index) => {
          const fromHour = next
          next += hours
          return { fromHour, toHour: index === parts.length - 1 ? null : next - 1, price }
        }),
      }
    }),
  fc.record({
    kind: fc.constant('per-block' as const),
    minutes: fc.integer({ min: 1, max: 1_500 }),
    price,
    first: fc.option(fc.record({ minutes: fc.integer({ min: 1, max: 300 }), price })),
  }),
  fc.record({ kind: fc.constant('flat' as const), price }),
)

const someVisit: fc.Arbitrary<Rate> = fc
  .tuple(price, price, price)
  .map(([day, night, more]) => ({ kind: 'per-visit', day, night, dayAndNight: Math.max(day, night) + more }))

const someLines: fc.Arbitrary<RateTable['rateLines']> = fc.oneof(
  fc.oneof(someRate, someVisit).map((rate) => anyTime(rate)),
  fc.tuple(someRate, someRate).map(([byDay, byNight]): RateTable['rateLines'] => [
    { band: 'day', rate: byDay },
    { band: 'night', rate: byNight },
  ]),
)

/** Multiples of what bills are rounded to, above every single price. */
const someCaps = fc
  .record({
    capPerDay: fc.option(fc.integer({ min: 200, max: 600 })),
    more: fc.option(fc.integer({ min: 0, max: 900 })),
  })
  .map(({ capPerDay, more }) => ({
    capPerDay: capPerDay === null ? null : capPerDay * 1_000,
    capPerStay: more === null ? null : ((capPerDay ?? 250) + more) * 1_000,
  }))

const someTable: fc.Arbitrary<RateTable> = fc
  .record({
    rateLines: someLines,
    caps: someCaps,
    freeMinutes: fc.record({
      minutes: fc.constantFrom(0, 0, 10, 30, 90),
      longerStays: fc.constantFrom('pay-from-entry' as const, 'pay-from-then' as const),
    }),
  })
  .map(({ rateLines, caps, freeMinutes }) => table({ rateLines, freeMinutes, ...caps }))

/** The first day of random versions, and the span of random stays. */
export const FIRST_DAY = dayNumber('2026-10-20')

/** One to three versions that follow one another, with holidays, bands and roundings of all kinds. */
export const someTariffs: fc.Arbitrary<readonly Tariff[]> = fc
  .array(
    fc.record({
      rateTables: fc.tuple(someTable),
      special: fc.option(fc.record({ offset: fc.integer({ min: 0, max: 12 }), table: someTable })),
      weekend: fc.option(someTable),
      day: fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 601, max: 1_440 })),
      rounding: fc.record({
        to: fc.constantFrom(1, 100, 500, 1_000),
        mode: fc.constantFrom('up' as const, 'down' as const, 'nearest' as const),
      }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((versions) =>
    versions.map(({ rateTables, special, weekend, day: [from, to], rounding }, index) =>
      tariff({
        version: String(index),
        validFrom: dayText(FIRST_DAY + index * 3 - (index === 0 ? 400 : 0)),
        rateTables,
        rounding,
        bands: [
          { band: 'day', fromMinute: from, toMinute: to },
          { band: 'night', fromMinute: to % 1_440, toMinute: from },
        ],
        specialDays: [
          ...(special === null
            ? []
            : [
                {
                  name: { vi: 'Lễ', en: 'Holiday' },
                  days: [dayText(FIRST_DAY + special.offset)],
                  weekdays: [],
                  rateTables: [special.table],
                },
              ]),
          ...(weekend === null
            ? []
            : [{ name: { vi: 'Cuối tuần', en: 'Weekend' }, days: [], weekdays: [6, 7], rateTables: [weekend] }]),
        ],
      }),
    ),
  )

export const someRights: fc.Arbitrary<readonly StayRight[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('pass' as const, 'validation' as const),
      validFromMinute: fc.integer({ min: -3_000, max: 15_000 }),
      validForMinutes: fc.integer({ min: 1, max: 10_000 }),
      hours: fc.option(
        fc.array(
          fc.record({
            weekdays: fc.subarray(EVERY_DAY, { minLength: 1 }),
            fromMinute: fc.integer({ min: 0, max: 1_439 }),
            toMinute: fc.integer({ min: 0, max: 1_440 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      ),
      relief: fc.oneof(
        fc.constant({ kind: 'covers' as const }),
        fc.integer({ min: 1, max: 400 }).map((minutes) => ({ kind: 'first-minutes' as const, minutes })),
        fc.integer({ min: 1, max: 10_000 }).map((basisPoints) => ({ kind: 'share' as const, basisPoints })),
        fc.integer({ min: 1, max: 200_000 }).map((amount) => ({ kind: 'amount' as const, amount: money(amount, VND) })),
      ),
      /** Of each time away: after how many seconds it begins, and how many it lasts. */
      aways: fc.array(fc.tuple(fc.nat(300_000), fc.nat(200_000)), { maxLength: 3 }),
      isAwayToTheEnd: fc.boolean(),
    }),
    { maxLength: 3 },
  )
  .map((rights) =>
    rights.map(({ kind, validFromMinute, validForMinutes, hours, relief, aways, isAwayToTheEnd }, index) => {
      const validFrom = minutesLater(instantOf(HANOI, FIRST_DAY, 0), validFromMinute)
      let reached: number = validFrom
      const away = aways.map(([after, lasts], place) => {
        const from = instant(reached + after * 1_000)
        reached = from + lasts * 1_000
        return { from, until: isAwayToTheEnd && place === aways.length - 1 ? null : instant(reached) }
      })
      return {
        id: `right-${index}` as RightId,
        kind,
        validFrom,
        validUntil: minutesLater(validFrom, validForMinutes),
        hours: hours ?? [],
        ...(away.length === 0 ? {} : { away }),
        relief,
      }
    }),
  )

function dayText(number: number): LocalDay {
  return day(new Date(number * 86_400_000).toISOString().slice(0, 10))
}
