import type { DeviceId } from '../../core/ids.ts'
import { SCAN_TEXT_CHARACTERS_MAX } from '../../devices/wire.ts'
import type { Answer } from '../world/answer.ts'
import type { World } from '../world/world.ts'
import type { Firmware } from './firmware.ts'
import { firmwareOf } from './firmware.ts'

/**
 * A QR reader: says what is held up to it, as it is, and sends that again until it is answered. Of a text that is longer than a message may hold (and than any QR
 * code is) it says the beginning.
 */
export type QrReader = {
  readonly firmware: Firmware
  /** Holds a code up. Returns the id of the scan, or `undefined` where the reader is off. `onAnswer` gets `undefined` when the reader gave it up. */
  show(text: string, onAnswer: (answer: Answer | undefined) => void): string | undefined
  /** How often, of 1, it reads a code that is still before it a second time, as a scan of its own. */
  setRereadChance(chance: number): void
}

/** A phone stays before the reader for a while, and one that misbehaves then reads it again. */
const REREAD_AFTER_LEAST_MS = 50
const REREAD_AFTER_MOST_MS = 900

export function qrReader(world: World, device: DeviceId): QrReader {
  const firmware = firmwareOf(world, { device, firmware: 'sim-reader 1.0' })
  const random = world.random.fork(`reader/${device}`)
  let rereadChance = 0
  /** What lies before it: the last that was shown. */
  let before = ''

  return {
    firmware,
    show(text, onAnswer) {
      const scan = { type: 'scan', data: { text: text.slice(0, SCAN_TEXT_CHARACTERS_MAX) } } as const
      before = text
      if (random.chance(rereadChance)) {
        world.timeline.after(random.between(REREAD_AFTER_LEAST_MS, REREAD_AFTER_MOST_MS), () => {
          // Nobody waits for the answer to the second reading: the payer has seen that of the first.
          if (before === text) firmware.say(scan)
        })
      }
      return firmware.say(scan, onAnswer)
    },
    setRereadChance(chance) {
      rereadChance = chance
    },
  }
}
