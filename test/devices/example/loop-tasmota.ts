import { z } from 'zod'
import { readJson, unread } from '../../../devices/bounded-json.ts'
import type { Driver } from '../../../devices/driver.ts'
import { isTasmotaTopic, tasmotaTopics } from '../../../devices/tasmota.ts'
import { leafOf } from '../../../devices/topics.ts'

/** A light barrier on the first switch of a Tasmota board: `ON` while something stands there. */
export const loopTasmota: Driver = {
  name: 'loop-tasmota',
  kind: 'loop',
  qos: 0,
  delivery: 'once',
  topics: tasmotaTopics,
  parse(address, topic, bytes) {
    if (!isTasmotaTopic(address, topic)) return unread('unknown-topic', 'not a topic of this device')
    if (leafOf(address, topic) !== 'tele/SENSOR') return { ok: 'ignored' }
    const read = readJson(sensors, bytes)
    if (!read.ok) return read
    const occupied = read.value.Switch1 === 'ON'
    return { ok: true, event: { id: null, upMs: null, reading: { kind: 'occupied', occupied } } }
  },
  encode() {
    return undefined
  },
  encodeAnswer() {
    return undefined
  },
}

const sensors = z.looseObject({ Switch1: z.enum(['ON', 'OFF']) })
