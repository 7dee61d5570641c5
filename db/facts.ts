import { sql } from 'drizzle-orm'
import type { Change, Spent } from '../core/changes.ts'
import { isOfCarPark } from '../core/event-traits.ts'
import type { EventBody, ScanEvent, SiteEvent } from '../core/events.ts'
import { reasonOf } from '../core/events.ts'
import type {
  ChargeFacts,
  CommonFacts,
  EpochFacts,
  LaneFacts,
  LapseFacts,
  LastPaid,
  StallFacts,
  TokenFacts,
} from '../core/facts.ts'
import { isPayer } from '../core/facts.ts'
import type { ChargeId, DeviceId, GatewayId, LaneId, PassageId, Position, StallId } from '../core/ids.ts'
import type { LaneState, Passage } from '../core/lane-state.ts'
import { unknownLane } from '../core/lane-state.ts'
import { PAID_LATELY_MAX, ROTATES_WITHIN_MS } from '../core/market.ts'
import type { Mode } from '../core/mode.ts'
import type { TariffsInForce } from '../core/parking/facts.ts'
import type { ParkingQuestion } from '../core/parking/question.ts'
import { personalOf } from '../core/parking/question.ts'
import type { ParkingPersonal } from '../core/parking/recorded.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { Question, SetupQuestion } from '../core/questions.ts'
import type { BundleHead, BundleKind, Device, Lane, Place, SiteLayout, SitePolicy, Stall } from '../core/site.ts'
import type { LocalDay, Now } from '../core/time.ts'
import { DAY_MS, instant, isTrusted, later } from '../core/time.ts'
import { passIdentityOf, spendIdentityOf } from '../core/token-spending.ts'
import type { Issuer, IssuerKey, PassToken, PresentedToken, SpendIdentity } from '../core/tokens.ts'
import type { Db } from './open.ts'
import type { ParkingReader, ParkingReading, ValueToKeep } from './parking-facts.ts'
import { createParkingReader } from './parking-facts.ts'
import type { Shown } from './parking-look-ups.ts'
import { SHOWN_NOTHING, WHAT_STANDS_THERE, whenDown } from './parking-look-ups.ts'
import type { LaneLookUps } from './parking-question.ts'
import { parkingQuestion, payingFacts } from './parking-question.ts'
import { placeIdOf } from './project.ts'
import { createPseudonyms, hmac } from './pseudonyms.ts'
import { chargeFactsOf, deviceOf, moneyOf, passageOf, placeOf } from './rows.ts'
import * as tables from './schema.ts'

/** How the contents of bundles are understood. They were checked before they were stored, so none of these refuses. */
export type BundleReaders = {
  layout(content: string): SiteLayout
  policy(content: string): SitePolicy
  keySet(content: string): KeySetRules
  denyList(content: string): DenyRules
  /** Made ready for the places and the zone of the layout in force; `null` where they do not fit it: then nothing may be quoted. */
  tariffs(content: string, layout: SiteLayout): Omit<TariffsInForce, 'version'> | null
}

export type KeySetRules = {
  issuer(iss: string): Issuer | null
  key(iss: string, kid: string): IssuerKey | null
  /** Whether any issuer of payers' codes has a key that is not revoked. */
  takesCodes(): boolean
}
export type DenyRules = { denies(token: PresentedToken): TokenFacts['denied'] }

export type FactsSettings = {
  readonly readers: BundleReaders
  /** Bytes from a cryptographic source, for the salts of personal values. */
  readonly randomBytes: (length: number) => Buffer
  readonly isPresent: (device: DeviceId) => boolean
  /** Of the box: what its devices take is in this mode. */
  readonly mode: Mode
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

/** A personal value with a place and a salt of its own. */
export type OwnValue = { readonly ref: string; readonly salt: string; readonly value: string }

export type Personal = {
  readonly payer: { readonly ref: string; readonly value: string }
  readonly evidence: OwnValue
  readonly payerFacts: PersonalValue
  readonly payerBeside: readonly string[]
}

/** What a lane's state of before car parks does not say. */
const BEFORE_CAR_PARKS: Pick<LaneState, 'visit'> = { visit: null }

/** Salts kept in memory: of today and of the days beside it, and of some that are over. */
const PAYER_SALTS_MAX = 8
export const UNUSED_PASSAGES_READ_MAX = 64
const PAID_READ_FIRST = 8
export const ERASE_AT_ONCE_MAX = 500

/**
 * Reads what one decision needs, inside the transaction in which it is written. Devices, bundles and the day's salt are kept in memory
 * and read again after whatever changes them, or after a rollback (`forget`).
 */
export type FactReader = {
  gather(event: SiteEvent, position: Position, epoch: EpochFacts, now: Now): Gathered
  bundleHead(kind: BundleKind): BundleHead | null
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

export function createFactReader(db: Db, settings: FactsSettings): FactReader {
  const read = prepare(db)
  const pseudonyms = createPseudonyms(db, settings.randomBytes)
  const parking: ParkingReader = createParkingReader(db, pseudonyms)
  let tariffs:
    | { readonly hash: string; readonly layout: SiteLayout; readonly inForce: TariffsInForce | null }
    | undefined
  /** One generation of each kind: what is no longer in force is let go. */
  const parsedBundles = new Map<BundleKind, { readonly hash: string; readonly parsed: unknown }>()
  let bundles: ReadonlyMap<BundleKind, BundleHead> | undefined
  let devices: DeviceDirectory | undefined
  let points: LayoutIndex | undefined
  const payerSalts = new Map<LocalDay, string | null>()

  const bundleHead = (kind: BundleKind): BundleHead | null => {
    bundles ??= new Map(
      read.bundles
        .all()
        .map((row) => [
          row.kind,
          { version: { epoch: row.versionEpoch, n: row.versionN }, hash: row.hash, issuedAt: instant(row.issuedAt) },
        ]),
    )
    return bundles.get(kind) ?? null
  }
  const content = <Parsed extends SiteLayout | SitePolicy | KeySetRules | DenyRules>(
    kind: BundleKind,
    parse: (text: string) => Parsed,
  ): Parsed | null => {
    const head = bundleHead(kind)
    if (head === null) return null
    const known = parsedBundles.get(kind)
    if (known?.hash === head.hash) return known.parsed as Parsed
    const row = read.bundle.get({ hash: head.hash })
    if (row === undefined) throw new Error(`the content of ${kind} ${head.hash} is not in the books`)
    const parsed = parse(row.content)
    parsedBundles.set(kind, { hash: head.hash, parsed })
    return parsed
  }
  const layout = (): SiteLayout | null => content('layout', settings.readers.layout)
  const policy = (): SitePolicy | null => content('policy', settings.readers.policy)
  /** Made once for each layout: it is one object for as long as it is in force. */
  const index = (): LayoutIndex | undefined => {
    const inForce = layout()
    if (inForce === null) return undefined
    if (points?.layout !== inForce) points = indexOf(inForce)
    return points
  }
  const directory = (): DeviceDirectory => {
    devices ??= directoryOf(read.devices.all().map(deviceOf))
    return devices
  }

  return {
    bundleHead,
    layout,
    policy,
    devices: () => [...directory().byId.values()],
    laneState,
    isEraseDue: (now) => eraseDue(now).length > 0 || parking.isRenameDue(now),
    changed(change) {
      if (change.kind === 'bundle-current') bundles = undefined
      if (change.kind === 'values-erased') {
        payerSalts.clear()
        pseudonyms.forget()
      }
      if (change.kind === 'device-put') devices?.put(change.device)
      if (change.kind === 'device-revoked') {
        const known = devices?.byId.get(change.device)
        if (known !== undefined) devices?.put({ ...known, status: 'revoked' })
      }
    },
    forget() {
      bundles = undefined
      devices = undefined
      payerSalts.clear()
      pseudonyms.forget()
    },
    gather(event, position, epoch, now) {
      const { body } = event
      const reason = reasonValue(body, position)
      const park = parking.at(parkingRules, event.mode, position, now)
      if (isOfCarPark(body))
        return ofParking(parkingQuestion(body, event.actor.role, park, lanesOf(position.gateway, park, now)))
      switch (body.kind) {
        case 'scan': {
          const personal = personalValues(body, position, now)
          const token = tokenFacts(body, personal, event.mode, epoch, now)
          return { ...plain(scanQuestion(body, token, event.mode, park, now)), personal }
        }
        case 'charge-open':
          return plain({ kind: 'charge-open', body, stall: stallFacts(body.stall, event.mode) })
        case 'charge-cancel': {
          const named = body.charge === null ? null : chargeFacts(body.charge)
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
          const lanes = (layout()?.lanes ?? []).map((lane) => laneFacts(lane.id, park, now))
          return plain({ kind: 'emergency', active: body.active, device: body.device, lanes })
        }
        case 'open-by-hand':
          return plain({ kind: 'open-by-hand', body, lane: laneFacts(body.lane, park, now) })
        case 'fail-safe-over':
          return plain({ kind: 'fail-safe-over', lane: laneFacts(body.lane, park, now) })
        case 'bundle-loaded':
          return ofSetup({
            kind: 'bundle-loaded',
            body,
            bundle: { bundle: body.bundle, current: bundleHead(body.bundle) },
          })
        case 'device-enrolled':
          return ofSetup({ kind: 'device-enrolled', body, known: directory().byId.get(body.device.id) ?? null })
        case 'device-revoked':
          return ofSetup({ kind: 'device-revoked', body, known: directory().byId.get(body.device) ?? null })
        case 'access-changed': {
          const known = body.what.kind === 'device-password' ? directory().byId.get(body.what.device) : undefined
          return ofSetup({ kind: 'access-changed', body, known: known ?? null })
        }
        case 'upstream-reached':
          return ofSetup({ kind: 'upstream-reached' })
        case 'erase-due':
          return {
            ...ofSetup({ kind: 'erase-due', refs: eraseDue(now), renamed: park.renamed() }),
            values: park.values,
          }
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

  /** Values and parked events past their time, the oldest first, as many as go in one record. */
  function eraseDue(now: Now): readonly string[] {
    const rightsSince = now.at - (policy()?.parking?.plateKeepMs ?? 0)
    const values = read.eraseDue.all({ now: now.at, rightsSince }).map((row) => row.ref)
    const parked = read.eraseParkedDue.all({ now: now.at }).map((row) => parkedRef(row.seq))
    return [...values, ...parked].slice(0, ERASE_AT_ONCE_MAX)
  }

  function commonFacts(
    { mode, occurredAt, isRerun }: SiteEvent,
    position: Position,
    reason: OwnValue | null,
  ): CommonFacts | null {
    const [siteLayout, sitePolicy] = [layout(), policy()]
    if (siteLayout === null || sitePolicy === null) return null
    return {
      position,
      layout: siteLayout,
      policy: sitePolicy,
      mode,
      siteMode: settings.mode,
      gateway: position.gateway,
      takesCodes: content('key-set', settings.readers.keySet)?.takesCodes() ?? false,
      happenedAt: occurredAt.at,
      ...(isRerun === true ? { isRerun } : {}),
      reason: reason === null ? null : inVault(reason),
    }
  }

  function parkingRules() {
    return { layout: layout(), policy: policy(), tariffs: tariffsInForce() }
  }

  /** Read again with another layout: its places are what tariffs are for. */
  function tariffsInForce(): TariffsInForce | null {
    const head = bundleHead('tariffs')
    const inForce = layout()
    if (head === null || inForce === null || inForce.parking === null) return null
    if (tariffs?.hash === head.hash && tariffs.layout === inForce) return tariffs.inForce
    const row = read.bundle.get({ hash: head.hash })
    if (row === undefined) throw new Error(`the content of tariffs ${head.hash} is not in the books`)
    const made = settings.readers.tariffs(row.content, inForce)
    tariffs = { hash: head.hash, layout: inForce, inForce: made === null ? null : { version: head.version, ...made } }
    return tariffs.inForce
  }

  function lanesOf(gateway: GatewayId, park: ParkingReading, now: Now): LaneLookUps {
    return {
      gateway,
      site: layout()?.site ?? null,
      lane: (id) => index()?.lanes.get(id) ?? null,
      laneFacts: (id, shown) => laneFacts(id, park, now, shown),
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
        const charge = chargeFacts(timer.charge)
        const at = charge === null ? [] : directory().at(charge.charge.place)
        return { kind: 'charge-expires', timer, expiry: { charge, devices: at } }
      }
      case 'passage-lapses':
        return { kind: 'passage-lapses', lapse: lapseFacts(timer.passage, park) }
      case 'paid-stay-due':
        return { kind: 'paid-stay-due', timer, overdue: { parking: park.common(), stay: park.stay(timer.session) } }
      case 'barrier-answer':
      case 'passage-due':
      case 'close-due':
        return { kind: 'lane-timer', timer, lane: laneFacts(timer.lane, park, now, whenDown) }
      case 'quote-lapses':
        return { kind: 'quote-lapses', timer, lane: laneFacts(timer.lane, park, now, WHAT_STANDS_THERE) }
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
            paidLately: body.token.kind === 'holder' ? paidLately(body.place.id, mode, now) : [],
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
    const keySet = content('key-set', settings.readers.keySet)
    const denyList = content('deny-list', settings.readers.denyList)
    const identity = spendable(token, mode)
    const exposureRow = read.exposure.get({ mode })
    return {
      issuer: keySet?.issuer(token.iss) ?? null,
      key: keySet?.key(token.key.issuer, token.key.kid) ?? null,
      denied: denyList?.denies(token) ?? null,
      spent: identity === null ? null : spentBy(identity),
      payer: personal.payerFacts,
      payerBeside: personal.payerBeside,
      evidence: inVault(personal.evidence),
      risk: {
        payerDay: read.payerDay.get({ payer: personal.payerFacts.mac, mode, day: now.local.day })?.amount ?? 0,
        exposure: exposureRow?.amount ?? 0,
        lastContactAt: instantOrNull(read.contact.get()?.at),
        keySetIssuedAt: bundleHead('key-set')?.issuedAt ?? null,
        denyListIssuedAt: bundleHead('deny-list')?.issuedAt ?? null,
      },
      epoch,
    }
  }

  function personalValues(body: ScanEvent, position: Position, now: Now): Personal {
    const value = JSON.stringify([body.token.iss, body.token.sub])
    const mac = hmac(saltOf(now), value)
    const ref = `payer:${now.local.day}:${mac}`
    return {
      payer: { ref, value },
      payerFacts: { ref, mac },
      payerBeside: saltsBeside(now.local.day).map((salt) => hmac(salt, value)),
      evidence: ownValue('token', body.evidence, position),
    }
  }

  function reasonValue(body: EventBody, position: Position): OwnValue | null {
    const text = reasonOf(body)
    return text === null ? null : ownValue('reason', text, position)
  }

  function ownValue(purpose: 'token' | 'reason', value: string, { gateway, epoch, seq }: Position): OwnValue {
    const salt = settings.randomBytes(16).toString('base64url')
    return { ref: `${purpose}:${gateway}:${epoch}:${seq}`, salt, value }
  }

  /** The salt of the day's pseudonyms: made with the first payer of the day. */
  function saltOf(now: Now): string {
    const { day } = now.local
    const known = knownSalt(day)
    if (known !== null) return known
    const salt = settings.randomBytes(32).toString('base64url')
    read.putSalt.run({ ref: saltRef(day), salt, eraseAt: later(now.at, DAY_MS + settings.payerKeepMs) })
    payerSalts.set(day, salt)
    return salt
  }

  /** Of the day before, for what began before midnight; and of the day after, for a clock that was set back. */
  function saltsBeside(day: LocalDay): readonly string[] {
    return [dayBeside(day, -1), dayBeside(day, 1)].flatMap((beside) => knownSalt(beside) ?? [])
  }

  function knownSalt(day: LocalDay): string | null {
    let salt = payerSalts.get(day)
    if (salt === undefined) {
      if (payerSalts.size >= PAYER_SALTS_MAX) payerSalts.clear()
      salt = read.vaultRow.get({ ref: saltRef(day) })?.salt ?? null
      payerSalts.set(day, salt)
    }
    return salt
  }

  function stallFacts(id: StallId, mode: Mode): StallFacts {
    const stall = index()?.stalls.get(id) ?? null
    const open = read.openCharge.get({ kind: 'stall', id, mode })
    return {
      stall,
      open: open === undefined ? null : chargeFactsOf(open),
      lastPaid: lastPaidAt(id, mode),
      devices: directory().at({ kind: 'stall', id }),
    }
  }

  function lastPaidAt(id: StallId, mode: Mode): LastPaid | null {
    const row = read.lastPaid.get({ kind: 'stall', id, mode })
    return row === undefined ? null : lastPaidOf(row)
  }

  /** Most often the first few rows reach back beyond the time that is asked for. */
  function paidLately(id: StallId, mode: Mode, now: Now): readonly LastPaid[] {
    const place = { kind: 'stall', id, mode } as const
    const isLate = (row: { readonly at: number }): boolean => Math.abs(now.at - row.at) <= ROTATES_WITHIN_MS
    const first = read.paidNewest.all(place)
    const rows = first.length === PAID_READ_FIRST && first.every(isLate) ? read.paidLately.all(place) : first
    return rows.filter(isLate).flatMap((row) => lastPaidOf(row) ?? [])
  }

  function chargeFacts(id: ChargeId): ChargeFacts | null {
    const row = read.charge.get({ id })
    return row === undefined ? null : chargeFactsOf(row)
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
  ): LaneFacts {
    const lane = index()?.lanes.get(id) ?? null
    const state = laneState(id) ?? unknownLane(id, now.at)
    const at = directory().at({ kind: 'lane', id })
    const barrier = at.find((device) => device.kind === 'barrier')
    const { phase } = state
    const current = 'passage' in phase && phase.passage !== null ? passageById(phase.passage) : null
    return {
      lane,
      state,
      devices: at,
      barrierPresent: barrier !== undefined && settings.isPresent(barrier.id),
      current,
      parking: park.lane(id, state, current, typeof shown === 'function' ? shown(state) : shown),
    }
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
    const others = (layout()?.lanes ?? []).filter((other) => other.id !== lane)
    return others.some((other) => read.passUnderWay.get({ lane: other.id, mode, ground }) !== undefined)
  }

  function spentBy(identity: SpendIdentity): Spent | null {
    const row = read.spent.get({ iss: identity.iss, id: identity.id })
    if (row === undefined) return null
    return {
      identity,
      kind: row.kind,
      place: placeOf(row.placeKind, row.placeId),
      charge: row.charge as ChargeId | null,
      passage: row.passage as PassageId | null,
      amount: row.amount === null || row.currency === null ? null : moneyOf(row.amount, row.currency),
      until: instant(row.until),
    }
  }

  function passageById(id: PassageId): Passage | null {
    const row = read.passage.get({ id })
    return row === undefined ? null : passageOf(row)
  }

  function sideOf(pass: PassToken, mode: Mode): 'inside' | 'outside' | null {
    return read.passSide.get(passIdentityOf(pass, mode))?.side ?? null
  }
}

/** What a record may hold of a value with a salt of its own. */
export function inVault({ ref, salt, value }: OwnValue): PersonalValue {
  return { ref, mac: hmac(salt, value) }
}

/** The name under which a parked event is erased. */
export function parkedRef(seq: number): string {
  return `parked:${seq}`
}

/** The seq of a parked event's record, or `undefined` for the name of a value in the vault. */
export function parkedSeqOf(ref: string): number | undefined {
  const seq = /^parked:(\d+)$/.exec(ref)?.[1]
  return seq === undefined ? undefined : Number(seq)
}

/** The seq of the record whose alone a value is, or whose event was parked; `undefined` for a plate, a payer or a salt, which are of many. */
export function seqOfRef(ref: string): number | undefined {
  const seq = /^[a-z-]+:[^:]+:\d+:(\d+)$/.exec(ref)?.[1]
  return seq === undefined ? parkedSeqOf(ref) : Number(seq)
}

function lastPaidOf(row: typeof tables.payment.$inferSelect): LastPaid | null {
  if (row.payer === null) return null
  return {
    charge: row.charge as ChargeId,
    amount: moneyOf(row.amount, row.currency),
    payer: row.payer,
    at: instant(row.at),
  }
}

/** The points of one generation of the layout by their names: a site may have 20,000 stalls. */
type LayoutIndex = {
  readonly layout: SiteLayout
  readonly stalls: ReadonlyMap<StallId, Stall>
  readonly lanes: ReadonlyMap<LaneId, Lane>
}

function indexOf(layout: SiteLayout): LayoutIndex {
  return {
    layout,
    stalls: new Map(layout.stalls.map((stall) => [stall.id, stall])),
    lanes: new Map(layout.lanes.map((lane) => [lane.id, lane])),
  }
}

type DeviceDirectory = {
  readonly byId: ReadonlyMap<DeviceId, Device>
  at(place: Place): readonly Device[]
  put(device: Device): void
}

function directoryOf(all: readonly Device[]): DeviceDirectory {
  const byId = new Map<DeviceId, Device>()
  const byPlace = new Map<string, Device[]>()
  const put = (device: Device): void => {
    const before = byId.get(device.id)
    if (before !== undefined) {
      const key = placeKey(before.place)
      byPlace.set(
        key,
        (byPlace.get(key) ?? []).filter((other) => other.id !== device.id),
      )
    }
    byId.set(device.id, device)
    if (device.status !== 'active') return
    const there = byPlace.get(placeKey(device.place))
    if (there === undefined) byPlace.set(placeKey(device.place), [device])
    else there.push(device)
  }
  for (const device of all) put(device)
  return { byId, put, at: (place) => byPlace.get(placeKey(place)) ?? [] }
}

function saltRef(day: LocalDay): string {
  return `payer-day:${day}`
}

/** The calendar day so many days later. */
function dayBeside(day: LocalDay, days: number): LocalDay {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10) as LocalDay
}

function placeKey(place: Place): string {
  return `${place.kind}:${placeIdOf(place)}`
}

function spendable(token: PresentedToken, mode: Mode): SpendIdentity | null {
  const isSpent = token.kind === 'pay' || token.kind === 'holder' || token.kind === 'override'
  return isSpent ? spendIdentityOf(token, mode) : null
}

/** As `project` writes it: canonical JSON, members in order. */
function passGround(iss: string, jti: string): string {
  return `{"iss":${JSON.stringify(iss)},"jti":${JSON.stringify(jti)},"kind":"pass"}`
}

function instantOrNull(at: number | undefined): ReturnType<typeof instant> | null {
  return at === undefined ? null : instant(at)
}

/**
 * What a transfer's payer wrote is kept while the transfer waits for a person, or for the bank to take it back. A plate or a payer is kept while a stay that it names is open or owed, or a right that it is for goes on; the name of who has a right until that has been over for as long as plates are kept; and the salt of a month while the pseudonym of any such
 * stay is of that month: without it nobody who comes back could be told.
 */
const IS_HELD = sql`(
  exists (select 1 from session_credential as known where known.ref = vault.ref and known.held is not null and known.ref is not null)
  or exists (
    select 1 from right_plate join assigned_right on assigned_right.id = right_plate."right"
    where right_plate.ref = vault.ref and assigned_right.status <> 'ended' and assigned_right.valid_until > ${sql.placeholder('now')}
  )
  or exists (
    select 1 from assigned_right where assigned_right.holder_ref = vault.ref
    and (case assigned_right.status when 'ended' then assigned_right.moved_at else assigned_right.valid_until end) > ${sql.placeholder('rightsSince')}
  )
  or (vault.purpose = 'transfer-text' and exists (
    select 1 from bank_credit where bank_credit.at >= 0 and bank_credit.status in ('unmatched', 'refund-due') and bank_credit.text_ref = vault.ref
  ))
  or (vault.purpose = 'period' and (
    exists (
      select 1 from session_credential as known where known.held is not null and known.ref is not null
      and known.ref >= 'plate:' || substr(vault.ref, 8) || ':' and known.ref < 'plate:' || substr(vault.ref, 8) || ';'
    )
    or exists (
      select 1 from session_credential as known where known.held is not null and known.ref is not null
      and known.ref >= 'payer:' || substr(vault.ref, 8) || ':' and known.ref < 'payer:' || substr(vault.ref, 8) || ';'
    )
  ))
)`

/**
 * SQLite looks at the value of a parameter when it plans a statement that sorts, limits or sums, and so compiles it anew for each value. It does not look behind
 * `+`: a read that costs 2 µs then costs 2 and not 12. Where one row is read none is asked to stop after the first.
 */
function prepare(db: Db) {
  const p = sql.placeholder
  const { bundle, charge, contact, currentBundle, device, exposure, laneState, passSide, passage, payerDay } = tables
  const { parked, payment, spent, vault } = tables
  // What a payment is of, its charge says. Training and money seldom take turns at one stall, so the first or second row is of the mode.
  const paidAt = sql`${payment.placeKind} = +${p('kind')} and ${payment.placeId} = +${p('id')} and (select mode from charge where charge.id = ${payment.charge}) = +${p('mode')}`
  const newestPaid = (rowsMax: number) =>
    db
      .select()
      .from(payment)
      .where(paidAt)
      .orderBy(sql`${payment.seq} desc limit ${sql.raw(String(rowsMax))}`)
      .prepare()
  return {
    bundles: db.select().from(currentBundle).prepare(),
    bundle: db
      .select({ content: bundle.content })
      .from(bundle)
      .where(sql`${bundle.hash} = ${p('hash')}`)
      .prepare(),
    devices: db.select().from(device).orderBy(device.id).prepare(),
    charge: db
      .select()
      .from(charge)
      .where(sql`${charge.id} = ${p('id')}`)
      .prepare(),
    openCharge: db
      .select()
      .from(charge)
      .where(
        sql`${charge.placeKind} = ${p('kind')} and ${charge.placeId} = ${p('id')} and ${charge.mode} = ${p('mode')} and ${charge.status} in ('open', 'owed') and ${charge.status} = 'open'`,
      )
      .prepare(),
    lastPaid: db.select().from(payment).where(paidAt).orderBy(sql`${payment.seq} desc`).prepare(),
    paidNewest: newestPaid(PAID_READ_FIRST),
    paidLately: newestPaid(PAID_LATELY_MAX),
    laneState: db
      .select({ state: laneState.state })
      .from(laneState)
      .where(sql`${laneState.lane} = ${p('id')}`)
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
    spent: db
      .select()
      .from(spent)
      .where(sql`${spent.iss} = ${p('iss')} and ${spent.id} = ${p('id')}`)
      .prepare(),
    payerDay: db
      .select({ amount: payerDay.amount })
      .from(payerDay)
      .where(
        sql`${payerDay.payer} = ${p('payer')} and ${payerDay.mode} = ${p('mode')} and ${payerDay.day} = ${p('day')}`,
      )
      .prepare(),
    exposure: db
      .select({ amount: sql<number>`coalesce(sum(${exposure.amount}), 0)` })
      .from(exposure)
      .where(sql`${exposure.mode} = +${p('mode')}`)
      .prepare(),
    contact: db.select({ at: contact.at }).from(contact).where(sql`${contact.name} = 'upstream'`).prepare(),
    vaultRow: db
      .select({ salt: vault.salt })
      .from(vault)
      .where(sql`${vault.ref} = ${p('ref')}`)
      .prepare(),
    putSalt: db
      .insert(vault)
      .values({ ref: p('ref'), salt: p('salt'), value: '', purpose: 'payer-day', eraseAt: p('eraseAt') })
      // A clock that was set back meets a day whose salt is erased: its pseudonyms begin anew.
      .onConflictDoUpdate({
        target: vault.ref,
        set: {
          salt: sql`excluded.salt`,
          value: sql`excluded.value`,
          eraseAt: sql`excluded.erase_at`,
          erasedSeq: sql`null`,
        },
        setWhere: sql`${vault.value} is null`,
      })
      .prepare(),
    eraseParkedDue: db
      .select({ seq: parked.seq })
      .from(parked)
      .where(sql`${parked.event} is not null and ${parked.eraseAt} <= ${p('now')}`)
      .orderBy(parked.eraseAt)
      .limit(ERASE_AT_ONCE_MAX)
      .prepare(),
    eraseDue: db
      .select({ ref: vault.ref })
      .from(vault)
      .where(sql`${vault.value} is not null and ${vault.eraseAt} <= ${p('now')} and not ${IS_HELD}`)
      .orderBy(vault.eraseAt)
      .limit(ERASE_AT_ONCE_MAX)
      .prepare(),
  }
}
