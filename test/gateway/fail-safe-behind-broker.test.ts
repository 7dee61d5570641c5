import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { DeviceId } from '../../core/ids.ts'
import { instant } from '../../core/time.ts'
import { openForReading } from '../../db/open.ts'
import { dataFiles } from '../../gateway/config.ts'
import { barrier } from '../../simulators/devices/barrier.ts'
import { loop } from '../../simulators/devices/loop.ts'
import { shellyLoop } from '../../simulators/devices/shelly.ts'
import type { GatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import { laneGround } from '../../simulators/lane-ground.ts'
import { issuersOf } from '../../simulators/site.ts'
import { OWN_HARDWARE, siteKitWith } from '../../simulators/site-kit.ts'
import { happenings } from '../../simulators/world/happenings.ts'
import { mqttLine } from '../../simulators/world/mqtt-line.ts'
import { randomOf } from '../../simulators/world/random.ts'
import { realTimeline } from '../../simulators/world/real-timeline.ts'
import type { Mosquitto } from './mqtt/mosquitto.ts'
import { reasonToSkipMosquitto, startMosquitto } from './mqtt/mosquitto.ts'

const TEST_MS = 180_000
/** As it is given to whoever has a broker. */
const ACL = join(import.meta.dirname, '../../docs/examples/mosquitto/acl')
/** Of three tellings two may be lost: a busy machine may stop for two thirds of it. */
const AFTER_MS = 6_000
const TRAVEL_MS = 300

/** The machine may be busy: what must happen may take longer than it should, and what must not happen is waited for as long as it would take. */
const soon = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 40_000, interval: 50 })
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const skipReason = reasonToSkipMosquitto()

describe.for(['loop', 'loop-shelly-input'] as const)(
  'behind a broker of the site’s own, a gateway that is killed alone, at a lane out with a %s',
  (driver) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tolbooth-test-'))
    const timeline = realTimeline()
    const news = happenings()
    const random = randomOf('fail-safe behind a broker')
    const kit = siteKitWith({
      site: 'test-site',
      stalls: 1,
      entry: OWN_HARDWARE,
      exit: { ...OWN_HARDWARE, loops: driver },
      exitFailSafe: 'open',
    })
    const connections: DeviceId[] = []
    news.listen((happening) => {
      if (happening.kind === 'connected') connections.push(happening.device)
    })
    const off: (() => void)[] = []
    let gateway: GatewayProcess | undefined
    let mosquitto: Mosquitto | undefined

    async function site() {
      const acl = readFileSync(ACL, 'utf8').replaceAll('car-park-1', kit.layout.site)
      mosquitto = await startMosquitto(['allow_anonymous true', 'acl_file {directory}/acl'], { acl })
      const url = `mqtt://127.0.0.1:${mosquitto.port}`
      const now = instant(Date.now())
      const environment = {
        TOLBOOTH_FAIL_SAFE_AFTER_MS: String(AFTER_MS),
        TOLBOOTH_BROKER: 'external',
        TOLBOOTH_MQTT_URL: url,
        TOLBOOTH_MQTT_USER: 'tolbooth',
      }
      const spec = await provisionSite({ dataDir, kit, issuers: issuersOf(kit, random, now), now, environment })
      const world = {
        site: kit.layout.site,
        timeline,
        random,
        happenings: news,
        line: (device: DeviceId) =>
          mqttLine({ url, device, secret: spec.secrets.get(device) ?? '', keepaliveS: 60, connectTimeoutMs: 2_000 }),
      }
      const run = gatewayProcess({ spec, readyWithinMs: 30_000, stopWithinMs: 10_000, onEnded: () => undefined })
      gateway = run
      await run.start()
      const lane = kit.lanes.find(({ direction }) => direction === 'exit')
      if (lane === undefined) throw new Error('the kit has a lane out')
      const ground = laneGround(lane.id, news)
      const arm = barrier(world, { device: lane.barrier, travelMs: TRAVEL_MS }, ground)
      const made = driver === 'loop' ? loop : shellyLoop
      const safety = made(world, lane.safety, ground, 'safety')
      for (const { firmware } of [arm, safety]) {
        firmware.powerOn()
        off.push(firmware.powerOff)
      }
      await soon(() => expect([arm, safety].map(({ firmware }) => firmware.isConnected())).toEqual([true, true]))
      return { gateway: run, ground, arm, safety, lane }
    }

    /** What the books have of this loop since a record: whether somebody was over it, and whether that was of then and not of now. */
    function heardOf(device: DeviceId, afterSeq: number): { seq: number; occupied: unknown; late: unknown }[] {
      const books = openForReading(dataFiles(dataDir).books)
      try {
        return books.db.$client
          .prepare<[number, string], { seq: number; occupied: unknown; late: unknown }>(
            `SELECT seq, json_extract(body, '$.event.body.occupied') AS occupied, json_extract(body, '$.event.body.late') AS late
             FROM journal WHERE event = 'loop' AND seq > ? AND json_extract(body, '$.event.body.device') = ? ORDER BY seq`,
          )
          .all(afterSeq, device)
      } finally {
        books.close()
      }
    }

    let at: Awaited<ReturnType<typeof site>>
    beforeAll(async () => {
      if (skipReason === undefined) at = await site()
    }, TEST_MS)
    afterAll(async () => {
      for (const powerOff of off) powerOff()
      timeline.stop()
      await gateway?.stop()
      await mosquitto?.stop()
      rmSync(dataDir, { recursive: true, force: true })
    }, TEST_MS)

    const killed = async (): Promise<void> => {
      await at.gateway.kill()
      await soon(() => expect(at.ground.arm()).toBe('open'))
    }

    test(
      'has the arm come down when it is back, though its loop stayed connected and says nothing by itself',
      async (context) => {
        if (skipReason !== undefined) context.skip(skipReason)
        await passed(1.5 * AFTER_MS)
        expect(at.ground.arm(), 'while it serves').toBe('closed')
        await killed()
        await at.gateway.start()
        await soon(() => expect(at.ground.arm()).toBe('closed'))
        expect(connections, 'nobody connected anew').toHaveLength(2)
      },
      TEST_MS,
    )

    test(
      'leaves it up over a car of which it knew nothing, and hears at once when that has gone',
      async (context) => {
        if (skipReason !== undefined) context.skip(skipReason)
        await killed()
        at.ground.enter('safety', 'car-1')
        await at.gateway.start()
        await passed(2 * AFTER_MS)
        expect(at.ground.arm()).toBe('open')
        const before = heardOf(at.lane.safety, 0).at(-1)?.seq ?? 0
        at.ground.leave('safety', 'car-1')
        await soon(() => expect(at.ground.arm()).toBe('closed'))
        expect(heardOf(at.lane.safety, before)).toMatchObject([{ occupied: 0, late: 0 }])
        expect(connections, 'nobody connected anew').toHaveLength(2)
      },
      TEST_MS,
    )

    test(
      'takes what the broker kept for what was then: the arm stays up over a car that stands there unseen',
      async (context) => {
        if (skipReason !== undefined) context.skip(skipReason)
        await killed()
        const before = heardOf(at.lane.safety, 0).at(-1)?.seq ?? 0
        at.ground.enter('safety', 'car-2')
        await passed(300)
        at.ground.leave('safety', 'car-2')
        await passed(300)
        at.safety.firmware.pullCable()
        at.ground.enter('safety', 'car-3')
        await at.gateway.start()
        await passed(2 * AFTER_MS)
        expect(at.ground.arm()).toBe('open')
        const kept = heardOf(at.lane.safety, before)
        expect(kept.length).toBeGreaterThan(0)
        expect(kept.filter(({ late }) => late !== 1)).toEqual([])

        at.safety.firmware.plugCable()
        await passed(AFTER_MS)
        expect(at.ground.arm(), 'it says now that somebody stands there').toBe('open')
        at.ground.leave('safety', 'car-3')
        await soon(() => expect(at.ground.arm()).toBe('closed'))
      },
      TEST_MS,
    )
  },
)
