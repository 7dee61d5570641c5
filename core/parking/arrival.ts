import type { Decision } from '../decision.ts'
import { refuse } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { LaneState } from '../lane/state.ts'
import { isUnderWay } from '../lane/state.ts'
import type { Now } from '../time.ts'
import type { AtLane } from './at-lane.ts'
import { atLane, plateOf, tell } from './at-lane.ts'
import { arriveByPlate } from './seen.ts'

/**
 * A plate that was read before anybody could act on it. A camera reads it before its vehicle has come to the loop, and when the loop says that it is there, or it reads that of the vehicle close
 * behind another, and when the arm is down again, it is acted on as if it had been read then: a driver has nothing to show twice. `decision` is what the loop, the arm or the due time
 * has decided; `shown` in the facts is what the books find by the plate in the visit.
 */
export function withArrival(decision: Decision, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const state = stateDecided(decision)
  if (state === null || facts.parking === null || !isHeard(facts.state, state)) return decision
  const here = atLane({ ...facts, state }, common, now)
  if (!here.ok || !facts.parking.shown.isLookedUp) return decision
  const plate = plateOf(here.at)
  if (plate !== null) return arriveByPlate(here.at, plate, decision.changes)
  return isAmbiguous(state) ? askToShow(here.at, decision) : decision
}

/** A plate was read surely, and nobody knows whether it is this vehicle's. */
function isAmbiguous({ visit }: LaneState): boolean {
  return visit?.isOneOfTwo !== undefined || visit?.isDoubted === true
}

/** Its driver is told so, for a camera does not say the same plate again and again. Not aloud: another look may be on its way. */
function askToShow(at: AtLane, decision: Decision): Decision {
  tell(at, ['display'], { kind: 'refused', refusal: 'plate-unreadable', due: null })
  return { ...refuse('plate-unreadable', null, at.effects.all), changes: decision.changes }
}

/** Whether a plate waits at a lane whose arm is coming down: what the books say of it has to be looked up when the arm may be down. */
export function doesPlateWait({ phase, presence, visit }: LaneState): boolean {
  return phase.kind === 'closing' && isUnasked(visit, presence)
}

/** Whether the vehicle of the visit may be heard now, and could not be before. */
function isHeard(before: LaneState, after: LaneState): boolean {
  if (after.visit === null || after.presence === null) return false
  const isNew = after.presence !== before.presence
  // The arm is up for somebody else, or is coming down behind them.
  const isBusy = isUnderWay(after.phase) || after.phase.kind === 'closing'
  return isNew ? !isBusy : doesPlateWait(before) && after.phase.kind === 'vehicle-present'
}

function isUnasked(visit: LaneState['visit'], presence: number | null): boolean {
  return presence !== null && visit?.presence === presence && visit.session === null && visit.plate !== null
}

/** How the one lane that a decision moves stands by it; `null` where it moves none. */
function stateDecided({ changes }: Decision): LaneState | null {
  const states = changes.flatMap((change) => (change.kind === 'lane-state' ? [change.state] : []))
  return states.at(-1) ?? null
}
