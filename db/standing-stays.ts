import type { LaneId, PlaceId, SessionId, VehicleClass } from '../core/ids.ts'
import type { LaneState } from '../core/lane/state.ts'
import type { Instant } from '../core/time.ts'
import type { Db } from './open.ts'

/** Open stays of one class in one place, in both modes. */
export type StandingStays = {
  readonly place: PlaceId
  readonly vehicleClass: VehicleClass
  readonly count: number
  /** The first of them, to look at. */
  readonly one: SessionId
  /** When the vehicle came in that has stood there for longest. */
  readonly since: Instant
  /** When the one came in that is there for the shortest time: it is no earlier than that, whatever a clock says. */
  readonly newest: Instant
}

export type StandingReader = {
  stays(): readonly StandingStays[]
  /** Lanes at which somebody has a right to pass and has not driven through. */
  lanesUnderWay(): readonly LaneId[]
  /** All of which something was heard, also those that no layout has. */
  laneStates(): readonly LaneState[]
}

/** What a new layout must leave room for: read once for each layout that is loaded. */
export function createStandingReader(db: Db): StandingReader {
  const stays = db.$client.prepare<[], StandingStays>(
    `SELECT place, vehicle_class AS vehicleClass, count(*) AS count, min(id) AS one, min(entered_at) AS since, max(entered_at) AS newest FROM session
     WHERE status IN ('entering', 'inside', 'leaving') AND place > '' GROUP BY place, vehicle_class ORDER BY place, vehicle_class`,
  )
  const lanes = db.$client.prepare<[], { readonly lane: LaneId }>(
    "SELECT DISTINCT lane FROM passage WHERE status IN ('granted', 'opened', 'passing') AND lane > '' ORDER BY lane",
  )
  const states = db.$client.prepare<[], { readonly state: string }>('SELECT state FROM lane_state ORDER BY lane')
  return {
    stays: () => stays.all(),
    lanesUnderWay: () => lanes.all().map(({ lane }) => lane),
    laneStates: () => states.all().map(({ state }) => JSON.parse(state) as LaneState),
  }
}
