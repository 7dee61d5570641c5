import { setImmediate } from 'node:timers/promises'
import { outcomeOf } from '../core/answer.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { Change } from '../core/changes.ts'
import type { GatewayId, SiteId } from '../core/ids.ts'
import type { CaseAnswer } from '../core/parking/session.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import { recordedReasonOf } from '../core/recorded.ts'
import type { GenesisBody, Outcome, RecordBody, RecordedEventBody, SnapshotBody } from '../core/records.ts'
import type { ChainFault } from './chain.ts'
import { createChain } from './chain.ts'
import { bodyAsWritten, bodyOfToday } from './former-kinds.ts'
import { readHeadFile } from './head-file.ts'
import type { Head, JournalRow, Writer } from './journal.ts'
import { columnsOf, FIRST_PREV, readHead } from './journal.ts'
import type { OpenDb } from './open.ts'
import { hmac } from './pseudonyms.ts'
import type { LostSpend } from './register.ts'
import { checkRegister } from './register.ts'
import { openSnapshot, readSnapshot, SnapshotDamaged } from './snapshot.ts'
import { prepareReads } from './verify-reads.ts'

/** One thing that is wrong with the journal, at the record where it shows first. */
export type JournalFault =
  | ChainFault
  /** A column by which records are looked up does not say what the record says. */
  | { readonly kind: 'column'; readonly seq: number; readonly column: LookupColumn }
  | { readonly kind: 'epoch'; readonly seq: number; readonly what: EpochFault }
  | { readonly kind: 'checkpoint'; readonly seq: number; readonly what: 'signature' | 'columns' | 'other-hash' }
  /** Somebody outside has signed for another record than the one that stands here. */
  | { readonly kind: 'receipt'; readonly seq: number; readonly what: 'signature' | 'other-hash' }
  /** The journal ends before what something else remembers of it. */
  | {
      readonly kind: 'tail-lost'
      readonly seq: number
      readonly upTo: number
      readonly known: 'checkpoint' | 'receipt' | 'head-file'
    }
  /** What is remembered as answered is not what the record says, so that the same message might be taken twice or answered wrongly. */
  | { readonly kind: 'answer'; readonly seq: number; readonly what: 'missing' | 'other' }
  /** What the record spent is not in the register of what is spent, or not as the record says: a token could be taken twice. */
  | { readonly kind: 'spent'; readonly seq: number; readonly what: LostSpend['what'] }
  /** A personal value in the vault is not the one that the record was made with. */
  | { readonly kind: 'vault'; readonly seq: number; readonly ref: string }
  | {
      readonly kind: 'pruned'
      readonly seq: number
      readonly what: 'no-snapshot-record' | 'other-range' | 'not-signed'
    }
  | { readonly kind: 'snapshot'; readonly seq: number; readonly what: string }

export type LookupColumn = 'kind' | 'event' | 'mode' | 'charge' | 'passage' | 'session'
export type EpochFault = 'no-genesis' | 'genesis-within' | 'wrong-parent' | 'not-rising' | 'table' | 'without-genesis'

/** What no look at the books alone can tell. */
export type Unknown =
  /** Records after `after` may have been lost, or rewritten by who holds the gateway's key, and nothing here would show it. */
  | { readonly kind: 'after-receipt'; readonly after: number }
  | { readonly kind: 'signatures-unchecked'; readonly checkpoints: number }
  | { readonly kind: 'receipts-unchecked'; readonly receipts: number }
  /** Records up to `upTo` were dropped: only upstream still has them. */
  | { readonly kind: 'pruned'; readonly upTo: number }
  /** Records that something remembers stand in a branch which these books have left. */
  | { readonly kind: 'lost-branch'; readonly epoch: number; readonly after: number; readonly upTo: number }

export type JournalReport = {
  readonly isWhole: boolean
  readonly records: number
  readonly firstSeq: number
  readonly head: Head
  readonly epochs: number
  readonly checkpoints: number
  /** The newest record for which somebody outside has signed; `null` where nobody has. */
  readonly confirmedUpTo: number | null
  /** The first bad record stands first. At most `JOURNAL_FAULTS_MAX`. */
  readonly faults: readonly JournalFault[]
  readonly faultsInAll: number
  readonly unknowns: readonly Unknown[]
}

export type SignedHead = Head & { readonly gateway: string; readonly at: number }

export type VerifyOptions = {
  /** What a checkpoint's signature vouches for, or `undefined` where it does not hold. Left out: signatures are not looked at, and the report says so. */
  readonly checkpointOf?: (jws: string) => SignedHead | undefined
  /** The same for what upstream has signed, as the books keep it. */
  readonly receiptOf?: (jws: string) => Head | undefined
  /** Receipts from elsewhere (a file of upstream's), their signatures checked by the caller. */
  readonly receipts?: readonly Head[]
  /** Called after each page with how many records have been read, of how many. */
  readonly onProgress?: (read: number, of: number) => void
}

export const JOURNAL_FAULTS_MAX = 100
const PAGE_RECORDS = 500

/**
 * Reads the whole journal in pages, recomputes its chain, and names what is wrong: a changed, missing, doubled or moved record, look-up columns, epochs and their
 * parents, signed checkpoints, receipts, pruned segments and their snapshot, remembered answers, the register of what is spent, and personal values. Says what it cannot know.
 */
export async function verifyJournal(open: OpenDb, options: VerifyOptions = {}): Promise<JournalReport> {
  const read = prepareReads(open.db.$client)
  const faults = faultList()
  const remembered = readHeadFile(`${open.file}.head`)
  const head = readHead(open.db)
  const writers = writersOf(read.epochs.all())
  const start = startOf(open, faults)
  const eventsFrom = read.oldestAnswer.get()?.seq ?? Number.POSITIVE_INFINITY
  const chain = createChain({
    start: start.head,
    writer: (epoch) => writers.get(epoch),
    near: (seq) => read.near.all(seq, seq),
    fault: faults.add,
  })
  const epochs = epochRules(open, start.head, faults)
  const register = checkRegister(open.db.$client)
  const of = Math.max(0, head.seq - start.head.seq)
  const snapshotsAt = new Map<string, number>()

  let last = start.head.seq
  let records = 0
  for (;;) {
    const rows = read.page.all(last, head.seq, PAGE_RECORDS)
    for (const row of rows) {
      const isGood = chain.next(row)
      if (isGood) lookAt(row)
      else epochs.skip(row)
    }
    records += rows.length
    last = rows.at(-1)?.seq ?? last
    options.onProgress?.(last - start.head.seq, of)
    if (rows.length < PAGE_RECORDS) break
    await setImmediate()
  }
  chain.end()
  epochs.end()
  const { lost, inAll: lostInAll } = register.end()
  for (const { seq, what } of lost) faults.add({ kind: 'spent', seq, what })
  faults.count(lostInAll - lost.length)

  const outside = await checkOutside(open, head, start.head.seq, options, faults)
  rememberedTail(remembered, head, faults)
  await checkSnapshots(open, snapshotsAt, faults)

  const all = faults.sorted()
  return {
    isWhole: all.inAll === 0,
    records,
    firstSeq: start.head.seq + 1,
    head,
    epochs: writers.size,
    checkpoints: outside.checkpoints,
    confirmedUpTo: outside.confirmedUpTo,
    faults: all.first,
    faultsInAll: all.inAll,
    unknowns: [
      ...outside.unknowns,
      ...(start.head.seq > 0 ? [{ kind: 'pruned', upTo: start.head.seq } as const] : []),
      { kind: 'after-receipt', after: outside.confirmedUpTo ?? 0 },
    ],
  }

  function lookAt(row: JournalRow): void {
    const written = bodyAsWritten(row)
    const said = { kind: written.kind, ...columnsOf(written) }
    for (const column of LOOKUP_COLUMNS) {
      if (row[column] !== said[column]) faults.add({ kind: 'column', seq: row.seq, column })
    }
    const body = bodyOfToday(written)
    epochs.next(row, body)
    switch (body.kind) {
      case 'decision':
      case 'fault':
        if (row.seq >= eventsFrom) checkAnswer(row, body)
        checkVault(row, saltedValuesOf(body))
        register.look(row.seq, body.changes)
        break
      case 'snapshot':
        snapshotsAt.set(body.digest, row.seq)
        break
      case 'genesis':
        break
    }
  }

  function checkAnswer(row: JournalRow, body: Extract<RecordBody, { kind: 'decision' | 'fault' }>): void {
    const seen = read.answer.get(row.key)
    if (seen === undefined) {
      faults.add({ kind: 'answer', seq: row.seq, what: 'missing' })
      return
    }
    const isSame = seen.seq === row.seq && seen.body_hash === body.event.bodyHash && isAnswerOf(seen.answer, body)
    if (!isSame) faults.add({ kind: 'answer', seq: row.seq, what: 'other' })
  }

  function checkVault(row: JournalRow, values: Iterable<PersonalValue>): void {
    for (const { ref, mac } of values) {
      const kept = read.vault.get(ref)
      const isErased = kept !== undefined && kept.value === null && kept.erased_seq !== null
      if (isErased) continue
      const isSame =
        kept !== undefined && kept.salt !== null && kept.value !== null && hmac(kept.salt, kept.value) === mac
      if (!isSame) faults.add({ kind: 'vault', seq: row.seq, ref })
    }
  }
}

/** What a record names that has a salt of its own, each once: a reason stands in the event, and in what ended by it. */
function saltedValuesOf({ event, changes }: Extract<RecordBody, { kind: 'decision' | 'fault' }>) {
  const values = [...changes.map(saltedValueOf), event.body === null ? null : saltedReasonOf(event.body)]
  return new Map(values.flatMap((value) => (value === null ? [] : [[canonicalJson(value), value]]))).values()
}

/** A personal value that was kept with a salt of its own, so that it can be checked until both are erased. Those of a month or a day have that one's. */
function saltedValueOf(change: Change): PersonalValue | null {
  if (change.kind === 'claim-opened') return change.claim.evidence
  if (change.kind === 'sighted') return change.picture
  if (change.kind === 'credit-put') return change.credit.text
  if (change.kind === 'case-ended') return isPersonalValue(change.reason) ? change.reason : null
  // In records of before a holder is a text.
  if (change.kind === 'right-put') return typeof change.right.holder === 'string' ? null : change.right.holder
  return null
}

/** What is no place in the vault is one of a closed list of events, or the text itself in records of before. */
function isPersonalValue(reason: CaseAnswer): reason is PersonalValue {
  return reason !== null && typeof reason !== 'string'
}

/** In records of before a reason is a text. */
function saltedReasonOf(body: RecordedEventBody): PersonalValue | null {
  const reason = recordedReasonOf(body)
  return typeof reason === 'string' ? null : reason
}

const LOOKUP_COLUMNS = ['kind', 'event', 'mode', 'charge', 'passage', 'session'] as const

/** Whether an answer says what the record decided. The words for people in it are not looked at: another version words them otherwise. */
function isAnswerOf(answer: string, body: Extract<RecordBody, { kind: 'decision' | 'fault' }>): boolean {
  const outcome = body.kind === 'fault' ? FAULT : body.outcome
  try {
    const said = JSON.parse(answer) as { readonly receiptJws?: string }
    return canonicalJson(outcomeOf(answer)) === canonicalJson(outcome) && said.receiptJws === receiptIn(body.changes)
  } catch {
    return false
  }
}

const FAULT: Outcome = { ok: false, refusal: 'fault', due: null }

function receiptIn(changes: readonly Change[]): string | undefined {
  for (const change of changes) {
    if (change.kind === 'document-issued' && change.typ === 'receipt+jwt') return change.jws
  }
  return undefined
}

type FaultList = {
  add(fault: JournalFault): void
  /** More of them, that are only counted. */
  count(more: number): void
  sorted(): { readonly first: readonly JournalFault[]; readonly inAll: number }
}

/** In a journal that is bad all over, the first faults are told and the others counted. */
function faultList(): FaultList {
  const kept: JournalFault[] = []
  let inAll = 0
  return {
    add(fault) {
      inAll += 1
      kept.push(fault)
      if (kept.length > 2 * JOURNAL_FAULTS_MAX) kept.sort(bySeq).splice(JOURNAL_FAULTS_MAX)
    },
    count(more) {
      inAll += more
    },
    sorted: () => ({ first: kept.toSorted(bySeq).slice(0, JOURNAL_FAULTS_MAX), inAll }),
  }
}

function bySeq(left: JournalFault, right: JournalFault): number {
  return left.seq - right.seq
}

function writersOf(
  rows: readonly { readonly epoch: number; readonly site: string; readonly gateway: string }[],
): ReadonlyMap<number, Writer> {
  return new Map(
    rows.map(({ epoch, site, gateway }) => [epoch, { site: site as SiteId, gateway: gateway as GatewayId }]),
  )
}

/** Where the chain begins: before the first record, or behind the newest segment that was dropped. */
function startOf(open: OpenDb, faults: FaultList): { readonly head: Head } {
  const read = prepareReads(open.db.$client)
  const segments = read.segments.all()
  const newest = segments.at(-1)
  if (newest === undefined) return { head: { epoch: 0, seq: 0, hash: FIRST_PREV } }

  let expected = 1
  for (const segment of segments) {
    if (segment.from_seq !== expected) faults.add({ kind: 'pruned', seq: expected, what: 'other-range' })
    expected = segment.to_seq + 1
  }
  const snapshot = read.body.get(newest.snapshot_seq)
  const body = snapshot?.kind === 'snapshot' ? (JSON.parse(snapshot.body) as SnapshotBody) : undefined
  const stands = { seq: newest.to_seq, hash: newest.last_hash }
  if (body === undefined) {
    faults.add({ kind: 'pruned', seq: newest.to_seq + 1, what: 'no-snapshot-record' })
    return { head: { epoch: read.page.all(newest.to_seq, Number.MAX_SAFE_INTEGER, 1)[0]?.epoch ?? 0, ...stands } }
  }
  if (body.upTo.seq !== stands.seq || body.upTo.hash !== stands.hash) {
    faults.add({ kind: 'pruned', seq: newest.to_seq + 1, what: 'other-range' })
  }
  if (read.checkpointFrom.get(newest.snapshot_seq) === undefined) {
    faults.add({ kind: 'pruned', seq: newest.snapshot_seq, what: 'not-signed' })
  }
  return { head: { epoch: body.upTo.epoch, ...stands } }
}

/** Every epoch begins with its genesis, names the record before it as its parent, and has a row that says the same. */
function epochRules(open: OpenDb, start: Head, faults: FaultList) {
  const read = prepareReads(open.db.$client)
  const rows = new Map(read.epochs.all().map((row) => [row.epoch, row]))
  const begun = new Set<number>()
  let before: Head = start

  const wrong = (seq: number, what: EpochFault): void => faults.add({ kind: 'epoch', seq, what })

  return {
    next(row: JournalRow, body: RecordBody): void {
      if (body.kind === 'genesis') begin(row, body)
      else if (row.epoch !== before.epoch) wrong(row.seq, 'no-genesis')
      before = { epoch: row.epoch, seq: row.seq, hash: row.hash }
    },
    /** A record that cannot be trusted says nothing about epochs. */
    skip(row: JournalRow): void {
      before = { epoch: row.epoch, seq: row.seq, hash: row.hash }
      if (row.kind === 'genesis') begun.add(row.epoch)
    },
    end(): void {
      for (const row of rows.values()) {
        const isHere = row.genesis_seq > start.seq
        if (isHere && !begun.has(row.epoch)) wrong(row.genesis_seq, 'without-genesis')
      }
    },
  }

  function begin(row: JournalRow, body: GenesisBody): void {
    begun.add(row.epoch)
    if (row.epoch === before.epoch) wrong(row.seq, 'genesis-within')
    else if (row.epoch < before.epoch) wrong(row.seq, 'not-rising')
    const parent = before.seq === 0 ? null : before
    if (!isSameHead(body.parent, parent)) wrong(row.seq, 'wrong-parent')
    const stated = rows.get(row.epoch)
    const isStated =
      stated !== undefined &&
      stated.genesis_seq === row.seq &&
      stated.started_at === row.at &&
      stated.reason === body.reason &&
      stated.parent_epoch === (parent?.epoch ?? null) &&
      stated.parent_seq === (parent?.seq ?? null) &&
      stated.parent_hash === (parent?.hash ?? null)
    if (!isStated) wrong(row.seq, 'table')
  }
}

function isSameHead(left: Head | null, right: Head | null): boolean {
  if (left === null || right === null) return left === right
  return left.epoch === right.epoch && left.seq === right.seq && left.hash === right.hash
}

type Outside = {
  readonly checkpoints: number
  readonly confirmedUpTo: number | null
  readonly unknowns: readonly Unknown[]
}

/** Compares the records with what was signed about them: by the gateway, and by whoever holds copies. */
async function checkOutside(
  open: OpenDb,
  head: Head,
  prunedUpTo: number,
  options: VerifyOptions,
  faults: FaultList,
): Promise<Outside> {
  const read = prepareReads(open.db.$client)
  const unknowns: Unknown[] = []
  const gateways = new Map(read.epochs.all().map((row) => [row.epoch, row.gateway]))
  let confirmedUpTo: number | null = null
  let checkpoints = 0
  let receipts = 0

  for (let last = -1; ; ) {
    const rows = read.checkpoints.all(last, PAGE_RECORDS)
    for (const row of rows) {
      checkpoints += 1
      if (options.checkpointOf !== undefined) {
        const signed = options.checkpointOf(row.jws)
        if (signed === undefined) faults.add({ kind: 'checkpoint', seq: row.seq, what: 'signature' })
        else if (!isSameHead(signed, row) || signed.at !== row.at || signed.gateway !== gateways.get(row.epoch))
          faults.add({ kind: 'checkpoint', seq: row.seq, what: 'columns' })
      }
      compare(row, 'checkpoint')
    }
    last = rows.at(-1)?.seq ?? last
    if (rows.length < PAGE_RECORDS) break
    await setImmediate()
  }
  for (let last = -1; ; ) {
    const rows = read.receipts.all(last, PAGE_RECORDS)
    for (const row of rows) {
      receipts += 1
      if (options.receiptOf !== undefined) {
        const signed = options.receiptOf(row.jws)
        if (signed === undefined || !isSameHead(signed, row)) {
          faults.add({ kind: 'receipt', seq: row.seq, what: 'signature' })
          continue
        }
      }
      if (compare(row, 'receipt')) confirmedUpTo = Math.max(confirmedUpTo ?? 0, row.seq)
    }
    last = rows.at(-1)?.seq ?? last
    if (rows.length < PAGE_RECORDS) break
    await setImmediate()
  }
  for (const receipt of options.receipts ?? []) {
    if (compare(receipt, 'receipt')) confirmedUpTo = Math.max(confirmedUpTo ?? 0, receipt.seq)
  }
  if (options.checkpointOf === undefined && checkpoints > 0)
    unknowns.push({ kind: 'signatures-unchecked', checkpoints })
  if (options.receiptOf === undefined && receipts > 0) unknowns.push({ kind: 'receipts-unchecked', receipts })
  return { checkpoints, confirmedUpTo, unknowns }

  /** Whether the record stands here for which was signed. */
  function compare(signed: Head, known: 'checkpoint' | 'receipt'): boolean {
    const { seq } = signed
    if (seq <= prunedUpTo) return true
    const branched = read.branchAfter.get(signed.epoch)
    const left = branched === undefined || branched.parent_seq === null ? Number.POSITIVE_INFINITY : branched.parent_seq
    if (seq > left) {
      unknowns.push({ kind: 'lost-branch', epoch: signed.epoch, after: left, upTo: seq })
      return false
    }
    if (seq > head.seq) {
      faults.add({ kind: 'tail-lost', seq: head.seq + 1, upTo: seq, known })
      return false
    }
    const row = read.hashAt.get(seq)
    // A record that is missing has been named already.
    if (row === undefined) return false
    if (row.hash === signed.hash && row.epoch === signed.epoch) return true
    faults.add({ kind: known, seq, what: 'other-hash' })
    return false
  }
}

/** The head that is remembered beside the books is written after the commit, so it is never ahead of them. */
function rememberedTail(remembered: Head | null, head: Head, faults: FaultList): void {
  if (remembered === null || remembered.epoch < head.epoch || remembered.seq <= head.seq) return
  faults.add({ kind: 'tail-lost', seq: head.seq + 1, upTo: remembered.seq, known: 'head-file' })
}

/** The content of every snapshot that a record names: dropped records are replaced by it, or are to be. */
async function checkSnapshots(
  open: OpenDb,
  snapshotsAt: ReadonlyMap<string, number>,
  faults: FaultList,
): Promise<void> {
  const client = open.db.$client
  const read = prepareReads(client)
  const kept = new Set(read.snapshots.all().map((snapshot) => snapshot.digest))
  const needed = read.segments.all().at(-1)?.snapshot_seq
  for (const [digest, seq] of snapshotsAt) {
    const isNeeded = seq === needed
    // One that has been replaced by a newer one is let go of.
    if (!kept.has(digest) && !isNeeded) continue
    const opened = openSnapshot(client, digest)
    if (!opened.ok) {
      faults.add({ kind: 'snapshot', seq, what: opened.fault.what })
      continue
    }
    try {
      for (const _rows of readSnapshot(client, opened.manifest)) await setImmediate()
    } catch (error) {
      if (!(error instanceof SnapshotDamaged)) throw error
      faults.add({ kind: 'snapshot', seq, what: error.fault.what })
    }
  }
}
