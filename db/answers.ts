import { sql } from 'drizzle-orm'
import { outcomeOf } from '../core/answer.ts'
import type { SiteEvent } from '../core/events.ts'
import type { EventKey } from '../core/ids.ts'
import type { Outcome } from '../core/records.ts'
import type { Instant } from '../core/time.ts'
import type { Db } from './open.ts'
import { hmac } from './pseudonyms.ts'
import * as tables from './schema.ts'

/** What was answered before, or that the key had come with another body. */
export type Answered =
  | {
      readonly kind: 'committed'
      readonly outcome: Outcome
      readonly answer: string
      readonly seq: number
      readonly repeated: true
    }
  | { readonly kind: 'refused'; readonly refusal: 'key-reused' }

/** The hash of what came, as the record holds it, and the salt that it is made with. */
export type SaltedHash = { readonly salt: string; readonly bodyHash: string }

/** The register of answers: by it the same event gets the same answer. It outlives the records. */
export type AnswerRegister = {
  /** `undefined` where nothing is remembered under this key. Writes nothing. */
  answerTo(key: EventKey, bodyHash: string): Answered | undefined
  /**
   * Whoever knows nearly all of what came could try the rest until the hash fits: a name, a plate. So the record's is made with a salt, which stands with the answer, for as long as the same may come again.
   */
  saltedHash(event: SiteEvent): SaltedHash
  /** In the open transaction. */
  remember(key: EventKey, hash: SaltedHash, answer: string, seq: number, at: Instant): void
  /** With what was erased of a record goes the salt by which what came could be guessed, also where its record was dropped. In the open transaction. */
  forgetBody(seq: number): void
}

const BODY_SALT_BYTES = 16
const SALT_ERASED = ''

/** `keyAt`: of a record; `null` where it was dropped. */
export function createAnswerRegister(
  db: Db,
  randomBytes: (length: number) => Buffer,
  keyAt: (seq: number) => EventKey | null,
): AnswerRegister {
  const prepared = prepare(db)
  return {
    answerTo(key, bodyHash) {
      const known = prepared.seen.get({ key })
      if (known === undefined) return undefined
      if (!isOfBody(known, bodyHash)) return { kind: 'refused', refusal: 'key-reused' }
      const { answer, seq } = known
      return { kind: 'committed', outcome: outcomeOf(answer), answer, seq, repeated: true }
    },
    saltedHash({ bodyHash }) {
      const salt = randomBytes(BODY_SALT_BYTES).toString('base64url')
      return { salt, bodyHash: hmac(salt, bodyHash) }
    },
    remember(key, { salt, bodyHash }, answer, seq, at) {
      prepared.see.run({ key, bodyHash, salt, answer, seq, at })
    },
    forgetBody(seq) {
      const key = keyAt(seq) ?? answeredBy(seq)
      if (key !== undefined) prepared.forgetBody.run({ key })
    },
  }

  /** The key under which a dropped record was answered; `undefined` where that was forgotten. Answers are written in the order of their records, so it is found by halves: an index for it would be a page more at each sale. */
  function answeredBy(seq: number): string | undefined {
    let low = prepared.oldestSeen.get()?.rowid ?? 1
    let high = prepared.newestSeen.get()?.rowid ?? 0
    while (low <= high) {
      const middle = Math.floor((low + high) / 2)
      const row = prepared.seenUpTo.get(middle)
      if (row?.seq === seq) return row.key
      if (row === undefined || row.seq < seq) low = middle + 1
      else high = row.rowid - 1
    }
    return undefined
  }
}

/** Whether what came under a key came before with this content. In rows of before the hash stands as it was; of what was erased nobody can say it any more, and so it is not. */
function isOfBody(seen: { readonly bodyHash: string; readonly salt: string | null }, bodyHash: string): boolean {
  if (seen.salt === null) return seen.bodyHash === bodyHash
  return seen.salt !== SALT_ERASED && seen.bodyHash === hmac(seen.salt, bodyHash)
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { seen } = tables
  return {
    seen: db
      .select()
      .from(seen)
      .where(sql`${seen.key} = ${p('key')}`)
      .prepare(),
    see: db
      .insert(seen)
      .values({
        key: p('key'),
        bodyHash: p('bodyHash'),
        salt: p('salt'),
        answer: p('answer'),
        seq: p('seq'),
        at: p('at'),
      })
      .prepare(),
    forgetBody: db
      .update(seen)
      .set({ salt: SALT_ERASED })
      .where(sql`${seen.key} = ${p('key')} and ${seen.salt} is not null`)
      .prepare(),
    oldestSeen: db.$client.prepare<[], { rowid: number }>('SELECT min(rowid) AS rowid FROM seen'),
    newestSeen: db.$client.prepare<[], { rowid: number }>('SELECT max(rowid) AS rowid FROM seen'),
    seenUpTo: db.$client.prepare<[number], { rowid: number; seq: number; key: string }>(
      'SELECT rowid, seq, key FROM seen WHERE rowid <= ? ORDER BY rowid DESC LIMIT 1',
    ),
  }
}
