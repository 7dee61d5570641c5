import { afterEach } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import type { Wallet } from '../../simulators/wallet/wallet.ts'
import { createWallet } from '../../simulators/wallet/wallet.ts'
import type { Rig, RigOptions } from './rig.ts'
import { bytesOf, createRig } from './rig.ts'
import { SITE } from './site.ts'
import type { WireDevice } from './wire-device.ts'
import { wireDevice } from './wire-device.ts'

/** Makes rigs, and removes them after each test of the file that calls it. */
export function rigs(): (over?: Partial<RigOptions>) => Promise<Rig> {
  const opened: Rig[] = []
  afterEach(() => {
    for (const rig of opened.splice(0)) rig.remove()
  })
  return async (over = {}) => {
    const rig = createRig(over)
    opened.push(rig)
    await rig.setUp()
    return rig
  }
}

/** Somebody with a phone full of tokens. The same name is the same person. */
export function walletOf(rig: Rig, payer: string): Wallet {
  return createWallet({
    site: SITE,
    payer,
    issuers: rig.issuers,
    issuer: 'wallet',
    random: bytesOf(rig.random.fork(`wallet/${payer}`)),
    now: rig.timeline.now,
  })
}

export type StallDevices = { readonly till: WireDevice; readonly reader: WireDevice; readonly soundbox: WireDevice }

/** The devices of a stall, connected. */
export async function stallOf(rig: Rig, stall: string): Promise<StallDevices> {
  const at = (kind: string): WireDevice => wireDevice(rig, deviceId(`${stall}-${kind}`))
  const devices = { till: at('till'), reader: at('reader'), soundbox: at('soundbox') }
  for (const device of Object.values(devices)) await device.connect()
  return devices
}

export type LaneDevices = {
  readonly reader: WireDevice
  readonly approach: WireDevice
  readonly safety: WireDevice
  readonly barrier: WireDevice
  readonly display: WireDevice
}

/** The devices of a lane, connected, with nobody there and the arm down. */
export async function laneOf(rig: Rig, lane: string): Promise<LaneDevices> {
  const at = (kind: string): WireDevice => wireDevice(rig, deviceId(`${lane}-${kind}`))
  const devices = {
    reader: at('reader'),
    approach: at('approach'),
    safety: at('safety'),
    barrier: at('barrier'),
    display: at('display'),
  }
  for (const device of Object.values(devices)) await device.connect()
  await devices.approach.ask('occupied', { occupied: false })
  await devices.safety.ask('occupied', { occupied: false })
  await devices.barrier.ask('barrier', { state: 'closed' })
  return devices
}

/** Its arm goes up, the vehicle on the loop before it drives through, and the arm comes down. */
export async function drivesThrough(rig: Rig, { approach, barrier, safety }: LaneDevices): Promise<void> {
  await rig.runFor(500)
  const open = barrier.commands.findLast((command) => command.type === 'open')
  if (open === undefined) throw new Error('the arm was not told to open')
  barrier.report(open.id, 'done')
  await barrier.ask('barrier', { state: 'open' })
  await safety.ask('occupied', { occupied: true })
  await rig.runFor(2_000)
  await approach.ask('occupied', { occupied: false })
  await safety.ask('occupied', { occupied: false })
  await rig.runFor(2_000)
  await barrier.ask('barrier', { state: 'closed' })
}
