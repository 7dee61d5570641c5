import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BooksRefuseError } from '../../db/faults.ts'
import type { TestBooks } from './kit.ts'
import { at, openMarket, sale, sell } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** What makes a disk fail at a system call of the process that it starts; without it these tests say so. */
const STRACE = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0
const NO_STRACE = 'strace is not here, or may not trace: apt-get install strace'

describe('a disk that is full', () => {
  test('refuses the group whole, and the books go on when there is room', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    const pages = site.open.db.$client.pragma('page_count', { simple: true }) as number
    site.open.db.$client.pragma(`max_page_count = ${pages + 4}`)
    const taken = sellUntilRefused(site)
    expect(taken).toBeGreaterThan(0)
    const head = site.books.head()
    expect(newestRow(site)).toEqual({ seq: head.seq, hash: head.hash })
    expect(() => site.commit(sale('again', 10_000))).toThrow(BooksRefuseError)
    expect(newestRow(site)).toEqual({ seq: head.seq, hash: head.hash })

    site.open.db.$client.pragma('max_page_count = 1000000')
    sell(site, 5, undefined, 'after')
    expect(site.books.head().seq).toBe(head.seq + 10)
    expect(orphans(site)).toEqual([])
    site.books.close()
  })

  test('is told at every way by which the books are written', () => {
    const site = openMarket(temporaryFolder())
    sell(site, 20)
    const pages = site.open.db.$client.pragma('page_count', { simple: true }) as number
    site.open.db.$client.pragma(`max_page_count = ${pages}`)
    const large = 'x'.repeat(200_000)
    expect(() => site.books.storeBundle('layout', 'large', large, at())).toThrow(BooksRefuseError)
    for (let n = 0; n < 500; n += 1) site.books.moveCursor(`device-with-a-long-name-${n}`, n, 0)
    expect(() => site.books.flush()).toThrow(BooksRefuseError)
    expect(site.open.db.$client.inTransaction).toBe(false)
    site.open.db.$client.pragma('max_page_count = 1000000')
    site.books.flush()
    expect(site.books.cursors().size).toBe(500)
    site.books.close()
  })

  test('at the COMMIT itself refuses the group, and what comes after is taken', (context) => {
    if (!STRACE) context.skip(NO_STRACE)
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    // The log is written at COMMIT: some of its writes find no room, then there is room again.
    const said = sellUnderStrace(folder, [
      '-P',
      join(folder, 'books.db-wal'),
      '-e',
      'inject=pwrite64:error=ENOSPC:when=20..60',
    ])
    expect(said.status).toBe(0)
    expect(said.refused.length).toBeGreaterThan(0)
    expect(said.acknowledged.at(-1)).toBe(59)
    const site = openMarket(folder)
    expect(soldIn(site)).toEqual(said.acknowledged)
    expect(orphans(site)).toEqual([])
    site.books.close()
  })
})

describe('a disk that fails at a sync', () => {
  test.for<[what: string, faults: readonly string[]]>([
    ['of the log', ['-P', 'books.db-wal', '-e', 'inject=fsync,fdatasync:error=EIO:when=12..14']],
    ['of anything, for good', ['-e', 'inject=fsync,fdatasync:error=EIO:when=15+']],
  ])(
    '%s ends the process without an answer, and everything acknowledged is there at the next start',
    ([, faults], context) => {
      if (!STRACE) context.skip(NO_STRACE)
      const folder = temporaryFolder()
      openMarket(folder).books.close()
      const said = sellUnderStrace(
        folder,
        faults.map((fault) => (fault === 'books.db-wal' ? join(folder, fault) : fault)),
      )
      expect(said.status).toBe(70)
      expect(said.unknown).toHaveLength(1)
      expect(said.acknowledged.length).toBeGreaterThan(0)

      const site = openMarket(folder)
      const sold = soldIn(site)
      const possible = [...said.acknowledged, ...said.unknown]
      expect(sold).toEqual(expect.arrayContaining([...said.acknowledged]))
      expect(possible).toEqual(expect.arrayContaining([...sold]))
      // What was not acknowledged is sent again, and books once.
      const [unknown] = said.unknown
      site.commit(sale(`n${unknown}`, 10_000 + Number(unknown)))
      expect(soldIn(site)).toEqual(possible)
      expect(orphans(site)).toEqual([])
      site.books.close()
    },
  )

  test('every commit is synced before it is acknowledged', (context) => {
    if (!STRACE) context.skip(NO_STRACE)
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    const log = join(folder, 'books.db-wal')
    const said = sellUnderStrace(folder, ['-P', log, '-e', 'trace=fsync,fdatasync,write'])
    const syncs = said.trace.split('\n').filter((line) => /f(data)?sync\(/.test(line))
    expect(said.acknowledged).toHaveLength(60)
    expect(syncs.length).toBeGreaterThanOrEqual(60)
  })
})

function sellUntilRefused(site: TestBooks): number {
  for (let n = 0; ; n += 1) {
    try {
      site.commit(sale(`n${n}`, 10_000 + n))
    } catch (error) {
      expect(error).toBeInstanceOf(BooksRefuseError)
      expect(site.open.db.$client.inTransaction).toBe(false)
      return n
    }
    if (n > 1_000) throw new Error('the books never refused')
  }
}

type Said = {
  readonly status: number | null
  readonly acknowledged: readonly number[]
  readonly refused: readonly number[]
  readonly unknown: readonly number[]
  readonly trace: string
}

/** Sixty sales in a process of its own, with the faults that strace makes at its system calls. */
function sellUnderStrace(folder: string, faults: readonly string[]): Said {
  const script = join(import.meta.dirname, 'writer-process.ts')
  const run = spawnSync('strace', ['-f', '-qq', ...faults, process.execPath, script, folder, 'sell', '0', '60'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const numbers = (word: string): readonly number[] =>
    run.stdout
      .split('\n')
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => Number(line.slice(word.length + 1)))
  return {
    status: run.status,
    acknowledged: numbers('ack'),
    refused: numbers('refused'),
    unknown: numbers('unknown'),
    trace: run.stderr,
  }
}

/** The numbers of the sales that stand in the books as paid, in order. */
function soldIn(site: TestBooks): readonly number[] {
  const rows = site.open.db.$client
    .prepare("SELECT cast(substr(id, 6) AS INTEGER) AS n FROM spent WHERE id LIKE 'jti:n%' ORDER BY seq")
    .all()
  return rows.map((row) => (row as { readonly n: number }).n)
}

function newestRow(site: TestBooks): unknown {
  return site.open.db.$client.prepare('SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1').get()
}

/** Anything that stands in one table and not in the other, as a group that was written in half would leave it. */
function orphans(site: TestBooks): readonly unknown[] {
  return [
    ...site.open.db.$client.prepare('SELECT seq FROM seen WHERE seq NOT IN (SELECT seq FROM journal)').all(),
    ...site.open.db.$client
      .prepare("SELECT seq FROM journal WHERE kind <> 'genesis' AND seq NOT IN (SELECT seq FROM seen)")
      .all(),
    ...site.open.db.$client.prepare('SELECT charge FROM payment WHERE charge NOT IN (SELECT charge FROM spent)').all(),
    ...site.open.db.$client
      .prepare('SELECT sum(debits_posted) - sum(credits_posted) AS imbalance FROM account HAVING imbalance <> 0')
      .all(),
  ]
}
