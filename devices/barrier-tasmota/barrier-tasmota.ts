import { z } from 'zod'
import type { DeviceCommand } from '../../core/effects.ts'
import { readJson, readText, unread } from '../bounded-json.ts'
import type { DeviceReading, Driver, Parsed } from '../driver.ts'
import { safeParse } from '../safe-parse.ts'
import { isTasmotaTopic, tasmotaTopics } from '../tasmota.ts'
import { leafOf, prefixOf } from '../topics.ts'
import { commandId } from '../wire.ts'

/** How long the relay closes the barrier’s `open` contact, in Tasmota's tenths of a second. */
export const PULSE_TENTHS_S = 10

/**
 * A barrier behind a relay with the Tasmota firmware (settings.md): its first relay on the contact that opens, its first switch on the contact
 * that says `arm down`. It cannot be told to close: the barrier does that by itself, over its own safety loop. From
 * https://tasmota.github.io/docs/ (MQTT, Commands, Buttons-and-Switches).
 *
 * Tasmota knows no ids, but it can be told to publish: so each command ends with `Publish …/stat/DONE <id>`, which
 * it carries out after the relay. What `stat/POWER` says is passed over, for it cannot tell which command it answers, or whether a
 * button was pressed.
 */
export const barrierTasmota: Driver = {
  name: 'barrier-tasmota',
  kind: 'barrier',
  qos: 0,
  delivery: 'once',
  topics: tasmotaTopics,
  parse(address, topic, bytes) {
    const leaf = leafOf(address, topic)
    if (leaf === 'stat/DONE') return doneOf(bytes)
    if (leaf === 'tele/SENSOR') return armOf(bytes)
    return isTasmotaTopic(address, topic) ? { ok: 'ignored' } : unread('unknown-topic', 'not a topic of this device')
  },
  encode(address, { id, command }) {
    const power = powerCommands(command)
    if (power === undefined) return undefined
    const prefix = prefixOf(address)
    const commands = [...power, `Publish ${prefix}/stat/DONE ${id}`]
    return { topic: `${prefix}/cmnd/Backlog0`, bytes: new TextEncoder().encode(commands.join('; ')), qos: 0 }
  },
  encodeAnswer() {
    return undefined
  },
}

/** The pulse is set with each command, because holding open takes it away. */
function powerCommands(command: DeviceCommand): readonly string[] | undefined {
  switch (command.type) {
    case 'open':
      return [`PulseTime1 ${PULSE_TENTHS_S}`, 'Power1 ON']
    case 'hold-open':
      return ['PulseTime1 0', 'Power1 ON']
    case 'release':
      return ['Power1 OFF']
    case 'close':
    case 'announce':
      return undefined
  }
}

function doneOf(bytes: Uint8Array): Parsed {
  const read = readText(bytes)
  if (!read.ok) return read
  const command = safeParse(commandId, read.value)
  if (!command.success) return unread('wrong-schema', 'the message must be the id of a command')
  return readingOf({ kind: 'command-result', command: command.data, result: 'done' })
}

/** A board without the switch, and one that has sensors besides it, says the same with more or fewer fields. */
const sensors = z.looseObject({ Switch1: z.enum(['ON', 'OFF']).optional() })

/** The contact closes when the arm is down. Once it has left that place it counts as open: there is no second contact to say how far. */
function armOf(bytes: Uint8Array): Parsed {
  const read = readJson(sensors, bytes)
  if (!read.ok) return read
  const { Switch1: arm } = read.value
  if (arm === undefined) return { ok: 'ignored' }
  return readingOf({ kind: 'barrier', state: arm === 'ON' ? 'closed' : 'open' })
}

function readingOf(reading: DeviceReading): Parsed {
  return { ok: true, event: { id: null, upMs: null, reading } }
}
