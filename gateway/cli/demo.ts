import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'

const PROGRAM = join(import.meta.dirname, '../../simulators/demo.ts')

/** `tolbooth demo`: the same as `npm run demo`. A program of its own, which starts a gateway of its own; its options are its own too. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('a market and a car park with a gateway of their own, live (tolbooth demo --help)')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action(async (_options: readonly string[], _given: unknown, command: Command) => {
      if (!existsSync(PROGRAM))
        throw new Error(`the demo is not here (${PROGRAM}): it comes with a checkout of the project`)
      const child = spawn(process.execPath, [PROGRAM, ...command.args], { stdio: 'inherit' })
      // Ctrl-C reaches both: the demo ends by itself, with its summary.
      process.on('SIGINT', () => undefined)
      process.on('SIGTERM', () => child.kill('SIGTERM'))
      const [status] = (await once(child, 'exit')) as [number | null]
      process.exitCode = status ?? 1
    })
}
