import type { Decision } from '../decision.ts'
import type { Who } from '../lane/doubt.ts'
import { afterTold, tellApart } from '../lane/doubt.ts'
import type { AtLane } from './at-lane.ts'
import { anew } from './at-lane.ts'
import { countedAfter } from './counts.ts'

/**
 * A decision about whoever stands at a lane, once what was read or shown has told whether that is still the vehicle of the lane's right (decision 096). Of another nothing is known yet but what it has shown itself, and it counts behind the one that
 * has gone. A code that is refused tells of nobody, for whoever has rolled back may show an old ticket or another wallet: it is said, and ends no stay and moves no arm.
 */
export function onceTold(
  at: AtLane,
  who: Who | null,
  by: 'code' | 'plate' | 'person',
  decide: (at: AtLane) => Decision,
): Decision {
  const { facts, changes } = tellApart(at.facts, who, at.effects, at.common, at.now)
  if (changes.length === 0) return decide(at)
  if (who !== 'another') return afterTold(decide({ ...at, facts }), changes, at.effects.all)
  const parking = {
    ...at.parking,
    visiting: null,
    passing: null,
    occupancy: countedAfter(at.parking.occupancy, changes),
  }
  const decided = decide(anew({ ...at, facts: { ...facts, parking }, parking }))
  if (by === 'code' && !decided.outcome.ok) {
    const said = at.effects.all.filter(({ command }) => command.type === 'announce')
    return { ...decided, changes: [], effects: said }
  }
  return afterTold(decided, changes, at.effects.all)
}
