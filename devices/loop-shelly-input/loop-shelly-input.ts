import { unread } from '../bounded-json.ts'
import type { Driver, Parsed } from '../driver.ts'
import { answeredLevel, encodeInputAsk, inputLevel, isShellyLeaf, shellyTopics } from '../shelly-gen2.ts'
import { leafOf } from '../topics.ts'

/**
 * A loop detector's relay contact on the first input of a Shelly of the second generation or later (settings.md): closed while a vehicle stands
 * there. It is told nothing, and can be asked.
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
    if (leaf === 'response/rpc') {
      const answered = answeredLevel(bytes)
      if (!answered.ok) return answered
      return occupied(answered.value?.level, answered.value?.ask)
    }
    const level = inputLevel(leaf, bytes)
    return level.ok ? occupied(level.value) : level
  },
  encode() {
    return undefined
  },
  encodeAnswer() {
    return undefined
  },
  encodeAsk: encodeInputAsk,
}

function occupied(level: boolean | undefined, ask?: string): Parsed {
  if (level === undefined) return { ok: 'ignored' }
  const reading = { kind: 'occupied', occupied: level } as const
  return { ok: true, event: { id: null, upMs: null, ...(ask === undefined ? {} : { ask }), reading } }
}
