import type { Charge } from '../../../core/changes.ts'
import type { CaseId, ChargeId, DocumentId, LaneId, PlaceId, RightId, SessionId } from '../../../core/ids.ts'
import { laneId, merchantId, placeId, vehicleClass } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { DebtFacts, OccupancyCount, ParkingCommon, StayFacts } from '../../../core/parking/facts.ts'
import type { ParkingLayout, ParkingPolicy } from '../../../core/parking/place.ts'
import type { PassSale } from '../../../core/parking/sale.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import { createTariffBook } from '../../../core/parking/tariff-book.ts'
import type { Instant, LocalDay } from '../../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later } from '../../../core/time.ts'
import type { TicketToken } from '../../../core/tokens.ts'
import type {
  CaseReport,
  OpenStay,
  PassSaleReport,
  PictureReport,
  PlateSearch,
  RightReport,
} from '../../../db/parking-reports.ts'
import { zoneRules } from '../../../gateway/clock/zone-rules.ts'
import type { ParkingReads } from '../../../gateway/http/parking/reads.ts'
import { PARKING_POLICY as ORDINARY_POLICY } from '../../support/car-park.ts'

/** A car park of two lots: one behind `lane-in`, and a yard that `lane-out` alone leads out of. */
export const LOT = placeId('lot')
export const YARD = placeId('yard')
export const CAR = vehicleClass('car')
export const BIKE = vehicleClass('motorbike')
export const STAY = 'box-1:1:42:s0' as SessionId
export const YARD_STAY = 'box-1:1:43:s0' as SessionId
export const STAY_CHARGE = 'box-1:1:50:g0' as ChargeId
/** Of a pass that was sold, and is not paid. */
export const PASS_CHARGE = 'box-1:1:51:g0' as ChargeId
export const TICKET = 'box-1:1:42:d0' as DocumentId
/** What the QR code of that stay's ticket holds. */
export const TICKET_TEXT = 'eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJ0aWNrZXQifQ.c2lnbmF0dXJl'
export const TICKET_TOKEN: TicketToken = {
  kind: 'ticket',
  key: { issuer: 'urn:tolbooth:cho-1:gateway:box-1', kid: 'key-1', thumbprint: 'thumb-1' },
  iss: 'urn:tolbooth:cho-1:gateway:box-1',
  sub: STAY,
  aud: ['urn:tolbooth:cho-1'],
  iat: instant(0),
  nbf: instant(0),
  exp: instant(1),
  jti: TICKET,
  session: STAY,
  lane: 'lane-in',
  enteredAt: instant(0),
}
export const PASS = 've-thang-1' as RightId

export const PARKING: ParkingLayout = {
  vehicleClasses: [
    { id: CAR, vi: 'Ô tô', en: 'Car' },
    { id: BIKE, vi: 'Xe máy', en: 'Motorbike' },
  ],
  places: [
    {
      id: LOT,
      name: 'Bãi chính',
      parent: null,
      capacities: [
        { vehicleClasses: [CAR], spaces: 40 },
        { vehicleClasses: [BIKE], spaces: 200 },
      ],
    },
    { id: YARD, name: 'Sân sau', parent: null, capacities: [{ vehicleClasses: [CAR], spaces: 10 }] },
    { id: placeId('level-2'), name: 'Tầng 2', parent: LOT, capacities: [{ vehicleClasses: [CAR], spaces: 20 }] },
  ],
  lanes: (
    [
      ['lane-in', LOT],
      ['lane-out', YARD],
    ] as const
  ).map(([lane, inside]) => ({
    lane: laneId(lane),
    inside,
    outside: null,
    vehicleClasses: [CAR, BIKE],
    entryBy: ['ticket', 'plate', 'pass', 'token'],
    barrier: 'arm',
    plateConfidenceMinPermille: 800,
    unpaid: 'wait',
    isFullRefused: true,
  })),
  merchant: merchantId('market'),
}

export const PARKING_POLICY: ParkingPolicy = { ...ORDINARY_POLICY, bankConfirmation: 'expected' }

export const TARIFF: Tariff = {
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
      rateLines: [
        {
          band: 'any',
          rate: {
            kind: 'per-hour',
            steps: [
              { fromHour: 1, toHour: 2, price: 25_000 },
              { fromHour: 3, toHour: null, price: 35_000 },
            ],
          },
        },
      ],
      capPerDay: 300_000,
      capPerStay: null,
    },
  ],
  specialDays: [],
  passes: [],
}

/** Passes of a month for a car, by day and by day and night, at the prices of decision 44/2017 of Hanoi; and the hours of the day. */
export const PASSES_OF_A_MONTH = `bands: [{ band: 'day', from: '06:00', to: '18:00' }, { band: 'night', from: '18:00', to: '06:00' }],
  passes: [
    { id: 'car-month-day', name: { vi: 'Vé tháng ô tô ban ngày', en: 'Car, a month by day' }, vehicleClasses: ['car'], months: 1, covers: 'day', price: 3000000 },
    { id: 'car-month', name: { vi: 'Vé tháng ô tô ngày đêm', en: 'Car, a month by day and night' }, vehicleClasses: ['car'], months: 1, covers: 'day-and-night', price: 4000000 },
  ],`

/** A tariff of its lots and classes, as somebody would write it by hand. */
export function carsByTheHour(price: number, bandsAndPasses = 'bands: [], passes: [],'): string {
  return `{
  id: 'cars', version: '2026-01', name: { vi: 'Ô tô', en: 'Cars' }, currency: 'VND',
  validFrom: '2026-01-01', validTo: null, places: ['lot', 'yard'], ${bandsAndPasses}
  rounding: { to: 1000, mode: 'up' }, graceMinutes: 15,
  rateTables: [{
    vehicleClasses: ['car', 'motorbike'], freeMinutes: { minutes: 0, longerStays: 'pay-from-entry' },
    rateLines: [{ band: 'any', rate: { kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price: ${price} }] } }],
    capPerDay: null, capPerStay: null,
  }],
  specialDays: [],
}`
}

export const PICTURE = 'picture:box-1:1:60'
export const OTHER_PICTURE = 'picture:box-1:1:61'
export const KEPT_PICTURE = `${'a'.repeat(64)}.jpg`

export type FakePark = {
  readonly reads: ParkingReads
  stays: StayFacts[]
  debts: DebtFacts[]
  plates: Record<string, string>
  cases: CaseReport[]
  pictures: Record<string, PictureReport>
  rights: RightReport[]
  occupancy: OccupancyCount[]
  hasTariff: boolean
  bankConfirmation: ParkingPolicy['bankConfirmation']
  payByPlateAlone: boolean | undefined
  exists: boolean
  /** What was asked of the books. */
  readonly asked: string[]
}

export function fakePark(now: Instant): FakePark {
  const made = createTariffBook([TARIFF], { currency: VND, ...PARKING })
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  const zone = zoneRules('Asia/Ho_Chi_Minh')
  const park: FakePark = {
    asked: [],
    exists: true,
    hasTariff: true,
    bankConfirmation: 'expected',
    payByPlateAlone: undefined,
    debts: [],
    stays: [
      stay(STAY, LOT, 'lane-in', later(now, -3 * HOUR_MS)),
      stay(YARD_STAY, YARD, 'lane-out', later(now, -HOUR_MS)),
    ],
    plates: { [STAY]: '30A12345', [YARD_STAY]: '29B55555' },
    cases: [
      staffCase('box-1:1:60:k1', 'exit-without-entry', 'lane-in', now),
      staffCase('box-1:1:61:k4', 'tailgating', 'lane-out', now),
    ],
    pictures: {
      [PICTURE]: { name: KEPT_PICTURE, lane: laneId('lane-in'), mode: 'live' },
      [OTHER_PICTURE]: { name: '1700000000.5-abc', lane: laneId('lane-out'), mode: 'live' },
    },
    rights: [pass(now)],
    occupancy: [
      { place: LOT, vehicleClass: CAR, count: 37 },
      { place: LOT, vehicleClass: BIKE, count: 80 },
      { place: YARD, vehicleClass: CAR, count: 10 },
    ],
    reads: {
      common: (): ParkingCommon | null =>
        park.exists
          ? {
              layout: PARKING,
              policy: {
                ...PARKING_POLICY,
                bankConfirmation: park.bankConfirmation,
                payByPlateAlone: park.payByPlateAlone,
              },
              tariffs: park.hasTariff ? { version: { epoch: 1, n: 3 }, book: made.book, zone } : null,
              occupancy: park.occupancy,
              upstreamHeardAt: null,
            }
          : null,
      debtsOf: () => park.debts,
      stay: (id, mode) => park.stays.find(({ session }) => session.id === id && session.mode === mode) ?? null,
      openStays: (mode, { place, lane }, after, limit, order = 'newest') => {
        const way = order === 'newest' ? 1 : -1
        const all = park.stays
          .map(
            ({ session }): OpenStay => ({
              id: session.id,
              vehicleClass: session.vehicleClass,
              place: session.place,
              status: session.status,
              entry: { lane: session.entry.lane, at: session.entry.at, by: session.entry.by },
            }),
          )
          .filter((each) => mode === 'live' && (place === null || each.place === place))
          .filter((each) => lane === null || each.entry.lane === lane)
          .toSorted((left, right) => way * (right.entry.at - left.entry.at))
          .filter((each) => after === null || way * (after.enteredAt - each.entry.at) > 0)
        const stays = all.slice(0, limit)
        const last = stays.at(-1)
        return {
          stays,
          next: last === undefined || all.length <= limit ? null : { enteredAt: last.entry.at, id: last.id },
        }
      },
      searchPlates: (part, mode, may): PlateSearch => {
        park.asked.push('searchPlates')
        const typed = part.replace(/[^0-9A-Z]/gi, '').toUpperCase()
        if (typed.length < 4 || typed.length > 12) return { ok: false }
        const { stays } = park.reads.openStays(mode, { place: null, lane: null }, null, 100)
        return {
          ok: true,
          isWhole: true,
          found: stays.flatMap((each) => {
            const plate = park.plates[each.id]
            return plate?.includes(typed) === true && may(each) ? [{ ...each, plate, owes: false }] : []
          }),
        }
      },
      stayOfTicket: (plate, digits) => {
        park.asked.push('stayOfTicket')
        const typed = plate.replace(/[^0-9A-Z]/gi, '').toUpperCase()
        const found = park.stays.find(({ session }) => park.plates[session.id] === typed)
        return found !== undefined && digits === '0042' ? found.session.id : null
      },
      stayWithoutTicket: (plate) => {
        park.asked.push('stayWithoutTicket')
        const typed = plate.replace(/[^0-9A-Z]/gi, '').toUpperCase()
        const found = park.stays.find(({ session }) => park.plates[session.id] === typed)
        return found === undefined || found.session.credentials.some(({ kind }) => kind === 'ticket')
          ? null
          : found.session.id
      },
      ticketDigits: (session) => (session.credentials.some(({ kind }) => kind === 'ticket') ? '0042' : null),
      plateText: (session) => park.plates[session.id] ?? null,
      openCases(_mode, kind, after, limit) {
        const waiting = park.cases.filter((each) => (kind ?? each.kind) === each.kind && each.id > (after ?? ''))
        const cases = waiting.slice(0, limit)
        return { cases, next: waiting.length > limit ? (cases.at(-1)?.id ?? null) : null }
      },
      corrections: (_mode, after) => ({
        corrections: [
          {
            seq: after + 7,
            at: instant(now - 60_000),
            by: 'office',
            kind: 'count',
            of: `${LOT}/${CAR}`,
            before: '37',
            after: '36',
            reason: 'đếm tay',
          },
          {
            seq: after + 8,
            at: instant(now - 55_000),
            by: 'office',
            kind: 'stay-plate',
            of: 'stay-1',
            before: '30A12345',
            after: '30A12346',
            reason: 'đọc nhầm',
          },
          {
            seq: after + 8,
            at: instant(now - 54_000),
            by: 'office',
            kind: 'pass-plates',
            of: 'live:pass:tolbooth:ve-0042',
            before: null,
            after: '29B12345 51F67890',
            reason: null,
          },
          {
            seq: after + 9,
            at: instant(now),
            by: 'office',
            kind: 'refund',
            of: 'box-1:1:50:g0',
            before: null,
            after: '5000 VND',
            reason: null,
          },
        ],
        next: after === 0 ? 500 : null,
      }),
      waitingCredits: () => [],
      staffCase: (id) => park.cases.find((each) => each.id === id) ?? null,
      picture: (ref) => park.pictures[ref] ?? null,
      right: (id) => park.rights.find(({ right }) => right.id === id) ?? null,
      validations: (_mode, _from, _to, after) => ({
        validations: [{ day: '2026-11-22', merchant: after === null ? 'bakery' : 'florist', given: 3, borne: 75_000 }],
        next: after === null ? { day: '2026-11-22', merchant: 'bakery' } : null,
      }),
      passSale: (id) => (id === PASS_CHARGE ? soldPass(now) : null),
      newestSale: () => null,
      rights: (_mode, after, limit) =>
        park.rights.filter(({ right }) => after === null || right.id > after).slice(0, limit),
    },
  }
  return park
}

function stay(id: SessionId, place: PlaceId, lane: string, at: Instant): StayFacts {
  return {
    session: {
      id,
      mode: 'live',
      vehicleClass: CAR,
      place,
      entry: { lane: lane as LaneId, at, by: 'ticket', isFromTicket: false },
      credentials: [{ kind: 'ticket', ticket: TICKET }],
      status: 'inside',
      charge: null,
      settledAt: null,
    },
    movedAt: at,
    passbackResetAt: null,
    charge: null,
    passage: null,
    picture: null,
    segments: [],
    rights: [],
    cases: [],
  }
}

/** A stay whose charge has been asked for, and paid in part or whole. */
export function chargedStay(facts: StayFacts, due: number, paid: number, settledAt: Instant | null): StayFacts {
  const { session } = facts
  return {
    ...facts,
    session: { ...session, charge: STAY_CHARGE, settledAt },
    charge: {
      charge: {
        id: STAY_CHARGE,
        place: { kind: 'site' },
        merchant: PARKING.merchant,
        due: money(due, VND),
        mode: 'live',
        session: session.id,
        openedAt: session.entry.at,
        expiresAt: later(session.entry.at, 30 * DAY_MS),
      },
      status: 'open',
      paid,
      overpaid: 0,
      refunded: 0,
      relief: 0,
      movedBeyond: 0,
    },
  }
}

function staffCase(id: string, kind: CaseReport['kind'], lane: string, openedAt: Instant): CaseReport {
  return {
    id: id as CaseId,
    kind,
    mode: 'live',
    lane: laneId(lane),
    session: null,
    isStayOver: null,
    charge: null,
    openedAt,
    pictures: [],
    status: 'open',
    endedAt: null,
    reason: null,
  }
}

function pass(now: Instant): RightReport {
  return {
    right: {
      id: PASS,
      kind: 'pass',
      status: 'active',
      holder: { ref: 'holder:x', mac: 'x' },
      places: [LOT],
      vehicleClasses: [CAR],
      plates: [{ ref: 'plate:rights:x', mac: 'x', likeness: 'x', tail: 'x' }],
      spaces: 1,
      validFrom: now,
      validUntil: instant(now + 30 * DAY_MS),
      hours: [],
      code: null,
      given: null,
      session: null,
      relief: { kind: 'covers' },
    },
    others: 1,
    isSaleOpen: false,
    sale: null,
    plateTexts: ['30F24680'],
    holderName: 'Căn hộ 12A',
  }
}

function soldPass(now: Instant): PassSaleReport {
  const sale: PassSale = {
    charge: PASS_CHARGE,
    right: PASS,
    kind: 'renewal',
    mode: 'live',
    offer: { tariff: { id: 'cars', version: 'v1' }, pass: 'month', vehicleClass: CAR, months: 1 },
    soldAt: now,
    dueAt: instant(now + 7 * DAY_MS),
    period: { from: now, until: instant(now + 30 * DAY_MS) },
    state: { status: 'unpaid' },
  }
  const charge: Charge = {
    id: PASS_CHARGE,
    place: { kind: 'site' },
    merchant: PARKING.merchant,
    due: money(60_000, VND),
    mode: 'live',
    session: null,
    openedAt: now,
    expiresAt: sale.dueAt,
  }
  return { sale, charge: { charge, status: 'open', paid: 0, overpaid: 0, refunded: 0, relief: 0, movedBeyond: 0 } }
}
