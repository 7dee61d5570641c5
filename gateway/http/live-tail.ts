import { byKindsOfToday } from '../../db/former-kinds.ts'
import type { LiveEvent } from './live-events.ts'
import { liveEventOf } from './live-events.ts'
import type { JournalRow, SiteReads } from './reads.ts'
import { serverSentEvent } from './server-sent-event.ts'

/** A record as those who watch see it; `event` is `undefined` where there is nothing to see. */
export type LiveRecord = {
  readonly seq: number
  readonly event: LiveEvent | undefined
  /** The event as it goes over the wire, the same for everyone; empty where there is none. */
  readonly text: string
}

export type LiveTail = {
  /** Up to `limit` records after a seq, rising. */
  page(afterSeq: number, limit: number): readonly LiveRecord[]
  /** Nobody watches any more: what is kept is dropped. */
  forget(): void
}

/** Records that are kept for whoever follows the end of the journal. */
export const TAIL_RECORDS_MAX = 2_000

/**
 * The end of the journal, read and worded once for all who follow it: decisions are made on the same thread, so a hall with thirty screens must not cost thirty times as
 * much. Whoever resumes further back than what is kept reads from the books, until caught up.
 */
export function createLiveTail(
  readPage: (afterSeq: number, limit: number) => readonly JournalRow[],
  reasonText: SiteReads['reasonText'],
): LiveTail {
  let kept: LiveRecord[] = []

  const fromBooks = (afterSeq: number, limit: number): readonly LiveRecord[] =>
    readPage(afterSeq, limit).map((row) => worded(row, reasonText))

  return {
    page: (afterSeq, limit) => {
      const first = kept[0]
      const last = kept.at(-1)
      if (first === undefined || last === undefined || afterSeq < first.seq - 1 || afterSeq > last.seq) {
        const page = fromBooks(afterSeq, limit)
        // Less than was asked for: this is the end, and the next ones follow on it.
        if (page.length < limit && page.length > 0) kept = [...page]
        return page
      }
      if (afterSeq < last.seq) {
        const at = kept.findIndex((record) => record.seq > afterSeq)
        return kept.slice(at, at + limit)
      }
      const page = fromBooks(afterSeq, limit)
      kept.push(...page)
      if (kept.length > TAIL_RECORDS_MAX) kept = kept.slice(-TAIL_RECORDS_MAX)
      return page
    },
    forget: () => {
      kept = []
    },
  }
}

function worded(row: JournalRow, reasonText: SiteReads['reasonText']): LiveRecord {
  const event = liveEventOf(byKindsOfToday(row), reasonText)
  const text =
    event === undefined ? '' : serverSentEvent({ event: event.kind, id: event.seq, data: JSON.stringify(event) })
  return { seq: row.seq, event, text }
}
