import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { CommonFacts } from '../facts.ts'
import type { LaneId, PlaceId, VehicleClass } from '../ids.ts'
import type { Now } from '../time.ts'
import { openCase } from './cases.ts'
import type { OccupancyCount } from './facts.ts'
import type { StaffCase } from './session.ts'

/**
 * No count goes below 0. Who counted a place too low (or missed a vehicle that stands there) finds out when that vehicle leaves: the count is then corrected up by what is missing, before it falls, and staff
 * are to count again. So a count stays what it is said to be: entries less exits, with corrections. One case at a lane, however many leave before somebody has counted. `open`: the cases
 * that are known of the lane, or of the stay where staff end one at no lane.
 */
export function keepCounts(
  decision: Decision,
  occupancy: readonly OccupancyCount[],
  open: readonly StaffCase[],
  common: CommonFacts,
  now: Now,
): Decision {
  const corrected = lowestOf(decision.changes).flatMap(({ place, vehicleClass, least }): Change[] => {
    const known = occupancy.find((each) => each.place === place && each.vehicleClass === vehicleClass)
    const before = known?.count ?? 0
    if (before + least >= 0) return []
    return [{ kind: 'occupancy-corrected', mode: common.mode, place, vehicleClass, count: -least, before, at: now.at }]
  })
  if (corrected.length === 0) return decision
  const lane = laneOf(decision.changes)
  const about = { lane, session: lane === null ? decision.subject.session : null, charge: null, pictures: [] }
  const known = open.filter((each) => each.lane === lane)
  return {
    ...decision,
    changes: [...corrected, ...decision.changes, ...openCase('count-differs', about, known, common, now)],
  }
}

type Lowest = {
  readonly place: PlaceId
  readonly vehicleClass: VehicleClass
  readonly sum: number
  readonly least: number
}

/** The counts after these changes. */
export function countedAfter(
  occupancy: readonly OccupancyCount[],
  changes: readonly Change[],
): readonly OccupancyCount[] {
  return lowestOf(changes).reduce((counts, { place, vehicleClass, sum }) => {
    const isIt = (each: OccupancyCount): boolean => each.place === place && each.vehicleClass === vehicleClass
    const before = counts.find(isIt)?.count ?? 0
    return [...counts.filter((each) => !isIt(each)), { place, vehicleClass, count: before + sum }]
  }, occupancy)
}

/** How far below where it was each count would be on the way: one decision may end several stays. */
function lowestOf(changes: readonly Change[]): readonly Lowest[] {
  const lowest = new Map<string, Lowest>()
  for (const change of changes) {
    if (change.kind !== 'occupancy-moved') continue
    const { place, vehicleClass, by } = change
    const key = `${place} ${vehicleClass}`
    const known = lowest.get(key) ?? { place, vehicleClass, sum: 0, least: 0 }
    const sum = known.sum + by
    lowest.set(key, { ...known, sum, least: Math.min(known.least, sum) })
  }
  return [...lowest.values()]
}

/** Where the vehicle went that was one too many. */
function laneOf(changes: readonly Change[]): LaneId | null {
  const moved = changes.flatMap((change) => (change.kind === 'session-moved' ? [change.lane] : []))
  return moved.findLast((lane) => lane !== null) ?? null
}
