import type { Mode } from './events.ts'
import type { AccountId, ChargeId, ClaimId, MerchantId, SiteId, TransferId } from './ids.ts'
import type { Money } from './money.ts'
import { addMoney } from './money.ts'
import type { Instant } from './time.ts'
import type { SpendIdentity, TokenKind } from './tokens.ts'

/**
 * One movement of money from one account to another: immutable, and mended only by another. A linked set stands or falls together. A pending transfer
 * reserves; one `post` or `void` resolves it, once. (The model is TigerBeetle's.)
 */
export type Transfer = {
  readonly id: TransferId
  readonly debit: AccountId
  readonly credit: AccountId
  readonly amount: Money
  readonly code: TransferCode
  readonly charge: ChargeId | null
  readonly phase: TransferPhase
}

export type TransferPhase =
  | { readonly kind: 'posted' }
  | { readonly kind: 'pending'; readonly expiresAt: Instant }
  | { readonly kind: 'post'; readonly pending: TransferId }
  | { readonly kind: 'void'; readonly pending: TransferId }

export type TransferCode =
  | 'sale'
  | 'market-fee'
  | 'settlement'
  | 'claim-rejected'
  | 'refund'
  | 'debt'
  | 'collected-for'
  | 'correction'

/** How something was paid (architecture, section 4). */
export type Tender = 'token' | 'bank-transfer' | 'pass' | 'validation' | 'cash' | 'cash-on-behalf' | 'waiver' | 'debt'

/** What a token's acceptance opens on its issuer: not yet money. */
export type Claim = {
  readonly id: ClaimId
  readonly issuer: string
  readonly identity: SpendIdentity
  readonly kind: TokenKind
  readonly amount: Money
  readonly charge: ChargeId
  /** The token's text, in the vault. */
  readonly evidence: { readonly ref: string; readonly mac: string }
  readonly presentBy: Instant
}

export type ClaimStatus = 'accepted' | 'presented' | 'settled' | 'rejected'

/** What an issuer owes the site for tokens taken. */
export function issuerAccount(mode: Mode, iss: string): AccountId {
  return `${mode}:issuer:${iss}` as AccountId
}

/** What the site owes a merchant. */
export function merchantAccount(mode: Mode, merchant: MerchantId): AccountId {
  return `${mode}:merchant:${merchant}` as AccountId
}

/** What the market keeps of the sales. */
export function feeAccount(mode: Mode, site: SiteId): AccountId {
  return `${mode}:fees:${site}` as AccountId
}

export const LINKED_TRANSFERS_MAX = 16

export type LedgerFault =
  | 'empty-set'
  | 'too-many-linked'
  | 'zero-amount'
  | 'same-account'
  | 'two-currencies'
  | 'two-modes'
  | 'duplicate-id'

/** Whether a linked set may be written at all; the balances' own limits are looked at by who writes it. */
export function checkLinkedSet(transfers: readonly Transfer[]): LedgerFault | undefined {
  const first = transfers[0]
  if (first === undefined) return 'empty-set'
  if (transfers.length > LINKED_TRANSFERS_MAX) return 'too-many-linked'
  if (new Set(transfers.map((transfer) => transfer.id)).size < transfers.length) return 'duplicate-id'
  const mode = modeOf(first.debit)
  for (const transfer of transfers) {
    if (transfer.amount.amount === 0) return 'zero-amount'
    if (transfer.debit === transfer.credit) return 'same-account'
    if (transfer.amount.currency !== first.amount.currency) return 'two-currencies'
    if (modeOf(transfer.debit) !== mode || modeOf(transfer.credit) !== mode) return 'two-modes'
  }
  return undefined
}

/** The sum of a linked set's amounts; throws on an empty set. */
export function totalOf(transfers: readonly Transfer[]): Money {
  return transfers.map((transfer) => transfer.amount).reduce(addMoney)
}

function modeOf(account: AccountId): string {
  return account.slice(0, account.indexOf(':'))
}
