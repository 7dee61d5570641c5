import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import { merchantId } from '../../../core/ids.ts'
import { isBankHeard } from '../../../core/parking/transfer-code.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import { NOON, STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  announced,
  asked,
  carInside,
  cash,
  chargeOf,
  newest,
  OTHER,
  PLATE,
  payNow,
  said,
  ticketInside,
  toExit,
  told,
} from './driver.ts'
import type { Park, ParkSettings } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_IN, CAR_OUT, PARKING_POLICY, park } from './park.ts'
import { charging } from './tariff-kit.ts'

const AFTER_MS = PARKING_POLICY.unpaidAfterMs
const DEBTS = 'live:debts:market-1'
const ACCOUNT = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE SO 1' }
const WITH_BANK: ParkSettings = {
  policy: { bankConfirmation: 'expected' },
  merchants: [{ id: merchantId('car-park'), name: 'Bãi xe', account: ACCOUNT }],
}

/** What the end of the wait brings; exactly one thing. */
function waited(p: Park): Decision {
  const [only, ...others] = p.due('unpaid-due')
  if (only === undefined || others.length > 0) throw new Error(`${others.length} waits have ended at once, or none`)
  return only
}

/** A car that is asked at an exit and shows nothing. */
function askedWith(settings: ParkSettings): Park {
  const p = park(settings)
  carInside(p)
  expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  return p
}

const waitsForMoney = (p: Park): boolean => p.waits().some(({ purpose }) => purpose === 'unpaid-due')

describe('where nothing has come for what is asked', () => {
  test('a lane that calls staff calls them by a case, and the display says so beside the amount and its code', () => {
    const p = askedWith({ ...WITH_BANK, lanes: { unpaid: 'call-staff' } })
    p.wait(AFTER_MS - 1)
    expect(p.due('unpaid-due'), 'not before').toEqual([])
    p.wait(1)
    const called = waited(p)
    expect(asked(called).due).toEqual(vnd(25_000))
    expect(announced(called, 'amount-due')).toMatchObject({
      isStaffCalled: true,
      qr: expect.stringContaining('540525000'),
    })
    expect(told(called), 'the soundbox says it, too').toEqual(['amount-due', 'amount-due'])
    expect(p.casesNow()).toMatchObject([
      { kind: 'unpaid-at-lane', lane: CAR_OUT, session: newest(p), charge: chargeOf(p, newest(p)) },
    ])
    expect(p.casesNow()[0]?.pictures).toHaveLength(1)
  })

  test('a lane that lets leave on debt lets it go, and its plate owes', () => {
    const p = askedWith({ lanes: { unpaid: 'leave-on-debt' } })
    p.wait(AFTER_MS)
    const out = waited(p)
    expect([said(out), announced(out, 'debt')]).toEqual(['let-through', { kind: 'debt', amount: vnd(25_000) }])
    p.drive(CAR_OUT)
    expect([p.balance(DEBTS), p.cases(), p.session(newest(p)).status]).toEqual([25_000, ['left-unpaid'], 'left'])
    expect(waitsForMoney(p)).toBe(false)
  })

  test.each([
    ['over the limit', { debtMax: 24_999 }, true],
    ['without a plate that can be asked again', {}, false],
  ] as const)('it calls staff instead where that would be %s', (_why, policy, hasPlate) => {
    const p = park({ lanes: { unpaid: 'leave-on-debt' }, policy })
    if (hasPlate) carInside(p)
    else ticketInside(p)
    p.arrive(CAR_OUT)
    if (hasPlate) p.see(CAR_OUT, PLATE)
    else p.choose(CAR_OUT, newest(p))
    p.wait(AFTER_MS)
    const called = waited(p)
    expect(announced(called, 'amount-due')).toMatchObject({ isStaffCalled: true })
    expect(p.cases()).toEqual(['unpaid-at-lane'])
  })

  test('a lane that opens for all opens, and it owes what it can', () => {
    const p = askedWith({ lanes: { unpaid: 'open' }, policy: { debtMax: 0 } })
    p.wait(AFTER_MS)
    expect(told(waited(p))).toEqual(['open', 'debt'])
  })

  test('but before an arm that is away staff are called', () => {
    const p = askedWith({ lanes: { unpaid: 'open' } })
    p.setBarrierPresent(false)
    p.wait(AFTER_MS)
    expect(announced(waited(p), 'amount-due')).toMatchObject({ isStaffCalled: true })
    expect(p.cases()).toEqual(['unpaid-at-lane'])
  })

  test.each(['leave-on-debt', 'open'] as const)(
    'and where no loop says now that it stands there, in place of what a lane with `%s` does',
    (unpaid) => {
      const p = askedWith({ lanes: { unpaid } })
      p.setApproachHeard(false)
      p.wait(AFTER_MS)
      const called = waited(p)
      expect(told(called)).not.toContain('open')
      expect(announced(called, 'amount-due')).toMatchObject({ isStaffCalled: true })
    },
  )

  test.each(['leave-on-debt', 'open'] as const)(
    'and where the loop before the barrier chatters, in place of what a lane with `%s` does: nobody may stand there',
    (unpaid) => {
      const p = askedWith({ lanes: { unpaid } })
      p.setApproachChatters(true)
      p.wait(AFTER_MS)
      const called = waited(p)
      expect(told(called)).not.toContain('open')
      expect(announced(called, 'amount-due')).toMatchObject({ isStaffCalled: true })
    },
  )

  test('nor does a code of whoever comes pay for the one that was asked before its loop went away', () => {
    const p = askedWith({})
    p.setApproachHeard(false)
    expect(said(p.show(CAR_OUT, payNow(p, 'of-another')))).toBe('stay-not-found')
    p.setApproachHeard(true)
    expect(said(p.show(CAR_OUT, payNow(p, 'its-own')))).toBe('paid')
  })

  test('a lane that waits asks on, and calls nobody', () => {
    const p = askedWith({ lanes: { unpaid: 'wait' } })
    expect(waitsForMoney(p)).toBe(false)
    for (let holds = 0; holds < 3; holds += 1) {
      p.wait(PARKING_POLICY.quoteHoldMs)
      for (const again of p.due('quote-lapses'))
        expect(announced(again, 'amount-due')).not.toHaveProperty('isStaffCalled')
    }
    expect(p.cases()).toEqual([])
  })
})

describe('one call for one visit', () => {
  test('however often it is asked anew, and whatever part is paid then: the display goes on saying it', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' } })
    p.wait(AFTER_MS)
    waited(p)
    const { charge } = p.session(newest(p))
    if (charge === null) throw new Error('nothing is asked')
    cash(p, charge, 5_000)
    for (let holds = 0; holds < 3; holds += 1) {
      p.wait(PARKING_POLICY.quoteHoldMs)
      expect(p.due('unpaid-due')).toEqual([])
      const [again] = p.due('quote-lapses')
      expect(again && announced(again, 'amount-due')).toMatchObject({ isStaffCalled: true })
    }
    const [first] = p.casesNow()
    if (first === undefined) throw new Error('nobody was called')
    p.take({ kind: 'case-ended', case: first.id, reason: 'the driver is at the bank' })
    p.wait(PARKING_POLICY.quoteHoldMs)
    p.due()
    expect(p.cases()).toEqual([])
  })

  test('a code that only the site refuses calls them at once, and not again when the wait is over, nor with the next code', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' }, site: { transactionMax: 1_000 } })
    const refused = p.show(CAR_OUT, payNow(p, 'a'))
    expect([said(refused), announced(refused, 'call-staff')]).toEqual([
      'over-transaction-limit',
      { kind: 'call-staff', why: 'over-transaction-limit' },
    ])
    expect(p.casesNow()).toMatchObject([{ kind: 'unpaid-at-lane', lane: CAR_OUT }])
    const [first] = p.casesNow()
    if (first === undefined) throw new Error('nobody was called')
    p.take({ kind: 'case-ended', case: first.id, reason: 'seen' })
    expect(said(p.show(CAR_OUT, payNow(p, 'b')))).toBe('over-transaction-limit')
    p.wait(AFTER_MS)
    expect([p.due('unpaid-due'), p.cases()]).toEqual([[], []])
  })

  test('also where such a code is the first that is heard of it', () => {
    const p = park({ lanes: { unpaid: 'call-staff' }, site: { transactionMax: 1_000 } })
    p.arrive(CAR_IN)
    p.show(CAR_IN, payNow(p, 'in'))
    p.drive(CAR_IN)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('over-transaction-limit')
    expect(p.casesNow()).toMatchObject([{ kind: 'unpaid-at-lane', session: newest(p), charge: chargeOf(p, newest(p)) }])
    expect(waitsForMoney(p)).toBe(false)
  })

  test('it ends when its vehicle has left, and the next visit of the same plate is called for by itself', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' } })
    p.wait(AFTER_MS)
    waited(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    expect(p.cases(), 'until it is through').toEqual(['unpaid-at-lane'])
    p.drive(CAR_OUT)
    expect(p.cases()).toEqual([])
    carInside(p)
    toExit(p)
    p.wait(AFTER_MS)
    waited(p)
    expect(p.cases()).toEqual(['unpaid-at-lane'])
  })
})

describe('what puts it off', () => {
  test('a part that was paid: the whole time is waited for the rest', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' } })
    p.wait(AFTER_MS - MINUTE_MS)
    cash(p, chargeOf(p, newest(p)), 5_000)
    p.wait(AFTER_MS - 1)
    expect(p.due('unpaid-due')).toEqual([])
    p.wait(1)
    expect(asked(waited(p)).due).toEqual(vnd(20_000))
  })

  test('asking anew does not, nor does what the stay costs more by then, nor a code that its driver can mend', () => {
    const p = park({ lanes: { unpaid: 'leave-on-debt' }, policy: { quoteHoldMs: MINUTE_MS } })
    carInside(p)
    p.wait(58 * MINUTE_MS)
    toExit(p)
    for (let minute = 0; minute < 3; minute += 1) {
      expect(said(p.show(CAR_OUT, payNow(p, `low-${minute}`, { amt: vnd(1) })))).toBe('amount-too-low')
      p.wait(MINUTE_MS)
      p.due('quote-lapses')
    }
    expect(announced(waited(p), 'debt')).toEqual({ kind: 'debt', amount: vnd(50_000) })
  })

  test('an emergency: who could not pay meanwhile is waited for anew', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' } })
    p.wait(MINUTE_MS)
    p.take({ kind: 'emergency', device: null, active: true })
    expect(waitsForMoney(p)).toBe(false)
    p.wait(AFTER_MS)
    p.take({ kind: 'emergency', device: null, active: false })
    p.armDown(CAR_OUT)
    p.wait(AFTER_MS - 1)
    expect(p.due('unpaid-due')).toEqual([])
    p.wait(1)
    expect(asked(waited(p)).due).toEqual(vnd(25_000))
  })

  test('another stay that staff choose for the lane', () => {
    const p = park({ lanes: { unpaid: 'call-staff' } })
    const other = carInside(p, OTHER)
    carInside(p)
    toExit(p)
    p.wait(AFTER_MS - MINUTE_MS)
    p.choose(CAR_OUT, other)
    p.wait(AFTER_MS - 1)
    expect(p.due('unpaid-due')).toEqual([])
    p.wait(1)
    waited(p)
    expect(p.casesNow()).toMatchObject([{ kind: 'plate-mismatch' }, { kind: 'unpaid-at-lane', session: other }])
  })
})

describe('nobody is called for nothing', () => {
  test('a wait that was overtaken, a vehicle that has driven off, a stay that was ended: nothing', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' } })
    const [timer] = p.waits().filter(({ purpose }) => purpose === 'unpaid-due')
    if (timer?.purpose !== 'unpaid-due') throw new Error('nothing is waited for')
    const others = [
      { ...timer, since: instant(timer.since - 1) },
      { ...timer, charge: 'box-1:1:9:g0' as typeof timer.charge },
    ]
    for (const other of others) expect(p.take({ kind: 'timer', timer: other }).changes).toEqual([])
    p.reverse(CAR_OUT)
    p.wait(HOUR_MS)
    for (let n = 0; n < 4; n += 1) p.due()
    expect(p.take({ kind: 'timer', timer }).changes).toEqual([])
    expect(p.cases()).toEqual([])
  })

  test('a lane that waits by a layout that has come since, or that is none of the car park any more: nothing', () => {
    const waiting = askedWith({ lanes: { unpaid: 'open' } })
    waiting.setUnpaid('wait')
    waiting.wait(AFTER_MS)
    expect(waited(waiting).changes).toEqual([])
    const gone = askedWith({ lanes: { unpaid: 'open' } })
    gone.closeLane(CAR_OUT)
    gone.wait(AFTER_MS)
    expect(waited(gone).changes).toEqual([])
  })

  test('a box that was started anew to train calls nobody for a live stay', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' } })
    p.setMode('training')
    p.wait(AFTER_MS)
    expect([waited(p).changes, p.cases()]).toEqual([[], []])
  })

  test('what costs nothing any more is let out when what was asked holds no more', () => {
    const p = askedWith({ lanes: { unpaid: 'call-staff' }, policy: { quoteHoldMs: HOUR_MS } })
    p.setTariffs([charging({ kind: 'flat', price: 0 })])
    p.wait(AFTER_MS)
    expect(waited(p).changes).toEqual([])
    p.wait(HOUR_MS)
    expect(p.due('quote-lapses').map(said)).toEqual(['let-through'])
  })

  test('where no loop tells who stands there, what was asked is forgotten, and nobody is let go on debt', () => {
    const p = park({ lanes: { unpaid: 'leave-on-debt' } })
    p.see(BIKE_IN, '29B1-678.90')
    p.wait(MINUTE_MS)
    p.see(BIKE_OUT, '29B1-678.90')
    p.wait(AFTER_MS)
    expect([waited(p).changes, p.session(newest(p)).status]).toEqual([[], 'inside'])
  })
})

test('a price that nobody can say any more calls staff all the same, once', () => {
  const p = askedWith({ lanes: { unpaid: 'leave-on-debt' } })
  p.setTrust(STEPPED)
  p.wait(AFTER_MS)
  const called = waited(p)
  expect([said(called), told(called)]).toEqual(['clock-not-trusted', ['call-staff', 'call-staff']])
  expect(p.cases()).toEqual(['time-unclear'])
  p.wait(AFTER_MS)
  expect(p.due('unpaid-due')).toEqual([])
})

describe('a transfer that nobody would tell of', () => {
  const qrOf = (decision: Decision): string | null => {
    const message = announced(decision, 'amount-due')
    if (message?.kind !== 'amount-due') throw new Error('nothing is asked')
    return message.qr
  }

  test('is not asked for while upstream has gone silent, and is again when it is heard of', () => {
    const p = park(WITH_BANK)
    carInside(p)
    p.upstreamHeard()
    expect(qrOf(toExit(p))).not.toBeNull()
    p.upstreamHeard()
    p.wait(PARKING_POLICY.bankAwayAfterMs)
    const [still] = p.due('quote-lapses')
    expect(still && qrOf(still), 'at the limit it is not away yet').not.toBeNull()
    p.wait(PARKING_POLICY.quoteHoldMs)
    const [away] = p.due('quote-lapses')
    expect(away && qrOf(away)).toBeNull()
    p.upstreamHeard()
    p.wait(PARKING_POLICY.quoteHoldMs)
    const [again] = p.due('quote-lapses')
    expect(again && qrOf(again)).not.toBeNull()
  })

  test('is asked for where upstream was never heard of, and where nobody knows how long ago that was', () => {
    const never = park(WITH_BANK)
    carInside(never)
    never.wait(DAY_MS)
    expect(qrOf(toExit(never))).not.toBeNull()
    const long = { policy: { ...PARKING_POLICY, bankConfirmation: 'expected' }, upstreamHeardAt: instant(0) } as const
    expect([isBankHeard(long, { at: NOON, trust: STEPPED }), isBankHeard(long, { at: NOON, trust: SYNCED })]).toEqual([
      true,
      false,
    ])
  })
})
