import Database from 'better-sqlite3'
import { migrationStatements } from './migration-files.ts'
import { insertInto, pagesOf } from './table-pages.ts'
import type { Row, TableShape } from './table-sets.ts'
import { PROJECTIONS } from './table-sets.ts'

/** A table as a snapshot of some version holds it. */
export type HeldTable = Pick<TableShape, 'name' | 'columns'>

const ROWS_AT_ONCE = 1_000

/**
 * How many migrations the books had seen in which these tables, with these columns, were the projections: the fewest, so that a migration which only changes what rows say is run on them too (it finds nothing to change where it
 * has been). `undefined` where no version of this program had such tables.
 */
export function versionOfTables(held: readonly HeldTable[]): number | undefined {
  const wanted = spelled(held)
  const client = new Database(':memory:')
  try {
    const migrations = migrationStatements()
    for (const [index, statements] of migrations.entries()) {
      for (const statement of statements) client.exec(statement)
      if (spelled(projectionsIn(client)) === wanted) return index + 1
    }
    return undefined
  } finally {
    client.close()
  }
}

/**
 * Rows of the tables of an older version as the tables of today have them: they go through the very migrations that the books themselves went through, in a file of their own that nobody keeps. `seen` is what `versionOfTables`
 * says. Yields nothing of a table that there was not yet and that no migration fills.
 */
export function* upcast(
  held: Iterable<readonly [HeldTable, readonly Row[]]>,
  seen: number,
): Generator<readonly [TableShape, readonly Row[]]> {
  const client = new Database('')
  try {
    client.pragma('foreign_keys = OFF')
    client.pragma('journal_mode = OFF')
    const migrations = migrationStatements()
    run(client, migrations.slice(0, seen))
    client.exec('BEGIN')
    for (const [table, rows] of held) {
      const insert = insertInto(client, table)
      for (const row of rows) insert(row)
    }
    client.exec('COMMIT')
    run(client, migrations.slice(seen))
    for (const table of PROJECTIONS) for (const rows of pagesOf(client, table, ROWS_AT_ONCE)) yield [table, rows]
  } finally {
    client.close()
  }
}

/** The projections that a file has, with their columns, whatever its version. */
export function projectionsIn(client: Database.Database): readonly HeldTable[] {
  const columns = client.prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
  return PROJECTIONS.flatMap(({ name }) => {
    const found = columns.all(name).map((column) => column.name)
    return found.length === 0 ? [] : [{ name, columns: found }]
  })
}

function run(client: Database.Database, migrations: readonly (readonly string[])[]): void {
  for (const statements of migrations) for (const statement of statements) client.exec(statement)
}

/** In whatever order tables and columns stand. */
function spelled(held: readonly HeldTable[]): string {
  return JSON.stringify(held.map(({ name, columns }) => [name, columns.toSorted()]).toSorted())
}
