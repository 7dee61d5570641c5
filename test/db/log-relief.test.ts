import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { isFatalToBooks, RELIEF_EVERY_RECORDS, relieveLog } from '../../db/log-relief.ts'
import type { ReliefAnswer } from '../../db/log-relief-worker.ts'
import { openBooks } from '../../db/open.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Answers = { readonly settings: { onAnswer(answer: ReliefAnswer): void }; next(): Promise<ReliefAnswer> }

function answers(): Answers {
  const waiting: ((answer: ReliefAnswer) => void)[] = []
  return {
    settings: { onAnswer: (answer) => waiting.shift()?.(answer) },
    next: () => new Promise((resolve) => waiting.push(resolve)),
  }
}

function write(client: Database.Database, rows: number): void {
  client.exec('CREATE TABLE IF NOT EXISTS filler (id INTEGER PRIMARY KEY, text TEXT)')
  const insert = client.prepare('INSERT INTO filler (text) VALUES (?)')
  for (let row = 0; row < rows; row += 1) insert.run('x'.repeat(2_000))
}

test('writes the log back from a thread of its own, once for so many records, while the books stay open for writing', async () => {
  const file = join(temporaryFolder(), 'books.db')
  const open = openBooks(file)
  const told = answers()
  const relief = relieveLog({ file, onFatal: (error) => expect.unreachable(String(error)), ...told.settings })
  write(open.db.$client, 100)
  const first = told.next()
  relief.committed(RELIEF_EVERY_RECORDS - 1)
  relief.committed(1)
  const answer = await first
  expect(answer).toMatchObject({ kind: 'relieved' })
  if (answer.kind !== 'relieved') return
  expect(answer.writtenBack).toBeGreaterThan(50)
  expect(answer.writtenBack).toBe(answer.logPages)
  // With nothing left to write back the next write begins the log anew.
  write(open.db.$client, 1)
  const second = told.next()
  relief.committed(RELIEF_EVERY_RECORDS)
  expect(await second).toMatchObject({ kind: 'relieved' })
  const after = await second
  expect(after.kind === 'relieved' && after.logPages).toBeLessThan(answer.logPages)
  await relief.stop()
  open.close()
  const again = new Database(file, { readonly: true })
  expect(again.prepare('SELECT count(*) AS rows FROM filler').get()).toEqual({ rows: 101 })
  again.close()
})

test('asks for no second relief while one is under way, and for none after it was stopped', async () => {
  const file = join(temporaryFolder(), 'books.db')
  const open = openBooks(file)
  let relieved = 0
  const relief = relieveLog({
    file,
    onFatal: (error) => expect.unreachable(String(error)),
    onAnswer: () => {
      relieved += 1
    },
  })
  write(open.db.$client, 10)
  for (let asked = 0; asked < 5; asked += 1) relief.committed(RELIEF_EVERY_RECORDS)
  await relief.stop()
  relief.committed(RELIEF_EVERY_RECORDS)
  expect(relieved).toBe(1)
  open.close()
})

test('a file that cannot be had only leaves the log to the books', async () => {
  const file = join(temporaryFolder(), 'nothing-here.db')
  const told = answers()
  const fatal: string[] = []
  const relief = relieveLog({ file, onFatal: (error) => fatal.push(error.message), ...told.settings })
  expect(await told.next()).toMatchObject({ kind: 'failed' })
  expect(fatal).toEqual([])
  await relief.stop()
})

test.each([
  ['SQLITE_IOERR_FSYNC', true],
  ['SQLITE_IOERR_WRITE', true],
  ['SQLITE_FULL', false],
  ['SQLITE_BUSY', false],
] as const)('a write back that fails with %s ends the process: %s', (code, ends) => {
  expect(isFatalToBooks({ kind: 'failed', code })).toBe(ends)
})
