import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { violationsOf } from './compare.ts'
import type { CrashOptions, CrashReport } from './crash-run.ts'
import { runCrashes } from './crash-run.ts'
import { reasonForNoDiskLibrary } from './disk/disk-library.ts'
import type { Sabotage } from './sabotage.ts'
import { isSabotage, sabotages } from './sabotage.ts'

const HELP = `npm run crash -- [options]

Runs a real gateway under load, ends it again and again without any goodbye, and holds its books against what devices and people know.

  --kills <n>           SIGKILL at random moments, so many times
  --power-cuts <n>      throw away what was not synced, so many times (Linux, gcc)
  --seed <name>         the moments and what a power cut leaves
  --stalls <n>          stalls of the market (12)
  --lanes <n>           lanes with each make of barrier (4)
  --sale-every-ms <n>   between two sales at a stall, on average (60)
  --sabotage <name>     break the gateway on purpose: ${Object.keys(sabotages).join(', ')}
  --json                one JSON object

Ends with 1 where anything was lost, doubled, late or broken.
`

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    'power-cuts': { type: 'string' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    stalls: { type: 'string', default: '12' },
    lanes: { type: 'string', default: '4' },
    'sale-every-ms': { type: 'string', default: '60' },
    sabotage: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const VERIFY_EVERY = 10

if (values.help) console.log(HELP)
else process.exitCode = await main()

async function main(): Promise<number> {
  const sabotage = sabotageNamed(values.sabotage)
  const reports: CrashReport[] = []
  if (values.kills !== undefined) reports.push(await run('kills', numberOf(values.kills), sabotage))
  if (values['power-cuts'] !== undefined) {
    const reason = reasonForNoDiskLibrary()
    if (reason !== undefined) throw new Error(reason)
    reports.push(await run('power-cuts', numberOf(values['power-cuts']), sabotage))
  }
  if (reports.length === 0) {
    console.error('Say --kills 200, --power-cuts 100, or both.')
    return 2
  }
  console.log(values.json ? JSON.stringify(summaryOf(reports)) : reportText(reports))
  return reports.some((report) => violationsOf(report) > 0) ? 1 : 0
}

function run(what: CrashOptions['what'], count: number, sabotage: Sabotage | undefined): Promise<CrashReport> {
  return runCrashes({
    what,
    count,
    seed: values.seed,
    stalls: numberOf(values.stalls),
    saleEveryMs: numberOf(values['sale-every-ms']),
    lanesOfAMake: numberOf(values.lanes),
    verifyEvery: VERIFY_EVERY,
    left: 'any',
    ...(sabotage === undefined ? {} : { sabotage }),
    onCrash: (done, scenario) => process.stderr.write(`${what} ${done}/${count} ${scenario}\n`),
  })
}

function sabotageNamed(name: string | undefined): Sabotage | undefined {
  if (name !== undefined && !isSabotage(name)) throw new Error(`there is no sabotage ${name}`)
  return name
}

/** One object for both kinds of run: what must be 0 by itself, and then what was done. */
function summaryOf(all: readonly CrashReport[]) {
  const sum = (of: (report: CrashReport) => number): number => all.reduce((total, report) => total + of(report), 0)
  const countOf = (what: CrashOptions['what']): number => sum((report) => (report.what === what ? report.count : 0))
  return {
    kills: countOf('kills'),
    powerCuts: countOf('power-cuts'),
    acknowledged: sum((report) => report.acknowledged),
    acknowledgedLost: sum((report) => report.acknowledgedLost),
    doubled: sum((report) => report.doubled),
    ledgerSum: sum((report) => Math.abs(report.ledgerSum)),
    chainBroken: sum((report) => report.chainBroken),
    lateCommands: sum((report) => report.lateCommands),
    seed: values.seed,
    seconds: sum((report) => report.seconds),
    violations: sum(violationsOf),
    runs: all,
  }
}

function reportText(all: readonly CrashReport[]): string {
  return all.flatMap((report) => Object.entries(report).map(([name, value]) => line(name, value))).join('\n')
}

function line(name: string, value: unknown): string {
  return `${name.padEnd(20)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
}

function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${text} is not a whole number above 0`)
  return number
}
