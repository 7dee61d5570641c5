import type { TariffsInForce } from '../../core/parking/facts.ts'
import type { BundleKind, SiteLayout } from '../../core/site.ts'
import type { Books } from '../../db/books.ts'
import type { OpenDb } from '../../db/open.ts'
import type { ParkingReports } from '../../db/parking-reports.ts'
import { createParkingReports } from '../../db/parking-reports.ts'
import type { Bundles } from '../bundles/bundles.ts'
import type { Clock } from '../clock/clock.ts'

/** What is read of the car park, by the layout, the policy and the tariffs that are in force and can be read. */
export function parkingReads(parts: {
  readonly open: OpenDb
  readonly books: Books
  readonly bundles: Pick<Bundles, 'readers'>
  readonly clock: Clock
  readonly unreadable: () => ReadonlyMap<BundleKind, readonly string[]>
}): ParkingReports {
  const { books, bundles, unreadable } = parts
  /** Read again with another layout: its places are what tariffs are for. */
  let made: { readonly hash: string; readonly layout: SiteLayout; readonly tariffs: TariffsInForce | null } | undefined

  const inForce = <Value>(kind: BundleKind, value: Value | null): Value | null =>
    unreadable().has(kind) ? null : value

  const tariffs = (layout: SiteLayout | null): TariffsInForce | null => {
    const head = books.bundleInUse('tariffs')
    if (head === null || layout === null || layout.parking === null) return null
    if (made?.hash === head.hash && made.layout === layout) return made.tariffs
    const content = books.bundleContent('tariffs')
    const read = content === null ? null : bundles.readers.tariffs(content, layout)
    made = { hash: head.hash, layout, tariffs: read === null ? null : { version: head.version, ...read } }
    return made.tariffs
  }

  return createParkingReports(
    parts.open.db,
    () => {
      const layout = inForce('layout', books.layout())
      return { layout, policy: inForce('policy', books.policy()), tariffs: tariffs(layout) }
    },
    () => parts.clock.now(),
  )
}
