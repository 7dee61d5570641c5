import { hash } from 'node:crypto'
import type { EventBody } from '../core/events.ts'
import { eventKey, principalOf } from '../core/ids.ts'
import type { Now } from '../core/time.ts'
import type { Books, Committed } from './books.ts'

export type EraseResult =
  | { readonly kind: 'erased'; readonly values: number }
  /** While the time is not trusted nothing is erased (architecture, section 10). */
  | { readonly kind: 'refused'; readonly reason: 'clock-not-trusted' }

/** Rounds of `ERASE_AT_ONCE_MAX` values; past it the next call goes on. */
export const ERASE_ROUNDS_MAX = 10_000

/**
 * Erases every personal value whose time is over, and parked events with them, by events of the path: each leaves a record that names what went, and no value. What
 * was erased is overwritten in the file at once (`secure_delete`); it is gone from the log too when that has been written back, which `checkpoint` tries again
 * where a reader was in the way. Backups of before still hold it.
 */
export function eraseDue(books: Books, now: Now): EraseResult {
  let values = 0
  for (let round = 0; round < ERASE_ROUNDS_MAX; round += 1) {
    const result = ask(books, { kind: 'erase-due' }, now)
    const { outcome } = result
    if (!outcome.ok && outcome.refusal === 'clock-not-trusted') return { kind: 'refused', reason: outcome.refusal }
    if (!outcome.ok) throw new Error(`Erasing failed with ${outcome.refusal}. See: tolbooth parked list`)
    values += erasedBy(result)
    // A month's salt goes once what is still needed of it has its new name.
    if (result.changes.length === 0) break
  }
  return { kind: 'erased', values }
}

/**
 * Erases what somebody typed in one record, because it was asked for: a reason, a transfer's text, a holder's name, and its event where that was parked; 0 where it has none of that. The record stays, and whatever was booked by it.
 * It is no question of time, so the clock is not asked.
 */
export function eraseOfRecord(books: Books, record: number, now: Now): number {
  const result = ask(books, { kind: 'erase-asked', record }, now)
  if (!result.outcome.ok) throw new Error(`Erasing failed with ${result.outcome.refusal}. See: tolbooth parked list`)
  return erasedBy(result)
}

type Erased = Extract<Committed, { kind: 'committed'; repeated: false }>

function ask(books: Books, body: Extract<EventBody, { kind: 'erase-due' | 'erase-asked' }>, now: Now): Erased {
  const { epoch, seq } = books.head()
  const id = `erase:${epoch}:${seq}`
  const [result] = books.commit(
    [
      {
        key: eventKey(principalOf('gateway', 'erasing'), id),
        bodyHash: hash('sha256', id, 'base64url'),
        actor: { kind: 'gateway', id: 'erasing', role: null },
        mode: 'live',
        occurredAt: { at: now.at, by: 'gateway' },
        causedBy: null,
        body,
      },
    ],
    now,
  )
  if (result?.kind !== 'committed' || result.repeated)
    throw new Error('an erasing was answered as if it had been before')
  return result
}

function erasedBy({ changes }: Erased): number {
  return changes.flatMap((change) => (change.kind === 'values-erased' ? change.refs : [])).length
}
