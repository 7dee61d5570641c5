import type { Change } from './changes.ts'
import type { Decision } from './decision.ts'
import { NOTHING, refuse } from './decision.ts'
import type { ArmTimer, EventBody, LoopEvent, QuoteTimer, ScanEvent, SiteEvent, Timer } from './events.ts'
import type {
  BundleFacts,
  CancelFacts,
  CommonFacts,
  ExpiryFacts,
  LaneFacts,
  LaneScanFacts,
  LapseFacts,
  StallFacts,
  StallScanFacts,
  TokenFacts,
} from './facts.ts'
import type { DeviceId } from './ids.ts'
import { decideScanAtLane } from './lane.ts'
import {
  decideBarrierState,
  decideCommandResult,
  decideEmergency,
  decideLaneTimer,
  decideLoop,
  decideOpenByHand,
  decidePassageLapse,
} from './lane-movement.ts'
import { decideChargeCancel, decideChargeExpiry, decideChargeOpen, decideScanAtStall } from './market.ts'
import { withArrival } from './parking/arrival.ts'
import { keepCounts } from './parking/counts.ts'
import { decideParking } from './parking/decide-parking.ts'
import type { ParkingCommon } from './parking/facts.ts'
import { askAnew, keepAsked } from './parking/hold.ts'
import { payAway } from './parking/pay-away.ts'
import type { ParkingQuestion, PayingFacts } from './parking/question.ts'
import type { ParkingPersonal } from './parking/recorded.ts'
import { recordedParking } from './parking/recorded.ts'
import type { StaffCase } from './parking/session.ts'
import type { PersonalValue } from './personal-value.ts'
import type { RecordedEvent, RecordedEventBody } from './records.ts'
import type { Device } from './site.ts'
import { compareVersions } from './site.ts'
import type { Instant, Now } from './time.ts'
import { isTrusted, later, SECOND_MS, uncertaintyMsOf } from './time.ts'

type EventOf<Kind extends EventBody['kind']> = Extract<EventBody, { kind: Kind }>
type TimerOf<Purpose extends Timer['purpose']> = Extract<Timer, { purpose: Purpose }>

/**
 * A question and the facts that its answer needs, read from the books in the transaction in which the answer is written. One variant for each kind of
 * event, so that a decision cannot be handed another's facts.
 */
export type Question = SetupQuestion | SiteQuestion

/** What can be decided before the site has a layout and a policy. */
export type SetupQuestion =
  | { readonly kind: 'bundle-loaded'; readonly body: EventOf<'bundle-loaded'>; readonly bundle: BundleFacts }
  | { readonly kind: 'device-enrolled'; readonly body: EventOf<'device-enrolled'>; readonly known: Device | null }
  | { readonly kind: 'device-revoked'; readonly body: EventOf<'device-revoked'>; readonly known: Device | null }
  /** `known`: the device of which it speaks. */
  | { readonly kind: 'access-changed'; readonly body: EventOf<'access-changed'>; readonly known: Device | null }
  | { readonly kind: 'upstream-reached' }
  | {
      readonly kind: 'erase-due'
      readonly refs: readonly string[]
      /** Stays that are open or owed, and known by a pseudonym of a month whose salt is past its time. */
      readonly renamed: readonly Extract<Change, { kind: 'session-renamed' }>[]
    }
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
  | { readonly kind: 'passage-lapses'; readonly lapse: LapseFacts }
  | {
      readonly kind: 'emergency'
      readonly active: boolean
      /** The input that says so, `null` for a person: a lane is let go when each that holds it has said so. */
      readonly device: DeviceId | null
      readonly lanes: readonly LaneFacts[]
    }
  | { readonly kind: 'open-by-hand'; readonly body: EventOf<'open-by-hand'>; readonly lane: LaneFacts }

/**
 * The one place at which Tolbooth makes up its mind: pure, serial, and given everything. Before the site has a layout and a policy only what sets it up is
 * decided; everything else is refused as `not-ready`.
 */
export function decide(question: Question, common: CommonFacts | null, now: Now): Decision {
  switch (question.kind) {
    case 'bundle-loaded':
      return decideBundle(question.body, question.bundle, now)
    case 'device-enrolled':
      return decideEnrolment(question.body.device, question.known)
    case 'device-revoked':
      if (question.known === null) return refuse('device-unknown')
      return question.known.status === 'revoked'
        ? NOTHING
        : { ...NOTHING, changes: [{ kind: 'device-revoked', device: question.body.device }] }
    case 'access-changed':
      // A client is known by its secret alone, and secrets stand beside the books.
      if (question.body.what.kind !== 'device-password') return NOTHING
      return question.known?.status === 'active' ? NOTHING : refuse('device-unknown')
    case 'upstream-reached':
      // By a clock that nobody trusts the contact might be dated years ahead, and no time offline would ever be too long: the older date stays.
      return isTrusted(now.trust) ? { ...NOTHING, changes: [{ kind: 'upstream-contact', at: now.at }] } : NOTHING
    case 'erase-due':
      // While the time is not trusted nothing is erased (architecture, section 10).
      if (!isTrusted(now.trust)) return refuse('clock-not-trusted')
      return {
        ...NOTHING,
        changes: [
          ...question.renamed,
          ...(question.refs.length === 0 ? [] : [{ kind: 'values-erased', refs: question.refs } as const]),
        ],
      }
    case 'forget-due':
      // What ends in the future could still be shown, whoever asks.
      if (!isTrusted(now.trust) || question.until > now.at) return refuse('clock-not-trusted')
      return { ...NOTHING, changes: [{ kind: 'spent-forgotten', until: question.until }] }
    case 'scan-at-stall':
    case 'scan-at-lane':
    case 'scan-nowhere':
    case 'charge-open':
    case 'charge-cancel':
    case 'charge-expires':
    case 'loop':
    case 'barrier-state':
    case 'command-result':
    case 'lane-timer':
    case 'quote-lapses':
    case 'passage-lapses':
    case 'emergency':
    case 'open-by-hand':
    case 'plate-seen':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'session-quoted':
    case 'session-corrected':
    case 'cash-taken':
    case 'credit-by-charge':
    case 'credit-by-text':
    case 'credit-moved':
    case 'refund':
    case 'right-put':
    case 'right-status':
    case 'right-coded':
    case 'occupancy-corrected':
    case 'case-ended':
    case 'late-evidence':
      return common === null ? refuse('not-ready') : decideInMode(question, common, now)
  }
}

/**
 * Whoever trains at a live site, or the other way about, is refused wherever something stands that would speak, show or move: at a stall with devices, and at every
 * lane. Elsewhere it is decided in books of its own, and nothing is sent to anybody.
 */
function decideInMode(question: SiteQuestion, common: CommonFacts, now: Now): Decision {
  if (common.isRerun === true && isForWhoStoodThere(question)) return refuse('stale-scan')
  switch (companyOf(question, common)) {
    case 'own':
      return decideCounting(question, common, now)
    case 'nobody':
      return { ...decideCounting(question, common, now), effects: [] }
    case 'others':
      return refuse('mode-not-here')
  }
}

/**
 * Whether what is asked was for a vehicle that stood at a lane then. Run again after a fault it would open for another, begin a stay of nobody, or take money behind the back of somebody who has paid by other means since. What
 * loops, arms and cameras said is evidence by then (`rerunParked`); due times and money ask the books as they are now.
 */
function isForWhoStoodThere(question: SiteQuestion): boolean {
  switch (question.kind) {
    case 'scan-at-lane':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'open-by-hand':
    case 'emergency':
      return true
    case 'scan-at-stall':
    case 'scan-nowhere':
    case 'charge-open':
    case 'charge-cancel':
    case 'charge-expires':
    case 'loop':
    case 'barrier-state':
    case 'command-result':
    case 'lane-timer':
    case 'quote-lapses':
    case 'passage-lapses':
    case 'plate-seen':
    case 'session-quoted':
    case 'session-corrected':
    case 'cash-taken':
    case 'credit-by-charge':
    case 'credit-by-text':
    case 'credit-moved':
    case 'refund':
    case 'right-put':
    case 'right-status':
    case 'right-coded':
    case 'occupancy-corrected':
    case 'case-ended':
    case 'late-evidence':
      return false
  }
}

/** Whether what is asked is of the box's own mode, or else whether devices of the other mode stand where it is asked. */
function companyOf(question: SiteQuestion, { mode, siteMode }: CommonFacts): 'own' | 'nobody' | 'others' {
  switch (question.kind) {
    // A due time has no mode of its own: the charge that it ends has one, and an arm is in the mode of the box.
    case 'charge-expires':
      return (question.expiry.charge?.charge.mode ?? siteMode) === siteMode ? 'own' : 'nobody'
    case 'lane-timer':
    case 'quote-lapses':
    case 'passage-lapses':
      return 'own'
    case 'scan-at-stall':
    case 'charge-open':
    case 'charge-cancel':
      if (mode === siteMode) return 'own'
      return question.stall.devices.length === 0 ? 'nobody' : 'others'
    case 'scan-at-lane':
    case 'loop':
    case 'barrier-state':
    case 'command-result':
    case 'open-by-hand':
    case 'plate-seen':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
      return mode === siteMode ? 'own' : 'others'
    // Whoever sees a fire may say so; only the box's own people say that it is over.
    case 'emergency':
      return mode === siteMode || question.active ? 'own' : 'others'
    // Passes have no mode: what is practised with must not suspend one that is paid for. A validation is of one stay.
    case 'right-put':
      return mode === siteMode ? 'own' : question.body.right.kind === 'pass' ? 'others' : 'nobody'
    case 'right-status':
    case 'right-coded':
      return mode === siteMode ? 'own' : question.known?.right.kind === 'validation' ? 'nobody' : 'others'
    // Asked at a counter, on a phone or by a bank, at no lane: books of its own, and nobody's display.
    case 'scan-nowhere':
    case 'session-quoted':
    case 'session-corrected':
    case 'cash-taken':
    case 'credit-by-charge':
    case 'credit-by-text':
    case 'credit-moved':
    case 'refund':
    case 'occupancy-corrected':
    case 'case-ended':
    case 'late-evidence':
      return mode === siteMode ? 'own' : 'nobody'
  }
}

/** What moves somebody in or out of a car park leaves no count below 0, and what a lane has asked lapses in its time, whichever question it answers. */
function decideCounting(question: SiteQuestion, common: CommonFacts, now: Now): Decision {
  const decision = keepAsked(decideAtSite(question, common, now), lanesOf(question), common, now)
  const { parking, cases } = countedFactsOf(question)
  return parking === null ? decision : keepCounts(decision, parking.occupancy, cases, common, now)
}

function decideAtSite(question: SiteQuestion, common: CommonFacts, now: Now): Decision {
  switch (question.kind) {
    case 'scan-at-stall':
      return decideScanAtStall(question.body, question.stall, question.token, common, now)
    case 'scan-at-lane':
      return decideScanAtLane(question.body, question.lane, question.token, common, now)
    case 'scan-nowhere':
      return question.paying === null
        ? refuse('token-kind-not-taken')
        : payAway(question.body, question.paying, question.token, common, now)
    case 'charge-open':
      return decideChargeOpen(question.body, question.stall, common, now)
    case 'charge-cancel':
      return decideChargeCancel(question.body, question.stall, common, now)
    case 'charge-expires':
      return decideChargeExpiry(question.expiry, common, now)
    case 'loop':
      return withArrival(decideLoop(question.body, question.lane, common, now), question.lane, common, now)
    case 'barrier-state':
      return withArrival(decideBarrierState(question.body, question.lane, common, now), question.lane, common, now)
    case 'command-result':
      return decideCommandResult(question.body, question.lane, common, now)
    case 'lane-timer':
      return withArrival(decideLaneTimer(question.timer, question.lane, common, now), question.lane, common, now)
    case 'quote-lapses':
      return askAnew(question.timer, question.lane, common, now)
    case 'passage-lapses':
      return decidePassageLapse(question.lapse, common, now)
    case 'emergency':
      return decideEmergency(question.active, question.device, question.lanes, common, now)
    case 'open-by-hand':
      return decideOpenByHand(question.body, question.lane, common, now)
    case 'plate-seen':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'session-quoted':
    case 'session-corrected':
    case 'cash-taken':
    case 'credit-by-charge':
    case 'credit-by-text':
    case 'credit-moved':
    case 'refund':
    case 'right-put':
    case 'right-status':
    case 'right-coded':
    case 'occupancy-corrected':
    case 'case-ended':
    case 'late-evidence':
      return decideParking(question, common, now)
  }
}

/** Lanes of a car park that a question is about, as they stand before it is answered. */
function lanesOf(question: SiteQuestion): readonly LaneFacts[] {
  const lanes = 'lanes' in question ? question.lanes : [laneOf(question)]
  return lanes.flatMap((lane) => (lane === null || lane.parking === null ? [] : [lane]))
}

function laneOf(question: Exclude<SiteQuestion, { kind: 'emergency' }>): LaneFacts | null {
  if (question.kind === 'scan-nowhere') return question.paying?.lane ?? null
  return 'lane' in question ? question.lane : null
}

/** What is counted of the car park that a question is about, and the open cases that it knows; `parking` is `null` where nobody is moved in or out. */
type CountedFacts = { readonly parking: ParkingCommon | null; readonly cases: readonly StaffCase[] }

function countedFactsOf(question: SiteQuestion): CountedFacts {
  switch (question.kind) {
    case 'scan-at-lane':
    case 'loop':
    case 'barrier-state':
    case 'lane-timer':
    case 'quote-lapses':
    case 'open-by-hand':
    case 'plate-seen':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'command-result':
      return { parking: question.lane?.parking ?? null, cases: question.lane?.parking?.cases ?? [] }
    case 'emergency': {
      const lanes = question.lanes.flatMap(({ parking }) => (parking === null ? [] : [parking]))
      return { parking: lanes[0] ?? null, cases: lanes.flatMap(({ cases }) => cases) }
    }
    case 'scan-nowhere':
      return question.paying === null ? NOT_COUNTED : paid(question.paying)
    case 'cash-taken':
    case 'credit-by-charge':
    case 'credit-by-text':
    case 'credit-moved':
    case 'refund':
      return paid(question)
    case 'session-corrected':
      return { parking: question.parking, cases: question.stay?.cases ?? [] }
    case 'late-evidence':
      return { parking: question.facts.parking, cases: question.facts.cases }
    // These move nobody in or out.
    case 'scan-at-stall':
    case 'charge-open':
    case 'charge-cancel':
    case 'charge-expires':
    case 'passage-lapses':
    case 'session-quoted':
    case 'right-put':
    case 'right-status':
    case 'right-coded':
    case 'occupancy-corrected':
    case 'case-ended':
      return NOT_COUNTED
  }
}

const NOT_COUNTED: CountedFacts = { parking: null, cases: [] }

function paid({
  parking,
  lane,
}: {
  readonly parking: ParkingCommon | null
  readonly lane: LaneFacts | null
}): CountedFacts {
  return { parking, cases: lane?.parking?.cases ?? [] }
}

/**
 * How far ahead of our clock a bundle may say that it was issued: as much as an issuer of tokens may. The issue is a floor of the time, so one that lies further
 * ahead would have the whole site doubt a clock that is right.
 */
export const BUNDLE_AHEAD_MAX_MS = 5 * SECOND_MS

/**
 * A bundle replaces an older one of its kind, never a newer; the same one again changes nothing. Refuses another content under a version that is in use, and an
 * issue that lies ahead of a clock which is trusted; where it is not, the bundle may be the one that knows the time.
 */
function decideBundle(body: EventOf<'bundle-loaded'>, facts: BundleFacts, now: Now): Decision {
  const { current } = facts
  const order = current === null ? 1 : compareVersions(body.version, current.version)
  if (order < 0) return refuse('bundle-older')
  if (order === 0) return current?.hash === body.hash ? NOTHING : refuse('bundle-version-taken')
  const uncertaintyMs = uncertaintyMsOf(now.trust)
  if (uncertaintyMs !== undefined && body.issuedAt > later(now.at, uncertaintyMs + BUNDLE_AHEAD_MAX_MS)) {
    return refuse('bundle-from-future')
  }
  const { bundle, version, hash, issuedAt } = body
  return { ...NOTHING, changes: [{ kind: 'bundle-current', bundle, version, hash, issuedAt }] }
}

function decideEnrolment(device: Device, known: Device | null): Decision {
  if (known !== null && known.status === 'active') return refuse('device-exists')
  return { ...NOTHING, changes: [{ kind: 'device-put', device }] }
}

/** The event as the record holds it: without the payer, the token's text and the plates, whose places in the vault are named instead. */
export function recorded(
  event: SiteEvent,
  payer: PersonalValue | null,
  parking: ParkingPersonal | null,
): RecordedEvent {
  const { bodyHash, actor, mode, occurredAt, causedBy, isRerun } = event
  const again = isRerun === true ? { isRerun } : {}
  return { bodyHash, actor, mode, occurredAt, causedBy, ...again, body: recordedBody(event.body, payer, parking) }
}

function recordedBody(
  body: EventBody,
  payer: PersonalValue | null,
  parking: ParkingPersonal | null,
): RecordedEventBody {
  switch (body.kind) {
    case 'scan': {
      const { token, evidence: _text, ...rest } = body
      const { sub: _payer, ...known } = token
      return { ...rest, token: known, payer } as RecordedEventBody
    }
    case 'plate-seen':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'session-quoted':
    case 'session-corrected':
    case 'cash-taken':
    case 'credit-by-charge':
    case 'credit-by-text':
    case 'credit-moved':
    case 'refund':
    case 'right-put':
    case 'right-status':
    case 'right-coded':
    case 'occupancy-corrected':
    case 'case-ended':
    case 'late-evidence':
      return recordedParking(body, parking)
    case 'charge-open':
    case 'charge-cancel':
    case 'loop':
    case 'barrier-state':
    case 'command-result':
    case 'emergency':
    case 'open-by-hand':
    case 'timer':
    case 'bundle-loaded':
    case 'device-enrolled':
    case 'device-revoked':
    case 'access-changed':
    case 'upstream-reached':
    case 'erase-due':
    case 'forget-due':
      return body
  }
}
