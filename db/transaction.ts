import type Database from 'better-sqlite3'
import { BooksRefuseError, BooksUnknownError, isStorageFault, sqliteCodeOf } from './faults.ts'

/**
 * Runs `work` in one `BEGIN IMMEDIATE` … `COMMIT`, with the rules by which the books answer for it (architecture, section 1). Throws `BooksRefuseError` where nothing
 * was written, and `BooksUnknownError` where that cannot be known; what `work` itself throws comes through, with nothing written. Before each of the first two kinds
 * of throw `fallBack` puts what is kept in memory back to where it was.
 */
export function transact<Result>(client: Database.Database, work: () => Result, fallBack?: () => void): Result {
  let result: Result
  try {
    client.exec('BEGIN IMMEDIATE')
    result = work()
  } catch (error) {
    rollBack(client)
    fallBack?.()
    if (isStorageFault(error)) throw refused(error)
    throw error
  }
  try {
    client.exec('COMMIT')
  } catch (error) {
    // SQLITE_FULL is a write that found no room, never a sync. The frame that would have made the group count is written last, so it is not whole, and SQLite has
    // rolled back. Any other error may have come after that frame.
    if (sqliteCodeOf(error) !== 'SQLITE_FULL') {
      throw new BooksUnknownError(`It is not known whether the last group is on the disk: ${textOf(error)}`, {
        cause: error,
      })
    }
    rollBack(client)
    fallBack?.()
    throw refused(error)
  }
  return result
}

/** An error in one line. */
export function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Storage faults may have ended the transaction by themselves. */
function rollBack(client: Database.Database): void {
  if (!client.inTransaction) return
  try {
    client.exec('ROLLBACK')
  } catch (error) {
    throw new BooksUnknownError(`The books cannot be put back to where they were: ${textOf(error)}`, { cause: error })
  }
}

function refused(error: unknown): BooksRefuseError {
  return new BooksRefuseError(`The books refuse to be written: ${textOf(error)}`, { cause: error })
}
