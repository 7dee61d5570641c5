import { sql } from 'drizzle-orm'
import type { Now } from '../core/time.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

export const ERASE_AT_ONCE_MAX = 500

/** What is past its time. */
export type EraseDue = {
  /** Values and parked events, the oldest first, as many as go in one record. `plateKeepMs`: for how long plates are kept. */
  refs(now: Now, plateKeepMs: number): readonly string[]
  /** What was typed in one record, whenever its time would be: a reason, a transfer's text, a holder's name; and its event, where that was parked. Not what proves a claim. */
  ofRecord(seq: number): readonly string[]
}

const TYPED = ['reason', 'transfer-text', 'holder'] as const

export function createEraseDue(db: Db): EraseDue {
  const read = prepare(db)
  return {
    refs(now, plateKeepMs) {
      const values = read.values.all({ now: now.at, rightsSince: now.at - plateKeepMs }).map((row) => row.ref)
      const parked = read.parked.all({ now: now.at }).map((row) => parkedRef(row.seq))
      return [...values, ...parked].slice(0, ERASE_AT_ONCE_MAX)
    },
    ofRecord(seq) {
      // Values outlive their record, so it is not asked: whoever has written these books may have written it.
      const typed = read.epochs
        .all()
        .flatMap(({ gateway, epoch }) => TYPED.map((purpose) => `${purpose}:${gateway}:${epoch}:${seq}`))
      const parked = read.parkedAt.get({ seq }) === undefined ? [] : [parkedRef(seq)]
      return [...typed.filter((ref) => read.value.get({ ref }) !== undefined), ...parked]
    },
  }
}

/** The name under which a parked event is erased. */
export function parkedRef(seq: number): string {
  return `parked:${seq}`
}

/** The seq of a parked event's record, or `undefined` for the name of a value in the vault. */
export function parkedSeqOf(ref: string): number | undefined {
  const seq = /^parked:(\d+)$/.exec(ref)?.[1]
  return seq === undefined ? undefined : Number(seq)
}

/**
 * What a transfer's payer wrote is kept while the transfer waits for a person, or for the bank to take it back. A plate or a payer is kept while a stay that it names is open or owed, or a right that it is for goes on; the name of who has a right until that has been over for as long as plates are kept; and the salt of a month while the pseudonym of any such
 * stay is of that month: without it nobody who comes back could be told.
 */
const IS_HELD = sql`(
  exists (select 1 from session_credential as known where known.ref = vault.ref and known.held is not null and known.ref is not null)
  or exists (
    select 1 from right_plate join assigned_right on assigned_right.id = right_plate."right"
    where right_plate.ref = vault.ref and assigned_right.status <> 'ended' and assigned_right.valid_until > ${sql.placeholder('now')}
  )
  or exists (
    select 1 from assigned_right where assigned_right.holder_ref = vault.ref
    and (case assigned_right.status when 'ended' then assigned_right.moved_at else assigned_right.valid_until end) > ${sql.placeholder('rightsSince')}
  )
  or (vault.purpose = 'transfer-text' and exists (
    select 1 from bank_credit where bank_credit.at >= 0 and bank_credit.status in ('unmatched', 'refund-due') and bank_credit.text_ref = vault.ref
  ))
  or (vault.purpose = 'period' and (
    exists (
      select 1 from session_credential as known where known.held is not null and known.ref is not null
      and known.ref >= 'plate:' || substr(vault.ref, 8) || ':' and known.ref < 'plate:' || substr(vault.ref, 8) || ';'
    )
    or exists (
      select 1 from session_credential as known where known.held is not null and known.ref is not null
      and known.ref >= 'payer:' || substr(vault.ref, 8) || ':' and known.ref < 'payer:' || substr(vault.ref, 8) || ';'
    )
  ))
)`

function prepare(db: Db) {
  const p = sql.placeholder
  const { epoch, parked, vault } = tables
  return {
    epochs: db.select({ gateway: epoch.gateway, epoch: epoch.epoch }).from(epoch).orderBy(epoch.epoch).prepare(),
    value: db
      .select({ ref: vault.ref })
      .from(vault)
      .where(sql`${vault.ref} = ${p('ref')} and ${vault.value} is not null`)
      .prepare(),
    parkedAt: db
      .select({ seq: parked.seq })
      .from(parked)
      .where(sql`${parked.seq} = ${p('seq')} and ${parked.event} is not null`)
      .prepare(),
    parked: db
      .select({ seq: parked.seq })
      .from(parked)
      .where(sql`${parked.event} is not null and ${parked.eraseAt} <= ${p('now')}`)
      .orderBy(parked.eraseAt)
      .limit(ERASE_AT_ONCE_MAX)
      .prepare(),
    values: db
      .select({ ref: vault.ref })
      .from(vault)
      .where(sql`${vault.value} is not null and ${vault.eraseAt} <= ${p('now')} and not ${IS_HELD}`)
      .orderBy(vault.eraseAt)
      .limit(ERASE_AT_ONCE_MAX)
      .prepare(),
  }
}
