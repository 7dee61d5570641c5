import type { DeviceId } from '../../core/ids.ts'
import { MINUTE_MS } from '../../core/time.ts'
import type { Alarm, Clock } from '../clock/clock.ts'

export type ChatterParts = {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  /** It is said to chatter from now on; or has been calm for so long that it is not any more. */
  readonly onChatter: (device: DeviceId, chatters: boolean) => void
}

/**
 * Names devices that say more than vehicles can cause: a loop or a limit switch with a bad joint, a button that is jammed, a camera before which a tree moves, a reader before which a code lies (docs/decisions/106). What becomes of their words is for whoever counts them
 * (`loop-chatter.ts`, `barrier-chatter.ts`, `word-chatter.ts`). Nothing here outlives the process.
 */
export type Chatter = {
  /** Counts in `saidAtMs` what the device says, by when it happened on the monotonic clock. Past the most that vehicles can cause it is said to chatter from now on. */
  isTooMany(device: DeviceId, saidAtMs: number[], atMs: number): boolean
  isChattering(device: DeviceId): boolean
  stop(): void
}

/** Sixty vehicles in two minutes, one behind another with a gap, that come and go: no lane lets through as many, with an arm or without. */
export const CHATTER_MAX = 120
export const CHATTER_WITHIN_MS = 2 * MINUTE_MS
/** A bad joint comes and goes: so long after it said too much for the last time a device is believed again. */
export const CHATTER_CALM_MS = 10 * MINUTE_MS

export function createChatter({ clock, onChatter }: ChatterParts): Chatter {
  const chattersUntilMs = new Map<DeviceId, number>()
  const calming = new Map<DeviceId, Alarm>()

  return {
    isTooMany(device, saidAtMs, atMs) {
      const isMore = !hasRoom(saidAtMs, atMs)
      saidAtMs.push(atMs)
      if (!isMore) return false
      saidAtMs.shift()
      const isNews = !chattersUntilMs.has(device)
      chattersUntilMs.set(device, clock.monotonicMs() + CHATTER_CALM_MS)
      if (isNews) {
        calmDown(device, CHATTER_CALM_MS)
        onChatter(device, true)
      }
      return true
    },
    isChattering: (device) => chattersUntilMs.has(device),
    stop() {
      for (const alarm of calming.values()) alarm.cancel()
    },
  }

  function calmDown(device: DeviceId, waitMs: number): void {
    const alarm = clock.after(waitMs, () => {
      const leftMs = (chattersUntilMs.get(device) ?? 0) - clock.monotonicMs()
      if (leftMs > 0) {
        calmDown(device, leftMs)
        return
      }
      calming.delete(device)
      chattersUntilMs.delete(device)
      onChatter(device, false)
    })
    calming.set(device, alarm)
  }
}

/** Whether one more may be said at `atMs`, after what was said within that time. What lies before that is forgotten. */
export function hasRoom(saidAtMs: number[], atMs: number): boolean {
  while ((saidAtMs[0] ?? atMs) <= atMs - CHATTER_WITHIN_MS) saidAtMs.shift()
  return saidAtMs.length < CHATTER_MAX
}
