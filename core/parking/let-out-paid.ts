import type { Decision } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { laneAfter } from './after.ts'
import { atLane, leadsOut } from './at-lane.ts'
import { ask, leavingOf, letOut } from './exit.ts'
import { toldOfArm } from './gate.ts'
import { chosen } from './pay-at-lane.ts'

/**
 * Money came for a stay whose vehicle stands at an exit: where nothing is asked there any more, it is let out; of a part, the rest is asked. The answer stays that of the money; whatever the lane says against it (nobody on the loop,
 * an arm that is away) changes nothing of what was paid; of the arm the display says so, and of what came beyond what was asked.
 */
export function letOutPaid(taken: Decision, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { outcome } = taken
  const isPaid = outcome.ok && (outcome.kind === 'paid' || outcome.kind === 'credited') && outcome.amount.amount > 0
  const after = laneAfter(facts, taken.changes)
  const stay = after.parking?.visiting ?? null
  if (!isPaid || stay === null) return taken
  const here = atLane(after, common, now, taken.effects)
  if (!here.ok || here.at.parking.visiting === null || here.at.parking.lane.outside !== null) return taken
  const found = chosen(stay)
  if (stay.session.status !== 'inside' || !leadsOut(here.at, found)) return taken
  const result = leavingOf(here.at, found, 'staff')
  if (!result.ok) return toldOfArm(taken, here.at)
  const { leaving } = result
  const [first] = leaving.parts
  if (first !== undefined) {
    const again = ask(here.at, leaving, first.charge)
    const keep = [...taken.keep, ...again.keep]
    return { ...taken, changes: [...taken.changes, ...again.changes], effects: again.effects, keep }
  }
  const over = outcome.kind === 'credited' && outcome.overpaid.amount > 0 ? { over: outcome.overpaid } : {}
  const out = letOut(here.at, leaving, stay, { by: 'paid', told: { kind: 'goodbye', ...over } })
  return { ...taken, changes: [...taken.changes, ...out.changes], effects: out.effects, subject: out.subject }
}
