import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { violationsOf } from './compare.ts'
import type { CrashOptions, CrashReport } from './crash-run.ts'
import { runCrashes } from './crash-run.ts'
import { reasonForNoDiskLibrary } from './disk/disk-library.ts'
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
    stalls: { type: 'string', default: '16' },
    'sale-every-ms': { type: 'string', default: '60' },
    sabotage: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const { sabotage } = values
if (sabotage !== undefined && !isSabotage(sabotage)) throw new Error(`there is no sabotage ${sabotage}`)
const reports: CrashReport[] = []
if (values.kills !== undefined) reports.push(await run('kills', Number(values.kills)))
if (values['power-cuts'] !== undefined) {
  const reason = reasonForNoDiskLibrary()
  if (reason !== undefined) throw new Error(reason)
  reports.push(await run('power-cuts', Number(values['power-cuts'])))
}
if (reports.length === 0) throw new Error('say --kills 200, --power-cuts 100, or both')
console.log(JSON.stringify(reports, null, 2))
process.exitCode = reports.some((report) => violationsOf(report) > 0) ? 1 : 0

function run(what: CrashOptions['what'], count: number): Promise<CrashReport> {
  return runCrashes({
    what,
    count,
    seed: values.seed,
    stalls: Number(values.stalls),
    saleEveryMs: Number(values['sale-every-ms']),
    ...(sabotage === undefined ? {} : { sabotage }),
    onCrash: (done, scenario) => process.stderr.write(`${what} ${done}/${count} ${scenario}\n`),
  })
}
