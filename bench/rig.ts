import type { ChildProcess } from 'node:child_process'
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFiles } from '../gateway/config.ts'
import { freePort } from '../simulators/gateway-process/free-port.ts'
import type { LimitQuestions } from './limits/limits-process.ts'
import type { LoadQuestions } from './load/load-process.ts'
import type { ParkLoadQuestions } from './parking/park-load-process.ts'
import type { Asked } from './processes/asking.ts'
import { asking } from './processes/asking.ts'
import type { Server } from './processes/server.ts'
import { pathOf, startGateway, startServer } from './processes/server.ts'
import { benchIssuers, benchKit, SECRET, SITE } from './site/bench-site.ts'
import { benchEnvironment, provision } from './site/provision.ts'

/** A server under load and the process in which its devices live. */
export type Loaded = {
  readonly server: Server
  readonly load: Asked<LoadQuestions>
  readonly connections: number
  stop(): Promise<void>
}

/** A car park's gateway, and the process in which the devices of its exits live. */
export type LoadedPark = {
  readonly server: Server
  readonly load: Asked<ParkLoadQuestions>
  readonly connections: number
}

/** Everything that a measurement starts, in a folder that is gone afterwards. */
export type Rig = {
  readonly folder: string
  gateway(options: GatewayOptions): Promise<Loaded & { readonly books: string }>
  /** The gateway of a folder that is ready to be served, under the load of so many exits. */
  park(options: ParkOptions): Promise<LoadedPark>
  /** Answers with the packets that the load of another server has heard. */
  echo(stalls: number, like: Loaded): Promise<Loaded>
  script(stalls: number, broker: 'mosquitto' | 'aedes', environment?: Environment): Promise<Loaded>
  limits(): Asked<LimitQuestions>
  close(): Promise<void>
}

export type Environment = Readonly<Record<string, string>>

export type GatewayOptions = {
  readonly stalls: number
  readonly name?: string
  readonly environment?: Environment
  /** Called with the provisioned folder before the gateway is started. */
  readonly prepare?: (folder: string) => Promise<void> | void
}

export type ParkOptions = {
  readonly data: string
  readonly lanes: number
  readonly departuresFile: string
}

export function createRig(): Rig {
  const folder = mkdtempSync(join(tmpdir(), 'tolbooth-bench-'))
  const endings: (() => Promise<void>)[] = []

  const loaded = async (server: Server, stalls: number, hasSecrets: boolean, isKeyed: boolean): Promise<Loaded> => {
    const child = fork(pathOf('../load/load-process.ts'))
    const load = asking<LoadQuestions>(child)
    const stop = once(async () => {
      await ended(child)
      await server.stop()
    })
    endings.push(stop)
    const { connections } = await load('open', { host: '127.0.0.1', port: server.port, stalls, hasSecrets, isKeyed })
    return { server, load, connections, stop }
  }

  return {
    folder,
    async gateway({ stalls, name = 'gateway', environment = {}, prepare }) {
      const data = join(folder, name)
      provision(data, benchKit(stalls), benchIssuers(), SECRET)
      await prepare?.(data)
      const server = await startGateway({ ...benchEnvironment(data, SITE), ...environment })
      return { ...(await loaded(server, stalls, true, true)), books: dataFiles(data).books }
    },
    async park({ data, lanes, departuresFile }) {
      const server = await startGateway(benchEnvironment(data, SITE))
      const child = fork(pathOf('../parking/park-load-process.ts'))
      const load = asking<ParkLoadQuestions>(child)
      endings.push(async () => {
        await ended(child)
        await server.stop()
      })
      const { connections } = await load('open', { host: '127.0.0.1', port: server.port, lanes, departuresFile })
      return { server, load, connections }
    },
    async echo(stalls, like) {
      const packets = join(folder, 'packets.json')
      writeFileSync(packets, JSON.stringify(await like.load('heard', null)))
      const server = await startServer('../servers/echo-server.ts', { args: [String(stalls), packets] })
      return loaded(server, stalls, true, false)
    },
    async script(stalls, broker, environment = {}) {
      const data = mkdtempSync(join(folder, `script-${broker}-`))
      const url = broker === 'mosquitto' ? await startMosquitto(data, endings) : 'aedes'
      const server = await startServer('../servers/script-server.ts', { args: [data, url], environment })
      return loaded(server, stalls, false, true)
    },
    limits() {
      const child = fork(pathOf('../limits/limits-process.ts'))
      endings.push(() => ended(child))
      return asking<LimitQuestions>(child)
    },
    async close() {
      for (const end of endings.reverse()) await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Debian puts it where a user's PATH does not lead. */
const MOSQUITTO_PATH = '/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin'

async function startMosquitto(folder: string, endings: (() => Promise<void>)[]): Promise<string> {
  const port = await freePort()
  const file = join(folder, 'mosquitto.conf')
  const settings = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'set_tcp_nodelay true',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'log_type none',
  ]
  writeFileSync(file, `${settings.join('\n')}\n`)
  const child = spawn('mosquitto', ['-c', file], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${MOSQUITTO_PATH}` },
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  endings.push(() => ended(child))
  return `mqtt://127.0.0.1:${port}`
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= run()
    return running
  }
}
