import type { GatewayConfig } from '../config.ts'
import { readConfig } from '../config.ts'

/** Asked wrongly: the message says how to ask. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What people read goes to stderr where a program may read stdout. */
export const say = {
  line(text: string): void {
    process.stdout.write(`${text}\n`)
  },
  json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  },
  problem(text: string): void {
    process.stderr.write(`tolbooth: ${text}\n`)
  },
}

/** The settings that are in force, or every problem with them at once. */
export function configOrThrow(overrides: Parameters<typeof readConfig>[1] = {}): GatewayConfig {
  const read = readConfig(process.env, overrides)
  if (read.ok) return read.config
  throw new UsageError(
    `the settings have ${read.problems.length} problem(s):\n${read.problems.map((problem) => `  - ${problem}`).join('\n')}`,
  )
}
