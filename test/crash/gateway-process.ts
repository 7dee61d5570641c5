import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Sabotage } from './sabotage.ts'

/** A gateway that can be killed: `tolbooth serve` in a process of its own. */
export type GatewayProcess = {
  /** Resolves when it takes devices, or with how it ended before that. */
  readonly ready: Promise<'ready' | Ending>
  readonly ended: Promise<Ending>
  kill(): Promise<Ending>
  /** Ends it as its operator would. */
  stop(): Promise<Ending>
}

export type Ending = { readonly code: number | null; readonly signal: string | null; readonly said: string }

const STOP_MAX_MS = 30_000
const SAID_CHARACTERS_MAX = 4_000

export function startGatewayProcess(
  environment: Readonly<Record<string, string>>,
  sabotage: Sabotage | undefined,
): GatewayProcess {
  const broken = sabotage === undefined ? [] : ['--import', here('./sabotage-preload.ts')]
  const child = spawn(process.execPath, [...broken, here('../../gateway/cli/tolbooth.ts'), 'serve'], {
    env: {
      ...process.env,
      ...environment,
      ...(sabotage === undefined ? {} : { CRASH_SABOTAGE: sabotage }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const hear = (line: string): void => {
    said = `${said}${line}\n`.slice(-SAID_CHARACTERS_MAX)
  }
  const ready = new Promise<'ready'>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      hear(line)
      if (line.startsWith('{') && line.includes('"ready":true')) resolve('ready')
    })
  })
  createInterface({ input: child.stderr }).on('line', hear)
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, said }))
  })

  return {
    ready: Promise.race([ready, ended]),
    ended,
    kill() {
      send(child, 'SIGKILL')
      return ended
    },
    async stop() {
      send(child, 'SIGTERM')
      const tooLong = setTimeout(() => send(child, 'SIGKILL'), STOP_MAX_MS)
      const ending = await ended
      clearTimeout(tooLong)
      return ending
    },
  }
}

function send(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
}

function here(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
