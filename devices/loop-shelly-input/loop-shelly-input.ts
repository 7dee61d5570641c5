import { unread } from '../bounded-json.ts'
import type { Driver } from '../driver.ts'
import { inputLevel, isShellyLeaf, shellyTopics } from '../shelly-gen2.ts'
import { leafOf } from '../topics.ts'

/**
 * A loop detector's relay contact on the first input of a Shelly of the second generation or later (settings.md): closed while a vehicle stands
 * there. It is told nothing.
 */
export const loopShellyInput: Driver = {
  name: 'loop-shelly-input',
  kind: 'loop',
  qos: 1,
  delivery: 'once',
  topics: shellyTopics,
  parse(address, topic, bytes) {
    const leaf = leafOf(address, topic)
    if (leaf === undefined || !isShellyLeaf(leaf)) return unread('unknown-topic', 'not a topic of this device')
    const level = inputLevel(leaf, bytes)
    if (!level.ok) return level
    if (level.value === undefined) return { ok: 'ignored' }
    return { ok: true, event: { id: null, upMs: null, reading: { kind: 'occupied', occupied: level.value } } }
  },
  encode() {
    return undefined
  },
  encodeAnswer() {
    return undefined
  },
}
