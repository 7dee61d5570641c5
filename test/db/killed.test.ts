import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { backup, restore } from '../../db/backup.ts'
import type { Head } from '../../db/journal.ts'
import { readHead } from '../../db/journal.ts'
import { openForReading } from '../../db/open.ts'
import { prune } from '../../db/prune.ts'
import { rebuild } from '../../db/rebuild.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { TestBooks } from './kit.ts'
import { at, GATEWAY, liveThroughADay, openMarket, SITE, sell } from './kit.ts'
import { keptFolder, temporaryFolder } from './temporary-folder.ts'

/** Kills a process at one of its system calls: at the very moment that a power cut would choose. */
const STRACE = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0
const NO_STRACE = 'strace is not here, or may not trace: apt-get install strace'
const SCRIPT = join(import.meta.dirname, 'keeping-process.ts')

type End = 'killed' | 'done'
const ends: End[] = []

afterAll(() => {
  if (STRACE) expect(ends.filter((end) => end === 'killed').length).toBeGreaterThan(10)
})

/** By the names that the calls have on either processor; a question mark lets one be unknown. */
const CALLS: Readonly<Record<string, string>> = {
  fsync: 'fsync',
  unlink: '?unlink,unlinkat',
  link: '?link,linkat',
  rename: '?rename,?renameat,renameat2',
}

function runKilledAt(call: string, moment: number, args: readonly string[]): End {
  const inject = `inject=${CALLS[call]}:signal=SIGKILL:when=${moment}`
  const run = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', '-e', inject, process.execPath, SCRIPT, ...args], {
    encoding: 'utf8',
  })
  const isKilled = run.signal === 'SIGKILL' || run.status === 137
  ends.push(isKilled ? 'killed' : 'done')
  if (isKilled) return 'killed'
  if (run.stdout === 'done') return 'done'
  throw new Error(`it ended otherwise: ${run.status} ${run.stderr}`)
}

describe('a restore that is killed at any moment', () => {
  let original: string
  let before: Head

  beforeAll(async () => {
    original = keptFolder()
    const site = openMarket(original)
    sell(site, 5)
    await backup(site.file, join(original, 'backup.db'))
    sell(site, 5, at(), 'after')
    before = site.books.head()
    site.books.close()
  })

  test.for<[call: string, moment: number]>([
    ...[1, 5, 12, 20, 22].map((moment): [string, number] => ['fsync', moment]),
    ...[3, 4, 6, 7, 8].map((moment): [string, number] => ['unlink', moment]),
    ['link', 1],
    ['rename', 1],
  ])(
    'leaves the old books or the new ones, whole, and what was there is kept (%s %i)',
    async ([call, moment], context) => {
      if (!STRACE) context.skip(NO_STRACE)
      const folder = temporaryFolder()
      cpSync(original, folder, { recursive: true })
      const books = join(folder, 'books.db')
      runKilledAt(call, moment, ['restore', books, join(folder, 'backup.db')])

      const kept = readdirSync(folder).filter((name) => name.startsWith('books.db.replaced-') && !name.includes('-wal'))
      const site = openMarket(folder, {}, at(2 * 3_600_000))
      const head = site.books.head()
      expect(head.epoch === before.epoch ? head : headIn(join(folder, kept[0] ?? 'none'))).toEqual(before)
      site.books.close()
      // The next one finds nothing in its way.
      const writer = { site: SITE, gateway: GATEWAY }
      const again = await restore(join(folder, 'backup.db'), books, {
        now: at(3 * 3_600_000),
        writer,
        epochsSkipped: 0,
      })
      expect(again).toMatchObject({ kind: 'restored', lost: head })
      expect(readdirSync(folder).some((name) => name.includes('restoring'))).toBe(false)
    },
  )
})

test('a restore puts the log on the disk before anything is written back from it, as a start does', (context) => {
  if (!STRACE) context.skip(NO_STRACE)
  const [from, folder] = [temporaryFolder(), temporaryFolder()]
  const site = openMarket(from)
  sell(site, 5)
  // As a gateway that was killed leaves them.
  for (const file of ['books.db', 'books.db-wal']) cpSync(join(from, file), join(folder, file))
  site.books.close()
  cpSync(site.file, join(folder, 'backup.db'))
  const books = join(folder, 'books.db')
  const trace = join(folder, 'trace')
  const calls = ['-y', '-e', 'trace=pwrite64,fsync,fdatasync', '-P', books, '-P', `${books}-wal`]
  const args = [SCRIPT, 'restore', books, join(folder, 'backup.db')]
  spawnSync('strace', ['-f', '-qq', '-o', trace, ...calls, process.execPath, ...args])
  const lines = readFileSync(trace, 'utf8').split('\n')
  const first = (call: RegExp, file: string): number =>
    lines.findIndex((line) => call.test(line) && line.includes(`<${file}>`))
  const writtenBack = first(/pwrite64\(/, books)
  expect(writtenBack).toBeGreaterThan(-1)
  const log = lines.slice(0, writtenBack).filter((line) => line.includes(`<${books}-wal>`))
  expect(log.map((line) => /(pwrite64|f(?:data)?sync)\(/.exec(line)?.[1])).toEqual(
    expect.arrayContaining(['pwrite64', 'fsync']),
  )
})

describe('a pruning that is killed at any moment', () => {
  let original: string

  beforeAll(async () => {
    original = keptFolder()
    const site = openMarket(original)
    sell(site, 40)
    liveThroughADay(site)
    await prune(site.open, site.books, { ...SETTINGS }, at(DAY_MS))
    sell(site, 5, at(DAY_MS), 'after')
    const { seq, epoch, hash } = site.books.head()
    site.open.db.$client
      .prepare('INSERT INTO upstream_receipt (seq, epoch, hash, durable, received_at, jws) VALUES (?, ?, ?, 1, ?, ?)')
      .run(seq, epoch, hash, at(2 * DAY_MS).at, 'signed')
    site.books.close()
  })

  test.for([1, 4, 9, 16, 24])(
    'leaves books that verify and rebuild, and is finished by the next (sync %i)',
    async (moment, context) => {
      if (!STRACE) context.skip(NO_STRACE)
      const folder = temporaryFolder()
      cpSync(original, folder, { recursive: true })
      runKilledAt('fsync', moment, ['prune', folder])
      const site = openMarket(folder, {}, at(61 * DAY_MS))
      await holds(site)
      await prune(site.open, site.books, SETTINGS, at(61 * DAY_MS))
      await holds(site)
      const segment = site.open.db.$client.prepare('SELECT to_seq FROM pruned_segment').get()
      const first = site.open.db.$client.prepare('SELECT min(seq) AS seq FROM journal').get()
      expect((first as { readonly seq: number }).seq).toBe((segment as { readonly to_seq: number }).to_seq + 1)
      site.books.close()
    },
  )
})

describe('what takes long beside the path', () => {
  test('a pruning sees the books of one moment while they are written', async () => {
    const site = openMarket(temporaryFolder())
    sell(site, 200)
    let isDone = false
    let count = 0
    const sellOn = (): void => {
      if (isDone) return
      sell(site, 2, at(DAY_MS), `beside-${count}-`)
      count += 1
      setImmediate(sellOn)
    }
    setImmediate(sellOn)
    const taken = await prune(site.open, site.books, SETTINGS, at(DAY_MS))
    const waiting = taken.kind === 'pruned' ? taken.waiting : null
    const row = site.open.db.$client.prepare('SELECT epoch, hash FROM journal WHERE seq = ?').get(waiting?.upTo ?? 0)
    const { epoch, hash } = row as { readonly epoch: number; readonly hash: string }
    site.open.db.$client
      .prepare('INSERT INTO upstream_receipt (seq, epoch, hash, durable, received_at, jws) VALUES (?, ?, ?, 1, ?, ?)')
      .run(waiting?.upTo, epoch, hash, at(DAY_MS).at, 'signed')
    const dropped = await prune(site.open, site.books, SETTINGS, at(40 * DAY_MS))
    isDone = true
    expect(dropped).toMatchObject({ dropped: { from: 1, to: waiting?.upTo } })
    expect(count).toBeGreaterThan(5)
    await holds(site)
    site.books.close()
  })

  test('a verification of books that grow meanwhile looks at what was there when it began', async () => {
    const site = openMarket(temporaryFolder())
    sell(site, 600)
    const seq = site.books.head().seq
    const verifying = verifyJournal(openForReading(site.file))
    sell(site, 300, at(), 'meanwhile')
    const report = await verifying
    expect(report.isWhole).toBe(true)
    expect(report.records).toBeGreaterThanOrEqual(seq)
    site.books.close()
  })
})

const SETTINGS = {
  receiptAgeMinMs: 30 * DAY_MS,
  seenKeepMs: 35 * DAY_MS,
  spentKeepMs: 30 * DAY_MS,
  closings: 'not-kept',
  snapshotRecordsMin: 1,
} as const

async function holds(site: TestBooks): Promise<void> {
  const reader = openForReading(site.file)
  expect(await verifyJournal(reader)).toMatchObject({ isWhole: true, faults: [] })
  expect(await rebuild(reader, join(temporaryFolder(), 'new.db'))).toMatchObject({ kind: 'rebuilt', differences: [] })
  reader.close()
}

function headIn(file: string): Head | null {
  if (!existsSync(file)) return null
  const open = openForReading(file)
  const head = readHead(open.db)
  open.close()
  return head
}
