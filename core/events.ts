import type { ChargeId, DeviceId, EffectId, EventKey, LaneId, PassageId, SessionId, StallId } from './ids.ts'
import type { Mode } from './mode.ts'
import type { Money } from './money.ts'
import type { ParkingEvent } from './parking/events.ts'
import type { BundleKind, BundleVersion, Device, Place } from './site.ts'
import type { ClockTrust, Instant } from './time.ts'
import type { PresentedToken } from './tokens.ts'

/** A `pay-station` is a machine at which drivers pay by themselves. */
export type Role = 'vendor' | 'attendant' | 'pay-station' | 'operator' | 'admin'

export type Actor = { readonly kind: 'device' | 'client' | 'gateway'; readonly id: string; readonly role: Role | null }

/** When it happened, and by whose clock. */
export type OccurredAt = { readonly at: Instant; readonly by: 'gateway' | 'device' }

/**
 * What enters the queue: parsed, and where there is a token, its signature verified. The same shape live, in the simulation and from HTTP.
 */
export type SiteEvent = {
  readonly key: EventKey
  /** SHA-256 of what came, base64url: the same key with another hash is refused. */
  readonly bodyHash: string
  readonly actor: Actor
  readonly mode: Mode
  readonly occurredAt: OccurredAt
  readonly causedBy: EventKey | null
  /** It was parked, and is run again: nobody waits for it at a lane any more. */
  readonly isRerun?: true
  readonly body: EventBody
}

export type EventBody = EventOfSite | ParkingEvent

export type EventOf<Kind extends EventBody['kind']> = Extract<EventBody, { kind: Kind }>

/** What may happen at any site, with a car park or without. */
export type EventOfSite =
  | ScanEvent
  | { readonly kind: 'charge-open'; readonly stall: StallId; readonly amount: Money }
  | { readonly kind: 'charge-cancel'; readonly stall: StallId; readonly charge: ChargeId | null }
  | LoopEvent
  | {
      readonly kind: 'barrier-state'
      readonly lane: LaneId
      readonly device: DeviceId
      readonly state: BarrierArm
      /** It went up, and stays up, by itself: it had heard nothing of the gateway for as long as it was told to wait. */
      readonly reason?: 'fail-safe'
      readonly late: boolean
    }
  | {
      readonly kind: 'command-result'
      readonly device: DeviceId
      readonly lane: LaneId | null
      /** `null` where the device knows no ids. */
      readonly command: EffectId | null
      readonly result: 'done' | 'repeated' | 'late' | 'failed' | 'away'
    }
  | { readonly kind: 'emergency'; readonly device: DeviceId | null; readonly active: boolean }
  | { readonly kind: 'open-by-hand'; readonly lane: LaneId; readonly reason: string }
  /** Each safety loop of a lane whose arm went up by itself has said, on the connection that it has now, that nobody is over it. */
  | { readonly kind: 'fail-safe-over'; readonly lane: LaneId }
  /** A loop under the arm is not there any more, while its lane waits for it to say that somebody has gone. */
  | { readonly kind: 'loop-away'; readonly lane: LaneId; readonly device: DeviceId }
  | TimerEvent
  | {
      readonly kind: 'bundle-loaded'
      readonly bundle: BundleKind
      readonly version: BundleVersion
      readonly hash: string
      readonly issuedAt: Instant
    }
  | { readonly kind: 'device-enrolled'; readonly device: Device }
  | { readonly kind: 'device-revoked'; readonly device: DeviceId }
  | { readonly kind: 'access-changed'; readonly what: AccessChange }
  /** Upstream was reached: what was lost by being offline for long may start again. */
  | { readonly kind: 'upstream-reached' }
  | ClockAccepted
  /** Personal values past their time are to go. */
  | { readonly kind: 'erase-due' }
  /** Somebody has asked that what a record alone has in the vault goes now: what was typed in it. By its seq. */
  | { readonly kind: 'erase-asked'; readonly record: number }
  /** Tokens that nobody could show any more since before `until` need not be remembered as spent. */
  | { readonly kind: 'forget-due'; readonly until: Instant }

/**
 * An operator says that the box's clock is right now, though the books have records of a later time: it ran ahead when those were written. `over`: the newest time that was trusted before; `source`: what the source of
 * time says of the clock now.
 */
export type ClockAccepted = {
  readonly kind: 'clock-accepted'
  readonly over: Instant
  readonly source: ClockTrust
  readonly reason: string
}

/**
 * Who was let in, and as what: the secrets themselves stand beside the journal, hashed, and never in it. And who has looked into personal values: what was looked for is in no
 * record.
 */
export type AccessChange =
  | {
      readonly kind: 'client-added'
      readonly client: string
      readonly role: Role | 'scraper'
      readonly mode: Mode
      readonly stalls: readonly string[]
      readonly lanes: readonly string[] | 'all'
    }
  | { readonly kind: 'client-revoked'; readonly client: string }
  | { readonly kind: 'device-password'; readonly device: DeviceId }
  | { readonly kind: 'plates-searched'; readonly found: number }

/** A token shown at a place, by a reader or a person's phone. `evidence` is the token's text, for the vault only. */
export type ScanEvent = {
  readonly kind: 'scan'
  readonly place: Place
  readonly reader: DeviceId | null
  readonly token: PresentedToken
  readonly evidence: string
  /** What it is to pay where neither a stall nor a lane says so: a stay that is paid on its driver's phone, or at a pay station. */
  readonly charge?: ChargeId
}

/** What somebody typed to say why: staff with an act of theirs, or a supervisor in a signed word. `null` where an event asks for none. */
export function reasonOf(body: EventBody): string | null {
  if (body.kind === 'scan') return body.token.kind === 'override' ? body.token.reason : null
  // An arm says why by a word of its own.
  if (body.kind === 'barrier-state') return null
  const reason = 'reason' in body ? body.reason : undefined
  return reason ?? null
}

export type LoopEvent = {
  readonly kind: 'loop'
  readonly lane: LaneId
  readonly device: DeviceId
  readonly role: 'approach' | 'safety'
  readonly occupied: boolean
  /** It came too late to say what is there now: kept as evidence. */
  readonly late: boolean
}

export type TimerEvent = { readonly kind: 'timer'; readonly timer: Timer }

/** A row with a due time; when due it enters the path as an event of its own (architecture, section 1). */
export type Timer =
  | LaneTimer
  | { readonly purpose: 'charge-expires'; readonly charge: ChargeId }
  | { readonly purpose: 'passage-lapses'; readonly passage: PassageId }
  /** Nobody has paid for a pass. */
  | { readonly purpose: 'pass-sale-due'; readonly charge: ChargeId }
  | OnBehalfTimer
  | PaidStayTimer

/** Cash that staff took for a charge, to transfer it themselves, should have been transferred by now. */
export type OnBehalfTimer = { readonly purpose: 'on-behalf-due'; readonly charge: ChargeId }

/**
 * All of a stay was paid at `settledAt`, and it has not left since. Another payment overtakes it. `null`: it was paid by a clock that was not trusted, and is waited for `from` the first look by one that is.
 */
export type PaidStayTimer = {
  readonly purpose: 'paid-stay-due'
  readonly session: SessionId
  readonly settledAt: Instant | null
  readonly from?: Instant
}

/** What a lane waits for. */
export type LaneTimer = ArmTimer | QuoteTimer | UnpaidTimer

/** `command` names the wait, so that one which has been overtaken does nothing. */
export type ArmTimer =
  | { readonly purpose: 'barrier-answer'; readonly lane: LaneId; readonly command: EffectId }
  | { readonly purpose: 'passage-due'; readonly lane: LaneId; readonly command: EffectId }
  | { readonly purpose: 'close-due'; readonly lane: LaneId; readonly command: EffectId }
  | { readonly purpose: 'up-due'; readonly lane: LaneId; readonly command: EffectId }

/** What a lane of a car park has asked holds no more. `askedAt` names the asking, so that one which has been overtaken does nothing. */
export type QuoteTimer = {
  readonly purpose: 'quote-lapses'
  readonly lane: LaneId
  readonly charge: ChargeId
  readonly askedAt: Instant
}

/** Nothing has come for what a lane of a car park asks, for as long as the site waits. `since` names the wait, so that one which has been overtaken does nothing. */
export type UnpaidTimer = {
  readonly purpose: 'unpaid-due'
  readonly lane: LaneId
  readonly charge: ChargeId
  readonly since: Instant
}

/** What the arm's own limit switches say; `unknown` for a relay that has none. */
export type BarrierArm = 'closed' | 'open' | 'moving' | 'unknown'
