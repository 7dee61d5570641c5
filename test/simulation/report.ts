import type { Refusal } from '../../core/refusals.ts'
import type { Counts } from './counts.ts'
import { addCounts, countsOf } from './counts.ts'
import { REFUSALS_MET, TRIED_ELSEWHERE } from './refusals.ts'
import type { KeptName, SeedResult } from './run-seed.ts'
import { KEPT_NAMES } from './run-seed.ts'
import type { Violation } from './struck-gateway.ts'
import type { TroubleName } from './troubles.ts'
import { MARKET_TROUBLES, troubles } from './troubles.ts'

/** How often each fault and each refusal is to be met in a whole run. */
export const MET_LEAST = 100

export type Report = {
  readonly seeds: number
  readonly simulatedHours: number
  readonly events: number
  readonly eventsPerHour: number
  readonly starts: number
  readonly violations: number
  readonly simulatedHoursPerSecond: number
  readonly seconds: number
  readonly workers: number
  /** One seed was run twice. */
  readonly replay: { readonly seed: string; readonly same: boolean }
  readonly coverage: {
    readonly faults: Counts<TroubleName>
    readonly refusals: Counts<Refusal>
    readonly kept: Counts<KeptName>
    /** Met less than `MET_LEAST` times. */
    readonly rare: readonly string[]
    readonly triedElsewhere: Readonly<Record<string, string>>
  }
  readonly found: readonly Violation[]
}

export function reportOf(
  results: readonly SeedResult[],
  replay: Report['replay'],
  seconds: number,
  workers: number,
): Report {
  const faults = countsOf(MARKET_TROUBLES)
  const refusals = countsOf(REFUSALS_MET) as Counts<Refusal>
  const kept = countsOf(KEPT_NAMES)
  for (const result of results) {
    addCounts(kept, result.kept)
    // Those of a car park alone strike no market.
    for (const name of MARKET_TROUBLES) faults[name] += result.troubles[name]
    addCounts(refusals, result.refusals)
  }
  const sum = (of: (result: SeedResult) => number): number => results.reduce((total, result) => total + of(result), 0)
  const hours = sum((result) => result.hours)
  const events = sum((result) => result.events)
  const found = results.flatMap((result) => result.violations)
  return {
    seeds: results.length,
    simulatedHours: hours,
    events,
    eventsPerHour: rounded(events / hours),
    starts: sum((result) => result.starts),
    violations: found.length,
    simulatedHoursPerSecond: rounded(hours / seconds),
    seconds: rounded(seconds),
    workers,
    replay,
    coverage: {
      faults,
      refusals,
      kept,
      rare: [...Object.entries(faults), ...Object.entries(refusals), ...Object.entries(kept)]
        .filter(([, count]) => count < MET_LEAST)
        .map(([name]) => name),
      triedElsewhere: TRIED_ELSEWHERE,
    },
    found,
  }
}

/** For people: a table of what was met, and how to see again what was found. */
export function reportText(report: Report, hours: number): string {
  const { coverage } = report
  const line = (name: string, count: number, note = ''): string =>
    `  ${name.padEnd(26)}${String(count).padStart(8)}${count < MET_LEAST ? ' <' : '  '}  ${note}`.trimEnd()
  return [
    `faults${' '.repeat(24)}times`,
    ...MARKET_TROUBLES.map((name) => line(name, coverage.faults[name], troubles[name].does)),
    '',
    `refusals${' '.repeat(22)}times`,
    ...REFUSALS_MET.map((code) => line(code, coverage.refusals[code])),
    ...Object.entries(TRIED_ELSEWHERE).map(([code, where]) => `  ${code.padEnd(26)}       -    ${where}`),
    '',
    `past its time${' '.repeat(17)}times`,
    ...KEPT_NAMES.map((name) => line(name, coverage.kept[name])),
    '',
    `${report.seeds} seeds of ${hours} h: ${report.events} records (${report.eventsPerHour} an hour), ${report.starts} starts of the gateway`,
    `${report.simulatedHoursPerSecond} simulated hours a second, ${report.seconds} s with ${report.workers} workers`,
    `seed ${report.replay.seed} a second time: ${report.replay.same ? 'the same, to the last byte' : 'NOT THE SAME'}`,
    ...report.found.flatMap((violation) => violationLines(violation, hours)),
    `violations: ${report.violations}`,
  ].join('\n')
}

export function violationLines({ seed, at, what, lately }: Violation, hours: number): readonly string[] {
  return [
    '',
    `VIOLATION in seed ${seed} at ${at}: ${what}`,
    ...lately.map((line) => `    ${line}`),
    `  again: npm run simulate -- --seed ${seed} --hours ${hours} --judge-every 1`,
  ]
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
