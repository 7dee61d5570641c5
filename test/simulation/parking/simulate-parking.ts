import { runAll } from '../crew.ts'
import { parkingReportOf, parkingReportText, parkingViolationLines } from './parking-report.ts'
import type { ParkingSeedOptions, ParkingSeedResult } from './run-parking-seed.ts'
import { runParkingSeed } from './run-parking-seed.ts'

export type SimulateParking = Required<Pick<ParkingSeedOptions, 'days' | 'arrivalsPerDay' | 'isCalm'>> & {
  readonly seeds: readonly string[]
  readonly workers: number
  readonly isJson: boolean
}

/** Runs car parks, says what was found, and returns the exit status. */
export async function simulateParking({ seeds, workers, isJson, ...each }: SimulateParking): Promise<number> {
  const tasks = seeds.map((seed) => ({ seed, ...each }))
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
  return report.violations === 0 && replay.same ? 0 : 1
}
