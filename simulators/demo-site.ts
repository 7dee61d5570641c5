import { VND } from '../core/money.ts'
import { DAY_MS, SECOND_MS } from '../core/time.ts'
import type { DemoKit } from './demo-kit.ts'
import type { Powered } from './devices/firmware.ts'
import { powerOnInTurn } from './devices/power-on.ts'
import type { QrReader } from './devices/qr-reader.ts'
import type { Market } from './market.ts'
import { market } from './market.ts'
import type { Desk } from './parking/desk.ts'
import type { DriversPage } from './parking/driver-visit.ts'
import type { ParkingSite } from './parking/parking-site.ts'
import { parkingSite } from './parking/parking-site.ts'
import { HURRIED_TEMPO } from './parking/tempo.ts'
import type { DriverKind } from './parking/visits-record.ts'
import type { Manners } from './people/payer.ts'
import { MANNERS } from './people/payer.ts'
import type { PayersRecord } from './people/payers-record.ts'
import { payersRecord } from './people/payers-record.ts'
import type { Population } from './people/population.ts'
import { population } from './people/population.ts'
import type { SimulatedIssuers } from './wallet/issuers.ts'
import type { World } from './world/world.ts'

export type DemoSiteOptions = {
  readonly kit: DemoKit
  readonly issuers: SimulatedIssuers
  readonly desk: Desk
  readonly page: DriversPage
  /** Sales and vehicles that come, together, in a second. */
  readonly arrivalsPerSecond: number
  readonly people: number
  readonly bankChance: number
  /** A behaviour of ours has thrown. */
  readonly onBroken: (error: unknown) => void
}

/** A market, and a car park in which vehicles stay, in a town that is in a hurry. */
export type DemoSite = {
  readonly market: Market
  readonly park: ParkingSite
  readonly buyers: Population
  readonly purchases: PayersRecord
  readonly devices: readonly Powered[]
  readonly readers: readonly QrReader[]
  powerOn(): void
  powerOff(): void
  open(): void
  /** Nobody new comes. Who stands at a stall or a lane finishes; who stands inside leaves the vehicle there. */
  close(): void
  isQuiet(): boolean
  changeManners(change: Partial<Manners>): void
}

const VEHICLE_SHARE = 0.15
/** Its lanes take no more. */
const VEHICLE_EVERY_LEAST_MS = 2 * SECOND_MS
const VEHICLES = 90

/** A neighbour's plate before the camera would make two visits of each of these, and a minute is too short to give change back the day after. */
const LEFT_OUT: readonly DriverKind[] = ['plate-of-another', 'two-in-view', 'overpays']

export function demoSite(world: World, options: DemoSiteOptions): DemoSite {
  const { kit, issuers, arrivalsPerSecond } = options
  const { people, bankChance } = options
  const buyers = population(world, { site: kit.layout.site, issuers, people, bankChance })
  const purchases = payersRecord()
  let manners: Manners = MANNERS

  const vehicleEveryMs = Math.max(VEHICLE_EVERY_LEAST_MS, SECOND_MS / (arrivalsPerSecond * VEHICLE_SHARE))
  const stalls = market(world, {
    population: buyers,
    record: purchases,
    manners: () => manners,
    stalls: kit.stalls,
    currency: VND,
    salesPerSecond: Math.max(arrivalsPerSecond - SECOND_MS / vehicleEveryMs, arrivalsPerSecond * VEHICLE_SHARE),
  })
  const park = parkingSite(world, {
    kit: kit.park,
    issuers,
    desk: options.desk,
    office: null,
    page: options.page,
    tempo: HURRIED_TEMPO,
    leftOut: LEFT_OUT,
    phone: null,
    atClose: 'vehicles-stay',
    arrivalsPerDay: DAY_MS / vehicleEveryMs,
    vehicles: VEHICLES,
    onBroken: options.onBroken,
  })
  const devices: readonly Powered[] = [...stalls.devices, ...park.devices]

  return {
    market: stalls,
    park,
    buyers,
    purchases,
    devices,
    readers: [...stalls.stalls, ...park.stations].map(({ reader }) => reader),
    powerOn: () => powerOnInTurn(world.timeline, devices),
    powerOff() {
      for (const device of devices) device.powerOff()
    },
    open() {
      stalls.start()
      park.open()
    },
    close() {
      stalls.close()
      park.close()
    },
    isQuiet: () => stalls.isQuiet() && park.isQuiet() && devices.every((device) => device.outboxSize() === 0),
    changeManners(change) {
      manners = { ...manners, ...change }
    },
  }
}
