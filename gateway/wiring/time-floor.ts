import type { Instant } from '../../core/time.ts'
import { instant } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'

/**
 * The newest time that something of this site surely had: a record of trusted time, and the issue of a bundle in force (architecture, section 10). Not the issue of a
 * token: one wallet with a wrong clock would make a whole site doubt its own, so a token from the future is refused by itself.
 */
export function timeFloor(books: Pick<Books, 'newestTrustedAt' | 'newestIssue'>): Instant {
  return instant(Math.max(books.newestTrustedAt(), books.newestIssue()))
}
