import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { instant } from '../../core/time.ts'
import { runTolbooth } from '../../simulators/gateway-process/command.ts'
import { gatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { readExposure, readJournal } from '../../simulators/gateway-process/gateway-reads.ts'
import type { GatewayProcessSpec } from '../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import { issuersOf } from '../../simulators/site.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { randomOf } from '../../simulators/world/random.ts'

const TEST_MS = 60_000

describe('a gateway in a process of its own', () => {
  let dataDir: string
  let spec: GatewayProcessSpec
  const ended: string[] = []
  const processOf = (of: GatewayProcessSpec) =>
    gatewayProcess({ spec: of, readyWithinMs: 30_000, stopWithinMs: 10_000, onEnded: (how) => ended.push(how) })

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'tolbooth-test-'))
    const kit = siteKit({ site: 'test-site', stalls: 1 })
    const now = instant(Date.now())
    spec = await provisionSite({ dataDir, kit, issuers: issuersOf(kit, randomOf('test'), now), now })
  }, TEST_MS)
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  test(
    'is set up, started, killed, started again on the same ports with the same books, and stopped',
    async () => {
      const gateway = processOf(spec)
      await gateway.start()
      expect(gateway.isReady()).toBe(true)
      expect(gateway.pageAddress()).toContain(spec.httpUrl)
      expect(await readExposure(spec)).toBe(0)
      const before = await readJournal(spec)
      expect(before.broken()).toBeNull()
      // Its genesis, four bundles, each device, and the client that is let in.
      expect(before.records()).toBe(6 + spec.secrets.size)
      await expect(gateway.start()).rejects.toThrow('runs already')

      await gateway.kill()
      expect(gateway.isReady()).toBe(false)
      await gateway.start()
      expect(gateway.starts()).toBe(2)
      const after = await readJournal(spec)
      expect(after.books().chainVerified).toBe(true)
      expect(after.records()).toBeGreaterThanOrEqual(before.records())

      await gateway.stop()
      expect(await readExposure(spec)).toBeUndefined()
      expect(ended).toEqual([])
    },
    TEST_MS,
  )

  test(
    'that ends by itself is told of, with its last words',
    async () => {
      ended.length = 0
      const gateway = processOf(spec)
      await gateway.start()
      const second = processOf(spec)
      await expect(second.start()).rejects.toThrow('the gateway ended before it was ready')
      gateway.abandon()
      await vi.waitFor(() => expect(gateway.isReady()).toBe(false))
      expect(ended).toHaveLength(1)
      expect(ended[0]).toMatch(/status \d+:\n./)
    },
    TEST_MS,
  )

  test('says what is wrong where a command cannot be carried out', async () => {
    const environment = { ...spec.environment, TOLBOOTH_MQTT_PORT: 'many' }
    await expect(runTolbooth(['device', 'list'], environment)).rejects.toThrow('TOLBOOTH_MQTT_PORT: must be a port')
  })
})
