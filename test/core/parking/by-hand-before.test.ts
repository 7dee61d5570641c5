import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { READ_LATE_MS } from '../../../core/parking/seen.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { carInside, newest, OTHER, PLATE, payNow, said } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, GATE, park } from './park.ts'
import { CAR, LOT } from './tariff-kit.ts'

function openFor(p: Park, lane: typeof CAR_IN): void {
  p.arrive(lane)
  expect(p.take({ kind: 'open-by-hand', lane, reason: 'the queue is long' }).outcome.ok).toBe(true)
}

const up = (p: Park, lane: typeof CAR_IN): void => {
  p.take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state: 'open', late: false })
}

function away(p: Park, lane: typeof CAR_IN): void {
  p.loop(lane, 'safety', true)
  p.reverse(lane)
  p.wait(2 * SECOND_MS)
  p.loop(lane, 'safety', false)
  p.wait(SECOND_MS)
  p.due('close-due')
  p.armDown(lane)
}

describe('staff open by hand, and only then it becomes known who stands there:', () => {
  test('at an exit its stay ends by that and owes, by its plate and by its ticket, while the arm goes up and when it is up', () => {
    for (const show of [
      (p: Park) => p.see(CAR_OUT, PLATE),
      (p: Park) => p.show(CAR_OUT, p.ticketOf(newest(p))),
      (p: Park) => {
        up(p, CAR_OUT)
        return p.see(CAR_OUT, PLATE)
      },
      (p: Park) => {
        up(p, CAR_OUT)
        p.loop(CAR_OUT, 'safety', true)
        return p.see(CAR_OUT, PLATE)
      },
    ]) {
      const p = park()
      const id = carInside(p)
      p.wait(30 * MINUTE_MS)
      openFor(p, CAR_OUT)
      const known = show(p)
      expect(said(known)).toBe('noted')
      expect(known.subject, 'the record says what is owed').toMatchObject({ session: id, charge: p.session(id).charge })
      expect(p.session(id).status).toBe('leaving')
      up(p, CAR_OUT)
      away(p, CAR_OUT)
      expect([p.session(id).status, p.count(LOT, CAR), p.cases()]).toEqual(['left', 0, ['left-unpaid']])
      expect(p.charge(p.session(id).charge)?.status).toBe('owed')
    }
  })

  test('at an entry its stay begins by that, by its plate and by the button, also where the place is full and its plate is inside', () => {
    for (const show of [(p: Park) => p.see(CAR_IN, PLATE), (p: Park) => p.ticket(CAR_IN)]) {
      const p = park()
      openFor(p, CAR_IN)
      expect(said(show(p))).toBe('let-through')
      up(p, CAR_IN)
      away(p, CAR_IN)
      expect([p.session(newest(p)).status, p.count(LOT, CAR), p.cases()]).toEqual(['inside', 1, []])
    }
    const p = park()
    for (const plate of [PLATE, OTHER, '51G-111.11']) carInside(p, plate)
    openFor(p, CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('let-through')
    up(p, CAR_IN)
    away(p, CAR_IN)
    expect([p.count(LOT, CAR), p.cases()]).toEqual([4, ['second-entry']])
  })

  test('and does not drive: its right lapses, and its stay goes on', () => {
    const p = park()
    const id = carInside(p)
    openFor(p, CAR_OUT)
    p.see(CAR_OUT, PLATE)
    up(p, CAR_OUT)
    p.reverse(CAR_OUT)
    p.wait(60 * MINUTE_MS)
    p.due()
    p.due()
    expect(p.session(id).status).toBe('inside')
  })

  test('it pays by its code where it has been asked nothing: nothing is taken, and it leaves by the hand that opened', () => {
    const p = park()
    const id = carInside(p)
    openFor(p, CAR_OUT)
    p.see(CAR_OUT, PLATE)
    expect(said(p.show(CAR_OUT, payNow(p, 'a')))).not.toBe('paid')
    expect(p.session(id).status).toBe('leaving')
  })

  test('what is read of the next vehicle is not of the one for which it was opened, and at a lane of both ways the way is still to be seen', () => {
    const p = park()
    carInside(p)
    openFor(p, CAR_OUT)
    up(p, CAR_OUT)
    p.loop(CAR_OUT, 'safety', true)
    p.reverse(CAR_OUT)
    p.wait(SECOND_MS)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('lane-busy')
    const q = park()
    openFor(q, GATE)
    expect(said(q.see(GATE, PLATE))).toBe('direction-unknown')
  })

  test('the plate that is read behind it while it still stands there is not its own: that stay goes on, and is asked when it comes up', () => {
    const waits = (p: Park) => p.wait(READ_LATE_MS)
    const wasRead = (p: Park) => p.see(CAR_OUT, '99Z-999.99')
    for (const [before, after] of [
      [undefined, waits],
      [wasRead, undefined],
    ]) {
      const p = park()
      const id = carInside(p)
      p.arrive(CAR_OUT)
      before?.(p)
      expect(p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'nobody can read it' }).outcome.ok).toBe(true)
      after?.(p)
      expect(said(p.see(CAR_OUT, PLATE))).toBe('noted')
      expect(p.session(id).status).toBe('inside')
      up(p, CAR_OUT)
      away(p, CAR_OUT)
      expect([p.session(id).status, p.cases().includes('left-unpaid')]).toEqual(['inside', false])
      p.wait(MINUTE_MS)
      p.arrive(CAR_OUT)
      expect(said(p.see(CAR_OUT, PLATE))).toBe('amount-asked')
    }
  })

  test('nothing is noted where the arm cannot be told', () => {
    const p = park()
    openFor(p, CAR_IN)
    p.setBarrierPresent(false)
    expect([said(p.see(CAR_IN, PLATE)), p.sessions()]).toEqual(['barrier-away', []])
  })

  test('a stay that is over leaves no second time', () => {
    const p = park()
    const id = carInside(p)
    p.take({ kind: 'session-corrected', session: id, correction: { kind: 'close' }, reason: 'gone' })
    openFor(p, CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('stay-over')
  })
})
