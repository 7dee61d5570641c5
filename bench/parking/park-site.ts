import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { deviceId, laneId, merchantId, placeId, vehicleClass } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { ParkingPolicy } from '../../core/parking/place.ts'
import type { Lane, SiteLayout, SitePolicy } from '../../core/site.ts'
import { DAY_MS, MINUTE_MS } from '../../core/time.ts'
import type { KitDevice } from '../../simulators/site-kit.ts'
import { benchKit, SITE } from '../site/bench-site.ts'

/** The car park that is measured: one lot, one lane in, and as many lanes out as are wanted, each with all that stands at one. */
export type ParkKit = {
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  readonly devices: readonly KitDevice[]
  readonly exits: readonly ExitLane[]
}

export type ExitLane = {
  readonly id: LaneId
  readonly reader: DeviceId
  readonly camera: DeviceId
  readonly approach: DeviceId
  readonly safety: DeviceId
  readonly barrier: DeviceId
  readonly display: DeviceId
}

export const LANE_IN = laneId('in-1')
export const LOT = placeId('lot')
export const CAR = vehicleClass('car')
export const OPERATOR = merchantId('operator')
export const ZONE = 'Asia/Ho_Chi_Minh'

export const PARK_POLICY: ParkingPolicy = {
  antiPassback: 'hard',
  quoteHoldMs: 5 * MINUTE_MS,
  debtMax: 500_000,
  refundMax: 200_000,
  cashNoteMax: 500_000,
  cashOverMax: 2_000_000,
  unpaidAfterMs: 3 * MINUTE_MS,
  bankAwayAfterMs: 10 * MINUTE_MS,
  creditMoveMax: 5_000_000,
  transferWithinMs: DAY_MS,
  bankConfirmation: 'none',
  ticketLifetimeMs: 30 * DAY_MS,
  plateKeepMs: 30 * DAY_MS,
  sightingWindowMs: 3_000,
  stayMaxMs: 30 * DAY_MS,
  paidStayMs: DAY_MS,
  lateEvidenceAgeMaxMs: 7 * DAY_MS,
}

export function parkKit(exitLanes: number): ParkKit {
  const market = benchKit(0)
  const exits = Array.from({ length: exitLanes }, (_, index) => exitLane(index + 1))
  const lanes = [LANE_IN, ...exits.map(({ id }) => id)]
  return {
    layout: {
      ...market.layout,
      merchants: [{ id: OPERATOR, name: 'Ban quản lý bãi xe' }],
      stalls: [],
      lanes: lanes.map(
        (id): Lane => ({
          id,
          name: id,
          direction: id === LANE_IN ? 'entry' : 'exit',
          merchant: OPERATOR,
          price: null,
          takes: ['pay', 'holder', 'pass', 'ticket', 'override'],
          failSafe: 'closed',
        }),
      ),
      parking: {
        vehicleClasses: [{ id: CAR, vi: 'Ô tô', en: 'Car' }],
        places: [{ id: LOT, name: 'Bãi', parent: null, capacities: [{ vehicleClasses: [CAR], spaces: SPACES }] }],
        lanes: lanes.map((lane) => ({
          lane,
          inside: LOT,
          outside: null,
          vehicleClasses: [CAR],
          entryBy: ['ticket', 'plate', 'pass', 'token'],
          barrier: 'arm',
          plateConfidenceMinPermille: 800,
          unpaid: 'wait',
          isFullRefused: true,
        })),
        merchant: OPERATOR,
      },
    },
    policy: { ...market.policy, parking: PARK_POLICY },
    devices: exits.flatMap(devicesOf),
    exits,
  }
}

/** Prices by the hour with free minutes, a dearer night, dearer holidays and caps; a grace that outlasts filling and measuring, for whoever paid before. */
const TARIFF = {
  id: 'cars',
  version: '2026',
  name: { vi: 'Ô tô', en: 'Cars' },
  currency: VND,
  validFrom: '2026-01-01',
  validTo: null,
  places: [LOT],
  bands: [
    { band: 'day', from: '06:00', to: '22:00' },
    { band: 'night', from: '22:00', to: '06:00' },
  ],
  rounding: { to: 1_000, mode: 'up' },
  graceMinutes: 720,
  rateTables: [rates(1)],
  specialDays: [{ name: { vi: 'Cuối tuần', en: 'Weekend' }, days: [], weekdays: [6, 7], rateTables: [rates(2)] }],
  passes: [],
} as const

/** The tariffs' file and the list that names it, as they lie in a data folder; `text` is what the file says. */
export function writeTariffs(folder: string, issuedAt: string): { readonly name: string; readonly text: string } {
  const file = { name: 'cars.json5', text: JSON.stringify(TARIFF) }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, file.name), file.text)
  writeFileSync(
    join(folder, 'tariffs.json'),
    JSON.stringify({ version: { epoch: 1, n: 1 }, issuedAt, files: [file.name] }),
  )
  return file
}

/**
 * The plate of the n-th vehicle, up to 2,000,000, each another: spread over twenty series of Hà Nội, so that about as many look like another as in a town. By
 * numbers one after another every plate would have all its look-alikes in the same lot.
 */
export function plateText(vehicle: number): string {
  const number = (vehicle * STRIDE) % (SERIES.length * SERIES_PLATES)
  const digits = String(number % SERIES_PLATES).padStart(5, '0')
  return `${SERIES[Math.floor(number / SERIES_PLATES)]}-${digits.slice(0, 3)}.${digits.slice(3)}`
}

export const TOPIC_PREFIX = `tolbooth/v1/${SITE}`

/** As many as a layout may state. */
const SPACES = 100_000
const SERIES_PLATES = 100_000
/** Prime to the number of all plates. */
const STRIDE = 618_033
const SERIES = ['29', '30'].flatMap((province) => [...'ABCDEFGHKL'].map((letter) => `${province}${letter}`))

function rates(factor: number) {
  return {
    vehicleClasses: [CAR],
    freeMinutes: { minutes: 10, longerStays: 'pay-from-entry' },
    rateLines: [
      {
        band: 'day',
        rate: {
          kind: 'per-hour',
          steps: [
            { fromHour: 1, toHour: 2, price: 20_000 * factor },
            { fromHour: 3, toHour: null, price: 12_000 * factor },
          ],
        },
      },
      { band: 'night', rate: { kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price: 5_000 * factor }] } },
    ],
    capPerDay: 150_000 * factor,
    capPerStay: null,
  }
}

function exitLane(number: number): ExitLane {
  const name = `out-${number}`
  return {
    id: laneId(name),
    reader: deviceId(`reader-${name}`),
    camera: deviceId(`camera-${name}`),
    approach: deviceId(`approach-${name}`),
    safety: deviceId(`safety-${name}`),
    barrier: deviceId(`barrier-${name}`),
    display: deviceId(`display-${name}`),
  }
}

function devicesOf({ id, reader, camera, approach, safety, barrier, display }: ExitLane): readonly KitDevice[] {
  const place = { kind: 'lane', id } as const
  return [
    { id: reader, driver: 'qr-reader', place, role: null },
    { id: camera, driver: 'camera', place, role: null },
    { id: approach, driver: 'loop', place, role: 'approach' },
    { id: safety, driver: 'loop', place, role: 'safety' },
    { id: barrier, driver: 'barrier', place, role: null },
    { id: display, driver: 'display', place, role: null },
  ]
}
