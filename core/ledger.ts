import type { AccountId, ChargeId, ClaimId, MerchantId, SiteId, TransferId } from './ids.ts'
import type { Mode } from './mode.ts'
import type { CurrencyCode, Money } from './money.ts'
import { addMoney, isAmount } from './money.ts'
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
  /** Beyond what was due: to be given back. */
  | 'overpaid'
  /** What a right, a validation, a supervisor, late evidence or a correction let go. */
  | 'relief'
  | 'collected-for'
  | 'correction'
  /** The price of a pass, and what of it went back because it was refunded or the sale came to nothing. */
  | 'pass-sale'
  | 'pass-return'

/** How something was paid (architecture, section 4). */
export type Tender =
  | 'token'
  | 'bank-transfer'
  | 'pass'
  | 'validation'
  | 'cash'
  | 'cash-on-behalf'
  | 'waiver'
  | 'late-evidence'
  | 'correction'
  | 'debt'

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

/** How a claim may move, and whether it is at risk there: the exposure falls when a claim leaves what is at risk, and never before (architecture, section 4). */
export const claimPolicy: Record<ClaimStatus, { readonly next: readonly ClaimStatus[]; readonly isAtRisk: boolean }> = {
  accepted: { next: ['presented'], isAtRisk: true },
  presented: { next: ['settled', 'rejected'], isAtRisk: true },
  settled: { next: [], isAtRisk: false },
  rejected: { next: [], isAtRisk: false },
}

export type ClaimMove =
  | { readonly ok: true /** What the exposure falls by. */; readonly releases: number }
  | { readonly ok: false; readonly fault: 'claim-move' }

/** Moves a claim one step. Refuses a step that `claimPolicy` does not name, the same status again among them. */
export function moveClaim(claim: Claim, from: ClaimStatus, to: ClaimStatus): ClaimMove {
  if (!claimPolicy[from].next.includes(to)) return { ok: false, fault: 'claim-move' }
  const isReleased = claimPolicy[from].isAtRisk && !claimPolicy[to].isAtRisk
  return { ok: true, releases: isReleased ? claim.amount.amount : 0 }
}

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

/** What vehicles that have left unpaid owe the car park. */
export function debtsAccount(mode: Mode, site: SiteId): AccountId {
  return `${mode}:debts:${site}` as AccountId
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
  | 'account-currency'
  | 'balance-overflow'
  | 'pending-unknown'
  | 'pending-resolved'
  | 'pending-expired'
  | 'pending-mismatch'
  | 'pending-exceeded'

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

/** What one account has been debited and credited with, in all, and what is reserved. Each is at most 2^53 - 1. */
export type Balance = {
  readonly currency: CurrencyCode
  readonly debitsPosted: number
  readonly creditsPosted: number
  readonly debitsPending: number
  readonly creditsPending: number
}

/** A pending transfer and how it ended. One whose time is over cannot be posted any more; it is resolved by a `void`. */
export type Reservation = {
  readonly transfer: Transfer
  readonly expiresAt: Instant
  readonly status: ReservationStatus
}

export type ReservationStatus = 'pending' | 'posted' | 'voided'

/** How a reservation may move: it is resolved once. */
export const reservationMoves: Record<ReservationStatus, readonly ReservationStatus[]> = {
  pending: ['posted', 'voided'],
  posted: [],
  voided: [],
}

/** The books of accounts as a value: what `db/` keeps in tables. */
export type Ledger = {
  readonly accounts: ReadonlyMap<AccountId, Balance>
  readonly reservations: ReadonlyMap<TransferId, Reservation>
  readonly ids: ReadonlySet<TransferId>
}

export const EMPTY_LEDGER: Ledger = { accounts: new Map(), reservations: new Map(), ids: new Set() }

/** What one transfer adds to its debit account's debits and to its credit account's credits. */
export type Movement = { readonly posted: number; readonly pending: number }

export type Applied =
  | { readonly ok: true; readonly ledger: Ledger }
  | { readonly ok: false; readonly fault: LedgerFault }

/** Applies a linked set: all of it, or nothing. Refuses what `checkLinkedSet` and `applyTransfer` refuse. */
export function applyLinkedSet(ledger: Ledger, linked: readonly Transfer[], at: Instant): Applied {
  const fault = checkLinkedSet(linked)
  if (fault !== undefined) return { ok: false, fault }
  let applied: Applied = { ok: true, ledger }
  for (const transfer of linked) {
    applied = applyTransfer(applied.ledger, transfer, at)
    if (!applied.ok) return applied
  }
  return applied
}

/**
 * Applies one transfer. `posted` moves money; `pending` reserves it; `post` moves at most what was reserved, between the same accounts, before its time is over, and
 * gives the rest free; `void` gives all of it free. Refuses an id that was used before, an account in another currency, a reservation that is
 * unknown or resolved, and a balance beyond 2^53 - 1.
 */
export function applyTransfer(ledger: Ledger, transfer: Transfer, at: Instant): Applied {
  const { id, phase } = transfer
  if (ledger.ids.has(id)) return { ok: false, fault: 'duplicate-id' }
  if (transfer.debit === transfer.credit) return { ok: false, fault: 'same-account' }
  switch (phase.kind) {
    case 'posted':
      return book(ledger, transfer, transfer)
    case 'pending':
      return book(ledger, transfer, transfer, { transfer, expiresAt: phase.expiresAt, status: 'pending' })
    case 'post':
    case 'void': {
      const reservation = ledger.reservations.get(phase.pending)
      const judged = resolveReservation(transfer, phase.kind, reservation, at)
      if (!judged.ok) return judged
      return book(ledger, transfer, judged.reservation.transfer, judged.reservation)
    }
  }
}

/** What a transfer moves. `pending` is the transfer that a `post` or a `void` resolves: all that it had reserved is free again. */
export function movementOf({ amount, phase }: Transfer, pending: Transfer): Movement {
  switch (phase.kind) {
    case 'posted':
      return { posted: amount.amount, pending: 0 }
    case 'pending':
      return { posted: 0, pending: amount.amount }
    case 'post':
      return { posted: amount.amount, pending: -pending.amount.amount }
    case 'void':
      return { posted: 0, pending: -pending.amount.amount }
  }
}

export type Resolved =
  | { readonly ok: true /** As it stands afterwards. */; readonly reservation: Reservation }
  | { readonly ok: false; readonly fault: LedgerFault }

/** What becomes of a reservation by a `post` or a `void` at `at`: the one rule, for the books as a value and for their tables. */
export function resolveReservation(
  transfer: Transfer,
  kind: 'post' | 'void',
  reservation: Reservation | undefined,
  at: Instant,
): Resolved {
  if (reservation === undefined) return { ok: false, fault: 'pending-unknown' }
  const status = RESOLVED[kind]
  const fault = judgeResolution(transfer, reservation, status, at)
  return fault === undefined ? { ok: true, reservation: { ...reservation, status } } : { ok: false, fault }
}

const RESOLVED = { post: 'posted', void: 'voided' } as const satisfies Record<'post' | 'void', ReservationStatus>

function judgeResolution(
  { debit, credit, amount }: Transfer,
  { transfer: reserved, expiresAt, status }: Reservation,
  next: ReservationStatus,
  at: Instant,
): LedgerFault | undefined {
  if (!reservationMoves[status].includes(next)) return 'pending-resolved'
  if (debit !== reserved.debit || credit !== reserved.credit) return 'pending-mismatch'
  if (amount.currency !== reserved.amount.currency) return 'pending-mismatch'
  if (next === 'voided') return amount.amount === reserved.amount.amount ? undefined : 'pending-mismatch'
  if (at >= expiresAt) return 'pending-expired'
  return amount.amount > reserved.amount.amount ? 'pending-exceeded' : undefined
}

function book(ledger: Ledger, transfer: Transfer, pending: Transfer, reservation?: Reservation): Applied {
  const { id, debit, credit, amount } = transfer
  const { posted, pending: reserved } = movementOf(transfer, pending)
  const from = balanceOf(ledger, debit, amount.currency)
  const to = balanceOf(ledger, credit, amount.currency)
  if (from.currency !== amount.currency || to.currency !== amount.currency)
    return { ok: false, fault: 'account-currency' }
  const debited = {
    ...from,
    debitsPosted: from.debitsPosted + posted,
    debitsPending: from.debitsPending + reserved,
  }
  const credited = {
    ...to,
    creditsPosted: to.creditsPosted + posted,
    creditsPending: to.creditsPending + reserved,
  }
  if (!isWithinLimits(debited) || !isWithinLimits(credited)) return { ok: false, fault: 'balance-overflow' }
  const accounts = new Map(ledger.accounts).set(debit, debited).set(credit, credited)
  const reservations =
    reservation === undefined
      ? ledger.reservations
      : new Map(ledger.reservations).set(reservation.transfer.id, reservation)
  return { ok: true, ledger: { accounts, reservations, ids: new Set(ledger.ids).add(id) } }
}

function balanceOf({ accounts }: Ledger, account: AccountId, currency: CurrencyCode): Balance {
  const empty = { currency, debitsPosted: 0, creditsPosted: 0, debitsPending: 0, creditsPending: 0 }
  return accounts.get(account) ?? empty
}

function isWithinLimits(balance: Balance): boolean {
  const { debitsPosted, creditsPosted, debitsPending, creditsPending } = balance
  return [debitsPosted, creditsPosted, debitsPending, creditsPending].every(isAmount)
}

function modeOf(account: AccountId): string {
  return account.slice(0, account.indexOf(':'))
}
