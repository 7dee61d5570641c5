import type { BundleKind } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Bundles } from './bundles.ts'

/**
 * Understands what the books have in force, which nothing may be decided without: for a gateway that starts, and for a command that decides. Returns what cannot be
 * read by this version, each with what is wrong; what is not in force at all is not among it.
 */
export async function readBundlesInUse(
  books: Books,
  bundles: Bundles,
): Promise<ReadonlyMap<BundleKind, readonly string[]>> {
  const unreadable = new Map<BundleKind, readonly string[]>()
  for (const kind of ['layout', 'policy', 'key-set', 'deny-list'] as const) {
    if (books.bundleInUse(kind) === null) continue
    const content = books.bundleContent(kind)
    const read = content === null ? NO_CONTENT : await bundles.read(kind, content)
    if (read.ok) bundles.inForce(kind, read.bundle.hash)
    else unreadable.set(kind, read.problems)
  }
  return unreadable
}

const NO_CONTENT = { ok: false, problems: ['its content is not in the books'] } as const
