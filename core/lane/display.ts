import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import type { Announcement } from '../effects.ts'
import type { LaneFacts } from '../facts.ts'
import type { LaneState } from './state.ts'

/** A lane as it stands after what was decided. */
export function stateAfter(before: LaneState, { changes }: Pick<Decision, 'changes'>): LaneState {
  const states = changes.flatMap((change) =>
    change.kind === 'lane-state' && change.state.lane === before.lane ? [change.state] : [],
  )
  return states.at(-1) ?? before
}

/** What was decided tells one of these displays; `null` where it tells none. */
export function displayTold({ effects }: Decision, devices: LaneFacts['devices']): Announcement | null {
  const displays = devices.filter(({ kind }) => kind === 'display').map(({ id }) => id)
  const told = effects.flatMap(({ to, command }) =>
    command.type === 'announce' && displays.includes(to) ? [command.message] : [],
  )
  return told.at(-1) ?? null
}

/** A display shows what it was told last: a lane remembers that its own says of the arm that it is away, for that ends when the arm is back, and not when somebody shows something (core/parking/arm-back.ts). `lanes`: as they were before `decision`. */
export function keepTold(decision: Decision, lanes: readonly Pick<LaneFacts, 'state' | 'devices'>[]): Decision {
  const changes = lanes.flatMap(({ state: before, devices }): readonly Change[] => {
    const told = displayTold(decision, devices)
    if (told === null) return []
    const { saysArmAway, ...state } = stateAfter(before, decision)
    const isAway = told.kind === 'refused' && told.refusal === 'barrier-away'
    if (isAway === (saysArmAway === true)) return []
    return [{ kind: 'lane-state', state: isAway ? { ...state, saysArmAway: true } : state }]
  })
  return changes.length === 0 ? decision : { ...decision, changes: [...decision.changes, ...changes] }
}
