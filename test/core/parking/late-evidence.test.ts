import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { EventBody } from '../../../core/events.ts'
import type { LaneId, SessionId } from '../../../core/ids.ts'
import { laneId, vehicleClass } from '../../../core/ids.ts'
import type { CurrencyCode } from '../../../core/money.ts'
import type { LateEvidence } from '../../../core/parking/events.ts'
import { NOTHING_SHOWN } from '../../../core/parking/facts.ts'
import { takeLateEvidence, withinMemory } from '../../../core/parking/late-evidence.ts'
import { recordedParking } from '../../../core/parking/recorded.ts'
import type { Outcome } from '../../../core/records.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { COMMON, SITE, STEPPED, SYNCED, vnd } from '../kit.ts'
import { carInside, chargeOf, newest, OTHER, PLATE, payNow, put, said, ticketInside, toExit } from './driver.ts'
import { CAR_IN, CAR_OUT, GATE, PARK_LAYOUT, PARKING_POLICY, park, RAMP, ticketOf } from './park.ts'
import { BIKE, CAR, charging, LOT, PER_HOUR } from './tariff-kit.ts'

const BUS = vehicleClass('bus')

type Park = ReturnType<typeof park>
type Taken = Extract<Outcome, { kind: 'evidence-taken' }>

/** A phone hands in what its attendant did so long ago. */
function handIn(p: Park, lane: LaneId, what: LateEvidence['what'], over: Partial<LateEvidence>, ageMs = 0): Decision {
  const { at } = p.now()
  return p.take(
    {
      kind: 'late-evidence',
      lane,
      what,
      saidAt: later(at, -ageMs),
      handedInAt: at,
      ticket: null,
      plate: null,
      vehicleClass: null,
      cash: null,
      reason: 'mất điện',
      ...over,
    },
    ageMs,
  )
}

const cash = (amount: number, tender: 'cash' | 'cash-on-behalf' = 'cash'): Pick<LateEvidence, 'cash'> => ({
  cash: { tender, amount: vnd(amount) },
})

function taken({ outcome }: Decision): Taken {
  if (!outcome.ok || outcome.kind !== 'evidence-taken') throw new Error(`not taken: ${JSON.stringify(outcome)}`)
  return outcome
}

/** One who came in by hand and was handed in. */
function letInByHand(p: Park, plate = PLATE, ageMs = 0, over: Partial<LateEvidence> = {}): SessionId {
  const { session } = taken(handIn(p, CAR_IN, 'let-in', { plate, ...over }, ageMs))
  if (session === null) throw new Error('no stay was begun')
  return session
}

describe('an attendant hands in whom they let out', () => {
  test('its stay ends at that time, the cash pays what it cost until then, and nothing at the lane moves', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(3 * HOUR_MS)
    p.arrive(CAR_OUT)
    const lane = p.lane(CAR_OUT)
    const leftAt = later(p.now().at, -90 * MINUTE_MS)
    const decision = handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id), ...cash(50_000) }, 90 * MINUTE_MS)
    expect(taken(decision)).toEqual({
      ok: true,
      kind: 'evidence-taken',
      stay: 'ended',
      session: id,
      charge: chargeOf(p, id),
      paid: vnd(50_000),
      overpaid: vnd(0),
      owed: vnd(0),
      misfit: null,
      cases: [],
    })
    expect(decision.effects).toEqual([])
    expect(decision.changes.filter(({ kind }) => kind === 'lane-state' || kind === 'passage-granted')).toEqual([])
    expect(p.lane(CAR_OUT), 'another vehicle stands there').toEqual(lane)
    expect(p.session(id).status).toBe('left')
    expect(p.stay(id)?.movedAt).toBe(leftAt)
    expect(p.segmentsOf(id).at(-1)?.until).toBe(leftAt)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 50_000 })
    expect(p.balance(`live:cash:${SITE}`)).toBe(50_000)
    expect(p.count(LOT, CAR)).toBe(0)
  })

  test('handed in twice, by two phones, it is charged once: the second is a case that moves nothing', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    const given = { ticket: p.ticketOf(id), ...cash(25_000) }
    expect(taken(handIn(p, CAR_OUT, 'let-out', given, MINUTE_MS)).stay).toBe('ended')
    const again = handIn(p, CAR_OUT, 'let-out', given, 0)
    expect(taken(again)).toMatchObject({
      stay: 'untouched',
      session: id,
      charge: chargeOf(p, id),
      paid: vnd(0),
      owed: null,
      misfit: 'already-over',
      cases: ['late-evidence'],
    })
    expect(again.changes.map(({ kind }) => kind)).toEqual(['case-opened'])
    expect(p.balance(`live:cash:${SITE}`)).toBe(25_000)
    expect(p.count(LOT, CAR)).toBe(0)
    expect(taken(handIn(p, CAR_OUT, 'let-out', given)).cases, 'a third time it is the same case').toEqual([])
  })

  test('what was not paid is owed by its plate, and asked at the next exit; no case', () => {
    const p = park()
    const id = carInside(p)
    p.wait(HOUR_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(10_000, 'cash-on-behalf') }))).toMatchObject({
      session: id,
      paid: vnd(10_000),
      owed: vnd(15_000),
      cases: [],
    })
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'owed', paid: 10_000 })
    expect(p.balance(`live:cash-on-behalf:${SITE}`)).toBe(10_000)
    carInside(p)
    toExit(p)
    expect(p.lane(CAR_OUT).visit?.asked?.due.amount).toBeGreaterThanOrEqual(15_000)
  })

  test('with no plate what was not paid is an open receivable, and a case for staff', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id) }))).toMatchObject({
      owed: vnd(25_000),
      cases: ['left-unpaid'],
    })
    expect(p.charge(chargeOf(p, id))?.status).toBe('owed')
  })

  test('the plate that was written down with a ticket becomes the stay’s own, and owes', () => {
    const p = park()
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    const out = taken(handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id), plate: PLATE }))
    expect(out).toMatchObject({ owed: vnd(25_000), cases: [] })
    expect(p.session(id).credentials).toMatchObject([{ kind: 'ticket' }, { kind: 'plate', confidencePermille: 1000 }])
  })

  test('by a ticket that these books do not know: the stay is begun from it, and ends', () => {
    const p = park()
    const ticket = ticketOf({
      id: 'old-box:1:7:s0' as SessionId,
      entry: { lane: CAR_IN, at: instant(p.now().at - 2 * HOUR_MS), by: 'ticket', isFromTicket: false },
    })
    const out = taken(handIn(p, CAR_OUT, 'let-out', { ticket, ...cash(25_000) }, HOUR_MS))
    expect(out).toMatchObject({ stay: 'ended', session: ticket.session, paid: vnd(25_000), owed: vnd(0) })
    expect(p.session(ticket.session as SessionId)).toMatchObject({ status: 'left', entry: { isFromTicket: true } })
    expect(p.count(LOT, CAR)).toBe(0)
    const practice = { ...ticket, session: 'old-box:1:7:practice0', jti: 'practice' }
    expect(said(handIn(p, CAR_OUT, 'let-out', { ticket: practice }))).toBe('stay-not-found')
  })

  test('one that was let in and never seen inside was inside: its way in is over, and it leaves', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const id = newest(p)
    p.wait(HOUR_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id), ...cash(25_000) }, SECOND_MS)).stay).toBe(
      'ended',
    )
    expect(p.session(id).status).toBe('left')
    expect(p.count(LOT, CAR)).toBe(0)
    expect(p.due('passage-lapses')).toEqual([])
  })

  test('the ticket of one that was given up ends the stay that goes on for it', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const id = newest(p)
    const ticket = p.ticketOf(id)
    p.reverse(CAR_IN)
    p.wait(HOUR_MS)
    p.due()
    expect(p.session(id).status).toBe('void')
    const out = taken(handIn(p, CAR_OUT, 'let-out', { ticket, ...cash(25_000) }, 10 * MINUTE_MS))
    expect(out).toMatchObject({ stay: 'ended', paid: vnd(25_000) })
    expect(out.session).not.toBe(id)
    expect(p.count(LOT, CAR)).toBe(0)
  })

  test('one that had been let out before the box died leaves for what it was let out with, also after its way had lapsed', () => {
    const out = (isLapsed: boolean): Taken => {
      const p = park()
      const id = ticketInside(p)
      p.wait(110 * MINUTE_MS)
      p.arrive(CAR_OUT)
      p.show(CAR_OUT, p.ticketOf(id))
      p.show(CAR_OUT, payNow(p, 'a'))
      expect(p.session(id).status).toBe('leaving')
      const paid = p.charge(chargeOf(p, id))?.paid
      p.reverse(CAR_OUT)
      p.wait(2 * HOUR_MS)
      if (isLapsed) p.due()
      expect(p.session(id).status).toBe(isLapsed ? 'inside' : 'leaving')
      const decision = handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id) }, 2 * HOUR_MS - MINUTE_MS)
      expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid })
      expect(p.count(LOT, CAR)).toBe(0)
      expect(p.cases()).toEqual([])
      return taken(decision)
    }
    expect(out(false)).toMatchObject({ stay: 'ended', owed: vnd(0) })
    expect(out(true)).toMatchObject({ stay: 'ended', owed: vnd(0) })
  })

  test('what was asked after it had gone is not owed: it costs what it cost then', () => {
    const p = park()
    const id = carInside(p)
    p.wait(5 * HOUR_MS)
    p.take({ kind: 'session-quoted', session: id })
    expect(p.charge(chargeOf(p, id))?.charge.due.amount).toBeGreaterThan(25_000)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, 4 * HOUR_MS))).toMatchObject({
      paid: vnd(25_000),
      owed: vnd(0),
    })
    expect(p.charge(chargeOf(p, id))?.status).toBe('paid')
  })

  test('more cash than is due is to be given back; more than change explains only when somebody confirms it', () => {
    const p = park({ policy: { cashOverMax: 5_000_000 } })
    const id = ticketInside(p)
    p.wait(HOUR_MS)
    const ticket = p.ticketOf(id)
    const slip = handIn(p, CAR_OUT, 'let-out', { ticket, ...cash(5_000_000) })
    expect(slip.outcome).toEqual({ ok: false, refusal: 'cash-unlikely', due: vnd(25_000) })
    expect(slip.changes).toEqual([])
    const over = { cash: { tender: 'cash', amount: vnd(5_000_000), confirmed: true } } as const
    expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket, ...over }))).toMatchObject({
      paid: vnd(25_000),
      overpaid: vnd(4_975_000),
      cases: ['overpaid'],
    })
    expect(p.balance(`live:give-back:${SITE}`)).toBe(-4_975_000)
  })

  test('cash for what costs nothing is to be given back, on a charge of 0', () => {
    const p = park({ tariffs: [charging(PER_HOUR, { freeMinutes: { minutes: 60, longerStays: 'pay-from-entry' } })] })
    const id = ticketInside(p)
    p.wait(10 * MINUTE_MS)
    const ticket = p.ticketOf(id)
    expect(said(handIn(p, CAR_OUT, 'let-out', { ticket, ...cash(5_000) }))).toBe('cash-unlikely')
    const confirmed = { cash: { tender: 'cash', amount: vnd(5_000), confirmed: true } } as const
    expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket, ...confirmed }))).toMatchObject({
      paid: vnd(0),
      overpaid: vnd(5_000),
      owed: vnd(0),
      cases: ['overpaid'],
    })
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 0, overpaid: 5_000 })
  })

  test('a free stay without cash ends with no charge', () => {
    const p = park({ tariffs: [charging(PER_HOUR, { freeMinutes: { minutes: 60, longerStays: 'pay-from-entry' } })] })
    const id = ticketInside(p)
    p.wait(10 * MINUTE_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id) }))).toMatchObject({
      charge: null,
      owed: vnd(0),
      cases: [],
    })
  })

  test.each([
    ['no tariff', 'no-tariff'],
    ['a clock that nobody trusts', 'time-unclear'],
  ] as const)(
    'with %s it has left, its cash is booked, and what more is due is for staff: never 0',
    (what, staffCase) => {
      const p = park()
      const [id, other, third] = [ticketInside(p), carInside(p, OTHER), carInside(p, PLATE)]
      p.wait(HOUR_MS)
      p.take({ kind: 'session-quoted', session: third })
      if (what === 'no tariff') p.setTariffs(null)
      else p.setTrust(STEPPED)
      expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(id), ...cash(30_000) }))).toMatchObject({
        stay: 'ended',
        paid: vnd(30_000),
        overpaid: vnd(0),
        owed: null,
        cases: ['not-reckoned', staffCase],
      })
      expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'paid', paid: 30_000 })
      expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: OTHER }))).toMatchObject({ charge: null, owed: null })
      expect(p.session(other).status).toBe('left')
      const partly = taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(5_000) }))
      expect(partly, 'what had been asked stands').toMatchObject({ paid: vnd(5_000), owed: null })
      expect(p.charge(chargeOf(p, third))).toMatchObject({ status: 'owed', paid: 5_000, charge: { due: vnd(25_000) } })
      expect(p.count(LOT, CAR)).toBe(0)
    },
  )
})

describe('what is handed in of a vehicle that left does not fit, is kept with a case, and moves nothing', () => {
  const untouched = (p: Park, decision: Decision, misfit: Taken['misfit'], cases: readonly string[]): void => {
    expect(taken(decision)).toMatchObject({
      stay: 'untouched',
      misfit,
      cases,
      paid: vnd(0),
      overpaid: vnd(0),
      owed: null,
    })
    expect(decision.changes.map(({ kind }) => kind)).toEqual(cases.map(() => 'case-opened'))
    expect(decision.keep).toEqual(['parking'])
    expect(p.balance(`live:cash:${SITE}`)).toBe(0)
  }

  test('a plate that nobody is inside by: the plate itself is kept with the case', () => {
    const p = park()
    const decision = handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) })
    untouched(p, decision, 'no-stay', ['late-evidence'])
    expect(p.casesNow()[0]).toMatchObject({ lane: CAR_OUT, session: null, pictures: [expect.any(String)] })
  })

  test('a plate by which two are inside', () => {
    const p = park({ policy: { antiPassback: 'off' } })
    carInside(p)
    carInside(p)
    untouched(p, handIn(p, CAR_OUT, 'let-out', { plate: PLATE }), 'several-stays', ['late-evidence'])
    expect(p.open()).toHaveLength(2)
  })

  test('a ticket, and the plate of another vehicle: of its stay, of another stay, and of one that these books do not know', () => {
    const p = park()
    const mine = carInside(p)
    p.wait(MINUTE_MS)
    untouched(p, handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(mine), plate: OTHER }), 'plate-mismatch', [
      'plate-mismatch',
    ])
    const byTicket = ticketInside(p)
    untouched(p, handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(byTicket), plate: PLATE }), 'plate-mismatch', [
      'plate-mismatch',
    ])
    const unknown = ticketOf({ id: 'old:1:1:s0' as SessionId, entry: p.session(mine).entry })
    untouched(p, handIn(p, CAR_OUT, 'let-out', { ticket: unknown, plate: PLATE }), 'plate-mismatch', ['plate-mismatch'])
    expect(p.open()).toHaveLength(2)
  })

  test('its own ticket and plate name it, whoever else is inside by that plate', () => {
    const p = park({ policy: { antiPassback: 'off' } })
    const first = carInside(p)
    carInside(p)
    p.wait(MINUTE_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { ticket: p.ticketOf(first), plate: PLATE }))).toMatchObject({
      stay: 'ended',
      session: first,
    })
  })

  test('a time before it came in, or before what the loops have shown of it since', () => {
    const p = park()
    const id = carInside(p)
    p.wait(HOUR_MS)
    untouched(p, handIn(p, CAR_OUT, 'let-out', { plate: PLATE }, 2 * HOUR_MS), 'before-last-fact', ['late-evidence'])
    p.arrive(RAMP)
    p.show(RAMP, p.ticketOf(id))
    p.drive(RAMP)
    p.wait(MINUTE_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE }, 30 * MINUTE_MS))).toMatchObject({
      misfit: 'before-last-fact',
      cases: [],
    })
    const unknown = ticketOf({ id: 'old:1:1:s0' as SessionId, entry: { ...p.session(id).entry, at: p.now().at } })
    untouched(p, handIn(p, CAR_OUT, 'let-out', { ticket: unknown }, MINUTE_MS), 'before-last-fact', ['late-evidence'])
    expect(p.session(id).status).toBe('inside')
  })

  test('one that came to a lane after that; who stood there before it fits, whatever the lane still remembers', () => {
    const p = park()
    const id = carInside(p)
    p.wait(HOUR_MS)
    toExit(p)
    p.wait(5 * MINUTE_MS)
    untouched(p, handIn(p, CAR_OUT, 'let-out', { plate: PLATE }, 6 * MINUTE_MS), 'before-last-fact', ['late-evidence'])
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE }, 4 * MINUTE_MS))).toMatchObject({
      session: id,
      misfit: null,
    })
  })
})

test('what was asked away from a lane since, and is not due until then, is let go by late evidence: no validation took it off', () => {
  const p = park()
  const id = carInside(p)
  p.wait(3 * HOUR_MS)
  p.take({ kind: 'session-quoted', session: id })
  const asked = p.charge(chargeOf(p, id))?.charge.due.amount ?? 0
  const { owed } = taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, 2 * HOUR_MS - MINUTE_MS))
  const letGo = asked - 25_000 - (owed?.amount ?? 0)
  expect(letGo).toBeGreaterThan(0)
  expect(p.balance(`live:late-evidence:${SITE}`)).toBe(letGo)
  expect(p.balance(`live:validation:${SITE}`)).toBe(0)
})

describe('of a moment at which nothing was dead', () => {
  test('whose vehicle was before somebody since: its class was put right, it paid in person, it was chosen; a plate put right at the desk says nothing of it', () => {
    const p = park()
    const id = carInside(p)
    p.wait(HOUR_MS)
    const bus: EventBody = {
      kind: 'session-corrected',
      session: id,
      correction: { kind: 'class', vehicleClass: BIKE },
      reason: 'seen',
    }
    p.take(bus)
    p.wait(MINUTE_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE }, 30 * MINUTE_MS))).toMatchObject({
      stay: 'untouched',
      misfit: 'before-last-fact',
    })

    const q = park()
    const other = carInside(q)
    q.wait(HOUR_MS)
    q.take({
      kind: 'session-corrected',
      session: other,
      correction: { kind: 'plate', plate: OTHER },
      reason: 'misread',
    })
    q.wait(MINUTE_MS)
    expect(taken(handIn(q, CAR_OUT, 'let-out', { plate: OTHER }, 30 * MINUTE_MS))).toMatchObject({ stay: 'ended' })

    const r = park()
    const paid = ticketInside(r)
    r.wait(HOUR_MS)
    r.take({ kind: 'session-quoted', session: paid })
    r.take({ kind: 'cash-taken', charge: chargeOf(r, paid), tender: 'cash', amount: vnd(20_000) })
    r.wait(MINUTE_MS)
    expect(taken(handIn(r, CAR_OUT, 'let-out', { ticket: r.ticketOf(paid) }, 30 * MINUTE_MS)).misfit).toBe(
      'before-last-fact',
    )
  })

  test('its stay ends, with a case: the books were written shortly before it and shortly after', () => {
    const p = park()
    const id = carInside(p)
    p.wait(HOUR_MS)
    carInside(p, OTHER)
    p.wait(2 * MINUTE_MS)
    toExit(p, OTHER)
    p.wait(HOUR_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE }, HOUR_MS + MINUTE_MS))).toMatchObject({
      stay: 'ended',
      session: id,
      cases: ['late-evidence'],
    })
  })
})

describe('a vehicle that has left, noted by a second phone as well,', () => {
  /** In half an hour after `from`, and out half an hour later, both handed in an hour after that. */
  function wasHere(p: Park): { readonly id: SessionId; readonly sinceIn: number; readonly sinceOut: number } {
    p.wait(2 * HOUR_MS)
    const id = letInByHand(p, PLATE, 90 * MINUTE_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, 60 * MINUTE_MS)).stay).toBe('ended')
    return { id, sinceIn: 90 * MINUTE_MS, sinceOut: 60 * MINUTE_MS }
  }

  const untouched = (p: Park, decision: Decision, id: SessionId): void => {
    expect(taken(decision)).toMatchObject({ stay: 'untouched', session: id, misfit: 'already-over', paid: vnd(0) })
    expect(decision.changes.map(({ kind }) => kind)).toEqual(['case-opened'])
    expect(p.cases()).toEqual(['late-evidence'])
    expect(p.count(LOT, CAR)).toBe(0)
    expect(p.balance(`live:cash:${SITE}`)).toBe(25_000)
    expect(p.open()).toEqual([])
  }

  test.each([
    ['at the same time', 0],
    ['a little earlier', 5 * MINUTE_MS],
    ['a little later', -2 * MINUTE_MS],
    ['at any time before it left', -30 * MINUTE_MS + 1],
  ])('begins no second stay by a way in %s: a case, and nothing moves', (_when, earlier) => {
    const p = park()
    const { id, sinceIn } = wasHere(p)
    const again = handIn(p, CAR_IN, 'let-in', { plate: PLATE }, sinceIn + earlier)
    untouched(p, again, id)
    expect(taken(again).owed).toEqual(vnd(0))
    expect(
      taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, 60 * MINUTE_MS)).misfit,
      'nor its cash',
    ).toBe('already-over')
    expect(p.balance(`live:cash:${SITE}`)).toBe(25_000)
  })

  test.each([
    ['when it left', -30 * MINUTE_MS],
    ['well before it came, on a visit of its own', 5 * MINUTE_MS + 1],
  ])('that came %s begins a stay: it is another visit', (_when, earlier) => {
    const p = park()
    const { sinceIn } = wasHere(p)
    expect(taken(handIn(p, CAR_IN, 'let-in', { plate: PLATE }, sinceIn + earlier)).stay).toBe('begun')
  })

  test.each([
    ['at the same time', 0],
    ['a little later', -5 * MINUTE_MS],
    ['at any time since it came', 30 * MINUTE_MS],
  ])('has left already by a way out %s: its cash is booked once', (_when, earlier) => {
    const p = park()
    const { id, sinceOut } = wasHere(p)
    untouched(p, handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, sinceOut + earlier), id)
  })

  test('and that went out at quite another time is in no stay that these books know', () => {
    const p = park()
    const { sinceIn, sinceOut } = wasHere(p)
    for (const age of [sinceIn + MINUTE_MS, sinceOut - 5 * MINUTE_MS - 1])
      expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, age))).toMatchObject({
        session: null,
        misfit: 'no-stay',
      })
  })

  test('by a ticket of which these books know nothing, and the plate, begins none either', () => {
    const p = park()
    const { id, sinceIn } = wasHere(p)
    const entry = { lane: CAR_IN, at: instant(p.now().at - sinceIn), by: 'ticket', isFromTicket: false } as const
    const ticket = ticketOf({ id: 'old-box:1:7:s0' as SessionId, entry })
    untouched(p, handIn(p, CAR_IN, 'let-in', { ticket, plate: PLATE }, sinceIn), id)
    const out = handIn(p, CAR_OUT, 'let-out', { ticket, plate: PLATE, ...cash(25_000) }, HOUR_MS)
    expect(taken(out), 'nor pays one').toMatchObject({ session: id, misfit: 'already-over' })
  })

  test('is no reason to keep out one that staff closed by hand: when it left nobody knows', () => {
    const p = park()
    const id = letInByHand(p, PLATE, 0)
    p.wait(2 * HOUR_MS)
    p.take({ kind: 'session-corrected', session: id, correction: { kind: 'close' }, reason: 'not there any more' })
    expect(p.session(id).status).toBe('closed')
    expect(taken(handIn(p, CAR_IN, 'let-in', { plate: PLATE }, HOUR_MS)).stay).toBe('begun')
  })
})

describe('a vehicle that came twice while the box was dead', () => {
  const [IN1, OUT1, IN2, OUT2] = [180, 120, 60, 0].map((minutes) => minutes * MINUTE_MS) as [
    number,
    number,
    number,
    number,
  ]
  const into = (p: Park, ageMs: number) => taken(handIn(p, CAR_IN, 'let-in', { plate: PLATE }, ageMs))
  const out = (p: Park, ageMs: number) => taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE, ...cash(25_000) }, ageMs))
  const isBookedTwice = (p: Park): void => {
    expect(p.sessions().map(({ status }) => status)).toEqual(['left', 'left'])
    expect(p.charges().map(({ status, paid }) => [status, paid])).toEqual([
      ['paid', 25_000],
      ['paid', 25_000],
    ])
    expect(p.balance(`live:cash:${SITE}`)).toBe(50_000)
    expect(p.count(LOT, CAR)).toBe(0)
  }

  test('is booked for both of its visits where it is handed in by when it was', () => {
    const p = park()
    p.wait(4 * HOUR_MS)
    expect([into(p, IN1), out(p, OUT1), into(p, IN2), out(p, OUT2)].map(({ misfit }) => misfit)).toEqual([
      null,
      null,
      null,
      null,
    ])
    isBookedTwice(p)
    expect(p.cases()).toEqual([])
  })

  test('and was handed in with both ways in first: what moved nothing is booked when it is handed in again', () => {
    const p = park()
    p.wait(4 * HOUR_MS)
    const early = [into(p, IN1), into(p, IN2), out(p, OUT1), out(p, OUT2)]
    expect(early.map(({ misfit }) => misfit)).toEqual([null, 'already-inside', null, 'no-stay'])
    expect([into(p, IN2), out(p, OUT2)].map(({ misfit }) => misfit)).toEqual([null, null])
    isBookedTwice(p)
  })

  test('and whose later visit was handed in whole before the earlier one', () => {
    const p = park()
    p.wait(4 * HOUR_MS)
    for (const each of [into(p, IN2), out(p, OUT2), into(p, IN1), out(p, OUT1)]) expect(each.misfit).toBeNull()
    isBookedTwice(p)
  })

  test('and was inside before: it goes out, comes in again, and is inside', () => {
    const p = park()
    carInside(p)
    p.wait(4 * HOUR_MS)
    expect([out(p, OUT1).stay, into(p, OUT1 - 20 * SECOND_MS).stay]).toEqual(['ended', 'begun'])
    expect(p.count(LOT, CAR)).toBe(1)
    expect(said(toExit(p))).toBe('amount-asked')
  })
})

describe('an attendant hands in whom they let in', () => {
  test('a stay begins at that time by its plate and class, counts, and is asked from then on', () => {
    const p = park()
    const id = letInByHand(p, PLATE, HOUR_MS)
    expect(p.session(id)).toMatchObject({
      status: 'inside',
      place: LOT,
      vehicleClass: CAR,
      entry: { lane: CAR_IN, at: p.now().at - HOUR_MS, by: 'staff', isFromTicket: false },
      credentials: [{ kind: 'plate', confidencePermille: 1000 }],
    })
    expect(p.count(LOT, CAR)).toBe(1)
    p.wait(90 * MINUTE_MS)
    expect(toExit(p).outcome).toMatchObject({ kind: 'amount-asked', due: vnd(85_000) })
    const bike = taken(handIn(p, GATE, 'let-in', { plate: '29-G1 123.45', vehicleClass: BIKE }))
    expect(p.session(bike.session as SessionId).vehicleClass).toBe(BIKE)
  })

  test('under the right of its plate, and where there is no room', () => {
    const p = park()
    put(p, 'pass-1', [PLATE])
    for (const plate of ['29A-111.11', '29A-222.22', '29A-333.33']) carInside(p, plate)
    const id = letInByHand(p)
    expect(p.session(id).credentials).toMatchObject([{ kind: 'plate' }, { kind: 'right', right: 'pass-1' }])
    expect(p.count(LOT, CAR)).toBe(4)
  })

  test('with a plate that is inside already: a case, and nothing begins', () => {
    const p = park({ policy: { antiPassback: 'off' } })
    const id = letInByHand(p)
    const again = handIn(p, CAR_IN, 'let-in', { plate: PLATE })
    expect(taken(again)).toMatchObject({
      stay: 'untouched',
      session: id,
      misfit: 'already-inside',
      cases: ['second-entry'],
      owed: vnd(0),
    })
    expect(p.count(LOT, CAR)).toBe(1)
  })

  test('with the ticket of one that was given up: it goes on, once, with the plate that was written down', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const id = newest(p)
    const ticket = p.ticketOf(id)
    expect(said(handIn(p, CAR_IN, 'let-in', { ticket })), 'still on its way in').toBe('stay-open-already')
    p.reverse(CAR_IN)
    p.wait(HOUR_MS)
    p.due()
    const on = taken(handIn(p, CAR_IN, 'let-in', { ticket, plate: PLATE }, 50 * MINUTE_MS))
    expect(on).toMatchObject({ stay: 'begun' })
    expect(p.session(on.session as SessionId).credentials).toMatchObject([{ kind: 'ticket' }, { kind: 'plate' }])
    expect(p.count(LOT, CAR)).toBe(1)
    expect(said(handIn(p, CAR_IN, 'let-in', { ticket }))).toBe('stay-open-already')
    p.wait(MINUTE_MS)
    handIn(p, CAR_OUT, 'let-out', { ticket, ...cash(25_000) })
    expect(said(handIn(p, CAR_IN, 'let-in', { ticket }))).toBe('stay-over')
  })

  test('with a ticket that these books do not know', () => {
    const p = park()
    const entry = { lane: CAR_IN, at: instant(p.now().at - HOUR_MS), by: 'ticket', isFromTicket: false } as const
    const ticket = ticketOf({ id: 'old-box:1:7:s0' as SessionId, entry })
    expect(said(handIn(p, CAR_IN, 'let-in', { ticket }, 2 * HOUR_MS))).toBe('stay-time-unclear')
    expect(taken(handIn(p, CAR_IN, 'let-in', { ticket }, HOUR_MS)).session).toBe(ticket.session)
    const practice = { ...ticket, session: 'old-box:1:7:practice0', jti: 'practice' }
    expect(said(handIn(p, CAR_IN, 'let-in', { ticket: practice }))).toBe('stay-not-found')
  })

  test('by a clock that nobody trusts: nothing is reckoned from its entry', () => {
    const p = park()
    p.setTrust(STEPPED)
    const id = letInByHand(p)
    expect(p.session(id).entry.isUnsure).toBe(true)
    p.setTrust(SYNCED)
    p.wait(HOUR_MS)
    expect(taken(handIn(p, CAR_OUT, 'let-out', { plate: PLATE }))).toMatchObject({ stay: 'ended', owed: null })
    expect(p.cases()).toEqual(['not-reckoned', 'time-unclear'])
  })

  test('a class that has no place there is refused', () => {
    const p = park()
    expect(said(handIn(p, CAR_IN, 'let-in', { plate: PLATE, vehicleClass: BIKE }))).toBe('class-not-here')
    const q = park({ lanes: { vehicleClasses: [] } })
    expect(said(handIn(q, CAR_IN, 'let-in', { plate: PLATE }))).toBe('class-not-here')
    const r = park({ lanes: { vehicleClasses: [BUS] } })
    expect(said(handIn(r, CAR_IN, 'let-in', { plate: PLATE }))).toBe('class-not-here')
  })
})

describe('what is handed in is refused', () => {
  const p = park()
  const inside = ticketInside(p)
  const ticket = p.ticketOf(inside)
  const cases: readonly (readonly [string, LaneId, LateEvidence['what'], Partial<LateEvidence>, number, string])[] = [
    ['of a lane that is none', laneId('no-lane'), 'let-out', { ticket }, 0, 'lane-unknown'],
    ['of a lane between two places', RAMP, 'let-out', { ticket }, 0, 'evidence-not-here'],
    ['with no reason', CAR_OUT, 'let-out', { ticket, reason: ' ' }, 0, 'reason-missing'],
    ['with a reason that is too long', CAR_OUT, 'let-out', { ticket, reason: 'x'.repeat(501) }, 0, 'reason-missing'],
    ['with neither ticket nor plate', CAR_OUT, 'let-out', {}, 0, 'evidence-names-nothing'],
    ['with a plate that is none', CAR_OUT, 'let-out', { ticket, plate: '???' }, 0, 'plate-unreadable'],
    ['with a ticket for another site', CAR_OUT, 'let-out', { ticket: { ...ticket, aud: ['x'] } }, 0, 'token-audience'],
    ['from the future', CAR_OUT, 'let-out', { ticket }, -HOUR_MS, 'evidence-from-future'],
    [
      'older than the limit',
      CAR_OUT,
      'let-out',
      { ticket },
      PARKING_POLICY.lateEvidenceAgeMaxMs + 1,
      'evidence-too-old',
    ],
    ['with 0 as its cash', CAR_OUT, 'let-out', { ticket, ...cash(0) }, 0, 'amount-zero'],
    [
      'with more cash than fingers are believed',
      CAR_OUT,
      'let-out',
      { ticket, ...cash(500_000_001) },
      0,
      'amount-invalid',
    ],
    ['with cash at the way in', CAR_IN, 'let-in', { plate: PLATE, ...cash(5_000) }, 0, 'amount-invalid'],
    [
      'with cash in another currency',
      CAR_OUT,
      'let-out',
      { ticket, cash: { tender: 'cash', amount: { amount: 5, currency: 'EUR' as CurrencyCode } } },
      0,
      'token-currency',
    ],
  ]
  test.each(cases)('%s', (_what, lane, what, over, ageMs, refusal) => {
    const decision = handIn(p, lane, what, over, ageMs)
    expect(said(decision)).toBe(refusal)
    expect(decision.changes).toEqual([])
    expect(p.session(inside).status).toBe('inside')
  })

  test('where there is no car park', () => {
    const at = p.now()
    const evidence = { kind: 'late-evidence', lane: CAR_OUT } as LateEvidence
    const lane = PARK_LAYOUT.lanes[0] ?? null
    const nothing = { left: null, cases: [], known: [], wasServing: false, role: null }
    const facts = { parking: null, lane, shown: NOTHING_SHOWN, ...nothing }
    expect(said(takeLateEvidence(evidence, facts, COMMON, at))).toBe('no-car-park')
  })

  test('but at the limit of its age, and within the clock’s error, it is taken', () => {
    const q = park()
    const limit = PARKING_POLICY.lateEvidenceAgeMaxMs
    expect(said(handIn(q, CAR_IN, 'let-in', { plate: PLATE }, limit))).toBe('evidence-taken')
    q.setTrust({ state: 'holdover', uncertaintyMs: 2_000 })
    const ahead = taken(handIn(q, CAR_IN, 'let-in', { plate: OTHER }, -2_000))
    expect(said(handIn(q, CAR_IN, 'let-in', { plate: '29A-222.22' }, -2_001))).toBe('evidence-from-future')
    expect(q.session(ahead.session as SessionId).entry.at, 'and never ahead of us').toBe(q.now().at)
    q.setTrust(STEPPED)
    expect(said(handIn(q, CAR_IN, 'let-in', { plate: '29A-111.11' }, -1))).toBe('evidence-from-future')
  })
})

test.each([
  ['as it is where answers are known for a day longer', 3 * DAY_MS, 4 * DAY_MS, 3 * DAY_MS],
  ['for less where they are not', 3 * DAY_MS, 4 * DAY_MS - 1, 3 * DAY_MS - 1],
  ['not at all where they are known for a day', 3 * DAY_MS, DAY_MS, 0],
  ['nor where they are known for less', 3 * DAY_MS, DAY_MS / 2, 0],
])('a policy holds %s', (_how, lateEvidenceAgeMaxMs, answersKeptMs, ageMaxMs) => {
  const p = park()
  const policy = { ...p.policy, parking: { ...PARKING_POLICY, lateEvidenceAgeMaxMs } }
  const held = { ...policy, parking: { ...policy.parking, lateEvidenceAgeMaxMs: ageMaxMs } }
  expect(withinMemory(policy, answersKeptMs)).toEqual(held)
  const none = { ...policy, parking: null }
  expect(withinMemory(none, answersKeptMs)).toBe(none)
})

test('a count that was corrected too low does not fall below 0, and is one case at the lane', () => {
  const p = park()
  for (const plate of [PLATE, OTHER]) letInByHand(p, plate, HOUR_MS)
  p.take({ kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 0, reason: 'đếm tay' })
  for (const plate of [PLATE, OTHER]) handIn(p, CAR_OUT, 'let-out', { plate, ...cash(25_000) })
  expect(p.count(LOT, CAR)).toBe(0)
  expect(p.cases()).toEqual(['count-differs'])
})

test('a record of it holds no plate’s text, and one of a fault nothing of it at all', () => {
  const p = park()
  const plate = { ref: 'plate:1', mac: 'm', likeness: 'l', tail: 't' }
  const body: LateEvidence = {
    kind: 'late-evidence',
    lane: CAR_OUT,
    what: 'let-out',
    saidAt: p.now().at,
    handedInAt: p.now().at,
    ticket: null,
    plate: PLATE,
    vehicleClass: null,
    cash: null,
    reason: 'x',
  }
  const reason = { ref: 'reason:1', mac: 'm' }
  expect(recordedParking(body, { plates: [plate], picture: null }, reason)).toEqual({ ...body, plate, reason })
  expect(recordedParking(body, null, null)).toEqual({ ...body, plate: null, reason: null })
})
