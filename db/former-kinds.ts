import type { Change } from '../core/changes.ts'
import type { EventBody, SiteEvent } from '../core/events.ts'
import type { DecisionBody, JournalRecord, RecordBody } from '../core/records.ts'

/** By a former name a kind of today. A former name that is another's of today does not compile, nor one of no kind of today. */
type FormerNames<Kind extends string> = { readonly [Name in Kind]?: never } & { readonly [name: string]: Kind }

const formerEvents = {
  'bank-credit': 'credit-by-charge',
  'bank-transfer': 'credit-by-text',
} as const satisfies FormerNames<EventBody['kind']>

const formerChanges = { 'credit-unbooked': 'credit-reversed' } as const satisfies FormerNames<Change['kind']>

/** What the kinds of events and changes were called before, and are called now (docs/decisions/091-kinds-are-renamed-beside-the-journal.md). */
const eventsNow: ReadonlyMap<string, string> = new Map(Object.entries(formerEvents))
const changesNow: ReadonlyMap<string, string> = new Map(Object.entries(formerChanges))

/**
 * A record by today's names, for whoever acts on what it says: a rebuild, and who watches. What is hashed, signed, exported and shown is the record as it was written, for ever.
 */
export function byKindsOfToday<Known extends Pick<JournalRecord, 'body'>>(record: Known): Known {
  return { ...record, body: bodyOfToday(record.body) }
}

/** What a row of the journal says, by today's names: for whoever acts on it. */
export function bodyOf(row: BodyText): RecordBody {
  return bodyOfToday(bodyAsWritten(row))
}

/** The same of a row whose `kind` says that it is a decision. */
export function decisionOf(row: BodyText): DecisionBody {
  return bodyOfToday(JSON.parse(row.body) as DecisionBody)
}

/** What a row says as it was written, over which its hash is, and its columns by which it is looked up. */
export function bodyAsWritten(row: BodyText): RecordBody {
  return JSON.parse(row.body) as RecordBody
}

/** An event that was parked under a former name. */
export function eventByKindOfToday(event: SiteEvent): SiteEvent {
  return { ...event, body: named(event.body, eventsNow) }
}

/** In the text of a statement: whether a row of the journal is of one of these kinds of events, whatever they were called when it was written. */
export function eventIs(...kinds: readonly [EventBody['kind'], ...EventBody['kind'][]]): string {
  const former = [...eventsNow].flatMap(([before, now]) => (kinds.some((kind) => kind === now) ? [before] : []))
  const names = [...kinds, ...former].map((name) => `'${name}'`)
  return names.length === 1 ? `event = ${names.join()}` : `event IN (${names.join(', ')})`
}

type BodyText = { readonly body: string }

/** Of the same kind of record as before. */
export function bodyOfToday<Body extends RecordBody>(body: Body): Body
export function bodyOfToday(body: RecordBody): RecordBody {
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
