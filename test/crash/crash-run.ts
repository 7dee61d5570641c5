import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchEnvironment, provision } from '../../bench/site/provision.ts'
import { openForReading } from '../../db/open.ts'
import { verifyJournal } from '../../db/verify.ts'
import { dataFiles } from '../../gateway/config.ts'
import { freePort } from '../../simulators/gateway-process/free-port.ts'
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
  /** Lanes with each make of barrier. */
  readonly lanesOfAMake: number
  readonly saleEveryMs: number
  /** The journal is verified after each so many crashes, and at the end. */
  readonly verifyEvery: number
  /** What a power cut leaves: what was synced and nothing else, or every other time something of the rest as well, torn and out of order. */
  readonly left: 'synced' | 'any'
  readonly sabotage?: Sabotage
  readonly onCrash?: (done: number, scenario: Scenario) => void
}

export type CrashReport = Verdict & {
  readonly what: CrashOptions['what']
  readonly count: number
  readonly seed: string
  readonly seconds: number
  readonly scenarios: Readonly<Partial<Record<Scenario, number>>>
  /** Of those that were aimed at a certain operation, how many came to it; the others were ended a few seconds later. */
  readonly reached: Readonly<Partial<Record<Scenario, number>>>
}

export type Scenario = KillScenario | CutScenario
type KillScenario =
  | 'kill-while-starting'
  | 'kill-under-load'
  /** Within a millisecond or so of an acknowledgement. */
  | 'kill-upon-a-promise'
type CutScenario =
  | 'cut'
  | 'cut-upon-a-promise'
  /** Before some write, truncation or sync. */
  | 'cut-at-an-operation'
  /** While the log is written back into the books, under load. */
  | 'cut-in-a-checkpoint'
  /** The same while a gateway starts on the log of one that was killed. */
  | 'cut-in-the-first-checkpoint'
  /** What the next run sees of the killed one may not be on the disk. */
  | 'kill-then-cut'
  /** A sync fails, the gateway ends, and the power fails. */
  | 'eio-then-cut'
  /** A sync fails, the gateway is started again, and the power fails later. */
  | 'eio-restart-cut'
  /** The first sync of a start fails. */
  | 'eio-at-start-cut'

const KILL_WEIGHTS = { 'kill-while-starting': 3, 'kill-under-load': 10, 'kill-upon-a-promise': 7 } as const
const CUT_WEIGHTS = {
  cut: 3,
  'cut-upon-a-promise': 3,
  'cut-at-an-operation': 4,
  'cut-in-a-checkpoint': 2,
  'cut-in-the-first-checkpoint': 3,
  'kill-then-cut': 4,
  'eio-then-cut': 3,
  'eio-restart-cut': 3,
  'eio-at-start-cut': 2,
} as const

const STARTING_MS = 900
const UNDER_LOAD_LEAST_MS = 60
const UNDER_LOAD_MOST_MS = 1_500
const AFTER_RESTART_MS = 1_500
/** A run that does not come to the promises that are waited for is taken as it is. */
const PROMISES_MIN = 5
const PROMISES_WITHIN_MS = 4_000
const LOOK_EVERY_MS = 2
const OPERATIONS_MAX = 300
const BOOKS_WRITES_MAX = 60
const DIES_WITHIN_MS = 3_000
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
  const kit = crashKit(options.stalls, options.lanesOfAMake)
  const issuers = crashIssuers(random.fork('issuers').bytes)
  const log = emptyLog()
  const scenarios: Partial<Record<Scenario, number>> = {}
  const reached: Partial<Record<Scenario, number>> = {}
  const faultsOnTheWay: string[] = []
  let present: GatewayProcess | undefined
  try {
    provision(data, kit.kit, issuers, SECRET)
    const port = await freePort()
    const disk = options.what === 'power-cuts' ? cuttableDisk(folder, data, options.left) : undefined
    const environment = {
      ...benchEnvironment(data, SITE),
      TOLBOOTH_MQTT_PORT: String(port),
      ...disk?.control.environment,
    }
    const start = (how?: Sabotage): GatewayProcess => {
      log.runs.push({ startedAtMs: Date.now(), promises: 0 })
      present = startGatewayProcess(environment, options.sabotage ?? how)
      return present
    }
    const stage: Stage = {
      random,
      start,
      promises: () => log.runs.at(-1)?.promises ?? 0,
      oddities: log.oddities,
      reached,
    }
    const line = { port, run: () => log.runs.length - 1 }
    const traffic = startTraffic({ kit, issuers, line, log, saleEveryMs: options.saleEveryMs })

    for (let crash = 0; crash < options.count; crash += 1) {
      const scenario = disk === undefined ? await kill(stage) : await cutPower(stage, disk)
      scenarios[scenario] = (scenarios[scenario] ?? 0) + 1
      if ((crash + 1) % options.verifyEvery === 0) faultsOnTheWay.push(...(await faultsAfter(crash + 1, data)))
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
    const verdict = compare(log, await viewBooks(dataFiles(data).books, join(folder, 'rebuilt.db')), faultsOnTheWay)
    const seconds = Math.round((performance.now() - fromMs) / 1_000)
    return { what: options.what, count: options.count, seed: options.seed, seconds, scenarios, reached, ...verdict }
  } finally {
    await present?.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Stage = {
  readonly random: Random
  start(how?: Sabotage): GatewayProcess
  /** What the present run has acknowledged so far. */
  promises(): number
  readonly oddities: string[]
  readonly reached: Partial<Record<Scenario, number>>
}

async function kill(stage: Stage): Promise<KillScenario> {
  const scenario = stage.random.weighted(KILL_WEIGHTS)
  const gateway = stage.start()
  switch (scenario) {
    case 'kill-while-starting':
      await pause(stage.random.below(STARTING_MS))
      break
    case 'kill-under-load':
      await underLoad(stage, gateway)
      break
    case 'kill-upon-a-promise':
      await underLoad(stage, gateway)
      await nextPromise(stage)
      break
  }
  await killed(gateway)
  return scenario
}

/** For a random while, from when devices have come back and are acknowledged again. */
async function underLoad(stage: Stage, gateway: GatewayProcess): Promise<void> {
  await takesDevices(gateway)
  await until(() => stage.promises() >= PROMISES_MIN, PROMISES_WITHIN_MS)
  await pause(stage.random.between(UNDER_LOAD_LEAST_MS, UNDER_LOAD_MOST_MS))
}

async function nextPromise(stage: Stage): Promise<void> {
  const before = stage.promises()
  await until(() => stage.promises() > before, PROMISES_WITHIN_MS)
}

type CuttableDisk = {
  readonly control: DiskControl
  /** The kernel goes on; only the process is gone. */
  processGone(): void
  cut(random: Random): void
  /** Whether the log of the books is among the files of which a sync failed since the process was started. */
  hasLogFailed(): boolean
}

function cuttableDisk(folder: string, data: string, left: CrashOptions['left']): CuttableDisk {
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
      const isTorn = left === 'any' && random.chance(0.5)
      writeFolder(data, image.cut(isTorn ? random : NOTHING_MORE))
    },
    hasLogFailed() {
      const operations = readDiskLog(control.log)
      const failed = new Set(operations.flatMap((one) => (one.kind === 'sync-failed' ? [one.file] : [])))
      return operations.some((one) => one.kind === 'open' && one.name.endsWith('-wal') && failed.has(one.file))
    },
  }
}

/** Of all that might be on the disk, the first: what was synced. */
const NOTHING_MORE = { below: () => 0 }

async function cutPower(stage: Stage, disk: CuttableDisk): Promise<CutScenario> {
  const { random, start } = stage
  const scenario = random.weighted(CUT_WEIGHTS)
  const gateway = start(scenario === 'cut-in-a-checkpoint' ? 'checkpoint-often' : undefined)
  await underLoad(stage, gateway)
  const reached = (): void => {
    stage.reached[scenario] = (stage.reached[scenario] ?? 0) + 1
  }
  switch (scenario) {
    case 'cut':
      await killed(gateway)
      break
    case 'cut-upon-a-promise':
      await nextPromise(stage)
      await killed(gateway)
      break
    case 'cut-at-an-operation':
      disk.control.dieAtOperation(random.between(1, OPERATIONS_MAX))
      if (await diesOrIsKilled(gateway, disk)) reached()
      break
    case 'cut-in-a-checkpoint':
      disk.control.dieAtBooksWrite(random.between(1, BOOKS_WRITES_MAX))
      if (await diesOrIsKilled(gateway, disk)) reached()
      break
    case 'cut-in-the-first-checkpoint':
      await killed(gateway)
      disk.processGone()
      disk.control.dieAtBooksWrite(random.between(1, BOOKS_WRITES_MAX))
      if (await diesOrIsKilled(start(), disk)) reached()
      break
    case 'kill-then-cut':
      await killed(gateway)
      disk.processGone()
      await runShortly(stage)
      break
    case 'eio-then-cut':
    case 'eio-restart-cut':
      disk.control.failSyncs(1)
      await within(gateway.ended, EIO_WAIT_MS)
      // A sync that fails while the log is written back is made up for later, and ends nothing.
      if ((await gateway.kill()).signal !== 'SIGKILL') reached()
      else if (disk.hasLogFailed()) {
        stage.oddities.push(`a sync of the log failed, and ${EIO_WAIT_MS} ms later the gateway had not ended`)
      }
      disk.control.calm()
      if (scenario === 'eio-then-cut') break
      disk.processGone()
      await runShortly(stage)
      break
    case 'eio-at-start-cut': {
      await killed(gateway)
      disk.processGone()
      disk.control.failSyncs(1)
      const failing = start()
      await within(failing.ready, READY_MAX_MS)
      await pause(random.below(UNDER_LOAD_MOST_MS))
      await failing.kill()
      disk.control.calm()
      disk.processGone()
      if (random.chance(0.5)) await runShortly(stage)
      break
    }
  }
  disk.cut(random)
  return scenario
}

/** Another run, which may be killed before it takes devices. */
async function runShortly({ start, random }: Stage): Promise<void> {
  const gateway = start()
  await pause(random.below(AFTER_RESTART_MS))
  await killed(gateway)
}

/** Waits for a gateway that is to die by its disk; one that has come to no such moment is killed. Whether it did die. */
async function diesOrIsKilled(gateway: GatewayProcess, disk: CuttableDisk): Promise<boolean> {
  const hasDied = (await within(gateway.ended, DIES_WITHIN_MS)) !== undefined
  await killed(gateway)
  disk.control.calm()
  return hasDied
}

async function faultsAfter(crashes: number, data: string): Promise<readonly string[]> {
  const open = openForReading(dataFiles(data).books)
  try {
    const { faults } = await verifyJournal(open)
    return faults.map((fault) => `after crash ${crashes}: ${JSON.stringify(fault)}`)
  } finally {
    open.close()
  }
}

async function takesDevices(gateway: GatewayProcess): Promise<void> {
  const answer = await within(gateway.ready, READY_MAX_MS)
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

/** What a promise brings, or `undefined` where that takes longer. */
async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  const value = await Promise.race([promise, tooLong])
  clearTimeout(timer)
  return value
}

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const endsMs = performance.now() + withinMs
  while (!isSo() && performance.now() < endsMs) await pause(LOOK_EVERY_MS)
}
