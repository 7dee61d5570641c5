import type { EventKey } from '../../../core/ids.ts'
import type { ParkingPlace } from '../../../core/parking/place.ts'
import type { JournalRecord } from '../../../core/records.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import { createReports } from '../../../db/reports.ts'
import type { Books, DecidedEffect, Posting } from '../../../simulators/invariants.ts'
import type { JournalReader } from '../../../simulators/journal-books.ts'
import { journalReader } from '../../../simulators/journal-books.ts'
import type { Rig } from '../../support/rig.ts'
import type { EmergencySaid } from './emergencies.ts'
import { isEmergency } from './emergencies.ts'
import type { BookedCredit, ParkingBooks } from './parking-books.ts'
import { parkingBooks, takeRecord } from './parking-books.ts'

/** The journals of all branches, read on the way: the one that goes on, and those that an old backup has cut off. */
export type ParkingBranches = {
  readOn(rig: Rig): void
  cutOff(atMs: number): void
  /** The branch that goes on. */
  books(): ParkingBooks
  /** Openings and money of all branches: what arms did and people handed over was done, whatever became of the books. */
  opening(command: string): { readonly to: string; readonly because: string | null } | undefined
  /** The moment at which the gateway has said that an event is in the books. */
  heard(key: EventKey, atMs: number): void
  /** Whether the journal of any branch has an emergency at that time. */
  wasEmergency(atMs: number): boolean
  /** Whether somebody says, in the journal of any branch, that they let a vehicle through by hand there at that time of the wall clock. */
  wasLifted(lane: string, at: number): boolean
  /** Whether the barrier there has said within a while after that time, in the journal of any branch, that its arm went up by itself. */
  wentUpByItself(lane: string, atMs: number): boolean
  handed(): ReadonlyMap<string, { readonly charge: string; readonly amount: number }>
  problems(): readonly string[]
  /** Money that a bank told of, by its reference: what has become of it at last. */
  credits(): ReadonlyMap<string, BookedCredit>
  /** Postings and commands of all branches. */
  ledger(): Books
  records(): number
  head(): string
  broken(): string | null
}

const PAGE_RECORDS = 1_000
const LIFTED_WITHIN_MS = MINUTE_MS
/** A box may be dead for so long, and then its barriers say what they have done. */
const SAID_WITHIN_MS = 45 * MINUTE_MS

export function parkingBranches(places: readonly ParkingPlace[]): ParkingBranches {
  const lost: { readonly ledger: Books; readonly parking: ParkingBooks; readonly atMs: number }[] = []
  let reader: JournalReader = journalReader()
  let parking = parkingBooks()
  let brokenBefore: string | null = null
  let head = ''
  let read = 0
  const heardAt = new Map<EventKey, number>()

  function saidIn({ emergencies }: ParkingBooks): readonly EmergencySaid[] {
    return emergencies.flatMap(({ key, device, active }) => {
      const atMs = heardAt.get(key)
      return atMs === undefined ? [] : [{ device, active, atMs }]
    })
  }

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
    cutOff(atMs) {
      lost.push({ ledger: reader.books(), parking, atMs })
      brokenBefore ??= reader.broken()
      reader = journalReader()
      parking = parkingBooks()
    },
    books: () => parking,
    opening: (command) =>
      parking.opens.get(command) ??
      lost.map((each) => each.parking.opens.get(command)).find((each) => each !== undefined),
    heard(key, atMs) {
      if (!heardAt.has(key)) heardAt.set(key, atMs)
    },
    wasEmergency: (atMs) =>
      isEmergency(saidIn(parking), atMs) ||
      lost.some((each) => atMs <= each.atMs && isEmergency(saidIn(each.parking), atMs)),
    wasLifted: (lane, at) =>
      [parking, ...lost.map((each) => each.parking)].some(({ lates }) =>
        lates.some((each) => each.lane === lane && Math.abs(each.saidAt - at) <= LIFTED_WITHIN_MS),
      ),
    wentUpByItself: (lane, atMs) =>
      [parking, ...lost.map((each) => each.parking)].some(({ failSafes }) =>
        failSafes.some((each) => {
          const saidMs = heardAt.get(each.key) ?? Number.NEGATIVE_INFINITY
          return each.lane === lane && saidMs >= atMs && saidMs <= atMs + SAID_WITHIN_MS
        }),
      ),
    handed: () => new Map([...lost.flatMap((each) => [...each.parking.handed]), ...parking.handed]),
    credits: () => new Map([...lost.flatMap((each) => [...each.parking.credits]), ...parking.credits]),
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
