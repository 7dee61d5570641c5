import { sql } from 'drizzle-orm'
import type { Change } from '../core/changes.ts'
import type { Decision } from '../core/decision.ts'
import type { Now } from '../core/time.ts'
import { DAY_MS, later } from '../core/time.ts'
import { parkedSeqOf } from './erase-due.ts'
import type { FactsSettings, Gathered } from './facts.ts'
import type { Db } from './open.ts'
import { truncateWal } from './open.ts'
import { seqOfRef } from './own-value.ts'
import type { ValueToKeep } from './parking-facts.ts'
import * as tables from './schema.ts'

/** Personal values beside the records that name them: kept with a decision, and erased by one. Written in the open transaction. */
export type Vault = {
  /** Of what came with an event, what its decision wants kept, each value with its time. */
  keep(gathered: Gathered, decision: Decision, at: Now): void
  /** What the record of this seq says is erased. */
  erase(changes: readonly Change[], seq: number): void
  /** What was erased stands in the log until that is written back: another try each time, where a reader was in the way. Nothing where nothing was erased. */
  emptyLog(): void
  /** What is kept in memory may not be in the books any more. */
  forget(): void
}

const KEPT_PAYERS_MAX = 20_000

/** `forgetBody`: with a value of one record goes what the register of answers holds of what came. */
export function createVault(
  db: Db,
  settings: Pick<FactsSettings, 'payerKeepMs' | 'evidenceKeepMs'>,
  forgetBody: (seq: number) => void,
): Vault {
  const prepared = prepare(db)
  /** Payers of the day that are in the vault: they come again and again. */
  const keptPayers = new Set<string>()
  let isLogToBeEmptied = false

  return {
    keep(gathered, decision, at) {
      keepNamed(gathered.values, decision)
      if (isReasonKept(gathered, decision)) {
        const { ref, salt, value } = gathered.reason
        const eraseAt = later(at.at, settings.evidenceKeepMs)
        prepared.putOnce.run({ ref, salt, value, purpose: 'reason', eraseAt })
      }
      const { personal } = gathered
      if (personal === null) return
      const { ref: payer, value: name } = personal.payer
      if (decision.keep.includes('payer') && !keptPayers.has(payer)) {
        const eraseAt = later(at.at, DAY_MS + settings.payerKeepMs)
        prepared.putOnce.run({ ref: payer, salt: null, value: name, purpose: 'payer', eraseAt })
        if (keptPayers.size >= KEPT_PAYERS_MAX) keptPayers.clear()
        keptPayers.add(payer)
      }
      if (decision.keep.includes('evidence')) {
        const eraseAt = later(at.at, settings.evidenceKeepMs)
        const { ref, salt, value } = personal.evidence
        prepared.putOnce.run({ ref, salt, value, purpose: 'token', eraseAt })
      }
    },
    erase(changes, seq) {
      for (const change of changes) {
        if (change.kind !== 'values-erased') continue
        isLogToBeEmptied = true
        keptPayers.clear()
        for (const ref of change.refs) {
          const parkedSeq = parkedSeqOf(ref)
          if (parkedSeq === undefined) prepared.erase.run({ ref, seq })
          else prepared.eraseParked.run({ parkedSeq })
          const of = seqOfRef(ref)
          if (of !== undefined) forgetBody(of)
        }
      }
    },
    emptyLog() {
      if (!isLogToBeEmptied) return
      try {
        isLogToBeEmptied = !truncateWal(db.$client, 0)
      } catch {
        // What was committed is safe in the log; the disk's next refusal will be told by a commit.
      }
    },
    forget: () => keptPayers.clear(),
  }

  /** Of the plates, payers and pictures that the facts of a car park named, those that the decision's changes name: whoever only drove by is not kept. */
  function keepNamed(values: readonly ValueToKeep[], decision: Decision): void {
    if (values.length === 0 || decision.changes.length === 0) return
    const named = JSON.stringify(decision.changes)
    for (const value of values) if (named.includes(JSON.stringify(value.ref))) prepared.putOrProlong.run(value)
  }
}

/** What was refused leaves nothing of what somebody typed with it, unless something has changed by it all the same: a case ends by what staff say, whatever the lane says. */
export function isReasonKept(
  gathered: Gathered,
  { outcome, changes }: Decision,
): gathered is Gathered & { readonly reason: NonNullable<Gathered['reason']> } {
  const { reason } = gathered
  if (reason === null) return false
  return outcome.ok || (changes.length > 0 && JSON.stringify(changes).includes(JSON.stringify(reason.ref)))
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { parked, vault } = tables
  return {
    putOnce: db
      .insert(vault)
      .values({ ref: p('ref'), salt: p('salt'), value: p('value'), purpose: p('purpose'), eraseAt: p('eraseAt') })
      .onConflictDoNothing()
      .prepare(),
    /** A plate that is seen again within its period, or is put on a right once more, is kept for longer. */
    putOrProlong: db
      .insert(vault)
      .values({ ref: p('ref'), salt: p('salt'), value: p('value'), purpose: p('purpose'), eraseAt: p('eraseAt') })
      .onConflictDoUpdate({
        target: vault.ref,
        set: {
          salt: sql`excluded.salt`,
          value: sql`excluded.value`,
          eraseAt: sql`max(${vault.eraseAt}, excluded.erase_at)`,
          erasedSeq: sql`null`,
        },
      })
      .prepare(),
    erase: db
      .update(vault)
      .set({ value: null, salt: null, erasedSeq: sql`${p('seq')}` })
      .where(sql`${vault.ref} = ${p('ref')}`)
      .prepare(),
    eraseParked: db
      .update(parked)
      .set({ event: null })
      .where(sql`${parked.seq} = ${p('parkedSeq')}`)
      .prepare(),
  }
}
