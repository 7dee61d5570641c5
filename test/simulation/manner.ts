import type { LaneHardware } from '../../simulators/site-kit.ts'
import type { Random } from '../../simulators/world/random.ts'

/** In what one world differs from another from its first moment on. */
export type Manner = {
  readonly entry: LaneHardware
  readonly exit: LaneHardware
  /** Of the day, by the site's own time less seven: nights come sooner or later. */
  readonly startsAfterHours: number
}

const OWN_SHARE = 0.5

export function mannerOf(random: Random): Manner {
  return { entry: hardwareOf(random), exit: hardwareOf(random), startsAfterHours: random.below(24) }
}

function hardwareOf(random: Random): LaneHardware {
  return {
    loops: random.chance(OWN_SHARE) ? 'loop' : 'loop-shelly-input',
    barrier: random.chance(OWN_SHARE) ? 'barrier' : random.pick(['barrier-shelly-gen2', 'barrier-tasmota'] as const),
  }
}
