import type { DeviceId, LaneId, MerchantId, SiteId, StallId } from './ids.ts'
import type { CurrencyCode } from './money.ts'
import type { ParkingLayout, ParkingPolicy } from './parking/place.ts'
import type { Instant } from './time.ts'
import type { TokenKind } from './tokens.ts'
import type { BankAccount } from './vietqr.ts'

/** A point of the site at which money or a right is taken. */
export type Place =
  | { readonly kind: 'stall'; readonly id: StallId }
  | { readonly kind: 'lane'; readonly id: LaneId }
  | { readonly kind: 'site' }

export type Merchant = {
  readonly id: MerchantId
  readonly name: string
  /** Where bank transfers to it go. Without one no VietQR code is shown for what it is owed. */
  readonly account?: BankAccount | undefined
}

export type Stall = {
  readonly id: StallId
  readonly name: string
  readonly merchant: MerchantId
  /** The market's share of each payment, in basis points. */
  readonly feeBasisPoints: number
}

export type Lane = {
  readonly id: LaneId
  readonly name: string
  readonly direction: 'entry' | 'exit' | 'both'
  /** Who is paid at this lane. */
  readonly merchant: MerchantId
  /** The flat fee in the site's currency. 0 is free and is recorded as such; `null` is no price, and then paying here is refused. */
  readonly price: number | null
  readonly takes: readonly TokenKind[]
  /** What the site wants of the barrier when the gateway cannot serve. Barriers that keep such a setting are told it; others have to be set by hand (docs/decisions/087). */
  readonly failSafe: 'open' | 'closed'
}

/** What stands where: one bundle, versioned, replaced as a whole. */
export type SiteLayout = {
  readonly site: SiteId
  /** IANA zone, `Asia/Ho_Chi_Minh`. */
  readonly zone: string
  readonly currency: CurrencyCode
  readonly merchants: readonly Merchant[]
  readonly stalls: readonly Stall[]
  readonly lanes: readonly Lane[]
  /** The site's car park, where it has one. */
  readonly parking: ParkingLayout | null
}

/** What the site dares without asking anyone (architecture, section 5). Amounts in the site's currency; every limit is finite. */
export type SitePolicy = {
  readonly transactionMax: number
  /** For a token that names no stall and no site. */
  readonly genericAudienceMax: number
  /** While the clock is not trusted. */
  readonly untrustedClockMax: number
  /** For a token issued before a restore, until upstream has said what the lost branch had spent. 0 refuses all. */
  readonly beforeEpochMax: number
  readonly payerDayMax: number
  readonly exposureMax: number
  readonly offlineMaxMs: number
  readonly keySetAgeMaxMs: number
  readonly denyListAgeMaxMs: number
  /** How far the window of a token's times may widen with the stated uncertainty of our clock. */
  readonly clockWideningMaxMs: number
  readonly chargeOpenMaxMs: number
  /** How long a right to pass waits for its vehicle after it was paid. */
  readonly passageRightMs: number
  /** From the open command to the vehicle on the safety loop, before the arm is closed again. */
  readonly passWithinMs: number
  /** From a command to the barrier's word, before its connection is cut. */
  readonly barrierAnswerMs: number
  /** How late an open command may still be carried out. */
  readonly openWithinMs: number
  /** How late a soundbox may still speak. */
  readonly announceWithinMs: number
  /** An event of state older than this is evidence, not the lane's present state. */
  readonly stateAgeMaxMs: number
  readonly antiPassback: 'hard' | 'off'
  /** What it dares in its car park. Without it no stay is begun, quoted or paid. */
  readonly parking: ParkingPolicy | null
}

/** An enrolled device, as the books know it. */
export type Device = {
  readonly id: DeviceId
  /** Name in the drivers' registry. */
  readonly driver: string
  readonly kind: string
  readonly delivery: 'repeatable' | 'once'
  readonly place: Place
  /** For loops: before the barrier, or under it. */
  readonly role: 'approach' | 'safety' | null
  readonly status: 'active' | 'revoked'
}

/** `(upstream epoch, n)`: an older one never replaces a newer one. */
export type BundleVersion = { readonly epoch: number; readonly n: number }

export type BundleKind = 'layout' | 'policy' | 'key-set' | 'deny-list' | 'tariffs'

export type BundleHead = { readonly version: BundleVersion; readonly hash: string; readonly issuedAt: Instant }

/** Negative, zero or positive as `left` is older, the same, or newer. */
export function compareVersions(left: BundleVersion, right: BundleVersion): number {
  return left.epoch - right.epoch || left.n - right.n
}
