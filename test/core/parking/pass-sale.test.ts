import { describe, expect, test } from 'vitest'
import { decide } from '../../../core/decide.ts'
import type { Decision } from '../../../core/decision.ts'
import type { ChargeId, RightId } from '../../../core/ids.ts'
import { vehicleClass } from '../../../core/ids.ts'
import { KEYED_AMOUNT_MAX, money } from '../../../core/money.ts'
import { PASS_SOLD_MONTHS_MAX, PASS_UNPAID_MAX_MS } from '../../../core/parking/pass-sale.ts'
import { recordedParking } from '../../../core/parking/recorded.ts'
import { RIGHT_AWAY_MAX, RIGHT_PLATES_MAX, RIGHT_UNTIL_MAX } from '../../../core/parking/rights.ts'
import type { OfferAsked } from '../../../core/parking/sale.ts'
import type { PassPrice } from '../../../core/parking/tariff.ts'
import { dayNumber, monthsAfter } from '../../../core/parking/zone-time.ts'
import type { Instant } from '../../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { ALWAYS, COMMON, NOON, SITE, STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  changed,
  credit,
  OTHER,
  PLATE,
  passNow,
  payNow,
  put,
  refund,
  rightOf,
  said,
  toExit,
} from './driver.ts'
import type { ParkSettings } from './park.ts'
import { CAR_IN, CAR_OUT, park, plateValue } from './park.ts'
import { at, BIKE, CAR, day, LEVEL, LOT, table, tariff } from './tariff-kit.ts'

const byDay: PassPrice = {
  id: 'month-day',
  name: { vi: 'Vé tháng ban ngày', en: 'Month by day' },
  vehicleClasses: [CAR],
  months: 1,
  covers: 'day',
  price: 3_000_000,
}
const whole: PassPrice = { ...byDay, id: 'month', covers: 'day-and-night', price: 40_000 }
const quarter: PassPrice = { ...whole, id: 'quarter', months: 3, price: 100_000 }
const years: PassPrice = { ...whole, id: 'two-years', months: 24, price: 900_000 }
const free: PassPrice = { ...whole, id: 'free', price: 0 }
const dear: PassPrice = { ...whole, id: 'dear', price: KEYED_AMOUNT_MAX }

const SELLING = tariff({
  rateTables: [table({ vehicleClasses: [CAR, BIKE] })],
  passes: [byDay, whole, quarter, years, free, dear],
})

const selling = (settings: ParkSettings = {}) => park({ tariffs: [SELLING], ...settings })
type Park = ReturnType<typeof park>

const MONTH: OfferAsked = { tariff: 'cars', pass: 'month', vehicleClass: CAR, months: 1 }
const ID = 'm-1' as RightId
const MERCHANT = 'live:merchant:car-park'

type Selling = { offer?: Partial<OfferAsked>; cash?: number | null; plates?: readonly string[]; right?: string }

const sell = (p: Park, { offer = {}, cash: paid = null, plates = [PLATE], right = ID }: Selling = {}): Decision =>
  p.take({
    kind: 'pass-sold',
    right: right as RightId,
    sells: 'issue',
    offer: { ...MONTH, ...offer },
    holder: 'Căn hộ 12A',
    plates,
    cash: paid === null ? null : { tender: 'cash', amount: vnd(paid) },
  })

const renew = (p: Park, { offer = {}, cash: paid = null }: Selling = {}): Decision =>
  p.take({
    kind: 'pass-sold',
    right: ID,
    sells: 'renewal',
    offer: { ...MONTH, ...offer },
    holder: '',
    plates: [],
    cash: paid === null ? null : { tender: 'cash-on-behalf', amount: vnd(paid) },
  })

const cancel = (p: Park, charge: ChargeId, reason = 'changed his mind'): Decision =>
  p.take({ kind: 'pass-sale-cancelled', charge, reason })

function sold({ outcome }: Decision) {
  if (!outcome.ok || outcome.kind !== 'pass-sold') throw new Error(`nothing is sold: ${JSON.stringify(outcome)}`)
  return outcome
}

const right = (p: Park) => p.rights.get(ID)
const sale = (p: Park, charge: ChargeId) => p.sales.get(charge)
const codes = (p: Park) =>
  p.changes.flatMap((change) => (change.kind === 'transfers' ? change.linked.map(({ code }) => code) : []))

/** Its books add up to nothing, and each account is what is expected of it. */
function accounts(p: Park, expected: Readonly<Record<string, number>>) {
  const balances = [...p.ledger().accounts.keys()].map((id) => [id, p.balance(id)] as const)
  expect(balances.reduce((sum, [, balance]) => sum + balance, 0)).toBe(0)
  for (const [account, balance] of Object.entries(expected))
    expect([account, p.balance(account)]).toEqual([account, balance])
}

describe('a pass that is sold for cash', () => {
  test('that whoever sold it transfers is paid once: their transfer passes the cash on', () => {
    const p = selling()
    sell(p, { cash: whole.price })
    const { charge } = sold(renew(p, { cash: whole.price }))
    expect(p.balance(`live:cash-on-behalf:${SITE}`)).toBe(whole.price)
    expect(credit(p, charge, whole.price).outcome).toMatchObject({ overpaid: vnd(0) })
    accounts(p, { [`live:cash-on-behalf:${SITE}`]: 0, [`live:bank-transfer:${SITE}`]: whole.price })
    expect([sale(p, charge)?.state.status, p.cases()]).toEqual(['paid', []])
    const q = selling()
    const offered = sold(sell(q)).charge
    q.take({ kind: 'cash-taken', charge: offered, tender: 'cash-on-behalf', amount: vnd(whole.price) })
    expect(credit(q, offered, whole.price).outcome, 'its holder had been asked').toMatchObject({
      kind: 'credit-unmatched',
    })
  })

  test('is what the offer says, in force from now to the end of the last day of its month, and its price is the car park’s own', () => {
    const p = selling()
    const outcome = sold(sell(p, { cash: 40_000 }))
    expect(outcome).toMatchObject({
      price: vnd(40_000),
      due: vnd(0),
      validFrom: NOON,
      validUntil: at('2026-12-21 00:00'),
    })
    expect(right(p)).toMatchObject({
      status: 'active',
      vehicleClasses: [CAR],
      spaces: 1,
      plates: [{ mac: '30A12345' }],
      validFrom: NOON,
      validUntil: at('2026-12-21 00:00'),
      hours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1_440 }],
    })
    expect(right(p)?.places).toEqual(expect.arrayContaining([LOT, LEVEL]))
    expect(right(p)).not.toHaveProperty('away')
    expect(p.charge(outcome.charge)).toMatchObject({ status: 'paid', paid: 40_000, charge: { session: null } })
    expect(sale(p, outcome.charge)).toMatchObject({ state: { status: 'paid', at: NOON }, offer: { months: 1 } })
    expect(codes(p)).toEqual(['pass-sale'])
    expect(p.waits()).toEqual([])
    accounts(p, { [MERCHANT]: -40_000, 'live:cash:market-1': 40_000 })
    carInside(p)
    p.wait(MINUTE_MS)
    expect(said(toExit(p))).toBe('let-through')
  })

  test('by day covers the hours of the day and no night, and three of its months cost three times as much', () => {
    const p = selling()
    const outcome = sold(sell(p, { offer: { pass: 'month-day', months: 3 }, cash: 9_000_000 }))
    expect(outcome.validUntil).toBe(at('2027-02-21 00:00'))
    expect(right(p)?.hours).toEqual([{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 360, toMinute: 1_080 }])
  })

  test('costs what the offer says: other cash is refused with the price, and so is another currency, and nothing is sold', () => {
    const p = selling()
    const refused = sell(p, { cash: 39_000 })
    expect(refused.outcome).toEqual({ ok: false, refusal: 'pass-price-differs', due: vnd(40_000) })
    const dollars = p.take({
      kind: 'pass-sold',
      right: ID,
      sells: 'issue',
      offer: MONTH,
      holder: '',
      plates: [],
      cash: { tender: 'cash', amount: money(40_000, 'USD' as never) },
    })
    expect(said(dollars)).toBe('token-currency')
    expect(p.changes).toEqual([])
  })
})

describe('no pass is sold', () => {
  test.each([
    ['of a tariff that is not in force', { tariff: 'bikes' }, 'pass-not-on-offer'],
    ['that is not on offer', { pass: 'week' }, 'pass-not-on-offer'],
    ['for a class that the offer is not for', { vehicleClass: BIKE }, 'pass-not-on-offer'],
    ['for a class that nobody knows', { vehicleClass: vehicleClass('tram') }, 'pass-not-on-offer'],
    ['for no month', { months: 0 }, 'pass-not-on-offer'],
    ['for half a month', { months: 0.5 }, 'pass-not-on-offer'],
    ['for a part of what is sold at once', { pass: 'quarter', months: 4 }, 'pass-not-on-offer'],
    ['for more months than one sale has', { months: PASS_SOLD_MONTHS_MAX + 1 }, 'pass-not-on-offer'],
    ['for nothing', { pass: 'free' }, 'nothing-due'],
    ['for more than anybody keys', { pass: 'dear', months: 2 }, 'amount-invalid'],
  ])('%s', (_why, offer, refusal) => {
    const p = selling()
    expect(said(sell(p, { offer }))).toBe(refusal)
    expect(p.changes).toEqual([])
  })

  test('by a clock that nobody trusts, without a tariff, without a car park, and to a plate that is none', () => {
    const p = selling()
    expect(said(sell(p, { plates: ['?'] }))).toBe('plate-unreadable')
    const many = Array.from({ length: RIGHT_PLATES_MAX + 1 }, (_each, index) => `30A-${100 + index}.45`)
    expect(said(sell(p, { plates: many }))).toBe('right-invalid')
    p.setTrust({ state: 'unknown' })
    expect(said(sell(p))).toBe('pass-clock-not-trusted')
    p.setTrust(SYNCED)
    const none = {
      parking: null,
      charge: null,
      stay: null,
      lane: null,
      sale: null,
      debts: [],
      askedWith: [],
      role: null,
    }
    const body = {
      kind: 'pass-sold',
      right: ID,
      sells: 'issue',
      offer: MONTH,
      holder: '',
      plates: [],
      cash: null,
    } as const
    const asked = { kind: 'pass-sold', body, parking: null, known: null, plates: [], holder: null } as const
    expect(said(decide(asked, COMMON, p.now()))).toBe('no-car-park')
    const cancelled = { kind: 'pass-sale-cancelled', charge: 'box-1:1:1:g0' as ChargeId, reason: 'why' } as const
    expect(said(decide({ kind: 'pass-sale-cancelled', body: cancelled, ...none }, COMMON, p.now()))).toBe('no-car-park')
    expect(said(sell(selling({ tariffs: null })))).toBe('no-tariff')
    expect(said(sell(selling({ tariffs: [tariff({ passes: [whole], validTo: day('2026-11-20') })] })))).toBe(
      'no-tariff',
    )
  })

  test('under an id in use', () => {
    const p = selling()
    put(p, ID, [PLATE])
    expect(said(sell(p))).toBe('right-exists')
  })

  test('that is sold as a whole is sold for its own months, more than twelve, and the twelfth of one is the last', () => {
    const p = selling()
    expect(sold(sell(p, { offer: { pass: 'two-years', months: 24 }, cash: 900_000 })).validUntil).toBe(
      at('2028-11-21 00:00'),
    )
    expect(sold(sell(p, { offer: { months: PASS_SOLD_MONTHS_MAX }, right: 'm-2' })).price).toEqual(vnd(480_000))
    expect(sold(sell(p, { offer: { pass: 'quarter', months: 6 }, right: 'm-3' })).price).toEqual(vnd(200_000))
    expect(sold(sell(p, { offer: { pass: 'dear' }, right: 'm-4' })).price).toEqual(vnd(KEYED_AMOUNT_MAX))
  })
})

describe('a month of the calendar', () => {
  test.each([
    ['2026-11-21', 1, '2026-12-21'],
    ['2026-12-31', 2, '2027-03-01'],
    ['2027-01-31', 1, '2027-03-01'],
    ['2027-01-28', 1, '2027-02-28'],
    ['2027-01-29', 1, '2027-03-01'],
    ['2028-01-29', 1, '2028-02-29'],
    ['2028-01-31', 1, '2028-03-01'],
    ['2027-03-31', 1, '2027-05-01'],
    ['2026-12-01', 12, '2027-12-01'],
    ['2028-02-29', 12, '2029-03-01'],
  ])('from %s, %i on, is over at the beginning of %s', (from, months, until) => {
    expect(monthsAfter(dayNumber(from), months)).toBe(dayNumber(until))
  })

  test('from 31 January lasts to the end of February, and renewed from there to the end of March', () => {
    const p = selling()
    p.wait(at('2027-01-31 08:00') - NOON)
    sell(p, { cash: 40_000 })
    expect(right(p)?.validUntil).toBe(at('2027-03-01 00:00'))
    expect(sold(renew(p, { cash: 40_000 }))).toMatchObject({
      validFrom: at('2027-03-01 00:00'),
      validUntil: at('2027-04-01 00:00'),
    })
    expect(right(p)).toMatchObject({ validFrom: at('2027-01-31 08:00'), validUntil: at('2027-04-01 00:00') })
  })
})

describe('a pass that is sold and not paid', () => {
  test('is in no force at any lane, by its plate or its code, until all of it is paid', () => {
    const p = selling()
    const { charge, due, dueAt, validFrom } = sold(sell(p))
    expect([due, dueAt, validFrom]).toEqual([vnd(40_000), NOON + PASS_UNPAID_MAX_MS, null])
    expect(right(p)).toMatchObject({ status: 'unpaid', away: [{ from: 0, until: null }] })
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow(ID)))).toBe('pass-unpaid')
    const id = carInside(p)
    expect(p.session(id).entry.by).toBe('plate')
    p.wait(MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
    p.reverse(CAR_OUT)
    expect(cash(p, charge, 15_000).outcome).toMatchObject({ rest: vnd(25_000) })
    expect(right(p)?.status).toBe('unpaid')
    const last = cash(p, charge, 25_000)
    expect(changed(last)).toEqual([
      'transfers',
      'payment-taken',
      'charge-closed',
      'timer-cleared',
      'right-put',
      'pass-sale-put',
    ])
    expect(right(p)).toMatchObject({ status: 'active', validFrom: p.now().at })
    expect(codes(p)).toEqual(['pass-sale', 'pass-sale'])
    expect(p.waits().filter(({ purpose }) => purpose === 'pass-sale-due')).toEqual([])
    accounts(p, { [MERCHANT]: -40_000 })
  })

  test('is paid by a transfer that names it, in force from then, and by a payer’s code; what comes twice is to be given back', () => {
    const p = selling()
    const { charge } = sold(sell(p))
    p.wait(2 * DAY_MS)
    const text = `CK ${transferReference(charge, SITE)} ve thang`
    const transfer = { kind: 'credit-by-text', amount: vnd(40_000), text, toldAt: null } as const
    expect(p.take({ ...transfer, reference: 'FT-1' }).outcome).toMatchObject({ kind: 'credited', rest: vnd(0) })
    expect(right(p)).toMatchObject({
      status: 'active',
      validFrom: NOON + 2 * DAY_MS,
      validUntil: at('2026-12-23 00:00'),
    })
    expect(p.take({ ...transfer, reference: 'FT-2' }).outcome).toMatchObject({ overpaid: vnd(40_000) })
    expect(credit(p, charge, 1_000).outcome).toMatchObject({ overpaid: vnd(1_000) })
    expect(p.cases(), 'one case for one charge').toEqual(['overpaid'])
    accounts(p, { [MERCHANT]: -40_000, 'live:give-back:market-1': -41_000 })
    expect(said(refund(p, charge, 40_000))).toBe('refunded')
    expect(p.cases()).toEqual(['overpaid'])
    expect(said(refund(p, charge, 1_000))).toBe('refunded')
    expect(p.cases()).toEqual([])
    expect(right(p)?.status, 'what came twice was for no pass').toBe('active')
    const q = selling()
    const other = sold(sell(q))
    expect(said(q.payAway(other.charge, payNow(q, 'p-1')))).toBe('paid')
    expect(right(q)?.status).toBe('active')
    expect(codes(q)).toEqual(['pass-sale'])
    expect(said(q.payAway(other.charge, payNow(q, 'p-2')))).toBe('charge-closed')
  })

  test('comes to nothing in its time: what was paid of it is to be given back, and what comes later too', () => {
    const p = selling()
    const { charge } = sold(sell(p))
    cash(p, charge, 10_000)
    p.wait(PASS_UNPAID_MAX_MS - 1)
    expect(p.due()).toEqual([])
    p.wait(1)
    p.setTrust({ state: 'unknown' })
    p.due()
    expect(right(p)?.status, 'nobody knows whether it is late').toBe('unpaid')
    p.setTrust(SYNCED)
    p.wait(PASS_UNPAID_MAX_MS)
    expect(p.due().map(said)).toEqual(['noted'])
    expect(right(p)?.status).toBe('ended')
    expect(p.charge(charge)).toMatchObject({ status: 'expired', overpaid: 10_000 })
    expect(sale(p, charge)?.state).toEqual({ status: 'lapsed', at: p.now().at })
    expect(p.cases()).toEqual(['overpaid'])
    expect(codes(p)).toEqual(['pass-sale', 'pass-return'])
    expect(credit(p, charge, 40_000).outcome).toMatchObject({ amount: vnd(0), overpaid: vnd(40_000) })
    accounts(p, { [MERCHANT]: 0, 'live:give-back:market-1': -50_000 })
    expect(said(refund(p, charge, 50_000))).toBe('refunded')
    expect([p.cases(), said(refund(p, charge, 1))]).toEqual([[], 'pass-refund-over'])
    expect(p.take({ kind: 'timer', timer: { purpose: 'pass-sale-due', charge } }).changes).toEqual([])
    const unknown = { purpose: 'pass-sale-due', charge: 'box-1:1:9:g0' as ChargeId } as const
    expect(p.take({ kind: 'timer', timer: unknown }).changes).toEqual([])
  })

  test('is taken back by staff who say why, once, and not after it is paid', () => {
    const p = selling()
    const { charge } = sold(sell(p))
    expect(said(cancel(p, charge, ' '))).toBe('reason-missing')
    expect(said(cancel(p, 'box-1:1:9:g0' as ChargeId))).toBe('charge-unknown')
    expect(cancel(p, charge).outcome).toMatchObject({ kind: 'pass-sale-cancelled', overpaid: vnd(0) })
    expect([p.charge(charge)?.status, right(p)?.status, p.cases(), p.waits()]).toEqual(['cancelled', 'ended', [], []])
    expect(said(cancel(p, charge))).toBe('charge-closed')
    const paid = sold(sell(p, { right: 'm-2', cash: 40_000 }))
    expect(said(cancel(p, paid.charge))).toBe('charge-closed')
    p.setMode('training')
    expect(said(cancel(p, paid.charge))).toBe('charge-unknown')
  })

  test('and is paid, or over, takes no cash of any amount, and a transfer that comes all the same is to be given back', () => {
    const p = selling()
    const { charge } = sold(sell(p))
    p.wait(PASS_UNPAID_MAX_MS)
    p.due()
    expect(sale(p, charge)?.state.status).toBe('lapsed')
    for (const amount of [1, 40_000, 9_000_000]) expect(said(cash(p, charge, amount))).toBe('pass-sale-over')
    expect(said(credit(p, charge, 40_000))).toBe('credited')
    p.setMode('training')
    expect(said(cash(p, charge, 40_000))).toBe('charge-unknown')
  })

  test('stays as it was sold: nobody suspends, renews or ends it, and its code can be issued', () => {
    const p = selling()
    sell(p)
    for (const status of ['active', 'suspended', 'ended'] as const)
      expect(said(p.take({ kind: 'right-status', right: ID, status, reason: 'why' }))).toBe('pass-unpaid')
    expect(said(put(p, ID, [OTHER]))).toBe('pass-unpaid')
    expect(said(renew(p))).toBe('pass-unpaid')
    expect(said(p.take({ kind: 'right-coded', right: ID }))).toBe('code-issued')
  })

  test('is in force from its sale where nobody knows when it was paid', () => {
    const untrusted = selling()
    const first = sold(sell(untrusted))
    untrusted.wait(2 * DAY_MS)
    untrusted.setTrust({ state: 'unknown' })
    cash(untrusted, first.charge, 40_000)
    expect(right(untrusted)).toMatchObject({ status: 'active', validFrom: NOON, validUntil: at('2026-12-21 00:00') })
    const setBack = selling()
    const second = sold(sell(setBack))
    setBack.wait(-HOUR_MS)
    cash(setBack, second.charge, 40_000)
    expect(right(setBack)).toMatchObject({ status: 'active', validFrom: NOON })
    const without = selling()
    const third = sold(sell(without))
    without.wait(DAY_MS)
    without.setTariffs(null)
    cash(without, third.charge, 40_000)
    expect(right(without)).toMatchObject({ status: 'active', validFrom: NOON })
  })
})

describe('a renewal by an offer', () => {
  test('goes on where the pass ends, once it is paid, at the price of today', () => {
    const p = selling()
    sell(p, { cash: 40_000 })
    const { charge, price } = sold(renew(p))
    expect(price).toEqual(vnd(40_000))
    expect(right(p)).toMatchObject({ status: 'active', validUntil: at('2026-12-21 00:00') })
    expect(said(renew(p)), 'one at a time').toBe('pass-sale-open')
    expect(said(p.take({ kind: 'right-status', right: ID, status: 'ended', reason: 'moved' }))).toBe('pass-sale-open')
    expect(said(put(p, ID, [OTHER], { ...same(p), validUntil: at('2026-12-24 12:00') })), 'by hand meanwhile').toBe(
      'noted',
    )
    cash(p, charge, 40_000)
    expect(right(p), 'a day that was begun is not counted').toMatchObject({
      plates: [{ mac: '29A67890' }],
      validUntil: at('2027-01-25 00:00'),
    })
  })

  test('of one that has run out begins when it is paid, and what lies between stays due', () => {
    const p = selling()
    sell(p, { cash: 40_000 })
    p.wait(at('2026-12-25 09:00') - NOON)
    renew(p, { cash: 40_000 })
    expect(right(p)).toMatchObject({
      validFrom: NOON,
      validUntil: at('2027-01-25 00:00'),
      away: [{ from: at('2026-12-21 00:00'), until: at('2026-12-25 09:00') }],
    })
    p.wait(at('2027-02-01 09:00') - at('2026-12-25 09:00'))
    renew(p, { cash: 40_000 })
    expect(right(p)?.away).toHaveLength(2)
  })

  test('of one that is suspended stays suspended, and adds no time away to that', () => {
    const p = selling()
    sell(p, { cash: 40_000 })
    p.take({ kind: 'right-status', right: ID, status: 'suspended', reason: 'why' })
    p.wait(60 * DAY_MS)
    renew(p, { cash: 40_000 })
    expect(right(p)).toMatchObject({ status: 'suspended', away: [{ from: NOON, until: null }] })
    p.take({ kind: 'right-status', right: ID, status: 'active', reason: 'paid' })
    const back = p.now().at
    const until = right(p)?.validUntil as Instant
    p.wait(until - back + DAY_MS)
    p.take({ kind: 'right-status', right: ID, status: 'suspended', reason: 'why' })
    p.wait(DAY_MS)
    p.take({ kind: 'right-status', right: ID, status: 'active', reason: 'why not' })
    const again = p.now().at
    renew(p, { cash: 40_000 })
    expect(right(p)?.away, 'also the day before it was suspended').toEqual([
      { from: NOON, until: back },
      { from: until, until: again },
    ])
  })

  test.each([
    ['taken up again', true],
    ['suspended still', false],
  ])(
    'of one that ran out, was then suspended, and is %s leaves every day due on which it was not paid',
    (_what, isBack) => {
      const p = selling()
      sell(p, { cash: 40_000 })
      p.wait(20 * DAY_MS)
      carInside(p)
      const ranOut = right(p)?.validUntil as Instant
      p.wait(ranOut - p.now().at + 5 * DAY_MS)
      p.take({ kind: 'right-status', right: ID, status: 'suspended', reason: 'not paid' })
      p.wait(MINUTE_MS)
      const again = () => p.take({ kind: 'right-status', right: ID, status: 'active', reason: 'pays now' })
      if (isBack) again()
      const { validFrom } = sold(renew(p, { cash: 40_000 }))
      if (!isBack) again()
      expect(right(p)?.away).toEqual([{ from: ranOut, until: validFrom }])
      expect(asked(toExit(p)).due, 'as of one that was never suspended').toEqual(vnd(5_385_000))
    },
  )

  test('is covered on no day before it was paid, however often that was: the oldest times are taken for one', () => {
    const p = selling()
    sell(p, { cash: 40_000 })
    const unpaid: Instant[] = []
    for (let times = 0; times <= RIGHT_AWAY_MAX; times += 1) {
      p.wait(40 * DAY_MS)
      unpaid.push((p.now().at - MINUTE_MS) as Instant)
      renew(p, { cash: 40_000 })
    }
    const away = right(p)?.away ?? []
    expect(away).toHaveLength(RIGHT_AWAY_MAX)
    const isAway = (moment: Instant) => away.some(({ from, until }) => from <= moment && (until ?? Infinity) > moment)
    expect(unpaid.filter((moment) => !isAway(moment))).toEqual([])
    expect(isAway((p.now().at + 1) as Instant)).toBe(false)
  })

  test('is of what the pass is: another kind, class, place or space is refused, and so is one that is ended, unknown, or goes on for ever', () => {
    const p = selling()
    expect(said(renew(p))).toBe('right-unknown')
    sell(p, { cash: 40_000 })
    expect(said(renew(p, { offer: { pass: 'month-day' } }))).toBe('pass-not-alike')
    const good = same(p)
    for (const other of [{ spaces: 2 }, { vehicleClasses: [BIKE] }, { places: [LEVEL] }]) {
      put(p, ID, [PLATE], { ...good, ...other })
      expect(said(renew(p))).toBe('pass-not-alike')
    }
    put(p, ID, [PLATE], { ...good, places: [], validUntil: instant(RIGHT_UNTIL_MAX) })
    expect(said(renew(p)), 'it is good for ever').toBe('right-invalid')
    const [day = ALWAYS] = good.hours
    const { weekdays, fromMinute, toMinute } = day
    put(p, ID, [PLATE], { ...good, places: [], hours: [{ fromMinute, toMinute, weekdays }] })
    expect(said(renew(p)), 'all places are all places, in whatever order its books write its hours').toBe('pass-sold')
    const q = selling()
    sell(q, { cash: 40_000 })
    q.take({ kind: 'right-status', right: ID, status: 'ended', reason: 'moved away' })
    expect(said(renew(q))).toBe('right-ended')
  })

  test('that is cancelled, or not paid in time, leaves the pass as it was', () => {
    const p = selling()
    sell(p, { cash: 40_000 })
    const before = right(p)
    cancel(p, sold(renew(p)).charge)
    expect(right(p)).toEqual(before)
    renew(p)
    p.wait(PASS_UNPAID_MAX_MS)
    p.due()
    expect(right(p)).toEqual(before)
    expect(p.waits()).toEqual([])
  })
})

describe('a pass that was paid', () => {
  test('ends when its price is given back, and its vehicle pays from then: the answer says that it is over', () => {
    const p = selling()
    const { charge } = sold(sell(p, { cash: 40_000 }))
    carInside(p)
    p.wait(DAY_MS)
    expect(said(refund(p, charge, 40_001))).toBe('pass-refund-over')
    expect([said(refund(p, charge, 0)), said(refund(p, charge, 40_000, ' '))]).toEqual([
      'amount-zero',
      'reason-missing',
    ])
    expect(refund(p, charge, 40_000).outcome).toEqual({
      ok: true,
      kind: 'refunded',
      ofPrice: vnd(40_000),
      charge,
      amount: vnd(40_000),
      pass: { right: ID, goodUntil: null },
    })
    expect(right(p)).toMatchObject({ status: 'ended', away: [{ from: NOON + DAY_MS + 4_000, until: null }] })
    expect(sale(p, charge)?.state.status).toBe('refunded')
    expect(codes(p)).toEqual(['pass-sale', 'pass-return'])
    accounts(p, { [MERCHANT]: 0 })
    p.wait(5 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  })

  test('is not ended for a part of its price by who has not said so: that is refused with all of it, and confirmed it ends', () => {
    const p = selling()
    const { charge } = sold(sell(p))
    cash(p, charge, 45_000)
    expect(refund(p, charge, 5_000).outcome, 'what was too much is no part of it').toEqual({
      ok: true,
      kind: 'refunded',
      ofPrice: vnd(0),
      charge,
      amount: vnd(5_000),
    })
    credit(p, charge, 2_000)
    const before = p.changes.length
    for (const part of [2_001, 10_000, 41_999])
      expect(refund(p, charge, part).outcome).toEqual({ ok: false, refusal: 'pass-refund-part', due: vnd(42_000) })
    expect([p.changes.length, right(p)?.status, p.cases()]).toEqual([before, 'active', ['overpaid']])
    expect(refund(p, charge, 12_000, 'sold by mistake', { confirmed: true }).outcome).toMatchObject({
      pass: { right: ID, goodUntil: null },
    })
    expect([right(p)?.status, p.cases()]).toEqual(['ended', []])
    accounts(p, { [MERCHANT]: -30_000, 'live:give-back:market-1': 0 })
    expect(refund(p, charge, 20_000).outcome, 'nothing ends by the rest').toMatchObject({
      kind: 'refunded',
      pass: { goodUntil: null },
    })
    expect(said(refund(p, charge, 10_001))).toBe('pass-refund-over')
    expect(said(refund(p, charge, 10_000))).toBe('refunded')
    accounts(p, { [MERCHANT]: 0 })
  })

  test.each([
    ['attendant', 'pass-refund-too-high', 'pass-refund-over'],
    ['operator', 'refunded', 'pass-refund-over'],
    ['admin', 'refunded', 'pass-refund-over'],
  ] as const)(
    'is given back beyond the cap by an operator or an admin alone, up to what was paid: by %s',
    (role, all, more) => {
      const p = selling({ role })
      const { charge } = sold(sell(p, { offer: { pass: 'month-day' }, cash: 3_000_000 }))
      expect(said(refund(p, charge, 3_000_001))).toBe(more)
      expect(said(refund(p, charge, 50_000)), 'the cap is not all of it').toBe('pass-refund-part')
      expect(right(p)?.status).toBe('active')
      expect(said(refund(p, charge, 3_000_000))).toBe(all)
      expect(right(p)?.status).toBe(all === 'refunded' ? 'ended' : 'active')
      const unpaid = sold(sell(p, { right: 'm-2' }))
      expect(said(refund(p, unpaid.charge, 40_000)), 'nothing was paid').toBe('pass-refund-over')
    },
  )

  test('within the cap is given back by an attendant, who may give a part of it and leave the rest to an operator', () => {
    const p = selling({ role: 'attendant' })
    const { charge } = sold(sell(p, { offer: { pass: 'quarter', months: 3 }, cash: 100_000 }))
    expect(said(refund(p, charge, 50_001, 'x', { confirmed: true }))).toBe('pass-refund-too-high')
    expect(said(refund(p, charge, 50_000, 'x', { confirmed: true }))).toBe('refunded')
    expect(right(p)?.status).toBe('ended')
    expect(said(refund(p, charge, 50_000)), 'the rest').toBe('pass-refund-too-high')
    const other = sold(sell(p, { right: 'm-2', cash: 40_000 }))
    expect(said(refund(p, other.charge, 40_000))).toBe('refunded')
  })

  test('loses the time that was paid for, and none that the office gave: that goes on from now', () => {
    const p = selling()
    const { charge } = sold(sell(p, { cash: 40_000 }))
    put(p, ID, [PLATE], { ...same(p), validUntil: at('2026-12-31 00:00') })
    p.wait(5 * DAY_MS)
    const goodUntil = p.now().at + 10 * DAY_MS
    expect(refund(p, charge, 40_000).outcome).toMatchObject({ pass: { right: ID, goodUntil } })
    expect(right(p)).toMatchObject({ status: 'active', validFrom: NOON, validUntil: goodUntil })
    const again = sold(renew(p, { cash: 40_000 }))
    const renewed = right(p)?.validUntil ?? 0
    put(p, ID, [PLATE], { ...same(p), validUntil: instant(renewed + 3 * DAY_MS) })
    expect(said(refund(p, again.charge, 40_000))).toBe('refunded')
    expect(right(p)?.validUntil, 'the office’s second gift comes after its first').toBe(
      (sale(p, again.charge)?.period.from ?? 0) + 3 * DAY_MS,
    )
  })

  test('and that the office has cut short loses no more than it had, and one that had run out is over by a refund', () => {
    const p = selling()
    const first = sold(sell(p, { cash: 40_000 }))
    const second = sold(renew(p, { cash: 40_000 }))
    const short = instant(NOON + 10 * DAY_MS)
    put(p, ID, [PLATE], { ...same(p), validUntil: short })
    expect(refund(p, second.charge, 40_000).outcome).toMatchObject({ pass: { goodUntil: short } })
    p.wait(11 * DAY_MS)
    expect(refund(p, first.charge, 40_000).outcome).toMatchObject({ pass: { goodUntil: null } })
    expect(right(p)?.status).toBe('ended')
    const q = selling()
    sell(q, { cash: 40_000 })
    const renewal = sold(renew(q, { cash: 40_000 }))
    put(q, ID, [PLATE], { ...same(q), validFrom: at('2027-01-01 00:00') })
    refund(q, renewal.charge, 40_000)
    expect(right(q)?.status, 'nothing is left of it').toBe('ended')
  })

  test('by a renewal of which a part is given back, and which was renewed again, gives the rest of that back too', () => {
    const p = selling()
    sell(p, { cash: 40_000 })
    const { charge } = sold(renew(p, { cash: 40_000 }))
    expect(refund(p, charge, 1_000, 'x', { confirmed: true }).outcome).toMatchObject({
      pass: { goodUntil: at('2026-12-21 00:00') },
    })
    renew(p, { cash: 40_000 })
    const before = right(p)
    expect(said(refund(p, charge, 39_000))).toBe('refunded')
    expect(right(p)).toEqual(before)
  })

  test('and was renewed since gives back the renewal first, which takes that time off it', () => {
    const p = selling()
    const first = sold(sell(p, { cash: 40_000 }))
    const second = sold(renew(p))
    expect(said(refund(p, first.charge, 40_000)), 'a renewal waits for its payment').toBe('pass-renewed-since')
    cash(p, second.charge, 40_000)
    expect(said(refund(p, first.charge, 40_000))).toBe('pass-renewed-since')
    expect(said(refund(p, second.charge, 40_000))).toBe('refunded')
    expect(right(p)).toMatchObject({ status: 'active', validUntil: at('2026-12-21 00:00') })
    const third = sold(renew(p, { cash: 40_000 }))
    p.wait(at('2026-12-24 10:00') - p.now().at)
    refund(p, third.charge, 1_000, 'x', { confirmed: true })
    expect(right(p), 'its time had begun').toMatchObject({ status: 'active', validUntil: at('2026-12-24 10:00') })
    expect(said(refund(p, first.charge, 40_000))).toBe('refunded')
    expect(right(p)?.status).toBe('ended')
    expect(said(refund(p, 'box-1:1:9:g0' as ChargeId, 1))).toBe('charge-unknown')
  })

  test.each([
    ['ten years ahead, which has stepped', 10 * 365 * DAY_MS, STEPPED],
    ['that nobody knows', 3 * DAY_MS, { state: 'unknown' }],
  ] as const)(
    'is not given back by a clock %s, neither new nor renewed: no time could be taken for it',
    (_name, ahead, trust) => {
      const p = selling()
      const first = sold(sell(p, { cash: 40_000 }))
      const second = sold(renew(p))
      cash(p, second.charge, 45_000)
      const [before, changes] = [right(p), p.changes.length]
      p.wait(ahead)
      p.setTrust(trust)
      for (const part of [5_001, 44_999, 45_000])
        expect(said(refund(p, second.charge, part, 'x', { confirmed: true }))).toBe('pass-clock-not-trusted')
      expect(said(refund(p, first.charge, 40_000)), 'as ever').toBe('pass-renewed-since')
      expect([right(p), p.changes.length]).toEqual([before, changes])
      expect(said(refund(p, second.charge, 5_000)), 'what was too much is no price').toBe('refunded')
      p.setTrust(SYNCED)
      p.wait(-ahead)
      expect(refund(p, second.charge, 40_000).outcome).toMatchObject({ pass: { goodUntil: at('2026-12-21 00:00') } })
      p.setTrust(trust)
      expect(said(refund(p, first.charge, 40_000)), 'a new one').toBe('pass-clock-not-trusted')
      expect(right(p)?.status).toBe('active')
      p.setTrust(SYNCED)
      expect(said(refund(p, first.charge, 10_000, 'x', { confirmed: true }))).toBe('refunded')
      p.setTrust(trust)
      expect(said(refund(p, first.charge, 30_000)), 'its time is taken already').toBe('refunded')
      expect(right(p)?.status).toBe('ended')
      accounts(p, { [MERCHANT]: 0 })
    },
  )

  test('is not paid by a transfer that is moved elsewhere: it is refunded; what came twice may be moved', () => {
    const p = selling({ role: 'admin' })
    const { charge } = sold(sell(p))
    credit(p, charge, 40_000)
    const other = sold(sell(p, { right: 'm-2' }))
    const move = (reference: string) =>
      p.take({ kind: 'credit-moved', reference, charge: other.charge, reason: 'wrong pass' })
    expect(said(move('FT1'))).toBe('credit-not-movable')
    credit(p, charge, 40_000)
    expect(said(move('FT2'))).toBe('credited')
    expect(p.rights.get('m-2' as RightId)?.status).toBe('active')
    expect(p.cases()).toEqual([])
    accounts(p, { [MERCHANT]: -80_000, 'live:give-back:market-1': 0 })
  })
})

test('the record of a sale holds no plate and no name: their places in the vault, or nothing where our code threw', () => {
  const sold = { kind: 'pass-sold', right: ID, sells: 'issue', offer: MONTH, cash: null } as const
  const event = { ...sold, holder: 'Căn hộ 12A', plates: [PLATE, '?'] }
  const plate = plateValue(PLATE)
  const holder = { ref: 'holder:1', mac: 'm' }
  const personal = { plates: [plate, null], picture: null, holder }
  expect(recordedParking(event, personal, null)).toEqual({ ...sold, holder, plates: [plate, null] })
  expect(recordedParking(event, null, null)).toEqual({ ...sold, holder: null, plates: [null, null] })
})

/** The pass as it stands, to be put again. */
function same(p: Park) {
  const known = right(p)
  if (known === undefined) throw new Error('no pass')
  const { places, vehicleClasses, hours, validFrom, validUntil, spaces } = known
  return { ...rightOf(ID), places, vehicleClasses, hours, validFrom, validUntil, spaces }
}
