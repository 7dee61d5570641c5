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
    expect(credit(p, charge, 60_000).outcome).toMatchObject({
      amount: vnd(60_000),
      rest: vnd(0),
      debts: vnd(15_000),
    })
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
    expect(p.cases(), 'perhaps its ticket’s holder has paid for a plate that showed a copy').toEqual(['plate-mismatch'])
    expect(p.casesNow().at(-1)).toMatchObject({ session: id, charge })
    holds(p)
  })

  /** It came in with a ticket alone, its plate owes twice, and the exit has asked all three. */
  function ticketAndDebts() {
    const p = park()
    const debts = [owes(p), owes(p)]
    const id = ticketInside(p)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
    expect(due).toEqual(vnd(75_000))
    return { p, debts, charge }
  }

  test('of a ticket alone in parts, each by the text of the stay: the rest pays the debts that were asked with it, and opens', () => {
    const { p, debts, charge } = ticketAndDebts()
    expect(credit(p, charge, 25_000).outcome).toMatchObject({ rest: vnd(0), debts: vnd(50_000) })
    expect(credit(p, charge, 30_000).outcome).toMatchObject({ amount: vnd(30_000), debts: vnd(20_000) })
    expect(said(cash(p, charge, 20_000)), 'cash is for what is asked: the debt').toBe('cash-unlikely')
    const last = credit(p, charge, 20_000)
    expect(last.outcome).toMatchObject({ amount: vnd(20_000), overpaid: vnd(0) })
    expect([told(last), isPaid(p, [charge, ...debts]), p.cases()]).toEqual([
      ['open', 'goodbye'],
      ['open', 'paid', 'paid'],
      [],
    ])
    holds(p)
  })

  test('of a ticket alone in parts, also away from the exit: exactly the rest pays them, with a case; any other is too much', () => {
    const { p, debts, charge } = ticketAndDebts()
    p.loop(CAR_OUT, 'approach', false)
    credit(p, charge, 25_000)
    expect(credit(p, charge, 20_000).outcome).toMatchObject({ amount: vnd(0), overpaid: vnd(20_000) })
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ amount: vnd(50_000), overpaid: vnd(0) })
    expect([isPaid(p, debts), p.cases()]).toEqual([
      ['paid', 'paid'],
      ['overpaid', 'plate-mismatch'],
    ])
    holds(p)
  })

  /** It came in with a ticket alone, and somebody whose plate owes shows a picture of that ticket at the exit and backs away. */
  function pictureShown(p: Park, plate: string | null) {
    const id = ticketInside(p)
    p.arrive(CAR_OUT)
    if (plate !== null) p.see(CAR_OUT, plate)
    const question = asked(p.show(CAR_OUT, p.ticketOf(id)))
    p.loop(CAR_OUT, 'approach', false)
    p.wait(MINUTE_MS)
    return { id, ...question }
  }

  test.each([null, PLATE])(
    'and what is shown at an exit before another plate (%s) is written into no stay: its holder is asked as ever, and goes',
    (plate) => {
      const p = park()
      if (plate !== null) owes(p, plate)
      const { id } = pictureShown(p, plate)
      expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['ticket'])
      p.arrive(CAR_OUT)
      p.see(CAR_OUT, OTHER)
      const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
      expect(due).toEqual(vnd(25_000))
      expect(told(credit(p, charge, 25_000))).toContain('open')
      expect(p.cases()).toEqual([])
      holds(p)
    },
  )

  test('of its holder’s, of a round sum, pays nothing for whoever showed a picture of the ticket; the holder asked again, also not all of it', () => {
    const p = park()
    const debt = owes(p)
    const { id, charge, due } = pictureShown(p, PLATE)
    expect(due).toEqual(vnd(50_000))
    expect(credit(p, charge, 30_000).outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(5_000) })
    p.arrive(CAR_OUT)
    expect(told(p.show(CAR_OUT, p.ticketOf(id)))).toContain('open')
    expect(isPaid(p, [debt])).toEqual(['owed'])
    holds(p)
  })

  test('is for what was asked last: of a stay that was asked alone since, nobody’s debt is paid', () => {
    const p = park()
    const debt = owes(p)
    const { id, charge } = pictureShown(p, PLATE)
    expect(p.charge(charge)?.askedWith).toEqual({ debts: [debt], due: 50_000 })
    p.arrive(CAR_OUT)
    expect(asked(p.show(CAR_OUT, p.ticketOf(id))).due).toEqual(vnd(25_000))
    expect(p.charge(charge)?.askedWith).toBeUndefined()
    p.loop(CAR_OUT, 'approach', false)
    expect(credit(p, charge, 50_000).outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(25_000) })
    expect(isPaid(p, [debt])).toEqual(['owed'])
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
  /** It is here again, somewhere inside, and was asked at the desk. */
  function askedAtDesk() {
    const p = park()
    const debt = owes(p)
    const session = carInside(p)
    const { charge, due } = asked(p.take({ kind: 'session-quoted', session }))
    expect(due, 'what the stay costs').toEqual(vnd(25_000))
    return { p, debt, charge, session }
  }

  test('is for the stay alone, and what change comes back from is no debt', () => {
    const { p, debt, charge } = askedAtDesk()
    expect(cash(p, charge, 30_000).outcome).toEqual({
      ok: true,
      kind: 'credited',
      charge,
      amount: vnd(25_000),
      rest: vnd(0),
      overpaid: vnd(5_000),
    })
    expect([isPaid(p, [debt]), p.cases()]).toEqual([['owed'], ['overpaid']])
    holds(p)
  })

  test('asks nothing where the stay is paid, and the exit asks the debt alone, which it takes', () => {
    const { p, debt, charge, session } = askedAtDesk()
    cash(p, charge, 25_000)
    expect(p.take({ kind: 'session-quoted', session }).outcome).toMatchObject({ kind: 'nothing-due' })
    expect(said(cash(p, charge, 25_000)), 'a slip of the finger').toBe('cash-unlikely')
    expect(asked(toExit(p))).toMatchObject({ charge: debt, due: vnd(25_000) })
    expect(told(cash(p, debt, 25_000))).toContain('open')
    expect([isPaid(p, [debt]), p.cases()]).toEqual([['paid'], []])
    holds(p)
  })

  test('that is taken at the exit which asks both pays both', () => {
    const p = park()
    const { debts, charge } = askedTogether(p)
    expect(cash(p, charge, 30_000).outcome).toMatchObject({ amount: vnd(30_000), rest: vnd(0), debts: vnd(20_000) })
    expect(told(cash(p, debts[0] ?? charge, 20_000))).toContain('open')
    expect(isPaid(p, debts)).toEqual(['paid'])
    holds(p)
  })

  test('pays a debt at its own charge, wherever its vehicle is', () => {
    const { p, debt } = askedAtDesk()
    expect(cash(p, debt, 25_000).outcome).toMatchObject({ amount: vnd(25_000), rest: vnd(0) })
    expect(isPaid(p, [debt])).toEqual(['paid'])
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
