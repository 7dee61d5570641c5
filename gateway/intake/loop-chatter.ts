import type { DeviceId } from '../../core/ids.ts'
import type { Alarm, Clock } from '../clock/clock.ts'
import type { Chatter } from './chatter.ts'

export type LoopChatterParts = {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  readonly chatter: Chatter
}

/**
 * Bounds what a loop with a bad joint brings: it makes and breaks many times a second for as long as nobody mends it, and each change would be a record. One that changes more often than vehicles can is said to
 * chatter. From then on `occupied` is still believed at once, and `clear` when the loop has said nothing else for a while. Under the arm that is the safe side whatever the loop does. Before the barrier it is not: somebody counts as standing there where nobody does, and so at
 * such a lane nobody is let out unpaid by a policy (`core/parking/unpaid.ts`; docs/decisions/106).
 */
export type LoopChatter = {
  /** The loop says what is over it now. Whether that is to be taken at once, or is to wait (`hold`). */
  said(loop: DeviceId, occupied: boolean): 'take' | 'hold'
  /**
   * The loop has said something that happened `agoMs` ago, and is evidence; `null` where nobody knows when. Counted by when it happened, each word of it: what a device has kept while its line was away comes all at once, and is no more than vehicles could do.
   * More than that is `drop`: to be acknowledged, and in no record.
   */
  saidLate(loop: DeviceId, agoMs: number | null): 'take' | 'drop'
  /**
   * Gives the loop's word when it has been quiet for `LOOP_QUIET_MS` since it came to this; what it says differently before that takes its place. Given once more after as long where it could not be
   * taken. `isOfThisLine`: the loop has said it on the connection that it has now; else it is evidence, and nothing moves on it.
   */
  hold(loop: DeviceId, give: GiveWord): void
  /** It has greeted anew, or has gone: what waits was said before that. */
  cutOff(loop: DeviceId): void
  stop(): void
}

export type GiveWord = (isOfThisLine: boolean) => Promise<'taken' | 'again'>

/*
 * A record is 1.6 KB. The most that a loop can bring in a day is what vehicles could, one change a second: 86,400 records, 138 MB. Of one that is said to chatter 57,600, where it keeps quiet for just as long as its `clear` waits each
 * time; and 121 records, 0.2 MB, where it goes on without such a pause, however fast.
 */

/** Longer than a contact bounces; by so much longer an arm stays up behind a vehicle while its loop chatters. */
export const LOOP_QUIET_MS = 3_000

/** Of the last changes, at most `CHATTER_MAX`. Nothing here outlives the process: each device says where it is when the gateway is back. */
type Loop = {
  occupied: boolean | undefined
  readonly changedAtMs: number[]
  readonly lateAtMs: number[]
  held: { readonly alarm: Alarm; readonly give: GiveWord; readonly line: number } | undefined
  /** Counts its connections. */
  line: number
}

export function createLoopChatter({ clock, chatter }: LoopChatterParts): LoopChatter {
  const loops = new Map<DeviceId, Loop>()
  let isStopped = false

  return {
    said(id, occupied) {
      const loop = loopOf(id)
      if (occupied) letGo(loop)
      if (loop.occupied !== occupied) chatter.isTooMany(id, loop.changedAtMs, clock.monotonicMs())
      loop.occupied = occupied
      return chatter.isChattering(id) && !occupied ? 'hold' : 'take'
    },
    saidLate(id, agoMs) {
      return chatter.isTooMany(id, loopOf(id).lateAtMs, clock.monotonicMs() - (agoMs ?? 0)) ? 'drop' : 'take'
    },
    hold(id, give) {
      const loop = loops.get(id)
      if (loop === undefined || isStopped) return
      const alarm = loop.held?.alarm ?? clock.after(LOOP_QUIET_MS, () => giveHeld(id, loop))
      loop.held = { alarm, give, line: loop.line }
    },
    cutOff(id) {
      const loop = loops.get(id)
      if (loop !== undefined) loop.line += 1
    },
    stop() {
      isStopped = true
      for (const loop of loops.values()) letGo(loop)
    },
  }

  function loopOf(id: DeviceId): Loop {
    const known = loops.get(id)
    if (known !== undefined) return known
    const loop: Loop = {
      occupied: undefined,
      changedAtMs: [],
      lateAtMs: [],
      held: undefined,
      line: 0,
    }
    loops.set(id, loop)
    return loop
  }

  function giveHeld(id: DeviceId, loop: Loop): void {
    const { held } = loop
    if (held === undefined) return
    loop.held = undefined
    void held.give(held.line === loop.line).then((outcome) => {
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
