import type { DeviceId } from '../../core/ids.ts'
import type { World } from '../world/world.ts'
import type { Announcer } from './announcer.ts'
import { announcer } from './announcer.ts'

/** A soundbox: says each id once, so that a vendor who hears money twice has been paid twice. */
export function soundbox(world: World, device: DeviceId): Announcer {
  return announcer(world, { device, firmware: 'sim-soundbox 1.0', speaks: true })
}
