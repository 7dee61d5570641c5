import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import type { DeviceId } from '../core/ids.ts'
import { evidenceOf, judgeDemo, judgeStays, staysOf } from './demo-evidence.ts'
import { demoKit } from './demo-kit.ts'
import type { DemoSite } from './demo-site.ts'
import { demoSite } from './demo-site.ts'
import type { FaultName } from './faults.ts'
import { startFaults } from './faults.ts'
import type { CarParkReads } from './gateway-process/car-park-reads.ts'
import { carParkReads } from './gateway-process/car-park-reads.ts'
import { deskOverHttp, driversPage } from './gateway-process/desk-over-http.ts'
import type { GatewayProcess } from './gateway-process/gateway-process.ts'
import { gatewayProcess } from './gateway-process/gateway-process.ts'
import type { TicketInHand } from './gateway-process/gateway-reads.ts'
import { readExposure, readRecords, readTicket } from './gateway-process/gateway-reads.ts'
import type { GatewayProcessSpec } from './gateway-process/provision.ts'
import { provisionSite } from './gateway-process/provision.ts'
import { journalReader } from './journal-books.ts'
import { keepSettings, keptLines } from './kept-site.ts'
import { countingOf } from './live-view/figures.ts'
import type { CarParkScene } from './live-view/lines.ts'
import type { Screen } from './live-view/screen.ts'
import { staysReader } from './parking/stays-reader.ts'
import { paymentsReader } from './payments-reader.ts'
import { issuersOf } from './site.ts'
import type { Found, Summary } from './summary.ts'
import { summaryOf } from './summary.ts'
import { witnessOf } from './witness.ts'
import type { Happenings } from './world/happenings.ts'
import { happenings } from './world/happenings.ts'
import { mqttLine } from './world/mqtt-line.ts'
import { randomOf } from './world/random.ts'
import { realTimeline } from './world/real-timeline.ts'
import type { World } from './world/world.ts'

export type DemoOptions = {
  readonly seed: string
  /** `null`: until it is interrupted. */
  readonly seconds: number | null
  /** Sales and vehicles that come, together, in a second. */
  readonly rate: number
  readonly stalls: number
  readonly faults: readonly FaultName[]
  /** Leaves the gateway's data folder where it is, and says where. */
  readonly keep: boolean
}

export type DemoSurroundings = {
  readonly screen: Screen
  /** Ends the run, with its summary. */
  readonly interrupted: AbortSignal
  /** Called once, with what must be done by whoever leaves at once. */
  onAbandon(abandon: () => void): void
  /** Called at the end where the data is kept, with where it is and how to look at it. */
  onKept(lines: readonly string[]): void
}

const SITE = 'demo'
const PEOPLE = 400
const BANK_CHANCE = 0.2
const READY_WITHIN_MS = 30_000
const STOP_WITHIN_MS = 15_000
const CONNECT_WITHIN_MS = 30_000
const QUIET_WITHIN_MS = 60_000
const QUIET_WITHIN_INTERRUPTED_MS = 5_000
/** An arm that was raised for somebody who turned back stays up for longer, and is not waited for. */
const ARMS_DOWN_WITHIN_MS = 4_000
const RESTART_AFTER_MS = 500
const RESTARTS_MAX = 20
const KEEPALIVE_S = 20
const CONNECT_TIMEOUT_MS = 10_000
const EXPOSURE_EVERY_MS = 1_000
const LOOK_EVERY_MS = 50
const LOOKS_MAX = 50
const RATE_OVER_MS = 5_000

/**
 * Sets a site up in a temporary folder, runs a gateway in a process of its own and the market and the car park against it over real MQTT, and at the end holds
 * what payers, devices and books say against each other. Everything that it started is stopped.
 */
export async function runDemo(options: DemoOptions, surroundings: DemoSurroundings): Promise<Summary> {
  const { screen, interrupted } = surroundings
  const dataDir = await mkdtemp(join(tmpdir(), 'tolbooth-demo-'))
  const random = randomOf(options.seed)
  const timeline = realTimeline()
  const kit = demoKit({ site: SITE, stalls: options.stalls })
  const places = kit.layout.parking?.places ?? []
  const issuers = issuersOf(kit, random, timeline.now())
  const news = happenings()
  let gateway: SupervisedGateway | undefined
  let site: DemoSite | undefined
  let stopLooking = (): void => {}
  const broken: Found[] = []
  let kept: readonly string[] = [`The gateway's data is in ${dataDir}`]

  try {
    screen.say(
      `Setting up ${kit.stalls.length} stalls, a car park of ${kit.layout.lanes.length} lanes and ${kit.devices.length} devices …`,
    )
    const spec = await provisionSite({ dataDir, kit, issuers, now: timeline.now() })
    gateway = supervised(spec, news, surroundings)
    await gateway.start()

    const world: World = { site: kit.layout.site, timeline, random, happenings: news, line: lineTo(spec) }
    const counting = countingOf(news, () => performance.now() * 1_000)
    const witness = witnessOf(news, timeline)
    const reads = carParkReads(spec)
    stopLooking = reads.start()
    site = demoSite(world, {
      kit,
      issuers,
      desk: deskOverHttp({ address: spec, timeline, reads }),
      page: driversPage({ address: spec, timeline }),
      onBroken(error) {
        broken.push({ invariant: 'nobody acts otherwise than people do', what: String(error) })
      },
      arrivalsPerSecond: options.rate,
      people: PEOPLE,
      bankChance: BANK_CHANCE,
    })
    const { devices, park } = site
    site.powerOn()
    await until(() => devices.every((device) => device.isConnected()), CONNECT_WITHIN_MS, interrupted)

    const beganMs = performance.now()
    const view = showing({
      screen,
      counting,
      gateway,
      spec,
      devices: devices.length,
      title: titleOf(options, kit.layout.lanes.length),
      beganMs,
      carPark: () => carParkScene(park, reads),
    })
    site.open()
    const running = gateway
    const endFaults = startFaults(options.faults, {
      world,
      site,
      killGateway: (onBack) => {
        timeline.join(running.killAndStart(), onBack)
      },
    })
    await wait(options.seconds === null ? null : options.seconds * 1_000, interrupted)

    endFaults()
    site.close()
    screen.say('Closing: whoever is here finishes.')
    const quietWithinMs = interrupted.aborted ? QUIET_WITHIN_INTERRUPTED_MS : QUIET_WITHIN_MS
    await until(site.isQuiet, quietWithinMs, undefined)
    // The books have a vehicle inside when its arm has come down behind it.
    if (!interrupted.aborted) await until(() => areDown(park), ARMS_DOWN_WITHIN_MS, interrupted)
    await gateway.settled()
    const seconds = Math.round((performance.now() - beganMs) / 1_000)
    view.end()

    if (options.keep) {
      kept = keptLines(dataDir, await keepSettings(dataDir, spec), spec, await ticketInside(park, spec))
    }
    const stays = staysReader(places)
    const reader = journalReader()
    const payments = paymentsReader()
    const seen = await readAtOneMoment(
      spec,
      reads,
      (record) => {
        reader.take(record)
        stays.take(record)
        payments.take(record)
      },
      () => ({ commands: [...witness.commands()], counts: reads.seen()?.counts ?? [] }),
    )
    const evidence = evidenceOf(site, witness, seen.commands, reader.books())
    const stayed = staysOf(site, stays.stays(), seen.counts)
    const run = { seed: options.seed, seconds, gatewayStarts: gateway.starts() }
    return summaryOf(run, counting.figures(), evidence, stayed, [
      ...judgeDemo(site.purchases.purchases(), evidence, payments.paidBeyond()),
      ...judgeStays(stayed, stays.stays(), places, interrupted.aborted),
      ...broken,
    ])
  } finally {
    stopLooking()
    site?.powerOff()
    timeline.stop()
    await gateway?.stop()
    screen.end()
    if (options.keep) surroundings.onKept(kept)
    else await rm(dataDir, { recursive: true, force: true })
  }
}

type SupervisedGateway = Omit<GatewayProcess, 'kill' | 'abandon' | 'reload'> & {
  /** Never rejects: it says what went wrong, and `settled` tries once more. */
  killAndStart(): Promise<void>
  /** Nothing is being started any more, and it is ready; rejects where it cannot be had. */
  settled(): Promise<void>
}

/** A gateway that is started again when it has ended by itself, as a service manager would. One start at a time. */
function supervised(
  spec: GatewayProcessSpec,
  news: Happenings,
  { onAbandon, screen }: DemoSurroundings,
): SupervisedGateway {
  let underWay: Promise<void> = Promise.resolve()
  let isStopping = false
  let restartsLeft = RESTARTS_MAX
  const gateway = gatewayProcess({
    spec,
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
    onEnded(how) {
      news.tell({ kind: 'fault', fault: 'gateway', what: 'ended by itself' })
      screen.say(`The gateway has ended by itself (${how}), and is started again.`)
      restartsLeft -= 1
      if (restartsLeft > 0) inTurn(() => passed(RESTART_AFTER_MS).then(startAgain)).catch(sayThatItDidNotStart)
    },
  })
  onAbandon(gateway.abandon)

  function sayThatItDidNotStart(error: unknown): void {
    screen.say(error instanceof Error ? error.message : String(error))
  }

  const startAgain = async (): Promise<void> => {
    if (!isStopping && !gateway.isReady()) await gateway.start()
  }
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    underWay = underWay.catch(() => {}).then(step)
    return underWay
  }

  return {
    start: () => inTurn(gateway.start),
    killAndStart: () =>
      inTurn(async () => {
        if (isStopping) return
        await gateway.kill()
        await gateway.start()
      }).catch(sayThatItDidNotStart),
    settled: () => inTurn(startAgain),
    stop() {
      isStopping = true
      return inTurn(gateway.stop)
    },
    isReady: gateway.isReady,
    starts: gateway.starts,
    pageAddress: gateway.pageAddress,
  }
}

type Showing = {
  readonly screen: Screen
  readonly counting: ReturnType<typeof countingOf>
  readonly gateway: SupervisedGateway
  readonly spec: GatewayProcessSpec
  readonly devices: number
  readonly title: string
  readonly beganMs: number
  carPark(): CarParkScene
}

function showing({ screen, counting, gateway, spec, devices, title, beganMs, carPark }: Showing): { end(): void } {
  let exposureVnd: number | undefined
  let isAsking = false
  let newest: { readonly atMs: number; readonly scans: number }[] = []

  const show = (): void => {
    const figures = counting.figures()
    const atMs = performance.now()
    newest = [...newest.filter((sample) => atMs - sample.atMs < RATE_OVER_MS), { atMs, scans: figures.scans }]
    const [oldest] = newest
    const overMs = oldest === undefined ? 0 : atMs - oldest.atMs
    screen.show({
      figures,
      elapsedMs: atMs - beganMs,
      scansPerSecond: overMs === 0 ? 0 : ((figures.scans - (oldest?.scans ?? 0)) / overMs) * 1_000,
      devices,
      gateway: gateway.isReady() ? 'up' : 'down',
      starts: gateway.starts(),
      exposureVnd,
      page: gateway.pageAddress(),
      title,
      carPark: carPark(),
    })
  }
  const ask = async (): Promise<void> => {
    if (isAsking) return
    isAsking = true
    exposureVnd = await readExposure(spec)
    isAsking = false
  }
  screen.say(`Live page: ${gateway.pageAddress() ?? spec.httpUrl}`)
  const shows = setInterval(show, screen.everyMs)
  const asks = setInterval(() => void ask(), EXPOSURE_EVERY_MS)
  return {
    end() {
      clearInterval(shows)
      clearInterval(asks)
      show()
    },
  }
}

function lineTo(spec: GatewayProcessSpec): World['line'] {
  return (device: DeviceId) => {
    const secret = spec.secrets.get(device)
    if (secret === undefined) throw new Error(`${device} is not enrolled`)
    const { mqttUrl: url } = spec
    return mqttLine({ url, device, secret, keepaliveS: KEEPALIVE_S, connectTimeoutMs: CONNECT_TIMEOUT_MS })
  }
}

/**
 * The journal, and what can be seen beside it, of one moment: timers go on when all have gone home, so it is looked again until nothing was written between the look and the
 * end of the journal.
 */
async function readAtOneMoment<Seen>(
  spec: GatewayProcessSpec,
  reads: CarParkReads,
  take: (record: unknown) => void,
  look: () => Seen,
): Promise<Seen> {
  for (let after = await readRecords(spec, 0, take), triesLeft = LOOKS_MAX; ; triesLeft -= 1) {
    if (!(await reads.look())) throw new Error('the gateway does not say what it counts in its car park')
    const seen = look()
    const last = await readRecords(spec, after, take)
    if (last === after) return seen
    if (triesLeft === 0) throw new Error('the gateway goes on writing although nobody is there')
    after = last
  }
}

function areDown({ stations }: DemoSite['park']): boolean {
  return stations.every(({ arm, ground }) => arm === null || ground.arm() === 'closed')
}

/** Of any vehicle that stands inside and has a ticket. */
async function ticketInside({ record }: DemoSite['park'], spec: GatewayProcessSpec): Promise<TicketInHand | undefined> {
  for (const { place, plate, sessions } of record.visits()) {
    const session = sessions.at(-1)
    if (place === null || plate === null || session === undefined) continue
    const ticket = await readTicket(spec, session, plate)
    if (ticket !== undefined) return ticket
  }
  return undefined
}

function carParkScene({ record, stations, inside }: DemoSite['park'], reads: CarParkReads): CarParkScene {
  const visits = record.visits()
  const seen = reads.seen()
  return {
    cameIn: visits.filter(({ entered }) => entered !== null).length,
    left: visits.filter(({ left }) => left !== null).length,
    inside: inside(),
    atLanes: stations.filter(({ isQuiet }) => !isQuiet()).length,
    openStays: seen?.stays.length ?? 0,
    counts: seen?.counts ?? [],
    lanes: seen?.lanes ?? [],
  }
}

function titleOf({ stalls, seed, faults }: DemoOptions, lanes: number): string {
  const wrong = faults.length === 0 ? '' : `, faults: ${faults.join(', ')}`
  return `Tolbooth demo: ${stalls} stalls, a car park of ${lanes} lanes, seed ${seed}${wrong}`
}

/** Until it is so, the time is over, or somebody interrupts. */
async function until(isSo: () => boolean, withinMs: number, interrupted: AbortSignal | undefined): Promise<void> {
  const endsMs = performance.now() + withinMs
  while (!isSo() && performance.now() < endsMs && interrupted?.aborted !== true) await passed(LOOK_EVERY_MS)
}

async function wait(ms: number | null, interrupted: AbortSignal): Promise<void> {
  await until(() => false, ms ?? Number.POSITIVE_INFINITY, interrupted)
}
