import { deviceId, laneId, siteId } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { Lane, SitePolicy } from '../../core/site.ts'
import { instant, SECOND_MS } from '../../core/time.ts'
import type { KitDevice, LaneKit, SiteKit } from '../../simulators/site-kit.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import type { RandomBytes } from '../../simulators/wallet/signing.ts'

export const SITE = siteId('crash')
export const SECRET = 'secret-of-a-crash-test'
export const LANE_PRICE = 10_000

const MAKES = ['own', 'shelly', 'tasmota'] as const
export type BarrierMake = (typeof MAKES)[number]
export type CrashLane = LaneKit & { readonly make: BarrierMake }
export type CrashKit = { readonly kit: SiteKit; readonly lanes: readonly CrashLane[] }

/** A small market, and lanes whose barriers are our own, which know the ids of commands, and relays, which know none. */
export function crashKit(stalls: number, lanesOfAMake: number): CrashKit {
  const kit = siteKit({ site: SITE, stalls })
  const [like] = kit.layout.lanes
  if (like === undefined) throw new Error('the kit has no lane')
  const lanes = MAKES.flatMap((make) =>
    Array.from({ length: lanesOfAMake }, (_, index) => laneOf(`${make}-${index + 1}`, make)),
  )
  const policy: SitePolicy = {
    ...kit.policy,
    payerDayMax: 1e12,
    exposureMax: 1e15,
    passWithinMs: 8 * SECOND_MS,
    barrierAnswerMs: 2 * SECOND_MS,
    // Long enough that what a killed gateway had decided is still in time for the next one: only the rule keeps it back.
    openWithinMs: 10 * SECOND_MS,
  }
  return {
    lanes,
    kit: {
      ...kit,
      policy,
      layout: { ...kit.layout, lanes: lanes.map((lane): Lane => ({ ...like, id: lane.id, price: LANE_PRICE })) },
      devices: [...kit.devices.filter(({ place }) => place.kind === 'stall'), ...lanes.flatMap(devicesOf)],
    },
  }
}

export function crashIssuers(random: RandomBytes): SimulatedIssuers {
  return createIssuers({ site: SITE, currency: VND, random, from: instant(Date.UTC(2026, 0, 1)) })
}

function laneOf(name: string, make: BarrierMake): CrashLane {
  const id = laneId(name)
  return {
    id,
    make,
    direction: 'entry',
    price: LANE_PRICE,
    hardware: { loops: 'loop', barrier: DRIVER_OF[make] },
    reader: deviceId(`reader-${name}`),
    approach: deviceId(`approach-${name}`),
    safety: deviceId(`safety-${name}`),
    barrier: deviceId(`barrier-${name}`),
    display: deviceId(`display-${name}`),
  }
}

const DRIVER_OF = { own: 'barrier', shelly: 'barrier-shelly-gen2', tasmota: 'barrier-tasmota' } as const

function devicesOf({ id, make, reader, approach, safety, barrier }: CrashLane): readonly KitDevice[] {
  const place = { kind: 'lane', id } as const
  return [
    { id: reader, driver: 'qr-reader', place, role: null },
    { id: approach, driver: 'loop', place, role: 'approach' },
    { id: safety, driver: 'loop', place, role: 'safety' },
    { id: barrier, driver: DRIVER_OF[make], place, role: null },
  ]
}
