import type { Change, Charge } from '../../../core/changes.ts'
import type { EventKey, MerchantId, RightId, SiteId } from '../../../core/ids.ts'
import type { Tender } from '../../../core/ledger.ts'
import { debtsAccount, merchantAccount } from '../../../core/ledger.ts'
import { giveBackAccount, unmatchedAccount } from '../../../core/parking/accounts.ts'
import type { BankCredit } from '../../../core/parking/credit.ts'
import type { ParkingPlace } from '../../../core/parking/place.ts'
import type { PassSale } from '../../../core/parking/sale.ts'
import type { SessionStatus, StaffCase } from '../../../core/parking/session.ts'
import type { ReliefTender } from '../../../core/parking/tender.ts'
import type { DecisionBody, JournalRecord } from '../../../core/records.ts'
import { isFreeFlow } from '../../../simulators/parking/parking-kit.ts'

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
  /** When somebody said that there is an emergency, or that there is none any more, in the order of the records. `device` null: a person. */
  readonly emergencies: { readonly key: EventKey; readonly device: string | null; readonly active: boolean }[]
  /** What attendants handed in late, and of when they said that it was. */
  readonly lates: { readonly lane: string; readonly saidAt: number }[]
  /** What barriers said of arms that went up by themselves, because no gateway was there. */
  readonly failSafes: { readonly lane: string; readonly key: EventKey }[]
  /** Cash that people wrote down, by the key of its event. */
  readonly handed: Map<string, { readonly charge: string; readonly amount: number }>
  /** Money that a bank told of, by its own reference. */
  readonly credits: Map<string, BookedCredit>
  /** Merchants by their validations, and what each merchant bears. */
  readonly givers: Map<RightId, MerchantId | null>
  readonly borne: Map<MerchantId, number>
  /** Passes that were sold, by their charges; and what their money came to by the transfers. */
  readonly sales: Map<string, BookedSale>
  readonly passes: { earned: number }
  /** Where and when somebody drove under an arm whom nobody had let through, as staff were told: behind another, or where it had been forced. */
  readonly unexplained: { readonly lane: string; readonly at: number }[]
  /** Stays to whose lane staff have been called, by the case that says so: it is open. */
  readonly called: Map<string, string>
  readonly balances: Map<string, number>
  readonly problems: string[]
}

export type BookedStay = {
  readonly id: string
  readonly entryLane: string
  enteredAt: number
  readonly isFromTicket: boolean
  /** It came in by a clock that nobody trusted. */
  readonly isUnsure: boolean
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
  /** Somebody has found out that it is of another class than was thought. */
  isReclassed: boolean
  /** The last way out was by somebody's word, and not by what the stay had paid. */
  outBy: string | null
}

export type BookedSale = { status: PassSale['state']['status']; refunded: number }

export type BookedCharge = {
  readonly id: string
  readonly session: string | null
  due: number
  paid: number
  /** Of what was paid, what no money came for. */
  readonly relief: Record<ReliefTender, number>
  overpaid: number
  status: 'open' | 'paid' | 'owed' | 'cancelled' | 'expired'
}

export const NO_RELIEF: Record<ReliefTender, number> = {
  pass: 0,
  validation: 0,
  waiver: 0,
  'late-evidence': 0,
  correction: 0,
}

export type BookedCredit = Pick<BankCredit, 'status' | 'parts' | 'overpaid'> & { readonly amount: number }

export type BookedPassage = {
  readonly lane: string
  readonly right: string
  readonly session: string | null
  status: string
  /** The loop under the arm has told of it. */
  wasUnder: boolean
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
    emergencies: [],
    unexplained: [],
    lates: [],
    failSafes: [],
    handed: new Map(),
    credits: new Map(),
    givers: new Map(),
    borne: new Map(),
    sales: new Map(),
    passes: { earned: 0 },
    called: new Map(),
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
    if (command.type === 'hold-open') books.opens.set(id, { to, because: whyHeld(body) })
  }
  const event = body.event.body
  if (event.kind === 'barrier-state' && event.reason === 'fail-safe') {
    books.failSafes.push({ lane: event.lane, key: record.key })
  }
  // Whatever has become of it: they lifted the arm then.
  if (event.kind === 'late-evidence') books.lates.push({ lane: event.lane, saidAt: event.saidAt })
  if (event.kind === 'emergency' && body.outcome.ok) {
    books.emergencies.push({ key: record.key, device: event.device, active: event.active })
  }
}

/** What a lane does by itself about who does not pay it does when a wait has ended, or a code was shown; where no arm keeps anybody also when whoever was asked has left the loop, or what was asked there holds no more. */
function isOfUnpaid({ event: { body } }: DecisionBody, { lane, charge }: StaffCase): boolean {
  if (body.kind === 'scan') return true
  if (body.kind === 'timer' && body.timer.purpose === 'unpaid-due') return true
  if (lane === null || charge === null || !isFreeFlow(lane)) return false
  if (body.kind === 'loop') return body.lane === lane && !body.occupied
  return (
    body.kind === 'timer' &&
    body.timer.purpose === 'quote-lapses' &&
    body.timer.lane === lane &&
    body.timer.charge === charge
  )
}

function whyHeld({ event: { body } }: DecisionBody): string | null {
  return body.kind === 'emergency' && body.active ? `the emergency of ${body.device ?? 'a person'}` : null
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
        isUnsure: session.entry.isUnsure === true,
        vehicleClass: session.vehicleClass,
        status: session.status,
        counted: isInside ? session.place : null,
        charge: session.charge,
        rights: session.credentials.filter(({ kind }) => kind === 'right').length,
        inAt: isInside ? session.entry.at : null,
        outAt: null,
        outLane: null,
        overAt: null,
        plates: session.credentials.flatMap((each) => (each.kind === 'plate' ? [each.plate.mac] : [])),
        isReclassed: false,
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
      stay.isReclassed = true
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
    case 'case-opened': {
      const { id, kind, session, lane, openedAt } = change.case
      if ((kind === 'tailgating' || kind === 'forced-open') && lane !== null)
        books.unexplained.push({ lane, at: openedAt })
      if (kind !== 'unpaid-at-lane' || session === null) return
      if (stayOf(session) === undefined) return
      if ([...books.called.values()].includes(session)) told(`staff are called twice for ${session}`)
      if (!isOfUnpaid(body, change.case))
        told(`staff are called for ${session}, of which nothing was waited for and nothing refused`)
      books.called.set(id, session)
      return
    }
    case 'case-ended':
      books.called.delete(change.case)
      return
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
      // What somebody took by hand for a stay that is free is to be given back: it is written down at a charge of nothing.
      const isByHand = body.event.body.kind === 'late-evidence'
      const isFree = isByHand || wasFreeWhenAsked(charge, body, charges)
      if (charge.due.amount < 0 || (charge.due.amount === 0 && !isFree)) told(`${charge.id} asks ${charge.due.amount}`)
      charges.set(charge.id, {
        id: charge.id,
        session: charge.session,
        due: charge.due.amount,
        paid: 0,
        relief: { ...NO_RELIEF },
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
      if (isRelief(change.tender)) charge.relief[change.tender] += change.amount.amount
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
    case 'charge-reckoned': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      if (change.due.amount <= charge.due) told(`${charge.id} is reckoned from ${charge.due} to ${change.due.amount}`)
      if (charge.status !== 'paid' && charge.status !== 'owed')
        told(`${charge.id} is ${charge.status} and is reckoned anew`)
      charge.due = change.due.amount
      charge.status = 'owed'
      return
    }
    case 'charge-overpaid': {
      const charge = chargeOf(change.charge)
      if (charge !== undefined) charge.overpaid += change.amount.amount
      return
    }
    case 'charge-paid-beyond': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      if (charge.status !== 'open') told(`${charge.id} is ${charge.status}, and some of it is found to be too much`)
      charge.paid -= change.amount.amount
      charge.overpaid += change.amount.amount
      if (charge.paid < 0) told(`more is too much of ${charge.id} than was paid`)
      return
    }
    case 'charge-refunded': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      charge.overpaid -= change.ofOverpaid.amount
      if (charge.overpaid < 0) told(`${charge.id} gives back more than was overpaid`)
      const sale = books.sales.get(charge.id)
      if (sale !== undefined) sale.refunded += change.ofPaid.amount
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
      passages.set(passage.id, { lane: passage.lane, right: by, session, status: passage.status, wasUnder: false })
      return
    }
    case 'passage-moved': {
      const passage = passages.get(change.passage)
      if (passage === undefined) {
        told(`${change.passage} moves, which nobody granted`)
        return
      }
      const kind = body.event.body?.kind
      if (change.status === 'passing' && kind === 'loop') passage.wasUnder = true
      // Bumper to bumper nobody knows whether it has gone through, until what is read or shown behind it says so: then the loops have told of it before, and its right is over by that.
      const isUsed = body.changes.some(
        (each) => each.kind === 'passage-moved' && each.passage === change.passage && each.status === 'used',
      )
      if (change.status === 'passing' && kind !== 'loop' && !(passage.wasUnder && isUsed))
        told(`${change.passage} is under the arm by the word of a ${kind}`)
      if (change.status === 'used' && passage.status !== 'passing')
        told(`${change.passage} was ${passage.status} and is used`)
      passage.status = change.status
      return
    }
    case 'transfers':
      for (const { debit, credit, amount, code } of change.linked) {
        if (code === 'pass-sale') books.passes.earned += amount.amount
        if (code === 'pass-return') books.passes.earned -= amount.amount
        books.balances.set(debit, (books.balances.get(debit) ?? 0) + amount.amount)
        books.balances.set(credit, (books.balances.get(credit) ?? 0) - amount.amount)
      }
      return
    case 'credit-put': {
      const { reference, amount, status, parts, overpaid } = change.credit
      const known = books.credits.get(reference)
      if (known !== undefined && known.amount !== amount.amount)
        told(`${reference} of the bank was ${known.amount}, and is ${amount.amount}`)
      if (known !== undefined && !CREDIT_MOVES[known.status].includes(status))
        told(`${reference} of the bank was ${known.status}, and is ${status}`)
      const booked = parts.reduce((sum, part) => sum + part.amount, overpaid)
      if (status === 'booked' && booked !== amount.amount)
        told(`${reference} of the bank is ${amount.amount}, and ${booked} of it is booked`)
      books.credits.set(reference, { amount: amount.amount, status, parts, overpaid })
      return
    }
    case 'credit-reversed': {
      const charge = chargeOf(change.charge)
      if (charge === undefined) return
      const [ofPaid, ofOverpaid] = [change.ofPaid.amount, change.ofOverpaid.amount]
      charge.paid -= ofPaid
      charge.overpaid -= ofOverpaid
      if (charge.paid < 0 || charge.overpaid < 0) told(`more is taken off ${charge.id} than was booked to it`)
      if (ofPaid === 0 && change.session !== null)
        told(`${change.session} is paid up no more, and nothing that paid for it was taken off`)
      charge.status = change.status
      return
    }
    case 'right-put':
      books.givers.set(change.right.id, change.right.given?.merchant ?? null)
      return
    case 'pass-sale-put': {
      const { charge: id, state, period } = change.sale
      const charge = chargeOf(id)
      if (charge === undefined) return
      const known = books.sales.get(id)
      if (known === undefined ? state.status !== 'unpaid' && state.status !== 'paid' : !isSaleMove(known, state))
        told(`the sale for ${id} was ${known?.status}, and is ${state.status}`)
      if (state.status === 'paid' && charge.paid !== charge.due)
        told(`a pass is in force for ${id}, of which ${charge.paid} of ${charge.due} is paid`)
      if (period.until <= period.from) told(`the pass for ${id} ends before it begins`)
      books.sales.set(id, { status: state.status, refunded: known?.refunded ?? 0 })
      return
    }
    case 'validation-borne': {
      const merchant = books.givers.get(change.right) ?? null
      if (merchant === null) told(`somebody bears ${change.right}, and no merchant has given it`)
      else books.borne.set(merchant, (books.borne.get(merchant) ?? 0) + change.amount.amount)
      if (change.amount.amount <= 0) told(`${change.right} is borne with ${change.amount.amount}`)
      return
    }
    // What a token pays is added up over the whole record, below; the others move no stay, no charge and no count.
    case 'claim-opened':
    case 'claim-moved':
    case 'token-spent':
    case 'risk-taken':
    case 'pass-side':
    case 'lane-state':
    case 'timer-set':
    case 'timer-cleared':
    case 'document-issued':
    case 'bundle-current':
    case 'device-put':
    case 'device-revoked':
    case 'upstream-contact':
    case 'values-erased':
    case 'spent-forgotten':
    case 'session-renamed':
    case 'charge-asked-with':
    case 'session-settled':
    case 'passback-reset':
    // Counts are reckoned from the stays themselves.
    case 'occupancy-moved':
    case 'sighted':
    case 'right-status':
    case 'right-coded':
      return
  }
}

/** As what a sale may go on. */
const SALE_MOVES: Record<BookedSale['status'], readonly BookedSale['status'][]> = {
  unpaid: ['paid', 'cancelled', 'lapsed'],
  paid: ['refunded'],
  cancelled: [],
  lapsed: [],
  refunded: [],
}

function isSaleMove({ status }: BookedSale, { status: next }: PassSale['state']): boolean {
  return SALE_MOVES[status].includes(next)
}

/** What a sale's charge is, by what the sale is. */
const SALE_CHARGE: Record<BookedSale['status'], BookedCharge['status']> = {
  unpaid: 'open',
  paid: 'paid',
  cancelled: 'cancelled',
  lapsed: 'expired',
  refunded: 'paid',
}

/** As what a bank's money may go on. */
const CREDIT_MOVES: Record<BankCredit['status'], readonly BankCredit['status'][]> = {
  booked: ['booked'],
  unmatched: ['booked', 'refund-due'],
  'refund-due': ['returned'],
  returned: [],
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
  const { outcome } = body
  if (!outcome.ok) return
  const booked = sum(
    body.changes.flatMap((each) => {
      if (each.kind === 'payment-taken' && !isRelief(each.tender)) return [each.amount.amount]
      return each.kind === 'charge-overpaid' ? [each.amount.amount] : []
    }),
  )
  const takes = (amount: number): void => {
    if (booked !== amount) told(`${amount} was handed over, and ${booked} is booked`)
  }
  if (event.kind === 'cash-taken') {
    takes(event.amount.amount)
    // What the office takes for a pass no visitor has handed over.
    if (!books.sales.has(event.charge)) books.handed.set(key, { charge: event.charge, amount: event.amount.amount })
  }
  if (event.kind === 'pass-sold') takes(event.cash?.amount.amount ?? 0)
  if (event.kind === 'cash-without-price') takes(event.amount.amount)
  if (event.kind === 'credit-by-charge') takes(event.amount.amount)
  if (event.kind === 'credit-by-text') takes(outcome.kind === 'credit-unmatched' ? 0 : event.amount.amount)
  if (event.kind === 'credit-moved')
    takes(outcome.kind === 'credited' ? outcome.amount.amount + outcome.overpaid.amount : 0)
  if (event.kind === 'late-evidence' && outcome.kind === 'evidence-taken') {
    const { paid, overpaid, charge } = outcome
    const taken = paid.amount + overpaid.amount
    takes(taken)
    if (charge !== null && taken > 0) books.handed.set(key, { charge, amount: taken })
  }
}

/** Why a record opens an arm: the right that it was opened for, or a person's word, or somebody under it. */
function reasonOf(books: ParkingBooks, { event, subject, outcome }: DecisionBody): string | null {
  const { body } = event
  if (body === null) return null
  if (body.kind === 'open-by-hand') return body.reason === null ? null : 'by hand'
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
  let earned = 0
  for (const [id, { status, refunded }] of books.sales) {
    const charge = books.charges.get(id)
    if (charge?.status !== SALE_CHARGE[status])
      found.push(`a pass is ${status}, and its charge ${id} ${charge?.status}`)
    if (charge?.status === 'open' || charge?.status === 'paid') earned += charge.paid - refunded
    if (refunded > 0 !== (status === 'refunded'))
      found.push(`${refunded} of ${id} was given back, and its pass is ${status}`)
  }
  if (earned !== books.passes.earned)
    found.push(`passes have earned ${books.passes.earned} by their transfers, and ${earned} by what was paid for them`)
  const debts = books.balances.get(debtsAccount('live', site)) ?? 0
  if (debts !== owed) found.push(`the account of debts stands at ${debts}, and ${owed} is owed`)
  const creditsOf = (status: BankCredit['status']): number =>
    [...books.credits.values()].reduce((sum, credit) => sum + (credit.status === status ? credit.amount : 0), 0)
  const waiting = -(books.balances.get(unmatchedAccount('live', site)) ?? 0)
  if (waiting !== creditsOf('unmatched'))
    found.push(`the account of what nobody knows stands at ${waiting}, and ${creditsOf('unmatched')} waits`)
  for (const [merchant, borne] of books.borne) {
    const owes = books.balances.get(merchantAccount('live', merchant)) ?? 0
    if (owes !== borne) found.push(`${merchant} owes ${owes}, and bears ${borne} of what it has validated`)
  }
  const toGiveBack = -(books.balances.get(giveBackAccount('live', site)) ?? 0)
  const overpaid = [...books.charges.values()].reduce((sum, charge) => sum + charge.overpaid, creditsOf('refund-due'))
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

function isRelief(tender: Tender): tender is ReliefTender {
  return tender in NO_RELIEF
}

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

/** Whether a vehicle was asked at its lane for what another stay owed from before alone, when its own cost nothing yet: what was asked there holds, and its stay is written down at a charge of nothing. */
function wasFreeWhenAsked(
  { session }: Pick<Charge, 'session'>,
  { changes }: DecisionBody,
  charges: ReadonlyMap<string, BookedCharge>,
): boolean {
  return changes.some((each) => {
    const visit = each.kind === 'lane-state' ? each.state.visit : null
    if (visit?.session !== session || visit.asked === null) return false
    const asked = charges.get(visit.asked.charge)
    return asked?.status === 'owed' && asked.session !== session
  })
}
