import type Database from 'better-sqlite3'
import { NEAR_RECORDS } from './chain.ts'
import type { JournalRow } from './journal.ts'

/** The statements of a verification, all in bounded pages. */
export function prepareReads(client: Database.Database) {
  const record = 'seq, epoch, at, clock, key, kind, event, mode, charge, passage, session, body, hash'
  return {
    page: client.prepare<[number, number, number], JournalRow>(
      `SELECT ${record} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    ),
    near: client.prepare<[number, number], JournalRow>(
      `SELECT ${record} FROM journal WHERE seq BETWEEN ? - ${NEAR_RECORDS} AND ? + ${NEAR_RECORDS} ORDER BY seq`,
    ),
    hashAt: client.prepare<[number], { epoch: number; hash: string }>('SELECT epoch, hash FROM journal WHERE seq = ?'),
    body: client.prepare<[number], { kind: string; body: string }>('SELECT kind, body FROM journal WHERE seq = ?'),
    epochs: client.prepare<[], EpochRow>('SELECT * FROM epoch ORDER BY epoch'),
    /** The epoch that left an older one, and where. */
    branchAfter: client.prepare<[number], { parent_seq: number | null }>(
      'SELECT parent_seq FROM epoch WHERE epoch > ? ORDER BY epoch LIMIT 1',
    ),
    checkpoints: client.prepare<[number, number], SignedRow>(
      'SELECT seq, epoch, hash, at, jws FROM checkpoint WHERE seq > ? ORDER BY seq LIMIT ?',
    ),
    checkpointFrom: client.prepare<[number], { seq: number }>('SELECT seq FROM checkpoint WHERE seq >= ? LIMIT 1'),
    receipts: client.prepare<[number, number], SignedRow>(
      'SELECT seq, epoch, hash, received_at AS at, jws FROM upstream_receipt WHERE seq > ? ORDER BY seq LIMIT ?',
    ),
    segments: client.prepare<[], SegmentRow>('SELECT * FROM pruned_segment ORDER BY to_seq'),
    snapshots: client.prepare<[], { digest: string }>('SELECT digest FROM snapshot ORDER BY seq'),
    /** Answers are forgotten from the oldest on: what is older than the oldest that is kept was forgotten rightly. */
    oldestAnswer: client.prepare<[], { seq: number }>('SELECT seq FROM seen ORDER BY rowid LIMIT 1'),
    answer: client.prepare<[string], { seq: number; body_hash: string; answer: string }>(
      'SELECT seq, body_hash, answer FROM seen WHERE key = ?',
    ),
    vault: client.prepare<[string], { salt: string | null; value: string | null; erased_seq: number | null }>(
      'SELECT salt, value, erased_seq FROM vault WHERE ref = ?',
    ),
  }
}

type EpochRow = {
  readonly epoch: number
  readonly site: string
  readonly gateway: string
  readonly genesis_seq: number
  readonly started_at: number
  readonly reason: string
  readonly parent_epoch: number | null
  readonly parent_seq: number | null
  readonly parent_hash: string | null
}

type SignedRow = {
  readonly seq: number
  readonly epoch: number
  readonly hash: string
  readonly at: number
  readonly jws: string
}

type SegmentRow = {
  readonly snapshot_seq: number
  readonly from_seq: number
  readonly to_seq: number
  readonly last_hash: string
  readonly pruned_at: number
}
