import { randomBytes, randomUUID } from 'node:crypto'
import type { MqttClient } from 'mqtt'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { VND } from '../../core/money.ts'
import { instant } from '../../core/time.ts'
import { runTolbooth } from '../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import { fixturesOf } from '../devices/fixtures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A client that does what Frigate's does (frigate/comms/mqtt.py): its will, its one subscription, its retained states, at QoS 0. */
describe('Frigate at the broker of a real gateway', () => {
  const folder = temporaryFolder()
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  let frigate: MqttClient
  const PREFIX = 'tolbooth/v1/camera-site/lane-in-cam'
  const ended: string[] = []

  beforeAll(async () => {
    const now = instant(Date.now())
    const kit = siteKit({ site: 'camera-site', stalls: 1 })
    const issuers = createIssuers({
      site: 'camera-site',
      currency: VND,
      random: randomBytes,
      from: instant(now - 60_000),
    })
    spec = await provisionSite({ dataDir: folder.path, kit, issuers, now })
    const added = await runTolbooth(['client', 'add', 'owner', '--role', 'admin', '--json'], spec.environment)
    const { token } = z.object({ token: z.string() }).parse(JSON.parse(added))
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
    await gateway.start()
    const enrolled = await fetch(`${spec.httpUrl}/v1/devices`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': randomUUID(),
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        id: 'lane-in-cam',
        driver: 'frigate-camera',
        place: { kind: 'lane', id: 'in-1' },
        role: null,
      }),
    })
    const { credential } = z
      .object({ credential: z.object({ username: z.string(), password: z.string() }) })
      .parse(await enrolled.json())
    frigate = await connectAsync(spec.mqttUrl, {
      ...credential,
      clientId: 'lane-in-cam',
      reconnectPeriod: 0,
      will: { topic: `${PREFIX}/available`, payload: Buffer.from('offline'), qos: 1, retain: true },
    })
    frigate.on('close', () => ended.push('closed'))
  }, 60_000)
  afterAll(async () => {
    await frigate?.endAsync(true)
    await gateway?.stop()
    folder.remove()
  })

  it('stays connected through all that it says unasked, and its plates are taken', async () => {
    const granted = await frigate.subscribeAsync(`${PREFIX}/#`)
    expect(granted).toMatchObject([{ qos: 0 }])
    await frigate.publishAsync(`${PREFIX}/available`, 'online', { retain: true })
    for (const { topic, payload } of fixturesOf('frigate-camera').messages) {
      const leaf = topic.split('/').slice(4).join('/')
      await frigate.publishAsync(`${PREFIX}/${leaf}`, payload, { retain: leaf.endsWith('/state') })
    }
    // At QoS 1 the acknowledgement shows that everything before it was let through.
    const plate = { type: 'lpr', id: 'a-1', name: null, plate: '30A12345', score: 0.95, camera: 'lane-in-cam' }
    await frigate.publishAsync(`${PREFIX}/tracked_object_update`, JSON.stringify(plate), { qos: 1 })
    expect([frigate.connected, ended]).toEqual([true, []])
  })

  it('is cut off where it speaks as another device and asks for an acknowledgement', async () => {
    frigate.publish('tolbooth/v1/camera-site/lane-out-cam/events', '{}', { qos: 1 })
    await expect.poll(() => ended, { timeout: 10_000 }).toEqual(['closed'])
  })
})
