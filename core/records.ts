import type { Change } from './changes.ts'
import type { Effect } from './effects.ts'
import type { Actor, ClockAccepted, EventBody, OccurredAt, ScanEvent } from './events.ts'
import type {
  CaseId,
  ChargeId,
  DocumentId,
  EventKey,
  GatewayId,
  PassageId,
  RightId,
  SessionId,
  SiteId,
  VehicleClass,
} from './ids.ts'
import type { Mode } from './mode.ts'
import type { Money } from './money.ts'
import type { ParkingEvent } from './parking/events.ts'
import type { RecordedParkingEvent } from './parking/recorded.ts'
import type { Misfit, StaffCaseKind } from './parking/session.ts'
import type { RecordedReason } from './personal-value.ts'
import type { Refusal } from './refusals.ts'
import type { BundleVersion } from './site.ts'
import type { ClockTrust, Instant } from './time.ts'
import type { OverrideToken, PresentedToken } from './tokens.ts'

/** The version of the records' own form. */
export const RECORD_VERSION = 1

/**
 * One row of the journal. `hash` is SHA-256 over the canonical JSON (RFC 8785) of all other members (architecture, section 3); `prev` is the hash of the row before.
 */
export type JournalRecord = {
  readonly v: typeof RECORD_VERSION
  readonly site: SiteId
  readonly gateway: GatewayId
  readonly epoch: number
  readonly seq: number
  readonly prev: string
  readonly key: EventKey
  readonly kind: RecordKind
  readonly at: Instant
  readonly clock: ClockTrust
  readonly body: RecordBody
}

export type RecordKind = RecordBody['kind']

export type RecordBody =
  | DecisionBody
  /** Our own code threw on this event: parked, and can be run again. */
  | {
      readonly kind: 'fault'
      /** Without its body where that has no place in a record: it is parked, whole, all the same. */
      readonly event: Omit<RecordedEvent, 'body'> & { readonly body: RecordedEventBody | null }
      readonly error: string
      readonly changes: readonly Change[]
      readonly effects: readonly []
    }
  | GenesisBody
  | SnapshotBody

/** Everything that decided, and everything that was decided. */
export type DecisionBody = {
  readonly kind: 'decision'
  readonly event: RecordedEvent
  readonly basis: Basis
  readonly outcome: Outcome
  readonly subject: Subject
  readonly changes: readonly Change[]
  readonly effects: readonly Effect[]
}

/** What a record is about, for look-ups. */
export type Subject = {
  readonly charge: ChargeId | null
  readonly passage: PassageId | null
  readonly session: SessionId | null
}

/** The first record of an epoch. A later epoch names the one that it grew from. */
export type GenesisBody = {
  readonly kind: 'genesis'
  readonly reason: 'new' | 'restored' | 'behind-head'
  readonly parent: { readonly epoch: number; readonly seq: number; readonly hash: string } | null
  /** The newest head that this box remembers beside the books, where it is ahead of the parent. */
  readonly lost: { readonly epoch: number; readonly seq: number; readonly hash: string } | null
  /** What is known no more of the lanes, where the books were put back (core/lane/epoch.ts). */
  readonly changes: readonly Change[]
  readonly effects: readonly []
}

/** Stands in for the rows up to `upTo`, which may then be dropped. `digest` names the projections as they were there. */
export type SnapshotBody = {
  readonly kind: 'snapshot'
  readonly upTo: { readonly epoch: number; readonly seq: number; readonly hash: string }
  readonly digest: string
  readonly changes: readonly []
  readonly effects: readonly []
}

/** The event without personal values: those stay in the vault under `personal`. */
export type RecordedEvent = {
  /** HMAC of the event's `bodyHash` under a salt that stands with the answer and goes with it, and with any personal value of the record: what came cannot be guessed from it. In records of before, the hash itself. */
  readonly bodyHash: string
  readonly actor: Actor
  readonly mode: Mode
  readonly occurredAt: OccurredAt
  readonly causedBy: EventKey | null
  /** It had been parked, and was run again. */
  readonly isRerun?: true
  readonly body: RecordedEventBody
}

export type RecordedEventBody =
  | Exclude<EventBody, ScanEvent | ParkingEvent | OpenByHand | ClockAccepted>
  | (Omit<OpenByHand, 'reason'> & { readonly reason: RecordedReason })
  | (Omit<ClockAccepted, 'reason'> & { readonly reason: RecordedReason })
  | RecordedScan
  | RecordedParkingEvent

type OpenByHand = Extract<EventBody, { kind: 'open-by-hand' }>

export type RecordedScan = Omit<ScanEvent, 'token' | 'evidence'> & {
  readonly token: RecordedToken
  readonly payer: { readonly ref: string; readonly mac: string } | null
}

type RecordedToken =
  | WithoutPayer<Exclude<PresentedToken, OverrideToken>>
  | (Omit<OverrideToken, 'sub' | 'reason'> & { readonly reason: RecordedReason })
type WithoutPayer<Token> = Token extends PresentedToken ? Omit<Token, 'sub'> : never

/** The versions and circumstances under which it was decided. */
export type Basis = {
  readonly policy: BundleVersion | null
  readonly layout: BundleVersion | null
  readonly keySet: BundleVersion | null
  readonly denyList: BundleVersion | null
  readonly tariffs: BundleVersion | null
  readonly barrierPresent: boolean | null
}

/** What was answered. Refusals are values, never exceptions. */
export type Outcome =
  | { readonly ok: true; readonly kind: 'charge-opened'; readonly charge: ChargeId; readonly due: Money }
  | { readonly ok: true; readonly kind: 'charge-cancelled'; readonly charge: ChargeId }
  | {
      readonly ok: true
      readonly kind: 'paid'
      readonly charge: ChargeId
      readonly amount: Money
      readonly passage: PassageId | null
      readonly receipt: string | null
    }
  | { readonly ok: true; readonly kind: 'let-through'; readonly passage: PassageId }
  | {
      readonly ok: true
      readonly kind: 'already-accepted'
      readonly charge: ChargeId | null
      readonly amount: Money | null
      readonly passage: PassageId | null
    }
  /** What a stay and its plate's debts would cost now; at a lane it holds for as long as is said. */
  | {
      readonly ok: true
      readonly kind: 'amount-asked'
      readonly session: SessionId
      readonly charge: ChargeId
      readonly due: Money
      readonly holdsUntil: Instant | null
    }
  | { readonly ok: true; readonly kind: 'nothing-due'; readonly session: SessionId }
  /** Money for a charge: what of it paid the charge, what the charge still asks, what is still owed of the debts that it was also for, and what is to be given back. */
  | {
      readonly ok: true
      readonly kind: 'credited'
      readonly charge: ChargeId
      readonly amount: Money
      readonly rest: Money
      /** Absent: nothing. */
      readonly debts?: Money
      readonly overpaid: Money
    }
  /** A bank's money of which nobody knows what it is for: it waits for a person. */
  | { readonly ok: true; readonly kind: 'credit-unmatched'; readonly case: CaseId; readonly amount: Money }
  /** Money was given back. `pass`: something of the price of one was, and this is what is left of it: until when it is good still, `null` where it is over. */
  | {
      readonly ok: true
      readonly kind: 'refunded'
      readonly charge: ChargeId
      readonly amount: Money
      /** What of it was of the price, and not of what was too much. Absent in records of before this was said. */
      readonly ofPrice?: Money
      readonly pass?: { readonly right: RightId; readonly goodUntil: Instant | null }
    }
  /** A pass was sold, or renewed by an offer. `due`: what is still to be paid; it is in force in `[validFrom, validUntil)` once that is 0, and for nothing until then (`null`). */
  | {
      readonly ok: true
      readonly kind: 'pass-sold'
      readonly right: RightId
      readonly charge: ChargeId
      readonly price: Money
      readonly due: Money
      readonly dueAt: Instant
      readonly validFrom: Instant | null
      readonly validUntil: Instant | null
    }
  /** A sale that nobody had paid is none any more; what had been paid of it is to be given back. */
  | {
      readonly ok: true
      readonly kind: 'pass-sale-cancelled'
      readonly right: RightId
      readonly charge: ChargeId
      readonly overpaid: Money
    }
  /** A code for a pass was issued: what is signed of it is the same whenever this answer is given again. `vehicleClass`: the first of the right's then, `null` for all. */
  | {
      readonly ok: true
      readonly kind: 'code-issued'
      readonly right: RightId
      readonly code: DocumentId
      readonly issuedAt: Instant
      readonly vehicleClass: VehicleClass | null
    }
  /** Late evidence is in the books: what it did to which stay, and what of the money is booked. */
  | {
      readonly ok: true
      readonly kind: 'evidence-taken'
      readonly stay: 'begun' | 'ended' | 'untouched'
      readonly session: SessionId | null
      readonly charge: ChargeId | null
      /** Of the cash: what paid the stay, and what is to be given back. */
      readonly paid: Money
      readonly overpaid: Money
      /** What is still owed; `null` where nobody can say it yet. */
      readonly owed: Money | null
      /** Why it moved nothing, where it did not fit what the books know. */
      readonly misfit: Misfit | null
      readonly cases: readonly StaffCaseKind[]
    }
  | { readonly ok: true; readonly kind: 'noted' }
  | { readonly ok: false; readonly refusal: Refusal; readonly due: Money | null }
