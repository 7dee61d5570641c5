import type { Change } from '../changes.ts'
import { clearTimer } from '../decision.ts'
import type { SessionId } from '../ids.ts'
import { isUnused } from '../lane/state.ts'
import type { TicketToken } from '../tokens.ts'
import type { AtPlace } from './at-lane.ts'
import { newStay, sessionIdAt, sessionLetter } from './entry.ts'
import type { SeenVehicle } from './events.ts'
import type { StayFacts } from './facts.ts'
import { countsOf } from './places.ts'
import type { Session } from './session.ts'
import { casesOfDoubt, classAtEntry } from './vehicle-class.ts'

/** The stay of a ticket that these books do not know: begun from what the ticket says, else from what was `seen`, and marked. `null` for one that was given out in practice. */
export function stayFromTicket(
  at: AtPlace,
  token: TicketToken,
  seen: SeenVehicle | undefined,
): { readonly stay: StayFacts; readonly changes: readonly Change[] } | null {
  const { parking, common } = at
  const isOfMode = new RegExp(`:${sessionLetter(common.mode)}[0-9]+$`).test(token.session)
  const said = parking.layout.vehicleClasses.find(({ id }) => id === token.vehicleClass)?.id
  const known = said === undefined ? classAtEntry(at, null, seen) : ({ vehicleClass: said, doubt: null } as const)
  if (!isOfMode || known === null) return null
  const id = token.session as SessionId
  const begun = begunInside(at, {
    id,
    mode: common.mode,
    vehicleClass: known.vehicleClass,
    place: parking.lane.inside,
    entry: {
      lane: token.lane as Session['entry']['lane'],
      at: token.enteredAt,
      by: 'ticket',
      isFromTicket: true,
      ...(token.isUnsure === true ? { isUnsure: true as const } : {}),
    },
    credentials: [
      { kind: 'ticket', ticket: token.jti as Extract<Session['credentials'][number], { kind: 'ticket' }>['ticket'] },
    ],
    status: 'inside',
    charge: null,
    settledAt: null,
  })
  return { ...begun, changes: [...begun.changes, ...casesOfDoubt(at, known, id, null)] }
}

/** A stay that begins with its vehicle inside already. */
export function begunInside(
  at: AtPlace,
  session: Session,
): { readonly stay: StayFacts; readonly changes: readonly Change[] } {
  const counts = countsOf(at.parking.layout.places, null, session.place, session.vehicleClass, session.mode)
  return { stay: newStay(session, at), changes: [{ kind: 'session-begun', session }, ...counts] }
}

/**
 * The vehicle stands at the exit, whatever the loops have missed: one that was let in and not seen inside is inside; one that was given up is a new stay from the old
 * one's entry; and a way out at another lane is over. One that was last seen in another place stays there in the books until it leaves: a copy of its ticket may be shown, and what it costs is known by where it was seen.
 */
export function broughtInside(
  at: AtPlace,
  stay: StayFacts,
): { readonly stay: StayFacts; readonly changes: readonly Change[] } {
  const { parking, lane, now } = at
  const { session } = stay
  const place = parking.lane.inside
  if (session.status === 'void') {
    const again: Session = {
      ...session,
      id: sessionIdAt(at),
      place,
      entry: { ...session.entry, isFromTicket: true },
      status: 'inside',
      charge: null,
      settledAt: null,
    }
    const begun = begunInside(at, again)
    // One ticket is one stay: when that has left, the ticket begins no third one.
    const spent: Change = {
      kind: 'session-moved',
      session: session.id,
      status: 'closed',
      place: session.place,
      lane: lane.id,
      at: now.at,
    }
    return { ...begun, changes: [spent, ...begun.changes] }
  }
  const closed: readonly Change[] =
    stay.passage === null || !isUnused(stay.passage.status)
      ? []
      : [
          { kind: 'passage-moved', passage: stay.passage.id, status: 'lapsed', at: now.at },
          clearTimer({ purpose: 'passage-lapses', passage: stay.passage.id }),
        ]
  const isEntering = session.status === 'entering'
  const stands = isEntering ? place : session.place
  const known: StayFacts = { ...stay, passage: null, session: { ...session, status: 'inside', place: stands } }
  if (session.status === 'inside') return { stay: known, changes: closed }
  const counts = isEntering ? countsOf(parking.layout.places, null, place, session.vehicleClass, session.mode) : []
  return {
    stay: known,
    changes: [
      ...closed,
      { kind: 'session-moved', session: session.id, status: 'inside', place: stands, lane: lane.id, at: now.at },
      ...counts,
    ],
  }
}
