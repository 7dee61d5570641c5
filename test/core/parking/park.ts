import type { Change, Charge, ChargeStatus, Spent } from '../../../core/changes.ts'
import { decide } from '../../../core/decide.ts'
import type { Decision } from '../../../core/decision.ts'
import { passIssuer } from '../../../core/decision.ts'
import { isOfCarPark } from '../../../core/event-traits.ts'
import type { EventBody, Role, ScanEvent, Timer } from '../../../core/events.ts'
import { reasonOf } from '../../../core/events.ts'
import type { CommonFacts, LaneFacts, TokenFacts } from '../../../core/facts.ts'
import type {
  CaseId,
  ChargeId,
  EffectId,
  LaneId,
  PassageId,
  PlaceId,
  RightId,
  SessionId,
  VehicleClass,
} from '../../../core/ids.ts'
import { deviceId, laneId, merchantId, placeId, vehicleClass } from '../../../core/ids.ts'
import type { LaneState, Passage } from '../../../core/lane/state.ts'
import { passageMoves, unknownLane } from '../../../core/lane/state.ts'
import type { Tender, Transfer } from '../../../core/ledger.ts'
import { applyLinkedSet, EMPTY_LEDGER } from '../../../core/ledger.ts'
import type { Mode } from '../../../core/mode.ts'
import type { BankCredit } from '../../../core/parking/credit.ts'
import type {
  DebtFacts,
  FoundStay,
  ParkingCommon,
  RightFacts,
  ShownFacts,
  StayCharge,
  StayFacts,
} from '../../../core/parking/facts.ts'
import {
  CASES_READ_MAX,
  DEBTS_READ_MAX,
  NOTHING_SHOWN,
  RIGHTS_READ_MAX,
  STAYS_READ_MAX,
  staysKnownAt,
} from '../../../core/parking/facts.ts'
import { showsVehicle } from '../../../core/parking/late-evidence.ts'
import type { OnBehalfMove } from '../../../core/parking/on-behalf.ts'
import { heldAfter } from '../../../core/parking/on-behalf.ts'
import type { LaneParking, ParkingLayout, ParkingPolicy } from '../../../core/parking/place.ts'
import { plateSkeleton, readPlate } from '../../../core/parking/plate.ts'
import { rightOfToken } from '../../../core/parking/rights.ts'
import type { PassSale, SaleFacts } from '../../../core/parking/sale.ts'
import type {
  AssignedRight,
  PlateValue,
  Segment,
  Session,
  SessionCredential,
  StaffCase,
} from '../../../core/parking/session.ts'
import { sessionMoves, surestPlate } from '../../../core/parking/session.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import type { Question } from '../../../core/questions.ts'
import type { Lane, Merchant, SiteLayout, SitePolicy } from '../../../core/site.ts'
import type { ClockTrust, Instant, LocalDay, Now } from '../../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, isTrusted, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { spendIdentityOf } from '../../../core/token-spending.ts'
import type { Issuer, PresentedToken, TicketToken } from '../../../core/tokens.ts'
import type { ParkingLookUps, Shown } from '../../../db/parking-look-ups.ts'
import { SHOWN_NOTHING, WHAT_STANDS_THERE, whenDown } from '../../../db/parking-look-ups.ts'
import type { LaneLookUps } from '../../../db/parking-question.ts'
import { parkingQuestion, payingFacts } from '../../../db/parking-question.ts'
import { SERVING_WITHIN_MS } from '../../../db/since-then.ts'
import {
  BOX,
  deviceAt,
  KEY,
  LAYOUT,
  NOON,
  OPERATOR_ISSUER,
  POLICY,
  SITE,
  SUPERVISOR_ISSUER,
  SYNCED,
  WALLET_ISSUER,
} from '../kit.ts'
import { BIKE, bookOf, CAR, charging, LEVEL, LOT, PER_HOUR } from './tariff-kit.ts'
import { HANOI } from './zones.ts'

export const CAR_IN = laneId('car-in')
export const CAR_OUT = laneId('car-out')
export const RAMP = laneId('ramp')
/** Up to the level, and down again, by a lane for each. */
export const UP = laneId('up')
export const DOWN = laneId('down')
export const GATE = laneId('gate')
export const BIKE_IN = laneId('bike-in')
export const BIKE_OUT = laneId('bike-out')

const ways: Omit<LaneParking, 'vehicleClasses'> = {
  inside: LOT,
  outside: null,
  entryBy: ['ticket', 'plate', 'pass', 'token'],
  barrier: 'arm',
  plateConfidenceMinPermille: 800,
  unpaid: 'wait',
  isFullRefused: true,
}

export const PARKING_LAYOUT: ParkingLayout = {
  vehicleClasses: [
    { id: CAR, vi: 'Ô tô', en: 'Car', seenAs: 'car' },
    { id: BIKE, vi: 'Xe máy', en: 'Motorbike', seenAs: 'motorbike' },
  ],
  places: [
    {
      id: LOT,
      name: 'Bãi',
      parent: null,
      capacities: [
        { vehicleClasses: [CAR], spaces: 3 },
        { vehicleClasses: [BIKE], spaces: 5 },
      ],
    },
    { id: LEVEL, name: 'Tầng 1', parent: LOT, capacities: [{ vehicleClasses: [CAR], spaces: 1 }] },
  ],
  lanes: [
    { lane: CAR_IN, ...ways, vehicleClasses: [CAR] },
    { lane: CAR_OUT, ...ways, vehicleClasses: [CAR] },
    { lane: RAMP, ...ways, inside: LEVEL, outside: LOT, vehicleClasses: [CAR] },
    { lane: UP, ...ways, inside: LEVEL, outside: LOT, vehicleClasses: [CAR] },
    { lane: DOWN, ...ways, inside: LEVEL, outside: LOT, vehicleClasses: [CAR] },
    {
      lane: GATE,
      ...ways,
      vehicleClasses: [CAR, BIKE],
      cameras: [{ device: deviceId('gate-camera'), forward: 'in', reverse: 'out', unsaid: null }],
    },
    { lane: BIKE_IN, ...ways, barrier: 'none', vehicleClasses: [BIKE] },
    { lane: BIKE_OUT, ...ways, barrier: 'none', vehicleClasses: [BIKE] },
  ],
  merchant: merchantId('car-park'),
}

export const PARKING_POLICY: ParkingPolicy = {
  antiPassback: 'hard',
  quoteHoldMs: 5 * MINUTE_MS,
  debtMax: 200_000,
  refundMax: 50_000,
  cashNoteMax: 500_000,
  cashOverMax: 2_000_000,
  unpaidAfterMs: 3 * MINUTE_MS,
  bankAwayAfterMs: 10 * MINUTE_MS,
  creditMoveMax: 5_000_000,
  transferWithinMs: DAY_MS,
  bankConfirmation: 'none',
  ticketLifetimeMs: 30 * DAY_MS,
  plateKeepMs: 30 * DAY_MS,
  sightingWindowMs: 3 * SECOND_MS,
  stayMaxMs: 7 * DAY_MS,
  paidStayMs: DAY_MS,
  lateEvidenceAgeMaxMs: 7 * DAY_MS,
}

const laneOf = (id: LaneId, direction: Lane['direction']): Lane => ({
  id,
  name: id,
  direction,
  merchant: merchantId('car-park'),
  price: null,
  takes: ['pay', 'holder', 'pass', 'ticket', 'override'],
  failSafe: 'closed',
})

export const PARK_LAYOUT: SiteLayout = {
  ...LAYOUT,
  lanes: [
    laneOf(CAR_IN, 'entry'),
    laneOf(CAR_OUT, 'exit'),
    laneOf(RAMP, 'both'),
    laneOf(UP, 'entry'),
    laneOf(DOWN, 'exit'),
    { ...laneOf(GATE, 'both'), takes: ['pay', 'holder', 'pass', 'ticket', 'override', 'receipt'] },
    laneOf(BIKE_IN, 'entry'),
    laneOf(BIKE_OUT, 'exit'),
  ],
  parking: PARKING_LAYOUT,
}

const GATEWAY_ISSUER: Issuer = {
  ...WALLET_ISSUER,
  iss: `urn:tolbooth:${SITE}:gateway:${BOX}`,
  kinds: ['ticket', 'receipt'],
  scope: 'site',
}
const ISSUERS = [
  WALLET_ISSUER,
  OPERATOR_ISSUER,
  { ...OPERATOR_ISSUER, iss: passIssuer(SITE, BOX) },
  { ...OPERATOR_ISSUER, iss: passIssuer(SITE, 'box-2') },
  SUPERVISOR_ISSUER,
  GATEWAY_ISSUER,
]

export type ParkSettings = {
  readonly policy?: Partial<ParkingPolicy>
  readonly site?: Partial<SitePolicy>
  readonly lanes?: Partial<LaneParking>
  readonly merchants?: readonly Merchant[]
  readonly mode?: Mode
  readonly takes?: Lane['takes']
  /** Each lane has an enrolled loop that says who stands there. */
  readonly hasLoops?: true
  /** False: no issuer of payers' codes is known. */
  readonly takesCodes?: boolean
  readonly vehicleClasses?: ParkingLayout['vehicleClasses']
  /** Who moves a bank's credit, or hands in late evidence; an operator where it is not said. */
  readonly role?: Role
  readonly tariffs?: readonly Tariff[] | null
  /** Told of what each event has changed, once it is written here. */
  readonly written?: (changes: readonly Change[], seq: number) => void
}

type PlateSeen = Extract<EventBody, { kind: 'plate-seen' }>

type SessionRow = {
  session: Session
  movedAt: Instant
  isSupposed: boolean
  isHandedIn: boolean
  passbackResetAt: Instant | null
  segments: readonly Segment[]
}

const NOBODY = '' as SessionId

function newestOf(times: readonly Instant[]): Instant | null {
  return times.length === 0 ? null : instant(Math.max(...times))
}

/** A car park's books as a value in memory, with a driver's hands: a fold of changes into facts, as the real ones make them. What does not fit throws. */
export function park(settings: ParkSettings = {}) {
  const parkingLayout: ParkingLayout = {
    ...PARKING_LAYOUT,
    vehicleClasses: settings.vehicleClasses ?? PARKING_LAYOUT.vehicleClasses,
    lanes: PARKING_LAYOUT.lanes.map((lane) => ({ ...lane, ...settings.lanes })),
  }
  const layout: SiteLayout = {
    ...PARK_LAYOUT,
    lanes: PARK_LAYOUT.lanes.map((lane) => ({ ...lane, takes: settings.takes ?? lane.takes })),
    merchants: settings.merchants ?? PARK_LAYOUT.merchants,
    parking: parkingLayout,
  }
  let { mode = 'live' } = settings
  let upstreamHeardAt: Instant | null = null
  const parkingPolicy: ParkingPolicy = { ...PARKING_POLICY, ...settings.policy }
  const policy: SitePolicy = { ...POLICY, ...settings.site, parking: parkingPolicy }
  const tariffs =
    settings.tariffs === undefined ? [charging(PER_HOUR, { vehicleClasses: [CAR, BIKE] })] : settings.tariffs
  let inForce = tariffsInForce(tariffs)

  const lanes = new Map<LaneId, LaneState>()
  const passages = new Map<PassageId, Passage>()
  const sessions = new Map<SessionId, SessionRow>()
  const charges = new Map<ChargeId, StayCharge>()
  const rights = new Map<RightId, AssignedRight>()
  const sales = new Map<ChargeId, PassSale>()
  const borne = new Map<RightId, number>()
  const cases = new Map<CaseId, StaffCase>()
  const credits = new Map<string, BankCredit>()
  const counts = new Map<string, number>()
  const sightings: (Extract<Change, { kind: 'sighted' }> & { readonly seq: number })[] = []
  const spent = new Map<string, Spent>()
  const timers = new Map<string, { readonly timer: Timer; readonly dueAt: Instant }>()
  const ids = new Set<string>()
  const changes: Change[] = []
  /** What came, of which stay, and when. */
  const taken: { readonly at: Instant; readonly body: EventBody; readonly session: SessionId | null }[] = []
  const inPerson: { readonly at: Instant; readonly charge: ChargeId }[] = []
  let ledger = EMPTY_LEDGER
  let seq = 0
  let epoch = 1
  let clock = NOON as number
  let trust: ClockTrust = SYNCED
  let hasCome = NOON

  const now = (): Now => ({
    at: instant(clock),
    trust,
    local: { day: '2026-11-21' as LocalDay, weekday: 6, minuteOfDay: 720 },
  })

  /** `ageMs`: how long before it came it happened. */
  function take(body: EventBody, ageMs = 0): Decision {
    seq += 1
    const question = questionOf(body, ageMs)
    const common: CommonFacts = {
      position: { gateway: BOX, epoch, seq },
      layout,
      policy,
      mode,
      siteMode: mode,
      gateway: BOX,
      takesCodes: settings.takesCodes ?? true,
      happenedAt: instant(clock - ageMs),
      reason: reasonOf(body) === null ? null : { ref: `reason:${seq}`, mac: `mac-${seq}` },
    }
    const decision = decide(question, common, now())
    if (isTrusted(trust) && clock > hasCome) hasCome = instant(clock)
    for (const change of decision.changes) apply(change, body)
    changes.push(...decision.changes)
    taken.push({ at: instant(clock), body, session: decision.subject.session })
    settings.written?.(decision.changes, seq)
    for (const effect of decision.effects) {
      const { command, to } = effect
      if (command.type === 'open') opens.set(laneOfDevice(to), effect.id)
      if (command.type === 'close') closes.set(laneOfDevice(to), effect.id)
    }
    return decision
  }
  let isBarrierPresent = true
  let asker = 'gate-1'
  const onBehalf: OnBehalfMove[] = []
  let isApproachHeard = true
  let doesApproachChatter = false
  let isClosed = false
  const closed = new Set<LaneId>()
  let unpaidNow: LaneParking['unpaid'] | null = null
  const opens = new Map<LaneId, EffectId>()
  const closes = new Map<LaneId, EffectId>()

  /** What the books in SQLite are asked (db/parking-facts.ts): test/db/parking-look-ups.test.ts holds that both answer alike. */
  const look: ParkingLookUps = {
    common: parkingCommon,
    lane(id, state, current, shown) {
      const known = parkingLayout.lanes.find((each) => each.lane === id)
      if (known === undefined || closed.has(id)) return null
      const lane = { ...known, unpaid: unpaidNow ?? known.unpaid }
      const visiting = state.visit?.session ?? null
      return {
        ...parkingCommon(),
        lane,
        visiting: visiting === null ? null : stayFacts(visiting),
        passing: current?.right.kind === 'session' ? stayFacts(current.right.session) : null,
        shown: shown.lookUp ? shownFacts(state, shown) : NOTHING_SHOWN,
        cases: casesAt(id),
      }
    },
    shown: (shown) => shownFacts(null, shown),
    stay: (id) => (id === null ? null : stayFacts(id)),
    chargeOf(id, by = null) {
      const charge = withOnBehalf(chargeFacts(id), by)
      const session = charge?.charge.session ?? null
      const stay = session === null ? null : stayFacts(session)
      return { charge, stay, sale: saleFacts(id) }
    },
    laneOf(session, charge) {
      const known = [...lanes.values()].filter(
        ({ visit, presence }) =>
          visit !== null &&
          visit.presence === presence &&
          (visit.asked?.charge === charge ||
            (charge !== null && visit.asked?.debts?.includes(charge) === true) ||
            (session !== null && visit.session === session)),
      )
      return (known.find(({ visit }) => visit?.asked !== null) ?? known[0])?.lane ?? null
    },
    lanesOfRight(right, session) {
      const goesBy = (id: SessionId) =>
        id === session ||
        sessions.get(id)?.session.credentials.some((each) => each.kind === 'right' && each.right === right) === true
      return [...lanes.values()]
        .filter(
          ({ visit, presence, alarm }) =>
            visit !== null &&
            (visit.asked !== null || alarm === 'loop-stuck') &&
            visit.presence === presence &&
            goesBy(visit.session ?? NOBODY),
        )
        .map(({ lane }) => lane)
        .toSorted()
    },
    stillOwed: (ids) =>
      ids.flatMap((id) => {
        const charge = chargeFacts(id)
        const session = charge?.charge.session ?? null
        return charge?.status !== 'owed' || session === null ? [] : [{ charge, session }]
      }),
    debtsOf(stay) {
      const plate = stay === null ? null : surestPlate(stay.session)
      return owedBy(plate === null ? [] : [plate]).filter(({ session }) => session !== stay?.session.id)
    },
    whereabouts(session, after) {
      const since = [...lanes.values()].flatMap(({ visit }) => (visit?.session === session ? [visit.since] : []))
      return {
        session,
        cameAt: since.length === 0 ? null : instant(Math.max(...since)),
        knownHereAt: newestOf(
          [
            ...sightings.flatMap((each) => (each.session === session ? [each.at] : [])),
            ...inPerson.flatMap((each) => (each.charge === sessions.get(session)?.session.charge ? [each.at] : [])),
          ].filter((at) => at > after),
        ),
        isSupposed: sessions.get(session)?.isSupposed === true,
      }
    },
    shownAt(session, after) {
      return newestOf(
        taken.flatMap(({ at, body, ...of }) =>
          of.session === session && at > after && showsVehicle(body) ? [at] : [],
        ),
      )
    },
    wasServing(at) {
      const times = taken.filter(({ body }) => body.kind !== 'late-evidence').map((each) => each.at)
      const before = Math.max(...times.filter((time) => time < at))
      const after = Math.min(...times.filter((time) => time > at))
      return after - before <= SERVING_WITHIN_MS
    },
    leftBy(text, { leftSince, cameUntil }) {
      const plate = plateValue(text)
      const about = [...sessions.values()].filter(
        ({ session, movedAt }) =>
          session.status === 'left' &&
          plate !== null &&
          likeness(session, [plate]) === 'same' &&
          movedAt >= leftSince &&
          session.entry.at <= cameUntil,
      )
      const [first] = about.toSorted((left, right) => left.movedAt - right.movedAt)
      return first === undefined ? null : stayFacts(first.session.id)
    },
    casesAt,
    right: (id) => rightFacts(id, null),
    givenToday: (merchant) =>
      [...rights.values()].filter(({ given }) => given?.merchant === merchant && given?.on === now().local.day).length,
    rightPlates: (texts) => texts.map(plateValue),
    rightHolder: (name) => (name === '' ? null : { ref: `holder:${seq}`, mac: name }),
    staffCase: (id) => cases.get(id) ?? null,
    credit: (reference) => credits.get(reference) ?? null,
    transferText: (text) => ({ ref: `transfer-text:${seq}`, mac: text }),
  }

  const laneLookUps: LaneLookUps = {
    gateway: BOX,
    site: SITE,
    lane: (id) => layout.lanes.find((each) => each.id === id) ?? null,
    laneFacts,
    hasCome: () => hasCome,
  }

  const hands = {
    take,
    now,
    /** Time goes on. */
    wait(ms: number) {
      clock += ms
    },
    setTariffs(next: readonly Tariff[] | null) {
      inForce = tariffsInForce(next)
    },
    /** As after a restore: what the epochs before have written since the backup is in no book. */
    beginEpoch(next: number) {
      epoch = next
    },
    setTrust(next: ClockTrust) {
      trust = next
    },
    setBarrierPresent(next: boolean) {
      isBarrierPresent = next
    },
    setApproachHeard(next: boolean) {
      isApproachHeard = next
    },
    setApproachChatters(next: boolean) {
      doesApproachChatter = next
    },
    /** A layout came by which there is no car park any more. */
    closePark() {
      isClosed = true
    },
    /** A layout came by which its lanes do another thing about who cannot pay. */
    setUnpaid(next: LaneParking['unpaid']) {
      unpaidNow = next
    },
    /** The box was started anew in the other mode, on the same books. */
    setMode(next: Mode) {
      mode = next
    },
    openPark() {
      isClosed = false
    },
    /** A layout came by which this lane is none of the car park's any more. */
    closeLane(lane: LaneId) {
      closed.add(lane)
    },
    loop(lane: LaneId, role: 'approach' | 'safety', occupied: boolean) {
      return take({ kind: 'loop', lane, device: deviceId(`${lane}-${role}`), role, occupied, late: false })
    },
    arrive: (lane: LaneId) => hands.loop(lane, 'approach', true),
    reverse: (lane: LaneId) => hands.loop(lane, 'approach', false),
    see(
      lane: LaneId,
      text: string,
      confidencePermille = 950,
      picture: string | null = null,
      more: Partial<PlateSeen> = {},
    ) {
      return take({
        kind: 'plate-seen',
        lane,
        device: deviceId(`${lane}-camera`),
        readings: [{ text, confidencePermille }],
        picture,
        late: false,
        ...more,
      })
    },
    /** A camera that has been told which way leads in. */
    seeIn: (lane: LaneId, text: string, more: Partial<PlateSeen> = {}) =>
      hands.see(lane, text, 950, null, { direction: 'forward', ...more }),
    seeOut: (lane: LaneId, text: string, more: Partial<PlateSeen> = {}) =>
      hands.see(lane, text, 950, null, { direction: 'reverse', ...more }),
    ticket: (lane: LaneId, asClass: VehicleClass | null = null) =>
      take({ kind: 'ticket-asked', lane, vehicleClass: asClass }),
    show: (lane: LaneId, token: PresentedToken) =>
      take({ kind: 'scan', place: { kind: 'lane', id: lane }, reader: null, token, evidence: 'text' }),
    payAway: (charge: ChargeId, token: PresentedToken) =>
      take({ kind: 'scan', place: { kind: 'site' }, reader: null, token, evidence: 'text', charge }),
    choose: (lane: LaneId, session: SessionId, reason = 'lost ticket') =>
      take({ kind: 'session-chosen', lane, session, reason }),
    /** The arm goes up, the vehicle drives under it and away, and the arm comes down. */
    drive(lane: LaneId) {
      hands.driveThrough(lane)
      hands.due('close-due')
      take({
        kind: 'command-result',
        device: deviceId(`${lane}-barrier`),
        lane,
        command: closes.get(lane) ?? null,
        result: 'done',
      })
      hands.armDown(lane)
    },
    /** The arm goes up, and the vehicle drives under it and away: the arm is still up, and about to be told. */
    driveThrough(lane: LaneId) {
      const command = opens.get(lane) ?? null
      take({ kind: 'command-result', device: deviceId(`${lane}-barrier`), lane, command, result: 'done' })
      clock += SECOND_MS
      hands.loop(lane, 'safety', true)
      hands.loop(lane, 'approach', false)
      clock += 2 * SECOND_MS
      hands.loop(lane, 'safety', false)
      clock += SECOND_MS
    },
    upstreamHeard() {
      upstreamHeardAt = instant(clock)
    },
    armDown: (lane: LaneId) =>
      take({ kind: 'barrier-state', lane, device: deviceId(`${lane}-barrier`), state: 'closed', late: false }),
    /** Everything that is due by now, or all of one purpose that is. */
    due(purpose: Timer['purpose'] | null = null) {
      const fired = [...timers].filter(
        ([, row]) => row.dueAt <= clock && (purpose === null || row.timer.purpose === purpose),
      )
      return fired.map(([id, { timer }]) => {
        timers.delete(id)
        return take({ kind: 'timer', timer })
      })
    },
    /** What is waited for, due or not. */
    waits: () => [...timers.values()].map(({ timer }) => timer),
    lane: (id: LaneId) => stateOf(id),
    sessions: () => [...sessions.values()].map(({ session }) => session),
    open: () => [...sessions.values()].map(({ session }) => session).filter((each) => isOpen(each)),
    session(id: SessionId): Session {
      const row = sessions.get(id)
      if (row === undefined) throw new Error(`no session ${id}`)
      return row.session
    },
    segmentsOf: (id: SessionId) => sessions.get(id)?.segments ?? [],
    charge: (id: ChargeId | null) => (id === null ? null : (charges.get(id) ?? null)),
    charges: () => [...charges.values()],
    cases: (status: StaffCase['status'] = 'open') =>
      [...cases.values()].filter((each) => each.status === status).map(({ kind }) => kind),
    /** Who does what comes next. */
    asks(by: string) {
      asker = by
    },
    casesNow: () => [...cases.values()],
    rights,
    sales,
    credits,
    borne,
    passages,
    changes,
    count: (place: PlaceId, asClass: VehicleClass) => counts.get(`${place}/${asClass}`) ?? 0,
    ledger: () => ledger,
    balance(account: string): number {
      const balance = [...ledger.accounts].find(([id]) => id === account)?.[1]
      return balance === undefined ? 0 : balance.debitsPosted - balance.creditsPosted
    },
    stay: (id: SessionId) => stayFacts(id),
    look,
    laneState: stateOf,
    layout,
    policy,
    inForce: () => inForce,
    /** The ticket that was given out for a stay, or one that says that it was. */
    ticketOf(id: SessionId) {
      const session = hands.session(id)
      const given = session.credentials.find((each) => each.kind === 'ticket')
      return ticketOf(session, given?.kind === 'ticket' ? { jti: given.ticket } : {})
    },
  }
  return hands

  function laneOfDevice(device: string): LaneId {
    return device.replace(/-barrier$/, '') as LaneId
  }

  function stateOf(id: LaneId): LaneState {
    return lanes.get(id) ?? unknownLane(id, instant(clock))
  }

  function laneFacts(id: LaneId, shown: Shown): LaneFacts {
    const state = stateOf(id)
    const { phase } = state
    const current = 'passage' in phase && phase.passage !== null ? (passages.get(phase.passage) ?? null) : null
    const parking = look.lane(id, state, current, shown)
    const stays = staysKnownAt(parking)
    return {
      lane: layout.lanes.find((lane) => lane.id === id) ?? null,
      state,
      devices: devicesAt(id),
      barrierPresent: isBarrierPresent,
      safetyHeard: true,
      approachHeard: isApproachHeard,
      approachChatters: doesApproachChatter,
      current,
      parking,
      askedElsewhere: [...lanes.values()]
        .filter(
          ({ lane, visit }) => lane !== id && visit?.asked != null && stays.some((stay) => stay === visit.session),
        )
        .map((other) => ({ state: other, devices: devicesAt(other.lane) })),
    }
  }

  function devicesAt(id: LaneId): LaneFacts['devices'] {
    const place = { kind: 'lane', id } as const
    const loops = settings.hasLoops === true ? [deviceAt(place, 'loop', 'approach')] : []
    const arms = parkingLayout.lanes.find(({ lane }) => lane === id)?.barrier === 'none' ? [] : ['barrier']
    return [...[...arms, 'display', 'soundbox', 'printer'].map((kind) => deviceAt(place, kind)), ...loops]
  }

  function parkingCommon(): ParkingCommon {
    const occupancy = [...counts].map(([key, count]) => {
      const [place = '', asClass = ''] = key.split('/')
      return { place: placeId(place), vehicleClass: vehicleClass(asClass), count }
    })
    return { layout: parkingLayout, policy: parkingPolicy, tariffs: inForce, occupancy, upstreamHeardAt }
  }

  function chargeFacts(id: ChargeId): StayCharge | null {
    const row = charges.get(id) ?? null
    const unpaid = [...cases.values()].find(
      ({ kind, status, charge }) => kind === 'left-unpaid' && status === 'open' && charge === id,
    )
    return row?.status === 'owed' && unpaid !== undefined ? { ...row, leftUnpaid: unpaid.id } : row
  }

  function stayFacts(id: SessionId): StayFacts | null {
    const row = sessions.get(id)
    if (row === undefined) return null
    const { session } = row
    const known = session.credentials.flatMap((each) => (each.kind === 'right' ? [each.right] : []))
    const validations = [...rights.values()].filter((right) => right.session === id).map((right) => right.id)
    const under = [...new Set([...known, ...validations])].flatMap((right) => rightFacts(right, id) ?? [])
    const way = [...passages.values()].findLast(
      ({ right, status }) =>
        right.kind === 'session' && right.session === id && status !== 'used' && status !== 'lapsed',
    )
    return {
      session,
      movedAt: row.movedAt,
      ...(row.isHandedIn ? { isHandedIn: true as const } : {}),
      passbackResetAt: row.passbackResetAt,
      charge: session.charge === null ? null : chargeFacts(session.charge),
      passage: way ?? null,
      picture: sightings.findLast((each) => each.session === id && each.picture !== null)?.picture ?? null,
      segments: row.segments,
      rights: under.slice(0, RIGHTS_READ_MAX),
      cases: [...cases.values()]
        .filter((each) => each.session === id && each.status === 'open')
        .slice(0, CASES_READ_MAX),
    }
  }

  function rightFacts(id: RightId, but: SessionId | null): RightFacts | null {
    const right = rights.get(id)
    if (right === undefined) return null
    const others = [...sessions.values()].filter(
      ({ session }) =>
        session.id !== but &&
        isOpen(session) &&
        session.credentials.some((each) => each.kind === 'right' && each.right === id),
    )
    return { right, others: others.length, isSaleOpen: saleIs(id, ['unpaid']) }
  }

  function saleIs(right: RightId, statuses: readonly PassSale['state']['status'][], after = -1): boolean {
    return [...sales.values()].some(
      (sale, index) => sale.right === right && index > after && statuses.includes(sale.state.status),
    )
  }

  function saleFacts(id: ChargeId): SaleFacts | null {
    const sale = sales.get(id)
    const right = sale && rights.get(sale.right)
    if (sale === undefined || right === undefined) return null
    const isLast = !saleIs(right.id, ['unpaid', 'paid'], [...sales.keys()].indexOf(id))
    const open = [...cases.values()].filter(({ charge, status }) => charge === id && status === 'open')
    return { sale, right, isLast, cases: open }
  }

  /** What stays by these plates owe, the oldest first. */
  function owedBy(plates: readonly PlateValue[]): readonly DebtFacts[] {
    return [...sessions.keys()]
      .flatMap((id) => stayFacts(id) ?? [])
      .filter(({ session }) => likeness(session, plates) === 'same')
      .toSorted((left, right) => left.session.entry.at - right.session.entry.at)
      .flatMap(({ session }) => {
        const charge = session.charge === null ? null : chargeFacts(session.charge)
        return charge?.status === 'owed' ? [{ charge, session: session.id }] : []
      })
  }

  function shownFacts(state: LaneState | null, named: Shown): ShownFacts {
    const plates = named.plates.map(plateValue)
    const read = plates.filter((plate) => plate !== null)
    const stands = state?.visit?.plate?.value ?? null
    const seen = read.length > 0 ? read : stands === null ? [] : [stands]
    const { token } = named
    const payer = token !== null && (token.kind === 'pay' || token.kind === 'holder') ? token.sub : null
    const found = new Map<SessionId, FoundStay>()
    const add = (by: FoundStay['by'], list: readonly SessionRow[]): void => {
      for (const { session } of list) {
        const stay = stayFacts(session.id)
        if (stay !== null && !found.has(session.id) && found.size < STAYS_READ_MAX)
          found.set(session.id, { by, stay, plate: likeness(session, seen) })
      }
    }
    const ofPlate = [...rights.values()]
      .filter(
        ({ status, plates: own }) =>
          status !== 'ended' && status !== 'unpaid' && own.some(({ mac }) => isAmong(mac, seen)),
      )
      .toSorted((left, right) => right.validUntil - left.validUntil || (left.id < right.id ? -1 : 1))
    const byPass = token?.kind === 'pass' ? [rightOfToken(token)] : []
    const shownRights = [...new Set([...byPass, ...ofPlate.map(({ id }) => id)])].slice(0, RIGHTS_READ_MAX)
    const all = [...sessions.values()]
    const openNow = all.filter(({ session }) => isOpen(session))
    const openBy = (is: (credential: SessionCredential) => boolean): readonly SessionRow[] =>
      openNow.filter(({ session }) => session.credentials.some(is))
    add(
      'staff',
      all.filter(({ session }) => session.id === named.session),
    )
    const ticket = token?.kind === 'ticket' ? token : null
    add(
      'ticket',
      openBy((each) => each.kind === 'ticket' && each.ticket === ticket?.jti),
    )
    add(
      'ticket',
      all.filter(({ session }) => session.id === ticket?.session),
    )
    add(
      'payer',
      openBy((each) => each.kind === 'payer' && each.payer.mac === payer),
    )
    add(
      'plate',
      openNow.filter(({ session }) => likeness(session, seen) === 'same'),
    )
    add(
      'right',
      openBy((each) => each.kind === 'right' && shownRights.includes(each.right)).filter(
        ({ session }) => token?.kind === 'pass' || !session.credentials.some(({ kind }) => kind === 'plate'),
      ),
    )
    add(
      'plate-candidate',
      openNow.filter(({ session }) => likeness(session, seen) === 'candidate'),
    )
    const visiting = state?.visit?.session ?? null
    const atHand = visiting === null ? [...found.values()][0]?.stay.session : sessions.get(visiting)?.session
    const ofStay = atHand === undefined ? null : surestPlate(atHand)
    const owing = seen.length > 0 ? seen : ofStay === null ? [] : [ofStay]
    const debts = owedBy(owing)
    const last = sightings.findLast(
      (each) =>
        each.sighting.lane === state?.lane &&
        isAmong(each.plate.mac, seen) &&
        clock - each.at <= parkingPolicy.sightingWindowMs,
    )
    return {
      isLookedUp: true,
      plates,
      picture: named.picture === null ? null : { ref: `picture:${named.picture}`, mac: named.picture },
      payer: payer === null ? null : { ref: `payer:${payer}`, mac: payer },
      found: [...found.values()],
      debts: debts.slice(0, DEBTS_READ_MAX),
      owed: debts.reduce((sum, { charge }) => sum + Math.max(0, charge.charge.due.amount - charge.paid), 0),
      rights: shownRights.flatMap((id) => rightFacts(id, null) ?? []),
      lastSighting: last === undefined ? null : { seq: last.seq, at: last.at, session: last.session },
    }
  }

  function questionOf(body: EventBody, ageMs: number): Question {
    if (isOfCarPark(body))
      return parkingQuestion(
        body,
        { id: asker, role: settings.role ?? 'operator' },
        look,
        laneLookUps,
        instant(clock - ageMs),
      )
    switch (body.kind) {
      case 'scan':
        return scanQuestion(body)
      case 'loop': {
        const shown = body.role === 'approach' && body.occupied ? WHAT_STANDS_THERE : SHOWN_NOTHING
        return { kind: 'loop', body, lane: laneFacts(body.lane, shown) }
      }
      case 'loop-away':
        return { kind: 'loop-away', lane: laneFacts(body.lane, SHOWN_NOTHING) }
      case 'barrier-state':
        return { kind: 'barrier-state', body, lane: laneFacts(body.lane, whenDown(stateOf(body.lane))) }
      case 'command-result':
        return { kind: 'command-result', body, lane: body.lane === null ? null : laneFacts(body.lane, SHOWN_NOTHING) }
      case 'open-by-hand':
        return { kind: 'open-by-hand', body, lane: laneFacts(body.lane, SHOWN_NOTHING) }
      case 'emergency':
        return {
          kind: 'emergency',
          active: body.active,
          device: body.device,
          lanes: layout.lanes.map(({ id }) => laneFacts(id, SHOWN_NOTHING)),
        }
      case 'fail-safe-over':
        return { kind: 'fail-safe-over', lane: laneFacts(body.lane, SHOWN_NOTHING) }
      case 'timer':
        return timerQuestion(body.timer)
      default:
        throw new Error(`${body.kind} has no place in a car park`)
    }
  }

  function moveOnBehalf(linked: readonly Transfer[]): void {
    for (const { debit, credit, charge, amount, code } of linked) {
      const isTaken = debit.includes(':cash-on-behalf:')
      if (charge === null || (!isTaken && !credit.includes(':cash-on-behalf:'))) continue
      const isInDrawer = debit.includes(':cash:')
      const way = isTaken ? 'taken' : code === 'refund' ? 'given-back' : isInDrawer ? 'in-drawer' : 'passed-on'
      onBehalf.push({ charge, by: asker, seq, amount: amount.amount, way })
    }
  }

  function withOnBehalf(known: StayCharge | null, by: string | null): StayCharge | null {
    if (known === null) return null
    const { id } = known.charge
    const seqs = onBehalf.filter(({ charge, way }) => charge === id && way === 'taken').map((each) => each.seq)
    const beside = onBehalf.filter((each) => seqs.includes(each.seq)).map(({ charge }) => charge)
    const held = heldAfter(onBehalf.filter(({ charge }) => charge === id || beside.includes(charge)))
    const own = held.filter(({ charge }) => charge === id)
    if (held.length === 0) return known
    const waiting = [...cases.values()].find(
      ({ kind, status, charge }) =>
        kind === 'on-behalf' && status === 'open' && (charge === id || held.some((each) => each.charge === charge)),
    )
    return {
      ...known,
      onBehalf: {
        held: [...own, ...held.filter(({ charge }) => charge !== id)],
        own: own.reduce((sum, each) => (each.by === by ? sum + each.amount : sum), 0),
        case: waiting?.id ?? null,
      },
    }
  }

  function timerQuestion(timer: Timer): Question {
    if (timer.purpose === 'charge-expires') throw new Error('a stay’s charge does not expire')
    if (timer.purpose === 'on-behalf-due')
      return { kind: 'on-behalf-due', timer, charge: look.chargeOf(timer.charge).charge }
    if (timer.purpose === 'paid-stay-due')
      return {
        kind: 'paid-stay-due',
        timer,
        overdue: { parking: isClosed ? null : parkingCommon(), stay: stayFacts(timer.session) },
      }
    if (timer.purpose === 'quote-lapses')
      return { kind: 'quote-lapses', timer, lane: laneFacts(timer.lane, WHAT_STANDS_THERE) }
    if (timer.purpose === 'pass-sale-due')
      return { kind: 'pass-sale-due', timer, paying: payingFacts(timer.charge, look, laneLookUps) }
    if (timer.purpose === 'unpaid-due')
      return { kind: 'unpaid-due', timer, lane: laneFacts(timer.lane, WHAT_STANDS_THERE) }
    if (timer.purpose !== 'passage-lapses')
      return { kind: 'lane-timer', timer, lane: laneFacts(timer.lane, whenDown(stateOf(timer.lane))) }
    const passage = passages.get(timer.passage) ?? null
    const stay = passage?.right.kind === 'session' ? stayFacts(passage.right.session) : null
    return { kind: 'passage-lapses', lapse: { passage, parking: parkingCommon(), stay } }
  }

  function scanQuestion(body: ScanEvent): Question {
    const token = tokenFacts(body.token)
    if (body.place.kind !== 'lane')
      return {
        kind: 'scan-nowhere',
        body,
        token,
        paying: body.charge === undefined ? null : payingFacts(body.charge, look, laneLookUps),
      }
    const facts = laneFacts(body.place.id, { ...WHAT_STANDS_THERE, token: body.token })
    const lane = body.place.id
    const mine = [...passages.values()].filter(
      (each) => each.lane === lane && (each.status === 'granted' || each.status === 'opened'),
    )
    const unused =
      mine.findLast(
        ({ right }) =>
          right.kind === 'session' && right.paid !== null && right.paid.spent.id === token.spent?.identity.id,
      ) ??
      mine.findLast((each) => each.presence === facts.state.presence) ??
      mine.findLast((each) => each.payer === token.payer.mac) ??
      null
    return { kind: 'scan-at-lane', body, lane: { ...facts, unused, passSide: null, isPassElsewhere: false }, token }
  }

  function tokenFacts(token: PresentedToken): TokenFacts {
    const identity =
      token.kind === 'pay' || token.kind === 'holder' || token.kind === 'override' ? spendIdentityOf(token, mode) : null
    const at = instant(clock - HOUR_MS)
    return {
      issuer: ISSUERS.find(({ iss }) => iss === token.iss) ?? null,
      key: { ...KEY, from: instant(NOON - 400 * DAY_MS) },
      denied: null,
      spent: identity === null ? null : (spent.get(`${identity.iss} ${identity.id}`) ?? null),
      payer: { ref: `payer:${token.sub}`, mac: token.sub },
      payerBeside: [],
      evidence: { ref: `token:${seq}`, mac: 'mac' },
      risk: { payerDay: 0, exposure: 0, lastContactAt: at, keySetIssuedAt: at, denyListIssuedAt: at },
      epoch: { startedAt: at, openLoss: false },
    }
  }

  function casesAt(lane: LaneId): readonly StaffCase[] {
    return [...cases.values()]
      .filter((each) => each.lane === lane && each.session === null && each.status === 'open')
      .toReversed()
      .slice(0, CASES_READ_MAX)
  }

  function must<Row>(row: Row | undefined, change: Change): Row {
    if (row === undefined) throw new Error(`${change.kind} finds nothing: ${JSON.stringify(change)}`)
    return row
  }

  function fresh(id: string): void {
    if (ids.has(id)) throw new Error(`${id} is used twice`)
    ids.add(id)
  }

  function setCharge(
    id: ChargeId,
    change: Change,
    allowed: readonly ChargeStatus[],
    over: (row: StayCharge) => Partial<StayCharge>,
  ): void {
    const row = must(charges.get(id), change)
    if (!allowed.includes(row.status)) throw new Error(`${change.kind} at a charge that is ${row.status}`)
    charges.set(id, { ...row, ...over(row) })
  }

  function setSession(id: SessionId, change: Change, over: (row: SessionRow) => Partial<SessionRow>): void {
    const row = must(sessions.get(id), change)
    sessions.set(id, { ...row, ...over(row) })
  }

  function apply(change: Change, by: EventBody): void {
    switch (change.kind) {
      case 'session-begun':
        fresh(change.session.id)
        sessions.set(change.session.id, {
          session: change.session,
          movedAt: change.session.entry.at,
          isSupposed: false,
          isHandedIn: false,
          passbackResetAt: null,
          segments: [],
        })
        return
      case 'session-moved':
        setSession(change.session, change, ({ session }) => {
          const { status } = change
          const isStill = session.status === 'inside' && status === 'inside'
          if (!isStill && !sessionMoves[session.status].includes(status))
            throw new Error(`a stay that is ${session.status} cannot be ${status}`)
          return {
            session: { ...session, status, place: change.place },
            movedAt: change.at,
            isSupposed: change.lane === null,
            isHandedIn: status === 'left' && by.kind === 'late-evidence',
          }
        })
        return
      case 'session-known-by':
        setSession(change.session, change, ({ session }) => ({
          session: {
            ...session,
            credentials: knownBy(
              session.credentials.filter(({ kind }) => kind !== 'plate' || change.instead !== true),
              change.credential,
            ),
          },
        }))
        return
      case 'session-charged':
        setSession(change.session, change, ({ session }) => ({ session: { ...session, charge: change.charge } }))
        return
      case 'session-entered':
        setSession(change.session, change, ({ session }) => {
          const { isUnsure: _unsure, ...entry } = session.entry
          return { session: { ...session, entry: { ...entry, at: change.at } } }
        })
        return
      case 'session-settled':
        setSession(change.session, change, ({ session: { graceMs: _before, ...session } }) => ({
          session: {
            ...session,
            settledAt: change.at,
            ...(change.graceMs === undefined ? {} : { graceMs: change.graceMs }),
          },
        }))
        return
      case 'session-class':
        setSession(change.session, change, ({ session: { graceMs: _before, ...session } }) => ({
          session: { ...session, vehicleClass: change.vehicleClass },
        }))
        return
      case 'passback-reset':
        setSession(change.session, change, () => ({ passbackResetAt: change.at }))
        return
      case 'segments-written':
        setSession(change.session, change, () => ({ segments: change.segments }))
        return
      case 'charge-opened':
        fresh(change.charge.id)
        charges.set(change.charge.id, {
          charge: change.charge,
          status: 'open',
          paid: 0,
          overpaid: 0,
          refunded: 0,
          relief: 0,
          movedBeyond: 0,
        })
        return
      case 'charge-raised':
        setCharge(change.charge, change, ['open'], ({ charge }) => {
          if (change.due.amount < charge.due.amount) throw new Error('a charge fell')
          return { charge: { ...charge, due: change.due } satisfies Charge }
        })
        return
      case 'charge-asked-with':
        setCharge(change.charge, change, ['open'], () => ({
          askedWith: { debts: change.debts, due: change.due.amount },
        }))
        if (change.debts.length === 0) {
          const { askedWith, ...alone } = must(charges.get(change.charge), change)
          charges.set(change.charge, alone)
        }
        return
      case 'charge-closed':
        setCharge(change.charge, change, ['open', 'owed'], () => ({ status: change.status }))
        return
      case 'charge-owed':
        setCharge(change.charge, change, ['open'], () => ({ status: 'owed' }))
        return
      case 'charge-reckoned': {
        const row = must(charges.get(change.charge), change)
        if ((row.status !== 'paid' && row.status !== 'owed') || change.due.amount <= row.charge.due.amount)
          throw new Error(`a charge that is ${row.status} is reckoned`)
        charges.set(change.charge, { ...row, charge: { ...row.charge, due: change.due }, status: 'owed' })
        return
      }
      case 'charge-overpaid':
        setCharge(change.charge, change, ['open', 'owed', 'paid', 'cancelled', 'expired'], ({ overpaid }) => ({
          overpaid: overpaid + change.amount.amount,
        }))
        return
      case 'charge-paid-beyond':
        setCharge(change.charge, change, ['open'], ({ paid, overpaid, movedBeyond }) => {
          const { amount } = change.amount
          if (paid < amount) throw new Error('more is too much than was paid')
          return { paid: paid - amount, overpaid: overpaid + amount, movedBeyond: movedBeyond + amount }
        })
        return
      case 'charge-refunded':
        setCharge(
          change.charge,
          change,
          ['open', 'owed', 'paid', 'cancelled', 'expired'],
          ({ overpaid, refunded }) => ({
            overpaid: overpaid - change.ofOverpaid.amount,
            refunded: refunded + change.ofPaid.amount,
          }),
        )
        return
      case 'payment-taken': {
        const isRelief = (
          ['waiver', 'validation', 'pass', 'late-evidence', 'correction'] as readonly Tender[]
        ).includes(change.tender)
        if (change.tender === 'cash' || change.tender === 'cash-on-behalf' || change.tender === 'token')
          inPerson.push({ at: change.at, charge: change.charge })
        setCharge(change.charge, change, ['open', 'owed'], ({ paid, relief }) => ({
          paid: paid + change.amount.amount,
          relief: relief + (isRelief ? change.amount.amount : 0),
        }))
        return
      }
      case 'transfers': {
        const applied = applyLinkedSet(ledger, change.linked, instant(clock))
        if (!applied.ok) throw new Error(`the ledger refuses: ${applied.fault}`)
        ledger = applied.ledger
        moveOnBehalf(change.linked)
        return
      }
      case 'token-spent': {
        const { identity } = change.spent
        fresh(`spent ${identity.iss} ${identity.id}`)
        spent.set(`${identity.iss} ${identity.id}`, change.spent)
        return
      }
      case 'passage-granted':
        fresh(change.passage.id)
        passages.set(change.passage.id, change.passage)
        return
      case 'passage-moved': {
        const row = must(passages.get(change.passage), change)
        if (!passageMoves[row.status].includes(change.status))
          throw new Error(`a passage that is ${row.status} cannot be ${change.status}`)
        passages.set(change.passage, { ...row, status: change.status })
        return
      }
      case 'lane-state':
        lanes.set(change.state.lane, change.state)
        return
      case 'timer-set':
        timers.set(change.id, { timer: change.timer, dueAt: change.dueAt })
        return
      case 'timer-cleared':
        timers.delete(change.id)
        return
      case 'occupancy-moved': {
        const key = `${change.place}/${change.vehicleClass}`
        const count = (counts.get(key) ?? 0) + change.by
        if (count < 0) throw new Error(`${count} vehicles stand in ${key}`)
        counts.set(key, count)
        return
      }
      case 'occupancy-corrected': {
        const key = `${change.place}/${change.vehicleClass}`
        if ((counts.get(key) ?? 0) !== change.before) throw new Error('the count before is not what it was')
        counts.set(key, change.count)
        return
      }
      case 'sighted':
        sightings.push({ ...change, seq })
        return
      case 'right-put':
        rights.set(change.right.id, change.right)
        return
      case 'pass-sale-put':
        sales.set(change.sale.charge, change.sale)
        return
      case 'validation-borne': {
        borne.set(change.right, (borne.get(change.right) ?? 0) + change.amount.amount)
        must(rights.get(change.right), change)
        return
      }
      case 'right-coded':
        rights.set(change.right, { ...must(rights.get(change.right), change), code: change.code })
        return
      case 'right-status':
        rights.set(change.right, {
          ...must(rights.get(change.right), change),
          status: change.status,
          ...(change.away === undefined ? {} : { away: change.away }),
        })
        return
      case 'credit-put':
        credits.set(change.credit.reference, change.credit)
        return
      case 'credit-reversed': {
        const row = must(charges.get(change.charge), change)
        const [paid, overpaid] = [row.paid - change.ofPaid.amount, row.overpaid - change.ofOverpaid.amount]
        if (paid < 0 || overpaid < 0) throw new Error('more is taken off than there is')
        charges.set(change.charge, { ...row, paid, overpaid, status: change.status })
        if (change.session !== null) {
          const stay = must(sessions.get(change.session), change)
          const { graceMs: _before, ...session } = stay.session
          sessions.set(change.session, { ...stay, session: { ...session, settledAt: null } })
        }
        return
      }
      case 'case-opened':
        fresh(change.case.id)
        cases.set(change.case.id, change.case)
        return
      case 'case-ended':
        cases.set(change.case, { ...must(cases.get(change.case), change), status: 'ended' })
        return
      case 'claim-opened':
      case 'risk-taken':
        return
      default:
        throw new Error(`a car park makes no ${change.kind}`)
    }
  }
}

function tariffsInForce(tariffs: readonly Tariff[] | null) {
  return tariffs === null ? null : { version: { epoch: 1, n: 1 }, book: bookOf(...tariffs), zone: HANOI }
}

export type Park = ReturnType<typeof park>

export function plateValue(text: string): PlateValue | null {
  const read = readPlate(text)
  if (!read.ok) return null
  const { text: normal } = read.plate
  return { ref: `plate:${normal}`, mac: normal, likeness: plateSkeleton(normal), tail: normal.slice(-4) }
}

/** What names the same again is not a second credential: of a plate what the camera was surest of is kept. */
function knownBy(before: readonly SessionCredential[], named: SessionCredential): readonly SessionCredential[] {
  const index = before.findIndex((each) => each.kind === named.kind && nameOf(each) === nameOf(named))
  const same = before[index]
  if (same === undefined) return [...before, named]
  if (same.kind !== 'plate' || named.kind !== 'plate') return before
  const confidencePermille = Math.max(same.confidencePermille, named.confidencePermille)
  return before.with(index, { ...named, confidencePermille })
}

function nameOf(credential: SessionCredential): string {
  switch (credential.kind) {
    case 'ticket':
      return credential.ticket
    case 'plate':
      return credential.plate.mac
    case 'payer':
      return credential.payer.mac
    case 'right':
      return credential.right
  }
}

function isAmong(mac: string, plates: readonly PlateValue[]): boolean {
  return plates.some((plate) => plate.mac === mac)
}

function likeness(session: Session, seen: readonly PlateValue[]): FoundStay['plate'] {
  const own = session.credentials.flatMap((each) => (each.kind === 'plate' ? [each.plate] : []))
  if (seen.length === 0 || own.length === 0) return 'unknown'
  if (own.some(({ mac }) => isAmong(mac, seen))) return 'same'
  return own.some((each) => seen.some((plate) => plate.likeness === each.likeness)) ? 'candidate' : 'other'
}

function isOpen({ status }: Session): boolean {
  return status === 'entering' || status === 'inside' || status === 'leaving'
}

/** The ticket that was given out for a stay, as its reader hands it on. */
export function ticketOf(session: Pick<Session, 'id' | 'entry'>, over: Partial<TicketToken> = {}): TicketToken {
  const iss = `urn:tolbooth:${SITE}:gateway:${BOX}`
  return {
    kind: 'ticket',
    key: { issuer: iss, kid: 'k1', thumbprint: 't1' },
    iss,
    sub: session.id,
    aud: [`urn:tolbooth:${SITE}`],
    iat: session.entry.at,
    nbf: session.entry.at,
    exp: instant(session.entry.at + 30 * DAY_MS),
    jti: `${session.id}-ticket`,
    session: session.id,
    lane: session.entry.lane,
    enteredAt: session.entry.at,
    ...over,
  }
}
