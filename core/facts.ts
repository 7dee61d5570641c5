import type { Charge, ChargeStatus, Spent } from './changes.ts'
import type { LaneTimer } from './events.ts'
import type { ChargeId, DeviceId, GatewayId, LaneId, Position } from './ids.ts'
import type { LaneState, Passage } from './lane/state.ts'
import type { Mode } from './mode.ts'
import type { Money } from './money.ts'
import type { LaneParkingFacts, ParkingCommon, StayFacts } from './parking/facts.ts'
import type { PersonalValue } from './personal-value.ts'
import type { BundleHead, BundleKind, Device, Lane, SiteLayout, SitePolicy, Stall } from './site.ts'
import type { Instant } from './time.ts'
import type { Issuer, IssuerKey } from './tokens.ts'

/** What every decision is given: where its record will stand, and the site's rules in force. */
export type CommonFacts = {
  readonly position: Position
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  /** Of the event that is decided. */
  readonly mode: Mode
  /** Of the box, and so of every device that stands at the site. */
  readonly siteMode: Mode
  readonly gateway: GatewayId
  /** An issuer of payers' codes is known. Without one no code pays anywhere here, and nobody is asked for one. */
  readonly takesCodes: boolean
  /** When what is decided happened, by the gateway's clock less its age: never by the device's own. */
  readonly happenedAt: Instant
  /** The event was parked, and is run again. */
  readonly isRerun?: true
  /** The place in the vault of what somebody typed to say why (`reasonOf`); `null` for an event in which nobody did. */
  readonly reason: PersonalValue | null
}

/** What the books say of a token that was shown. */
export type TokenFacts = {
  readonly issuer: Issuer | null
  readonly key: IssuerKey | null
  readonly denied: 'key' | 'token' | 'payer' | null
  /** Its row in the register of what is spent; `null` for kinds that are not spent and for one that has not been. */
  readonly spent: Spent | null
  readonly payer: PersonalValue
  /** The payer's pseudonyms of the days beside this one, where those are still known: what began before midnight goes on after it. */
  readonly payerBeside: readonly string[]
  readonly evidence: PersonalValue
  readonly risk: RiskFacts
  readonly epoch: EpochFacts
}

/** Whether a pseudonym that was written today, or on a day beside it, is this payer's. */
export function isPayer(pseudonym: string | null, { payer, payerBeside }: TokenFacts): boolean {
  return pseudonym !== null && (pseudonym === payer.mac || payerBeside.includes(pseudonym))
}

export type RiskFacts = {
  readonly payerDay: number
  readonly exposure: number
  readonly lastContactAt: Instant | null
  readonly keySetIssuedAt: Instant | null
  readonly denyListIssuedAt: Instant | null
}

export type EpochFacts = {
  readonly startedAt: Instant
  /** The books were restored, and upstream has not yet returned what the lost branch had spent. */
  readonly openLoss: boolean
}

export type ChargeFacts = { readonly charge: Charge; readonly status: ChargeStatus; readonly paid: number }

export type StallFacts = {
  readonly stall: Stall | null
  readonly open: ChargeFacts | null
  readonly lastPaid: LastPaid | null
  readonly devices: readonly Device[]
}

export type StallScanFacts = StallFacts & {
  /**
   * For a rotating code: the payments by tokens at this stall, of the mode in which is asked, within `ROTATES_WITHIN_MS` of now (core/market.ts), the newest first,
   * and at most `PAID_LATELY_MAX`. Empty for other tokens.
   */
  readonly paidLately: readonly LastPaid[]
}

/** A payment by a token at a stall, of the mode in which is asked, and its payer's pseudonym of the day. */
export type LastPaid = {
  readonly charge: ChargeId
  readonly amount: Money
  readonly payer: string
  readonly at: Instant
}

export type LaneFacts = {
  readonly lane: Lane | null
  readonly state: LaneState
  readonly devices: readonly Device[]
  readonly barrierPresent: boolean
  /** Whether every loop under the arm is there, and has said since it came what is over it; also where the lane has none. What one said before its line was cut says nothing of now. */
  readonly safetyHeard: boolean
  /** Whether a loop before the barrier is there, and has said since it came whether somebody stands there. Not where the lane has none. */
  readonly approachHeard: boolean
  /** Whether a loop before the barrier changes more often than vehicles can: what it says is believed, and is not enough for anybody to be let out unpaid (decision 106). */
  readonly approachChatters: boolean
  /** The passage that the lane's phase speaks of. */
  readonly current: Passage | null
  /** `null` at a lane that is no lane of a car park. */
  readonly parking: LaneParkingFacts | null
  /** The other lanes that ask, now, for a stay that this one knows of: that of its visit, and those that were found by what was shown. */
  readonly askedElsewhere: readonly AskingLane[]
}

export type AskingLane = { readonly state: LaneState; readonly devices: readonly Device[] }

/** What a right to pass whose time may be over is about. */
export type LapseFacts = {
  readonly passage: Passage | null
  readonly parking: ParkingCommon | null
  /** The stay whose going in or out it is. */
  readonly stay: StayFacts | null
}

export type LaneScanFacts = LaneFacts & {
  /**
   * An unused right at this lane, of the mode in which is asked, that belongs to the token shown, else to the vehicle that stands there, else to the payer; the newest
   * of them. Whether its time is over is for the decision to say: while the clock is not trusted it is not.
   */
  readonly unused: Passage | null
  readonly passSide: 'inside' | 'outside' | null
  /** The pass has been granted a way through at another lane of this site, which is not used up and has not lapsed. */
  readonly isPassElsewhere: boolean
}

export type CancelFacts = StallFacts & { readonly named: ChargeFacts | null }

export type BundleFacts = {
  readonly bundle: BundleKind
  readonly current: BundleHead | null
  /** What a layout does to lanes; `null` for another bundle, and where no layout was in force that could be read. */
  readonly lanes: LanesOfLayout | null
}

export type ExpiryFacts = { readonly charge: ChargeFacts | null; readonly devices: readonly Device[] }

/** What a layout that takes the place of another does to lanes. */
export type LanesOfLayout = {
  /** Lanes that it has no more, of those of which something was heard. */
  readonly gone: readonly LaneWithDevices[]
  /** Lanes that were in none before it, or are put back. */
  readonly come: readonly LaneWithDevices[]
  /** Who holds the lanes of this hour open in an emergency, as `LanePhase` says it. Empty: there is none. */
  readonly heldBy: readonly (DeviceId | null)[]
  /** What is waited for at lanes that go and come. */
  readonly timers: readonly LaneTimer[]
  readonly position: Position
  /** How long an arm or a display may be told of it; `null` where no policy can be read: then an arm is told when it comes, and a display is not. */
  readonly announceWithinMs: number | null
}

/** With the devices that are in use there. */
export type LaneWithDevices = { readonly lane: LaneId; readonly devices: readonly Device[] }
