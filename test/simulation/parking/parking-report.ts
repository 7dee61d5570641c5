import type { Refusal } from '../../../core/refusals.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { DriverKind } from '../../../simulators/parking/visits-record.ts'
import { DRIVER_KINDS } from '../../../simulators/parking/visits-record.ts'
import type { Counts } from '../counts.ts'
import { addCounts, countsOf } from '../counts.ts'
import type { Violation } from '../struck-gateway.ts'
import type { TroubleName } from '../troubles.ts'
import { TROUBLE_NAMES, troubles } from '../troubles.ts'
import { shortfalls } from './floors.ts'
import { PARKING_REFUSALS, PARKING_REFUSALS_ELSEWHERE } from './parking-refusals.ts'
import type { ParkingSeedResult } from './run-parking-seed.ts'
import { PARKING_TROUBLES } from './run-parking-seed.ts'
import type { SituationName } from './situations.ts'
import { SITUATION_NAMES, tooSeldom } from './situations.ts'

export type ParkingReport = {
  readonly world: 'parking'
  readonly seeds: number
  readonly days: number
  readonly simulatedHours: number
  readonly events: number
  readonly eventsPerHour: number
  readonly starts: number
  readonly visits: number
  /** Visits that were held against the books one by one. */
  readonly compared: number
  /** Of these, those of which is known what they had to pay at most and at least. */
  readonly pricedBothWays: number
  /** Why the others were not. */
  readonly excused: Readonly<Record<string, number>>
  readonly notPricedBelow: Readonly<Record<string, number>>
  /** Where so much was excused that nothing could be found wrong. */
  readonly shortfalls: readonly string[]
  readonly openings: number
  readonly violations: number
  readonly unexplainedOpenings: number
  readonly lockedIn: number
  readonly simulatedHoursPerSecond: number
  readonly seconds: number
  readonly workers: number
  /** One seed was run twice. */
  readonly replay: { readonly seed: string; readonly same: boolean }
  readonly coverage: {
    readonly faults: Partial<Counts<TroubleName>>
    readonly refusals: Readonly<Record<string, number>>
    readonly drivers: Counts<DriverKind>
    readonly endings: Readonly<Record<string, number>>
    readonly situations: Counts<SituationName>
    /** Situations that were met less often than it takes to say that they were tried. */
    readonly tooSeldom: readonly string[]
    /** Refusals that are to be met, and were not in months enough. */
    readonly refusalsMissed: readonly string[]
    /** Never met. */
    readonly never: readonly string[]
    readonly triedElsewhere: Readonly<Record<string, string>>
  }
  readonly found: readonly Violation[]
}

export function parkingReportOf(
  results: readonly ParkingSeedResult[],
  replay: ParkingReport['replay'],
  seconds: number,
  workers: number,
): ParkingReport {
  const faults = countsOf(TROUBLE_NAMES)
  const refusals = countsOf(Object.keys(refusalTable) as Refusal[])
  const drivers = countsOf(DRIVER_KINDS)
  const met = countsOf(SITUATION_NAMES)
  const endings = summed(results.map((result) => result.endings))
  for (const result of results) {
    addCounts(faults, result.troubles)
    addCounts(refusals, result.refusals)
    addCounts(drivers, result.drivers)
    addCounts(met, result.situations)
  }
  const sum = (of: (result: ParkingSeedResult) => number): number => results.reduce((all, each) => all + of(each), 0)
  const hours = sum(({ days }) => days * 24)
  const events = sum((result) => result.events)
  const found = results.flatMap(({ violations }) => violations)
  const isCalm = results.every((result) => result.isCalm)
  const judged = {
    visits: sum(({ visits }) => visits),
    compared: sum(({ compared }) => compared),
    pricedBothWays: sum((result) => result.pricedBothWays),
    excused: summed(results.map(({ excused }) => excused)),
    notPricedBelow: summed(results.map((result) => result.notPricedBelow)),
  }
  const faultsMet = Object.fromEntries(PARKING_TROUBLES.map((name) => [name, faults[name]]))
  const refusalsMet = Object.fromEntries(PARKING_REFUSALS.map((code) => [code, refusals[code]]))
  return {
    world: 'parking',
    seeds: results.length,
    days: results[0]?.days ?? 0,
    simulatedHours: hours,
    events,
    eventsPerHour: rounded(events / hours),
    starts: sum(({ starts }) => starts),
    ...judged,
    shortfalls: shortfalls(judged, isCalm),
    openings: sum(({ openings }) => openings),
    violations: found.length,
    unexplainedOpenings: sum(({ unexplainedOpenings }) => unexplainedOpenings),
    lockedIn: sum(({ lockedIn }) => lockedIn),
    simulatedHoursPerSecond: rounded(hours / seconds),
    seconds: rounded(seconds),
    workers,
    replay,
    coverage: {
      faults: faultsMet,
      refusals: refusalsMet,
      drivers,
      endings,
      situations: met,
      tooSeldom: tooSeldom(met, results.length, results[0]?.days ?? 0),
      refusalsMissed: isLong(results) ? PARKING_REFUSALS.filter((code) => refusals[code] === 0) : [],
      never: [...Object.entries(faultsMet), ...Object.entries(refusalsMet), ...Object.entries(drivers)]
        .filter(([, count]) => count === 0)
        .map(([name]) => name),
      triedElsewhere: Object.fromEntries(
        Object.entries(PARKING_REFUSALS_ELSEWHERE).map(([code, { file, test }]) => [code, `${file}: ${test}`]),
      ),
    },
    found,
  }
}

/** For people: a table of what was met, and how to see again what was found. */
export function parkingReportText(report: ParkingReport): string {
  const { coverage } = report
  const line = (name: string, count: number, note = ''): string =>
    `  ${name.padEnd(26)}${String(count).padStart(8)}  ${note}`.trimEnd()
  return [
    'faults',
    ...PARKING_TROUBLES.map((name) => line(name, coverage.faults[name] ?? 0, troubles[name].does)),
    '',
    'refusals',
    ...Object.entries(coverage.refusals).map(([code, count]) => line(code, count)),
    ...Object.entries(coverage.triedElsewhere).map(([code, where]) => `  ${code.padEnd(26)}       -  ${where}`),
    '',
    'drivers',
    ...Object.entries(coverage.drivers).map(([kind, count]) => line(kind, count)),
    '',
    'situations',
    ...Object.entries(coverage.situations).map(([name, count]) => {
      return `${line('', count)}  ${name}${coverage.tooSeldom.includes(name) ? ' (TOO SELDOM)' : ''}`
    }),
    '',
    'how visits ended',
    ...Object.entries(coverage.endings).map(([ending, count]) => line(ending, count)),
    '',
    'visits that were not held against the books, by the reason',
    ...Object.entries(report.excused).map(([reason, count]) => `${line('', count)}  ${reason}`),
    'visits of which nobody can say what they had to pay at least',
    ...Object.entries(report.notPricedBelow).map(([reason, count]) => `${line('', count)}  ${reason}`),
    '',
    `${report.seeds} car parks of ${report.days} days: ${report.visits} visits, ${report.compared} of them held against the books one by one, ${report.pricedBothWays} in money to both sides`,
    `${report.events} records (${report.eventsPerHour} an hour), ${report.openings} openings, ${report.starts} starts of the gateway`,
    `${report.simulatedHoursPerSecond} simulated hours a second, ${report.seconds} s with ${report.workers} workers`,
    `seed ${report.replay.seed} a second time: ${report.replay.same ? 'the same, to the last byte' : 'NOT THE SAME'}`,
    ...report.found.flatMap((violation) => parkingViolationLines(violation, report.days)),
    ...report.shortfalls.map((what) => `TOO LITTLE JUDGED: ${what}`),
    `violations: ${report.violations}, unexplained openings: ${report.unexplainedOpenings}, locked in: ${report.lockedIn}`,
  ].join('\n')
}

export function parkingViolationLines({ seed, at, what, lately }: Violation, days: number): readonly string[] {
  return [
    '',
    `VIOLATION in seed ${seed} at ${at}: ${what}`,
    ...lately.map((line) => `    ${line}`),
    `  again: npm run simulate -- --world parking --seed ${seed} --days ${days}`,
  ]
}

/** Chance says nothing of fewer. */
const MONTHS_LEAST = 30

function isLong(results: readonly ParkingSeedResult[]): boolean {
  return (
    results.reduce((days, each) => days + each.days, 0) / 30 >= MONTHS_LEAST && results.some(({ isCalm }) => !isCalm)
  )
}

function summed(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const each of all) for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count
  return Object.fromEntries(Object.entries(sums).toSorted(([, left], [, right]) => right - left))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
