import type { SiteEvent } from '../core/events.ts'
import type { JournalRecord, RecordBody } from '../core/records.ts'

/** What the kinds of events and changes were called before, and are called now (docs/decisions/091-kinds-are-renamed-beside-the-journal.md). */
const eventsNow: ReadonlyMap<string, string> = new Map([
  ['bank-credit', 'credit-by-charge'],
  ['bank-transfer', 'credit-by-text'],
])
const changesNow: ReadonlyMap<string, string> = new Map([['credit-unbooked', 'credit-reversed']])

/**
 * A record by today's names, for whoever acts on what it says: a rebuild, and who watches. What is hashed, signed, exported and shown is the record as it was written, for ever.
 */
export function byKindsOfToday<Known extends Pick<JournalRecord, 'body'>>(record: Known): Known {
  return { ...record, body: bodyOfToday(record.body) }
}

/** An event that was parked under a former name. */
export function eventByKindOfToday(event: SiteEvent): SiteEvent {
  return { ...event, body: named(event.body, eventsNow) }
}

function bodyOfToday(body: RecordBody): RecordBody {
  switch (body.kind) {
    case 'genesis':
    case 'snapshot':
      return body
    case 'fault': {
      const { event } = body
      return { ...body, event: { ...event, body: event.body && named(event.body, eventsNow) } }
    }
    case 'decision': {
      const { event, changes } = body
      return {
        ...body,
        event: { ...event, body: named(event.body, eventsNow) },
        changes: changes.map((change) => named(change, changesNow)),
      }
    }
  }
}

function named<It extends { readonly kind: string }>(it: It, names: ReadonlyMap<string, string>): It {
  const kind = names.get(it.kind)
  return kind === undefined ? it : { ...it, kind }
}
