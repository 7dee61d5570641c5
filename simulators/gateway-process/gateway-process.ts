import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as passed } from 'node:timers/promises'
import { z } from 'zod'
import { spawnTolbooth } from './command.ts'
import type { GatewayProcessSpec } from './provision.ts'

export type GatewayProcessOptions = {
  readonly spec: GatewayProcessSpec
  readonly readyWithinMs: number
  readonly stopWithinMs: number
  /** The process has ended by itself. Whoever looks after it starts it again. */
  onEnded(how: string): void
}

/** A real gateway in a process of its own, which ends where this one does. */
export type GatewayProcess = {
  /** Starts it and waits until it says that it is ready. Rejects, with its last words, where it does not come to be. */
  start(): Promise<void>
  /** SIGKILL: in mid-sentence. */
  kill(): Promise<void>
  /** Asks it to end, and kills it where it does not. */
  stop(): Promise<void>
  /** SIGHUP: it looks at its files again. */
  reload(): void
  /** For whoever must go at once: kills it without waiting. */
  abandon(): void
  isReady(): boolean
  starts(): number
  /** The live page, signed in; good once. `null` where the gateway gave none. */
  pageAddress(): string | null
}

const LAST_WORDS_MAX = 40
const ASK_EVERY_MS = 50
const readyLine = z.object({ ready: z.literal(true), signIn: z.string().nullable() })

export function gatewayProcess({ spec, readyWithinMs, stopWithinMs, onEnded }: GatewayProcessOptions): GatewayProcess {
  const lastWords: string[] = []
  let child: ChildProcess | undefined
  let isReady = false
  let isMeantToEnd = false
  let starts = 0
  let page: string | null = null

  function listen(started: ReturnType<typeof spawnTolbooth>): Promise<void> {
    createInterface(started.stderr).on('line', (line) => {
      lastWords.push(line)
      if (lastWords.length > LAST_WORDS_MAX) lastWords.shift()
    })
    started.on('exit', (status, signal) => {
      if (child !== started) return
      child = undefined
      isReady = false
      if (!isMeantToEnd) onEnded(`${signal ?? `status ${status}`}${said()}`)
    })
    return new Promise((resolve, reject) => {
      createInterface(started.stdout).on('line', (line) => {
        const said = parsedLine(line)
        if (said === undefined) return
        page = said.signIn
        resolve()
      })
      started.once('error', reject)
      started.once('exit', () => reject(new Error(`the gateway ended before it was ready${said()}`)))
    })
  }

  const said = (): string => (lastWords.length === 0 ? '' : `:\n${lastWords.join('\n')}`)

  async function answersReady(deadlineMs: number): Promise<void> {
    for (;;) {
      const answer = await fetch(`${spec.httpUrl}/readyz`).catch(() => undefined)
      const text = await answer?.text()
      if (answer?.ok === true) return
      if (performance.now() > deadlineMs) {
        throw new Error(`the gateway is not ready after ${readyWithinMs} ms: ${text ?? 'it does not answer'}${said()}`)
      }
      await passed(ASK_EVERY_MS)
    }
  }

  async function ended(signal: NodeJS.Signals): Promise<void> {
    const running = child
    if (running === undefined) return
    isMeantToEnd = true
    isReady = false
    const gone = once(running, 'exit')
    running.kill(signal)
    const inTime = await Promise.race([gone.then(() => true), passed(stopWithinMs, false, { ref: false })])
    if (inTime) return
    running.kill('SIGKILL')
    await gone
  }

  return {
    async start() {
      if (child !== undefined) throw new Error('the gateway runs already')
      const deadlineMs = performance.now() + readyWithinMs
      isMeantToEnd = false
      starts += 1
      const started = spawnTolbooth([...spec.args, '--exit-with-parent'], spec.environment)
      child = started
      await Promise.race([
        listen(started),
        passed(readyWithinMs, undefined, { ref: false }).then(() => {
          throw new Error(`the gateway has not started within ${readyWithinMs} ms${said()}`)
        }),
      ])
      await answersReady(deadlineMs)
      isReady = true
    },
    kill: () => ended('SIGKILL'),
    stop: () => ended('SIGTERM'),
    reload() {
      child?.kill('SIGHUP')
    },
    abandon() {
      isMeantToEnd = true
      child?.kill('SIGKILL')
    },
    isReady: () => isReady,
    starts: () => starts,
    pageAddress: () => page,
  }
}

function parsedLine(line: string): z.infer<typeof readyLine> | undefined {
  try {
    return readyLine.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
