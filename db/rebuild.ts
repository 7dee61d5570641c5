import { rmSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import type { GatewayId, SiteId } from '../core/ids.ts'
import type { SnapshotBody } from '../core/records.ts'
import { BooksUnusableError } from './faults.ts'
import { refuseExisting, removeBooks } from './files.ts'
import { byKindsOfToday } from './former-kinds.ts'
import type { Head, JournalRow, Writer } from './journal.ts'
import { FIRST_PREV, recordOf } from './journal.ts'
import type { OpenDb } from './open.ts'
import { openBooks, truncateWal } from './open.ts'
import { createProjector } from './project.ts'
import { loadSnapshot, openSnapshot } from './snapshot.ts'
import { insertInto, pagesOf, writtenPagesOf } from './table-pages.ts'
import type { Cell, Row, TableShape } from './table-sets.ts'
import { KEPT, PROJECTIONS } from './table-sets.ts'
import { textOf } from './transaction.ts'

/** One row that the journal says otherwise than the books. */
export type Difference = {
  readonly table: string
  /** The row's key, as the values of its columns. */
  readonly key: readonly Cell[]
  readonly what: /** The journal makes it, and the books do not have it. */
    | { readonly kind: 'missing' }
    /** The books have it, and no record makes it. */
    | { readonly kind: 'extra' }
    | { readonly kind: 'different'; readonly column: string; readonly inBooks: Cell; readonly fromJournal: Cell }
}

export type RebuildReport = {
  readonly kind: 'rebuilt'
  readonly records: number
  readonly rows: number
  readonly head: Head
  /** The seq up to which a snapshot stood in for records that were dropped; 0 where none was. */
  readonly fromSnapshot: number
  /** At most `DIFFERENCES_MAX`. */
  readonly differences: readonly Difference[]
  readonly differencesInAll: number
}

export type RebuildResult =
  | RebuildReport
  /** A record, or the snapshot before it, could not be projected: the books are damaged, or the code is. Nothing is left of the new file. */
  | { readonly kind: 'stopped'; readonly seq: number; readonly error: string }

export type RebuildOptions = {
  readonly onProgress?: (step: 'copy' | 'compare', done: number, of: number) => void
}

export const DIFFERENCES_MAX = 100
const PAGE_ROWS = 500

/**
 * Makes all projections anew in a new file, from the journal and by the same `project` that writes them live, and compares them with the books row by row. What is kept
 * for its own sake is copied. Behind pruned segments it begins with their snapshot. `source` is read at one moment, by a read transaction: it had better be
 * a copy where a gateway is writing, for its log cannot be emptied meanwhile. Refuses (throws) to write over a file.
 */
export async function rebuild(source: OpenDb, file: string, options: RebuildOptions = {}): Promise<RebuildResult> {
  refuseExisting(file)
  const from = source.db.$client
  const target = openBooks(file)
  let result: RebuildResult | undefined
  try {
    from.exec('BEGIN')
    result = await rebuildInto(from, target, options)
    return result
  } finally {
    from.exec('ROLLBACK')
    target.close()
    rmSync(`${file}.lock`, { force: true })
    if (result?.kind !== 'rebuilt') removeBooks(file)
  }
}

async function rebuildInto(from: Database.Database, target: OpenDb, options: RebuildOptions): Promise<RebuildResult> {
  const into = target.db.$client
  const head = from.prepare<[], Head>('SELECT epoch, seq, hash FROM journal ORDER BY seq DESC LIMIT 1').get()
  if (head === undefined) throw new BooksUnusableError('These books have no record yet: there is nothing to rebuild.')
  // Until all of it is there, the new file is worth nothing: it is synced at the end.
  into.pragma('synchronous = OFF')

  const begun = beginFromSnapshot(from, into)
  if (begun.kind === 'stopped') return begun
  const projected = await projectAll(from, target, begun.seq, head, options)
  if (projected.kind === 'stopped') return projected
  for (const table of KEPT) if (table.name !== 'journal') await copyTable(from, into, table)

  into.pragma('synchronous = FULL')
  truncateWal(into, 0)
  const compared = await compareProjections(from, into, options)
  return {
    kind: 'rebuilt',
    records: projected.records,
    head,
    fromSnapshot: begun.seq,
    ...compared,
  }
}

type Stopped = Extract<RebuildResult, { kind: 'stopped' }>

/** Where records were dropped, their snapshot is what the journal begins with. */
function beginFromSnapshot(
  from: Database.Database,
  into: Database.Database,
): { readonly kind: 'begun'; readonly seq: number } | Stopped {
  const segment = from
    .prepare<[], { to_seq: number; snapshot_seq: number }>(
      'SELECT to_seq, snapshot_seq FROM pruned_segment ORDER BY to_seq DESC LIMIT 1',
    )
    .get()
  if (segment === undefined) return { kind: 'begun', seq: 0 }
  const stopped = (error: string): Stopped => ({ kind: 'stopped', seq: segment.to_seq, error })
  const record = from
    .prepare<[number], { body: string }>("SELECT body FROM journal WHERE seq = ? AND kind = 'snapshot'")
    .get(segment.snapshot_seq)
  if (record === undefined) return stopped('the snapshot’s record is not in the journal')
  const { digest } = JSON.parse(record.body) as SnapshotBody
  const snapshot = openSnapshot(from, digest)
  if (!snapshot.ok) return stopped(`the snapshot cannot be read: ${snapshot.fault.what}`)
  into.exec('BEGIN')
  try {
    loadSnapshot(from, snapshot.manifest, into)
    into.exec('COMMIT')
  } catch (error) {
    into.exec('ROLLBACK')
    return stopped(textOf(error))
  }
  return { kind: 'begun', seq: segment.to_seq }
}

async function projectAll(
  from: Database.Database,
  target: OpenDb,
  after: number,
  head: Head,
  { onProgress }: RebuildOptions,
): Promise<{ readonly kind: 'projected'; readonly records: number } | Stopped> {
  const into = target.db.$client
  const [journal] = KEPT
  if (journal?.name !== 'journal') throw new Error('the journal stands first among what is kept')
  const page = from.prepare<[number, number], JournalRow>('SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?')
  const copy = insertInto(into, journal)
  const writers = writersOf(from)
  const projector = createProjector(target.db)
  let last = after
  let prev = FIRST_PREV
  let records = 0
  for (;;) {
    const rows = page.all(last, PAGE_ROWS)
    if (rows.length === 0) return { kind: 'projected', records }
    into.exec('BEGIN')
    for (const row of rows) {
      try {
        if (row.seq !== last + 1) throw new Error(`record ${last + 1} is missing`)
        const writer = writers.get(row.epoch)
        if (writer === undefined) throw new Error(`epoch ${row.epoch} is not in the books`)
        projector.project(byKindsOfToday(recordOf(row, writer, prev)))
        copy(journal.columns.map((column) => (row as Readonly<Record<string, Cell>>)[column] ?? null))
      } catch (error) {
        into.exec('ROLLBACK')
        return { kind: 'stopped', seq: row.seq, error: textOf(error) }
      }
      last = row.seq
      prev = row.hash
    }
    into.exec('COMMIT')
    records += rows.length
    onProgress?.('copy', last - after, head.seq - after)
    await setImmediate()
  }
}

/** In the order in which the rows were written, which says something where answers are forgotten from the oldest on. */
async function copyTable(from: Database.Database, into: Database.Database, table: TableShape): Promise<void> {
  const insert = insertInto(into, table)
  for (const rows of writtenPagesOf(from, table, PAGE_ROWS)) {
    into.exec('BEGIN')
    for (const row of rows) insert(row)
    into.exec('COMMIT')
    await setImmediate()
  }
}

/** Both sides in the order of their keys, a page of each in memory. */
async function compareProjections(
  books: Database.Database,
  rebuilt: Database.Database,
  { onProgress }: RebuildOptions,
): Promise<Pick<RebuildReport, 'differences' | 'differencesInAll' | 'rows'>> {
  const differences: Difference[] = []
  let differencesInAll = 0
  let rows = 0
  const add = (difference: Difference): void => {
    differencesInAll += 1
    if (differences.length < DIFFERENCES_MAX) differences.push(difference)
  }
  for (const [index, table] of PROJECTIONS.entries()) {
    onProgress?.('compare', index, PROJECTIONS.length)
    const left = rowsOf(books, table)
    const right = rowsOf(rebuilt, table)
    let [inBooks, fromJournal] = [left.next(), right.next()]
    while (inBooks.done !== true || fromJournal.done !== true) {
      const order = orderOf(
        inBooks.done === true ? undefined : inBooks.value,
        fromJournal.done === true ? undefined : fromJournal.value,
        table,
      )
      if (order <= 0 && inBooks.done !== true) {
        if (order < 0) add({ table: table.name, key: keyOf(inBooks.value, table), what: { kind: 'extra' } })
        else if (fromJournal.done !== true) compareRows(inBooks.value, fromJournal.value, table, add)
        rows += 1
      } else if (fromJournal.done !== true) {
        add({ table: table.name, key: keyOf(fromJournal.value, table), what: { kind: 'missing' } })
      }
      if (order <= 0) inBooks = left.next()
      if (order >= 0) fromJournal = right.next()
      if (rows % PAGE_ROWS === 0) await setImmediate()
    }
  }
  onProgress?.('compare', PROJECTIONS.length, PROJECTIONS.length)
  return { differences, differencesInAll, rows }
}

function compareRows(inBooks: Row, fromJournal: Row, table: TableShape, add: (difference: Difference) => void): void {
  for (const [index, column] of table.columns.entries()) {
    const [left, right] = [inBooks[index] ?? null, fromJournal[index] ?? null]
    if (left === right) continue
    add({
      table: table.name,
      key: keyOf(inBooks, table),
      what: { kind: 'different', column, inBooks: left, fromJournal: right },
    })
  }
}

function* rowsOf(client: Database.Database, table: TableShape): Generator<Row> {
  for (const page of pagesOf(client, table, PAGE_ROWS)) yield* page
}

function keyOf(row: Row, table: TableShape): readonly Cell[] {
  return row.slice(0, table.key.length)
}

/** As SQLite orders keys: numbers before texts, texts by their bytes. A side that has ended comes last. */
function orderOf(left: Row | undefined, right: Row | undefined, table: TableShape): number {
  if (left === undefined) return 1
  if (right === undefined) return -1
  for (let index = 0; index < table.key.length; index += 1) {
    const order = orderOfCells(left[index] ?? null, right[index] ?? null)
    if (order !== 0) return order
  }
  return 0
}

function orderOfCells(left: Cell, right: Cell): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right))
  return rankOf(left) - rankOf(right)
}

function rankOf(cell: Cell): number {
  if (cell === null) return 0
  return typeof cell === 'number' ? 1 : 2
}

function writersOf(client: Database.Database): ReadonlyMap<number, Writer> {
  const rows = client
    .prepare<[], { epoch: number; site: string; gateway: string }>('SELECT epoch, site, gateway FROM epoch')
    .all()
  return new Map(
    rows.map(({ epoch, site, gateway }) => [epoch, { site: site as SiteId, gateway: gateway as GatewayId }]),
  )
}
