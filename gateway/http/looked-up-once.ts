import type { HttpClock } from './clock.ts'
import type { SiteReads } from './reads.ts'

/** Different arguments of one read that are remembered: a page asks for the two modes. */
const ARGUMENTS_MAX = 8

/** What the live page reads, each asked again only when what it said last is older than `ageMaxMs`. */
export function lookedUpOnce(reads: SiteReads, clock: HttpClock, ageMaxMs: number): SiteReads {
  const once = <Value>(read: () => Value): (() => Value) => {
    let said: { readonly value: Value; readonly atMs: number } | undefined
    return () => {
      const nowMs = clock.monotonicMs()
      if (said === undefined || nowMs - said.atMs >= ageMaxMs) said = { value: read(), atMs: nowMs }
      return said.value
    }
  }
  /** The same for a read with arguments, of which a page has few. */
  const onceFor = <Args extends readonly unknown[], Value>(read: (...args: Args) => Value) => {
    const said = new Map<string, () => Value>()
    return (...args: Args): Value => {
      const key = JSON.stringify(args)
      if (said.size >= ARGUMENTS_MAX && !said.has(key)) return read(...args)
      const again = said.get(key) ?? once(() => read(...args))
      said.set(key, again)
      return again()
    }
  }
  const { parking } = reads
  return {
    ...reads,
    parking: { ...parking, common: onceFor(parking.common), openCases: onceFor(parking.openCases) },
    layout: once(reads.layout),
    devices: once(reads.devices),
    lanes: once(reads.lanes),
    exposure: once(reads.exposure),
    counters: once(reads.counters),
    readiness: once(reads.readiness),
  }
}
