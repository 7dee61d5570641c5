import { expect, test } from 'vitest'
import type { ChargeId } from '../../../core/ids.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import {
  announced,
  asked,
  carInside,
  cash,
  changed,
  chargeOf,
  credit,
  newest,
  PLATE,
  payNow,
  said,
  toExit,
  told,
} from './driver.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, park } from './park.ts'

test.each(['cash', 'phone'] as const)(
  'who is let out because %s paid for it is let out by its payment, and by nobody’s hand',
  (how) => {
    const p = park()
    carInside(p)
    p.wait(HOUR_MS)
    const { charge, due } = asked(toExit(p))
    if (how === 'cash') cash(p, charge, due.amount)
    else p.payAway(charge, payNow(p, 'a'))
    expect([...p.passages.values()].at(-1)?.right).toMatchObject({ kind: 'session', side: 'exit', by: 'paid' })
  },
)

test('money for a vehicle at a lane that lets nobody out by itself now is money all the same', () => {
  const p = park()
  carInside(p)
  const { charge, due } = asked(toExit(p))
  p.take({ kind: 'emergency', device: null, active: true })
  const taken = cash(p, charge, due.amount)
  expect([taken.outcome, told(taken)]).toEqual([
    { ok: true, kind: 'credited', charge, amount: due, rest: vnd(0), overpaid: vnd(0) },
    [],
  ])
})

test('what came to more than was asked, because the price no longer held, is paid up by it: the vehicle goes', () => {
  const p = park()
  const id = carInside(p)
  p.wait(58 * MINUTE_MS)
  const { charge, due } = asked(toExit(p))
  expect(due).toEqual(vnd(25_000))
  p.wait(6 * MINUTE_MS)
  const paid = cash(p, charge, 50_000)
  expect(
    changed(paid).filter((kind) => kind === 'charge-raised'),
    'raised once',
  ).toHaveLength(1)
  expect(paid.outcome).toMatchObject({ amount: vnd(50_000), rest: vnd(0), overpaid: vnd(0) })
  expect(told(paid)).toContain('open')
  p.drive(CAR_OUT)
  expect(p.session(id).status).toBe('left')
  expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000, charge: { due: vnd(50_000) } })
})

test('money that comes when the visit of who was asked is over lets nobody out: the next reading does', () => {
  const p = park()
  p.see(BIKE_IN, PLATE)
  const id = newest(p)
  p.wait(MINUTE_MS)
  const { charge, due } = asked(p.see(BIKE_OUT, PLATE))
  p.wait(5 * MINUTE_MS)
  const paid = cash(p, charge, due.amount)
  expect([paid.outcome.ok, paid.effects, paid.subject.passage]).toEqual([true, [], null])
  expect(p.session(id).status).toBe('inside')
  p.wait(MINUTE_MS)
  expect(said(p.see(BIKE_OUT, PLATE))).toBe('let-through')
  expect(p.session(id).status).toBe('left')
})

test('a code on the phone that pays the stay leaves the debt that was asked with it: the rest is asked, and the payer is kept', () => {
  const p = park()
  carInside(p)
  const debt = asked(toExit(p)).charge
  p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
  p.drive(CAR_OUT)
  carInside(p)
  const { charge } = asked(toExit(p))
  const paid = p.payAway(charge, payNow(p, 'a'))
  expect(paid.outcome).toMatchObject({ kind: 'paid', amount: vnd(25_000) })
  expect(paid.keep).toEqual(expect.arrayContaining(['payer', 'evidence']))
  expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ charge: debt, due: vnd(25_000) })
})

test('of a stay and debts that are asked together each may be paid at its own charge: the rest is asked at once, and with the last it is let out', () => {
  const p = park()
  const debts: ChargeId[] = []
  for (let index = 0; index < 2; index += 1) {
    const id = carInside(p)
    toExit(p)
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    debts.push(chargeOf(p, id))
  }
  const id = carInside(p)
  const { charge } = asked(toExit(p))
  const until = p.lane(CAR_OUT).visit?.asked?.holdsUntil
  expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ charge, debts, due: vnd(75_000) })
  const [first, second] = debts as [ChargeId, ChargeId]
  const part = cash(p, second, 25_000)
  expect([part.outcome, announced(part, 'amount-due')]).toEqual([
    expect.objectContaining({ kind: 'credited', charge: second, overpaid: vnd(0) }),
    expect.objectContaining({ amount: vnd(50_000) }),
  ])
  expect(p.lane(CAR_OUT).visit?.asked).toEqual(expect.objectContaining({ debts: [first], holdsUntil: until }))
  expect(announced(credit(p, first, 10_000), 'amount-due')).toMatchObject({ amount: vnd(40_000) })
  expect(announced(credit(p, first, 15_000), 'amount-due')).toMatchObject({ amount: vnd(25_000) })
  expect(p.lane(CAR_OUT).visit?.asked?.debts).toBeUndefined()
  expect(told(cash(p, charge, 25_000))).toContain('open')
  p.drive(CAR_OUT)
  expect(p.session(id).status).toBe('left')
})
