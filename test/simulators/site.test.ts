import { afterEach, describe, expect, test } from 'vitest'
import type { Device } from '../../core/site.ts'
import { MINUTE_MS } from '../../core/time.ts'
import { createReports } from '../../db/reports.ts'
import { FAULT_NAMES, startFaults } from '../../simulators/faults.ts'
import type { Evidence, Invariant } from '../../simulators/invariants.ts'
import { judge } from '../../simulators/invariants.ts'
import { journalReader } from '../../simulators/journal-books.ts'
import { simulatedSite } from '../../simulators/site.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { witnessOf } from '../../simulators/witness.ts'
import { CALM } from '../../simulators/world/memory-network.ts'
import { traceOf } from '../../simulators/world/trace.ts'
import type { Rig, RigOptions } from '../support/rig.ts'
import { createRig } from '../support/rig.ts'
import { deviceOf } from '../support/site.ts'

/** In a storm a loop may be heard of seconds late: whoever then stands under a falling arm, or has turned back, does so by bad luck. */
const BY_LUCK: readonly Invariant[] = ['an arm closes on nobody', 'an arm opens for somebody']

const KIT = siteKit({ site: 'market-1', stalls: 4 })

describe('a simulated market and car park, at a real gateway in virtual time,', () => {
  let rig: Rig
  afterEach(() => rig.remove())

  test('sells and lets through, and every invariant holds', async () => {
    const day = await openDay({ seed: 'calm' })
    await rig.runFor(5 * MINUTE_MS)
    await closeDay(day)
    const evidence = day.evidence()
    expect(judge(evidence)).toEqual([])
    expect(evidence.books.postings.length).toBeGreaterThan(150)
    expect(evidence.driveEnds.passed).toBeGreaterThan(25)
    expect(Object.keys(day.refusals()).length).toBeGreaterThan(8)
  })

  test('comes down on nobody and opens for somebody alone, though devices drop out all the time', async () => {
    const day = await openDay({ seed: 'drop-outs' })
    const stopFaults = startFaults(['device-drops-out'], { world: rig.world, site: day.site, killGateway() {} })
    await rig.runFor(8 * MINUTE_MS)
    stopFaults()
    await closeDay(day)
    expect(judge(day.evidence())).toEqual([])
  })

  test.each(['first', 'second'])(
    'bears a storm with every fault at once, seed %s: what was acknowledged is booked, once',
    async (seed) => {
      const day = await openDay({
        seed,
        weather: {
          delayLeastMs: 1,
          delayMostMs: 400,
          dropChance: 0.03,
          duplicateChance: 0.05,
          overtakeChance: 0.05,
          noticeMostMs: 20_000,
        },
        verifyMs: (random) => random.below(50),
      })
      const stopFaults = startFaults(FAULT_NAMES, {
        world: rig.world,
        site: day.site,
        killGateway(onBack) {
          rig.crash()
          rig.timeline.after(1_500, () => rig.timeline.join(rig.start(), onBack))
        },
      })
      await rig.runFor(5 * MINUTE_MS)
      stopFaults()
      rig.network.setWeather(CALM)
      await closeDay(day)
      const evidence = day.evidence()
      expect(judge(evidence).filter(({ invariant }) => !BY_LUCK.includes(invariant))).toEqual([])
      expect(rig.now().number).toBeGreaterThan(5)
      expect(rig.fatal).toEqual([])
    },
  )

  test('does the same again with the same seed, to the last message, and another thing with another', async () => {
    const run = async (seed: string) => {
      const day = await openDay({ seed })
      await rig.runFor(2 * MINUTE_MS)
      const result = { digest: day.trace.digest(), lines: day.trace.lines(), head: rig.now().books.head().hash }
      rig.remove()
      return result
    }
    const first = await run('a')
    expect(first.lines).toBeGreaterThan(500)
    expect(await run('a')).toEqual(first)
    expect((await run('b')).digest).not.toBe(first.digest)
  })

  async function openDay(over: Partial<RigOptions>) {
    rig = createRig({ layout: KIT.layout, policy: KIT.policy, devices: KIT.devices.map(enrolled), ...over })
    await rig.setUp()
    const { world, timeline } = rig
    const witness = witnessOf(world.happenings, timeline)
    const trace = traceOf(world.happenings, timeline, 40)

    const refusals: Record<string, number> = {}
    world.happenings.listen((happening) => {
      if (happening.kind !== 'answered' || happening.answer.ok) return
      const { refusal } = happening.answer
      refusals[refusal] = (refusals[refusal] ?? 0) + 1
    })
    const site = simulatedSite(world, {
      kit: KIT,
      issuers: rig.issuers,
      arrivalsPerSecond: 1,
      people: 200,
      bankChance: 0,
    })
    site.powerOn()
    await rig.runFor(5_000)
    site.open()
    const evidence = (): Evidence => {
      const reader = journalReader()
      const { db } = rig.now()
      const reports = createReports(db.db, { site: KIT.layout.site, gateway: rig.gatewayName })
      for (let after = 0; ; ) {
        const page = reports.journalPage(after, 1_000)
        for (const record of page) reader.take(record)
        const last = page.at(-1)
        if (last === undefined) break
        after = last.seq
      }
      return {
        purchases: site.record.purchases(),
        agreements: site.population.wallets().flatMap((wallet) => wallet.agreements()),
        books: reader.books(),
        commands: witness.commands(),
        spoken: witness.spoken(),
        openings: witness.openings(),
        armHits: witness.armHits(),
        driveEnds: site.carPark.endings(),
        mode: 'live',
        openedForNobodyMaxMs: 5_000,
      }
    }
    return { site, trace, evidence, refusals: () => refusals }
  }

  async function closeDay({ site }: Awaited<ReturnType<typeof openDay>>) {
    site.close()
    expect(await rig.timeline.runUntil(site.isQuiet, 30 * MINUTE_MS)).toBe(true)
  }
})

function enrolled({ id, driver, place, role }: (typeof KIT.devices)[number]): Device {
  return deviceOf(id, driver, place, role)
}
