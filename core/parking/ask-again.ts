import type { Decision } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import { standingOf } from '../lane/state.ts'
import type { Now } from '../time.ts'
import { laneAfter } from './after.ts'
import { heldAt } from './asking.ts'
import { atLane, remember, visitOf } from './at-lane.ts'
import { ask, letOut, reckonAt } from './exit.ts'
import { gateFor, toldOfArm } from './gate.ts'
import { lapsingNow, stillAsked } from './hold.ts'
import { isOver } from './session.ts'

/**
 * What a stay costs has fallen (a merchant's validation, another class, its pass renewed), or it has been ended, away from the lane that has asked it: the display says so at once, and not when the hold ends. Whose stay costs nothing any more is let out; of one that is over nothing is asked.
 * An amount that has risen holds as it was shown. The answer stays that of the act, and where nobody can say the price the lane stays as it was. A lane that has given up asking (its loop may be stuck) asks again: somebody has done something. `facts`: the lane before which the vehicle stands, as it was before `done`.
 */
export function askedAgain(done: Decision, facts: LaneFacts | null, common: CommonFacts, now: Now): Decision {
  if (facts === null || !isHere(done, common)) return done
  const after = laneAfter(facts, done.changes)
  const here = atLane(after, common, now, done.effects)
  const asked = standingOf(after.state)
  const visiting = here.ok ? here.at.parking.visiting : null
  if (!here.ok || visiting === null || (asked === null && after.state.alarm !== 'loop-stuck')) return done
  const { at } = here
  const forgotten: Decision = { ...done, changes: [...done.changes, remember(at, { ...visitOf(at), asked: null })] }
  if (isOver(visiting.session)) return forgotten
  const stay = stillAsked(at)
  if (stay === null) return done
  // Its end is on its way, and asks anew.
  if (asked !== null && heldAt(after.state, stay.session.id, now) === null) return done
  const reckoned = reckonAt(at, stay, [])
  if (!reckoned.ok || reckoned.asking.due.amount === asked?.due.amount) return done
  const { asking } = reckoned
  const [first] = asking.parts
  if (first !== undefined) return atLaneAfter(done, ask(at, asking, first.charge))
  const gate = gateFor(at, null)
  return gate.ok
    ? atLaneAfter(done, letOut(at, { ...asking, gate }, asking.stay, { by: 'paid' }))
    : toldOfArm(forgotten, at)
}

/** A right has changed by which several stays may go: of the first that stands at a lane it is said at once; each other lane asks anew by a due time of its own, which is now, for one record lets out one vehicle. */
export function askedOfRight(
  done: Decision,
  [first, ...others]: readonly LaneFacts[],
  common: CommonFacts,
  now: Now,
): Decision {
  const again = askedAgain(done, first ?? null, common, now)
  if (!isHere(done, common)) return again
  return { ...again, changes: [...again.changes, ...others.flatMap(({ state }) => lapsingNow(state, now))] }
}

/** Who practises beside a live lane moves nothing there. */
function isHere({ outcome }: Decision, { mode, siteMode }: CommonFacts): boolean {
  return outcome.ok && mode === siteMode
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
