import type { Decision } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { LaneState } from '../lane-state.ts'
import type { Now } from '../time.ts'
import { atLane } from './at-lane.ts'
import { plateOf } from './pay-at-lane.ts'
import { arriveByPlate } from './seen.ts'

/**
 * A camera reads a plate before its vehicle has come to the loop. When the loop says that it is there, the plate is acted on as if it had been read then. `decision` is what
 * the loop itself has decided; `shown` in the facts is what the books find by the plate in the visit.
 */
export function withArrival(decision: Decision, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const state = stateAfter(decision)
  const isNew = state !== null && state.presence !== null && state.presence !== facts.state.presence
  if (!isNew || state.visit === null || facts.parking === null) return decision
  const here = atLane({ ...facts, state }, common, now)
  const plate = here.ok && facts.parking.shown.isLookedUp ? plateOf(here.at) : null
  return here.ok && plate !== null ? arriveByPlate(here.at, plate, decision.changes) : decision
}

function stateAfter({ changes }: Decision): LaneState | null {
  const states = changes.flatMap((change) => (change.kind === 'lane-state' ? [change.state] : []))
  return states.at(-1) ?? null
}
