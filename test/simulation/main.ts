import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runAll } from './crew.ts'
import { simulateParking } from './parking/simulate-parking.ts'
import { reportOf, reportText, violationLines } from './report.ts'
import type { SeedResult } from './run-seed.ts'
import { runSeed } from './run-seed.ts'

const HELP = `npm run simulate -- [options]

Runs whole sites with their gateways in virtual time, breaks what can break, and judges what must hold.

  --world <name>      market: stalls and lanes with flat fees; parking: a car park (market)
  --seeds <n>         so many worlds (20)
  --hours <n>         of so many hours each (24)
  --first-seed <n>    beginning with this one (1)
  --seed <name>       this one alone
  --judge-every <n>   hold all the evidence together every so many minutes of virtual time (240)
  --days <n>          parking: of so many days each, in place of hours (30)
  --arrivals <n>      parking: so many vehicles a day, on average (40)
  --calm              parking: break nothing
  --trace <visit>     parking: tell all that concerns this visit of --seed, as visit-523
  --workers <n>       at so many at the same time (all cores)
  --json              one JSON object, and nothing else
`

const { values } = parseArgs({
  options: {
    world: { type: 'string', default: 'market' },
    days: { type: 'string', default: '30' },
    arrivals: { type: 'string', default: '40' },
    calm: { type: 'boolean', default: false },
    trace: { type: 'string' },
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
  process.exitCode = await (values.world === 'parking' ? parking() : main())
}

function parking(): Promise<number> {
  return simulateParking({
    seeds: seedsOf(),
    days: numberOf(values.days),
    arrivalsPerDay: numberOf(values.arrivals),
    isCalm: values.calm,
    trace: values.trace,
    workers: numberOf(values.workers),
    isJson: values.json,
  })
}

async function main(): Promise<number> {
  if (values.world !== 'market') throw new RangeError(`there is no world ${values.world}: market or parking`)
  const [hours, judgeEveryMinutes, workers] = [values.hours, values['judge-every'], values.workers].map(numberOf)
  if (hours === undefined || judgeEveryMinutes === undefined || workers === undefined) return 2
  const seeds = seedsOf()
  const tasks = seeds.map((seed) => ({ seed, hours, judgeEveryMinutes }))
  const results: SeedResult[] = []
  const beganMs = performance.now()
  const script = new URL('./worker.ts', import.meta.url)
  await runAll<(typeof tasks)[number], SeedResult>(script, tasks, workers, (result) => {
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
