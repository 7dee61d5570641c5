import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { LaneVisit, PassageGround } from '../lane/state.ts'
import type { AtLane } from './at-lane.ts'
import { refuseAt, visitOf } from './at-lane.ts'
import { openCase } from './cases.ts'
import type { ParkingEvent, SeenVehicle } from './events.ts'
import type { FoundStay } from './facts.ts'
import type { Heading, LaneParking } from './place.ts'
import { readPlate } from './plate.ts'
import type { PlateValue, SessionEntry } from './session.ts'

type PlateSeen = Extract<ParkingEvent, { kind: 'plate-seen' }>

/** Which way the camera saw the vehicle drive, by what its words mean at this lane; `null` where nobody has said what they mean. */
export function headingOf({ device, direction }: PlateSeen, { cameras = [] }: LaneParking): Heading | null {
  return cameras.find((each) => each.device === device)?.[direction ?? 'unsaid'] ?? null
}

/**
 * What the visit (`null`: a new one) knows of the way and the kind of its vehicle, after one more reading. Who was seen driving out is not on the way in by a second look; another plate is another vehicle, of
 * which only this reading tells.
 */
export function asSeenBy(
  body: PlateSeen,
  value: PlateValue | null,
  visit: LaneVisit | null,
  lane: LaneParking,
): Pick<LaneVisit, 'heading' | 'vehicle'> {
  const read = visit?.plate ?? null
  const isOther = value !== null && read !== null && read.value.likeness !== value.likeness
  const before = isOther ? null : visit
  const said = headingOf(body, lane)
  const heading = before?.heading === 'out' ? 'out' : (said ?? before?.heading)
  const vehicle = body.vehicle ?? kindOfPlate(body, value, lane) ?? before?.vehicle
  return { ...(heading === undefined ? {} : { heading }), ...(vehicle === undefined ? {} : { vehicle }) }
}

/** Whether the vehicle here was seen driving out, at a lane of both ways from the street. */
export function isHeadingOut(at: AtLane): boolean {
  return isOfBothWays(at) && visitOf(at).heading === 'out'
}

/**
 * A stay that is let out by a code, at a lane of both ways, while the camera saw its vehicle drive in: perhaps another comes in by a copy of it, and the stay’s own vehicle stands inside for ever. A camera that is wrong locks
 * nobody in (decision 085), so it goes, and somebody compares the pictures. Whose plate is the stay’s own is the one that was meant.
 */
export function seenComingIn(
  at: AtLane,
  { stay, plate }: FoundStay,
  by: Extract<PassageGround, { kind: 'session' }>['by'],
): readonly Change[] {
  const visit = visitOf(at)
  if (!isOfBothWays(at) || visit.heading !== 'in' || plate === 'same' || (by !== 'right' && by !== 'ticket')) return []
  const about = { lane: at.lane.id, session: stay.session.id, charge: null, pictures: [stay.picture, visit.picture] }
  return openCase('second-entry', about, stay.cases, at.common, at.now)
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
  const isByPlate = parking.layout.lanes.some(({ entryBy }) => entryBy.includes('plate'))
  const about = { lane: lane.id, session: null, charge: null, pictures: [visitOf(at).picture] }
  const cases = isByPlate ? openCase('exit-without-entry', about, parking.cases, common, now, visitOf(at).since) : []
  const all = [...changes, ...cases]
  return found.length > 1
    ? refuseAt(at, 'stay-not-found', all, null, { kind: 'choose-staff' })
    : refuseAt(at, 'stay-not-found', all)
}

function isOfBothWays({ lane, parking }: AtLane): boolean {
  return lane.direction === 'both' && parking.lane.outside === null
}

/** What a plate is by its layout: a motorbike's has a series of its own. Many fit a car's and an old motorbike's, and say nothing; nor does one that was not read surely. */
function kindOfPlate(
  { readings }: PlateSeen,
  value: PlateValue | null,
  { plateConfidenceMinPermille }: LaneParking,
): SeenVehicle | undefined {
  const [read] = readings.filter(({ confidencePermille }) => confidencePermille >= plateConfidenceMinPermille)
  const plate = value === null || read === undefined ? null : readPlate(read.text)
  return plate?.ok === true ? (plate.plate.vehicle ?? undefined) : undefined
}
