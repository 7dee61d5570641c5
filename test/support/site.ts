import type { DeviceId } from '../../core/ids.ts'
import { deviceId, laneId, merchantId, siteId, stallId } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { BundleVersion, Device, Lane, Place, SiteLayout, SitePolicy } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../core/time.ts'
import { driverNamed } from '../../devices/registry.ts'

/** A small market with a car park, as tests know it. */
export const SITE = siteId('market-1')
export const STALL = stallId('stall-1')
export const LANE = laneId('lane-in')
export const LANE_PRICE = 20_000
/** Noon of a Saturday in Việt Nam. */
export const NOON = instant(Date.UTC(2026, 10, 21, 5))

export function layoutOf(over: Partial<SiteLayout> = {}): SiteLayout {
  return {
    site: SITE,
    zone: 'Asia/Ho_Chi_Minh',
    currency: VND,
    merchants: [
      { id: merchantId('m-1'), name: 'Cô Lan' },
      { id: merchantId('m-2'), name: 'Chú Bảy' },
      { id: merchantId('car-park'), name: 'Bãi xe' },
    ],
    stalls: [
      { id: STALL, name: 'Sạp 1', merchant: merchantId('m-1'), feeBasisPoints: 200 },
      { id: stallId('stall-2'), name: 'Sạp 2', merchant: merchantId('m-2'), feeBasisPoints: 0 },
    ],
    lanes: [laneOf(LANE, { direction: 'entry' }), laneOf(laneId('lane-out'), { direction: 'exit', price: null })],
    parking: null,
    ...over,
  }
}

export function laneOf(id: Lane['id'], over: Partial<Lane> = {}): Lane {
  return {
    id,
    name: id,
    direction: 'entry',
    merchant: merchantId('car-park'),
    price: LANE_PRICE,
    takes: ['pay', 'holder', 'pass', 'override'],
    failSafe: 'closed',
    ...over,
  }
}

export function policyOf(over: Partial<SitePolicy> = {}): SitePolicy {
  return {
    transactionMax: 2_000_000,
    genericAudienceMax: 200_000,
    untrustedClockMax: 50_000,
    beforeEpochMax: 0,
    payerDayMax: 5_000_000,
    exposureMax: 1_000_000_000,
    offlineMaxMs: 30 * DAY_MS,
    keySetAgeMaxMs: 30 * DAY_MS,
    denyListAgeMaxMs: 30 * DAY_MS,
    clockWideningMaxMs: 5 * MINUTE_MS,
    chargeOpenMaxMs: 10 * MINUTE_MS,
    passageRightMs: 10 * MINUTE_MS,
    passWithinMs: 30_000,
    barrierAnswerMs: 2_000,
    openWithinMs: 5_000,
    announceWithinMs: MINUTE_MS,
    stateAgeMaxMs: 5_000,
    antiPassback: 'hard',
    parking: null,
    ...over,
  }
}

export function stallDevices(stall: string): readonly Device[] {
  const place: Place = { kind: 'stall', id: stallId(stall) }
  return [
    deviceOf(`${stall}-till`, 'till', place),
    deviceOf(`${stall}-reader`, 'qr-reader', place),
    deviceOf(`${stall}-soundbox`, 'soundbox', place),
  ]
}

export function laneDevices(lane: string, barrier = 'barrier'): readonly Device[] {
  const place: Place = { kind: 'lane', id: laneId(lane) }
  return [
    deviceOf(`${lane}-reader`, 'qr-reader', place),
    deviceOf(`${lane}-approach`, 'loop', place, 'approach'),
    deviceOf(`${lane}-safety`, 'loop', place, 'safety'),
    deviceOf(`${lane}-barrier`, barrier, place),
    deviceOf(`${lane}-display`, 'display', place),
  ]
}

export function deviceOf(id: string, driverName: string, place: Place, role: Device['role'] = null): Device {
  const driver = driverNamed(driverName)
  if (driver === undefined) throw new Error(`no driver ${driverName}`)
  const { kind, delivery } = driver
  return { id: deviceId(id), driver: driverName, kind, delivery, place, role, status: 'active' }
}

export const devicesOf = (): readonly Device[] => [
  ...stallDevices(STALL),
  ...stallDevices('stall-2'),
  ...laneDevices(LANE),
  ...laneDevices('lane-out'),
  deviceOf('emergency-1', 'emergency', { kind: 'site' }),
]

export const deviceAt = (place: string, kind: string): DeviceId => deviceId(`${place}-${kind}`)

/** The bundles as files, as upstream would send them. */
export function layoutFile(layout: SiteLayout, version: BundleVersion, issuedAt: Instant): string {
  return JSON.stringify({ version, issuedAt: new Date(issuedAt).toISOString(), layout })
}

export function policyFile(policy: SitePolicy, version: BundleVersion, issuedAt: Instant): string {
  return JSON.stringify({ version, issuedAt: new Date(issuedAt).toISOString(), policy })
}

export const HOURS_BEFORE = (at: Instant, hours: number): Instant => instant(at - hours * HOUR_MS)
