import { describe, expect, test } from 'vitest'
import type { ChargeId } from '../../../core/ids.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  chargeOf,
  credit,
  OTHER,
  PLATE,
  refund,
  said,
  ticketInside,
  toExit,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { CAR_OUT, GATE, park } from './park.ts'
import { holds } from './stays-hold.ts'

const GIVE_BACK = 'live:give-back:market-1'
const DEBTS = 'live:debts:market-1'

/** It was here for an hour before, and owes 25.000 of that. */
function owes(p: Park, plate = PLATE): ChargeId {
  const id = carInside(p, plate)
  toExit(p, plate)
  p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money on him' })
  p.drive(CAR_OUT)
  return chargeOf(p, id)
}

/** It is here again, stands at the exit, and is asked 25.000 and its debts by one VietQR. */
function askedTogether(p: Park, count = 1) {
  const debts = Array.from({ length: count }, () => owes(p))
  carInside(p)
  const { charge, due } = asked(toExit(p))
  expect(due).toEqual(vnd(25_000 * (count + 1)))
  return { debts, charge }
}

const goesOnDebt = (p: Park): void => {
  p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'the bank is slow' })
  p.drive(CAR_OUT)
}

const isPaid = (p: Park, charges: readonly ChargeId[]) => charges.map((charge) => p.charge(charge)?.status)

describe('what was asked together is paid together by a transfer', () => {
  test('that comes when the vehicle has left on debt: nothing is owed any more, and the next visit asks for itself alone', () => {
    const p = park()
    const { debts, charge } = askedTogether(p)
    goesOnDebt(p)
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ amount: vnd(50_000), rest: vnd(0), overpaid: vnd(0) })
    expect([isPaid(p, [...debts, charge]), p.balance(DEBTS), p.cases()]).toEqual([['paid', 'paid'], 0, []])
    carInside(p)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
    holds(p)
  })

  test('that comes when it has backed away, and it is let out at another lane without being asked again', () => {
    const p = park()
    const { debts, charge } = askedTogether(p, 2)
    p.loop(CAR_OUT, 'approach', false)
    expect(credit(p, charge, 75_000).outcome).toMatchObject({ rest: vnd(0), overpaid: vnd(0) })
    expect(isPaid(p, debts)).toEqual(['paid', 'paid'])
    p.arrive(GATE)
    expect(told(p.see(GATE, PLATE))).toContain('open')
    expect([p.cases(), p.balance(GIVE_BACK)]).toEqual([[], 0])
    holds(p)
  })

  test('of too much for all: what is beyond is to be given back for the stay, and is a case', () => {
    const p = park()
    const { debts, charge } = askedTogether(p)
    goesOnDebt(p)
    expect(credit(p, charge, 60_000).outcome).toMatchObject({ amount: vnd(50_000), overpaid: vnd(10_000) })
    expect([isPaid(p, [...debts, charge]), p.charge(charge)?.overpaid, p.cases()]).toEqual([
      ['paid', 'paid'],
      10_000,
      ['overpaid'],
    ])
    holds(p)
  })

  test('of too little for all: the stay first, then the oldest debt; the rest stays owed', () => {
    const p = park()
    const { debts, charge } = askedTogether(p, 2)
    goesOnDebt(p)
    expect(credit(p, charge, 60_000).outcome).toMatchObject({ amount: vnd(60_000), rest: vnd(15_000) })
    expect([isPaid(p, [charge, ...debts]), p.charge(debts[1] ?? charge)?.paid]).toEqual([
      ['paid', 'paid', 'owed'],
      10_000,
    ])
    expect(p.balance(DEBTS)).toBe(15_000)
    holds(p)
  })

  test('that comes twice: the second is to be given back', () => {
    const p = park()
    const { charge } = askedTogether(p)
    goesOnDebt(p)
    credit(p, charge, 50_000)
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ amount: vnd(0), overpaid: vnd(50_000) })
    expect(said(refund(p, charge, 50_000))).toBe('refunded')
    holds(p)
  })

  test('while the debt was paid at its own charge: what is over is to be given back', () => {
    const p = park()
    const { debts, charge } = askedTogether(p)
    goesOnDebt(p)
    for (const debt of debts) cash(p, debt, 25_000)
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(25_000) })
    holds(p)
  })

  test('of a vehicle that came in with a ticket alone, whose plate the exit has read', () => {
    const p = park()
    const debt = owes(p)
    const id = ticketInside(p)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
    expect(due).toEqual(vnd(50_000))
    p.loop(CAR_OUT, 'approach', false)
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ rest: vnd(0), overpaid: vnd(0) })
    expect(isPaid(p, [debt])).toEqual(['paid'])
    holds(p)
  })

  test('of a stay without a plate, or of another’s: nobody’s debt is paid by it', () => {
    const p = park()
    const debt = owes(p)
    const id = ticketInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ overpaid: vnd(25_000) })
    const other = carInside(p, OTHER)
    const { charge: others } = asked(p.take({ kind: 'session-quoted', session: other }))
    expect(credit(p, others, 50_000).outcome).toMatchObject({ overpaid: vnd(25_000) })
    expect(isPaid(p, [debt])).toEqual(['owed'])
    holds(p)
  })

  test('that was booked to another first, of which it had paid a part of the debt: that part is owed again and not paid by the same money', () => {
    const p = park()
    const { debts, charge } = askedTogether(p)
    goesOnDebt(p)
    credit(p, charge, 40_000)
    const again = carInside(p)
    const { charge: right } = asked(p.take({ kind: 'session-quoted', session: again }))
    const moved = p.take({ kind: 'credit-moved', reference: 'FT1', charge: right, reason: 'read wrong' })
    expect(moved.outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(15_000) })
    expect([isPaid(p, [charge, ...debts]), p.balance(DEBTS)]).toEqual([['owed', 'owed'], 50_000])
    holds(p)
  })
})

describe('cash at the desk for a stay whose plate owes', () => {
  test('pays both where both are asked', () => {
    const p = park()
    const debt = owes(p)
    const id = carInside(p)
    const { charge, due } = asked(p.take({ kind: 'session-quoted', session: id }))
    expect(due, 'what the exit would ask').toEqual(vnd(50_000))
    expect(cash(p, charge, 50_000).outcome).toMatchObject({ amount: vnd(50_000), rest: vnd(0) })
    expect(isPaid(p, [debt])).toEqual(['paid'])
    holds(p)
  })

  test('that is pressed twice pays no debt with a slip of the finger', () => {
    const p = park()
    const debt = owes(p)
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    expect(cash(p, charge, 25_000).outcome).toMatchObject({ rest: vnd(25_000) })
    expect(said(cash(p, charge, 25_000))).toBe('cash-unlikely')
    expect(isPaid(p, [debt])).toEqual(['owed'])
  })
})

test('a plate of a vehicle that is inside is given to no other stay by what it owes', () => {
  const p = park({ policy: { antiPassback: 'soft' } })
  owes(p)
  carInside(p)
  const id = ticketInside(p)
  p.arrive(CAR_OUT)
  p.see(CAR_OUT, PLATE)
  p.wait(MINUTE_MS)
  expect(asked(p.choose(CAR_OUT, id)).due).toEqual(vnd(50_000))
  expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['ticket'])
})
