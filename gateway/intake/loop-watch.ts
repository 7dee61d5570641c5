import type { Change } from '../../core/changes.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { isWaitingForLoops, safetyLoops } from '../../core/lane/safety-loops.ts'
import type { LaneState } from '../../core/lane/state.ts'
import type { Books } from '../../db/books.ts'
import type { Alarm, Clock } from '../clock/clock.ts'

export type LoopWatchParts = {
  readonly books: Pick<Books, 'devices' | 'laneState'>
  readonly clock: Pick<Clock, 'after'>
  /** Whether a loop is there, and has said since it came what is over it. */
  readonly isHeard: (loop: DeviceId) => boolean
  /** The lane waits for this loop. It is told again where anything changes there before it has an alarm for it. */
  readonly onAway: (lane: LaneId, loop: DeviceId) => void
}

/**
 * Tells a lane that waits for a loop under its arm that this loop is not there any more: nothing else would come, and the lane would wait in silence for ever. A loop that is away while nobody is under the arm is no event; the lane
 * finds that out when it would close (docs/decisions/099).
 */
export type LoopWatch = {
  start(): void
  gone(device: DeviceId): void
  changed(changes: readonly Change[]): void
  stop(): void
}

/** After a start of the gateway each device connects anew: so long are loops given before a lane that waits for one is told. */
export const LOOPS_BACK_WITHIN_MS = 30_000

export function createLoopWatch({ books, clock, isHeard, onAway }: LoopWatchParts): LoopWatch {
  let starting: Alarm | undefined
  let isStarted = false
  let isStopped = false

  return {
    start() {
      starting = clock.after(LOOPS_BACK_WITHIN_MS, () => {
        isStarted = true
        for (const loop of safetyLoops(books.devices())) look(loop.lane, books.laneState(loop.lane))
      })
    },
    gone(device) {
      const loop = safetyLoops(books.devices()).find(({ id }) => id === device)
      if (!isStopped && loop !== undefined) look(loop.lane, books.laneState(loop.lane))
    },
    changed(changes) {
      if (!isStarted || isStopped) return
      for (const change of changes) if (change.kind === 'lane-state') look(change.state.lane, change.state)
    },
    stop() {
      isStopped = true
      starting?.cancel()
    },
  }

  function look(lane: LaneId, state: LaneState | null): void {
    if (state === null || !isWaitingForLoops(state) || state.alarm === 'loop-away') return
    const away = safetyLoops(books.devices()).find((loop) => loop.lane === lane && !isHeard(loop.id))
    if (away !== undefined) onAway(lane, away.id)
  }
}
