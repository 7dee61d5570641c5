import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { diskImageOf } from './disk-image.ts'
import type { DiskControl, DiskLibrary } from './disk-library.ts'
import { buildDiskLibrary, reasonForNoDiskLibrary, recordedDisk, slowDisk } from './disk-library.ts'
import type { DiskOperation } from './disk-log.ts'
import { readDiskLog } from './disk-log.ts'

const reason = reasonForNoDiskLibrary()
if (reason !== undefined) console.warn(`skipped: ${reason}`)

const SLOWER_MS = 60

describe.skipIf(reason !== undefined)('a program whose disk is recorded', () => {
  let folder: TemporaryFolder
  let library: DiskLibrary
  let data: string
  let disk: DiskControl
  let rounds = 0

  beforeAll(() => {
    folder = temporaryFolder()
    library = buildDiskLibrary(folder.path)
  })
  afterAll(() => folder.remove())
  beforeEach(() => {
    rounds += 1
    data = join(folder.path, `data-${rounds}`)
    const work = join(folder.path, `work-${rounds}`)
    mkdirSync(data)
    mkdirSync(work)
    disk = recordedDisk(library, data, work)
  })

  test('is seen at every write, truncation, sync and change of a name, by whichever call it does them', () => {
    const { stdout } = run(`
      const file = fs.openSync('books', 'w+')
      fs.writeSync(file, 'one')
      fs.writeSync(file, Buffer.from('two'), 0, 3, 10)
      fs.writevSync(file, [Buffer.from('th'), Buffer.from('ree')])
      fs.writevSync(file, [Buffer.from('fo'), Buffer.from('ur')], 20)
      fs.ftruncateSync(file, 4)
      fs.fsyncSync(file)
      fs.fdatasyncSync(file)
      fs.closeSync(file)
      fs.renameSync('books', 'kept')
      fs.unlinkSync('kept')
      const folder = fs.openSync(process.cwd(), 'r')
      fs.fsyncSync(folder)
    `)
    expect(stdout).toBe('')
    expect(operations().map(named)).toEqual([
      'open books (new)',
      'truncate 0',
      'write one at 0',
      'write two at 10',
      'write th at 3',
      'write ree at 5',
      'write fo at 20',
      'write ur at 22',
      'truncate 4',
      'sync',
      'sync',
      'rename books to kept',
      'unlink kept',
      'sync-folder',
    ])
  })

  test('is seen when it is SQLite: what it says is committed is on the disk, and what it has not committed is not', () => {
    const before = diskImageOf(data)
    run(`
      const db = new Database('books.db')
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = FULL')
      db.exec('create table paid (id integer); insert into paid values (1); insert into paid values (2)')
      db.exec('begin immediate; insert into paid values (3)')
      process.kill(process.pid, 'SIGKILL')
    `)
    for (const operation of operations()) before.apply(operation)
    const left = before.cut({ below: () => 0 })
    for (const [name, bytes] of left) writeFileSync(join(data, name), bytes)
    const { stdout } = run(`
      console.log(new Database('books.db').prepare('select group_concat(id) as ids from paid').get().ids)
    `)
    expect(stdout.trim()).toBe('1,2')
    expect([...left.keys()].sort()).toEqual(['books.db', 'books.db-wal'])
  })

  test('is told EIO at as many syncs as it was to be', () => {
    disk.failSyncs(1)
    const { stdout } = run(`
      const file = fs.openSync('books', 'w')
      fs.writeSync(file, 'lost')
      try { fs.fsyncSync(file) } catch (error) { console.log(error.code) }
      fs.fsyncSync(file)
    `)
    expect(stdout.trim()).toBe('EIO')
    expect(disk.failuresLeft()).toBe(0)
    expect(operations().map(named).slice(-2)).toEqual(['sync-failed', 'sync'])
  })

  test('is killed before the operation at which it was to be, and that one is not done', () => {
    disk.dieAtOperation(2)
    const { signal } = run(`
      const file = fs.openSync('books', 'a')
      fs.writeSync(file, 'first')
      fs.writeSync(file, 'second')
    `)
    expect(signal).toBe('SIGKILL')
    expect(readFileSync(join(data, 'books'), 'utf8')).toBe('first')
  })

  test('is killed before a write to the books, and not before one to their log', () => {
    disk.dieAtBooksWrite(1)
    const { signal } = run(`
      fs.writeFileSync('books.db-wal', 'log')
      fs.writeFileSync('books.db', 'books')
    `)
    expect(signal).toBe('SIGKILL')
    expect(readFileSync(join(data, 'books.db-wal'), 'utf8')).toBe('log')
    expect(readFileSync(join(data, 'books.db'), 'utf8')).toBe('')
  })

  test('runs on when the disk is calm again', () => {
    disk.dieAtOperation(1)
    disk.failSyncs(1)
    disk.calm()
    expect(run(`fs.writeFileSync('books', 'x', { flush: true })`).status).toBe(0)
  })

  test('is held up at each sync of a slow disk, recorded or not', () => {
    const { stdout } = run(
      `
      const file = fs.openSync('books', 'w')
      const fromMs = performance.now()
      fs.fsyncSync(file)
      console.log(performance.now() - fromMs)
    `,
      slowDisk(library, SLOWER_MS),
    )
    expect(Number(stdout)).toBeGreaterThanOrEqual(SLOWER_MS)
    expect(operations()).toEqual([])
  })

  test('is read up to the last whole record, where it was killed while one was made', () => {
    run(`fs.writeFileSync('books', 'whole')`)
    const whole = operations()
    writeFileSync(disk.log, readFileSync(disk.log).subarray(0, -1))
    expect(operations()).toEqual(whole.slice(0, -1))
  })

  function run(program: string, environment: Readonly<Record<string, string>> = disk.environment) {
    const head = `const fs = require('node:fs'); const Database = require(${JSON.stringify(SQLITE)});`
    return spawnSync(process.execPath, ['--eval', head + program], {
      cwd: data,
      env: { ...process.env, ...environment },
      encoding: 'utf8',
    })
  }

  const operations = (): readonly DiskOperation[] => readDiskLog(disk.log)
})

const SQLITE = join(import.meta.dirname, '../../../node_modules/better-sqlite3')

function named(operation: DiskOperation): string {
  switch (operation.kind) {
    case 'open':
      return `open ${operation.name}${operation.isNew ? ' (new)' : ''}`
    case 'write':
      return `write ${operation.bytes.toString()} at ${operation.offset}`
    case 'truncate':
      return `truncate ${operation.length}`
    case 'unlink':
      return `unlink ${operation.name}`
    case 'rename':
      return `rename ${operation.from} to ${operation.to}`
    case 'sync':
    case 'sync-failed':
    case 'sync-folder':
      return operation.kind
  }
}
