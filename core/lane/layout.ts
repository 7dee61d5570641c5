import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, effectsAt } from '../decision.ts'
import type { Announcement } from '../effects.ts'
import type { LanesOfLayout } from '../facts.ts'
import type { DeviceId } from '../ids.ts'
import type { Device } from '../site.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { safetyLoops } from './lane-loops.ts'
import type { LaneState } from './state.ts'
import { isAtRest, unknownLane } from './state.ts'

/**
 * A lane that goes takes along what was known of it, also what its display asked of somebody: nobody waits for that there any more, and what was paid by it lets out at another. One that comes begins with nothing known: its loops and its arm are asked what is there now (decision 111). In an emergency it is opened and
 * held as every other, by whoever holds those.
 */
export function lanesOfLayout(lanes: LanesOfLayout, now: Now): Pick<Decision, 'changes' | 'effects'> {
  const { gone, come, heldBy, timers, position, announceWithinMs } = lanes
  const effects = effectsAt({ position })
  const notAfter = announceWithinMs === null ? null : later(now.at, announceWithinMs)
  if (notAfter !== null) {
    for (const { devices } of gone) effects.announce(devices, ['display'], notAfter, GONE)
    for (const { devices } of come) effects.announce(devices, ['display'], notAfter, { kind: 'idle' })
  }
  const states = come.map(({ lane, devices }): LaneState => {
    const unknown = unknownLane(lane, now.at)
    if (heldBy.length === 0) return unknown
    const arms = devices.filter(({ kind }) => kind === 'barrier')
    if (notAfter !== null) for (const arm of arms) effects.command(arm, notAfter, { type: 'hold-open' })
    return { ...unknown, phase: { kind: 'held-open', by: heldBy } }
  })
  const left = gone.map(({ lane }) => unknownLane(lane, now.at))
  return {
    changes: [...left, ...states]
      .map((state): Change => ({ kind: 'lane-state', state }))
      .concat(timers.map((timer) => clearTimer(timer))),
    effects: effects.all,
  }
}

/** What a code that is shown there from now on is told too. */
const GONE: Announcement = { kind: 'refused', refusal: 'lane-unknown', due: null }

/** Who holds any of these lanes open in an emergency, each once. */
export function heldByOf(states: readonly LaneState[]): readonly (DeviceId | null)[] {
  return [...new Set(states.flatMap(({ phase }) => (phase.kind === 'held-open' ? phase.by : [])))]
}

/**
 * Why a lane cannot be taken away now: nobody would let its arm down, or hear that somebody has gone from under it. `here`: the devices that are in use there. Where its barrier, or its loop, is
 * enrolled no more, nothing moves or speaks there, and it may go.
 */
export function keptBy(state: LaneState, here: readonly Device[]): 'emergency' | 'arm-up' | 'under-arm' | null {
  const { arm, isUpUnheard, phase, safety } = state
  if (here.some(({ kind }) => kind === 'barrier')) {
    if (phase.kind === 'held-open' && phase.by.length > 0) return 'emergency'
    if (!isAtRest(phase) || arm === 'open' || isUpUnheard === true) return 'arm-up'
  }
  return safety && safetyLoops(here).length > 0 ? 'under-arm' : null
}
