import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { VehicleClass } from '../ids.ts'
import type { LaneVisit } from '../lane-state.ts'
import type { AtLane } from './at-lane.ts'
import { refuseAt, tell, visitOf } from './at-lane.ts'
import { openCase } from './cases.ts'
import type { ParkingEvent } from './events.ts'
import type { Heading, LaneParking } from './place.ts'
import type { PlateValue, SessionEntry } from './session.ts'

type PlateSeen = Extract<ParkingEvent, { kind: 'plate-seen' }>

/** Which way the camera saw the vehicle drive, by what its words mean at this lane; `null` where nobody has said what they mean. */
export function headingOf({ device, direction }: PlateSeen, { cameras = [] }: LaneParking): Heading | null {
  return cameras.find((each) => each.device === device)?.[direction ?? 'unsaid'] ?? null
}

/**
 * What the visit knows of the way and the kind of its vehicle, after one more reading. Who was seen driving out is not on the way in by a second look; another plate is another vehicle, of
 * which only this reading tells.
 */
export function asSeenBy(
  body: PlateSeen,
  value: PlateValue | null,
  visit: LaneVisit,
  lane: LaneParking,
): Pick<LaneVisit, 'heading' | 'vehicle'> {
  const isOther = value !== null && visit.plate !== null && visit.plate.value.likeness !== value.likeness
  const before = isOther ? null : visit
  const said = headingOf(body, lane)
  const heading = before?.heading === 'out' ? 'out' : (said ?? before?.heading)
  const vehicle = body.vehicle ?? before?.vehicle
  return { ...(heading === undefined ? {} : { heading }), ...(vehicle === undefined ? {} : { vehicle }) }
}

/** Whether the vehicle here was seen driving out, at a lane of both ways from the street. */
export function isHeadingOut(at: AtLane): boolean {
  return isOfBothWays(at) && visitOf(at).heading === 'out'
}

/**
 * Whether a vehicle that is not known inside may begin a stay here. At a lane of both ways from the street a plate or a payer's code tells nothing of the way: who drives out with a stay that
 * the books do not know would begin one that costs nothing, and be gone. A pass says itself whether it is inside; a ticket's button, and an attendant who gives one, stand outside. `undefined`: it may.
 */
export function judgeWayIn(at: AtLane, by: SessionEntry['by']): 'stay-not-found' | 'direction-unknown' | undefined {
  if (!isOfBothWays(at)) return undefined
  const { heading } = visitOf(at)
  if (heading === 'out') return 'stay-not-found'
  return heading === undefined && (by === 'plate' || by === 'payer') ? 'direction-unknown' : undefined
}

/** A vehicle on its way out of which no stay is known. Staff look into it, where plates are read at the way in. */
export function unknownOnWayOut(at: AtLane, changes: readonly Change[]): Decision {
  const { parking, lane, common, now } = at
  const { found } = parking.shown
  if (found.length > 1) tell(at, ['display'], { kind: 'choose-staff' })
  const isByPlate = parking.layout.lanes.some(({ entryBy }) => entryBy.includes('plate'))
  const about = { lane: lane.id, session: null, charge: null, pictures: [visitOf(at).picture] }
  const cases = isByPlate ? openCase('exit-without-entry', about, parking.cases, common, now, visitOf(at).since) : []
  return refuseAt(at, 'stay-not-found', [...changes, ...cases])
}

/** The class that the camera takes the vehicle for, of those that may use the lane; `null` where it has not said, or the site has no class of that name. */
export function seenClass(at: AtLane): VehicleClass | null {
  const { vehicle } = visitOf(at)
  const { layout, lane } = at.parking
  if (vehicle === undefined) return null
  const named = layout.vehicleClasses.filter(({ seenAs }) => seenAs === vehicle).map(({ id }) => id)
  return lane.vehicleClasses.find((id) => named.includes(id)) ?? null
}

function isOfBothWays({ lane, parking }: AtLane): boolean {
  return lane.direction === 'both' && parking.lane.outside === null
}
