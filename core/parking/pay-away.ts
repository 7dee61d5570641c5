import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, refuse } from '../decision.ts'
import type { ScanEvent } from '../events.ts'
import type { CommonFacts, TokenFacts } from '../facts.ts'
import { money } from '../money.ts'
import { isPayable, judgePayment, judgeToken, takePayment } from '../payment.ts'
import type { Now } from '../time.ts'
import { askedAway } from './counter.ts'
import { letOutPaid } from './let-out-paid.ts'
import { withSale } from './pass-sale.ts'
import type { PayingFacts } from './question.ts'
import { settled } from './settled.ts'

/**
 * A payer's code for a charge that it names, on a phone or at a pay station: it pays what was asked there last, where the stay costs no more by now (or what the lane before which its vehicle stands has asked, while that holds), or all that is owed. Where it costs more by now, that is asked, and nothing is taken. Where the vehicle stands at an exit by
 * then, it is let out. The same code again at the same charge is answered and takes nothing.
 */
export function payAway(
  scan: ScanEvent,
  paying: PayingFacts,
  facts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  const { token } = scan
  const { parking, charge, stay, lane } = paying
  if (!isPayable(token)) return refuse('token-kind-not-taken')
  if (parking === null || charge === null || charge.charge.mode !== common.mode) return refuse('charge-unknown')
  const { id, session } = charge.charge
  const subject = { charge: id, passage: null, session }
  const { spent } = facts
  if (spent !== null) {
    if (spent.charge !== id) return refuse('token-spent')
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'already-accepted', charge: id, amount: spent.amount, passage: null },
      subject,
    }
  }
  const judged = judgeToken(scan, facts, common, now)
  if (!judged.ok) return refuse(judged.refusal)
  if (charge.status !== 'open' && charge.status !== 'owed') return refuse('charge-closed')
  const due = askedAway(charge, stay, lane, parking, now)
  if (due.amount === 0) return refuse('nothing-due')
  const bad = judgePayment(token, due, judged, facts, common, now)
  if (bad !== undefined) return refuse(bad, due)
  const isOwed = charge.status === 'owed'
  const raised = money(charge.paid + due.amount, due.currency)
  // Never more than what was shown: what has risen since is shown first.
  if (stay !== null && raised.amount > charge.charge.due.amount) {
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'amount-asked', session: stay.session.id, charge: id, due, holdsUntil: null },
      subject,
      changes: [{ kind: 'charge-raised', charge: id, due: raised }],
    }
  }
  const answers = charge.leftUnpaid === undefined ? {} : { answers: charge.leftUnpaid }
  const part = { charge: charge.charge, amount: due, feeBasisPoints: 0, closes: isOwed, isOwed, ...answers }
  const taken = takePayment({ ...scan, token }, [part], null, judged.issuer, facts, common, now)
  const changes: readonly Change[] = [...taken.changes, ...(isOwed || stay === null ? [] : settled(stay, parking, now))]
  const paid: Decision = {
    outcome: { ok: true, kind: 'paid', charge: id, amount: due, passage: null, receipt: taken.receipt.id },
    subject,
    changes,
    effects: [],
    documents: [taken.receipt],
    keep: [...taken.keep, 'parking'],
  }
  return lane === null ? withSale(paid, paying, now) : letOutPaid(paid, lane, common, now)
}
