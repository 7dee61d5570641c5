import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { addressKey } from '../../../gateway/address-key.ts'
import type { FrameSink } from '../../../gateway/mqtt/frames.ts'
import { createFrameScanner, publishFrame, publishFrameBytes, topicField } from '../../../gateway/mqtt/frames.ts'
import { grantedTopics, isMatch } from '../../../gateway/mqtt/granted-topics.ts'
import { createOrderedAcknowledgements } from '../../../gateway/mqtt/ordered-acknowledgements.ts'
import { presenceSaid } from '../../../gateway/mqtt/presence-said.ts'
import { rosterOf } from '../../../gateway/mqtt/roster.ts'
import { createTokenBucket } from '../../../gateway/mqtt/token-bucket.ts'
import type { DeviceGrant } from '../../../gateway/mqtt/transport.ts'
import { grantOf, topicsOf } from './embedded-rig.ts'
import { messageOf, packet, puback, publishPacket } from './raw-client.ts'

describe('the scanner of frames', () => {
  type Seen = { heads: string[]; pubacks: number[]; forwarded: Buffer[] }

  function recorder(decide: (count: number) => 'forward' | 'wait' | 'refuse' = () => 'forward'): {
    sink: FrameSink
    seen: Seen
  } {
    const seen: Seen = { heads: [], pubacks: [], forwarded: [] }
    let count = 0
    return {
      seen,
      sink: {
        onHead(type, flags, bodyBytes) {
          count += 1
          const answer = decide(count)
          if (answer === 'forward') seen.heads.push(`${type}:${flags}:${bodyBytes}`)
          return answer
        },
        onPuback(messageId) {
          count += 1
          const answer = decide(count)
          if (answer !== 'forward') return answer
          seen.pubacks.push(messageId)
          return 'taken'
        },
        forward: (part) => seen.forwarded.push(Buffer.from(part)),
      },
    }
  }

  const frame = fc.oneof(
    fc.nat(400).map((length) => publishPacket('t', 'x'.repeat(length), { messageId: 7 })),
    fc.integer({ min: 1, max: 65_535 }).map(puback),
    fc.constant(Buffer.from([0xc0, 0])),
    fc.uint8Array({ maxLength: 20 }).map((body) => packet(0x82, Buffer.from(body))),
  )

  it('sees the same packets however the bytes are cut, and lets through all but PUBACK', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.nat(60), { maxLength: 200 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames)
        const { sink, seen } = recorder()
        const scanner = createFrameScanner(sink)
        let at = 0
        for (const cut of [...cuts, bytes.length]) {
          const chunk = bytes.subarray(at, at + cut)
          at += chunk.length
          if (chunk.length > 0) expect(scanner.feed(chunk)).toBe('open')
          expect(scanner.keptBytes()).toBeLessThanOrEqual(5)
        }
        const rest = frames.filter((one) => (one[0] ?? 0) >> 4 !== 4)
        expect(Buffer.concat(seen.forwarded)).toEqual(Buffer.concat(rest))
        expect(seen.heads).toHaveLength(rest.length)
        expect(seen.pubacks).toHaveLength(frames.length - rest.length)
      }),
    )
  })

  it('keeps back what has to wait, and loses and doubles nothing when it goes on', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 20 }), fc.nat(50), (frames, chunkBytes) => {
        const bytes = Buffer.concat(frames)
        // Every second question is answered by "wait".
        const { sink, seen } = recorder((count) => (count % 2 === 0 ? 'forward' : 'wait'))
        const scanner = createFrameScanner(sink)
        for (let at = 0; at < bytes.length; at += chunkBytes + 1) {
          let result = scanner.feed(bytes.subarray(at, at + chunkBytes + 1))
          while (result === 'waiting') result = scanner.resume()
        }
        const rest = frames.filter((one) => (one[0] ?? 0) >> 4 !== 4)
        expect(Buffer.concat(seen.forwarded)).toEqual(Buffer.concat(rest))
        expect(seen.pubacks).toHaveLength(frames.length - rest.length)
        expect(scanner.resume()).toBe('open')
      }),
    )
  })

  it('lets nothing of a refused packet through, nor of what follows', () => {
    const { sink, seen } = recorder((count) => (count === 2 ? 'refuse' : 'forward'))
    const scanner = createFrameScanner(sink)
    const good = publishPacket('t', 'good')
    expect(scanner.feed(Buffer.concat([good, publishPacket('t', 'bad'), good]))).toBe('refused')
    expect(Buffer.concat(seen.forwarded)).toEqual(good)
    expect(scanner.keptBytes()).toBe(0)
  })
})

describe('frames of our own', () => {
  it.each([0, 1, 100, 119, 120, 121, 16_375, 16_376, 16_377, 2_097_143, 2_097_144, 2_097_145])(
    'a PUBLISH with a payload of %s bytes is read as it was meant, at either QoS',
    (length) => {
      for (const qos of [0, 1] as const) {
        const payload = Buffer.alloc(length, 'x')
        const frame = publishFrame(topicField('a/b'), payload, qos, 513)
        expect(publishFrameBytes(topicField('a/b'), payload, qos)).toBe(frame.length)
        let headBytes = 1
        while ((frame[headBytes] ?? 0) >= 128) headBytes += 1
        const body = frame.subarray(headBytes + 1)
        expect(messageOf({ type: 3, flags: (frame[0] ?? 0) & 15, body })).toEqual({
          topic: 'a/b',
          qos,
          messageId: qos === 1 ? 513 : 0,
          payload,
          isDuplicate: false,
        })
      }
    },
  )

  it('a topic is written in UTF-8, and none or one above 65,535 bytes is refused', () => {
    expect(topicField('chợ')).toEqual(Buffer.from([0, 5, 0x63, 0x68, 0xe1, 0xbb, 0xa3]))
    expect(() => topicField('')).toThrow(RangeError)
    expect(() => topicField('x'.repeat(65_536))).toThrow(RangeError)
    expect(topicField('x'.repeat(65_535))).toHaveLength(65_537)
  })

  it('a payload that no packet can hold is refused', () => {
    expect(() => publishFrame(topicField('t'), { length: 268_435_455 } as Uint8Array, 0, 0)).toThrow(RangeError)
  })
})

describe('acknowledgements in order', () => {
  it('release in order of arrival whatever the order of decisions, and nothing behind one that is withheld', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ rank: fc.nat() }), { maxLength: 300 }),
        fc.option(fc.nat(299), { nil: undefined }),
        (messages, withheldAt) => {
          const released: number[] = []
          const queue = createOrderedAcknowledgements((messageId) => released.push(messageId))
          const held = messages.map((message, at) => ({ ...message, at, held: queue.hold(at, at) }))
          for (const { held: one, at } of [...held].sort((a, b) => a.rank - b.rank)) {
            queue.settle(one, at === withheldAt ? 'withhold' : 'acknowledge')
          }
          const end = withheldAt !== undefined && withheldAt < messages.length ? withheldAt : messages.length
          expect(released).toEqual(Array.from({ length: end }, (_, at) => at))
          expect(queue.size()).toBe(messages.length - end)
          expect(queue.isBlocked()).toBe(end < messages.length)
          expect(queue.oldestMs()).toBe(end < messages.length ? end : undefined)
        },
      ),
    )
  })
})

describe('a token bucket', () => {
  it('gives burstMax at once, then perSecondMax in the long run, and no more than burstMax after a rest', () => {
    const bucket = createTokenBucket(10, 5, 0)
    const take = (nowMs: number, times: number): number =>
      Array.from({ length: times }, () => bucket.take(nowMs)).filter(Boolean).length
    expect(take(0, 10)).toBe(5)
    expect(bucket.waitMs(0)).toBe(100)
    expect(take(99, 1)).toBe(0)
    expect(take(100, 2)).toBe(1)
    expect(bucket.isFull(500)).toBe(false)
    expect(bucket.isFull(60_000)).toBe(true)
    expect(take(60_000, 10)).toBe(5)
    // A clock that stands still or goes back gives nothing.
    expect(take(50_000, 1)).toBe(0)
  })
})

describe('an address, as the rate of connections counts it', () => {
  it.each([
    ['192.168.1.20', '192.168.1.20'],
    ['::ffff:192.168.1.20', '192.168.1.20'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['1::', '1:0:0:0'],
    ['?', '?'],
  ])('%s is %s', (address, expected) => {
    expect(addressKey(address)).toBe(expected)
  })
})

describe('grants', () => {
  it('a granted topic is an event, the topic of the will is the status, all else is not granted', () => {
    const topics = grantedTopics({
      ...grantOf('reader-1'),
      publishes: [topicsOf('reader-1').event, 'r/status/+', 'x/#'],
    })
    expect(topics.of(topicsOf('reader-1').event)).toBe('event')
    expect(topics.of(topicsOf('reader-1').status)).toBe('status')
    expect(topics.of('r/status/input:0')).toBe('event')
    expect(topics.of('x/a/b')).toBe('event')
    for (const topic of [
      '',
      'r/status',
      'r/status/a/b',
      'r/statusx',
      topicsOf('reader-2').event,
      'constructor',
      '__proto__',
    ]) {
      expect(topics.of(topic)).toBe('not-granted')
    }
  })

  it.each(['', '#', '+', '+/a', 'a/#/b', 'a/b#', 'a/+b', '$SYS/a', '$share/g/a', 'a/\0'])(
    '%j is not granted to anybody',
    (filter) => {
      for (const field of ['publishes', 'subscribes'] as const) {
        expect(() => grantedTopics({ ...grantOf('reader-1'), [field]: [filter] })).toThrow(/reader-1/)
      }
      expect(() => grantedTopics({ ...grantOf('reader-1'), will: filter })).toThrow(/reader-1/)
    },
  )

  it('a will on a wildcard is granted to nobody', () => {
    expect(() => grantedTopics({ ...grantOf('reader-1'), will: 'a/+' })).toThrow(/wildcard/)
  })

  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a/b/d', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['a.c/+', 'abc/d', false],
    ['a/+', 'a/b\nc', true],
  ])('%s for %j: %s', (filter, topic, expected) => {
    expect(isMatch(filter, topic)).toBe(expected)
  })
})

describe('the roster of an external broker', () => {
  const relay = (name: string): DeviceGrant => ({
    device: deviceId(name),
    publishes: [`r/${name}/stat/+`, 'tasmota/discovery/+/config'],
    subscribes: [],
    will: `r/${name}/tele/LWT`,
  })

  it('knows whose a topic is, and listens to no topic that could be anybody’s', () => {
    const roster = rosterOf([relay('relay-1'), relay('relay-2')], 1, () => expect.unreachable())
    for (let again = 0; again < 2; again++) {
      expect(roster.ownerOf('r/relay-1/stat/POWER')).toEqual({ device: 'relay-1', use: 'event' })
    }
    expect(roster.ownerOf('r/relay-2/tele/LWT')).toEqual({ device: 'relay-2', use: 'status' })
    expect(roster.ownerOf('tasmota/discovery/4C11AE/config')).toBeUndefined()
    expect([...roster.filtersOf(0)]).toEqual([
      'r/relay-1/stat/+',
      'r/relay-1/tele/LWT',
      'r/relay-2/stat/+',
      'r/relay-2/tele/LWT',
    ])
  })

  it('a device stays on its connection whoever else is enrolled, and all connections are used', () => {
    const names = Array.from({ length: 200 }, (_, at) => `reader-${at}`)
    const all = rosterOf(names.map(grantOf), 8, () => expect.unreachable())
    const few = rosterOf(['reader-7', 'reader-150'].map(grantOf), 8, () => expect.unreachable())
    expect(few.shardOf(deviceId('reader-150'))).toBe(all.shardOf(deviceId('reader-150')))
    const used = names.map((name) => all.shardOf(deviceId(name)))
    for (let shard = 0; shard < 8; shard++) expect(used.filter((one) => one === shard).length).toBeGreaterThan(10)
    expect(all.shardOf(deviceId('nobody'))).toBeUndefined()
    expect(all.filtersOf(99).size).toBe(0)
  })

  it('leaves out a grant that no device may have, and says so', () => {
    const broken: string[] = []
    const roster = rosterOf([{ ...grantOf('reader-1'), publishes: ['#'] }, grantOf('reader-1')], 1, (device, detail) =>
      broken.push(`${device}: ${detail}`),
    )
    expect(broken).toHaveLength(1)
    expect(roster.ownerOf(topicsOf('reader-1').event)).toEqual({ device: 'reader-1', use: 'event' })
  })
})

describe('what a status says', () => {
  it.each([
    ['{"v":1,"boot":"a1","online":true}', true],
    ['{"v":1,"boot":"a1","online":false}', false],
    ['true', true],
    ['false', false],
    ['Online', true],
    ['Offline\n', false],
    ['', false],
    ['{"online":"yes"}', undefined],
    ['{"online":', undefined],
    ['[true]', undefined],
    ['null', undefined],
    ['perhaps', undefined],
    [`{"online":true,"pad":"${'x'.repeat(2_000)}"}`, undefined],
  ])('%j: %s', (text, expected) => {
    expect(presenceSaid(Buffer.from(text))).toBe(expected)
  })
})
