import type {
  CaseId,
  ChargeId,
  DeviceId,
  LaneId,
  MerchantId,
  PlaceId,
  RightId,
  SessionId,
  VehicleClass,
} from '../ids.ts'
import type { Money } from '../money.ts'
import type { Instant } from '../time.ts'
import type { TicketToken } from '../tokens.ts'
import type { CreditSender } from './credit.ts'
import type { OfferAsked, PassSale } from './sale.ts'
import type { AssignedRight } from './session.ts'

/** What may happen in a car park beside scans, loops and barriers. Plates are texts here and pseudonyms in the record. */
export type ParkingEvent =
  /** A camera has read what stands at a lane: the likeliest reading first. */
  | {
      readonly kind: 'plate-seen'
      readonly lane: LaneId
      readonly device: DeviceId
      readonly readings: readonly PlateReading[]
      /** The camera's own name of its picture; a personal value. */
      readonly picture: string | null
      /** Which way it drove, by the camera's own word. What leads in is for the lane to say (`LaneParking.cameras`). Absent: the camera does not say. */
      readonly direction?: 'forward' | 'reverse'
      /** What the camera takes it for. Absent: it does not say. */
      readonly vehicle?: SeenVehicle
      /** By the camera's own id it is the vehicle that it read otherwise before: this reading counts. */
      readonly corrects?: true
      readonly late: boolean
    }
  /** Somebody at an entry wants a ticket: a button, or an attendant. */
  | { readonly kind: 'ticket-asked'; readonly lane: LaneId; readonly vehicleClass: VehicleClass | null }
  /** An attendant says which stay the vehicle at this exit is: a lost ticket, a plate that nobody can read. */
  | { readonly kind: 'session-chosen'; readonly lane: LaneId; readonly session: SessionId; readonly reason: string }
  /** What the stay would cost now is asked for with the wish to pay it: the charge is opened or raised to it. */
  | { readonly kind: 'session-quoted'; readonly session: SessionId }
  /** Staff took money for a charge. `cash-on-behalf`: they transfer it themselves. */
  | {
      readonly kind: 'cash-taken'
      readonly charge: ChargeId
      readonly tender: 'cash' | 'cash-on-behalf'
      readonly amount: Money
      /** Whoever keyed it was asked and says that so much was taken: it is more than change can explain. */
      readonly confirmed?: true
    }
  /** Staff took cash for a stay that nobody can price: no tariff, or a clock that nobody trusts. */
  | {
      readonly kind: 'cash-without-price'
      readonly session: SessionId
      readonly tender: 'cash' | 'cash-on-behalf'
      readonly amount: Money
      readonly reason: string
    }
  /** What a stay that ended without a price cost: by the tariffs (`due` null), or as a supervisor says. */
  | {
      readonly kind: 'stay-reckoned'
      readonly session: SessionId
      readonly due: Money | null
      readonly reason: string
    }
  /** A bank says that money came which names this charge. Once for each id of the bank. */
  | { readonly kind: 'credit-by-charge'; readonly charge: ChargeId; readonly amount: Money; readonly reference: string }
  /** A bank says that money came, with what its payer wrote. Once for each id of the bank. */
  | {
      readonly kind: 'credit-by-text'
      readonly reference: string
      readonly amount: Money
      /** A personal value. */
      readonly text: string
      /** When, by the bank. */
      readonly toldAt: Instant | null
    }
  /** A person says what a bank's credit is for. `charge` null: for nothing here, it goes back to its payer. */
  | {
      readonly kind: 'credit-moved'
      readonly reference: string
      readonly charge: ChargeId | null
      readonly reason: string
      /** Whose transfer it is, of a charge of which staff hold cash. Absent: nobody has said. */
      readonly sender?: CreditSender
      /** It has been sent back, by the bank's own reference of that transfer; `charge` is null then. Absent: it has not. */
      readonly sentBack?: string
    }
  | {
      readonly kind: 'refund'
      readonly charge: ChargeId
      readonly amount: Money
      readonly reason: string
      /** It may come off the price of a stay; a pass may end by it, though this is not all that was paid for it. Absent: it may not. */
      readonly confirmed?: true
    }
  /** Staff, or the lane's policy, let a vehicle leave unpaid: the plate owes. */
  | { readonly kind: 'leave-on-debt'; readonly lane: LaneId; readonly reason: string }
  | {
      readonly kind: 'right-put'
      readonly right: RightTerms
      readonly plates: readonly string[]
      /** The merchant that gives a validation, within its allowance. */
      readonly merchant?: MerchantId
      /** It is issued, and takes no other’s place. Absent: it is put whether there is one or not. */
      readonly isNew?: true
      /** Why it is given, or given longer, for nothing. Absent: no pass is issued, and none is given longer; what is taken off a stay, a merchant bears. */
      readonly reason?: string
    }
  | {
      readonly kind: 'right-status'
      readonly right: RightId
      readonly status: 'active' | 'suspended' | 'ended'
      readonly reason: string
    }
  /** A pass is sold by an offer of the tariff in force, or renewed by one. `cash`: its whole price is handed over with it; without, it waits to be paid. */
  | {
      readonly kind: 'pass-sold'
      readonly right: RightId
      readonly sells: PassSale['kind']
      readonly offer: OfferAsked
      /** To whom; a personal value, and empty for a renewal. */
      readonly holder: string
      /** Of a renewal none: it stays for those that it is for. */
      readonly plates: readonly string[]
      readonly cash: { readonly tender: 'cash' | 'cash-on-behalf'; readonly amount: Money } | null
    }
  /** Staff take a sale back that nobody has paid. */
  | { readonly kind: 'pass-sale-cancelled'; readonly charge: ChargeId; readonly reason: string }
  /** A code for a pass is asked for: it takes the place of the one before. */
  | { readonly kind: 'right-coded'; readonly right: RightId }
  | {
      readonly kind: 'occupancy-corrected'
      readonly place: PlaceId
      readonly vehicleClass: VehicleClass
      readonly count: number
      readonly reason: string
    }
  /** Staff end a stay that no exit has seen, or bring one to another place or class; the office takes off what one that is over owes. */
  | {
      readonly kind: 'session-corrected'
      readonly session: SessionId
      readonly correction:
        | { readonly kind: 'close' }
        | { readonly kind: 'class'; readonly vehicleClass: VehicleClass }
        | { readonly kind: 'plate'; readonly plate: string }
        | { readonly kind: 'passback-reset' }
        | { readonly kind: 'debt-off' }
      readonly reason: string
    }
  | { readonly kind: 'case-ended'; readonly case: CaseId; readonly reason: string }
  | LateEvidence

/**
 * What an attendant did while nothing decided at the lane, and hands in when there is a gateway again: somebody was let in or out by hand. `saidAt` and `handedInAt` are by the phone's own clock; when it
 * happened by ours is the event's `occurredAt`, the gateway's clock less the age that the two of them tell.
 */
export type LateEvidence = {
  readonly kind: 'late-evidence'
  readonly lane: LaneId
  readonly what: 'let-in' | 'let-out'
  readonly saidAt: Instant
  readonly handedInAt: Instant
  /** Its signature holds; nothing else about it has been decided. */
  readonly ticket: TicketToken | null
  readonly plate: string | null
  readonly vehicleClass: VehicleClass | null
  /** What the attendant took for it. */
  readonly cash: {
    readonly tender: 'cash' | 'cash-on-behalf'
    readonly amount: Money
    /** Whoever keyed it was asked and says that so much was taken: it is more than change can explain. */
    readonly confirmed?: true
  } | null
  readonly reason: string
}

export type SeenVehicle = 'car' | 'motorbike'

/** A right as whoever issues it says it. */
export type RightTerms = Omit<AssignedRight, 'plates' | 'holder' | 'code' | 'given' | 'status'> & {
  readonly status: 'active' | 'suspended' | 'ended'
  /** A personal value; empty where nobody is named. */
  readonly holder: string
}

export type PlateReading = { readonly text: string; readonly confidencePermille: number }

export const PLATE_READINGS_MAX = 8
