import { Command, InvalidArgumentError } from 'commander'
import type { DemoOptions } from './demo-run.ts'
import { runDemo } from './demo-run.ts'
import { FAULT_NAMES, faultNamesOf, faults } from './faults.ts'
import { screenOn } from './live-view/screen.ts'
import { summaryLines } from './summary.ts'

const SECONDS_WITHOUT_TERMINAL = 30
const INTERRUPTED_TWICE = 130

type Given = {
  readonly seed: string
  readonly seconds?: number
  readonly rate: number
  readonly stalls: number
  readonly fault: readonly string[]
  readonly json: boolean
  readonly keep: boolean
}

/** `npm run demo`: a market and a car park with a gateway, live. */
const program = new Command('demo')
  .description('A market and a car park with a gateway of their own, live: real MQTT, real signatures, real books.')
  .option(
    '--seconds <n>',
    `how long; without it until Ctrl-C, or ${SECONDS_WITHOUT_TERMINAL} where there is no terminal`,
    above(0),
  )
  .option('--seed <seed>', 'the dice of the simulated people and devices', '1')
  .option('--rate <n>', 'sales and vehicles that come in a second', above(0), 10)
  .option('--stalls <n>', 'stalls of the market', wholeFromTo(1, 200), 20)
  .option('--fault <name>', 'what goes wrong on purpose; may be given again', gathered, [])
  .option('--json', 'print a summary as one JSON object on stdout, and everything else on stderr', false)
  .option('--keep', 'leave the data folder of the gateway where it is, and say how to look at it', false)
  .addHelpText('after', faultsHelp())
  .action(demo)

await program.parseAsync(process.argv)

async function demo(given: Given): Promise<void> {
  const out = given.json ? process.stderr : process.stdout
  const interrupted = new AbortController()
  let abandon = (): void => {}
  const interrupt = (): void => {
    if (interrupted.signal.aborted) {
      abandon()
      process.exit(INTERRUPTED_TWICE)
    }
    interrupted.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  process.on('exit', () => abandon())

  let kept: readonly string[] = []
  try {
    const summary = await runDemo(optionsOf(given, out.isTTY === true), {
      screen: screenOn(out),
      interrupted: interrupted.signal,
      onAbandon(how) {
        abandon = how
      },
      onKept(lines) {
        kept = lines
      },
    })
    for (const line of summaryLines(summary)) out.write(`${line}\n`)
    if (given.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
    process.exitCode = summary.violations.length === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`The demo could not go on: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  } finally {
    for (const line of kept) out.write(`${line}\n`)
  }
}

function optionsOf({ seed, seconds, rate, stalls, fault, keep }: Given, hasTerminal: boolean): DemoOptions {
  return {
    seed,
    seconds: seconds ?? (hasTerminal ? null : SECONDS_WITHOUT_TERMINAL),
    rate,
    stalls,
    faults: faultNamesOf(fault),
    keep,
  }
}

function faultsHelp(): string {
  const width = Math.max(...FAULT_NAMES.map((name) => name.length))
  const lines = FAULT_NAMES.map((name) => `  ${name.padEnd(width)}  ${faults[name].does}`)
  return `\nFaults:\n${lines.join('\n')}\n  ${'all'.padEnd(width)}  every one of them`
}

function gathered(name: string, before: readonly string[]): readonly string[] {
  try {
    faultNamesOf([name])
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
  return [...before, name]
}

function above(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value > least) || !Number.isFinite(value))
      throw new InvalidArgumentError(`It must be a number above ${least}.`)
    return value
  }
}

function wholeFromTo(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
    }
    return value
  }
}
