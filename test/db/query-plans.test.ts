import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createAudit } from '../../db/audit.ts'
import { createBooks } from '../../db/books.ts'
import { createFactReader } from '../../db/facts.ts'
import type { OpenDb } from '../../db/open.ts'
import { openBooks } from '../../db/open.ts'
import { createParkingReports } from '../../db/parking-reports.ts'
import { createReports } from '../../db/reports.ts'
import { at, SETTINGS, sale, setUp } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Tables that hold a handful of rows for the life of a site, and a list of pseudonyms that is `asked`; whatever else is read must be found by an index. */
const SMALL = ['current_bundle', 'device', 'cursor', 'epoch', 'contact', 'exposure', 'lane_state', 'asked']
/** Read once at a start. */
const AT_START = [/from "due" order by/i]

describe('every statement of the path', () => {
  const statements = statementsOf(fill)

  test('was seen', () => {
    expect(statements.length).toBeGreaterThan(50)
    for (const table of [
      'journal',
      'seen',
      'charge',
      'payment',
      'spent',
      'transfer',
      'claim',
      'vault',
      'due',
      'passage',
    ]) {
      expect(
        statements.some((statement) => statement.sql.includes(`"${table}"`)),
        table,
      ).toBe(true)
    }
  })

  test.each(statements.filter(({ sql }) => !AT_START.some((known) => known.test(sql))))(
    'finds its rows by an index: $sql',
    ({ plan }) => {
      const scans = plan.filter(
        (step) => step.startsWith('SCAN') && !SMALL.some((table) => step.startsWith(`SCAN ${table}`)),
      )
      // By the integer key itself, and only as far as the statement's own limit.
      const unbounded = scans.filter((step) => step !== 'SCAN journal')
      expect(unbounded).toEqual([])
      expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
    },
  )

  const facts = statementsOf((open) =>
    createFactReader(open.db, { ...SETTINGS, randomBytes: (length) => Buffer.alloc(length) }, () => at(0).at),
  )
  const sorting = facts.filter(({ sql }) => / order by | limit |sum\(/i.test(sql) && !/"erase_at" <=/.test(sql))

  test.each(sorting)('is compiled once, and not for each value: $sql', ({ sql }) => {
    expect(sql.match(/(?<!\+)\?/g) ?? []).toEqual([])
  })

  test.each([
    [
      'an open stay by what it is known by',
      "held.held = 'open' AND session.mode = +? LIMIT",
      'session_credential_held',
    ],
    ['an open stay by what cameras take for its plate', 'held.likeness = asked.value', 'session_credential_likeness'],
    ['what a plate owes', "held.held = 'owed'", 'session_credential_held'],
    ['what has left of one plate, not of all', "session.status = 'left'", 'session_credential_plate'],
    ['how many stand under a right', "held.kind = 'right'", 'session_credential_held'],
    ['what a lane has seen lately', 'FROM sighting WHERE lane', 'sighting_lane'],
    ['the way through of a stay', 'FROM passage WHERE session', 'passage_session'],
    ['the lanes that ask for a stay', "->> '$.visit.session'", 'lane_state_asked'],
    ['the open cases of a stay', 'FROM staff_case WHERE session', 'staff_case_session'],
    ['the rights of a plate', 'right_plate.mac = asked.value', 'right_plate_mac'],
    ['whether a plate may be erased', '"erase_at" <=', 'session_credential_ref'],
  ])('finds %s by an index of its own, however many are over', (_what, part, index) => {
    const found = facts.filter(({ sql }) => sql.includes(part))
    expect(found.length).toBeGreaterThan(0)
    const plans = found.filter(({ sql }) => !sql.includes('"parked"')).map(({ plan }) => plan.join('; '))
    expect(
      plans.some((plan) => plan.includes(`INDEX ${index}`)),
      plans.join(' | '),
    ).toBe(true)
  })

  const asked = statementsOf((open) => {
    createReports(open.db, SETTINGS.writer)
    createAudit(open.db)
  })

  test.each(asked)('by which people ask finds its rows by an index: $sql', ({ plan }) => {
    const scans = plan.filter(
      (step) =>
        step.startsWith('SCAN') &&
        ![...SMALL, 'account', 'pruned_segment', '(subquery'].some((table) => step.startsWith(`SCAN ${table}`)),
    )
    expect(scans).toEqual([])
  })

  const ofCarPark = statementsOf((open) => {
    createParkingReports(open.db, () => ({ layout: null, policy: null, tariffs: null }), at)
  })

  test.each([
    [
      'charges of open stays',
      "WHERE status IN ('entering', 'inside', 'leaving') AND charge IS NOT NULL",
      'session_open',
    ],
    ['charges that are owed', "status = 'owed' AND place_kind = 'site'", 'charge_open'],
  ])(
    'looks for what a bank’s credit may be for among %s by an index of its own, and a bounded number of them',
    (_what, part, index) => {
      const [asking, ...others] = ofCarPark.filter(({ sql }) => sql.includes(part))
      expect([asking?.sql.match(/LIMIT 2000/g)?.length, others]).toEqual([2, []])
      expect(asking?.plan.join('; ')).toContain(`INDEX ${index}`)
      expect(
        asking?.plan.filter(
          (step) =>
            /^SCAN (?!newest|\(subquery|session USING INDEX session_open_since)/.test(step) ||
            step.includes('TEMP B-TREE'),
        ),
      ).toEqual([])
    },
  )

  test.each([
    ['of all kinds', 'mode = +?', 'staff_case_open'],
    ['of one kind', 'kind = ?', 'staff_case_kind'],
  ])('lists the cases that wait, %s, by an index of their own that has them in order', (_which, part, index) => {
    const found = ofCarPark.filter(({ sql }) => sql.includes(`FROM staff_case WHERE status = 'open' AND ${part}`))
    expect(found).toHaveLength(1)
    const plan = found.flatMap((each) => each.plan)
    expect(plan[0]).toContain(`INDEX ${index}`)
    expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
  })

  test('lists the credits that wait by an index of their own', () => {
    const [waiting] = ofCarPark.filter(({ sql }) => sql.includes("FROM bank_credit WHERE status IN ('unmatched'"))
    expect(waiting?.plan).toEqual([expect.stringContaining('INDEX bank_credit_waiting')])
  })

  test('that reads the journal from its end is limited', () => {
    const walks = statements.filter(({ plan }) => plan.includes('SCAN journal'))
    expect(walks.length).toBeGreaterThan(0)
    for (const { sql } of walks) expect(sql).toMatch(/order by "journal"."seq" desc limit \?$/i)
  })
})

type Statement = { readonly sql: string; readonly plan: readonly string[] }

/** Every statement that is prepared on fresh books by whoever is handed them. */
function statementsOf(use: (open: OpenDb) => void): readonly Statement[] {
  const open = openBooks(join(temporaryFolder(), 'books.db'))
  const { $client: client } = open.db
  const prepare = client.prepare.bind(client)
  const seen = new Set<string>()
  client.prepare = ((source: string) => {
    seen.add(source)
    return prepare(source)
  }) as typeof client.prepare
  use(open)
  const statements = [...seen].map((sql) => ({ sql, plan: planOf(prepare, sql) }))
  open.close()
  return statements
}

function fill(open: OpenDb): void {
  const books = createBooks(open, { ...SETTINGS, randomBytes: (length) => Buffer.alloc(length, 1) }, at())
  setUp(books)
  books.commit(sale('one', 20_000), at())
  books.checkpoint(at())
  books.moveCursor('till-1', 1, 0)
  books.flush()
}

function planOf(prepare: OpenDb['db']['$client']['prepare'], sql: string): readonly string[] {
  if (!/^(select|insert|update|delete|with)/i.test(sql)) return []
  const parameters = (sql.match(/\?/g) ?? []).map(() => null)
  const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
  return steps.map((step) => (step as { readonly detail: string }).detail)
}
