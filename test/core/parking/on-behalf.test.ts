import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { ChargeId } from '../../../core/ids.ts'
import { handedOver, heldAfter } from '../../../core/parking/on-behalf.ts'
import { HOUR_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { at, COMMON, SITE, vnd } from '../kit.ts'
import { asked, carInside, credit, newest, OTHER, PLATE, refundAll, said, toExit } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_OUT, PARKING_POLICY, park } from './park.ts'

const ON_BEHALF = `live:cash-on-behalf:${SITE}`
const BANK = `live:bank-transfer:${SITE}`
const DRAWER = `live:cash:${SITE}`
const GIVE_BACK = `live:give-back:${SITE}`
const UNMATCHED = `live:unmatched:${SITE}`

/** Taken as cash that `by` transfers. */
const onBehalf = (
  p: Park,
  charge: ChargeId,
  amount: number,
  by = 'gate-1',
  over: { confirmed?: true } = {},
): Decision => {
  p.asks(by)
  return p.take({ kind: 'cash-taken', charge, tender: 'cash-on-behalf', amount: vnd(amount), ...over })
}

/** A car that has paid 25,000 in cash at the exit, which gate-1 is to transfer, and is away. */
function paidAway(p: Park, plate = PLATE): ChargeId {
  carInside(p, plate)
  const { charge } = asked(toExit(p, plate))
  onBehalf(p, charge, 25_000)
  p.drive(CAR_OUT)
  return charge
}

/** On behalf, in the bank, in the drawer, to be given back. */
const where = (p: Park) => [p.balance(ON_BEHALF), p.balance(BANK), p.balance(DRAWER), p.balance(GIVE_BACK)]

const text = (p: Park, charge: ChargeId, amount: number, reference = 'FT1') =>
  p.take({
    kind: 'credit-by-text',
    reference,
    amount: vnd(amount),
    text: `CT ${transferReference(charge, SITE)}`,
    toldAt: p.now().at,
  })
const waiting = (p: Park, amount: number) =>
  p.take({ kind: 'credit-by-text', reference: 'FT1', amount: vnd(amount), text: 'gui xe', toldAt: null })
const move = (p: Park, charge: ChargeId, sender?: 'payer' | 'staff') =>
  p.take({
    kind: 'credit-moved',
    reference: `FT${p.credits.size}`,
    charge,
    reason: 'asked who sent it',
    ...(sender === undefined ? {} : { sender }),
  })

/** A bank's transfer for it, which waits until somebody has said that staff sent it. */
const byStaff = (p: Park, charge: ChargeId, amount: number) => {
  expect(credit(p, charge, amount).outcome).toMatchObject({ kind: 'credit-unmatched' })
  return move(p, charge, 'staff')
}

const { transferWithinMs } = PARKING_POLICY
const overdue = (p: Park) => {
  p.wait(transferWithinMs)
  return p.due('on-behalf-due')
}

const stillOpen = (p: Park) => p.casesNow().filter(({ status }) => status === 'open')

/** Ends the one case that is open, as `by`. */
const endsOnly = (p: Park, by: string) => {
  const [open] = stillOpen(p)
  if (open === undefined) throw new Error('no case')
  p.asks(by)
  return said(p.take({ kind: 'case-ended', case: open.id, reason: 'put into the drawer' }))
}

describe('cash that staff transfer themselves', () => {
  test('is passed on by the transfer of its charge, once somebody has said that staff sent it: nothing is too much', () => {
    for (const how of ['charge', 'text', 'hand'] as const) {
      const p = park()
      const charge = paidAway(p)
      expect(where(p)).toEqual([25_000, 0, 0, 0])
      if (how === 'hand') waiting(p, 25_000)
      else expect((how === 'charge' ? credit : text)(p, charge, 25_000).outcome).toMatchObject({ amount: vnd(25_000) })
      expect(p.balance(UNMATCHED), how).toBe(-25_000)
      const told = move(p, charge, 'staff')
      expect(told.outcome, how).toMatchObject({ kind: 'credited', charge, overpaid: vnd(0) })
      expect([where(p), p.balance(UNMATCHED), p.cases()], how).toEqual([[0, 25_000, 0, 0], 0, []])
      expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, overpaid: 0 })
      expect(p.credits.get('FT1')).toMatchObject({ status: 'booked', parts: [{ charge, amount: 0 }], overpaid: 0 })
      expect(overdue(p).flatMap(({ changes }) => changes)).toEqual([])
    }
  })

  test('or the driver, of whom it was asked, transferred late: nobody says whose it is but a person, and it is a case of that charge until then', () => {
    for (const how of [credit, text]) {
      const p = park()
      const charge = paidAway(p)
      const told = how(p, charge, 25_000)
      expect(told.outcome).toMatchObject({ kind: 'credit-unmatched', amount: vnd(25_000) })
      expect([where(p), p.balance(UNMATCHED)]).toEqual([[25_000, 25_000, 0, 0], -25_000])
      expect(p.casesNow()).toMatchObject([{ kind: 'credit-unmatched', charge, session: newest(p) }])
      expect(p.credits.get('FT1')).toMatchObject({ status: 'unmatched', parts: [] })
      expect(said(move(p, charge)), 'whose it is').toBe('credit-sender-missing')
      expect(move(p, charge, 'payer').outcome).toMatchObject({ kind: 'credited', overpaid: vnd(25_000) })
      expect([where(p), p.balance(UNMATCHED)]).toEqual([[25_000, 25_000, 0, -25_000], 0])
      expect(p.cases(), 'the driver has paid twice').toEqual(['overpaid'])
      overdue(p)
      expect(p.cases(), 'and staff hold it still').toEqual(['overpaid', 'on-behalf'])
    }
  })

  test('and where a part is asked still, a sum that is just what is held, or is more than is asked of who is at no arm, is nobody’s yet', () => {
    for (const [at, amount] of [
      ['arm', 10_000],
      ['quote', 10_000],
      ['quote', 25_000],
    ] as const) {
      const p = park()
      carInside(p)
      const { charge } = asked(at === 'arm' ? toExit(p) : p.take({ kind: 'session-quoted', session: newest(p) }))
      onBehalf(p, charge, 10_000)
      expect(credit(p, charge, amount).outcome, `${at} ${amount}`).toMatchObject({ kind: 'credit-unmatched' })
      expect(p.charge(charge)?.paid).toBe(10_000)
    }
  })

  test('and of a charge of which staff hold nothing a transfer pays what is asked, whoever is said to have sent it', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    waiting(p, 30_000)
    expect(move(p, charge, 'staff').outcome).toMatchObject({ amount: vnd(25_000), overpaid: vnd(5_000) })
  })

  test('two transfers that nobody knows whose they are are two cases', () => {
    const p = park()
    const charge = paidAway(p)
    credit(p, charge, 25_000)
    credit(p, charge, 25_000)
    expect(p.cases()).toEqual(['credit-unmatched', 'credit-unmatched'])
  })

  test('in parts, and what comes beyond it, or twice, is too much', () => {
    const p = park()
    const charge = paidAway(p)
    byStaff(p, charge, 10_000)
    expect(where(p)).toEqual([15_000, 10_000, 0, 0])
    byStaff(p, charge, 20_000)
    expect([where(p), p.cases()]).toEqual([[0, 30_000, 0, -5_000], ['overpaid']])
    credit(p, charge, 25_000)
    expect(where(p)).toEqual([0, 55_000, 0, -30_000])
  })

  test('for a part of a charge is passed on by staff first, and never by what a driver pays who is asked', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    onBehalf(p, charge, 10_000)
    const told = credit(p, charge, 20_000)
    expect(told.outcome, 'who stands at the arm is let out').toMatchObject({
      amount: vnd(15_000),
      rest: vnd(0),
      overpaid: vnd(5_000),
    })
    expect([where(p), p.cases()]).toEqual([[10_000, 20_000, 0, -5_000], ['overpaid']])
    const q = park()
    carInside(q)
    const quoted = asked(q.take({ kind: 'session-quoted', session: newest(q) })).charge
    onBehalf(q, quoted, 10_000)
    expect(byStaff(q, quoted, 20_000).outcome).toMatchObject({
      amount: vnd(10_000),
      rest: vnd(5_000),
      overpaid: vnd(0),
    })
    expect(where(q)).toEqual([0, 20_000, 0, 0])
    expect(q.credits.get('FT1')).toMatchObject({ parts: [{ charge: quoted, amount: 10_000 }] })
    expect(said(q.take({ kind: 'credit-moved', reference: 'FT1', charge: paidAway(q, OTHER), reason: 'why' }))).toBe(
      'credit-not-movable',
    )
  })

  test('of a stay and the debts that were asked with it is passed on by one transfer, by the text of either', () => {
    for (const of of [0, 1]) {
      const p = park()
      carInside(p)
      toExit(p)
      p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money with him' })
      p.drive(CAR_OUT)
      const [owed] = p.charges()
      carInside(p)
      const { charge, due } = asked(toExit(p))
      p.wait(1)
      onBehalf(p, charge, due.amount)
      p.drive(CAR_OUT)
      const named = [charge, owed?.charge.id ?? charge][of] ?? charge
      expect(overdue(p)).toHaveLength(1)
      expect(p.cases()).toEqual(['on-behalf'])
      byStaff(p, named, due.amount)
      expect([where(p), p.cases()]).toEqual([[0, due.amount, 0, 0], []])
    }
  })

  test('is passed on before a debt of its plate is paid; a driver who is asked pays what is asked', () => {
    const p = park()
    carInside(p)
    toExit(p)
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money with him' })
    p.drive(CAR_OUT)
    const [owed] = p.charges()
    carInside(p)
    const inside = asked(p.take({ kind: 'session-quoted', session: newest(p) })).charge
    onBehalf(p, inside, 25_000)
    byStaff(p, inside, 10_000)
    expect([where(p), p.charge(owed?.charge.id ?? inside)?.paid], 'of the staff').toEqual([[15_000, 10_000, 0, 0], 0])
    p.wait(HOUR_MS)
    const { charge: shown, due } = asked(toExit(p))
    credit(p, shown, due.amount)
    expect(where(p), 'of the driver').toEqual([15_000, 10_000 + due.amount, 0, 0])
    const q = park()
    carInside(q)
    const { charge } = asked(toExit(q))
    onBehalf(q, charge, 10_000)
    byStaff(q, charge, 10_000)
    expect([where(q), q.charge(charge)?.paid], 'just what is held').toEqual([[0, 10_000, 0, 0], 10_000])
    const r = park()
    carInside(r)
    const quoted = asked(r.take({ kind: 'session-quoted', session: newest(r) })).charge
    onBehalf(r, quoted, 10_000)
    credit(r, quoted, 5_000)
    expect([where(r), r.charge(quoted)?.paid], 'another sum').toEqual([[10_000, 5_000, 0, 0], 15_000])
  })

  test('of as much as is held and as is asked is of the driver who stands at the arm that asks it, and of nobody yet anywhere else', () => {
    const p = park()
    carInside(p)
    const quoted = asked(p.take({ kind: 'session-quoted', session: newest(p) })).charge
    onBehalf(p, quoted, 12_500)
    expect(credit(p, quoted, 12_500).outcome).toMatchObject({ kind: 'credit-unmatched' })
    expect([where(p), p.charge(quoted)?.paid]).toEqual([[12_500, 12_500, 0, 0], 12_500])
    expect(move(p, quoted, 'payer').outcome).toMatchObject({ amount: vnd(12_500), rest: vnd(0), overpaid: vnd(0) })
    expect([where(p), p.charge(quoted)?.paid]).toEqual([[12_500, 12_500, 0, 0], 25_000])
    const q = park()
    carInside(q)
    const { charge } = asked(toExit(q))
    onBehalf(q, charge, 12_500)
    expect(credit(q, charge, 12_500).outcome, 'nobody waits for a person').toMatchObject({ rest: vnd(0) })
    expect([where(q), q.charge(charge)?.paid]).toEqual([[12_500, 12_500, 0, 0], 25_000])
  })

  test('and of as much as one of two people holds too, where somebody else holds more', () => {
    const p = park()
    carInside(p)
    const quoted = asked(p.take({ kind: 'session-quoted', session: newest(p) })).charge
    onBehalf(p, quoted, 5_000, 'gate-1')
    onBehalf(p, quoted, 10_000, 'gate-2')
    expect(credit(p, quoted, 5_000).outcome).toMatchObject({ kind: 'credit-unmatched' })
  })

  test('that was said to be the driver’s, or taken for it, is turned round to staff by moving it to the same charge: what it paid is asked again, and what was too much is no more', () => {
    const p = park()
    const charge = paidAway(p)
    credit(p, charge, 25_000)
    move(p, charge, 'payer')
    expect([where(p), p.cases()]).toEqual([[25_000, 25_000, 0, -25_000], ['overpaid']])
    expect(said(move(p, charge, 'payer')), 'nothing new').toBe('credit-not-movable')
    expect(move(p, charge, 'staff').outcome).toMatchObject({ kind: 'credited', overpaid: vnd(0) })
    expect([where(p), p.cases()]).toEqual([[0, 25_000, 0, 0], []])
    expect(said(move(p, charge, 'staff')), 'nobody holds anything').toBe('credit-not-movable')
    const q = park()
    carInside(q)
    const half = asked(toExit(q)).charge
    onBehalf(q, half, 12_500)
    credit(q, half, 12_500)
    q.drive(CAR_OUT)
    expect(q.charge(half)?.status).toBe('paid')
    expect(move(q, half, 'staff').outcome).toMatchObject({ amount: vnd(0), rest: vnd(12_500), overpaid: vnd(0) })
    expect([where(q), q.charge(half)]).toMatchObject([[0, 12_500, 0, 0], { status: 'owed', paid: 12_500 }])
    expect(q.cases(), 'its driver owes the other half').toEqual(['left-unpaid'])
    const r = park()
    carInside(r)
    const inside = asked(r.take({ kind: 'session-quoted', session: newest(r) })).charge
    onBehalf(r, inside, 12_500)
    credit(r, inside, 12_500)
    move(r, inside, 'payer')
    r.wait(2 * HOUR_MS)
    expect(move(r, inside, 'staff').outcome, 'of who is inside, what it costs by now').toMatchObject({
      amount: vnd(0),
      rest: vnd(37_500),
    })
    expect(asked(r.take({ kind: 'session-quoted', session: newest(r) })).due, 'and the desk says so').toEqual(
      vnd(37_500),
    )
  })

  test('and not where it is more than they hold: a part of it would be nobody’s', () => {
    const p = park()
    const charge = paidAway(p)
    credit(p, charge, 30_000)
    move(p, charge, 'payer')
    expect(said(move(p, charge, 'staff'))).toBe('credit-not-movable')
    expect(where(p)).toEqual([25_000, 30_000, 0, -30_000])
  })

  test('after a part was given back out of the same pocket is so much less', () => {
    const p = park()
    const charge = paidAway(p)
    p.asks('gate-1')
    refundAll(p, charge, 5_000)
    expect(where(p)).toEqual([20_000, 0, 0, 0])
    byStaff(p, charge, 25_000)
    expect([where(p), p.cases()]).toEqual([[0, 25_000, 0, -5_000], ['overpaid']])
  })

  test('is owed by who took it, though another gives back out of the drawer', () => {
    const p = park()
    const charge = paidAway(p)
    p.asks('gate-2')
    refundAll(p, charge, 5_000)
    expect(where(p)).toEqual([25_000, 0, -5_000, 0])
  })

  test('beyond the price goes back out of the same pocket', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    onBehalf(p, charge, 30_000)
    p.drive(CAR_OUT)
    refundAll(p, charge, 6_000)
    expect(where(p)).toEqual([24_000, 0, 0, 0])
    overdue(p)
    expect(p.cases()).toEqual(['on-behalf'])
    refundAll(p, charge, 24_000)
    expect([where(p), p.cases()]).toEqual([[0, 0, 0, 0], []])
  })

  test('is booked whole, as it was keyed, also where the driver’s own transfer has paid an earlier part', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    credit(p, charge, 10_000)
    expect(onBehalf(p, charge, 25_000).outcome).toMatchObject({ amount: vnd(15_000), overpaid: vnd(10_000) })
    expect([where(p), p.cases()]).toEqual([[25_000, 10_000, 0, -10_000], ['overpaid']])
    const q = park()
    carInside(q)
    const paid = asked(toExit(q)).charge
    credit(q, paid, 25_000)
    expect(said(onBehalf(q, paid, 25_000)), 'of a charge that asks nothing').toBe('cash-unlikely')
    onBehalf(q, paid, 25_000, 'gate-1', { confirmed: true })
    expect([where(q), q.cases()]).toEqual([[25_000, 25_000, 0, -25_000], ['overpaid']])
  })

  test('and is not transferred in time is a case, once, until the transfer comes', () => {
    const p = park()
    const charge = paidAway(p)
    p.wait(transferWithinMs - HOUR_MS)
    expect(p.due('on-behalf-due').flatMap(({ changes }) => changes)).toEqual([])
    p.wait(HOUR_MS)
    p.due('on-behalf-due')
    expect(p.casesNow()).toMatchObject([{ kind: 'on-behalf', charge, session: newest(p) }])
    const again = p.take({ kind: 'timer', timer: { purpose: 'on-behalf-due', charge } })
    expect(again.changes).toEqual([])
    byStaff(p, charge, 20_000)
    expect(p.cases(), 'not all of it').toEqual(['on-behalf'])
    byStaff(p, charge, 5_000)
    expect([p.cases(), where(p)]).toEqual([[], [0, 25_000, 0, 0]])
    expect(overdue(p)).toEqual([])
    const unknown = p.take({ kind: 'timer', timer: { purpose: 'on-behalf-due', charge: 'box-1:1:9:g0' as ChargeId } })
    expect(unknown.changes).toEqual([])
  })

  test('is in the drawer by the word of who ends the case, and what comes then is too much', () => {
    const p = park()
    const charge = paidAway(p)
    overdue(p)
    const [open] = p.casesNow()
    if (open === undefined) throw new Error('no case')
    const end = (reason: string) => said(p.take({ kind: 'case-ended', case: open.id, reason }))
    expect([end(' '), where(p)]).toEqual(['reason-missing', [25_000, 0, 0, 0]])
    expect([end('put into the drawer'), where(p), p.cases()]).toEqual(['noted', [0, 0, 25_000, 0], []])
    expect([end('again'), where(p)]).toEqual(['noted', [0, 0, 25_000, 0]])
    credit(p, charge, 25_000)
    expect([where(p), p.cases()]).toEqual([[0, 25_000, 25_000, -25_000], ['overpaid']])
  })

  test.each([
    ['who ends it, where they hold a part themselves', 'gate-2', 10_000, 15_000, 'gate-1'],
    ['who has held it the longest, where somebody of the office ends it', 'office', 15_000, 10_000, 'gate-2'],
  ])(
    'is by that word of one person alone, of %s: what another holds is theirs still, and their case',
    (_, ends, first, then, other) => {
      const p = park()
      carInside(p)
      const { charge } = asked(toExit(p))
      onBehalf(p, charge, 15_000, 'gate-1')
      onBehalf(p, charge, 10_000, 'gate-2')
      p.drive(CAR_OUT)
      overdue(p)
      expect(endsOnly(p, ends)).toBe('noted')
      expect(where(p)).toEqual([then, 0, first, 0])
      p.due('on-behalf-due')
      expect(stillOpen(p)).toMatchObject([{ kind: 'on-behalf', charge, session: newest(p) }])
      p.asks(other)
      refundAll(p, charge, then)
      expect([where(p), p.cases()], 'out of their own pocket').toEqual([[0, 0, first, 0], []])
    },
  )

  test('and of what was keyed together, and not of what somebody else has taken for one of it since', () => {
    const p = park()
    carInside(p)
    toExit(p)
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money with him' })
    p.drive(CAR_OUT)
    const [owed] = p.charges()
    carInside(p)
    const { charge, due } = asked(toExit(p))
    onBehalf(p, charge, due.amount - 5_000, 'gate-1')
    const debt = owed?.charge.id ?? charge
    onBehalf(p, debt, 5_000, 'gate-2')
    p.drive(CAR_OUT)
    overdue(p)
    expect(stillOpen(p)).toMatchObject([{ kind: 'on-behalf', charge }])
    endsOnly(p, 'office')
    expect(where(p)).toEqual([5_000, 0, due.amount - 5_000, 0])
    p.due('on-behalf-due')
    expect(stillOpen(p)).toMatchObject([{ kind: 'on-behalf', charge: debt, session: p.sessions()[0]?.id }])
    endsOnly(p, 'office')
    expect([where(p), p.due('on-behalf-due')]).toEqual([[0, 0, due.amount, 0], []])
  })
})

test('of a charge that the books do not find nothing is in the drawer', () => {
  expect(handedOver(null, 'office', 'live', COMMON, at(0))).toEqual([])
})

test('what others hold of each of what was keyed together is due at once, and nobody’s a second time', () => {
  const p = park()
  const charge = paidAway(p)
  const known = p.charge(charge)
  if (known === null || known === undefined) throw new Error('no charge')
  const [first, second] = ['c-1', 'c-2'] as [ChargeId, ChargeId]
  const of = (seq: number, by: string, amount: number, which: ChargeId) => ({ seq, by, amount, charge: which })
  const held = [
    of(1, 'gate-1', 10, charge),
    of(2, 'gate-2', 20, first),
    of(3, 'gate-2', 30, second),
    of(4, 'gate-3', 40, second),
  ]
  const changes = handedOver({ ...known, onBehalf: { own: 0, case: null, held } }, 'gate-1', 'live', COMMON, at(0))
  expect(changes.flatMap((each) => (each.kind === 'timer-set' ? [each.timer] : []))).toMatchObject([
    { purpose: 'on-behalf-due', charge: first },
    { purpose: 'on-behalf-due', charge: second },
  ])
})

test('what two people hold of one charge is each one’s own', () => {
  const [charge, other] = ['c-1', 'c-2'] as ChargeId[]
  if (charge === undefined || other === undefined) throw new Error('no charge')
  const of = (seq: number, by: string, amount: number, way: 'taken' | 'passed-on' | 'given-back', which = charge) =>
    ({ seq, by, amount, way, charge: which }) as const
  const held = heldAfter([
    of(1, 'gate-1', 10, 'taken'),
    of(2, 'gate-2', 20, 'taken'),
    of(2, 'gate-2', 7, 'taken', other),
    of(3, 'gate-2', 5, 'given-back'),
    of(4, 'bank', 12, 'passed-on'),
  ])
  expect(held).toEqual([
    { seq: 2, by: 'gate-2', amount: 13, charge },
    { seq: 2, by: 'gate-2', amount: 7, charge: other },
  ])
})

test('what somebody gives back of what no record says any more who took is off what is held, and off what another is known to hold the last', () => {
  const charge = 'c-1' as ChargeId
  const of = (seq: number, by: string | null, amount: number, way: 'taken' | 'given-back') =>
    ({ seq, by, amount, way, charge }) as const
  expect(heldAfter([of(1, null, 100, 'taken'), of(2, 'gate-1', 100, 'given-back')])).toEqual([])
  const mixed = [of(1, 'gate-2', 20, 'taken'), of(2, null, 30, 'taken'), of(3, 'gate-1', 10, 'taken')]
  const after = (amount: number) => heldAfter([...mixed, of(4, 'gate-1', amount, 'given-back')])
  const amounts = (amount: number) => after(amount).map((each) => [each.by, each.amount])
  expect(amounts(10)).toEqual([
    ['gate-2', 20],
    [null, 30],
  ])
  expect(amounts(25)).toEqual([
    ['gate-2', 20],
    [null, 15],
  ])
  expect(amounts(45)).toEqual([['gate-2', 15]])
})
