import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openBooks } from '../../db/open.ts'

export type CommitLimit = {
  readonly commitsPerSecond: number
  readonly scansPerSecond: number
  readonly rowsPerScan: number
}

type Row = Readonly<Record<string, string | number | null>>

/** What one scan wrote: rows that are new, and the keys of what it changed. */
type ScanRows = {
  readonly inserted: readonly { readonly table: string; readonly row: Row }[]
  readonly charge: Row
  readonly transfers: readonly Row[]
  readonly payment: Row
}

/** Tables whose rows name the record that wrote them. */
const BY_SEQ = ['journal', 'seen', 'payment', 'spent', 'transfer', 'claim', 'document'] as const

/**
 * Writes the rows of the newest scans of some books again, into new books of the same schema and settings, in commits of so many scans: SQLite by itself, each
 * statement prepared once, with no decision, no text to make and no signature. The same disk, one thread.
 */
export function measureCommits(books: string, groupSize: number, scans: number): CommitLimit {
  const rows = readScans(books, scans)
  const folder = mkdtempSync(join(tmpdir(), 'tolbooth-commits-'))
  try {
    const open = openBooks(join(folder, 'books.db'))
    const client = open.db.$client
    const write = writers(client)
    client.transaction(() => {
      for (const scan of rows) write.prepareCharge(scan)
    })()
    const fromMs = performance.now()
    let commits = 0
    for (let from = 0; from < rows.length; from += groupSize) {
      client.exec('BEGIN IMMEDIATE')
      for (const scan of rows.slice(from, from + groupSize)) write.scan(scan)
      client.exec('COMMIT')
      commits += 1
    }
    const seconds = (performance.now() - fromMs) / 1_000
    open.close()
    const written = rows.reduce((sum, scan) => sum + scan.inserted.length + scan.transfers.length * 2 + CHANGED_ROWS, 0)
    return {
      commitsPerSecond: commits / seconds,
      scansPerSecond: rows.length / seconds,
      rowsPerScan: written / rows.length,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Charge paid, charge closed, timer gone, exposure, the payer's day. */
const CHANGED_ROWS = 5

/** Scans in one commit: those of one group were decided at one moment, and two groups hardly ever in one millisecond. */
export function seenGroupSize(books: string, afterSeq: number): { groupSize: number; headSeq: number } {
  return reading(books, (client) => {
    const row = client
      .prepare("SELECT count(*) AS scans, count(DISTINCT at) AS groups FROM journal WHERE event = 'scan' AND seq > ?")
      .get(afterSeq) as { scans: number; groups: number }
    const head = client.prepare('SELECT max(seq) AS seq FROM journal').get() as { seq: number }
    return { groupSize: row.groups === 0 ? 0 : row.scans / row.groups, headSeq: head.seq }
  })
}

function readScans(books: string, scans: number): readonly ScanRows[] {
  return reading(books, (client) => {
    const newest = client
      .prepare(
        "SELECT seq, charge, body FROM journal WHERE event = 'scan' AND charge IS NOT NULL ORDER BY seq DESC LIMIT ?",
      )
      .all(scans) as { seq: number; charge: string; body: string }[]
    const oldestSeq = newest.at(-1)?.seq ?? 0
    const tables = BY_SEQ.map((table) => ({ table, bySeq: rowsAfter(client, table, oldestSeq) }))
    const charge = client.prepare('SELECT * FROM charge WHERE id = ?')
    const vault = client.prepare('SELECT * FROM vault WHERE ref = ?')
    return newest.reverse().flatMap(({ seq, charge: id, body }): ScanRows[] => {
      const written = tables.flatMap(({ table, bySeq }) => (bySeq.get(seq) ?? []).map((row) => ({ table, row })))
      const payment = written.find(({ table }) => table === 'payment')?.row
      if (payment === undefined) return []
      const refs = [...body.matchAll(/"ref":"((?:payer|token):[^"]+)"/g)].map(([, ref]) => ref)
      const kept = [...new Set(refs)].flatMap((ref) => {
        const row = vault.get(ref)
        return row === undefined ? [] : [{ table: 'vault', row: row as Row }]
      })
      return [
        {
          inserted: [...written.filter(({ table }) => table !== 'transfer'), ...kept],
          charge: charge.get(id) as Row,
          transfers: written.flatMap(({ table, row }) => (table === 'transfer' ? [row] : [])),
          payment,
        },
      ]
    })
  })
}

/** The rows of a table that were written by these records and later ones, by record. */
function rowsAfter(client: Database.Database, table: string, seq: number): ReadonlyMap<number, readonly Row[]> {
  const bySeq = new Map<number, Row[]>()
  for (const row of client.prepare(`SELECT * FROM ${table} WHERE seq >= ?`).all(seq) as Row[]) {
    const writtenBy = Number(row['seq'])
    const others = bySeq.get(writtenBy)
    if (others === undefined) bySeq.set(writtenBy, [row])
    else others.push(row)
  }
  return bySeq
}

function writers(client: Database.Database): { prepareCharge(scan: ScanRows): void; scan(scan: ScanRows): void } {
  const inserts = new Map<string, Database.Statement>()
  const insert = (table: string, row: Row): void => {
    let statement = inserts.get(table)
    if (statement === undefined) {
      const columns = Object.keys(row)
      // A payer is kept once a day.
      statement = client.prepare(
        `INSERT OR IGNORE INTO ${table} (${columns.map((column) => `"${column}"`)}) VALUES (${columns.map(() => '?')})`,
      )
      inserts.set(table, statement)
    }
    statement.run(...Object.values(row))
  }
  const pay = client.prepare('UPDATE charge SET paid = paid + ? WHERE id = ?')
  const close = client.prepare("UPDATE charge SET status = 'paid', closed_at = ? WHERE id = ?")
  const clear = client.prepare('DELETE FROM due WHERE id = ?')
  const account = client.prepare(
    `INSERT INTO account VALUES (?, 'live', ?, ?, ?, 0, 0) ON CONFLICT DO UPDATE SET
     debits_posted = debits_posted + excluded.debits_posted, credits_posted = credits_posted + excluded.credits_posted`,
  )
  const exposure = client.prepare(
    "INSERT INTO exposure VALUES ('live', ?, ?, 1) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, claims = claims + 1",
  )
  const payerDay = client.prepare(
    "INSERT INTO payer_day VALUES (?, 'live', '2026-11-21', ?, 1) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, payments = payments + 1",
  )
  return {
    prepareCharge({ charge }) {
      insert('charge', { ...charge, paid: 0, status: 'open', closed_at: null })
      insert('due', { id: `charge-expires:${charge['id']}`, due_at: charge['expires_at'] ?? 0, timer: '{}', seq: 1 })
    },
    scan({ inserted, charge, transfers, payment }) {
      for (const { table, row } of inserted) insert(table, row)
      for (const transfer of transfers) {
        insert('transfer', transfer)
        account.run(transfer['debit'], transfer['currency'], transfer['amount'], 0)
        account.run(transfer['credit'], transfer['currency'], 0, transfer['amount'])
      }
      pay.run(payment['amount'], charge['id'])
      close.run(payment['at'], charge['id'])
      clear.run(`charge-expires:${charge['id']}`)
      exposure.run('https://wallet.example', payment['amount'])
      payerDay.run(payment['payer'], payment['amount'])
    },
  }
}

function reading<Result>(books: string, read: (client: Database.Database) => Result): Result {
  const client = new Database(books, { readonly: true })
  try {
    return read(client)
  } finally {
    client.close()
  }
}
