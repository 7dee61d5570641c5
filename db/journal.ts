import { hash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { canonicalJson } from '../core/canonical-json.ts'
import type { EventKey, GatewayId, SiteId } from '../core/ids.ts'
import type { JournalRecord, RecordBody } from '../core/records.ts'
import { RECORD_VERSION } from '../core/records.ts'
import type { ClockTrust } from '../core/time.ts'
import { instant } from '../core/time.ts'
import { bodyAsWritten } from './former-kinds.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** The newest record. Before the first one, `seq` is 0 and `hash` is `FIRST_PREV`. */
export type Head = { readonly epoch: number; readonly seq: number; readonly hash: string }

/** What stands before the first record. */
export const FIRST_PREV = hash('sha256', 'tolbooth journal', 'base64url')

/** Who writes: the same in every record of an epoch. */
export type Writer = { readonly site: SiteId; readonly gateway: GatewayId }

export type RecordDraft = Omit<JournalRecord, 'v' | 'site' | 'gateway' | 'seq' | 'prev' | 'epoch' | 'kind'> & {
  readonly epoch: number
}

/**
 * `SHA-256` (base64url) over the canonical JSON of `{at, body, clock, epoch, gateway, key, kind, prev, seq, site, v}` (architecture, section 3). `body` and
 * `clock` are handed over as canonical JSON already, so that they are spelled once.
 */
export function recordHash(record: Omit<JournalRecord, 'body' | 'clock'>, body: string, clock: string): string {
  const { at, epoch, gateway, key, kind, prev, seq, site, v } = record
  const text =
    `{"at":${at},"body":${body},"clock":${clock},"epoch":${epoch},"gateway":${JSON.stringify(gateway)},` +
    `"key":${JSON.stringify(key)},"kind":${JSON.stringify(kind)},"prev":${JSON.stringify(prev)},"seq":${seq},` +
    `"site":${JSON.stringify(site)},"v":${v}}`
  return hash('sha256', text, 'base64url')
}

export type JournalWriter = {
  /** Writes the next record after `head`, in the open transaction, and returns it with its hash. */
  append(head: Head, writer: Writer, draft: RecordDraft): { readonly record: JournalRecord; readonly head: Head }
}

export function createJournalWriter(db: Db): JournalWriter {
  const p = sql.placeholder
  const insert = db
    .insert(tables.journal)
    .values({
      seq: p('seq'),
      epoch: p('epoch'),
      at: p('at'),
      clock: p('clock'),
      key: p('key'),
      kind: p('kind'),
      event: p('event'),
      mode: p('mode'),
      charge: p('charge'),
      passage: p('passage'),
      session: p('session'),
      body: p('body'),
      hash: p('hash'),
    })
    .prepare()

  return {
    append(head, writer, draft) {
      const record: JournalRecord = {
        v: RECORD_VERSION,
        ...writer,
        epoch: draft.epoch,
        seq: head.seq + 1,
        prev: head.hash,
        key: draft.key,
        kind: draft.body.kind,
        at: draft.at,
        clock: draft.clock,
        body: draft.body,
      }
      const body = canonicalJson(record.body)
      const clock = canonicalJson(record.clock)
      const recordsHash = recordHash(record, body, clock)
      insert.run({
        ...columnsOf(record.body),
        seq: record.seq,
        epoch: record.epoch,
        at: record.at,
        clock,
        key: record.key,
        kind: record.kind,
        body,
        hash: recordsHash,
      })
      return { record, head: { epoch: record.epoch, seq: record.seq, hash: recordsHash } }
    },
  }
}

export type JournalRow = typeof tables.journal.$inferSelect

/** The record of a row; its body was written by us and is trusted once its hash has been checked. */
export function recordOf(row: JournalRow, writer: Writer, prev: string): JournalRecord {
  return {
    v: RECORD_VERSION,
    ...writer,
    epoch: row.epoch,
    seq: row.seq,
    prev,
    key: row.key as EventKey,
    kind: row.kind,
    at: instant(row.at),
    clock: JSON.parse(row.clock) as ClockTrust,
    body: bodyAsWritten(row),
  }
}

/** The newest record, or the newest that a pruned segment stands for, or the state before the first. */
export function readHead(db: Db): Head {
  const row = db
    .select({ epoch: tables.journal.epoch, seq: tables.journal.seq, hash: tables.journal.hash })
    .from(tables.journal)
    .orderBy(sql`${tables.journal.seq} desc`)
    .limit(1)
    .get()
  return row ?? { epoch: 0, seq: 0, hash: FIRST_PREV }
}

/** The columns by which records are looked up, made of the body. */
export function columnsOf(body: RecordBody): {
  event: string | null
  mode: 'live' | 'training'
  charge: string | null
  passage: string | null
  session: string | null
} {
  switch (body.kind) {
    case 'decision': {
      const { event, subject } = body
      return {
        event: event.body.kind,
        mode: event.mode,
        charge: subject.charge,
        passage: subject.passage,
        // Records of before car parks name none.
        session: subject.session ?? null,
      }
    }
    case 'fault':
      return { event: body.event.body?.kind ?? null, mode: body.event.mode, charge: null, passage: null, session: null }
    case 'genesis':
    case 'snapshot':
      return { event: null, mode: 'live', charge: null, passage: null, session: null }
  }
}
