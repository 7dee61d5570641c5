import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import { connectAsync } from 'mqtt'
import { z } from 'zod'
import type { DeviceId } from '../../core/ids.ts'
import { deviceId, laneId, merchantId } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { ParkingLayout } from '../../core/parking/place.ts'
import type { SiteLayout, SitePolicy } from '../../core/site.ts'
import { instant } from '../../core/time.ts'
import { tariffs } from '../../gateway/http/parking/tariff-schemas.ts'
import { runTolbooth } from '../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../simulators/gateway-process/provision.ts'
import type { KitDevice, LaneKit } from '../../simulators/site-kit.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import { fixturesOf } from '../devices/fixtures.ts'
import { carsByTheHour, PARKING, PARKING_POLICY, PASSES_OF_A_MONTH } from '../gateway/http/fake-park.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A small car park at night: a real gateway with its books on a disk, and lanes whose loops and arms are real MQTT clients. */
export type Gate = {
  readonly address: string
  readonly gateway: GatewayProcess
  readonly entry: GateLane
  readonly exit: GateLane
  /** An access token of a client of this gate. */
  token(client: GateClient): string
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly json: unknown }>
  /** Puts another tariff of cars in force. Resolves when it is. */
  tariff(text: string): Promise<void>
  close(): Promise<void>
}

/** `gate-2` works at the entry alone. */
export type GateClient = 'gate-1' | 'gate-2' | 'boss'

export type GateLane = {
  readonly id: string
  /** A vehicle stands before the arm, or has gone. */
  stands(isThere: boolean): Promise<void>
  /** A code is held to its reader. */
  shows(text: string): Promise<void>
  /** Its camera posts what it has seen, as a Hikvision one does, with the picture that it took. Resolves with the answer's status. */
  sees(plate: string, confidence: number, picture: Uint8Array<ArrayBuffer>): Promise<number>
  /** How often the arm was told to open. */
  opened(): number
  /** The vehicle drives under the arm and away. */
  drivesThrough(): Promise<void>
  /** Tickets that stood on its display, oldest first. */
  tickets(): readonly string[]
  connect(): Promise<void>
  cut(): void
}

const SITE = 'gate-park'
/** Cars by the hour, with the passes of a month. */
export const GATE_TARIFF = carsByTheHour(25_000, PASSES_OF_A_MONTH)
const PARK = merchantId('park')

export async function openGate(): Promise<Gate> {
  const folder = temporaryFolder()
  const now = instant(Date.now())
  const issuers = createIssuers({ site: SITE, currency: VND, random: randomBytes, from: instant(now - 60_000) })
  const kit = siteKit({ site: SITE, stalls: 1 })
  const [entryKit, exitKit] = kit.lanes
  if (entryKit === undefined || exitKit === undefined) throw new Error('the kit has two lanes')
  const parking: ParkingLayout = {
    ...PARKING,
    merchant: PARK,
    lanes: PARKING.lanes.map((lane, index) => ({
      ...lane,
      inside: PARKING.lanes[0]?.inside ?? lane.inside,
      lane: laneId(index === 0 ? entryKit.id : exitKit.id),
    })),
  }
  const layout: SiteLayout = {
    ...kit.layout,
    merchants: [...kit.layout.merchants, { id: PARK, name: 'Bãi xe' }],
    lanes: kit.layout.lanes.map((lane) => ({
      ...lane,
      merchant: PARK,
      price: null,
      takes: ['pay', 'ticket'] as const,
    })),
    parking,
  }
  const policy: SitePolicy = { ...kit.policy, parking: PARKING_POLICY }
  const devices = [...kit.devices, ...kit.lanes.map(cameraOf)]
  const spec = await provisionSite({ dataDir: folder.path, kit: { ...kit, layout, policy, devices }, issuers, now })
  let version = 0
  const writeTariff = (text: string): void => {
    version += 1
    const issuedAt = new Date(now + version).toISOString()
    const tariffs = { version: { epoch: 1, n: version }, issuedAt, files: ['cars.json5'] }
    writeFileSync(join(folder.path, 'tariffs.json'), JSON.stringify(tariffs))
    writeFileSync(join(folder.path, 'cars.json5'), text)
  }
  writeTariff(GATE_TARIFF)
  const tokens = new Map<string, string>()
  for (const [id, ...options] of [
    ['gate-1', '--role', 'attendant', '--lanes', `${entryKit.id},${exitKit.id}`],
    ['gate-2', '--role', 'attendant', '--lanes', entryKit.id],
    ['boss', '--role', 'operator'],
  ] as const) {
    const added = await runTolbooth(['client', 'add', id, '--json', ...options], spec.environment)
    tokens.set(id, z.object({ token: z.string() }).parse(JSON.parse(added)).token)
  }
  const gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
  await gateway.start()
  const [entry, exit] = [gateLane(spec, entryKit), gateLane(spec, exitKit)]
  await entry.connect()
  await exit.connect()

  const ask: Gate['ask'] = async (method, path, body) => {
    const answer = await fetch(`${spec.httpUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens.get('boss')}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID(), 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, json: await answer.json() }
  }

  return {
    address: spec.httpUrl,
    gateway,
    entry,
    exit,
    token: (client) => tokens.get(client) ?? '',
    ask,
    tariff: async (text) => {
      writeTariff(text)
      gateway.reload()
      for (let inForce = 0; inForce !== version; ) {
        await setTimeout(50)
        inForce = tariffs.parse((await ask('GET', '/v1/tariffs')).json).version?.n ?? 0
      }
    },
    close: async () => {
      entry.cut()
      exit.cut()
      await gateway.stop()
      folder.remove()
    },
  }
}

function cameraOf({ id }: LaneKit): KitDevice {
  return {
    id: deviceId(`camera-${id}`),
    driver: 'hikvision-camera',
    place: { kind: 'lane', id: laneId(id) },
    role: null,
  }
}

/** A real camera's alert, of another plate. */
function alertOf(plate: string, confidence: number): string {
  const [{ payload } = { payload: '' }] = fixturesOf('hikvision-camera').messages
  return payload
    .replaceAll('30A12345', plate)
    .replace('<confidenceLevel>100<', `<confidenceLevel>${confidence}<`)
    .replace(/<UUID>[^<]*</, `<UUID>${randomBytes(12).toString('hex')}<`)
}

const commandSchema = z.object({ id: z.string(), type: z.string(), data: z.looseObject({}) })
const ticketSchema = z.object({ kind: z.literal('ticket'), qr: z.string() })

function gateLane(spec: GatewayProcessSpec, kit: LaneKit): GateLane {
  let opened = 0
  const tickets: string[] = []
  const devices = new Map<DeviceId, Spoken>()

  const connect = async (id: DeviceId, onCommand: OnCommand | null): Promise<Spoken> => {
    devices.get(id)?.cut()
    const spoken = await speaking(spec, id, onCommand)
    devices.set(id, spoken)
    return spoken
  }
  const say = (id: DeviceId, type: string, data: object): Promise<void> =>
    devices.get(id)?.say(type, data) ?? Promise.resolve()

  return {
    id: kit.id,
    opened: () => opened,
    tickets: () => tickets,
    connect: async () => {
      for (const loop of [kit.approach, kit.safety]) {
        await (await connect(loop, null)).say('occupied', { occupied: false })
      }
      const arm = await connect(kit.barrier, (type, _data, spoken) => {
        if (type === 'open') opened += 1
        void spoken.say('barrier', { state: type === 'close' || type === 'release' ? 'closed' : 'open' })
      })
      await arm.say('barrier', { state: 'closed' })
      await connect(kit.display, (_type, data) => {
        const ticket = ticketSchema.safeParse(data)
        if (ticket.success) tickets.push(ticket.data.qr)
      })
      await connect(kit.reader, null)
    },
    cut: () => {
      for (const spoken of devices.values()) spoken.cut()
    },
    stands: (isThere) => say(kit.approach, 'occupied', { occupied: isThere }),
    shows: (text) => say(kit.reader, 'scan', { text }),
    sees: async (plate, confidence, picture) => {
      const camera = cameraOf(kit).id
      const form = new FormData()
      form.append('anpr.xml', new Blob([alertOf(plate, confidence)], { type: 'text/xml' }))
      form.append('vehiclePicture.jpg', new Blob([picture], { type: 'image/jpeg' }))
      const address = `${spec.httpUrl}/v1/cameras/${camera}/${spec.secrets.get(camera)}`
      return (await fetch(address, { method: 'POST', body: form })).status
    },
    drivesThrough: async () => {
      await say(kit.safety, 'occupied', { occupied: true })
      await say(kit.approach, 'occupied', { occupied: false })
      await say(kit.safety, 'occupied', { occupied: false })
    },
  }
}

type OnCommand = (type: string, data: object, spoken: Spoken) => void
type Spoken = { say(type: string, data: object): Promise<void>; cut(): void }

/** A device on a real line: it says hello, does each command and reports it. */
async function speaking(spec: GatewayProcessSpec, id: DeviceId, onCommand: OnCommand | null): Promise<Spoken> {
  const prefix = `tolbooth/v1/${SITE}/${id}`
  const boot = randomBytes(9).toString('base64url')
  const bornMs = performance.now()
  let seq = 0
  const client: MqttClient = await connectAsync(spec.mqttUrl, {
    username: id,
    password: spec.secrets.get(id) ?? '',
    clientId: id,
    reconnectPeriod: 0,
    will: {
      topic: `${prefix}/status`,
      payload: Buffer.from(JSON.stringify({ v: 1, boot, online: false })),
      qos: 1,
      retain: true,
    },
  })
  client.on('error', () => {})
  const send = async (leaf: string, body: object): Promise<void> => {
    seq += 1
    const upMs = Math.round(performance.now() - bornMs)
    await client.publishAsync(`${prefix}/${leaf}`, JSON.stringify({ v: 1, boot, seq, upMs, ...body }), { qos: 1 })
  }
  const spoken: Spoken = {
    say: (type, data) => send('event', { type, data }),
    cut: () => client.end(true),
  }
  await client.subscribeAsync(onCommand === null ? `${prefix}/answer` : [`${prefix}/command`, `${prefix}/answer`], {
    qos: 1,
  })
  client.on('message', (topic, payload) => {
    if (onCommand === null || !topic.endsWith('/command')) return
    const command = commandSchema.parse(JSON.parse(payload.toString()))
    void send('result', { command: command.id, result: 'done' }).then(() =>
      onCommand(command.type, command.data, spoken),
    )
  })
  await spoken.say('hello', { firmware: 'gate 1.0' })
  return spoken
}
