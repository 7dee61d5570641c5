import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { BooksUnusableError, sqliteCodeOf } from './faults.ts'

export type Db = BetterSQLite3Database & { readonly $client: Database.Database }

/** An open database file with its lock. Nothing else of this process or another may write to it. */
export type OpenDb = { readonly db: Db; readonly file: string; close(): void }

export type OpenOptions = {
  /** Pages of 4 KiB kept in memory. */
  readonly cachePages: number
  /** How long an open reader of another process (a backup, `journal verify`) may hold a write up. */
  readonly busyTimeoutMs: number
}

export const DEFAULT_OPEN: OpenOptions = { cachePages: 16_384, busyTimeoutMs: 2_000 }

/**
 * Opens the site's books for writing: takes the lock that refuses a second process, migrates, checkpoints the WAL (`TRUNCATE`, which must succeed before any
 * answer: a row that is seen after a kill may not yet be on the disk), and asserts `synchronous=FULL` after a write, because WAL falls back to NORMAL.
 * Refuses, with what to do: books in use, a damaged file, a file of a newer version.
 */
export function openBooks(file: string, options: OpenOptions = DEFAULT_OPEN): OpenDb {
  const lock = lockBooks(`${file}.lock`)
  try {
    const client = openFile(file, options)
    try {
      const db = drizzle({ client })
      migrateBooks(db, file)
      truncateWal(client, file)
      assertFull(client)
      return {
        db,
        file,
        close: () => {
          client.close()
          lock.close()
        },
      }
    } catch (error) {
      client.close()
      throw error
    }
  } catch (error) {
    lock.close()
    throw unusable(file, error)
  }
}

/** Opens books for reading only, beside a gateway that writes them. */
export function openForReading(file: string): OpenDb {
  if (!existsSync(file))
    throw new BooksUnusableError(`There are no books at ${file}. Name the right folder with --data.`)
  try {
    const client = new Database(file, { readonly: true })
    client.pragma('query_only = ON')
    return { db: drizzle({ client }), file, close: () => client.close() }
  } catch (error) {
    throw unusable(file, error)
  }
}

/** The kernel lets go of this lock when the process ends, however it ends. */
function lockBooks(file: string): Database.Database {
  const lock = new Database(file, { timeout: 0 })
  try {
    lock.pragma('journal_mode = DELETE')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (sqliteCodeOf(error)?.startsWith('SQLITE_BUSY')) {
      throw new BooksUnusableError(
        `Another process has these books open (${file}). Stop it first: two gateways on the same books would both take the same token.`,
      )
    }
    throw error
  }
}

function openFile(file: string, options: OpenOptions): Database.Database {
  const client = new Database(file, { timeout: options.busyTimeoutMs })
  try {
    client.pragma('journal_mode = WAL')
    client.pragma('synchronous = FULL')
    client.pragma('foreign_keys = ON')
    client.pragma(`cache_size = ${options.cachePages}`)
    client.pragma('wal_autocheckpoint = 2000')
    client.pragma('temp_store = MEMORY')
    client.pragma('trusted_schema = OFF')
    const check = client.pragma('quick_check(1)', { simple: true })
    if (check !== 'ok') throw new BooksUnusableError(`The books at ${file} are damaged (${String(check)}). ${RESTORE}`)
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

const RESTORE = 'Keep the file, and restore the newest backup: tolbooth restore.'

function migrateBooks(db: Db, file: string): void {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'migrations')
  try {
    migrate(db, { migrationsFolder: folder })
  } catch (error) {
    throw new BooksUnusableError(
      `The books at ${file} could not be brought to this version: ${error instanceof Error ? error.message : String(error)}. Nothing was changed. ${RESTORE}`,
    )
  }
}

/** A checkpoint that is not complete leaves answers resting on pages which may not be on the disk: then nothing is answered. */
function truncateWal(client: Database.Database, file: string): void {
  const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as { busy: number; log: number; checkpointed: number }[]
  if (result === undefined || result.busy !== 0) {
    throw new BooksUnusableError(
      `The books at ${file} are held by a reader, so their log cannot be written back. Stop the reader and start again.`,
    )
  }
}

function assertFull(client: Database.Database): void {
  client.exec(
    'CREATE TABLE IF NOT EXISTS opened (at INTEGER NOT NULL); DELETE FROM opened; INSERT INTO opened VALUES (0)',
  )
  client.pragma('synchronous = FULL')
  const level = client.pragma('synchronous', { simple: true })
  if (level !== 2) throw new BooksUnusableError(`SQLite answers synchronous=${String(level)} where FULL (2) was set`)
}

function unusable(file: string, error: unknown): Error {
  if (error instanceof BooksUnusableError) return error
  const code = sqliteCodeOf(error)
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return new BooksUnusableError(`The books at ${file} are damaged (${code}). ${RESTORE}`)
  }
  if (code?.startsWith('SQLITE_CANTOPEN')) {
    return new BooksUnusableError(
      `The books at ${file} cannot be opened (${code}). Check that the folder exists and may be written to.`,
    )
  }
  if (code === 'SQLITE_FULL')
    return new BooksUnusableError(`No room on the disk for the books at ${file}. Free some and start again.`)
  return error instanceof Error ? error : new Error(String(error))
}
