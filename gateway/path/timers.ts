import type { Change } from '../../core/changes.ts'
import type { Timer } from '../../core/events.ts'
import { principalOf } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import type { Instant } from '../../core/time.ts'
import type { Books, DueTimer } from '../../db/books.ts'
import type { Alarm, Clock } from '../clock/clock.ts'
import type { Path } from './path.ts'

export type TimersSettings = {
  readonly books: Books
  readonly path: Path
  readonly clock: Clock
  /** Read from the books at a time, the earliest first; the next ones when these have become due and at most half of them are still under way. */
  readonly readMax: number
  /** The longest that such a timer waits by the rules in force: one that is further off was set by another wall clock. */
  readonly longestMs: (timer: Timer) => number
  /** After the path has pushed one back. */
  readonly retryMs: number
  /** Of the box: what stands at its lanes is in this mode. */
  readonly mode: Mode
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

export function createTimers({ books, path, clock, readMax, longestMs, retryMs, mode }: TimersSettings): Timers {
  const alarms = new Map<string, Alarm>()
  /** Handed to the path, and not answered yet. */
  const underWay = new Set<string>()
  /** `no-more`: all that the books hold is known here. `later`: what is not is due after what is. `due`: it is to be read as soon as there is room. */
  let unread: 'no-more' | 'later' | 'due' = 'due'
  let readOn: Alarm | undefined
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
    underWay.add(timer.id)
    const now = clock.now()
    void path
      .submit({
        source,
        id: timer.key,
        bytes: timer.key,
        actor: { kind: 'gateway', id: 'timer', role: null },
        mode,
        occurredAt: { at: now.at, by: 'gateway' },
        causedBy: books.keyAt(timer.setBy),
        body: { kind: 'timer', timer: timer.timer },
      })
      .then((reply) => {
        underWay.delete(timer.id)
        if (isStopped) return
        if (reply.kind === 'pushed-back' && !alarms.has(timer.id)) wait(timer, retryMs)
        readNext()
      })
  }

  const readNext = (): void => {
    if (unread !== 'due' || underWay.size > readMax / 2) return
    const now = clock.now().at
    const readToMax = readMax + alarms.size + underWay.size
    const rows = books.timers(readToMax)
    const unknown = rows.filter(({ id }) => !alarms.has(id) && !underWay.has(id))
    let lastMs = 0
    for (const timer of unknown.slice(0, readMax)) {
      const delayMs = Math.min(timer.dueAt - now, longestMs(timer.timer))
      lastMs = Math.max(lastMs, delayMs)
      wait(timer, delayMs)
    }
    if (unknown.length <= readMax && rows.length < readToMax) {
      unread = 'no-more'
      return
    }
    unread = 'later'
    readOn = clock.after(lastMs, () => {
      unread = 'due'
      readNext()
    })
  }

  return {
    start: readNext,
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
      readOn?.cancel()
      for (const alarm of alarms.values()) alarm.cancel()
      alarms.clear()
    },
  }
}
