import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { clearTimer, NOTHING, setTimer } from '../decision.ts'
import type { ArmTimer } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { EffectId, PassageId } from '../ids.ts'
import { effectId } from '../ids.ts'
import type { SitePolicy } from '../site.ts'
import type { Now } from '../time.ts'
import { later, SECOND_MS } from '../time.ts'
import { sessionOf } from './rights.ts'
import type { LanePhase, LaneState } from './state.ts'

/**
 * The safety loop must stay clear for so long before the arm is told to close. A lorry's bed hangs high between its axles, and the loop lets it go for a
 * moment while it still stands under the arm.
 */
export const SAFETY_CLEAR_MS = 500

/** From the close command until an arm with limit switches must have said that it is down. */
export const ARM_DOWN_WITHIN_MS = 10 * SECOND_MS

/** From an arm's word that it has done the open command until it must have said that it is up. */
export const ARM_UP_WITHIN_MS = 10 * SECOND_MS

export function move(
  facts: LaneFacts,
  state: LaneState,
  changes: readonly Change[],
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  if (isBehindIt(facts, state, changes)) clearDisplay(facts, effects, common, now)
  return {
    ...NOTHING,
    subject: { charge: null, passage: passageOf(facts.state.phase), session: sessionOf(facts.current) },
    changes: [...laneMoved(facts.state, state, common.policy, now), ...changes],
    effects: effects.all,
  }
}

/** The lane's new state and the waits that begin and end with it. */
export function laneMoved(before: LaneState, after: LaneState, policy: SitePolicy, now: Now): readonly Change[] {
  const state: LaneState = after.phase.kind === before.phase.kind ? after : { ...after, since: now.at }
  const [over, begun] = [waitsOf(before), waitsOf(state)]
  const waits = PURPOSES.flatMap((purpose): Change[] => {
    const [from, to] = [over[purpose], begun[purpose]]
    const command = to ?? from
    if (from === to || command === undefined) return []
    const timer = { purpose, lane: state.lane, command }
    return [to === undefined ? clearTimer(timer) : waitFor(timer, state, policy, now)]
  })
  return [{ kind: 'lane-state', state }, ...waits]
}

/** A vehicle has gone through, and nobody who stands there has been told anything yet: nobody does, or they are known to be another only now. */
function isBehindIt({ state: before }: LaneFacts, { presence, phase }: LaneState, changes: readonly Change[]): boolean {
  const isUsed = changes.some((change) => change.kind === 'passage-moved' && change.status === 'used')
  const isPast = before.phase.kind === 'passing' && before.phase.rightless !== undefined && phase.kind !== 'passing'
  return (isUsed || isPast) && (presence === null || presence !== before.presence) && phase.kind !== 'held-open'
}

/** A display shows what it was told last: the next driver is not to photograph the ticket of the one before. What it was told by this very decision stays. */
function clearDisplay({ devices }: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): void {
  const told = new Set(effects.all.flatMap(({ to, command }) => (command.type === 'announce' ? [to] : [])))
  const silent = devices.filter(({ id }) => !told.has(id))
  effects.announce(silent, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'idle' })
}

type Waits = Partial<Record<ArmTimer['purpose'], EffectId>>

/** What a lane waits for, by its state alone: so no wait is forgotten and none is left over. */
export function waitsOf({ phase, safety, arm }: LaneState): Waits {
  switch (phase.kind) {
    case 'opening':
      return { 'barrier-answer': phase.command, 'passage-due': phase.command }
    case 'open': {
      const isUpDue = phase.saysUp === true && arm !== 'open'
      return { 'passage-due': phase.command, ...(isUpDue ? { 'up-due': phase.command } : {}) }
    }
    case 'passing':
      return safety ? {} : { 'close-due': phase.command }
    case 'closing':
      return { 'close-due': phase.command }
    case 'idle':
    case 'vehicle-present':
    case 'waiting':
    case 'held-open':
      return {}
  }
}

export function waitFor(timer: ArmTimer, { phase, arm }: LaneState, policy: SitePolicy, now: Now): Change {
  switch (timer.purpose) {
    case 'barrier-answer':
      return setTimer(timer, now.at, policy.barrierAnswerMs)
    case 'passage-due':
      return setTimer(timer, now.at, policy.passWithinMs)
    case 'up-due':
      return setTimer(timer, now.at, ARM_UP_WITHIN_MS)
    case 'close-due':
      if (phase.kind === 'passing') return setTimer(timer, now.at, SAFETY_CLEAR_MS)
      return setTimer(timer, now.at, arm === 'unknown' ? policy.barrierAnswerMs : ARM_DOWN_WITHIN_MS)
  }
}

/** A name for a wait that no command began. */
export function waitName(common: CommonFacts): EffectId {
  return effectId(common.position, 0)
}

const PURPOSES = ['barrier-answer', 'passage-due', 'close-due', 'up-due'] as const

function passageOf(phase: LanePhase): PassageId | null {
  return 'passage' in phase ? phase.passage : null
}
