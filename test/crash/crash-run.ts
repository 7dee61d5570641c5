import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchEnvironment, provision } from '../../bench/site/provision.ts'
import { dataFiles } from '../../gateway/config.ts'
import type { Random } from '../../simulators/world/random.ts'
import { randomOf } from '../../simulators/world/random.ts'
import { viewBooks } from './books-view.ts'
import { emptyLog } from './client-log.ts'
import type { Verdict } from './compare.ts'
import { compare } from './compare.ts'
import { pause } from './device.ts'
import { diskImageOf, writeFolder } from './disk/disk-image.ts'
import type { DiskControl } from './disk/disk-library.ts'
import { buildDiskLibrary, recordedDisk } from './disk/disk-library.ts'
import { readDiskLog } from './disk/disk-log.ts'
import type { Ending, GatewayProcess } from './gateway-process.ts'
import { startGatewayProcess } from './gateway-process.ts'
import type { Sabotage } from './sabotage.ts'
import { crashIssuers, crashKit, SECRET, SITE } from './site.ts'
import { startTraffic } from './traffic.ts'

export type CrashOptions = {
  readonly what: 'kills' | 'power-cuts'
  readonly count: number
  readonly seed: string
  readonly stalls: number
  readonly saleEveryMs: number
  readonly sabotage?: Sabotage
  readonly onCrash?: (done: number, scenario: Scenario) => void
}

export type CrashReport = Verdict & {
  readonly what: CrashOptions['what']
  readonly count: number
  readonly seed: string
  readonly seconds: number
  readonly scenarios: Readonly<Partial<Record<Scenario, number>>>
}

export type Scenario = KillScenario | CutScenario
type KillScenario = 'kill-while-starting' | 'kill-under-load'
type CutScenario =
  | 'cut'
  /** What the next run sees of the killed one may not be on the disk. */
  | 'kill-then-cut'
  /** A sync fails, the gateway ends, and the power fails. */
  | 'eio-then-cut'
  /** A sync fails, the gateway is started again, and the power fails later. */
  | 'eio-restart-cut'
  /** The first sync of a start fails. */
  | 'eio-at-start-cut'

const KILL_WEIGHTS = { 'kill-while-starting': 3, 'kill-under-load': 17 } as const
const CUT_WEIGHTS = {
  cut: 6,
  'kill-then-cut': 6,
  'eio-then-cut': 3,
  'eio-restart-cut': 3,
  'eio-at-start-cut': 2,
} as const

const STARTING_MS = 900
const UNDER_LOAD_LEAST_MS = 60
const UNDER_LOAD_MOST_MS = 1_500
const AFTER_RESTART_MS = 1_500
const EIO_WAIT_MS = 4_000
const READY_MAX_MS = 60_000
const QUIET_MAX_MS = 60_000
/** What a killed process may have written and not recorded: one operation. */
const UNRECORDED_BYTES_MAX = 1_048_576

/**
 * Runs a real gateway under real traffic, ends it again and again without any goodbye, and holds its books against what devices and people know. The moments come from
 * the seed; what happens in between is real, and differs from run to run.
 */
export async function runCrashes(options: CrashOptions): Promise<CrashReport> {
  const fromMs = performance.now()
  const random = randomOf(options.seed)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tolbooth-crash-')))
  const data = join(folder, 'data')
  const kit = crashKit(options.stalls)
  const issuers = crashIssuers(random.fork('issuers').bytes)
  const log = emptyLog()
  const scenarios: Partial<Record<Scenario, number>> = {}
  let present: GatewayProcess | undefined
  try {
    provision(data, kit.kit, issuers, SECRET)
    const port = await freePort()
    const disk = options.what === 'power-cuts' ? cuttableDisk(folder, data) : undefined
    const environment = {
      ...benchEnvironment(data, SITE),
      TOLBOOTH_MQTT_PORT: String(port),
      ...disk?.control.environment,
    }
    const start = (): GatewayProcess => {
      log.runs.push({ startedAtMs: Date.now() })
      present = startGatewayProcess(environment, options.sabotage)
      return present
    }
    const line = { port, run: () => log.runs.length - 1 }
    const traffic = startTraffic({ kit, issuers, line, log, saleEveryMs: options.saleEveryMs })

    for (let crash = 0; crash < options.count; crash += 1) {
      const scenario: Scenario =
        disk === undefined ? random.weighted(KILL_WEIGHTS) : await cutPower(random, start, disk)
      if (disk === undefined) await (scenario === 'kill-while-starting' ? killStarting : killUnderLoad)(start, random)
      scenarios[scenario] = (scenarios[scenario] ?? 0) + 1
      options.onCrash?.(crash + 1, scenario)
    }

    const last = start()
    await takesDevices(last)
    traffic.close()
    const giveUpMs = performance.now() + QUIET_MAX_MS
    while (!traffic.isQuiet() && performance.now() < giveUpMs) await pause(50)
    if (!traffic.isQuiet()) log.oddities.push(`after ${QUIET_MAX_MS} ms some devices still had something to say`)
    traffic.stop()
    const ending = await last.stop()
    if (ending.code !== 0) throw new Error(`the gateway did not end cleanly: ${describe(ending)}`)
    const verdict = compare(log, await viewBooks(dataFiles(data).books, join(folder, 'rebuilt.db')))
    const seconds = Math.round((performance.now() - fromMs) / 1_000)
    return { what: options.what, count: options.count, seed: options.seed, seconds, scenarios, ...verdict }
  } finally {
    await present?.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Start = () => GatewayProcess

async function killStarting(start: Start, random: Random): Promise<void> {
  const gateway = start()
  await pause(random.below(STARTING_MS))
  await killed(gateway)
}

async function killUnderLoad(start: Start, random: Random): Promise<void> {
  const gateway = start()
  await takesDevices(gateway)
  await pause(random.between(UNDER_LOAD_LEAST_MS, UNDER_LOAD_MOST_MS))
  await killed(gateway)
}

type CuttableDisk = {
  readonly control: DiskControl
  /** The kernel goes on; only the process is gone. */
  processGone(): void
  cut(random: Random): void
}

function cuttableDisk(folder: string, data: string): CuttableDisk {
  const work = join(folder, 'disk')
  mkdirSync(work)
  const control = recordedDisk(buildDiskLibrary(work), data, work)
  const image = diskImageOf(data)
  const applyLog = (): void => {
    for (const operation of readDiskLog(control.log)) image.apply(operation)
    truncateSync(control.log, 0)
  }
  return {
    control,
    processGone() {
      applyLog()
      const unrecorded = image.reconcile(data)
      if (unrecorded > UNRECORDED_BYTES_MAX) throw new Error(`${unrecorded} bytes were written past the recorder`)
    },
    cut(random) {
      applyLog()
      writeFolder(data, image.cut(random))
    },
  }
}

async function cutPower(random: Random, start: Start, disk: CuttableDisk): Promise<CutScenario> {
  const scenario = random.weighted(CUT_WEIGHTS)
  const gateway = start()
  await takesDevices(gateway)
  await pause(random.between(UNDER_LOAD_LEAST_MS, UNDER_LOAD_MOST_MS))
  switch (scenario) {
    case 'cut':
      await killed(gateway)
      break
    case 'kill-then-cut':
      await killed(gateway)
      disk.processGone()
      await runShortly(start, random)
      break
    case 'eio-then-cut':
    case 'eio-restart-cut':
      disk.control.failSyncs(1)
      // A sync that fails while the log is written back is made up for later, and ends nothing.
      await Promise.race([gateway.ended, pause(EIO_WAIT_MS)])
      await gateway.kill()
      disk.control.failSyncs(0)
      if (scenario === 'eio-then-cut') break
      disk.processGone()
      await runShortly(start, random)
      break
    case 'eio-at-start-cut': {
      await killed(gateway)
      disk.processGone()
      disk.control.failSyncs(1)
      const failing = start()
      await Promise.race([failing.ready, pause(READY_MAX_MS)])
      await pause(random.below(UNDER_LOAD_MOST_MS))
      await failing.kill()
      disk.control.failSyncs(0)
      disk.processGone()
      if (random.chance(0.5)) await runShortly(start, random)
      break
    }
  }
  disk.cut(random)
  return scenario
}

/** Another run, which may be killed before it takes devices. */
async function runShortly(start: Start, random: Random): Promise<void> {
  const gateway = start()
  await pause(random.below(AFTER_RESTART_MS))
  await killed(gateway)
}

async function takesDevices(gateway: GatewayProcess): Promise<void> {
  const answer = await Promise.race([gateway.ready, pause(READY_MAX_MS)])
  if (answer === undefined) throw new Error(`the gateway was not ready within ${READY_MAX_MS} ms`)
  if (answer !== 'ready') throw new Error(`the gateway does not start: ${describe(answer)}`)
}

async function killed(gateway: GatewayProcess): Promise<void> {
  const ending = await gateway.kill()
  if (ending.signal !== 'SIGKILL') throw new Error(`the gateway ended by itself: ${describe(ending)}`)
}

function describe({ code, signal, said }: Ending): string {
  return `${signal ?? `status ${code}`}\n${said}`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
