import { describe, expect, test } from 'vitest'
import type { ChargeId } from '../../../core/ids.ts'
import { SHOWN_PAYS_FOR_MS } from '../../../core/parking/asking.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { asked, carInside, cash, correct, credit, newest, PLATE, toExit, told } from './driver.ts'
import type { Park, ParkSettings } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, GATE, PARKING_POLICY, park } from './park.ts'
import { holds } from './stays-hold.ts'
import { BIKE, charging, PER_HOUR, TWO_PRICES } from './tariff-kit.ts'

const BY_THE_MINUTE = charging({ kind: 'per-block', minutes: 1, price: 1_000, first: null })
const HOLD_MS = PARKING_POLICY.quoteHoldMs

/** A car that was shown 25.000 two minutes before its second hour, has paid it at once by its bank, and is asked 50.000 while the bank is silent. */
function askedAnew(settings: ParkSettings = {}): { readonly p: Park; readonly charge: ChargeId } {
  const p = park(settings)
  carInside(p)
  p.wait(58 * MINUTE_MS)
  const { charge, due } = asked(toExit(p))
  expect(due).toEqual(vnd(25_000))
  p.wait(HOLD_MS)
  expect(p.due('quote-lapses').map((each) => asked(each).due)).toEqual([vnd(50_000)])
  return { p, charge }
}

describe('a transfer of exactly what the lane showed before what it shows now', () => {
  test.each([15, 0])(
    'pays the stay as it was shown, and opens, by a tariff with a grace of %i minutes: what was asked meanwhile is let go',
    (graceMinutes) => {
      const { p, charge } = askedAnew({ tariffs: [{ ...charging(PER_HOUR), graceMinutes }] })
      p.wait(MINUTE_MS)
      const late = credit(p, charge, 25_000)
      expect(late.outcome).toMatchObject({ amount: vnd(25_000), rest: vnd(0), overpaid: vnd(0) })
      expect(told(late)).toEqual(['open', 'goodbye'])
      expect(p.credits.get('FT1')?.parts, 'of the bank’s money').toEqual([{ charge, amount: 25_000 }])
      expect([p.balance('live:bank-transfer:market-1'), p.balance('live:correction:market-1')]).toEqual([
        25_000, 25_000,
      ])
      holds(p)
      p.drive(CAR_OUT)
      expect([p.charge(charge)?.status, p.cases(), p.session(newest(p)).status]).toEqual(['paid', [], 'left'])
      holds(p)
    },
  )

  test('does so also before the end of the hold has been met', () => {
    const p = park()
    carInside(p)
    p.wait(58 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    p.wait(HOLD_MS + SECOND_MS)
    expect(told(credit(p, charge, 25_000))).toContain('open')
    holds(p)
  })

  test.each([
    ['until', -1, 0],
    ['and not at', 0, 25_000],
  ])('%s the end of so long after its hold, counted in milliseconds %i', (_what, more, rest) => {
    const { p, charge } = askedAnew()
    p.wait(SHOWN_PAYS_FOR_MS + more)
    p.due('quote-lapses')
    expect(credit(p, charge, 25_000).outcome).toMatchObject({ amount: vnd(25_000), rest: vnd(rest) })
    holds(p)
  })

  test('and the amount that was shown again and again since is no other', () => {
    const { p, charge } = askedAnew()
    p.wait(HOLD_MS)
    expect(p.due('quote-lapses').map((each) => asked(each).due)).toEqual([vnd(50_000)])
    p.wait(MINUTE_MS)
    expect(told(credit(p, charge, 25_000))).toContain('open')
  })

  test('is for the one before alone: of two before it is a part', () => {
    const p = park({ policy: { quoteHoldMs: MINUTE_MS }, tariffs: [BY_THE_MINUTE] })
    carInside(p)
    p.wait(90 * SECOND_MS)
    const { charge, due } = asked(toExit(p))
    p.wait(MINUTE_MS)
    const [second] = p.due('quote-lapses').map((each) => asked(each).due.amount)
    p.wait(MINUTE_MS)
    const [third] = p.due('quote-lapses').map((each) => asked(each).due.amount)
    expect([due.amount, second, third]).toEqual([1_000, 2_000, 3_000])
    expect(credit(p, charge, 1_000).outcome).toMatchObject({ amount: vnd(1_000), rest: vnd(2_000) })
    holds(p)
  })

  test.each([24_999, 25_001])('and %i is a part of what is asked now', (amount) => {
    const { p, charge } = askedAnew()
    expect(credit(p, charge, amount).outcome).toMatchObject({ amount: vnd(amount), rest: vnd(50_000 - amount) })
    holds(p)
  })

  test('is a part of what is asked now where it is cash, which is counted before the display', () => {
    const { p, charge } = askedAnew()
    expect(cash(p, charge, 25_000).outcome).toMatchObject({ amount: vnd(25_000), rest: vnd(25_000) })
  })

  test('is of a part, too, where a part was paid while it was shown', () => {
    const p = park()
    carInside(p)
    p.wait(58 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    credit(p, charge, 10_000)
    p.wait(HOLD_MS)
    expect(p.due('quote-lapses').map((each) => asked(each).due)).toEqual([vnd(40_000)])
    expect(told(credit(p, charge, 15_000))).toContain('open')
    holds(p)
  })

  test('pays it once: the same again for what was asked since is what it is', () => {
    const { p, charge } = askedAnew()
    expect(credit(p, charge, 20_000).outcome).toMatchObject({ rest: vnd(30_000) })
    expect(credit(p, charge, 25_000).outcome, 'a part has come since').toMatchObject({ rest: vnd(5_000) })
    holds(p)
  })

  test('is too much where all is paid by then', () => {
    const { p, charge } = askedAnew()
    credit(p, charge, 50_000)
    expect(credit(p, charge, 25_000).outcome).toMatchObject({ amount: vnd(0), overpaid: vnd(25_000) })
    holds(p)
  })

  test.each(['backed away', 'asked at another lane'])('is a part for a vehicle that has %s meanwhile', (what) => {
    const { p, charge } = askedAnew()
    p.reverse(CAR_OUT)
    p.wait(10 * SECOND_MS)
    if (what === 'asked at another lane') {
      p.arrive(GATE)
      p.see(GATE, PLATE)
    }
    expect(credit(p, charge, 25_000).outcome).toMatchObject({ amount: vnd(25_000), rest: vnd(25_000) })
    holds(p)
  })

  test('with what its plate owed pays both, and no debt that was not asked with it', () => {
    const p = park()
    carInside(p)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    carInside(p)
    p.wait(58 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    expect(due).toEqual(vnd(50_000))
    p.wait(HOLD_MS)
    expect(p.due('quote-lapses').map((each) => asked(each).due)).toEqual([vnd(75_000)])
    expect(told(credit(p, charge, 50_000))).toContain('open')
    expect([p.charge(debt)?.status, p.cases()]).toEqual(['paid', []])
    holds(p)
  })

  test('of a debt that was asked alone pays the debt, and the stay is asked what it costs by now', () => {
    const p = park({ tariffs: [charging(PER_HOUR, { freeMinutes: { minutes: 10, longerStays: 'pay-from-entry' } })] })
    carInside(p)
    p.wait(20 * MINUTE_MS)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    carInside(p)
    p.wait(8 * MINUTE_MS)
    expect(asked(toExit(p))).toMatchObject({ charge: debt, due: vnd(25_000) })
    p.wait(HOLD_MS)
    const late = credit(p, debt, 25_000)
    expect([late.outcome.ok, p.charge(debt)?.status]).toEqual([true, 'paid'])
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ charge: p.session(newest(p)).charge, due: vnd(25_000) })
    holds(p)
  })

  test('that a person says later is of the driver pays it as well, and one of staff passes on what they hold', () => {
    const { p, charge } = askedAnew()
    const reference = 'FT9'
    const text = 'no word of it'
    p.take({ kind: 'credit-by-text', reference, amount: vnd(25_000), text, toldAt: null })
    const moved = p.take({ kind: 'credit-moved', reference, charge, reason: 'the driver has shown it' })
    expect(told(moved)).toContain('open')
    const { p: q, charge: other } = askedAnew()
    q.take({ kind: 'credit-by-text', reference, amount: vnd(25_000), text, toldAt: null })
    const ofStaff = q.take({ kind: 'credit-moved', reference, charge: other, reason: 'is mine', sender: 'staff' })
    expect(ofStaff.outcome).toMatchObject({ amount: vnd(25_000), rest: vnd(25_000) })
    holds(q)
  })

  test('pays nothing of a charge that is owed by then, and nothing where staff hold cash of it', () => {
    const gone = askedAnew()
    gone.p.take({
      kind: 'late-evidence',
      what: 'let-out',
      lane: CAR_OUT,
      saidAt: gone.p.now().at,
      handedInAt: gone.p.now().at,
      ticket: null,
      plate: PLATE,
      vehicleClass: null,
      cash: null,
      reason: 'the power was off',
    })
    expect(gone.p.charge(gone.charge)?.status).toBe('owed')
    credit(gone.p, gone.charge, 25_000)
    expect([gone.p.charge(gone.charge)?.status, gone.p.balance('live:correction:market-1')]).toEqual(['owed', 0])
    holds(gone.p)
    const held = askedAnew()
    held.p.take({ kind: 'cash-taken', charge: held.charge, tender: 'cash-on-behalf', amount: vnd(12_500) })
    credit(held.p, held.charge, 12_500)
    expect(held.p.balance('live:correction:market-1')).toBe(0)
    holds(held.p)
  })

  test('and what was let go is not given back where the price falls after it', () => {
    const { p, charge } = askedAnew({ tariffs: TWO_PRICES, policy: { refundMax: 0 } })
    credit(p, charge, 25_000)
    expect(p.balance('live:correction:market-1')).toBe(25_000)
    correct(p, newest(p), { kind: 'class', vehicleClass: BIKE })
    const { paid = 0, overpaid = 0, due } = { ...p.charge(charge), due: p.charge(charge)?.charge.due.amount ?? 0 }
    p.drive(CAR_OUT)
    const after = p.charge(charge)
    expect({ paid, overpaid, due, over: after?.overpaid }).toMatchObject({ over: 20_000 })
    holds(p)
  })

  test('lets somebody on at a lane without an arm, whose stay ends by the same record', () => {
    const p = park()
    p.arrive(BIKE_IN)
    p.ticket(BIKE_IN)
    p.reverse(BIKE_IN)
    const id = newest(p)
    p.wait(58 * MINUTE_MS)
    p.arrive(BIKE_OUT)
    const { charge, due } = asked(p.show(BIKE_OUT, p.ticketOf(id)))
    p.wait(HOLD_MS)
    p.due('quote-lapses')
    expect(credit(p, charge, due.amount).outcome).toMatchObject({ rest: vnd(0), overpaid: vnd(0) })
    expect(p.session(id).status).toBe('left')
    holds(p)
  })
})
