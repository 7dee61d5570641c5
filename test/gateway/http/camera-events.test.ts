import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { deviceId, laneId } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { Device } from '../../../core/site.ts'
import { instant } from '../../../core/time.ts'
import { NOTIFICATION_BYTES_MAX } from '../../../devices/hikvision-camera/notification.ts'
import { driverNamed } from '../../../devices/registry.ts'
import { grantedTopics } from '../../../devices/topics.ts'
import { CAMERA_BODIES_MAX } from '../../../gateway/http/camera-events.ts'
import { createDeviceGate, createSecret, DEVICE_GATE_LIMITS, hashSecret } from '../../../gateway/mqtt/credentials.ts'
import type { DeviceGate, InboundMessage } from '../../../gateway/mqtt/transport.ts'
import { runTolbooth } from '../../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../../simulators/site-kit.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import { fixturesOf } from '../../devices/fixtures.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import type { Kit } from './kit.ts'
import { kit, ORIGIN } from './kit.ts'

const { messages } = fixturesOf('hikvision-camera')
const plate = messages[0]?.payload ?? ''
const heartbeat = messages.find(({ name }) => name === 'heartbeat')?.payload ?? ''
const XML = { 'content-type': 'application/xml; charset="UTF-8"' }
const FORM = { 'content-type': 'multipart/form-data; boundary=boundary' }

const secret = createSecret()
const devices = new Map<string, Device>(
  [camera('lane-in-cam', 'hikvision-camera'), camera('loop-1', 'loop')].map((device) => [device.id, device]),
)

function camera(id: string, driver: string): Device {
  const place = { kind: 'lane', id: laneId('lane-in') } as const
  return { id: deviceId(id), driver, kind: 'camera', delivery: 'once', place, role: null, status: 'active' }
}

const gate: DeviceGate = createDeviceGate({
  limits: DEVICE_GATE_LIMITS,
  lookup(id) {
    const device = devices.get(id)
    const driver = device === undefined ? undefined : driverNamed(device.driver)
    if (device === undefined || driver === undefined) return undefined
    return { hash, grant: { device: device.id, ...grantedTopics(driver, { site: 'cho-1', device: device.id }) } }
  },
})
const hash = hashSecret(secret)

type On = Kit & { readonly heard: InboundMessage[]; readonly pictures: (string | null)[]; readonly there: string[] }

function on(
  take: () => Promise<'acknowledge' | 'withhold'> = async () => 'acknowledge',
  authenticate = gate.authenticate,
  strangerBurstMax = 1_000,
): On {
  const heard: InboundMessage[] = []
  const pictures: (string | null)[] = []
  const there: string[] = []
  const cameras = {
    site: 'cho-1',
    authenticate,
    device: (id: string) => devices.get(id),
    heard: (id: string) => void there.push(id),
    take: (message: InboundMessage, picture: Uint8Array | null) => {
      heard.push(message)
      pictures.push(picture === null ? null : Buffer.from(picture).toString())
      return take()
    },
  }
  return { ...kit({ strangerBurstMax }, { cameras }), heard, pictures, there }
}

function post(
  to: Kit,
  body: string | ReadableStream<Uint8Array>,
  headers: Record<string, string> = XML,
  path = `lane-in-cam/${secret}`,
) {
  return to.app.fetch(new Request(`${ORIGIN}/v1/cameras/${path}`, { method: 'POST', headers, body, duplex: 'half' }))
}

describe('a camera that posts', () => {
  it('is answered 200 after its alert is taken, which goes the way of what devices say by MQTT', async () => {
    const at = on()
    const answer = await post(at, plate)
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n'])
    expect(at.heard).toEqual([
      {
        device: 'lane-in-cam',
        topic: 'tolbooth/v1/cho-1/lane-in-cam/alert',
        payload: Buffer.from(plate),
        qos: 0,
        duplicate: false,
      },
    ])
  })

  it('is there whenever it has said who it is, also by a heartbeat or what cannot be read, and not by a wrong secret', async () => {
    const at = on()
    await post(at, heartbeat)
    await post(at, '{}', { 'content-type': 'application/json' })
    await post(at, plate, XML, `lane-in-cam/${createSecret()}`)
    expect(at.there).toEqual(['lane-in-cam', 'lane-in-cam'])
  })

  it('hands on the widest of its pictures, whatever stands first', async () => {
    const at = on()
    const part = (name: string) =>
      `--boundary\r\nContent-Disposition: form-data; name="${name}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n${name}\r\n`
    const alert = `--boundary\r\nContent-Disposition: form-data; name="anpr.xml"\r\nContent-Type: text/xml\r\n\r\n${plate}\r\n`
    const form = (...names: readonly string[]) => `${alert}${names.map(part).join('')}--boundary--\r\n`
    await post(at, form('licensePlatePicture', 'vehiclePicture', 'detectionPicture'), FORM)
    await post(at, form('licensePlatePicture', 'vehiclePicture'), FORM)
    await post(at, form('something'), FORM)
    await post(at, form(), FORM)
    expect(at.pictures).toEqual(['detectionPicture', 'vehiclePicture', 'something', null])
  })

  it('is heard without its pictures', async () => {
    const at = on()
    const form = `--boundary\r\nContent-Disposition: form-data; name="anpr.xml"\r\nContent-Type: text/xml\r\n\r\n${plate}\r\n--boundary\r\nContent-Disposition: form-data; name="vehiclePicture.jpg"\r\nContent-Type: image/jpeg\r\n\r\nJPEG\r\n--boundary--\r\n`
    expect((await post(at, form, FORM)).status).toBe(200)
    expect(at.heard.map(({ payload }) => Buffer.from(payload).toString())).toEqual([plate])
  })

  it('is answered 200 to a heartbeat, and to an alert that the driver refuses and counts', async () => {
    const at = on()
    expect((await post(at, heartbeat)).status).toBe(200)
    expect((await post(at, '<r/>')).status).toBe(200)
    expect(at.heard).toHaveLength(2)
  })

  it('is told to come again where its alert could not be stored', async () => {
    const answer = await post(
      on(async () => 'withhold'),
      plate,
    )
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })

  it.each([
    ['a wrong secret', `lane-in-cam/${createSecret()}`],
    ['a secret that is too long', `lane-in-cam/${'x'.repeat(1_000)}`],
    ['an unknown name', `lane-out-cam/${secret}`],
    ['the name of a device that does not post', `loop-1/${secret}`],
    ['a name that is none', `..%2f/${secret}`],
    ['a name of another alphabet', `%D0%B0/${secret}`],
  ])('is nobody with %s', async (_what, path) => {
    const at = on()
    expect((await post(at, plate, XML, path)).status).toBe(404)
    expect(at.heard).toEqual([])
  })

  it('is let in by its address only: neither a client’s token nor its absence matters', async () => {
    const at = on()
    const answer = await post(at, plate, { ...XML, authorization: 'Basic YWRtaW46YWRtaW4=' })
    expect(answer.status).toBe(200)
  })

  it('is told to come again where the gate cannot say who it is', async () => {
    const at = on(undefined, () => Promise.reject(new Error('too many wait')))
    expect((await post(at, plate)).status).toBe(503)
  })

  it.each([
    ['JSON', '{}', { 'content-type': 'application/json' }, 415],
    ['a form without XML', '--boundary\r\n\r\nx\r\n--boundary--', FORM, 400],
    ['a form without an end', '--boundary\r\n\r\nx', FORM, 400],
    ['a form without a boundary', 'x', { 'content-type': 'multipart/form-data; x=y' }, 400],
  ])('is refused with %s', async (_what, body, headers, status) => {
    const at = on()
    expect((await post(at, body, headers)).status).toBe(status)
    expect(at.heard).toEqual([])
  })

  it('is refused above 4 MiB, whether it says so beforehand or not', async () => {
    const at = on()
    const most = '<r/>'.padEnd(NOTIFICATION_BYTES_MAX)
    expect((await post(at, most)).status).toBe(200)
    expect((await post(at, `${most} `)).status).toBe(413)
    expect((await post(at, 'x', { ...XML, 'content-length': String(NOTIFICATION_BYTES_MAX + 1) })).status).toBe(413)
    const chunk = new Uint8Array(1_048_576)
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) })
    expect((await post(at, endless)).status).toBe(413)
  })

  it('waits for none: of nine at a time the ninth is told to come again, and the place of one that has ended is free', async () => {
    const at = on()
    const held: ReadableStreamDefaultController<Uint8Array>[] = []
    const under = Array.from({ length: CAMERA_BODIES_MAX }, () =>
      post(at, new ReadableStream<Uint8Array>({ start: (controller) => void held.push(controller) })),
    )
    await expect.poll(async () => (await post(at, plate)).status).toBe(503)
    for (const controller of held) {
      controller.enqueue(new TextEncoder().encode(plate))
      controller.close()
    }
    expect((await Promise.all(under)).map(({ status }) => status)).toEqual(Array(CAMERA_BODIES_MAX).fill(200))
    expect((await post(at, plate)).status).toBe(200)
  })

  it('has an address that takes nothing but POST', async () => {
    const at = on()
    const got = await at.ask('GET', `/v1/cameras/lane-in-cam/${secret}`, null)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'OPTIONS, POST'])
  })

  it('leaves neither its secret nor its plate in the log', async () => {
    const at = on()
    await post(at, plate)
    await post(at, plate, XML, `lane-out-cam/${secret}`)
    expect(at.log.map((entry) => entry.operation)).toEqual(['cameraEvent', 'cameraEvent'])
    expect(JSON.stringify(at.log)).not.toContain(secret)
    expect(JSON.stringify(at.log)).not.toContain('30A12345')
  })

  it('that guesses is slowed down', async () => {
    const at = on(undefined, undefined, 3)
    const answers = []
    for (let guess = 0; guess < 5; guess += 1) {
      answers.push((await post(at, plate, XML, `lane-in-cam/${createSecret()}`)).status)
    }
    expect(answers).toEqual([404, 404, 404, 429, 429])
  })
})

describe('a camera at a real gateway', () => {
  const folder = temporaryFolder()
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  let token = ''

  beforeAll(async () => {
    const now = instant(Date.now())
    const site = siteKit({ site: 'camera-site', stalls: 1 })
    const issuers = createIssuers({
      site: 'camera-site',
      currency: VND,
      random: randomBytes,
      from: instant(now - 60_000),
    })
    spec = await provisionSite({ dataDir: folder.path, kit: site, issuers, now })
    const added = await runTolbooth(['client', 'add', 'owner', '--role', 'admin', '--json'], spec.environment)
    token = z.object({ token: z.string() }).parse(JSON.parse(added)).token
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
    await gateway.start()
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    folder.remove()
  })

  it('is enrolled, posts as it is set up to, and is nobody when it is revoked', async () => {
    const ask = (path: string, body: object | null) =>
      fetch(`${spec.httpUrl}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'idempotency-key': randomUUID(),
          'content-type': 'application/json',
        },
        body: body === null ? null : JSON.stringify(body),
      })
    const enrolled = await ask('/v1/devices', {
      id: 'lane-cam',
      driver: 'hikvision-camera',
      place: { kind: 'lane', id: 'in-1' },
      role: null,
    })
    const { credential } = z
      .object({ credential: z.object({ username: z.string(), password: z.string() }) })
      .parse(await enrolled.json())
    const address = `/v1/cameras/${credential.username}/${credential.password}`
    expect(address.length).toBeLessThanOrEqual(128)
    const said = (body: string) => fetch(`${spec.httpUrl}${address}`, { method: 'POST', headers: XML, body })

    expect((await said(plate)).status).toBe(200)
    expect((await said(heartbeat)).status).toBe(200)
    expect((await ask('/v1/devices/lane-cam/revoke', null)).status).toBe(200)
    expect((await said(plate)).status).toBe(404)
  }, 30_000)
})
