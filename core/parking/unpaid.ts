import type { Decision } from '../decision.ts'
import { NOTHING } from '../decision.ts'
import type { UnpaidTimer } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { LaneVisit } from '../lane/state.ts'
import type { Now } from '../time.ts'
import type { AtLane } from './at-lane.ts'
import { atLane, visitOf } from './at-lane.ts'
import type { Asking } from './exit.ts'
import { ask, reckonAt, refuseUnpriced } from './exit.ts'
import { gateFor } from './gate.ts'
import { stillStanding, unpaidAt } from './hold.ts'
import { actUnpaid, letOwe, staffCalled } from './pay-at-lane.ts'

/**
 * Nothing has come in time for what a lane asks (`unpaidAfterMs`): whoever stands there has no code that pays, and no bank has told of a transfer. The lane does what the site has decided (`unpaid`), once for one visit: it calls
 * staff, lets the vehicle leave on debt, or opens; where it may not owe, the arm is away, or no loop says now that it stands there, or one that chatters does, staff are called. What is asked stands all the same. Nobody there, a stay that is not here any more, a wait that was overtaken, or a lane that waits by now: nothing.
 */
export function meetUnpaid(timer: UnpaidTimer, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const waited = unpaidAt(facts.state)
  if (waited === null || waited.charge !== timer.charge || waited.since !== timer.since) return NOTHING
  const here = atLane(facts, common, now)
  if (!here.ok || here.at.parking.lane.unpaid === 'wait') return NOTHING
  const { at } = here
  const stay = stillStanding(at)
  if (stay === null) return NOTHING
  const reckoned = reckonAt(at, stay, [])
  if (!reckoned.ok) {
    // Nobody can say what it owes: that calls staff by itself.
    const visit: LaneVisit = { ...visitOf(at), unpaid: { ...waited, isStaffCalled: true } }
    return refuseUnpriced(knowing(at, visit), reckoned.unpriced)
  }
  const { asking } = reckoned
  // What costs nothing any more is let out when what was asked holds no more.
  const [first] = asking.parts
  if (first === undefined) return NOTHING
  const gate = gateFor(at, null)
  if (gate.ok && facts.approachHeard && !facts.approachChatters && actUnpaid(at, { ...asking, gate }) === 'let-owe')
    return letOwe(at, { ...asking, gate }, 'policy')
  return callStaff(at, asking, first.charge)
}

/** The amount stays on the display, with its code and with the word that somebody will come. */
function callStaff(at: AtLane, asking: Asking, charge: Asking['parts'][number]['charge']): Decision {
  const { visit, cases } = staffCalled(at, asking, charge)
  return ask(knowing(at, visit), { ...asking, changes: [...asking.changes, ...cases] }, charge)
}

function knowing(at: AtLane, visit: LaneVisit): AtLane {
  return { ...at, facts: { ...at.facts, state: { ...at.facts.state, visit } } }
}
