import type { SiteId } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import type { StayFacts } from '../../../core/parking/facts.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import type { BankAccount } from '../../../core/vietqr.ts'
import { vietQr } from '../../../core/vietqr.ts'
import type { StayQuote } from './stay-quote.ts'

/** A transfer that pays what is due: for a bank's app, and in words for whoever types it. */
export type Transfer = {
  readonly amount: Money
  readonly account: BankAccount
  readonly reference: string
  /** What a bank's app reads (VietQR). */
  readonly code: string
}

/** A transfer of what is due now; none where nothing is, whatever was asked before, and none before a charge has been opened for it to name. */
export function transferNow(
  { charge }: StayFacts,
  quoted: StayQuote,
  account: BankAccount,
  site: SiteId,
): Transfer | null {
  if (charge === null || !quoted.ok || quoted.due.amount === 0) return null
  const reference = transferReference(charge.charge.id, site)
  if (reference === null) return null
  return { amount: quoted.due, account, reference, code: vietQr(account, quoted.due, reference) }
}
