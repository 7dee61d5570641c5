import { rmSync } from 'node:fs'
import { openForReading } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import { verifyJournal } from '../../db/verify.ts'

/** What the books say, read after the gateway has ended. */
export type BooksView = {
  /** By the event's key. */
  readonly records: ReadonlyMap<string, BookedRecord>
  readonly claims: readonly Claim[]
  readonly charges: readonly { readonly id: string; readonly due: number; readonly paid: number }[]
  readonly accounts: readonly { readonly id: string; readonly debits: number; readonly credits: number }[]
  readonly transfers: readonly {
    readonly debit: string
    readonly credit: string
    readonly amount: number
    readonly charge: string
  }[]
  readonly chainFaults: readonly string[]
  readonly epochs: number
  readonly rebuildDifferences: number
}

export type BookedRecord = {
  readonly seq: number
  readonly atMs: number
  readonly kind: string
  /** JSON of the answer that is remembered. */
  readonly answer: string
  readonly effects: readonly BookedEffect[]
}

export type BookedEffect = {
  readonly id: string
  readonly to: string
  readonly delivery: 'repeatable' | 'once'
  readonly notAfter: number
  readonly command: { readonly type: string }
}

export type Claim = {
  readonly issuer: string
  readonly spentId: string
  readonly amount: number
  readonly charge: string
  readonly seq: number
}

/** Reads the books of a gateway that has ended. `scratch` is a file that may be made and is gone afterwards. */
export async function viewBooks(file: string, scratch: string): Promise<BooksView> {
  const open = openForReading(file)
  try {
    const client = open.db.$client
    const rows = <Row>(sql: string): readonly Row[] => client.prepare(sql).all() as Row[]
    const journal = await verifyJournal(open)
    const rebuilt = await rebuild(open, scratch)
    return {
      records: new Map(
        rows<RecordRow>(
          'SELECT journal.seq, journal.at, journal.key, journal.kind, journal.body, seen.answer FROM journal JOIN seen ON seen.key = journal.key',
        ).map(({ key, seq, at, kind, body, answer }) => [
          key,
          { seq, atMs: at, kind, answer, effects: (JSON.parse(body) as { effects: readonly BookedEffect[] }).effects },
        ]),
      ),
      claims: rows('SELECT issuer, spent_id AS spentId, amount, charge, seq FROM claim'),
      charges: rows('SELECT id, due, paid FROM charge'),
      accounts: rows('SELECT id, debits_posted AS debits, credits_posted AS credits FROM account'),
      transfers: rows("SELECT debit, credit, amount, charge FROM transfer WHERE phase IN ('posted', 'post')"),
      chainFaults: journal.faults.map((fault) => JSON.stringify(fault)),
      epochs: journal.epochs,
      rebuildDifferences: rebuilt.kind === 'rebuilt' ? rebuilt.differencesInAll : Number.POSITIVE_INFINITY,
    }
  } finally {
    open.close()
    for (const end of ['', '-wal', '-shm', '.head', '.lock']) rmSync(`${scratch}${end}`, { force: true })
  }
}

type RecordRow = {
  readonly key: string
  readonly seq: number
  readonly at: number
  readonly kind: string
  readonly body: string
  readonly answer: string
}
