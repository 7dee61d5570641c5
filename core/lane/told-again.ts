import type { Decision } from '../decision.ts'
import { effectsAt } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { barrierOf } from './barrier.ts'
import { stateAfter } from './display.ts'
import { openLane } from './opening.ts'
import { rightOf, sessionOf } from './rights.ts'
import { stillUsable } from './standing.ts'

/**
 * An arm that was to open gave no answer, or was away, and now it is here and says that it is down: the word to it was lost, as where the box died between the books and the arm. Whoever stands there still, on a loop that is heard, has paid and has nothing to
 * show again, so the arm is told once more. Once for a right: what is silent a second time is for staff. `decision` is what the word of the arm, or of the loop, has decided.
 */
export function withToldAgain(decision: Decision, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const state = stateAfter(facts.state, decision)
  const { phase, alarm, arm, approach, presence, toldAgain, visit } = state
  const isUnheard = alarm === 'barrier-no-answer' || alarm === 'barrier-away'
  const isDown = phase.kind === 'waiting' && arm === 'closed'
  const passage = stillUsable(rightOf(facts), common, now)
  const barrier = barrierOf(facts)
  if (!isDown || !isUnheard || barrier === null || !facts.barrierPresent || passage === null) return decision
  const isThere = approach && facts.approachHeard && passage.presence === presence
  if (!isThere || toldAgain === passage.id) return decision
  // Who stands there is taken for another by now, or another plate was read of them since; or the time of the right is over, by a clock that nobody trusts: nothing opens by itself.
  const stay = sessionOf(passage)
  const isTheirs = (visit?.session ?? null) === stay && visit?.otherThan !== stay
  if (!isTheirs || now.at >= passage.until) return decision
  const effects = effectsAt(common, decision.effects)
  const known: LaneFacts = { ...facts, state: { ...state, toldAgain: passage.id } }
  const changes = openLane(known, barrier, passage, effects, common, now)
  effects.announce(facts.devices, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'drive-on' })
  const subject = { charge: null, passage: passage.id, session: stay }
  return { ...decision, subject, changes: [...decision.changes, ...changes], effects: effects.all }
}
