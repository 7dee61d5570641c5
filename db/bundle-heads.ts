import type { BundleHead, BundleKind } from '../core/site.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** The generation in force of each kind of bundle. */
export function readBundleHeads(db: Db): ReadonlyMap<BundleKind, BundleHead> {
  const rows = db.select().from(tables.currentBundle).all()
  return new Map(
    rows.map(({ kind, versionEpoch: epoch, versionN: n, hash, issuedAt }) => [
      kind,
      { version: { epoch, n }, hash, issuedAt: instant(issuedAt) },
    ]),
  )
}

/** The newest time at which anything that is in force was issued, of whatever kind; 0 where nothing is. Nothing of this site happens before it. */
export function newestIssueOf(heads: ReadonlyMap<BundleKind, BundleHead>): Instant {
  return instant(Math.max(0, ...[...heads.values()].map(({ issuedAt }) => issuedAt)))
}
