import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { DeviceId } from '../core/ids.ts'
import { instant } from '../core/time.ts'
import type { Books } from '../db/books.ts'
import { createCredentials } from '../db/credentials.ts'
import { createForgetting } from '../db/forget.ts'
import { relieveLog } from '../db/log-relief.ts'
import { openBooks } from '../db/open.ts'
import { createReports } from '../db/reports.ts'
import { createBundles } from './bundles/bundles.ts'
import type { TimeSource } from './clock/clock-trust.ts'
import { createSystemClock, DEFAULT_ABSENCE_MS, DEFAULT_STEP_MS, trustedByConfig } from './clock/system-clock.ts'
import { chrony, timesyncd } from './clock/time-sources.ts'
import type { GatewayConfig } from './config.ts'
import { dataFiles } from './config.ts'
import type { Gateway } from './gateway.ts'
import { createGateway, GATEWAY_LIMITS } from './gateway.ts'
import { createHttpApp } from './http/app.ts'
import { createMetrics } from './http/metrics.ts'
import { createPostingCameras } from './http/posting-cameras.ts'
import type { HttpServer } from './http/server.ts'
import { HTTP_SERVER_DEFAULTS, serveHttp } from './http/server.ts'
import { HTTP_DEFAULTS } from './http/settings.ts'
import { createVerifier } from './tokens/verify.ts'
import { sayTrouble } from './wiring/books-trouble.ts'
import { foreign, layoutOf, loadBundleFiles } from './wiring/bundle-files.ts'
import { createClientAccess } from './wiring/client-access.ts'
import { createCounters } from './wiring/counters.ts'
import { makeDataFolder } from './wiring/data-folder.ts'
import { createEnrolment } from './wiring/enrolment.ts'
import { figures } from './wiring/figures.ts'
import { loadOwnKeys } from './wiring/own-keys.ts'
import { parkingReads } from './wiring/parking-reads.ts'
import { keepPictures } from './wiring/pictures.ts'
import { checkReceipt } from './wiring/receipt-check.ts'
import { createSampler } from './wiring/sampled.ts'
import { loadSessionKey } from './wiring/session-key.ts'
import { createSiteBooks } from './wiring/site-books.ts'
import { siteReads } from './wiring/site-reads.ts'
import { storedClients } from './wiring/stored-clients.ts'
import { checkTicket, ticketsOf } from './wiring/ticket-check.ts'
import { timeFloor } from './wiring/time-floor.ts'
import type { TlsFiles } from './wiring/tls-files.ts'
import { readTls } from './wiring/tls-files.ts'
import { createTransport } from './wiring/transports.ts'
import { wordsOfUnreadable } from './wiring/unreadable-words.ts'

/** A gateway that runs. */
export type RunningGateway = {
  readonly mqttAddresses: readonly string[]
  readonly httpAddress: string
  /** The address at which a client is signed in at the live page, once; `undefined` for an unknown client. */
  signInAddress(clientId: string): string | undefined
  /** Reads the site's files again; what is wrong with them comes back, each with its file. */
  reload(): Promise<readonly string[]>
  /** Ends the parts in the reverse of the order in which they were made. */
  stop(): Promise<void>
}

const VERIFYING_MAX = 64
const PHONE_KEYS_MAX = 4_096
const DISK_FREE_MIN_BYTES = 256 * 1024 * 1024
/** The service ends with this status when nobody may be answered any more: whoever looks after it starts it again. */
const STATUS_START_AGAIN = 70

/** Makes the parts, joins them and starts them. Throws, with what to do, where one cannot be had. */
export async function runGateway(config: GatewayConfig, log: Logger): Promise<RunningGateway> {
  makeDataFolder(config.dataDir)
  const files = dataFiles(config.dataDir)
  const keys = loadOwnKeys(config)

  let floor = (): ReturnType<typeof instant> => instant(0)
  const source = timeSource(config)
  const clock = createSystemClock({
    zone: config.zone,
    source,
    stepMs: DEFAULT_STEP_MS,
    absenceMaxMs: DEFAULT_ABSENCE_MS,
    floor: () => floor(),
  })

  const open = openBooks(files.books)
  const writer = { site: config.site, gateway: config.gateway }
  const credentials = createCredentials(open.db)
  const reports = createReports(open.db, writer)
  const bundles = createBundles(keys.issuers)
  const { transport, gate, enrolmentChanged } = createTransport({
    config,
    credentials,
    log,
    devices: () => books.devices(),
    device: (id) => gateway.device(id),
  })
  const books: Books = createSiteBooks(
    {
      config,
      open,
      keys,
      bundles,
      isPresent: (device) => transport.isPresent(device),
      isHeard: (loop) => gateway.intake.isHeard(loop),
      isChattering: (loop) => gateway.intake.isChattering(loop),
    },
    clock.now(),
  )
  floor = () => timeFloor(books)
  if (books.epoch().openLoss) {
    log.warn(
      { epoch: books.head().epoch },
      'These books were put back: what came after the copy is lost here. Tokens from before this epoch are refused or capped, for they may have been spent. If nobody meant that, stop, and look for the right books first.',
    )
  }

  const endAtOnce = (error: unknown): void => {
    log.fatal(
      { error: textOf(error) },
      'Ending without an answer: it is not known what is on the disk, or our own code is broken. Start again.',
    )
    process.exit(STATUS_START_AGAIN)
  }
  const logRelief = relieveLog({ file: files.books, onFatal: endAtOnce })
  const counters = createCounters(() => clock.now())
  const onCommit = new Set<() => void>()
  const isSample = createSampler(clock.monotonicMs)
  const gateway: Gateway = createGateway({
    site: config.site,
    gateway: config.gateway,
    mode: config.mode,
    publicUrl: config.publicUrl,
    books,
    bundles,
    forgetting: createForgetting(open.db, config),
    createVerifier: (keyRing) =>
      createVerifier({
        keyRing,
        inFlightMax: VERIFYING_MAX,
        waitingMax: config.queueMax,
        phoneKeysMax: PHONE_KEYS_MAX,
      }),
    transport,
    clock,
    start: randomBytes(9).toString('base64url'),
    limits: {
      ...GATEWAY_LIMITS,
      queueMax: config.queueMax,
      groupMax: config.groupMax,
      failSafeAfterMs: config.failSafeAfterMs,
    },
    onEvent(notice) {
      counters.note(notice)
      if (notice.kind === 'refused' && isSample(`${notice.source} ${notice.refusal}`)) {
        log.info({ refusal: notice.refusal, source: notice.source, detail: notice.detail }, 'refused, not journaled')
      }
      if (notice.kind === 'silent') {
        log.warn(
          { device: notice.device },
          'It is there by its broker, and has not answered `ask`: what it says counts as said before. Its firmware must know `ask` (docs/wire/asyncapi.json), and the broker must let the gateway publish there.',
        )
      }
      if (notice.kind === 'emergency') {
        log.warn(
          notice.active
            ? 'Emergency: every arm is told to open and stay open.'
            : 'An input asks for no emergency any more.',
        )
      }
      if (notice.kind === 'chatter') {
        log.warn(
          { device: notice.device },
          notice.chatters
            ? 'It says more than vehicles can cause: a loop or a limit switch with a bad joint, a button that is jammed, a camera before which something moves. What it says is taken late, or in part, until it has been calm for long: see to it (docs/operations.md).'
            : 'It has been calm for long, and is believed as ever.',
        )
      }
      if (notice.kind === 'books-trouble') sayTrouble(log, notice.trouble)
      if (notice.kind !== 'committed') return
      if (!notice.committed.repeated) logRelief.committed(1)
      if (notice.committed.outcome.ok && notice.event.body.kind.startsWith('device-')) enrolmentChanged()
      for (const listener of onCommit) listener()
    },
    onFatal: endAtOnce,
  })

  const pictures = keepPictures({ config, books, clock, log, diskFreeMinBytes: DISK_FREE_MIN_BYTES })
  const postingCameras = createPostingCameras(clock, config.cameraSilentMs)
  let fileProblems: readonly string[] = []
  const reads = siteReads({
    books,
    reports,
    parking: parkingReads({ open, books, bundles, clock, unreadable: gateway.unreadable }),
    counters,
    transport,
    postingCameras,
    path: gateway.path,
    isSilent: gateway.intake.isSilent,
    isHeard: gateway.intake.isHeard,
    isChattering: gateway.intake.isChattering,
    clock,
    dataDir: config.dataDir,
    diskFreeMinBytes: DISK_FREE_MIN_BYTES,
    fileProblems: () => fileProblems,
    takesCodes: books.takesCodes,
    unreadable: gateway.unreadable,
  })
  const metrics = createMetrics({ reads, path: gateway.path, clock, more: figures(transport, gateway) })
  const app = createHttpApp({
    path: gateway.path,
    reads,
    clients: storedClients(credentials),
    clock,
    live: {
      onCommit(listener) {
        onCommit.add(listener)
        return () => onCommit.delete(listener)
      },
    },
    metrics,
    ...createEnrolment({
      path: gateway.path,
      credentials,
      clock,
      isEnrolled: (id) => gateway.device(id)?.status === 'active',
    }),
    access: createClientAccess({ path: gateway.path, credentials, clock, random: randomBytes }),
    cameras: {
      site: config.site,
      authenticate: gate.authenticate,
      device: (id) => gateway.device(id as DeviceId),
      heard: postingCameras.heard,
      take: (message, picture) =>
        gateway.intake.take(message, picture === null ? undefined : () => pictures.store.keep(picture)),
    },
    pictures: pictures.store,
    checkReceipt: (jws) => Promise.resolve(checkReceipt(jws, keys.publicKey)),
    signPassCode: keys.passes === null ? null : keys.passes.sign,
    checkTicket: (jws) => checkTicket(jws, keys.publicKey),
    tickets: ticketsOf(keys),
    log: (entry) => (entry.kind === 'fault' ? log.error(entry, 'http') : log.debug(entry, 'http')),
    random: randomBytes,
    settings: {
      ...HTTP_DEFAULTS,
      site: config.site,
      gateway: config.gateway,
      mode: config.mode,
      language: config.language,
      sessionKey: loadSessionKey(files.sessionKey),
      secure: config.httpTlsCertFile !== null,
      trustedProxies: config.httpTrustedProxies,
    },
  })

  const reload = async (): Promise<readonly string[]> => {
    const inForce = (): Readonly<Record<string, string>> =>
      Object.fromEntries(
        (['layout', 'policy', 'key-set', 'deny-list', 'tariffs'] as const).flatMap((kind) => {
          const head = books.bundleInUse(kind)
          return head === null ? [] : [[kind, `${head.version.epoch}.${head.version.n}`]]
        }),
      )
    const before = inForce()
    fileProblems = await loadBundleFiles(gateway, bundles, config, books, clock.now())
    for (const problem of fileProblems) log.error(problem)
    const after = inForce()
    const taken = Object.keys(after).filter((kind) => after[kind] !== before[kind])
    log.info({ taken, inForce: after, refused: fileProblems.length }, 'the files of the site have been read')
    return fileProblems
  }

  const end = async (): Promise<void> => {
    try {
      await pictures.stop()
      await gateway.stop()
    } finally {
      await logRelief.stop()
      books.close()
      source.stop()
    }
  }
  const begin = async (): Promise<HttpServer> => {
    try {
      await gateway.start(async () => {
        await reload()
        refuseForeignLayout(books, config)
      })
      for (const [kind, problems] of gateway.unreadable()) {
        const { vi, en } = wordsOfUnreadable(kind, problems, books.bundleInUse(kind)?.version, layoutOf(books))
        log.error({ kind, problems, vi }, en)
      }
      for (const { what, ok, detail } of reads.readiness()) {
        if (what === 'tariffs' && !ok && !gateway.unreadable().has('tariffs'))
          log.error({ what, vi: detail.vi }, detail.en)
      }
      return await serveHttp(app, {
        ...HTTP_SERVER_DEFAULTS,
        host: config.httpHost,
        port: config.httpPort,
        language: config.language,
        tls: httpTls(config),
      })
    } catch (error) {
      // Half a gateway would hold the books and the devices for ever, and whoever looks after it would take it for a whole one.
      await end()
      throw withWhatToDo(error)
    }
  }
  const server = await begin()
  log.info({ mqtt: transport.addresses(), http: server.address, head: books.head().seq }, 'gateway runs')

  return {
    mqttAddresses: transport.addresses(),
    httpAddress: server.address,
    signInAddress(clientId) {
      const path = app.signInAddress(clientId)
      return path === undefined ? undefined : `${server.address}${path}`
    },
    reload,
    async stop() {
      await server.stop()
      await end()
      log.info('gateway stopped')
    },
  }
}

/** The system's own words for a port that cannot be had name no setting. */
function withWhatToDo(error: unknown): unknown {
  const { code, address, port } = error as Partial<Record<'code' | 'address' | 'port', unknown>>
  if (port === undefined) return error
  const settings = 'the settings TOLBOOTH_MQTT_… or TOLBOOTH_HTTP_…_HOST and …_PORT'
  switch (code) {
    case 'EADDRINUSE':
      return new Error(`another program listens at ${address}:${port} already. Stop it, or change ${settings}.`)
    case 'EADDRNOTAVAIL':
      return new Error(`${address} is no address of this machine. Change ${settings}.`)
    case 'EACCES':
      return new Error(`this user may not listen at ${address}:${port}. Take a port from 1024 on: ${settings}.`)
    default:
      return error
  }
}

/** Days would be reckoned in another zone than those of before: limits of a day would begin anew, and reports would move. */
function refuseForeignLayout(books: Books, config: GatewayConfig): void {
  const layout = layoutOf(books)
  const wrong = layout === null ? undefined : foreign(layout, config)
  if (wrong === undefined) return
  throw new Error(
    `The layout in force is not for these settings: ${wrong}. Set it as it was, or put a layout that fits, with a higher version, into ${config.layoutFile}.`,
  )
}

/** Plain HTTP on loopback and behind a proxy; TLS of its own where the settings name a certificate. */
function httpTls({ httpTlsCertFile, httpTlsKeyFile }: GatewayConfig): TlsFiles | null {
  if (httpTlsCertFile === null || httpTlsKeyFile === null) return null
  return readTls('TOLBOOTH_HTTP_TLS', httpTlsCertFile, httpTlsKeyFile)
}

function timeSource(config: GatewayConfig): TimeSource & { stop(): void } {
  const monotonicMs = (): number => Math.round(performance.now())
  const stop = (): void => undefined
  switch (config.clockSource) {
    case 'timesyncd':
      return { ...timesyncd(monotonicMs), stop }
    case 'chrony':
      return chrony(monotonicMs)
    case 'operator':
      return { ...trustedByConfig(config.clockUncertaintyMs), stop }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
