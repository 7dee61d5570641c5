import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING } from '../decision.ts'
import type { SessionId } from '../ids.ts'
import type { Who } from '../lane/doubt.ts'
import { REACH_LOOP_MS } from '../lane/presence.ts'
import { isShownBefore, openByHand } from '../lane/standing.ts'
import type { LaneVisit } from '../lane/state.ts'
import { isUnderWay, standingOf } from '../lane/state.ts'
import type { Instant } from '../time.ts'
import type { AtLane, PlateCredential } from './at-lane.ts'
import { anew, leadsOut, noted, plateOf, refuseAt, remember, visitOf } from './at-lane.ts'
import { openCase } from './cases.ts'
import { enter } from './entry.ts'
import type { ParkingEvent } from './events.ts'
import { classCase, leave } from './exit.ts'
import type { FoundStay, RightFacts, Sighted, StayFacts } from './facts.ts'
import { driveOn } from './gate.ts'
import { asSeenBy, isHeadingOut, unknownOnWayOut } from './heading.ts'
import { areOfTwoKinds } from './namesakes.ts'
import { askForStay, goOn, standingHere, wayBetween } from './nested.ts'
import { rightToParkUnder } from './rights.ts'
import type { PlateValue } from './session.ts'
import { classAmong, classAtExit } from './vehicle-class.ts'

/** A camera is so much later than whoever opens by hand, or than a ticket or a code, at most. */
export const READ_LATE_MS = 3_000

type PlateSeen = Extract<ParkingEvent, { kind: 'plate-seen' }>
type SightedChange = Extract<Change, { kind: 'sighted' }>

/**
 * A camera has read a plate at a lane. The same plate again within the window is one sighting. What came too late, what the camera was not sure of, and what came before its
 * vehicle, is kept and moves nothing. At an entry by plate the stay begins; at an exit it is found, and asked.
 */
export function seePlate(body: PlateSeen, came: AtLane): Decision {
  const { shown } = came.parking
  const { value, confidencePermille, isTorn, surely } = readingOf(body, came)
  const isSure = surely !== null
  const isPast = isOfThePast(body, came)
  const given = !isPast && (isStale(came) || (surely !== null && isAnother(came, surely))) ? anew(came) : came
  const { parking, lane, now, facts } = given
  const visit = isSure ? withoutDoubt(visitOf(given)) : visitOf(given)
  const found = isSure ? exitStay(given) : null
  const isStanding = facts.state.presence !== null || parking.lane.barrier === 'none'
  const session: SessionId | null = visit.session ?? found?.stay.session.id ?? null
  const sighted: readonly SightedChange[] =
    value === null
      ? []
      : [
          {
            kind: 'sighted',
            sighting: { device: body.device, lane: lane.id, confidencePermille },
            plate: value,
            session: isStanding && !isPast ? session : null,
            picture: shown.picture,
            at: now.at,
          },
        ]
  // Late, or of a vehicle that has gone since: evidence, and nothing of the one that stands there.
  if (isPast) return noted(given, sighted)
  const isSame = value !== null && visit.plate?.value.mac === value.mac
  const isClearer = confidencePermille > (visit.plate?.confidencePermille ?? -1)
  const last = shown.lastSighting
  const seenAs = asSeenBy(body, value, visit, parking.lane)
  const isTold = isSame && (seenAs.heading !== visit.heading || seenAs.vehicle !== visit.vehicle)
  const isRepeated = last !== null && !isTold && (isSame || !isOfAnotherPresence(given, last))
  if (isRepeated && (last.session !== null || (isSame && !isClearer))) return NOTHING
  const { through } = given
  if (through !== null && surely !== null && isPlateOf(through, surely, shown.rights)) {
    return after(driveOn(given, through), sighted.map(of(through.session.id)))
  }
  if (through !== null && surely !== null && isNamedAfter(given, through)) {
    const credential: PlateCredential = { kind: 'plate', plate: surely, confidencePermille }
    const named: Change = { kind: 'session-known-by', session: through.session.id, credential }
    return after(driveOn(given, through, [named]), sighted.map(of(through.session.id)))
  }
  const isCorrected = body.corrects === true && isSure
  const behind = surely !== null && !isCorrected ? behindOf(given, body, surely, confidencePermille) : null
  if (behind !== null && (behind.isDoubted !== true || openByHand(facts.state) !== null)) {
    return noted(given, [...sighted.map(of(null)), remember(given, { ...visit, behind })])
  }
  // A camera that has read the plate well once does not take it back, unless it says that it was wrong.
  const isBetter = visit.plate === null || isClearer || isCorrected
  const { isOneOfTwo, ...before } = visit
  const doubt = doubtAfter(given, body, value, isTorn, isSure)
  const known: LaneVisit = {
    ...before,
    plate: value !== null && isBetter ? { value, confidencePermille } : visit.plate,
    picture: shown.picture ?? visit.picture,
    ...seenAs,
    ...(doubt === undefined ? {} : { isOneOfTwo: doubt }),
    ...(behind === null ? {} : { behind }),
  }
  const at: AtLane = { ...given, facts: { ...facts, state: { ...facts.state, visit: known } } }
  const kept = [remember(given, known)]
  if (!isStanding) return noted(at, [...sighted, ...kept])
  return asSeen(sighted, actOn(at, kept, isSure, { kind: known.vehicle !== visit.vehicle, plate: !isSame }))
}

type Reading = {
  readonly value: PlateValue | null
  readonly confidencePermille: number
  readonly isTorn: boolean
  /** Where it is sure enough to name a vehicle. */
  readonly surely: PlateValue | null
}

/** The likeliest plate of a look. */
function readingOf(body: PlateSeen, { parking: { shown, lane } }: AtLane): Reading {
  const value = shown.plates.find((plate) => plate !== null) ?? null
  const confidencePermille = body.readings[shown.plates.indexOf(value)]?.confidencePermille ?? 0
  const { plateConfidenceMinPermille } = lane
  const isRead = value !== null && confidencePermille >= plateConfidenceMinPermille
  const isTorn = isRead && hasOther(value, body, shown.plates, plateConfidenceMinPermille)
  return { value, confidencePermille, isTorn, surely: isRead && !isTorn ? value : null }
}

function isOfThePast({ late }: PlateSeen, { facts: { state }, common, now }: AtLane): boolean {
  return late || isShownBefore(state, common, now)
}

/**
 * Who stands there, where that is in doubt, by a plate that was read surely: the vehicle of the lane's right, by its own plate, unless its camera only says again what it said a moment ago; another, by one that is not that, or that another stay is
 * known by. `null`: it tells nothing.
 */
export function whoIsSeen(body: PlateSeen, at: AtLane): Who | null {
  const { surely: value } = readingOf(body, at)
  if (value === null || body.corrects === true || isOfThePast(body, at)) return null
  const { passing, shown } = at.parking
  const read = plateOf(at)?.plate ?? null
  const isRead = read !== null && (read.mac === value.mac || read.likeness === value.likeness)
  if (isRead || (passing !== null && isPlateOf(passing, value, shown.rights))) {
    return shown.lastSighting === null ? 'same' : null
  }
  const isKnown = read !== null || passing?.session.credentials.some(({ kind }) => kind === 'plate') === true
  const isOthers = shown.found.some(({ by, stay }) => by === 'plate' && stay.session.id !== passing?.session.id)
  return isKnown || isOthers ? 'another' : null
}

/** Whether the camera is as sure of another plate in the same picture, which nothing takes for this one: nobody knows which of them is meant. */
function hasOther(
  { likeness }: PlateValue,
  { readings }: PlateSeen,
  plates: readonly (PlateValue | null)[],
  confidenceMinPermille: number,
): boolean {
  return readings.some(({ confidencePermille }, index) => {
    const other = plates[index] ?? null
    return other !== null && other.likeness !== likeness && confidencePermille >= confidenceMinPermille
  })
}

/**
 * Whether two plates have been read of which nobody knows whose is which. Two in one picture are one when the camera says by its own id which of them it follows; of two vehicles that it follows it may correct either.
 */
function doubtAfter(
  at: AtLane,
  body: PlateSeen,
  value: PlateValue | null,
  isTorn: boolean,
  isSure: boolean,
): LaneVisit['isOneOfTwo'] {
  const { isOneOfTwo, plate } = visitOf(at)
  if (isTorn) return isOneOfTwo ?? 'in-one-picture'
  if (!isSure || value === null) return isOneOfTwo
  if (body.corrects === true) return isOneOfTwo === 'in-one-picture' ? undefined : isOneOfTwo
  const isThird = isOneOfTwo !== undefined && plate !== null && plate.value.likeness !== value.likeness
  return isThird || isOtherThanRead(at, value) ? true : isOneOfTwo
}

/** Whether a plate was read surely a moment ago, of which no stay is known yet, and which nothing takes for this one: two vehicles are in the picture. */
function isOtherThanRead(at: AtLane, { likeness }: PlateValue): boolean {
  const read = plateOf(at)?.plate ?? null
  const { session, since } = visitOf(at)
  return session === null && read !== null && read.likeness !== likeness && at.now.at - since <= REACH_LOOP_MS
}

/**
 * What is read while a vehicle is on its way through, and is not its plate, is that of the one behind (decision 093): of whoever comes up next, if they come soon. Where the plate of the one that goes was not read, nobody knows which of the two it
 * is: it speaks of the one that goes as ever, and the next is asked to show itself. `null`: it is that of the vehicle that stands there.
 */
function behindOf(at: AtLane, body: PlateSeen, value: PlateValue, confidencePermille: number): LaneVisit | null {
  const { parking, now } = at
  if (!isOnItsWay(at)) return null
  const read = plateOf(at)?.plate ?? null
  if (read !== null && (read.mac === value.mac || read.likeness === value.likeness)) return null
  if (parking.visiting !== null && isPlateOf(parking.visiting, value, parking.shown.rights)) return null
  const before = visitOf(at).behind
  const readThen = before?.plate?.value ?? value
  const isTwo = before?.isOneOfTwo !== undefined || readThen.likeness !== value.likeness
  return {
    presence: null,
    since: now.at,
    plate: { value, confidencePermille },
    picture: parking.shown.picture,
    ...asSeenBy(body, value, null, parking.lane),
    ...(isTwo ? { isOneOfTwo: true } : {}),
    ...(read === null ? { isDoubted: true } : {}),
    session: null,
    right: null,
    asked: null,
  }
}

/** Whether the vehicle on the loop is the one for which the arm is up, or on its way up. */
function isOnItsWay(at: AtLane): boolean {
  const { state, current } = at.facts
  if (!isUnderWay(state.phase) || state.presence === null) return false
  if (current?.presence === state.presence) return true
  const byHand = openByHand(state)
  return byHand !== null && !isStillRead(at, byHand.since)
}

/** Staff open by hand for whoever cannot be read, and a camera may be a breath later than they are: what it reads then is of that vehicle, and after that of the next in the queue. */
function isStillRead(at: AtLane, openedAt: Instant): boolean {
  const ageMs = at.now.at - openedAt
  return visitOf(at).plate === null && ageMs >= 0 && ageMs < READ_LATE_MS
}

/**
 * Whether another presence stands on the loop than when the plate was seen last: the loop has let its vehicle go for a moment, and nothing is known of who stands there now. Not where the stay that it named has gone through
 * since: then the camera says once more whom it saw drive away, and another stands there.
 */
function isOfAnotherPresence({ facts: { state }, parking }: AtLane, last: Sighted): boolean {
  if (state.presence === null || last.seq >= state.presence) return false
  if (last.session === null) return true
  const stay = parking.shown.found.find(({ stay: { session } }) => session.id === last.session)?.stay
  return stay !== undefined && (stay.session.status !== 'inside' || stay.movedAt <= last.at)
}

/** A sure look settles what was in doubt: it says the same again, or another vehicle's name. */
function withoutDoubt({ isDoubted, ...visit }: LaneVisit): LaneVisit {
  return isDoubted === true ? { ...visit, plate: null } : visit
}

/** What was read so long ago before an arm, and has not come to the loop since, has driven on. */
function isStale({ facts, parking, now }: AtLane): boolean {
  const { visit, presence } = facts.state
  if (visit === null || presence !== null || parking.lane.barrier === 'none') return false
  return now.at < visit.since || now.at - visit.since > REACH_LOOP_MS
}

/** Where no loop tells one vehicle from the next, a sure plate does: one that is neither what was read surely before nor what the stay of the visit is known by. */
function isAnother(at: AtLane, value: PlateValue): boolean {
  const { facts, parking } = at
  const { visiting, shown } = parking
  if (facts.state.presence !== null || parking.lane.barrier !== 'none') return false
  const read = plateOf(at)?.plate ?? null
  if (read !== null) return read.mac !== value.mac && read.likeness !== value.likeness
  if (visiting === null) return false
  const isKnown = visiting.session.credentials.some(({ kind }) => kind === 'plate')
  const isOthers = shown.found.some(({ by, stay }) => by === 'plate' && stay.session.id !== visiting.session.id)
  return isOthers || (isKnown && !isPlateOf(visiting, value, shown.rights))
}

/** What a camera has said only now: what it takes the vehicle for, and its plate. */
type IsNew = { readonly kind: boolean; readonly plate: boolean }

function actOn(at: AtLane, kept: readonly Change[], isSure: boolean, isNew: IsNew): Decision {
  const plate = plateOf(at)
  if (!isSure || plate === null) return unreadable(at, kept)
  return visitOf(at).session === null ? arriveByPlate(at, plate, kept) : withTicket(at, kept, isNew)
}

/**
 * Whether a plate that comes after the ticket or the code is that of whoever came in by it: no later than a camera is, while a loop says that the same vehicle stands there, its stay knows no plate, and neither another stay nor a right knows this one. Later it may be
 * the next, close behind on a loop that never cleared.
 */
function isNamedAfter({ facts, parking, lane, now }: AtLane, { session }: StayFacts): boolean {
  const { found, rights } = parking.shown
  const ageMs = now.at - session.entry.at
  const isSameVehicle =
    facts.state.presence !== null && lane.direction === 'entry' && ageMs >= 0 && ageMs < READ_LATE_MS
  const isKnown = session.credentials.some(({ kind }) => kind === 'plate')
  const isOthers = rights.length > 0 || found.some(({ by }) => by === 'plate' || by === 'plate-candidate')
  return isSameVehicle && !isKnown && !isOthers
}

/** A sighting is of the stay that it began, or found. */
function asSeen(sighted: readonly SightedChange[], decision: Decision): Decision {
  const { session } = decision.subject
  return after(decision, session === null ? sighted : sighted.map(of(session)))
}

function of(session: SessionId | null): (sighted: SightedChange) => SightedChange {
  return (sighted) => ({ ...sighted, session })
}

/** Whether a plate is that of a stay: its own, or one of its pass where no plate of it was read. Two plates of one pass are two vehicles. */
function isPlateOf({ session }: StayFacts, plate: PlateValue, rights: readonly RightFacts[]): boolean {
  const own = session.credentials.flatMap((each) => (each.kind === 'plate' ? [each.plate] : []))
  if (own.length > 0) return own.some(({ mac, likeness }) => mac === plate.mac || likeness === plate.likeness)
  return session.credentials.some(
    (each) => each.kind === 'right' && rights.some(({ right }) => right.id === each.right),
  )
}

/**
 * What a plate that was read surely does where its vehicle stands: at an entry a stay begins, between two places it goes on, at an exit it is asked.
 */
export function arriveByPlate(at: AtLane, plate: PlateCredential, changes: readonly Change[]): Decision {
  const { parking, now } = at
  const { shown } = parking
  const found = exitStay(at)
  if (leadsOut(at, found)) {
    return found === null ? unknownOnWayOut(at, changes) : after(leave(at, found, 'plate'), changes)
  }
  const way = wayBetween(at, 'entry')
  if (way !== null) return found === null ? askForStay(at, changes) : goOn(at, found.stay, way, 'plate', changes)
  if (found === null && isHeadingOut(at)) return unknownOnWayOut(at, changes)
  const { entryBy, vehicleClasses, inside } = parking.lane
  // A plate that a right is for is of the right's class.
  const ofRight = classAmong(
    at,
    vehicleClasses.filter((each) => rightToParkUnder(shown.rights, parking.layout, inside, each, now.at) !== null),
    visitOf(at).vehicle,
  )
  const hasRight = ofRight !== null
  // A lane for tickets or codes: its driver is asked for one, and the plate goes with it.
  if (!entryBy.includes('plate') && !(hasRight && entryBy.includes('pass'))) return noted(at, changes)
  return enter(at, {
    by: hasRight ? 'right' : 'plate',
    credentials: [plate],
    vehicleClass: ofRight?.vehicleClass ?? null,
    pass: null,
    isTicketGiven: !hasRight && entryBy.includes('ticket'),
    isOrdered: false,
    changes,
  })
}

/**
 * The stay that what was shown names: of those that match exactly the newest one that stands before this lane; else the only one under the same right; else one that cameras take for it, where it is the only one. Where
 * there are more, or at an exit a car's and a motorbike's of one plate, staff choose.
 */
export function exitStay(at: AtLane): FoundStay | null {
  const { lane, parking } = at
  const { shown } = parking
  // By a plate of a pass somebody is known who came in by its code. Of several plates any may come, and at a lane of both ways it may be coming in.
  const isSure = lane.direction === 'exit' || shown.rights.every(({ right }) => right.plates.length <= 1)
  const found = shown.found.filter(({ by }) => by !== 'right' || isSure)
  const exact = standingHere(
    at,
    found.filter(({ by }) => by !== 'plate-candidate' && by !== 'right'),
  )
  if (lane.direction === 'exit' && areOfTwoKinds(parking.layout, exact)) return null
  const [newest] = exact.toSorted((a, b) => b.stay.session.entry.at - a.stay.session.entry.at)
  const underRight = found.filter(({ by }) => by === 'right')
  return newest ?? onlyOne(standingHere(at, underRight)) ?? onlyOne(found)
}

function onlyOne(found: readonly FoundStay[]): FoundStay | null {
  const [only, ...others] = found
  return only === undefined || others.length > 0 ? null : only
}

/** A dirty plate, no plate, or too dark: the driver is asked for a ticket, and where the lane has no other way, staff come. */
function unreadable(at: AtLane, changes: readonly Change[]): Decision {
  const { parking, lane, common, now } = at
  if (visitOf(at).session !== null) return noted(at, changes)
  const about = { lane: lane.id, session: null, charge: null, pictures: [visitOf(at).picture] }
  const hasOther = lane.direction === 'entry' && parking.lane.entryBy.some((way) => way !== 'plate')
  const cases = hasOther ? [] : openCase('plate-unreadable', about, parking.cases, common, now, visitOf(at).since)
  return refuseAt(at, 'plate-unreadable', [...changes, ...cases])
}

/**
 * The plate comes after the ticket, the pass, or whoever chose the stay: that of another vehicle than the stay's is a case, and the lane asks again. Where it has been let out by then, the arm is on its way: the case tells of it, also where nothing was
 * due, and nobody is told to wait before an arm that goes up. What staff have seen before they chose they are not told again.
 */
function withTicket(at: AtLane, changes: readonly Change[], isNew: IsNew): Decision {
  const { parking, lane, common, now } = at
  const { visiting, shown } = parking
  const visit = visitOf(at)
  const isOther = visiting !== null && isReadAsAnother(at, visiting)
  const other = isOther ? [remember(at, { ...visit, otherThan: visiting.session.id })] : []
  const isLetOutFree = isNew.plate && visiting?.session.status === 'leaving'
  if (visiting === null || (visit.asked === null && !isLetOutFree)) return noted(at, [...changes, ...other])
  const isLetOut = visiting.session.status !== 'inside'
  if (isNew.kind && classAtExit(at, visiting).kind === 'other') {
    const cases = classCase(at, visiting)
    if (isLetOut) return noted(at, [...changes, ...other, ...cases])
    const asked = remember(at, { ...visit, session: null, asked: null })
    return refuseAt(at, 'class-mismatch', [...changes, asked, ...cases], null, { kind: 'call-staff' })
  }
  const named = shown.found.find(({ stay }) => stay.session.id === visiting.session.id)
  const isAsked = named !== undefined && standingOf(at.facts.state) !== null
  if (isNew.kind && !isLetOut && isAsked && classAtExit(at, visiting).kind === 'found') {
    // Nobody had known its class, and the camera says it only now: what such a vehicle pays is asked, and no more.
    return after(leave(at, named, 'plate'), changes)
  }
  if (!isOther) return noted(at, changes)
  const about = {
    lane: lane.id,
    session: visiting.session.id,
    charge: null,
    pictures: [visiting.picture, visit.picture],
  }
  const cases = openCase('plate-mismatch', about, visiting.cases, common, now)
  if (isLetOut) return noted(at, [...changes, ...other, ...cases])
  const kept = [...changes, remember(at, { ...visit, session: null, asked: null }), ...cases]
  return refuseAt(at, 'plate-mismatch', kept, null, { kind: 'choose-staff' })
}

/** Whether the plate that was read is not that of the stay, where the stay has one, or is that of another. */
function isReadAsAnother(at: AtLane, { session }: StayFacts): boolean {
  const { found } = at.parking.shown
  const hasPlate = session.credentials.some(({ kind }) => kind === 'plate')
  const isTheirs = [...found, ...at.namesakes].some(({ stay }) => stay.session.id === session.id)
  const isOfAnother = plateOf(at) !== null && found.some(({ by, plate }) => by === 'plate' && plate === 'same')
  return !isTheirs && (hasPlate || isOfAnother)
}

function after(decision: Decision, changes: readonly Change[]): Decision {
  return { ...decision, changes: [...changes, ...decision.changes] }
}
