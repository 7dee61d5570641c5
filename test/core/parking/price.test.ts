import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlaceId, SessionId } from '../../../core/ids.ts'
import type { ParkingCommon, StayFacts } from '../../../core/parking/facts.ts'
import { priceAt } from '../../../core/parking/price.ts'
import type { Segment } from '../../../core/parking/session.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import type { ZoneRules } from '../../../core/parking/zone-time.ts'
import { instantOf } from '../../../core/parking/zone-time.ts'
import type { Instant } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { CAR_IN, PARKING_LAYOUT, PARKING_POLICY } from './park.ts'
import { bookOf, CAR, FIRST_DAY, LEVEL, LOT, minutesLater, someTariffs } from './tariff-kit.ts'
import { BERLIN, HANOI, LORD_HOWE, NEW_YORK } from './zones.ts'

const SESSION = 'box-1:1:1:s0' as SessionId

/** Two places with rates of their own: what is dear in one is cheap in the other, over versions, special days, caps and bands. */
function parkingOf(outer: readonly Tariff[], inner: readonly Tariff[], zone: ZoneRules): ParkingCommon {
  const ofLevel = inner.map((each): Tariff => ({ ...each, id: tariffId('inner'), places: [LEVEL] }))
  const book = bookOf(...outer, ...ofLevel)
  const tariffs = { version: { epoch: 1, n: 1 }, book, zone }
  return { layout: PARKING_LAYOUT, policy: PARKING_POLICY, tariffs, occupancy: [] }
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
