import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { ChargeId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { HOUR_MS, instant, later } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { eventIs } from '../../db/former-kinds.ts'
import { openForReading } from '../../db/open.ts'
import { rerunParked } from '../../db/parked.ts'
import { rebuild } from '../../db/rebuild.ts'
import { createReports } from '../../db/reports.ts'
import * as tables from '../../db/schema.ts'
import { createLiveTail } from '../../gateway/http/live-tail.ts'
import type { CarPark } from './car-park.ts'
import { carPark, PARK_OUT, PRICE } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { GATEWAY, openMarket, SITE } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const FORMER = [
  ['credit-by-charge', 'bank-credit'],
  ['credit-by-text', 'bank-transfer'],
  ['credit-reversed', 'credit-unbooked'],
] as const
const AMOUNT = money(PRICE, VND)
const person = { person: true } as const

function leaveOnDebt(park: CarPark, plate: string): void {
  standAtExit(park, plate)
  park.commit({ kind: 'leave-on-debt', lane: PARK_OUT, reason: 'no money' }, person)
  park.pass(PARK_OUT)
}

function standAtExit(park: CarPark, plate: string): void {
  park.enter(plate)
  park.wait(HOUR_MS / 2)
  park.arrive(PARK_OUT)
  park.see(PARK_OUT, plate)
}

function chargesOf(site: TestBooks): readonly ChargeId[] {
  return site.open.db
    .select()
    .from(tables.charge)
    .all()
    .map(({ id }) => id as ChargeId)
}

test('records under the former names of their kinds make the same books, and are watched and counted like others', async () => {
  const site = openMarket(temporaryFolder())
  const park = carPark(site)
  for (const plate of ['30A-123.45', '29C-777.77']) leaveOnDebt(park, plate)
  const [first, second] = chargesOf(site)
  if (first === undefined || second === undefined) throw new Error('nothing is owed')
  park.commit({ kind: 'credit-by-charge', charge: first, amount: AMOUNT, reference: 'FT1' }, person)
  park.commit({ kind: 'credit-by-text', reference: 'FT2', amount: AMOUNT, text: 'gui xe', toldAt: null }, person)
  park.commit({ kind: 'credit-moved', reference: 'FT1', charge: second, reason: 'a slip' }, person)
  const watched = (): readonly unknown[] => {
    const reports = createReports(site.open.db, { site: SITE, gateway: GATEWAY })
    return createLiveTail((after, limit) => reports.journalPage(after, limit), reports.reasonText)
      .page(0, 1_000)
      .map(({ event }) => event)
  }
  const counted = (): Promise<unknown> =>
    createAudit(site.open.db).totals({ from: instant(0), until: later(park.now().at, HOUR_MS) }, site.books.head().seq)
  const before = watched()
  const [totals, openings] = [await counted(), [...createAudit(site.open.db).openings(0)]]

  renameBack(site.file)
  const kinds = site.open.db.select().from(tables.journal).all()
  expect(kinds.map(({ event }) => event)).toEqual(expect.arrayContaining(['bank-credit', 'bank-transfer']))
  expect(watched()).toEqual(before)
  expect(await counted()).toEqual(totals)
  expect([...createAudit(site.open.db).openings(0)]).toEqual(openings)
  site.books.close()
  const source = openForReading(site.file)
  expect(await rebuild(source, join(temporaryFolder(), 'new.db'))).toMatchObject({ kind: 'rebuilt', differences: [] })
  source.close()
})

test('whoever acts on what a record says reads it by today’s names, in one place', () => {
  const folder = join(import.meta.dirname, '../..')
  const readers = ['core', 'db', 'gateway'].flatMap((room) =>
    readdirSync(join(folder, room), { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
  )
  const parsing = readers.filter(
    (file) =>
      file.endsWith('.ts') &&
      /JSON\.parse\(.*\) as (Record|Decision)Body/.test(readFileSync(join(folder, file), 'utf8')),
  )
  expect(parsing).toEqual(['db/former-kinds.ts'])
})

test('a statement that looks events up by their kind names the former kinds too', () => {
  expect(eventIs('forget-due')).toBe("event = 'forget-due'")
  expect(eventIs('scan', 'credit-by-text')).toBe("event IN ('scan', 'credit-by-text', 'bank-transfer')")
  for (const [now, before] of FORMER.slice(0, 2))
    expect(eventIs(now as 'credit-by-text')).toBe(`event IN ('${now}', '${before}')`)
})

/** Kinds of records, events or changes by which a statement looks rows up, however it is written. */
function kindsNamedIn(source: string): readonly string[] {
  const is = String.raw`\s*(?:==?|<>|!=|is(?:\s+not)?|(?:not\s+)?in|like|glob)\s*\(?\s*["'%]*([a-z]+(?:-[a-z]+)*)`
  const ways = [
    // The column, in a statement or by the table's own name: event = 'scan', ${journal.event} in ('scan').
    String.raw`\bevent\b["'\x60]?\}?${is}["'%]`,
    // As drizzle compares it: eq(journal.event, 'scan'), inArray(journal.event, ['scan']).
    String.raw`\(\s*[\w.]+\.event\s*,\s*\[?\s*['"]([a-z-]+)`,
    // A part of the text of a body: instr(body, '"kind":"scan"'), body like '%"kind":"scan"%'.
    String.raw`\\?"kind\\?"\s*:\s*\\?"([a-z-]+)`,
    // The kind in a body, as SQLite reads JSON: json_extract(body, '$.event.body.kind') = 'scan', body ->> '$.event.body.kind' = 'scan'.
    String.raw`\bkind['"]\s*\)?${is}['"%]`,
  ]
  return ways.flatMap((way) => [...source.matchAll(new RegExp(way, 'gi'))].map(([, kind = '']) => kind))
}

test('a statement that looks events up by their kind does so by eventIs alone, whose kinds are checked by their type', () => {
  const root = join(import.meta.dirname, '../..')
  const naming = ['core', 'db', 'gateway'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        kindsNamedIn(readFileSync(join(root, room, file), 'utf8')).map((kind) => `${room}/${file} ${kind}`),
      ),
  )
  expect(naming, 'of tokens, and of what a lane does').toEqual([
    'db/audit.ts override',
    'db/audit.ts held-open',
    'db/facts.ts pass',
  ])
})

test.each([
  [`SELECT seq FROM journal WHERE event = 'bank-credit'`, 'bank-credit'],
  [`WHERE "event" = 'bank-credit'`, 'bank-credit'],
  [`WHERE journal.event NOT IN ('bank-credit', 'scan')`, 'bank-credit'],
  [`WHERE event IS NOT 'bank-credit'`, 'bank-credit'],
  [`WHERE event LIKE 'bank-credit%'`, 'bank-credit'],
  [`sql\`$\{journal.event} in ('bank-credit')\``, 'bank-credit'],
  [`where(inArray(tables.journal.event, ['bank-credit']))`, 'bank-credit'],
  [`where(eq(tables.journal.event, 'bank-credit'))`, 'bank-credit'],
  [`instr(body, '"kind":"bank-credit"') > 0`, 'bank-credit'],
  [`"instr(body, '\\"kind\\":\\"bank-credit\\"')"`, 'bank-credit'],
  [`json_extract(body, '$.event.body.kind') = 'bank-credit'`, 'bank-credit'],
  [`json_extract(body, '$.event.body.kind') IN ('bank-credit')`, 'bank-credit'],
  [`body ->> '$.event.body.kind' = 'bank-credit'`, 'bank-credit'],
])('that a kind is named in %s is seen', (source, kind) => {
  expect(kindsNamedIn(source)).toEqual([kind])
})

test('an event that was parked under a former name is run again as what it is called today', () => {
  let isBroken = false
  const site = openMarket(temporaryFolder(), {
    isPresent: () => {
      if (isBroken) throw new Error('nobody knows who is there')
      return true
    },
  })
  const park = carPark(site)
  standAtExit(park, '30A-123.45')
  const [charge] = chargesOf(site)
  if (charge === undefined) throw new Error('nothing was asked')
  isBroken = true
  const failed = park.commit({ kind: 'credit-by-charge', charge, amount: AMOUNT, reference: 'FT1' }, person)
  isBroken = false
  if (failed.kind !== 'committed' || failed.outcome.ok) throw new Error('it did not fail')
  renameBack(site.file)
  expect(site.open.db.select().from(tables.parked).all()[0]?.event).toContain('"bank-credit"')
  expect(rerunParked(site.open, site.books, failed.seq, park.now())).toMatchObject({
    kind: 'rerun',
    outcome: { ok: true, kind: 'credited' },
  })
  site.books.close()
})

/** Into books as they would have been written under the former names. Journals refuse that by triggers. */
function renameBack(file: string): void {
  const client = new Database(file)
  const triggers = client.prepare<[], { readonly name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
  )
  for (const { name } of triggers.all()) client.exec(`DROP TRIGGER "${name}"`)
  for (const [now, before] of FORMER) {
    const [isNow, wasBefore] = [`"kind":"${now}"`, `"kind":"${before}"`]
    client
      .prepare('UPDATE journal SET body = replace(body, ?, ?), event = replace(event, ?, ?) WHERE instr(body, ?) > 0')
      .run(isNow, wasBefore, now, before, isNow)
    client.prepare('UPDATE parked SET event = replace(event, ?, ?)').run(isNow, wasBefore)
  }
  client.close()
}
