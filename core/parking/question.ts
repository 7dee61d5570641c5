import type { EventOf, Role } from '../events.ts'
import type { LaneFacts } from '../facts.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Lane } from '../site.ts'
import type { Instant } from '../time.ts'
import type { BankCredit } from './credit.ts'
import type { LateEvidence } from './events.ts'
import type { DebtFacts, ParkingCommon, RightFacts, ShownFacts, StayCharge, StayFacts, Whereabouts } from './facts.ts'
import type { ParkingPersonal } from './recorded.ts'
import type { SaleFacts } from './sale.ts'
import type { PlateValue, StaffCase } from './session.ts'

/** What the books say of a charge that is paid away from a lane, or given back. */
export type PayingFacts = {
  readonly parking: ParkingCommon | null
  readonly charge: StayCharge | null
  /** The stay of the charge, open or over. */
  readonly stay: StayFacts | null
  /** The lane at which its vehicle stands now, by the lane's visit: what was paid lets it out. */
  readonly lane: LaneFacts | null
  /** What was sold for it, where it is a pass’s. */
  readonly sale: SaleFacts | null
  /** What the plate of its stay owes from before, the oldest first; at most `DEBTS_READ_MAX`. */
  readonly debts: readonly DebtFacts[]
  /** What is still owed of the debts that were last asked together with it (`askedWith`). */
  readonly askedWith: readonly DebtFacts[]
}

/** A charge that money is booked to, or taken from. */
export type CreditedCharge = {
  readonly charge: StayCharge | null
  readonly stay: StayFacts | null
  readonly sale: SaleFacts | null
}

/** What the books say of money that a bank tells of, and of the charge that it is for. */
export type CreditFacts = PayingFacts & {
  /** What the books know of this reference already. */
  readonly known: BankCredit | null
}

/** Of a credit of which a person says what it is for. */
export type MovedFacts = CreditFacts & {
  /** Of a credit that is booked: the charges that it was booked to, in the order of its parts. */
  readonly from: readonly CreditedCharge[]
  /** Nobody has ended it by hand. */
  readonly isCaseOpen: boolean
  readonly role: Role | null
}

/** Stays that had come by one moment and left at another, or after it. */
export type LeftWithin = { readonly cameUntil: Instant; readonly leftSince: Instant }

/** What the books say of what an attendant hands in late. */
export type LateEvidenceFacts = {
  readonly parking: ParkingCommon | null
  readonly lane: Lane | null
  /** What the ticket and the plate name, whatever stands at any lane now. */
  readonly shown: ShownFacts
  /** The stay of the plate that has left, and of whose passing this speaks once more. */
  readonly left: StayFacts | null
  /** Open cases of the lane that are of no stay. */
  readonly cases: readonly StaffCase[]
  /** For each stay that was found. */
  readonly known: readonly (Whereabouts & {
    /** When something at a lane, or somebody, had its vehicle before it last, after the time that is asked of (`SHOWS_VEHICLE`). */
    readonly shownAt: Instant | null
  })[]
  /** The books wrote shortly before the time of which it tells, and shortly after: nothing was dead then. */
  readonly wasServing: boolean
  /** Of who hands it in. */
  readonly role: Role | null
}

/** What is asked of the rules of a car park. `parking` is `null` where the site, or the lane, has none. */
export type ParkingQuestion =
  | { readonly kind: 'plate-seen'; readonly body: EventOf<'plate-seen'>; readonly lane: LaneFacts }
  | { readonly kind: 'ticket-asked'; readonly body: EventOf<'ticket-asked'>; readonly lane: LaneFacts }
  | { readonly kind: 'session-chosen'; readonly body: EventOf<'session-chosen'>; readonly lane: LaneFacts }
  | { readonly kind: 'leave-on-debt'; readonly body: EventOf<'leave-on-debt'>; readonly lane: LaneFacts }
  | {
      readonly kind: 'session-quoted'
      readonly body: EventOf<'session-quoted'>
      readonly parking: ParkingCommon | null
      readonly stay: StayFacts | null
      /** The lane at which its vehicle stands now, by the lane's visit. */
      readonly lane: LaneFacts | null
    }
  | {
      readonly kind: 'session-corrected'
      readonly body: EventOf<'session-corrected'>
      /** Of who asks. */
      readonly role: Role | null
      readonly parking: ParkingCommon | null
      readonly stay: StayFacts | null
      /** The pseudonym of the plate that is to be put right, and the open stays that are known by it already. */
      readonly shown: ShownFacts
      /** The lane at which its vehicle stands now, by the lane's visit, or which asks another stay for what it owes. */
      readonly lane: LaneFacts | null
    }
  | {
      readonly kind: 'cash-without-price'
      readonly body: EventOf<'cash-without-price'>
      readonly parking: ParkingCommon | null
      readonly stay: StayFacts | null
      /** The lane at which its vehicle stands now, by the lane's visit. */
      readonly lane: LaneFacts | null
    }
  | {
      readonly kind: 'stay-reckoned'
      readonly body: EventOf<'stay-reckoned'>
      readonly parking: ParkingCommon | null
      readonly stay: StayFacts | null
    }
  | ({
      readonly kind: 'cash-taken' | 'refund' | 'pass-sale-cancelled'
      readonly body: EventOf<'cash-taken' | 'refund' | 'pass-sale-cancelled'>
      /** Of who asks. */
      readonly role: Role | null
    } & PayingFacts)
  | {
      readonly kind: 'pass-sold'
      readonly body: EventOf<'pass-sold'>
      readonly parking: ParkingCommon | null
      readonly known: RightFacts | null
      readonly plates: readonly (PlateValue | null)[]
      readonly holder: PersonalValue | null
    }
  | ({ readonly kind: 'credit-by-charge'; readonly body: EventOf<'credit-by-charge'> } & CreditFacts)
  | ({
      readonly kind: 'credit-by-text'
      readonly body: EventOf<'credit-by-text'>
      readonly text: PersonalValue
    } & CreditFacts)
  | ({ readonly kind: 'credit-moved'; readonly body: EventOf<'credit-moved'> } & MovedFacts)
  | {
      readonly kind: 'right-put'
      readonly body: EventOf<'right-put'>
      readonly parking: ParkingCommon | null
      readonly known: RightFacts | null
      /** Pseudonyms of the event's plates under the salt of rights, in its order; `null` for a text that is no plate. */
      readonly plates: readonly (PlateValue | null)[]
      readonly holder: PersonalValue | null
      /** How many validations its merchant has given today; 0 where none is named. */
      readonly givenToday: number
      /** The one stay that a validation is for. */
      readonly stay: StayFacts | null
      /** Those that ask of a stay which goes by this right. */
      readonly lanes: readonly LaneFacts[]
    }
  | {
      readonly kind: 'right-status'
      readonly body: EventOf<'right-status'>
      readonly parking: ParkingCommon | null
      readonly known: RightFacts | null
      /** The one stay that a validation is for. */
      readonly stay: StayFacts | null
      /** Those that ask of a stay which goes by this right. */
      readonly lanes: readonly LaneFacts[]
      /** The newest time of which these books know that it has come, whatever the clock says. */
      readonly hasCome: Instant
    }
  | {
      readonly kind: 'right-coded'
      readonly body: EventOf<'right-coded'>
      readonly parking: ParkingCommon | null
      readonly known: RightFacts | null
    }
  | {
      readonly kind: 'occupancy-corrected'
      readonly body: EventOf<'occupancy-corrected'>
      readonly parking: ParkingCommon | null
    }
  | {
      readonly kind: 'case-ended'
      readonly body: EventOf<'case-ended'>
      readonly parking: ParkingCommon | null
      readonly known: StaffCase | null
      /** Of a case of money that staff hold: its charge. */
      readonly charge: StayCharge | null
      /** Who ends it: a client's name. */
      readonly by: string
    }
  | { readonly kind: 'late-evidence'; readonly body: LateEvidence; readonly facts: LateEvidenceFacts }

/** What a record may hold of the event's personal values. */
export function personalOf(question: ParkingQuestion): ParkingPersonal | null {
  switch (question.kind) {
    case 'plate-seen':
      return question.lane.parking?.shown ?? null
    case 'session-corrected':
      return question.shown
    case 'late-evidence':
      return question.facts.shown
    case 'right-put':
    case 'pass-sold':
      return { plates: question.plates, picture: null, holder: question.holder }
    case 'credit-by-text':
      return { plates: [], picture: null, text: question.text }
    case 'credit-moved':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'session-quoted':
    case 'cash-taken':
    case 'cash-without-price':
    case 'stay-reckoned':
    case 'credit-by-charge':
    case 'refund':
    case 'pass-sale-cancelled':
    case 'right-status':
    case 'right-coded':
    case 'occupancy-corrected':
    case 'case-ended':
      return null
  }
}
