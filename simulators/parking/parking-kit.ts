import type { DeviceId, LaneId, PlaceId, VehicleClass } from '../../core/ids.ts'
import { deviceId, laneId, merchantId, placeId, siteId, vehicleClass } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { LaneParking, ParkingLayout, ParkingPolicy } from '../../core/parking/place.ts'
import type { Lane, SiteLayout, SitePolicy } from '../../core/site.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { KitDevice } from '../site-kit.ts'
import { SIMULATED_POLICY } from '../site-kit.ts'

/** All that a gateway must be told to serve the simulated car park. */
export type ParkingKit = {
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  readonly devices: readonly KitDevice[]
  readonly lanes: readonly ParkingLaneKit[]
  readonly emergency: DeviceId
}

export type ParkingLaneKit = {
  readonly id: LaneId
  readonly direction: Lane['direction']
  readonly classes: readonly VehicleClass[]
  /** `null` for a free-flow lane, at which nobody is stopped: it has no arm, and no loop under one. */
  readonly arm: { readonly barrier: DeviceId; readonly safety: DeviceId } | null
  /** Between two places inside. */
  readonly isInner: boolean
  readonly reader: DeviceId
  readonly camera: DeviceId
  readonly approach: DeviceId
  readonly display: DeviceId
}

export const CAR = vehicleClass('car')
export const VAN = vehicleClass('van')
export const MOTORBIKE = vehicleClass('motorbike')

export const LOT = placeId('lot')
export const UPPER = placeId('upper')
export const BIKES = placeId('bikes')

export const IN_1 = laneId('in-1')
export const BOTH_1 = laneId('both-1')
export const OUT_1 = laneId('out-1')
export const BIKES_IN = laneId('bikes-in')
export const BIKES_OUT = laneId('bikes-out')
export const RAMP = laneId('ramp')

/** Who is paid for parking, and a shop whose customers park. */
export const MERCHANT = merchantId('operator')
export const SHOP = merchantId('shop')
/** What the shop may give: few in a day, so that its day is full sometimes. */
export const SHOP_GIVES = { merchant: SHOP, minutesMax: 60, amountMax: 10_000, basisPointsMax: 5_000, dayMax: 4 }

/** Of every class; cars and vans share none of them. Few for vans, so that it is full sometimes. */
export const SPACES: Readonly<Record<string, number>> = { car: 180, van: 4, motorbike: 116 }
const UPPER_SPACES = 60

/** The same prices for everybody who reckons, the gateway and whoever checks it. The second version is in force from its day on. */
export const TARIFF_GRACE_MINUTES = 15
export const FREE_MINUTES = 10
export type SimplePrices = {
  readonly version: string
  readonly validFrom: string
  readonly hourly: Readonly<
    Record<'car' | 'van', { readonly first: number; readonly more: number; readonly cap: number }>
  >
  readonly visit: { readonly day: number; readonly night: number; readonly dayAndNight: number }
}

export const PRICES: readonly [SimplePrices, SimplePrices] = [
  {
    version: 'old',
    validFrom: '2026-01-01',
    hourly: { car: { first: 15_000, more: 10_000, cap: 100_000 }, van: { first: 25_000, more: 15_000, cap: 150_000 } },
    visit: { day: 5_000, night: 8_000, dayAndNight: 12_000 },
  },
  {
    version: 'new',
    validFrom: '2026-12-01',
    hourly: { car: { first: 20_000, more: 12_000, cap: 120_000 }, van: { first: 30_000, more: 18_000, cap: 180_000 } },
    visit: { day: 6_000, night: 9_000, dayAndNight: 14_000 },
  },
]

/**
 * Four lanes at the street (a way in, a way out, one of both ways, and a free-flow lane for motorbikes with a reader for each way, which is two lanes to the gateway) and a ramp to the upper
 * floor inside; 300 spaces for three classes of vehicle.
 */
export function parkingKit(site: string): ParkingKit {
  const lanes = [
    // A camera takes a van for a car: who drives one comes in where a button, or a pass, says so.
    laneKit(IN_1, 'entry', [CAR]),
    laneKit(BOTH_1, 'both', [CAR, VAN]),
    laneKit(OUT_1, 'exit', [CAR, VAN]),
    // One reader for both ways would turn round whoever the books have inside by mistake, each time until somebody has put that right.
    laneKit(BIKES_IN, 'entry', [MOTORBIKE]),
    laneKit(BIKES_OUT, 'exit', [MOTORBIKE]),
    laneKit(RAMP, 'both', [CAR]),
  ]
  const emergency = deviceId('emergency-1')
  return {
    layout: {
      site: siteId(site),
      zone: 'Asia/Ho_Chi_Minh',
      currency: VND,
      merchants: [
        {
          id: MERCHANT,
          name: 'Ban quản lý bãi xe',
          account: { bankBin: '970436', number: '0011004455667', holder: 'BAN QUAN LY BAI XE' },
        },
        { id: SHOP, name: 'Siêu thị' },
      ],
      stalls: [],
      lanes: lanes.map(({ id, direction }) => ({
        id,
        name: LANE_NAMES[id] ?? id,
        direction,
        merchant: MERCHANT,
        price: null,
        takes: ['pay', 'holder', 'pass', 'ticket', 'override'],
        // Whoever is upstairs gets down, whatever has become of the gateway.
        failSafe: id === RAMP ? 'open' : 'closed',
      })),
      parking: parkingLayout(lanes),
    },
    policy: POLICY,
    devices: [...lanes.flatMap(devicesOf), { id: emergency, driver: 'emergency', place: { kind: 'site' }, role: null }],
    lanes,
    emergency,
  }
}

/** The file of the site's tariffs. Without `prices` none is in force: its last day is long over. */
export function tariffsFile(
  n: number,
  issuedAt: string,
  prices: readonly SimplePrices[] | null,
  graceMinutes = TARIFF_GRACE_MINUTES,
): string {
  const versions = prices ?? [{ ...PRICES[0], version: 'ended', validFrom: '2020-01-01' }]
  return JSON.stringify({
    version: { epoch: 1, n },
    issuedAt,
    tariffs: versions.map((each) => ({
      name: `bai-xe-${each.version}.json5`,
      text: JSON.stringify(tariffOf(each, prices === null ? '2020-12-31' : null, graceMinutes)),
    })),
  })
}

const LANE_NAMES: Readonly<Record<string, string>> = {
  [IN_1]: 'Làn vào',
  [BOTH_1]: 'Làn hai chiều',
  [OUT_1]: 'Làn ra',
  [BIKES_IN]: 'Làn xe máy vào',
  [BIKES_OUT]: 'Làn xe máy ra',
  [RAMP]: 'Dốc lên tầng',
}

/** Plates at the way in, tickets at the lane of both ways: nobody could tell there whether a plate that no stay is known by comes or goes. */
const ENTRY_BY: Readonly<Record<string, LaneParking['entryBy']>> = {
  [IN_1]: ['plate', 'pass', 'token'],
  [BOTH_1]: ['ticket', 'pass', 'token'],
  [BIKES_IN]: ['ticket', 'pass', 'token'],
}

function parkingLayout(lanes: readonly ParkingLaneKit[]): ParkingLayout {
  return {
    vehicleClasses: [
      { id: CAR, vi: 'Ô tô', en: 'Car', seenAs: 'car' },
      { id: VAN, vi: 'Xe tải nhỏ', en: 'Van' },
      { id: MOTORBIKE, vi: 'Xe máy', en: 'Motorbike', seenAs: 'motorbike' },
    ],
    places: [
      {
        id: LOT,
        name: 'Bãi',
        parent: null,
        capacities: [CAR, VAN, MOTORBIKE].map((each) => ({ vehicleClasses: [each], spaces: SPACES[each] ?? 0 })),
      },
      { id: UPPER, name: 'Tầng 2', parent: LOT, capacities: [{ vehicleClasses: [CAR], spaces: UPPER_SPACES }] },
      {
        id: BIKES,
        name: 'Khu xe máy',
        parent: LOT,
        capacities: [{ vehicleClasses: [MOTORBIKE], spaces: SPACES['motorbike'] ?? 0 }],
      },
    ],
    lanes: lanes.map(({ id, classes, arm, isInner, camera }) => ({
      lane: id,
      inside: placeInside(id),
      outside: isInner ? LOT : null,
      vehicleClasses: classes,
      entryBy: ENTRY_BY[id] ?? [],
      barrier: arm === null ? 'none' : 'arm',
      plateConfidenceMinPermille: 800,
      unpaid: id === BOTH_1 ? 'leave-on-debt' : 'call-staff',
      isFullRefused: true,
      cameras: [{ device: camera, forward: 'in', reverse: 'out', unsaid: null }],
    })),
    merchant: MERCHANT,
  }
}

const PARKING_POLICY: ParkingPolicy = {
  antiPassback: 'hard',
  quoteHoldMs: 5 * MINUTE_MS,
  debtMax: 200_000,
  refundMax: 50_000,
  cashNoteMax: 500_000,
  // Little, so that somebody with more rights is called sometimes.
  cashOverMax: 2_000_000,
  // Less than people have patience for.
  unpaidAfterMs: MINUTE_MS,
  bankAwayAfterMs: 10 * MINUTE_MS,
  creditMoveMax: 40_000,
  transferWithinMs: DAY_MS,
  bankConfirmation: 'expected',
  ticketLifetimeMs: 30 * DAY_MS,
  plateKeepMs: 30 * DAY_MS,
  sightingWindowMs: 3 * SECOND_MS,
  stayMaxMs: 7 * DAY_MS,
  paidStayMs: DAY_MS,
  // Shorter than answers are kept for here: what is older is of no known key any more.
  lateEvidenceAgeMaxMs: 4 * HOUR_MS,
  validations: [SHOP_GIVES],
}

/** Bold enough for a month with no network, and finite. */
const POLICY: SitePolicy = {
  ...SIMULATED_POLICY,
  offlineMaxMs: 60 * DAY_MS,
  keySetAgeMaxMs: 60 * DAY_MS,
  denyListAgeMaxMs: 60 * DAY_MS,
  parking: PARKING_POLICY,
}

/** What the office sells, cheap enough to be given back. */
export const TARIFF = 'bai-xe'
export const MONTH_PASS = 'thang'
export const MONTH_PASS_PRICE = 48_000

function tariffOf(prices: SimplePrices, validTo: string | null, graceMinutes: number): object {
  const { car, van } = prices.hourly
  const table = (name: string, rate: object, capPerDay: number | null) => ({
    vehicleClasses: [name],
    freeMinutes: { minutes: FREE_MINUTES, longerStays: 'pay-from-entry' },
    rateLines: [{ band: 'any', rate }],
    capPerDay,
    capPerStay: null,
  })
  const hourly = ({ first, more }: typeof car) => ({
    kind: 'per-hour',
    steps: [
      { fromHour: 1, toHour: 2, price: first },
      { fromHour: 3, toHour: null, price: more },
    ],
  })
  return {
    id: TARIFF,
    version: prices.version,
    name: { vi: 'Giá trông giữ xe', en: 'Parking rates' },
    currency: VND,
    validFrom: prices.validFrom,
    validTo,
    places: [LOT],
    bands: [
      { band: 'day', from: '06:00', to: '18:00' },
      { band: 'night', from: '18:00', to: '06:00' },
    ],
    rounding: { to: 1_000, mode: 'up' },
    graceMinutes,
    rateTables: [
      table('car', hourly(car), car.cap),
      table('van', hourly(van), van.cap),
      table('motorbike', { kind: 'per-visit', ...prices.visit }, null),
    ],
    specialDays: [],
    passes: [
      {
        id: MONTH_PASS,
        name: { vi: 'Vé tháng ô tô', en: 'A month for cars' },
        vehicleClasses: ['car'],
        months: 1,
        covers: 'day-and-night',
        price: MONTH_PASS_PRICE,
      },
    ],
  }
}

function laneKit(id: LaneId, direction: Lane['direction'], classes: readonly VehicleClass[]): ParkingLaneKit {
  return {
    id,
    direction,
    classes,
    arm: isFreeFlow(id) ? null : { barrier: deviceId(`barrier-${id}`), safety: deviceId(`safety-${id}`) },
    isInner: id === RAMP,
    reader: deviceId(`reader-${id}`),
    camera: deviceId(`camera-${id}`),
    approach: deviceId(`approach-${id}`),
    display: deviceId(`display-${id}`),
  }
}

function devicesOf({ id, reader, camera, approach, display, arm }: ParkingLaneKit): readonly KitDevice[] {
  const place = { kind: 'lane', id } as const
  const underArm: readonly KitDevice[] =
    arm === null
      ? []
      : [
          { id: arm.safety, driver: 'loop', place, role: 'safety' },
          { id: arm.barrier, driver: 'barrier', place, role: null },
        ]
  return [
    { id: reader, driver: 'qr-reader', place, role: null },
    { id: camera, driver: 'camera', place, role: null },
    { id: approach, driver: 'loop', place, role: 'approach' },
    { id: display, driver: 'display', place, role: null },
    ...underArm,
  ]
}

/** The innermost place into which a lane leads. */
export function placeInside(lane: LaneId): PlaceId {
  return lane === RAMP ? UPPER : isFreeFlow(lane) ? BIKES : LOT
}

/** Nobody is stopped there: what is let through is through. */
export function isFreeFlow(lane: string): boolean {
  return lane === BIKES_IN || lane === BIKES_OUT
}
