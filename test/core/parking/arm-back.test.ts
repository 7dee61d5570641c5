import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import { deviceId } from '../../../core/ids.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import type { newest } from './driver.ts'
import { asked, carInside, cash, chargeOf, PLATE, payNow, said, ticketInside, toExit, told } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, GATE, park, RAMP } from './park.ts'

/** What its display is told. */
const display = ({ effects }: Decision): readonly string[] =>
  effects.flatMap(({ to, command }) =>
    command.type === 'announce' && to.endsWith('display') ? [command.message.kind] : [],
  )

/** The line of the arms is cut. */
const cut = (p: Park): void => p.setBarrierPresent(false)

/** It is back, and the arm of this lane says that it is down. */
function back(p: Park, lane = CAR_OUT): Decision {
  p.setBarrierPresent(true)
  p.wait(SECOND_MS)
  return p.armDown(lane)
}

/** What it was told has not reached it, and its line is cut. */
function awayAgain(p: Park, lane = CAR_OUT): void {
  p.take({ kind: 'command-result', device: deviceId(`${lane}-barrier`), lane, command: null, result: 'away' })
  cut(p)
}

/** A car with a ticket alone that stands at an exit whose arm is away. */
function ticketBeforeNoArm(stayedMs = 50 * MINUTE_MS): { readonly p: Park; readonly id: ReturnType<typeof newest> } {
  const p = park()
  const id = ticketInside(p)
  p.wait(stayedMs)
  cut(p)
  p.arrive(CAR_OUT)
  const shown = p.show(CAR_OUT, p.ticketOf(id))
  expect([said(shown), display(shown), p.lane(CAR_OUT).saysArmAway]).toEqual(['barrier-away', ['refused'], true])
  return { p, id }
}

describe('an arm that is back while its display says that it is away', () => {
  test('has who showed a ticket asked, and let out by what they pay; once', () => {
    const { p, id } = ticketBeforeNoArm()
    expect(asked(back(p)).due).toEqual(vnd(25_000))
    expect(p.lane(CAR_OUT).saysArmAway).toBeUndefined()
    expect(told(p.armDown(CAR_OUT)), 'it has said that before').toEqual([])
    expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('paid')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('has who was read by their plate asked', () => {
    const p = park()
    carInside(p)
    p.wait(50 * MINUTE_MS)
    cut(p)
    expect(said(toExit(p))).toBe('barrier-away')
    expect(asked(back(p)).due).toEqual(vnd(25_000))
  })

  test('lets out who has paid at a counter meanwhile: until then the display says why nothing opens', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(50 * MINUTE_MS)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    cut(p)
    const paid = cash(p, chargeOf(p, id), 25_000)
    expect([said(paid), display(paid)]).toEqual(['credited', ['refused']])
    const returned = back(p)
    expect([said(returned), told(returned).includes('open')]).toEqual(['let-through', true])
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('opens for the right that was not used before it went away', () => {
    const { p, id } = ticketBeforeNoArm()
    back(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.take({
      kind: 'command-result',
      device: deviceId(`${CAR_OUT}-barrier`),
      lane: CAR_OUT,
      command: null,
      result: 'away',
    })
    cut(p)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('barrier-away')
    const returned = back(p)
    expect([said(returned), told(returned).includes('open')]).toEqual(['noted', true])
    awayAgain(p, CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('barrier-away')
    const once = back(p)
    expect([said(once), told(once).includes('open')], 'who showed their ticket again').toEqual([
      'already-accepted',
      true,
    ])
  })

  test('calls staff for a stay without a price', () => {
    const { p } = ticketBeforeNoArm()
    p.setTariffs(null)
    expect([display(back(p)), p.cases()]).toEqual([['call-staff'], ['no-tariff']])
  })

  test('lets in whose plate was read at an entry, and has nobody press or show anything again', () => {
    const p = park()
    cut(p)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('barrier-away')
    expect([said(back(p, CAR_IN)), p.sessions()]).toMatchObject(['let-through', [{ status: 'entering' }]])
  })

  test('says nothing any more to whom nothing is known of, nor to nobody', () => {
    const p = park()
    cut(p)
    p.arrive(CAR_IN)
    expect(said(p.ticket(CAR_IN))).toBe('barrier-away')
    expect(display(back(p, CAR_IN))).toEqual(['idle'])
    expect(said(p.ticket(CAR_IN))).toBe('let-through')

    const { p: q } = ticketBeforeNoArm()
    q.reverse(CAR_OUT)
    q.wait(HOUR_MS)
    expect(display(back(q))).toEqual(['idle'])
    expect(q.charges()).toEqual([])
  })

  test('between two places lets on, and asks nothing; who showed a ticket has nothing to show again', () => {
    const p = park()
    const id = ticketInside(p)
    p.arrive(RAMP)
    expect(said(p.show(RAMP, p.ticketOf(id)))).toBe('let-through')
    p.take({ kind: 'command-result', device: deviceId(`${RAMP}-barrier`), lane: RAMP, command: null, result: 'away' })
    cut(p)
    expect(said(p.show(RAMP, p.ticketOf(id)))).toBe('barrier-away')
    expect(told(back(p, RAMP))).toEqual(['open', 'drive-on'])
    awayAgain(p, RAMP)
    expect(said(p.show(RAMP, p.ticketOf(id)))).toBe('barrier-away')
    expect(display(back(p, RAMP)), 'once for a right').toEqual(['idle'])
    expect(told(p.show(RAMP, p.ticketOf(id)))).toContain('open')
    expect(p.charges()).toEqual([])
  })

  test('at a lane of both ways takes nobody who comes in for one who leaves', () => {
    const p = park()
    p.arrive(GATE)
    expect(said(p.ticket(GATE))).toBe('let-through')
    p.take({ kind: 'command-result', device: deviceId(`${GATE}-barrier`), lane: GATE, command: null, result: 'away' })
    cut(p)
    expect(said(p.ticket(GATE))).toBe('barrier-away')
    expect(told(back(p, GATE))).toEqual(['open', 'drive-on'])
    expect(p.lane(GATE).saysArmAway).toBeUndefined()
    awayAgain(p, GATE)
    expect(said(p.ticket(GATE))).toBe('barrier-away')
    expect(display(back(p, GATE)), 'once for a right').toEqual(['idle'])
    expect(p.charges()).toEqual([])
  })

  test('asks nobody of a live stay in a box that trains by now', () => {
    const { p } = ticketBeforeNoArm()
    p.setMode('training')
    expect([display(back(p)), p.charges()]).toEqual([['idle'], []])
  })

  test('changes nothing in an emergency, and by a word that is late', () => {
    const { p } = ticketBeforeNoArm()
    const late = p.take({
      kind: 'barrier-state',
      lane: CAR_OUT,
      device: deviceId(`${CAR_OUT}-barrier`),
      state: 'closed',
      late: true,
    })
    expect([told(late), p.lane(CAR_OUT).saysArmAway]).toEqual([[], true])
    p.setBarrierPresent(true)
    p.take({ kind: 'emergency', device: null, active: true })
    const up = p.take({
      kind: 'barrier-state',
      lane: CAR_OUT,
      device: deviceId(`${CAR_OUT}-barrier`),
      state: 'open',
      late: false,
    })
    expect([display(up), p.charges()]).toEqual([[], []])
  })
})
