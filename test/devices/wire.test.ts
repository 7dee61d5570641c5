import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Announcement, DeviceCommand } from '../../core/effects.ts'
import type { EffectId } from '../../core/ids.ts'
import { deviceId, eventKey, principalOf } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import { PLATE_READINGS_MAX } from '../../core/parking/events.ts'
import type { DeviceReading } from '../../devices/driver.ts'
import { drivers } from '../../devices/registry.ts'
import { prefixOf } from '../../devices/topics.ts'
import type { WireCommand, WireEvent, WireEventType } from '../../devices/wire.ts'
import {
  encodeAnswer,
  encodeWire,
  eventIdOf,
  FAIL_SAFE_AFTER_MAX_MS,
  isStillDue,
  parseAnswer,
  parseCommand,
  parseEvent,
  parseFailSafe,
  SCAN_TEXT_CHARACTERS_MAX,
  wireEvents,
} from '../../devices/wire.ts'

const BOOT = 'b7Qk2_xR9mLp'
const COMMAND = 'box-1:1:42:0' as EffectId
const address = { site: 'cho-dem', device: deviceId('d-1') }
const own = drivers.filter((driver) => driver.delivery === 'repeatable')

describe('a device that speaks our messages', () => {
  describe.each(own)('$name', (driver) => {
    it('is understood, in every event that it may send and only in those', () => {
      fc.assert(
        fc.property(anyEvent(), (event) => {
          const parsed = driver.parse(address, `${prefixOf(address)}/event`, encodeWire(event))
          const isSaid = saidBy[driver.name]?.includes(event.type)
          expect(parsed).toMatchObject(
            isSaid
              ? {
                  ok: true,
                  event: { id: { boot: event.boot, seq: event.seq }, upMs: event.upMs, reading: readingIn(event) },
                }
              : { ok: false, refusal: 'wrong-schema' },
          )
        }),
        { numRuns: 300 },
      )
    })

    it('reads each command that it is sent as it was meant', () => {
      for (const command of everyCommand) {
        const encoded = driver.encode(address, { id: COMMAND, boot: BOOT, notAfterUpMs: 9_000, command })
        if (encoded === undefined) continue
        const read = parseCommand(encoded.bytes)
        expect(read).toMatchObject({
          ok: true,
          value: { v: 1, id: COMMAND, boot: BOOT, notAfterUpMs: 9_000, type: command.type },
        })
      }
    })

    it('reads the answer to what it sent', () => {
      const encoded = driver.encodeAnswer(address, { event: `${BOOT}:4`, outcome: '{"ok":true,"charge":"c1"}' })
      expect(parseAnswer(encoded?.bytes ?? new Uint8Array())).toEqual({
        ok: true,
        value: { v: 1, event: `${BOOT}:4`, outcome: { ok: true, charge: 'c1' } },
      })
    })
  })

  it('is there for each command and each event', () => {
    const done = everyCommand.filter((command) =>
      own.some((driver) => driver.encode(address, { id: COMMAND, boot: BOOT, notAfterUpMs: 1, command }) !== undefined),
    )
    expect(done).toEqual(everyCommand)
    expect(new Set(Object.values(saidBy).flat())).toEqual(new Set(Object.keys(wireEvents)))
    expect(Object.keys(saidBy).toSorted()).toEqual(own.map((driver) => driver.name).toSorted())
  })
})

describe('a command that comes late', () => {
  const open: WireCommand = { v: 1, id: COMMAND, boot: BOOT, notAfterUpMs: 5_000, type: 'open', data: {} }
  const held: WireCommand = { v: 1, id: COMMAND, boot: null, notAfterUpMs: null, type: 'hold-open', data: {} }

  it.each([
    ['in time', open, BOOT, 4_999, true],
    ['at the last millisecond', open, BOOT, 5_000, true],
    ['a millisecond late', open, BOOT, 5_001, false],
    ['for another boot', open, 'anotherBoot1', 10, false],
    ['an emergency, whenever', held, 'anotherBoot1', 10_000_000, true],
  ])('%s', (_name, command, boot, upMs, isDue) => {
    expect(isStillDue(command, { boot, upMs })).toBe(isDue)
  })
})

describe('the messages', () => {
  it('an event’s id is made of its boot and its number, and can be a key', () => {
    fc.assert(
      fc.property(boots(), fc.maxSafeNat(), (boot, seq) => {
        expect(eventKey(principalOf('device', 'd-1'), eventIdOf({ boot, seq }))).toBe(`device:d-1/${boot}:${seq}`)
      }),
    )
  })

  it('an id that disagrees with its boot and number is refused', () => {
    const event: WireEvent = { v: 1, id: `${BOOT}:2`, boot: BOOT, seq: 2, upMs: 1, type: 'amount-cleared', data: {} }
    expect(parseEvent(encodeWire(event)).ok).toBe(true)
    expect(parseEvent(encodeWire({ ...event, seq: 3 }))).toMatchObject({
      refusal: 'wrong-schema',
      detail: 'id has the wrong form',
    })
  })

  it('a token of 10 kB reaches the verifier, which has a better refusal for it', () => {
    expect(parseEvent(scan('x'.repeat(10_240))).ok).toBe(true)
    expect(parseEvent(scan('x'.repeat(SCAN_TEXT_CHARACTERS_MAX))).ok).toBe(true)
    expect(parseEvent(scan('x'.repeat(SCAN_TEXT_CHARACTERS_MAX + 1)))).toMatchObject({ refusal: 'token-too-long' })
  })

  it('a barrier is never told to wait for more than half an hour, nor for no time at all', () => {
    const read = (afterMs: number) => parseFailSafe(encodeWire({ v: 1, arm: 'open', afterMs })).ok
    expect([0, 1, FAIL_SAFE_AFTER_MAX_MS, FAIL_SAFE_AFTER_MAX_MS + 1].map(read)).toEqual([false, true, true, false])
  })

  it('half a surrogate pair is no text: it could not be stored as it came', () => {
    expect(parseEvent(scan('\ud83d'))).toMatchObject({
      refusal: 'wrong-schema',
      detail: 'data.text has the wrong form',
    })
    expect(parseEvent(scan('\ud83d\ude00')).ok).toBe(true)
  })

  it.each(['', 'short', 'x'.repeat(33), 'with:colon12', 'with space 1', 'ünïcödé-1'])('%j is no boot', (boot) => {
    expect(parseEvent(encodeWire({ v: 1, boot, seq: 1, upMs: 1, type: 'amount-cleared', data: {} })).ok).toBe(false)
  })

  it.each([-1, 1.5, 2 ** 53])('%d is neither a number of an event nor a time', (wrong) => {
    expect(parseEvent(encodeWire({ v: 1, boot: BOOT, seq: wrong, upMs: 1, type: 'amount-cleared', data: {} })).ok).toBe(
      false,
    )
    expect(parseEvent(encodeWire({ v: 1, boot: BOOT, seq: 1, upMs: wrong, type: 'amount-cleared', data: {} })).ok).toBe(
      false,
    )
  })

  it('a field that is not in the schema is refused, also one that would reach into a prototype', () => {
    const event = '"v":1,"boot":"b7Qk2_xR9mLp","seq":1,"upMs":1,"type":"amount-cleared","data":{}'
    expect(parseEvent(utf8(`{${event}}`)).ok).toBe(true)
    expect(parseEvent(utf8(`{${event},"more":1}`)).ok).toBe(false)
    expect(parseEvent(utf8(`{${event},"__proto__":{"isAdmin":true}}`)).ok).toBe(false)
  })

  it('another version is refused', () => {
    expect(
      parseEvent(utf8('{"v":2,"boot":"b7Qk2_xR9mLp","seq":1,"upMs":1,"type":"amount-cleared","data":{}}')),
    ).toMatchObject({
      refusal: 'wrong-schema',
      detail: 'v must be 1',
    })
  })

  it('an answer with an outcome that holds any JSON is read back as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (outcome) => {
        const json = JSON.stringify(outcome)
        const read = parseAnswer(encodeAnswer(`${BOOT}:1`, json))
        expect(read).toEqual({ ok: true, value: { v: 1, event: `${BOOT}:1`, outcome: JSON.parse(json) } })
      }),
    )
  })
})

const due = { amount: 200_000, currency: VND }
const announcement: Announcement = { kind: 'received', amount: due, due, charge: 'box-1:1:41:c0' }
const everyCommand: readonly DeviceCommand[] = [
  { type: 'open' },
  { type: 'close' },
  { type: 'hold-open' },
  { type: 'release' },
  { type: 'announce', message: announcement },
]

const head = { v: 1, boot: BOOT, seq: 1, upMs: 1 } as const
/** What each of our own devices may say. */
const saidBy: Readonly<Record<string, readonly WireEventType[]>> = {
  'qr-reader': ['hello', 'scan'],
  till: ['hello', 'amount-keyed', 'amount-cleared'],
  barrier: ['hello', 'barrier'],
  loop: ['hello', 'occupied'],
  display: ['hello'],
  soundbox: ['hello'],
  emergency: ['hello', 'emergency'],
  camera: ['hello', 'plate-seen'],
  'ticket-button': ['hello', 'ticket-asked'],
  printer: ['hello'],
}

function readingIn(event: WireEvent): DeviceReading {
  const { type, data } = event
  return { kind: type, ...data } as DeviceReading
}

function anyEvent(): fc.Arbitrary<WireEvent> {
  const data = fc.oneof(
    fc.stringMatching(/^[\x20-\x7e]{1,64}$/).map((firmware) => ({ type: 'hello' as const, data: { firmware } })),
    fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => ({ type: 'scan' as const, data: { text } })),
    fc
      .integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
      .map((amount) => ({ type: 'amount-keyed' as const, data: { amount, currency: 'VND' } })),
    fc.constant({ type: 'amount-cleared' as const, data: {} }),
    fc.boolean().map((occupied) => ({ type: 'occupied' as const, data: { occupied } })),
    fc
      .constantFrom(
        ...(['open', 'closed', 'moving'] as const).map((state) => ({ state })),
        ...(['open', 'moving'] as const).map((state) => ({ state, reason: 'fail-safe' as const })),
      )
      .map((data) => ({ type: 'barrier' as const, data })),
    fc.boolean().map((active) => ({ type: 'emergency' as const, data: { active } })),
    fc.constant({ type: 'ticket-asked' as const, data: {} }),
    plateSeen().map((seen) => ({ type: 'plate-seen' as const, data: seen })),
  )
  return fc
    .tuple(data, boots(), fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean())
    .map(([body, boot, seq, upMs, saysId]) => ({
      v: 1 as const,
      ...(saysId ? { id: `${boot}:${seq}` } : {}),
      boot,
      seq,
      upMs,
      ...body,
    }))
}

function plateSeen() {
  const reading = fc.record({
    text: fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme-ascii' }),
    confidencePermille: fc.integer({ min: 0, max: 1_000 }),
  })
  const reference = fc.option(fc.stringMatching(/^[\x21-\x7e]{1,128}$/))
  return fc.record({
    plates: fc.array(reading, { maxLength: PLATE_READINGS_MAX }),
    direction: fc.constantFrom('forward' as const, 'reverse' as const, null),
    vehicle: fc.constantFrom('car' as const, 'motorbike' as const, null),
    picture: reference,
    eventId: reference,
  })
}

function boots(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[A-Za-z0-9_-]{8,32}$/)
}

function scan(content: string): Uint8Array {
  return encodeWire({ ...head, type: 'scan', data: { text: content } })
}

function utf8(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}
