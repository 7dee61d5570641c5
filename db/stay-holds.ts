import { sql } from 'drizzle-orm'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** For what stays are still looked up by what they are known by: they are open, or they owe. */
export type StayHolds = {
  /** Of its status and its charge's, as they stand now. */
  ofStay(session: string): void
  ofCharge(charge: string): void
}

export function createStayHolds(db: Db): StayHolds {
  const write = prepare(db)
  return {
    ofStay(session) {
      write.hold.run({ session })
    },
    ofCharge(charge) {
      const row = write.sessionOfCharge.get({ charge })
      if (row !== undefined && row.session !== null) write.hold.run({ session: row.session })
    },
  }
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { charge, sessionCredential } = tables
  return {
    hold: db
      .update(sessionCredential)
      .set({
        held: sql`(select case when session.status in ('entering', 'inside', 'leaving') then 'open' when (select charge.status from charge where charge.id = session.charge) = 'owed' then 'owed' end from session where session.id = ${p('session')})`,
      })
      .where(sql`${sessionCredential.session} = ${p('session')}`)
      .prepare(),
    sessionOfCharge: db
      .select({ session: charge.session })
      .from(charge)
      .where(sql`${charge.id} = ${p('charge')}`)
      .prepare(),
  }
}
