import type Database from 'better-sqlite3'
import type { Row, TableShape } from './table-sets.ts'

/**
 * Reads a whole table in the order of its key, `pageRows` rows in memory at a time. Between two pages others may write: whoever needs one moment holds
 * a read transaction.
 */
export function* pagesOf(client: Database.Database, table: TableShape, pageRows: number): Generator<readonly Row[]> {
  const names = table.columns.map(quoted).join(', ')
  const key = table.key.map(quoted).join(', ')
  const select = `SELECT ${names} FROM ${quoted(table.name)}`
  const marks = table.key.map(() => '?').join(', ')
  const first = client.prepare<unknown[], Row>(`${select} ORDER BY ${key} LIMIT ?`).raw()
  const next = client.prepare<unknown[], Row>(`${select} WHERE (${key}) > (${marks}) ORDER BY ${key} LIMIT ?`).raw()
  let rows = first.all(pageRows)
  while (rows.length > 0) {
    yield rows
    const last = rows.at(-1)?.slice(0, table.key.length) ?? []
    rows = rows.length < pageRows ? [] : next.all(...last, pageRows)
  }
}

/** The same in the order in which the rows were written first. */
export function* writtenPagesOf(
  client: Database.Database,
  table: TableShape,
  pageRows: number,
): Generator<readonly Row[]> {
  const names = table.columns.map(quoted).join(', ')
  const page = client
    .prepare<unknown[], Row>(`SELECT rowid, ${names} FROM ${quoted(table.name)} WHERE rowid > ? ORDER BY rowid LIMIT ?`)
    .raw()
  for (let last: unknown = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = page.all(last, pageRows)
    if (rows.length === 0) return
    yield rows.map((row) => row.slice(1))
    last = rows.at(-1)?.[0]
  }
}

/** Writes rows as they are. Throws where one of them is there already. */
export function insertInto(client: Database.Database, table: Pick<TableShape, 'name' | 'columns'>): (row: Row) => void {
  const names = table.columns.map(quoted).join(', ')
  const marks = table.columns.map(() => '?').join(', ')
  const statement = client.prepare(`INSERT INTO ${quoted(table.name)} (${names}) VALUES (${marks})`)
  return (row) => {
    statement.run(...row)
  }
}

function quoted(name: string): string {
  return `"${name}"`
}
