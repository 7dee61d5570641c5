import type { Change, Charge } from './changes.ts'
import type { Decision } from './decision.ts'
import { effectsAt, NOTHING, refuse, setTimer } from './decision.ts'
import type { ScanEvent } from './events.ts'
import type { CommonFacts, LaneScanFacts, TokenFacts } from './facts.ts'
import type { ChargeId, PassageId } from './ids.ts'
import { idAt } from './ids.ts'
import { barrierOf, openLane } from './lane-movement.ts'
import type { LanePhase, Passage, PassageGround } from './lane-state.ts'
import type { Money } from './money.ts'
import { judgePayment, judgeToken, siteMoney, takePayment } from './payment.ts'
import type { Refusal } from './refusals.ts'
import type { Lane } from './site.ts'
import type { LocalTime, Now } from './time.ts'
import { later } from './time.ts'
import type { PassHours, PassToken } from './tokens.ts'
import { spendIdentityOf } from './tokens.ts'

/**
 * A code at a lane. A vehicle must stand there, the barrier must be connected, and nobody else may be passing. One payment for one presence: whoever
 * has paid and could not pass is let through by the same code, by the next form of a rotating one, or by standing where it paid.
 */
export function decideScanAtLane(
  scan: ScanEvent,
  laneFacts: LaneScanFacts,
  tokenFacts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { lane, state } = laneFacts
  const effects = effectsAt(common)
  const soon = later(now.at, common.policy.announceWithinMs)
  const due = lane === null || lane.price === null ? null : siteMoney(lane.price, common)
  const refuseOnDisplay = (refusal: Refusal): Decision => {
    effects.announce(laneFacts.devices, ['display', 'soundbox'], soon, { kind: 'refused', refusal, due })
    return refuse(refusal, due, effects.all)
  }

  if (lane === null) return refuseOnDisplay('lane-unknown')
  const { token } = scan
  if (!lane.takes.includes(token.kind)) return refuseOnDisplay('token-kind-not-taken')
  if (state.phase.kind === 'held-open') return refuseOnDisplay('lane-held-open')

  const again = laneFacts.unused
  const { spent } = tokenFacts
  if (again === null && spent !== null) return refuseOnDisplay('token-spent')
  // A token that has been accepted stands, also when it has expired or been denied since.
  const good = spent === null ? judgeToken(scan, tokenFacts, common, now) : ({ ok: true, audience: 'place' } as const)
  if (!good.ok) return refuseOnDisplay(good.refusal)

  if (!state.approach || state.presence === null) return refuseOnDisplay('no-vehicle')
  const barrier = barrierOf(laneFacts)
  if (barrier === null || !laneFacts.barrierPresent) return refuseOnDisplay('barrier-away')
  if (isUnderWay(state.phase) && (again === null || laneFacts.current?.id !== again.id))
    return refuseOnDisplay('lane-busy')

  if (again !== null) {
    const opened = openLane(lane, state, barrier, again.id, effects, common, now)
    effects.announce(laneFacts.devices, ['display'], soon, { kind: 'drive-on' })
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'already-accepted', ...paidBy(again), passage: again.id },
      subject: { charge: paidBy(again).charge, passage: again.id },
      changes: opened,
      effects: effects.all,
    }
  }

  const passageId = idAt<PassageId>(common.position, 'p', 0)
  const grant = (right: PassageGround, payer: string | null): readonly Change[] => {
    const until = later(now.at, common.policy.passageRightMs)
    const passage: Passage = {
      id: passageId,
      lane: lane.id,
      mode: common.mode,
      right,
      payer,
      presence: state.presence,
      grantedAt: now.at,
      until,
      status: 'granted',
    }
    return [
      { kind: 'passage-granted', passage },
      setTimer({ purpose: 'passage-lapses', passage: passageId }, now.at, common.policy.passageRightMs),
      ...openLane(lane, state, barrier, passageId, effects, common, now),
    ]
  }

  switch (token.kind) {
    case 'pay':
    case 'holder': {
      if (due === null) return refuseOnDisplay('no-price')
      const bad = judgePayment(token, due, good.audience, tokenFacts, common, now)
      if (bad !== undefined) return refuseOnDisplay(bad)
      const charge = laneCharge(lane, due, common, now)
      const taken = takePayment({ ...scan, token }, charge, due, 0, passageId, tokenFacts, common, now)
      const right: PassageGround = { kind: 'payment', charge: charge.id, amount: due, spent: spendIdentityOf(token) }
      const granted = grant(right, tokenFacts.payer.mac)
      effects.announce(laneFacts.devices, ['display', 'soundbox'], soon, { kind: 'welcome', paid: due })
      return {
        outcome: {
          ok: true,
          kind: 'paid',
          charge: charge.id,
          amount: due,
          passage: passageId,
          receipt: taken.receipt.id,
        },
        subject: { charge: charge.id, passage: passageId },
        changes: [{ kind: 'charge-opened', charge }, ...taken.changes, ...granted],
        effects: effects.all,
        documents: [taken.receipt],
        keep: ['payer', 'evidence'],
      }
    }
    case 'pass': {
      const bad = judgePass(token, lane, laneFacts.passSide, common, now)
      if (bad !== undefined) return refuseOnDisplay(bad)
      return letThrough(grant({ kind: 'pass', iss: token.iss, jti: token.jti }, null))
    }
    case 'override': {
      if (token.lanes.length > 0 && !token.lanes.includes(lane.id)) return refuseOnDisplay('pass-not-here')
      const identity = spendIdentityOf(token)
      return letThrough([
        {
          kind: 'token-spent',
          spent: {
            identity,
            kind: 'override',
            place: scan.place,
            charge: null,
            passage: passageId,
            amount: null,
            until: later(token.exp, common.policy.clockWideningMaxMs),
          },
        },
        ...grant({ kind: 'override', spent: identity, reason: token.reason }, null),
      ])
    }
    case 'ticket':
    case 'receipt':
      return refuseOnDisplay('token-kind-not-taken')
  }

  function letThrough(changes: readonly Change[]): Decision {
    effects.announce(laneFacts.devices, ['display'], soon, { kind: 'welcome', paid: null })
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'let-through', passage: passageId },
      subject: { charge: null, passage: passageId },
      changes,
      effects: effects.all,
    }
  }
}

/** Days, hours, and the rule that a pass which is inside must come out before it goes in again. */
function judgePass(
  token: PassToken,
  lane: Lane,
  side: 'inside' | 'outside' | null,
  common: CommonFacts,
  now: Now,
): Refusal | undefined {
  if (token.lanes.length > 0 && !token.lanes.includes(lane.id)) return 'pass-not-here'
  if (!token.hours.some((hours) => isWithin(hours, now.local))) return 'pass-not-now'
  if (common.policy.antiPassback === 'off') return undefined
  if (lane.direction === 'entry' && side === 'inside') return 'pass-already-inside'
  if (lane.direction === 'exit' && side !== 'inside') return 'pass-not-inside'
  return undefined
}

/** Hours that run over midnight belong to the day on which they began. */
function isWithin(hours: PassHours, local: LocalTime): boolean {
  const { fromMinute, toMinute, weekdays } = hours
  const { minuteOfDay, weekday } = local
  if (fromMinute <= toMinute) return weekdays.includes(weekday) && minuteOfDay >= fromMinute && minuteOfDay < toMinute
  const dayBefore = weekday === 1 ? 7 : weekday - 1
  return minuteOfDay >= fromMinute ? weekdays.includes(weekday) : minuteOfDay < toMinute && weekdays.includes(dayBefore)
}

function isUnderWay(phase: LanePhase): boolean {
  return phase.kind === 'opening' || phase.kind === 'open' || phase.kind === 'passing'
}

/** What a right that is used again had been paid with; nothing where it came from a pass or an override. */
function paidBy(passage: Passage): { readonly charge: ChargeId | null; readonly amount: Money | null } {
  return passage.right.kind === 'payment'
    ? { charge: passage.right.charge, amount: passage.right.amount }
    : { charge: null, amount: null }
}

function laneCharge(lane: Lane, due: Money, common: CommonFacts, now: Now): Charge {
  return {
    id: idAt<ChargeId>(common.position, 'g', 0),
    place: { kind: 'lane', id: lane.id },
    merchant: lane.merchant,
    due,
    mode: common.mode,
    openedAt: now.at,
    expiresAt: later(now.at, common.policy.chargeOpenMaxMs),
  }
}
