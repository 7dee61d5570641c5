import type { Decision } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { laneAfter } from './after.ts'
import { heldAt } from './asking.ts'
import { atLane, remember, visitOf } from './at-lane.ts'
import { ask, letOut, reckonAt } from './exit.ts'
import { gateFor } from './gate.ts'
import { standingOf } from './hold.ts'
import { isOver } from './session.ts'

/**
 * What a stay costs has fallen (a merchant's validation, another class), or it has been ended, away from the lane that has asked it: the display says so at once, and not when the hold ends. Whose stay costs nothing any more is let out; of one that is over nothing is asked.
 * An amount that has risen holds as it was shown. The answer stays that of the act, and where nobody can say the price the lane stays as it was. `facts`: the lane before which the vehicle stands, as it was before `done`.
 */
export function askedAgain(done: Decision, facts: LaneFacts | null, common: CommonFacts, now: Now): Decision {
  // Who practises beside a live lane moves nothing there.
  if (facts === null || !done.outcome.ok || common.mode !== common.siteMode) return done
  const after = laneAfter(facts, done.changes)
  const here = atLane(after, common, now)
  const asked = standingOf(after.state)
  const stay = here.ok ? here.at.parking.visiting : null
  if (!here.ok || asked === null || stay === null) return done
  const { at } = here
  const forgotten: Decision = { ...done, changes: [...done.changes, remember(at, { ...visitOf(at), asked: null })] }
  if (isOver(stay.session)) return forgotten
  // Its end is on its way, and asks anew.
  if (heldAt(after.state, stay.session.id, now) === null) return done
  const reckoned = reckonAt(at, stay, [])
  if (!reckoned.ok || reckoned.asking.due.amount === asked.due.amount) return done
  const { asking } = reckoned
  const [first] = asking.parts
  if (first !== undefined) return atLaneAfter(done, ask(at, asking, first.charge))
  // No arm goes up where no loop says that it still stands there: what was asked lapses by itself.
  const { presence, visit } = after.state
  const isThere = at.parking.lane.barrier === 'none' || (presence !== null && visit?.presence === presence)
  const gate = gateFor(at, null)
  return gate.ok && isThere && stay.session.status === 'inside'
    ? atLaneAfter(done, letOut(at, { ...asking, gate }, asking.stay, { by: 'paid' }))
    : forgotten
}

/** What was done, and what the lane does after it. */
function atLaneAfter(done: Decision, lane: Decision): Decision {
  return {
    ...done,
    changes: [...done.changes, ...lane.changes],
    effects: lane.effects,
    keep: [...done.keep, ...lane.keep],
  }
}
