import { join } from 'node:path'
import { gatewayIssuer } from '../../core/decision.ts'
import type { GatewayId, LaneId } from '../../core/ids.ts'
import { gatewayId, principalOf } from '../../core/ids.ts'
import type { LaneState } from '../../core/lane/state.ts'
import type { Mode } from '../../core/mode.ts'
import { VND } from '../../core/money.ts'
import type { BundleKind, Device, SiteLayout, SitePolicy } from '../../core/site.ts'
import type { ClockTrust, Instant, Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'
import { createBooks } from '../../db/books.ts'
import { createForgetting } from '../../db/forget.ts'
import type { OpenDb } from '../../db/open.ts'
import { DEFAULT_OPEN, openBooks } from '../../db/open.ts'
import type { Bundles } from '../../gateway/bundles/bundles.ts'
import { createBundles } from '../../gateway/bundles/bundles.ts'
import type { Gateway, GatewayLimits, GatewayNotice } from '../../gateway/gateway.ts'
import { createGateway, GATEWAY_LIMITS } from '../../gateway/gateway.ts'
import type { PathReply } from '../../gateway/path/path.ts'
import { gatewayIssuerEntry } from '../../gateway/tokens/key-ring.ts'
import type { PublicJwk, PublicKey } from '../../gateway/tokens/public-key.ts'
import { readPublicKey } from '../../gateway/tokens/public-key.ts'
import { createSigner } from '../../gateway/tokens/signer.ts'
import type { Verifier } from '../../gateway/tokens/verify.ts'
import { createVerifier } from '../../gateway/tokens/verify.ts'
import type { OwnKeys } from '../../gateway/wiring/own-keys.ts'
import { timeFloor } from '../../gateway/wiring/time-floor.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import { createKey } from '../../simulators/wallet/signing.ts'
import { happenings } from '../../simulators/world/happenings.ts'
import type { MemoryNetwork, MemoryTransport, Weather } from '../../simulators/world/memory-network.ts'
import { CALM, memoryNetwork } from '../../simulators/world/memory-network.ts'
import type { Random } from '../../simulators/world/random.ts'
import { randomOf } from '../../simulators/world/random.ts'
import type { VirtualTimeline } from '../../simulators/world/virtual-timeline.ts'
import { virtualTimeline } from '../../simulators/world/virtual-timeline.ts'
import type { World } from '../../simulators/world/world.ts'
import { devicesOf, layoutFile, layoutOf, NOON, policyFile, policyOf, SITE } from './site.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { virtualClock } from './virtual-clock.ts'

export type RigOptions = {
  readonly seed: string
  readonly startsAt: Instant
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  readonly devices: readonly Device[]
  readonly limits: GatewayLimits
  readonly weather: Weather
  readonly holdMaxMs: number
  readonly backlogMax: number
  /** What the source of time says of the gateway's clock. */
  readonly trust: () => ClockTrust
  /** Until the gateway's next turn. */
  readonly turnMs: (random: Random) => number
  /** When a signature's check is over, in virtual time, and so in which order. */
  readonly verifyMs: (random: Random) => number
  readonly atCommit: (moment: 'before' | 'after') => void
  /** Before each signature of the gateway's own. */
  readonly atSign: (typ: string) => void
  /** The process must end now. */
  readonly onFatal: (error: unknown) => void
  readonly onNotice: (notice: GatewayNotice) => void
  readonly mode: Mode
  readonly publicUrl: string | null
  readonly seenKeepMs: number
  readonly spentKeepMs: number
  readonly bundleKeepMs: number
  readonly evidenceKeepMs: number
  /** Stands between the path and the verifier. */
  readonly throughVerifier: (verifier: Verifier) => Verifier
  /** Stands between the gateway and its books, for those that refuse or fail. */
  readonly throughBooks: (books: Books) => Books
  /** Stands between the gateway and its devices. */
  readonly throughTransport: (transport: MemoryTransport) => MemoryTransport
  readonly cachePages: number
}

export const HOLD_MAX_MS = 20_000

const DEFAULTS: RigOptions = {
  seed: 'rig',
  startsAt: NOON,
  layout: layoutOf(),
  policy: policyOf(),
  devices: devicesOf(),
  limits: GATEWAY_LIMITS,
  weather: CALM,
  holdMaxMs: HOLD_MAX_MS,
  backlogMax: 64,
  trust: () => ({ state: 'synced', uncertaintyMs: 50 }),
  turnMs: () => 0,
  verifyMs: () => 0,
  atCommit: () => undefined,
  atSign: () => undefined,
  onFatal: () => undefined,
  onNotice: () => undefined,
  mode: 'live',
  publicUrl: null,
  seenKeepMs: 30 * DAY_MS,
  spentKeepMs: 30 * DAY_MS,
  bundleKeepMs: 90 * DAY_MS,
  evidenceKeepMs: 90 * DAY_MS,
  throughVerifier: (verifier) => verifier,
  throughBooks: (books) => books,
  throughTransport: (transport) => transport,
  cachePages: 256,
}

/** One start of the gateway, from its books to its transport. */
export type Start = {
  readonly number: number
  readonly gateway: Gateway
  readonly books: Books
  readonly bundles: Bundles
  readonly db: OpenDb
  readonly clock: VirtualClock
  readonly transport: MemoryTransport
}

/**
 * A whole gateway in virtual time: the same code as in production on a real SQLite file with real signatures, and in place of the broker and of the machine's
 * clocks what a test can turn.
 */
export type Rig = {
  readonly gatewayName: GatewayId
  readonly file: string
  readonly timeline: VirtualTimeline
  readonly random: Random
  readonly network: MemoryNetwork
  readonly world: World
  readonly issuers: SimulatedIssuers
  /** The gateway’s own key, as its public half is known. */
  readonly ownKeys: Pick<OwnKeys, 'issuer' | 'publicKey'>
  readonly notices: GatewayNotice[]
  readonly fatal: unknown[]
  readonly layout: SiteLayout
  readonly policy: SitePolicy
  now(): Start
  /** What a program that has just been started on this machine takes the time to be. */
  machineNow(): Now
  /** Opens the books and starts a gateway on them. Needs no virtual time. */
  start(): Promise<Start>
  /** First start of a new site: bundles and devices go in by the path. */
  setUp(): Promise<Start>
  load(kind: BundleKind, content: string): Promise<PathReply>
  /** The process is gone in mid-sentence; what it had committed is on the disk. */
  crash(): void
  /** Sets the wall clock of the gateway's machine, and of nobody else's: wrong by so much from now on, through all restarts. */
  setClockWrongBy(ms: number): void
  isRunning(): boolean
  /** How often a gateway was started here. */
  starts(): number
  /** Ends cleanly, within virtual time. */
  stop(): Promise<void>
  /** Lets virtual time go by until the promise is settled. */
  until<Value>(promise: Promise<Value>): Promise<Value>
  runFor(ms: number): Promise<void>
  /** What the gateway signed in a receipt. Throws where its signature does not hold. */
  gatewayClaims(receiptJws: string): object
  lane(id: LaneId): LaneState
  /** Rows of the books as they stand. */
  query(sql: string): Record<string, unknown>[]
  /** Everything is closed and the files are gone. */
  remove(): void
}

const WAITED_MAX_MS = HOUR_MS

export function createRig(over: Partial<RigOptions> = {}): Rig {
  const options = { ...DEFAULTS, ...over }
  const { layout, policy } = options
  const folder = temporaryFolder()
  const file = join(folder.path, 'books.sqlite')
  const gatewayName = gatewayId('box-1')
  const timeline = virtualTimeline(options.startsAt)
  const random = randomOf(options.seed)
  const network = memoryNetwork({
    timeline,
    random: random.fork('network'),
    weather: options.weather,
    holdMaxMs: options.holdMaxMs,
    backlogMax: options.backlogMax,
  })
  const told = happenings()
  const world: World = { site: SITE, timeline, random: random.fork('world'), happenings: told, line: network.line }
  const issuers = createIssuers({
    site: layout.site,
    currency: VND,
    random: bytesOf(random.fork('issuers')),
    from: later(options.startsAt, -30 * DAY_MS),
  })
  const signer = createSigner(createKey('gateway', 'EdDSA', bytesOf(random.fork('gateway key'))).privateKey)
  // Tickets that this gateway signed come back to its readers.
  const ownIssuer = gatewayIssuerEntry(gatewayIssuer(layout.site, gatewayName), VND, [
    { kid: signer.kid, jwk: signer.publicJwk, from: instant(0), until: null, revoked: false },
  ])
  const notices: GatewayNotice[] = []
  const fatal: unknown[] = []
  let clockWrongByMs = 0
  let starts = 0
  let current: Start | undefined

  async function start(): Promise<Start> {
    if (current !== undefined) throw new Error('a gateway runs already')
    starts += 1
    const number = starts
    const dice = random.fork(`start/${number}`)
    let floor = (): Instant => instant(0)
    const turns = dice.fork('turns')
    const clock = virtualClock({
      timeline,
      zone: layout.zone,
      source: { trust: options.trust },
      floor: () => floor(),
      stepMs: 5_000,
      wrongByMs: () => clockWrongByMs,
      turnMs: () => options.turnMs(turns),
    })
    const transport = options.throughTransport(network.transport())
    const bundles = createBundles([ownIssuer])
    const db = openBooks(file, { ...DEFAULT_OPEN, cachePages: options.cachePages, busyTimeoutMs: 0 })
    const books = createBooks(
      db,
      {
        readers: bundles.readers,
        randomBytes: bufferOf(bytesOf(dice.fork('books'))),
        isPresent: transport.isPresent,
        isHeard: (loop) => gateway.intake.isHeard(loop),
        isChattering: (loop) => gateway.intake.isChattering(loop),
        mode: options.mode,
        payerKeepMs: 30 * DAY_MS,
        writer: { site: layout.site, gateway: gatewayName },
        sign(typ, claims) {
          options.atSign(typ)
          return signer.sign(typ, claims)
        },
        signCheckpoint: (head, at) => signer.sign('checkpoint+jwt', { gateway: gatewayName, ...head, at }),
        seenKeepMs: options.seenKeepMs,
        evidenceKeepMs: options.evidenceKeepMs,
        atCommit: options.atCommit,
      },
      clock.now(),
    )
    floor = () => timeFloor(books)
    const through = options.throughBooks(books)
    const gateway = createGateway({
      site: layout.site,
      gateway: gatewayName,
      mode: options.mode,
      publicUrl: options.publicUrl,
      books: through,
      bundles,
      forgetting: createForgetting(db.db, {
        seenKeepMs: options.seenKeepMs,
        spentKeepMs: options.spentKeepMs,
        bundleKeepMs: options.bundleKeepMs,
      }),
      createVerifier: (keyRing) =>
        options.throughVerifier(
          inVirtualTime(
            createVerifier({ keyRing, inFlightMax: 32, waitingMax: 1_024, phoneKeysMax: 64 }),
            timeline,
            dice.fork('signatures'),
            options.verifyMs,
            () => current?.number === number,
          ),
        ),
      transport,
      clock,
      start: `start-${number}`,
      limits: options.limits,
      onEvent(notice) {
        notices.push(notice)
        options.onNotice(notice)
      },
      onFatal(error) {
        fatal.push(error)
        options.onFatal(error)
      },
    })
    current = { number, gateway, books: through, bundles, db, clock, transport }
    await gateway.start()
    return current
  }

  function now(): Start {
    if (current === undefined) throw new Error('no gateway runs')
    return current
  }

  function machineNow(): Now {
    const clock = virtualClock({
      timeline,
      zone: layout.zone,
      source: { trust: options.trust },
      floor: () => instant(0),
      stepMs: 5_000,
      wrongByMs: () => clockWrongByMs,
      turnMs: () => 0,
    })
    clock.stop()
    return clock.now()
  }

  function end(): void {
    const { books, clock } = now()
    clock.stop()
    books.close()
    current = undefined
  }

  async function until<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false
    const settled = (): void => {
      isSettled = true
    }
    promise.then(settled, settled)
    if (!(await timeline.runUntil(() => isSettled, WAITED_MAX_MS))) throw new Error('it did not come to an end')
    return promise
  }

  function query(sql: string): Record<string, unknown>[] {
    return now().db.db.$client.prepare<[], Record<string, unknown>>(sql).all()
  }

  async function load(kind: BundleKind, content: string): Promise<PathReply> {
    const { books, bundles, gateway } = now()
    const read = await bundles.read(kind, content, kind === 'tariffs' ? books.layout() : null)
    if (!read.ok) throw new Error(read.problems.join('\n'))
    return until(gateway.use(read.bundle))
  }

  return {
    gatewayName,
    file,
    timeline,
    random,
    network,
    world,
    issuers,
    ownKeys: {
      issuer: ownIssuer,
      publicKey: (kid) => (kid === signer.kid ? publicKeyOf(signer.publicJwk) : undefined),
    },
    notices,
    fatal,
    layout,
    policy,
    now,
    machineNow,
    start,
    load,
    until,
    runFor: timeline.runFor,
    gatewayClaims(receiptJws) {
      const read = signer.verify('receipt+jwt', receiptJws)
      if (!read.ok) throw new Error(read.detail)
      return read.value
    },
    lane(id) {
      const [row] = query(`SELECT state FROM lane_state WHERE lane = '${id}'`)
      return JSON.parse(String(row?.['state'])) as LaneState
    },
    query,
    async setUp() {
      const made = await start()
      const first = { epoch: 1, n: 1 }
      const issuedAt = later(timeline.now(), -HOUR_MS)
      await load('layout', layoutFile(layout, first, issuedAt))
      await load('policy', policyFile(policy, first, issuedAt))
      await load('key-set', JSON.stringify(issuers.keySet(first, issuedAt)))
      await load('deny-list', JSON.stringify(issuers.denyList(first, issuedAt)))
      for (const device of options.devices) {
        const reply = await until(made.gateway.submit(enrolment(device)))
        if (reply.kind !== 'committed' || !reply.outcome.ok) throw new Error(`${device.id} was not enrolled`)
      }
      return made
    },
    crash() {
      now().transport.crash()
      end()
    },
    setClockWrongBy(ms) {
      clockWrongByMs = ms
    },
    isRunning: () => current !== undefined,
    starts: () => starts,
    async stop() {
      await until(now().gateway.stop())
      end()
    },
    remove() {
      if (current !== undefined) end()
      folder.remove()
    },
  }
}

function publicKeyOf(jwk: PublicJwk): PublicKey {
  const read = readPublicKey(jwk)
  if (!read.ok) throw new Error(read.fault)
  return read.key
}

export function enrolment(device: Device): Parameters<Gateway['submit']>[0] {
  return {
    source: principalOf('client', 'set-up'),
    id: `enrol:${device.id}`,
    bytes: JSON.stringify(device),
    actor: { kind: 'client', id: 'set-up', role: 'admin' },
    body: { kind: 'device-enrolled', device },
  }
}

export function bytesOf(random: Random): (length: number) => Uint8Array {
  return (length) => Buffer.from(random.hex(length), 'hex')
}

function bufferOf(bytes: (length: number) => Uint8Array): (length: number) => Buffer {
  return (length) => Buffer.from(bytes(length))
}

/** Real signatures, whose results come when and in which order the dice say. */
function inVirtualTime(
  real: Verifier,
  timeline: VirtualTimeline,
  random: Random,
  verifyMs: (random: Random) => number,
  isRunning: () => boolean,
): Verifier {
  return {
    get inFlight() {
      return real.inFlight
    },
    get waiting() {
      return real.waiting
    },
    verify: (text) =>
      new Promise((resolve) => {
        timeline.join(real.verify(text), (verified) => {
          // A process that is dead checks no signature to its end.
          timeline.after(verifyMs(random), () => {
            if (isRunning()) resolve(verified)
          })
        })
      }),
  }
}
