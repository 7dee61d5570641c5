import { DAY_MS } from '../../core/time.ts'
import { restore } from '../../db/backup.ts'
import { prune } from '../../db/prune.ts'
import { at, GATEWAY, openMarket, SITE } from './kit.ts'

/**
 * `node keeping-process.ts restore <books> <backup>` or `node keeping-process.ts prune <folder>`: one long piece of work on books, for tests that kill it in the middle.
 */
const [work, where, backup] = process.argv.slice(2)
if (where === undefined) throw new Error('name the books')

if (work === 'restore') {
  const writer = { site: SITE, gateway: GATEWAY }
  const result = await restore(backup ?? '', where, { now: at(3_600_000), writer, epochsSkipped: 0 })
  if (result.kind !== 'restored') throw new Error(JSON.stringify(result))
} else {
  const now = at(60 * DAY_MS)
  const site = openMarket(where, {}, now)
  const result = await prune(
    site.open,
    site.books,
    {
      receiptAgeMinMs: 30 * DAY_MS,
      seenKeepMs: 35 * DAY_MS,
      spentKeepMs: 30 * DAY_MS,
      closings: 'not-kept',
      snapshotRecordsMin: 1,
    },
    now,
  )
  if (result.kind !== 'pruned' || result.dropped === null) throw new Error(JSON.stringify(result))
  site.books.close()
}
process.stdout.write('done')
