import type { Actor, EventBody } from '../../core/events.ts'
import type { LaneId, RightId, SessionId } from '../../core/ids.ts'
import { deviceId, laneId, merchantId, placeId, vehicleClass } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import { money, VND } from '../../core/money.ts'
import type { RightTerms } from '../../core/parking/events.ts'
import type { ParkingLayout, ParkingPolicy } from '../../core/parking/place.ts'
import type { Tariff } from '../../core/parking/tariff.ts'
import { tariffId } from '../../core/parking/tariff.ts'
import type { Device, Lane } from '../../core/site.ts'
import type { LocalDay, Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS } from '../../core/time.ts'
import type { PresentedToken, TicketToken } from '../../core/tokens.ts'
import type { BooksSettings, Committed } from '../../db/books.ts'
import * as tables from '../../db/schema.ts'
import { PARKING_POLICY as ORDINARY_POLICY } from '../support/car-park.ts'
import type { TestBooks } from './kit.ts'
import { at, event, GATEWAY, hashOf, ISSUER, LAYOUT, NOON, POLICY, SETTINGS, SITE } from './kit.ts'

/** The market's car park: one lot with an entry and an exit, cars by the hour. */
export const PARK_IN = laneId('park-in')
export const PARK_OUT = laneId('park-out')
export const LOT = placeId('lot')
export const CAR = vehicleClass('car')
export const PRICE = 25_000

const lane = (id: LaneId, direction: Lane['direction']): Lane => ({
  id,
  name: id,
  direction,
  merchant: merchantId('park'),
  price: null,
  takes: ['pay', 'holder', 'pass', 'ticket', 'override'],
  failSafe: 'closed',
})

export const PARKING: ParkingLayout = {
  vehicleClasses: [{ id: CAR, vi: 'Ô tô', en: 'Car' }],
  places: [{ id: LOT, name: 'Bãi chính', parent: null, capacities: [{ vehicleClasses: [CAR], spaces: 300 }] }],
  lanes: [PARK_IN, PARK_OUT].map((id) => ({
    lane: id,
    inside: LOT,
    outside: null,
    vehicleClasses: [CAR],
    entryBy: ['ticket', 'plate', 'pass', 'token'],
    barrier: 'arm',
    plateConfidenceMinPermille: 800,
    unpaid: 'wait',
    isFullRefused: true,
  })),
  merchant: merchantId('park'),
}

export const BAKERY = merchantId('bakery')

export const PARKING_POLICY: ParkingPolicy = {
  ...ORDINARY_POLICY,
  validations: [{ merchant: BAKERY, minutesMax: 60, amountMax: 5_000, basisPointsMax: 0, dayMax: 3 }],
}

const TARIFF: Tariff = {
  id: tariffId('cars'),
  version: '2018-01',
  name: { vi: 'Ô tô', en: 'Cars' },
  currency: VND,
  validFrom: '2018-01-01' as LocalDay,
  validTo: null,
  places: [LOT],
  bands: [],
  rounding: { to: 1_000, mode: 'up' },
  graceMinutes: 15,
  rateTables: [
    {
      vehicleClasses: [CAR],
      freeMinutes: { minutes: 0, longerStays: 'pay-from-entry' },
      rateLines: [{ band: 'any', rate: { kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price: PRICE }] } }],
      capPerDay: null,
      capPerStay: null,
    },
  ],
  specialDays: [],
  passes: [
    {
      id: 'month',
      name: { vi: 'Vé tháng', en: 'A month' },
      vehicleClasses: [CAR],
      months: 1,
      covers: 'day-and-night',
      price: 1_500_000,
    },
  ],
}

export const RIGHT: RightTerms = {
  id: 'pass-1' as RightId,
  kind: 'pass',
  status: 'active',
  holder: 'customer-17',
  places: [LOT],
  vehicleClasses: [CAR],
  spaces: 1,
  validFrom: later(NOON, -DAY_MS),
  validUntil: later(NOON, 30 * DAY_MS),
  hours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 24 * 60 }],
  session: null,
  relief: { kind: 'covers' },
}

const device = (id: string, kind: string, on: LaneId, role: Device['role'] = null): Device => ({
  id: deviceId(id),
  driver: kind,
  kind,
  delivery: 'repeatable',
  place: { kind: 'lane', id: on },
  role,
  status: 'active',
})

const PARK_DEVICES: readonly Device[] = [PARK_IN, PARK_OUT].flatMap((on) => [
  device(`${on}-barrier`, 'barrier', on),
  device(`${on}-loop`, 'loop', on, 'approach'),
  device(`${on}-under`, 'loop', on, 'safety'),
  device(`${on}-camera`, 'camera', on),
  device(`${on}-display`, 'display', on),
])

export type CarPark = {
  /** One event at a time, a moment after the one before. */
  commit(body: EventBody, more?: { readonly now?: Now; readonly mode?: Mode; readonly person?: boolean }): Committed
  now(): Now
  wait(ms: number): void
  arrive(on: LaneId): void
  see(on: LaneId, plate: string, confidencePermille?: number, picture?: string | null): Committed
  show(on: LaneId, token: PresentedToken): Committed
  /** The arm goes up, the vehicle goes under it, and the arm comes down. */
  pass(on: LaneId): void
  /** Drives away without passing. */
  turnRound(on: LaneId): void
  /** In by plate: arrives, is read, passes. */
  enter(plate: string): Committed
}

/** Books with the car park in their layout, and what happens in it. */
export function carPark(site: TestBooks, from: Now = at(), isSetUp = false): CarPark {
  let now = from
  let count = 0

  const park: CarPark = {
    commit(body, more = {}) {
      count += 1
      now = timeAt(later(now.at, 400), now)
      const id = `park-${from.at}-${count}`
      const actor: Actor =
        more.person === true
          ? { kind: 'client', id: 'gate-1', role: 'operator' }
          : { kind: 'device', id: 'test', role: null }
      const told = event(id, body, more.now ?? now, { actor, ...(more.mode === undefined ? {} : { mode: more.mode }) })
      const [result] = site.commit([told], more.now ?? now)
      if (result === undefined) throw new Error('nothing was committed')
      return result
    },
    now: () => now,
    wait(ms) {
      now = timeAt(later(now.at, ms), now)
    },
    arrive: (on) => {
      loop(on, 'approach', true)
    },
    see: (on, plate, confidencePermille = 950, picture = `snapshot-of-${plate}`) =>
      park.commit({
        kind: 'plate-seen',
        lane: on,
        device: deviceId(`${on}-camera`),
        readings: [{ text: plate, confidencePermille }],
        picture,
        late: false,
      }),
    show: (on, token) =>
      park.commit({
        kind: 'scan',
        place: { kind: 'lane', id: on },
        reader: null,
        token,
        evidence: `evidence-of-${token.jti}`,
      }),
    pass(on) {
      arm(on, 'open')
      loop(on, 'safety', true)
      loop(on, 'approach', false)
      loop(on, 'safety', false)
      waitOut(on, 'close-due')
      arm(on, 'closed')
    },
    turnRound(on) {
      loop(on, 'approach', false)
      waitOut(on, 'barrier-answer', 'passage-due', 'close-due')
    },
    enter(plate) {
      park.arrive(PARK_IN)
      const result = park.see(PARK_IN, plate)
      park.pass(PARK_IN)
      return result
    },
  }
  if (!isSetUp) setUpPark()
  return park

  function setUpPark(): void {
    const head = { version: { epoch: 1, n: 2 }, issuedAt: '2026-11-21T05:00:00Z' }
    const lanes = [...LAYOUT.lanes, lane(PARK_IN, 'entry'), lane(PARK_OUT, 'exit')]
    const bundles = {
      layout: { ...head, layout: { ...LAYOUT, lanes, parking: PARKING } },
      policy: { ...head, policy: { ...POLICY, parking: PARKING_POLICY } },
      tariffs: { ...head, tariffs: [TARIFF] },
    } as const
    for (const [kind, content] of Object.entries(bundles)) {
      const text = JSON.stringify(content)
      const bundle = kind as keyof typeof bundles
      site.books.storeBundle(bundle, hashOf(text), text, now)
      park.commit({ kind: 'bundle-loaded', bundle, version: head.version, hash: hashOf(text), issuedAt: from.at })
    }
    for (const each of PARK_DEVICES) park.commit({ kind: 'device-enrolled', device: each })
  }

  function loop(on: LaneId, role: 'approach' | 'safety', occupied: boolean): void {
    const name = deviceId(role === 'approach' ? `${on}-loop` : `${on}-under`)
    park.commit({ kind: 'loop', lane: on, device: name, role, occupied, late: false })
  }

  function arm(on: LaneId, state: 'open' | 'closed'): void {
    park.commit({ kind: 'barrier-state', lane: on, device: deviceId(`${on}-barrier`), state, late: false })
  }

  function waitOut(on: LaneId, ...purposes: readonly string[]): void {
    now = timeAt(later(now.at, MINUTE_MS), now)
    for (const { timer, key } of site.books.timers(200)) {
      if (!purposes.includes(timer.purpose) || !('lane' in timer) || timer.lane !== on) continue
      const actor: Actor = { kind: 'gateway', id: 'timer', role: null }
      site.commit([event(key, { kind: 'timer', timer }, now, { principal: 'gateway:timer', actor })], now)
    }
  }
}

const OWN_TICKETS = { ...ISSUER, iss: `urn:tolbooth:${SITE}:gateway:${GATEWAY}`, kinds: ['ticket'] as const }

/** Books that take the tickets which this gateway signs, beside the wallet's tokens. */
export const WITH_TICKETS: Partial<BooksSettings> = {
  readers: {
    ...SETTINGS.readers,
    keySet: () => ({
      issuer: (iss) => [ISSUER, OWN_TICKETS].find((each) => each.iss === iss) ?? null,
      key: () => ({ kid: 'k1', thumbprint: 't1', from: instant(0), until: null, revoked: false }),
      takesCodes: () => true,
    }),
  },
}

/** The ticket of the first stay. */
export function ticketFor(site: TestBooks, park: CarPark): TicketToken {
  const [open] = site.open.db.select().from(tables.session).all()
  const session = String(open?.id) as SessionId
  const { at: now } = park.now()
  return {
    kind: 'ticket',
    key: { issuer: OWN_TICKETS.iss, kid: 'k1', thumbprint: 't1' },
    iss: OWN_TICKETS.iss,
    sub: session,
    aud: [`urn:tolbooth:${SITE}`],
    iat: now,
    nbf: now,
    exp: later(now, DAY_MS),
    jti: 'd1',
    session,
    lane: PARK_IN,
    enteredAt: now,
  }
}

/** A bit of everything that a car park sees, so that none of its tables stays empty. */
export function parkThroughADay(site: TestBooks, from: Now = at()): void {
  const park = carPark(site, from)
  const must = (result: Committed): Committed => {
    if (result.kind !== 'committed' || !result.outcome.ok) throw new Error(JSON.stringify(result))
    return result
  }
  must(park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true }))
  // One pass is sold and waits to be paid, another is paid and ends by a refund.
  const offer = { tariff: 'cars', pass: 'month', vehicleClass: CAR, months: 1 }
  const sold = { kind: 'pass-sold', sells: 'issue', offer, holder: 'Bà Hai', plates: ['30G-135.79'] } as const
  must(park.commit({ ...sold, right: 'sold-1' as RightId, cash: null }, { person: true }))
  const price = { tender: 'cash', amount: money(1_500_000, VND) } as const
  const paidPass = must(park.commit({ ...sold, right: 'sold-2' as RightId, cash: price }, { person: true }))
  if (paidPass.kind !== 'committed' || !paidPass.outcome.ok || paidPass.outcome.kind !== 'pass-sold')
    throw new Error('no pass was sold')
  const { charge: ofPass } = paidPass.outcome
  must(
    park.commit(
      { kind: 'refund', charge: ofPass, amount: money(10_000, VND), reason: 'moved away', confirmed: true },
      { person: true },
    ),
  )
  must(
    park.commit(
      { kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 7, reason: 'counted by hand' },
      { person: true },
    ),
  )

  // Comes, stays for an hour, pays at the exit and goes.
  must(park.enter('30A-123.45'))
  must(park.enter('30F-246.80'))
  must(park.enter('29C-777.77'))
  park.wait(HOUR_MS)
  park.arrive(PARK_OUT)
  must(park.see(PARK_OUT, '30A-123.45'))
  const asked = site.books.laneState(PARK_OUT)?.visit?.asked ?? null
  if (asked === null) throw new Error('nothing was asked of who stands at the exit')
  must(
    park.commit(
      { kind: 'cash-taken', charge: asked.charge, tender: 'cash', amount: money(asked.due.amount, VND) },
      { person: true },
    ),
  )
  const paid = site.books.laneState(PARK_OUT)?.visit?.session ?? null
  if (paid === null) throw new Error('nobody stands at the exit')
  // Staff let out whoever has just paid them, where the lane has not done so by itself.
  if (site.books.laneState(PARK_OUT)?.phase.kind === 'vehicle-present')
    must(park.commit({ kind: 'session-chosen', lane: PARK_OUT, session: paid, reason: 'has paid' }, { person: true }))
  park.pass(PARK_OUT)
  // Has no money, and leaves on debt.
  park.arrive(PARK_OUT)
  must(park.see(PARK_OUT, '29C-777.77'))
  must(park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money with her' }, { person: true }))
  park.pass(PARK_OUT)
  // Never came in, as far as the books know.
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '51G-999.99')
  park.turnRound(PARK_OUT)
  // The bank tells of money of which nobody knows what it is for.
  const transfer = { reference: 'FT26325000001', amount: money(PRICE, VND), text: 'gui xe', toldAt: null }
  must(park.commit({ kind: 'credit-by-text', ...transfer }, { person: true }))
}

/** A time on the clock of `like`: Hanoi is seven hours ahead. */
function timeAt(when: Now['at'], like: Now): Now {
  const local = new Date(when + 7 * HOUR_MS)
  return {
    at: when,
    trust: like.trust,
    local: {
      day: local.toISOString().slice(0, 10) as LocalDay,
      weekday: local.getUTCDay() === 0 ? 7 : local.getUTCDay(),
      minuteOfDay: local.getUTCHours() * 60 + local.getUTCMinutes(),
    },
  }
}
