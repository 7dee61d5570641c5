export type Rates = {
  /** Takes one request of `who`; otherwise says after how many milliseconds there is room for the next. */
  take(who: string, nowMs: number): { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number }
  /** One that was taken is not counted after all. */
  giveBack(who: string): void
}

/** Addresses and clients that are remembered at a time. */
export const RATES_MAX = 4_096

/**
 * A bucket of requests for each client or address: `burstMax` at once, then `perSecondMax`. Times are monotonic milliseconds. Memory is bounded: at
 * `RATES_MAX` the one that asked longest ago is forgotten, which at worst gives it a full bucket again. `firstMax`: in the bucket of who is new, and so after a start.
 */
export function createRates(perSecondMax: number, burstMax: number, firstMax = burstMax): Rates {
  const buckets = new Map<string, { left: number; atMs: number }>()
  return {
    take: (who, nowMs) => {
      const bucket = buckets.get(who) ?? { left: firstMax, atMs: nowMs }
      const left = Math.min(burstMax, bucket.left + ((nowMs - bucket.atMs) / 1_000) * perSecondMax)
      const ok = left >= 1
      buckets.delete(who)
      buckets.set(who, { left: ok ? left - 1 : left, atMs: nowMs })
      if (buckets.size > RATES_MAX) forgetOldest(buckets)
      return ok ? { ok } : { ok, retryAfterMs: Math.ceil(((1 - left) / perSecondMax) * 1_000) }
    },
    giveBack: (who) => {
      const bucket = buckets.get(who)
      if (bucket !== undefined) bucket.left = Math.min(burstMax, bucket.left + 1)
    },
  }
}

function forgetOldest(buckets: Map<string, unknown>): void {
  const oldest = buckets.keys().next()
  if (oldest.done !== true) buckets.delete(oldest.value)
}
