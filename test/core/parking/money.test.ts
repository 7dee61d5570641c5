import { describe, expect, test } from 'vitest'
import type { CurrencyCode } from '../../../core/money.ts'
import { KEYED_AMOUNT_MAX, money } from '../../../core/money.ts'
import { HOUR_MS, instant, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { holderToken, STEPPED, vnd } from '../kit.ts'
import {
  announced,
  asked,
  carInside,
  cash,
  chargeOf,
  correct,
  credit,
  newest,
  OTHER,
  overrideNow,
  PLATE,
  payNow,
  put,
  refund,
  refundAll,
  said,
  ticketInside,
  toExit,
  told,
} from './driver.ts'
import { BIKE_IN, BIKE_OUT, CAR_IN, CAR_OUT, park } from './park.ts'
import { charging } from './tariff-kit.ts'

const DEBTS = 'live:debts:market-1'
const GIVE_BACK = 'live:give-back:market-1'

test('who paid and then never came in gets all of it back, also beyond what may be refunded, and the case ends', () => {
  const p = park({ policy: { refundMax: 10_000 } })
  p.arrive(CAR_IN)
  p.see(CAR_IN, PLATE)
  const id = newest(p)
  const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
  cash(p, charge, 25_000)
  p.reverse(CAR_IN)
  p.wait(HOUR_MS)
  for (let n = 0; n < 4; n += 1) p.due()
  expect(p.session(id).status).toBe('void')
  expect(p.charge(charge)).toMatchObject({ status: 'cancelled', overpaid: 25_000 })
  expect([p.cases(), p.balance(GIVE_BACK)]).toEqual([['overpaid'], -25_000])
  expect(said(refund(p, charge, 25_001)), 'no more than came').toBe('refund-too-high')
  expect(said(refund(p, charge, 25_000))).toBe('refunded')
  expect([p.cases(), p.balance(GIVE_BACK)]).toEqual([[], 0])
  expect(said(refund(p, charge, 1_000))).toBe('refund-too-high')
})

test('who was asked, paid nothing and never came in is given nothing back: nothing is booked, and it is no case', () => {
  const p = park()
  p.arrive(CAR_IN)
  p.see(CAR_IN, PLATE)
  const id = newest(p)
  const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
  p.reverse(CAR_IN)
  p.wait(HOUR_MS)
  for (let n = 0; n < 4; n += 1) p.due()
  expect(p.session(id).status).toBe('void')
  expect(p.charge(charge)).toMatchObject({ status: 'cancelled', paid: 0, overpaid: 0 })
  expect([p.cases(), p.balance(GIVE_BACK), p.ledger().accounts.size]).toEqual([[], 0, 0])
})

describe('paying', () => {
  test('nothing is asked away from the lane for a stay that costs nothing, and no charge is opened', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const id = carInside(p)
    const quoted = p.take({ kind: 'session-quoted', session: id })
    expect(quoted.outcome).toEqual({ ok: true, kind: 'nothing-due', session: id })
    expect([quoted.subject.charge, quoted.changes, p.charges()]).toEqual([null, [], []])
  })

  test('the next code of the payer’s phone stands for what the one before has paid, and takes nothing', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    const code = (nonce: string) => {
      const { at } = p.now()
      return holderToken(nonce, { iat: at, nbf: at, exp: instant(at + MINUTE_MS) })
    }
    expect(said(p.show(CAR_OUT, code('1')))).toBe('paid')
    p.wait(2 * SECOND_MS)
    const next = p.show(CAR_OUT, code('2'))
    expect([said(next), next.changes, next.documents]).toEqual(['already-accepted', [], []])
    p.loop(CAR_OUT, 'safety', true)
    const under = p.show(CAR_OUT, code('3'))
    expect([said(under), under.changes, under.effects], 'also under the arm').toEqual(['already-accepted', [], []])
    expect(p.charge(charge)).toMatchObject({ paid: 25_000, overpaid: 0 })
  })

  test('a code that is shown before anybody stands at the exit pays nothing, and is as good as before', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.show(CAR_IN, payNow(p, 'in'))
    p.drive(CAR_IN)
    const id = newest(p)
    const early = p.show(CAR_OUT, payNow(p, 'out'))
    expect([said(early), early.changes, early.documents]).toEqual(['no-vehicle', [], []])
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, payNow(p, 'out')))).toBe('paid')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('a part in cash and the rest by a token: one charge, and the vehicle is let out by the last of them', () => {
    const p = park()
    const id = carInside(p)
    p.wait(90 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    expect(cash(p, charge, 20_000).outcome).toMatchObject({ kind: 'credited', amount: vnd(20_000), rest: vnd(30_000) })
    const paid = p.show(CAR_OUT, payNow(p, 'a'))
    expect(paid.outcome).toMatchObject({ kind: 'paid', amount: vnd(30_000) })
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000 })
    expect(p.session(id).status).toBe('left')
  })

  test('cash on behalf, a bank’s credit or a token on the phone for the vehicle at the exit opens it', () => {
    for (const pay of ['cash', 'bank', 'phone'] as const) {
      const p = park()
      carInside(p)
      const { charge, due } = asked(toExit(p))
      const decision =
        pay === 'cash'
          ? p.take({ kind: 'cash-taken', charge, tender: 'cash-on-behalf', amount: due })
          : pay === 'bank'
            ? credit(p, charge, due.amount)
            : p.payAway(charge, payNow(p, 'a'))
      expect(told(decision)).toContain('open')
      p.drive(CAR_OUT)
      expect(p.charge(charge)).toMatchObject({ status: 'paid' })
    }
  })

  test('it leaves by the lane that asks it, though the one without an arm by which it came remembers it still', () => {
    const p = park()
    p.see(BIKE_IN, '29B1-678.90')
    p.wait(HOUR_MS)
    const { charge } = asked(p.see(BIKE_OUT, '29B1-678.90'))
    expect(said(p.payAway(charge, payNow(p, 'a')))).toBe('paid')
    expect(p.session(newest(p)).status).toBe('left')
  })

  test('away from the lane, then leaving within the grace; after it all the time is asked, less what was paid', () => {
    const p = park()
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    const { charge, due } = asked(p.take({ kind: 'session-quoted', session: id }))
    expect(due).toEqual(vnd(25_000))
    const paid = p.payAway(charge, payNow(p, 'a'))
    expect(paid.outcome).toMatchObject({ kind: 'paid', amount: vnd(25_000), passage: null })
    expect(p.payAway(charge, payNow(p, 'a')).outcome).toMatchObject({ kind: 'already-accepted', amount: vnd(25_000) })
    expect(said(p.take({ kind: 'session-quoted', session: id }))).toBe('nothing-due')
    expect(said(p.payAway(charge, payNow(p, 'b')))).toBe('nothing-due')
    p.wait(14 * MINUTE_MS)
    expect(said(toExit(p)), 'over the hour, within the grace').toBe('let-through')
    const q = park()
    const late = carInside(q)
    q.wait(50 * MINUTE_MS)
    q.payAway(asked(q.take({ kind: 'session-quoted', session: late })).charge, payNow(q, 'a'))
    q.wait(16 * MINUTE_MS)
    expect(asked(toExit(q)).due).toEqual(vnd(25_000))
  })

  test('an amount that was asked at a lane holds while its vehicle stands there, and is asked anew after', () => {
    const p = park()
    const id = carInside(p)
    p.wait(58 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
    p.wait(4 * MINUTE_MS)
    expect(asked(p.choose(CAR_OUT, id)).due, 'the second hour has begun').toEqual(vnd(25_000))
    p.wait(2 * MINUTE_MS)
    expect(asked(p.choose(CAR_OUT, id)).due).toEqual(vnd(50_000))
    const q = park()
    const held = carInside(q)
    q.wait(58 * MINUTE_MS)
    toExit(q)
    q.wait(4 * MINUTE_MS)
    expect(q.show(CAR_OUT, payNow(q, 'a')).outcome).toMatchObject({ amount: vnd(25_000) })
    q.drive(CAR_OUT)
    expect(q.charge(chargeOf(q, held)), 'to the end').toMatchObject({ status: 'paid', paid: 25_000 })
  })

  test('less than is asked by a token is refused with what is asked', () => {
    const p = park()
    carInside(p)
    toExit(p)
    const refused = p.show(CAR_OUT, payNow(p, 'a', { amt: vnd(20_000) }))
    expect(refused.outcome).toMatchObject({ ok: false, refusal: 'amount-too-low', due: vnd(25_000) })
    const { charge } = asked(p.choose(CAR_OUT, newest(p)))
    expect(said(p.payAway(charge, payNow(p, 'a', { amt: vnd(20_000) })))).toBe('amount-too-low')
  })

  test('more than is due, and twice: what is beyond is to be given back, with a case that ends when it is', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(credit(p, charge, 60_000).outcome).toMatchObject({
      amount: vnd(25_000),
      rest: vnd(0),
      overpaid: vnd(35_000),
    })
    expect(p.cases()).toEqual(['overpaid'])
    p.drive(CAR_OUT)
    expect(credit(p, charge, 25_000).outcome, 'it has left, and the bank tells of another').toMatchObject({
      amount: vnd(0),
      overpaid: vnd(25_000),
    })
    expect(p.balance(GIVE_BACK)).toBe(-60_000)
    expect(said(refund(p, charge, 50_000))).toBe('refunded')
    expect(p.cases()).toEqual(['overpaid'])
    const more = refund(p, charge, 20_000)
    expect(more.outcome, 'another has given that back in the meantime').toEqual({
      ok: false,
      refusal: 'refund-of-price',
      due: vnd(10_000),
    })
    expect(p.charge(charge)).toMatchObject({ overpaid: 10_000, refunded: 0 })
    expect(refundAll(p, charge, 20_000).outcome, 'the rest, and some of what was paid').toMatchObject({
      amount: vnd(20_000),
      ofPrice: vnd(10_000),
    })
    expect(p.charge(charge)).toMatchObject({ overpaid: 0, refunded: 10_000 })
    expect(p.balance(GIVE_BACK)).toBe(0)
    expect(p.cases()).toEqual([])
  })

  test('what was too much is given back once: of who gives it back again it is asked whether it is to come off the price', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    cash(p, charge, 35_000)
    p.drive(CAR_OUT)
    expect(refund(p, charge, 10_000).outcome).toMatchObject({ kind: 'refunded', ofPrice: vnd(0) })
    const before = p.balance('live:cash:market-1')
    expect(refund(p, charge, 10_000).outcome).toEqual({ ok: false, refusal: 'refund-of-price', due: vnd(0) })
    expect([p.balance('live:cash:market-1'), p.charge(charge)?.refunded]).toEqual([before, 0])
    expect(refundAll(p, charge, 10_000).outcome).toMatchObject({ kind: 'refunded', ofPrice: vnd(10_000) })
    expect(said(refundAll(p, charge, 50_001)), 'confirmed it is no more than there was').toBe('refund-too-high')
  })

  test('nothing that was due is given back while the vehicle is inside: it would leave as one who has paid', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 35_000)
    expect(p.session(id).settledAt).not.toBeNull()
    expect(said(refund(p, charge, 10_001))).toBe('refund-too-high')
    expect(said(refund(p, charge, 10_000)), 'what was too much').toBe('refunded')
    toExit(p)
    p.drive(CAR_OUT)
    expect(said(refundAll(p, charge, 25_000))).toBe('refunded')
  })

  test('a refund of what was paid is capped, and of what nobody paid there is none', () => {
    const p = park({ policy: { refundMax: 30_000 } })
    carInside(p)
    p.wait(90 * MINUTE_MS)
    const { charge } = asked(toExit(p))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(said(refundAll(p, charge, 20_000))).toBe('refunded')
    expect(said(refundAll(p, charge, 10_001))).toBe('refund-too-high')
    expect(said(refundAll(p, charge, 10_000))).toBe('refunded')
    const q = park()
    carInside(q)
    const waived = asked(toExit(q)).charge
    q.show(CAR_OUT, overrideNow(q, 'o'))
    expect(said(refund(q, waived, 1))).toBe('refund-too-high')
  })

  test('beyond what anybody means is not taken as overpaid', () => {
    const p = park({ policy: { cashOverMax: KEYED_AMOUNT_MAX } })
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(said(cash(p, charge, KEYED_AMOUNT_MAX + 1))).toBe('amount-invalid')
    expect(said(credit(p, charge, KEYED_AMOUNT_MAX + 1))).toBe('amount-invalid')
    expect(p.cases()).toEqual([])
    expect(said(cash(p, charge, KEYED_AMOUNT_MAX, { confirmed: true }))).toBe('credited')
  })

  test('cash beyond what change explains is asked about, and taken when somebody confirms it', () => {
    const p = park()
    carInside(p)
    const { charge, due } = asked(toExit(p))
    const unlikely = { ok: false, refusal: 'cash-unlikely', due }
    expect(cash(p, charge, 500_001).outcome).toEqual(unlikely)
    expect(p.charge(charge), 'nothing is booked').toMatchObject({ paid: 0, overpaid: 0 })
    expect(cash(p, charge, 500_000).outcome, 'the largest note').toMatchObject({ overpaid: vnd(475_000) })
    expect(cash(p, charge, 25_000).outcome, 'nothing is asked any more').toEqual({ ...unlikely, due: vnd(0) })
    expect(cash(p, charge, 25_000, { confirmed: true }).outcome).toMatchObject({ overpaid: vnd(25_000) })
    const q = park({ policy: { cashNoteMax: 20_000 } })
    carInside(q)
    const small = asked(toExit(q)).charge
    expect(said(cash(q, small, 40_001)), 'two of its largest notes').toBe('cash-unlikely')
    expect(said(credit(q, small, 40_001)), 'a bank counts what came').toBe('credited')
  })

  test.each([
    ['a charge that is not there', 'charge-unknown', 'box-1:1:1:g9', vnd(5), 'why'],
    ['another currency', 'token-currency', null, money(5, 'USD' as CurrencyCode), 'why'],
    ['nothing', 'amount-zero', null, vnd(0), 'why'],
    ['no reason', 'reason-missing', null, vnd(5), ' '],
  ])('%s is refused', (_what, refusal, id, amount, reason) => {
    const p = park()
    carInside(p)
    const charge = (id ?? asked(toExit(p)).charge) as ReturnType<typeof chargeOf>
    expect(said(p.take({ kind: 'refund', charge, amount, reason }))).toBe(refusal)
    if (reason.trim() === '') return
    expect(said(p.take({ kind: 'cash-taken', charge, tender: 'cash', amount }))).toBe(refusal)
  })

  test('a token for a charge: of its kind, once, and not for one that is over', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(said(p.payAway(charge, overrideNow(p, 'o')))).toBe('token-kind-not-taken')
    expect(said(p.payAway('box-1:1:1:g9' as typeof charge, payNow(p, 'a')))).toBe('charge-unknown')
    expect(said(p.payAway(charge, payNow(p, 'old', { exp: p.now().at })))).toBe('token-expired')
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(said(p.payAway(charge, payNow(p, 'b')))).toBe('charge-closed')
    const other = carInside(p, '29A-678.90')
    expect(said(p.payAway(asked(p.take({ kind: 'session-quoted', session: other })).charge, payNow(p, 'a')))).toBe(
      'token-spent',
    )
    expect(
      said(p.take({ kind: 'scan', place: { kind: 'site' }, reader: null, token: payNow(p, 'c'), evidence: '' })),
    ).toBe('token-kind-not-taken')
  })

  test('a phone pays what the stay costs by then, and nothing before that was asked', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    p.wait(90 * MINUTE_MS)
    const code = payNow(p, 'a')
    const more = { kind: 'amount-asked', charge, due: vnd(50_000), holdsUntil: null }
    expect(p.payAway(charge, code).outcome, 'it has risen since it was asked').toMatchObject(more)
    expect(p.payAway(charge, code).outcome).toMatchObject({ kind: 'paid', amount: vnd(50_000) })
    const q = park()
    const second = carInside(q)
    const before = asked(q.take({ kind: 'session-quoted', session: second })).charge
    q.wait(90 * MINUTE_MS)
    expect(credit(q, before, 30_000).outcome).toMatchObject({ amount: vnd(30_000), rest: vnd(20_000) })
    expect(said(cash(q, before, 20_000))).toBe('credited')
    expect(said(toExit(q))).toBe('let-through')
  })

  test('no tariff, no price: nothing is asked, nothing is free, and staff are called', () => {
    const p = park({ tariffs: null })
    const id = carInside(p)
    expect(said(p.take({ kind: 'session-quoted', session: id }))).toBe('no-tariff')
    expect(said(toExit(p))).toBe('no-tariff')
    expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('no-tariff')
    expect(said(p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no price' }))).toBe('no-tariff')
    expect(p.cases()).toEqual(['no-tariff'])
    expect(said(p.take({ kind: 'session-quoted', session: 'box-1:1:1:s9' as typeof id }))).toBe('stay-not-found')
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o'))), 'a supervisor may').toBe('let-through')
    p.drive(CAR_OUT)
    expect(said(p.take({ kind: 'session-quoted', session: id }))).toBe('stay-over')
  })
})

describe('owing', () => {
  const owing = (p: ReturnType<typeof park>) =>
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money with him' })

  test('the vehicle leaves, the plate owes, it is shown at the next entry, asked at the next exit, and then no more', () => {
    const p = park()
    const first = carInside(p)
    toExit(p)
    expect(told(owing(p))).toEqual(['open', 'debt'])
    p.drive(CAR_OUT)
    expect(p.charge(chargeOf(p, first))).toMatchObject({ status: 'owed', paid: 0 })
    expect(p.balance(DEBTS)).toBe(25_000)
    expect(p.cases(), 'it was agreed').toEqual([])

    p.arrive(CAR_IN)
    expect(announced(p.see(CAR_IN, PLATE), 'ticket')).toMatchObject({ debt: vnd(25_000) })
    p.drive(CAR_IN)
    const second = newest(p)
    expect(asked(toExit(p)).due, 'its own and the debt').toEqual(vnd(50_000))
    const paid = p.show(CAR_OUT, payNow(p, 'a'))
    expect(paid.changes.filter(({ kind }) => kind === 'claim-opened')).toMatchObject([
      { claim: { amount: vnd(50_000) } },
    ])
    p.drive(CAR_OUT)
    expect([first, second].map((id) => p.charge(chargeOf(p, id))?.status)).toEqual(['paid', 'paid'])
    expect(p.balance(DEBTS)).toBe(0)
    carInside(p)
    expect(asked(toExit(p)).due, 'nobody is asked twice').toEqual(vnd(25_000))
  })

  test('a later credit of any kind that names the charge pays it', () => {
    for (const pay of ['bank', 'phone', 'cash'] as const) {
      const p = park()
      const id = carInside(p)
      toExit(p)
      owing(p)
      p.drive(CAR_OUT)
      const charge = chargeOf(p, id)
      expect(asked(p.take({ kind: 'session-quoted', session: id })), 'who asks hears what is owed').toMatchObject({
        charge,
        due: vnd(25_000),
      })
      if (pay === 'bank') credit(p, charge, 30_000)
      if (pay === 'phone') p.payAway(charge, payNow(p, 'a'))
      if (pay === 'cash') {
        cash(p, charge, 5_000)
        cash(p, charge, 20_000)
      }
      expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000 })
      expect(p.balance(DEBTS)).toBe(0)
      expect(said(p.take({ kind: 'session-quoted', session: id }))).toBe('stay-over')
    }
  })

  /** It has left, its plate owes 25,000, and a case says so. */
  const leftUnpaid = () => {
    const p = park()
    const id = carInside(p)
    expect(said(correct(p, id, { kind: 'close' }))).toBe('noted')
    expect(p.cases()).toEqual(['left-unpaid'])
    return { p, charge: chargeOf(p, id) }
  }

  /** The same vehicle stands at the exit once more, and is asked for both. */
  const askedForBoth = () => {
    const { p, charge } = leftUnpaid()
    const second = carInside(p)
    const { due } = asked(toExit(p))
    expect(due).toEqual(vnd(50_000))
    return { p, charge, second }
  }

  const isAnswered = (p: ReturnType<typeof park>, charge: ReturnType<typeof chargeOf>): void => {
    expect([p.charge(charge)?.status, p.cases('open'), p.cases('ended')]).toEqual(['paid', [], ['left-unpaid']])
  }

  test.each(['bank', 'phone', 'cash'] as const)(
    'the case of who left unpaid ends when they pay by %s, and not before',
    (by) => {
      const { p, charge } = leftUnpaid()
      if (by === 'bank') credit(p, charge, 25_000)
      if (by === 'phone') p.payAway(charge, payNow(p, 'a'))
      if (by === 'cash') {
        cash(p, charge, 24_000)
        expect(p.cases(), 'a part of it').toEqual(['left-unpaid'])
        cash(p, charge, 1_000)
      }
      isAnswered(p, charge)
    },
  )

  test.each(['token', 'bank', 'cash'] as const)(
    'the case of who left unpaid ends when the debt is paid with the next stay by %s at the exit',
    (by) => {
      const { p, charge, second } = askedForBoth()
      const own = chargeOf(p, second)
      if (by === 'token') p.show(CAR_OUT, payNow(p, 'a'))
      if (by === 'bank') credit(p, own, 50_000)
      if (by === 'cash') {
        cash(p, own, 49_000)
        expect(p.cases(), 'its own, and a part of the debt').toEqual(['left-unpaid'])
        cash(p, charge, 1_000)
      }
      isAnswered(p, charge)
      p.drive(CAR_OUT)
      expect(p.cases()).toEqual([])
    },
  )

  test('a debt on the wrong plate is taken off by the office, once, with a reason: its case ends, and no vehicle is asked for it', () => {
    const { p, charge } = leftUnpaid()
    const of = p.charge(charge)?.charge.session ?? ('' as never)
    expect(said(correct(p, of, { kind: 'debt-off' }, ' '))).toBe('reason-missing')
    expect(said(correct(p, of, { kind: 'close' })), 'what is over is put right in no other way').toBe('stay-over')
    const off = correct(p, of, { kind: 'debt-off' }, 'a cloned plate')
    expect([said(off), p.charge(charge)]).toMatchObject(['noted', { status: 'paid', paid: 25_000, relief: 25_000 }])
    expect(off.changes).toContainEqual(
      expect.objectContaining({ kind: 'payment-taken', charge, tender: 'correction', amount: vnd(25_000) }),
    )
    expect([p.cases('open'), p.cases('ended')]).toEqual([[], ['left-unpaid']])
    expect([p.balance(DEBTS), p.balance('live:correction:market-1'), p.balance('live:merchant:car-park')]).toEqual([
      0, 25_000, -25_000,
    ])
    expect(said(correct(p, of, { kind: 'debt-off' })), 'a second time').toBe('nothing-owed')
    expect(said(refundAll(p, charge, 1_000)), 'nobody has paid it').toBe('refund-too-high')
    carInside(p)
    expect(asked(toExit(p)).due, 'its own alone').toEqual(vnd(25_000))
  })

  test('of a debt that was paid in part the rest is taken off; a transfer for it later is too much', () => {
    const { p, charge } = leftUnpaid()
    cash(p, charge, 10_000)
    const of = p.charge(charge)?.charge.session ?? ('' as never)
    correct(p, of, { kind: 'debt-off' })
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, relief: 15_000 })
    expect(credit(p, charge, 15_000).outcome).toMatchObject({ kind: 'credited', amount: vnd(0), overpaid: vnd(15_000) })
    expect([p.cases(), p.charge(charge)?.overpaid]).toEqual([['overpaid'], 15_000])
  })

  test('a debt without a case, or whose case has been ended, is taken off as well', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    owing(p)
    p.drive(CAR_OUT)
    expect(said(correct(p, id, { kind: 'debt-off' }))).toBe('noted')
    expect([p.charge(chargeOf(p, id))?.status, p.cases('ended')]).toEqual(['paid', []])
  })

  test('where nothing is owed nothing is taken off, and what waits to be reckoned is reckoned first', () => {
    const p = park()
    const id = carInside(p)
    expect(said(correct(p, id, { kind: 'debt-off' })), 'it is inside, and was asked for nothing').toBe('nothing-owed')
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    expect(said(correct(p, id, { kind: 'debt-off' })), 'it is inside').toBe('nothing-owed')
    p.setTariffs([])
    correct(p, id, { kind: 'close' })
    expect([p.charge(charge)?.status, said(correct(p, id, { kind: 'debt-off' }))]).toEqual(['owed', 'reckoning-waits'])
    expect(said(correct(p, 'box-1:1:9999:s0' as never, { kind: 'debt-off' }))).toBe('stay-not-found')
  })

  test.each([['attendant'], ['pay-station']] as const)('%s takes off no debt', (role) => {
    const p = park({ role })
    const id = carInside(p)
    correct(p, id, { kind: 'close' })
    expect(said(correct(p, id, { kind: 'debt-off' }))).toBe('forbidden')
    expect(p.charge(chargeOf(p, id))?.status).toBe('owed')
  })

  test('an admin takes off a debt too', () => {
    const p = park({ role: 'admin' })
    const id = carInside(p)
    correct(p, id, { kind: 'close' })
    expect(said(correct(p, id, { kind: 'debt-off' }))).toBe('noted')
  })

  test('what a supervisor waives at the next exit is not the debt: its case stays', () => {
    const { p, charge } = askedForBoth()
    p.show(CAR_OUT, overrideNow(p, 'o-1'))
    p.drive(CAR_OUT)
    expect([p.charge(charge)?.status, p.cases()]).toEqual(['owed', ['left-unpaid']])
  })

  test('a case that somebody has ended already is not ended once more', () => {
    const { p, charge } = leftUnpaid()
    const [open] = p.casesNow()
    p.take({ kind: 'case-ended', case: open?.id ?? ('' as never), reason: 'they will come tomorrow' })
    expect(p.cases()).toEqual([])
    const paid = cash(p, charge, 25_000)
    expect(paid.changes.map(({ kind }) => kind)).toContain('charge-closed')
    expect(paid.changes.map(({ kind }) => kind)).not.toContain('case-ended')
  })

  test('only the debt is due where the stay itself costs nothing', () => {
    const p = park()
    carInside(p)
    toExit(p)
    owing(p)
    p.drive(CAR_OUT)
    put(p, 'm-1', [PLATE])
    p.wait(MINUTE_MS)
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.drive(CAR_IN)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
    expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('paid')
    p.drive(CAR_OUT)
    expect(p.session(newest(p))).toMatchObject({ status: 'left', charge: null })
  })

  test('is refused without a reason, over the limit, and without a plate that can be asked again', () => {
    const p = park({ policy: { debtMax: 60_000 } })
    const id = ticketInside(p)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    expect(said(p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: '' }))).toBe('reason-missing')
    expect(said(owing(p))).toBe('plate-needed')
    p.see(CAR_OUT, PLATE)
    expect(said(owing(p))).toBe('let-through')
    expect(
      p.session(id).credentials.map(({ kind }) => kind),
      'the plate is kept with it',
    ).toEqual(['ticket', 'plate'])
    p.drive(CAR_OUT)
    carInside(p)
    p.wait(90 * MINUTE_MS)
    toExit(p)
    expect(said(owing(p)), 'both together').toBe('debt-too-high')
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o'))), 'nobody is locked in').toBe('let-through')
    p.drive(CAR_OUT)
    expect(p.balance(DEBTS), 'what was owed before stays owed').toBe(25_000)
  })

  test('a stay that has paid and was let out owes nothing by anybody’s word', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    p.show(CAR_OUT, payNow(p, 'a'))
    const again = owing(p)
    expect([said(again), again.changes]).toEqual(['already-accepted', []])
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, relief: 0 })
    expect(p.balance(DEBTS)).toBe(0)
  })

  test('nothing to owe is nothing to refuse', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    carInside(p)
    p.arrive(CAR_OUT)
    p.take({ kind: 'emergency', device: null, active: false })
    const id = newest(p)
    p.choose(CAR_OUT, id)
    p.reverse(CAR_OUT)
    const q = park()
    const paid = carInside(q)
    toExit(q)
    cash(q, chargeOf(q, paid), 5_000)
    q.setTariffs([charging({ kind: 'flat', price: 0 })])
    expect(said(q.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'asks nothing' }))).toBe('let-through')
  })

  test.each([
    ['wait', 'over-transaction-limit', [], 0],
    ['call-staff', 'over-transaction-limit', ['call-staff'], 0],
    ['leave-on-debt', 'let-through', ['debt'], 25_000],
    ['open', 'let-through', ['debt'], 25_000],
  ] as const)('a lane whose policy is to %s, where the site dares to take no token', (unpaid, outcome, words, owed) => {
    const p = park({ lanes: { unpaid }, site: { transactionMax: 1_000 } })
    carInside(p)
    toExit(p)
    const decision = p.show(CAR_OUT, payNow(p, 'a'))
    expect(said(decision)).toBe(outcome)
    expect(told(decision)).toEqual(expect.arrayContaining([...words]))
    if (owed === 0) return
    p.drive(CAR_OUT)
    expect(p.balance(DEBTS)).toBe(owed)
    expect(p.cases()).toEqual(['left-unpaid'])
  })

  test('a lane that lets leave on debt waits all the same for what its driver can mend, and calls staff over the limit', () => {
    const p = park({ lanes: { unpaid: 'leave-on-debt' }, policy: { debtMax: 0 }, site: { transactionMax: 1_000 } })
    carInside(p)
    toExit(p)
    expect(said(p.show(CAR_OUT, payNow(p, 'a', { amt: vnd(1) })))).toBe('amount-too-low')
    const refused = p.show(CAR_OUT, payNow(p, 'b'))
    expect(said(refused)).toBe('over-transaction-limit')
    expect(announced(refused, 'call-staff')).toEqual({ kind: 'call-staff', why: 'over-transaction-limit' })
  })

  test('a free-flow lane whose policy is to open owes at once', () => {
    const p = park({ lanes: { unpaid: 'open' }, site: { transactionMax: 1 } })
    p.see(BIKE_IN, '29B1-678.90')
    p.wait(MINUTE_MS)
    p.see(BIKE_OUT, '29B1-678.90')
    expect(said(p.show(BIKE_OUT, payNow(p, 'a')))).toBe('let-through')
    expect(p.charges()).toMatchObject([{ status: 'owed' }])
  })
})

describe('letting go', () => {
  test('a supervisor’s signed word waives what is asked, in the books', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
    p.drive(CAR_OUT)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 25_000, relief: 25_000 })
    expect(p.balance('live:waiver:market-1')).toBe(25_000)
  })

  test('for a stay that was let out already it is not spent, and is good for the next', () => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    p.show(CAR_OUT, payNow(p, 'a'))
    const early = p.show(CAR_OUT, overrideNow(p, 'o'))
    expect([said(early), early.changes]).toEqual(['already-accepted', []])
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', relief: 0 })
    carInside(p, OTHER)
    toExit(p, OTHER)
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
  })

  test('it waives what nobody could reckon, too: the plate owes nothing of it', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    const q = park()
    const unasked = carInside(q)
    for (const each of [p, q]) {
      each.wait(HOUR_MS)
      each.setTrust(STEPPED)
      expect(said(toExit(each))).toBe('clock-not-trusted')
      expect(said(each.show(CAR_OUT, overrideNow(each, 'o')))).toBe('let-through')
    }
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, relief: 25_000 })
    expect(p.balance('live:waiver:market-1')).toBe(25_000)
    q.drive(CAR_OUT)
    expect(q.session(unasked)).toMatchObject({ status: 'left', charge: null })
    for (const each of [p, q]) expect(each.cases()).toEqual(['time-unclear'])
  })

  test('nothing is owed that was reckoned from a time which nobody trusts', () => {
    const p = park()
    const closed = carInside(p)
    const opened = carInside(p, OTHER)
    p.wait(HOUR_MS)
    p.setTrust(STEPPED)
    correct(p, closed, { kind: 'close' })
    expect(p.session(closed)).toMatchObject({ status: 'closed', charge: null })
    toExit(p, OTHER)
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'the clock is wrong' })
    p.drive(CAR_OUT)
    expect(p.session(opened)).toMatchObject({ status: 'left', charge: null })
  })

  test('a merchant’s validation takes off what it says, also of what was asked before; the difference stands in the books', () => {
    const p = park()
    const id = carInside(p)
    p.wait(90 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(50_000))
    expect(
      said(put(p, 'shop-1', [], { kind: 'validation', session: id, relief: { kind: 'amount', amount: vnd(20_000) } })),
    ).toBe('noted')
    expect(asked(p.choose(CAR_OUT, id)).due).toEqual(vnd(30_000))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 50_000, relief: 20_000 })
    expect(p.balance('live:validation:market-1')).toBe(20_000)
    expect(said(put(p, 'shop-2', [], { kind: 'validation', session: id })), 'it is over').toBe('stay-over')
  })

  test('a waiver and a validation of one stay at a lane without an arm, in one record', () => {
    const p = park()
    p.see(BIKE_IN, '29B1-678.90')
    const id = newest(p)
    p.wait(90 * MINUTE_MS)
    p.see(BIKE_OUT, '29B1-678.90')
    put(p, 'shop-1', [], { kind: 'validation', session: id, relief: { kind: 'amount', amount: vnd(20_000) } })
    expect(said(p.show(BIKE_OUT, overrideNow(p, 'o')))).toBe('let-through')
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 50_000, relief: 50_000 })
  })

  test('a stay that staff close owes what it costs by then', () => {
    const p = park()
    const id = carInside(p)
    p.wait(90 * MINUTE_MS)
    expect(said(correct(p, id, { kind: 'close' }))).toBe('noted')
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'owed', charge: { due: vnd(50_000) } })
    const q = park()
    const quoted = carInside(q)
    q.take({ kind: 'session-quoted', session: quoted })
    q.wait(90 * MINUTE_MS)
    correct(q, quoted, { kind: 'close' })
    expect(q.charge(chargeOf(q, quoted))).toMatchObject({ status: 'owed', charge: { due: vnd(50_000) } })
  })
})
