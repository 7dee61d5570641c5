import { asEvidence } from '../core/event-traits.ts'
import type { SiteEvent } from '../core/events.ts'
import { eventKey, principalOf } from '../core/ids.ts'
import type { Outcome } from '../core/records.ts'
import type { Instant, Now } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Books } from './books.ts'
import { eventByKindOfToday } from './former-kinds.ts'
import type { OpenDb } from './open.ts'
import { transact } from './transaction.ts'

/** An event at which our own code threw. It was acknowledged, and nothing was done for it. */
export type ParkedEvent = {
  /** The seq of its fault record. */
  readonly seq: number
  readonly key: string
  readonly kind: string
  readonly at: Instant
  readonly error: string
  /** The seq of the record that it became when it was run again, or `null`. */
  readonly rerunSeq: number | null
  /** Its personal values are past their time, so it cannot be run again. */
  readonly isErased: boolean
}

export const PARKED_PAGE_MAX = 500

/** Parked events after a seq, rising. */
export function parkedEvents(open: OpenDb, afterSeq: number): readonly ParkedEvent[] {
  return open.db.$client
    .prepare<[number, number], ParkedRow>(
      `SELECT parked.seq, parked.key, parked.event IS NULL AS erased, parked.rerun_seq, journal.at, journal.event, journal.body
       FROM parked LEFT JOIN journal ON journal.seq = parked.seq WHERE parked.seq > ? ORDER BY parked.seq LIMIT ?`,
    )
    .all(afterSeq, PARKED_PAGE_MAX)
    .map((row) => ({
      seq: row.seq,
      key: row.key,
      kind: row.event ?? 'unknown',
      at: instant(row.at ?? 0),
      error: row.body === null ? '' : (JSON.parse(row.body) as { readonly error: string }).error,
      rerunSeq: row.rerun_seq,
      isErased: row.erased === 1,
    }))
}

export type Rerun =
  | { readonly kind: 'rerun'; readonly seq: number; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly reason: 'not-parked' | 'already-run' | 'erased' | 'too-old' }

/**
 * Runs a parked event again, now, as an event of its own that was caused by the first and happened when that did: what it asks for is judged by what is true now, so a code that was shown an
 * hour ago is as late as it is. What loops, arms and cameras said then is evidence; who stood at a lane is let through by nothing any more, and pays nothing (`stale-scan`). Money, due times and what
 * staff put right are booked as they are true by now. One at which our code throws again stays parked as it was, once however often it is tried, and may be run again; each try leaves a record.
 */
export function rerunParked(open: OpenDb, books: Books, seq: number, now: Now): Rerun {
  const client = open.db.$client
  const row = client
    .prepare<[number], { event: string | null; rerun_seq: number | null }>(
      'SELECT event, rerun_seq FROM parked WHERE seq = ?',
    )
    .get(seq)
  if (row === undefined) return { kind: 'refused', reason: 'not-parked' }
  if (row.rerun_seq !== null) return { kind: 'refused', reason: 'already-run' }
  if (row.event === null) return { kind: 'refused', reason: 'erased' }
  const parked = eventByKindOfToday(JSON.parse(row.event) as SiteEvent)
  const head = books.head()
  const [result] = books.commit(
    [
      {
        ...parked,
        key: eventKey(principalOf('gateway', 'rerun'), `${seq}:${head.epoch}:${head.seq}`),
        causedBy: parked.key,
        isRerun: true,
        body: asEvidence(parked.body),
      },
    ],
    now,
  )
  if (result === undefined) throw new Error('a parked event was not taken again')
  // Longer ago than answers are remembered: whoever sent it may have been told otherwise since.
  if (result.kind === 'refused') return { kind: 'refused', reason: 'too-old' }
  const { outcome } = result
  const isFault = !outcome.ok && outcome.refusal === 'fault'
  transact(client, () =>
    isFault
      ? client.prepare('DELETE FROM parked WHERE seq = ?').run(result.seq)
      : client.prepare('UPDATE parked SET rerun_seq = ? WHERE seq = ?').run(result.seq, seq),
  )
  return { kind: 'rerun', seq: result.seq, outcome }
}

type ParkedRow = {
  readonly seq: number
  readonly key: string
  readonly erased: number
  readonly rerun_seq: number | null
  readonly at: number | null
  readonly event: string | null
  readonly body: string | null
}
