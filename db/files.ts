import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { BooksUnusableError } from './faults.ts'

/** What SQLite and the gateway keep beside a file of books. */
const BESIDE = ['-wal', '-shm', '-journal', '.lock', '.head'] as const

/** Removes a file of books with all that is kept beside it. */
export function removeBooks(file: string): void {
  for (const beside of ['', ...BESIDE]) rmSync(`${file}${beside}`, { force: true })
}

/** The books that a restore is making, until they are whole. */
export function restoringName(books: string): string {
  return `${books}.restoring`
}

/** Removes what a restore that was killed has left, for nothing would ever be erased in it. For whoever holds the lock. Not where there are no books: then it may be the newest that there is. */
export function removeLeftOver(books: string): void {
  const left = restoringName(books)
  const isThere = ['', ...BESIDE].some((beside) => existsSync(`${left}${beside}`))
  if (isThere && existsSync(books)) removeBooks(left)
}

/** Puts what is in a file, and the file's name, on the disk. */
export function syncFile(file: string): void {
  syncPath(file)
  syncPath(dirname(file))
}

/** Gives a finished file its name, at once and whole. Refuses to write over another. */
export function placeNew(finished: string, file: string): void {
  refuseExisting(file)
  try {
    linkSync(finished, file)
    rmSync(finished)
  } catch {
    // Sticks and other disks know no hard links; there nobody else is writing at this moment.
    refuseExisting(file)
    renameSync(finished, file)
  }
  syncPath(dirname(file))
}

/** Puts a finished file in the place of another, which is kept under a name of its own. At every moment one of the two has the name. */
export function replaceKeeping(finished: string, file: string, kept: string): void {
  try {
    linkSync(file, kept)
  } catch {
    renameSync(file, kept)
  }
  renameSync(finished, file)
  syncPath(dirname(file))
}

export function refuseExisting(file: string): void {
  if (existsSync(file)) {
    throw new BooksUnusableError(`${file} is there already. Name a new file: nothing is written over.`)
  }
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
