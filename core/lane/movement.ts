import type { Change } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, refuse, setTimer } from '../decision.ts'
import type { ArmTimer, EventBody, LoopEvent } from '../events.ts'
import type { CommonFacts, LaneFacts, LapseFacts } from '../facts.ts'
import type { EffectId } from '../ids.ts'
import { effectId } from '../ids.ts'
import { openCase } from '../parking/cases.ts'
import { movedBack } from '../parking/moved.ts'
import { wayByHand } from '../parking/open-by-hand.ts'
import type { StaffCaseKind } from '../parking/session.ts'
import type { Device, SitePolicy } from '../site.ts'
import type { Instant, Now } from '../time.ts'
import { isTrusted, later, SECOND_MS } from '../time.ts'
import { heldByItself, isOver, released } from './emergency.ts'
import {
  atRest,
  barrierOf,
  closing,
  isAtRest,
  isBarrierAway,
  isClearUnder,
  laneMoved,
  move,
  passageMoved,
  rightOf,
  sessionOf,
  usedUp,
  usedUpAfterAll,
  waitFor,
  waitsOf,
} from './moved.ts'
import type { LaneAlarm, LanePhase, LaneState, LaneVisit, Passage } from './state.ts'
import { isInDoubt, isUnused, withoutPerhaps, worseAlarm } from './state.ts'

type EventOf<Kind extends EventBody['kind']> = Extract<EventBody, { kind: Kind }>
type PhaseOf<Kind extends LanePhase['kind']> = Extract<LanePhase, { kind: Kind }>

/** A motorbike at 25 km/h is over the safety loop for 400 ms. What is shorter, while the vehicle stands before the barrier as before, is a flicker. */
export const OVER_LOOP_MIN_MS = 250

/** An approach loop that lets a vehicle go and finds it again within so long has flickered: no vehicle clears the place for another faster. */
export const APPROACH_FLICKER_MS = 300

/**
 * A driver may hold the phone out before the front axle is on the loop: at a walking pace the reader, which stands up to 2 m before the loop, is passed 1 to 2 s earlier;
 * and a loop holds its word back for some tenths of a second. Never so far back that another vehicle still stood there.
 */
export const SHOWN_BEFORE_LOOP_MAX_MS = 2 * SECOND_MS

/** From where a camera reads the plate to the approach loop. */
export const REACH_LOOP_MS = 10 * SECOND_MS

/** From the approach loop to the arm. */
export const REACH_ARM_MS = 10 * SECOND_MS

/**
 * From the approach loop to the safety loop, which lies under the arm: less than a car's length, so only a motorbike is on neither, for a moment. Whoever is on neither for longer when another
 * comes up has driven back.
 */
export const BETWEEN_LOOPS_MS = 3 * SECOND_MS

/**
 * What the loops say. The approach loop makes and ends a presence; the safety loop, under the arm, is the evidence that uses a passage up. What came too
 * late is recorded and moves nothing; but a vehicle that left unnoticed is not the one that stands there now.
 */
export function decideLoop(event: LoopEvent, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state, lane } = facts
  if (lane === null) return refuse('lane-unknown')
  const effects = effectsAt(common)
  if (event.late) {
    return event.role === 'approach' && !event.occupied && state.approach
      ? move(facts, arrived(state, common.position.seq, happened(common, now)), [], effects, common, now)
      : NOTHING
  }
  if (state[event.role] === event.occupied)
    return event.role === 'safety' ? heardAgain(facts, effects, common, now) : NOTHING
  if (event.role === 'approach') {
    if (!event.occupied) return move(facts, departed(state, now), [], effects, common, now)
    const next = approached(state, common, now)
    // The arm is up for somebody who is not there any more: that right is theirs, when they come back, and not whoever's has come up.
    return hasDrivenBack(state, next, now)
      ? closeBehind({ ...next, alarm: 'backing-out' }, null, facts, [], effects, common, now)
      : move(facts, next, [], effects, common, now)
  }
  return event.occupied
    ? safetyTaken({ ...state, safety: true }, facts, effects, common, now)
    : safetyCleared({ ...state, safety: false }, facts, effects, common, now)
}

/**
 * A loop under the arm cannot be heard any more, while the lane waits for it to say that somebody has gone. The arm stays up, and staff are called: nothing else would tell them.
 */
export function decideLoopAway(facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  if (facts.lane === null) return refuse('lane-unknown')
  const { state } = facts
  const isWaitedFor = state.phase.kind === 'passing' || isOver(state.phase)
  if (facts.safetyHeard || !isWaitedFor) return NOTHING
  const called = caseAt('loop-away', facts, null, common, now)
  const alarm = worseAlarm(state.alarm, 'loop-away')
  if (alarm === state.alarm) return { ...NOTHING, changes: called }
  return move(facts, { ...state, alarm }, called, effectsAt(common), common, now)
}

/** What the arm's limit switches say. */
export function decideBarrierState(
  event: EventOf<'barrier-state'>,
  facts: LaneFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts.lane === null) return refuse('lane-unknown')
  if (event.late) return NOTHING
  const effects = effectsAt(common)
  const state: LaneState = { ...facts.state, arm: event.state }
  if (event.reason === 'fail-safe') return heldByItself(state, facts, effects, common, now)
  const { phase } = state
  if (isOver(phase) && !state.safety) {
    // Away when it was to be let go, and here again.
    if (event.state === 'closed') return move(facts, atRest(downOf(state), null, null), [], effects, common, now)
    if (phase.failSafe !== true && facts.safetyHeard) {
      return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
    }
  }
  switch (event.state) {
    case 'open':
      if (phase.kind === 'opening') return armIsUp(state, phase, facts, effects, common, now)
      if (phase.kind === 'waiting' && isAbout(state, now)) return armIsUp(state, phase, facts, effects, common, now)
      if (!isAtRest(phase)) return move(facts, state, [], effects, common, now)
      // Down before, and nobody opened it; or it has never come down.
      if (facts.state.arm === 'closed') return forced(state, facts, effects, common, now)
      if (isUpUnheard(state)) return move(facts, state, [], effects, common, now)
      return move(facts, { ...state, alarm: 'stuck-open' }, [], effects, common, now)
    case 'closed': {
      // It has said that it opened, and stands closed before its vehicle.
      if (phase.kind === 'open') return stuckClosed(phase.command, { ...facts, state }, effects, common, now)
      const down = downOf(state)
      return move(facts, phase.kind === 'closing' ? atRest(down, rightOf(facts), null) : down, [], effects, common, now)
    }
    case 'moving':
    case 'unknown':
      return move(facts, state, [], effects, common, now)
  }
}

/**
 * What became of a command to a barrier. The result of a command that is no longer waited for is noted, but for an open command that was given up: the arm
 * is up after all. Other devices' results are noted.
 */
export function decideCommandResult(
  event: EventOf<'command-result'>,
  facts: LaneFacts | null,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts === null || facts.lane === null || barrierOf(facts)?.id !== event.device) return NOTHING
  const { state } = facts
  const { phase } = state
  const effects = effectsAt(common)
  const isDone = event.result === 'done' || event.result === 'repeated'
  switch (phase.kind) {
    case 'opening':
      if (event.command !== null && event.command !== phase.command) return NOTHING
      // A relay without limit switches says only that it has pulsed: that is all there is to know of its arm.
      if (isDone) return armIsUp(state, phase, facts, effects, common, now)
      return openingFailed(
        event.result === 'away' ? 'barrier-away' : 'barrier-failed',
        phase.command,
        facts,
        effects,
        common,
        now,
      )
    case 'waiting':
      if (!isDone || event.command === null || event.command !== phase.command || !isAbout(state, now)) return NOTHING
      return armIsUp(state, phase, facts, effects, common, now)
    case 'closing':
      if (isDone || (event.command !== null && event.command !== phase.command)) return NOTHING
      return move(facts, atRest({ ...state, alarm: 'stuck-open' }, rightOf(facts), null), [], effects, common, now)
    case 'idle':
    case 'vehicle-present':
    case 'open':
    case 'passing':
    case 'held-open':
      return NOTHING
  }
}

/** A lane's due times. One that speaks of a command which is no longer waited for does nothing. The timer that asked is over by itself. */
export function decideLaneTimer(timer: ArmTimer, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const { phase } = state
  if (facts.lane === null || waitsOf(state)[timer.purpose] !== timer.command) return NOTHING
  const effects = effectsAt(common)
  switch (timer.purpose) {
    case 'barrier-answer': {
      const barrier = barrierOf(facts)
      if (barrier !== null)
        effects.command(barrier, later(now.at, common.policy.barrierAnswerMs), { type: 'cut-connection' })
      return openingFailed('barrier-no-answer', timer.command, facts, effects, common, now)
    }
    case 'up-due':
      return stuckClosed(timer.command, facts, effects, common, now)
    case 'passage-due': {
      const overdue: LaneState = { ...state, alarm: state.approach || state.safety ? 'no-passage' : 'backing-out' }
      // Somebody is under the arm, who was there before it opened: it cannot close, and is looked at again.
      if (state.safety && facts.safetyHeard) {
        return move(facts, overdue, [waitFor(timer, overdue, common.policy, now)], effects, common, now)
      }
      return closeBehind(overdue, rightOf(facts), facts, [], effects, common, now)
    }
    case 'close-due':
      if (phase.kind !== 'passing') return notDown(facts, effects, common, now)
      return perhapsBack(facts, effects, common, now) ?? closeBehindGone(facts, effects, common, now)
  }
}

/**
 * The loop under the arm is clear, and on the one before it somebody has stood all the time: the vehicle that was let through has rolled back, or the next has closed up. By the loops nobody can tell, so nothing is used up and the arm stays up,
 * for as long as it would for one that does not drive. What is read or shown next tells (core/lane/doubt.ts). `null`: it has gone, or another was read behind it.
 */
function perhapsBack(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision | null {
  const { state, current } = facts
  const { phase, presence, visit } = state
  const isAnotherRead = visit?.behind !== undefined && visit.behind.isDoubted !== true
  const isThere = presence !== null && current?.presence === presence && current.status === 'passing'
  if (phase.kind !== 'passing' || !isThere || isAnotherRead) return null
  effects.announce(facts.devices, ['display'], later(now.at, common.policy.announceWithinMs), { kind: 'idle' })
  const open: LaneState = {
    ...state,
    phase: { kind: 'open', passage: current.id, command: phase.command },
    perhapsThrough: current.id,
  }
  const kept = lapseAfter(current, common.policy, now)
  return move(facts, open, [...passageMoved(facts, 'opened', now), kept], effects, common, now)
}

function closeBehindGone(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  return closeBehind(withoutGone(facts, common, now), null, facts, usedUp(facts, common, now), effects, common, now)
}

/**
 * A right that nobody used in its time: the books show it as paid and never passed. While the time is not trusted nothing is taken from anybody, and a
 * right whose vehicle is under the arm is not taken either: both are looked at again later.
 */
export function decidePassageLapse({ passage, stay }: LapseFacts, common: CommonFacts, now: Now): Decision {
  if (passage === null || passage.status === 'used' || passage.status === 'lapsed') return NOTHING
  const subject = { charge: null, passage: passage.id, session: sessionOf(passage) }
  const timer = { purpose: 'passage-lapses', passage: passage.id } as const
  if (isTrusted(now.trust) && isUnused(passage.status) && now.at >= passage.until) {
    const lapsed: Change = { kind: 'passage-moved', passage: passage.id, status: 'lapsed', at: now.at }
    const { right } = passage
    const back = right.kind === 'session' && stay !== null ? movedBack(stay, right, common, now) : []
    return { ...NOTHING, subject, changes: [lapsed, ...back] }
  }
  return { ...NOTHING, subject, changes: [setTimer(timer, now.at, common.policy.passageRightMs)] }
}

/**
 * Staff open by hand, with a reason that is kept. It works with nobody on the loop, and needs the barrier. A vehicle that stands there with a right uses that
 * right; a vehicle under the arm only keeps it up.
 */
export function decideOpenByHand(
  event: EventOf<'open-by-hand'>,
  facts: LaneFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { lane, state } = facts
  const { phase } = state
  if (lane === null) return refuse('lane-unknown')
  if (event.reason.trim() === '') return refuse('reason-missing')
  if (phase.kind === 'held-open') return refuse('lane-held-open')
  const barrier = barrierOf(facts)
  if (barrier === null || !facts.barrierPresent) return refuse('barrier-away')
  const effects = effectsAt(common)
  if (phase.kind === 'passing' && state.safety) {
    effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'open' })
    return {
      ...NOTHING,
      subject: { charge: null, passage: phase.passage, session: sessionOf(facts.current) },
      effects: effects.all,
    }
  }
  const isFor = phase.kind !== 'passing' && (isUnderWay(phase) || isAbout(state, now)) ? rightOf(facts) : null
  const used = phase.kind === 'passing' ? usedUp(facts, common, now) : []
  const byHand = isFor === null && isAtRest(phase) ? wayByHand(facts, common, now) : null
  const opened = byHand?.passage ?? isFor
  const { presence } = state
  const isForThis = opened === null && presence !== null
  const known: LaneFacts = isForThis ? { ...facts, state: { ...state, byHand: { presence, at: now.at } } } : facts
  const changes = [...used, ...(byHand?.changes ?? []), ...openLane(known, barrier, opened, effects, common, now)]
  const subject = { charge: null, passage: opened?.id ?? null, session: sessionOf(opened) }
  return { ...NOTHING, subject, changes, effects: effects.all }
}

/**
 * Sends the open command and waits for the arm's word and for the vehicle. The one way by which a lane opens for somebody. A right does not lapse while
 * the arm is up for it.
 */
export function openLane(
  facts: LaneFacts,
  barrier: Device,
  passage: Passage | null,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { policy } = common
  const { state } = facts
  const command = effects.command(barrier, later(now.at, policy.openWithinMs), { type: 'open' }).id
  const says = doesSayUp(barrier, state) ? { saysUp: true as const } : {}
  const opening: LaneState = {
    ...heard(state),
    phase: { kind: 'opening', passage: passage?.id ?? null, command, ...says },
    // What was known of the arm is over: whether it is down is for it to say again.
    arm: state.arm === 'closed' ? 'unknown' : state.arm,
    alarm: null,
  }
  return [...laneMoved(state, opening, policy, now), ...(passage === null ? [] : [lapseAfter(passage, policy, now)])]
}

/** The arm is up already, opened by hand: a right that is granted now is the way of the vehicle for which it was. */
export function joinOpening({ state }: LaneFacts, passage: Passage, common: CommonFacts, now: Now): readonly Change[] {
  const { phase } = state
  if (!isUnderWay(phase)) return []
  const joined: LaneState = { ...state, phase: { ...phase, passage: passage.id } }
  const status = ({ opening: 'granted', open: 'opened', passing: 'passing' } as const)[phase.kind]
  const moved: readonly Change[] =
    status === 'granted' ? [] : [{ kind: 'passage-moved', passage: passage.id, status, at: now.at }]
  return [...laneMoved(state, joined, common.policy, now), ...moved, lapseAfter(passage, common.policy, now)]
}

/**
 * Whether an arm that is told to open is to say that it is up: its barrier has limit switches and has said by them that it is not. A relay (`once`) closes a contact and knows no more than that; its one contact for
 * `arm down`, where it has been wired, speaks over a line that loses messages.
 */
function doesSayUp({ delivery }: Device, { phase, arm, alarm }: LaneState): boolean {
  const isAwaited = (phase.kind === 'opening' || phase.kind === 'open') && phase.saysUp === true
  const wasDown = arm === 'closed' || arm === 'moving' || alarm === 'stuck-closed'
  return delivery === 'repeatable' && (wasDown || (isAwaited && arm !== 'open'))
}

/** Whether the arm is up, or on its way up, for somebody who has not left it yet. */
export function isUnderWay(phase: LanePhase): phase is PhaseOf<'opening' | 'open' | 'passing'> {
  return phase.kind === 'opening' || phase.kind === 'open' || phase.kind === 'passing'
}

function approached(state: LaneState, common: CommonFacts, now: Now): LaneState {
  const { left } = state
  if (left !== null && isWithin(left.at, APPROACH_FLICKER_MS, now)) {
    return { ...state, approach: true, presence: left.presence, left: null, phase: withVehicle(state.phase) }
  }
  const arrivedAt = happened(common, now)
  const before = later(arrivedAt, -SHOWN_BEFORE_LOOP_MAX_MS)
  const leftAt = left === null || left.at > arrivedAt ? arrivedAt : left.at
  const shownFrom = left === null || leftAt < before ? before : leftAt
  const next = arrived(state, common.position.seq, shownFrom)
  const { phase } = next
  const isFollowing = (phase.kind === 'opening' || phase.kind === 'open') && isBetweenLoops(state, now)
  const visit = readBefore(state, next.presence, now)
  return isFollowing ? { ...next, visit, phase: { ...phase, followed: true } } : { ...next, visit }
}

/** Whether the vehicle for which the arm is up left the approach loop a moment ago: it is on its way under the arm. */
function isBetweenLoops({ phase, left, safety, perhapsThrough }: LaneState, now: Now): boolean {
  return (
    isUpFor(phase) &&
    !safety &&
    perhapsThrough === undefined &&
    left !== null &&
    isWithin(left.at, BETWEEN_LOOPS_MS, now)
  )
}

/** Whether another has come up, and the one for whom the arm went up has left neither just now nor under the arm. */
function hasDrivenBack(before: LaneState, after: LaneState, now: Now): boolean {
  const { phase, left, safety } = before
  const isAnother = left !== null && left.presence !== after.presence
  return isUpFor(phase) && isAnother && !safety && !isBetweenLoops(before, now)
}

/** Up, or on its way up, for a vehicle that stood there; staff may open for one that is still to come. */
function isUpFor(phase: LanePhase): boolean {
  return (phase.kind === 'opening' || phase.kind === 'open') && phase.passage !== null
}

/** A clock that was set back must not put what happened into the future. */
function happened({ happenedAt }: CommonFacts, now: Now): Instant {
  return happenedAt > now.at ? now.at : happenedAt
}

/** Another vehicle stands before the barrier. What was to be for the one before it is not for this one, and what was known of that one says nothing of this one. */
function arrived(state: LaneState, seq: number, shownFrom: Instant): LaneState {
  const phase = forAnother(state.phase)
  return { ...state, approach: true, presence: seq, shownFrom, left: null, phase, visit: null, alarm: loopHeard(state) }
}

/** A loop that has let its vehicle go is not stuck. */
function loopHeard({ alarm }: LaneState): LaneAlarm | null {
  return alarm === 'loop-stuck' ? null : alarm
}

/**
 * A plate that a camera read while nobody stood there yet is that of the vehicle which comes next. One that was read behind a vehicle that took its time to leave is in doubt: who stood there may have turned away.
 */
function readBefore({ visit, presence: before, left }: LaneState, presence: number | null, now: Now): LaneVisit | null {
  if (visit === null || before !== null || visit.presence !== null) return null
  if (isWithin(visit.since, REACH_LOOP_MS, now)) return { ...visit, presence }
  const isBehind = left !== null && visit.since <= left.at && isWithin(left.at, REACH_LOOP_MS, now)
  return isBehind ? { ...visit, presence, isDoubted: true } : null
}

/** Whoever was read behind it is the next to come up. */
function departed(state: LaneState, now: Now): LaneState {
  const { phase, presence, visit } = state
  return {
    ...state,
    approach: false,
    presence: null,
    visit: visit?.behind ?? visit,
    alarm: loopHeard(state),
    left: presence === null ? null : { presence, at: now.at },
    phase: phase.kind === 'vehicle-present' ? { kind: 'idle' } : phase,
  }
}

function withVehicle(phase: LanePhase): LanePhase {
  return phase.kind === 'idle' ? { kind: 'vehicle-present' } : phase
}

function forAnother(phase: LanePhase): LanePhase {
  switch (phase.kind) {
    case 'idle':
    case 'vehicle-present':
    case 'waiting':
      return { kind: 'vehicle-present' }
    case 'closing':
      return { ...phase, passage: null }
    case 'passing':
      return { ...phase, followed: true }
    case 'opening':
    case 'open':
    case 'held-open':
      return phase
  }
}

/** Whether the arm has been left up because a loop under it was not heard, and nothing has begun since. */
function isUpUnheard({ phase, arm, ...state }: LaneState): boolean {
  return state.isUpUnheard === true && isAtRest(phase) && arm !== 'closed'
}

/** The loop is heard again, or the arm is down, or told anew. */
function heard({ isUpUnheard: _, ...state }: LaneState): LaneState {
  return state.alarm === 'loop-away' ? { ...state, alarm: null } : state
}

/** A loop under the arm has said once more what it said before its line was cut: now it counts, and what waited for it goes on. */
function heardAgain(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const { phase } = state
  if (isOver(phase) && phase.failSafe !== true && isClearUnder(state, facts) && !isBarrierAway(facts)) {
    return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
  }
  if (!facts.safetyHeard) return NOTHING
  if (!isUpUnheard(state)) {
    return state.alarm === 'loop-away' ? move(facts, heard(state), [], effects, common, now) : NOTHING
  }
  return state.safety
    ? foundUnder(state, facts, effects, common, now)
    : closeBehind(heard(state), rightOf(facts), facts, [], effects, common, now)
}

/** Somebody is under an arm that was left up because nobody could know of them: it comes down when they have gone. Who else went under it is for staff to find out: their case stays. */
function foundUnder(state: LaneState, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const right = isAbout(state, now) ? rightOf(facts) : null
  const moved = right === null ? [] : passageMoved(facts, 'passing', now)
  return move(facts, passing(heard(state), right, waitName(common)), moved, effects, common, now)
}

function safetyTaken(state: LaneState, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { phase } = state
  const unexplained: LaneState = { ...state, alarm: 'unexplained-passage' }
  const passes = (command: EffectId): Decision =>
    isInDoubt(facts.state, facts.current)
      ? tailgates(nextUp(state, common, now), command)
      : move(facts, passing(state, rightOf(facts), command), passageMoved(facts, 'passing', now), effects, common, now)
  const tailgates = (after: LaneState, command: EffectId): Decision =>
    move(
      facts,
      passing({ ...after, alarm: 'tailgating' }, null, command),
      [...usedUpAfterAll(facts, common, now), ...caseAt('tailgating', facts, now.at, common, now)],
      effects,
      common,
      now,
    )
  if (isUpUnheard(state)) return foundUnder(state, facts, effects, common, now)
  switch (phase.kind) {
    case 'opening':
    case 'open':
      return passes(phase.command)
    case 'passing':
      // The loop has flickered under one vehicle; or there has been another before the barrier, and this is that one.
      if (!phase.followed) return move(facts, behindDoubted(state), [], effects, common, now)
      return tailgates(state, phase.command)
    case 'waiting':
      // Where the arm is not known to be down, it was up after all: its word was lost, or somebody has opened it with a key.
      return state.arm !== 'closed' && isAbout(state, now)
        ? passes(phase.command ?? waitName(common))
        : move(facts, unexplained, [], effects, common, now)
    case 'closing': {
      if (state.arm === 'closed') return move(facts, unexplained, [], effects, common, now)
      // Somebody is under an arm that is on its way down: up with it, whoever it is.
      const barrier = barrierOf(facts)
      if (barrier !== null) effects.command(barrier, later(now.at, common.policy.openWithinMs), { type: 'open' })
      return rightOf(facts) !== null && isAbout(state, now)
        ? passes(waitName(common))
        : move(
            facts,
            passing(unexplained, null, waitName(common)),
            caseAt('tailgating', facts, now.at, common, now),
            effects,
            common,
            now,
          )
    }
    case 'idle':
    case 'vehicle-present': {
      // Under an arm that somebody has forced and that is still up: that case tells of it.
      const isForced = state.alarm === 'forced-open' && state.arm !== 'closed'
      const cases = caseAt('forced-open', facts, isForced ? null : later(now.at, -REACH_LOOP_MS), common, now)
      return move(facts, unexplained, cases, effects, common, now)
    }
    case 'held-open':
      return move(facts, state, [], effects, common, now)
  }
}

/** The arm is up and nobody has opened it: somebody pushed it, or used a key. */
function forced(state: LaneState, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  return move(
    facts,
    { ...state, alarm: 'forced-open' },
    caseAt('forced-open', facts, later(now.at, -REACH_LOOP_MS), common, now),
    effects,
    common,
    now,
  )
}

/** In a car park somebody has to look into it: who came in or left without a stay that says so. What was opened before `since` tells of another. */
function caseAt(
  kind: StaffCaseKind,
  { parking, lane, state }: LaneFacts,
  since: Instant | null,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  if (parking === null || lane === null) return []
  const about = { lane: lane.id, session: null, charge: null, pictures: [state.visit?.picture ?? null] }
  return openCase(kind, about, parking.cases, common, now, since)
}

function safetyCleared(
  state: LaneState,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const { phase } = state
  switch (phase.kind) {
    case 'passing': {
      const isFlicker = state.approach && !phase.followed && isWithin(state.since, OVER_LOOP_MIN_MS - 1, now)
      if (!isFlicker) return move(facts, state, [], effects, common, now)
      const open: LaneState = { ...state, phase: { kind: 'open', passage: phase.passage, command: phase.command } }
      return move(facts, open, passageMoved(facts, 'opened', now), effects, common, now)
    }
    case 'open':
      // The loop was taken before the arm went up. Was it the vehicle that is now gone, or one before it?
      return state.approach
        ? move(facts, state, [], effects, common, now)
        : move(
            facts,
            passing(state, rightOf(facts), phase.command),
            passageMoved(facts, 'passing', now),
            effects,
            common,
            now,
          )
    case 'held-open':
      if (phase.by.length > 0 || phase.failSafe === true || !facts.safetyHeard || isBarrierAway(facts))
        return move(facts, state, [], effects, common, now)
      return { ...NOTHING, changes: released(facts, state, effects, common, now), effects: effects.all }
    case 'idle':
    case 'vehicle-present':
    case 'waiting':
      if (!isUpUnheard(state)) return move(facts, state, [], effects, common, now)
      return closeBehind(heard(state), rightOf(facts), facts, [], effects, common, now)
    case 'opening':
    case 'closing':
      return move(facts, state, [], effects, common, now)
  }
}

function passing(state: LaneState, passage: Passage | null, command: EffectId): LaneState {
  const { phase } = state
  const followed = (phase.kind === 'opening' || phase.kind === 'open') && phase.followed === true
  return { ...state, phase: { kind: 'passing', passage: passage?.id ?? null, command, followed } }
}

function armIsUp(
  state: LaneState,
  phase: PhaseOf<'opening' | 'waiting'>,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const passage = rightOf(facts)
  const command = phase.command ?? waitName(common)
  const followed = phase.kind === 'opening' && phase.followed === true ? { followed: true as const } : {}
  const says = phase.kind === 'opening' && phase.saysUp === true ? { saysUp: true as const } : {}
  const open: LaneState = {
    ...state,
    phase: { kind: 'open', passage: passage?.id ?? null, command, ...followed, ...says },
    alarm: null,
  }
  const kept = passage === null ? [] : [lapseAfter(passage, common.policy, now)]
  return move(facts, open, [...passageMoved(facts, 'opened', now), ...kept], effects, common, now)
}

/** The arm did not go up: the right to pass stays, and the people at the lane are told at once. */
function openingFailed(
  alarm: LaneAlarm,
  command: EffectId,
  facts: LaneFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
  cases: readonly Change[] = [],
): Decision {
  effects.announce(facts.devices, ['display', 'soundbox'], later(now.at, common.policy.announceWithinMs), {
    kind: 'call-staff',
  })
  const state: LaneState = { ...facts.state, alarm }
  return move(facts, atRest(state, rightOf(facts), command), cases, effects, common, now)
}

/** It has said that it did what it was told, and does not stand where it was told to go: somebody has to come. */
function stuckClosed(command: EffectId, facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const cases = caseAt('stuck-closed', facts, null, common, now)
  return openingFailed('stuck-closed', command, facts, effects, common, now, cases)
}

/**
 * Closes the arm, which nobody stands under: every caller has looked at what the safety loop said. Where that cannot be heard now its word is an old one: the arm stays up, staff are called, and the lane goes on. `passage` has not
 * been used.
 */
export function closeBehind(
  state: LaneState,
  passage: Passage | null,
  facts: LaneFacts,
  changes: readonly Change[],
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const barrier = barrierOf(facts)
  if (barrier === null) return move(facts, atRest(state, passage, null), changes, effects, common, now)
  if (!facts.safetyHeard) {
    const alarm = worseAlarm(state.alarm, 'loop-away')
    const up = atRest({ ...state, alarm, isUpUnheard: true }, passage, null)
    const called = caseAt('loop-away', facts, null, common, now)
    return move(facts, up, [...changes, ...called], effects, common, now)
  }
  return move(facts, closing(state, passage, barrier, effects, common, now), changes, effects, common, now)
}

/** The arm's time to come down is over. One that says it is still up is told once more, and then is a case for staff. */
function notDown(facts: LaneFacts, effects: EffectsOf, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const passage = rightOf(facts)
  if (state.arm === 'unknown' || state.arm === 'closed') {
    return move(facts, atRest(state, passage, null), [], effects, common, now)
  }
  const stuck: LaneState = { ...state, alarm: 'stuck-open' }
  const isFirst = state.alarm !== 'stuck-open' && facts.barrierPresent && !state.safety
  return isFirst
    ? closeBehind(stuck, passage, facts, [], effects, common, now)
    : move(facts, atRest(stuck, passage, null), [], effects, common, now)
}

/** What an arm that does not come down is an alarm for is over. */
function downOf(state: LaneState): LaneState {
  return heard(state.alarm === 'stuck-open' ? { ...state, alarm: null } : state)
}

/**
 * What was known of a vehicle that has gone through is over; what is known of the one behind it stays. Its tail has left the loop under the arm: who stands on the one before the barrier is another, also where that was never clear between the two.
 */
function withoutGone({ state, current }: LaneFacts, common: CommonFacts, now: Now): LaneState {
  const { visit, presence } = state
  if (presence !== null && current?.presence === presence) return nextUp(state, common, now)
  return visit === null || visit.presence === presence ? state : { ...state, visit: null }
}

/** Whoever stands on the loop before the barrier is another than the one of before, also where that loop was never clear between the two. */
export function nextUp(state: LaneState, common: CommonFacts, now: Now): LaneState {
  if (!state.approach) return withoutPerhaps(state)
  const gone = departed(state, now)
  const next = arrived(gone, common.position.seq, later(now.at, -SHOWN_BEFORE_LOOP_MAX_MS))
  return { ...next, visit: readBefore(gone, next.presence, now) }
}

/** Two may have gone under the arm: of which of those behind a plate was read, nobody knows. */
function behindDoubted(state: LaneState): LaneState {
  const { visit, presence } = state
  if (visit === null) return state
  if (presence === null && visit.presence === null) return { ...state, visit: { ...visit, isDoubted: true } }
  return visit.behind === undefined
    ? state
    : { ...state, visit: { ...visit, behind: { ...visit.behind, isDoubted: true } } }
}

/** Whether the vehicle of a lane that is `waiting` or `closing` is still there: another's coming would have ended that. */
function isAbout({ approach, left }: LaneState, now: Now): boolean {
  return approach || (left !== null && isWithin(left.at, REACH_ARM_MS, now))
}

/** Whether at most so many ms have gone by. A clock that was set back says no. */
function isWithin(from: Instant, ms: number, now: Now): boolean {
  return now.at >= from && now.at - from <= ms
}

/** A name for a wait that no command began. */
function waitName(common: CommonFacts): EffectId {
  return effectId(common.position, 0)
}

/** A clock that was set back since the right began would have it wait for longer than any right lasts: it is looked at again by then. */
function lapseAfter(passage: Passage, policy: SitePolicy, now: Now): Change {
  const openUntilMs = policy.barrierAnswerMs + policy.passWithinMs
  const leftMs = Math.min(passage.until - now.at, policy.passageRightMs)
  return setTimer({ purpose: 'passage-lapses', passage: passage.id }, now.at, Math.max(leftMs, openUntilMs))
}
