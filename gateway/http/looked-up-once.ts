import type { HttpClock } from './clock.ts'
import type { SiteReads } from './reads.ts'

/** The reads without an argument, each asked again only when what it said last is older than `ageMaxMs`. */
export function lookedUpOnce(reads: SiteReads, clock: HttpClock, ageMaxMs: number): SiteReads {
  const once = <Value>(read: () => Value): (() => Value) => {
    let said: { readonly value: Value; readonly atMs: number } | undefined
    return () => {
      const nowMs = clock.monotonicMs()
      if (said === undefined || nowMs - said.atMs >= ageMaxMs) said = { value: read(), atMs: nowMs }
      return said.value
    }
  }
  return {
    ...reads,
    layout: once(reads.layout),
    devices: once(reads.devices),
    lanes: once(reads.lanes),
    exposure: once(reads.exposure),
    counters: once(reads.counters),
    readiness: once(reads.readiness),
  }
}
