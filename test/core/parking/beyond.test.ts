import { describe, expect, test } from 'vitest'
import type { RightId } from '../../../core/ids.ts'
import { HOUR_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import { NOON, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  chargeOf,
  correct,
  credit,
  newest,
  PLATE,
  put,
  refund,
  said,
  ticketInside,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'
import { holds } from './stays-hold.ts'
import { BIKE, CAR, TWO_PRICES } from './tariff-kit.ts'

const GIVE_BACK = 'live:give-back:market-1'
const AS_BIKE = { kind: 'class', vehicleClass: BIKE } as const

/** Taken for a car, it has paid as one: 50.000 where a motorbike pays 5.000. */
function paidAsCar(p: Park, pay: typeof cash = cash) {
  const id = ticketInside(p)
  p.wait(90 * MINUTE_MS)
  const { charge, due } = asked(p.take({ kind: 'session-quoted', session: id }))
  pay(p, charge, due.amount)
  return { id, charge }
}

function toExitBy(p: Park, id: ReturnType<typeof newest>) {
  p.arrive(CAR_OUT)
  return p.choose(CAR_OUT, id)
}

function leave(p: Park): void {
  p.arrive(CAR_OUT)
  expect(told(p.choose(CAR_OUT, newest(p)))).toContain('open')
  p.drive(CAR_OUT)
}

describe('what a class that is put right makes too much of what was paid', () => {
  test('is to be given back at once, by an operator without a cap, and is a case until it is', () => {
    const p = park({ tariffs: TWO_PRICES, policy: { refundMax: 0 } })
    const { id, charge } = paidAsCar(p)
    expect(p.cases()).toEqual([])
    correct(p, id, AS_BIKE)
    expect(p.cases()).toEqual(['overpaid'])
    expect(said(refund(p, charge, 45_001)), 'no more than what is too much').toBe('refund-too-high')
    expect(said(refund(p, charge, 40_000))).toBe('refunded')
    expect([p.cases(), p.charge(charge)]).toEqual([
      ['overpaid'],
      expect.objectContaining({ paid: 10_000, overpaid: 0 }),
    ])
    expect(said(refund(p, charge, 5_000))).toBe('refunded')
    expect([p.cases(), p.balance(GIVE_BACK), p.balance('live:cash:market-1')]).toEqual([[], 0, 5_000])
    leave(p)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', overpaid: 0, refunded: 0 })
    expect([p.cases(), said(refund(p, charge, 1))]).toEqual([[], 'refund-too-high'])
    holds(p)
  })

  test('is given back by an attendant up to the cap in all while it is inside, however often its class is put right, and whole once it has left', () => {
    const p = park({ tariffs: TWO_PRICES, policy: { refundMax: 30_000 }, role: 'attendant' })
    const { id, charge } = paidAsCar(p)
    correct(p, id, AS_BIKE)
    expect(said(refund(p, charge, 30_001))).toBe('refund-while-inside')
    expect(said(refund(p, charge, 20_000))).toBe('refunded')
    expect(said(refund(p, charge, 10_001))).toBe('refund-while-inside')
    correct(p, id, { kind: 'class', vehicleClass: CAR })
    const again = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, again.due.amount)
    correct(p, id, AS_BIKE)
    expect(said(refund(p, charge, 10_001)), 'what was given back before counts').toBe('refund-while-inside')
    expect(said(refund(p, charge, 10_000))).toBe('refunded')
    expect(said(refund(p, charge, 1))).toBe('refund-while-inside')
    expect(p.cases()).toEqual(['overpaid'])
    leave(p)
    expect(p.charge(charge)).toMatchObject({ paid: 50_000, relief: 45_000, overpaid: 35_000 })
    expect([said(refund(p, charge, 35_000)), p.cases(), p.balance(GIVE_BACK)]).toEqual(['refunded', [], 0])
    holds(p)
  })

  test.each(['ended by hand', 'handed in as left'] as const)(
    'holds an attendant to that cap where it was %s: no loop has shown it through',
    (how) => {
      const p = park({ tariffs: TWO_PRICES, policy: { refundMax: 10_000 }, role: 'attendant' })
      const { id, charge } = paidAsCar(p)
      correct(p, id, AS_BIKE)
      const evidence = {
        kind: 'late-evidence',
        lane: CAR_OUT,
        what: 'let-out',
        saidAt: p.now().at,
        handedInAt: p.now().at,
        ticket: p.ticketOf(id),
        plate: null,
        vehicleClass: null,
        cash: null,
        reason: 'the box was dead',
      } as const
      if (how === 'ended by hand') correct(p, id, { kind: 'close' })
      else p.take(evidence)
      expect(p.session(id).status).toBe(how === 'ended by hand' ? 'closed' : 'left')
      expect(said(refund(p, charge, 10_001))).toBe('refund-while-inside')
      expect(said(refund(p, charge, 10_000))).toBe('refunded')
      expect(said(refund(p, charge, 1))).toBe('refund-while-inside')
      holds(p)
    },
  )

  test('is apart from what was paid beyond what was asked: that has no cap, whoever gives it back', () => {
    const p = park({ tariffs: TWO_PRICES, policy: { refundMax: 0 }, role: 'attendant' })
    const { id, charge } = paidAsCar(p, credit)
    credit(p, charge, 1_000)
    correct(p, id, AS_BIKE)
    expect(said(refund(p, charge, 1_001))).toBe('refund-while-inside')
    expect(said(refund(p, charge, 1_000))).toBe('refunded')
    expect(p.cases(), 'what it has paid as a car is too much still').toEqual(['overpaid'])
  })

  test('is overpaid from when it leaves, where nobody has asked for it before', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p)
    correct(p, id, AS_BIKE)
    leave(p)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', overpaid: 45_000, relief: 45_000 })
    expect([p.cases(), p.balance(GIVE_BACK)]).toEqual([['overpaid'], -45_000])
    expect([p.balance('live:correction:market-1'), p.balance('live:validation:market-1')]).toEqual([45_000, 0])
    expect(said(refund(p, charge, 45_000))).toBe('refunded')
    expect([p.cases(), p.balance(GIVE_BACK)]).toEqual([[], 0])
    holds(p)
  })

  test('counts towards what it costs while it stays, and what it has used up is nobody’s case', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p)
    correct(p, id, AS_BIKE)
    p.wait(20 * HOUR_MS)
    expect(p.take({ kind: 'session-quoted', session: id }).outcome).toMatchObject({ kind: 'nothing-due' })
    expect(said(refund(p, charge, 38_001)), 'day and night by now').toBe('refund-too-high')
    correct(p, id, { kind: 'class', vehicleClass: CAR })
    expect(p.cases(), 'it was a car all the time').toEqual([])
    expect(said(refund(p, charge, 1))).toBe('refund-too-high')
  })

  test('is asked again of who has got it back and stays longer', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p)
    correct(p, id, AS_BIKE)
    refund(p, charge, 45_000)
    p.wait(20 * HOUR_MS)
    expect(asked(p.take({ kind: 'session-quoted', session: id })).due).toEqual(vnd(7_000))
    holds(p)
  })

  test('is no case any more when it leaves with it used up', () => {
    const p = park({ tariffs: TWO_PRICES })
    const id = ticketInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 6_000)
    correct(p, id, AS_BIKE)
    expect(p.cases()).toEqual(['overpaid'])
    p.wait(20 * HOUR_MS)
    const more = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, more.due.amount)
    leave(p)
    expect([p.cases(), p.charge(charge)?.overpaid]).toEqual([[], 0])
    holds(p)
  })

  test('is found by the camera at the exit as well', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    const id = carInside(p)
    expect(p.cases()).toEqual(['class-unclear'])
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 25_000)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE, 950, null, { vehicle: 'motorbike' })
    p.drive(CAR_OUT)
    expect([p.charge(charge), p.cases()]).toEqual([
      expect.objectContaining({ status: 'paid', overpaid: 20_000 }),
      ['overpaid'],
    ])
    holds(p)
  })

  test('is overpaid at once at a lane without an arm, with one case', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { barrier: 'none' } })
    p.see(CAR_IN, PLATE)
    const id = newest(p)
    p.wait(90 * MINUTE_MS)
    p.arrive(CAR_OUT)
    const { charge } = asked(p.see(CAR_OUT, PLATE))
    cash(p, charge, 20_000)
    correct(p, id, AS_BIKE)
    expect([p.session(id).status, p.charge(charge), p.cases()]).toEqual([
      'left',
      expect.objectContaining({ status: 'paid', overpaid: 15_000 }),
      ['overpaid'],
    ])
    holds(p)
  })

  test('waits where nobody can say what it costs', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p)
    correct(p, id, AS_BIKE)
    p.setTariffs(null)
    expect(said(refund(p, charge, 1))).toBe('refund-too-high')
    correct(p, id, { kind: 'close' })
    expect(p.cases()).toEqual(['overpaid', 'not-reckoned'])
  })

  test('is of one case with what was paid twice, and both go back', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p, credit)
    credit(p, charge, 1_000)
    correct(p, id, AS_BIKE)
    correct(p, id, { kind: 'class', vehicleClass: CAR })
    expect(p.cases()).toEqual(['overpaid'])
    correct(p, id, AS_BIKE)
    expect(said(refund(p, charge, 46_001))).toBe('refund-too-high')
    expect([said(refund(p, charge, 46_000)), p.cases(), p.balance(GIVE_BACK)]).toEqual(['refunded', [], 0])
    holds(p)
  })

  test('is nobody’s to say of a stay that waits to be reckoned', () => {
    const p = park({ tariffs: null })
    const id = ticketInside(p)
    const reason = 'nobody knows the price'
    p.take({ kind: 'cash-without-price', session: id, amount: vnd(50_000), tender: 'cash', reason })
    p.setTariffs(TWO_PRICES)
    correct(p, id, AS_BIKE)
    expect(p.cases()).not.toContain('overpaid')
    expect(said(refund(p, chargeOf(p, id), 1))).toBe('refund-too-high')
  })

  test('is taken off with the transfer that was another’s', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p, credit)
    correct(p, id, AS_BIKE)
    leave(p)
    const other = ticketInside(p)
    p.wait(3 * HOUR_MS)
    const right = asked(p.take({ kind: 'session-quoted', session: other })).charge
    const moved = p.take({ kind: 'credit-moved', reference: 'FT1', charge: right, reason: 'read wrong' })
    expect(said(moved)).toBe('credited')
    expect(p.charge(charge)).toMatchObject({ status: 'owed', overpaid: 0, paid: 45_000, relief: 45_000 })
    expect(p.charge(right)).toMatchObject({ paid: 50_000 })
    expect([p.cases(), p.balance(GIVE_BACK)]).toEqual([['left-unpaid'], 0])
    holds(p)
  })

  test('is not moved with the transfer once it was given back', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id, charge } = paidAsCar(p, credit)
    correct(p, id, AS_BIKE)
    refund(p, charge, 45_000)
    leave(p)
    const other = ticketInside(p)
    const right = asked(p.take({ kind: 'session-quoted', session: other })).charge
    const moved = p.take({ kind: 'credit-moved', reference: 'FT1', charge: right, reason: 'read wrong' })
    expect(said(moved)).toBe('credit-not-movable')
  })
})

test('a right that comes after a part was paid gives back what it makes too much, and the merchant bears all of its own', () => {
  const p = park({ tariffs: TWO_PRICES })
  const id = ticketInside(p)
  p.wait(90 * MINUTE_MS)
  const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
  cash(p, charge, 40_000)
  put(p, 'v-1', [], {
    kind: 'validation',
    session: id,
    relief: { kind: 'amount', amount: vnd(30_000) },
    validUntil: instant(NOON + 24 * HOUR_MS),
  })
  expect(p.cases()).toEqual(['overpaid'])
  leave(p)
  expect(p.charge(charge)).toMatchObject({ status: 'paid', overpaid: 20_000, relief: 30_000 })
  holds(p)
})

test('what was asked by a class that is put right is let go by that, and only what a validation of the site took off by the validation', () => {
  const p = park({ tariffs: TWO_PRICES })
  const id = ticketInside(p)
  p.wait(90 * MINUTE_MS)
  expect(asked(p.take({ kind: 'session-quoted', session: id })).due).toEqual(vnd(50_000))
  correct(p, id, AS_BIKE)
  put(p, 'v-1', [], {
    kind: 'validation',
    session: id,
    relief: { kind: 'amount', amount: vnd(2_000) },
    validUntil: instant(NOON + 24 * HOUR_MS),
  })
  const { charge, due } = asked(toExitBy(p, newest(p)))
  expect(due).toEqual(vnd(3_000))
  cash(p, charge, 3_000)
  p.drive(CAR_OUT)
  expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000, relief: 47_000, overpaid: 0 })
  expect([p.balance('live:correction:market-1'), p.balance('live:validation:market-1')]).toEqual([45_000, 2_000])
  holds(p)
})

test('a stay that has a right and is paid ends by a clock that nobody trusts and without a tariff: nothing is let go', () => {
  const p = park({ tariffs: TWO_PRICES })
  const { id, charge } = paidAsCar(p)
  put(p, 'v-1', [], {
    kind: 'validation',
    session: id,
    relief: { kind: 'amount', amount: vnd(2_000) },
    validUntil: instant(NOON + 24 * HOUR_MS),
  })
  p.setTariffs(null)
  p.setTrust({ state: 'unknown' })
  correct(p, id, { kind: 'close' })
  expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000, relief: 0 })
  holds(p)
})

test('what a stay that staff end has paid too much is overpaid as well', () => {
  const p = park({ tariffs: TWO_PRICES })
  const { id, charge } = paidAsCar(p)
  correct(p, id, AS_BIKE)
  correct(p, id, { kind: 'close' })
  expect([p.charge(charge)?.overpaid, p.cases()]).toEqual([45_000, ['overpaid']])
  holds(p)
})

describe('what a validation that is ended or taken up again makes too much of what was paid', () => {
  const move = (p: Park, status: 'active' | 'suspended' | 'ended') =>
    said(p.take({ kind: 'right-status', right: 'v' as RightId, status, reason: 'mistake' }))
  const given = () => {
    const p = park()
    const id = carInside(p)
    p.wait(5 * HOUR_MS)
    const { charge, due } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, due.amount)
    const validFrom = p.session(id).entry.at
    put(p, 'v', [], { kind: 'validation', session: id, validFrom, relief: { kind: 'amount', amount: vnd(100_000) } })
    expect(p.cases()).toEqual(['overpaid'])
    return { p, id }
  }

  test('is no case any more once it is ended as a mistake, and the grace of what was paid is kept', () => {
    const { p } = given()
    expect(move(p, 'ended')).toBe('noted')
    expect(p.cases()).toEqual([])
    p.wait(5 * MINUTE_MS)
    p.setTariffs(null)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('let-through')
  })

  test('is a case again once it is taken up again', () => {
    const { p } = given()
    expect(move(p, 'suspended')).toBe('noted')
    expect(p.cases()).toEqual([])
    expect(move(p, 'active')).toBe('noted')
    expect(p.cases()).toEqual(['overpaid'])
  })

  test.each([
    ['no tariff is in force', (p: Park) => p.setTariffs(null)],
    ['the clock is not trusted', (p: Park) => p.setTrust({ state: 'unknown' })],
  ])('stays a case while nobody can say what the stay costs: %s', (_why, unsure) => {
    const { p } = given()
    unsure(p)
    expect(move(p, 'suspended')).toBe('noted')
    expect(p.cases()).toEqual(['overpaid'])
  })

  test('stays a case while no tariff is in force, whatever else is given or put right, and it waits at the exit for staff', () => {
    const { p, id } = given()
    p.setTariffs(null)
    put(p, 'w', [], {
      kind: 'validation',
      session: id,
      validFrom: p.session(id).entry.at,
      relief: { kind: 'amount', amount: vnd(10_000) },
    })
    expect(p.cases()).toEqual(['overpaid'])
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('no-tariff')
    correct(p, id, AS_BIKE)
    expect(p.cases()).toContain('overpaid')
  })

  test('stays a case when it leaves by a clock that nobody trusts: what it costs is what was asked then, and no price', () => {
    const p = park({ tariffs: TWO_PRICES })
    const { id } = paidAsCar(p)
    correct(p, id, AS_BIKE)
    p.setTrust({ state: 'unknown' })
    leave(p)
    expect([p.session(id).status, p.cases()]).toEqual(['left', ['overpaid']])
  })

  test('is what it was where nothing is moved, or the stay is over', () => {
    const { p } = given()
    p.setTariffs(null)
    p.wait(MINUTE_MS)
    expect([move(p, 'active'), p.cases()]).toEqual(['noted', ['overpaid']])
    const ended = given().p
    const [known] = ended.casesNow()
    if (known === undefined) throw new Error('no case')
    ended.take({ kind: 'case-ended', case: known.id, reason: 'left as it is' })
    expect(ended.cases()).toEqual([])
    expect([move(ended, 'active'), ended.cases()]).toEqual(['noted', []])
    const gone = given()
    leave(gone.p)
    const before = gone.p.cases()
    expect([move(gone.p, 'ended'), gone.p.cases()]).toEqual(['noted', before])
  })
})
