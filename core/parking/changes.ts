import type { CaseId, ChargeId, LaneId, PlaceId, RightId, SessionId, VehicleClass } from '../ids.ts'
import type { Tender } from '../ledger.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import type { PersonalValue } from '../personal-value.ts'
import type { Instant } from '../time.ts'
import type { BankCredit } from './credit.ts'
import type { Sighting } from './place.ts'
import type { PassSale } from './sale.ts'
import type {
  AssignedRight,
  CaseAnswer,
  PlateValue,
  RightAway,
  Segment,
  Session,
  SessionCredential,
  SessionStatus,
  StaffCase,
} from './session.ts'

/** What a record does to the books of a car park. */
export type ParkingChange =
  | CreditChange
  | RightChange
  | { readonly kind: 'session-begun'; readonly session: Session }
  | {
      readonly kind: 'session-moved'
      readonly session: SessionId
      readonly status: SessionStatus
      readonly place: PlaceId
      readonly lane: LaneId | null
      readonly at: Instant
    }
  /** `instead`: a person has said which its plate is, and it is known by none that was read of it before. Absent: by all of them, as in records of before this was said. */
  | {
      readonly kind: 'session-known-by'
      readonly session: SessionId
      readonly credential: SessionCredential
      readonly instead?: true
      /** The place in the vault of the plate that it was known by the most surely until then; `null` where it had none. Absent as `instead` is. */
      readonly before?: string | null
    }
  /** Its pseudonym of a month whose salt is to go, under the salt of today: who is still inside, or owes, is known also after that. */
  | {
      readonly kind: 'session-renamed'
      readonly session: SessionId
      readonly from: string
      readonly credential: SessionCredential
    }
  | { readonly kind: 'session-charged'; readonly session: SessionId; readonly charge: ChargeId }
  /** Who was let in, drove off and is let back under the same right comes in now: for the time between nobody pays. `isUnsure`: whether by a clock that nobody trusted; absent in records of before this was said, when it was never. */
  | { readonly kind: 'session-entered'; readonly session: SessionId; readonly at: Instant; readonly isUnsure?: boolean }
  /** Everything that had been asked is paid: the grace counts from here. `graceMs`: by the tariff of that moment; absent in records of before this was kept. */
  | {
      readonly kind: 'session-settled'
      readonly session: SessionId
      readonly at: Instant
      readonly graceMs?: number
    }
  /** Staff let its vehicle in, or out, once more in spite of anti-passback. */
  | { readonly kind: 'passback-reset'; readonly session: SessionId; readonly at: Instant }
  | { readonly kind: 'session-class'; readonly session: SessionId; readonly vehicleClass: VehicleClass }
  | { readonly kind: 'segments-written'; readonly session: SessionId; readonly segments: readonly Segment[] }
  /** What a charge is for has grown with the time; never falls. */
  | { readonly kind: 'charge-raised'; readonly charge: ChargeId; readonly due: Money }
  /** Which debts of a plate were last asked together with a stay’s charge, at what lane ever, and how much that was. None: the charge was asked alone since. */
  | {
      readonly kind: 'charge-asked-with'
      readonly charge: ChargeId
      readonly debts: readonly ChargeId[]
      readonly due: Money
    }
  /** What a stay cost that had ended without a price is known by now, or was taken by hand since: what is not paid of it is owed. */
  | { readonly kind: 'charge-reckoned'; readonly charge: ChargeId; readonly due: Money; readonly at: Instant }
  /** The vehicle has left and the rest is owed: the same charge stays open until some later credit pays it. */
  | { readonly kind: 'charge-owed'; readonly charge: ChargeId; readonly at: Instant }
  /** What came beyond what is due: to be given back. */
  | { readonly kind: 'charge-overpaid'; readonly charge: ChargeId; readonly amount: Money; readonly at: Instant }
  /** Of what was paid for a stay so much is more than it costs: it is paid no more, and is to be given back. */
  | { readonly kind: 'charge-paid-beyond'; readonly charge: ChargeId; readonly amount: Money; readonly at: Instant }
  /** What was given back: of what was overpaid, and of what was paid; what the charge has been paid stays as it is. */
  | {
      readonly kind: 'charge-refunded'
      readonly charge: ChargeId
      readonly ofOverpaid: Money
      readonly ofPaid: Money
      readonly at: Instant
    }
  | {
      readonly kind: 'occupancy-moved'
      readonly mode: Mode
      readonly place: PlaceId
      readonly vehicleClass: VehicleClass
      readonly by: 1 | -1
    }
  | {
      readonly kind: 'occupancy-corrected'
      readonly mode: Mode
      readonly place: PlaceId
      readonly vehicleClass: VehicleClass
      readonly count: number
      readonly before: number
      readonly at: Instant
    }
  | {
      readonly kind: 'sighted'
      readonly sighting: Sighting
      readonly plate: PlateValue
      readonly session: SessionId | null
      readonly picture: PersonalValue | null
      readonly at: Instant
    }
  | { readonly kind: 'case-opened'; readonly case: StaffCase }
  | { readonly kind: 'case-ended'; readonly case: CaseId; readonly reason: CaseAnswer; readonly at: Instant }

export type CreditChange =
  /** Money that a bank has told of, as it stands now. */
  | { readonly kind: 'credit-put'; readonly credit: BankCredit }
  /** A bank's credit is taken off a charge to which it was booked by mistake. `session`: the stay that goes on, and is not paid up any more. */
  | {
      readonly kind: 'credit-reversed'
      readonly charge: ChargeId
      readonly ofPaid: Money
      readonly ofOverpaid: Money
      readonly status: 'open' | 'paid' | 'owed'
      readonly session: SessionId | null
      /** As which it stands in the list of payments, from which it is taken. Absent in records of before this was said: then all came by the bank. */
      readonly tender?: Tender
      readonly at: Instant
    }

export type RightChange =
  | { readonly kind: 'right-put'; readonly right: AssignedRight }
  | {
      readonly kind: 'right-status'
      readonly right: RightId
      readonly status: AssignedRight['status']
      /** Absent in records of before this was said. */
      readonly before?: AssignedRight['status']
      /** When it was not in force, this change among it. Absent in records of before this was kept. */
      readonly away?: readonly RightAway[]
      readonly at: Instant
    }
  | {
      readonly kind: 'right-coded'
      readonly right: RightId
      readonly code: NonNullable<AssignedRight['code']>
    }
  /** A sale of a pass, as it stands now. */
  | { readonly kind: 'pass-sale-put'; readonly sale: PassSale }
  /** What a merchant's validation has taken off in the end: the merchant bears it. */
  | { readonly kind: 'validation-borne'; readonly right: RightId; readonly amount: Money }
