import type { SiteId } from '../core/ids.ts'
import type { Tender, Transfer } from '../core/ledger.ts'
import { debtsAccount } from '../core/ledger.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode } from '../core/money.ts'
import { giveBackAccount, tenderAccount, unmatchedAccount } from '../core/parking/accounts.ts'
import type { DecisionBody } from '../core/records.ts'
import type { Db } from './open.ts'

/** What came and went by one tender in one mode and currency, smallest units. */
export type TenderTakings = {
  readonly mode: Mode
  readonly currency: CurrencyCode
  readonly tender: Tender
  readonly taken: number
  readonly givenBack: number
  /** How often it came. */
  readonly payments: number
}

/** The cash that one person took and gave back. */
export type CashTakings = Omit<TenderTakings, 'tender'> & { readonly by: string }

/** What the car park earned by passes, whichever tender it came by: part of what the tenders have, and no more money beside it. */
export type PassTakings = {
  readonly mode: Mode
  readonly currency: CurrencyCode
  /** Paid for passes, also in part. */
  readonly sold: number
  /** Of that: refunded, or to be given back because its sale came to nothing. */
  readonly returned: number
  readonly payments: number
}

export type Takings = {
  readonly tenders: readonly TenderTakings[]
  readonly passes: readonly PassTakings[]
  /** Rising by who took it. The sum over all who share a drawer is what is in it. */
  readonly cash: readonly CashTakings[]
  /** What was asked and is not due by late evidence, rising by who handed it in. No money came. */
  readonly letGo: readonly CashTakings[]
}

/** What stands in the books now, whichever day it came. */
export type Standing = {
  readonly mode: Mode
  readonly currency: CurrencyCode
  /** Overpaid, or for nothing here, and not given back yet. */
  readonly toGiveBack: number
  /** Came by the bank, and nobody knows what for. */
  readonly unmatched: number
  readonly debts: number
  /** Taken as cash by staff who transfer it themselves, and not transferred yet. */
  readonly onBehalf: number
}

/** By whose account money is handed over. A token’s comes from its issuer, and is counted by its payment; what is let go is no money. */
const HANDED: readonly Tender[] = ['cash', 'cash-on-behalf', 'bank-transfer']

type Sum = { taken: number; givenBack: number; payments: number }

/** What of a decision's record is counted. */
export type CountedRecord = Pick<DecisionBody, 'changes'> & {
  readonly event: Pick<DecisionBody['event'], 'mode' | 'actor'>
}

/** Adds up what decisions moved in and out of the accounts of tenders: what was never matched to a charge came all the same, and what was given back went. */
export function countTakings(): { add(record: CountedRecord): void; takings(): Takings } {
  const tenders = new Map<string, Sum & Pick<TenderTakings, 'mode' | 'currency' | 'tender'>>()
  const cash = new Map<string, Sum & Pick<CashTakings, 'mode' | 'currency' | 'by'>>()
  const letGo: typeof cash = new Map()
  const passes = new Map<string, PassTakings>()
  const none: Sum = { taken: 0, givenBack: 0, payments: 0 }

  function count(body: CountedRecord, mode: Mode, currency: CurrencyCode, tender: Tender, moved: Sum): void {
    const { actor } = body.event
    const key = `${mode} ${currency} ${tender}`
    tenders.set(key, { mode, currency, tender, ...sumOf(tenders.get(key) ?? none, moved) })
    if (tender !== 'cash' && tender !== 'late-evidence') return
    const people = tender === 'cash' ? cash : letGo
    const whose = `${mode} ${currency} ${actor.id}`
    people.set(whose, { mode, currency, by: actor.id, ...sumOf(people.get(whose) ?? none, moved) })
  }

  function countPass({ code, amount: { amount, currency }, credit }: Transfer): void {
    if (code !== 'pass-sale' && code !== 'pass-return') return
    const mode = modeOf(credit)
    const key = `${mode} ${currency}`
    const before = passes.get(key) ?? { mode, currency, sold: 0, returned: 0, payments: 0 }
    passes.set(
      key,
      code === 'pass-sale'
        ? { ...before, sold: before.sold + amount, payments: before.payments + 1 }
        : { ...before, returned: before.returned + amount },
    )
  }

  return {
    add(body) {
      for (const change of body.changes) {
        if (change.kind === 'payment-taken' && !HANDED.includes(change.tender)) {
          const { amount, currency } = change.amount
          count(body, body.event.mode, currency, change.tender, { taken: amount, givenBack: 0, payments: 1 })
        }
        if (change.kind !== 'transfers') continue
        for (const transfer of change.linked) countPass(transfer)
        const handed = change.linked.filter(({ debit, credit }) => isHanded(debit) || isHanded(credit))
        if (handed.length === 0) continue
        for (const tender of HANDED) {
          const moved = new Map<string, Sum & { readonly mode: Mode; readonly currency: CurrencyCode }>()
          for (const { debit, credit, amount } of handed) {
            const isIn = isOf(debit, tender)
            if (!isIn && !isOf(credit, tender)) continue
            const mode = modeOf(isIn ? debit : credit)
            const key = `${mode} ${amount.currency}`
            const before = moved.get(key) ?? { ...none, mode, currency: amount.currency }
            moved.set(key, {
              ...before,
              taken: before.taken + (isIn ? amount.amount : 0),
              givenBack: before.givenBack + (isIn ? 0 : amount.amount),
              payments: isIn ? 1 : before.payments,
            })
          }
          for (const { mode, currency, ...sum } of moved.values()) count(body, mode, currency, tender, sum)
        }
      }
    },
    takings: () => ({
      tenders: [...tenders.values()],
      passes: [...passes.values()],
      cash: byName(cash.values()),
      letGo: byName(letGo.values()),
    }),
  }
}

/** What is still to be given back, unmatched and owed, by mode. */
export function standing(db: Db, site: SiteId): readonly Standing[] {
  const balance = db.$client.prepare<[string], { currency: CurrencyCode; owed: number }>(
    'SELECT currency, credits_posted - debits_posted AS owed FROM account WHERE id = ?',
  )
  return (['live', 'training'] as const).flatMap((mode): readonly Standing[] => {
    const [toGiveBack, unmatched, debts, onBehalf] = [
      balance.get(giveBackAccount(mode, site)),
      balance.get(unmatchedAccount(mode, site)),
      balance.get(debtsAccount(mode, site)),
      balance.get(tenderAccount(mode, site, 'cash-on-behalf')),
    ]
    const currency = (toGiveBack ?? unmatched ?? debts ?? onBehalf)?.currency
    if (currency === undefined) return []
    // What is owed to the site stands on the other side.
    return [
      {
        mode,
        currency,
        toGiveBack: toGiveBack?.owed ?? 0,
        unmatched: unmatched?.owed ?? 0,
        debts: debts === undefined ? 0 : 0 - debts.owed,
        onBehalf: onBehalf === undefined ? 0 : 0 - onBehalf.owed,
      },
    ]
  })
}

function byName(people: Iterable<CashTakings>): readonly CashTakings[] {
  return [...people].toSorted((left, right) => (left.by < right.by ? -1 : 1))
}

function sumOf(left: Sum, right: Sum): Sum {
  return {
    taken: left.taken + right.taken,
    givenBack: left.givenBack + right.givenBack,
    payments: left.payments + right.payments,
  }
}

function isHanded(account: string): boolean {
  return HANDED.some((tender) => isOf(account, tender))
}

/** Accounts are named by their mode, and then by what they are of. */
function isOf(account: string, tender: Tender): boolean {
  const from = account.indexOf(':') + 1
  return account.startsWith(tender, from) && account[from + tender.length] === ':'
}

function modeOf(account: string): Mode {
  return account.startsWith('live:') ? 'live' : 'training'
}
