/** A rate limit: `burstMax` at once, `perSecondMax` in the long run. */
export type TokenBucket = {
  /** Takes one token if there is one. `nowMs` is monotonic. */
  take(nowMs: number): boolean
  /** Milliseconds until there will be a token; 0 if there is one. */
  waitMs(nowMs: number): number
  isFull(nowMs: number): boolean
}

export function createTokenBucket(perSecondMax: number, burstMax: number, nowMs: number): TokenBucket {
  let tokens = burstMax
  let filledAtMs = nowMs

  function fill(at: number): void {
    if (at <= filledAtMs) return
    tokens = Math.min(burstMax, tokens + ((at - filledAtMs) * perSecondMax) / 1_000)
    filledAtMs = at
  }

  return {
    take(at) {
      fill(at)
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    waitMs(at) {
      fill(at)
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1_000) / perSecondMax)
    },
    isFull(at) {
      fill(at)
      return tokens >= burstMax
    },
  }
}
