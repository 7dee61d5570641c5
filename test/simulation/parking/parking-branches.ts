import type { ParkingPlace } from '../../../core/parking/place.ts'
import type { JournalRecord } from '../../../core/records.ts'
import { createReports } from '../../../db/reports.ts'
import type { Books, DecidedEffect, Posting } from '../../../simulators/invariants.ts'
import type { JournalReader } from '../../../simulators/journal-books.ts'
import { journalReader } from '../../../simulators/journal-books.ts'
import type { Rig } from '../../support/rig.ts'
import type { ParkingBooks } from './parking-books.ts'
import { parkingBooks, takeRecord } from './parking-books.ts'

/** The journals of all branches, read on the way: the one that goes on, and those that an old backup has cut off. */
export type ParkingBranches = {
  readOn(rig: Rig): void
  cutOff(): void
  /** The branch that goes on. */
  books(): ParkingBooks
  /** Openings and money of all branches: what arms did and people handed over was done, whatever became of the books. */
  opening(command: string): { readonly to: string; readonly because: string | null } | undefined
  handed(): ReadonlyMap<string, { readonly charge: string; readonly amount: number }>
  problems(): readonly string[]
  /** Postings and commands of all branches. */
  ledger(): Books
  records(): number
  head(): string
  broken(): string | null
}

const PAGE_RECORDS = 1_000

export function parkingBranches(places: readonly ParkingPlace[]): ParkingBranches {
  const lost: { readonly ledger: Books; readonly parking: ParkingBooks }[] = []
  let reader: JournalReader = journalReader()
  let parking = parkingBooks()
  let brokenBefore: string | null = null
  let head = ''
  let read = 0

  return {
    readOn({ now, layout, gatewayName }) {
      const reports = createReports(now().db.db, { site: layout.site, gateway: gatewayName })
      for (let page = reports.journalPage(reader.records(), PAGE_RECORDS); page.length > 0; ) {
        for (const record of page) {
          reader.take(record)
          takeRecord(parking, record as JournalRecord, places)
          head = record.hash
          read += 1
        }
        page = reports.journalPage(reader.records(), PAGE_RECORDS)
      }
    },
    cutOff() {
      lost.push({ ledger: reader.books(), parking })
      brokenBefore ??= reader.broken()
      reader = journalReader()
      parking = parkingBooks()
    },
    books: () => parking,
    opening: (command) =>
      parking.opens.get(command) ??
      lost.map((each) => each.parking.opens.get(command)).find((each) => each !== undefined),
    handed: () => new Map([...lost.flatMap((each) => [...each.parking.handed]), ...parking.handed]),
    problems: () => [...lost.flatMap((each) => each.parking.problems), ...parking.problems],
    ledger() {
      const kept = reader.books()
      const all = [kept, ...lost.map(({ ledger }) => ledger)]
      return {
        postings: unique(
          all.flatMap(({ postings }) => postings),
          (posting: Posting) => `${posting.charge} ${posting.id}`,
        ),
        effects: unique(
          all.flatMap(({ effects }) => effects),
          ({ id }: DecidedEffect) => id,
        ),
        mixed: all.flatMap(({ mixed }) => mixed),
        ledgerSum: all.reduce((sum, { ledgerSum }) => sum + Math.abs(ledgerSum), 0),
        chainVerified: all.every(({ chainVerified }) => chainVerified),
      }
    },
    records: () => read,
    head: () => head,
    broken: () => brokenBefore ?? reader.broken(),
  }
}

function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()]
}
