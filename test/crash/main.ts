import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { violationsOf } from './compare.ts'
import type { CrashOptions, CrashReport } from './crash-run.ts'
import { runCrashes } from './crash-run.ts'
import { reasonForNoDiskLibrary } from './disk/disk-library.ts'
import type { Sabotage } from './sabotage.ts'
import { isSabotage } from './sabotage.ts'

/**
 * `npm run crash -- [--kills 200] [--power-cuts 100] [--seed x] [--json]`. Ends with 1 where anything is wrong. `--self-test` breaks the gateway on purpose, each way
 * once, and ends with 1 where that was not noticed.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    'power-cuts': { type: 'string' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    stalls: { type: 'string', default: '12' },
    'sale-every-ms': { type: 'string', default: '60' },
    sabotage: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const sabotage = sabotageNamed(values.sabotage)
const VERIFY_EVERY = 10
const reports: CrashReport[] = []
if (values.kills !== undefined) reports.push(await run('kills', Number(values.kills)))
if (values['power-cuts'] !== undefined) {
  const reason = reasonForNoDiskLibrary()
  if (reason !== undefined) throw new Error(reason)
  reports.push(await run('power-cuts', Number(values['power-cuts'])))
}
if (reports.length === 0) throw new Error('say --kills 200, --power-cuts 100, or both')
console.log(values.json ? JSON.stringify(summaryOf(reports)) : reportText(reports))
process.exitCode = reports.some((report) => violationsOf(report) > 0) ? 1 : 0

function run(what: CrashOptions['what'], count: number): Promise<CrashReport> {
  return runCrashes({
    what,
    count,
    seed: values.seed,
    stalls: Number(values.stalls),
    saleEveryMs: Number(values['sale-every-ms']),
    verifyEvery: VERIFY_EVERY,
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
