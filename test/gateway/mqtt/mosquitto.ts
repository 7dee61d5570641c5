import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A Mosquitto of the test's own, on a free port of the loopback. */
export type Mosquitto = {
  readonly port: number
  readonly directory: string
  /** Ends it at once, as a power cut would; sessions are lost unless it was told to keep them. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Debian puts it where a user's PATH does not lead. */
export function mosquittoBinary(): string | undefined {
  const directories = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/sbin',
  ]
  return directories.map((directory) => join(directory, 'mosquitto')).find((path) => existsSync(path))
}

/**
 * Why tests with Mosquitto are skipped here, or `undefined` where it is there. Where everything must be there (`.ci/run` installs it and
 * sets CI) a missing one fails instead.
 */
export function reasonToSkipMosquitto(): string | undefined {
  if (mosquittoBinary() !== undefined) return undefined
  const reason = 'mosquitto is not installed: apt-get install mosquitto'
  if (process.env['CI'] !== undefined) throw new Error(reason)
  return reason
}

export async function startMosquitto(
  config: readonly string[] = ['allow_anonymous true'],
  files: Record<string, string> = {},
): Promise<Mosquitto> {
  const binary = mosquittoBinary()
  if (binary === undefined) throw new Error('mosquitto is not installed')
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'tolbooth-mosquitto-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  const lines = [
    'user root',
    'persistence false',
    'set_tcp_nodelay true',
    `listener ${port} 127.0.0.1`,
    ...config.map((line) => line.replaceAll('{directory}', directory)),
  ]
  const configPath = join(directory, 'mosquitto.conf')
  writeFileSync(configPath, `${lines.join('\n')}\n`)
  let child: ChildProcess | undefined
  let said = ''

  async function run(): Promise<void> {
    const started = spawn(binary ?? '', ['-c', configPath], { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4_000)
    }
    started.stdout.on('data', hear)
    started.stderr.on('data', hear)
    const end = performance.now() + 10_000
    while (!(await accepts(port))) {
      if (started.exitCode !== null || performance.now() > end) throw new Error(`mosquitto did not start: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null) return
    await new Promise((resolve) => {
      ending.once('exit', resolve)
      ending.kill(signal)
    })
  }

  await run()
  return {
    port,
    directory,
    kill: () => end('SIGKILL'),
    restart: run,
    async stop() {
      await end('SIGTERM')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
