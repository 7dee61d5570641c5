import { runAll } from '../crew.ts'
import type { ParkingReport } from './parking-report.ts'
import { parkingReportOf, parkingReportText, parkingViolationLines } from './parking-report.ts'
import type { ParkingSeedOptions, ParkingSeedResult } from './run-parking-seed.ts'
import { runParkingSeed } from './run-parking-seed.ts'

export type SimulateParking = Required<Pick<ParkingSeedOptions, 'days' | 'arrivalsPerDay' | 'isCalm'>> & {
  readonly seeds: readonly string[]
  readonly workers: number
  readonly isJson: boolean
  /** Tells all that concerns this one visit, in place of a report. */
  readonly trace: string | undefined
}

/** Runs car parks, says what was found, and returns the exit status. */
export async function simulateParking({ seeds, workers, isJson, trace, ...each }: SimulateParking): Promise<number> {
  const tasks = seeds.map((seed) => ({ seed, ...each }))
  if (trace !== undefined) return traceOne(tasks, trace)
  const results: ParkingSeedResult[] = []
  const beganMs = performance.now()
  const script = new URL('./parking-worker.ts', import.meta.url)
  await runAll<(typeof tasks)[number], ParkingSeedResult>(script, tasks, workers, (result) => {
    results.push(result)
    if (isJson) return
    for (const violation of result.violations) console.error(parkingViolationLines(violation, each.days).join('\n'))
    if (process.stderr.isTTY) process.stderr.write(`\r${results.length} of ${seeds.length} car parks `)
    if (process.stderr.isTTY && results.length === seeds.length) process.stderr.write('\n')
  })
  const seconds = (performance.now() - beganMs) / 1_000
  const [first] = tasks
  const before = results.find(({ seed }) => seed === first?.seed)
  const again = first === undefined ? undefined : await runParkingSeed(first)
  const replay = { seed: first?.seed ?? '', same: before !== undefined && before.digest === again?.digest }
  const report = parkingReportOf(results, replay, seconds, workers)
  console.log(isJson ? JSON.stringify(report) : parkingReportText(report))
  return isGood(report) ? 0 : 1
}

/** Nothing found, the same again from the same seed, enough of all visits judged, and enough met to say that it was tried. */
export function isGood({ violations, replay, shortfalls, coverage }: ParkingReport): boolean {
  const isEnough = shortfalls.length === 0 && coverage.tooSeldom.length === 0 && coverage.refusalsMissed.length === 0
  return violations === 0 && replay.same && isEnough
}

/** What concerns one visit, on the standard output, and then what was found. */
async function traceOne(tasks: readonly ParkingSeedOptions[], visit: string): Promise<number> {
  const [task, ...others] = tasks
  if (task === undefined || others.length > 0) throw new RangeError('a visit is of one seed: give --seed with --trace')
  const { violations } = await runParkingSeed({ ...task, trace: { visit, print: console.log } })
  for (const violation of violations) console.error(parkingViolationLines(violation, task.days).join('\n'))
  return violations.length === 0 ? 0 : 1
}
