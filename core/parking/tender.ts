import type { Change, Charge } from '../changes.ts'
import type { CommonFacts } from '../facts.ts'
import type { AccountId, ChargeId, TransferId } from '../ids.ts'
import { idAt } from '../ids.ts'
import type { Transfer } from '../ledger.ts'
import { checkLinkedSet, debtsAccount, merchantAccount } from '../ledger.ts'
import type { CurrencyCode, Money } from '../money.ts'
import { money } from '../money.ts'
import type { Now } from '../time.ts'
import type { HandedTender } from './accounts.ts'
import { giveBackAccount, tenderAccount, unmatchedAccount } from './accounts.ts'
import { DEBTS_ASKED_MAX } from './asking.ts'
import type { Borne } from './borne.ts'
import { RIGHTS_READ_MAX } from './facts.ts'

/** Tenders by which no money comes: somebody lets it go. */
export type ReliefTender = Extract<HandedTender, 'pass' | 'validation' | 'waiver' | 'late-evidence' | 'correction'>
export type MoneyTender = Exclude<HandedTender, ReliefTender>

/** What money pays of one charge. What is owed since its vehicle has left was booked then, and is no second sale. */
export type MoneyPart = { readonly charge: Charge; readonly isOwed: boolean; readonly amount: Money }

/** Money that came for a charge, and for what was asked with it: `over` came beyond all of them, and is to be given back for the first. Something of it is above 0. */
export function bookMoney(
  parts: readonly [MoneyPart, ...MoneyPart[]],
  tender: MoneyTender,
  debit: AccountId,
  over: Money,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { mode, id } = parts[0].charge
  const { site } = common.layout
  const linked = transfersOf(common, PAYMENT_TRANSFER, [
    ...parts.map(({ charge, isOwed, amount }) => ({
      debit,
      credit: isOwed ? debtsAccount(mode, site) : merchantAccount(mode, charge.merchant),
      amount,
      code: isOwed ? ('debt' as const) : ('sale' as const),
      charge: charge.id,
    })),
    { debit, credit: giveBackAccount(mode, site), amount: over, code: 'overpaid', charge: id },
  ])
  const taken = parts
    .filter(({ amount }) => amount.amount > 0)
    .map(
      ({ charge, amount }): Change => ({
        kind: 'payment-taken',
        charge: charge.id,
        tender,
        amount,
        claim: null,
        payer: null,
        at: now.at,
      }),
    )
  const beyond: readonly Change[] =
    over.amount === 0 ? [] : [{ kind: 'charge-overpaid', charge: id, amount: over, at: now.at }]
  return [{ kind: 'transfers', linked }, ...taken, ...beyond]
}

/** A bank's money of which nobody knows what it is for. */
export function bookUnmatched(amount: Money, common: CommonFacts): readonly Change[] {
  const { mode, layout } = common
  const debit = tenderAccount(mode, layout.site, 'bank-transfer')
  const credit = unmatchedAccount(mode, layout.site)
  return [
    {
      kind: 'transfers',
      linked: transfersOf(common, PAYMENT_TRANSFER, [{ debit, credit, amount, code: 'correction', charge: null }]),
    },
  ]
}

/** It is for nothing here: it goes back to its payer. */
export function bookGiveBackUnmatched(amount: Money, common: CommonFacts): readonly Change[] {
  const { mode, layout } = common
  const debit = unmatchedAccount(mode, layout.site)
  const credit = giveBackAccount(mode, layout.site)
  return [
    {
      kind: 'transfers',
      linked: transfersOf(common, PAYMENT_TRANSFER, [{ debit, credit, amount, code: 'correction', charge: null }]),
    },
  ]
}

/** It has been sent back to its payer by the bank: nobody is owed it any more. */
export function bookSentBack(amount: Money, common: CommonFacts): readonly Change[] {
  const { mode, layout } = common
  const debit = giveBackAccount(mode, layout.site)
  const credit = tenderAccount(mode, layout.site, 'bank-transfer')
  return [
    { kind: 'transfers', linked: transfersOf(common, 0, [{ debit, credit, amount, code: 'refund', charge: null }]) },
  ]
}

/** Takes a bank's credit off the charges that it was booked to. What was for a stay that is over is owed again: the merchant has still sold it. */
export function bookReversed(
  parts: readonly {
    readonly charge: Charge
    readonly isOwed: boolean
    readonly amount: number
    readonly over: number
  }[],
  common: CommonFacts,
): readonly Change[] {
  const { mode, layout } = common
  const credit = unmatchedAccount(mode, layout.site)
  const linked = transfersOf(
    common,
    REVERSED_TRANSFER,
    parts.flatMap(({ charge: { id, merchant, due }, isOwed, amount, over }) => [
      {
        debit: isOwed ? debtsAccount(mode, layout.site) : merchantAccount(mode, merchant),
        credit,
        amount: money(amount, due.currency),
        code: 'correction' as const,
        charge: id,
      },
      {
        debit: giveBackAccount(mode, layout.site),
        credit,
        amount: money(over, due.currency),
        code: 'correction' as const,
        charge: id,
      },
    ]),
  )
  return [{ kind: 'transfers', linked }]
}

/** What a right or a supervisor lets go of an amount that was asked; nothing where it is 0. */
export function bookRelief(
  charge: Charge,
  amount: Money,
  tender: ReliefTender,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  return bookLetGo(charge, amount, tender, reliefTransfer[tender], common, now)
}

/** What a lane has asked anew while the money for what it had shown was on its way; nothing where it is 0. The end of the stay may be in the same record, and let go more. */
export function bookShownBefore(charge: Charge, amount: Money, common: CommonFacts, now: Now): readonly Change[] {
  return bookLetGo(charge, amount, 'correction', SHOWN_TRANSFER, common, now)
}

function bookLetGo(
  charge: Charge,
  amount: Money,
  tender: ReliefTender,
  firstIndex: number,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  if (amount.amount === 0) return []
  const { mode, merchant, id } = charge
  const { site } = common.layout
  const credit = merchantAccount(mode, merchant)
  const linked = transfersOf(common, firstIndex, [
    { debit: tenderAccount(mode, site, tender), credit, amount, code: 'relief', charge: id },
  ])
  return [
    { kind: 'transfers', linked },
    { kind: 'payment-taken', charge: id, tender, amount, claim: null, payer: null, at: now.at },
  ]
}

/** What a merchant's validation took off: the merchant owes it to whoever is paid for parking. One that is both owes it to nobody: the site goes without. `index` among those of the stay. */
export function bookBorne(
  charge: Charge,
  { right, merchant, amount: value }: Borne,
  index: number,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { mode, id } = charge
  const amount = money(value, charge.due.currency)
  const isOwn = merchant === charge.merchant
  const debit = isOwn ? tenderAccount(mode, common.layout.site, 'validation') : merchantAccount(mode, merchant)
  const credit = merchantAccount(mode, charge.merchant)
  const linked = transfersOf(common, BORNE_TRANSFER + index, [{ debit, credit, amount, code: 'relief', charge: id }])
  return [
    { kind: 'transfers', linked },
    { kind: 'payment-taken', charge: id, tender: 'validation', amount, claim: null, payer: null, at: now.at },
    { kind: 'validation-borne', right, amount },
  ]
}

/** What a vehicle takes with it unpaid: the merchant is owed it, and its plate owes it. */
export function bookDebt(charge: Charge, amount: Money, common: CommonFacts): readonly Change[] {
  const { mode, merchant, id } = charge
  const { site } = common.layout
  const linked = transfersOf(common, DEBT_TRANSFER, [
    { debit: debtsAccount(mode, site), credit: merchantAccount(mode, merchant), amount, code: 'debt', charge: id },
  ])
  return [{ kind: 'transfers', linked }]
}

/** What is owed and is nobody's to pay: the site goes without, and its plate owes it no more. */
export function bookDebtOff(charge: Charge, amount: Money, common: CommonFacts, now: Now): readonly Change[] {
  const { mode, id } = charge
  const { site } = common.layout
  const tender = 'correction'
  const debit = tenderAccount(mode, site, tender)
  const credit = debtsAccount(mode, site)
  const linked = transfersOf(common, reliefTransfer[tender], [{ debit, credit, amount, code: 'relief', charge: id }])
  return [
    { kind: 'transfers', linked },
    { kind: 'payment-taken', charge: id, tender, amount, claim: null, payer: null, at: now.at },
  ]
}

/** What was paid for a stay that never was: all of it is to be given back, and none of it is the merchant's. Nothing where it is 0. */
export function bookGivenUp(charge: Charge, amount: Money, common: CommonFacts, now: Now): readonly Change[] {
  return toGiveBack(charge, amount, 'charge-overpaid', common, now)
}

/** What was paid for a stay beyond what it costs: it is to be given back, and none of it is the merchant's. Nothing where it is 0. */
export function bookBeyond(charge: Charge, amount: Money, common: CommonFacts, now: Now): readonly Change[] {
  return toGiveBack(charge, amount, 'charge-paid-beyond', common, now)
}

function toGiveBack(
  charge: Charge,
  amount: Money,
  kind: 'charge-overpaid' | 'charge-paid-beyond',
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  if (amount.amount === 0) return []
  const { mode, merchant, id } = charge
  const debit = merchantAccount(mode, merchant)
  const credit = giveBackAccount(mode, common.layout.site)
  const linked = transfersOf(common, GIVEN_UP_TRANSFER, [{ debit, credit, amount, code: 'overpaid', charge: id }])
  return [
    { kind: 'transfers', linked },
    { kind, charge: id, amount, at: now.at },
  ]
}

/** Cash that staff held of one charge. */
export type PartOnBehalf = { readonly charge: ChargeId; readonly amount: number }

/** What staff held is where it belongs: their transfer has come (`bank-transfer`, or out of what was unmatched), or the cash is in the drawer. They owe it no more. */
export function bookPassedOn(
  parts: readonly PartOnBehalf[],
  debit: AccountId,
  currency: CurrencyCode,
  common: CommonFacts,
): readonly Change[] {
  if (parts.length === 0) return []
  const credit = tenderAccount(common.mode, common.layout.site, 'cash-on-behalf')
  const linked = transfersOf(
    common,
    ON_BEHALF_TRANSFER,
    parts.map(({ charge, amount }) => ({
      debit,
      credit,
      amount: money(amount, currency),
      code: 'collected-for' as const,
      charge,
    })),
  )
  return [{ kind: 'transfers', linked }]
}

/** What an attendant gives back: first what was overpaid, then what was paid for the stay; out of what they hold of it themselves (`held`) first, then out of the cash. */
export function bookRefund(
  charge: Charge,
  fromOver: Money,
  fromPaid: Money,
  held: number,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { mode, merchant, id } = charge
  const { site } = common.layout
  const { currency } = charge.due
  const cash = tenderAccount(mode, site, 'cash')
  const pocket = tenderAccount(mode, site, 'cash-on-behalf')
  const [over, paid] = [giveBackAccount(mode, site), merchantAccount(mode, merchant)]
  const overHeld = Math.min(held, fromOver.amount)
  const paidHeld = Math.min(held - overHeld, fromPaid.amount)
  const back = (debit: AccountId, credit: AccountId, amount: number) =>
    ({ debit, credit, amount: money(amount, currency), code: 'refund', charge: id }) as const
  const linked = transfersOf(common, PAYMENT_TRANSFER, [
    back(over, cash, fromOver.amount - overHeld),
    back(paid, cash, fromPaid.amount - paidHeld),
    back(over, pocket, overHeld),
    back(paid, pocket, paidHeld),
  ])
  return [
    { kind: 'transfers', linked },
    { kind: 'charge-refunded', charge: id, ofOverpaid: fromOver, ofPaid: fromPaid, at: now.at },
  ]
}

/** One payment is for one charge, and for the debts that were asked with it. */
const PARTS_MAX = 1 + DEBTS_ASKED_MAX

/** Transfers of one decision are numbered from here, each kind in its own range, so that a payment, a relief and a debt in one record do not share an id. All stay below the 64 of a slot. */
const PAYMENT_TRANSFER = 0
const DEBT_TRANSFER = PAYMENT_TRANSFER + PARTS_MAX + 1
const GIVEN_UP_TRANSFER = DEBT_TRANSFER + 1
const reliefTransfer: Record<ReliefTender, number> = {
  validation: GIVEN_UP_TRANSFER + 1,
  pass: GIVEN_UP_TRANSFER + 2,
  waiver: GIVEN_UP_TRANSFER + 3,
  'late-evidence': GIVEN_UP_TRANSFER + 4,
  correction: GIVEN_UP_TRANSFER + 5,
}
const BORNE_TRANSFER = reliefTransfer.correction + 1
/** Of each part what it paid, and what came beyond. */
const REVERSED_TRANSFER = BORNE_TRANSFER + RIGHTS_READ_MAX
export const ON_BEHALF_PARTS_MAX = PARTS_MAX
const ON_BEHALF_TRANSFER = REVERSED_TRANSFER + 2 * PARTS_MAX
const SHOWN_TRANSFER = ON_BEHALF_TRANSFER + ON_BEHALF_PARTS_MAX

function transfersOf(
  common: CommonFacts,
  firstIndex: number,
  shares: readonly Omit<Transfer, 'id' | 'phase'>[],
): readonly Transfer[] {
  const linked = shares
    .filter(({ amount }) => amount.amount > 0)
    .map(
      (share, index): Transfer => ({
        id: idAt<TransferId>(common.position, 't', firstIndex + index),
        ...share,
        phase: { kind: 'posted' },
      }),
    )
  const fault = checkLinkedSet(linked)
  if (fault !== undefined)
    throw new Error(`transfers of ${shares[0]?.charge} make a linked set that is refused: ${fault}`)
  return linked
}
