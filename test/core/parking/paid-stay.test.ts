import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { NOON, STEPPED, SYNCED, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  changed,
  chargeOf,
  correct,
  credit,
  newest,
  OTHER,
  PLATE,
  payNow,
  said,
  ticketInside,
  toExit,
} from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, PARKING_POLICY, park } from './park.ts'

const { paidStayMs } = PARKING_POLICY

/** A car whose driver has paid on the phone an hour after it came in, and stays. */
function paidInside(p: Park): SessionId {
  const id = carInside(p)
  p.wait(50 * MINUTE_MS)
  cash(p, asked(p.take({ kind: 'session-quoted', session: id })).charge, 25_000)
  p.wait(MINUTE_MS)
  return id
}

const due = (p: Park) => p.due('paid-stay-due')

describe('a stay that was paid and never left', () => {
  test('is a case when it is due, once, and the case ends when the vehicle leaves', () => {
    const p = park()
    const id = paidInside(p)
    p.wait(paidStayMs - MINUTE_MS - 1)
    expect(due(p)).toEqual([])
    p.wait(1)
    const [overdue] = due(p)
    expect(overdue?.changes.map(({ kind }) => kind)).toEqual(['case-opened'])
    expect(p.casesNow()).toMatchObject([
      { kind: 'paid-never-left', session: id, charge: chargeOf(p, id), lane: null, pictures: ['picture:in.jpg'] },
    ])
    p.wait(paidStayMs)
    expect(due(p), 'nobody looks again').toEqual([])
    credit(p, asked(toExit(p)).charge, 5_000_000)
    p.drive(CAR_OUT)
    expect(p.cases()).toEqual(['overpaid'])
  })

  test('and pays again is waited for from then on', () => {
    const p = park()
    const id = paidInside(p)
    p.wait(paidStayMs - HOUR_MS)
    const { charge, due: more } = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, charge, more.amount, { confirmed: true })
    p.wait(HOUR_MS)
    expect(due(p)).toEqual([])
    p.wait(paidStayMs - HOUR_MS)
    expect(due(p)).toHaveLength(1)
    expect(p.cases()).toEqual(['paid-never-left'])
  })

  test('is told by the stay that the wait was for, and not by one that was paid again since, or has gone', () => {
    const p = park()
    const id = paidInside(p)
    const { settledAt } = p.session(id)
    const timer = { purpose: 'paid-stay-due', session: id, settledAt: settledAt ?? p.now().at } as const
    const other = p.take({ kind: 'timer', timer: { ...timer, settledAt: NOON } })
    const unknown = p.take({ kind: 'timer', timer: { ...timer, session: 'box-1:1:99:s0' as SessionId } })
    toExit(p)
    const leaving = p.take({ kind: 'timer', timer })
    p.closePark()
    const closed = p.take({ kind: 'timer', timer })
    expect([other, unknown, leaving, closed].flatMap(({ changes }) => changes)).toEqual([])
  })

  test('is waited for as long as the policy in force says, however early its wait ends', () => {
    const p = park({ policy: { paidStayMs: 30 * DAY_MS } })
    const id = paidInside(p)
    const { settledAt } = p.session(id)
    const timer = { purpose: 'paid-stay-due', session: id, settledAt: settledAt ?? NOON } as const
    const early = p.take({ kind: 'timer', timer })
    expect([changed(early), p.cases()]).toEqual([['timer-set'], []])
    p.wait(30 * DAY_MS - MINUTE_MS - 1)
    expect(due(p)).toEqual([])
    p.wait(1)
    expect(due(p).map(changed)).toEqual([['case-opened']])
  })

  test('by a clock that was set back by years waits for its time no longer than the rule says at once', () => {
    const p = park()
    paidInside(p)
    p.wait(-365 * DAY_MS)
    const [overdue] = p.waits().filter(({ purpose }) => purpose === 'paid-stay-due')
    if (overdue === undefined) throw new Error('nothing waits')
    const [set] = p.take({ kind: 'timer', timer: overdue }).changes
    expect(set).toMatchObject({ kind: 'timer-set', dueAt: p.now().at + paidStayMs })
  })

  /** A car whose driver has paid while nobody trusted the time, and stays. */
  function paidInDoubt(p: Park): SessionId {
    const id = carInside(p)
    p.wait(50 * MINUTE_MS)
    const { charge, due: first } = asked(p.take({ kind: 'session-quoted', session: id }))
    p.setTrust(STEPPED)
    expect(said(cash(p, charge, first.amount))).toBe('credited')
    expect(p.session(id).settledAt, 'no grace runs by such a clock').toBeNull()
    return id
  }

  test('and was paid by a clock that was not trusted is waited for from the first look by one that is', () => {
    const p = park()
    const id = paidInDoubt(p)
    p.wait(paidStayMs)
    expect(due(p).map(changed), 'nobody knows the time still').toEqual([['timer-set']])
    p.setTrust(SYNCED)
    p.wait(paidStayMs - 1)
    expect(due(p)).toEqual([])
    p.wait(1)
    expect(due(p).map(changed), 'nor when it was paid').toEqual([['timer-set']])
    const [wait] = p.waits()
    if (wait === undefined) throw new Error('nothing waits')
    expect(p.take({ kind: 'timer', timer: wait }).changes, 'too early').toMatchObject([{ kind: 'timer-set' }])
    p.wait(paidStayMs)
    expect(due(p).map(changed)).toEqual([['case-opened']])
    expect(p.casesNow()).toMatchObject([{ kind: 'paid-never-left', session: id, charge: chargeOf(p, id) }])
    p.wait(paidStayMs)
    expect(due(p)).toEqual([])
  })

  test('and was paid by a clock that was not trusted is waited for no more when it has paid again by one that is', () => {
    const p = park()
    const id = paidInDoubt(p)
    p.setTrust(SYNCED)
    p.wait(2 * HOUR_MS)
    const more = asked(p.take({ kind: 'session-quoted', session: id }))
    cash(p, more.charge, more.due.amount)
    expect(p.waits()).toMatchObject([{ purpose: 'paid-stay-due', settledAt: p.now().at }])
    p.setTrust(STEPPED)
    p.take({ kind: 'timer', timer: { purpose: 'paid-stay-due', session: id, settledAt: null } })
    expect(p.waits(), 'that wait is over').toMatchObject([{ settledAt: p.session(id).settledAt }])
  })

  test('and paid more by a clock that was not trusted is waited for as before', () => {
    const p = park()
    const id = paidInside(p)
    const [wait] = p.waits()
    p.wait(2 * HOUR_MS)
    const more = asked(p.take({ kind: 'session-quoted', session: id }))
    p.setTrust(STEPPED)
    expect(said(cash(p, more.charge, more.due.amount))).toBe('credited')
    expect(p.waits()).toEqual([wait])
  })

  test.each<[string, (p: Park, id: SessionId) => void]>([
    ['is ended by staff', (p, id) => correct(p, id, { kind: 'close' })],
    [
      'is let out',
      (p) => {
        toExit(p)
        p.drive(CAR_OUT)
      },
    ],
  ])('that was paid by a clock that was not trusted and %s is waited for no more', (_how, go) => {
    const p = park()
    const id = paidInDoubt(p)
    expect(p.waits()).toMatchObject([{ purpose: 'paid-stay-due', session: id }])
    go(p, id)
    expect(p.waits()).toEqual([])
  })

  test('that pays at the lane by such a clock, and goes, is never waited for', () => {
    const p = park()
    const id = carInside(p)
    const { charge, due: first } = asked(toExit(p))
    p.setTrust(STEPPED)
    cash(p, charge, first.amount)
    p.drive(CAR_OUT)
    expect([p.session(id).status, p.waits()]).toEqual(['left', []])
  })

  test('while no car park is known is looked at again until there is one', () => {
    const p = park()
    paidInside(p)
    p.closePark()
    p.wait(paidStayMs)
    expect(due(p).map(changed)).toEqual([['timer-set']])
    p.wait(DAY_MS)
    expect(due(p).map(changed), 'once a day').toEqual([['timer-set']])
    p.openPark()
    p.wait(DAY_MS)
    due(p)
    expect(p.cases()).toEqual(['paid-never-left'])
  })

  test('by a clock that is not trusted is looked at again later', () => {
    const p = park()
    paidInside(p)
    p.setTrust(STEPPED)
    p.wait(paidStayMs)
    expect(due(p).map(changed)).toEqual([['timer-set']])
    expect(p.cases()).toEqual([])
    p.setTrust(SYNCED)
    p.wait(paidStayMs)
    due(p)
    expect(p.cases()).toEqual(['paid-never-left'])
  })

  test.each<[string, (p: Park, id: SessionId) => void]>([
    [
      'goes within its grace',
      (p) => {
        toExit(p)
        p.drive(CAR_OUT)
      },
    ],
    ['is ended by staff', (p, id) => correct(p, id, { kind: 'close' })],
    [
      'is let out by staff by hand',
      (p, id) => {
        p.wait(HOUR_MS)
        toExit(p)
        p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'the reader is dead' })
        p.drive(CAR_OUT)
        expect(p.session(id).status).toBe('left')
      },
    ],
    [
      'was let out while the box was dead',
      (p) => {
        p.wait(HOUR_MS)
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
      },
    ],
  ])('is no case when it %s, and nothing waits for it', (_how, go) => {
    const p = park()
    const id = paidInside(p)
    go(p, id)
    p.wait(paidStayMs)
    expect([due(p), p.cases().includes('paid-never-left')]).toEqual([[], false])
  })

  test('at a lane without an arm is gone with its payment', () => {
    const p = park()
    p.see(BIKE_IN, PLATE)
    const id = newest(p)
    p.wait(MINUTE_MS)
    cash(p, asked(p.take({ kind: 'session-quoted', session: id })).charge, 25_000)
    p.wait(MINUTE_MS)
    expect(said(p.see(BIKE_OUT, PLATE))).toBe('let-through')
    p.wait(paidStayMs)
    expect(due(p)).toEqual([])
  })

  test('who pays at the lane and goes is never waited for', () => {
    const p = park()
    ticketInside(p)
    p.arrive(CAR_OUT)
    p.choose(CAR_OUT, newest(p))
    const paid = p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(changed(paid)).toContain('session-settled')
    expect(p.changes.some((each) => each.kind === 'timer-set' && each.timer.purpose === 'paid-stay-due')).toBe(false)
  })

  test('whose credit was another’s is not paid any more, and not waited for', () => {
    const p = park()
    const id = carInside(p)
    const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
    credit(p, charge, 25_000)
    carInside(p, OTHER)
    const theirs = asked(p.take({ kind: 'session-quoted', session: newest(p) })).charge
    p.take({ kind: 'credit-moved', reference: 'FT1', charge: theirs, reason: 'another’s' })
    expect(p.session(id).settledAt).toBeNull()
    p.wait(paidStayMs)
    expect(due(p).map(({ subject }) => subject.session)).toEqual([newest(p)])
  })
})

describe('cash that somebody confirms', () => {
  test.each([
    ['at the cap beyond what is asked', 25_000 + 2_000_000, 'credited'],
    ['one đồng beyond it', 25_001 + 2_000_000, 'cash-too-high'],
  ])('%s', (_what, amount, outcome) => {
    const p = park()
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(said(cash(p, charge, amount, { confirmed: true }))).toBe(outcome)
  })

  test('beyond the cap is refused before anybody is asked to confirm it, with what is asked', () => {
    const p = park()
    carInside(p)
    const { charge, due: asks } = asked(toExit(p))
    expect(cash(p, charge, 9_000_000).outcome).toEqual({ ok: false, refusal: 'cash-too-high', due: asks })
    expect(p.charge(charge)).toMatchObject({ paid: 0, overpaid: 0 })
  })

  test('and what change explains is taken, however low the cap is', () => {
    const p = park({ policy: { cashOverMax: 0 } })
    carInside(p)
    const { charge } = asked(toExit(p))
    expect(cash(p, charge, 500_000).outcome).toMatchObject({ kind: 'credited', overpaid: vnd(475_000) })
  })

  test.each([
    ['attendant', ['evidence-cash-too-high', 'evidence-cash-too-high']],
    ['operator', ['cash-unlikely', 'evidence-taken']],
    ['admin', ['cash-unlikely', 'evidence-taken']],
  ] as const)(
    'that was really taken in a dead hour, far beyond the price, is booked late only where its %s may confirm it',
    (role, says) => {
      const p = park({ role })
      const id = carInside(p)
      const { at } = p.now()
      const handIn = (confirmed: boolean) =>
        p.take({
          kind: 'late-evidence',
          lane: CAR_OUT,
          what: 'let-out',
          saidAt: at,
          handedInAt: at,
          ticket: null,
          plate: PLATE,
          vehicleClass: null,
          cash: { tender: 'cash', amount: vnd(4_000_000), ...(confirmed ? { confirmed } : {}) },
          reason: 'no power',
        })
      expect([said(handIn(false)), said(handIn(true))]).toEqual(says)
      const isBooked = says[1] === 'evidence-taken'
      expect([p.session(id).status, p.cases()]).toEqual(isBooked ? ['left', ['overpaid']] : ['inside', []])
      if (isBooked) expect(p.charge(chargeOf(p, id))).toMatchObject({ paid: 25_000, overpaid: 3_975_000 })
    },
  )

  test('is bounded for an attendant where it is handed in later', () => {
    const p = park({ role: 'attendant' })
    carInside(p)
    const { at } = p.now()
    const note = {
      kind: 'late-evidence',
      lane: CAR_OUT,
      what: 'let-out',
      saidAt: at,
      handedInAt: at,
      ticket: null,
      plate: PLATE,
      vehicleClass: null,
      reason: 'no power',
    } as const
    const handIn = (amount: number) =>
      p.take({ ...note, cash: { tender: 'cash', amount: vnd(amount), confirmed: true } })
    expect(handIn(2_025_001).outcome).toEqual({ ok: false, refusal: 'evidence-cash-too-high', due: vnd(25_000) })
    expect(handIn(2_025_000).outcome).toMatchObject({ kind: 'evidence-taken', overpaid: vnd(2_000_000) })
  })
})

test('a stay that was paid a day ago is a case by the usual policy', () => {
  expect(paidStayMs).toBe(DAY_MS)
})
