import { z } from 'zod'
import type { DeviceCommand } from '../../core/effects.ts'
import type { Read } from '../bounded-json.ts'
import { readJson, unread } from '../bounded-json.ts'
import type { BarrierReading, DeviceReading, Driver, Parsed } from '../driver.ts'
import { safeParse } from '../safe-parse.ts'
import { answeredLevel, encodeInputAsk, inputLevel, isShellyLeaf, shellyTopics } from '../shelly-gen2.ts'
import { leafOf, prefixOf } from '../topics.ts'
import { commandId } from '../wire.ts'

/** How long the relay closes the barrier’s `open` contact. */
export const PULSE_S = 1

/**
 * A barrier behind a Shelly relay of the second generation or later (settings.md): output 0 on the contact that opens, input 0 on the contact
 * that says `arm down`. It cannot be told to close: the barrier does that by itself, over its own safety loop.
 *
 * A command goes out at QoS 0, which delivers at most once and is queued by no broker. Its id is the id of the RPC request, so the response
 * says which command was done.
 */
export const barrierShellyGen2: Driver = {
  name: 'barrier-shelly-gen2',
  kind: 'barrier',
  qos: 1,
  delivery: 'once',
  topics: shellyTopics,
  parse(address, topic, bytes) {
    const leaf = leafOf(address, topic)
    if (leaf === undefined || !isShellyLeaf(leaf)) return unread('unknown-topic', 'not a topic of this device')
    if (leaf !== 'response/rpc') return armOf(inputLevel(leaf, bytes))
    const answered = answeredLevel(bytes)
    if (answered.ok && answered.value !== undefined) {
      const { ask, level } = answered.value
      return readingOf({ kind: 'barrier', state: stateOf(level) }, ask)
    }
    return resultOf(readJson(response, bytes))
  },
  encode(address, { id, command }) {
    const params = switchParams(command)
    if (params === undefined) return undefined
    const prefix = prefixOf(address)
    const request = { id, src: `${prefix}/response`, method: 'Switch.Set', params: { id: 0, ...params } }
    return { topic: `${prefix}/rpc`, bytes: new TextEncoder().encode(JSON.stringify(request)), qos: 0 }
  },
  encodeAnswer() {
    return undefined
  },
  encodeAsk: encodeInputAsk,
}

/** What `Switch.Set` answers, on the topic that `src` names. */
const response = z.union([
  z.looseObject({ id: z.unknown(), error: z.looseObject({ code: z.int() }) }),
  z.looseObject({ id: z.unknown(), result: z.looseObject({ was_on: z.boolean() }) }),
])

function resultOf(read: Read<z.output<typeof response>>): Parsed {
  if (!read.ok) return read
  const command = safeParse(commandId, read.value.id)
  // Another program asked it, under an id of its own.
  if (!command.success) return { ok: 'ignored' }
  return readingOf({
    kind: 'command-result',
    command: command.data,
    result: 'error' in read.value ? 'failed' : 'done',
  })
}

function armOf(read: Read<boolean | undefined>): Parsed {
  if (!read.ok) return read
  if (read.value === undefined) return { ok: 'ignored' }
  return readingOf({ kind: 'barrier', state: stateOf(read.value) })
}

/** The contact closes when the arm is down. Once it has left that place it counts as open: there is no second contact to say how far. */
function stateOf(isContactClosed: boolean): BarrierReading {
  return isContactClosed ? 'closed' : 'open'
}

function readingOf(reading: DeviceReading, ask?: string): Parsed {
  return { ok: true, event: { id: null, upMs: null, ...(ask === undefined ? {} : { ask }), reading } }
}

function switchParams(command: DeviceCommand): { readonly on: boolean; readonly toggle_after?: number } | undefined {
  switch (command.type) {
    case 'open':
      return { on: true, toggle_after: PULSE_S }
    case 'hold-open':
      return { on: true }
    case 'release':
      return { on: false }
    case 'close':
    case 'announce':
      return undefined
  }
}
