import { chmodSync, closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { heldByOf } from '../core/lane/layout.ts'
import type { Now } from '../core/time.ts'
import { appendGenesis, isAhead, nextEpoch, ownerOf } from './epoch.ts'
import { BooksUnusableError } from './faults.ts'
import { placeNew, refuseExisting, removeBooks, replaceKeeping, restoringName, syncFile } from './files.ts'
import { openHeadFile, readHeadFile } from './head-file.ts'
import type { Head, Writer } from './journal.ts'
import { createJournalWriter, readHead } from './journal.ts'
import type { OpenDb } from './open.ts'
import { lockBooks, openBooks, openForReading, structuralFault, truncateWal, writeLogAgain } from './open.ts'
import { createStandingReader } from './standing-stays.ts'
import { transact } from './transaction.ts'
import type { JournalReport, VerifyOptions } from './verify.ts'
import { verifyJournal } from './verify.ts'

export type BackupResult =
  | { readonly kind: 'made'; readonly head: Head; readonly bytes: number; readonly report: JournalReport }
  /** The copy does not verify, so the books do not either, or the disk of the copy fails. Nothing is left of it. */
  | { readonly kind: 'unsound'; readonly structure: string | null; readonly report: JournalReport | null }

export type CopyOptions = {
  readonly checkpointOf?: VerifyOptions['checkpointOf']
  readonly onProgress?: (step: 'copy' | 'verify', done: number, of: number) => void
}

const PAGES_AT_ONCE = 1_000

/**
 * Copies the books of one moment into a new file while a gateway goes on writing them, and opens the copy to see that it is whole: its structure, its chain, and
 * that it ends where the books ended. The file is whole or not there, one file by itself, and its owner's alone: it holds personal values. Refuses
 * (throws) to write over a file.
 */
export async function backup(booksFile: string, file: string, options: CopyOptions = {}): Promise<BackupResult> {
  refuseExisting(file)
  const part = `${file}.part`
  removeBooks(part)
  const source = openForReading(booksFile)
  try {
    const head = await copyOneMoment(source, part, options)
    const sound = await verifyCopy(part, options)
    if (sound.kind === 'unsound') return sound
    if (sound.head.hash !== head.hash)
      throw new Error('the copy ends with another record than the books it was made of')
    placeNew(part, file)
    return { kind: 'made', head, bytes: statSync(file).size, report: sound.report }
  } finally {
    source.close()
    removeBooks(part)
  }
}

export type RestoreResult =
  | {
      readonly kind: 'restored'
      readonly head: Head
      /** Where the backup ended. */
      readonly parent: Head
      /** The newest record that this box remembers and the backup does not hold. */
      readonly lost: Head | null
      /** Where the books that were there are kept; `null` where there were none. */
      readonly replaced: string | null
      /** Whether lanes are held open in an emergency: by the backup, which then raises the arms, and by the books that were there, as far as they can be read. */
      readonly emergency: { readonly inBackup: boolean; readonly inReplaced: boolean }
    }
  | Extract<BackupResult, { kind: 'unsound' }>

export type RestoreOptions = CopyOptions & {
  readonly now: Now
  /** The site and gateway that this box is set up as: books of others are refused. */
  readonly writer: Writer
  /**
   * So many numbers are left out before that of the new epoch. Told by chance, two boxes on which one backup is put back begin epochs of different numbers: what the two make from then on has ids of its own, and the
   * fork shows wherever they meet. Whole, from 0 to `EPOCHS_SKIPPED_MAX`: a transfer's reference has room for few digits.
   */
  readonly epochsSkipped: number
}

export const EPOCHS_SKIPPED_MAX = 999

/**
 * Puts a backup in the place of the books, which are kept aside, and begins a new epoch whose genesis names what was lost: until upstream has returned
 * what that had spent, tokens issued before now are refused or capped, so that nothing spent becomes unspent. The new file is finished before it gets the
 * name. Refuses (throws) where a gateway runs, a file that is no backup, a backup of another site or gateway, and a number of epochs to skip that is out of its range.
 */
export async function restore(backupFile: string, booksFile: string, options: RestoreOptions): Promise<RestoreResult> {
  const { epochsSkipped } = options
  if (!Number.isInteger(epochsSkipped) || epochsSkipped < 0 || epochsSkipped > EPOCHS_SKIPPED_MAX)
    throw new RangeError(`epochsSkipped must be 0 to ${EPOCHS_SKIPPED_MAX}, not ${epochsSkipped}`)
  refuseNoBackup(backupFile)
  const lock = lockBooks(booksFile)
  const part = restoringName(booksFile)
  try {
    removeBooks(part)
    const source = openForReading(backupFile)
    try {
      refuseOthers(source, options.writer)
      await copyOneMoment(source, part, options)
    } finally {
      source.close()
    }
    const sound = await verifyCopy(part, options)
    if (sound.kind === 'unsound') return sound
    const parent = sound.head
    const newest = newestOf(readHeadFile(`${booksFile}.head`), headOf(booksFile))
    const lost = newest !== null && isAhead(newest, parent) ? newest : null
    const number = nextEpoch(parent, newest) + epochsSkipped
    const head = beginRestored(part, parent, number, lost, options)
    const emergency = { inBackup: isInEmergency(part), inReplaced: isInEmergency(booksFile) }
    const replaced = swap(part, booksFile, options.now)
    const headFile = openHeadFile(`${booksFile}.head`)
    headFile.remember(head)
    headFile.close()
    return { kind: 'restored', head, parent, lost, replaced, emergency }
  } finally {
    removeBooks(part)
    lock.release()
  }
}

/** Puts books that were made anew of the same journal (db/rebuild.ts) in the place of those they were made of, which are kept aside. Refuses where a gateway runs, or has written since. */
export function takeIntoUse(rebuiltFile: string, booksFile: string, now: Now): { readonly replaced: string | null } {
  const lock = lockBooks(booksFile)
  try {
    const [inBooks, rebuilt] = [headOf(booksFile), headOf(rebuiltFile)]
    if (inBooks === null || rebuilt === null || inBooks.hash !== rebuilt.hash) {
      throw new BooksUnusableError(
        'The books have moved on since they were rebuilt. Stop the gateway and rebuild again.',
      )
    }
    return { replaced: swap(rebuiltFile, booksFile, now) }
  } finally {
    lock.release()
  }
}

/** A read transaction holds the moment: the copy is not begun anew whenever somebody writes. */
async function copyOneMoment(source: OpenDb, part: string, { onProgress }: CopyOptions): Promise<Head> {
  const client = source.db.$client
  client.exec('BEGIN')
  try {
    const head = readHead(source.db)
    await client.backup(part, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress?.('copy', totalPages - remainingPages, totalPages)
        return PAGES_AT_ONCE
      },
    })
    chmodSync(part, 0o600)
    // One file by itself, that can be read from a disk which cannot be written.
    const copy = new Database(part)
    copy.pragma('journal_mode = DELETE')
    copy.close()
    syncFile(part)
    return head
  } finally {
    client.exec('ROLLBACK')
  }
}

type Sound = { readonly kind: 'sound'; readonly head: Head; readonly report: JournalReport }

async function verifyCopy(
  part: string,
  options: CopyOptions,
): Promise<Sound | Extract<BackupResult, { kind: 'unsound' }>> {
  const copy = openForReading(part)
  try {
    const structure = structuralFault(copy.db.$client) ?? null
    if (structure !== null) return { kind: 'unsound', structure, report: null }
    const { checkpointOf, onProgress } = options
    const report = await verifyJournal(copy, {
      ...(checkpointOf === undefined ? {} : { checkpointOf }),
      onProgress: (done, of) => onProgress?.('verify', done, of),
    })
    return report.isWhole ? { kind: 'sound', head: report.head, report } : { kind: 'unsound', structure, report }
  } finally {
    copy.close()
  }
}

/** What every file of SQLite begins with. */
const SQLITE_HEAD = 'SQLite format 3\0'

/** A wrong name is told before anything else: to stop a gateway for it would help nobody. */
function refuseNoBackup(file: string): void {
  if (!existsSync(file))
    throw new BooksUnusableError(`There is no file ${file}. Name a file that tolbooth backup has made.`)
  if (statSync(file).isFile() && headBytes(file) === SQLITE_HEAD) return
  throw new BooksUnusableError(
    `${file} is no backup of Tolbooth, or its beginning is damaged. Name a file that tolbooth backup has made. Nothing was changed.`,
  )
}

function headBytes(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const head = Buffer.alloc(SQLITE_HEAD.length)
    readSync(descriptor, head, 0, head.length, 0)
    return head.toString('latin1')
  } finally {
    closeSync(descriptor)
  }
}

function refuseOthers(source: OpenDb, { site, gateway }: Writer): void {
  const owner = ownerOf(source.db)
  if (owner === undefined) throw new BooksUnusableError(`${source.file} has no record: there is nothing to restore.`)
  if (owner.site === site && owner.gateway === gateway) return
  throw new BooksUnusableError(
    `${source.file} is of gateway ${owner.gateway} at site ${owner.site}, and this is gateway ${gateway} at site ${site}. Choose the right backup. Nothing was changed.`,
  )
}

function beginRestored(part: string, parent: Head, number: number, lost: Head | null, options: RestoreOptions): Head {
  const open = openBooks(part)
  try {
    const epoch = { reason: 'restored', number, lost } as const
    const journal = createJournalWriter(open.db)
    return transact(open.db.$client, () => appendGenesis(open.db, journal, options.writer, parent, epoch, options.now))
  } finally {
    open.close()
    syncFile(part)
  }
}

/** The new file gets the name; the old one keeps another, with the log that belongs to it. */
function swap(part: string, booksFile: string, now: Now): string | null {
  if (!existsSync(booksFile)) {
    for (const beside of ['-wal', '-shm']) rmSync(`${booksFile}${beside}`, { force: true })
    placeNew(part, booksFile)
    return null
  }
  const kept = freeName(`${booksFile}.replaced-${new Date(now.at).toISOString().replace(/[:.]/g, '')}`)
  writeLogBack(booksFile)
  // A log that could not be written back must not be taken for the new file's.
  if (existsSync(`${booksFile}-wal`)) renameSync(`${booksFile}-wal`, `${kept}-wal`)
  rmSync(`${booksFile}-shm`, { force: true })
  replaceKeeping(part, booksFile, kept)
  return kept
}

/** So that the old file is whole by itself, where it can still be opened. As at a start, the log is put on the disk first. */
function writeLogBack(booksFile: string): void {
  try {
    writeLogAgain(booksFile)
    const client = new Database(booksFile)
    try {
      truncateWal(client, 2_000)
    } finally {
      client.close()
    }
  } catch {
    // Damaged books are what a restore is for: they are kept as they are.
  }
}

/** The head of books that may be damaged, or of another version, or not there. */
function headOf(booksFile: string): Head | null {
  return readable(booksFile, (open) => {
    const head = readHead(open.db)
    return head.seq === 0 ? null : head
  })
}

function isInEmergency(booksFile: string): boolean {
  return readable(booksFile, ({ db }) => heldByOf(createStandingReader(db).laneStates()).length > 0) ?? false
}

/** What books say that may be damaged, or of another version, or not there: then `null`. */
function readable<Said>(booksFile: string, read: (open: OpenDb) => Said): Said | null {
  try {
    const open = openForReading(booksFile)
    try {
      return read(open)
    } finally {
      open.close()
    }
  } catch {
    return null
  }
}

function newestOf(left: Head | null, right: Head | null): Head | null {
  if (left === null || right === null) return left ?? right
  return isAhead(left, right) ? left : right
}

function freeName(name: string): string {
  let free = name
  for (let count = 2; existsSync(free); count += 1) free = `${name}-${count}`
  return free
}
