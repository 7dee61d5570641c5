import type { BundleKind } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { Bundles } from './bundles.ts'
import { hashOf } from './bundles.ts'
import { readTariffsBundle } from './tariffs.ts'

/**
 * Understands what the books have in force, which nothing may be decided without: for a gateway that starts, and for a command that decides. Returns what cannot be
 * read by this version, each with what is wrong; what is not in force at all is not among it.
 */
export async function readBundlesInUse(
  books: Books,
  bundles: Bundles,
): Promise<ReadonlyMap<BundleKind, readonly string[]>> {
  for (const kind of ['layout', 'policy', 'key-set', 'deny-list', 'tariffs'] as const) {
    const head = books.bundleInUse(kind)
    if (head === null) continue
    const problems = await problemsIn(kind, head.hash, books.bundleContent(kind), bundles)
    if (problems.length === 0) bundles.inForce(kind, head.hash)
    else await bundles.cannotBeRead(kind, head.hash, problems)
  }
  return bundles.unreadable()
}

/** What is wrong with what is in force under this name; nothing where it can be read. Whether tariffs fit the layout is asked of whatever layout is in force then. */
export async function problemsIn(
  kind: BundleKind,
  hash: string,
  content: string | null,
  bundles: Pick<Bundles, 'read'>,
): Promise<readonly string[]> {
  if (content === null) return ['its content is not in the books']
  const read = kind === 'tariffs' ? readTariffsBundle(content) : await bundles.read(kind, content, null, 'in-force')
  if (!read.ok) return read.problems
  return hashOf(content) === hash ? [] : ['its content in the books is not what was taken into use']
}
