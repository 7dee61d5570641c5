import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { SessionId } from '../../../core/ids.ts'
import type { Relief } from '../../../core/parking/session.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import { STEPPED, vnd } from '../kit.ts'
import { asked, carInside, chargeOf, correct, credit, newest, PLATE, payNow, rightOf, said, toExit } from './driver.ts'
import type { Park, ParkSettings } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, PARKING_POLICY, park } from './park.ts'
import { BIKE, CAR, TWO_PRICES } from './tariff-kit.ts'

const give = (p: Park, session: SessionId, relief: Relief): Decision =>
  p.take({
    kind: 'right-put',
    right: rightOf('sale-1', { kind: 'validation', session, relief, hours: [] }),
    plates: [],
    isNew: true,
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

  test('a validation of all that is asked lets it out at once', () => {
    const { p, id } = askedAtExit()
    const given = give(p, id, { kind: 'first-minutes', minutes: 120 })
    expect([said(given), display(given)]).toEqual(['noted', ['goodbye']])
    expect(given.effects.some(({ command }) => command.type === 'open')).toBe(true)
    expect(noWait(p)).toBe(true)
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('a validation of all, before an arm that is away: nothing is asked any more', () => {
    const { p, id } = askedAtExit()
    p.setBarrierPresent(false)
    const given = give(p, id, { kind: 'first-minutes', minutes: 120 })
    expect([said(given), display(given), p.lane(CAR_OUT).visit?.asked]).toEqual(['noted', ['idle'], null])
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
