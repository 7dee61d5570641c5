import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connectAsync } from 'mqtt'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket, { createWebSocketStream } from 'ws'
import { deviceId } from '../../../core/ids.ts'
import { createEmbeddedBroker, EMBEDDED_BROKER_LIMITS } from '../../../gateway/mqtt/embedded-broker.ts'
import type { EmbeddedRig, RigOptions, Verdict } from './embedded-rig.ts'
import { eventually, grantOf, OPEN_GATE, pause, startRig, topicsOf } from './embedded-rig.ts'
import type { RawClient } from './raw-client.ts'
import {
  CONNACK,
  connectPacket,
  DISCONNECT_BYTES,
  messageIdOf,
  messageOf,
  openRaw,
  PINGREQ_BYTES,
  PINGRESP,
  PUBACK,
  PUBLISH,
  packet,
  puback,
  publishPacket,
  rawClient,
  remainingLength,
  SUBACK,
  subscribePacket,
} from './raw-client.ts'

const rigs: EmbeddedRig[] = []
const reader1 = deviceId('reader-1')
const reader2 = deviceId('reader-2')
const topics1 = topicsOf('reader-1')
const topics2 = topicsOf('reader-2')

async function rigWith(options: RigOptions = {}): Promise<EmbeddedRig> {
  const rig = await startRig(options)
  rigs.push(rig)
  return rig
}

/** The rig still takes a scan of a device that behaves. */
async function expectAlive(rig: EmbeddedRig, name = 'reader-9'): Promise<void> {
  const good = await rig.device(name)
  good.write(publishPacket(topicsOf(name).event, 'still here', { messageId: 77 }))
  expect(messageIdOf(await good.next(PUBACK))).toBe(77)
  good.write(DISCONNECT_BYTES)
  await good.closed()
}

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

describe('the size of a packet', () => {
  it('a packet of 1 MiB is refused and no part of it reaches the handler', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, Buffer.alloc(1024 * 1024)))
    await client.closed()
    await eventually(() => rig.reasons().includes('packet-too-large'))
    expect(rig.messages).toEqual([])
    await expectAlive(rig)
  })

  it('a packet that announces 200 MiB is refused by its head alone', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(Buffer.from([0x32]), remainingLength(200 * 1024 * 1024))
    await client.closed()
    expect(rig.reasons()).toContain('packet-too-large')
  })

  it('a CONNECT that announces 200 MiB is refused by its head alone', async () => {
    const rig = await rigWith()
    const client = await rig.open()
    client.write(Buffer.from([0x10]), remainingLength(200 * 1024 * 1024))
    await client.closed()
    expect(rig.reasons()).toEqual(['packet-too-large'])
  })

  it('a packet of exactly packetBytesMax is taken and one byte more is not', async () => {
    const packetBytesMax = 2_000
    const rig = await rigWith({ limits: { packetBytesMax } })
    const client = await rig.device('reader-1')
    const headBytes = 2 + topics1.event.length + 2
    client.write(publishPacket(topics1.event, Buffer.alloc(packetBytesMax - headBytes), { messageId: 1 }))
    expect(messageIdOf(await client.next(PUBACK))).toBe(1)
    client.write(publishPacket(topics1.event, Buffer.alloc(packetBytesMax - headBytes + 1), { messageId: 2 }))
    await client.closed()
    expect(rig.messages).toHaveLength(1)
  })

  it('a remaining length of five bytes is refused', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff, 0x01]))
    await client.closed()
    expect(rig.reasons()).toEqual(['protocol-error'])
  })

  it('a packet that comes byte by byte is taken', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    for (const byte of publishPacket(topics1.event, 'x'.repeat(150), { messageId: 5 })) {
      client.write(Buffer.from([byte]))
      await pause(0)
    }
    expect(messageIdOf(await client.next(PUBACK))).toBe(5)
    expect(rig.texts()).toEqual(['x'.repeat(150)])
  })
})

describe('what is not MQTT', () => {
  const openings: Record<string, Buffer> = {
    'an HTTP request': Buffer.from('GET / HTTP/1.1\r\nHost: gate\r\n\r\n'),
    'a TLS hello on a plain port': Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    'bytes of 0xff': Buffer.alloc(4_096, 0xff),
    'bytes of 0x00': Buffer.alloc(4_096),
    'a PUBLISH before CONNECT': publishPacket(topics1.event, 'x'),
    'a PUBACK before CONNECT': puback(1),
    'a SUBSCRIBE before CONNECT': subscribePacket(1, ['#'], 0),
    'a CONNECT with flags': Buffer.concat([Buffer.from([0x11]), connectPacket('reader-1').subarray(1)]),
  }
  it.each(Object.entries(openings))('%s ends the line', async (_name, bytes) => {
    const rig = await rigWith()
    const client = await rig.open()
    client.write(bytes)
    await client.closed()
    expect(rig.reasons()).toEqual(['not-mqtt'])
    expect(rig.transport.counters().connectionsRefused).toBe(1)
  })

  const broken: Record<string, Buffer> = {
    'a CONNECT with nothing in it': packet(0x10, Buffer.alloc(10)),
    'a CONNECT cut in its middle': packet(0x10, connectPacket('reader-1').subarray(2, 20)),
    'a CONNECT of another protocol': connectPacket('reader-1', { protocol: { name: 'AMQP', level: 4 } }),
    'a CONNECT of level 77': connectPacket('reader-1', { protocol: { name: 'MQTT', level: 77 } }),
  }
  it.each(Object.entries(broken))('%s ends the line', async (_name, bytes) => {
    const rig = await rigWith()
    const client = await rig.open()
    client.write(bytes)
    await client.closed()
    expect(rig.reasons()).toEqual(['protocol-error'])
    await expectAlive(rig)
  })

  const after: Record<string, Buffer> = {
    'a second CONNECT': connectPacket('reader-1'),
    'a CONNACK': Buffer.from([0x20, 2, 0, 0]),
    'a packet of type 0': Buffer.from([0, 0]),
    'a packet of type 15': Buffer.from([0xf0, 0]),
    'a PUBLISH with an empty topic': publishPacket('', 'x'),
    'a PUBLISH with a wildcard': publishPacket(`${topics1.event}/+`, 'x'),
    'a PUBLISH whose topic is longer than the packet': packet(0x32, Buffer.from([0xff, 0xff, 0x41])),
    'a SUBSCRIBE with no filter': packet(0x82, Buffer.from([0, 1])),
    'a SUBSCRIBE with a broken filter': subscribePacket(1, ['a#b'], 0),
    'a SUBSCRIBE with an empty filter': subscribePacket(1, [''], 0),
    'a topic of 200 levels': subscribePacket(1, ['a/'.repeat(200)], 0),
    'a PUBREL that nobody asked for, with wrong flags': Buffer.from([0x60, 2, 0, 1]),
  }
  it.each(Object.entries(after))('%s from a device that was let in ends the line', async (_name, bytes) => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(bytes)
    await client.closed()
    expect(rig.messages).toEqual([])
    await eventually(() => !rig.transport.isPresent(reader1))
    await expectAlive(rig)
  })

  it('random bytes after CONNECT never reach the handler and never stop the broker', async () => {
    const rig = await rigWith({ limits: { addressConnectionsBurstMax: 1_000 } })
    let seed = 20_261_121
    for (let round = 0; round < 60; round++) {
      const client = await rig.device('reader-1')
      const bytes = Buffer.alloc(200)
      for (let at = 0; at < bytes.length; at++) {
        seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
        bytes[at] = seed >> 16
      }
      client.write(bytes)
      await pause(2)
      client.destroy()
    }
    expect(rig.messages).toEqual([])
    await expectAlive(rig)
  })
})

describe('who does not say who it is', () => {
  it('a connection that sends no CONNECT is closed after letInMaxMs', async () => {
    const rig = await rigWith({ limits: { letInMaxMs: 150 } })
    const client = await rig.open()
    await client.closed()
    expect(rig.reasons()).toEqual(['not-let-in-in-time'])
  })

  it('a CONNECT that trickles in, byte by byte, is closed after letInMaxMs', async () => {
    const rig = await rigWith({ limits: { letInMaxMs: 200 } })
    const client = await rig.open()
    const bytes = connectPacket('reader-1')
    for (let at = 0; at < bytes.length - 1 && !client.isClosed; at++) {
      client.write(bytes.subarray(at, at + 1))
      await pause(10)
    }
    await client.closed()
    expect(rig.reasons()).toEqual(['not-let-in-in-time'])
  })

  it('a gate that never answers leaves no connection open', async () => {
    const rig = await rigWith({
      limits: { letInMaxMs: 150 },
      gate: { authenticate: () => new Promise(() => undefined) },
    })
    const client = await rig.open()
    client.write(connectPacket('reader-1'))
    await client.closed()
    expect(rig.reasons()).toEqual(['not-let-in-in-time'])
    expect(client.pending(CONNACK)).toEqual([])
  })

  it('a gate that answers after the time lets nobody in', async () => {
    let answer: (() => void) | undefined
    const rig = await rigWith({
      limits: { letInMaxMs: 100 },
      gate: {
        authenticate: () =>
          new Promise((resolve) => {
            answer = () => resolve(grantOf('reader-1'))
          }),
      },
    })
    const client = await rig.open()
    client.write(connectPacket('reader-1'))
    await client.closed()
    answer?.()
    await pause(20)
    expect(rig.transport.counters().connections).toBe(0)
    expect(rig.transport.isPresent(reader1)).toBe(false)
  })

  it('packets that come with CONNECT wait until the device is let in, and a flood of them does not', async () => {
    let letIn: (() => void) | undefined
    const gate = {
      authenticate: (device: string) =>
        new Promise<ReturnType<typeof grantOf>>((resolve) => {
          letIn = () => resolve(grantOf(device))
        }),
    }
    const rig = await rigWith({ gate })
    const client = await rig.open()
    client.write(connectPacket('reader-1'), publishPacket(topics1.event, 'early', { messageId: 3 }))
    await eventually(() => letIn !== undefined)
    expect(rig.messages).toEqual([])
    letIn?.()
    expect(messageIdOf(await client.next(PUBACK))).toBe(3)

    const flood = await rig.open()
    const many = Array.from({ length: 100 }, (_, at) => publishPacket(topics2.event, 'flood', { messageId: at + 1 }))
    flood.write(connectPacket('reader-2'), ...many)
    await flood.closed()
    expect(rig.texts()).toEqual(['early'])
  })

  it('a wrong secret, an unknown, a revoked device and none at all get the same answer', async () => {
    const rig = await rigWith()
    const codes: number[] = []
    for (const [device, options] of [
      ['reader-1', { secret: 'wrong' }],
      ['reader-1', { secret: '' }],
      ['reader-1', { secret: undefined }],
      ['nobody', {}],
    ] as const) {
      const client = await rig.open()
      codes.push(await client.login(device, options))
      await client.closed()
    }
    expect(codes).toEqual([4, 4, 4, 4])
    expect(rig.reasons()).toEqual(['credentials', 'credentials', 'credentials', 'credentials'])
    expect(rig.transport.counters()).toMatchObject({ connections: 0, connectionsRefused: 4 })
  })

  it('a revoked device that is cut off does not come back', async () => {
    const revoked = new Set<string>()
    const rig = await rigWith({
      gate: {
        authenticate: async (device, secret) =>
          revoked.has(device) ? undefined : OPEN_GATE.authenticate(device, secret),
      },
    })
    const client = await rig.device('reader-1')
    revoked.add('reader-1')
    expect(rig.transport.disconnect(reader1)).toBe(true)
    await client.closed()
    const again = await rig.open()
    expect(await again.login('reader-1')).toBe(4)
  })

  it('a gate that cannot say tells the device to come again', async () => {
    const rig = await rigWith({ gate: { authenticate: async () => Promise.reject(new Error('the books are shut')) } })
    const client = await rig.open()
    expect(await client.login('reader-1')).toBe(3)
    expect(rig.notices).toMatchObject([{ reason: 'gate-cannot-say', device: 'reader-1', detail: 'the books are shut' }])
  })

  it('a grant that no device may have lets nobody in', async () => {
    const rig = await rigWith({ gate: { authenticate: async () => ({ ...grantOf('reader-1'), subscribes: ['#'] }) } })
    const client = await rig.open()
    expect(await client.login('reader-1')).toBe(5)
    expect(rig.reasons()).toEqual(['grant-broken'])
  })

  it("a gate that answers with another device's grant lets nobody in", async () => {
    const rig = await rigWith({ gate: { authenticate: async () => grantOf('reader-2') } })
    const client = await rig.open()
    expect(await client.login('reader-1')).toBe(4)
  })

  it.each([
    ['no client id at all', { clientId: '' }, 2],
    ['no client id and a session to keep', { clientId: '', isClean: false }, 2],
    ['a client id of 65 characters', { clientId: 'a'.repeat(65) }, 2],
    ['no name', { username: undefined, secret: undefined }, 4],
    ['a name with a wildcard', { username: 'reader-1/#' }, 4],
    ['a name in capitals', { username: 'READER-1' }, 4],
    ['a name of 64 characters', { username: 'a'.repeat(64) }, 4],
    ['a name that every object has', { username: '__proto__' }, 4],
  ])('a device with %s is refused', async (_name, options, code) => {
    const rig = await rigWith()
    const client = await rig.open()
    expect(await client.login('reader-1', options)).toBe(code)
    await client.closed()
    expect(rig.reasons()).toEqual([code === 2 ? 'client-id' : 'credentials'])
  })

  it("a client id says nothing: with another device's the device is still itself, and throws nobody out", async () => {
    const rig = await rigWith()
    const victim = await rig.device('reader-2')
    const client = await rig.open()
    expect(await client.login('reader-1', { clientId: 'reader-2' })).toBe(0)
    await client.subscribe([topics1.command])
    client.write(publishPacket(topics1.event, 'who am I', { messageId: 2 }))
    expect(messageIdOf(await client.next(PUBACK))).toBe(2)
    expect(rig.messages[0]?.device).toBe(reader1)
    expect(rig.transport.present()).toEqual([reader2, reader1])
    expect(victim.isClosed).toBe(false)
  })

  it('a firmware that insists on a client id of its own, of 64 characters, is let in', async () => {
    const rig = await rigWith()
    const client = await rig.open()
    expect(await client.login('reader-1', { clientId: `DVES_${'4C11AE'.repeat(10).slice(0, 59)}` })).toBe(0)
  })

  it.each([
    ['MQTT 5', { name: 'MQTT', level: 5 }],
    ['MQTT 3.1', { name: 'MQIsdp', level: 3 }],
  ])('%s is refused as a version that is not spoken here', async (_name, protocol) => {
    const rig = await rigWith()
    const client = await rig.open()
    expect(await client.login('reader-1', { protocol })).toBe(1)
    await client.closed()
    expect(rig.reasons()).toEqual(['protocol-version'])
  })

  it('a library that speaks MQTT 5 learns that it was refused', async () => {
    const rig = await rigWith()
    await expect(
      connectAsync(rig.address, {
        clientId: 'reader-1',
        protocolVersion: 5,
        reconnectPeriod: 0,
        connectTimeout: 3_000,
      }),
    ).rejects.toThrow()
  })

  it.each([
    ['none', 0],
    ['9 s', 9],
    ['601 s', 601],
  ])('a keepalive of %s is refused, for the hold or the silence would be told wrongly', async (_name, keepaliveS) => {
    const rig = await rigWith()
    const client = await rig.open()
    expect(await client.login('reader-1', { keepaliveS })).toBe(2)
    expect(rig.reasons()).toEqual(['keepalive-out-of-range'])
  })

  it.each([10, 600])('a keepalive of %s s, at the limit, is taken', async (keepaliveS) => {
    const rig = await rigWith()
    const client = await rig.open()
    expect(await client.login('reader-1', { keepaliveS })).toBe(0)
  })

  it('a device that sends half a packet and falls silent, or drips it so slowly, is gone as one that says nothing', async () => {
    const rig = await rigWith({ limits: { keepaliveMinMs: 1_000, holdMaxMs: 400 } })
    const half = await rig.open()
    await half.login('reader-1', { keepaliveS: 1 })
    const bytes = publishPacket(topics1.event, 'x'.repeat(1_000), { messageId: 1 })
    half.write(bytes.subarray(0, 500))
    const dripping = await rig.open()
    await dripping.login('reader-2', { keepaliveS: 1 })
    const slow = publishPacket(topics2.event, 'x'.repeat(1_000), { messageId: 1 })
    for (let at = 0; at < 40 && !dripping.isClosed; at += 1) {
      dripping.write(slow.subarray(at, at + 1))
      await pause(100)
    }
    await half.closed()
    await dripping.closed()
    expect(rig.reasons()).toEqual(['silent', 'silent'])
    expect(rig.messages).toEqual([])
  })

  it('a device that falls silent for one and a half keepalives is gone, and one that pings is not', async () => {
    const rig = await rigWith({ limits: { keepaliveMinMs: 1_000, holdMaxMs: 400 } })
    const silent = await rig.open()
    await silent.login('reader-1', { keepaliveS: 1 })
    await silent.subscribe([topics1.command])
    const pinging = await rig.open()
    await pinging.login('reader-2', { keepaliveS: 1 })
    await pinging.subscribe([topics2.command])
    for (let round = 0; round < 4; round++) {
      await pause(500)
      pinging.write(PINGREQ_BYTES)
      await pinging.next(PINGRESP)
    }
    await silent.closed()
    expect(rig.reasons()).toEqual(['silent'])
    expect(rig.transport.present()).toEqual([reader2])
  })
})

describe('topics', () => {
  it("a message on another device's topic is not acknowledged and ends the line", async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics2.event, 'not mine'))
    await client.closed()
    expect(client.pending(PUBACK)).toEqual([])
    expect(rig.messages).toEqual([])
    expect(rig.notices[0]).toEqual({
      kind: 'message-refused',
      device: 'reader-1',
      topic: topics2.event,
    })
    expect(rig.transport.counters().messagesRefused).toBe(1)
  })

  it('a message that asks for no acknowledgement is dropped, and the device goes on', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket('tasmota/discovery/4C11AE/config', 'what a firmware says unasked', { qos: 0 }))
    client.write(publishPacket(topics1.event, 'mine', { messageId: 9 }))
    expect(messageIdOf(await client.next(PUBACK))).toBe(9)
    expect(rig.texts()).toEqual(['mine'])
    expect(rig.transport.counters()).toMatchObject({ messagesIn: 1, messagesRefused: 1 })
  })

  it.each([
    '$SYS/broker/clients',
    'tolbooth/v1/cho-lon/reader-1',
    'tolbooth/v1/cho-lon/reader-1/event/',
    'tolbooth/v1/cho-lon/reader-1/command',
    '/',
  ])('nobody may publish to %s', async (topic) => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket(topic, 'x'))
    await client.closed()
    expect(rig.messages).toEqual([])
  })

  it('a topic of topicCharactersMax is looked at and a longer one is not', async () => {
    const rig = await rigWith({
      limits: { topicCharactersMax: 40 },
      gate: { authenticate: async () => ({ ...grantOf('reader-1'), publishes: ['r1/#'] }) },
    })
    const client = await rig.device('reader-1')
    client.write(publishPacket(`r1/${'x'.repeat(37)}`, 'at the limit', { messageId: 1 }))
    expect(messageIdOf(await client.next(PUBACK))).toBe(1)
    client.write(publishPacket(`r1/${'x'.repeat(38)}`, 'above it', { messageId: 2 }))
    await client.closed()
    expect(rig.texts()).toEqual(['at the limit'])
  })

  it.each([
    '#',
    '+/#',
    'tolbooth/#',
    'tolbooth/v1/cho-lon/+/command',
    '$SYS/#',
    '$share/all/tolbooth/v1/cho-lon/reader-1/command',
    topics2.command,
    topics1.event,
  ])('a subscription to %s is refused by SUBACK and the device goes on', async (filter) => {
    const rig = await rigWith()
    const client = await rig.open()
    await client.login('reader-1')
    expect(await client.subscribe([filter])).toEqual([0x80])
    expect(rig.notices).toEqual([{ kind: 'subscription-refused', device: 'reader-1', filter }])
    expect(rig.transport.isPresent(reader1)).toBe(false)
    expect(await client.subscribe([topics1.command])).toEqual([1])
    expect(rig.transport.isPresent(reader1)).toBe(true)
  })

  it('a refused filter next to a granted one delivers nothing, in this session and in the next that claims to be the same', async () => {
    const rig = await rigWith()
    const thief = await rig.open()
    await thief.login('reader-1', { isClean: false })
    expect(await thief.subscribe([topics1.command, topics2.command, '#'])).toEqual([1, 0x80, 0x80])
    const victim = await rig.device('reader-2')
    thief.destroy()
    await eventually(() => !rig.transport.isPresent(reader1))
    const again = await rig.open()
    again.write(connectPacket('reader-1', { isClean: false }))
    expect([...(await again.next(CONNACK)).body]).toEqual([0, 0])
    await rig.transport.send(reader2, { topic: topics2.command, payload: Buffer.from('open'), qos: 1 })
    expect(messageOf(await victim.next(PUBLISH)).payload.toString()).toBe('open')
    await pause(50)
    expect(again.pending(PUBLISH)).toEqual([])
    expect(await rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('x'), qos: 1 })).toBe(
      'away',
    )
  })

  it('no message of a device reaches another device, whatever both subscribed', async () => {
    const rig = await rigWith({
      gate: {
        // Two grants that overlap, as a mistake in a driver would make them.
        authenticate: async (device) => ({
          ...grantOf(device),
          publishes: ['shared/topic'],
          subscribes: ['shared/#', 'shared/topic'],
        }),
      },
    })
    const first = await rig.open()
    await first.login('reader-1')
    await first.subscribe(['shared/#', 'shared/topic'])
    const second = await rig.open()
    await second.login('reader-2')
    second.write(publishPacket('shared/topic', 'for the gateway alone'))
    await second.next(PUBACK)
    await pause(50)
    expect(first.pending(PUBLISH)).toEqual([])
    expect(rig.texts()).toEqual(['for the gateway alone'])
  })

  it('a device may have subscriptionsMax filters and not one more', async () => {
    const rig = await rigWith({
      limits: { subscriptionsMax: 3 },
      gate: { authenticate: async (device) => ({ ...grantOf(device), subscribes: ['a/1', 'a/2', 'a/3', 'a/4'] }) },
    })
    const client = await rig.open()
    await client.login('reader-1')
    expect(await client.subscribe(['a/1', 'a/2', 'a/3', 'a/4'])).toEqual([1, 1, 1, 0x80])
    expect(await client.subscribe(['a/2'])).toEqual([1])
  })
})

describe('wills and what is retained', () => {
  it.each([
    ["another device's status", topics2.status],
    ["one's own events", topics1.event],
    ['a wildcard', '#'],
    ['$SYS', '$SYS/x'],
    ['nothing', ''],
  ])('a will on %s is refused at CONNECT', async (_name, topic) => {
    const rig = await rigWith()
    const client = await rig.open()
    client.write(connectPacket('reader-1', { will: { topic, payload: 'gone' } }))
    await client.closed()
    expect(rig.transport.counters()).toMatchObject({ connections: 0, connectionsRefused: 1 })
    expect(client.pending(CONNACK).map(({ body }) => body[1])).not.toContain(0)
  })

  it('a will on the own status is taken, and never enters the path when the line breaks', async () => {
    const rig = await rigWith()
    const client = await rig.open()
    await client.login('reader-1', { will: { topic: topics1.status, payload: 'gone', isRetained: true, qos: 1 } })
    await client.subscribe([topics1.command])
    client.destroy()
    await eventually(() => rig.presences.length === 2)
    await pause(50)
    expect(rig.presences).toEqual(['+reader-1', '-reader-1'])
    expect(rig.messages).toEqual([])
  })

  it('a status may be retained: it is acknowledged, kept nowhere, and does not enter the path', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    for (let messageId = 1; messageId <= 50; messageId++) {
      client.write(publishPacket(topics1.status, Buffer.alloc(1_000), { messageId, isRetained: true }))
    }
    for (let messageId = 1; messageId <= 50; messageId++) expect(messageIdOf(await client.next(PUBACK))).toBe(messageId)
    expect(rig.messages).toEqual([])
    expect(rig.transport.counters()).toMatchObject({ messagesIn: 0, messagesRefused: 0 })
  })

  it('an event that is to be retained is taken as one that is not: who subscribes later gets nothing', async () => {
    const rig = await rigWith({
      gate: { authenticate: async (device) => ({ ...grantOf(device), publishes: ['a/1'], subscribes: ['a/1'] }) },
    })
    const client = await rig.open()
    await client.login('reader-1')
    client.write(publishPacket('a/1', 'x', { isRetained: true, messageId: 1 }))
    client.write(publishPacket('a/1', 'y', { isRetained: true, qos: 0 }))
    await client.next(PUBACK)
    await eventually(() => rig.messages.length === 2)
    const later = await rig.open()
    await later.login('reader-2')
    await later.subscribe(['a/1'])
    await pause(50)
    expect(later.pending(PUBLISH)).toEqual([])
  })
})

describe('floods', () => {
  it('who sends above the rate is slowed down and loses nothing, while another is served', async () => {
    const rig = await rigWith({ limits: { packetsPerSecondMax: 10, packetsBurstMax: 20 } })
    const flood = await rig.device('reader-1')
    const calm = await rig.device('reader-2')
    for (let messageId = 1; messageId <= 25; messageId++) {
      flood.write(publishPacket(topics1.event, `${messageId}`, { messageId }))
    }
    calm.write(publishPacket(topics2.event, 'calm', { messageId: 1 }))
    await calm.next(PUBACK)
    const fromFlood = (): number => rig.messages.filter(({ device }) => device === reader1).length
    // CONNECT and SUBSCRIBE took two of the twenty.
    expect(fromFlood()).toBeLessThan(25)
    for (let messageId = 1; messageId <= 25; messageId++) expect(messageIdOf(await flood.next(PUBACK))).toBe(messageId)
    expect(rig.reasons()).toEqual([])
  })

  it('exactly packetsBurstMax packets come through at once', async () => {
    const rig = await rigWith({ limits: { packetsPerSecondMax: 0.001, packetsBurstMax: 10 } })
    const client = await rig.device('reader-1')
    for (let messageId = 1; messageId <= 20; messageId++) client.write(publishPacket(topics1.event, 'x', { messageId }))
    await eventually(() => rig.messages.length >= 8)
    await pause(50)
    expect(rig.messages).toHaveLength(8)
  })

  it('acknowledgements of what was never sent take from the same rate', async () => {
    const rig = await rigWith({ limits: { packetsPerSecondMax: 0.001, packetsBurstMax: 10 } })
    const client = await rig.device('reader-1')
    client.write(...Array.from({ length: 8 }, (_, at) => puback(at + 1)))
    client.write(publishPacket(topics1.event, 'too late'))
    await pause(50)
    expect(rig.messages).toEqual([])
  })

  it('only inflightMax messages of a device are in hand; the others come when one is done', async () => {
    const rig = await rigWith({ limits: { inflightMax: 3 } })
    const settle: ((verdict: Verdict) => void)[] = []
    rig.onMessage = () => new Promise((resolve) => settle.push(resolve))
    const client = await rig.device('reader-1')
    for (let messageId = 1; messageId <= 6; messageId++) {
      client.write(publishPacket(topics1.event, `${messageId}`, { messageId, qos: messageId === 2 ? 0 : 1 }))
    }
    await eventually(() => rig.messages.length === 3)
    await pause(30)
    expect(rig.messages).toHaveLength(3)
    settle[1]?.('acknowledge')
    await eventually(() => rig.messages.length === 4)
    for (let at = 0; at < 6; at++) {
      await eventually(() => settle.length > at)
      settle[at]?.('acknowledge')
    }
    expect(rig.texts()).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it('exactly connectionsMax devices are let in, and one that comes again takes its own place', async () => {
    const rig = await rigWith({ limits: { connectionsMax: 2 } })
    const first = await rig.device('reader-1')
    const second = await rig.device('reader-2')
    const third = await rig.open()
    // MQTT 3.1.1, 3.2.2.3: server unavailable.
    expect(await third.login('reader-3')).toBe(3)
    await third.closed()
    expect(rig.reasons()).toEqual(['connections-max'])
    expect(await (await rig.open()).login('reader-1')).toBe(0)
    await first.closed()
    expect(second.isClosed).toBe(false)
  })

  it('who waits to be let in takes no place from a device', async () => {
    const rig = await rigWith({ limits: { connectionsMax: 2, waitingConnectionsMax: 10 } })
    const silent = await Promise.all(Array.from({ length: 9 }, () => rig.open()))
    await rig.device('reader-1')
    await rig.device('reader-2')
    expect(silent.some((client) => client.isClosed)).toBe(false)
    expect(rig.reasons()).toEqual([])
  })

  it('exactly addressWaitingMax of one address may wait, and another address waits beside them', async () => {
    const rig = await rigWith({ limits: { addressWaitingMax: 3 } })
    const waiting = [await rig.open(), await rig.open(), await rig.open()]
    await (await rig.open()).closed()
    expect(rig.reasons()).toEqual(['waiting-max'])
    const { hostname, port } = new URL(rig.address)
    const other = connect({ host: hostname, port: Number(port), localAddress: '127.0.0.2' })
    await once(other, 'connect')
    await pause(50)
    expect(other.closed).toBe(false)
    other.destroy()
    expect(await waiting[0]?.login('reader-1')).toBe(0)
    expect(waiting.some((client) => client.isClosed)).toBe(false)
  })

  it('a thousand connections that say nothing leave those that are in alone', async () => {
    const rig = await rigWith({
      limits: { connectionsMax: 2, waitingConnectionsMax: 19, addressConnectionsBurstMax: 2_000 },
    })
    const good = await rig.device('reader-1')
    const many = await Promise.all(Array.from({ length: 1_000 }, () => openRaw(rig.address)))
    await eventually(() => rig.transport.counters().connectionsRefused === 981)
    expect(new Set(rig.reasons())).toEqual(new Set(['waiting-max']))
    good.write(publishPacket(topics1.event, 'still here', { messageId: 4 }))
    expect(messageIdOf(await good.next(PUBACK))).toBe(4)
    for (const client of many) client.destroy()
    await eventually(() => rig.transport.counters().connectionsRefused === 1_000)
    await expectAlive(rig)
  })

  it('exactly waitingConnectionsMax may wait to be let in', async () => {
    const rig = await rigWith({ limits: { waitingConnectionsMax: 3 } })
    const device = await rig.device('reader-1')
    const waiting = [await rig.open(), await rig.open(), await rig.open()]
    const tooMany = await rig.open()
    await tooMany.closed()
    expect(rig.reasons()).toEqual(['waiting-max'])
    expect(waiting.some((client) => client.isClosed)).toBe(false)
    expect(await waiting[0]?.login('reader-2')).toBe(0)
    expect((await rig.open()).isClosed).toBe(false)
    expect(device.isClosed).toBe(false)
  })

  it('an address that holds all the waiting places gives way to others, and a device comes in while it opens more', async () => {
    const rig = await rigWith({ limits: { waitingConnectionsMax: 8, addressConnectionsBurstMax: 2_000 } })
    const silent = await Promise.all(Array.from({ length: 20 }, () => openRaw(rig.address, '127.0.0.2')))
    await eventually(() => silent.filter((client) => client.isClosed).length === 12)
    const late = await rig.open()
    expect(await late.login('reader-2')).toBe(0)
    await eventually(() => silent.filter((client) => client.isClosed).length === 13)
    expect(new Set(rig.reasons())).toEqual(new Set(['waiting-max']))
    for (const client of silent) client.destroy()
    await expectAlive(rig)
  })

  it('an address may open addressConnectionsBurstMax connections at once and is then refused', async () => {
    const rig = await rigWith({ limits: { addressConnectionsBurstMax: 5, addressConnectionsPerSecondMax: 0.001 } })
    for (let count = 0; count < 5; count++) expect(await (await rig.open()).login(`reader-${count}`)).toBe(0)
    const sixth = await rig.open()
    await sixth.closed()
    expect(rig.reasons()).toEqual(['address-rate'])
  })
})

describe('who does not read', () => {
  const large = Buffer.alloc(60_000, 'x')

  it('a subscriber that never reads is refused more at outboundBytesMax, holds up nobody, and is cut off', async () => {
    const rig = await rigWith({ limits: { outboundBytesMax: 200_000, drainMaxMs: 300 } })
    const stuck = await rig.device('reader-1')
    const good = await rig.device('reader-2')
    stuck.stream.pause()
    let handOver = 'handed-over'
    // The kernel takes some megabytes first; what is above is ours.
    for (let count = 0; count < 1_000 && handOver === 'handed-over'; count++) {
      handOver = await rig.transport.send(reader1, { topic: topics1.command, payload: large, qos: 0 })
      await new Promise(setImmediate)
    }
    expect(handOver).toBe('refused')
    expect(await rig.transport.send(reader2, { topic: topics2.command, payload: large, qos: 0 })).toBe('handed-over')
    expect(messageOf(await good.next(PUBLISH)).payload).toHaveLength(large.length)
    await eventually(() => rig.transport.counters().slowConsumersCut === 1)
    expect(rig.presences.at(-1)).toBe('-reader-1')
    expect(rig.reasons()).toEqual(['slow-consumer'])
    expect(good.isClosed).toBe(false)
  })

  it('a message that would go above outboundBytesMax by one byte is refused', async () => {
    const frameBytes = publishPacket(topics1.command, Buffer.alloc(100), { qos: 0 }).length
    const rig = await rigWith({ limits: { outboundBytesMax: 2 * frameBytes } })
    await rig.device('reader-1')
    const send = (length: number): Promise<string> =>
      rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.alloc(length), qos: 0 })
    expect(await Promise.all([send(100), send(101)])).toEqual(['handed-over', 'refused'])
    await pause(20)
    expect(await Promise.all([send(100), send(100)])).toEqual(['handed-over', 'handed-over'])
  })

  it('a device that acknowledges nothing is refused more at outboundInflightMax and cut off after outboundAckMaxMs', async () => {
    const rig = await rigWith({ limits: { outboundInflightMax: 4, outboundAckMaxMs: 200 } })
    const client = await rig.device('reader-1')
    const answers: string[] = []
    for (let count = 0; count < 5; count++) {
      answers.push(await rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('x'), qos: 1 }))
    }
    expect(answers).toEqual(['handed-over', 'handed-over', 'handed-over', 'handed-over', 'refused'])
    // What needs no acknowledgement still goes.
    expect(await rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('x'), qos: 0 })).toBe(
      'handed-over',
    )
    await client.closed()
    expect(rig.transport.counters()).toMatchObject({ slowConsumersCut: 1, messagesOut: 5 })
  })

  it('an acknowledgement makes room for the next message', async () => {
    const rig = await rigWith({ limits: { outboundInflightMax: 1 } })
    const client = await rig.device('reader-1')
    const send = (): Promise<string> =>
      rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('x'), qos: 1 })
    expect(await send()).toBe('handed-over')
    expect(await send()).toBe('refused')
    client.write(puback(messageOf(await client.next(PUBLISH)).messageId))
    await pause(30)
    expect(await send()).toBe('handed-over')
  })

  it('five hundred messages of QoS 1 and 0 mixed all arrive, in order', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.acknowledgeAll()
    for (let count = 0; count < 500; count++) {
      const payload = Buffer.from(`${count}`)
      void rig.transport.send(reader1, { topic: topics1.command, payload, qos: count % 2 === 0 ? 1 : 0 })
    }
    await eventually(() => client.pending(PUBLISH).length === 500)
    const arrived = client.pending(PUBLISH).map(messageOf)
    expect(arrived.map(({ payload }) => Number(payload))).toEqual(Array.from({ length: 500 }, (_, at) => at))
    expect(new Set(arrived.map(({ qos }) => qos))).toEqual(new Set([0, 1]))
  })

  it('more than 65,535 messages reuse ids, never one that is not acknowledged yet', async () => {
    const rig = await rigWith({ limits: { outboundInflightMax: 600, outboundBytesMax: 1_000_000 } })
    const client = await rig.device('reader-1')
    await rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('first'), qos: 1 })
    const first = messageOf(await client.next(PUBLISH)).messageId
    let seen = 0
    let isFirstReused = false
    client.stream.on('data', () => {
      const fresh = client.pending(PUBLISH).slice(seen)
      seen += fresh.length
      const acks = fresh.map(messageOf).map(({ messageId }) => {
        isFirstReused ||= messageId === first
        return puback(messageId)
      })
      if (acks.length > 0) client.write(...acks)
    })
    for (let sent = 0; sent < 66_000; ) {
      const handOver = await rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('x'), qos: 1 })
      if (handOver === 'handed-over') sent += 1
      else await new Promise(setImmediate)
    }
    await eventually(() => seen === 66_000)
    expect(isFirstReused).toBe(false)
  })
})

describe('quality of service', () => {
  it('a message of QoS 2 ends the line', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, 'twice', { qos: 2 }))
    await client.closed()
    expect(rig.reasons()).toEqual(['qos-2'])
    expect(rig.messages).toEqual([])
  })

  it('a subscription of QoS 2 gets QoS 1, and one of QoS 0 gets QoS 0', async () => {
    const rig = await rigWith()
    const client = await rig.open()
    await client.login('reader-1')
    await client.subscribe([topics1.command], 2)
    await client.subscribe([topics1.answer], 0)
    for (const topic of [topics1.command, topics1.answer]) {
      await rig.transport.send(reader1, { topic, payload: Buffer.from('x'), qos: 1 })
    }
    expect(messageOf(await client.next(PUBLISH))).toMatchObject({ topic: topics1.command, qos: 1 })
    expect(messageOf(await client.next(PUBLISH))).toMatchObject({ topic: topics1.answer, qos: 0 })
  })

  it('a topic that the device does not listen to, or no longer, is away', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    const send = (topic: string): Promise<string> =>
      rig.transport.send(reader1, { topic, payload: Buffer.from('x'), qos: 1 })
    expect(await send(topics1.result)).toBe('away')
    expect(await send(topics1.command)).toBe('handed-over')
    client.write(
      packet(0xa2, Buffer.from([0, 9]), Buffer.from([0, topics1.command.length]), Buffer.from(topics1.command)),
    )
    await client.next(11)
    expect(await send(topics1.command)).toBe('away')
    expect(await send(topics1.answer)).toBe('handed-over')
  })
})

describe('a connection that is closed on purpose', () => {
  it('delivers nothing more of what it still held', async () => {
    const rig = await rigWith({ limits: { outboundBytesMax: 50_000_000 } })
    const client = await rig.device('reader-1')
    client.stream.pause()
    let heardBytes = 0
    client.stream.on('data', (chunk: Buffer) => {
      heardBytes += chunk.length
    })
    client.stream.pause()
    const payload = Buffer.alloc(1_000_000)
    for (let count = 0; count < 20; count++) {
      await rig.transport.send(reader1, { topic: topics1.command, payload, qos: 0 })
    }
    await pause(50)
    expect(rig.transport.disconnect(reader1)).toBe(true)
    expect(rig.transport.isPresent(reader1)).toBe(false)
    await pause(50)
    client.stream.resume()
    await client.closed()
    expect(heardBytes).toBeLessThan(20_000_000)
    expect(rig.transport.disconnect(reader1)).toBe(false)
  })
})

describe('one connection for each device', () => {
  it('a new connection takes over from the old one, and nothing is delivered to the old', async () => {
    const rig = await rigWith()
    const old = await rig.device('reader-1')
    const fresh = await rig.device('reader-1')
    await old.closed()
    expect(rig.presences).toEqual(['+reader-1', '-reader-1', '+reader-1'])
    expect(rig.reasons()).toEqual(['taken-over'])
    await rig.transport.send(reader1, { topic: topics1.command, payload: Buffer.from('for the new one'), qos: 1 })
    expect(messageOf(await fresh.next(PUBLISH)).payload.toString()).toBe('for the new one')
    expect(old.pending(PUBLISH)).toEqual([])
  })

  it('a stranger with the name but not the secret takes nothing over', async () => {
    const rig = await rigWith()
    const good = await rig.device('reader-1')
    const stranger = await rig.open()
    expect(await stranger.login('reader-1', { secret: 'a-guess-of-a-secret' })).toBe(4)
    await pause(20)
    expect(good.isClosed).toBe(false)
    expect(rig.transport.isPresent(reader1)).toBe(true)
  })

  it('twenty take-overs at once leave one connection', async () => {
    const rig = await rigWith()
    const clients = await Promise.all(Array.from({ length: 20 }, () => rig.open()))
    await Promise.all(clients.map((client) => client.login('reader-1').catch(() => -1)))
    await pause(50)
    expect(clients.filter((client) => !client.isClosed)).toHaveLength(1)
    const survivor = clients.find((client) => !client.isClosed)
    await survivor?.subscribe([topics1.command])
    expect(rig.transport.present()).toEqual([reader1])
    const pluses = rig.presences.filter((presence) => presence.startsWith('+')).length
    expect(rig.presences.length - pluses).toBe(pluses - 1)
  })
})

describe('acknowledgements', () => {
  it('a hold longer than holdMaxMs ends the line, unacknowledged', async () => {
    const rig = await rigWith({ limits: { holdMaxMs: 200 } })
    rig.onMessage = () => new Promise(() => undefined)
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, 'held'))
    await client.closed()
    expect(client.pending(PUBACK)).toEqual([])
    expect(rig.transport.counters().holdsExceeded).toBe(1)
    expect(rig.reasons()).toEqual(['hold-exceeded'])
  })

  it('a message that is withheld keeps back the acknowledgement of all after it, and no more is taken', async () => {
    const rig = await rigWith({ limits: { holdMaxMs: 300 } })
    rig.onMessage = async (message) => (Buffer.from(message.payload).toString() === '2' ? 'withhold' : 'acknowledge')
    const client = await rig.device('reader-1')
    for (let messageId = 1; messageId <= 3; messageId++) {
      client.write(publishPacket(topics1.event, `${messageId}`, { messageId }))
    }
    await eventually(() => rig.messages.length >= 2)
    await pause(20)
    client.write(publishPacket(topics1.event, '4', { messageId: 4 }))
    await client.closed()
    expect(client.pending(PUBACK).map(messageIdOf)).toEqual([1])
    expect(rig.texts()).not.toContain('4')
  })

  it('the line is read while an acknowledgement is held: a ping is answered', async () => {
    const rig = await rigWith()
    let settle: ((verdict: Verdict) => void) | undefined
    rig.onMessage = () =>
      new Promise((resolve) => {
        settle = resolve
      })
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, 'held', { messageId: 8 }))
    await eventually(() => settle !== undefined)
    client.write(PINGREQ_BYTES)
    await client.next(PINGRESP)
    expect(client.pending(PUBACK)).toEqual([])
    settle?.('acknowledge')
    expect(messageIdOf(await client.next(PUBACK))).toBe(8)
  })

  it('a message that was sent before says so', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, 'again', { isDuplicate: true }))
    await client.next(PUBACK)
    expect(rig.messages).toMatchObject([{ duplicate: true, qos: 1 }])
  })

  it('a handler that breaks its word acknowledges nothing', async () => {
    const rig = await rigWith({ limits: { holdMaxMs: 150 } })
    rig.onMessage = () => Promise.reject(new Error('a bug'))
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, 'x'))
    await client.closed()
    expect(client.pending(PUBACK)).toEqual([])
  })

  it.each([
    ['a hold of half the shortest keepalive', { holdMaxMs: 5_000, keepaliveMinMs: 10_000 }, /holdMaxMs/],
    ['a keepalive whose longest is below its shortest', { keepaliveMaxMs: 9_000 }, /keepaliveMaxMs/],
    ['as many messages in flight as there are ids', { outboundInflightMax: 65_535 }, /outboundInflightMax/],
    ['a limit of 0', { inflightMax: 0 }, /inflightMax/],
    ['a limit that is no number', { packetBytesMax: Number.NaN }, /packetBytesMax/],
  ])('%s is refused when the broker is made', (_name, limits, message) => {
    expect(() =>
      createEmbeddedBroker({
        listeners: [],
        gate: OPEN_GATE,
        limits: { ...EMBEDDED_BROKER_LIMITS, ...limits },
        onNotice: () => undefined,
      }),
    ).toThrow(message)
  })
})

describe('TLS and WebSocket', () => {
  const certificates = generate([{ name: 'commonName', value: 'gateway.test' }], { keySize: 2048 })

  async function tlsOf(): Promise<{ key: string; cert: string }> {
    const { private: key, cert } = await certificates
    return { key, cert }
  }

  async function overTls(address: string): Promise<RawClient> {
    const url = new URL(address)
    const socket = connectTls({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    return rawClient(socket)
  }

  async function overWebSocket(address: string): Promise<RawClient> {
    const websocket = new WebSocket(address, ['mqtt'], { rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      websocket.once('open', resolve)
      websocket.once('error', reject)
    })
    return rawClient(createWebSocketStream(websocket))
  }

  const ways = [
    ['mqtts', 'tcp', true, overTls],
    ['ws', 'websocket', false, overWebSocket],
    ['wss', 'websocket', true, overWebSocket],
  ] as const

  it.each(ways)(
    'over %s a device scans, is answered, is cut off by a reset and leaves no socket',
    async (scheme, kind, isSecure, open) => {
      const rig = await rigWith({
        listeners: [{ kind, host: '127.0.0.1', port: 0, ...(isSecure ? { tls: await tlsOf() } : {}) }],
      })
      expect(rig.address.startsWith(`${scheme}://127.0.0.1:`)).toBe(true)
      const client = await open(rig.address)
      expect(await client.login('reader-1')).toBe(0)
      await client.subscribe([topics1.answer])
      client.write(publishPacket(topics1.event, 'x'.repeat(20_000), { messageId: 12 }))
      expect(messageIdOf(await client.next(PUBACK))).toBe(12)
      await rig.transport.send(reader1, { topic: topics1.answer, payload: Buffer.from('y'.repeat(20_000)), qos: 1 })
      expect(messageOf(await client.next(PUBLISH)).payload).toHaveLength(20_000)
      let broke = ''
      client.stream.on('error', (error: NodeJS.ErrnoException) => {
        broke = error.code ?? error.message
      })
      expect(rig.transport.disconnect(reader1)).toBe(true)
      await client.closed()
      // WebSocket tells no reset from another end.
      if (kind === 'tcp') expect(broke).toBe('ECONNRESET')
      expect(rig.presences).toEqual(['+reader-1', '-reader-1'])
      await rig.transport.stop()
      client.destroy()
    },
  )

  it.each(ways)(
    'over %s what is too large, or silent, is cut off as on a plain port',
    async (_scheme, kind, isSecure, open) => {
      const rig = await rigWith({
        listeners: [{ kind, host: '127.0.0.1', port: 0, ...(isSecure ? { tls: await tlsOf() } : {}) }],
        limits: { letInMaxMs: 1_500 },
      })
      const large = await open(rig.address)
      await large.login('reader-1')
      large.write(Buffer.from([0x32]), remainingLength(200 * 1024 * 1024))
      await large.closed()
      const silent = await open(rig.address)
      await silent.closed()
      expect(rig.reasons()).toEqual(['packet-too-large', 'not-let-in-in-time'])
    },
  )

  it.each(ways)('over %s a wrong secret gets its CONNACK', async (_scheme, kind, isSecure, open) => {
    const rig = await rigWith({
      listeners: [{ kind, host: '127.0.0.1', port: 0, ...(isSecure ? { tls: await tlsOf() } : {}) }],
    })
    const client = await open(rig.address)
    expect(await client.login('reader-1', { secret: 'wrong' })).toBe(4)
    await client.closed()
  })

  it.each(ways)('over %s a socket on which nothing follows is closed', async (_scheme, kind, isSecure) => {
    const rig = await rigWith({
      listeners: [{ kind, host: '127.0.0.1', port: 0, ...(isSecure ? { tls: await tlsOf() } : {}) }],
      limits: { letInMaxMs: 150 },
    })
    const client = await rig.open()
    await client.closed()
    expect(rig.reasons()).toEqual(['not-let-in-in-time'])
  })

  it.each([
    ['tcp', 'stops in its middle'],
    ['tcp', 'trickles in'],
    ['websocket', 'stops in its middle'],
  ] as const)(
    'over %s a TLS handshake that %s is closed after letInMaxMs, and others come in meanwhile',
    async (kind, how) => {
      const tls = await tlsOf()
      const rig = await rigWith({ listeners: [{ kind, host: '127.0.0.1', port: 0, tls }], limits: { letInMaxMs: 400 } })
      const hello = Buffer.concat([
        Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
        Buffer.alloc(64),
      ])
      const client = await rig.open()
      if (how === 'stops in its middle') client.write(hello)
      else {
        for (const byte of hello) {
          if (client.isClosed) break
          client.write(Buffer.from([byte]))
          await pause(10)
        }
      }
      const good = await (kind === 'tcp' ? overTls : overWebSocket)(rig.address)
      expect(await good.login('reader-1')).toBe(0)
      await client.closed()
      expect(rig.reasons()).toEqual(['not-let-in-in-time'])
    },
  )

  it('plain MQTT on a TLS port is refused', async () => {
    const rig = await rigWith({ listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0, tls: await tlsOf() }] })
    const client = await rig.open()
    client.write(connectPacket('reader-1'))
    await client.closed()
    expect(rig.reasons()).toEqual(['tls-failed'])
  })

  it('a page that only asks by HTTP is told what this port is', async () => {
    const rig = await rigWith({ listeners: [{ kind: 'websocket', host: '127.0.0.1', port: 0 }] })
    const response = await fetch(rig.address.replace('ws://', 'http://'))
    expect(response.status).toBe(426)
    expect(await response.text()).toContain('WebSocket')
    await eventually(() => rig.reasons().includes('not-websocket'))
  })

  it.each([
    ['without the subprotocol mqtt', '/mqtt', 'chat'],
    ['at another path', '/elsewhere', 'mqtt'],
  ])('a WebSocket %s is refused', async (_name, path, protocol) => {
    const rig = await rigWith({ listeners: [{ kind: 'websocket', host: '127.0.0.1', port: 0 }] })
    const websocket = new WebSocket(rig.address.replace('/mqtt', path), [protocol])
    await new Promise<void>((resolve) => websocket.once('error', () => resolve()))
    expect(rig.reasons()).toEqual(['not-websocket'])
  })

  it('text over WebSocket, garbage instead of HTTP, and a frame above the limit end the line', async () => {
    const rig = await rigWith({ listeners: [{ kind: 'websocket', host: '127.0.0.1', port: 0 }] })
    const texting = new WebSocket(rig.address, ['mqtt'])
    await new Promise((resolve) => texting.once('open', resolve))
    texting.on('error', () => undefined)
    texting.send('CONNECT please')
    await new Promise((resolve) => texting.once('close', resolve))
    const garbage = await rig.open()
    garbage.write(Buffer.alloc(100, 0xff))
    await garbage.closed()
    const oversize = new WebSocket(rig.address, ['mqtt'])
    await new Promise((resolve) => oversize.once('open', resolve))
    oversize.on('error', () => undefined)
    oversize.send(Buffer.alloc(1_000_000))
    await new Promise((resolve) => oversize.once('close', resolve))
    await eventually(() => rig.transport.counters().connectionsRefused === 3)
    expect(rig.transport.counters().connections).toBe(0)
  })

  it('an HTTP head that trickles in is closed after letInMaxMs', async () => {
    const rig = await rigWith({
      listeners: [{ kind: 'websocket', host: '127.0.0.1', port: 0 }],
      limits: { letInMaxMs: 200 },
    })
    const client = await rig.open()
    for (const byte of 'GET /mqtt HTTP/1.1\r\nHost: x\r\nX-Slow: ') {
      if (client.isClosed) break
      client.write(byte)
      await pause(10)
    }
    await client.closed()
    expect(rig.reasons()).toEqual(['not-let-in-in-time'])
  })
})

describe('starting and stopping', () => {
  it('a port that is taken is said at start, and nothing is left behind', async () => {
    const rig = await rigWith()
    const port = Number(new URL(rig.address).port)
    const second = createEmbeddedBroker({
      listeners: [
        { kind: 'tcp', host: '127.0.0.1', port: 0 },
        { kind: 'tcp', host: '127.0.0.1', port },
      ],
      gate: OPEN_GATE,
      limits: EMBEDDED_BROKER_LIMITS,
      onNotice: () => undefined,
    })
    await expect(second.start({ onMessage: async () => 'acknowledge', onPresence: () => undefined })).rejects.toThrow(
      /EADDRINUSE/,
    )
    expect(second.addresses()).toEqual([])
  })

  it('an unsolicited SUBACK-shaped answer or a message id of 0 confuses nobody', async () => {
    const rig = await rigWith()
    const client = await rig.device('reader-1')
    client.write(publishPacket(topics1.event, 'zero', { messageId: 0 }))
    await pause(30)
    if (!client.isClosed) client.write(packet(SUBACK << 4, Buffer.from([0, 1, 1])))
    await client.closed()
    await expectAlive(rig)
  })
})
