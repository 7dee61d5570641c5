import { describe, expect, test } from 'vitest'
import { deviceId, laneId } from '../../../core/ids.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { asked, carInside, cash, correct, OTHER, PLATE, said, ticketInside, toExit, told } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_IN, CAR_OUT, park, RAMP } from './park.ts'

function silent(p: Park, lane = CAR_OUT): void {
  p.wait(10 * SECOND_MS)
  p.due('barrier-answer')
  expect(p.lane(lane).alarm).toBe('barrier-no-answer')
}

function away(p: Park): void {
  const device = deviceId(`${CAR_OUT}-barrier`)
  p.take({ kind: 'command-result', device, lane: CAR_OUT, command: null, result: 'away' })
  p.setBarrierPresent(false)
  expect(p.lane(CAR_OUT).alarm).toBe('barrier-away')
}

function back(p: Park) {
  p.setBarrierPresent(true)
  return p.armDown(CAR_OUT)
}

/** A car that came in by a ticket has paid at an exit; another ticket is out. */
function paidByTicket() {
  const p = park()
  const [id, other] = [ticketInside(p), ticketInside(p)]
  p.wait(50 * MINUTE_MS)
  p.arrive(CAR_OUT)
  const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
  expect(told(cash(p, charge, due.amount))).toContain('open')
  return { p, id, other }
}

/** Whoever came up to the exit by their plate has paid, and the arm is told to open. */
function paidAtExit(p: Park): void {
  const { charge, due } = asked(toExit(p))
  expect(told(cash(p, charge, due.amount))).toContain('open')
}

describe('an arm that is back opens for nobody by itself', () => {
  test('where staff have chosen another stay while it was away; chosen once more, that one is asked', () => {
    const { p, other } = paidByTicket()
    away(p)
    p.wait(SECOND_MS)
    expect(said(p.choose(CAR_OUT, other))).toBe('barrier-away')
    expect(told(back(p))).toEqual([])
    expect(asked(p.choose(CAR_OUT, other)).due.amount).toBeGreaterThan(0)
  })

  test('where another plate was read after they had shown their ticket to the arm that was away', () => {
    const p = park()
    const id = carInside(p)
    carInside(p, OTHER)
    p.wait(30 * MINUTE_MS)
    paidAtExit(p)
    away(p)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('barrier-away')
    p.see(CAR_OUT, OTHER)
    expect(p.cases()).toContain('plate-mismatch')
    expect(told(back(p))).toEqual(['idle'])
  })

  test('where another plate was read at an entry, or between two places', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(told(p.see(CAR_IN, PLATE))).toContain('open')
    silent(p, CAR_IN)
    p.wait(10 * SECOND_MS)
    p.see(CAR_IN, OTHER)
    expect(told(p.armDown(CAR_IN))).not.toContain('open')

    const q = park()
    carInside(q)
    carInside(q, OTHER)
    q.arrive(RAMP)
    expect(told(q.see(RAMP, PLATE))).toContain('open')
    silent(q, RAMP)
    q.wait(10 * SECOND_MS)
    q.see(RAMP, OTHER)
    expect(told(q.armDown(RAMP))).not.toContain('open')
  })

  test('where another plate was read, surely or less so, corrected or not', () => {
    for (const [plate, confidence, of] of [
      ['51F-777.77', 820, {}],
      [OTHER, 960, { corrects: true }],
    ] as const) {
      const p = park()
      carInside(p)
      carInside(p, OTHER)
      p.wait(30 * MINUTE_MS)
      paidAtExit(p)
      silent(p)
      p.see(CAR_OUT, plate, confidence, null, of)
      expect(told(p.armDown(CAR_OUT))).not.toContain('open')
    }
  })

  test('where its stay was closed by staff, or chosen at another lane', () => {
    const closed = paidByTicket()
    silent(closed.p)
    const correction = { kind: 'close' } as const
    closed.p.take({ kind: 'session-corrected', session: closed.id, correction, reason: 'seen to leave' })
    expect(told(closed.p.armDown(CAR_OUT))).not.toContain('open')

    const elsewhere = paidByTicket()
    silent(elsewhere.p)
    elsewhere.p.arrive(laneId('gate'))
    elsewhere.p.choose(laneId('gate'), elsewhere.id)
    expect(told(elsewhere.p.armDown(CAR_OUT))).not.toContain('open')
  })
})

describe('an arm that was silent is told for nobody', () => {
  /** Has paid by their ticket at an exit whose camera had said nothing. */
  function paidUnread() {
    const p = park()
    const id = carInside(p)
    carInside(p, OTHER)
    p.wait(30 * MINUTE_MS)
    p.arrive(CAR_OUT)
    const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
    expect(told(cash(p, charge, due.amount))).toContain('open')
    return p
  }

  test('where another plate was read unsurely first, and then surely', () => {
    for (const isEarly of [true, false]) {
      const p = paidUnread()
      if (isEarly) p.see(CAR_OUT, OTHER, 700)
      silent(p)
      if (!isEarly) p.see(CAR_OUT, OTHER, 700)
      p.wait(5 * SECOND_MS)
      p.see(CAR_OUT, OTHER, 950)
      expect(told(p.armDown(CAR_OUT))).not.toContain('open')
    }
  })

  test('where a plate and a class that are both another were read in one word', () => {
    const p = paidUnread()
    silent(p)
    p.see(CAR_OUT, OTHER, 950, null, { vehicle: 'motorbike' })
    expect(told(p.armDown(CAR_OUT))).not.toContain('open')
  })

  test('where staff chose a stay that is over already', () => {
    const p = park()
    carInside(p)
    const other = carInside(p, OTHER)
    correct(p, other, { kind: 'close' })
    p.wait(30 * MINUTE_MS)
    paidAtExit(p)
    silent(p)
    expect(p.choose(CAR_OUT, other).outcome.ok).toBe(false)
    expect(told(p.armDown(CAR_OUT))).not.toContain('open')

    const byTicket = paidByTicket()
    correct(byTicket.p, byTicket.other, { kind: 'close' })
    silent(byTicket.p)
    expect(byTicket.p.choose(CAR_OUT, byTicket.other).outcome.ok).toBe(false)
    expect(told(byTicket.p.armDown(CAR_OUT))).not.toContain('open')
  })

  test('but for the other, who has shown their own ticket and paid', () => {
    const p = park()
    const [id, other] = [carInside(p), carInside(p, OTHER)]
    p.wait(30 * MINUTE_MS)
    p.arrive(CAR_OUT)
    const first = asked(p.show(CAR_OUT, p.ticketOf(id)))
    expect(told(cash(p, first.charge, first.due.amount))).toContain('open')
    silent(p)
    p.see(CAR_OUT, OTHER)
    const second = asked(p.show(CAR_OUT, p.ticketOf(other)))
    expect(told(cash(p, second.charge, second.due.amount))).toContain('open')
    silent(p)
    const again = p.armDown(CAR_OUT)
    expect([told(again).includes('open'), again.subject.session]).toEqual([true, other])
  })

  test('nor where the camera takes back what it had read, or staff were refused before it did', () => {
    const p = paidUnread()
    silent(p)
    p.see(CAR_OUT, '51F-777.77', 900)
    p.wait(SECOND_MS)
    p.see(CAR_OUT, PLATE, 950, null, { corrects: true })
    expect(told(p.armDown(CAR_OUT))).not.toContain('open')
    const [stay] = p.sessions()
    expect(told(p.choose(CAR_OUT, stay?.id ?? expect.fail('nobody is inside'))), 'staff choose it').toContain('open')

    const byTicket = paidByTicket()
    away(byTicket.p)
    expect(said(byTicket.p.choose(CAR_OUT, byTicket.other))).toBe('barrier-away')
    byTicket.p.see(CAR_OUT, '51F-777.77', 950, null, { corrects: true })
    expect(told(back(byTicket.p))).not.toContain('open')
  })

  test('where another stay was named since, and then a third plate was read', () => {
    for (const isByStaff of [true, false]) {
      const p = park()
      const [id, other] = [carInside(p), carInside(p, OTHER)]
      p.wait(30 * MINUTE_MS)
      p.arrive(CAR_OUT)
      const { charge, due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
      expect(told(cash(p, charge, due.amount))).toContain('open')
      silent(p)
      asked(isByStaff ? p.choose(CAR_OUT, other) : p.show(CAR_OUT, p.ticketOf(other)))
      p.see(CAR_OUT, '51F-777.77', 950)
      expect(p.lane(CAR_OUT).visit?.session).toBeNull()
      expect(told(p.armDown(CAR_OUT))).not.toContain('open')
    }
  })

  test('nor is the next vehicle taken for one of whom that was said', () => {
    const p = paidUnread()
    silent(p)
    p.see(CAR_OUT, OTHER)
    expect(p.lane(CAR_OUT).visit?.otherThan).toBeDefined()
    p.wait(SECOND_MS)
    p.loop(CAR_OUT, 'approach', false)
    p.wait(5 * SECOND_MS)
    p.arrive(CAR_OUT)
    expect(p.lane(CAR_OUT).visit?.otherThan).toBeUndefined()
  })
})

describe('an arm that gave no answer is told once more for who has paid,', () => {
  test('where staff chose the stay that was let through already', () => {
    const { p, id } = paidByTicket()
    away(p)
    expect(said(p.choose(CAR_OUT, id))).toBe('barrier-away')
    expect(told(back(p))).toContain('open')
  })

  test('though their plate was read as one that looks alike, in the word that let them out', () => {
    const p = park()
    const id = carInside(p, '30A-128.45')
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, due.amount)
    p.arrive(CAR_OUT)
    expect(told(p.see(CAR_OUT, '30A-12B.45'))).toContain('open')
    expect(p.cases()).toContain('plate-mismatch')
    silent(p)
    expect(told(p.armDown(CAR_OUT))).toContain('open')
  })

  test('though another plate had been read of them earlier', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, '51F-777.77')
    p.show(CAR_OUT, p.ticketOf(id))
    expect(p.cases()).toContain('plate-mismatch')
    p.wait(20 * SECOND_MS)
    p.loop(CAR_OUT, 'approach', false)
    p.wait(20 * SECOND_MS)
    paidAtExit(p)
    silent(p)
    expect(told(p.armDown(CAR_OUT))).toContain('open')
  })

  test('though the camera had read another plate, and said so itself', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    p.see(CAR_OUT, '51F-777.77', 900)
    p.wait(5 * SECOND_MS)
    const { charge, due } = asked(p.see(CAR_OUT, PLATE, 950, null, { corrects: true }))
    expect(told(cash(p, charge, due.amount))).toContain('open')
    silent(p)
    expect(told(p.armDown(CAR_OUT))).toContain('open')
  })
})
