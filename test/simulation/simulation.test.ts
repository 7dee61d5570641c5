import { describe, expect, test } from 'vitest'
import type { EffectId } from '../../core/ids.ts'
import { refusalTable } from '../../core/refusals.ts'
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import { driverNamed } from '../../devices/registry.ts'
import { OWN_HARDWARE } from '../../simulators/site-kit.ts'
import { addCounts, countsOf } from './counts.ts'
import { REFUSALS_MET, TRIED_ELSEWHERE } from './refusals.ts'
import { reportOf, reportText } from './report.ts'
import type { SeedOptions, SeedResult } from './run-seed.ts'
import { KEPT_NAMES, runSeed } from './run-seed.ts'
import type { Stage } from './troubles.ts'
import { MARKET_TROUBLES, TROUBLE_NAMES } from './troubles.ts'

const HOURS = 2
const SEEDS = ['ci-1', 'ci-2', 'ci-3', 'ci-4', 'ci-5', 'ci-6']

describe('worlds in which everything goes wrong', { timeout: 120_000 }, () => {
  test('keep all that must hold, whatever the seed', async () => {
    const results: SeedResult[] = []
    for (const seed of SEEDS) results.push(await run(seed))
    expect(results.flatMap(({ violations }) => violations)).toEqual([])
    const events = results.reduce((sum, result) => sum + result.events, 0)
    expect(events / (HOURS * SEEDS.length)).toBeGreaterThan(50)
    const faults = countsOf(TROUBLE_NAMES)
    for (const { troubles } of results) addCounts(faults, troubles)
    expect(Object.values(faults).filter((count) => count > 0).length).toBeGreaterThan(15)
    const refusals = countsOf(REFUSALS_MET)
    for (const result of results) addCounts(refusals, result.refusals)
    expect(Object.values(refusals).filter((count) => count > 0).length).toBeGreaterThan(35)
  })

  test.each<[string, SeedOptions]>([
    [
      'a right that is used after a clock that was fast has been set back',
      { seed: '39', hours: 18, judgeEveryMinutes: 240 },
    ],
  ])('keep it where it was once broken: %s', async (_what, world) => {
    expect((await runSeed(world)).violations).toEqual([])
  })

  test('go the same way again from the same seed, to the last byte, and another from another', async () => {
    const [first, again, other] = [await run('again'), await run('again'), await run('other')]
    expect(again).toEqual(first)
    expect(other.digest).not.toBe(first.digest)
  })
})

describe('what is broken is noticed:', { timeout: 120_000 }, () => {
  test.each<[string, (stage: Stage) => void, RegExp, string?]>([
    [
      'records that were acknowledged and are gone from the disk',
      ({ rig, box }) => {
        const old = rig.now().db.db.$client.serialize()
        every(rig, 50 * MINUTE_MS, () =>
          box.restore(
            { by: 'hand', books: old },
            () => undefined,
            () => undefined,
          ),
        )
      },
      /acknowledged and not booked|chain|does not know|nothing is booked/,
    ],
    [
      'a register that forgets what was spent',
      ({ rig, site }) => {
        site.changeManners({ twoReadersChance: 1, siteChance: 1 })
        every(rig, 500, () => rig.query('DELETE FROM spent WHERE 1 RETURNING id'))
      },
      /booked 2 times|paid 2 times|rebuild differs/,
    ],
    [
      'a record that was altered',
      ({ rig }) => {
        every(rig, 30 * MINUTE_MS, () => {
          const { $client } = rig.now().db.db
          for (const { name } of rig.query("SELECT name FROM sqlite_master WHERE type = 'trigger'")) {
            $client.exec(`DROP TRIGGER "${String(name)}"`)
          }
          $client.exec(
            'UPDATE journal SET body = replace(body, \'"VND"\', \'"USD"\') WHERE seq = (SELECT max(seq) FROM journal)',
          )
        })
      },
      /chain is broken|altered|does not verify/,
    ],
    [
      'a projection that nothing in the journal made',
      ({ rig }) =>
        every(rig, 30 * MINUTE_MS, () =>
          rig.query('UPDATE account SET debits_posted = debits_posted + 1 RETURNING id'),
        ),
      /rebuild differs/,
    ],
    [
      'an arm that moves by itself',
      ({ rig, site }) => every(rig, 20 * MINUTE_MS, () => site.carPark.lanes[0]?.ground.setArm('rising')),
      /opens for somebody|opened/,
    ],
    [
      'a relay that is told again what was decided before the process fell',
      ({ rig, site, box }) => {
        site.changeManners({ badChance: 0 })
        rig.world.happenings.listen((happening) => {
          const lane = site.kit.lanes.find(({ barrier }) => 'device' in happening && barrier === happening.device)
          if (happening.kind !== 'command' || happening.type !== 'open' || lane === undefined) return
          const driver = driverNamed(lane.hardware.barrier)
          const told = driver?.encode(
            { site: 'market-1', device: lane.barrier },
            { id: happening.command as EffectId, boot: null, notAfterUpMs: null, command: { type: 'open' } },
          )
          if (told === undefined || driver?.delivery !== 'once') return
          box.die('kill')
          rig.timeline.after(40_000, () => {
            if (!rig.isRunning()) return
            void rig.now().transport.send(lane.barrier, { topic: told.topic, payload: told.bytes, qos: told.qos })
          })
        })
      },
      /was told .* by start \d+ of the gateway, and start \d+ had decided it/,
      'relays-6',
    ],
    [
      'a gateway that serves, and does not tell its barriers so',
      ({ rig }) =>
        every(rig, 20 * SECOND_MS, () => {
          const { transport } = rig.now()
          const send = transport.send.bind(transport)
          transport.send = (device, message) =>
            message.topic.endsWith('/fail-safe') ? Promise.resolve('handed-over') : send(device, message)
        }),
      /opened by itself, and nothing was broken/,
      'silent-7',
    ],
    [
      'an announcement of money that nobody booked',
      ({ rig, site }) =>
        every(rig, 20 * MINUTE_MS, () =>
          rig.world.happenings.tell({
            kind: 'announced',
            device: site.kit.stalls[0]?.soundbox ?? ('nobody' as never),
            announcement: 'received',
            charge: 'box-1:1:1:g0',
            amount: 50_000,
            line: '',
            speech: '',
          }),
        ),
      /said 50000 for/,
    ],
  ])('%s', async (_what, sabotage, violation, seed = 'sabotage') => {
    const { violations } = await runSeed({ ...options(seed), sabotage })
    expect(violations.map(({ what }) => what).join('\n')).toMatch(violation)
    expect(violations[0]).toMatchObject({ seed, at: expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}$/) })
    expect(violations[0]?.lately.length).toBeGreaterThan(10)
  })
})

describe('the report', () => {
  test('accounts for every refusal there is: it is met, or it says where else it is tried', () => {
    expect([...REFUSALS_MET, ...Object.keys(TRIED_ELSEWHERE)].sort()).toEqual(Object.keys(refusalTable).sort())
  })

  test('names what was met too rarely, and how to see a violation again', () => {
    const result: SeedResult = {
      seed: '17',
      hours: 24,
      manner: { mode: 'live', entry: OWN_HARDWARE, exit: OWN_HARDWARE, exitFailSafe: 'closed', startsAfterHours: 0 },
      events: 2_400,
      starts: 3,
      troubles: { ...countsOf(TROUBLE_NAMES), kill: 100, 'power-cut': 99 },
      refusals: countsOf(REFUSALS_MET) as SeedResult['refusals'],
      kept: countsOf(KEPT_NAMES),
      violations: [{ seed: '17', at: '03:04:05.006', what: 'the sky fell', lately: ['a line'] }],
      digest: 'x',
    }
    const report = reportOf([result], { seed: '17', same: true }, 0.5, 2)
    expect(report).toMatchObject({ simulatedHoursPerSecond: 48, eventsPerHour: 100, violations: 1 })
    expect(report.coverage.rare).toContain('power-cut')
    expect(report.coverage.rare).not.toContain('kill')
    expect(Object.keys(report.coverage.faults).sort(), 'of its own faults alone').toEqual([...MARKET_TROUBLES].sort())
    expect(reportText(report, 24)).toContain('npm run simulate -- --seed 17 --hours 24')
  })
})

function run(seed: string): Promise<SeedResult> {
  return runSeed(options(seed))
}

function options(seed: string): SeedOptions {
  return { seed, hours: HOURS, judgeEveryMinutes: 30 }
}

/** While a gateway runs. */
function every({ timeline, isRunning }: Stage['rig'], ms: number, run: () => void): void {
  timeline.after(ms, () => {
    if (isRunning()) run()
    every({ timeline, isRunning } as Stage['rig'], ms, run)
  })
}
