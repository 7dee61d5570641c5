import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Actor, EventBody, SiteEvent } from '../../core/events.ts'
import type { Principal, StallId } from '../../core/ids.ts'
import { deviceId, eventKey, gatewayId, laneId, merchantId, siteId, stallId } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import { money, VND } from '../../core/money.ts'
import type { Tariff } from '../../core/parking/tariff.ts'
import { createTariffBook } from '../../core/parking/tariff-book.ts'
import type { Device, SiteLayout, SitePolicy } from '../../core/site.ts'
import type { ClockTrust, Instant, LocalDay, Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../core/time.ts'
import type { Issuer, IssuerKey, PayToken, PresentedToken } from '../../core/tokens.ts'
import type { Books, BooksSettings, Committed } from '../../db/books.ts'
import { createBooks } from '../../db/books.ts'
import type { Head } from '../../db/journal.ts'
import type { OpenDb } from '../../db/open.ts'
import { openBooks } from '../../db/open.ts'

/** Real books in a real file, and the events that fill them: no path, no broker; signatures count as checked. */

export const NOON = instant(Date.UTC(2026, 10, 21, 5))
export const SITE = siteId('market-1')
export const GATEWAY = gatewayId('box-1')
export const WALLET = 'https://wallet.example'
export const STALL = stallId('a-12')
export const LANE = laneId('in-1')

export function at(afterNoonMs = 0, trust: ClockTrust = { state: 'synced', uncertaintyMs: 0 }): Now {
  const when = instant(NOON + afterNoonMs)
  // Noon in Việt Nam is 05:00 UTC, and it knows no summer time.
  const local = new Date(when + 7 * HOUR_MS)
  return {
    at: when,
    trust,
    local: {
      day: local.toISOString().slice(0, 10) as LocalDay,
      weekday: local.getUTCDay() === 0 ? 7 : local.getUTCDay(),
      minuteOfDay: local.getUTCHours() * 60 + local.getUTCMinutes(),
    },
  }
}

/** No device stands there: whoever trains at a live site does it here. */
export const PRACTICE_STALL = stallId('a-13')

export const LAYOUT: SiteLayout = {
  site: SITE,
  zone: 'Asia/Ho_Chi_Minh',
  currency: VND,
  merchants: [
    { id: merchantId('m-1'), name: 'Chị Hoa' },
    { id: merchantId('park'), name: 'Bãi xe' },
  ],
  stalls: [
    { id: STALL, name: 'A12', merchant: merchantId('m-1'), feeBasisPoints: 250 },
    { id: PRACTICE_STALL, name: 'A13', merchant: merchantId('m-1'), feeBasisPoints: 0 },
  ],
  lanes: [
    {
      id: LANE,
      name: 'Lối vào 1',
      direction: 'entry',
      merchant: merchantId('park'),
      price: 5_000,
      takes: ['pay', 'holder', 'pass', 'override'],
      failSafe: 'closed',
    },
  ],
  parking: null,
}

export const POLICY: SitePolicy = {
  transactionMax: 2_000_000,
  genericAudienceMax: 200_000,
  untrustedClockMax: 100_000,
  beforeEpochMax: 0,
  payerDayMax: 1_000_000_000_000,
  exposureMax: 1_000_000_000_000,
  offlineMaxMs: 90 * DAY_MS,
  keySetAgeMaxMs: 365 * DAY_MS,
  denyListAgeMaxMs: 365 * DAY_MS,
  clockWideningMaxMs: 2 * MINUTE_MS,
  chargeOpenMaxMs: 10 * MINUTE_MS,
  passageRightMs: 10 * MINUTE_MS,
  passWithinMs: 30_000,
  barrierAnswerMs: 2_000,
  openWithinMs: 3_000,
  announceWithinMs: 30_000,
  stateAgeMaxMs: 5_000,
  antiPassback: 'hard',
  parking: null,
}

export const ISSUER: Issuer = {
  iss: WALLET,
  kinds: ['pay', 'holder', 'pass', 'override'],
  scope: 'site',
  currency: VND,
  presentWithinMs: 30 * DAY_MS,
}

const KEY: IssuerKey = { kid: 'k1', thumbprint: 't1', from: instant(0), until: null, revoked: false }

export const DEVICES: readonly Device[] = [
  device('reader-1', 'qr-reader', { kind: 'stall', id: STALL }, null),
  device('till-1', 'till', { kind: 'stall', id: STALL }, null),
  device('soundbox-1', 'soundbox', { kind: 'stall', id: STALL }, null),
  device('barrier-1', 'barrier', { kind: 'lane', id: LANE }, null),
  device('loop-1', 'loop', { kind: 'lane', id: LANE }, 'approach'),
  device('loop-2', 'loop', { kind: 'lane', id: LANE }, 'safety'),
]

function device(id: string, kind: string, place: Device['place'], role: Device['role']): Device {
  return { id: deviceId(id), driver: kind, kind, delivery: 'repeatable', place, role, status: 'active' }
}

/** Salts that differ and are the same in each run. */
function countedBytes(): (length: number) => Buffer {
  let count = 0
  return (length) => {
    count += 1
    return createHash('sha512').update(`salt ${count}`).digest().subarray(0, length)
  }
}

export function signatureOf(claims: unknown): string {
  return `signed.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.by-test`
}

/** What `signatureOf` signed; `null` for anything that it has not. */
export function signedClaims(jws: string): unknown {
  const [head, claims, tail] = jws.split('.')
  if (head !== 'signed' || tail !== 'by-test' || claims === undefined) return null
  const text = Buffer.from(claims, 'base64url').toString()
  return Buffer.from(text).toString('base64url') === claims ? JSON.parse(text) : null
}

export const SETTINGS: Omit<BooksSettings, 'randomBytes'> = {
  readers: {
    layout: (content) => (JSON.parse(content) as { readonly layout: SiteLayout }).layout,
    policy: (content) => (JSON.parse(content) as { readonly policy: SitePolicy }).policy,
    keySet: () => ({
      issuer: (iss) => (iss === WALLET ? ISSUER : null),
      key: (iss, kid) => (iss === WALLET && kid === KEY.kid ? KEY : null),
      takesCodes: () => true,
    }),
    denyList: () => ({ denies: () => null }),
    tariffs: (content, layout) => tariffsOf(content, layout),
  },
  isPresent: () => true,
  isHeard: () => true,
  isChattering: () => false,
  mode: 'live',
  payerKeepMs: 7 * DAY_MS,
  writer: { site: SITE, gateway: GATEWAY },
  sign: (typ, claims) => signatureOf({ typ, ...claims }),
  signCheckpoint: (head: Head, when: Instant) => signatureOf({ gateway: GATEWAY, ...head, at: when }),
  seenKeepMs: 35 * DAY_MS,
  evidenceKeepMs: 90 * DAY_MS,
}

/** The tariffs of a bundle, by Hanoi's clock. */
function tariffsOf(content: string, layout: SiteLayout): ReturnType<BooksSettings['readers']['tariffs']> {
  if (layout.parking === null) return null
  const { tariffs } = JSON.parse(content) as { readonly tariffs: readonly Tariff[] }
  const made = createTariffBook(tariffs, { ...layout.parking, currency: layout.currency })
  if (!made.ok) return null
  return { book: made.book, zone: { zone: layout.zone, offsets: [{ from: instant(0), offsetMs: 7 * HOUR_MS }] } }
}

export type TestBooks = {
  readonly books: Books
  readonly open: OpenDb
  readonly file: string
  commit(events: readonly SiteEvent[], now?: Now): readonly Committed[]
}

/** Opens the books of a folder; the first time they are new. */
export function openSite(
  folder: string,
  overrides: Partial<BooksSettings> = {},
  now: Now = at(),
  file = join(folder, 'books.db'),
): TestBooks {
  const open = openBooks(file)
  try {
    const books = createBooks(open, { ...SETTINGS, randomBytes: countedBytes(), ...overrides }, now)
    return { books, open, file, commit: (events, when = now) => books.commit(events, when) }
  } catch (error) {
    open.close()
    throw error
  }
}

/** Books with layout, policy, keys and devices: everything that a sale needs. */
export function openMarket(folder: string, overrides: Partial<BooksSettings> = {}, now: Now = at()): TestBooks {
  const site = openSite(folder, overrides, now)
  if (site.books.layout() === null) setUp(site.books, now)
  return site
}

export function setUp(books: Books, now: Now = at()): void {
  const head = { version: { epoch: 1, n: 1 }, issuedAt: '2026-11-21T05:00:00Z' }
  const bundles = {
    layout: { ...head, layout: LAYOUT },
    policy: { ...head, policy: POLICY },
    'key-set': { ...head, issuers: [] },
  } as const
  for (const [kind, content] of Object.entries(bundles)) {
    const text = JSON.stringify(content)
    const bundle = kind as keyof typeof bundles
    books.storeBundle(bundle, hashOf(text), text, now)
    const version = { epoch: 1, n: 1 }
    const body = { kind: 'bundle-loaded', bundle, version, hash: hashOf(text), issuedAt: now.at } as const
    books.commit([event(`bundle-${kind}`, body, now)], now)
  }
  books.commit(
    DEVICES.map((each) => event(`enrol-${each.id}`, { kind: 'device-enrolled', device: each }, now)),
    now,
  )
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

export function event(
  id: string,
  body: EventBody,
  now: Now = at(),
  more: { readonly principal?: string; readonly actor?: Actor; readonly mode?: Mode; readonly bodyHash?: string } = {},
): SiteEvent {
  return {
    key: eventKey((more.principal ?? 'device:test') as Principal, id),
    bodyHash: more.bodyHash ?? hashOf(JSON.stringify(body)),
    actor: more.actor ?? { kind: 'device', id: 'test', role: null },
    mode: more.mode ?? 'live',
    occurredAt: { at: now.at, by: 'gateway' },
    causedBy: null,
    body,
  }
}

export function chargeOpen(id: string, amount: number, now: Now = at(), mode: Mode = 'live'): SiteEvent {
  return event(`charge-${id}`, { kind: 'charge-open', stall: stallIn(mode), amount: money(amount, VND) }, now, { mode })
}

/** A payer's code as it enters the path: its signature counts as checked. */
export function payToken(jti: string, amount: number, now: Now = at(), sub = `payer-${jti}`): PayToken {
  return {
    kind: 'pay',
    key: { issuer: WALLET, kid: 'k1', thumbprint: 't1' },
    iss: WALLET,
    sub,
    aud: [`urn:tolbooth:${SITE}:stall:${STALL}`],
    iat: now.at,
    nbf: now.at,
    exp: instant(now.at + 5 * MINUTE_MS),
    jti,
    amt: money(amount, VND),
    scope: 'site',
  }
}

export function scan(jti: string, amount: number, now: Now = at(), mode: Mode = 'live'): SiteEvent {
  const stall = stallIn(mode)
  const token = { ...payToken(jti, amount, now), aud: [`urn:tolbooth:${SITE}:stall:${stall}`] }
  return event(
    `scan-${jti}`,
    {
      kind: 'scan',
      place: { kind: 'stall', id: stall },
      reader: mode === 'training' ? null : deviceId('reader-1'),
      token,
      evidence: `evidence-of-${jti}`,
    },
    now,
    { mode },
  )
}

function stallIn(mode: Mode): StallId {
  return mode === 'training' ? PRACTICE_STALL : STALL
}

/** A charge and its payment. */
export function sale(id: string, amount: number, now: Now = at(), mode: Mode = 'live'): readonly SiteEvent[] {
  return [chargeOpen(id, amount, now, mode), scan(id, amount, now, mode)]
}

/** `count` sales in groups of `groupMax` events. */
export function sell(site: TestBooks, count: number, now: Now = at(), prefix = 's', groupMax = 32): void {
  const events = Array.from({ length: count }, (_, index) => sale(`${prefix}${index}`, 10_000 + index, now)).flat()
  for (let start = 0; start < events.length; start += groupMax) {
    for (const result of site.commit(events.slice(start, start + groupMax), now)) {
      if (result.kind !== 'committed' || !result.outcome.ok) throw new Error(`a sale failed: ${JSON.stringify(result)}`)
    }
  }
}

/** A bit of everything that a site sees, so that no projection stays empty that anything writes. */
export function liveThroughADay(site: TestBooks, now: Now = at()): void {
  let count = 0
  const commit = (body: EventBody): void => {
    count += 1
    site.commit([event(`${now.at}-${count}`, body, now)], now)
  }
  const place = { kind: 'lane', id: LANE } as const
  const loop = (role: 'approach' | 'safety', occupied: boolean): void => {
    const device = deviceId(role === 'approach' ? 'loop-1' : 'loop-2')
    commit({ kind: 'loop', lane: LANE, device, role, occupied, late: false })
  }
  const arm = (state: 'open' | 'closed'): void => {
    commit({ kind: 'barrier-state', lane: LANE, device: deviceId('barrier-1'), state, late: false })
  }
  /** What the lane waits for comes to its end: the first of its timers is due. */
  const waitOut = (...purposes: readonly string[]): void => {
    for (const { timer, key } of site.books.timers(50)) {
      if (!purposes.includes(timer.purpose)) continue
      const actor: Actor = { kind: 'gateway', id: 'timer', role: null }
      site.commit([event(key, { kind: 'timer', timer }, now, { principal: 'gateway:timer', actor })], now)
    }
  }
  const passThrough = (): void => {
    arm('open')
    loop('safety', true)
    loop('approach', false)
    loop('safety', false)
    waitOut('close-due')
    arm('closed')
  }
  const show = (token: PresentedToken): void => {
    commit({ kind: 'scan', place, reader: null, token, evidence: `evidence-of-${token.jti}` })
  }
  const laneToken = { ...payToken(`lane-${now.at}`, 5_000, now), aud: [`urn:tolbooth:${SITE}:lane:${LANE}`] }

  commit({ kind: 'upstream-reached' })
  site.commit(sale(`day-${now.at}`, 40_000, now), now)
  site.commit(sale(`training-${now.at}`, 40_000, now, 'training'), now)
  site.commit([chargeOpen(`cancelled-${now.at}`, 30_000, now)], now)
  commit({ kind: 'charge-cancel', stall: STALL, charge: null })
  site.commit([chargeOpen(`left-open-${now.at}`, 30_000, now)], now)

  // One pays at the lane and passes, one goes through with a pass, one is let in by hand, and one pays and drives away again.
  loop('approach', true)
  show(laneToken)
  passThrough()
  loop('approach', true)
  show({
    ...laneToken,
    kind: 'pass',
    jti: `pass-${now.at}`,
    vehicleClass: 'car',
    lanes: [],
    hours: ALWAYS,
  } as PresentedToken)
  arm('open')
  loop('safety', true)
  loop('approach', false)
  loop('safety', false)
  arm('closed')
  commit({ kind: 'open-by-hand', lane: LANE, reason: 'the reader is wet' })
  passThrough()
  loop('approach', true)
  show({ ...laneToken, jti: `leaves-${now.at}`, sub: 'payer-who-leaves' })
  loop('approach', false)
  waitOut('barrier-answer', 'passage-due', 'close-due', 'passage-lapses')
  commit({ kind: 'device-revoked', device: deviceId('soundbox-1') })
}

const ALWAYS = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 24 * 60 }]
