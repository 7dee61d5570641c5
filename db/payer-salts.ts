import { sql } from 'drizzle-orm'
import type { LocalDay, Now } from '../core/time.ts'
import { DAY_MS, later } from '../core/time.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** The salts of the days' payer pseudonyms: when one is erased nobody can join that day's to a payer any more. */
export type PayerSalts = {
  /** Made with the first payer of the day. */
  ofToday(now: Now): string
  /** Of the day before, for what began before midnight; and of the day after, for a clock that was set back. */
  beside(day: LocalDay): readonly string[]
  /** What is kept in memory may not be in the books any more. */
  forget(): void
}

/** Of today and of the days beside it, and of some that are over. */
const KEPT_MAX = 8

export function createPayerSalts(db: Db, randomBytes: (length: number) => Buffer, keepMs: number): PayerSalts {
  const read = prepare(db)
  const known = new Map<LocalDay, string | null>()

  const saltOf = (day: LocalDay): string | null => {
    let salt = known.get(day)
    if (salt === undefined) {
      if (known.size >= KEPT_MAX) known.clear()
      salt = read.salt.get({ ref: saltRef(day) })?.salt ?? null
      known.set(day, salt)
    }
    return salt
  }

  return {
    ofToday(now) {
      const { day } = now.local
      const there = saltOf(day)
      if (there !== null) return there
      const salt = randomBytes(32).toString('base64url')
      read.putSalt.run({ ref: saltRef(day), salt, eraseAt: later(now.at, DAY_MS + keepMs) })
      known.set(day, salt)
      return salt
    },
    beside: (day) => [dayBeside(day, -1), dayBeside(day, 1)].flatMap((beside) => saltOf(beside) ?? []),
    forget: () => known.clear(),
  }
}

function saltRef(day: LocalDay): string {
  return `payer-day:${day}`
}

/** The calendar day so many days later. */
function dayBeside(day: LocalDay, days: number): LocalDay {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10) as LocalDay
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { vault } = tables
  return {
    salt: db
      .select({ salt: vault.salt })
      .from(vault)
      .where(sql`${vault.ref} = ${p('ref')}`)
      .prepare(),
    putSalt: db
      .insert(vault)
      .values({ ref: p('ref'), salt: p('salt'), value: '', purpose: 'payer-day', eraseAt: p('eraseAt') })
      // A clock that was set back meets a day whose salt is erased: its pseudonyms begin anew.
      .onConflictDoUpdate({
        target: vault.ref,
        set: {
          salt: sql`excluded.salt`,
          value: sql`excluded.value`,
          eraseAt: sql`excluded.erase_at`,
          erasedSeq: sql`null`,
        },
        setWhere: sql`${vault.value} is null`,
      })
      .prepare(),
  }
}
