import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { CaseId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { CASE_EVENTS } from '../../core/parking/session.ts'
import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import { migrationStatements } from '../../db/migration-files.ts'
import { openForReading } from '../../db/open.ts'
import { prune } from '../../db/prune.ts'
import { rebuild } from '../../db/rebuild.ts'
import { loadSnapshot, openSnapshot, takeSnapshot } from '../../db/snapshot.ts'
import type { HeldTable } from '../../db/snapshot-upcast.ts'
import { projectionsIn, versionOfTables } from '../../db/snapshot-upcast.ts'
import { PROJECTIONS } from '../../db/table-sets.ts'
import { verifyJournal } from '../../db/verify.ts'
import { CAR, carPark, LOT, PARK_OUT, RIGHT } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { at, openMarket, sell } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SETTINGS = {
  receiptAgeMinMs: 30 * DAY_MS,
  seenKeepMs: 35 * DAY_MS,
  spentKeepMs: 60 * DAY_MS,
  closings: 'not-kept',
  snapshotRecordsMin: 1_000_000,
} as const
const ALL = migrationStatements().length

/** An empty file as the version had it that had seen so many migrations. */
function fileOf(seen: number): Database.Database {
  const client = new Database(':memory:')
  client.pragma('foreign_keys = OFF')
  for (const statement of migrationStatements().slice(0, seen).flat()) client.exec(statement)
  return client
}

/** What the books hold now, in the tables of that version. */
function asOf(seen: number, { open }: TestBooks): Database.Database {
  const older = fileOf(seen)
  const today = new Map(PROJECTIONS.map(({ name, columns }) => [name, columns]))
  for (const { name, columns } of [
    ...projectionsIn(older),
    { name: 'journal', columns: ['seq', 'epoch', 'at', 'clock', 'key', 'kind', 'event', 'mode', 'body', 'hash'] },
  ]) {
    const both = columns.filter((column) => today.get(name)?.includes(column) ?? name === 'journal')
    const names = both.map((column) => `"${column}"`).join(', ')
    const rows = open.db.$client.prepare<[], Record<string, unknown>>(`SELECT ${names} FROM "${name}"`).all()
    const insert = older.prepare(`INSERT INTO "${name}" (${names}) VALUES (${both.map(() => '?').join(', ')})`)
    for (const row of rows) insert.run(...Object.values(row))
  }
  return older
}

/** The snapshot that the version would have made, in the books, with its record. */
async function snapshotOf(
  seen: number,
  site: TestBooks,
  before: (older: Database.Database) => void = () => undefined,
): Promise<{ readonly upTo: number; readonly digest: string }> {
  const older = asOf(seen, site)
  before(older)
  const { $client } = site.open.db
  const keyed = new Map(PROJECTIONS.map(({ name, key }) => [name, key]))
  const shapes = projectionsIn(older).map(({ name, columns }) => {
    const key = keyed.get(name) ?? []
    return { name, key, columns: [...key, ...columns.filter((column) => !key.includes(column))] }
  })
  const keep = $client.prepare('INSERT INTO snapshot_part (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const taken = await takeSnapshot(older, (name, content) => keep.run(name, content), 100, shapes)
  $client
    .prepare('INSERT INTO snapshot (digest, seq, record_seq, manifest) VALUES (?, ?, NULL, ?)')
    .run(taken.digest, taken.upTo.seq, taken.manifest)
  site.books.recordSnapshot({ upTo: taken.upTo, digest: taken.digest }, at(DAY_MS))
  older.close()
  return { upTo: taken.upTo.seq, digest: taken.digest }
}

function receive(site: TestBooks, seq: number): void {
  site.open.db.$client
    .prepare('INSERT INTO upstream_receipt SELECT seq, epoch, hash, 1, ?, ? FROM journal WHERE seq = ?')
    .run(at(DAY_MS).at, 'signed by upstream', seq)
}

test.each(Array.from({ length: ALL }, (_, index) => index + 1))(
  'books that were pruned when they had seen %i migration(s) start, verify and rebuild today',
  async (seen) => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 5)
    const { upTo } = await snapshotOf(seen, site)
    receive(site, upTo)
    const pruned = await prune(site.open, site.books, SETTINGS, at(40 * DAY_MS))
    expect(pruned).toMatchObject({ kind: 'pruned', dropped: { from: 1, to: upTo } })
    expect((await verifyJournal(site.open)).faults).toEqual([])
    sell(site, 2, at(41 * DAY_MS), 'after')
    site.books.close()

    const again = openMarket(folder, {}, at(42 * DAY_MS))
    sell(again, 1, at(42 * DAY_MS), 'again')
    expect((await verifyJournal(again.open)).isWhole).toBe(true)
    again.books.close()
    const source = openForReading(again.file)
    const rebuilt = await rebuild(source, join(temporaryFolder(), 'new.db'))
    source.close()
    expect(rebuilt).toMatchObject({ kind: 'rebuilt', fromSnapshot: upTo, differencesInAll: 0 })
  },
)

test('what a migration changes in the rows of the books it changes in those of a snapshot too', async () => {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  park.enter('30A-123.45')
  const seen = 10
  const older = asOf(seen, site)
  expect(projectionsIn(older).find(({ name }) => name === 'staff_case')?.columns).not.toContain('reason_ref')
  const reasons = older.prepare("SELECT name FROM pragma_table_info('staff_case')").all()
  expect(reasons).toContainEqual({ name: 'reason' })
  older.close()

  const { digest } = await snapshotOf(seen, site, (before) => {
    before.exec(`UPDATE passage SET ground = '{"kind":"override","reason":"Hoa said so"}'`)
  })
  const opened = openSnapshot(site.open.db.$client, digest)
  if (!opened.ok) throw new Error(opened.fault.what)
  const fresh = fileOf(ALL)
  loadSnapshot(site.open.db.$client, opened.manifest, fresh)
  for (const { name } of PROJECTIONS) {
    const count = `SELECT count(*) AS n FROM "${name}"`
    expect(fresh.prepare(count).get(), name).toEqual(site.open.db.$client.prepare(count).get())
  }
  const grounds = fresh.prepare('SELECT DISTINCT ground FROM passage').all()
  expect(grounds, 'what was typed is in the vault since').toEqual([{ ground: '{"kind":"override"}' }])
  const stays = 'SELECT id, status, is_entry_unsure FROM session'
  expect(fresh.prepare(stays).all()).toEqual(site.open.db.$client.prepare(stays).all())
  fresh.close()
  site.books.close()
})

/** What a migration does to rows, beside what it does to tables. */
const dataStatements = (statements: readonly string[]): readonly string[] =>
  statements.filter((statement) => /^\s*(?:--[^\n]*\n\s*)*(?:UPDATE|INSERT|DELETE|REPLACE|WITH)\b/i.test(statement))

/** All that all tables hold. */
function allRows(client: Database.Database): ReadonlyMap<string, readonly unknown[]> {
  const names = client.prepare<[], { name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
  )
  return new Map(names.all().map(({ name }) => [name, client.prepare(`SELECT rowid, * FROM "${name}"`).all()]))
}

/** A car park in which all sorts of things have happened, as a file of its own that may be written to. */
function filledCarPark(): Database.Database {
  const site = openMarket(temporaryFolder())
  sell(site, 5)
  const park = carPark(site)
  park.commit({ kind: 'right-put', right: RIGHT, plates: ['30F-246.80'] }, { person: true })
  for (const plate of ['30A-123.45', '29C-777.77', '51G-000.11']) park.enter(plate)
  park.wait(HOUR_MS)
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '30A-123.45')
  park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, { person: true })
  park.pass(PARK_OUT)
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, '88A-888.88')
  park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: 'Hoa said so' }, { person: true })
  park.pass(PARK_OUT)
  park.commit({ kind: 'right-status', right: RIGHT.id, status: 'suspended', reason: 'not paid' }, { person: true })
  park.commit(
    { kind: 'occupancy-corrected', place: LOT, vehicleClass: CAR, count: 7, reason: 'counted' },
    { person: true },
  )
  park.commit(
    { kind: 'credit-by-text', reference: 'FT1', amount: money(1, VND), text: 'gui xe', toldAt: null },
    { person: true },
  )
  const [, typed] = site.open.db.$client.prepare<[], { id: CaseId }>('SELECT id FROM staff_case').all()
  if (typed === undefined) throw new Error('there are no cases')
  park.commit({ kind: 'case-ended', case: typed.id, reason: 'Hoa saw to it' }, { person: true })
  site.books.close()
  const client = new Database(site.file)
  // A case that ended by itself, in each way that there is.
  const ended = client.prepare(
    "INSERT INTO staff_case (id, kind, mode, opened_at, pictures, status, ended_at, reason, seq) VALUES (?, 'overpaid', 'live', 1, '[]', 'ended', 2, ?, 1)",
  )
  for (const [n, event] of CASE_EVENTS.entries()) ended.run(`ended-${n}`, event)
  return client
}

test('what migrations change in rows they find nothing to change where they have been: each may be run again, on all that today’s program writes', () => {
  const client = filledCarPark()
  for (const name of [
    'session',
    'charge',
    'passage',
    'staff_case',
    'assigned_right',
    'bank_credit',
    'occupancy',
    'journal',
    'vault',
  ])
    expect(allRows(client).get(name)?.length, name).toBeGreaterThan(0)
  const before = allRows(client)
  const migrations = migrationStatements().map(dataStatements)
  expect(migrations.flat().length).toBeGreaterThan(0)
  for (const statements of migrations) {
    for (const statement of statements) {
      client.exec(statement)
      expect(allRows(client), statement).toEqual(before)
    }
  }
  client.close()
})

test('what migrations change in rows of before they change once', () => {
  const client = filledCarPark()
  client.exec(`UPDATE passage SET ground = '{"kind":"override","reason":"Hoa said so"}'`)
  client.exec(
    "UPDATE staff_case SET reason = 'Hoa saw to it', reason_ref = NULL, reason_mac = NULL WHERE status = 'ended'",
  )
  const asItWas = allRows(client)
  const all = migrationStatements().flatMap(dataStatements)
  for (const statement of all) client.exec(statement)
  const once = allRows(client)
  expect(once.get('passage')).not.toEqual(asItWas.get('passage'))
  expect(once.get('staff_case')).not.toEqual(asItWas.get('staff_case'))
  for (const statement of all) client.exec(statement)
  expect(allRows(client)).toEqual(once)
  client.close()
})

test('tables that no version had are no snapshot of ours', () => {
  const held: readonly HeldTable[] = PROJECTIONS.map(({ name, columns }) => ({ name, columns }))
  // A later migration may have brought an index alone.
  const today = versionOfTables(projectionsIn(fileOf(ALL)))
  expect(today).toBeGreaterThan(0)
  expect(versionOfTables(held)).toBe(today)
  expect(versionOfTables(held.slice(1))).toBeUndefined()
  expect(versionOfTables(held.map((table) => ({ ...table, columns: [...table.columns, 'more'] })))).toBeUndefined()
})
