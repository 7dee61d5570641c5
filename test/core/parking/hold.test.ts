import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { SessionId } from '../../../core/ids.ts'
import { deviceId, merchantId } from '../../../core/ids.ts'
import { ARM_DOWN_WITHIN_MS } from '../../../core/lane/moves.ts'
import { askedAgainMax } from '../../../core/parking/hold.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  changed,
  chargeOf,
  credit,
  newest,
  OTHER,
  overrideNow,
  PLATE,
  passNow,
  payNow,
  put,
  said,
  ticketInside,
  toExit,
  told,
} from './driver.ts'
import type { Park, ParkSettings } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_IN, CAR_OUT, PARKING_POLICY, park } from './park.ts'
import { BIKE, CAR, charging, PER_HOUR } from './tariff-kit.ts'

const HOLD_MS = PARKING_POLICY.quoteHoldMs
const WITH_BANK: ParkSettings = {
  policy: { bankConfirmation: 'expected' },
  merchants: [
    {
      id: merchantId('car-park'),
      name: 'Bãi xe',
      account: { bankBin: '970436', number: '0011001234567', holder: 'BAI XE SO 1' },
    },
  ],
}

/** A car that was asked for one hour, two minutes before the second begins. */
function askedBeforeTheHour(settings: ParkSettings = {}): Park {
  const p = park(settings)
  carInside(p)
  p.wait(58 * MINUTE_MS)
  expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  return p
}

/** A tariff comes by which it costs nothing any more: that is said when the hold ends. */
function costNothing(p: Park): void {
  p.setTariffs([charging({ kind: 'flat', price: 0 })])
}

/** What the hold's end brings; exactly one thing. */
function lapse(p: Park): Decision {
  const [only, ...others] = p.due('quote-lapses')
  if (only === undefined || others.length > 0) throw new Error(`${others.length} holds have ended at once, or none`)
  return only
}

function display({ effects }: Decision): readonly string[] {
  return effects.flatMap(({ to, command }) => {
    if (command.type !== 'announce' || !to.endsWith('display')) return []
    const { message } = command
    return [
      message.kind === 'amount-due'
        ? `${message.amount.amount} ${message.qr?.match(/54\d\d(\d+)5802/)?.[1] ?? ''}`.trim()
        : message.kind,
    ]
  })
}

describe('when what was asked at an exit holds no more', () => {
  test('the vehicle that still stands there is asked anew: the display, the code of the bank and the hold', () => {
    const p = askedBeforeTheHour(WITH_BANK)
    p.wait(HOLD_MS - 1)
    expect(p.due('quote-lapses')).toEqual([])
    p.wait(1)
    const anew = lapse(p)
    expect([asked(anew).due, display(anew)]).toEqual([vnd(50_000), ['50000 50000']])
    expect(told(anew), 'it is more, so it is said aloud').toEqual(['amount-due', 'amount-due'])
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ due: vnd(50_000), holdsUntil: p.now().at + HOLD_MS })
    p.wait(HOLD_MS)
    expect(told(lapse(p)), 'the same amount again is shown, and not said again').toEqual(['amount-due'])
    p.wait(HOUR_MS)
    expect(asked(lapse(p)).due).toEqual(vnd(85_000))
  })

  test.each(['code', 'credit', 'cash', 'phone'] as const)(
    'and what was shown last is what a %s is taken for, until the end of its hold',
    (by) => {
      const p = askedBeforeTheHour(WITH_BANK)
      p.wait(HOLD_MS)
      const { charge } = asked(lapse(p))
      p.wait(HOLD_MS - 1)
      const pay = {
        code: () => p.show(CAR_OUT, payNow(p, 'a')),
        credit: () => credit(p, charge, 50_000),
        cash: () => cash(p, charge, 50_000),
        phone: () => p.payAway(charge, payNow(p, 'a')),
      }
      expect(pay[by]().outcome).toMatchObject({ amount: vnd(50_000) })
      p.drive(CAR_OUT)
      expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 50_000, overpaid: 0 })
    },
  )

  test('nothing is left waiting once it has paid and gone, or was let go', () => {
    for (const leave of [
      (p: Park) => p.show(CAR_OUT, payNow(p, 'a')),
      (p: Park) => p.show(CAR_OUT, overrideNow(p, 'o')),
      (p: Park) => p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' }),
      (p: Park) => p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'the reader is dead' }),
    ]) {
      const p = askedBeforeTheHour()
      expect(changed(leave(p))).toContain('timer-cleared')
      p.drive(CAR_OUT)
      p.wait(HOLD_MS)
      expect(p.due('quote-lapses')).toEqual([])
    }
  })

  test('a vehicle that has driven off is asked for nothing, and the display shows no amount any more', () => {
    const p = askedBeforeTheHour()
    p.reverse(CAR_OUT)
    p.wait(HOLD_MS)
    const gone = lapse(p)
    expect([display(gone), changed(gone)]).toEqual([['idle'], ['lane-state', 'timer-cleared']])
    expect(p.charges()).toMatchObject([{ charge: { due: vnd(25_000) } }])
  })

  test('the next vehicle never stands before the amount of the one before it', () => {
    const p = askedBeforeTheHour()
    p.reverse(CAR_OUT)
    p.wait(2 * SECOND_MS)
    expect(display(p.arrive(CAR_OUT))).toEqual(['idle'])
    p.wait(HOLD_MS)
    expect(p.due('quote-lapses')).toEqual([])
  })

  test('a loop that flickers changes nothing: it is the same vehicle, and the same hold', () => {
    const p = askedBeforeTheHour()
    expect(told(p.reverse(CAR_OUT))).toEqual([])
    p.wait(200)
    expect(asked(p.arrive(CAR_OUT)).due).toEqual(vnd(25_000))
    p.wait(HOLD_MS - 200)
    expect(asked(lapse(p)).due).toEqual(vnd(50_000))
  })

  test('one that was let out by hand meanwhile, and noted on a phone, is asked for nothing', () => {
    const p = askedBeforeTheHour()
    const { at } = p.now()
    p.take({
      kind: 'late-evidence',
      lane: CAR_OUT,
      what: 'let-out',
      saidAt: at,
      handedInAt: at,
      ticket: null,
      plate: PLATE,
      vehicleClass: null,
      cash: null,
      reason: 'no power',
    })
    expect(p.session(newest(p)).status).toBe('left')
    p.wait(HOLD_MS)
    expect(display(lapse(p))).toEqual(['idle'])
  })

  test('one that has nothing to pay any more is let out', () => {
    const p = askedBeforeTheHour()
    costNothing(p)
    p.wait(HOLD_MS)
    const free = lapse(p)
    expect([said(free), told(free)]).toEqual(['let-through', ['open', 'goodbye']])
  })

  test('without a tariff by then staff are called, and the old amount is gone', () => {
    const p = askedBeforeTheHour()
    p.setTariffs(null)
    p.wait(HOLD_MS)
    const none = lapse(p)
    expect([said(none), p.cases(), p.lane(CAR_OUT).visit?.asked]).toEqual(['no-tariff', ['no-tariff'], null])
    expect(p.due('quote-lapses')).toEqual([])
  })

  test('by a clock that is not trusted nobody can say another amount: what was shown stands, pays, and is looked at again', () => {
    const p = askedBeforeTheHour()
    p.setTrust(STEPPED)
    p.wait(HOLD_MS)
    const doubted = lapse(p)
    expect([said(doubted), told(doubted), p.cases()]).toEqual(['noted', [], []])
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ due: vnd(25_000) })
    expect(told(cash(p, chargeOf(p, newest(p)), 25_000))).toContain('open')
    const q = askedBeforeTheHour()
    q.setTrust(STEPPED)
    q.wait(HOLD_MS)
    lapse(q)
    q.setTrust(SYNCED)
    q.wait(HOLD_MS)
    expect(asked(lapse(q)).due).toEqual(vnd(50_000))
  })

  test('by a clock that was set back while it ran, it has ended all the same', () => {
    const p = askedBeforeTheHour()
    const { charge, at } = p.lane(CAR_OUT).visit?.asked ?? { charge: chargeOf(p, newest(p)), at: p.now().at }
    p.wait(-MINUTE_MS)
    const anew = p.take({ kind: 'timer', timer: { purpose: 'quote-lapses', lane: CAR_OUT, charge, askedAt: at } })
    expect(asked(anew).due).toEqual(vnd(25_000))
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ at: p.now().at })
  })

  test('a wait that has been overtaken by another asking does nothing', () => {
    const p = askedBeforeTheHour()
    const { charge, at } = p.lane(CAR_OUT).visit?.asked ?? { charge: chargeOf(p, newest(p)), at: p.now().at }
    p.wait(HOLD_MS)
    lapse(p)
    for (const askedAt of [at, p.now().at]) {
      const other = askedAt === at ? charge : ('box-1:1:99:g0' as typeof charge)
      const late = p.take({ kind: 'timer', timer: { purpose: 'quote-lapses', lane: CAR_OUT, charge: other, askedAt } })
      expect([said(late), late.changes]).toEqual(['noted', []])
    }
    p.reverse(CAR_OUT)
    p.wait(2 * SECOND_MS)
    p.arrive(CAR_OUT)
    const nobody = p.take({ kind: 'timer', timer: { purpose: 'quote-lapses', lane: CAR_OUT, charge, askedAt: at } })
    expect(nobody.changes).toEqual([])
  })

  test('at a lane that the car park has no more nothing is asked', () => {
    const p = askedBeforeTheHour()
    const { charge, at } = p.lane(CAR_OUT).visit?.asked ?? { charge: chargeOf(p, newest(p)), at: p.now().at }
    p.closeLane(CAR_OUT)
    const gone = p.take({ kind: 'timer', timer: { purpose: 'quote-lapses', lane: CAR_OUT, charge, askedAt: at } })
    expect([changed(gone), told(gone)]).toEqual([['lane-state'], []])
  })

  test('an arm that is away by then changes nothing of what is asked; when it is back, what was shown lets out', () => {
    const p = askedBeforeTheHour()
    p.setBarrierPresent(false)
    p.wait(HOLD_MS)
    expect(asked(lapse(p)).due).toEqual(vnd(50_000))
    p.setBarrierPresent(true)
    expect(told(cash(p, chargeOf(p, newest(p)), 50_000))).toContain('open')
  })

  test('who has nothing to pay any more and stands before an arm that is away is told of the arm, and of no amount', () => {
    const p = askedBeforeTheHour()
    costNothing(p)
    p.setBarrierPresent(false)
    p.wait(HOLD_MS)
    const away = lapse(p)
    expect([said(away), display(away), p.lane(CAR_OUT).visit?.asked]).toEqual(['barrier-away', ['refused'], null])
    p.setBarrierPresent(true)
    p.wait(4 * SECOND_MS)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('noted')
    expect(said(p.choose(CAR_OUT, newest(p)))).toBe('let-through')
  })
})

describe('a box that was started anew to train, while a live stay is asked at its lane', () => {
  test('forgets what was asked when the hold ends, tells the display so, and waits for nothing more', () => {
    const p = askedBeforeTheHour()
    const charge = chargeOf(p, newest(p))
    p.setMode('training')
    p.wait(HOLD_MS)
    const lapsed = lapse(p)
    expect([display(lapsed), changed(lapsed), p.lane(CAR_OUT).visit?.asked]).toEqual([
      ['idle'],
      ['lane-state', 'timer-cleared'],
      null,
    ])
    expect(p.charge(charge)?.charge.due, 'the live charge stays as it was').toEqual(vnd(25_000))
  })

  test('opens the live case of a live right that nobody used', () => {
    const p = askedBeforeTheHour()
    p.show(CAR_OUT, payNow(p, 'a'))
    p.wait(HOUR_MS)
    p.setMode('training')
    p.due('passage-lapses')
    expect(p.casesNow()).toMatchObject([{ kind: 'paid-never-left', mode: 'live', session: newest(p) }])
  })
})

describe('what has covered the amount on the display', () => {
  test('an emergency: when it is over, the amount is asked again at once', () => {
    const p = askedBeforeTheHour()
    expect(display(p.take({ kind: 'emergency', device: null, active: true }))).toEqual(['drive-on'])
    p.take({ kind: 'emergency', device: null, active: false })
    p.armDown(CAR_OUT)
    expect(asked(lapse(p)).due).toEqual(vnd(25_000))
  })

  test('an arm that fails after the payment: nothing is asked again of who has paid', () => {
    const p = askedBeforeTheHour()
    p.show(CAR_OUT, payNow(p, 'a'))
    p.wait(PARKING_POLICY.quoteHoldMs)
    p.due('barrier-answer')
    expect(p.lane(CAR_OUT).phase.kind).toBe('waiting')
    expect(p.due('quote-lapses')).toEqual([])
  })

  test('and whose way out has lapsed before an arm that never went up is asked again in its time', () => {
    const p = askedBeforeTheHour()
    p.show(CAR_OUT, payNow(p, 'a'))
    p.wait(MINUTE_MS)
    p.due('barrier-answer')
    p.wait(HOUR_MS)
    p.due('passage-lapses')
    expect([p.lane(CAR_OUT).phase.kind, p.session(newest(p)).status]).toEqual(['waiting', 'inside'])
    p.choose(CAR_OUT, newest(p))
    p.wait(HOUR_MS)
    expect(asked(lapse(p)).due).toEqual(vnd(60_000))
  })
})

describe('nothing is taken beyond what is shown', () => {
  test('a code that is shown when the hold is over, and its end not yet said, is not spent: the display shows the new amount first', () => {
    const p = askedBeforeTheHour()
    p.wait(HOLD_MS)
    const code = payNow(p, 'a')
    const again = p.show(CAR_OUT, code)
    expect([asked(again).due, changed(again).includes('token-spent')]).toEqual([vnd(50_000), false])
    expect(p.show(CAR_OUT, code).outcome).toMatchObject({ kind: 'paid', amount: vnd(50_000) })
  })

  test('who asks on the phone while the lane holds an amount is told that one, and pays no more there', () => {
    const p = askedBeforeTheHour()
    const until = p.now().at + HOLD_MS
    p.wait(4 * MINUTE_MS)
    const onPhone = p.take({ kind: 'session-quoted', session: newest(p) })
    expect(onPhone.outcome).toMatchObject({ kind: 'amount-asked', due: vnd(25_000), holdsUntil: until })
    const { charge } = asked(onPhone)
    expect(p.charge(charge)).toMatchObject({ charge: { due: vnd(25_000) } })
    expect(p.payAway(charge, payNow(p, 'a')).outcome).toMatchObject({ kind: 'paid', amount: vnd(25_000) })
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000 })
  })

  test('a stay in its grace that waits for a debt to be paid does not fall out of it while that amount holds', () => {
    const p = park()
    carInside(p)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 25_000)
    p.wait(12 * MINUTE_MS)
    expect(asked(toExit(p))).toEqual(expect.objectContaining({ charge: debt, due: vnd(25_000) }))
    p.wait(4 * MINUTE_MS)
    expect(p.show(CAR_OUT, payNow(p, 'a')).outcome).toMatchObject({ kind: 'paid', charge: debt, amount: vnd(25_000) })
    p.drive(CAR_OUT)
    expect(p.charge(charge)).toMatchObject({ status: 'paid', paid: 25_000, charge: { due: vnd(25_000) } })
    expect(p.cases()).toEqual([])
  })

  test('and when the hold ends with the grace behind it, all the time since is asked with the debt', () => {
    const p = park()
    carInside(p)
    asked(toExit(p))
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    cash(p, asked(p.take({ kind: 'session-quoted', session: id })).charge, 25_000)
    p.wait(12 * MINUTE_MS)
    asked(toExit(p))
    p.wait(HOLD_MS)
    expect(asked(lapse(p))).toMatchObject({ charge: chargeOf(p, id), due: vnd(50_000) })
  })

  test('nor does a stay in its free minutes: it costs nothing at its end', () => {
    const free = charging(PER_HOUR, {
      vehicleClasses: [CAR, BIKE],
      freeMinutes: { minutes: 10, longerStays: 'pay-from-entry' },
    })
    const p = park({ tariffs: [free] })
    carInside(p)
    p.wait(HOUR_MS)
    const debt = asked(toExit(p)).charge
    p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
    p.drive(CAR_OUT)
    const id = carInside(p)
    p.wait(9 * MINUTE_MS)
    const { due } = asked(toExit(p))
    p.wait(3 * MINUTE_MS)
    expect(p.show(CAR_OUT, payNow(p, 'a')).outcome).toMatchObject({ kind: 'paid', charge: debt, amount: due })
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 0, charge: { due: vnd(0) } })
    expect(p.cases()).toEqual([])
  })
})

test('at a lane without a loop the visit ends with the hold, and the display shows nothing of it any more', () => {
  const p = park()
  p.see(BIKE_IN, PLATE)
  p.wait(MINUTE_MS)
  asked(p.see(BIKE_OUT, PLATE))
  p.wait(HOLD_MS)
  expect(display(lapse(p))).toEqual(['idle'])
  expect(p.lane(BIKE_OUT).visit).toBeNull()
})

describe('another plate than the ticket’s, seen when the arm has been told to open', () => {
  test('is a case, and nobody is told to wait before an arm that goes up', () => {
    const p = park()
    const id = carInside(p)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    p.show(CAR_OUT, payNow(p, 'a'))
    const seen = p.see(CAR_OUT, OTHER, 990, 'out.jpg')
    expect([said(seen), told(seen), p.cases()]).toEqual(['noted', [], ['plate-mismatch']])
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('is a case also of whoever has nothing to pay: by the code of a pass, and by staff who have chosen its stay', () => {
    for (const go of [
      (p: Park, _: SessionId) => p.show(CAR_OUT, passNow('m-1')),
      (p: Park, id: SessionId) => p.choose(CAR_OUT, id),
    ]) {
      const p = park()
      put(p, 'm-1', [PLATE])
      const id = carInside(p)
      p.arrive(CAR_OUT)
      expect(said(go(p, id))).toBe('let-through')
      expect(told(p.see(CAR_OUT, OTHER, 990, 'out.jpg'))).toEqual([])
      expect(p.casesNow()).toMatchObject([{ kind: 'plate-mismatch', session: id }])
      p.drive(CAR_OUT)
      expect(p.session(id).status).toBe('left')
    }
  })

  test('is a case where it is that of another stay, and the one that goes is known by no plate', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.show(CAR_IN, passNow('m-1'))
    p.drive(CAR_IN)
    const id = newest(p)
    carInside(p, OTHER)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, passNow('m-1')))).toBe('let-through')
    p.see(CAR_OUT, OTHER, 990, 'out.jpg')
    expect(p.casesNow()).toMatchObject([{ kind: 'plate-mismatch', session: id }])
  })

  test('is none that staff have seen before they chose', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const id = carInside(p)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, OTHER, 950)
    expect(said(p.show(CAR_OUT, passNow('m-1')))).toBe('plate-mismatch')
    expect(said(p.choose(CAR_OUT, id, 'the plate was changed'))).toBe('let-through')
    p.wait(4 * SECOND_MS)
    expect(said(p.see(CAR_OUT, OTHER, 990))).toBe('noted')
    expect(p.cases()).toEqual([])
  })

  test('is none where it is its own, that of nobody inside, or unsure', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    carInside(p)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, passNow('m-1'))
    p.see(CAR_OUT, OTHER, 300)
    p.see(CAR_OUT, PLATE)
    expect(p.cases()).toEqual([])
    const q = park()
    q.arrive(CAR_IN)
    q.show(CAR_IN, passNow('m-1'))
    q.see(CAR_IN, PLATE)
    q.drive(CAR_IN)
    expect(q.cases(), 'it has come in, and nothing is let out').toEqual([])
    const r = park()
    r.arrive(CAR_IN)
    r.show(CAR_IN, passNow('m-1'))
    r.drive(CAR_IN)
    r.arrive(CAR_OUT)
    r.show(CAR_OUT, passNow('m-1'))
    r.see(CAR_OUT, OTHER)
    expect(r.cases()).toEqual([])
  })

  test('and so is another kind of vehicle', () => {
    const p = park({ lanes: { vehicleClasses: [CAR, BIKE] } })
    const id = ticketInside(p)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    p.show(CAR_OUT, payNow(p, 'a'))
    const seen = p.see(CAR_OUT, PLATE, 990, 'out.jpg', { vehicle: 'motorbike' })
    expect([said(seen), told(seen), p.cases().includes('class-mismatch')]).toEqual(['noted', [], true])
  })
})

describe('an arm that does not come down, and is told so while the next vehicle is asked,', () => {
  const says = (p: Park, state: 'open' | 'closed') =>
    p.take({ kind: 'barrier-state', lane: CAR_OUT, device: deviceId('car-out-barrier'), state, late: false })
  /** It was opened by hand with nobody there, and stays up. */
  const stuckBefore = (p: Park, told: 'once' | 'twice'): Park => {
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'a delivery' })
    says(p, 'open')
    p.wait(15 * MINUTE_MS)
    p.due('passage-due')
    if (told === 'once') return p
    for (const _ of ['told once', 'told twice']) {
      p.wait(ARM_DOWN_WITHIN_MS)
      p.due('close-due')
    }
    expect(p.lane(CAR_OUT)).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
    return p
  }
  const stands = (p: Park) => {
    const { asked: standing } = p.lane(CAR_OUT).visit ?? {}
    return { ...standing, waits: p.due('quote-lapses').length }
  }

  test('changes nothing of what is asked, of how long that holds, and of what the display shows', () => {
    for (const end of ['closed', 'not down'] as const) {
      const p = stuckBefore(park(), 'twice')
      carInside(p)
      p.wait(58 * MINUTE_MS)
      expect(asked(toExit(p)).due).toEqual(vnd(25_000))
      const before = stands(p)
      p.wait(HOLD_MS / 2)
      for (const _ of [1, 2, 3]) {
        const again = p.take({ kind: 'fail-safe-over', lane: CAR_OUT })
        expect(again.effects.map(({ command }) => command.type)).toEqual(['close'])
        expect(display(again)).toEqual([])
        if (end === 'closed') expect(display(says(p, 'closed'))).toEqual([])
        p.wait(ARM_DOWN_WITHIN_MS)
        for (const decision of p.due('close-due')) expect(display(decision)).toEqual([])
        expect(stands(p)).toEqual(before)
        if (end === 'closed') break
      }
      expect(p.show(CAR_OUT, payNow(p, 'a')).outcome).toMatchObject({ kind: 'paid', amount: vnd(25_000) })
    }
  })

  test('nor does the second word to come down behind the one before', () => {
    const p = park()
    carInside(p)
    stuckBefore(p, 'once')
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
    const before = stands(p)
    p.wait(ARM_DOWN_WITHIN_MS)
    for (const decision of p.due('close-due')) expect(display(decision)).toEqual([])
    expect(p.lane(CAR_OUT)).toMatchObject({ phase: { kind: 'closing' }, alarm: 'stuck-open' })
    expect(stands(p)).toEqual(before)
  })
})

describe('a loop that says for an hour that its vehicle stands there', () => {
  /** Every hold to its end, until nothing is asked any more; how often it was asked anew. */
  function untilSilent(p: Park): number {
    for (let again = 0; again < 1000; again += 1) {
      p.wait(p.policy.parking?.quoteHoldMs ?? 0)
      const ended = lapse(p)
      if (p.waits().some(({ purpose }) => purpose === 'quote-lapses')) continue
      expect([said(ended), display(ended)]).toEqual(['noted', ['call-staff']])
      return again
    }
    throw new Error('it is asked for ever')
  }

  test.each([
    ['5 minutes', 5 * MINUTE_MS, 12],
    ['30 seconds', 30 * SECOND_MS, 120],
    ['7 minutes, which are no part of an hour', 7 * MINUTE_MS, 9],
    ['longer than that', 2 * HOUR_MS, 1],
  ])('is an alarm, and asks no more: after %s each', (_what, quoteHoldMs, times) => {
    const p = park({ policy: { quoteHoldMs } })
    carInside(p)
    asked(toExit(p))
    expect([untilSilent(p), askedAgainMax(p.policy.parking ?? PARKING_POLICY)]).toEqual([times, times])
    expect(p.lane(CAR_OUT)).toMatchObject({ alarm: 'loop-stuck', visit: { asked: null } })
  })

  test('is an alarm also by a clock that is not trusted, by which nobody can say another amount', () => {
    const p = park()
    carInside(p)
    asked(toExit(p))
    p.setTrust(STEPPED)
    expect(untilSilent(p)).toBe(12)
  })

  test('is none any more when it lets its vehicle go, or another comes unseen', () => {
    for (const go of [
      (p: Park) => p.reverse(CAR_OUT),
      (p: Park) =>
        p.take({
          kind: 'loop',
          lane: CAR_OUT,
          device: deviceId('car-out-approach'),
          role: 'approach',
          occupied: false,
          late: true,
        }),
    ]) {
      const p = park()
      carInside(p)
      toExit(p)
      untilSilent(p)
      go(p)
      expect(p.lane(CAR_OUT).alarm).toBeNull()
    }
  })

  test('and whoever does stand there is asked again by a ticket, and pays on the phone, all the same', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    untilSilent(p)
    asked(p.show(CAR_OUT, p.ticketOf(id)))
    expect(p.lane(CAR_OUT).visit?.asked).not.toHaveProperty('again')
    p.wait(HOLD_MS)
    asked(lapse(p))
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ again: 1 })
    const q = park()
    const other = carInside(q)
    toExit(q)
    untilSilent(q)
    const { charge, due } = asked(q.take({ kind: 'session-quoted', session: other }))
    expect(told(cash(q, charge, due.amount))).toContain('open')
  })

  test('a part that is paid meanwhile begins no new hour by itself', () => {
    const p = park({ policy: { bankConfirmation: 'expected' } })
    const id = carInside(p)
    toExit(p)
    p.wait(HOLD_MS)
    lapse(p)
    credit(p, chargeOf(p, id), 1_000)
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ again: 1 })
  })
})
