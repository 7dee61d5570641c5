import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { instant } from '../../core/time.ts'
import { openForReading } from '../../db/open.ts'
import { openings } from '../../db/openings.ts'
import { dataFiles } from '../../gateway/config.ts'
import { barrier } from '../../simulators/devices/barrier.ts'
import { loop } from '../../simulators/devices/loop.ts'
import type { GatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import { laneGround } from '../../simulators/lane-ground.ts'
import { issuersOf } from '../../simulators/site.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { happenings } from '../../simulators/world/happenings.ts'
import { mqttLine } from '../../simulators/world/mqtt-line.ts'
import { randomOf } from '../../simulators/world/random.ts'
import { realTimeline } from '../../simulators/world/real-timeline.ts'

const TEST_MS = 120_000
/** Of three tellings two may be lost: a busy machine may stop for two thirds of it. */
const AFTER_MS = 6_000
const TRAVEL_MS = 300

/** The machine may be busy: what must happen may take longer than it should, and what must not happen is waited for as long as it would take. */
const soon = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 30_000, interval: 50 })
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a gateway in a process of its own, with its barriers on real MQTT, that is killed by SIGKILL', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tolbooth-test-'))
  const timeline = realTimeline()
  const news = happenings()
  const random = randomOf('fail-safe')
  const base = siteKit({ site: 'test-site', stalls: 1 })
  const lanes = base.layout.lanes.map((lane) =>
    lane.direction === 'exit' ? { ...lane, failSafe: 'open' as const } : lane,
  )
  const kit = { ...base, layout: { ...base.layout, lanes } }
  let gateway: GatewayProcess | undefined
  const off: (() => void)[] = []

  async function site() {
    const now = instant(Date.now())
    const environment = { TOLBOOTH_FAIL_SAFE_AFTER_MS: String(AFTER_MS) }
    const spec = await provisionSite({ dataDir, kit, issuers: issuersOf(kit, random, now), now, environment })
    const world = {
      site: kit.layout.site,
      timeline,
      random,
      happenings: news,
      line: (device: (typeof kit.devices)[number]['id']) =>
        mqttLine({
          url: spec.mqttUrl,
          device,
          secret: spec.secrets.get(device) ?? '',
          keepaliveS: 60,
          connectTimeoutMs: 2_000,
        }),
    }
    const run = gatewayProcess({ spec, readyWithinMs: 30_000, stopWithinMs: 10_000, onEnded: () => undefined })
    gateway = run
    await run.start()
    const [entry, exit] = kit.lanes.map((lane) => {
      const ground = laneGround(lane.id, news)
      const arm = barrier(world, { device: lane.barrier, travelMs: TRAVEL_MS }, ground)
      const safety = loop(world, lane.safety, ground, 'safety')
      for (const { firmware } of [arm, safety]) {
        firmware.powerOn()
        off.push(firmware.powerOff)
      }
      return { ground, isConnected: () => arm.firmware.isConnected() && safety.firmware.isConnected() }
    })
    if (entry === undefined || exit === undefined) throw new Error('the kit has two lanes')
    await soon(() => expect([entry.isConnected(), exit.isConnected()]).toEqual([true, true]))
    return { gateway: run, entry, exit }
  }

  let at: Awaited<ReturnType<typeof site>>
  beforeAll(async () => {
    at = await site()
  }, TEST_MS)
  afterAll(async () => {
    for (const powerOff of off) powerOff()
    timeline.stop()
    await gateway?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }, TEST_MS)

  test(
    'the way out opens and the way in stays closed, and after the restart it comes down when the loop is clear and not before',
    async () => {
      const { entry, exit } = at
      await passed(1.5 * AFTER_MS)
      expect([entry.ground.arm(), exit.ground.arm()], 'while it serves').toEqual(['closed', 'closed'])

      await at.gateway.kill()
      await soon(() => expect(exit.ground.arm()).toBe('open'))
      exit.ground.enter('safety', 'car-1')
      await passed(AFTER_MS)
      expect(entry.ground.arm()).toBe('closed')

      await at.gateway.start()
      await soon(() => expect(exit.isConnected()).toBe(true))
      await passed(AFTER_MS)
      expect(exit.ground.arm(), 'a car stands under it, of which the books knew nothing').toBe('open')

      exit.ground.leave('safety', 'car-1')
      await soon(() => expect(exit.ground.arm()).toBe('closed'))
      await passed(AFTER_MS)
      expect([entry.ground.arm(), exit.ground.arm()]).toEqual(['closed', 'closed'])

      const books = openForReading(dataFiles(dataDir).books)
      const found = [...openings(books.db.$client, 0)]
      books.close()
      expect(found).toMatchObject([{ lane: 'out-1', why: { kind: 'fail-safe' } }])
    },
    TEST_MS,
  )
})
