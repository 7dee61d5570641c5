import type { Change, Charge } from './changes.ts'
import type { Decision } from './decision.ts'
import { clearTimer, effectsAt, NOTHING, refuse, setTimer } from './decision.ts'
import type { EventOf, ScanEvent } from './events.ts'
import type {
  CancelFacts,
  ChargeFacts,
  CommonFacts,
  ExpiryFacts,
  LastPaid,
  StallFacts,
  StallScanFacts,
  TokenFacts,
} from './facts.ts'
import { isPayer } from './facts.ts'
import type { ChargeId } from './ids.ts'
import { idAt } from './ids.ts'
import type { Money } from './money.ts'
import { KEYED_AMOUNT_MAX, money, subtractMoney } from './money.ts'
import type { PayableToken } from './payment.ts'
import { isPayable, judgePayment, judgeToken, takePayment } from './payment.ts'
import type { Outcome } from './records.ts'
import type { Refusal } from './refusals.ts'
import type { Device, Stall } from './site.ts'
import type { Now } from './time.ts'
import { isTrusted, later, MINUTE_MS } from './time.ts'

/**
 * A phone that shows a rotating code does not know that it has paid, and shows its next form: for so long after a payment that form stands for the same agreement.
 * It is neither told off nor taken for another payment.
 */
export const ROTATES_WITHIN_MS = MINUTE_MS

/** So many payments of one stall are looked through for the payer of a rotating code: four a second for a minute. Where there are more, such a code is told to wait. */
export const PAID_LATELY_MAX = 256

/**
 * The vendor keyed an amount: one open charge at a stall, so a new amount takes the place of one that nobody has paid. Refuses an unknown stall,
 * another currency, an amount of 0, and one over `KEYED_AMOUNT_MAX`.
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
  if (body.amount.amount > KEYED_AMOUNT_MAX) return refuse('amount-invalid')
  const charge: Charge = {
    id: idAt<ChargeId>(common.position, 'g', 0),
    place: { kind: 'stall', id: stall.id },
    merchant: stall.merchant,
    due: body.amount,
    mode: common.mode,
    session: null,
    openedAt: now.at,
    expiresAt: later(now.at, common.policy.chargeOpenMaxMs),
  }
  const effects = effectsAt(common)
  effects.announce(facts.devices, ['till', 'display'], charge.expiresAt, {
    kind: 'amount-due',
    amount: charge.due,
    charge: charge.id,
    qr: null,
    ...(common.takesCodes ? {} : { withoutCode: true, cashFor: 'vendor' }),
  })
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'charge-opened', charge: charge.id, due: charge.due },
    subject: { charge: charge.id, passage: null, session: null },
    changes: [
      ...(facts.open === null ? [] : closeCharge(facts.open.charge.id, 'cancelled', now)),
      { kind: 'charge-opened', charge },
      setTimer({ purpose: 'charge-expires', charge: charge.id }, now.at, common.policy.chargeOpenMaxMs),
    ],
    effects: effects.all,
  }
}

/**
 * The vendor takes an amount back. Without a charge named, it is the stall's open one. Refuses one that is closed, unknown, of another stall, or of
 * the other mode.
 */
export function decideChargeCancel(
  body: EventOf<'charge-cancel'>,
  facts: CancelFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { stall } = facts
  if (stall === null) return refuse('stall-unknown')
  const found = body.charge === null ? facts.open : facts.named
  if (found === null || !isOwedHere(found, stall, common)) {
    return refuse(body.charge === null ? 'no-open-charge' : 'charge-unknown')
  }
  if (found.status !== 'open') return refuse('charge-closed')
  return closeUnpaid(found.charge.id, 'cancelled', facts.devices, common, now, {
    ok: true,
    kind: 'charge-cancelled',
    charge: found.charge.id,
  })
}

/** Nobody paid in time: the charge closes, and a code shown later meets no open charge. While the time is not trusted the charge gets its time again. */
export function decideChargeExpiry(facts: ExpiryFacts, common: CommonFacts, now: Now): Decision {
  const { charge } = facts
  if (charge === null || charge.status !== 'open') return NOTHING
  const { id } = charge.charge
  if (!isTrusted(now.trust)) {
    const again = setTimer({ purpose: 'charge-expires', charge: id }, now.at, common.policy.chargeOpenMaxMs)
    return { ...NOTHING, subject: { charge: id, passage: null, session: null }, changes: [again] }
  }
  return closeUnpaid(id, 'expired', facts.devices, common, now, NOTHING.outcome)
}

/**
 * A payer's code at a stall: taken once, for exactly what the open charge still asks, and at most what the payer agreed to. The same token again
 * answers `already-accepted` until the stall takes another payment or the vendor keys a new amount.
 */
export function decideScanAtStall(
  scan: ScanEvent,
  stallFacts: StallScanFacts,
  tokenFacts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { stall, devices, lastPaid, paidLately } = stallFacts
  const open = stallFacts.open !== null && isPayableNow(stallFacts.open, common, now) ? stallFacts.open : null
  const effects = effectsAt(common)
  const soon = later(now.at, common.policy.announceWithinMs)
  const refuseAloud = (refusal: Refusal): Decision => {
    const due = open === null ? null : stillDue(open)
    effects.announce(devices, ['soundbox', 'till', 'display'], soon, { kind: 'refused', refusal, due })
    return refuse(refusal, due, effects.all)
  }
  // Shown and not spoken: a second "received" would sound like a second payment.
  const alreadyAccepted = ({ charge, amount }: LastPaid): Decision => {
    effects.announce(devices, ['till', 'display'], soon, { kind: 'already-received', amount, charge })
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'already-accepted', charge, amount, passage: null },
      subject: { charge, passage: null, session: null },
      effects: effects.all,
    }
  }

  if (stall === null) return refuseAloud('stall-unknown')
  const { token } = scan
  if (!isPayable(token)) return refuseAloud('token-kind-not-taken')

  const { spent } = tokenFacts
  if (spent !== null) {
    const isLast = lastPaid !== null && lastPaid.charge === spent.charge
    return isLast && open === null ? alreadyAccepted(lastPaid) : refuseAloud('token-spent')
  }

  const judged = judgeToken(scan, tokenFacts, common, now)
  if (!judged.ok) return refuseAloud(judged.refusal)
  // Not the last payment alone: a phone that was left before the reader is still there when the next customer has paid.
  const rotated = paidLately.filter((paid) => isNextForm(token, paid, tokenFacts, now))
  const [newest] = rotated
  if (open === null) return newest === undefined ? refuseAloud('no-open-charge') : alreadyAccepted(newest)
  // The phone was left before the reader, and the vendor has keyed what somebody else is to pay. Less than was taken then is a new agreement.
  if (rotated.some((paid) => token.amt.amount >= paid.amount.amount)) return refuseAloud('payer-just-paid')
  // There may be more than were looked through, and this payer's among them.
  if (paidLately.length >= PAID_LATELY_MAX) return refuseAloud('busy')

  const due = stillDue(open)
  const bad = judgePayment(token, due, judged, tokenFacts, common, now)
  if (bad !== undefined) return refuseAloud(bad)

  const { charge } = open
  const { feeBasisPoints } = stall
  const taken = takePayment(
    { ...scan, token },
    [{ charge, amount: due, feeBasisPoints, closes: true, isOwed: false }],
    null,
    judged.issuer,
    tokenFacts,
    common,
    now,
  )
  effects.announce(devices, ['soundbox', 'till', 'display'], soon, {
    kind: 'received',
    amount: due,
    due,
    charge: charge.id,
  })
  return {
    outcome: { ok: true, kind: 'paid', charge: charge.id, amount: due, passage: null, receipt: taken.receipt.id },
    subject: { charge: charge.id, passage: null, session: null },
    changes: [...taken.changes, clearTimer({ purpose: 'charge-expires', charge: charge.id })],
    effects: effects.all,
    documents: [taken.receipt],
    keep: taken.keep,
  }
}

/** A charge whose time is over is over, also where its timer comes late. Training money pays nothing that is live, nor the other way about. */
function isPayableNow({ charge }: ChargeFacts, common: CommonFacts, now: Now): boolean {
  return charge.mode === common.mode && (now.at < charge.expiresAt || !isTrusted(now.trust))
}

function isNextForm(token: PayableToken, lastPaid: LastPaid, facts: TokenFacts, now: Now): boolean {
  const sinceMs = Math.abs(now.at - lastPaid.at)
  return token.kind === 'holder' && isPayer(lastPaid.payer, facts) && sinceMs <= ROTATES_WITHIN_MS
}

function isOwedHere({ charge }: ChargeFacts, stall: Stall, common: CommonFacts): boolean {
  const { place, mode } = charge
  return place.kind === 'stall' && place.id === stall.id && mode === common.mode
}

function stillDue(open: ChargeFacts): Money {
  return subtractMoney(open.charge.due, money(open.paid, open.charge.due.currency))
}

function closeUnpaid(
  charge: ChargeId,
  status: 'cancelled' | 'expired',
  devices: readonly Device[],
  common: CommonFacts,
  now: Now,
  outcome: Outcome,
): Decision {
  const effects = effectsAt(common)
  effects.announce(devices, ['till', 'display'], later(now.at, common.policy.announceWithinMs), {
    kind: 'charge-cancelled',
    charge,
  })
  return {
    ...NOTHING,
    outcome,
    subject: { charge, passage: null, session: null },
    changes: closeCharge(charge, status, now),
    effects: effects.all,
  }
}

function closeCharge(charge: ChargeId, status: 'cancelled' | 'expired', now: Now): readonly Change[] {
  return [{ kind: 'charge-closed', charge, status, at: now.at }, clearTimer({ purpose: 'charge-expires', charge })]
}
