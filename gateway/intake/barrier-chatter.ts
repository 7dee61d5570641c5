import type { BarrierArm } from '../../core/events.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import type { Clock } from '../clock/clock.ts'
import type { Chatter } from './chatter.ts'
import type { HeldWords } from './held-words.ts'
import { QUIET_MS } from './held-words.ts'

export type BarrierChatterParts = {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly chatter: Chatter
  readonly held: HeldWords
}

/**
 * Bounds what a limit switch with a bad joint brings: each change would be a record, for as long as nobody mends it. One that changes more often than vehicles can make it is said to chatter. From then on that the arm is up is still taken at once, for it may have been
 * forced. All else that it says waits: with nobody at its lane and nothing under way there until it has said nothing else for a while, and else for a second at the most, in which it said the same before. Whoever comes, or shows or asks for something, is not decided upon by
 * less than what it said last: what waits is given before them (docs/decisions/106).
 */
export type BarrierChatter = {
  /** The barrier says where its arm is. `isAlone`: nobody is at its lane, and nothing is under way there. How long that is to wait (`HeldWords`); 0: it is to be taken at once. */
  said(barrier: DeviceId, arm: BarrierArm, isAlone: boolean): number
  /** As of a loop: `drop` is to be acknowledged, and in no record. */
  saidLate(barrier: DeviceId, agoMs: number | null): 'take' | 'drop'
  /** A word of it waits. */
  waits(barrier: DeviceId, lane: LaneId): void
  /** What waited is taken now. */
  given(barrier: DeviceId, arm: BarrierArm): void
  /** Somebody comes to this lane, or shows or asks for something there. */
  comesTo(lane: LaneId): void
}

/*
 * A record is 1.6 KB. With nobody there, one that goes on without a pause brings 121 and then none; where it keeps quiet for just as long as its word waits, 57,600 in a day, 92 MB. With somebody there all day: two a second, 172,800, 276 MB; up to five
 * where it says `moving` between.
 */

/** While somebody is at the lane each state is taken so often, at the most, but for `open`. A sound arm takes longer from one state to the same again. */
export const ARM_PAUSE_MS = 1_000

type Switches = {
  arm: BarrierArm | undefined
  readonly changedAtMs: number[]
  readonly lateAtMs: number[]
  readonly takenAtMs: Map<BarrierArm, number>
}

export function createBarrierChatter({ clock, chatter, held }: BarrierChatterParts): BarrierChatter {
  const barriers = new Map<DeviceId, Switches>()
  /** Whose words wait, or have waited. */
  const atLane = new Map<LaneId, DeviceId>()

  return {
    said(id, arm, isAlone) {
      const switches = switchesOf(id)
      const nowMs = clock.monotonicMs()
      if (switches.arm !== arm) {
        held.letGo(id)
        chatter.isTooMany(id, switches.changedAtMs, nowMs)
      }
      switches.arm = arm
      const isPutOff = chatter.isChattering(id) && arm !== 'open'
      if (isPutOff && isAlone) return QUIET_MS
      const waitMs = isPutOff ? (switches.takenAtMs.get(arm) ?? nowMs - ARM_PAUSE_MS) + ARM_PAUSE_MS - nowMs : 0
      if (waitMs > 0) return waitMs
      held.letGo(id)
      switches.takenAtMs.set(arm, nowMs)
      return 0
    },
    saidLate(id, agoMs) {
      return chatter.isTooMany(id, switchesOf(id).lateAtMs, clock.monotonicMs() - (agoMs ?? 0)) ? 'drop' : 'take'
    },
    waits(id, lane) {
      atLane.set(lane, id)
    },
    given(id, arm) {
      switchesOf(id).takenAtMs.set(arm, clock.monotonicMs())
    },
    comesTo(lane) {
      const barrier = atLane.get(lane)
      if (barrier !== undefined) held.giveNow(barrier)
    },
  }

  function switchesOf(id: DeviceId): Switches {
    const known = barriers.get(id)
    if (known !== undefined) return known
    const switches: Switches = { arm: undefined, changedAtMs: [], lateAtMs: [], takenAtMs: new Map() }
    barriers.set(id, switches)
    return switches
  }
}
