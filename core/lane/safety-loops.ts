import type { DeviceId, LaneId } from '../ids.ts'
import type { Device } from '../site.ts'
import { isEmergencyOver } from './emergency.ts'
import type { LaneState } from './state.ts'

export type SafetyLoop = { readonly id: DeviceId; readonly lane: LaneId }

/** The loops under the arms of lanes, of those of these devices that are in use. */
export function safetyLoops(devices: readonly Device[]): readonly SafetyLoop[] {
  return devices.flatMap(({ id, place, role, status }) =>
    status === 'active' && role === 'safety' && place.kind === 'lane' ? [{ id, lane: place.id }] : [],
  )
}

/** Whether the lane waits for its safety loops to say that somebody has gone: nothing else brings its arm down. */
export function isWaitingForLoops({ phase }: LaneState): boolean {
  return phase.kind === 'passing' || isEmergencyOver(phase)
}
