import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceCommand } from '../../core/effects.ts'
import { deviceId, isSlug } from '../../core/ids.ts'
import { isRefusal } from '../../core/refusals.ts'
import { MESSAGE_BYTES_MAX, NESTING_MAX } from '../../devices/bounded-json.ts'
import type { Driver, Parsed } from '../../devices/driver.ts'
import { grantedTopics, prefixOf } from '../../devices/topics.ts'
import type { DriverFixtures, FixtureMessage } from './fixtures.ts'

const COMMANDS: readonly DeviceCommand['type'][] = ['open', 'close', 'hold-open', 'release', 'announce']
/** The bounds of a text or a list compare the length of whatever stands there. */
const NO_LENGTH = { length: { valueOf: 0, toString: 0 } }
const SECRET = 'cccd-001099012345'

/** What every driver keeps, whoever made the device. */
export function describeDriverContract(driver: Driver, fixtures: DriverFixtures): void {
  const { address, messages, commands } = fixtures
  const granted = grantedTopics(driver, address)
  const parse = (topic: string, bytes: Uint8Array) => driver.parse(address, topic, bytes)

  describe(driver.name, () => {
    describe('its topics', () => {
      it('lie under the device’s own prefix, but for what its firmware writes unasked', () => {
        const own = `${prefixOf(address)}/`
        const strangers = [...granted.publishes, ...granted.subscribes].filter((topic) => !topic.startsWith(own))
        expect(strangers.filter((topic) => !topic.startsWith('tasmota/discovery/'))).toEqual([])
        expect(granted.subscribes.filter((topic) => !topic.startsWith(own))).toEqual([])
      })

      it('that it may publish to are never a whole subtree', () => {
        expect(granted.publishes.filter((topic) => topic.includes('#'))).toEqual([])
      })

      it('have the ids filled in, and the last will among what it may publish', () => {
        expect(JSON.stringify(granted)).not.toMatch(/[{}]site|[{}]device/)
        expect(granted.publishes.some((filter) => isMatch(filter, granted.will))).toBe(true)
      })

      it('are those of its true messages', () => {
        const notGranted = messages
          .filter((message) => message.parsed.ok !== false)
          .filter((message) => !granted.publishes.some((filter) => isMatch(filter, message.topic)))
        expect(notGranted.map((message) => message.topic)).toEqual([])
      })
    })

    describe('what it says', () => {
      it.each(messages)('$name', (message) => {
        expect(parse(message.topic, utf8(message.payload))).toEqual(message.parsed)
      })

      it('is refused on the topic of another device, of another site and of nothing at all', () => {
        const own = messages.filter((message) => message.topic.startsWith(prefixOf(address)))
        const strangers = own.flatMap(({ topic, payload }) =>
          [
            topic.replace(address.device, 'somebody-else'),
            topic.replace(address.site, 'elsewhere'),
            `x/${topic}`,
            `${topic}/x/y`,
            topic.replace('tolbooth/', '/'),
            '',
          ].map((stranger) => parse(stranger, utf8(payload))),
        )
        expect(strangers.filter((parsed) => !isRefused(parsed, 'unknown-topic'))).toEqual([])
      })

      it('is refused on a topic that merely begins like its own', () => {
        const longer = { site: address.site, device: deviceId(`${address.device}-b`) }
        const parsed = messages
          .filter((message) => message.topic.startsWith(prefixOf(address)))
          .map((message) => driver.parse(longer, message.topic, utf8(message.payload)))
        expect(parsed.filter((one) => !isRefused(one, 'unknown-topic'))).toEqual([])
      })

      it('never makes it throw, whatever the topic and the bytes', () => {
        const topics = fc.oneof(fc.constantFrom(...new Set(messages.map((message) => message.topic))), fc.string())
        fc.assert(
          fc.property(topics, fc.uint8Array({ maxLength: 400 }), (topic, bytes) => {
            expectWellFormed(parse(topic, bytes))
          }),
          { numRuns: 500 },
        )
      })

      it('never makes it throw, whatever JSON it is', () => {
        const topics = [...new Set(messages.map((message) => message.topic))]
        fc.assert(
          fc.property(fc.constantFrom(...topics), fc.json(), (topic, json) => {
            expectWellFormed(parse(topic, utf8(json)))
          }),
          { numRuns: 500 },
        )
      })

      it('never makes it throw when one value of a true message is another', () => {
        fc.assert(
          fc.property(mutated(messages), ({ topic, payload }) => {
            expectWellFormed(parse(topic, utf8(payload)))
          }),
          { numRuns: 1_000 },
        )
      })

      it('never makes it throw when one value of a true message is an object whose length is no number', () => {
        const spoilt = messages.filter(isJson).flatMap(({ topic, payload }) =>
          placesIn(JSON.parse(payload)).map((place) => ({
            topic,
            payload: JSON.stringify(replacedAt(JSON.parse(payload), place, NO_LENGTH)),
          })),
        )
        expect(spoilt.length > 0).toBe(messages.some(isJson))
        for (const { topic, payload } of spoilt) expectWellFormed(parse(topic, utf8(payload)))
      })

      it('is never repeated in the detail of a refusal', () => {
        for (const { topic, payload } of messages.flatMap(spoiled)) {
          const parsed = parse(topic, utf8(payload))
          if (parsed.ok === false) expect(parsed.detail).not.toContain(SECRET)
        }
      })
    })

    describe('the limits of what it says', () => {
      const read = messages.filter((message) => message.parsed.ok === true)

      it('are met by a packet of 1 MiB: refused as too large, or passed over unread', () => {
        const packet = new Uint8Array(1_048_576).fill(0x7b)
        for (const { topic } of read) expect(isRefused(parse(topic, packet), 'too-large')).toBe(true)
        for (const { topic } of messages) expect(parse(topic, packet).ok).not.toBe(true)
      })

      it('are met by deep nesting', () => {
        const deep = utf8('['.repeat(NESTING_MAX + 1) + ']'.repeat(NESTING_MAX + 1))
        const hole = utf8('{"a":'.repeat(3_000))
        for (const message of read.filter(isJson)) {
          expect(isRefused(parse(message.topic, deep), 'too-deep')).toBe(true)
          expect(isRefused(parse(message.topic, hole), 'too-deep')).toBe(true)
        }
      })

      it('are met by bytes that are not UTF-8', () => {
        const broken = Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d)
        const overlong = Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)
        for (const { topic } of read) {
          expect(isRefused(parse(topic, broken), 'not-json')).toBe(true)
          expect(isRefused(parse(topic, overlong), 'not-json')).toBe(true)
        }
      })

      it('are met by what is not JSON, and by JSON of another form', () => {
        for (const { topic } of read.filter(isJson)) {
          for (const text of ['', '{', 'NaN', '{"v":1,}', '\ufeff{}', "{'v':1}"]) {
            expect(isRefused(parse(topic, utf8(text)), 'not-json')).toBe(true)
          }
          for (const text of ['[]', '7', 'null', '"text"']) {
            expect(isRefused(parse(topic, utf8(text)), 'wrong-schema')).toBe(true)
          }
        }
      })

      it('stand at the byte: the longest message is read, one byte more is not', () => {
        for (const message of read.filter(isJson)) {
          const longest = message.payload.padEnd(
            MESSAGE_BYTES_MAX - (utf8(message.payload).length - message.payload.length),
          )
          expect(utf8(longest).length).toBe(MESSAGE_BYTES_MAX)
          expect(parse(message.topic, utf8(longest))).toEqual(message.parsed)
          expect(isRefused(parse(message.topic, utf8(`${longest} `)), 'too-large')).toBe(true)
        }
      })
    })

    describe('what it is told', () => {
      it.each(commands)('$name', ({ command, encoded }) => {
        const made = driver.encode(address, command)
        const readable = made === undefined ? null : { ...made, payload: text(made.bytes) }
        expect(readable).toEqual(encoded === null ? null : { ...encoded, bytes: made?.bytes })
      })

      it('has a fixture for every command that there is, done or not', () => {
        const types = new Set(commands.map((fixture) => fixture.command.command.type))
        expect(COMMANDS.filter((type) => !types.has(type))).toEqual([])
      })

      it('comes on a topic that it may subscribe to', () => {
        for (const { command } of commands) {
          const made = driver.encode(address, command)
          if (made !== undefined) expect(granted.subscribes.some((filter) => isMatch(filter, made.topic))).toBe(true)
        }
      })

      it('goes at most once to a device that knows no ids, and is the same bytes each time to one that does', () => {
        for (const { command } of commands) {
          const made = driver.encode(address, command)
          if (made !== undefined) expect(made.qos).toBe(driver.delivery === 'once' ? 0 : 1)
          expect(driver.encode(address, command)).toEqual(made)
        }
      })

      it('is an answer with the outcome byte for byte as it was stored, where it knows answers', () => {
        const outcome = '{"ok":false,  "refusal":"token-spent","n":1e0}'
        const made = driver.encodeAnswer(address, { event: 'b7Qk2_xR9mLp:7', outcome })
        if (driver.delivery === 'once') return expect(made).toBeUndefined()
        expect(made?.qos).toBe(1)
        expect(granted.subscribes).toContain(made?.topic)
        expect(text(made?.bytes ?? new Uint8Array())).toBe(`{"v":1,"event":"b7Qk2_xR9mLp:7","outcome":${outcome}}`)
      })
    })

    describe('what it is to do without a gateway', () => {
      const { failSafe = [] } = fixtures

      it('has a fixture for each setting where it can be told one, and none where it cannot', () => {
        const settings = failSafe.map(({ setting }) => setting.arm).toSorted()
        expect(settings).toEqual(driver.encodeFailSafe === undefined ? [] : ['closed', 'open'])
      })

      it('is told to barriers alone, and only to those that take a repeated message for the same', () => {
        if (driver.encodeFailSafe === undefined) return
        expect(driver).toMatchObject({ kind: 'barrier', delivery: 'repeatable' })
      })

      it('is the same bytes each time, acknowledged, on a topic that it may subscribe to', () => {
        for (const { setting, encoded } of failSafe) {
          const made = driver.encodeFailSafe?.(address, setting)
          expect(made).toEqual({ topic: encoded.topic, qos: encoded.qos, bytes: utf8(encoded.payload) })
          expect(made?.qos).toBe(1)
          expect(granted.subscribes).toContain(made?.topic)
        }
      })
    })

    describe('what it is asked', () => {
      const { asks = [] } = fixtures

      it('has a fixture where it can be asked, and none where it cannot', () => {
        expect(asks.length > 0).toBe(driver.encodeAsk !== undefined)
      })

      it('is the same bytes each time, on a topic that it may subscribe to', () => {
        for (const { ask, encoded } of asks) {
          const made = driver.encodeAsk?.(address, ask)
          expect(made).toEqual({ topic: encoded.topic, qos: encoded.qos, bytes: utf8(encoded.payload) })
          expect(granted.subscribes.some((filter) => isMatch(filter, encoded.topic))).toBe(true)
        }
      })

      it('comes back in its answer, and in nothing else', () => {
        const answers = messages.flatMap(({ parsed }) =>
          parsed.ok === true && parsed.event.ask !== undefined ? [parsed.event.ask] : [],
        )
        expect(new Set(answers)).toEqual(new Set(asks.map(({ ask }) => ask)))
      })
    })

    it('has a name that can stand in a file and a URL', () => {
      expect(isSlug(driver.name)).toBe(true)
    })

    it('never carries money without ids', () => {
      const kinds = new Set(
        messages.flatMap(({ parsed }) =>
          parsed.ok === true && parsed.event.id === null ? [parsed.event.reading.kind] : [],
        ),
      )
      expect([...kinds].filter((kind) => kind === 'scan' || kind === 'amount-keyed')).toEqual([])
    })
  })
}

/** MQTT 3.1.1, section 4.7, as far as drivers use it. */
function isMatch(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  return wanted.at(-1) === '#'
    ? wanted.slice(0, -1).every((level, index) => level === '+' || level === levels[index])
    : wanted.length === levels.length && wanted.every((level, index) => level === '+' || level === levels[index])
}

function isRefused(parsed: Parsed, refusal: string): boolean {
  return parsed.ok === false && parsed.refusal === refusal
}

function expectWellFormed(parsed: Parsed): void {
  if (parsed.ok === false) {
    expect(isRefusal(parsed.refusal)).toBe(true)
    expect(parsed.detail.length).toBeLessThan(200)
  } else {
    expect([true, 'ignored']).toContain(parsed.ok)
  }
}

function isJson(message: FixtureMessage): boolean {
  return message.payload.startsWith('{')
}

type Sent = Pick<FixtureMessage, 'topic' | 'payload'>

/** A true message in which one value has become any other JSON. */
function mutated(messages: readonly FixtureMessage[]): fc.Arbitrary<Sent> {
  return fc.constantFrom(...messages.filter(isJson)).chain(({ topic, payload }) => {
    const places = placesIn(JSON.parse(payload))
    return fc.tuple(fc.constantFrom(...places), fc.jsonValue()).map(([place, value]) => ({
      topic,
      payload: JSON.stringify(replacedAt(JSON.parse(payload), place, value)),
    }))
  })
}

/** True messages with a secret in the wrong place: as each value, as a value’s name, around the whole, and as no JSON at all. */
function spoiled({ topic, payload }: FixtureMessage): readonly Sent[] {
  const texts = [SECRET, `{"${SECRET}":1}`, `["${SECRET}"]`, `"${SECRET}"`, `${payload}${SECRET}`, SECRET.repeat(2_000)]
  const inside = payload.startsWith('{')
    ? placesIn(JSON.parse(payload)).flatMap((place) => [
        JSON.stringify(replacedAt(JSON.parse(payload), place, SECRET)),
        JSON.stringify(replacedAt(JSON.parse(payload), place, { [SECRET]: SECRET })),
      ])
    : []
  return [...texts, ...inside].map((spoiledPayload) => ({ topic, payload: spoiledPayload }))
}

type Place = readonly string[]

function placesIn(value: unknown, at: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, name]))]
}

function replacedAt(value: unknown, place: Place, by: unknown): unknown {
  const [name, ...rest] = place
  if (name === undefined) return by
  if (Array.isArray(value))
    return value.map((inner, index) => (String(index) === name ? replacedAt(inner, rest, by) : inner))
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([key, inner]) => [key, key === name ? replacedAt(inner, rest, by) : inner]),
  )
}

function utf8(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
