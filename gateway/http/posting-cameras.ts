import type { DeviceId } from '../../core/ids.ts'
import type { Instant } from '../../core/time.ts'
import { instant, later } from '../../core/time.ts'
import type { HttpClock } from './clock.ts'

/** Which cameras that post by HTTP are there: they hold no connection, so who has said something within `silentMaxMs` is. Times of silence are monotonic. */
export type PostingCameras = {
  /** After its secret was found right; a heartbeat is as good as a plate. */
  heard(device: DeviceId): void
  isPresent(device: DeviceId): boolean
  /** Since when it has been there, or silent; `null` where it has not been heard since the start. */
  presenceSince(device: DeviceId): Instant | null
}

export function createPostingCameras(clock: HttpClock, silentMaxMs: number): PostingCameras {
  /** Bounded by the devices that are enrolled: nobody else is heard. */
  const lastHeard = new Map<DeviceId, { readonly atMs: number; readonly at: Instant; readonly since: Instant }>()

  const isPresent = (device: DeviceId): boolean => {
    const last = lastHeard.get(device)
    return last !== undefined && clock.monotonicMs() - last.atMs < silentMaxMs
  }

  return {
    isPresent,
    heard(device) {
      const { at } = clock.now()
      const since = isPresent(device) ? (lastHeard.get(device)?.since ?? at) : at
      lastHeard.set(device, { atMs: clock.monotonicMs(), at, since })
    },
    presenceSince(device) {
      const last = lastHeard.get(device)
      if (last === undefined) return null
      return isPresent(device) ? last.since : instant(later(last.at, silentMaxMs))
    },
  }
}
