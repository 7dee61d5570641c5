import { sql } from 'drizzle-orm'
import { canonicalJson } from '../core/canonical-json.ts'
import type { CreditChange } from '../core/parking/changes.ts'
import { mustChange } from './must-change.ts'
import type { Db } from './open.ts'
import { preparePaymentRow } from './payment-row.ts'
import * as tables from './schema.ts'
import type { StayHolds } from './stay-holds.ts'

/** The part of `project` that writes what a bank told of, and what was taken off a charge again. */
export type CreditProjector = { apply(change: CreditChange, seq: number, index: number): void }

export function createCreditProjector(db: Db, holds: StayHolds): CreditProjector {
  const write = prepare(db)
  return { apply }

  function apply(change: CreditChange, seq: number, index: number): void {
    switch (change.kind) {
      case 'credit-put': {
        const { credit } = change
        write.putCredit.run({
          mode: credit.mode,
          reference: credit.reference,
          amount: credit.amount.amount,
          currency: credit.amount.currency,
          textRef: credit.text?.ref ?? null,
          textMac: credit.text?.mac ?? null,
          toldAt: credit.toldAt,
          at: credit.at,
          status: credit.status,
          parts: canonicalJson(credit.parts),
          overpaid: credit.overpaid,
          case: credit.case,
          sentBack: credit.sentBack ?? null,
          seq,
        })
        return
      }
      case 'credit-reversed': {
        const { charge, ofPaid, ofOverpaid, status, session, at } = change
        mustChange(
          write.reverseCredit.run({ charge, ofPaid: ofPaid.amount, ofOverpaid: ofOverpaid.amount, status, at }),
          change,
        )
        if (ofPaid.amount > 0) {
          write.payment.run({
            seq,
            index,
            charge,
            tender: change.tender ?? 'bank-transfer',
            amount: -ofPaid.amount,
            currency: ofPaid.currency,
            claim: null,
            payer: null,
            at,
          })
        }
        if (session !== null) mustChange(write.sessionUnsettled.run({ session }), change)
        holds.ofCharge(charge)
        return
      }
    }
  }
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { bankCredit, charge, session } = tables
  return {
    putCredit: db
      .insert(bankCredit)
      .values({
        mode: p('mode'),
        reference: p('reference'),
        amount: p('amount'),
        currency: p('currency'),
        textRef: p('textRef'),
        textMac: p('textMac'),
        toldAt: p('toldAt'),
        at: p('at'),
        status: p('status'),
        parts: p('parts'),
        overpaid: p('overpaid'),
        case: p('case'),
        sentBack: p('sentBack'),
        seq: p('seq'),
      })
      .onConflictDoUpdate({
        target: [bankCredit.mode, bankCredit.reference],
        set: {
          status: sql`excluded.status`,
          parts: sql`excluded.parts`,
          overpaid: sql`excluded.overpaid`,
          sentBack: sql`excluded.sent_back`,
          seq: sql`excluded.seq`,
        },
      })
      .prepare(),
    reverseCredit: db
      .update(charge)
      .set({
        paid: sql`${charge.paid} - ${p('ofPaid')}`,
        overpaid: sql`${charge.overpaid} - ${p('ofOverpaid')}`,
        status: sql`${p('status')}`,
        owedAt: sql`case when ${p('status')} = 'owed' then coalesce(${charge.owedAt}, ${p('at')}) else ${charge.owedAt} end`,
        closedAt: sql`case when ${p('status')} in ('owed', 'open') then null else ${charge.closedAt} end`,
      })
      .where(
        sql`${charge.id} = ${p('charge')} and ${charge.paid} >= ${p('ofPaid')} and ${charge.overpaid} >= ${p('ofOverpaid')}`,
      )
      .prepare(),
    /** The payment that was none, taken back in the list of payments. */
    payment: preparePaymentRow(db),
    sessionUnsettled: db
      .update(session)
      .set({ settledAt: sql`null`, graceMs: sql`null` })
      .where(sql`${session.id} = ${p('session')}`)
      .prepare(),
  }
}
