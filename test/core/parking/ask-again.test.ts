import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { RightId, SessionId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { askedAgainMax } from '../../../core/parking/hold.ts'
import type { Relief } from '../../../core/parking/session.ts'
import { instant, MINUTE_MS } from '../../../core/time.ts'
import { STEPPED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  chargeOf,
  correct,
  credit,
  newest,
  OTHER,
  PLATE,
  payNow,
  put,
  rightOf,
  said,
  toExit,
} from './driver.ts'
import type { Park, ParkSettings } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, GATE, PARKING_POLICY, park } from './park.ts'
import { BIKE, CAR, TWO_PRICES } from './tariff-kit.ts'

const give = (p: Park, session: SessionId, relief: Relief): Decision =>
  p.take({
    kind: 'right-put',
    right: rightOf('sale-1', { kind: 'validation', session, relief, hours: [] }),
    plates: [],
    isNew: true,
    reason: 'a guest',
  })

const dong = (amount: number): Relief => ({ kind: 'amount', amount: vnd(amount) })

/** What a display is told. */
const display = ({ effects }: Decision): readonly string[] =>
  effects.flatMap(({ to, command }) => {
    if (command.type !== 'announce' || !to.endsWith('display')) return []
    const { message } = command
    return [message.kind === 'amount-due' ? `${message.amount.amount}` : message.kind]
  })

/** A car that stands at the exit and is asked 25,000 đồng. */
function askedAtExit(settings: ParkSettings = {}): { readonly p: Park; readonly id: SessionId } {
  const p = park(settings)
  const id = carInside(p)
  p.wait(50 * MINUTE_MS)
  expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  p.wait(MINUTE_MS)
  return { p, id }
}

const M_1 = 'm-1' as RightId

/** A car of a pass that has run out while it was inside, and that is asked for the time since. */
function passAtExit(): { readonly p: Park; readonly id: SessionId } {
  const p = park({ policy: { antiPassback: 'off' } })
  put(p, 'm-1', [PLATE], { validUntil: instant(p.now().at + 10 * MINUTE_MS), spaces: 2 })
  const id = carInside(p)
  p.wait(50 * MINUTE_MS)
  asked(toExit(p))
  return { p, id }
}

test('a pass of several vehicles that stand at two lanes: of the first it is said at once, and the other asks anew by a due time that is now', () => {
  const { p, id } = passAtExit()
  put(p, 'm-1', [PLATE, OTHER], { validUntil: instant(p.now().at + 10 * MINUTE_MS), spaces: 2 })
  p.reverse(CAR_OUT)
  const other = carInside(p, OTHER)
  p.wait(50 * MINUTE_MS)
  asked(toExit(p))
  p.arrive(GATE)
  asked(p.see(GATE, OTHER, 950, 'gate.jpg', { device: deviceId('gate-camera'), direction: 'reverse' }))
  const renewed = put(p, 'm-1', [PLATE, OTHER], { spaces: 2 })
  expect([said(renewed), display(renewed), p.session(id).status]).toEqual(['noted', ['goodbye'], 'leaving'])
  expect(p.due('quote-lapses').map(said)).toEqual(['let-through'])
  expect(p.session(other).status).toBe('leaving')
})

const noWait = (p: Park): boolean => p.waits().every(({ purpose }) => purpose !== 'quote-lapses')

describe('while a vehicle stands at an exit that has asked,', () => {
  test('a merchant’s validation lowers the amount on the display at once, for as long as it was to hold; that pays it', () => {
    const { p, id } = askedAtExit()
    const until = p.lane(CAR_OUT).visit?.asked?.holdsUntil
    const given = give(p, id, dong(10_000))
    expect([said(given), display(given)]).toEqual(['noted', ['15000']])
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ due: vnd(15_000), holdsUntil: until })
    expect(p.show(CAR_OUT, payNow(p, 'a')).outcome).toMatchObject({ kind: 'paid', amount: vnd(15_000) })
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('a second validation, of another merchant, lowers what the first has left', () => {
    const { p, id } = askedAtExit()
    give(p, id, dong(10_000))
    const second = p.take({
      kind: 'right-put',
      right: rightOf('sale-2', { kind: 'validation', session: id, relief: dong(5_000), hours: [] }),
      plates: [],
      isNew: true,
      reason: 'a guest',
    })
    expect([said(second), display(second)]).toEqual(['noted', ['10000']])
  })

  test('a validation of all that is asked lets it out at once', () => {
    const { p, id } = askedAtExit()
    const given = give(p, id, { kind: 'first-minutes', minutes: 120 })
    expect([said(given), display(given)]).toEqual(['noted', ['goodbye']])
    expect(given.effects.some(({ command }) => command.type === 'open')).toBe(true)
    expect(noWait(p)).toBe(true)
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('a validation of all, before an arm that is away: nothing is asked any more, and the display says why nothing opens', () => {
    const { p, id } = askedAtExit()
    p.setBarrierPresent(false)
    const given = give(p, id, { kind: 'first-minutes', minutes: 120 })
    expect([said(given), display(given), p.lane(CAR_OUT).visit?.asked]).toEqual(['noted', ['refused'], null])
    expect(noWait(p)).toBe(true)
    p.setBarrierPresent(true)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('let-through')
  })

  test('a stay that staff end leaves no amount on the display', () => {
    const { p, id } = askedAtExit()
    const ended = correct(p, id, { kind: 'close' })
    expect([said(ended), display(ended), p.lane(CAR_OUT).visit?.asked]).toEqual(['noted', ['idle'], null])
    expect(noWait(p)).toBe(true)
  })

  test('staff who put its class right have it asked the lower price; a higher one waits for the hold’s end', () => {
    const settings: ParkSettings = { lanes: { vehicleClasses: [CAR, BIKE] }, tariffs: TWO_PRICES }
    const { p, id } = askedAtExit(settings)
    expect(display(correct(p, id, { kind: 'class', vehicleClass: BIKE }))).toEqual(['5000'])
    const back = correct(p, id, { kind: 'class', vehicleClass: CAR })
    expect([said(back), display(back)], 'no more than was shown first').toEqual(['noted', ['25000']])
  })

  test('a debt on its plate that the office takes off is asked no more at once; who owes nothing else is let out', () => {
    const p = park()
    const first = carInside(p)
    p.wait(50 * MINUTE_MS)
    correct(p, first, { kind: 'close' })
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    expect(asked(toExit(p)).due).toEqual(vnd(50_000))
    const off = correct(p, first, { kind: 'debt-off' })
    expect([said(off), display(off)]).toEqual(['noted', ['25000']])
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ charge: chargeOf(p, id), due: vnd(25_000) })

    const q = park()
    const before = carInside(q)
    correct(q, before, { kind: 'close' })
    const paid = carInside(q)
    q.wait(50 * MINUTE_MS)
    credit(q, asked(q.take({ kind: 'session-quoted', session: paid })).charge, 25_000)
    expect(asked(toExit(q)), 'the debt alone').toMatchObject({ charge: chargeOf(q, before) })
    const none = correct(q, before, { kind: 'debt-off' })
    expect([said(none), display(none), q.session(paid).status]).toEqual(['noted', ['goodbye'], 'leaving'])
  })

  test('what changes nothing of what is asked is said to nobody', () => {
    const { p, id } = askedAtExit()
    const other = give(p, id, { kind: 'first-minutes', minutes: 1 })
    expect([said(other), other.effects, p.lane(CAR_OUT).visit?.asked?.due]).toEqual(['noted', [], vnd(25_000)])
    expect(correct(p, id, { kind: 'plate', plate: PLATE }).effects).toEqual([])
  })

  test('by a clock that is not trusted what was asked stands', () => {
    const { p, id } = askedAtExit()
    p.setTrust(STEPPED)
    expect([give(p, id, dong(10_000)).effects, p.lane(CAR_OUT).visit?.asked?.due]).toEqual([[], vnd(25_000)])
  })

  test('when the hold is over its end asks anew, and nothing else does', () => {
    const { p, id } = askedAtExit()
    p.wait(PARKING_POLICY.quoteHoldMs)
    expect(give(p, id, dong(10_000)).effects).toEqual([])
    expect(display(p.due('quote-lapses')[0] ?? given())).toEqual(['15000'])
  })

  test('a lane that has asked for an hour and asks no more says what a validation has taken off: somebody has done something', () => {
    const { p, id } = askedAtExit()
    for (let index = 0; index <= askedAgainMax(PARKING_POLICY); index += 1) {
      p.wait(PARKING_POLICY.quoteHoldMs)
      p.due('quote-lapses')
    }
    expect([p.lane(CAR_OUT).alarm, noWait(p)]).toEqual(['loop-stuck', true])
    expect(display(give(p, id, dong(10_000)))).toEqual(['40000'])
    expect(p.lane(CAR_OUT).visit?.asked).toMatchObject({ due: vnd(40_000), at: p.now().at })
    expect(noWait(p)).toBe(false)
  })

  test('its pass that is renewed lowers the amount, or lets it out, at once', () => {
    const { p, id } = passAtExit()
    const renewed = put(p, 'm-1', [PLATE])
    expect([said(renewed), display(renewed)]).toEqual(['noted', ['goodbye']])
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('its pass that is suspended takes nothing back of what was shown', () => {
    const { p } = passAtExit()
    const status = p.take({ kind: 'right-status', right: M_1, status: 'suspended', reason: 'not paid' })
    expect([said(status), status.effects]).toEqual(['noted', []])
  })

  test('a validation that counts after all is said at once', () => {
    const { p, id } = askedAtExit()
    p.take({
      kind: 'right-put',
      right: rightOf('sale-1', {
        kind: 'validation',
        session: id,
        relief: dong(10_000),
        hours: [],
        status: 'suspended',
      }),
      plates: [],
    })
    const good = p.take({ kind: 'right-status', right: 'sale-1' as RightId, status: 'active', reason: 'it is good' })
    expect([said(good), display(good)]).toEqual(['noted', ['15000']])
  })

  test('a box that was started anew to train says nothing of a live stay', () => {
    const { p, id } = askedAtExit()
    p.setMode('training')
    expect([give(p, id, dong(10_000)).effects, p.lane(CAR_OUT).visit?.asked?.due]).toEqual([[], vnd(25_000)])
  })

  test('whoever is let out already is asked for nothing more', () => {
    const { p, id } = askedAtExit()
    credit(p, chargeOf(p, id), 25_000)
    expect(give(p, id, dong(10_000)).effects).toEqual([])
  })
})

test('what is refused says nothing at the lane', () => {
  const { p, id } = askedAtExit()
  expect([said(correct(p, id, { kind: 'close' }, ' ')), p.lane(CAR_OUT).visit?.asked?.due]).toEqual([
    'reason-missing',
    vnd(25_000),
  ])
})

test('at a lane without an arm a validation of all lets its vehicle go, and it counts no more', () => {
  const p = park()
  p.see(BIKE_IN, PLATE)
  p.wait(50 * MINUTE_MS)
  asked(p.see(BIKE_OUT, PLATE))
  give(p, newest(p), { kind: 'first-minutes', minutes: 120 })
  expect(p.session(newest(p)).status).toBe('left')
})

test('a lane that has left the car park says nothing', () => {
  const { p, id } = askedAtExit()
  p.closeLane(CAR_OUT)
  expect(give(p, id, dong(10_000)).effects).toEqual([])
})

function given(): never {
  throw new Error('nothing was due')
}
