import type { Change } from '../../core/changes.ts'
import type { Timer } from '../../core/events.ts'
import { principalOf } from '../../core/ids.ts'
import type { Instant } from '../../core/time.ts'
import type { Books, DueTimer } from '../../db/books.ts'
import type { Alarm, Clock } from '../clock/clock.ts'
import type { Path } from './path.ts'

export type TimersSettings = {
  readonly books: Books
  readonly path: Path
  readonly clock: Clock
  /** Read from the books at a time. */
  readonly readMax: number
  /** The longest that such a timer waits by the rules in force: one that is further off was set by another wall clock. */
  readonly longestMs: (timer: Timer) => number
  /** After the path has pushed one back. */
  readonly retryMs: number
}

/**
 * Due times are rows; when due they enter the path like any other event, once, whatever becomes of the process. While it runs they are waited for on the monotonic
 * clock, so that a step of the wall clock neither hurries nor stops a lane.
 */
export type Timers = {
  /** Takes up what the books hold. */
  start(): void
  /** What a commit at `at` has set and cleared. */
  changed(changes: readonly Change[], at: Instant, seq: number): void
  waiting(): number
  stop(): void
}

export function createTimers({ books, path, clock, readMax, longestMs, retryMs }: TimersSettings): Timers {
  const alarms = new Map<string, Alarm>()
  const source = principalOf('gateway', 'timer')
  let isStopped = false

  const wait = (timer: DueTimer, delayMs: number): void => {
    alarms.get(timer.id)?.cancel()
    alarms.set(
      timer.id,
      clock.after(Math.max(0, delayMs), () => fire(timer)),
    )
  }

  const fire = (timer: DueTimer): void => {
    if (isStopped) return
    alarms.delete(timer.id)
    const now = clock.now()
    void path
      .submit({
        source,
        id: timer.key,
        bytes: timer.key,
        actor: { kind: 'gateway', id: 'timer', role: null },
        // A due time moves no money, so it has no training of its own.
        mode: 'live',
        occurredAt: { at: now.at, by: 'gateway' },
        causedBy: books.keyAt(timer.setBy),
        body: { kind: 'timer', timer: timer.timer },
      })
      .then((reply) => {
        if (reply.kind === 'pushed-back' && !isStopped && !alarms.has(timer.id)) wait(timer, retryMs)
      })
  }

  return {
    start() {
      const now = clock.now().at
      for (const timer of books.timers(readMax)) wait(timer, Math.min(timer.dueAt - now, longestMs(timer.timer)))
    },
    changed(changes, at, seq) {
      for (const change of changes) {
        if (change.kind === 'timer-cleared') {
          alarms.get(change.id)?.cancel()
          alarms.delete(change.id)
        } else if (change.kind === 'timer-set') {
          const { id, dueAt, timer } = change
          wait({ id, key: `${id}@${seq}`, timer, dueAt, setBy: seq }, dueAt - at)
        }
      }
    },
    waiting: () => alarms.size,
    stop() {
      isStopped = true
      for (const alarm of alarms.values()) alarm.cancel()
      alarms.clear()
    },
  }
}
