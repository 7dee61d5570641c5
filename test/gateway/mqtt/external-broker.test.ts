import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { connectAsync } from 'mqtt'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import type {
  ExternalBroker,
  ExternalBrokerNotice,
  ExternalBrokerSettings,
} from '../../../gateway/mqtt/external-broker.ts'
import { createExternalBroker, EXTERNAL_BROKER_LIMITS } from '../../../gateway/mqtt/external-broker.ts'
import type { DeviceGrant, InboundMessage } from '../../../gateway/mqtt/transport.ts'
import type { Verdict } from './embedded-rig.ts'
import { eventually, grantOf, pause, topicsOf } from './embedded-rig.ts'
import type { Mosquitto } from './mosquitto.ts'
import { freePort, reasonToSkipMosquitto, startMosquitto } from './mosquitto.ts'
import { PUBACK } from './raw-client.ts'
import type { RigDevice } from './rig-device.ts'
import { rigDevice } from './rig-device.ts'
import type { Tap } from './tap.ts'
import { startTap } from './tap.ts'

const skipReason = reasonToSkipMosquitto()
const reader1 = deviceId('reader-1')
const topics1 = topicsOf('reader-1')
const EIGHT_READERS = Array.from({ length: 8 }, (_, at) => grantOf(`reader-${at + 1}`))

describe('settings that contradict each other are refused', () => {
  const good: ExternalBrokerSettings = {
    url: 'mqtt://127.0.0.1:1883',
    clientName: 'tolbooth-cho-lon-box-1',
    shards: 2,
    enrolled: () => [],
    limits: EXTERNAL_BROKER_LIMITS,
    onNotice: () => undefined,
  }
  it.each<[string, Partial<ExternalBrokerSettings>, RegExp]>([
    ['a URL of HTTP', { url: 'http://127.0.0.1' }, /mqtt/],
    ['a URL with a password in it', { url: 'mqtt://box:secret@127.0.0.1' }, /beside the URL/],
    ['no shards', { shards: 0 }, /shards/],
    ['more than 64 shards', { shards: 65 }, /shards/],
    ['half a shard', { shards: 0.5 }, /shards/],
    ['a limit of 0', { limits: { ...EXTERNAL_BROKER_LIMITS, inflightMax: 0 } }, /inflightMax/],
    ['a hold of half the keepalive', { limits: { ...EXTERNAL_BROKER_LIMITS, holdMaxMs: 15_000 } }, /holdMaxMs/],
    [
      'a keepalive below a second',
      { limits: { ...EXTERNAL_BROKER_LIMITS, holdMaxMs: 10, keepaliveMs: 999 } },
      /keepaliveMs/,
    ],
  ])('%s', (_name, wrong, message) => {
    expect(() => createExternalBroker({ ...good, ...wrong })).toThrow(message)
  })

  it('64 shards are taken', () => {
    expect(createExternalBroker({ ...good, shards: 64 }).addresses()).toEqual([])
  })
})

describe('a broker that lets the gateway in and then says nothing', () => {
  const CONNACK = Buffer.from([0x20, 0x02, 0x00, 0x00])
  const deaf: Server[] = []
  afterEach(async () => {
    await Promise.all(deaf.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  })

  /** Counts who has come. */
  async function deafBroker(): Promise<{ readonly port: number; connections(): number }> {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => undefined)
      socket.once('data', () => socket.write(CONNACK))
    })
    deaf.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return { port: typeof address === 'object' && address !== null ? address.port : 0, connections: () => connections }
  }

  it('does not keep the gateway from starting, is told plainly, and is tried again', async () => {
    const broker = await deafBroker()
    const notices: ExternalBrokerNotice[] = []
    const transport = createExternalBroker({
      url: `mqtt://127.0.0.1:${broker.port}`,
      clientName: 'tolbooth-cho-lon-box-1',
      shards: 2,
      enrolled: () => EIGHT_READERS,
      limits: { ...EXTERNAL_BROKER_LIMITS, subscribeMaxMs: 100, reconnectMinMs: 5, reconnectMaxMs: 20 },
      onNotice: (notice) => notices.push(notice),
    })
    await transport.start({ onMessage: async () => 'acknowledge', onPresence: () => undefined })
    expect(transport.counters().connections).toBe(0)
    // So /readyz does not say that devices can connect.
    expect(transport.addresses()).toEqual([])
    await eventually(() => broker.connections() >= 4)
    expect(notices[0]).toMatchObject({
      kind: 'connection-lost',
      detail: expect.stringMatching(/has not answered SUBSCRIBE in 100 ms/),
    })
    expect(notices.every((notice) => notice.kind === 'connection-lost')).toBe(true)
    await transport.stop()
  })
})

describe('a broker that answers garbage', () => {
  const CONNACK = Buffer.from([0x20, 0x02, 0x00, 0x00])
  const servers: Server[] = []
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  })

  it.each([
    ['HTTP', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
    ['a packet that announces 256 MiB', [CONNACK, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x01])]],
    ['a length of five bytes', [CONNACK, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f])]],
    ['a kind that there is none of', [CONNACK, Buffer.from([0x00, 0x00])]],
    ['a CONNACK of another kind', [Buffer.from([0x20, 0x02, 0x00, 0x2a])]],
    ['random bytes', [CONNACK, Buffer.from('f00dbabe99aa55de00ff13377331c0ffee', 'hex')]],
    ['a message of nobody', [CONNACK, Buffer.from([0x30, 0x07, 0x00, 0x03, 0x61, 0x2f, 0x62, 0x68, 0x69])]],
  ])('%s: nothing of it enters the path, nobody is present, and it is tried again', async (_what, says) => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => undefined)
      socket.once('data', () => {
        for (const bytes of says) socket.write(bytes)
      })
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const heard: InboundMessage[] = []
    const present: string[] = []
    const transport = createExternalBroker({
      url: `mqtt://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
      clientName: 'tolbooth-cho-lon-box-1',
      shards: 1,
      enrolled: () => EIGHT_READERS,
      limits: { ...EXTERNAL_BROKER_LIMITS, subscribeMaxMs: 200, reconnectMinMs: 5, reconnectMaxMs: 20 },
      onNotice: () => undefined,
    })
    await transport.start({
      onMessage: async (message) => {
        heard.push(message)
        return 'acknowledge'
      },
      onPresence: (device) => present.push(device),
    })
    await eventually(() => connections >= 3)
    expect([heard, present, transport.present(), transport.addresses()]).toEqual([[], [], [], []])
    await transport.stop()
  })
})

describe('a broker that is not there', () => {
  it('does not keep the gateway from starting, and is tried again until it is there', async (context) => {
    if (skipReason !== undefined) context.skip(skipReason)
    const port = await freePort()
    const notices: ExternalBrokerNotice[] = []
    const transport = createExternalBroker({
      url: `mqtt://127.0.0.1:${port}`,
      clientName: 'tolbooth-cho-lon-box-1',
      shards: 1,
      enrolled: () => EIGHT_READERS,
      limits: { ...EXTERNAL_BROKER_LIMITS, reconnectMinMs: 5, reconnectMaxMs: 20 },
      onNotice: (notice) => notices.push(notice),
    })
    await transport.start({ onMessage: async () => 'acknowledge', onPresence: () => undefined })
    expect(transport.counters().connections).toBe(0)
    await eventually(() => notices.length >= 5)
    for (const notice of notices) {
      expect(notice.kind === 'connection-lost' && notice.retryInMs >= 0 && notice.retryInMs <= 20).toBe(true)
    }
    expect(transport.counters().connectionsRefused).toBeGreaterThanOrEqual(5)
    await transport.stop()
    const stopped = notices.length
    await pause(60)
    expect(notices).toHaveLength(stopped)
  })
})

describe('a gateway at Mosquitto', () => {
  let mosquitto: Mosquitto
  let tap: Tap
  let transports: ExternalBroker[]
  let devices: RigDevice[]
  let notices: ExternalBrokerNotice[]
  let messages: InboundMessage[]
  let presences: string[]
  let onMessage: (message: InboundMessage) => Promise<Verdict>

  beforeEach(async (context) => {
    if (skipReason !== undefined) context.skip(skipReason)
    mosquitto = await startMosquitto()
    tap = await startTap(() => mosquitto.port)
    transports = []
    devices = []
    notices = []
    messages = []
    presences = []
    onMessage = async () => 'acknowledge'
  })

  afterEach(async () => {
    if (skipReason !== undefined) return
    for (const device of devices) device.kill()
    for (const transport of transports) await transport.stop()
    await tap.stop()
    await mosquitto.stop()
  })

  async function start(changes: Partial<ExternalBrokerSettings> = {}): Promise<ExternalBroker> {
    const transport = createExternalBroker({
      url: `mqtt://127.0.0.1:${tap.port}`,
      clientName: 'tolbooth-cho-lon-box-1',
      shards: 2,
      enrolled: () => EIGHT_READERS,
      onNotice: (notice) => notices.push(notice),
      ...changes,
      limits: { ...EXTERNAL_BROKER_LIMITS, reconnectMinMs: 10, reconnectMaxMs: 50, ...changes.limits },
    })
    transports.push(transport)
    await transport.start({
      onMessage(message) {
        messages.push({ ...message, payload: Buffer.from(message.payload) })
        return onMessage(message)
      },
      onPresence: (device, isPresent) => presences.push(`${isPresent ? '+' : '-'}${device}`),
    })
    return transport
  }

  async function join(transport: ExternalBroker, name: string): Promise<RigDevice> {
    const device = await rigDevice(`mqtt://127.0.0.1:${mosquitto.port}`, name)
    devices.push(device)
    await eventually(() => transport.isPresent(deviceId(name)))
    return device
  }

  const command = (text = 'open'): { topic: string; payload: Buffer; qos: 1 } => ({
    topic: topics1.command,
    payload: Buffer.from(text),
    qos: 1,
  })

  it('devices are spread over as many connections as there are shards', async () => {
    const transport = await start({ shards: 4 })
    expect(tap.connections()).toBe(4)
    expect(transport.counters().connections).toBe(4)
    expect(transport.addresses()).toEqual([`mqtt://127.0.0.1:${tap.port}`])
  })

  it('a device that was there before the gateway is present as soon as the gateway is', async () => {
    const device = await rigDevice(`mqtt://127.0.0.1:${mosquitto.port}`, 'reader-1')
    devices.push(device)
    const transport = await start()
    await eventually(() => transport.isPresent(reader1))
    expect(await transport.send(reader1, command())).toBe('handed-over')
  })

  it('when the broker dies nobody is present; when it comes back everybody is, and messages flow', async () => {
    const transport = await start()
    const device = await join(transport, 'reader-1')
    await join(transport, 'reader-2')
    await mosquitto.kill()
    await eventually(() => transport.present().length === 0)
    expect(await transport.send(reader1, command())).toBe('away')
    await mosquitto.restart()
    await eventually(() => transport.present().length === 2, 10_000)
    device.say('back')
    await eventually(() => messages.length === 1)
    expect(presences.filter((presence) => presence === '-reader-1')).toHaveLength(1)
    expect(notices.some(({ kind }) => kind === 'connection-lost')).toBe(true)
  })

  it('when the line to the broker breaks, what was not acknowledged is delivered again and marked so', async () => {
    const transport = await start()
    const device = await join(transport, 'reader-1')
    onMessage = () => new Promise(() => undefined)
    device.say('scan')
    await eventually(() => messages.length === 1)
    onMessage = async () => 'acknowledge'
    tap.breakAll()
    await eventually(() => messages.length === 2)
    expect(messages.map(({ duplicate }) => duplicate)).toEqual([false, true])
    await eventually(() => tap.acknowledged.length === 1)
  })

  it('an acknowledgement that is decided after the line broke is not sent on the next line', async () => {
    const transport = await start({ shards: 1 })
    const device = await join(transport, 'reader-1')
    const settle: ((verdict: Verdict) => void)[] = []
    onMessage = () => new Promise((resolve) => settle.push(resolve))
    device.say('scan')
    await eventually(() => settle.length === 1)
    tap.breakAll()
    await eventually(() => settle.length === 2)
    settle[0]?.('acknowledge')
    await pause(60)
    expect(tap.acknowledged).toEqual([])
    settle[1]?.('acknowledge')
    await eventually(() => tap.acknowledged.length === 1)
  })

  it('who is enrolled while it runs is listened to, and who is removed no longer', async () => {
    let enrolled: readonly DeviceGrant[] = []
    const transport = await start({ enrolled: () => enrolled })
    const device = await rigDevice(`mqtt://127.0.0.1:${mosquitto.port}`, 'reader-1')
    devices.push(device)
    device.say('before')
    await pause(60)
    expect(messages).toEqual([])
    enrolled = [grantOf('reader-1')]
    transport.refresh()
    await eventually(() => transport.isPresent(reader1))
    device.say('enrolled')
    await eventually(() => messages.length === 1)
    enrolled = []
    transport.refresh()
    expect(transport.isPresent(reader1)).toBe(false)
    expect(await transport.send(reader1, command())).toBe('away')
    await pause(60)
    device.say('after')
    await pause(60)
    expect(messages).toHaveLength(1)
    expect(presences).toEqual(['+reader-1', '-reader-1'])
  })

  it('a subscription that an earlier session left behind is given up, and its messages are dropped', async () => {
    const first = await start({ shards: 1 })
    const device = await join(first, 'reader-1')
    await first.stop()
    device.say('while nobody listened')
    await start({ shards: 1, enrolled: () => [] })
    await eventually(() => tap.acknowledged.length === 1)
    expect(messages).toEqual([])
    expect(notices).toContainEqual({ kind: 'message-refused', reason: 'topic-not-granted', topic: topics1.event })
    await pause(60)
    device.say('now it is given up')
    await pause(60)
    expect(tap.acknowledged).toHaveLength(1)
  })

  it('an event that the broker had retained is not taken for one of now', async () => {
    const other = await connectAsync(`mqtt://127.0.0.1:${mosquitto.port}`)
    await other.publishAsync(topics1.event, 'of last week', { qos: 1, retain: true })
    await other.endAsync()
    const transport = await start()
    await eventually(() => tap.acknowledged.length === 1)
    expect(messages).toEqual([])
    expect(transport.counters()).toMatchObject({ messagesIn: 0, messagesRefused: 1 })
  })

  it('a message of payloadBytesMax is taken, and one byte more is dropped', async () => {
    const transport = await start({ limits: { ...EXTERNAL_BROKER_LIMITS, payloadBytesMax: 100 } })
    const device = await join(transport, 'reader-1')
    device.say('x'.repeat(101))
    device.say('x'.repeat(100))
    await eventually(() => tap.acknowledged.length === 2)
    expect(messages.map(({ payload }) => payload.length)).toEqual([100])
    expect(transport.counters().messagesRefused).toBe(1)
  })

  it('only inflightMax messages of a connection are in hand; the others come when one is done', async () => {
    const transport = await start({ shards: 1, limits: { ...EXTERNAL_BROKER_LIMITS, inflightMax: 3 } })
    const device = await join(transport, 'reader-1')
    const settle: ((verdict: Verdict) => void)[] = []
    onMessage = () => new Promise((resolve) => settle.push(resolve))
    for (let count = 1; count <= 6; count++) device.say(`${count}`)
    await eventually(() => settle.length === 3)
    await pause(60)
    expect(messages).toHaveLength(3)
    for (let at = 0; at < 6; at++) {
      await eventually(() => settle.length > at)
      settle[at]?.('acknowledge')
    }
    await eventually(() => tap.acknowledged.length === 6)
    expect(tap.acknowledged).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it('a broker that does not acknowledge within handOverTimeoutMs is left, and the message is not sent again', async () => {
    const transport = await start({
      shards: 1,
      limits: { ...EXTERNAL_BROKER_LIMITS, reconnectMinMs: 10, handOverTimeoutMs: 200 },
    })
    const device = await join(transport, 'reader-1')
    tap.drop = (packet) => packet.type === PUBACK
    expect(await transport.send(reader1, command('once'))).toBe('away')
    tap.drop = undefined
    expect(transport.counters()).toMatchObject({ slowConsumersCut: 1, messagesOut: 0 })
    await eventually(() => transport.isPresent(reader1))
    expect(await transport.send(reader1, command('twice'))).toBe('handed-over')
    await eventually(() => device.received.some(({ text }) => text === 'twice'))
    expect(device.received.filter(({ text }) => text === 'once').length).toBeLessThanOrEqual(1)
  })

  it('messages that the broker has not acknowledged are outboundInflightMax at most', async () => {
    const transport = await start({
      shards: 1,
      limits: { ...EXTERNAL_BROKER_LIMITS, outboundInflightMax: 3, handOverTimeoutMs: 300 },
    })
    await join(transport, 'reader-1')
    tap.drop = (packet) => packet.type === PUBACK
    const answers = Array.from({ length: 4 }, () => transport.send(reader1, command()))
    expect(await answers[3]).toBe('refused')
    expect(await Promise.all(answers)).toEqual(['away', 'away', 'away', 'refused'])
  })

  it('bytes that wait for the broker are outboundBytesMax at most', async () => {
    const transport = await start({ limits: { ...EXTERNAL_BROKER_LIMITS, outboundBytesMax: 1_000 } })
    await join(transport, 'reader-1')
    const send = (bytes: number): Promise<string> =>
      transport.send(reader1, { ...command(), payload: Buffer.alloc(bytes) })
    expect(await send(1_001)).toBe('refused')
    expect(await send(1_000)).toBe('handed-over')
  })

  it('the words of Shelly and of Tasmota for being there are understood', async () => {
    const online = 'tolbooth/v1/cho-lon/relay-1/online'
    const lwt = 'tolbooth/v1/cho-lon/relay-2/tele/LWT'
    const grant = (device: string, will: string): DeviceGrant => ({
      device: deviceId(device),
      publishes: [will, `tolbooth/v1/cho-lon/${device}/stat/+`, 'tasmota/discovery/+/config'],
      subscribes: [`tolbooth/v1/cho-lon/${device}/cmnd/#`],
      will,
    })
    const transport = await start({ enrolled: () => [grant('relay-1', online), grant('relay-2', lwt)] })
    const other = await connectAsync(`mqtt://127.0.0.1:${mosquitto.port}`)
    await other.publishAsync(online, 'true', { retain: true, qos: 1 })
    await other.publishAsync(lwt, 'Online', { retain: true, qos: 1 })
    await eventually(() => transport.present().length === 2)
    await other.publishAsync('tolbooth/v1/cho-lon/relay-2/stat/RESULT', '{}', { qos: 0 })
    await other.publishAsync('tasmota/discovery/4C11AE/config', '{}', { qos: 0, retain: true })
    await eventually(() => messages.length === 1)
    expect(messages[0]).toMatchObject({ device: 'relay-2', topic: 'tolbooth/v1/cho-lon/relay-2/stat/RESULT' })
    await other.publishAsync(online, 'false', { retain: true, qos: 1 })
    await other.publishAsync(lwt, 'Offline', { retain: true, qos: 1 })
    await eventually(() => transport.present().length === 0)
    await other.publishAsync(lwt, 'Perhaps', { retain: true, qos: 1 })
    await other.endAsync()
    await pause(40)
    expect(messages).toHaveLength(1)
    expect(presences).toHaveLength(4)
  })

  it('a grant that takes the topic of another device is left out, and said', async () => {
    await start({ enrolled: () => [grantOf('reader-1'), { ...grantOf('reader-2'), will: topics1.status }] })
    expect(notices).toContainEqual({
      kind: 'grant-broken',
      device: 'reader-2',
      detail: `${topics1.status} belongs to reader-1`,
    })
  })

  it('more topics than fit in one SUBSCRIBE are all listened to', async () => {
    const transport = await start({ shards: 1, limits: { ...EXTERNAL_BROKER_LIMITS, subscribeBatchMax: 5 } })
    for (const name of ['reader-1', 'reader-8']) (await join(transport, name)).say(name)
    await eventually(() => messages.length === 2)
  })
})

describe('a broker with rules of its own', () => {
  it('a wrong password is said, and tried again no faster than a lost connection', async (context) => {
    if (skipReason !== undefined) context.skip(skipReason)
    const mosquitto = await startMosquitto(['allow_anonymous false'])
    const notices: ExternalBrokerNotice[] = []
    const transport = createExternalBroker({
      url: `mqtt://127.0.0.1:${mosquitto.port}`,
      clientName: 'tolbooth-cho-lon-box-1',
      shards: 1,
      credentials: { username: 'box-1', password: 'wrong' },
      enrolled: () => EIGHT_READERS,
      limits: EXTERNAL_BROKER_LIMITS,
      onNotice: (notice) => notices.push(notice),
    })
    await transport.start({ onMessage: async () => 'acknowledge', onPresence: () => undefined })
    expect(notices).toMatchObject([{ kind: 'connection-lost', detail: expect.stringMatching(/not authorized/i) }])
    expect(transport.counters()).toMatchObject({ connections: 0, connectionsRefused: 1 })
    await transport.stop()
    await mosquitto.stop()
  })

  it('over TLS, with the authority given, it connects; with another it does not', async (context) => {
    if (skipReason !== undefined) context.skip(skipReason)
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
    const tlsPort = await freePort()
    const mosquitto = await startMosquitto(
      [
        'allow_anonymous true',
        `listener ${tlsPort} 127.0.0.1`,
        'certfile {directory}/cert.pem',
        'keyfile {directory}/key.pem',
      ],
      { 'cert.pem': cert, 'key.pem': key },
    )
    const connections: number[] = []
    for (const ca of [cert, undefined]) {
      const transport = createExternalBroker({
        url: `mqtts://localhost:${tlsPort}`,
        clientName: 'tolbooth-cho-lon-box-1',
        shards: 1,
        ...(ca === undefined ? {} : { ca }),
        enrolled: () => EIGHT_READERS,
        limits: EXTERNAL_BROKER_LIMITS,
        onNotice: () => undefined,
      })
      await transport.start({ onMessage: async () => 'acknowledge', onPresence: () => undefined })
      connections.push(transport.counters().connections)
      await transport.stop()
    }
    expect(connections).toEqual([1, 0])
    await mosquitto.stop()
  })
})
