import type { DeviceId } from '../../core/ids.ts'
import { MINUTE_MS } from '../../core/time.ts'
import type { Alarm, Clock } from '../clock/clock.ts'

export type LoopChatterParts = {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  /** It is said to chatter from now on; or has been calm for so long that it is not any more. */
  readonly onChatter: (loop: DeviceId, chatters: boolean) => void
}

/**
 * Bounds what a loop with a bad joint brings: it makes and breaks many times a second for as long as nobody mends it, and each change would be a record. One that changes more often than vehicles can is said to
 * chatter. From then on `occupied` is still believed at once, and `clear` when the loop has said nothing else for a while: whatever it does, that is the safe side.
 */
export type LoopChatter = {
  /** The loop says what is over it now. Whether that is to be taken at once, or is to wait (`hold`). */
  said(loop: DeviceId, occupied: boolean): 'take' | 'hold'
  /**
   * Gives the loop's word when it has been quiet for `LOOP_QUIET_MS` since it came to this; what it says differently before that takes its place. Given once more after as long where it could not be
   * taken. `isOfThisLine`: the loop has said it on the connection that it has now.
   */
  hold(loop: DeviceId, give: GiveWord): void
  /** It has greeted anew, or has gone: what waits was said before that, and is given all the same. */
  cutOff(loop: DeviceId): void
  isChattering(loop: DeviceId): boolean
  stop(): void
}

export type GiveWord = (isOfThisLine: boolean) => Promise<'taken' | 'again'>

/*
 * Of 1.6 KB a record: ten changes a second were 864,000 records and 1.4 GB a day, fifty, the most that the broker takes of a device, 6.9 GB. Now both are 121 records, 0.2 MB, for as long as the loop goes on. The most that
 * any loop can bring in a day is what vehicles could, one change a second: 86,400 records, 138 MB; of one that is said to chatter 57,600, where it keeps quiet for just so long each time.
 */

/** Sixty vehicles in two minutes, one behind another with a gap: no lane lets through as many, with an arm or without. */
export const LOOP_CHANGES_MAX = 120
export const LOOP_CHANGES_WITHIN_MS = 2 * MINUTE_MS
/** Longer than a contact bounces; by so much longer an arm stays up behind a vehicle while its loop chatters. */
export const LOOP_QUIET_MS = 3_000
/** A bad joint comes and goes: so long after it changed too often for the last time a loop is believed again. */
export const LOOP_CALM_MS = 10 * MINUTE_MS

/** Of the last changes, at most `LOOP_CHANGES_MAX`. Nothing here outlives the process: each device says where it is when the gateway is back. */
type Loop = {
  occupied: boolean | undefined
  readonly changedAtMs: number[]
  chattersUntilMs: number | undefined
  held: { readonly alarm: Alarm; readonly give: GiveWord; readonly isOfThisLine: boolean } | undefined
}

export function createLoopChatter({ clock, onChatter }: LoopChatterParts): LoopChatter {
  const loops = new Map<DeviceId, Loop>()
  const calming = new Map<DeviceId, Alarm>()
  let isStopped = false

  return {
    said(id, occupied) {
      const loop = loops.get(id) ?? {
        occupied: undefined,
        changedAtMs: [],
        chattersUntilMs: undefined,
        held: undefined,
      }
      loops.set(id, loop)
      if (occupied) letGo(loop)
      if (loop.occupied !== occupied) changed(id, loop)
      loop.occupied = occupied
      return loop.chattersUntilMs !== undefined && !occupied ? 'hold' : 'take'
    },
    hold(id, give) {
      const loop = loops.get(id)
      if (loop === undefined || isStopped) return
      const alarm = loop.held?.alarm ?? clock.after(LOOP_QUIET_MS, () => giveHeld(id, loop))
      loop.held = { alarm, give, isOfThisLine: true }
    },
    cutOff(id) {
      const loop = loops.get(id)
      if (loop?.held !== undefined) loop.held = { ...loop.held, isOfThisLine: false }
    },
    isChattering: (id) => loops.get(id)?.chattersUntilMs !== undefined,
    stop() {
      isStopped = true
      for (const loop of loops.values()) letGo(loop)
      for (const alarm of calming.values()) alarm.cancel()
    },
  }

  function changed(id: DeviceId, loop: Loop): void {
    const nowMs = clock.monotonicMs()
    const { changedAtMs } = loop
    while ((changedAtMs[0] ?? nowMs) <= nowMs - LOOP_CHANGES_WITHIN_MS) changedAtMs.shift()
    changedAtMs.push(nowMs)
    if (changedAtMs.length <= LOOP_CHANGES_MAX) return
    changedAtMs.shift()
    const isNews = loop.chattersUntilMs === undefined
    loop.chattersUntilMs = nowMs + LOOP_CALM_MS
    if (!isNews) return
    calmDown(id, loop, LOOP_CALM_MS)
    onChatter(id, true)
  }

  function calmDown(id: DeviceId, loop: Loop, waitMs: number): void {
    const alarm = clock.after(waitMs, () => {
      const leftMs = (loop.chattersUntilMs ?? 0) - clock.monotonicMs()
      if (leftMs > 0) {
        calmDown(id, loop, leftMs)
        return
      }
      calming.delete(id)
      loop.chattersUntilMs = undefined
      onChatter(id, false)
    })
    calming.set(id, alarm)
  }

  function giveHeld(id: DeviceId, loop: Loop): void {
    const { held } = loop
    if (held === undefined) return
    loop.held = undefined
    void held.give(held.isOfThisLine).then((outcome) => {
      // It may have said something since.
      if (outcome === 'taken' || isStopped || loop.occupied !== false || loop.held !== undefined) return
      const alarm = clock.after(LOOP_QUIET_MS, () => giveHeld(id, loop))
      loop.held = { ...held, alarm }
    })
  }

  function letGo(loop: Loop): void {
    loop.held?.alarm.cancel()
    loop.held = undefined
  }
}
