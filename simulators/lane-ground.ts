import type { Arm, Happenings, Zone } from './world/happenings.ts'

/**
 * The ground of one lane: where vehicles stand and where the arm is. Loops feel it, the barrier moves the arm over it, drivers look at it. It is the truth
 * against which what the gateway believes can be held.
 */
export type LaneGround = {
  readonly lane: string
  arm(): Arm
  setArm(arm: Arm): void
  isOccupied(zone: Zone): boolean
  /** Whoever is still on the loop before the arm is under the arm already. */
  isRollingOff(): boolean
  enter(zone: Zone, vehicle: string): void
  leave(zone: Zone, vehicle: string): void
  /** Called after each change, until the returned function is called. */
  watch(watcher: () => void): () => void
}

export function laneGround(lane: string, happenings: Happenings): LaneGround {
  const vehicles: Record<Zone, Set<string>> = { approach: new Set(), safety: new Set() }
  const watchers = new Set<() => void>()
  let arm: Arm = 'closed'

  const changed = (): void => {
    // A copy: somebody who is told may drive on at once, and be told of that.
    for (const watcher of [...watchers]) watcher()
  }
  const zoneChanged = (zone: Zone): void => {
    happenings.tell({ kind: 'zone', lane, zone, vehicles: [...vehicles[zone]] })
    changed()
  }

  return {
    lane,
    arm: () => arm,
    setArm(next) {
      if (next === arm) return
      arm = next
      happenings.tell({ kind: 'arm', lane, arm })
      // An arm that is still falling can be called back up in time.
      if (arm === 'closed' && vehicles.safety.size > 0) {
        happenings.tell({ kind: 'arm-hit', lane, vehicles: [...vehicles.safety] })
      }
      changed()
    },
    isOccupied: (zone) => vehicles[zone].size > 0,
    isRollingOff: () => vehicles.approach.size > 0 && [...vehicles.approach].every((each) => vehicles.safety.has(each)),
    enter(zone, vehicle) {
      vehicles[zone].add(vehicle)
      zoneChanged(zone)
    },
    leave(zone, vehicle) {
      if (vehicles[zone].delete(vehicle)) zoneChanged(zone)
    },
    watch(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
}
