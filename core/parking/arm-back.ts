import type { Decision } from '../decision.ts'
import { effectsAt } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import { displayTold, stateAfter } from '../lane/display.ts'
import { isAtRest } from '../lane/state.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import type { AtLane } from './at-lane.ts'
import { atLane, leadsOut, plateOf, visitOf } from './at-lane.ts'
import { ask, leavingOf, letOut, refuseUnpriced } from './exit.ts'
import type { StayFacts } from './facts.ts'
import { chosen } from './pay-at-lane.ts'
import { arriveByPlate } from './seen.ts'

/**
 * An arm of which the display says that it is away has said where it is: what the display says is not so any more. Whoever stands there and is known is asked, or let out, as if they had come now; nobody has to show anything twice. Of whom nothing is known the display is idle, and they show
 * what they have. `decision` is what its word has decided.
 */
export function withArmBack(decision: Decision, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const state = stateAfter(facts.state, decision)
  if (facts.state.saysArmAway !== true || !isAtRest(state.phase) || displayTold(decision, facts.devices) !== null)
    return decision
  const effects = effectsAt(common, decision.effects)
  const here = atLane({ ...facts, state }, common, now, decision.effects)
  const isOther = here.ok && visitOf(here.at).otherThan !== undefined
  const arrived = here.ok && !isOther ? whoWaits(here.at, decision) : null
  if (arrived !== null) return arrived
  effects.announce(facts.devices, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'idle' })
  return { ...decision, effects: effects.all }
}

function whoWaits(at: AtLane, { changes }: Decision): Decision | null {
  const stay = knownThere(at)
  if (stay !== null) {
    const result = leavingOf(at, chosen(stay), 'paid', changes)
    if (!result.ok) return result.unpriced === null ? result.decision : refuseUnpriced(at, result.unpriced)
    const { leaving } = result
    const [first] = leaving.parts
    return first === undefined ? letOut(at, leaving, leaving.stay, { by: 'paid' }) : ask(at, leaving, first.charge)
  }
  const plate = plateOf(at)
  return plate === null ? null : arriveByPlate(at, plate, changes)
}

/** The stay of whoever stands there on their way out. One of the other mode (the box was started anew to train) is not here. */
function knownThere(at: AtLane): StayFacts | null {
  const { parking, facts, common } = at
  const stay = facts.state.presence === null ? null : parking.visiting
  if (stay === null || stay.session.mode !== common.mode || parking.lane.outside !== null) return null
  return leadsOut(at, chosen(stay)) ? stay : null
}
