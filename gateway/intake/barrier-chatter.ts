import type { BarrierArm } from '../../core/events.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import type { Clock } from '../clock/clock.ts'
import type { Chatter } from './chatter.ts'
import type { HeldWords } from './held-words.ts'

export type BarrierChatterParts = {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly chatter: Chatter
  readonly held: HeldWords
}

/**
 * Bounds what a limit switch with a bad joint brings while nobody is at its lane and its arm has been told nothing: that is how it spends its nights. One that changes more often than vehicles can make it is said to chatter. From then on that the arm is up
 * is still taken at once, for it may have been forced; all else it says waits until it has said nothing else for a while. Where somebody comes, or the arm is told something, nobody decides on less than what it said last: what waits is given at once, and from then on
 * each word is taken as ever (docs/decisions/106).
 */
export type BarrierChatter = {
  /** The barrier says where its arm is. `isAlone`: nobody is at its lane, and nothing is under way there. Whether that is to be taken at once, or is to wait (`HeldWords`). */
  said(barrier: DeviceId, arm: BarrierArm, isAlone: boolean): 'take' | 'hold'
  /** As of a loop: `drop` is to be acknowledged, and in no record. */
  saidLate(barrier: DeviceId, agoMs: number | null): 'take' | 'drop'
  /** A word of it waits. */
  waits(barrier: DeviceId, lane: LaneId): void
  /** Somebody comes to this lane. */
  comesTo(lane: LaneId): void
}

type Switches = { arm: BarrierArm | undefined; readonly changedAtMs: number[]; readonly lateAtMs: number[] }

export function createBarrierChatter({ clock, chatter, held }: BarrierChatterParts): BarrierChatter {
  const barriers = new Map<DeviceId, Switches>()
  /** Whose words wait, or have waited. */
  const atLane = new Map<LaneId, DeviceId>()

  return {
    said(id, arm, isAlone) {
      const switches = switchesOf(id)
      if (switches.arm !== arm) {
        held.letGo(id)
        chatter.isTooMany(id, switches.changedAtMs, clock.monotonicMs())
      }
      switches.arm = arm
      return chatter.isChattering(id) && isAlone && arm !== 'open' ? 'hold' : 'take'
    },
    saidLate(id, agoMs) {
      return chatter.isTooMany(id, switchesOf(id).lateAtMs, clock.monotonicMs() - (agoMs ?? 0)) ? 'drop' : 'take'
    },
    waits(id, lane) {
      atLane.set(lane, id)
    },
    comesTo(lane) {
      const barrier = atLane.get(lane)
      if (barrier !== undefined) held.giveNow(barrier)
    },
  }

  function switchesOf(id: DeviceId): Switches {
    const known = barriers.get(id)
    if (known !== undefined) return known
    const switches: Switches = { arm: undefined, changedAtMs: [], lateAtMs: [] }
    barriers.set(id, switches)
    return switches
  }
}
