import type { DeviceId, LaneId, SiteId, StallId } from '../core/ids.ts'
import { deviceId, laneId, merchantId, siteId, stallId } from '../core/ids.ts'
import { VND } from '../core/money.ts'
import type { Device, Lane, Merchant, SiteLayout, SitePolicy, Stall } from '../core/site.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../core/time.ts'

/** All that a gateway must be told to serve the simulated site: what stands where, what it dares, and which devices belong to it. */
export type SiteKit = {
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  readonly devices: readonly KitDevice[]
  readonly stalls: readonly StallKit[]
  readonly lanes: readonly LaneKit[]
  readonly emergency: DeviceId
}

/** A device to enrol. `driver` is its name in the drivers' registry. */
export type KitDevice = Pick<Device, 'id' | 'driver' | 'place' | 'role'>

export type StallKit = {
  readonly id: StallId
  readonly till: DeviceId
  readonly reader: DeviceId
  readonly soundbox: DeviceId
}

export type LaneKit = {
  readonly id: LaneId
  readonly direction: 'entry' | 'exit'
  /** The flat fee, in đồng. */
  readonly price: number
  readonly hardware: LaneHardware
  readonly reader: DeviceId
  readonly approach: DeviceId
  readonly safety: DeviceId
  readonly barrier: DeviceId
  readonly display: DeviceId
}

/** Whose loops and arm stand at a lane: the names of their drivers. */
export type LaneHardware = {
  readonly loops: 'loop' | 'loop-shelly-input'
  readonly barrier: 'barrier' | 'barrier-shelly-gen2' | 'barrier-tasmota'
}

export const OWN_HARDWARE: LaneHardware = { loops: 'loop', barrier: 'barrier' }

export type SiteKitOptions = { readonly site: string; readonly stalls: number }

/** A market of so many stalls, and a car park with one way in and one way out, all of it our own devices. */
export function siteKit(options: SiteKitOptions): SiteKit {
  return siteKitWith({ ...options, entry: OWN_HARDWARE, exit: OWN_HARDWARE, exitFailSafe: 'closed' })
}

/** The same, where something else may stand at the lanes. */
export function siteKitWith(
  options: SiteKitOptions & {
    readonly entry: LaneHardware
    readonly exit: LaneHardware
    /** What the way out does without a gateway; the way in stays closed. */
    readonly exitFailSafe: Lane['failSafe']
  },
): SiteKit {
  const site: SiteId = siteId(options.site)
  const stalls = Array.from({ length: options.stalls }, (_, index) => stallKit(index + 1))
  const lanes = [laneKit('in-1', 'entry', 10_000, options.entry), laneKit('out-1', 'exit', 5_000, options.exit)]
  const emergency = deviceId('emergency-1')
  return {
    layout: layoutOf(site, stalls, lanes, options.exitFailSafe),
    policy: SIMULATED_POLICY,
    devices: [
      ...stalls.flatMap(devicesOfStall),
      ...lanes.flatMap(devicesOfLane),
      { id: emergency, driver: 'emergency', place: { kind: 'site' }, role: null },
    ],
    stalls,
    lanes,
    emergency,
  }
}

/** Bold enough for a busy day with no network, and finite. */
export const SIMULATED_POLICY: SitePolicy = {
  transactionMax: 2_000_000,
  genericAudienceMax: 100_000,
  untrustedClockMax: 50_000,
  beforeEpochMax: 0,
  payerDayMax: 5_000_000,
  exposureMax: 5_000_000_000,
  offlineMaxMs: 30 * DAY_MS,
  keySetAgeMaxMs: 30 * DAY_MS,
  denyListAgeMaxMs: 30 * DAY_MS,
  clockWideningMaxMs: 2 * MINUTE_MS,
  chargeOpenMaxMs: 10 * MINUTE_MS,
  passageRightMs: 15 * MINUTE_MS,
  passWithinMs: 20 * SECOND_MS,
  barrierAnswerMs: 2 * SECOND_MS,
  openWithinMs: 5 * SECOND_MS,
  announceWithinMs: 10 * SECOND_MS,
  stateAgeMaxMs: 5 * SECOND_MS,
  antiPassback: 'hard',
  parking: null,
}

const MARKET_FEE_BASIS_POINTS = 150

const GOODS = [
  'Rau sạch',
  'Hoa quả',
  'Thịt lợn',
  'Thịt bò',
  'Cá sông',
  'Hải sản',
  'Gạo và đỗ',
  'Trứng',
  'Đậu phụ',
  'Bún phở',
  'Bánh mì',
  'Chè',
  'Cà phê',
  'Hoa tươi',
  'Gia vị',
  'Đồ khô',
  'Quần áo',
  'Giày dép',
  'Đồ nhựa',
  'Sửa khoá',
] as const

function layoutOf(
  site: SiteId,
  stalls: readonly StallKit[],
  lanes: readonly LaneKit[],
  exitFailSafe: Lane['failSafe'],
): SiteLayout {
  const operator: Merchant = { id: merchantId('operator'), name: 'Ban quản lý' }
  return {
    site,
    zone: 'Asia/Ho_Chi_Minh',
    currency: VND,
    merchants: [
      operator,
      ...stalls.map((stall, index) => ({ id: merchantId(`vendor-${stall.id}`), name: nameOf(index) })),
    ],
    stalls: stalls.map(
      (stall, index): Stall => ({
        id: stall.id,
        name: nameOf(index),
        merchant: merchantId(`vendor-${stall.id}`),
        feeBasisPoints: MARKET_FEE_BASIS_POINTS,
      }),
    ),
    lanes: lanes.map(
      (lane): Lane => ({
        id: lane.id,
        name: lane.direction === 'entry' ? 'Làn vào' : 'Làn ra',
        direction: lane.direction,
        merchant: operator.id,
        price: lane.price,
        takes: ['pay', 'holder', 'pass', 'override'],
        failSafe: lane.direction === 'exit' ? exitFailSafe : 'closed',
      }),
    ),
    parking: null,
  }
}

function nameOf(index: number): string {
  return `${GOODS[index % GOODS.length]} ${index + 1}`
}

function stallKit(number: number): StallKit {
  const id = stallId(`a-${String(number).padStart(2, '0')}`)
  return {
    id,
    till: deviceId(`till-${id}`),
    reader: deviceId(`reader-${id}`),
    soundbox: deviceId(`soundbox-${id}`),
  }
}

function laneKit(name: string, direction: LaneKit['direction'], price: number, hardware: LaneHardware): LaneKit {
  const id = laneId(name)
  return {
    id,
    direction,
    price,
    hardware,
    reader: deviceId(`reader-${id}`),
    approach: deviceId(`approach-${id}`),
    safety: deviceId(`safety-${id}`),
    barrier: deviceId(`barrier-${id}`),
    display: deviceId(`display-${id}`),
  }
}

function devicesOfStall({ id, till, reader, soundbox }: StallKit): readonly KitDevice[] {
  const place = { kind: 'stall', id } as const
  return [
    { id: till, driver: 'till', place, role: null },
    { id: reader, driver: 'qr-reader', place, role: null },
    { id: soundbox, driver: 'soundbox', place, role: null },
  ]
}

function devicesOfLane({ id, hardware, reader, approach, safety, barrier, display }: LaneKit): readonly KitDevice[] {
  const place = { kind: 'lane', id } as const
  return [
    { id: reader, driver: 'qr-reader', place, role: null },
    { id: approach, driver: hardware.loops, place, role: 'approach' },
    { id: safety, driver: hardware.loops, place, role: 'safety' },
    { id: barrier, driver: hardware.barrier, place, role: null },
    { id: display, driver: 'display', place, role: null },
  ]
}
