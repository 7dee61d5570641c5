import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { STEPPED, SYNCED } from '../kit.ts'
import {
  asked,
  carInside,
  changed,
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
import { BIKE_IN, BIKE_OUT, CAR_IN, CAR_OUT, GATE, park, RAMP, ticketOf } from './park.ts'
import { BIKE, CAR, LEVEL, LOT } from './tariff-kit.ts'

/** The second of two things that are done one after the other. */
const then = <Last>(_first: unknown, last: Last): Last => last

describe('a vehicle comes in', () => {
  test('by a ticket, which names the stay, the lane, the time and the class; it counts when the loops have seen it inside', () => {
    const p = park()
    p.arrive(CAR_IN)
    const given = p.ticket(CAR_IN)
    const id = newest(p)
    expect(given.documents).toMatchObject([
      {
        typ: 'ticket+jwt',
        session: id,
        claims: { session: id, lane: CAR_IN, class: CAR, entered: Math.floor(p.now().at / 1000) },
      },
    ])
    expect(told(given), 'one thing for one device').toEqual(['ticket', 'ticket', 'open'])
    expect(p.session(id)).toMatchObject({ status: 'entering', entry: { by: 'ticket' } })
    expect(p.count(LOT, CAR)).toBe(0)
    p.drive(CAR_IN)
    expect(p.session(id).status).toBe('inside')
    expect(p.count(LOT, CAR)).toBe(1)
  })

  test('by its plate, and gets a ticket too where the lane has them; the plate that stands there goes with a ticket that is asked', () => {
    const p = park()
    const id = carInside(p)
    expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['plate', 'ticket'])
    const q = park({ lanes: { entryBy: ['ticket'] } })
    q.arrive(CAR_IN)
    expect(said(q.see(CAR_IN, PLATE))).toBe('noted')
    q.ticket(CAR_IN)
    expect(q.session(newest(q)).credentials.map(({ kind }) => kind)).toEqual(['plate', 'ticket'])
  })

  test('by a payer’s code: its payer is what the stay is known by, and nothing is spent', () => {
    const p = park()
    p.arrive(CAR_IN)
    const decision = p.show(CAR_IN, payNow(p, 'a'))
    expect(said(decision)).toBe('let-through')
    expect(changed(decision)).not.toContain('token-spent')
    expect(p.session(newest(p)).credentials).toMatchObject([{ kind: 'payer' }])
    expect(said(p.show(CAR_IN, payNow(p, 'b'))), 'the next form of the rotating code').toBe('already-accepted')
  })

  test('with a plate that was read before it came to the loop: the stay begins when it is there', () => {
    const p = park()
    expect(said(p.see(CAR_IN, PLATE))).toBe('noted')
    p.wait(2 * SECOND_MS)
    expect(said(p.arrive(CAR_IN))).toBe('let-through')
    const q = park()
    q.see(CAR_IN, PLATE)
    q.wait(11 * SECOND_MS)
    expect(said(q.arrive(CAR_IN)), 'too long ago: whose plate it was nobody knows').toBe('noted')
    const r = park()
    r.see(CAR_IN, PLATE, 300)
    expect(said(r.arrive(CAR_IN)), 'not sure enough').toBe('noted')
  })

  test('close behind another, with a plate that was read while the arm was up: it is heard when the arm is down', () => {
    for (const isSwitched of [true, false]) {
      const p = park()
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE)
      p.driveThrough(CAR_IN)
      p.arrive(CAR_IN)
      expect(said(p.see(CAR_IN, OTHER))).toBe('lane-busy')
      p.due('close-due')
      expect(p.open()).toHaveLength(1)
      if (isSwitched) p.armDown(CAR_IN)
      // An arm without limit switches is down when its time is over.
      else p.wait(MINUTE_MS)
      p.due('close-due')
      expect(p.open()).toHaveLength(2)
      p.drive(CAR_IN)
      expect(p.count(LOT, CAR)).toBe(2)
    }
  })

  test('close behind another, with a plate that was read before its loop: it is heard when the arm is down, and not before', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.driveThrough(CAR_IN)
    p.see(CAR_IN, OTHER)
    p.wait(SECOND_MS)
    const come = p.arrive(CAR_IN)
    expect(said(come)).toBe('noted')
    expect(told(come)).toEqual([])
    p.due('close-due')
    expect(said(p.armDown(CAR_IN))).toBe('let-through')
  })

  test('close behind another and gone again: when the arm is down nobody is heard', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.driveThrough(CAR_IN)
    p.arrive(CAR_IN)
    p.see(CAR_IN, OTHER)
    p.due('close-due')
    p.reverse(CAR_IN)
    expect(said(p.armDown(CAR_IN))).toBe('noted')
    expect(p.open()).toHaveLength(1)
  })

  test('at a lane without an arm at once', () => {
    const p = park()
    expect(said(p.see(BIKE_IN, '29B1-678.90'))).toBe('let-through')
    expect(p.count(LOT, BIKE)).toBe(1)
    expect(p.session(newest(p))).toMatchObject({ status: 'inside', vehicleClass: BIKE })
    expect(said(p.see(BIKE_IN, '29B1-678.90')), 'the camera says it again').toBe('noted')
    p.wait(4 * SECOND_MS)
    expect(said(p.see(BIKE_IN, '29B1-678.90')), 'it stands there still').toBe('already-accepted')
    p.wait(10 * SECOND_MS)
    expect(said(p.see(BIKE_IN, '29B1-678.90'))).toBe('stay-open-already')
  })

  test('at a lane of both ways: in who is not inside, out who is', () => {
    const p = park()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE)
    p.drive(GATE)
    p.wait(MINUTE_MS)
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE))).toBe('amount-asked')
    expect(said(p.show(GATE, payNow(p, 'a')))).toBe('paid')
  })

  test('by a supervisor’s word where nothing else lets it: a stay begins by it, and counts', () => {
    const p = park({ lanes: { entryBy: [] } })
    p.arrive(CAR_IN)
    expect(said(p.ticket(CAR_IN))).toBe('entry-not-by-this')
    expect(said(p.show(CAR_IN, payNow(p, 'a')))).toBe('entry-not-by-this')
    expect(said(p.show(CAR_IN, passNow('m')))).toBe('entry-not-by-this')
    expect(said(p.see(CAR_IN, PLATE))).toBe('noted')
    const word = overrideNow(p, 'o')
    expect(said(p.show(CAR_IN, word))).toBe('let-through')
    expect(said(p.show(CAR_IN, word)), 'the same word again is the same way').toBe('already-accepted')
    p.drive(CAR_IN)
    expect(p.open()).toMatchObject([{ status: 'inside', entry: { by: 'staff' }, credentials: [{ kind: 'plate' }] }])
    expect([p.count(LOT, CAR), p.cases()]).toEqual([1, []])
    expect(said(p.show(CAR_IN, word)), 'and no second one').toBe('token-spent')
  })

  test('by a supervisor’s word also where it is full, or the plate is inside already; a ticket is given where the lane gives any', () => {
    const p = park()
    for (const plate of [PLATE, OTHER, '51F-111.11']) {
      carInside(p, plate)
      p.wait(MINUTE_MS)
    }
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('stay-open-already')
    expect(said(p.show(CAR_IN, overrideNow(p, 'o')))).toBe('let-through')
    p.drive(CAR_IN)
    expect([p.count(LOT, CAR), p.cases()]).toEqual([4, ['second-entry']])
    expect(p.session(newest(p)).credentials.map(({ kind }) => kind)).toEqual(['plate', 'ticket'])
  })
})

test('at an entry nobody is let out: not by a supervisor’s word, and not on debt', () => {
  const p = park()
  p.arrive(CAR_IN)
  p.see(CAR_IN, PLATE)
  const id = newest(p)
  expect(said(p.take({ kind: 'leave-on-debt', lane: CAR_IN, reason: 'no money' }))).toBe('stay-not-found')
  p.take({ kind: 'command-result', device: deviceId('car-in-barrier'), lane: CAR_IN, command: null, result: 'failed' })
  expect(said(p.show(CAR_IN, overrideNow(p, 'o'))), 'its right is still there').toBe('already-accepted')
  p.wait(31 * MINUTE_MS)
  expect(said(p.show(CAR_IN, overrideNow(p, 'o2')))).toBe('lane-busy')
  p.due()
  expect(said(p.show(CAR_IN, overrideNow(p, 'o3')))).toBe('let-through')
  expect(p.session(id).status).not.toBe('left')
})

describe('a vehicle is not let in', () => {
  test.each([
    ['with nobody on the loop', 'no-vehicle', {}, (p: ReturnType<typeof park>) => p.ticket(CAR_IN)],
    [
      'of a class that the lane has not',
      'class-not-here',
      {},
      (p: ReturnType<typeof park>) => then(p.arrive(CAR_IN), p.ticket(CAR_IN, BIKE)),
    ],
    [
      'at a lane that has no classes',
      'class-not-here',
      { lanes: { vehicleClasses: [] } },
      (p: ReturnType<typeof park>) => then(p.arrive(CAR_IN), p.ticket(CAR_IN)),
    ],
    [
      'at an exit by a ticket',
      'entry-not-by-this',
      {},
      (p: ReturnType<typeof park>) => then(p.arrive(CAR_OUT), p.ticket(CAR_OUT)),
    ],
    [
      'by a plate of which the camera is not sure',
      'plate-unreadable',
      {},
      (p: ReturnType<typeof park>) => then(p.arrive(CAR_IN), p.see(CAR_IN, PLATE, 500)),
    ],
    [
      'by what is no plate',
      'plate-unreadable',
      { lanes: { entryBy: ['plate'] as const } },
      (p: ReturnType<typeof park>) => then(p.arrive(CAR_IN), p.see(CAR_IN, '?'.repeat(200))),
    ],
    [
      'into a place that has no space for its class',
      'class-not-here',
      { lanes: { inside: LEVEL, barrier: 'none' as const } },
      (p: ReturnType<typeof park>) => p.see(BIKE_IN, PLATE),
    ],
  ])('%s', (_what, refusal, settings, act) => {
    expect(said(act(park(settings)))).toBe(refusal)
  })

  test('where it is full, at each level; staff may correct the count, also above the capacity', () => {
    const p = park()
    for (const plate of ['30A-000.01', '30A-000.02', '30A-000.03']) carInside(p, plate)
    p.arrive(CAR_IN)
    const refused = p.see(CAR_IN, PLATE)
    expect(said(refused)).toBe('place-full')
    expect(told(refused)).toEqual(['full', 'full'])
    p.take({ kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 9, reason: 'counted' })
    expect(said(p.ticket(CAR_IN))).toBe('place-full')
    p.take({ kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 1, reason: 'counted' })
    expect(said(p.ticket(CAR_IN))).toBe('let-through')
    const q = park({ lanes: { isFullRefused: false } })
    for (const plate of ['30A-000.01', '30A-000.02', '30A-000.03', PLATE]) carInside(q, plate)
    expect(q.count(LOT, CAR)).toBe(4)
  })

  test.each([
    ['hard', 'stay-open-already', ['second-entry'], 1],
    ['soft', 'let-through', ['second-entry'], 2],
    ['off', 'let-through', [], 2],
  ] as const)('a second time, where anti-passback is %s', (antiPassback, outcome, cases, open) => {
    const p = park({ policy: { antiPassback } })
    carInside(p)
    p.wait(MINUTE_MS)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe(outcome)
    expect(p.cases()).toEqual(cases)
    expect(p.open()).toHaveLength(open)
  })

  test('a second time, unless staff let it', () => {
    const p = park()
    const id = carInside(p)
    p.take({
      kind: 'session-corrected',
      session: id,
      correction: { kind: 'passback-reset' },
      reason: 'left through the works gate',
    })
    p.wait(MINUTE_MS)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('let-through')
  })

  test('with a ticket of before; but the one whose arm failed gets it again', () => {
    const p = park()
    const id = ticketInside(p)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, p.ticketOf(id)))).toBe('ticket-not-here')
    expect(said(p.show(CAR_IN, ticketOf({ id: 'box-9:1:1:s0' as typeof id, entry: p.session(id).entry })))).toBe(
      'ticket-not-here',
    )
    p.ticket(CAR_IN)
    const again = p.show(CAR_IN, p.ticketOf(newest(p)))
    expect(said(again)).toBe('already-accepted')
    expect(said(p.ticket(CAR_IN)), 'whoever presses twice gets one ticket').toBe('already-accepted')
    expect(p.open()).toHaveLength(2)
  })

  test('by a plate that cameras take for one which is inside: it is another, and nobody locks it out', () => {
    const p = park()
    carInside(p, '30A-123.45')
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, '3OA-I23.45'))).toBe('let-through')
    p.drive(CAR_IN)
    expect([p.open().length, p.count(LOT, CAR), p.cases()]).toEqual([2, 2, []])
  })

  test('by the ticket that it was given: a plate that is read after it is evidence of that stay, and begins none', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const id = newest(p)
    const seen = p.see(CAR_IN, PLATE, 950, 'in.jpg')
    expect([said(seen), told(seen), changed(seen)]).toEqual(['noted', [], ['sighted', 'lane-state']])
    expect(p.sessions()).toMatchObject([{ id, status: 'entering', entry: { by: 'ticket' } }])
    expect(p.stay(id)?.picture).toMatchObject({ mac: 'in.jpg' })
    const q = park()
    q.arrive(CAR_IN)
    q.see(CAR_IN, PLATE)
    expect(said(q.see(CAR_IN, OTHER, 990)), 'nor does another plate than the one that was let in').toBe('noted')
    expect([q.open().length, q.cases()]).toEqual([1, []])
  })

  test('of which no stay is known: its plate again within the window is one sighting, unless it is read better', () => {
    const p = park({ lanes: { entryBy: ['ticket'] } })
    p.arrive(CAR_IN)
    expect(changed(p.see(CAR_IN, PLATE, 900))).toEqual(['sighted', 'lane-state'])
    p.wait(SECOND_MS)
    expect(p.see(CAR_IN, PLATE, 900).changes).toEqual([])
    expect(changed(p.see(CAR_IN, PLATE, 901))).toEqual(['sighted', 'lane-state'])
  })

  test('whoever drives off after it was let in, and comes again, comes in then: for the time between nobody pays', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    const id = newest(p)
    const first = p.session(id).entry.at
    p.reverse(CAR_IN)
    p.wait(13 * MINUTE_MS)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('already-accepted')
    expect(p.session(id).entry.at).toBe(p.now().at)
    p.drive(CAR_IN)
    p.wait(MINUTE_MS)
    expect(p.session(id)).toMatchObject({ status: 'inside' })
    expect(p.session(id).entry.at - first).toBeGreaterThanOrEqual(13 * MINUTE_MS)
  })

  test('whoever comes again with a ticket comes in then too; with a price that was said, or a time that nobody trusts, the first entry stands', () => {
    const comesAgain = (between: (p: ReturnType<typeof park>) => void): number => {
      const p = park()
      p.arrive(CAR_IN)
      p.ticket(CAR_IN)
      const id = newest(p)
      const first = p.session(id).entry.at
      p.reverse(CAR_IN)
      p.wait(12 * MINUTE_MS)
      between(p)
      p.arrive(CAR_IN)
      expect(said(p.show(CAR_IN, p.ticketOf(id)))).toBe('already-accepted')
      return Math.floor((p.session(id).entry.at - first) / MINUTE_MS)
    }
    expect(comesAgain(() => undefined)).toBe(12)
    expect(comesAgain((p) => p.take({ kind: 'session-quoted', session: newest(p) }))).toBe(0)
    expect(comesAgain((p) => p.setTrust(STEPPED))).toBe(0)
  })

  test('whoever was let in and turned round was never here, and gets back what it has paid', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    const id = newest(p)
    p.wait(MINUTE_MS)
    const quoted = asked(p.take({ kind: 'session-quoted', session: id }))
    p.take({ kind: 'credit-by-charge', charge: quoted.charge, amount: quoted.due, reference: 'FT1' })
    p.reverse(CAR_IN)
    p.wait(60 * MINUTE_MS)
    p.due()
    p.due()
    expect(p.session(id).status).toBe('void')
    expect(p.charge(quoted.charge)?.status).toBe('cancelled')
    expect(p.cases()).toEqual(['overpaid'])
    expect(p.count(LOT, CAR)).toBe(0)
    expect(said(toExit(p))).toBe('stay-not-found')
    expect(said(p.show(CAR_OUT, p.ticketOf(id))), 'it was inside after all: a stay of its own from the ticket').toBe(
      'amount-asked',
    )
  })
})

describe('nested places', () => {
  test('going up a ramp and down again moves the stay, counts in both, asks nothing, and begins no other price', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    p.arrive(RAMP)
    expect(said(p.see(RAMP, PLATE))).toBe('let-through')
    p.drive(RAMP)
    expect(p.session(id)).toMatchObject({ status: 'inside', place: LEVEL })
    expect([p.count(LOT, CAR), p.count(LEVEL, CAR)]).toEqual([1, 1])
    const other = carInside(p, OTHER)
    p.wait(MINUTE_MS)
    p.arrive(RAMP)
    expect(said(p.show(RAMP, p.ticketOf(other))), 'one space, and it is taken').toBe('place-full')
    p.reverse(RAMP)
    p.wait(MINUTE_MS)
    expect(said(toExit(p))).toBe('amount-asked')
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(p.segmentsOf(id).map(({ place, amount }) => [place, amount.amount])).toEqual([[LOT, 25_000]])
    expect([p.count(LOT, CAR), p.count(LEVEL, CAR)], 'it left past the ramp that had not seen it').toEqual([1, 0])
  })

  test('let nobody from one into the other who does not stand there yet', () => {
    const p = park()
    const id = ticketInside(p)
    expect(said(p.show(RAMP, p.ticketOf(id)))).toBe('no-vehicle')
    expect([p.session(id).place, p.count(LEVEL, CAR), p.lane(RAMP).phase.kind]).toEqual([LOT, 0, 'idle'])
  })

  test('is passed by a pass, a payer and a person’s word; without a price the part has none', () => {
    const p = park({ tariffs: null })
    put(p, 'm', [])
    p.arrive(CAR_IN)
    p.show(CAR_IN, passNow('m'))
    p.drive(CAR_IN)
    const id = newest(p)
    p.arrive(RAMP)
    expect(said(p.show(RAMP, passNow('m')))).toBe('let-through')
    expect(said(p.show(RAMP, passNow('m')))).toBe('already-accepted')
    p.drive(RAMP)
    expect(p.segmentsOf(id)).toMatchObject([{ tariff: null, place: LOT }])
    p.arrive(CAR_IN)
    p.show(CAR_IN, payNow(p, 'a', { sub: 'payer-2' }))
    p.drive(CAR_IN)
    p.take({ kind: 'occupancy-corrected', place: LEVEL, vehicleClass: CAR, count: 0, reason: 'counted' })
    p.arrive(RAMP)
    expect(said(p.show(RAMP, payNow(p, 'b', { sub: 'payer-2' })))).toBe('let-through')
    p.drive(RAMP)
    const third = ticketInside(p)
    p.take({ kind: 'occupancy-corrected', place: LEVEL, vehicleClass: CAR, count: 0, reason: 'counted' })
    p.arrive(RAMP)
    expect(said(p.choose(RAMP, third))).toBe('let-through')
  })
})

test('while the time is not trusted a vehicle comes in, and what it costs is for staff to say, also when the time is sure again', () => {
  const p = park()
  p.setTrust(STEPPED)
  const id = carInside(p)
  expect(said(toExit(p))).toBe('clock-not-trusted')
  expect(p.cases()).toEqual(['time-unclear'])
  p.setTrust(SYNCED)
  p.wait(MINUTE_MS)
  expect(said(p.show(CAR_OUT, p.ticketOf(id))), 'nobody knows when it came').toBe('stay-time-unclear')
  expect(p.session(id)).toMatchObject({ charge: null, entry: { isUnsure: true } })
  expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
  p.drive(CAR_OUT)
  expect(p.session(id).status).toBe('left')
})

test('a ticket that was signed while the time was not trusted says so, and one that was signed after does not', () => {
  const p = park()
  p.setTrust(STEPPED)
  p.arrive(CAR_IN)
  const [unsure] = p.ticket(CAR_IN).documents
  expect(unsure?.claims).toMatchObject({ unsure: true })
  p.drive(CAR_IN)
  p.setTrust(SYNCED)
  p.wait(MINUTE_MS)
  p.arrive(CAR_IN)
  const [sure] = p.ticket(CAR_IN).documents
  expect(sure?.claims).not.toHaveProperty('unsure')
})

test('at a free-flow exit whoever has nothing due is through, and whoever has is asked', () => {
  const p = park()
  p.see(BIKE_IN, '29B1-678.90')
  p.wait(MINUTE_MS)
  const question = p.see(BIKE_OUT, '29B1-678.90')
  expect(said(question)).toBe('amount-asked')
  expect(said(p.show(BIKE_OUT, payNow(p, 'a')))).toBe('paid')
  expect(p.sessions()[0]?.status).toBe('left')
  expect(p.count(LOT, BIKE)).toBe(0)
})
