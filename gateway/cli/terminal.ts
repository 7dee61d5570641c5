import { Presets, SingleBar } from 'cli-progress'
import type { GatewayConfig } from '../config.ts'
import { readConfig } from '../config.ts'

/** Asked wrongly: the message says how to ask. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** One thing in both languages: for what somebody may have to read at night. */
export type Said = { readonly vi: string; readonly en: string }

/** What people read goes to stderr where a program may read stdout. */
export const say = {
  line(text: string): void {
    process.stdout.write(`${text}\n`)
  },
  /** Vietnamese, and English below it. */
  both({ vi, en }: Said, mark = ' '): void {
    process.stdout.write(`${mark} ${vi}\n  ${en}\n`)
  },
  json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  },
  problem(text: string): void {
    process.stderr.write(`tolbooth: ${text}\n`)
  },
}

export const MARKS = { good: '✓', warn: '!', bad: '✗' } as const

/** The settings that are in force, or every problem with them at once. */
export function configOrThrow(overrides: Parameters<typeof readConfig>[1] = {}): GatewayConfig {
  const read = readConfig(process.env, overrides)
  if (read.ok) return read.config
  throw new UsageError(
    `the settings have ${read.problems.length} problem(s):\n${read.problems.map((problem) => `  - ${problem}`).join('\n')}`,
  )
}

/** How far a long command is. Shown where somebody looks on (stderr is a terminal), and nowhere else. */
export type Progress = { at(what: string, done: number, of: number): void; end(): void }

export function progress(): Progress {
  if (!process.stderr.isTTY) return { at: () => undefined, end: () => undefined }
  const bar = new SingleBar(
    {
      format: '{what} {bar} {percentage}%  {value}/{total}  {eta_formatted}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  )
  let shown: string | undefined
  return {
    at(what, done, of) {
      const total = Math.max(of, 1)
      if (what === shown) {
        bar.setTotal(total)
        bar.update(done, { what })
        return
      }
      if (shown !== undefined) bar.stop()
      shown = what
      bar.start(total, done, { what })
    },
    end() {
      if (shown !== undefined) bar.stop()
      shown = undefined
    },
  }
}

/** A whole number of an option. Refuses anything else, with the option's name. */
export function wholeOption(name: string, text: string, least = 0): number {
  const value = Number(text)
  if (!/^\d{1,15}$/.test(text) || value < least) {
    throw new UsageError(`${name} is a whole number of at least ${least}, and not ${JSON.stringify(text)}`)
  }
  return value
}
