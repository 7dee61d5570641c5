import type { ChargeId, RightId, VehicleClass } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Instant } from '../time.ts'
import type { AssignedRight, StaffCase } from './session.ts'

/** A pass that is sold by an offer of a tariff, or a time that is sold to one that there is: for one charge, of the car park's own merchant. */
export type PassSale = {
  readonly charge: ChargeId
  readonly right: RightId
  readonly kind: 'issue' | 'renewal'
  readonly mode: Mode
  readonly offer: SoldOffer
  readonly soldAt: Instant
  /** When it comes to nothing, if it is not paid by then. */
  readonly dueAt: Instant
  /** The time that is bought: what it would be if it were paid at once, and what it is once it is paid. */
  readonly period: { readonly from: Instant; readonly until: Instant }
  readonly state: SaleState
}

/** By which version it was sold, and for how many calendar months. */
export type SoldOffer = {
  readonly tariff: { readonly id: string; readonly version: string }
  readonly pass: string
  readonly vehicleClass: VehicleClass
  readonly months: number
}

/**
 * `unpaid`: nothing of it is in force. `paid`: it is good in `period`. `cancelled`: staff have taken it back before it was paid. `lapsed`: it was not paid in time. `refunded`: its price, or a part of it, was given back, which took the time that it bought.
 */
export type SaleState =
  | { readonly status: 'unpaid' }
  | { readonly status: 'paid' | 'cancelled' | 'lapsed' | 'refunded'; readonly at: Instant }

/** Which offer of the tariff in force somebody wants, and for how long. */
export type OfferAsked = {
  readonly tariff: string
  readonly pass: string
  readonly vehicleClass: VehicleClass
  readonly months: number
}

/** What the books say of a sale. */
export type SaleFacts = {
  readonly sale: PassSale
  readonly right: AssignedRight
  /** No other sale of its right came after it that is paid, or waits for that. */
  readonly isLast: boolean
  /** Open cases of its charge, the oldest first; at most `CASES_READ_MAX`. */
  readonly cases: readonly StaffCase[]
}
