import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { asked, carInside, cash, correct, refund, refundAll, said, toExit } from './driver.ts'
import { CAR_OUT, park } from './park.ts'

const MERCHANT = 'live:merchant:car-park'
const DEBTS = 'live:debts:market-1'
const GIVE_BACK = 'live:give-back:market-1'
const CASH = 'live:cash:market-1'

describe('money and a way out that do not go together', () => {
  test('paid and never left: closed by staff, what was paid stays income, and what the days cost beyond it is owed', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 25_000)
    p.wait(2 * DAY_MS)
    expect(said(correct(p, id, { kind: 'close' }))).toBe('noted')
    const owed = p.balance(DEBTS)
    expect([p.session(id).status, p.charge(charge)?.status, owed > 0]).toEqual(['closed', 'owed', true])
    expect([p.balance(CASH), p.balance(MERCHANT)]).toEqual([25_000, -25_000 - owed])
    expect(said(refundAll(p, charge, 25_000)), 'or staff give it back, with a reason').toBe('refunded')
    expect([p.balance(CASH), p.balance(MERCHANT)]).toEqual([0, -owed])
  })

  test('paid twice: what came second is owed to its payer, and given back out of the cash', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    cash(p, charge, 25_000)
    p.drive(CAR_OUT)
    cash(p, charge, 25_000, { confirmed: true })
    expect([p.balance(GIVE_BACK), p.cases()]).toEqual([-25_000, ['overpaid']])
    expect(said(refund(p, charge, 25_000))).toBe('refunded')
    expect([p.balance(GIVE_BACK), p.balance(CASH), p.cases()]).toEqual([0, 25_000, []])
  })

  test('left and never paid: owed on the same charge, and paid by whatever comes later', () => {
    const p = park()
    carInside(p)
    const { charge, due } = asked(toExit(p))
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    expect([p.charge(charge)?.status, p.balance(DEBTS), due]).toEqual(['owed', 25_000, vnd(25_000)])
    expect(said(cash(p, charge, 25_000))).toBe('credited')
    expect([p.charge(charge)?.status, p.balance(DEBTS)]).toEqual(['paid', 0])
  })
})
