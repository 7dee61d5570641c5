import type { DeviceId } from '../../core/ids.ts'
import type { Clock } from '../clock/clock.ts'
import type { Chatter } from './chatter.ts'
import type { HeldWords } from './held-words.ts'

export type LoopChatterParts = {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly chatter: Chatter
  readonly held: HeldWords
}

/**
 * Bounds what a loop with a bad joint brings: it makes and breaks many times a second for as long as nobody mends it, and each change would be a record. One that changes more often than vehicles can is said to
 * chatter. From then on `occupied` is still believed at once, and `clear` when the loop has said nothing else for a while. Under the arm that is the safe side whatever the loop does. Before the barrier it is not: somebody counts as standing there where nobody does, and so at
 * such a lane nobody is let out unpaid by a policy (`core/parking/unpaid.ts`; docs/decisions/106).
 */
export type LoopChatter = {
  /** The loop says what is over it now. Whether that is to be taken at once, or is to wait (`HeldWords`). */
  said(loop: DeviceId, occupied: boolean): 'take' | 'hold'
  /**
   * The loop has said something that happened `agoMs` ago, and is evidence; `null` where nobody knows when. Counted by when it happened, each word of it: what a device has kept while its line was away comes all at once, and is no more than vehicles could do.
   * More than that is `drop`: to be acknowledged, and in no record.
   */
  saidLate(loop: DeviceId, agoMs: number | null): 'take' | 'drop'
}

/*
 * A record is 1.6 KB. The most that a loop can bring in a day is what vehicles could, one change a second: 86,400 records, 138 MB. Of one that is said to chatter 57,600, where it keeps quiet for just as long as its `clear` waits each
 * time; and 121 records, 0.2 MB, where it goes on without such a pause, however fast.
 */

/** Of the last changes, at most `CHATTER_MAX`. Nothing here outlives the process: each device says where it is when the gateway is back. */
type Loop = { occupied: boolean | undefined; readonly changedAtMs: number[]; readonly lateAtMs: number[] }

export function createLoopChatter({ clock, chatter, held }: LoopChatterParts): LoopChatter {
  const loops = new Map<DeviceId, Loop>()

  return {
    said(id, occupied) {
      const loop = loopOf(id)
      if (occupied) held.letGo(id)
      if (loop.occupied !== occupied) chatter.isTooMany(id, loop.changedAtMs, clock.monotonicMs())
      loop.occupied = occupied
      return chatter.isChattering(id) && !occupied ? 'hold' : 'take'
    },
    saidLate(id, agoMs) {
      return chatter.isTooMany(id, loopOf(id).lateAtMs, clock.monotonicMs() - (agoMs ?? 0)) ? 'drop' : 'take'
    },
  }

  function loopOf(id: DeviceId): Loop {
    const known = loops.get(id)
    if (known !== undefined) return known
    const loop: Loop = { occupied: undefined, changedAtMs: [], lateAtMs: [] }
    loops.set(id, loop)
    return loop
  }
}
