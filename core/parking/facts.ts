import type { ChargeFacts, LaneFacts, PersonalValue } from '../facts.ts'
import type { PlaceId, RightId, SessionId, VehicleClass } from '../ids.ts'
import type { Passage } from '../lane-state.ts'
import type { BundleVersion } from '../site.ts'
import type { Instant } from '../time.ts'
import type { ParkingEvent } from './events.ts'
import type { LaneParking, ParkingLayout, ParkingPolicy } from './place.ts'
import type { ParkingPersonal } from './recorded.ts'
import type { AssignedRight, PlateValue, Segment, Session, StaffCase } from './session.ts'

type EventOf<Kind extends ParkingEvent['kind']> = Extract<ParkingEvent, { kind: Kind }>

/** What every decision about a car park is given. There is none where the layout or the policy says nothing of a car park. */
export type ParkingCommon = {
  readonly layout: ParkingLayout
  readonly policy: ParkingPolicy
  readonly tariffs: TariffsInForce | null
  /** What stands where, of the mode in which is asked. A place and class that are not listed have nobody. */
  readonly occupancy: readonly OccupancyCount[]
}

/** The tariffs that the site uses now, as their bundle states them, and which version of it that is. */
export type TariffsInForce = { readonly version: BundleVersion; readonly content: unknown }

export type OccupancyCount = {
  readonly place: PlaceId
  readonly vehicleClass: VehicleClass
  readonly count: number
}

/** What the books say of one stay. */
export type StayFacts = {
  readonly session: Session
  /** When it last changed its status, and when staff last let it in or out again in spite of anti-passback. */
  readonly movedAt: Instant
  readonly passbackResetAt: Instant | null
  readonly charge: StayCharge | null
  /** The right to pass by which it is going in or out: not used up, and not lapsed. */
  readonly passage: Passage | null
  /** The newest picture that was taken of it, where one was. */
  readonly picture: PersonalValue | null
  /** What has been written of its segments: a stay that has gone from one place into another has some before it ends. */
  readonly segments: readonly Segment[]
  /** The rights that it is known by, and the validations that are for it; at most `RIGHTS_READ_MAX`. */
  readonly rights: readonly RightFacts[]
  /** Its open cases, the oldest first; at most `CASES_READ_MAX`. */
  readonly cases: readonly StaffCase[]
}

/** The charge of a stay. `overpaid` came beyond what was due and is to be given back; `refunded` has been given back. */
export type StayCharge = ChargeFacts & { readonly overpaid: number; readonly refunded: number }

export type RightFacts = {
  readonly right: AssignedRight
  /** Open stays under it, of the mode in which is asked: those that are not the stay that is spoken of. */
  readonly others: number
}

/** An open stay, and by what it was found. `plate-candidate`: by what the reading might have been. */
export type FoundStay = {
  readonly by: 'ticket' | 'plate' | 'plate-candidate' | 'payer' | 'right' | 'staff'
  readonly stay: StayFacts
  /**
   * How the plate that was read, or stands in the visit, goes with the stay's own: `same` or a `candidate` of it under any salt that is still there; `unknown` where
   * no plate was read, or the stay has none.
   */
  readonly plate: 'same' | 'candidate' | 'other' | 'unknown'
}

/** What a plate owes from before: a charge whose vehicle has left. */
export type DebtFacts = { readonly charge: StayCharge; readonly session: SessionId }

/** What the books say of the car park at one lane. */
export type LaneParkingFacts = ParkingCommon & {
  readonly lane: LaneParking
  /** The stay that the lane's visit names. */
  readonly visiting: StayFacts | null
  /** The stay of the passage that the lane's phase speaks of. */
  readonly passing: StayFacts | null
  /** What the event named, and what was found by it. Empty where it named nothing: a loop, an arm. */
  readonly shown: ShownFacts
  /** Open cases of the lane that are of no stay, the oldest first; at most `CASES_READ_MAX`. */
  readonly cases: readonly StaffCase[]
}

/** What was shown or seen at a lane, and all that the books find by it. */
export type ShownFacts = {
  /** The readings' pseudonyms of this period, in the order in which the camera gave them; `null` for a text that is no plate. */
  readonly plates: readonly (PlateValue | null)[]
  readonly picture: PersonalValue | null
  /** The payer's pseudonym of this period. */
  readonly payer: PersonalValue | null
  /**
   * Open stays of the mode in which is asked: exact finds first, then those whose plate cameras take for the one that was read; each once, at most
   * `STAYS_READ_MAX`. Where the event names no plate, the visit's is looked up. The stay that a ticket or staff name stands here also when it is over.
   */
  readonly found: readonly FoundStay[]
  /** What the plate that was read (or stands in the visit) owes, the oldest first; at most `DEBTS_READ_MAX`. */
  readonly debts: readonly DebtFacts[]
  /** Rights of the plate or of the pass that was shown; at most `RIGHTS_READ_MAX`. */
  readonly rights: readonly RightFacts[]
  /** The newest sighting of the same plate at this lane, where it is within `sightingWindowMs`. */
  readonly lastSighting: { readonly at: Instant; readonly session: SessionId | null } | null
}

export const STAYS_READ_MAX = 8
export const DEBTS_READ_MAX = 32
export const RIGHTS_READ_MAX = 8
export const CASES_READ_MAX = 16

export const NOTHING_SHOWN: ShownFacts = {
  plates: [],
  picture: null,
  payer: null,
  found: [],
  debts: [],
  rights: [],
  lastSighting: null,
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
    }
  | {
      readonly kind: 'session-corrected'
      readonly body: EventOf<'session-corrected'>
      readonly parking: ParkingCommon | null
      readonly stay: StayFacts | null
      /** The pseudonym of the plate that is to be put right, and the open stays that are known by it already. */
      readonly shown: ShownFacts
    }
  | {
      readonly kind: 'cash-taken' | 'bank-credit' | 'refund'
      readonly body: EventOf<'cash-taken' | 'bank-credit' | 'refund'>
      readonly parking: ParkingCommon | null
      readonly charge: StayCharge | null
      /** The stay of the charge, open or over. */
      readonly stay: StayFacts | null
    }
  | {
      readonly kind: 'right-put'
      readonly body: EventOf<'right-put'>
      readonly parking: ParkingCommon | null
      readonly known: RightFacts | null
      /** Pseudonyms of the event's plates under the salt of rights, in its order; `null` for a text that is no plate. */
      readonly plates: readonly (PlateValue | null)[]
    }
  | {
      readonly kind: 'right-status'
      readonly body: EventOf<'right-status'>
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
    }

/** What a record may hold of the event's personal values. */
export function personalOf(question: ParkingQuestion): ParkingPersonal | null {
  switch (question.kind) {
    case 'plate-seen':
      return question.lane.parking?.shown ?? null
    case 'session-corrected':
      return question.shown
    case 'right-put':
      return { plates: question.plates, picture: null }
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'session-quoted':
    case 'cash-taken':
    case 'bank-credit':
    case 'refund':
    case 'right-status':
    case 'occupancy-corrected':
    case 'case-ended':
      return null
  }
}

/** The right of that id among these. */
export function rightIn(rights: readonly RightFacts[], id: RightId): RightFacts | undefined {
  return rights.find(({ right }) => right.id === id)
}
