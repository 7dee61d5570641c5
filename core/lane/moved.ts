import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { clearTimer, NOTHING, setTimer } from '../decision.ts'
import type { ArmTimer } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { EffectId, PassageId, SessionId } from '../ids.ts'
import { movedThrough } from '../parking/moved.ts'
import type { Device, Lane, SitePolicy } from '../site.ts'
import type { Now } from '../time.ts'
import { later, SECOND_MS } from '../time.ts'
import { passIdentityOf } from '../token-spending.ts'
import type { LanePhase, LaneState, Passage, PassageStatus } from './state.ts'
import { isUnused, passageMoves } from './state.ts'

/**
 * The safety loop must stay clear for so long before the arm is told to close. A lorry's bed hangs high between its axles, and the loop lets it go for a
 * moment while it still stands under the arm.
 */
export const SAFETY_CLEAR_MS = 500

/** From the close command until an arm with limit switches must have said that it is down. */
export const ARM_DOWN_WITHIN_MS = 10 * SECOND_MS

/** From an arm's word that it has done the open command until it must have said that it is up. */
export const ARM_UP_WITHIN_MS = 10 * SECOND_MS

/** The lane's barrier: the first that is enrolled there, or `null`. */
export function barrierOf(facts: LaneFacts): Device | null {
  return facts.devices.find((device) => device.kind === 'barrier') ?? null
}

/** An arm that holds does not come down by itself: the lane stays open until it can be told. */
export function isBarrierAway(facts: LaneFacts): boolean {
  return barrierOf(facts) !== null && !facts.barrierPresent
}

/** Whether the loops under the arm can be heard and say that nobody is there. On their old word no arm comes down; where there is none, nothing does. */
export function isClearUnder({ safety }: LaneState, facts: LaneFacts): boolean {
  return !safety && (facts.safetyHeard || barrierOf(facts) === null)
}

/** Nothing is under way at the lane: where it has a barrier, the arm is to be down. */
export function isAtRest(phase: LanePhase): boolean {
  return phase.kind === 'idle' || phase.kind === 'vehicle-present' || phase.kind === 'waiting'
}

/** The phase of a lane in which nothing is under way: a right that is left waits with its vehicle. */
export function atRest(state: LaneState, passage: Passage | null, command: EffectId | null): LaneState {
  if (passage !== null) return { ...state, phase: { kind: 'waiting', passage: passage.id, command } }
  return { ...state, phase: state.approach ? { kind: 'vehicle-present' } : { kind: 'idle' } }
}

export function closing(
  state: LaneState,
  passage: Passage | null,
  barrier: Device,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): LaneState {
  const command = effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'close' }).id
  return { ...state, phase: { kind: 'closing', passage: passage?.id ?? null, command } }
}

/** The right that the lane's phase speaks of, unless it has been used or has lapsed since. */
export function rightOf({ current }: LaneFacts): Passage | null {
  return current === null || current.status === 'used' || current.status === 'lapsed' ? null : current
}

/** The vehicle has gone through: the right is used up, a pass has changed sides, and a stay has come in or left. */
export function usedUp(facts: LaneFacts, common: CommonFacts, now: Now): readonly Change[] {
  const { current, lane, parking } = facts
  const used = passageMoved(facts, 'used', now)
  if (current === null || used.length === 0) return []
  const over = [...used, clearTimer({ purpose: 'passage-lapses', passage: current.id }), ...sideChanged(current, lane)]
  const stay = parking?.passing ?? null
  if (parking === null || lane === null || stay === null || current.right.kind !== 'session') return over
  const here = { id: lane.id, parking: parking.lane }
  return [...over, ...movedThrough(stay, current.right, current.grantedAt, here, parking, common, now)]
}

/** The same of one that was thought to have rolled back from under the arm, perhaps (decision 096). */
export function usedUpAfterAll(facts: LaneFacts, common: CommonFacts, now: Now): readonly Change[] {
  const { current } = facts
  if (current === null || !isUnused(current.status)) return usedUp(facts, common, now)
  const wasUnder = passageMoved(facts, 'passing', now)
  return [...wasUnder, ...usedUp({ ...facts, current: { ...current, status: 'passing' } }, common, now)]
}

function sideChanged({ right, mode }: Passage, lane: Lane | null): readonly Change[] {
  if (right.kind !== 'pass' || lane === null || lane.direction === 'both') return []
  const side = lane.direction === 'entry' ? 'inside' : 'outside'
  return [{ kind: 'pass-side', ...passIdentityOf(right, mode), side }]
}

export function passageMoved({ current }: LaneFacts, status: PassageStatus, now: Now): readonly Change[] {
  if (current === null || !passageMoves[current.status].includes(status)) return []
  return [{ kind: 'passage-moved', passage: current.id, status, at: now.at }]
}

/** The stay whose going in or out a right is. */
export function sessionOf(passage: Passage | null): SessionId | null {
  return passage?.right.kind === 'session' ? passage.right.session : null
}

function passageOf(phase: LanePhase): PassageId | null {
  return 'passage' in phase ? phase.passage : null
}

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

/** A vehicle has gone through, and nobody who stands there has been told anything yet: nobody does, or they are known to be another only now. */
function isBehindIt({ state: before }: LaneFacts, { presence, phase }: LaneState, changes: readonly Change[]): boolean {
  const isUsed = changes.some((change) => change.kind === 'passage-moved' && change.status === 'used')
  return isUsed && (presence === null || presence !== before.presence) && phase.kind !== 'held-open'
}

/** A display shows what it was told last: the next driver is not to photograph the ticket of the one before. What it was told by this very decision stays. */
function clearDisplay({ devices }: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): void {
  const told = new Set(effects.all.flatMap(({ to, command }) => (command.type === 'announce' ? [to] : [])))
  const silent = devices.filter(({ id }) => !told.has(id))
  effects.announce(silent, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'idle' })
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

const PURPOSES = ['barrier-answer', 'passage-due', 'close-due', 'up-due'] as const
