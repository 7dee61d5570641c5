import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runAll } from './crew.ts'
import { reportOf, reportText, violationLines } from './report.ts'
import type { SeedResult } from './run-seed.ts'
import { runSeed } from './run-seed.ts'

const HELP = `npm run simulate -- [options]

Runs whole sites with their gateways in virtual time, breaks what can break, and judges what must hold.

  --seeds <n>         so many worlds (20)
  --hours <n>         of so many hours each (24)
  --first-seed <n>    beginning with this one (1)
  --seed <name>       this one alone
  --judge-every <n>   hold all the evidence together every so many minutes of virtual time (240)
  --workers <n>       at so many at the same time (all cores)
  --json              one JSON object, and nothing else
`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    hours: { type: 'string', default: '24' },
    'first-seed': { type: 'string', default: '1' },
    seed: { type: 'string' },
    'judge-every': { type: 'string', default: '240' },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(HELP)
} else {
  process.exitCode = await main()
}

async function main(): Promise<number> {
  const [hours, judgeEveryMinutes, workers] = [values.hours, values['judge-every'], values.workers].map(numberOf)
  if (hours === undefined || judgeEveryMinutes === undefined || workers === undefined) return 2
  const seeds = seedsOf()
  const tasks = seeds.map((seed) => ({ seed, hours, judgeEveryMinutes }))
  const results: SeedResult[] = []
  const beganMs = performance.now()
  await runAll(tasks, workers, (result) => {
    results.push(result)
    if (!values.json) progress(results.length, seeds.length, result, hours)
  })
  const seconds = (performance.now() - beganMs) / 1_000

  const first = results.find(({ seed }) => seed === seeds[0])
  const [task] = tasks
  const again = task === undefined ? undefined : await runSeed(task)
  const replay = { seed: seeds[0] ?? '', same: first !== undefined && first.digest === again?.digest }
  const report = reportOf(results, replay, seconds, workers)
  console.log(values.json ? JSON.stringify(report) : reportText(report, hours))
  return report.violations === 0 && replay.same ? 0 : 1
}

function seedsOf(): readonly string[] {
  if (values.seed !== undefined) return [values.seed]
  const first = numberOf(values['first-seed'])
  return Array.from({ length: numberOf(values.seeds) }, (_, index) => String(first + index))
}

function progress(done: number, of: number, result: SeedResult, hours: number): void {
  for (const violation of result.violations) console.error(violationLines(violation, hours).join('\n'))
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of} seeds `)
  if (process.stderr.isTTY && done === of) process.stderr.write('\n')
}

function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${text} is not a whole number above 0`)
  return number
}
