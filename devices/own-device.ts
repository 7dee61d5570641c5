import type { DeviceCommand } from '../core/effects.ts'
import { announcementOnWire } from './announcement-text.ts'
import type { Read } from './bounded-json.ts'
import { unread } from './bounded-json.ts'
import type {
  AddressedCommand,
  DeviceAddress,
  DeviceKind,
  DeviceReading,
  Driver,
  Encoded,
  FailSafe,
  Parsed,
} from './driver.ts'
import { DEVICE_PREFIX, leafOf, prefixOf } from './topics.ts'
import type { WireCommand, WireEvent, WireEventType, WireLeaf, WireResult } from './wire.ts'
import { encodeAnswer, encodeWire, parseEvent, parseEventId, parseResult, parseStatus } from './wire.ts'

export type OwnDevice = {
  readonly name: string
  readonly kind: DeviceKind
  /** What it says, besides the hello of each. */
  readonly says: readonly WireEventType[]
  /** What it can be told. A device that can be told nothing reports no results. */
  readonly does: readonly DeviceCommand['type'][]
  /** It keeps in its own memory what to do without a gateway. */
  readonly keepsFailSafe?: true
}

/** The driver of a device that speaks our own messages (`wire.ts`): they differ only in what they say and what they do. */
export function ownDevice(device: OwnDevice): Driver {
  const says = new Set<WireEventType>(['hello', ...device.says])
  const does = new Set<DeviceCommand['type']>(device.does)
  const topic = (leaf: WireLeaf) => `${DEVICE_PREFIX}/${leaf}`
  const isTold = device.does.length > 0
  return {
    name: device.name,
    kind: device.kind,
    qos: 1,
    delivery: 'repeatable',
    topics: {
      publishes: [topic('event'), ...(isTold ? [topic('result')] : []), topic('status')],
      subscribes: [
        topic('answer'),
        topic('ask'),
        ...(isTold ? [topic('command')] : []),
        ...(device.keepsFailSafe === true ? [topic('fail-safe')] : []),
      ],
      will: topic('status'),
    },
    parse(address, fullTopic, bytes) {
      const leaf = leafOf(address, fullTopic)
      if (leaf === 'event') return named(eventOf(parseEvent(bytes), says), bytes)
      if (leaf === 'result' && isTold) return named(resultOf(parseResult(bytes)), bytes)
      if (leaf === 'status') return ignoredIf(parseStatus(bytes))
      return unread('unknown-topic', 'not a topic of this device')
    },
    encode(address, command) {
      if (!does.has(command.command.type)) return undefined
      const message = commandOnWire(command)
      return message && sent(`${prefixOf(address)}/command`, encodeWire(message))
    },
    encodeAnswer(address, answer) {
      return sent(`${prefixOf(address)}/answer`, encodeAnswer(answer.event, answer.outcome))
    },
    encodeAsk,
    ...(device.keepsFailSafe === true ? { encodeFailSafe } : {}),
  }
}

function encodeAsk(address: DeviceAddress, ask: string): Encoded {
  return sent(`${prefixOf(address)}/ask`, encodeWire({ v: 1, id: ask }))
}

function encodeFailSafe(address: DeviceAddress, { arm, afterMs }: FailSafe): Encoded {
  return sent(`${prefixOf(address)}/fail-safe`, encodeWire({ v: 1, arm, afterMs }))
}

function sent(topic: string, bytes: Uint8Array): Encoded {
  return { topic, bytes, qos: 1 }
}

function eventOf(read: Read<WireEvent>, says: ReadonlySet<WireEventType>): Parsed {
  if (!read.ok) return read
  const event = read.value
  if (!says.has(event.type)) return unread('wrong-schema', 'type is not one that this kind of device sends')
  const { boot, seq, upMs } = event
  const ask = event.type === 'hello' ? event.data.ask : undefined
  return {
    ok: true,
    event: { id: { boot, seq }, upMs, ...(ask === undefined ? {} : { ask }), reading: readingOf(event) },
  }
}

function readingOf(event: WireEvent): DeviceReading {
  switch (event.type) {
    case 'hello':
      return { kind: 'hello', firmware: event.data.firmware }
    case 'scan':
      // A reader's own end of a line, which most are delivered with, is no part of what it read.
      return { kind: 'scan', text: event.data.text.replace(/[\r\n\t]{1,2}$/, '') }
    case 'amount-keyed':
      return { kind: 'amount-keyed', amount: event.data.amount, currency: event.data.currency }
    case 'amount-cleared':
      return { kind: 'amount-cleared' }
    case 'occupied':
      return { kind: 'occupied', occupied: event.data.occupied }
    case 'barrier':
      return { kind: 'barrier', ...event.data }
    case 'emergency':
      return { kind: 'emergency', active: event.data.active }
    case 'ticket-asked':
      return { kind: 'ticket-asked' }
    case 'plate-seen':
      return { kind: 'plate-seen', ...event.data }
  }
}

function resultOf(read: Read<WireResult>): Parsed {
  if (!read.ok) return read
  const { command, result, boot, seq, upMs } = read.value
  return { ok: true, event: { id: { boot, seq }, upMs, reading: { kind: 'command-result', command, result } } }
}

/** What is refused bears its id, so that its sender can be answered. */
function named(parsed: Parsed, bytes: Uint8Array): Parsed {
  if (parsed.ok !== false) return parsed
  const event = parseEventId(bytes)
  return event === undefined ? parsed : { ...parsed, event }
}

function ignoredIf(read: Read<unknown>): Parsed {
  return read.ok ? { ok: 'ignored' } : read
}

/**
 * A command as the wire has it. `undefined` without a boot and a time where those are needed: a device that has not said hello could not tell a late
 * `open` from one in time. Holding open and releasing do without, because an emergency does not wait.
 */
function commandOnWire({ id, boot, notAfterUpMs, command }: AddressedCommand): WireCommand | undefined {
  switch (command.type) {
    case 'hold-open':
    case 'release':
      return { v: 1, id, boot, notAfterUpMs, type: command.type, data: {} }
    case 'open':
    case 'close':
      if (boot === null || notAfterUpMs === null) return undefined
      return { v: 1, id, boot, notAfterUpMs, type: command.type, data: {} }
    case 'announce':
      if (boot === null || notAfterUpMs === null) return undefined
      return { v: 1, id, boot, notAfterUpMs, type: command.type, data: announcementOnWire(command.message) }
  }
}
