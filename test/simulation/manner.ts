import type { Mode } from '../../core/mode.ts'
import type { LaneHardware } from '../../simulators/site-kit.ts'
import type { Random } from '../../simulators/world/random.ts'

/** In what one world differs from another from its first moment on. */
export type Manner = {
  /** Of the box, and so of all its devices. */
  readonly mode: Mode
  readonly entry: LaneHardware
  readonly exit: LaneHardware
  /** What the way out does without a gateway. */
  readonly exitFailSafe: 'open' | 'closed'
  /** Of the day, by the site's own time less seven: nights come sooner or later. */
  readonly startsAfterHours: number
}

const TRAINING_SHARE = 0.2
const OWN_SHARE = 0.5
const OPEN_SHARE = 0.7

/** Each with dice of its own: what is added to a world changes nothing else in it. */
export function mannerOf(random: Random): Manner {
  return {
    mode: random.fork('mode').chance(TRAINING_SHARE) ? 'training' : 'live',
    entry: hardwareOf(random.fork('entry')),
    exit: hardwareOf(random.fork('exit')),
    exitFailSafe: random.fork('exit without a gateway').chance(OPEN_SHARE) ? 'open' : 'closed',
    startsAfterHours: random.fork('hour').below(24),
  }
}

function hardwareOf(random: Random): LaneHardware {
  return {
    loops: random.chance(OWN_SHARE) ? 'loop' : 'loop-shelly-input',
    barrier: random.chance(OWN_SHARE) ? 'barrier' : random.pick(['barrier-shelly-gen2', 'barrier-tasmota'] as const),
  }
}
