import type { DeviceId } from '../../core/ids.ts'
import type { LaneGround } from '../lane-ground.ts'
import type { Zone } from '../world/happenings.ts'
import type { World } from '../world/world.ts'
import type { Firmware, Powered } from './firmware.ts'
import { firmwareOf } from './firmware.ts'

/** An induction loop in the ground: says a level at each change, after each hello, and again every so often. */
export type Loop = {
  readonly firmware: Firmware
  /** How often, of 1, a change is felt as a few quick ones, as a loop with a bad joint does. */
  setChatterChance(chance: number): void
}

/** Ours, or a detector on an input that was bought. */
export type AnyLoop = Omit<Loop, 'firmware'> & { readonly firmware: Powered }

const REPEAT_EVERY_MS = 60_000
const CHATTER_CHANGES = 4
const CHATTER_EVERY_MS = 40

export function loop(
  world: World,
  device: DeviceId,
  ground: LaneGround,
  zone: Zone,
  repeatEveryMs = REPEAT_EVERY_MS,
): Loop {
  const { timeline } = world
  const random = world.random.fork(`loop/${device}`)
  let level = ground.isOccupied(zone)
  let chatterChance = 0

  const firmware = firmwareOf(world, {
    device,
    firmware: 'sim-loop 1.0',
    levels: () => [{ type: 'occupied', data: { occupied: level } }],
  })
  const say = (occupied: boolean): void => {
    firmware.say({ type: 'occupied', data: { occupied } })
  }
  const chatter = (changesLeft: number): void => {
    if (changesLeft === 0) return
    say(changesLeft % 2 === 0 ? !level : level)
    timeline.after(CHATTER_EVERY_MS, () => chatter(changesLeft - 1))
  }
  const repeat = (): void => {
    // Said into a line that is down it would only be old when it comes: after the next hello it is said anyway.
    if (firmware.isConnected()) say(level)
    timeline.after(repeatEveryMs, repeat)
  }

  timeline.after(repeatEveryMs, repeat)
  ground.watch(() => {
    const next = ground.isOccupied(zone)
    if (next === level) return
    level = next
    say(level)
    if (random.chance(chatterChance)) timeline.after(CHATTER_EVERY_MS, () => chatter(CHATTER_CHANGES))
  })

  return {
    firmware,
    setChatterChance(chance) {
      chatterChance = chance
    },
  }
}
