import type { BundleKind } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { instant } from '../../core/time.ts'
import type { Books } from '../../db/books.ts'

const KINDS: readonly BundleKind[] = ['layout', 'policy', 'key-set', 'deny-list']

/**
 * The newest time that something of this site surely had: a record of trusted time, and the issue of a bundle in force (architecture, section 10). Not the issue of a
 * token: one wallet with a wrong clock would make a whole site doubt its own, so a token from the future is refused by itself.
 */
export function timeFloor(books: Pick<Books, 'newestTrustedAt' | 'bundleInUse'>): Instant {
  const issued = KINDS.map((kind) => books.bundleInUse(kind)?.issuedAt ?? 0)
  return instant(Math.max(books.newestTrustedAt(), ...issued))
}
