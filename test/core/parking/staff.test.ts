import { describe, expect, test } from 'vitest'
import { decide } from '../../../core/decide.ts'
import type { CaseId } from '../../../core/ids.ts'
import { deviceId, laneId, placeId, vehicleClass } from '../../../core/ids.ts'
import { NOTHING_SHOWN } from '../../../core/parking/facts.ts'
import type { ParkingQuestion } from '../../../core/parking/question.ts'
import { personalOf } from '../../../core/parking/question.ts'
import { recordedParking } from '../../../core/parking/recorded.ts'
import { VEHICLES_COUNTED_MAX } from '../../../core/parking/staff.ts'
import type { Question } from '../../../core/questions.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { at, COMMON, laneFacts, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  changed,
  chargeOf,
  correct,
  newest,
  OTHER,
  PLATE,
  rightOf,
  said,
  ticketInside,
  toExit,
} from './driver.ts'
import { BIKE_IN, CAR_IN, CAR_OUT, PARKING_LAYOUT, PARKING_POLICY, park, plateValue, RAMP } from './park.ts'
import { BIKE, CAR, LEVEL, LOT } from './tariff-kit.ts'

describe('staff put a stay right', () => {
  test('with a reason, and only while it is open', () => {
    const p = park()
    const id = carInside(p)
    expect(said(correct(p, id, { kind: 'close' }, ''))).toBe('reason-missing')
    expect(said(correct(p, id, { kind: 'close' }, 'x'.repeat(501)))).toBe('reason-missing')
    expect(said(correct(p, id, { kind: 'close' }, 'x'.repeat(500)))).toBe('noted')
    expect(p.session(id).status).toBe('closed')
    expect(p.count(LOT, CAR)).toBe(0)
    expect(said(correct(p, id, { kind: 'close' }))).toBe('stay-over')
    expect(said(correct(p, 'box-1:1:1:s9' as typeof id, { kind: 'close' }))).toBe('stay-not-found')
  })

  test('and nobody asks or ends one of the other mode', () => {
    const p = park()
    const id = carInside(p)
    const stay = p.stay(id)
    const parking = {
      layout: PARKING_LAYOUT,
      policy: PARKING_POLICY,
      tariffs: null,
      occupancy: [],
      upstreamHeardAt: null,
    }
    const practising = { ...COMMON, mode: 'training' } as const
    const body = { kind: 'session-quoted', session: id } as const
    const quoted: Question = { kind: 'session-quoted', body, parking, stay, lane: null }
    const ended: Question = {
      kind: 'session-corrected',
      body: { kind: 'session-corrected', session: id, correction: { kind: 'close' }, reason: 'practice' },
      role: 'operator',
      parking,
      stay,
      lane: null,
      shown: NOTHING_SHOWN,
    }
    for (const question of [quoted, ended]) {
      expect(decide(question, practising, p.now())).toMatchObject({
        outcome: { ok: false, refusal: 'stay-not-found' },
        changes: [],
      })
    }
  })

  test('one that is coming in, and one that is going out, with their ways through', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const entering = newest(p)
    expect(changed(correct(p, entering, { kind: 'close' }))).toContain('passage-moved')
    expect(p.count(LOT, CAR)).toBe(0)
    expect(p.session(entering)).toMatchObject({ status: 'closed' })
    p.drive(CAR_IN)
    expect(p.session(entering).status, 'what is closed stays so, whatever the loops say').toBe('closed')
    const q = park()
    carInside(q)
    q.wait(MINUTE_MS)
    q.arrive(CAR_IN)
    const under = q.lane(CAR_IN)
    expect(under.phase.kind).toBe('vehicle-present')
    const r = park()
    r.arrive(CAR_IN)
    r.ticket(CAR_IN)
    r.loop(CAR_IN, 'safety', true)
    correct(r, newest(r), { kind: 'close' })
    expect(
      [...r.passages.values()].map(({ status }) => status),
      'under the arm it is used',
    ).toEqual(['passing'])
  })

  test('one whose vehicle is under the arm at the way in stays closed and counts nowhere, whether it drives in or backs out', () => {
    const closedUnderArm = () => {
      const p = park()
      p.arrive(CAR_IN)
      p.ticket(CAR_IN)
      p.loop(CAR_IN, 'safety', true)
      correct(p, newest(p), { kind: 'close' })
      return p
    }
    const outcome = (p: ReturnType<typeof park>) => [
      [...p.passages.values()].map(({ status }) => status),
      p.session(newest(p)).status,
      p.count(LOT, CAR),
    ]
    const p = closedUnderArm()
    p.loop(CAR_IN, 'approach', false)
    p.wait(2 * SECOND_MS)
    p.loop(CAR_IN, 'safety', false)
    p.wait(SECOND_MS)
    p.due('close-due')
    expect(outcome(p)).toEqual([['used'], 'closed', 0])
    const q = closedUnderArm()
    q.loop(CAR_IN, 'safety', false)
    q.reverse(CAR_IN)
    q.wait(HOUR_MS)
    expect(q.due('passage-lapses').map(changed)).toEqual([['passage-moved']])
    expect(outcome(q)).toEqual([['lapsed'], 'closed', 0])
  })

  test('one that was let in and backed away costs nothing, as where its way in lapses', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    const id = newest(p)
    expect(p.session(id).status).toBe('entering')
    expect(said(correct(p, id, { kind: 'close' }))).toBe('noted')
    expect(p.session(id)).toMatchObject({ status: 'closed', charge: null })
    const q = park()
    q.arrive(CAR_IN)
    q.see(CAR_IN, PLATE)
    const paid = newest(q)
    q.take({ kind: 'session-quoted', session: paid })
    cash(q, chargeOf(q, paid), 25_000)
    correct(q, paid, { kind: 'close' })
    expect(q.charge(chargeOf(q, paid))).toMatchObject({ status: 'cancelled', overpaid: 25_000 })
    expect([q.balance('live:give-back:market-1'), q.cases()]).toEqual([-25_000, ['overpaid']])
    const r = park()
    r.arrive(CAR_IN)
    r.see(CAR_IN, PLATE)
    const asked = newest(r)
    r.take({ kind: 'session-quoted', session: asked })
    correct(r, asked, { kind: 'close' })
    expect(r.charge(chargeOf(r, asked))).toMatchObject({ status: 'cancelled', overpaid: 0 })
    expect(r.cases()).toEqual([])
  })

  test('where it has no price', () => {
    const p = park({ tariffs: null })
    const id = carInside(p)
    correct(p, id, { kind: 'close' })
    expect(p.session(id)).toMatchObject({ status: 'closed', charge: null })
  })

  test('its class, within what the place has', () => {
    const p = park()
    const id = carInside(p)
    expect(said(correct(p, id, { kind: 'class', vehicleClass: vehicleClass('tank') }))).toBe('class-not-here')
    expect(correct(p, id, { kind: 'class', vehicleClass: CAR }).changes).toEqual([])
    correct(p, id, { kind: 'class', vehicleClass: BIKE })
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([0, 1])
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const entering = newest(p)
    correct(p, entering, { kind: 'class', vehicleClass: BIKE })
    expect(p.count(LOT, BIKE), 'who is not in yet counts nowhere').toBe(1)
  })

  test('by a plate that was misread and put right it is known no more: the vehicle whose plate that is leaves by its own stay, and who has paid by theirs', () => {
    const p = park()
    const other = ticketInside(p)
    p.wait(MINUTE_MS)
    const id = carInside(p, OTHER)
    expect(said(correct(p, id, { kind: 'plate', plate: PLATE }))).toBe('noted')
    expect(p.session(id).credentials.filter(({ kind }) => kind === 'plate')).toMatchObject([
      { plate: { mac: '30A12345' } },
    ])
    p.wait(30 * MINUTE_MS)
    const { charge, due } = asked(p.take({ kind: 'session-quoted', session: id }))
    expect(said(cash(p, charge, due.amount))).toBe('credited')
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, OTHER))).toBe('stay-not-found')
    expect(said(p.show(CAR_OUT, p.ticketOf(other)))).toBe('amount-asked')
    p.reverse(CAR_OUT)
    p.wait(MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('let-through')
    p.drive(CAR_OUT)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, OTHER)), 'nor is it refused as inside').toBe('let-through')
  })

  test('its plate, which nobody else may have inside', () => {
    const p = park()
    const id = ticketInside(p)
    carInside(p, OTHER)
    expect(said(correct(p, id, { kind: 'plate', plate: '?' }))).toBe('plate-unreadable')
    expect(said(correct(p, id, { kind: 'plate', plate: OTHER }))).toBe('stay-open-already')
    expect(said(correct(p, id, { kind: 'plate', plate: PLATE }))).toBe('noted')
    p.wait(MINUTE_MS)
    expect(said(toExit(p))).toBe('amount-asked')
    const q = park({ policy: { antiPassback: 'soft' } })
    const second = ticketInside(q)
    carInside(q, OTHER)
    expect(said(correct(q, second, { kind: 'plate', plate: OTHER }))).toBe('noted')
  })
})

describe('staff count a place', () => {
  test.each([
    ['without a reason', 'reason-missing', LOT, CAR, 1, ' '],
    ['that is not there', 'place-unknown', placeId('moon'), CAR, 1, 'counted'],
    ['for a class that it has not', 'place-unknown', LEVEL, BIKE, 1, 'counted'],
    ['below nothing', 'amount-invalid', LOT, CAR, -1, 'counted'],
    ['above any car park', 'amount-invalid', LOT, CAR, VEHICLES_COUNTED_MAX + 1, 'counted'],
  ])('%s: refused', (_what, refusal, place, asClass, count, reason) => {
    const p = park()
    expect(said(p.take({ kind: 'occupancy-corrected', place, vehicleClass: asClass, count, reason }))).toBe(refusal)
  })
})

test('staff count a place in which the books knew of nobody: it was 0 before', () => {
  const p = park()
  const counted = p.take({ kind: 'occupancy-corrected', place: LEVEL, vehicleClass: CAR, count: 1, reason: 'counted' })
  expect(counted.changes).toMatchObject([{ before: 0, count: 1 }])
  expect(p.count(LEVEL, CAR)).toBe(1)
})

describe('staff end a case', () => {
  test('with a reason, once', () => {
    const p = park()
    toExit(p)
    const [found] = p.casesNow()
    if (found === undefined) throw new Error('no case')
    expect(said(p.take({ kind: 'case-ended', case: 'k9' as CaseId, reason: 'x' }))).toBe('case-unknown')
    expect(said(p.take({ kind: 'case-ended', case: found.id, reason: '' }))).toBe('reason-missing')
    expect(said(p.take({ kind: 'case-ended', case: found.id, reason: 'a delivery' }))).toBe('noted')
    expect(p.take({ kind: 'case-ended', case: found.id, reason: 'again' }).changes).toEqual([])
  })
})

describe('where there is no car park', () => {
  const none = {
    parking: null,
    stay: null,
    charge: null,
    lane: null,
    lanes: [],
    known: null,
    shown: NOTHING_SHOWN,
    plates: [],
    holder: null,
    sale: null,
  }
  const bodies = [
    { kind: 'session-quoted', session: 's' },
    { kind: 'session-corrected', session: 's', correction: { kind: 'close' }, reason: 'r' },
    { kind: 'cash-taken', charge: 'c', tender: 'cash', amount: vnd(5) },
    { kind: 'credit-by-charge', charge: 'c', amount: vnd(5), reference: 'FT1' },
    { kind: 'credit-by-text', reference: 'FT1', amount: vnd(5), text: '', toldAt: null },
    { kind: 'credit-moved', reference: 'FT1', charge: null, reason: 'why' },
    { kind: 'credit-by-charge', charge: 'c', amount: vnd(5), reference: 'r' },
    { kind: 'refund', charge: 'c', amount: vnd(5), reason: 'r' },
    { kind: 'right-put', right: rightOf('m'), plates: [] },
    { kind: 'right-status', right: 'm', status: 'active', reason: 'r' },
    { kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 1, reason: 'r' },
    { kind: 'case-ended', case: 'k', reason: 'r' },
    { kind: 'cash-without-price', session: 's', tender: 'cash', amount: vnd(5), reason: 'r' },
    { kind: 'stay-reckoned', session: 's', due: null, reason: 'r' },
    { kind: 'pass-sold', right: 'm', sells: 'issue', cash: null },
    { kind: 'pass-sale-cancelled', charge: 'c', reason: 'r' },
  ]
  test.each(bodies.map((body) => [body.kind, body] as const))('%s is refused', (kind, body) => {
    const question = { kind, body, ...none } as unknown as Question
    expect(said(decide(question, COMMON, at(0)))).toBe('no-car-park')
    const training = decide(question, { ...COMMON, mode: 'training' }, at(0))
    // Passes have no mode of their own.
    const isOfRights = ['right-put', 'right-status', 'pass-sold'].includes(body.kind)
    expect(said(training)).toBe(isOfRights ? 'mode-not-here' : 'no-car-park')
  })

  test.each([
    ['plate-seen', { readings: [], picture: null, late: false, device: deviceId('cam') }],
    ['ticket-asked', { vehicleClass: null }],
    ['session-chosen', { session: 's', reason: 'r' }],
    ['leave-on-debt', { reason: 'r' }],
  ])('%s at a lane is refused, and at a lane that is not there', (kind, body) => {
    const ask = (lane: object) =>
      said(decide({ kind, body: { kind, lane: CAR_IN, ...body }, lane } as unknown as Question, COMMON, at(0)))
    expect(ask(laneFacts())).toBe('no-car-park')
    expect(ask(laneFacts({}, { lane: null }))).toBe('lane-unknown')
  })
})

describe('the record of what happened', () => {
  const plate = plateValue(PLATE)
  const picture = { ref: 'picture:1', mac: 'm' }
  test('holds no plate and no picture, but their places in the vault', () => {
    const seen = {
      kind: 'plate-seen',
      lane: CAR_IN,
      device: deviceId('cam'),
      readings: [{ text: PLATE, confidencePermille: 900 }],
      picture: 'a.jpg',
      late: false,
    } as const
    const put = { kind: 'right-put', right: rightOf('m'), plates: [PLATE] } as const
    const corrected = {
      kind: 'session-corrected',
      session: 's' as never,
      correction: { kind: 'plate', plate: PLATE },
      reason: 'r',
    } as const
    for (const event of [seen, put, corrected]) {
      expect(JSON.stringify(recordedParking(event, { plates: [plate], picture }, null))).not.toMatch(/30A-123|a\.jpg/)
      expect(JSON.stringify(recordedParking(event, null, null))).not.toMatch(/30A-123|a\.jpg/)
    }
    const close = { ...corrected, correction: { kind: 'close' } } as const
    const reason = { ref: 'reason:1', mac: 'm' }
    expect(recordedParking(close, null, reason)).toEqual({ ...close, reason })
    const reset = { kind: 'leave-on-debt', lane: laneId('a'), reason: 'r' } as const
    expect(recordedParking(reset, null, reason)).toEqual({ ...reset, reason })
    const quoted = { kind: 'session-quoted', session: 's' as never } as const
    expect(recordedParking(quoted, null, reason)).toBe(quoted)
  })

  test('takes them from the facts of the question', () => {
    const shown = { ...NOTHING_SHOWN, plates: [plate] }
    const of = (question: object) => personalOf(question as ParkingQuestion)
    expect(of({ kind: 'session-corrected', shown })).toBe(shown)
    expect(of({ kind: 'right-put', plates: [plate] })).toEqual({ plates: [plate], picture: null })
    expect(of({ kind: 'plate-seen', lane: { parking: { shown } } })).toBe(shown)
    expect(of({ kind: 'late-evidence', facts: { shown } })).toBe(shown)
    expect(of({ kind: 'plate-seen', lane: { parking: null } })).toBeNull()
    expect(of({ kind: 'refund' })).toBeNull()
  })
})

describe('what goes wrong at a lane', () => {
  test('two cars in one opening are seen as two: the second gets no stay’s way, and a case', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 950, 'in.jpg')
    p.take({ kind: 'command-result', device: deviceId('car-in-barrier'), lane: CAR_IN, command: null, result: 'done' })
    p.loop(CAR_IN, 'safety', true)
    p.loop(CAR_IN, 'approach', false)
    p.wait(SECOND_MS)
    p.arrive(CAR_IN)
    p.loop(CAR_IN, 'safety', false)
    p.loop(CAR_IN, 'safety', true)
    expect(p.lane(CAR_IN)).toMatchObject({ alarm: 'tailgating' })
    expect(p.casesNow()).toMatchObject([{ kind: 'tailgating', lane: CAR_IN }])
    expect(p.count(LOT, CAR), 'the first is in').toBe(1)
  })

  test.each([
    [
      'also where the loop under the arm is never clear between the two: one case, with what was read of the second',
      1,
      false,
    ],
    ['and where that loop is revoked before it is clear', 1, true],
    ['and three as three, of which one case tells', 2, false],
  ])('two cars in one opening are seen as two, %s', (_what, others, isRevoked) => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 950, 'in.jpg')
    p.take({ kind: 'command-result', device: deviceId('car-in-barrier'), lane: CAR_IN, command: null, result: 'done' })
    p.loop(CAR_IN, 'safety', true)
    p.loop(CAR_IN, 'approach', false)
    for (let each = 0; each < others; each += 1) {
      p.wait(SECOND_MS)
      p.arrive(CAR_IN)
      p.see(CAR_IN, OTHER, 950, 'behind.jpg')
      p.wait(SECOND_MS)
      p.loop(CAR_IN, 'approach', false)
    }
    p.wait(SECOND_MS)
    if (isRevoked) p.take({ kind: 'loop-away', lane: CAR_IN, device: deviceId('car-in-safety') })
    else p.loop(CAR_IN, 'safety', false)
    expect(p.lane(CAR_IN)).toMatchObject({ alarm: 'tailgating' })
    p.wait(SECOND_MS)
    p.due('close-due')
    expect(p.casesNow()).toMatchObject([{ kind: 'tailgating', lane: CAR_IN, pictures: ['picture:behind.jpg'] }])
    expect(p.count(LOT, CAR), 'the first is in').toBe(1)
  })

  test('one that drives under the arm while it comes down behind another is a case too', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.driveThrough(CAR_IN)
    p.due('close-due')
    p.arrive(CAR_IN)
    expect(p.cases()).toEqual([])
    p.loop(CAR_IN, 'safety', true)
    expect(p.cases()).toEqual(['tailgating'])
    expect(p.count(LOT, CAR), 'the first is in').toBe(1)
  })

  test('an arm that is forced twice is two cases; what drives under it meanwhile is told by the first', () => {
    const p = park()
    const state = (arm: 'open' | 'closed') =>
      p.take({ kind: 'barrier-state', lane: CAR_OUT, device: deviceId('car-out-barrier'), state: arm, late: false })
    state('closed')
    state('open')
    p.wait(30 * SECOND_MS)
    p.loop(CAR_OUT, 'safety', true)
    p.loop(CAR_OUT, 'safety', false)
    expect(p.cases()).toEqual(['forced-open'])
    state('closed')
    p.wait(30 * SECOND_MS)
    state('open')
    expect(p.cases()).toEqual(['forced-open', 'forced-open'])
  })

  test('an arm that was down and is up by nobody’s command is forced, and a case; so is a vehicle under it with no right', () => {
    const p = park()
    const state = (arm: 'open' | 'closed') =>
      p.take({ kind: 'barrier-state', lane: CAR_OUT, device: deviceId('car-out-barrier'), state: arm, late: false })
    state('closed')
    state('open')
    expect(p.lane(CAR_OUT).alarm).toBe('forced-open')
    p.loop(CAR_OUT, 'safety', true)
    expect(p.cases()).toEqual(['forced-open'])
  })

  test('an arm that says opened and is not: stuck closed, staff called, the right kept', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    p.take({ kind: 'command-result', device: deviceId('car-in-barrier'), lane: CAR_IN, command: null, result: 'done' })
    const decision = p.take({
      kind: 'barrier-state',
      lane: CAR_IN,
      device: deviceId('car-in-barrier'),
      state: 'closed',
      late: false,
    })
    expect(p.lane(CAR_IN)).toMatchObject({ alarm: 'stuck-closed', phase: { kind: 'waiting' } })
    expect(decision.effects).not.toEqual([])
    expect(said(p.show(CAR_IN, p.ticketOf(newest(p))))).toBe('already-accepted')
  })

  test('a vehicle that backs out of an open lane, and one that stands still', () => {
    for (const [alarm, backs] of [
      ['backing-out', true],
      ['no-passage', false],
    ] as const) {
      const p = park()
      p.arrive(CAR_IN)
      p.ticket(CAR_IN)
      p.take({
        kind: 'command-result',
        device: deviceId('car-in-barrier'),
        lane: CAR_IN,
        command: null,
        result: 'done',
      })
      if (backs) p.reverse(CAR_IN)
      p.wait(31 * SECOND_MS)
      p.due('passage-due')
      expect(p.lane(CAR_IN).alarm).toBe(alarm)
    }
  })

  test('an emergency with vehicles under two arms moves both stays in one record', () => {
    const p = park()
    carInside(p)
    carInside(p, OTHER)
    p.wait(MINUTE_MS)
    for (const [lane, plate] of [
      [CAR_OUT, PLATE],
      [RAMP, OTHER],
    ] as const) {
      p.arrive(lane)
      p.see(lane, plate)
      if (lane === CAR_OUT) p.take({ kind: 'leave-on-debt', lane, reason: 'fire' })
      p.loop(lane, 'safety', true)
    }
    p.take({ kind: 'emergency', device: deviceId('fire-1'), active: true })
    expect(p.sessions().map(({ status, place }) => `${status} ${place}`)).toEqual([`left ${LOT}`, `inside ${LEVEL}`])
    expect(said(p.see(BIKE_IN, '29B1-678.90')), 'held open').toBe('lane-held-open')
  })
})
