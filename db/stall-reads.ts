import { sql } from 'drizzle-orm'
import type { ChargeFacts, LastPaid } from '../core/facts.ts'
import type { ChargeId, StallId } from '../core/ids.ts'
import { PAID_LATELY_MAX, ROTATES_WITHIN_MS } from '../core/market.ts'
import type { Mode } from '../core/mode.ts'
import type { Now } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Db } from './open.ts'
import { chargeFactsOf, moneyOf } from './rows.ts'
import * as tables from './schema.ts'

/** What the books say of charges, and of what was paid at a stall. */
export type StallReads = {
  charge(id: ChargeId): ChargeFacts | null
  openCharge(stall: StallId, mode: Mode): ChargeFacts | null
  lastPaid(stall: StallId, mode: Mode): LastPaid | null
  /** Within `ROTATES_WITHIN_MS` of now, the newest first. */
  paidLately(stall: StallId, mode: Mode, now: Now): readonly LastPaid[]
}

const PAID_READ_FIRST = 8

export function createStallReads(db: Db): StallReads {
  const read = prepare(db)
  return {
    charge(id) {
      const row = read.charge.get({ id })
      return row === undefined ? null : chargeFactsOf(row)
    },
    openCharge(id, mode) {
      const row = read.openCharge.get({ kind: 'stall', id, mode })
      return row === undefined ? null : chargeFactsOf(row)
    },
    lastPaid(id, mode) {
      const row = read.lastPaid.get({ kind: 'stall', id, mode })
      return row === undefined ? null : lastPaidOf(row)
    },
    /** Most often the first few rows reach back beyond the time that is asked for. */
    paidLately(id, mode, now) {
      const place = { kind: 'stall', id, mode } as const
      const isLate = (row: { readonly at: number }): boolean => Math.abs(now.at - row.at) <= ROTATES_WITHIN_MS
      const first = read.paidNewest.all(place)
      const rows = first.length === PAID_READ_FIRST && first.every(isLate) ? read.paidLately.all(place) : first
      return rows.filter(isLate).flatMap((row) => lastPaidOf(row) ?? [])
    },
  }
}

function lastPaidOf(row: typeof tables.payment.$inferSelect): LastPaid | null {
  if (row.payer === null) return null
  return {
    charge: row.charge as ChargeId,
    amount: moneyOf(row.amount, row.currency),
    payer: row.payer,
    at: instant(row.at),
  }
}

/** A `+` before a parameter: db/facts.ts says why. */
function prepare(db: Db) {
  const p = sql.placeholder
  const { charge, payment } = tables
  // What a payment is of, its charge says. Training and money seldom take turns at one stall, so the first or second row is of the mode.
  const paidAt = sql`${payment.placeKind} = +${p('kind')} and ${payment.placeId} = +${p('id')} and (select mode from charge where charge.id = ${payment.charge}) = +${p('mode')}`
  const newestPaid = (rowsMax: number) =>
    db
      .select()
      .from(payment)
      .where(paidAt)
      .orderBy(sql`${payment.seq} desc limit ${sql.raw(String(rowsMax))}`)
      .prepare()
  return {
    charge: db
      .select()
      .from(charge)
      .where(sql`${charge.id} = ${p('id')}`)
      .prepare(),
    openCharge: db
      .select()
      .from(charge)
      .where(
        sql`${charge.placeKind} = ${p('kind')} and ${charge.placeId} = ${p('id')} and ${charge.mode} = ${p('mode')} and ${charge.status} in ('open', 'owed') and ${charge.status} = 'open'`,
      )
      .prepare(),
    lastPaid: db.select().from(payment).where(paidAt).orderBy(sql`${payment.seq} desc`).prepare(),
    paidNewest: newestPaid(PAID_READ_FIRST),
    paidLately: newestPaid(PAID_LATELY_MAX),
  }
}
