import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { eventKey, principalOf } from '../core/ids.ts'
import type { Instant, Now } from '../core/time.ts'
import { instant, isTrusted } from '../core/time.ts'
import type { Books } from './books.ts'
import type { Forgetting } from './forget.ts'
import { createForgetting } from './forget.ts'
import type { Head } from './journal.ts'
import type { OpenDb } from './open.ts'
import { openForReading } from './open.ts'
import type { SnapshotManifest } from './snapshot.ts'
import { openSnapshot, takeSnapshot } from './snapshot.ts'
import { transact } from './transaction.ts'
import type { VerifyOptions } from './verify.ts'
import { verifyJournal } from './verify.ts'

export type PruneSettings = {
  /** How long upstream must have held what is dropped, by its own signed receipt. */
  readonly receiptAgeMinMs: number
  /** As in the books' settings: answers are remembered for so long. */
  readonly seenKeepMs: number
  /** How long past its own end a spent token is remembered, for the case that our clock is set back. */
  readonly spentKeepMs: number
  /** Whether records of days that are not closed stay. `not-kept`: nobody closes days at this site. */
  readonly closings: 'required' | 'not-kept'
  /** Fewer new records than these make no new snapshot. */
  readonly snapshotRecordsMin: number
  readonly checkpointOf?: VerifyOptions['checkpointOf']
  readonly onProgress?: (step: 'verify' | 'drop' | 'snapshot', done: number, of: number) => void
}

export type PruneResult =
  | PruneReport
  | {
      readonly kind: 'refused'
      readonly reason:
        | 'clock-not-trusted'
        /** What would be dropped, or what should stand for it, is not whole: the verification says where. */
        | 'journal-damaged'
    }

export type PruneReport = {
  readonly kind: 'pruned'
  readonly dropped: { readonly from: number; readonly to: number } | null
  readonly answersForgotten: number
  readonly spentForgotten: number
  /** The snapshot that is to stand for the records up to it, and what must happen first; `null` where there is none. */
  readonly waiting: { readonly upTo: number; readonly for: WaitsFor } | null
}

export type WaitsFor =
  /** Upstream has not said that it holds them. */
  | { readonly kind: 'receipt' }
  /** It holds them in memory only. */
  | { readonly kind: 'durable-receipt' }
  | { readonly kind: 'age'; readonly until: Instant }
  /** What it says that it holds is not what stands here. */
  | { readonly kind: 'same-records' }
  | { readonly kind: 'days-closed' }

/** Rows in one transaction, so that a scan at a barrier waits for milliseconds and no more. */
const ROWS_AT_ONCE = 1_000
const PARTS_AT_ONCE = 20

/**
 * Drops whole segments of the journal behind a signed snapshot, where upstream's durable receipt is old enough, the days are closed and the clock is trusted
 * (architecture, section 3). Then makes the next snapshot, which will stand for the records up to it. Forgets answers and spent tokens past their
 * horizon. Works beside the path: in small transactions between its groups, and what is long by a connection that only reads.
 */
export async function prune(open: OpenDb, books: Books, settings: PruneSettings, now: Now): Promise<PruneResult> {
  if (!isTrusted(now.trust)) return { kind: 'refused', reason: 'clock-not-trusted' }
  const read = prepare(open.db.$client)

  await dropRows(open, settings)
  let dropped: PruneReport['dropped'] = null
  let waiting = waitingSnapshot(open)
  let waitsFor = waiting === null ? null : whatItWaitsFor(open, waiting.upTo, settings, now)
  if (waiting !== null && waitsFor === null) {
    if (!(await isSound(open, waiting, settings))) return { kind: 'refused', reason: 'journal-damaged' }
    dropped = await drop(open, waiting, settings, now)
    await letGoOfOlderSnapshots(open, waiting.manifest)
    waiting = null
  }

  const forgetting = createForgetting(open.db, { ...settings, bundleKeepMs: Number.MAX_SAFE_INTEGER })
  const answersForgotten = await forgetAnswers(forgetting, now)
  const spentForgotten = await forgetSpent(open, forgetting, books, now)
  if (waiting === null && books.head().seq - (read.prunedUpTo.get()?.seq ?? 0) >= settings.snapshotRecordsMin) {
    waiting = await snapshot(open, books, settings, now)
  }
  if (waiting !== null) waitsFor = whatItWaitsFor(open, waiting.upTo, settings, now) ?? { kind: 'receipt' }
  return {
    kind: 'pruned',
    dropped,
    answersForgotten,
    spentForgotten,
    waiting: waiting === null || waitsFor === null ? null : { upTo: waiting.upTo.seq, for: waitsFor },
  }
}

type Waiting = { readonly upTo: Head; readonly manifest: SnapshotManifest; readonly recordSeq: number }

/** The oldest snapshot that stands in the journal and has no records dropped behind it yet. */
function waitingSnapshot(open: OpenDb): Waiting | null {
  const read = prepare(open.db.$client)
  for (const row of read.waiting.all(read.prunedUpTo.get()?.seq ?? 0)) {
    const opened = openSnapshot(open.db.$client, row.digest)
    // One that cannot be read, or whose record is not there, is as good as none: another is made.
    const record = read.record.get(row.record_seq)
    if (opened.ok && record !== undefined) {
      return { upTo: opened.manifest.upTo, manifest: opened.manifest, recordSeq: row.record_seq }
    }
  }
  return null
}

/** Why the records up to here may not be dropped yet, or `null` where they may. */
function whatItWaitsFor(open: OpenDb, upTo: Head, settings: PruneSettings, now: Now): WaitsFor | null {
  const read = prepare(open.db.$client)
  const durable = read.receipt.get(upTo.seq, 1)
  if (durable === undefined)
    return { kind: read.receipt.get(upTo.seq, 0) === undefined ? 'receipt' : 'durable-receipt' }
  if (read.record.get(durable.seq)?.hash !== durable.hash) return { kind: 'same-records' }
  const until = instant(durable.received_at + settings.receiptAgeMinMs)
  if (until > now.at) return { kind: 'age', until }
  const isClosed = settings.closings === 'not-kept' || (read.closedUpTo.get()?.seq ?? 0) >= upTo.seq
  return isClosed ? null : { kind: 'days-closed' }
}

/** The chain up to now, and every part of what is to stand for it: the last moment to find out. */
async function isSound(open: OpenDb, { upTo }: Waiting, { checkpointOf, onProgress }: PruneSettings): Promise<boolean> {
  const reader = openForReading(open.file)
  try {
    const report = await verifyJournal(reader, {
      ...(checkpointOf === undefined ? {} : { checkpointOf }),
      ...(onProgress === undefined ? {} : { onProgress: (done, of) => onProgress('verify', done, of) }),
    })
    return report.isWhole && prepare(reader.db.$client).record.get(upTo.seq)?.hash === upTo.hash
  } finally {
    reader.close()
  }
}

/** Writes down what is dropped, then drops it. A fall in between leaves rows that the next time finishes. */
async function drop(
  open: OpenDb,
  { upTo, recordSeq }: Waiting,
  settings: PruneSettings,
  now: Now,
): Promise<{ from: number; to: number }> {
  const client = open.db.$client
  const read = prepare(client)
  const from = (read.prunedUpTo.get()?.seq ?? 0) + 1
  transact(client, () => read.addSegment.run(recordSeq, from, upTo.seq, upTo.hash, now.at))
  await dropRows(open, settings)
  return { from, to: upTo.seq }
}

async function dropRows(open: OpenDb, { onProgress }: PruneSettings): Promise<void> {
  const client = open.db.$client
  const read = prepare(client)
  const upTo = read.prunedUpTo.get()?.seq ?? 0
  const first = read.firstSeq.get()?.seq ?? upTo + 1
  for (let next = first; next <= upTo; next += ROWS_AT_ONCE) {
    const last = Math.min(upTo, next + ROWS_AT_ONCE - 1)
    transact(client, () => read.dropRecords.run(last))
    onProgress?.('drop', last - first + 1, upTo - first + 1)
    await setImmediate()
  }
  // Signatures over records that are gone vouch for nothing; the newest of them is kept.
  while (transact(client, () => read.dropCheckpoints.run(upTo, ROWS_AT_ONCE)).changes > 0) await setImmediate()
  await dropErased(open, upTo)
}

/** What is left of erased values, where the records that spoke of them are gone. */
async function dropErased(open: OpenDb, upTo: number): Promise<void> {
  const client = open.db.$client
  const read = prepare(client)
  for (let last = 0; ; ) {
    const rows = read.vaultPage.all(last, ROWS_AT_ONCE)
    const erased = rows.filter((row) => row.erased_seq !== null && row.erased_seq <= upTo)
    transact(client, () => {
      for (const row of erased) read.dropErased.run(row.rowid)
    })
    last = rows.at(-1)?.rowid ?? last
    if (rows.length < ROWS_AT_ONCE) return
    await setImmediate()
  }
}

/** Takes the projections as they are now, and writes the record that names them. */
async function snapshot(open: OpenDb, books: Books, { onProgress }: PruneSettings, now: Now): Promise<Waiting> {
  const client = open.db.$client
  const read = prepare(client)
  transact(client, () => read.letGoOfUnfinished.run())
  const reader = openForReading(open.file)
  let parts = 0
  try {
    const taken = await takeSnapshot(reader.db.$client, (name, content) => {
      transact(client, () => read.keepPart.run(name, content))
      parts += 1
      onProgress?.('snapshot', parts, parts)
    })
    transact(client, () => read.keepSnapshot.run(taken.digest, taken.upTo.seq, taken.manifest))
    const recordSeq = books.recordSnapshot({ upTo: taken.upTo, digest: taken.digest }, now)
    const opened = openSnapshot(client, taken.digest)
    if (!opened.ok) throw new Error(`the snapshot that was just made cannot be read: ${opened.fault.what}`)
    return { upTo: taken.upTo, manifest: opened.manifest, recordSeq }
  } finally {
    reader.close()
  }
}

async function letGoOfOlderSnapshots(open: OpenDb, current: SnapshotManifest): Promise<void> {
  const client = open.db.$client
  const read = prepare(client)
  transact(client, () => read.letGoOfOlder.run(current.upTo.seq))
  const needed = new Set(current.tables.flatMap((table) => table.parts))
  const old = read.partNames
    .all()
    .map((row) => row.hash)
    .filter((name) => !needed.has(name))
  for (let next = 0; next < old.length; next += PARTS_AT_ONCE) {
    transact(client, () => {
      for (const name of old.slice(next, next + PARTS_AT_ONCE)) read.letGoOfPart.run(name)
    })
    await setImmediate()
  }
}

/** Until a bite is not full: what comes beside it goes the next time, or a box whose clock was set forward would forget for as long as it sells. */
async function forgetAnswers(forgetting: Forgetting, now: Now): Promise<number> {
  for (let forgotten = 0; ; ) {
    const answers = forgetting.answers(now, ROWS_AT_ONCE)
    forgotten += answers
    if (answers < ROWS_AT_ONCE) return forgotten
    await setImmediate()
  }
}

/** By events of the path, each for so many rows as go in one transaction, until there are fewer. */
async function forgetSpent(open: OpenDb, forgetting: Forgetting, books: Books, now: Now): Promise<number> {
  const read = prepare(open.db.$client)
  for (let forgotten = 0; ; ) {
    const until = forgetting.spentUntil(now, ROWS_AT_ONCE)
    if (until === null) return forgotten
    const rows = read.spentBefore.get(until)?.rows ?? 0
    const { epoch, seq } = books.head()
    const [result] = books.commit(
      [
        {
          key: eventKey(principalOf('gateway', 'forgetting'), `forget:${epoch}:${seq}`),
          bodyHash: hash('sha256', String(until), 'base64url'),
          actor: { kind: 'gateway', id: 'forgetting', role: null },
          mode: 'live',
          occurredAt: { at: now.at, by: 'gateway' },
          causedBy: null,
          body: { kind: 'forget-due', until },
        },
      ],
      now,
    )
    if (result?.kind !== 'committed' || !result.outcome.ok) return forgotten
    forgotten += rows
    if (rows < ROWS_AT_ONCE) return forgotten
    await setImmediate()
  }
}

function prepare(client: Database.Database) {
  return {
    prunedUpTo: client.prepare<[], { seq: number }>(
      'SELECT to_seq AS seq FROM pruned_segment ORDER BY to_seq DESC LIMIT 1',
    ),
    addSegment: client.prepare(
      'INSERT INTO pruned_segment (snapshot_seq, from_seq, to_seq, last_hash, pruned_at) VALUES (?, ?, ?, ?, ?)',
    ),
    firstSeq: client.prepare<[], { seq: number }>('SELECT seq FROM journal ORDER BY seq LIMIT 1'),
    record: client.prepare<[number], { at: number; clock: string; hash: string }>(
      'SELECT at, clock, hash FROM journal WHERE seq = ?',
    ),
    dropRecords: client.prepare('DELETE FROM journal WHERE seq <= ?'),
    dropCheckpoints: client.prepare<[number, number]>(
      'DELETE FROM checkpoint WHERE seq IN (SELECT seq FROM checkpoint WHERE seq < ? ORDER BY seq LIMIT ?)',
    ),
    vaultPage: client.prepare<[number, number], { rowid: number; erased_seq: number | null }>(
      'SELECT rowid, erased_seq FROM vault WHERE rowid > ? ORDER BY rowid LIMIT ?',
    ),
    dropErased: client.prepare<[number]>('DELETE FROM vault WHERE rowid = ? AND value IS NULL'),
    waiting: client.prepare<[number], { digest: string; record_seq: number }>(
      'SELECT digest, record_seq FROM snapshot WHERE record_seq IS NOT NULL AND seq > ? ORDER BY seq',
    ),
    keepPart: client.prepare('INSERT INTO snapshot_part (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    keepSnapshot: client.prepare(
      'INSERT INTO snapshot (digest, seq, record_seq, manifest) VALUES (?, ?, NULL, ?) ON CONFLICT DO NOTHING',
    ),
    letGoOfUnfinished: client.prepare('DELETE FROM snapshot WHERE record_seq IS NULL'),
    letGoOfOlder: client.prepare('DELETE FROM snapshot WHERE seq < ?'),
    partNames: client.prepare<[], { hash: string }>('SELECT hash FROM snapshot_part'),
    letGoOfPart: client.prepare('DELETE FROM snapshot_part WHERE hash = ?'),
    receipt: client.prepare<[number, number], { seq: number; hash: string; received_at: number }>(
      'SELECT seq, hash, received_at FROM upstream_receipt WHERE seq >= ? AND durable = ? ORDER BY seq LIMIT 1',
    ),
    closedUpTo: client.prepare<[], { seq: number | null }>('SELECT max(to_seq) AS seq FROM closed_day'),
    spentBefore: client.prepare<[number], { rows: number }>('SELECT count(*) AS rows FROM spent WHERE until < ?'),
  }
}
