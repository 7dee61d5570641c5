import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RightId } from '../../../core/ids.ts'
import { placeId, vehicleClass } from '../../../core/ids.ts'
import type { CurrencyCode } from '../../../core/money.ts'
import { money, VND } from '../../../core/money.ts'
import type { StayRight } from '../../../core/parking/bill.ts'
import { quote, RIGHTS_MAX, STAY_DAYS_MAX } from '../../../core/parking/quote.ts'
import type { Rate, TariffSite } from '../../../core/parking/tariff.ts'
import { PRICE_MAX, passHours, tariffId } from '../../../core/parking/tariff.ts'
import type { TariffBook } from '../../../core/parking/tariff-book.ts'
import { passesOnOffer, passOffers, tariffsInForceOn } from '../../../core/parking/tariff-book.ts'
import type { ZoneRules } from '../../../core/parking/zone-time.ts'
import { instant } from '../../../core/time.ts'
import { readTariffs } from '../../../gateway/bundles/tariff.ts'
import {
  anyTime,
  at,
  BIKE,
  billed,
  bookOf,
  CAR,
  charging,
  costs,
  day,
  EVERY_DAY,
  LEVEL,
  LOT,
  minutesLater,
  PER_BLOCK,
  PER_HOUR,
  PER_VISIT,
  right,
  stayOf,
  table,
  tariff,
} from './tariff-kit.ts'
import { APIA, BERLIN, HANOI, NEW_YORK } from './zones.ts'

const FLAT: Rate = { kind: 'flat', price: 50_000 }

describe('the prices of decision 44/2017 of Hanoi, as they are shipped', () => {
  const site: TariffSite = {
    currency: VND,
    places: ['urban-lot', 'market-lot', 'dong-da-lot', 'hoan-kiem-street'].map((id) => ({
      id: placeId(id),
      parent: null,
    })),
    vehicleClasses: ['bicycle', 'motorbike', 'car-9-seats'].map((id) => ({ id: vehicleClass(id) })),
  }
  const book = shipped(
    ['hanoi-two-wheels-urban', 'hanoi-two-wheels-market', 'hanoi-cars-dong-da', 'hanoi-cars-hoan-kiem'],
    site,
  )

  test.each([
    ['bicycle', 'urban-lot', 3_000, 5_000, 7_000],
    ['motorbike', 'urban-lot', 5_000, 8_000, 12_000],
    ['bicycle', 'market-lot', 2_000, 3_000, 5_000],
    ['motorbike', 'market-lot', 3_000, 5_000, 7_000],
  ])('a %s at %s is %d by day, %d by night, %d by both', (of, where, byDay, byNight, byBoth) => {
    const visit = (from: string, until: string): number => {
      const stay = { vehicleClass: vehicleClass(of), place: placeId(where), from: at(from), until: at(until) }
      return billed(quote(stay, book, [], HANOI)).total.amount
    }
    expect(visit('2026-11-21 06:00', '2026-11-21 18:00')).toBe(byDay)
    expect(visit('2026-11-21 07:30', '2026-11-21 07:31')).toBe(byDay)
    expect(visit('2026-11-21 18:00', '2026-11-22 06:00')).toBe(byNight)
    expect(visit('2026-11-21 23:00', '2026-11-22 01:00')).toBe(byNight)
    expect(visit('2026-11-21 17:59', '2026-11-21 18:01')).toBe(byBoth)
    expect(visit('2026-11-21 05:59', '2026-11-21 06:01')).toBe(byBoth)
    expect(visit('2026-11-21 07:00', '2026-11-22 07:00')).toBe(byBoth)
    expect(visit('2026-11-21 07:00', '2026-11-22 07:01')).toBe(byBoth + byDay)
    expect(visit('2026-11-21 20:00', '2026-11-23 10:00')).toBe(2 * byBoth)
  })

  const car = (where: string, minutes: number): number => {
    const from = at('2026-11-21 07:30')
    const stay = { vehicleClass: CAR, place: placeId(where), from, until: minutesLater(from, minutes) }
    return billed(quote(stay, book, [], HANOI)).total.amount
  }

  test.each([
    [0, 25_000],
    [60, 25_000],
    [61, 50_000],
    [120, 50_000],
    [180, 85_000],
    [240, 120_000],
    [300, 165_000],
    [8 * 60, 300_000],
    [8 * 60 + 1, 345_000],
  ])('a car in Đống Đa for %d minutes is %d', (minutes, expected) => {
    expect(car('dong-da-lot', minutes)).toBe(expected)
  })

  test.each([
    [1, 60_000],
    [120, 60_000],
    [121, 120_000],
    [700, 360_000],
  ])('a car in the twelve streets of Hoàn Kiếm for %d minutes is %d', (minutes, expected) => {
    expect(car('hoan-kiem-street', minutes)).toBe(expected)
  })

  test.each([
    ['bicycle', 'urban-lot', [70_000]],
    ['motorbike', 'urban-lot', [120_000]],
    ['bicycle', 'market-lot', [45_000]],
    ['motorbike', 'market-lot', []],
    ['car-9-seats', 'hoan-kiem-street', [3_000_000, 4_000_000]],
    ['car-9-seats', 'dong-da-lot', []],
  ])('the passes of a month for a %s at %s', (of, where, prices) => {
    const offers = passOffers(book, placeId(where), vehicleClass(of), day('2026-11-21'))
    expect(offers.map(({ price }) => price.amount)).toEqual(prices)
  })

  test('the pass by day covers the day, the other all hours', () => {
    const offers = passOffers(book, placeId('hoan-kiem-street'), CAR, day('2026-11-21'))
    expect(offers.map((offer) => passHours(offer.tariff, offer.pass))).toEqual([
      [{ weekdays: EVERY_DAY, fromMinute: 360, toMinute: 1_080 }],
      [{ weekdays: EVERY_DAY, fromMinute: 0, toMinute: 1_440 }],
    ])
  })

  test('all its passes of a month are on offer, each with its class, its place, what it covers and its price', () => {
    const shown = passesOnOffer(book, day('2026-11-21')).map(({ pass, vehicleClass, places, price }) => [
      vehicleClass,
      places.join(),
      `${pass.months} ${pass.covers}`,
      price.amount,
    ])
    expect(shown).toEqual(
      expect.arrayContaining([
        ['bicycle', 'urban-lot', '1 day-and-night', 70_000],
        ['motorbike', 'urban-lot', '1 day-and-night', 120_000],
        ['bicycle', 'market-lot', '1 day-and-night', 45_000],
        ['car-9-seats', 'hoan-kiem-street', '1 day', 3_000_000],
        ['car-9-seats', 'hoan-kiem-street', '1 day-and-night', 4_000_000],
      ]),
    )
    expect(shown).toHaveLength(5)
    expect(passesOnOffer(book, day('2017-12-31'))).toEqual([])
    expect(tariffsInForceOn(book, day('2017-12-31'))).toEqual([])
    expect(tariffsInForceOn(book, day('2018-01-01'))).toEqual(book.tariffs)
  })

  test('were not in force in 2017: nothing is quoted, and no pass is sold', () => {
    const stay = stayOf(at('2017-12-31 23:00'), at('2018-01-01 01:00'), { place: placeId('dong-da-lot') })
    expect(quote(stay, book, [], HANOI)).toEqual({ ok: false, refusal: 'no-tariff', stay, at: stay.from })
    expect(passOffers(book, placeId('urban-lot'), BIKE, day('2017-12-31'))).toEqual([])
    expect(passOffers(book, placeId('nowhere'), BIKE, day('2026-11-21'))).toEqual([])
  })
})

describe('a stay', () => {
  const book = bookOf(charging(PER_HOUR))

  test('is reckoned in the minutes that a clock shows: seconds cost nothing', () => {
    const from = at('2026-11-21 08:00')
    const billedFor = (fromMs: number, untilMs: number) =>
      billed(quote(stayOf(instant(from + fromMs), instant(from + untilMs)), book, [], HANOI)).total.amount
    expect(billedFor(0, 3_600_000 + 59_999)).toBe(25_000)
    expect(billedFor(59_999, 3_600_000 + 59_999)).toBe(25_000)
    expect(billedFor(59_999, 3_660_000)).toBe(50_000)
  })

  test('whose clock was put back is refused', () => {
    const stay = stayOf(at('2026-11-21 08:00'), at('2026-11-20 08:00'))
    expect(quote(stay, book, [], HANOI)).toMatchObject({ ok: false, refusal: 'stay-reversed', at: stay.until })
  })

  test('as long as the limit is quoted, and one minute longer is refused', () => {
    const from = at('2026-01-01 08:00')
    const whole = minutesLater(from, STAY_DAYS_MAX * 1_440)
    expect(quote(stayOf(from, whole), book, [], HANOI)).toMatchObject({ ok: true })
    expect(quote(stayOf(from, minutesLater(whole, 1)), book, [], HANOI)).toMatchObject({
      ok: false,
      refusal: 'stay-too-long',
    })
  })

  test('at the dearest price of a minute for as long as the limit is still an exact sum, with its shares', () => {
    const dearest = bookOf(charging({ kind: 'per-block', minutes: 1, price: PRICE_MAX, first: null }))
    const from = at('2026-01-01 00:00')
    const until = minutesLater(from, STAY_DAYS_MAX * 1_440)
    const rights = [right({ relief: { kind: 'share', basisPoints: 3_333 } })]
    const whole = BigInt(PRICE_MAX) * BigInt(STAY_DAYS_MAX * 1_440)
    const off = (whole * 3_333n + 9_999n) / 10_000n
    expect(BigInt(billed(quote(stayOf(from, until), dearest, [], HANOI)).total.amount)).toBe(whole)
    expect(BigInt(billed(quote(stayOf(from, until), dearest, rights, HANOI)).total.amount)).toBe(whole - off)
  })

  test('of a class or at a place without a tariff is refused, also where a right covers it', () => {
    const from = at('2026-11-21 08:00')
    for (const over of [{ vehicleClass: BIKE }, { place: placeId('nowhere') }]) {
      const quoted = quote(stayOf(from, minutesLater(from, 60), over), book, [right()], HANOI)
      expect(quoted).toMatchObject({ ok: false, refusal: 'no-tariff', at: from })
    }
  })

  test('that lasts into days without a tariff is refused from there on, and not at the midnight before', () => {
    const ended = bookOf(tariff({ validTo: day('2026-11-21') }))
    expect(costs(ended, '2026-11-21 23:00', '2026-11-22 00:00')).toBe(25_000)
    const stay = stayOf(at('2026-11-21 23:00'), at('2026-11-22 00:01'))
    expect(quote(stay, ended, [], HANOI)).toMatchObject({ refusal: 'no-tariff', at: at('2026-11-22 00:00') })
  })

  test('in a place within another has the tariff of the nearest that has its class', () => {
    const stay = stayOf(at('2026-11-21 08:00'), at('2026-11-21 08:30'), { place: LEVEL })
    const own = { ...charging(FLAT), id: tariffId('level'), places: [LEVEL] }
    expect(billed(quote(stay, book, [], HANOI)).total.amount).toBe(25_000)
    expect(billed(quote(stay, bookOf(charging(PER_HOUR), own), [], HANOI)).total.amount).toBe(50_000)
  })
})

describe('units', () => {
  test('of a visit run over midnight, and a second begins after 24 hours', () => {
    const book = bookOf(charging(PER_VISIT))
    expect(costs(book, '2026-11-21 17:00', '2026-11-22 17:00')).toBe(12_000)
    expect(costs(book, '2026-11-21 17:00', '2026-11-22 17:01')).toBe(17_000)
    expect(costs(book, '2026-11-21 17:00', '2026-11-22 18:01')).toBe(24_000)
  })

  test('of a visit whose two bands cost as much as one need no line more', () => {
    const book = bookOf(charging({ kind: 'per-visit', day: 5_000, night: 5_000, dayAndNight: 5_000 }))
    const bill = billed(quote(stayOf(at('2026-11-21 17:00'), at('2026-11-21 19:00')), book, [], HANOI))
    expect(bill.lines).toHaveLength(1)
  })

  test('by day and by night are sold at the price of the moment at which they begin', () => {
    const book = bookOf(
      tariff({
        rateTables: [
          table({
            rateLines: [
              { band: 'day', rate: { kind: 'per-block', minutes: 60, price: 10_000, first: null } },
              { band: 'night', rate: { kind: 'flat', price: 40_000 } },
            ],
          }),
        ],
      }),
    )
    expect(costs(book, '2026-11-21 16:30', '2026-11-21 18:30')).toBe(20_000)
    expect(costs(book, '2026-11-21 16:30', '2026-11-21 18:31')).toBe(60_000)
    expect(costs(book, '2026-11-21 16:30', '2026-11-22 06:00')).toBe(60_000)
    expect(costs(book, '2026-11-21 16:30', '2026-11-22 06:01')).toBe(70_000)
    expect(costs(book, '2026-11-21 16:30', '2026-11-23 06:01')).toBe(230_000)
  })

  test('of a block that opens the stay have their own price', () => {
    const book = bookOf(
      charging({ kind: 'per-block', minutes: 60, price: 20_000, first: { minutes: 120, price: 35_000 } }),
    )
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 10:00')).toBe(35_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 10:01')).toBe(55_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 12:30')).toBe(95_000)
  })

  test('of a flat for the stay are sold once, and last over versions', () => {
    const book = bookOf(
      { ...charging(FLAT), validTo: day('2026-11-21') },
      { ...charging(PER_HOUR), version: '2', validFrom: day('2026-11-22') },
    )
    expect(costs(book, '2026-11-21 08:00', '2026-11-25 08:00')).toBe(50_000)
    expect(costs(book, '2026-11-22 00:00', '2026-11-22 01:00')).toBe(25_000)
  })

  test('that have begun run to their end over a new version, and hours are counted on', () => {
    const dearer: Rate = { kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price: 90_000 }] }
    const book = bookOf(charging(PER_HOUR), { ...charging(dearer), version: '2', validFrom: day('2026-11-22') })
    expect(costs(book, '2026-11-21 22:30', '2026-11-22 00:30')).toBe(50_000)
    expect(costs(book, '2026-11-21 22:30', '2026-11-22 00:31')).toBe(140_000)
    const cheaper = bookOf(charging(dearer), { ...charging(PER_HOUR), version: '2', validFrom: day('2026-11-22') })
    expect(costs(cheaper, '2026-11-21 22:00', '2026-11-22 01:00')).toBe(180_000 + 35_000)
  })

  test('of a version without bands end a flat of the night', () => {
    const byNight = tariff({
      rateTables: [
        table({
          rateLines: [
            { band: 'day', rate: PER_HOUR },
            { band: 'night', rate: FLAT },
          ],
        }),
      ],
    })
    const book = bookOf(byNight, {
      ...charging(PER_BLOCK),
      bands: [],
      version: '2',
      validFrom: day('2026-11-22'),
    })
    expect(costs(book, '2026-11-21 20:00', '2026-11-22 00:00')).toBe(50_000)
    expect(costs(book, '2026-11-21 20:00', '2026-11-22 00:01')).toBe(110_000)
  })

  test('of a day that has no night are sold at the one price there is', () => {
    const always = tariff({
      bands: [{ band: 'day', fromMinute: 0, toMinute: 1_440 }],
      rateTables: [table({ rateLines: [{ band: 'day', rate: PER_BLOCK }] })],
    })
    expect(costs(bookOf(always), '2026-11-21 20:00', '2026-11-22 02:00')).toBe(180_000)
  })

  test('of an hour that no step has throw: such steps have been refused', () => {
    const good = bookOf(charging(PER_HOUR))
    const [version] = good.rates.get(LOT)?.get(CAR) ?? []
    if (version === undefined) throw new Error('the book has lost its tariff')
    const ended = { band: null, rate: { kind: 'per-hour', steps: [{ fromHour: 1, toHour: 1, price: 5 }] } } as const
    const rates = new Map([
      [LOT, new Map([[CAR, [{ ...version, usual: { ...version.usual, day: ended, night: ended } }]]])],
    ])
    expect(() => costs({ ...good, rates }, '2026-11-21 08:00', '2026-11-21 09:30')).toThrow(
      'no step has a price for hour 2',
    )
  })

  test('of a visit are not completed by a version that knows neither day nor night', () => {
    const book = bookOf(charging(PER_VISIT), {
      ...charging(PER_BLOCK),
      bands: [],
      version: '2',
      validFrom: day('2026-11-22'),
    })
    expect(costs(book, '2026-11-21 20:00', '2026-11-22 12:00')).toBe(8_000)
  })
})

describe('free minutes', () => {
  const free = (longerStays: 'pay-from-entry' | 'pay-from-then') =>
    bookOf(charging(PER_BLOCK, { freeMinutes: { minutes: 15, longerStays } }))

  test('cost nothing to their end', () => {
    for (const longerStays of ['pay-from-entry', 'pay-from-then'] as const) {
      expect(costs(free(longerStays), '2026-11-21 08:00', '2026-11-21 08:15')).toBe(0)
      expect(costs(free(longerStays), '2026-11-21 08:00', '2026-11-21 08:00')).toBe(0)
      expect(costs(free(longerStays), '2026-11-21 08:00', '2026-11-21 08:16')).toBe(60_000)
    }
  })

  test('are charged to a longer stay, or are not, as the tariff says', () => {
    expect(costs(free('pay-from-entry'), '2026-11-21 08:00', '2026-11-21 10:01')).toBe(120_000)
    expect(costs(free('pay-from-then'), '2026-11-21 08:00', '2026-11-21 10:15')).toBe(60_000)
    expect(costs(free('pay-from-then'), '2026-11-21 08:00', '2026-11-21 10:16')).toBe(120_000)
  })

  test('stand on the bill', () => {
    const bill = billed(
      quote(stayOf(at('2026-11-21 08:00'), at('2026-11-21 08:10')), free('pay-from-entry'), [], HANOI),
    )
    expect(bill.lines).toEqual([
      {
        kind: 'free-minutes',
        segment: 0,
        amount: 0,
        minutes: 15,
        from: at('2026-11-21 08:00'),
        until: at('2026-11-21 08:10'),
      },
    ])
  })
})

describe('caps', () => {
  test('of a day hold from midnight to midnight', () => {
    const book = bookOf(charging(PER_BLOCK, { capPerDay: 150_000 }))
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 12:00')).toBe(120_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 12:01')).toBe(150_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-22 00:00')).toBe(150_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-22 00:01')).toBe(210_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-24 23:59')).toBe(600_000)
  })

  test('of a day make each midnight begin a segment; without one, and on days of one kind, none does', () => {
    const segmentsBy = (table: Parameters<typeof charging>[1]) =>
      billed(
        quote(stayOf(at('2026-11-21 18:00'), at('2026-11-23 03:00')), bookOf(charging(PER_BLOCK, table)), [], HANOI),
      ).segments.map(({ from, until }) => [from, until])
    const [begun, first, second, end] = [
      at('2026-11-21 18:00'),
      at('2026-11-22 00:00'),
      at('2026-11-23 00:00'),
      at('2026-11-23 03:00'),
    ]
    expect(segmentsBy({})).toEqual([[begun, end]])
    expect(segmentsBy({ capPerStay: 900_000 }), 'a cap of the stay is of no day').toEqual([[begun, end]])
    expect(segmentsBy({ capPerDay: 150_000 })).toEqual([
      [begun, first],
      [first, second],
      [second, end],
    ])
  })

  test('of a stay hold over all its days', () => {
    const book = bookOf(charging(PER_BLOCK, { capPerDay: 150_000, capPerStay: 400_000 }))
    expect(costs(book, '2026-11-21 08:00', '2026-12-24 23:59')).toBe(400_000)
  })

  test('of a cheaper version take nothing back, and let nothing more become due', () => {
    const book = bookOf(charging(PER_BLOCK), {
      ...charging(PER_BLOCK, { capPerStay: 100_000 }),
      version: '2',
      validFrom: day('2026-11-22'),
    })
    expect(costs(book, '2026-11-21 18:00', '2026-11-22 00:00')).toBe(180_000)
    expect(costs(book, '2026-11-21 18:00', '2026-11-25 00:00')).toBe(180_000)
  })

  test('stand on the bill with what they cut, in their day', () => {
    const book = bookOf(charging(PER_BLOCK, { capPerDay: 150_000, capPerStay: 160_000 }))
    const bill = billed(quote(stayOf(at('2026-11-21 18:00'), at('2026-11-22 03:00')), book, [], HANOI))
    expect(bill.lines.map(({ kind, amount, segment }) => [segment, kind, amount])).toEqual([
      [0, 'blocks', 180_000],
      [0, 'cap-per-day', -30_000],
      [1, 'blocks', 120_000],
      [1, 'cap-per-stay', -110_000],
    ])
    expect(bill.segments.map(({ amount }) => amount.amount)).toEqual([150_000, 10_000])
  })
})

describe('rounding', () => {
  const discount = right({ relief: { kind: 'share', basisPoints: 3_333 } })

  test.each([
    ['up', 60_000],
    ['down', 0],
    ['nearest', 60_000],
  ] as const)('%s is done once, over the whole', (mode, step) => {
    const book = bookOf({
      ...charging({ kind: 'per-block', minutes: 120, price: 30_000, first: null }),
      rounding: { to: 60_000, mode },
    })
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 09:00')).toBe(step)
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 11:00')).toBe(60_000)
    expect(costs(book, '2026-11-21 08:00', '2026-11-21 13:00')).toBe(60_000 + step)
  })

  test('comes after what rights take off, and stands on the bill', () => {
    const book = bookOf({ ...charging(PER_BLOCK), rounding: { to: 1_000, mode: 'nearest' } })
    const bill = billed(quote(stayOf(at('2026-11-21 08:00'), at('2026-11-21 09:00')), book, [discount], HANOI))
    expect(bill.total.amount).toBe(40_000)
    expect(bill.lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['blocks', 60_000],
      ['share-off', -19_998],
      ['rounding', -2],
    ])
  })
})

describe('special days', () => {
  const dear: Rate = { kind: 'per-block', minutes: 60, price: 100_000, first: null }
  const cheap: Rate = { kind: 'per-block', minutes: 60, price: 1_000, first: null }
  const usual: Rate = { kind: 'per-block', minutes: 60, price: 10_000, first: null }
  const named = { vi: 'Tết', en: 'New year' }
  const book = bookOf(
    tariff({
      rateTables: [table({ rateLines: anyTime(usual) }), table({ vehicleClasses: [BIKE], rateLines: anyTime(usual) })],
      specialDays: [
        {
          name: named,
          days: ['01-01', '02-29', '2027-02-06'],
          weekdays: [],
          rateTables: [table({ rateLines: anyTime(dear) })],
        },
        {
          name: { vi: 'Cuối tuần', en: 'Weekend' },
          days: [],
          weekdays: [6, 7],
          rateTables: [table({ rateLines: anyTime(cheap) })],
        },
      ],
    }),
  )

  test.each([
    ['2026-12-31', 10_000],
    ['2027-01-01', 100_000],
    ['2028-01-01', 100_000],
    ['2028-02-28', 10_000],
    ['2028-02-29', 100_000],
    ['2028-03-01', 10_000],
    ['2027-02-06', 100_000],
    ['2028-02-06', 1_000],
    ['2026-11-21', 1_000],
    ['2026-11-20', 10_000],
  ])('an hour on %s is %d', (on, expected) => {
    expect(costs(book, `${on} 08:00`, `${on} 09:00`)).toBe(expected)
  })

  test('leave the classes that they do not name as they are', () => {
    const stay = stayOf(at('2027-01-01 08:00'), at('2027-01-01 09:00'), { vehicleClass: BIKE })
    expect(billed(quote(stay, book, [], HANOI)).total.amount).toBe(10_000)
  })

  test('begin and end at midnight, and the hour that is running ends first', () => {
    const bill = billed(quote(stayOf(at('2026-12-31 22:30'), at('2027-01-02 01:00')), book, [], HANOI))
    expect(bill.lines.map(({ amount }) => amount)).toEqual([20_000, 2_400_000, 1_000])
    expect(bill.segments.map(({ special, from }) => [special?.en, from])).toEqual([
      [undefined, at('2026-12-31 22:30')],
      ['New year', at('2027-01-01 00:00')],
      ['Weekend', at('2027-01-02 00:00')],
    ])
  })
})

describe('rights', () => {
  const byDay = [{ weekdays: EVERY_DAY, fromMinute: 360, toMinute: 1_080 }]
  const hourly = bookOf(charging(PER_HOUR))
  const blocks = bookOf(charging({ kind: 'per-block', minutes: 60, price: 10_000, first: null }))
  const from = '2026-11-20 08:00'

  test.each<[string, TariffBook, StayRight, string, number]>([
    ['a pass for all hours', hourly, right(), '2026-11-25 08:00', 0],
    ['a pass by day, within it', hourly, right({ hours: byDay }), '2026-11-20 18:00', 0],
    ['a pass by day, and a minute of the night', hourly, right({ hours: byDay }), '2026-11-20 18:01', 25_000],
    ['a pass by day, and a night', blocks, right({ hours: byDay }), '2026-11-21 18:00', 120_000],
    [
      'a pass for Fridays',
      blocks,
      right({ hours: [{ weekdays: [5], fromMinute: 0, toMinute: 1_440 }] }),
      '2026-11-21 02:00',
      20_000,
    ],
    [
      'a pass for Friday nights, over midnight',
      blocks,
      right({ hours: [{ weekdays: [5], fromMinute: 1_080, toMinute: 360 }] }),
      '2026-11-21 07:00',
      110_000,
    ],
    [
      'a pass for Fridays from nine to nine',
      blocks,
      right({ hours: [{ weekdays: [5], fromMinute: 540, toMinute: 540 }] }),
      '2026-11-21 09:01',
      20_000,
    ],
    [
      'a pass whose hours overlap',
      blocks,
      right({
        hours: [
          { weekdays: EVERY_DAY, fromMinute: 600, toMinute: 900 },
          { weekdays: EVERY_DAY, fromMinute: 480, toMinute: 720 },
          { weekdays: EVERY_DAY, fromMinute: 500, toMinute: 510 },
        ],
      }),
      '2026-11-20 16:00',
      10_000,
    ],
    [
      'a pass that begins in the stay',
      blocks,
      right({ validFrom: at('2026-11-20 09:30') }),
      '2026-11-20 20:00',
      20_000,
    ],
    ['a pass that ends in the stay', blocks, right({ validUntil: at('2026-11-20 09:30') }), '2026-11-20 10:30', 10_000],
    ['a pass of last year', blocks, right({ validUntil: at('2026-01-01 00:00') }), '2026-11-20 09:00', 10_000],
    ['two hours free', blocks, validation({ kind: 'first-minutes', minutes: 120 }), '2026-11-20 10:01', 10_000],
    ['two hours free of one', blocks, validation({ kind: 'first-minutes', minutes: 120 }), '2026-11-20 09:00', 0],
    ['half of it', blocks, validation({ kind: 'share', basisPoints: 5_000 }), '2026-11-20 11:00', 15_000],
    ['all of it', blocks, validation({ kind: 'share', basisPoints: 10_000 }), '2026-11-20 11:00', 0],
    ['an amount', blocks, validation({ kind: 'amount', amount: money(25_000, VND) }), '2026-11-20 11:00', 5_000],
    ['an amount above it', blocks, validation({ kind: 'amount', amount: money(25_000, VND) }), '2026-11-20 09:00', 0],
    [
      'an amount that is used up by the second of three prices',
      hourly,
      validation({ kind: 'amount', amount: money(60_000, VND) }),
      '2026-11-20 13:00',
      105_000,
    ],
    [
      'an amount that begins late',
      blocks,
      right({ validFrom: at('2026-11-20 10:00'), relief: { kind: 'amount', amount: money(25_000, VND) } }),
      '2026-11-20 11:00',
      20_000,
    ],
  ])('%s', (_what, book, one, until, expected) => {
    expect(costs(book, from, until, [one])).toBe(expected)
  })

  test('a validation counts from the entry, though it was given later', () => {
    const given = { ...validation({ kind: 'first-minutes', minutes: 60 }), validFrom: at('2026-11-20 09:50') }
    expect(costs(blocks, from, '2026-11-20 10:00', [given])).toBe(10_000)
  })

  test('shares come before amounts, and of two shares the greater counts', () => {
    const rights = [
      { ...validation({ kind: 'amount', amount: money(10_000, VND) }), id: 'a' as RightId },
      { ...validation({ kind: 'share', basisPoints: 1_000 }), id: 'b' as RightId },
      { ...validation({ kind: 'share', basisPoints: 5_000 }), id: 'c' as RightId },
    ]
    const bill = billed(quote(stayOf(at(from), at('2026-11-20 12:00')), blocks, rights, HANOI))
    expect(bill.total.amount).toBe(10_000)
    expect(bill.rights).toEqual(['a', 'c'])
  })

  test('a right that covers an hour leaves the next one the first', () => {
    expect(costs(hourly, from, '2026-11-20 12:00', [validation({ kind: 'first-minutes', minutes: 120 })])).toBe(50_000)
  })

  test('a right that would make it dearer is left out', () => {
    const book = bookOf(
      tariff({
        rateTables: [
          table({
            rateLines: [
              { band: 'day', rate: PER_BLOCK },
              { band: 'night', rate: { kind: 'flat', price: 500_000 } },
            ],
          }),
        ],
      }),
    )
    const ten = validation({ kind: 'first-minutes', minutes: 10 })
    expect(costs(book, '2026-11-20 16:05', '2026-11-20 18:04', [ten])).toBe(60_000)
    const bill = billed(quote(stayOf(at('2026-11-20 16:05'), at('2026-11-20 18:04')), book, [ten], HANOI))
    expect(bill.rights).toEqual([])
  })

  test('make segments, one for each, with their own lines', () => {
    const bill = billed(quote(stayOf(at(from), at('2026-11-22 08:00')), blocks, [right({ hours: byDay })], HANOI))
    expect(bill.segments.map((segment) => [segment.right, segment.amount.amount])).toEqual([
      ['right-1', 0],
      [null, 120_000],
      ['right-1', 0],
      [null, 120_000],
      ['right-1', 0],
    ])
    expect(bill.lines.map(({ kind }) => kind)).toEqual(['covered', 'blocks', 'covered', 'blocks', 'covered'])
  })

  test('at the limit are taken, and one more is refused', () => {
    const many = Array.from({ length: RIGHTS_MAX }, (_none, index) =>
      right({ id: `r-${index}` as RightId, relief: { kind: 'share', basisPoints: 100 * index } }),
    )
    const stay = stayOf(at(from), at('2026-11-20 10:00'))
    expect(quote(stay, blocks, many, HANOI)).toMatchObject({ ok: true, total: { amount: 18_600 } })
    expect(quote(stay, blocks, [...many, right()], HANOI)).toMatchObject({ ok: false, refusal: 'too-many-rights' })
  })

  test.each<[string, StayRight['relief']]>([
    ['USD', { kind: 'amount', amount: money(5, 'USD' as CurrencyCode) }],
    ['10001 basis points', { kind: 'share', basisPoints: 10_001 }],
    ['0.5 basis points', { kind: 'share', basisPoints: 0.5 }],
    ['0.5 minutes', { kind: 'first-minutes', minutes: 0.5 }],
    ['-1 minutes', { kind: 'first-minutes', minutes: -1 }],
  ])('over %s throw: they were checked when they were given', (what, relief) => {
    const stay = stayOf(at(from), at(from))
    expect(() => quote(stay, blocks, [validation(relief)], HANOI)).toThrow(`a right over ${what}`)
  })
})

describe('in zones that put their clocks forward and back', () => {
  const blocks = bookOf({
    ...charging({ kind: 'per-block', minutes: 60, price: 10_000, first: null }),
    validFrom: day('2000-01-01'),
  })
  const visits = bookOf(charging(PER_VISIT))

  test.each<[string, ZoneRules, string, string, number]>([
    ['a night of 23 hours in Berlin', BERLIN, '2026-03-28 12:00', '2026-03-29 12:00', 230_000],
    ['a night of 25 hours in Berlin', BERLIN, '2026-10-24 12:00', '2026-10-25 12:00', 250_000],
    ['a night of 23 hours in New York', NEW_YORK, '2026-03-07 12:00', '2026-03-08 12:00', 230_000],
    ['over a day that did not happen', APIA, '2011-12-29 12:00', '2011-12-31 12:00', 240_000],
  ])('%s is paid by the hours that have passed', (_what, zone, from, until, expected) => {
    expect(costs(blocks, from, until, [], zone)).toBe(expected)
  })

  test('a visit lasts 24 hours that have passed', () => {
    expect(costs(visits, '2026-10-24 12:00', '2026-10-25 11:00', [], BERLIN)).toBe(12_000)
    expect(costs(visits, '2026-10-24 12:00', '2026-10-25 11:01', [], BERLIN)).toBe(17_000)
  })

  test('a band that would begin in the hour that is skipped begins when the clock is put forward', () => {
    const odd = bookOf({
      ...charging(PER_VISIT),
      bands: [
        { band: 'day', fromMinute: 150, toMinute: 1_080 },
        { band: 'night', fromMinute: 1_080, toMinute: 150 },
      ],
    })
    expect(costs(odd, '2026-03-29 01:00', '2026-03-29 03:00', [], BERLIN)).toBe(8_000)
    expect(costs(odd, '2026-03-29 01:00', '2026-03-29 03:01', [], BERLIN)).toBe(12_000)
  })
})

describe('passes on offer', () => {
  const month = {
    id: 'month',
    name: { vi: 'Vé tháng', en: 'A month' },
    vehicleClasses: [CAR, BIKE],
    months: 1,
    covers: 'day' as const,
    price: 900_000,
  }

  test('are those of the version in force, and never of one that has ended or is to come', () => {
    const dearer = { ...month, price: 1_000_000 }
    const book = bookOf(
      tariff({ passes: [month] }),
      tariff({ version: '2', validFrom: day('2026-12-01'), validTo: day('2026-12-31'), passes: [dearer] }),
    )
    const on = (text: string) =>
      passesOnOffer(book, day(text)).map(({ tariff: { version }, price }) => [version, price.amount])
    expect(on('2026-11-30')).toEqual([['1', 900_000]])
    expect(on('2026-12-01')).toEqual([['2', 1_000_000]])
    expect(on('2026-12-31')).toEqual([['2', 1_000_000]])
    expect(on('2027-01-01')).toEqual([])
    expect(tariffsInForceOn(book, day('2026-12-01')).map(({ version }) => version)).toEqual(['2'])
  })

  test('are for a class at every place where it pays by their tariff, inner places that have no own one too', () => {
    const both = tariff({ passes: [month], rateTables: [table({ vehicleClasses: [CAR, BIKE] })] })
    const own = tariff({ id: tariffId('level'), places: [LEVEL], rateTables: [table({ vehicleClasses: [BIKE] })] })
    const shown = passesOnOffer(bookOf(both, own), day('2026-11-21'))
    expect(shown.map(({ vehicleClass, places }) => [vehicleClass, places])).toEqual([
      [CAR, [LOT, LEVEL]],
      [BIKE, [LOT]],
    ])
    for (const { vehicleClass, places, pass } of shown)
      for (const place of places)
        expect(passOffers(bookOf(both, own), place, vehicleClass, day('2026-11-21'))).toMatchObject([{ pass }])
  })

  test('cover all hours where the day is the only band and ends where it begins', () => {
    const lone = tariff({ bands: [{ band: 'day', fromMinute: 360, toMinute: 360 }], passes: [month] })
    expect(bookOf(lone).tariffs.map((each) => passHours(each, month))).toEqual([
      [{ weekdays: EVERY_DAY, fromMinute: 0, toMinute: 1_440 }],
    ])
  })
})

test('a bill tells the grace of the tariff that is in force at its end', () => {
  const book = bookOf(tariff(), { ...tariff(), version: '2', validFrom: day('2026-11-22'), graceMinutes: 30 })
  const graceOf = (until: string) => billed(quote(stayOf(at('2026-11-21 23:00'), at(until)), book, [], HANOI)).graceMs
  expect(graceOf('2026-11-22 00:00')).toBe(15 * 60_000)
  expect(graceOf('2026-11-22 00:01')).toBe(30 * 60_000)
})

function validation(relief: StayRight['relief']): StayRight {
  return right({ kind: 'validation', relief })
}

function shipped(names: readonly string[], site: TariffSite): TariffBook {
  const files = names.map((name) => ({
    name,
    text: readFileSync(join(import.meta.dirname, '../../../gateway/tariffs', `${name}.json5`), 'utf8'),
  }))
  const read = readTariffs(files, site)
  if (!read.ok) throw new Error(JSON.stringify(read.problems, null, 2))
  return read.book
}
