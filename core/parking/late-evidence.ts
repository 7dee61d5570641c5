import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, refuse } from '../decision.ts'
import type { EventBody } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import { KEYED_AMOUNT_MAX, money } from '../money.ts'
import { isReason } from '../reason.ts'
import type { Outcome } from '../records.ts'
import type { Refusal } from '../refusals.ts'
import type { Lane, SitePolicy } from '../site.ts'
import type { Instant, Now } from '../time.ts'
import { DAY_MS, isTrusted, later, MINUTE_MS, uncertaintyMsOf } from '../time.ts'
import { audiencesOf } from '../tokens.ts'
import { pastItsLane } from './astray.ts'
import type { AtPlace } from './at-lane.ts'
import { begunInside, broughtInside, stayFromTicket } from './brought-inside.ts'
import { openCase } from './cases.ts'
import { sessionIdAt } from './entry.ts'
import type { LateEvidence } from './events.ts'
import type { FoundStay, ParkingCommon, ShownFacts, StayFacts } from './facts.ts'
import type { Handed } from './late-leaving.ts'
import { handedOut } from './late-leaving.ts'
import { kindOfClass, toldApart } from './namesakes.ts'
import type { ParkingPolicy } from './place.ts'
import { roomFor } from './places.ts'
import type { LateEvidenceFacts, LeftWithin } from './question.ts'
import { rightToParkUnder } from './rights.ts'
import type { Misfit, Session, SessionCredential, StaffCaseKind } from './session.ts'
import { isOver, plateReadByPerson } from './session.ts'
import { casesOfDoubt, classAtEntry } from './vehicle-class.ts'

/** By so much longer the books know a note again by its answer than they take it at all: for the clock’s error. */
const MEMORY_LONGER_MS = DAY_MS

/**
 * A policy as books can hold it that forget an answer after `answersKeptMs`: what is handed in late is known again by the answer that it got, so none is taken that is older than that, less a day. 0: none at all.
 */
export function withinMemory(policy: SitePolicy, answersKeptMs: number): SitePolicy {
  const { parking } = policy
  if (parking === null || isWithinMemory(parking, answersKeptMs)) return policy
  return { ...policy, parking: { ...parking, lateEvidenceAgeMaxMs: Math.max(answersKeptMs - MEMORY_LONGER_MS, 0) } }
}

/** Whether a note would be known again for as long as the policy takes it. */
export function isWithinMemory(policy: Pick<ParkingPolicy, 'lateEvidenceAgeMaxMs'>, answersKeptMs: number): boolean {
  return policy.lateEvidenceAgeMaxMs + MEMORY_LONGER_MS <= answersKeptMs
}

/** Events at which something at a lane, or somebody, had the vehicle of a stay before it. */
export const SHOWS_VEHICLE = [
  'scan',
  'plate-seen',
  'session-chosen',
  'leave-on-debt',
  'open-by-hand',
  'session-corrected',
] as const satisfies readonly EventBody['kind'][]

/** Whether an event of a stay says that its vehicle was there. A plate that is put right at a desk does not: a note that fitted no stay is handed in again after it. */
export function showsVehicle(body: {
  readonly kind: string
  readonly correction?: { readonly kind: string }
}): boolean {
  const isOne = SHOWS_VEHICLE.some((kind) => kind === body.kind)
  return isOne && (body.correction === undefined || body.correction.kind === 'class')
}

/** Two phones that noted one vehicle at one gate agree within this: whoever lifted the arm notes at once, whoever stood beside it a little later. */
const NOTES_APART_MS = 5 * MINUTE_MS

/**
 * Which stays of a plate that have left speak of the same passing as a note: of a way in those that left after it and had come by then, or soon after; of a way out those that had come by
 * then and left after it, or shortly before.
 */
export function sameVisit(what: LateEvidence['what'], at: Instant): LeftWithin {
  return what === 'let-in'
    ? { cameUntil: later(at, NOTES_APART_MS), leftSince: later(at, 1) }
    : { cameUntil: at, leftSince: later(at, -NOTES_APART_MS) }
}

/**
 * An attendant hands in whom they let in or out while nothing decided at the lane. It has happened: nothing is opened, no device is told, and what stands at the lane now stays as it is
 * (architecture, section 6). What fits no stay, or contradicts what the loops have shown since, is kept with a case and moves nothing. Refused: a lane that leads to no street, nothing
 * that names the vehicle, a time in our future beyond the clock’s stated error or older than `lateEvidenceAgeMaxMs`, a let-in whose ticket has an open stay, cash that change cannot explain and
 * nobody has confirmed, or that only an operator may confirm.
 */
export function takeLateEvidence(
  body: LateEvidence,
  facts: LateEvidenceFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { parking, lane, shown } = facts
  if (lane === null) return refuse('lane-unknown')
  const here = parking?.layout.lanes.find((each) => each.lane === lane.id)
  if (parking === null || here === undefined) return refuse('no-car-park')
  if (here.outside !== null) return refuse('evidence-not-here')
  const refusal = badForm(body, shown, lane, common) ?? badTime(parking, common, now)
  if (refusal !== null) return refuse(refusal)
  // Within the clock’s error it may seem to lie ahead of us.
  const at = common.happenedAt > now.at ? now.at : common.happenedAt
  const said = body.vehicleClass === null ? null : kindOfClass(parking.layout, body.vehicleClass)
  const { found } = toldApart({ ...parking, lane: here, shown }, body.what === 'let-in', said)
  const known = { ...parking, lane: here, shown: { ...shown, found } }
  const place: AtPlace = { lane, common, now: { ...now, at }, parking: known }
  const handed: Handed = { body, place, facts, common, now }
  return body.what === 'let-in' ? letIn(handed) : letOut(handed)
}

function badForm(
  { what, ticket, plate, cash, reason }: LateEvidence,
  shown: ShownFacts,
  lane: Lane,
  { layout }: CommonFacts,
): Refusal | null {
  if (!isReason(reason)) return 'reason-missing'
  if (ticket === null && plate === null) return 'evidence-names-nothing'
  if (plate !== null && (shown.plates[0] ?? null) === null) return 'plate-unreadable'
  if (ticket !== null && !ticket.aud.includes(audiencesOf(layout.site, { kind: 'lane', id: lane.id }).site))
    return 'token-audience'
  if (cash === null) return null
  if (cash.amount.currency !== layout.currency) return 'token-currency'
  if (cash.amount.amount === 0) return 'amount-zero'
  // Nothing is asked at the way in.
  return what === 'let-in' || cash.amount.amount > KEYED_AMOUNT_MAX ? 'amount-invalid' : null
}

function badTime({ policy }: ParkingCommon, { happenedAt }: CommonFacts, now: Now): Refusal | null {
  if (happenedAt > later(now.at, uncertaintyMsOf(now.trust) ?? 0)) return 'evidence-from-future'
  return now.at - happenedAt > policy.lateEvidenceAgeMaxMs ? 'evidence-too-old' : null
}

/** A stay begins at the time at which its vehicle was let in: by its plate, or by the ticket that had been given out and never seen inside. */
function letIn(handed: Handed): Decision {
  const { body, place, facts } = handed
  const { shown } = place.parking
  const ticketed = body.ticket === null ? null : (shown.found.find(({ by }) => by === 'ticket')?.stay ?? null)
  if (ticketed !== null && ticketed.session.status !== 'void')
    return refuse(isOver(ticketed.session) ? 'stay-over' : 'stay-open-already')
  const open = shown.found.find(({ by }) => by === 'plate')
  if (open !== undefined) return kept(handed, 'already-inside', open.stay)
  if (facts.left !== null) return kept(handed, 'already-over', facts.left)
  const begun = begin(handed, ticketed)
  if (!begun.ok) return refuse(begun.refusal)
  const { session } = begun.stay
  return taken(handed, 'begun', begun.stay, begun.changes, { paid: 0, overpaid: 0, owed: 0 }, session.charge)
}

type Begun =
  | { readonly ok: true; readonly stay: StayFacts; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly refusal: Refusal }

function begin({ body, place }: Handed, givenUp: StayFacts | null): Begun {
  const { ticket } = body
  if (ticket === null) return beginByPlate(body, place)
  if (ticket.enteredAt > place.now.at) return { ok: false, refusal: 'stay-time-unclear' }
  const begun = givenUp === null ? stayFromTicket(place, ticket, undefined) : broughtInside(place, givenUp)
  if (begun === null) return { ok: false, refusal: 'stay-not-found' }
  const plate = plateOf(place.parking.shown)
  if (plate === null) return { ok: true, ...begun }
  return { ok: true, ...known(begun, plate) }
}

function beginByPlate({ vehicleClass: said }: LateEvidence, place: AtPlace): Begun {
  const { lane, common, now, parking } = place
  const { layout, shown } = parking
  const { inside } = parking.lane
  const told = classAtEntry(place, said, undefined)
  if (told === null) return { ok: false, refusal: 'class-not-here' }
  const { vehicleClass } = told
  // It stands inside, whether there was room or not.
  if (roomFor(layout.places, parking.occupancy, null, inside, vehicleClass) === 'class-not-here')
    return { ok: false, refusal: 'class-not-here' }
  const under = rightToParkUnder(shown.rights, layout, inside, vehicleClass, now.at)
  const session: Session = {
    id: sessionIdAt(place),
    mode: common.mode,
    vehicleClass,
    place: inside,
    entry: {
      lane: lane.id,
      at: now.at,
      by: 'staff',
      isFromTicket: false,
      ...(isTrusted(now.trust) ? {} : { isUnsure: true as const }),
    },
    credentials: [
      ...[plateOf(shown)].filter((plate) => plate !== null),
      ...(under === null ? [] : [{ kind: 'right', right: under.id } as const]),
    ],
    status: 'inside',
    charge: null,
    settledAt: null,
  }
  const begun = begunInside(place, session)
  return { ok: true, stay: begun.stay, changes: [...begun.changes, ...casesOfDoubt(place, told, session.id, null)] }
}

/** Its stay ends at the time at which it was let out: that of the ticket, else the one open stay of the plate. */
function letOut(handed: Handed): Decision {
  const { body, place, facts } = handed
  const { found } = place.parking.shown
  const byPlate = found.filter(({ by }) => by === 'plate')
  if (body.ticket === null) {
    const [only, another] = byPlate
    if (only === undefined) return kept(handed, facts.left === null ? 'no-stay' : 'already-over', facts.left)
    return another === undefined ? leaveAsFound(handed, only) : kept(handed, 'several-stays', null)
  }
  const named = found.find(({ by }) => by === 'ticket')
  if (named !== undefined) {
    const isAnother = byPlate.length > 0 && named.plate !== 'same'
    return isAnother ? kept(handed, 'plate-mismatch', named.stay) : leaveAsFound(handed, named)
  }
  if (byPlate.length > 0) return kept(handed, 'plate-mismatch', null)
  if (facts.left !== null) return kept(handed, 'already-over', facts.left)
  if (body.ticket.enteredAt > place.now.at) return kept(handed, 'before-last-fact', null)
  const begun = stayFromTicket(place, body.ticket, undefined)
  return begun === null ? refuse('stay-not-found') : leave(handed, begun.stay, begun.changes, 'unknown')
}

function leaveAsFound(handed: Handed, { stay, plate }: FoundStay): Decision {
  const misfit = misfitOf(handed, stay, plate)
  return misfit === null ? leave(handed, stay, [], plate) : kept(handed, misfit, stay)
}

function misfitOf({ place, facts }: Handed, stay: StayFacts, plate: FoundStay['plate']): Misfit | null {
  const { session, movedAt } = stay
  if (isOver(session) && session.status !== 'void') return 'already-over'
  if (plate === 'other') return 'plate-mismatch'
  const where = facts.known.find((each) => each.session === session.id)
  const moved = where?.isSupposed === true ? session.entry.at : movedAt
  const seen = [where?.cameAt, where?.knownHereAt, where?.shownAt].map((at) => at ?? 0)
  const lastFact = Math.max(session.entry.at, moved, ...seen)
  return place.now.at < lastFact ? 'before-last-fact' : null
}

function leave(handed: Handed, stay: StayFacts, before: readonly Change[], relation: FoundStay['plate']): Decision {
  const { place, now } = handed
  const plate = relation === 'unknown' ? plateOf(place.parking.shown) : null
  const inside = broughtInside(place, stay)
  const named = plate === null ? inside : known(inside, plate)
  // What it costs was settled when it was let out before that, however long the box was dead.
  const until = stay.session.status === 'leaving' && stay.passage !== null ? stay.passage.grantedAt : place.now.at
  const out = handedOut(
    handed,
    { stay: named.stay, changes: [...before, ...pastItsLane({ ...place, now }, stay, null), ...named.changes] },
    until,
  )
  if (!out.ok) return refuse(out.refusal, out.asked)
  return taken(handed, 'ended', out.stay, out.changes, out.money, out.charge)
}

type Plate = Extract<SessionCredential, { kind: 'plate' }>

function plateOf({ plates }: ShownFacts): Plate | null {
  const plate = plates[0] ?? null
  return plate === null ? null : plateReadByPerson(plate)
}

function known(
  { stay, changes }: { readonly stay: StayFacts; readonly changes: readonly Change[] },
  credential: Plate,
): { readonly stay: StayFacts; readonly changes: readonly Change[] } {
  const { session } = stay
  return {
    stay: { ...stay, session: { ...session, credentials: [...session.credentials, credential] } },
    changes: [...changes, { kind: 'session-known-by', session: session.id, credential }],
  }
}

type Taken = Extract<Outcome, { kind: 'evidence-taken' }>

function taken(
  { common, place, facts, now }: Handed,
  did: Taken['stay'],
  { session, cases, picture }: StayFacts,
  moved: readonly Change[],
  { paid, overpaid, owed }: { readonly paid: number; readonly overpaid: number; readonly owed: number | null },
  charge: Taken['charge'],
): Decision {
  const { currency } = common.layout
  const about = { lane: place.lane.id, session: session.id, charge, pictures: [picture] }
  // Nothing was dead: it may be true, and somebody is to look why the lane did not see it.
  const doubted = facts.wasServing ? openCase('late-evidence', about, cases, common, now) : []
  const changes = [...moved, ...doubted]
  return {
    ...NOTHING,
    outcome: {
      ok: true,
      kind: 'evidence-taken',
      stay: did,
      session: session.id,
      charge,
      paid: money(paid, currency),
      overpaid: money(overpaid, currency),
      owed: owed === null ? null : money(owed, currency),
      misfit: null,
      cases: casesIn(changes),
    },
    subject: { charge, passage: null, session: session.id },
    changes,
    keep: ['parking'],
  }
}

/** It does not fit: kept, with a case for staff. No stay is moved, and no money is booked, so that none is booked twice. */
function kept({ body, place, common, now }: Handed, misfit: Misfit, stay: StayFacts | null): Decision {
  const session = stay?.session.id ?? null
  const charge = stay?.session.charge ?? null
  const about = {
    lane: place.lane.id,
    session,
    charge,
    pictures: [stay?.picture ?? null, place.parking.shown.plates[0] ?? null],
  }
  const changes = openCase(caseOf[misfit], about, stay?.cases ?? [], common, now)
  const none = money(0, common.layout.currency)
  return {
    ...NOTHING,
    outcome: {
      ok: true,
      kind: 'evidence-taken',
      stay: 'untouched',
      session,
      charge,
      paid: none,
      overpaid: none,
      owed: body.what === 'let-in' ? none : null,
      misfit,
      cases: casesIn(changes),
    },
    subject: { charge, passage: null, session },
    changes,
    keep: ['parking'],
  }
}

const caseOf: Record<Misfit, StaffCaseKind> = {
  'no-stay': 'late-evidence',
  'several-stays': 'late-evidence',
  'already-inside': 'second-entry',
  'already-over': 'late-evidence',
  'before-last-fact': 'late-evidence',
  'plate-mismatch': 'plate-mismatch',
}

function casesIn(changes: readonly Change[]): readonly StaffCaseKind[] {
  return changes.flatMap((change) => (change.kind === 'case-opened' ? [change.case.kind] : []))
}
