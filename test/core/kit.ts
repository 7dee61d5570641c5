import type { CommonFacts, LaneFacts, LaneScanFacts, StallScanFacts, TokenFacts } from '../../core/facts.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { deviceId, gatewayId, laneId, merchantId, siteId, stallId } from '../../core/ids.ts'
import type { LaneState, Passage } from '../../core/lane/state.ts'
import { unknownLane } from '../../core/lane/state.ts'
import type { Money } from '../../core/money.ts'
import { money, VND } from '../../core/money.ts'
import type { Device, Lane, Place, SiteLayout, SitePolicy, Stall } from '../../core/site.ts'
import type { ClockTrust, LocalDay, Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type {
  HolderToken,
  Issuer,
  IssuerKey,
  OverrideToken,
  PassToken,
  PayToken,
  ReceiptToken,
  TicketToken,
} from '../../core/tokens.ts'

/** Noon of a Saturday in Việt Nam. */
export const NOON = instant(Date.UTC(2026, 10, 21, 5))
export const SITE = siteId('market-1')
export const BOX = gatewayId('box-1')
export const STALL_ID = stallId('a-12')
export const IN = laneId('in-1')
export const OUT = laneId('out-1')
export const BOTH = laneId('yard-1')
export const WALLET = 'https://wallet.example'
export const OPERATOR = 'https://operator.example'
export const SUPERVISOR = 'https://supervisor.example'
export const PRICE = 5_000

export const SYNCED: ClockTrust = { state: 'synced', uncertaintyMs: 0 }
export const STEPPED: ClockTrust = { state: 'stepped' }

export const vnd = (amount: number): Money => money(amount, VND)

export const at = (sinceNoonMs: number, trust: ClockTrust = SYNCED): Now => ({
  at: later(NOON, sinceNoonMs),
  trust,
  local: { day: '2026-11-21' as LocalDay, weekday: 6, minuteOfDay: 12 * 60 + Math.floor(sinceNoonMs / MINUTE_MS) },
})

export const POLICY: SitePolicy = {
  transactionMax: 2_000_000,
  genericAudienceMax: 50_000,
  untrustedClockMax: 20_000,
  beforeEpochMax: 1_000,
  payerDayMax: 500_000,
  exposureMax: 10_000_000,
  offlineMaxMs: 30 * DAY_MS,
  keySetAgeMaxMs: 30 * DAY_MS,
  denyListAgeMaxMs: 7 * DAY_MS,
  clockWideningMaxMs: 2 * MINUTE_MS,
  chargeOpenMaxMs: 10 * MINUTE_MS,
  passageRightMs: 30 * MINUTE_MS,
  passWithinMs: 30 * SECOND_MS,
  barrierAnswerMs: 2 * SECOND_MS,
  openWithinMs: 3 * SECOND_MS,
  announceWithinMs: 5 * SECOND_MS,
  stateAgeMaxMs: 5 * SECOND_MS,
  antiPassback: 'hard',
  parking: null,
}

export const STALL: Stall = { id: STALL_ID, name: 'Rau Cô Ba', merchant: merchantId('co-ba'), feeBasisPoints: 500 }

const TAKES = ['pay', 'holder', 'pass', 'override'] as const
const laneOf = (id: LaneId, direction: Lane['direction'], price: number | null): Lane => ({
  id,
  name: id,
  direction,
  merchant: merchantId('car-park'),
  price,
  takes: TAKES,
  failSafe: 'closed',
})

export const LANE_IN = laneOf(IN, 'entry', PRICE)
export const LANE_OUT = laneOf(OUT, 'exit', null)
export const LANE_BOTH = laneOf(BOTH, 'both', 0)

export const LAYOUT: SiteLayout = {
  site: SITE,
  zone: 'Asia/Ho_Chi_Minh',
  currency: VND,
  merchants: [
    { id: merchantId('co-ba'), name: 'Cô Ba' },
    { id: merchantId('car-park'), name: 'Bãi xe' },
  ],
  stalls: [STALL],
  lanes: [LANE_IN, LANE_OUT, LANE_BOTH],
  parking: null,
}

export function deviceAt(place: Place, kind: string, role: Device['role'] = null): Device {
  const where = place.kind === 'site' ? 'site' : place.id
  return {
    id: deviceId(role === null ? `${where}-${kind}` : `${where}-${role}`),
    driver: kind,
    kind,
    delivery: 'repeatable',
    place,
    role,
    status: 'active',
  }
}

export const STALL_DEVICES: readonly Device[] = ['qr-reader', 'till', 'display', 'soundbox'].map((kind) =>
  deviceAt({ kind: 'stall', id: STALL_ID }, kind),
)

export function laneDevices(id: LaneId): readonly Device[] {
  const place: Place = { kind: 'lane', id }
  return [
    deviceAt(place, 'qr-reader'),
    deviceAt(place, 'loop', 'approach'),
    deviceAt(place, 'loop', 'safety'),
    deviceAt(place, 'barrier'),
    deviceAt(place, 'display'),
    deviceAt(place, 'soundbox'),
  ]
}

export const BARRIER = deviceId('in-1-barrier')

export const COMMON: CommonFacts = {
  position: { gateway: BOX, epoch: 1, seq: 100 },
  layout: LAYOUT,
  policy: POLICY,
  mode: 'live',
  siteMode: 'live',
  gateway: BOX,
  takesCodes: true,
  happenedAt: NOON,
  reason: null,
}

/** The same facts in the record with another number. */
export const atSeq = (seq: number, common: CommonFacts = COMMON): CommonFacts => ({
  ...common,
  position: { ...common.position, seq },
})

export const WALLET_ISSUER: Issuer = {
  iss: WALLET,
  kinds: ['pay', 'holder'],
  scope: 'region',
  currency: VND,
  presentWithinMs: 7 * DAY_MS,
}
export const OPERATOR_ISSUER: Issuer = { ...WALLET_ISSUER, iss: OPERATOR, kinds: ['pass'], scope: 'site' }
export const SUPERVISOR_ISSUER: Issuer = { ...WALLET_ISSUER, iss: SUPERVISOR, kinds: ['override'], scope: 'site' }
export const KEY: IssuerKey = { kid: 'k1', thumbprint: 't1', from: later(NOON, -DAY_MS), until: null, revoked: false }

const signed = (iss: string, jti: string, sub: string) => ({
  key: { issuer: iss, kid: 'k1', thumbprint: 't1' },
  iss,
  sub,
  aud: [`urn:tolbooth:${SITE}`],
  iat: NOON,
  nbf: NOON,
  exp: later(NOON, 12 * HOUR_MS),
  jti,
})

export const payToken = (jti: string, over: Partial<PayToken> = {}): PayToken => ({
  ...signed(WALLET, jti, 'payer-1'),
  kind: 'pay',
  amt: vnd(50_000),
  scope: 'region',
  ...over,
})

export const holderToken = (nonce: string, over: Partial<HolderToken> = {}): HolderToken => ({
  ...signed(WALLET, 'credential-1', 'payer-1'),
  kind: 'holder',
  amt: vnd(50_000),
  lim: vnd(200_000),
  cnfThumbprint: 'phone-1',
  nonce,
  credentialIat: NOON,
  scope: 'holder',
  ...over,
})

export const ALWAYS = { weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 24 * 60 }

export const passToken = (jti: string, over: Partial<PassToken> = {}): PassToken => ({
  ...signed(OPERATOR, jti, 'tenant-1'),
  kind: 'pass',
  vehicleClass: 'motorbike',
  lanes: [],
  hours: [ALWAYS],
  ...over,
})

export const overrideToken = (jti: string, over: Partial<OverrideToken> = {}): OverrideToken => ({
  ...signed(SUPERVISOR, jti, 'supervisor-1'),
  kind: 'override',
  lanes: [],
  reason: 'the ticket printer is out of paper',
  ...over,
})

export const ticketToken = (): TicketToken => ({
  ...signed(`urn:tolbooth:${SITE}:gateway:${BOX}`, 'ticket-1', 'session-1'),
  kind: 'ticket',
  session: 'session-1',
  lane: IN,
  enteredAt: NOON,
})

export const receiptToken = (): ReceiptToken => ({
  ...signed(`urn:tolbooth:${SITE}:gateway:${BOX}`, 'receipt-1', 'charge-1'),
  kind: 'receipt',
  charge: 'charge-1',
  amt: vnd(5_000),
})

export const TOKEN_FACTS: TokenFacts = {
  issuer: WALLET_ISSUER,
  key: KEY,
  denied: null,
  spent: null,
  payer: { ref: 'payer:1', mac: 'payer-1-today' },
  payerBeside: [],
  evidence: { ref: 'token:1', mac: 'mac' },
  risk: {
    payerDay: 0,
    exposure: 0,
    lastContactAt: later(NOON, -HOUR_MS),
    keySetIssuedAt: later(NOON, -HOUR_MS),
    denyListIssuedAt: later(NOON, -HOUR_MS),
  },
  epoch: { startedAt: later(NOON, -DAY_MS), openLoss: false },
}

export const STALL_FACTS: StallScanFacts = {
  stall: STALL,
  open: null,
  lastPaid: null,
  paidLately: [],
  devices: STALL_DEVICES,
}

export function laneState(over: Partial<LaneState> = {}): LaneState {
  return { ...unknownLane(IN, NOON), ...over }
}

export function laneFacts(state: Partial<LaneState> = {}, over: Partial<LaneScanFacts> = {}): LaneScanFacts {
  const facts: LaneFacts = {
    lane: LANE_IN,
    state: laneState(state),
    devices: laneDevices(IN),
    barrierPresent: true,
    safetyHeard: true,
    approachHeard: true,
    approachChatters: false,
    current: null,
    parking: null,
    askedElsewhere: [],
  }
  return { ...facts, unused: null, passSide: null, isPassElsewhere: false, ...over }
}

/** A vehicle stands before the barrier; record 90 saw it come. */
export const PRESENT = {
  phase: { kind: 'vehicle-present' },
  approach: true,
  presence: 90,
} as const satisfies Partial<LaneState>

export function deviceOf(devices: readonly Device[], kind: string): DeviceId {
  const found = devices.find((device) => device.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} there`)
  return found.id
}

export function paidPassage(over: Partial<Passage> = {}): Passage {
  return {
    id: 'box-1:1:95:p0' as Passage['id'],
    lane: IN,
    mode: 'live',
    right: {
      kind: 'payment',
      charge: 'box-1:1:95:g0' as Extract<Passage['right'], { kind: 'payment' }>['charge'],
      amount: vnd(PRICE),
      spent: { iss: WALLET, id: 'jti:paid' },
    },
    payer: 'payer-1-today',
    presence: 90,
    grantedAt: NOON,
    until: later(NOON, POLICY.passageRightMs),
    status: 'granted',
    ...over,
  }
}
