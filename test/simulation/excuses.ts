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
  /** The same from `fromMs` until `toMs`, other than `except`. */
  during(fromMs: number, toMs: number, lane?: string, except?: string): string | undefined
}

/** So long after it was mended, what was broken may still be felt: a device connects again, a message is sent again. */
const AFTERMATH_MS = 30 * SECOND_MS
const KEPT_MAX = 512

type Window = { readonly scope: Scope; readonly what: string; readonly fromMs: number; untilMs: number }

export function excuses(timeline: Timeline): Excuses {
  const windows: Window[] = []

  function during(fromMs: number, toMs: number, lane: string | undefined, except?: string): string | undefined {
    return windows.find(
      (window) =>
        window.what !== except &&
        window.untilMs >= fromMs &&
        window.fromMs <= toMs &&
        (window.scope === 'site' || (lane !== undefined && window.scope.lane === lane)),
    )?.what
  }

  return {
    during,
    begin(scope, what) {
      const window: Window = { scope, what, fromMs: timeline.monotonicMs(), untilMs: Number.POSITIVE_INFINITY }
      windows.push(window)
      if (windows.length > KEPT_MAX) windows.shift()
      return () => {
        window.untilMs = Math.min(window.untilMs, timeline.monotonicMs() + AFTERMATH_MS)
      }
    },
    since: (fromMs, lane) => during(fromMs, timeline.monotonicMs(), lane),
  }
}
