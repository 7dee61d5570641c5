import type { Change } from '../changes.ts'
import type { Decision, DocumentToSign } from '../decision.ts'
import { gatewayIssuer } from '../decision.ts'
import type { DocumentId, SessionId, VehicleClass } from '../ids.ts'
import { idAt } from '../ids.ts'
import { openByHand, stillUsable } from '../lane/standing.ts'
import type { Passage } from '../lane/state.ts'
import { isTrusted, later } from '../time.ts'
import { debtsAsked, sumOf } from './asking.ts'
import type { AtLane, AtPlace } from './at-lane.ts'
import { refuseAt, tell, visitOf } from './at-lane.ts'
import { openCase } from './cases.ts'
import type { FoundStay, StayFacts } from './facts.ts'
import { gateFor, letBack, letThrough } from './gate.ts'
import { judgeWayIn, unknownOnWayOut } from './heading.ts'
import { roomFor } from './places.ts'
import { rightToParkUnder } from './rights.ts'
import type { AssignedRight, Session, SessionCredential, SessionEntry } from './session.ts'
import { casesOfDoubt, classAtEntry } from './vehicle-class.ts'

/** Who wants in, by what, and what is to be kept of it. */
export type EntryWish = {
  readonly by: SessionEntry['by']
  readonly credentials: readonly SessionCredential[]
  /** What a person, a button or a right says it is; `null` where nobody does (decision 083). */
  readonly vehicleClass: VehicleClass | null
  /** The pass that was shown. */
  readonly pass: AssignedRight | null
  /** A ticket is given out. */
  readonly isTicketGiven: boolean
  /** A supervisor's signed word: neither a place that is full nor a stay that is open already stands against it. */
  readonly isOrdered: boolean
  /** What goes before the entry: a pass that these books did not know, a sighting. */
  readonly changes: readonly Change[]
}

/**
 * A vehicle wants in: a stay begins when there is a vehicle, room at each level, and no open stay of the same plate, payer or pass. What its plate owes from before is shown here and asked at
 * the exit: a lane that asks for money at the way in stops the street, and whoever has come in must pass the exit anyway.
 */
export function enter(at: AtLane, asked: EntryWish): Decision {
  // Staff have let it in: what would stand against that stands in the books, and not in its way.
  const wish: EntryWish = openByHand(at.facts.state) !== null ? { ...asked, isOrdered: true } : asked
  const { parking, lane, common, now } = at
  const { shown, policy, layout } = parking
  const { inside } = parking.lane
  const visit = visitOf(at)

  const stays = [parking.visiting, ...shown.found.map(({ stay }) => stay)].filter((stay) => stay !== null)
  const waiting = stays.find((stay) => isAtThisLane(at, stay) && stay.session.status === 'entering')
  const passage = stillUsable(waiting?.passage ?? null, common, now)
  if (waiting !== undefined && passage !== null) return letBackIn(at, waiting, passage, wish.changes)
  const gate = gateFor(at, null)
  if (!gate.ok) return refuseAt(at, gate.refusal, wish.changes)

  const astray = asked.isOrdered ? undefined : judgeWayIn(at, wish.by)
  if (astray === 'stay-not-found') return unknownOnWayOut(at, wish.changes)
  if (astray !== undefined) return refuseAt(at, astray, wish.changes)

  const known = classAtEntry(at, wish.vehicleClass, visit.vehicle)
  if (known === null) return refuseAt(at, 'class-not-here', wish.changes)
  const { vehicleClass } = known
  if (gate.presence === null && !wish.isOrdered && needsLoop(at, wish)) return refuseAt(at, 'no-vehicle', wish.changes)
  // Where the camera says another kind than the lane is for, nobody knows of which it is: both are one, as at a lane for both.
  const found = known.doubt === 'class-mismatch' ? [...shown.found, ...at.namesakes] : shown.found
  const against = policy.antiPassback === 'off' ? null : (found.find((each) => isAgainst(each, wish, at)) ?? null)
  const again = against === null ? [] : secondEntry(at, against.stay)
  if (against !== null && policy.antiPassback === 'hard' && !wish.isOrdered) {
    return refuseAt(at, wish.by === 'right' ? 'pass-already-inside' : 'stay-open-already', [...wish.changes, ...again])
  }
  const room = roomFor(layout.places, parking.occupancy, null, inside, vehicleClass)
  if (room === 'class-not-here') return refuseAt(at, 'class-not-here', wish.changes)
  if (room === 'full' && parking.lane.isFullRefused && !wish.isOrdered) {
    return refuseAt(at, 'place-full', wish.changes, null, { kind: 'full' })
  }

  const session: SessionId = sessionIdAt(at)
  const ticket = wish.isTicketGiven ? ticketFor(at, session, vehicleClass) : null
  const under = rightToParkUnder(
    // Without a plate that was read here, a right of some plate is another's.
    wish.pass === null
      ? visit.plate === null
        ? []
        : shown.rights
      : shown.rights.filter(({ right }) => right.id === wish.pass?.id),
    layout,
    inside,
    vehicleClass,
    now.at,
  )
  const credentials: readonly SessionCredential[] = [
    ...wish.credentials,
    ...(under === null ? [] : [{ kind: 'right', right: under.id } as const]),
    ...(ticket === null ? [] : [{ kind: 'ticket', ticket: ticket.id } as const]),
  ]
  const begun: Session = {
    id: session,
    mode: common.mode,
    vehicleClass,
    place: inside,
    entry: {
      lane: lane.id,
      at: now.at,
      by: wish.by,
      isFromTicket: false,
      ...(isTrusted(now.trust) ? {} : { isUnsure: true as const }),
    },
    credentials,
    status: 'entering',
    charge: null,
    settledAt: null,
  }
  const [first, ...rest] = debtsAsked(shown.debts).map((debt) => debt.rest)
  const owed = first === undefined ? {} : { debt: sumOf(first, rest) }
  if (ticket === null) tell(at, ['display'], { kind: 'welcome', paid: null, ...owed })
  else {
    const given = { kind: 'ticket', document: ticket.id, session, enteredAt: now.at, text: '', ...owed } as const
    tell(at, ['display', 'printer'], given)
  }

  const stay = newStay(begun, at)
  const way = letThrough(at, gate, stay, { kind: 'session', session, side: 'entry', by: wish.by, paid: null }, null, {
    ...visit,
    session,
    right: under?.id ?? null,
  })
  return {
    outcome: { ok: true, kind: 'let-through', passage: way.passage.id },
    subject: { charge: null, passage: way.passage.id, session },
    changes: [
      ...wish.changes,
      { kind: 'session-begun', session: begun },
      ...again,
      ...casesOfDoubt(at, known, session, visit.picture),
      ...way.changes,
    ],
    effects: at.effects.all,
    documents: ticket === null ? [] : [ticket],
    keep: ['parking'],
  }
}

/**
 * Whether somebody has to stand on the loop first, at a lane without an arm: a button that is pressed on foot would fill the place with stays of nobody, and give a cheap ticket to whose vehicle is inside for long. A
 * plate that was read is a vehicle by itself. Where the lane has no loop, nobody can tell, and the spaces of the place are the bound (`isFullRefused`).
 */
function needsLoop({ facts }: AtLane, { by }: EntryWish): boolean {
  return (
    by !== 'plate' &&
    facts.approachHeard &&
    facts.devices.some(({ role, status }) => role === 'approach' && status === 'active')
  )
}

/**
 * Lets a vehicle in by the right that it has been given already. Where it has driven off since and come again it comes in now, unless somebody has asked what it costs: for the time
 * in which it stood elsewhere it pays nothing. While the time is not trusted its first entry stands.
 */
export function letBackIn(
  at: AtLane,
  { session, charge }: StayFacts,
  passage: Passage,
  changes: readonly Change[] = [],
): Decision {
  const { facts, now } = at
  const { presence, phase } = facts.state
  const hasComeAgain = presence !== null && passage.presence !== null && presence !== passage.presence
  const isNow = hasComeAgain && charge === null && isTrusted(now.trust) && now.at > session.entry.at
  // Who presses the button again has the ticket before them: nothing is to cover it.
  const isTicketShown =
    !hasComeAgain &&
    (phase.kind === 'opening' || phase.kind === 'open') &&
    session.credentials.some(({ kind }) => kind === 'ticket')
  const decision = letBack(at, passage, changes, !isTicketShown)
  if (!isNow || !decision.outcome.ok) return decision
  const entered = { kind: 'session-entered', session: session.id, at: now.at, isUnsure: false } as const
  return { ...decision, changes: [...decision.changes, entered] }
}

function secondEntry(at: AtLane, inside: StayFacts): readonly Change[] {
  const pictures = [visitOf(at).picture, inside.picture]
  const about = { lane: at.lane.id, session: inside.session.id, charge: null, pictures }
  return openCase('second-entry', about, inside.cases, at.common, at.now)
}

/** A stay that these books begin now, as facts of itself. */
export function newStay(session: Session, { parking, now }: AtPlace): StayFacts {
  const ids = session.credentials.flatMap((credential) => (credential.kind === 'right' ? [credential.right] : []))
  return {
    session,
    movedAt: now.at,
    passbackResetAt: null,
    charge: null,
    passage: null,
    picture: null,
    segments: [],
    rights: parking.shown.rights.filter(({ right }) => ids.includes(right.id)),
    cases: [],
  }
}

/** Training stays are named so: a ticket that was practised with begins nothing that is live, nor the other way about. */
export function sessionIdAt({ common }: AtPlace): SessionId {
  return idAt<SessionId>(common.position, sessionLetter(common.mode), 0)
}

export function sessionLetter(mode: Session['mode']): string {
  return mode === 'training' ? 'practice' : 's'
}

export function isAtThisLane({ lane }: AtLane, stay: StayFacts): boolean {
  return stay.passage !== null && stay.passage.lane === lane.id
}

/** Whether an open stay speaks against another entry: of the same plate or payer, or of a pass that has no space left. Staff may have let it in once more. */
function isAgainst({ by, stay }: FoundStay, wish: EntryWish, { parking }: AtLane): boolean {
  if (stay.passbackResetAt !== null) return false
  switch (by) {
    case 'plate':
    case 'payer':
      return true
    case 'right': {
      const shown = parking.shown.rights.find(({ right }) => right.id === wish.pass?.id)
      return shown !== undefined && shown.others >= shown.right.spaces
    }
    case 'plate-candidate':
    case 'ticket':
    case 'staff':
      return false
  }
}

/** The ticket: it names the stay, the lane and the time of the entry, so that it works when the database that wrote it is gone. */
function ticketFor(
  { common, lane, parking, now }: AtLane,
  session: SessionId,
  vehicleClass: VehicleClass,
): DocumentToSign {
  const id = idAt<DocumentId>(common.position, 'd', 0)
  const seconds = Math.floor(now.at / 1000)
  return {
    id,
    typ: 'ticket+jwt',
    charge: null,
    session,
    claims: {
      iss: gatewayIssuer(common.layout.site, common.gateway),
      sub: session,
      aud: `urn:tolbooth:${common.layout.site}`,
      iat: seconds,
      nbf: seconds,
      exp: Math.floor(later(now.at, parking.policy.ticketLifetimeMs) / 1000),
      jti: id,
      session,
      lane: lane.id,
      entered: seconds,
      ...(isTrusted(now.trust) ? {} : { unsure: true as const }),
      class: vehicleClass,
    },
  }
}
