import { describe, expect, test } from 'vitest'
import type { LaneId, SessionId } from '../../../core/ids.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { payToken, STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  chargeOf,
  correct,
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
import { BIKE_OUT, CAR_IN, CAR_OUT, GATE, PARKING_POLICY, park, RAMP, ticketOf } from './park.ts'
import { CAR, charging, LOT } from './tariff-kit.ts'

describe('a vehicle leaves', () => {
  test('by its ticket and a payment: asked, paid, let out, counted out, and closed with what it cost', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(90 * MINUTE_MS)
    p.arrive(CAR_OUT)
    const question = p.show(CAR_OUT, p.ticketOf(id))
    expect(asked(question).due).toEqual(vnd(50_000))
    expect(told(question)).toEqual(['amount-due', 'amount-due'])
    const paid = p.show(CAR_OUT, payNow(p, 'a'))
    expect(paid.outcome).toMatchObject({ kind: 'paid', amount: vnd(50_000), charge: asked(question).charge })
    expect(p.session(id).status).toBe('leaving')
    expect(said(p.show(CAR_OUT, payNow(p, 'a'))), 'the same code again').toBe('already-accepted')
    expect(said(p.show(CAR_OUT, p.ticketOf(id))), 'the ticket again').toBe('already-accepted')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
    expect(p.count(LOT, CAR)).toBe(0)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 50_000 })
    expect(p.segmentsOf(id).reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(50_000)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(id))), 'reused').toBe('stay-over')
  })

  test('by its plate; a candidate finds it where it is the only one, and corrects nothing', () => {
    const p = park()
    const id = carInside(p, '30A-123.45')
    expect(said(toExit(p, '3OA-I23.45'))).toBe('amount-asked')
    expect(p.session(id).credentials).toMatchObject([{ kind: 'plate', plate: { mac: '30A12345' } }, { kind: 'ticket' }])
    const q = park({ policy: { antiPassback: 'off' } })
    carInside(q, '30A-123.45')
    carInside(q, '3OA-123.45')
    const choose = toExit(q, '3OA-I23.45')
    expect(said(choose)).toBe('stay-not-found')
    expect(told(choose)).toContain('choose-staff')
    expect(said(q.choose(CAR_OUT, newest(q)))).toBe('amount-asked')
  })

  test('of two open stays of one plate by the newer', () => {
    const p = park({ policy: { antiPassback: 'off' } })
    const first = carInside(p)
    p.wait(HOUR_MS)
    const second = carInside(p)
    toExit(p)
    expect(p.lane(CAR_OUT).visit?.session).toBe(second)
    expect(first).not.toBe(second)
  })

  test('by the payer who showed a code at the entry', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.show(CAR_IN, payNow(p, 'a'))
    p.drive(CAR_IN)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, payNow(p, 'x', { sub: 'nobody' })))).toBe('stay-not-found')
    expect(said(p.show(CAR_OUT, payNow(p, 'b')))).toBe('paid')
  })

  test('by staff’s choice, where the ticket is lost', () => {
    const p = park()
    const id = ticketInside(p)
    p.arrive(CAR_OUT)
    expect(said(p.choose(CAR_OUT, id, '  '))).toBe('reason-missing')
    expect(said(p.choose(CAR_OUT, 'box-1:1:9:s0' as typeof id))).toBe('stay-not-found')
    expect(said(p.choose(CAR_OUT, id))).toBe('amount-asked')
    p.arrive(CAR_IN)
    expect(said(p.choose(CAR_IN, id))).toBe('ticket-not-here')
  })

  test('by no price, where its ticket was signed by a clock that nobody trusted and the books do not know it', () => {
    const p = park()
    p.wait(HOUR_MS)
    const entry = { lane: CAR_IN, at: instant(p.now().at - HOUR_MS), by: 'ticket' as const, isFromTicket: false }
    const id = 'box-0:3:7:s0' as ReturnType<typeof newest>
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, ticketOf({ id, entry }, { vehicleClass: CAR, isUnsure: true })))).toBe(
      'stay-time-unclear',
    )
    expect(p.cases()).toEqual(['time-unclear'])
    expect(p.session(id)).toMatchObject({ charge: null, entry: { isFromTicket: true, isUnsure: true } })
  })

  test('by a ticket that these books do not know: a stay is begun from it, marked, counted in and out', () => {
    const p = park()
    p.wait(HOUR_MS)
    const entry = { lane: CAR_IN, at: instant(p.now().at - HOUR_MS), by: 'ticket' as const, isFromTicket: false }
    const id = 'box-0:3:7:s0' as ReturnType<typeof newest>
    p.arrive(CAR_OUT)
    const question = p.show(CAR_OUT, ticketOf({ id, entry }, { vehicleClass: CAR }))
    expect(asked(question).due).toEqual(vnd(25_000))
    expect(p.session(id)).toMatchObject({ entry: { isFromTicket: true }, status: 'inside' })
    expect(p.count(LOT, CAR)).toBe(1)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(p.count(LOT, CAR)).toBe(0)
    p.arrive(CAR_OUT)
    const practised = ticketOf({ id: 'box-0:3:8:practice0' as typeof id, entry })
    expect(said(p.show(CAR_OUT, practised)), 'given out in practice').toBe('stay-not-found')
    const foreign = ticketOf({ id, entry }, { aud: ['urn:tolbooth:market-2'] })
    expect(said(p.show(CAR_OUT, foreign)), 'of another site').toBe('token-audience')
    const future = ticketOf({ id, entry }, { session: 'box-0:3:9:s0', enteredAt: instant(p.now().at + HOUR_MS) })
    expect(said(p.show(CAR_OUT, future)), 'from the future').toBe('stay-time-unclear')
  })

  test('where the loops at the entry have seen nothing: it is inside, as it stands at the exit', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const id = newest(p)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('amount-asked')
    expect(p.session(id).status).toBe('inside')
    expect(p.count(LOT, CAR)).toBe(1)
  })

  test('for nothing under a pass, by its code or by its plate: they are the same right', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('let-through')
    p.drive(CAR_IN)
    const id = newest(p)
    expect(p.session(id)).toMatchObject({ entry: { by: 'right' } })
    expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['plate', 'right'])
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, passNow('m-1')))).toBe('let-through')
    p.drive(CAR_OUT)
    expect(p.session(id)).toMatchObject({ status: 'left', charge: null })
    expect(p.segmentsOf(id)).toMatchObject([{ right: 'm-1', amount: vnd(0) }])
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, passNow('m-1')))).toBe('pass-not-inside')
  })
})

describe('what does not fit', () => {
  test('two exits for one stay in one millisecond: the second is refused, until the first is over', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    p.arrive(GATE)
    p.show(CAR_OUT, payNow(p, 'a'))
    expect(said(p.show(GATE, p.ticketOf(id)))).toBe('stay-leaving-elsewhere')
    expect(said(p.choose(GATE, id, 'it stands here')), 'staff bring it here').toBe('let-through')
    expect([...p.passages.values()].map(({ status }) => status)).toEqual(['used', 'lapsed', 'granted'])
    p.loop(GATE, 'safety', true)
    expect(said(p.choose(BIKE_OUT, id)), 'under the arm there it is gone').toBe('stay-leaving-elsewhere')
  })

  test('a way out that nobody used lapses: the stay is inside again, and after the grace more is due', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.reverse(CAR_OUT)
    p.wait(31 * MINUTE_MS)
    p.due()
    p.due()
    expect(p.session(id).status).toBe('inside')
    expect(p.cases()).toEqual(['paid-never-left'])
    p.wait(HOUR_MS)
    expect(asked(toExit(p)).due, 'two hours less one that is paid').toEqual(vnd(25_000))
    p.show(CAR_OUT, payNow(p, 'b'))
    p.drive(CAR_OUT)
    expect(p.cases(), 'it has answered itself').toEqual([])
  })

  test('by what cameras take for its plate, with nothing due: it goes, and somebody compares the pictures', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    p.payAway(charge, payNow(p, 'a'))
    expect(said(toExit(p, '3OA-I23.45'))).toBe('let-through')
    expect(p.casesNow()).toMatchObject([
      { kind: 'plate-mismatch', session: id, pictures: ['picture:in.jpg', 'picture:out.jpg'] },
    ])
  })

  test('the next vehicle with no entry is a case of its own, also while the one before is open', () => {
    const p = park()
    toExit(p, OTHER)
    p.wait(4 * SECOND_MS)
    p.see(CAR_OUT, OTHER)
    p.reverse(CAR_OUT)
    p.wait(30 * SECOND_MS)
    toExit(p, '51F-111.11')
    expect(p.cases()).toEqual(['exit-without-entry', 'exit-without-entry'])
  })

  test('an exit with no entry: a case with the picture, which ends when a ticket is found', () => {
    const p = park()
    const id = ticketInside(p)
    const refused = toExit(p, OTHER)
    expect(said(refused)).toBe('stay-not-found')
    expect(p.casesNow()).toMatchObject([{ kind: 'exit-without-entry', lane: CAR_OUT, pictures: ['picture:out.jpg'] }])
    p.wait(4 * SECOND_MS)
    p.see(CAR_OUT, OTHER)
    expect(p.casesNow(), 'once').toHaveLength(1)
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('amount-asked')
    expect(p.cases()).toEqual([])
    const q = park({ lanes: { entryBy: ['ticket'] } })
    toExit(q, OTHER)
    expect(q.cases(), 'plates begin nothing there').toEqual([])
    expect(said(q.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' }))).toBe('stay-not-found')
  })

  test('a ticket and another vehicle’s plate: a case with both pictures, and staff choose', () => {
    const p = park()
    const id = carInside(p)
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, OTHER, 950, 'out.jpg')
    const refused = p.show(CAR_OUT, p.ticketOf(id))
    expect(said(refused)).toBe('plate-mismatch')
    expect(told(refused)).toContain('choose-staff')
    expect(p.casesNow().find(({ kind }) => kind === 'plate-mismatch')).toMatchObject({
      session: id,
      pictures: ['picture:in.jpg', 'picture:out.jpg'],
    })
    expect(said(p.choose(CAR_OUT, id, 'the plate was changed'))).toBe('amount-asked')
    expect(p.cases()).toEqual([])
  })

  test('a ticket or a pass’s code of a stay without a plate carries out no vehicle whose plate is that of another stay', () => {
    const p = park()
    carInside(p)
    const fresh = ticketInside(p)
    expect(said(toExit(p))).toBe('amount-asked')
    expect(said(p.show(CAR_OUT, p.ticketOf(fresh)))).toBe('plate-mismatch')
    expect(p.cases()).toEqual(['plate-mismatch'])
    expect(said(p.choose(CAR_OUT, fresh, 'the plate was changed')), 'staff may').toBe('amount-asked')

    const q = park()
    carInside(q)
    q.arrive(CAR_IN)
    q.show(CAR_IN, passNow('m-1'))
    q.drive(CAR_IN)
    expect(said(toExit(q))).toBe('amount-asked')
    expect(said(q.show(CAR_OUT, passNow('m-1')))).toBe('plate-mismatch')
  })

  test('staff who choose another stay than that of the plate that was read leave a case of it, with the pictures: it stays inside and owes what it owes', () => {
    const p = park()
    const id = carInside(p)
    p.wait(20 * HOUR_MS)
    const fresh = carInside(p, OTHER)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE, 950, 'out.jpg'))).toBe('amount-asked')
    expect(said(p.choose(CAR_OUT, fresh, 'khách mất vé'))).toBe('amount-asked')
    p.choose(CAR_OUT, fresh, 'khách mất vé')
    expect(p.casesNow()).toMatchObject([
      { kind: 'plate-mismatch', session: id, pictures: ['picture:out.jpg', 'picture:in.jpg'] },
    ])
    expect(p.session(id).status).toBe('inside')

    const q = park()
    const mine = carInside(q)
    q.arrive(CAR_OUT)
    q.see(CAR_OUT, PLATE)
    q.choose(CAR_OUT, mine, 'xe này')
    expect(q.cases(), 'the same stay').toEqual([])
    const r = park()
    carInside(r)
    const behind = ticketInside(r)
    r.arrive(CAR_OUT)
    r.see(CAR_OUT, PLATE, 300)
    r.choose(CAR_OUT, behind, 'biển bẩn')
    expect(r.cases(), 'nobody was sure of the plate').toEqual([])
  })

  test('nor where the ticket comes first, and the plate says whose the vehicle is', () => {
    const p = park()
    carInside(p)
    const fresh = ticketInside(p)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(fresh)))).toBe('amount-asked')
    expect(said(p.see(CAR_OUT, PLATE, 300)), 'unsure').toBe('noted')
    p.wait(4 * SECOND_MS)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('plate-mismatch')
    expect(p.lane(CAR_OUT).visit).toMatchObject({ session: null, asked: null })
  })

  test('the plate that comes after the ticket is looked at too; that of its own vehicle is not a case', () => {
    const p = park()
    const id = carInside(p)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, p.ticketOf(id))
    expect(said(p.see(CAR_OUT, PLATE))).toBe('noted')
    expect(said(p.see(CAR_OUT, 'xx', 300)), 'unsure').toBe('noted')
    p.wait(4 * SECOND_MS)
    expect(said(p.see(CAR_OUT, OTHER, 990))).toBe('plate-mismatch')
    expect(p.lane(CAR_OUT).visit).toMatchObject({ session: null, asked: null })
    const q = park()
    const byTicket = ticketInside(q)
    q.arrive(CAR_OUT)
    q.show(CAR_OUT, q.ticketOf(byTicket))
    expect(said(q.see(CAR_OUT, OTHER)), 'a stay without a plate has none to differ from').toBe('noted')
  })

  test('a plate that nobody can read: the ticket is asked for; with no other way, a case', () => {
    const p = park()
    carInside(p)
    expect(said(toExit(p, '?'))).toBe('plate-unreadable')
    expect(p.cases()).toEqual(['plate-unreadable'])
  })

  test('what a camera says too late, or of the vehicle before, is evidence and moves nothing', () => {
    const p = park()
    carInside(p)
    p.arrive(CAR_OUT)
    const late = p.take({
      kind: 'plate-seen',
      lane: CAR_OUT,
      device: 'cam' as never,
      readings: [{ text: PLATE, confidencePermille: 990 }],
      picture: null,
      late: true,
    })
    expect(late.changes.map(({ kind }) => kind)).toEqual(['sighted'])
    expect(p.lane(CAR_OUT).visit).toBeNull()
  })

  test('a clock that is set back: never a negative stay, and staff decide', () => {
    const p = park()
    const id = carInside(p)
    p.wait(-DAY_MS)
    p.arrive(CAR_OUT)
    const refused = p.choose(CAR_OUT, id, 'the clock is wrong')
    expect(said(refused)).toBe('stay-time-unclear')
    expect(told(refused)).toContain('call-staff')
    expect(p.cases()).toEqual(['time-unclear'])
    p.wait(MINUTE_MS)
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('while the time is not trusted: who has paid in full goes, who has not waits for staff', () => {
    const p = park()
    const id = carInside(p)
    const quoted = asked(p.take({ kind: 'session-quoted', session: id }))
    p.payAway(quoted.charge, payNow(p, 'a'))
    const q = park()
    carInside(q)
    for (const each of [p, q]) {
      each.setTrust(STEPPED)
      each.wait(5 * HOUR_MS)
    }
    expect(said(toExit(p))).toBe('let-through')
    expect(said(toExit(q))).toBe('clock-not-trusted')
    q.setTrust(SYNCED)
    q.wait(MINUTE_MS)
    expect(said(q.choose(CAR_OUT, newest(q)))).toBe('amount-asked')
  })

  test('who pays while the time is not trusted pays what was asked before, goes, and has no grace by that clock', () => {
    const [leaves, stays] = [park(), park()]
    for (const p of [leaves, stays]) {
      const id = carInside(p)
      const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
      p.setTrust(STEPPED)
      p.wait(DAY_MS)
      expect(cash(p, charge, 25_000).outcome).toMatchObject({ kind: 'credited', rest: vnd(0) })
      expect(p.session(id).settledAt, 'a day ahead').toBeNull()
    }
    expect(said(toExit(leaves))).toBe('let-through')
    leaves.drive(CAR_OUT)
    expect(leaves.charges()).toMatchObject([{ status: 'paid', paid: 25_000 }])
    stays.wait(-DAY_MS)
    stays.setTrust(SYNCED)
    stays.wait(90 * MINUTE_MS)
    expect(asked(toExit(stays)).due, 'all the time since the entry, less what was paid').toEqual(vnd(25_000))
  })

  test('who has not paid all that was asked does not go free when the clock is doubted then', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, 25_000)
    p.wait(2 * HOUR_MS)
    p.take({ kind: 'session-quoted', session: id })
    expect(p.charge(charge)).toMatchObject({ paid: 25_000, charge: { due: vnd(50_000) } })
    p.setTrust(STEPPED)
    expect(said(toExit(p))).toBe('clock-not-trusted')
  })

  test('a stay longer than the site expects is a case, and one over a year is for staff', () => {
    const p = park()
    const id = carInside(p)
    p.wait(PARKING_POLICY.stayMaxMs + DAY_MS)
    expect(said(toExit(p))).toBe('amount-asked')
    expect(p.cases()).toEqual(['stay-too-long'])
    p.wait(400 * DAY_MS)
    expect(said(p.choose(CAR_OUT, id))).toBe('stay-time-unclear')
  })

  test('a lane that is held open, one whose arm is away, and one with nobody there', () => {
    const p = park()
    const id = carInside(p)
    expect(said(p.choose(CAR_OUT, id))).toBe('no-vehicle')
    p.arrive(CAR_OUT)
    p.take({ kind: 'emergency', device: null, active: true })
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('lane-held-open')
    expect(said(p.choose(CAR_OUT, id))).toBe('lane-held-open')
  })

  test('a word that another vehicle has used gives the arm to nobody else, whether that one has paid or owes nothing', () => {
    for (const pays of [true, false]) {
      const p = park()
      p.arrive(CAR_OUT)
      p.show(CAR_OUT, overrideNow(p, 'o'))
      p.drive(CAR_OUT)
      const id = carInside(p)
      if (!pays) p.setTariffs([charging({ kind: 'flat', price: 0 })])
      p.arrive(CAR_OUT)
      const way = p.show(CAR_OUT, p.ticketOf(id))
      if (pays) p.show(CAR_OUT, payNow(p, 'a'))
      else expect(said(way)).toBe('let-through')
      expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('token-spent')
    }
  })

  test('a word that has paid gives the arm to nobody while nobody stands there, and still to its vehicle when it comes back', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    const code = payNow(p, 'a')
    p.show(CAR_OUT, code)
    p.reverse(CAR_OUT)
    p.wait(MINUTE_MS)
    const again = p.show(CAR_OUT, code)
    expect([said(again), told(again)]).toEqual(['no-vehicle', ['refused', 'refused']])
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, code))).toBe('already-accepted')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
  })

  test('a ticket that was let out and has backed off does not take the arm from the one that comes in since', () => {
    const p = park()
    const leaving = carInside(p)
    p.arrive(GATE)
    p.show(GATE, p.ticketOf(leaving))
    p.show(GATE, payNow(p, 'a'))
    p.reverse(GATE)
    p.wait(MINUTE_MS)
    p.due()
    p.arrive(GATE)
    expect(said(p.ticket(GATE))).toBe('let-through')
    const coming = newest(p)
    expect(said(p.show(GATE, p.ticketOf(leaving)))).toBe('lane-busy')
    p.drive(GATE)
    expect([p.session(coming).status, p.session(leaving).status]).toEqual(['inside', 'leaving'])
    p.wait(MINUTE_MS)
    p.arrive(GATE)
    expect(said(p.show(GATE, p.ticketOf(leaving))), 'its own way is still there').toBe('already-accepted')
  })

  test('a ticket that was let out, shown where another waits to come in, has not come in anew', () => {
    const p = park()
    const leaving = ticketInside(p)
    put(p, 'v-1', [], { kind: 'validation', session: leaving })
    p.arrive(GATE)
    expect(said(p.show(GATE, p.ticketOf(leaving)))).toBe('let-through')
    const { entry } = p.session(leaving)
    p.reverse(GATE)
    p.wait(MINUTE_MS)
    p.due()
    p.arrive(GATE)
    p.ticket(GATE)
    p.wait(3 * SECOND_MS)
    p.due()
    expect(p.lane(GATE), 'its arm does not answer').toMatchObject({ phase: { kind: 'waiting' } })
    expect(said(p.show(GATE, p.ticketOf(leaving)))).toBe('already-accepted')
    expect(p.session(leaving)).toMatchObject({ status: 'leaving', entry })
  })

  test('an override where no stay is known lets the vehicle out, once, and is looked into', () => {
    const p = park()
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('no-vehicle')
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, { ...overrideNow(p, 'o'), lanes: ['car-in'] }))).toBe('pass-not-here')
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('already-accepted')
    expect(p.cases()).toEqual(['exit-without-entry'])
    p.arrive(GATE)
    expect(said(p.show(GATE, overrideNow(p, 'o')))).toBe('token-spent')
    const q = park()
    expect(said(q.show(BIKE_OUT, overrideNow(q, 'o'))), 'at a lane without an arm').toBe('let-through')
  })

  test.each([
    ['known', {}, []],
    ['not known', { tariffs: null }, ['no-tariff']],
  ])('a supervisor’s word lets out one vehicle, and no second one, where the price is %s', (_what, settings, cases) => {
    const p = park(settings)
    carInside(p)
    toExit(p)
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
    expect(p.cases()).toEqual(cases)
    p.drive(CAR_OUT)
    carInside(p, OTHER)
    toExit(p, OTHER)
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('token-spent')
    expect(said(p.show(CAR_OUT, overrideNow(p, 'another')))).toBe('let-through')
  })

  test('who shows a supervisor’s word for a stay that is over reads on the display that it is', () => {
    const p = park()
    const id = carInside(p)
    const behind = carInside(p, OTHER)
    toExit(p)
    p.arrive(GATE)
    p.choose(CAR_OUT, behind)
    correct(p, behind, { kind: 'close' })
    const refused = p.show(CAR_OUT, overrideNow(p, 'o'))
    expect([said(refused), told(refused)]).toEqual(['stay-over', ['refused', 'refused']])
    expect(p.session(id).status).toBe('inside')
  })

  test('by the ticket of a stay that was given up, shown again and again: it goes on as one other stay', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const given = newest(p)
    p.wait(HOUR_MS)
    p.due()
    expect(p.session(given).status).toBe('void')
    p.arrive(CAR_OUT)
    const ticket = p.ticketOf(given)
    const first = asked(p.show(CAR_OUT, ticket))
    p.wait(5 * SECOND_MS)
    expect(asked(p.show(CAR_OUT, ticket)).charge).toBe(first.charge)
    expect(p.open()).toHaveLength(1)
    expect(p.count(LOT, CAR)).toBe(1)
  })

  test('by the ticket of a stay that was given up: when the stay in its place has left, the ticket begins no other', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const given = newest(p)
    p.wait(HOUR_MS)
    p.due()
    const ticket = p.ticketOf(given)
    p.arrive(CAR_OUT)
    asked(p.show(CAR_OUT, ticket))
    const renewed = newest(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect([p.session(given).status, p.session(renewed).status]).toEqual(['closed', 'left'])
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, ticket))).toBe('stay-over')
    expect(said(p.choose(CAR_OUT, given)), 'nor do staff').toBe('stay-over')
    expect(p.open()).toEqual([])
    expect(p.count(LOT, CAR)).toBe(0)
  })

  test('by its pass where the camera was not sure, and by its own plate where two stay under one pass', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    carInside(p)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE, 500))).toBe('plate-unreadable')
    expect(said(p.show(CAR_OUT, passNow('m-1')))).toBe('let-through')
    const q = park()
    put(q, 'm-2', [PLATE, OTHER], { spaces: 2 })
    const first = carInside(q)
    const second = carInside(q, OTHER)
    q.arrive(CAR_OUT)
    q.see(CAR_OUT, OTHER, 500)
    expect(said(q.show(CAR_OUT, passNow('m-2')))).toBe('let-through')
    expect([q.session(first).status, q.session(second).status]).toEqual(['inside', 'leaving'])
  })

  test('a case of the vehicle before is not answered by the one that comes next', () => {
    const p = park()
    carInside(p)
    expect(said(toExit(p, OTHER))).toBe('stay-not-found')
    expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
    p.drive(CAR_OUT)
    p.wait(MINUTE_MS)
    expect(said(toExit(p))).toBe('amount-asked')
    expect(p.cases()).toEqual(['exit-without-entry'])
  })

  test('codes that are none here', () => {
    const p = park()
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, payToken('old', { exp: p.now().at })))).toBe('token-expired')
    const receipt = { ...payNow(p, 'r'), kind: 'receipt' as const, charge: 'c' }
    expect(said(p.show(CAR_OUT, receipt))).toBe('token-kind-not-taken')
  })

  test('by the arm that staff opened for it: what it has not paid is owed, and a case', () => {
    const p = park()
    const id = carInside(p)
    p.wait(HOUR_MS)
    toExit(p)
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'ambulance behind it' })
    expect(p.session(id).status).toBe('leaving')
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'owed' })
    expect(p.cases()).toEqual(['left-unpaid'])
    const q = park({ tariffs: null })
    const unpriced = carInside(q)
    toExit(q)
    q.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'no tariff' })
    q.drive(CAR_OUT)
    expect(q.session(unpriced)).toMatchObject({ status: 'left', charge: null })
    q.arrive(CAR_OUT)
    q.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'nobody knows it' })
    expect(q.lane(CAR_OUT).phase).toMatchObject({ kind: 'opening', passage: null })
  })

  test('an arm that staff open between two places lets nobody out of both', () => {
    const p = park()
    const id = ticketInside(p)
    p.arrive(RAMP)
    p.show(RAMP, p.ticketOf(id))
    p.wait(HOUR_MS)
    for (let n = 0; n < 2; n += 1) p.due()
    expect(p.lane(RAMP).visit?.session).toBe(id)
    const opened = p.take({ kind: 'open-by-hand', lane: RAMP, reason: 'the arm was stuck' })
    expect([told(opened), opened.subject.passage]).toEqual([['open'], null])
    p.drive(RAMP)
    expect([p.session(id).status, p.count(LOT, CAR)]).toEqual(['inside', 1])
  })

  test.each<readonly [string, LaneId, (p: ReturnType<typeof park>) => SessionId]>([
    [
      'at an exit',
      CAR_OUT,
      (p) => {
        const id = carInside(p)
        toExit(p)
        return id
      },
    ],
    [
      'at an entry',
      CAR_IN,
      (p) => {
        p.arrive(CAR_IN)
        p.ticket(CAR_IN)
        return newest(p)
      },
    ],
  ])(
    'an arm that staff open %s for a stay which they have closed is explained by its reason alone',
    (_at, lane, come) => {
      const p = park()
      const id = come(p)
      correct(p, id, { kind: 'close' })
      p.wait(3 * SECOND_MS)
      p.due()
      const opened = p.take({ kind: 'open-by-hand', lane, reason: 'for the tow truck' })
      expect(told(opened), 'what the display had asked is gone already').toEqual(['open'])
      expect(opened.subject).toEqual({ charge: null, passage: null, session: null })
      p.drive(lane)
      expect([p.session(id).status, p.count(LOT, CAR)]).toEqual(['closed', 0])
    },
  )
})
