import { describe, expect, test } from 'vitest'
import { HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import type { SimplePrices } from '../../../simulators/parking/parking-kit.ts'
import { PRICES, TARIFF_GRACE_MINUTES, tariffsFile } from '../../../simulators/parking/parking-kit.ts'
import type { ParkingSite } from '../../../simulators/parking/parking-site.ts'
import { parkingReportOf, parkingReportText } from './parking-report.ts'
import type { ParkingSeedOptions, ParkingSeedResult } from './run-parking-seed.ts'
import { runParkingSeed } from './run-parking-seed.ts'

type Stage = Parameters<NonNullable<ParkingSeedOptions['sabotage']>>[0]

const options = (seed: string): ParkingSeedOptions => ({ seed, days: 2, arrivalsPerDay: 60 })

describe('car parks in which everything goes wrong', { timeout: 240_000 }, () => {
  test('keep all that must hold, and everybody gets out', async () => {
    const results: ParkingSeedResult[] = []
    for (const seed of ['ci-1', 'ci-2', 'ci-3']) results.push(await runParkingSeed(options(seed)))
    expect(results.flatMap(({ violations }) => violations)).toEqual([])
    const report = parkingReportOf(results, { seed: 'ci-1', same: true }, 1, 1)
    expect(report).toMatchObject({ violations: 0, unexplainedOpenings: 0, lockedIn: 0 })
    expect(report.visits).toBeGreaterThan(200)
    expect(report.compared / report.visits).toBeGreaterThan(0.5)
    expect(report.pricedBothWays / report.visits).toBeGreaterThan(0.45)
    const excused = Object.values(report.excused).reduce((sum, count) => sum + count, 0)
    expect(report.compared + excused, 'each visit is compared or excused').toBe(report.visits)
    expect(report.openings).toBeGreaterThan(200)
    expect(Object.values(report.coverage.faults).filter((count) => count > 0).length).toBeGreaterThan(15)
    expect(Object.values(report.coverage.refusals).filter((count) => count > 0).length).toBeGreaterThan(18)
    expect(Object.values(report.coverage.drivers).filter((count) => count > 0).length).toBeGreaterThan(22)
  })

  test('go the same way again from the same seed, to the last byte, and another from another', async () => {
    const run = (seed: string) => runParkingSeed({ ...options(seed), days: 1 })
    const [first, again, other] = [await run('again'), await run('again'), await run('other')]
    expect(again).toEqual(first)
    expect(other.digest).not.toBe(first.digest)
  })
})

test('where nothing is broken visits are in the books as their drivers know them, to the last đồng', {
  timeout: 120_000,
}, async () => {
  const { violations, visits, compared, pricedBothWays } = await runParkingSeed({ ...options('calm'), isCalm: true })
  expect(violations).toEqual([])
  expect(compared / visits).toBeGreaterThan(0.8)
  expect(pricedBothWays / visits).toBeGreaterThan(0.75)
})

describe('what is broken is noticed:', { timeout: 120_000 }, () => {
  test.each<[string, (stage: Stage, site: ParkingSite) => void, RegExp, arrivalsPerDay?: number]>([
    [
      'an arm that opens by itself',
      ({ rig }, site) => every(rig, 5 * HOUR_MS, () => site.stations[0]?.ground.setArm('rising')),
      /in-1 opened at \d+ ms, and nobody told it to/,
    ],
    [
      'a count that nothing in the journal made',
      ({ rig }) => every(rig, HOUR_MS, () => rig.query('UPDATE occupancy SET count = count + 1 RETURNING count')),
      /stands at \d+, and entries less exits and corrections are/,
    ],
    [
      'cash that was taken and not written down',
      (_stage, site) =>
        every(_stage.rig, 7 * HOUR_MS, () => {
          const atMs = _stage.rig.timeline.monotonicMs()
          const cash = {
            tender: 'cash',
            amount: 5_000,
            charge: 'box-1:1:1:g0',
            reference: null,
            bookedAtMs: atMs,
            atMs,
            answer: 'credited',
          } as const
          site.record.visits()[0]?.handed.push(cash)
        }),
      /was handed over for box-1:1:1:g0, and 0 is booked/,
    ],
    [
      'arms that let nobody out',
      ({ rig }, site) => {
        rig.timeline.after(15 * HOUR_MS, () => {
          for (const { kit, arm } of site.stations) if (kit.direction !== 'entry') arm?.barrier.setStuck(true)
        })
      },
      /with nothing broken|is locked in|does not come to rest/,
    ],
    [
      'a gateway that serves, and does not tell its barriers so',
      ({ rig }) => {
        rig.timeline.after(2 * HOUR_MS, () => {
          const { transport } = rig.now()
          const send = transport.send.bind(transport)
          transport.send = (device, message) =>
            message.topic.endsWith('/fail-safe') ? Promise.resolve('handed-over') : send(device, message)
        })
      },
      /opened by itself, and nothing was broken/,
    ],
    [
      'an arm that goes up on nobody’s word',
      (_stage, site) =>
        every(_stage.rig, 5 * HOUR_MS, () => {
          const ground = site.stations.find(({ kit }) => kit.arm !== null)?.ground
          if (ground?.arm() === 'closed') ground.setArm('rising')
        }),
      /opened at \d+ ms, and nobody told it to/,
    ],
    ['prices above those of the sign', (stage) => usePrices(stage, 1.2), /was charged \d+, at most \d+ by the sign/],
    ['prices below those of the sign', (stage) => usePrices(stage, 0.8), /was charged \d+, at least \d+ by the sign/],
    [
      'a grace that is thrice as long as the sign says',
      (stage) => usePrices(stage, 1, 3 * TARIFF_GRACE_MINUTES),
      /was charged \d+, at least \d+ by the sign/,
      // Only who pays, stays on and goes on into another hour shows it.
      200,
    ],
    [
      'a pass that its holder pays for',
      ({ rig }) =>
        every(rig, HOUR_MS / 2, () =>
          rig.query(
            `UPDATE assigned_right SET status = 'suspended' WHERE kind = 'pass' AND id IN (SELECT held.value FROM session_credential AS held
              JOIN session ON session.id = held.session AND session.status = 'inside' WHERE held.kind = 'right') RETURNING id`,
          ),
        ),
      /under pass-vehicle-\d+ and was charged \d+/,
    ],
    [
      'a stay that comes back when it is over',
      ({ rig }) =>
        every(rig, 11 * HOUR_MS, () =>
          rig.query(
            "UPDATE session SET status = 'inside' WHERE id = (SELECT id FROM session WHERE status = 'left' LIMIT 1) RETURNING id",
          ),
        ),
      /is left and moves|cannot be ended|rebuild differs|our own code threw/,
    ],
    [
      'a debt that the books forget',
      ({ rig }) =>
        every(rig, 3 * HOUR_MS, () =>
          rig.query("UPDATE charge SET status = 'cancelled' WHERE status = 'owed' RETURNING id"),
        ),
      /rebuild differs|our own code threw|is owed/,
    ],
  ])('%s', async (_what, sabotage, violation, arrivalsPerDay = 60) => {
    const { violations } = await runParkingSeed({ ...options('sabotage'), arrivalsPerDay, isCalm: true, sabotage })
    expect(violations.map(({ what }) => what).join('\n')).toMatch(violation)
    expect(violations[0]).toMatchObject({ seed: 'sabotage', at: expect.stringMatching(/^\d+d \d\d:\d\d:\d\d\.\d{3}$/) })
    expect(violations[0]?.lately.length).toBeGreaterThan(10)
  })
})

describe('the report', () => {
  test('names what was never met, and how to see a violation again', async () => {
    const result = await runParkingSeed({ seed: 'short', days: 1, arrivalsPerDay: 5, isCalm: true })
    const violations = [{ seed: 'short', at: '0d 03:04:05.006', what: 'the sky fell', lately: ['a line'] }]
    const report = parkingReportOf([{ ...result, violations }], { seed: 'short', same: true }, 2, 1)
    expect(report).toMatchObject({ violations: 1, simulatedHours: 24, simulatedHoursPerSecond: 12 })
    expect(report.coverage.never).toContain('power-cut')
    expect(parkingReportText(report)).toContain('npm run simulate -- --world parking --seed short --days 1')
  })
})

/** The gateway reckons by other prices than everybody else. */
function usePrices({ rig }: Stage, times: number, graceMinutes = TARIFF_GRACE_MINUTES): void {
  const dearer = PRICES.map(({ hourly, visit, ...rest }): SimplePrices => {
    const of = (amount: number): number => Math.ceil((amount * times) / 1_000) * 1_000
    const scaled = ({ first, more, cap }: typeof hourly.car) => ({ first: of(first), more: of(more), cap: of(cap) })
    return {
      ...rest,
      hourly: { car: scaled(hourly.car), van: scaled(hourly.van) },
      visit: { day: of(visit.day), night: of(visit.night), dayAndNight: of(visit.dayAndNight) },
    }
  })
  const { bundles, gateway } = rig.now()
  const issuedAt = new Date(later(rig.timeline.now(), -MINUTE_MS)).toISOString()
  rig.timeline.join(bundles.read('tariffs', tariffsFile(1_000, issuedAt, dearer, graceMinutes), rig.layout), (read) => {
    if (!read.ok) throw new Error(read.problems.join('\n'))
    void gateway.use(read.bundle)
  })
}

/** While a gateway runs. */
function every({ timeline, isRunning }: Stage['rig'], ms: number, run: () => void): void {
  timeline.after(ms, () => {
    if (isRunning()) run()
    every({ timeline, isRunning } as Stage['rig'], ms, run)
  })
}
