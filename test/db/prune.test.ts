import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { openForReading } from '../../db/open.ts'
import type { PruneReport, PruneResult, PruneSettings } from '../../db/prune.ts'
import { prune } from '../../db/prune.ts'
import { rebuild } from '../../db/rebuild.ts'
import type { SignedHead } from '../../db/verify.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { TestBooks } from './kit.ts'
import { at, chargeOpen, liveThroughADay, openMarket, sale, sell, signedClaims } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SETTINGS: PruneSettings = {
  receiptAgeMinMs: 30 * DAY_MS,
  seenKeepMs: 35 * DAY_MS,
  spentKeepMs: 30 * DAY_MS,
  closings: 'not-kept',
  snapshotRecordsMin: 1,
}

function asReport(result: PruneResult): PruneReport {
  if (result.kind !== 'pruned') throw new Error(JSON.stringify(result))
  return result
}

function receive(site: TestBooks, seq: number, afterNoonMs: number, durable = true, hash?: string): void {
  const row = site.open.db.$client.prepare('SELECT epoch, hash FROM journal WHERE seq = ?').get(seq)
  const { epoch, hash: ours } = row as { readonly epoch: number; readonly hash: string }
  site.open.db.$client
    .prepare(
      'INSERT OR REPLACE INTO upstream_receipt (seq, epoch, hash, durable, received_at, jws) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(seq, epoch, hash ?? ours, durable ? 1 : 0, at(afterNoonMs).at, 'signed by upstream')
}

function seqs(site: TestBooks): { readonly first: number; readonly count: number } {
  const row = site.open.db.$client.prepare('SELECT min(seq) AS first, count(*) AS count FROM journal').get()
  return row as { readonly first: number; readonly count: number }
}

function rows(site: TestBooks, table: string): number {
  return (site.open.db.$client.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { readonly n: number }).n
}

/** Books with a snapshot that waits, and some records after it. */
async function withSnapshot(): Promise<{ readonly site: TestBooks; readonly upTo: number }> {
  const site = openMarket(temporaryFolder())
  sell(site, 20)
  liveThroughADay(site)
  const report = asReport(await prune(site.open, site.books, SETTINGS, at()))
  if (report.waiting === null) throw new Error('there is no snapshot')
  sell(site, 5, at(DAY_MS), 'after')
  return { site, upTo: report.waiting.upTo }
}

describe('pruning', () => {
  test('drops nothing at first: it makes a signed snapshot, and says what that waits for', async () => {
    const site = openMarket(temporaryFolder())
    sell(site, 20)
    const head = site.books.head()
    const report = await prune(site.open, site.books, SETTINGS, at())
    expect(report).toEqual({
      kind: 'pruned',
      dropped: null,
      answersForgotten: 0,
      spentForgotten: 0,
      waiting: { upTo: head.seq, for: { kind: 'receipt' } },
    })
    expect(site.books.head().seq).toBe(head.seq + 1)
    const checkpoint = site.open.db.$client.prepare('SELECT seq FROM checkpoint').all()
    expect(checkpoint).toContainEqual({ seq: head.seq + 1 })
    expect((await verifyJournal(site.open)).isWhole).toBe(true)

    const again = asReport(await prune(site.open, site.books, SETTINGS, at(DAY_MS)))
    expect(again.waiting).toEqual({ upTo: head.seq, for: { kind: 'receipt' } })
    expect(site.books.head().seq).toBe(head.seq + 1)
    site.books.close()
  })

  test('is refused while the clock is not trusted', async () => {
    const { site } = await withSnapshot()
    for (const trust of [{ state: 'stepped' }, { state: 'unknown' }] as const) {
      expect(await prune(site.open, site.books, SETTINGS, at(100 * DAY_MS, trust))).toEqual({
        kind: 'refused',
        reason: 'clock-not-trusted',
      })
    }
    expect(seqs(site).first).toBe(1)
    site.books.close()
  })

  test('waits for a durable receipt of the right age over the same records, and for closed days', async () => {
    const { site, upTo } = await withSnapshot()
    const waits = async (day: number, settings = SETTINGS): Promise<unknown> => {
      const report = asReport(await prune(site.open, site.books, settings, at(day * DAY_MS)))
      expect(report.dropped).toBeNull()
      return report.waiting?.for
    }
    receive(site, upTo - 1, DAY_MS)
    expect(await waits(40)).toEqual({ kind: 'receipt' })
    receive(site, upTo + 1, DAY_MS, false)
    expect(await waits(40)).toEqual({ kind: 'durable-receipt' })
    receive(site, upTo + 1, DAY_MS, true, 'of other records')
    expect(await waits(40)).toEqual({ kind: 'same-records' })
    receive(site, upTo + 1, DAY_MS)
    expect(await waits(30)).toEqual({ kind: 'age', until: at(31 * DAY_MS).at })
    expect(await waits(31, { ...SETTINGS, closings: 'required' })).toEqual({ kind: 'days-closed' })
    expect(seqs(site).first).toBe(1)

    const report = asReport(await prune(site.open, site.books, SETTINGS, at(31 * DAY_MS)))
    expect(report.dropped).toEqual({ from: 1, to: upTo })
    expect(seqs(site).first).toBe(upTo + 1)
    site.books.close()
  })

  test('drops behind closed days where they are kept', async () => {
    const { site, upTo } = await withSnapshot()
    receive(site, upTo, DAY_MS)
    site.open.db.$client
      .prepare("INSERT INTO closed_day (day, from_seq, to_seq, closing, seq) VALUES ('2026-11-21', 1, ?, '{}', ?)")
      .run(upTo, upTo)
    const report = asReport(await prune(site.open, site.books, { ...SETTINGS, closings: 'required' }, at(40 * DAY_MS)))
    expect(report.dropped).toEqual({ from: 1, to: upTo })
    site.books.close()
  })

  test('leaves books that verify, rebuild from the snapshot, answer as before and go on', async () => {
    const folder = temporaryFolder()
    const { site, upTo } = await pruned(folder)
    const report = await verifyJournal(site.open, {
      checkpointOf: (jws) => (signedClaims(jws) as SignedHead | null) ?? undefined,
    })
    expect(report).toMatchObject({ isWhole: true, faults: [], firstSeq: upTo + 1 })
    expect(report.unknowns).toContainEqual({ kind: 'pruned', upTo })

    // An answer outlives its record.
    const [again] = site.commit([chargeOpen('kept', 20_000, at(20 * DAY_MS))], at(41 * DAY_MS))
    expect(again).toMatchObject({ kind: 'committed', repeated: true, outcome: { ok: true, kind: 'charge-opened' } })
    sell(site, 5, at(41 * DAY_MS), 'much-later')
    await rebuildsEqual(site)
    site.books.close()

    const reopened = openMarket(folder, {}, at(42 * DAY_MS))
    sell(reopened, 2, at(42 * DAY_MS), 'reopened')
    await rebuildsEqual(reopened)
    reopened.books.close()
  })

  test('goes on segment by segment: the next snapshot takes the place of the one before', async () => {
    const { site, upTo } = await pruned(temporaryFolder())
    expect(rows(site, 'snapshot')).toBe(2)
    sell(site, 10, at(50 * DAY_MS), 'second')
    const waiting = asReport(await prune(site.open, site.books, SETTINGS, at(50 * DAY_MS))).waiting?.upTo ?? 0
    receive(site, waiting, 50 * DAY_MS)
    const report = asReport(await prune(site.open, site.books, SETTINGS, at(90 * DAY_MS)))
    expect(report.dropped).toEqual({ from: upTo + 1, to: waiting })
    expect(rows(site, 'snapshot')).toBe(2)
    expect(rows(site, 'pruned_segment')).toBe(2)
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    await rebuildsEqual(site)
    site.books.close()
  })

  test('is finished by the next one where the process fell in the middle', async () => {
    const { site, upTo } = await pruned(temporaryFolder())
    // As if only some of the rows had gone: put one back, as the trigger would have left it.
    site.open.db.$client
      .prepare(
        'INSERT INTO journal SELECT ?, epoch, at, clock, key, kind, event, mode, charge, passage, body, hash, session FROM journal LIMIT 1',
      )
      .run(upTo)
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    await prune(site.open, site.books, SETTINGS, at(42 * DAY_MS))
    expect(seqs(site).first).toBe(upTo + 1)
    site.books.close()
  })

  test('is refused where the journal or the snapshot is not whole', async () => {
    for (const damage of [
      "UPDATE journal SET mode = 'training' WHERE seq = 5",
      "UPDATE snapshot_part SET content = x'00' WHERE rowid = 1",
      'DELETE FROM snapshot_part WHERE rowid = 1',
    ]) {
      const { site, upTo } = await withSnapshot()
      receive(site, upTo, DAY_MS)
      site.open.db.$client.exec('DROP TRIGGER journal_never_updated')
      site.open.db.$client.exec(damage)
      expect(await prune(site.open, site.books, SETTINGS, at(40 * DAY_MS))).toEqual({
        kind: 'refused',
        reason: 'journal-damaged',
      })
      expect(seqs(site).first).toBe(1)
      site.books.close()
    }
  })

  test('behind a damaged snapshot is found by the verification, and stops a rebuild', async () => {
    const { site } = await pruned(temporaryFolder())
    const row = site.open.db.$client.prepare('SELECT digest FROM snapshot ORDER BY seq LIMIT 1').get()
    site.open.db.$client
      .prepare('UPDATE snapshot SET manifest = ? WHERE digest = ?')
      .run('{}', (row as { readonly digest: string }).digest)
    const report = await verifyJournal(site.open)
    expect(report.faults).toMatchObject([{ kind: 'snapshot', what: 'other-content' }])
    const result = await rebuild(openForReading(site.file), join(temporaryFolder(), 'new.db'))
    expect(result).toMatchObject({ kind: 'stopped', error: expect.stringContaining('other-content') })
    site.books.close()
  })
})

describe('answers past their horizon', () => {
  test('are forgotten from the oldest on, and what is sent again by then is too old', async () => {
    const site = openMarket(temporaryFolder())
    site.commit([chargeOpen('old', 20_000)])
    site.commit([chargeOpen('newer', 20_000, at(10 * DAY_MS))], at(10 * DAY_MS))
    site.commit([chargeOpen('newest', 20_000, at(36 * DAY_MS))], at(36 * DAY_MS))
    const before = rows(site, 'seen')
    const report = asReport(await prune(site.open, site.books, SETTINGS, at(36 * DAY_MS)))
    expect(report.answersForgotten).toBe(before - 2)
    const [old, newer] = site.commit(
      [chargeOpen('old', 20_000), chargeOpen('newer', 20_000, at(10 * DAY_MS))],
      at(36 * DAY_MS),
    )
    expect(old).toEqual({ kind: 'refused', refusal: 'too-old' })
    expect(newer).toMatchObject({ kind: 'committed', repeated: true })
    expect((await verifyJournal(site.open)).isWhole).toBe(true)
    site.books.close()
  })

  test('are kept where the clock was not trusted when they were given: 1970 is no proof of age', async () => {
    const site = openMarket(temporaryFolder())
    const unset = at(-20_000 * DAY_MS, { state: 'unknown' })
    site.commit([chargeOpen('unset', 20_000, unset)], unset)
    const before = rows(site, 'seen')
    const report = asReport(await prune(site.open, site.books, SETTINGS, at(20 * DAY_MS)))
    expect(report.answersForgotten).toBe(0)
    expect(rows(site, 'seen')).toBe(before)
    site.books.close()
  })
})

describe('spent tokens past their horizon', () => {
  test('are forgotten by a record, so that a rebuild forgets the same', async () => {
    const site = openMarket(temporaryFolder())
    sell(site, 30)
    sell(site, 3, at(29 * DAY_MS), 'later')
    const early = asReport(await prune(site.open, site.books, SETTINGS, at(30 * DAY_MS)))
    expect(early.spentForgotten).toBe(0)
    const report = asReport(await prune(site.open, site.books, SETTINGS, at(31 * DAY_MS)))
    expect(report.spentForgotten).toBe(30)
    expect(rows(site, 'spent')).toBe(3)
    await rebuildsEqual(site)
    site.books.close()
  })
})

/** Books whose first segment was dropped on day 40. */
async function pruned(folder: string): Promise<{ readonly site: TestBooks; readonly upTo: number }> {
  const site = openMarket(folder)
  sell(site, 20)
  liveThroughADay(site)
  site.commit([chargeOpen('kept', 20_000, at(20 * DAY_MS))], at(20 * DAY_MS))
  site.books.checkpoint(at(20 * DAY_MS))
  const upTo = asReport(await prune(site.open, site.books, SETTINGS, at(20 * DAY_MS))).waiting?.upTo ?? 0
  site.commit(sale('x', 10_000, at(21 * DAY_MS)), at(21 * DAY_MS))
  receive(site, upTo, 5 * DAY_MS)
  const report = asReport(await prune(site.open, site.books, SETTINGS, at(40 * DAY_MS)))
  expect(report.dropped).toEqual({ from: 1, to: upTo })
  return { site, upTo }
}

async function rebuildsEqual(site: TestBooks): Promise<void> {
  const reader = openForReading(site.file)
  const result = await rebuild(reader, join(temporaryFolder(), 'new.db'))
  expect(result).toMatchObject({ kind: 'rebuilt', differences: [] })
  reader.close()
}
