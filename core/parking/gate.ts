import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { effectsAt, NOTHING } from '../decision.ts'
import type { ChargeId, PassageId } from '../ids.ts'
import { idAt } from '../ids.ts'
import { joinOpening, openLane } from '../lane/opening.ts'
import type { OpenByHand } from '../lane/standing.ts'
import { isShownBefore, openByHand, standing } from '../lane/standing.ts'
import type { LaneVisit, Passage, PassageGround } from '../lane/state.ts'
import type { Money } from '../money.ts'
import type { Refusal } from '../refusals.ts'
import type { Device } from '../site.ts'
import { later } from '../time.ts'
import type { AtLane } from './at-lane.ts'
import { goneThrough, refuseAt, tell } from './at-lane.ts'
import type { StayFacts } from './facts.ts'
import { movedThrough } from './moved.ts'
import { unwatched } from './overdue.ts'

/** `barrier` null: a free-flow lane, at which nobody is stopped. `byHand`: staff have opened by hand for the vehicle that stands there. */
export type Gate =
  | {
      readonly ok: true
      readonly barrier: Device | null
      readonly presence: number | null
      readonly byHand?: OpenByHand
    }
  | { readonly ok: false; readonly refusal: Refusal }

/** Whether somebody may be let through here now, by this right or by a new one (`null`). */
export function gateFor({ facts, parking, common, now }: AtLane, passage: Passage | null): Gate {
  if (isShownBefore(facts.state, common, now)) return { ok: false, refusal: 'stale-scan' }
  if (facts.state.phase.kind === 'held-open') return { ok: false, refusal: 'lane-held-open' }
  if (parking.lane.barrier === 'none') return { ok: true, barrier: null, presence: facts.state.presence }
  const byHand = openByHand(facts.state)
  if (passage === null && byHand !== null) {
    const here = standing({ ...facts, state: { ...facts.state, phase: { kind: 'vehicle-present' } } }, null)
    return here.ok ? { ...here, byHand } : here
  }
  return standing(facts, passage)
}

export type LetThrough = { readonly passage: Passage; readonly changes: readonly Change[] }

/**
 * Grants a vehicle its way through and opens. A lane without an arm is passed at once. `stay` is as it stands after all that the decision has done before; `null` for a
 * vehicle of which the books know no stay.
 */
export function letThrough(
  at: AtLane,
  gate: Extract<Gate, { ok: true }>,
  stay: StayFacts | null,
  right: PassageGround,
  payer: string | null,
  visit: LaneVisit,
): LetThrough {
  const { facts, parking, lane, common, now, effects } = at
  const { barrier, presence } = gate
  const passage: Passage = {
    id: idAt<PassageId>(common.position, 'p', 0),
    lane: lane.id,
    mode: common.mode,
    right,
    payer,
    presence,
    grantedAt: now.at,
    until: later(now.at, common.policy.passageRightMs),
    status: barrier === null ? 'used' : 'granted',
  }
  const granted: Change = { kind: 'passage-granted', passage }
  const isExit = right.kind === 'session' && right.side === 'exit' && parking.lane.outside === null
  const over = stay === null || !isExit ? [] : unwatched(stay, now)
  if (barrier === null) {
    const here = { id: lane.id, parking: parking.lane }
    const moved =
      stay === null || right.kind !== 'session' ? [] : movedThrough(stay, right, now.at, here, parking, common, now)
    const gone = goneThrough(visit, stay?.session.id ?? null)
    return {
      passage,
      changes: [granted, ...over, ...moved, { kind: 'lane-state', state: { ...facts.state, visit: gone } }],
    }
  }
  const leaving: readonly Change[] =
    stay === null || !isExit || stay.session.status !== 'inside'
      ? []
      : [
          {
            kind: 'session-moved',
            session: stay.session.id,
            status: 'leaving',
            place: stay.session.place,
            lane: lane.id,
            at: now.at,
          },
        ]
  const known = { ...facts, state: { ...facts.state, visit } }
  return {
    passage,
    changes: [
      granted,
      ...over,
      ...leaving,
      ...(gate.byHand !== undefined
        ? joinOpening(known.state, gate.byHand, passage, common, now)
        : openLane(known, barrier, passage, effects, common, now)),
    ],
  }
}

/** It has been let through already, and only has to drive. Nothing is taken. */
export function driveOn(at: AtLane, { session }: StayFacts, changes: readonly Change[] = []): Decision {
  tell(at, ['display'], { kind: 'drive-on' })
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'already-accepted', charge: null, amount: null, passage: null },
    subject: { charge: null, passage: null, session: session.id },
    changes,
    effects: at.effects.all,
    keep: ['parking'],
  }
}

/** A way through that is there already: nothing is taken, and its vehicle, if it stands there, gets the arm. It is bidden on where `isBidden`. */
export function letBack(
  at: AtLane,
  passage: Passage,
  changes: readonly Change[] = [],
  isBidden: boolean = true,
): Decision {
  const { facts, effects, common, now } = at
  const { phase } = facts.state
  const paid = paidBy(passage)
  const session = passage.right.kind === 'session' ? passage.right.session : null
  const accepted: Decision = {
    ...NOTHING,
    outcome: { ok: true, kind: 'already-accepted', ...paid, passage: passage.id },
    subject: { charge: paid.charge, passage: passage.id, session },
    changes,
  }
  // A reader that has not looked away from a vehicle which is going through.
  if (phase.kind === 'passing' && phase.passage === passage.id) return accepted
  const waits = gateFor(at, passage)
  if (!waits.ok) return refuseAt(at, waits.refusal, changes)
  // An arm that has been asked may still say what becomes of it: to ask again would only hide that it does not answer.
  const opened =
    phase.kind === 'opening' || waits.barrier === null
      ? []
      : openLane(facts, waits.barrier, passage, effects, common, now)
  if (isBidden) tell(at, ['display'], { kind: 'drive-on' })
  return { ...accepted, changes: [...changes, ...opened], effects: effects.all }
}

/** Nothing is asked any more of who stands before an arm that is away: the display says that, and not what was asked or nothing. */
export function toldOfArm(done: Decision, at: AtLane): Decision {
  const gate = gateFor(at, null)
  if (gate.ok || gate.refusal !== 'barrier-away') return done
  const effects = effectsAt(at.common, done.effects)
  const soon = later(at.now.at, at.common.policy.announceWithinMs)
  effects.announce(at.facts.devices, ['display'], soon, { kind: 'refused', refusal: gate.refusal, due: null })
  return { ...done, effects: effects.all }
}

function paidBy({ right }: Passage): { readonly charge: ChargeId | null; readonly amount: Money | null } {
  const paid = right.kind === 'session' ? right.paid : null
  return { charge: paid?.charge ?? null, amount: paid?.amount ?? null }
}
