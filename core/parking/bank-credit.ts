import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, refuse } from '../decision.ts'
import type { EventOf } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { CaseId, ChargeId } from '../ids.ts'
import { idAt } from '../ids.ts'
import { money } from '../money.ts'
import type { PersonalValue } from '../personal-value.ts'
import { isReason } from '../reason.ts'
import type { Now } from '../time.ts'
import { chargeAfter, laneAfter, stayAfter } from './after.ts'
import { KINDS, openCase } from './cases.ts'
import { takeMoney } from './counter.ts'
import type { BankCredit } from './credit.ts'
import type { DebtFacts, StayCharge, StayFacts } from './facts.ts'
import { letOutPaid } from './let-out-paid.ts'
import { passedOn, sumOfParts } from './on-behalf.ts'
import type { CreditedCharge, CreditFacts, MovedFacts } from './question.ts'
import type { SaleFacts } from './sale.ts'
import { isOver } from './session.ts'
import { bookGiveBackUnmatched, bookReversed, bookSentBack, bookUnmatched } from './tender.ts'

/** Money that names a charge by somebody's word: booked to it, or waiting where it may be of staff. Refused where it cannot be booked, and nothing is remembered under its reference: it may come again. */
export function takeCreditByCharge(
  body: EventOf<'credit-by-charge'>,
  facts: CreditFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { parking, lane, known } = facts
  if (parking === null) return refuse('no-car-park')
  if (known !== null) return refuse('credit-known')
  const taken = takeMoney(facts, body, parking, common, now)
  const row = {
    reference: body.reference,
    mode: common.mode,
    amount: body.amount,
    text: null,
    toldAt: null,
    at: now.at,
  }
  if (isSenderMissing(taken)) return wait(row, facts.charge, common, now)
  if (!taken.outcome.ok) return taken
  return letOut(withCredit(taken, { ...row, case: null }), lane, common, now)
}

/**
 * Money that a bank tells of, with what its payer wrote. It is booked by itself where the text has a reference with its check digits (`charge`), and that charge can take it; all else, and what may be of staff who hold cash of that charge, waits for a
 * person, in an account of its own, with a case (architecture, section 9). Refused: another currency, and a reference that is known.
 */
export function takeCreditByText(
  body: EventOf<'credit-by-text'>,
  facts: CreditFacts & { readonly text: PersonalValue },
  common: CommonFacts,
  now: Now,
): Decision {
  const { parking, lane, known, text } = facts
  const { amount, reference, toldAt } = body
  if (parking === null) return refuse('no-car-park')
  if (known !== null) return refuse('credit-known')
  if (amount.currency !== common.layout.currency) return refuse('token-currency')
  if (amount.amount === 0) return refuse('amount-zero')
  const row = { reference, mode: common.mode, amount, text, toldAt, at: now.at }
  const taken = takeMoney(facts, { kind: 'credit-by-text', amount }, parking, common, now)
  if (taken.outcome.ok) return letOut(withCredit(taken, { ...row, case: null }), lane, common, now)
  return wait(row, isSenderMissing(taken) ? facts.charge : null, common, now)
}

function isSenderMissing({ outcome }: Decision): boolean {
  return !outcome.ok && outcome.refusal === 'credit-sender-missing'
}

/** It waits for a person. `named`: the charge that it names, of which staff hold cash. */
function wait(
  row: Omit<BankCredit, 'status' | 'parts' | 'overpaid' | 'case'>,
  named: StayCharge | null,
  common: CommonFacts,
  now: Now,
): Decision {
  const charge = named?.charge.id ?? null
  const session = named?.charge.session ?? null
  const about = { lane: null, session, charge, pictures: [] }
  const waiting = idAt<CaseId>(common.position, 'k', KINDS['credit-unmatched'])
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'credit-unmatched', case: waiting, amount: row.amount },
    subject: { charge, passage: null, session },
    changes: [
      ...bookUnmatched(row.amount, common),
      ...openCase('credit-unmatched', about, [], common, now),
      { kind: 'credit-put', credit: { ...row, status: 'unmatched', parts: [], overpaid: 0, case: waiting } },
    ],
    keep: ['parking'],
  }
}

/**
 * A person says, with a reason, what a credit is for: one that waited is booked to a charge, or is to go back to its payer; one that was booked to a wrong charge is taken off it and booked to the
 * right one, in one record, so that nobody has to be given cash for it. Booked as its payer's, it is turned round to staff (`sender`) on the same charge, where they hold all of it. One that is to go back keeps its case until it has been sent (`sentBack`). What it had paid of a stay that is over is owed again. Refused: more than `creditMoveMax` of a booked one by whoever is no
 * admin; what has been given back meanwhile, or belongs to a stay that never was; a charge that cannot take it; one of which staff hold cash, where nobody says whose transfer it is (`sender`).
 */
export function moveCredit(body: EventOf<'credit-moved'>, facts: MovedFacts, common: CommonFacts, now: Now): Decision {
  const { parking, known, charge, stay, lane, from, role } = facts
  if (parking === null) return refuse('no-car-park')
  if (known === null || known.mode !== common.mode) return refuse('credit-unknown')
  if (!isReason(body.reason)) return refuse('reason-missing')
  if (body.sentBack !== undefined) return sendBack(known, body.sentBack, facts.isCaseOpen, common, now)
  if (known.status === 'refund-due' || known.status === 'returned') return refuse('credit-not-movable')
  const ended = caseEnded(known, facts.isCaseOpen, common, now)
  if (body.charge === null) {
    if (known.status === 'booked') return refuse('credit-not-movable')
    return {
      ...NOTHING,
      changes: [
        ...bookGiveBackUnmatched(known.amount, common),
        { kind: 'credit-put', credit: { ...known, status: 'refund-due' } },
      ],
    }
  }
  if (known.status === 'booked' && role !== 'admin' && known.amount.amount > parking.policy.creditMoveMax)
    return refuse('credit-over-cap')
  const isTurned = body.sender === 'staff' && isHeldWhole(charge, known)
  const to = isTurned ? null : body.charge
  const reversed = known.status === 'booked' ? takenOff(known, from, to, common, now) : []
  if (reversed === null) return refuse('credit-not-movable')
  // What it is booked to now is asked by the books as they stand without it.
  const without = lane && laneAfter(lane, reversed)
  const isTakenOff = (debt: DebtFacts) =>
    reversed.length > 0 && known.parts.some((part) => part.charge === debt.charge.charge.id)
  const owedStill = (all: readonly DebtFacts[]) => all.filter((debt) => !isTakenOff(debt))
  const paying = {
    charge: charge && chargeAfter(charge, reversed),
    stay: stay && stayAfter(stay, reversed),
    lane: without,
    debts: owedStill(facts.debts),
    askedWith: owedStill(facts.askedWith),
  }
  const said = body.sender === undefined ? {} : { sender: body.sender }
  const taken = takeMoney(paying, { kind: 'credit-moved', amount: known.amount, ...said }, parking, common, now)
  if (!taken.outcome.ok) return taken
  const booked = withCredit(taken, known)
  return letOut({ ...booked, changes: [...reversed, ...booked.changes, ...ended] }, lane, common, now)
}

/**
 * Somebody has sent it back by the bank, and says by which transfer: nothing is owed for it any more, and its case ends. The same said again changes nothing. Refused: one that is not to go
 * back, and one that went back by another transfer.
 */
function sendBack(known: BankCredit, by: string, isCaseOpen: boolean, common: CommonFacts, now: Now): Decision {
  if (known.status === 'returned' && known.sentBack === by) return NOTHING
  if (known.status !== 'refund-due') return refuse('credit-not-movable')
  return {
    ...NOTHING,
    changes: [
      ...bookSentBack(known.amount, common),
      { kind: 'credit-put', credit: { ...known, status: 'returned', sentBack: by } },
      ...caseEnded(known, isCaseOpen, common, now),
    ],
  }
}

function caseEnded(known: BankCredit, isCaseOpen: boolean, { reason }: CommonFacts, now: Now): readonly Change[] {
  return known.case === null || !isCaseOpen ? [] : [{ kind: 'case-ended', case: known.case, reason, at: now.at }]
}

/** Nothing of it would pay what the charge asks once it is taken off. */
function isHeldWhole(charge: StayCharge | null, { amount }: BankCredit): boolean {
  return charge !== null && sumOfParts(passedOn(charge, amount.amount)) === amount.amount
}

/** What a booked credit did to its charges, undone; `null` where that cannot be. `to`: what it is booked to now, which it may not be booked to already; `null`: it may. */
function takenOff(
  known: BankCredit,
  from: readonly CreditedCharge[],
  to: ChargeId | null,
  common: CommonFacts,
  now: Now,
): readonly Change[] | null {
  // What staff had taken to transfer it was transferred by this: they would owe it once more, and nobody knows who.
  const booked = known.parts.reduce((sum, part) => sum + part.amount, known.overpaid)
  if (booked < known.amount.amount) return null
  const undone: ReversedPart[] = []
  for (const [index, part] of known.parts.entries()) {
    const { charge, stay, sale } = from[index] ?? NOTHING_TO_TAKE
    if (charge === null || charge.charge.id === to) return null
    const left = charge.paid - charge.relief - charge.refunded
    const amount = Math.min(part.amount, left)
    // What it had paid and is too much by now (`charge-paid-beyond`) stands as overpaid; what was given back moves no more.
    const over = (index === 0 ? known.overpaid : 0) + (charge.refunded === 0 ? part.amount - amount : 0)
    if (charge.overpaid < over || (charge.refunded > 0 && amount < part.amount)) return null
    // A pass that is in force by it would be for nothing: it is refunded, or its sale cancelled.
    if (sale !== null && part.amount > 0) return null
    const { status } = charge
    if (status === 'cancelled' || status === 'expired') return null
    undone.push({
      charge,
      status,
      stay,
      sale,
      amount,
      over,
      isOver: stay === null || isOver(stay.session),
    })
  }
  return [
    ...bookReversed(
      undone.map(({ charge, isOver: isOwed, amount, over }) => ({ charge: charge.charge, isOwed, amount, over })),
      common,
    ),
    // Each stay's case gets an id of its own.
    ...undone.flatMap((part, slot) => reversedOf(part, { ...common, position: { ...common.position, slot } }, now)),
  ]
}

const NOTHING_TO_TAKE: CreditedCharge = { charge: null, stay: null, sale: null }

type ReversedPart = {
  readonly charge: StayCharge
  readonly status: 'open' | 'paid' | 'owed'
  readonly stay: StayFacts | null
  readonly sale: SaleFacts | null
  readonly amount: number
  readonly over: number
  readonly isOver: boolean
}

function reversedOf(
  { charge, status, stay, sale, amount, over, isOver: isOwed }: ReversedPart,
  common: CommonFacts,
  now: Now,
): Change[] {
  const { id, session, due } = charge.charge
  const cases = stay?.cases ?? sale?.cases ?? []
  const isNoneOver = over > 0 && charge.overpaid === over
  const about = { lane: null, session, charge: id, pictures: [] }
  return [
    {
      kind: 'credit-reversed',
      charge: id,
      ofPaid: money(amount, due.currency),
      ofOverpaid: money(over, due.currency),
      status: isOwed && amount > 0 ? 'owed' : status,
      // What came beyond the charge had settled nothing.
      session: isOwed || amount === 0 ? null : session,
      tender: 'bank-transfer',
      at: now.at,
    },
    ...cases
      .filter((each) => isNoneOver && each.kind === 'overpaid' && each.charge === id)
      .map((each): Change => ({ kind: 'case-ended', case: each.id, reason: 'moved to another charge', at: now.at })),
    ...(isOwed && amount > 0 ? openCase('left-unpaid', about, cases, common, now) : []),
  ]
}

/** The row of a credit as it was booked by these changes. */
function withCredit(taken: Decision, row: Omit<BankCredit, 'status' | 'parts' | 'overpaid'>): Decision {
  const { changes } = taken
  const paid = changes.flatMap((change) =>
    change.kind === 'payment-taken' && change.tender === 'bank-transfer'
      ? [{ charge: change.charge, amount: change.amount.amount }]
      : [],
  )
  const beyond = changes.flatMap((change) => (change.kind === 'charge-overpaid' ? [change] : []))
  const passed = changes.flatMap((change) =>
    change.kind === 'transfers'
      ? change.linked.flatMap(({ code, charge }) => (code === 'collected-for' && charge !== null ? [charge] : []))
      : [],
  )
  const named = [...beyond.map(({ charge }) => charge), ...passed]
  const unpaid = [...new Set(named)].filter((each) => !paid.some(({ charge }) => charge === each))
  const credit: BankCredit = {
    ...row,
    status: 'booked',
    parts: [...unpaid.map((charge) => ({ charge, amount: 0 })), ...paid],
    overpaid: beyond.reduce((sum, over) => sum + over.amount.amount, 0),
  }
  return { ...taken, changes: [...changes, { kind: 'credit-put', credit }], keep: [...taken.keep, 'parking'] }
}

function letOut(taken: Decision, lane: LaneFacts | null, common: CommonFacts, now: Now): Decision {
  return lane === null ? taken : letOutPaid(taken, lane, common, now)
}
