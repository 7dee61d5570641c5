import { sql } from 'drizzle-orm'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** Writes a row of the list of payments; below 0 it takes one back. Where it was taken, its charge says. */
export function preparePaymentRow(db: Db) {
  const p = sql.placeholder
  return db
    .insert(tables.payment)
    .values({
      seq: p('seq'),
      index: p('index'),
      charge: p('charge'),
      placeKind: sql`(select place_kind from charge where id = ${p('charge')})`,
      placeId: sql`(select place_id from charge where id = ${p('charge')})`,
      tender: p('tender'),
      amount: p('amount'),
      currency: p('currency'),
      claim: p('claim'),
      payer: p('payer'),
      at: p('at'),
    })
    .prepare()
}
