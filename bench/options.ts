import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

/** What `npm run bench` is asked to do. One or more of `minutes`, `records` and `slowFsync` take the place of the measurement of throughput. */
export type BenchOptions = {
  readonly json: boolean
  readonly stalls: number
  readonly inFlight: number
  readonly rounds: number
  readonly passes: number
  readonly profile: string | undefined
  readonly minutes: number | undefined
  readonly records: number | undefined
  readonly slowFsync: number | undefined
}

/** What `npm run bench -- parking` is asked to do. */
export type ParkingBenchOptions = {
  readonly json: boolean
  readonly open: number
  readonly past: number
  readonly lanes: number
  readonly exits: number
  readonly rounds: number
  readonly profile: string | undefined
}

/** What stands on the command line: options, or a text for the person who typed it and the status with which to end. */
export type BenchCommand =
  | { readonly kind: 'measure'; readonly options: BenchOptions }
  | { readonly kind: 'measure-parking'; readonly options: ParkingBenchOptions }
  | { readonly kind: 'say'; readonly text: string; readonly status: 0 | 2 }

/** Each stall is three connections; the gateway of a measurement takes 20,000. */
const STALLS_MAX = 6_000
/** As many as a layout may have, but the one that leads in. */
const EXIT_LANES_MAX = 255
/** Vehicles that stay inside, and those that have left, have a plate each (bench/parking/park-site.ts). */
const OPEN_STAYS_MAX = 1_000_000

/** Reads the arguments after the program's name. The help is made from the options; an unknown option or a value that is no number is told with status 2. */
export function readCommand(args: readonly string[]): BenchCommand {
  const [first, ...others] = args
  return first === 'parking' ? readParkingCommand(others) : readMarketCommand(args)
}

function readParkingCommand(args: readonly string[]): BenchCommand {
  const program = new Command('npm run bench -- parking')
    .description(
      'Measures a car park: quotes on one core, and exits of a gateway whose books are full of stays. Filling two million takes minutes. What the figures mean: docs/measurements.md.',
    )
    .option('--json', 'print JSON in place of a table', false)
    .addOption(count('--open <count>', 'vehicles inside', OPEN_STAYS_MAX).default(100_000))
    .addOption(count('--past <count>', 'stays that are over', 100_000_000).default(2_000_000))
    .addOption(count('--lanes <count>', 'exit lanes, with six devices each', EXIT_LANES_MAX).default(200))
    .addOption(count('--exits <count>', 'exits in each round, and in all at half the rate', 50_000).default(2_000))
    .addOption(count('--rounds <count>', 'turns with all lanes busy', 10).default(3))
    .option('--profile <file>', 'leave a CPU profile of the gateway at half the rate')
  return reading(program, args, () => {
    const { json, open, past, lanes, exits, rounds, profile } = program.opts<ParkingBenchOptions>()
    if (exits * (rounds + 2) > open) {
      return problem('--exits: fewer are inside than are to leave in all rounds; give more --open, or fewer --exits.')
    }
    return { kind: 'measure-parking', options: { json, open, past, lanes, exits, rounds, profile } }
  })
}

function readMarketCommand(args: readonly string[]): BenchCommand {
  const program = new Command('npm run bench --')
    .description(
      'Measures the gateway under load, beside an echo through the same broker, a script of an afternoon and the limits of the machine. --minutes, --records and --slow-fsync measure something else in its place, and `npm run bench -- parking` a car park. What the figures mean: docs/measurements.md.',
    )
    .option('--json', 'print JSON in place of a table', false)
    .addOption(count('--stalls <count>', 'stalls, with three devices each', STALLS_MAX).default(500))
    .addOption(count('--in-flight <count>', 'scans under way at a time, at most one a stall', STALLS_MAX).default(64))
    .addOption(count('--rounds <count>', 'turns that gateway, echo, script and limits take', 1_000).default(7))
    .addOption(count('--passes <count>', 'scans of every stall in each turn', 1_000).default(4))
    .option('--profile <file>', 'leave a CPU profile of the gateway under full load')
    .addOption(count('--minutes <count>', 'does memory stay flat for so long?', 10_000))
    .addOption(count('--records <count>', 'full books of so many records against empty ones', 100_000_000))
    .addOption(count('--slow-fsync <ms>', 'every fsync so many milliseconds slower', 10_000))
  return reading(program, args, () => {
    const { json, stalls, inFlight, rounds, passes, profile, minutes, records, slowFsync } =
      program.opts<BenchOptions>()
    if (inFlight > stalls) return problem('--in-flight: there are not as many stalls; give more --stalls.')
    return {
      kind: 'measure',
      options: { json, stalls, inFlight, rounds, passes, profile, minutes, records, slowFsync },
    }
  })
}

/** What the options say, or what Commander says of them. */
function reading(program: Command, args: readonly string[], commandOf: () => BenchCommand): BenchCommand {
  let said = ''
  const say = (text: string): void => {
    said += text
  }
  program
    .allowExcessArguments(false)
    .configureOutput({ writeOut: say, writeErr: say })
    .showHelpAfterError('--help lists the options.')
    .exitOverride()
  try {
    program.parse(args, { from: 'user' })
    return commandOf()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { kind: 'say', text: said, status: error.code === 'commander.helpDisplayed' ? 0 : 2 }
  }
}

function problem(text: string): BenchCommand {
  return { kind: 'say', text: `error: ${text}\n`, status: 2 }
}

function count(flags: string, description: string, max: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < 1 || value > max) {
      throw new InvalidArgumentError(`Give a whole number from 1 to ${max}.`)
    }
    return value
  })
}
