import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING } from '../decision.ts'
import type { ArmTimer } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { later } from '../time.ts'
import { notDown, openingFailed, stuckClosed } from './arm.ts'
import { barrierOf, closeBehind } from './barrier.ts'
import { move, waitFor, waitsOf } from './moves.ts'
import { hasRolledBack, withoutGone } from './presence.ts'
import { lapseAfter, passageMoved, rightOf, usedUp } from './rights.ts'
import type { LaneState } from './state.ts'

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
      // Its display bids it drive on, before an arm that comes down.
      if (state.approach)
        effects.announce(facts.devices, ['display', 'soundbox'], later(now.at, common.policy.announceWithinMs), {
          kind: 'call-staff',
        })
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
  const { phase, presence, visit, left } = state
  const isAnotherRead = visit?.behind !== undefined && visit.behind.isDoubted !== true
  if (phase.kind !== 'passing' || current?.status !== 'passing' || isAnotherRead) return null
  // By the word of a loop under the arm that came late: whose vehicle was away from there before it left the one before it has rolled back and off.
  const isOff =
    presence === null && left?.presence === current.presence && hasRolledBack(state.clearAt, left.happenedAt ?? left.at)
  // Of a lane whose loop before the barrier is not heard nobody is known to stand there: who was under the arm has gone.
  const isStillThere = presence !== null && current.presence === presence
  if (!isStillThere && !isOff) return null
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
