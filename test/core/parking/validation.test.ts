import { describe, expect, test } from 'vitest'
import type { RightId, SessionId } from '../../../core/ids.ts'
import { merchantId } from '../../../core/ids.ts'
import type { ValidationAllowance } from '../../../core/parking/place.ts'
import type { Relief } from '../../../core/parking/session.ts'
import { VALIDATION_SHARE_MAX, VALIDATIONS_OF_STAY_MAX } from '../../../core/parking/validation.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import { STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  chargeOf,
  OTHER,
  overrideNow,
  PLATE,
  payNow,
  put,
  refund,
  rightOf,
  said,
  toExit,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { CAR_OUT, park } from './park.ts'
import { charging, day, PER_HOUR } from './tariff-kit.ts'

const BAKERY = merchantId('bakery')
const CINEMA = merchantId('cinema')
const BAKERY_ACCOUNT = 'live:merchant:bakery'
const CAR_PARK_ACCOUNT = 'live:merchant:car-park'
const SITE_GIVES = 'live:validation:market-1'

const allowance = (over: Partial<ValidationAllowance> = {}): ValidationAllowance => ({
  merchant: BAKERY,
  minutesMax: 60,
  amountMax: 20_000,
  basisPointsMax: 5_000,
  dayMax: 2,
  ...over,
})

const site = (...more: readonly ValidationAllowance[]): Park =>
  park({ policy: { validations: [allowance(), ...more] } })

const HOUR: Relief = { kind: 'first-minutes', minutes: 60 }
const dong = (amount: number): Relief => ({ kind: 'amount', amount: vnd(amount) })
const share = (basisPoints: number): Relief => ({ kind: 'share', basisPoints })

const give = (p: Park, session: SessionId, relief: Relief = HOUR, id = 'sale-1', merchant = BAKERY) =>
  p.take({
    kind: 'right-put',
    right: rightOf(id, { kind: 'validation', session, relief, hours: [] }),
    plates: [],
    isNew: true,
    merchant,
  })

const bears = (p: Park, id = 'sale-1') => p.borne.get(id as RightId) ?? 0

const TAKEN_BACK = [{ ...charging(PER_HOUR), validTo: day('2020-01-01') }]

/** Nothing decided at the lane for so long; then its attendant hands in that the vehicle has left. */
function letOutByHand(p: Park, session: SessionId, afterMs: number) {
  p.wait(afterMs)
  const { at } = p.now()
  return p.take({
    kind: 'late-evidence',
    lane: CAR_OUT,
    what: 'let-out',
    saidAt: at,
    handedInAt: at,
    ticket: p.ticketOf(session),
    plate: null,
    vehicleClass: null,
    cash: null,
    reason: 'no power',
  })
}

describe('a merchant’s validation', () => {
  test('takes an hour off what is asked, and the merchant owes it to the car park', () => {
    const p = site()
    const id = carInside(p)
    expect(said(give(p, id))).toBe('noted')
    expect(p.rights.get('sale-1' as RightId)?.given).toEqual({ merchant: BAKERY, on: '2026-11-21' })
    p.wait(90 * MINUTE_MS)
    expect(asked(toExit(p)).due, 'the second hour').toEqual(vnd(25_000))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 50_000, relief: 25_000 })
    expect(p.balance(BAKERY_ACCOUNT), 'it owes the hour').toBe(25_000)
    expect(p.balance(CAR_PARK_ACCOUNT), 'and the car park is owed both').toBe(-50_000)
    expect(bears(p)).toBe(25_000)
  })

  test('of who leaves within the grace of a tariff that was taken back is a case: what the merchant bears nobody can say any more', () => {
    const p = site()
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    give(p, id, dong(5_000))
    cash(p, asked(p.take({ kind: 'session-quoted', session: id })).charge, 20_000)
    p.setTariffs(TAKEN_BACK)
    expect(said(toExit(p))).toBe('let-through')
    p.drive(CAR_OUT)
    expect([p.session(id).status, p.charge(chargeOf(p, id))?.status, bears(p)]).toEqual(['left', 'paid', 0])
    expect(p.casesNow()).toMatchObject([{ kind: 'no-tariff', session: id, status: 'open' }])
  })

  test('but not where it was ended as a mistake: its merchant bears nothing', () => {
    const p = site()
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    give(p, id, dong(5_000))
    p.take({ kind: 'right-status', right: 'sale-1' as RightId, status: 'ended', reason: 'mistake' })
    cash(p, asked(p.take({ kind: 'session-quoted', session: id })).charge, 25_000)
    p.setTariffs(TAKEN_BACK)
    expect(said(toExit(p))).toBe('let-through')
    p.drive(CAR_OUT)
    expect([p.session(id).status, bears(p), p.cases()]).toEqual(['left', 0, []])
  })

  test.each([
    ['its tariff is taken back', (p: Park) => p.setTariffs(TAKEN_BACK), 'no-tariff'],
    ['nobody trusts the time', (p: Park) => p.setTrust({ state: 'unknown' }), 'time-unclear'],
  ])(
    'that is ended after its driver has paid by it leaves a case where %s: what is missing of the price nobody can say',
    (_why, unsure, kind) => {
      const p = site()
      const id = carInside(p)
      p.wait(50 * MINUTE_MS)
      give(p, id, dong(5_000))
      cash(p, asked(p.take({ kind: 'session-quoted', session: id })).charge, 20_000)
      p.wait(MINUTE_MS)
      p.take({ kind: 'right-status', right: 'sale-1' as RightId, status: 'ended', reason: 'mistake' })
      unsure(p)
      expect(said(toExit(p))).toBe('let-through')
      p.drive(CAR_OUT)
      expect(p.cases()).toEqual([kind])
    },
  )

  describe('that is ended, of a stay that leaves while nobody trusts the time,', () => {
    const end = (p: Park, status: 'active' | 'suspended' | 'ended' = 'ended') =>
      expect(said(p.take({ kind: 'right-status', right: 'sale-1' as RightId, status, reason: 'mistake' }))).toBe(
        'noted',
      )
    const ask = (p: Park, id: SessionId, due: number) => {
      const quoted = asked(p.take({ kind: 'session-quoted', session: id }))
      expect(quoted.due).toEqual(vnd(due))
      return quoted.charge
    }
    const left = (p: Park, id: SessionId) => {
      p.setTrust(STEPPED)
      expect(said(toExit(p))).toBe('let-through')
      p.drive(CAR_OUT)
      return [p.session(id).status, bears(p), p.cases()]
    }
    const inside = (relief: Relief = dong(5_000)) => {
      const p = site()
      const id = carInside(p)
      p.wait(50 * MINUTE_MS)
      give(p, id, relief)
      return { p, id }
    }

    test.each([
      ['and pays', (p: Park) => p.setTrust(STEPPED), () => {}],
      ['and is ended', (p: Park) => p.setTrust(SYNCED), (p: Park) => p.setTrust(STEPPED)],
    ])('was in no price where nothing had been asked by then, also where it is such a time %s', (_when, pays, ends) => {
      const { p, id } = inside()
      ends(p)
      end(p)
      p.setTrust(SYNCED)
      const charge = ask(p, id, 25_000)
      pays(p)
      cash(p, charge, 25_000)
      expect(left(p, id)).toEqual(['left', 0, []])
    })

    test('nor where it was suspended before anything was asked, and still is', () => {
      const { p, id } = inside()
      end(p, 'suspended')
      cash(p, ask(p, id, 25_000), 25_000)
      expect(left(p, id)).toEqual(['left', 0, []])
    })

    test('but is a case where it was suspended after it was paid by', () => {
      const { p, id } = inside()
      cash(p, ask(p, id, 20_000), 20_000)
      end(p, 'suspended')
      expect(left(p, id)).toEqual(['left', 0, ['time-unclear']])
    })

    test('nor where it was suspended before anything was asked, and ended after that was paid', () => {
      const { p, id } = inside()
      end(p, 'suspended')
      cash(p, ask(p, id, 25_000), 25_000)
      p.wait(MINUTE_MS)
      end(p)
      expect(left(p, id)).toEqual(['left', 0, []])
    })

    test.each([
      ['asked', 'goes on', MINUTE_MS],
      ['asked', 'was set back', -10 * MINUTE_MS],
      ['paid', 'goes on', MINUTE_MS],
      ['paid', 'was set back', -10 * MINUTE_MS],
    ])(
      'after something was %s by it, is a case, also where that clock %s: nobody can say what is missing',
      (since, _how, ms) => {
        const { p, id } = inside()
        const charge = ask(p, id, 20_000)
        if (since === 'paid') cash(p, charge, 20_000)
        p.setTrust(STEPPED)
        p.wait(ms)
        end(p)
        if (since === 'asked') cash(p, charge, 20_000)
        expect(left(p, id)).toEqual(['left', 0, ['time-unclear']])
      },
    )

    test.each([
      ['as long ago as it was', 5 * MINUTE_MS],
      ['in a time that the clock has been set back to', -5 * MINUTE_MS],
    ])('is one also where it was taken up again before, %s', (_when, ms) => {
      const { p, id } = inside()
      end(p, 'suspended')
      p.wait(10 * MINUTE_MS)
      end(p, 'active')
      cash(p, ask(p, id, 20_000), 20_000)
      p.setTrust(STEPPED)
      p.wait(ms)
      end(p)
      expect(left(p, id)).toEqual(['left', 0, ['time-unclear']])
    })

    test('is one where it made the stay cost nothing, and let it out', () => {
      const { p, id } = inside(HOUR)
      expect(said(toExit(p))).toBe('let-through')
      end(p)
      p.setTrust(STEPPED)
      p.drive(CAR_OUT)
      expect([p.session(id).charge, p.cases()]).toEqual([null, expect.arrayContaining(['time-unclear'])])
    })

    test('is none where all of the price without it was paid since, whatever the clock was when it was ended', () => {
      const { p, id } = inside()
      cash(p, ask(p, id, 20_000), 20_000)
      p.setTrust(STEPPED)
      p.wait(MINUTE_MS)
      end(p)
      p.setTrust(SYNCED)
      p.wait(HOUR_MS)
      cash(p, ask(p, id, 30_000), 30_000)
      expect(left(p, id)).toEqual(['left', 0, []])
    })

    test.each([
      ['before', -MINUTE_MS, []],
      ['after', MINUTE_MS, ['time-unclear']],
    ])('goes by the clock in records of before its order was kept: %s it was paid', (_when, ms, cases) => {
      const { p, id } = inside()
      cash(p, ask(p, id, 20_000), 20_000)
      end(p)
      const right = p.rights.get('sale-1' as RightId)
      if (right === undefined) throw new Error('no right')
      p.rights.set(right.id, { ...right, away: [{ from: later(p.now().at, ms), until: null }] })
      expect(left(p, id)).toEqual(['left', 0, cases])
    })
  })

  test.each([
    ['before it leaves', false],
    ['after it has left', true],
  ])(
    'that is ended %s, and after it was paid, lets a stay that waits for its price be reckoned as paid no more than one that holds',
    (_when, isLate) => {
      const p = site()
      const id = carInside(p)
      p.wait(50 * MINUTE_MS)
      give(p, id, dong(5_000))
      const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
      cash(p, charge, 21_000)
      const end = () =>
        said(p.take({ kind: 'right-status', right: 'sale-1' as RightId, status: 'ended', reason: 'mistake' }))
      p.wait(MINUTE_MS)
      if (!isLate) expect(end()).toBe('noted')
      p.setTariffs(TAKEN_BACK)
      expect(said(toExit(p))).toBe('no-tariff')
      p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'has paid' })
      p.drive(CAR_OUT)
      refund(p, charge, 1_000)
      if (isLate) expect(end()).toBe('noted')
      const reckon = () => p.take({ kind: 'stay-reckoned', session: id, due: null, reason: 'the tariff is there' })
      expect(said(reckon())).toBe('no-tariff')
      p.setTariffs([charging(PER_HOUR)])
      expect(asked(reckon()).due).toEqual(vnd(5_000))
    },
  )

  test('and waits with a stay that left while something was too much, also when that has been given back, until its tariff is there', () => {
    const p = site()
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    give(p, id, dong(5_000))
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 21_000)
    p.setTariffs(TAKEN_BACK)
    expect(said(toExit(p))).toBe('no-tariff')
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'has paid' })
    p.drive(CAR_OUT)
    expect([p.session(id).status, p.cases()]).toEqual(['left', expect.arrayContaining(['not-reckoned', 'overpaid'])])
    refund(p, charge, 1_000)
    const reckon = () => said(p.take({ kind: 'stay-reckoned', session: id, due: null, reason: 'the tariff is there' }))
    expect([reckon(), bears(p)]).toEqual(['no-tariff', 0])
    p.setTariffs([charging(PER_HOUR)])
    expect([reckon(), bears(p), p.cases()]).toEqual(['nothing-due', 5_000, []])
  })

  test('that covers all of a stay makes it cost nothing, and never less', () => {
    const p = site()
    const id = carInside(p)
    give(p, id)
    p.wait(30 * MINUTE_MS)
    expect(said(toExit(p))).toBe('let-through')
    p.drive(CAR_OUT)
    expect([p.session(id).status, bears(p), p.balance(BAKERY_ACCOUNT)]).toEqual(['left', 25_000, 25_000])
    const q = site(allowance({ amountMax: 900_000 }))
    const other = park({ policy: { validations: [allowance({ amountMax: 900_000 })] } })
    const big = carInside(other)
    expect(said(give(other, big, dong(900_000)))).toBe('noted')
    other.wait(30 * MINUTE_MS)
    expect(said(toExit(other))).toBe('let-through')
    other.drive(CAR_OUT)
    expect(bears(other), 'what it took off, and not what was offered').toBe(25_000)
    expect(q.open()).toEqual([])
  })

  test('that was asked for after the price was is borne as the first, and what the driver has paid beyond the rest is given back', () => {
    const p = site()
    const id = carInside(p)
    p.wait(90 * MINUTE_MS)
    const { charge, due } = asked(toExit(p))
    expect(due).toEqual(vnd(50_000))
    cash(p, charge, 30_000)
    expect(told(give(p, id)), 'more is paid than is due now').toContain('open')
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000, overpaid: 5_000 })
    expect([bears(p), p.balance(BAKERY_ACCOUNT)]).toEqual([25_000, 25_000])
  })

  test.each([
    ['minutes', { kind: 'first-minutes', minutes: 60 }, { kind: 'first-minutes', minutes: 61 }],
    ['an amount', dong(20_000), dong(20_001)],
    ['a share', share(5_000), share(5_001)],
  ] as const)('of %s is taken at the limit, and refused above it', (_what, most, more) => {
    const p = site()
    const id = carInside(p)
    expect(said(give(p, id, more))).toBe('over-validation-limit')
    expect(said(give(p, id, most))).toBe('noted')
  })

  test('of all of a stay, however long it is, is nobody’s to give', () => {
    const p = park({ policy: { validations: [allowance({ basisPointsMax: 10_000 })] } })
    const id = carInside(p)
    expect(said(give(p, id, { kind: 'covers' }))).toBe('over-validation-limit')
    expect(said(give(p, id, share(10_000))), 'by its share').toBe('over-validation-limit')
    expect(said(give(p, id, share(VALIDATION_SHARE_MAX)))).toBe('noted')
  })

  test('is given so often in a day, and by nobody else', () => {
    const p = park({ policy: { validations: [allowance()] } })
    const ids = [PLATE, OTHER, '51G-999.99'].map((plate) => carInside(p, plate))
    const results = ids.map((id, index) => said(give(p, id, HOUR, `sale-${index}`)))
    expect(results).toEqual(['noted', 'noted', 'validation-day-full'])
    expect(said(give(p, ids[2] ?? ('' as SessionId), HOUR, 'c-1', CINEMA))).toBe('validation-not-allowed')
    const none = park()
    expect(said(give(none, carInside(none)))).toBe('validation-not-allowed')
  })

  test('is once for a stay and merchant; several merchants add up, each bearing what it took off after those before', () => {
    const p = site(allowance({ merchant: CINEMA, minutesMax: 120 }))
    const id = carInside(p)
    expect(said(give(p, id))).toBe('noted')
    expect(said(give(p, id, dong(5_000), 'sale-2'))).toBe('validation-given')
    expect(said(give(p, id, { kind: 'first-minutes', minutes: 120 }, 'film-1', CINEMA))).toBe('noted')
    p.wait(150 * MINUTE_MS)
    expect(asked(toExit(p)).due, 'of three hours two are taken off, not three').toEqual(vnd(25_000))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect([bears(p), bears(p, 'film-1')]).toEqual([35_000, 25_000])
    expect(p.balance(CAR_PARK_ACCOUNT), 'three hours: 25, 25 and 35 thousand').toBe(-85_000)
  })

  test('stands beside what the operator gave: that is no merchant’s, and nobody bears it', () => {
    const p = site()
    const id = carInside(p)
    put(p, 'v-1', [], { kind: 'validation', session: id, relief: dong(1_000) })
    expect(said(give(p, id))).toBe('noted')
    p.wait(90 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(24_000))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect([bears(p), bears(p, 'v-1'), p.balance(BAKERY_ACCOUNT)]).toEqual([25_000, 0, 25_000])
  })

  test(`of more than ${VALIDATIONS_OF_STAY_MAX} merchants is refused`, () => {
    const merchants = Array.from({ length: VALIDATIONS_OF_STAY_MAX + 1 }, (_, n) => merchantId(`shop-${n}`))
    const p = park({ policy: { validations: merchants.map((merchant) => allowance({ merchant })) } })
    const id = carInside(p)
    const results = merchants.map((merchant, n) => said(give(p, id, dong(1_000), `s-${n}`, merchant)))
    expect(results).toEqual([...Array(VALIDATIONS_OF_STAY_MAX).fill('noted'), 'over-validation-limit'])
    p.wait(30 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000 - VALIDATIONS_OF_STAY_MAX * 1_000))
  })

  test('comes too late after the stay is paid, and after its vehicle has left; the same sale is no second one', () => {
    const p = site()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    expect(said(give(p, id))).toBe('stay-paid')
    p.drive(CAR_OUT)
    expect(said(give(p, id))).toBe('stay-over')
    const other = carInside(p, OTHER)
    expect(said(give(p, other))).toBe('noted')
    expect(said(give(p, other))).toBe('right-exists')
    expect(said(give(p, 'nobody' as SessionId, HOUR, 'sale-9'))).toBe('stay-over')
    const pass = { kind: 'right-put', right: rightOf('m-1'), plates: [], merchant: BAKERY } as const
    expect(said(p.take(pass)), 'a pass is no merchant’s to give').toBe('right-invalid')
  })

  test('that is suspended takes nothing off, and a merchant that is the car park’s own owes it to nobody', () => {
    const p = site()
    const id = carInside(p)
    give(p, id)
    p.take({ kind: 'right-status', right: 'sale-1' as RightId, status: 'suspended', reason: 'returned the bread' })
    p.wait(30 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(bears(p)).toBe(0)
    const own = merchantId('car-park')
    const q = site(allowance({ merchant: own }))
    const inside = carInside(q)
    give(q, inside, HOUR, 'own-1', own)
    q.wait(30 * MINUTE_MS)
    toExit(q)
    q.drive(CAR_OUT)
    expect([q.balance(SITE_GIVES), q.balance(CAR_PARK_ACCOUNT), bears(q, 'own-1')]).toEqual([25_000, -25_000, 25_000])
  })

  test('of a stay that was paid and let out before the box died is borne until then, however late that is handed in', () => {
    const p = site()
    const id = carInside(p)
    give(p, id, share(5_000))
    p.wait(90 * MINUTE_MS)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    const { outcome } = letOutByHand(p, id, 6 * HOUR_MS)
    expect(outcome).toMatchObject({ kind: 'evidence-taken', stay: 'ended', owed: vnd(0) })
    expect(bears(p), 'half of two hours').toBe(25_000)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 50_000, charge: { due: vnd(50_000) } })
  })

  test.each(['by the loops', 'by hand'])(
    'of a stay that ends %s while nobody trusts the time is for staff to say: a case, and no merchant owes what nobody can reckon',
    (how) => {
      const p = site()
      const id = carInside(p)
      give(p, id)
      p.wait(90 * MINUTE_MS)
      toExit(p)
      p.show(CAR_OUT, payNow(p, 'a'))
      p.setTrust(STEPPED)
      if (how === 'by hand') letOutByHand(p, id, 0)
      else p.drive(CAR_OUT)
      expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 25_000 })
      expect([p.cases(), bears(p)]).toEqual([['time-unclear'], 0])
    },
  )

  test('is borne also where a supervisor lets go of the rest, and where there is no tariff of nobody', () => {
    const p = site()
    const id = carInside(p)
    give(p, id)
    p.wait(90 * MINUTE_MS)
    toExit(p)
    p.show(CAR_OUT, overrideNow(p, 'o'))
    p.drive(CAR_OUT)
    expect(bears(p)).toBe(25_000)
    const q = site()
    give(q, carInside(q))
    q.setTariffs(null)
    q.wait(HOUR_MS)
    toExit(q)
    q.show(CAR_OUT, overrideNow(q, 'o'))
    q.drive(CAR_OUT)
    expect([q.open(), bears(q)]).toEqual([[], 0])
  })
})
