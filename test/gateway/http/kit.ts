import { createHash } from 'node:crypto'
import type { Change } from '../../../core/changes.ts'
import type { ChargeId, DeviceId, DocumentId, EventKey, GatewayId, MerchantId, SiteId } from '../../../core/ids.ts'
import { deviceId, laneId, merchantId, stallId } from '../../../core/ids.ts'
import type { LaneState } from '../../../core/lane/state.ts'
import { unknownLane } from '../../../core/lane/state.ts'
import { money, VND } from '../../../core/money.ts'
import type { DecisionBody, Outcome, RecordBody } from '../../../core/records.ts'
import type { Refusal } from '../../../core/refusals.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { ClockTrust, Instant, LocalDay } from '../../../core/time.ts'
import { instant } from '../../../core/time.ts'
import type { BankAccount } from '../../../core/vietqr.ts'
import type { ChargeReport, PaymentReport, ReceiptReport } from '../../../db/reports.ts'
import type { HttpApp, HttpParts } from '../../../gateway/http/app.ts'
import { createHttpApp } from '../../../gateway/http/app.ts'
import type { Client } from '../../../gateway/http/clients.ts'
import { hashOfToken, listedClients, tokenOf } from '../../../gateway/http/clients.ts'
import type { HttpClock } from '../../../gateway/http/clock.ts'
import { createMetrics } from '../../../gateway/http/metrics.ts'
import type { HttpLogEntry } from '../../../gateway/http/ports.ts'
import type {
  CountersView,
  DeviceView,
  ExposureView,
  JournalRow,
  LaneView,
  ReadinessItem,
  SiteReads,
} from '../../../gateway/http/reads.ts'
import type { HttpSettings } from '../../../gateway/http/settings.ts'
import { HTTP_DEFAULTS } from '../../../gateway/http/settings.ts'
import type { Path, PathReply, PathRequest } from '../../../gateway/path/path.ts'
import type { FakePark } from './fake-park.ts'
import {
  fakePark,
  KEPT_PICTURE,
  PARKING,
  PASS_CHARGE,
  STAY,
  STAY_CHARGE,
  TICKET_TEXT,
  TICKET_TOKEN,
} from './fake-park.ts'

export const START = instant(1_795_300_000_000)
export const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0])
export const ORIGIN = 'http://gateway.test'

/** The tests' clients by role; a second vendor and attendant have other places. */
export const clients = {
  vendor: { id: 'till-1', role: 'vendor', mode: 'live', stalls: [stallId('stall-1')] },
  otherVendor: { id: 'till-2', role: 'vendor', mode: 'live', stalls: [stallId('stall-2')] },
  attendant: { id: 'gate-1', role: 'attendant', mode: 'live', lanes: [laneId('lane-in')] },
  inPractice: { id: 'office-practice', role: 'operator', mode: 'training' },
  anyLane: { id: 'gate-all', role: 'attendant', mode: 'live', lanes: 'all' },
  operator: { id: 'office', role: 'operator', mode: 'live' },
  admin: { id: 'owner', role: 'admin', mode: 'live' },
  scraper: { id: 'monitor', role: 'scraper', mode: 'live' },
  payStation: { id: 'machine-1', role: 'pay-station', mode: 'live' },
  trainee: { id: 'trainee', role: 'vendor', mode: 'training', stalls: [stallId('stall-1')] },
} as const satisfies Record<string, Client>

export type ClientName = keyof typeof clients

export function tokenFor(name: ClientName): string {
  return tokenOf(createHash('sha256').update(`token of ${name}`).digest())
}

export const directory = listedClients(
  (Object.keys(clients) as ClientName[]).map((name) => ({
    client: clients[name],
    tokenHash: hashOfToken(tokenFor(name)),
  })),
)

/** A clock that moves when it is told to. */
export type HandClock = HttpClock & {
  trust: ClockTrust
  advance(ms: number): Promise<void>
}

export function handClock(): HandClock {
  let ms = 0
  const alarms = new Set<{ atMs: number; run: () => void }>()
  const clock: HandClock = {
    trust: { state: 'synced', uncertaintyMs: 12 },
    now: () => ({ at: instant(START + ms), trust: clock.trust }),
    monotonicMs: () => ms,
    after: (delayMs, run) => {
      const alarm = { atMs: ms + delayMs, run }
      alarms.add(alarm)
      return { cancel: () => alarms.delete(alarm) }
    },
    advance: async (byMs) => {
      const untilMs = ms + byMs
      for (;;) {
        const [next] = [...alarms].filter((alarm) => alarm.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        alarms.delete(next)
        ms = Math.max(ms, next.atMs)
        next.run()
        await turn()
      }
      ms = untilMs
      await turn()
    },
  }
  return clock
}

/** Lets what is ready run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A path that answers what it is told, and remembers what it was asked. */
export type FakePath = Path & { asked: PathRequest[]; reply: (request: PathRequest) => PathReply }

export function fakePath(): FakePath {
  const path: FakePath = {
    asked: [],
    reply: () => committed({ ok: true, kind: 'noted' }),
    submit: async (request) => {
      // What it may only repeat was asked of it for the first time, as far as these tests go: nothing is decided.
      if (request.refuseIfNew !== undefined) return refusedBefore(request.refuseIfNew)
      path.asked.push(request)
      return path.reply(request)
    },
    depth: () => ({ verifying: 1, queued: 2, queueMax: 1_000 }),
  }
  return path
}

export function committed(outcome: Outcome, repeated = false): PathReply {
  return { kind: 'committed', outcome, repeated, answer: answerText(outcome) }
}

export function refusedBefore(refusal: Refusal): PathReply {
  return { kind: 'refused', refusal, answer: answerText({ ok: false, refusal, due: null }) }
}

/** As the path stores it. */
export function answerText(outcome: Outcome): string {
  if (outcome.ok) return JSON.stringify(outcome)
  const { tryAgain, vi, en } = refusalTable[outcome.refusal]
  return JSON.stringify({ ok: false, refusal: outcome.refusal, tryAgain, vi, en, due: outcome.due })
}

export const dong = (amount: number) => money(amount, VND)

/** A small site in memory, which tests change as they like. */
export type FakeBooks = {
  charges: ChargeReport[]
  payments: PaymentReport[]
  receipts: ReceiptReport[]
  journal: JournalRow[]
  devices: DeviceView[]
  lanes: LaneView[]
  exposure: ExposureView | undefined
  counters: CountersView
  readiness: ReadinessItem[]
  epoch: number
  listeners: Set<() => void>
  park: FakePark
  takesCodes: boolean
  /** Where bank transfers go. */
  account: BankAccount | undefined
  /** Its lanes have no arms. */
  isFreeFlow: boolean
}

export function fakeBooks(): FakeBooks {
  const laneIn = {
    id: laneId('lane-in'),
    name: 'Làn vào 1',
    direction: 'entry',
    merchant: merchantId('market'),
    price: 5_000,
    takes: ['pay', 'pass'],
    failSafe: 'closed',
  } as const
  const laneOut = { ...laneIn, id: laneId('lane-out'), name: 'Làn ra 1', direction: 'exit', price: null } as const
  return {
    charges: [
      charge('stall', 'stall-1', 'box-1:1:1:g0'),
      charge('stall', 'stall-2', 'box-1:1:2:g0'),
      { ...charge('lane', 'lane-in', 'box-1:1:3:g0'), status: 'paid', closedAt: START, paid: dong(60_000) },
      { ...charge('lane', 'lane-out', STAY_CHARGE), place: { kind: 'site' }, session: STAY },
      { ...charge('lane', 'lane-out', PASS_CHARGE), place: { kind: 'site' } },
    ],
    payments: [
      {
        charge: 'box-1:1:1:g0' as ChargeId,
        tender: 'token',
        amount: dong(60_000),
        at: START,
        claim: { id: 'box-1:1:1:c0' as never, status: 'accepted' },
        receipt: 'box-1:1:1:r0' as DocumentId,
      },
    ],
    receipts: [
      { id: 'box-1:1:1:r0' as DocumentId, charge: 'box-1:1:1:g0' as ChargeId, jws: receiptJws('box-1:1:1:r0') },
      { id: 'box-1:1:2:r0' as DocumentId, charge: 'box-1:1:2:g0' as ChargeId, jws: receiptJws('box-1:1:2:r0') },
      { id: 'box-1:1:51:r0' as DocumentId, charge: PASS_CHARGE, jws: receiptJws('box-1:1:51:r0') },
    ],
    journal: [],
    devices: [
      device('reader-1', 'qr-reader', { kind: 'stall', id: stallId('stall-1') }, true),
      device('barrier-in', 'barrier', { kind: 'lane', id: laneId('lane-in') }, false),
    ],
    lanes: [
      { lane: laneIn, state: unknownLane(laneIn.id, START), barrierPresent: true, devices: [] },
      {
        lane: laneOut,
        state: { ...unknownLane(laneOut.id, START), alarm: 'no-passage' },
        barrierPresent: true,
        devices: [],
      },
    ],
    exposure: {
      atRisk: dong(1_250_000),
      limit: dong(10_000_000),
      lastContactAt: instant(START - 3_600_000),
      offlineMaxMs: 30 * 86_400_000,
      keySetIssuedAt: instant(START - 86_400_000),
      keySetAgeMaxMs: 30 * 86_400_000,
      denyListIssuedAt: null,
      denyListAgeMaxMs: 30 * 86_400_000,
    },
    takesCodes: true,
    counters: {
      since: instant(START - 3_600_000),
      scans: 1_234,
      accepted: 1_200,
      taken: dong(72_000_000),
      refused: { 'token-spent': 20, 'token-expired': 13, 'id-card-shown': 1 },
      dropped: new Map([[deviceId('lane-in-button'), 7]]),
      takings: {
        tenders: [{ tender: 'cash', taken: 900_000, givenBack: 25_000, payments: 30 }],
        today: {
          day: '2026-11-22' as LocalDay,
          since: null,
          tenders: [
            { tender: 'cash', taken: 250_000, givenBack: 25_000, payments: 10 },
            { tender: 'bank-transfer', taken: 140_000, givenBack: 0, payments: 4 },
          ],
        },
      },
    },
    readiness: [
      { what: 'database', ok: true, detail: { vi: 'Ghi được', en: 'Can be written' } },
      { what: 'broker', ok: true, detail: { vi: 'Đang nghe', en: 'Listening' } },
    ],
    epoch: 1,
    listeners: new Set(),
    park: fakePark(START),
    account: { bankBin: '970436', number: '0011001234567', holder: 'CHO DAU MOI' },
    isFreeFlow: false,
  }
}

export function readsOf(books: FakeBooks): SiteReads {
  return {
    layout: () => ({
      site: 'cho-1' as SiteId,
      zone: 'Asia/Ho_Chi_Minh',
      currency: VND,
      merchants: [{ id: merchantId('market'), name: 'Chợ', account: books.account }],
      stalls: [
        { id: stallId('stall-1'), name: 'Quầy rau cô Hạnh', merchant: merchantId('market'), feeBasisPoints: 100 },
        { id: stallId('stall-2'), name: 'Quầy cá', merchant: merchantId('market'), feeBasisPoints: 100 },
      ],
      lanes: books.lanes.map((view) => view.lane),
      parking: books.isFreeFlow
        ? { ...PARKING, lanes: PARKING.lanes.map((lane) => ({ ...lane, barrier: 'none' as const })) }
        : PARKING,
    }),
    head: () => ({ epoch: books.epoch, seq: books.journal.at(-1)?.seq ?? 0 }),
    charge: (id) => books.charges.find((each) => each.id === id),
    payments: (id) => books.payments.filter((each) => each.charge === id),
    receipt: (id) => books.receipts.find((each) => each.id === id),
    journalPage: (after, limit) => books.journal.filter((row) => row.seq > after).slice(0, limit),
    reasonText: (reason) => (typeof reason === 'string' ? reason : null),
    devices: () => books.devices,
    lanes: () => books.lanes,
    exposure: () => books.exposure,
    counters: () => books.counters,
    readiness: () => books.readiness,
    takesCodes: () => books.takesCodes,
    parking: books.park.reads,
  }
}

/** Adds a record and wakes who follows. */
export function commit(books: FakeBooks, body: RecordBody): JournalRow {
  const seq = (books.journal.at(-1)?.seq ?? 0) + 1
  const row: JournalRow = {
    v: 1,
    site: 'cho-1' as SiteId,
    gateway: 'box-1' as GatewayId,
    epoch: books.epoch,
    seq,
    prev: `hash-${seq - 1}`,
    key: `device:reader-1/b:${seq}` as EventKey,
    kind: body.kind,
    at: instant(START + seq * 1_000),
    clock: { state: 'synced', uncertaintyMs: 12 },
    body,
    hash: `hash-${seq}`,
  }
  books.journal.push(row)
  for (const listener of books.listeners) listener()
  return row
}

export function decision(
  asked: DecisionBody['event']['body'],
  outcome: Outcome,
  changes: readonly Change[] = [],
): DecisionBody {
  return {
    kind: 'decision',
    event: {
      bodyHash: 'hash',
      actor: { kind: 'client', id: 'gate-1', role: 'attendant' },
      mode: 'live',
      occurredAt: { at: START, by: 'gateway' },
      causedBy: null,
      body: asked,
    },
    basis: { policy: null, layout: null, keySet: null, denyList: null, tariffs: null, barrierPresent: null },
    outcome,
    subject: { charge: null, passage: null, session: null },
    changes,
    effects: [],
  }
}

/** A code that was shown at a stall: taken for so much, or refused. */
export function scanAt(stall: string, result: number | Refusal): DecisionBody {
  const chargeId = 'box-1:1:1:g0' as ChargeId
  const body = decision(
    { kind: 'upstream-reached' },
    typeof result === 'number'
      ? { ok: true, kind: 'paid', charge: chargeId, amount: dong(result), passage: null, receipt: 'box-1:1:1:r0' }
      : { ok: false, refusal: result, due: dong(60_000) },
    typeof result === 'number'
      ? [
          {
            kind: 'payment-taken',
            charge: chargeId,
            tender: 'token',
            amount: dong(result),
            claim: null,
            payer: 'payer-pseudonym',
            at: START,
          },
          { kind: 'charge-closed', charge: chargeId, status: 'paid', at: START },
        ]
      : [],
  )
  const { sub: _payer, ...token } = {
    kind: 'pay',
    key: { issuer: 'https://wallet.test', kid: 'k1', thumbprint: 't' },
    iss: 'https://wallet.test',
    sub: 'payer',
    aud: [],
    iat: START,
    nbf: START,
    exp: instant(START + 60_000),
    jti: 'secret-jti',
    amt: dong(100_000),
    scope: 'site',
  } as const
  return {
    ...body,
    event: {
      ...body.event,
      body: { kind: 'scan', place: { kind: 'stall', id: stallId(stall) }, reader: null, token, payer: null },
    },
  }
}

export function laneChange(state: Partial<LaneState>, lane = 'lane-in'): Change {
  return { kind: 'lane-state', state: { ...unknownLane(laneId(lane), START), ...state } }
}

export type Kit = {
  readonly app: HttpApp
  readonly path: FakePath
  readonly books: FakeBooks
  readonly clock: HandClock
  readonly log: HttpLogEntry[]
  readonly enrolled: unknown[]
  readonly parts: HttpParts
  /** One request as a client, or as nobody. */
  ask(method: string, address: string, as: ClientName | null, options?: AskOptions): Promise<Response>
}

export type AskOptions = { readonly body?: unknown; readonly text?: string; readonly headers?: Record<string, string> }

export function kit(settings: Partial<HttpSettings> = {}, parts: Partial<HttpParts> = {}): Kit {
  const path = fakePath()
  const books = fakeBooks()
  const reads = readsOf(books)
  const clock = handClock()
  const log: HttpLogEntry[] = []
  const enrolled: unknown[] = []
  const nonces = [...Array(1_000).keys()].values()
  const all: HttpParts = {
    path,
    reads,
    clients: directory,
    clock,
    live: {
      onCommit: (listener) => {
        books.listeners.add(listener)
        return () => books.listeners.delete(listener)
      },
    },
    metrics: createMetrics({ reads, path, clock, more: [] }),
    enrol: async (request) => {
      enrolled.push(request)
      const { id, driver, place, role } = request.device
      return {
        kind: 'enrolled',
        device: { id, driver, kind: 'qr-reader', delivery: 'repeatable', place, role, status: 'active' },
        credential: { username: id, password: 'shown-once' },
      }
    },
    newPassword: async (request) => {
      enrolled.push(request)
      return { kind: 'changed', credential: { username: request.device, password: 'shown-once' } }
    },
    signPassCode: null,
    access: {
      list: () => [{ id: 'till', role: 'vendor', mode: 'live', stalls: ['stall-1'], lanes: 'all' }],
      add: async (request) => {
        enrolled.push(request)
        return { kind: 'added', client: request.client, token: 'tb_shown-once' }
      },
      revoke: async (request) => {
        enrolled.push(request)
        return { kind: 'revoked' }
      },
    },
    checkReceipt: async (jws) =>
      jws === books.receipts[0]?.jws
        ? {
            kind: 'genuine',
            id: 'box-1:1:1:r0',
            charge: 'box-1:1:1:g0',
            amount: dong(60_000),
            merchant: 'market',
            place: 'stall:stall-1',
            mode: 'live',
            issuedAtMs: START,
          }
        : { kind: 'not-genuine', refusal: 'token-signature' },
    checkTicket: (jws) =>
      jws === TICKET_TEXT ? { ok: true, session: STAY } : { ok: false, refusal: 'token-signature' },
    tickets: {
      read: (shown) =>
        shown === TICKET_TEXT ? { ok: true, token: TICKET_TOKEN } : { ok: false, refusal: 'token-signature' },
      keys: () => [{ kid: 'key-1', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' }, from: instant(0), until: null }],
    },
    cameras: {
      site: 'cho-1',
      authenticate: async () => undefined,
      device: () => undefined,
      heard: () => undefined,
      take: async () => 'acknowledge',
    },
    pictures: {
      has: (name) => name === KEPT_PICTURE,
      read: async (name) => (name === KEPT_PICTURE ? { type: 'image/jpeg', bytes: JPEG } : undefined),
    },
    log: (entry) => log.push(entry),
    // Told apart and never the same, which is all that is asked of it here.
    random: (bytes) => createHash('sha512').update(`random ${nonces.next().value}`).digest().subarray(0, bytes),
    settings: {
      ...HTTP_DEFAULTS,
      site: 'cho-1',
      gateway: 'box-1',
      mode: 'live',
      sessionKey: new Uint8Array(32).fill(7),
      ...settings,
    },
    ...parts,
  }
  const app = createHttpApp(all)
  return {
    app,
    path,
    books,
    clock,
    log,
    enrolled,
    parts: all,
    ask: async (method, address, as, options = {}) => {
      const text = options.text ?? (options.body === undefined ? null : JSON.stringify(options.body))
      const headers = new Headers(text === null ? {} : { 'content-type': 'application/json' })
      if (as !== null) headers.set('authorization', `Bearer ${tokenFor(as)}`)
      if (method === 'POST') headers.set('idempotency-key', 'key-1')
      for (const [name, value] of Object.entries(options.headers ?? {})) {
        if (value === '') headers.delete(name)
        else headers.set(name, value)
      }
      return app.fetch(new Request(`${ORIGIN}${address}`, { method, headers, body: text }))
    },
  }
}

/** The cookie of a session, signed in with a client's token. */
export async function signIn(on: Kit, name: ClientName): Promise<string> {
  const answer = await postForm(on, '/session', { token: tokenFor(name) })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

export async function postForm(
  on: Kit,
  address: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return on.app.fetch(
    new Request(`${ORIGIN}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    }),
  )
}

function charge(kind: 'stall' | 'lane', place: string, id: string): ChargeReport {
  return {
    id: id as ChargeId,
    place: kind === 'stall' ? { kind, id: stallId(place) } : { kind, id: laneId(place) },
    merchant: 'market' as MerchantId,
    due: dong(60_000),
    mode: 'live',
    session: null,
    openedAt: START,
    expiresAt: instant(START + 300_000),
    status: 'open',
    paid: dong(0),
    overpaid: dong(0),
    refunded: dong(0),
    closedAt: null,
  }
}

function device(id: string, driver: string, place: DeviceView['place'], present: boolean): DeviceView {
  const presenceSince: Instant | null = present ? START : null
  return {
    id: deviceId(id) satisfies DeviceId,
    driver,
    kind: driver,
    delivery: 'repeatable',
    place,
    role: null,
    status: 'active',
    present,
    silent: false,
    presenceSince,
  }
}

function receiptJws(id: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'EdDSA', typ: 'receipt+jwt' })}.${part({ jti: id, amt: 60_000, cur: 'VND' })}.c2lnbmF0dXJl`
}
