import type { LaneFacts } from './facts.ts'
import type { LaneState } from './lane-state.ts'

/**
 * Whether who stands before the barrier, or stood there last, may be the vehicle of the lane's right, which has rolled back from under the arm, or the next (decision 096).
 */
export function isInDoubt({ state, current }: Pick<LaneFacts, 'state' | 'current'>): boolean {
  const { perhapsThrough, presence, left } = state
  if (perhapsThrough === undefined || current?.id !== perhapsThrough || current.status === 'used') return false
  return current.presence === (presence ?? left?.presence)
}

export function withoutPerhaps({ perhapsThrough, ...state }: LaneState): LaneState {
  return state
}
