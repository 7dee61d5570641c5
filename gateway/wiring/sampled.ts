/** Things that are remembered as said at a time. */
export const SAID_MAX = 1_000
/** What goes on all night is worth a line in a minute. */
export const SAY_AGAIN_MS = 60_000

/**
 * Whether a thing that may happen a thousand times a second is to be written down now: the first time, and then once in `SAY_AGAIN_MS`. Memory is bounded: at `SAID_MAX`
 * different things all are forgotten, which at worst says one of them again.
 */
export function createSampler(monotonicMs: () => number): (what: string) => boolean {
  const saidAtMs = new Map<string, number>()
  return (what) => {
    const nowMs = monotonicMs()
    if (nowMs - (saidAtMs.get(what) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return false
    if (!saidAtMs.has(what) && saidAtMs.size >= SAID_MAX) saidAtMs.clear()
    saidAtMs.set(what, nowMs)
    return true
  }
}
