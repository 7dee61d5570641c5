import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { serviceFlags } from '../../gateway/cli/service-flags.ts'
import type { Asked } from './asking.ts'
import { asking } from './asking.ts'
import type { ObserverQuestions } from './observer.ts'

/** A server in a process of its own, which has said where it listens. */
export type Server = {
  readonly port: number
  readonly startMs: number
  readonly process: ChildProcess
  readonly ask: Asked<ObserverQuestions>
  /** Ends it cleanly. */
  stop(): Promise<void>
}

export type ServerOptions = {
  readonly environment?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** What Node is told. */
  readonly flags?: readonly string[]
}

const START_MAX_MS = 120_000
const STOP_MAX_MS = 30_000

/** The gateway itself, as it is shipped: `tolbooth serve`. */
export function startGateway(environment: Readonly<Record<string, string>>): Promise<Server> {
  return startServer('../../gateway/cli/tolbooth.ts', {
    args: ['serve'],
    environment,
    // What it would give itself, but for the channel on which it is observed.
    flags: serviceFlags(),
  })
}

/** Starts a script whose first line on stdout is JSON with `mqtt`: the addresses at which it listens. */
export async function startServer(
  script: string,
  { environment = {}, args = [], flags = [] }: ServerOptions,
): Promise<Server> {
  const fromMs = performance.now()
  const child = spawn(process.execPath, [...flags, '--import', pathOf('./observer.ts'), pathOf(script), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = await firstLine(child, script)
  return {
    port: portOf(ready),
    startMs: performance.now() - fromMs,
    process: child,
    ask: asking<ObserverQuestions>(child),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const tooLong = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS)
      await exited
      clearTimeout(tooLong)
    },
  }
}

export function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}

function firstLine(child: ChildProcess, script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { stdout } = child
    if (stdout === null) throw new Error('stdout is not piped')
    const timer = setTimeout(() => reject(new Error(`${script} did not start in ${START_MAX_MS} ms`)), START_MAX_MS)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`${script} ended with ${signal ?? code} before it was ready`))
    })
    createInterface({ input: stdout }).once('line', (line) => {
      clearTimeout(timer)
      resolve(line)
    })
  })
}

function portOf(line: string): number {
  const { mqtt } = JSON.parse(line) as { readonly mqtt: readonly string[] }
  return Number(new URL(mqtt[0] ?? '').port)
}
