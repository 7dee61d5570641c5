import type { LaneAlarm, LaneState } from './lane-state.ts'

/** Where a lane is, in the words of its screens. */
export type LaneViewPhase =
  | 'idle'
  | 'vehicle-present'
  | 'asking'
  | 'awaiting-payment'
  | 'opening'
  | 'open'
  | 'passing'
  | 'closing'
  | 'held-open'

export type LaneViewAlarm =
  | 'forced-open'
  | 'tailgating'
  | 'stuck-open'
  | 'stuck-closed'
  | 'no-passage'
  | 'backing-out'
  | 'device-away'
  | 'loop-stuck'

export type LaneView = { readonly phase: LaneViewPhase; readonly alarm: LaneViewAlarm | null }

/**
 * A lane for people: `asking` is a vehicle of which no stay and no right is known, `awaiting-payment` one of which an amount is asked, `vehicle-present` one that is known, or that waits for its
 * arm.
 */
export function laneView(state: LaneState): LaneView {
  return { phase: phaseOf(state), alarm: state.alarm === null ? null : alarmOf[state.alarm] }
}

function phaseOf(state: LaneState): LaneViewPhase {
  const { kind } = state.phase
  switch (kind) {
    case 'vehicle-present':
      return visitPhase(state)
    case 'waiting':
      return 'vehicle-present'
    case 'idle':
    case 'opening':
    case 'open':
    case 'passing':
    case 'closing':
    case 'held-open':
      return kind
  }
}

/** What is known of another vehicle than the one that stands there says nothing of it. */
function visitPhase({ visit, presence }: LaneState): LaneViewPhase {
  if (visit === null || visit.presence !== presence) return 'asking'
  if (visit.asked !== null) return 'awaiting-payment'
  return visit.session === null && visit.right === null ? 'asking' : 'vehicle-present'
}

const alarmOf: Record<LaneAlarm, LaneViewAlarm> = {
  'barrier-no-answer': 'device-away',
  'barrier-away': 'device-away',
  'barrier-failed': 'stuck-closed',
  'stuck-closed': 'stuck-closed',
  'stuck-open': 'stuck-open',
  'no-passage': 'no-passage',
  'backing-out': 'backing-out',
  'forced-open': 'forced-open',
  tailgating: 'tailgating',
  'unexplained-passage': 'forced-open',
  'loop-stuck': 'loop-stuck',
}
