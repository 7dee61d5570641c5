import type { DeviceId } from '../../core/ids.ts'
import type { Answer } from '../world/answer.ts'
import type { World } from '../world/world.ts'
import type { Announcer } from './announcer.ts'
import { announcer } from './announcer.ts'

/** A keypad with two lines of text: the vendor keys what is due, and sees what became of it. */
export type Till = Announcer & {
  /** In the smallest unit of the currency. `onAnswer` gets `undefined` where the till gave it up or is off. */
  key(amount: number, currency: string, onAnswer: (answer: Answer | undefined) => void): void
  /** Takes the amount back. */
  clear(onAnswer: (answer: Answer | undefined) => void): void
}

export function till(world: World, device: DeviceId): Till {
  const shown = announcer(world, { device, firmware: 'sim-till 1.0', speaks: false })
  const { firmware } = shown
  return {
    ...shown,
    key(amount, currency, onAnswer) {
      const said = firmware.say({ type: 'amount-keyed', data: { amount, currency } }, onAnswer)
      if (said === undefined) onAnswer(undefined)
    },
    clear(onAnswer) {
      const said = firmware.say({ type: 'amount-cleared', data: {} }, onAnswer)
      if (said === undefined) onAnswer(undefined)
    },
  }
}
