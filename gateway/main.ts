import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { gatewayIssuer } from '../core/decision.ts'
import type { DeviceId } from '../core/ids.ts'
import { VND } from '../core/money.ts'
import { instant } from '../core/time.ts'
import type { Books } from '../db/books.ts'
import { createBooks } from '../db/books.ts'
import { createCredentials } from '../db/credentials.ts'
import { openBooks } from '../db/open.ts'
import { driverNamed } from '../devices/registry.ts'
import { grantedTopics } from '../devices/topics.ts'
import { loadBundleFiles } from './bundles/bundle-files.ts'
import { createBundles } from './bundles/bundles.ts'
import type { TimeSource } from './clock/clock-trust.ts'
import { createSystemClock, DEFAULT_STEP_MS, trustedByConfig } from './clock/system-clock.ts'
import { chrony, timesyncd } from './clock/time-sources.ts'
import type { GatewayConfig } from './config.ts'
import { dataFiles } from './config.ts'
import { createCounters } from './counters.ts'
import type { Gateway, GatewayNotice } from './gateway.ts'
import { createGateway, GATEWAY_LIMITS } from './gateway.ts'
import { createDeviceGate, DEVICE_GATE_LIMITS } from './mqtt/credentials.ts'
import type { BrokerListener } from './mqtt/embedded-broker.ts'
import { createEmbeddedBroker, EMBEDDED_BROKER_LIMITS } from './mqtt/embedded-broker.ts'
import type { DeviceTransport } from './mqtt/transport.ts'
import { gatewayIssuerEntry } from './tokens/key-ring.ts'
import { loadKeyFile } from './tokens/signer.ts'
import { createVerifier } from './tokens/verify.ts'

/** A gateway that runs; `stop` ends it in the reverse of the order in which it was made. */
export type RunningGateway = {
  readonly mqttAddresses: readonly string[]
  readonly httpAddress: string
  stop(): Promise<void>
}

/** The parts are made, joined and started. Throws, with what to do, where one of them cannot be had. */
export async function runGateway(config: GatewayConfig, log: Logger): Promise<RunningGateway> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const files = dataFiles(config.dataDir)
  const key = loadKeyFile(files.key)
  if (!key.ok) throw new Error(`${key.problem}. Make one with: tolbooth keys`)
  const { signer } = key

  let books: Books | undefined
  const source = timeSource(config)
  const clock = createSystemClock({
    zone: config.zone,
    source,
    stepMs: DEFAULT_STEP_MS,
    floor: () => books?.newestTrustedAt() ?? instant(0),
  })

  const open = openBooks(files.books)
  const credentials = createCredentials(open.db)
  const issuer = gatewayIssuer(config.site, config.gateway)
  const bundles = createBundles([
    gatewayIssuerEntry(issuer, VND, [
      { kid: signer.kid, jwk: signer.publicJwk, from: instant(0), until: null, revoked: false },
    ]),
  ])
  const transport: DeviceTransport = createTransport()
  const site = createBooks(
    open,
    {
      writer: { site: config.site, gateway: config.gateway },
      readers: bundles.readers,
      randomBytes,
      isPresent: (device) => transport.isPresent(device),
      sign: (typ, claims) => signer.sign(typ, claims),
      signCheckpoint: ({ epoch, seq, hash }, at) =>
        signer.sign('checkpoint+jwt', {
          iss: issuer,
          gateway: config.gateway,
          epoch,
          seq,
          hash,
          iat: Math.floor(at / 1_000),
          at,
        }),
      seenKeepMs: config.seenKeepMs,
      payerKeepMs: config.payerKeepMs,
      evidenceKeepMs: config.evidenceKeepMs,
    },
    clock.now(),
  )
  books = site

  const counters = createCounters(clock.now().at, () => clock.now().at)
  const gateway: Gateway = createGateway({
    site: config.site,
    gateway: config.gateway,
    mode: config.mode,
    books: site,
    bundles,
    createVerifier: (keyRing) =>
      createVerifier({ keyRing, inFlightMax: 64, waitingMax: config.queueMax, phoneKeysMax: 4_096 }),
    transport,
    clock,
    start: randomBytes(9).toString('base64url'),
    limits: { ...GATEWAY_LIMITS, queueMax: config.queueMax, groupMax: config.groupMax },
    onEvent: note,
    onFatal(error) {
      log.fatal(
        { error: textOf(error) },
        'It is not known what is on the disk, or our own code is broken: ending without an answer. Start again.',
      )
      process.exit(70)
    },
  })

  await gateway.start()
  const problems = await loadBundleFiles(gateway, bundles, config, site)
  for (const problem of problems) log.error(problem)
  log.info({ mqtt: transport.addresses() }, 'gateway runs')

  return {
    mqttAddresses: transport.addresses(),
    httpAddress: '',
    async stop() {
      await gateway.stop()
      site.close()
      log.info('gateway stopped')
    },
  }

  function note(notice: GatewayNotice): void {
    counters.note(notice)
  }

  function createTransport(): DeviceTransport {
    const limits = {
      ...EMBEDDED_BROKER_LIMITS,
      connectionsMax: config.connectionsMax,
      waitingConnectionsMax: config.connectionsMax,
      addressConnectionsPerSecondMax: config.connectionsPerSecondMax,
      addressConnectionsBurstMax: Math.max(
        config.connectionsPerSecondMax,
        EMBEDDED_BROKER_LIMITS.addressConnectionsBurstMax,
      ),
      packetsPerSecondMax: config.messagesPerSecondMax,
      packetsBurstMax: Math.max(config.messagesPerSecondMax * 2, EMBEDDED_BROKER_LIMITS.packetsBurstMax),
    }
    return createEmbeddedBroker({
      listeners: listenersOf(config),
      limits,
      gate: createDeviceGate({ lookup: enrolled, limits: DEVICE_GATE_LIMITS }),
      onNotice: (notice) => log.debug(notice, 'broker'),
    })
  }

  function enrolled(id: string): ReturnType<Parameters<typeof createDeviceGate>[0]['lookup']> {
    const device = gateway.device(id as DeviceId)
    const driver = device === undefined ? undefined : driverNamed(device.driver)
    if (device === undefined || driver === undefined || device.status === 'revoked') return undefined
    const hash = credentials.deviceHash(device.id)
    if (hash === undefined) return undefined
    return { hash, grant: { device: device.id, ...grantedTopics(driver, { site: config.site, device: device.id }) } }
  }
}

function listenersOf(config: GatewayConfig): readonly BrokerListener[] {
  const { mqttHost: host, mqttTlsCertFile, mqttTlsKeyFile } = config
  const tls =
    mqttTlsCertFile === null || mqttTlsKeyFile === null
      ? {}
      : { tls: { cert: readFileSync(mqttTlsCertFile, 'utf8'), key: readFileSync(mqttTlsKeyFile, 'utf8') } }
  const webSocket = config.mqttWebSocketPort
  return [
    { kind: 'tcp', host, port: config.mqttPort, ...tls },
    ...(webSocket === null ? [] : [{ kind: 'websocket' as const, host, port: webSocket, ...tls }]),
  ]
}

function timeSource(config: GatewayConfig): TimeSource {
  const monotonicMs = (): number => Math.round(performance.now())
  switch (config.clockSource) {
    case 'timesyncd':
      return timesyncd(monotonicMs)
    case 'chrony':
      return chrony(monotonicMs)
    case 'operator':
      return trustedByConfig(config.clockUncertaintyMs)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
