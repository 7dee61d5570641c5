import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { EventBody } from '../../core/events.ts'
import type { ChargeId, LaneId, RightId, SessionId } from '../../core/ids.ts'
import { merchantId } from '../../core/ids.ts'
import type { Passage } from '../../core/lane/state.ts'
import type { LaneParkingFacts, RightFacts, ShownFacts, StayFacts } from '../../core/parking/facts.ts'
import { DEBTS_READ_MAX } from '../../core/parking/facts.ts'
import { sameVisit } from '../../core/parking/late-evidence.ts'
import { readPlate } from '../../core/parking/plate.ts'
import type { SaleFacts } from '../../core/parking/sale.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import { createParkingReader } from '../../db/parking-facts.ts'
import type { ParkingLookUps, Shown } from '../../db/parking-look-ups.ts'
import { SHOWN_NOTHING, WHAT_STANDS_THERE } from '../../db/parking-look-ups.ts'
import { createProjector } from '../../db/project.ts'
import type { Pseudonyms } from '../../db/pseudonyms.ts'
import { ALWAYS, BOX, NOON, passToken, payToken, STEPPED, SYNCED, vnd } from '../core/kit.ts'
import type { Park, ParkSettings } from '../core/parking/park.ts'
import { CAR_IN, CAR_OUT, GATE, park, plateValue, RAMP } from '../core/parking/park.ts'
import { doStep, HANDED_IN, LANES, PLATES, pickOf, someSite, stepsOf, WHAT } from '../core/parking/random-steps.ts'
import { BIKE, CAR, LOT, TWO_PRICES, table, tariff } from '../core/parking/tariff-kit.ts'
import { recordOf } from './changes-record.ts'
import type { TestBooks } from './kit.ts'
import { openSite } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * The rules of a car park are tested over look-ups in memory (test/core/parking/park.ts) and run over those in SQLite (db/parking-facts.ts). Here one car park is written to both,
 * change by change, and both are asked the same.
 */

const PLATE = '30A-123.45'
const OTHER = '51G-000.11'
const MERCHANTS = [merchantId('bakery'), merchantId('car-park')]

const opened: TestBooks[] = []
afterEach(() => {
  for (const site of opened.splice(0)) site.open.close()
})

/** Everybody goes by the name that the car park in memory gives: how pseudonyms are made is tested with them. */
const NAMES: Pseudonyms = {
  plate(text) {
    const [read, value] = [readPlate(text), plateValue(text)]
    if (!read.ok || value === null) return null
    return { text: read.plate.text, ofPeriod: () => value, ofRights: () => value, everywhere: () => [value] }
  },
  tailEverywhere: (part) => [part],
  payer: (text) => ({ ref: `payer:${subOf(text)}`, mac: subOf(text) }),
  payerEverywhere: (text) => [subOf(text)],
  freshSalt: () => 'salt',
  periodOf: () => '2026-11',
  periodEnd: ({ at }) => instant(at + DAY_MS),
  forget: () => undefined,
}

function subOf(text: string): string {
  const [, sub] = JSON.parse(text) as readonly [string, string]
  return sub
}

type Both = {
  readonly p: Park
  /** Asks both about this vehicle at this lane, and about all that stands open or is over. */
  compareAt(lane: LaneId, shown: Shown): void
  /** Asks both all that may be asked of what is there. */
  compare(): void
}

function bothParks(settings: ParkSettings = {}, site = openSite(temporaryFolder())): Both {
  if (!opened.includes(site)) opened.push(site)
  const { $client: client } = site.open.db
  // Nothing here is about what a power cut leaves: one transaction for all.
  if (client.inTransaction) client.exec('ROLLBACK')
  client.exec('BEGIN')
  const projector = createProjector(site.open.db)
  const reader = createParkingReader(site.open.db, NAMES)
  const p = park({ ...settings, written: (changes, seq) => projector.project(recordOf(seq, changes)) })

  function books(): ParkingLookUps {
    const rules = { layout: p.layout, policy: p.policy, tariffs: p.inForce() }
    return reader.at(() => rules, 'live', { gateway: BOX, epoch: 1, seq: 1_000_000 }, p.now())
  }

  function same<Facts>(ask: (look: ParkingLookUps) => Facts, about: string): void {
    expect(ask(books()), about).toEqual(ask(p.look))
  }

  function compareAt(lane: LaneId, shown: Shown): void {
    const state = p.lane(lane)
    const { phase } = state
    const current: Passage | null =
      'passage' in phase && phase.passage !== null ? (p.passages.get(phase.passage) ?? null) : null
    same((look) => laneOf(look.lane(lane, state, current, shown), p), `${lane}: ${JSON.stringify(shown)}`)
    same((look) => shownOf(look.shown(shown), p), JSON.stringify(shown))
    same((look) => look.casesAt(lane), `cases at ${lane}`)
    same((look) => occupancyOf(look), 'occupancy')
  }

  function compareStay(id: SessionId): void {
    same((look) => stayOf(look.stay(id)), `stay ${id}`)
    for (const at of [p.session(id).entry.at, later(p.now().at, -MINUTE_MS)])
      same((look) => look.whereabouts(id, at), `where ${id} is, asked of ${at}`)
    const { charge } = p.session(id)
    if (charge === null) return
    same((look) => look.chargeOf(charge).charge, `charge ${charge}`)
    same((look) => stayOf(look.chargeOf(charge).stay), `stay of ${charge}`)
    same((look) => look.laneOf(id, charge), `lane of ${id}`)
  }

  return {
    p,
    compareAt,
    compare() {
      const stays = p.sessions()
      const plates = PLATES.map((plate): Shown => ({ ...WHAT_STANDS_THERE, plates: [plate] }))
      const shown: readonly Shown[] = [
        SHOWN_NOTHING,
        WHAT_STANDS_THERE,
        ...plates,
        { ...WHAT_STANDS_THERE, plates: ['no plate', PLATE, OTHER], picture: 'a.jpg' },
        { ...WHAT_STANDS_THERE, token: payToken('x', { sub: 'payer-1' }) },
        { ...WHAT_STANDS_THERE, token: passToken('pass-0', { vehicleClass: CAR }) },
        ...stays.slice(-12).flatMap(({ id }): Shown[] => [
          { ...WHAT_STANDS_THERE, session: id },
          { ...WHAT_STANDS_THERE, token: p.ticketOf(id) },
        ]),
      ]
      for (const each of shown) for (const lane of LANES) compareAt(lane, each)
      for (const { id } of stays) compareStay(id)
      for (const plate of PLATES)
        for (const { entry } of stays.slice(-6))
          for (const what of ['let-in', 'let-out'] as const)
            for (const at of [entry.at, later(entry.at, 20 * MINUTE_MS), p.now().at])
              same((look) => stayOf(look.leftBy(plate, sameVisit(what, at))), `${plate} has left, ${what} ${at}`)
      for (const id of p.sales.keys()) same((look) => saleOf(look.chargeOf(id).sale), `sale for ${id}`)
      for (const id of p.rights.keys()) {
        same((look) => rightOf(look.right(id)), `right ${id}`)
        same((look) => look.lanesOfRight(id, null), `lanes of ${id}`)
        for (const { id: stay } of stays.slice(-4))
          same((look) => look.lanesOfRight(id, stay), `lanes of ${id}, ${stay}`)
      }
      for (const {
        charge: { id },
      } of p.charges())
        same((look) => look.laneOf(null, id), `lane that asks for ${id}`)
      for (const { id } of p.casesNow()) same((look) => look.staffCase(id), `case ${id}`)
      for (const reference of ['0', 'nobody', ...p.credits.keys()])
        same((look) => look.credit(reference), `credit ${reference}`)
      for (const merchant of [undefined, ...MERCHANTS])
        same((look) => look.givenToday(merchant), `given by ${merchant}`)
      same((look) => look.stay(null), 'no stay')
    },
  }
}

/** The rules are handed on as they are; the order in which counts and a right's plates are listed says nothing. */
function occupancyOf(look: ParkingLookUps) {
  const names = look.common()?.occupancy.map(({ place, vehicleClass, count }) => `${place}/${vehicleClass} ${count}`)
  return names?.toSorted()
}

function rightOf(facts: RightFacts | null): RightFacts | null {
  if (facts === null) return null
  const plates = facts.right.plates.toSorted((left, right) => (left.mac < right.mac ? -1 : 1))
  return { ...facts, right: { ...facts.right, plates } }
}

function saleOf(facts: SaleFacts | null): SaleFacts | null {
  const right = facts && rightOf({ right: facts.right, others: 0, isSaleOpen: false })?.right
  return facts === null || right == null ? null : { ...facts, right }
}

/** That it was handed in as left the books know by its record, and none is written here (test/gateway/too-much.test.ts). */
function stayOf(facts: StayFacts | null): StayFacts | null {
  if (facts === null) return null
  const { isHandedIn: _isHandedIn, ...rest } = facts
  return { ...rest, rights: facts.rights.flatMap((each) => rightOf(each) ?? []) }
}

type Lane = Omit<LaneParkingFacts, 'layout' | 'policy' | 'tariffs' | 'occupancy' | 'shown'>

function laneOf(facts: LaneParkingFacts | null, p: Park) {
  if (facts === null) return null
  const { layout: _layout, policy: _policy, tariffs: _tariffs, occupancy: _occupancy, shown, ...rest } = facts
  const lane: Lane = { ...rest, visiting: stayOf(rest.visiting), passing: stayOf(rest.passing) }
  return { ...lane, shown: shownOf(shown, p) }
}

/** Of stays that are found in the same way none comes first; nor of debts that are equally old. A picture has a salt of its own in the books. */
function shownOf(facts: ShownFacts, p: Park) {
  const found = facts.found.map((each) => ({ ...each, stay: stayOf(each.stay) }))
  const ways = found.map(({ by }) => by)
  return {
    ...facts,
    picture: facts.picture !== null,
    ways,
    found: found.toSorted((left, right) => compareText(left.stay?.session.id, right.stay?.session.id)),
    rights: facts.rights.flatMap((each) => rightOf(each) ?? []),
    owedSince: facts.debts.map(({ session }) => p.session(session).entry.at),
    debts: facts.debts.toSorted((left, right) => compareText(left.session, right.session)),
  }
}

function compareText(left = '', right = ''): number {
  return left < right ? -1 : left > right ? 1 : 0
}

const SELLING = tariff({
  rateTables: [table({ vehicleClasses: [CAR, BIKE] })],
  passes: [
    {
      id: 'month',
      name: { vi: 'Vé tháng', en: 'A month' },
      vehicleClasses: [CAR],
      months: 1,
      covers: 'day-and-night',
      price: 40_000,
    },
  ],
})

const token = (p: Park, id: string, amount: number) =>
  payToken(id, {
    iat: p.now().at,
    nbf: p.now().at,
    amt: vnd(amount),
    exp: instant(p.now().at + HOUR_MS),
    sub: 'payer-1',
  })

function comesIn(p: Park, plate: string, lane: LaneId = CAR_IN): SessionId {
  const before = new Set(p.sessions().map(({ id }) => id))
  p.arrive(lane)
  p.seeIn(lane, plate)
  p.drive(lane)
  const begun = p.sessions().find(({ id }) => !before.has(id))
  if (begun === undefined) throw new Error(`${plate} was not let in`)
  return begun.id
}

const pass = (id: string, plates: readonly string[], session: SessionId | null = null): EventBody => ({
  kind: 'right-put',
  plates,
  right: {
    id: id as RightId,
    kind: session === null ? 'pass' : 'validation',
    status: 'active',
    holder: 'tenant',
    places: [LOT],
    vehicleClasses: [CAR],
    spaces: 1,
    validFrom: NOON,
    validUntil: instant(NOON + 30 * DAY_MS),
    hours: [ALWAYS],
    session,
    relief: session === null ? { kind: 'covers' } : { kind: 'first-minutes', minutes: 30 },
  },
})

describe('what the books find in memory and in SQLite is the same', () => {
  /** Each is played once, and both are compared after each of its steps. */
  const scenarios: readonly (readonly [string, (p: Park) => Generator<unknown>])[] = [
    [
      'of a vehicle that comes by plate, pays by a code and goes',
      function* (p) {
        yield p.arrive(CAR_IN)
        yield p.seeIn(CAR_IN, PLATE, { readings: [{ text: PLATE, confidencePermille: 900 }] })
        yield p.drive(CAR_IN)
        p.wait(3 * HOUR_MS)
        yield p.arrive(CAR_OUT)
        yield p.see(CAR_OUT, PLATE, 950, 'out.jpg')
        yield p.show(CAR_OUT, token(p, 'a', 40_000))
        yield p.show(CAR_OUT, token(p, 'b', 900_000))
        yield p.drive(CAR_OUT)
        expect(p.sessions()).toMatchObject([{ status: 'left' }])
      },
    ],
    [
      'of passes that are sold, paid in part, twice and in time, renewed, taken back and refunded',
      function* (p) {
        p.setTariffs([SELLING])
        const offer = { tariff: 'cars', pass: 'month', vehicleClass: CAR, months: 1 }
        const sold = {
          kind: 'pass-sold',
          sells: 'issue',
          offer,
          holder: 'x',
          plates: [PLATE, OTHER],
          cash: null,
        } as const
        const renewed = { ...sold, right: 'm-1' as RightId, sells: 'renewal', holder: '', plates: [] } as const
        const last = () => p.charges().at(-1)?.charge.id ?? ('none' as ChargeId)
        yield p.take({ ...sold, right: 'm-1' as RightId })
        const first = last()
        yield p.take({ kind: 'cash-taken', charge: first, tender: 'cash', amount: vnd(10_000) })
        yield p.take({ kind: 'credit-by-charge', charge: first, amount: vnd(50_000), reference: 'FT-1' })
        expect(p.rights.get('m-1' as RightId)?.status).toBe('active')
        expect(p.cases()).toEqual(['overpaid'])
        yield comesIn(p, PLATE)
        p.wait(90 * DAY_MS)
        yield p.take(renewed)
        yield p.take({ kind: 'cash-taken', charge: last(), tender: 'cash', amount: vnd(40_000) })
        yield p.take({ kind: 'refund', charge: last(), amount: vnd(1_000), reason: 'moved away', confirmed: true })
        yield p.take(renewed)
        yield p.take({ kind: 'pass-sale-cancelled', charge: last(), reason: 'changed his mind' })
        yield p.take({ ...sold, right: 'm-2' as RightId })
        p.wait(8 * DAY_MS)
        yield p.due('pass-sale-due')
        const states = [...p.sales.values()].map(({ state }) => state.status)
        expect(states).toEqual(['paid', 'refunded', 'cancelled', 'lapsed'])
      },
    ],
    [
      'of one that leaves on debt, comes back, and pays that at the exit',
      function* (p) {
        yield comesIn(p, PLATE)
        p.wait(2 * HOUR_MS)
        yield p.arrive(CAR_OUT)
        yield p.see(CAR_OUT, PLATE)
        yield p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
        yield p.drive(CAR_OUT)
        expect(p.charges()).toMatchObject([{ status: 'owed' }])
        yield comesIn(p, PLATE)
        yield p.arrive(CAR_OUT)
        yield p.see(CAR_OUT, PLATE)
        yield p.show(CAR_OUT, token(p, 'c', 900_000))
        yield p.drive(CAR_OUT)
        expect(p.charges().map(({ status }) => status)).toEqual(['paid', 'paid'])
      },
    ],
    [
      'of a pass with two plates and one space, that is coded, suspended and ended',
      function* (p) {
        yield p.take(pass('pass-0', [PLATE, OTHER]))
        yield comesIn(p, PLATE)
        yield comesIn(p, OTHER)
        yield p.take({ kind: 'right-coded', right: 'pass-0' as RightId })
        yield p.take(pass('pass-1', [PLATE]))
        yield p.take({ kind: 'right-status', right: 'pass-0' as RightId, status: 'suspended', reason: 'unpaid' })
        yield p.take({ kind: 'right-status', right: 'pass-0' as RightId, status: 'ended', reason: 'moved away' })
        expect(p.look.shown({ ...WHAT_STANDS_THERE, plates: [PLATE] }).rights).toHaveLength(1)
      },
    ],
    [
      'of a stay that a merchant validates, that pays in cash and is given some back',
      function* (p) {
        const id = comesIn(p, PLATE)
        yield p.take(pass('shop', [], id))
        p.wait(2 * HOUR_MS)
        yield p.take({ kind: 'session-quoted', session: id })
        const charge = p.session(id).charge
        if (charge === null) throw new Error('nothing is asked')
        yield p.take({ kind: 'cash-taken', charge, tender: 'cash', amount: vnd(20_000) })
        yield p.take({ kind: 'credit-by-charge', charge, amount: vnd(90_000), reference: '0' })
        yield p.take({ kind: 'refund', charge, amount: vnd(10_000), reason: 'too much' })
      },
    ],
    [
      'of two plates in one picture',
      function* (p) {
        yield comesIn(p, PLATE)
        yield comesIn(p, OTHER)
        yield p.arrive(GATE)
        const readings = [
          { text: PLATE, confidencePermille: 930 },
          { text: OTHER, confidencePermille: 920 },
        ]
        yield p.see(GATE, PLATE, 950, 'two.jpg', { readings })
      },
    ],
    [
      'of a plate that is read again, and put right by staff: the confidence that is kept is the greatest, and what was put right takes the place of all before',
      function* (p) {
        const id = comesIn(p, PLATE)
        const right = (plate: string) =>
          p.take({ kind: 'session-corrected', session: id, correction: { kind: 'plate', plate }, reason: 'misread' })
        yield right(PLATE)
        expect(p.session(id).credentials.filter(({ kind }) => kind === 'plate')).toMatchObject([
          { confidencePermille: 1_000 },
        ])
        yield right(OTHER)
        expect(p.session(id).credentials.filter(({ kind }) => kind === 'plate')).toMatchObject([
          { plate: { mac: '51G00011' } },
        ])
        // What the misread plate owes is not asked of who stands there.
        yield p.arrive(CAR_OUT)
        yield p.show(CAR_OUT, p.ticketOf(id))
      },
    ],
    [
      'of one that goes up a ramp into a nested place and down again',
      function* (p) {
        const id = comesIn(p, PLATE)
        p.wait(HOUR_MS)
        yield p.arrive(RAMP)
        yield p.seeIn(RAMP, PLATE)
        yield p.drive(RAMP)
        expect(p.session(id).place).not.toBe(LOT)
        p.wait(HOUR_MS)
        yield p.arrive(RAMP)
        yield p.seeOut(RAMP, PLATE)
        yield p.drive(RAMP)
        expect(p.session(id).place).toBe(LOT)
        expect(p.segmentsOf(id).length).toBeGreaterThan(0)
      },
    ],
    [
      'of what is handed in late: one that was let in and one that was let out while the box was dead',
      function* (p) {
        const late = (lane: LaneId, what: 'let-in' | 'let-out', plate: string, ageMs: number) =>
          p.take(
            {
              kind: 'late-evidence',
              lane,
              what,
              saidAt: instant(p.now().at - ageMs),
              handedInAt: p.now().at,
              ticket: null,
              plate,
              vehicleClass: null,
              cash: what === 'let-in' ? null : { tender: 'cash', amount: vnd(30_000) },
              reason: 'no power',
            },
            ageMs,
          )
        yield comesIn(p, PLATE)
        p.wait(3 * HOUR_MS)
        yield late(CAR_IN, 'let-in', OTHER, HOUR_MS)
        yield late(CAR_OUT, 'let-out', PLATE, 30 * MINUTE_MS)
        yield late(CAR_OUT, 'let-out', '29B1-678.90', 20 * MINUTE_MS)
        expect(p.sessions().map(({ status }) => status)).toContain('left')
      },
    ],
    [
      'of entries and moves under a clock that is not trusted',
      function* (p) {
        p.setTrust(STEPPED)
        const id = comesIn(p, PLATE)
        expect(p.session(id).entry.isUnsure).toBe(true)
        yield p.arrive(RAMP)
        yield p.seeIn(RAMP, PLATE)
        yield p.drive(RAMP)
        expect(p.segmentsOf(id)).toMatchObject([{ isUntilUnsure: true }])
        p.setTrust(SYNCED)
        yield p.arrive(RAMP)
        yield p.seeOut(RAMP, PLATE)
        yield p.drive(RAMP)
      },
    ],
    [
      'of one whose right to pass lapses, and that is supposed to be inside',
      function* (p) {
        yield p.arrive(CAR_IN)
        yield p.seeIn(CAR_IN, PLATE)
        yield p.reverse(CAR_IN)
        p.wait(HOUR_MS)
        yield p.due()
        yield p.wait(SECOND_MS)
      },
    ],
  ]

  test.each(scenarios)('%s', (_name, play) => {
    const both = bothParks({ tariffs: TWO_PRICES })
    for (const _ of play(both.p)) both.compare()
    both.compare()
  })

  test('of a sighting that is as old as the window, and of one a moment older', () => {
    const { p, compareAt } = bothParks()
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    const shown = { ...WHAT_STANDS_THERE, plates: [PLATE] }
    const seenLast = () => p.look.lane(CAR_OUT, p.lane(CAR_OUT), null, shown)?.shown.lastSighting ?? null
    p.wait(3 * SECOND_MS)
    expect(seenLast()).not.toBeNull()
    compareAt(CAR_OUT, shown)
    p.wait(1)
    expect(seenLast()).toBeNull()
    compareAt(CAR_OUT, shown)
  })

  test('of more debts than are read: the oldest, and the sum of all', () => {
    const both = bothParks({ tariffs: TWO_PRICES, policy: { debtMax: 100_000_000 } })
    const { p } = both
    for (let count = 0; count <= DEBTS_READ_MAX; count += 1) {
      comesIn(p, PLATE)
      p.wait(HOUR_MS)
      p.arrive(CAR_OUT)
      p.see(CAR_OUT, PLATE)
      p.take({ kind: 'leave-on-debt', lane: CAR_OUT, reason: 'no money' })
      p.drive(CAR_OUT)
    }
    const { debts, owed } = p.look.shown({ ...WHAT_STANDS_THERE, plates: [PLATE] })
    expect(debts).toHaveLength(DEBTS_READ_MAX)
    expect(owed).toBeGreaterThan(debts.reduce((sum, { charge }) => sum + charge.charge.due.amount, 0))
    both.compareAt(CAR_OUT, { ...WHAT_STANDS_THERE, plates: [PLATE] })
  })

  test('of random stays, and of what is handed in late about them', () => {
    const site = openSite(temporaryFolder())
    opened.push(site)
    fc.assert(
      fc.property(someSite, stepsOf([...WHAT, ...HANDED_IN]), ({ antiPassback, unpaid, isPriced }, steps) => {
        const both = bothParks(
          { policy: { antiPassback }, lanes: { unpaid }, tariffs: isPriced ? TWO_PRICES : null },
          site,
        )
        const { p } = both
        steps.forEach((step, index) => {
          doStep(p, step, index)
          const session = pickOf(p.sessions(), step.pick)
          const plate = pickOf(PLATES, step.pick) ?? ''
          const named =
            index % 3 === 0 && session !== undefined ? { token: p.ticketOf(session.id) } : { plates: [plate] }
          both.compareAt(step.lane, index % 5 === 0 ? WHAT_STANDS_THERE : { ...WHAT_STANDS_THERE, ...named })
        })
        both.compare()
      }),
      { numRuns: 40, seed: 5 },
    )
  }, 60_000)
})
