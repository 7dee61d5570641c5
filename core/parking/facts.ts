import type { Charge, ChargeStatus } from '../changes.ts'
import type { CaseId, ChargeId, PlaceId, SessionId, VehicleClass } from '../ids.ts'
import type { Passage } from '../lane/state.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { BundleVersion } from '../site.ts'
import type { Instant } from '../time.ts'
import type { LaneParking, ParkingLayout, ParkingPolicy } from './place.ts'
import { RIGHTS_MAX } from './quote.ts'
import type { AssignedRight, PlateValue, Segment, Session, StaffCase } from './session.ts'
import type { TariffBook } from './tariff-book.ts'
import type { ZoneRules } from './zone-time.ts'

/** What every decision about a car park is given. There is none where the layout or the policy says nothing of a car park. */
export type ParkingCommon = {
  readonly layout: ParkingLayout
  readonly policy: ParkingPolicy
  readonly tariffs: TariffsInForce | null
  /** What stands where, of the mode in which is asked. A place and class that are not listed have nobody. */
  readonly occupancy: readonly OccupancyCount[]
  /** When upstream, by which a bank's word comes, was last heard of; `null`: never, and the site's setting alone says what is to be expected. */
  readonly upstreamHeardAt: Instant | null
}

/** The tariffs that the site uses now, checked and ready to quote from, which version of their bundle that is, and the local clock by which they reckon. */
export type TariffsInForce = { readonly version: BundleVersion; readonly book: TariffBook; readonly zone: ZoneRules }

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
  /** It has left by late evidence: somebody says so, and no loop has shown it through. */
  readonly isHandedIn?: true
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

/**
 * The charge of a stay. `overpaid` came beyond what was due and is still to be given back; `refunded` has been given back of what was paid; `relief` is what of `paid` no money came for, because a right, a
 * validation or a supervisor let it go; `movedBeyond` came for the charge too, and was more than its stay cost: taken off `paid`, and of one that goes on given back.
 */
export type StayCharge = {
  readonly charge: Charge
  readonly status: ChargeStatus
  readonly paid: number
  readonly overpaid: number
  readonly refunded: number
  readonly relief: number
  readonly movedBeyond: number
  /** The debts that were last asked together with it, at what lane ever, and how much all that was. Absent: it was asked alone. */
  readonly askedWith?: { readonly debts: readonly ChargeId[]; readonly due: number }
  /** Its open case that it left and never paid: over when it has. Absent: none. */
  readonly leftUnpaid?: CaseId
  /** Where it is paid or given back away from a lane: cash that staff took for it and transfer themselves. Absent: they hold none. */
  readonly onBehalf?: OnBehalfFacts
}

/** Cash that somebody took to transfer it themselves, and holds still: a claim on that person. */
export type HeldCash = {
  readonly charge: ChargeId
  /** Who took it: a client's name. `null`: the record that says it has been dropped. */
  readonly by: string | null
  /** The record that took it. */
  readonly seq: number
  readonly amount: number
}

/** What of a charge was taken as cash that staff transfer themselves. */
export type OnBehalfFacts = {
  /** What is still held: of the charge itself, then of what was taken together with it; each the oldest first. */
  readonly held: readonly HeldCash[]
  /** What of `held` whoever asks took themselves, for the charge itself. */
  readonly own: number
  /** The open case that it has not been transferred. */
  readonly case: CaseId | null
}

export type RightFacts = {
  readonly right: AssignedRight
  /** Open stays under it, of the mode in which is asked: those that are not the stay that is spoken of. */
  readonly others: number
  /** It was sold, or renewed by an offer, and that is not paid. */
  readonly isSaleOpen: boolean
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
  /** Open cases of the lane that are of no stay, the newest first; at most `CASES_READ_MAX`. */
  readonly cases: readonly StaffCase[]
}

/** The stays that a lane knows of now: its visit's, and those that were found by what was shown. */
export function staysKnownAt(parking: Pick<LaneParkingFacts, 'visiting' | 'shown'> | null): readonly SessionId[] {
  if (parking === null) return []
  const { visiting, shown } = parking
  return [...(visiting === null ? [] : [visiting]), ...shown.found.map(({ stay }) => stay)].map(
    ({ session }) => session.id,
  )
}

/** What was shown or seen at a lane, and all that the books find by it. */
export type ShownFacts = {
  /** Whether the books were asked at all. A loop's word asks for the plate in the visit where a vehicle comes; an arm's names nothing. */
  readonly isLookedUp: boolean
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
  /** What the plate that was read (or stands in the visit; else the surest of the stay at the lane, or of the first that was found) owes, the oldest first; at most `DEBTS_READ_MAX`. */
  readonly debts: readonly DebtFacts[]
  /** What it owes altogether, also beyond the debts that are read: what `debtMax` bounds. In the site's currency. */
  readonly owed: number
  /** Rights of the pass that was shown and of the plate, that which is good for longest first (of equals by their names); at most `RIGHTS_READ_MAX`. */
  readonly rights: readonly RightFacts[]
  /** The newest sighting of the same plate at this lane, where it is within `sightingWindowMs`. */
  readonly lastSighting: Sighted | null
}

/** By the record with this seq. */
export type Sighted = { readonly seq: number; readonly at: Instant; readonly session: SessionId | null }

/** What the books know of where a stay’s vehicle is. */
export type Whereabouts = {
  readonly session: SessionId
  /** When it came to the lane whose visit names it. */
  readonly cameAt: Instant | null
  /** When its plate was read last, or whoever had it with them paid, after the time that is asked of. */
  readonly knownHereAt: Instant | null
  /** Its last move was not seen: a right to pass lapsed, and the books supposed that nobody had used it. */
  readonly isSupposed: boolean
}

export const STAYS_READ_MAX = 8
export const DEBTS_READ_MAX = 32
/** As many as a quote takes: none that is known is left out of the price. */
export const RIGHTS_READ_MAX = RIGHTS_MAX
export const CASES_READ_MAX = 16

export const NOTHING_SHOWN: ShownFacts = {
  isLookedUp: false,
  plates: [],
  picture: null,
  payer: null,
  found: [],
  debts: [],
  owed: 0,
  rights: [],
  lastSighting: null,
}
