import type { DeviceId } from '../../core/ids.ts'
import type { World } from '../world/world.ts'
import type { Announcer } from './announcer.ts'
import { announcer } from './announcer.ts'

/** Two lines of text beside a lane. */
export function display(world: World, device: DeviceId): Announcer {
  return announcer(world, { device, firmware: 'sim-display 1.0', speaks: false })
}
