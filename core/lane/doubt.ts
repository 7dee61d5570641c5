import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { closeBehind } from './barrier.ts'
import { stateAfter } from './display.ts'
import { laneMoved } from './moves.ts'
import { nextUp } from './presence.ts'
import { usedUpAfterAll } from './rights.ts'
import { isInDoubt, isUnderWay, withoutPerhaps } from './state.ts'

/** Who stands before the barrier, by what was read or shown: the vehicle of the lane's right, or another. */
export type Who = 'same' | 'another'

/** The lane after it is known who stands there, and what that changes; the decision about whoever it is goes on from there. */
export type ToldApart = { readonly facts: LaneFacts; readonly changes: readonly Change[] }

/**
 * What was read or shown tells who stands before the barrier (decision 096). The same has rolled back, and its way is still its own. Another has closed up: the one before it has gone through, its right is used up, and the arm comes down behind
 * it. `null`: it tells nothing.
 */
export function tellApart(
  facts: LaneFacts,
  who: Who | null,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): ToldApart {
  if (who === null || !isInDoubt(facts.state, facts.current)) return { facts, changes: [] }
  const { state, parking } = facts
  if (who === 'same') {
    const after = withoutPerhaps(state)
    return { facts: { ...facts, state: after }, changes: laneMoved(state, after, common.policy, now) }
  }
  // Two stays in one record: what is opened and booked for the one that has gone has ids of its own.
  const used = usedUpAfterAll(facts, { ...common, position: { ...common.position, slot: 1 } }, now)
  const next = nextUp(state, common, now)
  const moved = isUnderWay(state.phase)
    ? closeBehind(next, null, facts, [], effects, common, now).changes
    : laneMoved(state, next, common.policy, now)
  const after: LaneFacts = {
    ...facts,
    state: stateAfter(next, { changes: moved }),
    current: null,
    parking: parking === null ? null : { ...parking, visiting: null, passing: null },
  }
  return { facts: after, changes: [...moved, ...used] }
}

/** The decision about whoever it is, with what was changed before it. An arm that goes up for the next at once is not told to come down first. */
export function afterTold(decision: Decision, changes: readonly Change[], effects: readonly Effect[]): Decision {
  if (changes.length === 0) return decision
  const isOpened = effects.some(({ command }) => command.type === 'open')
  const kept = isOpened ? effects.filter(({ command }) => command.type !== 'close') : effects
  return { ...decision, changes: [...changes, ...decision.changes], effects: kept }
}
