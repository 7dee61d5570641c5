import type { Change } from '../changes.ts'
import type { PlaceId } from '../ids.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { AtLane } from './at-lane.ts'
import { openCase } from './cases.ts'
import type { LaneParkingFacts, ParkingCommon, StayFacts } from './facts.ts'

/** A lane that a stay's vehicle drives through, whoever says so: what is read there, staff, or an attendant afterwards. */
type Passed = Pick<AtLane, 'lane' | 'common' | 'now'> & {
  readonly parking: Pick<LaneParkingFacts, keyof ParkingCommon | 'lane'>
}

/**
 * At a way out into the street, of a stay that stands in another place by the books: it left that past its lane, or a copy of what it is known by is shown here. Nobody is kept in for it, and somebody looks. `seen`: the picture of who stands there.
 */
export function pastItsLane(at: Passed, known: StayFacts, seen: PersonalValue | null): readonly Change[] {
  const { inside } = at.parking.lane
  return isElsewhere(at, known, inside) ? astray(at, known, 'exit', seen) : []
}

/** The case of a stay that is not where its vehicle stands. */
export function astray(
  at: Passed,
  { session, picture, cases }: StayFacts,
  side: 'entry' | 'exit',
  seen: PersonalValue | null,
): readonly Change[] {
  const about = { lane: at.lane.id, session: session.id, charge: null, pictures: [seen, picture] }
  return openCase(side === 'entry' ? 'second-entry' : 'exit-without-entry', about, cases, at.common, at.now)
}

/**
 * Whether anti-passback speaks against it: its stay is inside, and not where its vehicle stands. A copy of it may be shown; or the books are behind, for it went through an arm that stood open. Staff may have let it pass
 * once more since it moved.
 */
export function isElsewhere(
  { parking }: Passed,
  { session, passbackResetAt, movedAt }: StayFacts,
  from: PlaceId,
): boolean {
  if (parking.policy.antiPassback === 'off' || session.status !== 'inside' || session.place === from) return false
  return passbackResetAt === null || passbackResetAt < movedAt
}
