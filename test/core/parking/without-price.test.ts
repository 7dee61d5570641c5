import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { CaseId, SessionId } from '../../../core/ids.ts'
import { merchantId } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import { KEYED_AMOUNT_MAX, money } from '../../../core/money.ts'
import type { StaffCaseKind } from '../../../core/parking/session.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  chargeOf,
  correct,
  newest,
  overrideNow,
  PLATE,
  put,
  refund,
  refundAll,
  rightOf,
  said,
  ticketInside,
  toExit,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, park } from './park.ts'
import { BIKE, CAR, charging, PER_HOUR } from './tariff-kit.ts'

const TARIFFS = [charging(PER_HOUR, { vehicleClasses: [CAR, BIKE] })]

const take = (p: Park, session: SessionId, amount: Money, reason = 'no tariff, taken by hand'): Decision =>
  p.take({ kind: 'cash-without-price', session, tender: 'cash', amount, reason })

const reckon = (p: Park, session: SessionId, due: Money | null = null, reason = 'the tariff is there'): Decision =>
  p.take({ kind: 'stay-reckoned', session, due, reason })

const openCases = (p: Park): readonly StaffCaseKind[] => p.cases()

const charged = (p: Park, session: SessionId) => p.charges().find(({ charge }) => charge.id === chargeOf(p, session))

/** A car inside for an hour, of which nobody can say what it costs. */
function unpriced(p: Park): SessionId {
  const session = carInside(p)
  p.wait(50 * MINUTE_MS)
  p.setTariffs(null)
  return session
}

/** Staff let it out by hand, and the loops show it through. */
function letOut(p: Park): void {
  expect(said(toExit(p))).toBe('no-tariff')
  expect(said(p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'no tariff' }))).toBe('noted')
  p.drive(CAR_OUT)
}

test('cash is taken so for nothing that a lane asks: paid there, it lets the vehicle out, also by a clock that nobody trusts', () => {
  const p = park()
  const session = carInside(p)
  p.wait(50 * MINUTE_MS)
  const { charge, due } = asked(toExit(p))
  p.setTrust(STEPPED)
  p.wait(2 * HOUR_MS)
  p.due('quote-lapses')
  expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ charge, due })
  expect([said(take(p, session, due)), openCases(p)]).toEqual(['asked-at-lane', []])
  expect(told(cash(p, charge, due.amount))).toContain('open')
  p.drive(CAR_OUT)
  expect(charged(p, session)).toMatchObject({ status: 'paid', paid: due.amount, overpaid: 0 })
})

test('at a lane without an arm there is nothing to open by hand: what was taken is booked, and the stay is ended and waits to be reckoned', () => {
  const p = park()
  p.see(BIKE_IN, PLATE)
  const session = newest(p)
  p.wait(50 * MINUTE_MS)
  p.setTariffs(null)
  expect(said(p.see(BIKE_OUT, PLATE))).toBe('no-tariff')
  expect(said(p.take({ kind: 'open-by-hand', lane: BIKE_OUT, reason: 'no tariff' }))).toBe('lane-without-arm')
  expect(said(take(p, session, vnd(10_000)))).toBe('credited')
  expect(said(correct(p, session, { kind: 'close' }))).toBe('noted')
  expect([p.session(session).status, openCases(p)]).toEqual(['closed', expect.arrayContaining(['not-reckoned'])])
  p.setTariffs(TARIFFS)
  expect(asked(reckon(p, session)).due).toEqual(vnd(15_000))
})

describe('a stay that nobody can price, and that staff let out by hand', () => {
  test('waits: its cash is booked as it was taken, it is reckoned when there is a tariff again, and nobody is asked twice', () => {
    const p = park()
    const session = unpriced(p)
    expect(said(take(p, session, vnd(10_000)))).toBe('credited')
    letOut(p)
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 10_000 })
    expect(openCases(p)).toContain('not-reckoned')
    expect(said(reckon(p, session)), 'still no tariff').toBe('no-tariff')
    p.wait(DAY_MS)
    p.setTariffs(TARIFFS)
    const { due } = asked(reckon(p, session))
    expect(due, 'for the time until it left').toEqual(vnd(15_000))
    expect(charged(p, session)).toMatchObject({ status: 'owed', paid: 10_000, charge: { due: vnd(25_000) } })
    expect(openCases(p)).toEqual(['left-unpaid'])
    expect(said(reckon(p, session))).toBe('nothing-to-reckon')
    expect(said(take(p, session, vnd(1_000)))).toBe('stay-over')
    expect(said(cash(p, chargeOf(p, session), 15_000))).toBe('credited')
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 25_000 })
    expect(openCases(p)).toEqual([])
  })

  test('pays with cash without a price what was asked before it left, and the case of that ends', () => {
    const p = park()
    const session = carInside(p)
    expect(asked(p.take({ kind: 'session-quoted', session })).due).toEqual(vnd(25_000))
    p.setTariffs(null)
    letOut(p)
    expect([charged(p, session)?.status, openCases(p)]).toEqual([
      'owed',
      expect.arrayContaining(['left-unpaid', 'not-reckoned']),
    ])
    expect(said(take(p, session, vnd(30_000)))).toBe('credited')
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 30_000 })
    expect(openCases(p)).not.toContain('left-unpaid')
    expect(openCases(p)).toContain('not-reckoned')
  })

  test('waits also where nothing was taken: it owes all of it, and never 0', () => {
    const p = park()
    const session = unpriced(p)
    letOut(p)
    expect(p.stay(session)?.session.charge).toBeNull()
    expect(openCases(p)).toContain('not-reckoned')
    p.setTariffs(TARIFFS)
    expect(asked(reckon(p, session)).due).toEqual(vnd(25_000))
    expect(charged(p, session)).toMatchObject({ status: 'owed' })
  })

  test('has its cash booked also after it has left', () => {
    const p = park()
    const session = unpriced(p)
    letOut(p)
    expect(said(take(p, session, vnd(20_000)))).toBe('credited')
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 20_000 })
    expect(said(take(p, session, vnd(2_000))), 'and more of it').toBe('credited')
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 22_000 })
    p.setTariffs(TARIFFS)
    expect(asked(reckon(p, session)).due).toEqual(vnd(3_000))
  })

  test('that had been asked before owes that first; cash pays it, and what is beyond was taken by hand', () => {
    const p = park()
    const session = carInside(p)
    p.wait(50 * MINUTE_MS)
    expect(said(p.take({ kind: 'session-quoted', session }))).toBe('amount-asked')
    p.wait(HOUR_MS)
    p.setTariffs(null)
    letOut(p)
    expect(charged(p, session)).toMatchObject({ status: 'owed', charge: { due: vnd(25_000) } })
    expect(take(p, session, vnd(5_000)).outcome).toMatchObject({ rest: vnd(20_000) })
    expect(charged(p, session)).toMatchObject({ status: 'owed', paid: 5_000 })
    expect(take(p, session, vnd(30_000)).outcome).toMatchObject({ rest: vnd(0) })
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 35_000 })
    p.setTariffs(TARIFFS)
    expect(asked(reckon(p, session)).due, 'two hours, less what was taken').toEqual(vnd(15_000))
  })

  test('that owed before owes the more with it', () => {
    const p = park()
    const session = carInside(p)
    p.wait(50 * MINUTE_MS)
    p.take({ kind: 'session-quoted', session })
    p.wait(HOUR_MS)
    p.setTariffs(null)
    letOut(p)
    p.setTariffs(TARIFFS)
    expect(asked(reckon(p, session)).due).toEqual(vnd(50_000))
  })

  test('cost less than was taken: that stands, and is given back by hand', () => {
    const p = park()
    const session = unpriced(p)
    take(p, session, vnd(40_000))
    letOut(p)
    expect(said(refund(p, chargeOf(p, session), 15_000)), 'too much for what, nobody knows yet').toBe('refund-too-high')
    p.setTariffs(TARIFFS)
    expect(said(reckon(p, session))).toBe('nothing-due')
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 40_000 })
    expect(openCases(p)).toEqual([])
    expect(said(refundAll(p, chargeOf(p, session), 15_000))).toBe('refunded')
  })

  test('is free after all where a pass covers it: no charge is made of 0', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const session = unpriced(p)
    letOut(p)
    p.setTariffs(TARIFFS)
    expect(said(reckon(p, session))).toBe('nothing-due')
    expect(p.charges()).toEqual([])
    expect(openCases(p)).toEqual([])
  })

  test.each([
    ['nothing but the merchant’s part', 1_000, 25_000, 'nothing-due', 'paid', 0],
    ['the driver’s part too', 1_000, 10_000, 'amount-asked', 'owed', 15_000],
    ['what was taken by hand first', 20_000, 10_000, 'nothing-due', 'paid', 0],
  ] as const)('is borne by the merchant that validated it: %s', (_what, taken, amount, outcome, status, left) => {
    const bakery = { merchant: merchantId('bakery'), minutesMax: 60, amountMax: 50_000, basisPointsMax: 0, dayMax: 2 }
    const p = park({ policy: { validations: [bakery] } })
    const session = carInside(p)
    const right = rightOf('sale-1', {
      kind: 'validation',
      session,
      relief: { kind: 'amount', amount: vnd(amount) },
      hours: [],
    })
    expect(said(p.take({ kind: 'right-put', right, plates: [], isNew: true, merchant: bakery.merchant }))).toBe('noted')
    p.wait(50 * MINUTE_MS)
    p.setTariffs(null)
    letOut(p)
    if (taken > 1_000) take(p, session, vnd(taken))
    p.setTariffs(TARIFFS)
    p.setTrust(STEPPED)
    expect(said(reckon(p, session)), 'by a clock that nobody trusts').toBe('clock-not-trusted')
    p.setTrust(SYNCED)
    expect(said(reckon(p, session))).toBe(outcome)
    const charge = charged(p, session)
    expect(charge).toMatchObject({ status, charge: { due: vnd(25_000) } })
    expect((charge?.charge.due.amount ?? 0) - (charge?.paid ?? 0)).toBe(left)
    expect(p.borne.get(right.id) ?? 0).toBe(Math.min(amount, 25_000 - (taken > 1_000 ? taken : 0)))
  })

  test('ends in no other way: not by hand, and not as that of no stay that waits', () => {
    const p = park()
    const session = unpriced(p)
    expect(said(reckon(p, session)), 'inside').toBe('nothing-to-reckon')
    letOut(p)
    const waiting = p.casesNow().find(({ kind }) => kind === 'not-reckoned')
    expect(said(p.take({ kind: 'case-ended', case: waiting?.id as CaseId, reason: 'bored' }))).toBe('reckoning-waits')
    expect(said(reckon(p, 'box-1:1:9999:s0' as SessionId, vnd(1)))).toBe('stay-not-found')
    expect(said(reckon(p, session, vnd(1), ' '))).toBe('reason-missing')
    expect(said(reckon(p, session, money(1, 'USD' as Money['currency'])))).toBe('token-currency')
    expect(said(reckon(p, session, vnd(KEYED_AMOUNT_MAX + 1)))).toBe('amount-invalid')
    expect(asked(reckon(p, session, vnd(KEYED_AMOUNT_MAX))).due).toEqual(vnd(KEYED_AMOUNT_MAX))
  })

  test('that a supervisor’s signature let go is let go', () => {
    const p = park()
    unpriced(p)
    toExit(p)
    p.show(CAR_OUT, overrideNow(p, 'o-1'))
    p.drive(CAR_OUT)
    expect(openCases(p)).not.toContain('not-reckoned')
  })
})

describe('cash without a price', () => {
  test('is taken for nothing else', () => {
    const p = park()
    const session = carInside(p)
    expect(said(take(p, session, vnd(10_000)))).toBe('price-known')
    p.setTariffs(null)
    expect(said(take(p, 'box-1:1:9999:s0' as SessionId, vnd(1)))).toBe('stay-not-found')
    expect(said(take(p, session, vnd(1), ''))).toBe('reason-missing')
    expect(said(take(p, session, money(1, 'USD' as Money['currency'])))).toBe('token-currency')
    expect(said(take(p, session, vnd(0)))).toBe('amount-zero')
    expect(said(take(p, session, vnd(KEYED_AMOUNT_MAX + 1)))).toBe('amount-invalid')
    expect(said(take(p, session, vnd(2_000_001))), 'a slip would be the price').toBe('cash-too-high')
    expect(said(take(p, session, vnd(2_000_000)))).toBe('credited')
  })

  test('counts when the tariff is there again before it leaves: the rest is asked, and nothing waits any more', () => {
    const p = park()
    const session = unpriced(p)
    take(p, session, vnd(10_000))
    take(p, session, vnd(5_000))
    p.setTariffs(TARIFFS)
    const rest = asked(toExit(p))
    expect(rest.due).toEqual(vnd(10_000))
    cash(p, rest.charge, 10_000)
    p.drive(CAR_OUT)
    expect(openCases(p)).not.toContain('not-reckoned')
    expect(charged(p, session)).toMatchObject({ status: 'paid', paid: 25_000 })
  })

  test('by a clock that nobody trusts lets it out as paid, and somebody says later what it cost', () => {
    const p = park()
    const session = carInside(p)
    p.wait(50 * MINUTE_MS)
    p.setTrust(STEPPED)
    expect(said(toExit(p))).toBe('clock-not-trusted')
    expect(said(take(p, session, vnd(20_000)))).toBe('credited')
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'paid by hand' })
    p.drive(CAR_OUT)
    p.setTrust(SYNCED)
    expect(openCases(p)).toContain('not-reckoned')
    expect(said(reckon(p, session)), 'nobody knows when it left').toBe('stay-time-unclear')
    expect(asked(reckon(p, session, vnd(25_000))).due).toEqual(vnd(5_000))
  })

  test('a stay that is closed by hand waits too', () => {
    const p = park()
    const session = ticketInside(p)
    p.wait(HOUR_MS)
    p.setTrust(STEPPED)
    correct(p, session, { kind: 'close' })
    p.setTrust(SYNCED)
    expect(openCases(p)).toContain('not-reckoned')
    expect(said(reckon(p, newest(p))), 'by that clock').toBe('stay-time-unclear')
    expect(said(reckon(p, session, vnd(0), 'nobody was there'))).toBe('nothing-due')
  })
})
