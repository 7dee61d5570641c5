import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { ChargeId } from '../../../core/ids.ts'
import type { CurrencyCode } from '../../../core/money.ts'
import { KEYED_AMOUNT_MAX, money } from '../../../core/money.ts'
import { DEBTS_ASKED_MAX } from '../../../core/parking/asking.ts'
import { moveCredit } from '../../../core/parking/bank-credit.ts'
import { HOUR_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { COMMON, SITE, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  credit,
  newest,
  OTHER,
  PLATE,
  refund,
  refundAll,
  said,
  toExit,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, PARKING_LAYOUT, PARKING_POLICY, park } from './park.ts'

const UNMATCHED = 'live:unmatched:market-1'
const GIVE_BACK = 'live:give-back:market-1'
const DEBTS = 'live:debts:market-1'
const BANK = 'live:bank-transfer:market-1'
const MERCHANT = 'live:merchant:car-park'

const textFor = (charge: ChargeId) => `MBVCB.1.nguyen van a ${transferReference(charge, SITE)?.toLowerCase()} CT`
const transfer = (p: Park, text: string, amount: number, reference = 'FT1'): Decision =>
  p.take({ kind: 'credit-by-text', reference, amount: vnd(amount), text, toldAt: p.now().at })
const moveTo = (p: Park, charge: ChargeId | null, reason = 'asked the payer', reference = 'FT1'): Decision =>
  p.take({ kind: 'credit-moved', reference, charge, reason })
const away = (p: Park, plate?: string): ChargeId => {
  carInside(p, plate)
  return asked(p.take({ kind: 'session-quoted', session: newest(p) })).charge
}

describe('a transfer with a text', () => {
  test('that names a charge by its check digits is booked by itself, and opens for the vehicle at the exit', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    const paid = transfer(p, textFor(charge), 25_000)
    expect(paid.outcome).toMatchObject({ kind: 'credited', charge, rest: vnd(0) })
    expect(told(paid)).toContain('open')
    expect(p.credits.get('FT1')).toMatchObject({ status: 'booked', parts: [{ charge, amount: 25_000 }], case: null })
    expect(p.balance(UNMATCHED)).toBe(0)
  })

  test.each([
    ['says nothing that is known', 'chuyen tien gui xe', 25_000],
    ['has a wrong check digit', 'wrong', 25_000],
    ['names a charge that is not there', textFor('box-1:1:999:g0' as ChargeId), 25_000],
    ['is of more than anybody keys', 'right', KEYED_AMOUNT_MAX + 1],
  ])('that %s waits for a person, in an account of its own, with a case', (_what, says, amount) => {
    const p = park()
    const charge = away(p)
    const right = textFor(charge)
    const text =
      says === 'right' ? right : says === 'wrong' ? right.replace(/\d(?= CT)/, (n) => `${(+n + 1) % 10}`) : says
    const waiting = transfer(p, text, amount)
    expect(waiting.outcome).toMatchObject({ ok: true, kind: 'credit-unmatched', amount: vnd(amount) })
    expect(p.cases()).toEqual(['credit-unmatched'])
    expect([p.balance(BANK), p.balance(UNMATCHED)]).toEqual([amount, -amount])
    expect(p.charge(charge)?.paid).toBe(0)
  })

  test('is taken once, whoever brings it; nothing and another currency are none', () => {
    const p = park()
    const charge = away(p)
    transfer(p, 'tien', 25_000)
    expect(said(transfer(p, 'tien', 25_000))).toBe('credit-known')
    expect(said(p.take({ kind: 'credit-by-charge', charge, amount: vnd(5), reference: 'FT1' }))).toBe('credit-known')
    expect(said(transfer(p, 'tien', 0, 'FT2'))).toBe('amount-zero')
    const dollars = money(5, 'USD' as CurrencyCode)
    const foreign = { kind: 'credit-by-text', reference: 'FT2', amount: dollars, text: '', toldAt: null } as const
    expect(said(p.take(foreign))).toBe('token-currency')
    expect(said(transfer(p, 'tien', 5, 'FT2')), 'what was refused may come again').toBe('credit-unmatched')
  })
})

describe('a transfer that waited', () => {
  test('is booked to a charge by a person with a reason; its case ends, and the vehicle at the exit goes', () => {
    const p = park()
    transfer(p, 'tien', 30_000)
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(said(moveTo(p, charge, ' '))).toBe('reason-missing')
    expect(said(moveTo(p, 'box-1:1:999:g0' as ChargeId))).toBe('charge-unknown')
    const moved = moveTo(p, charge)
    expect(moved.outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(5_000) })
    expect(told(moved)).toContain('open')
    expect(p.cases()).toEqual(['overpaid'])
    expect([p.balance(UNMATCHED), p.balance(BANK), p.balance(GIVE_BACK)]).toEqual([0, 30_000, -5_000])
    expect(p.credits.get('FT1')).toMatchObject({ status: 'booked', overpaid: 5_000 })
  })

  test('for nothing here is to go back to its payer, and moves no more', () => {
    const p = park()
    const charge = away(p)
    transfer(p, 'tien', 30_000)
    expect(said(moveTo(p, null))).toBe('noted')
    expect([p.balance(UNMATCHED), p.balance(GIVE_BACK), p.cases()]).toEqual([0, -30_000, ['credit-unmatched']])
    expect(p.credits.get('FT1')?.status).toBe('refund-due')
    expect([said(moveTo(p, null)), said(moveTo(p, charge))]).toEqual(['credit-not-movable', 'credit-not-movable'])
  })

  test('and was sent back is owed to nobody: the accounts are at 0, its case ends, and the same again changes nothing', () => {
    const p = park()
    const charge = away(p)
    transfer(p, 'tien', 30_000)
    const sent = (by: string, reason = 'called the payer') =>
      p.take({ kind: 'credit-moved', reference: 'FT1', charge: null, reason, sentBack: by })
    expect(said(sent('FT9')), 'nobody has said yet that it goes back').toBe('credit-not-movable')
    moveTo(p, null)
    expect(said(sent('FT9', ' '))).toBe('reason-missing')
    expect(said(sent('FT9'))).toBe('noted')
    expect([p.balance(UNMATCHED), p.balance(GIVE_BACK), p.balance(BANK), p.cases()]).toEqual([0, 0, 0, []])
    expect(p.credits.get('FT1')).toMatchObject({ status: 'returned', sentBack: 'FT9' })
    expect(sent('FT9').changes, 'no second time').toEqual([])
    expect(said(sent('FT8')), 'by another transfer').toBe('credit-not-movable')
    expect([said(moveTo(p, null)), said(moveTo(p, charge))]).toEqual(['credit-not-movable', 'credit-not-movable'])
    expect([p.balance(GIVE_BACK), p.balance(BANK)]).toEqual([0, 0])
  })

  test('keeps its case until it is booked or sent back: nobody ends it by hand before', () => {
    const p = park()
    const charge = away(p)
    transfer(p, 'tien', 25_000)
    const [open] = p.casesNow()
    if (open === undefined) throw new Error('no case')
    const end = () => said(p.take({ kind: 'case-ended', case: open.id, reason: 'seen' }))
    expect([end(), p.cases()]).toEqual(['credit-waits', ['credit-unmatched']])
    expect(said(moveTo(p, charge))).toBe('credited')
    expect([end(), p.cases()], 'it has ended with its money').toEqual(['noted', []])
    expect(said(moveTo(p, charge, 'why', 'FT9'))).toBe('credit-unknown')
  })
})

describe('a transfer that was booked to a wrong charge', () => {
  test('is taken off it and booked to the right one; a stay that goes on is paid up no more', () => {
    const p = park()
    const wrong = away(p)
    const right = away(p, OTHER)
    credit(p, wrong, 25_000)
    const stay = p.sessions().find((each) => each.charge === wrong)
    expect(stay?.settledAt).not.toBeNull()
    expect(moveTo(p, right).outcome).toMatchObject({ kind: 'credited', charge: right, amount: vnd(25_000) })
    expect([p.charge(wrong), p.charge(right)]).toMatchObject([
      { status: 'open', paid: 0 },
      { status: 'open', paid: 25_000 },
    ])
    expect(p.sessions().find((each) => each.charge === wrong)?.settledAt).toBeNull()
    expect([p.balance(MERCHANT), p.balance(UNMATCHED), p.balance(BANK)]).toEqual([-25_000, 0, 25_000])
    expect(said(toExit(p)), 'it is asked again').toBe('amount-asked')
  })

  test('of a vehicle that has left is owed again, with what was beyond, and its case ends', () => {
    const p = park()
    carInside(p)
    const { charge: wrong } = asked(toExit(p))
    credit(p, wrong, 60_000)
    p.drive(CAR_OUT)
    expect([p.charge(wrong)?.status, p.cases()]).toEqual(['paid', ['overpaid']])
    const right = away(p, OTHER)
    expect(moveTo(p, right).outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(35_000) })
    expect(p.charge(wrong)).toMatchObject({ status: 'owed', paid: 0, overpaid: 0 })
    expect(p.cases().toSorted()).toEqual(['left-unpaid', 'overpaid'])
    expect([p.balance(DEBTS), p.balance(GIVE_BACK), p.balance(UNMATCHED)]).toEqual([25_000, -35_000, 0])
    expect(said(cash(p, wrong, 25_000)), 'its debt is paid as any other').toBe('credited')
    expect([p.charge(wrong)?.status, p.balance(DEBTS), p.cases()]).toEqual(['paid', 0, ['overpaid']])
  })

  test('that paid a stay with a debt comes off both', () => {
    const p = park()
    carInside(p)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    carInside(p)
    const { charge } = asked(toExit(p))
    credit(p, charge, 50_000)
    p.drive(CAR_OUT)
    const right = away(p, OTHER)
    expect(said(moveTo(p, right))).toBe('credited')
    expect([p.charge(debt), p.charge(charge)]).toMatchObject([
      { status: 'owed', paid: 0 },
      { status: 'owed', paid: 0 },
    ])
    expect(p.balance(DEBTS)).toBe(50_000)
  })

  test('that had paid of a debt is not there any more when the lane asks for that debt: the rest of it stays owed', () => {
    const p = park({ policy: { debtMax: 900_000 } })
    carInside(p)
    p.wait(5 * HOUR_MS)
    const debt = asked(toExit(p))
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    credit(p, debt.charge, debt.due.amount - 25_000)
    carInside(p)
    const { charge, due } = asked(toExit(p))
    expect(due).toEqual(vnd(50_000))
    const moved = moveTo(p, charge)
    expect(moved.outcome).toMatchObject({ rest: vnd(0), debts: vnd(50_000), overpaid: vnd(0) })
    expect(told(moved)).not.toContain('open')
    expect(p.charge(charge)).toMatchObject({ status: 'open', paid: 25_000 })
    expect(p.charge(debt.charge)).toMatchObject({ status: 'owed', paid: debt.due.amount - 50_000, overpaid: 0 })
    expect([p.balance(DEBTS), p.balance(GIVE_BACK), p.balance(UNMATCHED)]).toEqual([50_000, 0, 0])
    expect(cash(p, debt.charge, 50_000).outcome).toMatchObject({ rest: vnd(0) })
    expect([p.balance(DEBTS), p.charge(debt.charge)?.status]).toEqual([0, 'paid'])
  })

  test('leaves what it paid unpaid: a vehicle that was asked for its old debt alone is asked for its stay', () => {
    const p = park()
    carInside(p)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    const own = away(p)
    credit(p, own, 25_000)
    expect(asked(toExit(p))).toMatchObject({ charge: debt, due: vnd(25_000) })
    const moved = moveTo(p, debt)
    expect(moved.outcome).toMatchObject({ kind: 'credited', charge: debt })
    expect(told(moved)).not.toContain('open')
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ charge: own, due: vnd(25_000) })
    expect([p.charge(own)?.paid, p.charge(debt)?.status]).toEqual([0, 'paid'])
  })

  test('with as many debts as one payment takes comes off all of them, and pays as many others', () => {
    const p = park({ policy: { debtMax: 900_000, creditMoveMax: 900_000 } })
    const all = 25_000 * (1 + DEBTS_ASKED_MAX)
    const standsWithDebts = (plate: string): ChargeId => {
      for (let stays = 0; stays < DEBTS_ASKED_MAX; stays += 1) {
        carInside(p, plate)
        toExit(p, plate)
        p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
        p.drive(CAR_OUT)
      }
      carInside(p, plate)
      const { charge, due } = asked(toExit(p, plate))
      expect(due).toEqual(vnd(all))
      return charge
    }
    expect(credit(p, standsWithDebts(PLATE), all + 1_000).outcome).toMatchObject({ amount: vnd(all) })
    p.drive(CAR_OUT)
    expect(moveTo(p, standsWithDebts(OTHER)).outcome).toMatchObject({ amount: vnd(all), overpaid: vnd(1_000) })
    expect([p.balance(DEBTS), p.balance(GIVE_BACK), p.balance(UNMATCHED)]).toEqual([all, -1_000, 0])
  })

  test('and had come beyond what a stay cost leaves that stay paid up', () => {
    const p = park()
    const charge = away(p)
    cash(p, charge, 25_000)
    credit(p, charge, 25_000)
    expect(said(moveTo(p, away(p, OTHER)))).toBe('credited')
    expect(p.sessions().find((each) => each.charge === charge)?.settledAt).not.toBeNull()
    expect(said(toExit(p))).toBe('let-through')
  })

  test('that came twice moves what was beyond alone: the charge stays paid', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    cash(p, charge, 25_000)
    p.drive(CAR_OUT)
    credit(p, charge, 25_000)
    expect(p.credits.get('FT1')).toMatchObject({ parts: [{ charge, amount: 0 }], overpaid: 25_000 })
    const right = away(p, OTHER)
    expect(said(moveTo(p, right))).toBe('credited')
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, overpaid: 0 })
    expect([p.balance(GIVE_BACK), p.cases()]).toEqual([0, []])
  })

  test('stays where it is once it was given back, is there already, or its stay never was', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    credit(p, charge, 60_000)
    p.drive(CAR_OUT)
    const right = away(p, OTHER)
    expect(said(moveTo(p, charge)), 'it is there').toBe('credit-not-movable')
    expect(said(moveTo(p, null)), 'that is a refund').toBe('credit-not-movable')
    refund(p, charge, 20_000)
    expect(said(moveTo(p, right)), 'some of what was beyond is gone').toBe('credit-not-movable')
    const r = park()
    r.arrive(CAR_IN)
    r.see(CAR_IN, PLATE)
    const never = asked(r.take({ kind: 'session-quoted', session: newest(r) })).charge
    credit(r, never, 25_000)
    r.reverse(CAR_IN)
    r.wait(HOUR_MS)
    for (let n = 0; n < 4; n += 1) r.due()
    expect(r.charge(never)?.status).toBe('cancelled')
    expect(said(moveTo(r, away(r, OTHER))), 'its stay never was').toBe('credit-not-movable')
    const q = park()
    carInside(q)
    const paid = asked(toExit(q)).charge
    credit(q, paid, 25_000)
    q.drive(CAR_OUT)
    refundAll(q, paid, 1_000)
    expect(said(moveTo(q, away(q, OTHER))), 'some of what was paid is gone').toBe('credit-not-movable')
  })

  test('is moved by an operator up to the policy’s cap, and by an admin beyond it', () => {
    for (const [role, outcome] of [
      ['operator', 'credit-over-cap'],
      ['admin', 'credited'],
    ] as const) {
      const p = park({ role, policy: { creditMoveMax: 24_999 } })
      const wrong = away(p)
      credit(p, wrong, 25_000)
      expect(said(moveTo(p, away(p, OTHER)))).toBe(outcome)
    }
  })
})

test('a charge of no stay is owed again too, and one that the books do not find is left alone', () => {
  const p = park({ role: 'admin' })
  const wrong = away(p)
  const right = away(p, OTHER)
  credit(p, wrong, 25_000)
  const known = p.credits.get('FT1') ?? null
  const [charge, paid] = [p.charge(right), p.charge(wrong)]
  const parking = {
    layout: PARKING_LAYOUT,
    policy: PARKING_POLICY,
    tariffs: null,
    occupancy: [],
    upstreamHeardAt: null,
  }
  const facts = {
    parking,
    charge,
    stay: null,
    lane: null,
    sale: null,
    debts: [],
    askedWith: [],
    known,
    isCaseOpen: false,
    role: 'admin',
  } as const
  const body = { kind: 'credit-moved', reference: 'FT1', charge: right, reason: 'why' } as const
  const common = { ...COMMON, mode: 'live' } as const
  expect(said(moveCredit(body, { ...facts, from: [] }, common, p.now()))).toBe('credit-not-movable')
  const moved = moveCredit(body, { ...facts, from: [{ charge: paid, stay: null, sale: null }] }, common, p.now())
  expect(moved.changes).toContainEqual(expect.objectContaining({ kind: 'credit-reversed', status: 'owed' }))
})
