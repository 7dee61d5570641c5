import type { BundleHead, BundleKind } from '../core/site.ts'
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
