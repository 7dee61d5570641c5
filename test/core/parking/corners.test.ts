import { describe, expect, test } from 'vitest'
import { decide } from '../../../core/decide.ts'
import { NOTHING } from '../../../core/decision.ts'
import type { SiteEvent } from '../../../core/events.ts'
import type { AccountId, ChargeId } from '../../../core/ids.ts'
import { deviceId, merchantId, placeId } from '../../../core/ids.ts'
import { withArrival } from '../../../core/parking/arrival.ts'
import { openCase } from '../../../core/parking/cases.ts'
import { refundMoney, takeMoney } from '../../../core/parking/counter.ts'
import { sessionLetter } from '../../../core/parking/entry.ts'
import type { ParkingCommon, StayCharge } from '../../../core/parking/facts.ts'
import { NOTHING_SHOWN } from '../../../core/parking/facts.ts'
import { letOutPaid } from '../../../core/parking/let-out-paid.ts'
import { freeSpaces, placesAround, roomFor } from '../../../core/parking/places.ts'
import type { ParkingQuestion } from '../../../core/parking/question.ts'
import { personalOf } from '../../../core/parking/question.ts'
import type { PassSale, SaleFacts } from '../../../core/parking/sale.ts'
import { decideScanAtParkingLane } from '../../../core/parking/scan.ts'
import { bookMoney } from '../../../core/parking/tender.ts'
import { NOTHING_PERSONAL, recorded } from '../../../core/recorded.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { at, COMMON, laneFacts, NOON, STEPPED, SYNCED, TOKEN_FACTS, vnd } from '../kit.ts'
import {
  asked,
  carInside,
  chargeOf,
  correct,
  OTHER,
  overrideNow,
  PLATE,
  payNow,
  put,
  rightOf,
  said,
  toExit,
} from './driver.ts'
import { CAR_OUT, GATE, PARKING_LAYOUT, PARKING_POLICY, park, RAMP } from './park.ts'
import { BIKE, CAR, charging, LEVEL, LOT, PER_BLOCK, PER_HOUR } from './tariff-kit.ts'

const PARKING: ParkingCommon = {
  layout: PARKING_LAYOUT,
  policy: PARKING_POLICY,
  tariffs: null,
  occupancy: [],
  upstreamHeardAt: null,
}
const CHARGE: StayCharge = {
  charge: {
    id: 'g' as ChargeId,
    place: { kind: 'site' },
    merchant: merchantId('car-park'),
    due: vnd(10_000),
    mode: 'live',
    session: null,
    openedAt: NOON,
    expiresAt: NOON,
  },
  status: 'open',
  paid: 0,
  overpaid: 0,
  refunded: 0,
  relief: 0,
  movedBeyond: 0,
}

describe('a sale of a pass that is due', () => {
  const timer = { purpose: 'pass-sale-due', charge: CHARGE.charge.id } as const
  const nobody = { parking: PARKING, charge: null, stay: null, lane: null, debts: [], askedWith: [] }
  const due = (sale: SaleFacts | null) =>
    decide({ kind: 'pass-sale-due', timer, paying: { ...nobody, sale } }, COMMON, at(0))

  test('of which the books know no more ends nothing', () => {
    expect(due(null)).toMatchObject({ outcome: NOTHING.outcome, changes: [], effects: [] })
  })

  test('of another mode than the site’s is of nobody there, and ends nothing without its charge', () => {
    const sale = { mode: 'training', state: { status: 'unpaid' } } as PassSale
    const right = { ...rightOf('m-1'), plates: [], holder: null, code: null, given: null }
    expect(due({ sale, right, isLast: true, cases: [] })).toMatchObject({ changes: [], effects: [] })
  })
})

describe('places', () => {
  test('of a ring are a bug, and what the layout has not is nowhere', () => {
    const ring = [
      { id: LOT, name: '', parent: LEVEL, capacities: [] },
      { id: LEVEL, name: '', parent: LOT, capacities: [] },
    ]
    expect(() => placesAround(ring, LOT)).toThrow('lies around itself')
    expect(placesAround(ring, placeId('moon'))).toEqual([])
  })

  test('have room by class, and spaces that are shared are taken by all that share them', () => {
    const shared = { id: LOT, name: '', parent: null, capacities: [{ vehicleClasses: [CAR, BIKE], spaces: 2 }] }
    const counts = [
      { place: LOT, vehicleClass: BIKE, count: 2 },
      { place: LEVEL, vehicleClass: CAR, count: 9 },
    ]
    expect(freeSpaces(shared, counts, CAR)).toBe(0)
    expect(freeSpaces(shared, [{ place: LOT, vehicleClass: CAR, count: 5 }], BIKE), 'above its capacity').toBe(0)
    expect(roomFor([shared], [], null, LOT, CAR)).toBe('free')
    expect(roomFor(PARKING_LAYOUT.places, [], LOT, LEVEL, BIKE)).toBe('class-not-here')
  })
})

describe('money of a charge without a stay', () => {
  test('is taken, given back, and beyond what is due a case', () => {
    const taken = takeMoney(
      { charge: CHARGE, stay: null, lane: null, debts: [], askedWith: [] },
      { kind: 'cash-taken', charge: CHARGE.charge.id, tender: 'cash', amount: vnd(12_000) },
      PARKING,
      COMMON,
      at(0),
    )
    expect(taken.outcome).toMatchObject({ amount: vnd(10_000), overpaid: vnd(2_000) })
    expect(taken.changes.map(({ kind }) => kind)).toEqual([
      'transfers',
      'payment-taken',
      'charge-overpaid',
      'case-opened',
    ])
    const back = refundMoney(
      { ...CHARGE, overpaid: 2_000 },
      { amount: vnd(2_000), reason: 'too much' },
      null,
      { ofPrice: 0, inside: 0 },
      PARKING,
      COMMON,
      at(0),
    )
    expect(said(back)).toBe('refunded')
  })

  test('moves something, or is a bug', () => {
    expect(() =>
      bookMoney(
        [{ charge: CHARGE.charge, isOwed: false, amount: vnd(0) }],
        'cash',
        'live:cash:market-1' as AccountId,
        vnd(0),
        COMMON,
        at(0),
      ),
    ).toThrow('empty-set')
  })

  test('opens nothing at a lane that has no car park', () => {
    const taken = {
      ...NOTHING,
      outcome: { ok: true, kind: 'credited', charge: CHARGE.charge.id, amount: vnd(1), rest: vnd(0), overpaid: vnd(0) },
    } as const
    expect(letOutPaid(taken, laneFacts(), COMMON, at(0))).toBe(taken)
  })
})

test('a case that is open already is not opened again, and another of its kind about another charge is', () => {
  const about = { lane: null, session: null, charge: null, pictures: [] }
  const [opened] = openCase('overpaid', about, [], COMMON, at(0))
  if (opened?.kind !== 'case-opened') throw new Error('not opened')
  expect(openCase('overpaid', about, [opened.case], COMMON, at(0))).toEqual([])
  expect(openCase('overpaid', { ...about, charge: 'g' as ChargeId }, [opened.case], COMMON, at(0))).toHaveLength(1)
})

test('what was practised with is named apart', () => {
  expect([sessionLetter('live'), sessionLetter('training')]).toEqual(['s', 'practice'])
})

const KINDS = [
  'plate-seen',
  'ticket-asked',
  'session-chosen',
  'leave-on-debt',
  'session-quoted',
  'session-corrected',
  'cash-taken',
  'credit-by-charge',
  'credit-by-text',
  'credit-moved',
  'refund',
  'right-put',
  'right-status',
  'right-coded',
  'occupancy-corrected',
  'case-ended',
  'cash-without-price',
  'stay-reckoned',
] as const

test.each([
  'charge-open',
  'charge-cancel',
  'loop',
  'barrier-state',
  'command-result',
  'emergency',
  'fail-safe-over',
  'loop-away',
  'timer',
  'bundle-loaded',
  'device-enrolled',
  'device-revoked',
  'access-changed',
  'upstream-reached',
  'erase-due',
  'erase-asked',
  'forget-due',
] as const)('a record of %s holds it as it came', (kind) => {
  const event = { body: { kind } } as unknown as SiteEvent
  expect(recorded(event, NOTHING_PERSONAL).body).toBe(event.body)
})

test.each(KINDS)('a record of %s, and of a fault in it, can be written', (kind) => {
  const body = {
    kind,
    readings: [{ text: PLATE, confidencePermille: 1 }],
    plates: [PLATE],
    picture: null,
    correction: { kind: 'plate', plate: PLATE },
  }
  const event = { body } as unknown as SiteEvent
  expect(recorded(event, NOTHING_PERSONAL).body).toMatchObject({ kind })
  const question = { kind, lane: { parking: null }, plates: [], shown: null } as unknown as ParkingQuestion
  expect(() => personalOf(question)).not.toThrow()
})

describe('a lane that the layout has not any more', () => {
  const [first] = PARKING_LAYOUT.lanes
  if (first === undefined) throw new Error('no lanes')
  const shown = { ...NOTHING_SHOWN, isLookedUp: true }
  const facts = laneFacts(
    {},
    { lane: null, parking: { ...PARKING, lane: first, visiting: null, passing: null, shown, cases: [] } },
  )

  test('takes no code, and nobody comes in there by a plate that was read before', () => {
    const scan = {
      kind: 'scan',
      place: { kind: 'lane', id: CAR_OUT },
      reader: null,
      token: payNow(park(), 'a'),
      evidence: '',
    } as const
    expect(said(decideScanAtParkingLane(scan, facts, TOKEN_FACTS, COMMON, at(0)))).toBe('lane-unknown')
    const visit = { presence: 9, since: NOON, plate: null, picture: null, session: null, right: null, asked: null }
    const arrived = {
      ...NOTHING,
      changes: [{ kind: 'lane-state', state: { ...facts.state, presence: 9, visit } }],
    } as const
    expect(withArrival(arrived, facts, COMMON, at(0))).toBe(arrived)
  })
})

describe('at a lane', () => {
  test('what was shown before its vehicle came was shown for another', () => {
    const p = park()
    const id = carInside(p)
    p.arrive(CAR_OUT)
    expect(
      said(
        p.take(
          { kind: 'scan', place: { kind: 'lane', id: CAR_OUT }, reader: null, token: p.ticketOf(id), evidence: '' },
          3 * SECOND_MS,
        ),
      ),
    ).toBe('stale-scan')
    const early = p.take(
      {
        kind: 'plate-seen',
        lane: CAR_OUT,
        device: deviceId('cam'),
        readings: [{ text: OTHER, confidencePermille: 990 }],
        picture: null,
        late: false,
      },
      3 * SECOND_MS,
    )
    expect(
      early.changes.map(({ kind }) => kind),
      'evidence',
    ).toEqual(['sighted'])
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('amount-asked')
  })

  test('a ticket whose vehicle is under the arm is answered and moves nothing; a receipt names nothing', () => {
    const p = park()
    const id = carInside(p)
    p.arrive(GATE)
    p.show(GATE, p.ticketOf(id))
    p.show(GATE, payNow(p, 'a'))
    p.loop(GATE, 'safety', true)
    expect(p.show(GATE, payNow(p, 'a'))).toMatchObject({
      outcome: { kind: 'already-accepted' },
      changes: [],
      effects: [],
    })
    const receipt = { ...payNow(p, 'r'), iss: p.ticketOf(id).iss, kind: 'receipt' as const, charge: 'c' }
    expect(said(p.show(GATE, receipt))).toBe('token-kind-not-taken')
  })

  test('a camera that read nothing says so', () => {
    const p = park()
    p.arrive(CAR_OUT)
    const nothing = p.take({
      kind: 'plate-seen',
      lane: CAR_OUT,
      device: deviceId('cam'),
      readings: [],
      picture: null,
      late: false,
    })
    expect(said(nothing)).toBe('plate-unreadable')
    p.wait(4 * SECOND_MS)
    p.see(CAR_OUT, PLATE, 990)
    expect(said(p.see(CAR_OUT, OTHER, 100)), 'unsure, after a sure one').toBe('plate-unreadable')
  })

  test('under a pass a payer’s code spends nothing, and a supervisor’s word waives nothing', () => {
    for (const show of ['pay', 'override'] as const) {
      const p = park()
      put(p, 'm-1', [PLATE])
      const id = carInside(p)
      p.arrive(CAR_OUT)
      p.take({ kind: 'emergency', device: null, active: false })
      if (show === 'override') {
        p.setTariffs(null)
        p.choose(CAR_OUT, id)
        p.setTariffs([charging(PER_HOUR)])
        expect(said(p.show(CAR_OUT, overrideNow(p, 'o')))).toBe('let-through')
      } else {
        p.setTariffs(null)
        p.choose(CAR_OUT, id)
        p.setTariffs([charging(PER_HOUR)])
        const decision = p.show(CAR_OUT, payNow(p, 'a'))
        expect(said(decision)).toBe('let-through')
        expect(decision.changes.map(({ kind }) => kind)).not.toContain('token-spent')
      }
      p.drive(CAR_OUT)
      expect(p.session(id)).toMatchObject({ status: 'left', charge: null })
    }
  })

  test('a stay that staff close while its vehicle is under the arm stays closed', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    p.show(CAR_OUT, payNow(p, 'a'))
    p.loop(CAR_OUT, 'safety', true)
    correct(p, id, { kind: 'close' })
    p.loop(CAR_OUT, 'approach', false)
    p.wait(SECOND_MS)
    p.loop(CAR_OUT, 'safety', false)
    p.wait(SECOND_MS)
    p.due()
    expect(p.session(id).status).toBe('closed')
    expect(p.count(LOT, CAR)).toBe(0)
  })

  test('a tariff that is gone when the vehicle leaves: what was asked and not paid is owed', () => {
    const p = park()
    const id = carInside(p)
    toExit(p)
    p.setTariffs(null)
    p.take({ kind: 'open-by-hand', lane: CAR_OUT, reason: 'no tariff' })
    p.drive(CAR_OUT)
    expect(p.charge(chargeOf(p, id))).toMatchObject({ status: 'owed', charge: { due: vnd(25_000) } })
    expect(p.segmentsOf(id), 'until when it stood there, to be reckoned').toMatchObject([{ tariff: null }])
    expect(p.cases()).toContain('not-reckoned')
  })

  test('a place with other rates is another part of the stay, with segments of its own; there and back again adds a part', () => {
    const inner = { ...charging(PER_BLOCK), id: 'inner' as never, places: [LEVEL] }
    const p = park({ tariffs: [charging(PER_HOUR), inner] })
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    for (const _way of ['up', 'down']) {
      p.arrive(RAMP)
      p.see(RAMP, PLATE)
      p.drive(RAMP)
      p.wait(HOUR_MS)
    }
    expect(p.session(id).place).toBe(LOT)
    put(p, 'v-1', [], { kind: 'validation', session: id, relief: { kind: 'amount', amount: vnd(1_000) } })
    expect(asked(toExit(p)).due, 'a validation takes off once, of what was due first').toEqual(
      vnd(25_000 + 60_000 + 24_000),
    )
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect(p.segmentsOf(id).map(({ place, amount }) => [place, amount.amount])).toEqual([
      [LOT, 24_000],
      [LEVEL, 60_000],
      [LOT, 25_000],
    ])
  })

  test('a part of a stay does not run backwards where the clock was set back on the way', () => {
    const p = park()
    const id = carInside(p)
    p.wait(-HOUR_MS)
    p.arrive(RAMP)
    p.see(RAMP, PLATE)
    p.drive(RAMP)
    expect(p.session(id).place).toBe(LEVEL)
    expect(p.segmentsOf(id).map(({ from, until }) => until - from)).toEqual([0])
  })

  test('what was passed while the time was not trusted is no part with a price, neither in what is shown nor at the end', () => {
    const inner = { ...charging(PER_BLOCK), id: 'inner' as never, places: [LEVEL] }
    const p = park({ tariffs: [charging(PER_HOUR), inner] })
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    p.setTrust(STEPPED)
    p.wait(-DAY_MS)
    p.arrive(RAMP)
    p.see(RAMP, PLATE)
    p.drive(RAMP)
    expect(p.segmentsOf(id)).toMatchObject([{ place: LOT, tariff: null, amount: vnd(0), isUntilUnsure: true }])
    p.wait(DAY_MS)
    p.setTrust(SYNCED)
    p.wait(HOUR_MS)
    expect(said(p.take({ kind: 'session-quoted', session: id })), 'since when the dearer place?').toBe(
      'stay-time-unclear',
    )
    expect(p.cases()).toEqual(['time-unclear'])
    expect(p.charges()).toEqual([])
  })

  test('where both places cost the same it does not matter when a vehicle went from one into the other', () => {
    const p = park()
    const id = carInside(p)
    p.wait(30 * MINUTE_MS)
    p.setTrust(STEPPED)
    p.arrive(RAMP)
    p.see(RAMP, PLATE)
    p.drive(RAMP)
    p.setTrust(SYNCED)
    p.wait(HOUR_MS)
    expect(asked(p.take({ kind: 'session-quoted', session: id })).due).toEqual(vnd(50_000))
  })

  test('more rights than can be tried are not all tried', () => {
    const p = park()
    const id = carInside(p)
    for (let n = 0; n < 9; n += 1)
      put(p, `v-${n}`, [], { kind: 'validation', session: id, relief: { kind: 'amount', amount: vnd(1_000) } })
    p.wait(HOUR_MS / 2)
    expect(asked(toExit(p)).due).toEqual(vnd(17_000))
  })
})
