import type { Change } from '../../core/changes.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { approachLoops, isSafetyKept, isWaitingForLoops, safetyLoops } from '../../core/lane/lane-loops.ts'
import type { LaneState } from '../../core/lane/state.ts'
import type { Device } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Alarm, Clock } from '../clock/clock.ts'

export type LoopWatchParts = {
  readonly books: Pick<Books, 'devices' | 'laneState'>
  readonly clock: Pick<Clock, 'after'>
  /** Whether a loop is there, and has said since it came what is over it. */
  readonly isHeard: (loop: DeviceId) => boolean
  /** The lane goes by the word of this loop. It is told again where anything changes there before it goes by it no more. */
  readonly onAway: (lane: LaneId, loop: DeviceId) => void
}

/**
 * Tells a lane that goes by the word of a loop which is not there any more, or was revoked: nothing else would come, and the lane would wait in silence for ever. A loop under the arm that is away while nobody is there is no event; the lane
 * finds that out when it would close (docs/decisions/099). One before the barrier is given a moment to be back (docs/decisions/105).
 */
export type LoopWatch = {
  start(): void
  gone(device: DeviceId): void
  changed(changes: readonly Change[]): void
  stop(): void
}

/** After a start of the gateway each device connects anew: so long are loops given before a lane that waits for one is told. */
export const LOOPS_BACK_WITHIN_MS = 30_000

/** So long a loop before the barrier may be away and its word still holds: nobody backs away, and another comes up and shows a code, in less. */
export const APPROACH_BACK_WITHIN_MS = 3_000

export function createLoopWatch({ books, clock, isHeard, onAway }: LoopWatchParts): LoopWatch {
  const leaving = new Map<DeviceId, Alarm>()
  let starting: Alarm | undefined
  let isStarted = false
  let isStopped = false

  return {
    start() {
      starting = clock.after(LOOPS_BACK_WITHIN_MS, () => {
        isStarted = true
        const devices = books.devices()
        const lanes = new Set(devices.flatMap((device) => (laneOfLoop(device) === null ? [] : [laneOfLoop(device)])))
        for (const lane of lanes) if (lane !== null) look(lane, books.laneState(lane), true)
      })
    },
    gone(device) {
      const loop = books.devices().find(({ id }) => id === device)
      const lane = loop === undefined ? null : laneOfLoop(loop)
      if (isStopped || lane === null) return
      look(lane, books.laneState(lane), false)
      if (loop?.role === 'approach') lookLater(device, lane)
    },
    changed(changes) {
      if (isStopped) return
      for (const change of changes) {
        if (change.kind === 'device-revoked') revoked(change.device)
        else if (change.kind === 'lane-state' && isStarted) look(change.state.lane, change.state, false)
      }
    },
    stop() {
      isStopped = true
      starting?.cancel()
      for (const alarm of leaving.values()) alarm.cancel()
    },
  }

  function lookLater(loop: DeviceId, lane: LaneId): void {
    leaving.get(loop)?.cancel()
    const alarm = clock.after(APPROACH_BACK_WITHIN_MS, () => {
      leaving.delete(loop)
      look(lane, books.laneState(lane), true)
    })
    leaving.set(loop, alarm)
  }

  function revoked(device: DeviceId): void {
    const loop = books.devices().find(({ id }) => id === device)
    const lane = loop === undefined ? null : laneOfLoop(loop)
    if (lane !== null) look(lane, books.laneState(lane), false)
  }

  /** `isOverdue`: a loop before the barrier that is not heard now has had its time to come back. */
  function look(lane: LaneId, state: LaneState | null, isOverdue: boolean): void {
    if (state === null) return
    const here = books.devices().filter((device) => laneOfLoop(device) === lane)
    const [before, under] = [approachLoops(here), safetyLoops(here)]
    const isBeforeLost = before.length === 0 || (isOverdue && !before.some(({ id }) => isHeard(id)))
    if (state.approach && isBeforeLost) tell(lane, before[0]?.id ?? lastOf(here, 'approach'))
    if (under.length === 0) {
      if (isSafetyKept(state)) tell(lane, lastOf(here, 'safety'))
      return
    }
    if (!isWaitingForLoops(state) || state.alarm === 'loop-away') return
    tell(lane, under.find(({ id }) => !isHeard(id))?.id)
  }

  function tell(lane: LaneId, loop: DeviceId | undefined): void {
    if (loop !== undefined) onAway(lane, loop)
  }
}

/** The lane at which a loop stands, or stood when it was revoked. */
function laneOfLoop({ role, place }: Device): LaneId | null {
  return role !== null && place.kind === 'lane' ? place.id : null
}

/** One that was revoked: the lane has none of its role. */
function lastOf(here: readonly Device[], role: 'approach' | 'safety'): DeviceId | undefined {
  return here.findLast((device) => device.role === role)?.id
}
