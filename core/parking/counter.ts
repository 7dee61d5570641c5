import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, refuse } from '../decision.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { AccountId, ChargeId } from '../ids.ts'
import type { Money } from '../money.ts'
import { KEYED_AMOUNT_MAX, money } from '../money.ts'
import type { Now } from '../time.ts'
import { tenderAccount, unmatchedAccount } from './accounts.ts'
import { billFor, debtsAsked, heldAt, restOf, shownBefore, sumOf } from './asking.ts'
import { beyondNow } from './beyond.ts'
import { isNotReckoned, leftUnpaidEnded, openCase } from './cases.ts'
import type { CreditSender } from './credit.ts'
import type { ParkingEvent } from './events.ts'
import type { ParkingCommon, StayCharge, StayFacts } from './facts.ts'
import { onBehalfEnded, passedOn, senderOf, sumOfParts } from './on-behalf.ts'
import type { ParkingPolicy } from './place.ts'
import { priceNow } from './price.ts'
import type { PayingFacts } from './question.ts'
import { isOver } from './session.ts'
import { settled } from './settled.ts'
import type { MoneyPart, MoneyTender } from './tender.ts'
import { bookBeyond, bookMoney, bookPassedOn, bookRefund, bookShownBefore } from './tender.ts'

/** Money that somebody hands over for a charge, or that a bank tells of. */
export type MoneyEvent =
  | Extract<ParkingEvent, { kind: 'cash-taken' | 'credit-by-charge' }>
  /** With what its payer wrote; or what a person has found out of it since. */
  | { readonly kind: 'credit-by-text' | 'credit-moved'; readonly amount: Money; readonly sender?: CreditSender }

/**
 * What a stay costs now, asked away from a lane with the wish to pay it: its charge is opened or raised. What its plate owes from before is asked at the exit, and not here. Where its vehicle stands at a lane that has asked, what was asked there holds; where it has left and owes, that is asked. Refused where it is over and owes nothing, of the other mode,
 * or where no price is known.
 */
export function quoteStay(
  stay: StayFacts | null,
  lane: LaneFacts | null,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  if (stay === null || stay.session.mode !== common.mode) return refuse('stay-not-found')
  if (isOver(stay.session)) return owedBy(stay)
  const price = priceNow(stay, parking, now)
  if (!price.ok) {
    const about = { lane: null, session: stay.session.id, charge: null, pictures: [] }
    return { ...refuse(price.refusal), changes: openCase(price.staffCase, about, stay.cases, common, now) }
  }
  const session = stay.session.id
  const held = lane === null ? null : heldAt(lane.state, session, now)
  const bill = billFor(stay, price, held, parking, common, now)
  const subject = { charge: bill.charge?.id ?? null, passage: null, session }
  const { charge, rest, changes } = bill
  if (charge === null || rest.amount === 0) {
    return { ...NOTHING, outcome: { ok: true, kind: 'nothing-due', session }, subject, changes }
  }
  return {
    ...NOTHING,
    outcome: {
      ok: true,
      kind: 'amount-asked',
      session,
      charge: charge.id,
      due: rest,
      holdsUntil: held?.holdsUntil ?? null,
    },
    subject,
    changes,
  }
}

/** Who has left and owes is asked for that, and for no more. */
function owedBy({ session: { id: session }, charge }: StayFacts): Decision {
  if (charge?.status !== 'owed') return refuse('stay-over')
  const { id } = charge.charge
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'amount-asked', session, charge: id, due: restOf(charge), holdsUntil: null },
    subject: { charge: id, passage: null, session },
  }
}

/** For what money is meant, and what may be paid by it. */
export type PaidFor = Pick<PayingFacts, 'charge' | 'stay' | 'lane' | 'debts' | 'askedWith'>

/**
 * Money for a charge: cash that staff took, or a credit that a bank told of. It pays what the charge asks, also after its vehicle has left, and then the debts that money for it is for (`askedWith`),
 * the oldest first. A transfer of staff first passes on what they took for it to transfer it themselves. What comes beyond that is to be given back, and is a case. Refused: a transfer of which nobody has said whether it is of staff (`senderOf`), an unknown charge, another currency or mode, an amount of 0 or over `KEYED_AMOUNT_MAX`, and cash beyond what change explains that nobody has confirmed.
 */
export function takeMoney(
  { charge, stay, lane, debts: owed, askedWith: named }: PaidFor,
  by: MoneyEvent,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  const { amount } = by
  if (charge === null || charge.charge.mode !== common.mode) return refuse('charge-unknown')
  if (amount.currency !== charge.charge.due.currency) return refuse('token-currency')
  if (amount.amount === 0) return refuse('amount-zero')
  if (amount.amount > KEYED_AMOUNT_MAX) return refuse('amount-invalid')
  const { id, session } = charge.charge
  const { own, letGo, debts, ofAnother, total } = askedWith(
    charge,
    { stay, lane, debts: owed, askedWith: named },
    by,
    parking,
    now,
  )
  const doubt = by.kind === 'cash-taken' ? doubtOf(by, total, parking.policy) : null
  if (doubt !== null) return refuse(doubt, total)
  const isAsking = lane?.state.visit?.asked?.charge === id
  const sender = by.kind === 'cash-taken' ? 'payer' : senderOf(charge, by, own, total, isAsking)
  if (sender === null) return refuse('credit-sender-missing')
  const passed = sender === 'staff' ? passedOn(charge, amount.amount) : []
  const passedAll = sumOfParts(passed)
  const came = amount.amount - passedAll
  const paid = money(Math.min(own.amount, came), amount.currency)
  const before = paidInTurn(debts, came - paid.amount)
  const all = sumOf(
    paid,
    before.map((part) => part.amount),
  )
  const over = money(came - all.amount, amount.currency)
  const due = money(Math.max(charge.charge.due.amount, charge.paid + paid.amount + letGo.amount), amount.currency)
  const isOwed = charge.status === 'owed'
  const isPaidUp = paid.amount > 0 && paid.amount === own.amount
  const about = { lane: null, session, charge: id, pictures: [] }
  const cases = stay?.cases ?? []
  const isPaidForAnother = before.some((part) => part.amount.amount > 0 && ofAnother.includes(part.charge.id))
  const changes: readonly Change[] = [
    ...(due.amount > charge.charge.due.amount ? [{ kind: 'charge-raised', charge: id, due } as const] : []),
    ...(all.amount + over.amount === 0
      ? []
      : bookMoney(
          [{ charge: charge.charge, isOwed, amount: paid }, ...before],
          tenderOf(by),
          sourceOf(by, common),
          over,
          common,
          now,
        )),
    ...bookShownBefore(charge.charge, letGo, common, now),
    ...bookPassedOn(passed, sourceOf(by, common), amount.currency, common),
    ...(passedAll === 0 ? [] : onBehalfEnded(charge, passedAll, 'it has paid', now)),
    ...(isPaidUp && isOwed ? closedAsPaid(charge, now) : []),
    ...(isPaidUp && !isOwed && stay !== null ? settled(stay, parking, now) : []),
    ...before.filter((part) => part.closes).flatMap((part) => closedAsPaid(part.owed, now)),
    ...(over.amount === 0 ? [] : openCase('overpaid', about, cases, common, now)),
    // Whoever holds the ticket may have paid for a plate that showed a copy of it.
    ...(isPaidForAnother ? openCase('plate-mismatch', about, cases, common, now) : []),
  ]
  const rest = money(own.amount - paid.amount, amount.currency)
  const still = money(total.amount - all.amount - rest.amount, amount.currency)
  const owes = still.amount === 0 ? {} : { debts: still }
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'credited', charge: id, amount: all, rest, ...owes, overpaid: over },
    subject: { charge: id, passage: null, session },
    changes,
  }
}

type AskedWith = {
  /** What the charge itself asks. */
  readonly own: Money
  /** What it asks beyond that by now, and is let go: the money is exactly what its lane showed before. */
  readonly letGo: Money
  /** What its plate owes from before. */
  readonly debts: ReturnType<typeof debtsAsked>
  /** Which of them are of a plate that the stay is not known by, and that stands there no more. */
  readonly ofAnother: readonly ChargeId[]
  readonly total: Money
}

/** What a stay's charge asks away from its lane: what it costs by now, or what was asked at the lane before which its vehicle stands, while that holds. */
export function askedAway(
  charge: StayCharge,
  stay: StayFacts | null,
  lane: LaneFacts | null,
  parking: ParkingCommon,
  now: Now,
): Money {
  const byNow = askedNow(charge, stay, parking, now)
  const { session } = charge.charge
  const isHeld = lane !== null && session !== null && heldAt(lane.state, session, now) !== null
  return isHeld ? money(Math.min(byNow.amount, restOf(charge).amount), byNow.currency) : byNow
}

/**
 * What money for a charge is for: what it asks by now, or, where its vehicle stands at a lane that has asked, what was asked there, with what the plate that this lane has read owes from before. Away from such a lane cash is for its own charge alone, for whoever counts it has been told of that alone. A transfer may be of what a lane asked a while
 * ago: it pays the debts that were asked with the charge, where it comes to all that was asked or to exactly what is left of that, and what the plate of the stay owes.
 */
function askedWith(
  charge: StayCharge,
  { stay, lane, debts: owed, askedWith: named }: Omit<PaidFor, 'charge'>,
  by: MoneyEvent,
  parking: ParkingCommon,
  now: Now,
): AskedWith {
  const own = askedAway(charge, stay, lane, parking, now)
  const here = lane !== null && isAskedThere(charge, lane, by) ? lane.parking : null
  const left = sumOf(
    own,
    named.map(({ charge: debt }) => restOf(debt)),
  )
  // What is not all that was asked, nor all that is left of it, may be of somebody else, who was asked for the stay alone.
  const isWhole =
    charge.askedWith !== undefined && (by.amount.amount >= charge.askedWith.due || by.amount.amount === left.amount)
  const away = by.kind === 'cash-taken' ? [] : isWhole ? [...named, ...owed] : owed
  const known = here === null ? away : here.shown.debts
  const others = known.filter(
    (debt, index) =>
      debt.session !== here?.visiting?.session.id &&
      debt.charge.charge.id !== charge.charge.id &&
      known.findIndex((each) => each.charge.charge.id === debt.charge.charge.id) === index,
  )
  const debts = debtsAsked(others)
  const isOfStay = (debt: ChargeId) => owed.some((each) => each.charge.charge.id === debt)
  const shown = shownTo(charge, lane, debts, by, now)
  const asShown = shown === null || shown.amount > own.amount ? own : shown
  return {
    own: asShown,
    letGo: money(own.amount - asShown.amount, own.currency),
    debts,
    ofAnother: here !== null ? [] : debts.map((debt) => debt.charge.charge.id).filter((debt) => !isOfStay(debt)),
    total: sumOf(
      asShown,
      debts.map(({ rest }) => rest),
    ),
  }
}

/** Whether the lane asks for this now. A transfer by the text of a stay that is paid is for the debts that its lane still asks of it. */
function isAskedThere(
  { charge: { id, session } }: StayCharge,
  { state: { visit } }: LaneFacts,
  by: MoneyEvent,
): boolean {
  const asked = visit?.asked ?? null
  return asked !== null && (asked.charge === id || (by.kind !== 'cash-taken' && visit?.session === session))
}

/** What a charge asked by what its lane showed before, where this transfer is exactly that, with the debts that were shown with it. Cash is counted before the display, what staff hold of it may be theirs, and what is owed stands in the books as it is. */
function shownTo(
  charge: StayCharge,
  lane: LaneFacts | null,
  debts: AskedWith['debts'],
  by: MoneyEvent,
  now: Now,
): Money | null {
  if (lane === null || by.kind === 'cash-taken' || charge.status === 'owed') return null
  const isOfPayer = 'sender' in by ? by.sender === 'payer' : passedOn(charge, by.amount.amount).length === 0
  if (!isOfPayer) return null
  const shown = shownBefore(lane.state, charge.charge.id, now)
  if (shown?.upTo === undefined) return null
  const own = money(Math.max(0, shown.upTo - charge.paid), shown.due.currency)
  const named = debts.filter(({ charge: { charge: debt } }) => shown.debts?.includes(debt.id) === true)
  const all = sumOf(
    own,
    named.map(({ rest }) => rest),
  )
  return by.amount.amount === shown.due.amount && all.amount === shown.due.amount ? own : null
}

/** What is left of an amount goes to debts in turn, the oldest first. */
function paidInTurn(
  debts: AskedWith['debts'],
  amount: number,
): readonly (MoneyPart & { readonly closes: boolean; readonly owed: StayCharge })[] {
  let left = amount
  return debts.map(({ charge: owed, rest }) => {
    const part = money(Math.min(left, rest.amount), rest.currency)
    left -= part.amount
    return { charge: owed.charge, isOwed: true, amount: part, closes: part.amount === rest.amount, owed }
  })
}

function closedAsPaid(owed: StayCharge, now: Now): readonly Change[] {
  return [{ kind: 'charge-closed', charge: owed.charge.id, status: 'paid', at: now.at }, ...leftUnpaidEnded(owed, now)]
}

/** Whether cash comes to more than change explains: then whoever keyed it is asked once; and never to more than `cashOverMax` beyond what is asked, whoever confirms it. */
export function doubtOf(
  { amount, confirmed }: { readonly amount: Money; readonly confirmed?: true },
  asked: Money,
  policy: ParkingPolicy,
): 'cash-unlikely' | 'cash-too-high' | null {
  if (amount.amount <= cashMostOf(asked, policy)) return null
  if (amount.amount - asked.amount > policy.cashOverMax) return 'cash-too-high'
  return confirmed === true ? null : 'cash-unlikely'
}

/** The most that change can explain: what is asked, paid with the largest notes alone. Cash for what asks nothing is explained by none. */
function cashMostOf(asked: Money, { cashNoteMax }: ParkingPolicy): number {
  return Math.ceil(asked.amount / cashNoteMax) * cashNoteMax
}

/**
 * The most that a charge can take now. While its vehicle is inside that is what the stay costs by now, which may be more than was asked last, or less, because a right has taken something
 * off since. A charge that is closed takes nothing: what comes then came twice.
 */
export function askedNow(charge: StayCharge, stay: StayFacts | null, parking: ParkingCommon, now: Now): Money {
  const rest = restOf(charge)
  const { currency } = rest
  if (charge.status !== 'open' && charge.status !== 'owed') return money(0, currency)
  if (charge.status === 'owed' || stay === null || isOver(stay.session)) return rest
  const price = priceNow(stay, parking, now)
  return price.ok ? money(Math.max(0, price.total.amount - charge.paid), currency) : rest
}

/** What whoever gives back may give of one charge, in the currency's units: of its price, and of what is more than its stay costs by now while its vehicle is inside. */
export type RefundMost = { readonly ofPrice: number; readonly inside: number }

/**
 * Staff give money back out of the cash, with a reason: first what was paid beyond what was due, without a cap, because it is the payer's; then what is more than the stay costs by now (`beyondNow`), or was when it was ended by hand or by late evidence, in all at most `most.inside`, for
 * whoever puts a stay right can make it cheaper and dear again; then of what was paid for the stay, at most `most.ofPrice`, and only when its vehicle has left and its price is known: a stay that goes on, or is reckoned later, would
 * stand as paid with the money given back. Refused beyond these, and of the price unless `confirmed`, with what is too much in `due`: somebody else may have given that back already.
 */
export function refundMoney(
  charge: StayCharge | null,
  { amount, reason, confirmed }: Pick<Extract<ParkingEvent, { kind: 'refund' }>, 'amount' | 'reason' | 'confirmed'>,
  stay: StayFacts | null,
  most: RefundMost,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  if (charge === null || charge.charge.mode !== common.mode) return refuse('charge-unknown')
  if (reason.trim() === '') return refuse('reason-missing')
  if (amount.currency !== charge.charge.due.currency) return refuse('token-currency')
  if (amount.amount === 0) return refuse('amount-zero')
  const { overpaid, refunded, paid, relief } = charge
  const over = overpaid + beyondNow(stay, parking, now)
  const fromOver = money(Math.min(over, amount.amount), amount.currency)
  const ofBeyond = money(Math.max(0, fromOver.amount - overpaid), amount.currency)
  const fromPaid = money(amount.amount - fromOver.amount, amount.currency)
  // Of a stay that never was all is to be given back, as overpaid: nothing was paid for it. And what nobody has reckoned yet nobody knows to be too much: given back before, it would count as paid.
  const isEnded = (charge.status === 'paid' || charge.status === 'owed') && !(stay !== null && isNotReckoned(stay))
  const mostOfPaid = isEnded ? Math.min(most.ofPrice, paid - relief) : 0
  if (fromPaid.amount > 0 && refunded + fromPaid.amount > mostOfPaid) return refuse('refund-too-high')
  const isBySay = stay !== null && (stay.session.status === 'closed' || stay.isHandedIn === true)
  const ofMoved = isBySay ? fromMoved(charge, fromOver.amount) : ofBeyond.amount
  const movedOut = charge.movedBeyond - (isBySay ? Math.min(charge.movedBeyond, overpaid) : 0)
  if (ofMoved > 0 && movedOut + ofMoved > most.inside) return refuse('refund-while-inside')
  if (fromPaid.amount > 0 && confirmed !== true) return refuse('refund-of-price', money(over, amount.currency))
  // Out of the pocket that it is in: what another person holds they owe still.
  const held = Math.min(charge.onBehalf?.own ?? 0, amount.amount)
  const { id, session } = charge.charge
  const isGivenBack = over > 0 && fromOver.amount === over
  const answered = (stay?.cases ?? []).filter((each) => each.kind === 'overpaid' && each.charge === id)
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'refunded', charge: id, amount, ofPrice: fromPaid },
    subject: { charge: id, passage: null, session },
    changes: [
      ...bookBeyond(charge.charge, ofBeyond, common, now),
      ...bookRefund(charge.charge, fromOver, fromPaid, held, common, now),
      ...(held === 0 ? [] : onBehalfEnded(charge, held, 'given back', now)),
      ...(isGivenBack
        ? answered.map((each): Change => ({ kind: 'case-ended', case: each.id, reason: 'given back', at: now.at }))
        : []),
    ],
  }
}

/** Of an amount that is given back what became too much by what staff put right: what a payer gave too much goes first. No loop has shown a stay leave that is ended by hand, or handed in as left, so the bound of one that is inside holds. */
function fromMoved({ overpaid, movedBeyond }: StayCharge, amount: number): number {
  return Math.max(0, amount - Math.max(0, overpaid - movedBeyond))
}

function tenderOf(by: MoneyEvent): MoneyTender {
  return by.kind === 'cash-taken' ? by.tender : 'bank-transfer'
}

function sourceOf(by: MoneyEvent, { mode, layout }: CommonFacts): AccountId {
  return by.kind === 'credit-moved'
    ? unmatchedAccount(mode, layout.site)
    : tenderAccount(mode, layout.site, tenderOf(by))
}
