import type { DeviceId, LaneId } from '../ids.ts'
import type { Device } from '../site.ts'
import { isEmergencyOver } from './emergency.ts'
import type { LaneState } from './state.ts'

export type LaneLoop = { readonly id: DeviceId; readonly lane: LaneId }

/** The loops under the arms of lanes, of those of these devices that are in use. */
export function safetyLoops(devices: readonly Device[]): readonly LaneLoop[] {
  return loopsOf('safety', devices)
}

/** The loops before the barriers of lanes, of those of these devices that are in use. */
export function approachLoops(devices: readonly Device[]): readonly LaneLoop[] {
  return loopsOf('approach', devices)
}

/** Whether the lane waits for its safety loops to say that somebody has gone: nothing else brings its arm down. */
export function isWaitingForLoops({ phase }: LaneState): boolean {
  return phase.kind === 'passing' || isEmergencyOver(phase)
}

/**
 * Whether the lane still goes by what a loop under its arm said, or waits for its word. Where it has none any more (the last was revoked) nothing would ever change that.
 */
export function isSafetyKept(state: LaneState): boolean {
  return state.safety || state.isUpUnheard === true || state.alarm === 'loop-away'
}

function loopsOf(role: 'approach' | 'safety', devices: readonly Device[]): readonly LaneLoop[] {
  return devices.flatMap(({ id, place, role: its, status }) =>
    status === 'active' && its === role && place.kind === 'lane' ? [{ id, lane: place.id }] : [],
  )
}
