import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import type Database from 'better-sqlite3'
import { canonicalJson } from '../core/canonical-json.ts'
import type { Head } from './journal.ts'
import type { HeldTable } from './snapshot-upcast.ts'
import { upcast, versionOfTables } from './snapshot-upcast.ts'
import { insertInto, pagesOf } from './table-pages.ts'
import type { Cell, Row, TableShape } from './table-sets.ts'
import { PROJECTIONS } from './table-sets.ts'

/**
 * All projections at one seq, as a list of parts, each named by its content. The list's own SHA-256 is the `digest` that a snapshot record holds and a
 * checkpoint signs, so that who has the record can tell whether what is loaded is what was there (architecture, section 3: pruning).
 */
export type SnapshotManifest = {
  readonly v: 1
  readonly upTo: Head
  readonly tables: readonly SnapshotTable[]
}

export type SnapshotTable = {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: number
  readonly parts: readonly string[]
}

export type TakenSnapshot = { readonly upTo: Head; readonly digest: string; readonly manifest: string }

export const PART_ROWS_MAX = 1_000

/**
 * Takes the projections as they are at the head of `reader`, which holds them still for as long by a read transaction, while another connection goes on writing.
 * Each part is handed to `keep` as soon as it is made; the same part may come again. Gives other work its turn between two parts.
 */
export async function takeSnapshot(
  reader: Database.Database,
  keep: (name: string, content: Buffer) => void,
  partRows = PART_ROWS_MAX,
  shapes: readonly TableShape[] = PROJECTIONS,
): Promise<TakenSnapshot> {
  reader.exec('BEGIN')
  try {
    const upTo = reader.prepare<[], Head>('SELECT epoch, seq, hash FROM journal ORDER BY seq DESC LIMIT 1').get()
    if (upTo === undefined) throw new Error('books without a record have no snapshot')
    const tables: SnapshotTable[] = []
    for (const table of shapes) {
      const parts: string[] = []
      let rows = 0
      for (const page of pagesOf(reader, table, partRows)) {
        const text = page.map((row) => `${JSON.stringify(row)}\n`).join('')
        const name = nameOf(text)
        keep(name, gzipSync(text))
        parts.push(name)
        rows += page.length
        await setImmediate()
      }
      tables.push({ name: table.name, columns: table.columns, rows, parts })
    }
    const manifest = canonicalJson({ v: 1, upTo, tables } satisfies SnapshotManifest)
    return { upTo, manifest, digest: nameOf(manifest) }
  } finally {
    reader.exec('ROLLBACK')
  }
}

export type SnapshotFault =
  | { readonly what: 'no-content' }
  | { readonly what: 'other-content' }
  | { readonly what: 'no-part'; readonly part: string }
  | { readonly what: 'other-part'; readonly part: string }
  /** Its tables are those of no version that this program knows. */
  | { readonly what: 'other-tables' }

export type OpenedSnapshot =
  | { readonly ok: true; readonly manifest: SnapshotManifest }
  | { readonly ok: false; readonly fault: SnapshotFault }

/** Finds the content of a digest and checks the list against it; the parts are checked as they are read. */
export function openSnapshot(client: Database.Database, digest: string): OpenedSnapshot {
  const row = client
    .prepare<[string], { manifest: string }>('SELECT manifest FROM snapshot WHERE digest = ?')
    .get(digest)
  if (row === undefined) return { ok: false, fault: { what: 'no-content' } }
  if (nameOf(row.manifest) !== digest) return { ok: false, fault: { what: 'other-content' } }
  const manifest = JSON.parse(row.manifest) as SnapshotManifest
  const isKnown = isOfToday(manifest) || versionOfTables(manifest.tables) !== undefined
  return isKnown ? { ok: true, manifest } : { ok: false, fault: { what: 'other-tables' } }
}

/** Whether its tables are those of this version, column by column. */
function isOfToday({ tables }: SnapshotManifest): boolean {
  const known = canonicalJson(PROJECTIONS.map(({ name, columns }) => ({ name, columns })))
  return known === canonicalJson(tables.map(({ name, columns }) => ({ name, columns })))
}

/** Reads every part of a snapshot in order, by the tables of the version that made it. Throws `SnapshotDamaged` at the first that is not what its name says. */
export function* readSnapshot(
  client: Database.Database,
  manifest: SnapshotManifest,
): Generator<readonly [HeldTable, readonly Row[]]> {
  const part = client.prepare<[string], { content: Buffer }>('SELECT content FROM snapshot_part WHERE hash = ?')
  for (const table of manifest.tables) {
    for (const name of table.parts) {
      const row = part.get(name)
      if (row === undefined) throw new SnapshotDamaged({ what: 'no-part', part: name })
      yield [table, rowsOf(name, row.content)]
    }
  }
}

/** Writes the projections of a snapshot into empty books, in a transaction of the caller's: those of an older version as the migrations since have made the books' own. Throws where no version had such tables. */
export function loadSnapshot(from: Database.Database, manifest: SnapshotManifest, into: Database.Database): void {
  const insert = new Map(PROJECTIONS.map((table) => [table.name, insertInto(into, table)]))
  const held = readSnapshot(from, manifest)
  const seen = isOfToday(manifest) ? undefined : versionOfTables(manifest.tables)
  if (seen === undefined && !isOfToday(manifest)) throw new SnapshotDamaged({ what: 'other-tables' })
  for (const [table, rows] of seen === undefined ? held : upcast(held, seen)) {
    for (const row of rows) insert.get(table.name)?.(row)
  }
}

export class SnapshotDamaged extends Error {
  override readonly name = 'SnapshotDamaged'
  readonly fault: SnapshotFault

  constructor(fault: SnapshotFault) {
    super(`the snapshot is damaged: ${JSON.stringify(fault)}`)
    this.fault = fault
  }
}

function rowsOf(name: string, content: Buffer): readonly Row[] {
  let text: string
  try {
    text = gunzipSync(content).toString('utf8')
  } catch {
    throw new SnapshotDamaged({ what: 'other-part', part: name })
  }
  if (nameOf(text) !== name) throw new SnapshotDamaged({ what: 'other-part', part: name })
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as readonly Cell[])
}

function nameOf(text: string): string {
  return hash('sha256', text, 'base64url')
}
