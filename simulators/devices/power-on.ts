import type { Timeline } from '../world/timeline.ts'
import type { Powered } from './firmware.ts'

const POWER_ON_EVERY_MS = 10

/** Switches every device on, each a little after the one before. */
export function powerOnInTurn(timeline: Pick<Timeline, 'after'>, devices: readonly Powered[]): void {
  for (const [index, device] of devices.entries()) timeline.after(index * POWER_ON_EVERY_MS, device.powerOn)
}
