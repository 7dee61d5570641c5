import type { LaneTimer, Timer } from './events.ts'
import type { ChargeId, ClaimId, DeviceId, DocumentId, MerchantId, PassageId, SessionId } from './ids.ts'
import type { LaneState, Passage, PassageStatus } from './lane/state.ts'
import type { Claim, ClaimStatus, Tender, Transfer } from './ledger.ts'
import type { Mode } from './mode.ts'
import type { Money } from './money.ts'
import type { ParkingChange } from './parking/changes.ts'
import type { BundleKind, BundleVersion, Device, Place } from './site.ts'
import type { Instant, LocalDay } from './time.ts'
import type { SpendIdentity, TokenKind } from './tokens.ts'

/**
 * Everything that a record does to the books, spelled out: `project` writes each of them and decides nothing (architecture, section 1).
 */
export type Change = ChangeOfSite | ParkingChange

/** What any site's books hold, with a car park or without. */
export type ChangeOfSite =
  | { readonly kind: 'charge-opened'; readonly charge: Charge }
  | {
      readonly kind: 'charge-closed'
      readonly charge: ChargeId
      readonly status: 'paid' | 'cancelled' | 'expired'
      readonly at: Instant
    }
  | {
      readonly kind: 'payment-taken'
      readonly charge: ChargeId
      readonly tender: Tender
      readonly amount: Money
      readonly claim: ClaimId | null
      /** The payer's pseudonym of the day, where a payer is known. */
      readonly payer: string | null
      readonly at: Instant
    }
  | { readonly kind: 'token-spent'; readonly spent: Spent }
  | { readonly kind: 'transfers'; readonly linked: readonly Transfer[] }
  | { readonly kind: 'claim-opened'; readonly claim: Claim; readonly mode: Mode }
  | { readonly kind: 'claim-moved'; readonly claim: ClaimId; readonly status: ClaimStatus; readonly at: Instant }
  /** The payer's total of the day and the exposure rise by this. */
  | {
      readonly kind: 'risk-taken'
      readonly payer: string
      readonly day: LocalDay
      readonly issuer: string
      readonly amount: Money
      readonly mode: Mode
    }
  | { readonly kind: 'passage-granted'; readonly passage: Passage }
  | {
      readonly kind: 'passage-moved'
      readonly passage: PassageId
      readonly status: PassageStatus
      readonly at: Instant
    }
  | { readonly kind: 'pass-side'; readonly iss: string; readonly jti: string; readonly side: 'inside' | 'outside' }
  | { readonly kind: 'lane-state'; readonly state: LaneState }
  | { readonly kind: 'timer-set'; readonly id: string; readonly dueAt: Instant; readonly timer: Timer }
  | { readonly kind: 'timer-cleared'; readonly id: string }
  | {
      readonly kind: 'document-issued'
      readonly id: DocumentId
      readonly typ: 'receipt+jwt' | 'ticket+jwt'
      readonly charge: ChargeId | null
      /** The stay of a ticket. */
      readonly session: SessionId | null
      readonly jws: string
    }
  | {
      readonly kind: 'bundle-current'
      readonly bundle: BundleKind
      readonly version: BundleVersion
      readonly hash: string
      readonly issuedAt: Instant
    }
  | { readonly kind: 'device-put'; readonly device: Device }
  | { readonly kind: 'device-revoked'; readonly device: DeviceId }
  | { readonly kind: 'upstream-contact'; readonly at: Instant }
  | { readonly kind: 'values-erased'; readonly refs: readonly string[] }
  /** Rows of the register of what is spent whose tokens nobody could show any more since before `until` go. */
  | { readonly kind: 'spent-forgotten'; readonly until: Instant }

/** What is owed at a stall or a lane. The same row stays open as a debt until some later credit pays it. */
export type Charge = {
  readonly id: ChargeId
  readonly place: Place
  readonly merchant: MerchantId
  readonly due: Money
  readonly mode: Mode
  /** The stay of which it is the one charge; `null` at a stall, and at a lane without a car park behind it. */
  readonly session: SessionId | null
  readonly openedAt: Instant
  readonly expiresAt: Instant
}

export type ChargeStatus = 'open' | 'paid' | 'cancelled' | 'expired' | 'owed'

/** One row of the site's only register of what has been spent. */
export type Spent = {
  readonly identity: SpendIdentity
  readonly kind: TokenKind
  readonly place: Place
  readonly charge: ChargeId | null
  readonly passage: PassageId | null
  readonly amount: Money | null
  /** The row lives at least as long as the token or its credential could be shown. */
  readonly until: Instant
}

/** The name of a timer's row: setting it again moves it. */
export function timerId(timer: Timer): string {
  switch (timer.purpose) {
    case 'charge-expires':
      return `charge-expires:${timer.charge}`
    case 'passage-lapses':
      return `passage-lapses:${timer.passage}`
    case 'barrier-answer':
    case 'passage-due':
    case 'close-due':
    case 'up-due':
    case 'quote-lapses':
    case 'unpaid-due':
      return laneTimerId(timer)
    case 'pass-sale-due':
      return `pass-sale-due:${timer.charge}`
    case 'on-behalf-due':
      return `on-behalf-due:${timer.charge}`
    case 'paid-stay-due':
      return `paid-stay-due:${timer.session}`
  }
}

/** A lane waits for one thing of each purpose, so its name needs no more of it. */
export function laneTimerId({ purpose, lane }: Pick<LaneTimer, 'purpose' | 'lane'>): string {
  return `${purpose}:${lane}`
}

/** Whether it is of the car park's own tables. */
export function isChangeOfCarPark(change: Change): change is ParkingChange {
  return change.kind in ofCarPark
}

const ofCarPark: Record<ParkingChange['kind'], true> = {
  'session-begun': true,
  'session-moved': true,
  'session-known-by': true,
  'session-renamed': true,
  'session-charged': true,
  'session-entered': true,
  'session-settled': true,
  'passback-reset': true,
  'session-class': true,
  'segments-written': true,
  'charge-raised': true,
  'charge-asked-with': true,
  'charge-owed': true,
  'charge-reckoned': true,
  'charge-overpaid': true,
  'charge-paid-beyond': true,
  'charge-refunded': true,
  'credit-put': true,
  'credit-reversed': true,
  'occupancy-moved': true,
  'occupancy-corrected': true,
  sighted: true,
  'right-put': true,
  'right-status': true,
  'right-coded': true,
  'pass-sale-put': true,
  'validation-borne': true,
  'case-opened': true,
  'case-ended': true,
}
