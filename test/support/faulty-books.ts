import type { Books } from '../../db/books.ts'
import { BooksRefuseError, BooksUnknownError } from '../../db/faults.ts'

/** Books that refuse to be written, or leave it open whether they were, when a test says so. */
export type FaultyBooks = {
  readonly through: (books: Books) => Books
  set(fault: 'none' | 'refuse' | 'unknown'): void
  /** Sizes of the groups that were written, in order. */
  readonly groups: number[]
  /** How often they refused. */
  refused(): number
  refusedCommits(): number
}

export function faultyBooks(): FaultyBooks {
  const groups: number[] = []
  let fault: 'none' | 'refuse' | 'unknown' = 'none'
  let refused = 0
  let refusedCommits = 0

  const guard = (): void => {
    if (fault === 'unknown') throw new BooksUnknownError('the disk failed at fsync')
    if (fault === 'none') return
    refused += 1
    throw new BooksRefuseError('no room on the disk')
  }

  return {
    groups,
    refused: () => refused,
    refusedCommits: () => refusedCommits,
    set(next) {
      fault = next
    },
    through: (books) => ({
      ...books,
      commit(group, now) {
        if (fault === 'refuse') refusedCommits += 1
        guard()
        const results = books.commit(group, now)
        groups.push(group.length)
        return results
      },
      storeBundle(...bundle) {
        guard()
        books.storeBundle(...bundle)
      },
      flush() {
        guard()
        books.flush()
      },
      checkpoint(now) {
        guard()
        books.checkpoint(now)
      },
    }),
  }
}
