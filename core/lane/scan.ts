import type { Change, Charge } from '../changes.ts'
import type { Decision, EffectsOf } from '../decision.ts'
import { effectsAt, NOTHING, receiptFor, refuse } from '../decision.ts'
import type { ScanEvent } from '../events.ts'
import type { CommonFacts, LaneScanFacts, TokenFacts } from '../facts.ts'
import { isPayer } from '../facts.ts'
import type { ChargeId, PassageId } from '../ids.ts'
import { idAt } from '../ids.ts'
import type { Money } from '../money.ts'
import { decideScanAtParkingLane } from '../parking/scan.ts'
import type { Accepted, Taken } from '../payment.ts'
import { judgePayment, judgeToken, siteMoney, spentUntil, takePayment } from '../payment.ts'
import type { Refusal } from '../refusals.ts'
import type { Lane } from '../site.ts'
import type { LocalTime, Now } from '../time.ts'
import { later } from '../time.ts'
import { spendIdentityOf } from '../token-spending.ts'
import type { HolderToken, OverrideToken, PassHours, PassToken, PayToken, PresentedToken } from '../tokens.ts'
import type { Who } from './doubt.ts'
import { afterTold, tellApart } from './doubt.ts'
import { openLane } from './opening.ts'
import type { Standing } from './standing.ts'
import { isShownBefore, ofMode, standing, stillUsable } from './standing.ts'
import type { Passage, PassageGround } from './state.ts'
import { isGrantedFor } from './state.ts'

/**
 * A code at a lane. A vehicle must stand there, the barrier must be connected, and nobody else may be passing: before that nothing is taken. One payment for one
 * presence: whoever has paid and could not pass is let through by the same code, by the next form of a rotating one, or by standing where it paid.
 */
export function decideScanAtLane(
  scan: ScanEvent,
  laneFacts: LaneScanFacts,
  tokenFacts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (laneFacts.parking !== null) return decideScanAtParkingLane(scan, laneFacts, tokenFacts, common, now)
  const effects = effectsAt(common)
  const told = tellApart(laneFacts, whoShows(scan, laneFacts, tokenFacts, common, now), effects, common, now)
  const unused = told.facts.current === null && laneFacts.unused?.id === laneFacts.current?.id ? null : laneFacts.unused
  const decision = decideShown(scan, { ...laneFacts, ...told.facts, unused }, tokenFacts, effects, common, now)
  return afterTold(decision, told.changes, effects.all)
}

/** Whose code is good, and is not the one of the lane's right, stands there in its stead. */
function whoShows(
  scan: ScanEvent,
  { current, state, lane }: LaneScanFacts,
  tokenFacts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Who | null {
  if (current === null || lane === null || isShownBefore(state, common, now)) return null
  const { spent } = tokenFacts
  if (spent !== null) return isGrantedFor(current.right, spent.identity) ? 'same' : null
  if (!lane.takes.includes(scan.token.kind) || !judgeToken(scan, tokenFacts, common, now).ok) return null
  return belongsTo(current, scan.token, tokenFacts) ? 'same' : 'another'
}

function decideShown(
  scan: ScanEvent,
  laneFacts: LaneScanFacts,
  tokenFacts: TokenFacts,
  effects: EffectsOf,
  common: CommonFacts,
  now: Now,
): Decision {
  const { lane, state, devices } = laneFacts
  const { phase } = state
  const { token } = scan
  const { spent } = tokenFacts
  const soon = later(now.at, common.policy.announceWithinMs)
  const due = lane === null || lane.price === null ? null : siteMoney(lane.price, common)
  const refuseOnDisplay = (refusal: Refusal): Decision => {
    effects.announce(devices, ['display', 'soundbox'], soon, { kind: 'refused', refusal, due })
    return refuse(refusal, due, effects.all)
  }

  if (lane === null) return refuseOnDisplay('lane-unknown')
  if (!lane.takes.includes(token.kind)) return refuseOnDisplay('token-kind-not-taken')
  if (phase.kind === 'held-open') return refuseOnDisplay('lane-held-open')

  const passing = phase.kind === 'passing' ? ofMode(laneFacts.current, common) : null
  const unused = stillUsable(laneFacts.unused, common, now)

  // What has been spent speaks for what it bought, also when it has expired or been denied since, and for nothing else.
  if (spent !== null) {
    const bought =
      [passing, unused].find((passage) => passage !== null && isGrantedFor(passage.right, spent.identity)) ?? null
    return bought === null ? refuseOnDisplay('token-spent') : letBack(bought)
  }
  const judged = judgeToken(scan, tokenFacts, common, now)
  if (!judged.ok) return refuseOnDisplay(judged.refusal)
  const theirs = passing !== null && belongsTo(passing, token, tokenFacts) ? passing : unused
  if (theirs !== null) return letBack(theirs)

  const stands = standingFor(null)
  if (!stands.ok) return refuseOnDisplay(stands.refusal)
  const admitted = admit({ scan, lane, due, tokenFacts, laneFacts, common, now }, judged)
  if (!admitted.ok) return refuseOnDisplay(admitted.refusal)

  const passage: Passage = {
    id: passageIdAt(common),
    lane: lane.id,
    mode: common.mode,
    right: admitted.right,
    payer: admitted.payer,
    presence: stands.presence,
    grantedAt: now.at,
    until: later(now.at, common.policy.passageRightMs),
    status: 'granted',
  }
  const opened = openLane(laneFacts, stands.barrier, passage, effects, common, now)
  const { paid } = admitted
  const told = paid === null ? ['display'] : ['display', 'soundbox']
  effects.announce(devices, told, soon, { kind: 'welcome', paid: paid?.amount ?? null })
  return {
    outcome:
      paid === null
        ? { ok: true, kind: 'let-through', passage: passage.id }
        : { ok: true, kind: 'paid', ...paid, passage: passage.id },
    subject: { charge: paid?.charge ?? null, passage: passage.id, session: null },
    changes: [...admitted.changes, { kind: 'passage-granted', passage }, ...opened],
    effects: effects.all,
    documents: admitted.documents,
    keep: admitted.keep,
  }

  /** The vehicle that the code was shown for, and no other. */
  function standingFor(passage: Passage | null): Standing {
    return isShownBefore(state, common, now) ? { ok: false, refusal: 'stale-scan' } : standing(laneFacts, passage)
  }

  /** A right that is there already: nothing is taken, and its vehicle, if it stands there, gets the arm. */
  function letBack(passage: Passage): Decision {
    const paid = paidBy(passage)
    const accepted: Decision = {
      ...NOTHING,
      outcome: { ok: true, kind: 'already-accepted', ...paid, passage: passage.id },
      subject: { charge: paid.charge, passage: passage.id, session: null },
    }
    // A reader that has not looked away from a vehicle which is going through.
    if (passage === passing) return accepted
    const waits = standingFor(passage)
    if (!waits.ok) return refuseOnDisplay(waits.refusal)
    // An arm that has been asked may still say what becomes of it: to ask again would only hide that it does not answer.
    const isAsked = phase.kind === 'opening'
    const changes = isAsked ? [] : openLane(laneFacts, waits.barrier, passage, effects, common, now)
    effects.announce(devices, ['display'], soon, { kind: 'drive-on' })
    return { ...accepted, changes, effects: effects.all }
  }
}

type Entry = {
  readonly scan: ScanEvent
  readonly lane: Lane
  readonly due: Money | null
  readonly tokenFacts: TokenFacts
  readonly laneFacts: LaneScanFacts
  readonly common: CommonFacts
  readonly now: Now
}

type Admitted =
  | {
      readonly ok: true
      readonly right: PassageGround
      readonly payer: string | null
      readonly paid: { readonly charge: ChargeId; readonly amount: Money; readonly receipt: string } | null
      readonly changes: readonly Change[]
      readonly documents: Decision['documents']
      readonly keep: Decision['keep']
    }
  | { readonly ok: false; readonly refusal: Refusal }

/** A new right to pass, on the ground that the token gives. */
function admit(entry: Entry, judged: Accepted): Admitted {
  const { token } = entry.scan
  switch (token.kind) {
    case 'pay':
    case 'holder':
      return admitPayer(entry, token, judged)
    case 'pass':
      return admitPass(entry, token)
    case 'override':
      return admitOverride(entry, token)
    case 'ticket':
    case 'receipt':
      return { ok: false, refusal: 'token-kind-not-taken' }
  }
}

function admitPayer(entry: Entry, token: PayToken | HolderToken, judged: Accepted): Admitted {
  const { scan, lane, due, tokenFacts, common, now } = entry
  if (due === null) return { ok: false, refusal: 'no-price' }
  const refusal = judgePayment(token, due, judged, tokenFacts, common, now)
  if (refusal !== undefined) return { ok: false, refusal }
  const charge = laneCharge(lane, due, common, now)
  const taken =
    due.amount === 0
      ? takeNothing(charge, tokenFacts, common, now)
      : takePayment(
          { ...scan, token },
          [{ charge, amount: due, feeBasisPoints: 0, closes: true, isOwed: false }],
          passageIdAt(common),
          judged.issuer,
          tokenFacts,
          common,
          now,
        )
  return {
    ok: true,
    right: { kind: 'payment', charge: charge.id, amount: due, spent: spendIdentityOf(token, common.mode) },
    payer: tokenFacts.payer.mac,
    paid: { charge: charge.id, amount: due, receipt: taken.receipt.id },
    changes: [{ kind: 'charge-opened', charge }, ...taken.changes],
    documents: [taken.receipt],
    keep: taken.keep,
  }
}

/** A lane whose price is set to 0: recorded as such. No money moves, so nothing is spent, claimed or at risk. */
function takeNothing(charge: Charge, facts: TokenFacts, common: CommonFacts, now: Now): Taken {
  return {
    changes: [
      {
        kind: 'payment-taken',
        charge: charge.id,
        tender: 'token',
        amount: charge.due,
        claim: null,
        payer: facts.payer.mac,
        at: now.at,
      },
      { kind: 'charge-closed', charge: charge.id, status: 'paid', at: now.at },
    ],
    receipt: receiptFor(common, charge, charge.due, now.at),
    keep: ['payer'],
  }
}

function admitPass({ lane, laneFacts, common, now }: Entry, token: PassToken): Admitted {
  const refusal = judgePass(token, lane, laneFacts, common, now)
  if (refusal !== undefined) return { ok: false, refusal }
  return free({ kind: 'pass', iss: token.iss, jti: token.jti }, [])
}

function admitOverride({ scan, lane, common }: Entry, token: OverrideToken): Admitted {
  if (!namesLane(token, lane)) return { ok: false, refusal: 'pass-not-here' }
  const identity = spendIdentityOf(token, common.mode)
  const spent: Change = {
    kind: 'token-spent',
    spent: {
      identity,
      kind: 'override',
      place: scan.place,
      charge: null,
      passage: passageIdAt(common),
      amount: null,
      until: spentUntil(token, common),
    },
  }
  return free({ kind: 'override', spent: identity }, [spent])
}

function free(right: PassageGround, changes: readonly Change[]): Admitted {
  return { ok: true, right, payer: null, paid: null, changes, documents: [], keep: [] }
}

/** Days, hours, and the rule that a pass which is inside must come out before it goes in again. One pass lets one vehicle through at a time: its side moves only with the vehicle. */
function judgePass(
  token: PassToken,
  lane: Lane,
  { passSide: side, isPassElsewhere }: LaneScanFacts,
  common: CommonFacts,
  now: Now,
): Refusal | undefined {
  // What a right of a car park is worth, its books say, and they are not asked here.
  if (token.right !== undefined || !namesLane(token, lane)) return 'pass-not-here'
  if (!token.hours.some((hours) => isWithinHours(hours, now.local))) return 'pass-not-now'
  if (common.policy.antiPassback === 'off') return undefined
  if (lane.direction === 'entry' && side === 'inside') return 'pass-already-inside'
  if (lane.direction === 'exit' && side !== 'inside') return 'pass-not-inside'
  if (lane.direction !== 'both' && isPassElsewhere) return 'pass-in-use'
  return undefined
}

/** An empty list of lanes means every lane of the site. */
function namesLane({ lanes }: PassToken | OverrideToken, lane: Lane): boolean {
  return lanes.length === 0 || lanes.includes(lane.id)
}

/** Hours that run over midnight belong to the day on which they began. */
function isWithinHours(hours: PassHours, local: LocalTime): boolean {
  const { fromMinute, toMinute, weekdays } = hours
  const { minuteOfDay, weekday } = local
  if (fromMinute <= toMinute) return weekdays.includes(weekday) && minuteOfDay >= fromMinute && minuteOfDay < toMinute
  const dayBefore = weekday === 1 ? 7 : weekday - 1
  return minuteOfDay >= fromMinute ? weekdays.includes(weekday) : minuteOfDay < toMinute && weekdays.includes(dayBefore)
}

/** Whether the code is another form of what the right was granted for: the payer's next rotating code, or the same pass. */
function belongsTo(passage: Passage, token: PresentedToken, facts: TokenFacts): boolean {
  const { right, payer } = passage
  return right.kind === 'pass' ? right.iss === token.iss && right.jti === token.jti : isPayer(payer, facts)
}

/** What a right that is used again had been paid with; nothing where it came from a pass or an override. */
function paidBy(passage: Passage): { readonly charge: ChargeId | null; readonly amount: Money | null } {
  const { right } = passage
  return right.kind === 'payment' ? { charge: right.charge, amount: right.amount } : { charge: null, amount: null }
}

function passageIdAt(common: CommonFacts): PassageId {
  return idAt<PassageId>(common.position, 'p', 0)
}

function laneCharge(lane: Lane, due: Money, common: CommonFacts, now: Now): Charge {
  return {
    id: idAt<ChargeId>(common.position, 'g', 0),
    place: { kind: 'lane', id: lane.id },
    merchant: lane.merchant,
    due,
    mode: common.mode,
    session: null,
    openedAt: now.at,
    expiresAt: later(now.at, common.policy.chargeOpenMaxMs),
  }
}
