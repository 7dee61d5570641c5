import { sql } from 'drizzle-orm'
import type { Change } from '../core/changes.ts'
import { isOfCarPark } from '../core/event-traits.ts'
import type { EventBody, ScanEvent, SiteEvent } from '../core/events.ts'
import { reasonOf } from '../core/events.ts'
import type { CommonFacts, EpochFacts, LaneFacts, LapseFacts, StallFacts, TokenFacts } from '../core/facts.ts'
import { isPayer } from '../core/facts.ts'
import type { DeviceId, GatewayId, LaneId, PassageId, Position, StallId } from '../core/ids.ts'
import type { LaneLoop } from '../core/lane/lane-loops.ts'
import { approachLoops, safetyLoops } from '../core/lane/lane-loops.ts'
import type { LaneState, Passage } from '../core/lane/state.ts'
import { unknownLane } from '../core/lane/state.ts'
import type { Mode } from '../core/mode.ts'
import type { LaneParkingFacts } from '../core/parking/facts.ts'
import { staysKnownAt } from '../core/parking/facts.ts'
import type { ParkingQuestion } from '../core/parking/question.ts'
import { personalOf } from '../core/parking/question.ts'
import type { ParkingPersonal } from '../core/parking/recorded.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { Question, SetupQuestion } from '../core/questions.ts'
import type { BundleHead, BundleKind, Device, SiteLayout, SitePolicy } from '../core/site.ts'
import type { Instant, Now } from '../core/time.ts'
import { instant, isTrusted } from '../core/time.ts'
import { passIdentityOf, spendIdentityOf } from '../core/token-spending.ts'
import type { PassToken, PresentedToken, SpendIdentity } from '../core/tokens.ts'
import type { BundleReaders } from './bundles-in-force.ts'
import { createBundlesInForce } from './bundles-in-force.ts'
import { createDeviceDirectory } from './device-directory.ts'
import { createEraseDue } from './erase-due.ts'
import { createLayoutMoves } from './layout-moves.ts'
import type { Db } from './open.ts'
import type { OwnValue } from './own-value.ts'
import { inVault, ownValue } from './own-value.ts'
import type { ParkingReader, ParkingReading, ValueToKeep } from './parking-facts.ts'
import { createParkingReader } from './parking-facts.ts'
import type { Shown } from './parking-look-ups.ts'
import { SHOWN_NOTHING, WHAT_STANDS_THERE, whenDown } from './parking-look-ups.ts'
import type { LaneLookUps } from './parking-question.ts'
import { parkingQuestion, payingFacts } from './parking-question.ts'
import { createPayerSalts } from './payer-salts.ts'
import { createPseudonyms, hmac } from './pseudonyms.ts'
import { passageOf } from './rows.ts'
import * as tables from './schema.ts'
import { createStallReads } from './stall-reads.ts'
import { createTokenReads } from './token-reads.ts'

export type FactsSettings = {
  readonly readers: BundleReaders
  /** Bytes from a cryptographic source, for the salts of personal values. */
  readonly randomBytes: (length: number) => Buffer
  readonly isPresent: (device: DeviceId) => boolean
  /** Whether a loop is there, and has said since it came what is over it. */
  readonly isHeard: (loop: DeviceId) => boolean
  /** Whether a loop changes more often than vehicles can. */
  readonly isChattering: (loop: DeviceId) => boolean
  /** Of the box: what its devices take is in this mode. */
  readonly mode: Mode
  /** How long an answer is remembered; what is older is refused as `too-old`. */
  readonly seenKeepMs: number
  /** How long the salt of a day's payer pseudonyms is kept: after that nobody can join them to a payer. */
  readonly payerKeepMs: number
  /** How long a token that was taken, an event that was parked, and what somebody typed to say why are kept as evidence. */
  readonly evidenceKeepMs: number
}

/** What a decision needs, and the personal values that it may want kept. */
export type Gathered = {
  readonly question: Question
  readonly common: CommonFacts | null
  readonly personal: Personal | null
  /** What somebody typed to say why: kept where what was asked is done. */
  readonly reason: OwnValue | null
  /** Plates, payers and pictures that the facts of a car park name: what the decision's changes name is kept. */
  readonly values: readonly ValueToKeep[]
  /** What the record of a car park's event may hold of its texts. */
  readonly recorded: ParkingPersonal | null
}

export type Personal = {
  readonly payer: { readonly ref: string; readonly value: string }
  readonly evidence: OwnValue
  readonly payerFacts: PersonalValue
  readonly payerBeside: readonly string[]
}

/** What a lane's state of before car parks does not say. */
const BEFORE_CAR_PARKS: Pick<LaneState, 'visit'> = { visit: null }

export const UNUSED_PASSAGES_READ_MAX = 64

/**
 * Reads what one decision needs, inside the transaction in which it is written. Devices, bundles and the day's salt are kept in memory
 * and read again after whatever changes them, or after a rollback (`forget`).
 */
export type FactReader = {
  gather(event: SiteEvent, position: Position, epoch: EpochFacts, now: Now): Gathered
  bundleHead(kind: BundleKind): BundleHead | null
  newestIssue(): Instant
  takesCodes(): boolean
  layout(): SiteLayout | null
  policy(): SitePolicy | null
  devices(): readonly Device[]
  /** `null` where nothing has been heard of the lane yet. */
  laneState(lane: LaneId): LaneState | null
  /** Whether any personal value, or parked event, is past its time. */
  isEraseDue(now: Now): boolean
  /** What is kept in memory follows a change that was just written. */
  changed(change: Change): void
  forget(): void
}

/** `newestTrustedAt`: the newest time that was written while the clock was trusted. */
export function createFactReader(db: Db, settings: FactsSettings, newestTrustedAt: () => Instant): FactReader {
  const read = prepare(db)
  const pseudonyms = createPseudonyms(db, settings.randomBytes)
  const parking: ParkingReader = createParkingReader(db, pseudonyms)
  const bundles = createBundlesInForce(db, settings.readers, settings.seenKeepMs)
  const devices = createDeviceDirectory(db)
  const payerSalts = createPayerSalts(db, settings.randomBytes, settings.payerKeepMs)
  const erase = createEraseDue(db)
  const atStalls = createStallReads(db)
  const tokens = createTokenReads(db)
  const layoutMoves = createLayoutMoves(db, bundles, devices)

  return {
    bundleHead: bundles.head,
    newestIssue: bundles.newestIssue,
    takesCodes,
    layout: bundles.layout,
    policy: bundles.policy,
    devices: devices.all,
    laneState,
    isEraseDue: (now) => eraseDue(now).length > 0 || parking.isRenameDue(now),
    changed(change) {
      bundles.changed(change)
      devices.changed(change)
      if (change.kind !== 'values-erased') return
      payerSalts.forget()
      pseudonyms.forget()
    },
    forget() {
      bundles.forget()
      devices.forget()
      payerSalts.forget()
      pseudonyms.forget()
    },
    gather(event, position, epoch, now) {
      const { body } = event
      const reason = reasonValue(body, position)
      const park = parking.at(parkingRules, event.mode, position, now)
      if (isOfCarPark(body))
        return ofParking(
          parkingQuestion(body, event.actor, park, lanesOf(position.gateway, park, now), event.occurredAt.at),
        )
      switch (body.kind) {
        case 'scan': {
          const personal = personalValues(body, position, now)
          const token = tokenFacts(body, personal, event.mode, epoch, now)
          return { ...plain(scanQuestion(body, token, event.mode, park, now)), personal }
        }
        case 'charge-open':
          return plain({ kind: 'charge-open', body, stall: stallFacts(body.stall, event.mode) })
        case 'charge-cancel': {
          const named = body.charge === null ? null : atStalls.charge(body.charge)
          return plain({ kind: 'charge-cancel', body, stall: { ...stallFacts(body.stall, event.mode), named } })
        }
        case 'loop':
          return plain({
            kind: 'loop',
            body,
            lane: laneFacts(
              body.lane,
              park,
              now,
              body.role === 'approach' && body.occupied ? WHAT_STANDS_THERE : SHOWN_NOTHING,
              // Its own word of now is what is decided here.
              body.late ? null : body.device,
            ),
          })
        case 'barrier-state':
          return plain({ kind: 'barrier-state', body, lane: laneFacts(body.lane, park, now, whenDown) })
        case 'command-result':
          return plain({
            kind: 'command-result',
            body,
            lane: body.lane === null ? null : laneFacts(body.lane, park, now),
          })
        case 'emergency': {
          const lanes = (bundles.layout()?.lanes ?? []).map((lane) => laneFacts(lane.id, park, now))
          return plain({ kind: 'emergency', active: body.active, device: body.device, lanes })
        }
        case 'open-by-hand':
          return plain({ kind: 'open-by-hand', body, lane: laneFacts(body.lane, park, now) })
        case 'fail-safe-over':
          return plain({ kind: 'fail-safe-over', lane: laneFacts(body.lane, park, now) })
        case 'loop-away':
          return plain({ kind: 'loop-away', lane: laneFacts(body.lane, park, now) })
        case 'bundle-loaded':
          return ofSetup({
            kind: 'bundle-loaded',
            body,
            bundle: {
              bundle: body.bundle,
              current: bundles.head(body.bundle),
              lanes: body.bundle === 'layout' ? layoutMoves.of(body.hash, position) : null,
            },
          })
        case 'device-enrolled':
          return ofSetup({
            kind: 'device-enrolled',
            body,
            known: devices.find(body.device.id),
            beside: devices.at(body.device.place),
          })
        case 'device-revoked':
          return ofSetup({ kind: 'device-revoked', body, known: devices.find(body.device) })
        case 'access-changed': {
          const known = body.what.kind === 'device-password' ? devices.find(body.what.device) : null
          return ofSetup({ kind: 'access-changed', body, known })
        }
        case 'upstream-reached':
          return ofSetup({ kind: 'upstream-reached' })
        case 'clock-accepted':
          return { ...ofSetup({ kind: 'clock-accepted', body, issuedAt: bundles.newestIssue() }), reason }
        case 'erase-due':
          return {
            ...ofSetup({ kind: 'erase-due', refs: eraseDue(now), renamed: park.renamed() }),
            values: park.values,
          }
        case 'erase-asked':
          return ofSetup({ kind: 'erase-asked', refs: erase.ofRecord(body.record) })
        case 'forget-due':
          return ofSetup({ kind: 'forget-due', until: body.until })
        case 'timer':
          return plain(timerQuestion(body.timer, park, now))
      }

      function plain(question: Question): Gathered {
        const common = commonFacts(event, position, reason)
        return { question, common, personal: null, reason, values: park.values, recorded: null }
      }

      function ofParking(question: ParkingQuestion): Gathered {
        return { ...plain(question), recorded: personalOf(question) }
      }

      /** What sets the site up needs no layout and no policy: so it mends those that cannot be read any more. */
      function ofSetup(question: SetupQuestion): Gathered {
        return { question, common: null, personal: null, reason: null, values: [], recorded: null }
      }
    },
  }

  function eraseDue(now: Now): readonly string[] {
    return erase.refs(now, bundles.policy()?.parking?.plateKeepMs ?? 0)
  }

  function commonFacts(
    { mode, occurredAt, isRerun }: SiteEvent,
    position: Position,
    reason: OwnValue | null,
  ): CommonFacts | null {
    const [siteLayout, sitePolicy] = [bundles.layout(), bundles.policy()]
    if (siteLayout === null || sitePolicy === null) return null
    return {
      position,
      layout: siteLayout,
      policy: sitePolicy,
      mode,
      siteMode: settings.mode,
      gateway: position.gateway,
      takesCodes: takesCodes(),
      happenedAt: occurredAt.at,
      ...(isRerun === true ? { isRerun } : {}),
      reason: reason === null ? null : inVault(reason),
    }
  }

  function takesCodes(): boolean {
    return bundles.keySet()?.takesCodes() ?? false
  }

  function parkingRules() {
    return { layout: bundles.layout(), policy: bundles.policy(), tariffs: bundles.tariffs() }
  }

  function lanesOf(gateway: GatewayId, park: ParkingReading, now: Now): LaneLookUps {
    return {
      gateway,
      site: bundles.layout()?.site ?? null,
      lane: bundles.lane,
      laneFacts: (id, shown) => laneFacts(id, park, now, shown),
      hasCome: () => instant(Math.max(newestTrustedAt(), bundles.newestIssue())),
    }
  }

  function lapseFacts(id: PassageId, park: ParkingReading): LapseFacts {
    const passage = passageById(id)
    const session = passage?.right.kind === 'session' ? passage.right.session : null
    return { passage, parking: park.common(), stay: park.stay(session) }
  }

  function timerQuestion(
    timer: Extract<SiteEvent['body'], { kind: 'timer' }>['timer'],
    park: ParkingReading,
    now: Now,
  ): Question {
    switch (timer.purpose) {
      case 'charge-expires': {
        const charge = atStalls.charge(timer.charge)
        const at = charge === null ? [] : devices.at(charge.charge.place)
        return { kind: 'charge-expires', timer, expiry: { charge, devices: at } }
      }
      case 'pass-sale-due': {
        const laneAt = (id: LaneId, shown: Shown) => laneFacts(id, park, now, shown)
        return { kind: 'pass-sale-due', timer, paying: payingFacts(timer.charge, park, { laneFacts: laneAt }) }
      }
      case 'passage-lapses':
        return { kind: 'passage-lapses', lapse: lapseFacts(timer.passage, park) }
      case 'on-behalf-due':
        return { kind: 'on-behalf-due', timer, charge: park.chargeOf(timer.charge).charge }
      case 'paid-stay-due':
        return { kind: 'paid-stay-due', timer, overdue: { parking: park.common(), stay: park.stay(timer.session) } }
      case 'barrier-answer':
      case 'passage-due':
      case 'close-due':
      case 'up-due':
        return { kind: 'lane-timer', timer, lane: laneFacts(timer.lane, park, now, whenDown) }
      case 'quote-lapses':
        return { kind: 'quote-lapses', timer, lane: laneFacts(timer.lane, park, now, WHAT_STANDS_THERE) }
      case 'unpaid-due':
        return { kind: 'unpaid-due', timer, lane: laneFacts(timer.lane, park, now, WHAT_STANDS_THERE) }
    }
  }

  function scanQuestion(body: ScanEvent, token: TokenFacts, mode: Mode, park: ParkingReading, now: Now): Question {
    switch (body.place.kind) {
      case 'stall':
        return {
          kind: 'scan-at-stall',
          body,
          stall: {
            ...stallFacts(body.place.id, mode),
            paidLately: body.token.kind === 'holder' ? atStalls.paidLately(body.place.id, mode, now) : [],
          },
          token,
        }
      case 'lane': {
        const facts = laneFacts(body.place.id, park, now, { ...WHAT_STANDS_THERE, token: body.token })
        const unused = unusedPassage(body.place.id, mode, body.token, token, facts.state, now)
        const passSide = body.token.kind === 'pass' ? sideOf(body.token, mode) : null
        return {
          kind: 'scan-at-lane',
          body,
          lane: { ...facts, unused, passSide, isPassElsewhere: isPassElsewhere(body.place.id, mode, body.token) },
          token,
        }
      }
      case 'site':
        return {
          kind: 'scan-nowhere',
          body,
          token,
          paying:
            body.charge === undefined
              ? null
              : payingFacts(body.charge, park, { laneFacts: (id, shown) => laneFacts(id, park, now, shown) }),
        }
    }
  }

  function tokenFacts(body: ScanEvent, personal: Personal, mode: Mode, epoch: EpochFacts, now: Now): TokenFacts {
    const { token } = body
    const keySet = bundles.keySet()
    const denyList = bundles.denyList()
    const identity = spendable(token, mode)
    return {
      issuer: keySet?.issuer(token.iss) ?? null,
      key: keySet?.key(token.key.issuer, token.key.kid) ?? null,
      denied: denyList?.denies(token) ?? null,
      spent: identity === null ? null : tokens.spentBy(identity),
      payer: personal.payerFacts,
      payerBeside: personal.payerBeside,
      evidence: inVault(personal.evidence),
      risk: {
        ...tokens.risk(personal.payerFacts.mac, mode, now.local.day),
        keySetIssuedAt: bundles.head('key-set')?.issuedAt ?? null,
        denyListIssuedAt: bundles.head('deny-list')?.issuedAt ?? null,
      },
      epoch,
    }
  }

  function personalValues(body: ScanEvent, position: Position, now: Now): Personal {
    const value = JSON.stringify([body.token.iss, body.token.sub])
    const mac = hmac(payerSalts.ofToday(now), value)
    const ref = `payer:${now.local.day}:${mac}`
    return {
      payer: { ref, value },
      payerFacts: { ref, mac },
      payerBeside: payerSalts.beside(now.local.day).map((salt) => hmac(salt, value)),
      evidence: ownValue('token', body.evidence, position, settings.randomBytes),
    }
  }

  function reasonValue(body: EventBody, position: Position): OwnValue | null {
    const text = reasonOf(body)
    return text === null ? null : ownValue('reason', text, position, settings.randomBytes)
  }

  function stallFacts(id: StallId, mode: Mode): StallFacts {
    return {
      stall: bundles.stall(id),
      open: atStalls.openCharge(id, mode),
      lastPaid: atStalls.lastPaid(id, mode),
      devices: devices.at({ kind: 'stall', id }),
    }
  }

  function laneState(id: LaneId): LaneState | null {
    const row = read.laneState.get({ id })
    return row === undefined ? null : { ...BEFORE_CAR_PARKS, ...(JSON.parse(row.state) as LaneState) }
  }

  function laneFacts(
    id: LaneId,
    park: ParkingReading,
    now: Now,
    shown: Shown | ((state: LaneState) => Shown) = SHOWN_NOTHING,
    speaking: DeviceId | null = null,
  ): LaneFacts {
    const lane = bundles.lane(id)
    const state = laneState(id) ?? unknownLane(id, now.at)
    const at = devices.at({ kind: 'lane', id })
    const barrier = at.find((device) => device.kind === 'barrier')
    const { phase } = state
    const current = 'passage' in phase && phase.passage !== null ? passageById(phase.passage) : null
    const parking = park.lane(id, state, current, typeof shown === 'function' ? shown(state) : shown)
    const isHeard = (loop: LaneLoop): boolean => loop.id === speaking || settings.isHeard(loop.id)
    return {
      lane,
      state,
      devices: at,
      barrierPresent: barrier !== undefined && settings.isPresent(barrier.id),
      safetyHeard: safetyLoops(at).every(isHeard),
      approachHeard: approachLoops(at).some(isHeard),
      approachChatters: approachLoops(at).some((loop) => settings.isChattering(loop.id)),
      current,
      parking,
      askedElsewhere: askedElsewhere(id, parking),
    }
  }

  function askedElsewhere(id: LaneId, parking: LaneParkingFacts | null): LaneFacts['askedElsewhere'] {
    const sessions = staysKnownAt(parking)
    if (sessions.length === 0) return []
    return [...new Set(sessions)]
      .flatMap((session) => read.askingLanes.all({ session, id }))
      .map((row) => JSON.parse(row.state) as LaneState)
      .map((state) => ({ state, devices: devices.at({ kind: 'lane', id: state.lane }) }))
  }

  /** By the token itself, by the vehicle that stands there, or by the payer: in that order, the newest first. By a clock that nobody trusts none has lapsed. */
  function unusedPassage(
    lane: LaneId,
    mode: Mode,
    token: PresentedToken,
    facts: TokenFacts,
    state: LaneState,
    now: Now,
  ): Passage | null {
    const rows = read.unusedPassages.all({ lane, mode }).filter((row) => row.until > now.at || !isTrusted(now.trust))
    const identity = spendable(token, mode)
    const byToken = rows.find((row) =>
      identity === null
        ? token.kind === 'pass' && row.ground === passGround(token.iss, token.jti)
        : row.spentIss === identity.iss && row.spentId === identity.id,
    )
    const byPresence = rows.find((row) => row.presence !== null && row.presence === state.presence)
    const byPayer = rows.find((row) => isPayer(row.payer, facts))
    const row = byToken ?? byPresence ?? byPayer
    return row === undefined ? null : passageOf(row)
  }

  /** Lanes that have been taken away are not asked: nobody could use up or end what is under way there. */
  function isPassElsewhere(lane: LaneId, mode: Mode, token: PresentedToken): boolean {
    if (token.kind !== 'pass') return false
    const ground = passGround(token.iss, token.jti)
    const others = (bundles.layout()?.lanes ?? []).filter((other) => other.id !== lane)
    return others.some((other) => read.passUnderWay.get({ lane: other.id, mode, ground }) !== undefined)
  }

  function passageById(id: PassageId): Passage | null {
    const row = read.passage.get({ id })
    return row === undefined ? null : passageOf(row)
  }

  function sideOf(pass: PassToken, mode: Mode): 'inside' | 'outside' | null {
    return read.passSide.get(passIdentityOf(pass, mode))?.side ?? null
  }
}

function spendable(token: PresentedToken, mode: Mode): SpendIdentity | null {
  const isSpent = token.kind === 'pay' || token.kind === 'holder' || token.kind === 'override'
  return isSpent ? spendIdentityOf(token, mode) : null
}

/** As `project` writes it: canonical JSON, members in order. */
function passGround(iss: string, jti: string): string {
  return `{"iss":${JSON.stringify(iss)},"jti":${JSON.stringify(jti)},"kind":"pass"}`
}

/**
 * SQLite looks at the value of a parameter when it plans a statement that sorts, limits or sums, and so compiles it anew for each value. It does not look behind
 * `+`: a read that costs 2 µs then costs 2 and not 12. Where one row is read none is asked to stop after the first.
 */
function prepare(db: Db) {
  const p = sql.placeholder
  const { laneState, passSide, passage } = tables
  return {
    laneState: db
      .select({ state: laneState.state })
      .from(laneState)
      .where(sql`${laneState.lane} = ${p('id')}`)
      .prepare(),
    askingLanes: db
      .select({ state: laneState.state })
      .from(laneState)
      .where(
        sql`${laneState.state} ->> '$.visit.session' = ${p('session')} and ${laneState.state} ->> '$.visit.asked' is not null and ${laneState.lane} <> ${p('id')}`,
      )
      .prepare(),
    passage: db
      .select()
      .from(passage)
      .where(sql`${passage.id} = ${p('id')}`)
      .prepare(),
    unusedPassages: db
      .select()
      .from(passage)
      .where(
        sql`${passage.lane} = +${p('lane')} and ${passage.mode} = +${p('mode')} and ${passage.status} in ('granted', 'opened', 'passing') and ${passage.status} <> 'passing'`,
      )
      .orderBy(sql`${passage.seq} desc limit ${sql.raw(String(UNUSED_PASSAGES_READ_MAX))}`)
      .prepare(),
    passUnderWay: db
      .select({ id: passage.id })
      .from(passage)
      .where(
        sql`${passage.lane} = ${p('lane')} and ${passage.mode} = ${p('mode')} and ${passage.ground} = ${p('ground')} and ${passage.status} in ('granted', 'opened', 'passing')`,
      )
      .prepare(),
    passSide: db
      .select({ side: passSide.side })
      .from(passSide)
      .where(sql`${passSide.iss} = ${p('iss')} and ${passSide.jti} = ${p('jti')}`)
      .prepare(),
  }
}
