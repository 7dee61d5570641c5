import { createReports } from '../../db/reports.ts'
import type { Books, DecidedEffect, Posting } from '../../simulators/invariants.ts'
import type { JournalReader } from '../../simulators/journal-books.ts'
import { journalReader } from '../../simulators/journal-books.ts'
import type { Rig } from '../support/rig.ts'

/**
 * The journals of all branches, as they are read on the way: the one that goes on, and those that an old backup has cut off. Together they are what the site ever
 * wrote down, and no token may stand in them twice.
 */
export type Branches = {
  /** Reads what is new in the books. Throws where the journal has another form. */
  readOn(rig: Rig): void
  /** The branch that is read now ends here: an old copy of the books comes in its place. Read it to its end before. */
  cutOff(): void
  books(): Books
  /** The hash of the newest record that was read. */
  head(): string
  /** The first record that does not follow, or `null`. */
  broken(): string | null
}

type JournalRecord = ReturnType<ReturnType<typeof createReports>['journalPage']>[number]

const PAGE_RECORDS = 1_000

export function branches(): Branches {
  const lost: Books[] = []
  /** Every record that was ever read, by its hash: the books that go on may have dropped those of their beginning. */
  const known = new Map<string, JournalRecord>()
  let brokenBefore: string | null = null
  let head = ''
  let reader: JournalReader = journalReader()

  /** What stood before the first record that is in the books now. */
  function dropped(query: Rig['query']): readonly JournalRecord[] {
    const [last] = query('SELECT last_hash FROM pruned_segment ORDER BY to_seq DESC LIMIT 1')
    const before: JournalRecord[] = []
    for (
      let record = known.get(String(last?.['last_hash']));
      record !== undefined;
      record = known.get(String(record.prev))
    ) {
      before.push(record)
    }
    return before.reverse()
  }

  return {
    readOn({ now, layout, gatewayName, query }) {
      if (reader.records() === 0) for (const record of dropped(query)) reader.take(record)
      const reports = createReports(now().db.db, { site: layout.site, gateway: gatewayName })
      for (let page = reports.journalPage(reader.records(), PAGE_RECORDS); page.length > 0; ) {
        for (const record of page) {
          reader.take(record)
          known.set(record.hash, record)
          head = record.hash
        }
        page = reports.journalPage(reader.records(), PAGE_RECORDS)
      }
    },
    cutOff() {
      lost.push(reader.books())
      brokenBefore ??= reader.broken()
      reader = journalReader()
    },
    books() {
      const kept = reader.books()
      const all = [kept, ...lost]
      return {
        // Ids are made of epoch and seq: what two branches have in common has the same, and what they have not has others.
        postings: unique(
          all.flatMap(({ postings }) => postings),
          (posting: Posting) => `${posting.mode} ${posting.charge} ${posting.id}`,
        ),
        effects: unique(
          all.flatMap(({ effects }) => effects),
          ({ id }: DecidedEffect) => id,
        ),
        ledgerSum: all.reduce((sum, { ledgerSum }) => sum + Math.abs(ledgerSum), 0),
        mixed: all.flatMap(({ mixed }) => mixed),
        chainVerified: all.every(({ chainVerified }) => chainVerified),
      }
    },
    head: () => head,
    broken: () => brokenBefore ?? reader.broken(),
  }
}

function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()]
}
