import type { Change } from '../changes.ts'
import { clearTimer } from '../decision.ts'
import type { LaneTimer } from '../events.ts'
import type { PassageId } from '../ids.ts'
import type { Instant } from '../time.ts'
import type { LaneState } from './state.ts'
import { unknownLane } from './state.ts'

/** What books that were put back say of the lanes: as they were when the backup was made. */
export type LanesPutBack = {
  readonly states: readonly LaneState[]
  readonly timers: readonly LaneTimer[]
  /** Rights whose vehicle was under the arm then. */
  readonly passing: readonly PassageId[]
}

/**
 * A new epoch begins with lanes of which nothing is known: the loops and the arms say anew what is there, and nothing that was waited for is waited for still. The
 * rights stay. Whether a vehicle that was under the arm then has passed nobody knows, so its right can be used again, and lapses in its time. An emergency stays
 * too: only who asked for it takes it back, and the arms may still hold.
 */
export function lanesAnew({ states, timers, passing }: LanesPutBack, at: Instant): readonly Change[] {
  return [
    ...states.map((state): Change => ({ kind: 'lane-state', state: anew(state, at) })),
    ...timers.map(clearTimer),
    ...passing.map((passage): Change => ({ kind: 'passage-moved', passage, status: 'opened', at })),
  ]
}

function anew({ lane, phase }: LaneState, at: Instant): LaneState {
  const unknown = unknownLane(lane, at)
  return phase.kind === 'held-open' ? { ...unknown, phase } : unknown
}
