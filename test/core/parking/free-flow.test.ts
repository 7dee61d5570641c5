import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { READ_LATE_MS } from '../../../core/parking/seen.ts'
import { HOUR_MS, instant, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { holderToken } from '../kit.ts'
import { asked, chargeOf, newest, OTHER, PLATE, passNow, payNow, said } from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, park } from './park.ts'
import { BIKE, LOT } from './tariff-kit.ts'

/** A motorbike that came in by its plate past a reader, without an arm and without a loop. */
function bikeInside(p: Park, plate: string): SessionId {
  p.see(BIKE_IN, plate)
  p.wait(MINUTE_MS)
  return newest(p)
}

/** One that came in by its rider's code. */
function riderInside(p: Park, sub: string): SessionId {
  const { at } = p.now()
  p.show(BIKE_IN, holderToken(`in-${sub}`, { sub, iat: at, nbf: at, exp: instant(at + HOUR_MS) }))
  p.wait(MINUTE_MS)
  return newest(p)
}

describe('at a lane without an arm and with a loop', () => {
  test('the button and a code begin a stay when the loop says that somebody stands there, and a plate that was read is somebody', () => {
    const p = park({ hasLoops: true, lanes: { entryBy: ['plate', 'pass', 'ticket', 'token'] } })
    const { at } = p.now()
    const rider = holderToken('in-a', { sub: 'a', iat: at, nbf: at, exp: instant(at + HOUR_MS) })
    const motorbike = passNow('m-1', { vehicleClass: BIKE })
    expect([p.ticket(BIKE_IN), p.show(BIKE_IN, motorbike), p.show(BIKE_IN, rider)].map(said)).toEqual([
      'no-vehicle',
      'no-vehicle',
      'no-vehicle',
    ])
    expect([p.sessions(), p.count(LOT, BIKE)]).toEqual([[], 0])
    p.arrive(BIKE_IN)
    expect(said(p.ticket(BIKE_IN))).toBe('let-through')
    expect(said(p.ticket(BIKE_IN)), 'one ticket for one vehicle').toBe('already-accepted')
    p.reverse(BIKE_IN)
    p.wait(MINUTE_MS)
    expect(said(p.ticket(BIKE_IN))).toBe('no-vehicle')
    p.arrive(BIKE_IN)
    expect(said(p.show(BIKE_IN, passNow('m-1', { vehicleClass: BIKE })))).toBe('let-through')
    p.reverse(BIKE_IN)
    p.wait(MINUTE_MS)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('let-through')
    expect(p.count(LOT, BIKE)).toBe(3)
  })
})

describe('a plate that is read after the ticket, the pass or the code, of whom the loop says that they stand there still', () => {
  test.each(['ticket', 'pass', 'code'] as const)(
    'is of the stay that began by the %s: one stay, one count, and it leaves by its plate',
    (by) => {
      const p = park({ hasLoops: true, lanes: { entryBy: ['plate', 'pass', 'ticket', 'token'] } })
      const { at } = p.now()
      p.arrive(BIKE_IN)
      if (by === 'ticket') p.ticket(BIKE_IN)
      else if (by === 'pass') p.show(BIKE_IN, passNow('m-1', { vehicleClass: BIKE }))
      else p.show(BIKE_IN, holderToken('in-a', { sub: 'a', iat: at, nbf: at, exp: instant(at + HOUR_MS) }))
      p.wait(400)
      expect(said(p.see(BIKE_IN, PLATE))).toBe('already-accepted')
      expect([p.sessions().length, p.count(LOT, BIKE)]).toEqual([1, 1])
      p.reverse(BIKE_IN)
      p.wait(MINUTE_MS)
      p.arrive(BIKE_IN)
      expect(said(p.see(BIKE_IN, OTHER)), 'the next').toBe('let-through')
      expect(p.count(LOT, BIKE)).toBe(2)
      expect(newest(p)).not.toBe(p.sessions()[0]?.id)
      p.arrive(BIKE_OUT)
      const seen = p.see(BIKE_OUT, PLATE)
      expect(seen.subject.session).toBe(p.sessions()[0]?.id)
    },
  )

  test('is another’s where another stay is known by it, and where no loop tells that it is the same vehicle', () => {
    const p = park({ hasLoops: true, lanes: { entryBy: ['plate', 'ticket'] } })
    p.arrive(BIKE_IN)
    p.see(BIKE_IN, PLATE)
    p.reverse(BIKE_IN)
    p.wait(MINUTE_MS)
    p.arrive(BIKE_IN)
    p.ticket(BIKE_IN)
    p.wait(400)
    p.see(BIKE_IN, PLATE)
    expect(p.session(newest(p)).credentials).not.toContainEqual(expect.objectContaining({ kind: 'plate' }))
    const late = park({ hasLoops: true, lanes: { entryBy: ['plate', 'ticket'] } })
    late.arrive(BIKE_IN)
    late.ticket(BIKE_IN)
    late.wait(READ_LATE_MS)
    expect(said(late.see(BIKE_IN, PLATE)), 'the next, close behind').toBe('let-through')
    expect([late.sessions().length, late.count(LOT, BIKE)]).toEqual([2, 2])
    const q = park({ lanes: { entryBy: ['plate', 'ticket'] } })
    q.ticket(BIKE_IN)
    q.wait(400)
    q.see(BIKE_IN, PLATE)
    expect(q.sessions()).toHaveLength(2)
  })
})

describe('whoever is asked at a lane without an arm and rides off unpaid', () => {
  test('is a case of its stay when the loop has let it go, once, and no case any more when it has left', () => {
    const p = park({ hasLoops: true })
    p.arrive(BIKE_IN)
    p.see(BIKE_IN, PLATE)
    p.reverse(BIKE_IN)
    p.wait(MINUTE_MS)
    const id = newest(p)
    p.arrive(BIKE_OUT)
    p.wait(4 * SECOND_MS)
    const { charge } = asked(p.show(BIKE_OUT, p.ticketOf(id)))
    expect(p.cases(), 'it stands there').toEqual([])
    p.reverse(BIKE_OUT)
    expect(p.casesNow()).toMatchObject([{ kind: 'unpaid-at-lane', session: id, charge, lane: BIKE_OUT }])
    p.wait(HOUR_MS)
    p.due('quote-lapses')
    expect(p.cases(), 'what was asked has lapsed since').toEqual(['unpaid-at-lane'])
    p.arrive(BIKE_OUT)
    asked(p.show(BIKE_OUT, p.ticketOf(id)))
    expect(said(p.show(BIKE_OUT, payNow(p, 'a', { sub: 'stranger' })))).toBe('paid')
    p.reverse(BIKE_OUT)
    p.wait(MINUTE_MS)
    expect([p.session(id).status, p.cases()]).toEqual(['left', []])
  })

  test('is one where no loop tells, when what was asked holds no more', () => {
    const p = park()
    const id = bikeInside(p, PLATE)
    asked(p.see(BIKE_OUT, PLATE))
    expect(p.cases()).toEqual([])
    p.wait(HOUR_MS)
    p.due('quote-lapses')
    expect(p.casesNow()).toMatchObject([{ kind: 'unpaid-at-lane', session: id }])
  })

  test.each([false, true])('is one of the mode of the stay, where the box trains by then (loop: %s)', (hasLoops) => {
    const p = park(hasLoops ? { hasLoops } : {})
    if (hasLoops) p.arrive(BIKE_IN)
    const id = bikeInside(p, PLATE)
    if (hasLoops) p.arrive(BIKE_OUT)
    p.wait(4 * SECOND_MS)
    asked(p.show(BIKE_OUT, p.ticketOf(id)))
    p.setMode('training')
    if (hasLoops) p.reverse(BIKE_OUT)
    p.wait(HOUR_MS)
    p.due('quote-lapses')
    expect(p.casesNow()).toMatchObject([{ kind: 'unpaid-at-lane', session: id, mode: 'live' }])
  })
})

describe('at a lane without an arm and without a loop', () => {
  test('a code pays the stay of who shows it, and not what the one before was asked and did not pay', () => {
    const p = park()
    const first = bikeInside(p, PLATE)
    const second = riderInside(p, 'rider-2')
    asked(p.see(BIKE_OUT, PLATE))
    p.wait(5 * SECOND_MS)
    expect(said(p.show(BIKE_OUT, payNow(p, 'a', { sub: 'rider-2' })))).toBe('paid')
    expect(p.session(first).status).toBe('inside')
    expect(p.charge(chargeOf(p, first))).toMatchObject({ paid: 0 })
    expect(p.session(second).status).toBe('left')
  })

  test('a visit ends when what was asked of it holds no more: the code of somebody unknown pays nothing', () => {
    const p = park()
    const first = bikeInside(p, PLATE)
    asked(p.see(BIKE_OUT, PLATE))
    p.wait(5 * MINUTE_MS)
    expect(said(p.show(BIKE_OUT, payNow(p, 'a', { sub: 'stranger' })))).toBe('stay-not-found')
    expect(p.charge(chargeOf(p, first))).toMatchObject({ paid: 0 })
    p.wait(4 * SECOND_MS)
    expect(said(p.see(BIKE_OUT, PLATE)), 'who comes again is asked anew').toBe('amount-asked')
    p.wait(5 * MINUTE_MS - 1)
    expect(said(p.show(BIKE_OUT, payNow(p, 'b', { sub: 'stranger' }))), 'until then it holds').toBe('paid')
  })

  test('a plate of a stay of its own is another vehicle than the one that showed a code and was asked', () => {
    const p = park()
    const rider = riderInside(p, 'rider-1')
    const byPlate = bikeInside(p, PLATE)
    p.choose(BIKE_OUT, rider)
    expect(p.lane(BIKE_OUT).visit).toMatchObject({ session: rider, plate: null })
    p.wait(4 * SECOND_MS)
    expect(asked(p.see(BIKE_OUT, PLATE)).charge).toBe(chargeOf(p, byPlate))
    expect(p.lane(BIKE_OUT).visit).toMatchObject({ session: byPlate })
  })

  test('a plate that no stay is known by goes with a ticket that has none, and is another vehicle than one whose plate is known', () => {
    const p = park()
    p.ticket(BIKE_IN)
    const id = newest(p)
    p.wait(MINUTE_MS)
    const { charge } = asked(p.show(BIKE_OUT, p.ticketOf(id)))
    p.wait(SECOND_MS)
    expect(said(p.see(BIKE_OUT, OTHER))).toBe('noted')
    expect(p.lane(BIKE_OUT).visit).toMatchObject({
      session: id,
      asked: { charge },
      plate: { value: { mac: '29A67890' } },
    })
    const q = park()
    const known = bikeInside(q, PLATE)
    asked(q.show(BIKE_OUT, q.ticketOf(known)))
    q.wait(SECOND_MS)
    expect(said(q.see(BIKE_OUT, OTHER))).toBe('stay-not-found')
    expect(q.lane(BIKE_OUT).visit).toMatchObject({ session: null, asked: null })
    expect(said(q.show(BIKE_OUT, payNow(q, 'a', { sub: 'stranger' }))), 'nobody pays for the one before').toBe(
      'stay-not-found',
    )
    expect(q.charge(chargeOf(q, known))).toMatchObject({ paid: 0 })
  })

  test('another plate that was read surely begins another visit', () => {
    const p = park()
    const first = bikeInside(p, PLATE)
    const second = bikeInside(p, OTHER)
    asked(p.see(BIKE_OUT, PLATE))
    p.wait(4 * SECOND_MS)
    expect(asked(p.see(BIKE_OUT, OTHER)).charge).toBe(chargeOf(p, second))
    expect(p.lane(BIKE_OUT).visit).toMatchObject({ session: second, plate: { value: { mac: '29A67890' } } })
    expect(said(p.show(BIKE_OUT, payNow(p, 'a')))).toBe('paid')
    expect([first, second].map((id) => p.session(id).status)).toEqual(['inside', 'left'])
  })
})
