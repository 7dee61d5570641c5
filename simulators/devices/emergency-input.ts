import type { DeviceId } from '../../core/ids.ts'
import type { World } from '../world/world.ts'
import type { Firmware } from './firmware.ts'
import { firmwareOf } from './firmware.ts'

/** A fire alarm's contact or a red button. */
export type EmergencyInput = {
  readonly firmware: Firmware
  set(active: boolean): void
}

export function emergencyInput(world: World, device: DeviceId): EmergencyInput {
  let active = false
  const level = () => ({ type: 'emergency', data: { active } }) as const
  const firmware = firmwareOf(world, { device, firmware: 'sim-emergency 1.0', levels: () => [level()] })
  return {
    firmware,
    set(next) {
      if (next === active) return
      active = next
      firmware.say(level())
    },
  }
}
