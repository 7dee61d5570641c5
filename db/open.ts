import { closeSync, existsSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { BooksInUseError, BooksUnusableError, isStorageFault, sqliteCodeOf } from './faults.ts'
import { removeLeftOver } from './files.ts'
import { leanDrizzle } from './lean-drizzle.ts'
import { MIGRATIONS, newestVersion } from './migration-files.ts'

export type Db = BetterSQLite3Database & { readonly $client: Database.Database }

/** An open database file with its lock. Nothing else of this process or another may write to it. */
export type OpenDb = { readonly db: Db; readonly file: string; close(): void }

export type OpenOptions = {
  /** Pages of 4 KiB kept in memory. */
  readonly cachePages: number
  /** How long an open reader of another process (a backup, `journal verify`) may hold a write up. */
  readonly busyTimeoutMs: number
  /**
   * Files up to this size are looked through as a whole before they are used. A larger one would hold the barriers up for minutes after a power cut, for a card reads some
   * 40 MB a second: of it the beginning, the length and the newest records are looked at, and all of it by each backup and by `tolbooth doctor`.
   */
  readonly lookThroughBytesMax: number
}

export const DEFAULT_OPEN: OpenOptions = {
  cachePages: 16_384,
  busyTimeoutMs: 2_000,
  lookThroughBytesMax: 128 * 1024 * 1024,
}

/** `Tolb`, in the file's own header: tells our books from any other SQLite file. */
const APPLICATION_ID = 0x546f_6c62

/**
 * Opens the site's books for writing: takes the lock that refuses a second process, puts the log on the disk that was left, migrates, checkpoints the WAL (`TRUNCATE`, which must succeed before any
 * answer: a row that is seen after a kill may not yet be on the disk), and asserts `synchronous=FULL` after a write, because WAL falls back to NORMAL where it was
 * not set. Values that are deleted are overwritten (`secure_delete`). A new file can be read by its owner only.
 * Refuses, with what to do: books in use, a damaged file, a file of a newer version, a database that is none of ours.
 */
export function openBooks(file: string, options: OpenOptions = DEFAULT_OPEN): OpenDb {
  let lock: BooksLock | undefined
  try {
    lock = lockBooks(file)
    removeLeftOver(file)
    return openLocked(file, lock, options)
  } catch (error) {
    lock?.release()
    throw unusable(file, error)
  }
}

/** The same, for whoever holds the lock already; closing the books releases it. */
export function openLocked(file: string, lock: BooksLock, options: OpenOptions = DEFAULT_OPEN): OpenDb {
  try {
    writeLogAgain(file)
    const client = openFile(file, options)
    try {
      const db = leanDrizzle(client)
      migrateBooks(db, file)
      assertFull(client)
      if (!truncateWal(client, options.busyTimeoutMs)) {
        throw new BooksUnusableError(
          `The books at ${file} are held by a reader, so their log cannot be written back. Stop the reader and start again.`,
        )
      }
      return {
        db,
        file,
        close: () => {
          client.close()
          lock.release()
        },
      }
    } catch (error) {
      client.close()
      throw error
    }
  } catch (error) {
    throw unusable(file, error)
  }
}

/** Opens books for reading only, beside a gateway that writes them. Refuses what `openBooks` refuses of a file, and one of an older version. */
export function openForReading(file: string): OpenDb {
  if (!existsSync(file))
    throw new BooksUnusableError(`There are no books at ${file}. Name the right folder in TOLBOOTH_DATA_DIR.`)
  try {
    const client = new Database(file, { readonly: true })
    try {
      client.pragma('query_only = ON')
      refuseForeign(client, file)
      const version = versionOf(client)
      if (version === undefined || version < newestVersion()) {
        throw new BooksUnusableError(
          `The books at ${file} are of an older Tolbooth than this one. Start the gateway once, which brings them up to date.`,
        )
      }
      return { db: leanDrizzle(client), file, close: () => client.close() }
    } catch (error) {
      client.close()
      throw error
    }
  } catch (error) {
    throw unusable(file, error)
  }
}

/** Held by the one process that may write the books; the kernel lets go of it when the process ends, however it ends. */
export type BooksLock = { release(): void }

/** Takes the lock beside the books. Refuses (throws `BooksUnusableError`) where another process, or this one, holds it. */
export function lockBooks(books: string): BooksLock {
  const file = `${books}.lock`
  let lock: Database.Database | undefined
  try {
    lock = new Database(file, { timeout: 0 })
    const held = lock
    held.pragma('journal_mode = DELETE')
    held.exec('BEGIN EXCLUSIVE')
    return { release: () => held.close() }
  } catch (error) {
    lock?.close()
    if (sqliteCodeOf(error)?.startsWith('SQLITE_BUSY')) {
      throw new BooksInUseError(
        `Another process has these books open (${file}). Stop it first: two gateways on the same books would both take the same token.`,
      )
    }
    throw unusable(books, error)
  }
}

/**
 * Writes the whole log back into the file and empties it. Answers `false` where a reader holds it for longer than `waitMs`; throws where the disk refuses.
 */
export function truncateWal(client: Database.Database, waitMs: number): boolean {
  const before = client.pragma('busy_timeout', { simple: true })
  client.pragma(`busy_timeout = ${waitMs}`)
  try {
    const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    return result !== undefined && result.busy === 0
  } finally {
    client.pragma(`busy_timeout = ${String(before)}`)
  }
}

/** What SQLite finds wrong with the file's own structure, or `undefined`. Reads the whole file. */
export function structuralFault(client: Database.Database): string | undefined {
  const check = client.pragma('quick_check(1)', { simple: true })
  return check === 'ok' ? undefined : String(check)
}

const LOG_PART_BYTES = 1024 * 1024

/**
 * Puts the log of a file on the disk before anything is written back from it, by writing it over itself. Syncing it would not do: after a sync that failed, in this start or an earlier
 * one, the kernel shows the log as it was written, holds it for clean, and never brings it to the disk (fsync(2)). SQLite would write back from it into the books, and
 * a power cut in the midst of that would leave books torn and no log to mend them from (docs/decisions/041).
 */
export function writeLogAgain(file: string): void {
  const log = `${file}-wal`
  if (!existsSync(log)) return
  const descriptor = openSync(log, 'r+')
  try {
    const part = Buffer.alloc(LOG_PART_BYTES)
    for (let at = 0; ; ) {
      const bytes = readSync(descriptor, part, 0, part.length, at)
      if (bytes === 0) break
      for (let done = 0; done < bytes; ) done += writeSync(descriptor, part, done, bytes - done, at + done)
      at += bytes
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function openFile(file: string, options: OpenOptions): Database.Database {
  // SQLite would make a file that everybody can read; its log takes after it.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  const client = new Database(file, { timeout: options.busyTimeoutMs })
  try {
    refuseForeign(client, file)
    client.pragma('journal_mode = WAL')
    client.pragma('synchronous = FULL')
    client.pragma('foreign_keys = ON')
    client.pragma('recursive_triggers = ON')
    client.pragma('secure_delete = ON')
    client.pragma(`cache_size = ${options.cachePages}`)
    // In a gateway a thread of its own has written most of the log back before (db/log-relief.ts).
    client.pragma('wal_autocheckpoint = 4000')
    client.pragma('temp_store = MEMORY')
    client.pragma('trusted_schema = OFF')
    const fault = statSync(file).size > options.lookThroughBytesMax ? undefined : structuralFault(client)
    if (fault !== undefined) throw damaged(file, fault)
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

/** Says what to do about books that cannot be trusted. */
export function damaged(file: string, what: string): BooksUnusableError {
  return new BooksUnusableError(`The books at ${file} are damaged (${what}). ${RESTORE}`)
}

const RESTORE = 'Keep the file, and restore the newest backup: tolbooth restore.'

/** A file that is empty is about to become ours. */
function refuseForeign(client: Database.Database, file: string): void {
  const isEmpty = client.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (isEmpty || client.pragma('application_id', { simple: true }) === APPLICATION_ID) {
    const version = isEmpty ? undefined : versionOf(client)
    if (version === undefined || version <= newestVersion()) return
    throw new BooksUnusableError(
      `The books at ${file} were written by a newer Tolbooth than this one. Install that version or a later one; or restore a backup of before the update: tolbooth restore. Nothing was changed.`,
    )
  }
  throw new BooksUnusableError(
    `${file} is a database of something else, and no books of Tolbooth. Name the right folder in TOLBOOTH_DATA_DIR. Nothing was changed.`,
  )
}

function migrateBooks(db: Db, file: string): void {
  try {
    migrate(db, { migrationsFolder: MIGRATIONS })
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    if (isStorageFault(cause)) throw cause
    throw new BooksUnusableError(
      `The books at ${file} could not be brought to this version: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was changed. ${RESTORE}`,
    )
  }
}

/** The newest migration that a file has seen: the time at which it was made. */
function versionOf(client: Database.Database): number | undefined {
  const table = client.prepare("SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'").get()
  if (table === undefined) return undefined
  const row = client.prepare('SELECT max(created_at) AS version FROM __drizzle_migrations').get()
  const version = (row as { readonly version: number | null } | undefined)?.version
  return version === null || version === undefined ? undefined : Number(version)
}

/** Writes the file's mark, and looks at what a write leaves of the setting. */
function assertFull(client: Database.Database): void {
  client.pragma(`application_id = ${APPLICATION_ID}`)
  const level = client.pragma('synchronous', { simple: true })
  if (level !== 2) throw new BooksUnusableError(`SQLite answers synchronous=${String(level)} where FULL (2) was set`)
}

function unusable(file: string, error: unknown): Error {
  if (error instanceof BooksUnusableError) return error
  const code = sqliteCodeOf(error)
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return damaged(file, code)
  }
  if (code?.startsWith('SQLITE_CANTOPEN') || code?.startsWith('SQLITE_READONLY') || isMissingFolder(error)) {
    return new BooksUnusableError(
      `The books at ${file} cannot be opened. Check that the folder exists and may be written to.`,
    )
  }
  if (code?.startsWith('SQLITE_BUSY')) {
    return new BooksUnusableError(
      `The books at ${file} are locked by another program that reads or writes them. Stop it and start again.`,
    )
  }
  if (code === 'SQLITE_FULL' || hasCode(error, 'ENOSPC'))
    return new BooksUnusableError(`No room on the disk for the books at ${file}. Free some and start again.`)
  if (code?.startsWith('SQLITE_IOERR') || hasCode(error, 'EIO')) {
    return new BooksUnusableError(
      `The disk fails under the books at ${file} (${code ?? 'EIO'}). Copy the folder to another disk, and go on from there or from a backup.`,
    )
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** Node's own, of a file that SQLite does not touch. */
function hasCode(error: unknown, code: 'EIO' | 'ENOSPC'): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** From better-sqlite3 itself, which looks at the folder first; or from Node. */
function isMissingFolder(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return (
    code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR' || error.message.includes('directory does not exist')
  )
}
