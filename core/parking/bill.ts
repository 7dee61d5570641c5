import type { PlaceId, RightId, VehicleClass } from '../ids.ts'
import type { Money } from '../money.ts'
import type { Instant, LocalDay } from '../time.ts'
import type { AssignedRight } from './session.ts'
import type { Band, Names, Rounding, TariffId } from './tariff.ts'

export type Stay = {
  readonly vehicleClass: VehicleClass
  readonly place: PlaceId
  readonly from: Instant
  readonly until: Instant
  /** Into which other places it drove, and when, in that order. Absent: it stood in the one all the time. */
  readonly moves?: readonly { readonly place: PlaceId; readonly from: Instant }[]
}

/**
 * A right of this stay, as the caller has found it: of this vehicle, for this place and class. It counts within its hours (none stated: at all times; from a time to
 * itself: 24 hours), before `validUntil` and from `validFrom` on, not while it was `away`: suspended, or elsewhere; a validation counts from the stay's beginning, whenever it was given.
 */
export type StayRight = Pick<AssignedRight, 'id' | 'kind' | 'validFrom' | 'validUntil' | 'hours' | 'away' | 'relief'>

export type Quote = Bill | NoQuote

/** What the stay costs until `until`, and why. `total` is the sum of the lines, and that of the segments. */
export type Bill = {
  readonly ok: true
  readonly total: Money
  readonly stay: Stay
  /** They tile the stay. */
  readonly segments: readonly BillSegment[]
  readonly lines: readonly BillLine[]
  /** The rights that were used: those which make the stay cheapest, and no more of them than that takes. */
  readonly rights: readonly RightId[]
  /** How long after paying all of it a driver may take to leave. */
  readonly graceMs: number
}

/** A part of the stay in one place, under one version of a tariff and one right, in one kind of day; and in one day where days have a cap. */
export type BillSegment = {
  readonly place: PlaceId
  readonly from: Instant
  readonly until: Instant
  readonly tariff: { readonly id: TariffId; readonly version: string }
  readonly special: Names | null
  readonly right: RightId | null
  readonly amount: Money
}

/**
 * A line of the bill. `amount` is in the smallest unit of the bill's currency, below 0 where the line takes off. `segment` is the place in the bill's segments; `null` for the
 * rounding of the whole.
 */
export type BillLine = { readonly segment: number | null; readonly amount: number } & (
  | {
      readonly kind: 'visit'
      readonly from: Instant
      readonly until: Instant
      readonly band: Band
      readonly price: number
    }
  /** A visit that has seen day and night: what is missing to the price of both. */
  | {
      readonly kind: 'visit-day-and-night'
      readonly at: Instant
      readonly price: number
      readonly charged: number
    }
  | {
      readonly kind: 'hours'
      readonly from: Instant
      readonly until: Instant
      readonly band: Band | null
      readonly firstHour: number
      readonly units: number
      readonly price: number
    }
  | {
      readonly kind: 'blocks'
      readonly from: Instant
      readonly until: Instant
      readonly band: Band | null
      readonly blockMinutes: number
      readonly units: number
      readonly price: number
    }
  | {
      readonly kind: 'flat'
      readonly at: Instant
      readonly band: Band | null
      readonly price: number
    }
  | { readonly kind: 'free-minutes'; readonly from: Instant; readonly until: Instant; readonly minutes: number }
  | { readonly kind: 'covered'; readonly from: Instant; readonly until: Instant; readonly right: NamedRight }
  | { readonly kind: 'cap-per-day'; readonly day: LocalDay; readonly cap: number }
  | { readonly kind: 'cap-per-stay'; readonly cap: number }
  | { readonly kind: 'share-off'; readonly right: NamedRight; readonly basisPoints: number }
  | { readonly kind: 'amount-off'; readonly right: NamedRight; readonly worth: number }
  | { readonly kind: 'rounding'; readonly rounding: Rounding }
)

export type NamedRight = { readonly id: RightId; readonly kind: AssignedRight['kind'] }

/** `at` is where in the stay the tariff is missing, or its end. Texts for people: `quoteRefusalTable` in bill-text.ts. */
export type NoQuote = {
  readonly ok: false
  readonly refusal: QuoteRefusal
  readonly stay: Stay
  readonly at: Instant
}

export type QuoteRefusal = 'no-tariff' | 'stay-reversed' | 'stay-too-long' | 'too-many-rights'
