import { setImmediate } from 'node:timers/promises'
import TinyQueue from 'tinyqueue'
import type { Instant } from '../../core/time.ts'
import { later } from '../../core/time.ts'
import type { Timeline } from './timeline.ts'

export type VirtualTimeline = Timeline & {
  /** Lets `ms` go by, with all that is due in them; then the time is exactly `ms` later. */
  runFor(ms: number): Promise<void>
  /** Goes on until `isDone`, asked after each thing that happens, or until `withinMs` have gone by. Says whether it is done. */
  runUntil(isDone: () => boolean, withinMs: number): Promise<boolean>
  /** Somebody sets the wall clock. What waits is not moved, and the monotonic clock is not. */
  stepWallClock(byMs: number): void
  /** How many things have happened. */
  happened(): number
}

/**
 * Time that goes by only when it is told to. What is due at the same millisecond happens in the order in which it was asked for. Between two things that
 * happen, promises that need no time are worked off, so that code which awaits runs here as it does live.
 */
export function virtualTimeline(startsAt: Instant): VirtualTimeline {
  const waiting = new TinyQueue<Due>([], (left, right) => left.atMs - right.atMs || left.order - right.order)
  const joined: Joined[] = []
  let elapsedMs = 0
  let steppedMs = 0
  let asked = 0
  let happened = 0
  let isRunning = false

  async function settle(): Promise<void> {
    do {
      for (let next = joined.shift(); next !== undefined; next = joined.shift()) (await next)()
      await setImmediate()
    } while (joined.length > 0)
  }

  async function run(untilMs: number, isDone: () => boolean): Promise<boolean> {
    if (isRunning) throw new Error('this timeline is running already: wait for the first run to end')
    isRunning = true
    try {
      await settle()
      while (!isDone()) {
        const next = nextDue(waiting)
        if (next === undefined || next.atMs > untilMs) {
          elapsedMs = Math.max(elapsedMs, untilMs)
          return isDone()
        }
        waiting.pop()
        elapsedMs = next.atMs
        happened += 1
        next.run?.()
        await settle()
      }
      return true
    } finally {
      isRunning = false
    }
  }

  return {
    now: () => later(startsAt, elapsedMs + steppedMs),
    monotonicMs: () => elapsedMs,
    after(delayMs, run) {
      const due: Due = { atMs: elapsedMs + Math.max(0, Math.ceil(delayMs)), order: asked, run }
      asked += 1
      waiting.push(due)
      return {
        cancel() {
          due.run = undefined
        },
      }
    },
    join(promise, then) {
      const result = promise.then((value) => () => then(value))
      // Whoever waits for it in `settle` gets the rejection; until then it is nobody's.
      result.catch(() => {})
      joined.push(result)
    },
    async runFor(ms) {
      await run(elapsedMs + ms, () => false)
    },
    runUntil: (isDone, withinMs) => run(elapsedMs + withinMs, isDone),
    stepWallClock(byMs) {
      steppedMs += byMs
    },
    happened: () => happened,
  }
}

type Due = { readonly atMs: number; readonly order: number; run: (() => void) | undefined }
type Joined = Promise<() => void>

/** The next that was not cancelled; it stays in the queue. */
function nextDue(waiting: TinyQueue<Due>): Due | undefined {
  let next = waiting.peek()
  while (next !== undefined && next.run === undefined) {
    waiting.pop()
    next = waiting.peek()
  }
  return next
}
