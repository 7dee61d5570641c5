import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vehicleClass } from '../core/ids.ts'
import type { ParkingLayout, ParkingPlace } from '../core/parking/place.ts'
import type { SiteLayout, SitePolicy } from '../core/site.ts'
import type { TariffFile } from './gateway-process/provision.ts'
import type { ParkingKit } from './parking/parking-kit.ts'
import { BIKES, LOT, parkingKit, UPPER } from './parking/parking-kit.ts'
import type { KitDevice, SiteKitOptions, StallKit } from './site-kit.ts'
import { siteKit } from './site-kit.ts'

/** All that a gateway must be told to serve the demo: a market's stalls, and a car park in which vehicles stay. */
export type DemoKit = {
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  readonly devices: readonly KitDevice[]
  readonly stalls: readonly StallKit[]
  readonly park: ParkingKit
  readonly tariffs: readonly TariffFile[]
}

/** Few enough spaces to see them fill. */
const SPACES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  [LOT]: { car: 24, van: 3, motorbike: 30 },
  [UPPER]: { car: 6 },
  [BIKES]: { motorbike: 30 },
}

/** Of nobody: a transfer to it would come back. */
const ACCOUNT = { bankBin: '970436', number: '0000000000001', holder: 'BAI XE DEMO' }

const HANOI = 'hanoi-two-wheels-urban.json5'
const CARS = 'demo-cars.json5'

/** The stalls of the market, and the lanes and places of the car park. */
export function demoKit(options: SiteKitOptions): DemoKit {
  const market = siteKit(options)
  const park = parkingKit(options.site)
  const { parking } = park.layout
  if (parking === null || park.policy.parking === null) throw new Error('the kit has no car park')
  const ofStalls = new Set(market.layout.stalls.map(({ merchant }) => merchant))
  const layout: SiteLayout = {
    ...park.layout,
    merchants: [
      ...park.layout.merchants.map((each) => (each.id === parking.merchant ? { ...each, account: ACCOUNT } : each)),
      ...market.layout.merchants.filter(({ id }) => ofStalls.has(id)),
    ],
    stalls: market.layout.stalls,
    parking: smaller(parking),
  }
  return {
    layout,
    policy: { ...park.policy, parking: { ...park.policy.parking, bankConfirmation: 'expected' } },
    devices: [...market.devices.filter(({ place }) => place?.kind === 'stall'), ...park.devices],
    stalls: market.stalls,
    park: { ...park, layout },
    tariffs: [hanoiTwoWheels(), { name: CARS, text: readFileSync(join(import.meta.dirname, CARS), 'utf8') }],
  }
}

/** With the decision's bicycles: nobody rides one here, and its tariff names them. */
function smaller(parking: ParkingLayout): ParkingLayout {
  return {
    ...parking,
    vehicleClasses: [...parking.vehicleClasses, { id: vehicleClass('bicycle'), vi: 'Xe đạp', en: 'Bicycle' }],
    places: parking.places.map(
      (place): ParkingPlace => ({
        ...place,
        capacities: place.capacities.map(({ vehicleClasses, spaces }) => {
          const [of = ''] = vehicleClasses
          return { vehicleClasses, spaces: SPACES[place.id]?.[of] ?? spaces }
        }),
      }),
    ),
  }
}

/** The shipped tariff of two-wheelers, with the site's own place in it: what an operator changes in the file. */
function hanoiTwoWheels(): TariffFile {
  const shipped = readFileSync(join(import.meta.dirname, '../gateway/tariffs', HANOI), 'utf8')
  const text = shipped.replace("places: ['urban-lot']", `places: ['${LOT}']`)
  if (text === shipped) throw new Error(`${HANOI} names another place than it did`)
  return { name: HANOI, text }
}
