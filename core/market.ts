import type { Change, Charge } from './changes.ts'
import type { Decision } from './decision.ts'
import { clearTimer, effectsAt, NOTHING, refuse, setTimer } from './decision.ts'
import type { EventBody, ScanEvent } from './events.ts'
import type { CancelFacts, ChargeFacts, CommonFacts, ExpiryFacts, StallFacts, TokenFacts } from './facts.ts'
import type { ChargeId } from './ids.ts'
import { idAt } from './ids.ts'
import type { Money } from './money.ts'
import { isPayable, judgePayment, judgeToken, takePayment } from './payment.ts'
import type { Now } from './time.ts'
import { later, MINUTE_MS } from './time.ts'

/** A rotating code is read again in its next form by a reader that has not looked away: the same payer, just after paying, is not told off. */
const REPEAT_WITHIN_MS = MINUTE_MS

type EventOf<Kind extends EventBody['kind']> = Extract<EventBody, { kind: Kind }>

/**
 * The vendor keyed an amount: one open charge at a stall, so a new amount takes the place of one that nobody has paid. Refuses an unknown stall,
 * another currency, and an amount of 0.
 */
export function decideChargeOpen(
  body: EventOf<'charge-open'>,
  facts: StallFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { stall } = facts
  if (stall === null) return refuse('stall-unknown')
  if (body.amount.currency !== common.layout.currency) return refuse('token-currency')
  if (body.amount.amount === 0) return refuse('amount-zero')
  const charge: Charge = {
    id: idAt<ChargeId>(common.position, 'g', 0),
    place: { kind: 'stall', id: stall.id },
    merchant: stall.merchant,
    due: body.amount,
    mode: common.mode,
    openedAt: now.at,
    expiresAt: later(now.at, common.policy.chargeOpenMaxMs),
  }
  const effects = effectsAt(common)
  effects.announce(facts.devices, ['till', 'display'], charge.expiresAt, {
    kind: 'amount-due',
    amount: charge.due,
    charge: charge.id,
  })
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'charge-opened', charge: charge.id, due: charge.due },
    subject: { charge: charge.id, passage: null },
    changes: [
      ...(facts.open === null ? [] : closeCharge(facts.open.charge.id, 'cancelled', now)),
      { kind: 'charge-opened', charge },
      setTimer({ purpose: 'charge-expires', charge: charge.id }, now.at, common.policy.chargeOpenMaxMs),
    ],
    effects: effects.all,
  }
}

/** The vendor takes an amount back. Without a charge named, it is the stall's open one. Refuses one that is closed, unknown, or of another stall. */
export function decideChargeCancel(
  body: EventOf<'charge-cancel'>,
  facts: CancelFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts.stall === null) return refuse('stall-unknown')
  const found = body.charge === null ? facts.open : facts.named
  if (found === null || found.charge.place.kind !== 'stall' || found.charge.place.id !== facts.stall.id) {
    return refuse(body.charge === null ? 'no-open-charge' : 'charge-unknown')
  }
  if (found.status !== 'open') return refuse('charge-closed')
  const effects = effectsAt(common)
  effects.announce(facts.devices, ['till', 'display'], later(now.at, common.policy.announceWithinMs), {
    kind: 'charge-cancelled',
    charge: found.charge.id,
  })
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'charge-cancelled', charge: found.charge.id },
    subject: { charge: found.charge.id, passage: null },
    changes: closeCharge(found.charge.id, 'cancelled', now),
    effects: effects.all,
  }
}

/** Nobody paid in time: the charge closes, and a code shown later meets no open charge. */
export function decideChargeExpiry(facts: ExpiryFacts, common: CommonFacts, now: Now): Decision {
  const { charge } = facts
  if (charge === null || charge.status !== 'open') return NOTHING
  const effects = effectsAt(common)
  effects.announce(facts.devices, ['till', 'display'], later(now.at, common.policy.announceWithinMs), {
    kind: 'charge-cancelled',
    charge: charge.charge.id,
  })
  return {
    ...NOTHING,
    subject: { charge: charge.charge.id, passage: null },
    changes: [{ kind: 'charge-closed', charge: charge.charge.id, status: 'expired', at: now.at }],
    effects: effects.all,
  }
}

/**
 * A payer's code at a stall: taken once, for exactly what the open charge still asks, and at most what the payer agreed to. The same token again
 * answers `already-accepted` until the vendor keys a new amount.
 */
export function decideScanAtStall(
  scan: ScanEvent,
  stallFacts: StallFacts,
  tokenFacts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { stall, open } = stallFacts
  const effects = effectsAt(common)
  const soon = later(now.at, common.policy.announceWithinMs)
  const refuseAloud = (refusal: Parameters<typeof refuse>[0]): Decision => {
    const due = open === null ? null : stillDue(open)
    effects.announce(stallFacts.devices, ['soundbox', 'till', 'display'], soon, { kind: 'refused', refusal, due })
    return refuse(refusal, due, effects.all)
  }
  // Shown and not spoken: a second "received" would sound like a second payment.
  const alreadyAccepted = (charge: ChargeId, amount: Money): Decision => {
    effects.announce(stallFacts.devices, ['till', 'display'], soon, { kind: 'already-received', amount, charge })
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'already-accepted', charge, amount, passage: null },
      subject: { charge, passage: null },
      effects: effects.all,
    }
  }

  if (stall === null) return refuseAloud('stall-unknown')
  const { token } = scan
  if (!isPayable(token)) return refuseAloud('token-kind-not-taken')

  const { spent } = tokenFacts
  if (spent !== null) {
    const here = spent.place.kind === 'stall' && spent.place.id === stall.id
    if (!here || open !== null || spent.charge === null || spent.amount === null) return refuseAloud('token-spent')
    return alreadyAccepted(spent.charge, spent.amount)
  }

  const good = judgeToken(scan, tokenFacts, common, now)
  if (!good.ok) return refuseAloud(good.refusal)
  if (open === null) {
    const { lastPaid } = stallFacts
    const samePayer = lastPaid !== null && lastPaid.payer === tokenFacts.payer.mac
    return samePayer && now.at - lastPaid.at <= REPEAT_WITHIN_MS
      ? alreadyAccepted(lastPaid.charge, lastPaid.amount)
      : refuseAloud('no-open-charge')
  }
  const due = stillDue(open)
  const bad = judgePayment(token, due, good.audience, tokenFacts, common, now)
  if (bad !== undefined) return refuseAloud(bad)

  const taken = takePayment({ ...scan, token }, open.charge, due, stall.feeBasisPoints, null, tokenFacts, common, now)
  effects.announce(stallFacts.devices, ['soundbox', 'till', 'display'], soon, {
    kind: 'received',
    amount: due,
    due,
    charge: open.charge.id,
  })
  return {
    outcome: { ok: true, kind: 'paid', charge: open.charge.id, amount: due, passage: null, receipt: taken.receipt.id },
    subject: { charge: open.charge.id, passage: null },
    changes: [...taken.changes, clearTimer({ purpose: 'charge-expires', charge: open.charge.id })],
    effects: effects.all,
    documents: [taken.receipt],
    keep: ['payer', 'evidence'],
  }
}

function stillDue(open: ChargeFacts): Money {
  return { amount: open.charge.due.amount - open.paid, currency: open.charge.due.currency }
}

function closeCharge(charge: ChargeId, status: 'cancelled', now: Now): readonly Change[] {
  return [{ kind: 'charge-closed', charge, status, at: now.at }, clearTimer({ purpose: 'charge-expires', charge })]
}
