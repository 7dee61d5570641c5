import type { Change } from '../../../core/changes.ts'
import type { SiteId } from '../../../core/ids.ts'
import { debtsAccount } from '../../../core/ledger.ts'
import { giveBackAccount } from '../../../core/parking/accounts.ts'
import type { ParkingPlace } from '../../../core/parking/place.ts'
import type { SessionStatus } from '../../../core/parking/session.ts'
import type { DecisionBody, JournalRecord } from '../../../core/records.ts'

/**
 * The books of a car park as somebody outside keeps them, from the records of the journal alone and by rules of his own: what does not fit is told in `problems`.
 */
export type ParkingBooks = {
  readonly sessions: Map<string, BookedStay>
  readonly charges: Map<string, BookedCharge>
  readonly counts: Map<string, number>
  readonly passages: Map<string, BookedPassage>
  /** What arms were told to open for, by the command. */
  readonly opens: Map<string, Opening>
  /** Money that people or a bank wrote down, by the key of its event. */
  readonly handed: Map<string, { readonly charge: string; readonly amount: number }>
  readonly balances: Map<string, number>
  readonly problems: string[]
}

export type BookedStay = {
  readonly id: string
  readonly entryLane: string
  enteredAt: number
  readonly isFromTicket: boolean
  vehicleClass: string
  status: SessionStatus
  /** Where it is counted; `null` where it is in no count. */
  counted: string | null
  charge: string | null
  rights: number
  /** When and where the loops have shown it inside, and outside. */
  inAt: number | null
  outAt: number | null
  outLane: string | null
  /** When it was over in the books, however that came. */
  overAt: number | null
  /** Pseudonyms of the plates that it was begun with. */
  readonly plates: readonly string[]
  /** The last way out was by somebody's word, and not by what the stay had paid. */
  outBy: string | null
}

export type BookedCharge = {
  readonly id: string
  readonly session: string | null
  due: number
  paid: number
  relief: number
  overpaid: number
  status: 'open' | 'paid' | 'owed' | 'cancelled' | 'expired'
}

export type BookedPassage = {
  readonly lane: string
  readonly right: string
  readonly session: string | null
  status: string
}

/** Why an arm was told to open. `null`: the record does not say. */
export type Opening = { readonly to: string; readonly because: string | null }

export function parkingBooks(): ParkingBooks {
  return {
    sessions: new Map(),
    charges: new Map(),
    counts: new Map(),
    passages: new Map(),
    opens: new Map(),
    handed: new Map(),
    balances: new Map(),
    problems: [],
  }
}

/** What the troubles throw. */
const BUG_ON_PURPOSE = 'a bug of ours'

export const countKey = (place: string, vehicleClass: string): string => `${place}/${vehicleClass}`

/** Takes the next record. */
export function takeRecord(books: ParkingBooks, record: JournalRecord, places: readonly ParkingPlace[]): void {
  const { body } = record
  if (body.kind === 'fault' && !body.error.includes(BUG_ON_PURPOSE)) {
    books.problems.push(`record ${record.seq}: our own code threw at ${body.event.body?.kind}: ${body.error}`)
  }
  if (body.kind !== 'decision') return
  const told = (what: string): void => {
    books.problems.push(`record ${record.seq} (${body.event.body?.kind}): ${what}`)
  }
  for (const change of body.changes) takeChange(books, change, body, places, told)
  takeMoney(books, record, body, told)
  for (const { id, to, command } of body.effects) {
    if (command.type === 'open') books.opens.set(id, { to, because: reasonOf(books, body) })
  }
}

function takeChange(
  books: ParkingBooks,
  change: Change,
  body: DecisionBody,
  places: readonly ParkingPlace[],
  told: (what: string) => void,
): void {
  const { sessions, charges, counts, passages } = books
  const move = (place: string | null, vehicleClass: string, by: 1 | -1): void => {
    for (const around of placesAround(places, place)) {
      const key = countKey(around, vehicleClass)
      counts.set(key, (counts.get(key) ?? 0) + by)
    }
  }
  const stayOf = (id: string): BookedStay | undefined => {
    const stay = sessions.get(id)
    if (stay === undefined) told(`${change.kind} of ${id}, which nobody began`)
    return stay
  }
  const chargeOf = (id: string): BookedCharge | undefined => {
    const charge = charges.get(id)
    if (charge === undefined) told(`${change.kind} of ${id}, which nobody opened`)
    return charge
  }
  switch (change.kind) {
    case 'session-begun': {
      const { session } = change
      if (sessions.has(session.id)) told(`${session.id} begins twice`)
      const isInside = session.status === 'inside'
      sessions.set(session.id, {
        id: session.id,
        entryLane: session.entry.lane,
        enteredAt: session.entry.at,
        isFromTicket: session.entry.isFromTicket,
        vehicleClass: session.vehicleClass,
        status: session.status,
        counted: isInside ? session.place : null,
        charge: session.charge,
        rights: session.credentials.filter(({ kind }) => kind === 'right').length,
        inAt: null,
        outAt: null,
        outLane: null,
        overAt: null,
        plates: session.credentials.flatMap((each) => (each.kind === 'plate' ? [each.plate.mac] : [])),
        outBy: null,
      })
      if (isInside) move(session.place, session.vehicleClass, 1)
      return
    }
    case 'session-moved': {
      const stay = stayOf(change.session)
      if (stay === undefined) return
      const isGoneOn = stay.status === 'void' && change.status === 'closed'
      if (isOver(stay.status) && !isGoneOn) told(`${stay.id} is ${stay.status} and moves to ${change.status}`)
      const counted = change.status === 'inside' || change.status === 'leaving' ? change.place : null
      const was = new Set(placesAround(places, stay.counted))
      const is = new Set(placesAround(places, counted))
      for (const place of was) if (!is.has(place)) moveOne(place, -1)
      for (const place of is) if (!was.has(place)) moveOne(place, 1)
      if (stay.status === 'entering' && change.status === 'inside') stay.inAt = change.at
      if (change.status === 'left') {
        stay.outAt = change.at
        stay.outLane = change.lane
      }
      if (isOver(change.status)) stay.overAt = change.at
      stay.counted = counted
      stay.status = change.status
      return
      function moveOne(place: string, by: 1 | -1): void {
        const key = countKey(place, stay?.vehicleClass ?? '')
        counts.set(key, (counts.get(key) ?? 0) + by)
      }
    }
    case 'session-entered': {
      const stay = stayOf(change.session)
      if (stay === undefined) return
      if (stay.status !== 'entering') told(`${stay.id} is ${stay.status} and comes in again`)
      stay.enteredAt = change.at
      return
    }
    case 'session-known-by':
      if (change.credential.kind === 'right') {
        const stay = stayOf(change.session)
        if (stay !== undefined) stay.rights += 1
      }
      return
    case 'session-charged': {
      const stay = stayOf(change.session)
      if (stay === undefined) return
      if (stay.charge !== null) told(`${stay.id} has two charges, ${stay.charge} and ${change.charge}`)
      stay.charge = change.charge
      return
    }
    case 'session-class': {
      const stay = stayOf(change.session)
      if (stay === undefined) return
      if (stay.counted !== null) {
        move(stay.counted, stay.vehicleClass, -1)
        move(stay.counted, change.vehicleClass, 1)
      }
      stay.vehicleClass = change.vehicleClass
      return
    }
    case 'segments-written': {
      let until: number | null = null
      for (const segment of change.segments) {
        if (segment.until < segment.from) told(`a segment of ${change.session} runs backwards`)
        if (until !== null && segment.from !== until)
          told(`the segments of ${change.session} do not join at ${segment.from}`)
        if (segment.amount.amount < 0) told(`a segment of ${change.session} costs ${segment.amount.amount}`)
        until = segment.until
      }
      return
    }
    case 'occupancy-corrected': {
      const key = countKey(change.place, change.vehicleClass)
      const before = counts.get(key) ?? 0
      if (change.before !== before) told(`${key} is corrected from ${change.before}, and was ${before}`)
      counts.set(key, change.count)
      return
    }
    case 'charge-opened': {
      const { charge } = change
      if (charges.has(charge.id)) told(`${charge.id} is opened twice`)
      if (charge.due.amount <= 0) told(`${charge.id} asks ${charge.due.amount}`)
      charges.set(charge.id, {
        id: charge.id,
        session: charge.session,
        due: charge.due.amount,
        paid: 0,
        relief: 0,
        overpaid: 0,
        status: 'open',
      })
      return
    }
    case 'charge-raised': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      if (change.due.amount < charge.due) told(`${charge.id} falls from ${charge.due} to ${change.due.amount}`)
      if (charge.status !== 'open') told(`${charge.id} is ${charge.status} and is raised`)
      charge.due = change.due.amount
      return
    }
    case 'payment-taken': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      if (charge.status !== 'open' && charge.status !== 'owed')
        told(`${charge.id} is ${charge.status} and is paid again`)
      charge.paid += change.amount.amount
      if (RELIEF.has(change.tender)) charge.relief += change.amount.amount
      if (charge.paid > charge.due) told(`${charge.id} asks ${charge.due} and is paid ${charge.paid}`)
      return
    }
    case 'charge-closed': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      if (change.status === 'paid' && charge.paid !== charge.due)
        told(`${charge.id} is closed as paid: ${charge.paid} of ${charge.due}`)
      charge.status = change.status
      return
    }
    case 'charge-owed': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      if (charge.status !== 'open') told(`${charge.id} is ${charge.status} and becomes owed`)
      if (charge.paid >= charge.due) told(`${charge.id} is owed, and all of it is paid`)
      charge.status = 'owed'
      return
    }
    case 'charge-overpaid': {
      const charge = chargeOf(change.charge)
      if (charge !== undefined) charge.overpaid += change.amount.amount
      return
    }
    case 'charge-refunded': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      charge.overpaid -= change.ofOverpaid.amount
      if (charge.overpaid < 0) told(`${charge.id} gives back more than was overpaid`)
      return
    }
    case 'passage-granted': {
      const { passage } = change
      const session = passage.right.kind === 'session' ? passage.right.session : null
      const by = passage.right.kind === 'session' ? passage.right.by : passage.right.kind
      if (session !== null && passage.right.kind === 'session' && passage.right.side === 'exit') {
        const stay = sessions.get(session)
        if (stay !== undefined) stay.outBy = by
      }
      passages.set(passage.id, { lane: passage.lane, right: by, session, status: passage.status })
      return
    }
    case 'passage-moved': {
      const passage = passages.get(change.passage)
      if (passage === undefined) {
        told(`${change.passage} moves, which nobody granted`)
        return
      }
      const kind = body.event.body?.kind
      if (change.status === 'passing' && kind !== 'loop')
        told(`${change.passage} is under the arm by the word of a ${kind}`)
      if (change.status === 'used' && passage.status !== 'passing')
        told(`${change.passage} was ${passage.status} and is used`)
      passage.status = change.status
      return
    }
    case 'transfers':
      for (const { debit, credit, amount } of change.linked) {
        books.balances.set(debit, (books.balances.get(debit) ?? 0) + amount.amount)
        books.balances.set(credit, (books.balances.get(credit) ?? 0) - amount.amount)
      }
      return
    default:
      return
  }
}

/** One record's money adds up: what a token pays is what its charges got, and what is handed over is paid or to be given back. */
function takeMoney(
  books: ParkingBooks,
  { key }: JournalRecord,
  body: DecisionBody,
  told: (what: string) => void,
): void {
  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0)
  const claimed = sum(body.changes.flatMap((each) => (each.kind === 'claim-opened' ? [each.claim.amount.amount] : [])))
  const byToken = sum(
    body.changes.flatMap((each) =>
      each.kind === 'payment-taken' && each.tender === 'token' ? [each.amount.amount] : [],
    ),
  )
  if (claimed !== byToken) told(`a token pays ${claimed}, and its charges got ${byToken}`)
  const event = body.event.body
  if (event?.kind !== 'cash-taken' && event?.kind !== 'credit-by-charge') return
  if (!body.outcome.ok) return
  const booked = sum(
    body.changes.flatMap((each) => {
      if (each.kind === 'payment-taken' && !RELIEF.has(each.tender)) return [each.amount.amount]
      return each.kind === 'charge-overpaid' ? [each.amount.amount] : []
    }),
  )
  if (booked !== event.amount.amount) told(`${event.amount.amount} was handed over, and ${booked} is booked`)
  books.handed.set(key, { charge: event.charge, amount: event.amount.amount })
}

/** Why a record opens an arm: the right that it was opened for, or a person's word, or somebody under it. */
function reasonOf(books: ParkingBooks, { event, subject, outcome }: DecisionBody): string | null {
  const { body } = event
  if (body === null) return null
  if (body.kind === 'open-by-hand') return body.reason.trim() === '' ? null : `by hand: ${body.reason}`
  if (body.kind === 'loop' && body.role === 'safety' && body.occupied) return 'somebody under a falling arm'
  if (!outcome.ok || subject.passage === null) return null
  const passage = books.passages.get(subject.passage)
  return passage === undefined ? null : `${passage.right} ${passage.session ?? ''}`
}

/** What holds between the parts of the books at any time. */
export function booksDisagree(books: ParkingBooks, site: SiteId): readonly string[] {
  const found: string[] = []
  let owed = 0
  for (const charge of books.charges.values()) {
    if (charge.status === 'owed') owed += charge.due - charge.paid
    const stay = charge.session === null ? undefined : books.sessions.get(charge.session)
    if (stay !== undefined && charge.status === 'open' && (stay.status === 'left' || stay.status === 'closed')) {
      found.push(`${stay.id} is ${stay.status}, and its charge ${charge.id} is open: ${charge.paid} of ${charge.due}`)
    }
  }
  const debts = books.balances.get(debtsAccount('live', site)) ?? 0
  if (debts !== owed) found.push(`the account of debts stands at ${debts}, and ${owed} is owed`)
  const toGiveBack = -(books.balances.get(giveBackAccount('live', site)) ?? 0)
  const overpaid = [...books.charges.values()].reduce((sum, charge) => sum + charge.overpaid, 0)
  if (toGiveBack !== overpaid)
    found.push(`the account of what is to be given back stands at ${toGiveBack}, and ${overpaid} is`)
  for (const [key, count] of books.counts) if (count < 0) found.push(`${key} counts ${count}`)
  return found
}

/** Stays of one plate that cost something and were there at the same time: one of them charges for minutes that the other has charged. */
export function chargedTwice({ sessions, charges }: ParkingBooks): readonly (readonly [BookedStay, BookedStay])[] {
  const byPlate = new Map<string, BookedStay[]>()
  for (const stay of sessions.values()) {
    const charge = charges.get(stay.charge ?? '')
    if (charge === undefined || charge.due === 0 || charge.status === 'cancelled') continue
    for (const plate of stay.plates) byPlate.set(plate, [...(byPlate.get(plate) ?? []), stay])
  }
  return [...byPlate.values()].flatMap((stays) => {
    const inOrder = stays.toSorted((left, right) => left.enteredAt - right.enteredAt)
    return inOrder.flatMap((stay, index) => {
      const next = inOrder[index + 1]
      return next !== undefined && next.enteredAt < (stay.overAt ?? Number.POSITIVE_INFINITY)
        ? [[stay, next] as const]
        : []
    })
  })
}

const RELIEF: ReadonlySet<string> = new Set(['pass', 'validation', 'waiver'])

export function isOver(status: SessionStatus): boolean {
  return status === 'left' || status === 'void' || status === 'closed'
}

function placesAround(places: readonly ParkingPlace[], place: string | null): readonly string[] {
  const found: string[] = []
  for (let id = place; id !== null; ) {
    found.push(id)
    id = places.find((each) => each.id === id)?.parent ?? null
  }
  return found
}
