import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, effectsAt, NOTHING, setTimer } from '../decision.ts'
import type { QuoteTimer, UnpaidTimer } from '../events.ts'
import type { AskingLane, CommonFacts, LaneFacts } from '../facts.ts'
import { displayTold, stateAfter } from '../lane/display.ts'
import type { LaneAsked, LaneState, LaneUnpaid } from '../lane/state.ts'
import { isUnderWay, standingOf, worseAlarm } from '../lane/state.ts'
import type { Now } from '../time.ts'
import { HOUR_MS, later } from '../time.ts'
import type { AtLane } from './at-lane.ts'
import { atLane, refuseAt, remember, tell } from './at-lane.ts'
import { openCase } from './cases.ts'
import { ask, letOut, reckonAt, refuseUnpriced } from './exit.ts'
import type { StayFacts } from './facts.ts'
import { gateFor } from './gate.ts'
import type { ParkingPolicy } from './place.ts'

/**
 * What a lane has asked lapses when it holds no more, and is waited for no longer than the site has said. Those waits are told by the lane's state alone, whatever has moved it: so none is forgotten and none is left over. What was covered by something else on the display
 * meanwhile is asked anew at once. Where nothing is asked any more and the display was told nothing else, it is told that. `lanes`: as they were before `decision`.
 */
export function keepAsked(decision: Decision, lanes: readonly AskingLane[], common: CommonFacts, now: Now): Decision {
  const effects = effectsAt(common, decision.effects)
  const waits = lanes.flatMap((facts): readonly Change[] => {
    const { state: before, devices } = facts
    const after = stateAfter(before, decision)
    const [was, is] = [standingOf(before), standingOf(after)]
    const patience = waitForMoney(before, after, now)
    if (is !== null) return [...(was !== null && isSame(was, is) ? [] : [lapsing(before, after, is, now)]), ...patience]
    if (was === null) return []
    if (displayTold(decision, devices) === null) {
      const isGoing = isUnderWay(after.phase) || after.phase.kind === 'held-open'
      const soon = later(now.at, common.policy.announceWithinMs)
      effects.announce(devices, ['display'], soon, { kind: isGoing ? 'drive-on' : 'idle' })
    }
    return [clearTimer(timerOf(before, was)), ...patience]
  })
  return waits.length === 0 ? decision : { ...decision, changes: [...decision.changes, ...waits], effects: effects.all }
}

/** A vehicle that is asked for so long, with nobody doing anything, may be none: its loop is stuck, or it was left there. */
export const ASKED_AGAIN_FOR_MS = HOUR_MS

/** How often that is by a policy: at least once, and by none more often than 120 times. */
export function askedAgainMax({ quoteHoldMs }: ParkingPolicy): number {
  return Math.max(1, Math.ceil(ASKED_AGAIN_FOR_MS / quoteHoldMs))
}

/**
 * What was asked holds no more, and the same vehicle still stands there: it is asked anew, with what the stay costs by now, on the display, in the VietQR code and on the driver's page. A vehicle that has nothing to pay any more is let out. While
 * the time is not trusted nobody can say another amount: what was asked stands as it was shown, and is looked at again later. After `askedAgainMax` times with nobody doing anything it is asked no more, and the loop is an alarm; whoever stands there still shows a ticket, or pays on the phone. Nobody there, a stay that is not here any more, or one of the other mode (the box was started anew to train): nothing is asked.
 */
export function askAnew(timer: QuoteTimer, facts: LaneFacts, common: CommonFacts, now: Now): Decision {
  const { state } = facts
  const asked = standingOf(state)
  if (state.visit === null || asked === null || asked.charge !== timer.charge || asked.at !== timer.askedAt)
    return NOTHING
  const visit = { ...state.visit, asked: null }
  const forgotten: Change = { kind: 'lane-state', state: { ...state, visit: visit.presence === null ? null : visit } }
  const here = atLane({ ...facts, state: { ...state, visit } }, common, now)
  if (!here.ok) return { ...NOTHING, changes: [forgotten] }
  const { at } = here
  const stay = stillStanding(at)
  const { policy } = at.parking
  if (stay === null) return { ...NOTHING, changes: [forgotten, ...perhapsRiddenOff(facts, common, now)] }
  const again = (asked.again ?? 0) + 1
  if (again > askedAgainMax(policy)) {
    tell(at, ['display'], { kind: 'call-staff' })
    return {
      ...NOTHING,
      changes: [{ kind: 'lane-state', state: { ...at.facts.state, alarm: worseAlarm(state.alarm, 'loop-stuck') } }],
      effects: at.effects.all,
    }
  }
  const reckoned = reckonAt(at, stay, [])
  if (!reckoned.ok) {
    const { unpriced } = reckoned
    if (unpriced.price.refusal !== 'clock-not-trusted') return refuseUnpriced(at, unpriced)
    const standing = remember(at, { ...visit, asked: { ...asked, again } })
    return { ...NOTHING, changes: [standing, setTimer(timer, now.at, policy.quoteHoldMs)] }
  }
  const { asking } = reckoned
  const [first] = asking.parts
  // Nobody wants to hear the same amount again and again.
  if (first !== undefined)
    return ask(at, asking, first.charge, asking.due.amount === asked.due.amount ? ['display'] : undefined, asked)
  const gate = gateFor(at, null)
  if (!gate.ok) return refuseAt(at, gate.refusal, [forgotten])
  return letOut(at, { ...asking, gate }, asking.stay, { by: 'paid' })
}

/**
 * Whoever was asked at a lane without an arm has left its loop, or what was asked holds no more with nobody seen there: nothing keeps them, so they may have ridden off unpaid, and their stay is inside until somebody looks. That is a case of it, which ends by itself when it
 * leaves after all; in the mode of the stay, also where the box trains by then.
 */
export function perhapsRiddenOff({ state, parking }: LaneFacts, common: CommonFacts, now: Now): readonly Change[] {
  const asked = standingOf(state)
  if (asked === null || parking?.lane.barrier !== 'none' || parking.visiting?.session.status !== 'inside') return []
  const { session, cases } = parking.visiting
  const pictures = [state.visit?.picture ?? null]
  const about = { lane: state.lane, session: session.id, charge: asked.charge, pictures }
  return openCase('unpaid-at-lane', about, cases, { ...common, mode: session.mode }, now)
}

/** The stay that is asked: of a vehicle that still stands there, or, where no arm keeps anybody and no loop tells, of whom was asked within the hold. */
export function stillAsked(at: AtLane): StayFacts | null {
  const isUnwatched = at.parking.lane.barrier === 'none' && at.facts.state.presence === null
  return isUnwatched ? visitingInside(at) : stillStanding(at)
}

/** What is asked at a lane holds no longer than now. */
export function lapsingNow(state: LaneState, now: Now): readonly Change[] {
  const asked = [standingOf(state)].filter((each) => each !== null)
  return asked.map((each) => setTimer(timerOf(state, each), now.at, 0))
}

/** The stay that is asked, where its vehicle is still there. */
export function stillStanding(at: AtLane): StayFacts | null {
  const { presence, visit } = at.facts.state
  return presence !== null && visit?.presence === presence ? visitingInside(at) : null
}

/** One of the other mode (the box was started anew to train) is not here. */
function visitingInside({ parking: { visiting }, common }: AtLane): StayFacts | null {
  return visiting?.session.status === 'inside' && visiting.session.mode === common.mode ? visiting : null
}

/** What is waited for with nothing coming, while it is asked and nobody has been called for it. */
export function unpaidAt(state: LaneState): LaneUnpaid | null {
  const { unpaid = null } = state.visit ?? {}
  return unpaid === null || unpaid.isStaffCalled === true || standingOf(state) === null ? null : unpaid
}

/** It begins anew with what something has come of, and with what was covered by something else meanwhile. */
function waitForMoney(before: LaneState, after: LaneState, now: Now): readonly Change[] {
  const [was, is] = [unpaidAt(before), unpaidAt(after)]
  if (is === null) return was === null ? [] : [clearTimer(unpaidTimerOf(before, was))]
  const isSameWait = was !== null && was.charge === is.charge && was.since === is.since
  return isSameWait ? [] : [setTimer(unpaidTimerOf(after, is), now.at, is.waitMs)]
}

function isSame(left: LaneAsked, right: LaneAsked): boolean {
  return left.charge === right.charge && left.at === right.at
}

/** What stood before is still remembered by the lane, and has been covered since: it lapses at once. */
function lapsing({ visit }: LaneState, after: LaneState, asked: LaneAsked, now: Now): Change {
  const known = visit?.asked ?? null
  const isCovered = known !== null && isSame(known, asked)
  return setTimer(timerOf(after, asked), now.at, isCovered ? 0 : asked.holdsUntil - now.at)
}

function timerOf({ lane }: LaneState, { charge, at }: LaneAsked): QuoteTimer {
  return { purpose: 'quote-lapses', lane, charge, askedAt: at }
}

function unpaidTimerOf({ lane }: LaneState, { charge, since }: LaneUnpaid): UnpaidTimer {
  return { purpose: 'unpaid-due', lane, charge, since }
}
