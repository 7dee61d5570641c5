import { VND } from '../core/money.ts'
import type { Instant } from '../core/time.ts'
import { DAY_MS, later, SECOND_MS } from '../core/time.ts'
import type { CarPark } from './car-park.ts'
import { carPark } from './car-park.ts'
import type { EmergencyInput } from './devices/emergency-input.ts'
import { emergencyInput } from './devices/emergency-input.ts'
import type { Powered } from './devices/firmware.ts'
import { powerOnInTurn } from './devices/power-on.ts'
import type { QrReader } from './devices/qr-reader.ts'
import type { Market } from './market.ts'
import { market } from './market.ts'
import type { Manners } from './people/payer.ts'
import { MANNERS } from './people/payer.ts'
import type { PayersRecord } from './people/payers-record.ts'
import { payersRecord } from './people/payers-record.ts'
import type { Population } from './people/population.ts'
import { population } from './people/population.ts'
import type { SiteKit } from './site-kit.ts'
import type { SimulatedIssuers } from './wallet/issuers.ts'
import { createIssuers } from './wallet/issuers.ts'
import type { Random } from './world/random.ts'
import type { World } from './world/world.ts'

export type SiteOptions = {
  readonly kit: SiteKit
  readonly issuers: SimulatedIssuers
  /** Sales and vehicles that come, together, in a second. Lanes take at most one vehicle in some seconds each, the market the rest. */
  readonly arrivalsPerSecond: number
  readonly people: number
  readonly bankChance: number
  readonly manners?: Partial<Manners>
}

/** The whole of a simulated site: a market, a car park, the people who come, and what these know. */
export type SimulatedSite = {
  readonly kit: SiteKit
  readonly market: Market
  readonly carPark: CarPark
  readonly emergency: EmergencyInput
  readonly population: Population
  readonly record: PayersRecord
  readonly devices: readonly Powered[]
  readonly readers: readonly QrReader[]
  /** Switches every device on, each a little after the one before. */
  powerOn(): void
  powerOff(): void
  /** People come from now on. */
  open(): void
  /** Nobody new comes; whoever is here finishes. */
  close(): void
  /** Nobody is here any more, and no device has anything left to say. */
  isQuiet(): boolean
  changeManners(change: Partial<Manners>): void
}

const CAR_SHARE = 0.15
const CAR_ARRIVAL_LEAST_MS = 6 * SECOND_MS

export function simulatedSite(world: World, options: SiteOptions): SimulatedSite {
  const { kit, issuers, arrivalsPerSecond } = options
  const town = population(world, {
    site: kit.layout.site,
    issuers,
    people: options.people,
    bankChance: options.bankChance,
  })
  const record = payersRecord()
  let manners: Manners = { ...MANNERS, ...options.manners }
  const common = { population: town, record, manners: () => manners }

  const arrivalMeanMs = Math.max(CAR_ARRIVAL_LEAST_MS, (SECOND_MS * kit.lanes.length) / (arrivalsPerSecond * CAR_SHARE))
  const carsPerSecond = (SECOND_MS * kit.lanes.length) / arrivalMeanMs
  const stalls = market(world, {
    ...common,
    stalls: kit.stalls,
    currency: VND,
    salesPerSecond: Math.max(arrivalsPerSecond - carsPerSecond, arrivalsPerSecond * CAR_SHARE),
  })
  const lanes = carPark(world, { ...common, lanes: kit.lanes, arrivalMeanMs })
  const emergency = emergencyInput(world, kit.emergency)
  const devices = [...stalls.devices, ...lanes.devices, emergency.firmware]

  return {
    kit,
    market: stalls,
    carPark: lanes,
    emergency,
    population: town,
    record,
    devices,
    readers: [...stalls.stalls, ...lanes.lanes].map(({ reader }) => reader),
    powerOn: () => powerOnInTurn(world.timeline, devices),
    powerOff() {
      for (const device of devices) device.powerOff()
    },
    open() {
      stalls.start()
      lanes.start()
    },
    close() {
      stalls.close()
      lanes.close()
    },
    isQuiet: () => stalls.isQuiet() && lanes.isQuiet() && devices.every((device) => device.outboxSize() === 0),
    changeManners(change) {
      manners = { ...manners, ...change }
    },
  }
}

/** The issuers whose tokens the site takes, with keys that were in use for some time already. */
export function issuersOf(kit: Pick<SiteKit, 'layout'>, random: Random, now: Instant): SimulatedIssuers {
  return createIssuers({
    site: kit.layout.site,
    currency: VND,
    random: random.fork('issuers').bytes,
    from: later(now, -DAY_MS),
  })
}
