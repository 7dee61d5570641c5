import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { gatewayId } from '../../core/ids.ts'
import { BooksUnusableError } from '../../db/faults.ts'
import { DEFAULT_OPEN, openBooks, openForReading } from '../../db/open.ts'
import { chargeOpen, openMarket, openSite, SETTINGS, sell } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

function refusal(open: () => unknown): string {
  try {
    open()
  } catch (error) {
    expect(error).toBeInstanceOf(BooksUnusableError)
    return error instanceof Error ? error.message : ''
  }
  throw new Error('the books were opened')
}

describe('books', () => {
  test('that another process has open are refused, with what to do; when it has been killed they open', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'books.db')
    const holder = await holdBooks(folder)
    try {
      expect(refusal(() => openBooks(file))).toMatch(/^Another process has these books open .* Stop it first/)
    } finally {
      await kill(holder)
    }
    const site = openSite(folder)
    expect(site.books.head().seq).toBeGreaterThan(1)
    site.books.close()
  })

  test('that this process has open are refused too', () => {
    const folder = temporaryFolder()
    const site = openSite(folder)
    expect(refusal(() => openBooks(site.file))).toContain('Another process has these books open')
    site.books.close()
    openSite(folder).books.close()
  })

  test('of which the end is missing are refused as damaged, with what to do', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 50)
    site.books.close()
    truncateSync(site.file, Math.floor(statSync(site.file).size / 2))
    const before = readFileSync(site.file)
    expect(refusal(() => openBooks(site.file))).toMatch(
      /are damaged \(.+\)\. Keep the file, and restore the newest backup/,
    )
    expect(readFileSync(site.file)).toEqual(before)
  })

  test.each([
    ['text', Buffer.from('these are not the books that you are looking for\n'.repeat(200))],
    ['a header that is cut off', Buffer.from('SQLite format 3\0')],
    ['zeros', Buffer.alloc(65_536)],
  ])('that are no database but %s are refused as damaged, and left as they are', (_what, bytes) => {
    const file = join(temporaryFolder(), 'books.db')
    writeFileSync(file, bytes)
    expect(refusal(() => openBooks(file))).toMatch(/are damaged \(SQLITE_NOTADB\)\. Keep the file/)
    expect(readFileSync(file)).toEqual(bytes)
  })

  test('with a damaged page are refused as damaged', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 50)
    site.books.close()
    const bytes = readFileSync(site.file)
    bytes.fill(0xa5, 40_960, 45_056)
    writeFileSync(site.file, bytes)
    expect(refusal(() => openBooks(site.file))).toContain('are damaged')
  })

  test('that are too large to be looked through at a start are refused where their end is missing or does not follow', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    sell(site, 50)
    const head = site.books.head()
    site.books.close()
    const options = { ...DEFAULT_OPEN, lookThroughBytesMax: 0 }
    const client = new Database(site.file)
    client.exec('DROP TRIGGER journal_never_updated')
    client.exec(`UPDATE journal SET at = at + 1 WHERE seq = ${head.seq - 3}`)
    client.close()
    expect(refusal(() => openSite(folder))).toContain(`are damaged (record ${head.seq - 3}: content-changed)`)
    truncateSync(site.file, Math.floor(statSync(site.file).size / 8192) * 4096)
    expect(refusal(() => openBooks(site.file, options))).toContain('are damaged')
  })

  test('of another program are refused, and left as they are', () => {
    const file = join(temporaryFolder(), 'books.db')
    const other = new Database(file)
    other.exec('CREATE TABLE recipes (name TEXT)')
    other.close()
    const before = readFileSync(file)
    expect(refusal(() => openBooks(file))).toContain('is a database of something else')
    expect(refusal(() => openForReading(file))).toContain('is a database of something else')
    expect(readFileSync(file)).toEqual(before)
  })

  test('of a newer version are refused, with what to do, for writing and for reading', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    site.open.db.$client.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)")
    site.books.close()
    for (const open of [openBooks, openForReading]) {
      expect(refusal(() => open(site.file))).toMatch(
        /written by a newer Tolbooth than this one\. Install that version or a later one; or restore a backup/,
      )
    }
  })

  test('of another gateway are refused, with both names', () => {
    const folder = temporaryFolder()
    openMarket(folder).books.close()
    const writer = { ...SETTINGS.writer, gateway: gatewayId('box-2') }
    expect(refusal(() => openSite(folder, { writer }))).toMatch(
      /are of gateway box-1 at site market-1, and this is gateway box-2/,
    )
  })

  test('in a folder that is not there are refused', () => {
    expect(refusal(() => openBooks(join(temporaryFolder(), 'nowhere', 'books.db')))).toContain(
      'Check that the folder exists',
    )
  })

  test('whose log a reader holds are refused at the start: an answer must not rest on it', async () => {
    const folder = temporaryFolder()
    const holder = await holdBooks(folder)
    await kill(holder)
    expect(statSync(join(folder, 'books.db-wal')).size).toBeGreaterThan(0)
    const reader = openForReading(join(folder, 'books.db'))
    reader.db.$client.exec('BEGIN')
    reader.db.$client.prepare('SELECT count(*) FROM journal').get()
    expect(refusal(() => openBooks(join(folder, 'books.db'), { ...DEFAULT_OPEN, busyTimeoutMs: 50 }))).toContain(
      'are held by a reader',
    )
    reader.close()

    const site = openSite(folder)
    expect(statSync(join(folder, 'books.db-wal')).size).toBe(0)
    site.books.close()
  })

  test('are the owner’s alone, with their log', () => {
    const site = openMarket(temporaryFolder())
    for (const file of [site.file, `${site.file}-wal`, `${site.file}-shm`, `${site.file}.head`]) {
      expect(existsSync(file)).toBe(true)
      expect((statSync(file).mode & 0o777).toString(8), file).toBe('600')
    }
    site.books.close()
  })

  test('stay at synchronous=FULL when they have been written', () => {
    const site = openMarket(temporaryFolder())
    site.commit([chargeOpen('one', 20_000)])
    expect(site.open.db.$client.pragma('synchronous', { simple: true })).toBe(2)
    expect(site.open.db.$client.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(site.open.db.$client.pragma('secure_delete', { simple: true })).toBe(1)
    site.books.close()
  })
})

describe('books that are only read', () => {
  test('are refused where there are none, with what to do', () => {
    expect(refusal(() => openForReading(join(temporaryFolder(), 'books.db')))).toMatch(
      /There are no books at .*TOLBOOTH_DATA_DIR/,
    )
  })

  test('are refused where they are of an older version', () => {
    const site = openMarket(temporaryFolder())
    site.open.db.$client.exec('UPDATE __drizzle_migrations SET created_at = 1')
    site.books.close()
    expect(refusal(() => openForReading(site.file))).toContain('are of an older Tolbooth')
  })

  test('cannot be written, and are read while they are written', () => {
    const site = openMarket(temporaryFolder())
    const reader = openForReading(site.file)
    expect(() => reader.db.$client.exec('DELETE FROM seen')).toThrow('readonly')
    sell(site, 10)
    const row = reader.db.$client.prepare('SELECT max(seq) AS head FROM journal').get()
    expect(row).toEqual({ head: site.books.head().seq })
    reader.close()
    site.books.close()
  })
})

/** A process of its own that opens the books of a folder, sells a little and stays. */
function holdBooks(folder: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'writer-process.ts')
  const holder = spawn(process.execPath, [script, folder, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    holder.stdout.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('holding')) resolve(holder)
    })
    holder.once('exit', (code) => reject(new Error(`the other process ended with ${code}`)))
  })
}

function kill(holder: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    holder.removeAllListeners('exit')
    holder.once('exit', () => resolve())
    holder.kill('SIGKILL')
  })
}
