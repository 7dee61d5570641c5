import { instant } from '../../core/time.ts'
import type { Timeline } from './timeline.ts'

export type RealTimeline = Timeline & {
  /** Nothing that waits is run any more, and nothing new is. */
  stop(): void
}

/** The machine's own time. */
export function realTimeline(): RealTimeline {
  const beganMs = performance.now()
  const waiting = new Set<NodeJS.Timeout>()
  let isStopped = false

  return {
    now: () => instant(Date.now()),
    monotonicMs: () => Math.floor(performance.now() - beganMs),
    after(delayMs, run) {
      if (isStopped) return { cancel() {} }
      const timeout = setTimeout(
        () => {
          waiting.delete(timeout)
          run()
        },
        // Node rounds down, and would run a little early.
        Math.ceil(delayMs) + 1,
      )
      waiting.add(timeout)
      return {
        cancel() {
          waiting.delete(timeout)
          clearTimeout(timeout)
        },
      }
    },
    join(promise, then) {
      promise.then((value) => {
        if (!isStopped) then(value)
      }, fail)
    },
    stop() {
      isStopped = true
      for (const timeout of waiting) clearTimeout(timeout)
      waiting.clear()
    },
  }
}

function fail(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
