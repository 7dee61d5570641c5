import { existsSync } from 'node:fs'
import type { BundleKind } from '../../core/site.ts'
import { readBundleHeads } from '../../db/bundle-heads.ts'
import { bundleContentIn } from '../../db/bundles-in-force.ts'
import { openForReading } from '../../db/open.ts'
import { createBundles } from '../bundles/bundles.ts'
import { problemsIn } from '../bundles/in-use.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { wordsOfUnreadable } from '../wiring/unreadable-words.ts'
import type { Finding } from './finding.ts'
import { bad } from './finding.ts'

/** What the books have in force and this version cannot read, whatever the site's files say: nothing where all can be. Books that cannot be read have a line of their own. */
export async function inForceFindings({ dataDir }: GatewayConfig): Promise<readonly Finding[]> {
  const bundles = createBundles([])
  const unreadable = await Promise.all(
    inForce(dataFiles(dataDir).books).map(async ({ kind, hash, version, content }) => {
      const problems = await problemsIn(kind, hash, content, bundles)
      if (problems.length === 0) return []
      const { vi, en } = wordsOfUnreadable(kind, problems, version, null)
      return [bad(kind, vi, en)]
    }),
  )
  return unreadable.flat()
}

type InForce =
  ReturnType<typeof readBundleHeads> extends ReadonlyMap<BundleKind, infer Head>
    ? Head & { readonly kind: BundleKind; readonly content: string | null }
    : never

function inForce(file: string): readonly InForce[] {
  if (!existsSync(file)) return []
  try {
    const { db, close } = openForReading(file)
    try {
      return [...readBundleHeads(db)].map(([kind, head]) => ({
        ...head,
        kind,
        content: bundleContentIn(db, head.hash),
      }))
    } finally {
      close()
    }
  } catch {
    return []
  }
}
