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

/** Writes rows as they are. Throws where one of them is there already. */
export function insertInto(client: Database.Database, table: TableShape): (row: Row) => void {
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
