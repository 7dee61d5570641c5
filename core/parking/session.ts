import type {
  CaseId,
  ChargeId,
  DocumentId,
  LaneId,
  MerchantId,
  PlaceId,
  RightId,
  SessionId,
  VehicleClass,
} from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Instant, LocalDay } from '../time.ts'

/**
 * One stay of one vehicle, from the loop at the entry to the closed barrier behind it (APDS Session). It begins when a vehicle is let in and counts from the moment at
 * which the loops have shown it inside.
 */
export type Session = {
  readonly id: SessionId
  readonly mode: Mode
  readonly vehicleClass: VehicleClass
  /** Where the vehicle is now: the innermost place. */
  readonly place: PlaceId
  readonly entry: SessionEntry
  /** What it can be known by at the exit; several at a time, in the order in which they were named first. */
  readonly credentials: readonly SessionCredential[]
  readonly status: SessionStatus
  /** What it owes, once anybody has asked; one charge for the whole stay. */
  readonly charge: ChargeId | null
  /** The last time at which everything that was asked had been paid: the grace counts from there. */
  readonly settledAt: Instant | null
  /** The grace of the tariff by which that was paid: it is kept also when that tariff is taken back. Absent: its class was put right since, nothing was paid, or by a record of before this was kept. */
  readonly graceMs?: number
}

/**
 * `entering`: let in, and not yet seen inside. `inside`: it counts. `leaving`: let out, and not yet seen outside. `left`: over; what it owes stays with the charge.
 * `void`: let in and never came in. `closed`: ended by staff, with a reason; or void, and gone on as another stay, as which its ticket works from then on.
 */
export type SessionStatus = 'entering' | 'inside' | 'leaving' | 'left' | 'void' | 'closed'

/** How a session may move. A vehicle that was let out and stays is inside again; one that was let in and turned round is void, and closed where it was inside after all: then another stay goes on, once. */
export const sessionMoves: Record<SessionStatus, readonly SessionStatus[]> = {
  entering: ['inside', 'void', 'closed'],
  inside: ['leaving', 'left', 'closed'],
  leaving: ['inside', 'left', 'closed'],
  left: [],
  void: ['closed'],
  closed: [],
}

/** Nothing moves it any more. What its charge still asks is owed. */
export function isOver({ status }: Pick<Session, 'status'>): boolean {
  return status === 'left' || status === 'void' || status === 'closed'
}

/** Of several plates by which a stay is known the one that a camera was surest of, or that staff wrote; of equals the one that was named last. */
export function surestPlate({ credentials }: Pick<Session, 'credentials'>): PlateValue | null {
  let surest: Extract<SessionCredential, { kind: 'plate' }> | null = null
  for (const each of credentials) {
    if (each.kind !== 'plate') continue
    if (surest === null || each.confidencePermille >= surest.confidencePermille) surest = each
  }
  return surest?.plate ?? null
}

export type SessionEntry = {
  readonly lane: LaneId
  readonly at: Instant
  readonly by: SessionCredential['kind'] | 'staff'
  /** A ticket whose entry these books do not know: the session was begun from the ticket alone. */
  readonly isFromTicket: boolean
  /** The clock was not trusted when it came in: nothing is reckoned from `at`. Absent where it was, and in records of before this was kept. */
  readonly isUnsure?: true
}

/**
 * What a record may hold of a plate, all three of one period: the pseudonym of what is written on it, that of what cameras take for it (equal for plates that may be one),
 * and that of its end, by which staff look for it.
 */
export type PlateValue = PersonalValue & { readonly likeness: string; readonly tail: string }

/**
 * By what a session is found. `plate` and `payer` are pseudonyms of a period (HMAC under the period's salt): after its salt is erased nobody can join them to anybody.
 */
export type SessionCredential =
  | { readonly kind: 'ticket'; readonly ticket: DocumentId }
  | { readonly kind: 'plate'; readonly plate: PlateValue; readonly confidencePermille: number }
  | { readonly kind: 'payer'; readonly payer: PersonalValue }
  | { readonly kind: 'right'; readonly right: RightId }

/** A part of a stay under one right and one version of a rate table (APDS Segment). Written when the session ends, and shown by each quote before. */
export type Segment = {
  readonly session: SessionId
  readonly index: number
  readonly place: PlaceId
  readonly from: Instant
  readonly until: Instant
  /** The clock was not trusted when it ended: neither this part nor the next is reckoned from `until`. Absent where it was. */
  readonly isUntilUnsure?: true
  readonly tariff: { readonly id: string; readonly version: string } | null
  readonly right: RightId | null
  readonly amount: Money
}

/** A plate that a person has read: as sure as anybody can be. */
export function plateReadByPerson(plate: PlateValue): Extract<SessionCredential, { kind: 'plate' }> {
  return { kind: 'plate', plate, confidencePermille: 1000 }
}

/** What changes what is due (APDS AssignedRight): a pass of the operator, or a merchant's validation of one stay. */
export type AssignedRight = {
  readonly id: RightId
  readonly kind: 'pass' | 'validation'
  /** `unpaid`: it was sold, and is in force from its payment. */
  readonly status: 'active' | 'suspended' | 'ended' | 'unpaid'
  /** To whom it was issued. `null`: nobody was named, or its record is of before names had a place in the vault. */
  readonly holder: PersonalValue | null
  readonly places: readonly PlaceId[]
  readonly vehicleClasses: readonly VehicleClass[]
  /** Pseudonyms of the plates that it is for; empty for a right that is shown as a code only. */
  readonly plates: readonly PlateValue[]
  /** How many of its vehicles may be inside under it at once: several plates and one space let the first in park free. */
  readonly spaces: number
  readonly validFrom: Instant
  readonly validUntil: Instant
  readonly hours: readonly RightHours[]
  /** When it was suspended or ended, the oldest first, none within another: it counts for nothing then, and before and after as it did. Absent: never, or nobody knows of it. */
  readonly away?: readonly RightAway[]
  /** The code that stands for it: none but the one that was issued last. `null`: a code that the operator signed elsewhere, with the right's own id. */
  readonly code: { readonly id: DocumentId; readonly issuedAt: Instant } | null
  /** The merchant that gave a validation and bears it, and on which local day. `null` for a pass, and for what the site itself gives. */
  readonly given: { readonly merchant: MerchantId; readonly on: LocalDay } | null
  /** The one stay that a validation is for. */
  readonly session: SessionId | null
  readonly relief: Relief
}

/**
 * `[from, until)`; `null`: it still is. `asked`, while it still is, of a right that is for one stay: how that stood when it began, which no clock can turn round. Absent: of other rights, and in records of before this was kept.
 */
export type RightAway = { readonly from: Instant; readonly until: Instant | null; readonly asked?: AskedBefore }

/** `nothing`: its stay was inside and had been asked nothing. `something`: it had been, or was let out; `settledAt` is the stay's of then. */
export type AskedBefore =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'something'; readonly settledAt: Instant | null }

/** ISO weekdays and minutes of the local day `[from, to)`; `to` before `from` runs over midnight. */
export type RightHours = {
  readonly weekdays: readonly number[]
  readonly fromMinute: number
  readonly toMinute: number
}

/** What a right takes off: the time that it covers, so much of the stay's beginning, an amount, or a share in basis points rounded in the payer's favour. */
export type Relief =
  | { readonly kind: 'covers' }
  | { readonly kind: 'first-minutes'; readonly minutes: number }
  | { readonly kind: 'amount'; readonly amount: Money }
  | { readonly kind: 'share'; readonly basisPoints: number }

/** Something that a person has to look at and end with a reason. */
export type StaffCase = {
  readonly id: CaseId
  readonly kind: StaffCaseKind
  readonly mode: Mode
  readonly lane: LaneId | null
  readonly session: SessionId | null
  readonly charge: ChargeId | null
  readonly openedAt: Instant
  /** Places in the vault of the pictures that tell what happened, and of the plate that somebody wrote down. */
  readonly pictures: readonly string[]
  readonly status: 'open' | 'ended'
}

/** What ends a case by itself: something happened that answers it. */
export const CASE_EVENTS = [
  'it has left',
  'the stay was found',
  'the camera at the exit has seen it',
  'given back',
  'moved to another charge',
  'it has paid',
] as const

export type CaseEvent = (typeof CASE_EVENTS)[number]

/** Why a case has ended: what happened, or the place in the vault of what somebody typed. In records of before the text of that stands here. */
export type CaseAnswer = CaseEvent | PersonalValue | null

export type StaffCaseKind =
  | 'plate-mismatch'
  | 'class-unclear'
  | 'class-mismatch'
  | 'exit-without-entry'
  | 'second-entry'
  | 'forced-open'
  | 'tailgating'
  /** An arm said that it opened, and did not. */
  | 'stuck-closed'
  /** A loop under an arm that is up cannot be heard: the arm stays up. */
  | 'loop-away'
  | 'no-tariff'
  | 'overpaid'
  | 'paid-never-left'
  | 'left-unpaid'
  | 'plate-unreadable'
  | 'count-differs'
  | 'time-unclear'
  | 'stay-too-long'
  /** Money came by the bank, and nobody knows what for. */
  | 'credit-unmatched'
  /** What a stay costs nobody could say when it was paid by hand or left: it is to be reckoned, or said by a supervisor. */
  | 'not-reckoned'
  /** Somebody stands at an exit and does not pay, or cannot. */
  | 'unpaid-at-lane'
  /** A code that this box has signed before a restore names a pass that its books do not have: it was sold since the backup that was put back. */
  | 'pass-lost'
  /** Staff took cash to transfer it themselves, and no bank has told of it. */
  | 'on-behalf'
  /** What was handed in late does not fit the books: nothing was moved by it. */
  | 'late-evidence'

/** Why late evidence does not fit what the books know. */
export type Misfit =
  | 'no-stay'
  | 'several-stays'
  | 'already-inside'
  | 'already-over'
  | 'before-last-fact'
  | 'plate-mismatch'
