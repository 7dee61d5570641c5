import type { Timeline } from '../world/timeline.ts'

/** So many ms go by. */
export function pause(timeline: Timeline, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timeline.after(ms, resolve)
  })
}

/** Something that changes, and says so to whoever watches; the returned function ends the watching. */
export type Watched = (watcher: () => void) => () => void

/** What `look` finds, as soon as it finds anything; `undefined` where it has found nothing within so long. It is asked at once, and after each change. */
export function until<Found>(
  timeline: Timeline,
  watched: readonly Watched[],
  look: () => Found | undefined,
  withinMs: number,
): Promise<Found | undefined> {
  return new Promise((resolve) => {
    let isOver = false
    const ends: (() => void)[] = []
    const finish = (found: Found | undefined): void => {
      if (isOver) return
      isOver = true
      alarm.cancel()
      for (const end of ends) end()
      resolve(found)
    }
    const ask = (): void => {
      const found = isOver ? undefined : look()
      if (found !== undefined) finish(found)
    }
    const alarm = timeline.after(withinMs, () => finish(undefined))
    for (const watch of watched) ends.push(watch(ask))
    ask()
    // Found at once: what was watched after that is not to be watched for ever.
    if (isOver) for (const end of ends) end()
  })
}
