import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlaceId, SessionId } from '../../../core/ids.ts'
import type { ParkingCommon, StayFacts } from '../../../core/parking/facts.ts'
import { RIGHTS_READ_MAX } from '../../../core/parking/facts.ts'
import { priceAt } from '../../../core/parking/price.ts'
import type { Segment } from '../../../core/parking/session.ts'
import type { Rate, RateLine, Tariff } from '../../../core/parking/tariff.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import type { ZoneRules } from '../../../core/parking/zone-time.ts'
import { instantOf } from '../../../core/parking/zone-time.ts'
import type { Instant } from '../../../core/time.ts'
import { instant, later } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { CAR_IN, PARKING_LAYOUT, PARKING_POLICY } from './park.ts'
import {
  at,
  bookOf,
  CAR,
  charging,
  FIRST_DAY,
  LEVEL,
  LOT,
  minutesLater,
  NOTHING_FREE,
  someTariffs,
} from './tariff-kit.ts'
import { BERLIN, HANOI, LORD_HOWE, NEW_YORK } from './zones.ts'

const SESSION = 'box-1:1:1:s0' as SessionId

/** Two places with rates of their own: what is dear in one is cheap in the other, over versions, special days, caps and bands. */
function parkingOf(outer: readonly Tariff[], inner: readonly Tariff[], zone: ZoneRules): ParkingCommon {
  const ofLevel = inner.map((each): Tariff => ({ ...each, id: tariffId('inner'), places: [LEVEL] }))
  const book = bookOf(...outer, ...ofLevel)
  const tariffs = { version: { epoch: 1, n: 1 }, book, zone }
  return { layout: PARKING_LAYOUT, policy: PARKING_POLICY, tariffs, occupancy: [], upstreamHeardAt: null }
}

function stayIn(place: PlaceId, from: Instant, segments: readonly Segment[]): StayFacts {
  return {
    session: {
      id: SESSION,
      mode: 'live',
      vehicleClass: CAR,
      place,
      entry: { lane: CAR_IN, at: from, by: 'ticket', isFromTicket: false },
      credentials: [],
      status: 'inside',
      charge: null,
      settledAt: null,
    },
    movedAt: from,
    passbackResetAt: null,
    charge: null,
    passage: null,
    picture: null,
    segments,
    rights: [],
    cases: [],
  }
}

test('what a stay costs never falls as time goes on, however often it goes from one place into another with other rates', () => {
  fc.assert(
    fc.property(
      someTariffs,
      someTariffs,
      fc.constantFrom(HANOI, BERLIN, NEW_YORK, LORD_HOWE),
      fc.nat(9 * 24 * 60),
      fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 6 }),
      (outer, inner, zone, startMinute, waits) => {
        const parking = parkingOf(outer, inner, zone)
        const from = minutesLater(instantOf(zone, FIRST_DAY, 0), startMinute)
        let [place, reached, cost, written]: [PlaceId, Instant, number, readonly Segment[]] = [LOT, from, 0, []]
        for (const wait of waits) {
          const leaves = minutesLater(reached, wait)
          for (const until of [reached, minutesLater(reached, Math.floor(wait / 2)), leaves]) {
            const price = priceAt(stayIn(place, from, written), parking, until)
            if (!price.ok) throw new Error(price.refusal)
            expect(price.total.amount).toBeGreaterThanOrEqual(cost)
            cost = price.total.amount
            const summed = price.segments.reduce((sum, { amount }) => sum + amount.amount, 0)
            expect(summed, 'its segments come to it').toBe(cost)
          }
          const part = { session: SESSION, index: written.length, place, from: reached, until: leaves }
          written = [...written, { ...part, tariff: null, right: null, amount: vnd(0) }]
          reached = leaves
          place = place === LOT ? LEVEL : LOT
        }
      },
    ),
    { numRuns: 300, seed: 11 },
  )
})

test('a stay that goes between a cheaper and a dearer place never costs less than all of it in the cheaper, nor more than all of it and an hour in both', () => {
  fc.assert(
    fc.property(
      someTariffs,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(HANOI, BERLIN, NEW_YORK, LORD_HOWE),
      fc.nat(9 * 24 * 60),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      ([some], factor, zone, startMinute, waits, isCheapFirst) => {
        if (some === undefined) return
        const cheap = evenly(some)
        const dear = scaled(cheap, factor)
        const parking = parkingOf(isCheapFirst ? [cheap] : [dear], isCheapFirst ? [dear] : [cheap], zone)
        const from = minutesLater(instantOf(zone, FIRST_DAY, 0), startMinute)
        let [place, reached, written]: [PlaceId, Instant, readonly Segment[]] = [LOT, from, []]
        for (const wait of waits) {
          const until = minutesLater(reached, wait)
          const cost = (stay: StayFacts, moreMinutes = 0): number => {
            const price = priceAt(stay, parking, minutesLater(until, moreMinutes))
            if (!price.ok) throw new Error(price.refusal)
            return price.total.amount
          }
          const crossing = cost(stayIn(place, from, written))
          const [inOne, inOther] = [stayIn(LOT, from, []), stayIn(LEVEL, from, [])]
          expect(crossing).toBeGreaterThanOrEqual(Math.min(cost(inOne), cost(inOther)))
          expect(crossing).toBeLessThanOrEqual(cost(inOne, 60) + cost(inOther, 60))
          const part = { session: SESSION, index: written.length, place, from: reached, until }
          written = [...written, { ...part, tariff: null, right: null, amount: vnd(0) }]
          reached = until
          place = place === LOT ? LEVEL : LOT
        }
      },
    ),
    { numRuns: 600, seed: 16 },
  )
})

test.each([
  ['with free minutes', { minutes: 15, longerStays: 'pay-from-entry' } as const, 4, 55_000],
  ['without', NOTHING_FREE, 4, 55_000],
  ['with free minutes, and has left within them', { minutes: 60, longerStays: 'pay-from-entry' } as const, 4, 0],
  ['for longer than the hours last', NOTHING_FREE, 7, 110_000],
])('whoever drives from lot to lot every ten minutes has one stay, %s', (_what, freeMinutes, crossings, due) => {
  const each = (price: number): Tariff =>
    charging({ kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price }] }, { freeMinutes })
  const parking = parkingOf([each(25_000)], [each(30_000)], HANOI)
  const from = at('2026-03-02 08:00')
  const written = Array.from({ length: crossings }, (_none, index): Segment => {
    const [begins, until] = [minutesLater(from, index * 10), minutesLater(from, index * 10 + 10)]
    const place = index % 2 === 0 ? LOT : LEVEL
    return { session: SESSION, index, place, from: begins, until, tariff: null, right: null, amount: vnd(0) }
  })
  const price = priceAt(
    stayIn(crossings % 2 === 0 ? LOT : LEVEL, from, written),
    parking,
    minutesLater(from, crossings * 10 + 9),
  )
  expect(price).toMatchObject({ ok: true, total: vnd(due) })
})

test.each([
  [LEVEL, LOT, LEVEL, 75_000],
  [LEVEL, LEVEL, LOT, 50_000],
  [LOT, LEVEL, LOT, 0],
])(
  'a pass of %s covers the time there and within it, where the stay goes from %s to %s and back',
  (good, first, second, due) => {
    const each = (price: number): Tariff =>
      charging({ kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price }] })
    const parking = parkingOf([each(25_000)], [each(30_000)], HANOI)
    const from = at('2026-03-02 08:00')
    const part = (place: PlaceId, index: number): Segment => {
      const [begins, until] = [minutesLater(from, index * 90), minutesLater(from, index * 90 + 90)]
      return { session: SESSION, index, place, from: begins, until, tariff: null, right: null, amount: vnd(0) }
    }
    const stay = stayIn(first, from, [part(first, 0), part(second, 1)])
    const pass = { id: 'm-1', kind: 'pass', status: 'active', places: [good], vehicleClasses: [CAR] }
    const always = {
      validFrom: instant(0),
      validUntil: minutesLater(from, 9_999),
      hours: [],
      relief: { kind: 'covers' },
    }
    const right = { ...pass, ...always } as unknown as StayFacts['rights'][number]['right']
    const price = priceAt(
      { ...stay, rights: [{ right, others: 0, isSaleOpen: false }] },
      parking,
      minutesLater(from, 185),
    )
    expect(price).toMatchObject({ ok: true, total: vnd(due) })
  },
)

/** Passes that are good at all times, each in one place. */
const passesOf = (places: readonly PlaceId[], until: Instant): StayFacts['rights'] =>
  places.map((place, index) => {
    const pass = { id: `m-${index}`, kind: 'pass', status: 'active', places: [place], vehicleClasses: [CAR] }
    const always = { validFrom: instant(0), validUntil: until, hours: [], relief: { kind: 'covers' } }
    return {
      right: { ...pass, ...always } as unknown as StayFacts['rights'][number]['right'],
      others: 0,
      isSaleOpen: false,
    }
  })

test.each([
  ['of the place to which it drove in that minute covers none of it', LOT, LEVEL, 25_000],
  ['of the place into which it came covers it, and the other place alone is due', LEVEL, LOT, 25_000],
])(
  'the minute of the entry is that of the place into which it came, also for rights: a pass %s',
  (_what, came, drove, due) => {
    const each = (price: number): Tariff =>
      charging({ kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price }] })
    const parking = parkingOf([each(25_000)], [each(30_000)], HANOI)
    const minute = at('2026-03-02 08:00')
    const [from, until] = [later(minute, 10_000), later(minute, 40_000)]
    const first = { session: SESSION, index: 0, place: came, from, until, tariff: null, right: null, amount: vnd(0) }
    const stay = { ...stayIn(drove, from, [first]), rights: passesOf([LEVEL], minutesLater(from, 9_999)) }
    expect(priceAt(stay, parking, minutesLater(minute, 30))).toMatchObject({ ok: true, total: vnd(due) })
  },
)

test('each right that is known counts where it is good, also the last of as many as are read', () => {
  const each = charging({ kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price: 25_000 }] })
  const parking = parkingOf([each], [scaled(each, 2)], HANOI)
  const from = at('2026-03-02 08:00')
  const first = {
    session: SESSION,
    index: 0,
    place: LOT,
    from,
    until: minutesLater(from, 90),
    tariff: null,
    right: null,
    amount: vnd(0),
  }
  const places = Array.from({ length: RIGHTS_READ_MAX }, (_none, index) => (index < RIGHTS_READ_MAX - 1 ? LEVEL : LOT))
  const stay = { ...stayIn(LEVEL, from, [first]), rights: passesOf(places, minutesLater(from, 9_999)) }
  expect(priceAt(stay, parking, minutesLater(from, 200))).toMatchObject({ ok: true, total: vnd(0) })
})

test('a stay costs the same cut at any instants by going from one place into another with the same rates', () => {
  fc.assert(
    fc.property(
      someTariffs,
      fc.constantFrom(HANOI, BERLIN, NEW_YORK, LORD_HOWE),
      fc.nat(9 * 24 * 60),
      fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 6 }),
      (tariffs, zone, startMinute, waits) => {
        const parking = parkingOf(tariffs, [], zone)
        const from = minutesLater(instantOf(zone, FIRST_DAY, 0), startMinute)
        let [place, reached, written]: [PlaceId, Instant, readonly Segment[]] = [LOT, from, []]
        for (const wait of waits) {
          const until = minutesLater(reached, wait)
          const cut = priceAt(stayIn(place, from, written), parking, until)
          const whole = priceAt(stayIn(LOT, from, []), parking, until)
          if (!cut.ok || !whole.ok) throw new Error('not priced')
          expect(cut.total).toEqual(whole.total)
          const part = { session: SESSION, index: written.length, place, from: reached, until }
          written = [...written, { ...part, tariff: null, right: null, amount: vnd(0) }]
          reached = until
          place = place === LOT ? LEVEL : LOT
        }
      },
    ),
    { numRuns: 300, seed: 13 },
  )
})

/** The same prices on every day and at every time, and no first block of its own: all units of it are alike but for the steps of its hours. */
function evenly(one: Tariff): Tariff {
  const [table] = one.rateTables
  const line = table?.rateLines[0]
  if (table === undefined || line === undefined) throw new Error('no rates')
  const { rate } = line
  const even: Rate =
    rate.kind === 'per-block'
      ? { ...rate, first: null }
      : rate.kind === 'per-visit'
        ? { ...rate, night: rate.day, dayAndNight: rate.day }
        : rate
  return {
    ...one,
    rounding: { to: 1, mode: 'up' },
    specialDays: [],
    rateTables: [{ ...table, capPerDay: null, rateLines: [{ band: 'any', rate: even }] }],
  }
}

function scaled(one: Tariff, factor: number): Tariff {
  const price = (amount: number): number => amount * factor
  const rateTables = one.rateTables.map(({ rateLines, capPerStay, ...table }) => ({
    ...table,
    capPerStay: capPerStay === null ? null : price(capPerStay),
    rateLines: rateLines.map(({ band, rate }) => ({ band, rate: scaledRate(rate, price) })) as [RateLine],
  }))
  return { ...one, rateTables }
}

function scaledRate(rate: Rate, price: (amount: number) => number): Rate {
  switch (rate.kind) {
    case 'per-visit':
      return { ...rate, day: price(rate.day), night: price(rate.night), dayAndNight: price(rate.dayAndNight) }
    case 'per-hour':
      return { ...rate, steps: rate.steps.map((step) => ({ ...step, price: price(step.price) })) }
    case 'per-block':
      return { ...rate, price: price(rate.price) }
    case 'flat':
      return { ...rate, price: price(rate.price) }
  }
}
