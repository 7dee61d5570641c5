import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { instant } from '../../core/time.ts'
import { barrier } from '../../simulators/devices/barrier.ts'
import { loop } from '../../simulators/devices/loop.ts'
import { qrReader } from '../../simulators/devices/qr-reader.ts'
import type { GatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import { laneGround } from '../../simulators/lane-ground.ts'
import { issuersOf } from '../../simulators/site.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { createMint } from '../../simulators/wallet/mint.ts'
import type { DeviceLine } from '../../simulators/world/device-line.ts'
import { happenings } from '../../simulators/world/happenings.ts'
import { mqttLine } from '../../simulators/world/mqtt-line.ts'
import { randomOf } from '../../simulators/world/random.ts'
import { realTimeline } from '../../simulators/world/real-timeline.ts'

const TEST_MS = 120_000
const soon = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 30_000, interval: 50 })

const dataDir = mkdtempSync(join(tmpdir(), 'tolbooth-test-'))
const timeline = realTimeline()
const off: (() => void)[] = []
let gateway: GatewayProcess | undefined

afterAll(async () => {
  for (const powerOff of off) powerOff()
  timeline.stop()
  await gateway?.stop()
  rmSync(dataDir, { recursive: true, force: true })
}, TEST_MS)

/** A line on which the words to open are lost while `isDeaf` says so, as where the box dies before it has sent them. */
function losing(line: DeviceLine, isDeaf: () => boolean, onLost: () => void): DeviceLine {
  return {
    ...line,
    open: (opening, listener) =>
      line.open(opening, {
        ...listener,
        message(topic, payload) {
          if (!isDeaf() || !new TextDecoder().decode(payload).includes('"open"'))
            return listener.message(topic, payload)
          onLost()
        },
      }),
  }
}

test(
  'a gateway that is killed between the books and the arm opens for who was let through when it is back, and they show nothing again',
  async () => {
    const random = randomOf('told-again')
    const news = happenings()
    const kit = siteKit({ site: 'test-site', stalls: 1 })
    const now = instant(Date.now())
    const issuers = issuersOf(kit, random, now)
    const spec = await provisionSite({ dataDir, kit, issuers, now })
    const run = gatewayProcess({ spec, readyWithinMs: 30_000, stopWithinMs: 10_000, onEnded: () => undefined })
    gateway = run
    await run.start()

    const [lane] = kit.lanes
    if (lane === undefined) throw new Error('the kit has a lane')
    let isDeaf = true
    let lost = 0
    const world = {
      site: kit.layout.site,
      timeline,
      random,
      happenings: news,
      line: (device: (typeof kit.devices)[number]['id']) => {
        const secret = spec.secrets.get(device) ?? ''
        const line = mqttLine({ url: spec.mqttUrl, device, secret, keepaliveS: 60, connectTimeoutMs: 2_000 })
        return losing(
          line,
          () => isDeaf,
          () => {
            lost += 1
          },
        )
      },
    }
    const ground = laneGround(lane.id, news)
    const reader = qrReader(world, lane.reader)
    const parts = [
      barrier(world, { device: lane.barrier, travelMs: 300 }, ground),
      loop(world, lane.approach, ground, 'approach'),
      loop(world, lane.safety, ground, 'safety'),
      reader,
    ]
    for (const { firmware } of parts) {
      firmware.powerOn()
      off.push(firmware.powerOff)
    }
    const areThere = () => expect(parts.every(({ firmware }) => firmware.isConnected())).toBe(true)
    await soon(areThere)

    ground.enter('approach', 'car-1')
    const { wallet } = issuers
    const mint = createMint({
      site: kit.layout.site,
      payer: 'payer-1',
      issuers,
      issuer: wallet,
      random: random.fork('payer').bytes,
      now: () => instant(Date.now()),
    })
    const pass = mint.pass().text
    await soon(() => {
      if (lost === 0) reader.show(pass, () => undefined)
      expect(lost).toBeGreaterThan(0)
    })
    await run.kill()
    isDeaf = false
    expect(ground.arm()).toBe('closed')

    await run.start()
    await soon(areThere)
    await soon(() => expect(ground.arm()).toBe('open'))
  },
  TEST_MS,
)
