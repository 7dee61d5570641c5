import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { SessionId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import { NOON } from '../kit.ts'
import {
  announced,
  asked,
  carInside,
  changed,
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
import type { Park, ParkSettings } from './park.ts'
import { CAR_IN, CAR_OUT, DOWN, park, RAMP, ticketOf, UP } from './park.ts'
import { CAR, charging, LEVEL, LOT, PER_HOUR } from './tariff-kit.ts'

const HARD: ParkSettings = { policy: { antiPassback: 'hard' } }
const SOFT: ParkSettings = { policy: { antiPassback: 'soft' } }
const OFF: ParkSettings = { policy: { antiPassback: 'off' } }

/** What stands in the lot, with all that is in it, and on the level. */
const counts = (p: Park) => [p.count(LOT, CAR), p.count(LEVEL, CAR)]
const standing = (p: Park) => p.sessions().map(({ status, place }) => `${status} ${place}`)

/** Somebody drove off: the next one that stands there is another. */
function turnsRound(p: Park, lane: typeof UP): void {
  p.reverse(lane)
  p.wait(MINUTE_MS)
}

/** A car that came in by a ticket and stands on the level, through the lane for that. */
function ticketUp(p: Park): SessionId {
  const id = ticketInside(p)
  p.arrive(UP)
  expect(said(p.show(UP, p.ticketOf(id)))).toBe('let-through')
  p.drive(UP)
  return id
}

/** The spaces of the level are counted anew: there is room. */
const makeRoom = (p: Park): Decision =>
  p.take({ kind: 'occupancy-corrected', place: LEVEL, vehicleClass: CAR, count: 0, reason: 'counted' })

describe('at the way from one place into another nobody comes from the street', () => {
  test.each([UP, RAMP])(
    'at %s a plate that no stay is known by begins none: its driver is asked for the ticket, and its stay goes on by that',
    (lane) => {
      const p = park()
      const id = ticketInside(p)
      p.wait(30 * MINUTE_MS)
      p.arrive(lane)
      const seen = p.see(lane, PLATE)
      expect(said(seen)).toBe('stay-not-found')
      expect(announced(seen, 'refused')).toBeDefined()
      expect(standing(p)).toEqual([`inside ${LOT}`])
      expect(said(p.show(lane, p.ticketOf(id)))).toBe('let-through')
      p.drive(lane)
      expect(standing(p)).toEqual([`inside ${LEVEL}`])
      expect(counts(p)).toEqual([1, 1])
      expect(p.cases()).toEqual([])
    },
  )

  test('the button, a wallet, a pass and a plate with a pass that name no stay begin none', () => {
    const p = park()
    put(p, 'm', [])
    put(p, 'plated', [OTHER])
    ticketInside(p)
    p.arrive(UP)
    expect(said(p.ticket(UP))).toBe('stay-not-found')
    expect(said(p.show(UP, payNow(p, 'a')))).toBe('stay-not-found')
    expect(said(p.show(UP, passNow('m')))).toBe('stay-not-found')
    expect(said(p.see(UP, OTHER))).toBe('stay-not-found')
    expect(standing(p)).toEqual([`inside ${LOT}`])
    expect(p.lane(UP).phase.kind).toBe('vehicle-present')
  })

  test('also where the lane says that nothing may begin a stay there, and with the words of one who has a ticket', () => {
    const p = park({ lanes: { entryBy: [] } })
    p.arrive(UP)
    expect(said(p.ticket(UP))).toBe('stay-not-found')
    expect(said(p.show(UP, payNow(p, 'a')))).toBe('stay-not-found')
    expect(said(p.see(UP, PLATE))).toBe('stay-not-found')
  })

  test('a plate that cameras take for two stays calls staff, who choose; theirs goes on', () => {
    const p = park()
    const first = carInside(p, '30A-I23.45')
    const second = carInside(p, '3OA-123.45')
    expect(first).not.toBe(second)
    p.arrive(UP)
    expect(told(p.see(UP, '30A-123.4S'))).toContain('choose-staff')
    expect(said(p.choose(UP, second))).toBe('let-through')
    p.drive(UP)
    expect([p.session(first).place, p.session(second).place]).toEqual([LOT, LEVEL])
    expect(p.cases()).toEqual([])
  })

  test('a supervisor’s word opens for whom no stay is known, begins none, and is a case', () => {
    const p = park()
    p.arrive(UP)
    expect(said(p.show(UP, overrideNow(p, 'o')))).toBe('let-through')
    p.drive(UP)
    expect(p.sessions()).toEqual([])
    expect(p.cases()).toEqual(['exit-without-entry'])
  })

  test('a stay whose way in no loop has seen to its end is inside when it stands there', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.ticket(CAR_IN)
    const id = newest(p)
    p.arrive(UP)
    expect(said(p.show(UP, p.ticketOf(id)))).toBe('let-through')
    expect([standing(p), counts(p)]).toEqual([[`inside ${LOT}`], [1, 0]])
    p.drive(UP)
    expect([standing(p), counts(p)]).toEqual([[`inside ${LEVEL}`], [1, 1]])
    expect(
      [...p.passages.values()].map(({ status }) => status),
      'it lets nobody else in',
    ).toEqual(['lapsed', 'used'])
  })

  test('one that was given up at the way in goes on as another stay, by its ticket or by staff', () => {
    for (const way of ['ticket', 'staff'] as const) {
      const p = park()
      p.arrive(CAR_IN)
      p.ticket(CAR_IN)
      const id = newest(p)
      p.wait(HOUR_MS)
      p.due()
      p.due()
      expect(p.session(id).status).toBe('void')
      p.arrive(UP)
      expect(said(way === 'ticket' ? p.show(UP, p.ticketOf(id)) : p.choose(UP, id))).toBe('let-through')
      p.drive(UP)
      expect(standing(p)).toEqual([`closed ${LOT}`, `inside ${LEVEL}`])
      expect(counts(p)).toEqual([1, 1])
    }
  })

  test('one that is over goes nowhere, and one that is let out at another lane goes there, until that lapses', () => {
    const p = park(OFF)
    const gone = ticketInside(p)
    correct(p, gone, { kind: 'close' })
    p.arrive(UP)
    expect(said(p.show(UP, p.ticketOf(gone)))).toBe('stay-over')
    expect(said(p.choose(UP, gone))).toBe('stay-over')
    turnsRound(p, UP)
    const id = carInside(p)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    expect(p.session(id).status).toBe('leaving')
    p.arrive(UP)
    expect(said(p.see(UP, PLATE))).toBe('stay-leaving-elsewhere')
    expect(said(p.choose(UP, id)), 'staff bring it here').toBe('let-through')
    p.drive(UP)
    expect(p.session(id)).toMatchObject({ status: 'inside', place: LEVEL })
    p.loop(CAR_OUT, 'approach', false)
    p.wait(MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, p.ticketOf(id))), 'its way out there is no more').not.toBe('already-accepted')
  })

  test('nor from under an arm that is up for it elsewhere, whoever says so', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.take({ kind: 'barrier-state', lane: CAR_OUT, device: deviceId(`${CAR_OUT}-barrier`), state: 'open', late: false })
    p.loop(CAR_OUT, 'safety', true)
    p.arrive(UP)
    expect(said(p.choose(UP, id))).toBe('stay-leaving-elsewhere')
  })

  test.each([UP, DOWN, RAMP])(
    'a ticket at %s that the books do not know, after a restore, begins its stay where its vehicle stands, and goes on',
    (lane) => {
      const p = park()
      const at = instant(NOON - HOUR_MS)
      const ticket = ticketOf({ id: 'box-1:1:900:s0' as SessionId, entry: { lane: CAR_IN, at } as never }, {})
      p.arrive(lane)
      expect(said(p.show(lane, ticket))).toBe('let-through')
      const from = lane === DOWN ? LEVEL : LOT
      expect([standing(p), counts(p)]).toEqual([[`inside ${from}`], from === LEVEL ? [1, 1] : [1, 0]])
      p.drive(lane)
      const to = lane === DOWN ? LOT : LEVEL
      expect([standing(p), counts(p)]).toEqual([[`inside ${to}`], to === LEVEL ? [1, 1] : [1, 0]])
      expect(p.session(newest(p)).entry).toMatchObject({ at, isFromTicket: true })
    },
  )
})

describe('who holds a pass of the nested place alone', () => {
  const vip = { places: [LEVEL] }

  const inner = { ...charging(PER_HOUR), id: 'inner' as never, places: [LEVEL] }
  test.each([
    ['rates of its own', [charging(PER_HOUR), inner]],
    ['the rates of the lot', [charging(PER_HOUR)]],
  ])(
    'comes in by a ticket, and goes by the pass from the level on, with %s, when its plate is read there; the lot is paid',
    (_, tariffs) => {
      const p = park({ tariffs })
      put(p, 'vip', [PLATE], vip)
      const id = carInside(p)
      expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['plate', 'ticket'])
      p.arrive(UP)
      expect(said(p.see(UP, PLATE))).toBe('let-through')
      p.drive(UP)
      expect(p.session(id).credentials).toContainEqual({ kind: 'right', right: 'vip' })
      p.wait(10 * HOUR_MS)
      p.arrive(DOWN)
      expect(said(p.see(DOWN, PLATE))).toBe('let-through')
      p.drive(DOWN)
      expect(p.session(id).credentials.filter(({ kind }) => kind === 'right')).toHaveLength(1)
      expect(asked(toExit(p)).due.amount, 'an hour of the lot').toBe(25_000)
    },
  )

  test('is asked for the ticket where the plate is known of none, and goes by the pass of that plate', () => {
    const p = park()
    put(p, 'vip', [PLATE], vip)
    const id = ticketInside(p)
    p.arrive(UP)
    expect(said(p.see(UP, PLATE))).toBe('stay-not-found')
    expect(said(p.show(UP, p.ticketOf(id)))).toBe('let-through')
    expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['ticket', 'right'])
  })

  test('of one space parks as a visitor while another stands under it', () => {
    const p = park({ policy: { antiPassback: 'soft' } })
    put(p, 'vip', [PLATE, OTHER], vip)
    for (const plate of [PLATE, OTHER]) {
      const id = carInside(p, plate)
      makeRoom(p)
      p.arrive(UP)
      expect(said(p.see(UP, plate))).toBe('let-through')
      p.drive(UP)
      const isUnder = p.session(id).credentials.some(({ kind }) => kind === 'right')
      expect(isUnder).toBe(plate === PLATE)
    }
  })

  test('whose stay began under a pass of all places goes on under that, by plate or code', () => {
    const p = park()
    put(p, 'all', [PLATE])
    const id = carInside(p)
    p.arrive(UP)
    expect(said(p.show(UP, passNow('all')))).toBe('let-through')
    p.drive(UP)
    expect(p.session(id)).toMatchObject({ place: LEVEL })
    expect(p.session(id).credentials.map(({ kind }) => kind)).toEqual(['plate', 'right'])
    const q = park()
    put(q, 'all', [PLATE])
    const other = carInside(q)
    q.arrive(UP)
    expect(said(q.see(UP, PLATE))).toBe('let-through')
    expect(q.session(other).credentials).toHaveLength(2)
  })

  const isUnderPass = (p: Park, id: SessionId) => p.session(id).credentials.some(({ kind }) => kind === 'right')
  /** Up to the level and down again, by its plate. */
  const upAndDown = (p: Park): void => {
    for (const lane of [UP, DOWN]) {
      p.arrive(lane)
      expect(said(p.see(lane, PLATE))).toBe('let-through')
      p.drive(lane)
      p.wait(HOUR_MS)
    }
  }
  const dueAfterDays = (over: Parameters<typeof put>[3] | null): number => {
    const p = park()
    carInside(p)
    p.wait(5 * DAY_MS)
    if (over !== null) put(p, 'later', [PLATE], { validFrom: instant(NOON - DAY_MS), ...over })
    upAndDown(p)
    return asked(toExit(p)).due.amount
  }

  test.each([
    ['all places', { places: [] }, 0],
    ['the lot', { places: [LOT] }, 0],
    ['both', { places: [LOT, LEVEL] }, 0],
    ['the level alone', vip, 45_000],
  ])(
    'whose plate comes to a pass of %s in mid-stay, good since before the entry, pays for the days in the lot: the way up is no way round that',
    (_, over, hourWithin) => {
      expect(dueAfterDays(null) - dueAfterDays(over)).toBe(hourWithin)
    },
  )

  test('and stood there before it was good pays for that: the pass is not the stay’s where it would cover what was before', () => {
    for (const [validFrom, expected] of [
      [instant(NOON - DAY_MS), false],
      [null, true],
    ] as const) {
      const p = park({ tariffs: [charging(PER_HOUR), inner] })
      const id = carInside(p)
      upAndDown(p)
      p.wait(HOUR_MS)
      put(p, 'vip', [PLATE], { ...vip, validFrom: validFrom ?? p.now().at })
      upAndDown(p)
      expect(isUnderPass(p, id)).toBe(expected)
    }
  })

  test('brings it to no stay of another: neither by a ticket where its plate is known of another stay, nor where that ticket’s stay has another plate', () => {
    const p = park(HARD)
    const friend = ticketInside(p)
    carInside(p)
    p.arrive(UP)
    p.see(UP, PLATE)
    p.drive(UP)
    makeRoom(p)
    p.wait(MINUTE_MS)
    put(p, 'vip', [PLATE], vip)
    p.arrive(UP)
    expect(said(p.see(UP, PLATE))).toBe('stay-open-already')
    expect(said(p.show(UP, p.ticketOf(friend)))).toBe('let-through')
    expect(isUnderPass(p, friend)).toBe(false)

    const q = park()
    const other = carInside(q, OTHER)
    put(q, 'vip', [PLATE], vip)
    q.arrive(UP)
    expect(said(q.see(UP, PLATE))).toBe('stay-not-found')
    expect(said(q.show(UP, q.ticketOf(other)))).toBe('let-through')
    expect(isUnderPass(q, other)).toBe(false)
  })

  test('nor by a copy, of a stay that stands beyond: the days that it has stood there stay due', () => {
    const p = park(OFF)
    const id = ticketUp(p)
    makeRoom(p)
    p.wait(DAY_MS)
    put(p, 'vip', [PLATE], vip)
    p.arrive(UP)
    p.see(UP, PLATE)
    expect(said(p.show(UP, p.ticketOf(id)))).toBe('let-through')
    expect(isUnderPass(p, id)).toBe(false)
  })

  test('has it also where the books began its stay anew from its ticket', () => {
    const p = park()
    const at = instant(NOON - HOUR_MS)
    put(p, 'vip', [PLATE], vip)
    p.arrive(UP)
    p.see(UP, PLATE)
    p.show(UP, ticketOf({ id: 'box-1:1:900:s0' as SessionId, entry: { lane: CAR_IN, at } as never }, {}))
    expect(isUnderPass(p, newest(p))).toBe(true)
  })

  test('of several spaces shown as a code means the vehicle that stands before the lane, and not the one beyond', () => {
    const p = park()
    put(p, 'm', [], { spaces: 2 })
    for (const _ of [1, 2]) {
      p.arrive(CAR_IN)
      p.show(CAR_IN, passNow('m'))
      p.drive(CAR_IN)
      p.wait(MINUTE_MS)
    }
    const [first, second] = p.sessions()
    if (first === undefined || second === undefined) throw new Error('two came in')
    p.arrive(UP)
    expect(said(p.choose(UP, first.id))).toBe('let-through')
    p.drive(UP)
    makeRoom(p)
    p.wait(MINUTE_MS)
    p.arrive(UP)
    expect(said(p.show(UP, passNow('m')))).toBe('let-through')
    p.drive(UP)
    expect(p.session(second.id).place).toBe(LEVEL)
  })

  test('and one plate that came in twice is the stay that stands before the lane', () => {
    const p = park(OFF)
    const first = carInside(p)
    p.wait(MINUTE_MS)
    const second = carInside(p)
    p.arrive(UP)
    expect(said(p.choose(UP, second))).toBe('let-through')
    p.drive(UP)
    p.wait(MINUTE_MS)
    makeRoom(p)
    p.arrive(UP)
    expect(said(p.see(UP, PLATE))).toBe('let-through')
    p.drive(UP)
    expect([p.session(first).place, p.session(second).place]).toEqual([LEVEL, LEVEL])
  })
})

describe('a stay that is in the nested place already, shown again at its entry', () => {
  test.each([
    ['hard', HARD, 'stay-open-already', ['second-entry']],
    ['soft', SOFT, 'let-through', ['second-entry']],
    ['off', OFF, 'let-through', []],
  ] as const)('by its ticket, its plate or a wallet: anti-passback %s', (_, settings, expected, cases) => {
    const p = park(settings)
    const id = ticketUp(p)
    makeRoom(p)
    p.wait(MINUTE_MS)
    p.arrive(UP)
    expect(said(p.show(UP, p.ticketOf(id)))).toBe(expected)
    if (expected === 'let-through') p.drive(UP)
    expect(standing(p)).toEqual([`inside ${LEVEL}`])
    expect(p.cases()).toEqual(cases)

    const q = park(settings)
    carInside(q)
    q.arrive(UP)
    q.see(UP, PLATE)
    q.drive(UP)
    makeRoom(q)
    q.wait(MINUTE_MS)
    q.arrive(UP)
    expect(said(q.see(UP, PLATE))).toBe(expected)
    expect(q.cases()).toEqual(cases)

    const r = park(settings)
    r.arrive(CAR_IN)
    r.show(CAR_IN, payNow(r, 'a'))
    r.drive(CAR_IN)
    r.arrive(UP)
    expect(said(r.show(UP, payNow(r, 'b')))).toBe('let-through')
    r.drive(UP)
    makeRoom(r)
    r.wait(MINUTE_MS)
    r.arrive(UP)
    expect(said(r.show(UP, payNow(r, 'c')))).toBe(expected)
    expect(r.cases()).toEqual(cases)
  })

  test('by its pass: it is inside already; and a driver who tries five times is one case', () => {
    const p = park(HARD)
    put(p, 'm', [])
    p.arrive(CAR_IN)
    p.show(CAR_IN, passNow('m'))
    p.drive(CAR_IN)
    p.arrive(UP)
    p.show(UP, passNow('m'))
    p.drive(UP)
    makeRoom(p)
    p.wait(MINUTE_MS)
    p.arrive(UP)
    for (const _ of [1, 2, 3]) expect(said(p.show(UP, passNow('m')))).toBe('pass-already-inside')
    expect(p.cases()).toEqual(['second-entry'])
  })

  test('is refused where the place is full, also by a copy: who stands before the lane needs a space', () => {
    for (const settings of [SOFT, OFF]) {
      const p = park(settings)
      const id = ticketUp(p)
      p.wait(MINUTE_MS)
      p.arrive(UP)
      expect(said(p.show(UP, p.ticketOf(id)))).toBe('place-full')
    }
  })

  test('staff who choose it let it go on, with a case; the stay and the counts stay what they are', () => {
    const p = park(HARD)
    const id = ticketUp(p)
    p.take({ kind: 'occupancy-corrected', place: LEVEL, vehicleClass: CAR, count: 0, reason: 'counted' })
    p.wait(MINUTE_MS)
    p.arrive(UP)
    expect(said(p.choose(UP, id))).toBe('let-through')
    p.drive(UP)
    expect([standing(p), counts(p), p.cases()]).toEqual([[`inside ${LEVEL}`], [1, 0], ['second-entry']])
  })

  test('whom staff let pass once more passes once, without a case', () => {
    const p = park(HARD)
    const id = ticketUp(p)
    makeRoom(p)
    p.wait(MINUTE_MS)
    correct(p, id, { kind: 'passback-reset' })
    p.arrive(UP)
    expect(said(p.show(UP, p.ticketOf(id)))).toBe('let-through')
    p.drive(UP)
    expect(p.cases()).toEqual([])
    p.wait(MINUTE_MS)
    p.arrive(UP)
    expect(said(p.show(UP, p.ticketOf(id))), 'not twice').toBe('stay-open-already')
  })

  test('for whom staff have opened by hand it goes on by that, full or not, with a case', () => {
    const p = park(HARD)
    const id = ticketUp(p)
    p.wait(MINUTE_MS)
    p.arrive(UP)
    p.take({ kind: 'open-by-hand', lane: UP, reason: 'it stands there' })
    expect(said(p.show(UP, p.ticketOf(id)))).toBe('let-through')
    p.drive(UP)
    expect([standing(p), p.cases()]).toEqual([[`inside ${LEVEL}`], ['second-entry']])
  })
})

describe('at the way out of a nested place a stay that is not in it', () => {
  test.each([
    ['hard', HARD, 'stay-not-inside', ['exit-without-entry']],
    ['soft', SOFT, 'let-through', ['exit-without-entry']],
    ['off', OFF, 'let-through', []],
  ] as const)('by its ticket: anti-passback %s', (_, settings, expected, cases) => {
    const p = park(settings)
    const beyond = ticketUp(p)
    const id = ticketInside(p)
    p.arrive(DOWN)
    expect(said(p.show(DOWN, p.ticketOf(id)))).toBe(expected)
    if (expected === 'let-through') p.drive(DOWN)
    expect([standing(p), counts(p)]).toEqual([
      [`inside ${LEVEL}`, `inside ${LOT}`],
      [2, 1],
    ])
    expect(p.cases()).toEqual(cases)
    turnsRound(p, DOWN)
    p.arrive(DOWN)
    expect(said(p.show(DOWN, p.ticketOf(beyond))), 'whose stay is there gets out').toBe('let-through')
    p.drive(DOWN)
    expect(counts(p)).toEqual([2, 0])
  })

  test('by its pass says so of the pass, and staff who have looked let it go on: nobody is locked in', () => {
    const p = park(HARD)
    put(p, 'm', [])
    p.arrive(CAR_IN)
    p.show(CAR_IN, passNow('m'))
    p.drive(CAR_IN)
    const id = newest(p)
    p.arrive(DOWN)
    expect(said(p.show(DOWN, passNow('m')))).toBe('pass-not-inside')
    expect(said(p.choose(DOWN, id))).toBe('let-through')
    p.drive(DOWN)
    expect([standing(p), counts(p), p.cases()]).toEqual([[`inside ${LOT}`], [1, 0], ['exit-without-entry']])
    p.wait(MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, passNow('m'))), 'and to the street as ever').toBe('let-through')
  })

  test('a plate that no stay is known by is a case, which ends when the ticket is found', () => {
    const p = park()
    const id = ticketUp(p)
    p.wait(DAY_MS)
    p.arrive(DOWN)
    expect(said(p.see(DOWN, PLATE))).toBe('stay-not-found')
    expect(p.cases()).toEqual(['exit-without-entry'])
    expect(said(p.show(DOWN, p.ticketOf(id)))).toBe('let-through')
    expect(p.cases(), 'nobody has to look any more').toEqual([])
  })

  test('a way that was given is given once: who shows it again drives on', () => {
    const p = park()
    const id = ticketUp(p)
    p.arrive(DOWN)
    p.show(DOWN, p.ticketOf(id))
    expect(said(p.show(DOWN, p.ticketOf(id)))).toBe('already-accepted')
  })
})

describe('at the way out of a nested place nobody pays, owes or is let off', () => {
  /** A car that came in by a wallet. */
  const walletInside = (p: Park): SessionId => {
    p.arrive(CAR_IN)
    p.show(CAR_IN, payNow(p, 'in'))
    p.drive(CAR_IN)
    return newest(p)
  }
  const carUp = (p: Park): SessionId => {
    const id = carInside(p)
    p.arrive(UP)
    p.see(UP, PLATE)
    p.drive(UP)
    return id
  }

  test('a wallet goes on as its stay, and pays the whole of it at the street', () => {
    const p = park(HARD)
    const id = walletInside(p)
    p.arrive(UP)
    p.show(UP, payNow(p, 'up'))
    p.drive(UP)
    p.wait(3 * HOUR_MS)
    p.arrive(DOWN)
    expect(said(p.show(DOWN, payNow(p, 'down', { sub: 'somebody else' })))).toBe('stay-not-found')
    const out = p.show(DOWN, payNow(p, 'down-2'))
    expect([said(out), out.documents, told(out)]).toEqual(['let-through', [], ['open', 'drive-on']])
    p.drive(DOWN)
    expect([standing(p), counts(p), p.charges()]).toEqual([[`inside ${LOT}`], [1, 0], []])
    p.wait(MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(p.show(CAR_OUT, payNow(p, 'out')).outcome).toMatchObject({ kind: 'paid', amount: { amount: 120_000 } })
    expect(p.session(id).status).toBe('leaving')
  })

  test.each([
    ['hard', HARD, 'stay-not-inside', ['exit-without-entry']],
    ['soft', SOFT, 'let-through', ['exit-without-entry']],
    ['off', OFF, 'let-through', []],
  ] as const)(
    'a wallet whose stay stands in the lot: anti-passback %s, and no count moves',
    (_, settings, expected, cases) => {
      const p = park(settings)
      ticketUp(p)
      walletInside(p)
      p.arrive(DOWN)
      expect(said(p.show(DOWN, payNow(p, 'down')))).toBe(expected)
      if (expected === 'let-through') p.drive(DOWN)
      expect([standing(p), counts(p), p.cases()]).toEqual([[`inside ${LEVEL}`, `inside ${LOT}`], [2, 1], cases])
    },
  )

  test('a way out into the street moves no stay that stands in another place: it is asked by where it stood, and a case; when it leaves nothing of it is left there', () => {
    for (const settings of [HARD, OFF]) {
      const p = park(settings)
      const id = ticketUp(p)
      p.wait(3 * HOUR_MS)
      p.arrive(CAR_OUT)
      const { due } = asked(p.show(CAR_OUT, p.ticketOf(id)))
      p.reverse(CAR_OUT)
      p.wait(MINUTE_MS)
      const cases = settings === HARD ? ['exit-without-entry'] : []
      expect([standing(p), counts(p), p.cases()], 'a copy was shown').toEqual([[`inside ${LEVEL}`], [1, 1], cases])
      p.arrive(DOWN)
      expect(said(p.show(DOWN, p.ticketOf(id))), 'its holder').toBe('let-through')
      p.reverse(DOWN)
      p.wait(HOUR_MS)
      p.due()
      p.arrive(CAR_OUT)
      expect(asked(p.show(CAR_OUT, p.ticketOf(id))).due.amount).toBeGreaterThan(due.amount)
      expect(said(p.show(CAR_OUT, payNow(p, 'out')))).toBe('paid')
      p.drive(CAR_OUT)
      expect([p.session(id).status, counts(p), p.cases()]).toEqual(['left', [0, 0], cases])
    }
  })

  test('a supervisor’s word lets a stay go on and waives nothing: all of it is asked at the street', () => {
    const p = park(HARD)
    const id = carUp(p)
    p.wait(3 * HOUR_MS)
    p.arrive(DOWN)
    p.see(DOWN, PLATE)
    p.wait(HOUR_MS)
    p.due()
    p.due()
    expect(p.lane(DOWN).visit?.session).toBe(id)
    const on = p.show(DOWN, overrideNow(p, 'o'))
    expect([said(on), changed(on).includes('token-spent')]).toEqual(['let-through', true])
    const again = p.show(DOWN, overrideNow(p, 'again'))
    expect([said(again), changed(again).includes('token-spent')]).toEqual(['already-accepted', false])
    p.drive(DOWN)
    expect([standing(p), counts(p), p.charges()]).toEqual([[`inside ${LOT}`], [1, 0], []])
    p.wait(MINUTE_MS)
    expect(asked(toExit(p)).due.amount).toBe(165_000)
  })

  test('also one that the books have elsewhere: with the case, and counted where it is', () => {
    const p = park(HARD)
    carInside(p)
    p.arrive(DOWN)
    expect(said(p.see(DOWN, PLATE))).toBe('stay-not-inside')
    expect(said(p.show(DOWN, overrideNow(p, 'o')))).toBe('let-through')
    p.drive(DOWN)
    expect([standing(p), counts(p), p.cases()]).toEqual([[`inside ${LOT}`], [1, 0], ['exit-without-entry']])
  })

  test('and at the way in, full or not: the stay goes on to where its vehicle is', () => {
    for (const lane of [UP, RAMP]) {
      const p = park(HARD)
      ticketUp(p)
      carInside(p)
      p.arrive(lane)
      expect(said(p.see(lane, PLATE))).toBe('place-full')
      expect(said(p.show(lane, overrideNow(p, 'o')))).toBe('let-through')
      p.drive(lane)
      expect([standing(p), counts(p), p.cases()]).toEqual([[`inside ${LEVEL}`, `inside ${LEVEL}`], [2, 2], []])
    }
  })

  test('a stay that cannot go there stays what it is: the word opens as for whom no stay is known', () => {
    const p = park(HARD)
    const id = carInside(p)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.arrive(UP)
    expect(said(p.see(UP, PLATE))).toBe('stay-leaving-elsewhere')
    const opened = p.show(UP, overrideNow(p, 'o'))
    expect([said(opened), told(opened)]).toEqual(['let-through', ['open', 'goodbye']])
    expect([p.session(id).status, p.cases()]).toEqual(['leaving', ['exit-without-entry']])
  })

  test('staff let nobody owe there', () => {
    const p = park(HARD)
    carUp(p)
    p.wait(3 * HOUR_MS)
    p.arrive(DOWN)
    p.see(DOWN, PLATE)
    p.wait(HOUR_MS)
    p.due()
    p.due()
    expect(said(p.take({ kind: 'leave-on-debt', lane: DOWN, reason: 'no money' }))).toBe('nothing-due')
    expect(p.charges()).toEqual([])
  })
})

describe('a stay that the books have on the level leaves past its lane by the street', () => {
  const past = (settings: ParkSettings, leave: (p: Park, id: SessionId) => void) => {
    const p = park(settings)
    const id = ticketUp(p)
    p.wait(HOUR_MS)
    leave(p, id)
    expect(p.session(id).status).toBe('left')
    return p.cases().filter((kind) => kind === 'exit-without-entry')
  }
  const byHand = (p: Park, id: SessionId): void => {
    p.arrive(CAR_OUT)
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'lost ticket' })
    p.show(CAR_OUT, p.ticketOf(id))
    p.drive(CAR_OUT)
  }
  const afterwards = (p: Park, id: SessionId): void => {
    p.take({
      kind: 'late-evidence',
      lane: CAR_OUT,
      what: 'let-out',
      saidAt: p.now().at,
      handedInAt: p.now().at,
      ticket: p.ticketOf(id),
      plate: null,
      vehicleClass: null,
      cash: null,
      reason: 'the box was dead',
    })
  }

  test.each([
    ['an opening by hand', byHand],
    ['late evidence', afterwards],
  ])('and by %s too it is a case, once, where anti-passback is not off', (_how, leave) => {
    expect(past(HARD, leave)).toEqual(['exit-without-entry'])
    expect(past(SOFT, leave)).toEqual(['exit-without-entry'])
    expect(past(OFF, leave)).toEqual([])
  })

  test('asked at the exit before it is opened by hand it is that one case', () => {
    const asks = (p: Park, id: SessionId): void => {
      p.arrive(CAR_OUT)
      p.show(CAR_OUT, p.ticketOf(id))
      p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'no change' })
      p.drive(CAR_OUT)
    }
    expect(past(HARD, asks)).toEqual(['exit-without-entry'])
  })

  test('and what staff have ended comes back by no asking anew, and by no ticket that is shown once more', () => {
    const p = park(HARD)
    const id = ticketUp(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    const show = () => p.show(CAR_OUT, p.ticketOf(id)).outcome
    expect(show()).toMatchObject({ kind: 'amount-asked' })
    const [case_] = p.casesNow()
    if (case_ === undefined) throw new Error('a case is open')
    p.take({ kind: 'case-ended', case: case_.id, reason: 'it drove past the lane' })
    p.wait(HOUR_MS)
    p.due()
    expect(p.cases()).toEqual([])
    expect(show()).toMatchObject({ kind: 'amount-asked' })
    expect(p.cases()).toEqual([])
    p.reverse(CAR_OUT)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    show()
    expect(p.cases(), 'another visit').toEqual(['exit-without-entry'])
  })
})
