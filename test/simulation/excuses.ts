import { SECOND_MS } from '../../core/time.ts'
import type { Timeline } from '../../simulators/world/timeline.ts'

/** Whom a trouble strikes: everybody, or one lane. */
export type Scope = 'site' | { readonly lane: string }

/**
 * When what was broken on purpose. What must hold always is judged without asking here; what people may expect of a site in order (a driver who was let through
 * drives on, an arm comes down on nobody, a bad token is refused by its own name) is judged where nothing was broken for them.
 */
export type Excuses = {
  /** From now until the returned function is called. */
  begin(scope: Scope, what: string): () => void
  /** What was broken for this lane (or for anybody, without one) at some time from `fromMs` until now, or `undefined`. */
  since(fromMs: number, lane?: string): string | undefined
}

/** So long after it was mended, what was broken may still be felt: a device connects again, a message is sent again. */
const AFTERMATH_MS = 30 * SECOND_MS
const KEPT_MAX = 512

type Window = { readonly scope: Scope; readonly what: string; untilMs: number }

export function excuses(timeline: Timeline): Excuses {
  const windows: Window[] = []

  return {
    begin(scope, what) {
      const window: Window = { scope, what, untilMs: Number.POSITIVE_INFINITY }
      windows.push(window)
      if (windows.length > KEPT_MAX) windows.shift()
      return () => {
        window.untilMs = Math.min(window.untilMs, timeline.monotonicMs() + AFTERMATH_MS)
      }
    },
    since: (fromMs, lane) =>
      windows.find(
        ({ scope, untilMs }) => untilMs >= fromMs && (scope === 'site' || (lane !== undefined && scope.lane === lane)),
      )?.what,
  }
}
