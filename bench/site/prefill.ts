import { openForReading } from '../../db/open.ts'
import { verifyJournal } from '../../db/verify.ts'
import { dataFiles } from '../../gateway/config.ts'
import { openBenchBooks } from './bench-books.ts'
import { benchIssuers, benchKit } from './bench-site.ts'
import { saleMaker } from './sales.ts'

const GROUP_SALES = 500

/**
 * Fills the books of a provisioned folder with sales up to so many records: decided, chained, signed and projected like any others, but in large commits that are not
 * synced. Throws where the journal is not whole afterwards.
 */
export async function prefill(folder: string, stalls: number, records: number): Promise<void> {
  const site = await openBenchBooks(folder)
  const make = saleMaker(benchIssuers())
  const kit = benchKit(stalls)
  site.open.db.$client.pragma('synchronous = OFF')
  for (let sale = 0; site.books.head().seq < records; sale += GROUP_SALES) {
    const now = site.clock.now()
    // A stall has one open charge at a time: first all of a group are keyed, and then paid.
    const sales = Array.from({ length: Math.min(GROUP_SALES, kit.stalls.length) }, (_, index) => {
      const stall = kit.stalls[(sale + index) % kit.stalls.length]
      if (stall === undefined) throw new Error('the kit has no stall')
      return make(stall, now)
    })
    for (const event of [0, 1] as const) {
      for (const committed of site.books.commit(
        sales.map((pair) => pair[event]),
        now,
      )) {
        if (committed.kind !== 'committed' || !committed.outcome.ok) {
          throw new Error(`a sale was not booked: ${JSON.stringify(committed)}`)
        }
      }
    }
  }
  site.close()

  const open = openForReading(dataFiles(folder).books)
  const { isWhole, faults } = await verifyJournal(open)
  open.close()
  if (!isWhole) throw new Error(`the journal that was loaded is not whole: ${JSON.stringify(faults[0])}`)
}
