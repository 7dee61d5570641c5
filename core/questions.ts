import type { Change } from './changes.ts'
import type {
  ArmTimer,
  EventOf,
  LoopEvent,
  OnBehalfTimer,
  PaidStayTimer,
  QuoteTimer,
  ScanEvent,
  Timer,
  UnpaidTimer,
} from './events.ts'
import type {
  BundleFacts,
  CancelFacts,
  ExpiryFacts,
  LaneFacts,
  LaneScanFacts,
  LapseFacts,
  StallFacts,
  StallScanFacts,
  TokenFacts,
} from './facts.ts'
import type { DeviceId } from './ids.ts'
import type { StayCharge } from './parking/facts.ts'
import type { OverdueFacts } from './parking/overdue.ts'
import type { ParkingQuestion, PayingFacts } from './parking/question.ts'
import type { Device } from './site.ts'
import type { Instant } from './time.ts'

type TimerOf<Purpose extends Timer['purpose']> = Extract<Timer, { purpose: Purpose }>

/**
 * A question and the facts that its answer needs, read from the books in the transaction in which the answer is written. One variant for each kind of
 * event, so that a decision cannot be handed another's facts.
 */
export type Question = SetupQuestion | SiteQuestion

/** What can be decided before the site has a layout and a policy. */
export type SetupQuestion =
  | { readonly kind: 'bundle-loaded'; readonly body: EventOf<'bundle-loaded'>; readonly bundle: BundleFacts }
  /** `beside`: what is in use where it is to stand. */
  | {
      readonly kind: 'device-enrolled'
      readonly body: EventOf<'device-enrolled'>
      readonly known: Device | null
      readonly beside: readonly Device[]
    }
  | { readonly kind: 'device-revoked'; readonly body: EventOf<'device-revoked'>; readonly known: Device | null }
  /** `known`: the device of which it speaks. */
  | { readonly kind: 'access-changed'; readonly body: EventOf<'access-changed'>; readonly known: Device | null }
  | { readonly kind: 'upstream-reached' }
  /** `issuedAt`: the newest issue of a bundle in force, 0 where there is none. */
  | { readonly kind: 'clock-accepted'; readonly body: EventOf<'clock-accepted'>; readonly issuedAt: Instant }
  | {
      readonly kind: 'erase-due'
      readonly refs: readonly string[]
      /** Stays that are open or owed, and known by a pseudonym of a month whose salt is past its time. */
      readonly renamed: readonly Extract<Change, { kind: 'session-renamed' }>[]
    }
  | { readonly kind: 'erase-asked'; readonly refs: readonly string[] }
  | { readonly kind: 'forget-due'; readonly until: Instant }

/** What needs the site's own rules. */
export type SiteQuestion =
  | ParkingQuestion
  | {
      readonly kind: 'scan-at-stall'
      readonly body: ScanEvent
      readonly stall: StallScanFacts
      readonly token: TokenFacts
    }
  | {
      readonly kind: 'scan-at-lane'
      readonly body: ScanEvent
      readonly lane: LaneScanFacts
      readonly token: TokenFacts
    }
  | {
      readonly kind: 'scan-nowhere'
      readonly body: ScanEvent
      readonly token: TokenFacts
      /** What the books say of the charge that it names. */
      readonly paying: PayingFacts | null
    }
  | { readonly kind: 'charge-open'; readonly body: EventOf<'charge-open'>; readonly stall: StallFacts }
  | { readonly kind: 'charge-cancel'; readonly body: EventOf<'charge-cancel'>; readonly stall: CancelFacts }
  | { readonly kind: 'charge-expires'; readonly timer: TimerOf<'charge-expires'>; readonly expiry: ExpiryFacts }
  | { readonly kind: 'loop'; readonly body: LoopEvent; readonly lane: LaneFacts }
  | { readonly kind: 'barrier-state'; readonly body: EventOf<'barrier-state'>; readonly lane: LaneFacts }
  | { readonly kind: 'command-result'; readonly body: EventOf<'command-result'>; readonly lane: LaneFacts | null }
  | { readonly kind: 'lane-timer'; readonly timer: ArmTimer; readonly lane: LaneFacts }
  | { readonly kind: 'quote-lapses'; readonly timer: QuoteTimer; readonly lane: LaneFacts }
  | { readonly kind: 'unpaid-due'; readonly timer: UnpaidTimer; readonly lane: LaneFacts }
  | { readonly kind: 'passage-lapses'; readonly lapse: LapseFacts }
  | { readonly kind: 'pass-sale-due'; readonly timer: TimerOf<'pass-sale-due'>; readonly paying: PayingFacts }
  | { readonly kind: 'on-behalf-due'; readonly timer: OnBehalfTimer; readonly charge: StayCharge | null }
  | { readonly kind: 'paid-stay-due'; readonly timer: PaidStayTimer; readonly overdue: OverdueFacts }
  | {
      readonly kind: 'emergency'
      readonly active: boolean
      /** The input that says so, `null` for a person: a lane is let go when each that holds it has said so. */
      readonly device: DeviceId | null
      readonly lanes: readonly LaneFacts[]
    }
  | { readonly kind: 'open-by-hand'; readonly body: EventOf<'open-by-hand'>; readonly lane: LaneFacts }
  | { readonly kind: 'fail-safe-over'; readonly lane: LaneFacts }
  | { readonly kind: 'loop-away'; readonly lane: LaneFacts }
