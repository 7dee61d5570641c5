import { sql } from 'drizzle-orm'
import type { Spent } from '../core/changes.ts'
import type { RiskFacts } from '../core/facts.ts'
import type { ChargeId, PassageId } from '../core/ids.ts'
import type { Mode } from '../core/mode.ts'
import type { LocalDay } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { SpendIdentity } from '../core/tokens.ts'
import type { Db } from './open.ts'
import { moneyOf, placeOf } from './rows.ts'
import * as tables from './schema.ts'

/** What the books say of a token that was shown. */
export type TokenReads = {
  spentBy(identity: SpendIdentity): Spent | null
  /** `payer`: the pseudonym of the day. */
  risk(payer: string, mode: Mode, day: LocalDay): Pick<RiskFacts, 'payerDay' | 'exposure' | 'lastContactAt'>
}

export function createTokenReads(db: Db): TokenReads {
  const read = prepare(db)
  return {
    spentBy(identity) {
      const row = read.spent.get({ iss: identity.iss, id: identity.id })
      if (row === undefined) return null
      return {
        identity,
        kind: row.kind,
        place: placeOf(row.placeKind, row.placeId),
        charge: row.charge as ChargeId | null,
        passage: row.passage as PassageId | null,
        amount: row.amount === null || row.currency === null ? null : moneyOf(row.amount, row.currency),
        until: instant(row.until),
      }
    },
    risk(payer, mode, day) {
      const contactAt = read.contact.get()?.at
      return {
        payerDay: read.payerDay.get({ payer, mode, day })?.amount ?? 0,
        exposure: read.exposure.get({ mode })?.amount ?? 0,
        lastContactAt: contactAt === undefined ? null : instant(contactAt),
      }
    },
  }
}

/** A `+` before a parameter: db/facts.ts says why. */
function prepare(db: Db) {
  const p = sql.placeholder
  const { contact, exposure, payerDay, spent } = tables
  return {
    spent: db
      .select()
      .from(spent)
      .where(sql`${spent.iss} = ${p('iss')} and ${spent.id} = ${p('id')}`)
      .prepare(),
    payerDay: db
      .select({ amount: payerDay.amount })
      .from(payerDay)
      .where(
        sql`${payerDay.payer} = ${p('payer')} and ${payerDay.mode} = ${p('mode')} and ${payerDay.day} = ${p('day')}`,
      )
      .prepare(),
    exposure: db
      .select({ amount: sql<number>`coalesce(sum(${exposure.amount}), 0)` })
      .from(exposure)
      .where(sql`${exposure.mode} = +${p('mode')}`)
      .prepare(),
    contact: db.select({ at: contact.at }).from(contact).where(sql`${contact.name} = 'upstream'`).prepare(),
  }
}
