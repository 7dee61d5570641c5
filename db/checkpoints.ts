import { sql } from 'drizzle-orm'
import type { Instant } from '../core/time.ts'
import type { Head } from './journal.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** Heads that are signed: whoever has one can tell books that went another way since. */
export type Checkpoints = {
  isSigned(head: Head): boolean
  /** In the open transaction. */
  sign(head: Head, at: Instant): void
}

/** `signCheckpoint` signs `{gateway, epoch, seq, hash, at}`. */
export function createCheckpoints(db: Db, signCheckpoint: (head: Head, at: Instant) => string): Checkpoints {
  const p = sql.placeholder
  const { checkpoint } = tables
  const bySeq = db
    .select({ seq: checkpoint.seq })
    .from(checkpoint)
    .where(sql`${checkpoint.seq} = ${p('seq')}`)
    .prepare()
  const insert = db
    .insert(checkpoint)
    .values({ seq: p('seq'), epoch: p('epoch'), hash: p('hash'), at: p('at'), jws: p('jws') })
    .prepare()
  return {
    isSigned: ({ seq }) => bySeq.get({ seq }) !== undefined,
    sign(head, at) {
      insert.run({ ...head, at, jws: signCheckpoint(head, at) })
    },
  }
}
