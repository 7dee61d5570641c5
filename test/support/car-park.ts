import { deviceId, merchantId, placeId, vehicleClass } from '../../core/ids.ts'
import type { ParkingLayout, ParkingPolicy } from '../../core/parking/place.ts'
import type { BundleVersion, Device, SiteLayout, SitePolicy } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { DAY_MS, MINUTE_MS } from '../../core/time.ts'
import { deviceOf, devicesOf, LANE, laneOf, layoutOf, policyOf } from './site.ts'

export const LOT = placeId('lot')
export const CAR = vehicleClass('car')
export const LANE_OUT = 'lane-out'

export const PARKING: ParkingLayout = {
  vehicleClasses: [{ id: CAR, vi: 'Ô tô', en: 'Car' }],
  places: [{ id: LOT, name: 'Bãi chính', parent: null, capacities: [{ vehicleClasses: [CAR], spaces: 300 }] }],
  lanes: layoutOf().lanes.map((lane) => ({
    lane: lane.id,
    inside: LOT,
    outside: null,
    vehicleClasses: [CAR],
    entryBy: ['ticket', 'plate'],
    barrier: 'arm',
    plateConfidenceMinPermille: 800,
    unpaid: 'wait',
    isFullRefused: true,
  })),
  merchant: merchantId('car-park'),
}

export const PARKING_POLICY: ParkingPolicy = {
  antiPassback: 'soft',
  quoteHoldMs: 2 * MINUTE_MS,
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

/** The small market's two lanes are its car park's entry and exit, each with a camera. */
export function parkingLayout(): SiteLayout {
  const takes = ['pay', 'holder', 'pass', 'ticket', 'override'] as const
  return layoutOf({
    lanes: [
      laneOf(LANE, { direction: 'entry', price: null, takes }),
      laneOf(layoutOf().lanes[1]?.id ?? LANE, { direction: 'exit', price: null, takes }),
    ],
    parking: PARKING,
  })
}

export function parkingPolicy(): SitePolicy {
  return policyOf({ parking: PARKING_POLICY })
}

export function parkingDevices(): readonly Device[] {
  const cameras = parkingLayout().lanes.map((lane) =>
    deviceOf(deviceId(`${lane.id}-camera`), 'camera', { kind: 'lane', id: lane.id }),
  )
  const atEntry = ['ticket-button', 'printer'].map((kind) =>
    deviceOf(`${LANE}-${kind}`, kind, { kind: 'lane', id: LANE }),
  )
  return [...devicesOf(), ...cameras, ...atEntry]
}

/** Cars by the hour, as somebody would write it by hand. */
export const TARIFF_TEXT = `{
  id: 'cars',
  version: '2018-01',
  name: { vi: 'Ô tô', en: 'Cars' },
  currency: 'VND',
  validFrom: '2018-01-01',
  validTo: null,
  places: ['lot'],
  bands: [],
  rounding: { to: 1000, mode: 'up' },
  graceMinutes: 15,
  rateTables: [
    {
      vehicleClasses: ['car'],
      freeMinutes: { minutes: 0, longerStays: 'pay-from-entry' },
      rateLines: [{ band: 'any', rate: { kind: 'per-hour', steps: [{ fromHour: 1, toHour: null, price: 25000 }] } }],
      capPerDay: null,
      capPerStay: null,
    },
  ],
  specialDays: [],
  passes: [],
}
`

export function tariffsFile(version: BundleVersion, issuedAt: Instant, text = TARIFF_TEXT): string {
  const tariffs = [{ name: 'cars.json5', text }]
  return JSON.stringify({ version, issuedAt: new Date(issuedAt).toISOString(), tariffs })
}
