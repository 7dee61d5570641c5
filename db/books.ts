import { sql } from 'drizzle-orm'
import { answerText } from '../core/answer.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { Change } from '../core/changes.ts'
import { decide } from '../core/decide.ts'
import type { Decision } from '../core/decision.ts'
import type { Effect } from '../core/effects.ts'
import type { SiteEvent, Timer } from '../core/events.ts'
import type { EpochFacts } from '../core/facts.ts'
import type { EventKey, LaneId, Position } from '../core/ids.ts'
import { eventKey, principalOf } from '../core/ids.ts'
import type { LaneState } from '../core/lane/state.ts'
import { NOTHING_PERSONAL, recorded } from '../core/recorded.ts'
import type { Basis, GenesisBody, Outcome, SnapshotBody } from '../core/records.ts'
import type { BundleKind, Device, SiteLayout, SitePolicy } from '../core/site.ts'
import type { ClockTrust, Instant, Now } from '../core/time.ts'
import { instant, isTrusted, later } from '../core/time.ts'
import type { NextAnsweredCase } from './answered-cases.ts'
import { createNextAnsweredCase } from './answered-cases.ts'
import type { Answered } from './answers.ts'
import { createAnswerRegister } from './answers.ts'
import { refuseBrokenEnd } from './broken-end.ts'
import { createCheckpoints } from './checkpoints.ts'
import { appendGenesis, isAhead, nextEpoch } from './epoch.ts'
import type { FactReader, FactsSettings, Gathered } from './facts.ts'
import { createFactReader } from './facts.ts'
import { BooksUnusableError, isStorageFault } from './faults.ts'
import { bodyOf } from './former-kinds.ts'
import { openHeadFile } from './head-file.ts'
import type { Head, Writer } from './journal.ts'
import { createJournalWriter, readHead } from './journal.ts'
import { FLOOR_RECORDS_READ_MAX, newestTrustedIn } from './newest-trusted.ts'
import type { OpenDb } from './open.ts'
import { inVault } from './own-value.ts'
import { createProjector } from './project.ts'
import { refuseShortRegister } from './register.ts'
import * as tables from './schema.ts'
import type { StandingReader } from './standing-stays.ts'
import { createStandingReader } from './standing-stays.ts'
import { textOf, transact } from './transaction.ts'
import { createVault, isReasonKept } from './vault.ts'

/** What became of one event of a group. */
export type Committed =
  | {
      readonly kind: 'committed'
      readonly outcome: Outcome
      readonly answer: string
      readonly seq: number
      readonly at: Instant
      readonly effects: readonly Effect[]
      readonly changes: readonly Change[]
      readonly repeated: false
    }
  /** Nothing was written, also where the key had come with another body, or is older than what is remembered. */
  | Answered
  | { readonly kind: 'refused'; readonly refusal: 'too-old' }

export type BooksSettings = FactsSettings & {
  readonly writer: Writer
  /** Signs a document in the transaction. */
  readonly sign: (typ: 'receipt+jwt' | 'ticket+jwt', claims: Readonly<Record<string, string | number | true>>) => string
  /** Signs `{gateway, epoch, seq, hash, at}`. */
  readonly signCheckpoint: (head: Head, at: Instant) => string
  /** Called where a test wants a fault: before and after the COMMIT. */
  readonly atCommit?: (moment: 'before' | 'after') => void
}

export const FAULT_CHARACTERS_MAX = 500
/** Cursors written with one group. A sink whose cursor is behind hands over again, after a start, what its device then drops. */
export const CURSORS_WITH_GROUP_MAX = 8

/** `setBy` is the seq of the record that set it. */
export type DueTimer = {
  readonly id: string
  readonly key: string
  readonly timer: Timer
  readonly dueAt: Instant
  readonly setBy: number
}

/**
 * The site's books, open for writing by this process alone. `commit` is the only transaction by which the journal grows.
 */
export type Books = {
  /**
   * Decides and writes a group of events in one transaction with one fsync; each stands in a savepoint of its own. An event at which our own
   * code throws becomes a `fault` record. Throws `BooksRefuseError` when nothing of the group was written (disk full), `BooksUnknownError` when that cannot be
   * known: then the process must end without an answer.
   */
  commit(group: readonly SiteEvent[], now: Now): readonly Committed[]
  /** What was answered under this key, or that it was another body; `undefined` where nothing is remembered. Writes nothing. */
  answerTo(key: EventKey, bodyHash: string): Answered | undefined
  /** The event of a record, for what it caused later; `null` where the record was dropped. */
  keyAt(seq: number): EventKey | null
  head(): Head
  /** The newest time that was written while the clock was trusted: nothing of this site happens before it. */
  newestTrustedAt(): Instant
  epoch(): EpochFacts
  /** Stores a bundle's content under its hash, beside the generation in use; a `bundle-loaded` event flips to it. */
  storeBundle(kind: BundleKind, hash: string, content: string, now: Now): void
  bundleInUse(kind: BundleKind): ReturnType<FactReader['bundleHead']>
  /** The newest time at which any bundle in use was issued; 0 where there is none. */
  newestIssue(): Instant
  /** Whether anybody could pay with a code by the keys in use. */
  takesCodes(): boolean
  /** The text of the bundle in use. */
  bundleContent(kind: BundleKind): string | null
  layout(): SiteLayout | null
  /** As far as these books can hold it. */
  policy(): SitePolicy | null
  /** What a new layout must leave room for. */
  readonly standing: StandingReader
  readonly nextAnsweredCase: NextAnsweredCase
  devices(): readonly Device[]
  /** `null` where nothing has been heard of the lane yet. */
  laneState(lane: LaneId): LaneState | null
  /** Whether any personal value, or parked event, is past its time: then an `erase-due` event takes the oldest of them. */
  isEraseDue(now: Now): boolean
  /** Timers that wait, the earliest first, at most `limit`. */
  timers(limit: number): readonly DueTimer[]
  /** Effects of the newest records that are not yet too late, in order, for sinks that start again. Reads back at most `recordsMax` records. */
  recentEffects(now: Instant, recordsMax: number): readonly { readonly seq: number; readonly effect: Effect }[]
  /** Remembers how far sinks have handed over. Written with the next groups, `CURSORS_WITH_GROUP_MAX` with each, or all by `flush`. */
  moveCursor(sink: string, seq: number, index: number): void
  cursors(): ReadonlyMap<string, { readonly seq: number; readonly index: number }>
  flush(): void
  /** Signs the head and keeps the checkpoint. Nothing is written where the head has one. */
  checkpoint(now: Now): void
  /** Writes the record of a snapshot whose content is stored already, and signs it (db/prune.ts). Returns its seq. */
  recordSnapshot(snapshot: Pick<SnapshotBody, 'upTo' | 'digest'>, now: Now): number
  close(): void
}

/**
 * Opens the books for the gateway: the first start writes the genesis; a head behind the one remembered beside the books begins a new epoch before the first write
 * (architecture, section 3).
 */
export function createBooks(open: OpenDb, settings: BooksSettings, now: Now): Books {
  const { db } = open
  const client = db.$client
  const facts = createFactReader(db, settings, () => newestTrustedAt)
  const projector = createProjector(db)
  const journal = createJournalWriter(db)
  const write = prepare(open)
  const checkpoints = createCheckpoints(db, settings.signCheckpoint)
  const keyAt = (seq: number): EventKey | null => (write.recordAt.get({ seq })?.key ?? null) as EventKey | null
  const answers = createAnswerRegister(db, settings.randomBytes, keyAt)
  const vault = createVault(db, settings, answers.forgetBody)
  const cursorMoves = new Map<string, { readonly seq: number; readonly index: number }>()

  let head = readHead(db)
  refuseStranger()
  refuseBrokenEnd(open)
  refuseShortRegister(client, open.file)
  const headFile = openHeadFile(`${open.file}.head`)
  let epoch = beginEpoch(now)

  let newestTrustedAt = newestTrustedIn(
    write.newest
      .all({ limit: FLOOR_RECORDS_READ_MAX })
      .map((row) => ({ at: row.at, clock: JSON.parse(row.clock) as ClockTrust, body: bodyOf(row) })),
  )

  return {
    keyAt,
    head: () => head,
    newestTrustedAt: () => newestTrustedAt,
    epoch: () => epoch,
    bundleInUse: facts.bundleHead,
    newestIssue: facts.newestIssue,
    takesCodes: facts.takesCodes,
    bundleContent(kind) {
      const inUse = facts.bundleHead(kind)
      return inUse === null ? null : (write.bundleContent.get({ hash: inUse.hash })?.content ?? null)
    },
    layout: facts.layout,
    policy: facts.policy,
    standing: createStandingReader(db),
    nextAnsweredCase: createNextAnsweredCase(db),
    devices: facts.devices,
    laneState: facts.laneState,
    isEraseDue: facts.isEraseDue,
    commit(group, at) {
      lookAtTime(at)
      const results = written(() => {
        const results = group.map((event) => commitOne(event, at))
        if (isTrusted(at.trust) && at.at > newestTrustedAt) newestTrustedAt = at.at
        settings.atCommit?.('before')
        return results
      })
      if (group.some(({ body }, index) => body.kind === 'clock-accepted' && isNewlyDone(results[index])))
        newestTrustedAt = at.at
      return results
    },
    answerTo: answers.answerTo,
    storeBundle(kind, hash, content, at) {
      written(() => write.bundle.run({ hash, kind, content, storedAt: at.at }))
    },
    timers: (limit) =>
      write.timers.all({ limit }).map((row) => ({
        id: row.id,
        key: `${row.id}@${row.seq}`,
        timer: JSON.parse(row.timer) as Timer,
        dueAt: instant(row.dueAt),
        setBy: row.seq,
      })),
    recentEffects: (at, recordsMax) =>
      write.newest
        .all({ limit: recordsMax })
        .reverse()
        .flatMap((row) => {
          const { effects } = JSON.parse(row.body) as { readonly effects: readonly Effect[] }
          return effects.filter((effect) => effect.notAfter > at).map((effect) => ({ seq: row.seq, effect }))
        }),
    moveCursor(sink, seq, index) {
      cursorMoves.set(sink, { seq, index })
    },
    cursors: () =>
      new Map(
        db
          .select()
          .from(tables.cursor)
          .all()
          .map((row) => [row.sink, { seq: row.seq, index: row.index }]),
      ),
    flush() {
      if (cursorMoves.size > 0) written(() => undefined, cursorMoves.size)
    },
    checkpoint(at) {
      lookAtTime(at)
      vault.emptyLog()
      if (!checkpoints.isSigned(head)) written(() => checkpoints.sign(head, at.at))
    },
    recordSnapshot(snapshot, at) {
      written(() => {
        const appended = journal.append(head, settings.writer, {
          epoch: head.epoch,
          key: eventKey(principalOf('gateway', 'snapshots'), `snapshot:${head.epoch}:${snapshot.upTo.seq}`),
          at: at.at,
          clock: at.trust,
          body: { kind: 'snapshot', upTo: snapshot.upTo, digest: snapshot.digest, changes: [], effects: [] },
        })
        head = appended.head
        db.update(tables.snapshot)
          .set({ recordSeq: head.seq })
          .where(sql`${tables.snapshot.digest} = ${snapshot.digest}`)
          .run()
        checkpoints.sign(head, at.at)
      })
      return head.seq
    },
    close() {
      headFile.close()
      open.close()
    },
  }

  function exec(text: string): void {
    client.exec(text)
  }

  /** The one way by which these books are written: cursors that wait to be written go along, and memory follows the disk. */
  function written<Result>(work: () => Result, cursorsMax = CURSORS_WITH_GROUP_MAX): Result {
    const before = head
    const moves = oldestOf(cursorMoves, cursorsMax)
    const result = transact(
      client,
      () => {
        for (const [sink, at] of moves) write.cursor.run({ sink, ...at })
        return work()
      },
      () => {
        head = before
        forget()
      },
    )
    settings.atCommit?.('after')
    for (const [sink] of moves) cursorMoves.delete(sink)
    if (head !== before) headFile.remember(head)
    vault.emptyLog()
    return result
  }

  /** The first sure time since a restore ends what counts as issued before it. */
  function lookAtTime(at: Now): void {
    if (epoch.startedAt === NOT_KNOWN_YET && isTrusted(at.trust)) epoch = { ...epoch, startedAt: at.at }
  }

  function commitOne(event: SiteEvent, at: Now): Committed {
    const known = answers.answerTo(event.key, event.bodyHash)
    if (known !== undefined) return known
    // The gateway's own events are made here and now and come once: a due time that passed while the box was off for long is still to be taken.
    const isOwn = event.actor.kind === 'gateway'
    if (!isOwn && event.occurredAt.at < at.at - settings.seenKeepMs) return { kind: 'refused', refusal: 'too-old' }

    const before = head
    write.savepoint.run()
    try {
      const result = decideAndWrite(event, at)
      write.release.run()
      return result
    } catch (error) {
      // A disk that is full has rolled the whole transaction back by itself.
      if (isStorageFault(error)) throw error
      exec('ROLLBACK TO event')
      write.release.run()
      head = before
      forget()
      return writeFault(event, error, at)
    }
  }

  function decideAndWrite(event: SiteEvent, at: Now): Committed {
    const position = nextPosition()
    const gathered = facts.gather(event, position, epoch, at)
    const decision = decide(gathered.question, gathered.common, at)
    const { changes, effects, receiptJws } = complete(event, decision)
    vault.keep(gathered, decision, at)
    const said = {
      payer: gathered.personal?.payerFacts ?? null,
      parking: gathered.recorded,
      reason: isReasonKept(gathered, decision) ? inVault(gathered.reason) : null,
    }
    const hash = answers.saltedHash(event)
    const appended = journal.append(head, settings.writer, {
      epoch: position.epoch,
      key: event.key,
      at: at.at,
      clock: at.trust,
      body: {
        kind: 'decision',
        event: recorded({ ...event, bodyHash: hash.bodyHash }, said),
        basis: basisOf(gathered),
        outcome: decision.outcome,
        subject: decision.subject,
        changes,
        effects,
      },
    })
    head = appended.head
    projector.project(appended.record)
    vault.erase(changes, head.seq)
    for (const change of changes) facts.changed(change)
    const answer = answerText(decision.outcome, receiptJws)
    answers.remember(event.key, hash, answer, head.seq, at.at)
    return {
      kind: 'committed',
      outcome: decision.outcome,
      answer,
      seq: head.seq,
      at: at.at,
      effects,
      changes,
      repeated: false,
    }
  }

  /** Adds what only the transaction can make: the signatures, and the end of the timer that asked. */
  function complete(
    event: SiteEvent,
    decision: Decision,
  ): { changes: readonly Change[]; effects: readonly Effect[]; receiptJws: string | undefined } {
    const documents = decision.documents.map(
      (document): Extract<Change, { kind: 'document-issued' }> => ({
        kind: 'document-issued',
        id: document.id,
        typ: document.typ,
        charge: document.charge,
        session: document.session,
        jws: settings.sign(document.typ, document.claims),
      }),
    )
    const changes = [...timerEnd(event), ...decision.changes, ...documents]
    return {
      changes,
      effects: decision.effects.map((effect) => withTicket(effect, documents)),
      receiptJws: documents.find((document) => document.typ === 'receipt+jwt')?.jws,
    }
  }

  function writeFault(event: SiteEvent, error: unknown, at: Now): Committed {
    const hash = answers.saltedHash(event)
    const said = recorded({ ...event, bodyHash: hash.bodyHash }, NOTHING_PERSONAL)
    const appended = journal.append(head, settings.writer, {
      epoch: nextPosition().epoch,
      key: event.key,
      at: at.at,
      clock: at.trust,
      body: {
        kind: 'fault',
        event: isSpeakable(said.body) ? said : { ...said, body: null },
        error: textOf(error).slice(0, FAULT_CHARACTERS_MAX).toWellFormed(),
        changes: timerEnd(event),
        effects: [],
      },
    })
    head = appended.head
    projector.project(appended.record)
    const outcome: Outcome = { ok: false, refusal: 'fault', due: null }
    const answer = answerText(outcome)
    answers.remember(event.key, hash, answer, head.seq, at.at)
    write.park.run({
      seq: head.seq,
      key: event.key,
      event: JSON.stringify(event),
      eraseAt: later(at.at, settings.evidenceKeepMs),
    })
    return { kind: 'committed', outcome, answer, seq: head.seq, at: at.at, effects: [], changes: [], repeated: false }
  }

  /** The timer that asked is over, unless it has been set anew since: then that one is still to come. */
  function timerEnd(event: SiteEvent): readonly Change[] {
    if (event.body.kind !== 'timer') return []
    const at = event.key.lastIndexOf('@')
    const id = event.key.slice(event.key.indexOf('/') + 1, at)
    const waiting = write.timer.get({ id })
    return waiting === undefined || String(waiting.seq) !== event.key.slice(at + 1)
      ? []
      : [{ kind: 'timer-cleared', id }]
  }

  /** What is kept in memory may not be in the books any more. */
  function forget(): void {
    facts.forget()
    vault.forget()
  }

  function nextPosition(): Position {
    return { gateway: settings.writer.gateway, epoch: head.epoch, seq: head.seq + 1 }
  }

  function basisOf(gathered: Gathered): Basis {
    const version = (kind: BundleKind): Basis['policy'] => facts.bundleHead(kind)?.version ?? null
    const { question } = gathered
    return {
      policy: version('policy'),
      layout: version('layout'),
      keySet: version('key-set'),
      denyList: version('deny-list'),
      tariffs: version('tariffs'),
      barrierPresent: 'lane' in question && question.lane !== null ? question.lane.barrierPresent : null,
    }
  }

  function newestEpoch(): typeof tables.epoch.$inferSelect | undefined {
    return db.select().from(tables.epoch).orderBy(sql`${tables.epoch.epoch} desc`).limit(1).get()
  }

  /** A gateway that writes on in another's name would break the chain: a successor is enrolled, and begins books of its own. */
  function refuseStranger(): void {
    const { site, gateway } = settings.writer
    const owner = newestEpoch()
    if (owner === undefined || (owner.site === site && owner.gateway === gateway)) return
    throw new BooksUnusableError(
      `The books at ${open.file} are of gateway ${owner.gateway} at site ${owner.site}, and this is gateway ${gateway} at site ${site}. Name the right folder, or set the names as they were. Nothing was changed.`,
    )
  }

  /** Writes the genesis where one is due, before anything else is written. */
  function beginEpoch(at: Now): EpochFacts {
    const remembered = headFile.remembered()
    const lost = remembered !== null && isLost(remembered) ? remembered : null
    if (head.seq === 0 || lost !== null) {
      const reason = lost === null ? 'new' : 'behind-head'
      written(() => {
        head = appendGenesis(db, journal, settings.writer, head, { reason, number: nextEpoch(head, lost), lost }, at)
      })
    }
    return readEpoch()
  }

  /** The books do not hold what was remembered, and no genesis names it: they are behind it, or have gone another way since. */
  function isLost(remembered: Head): boolean {
    if (isAhead(remembered, head)) return true
    const there = write.recordAt.get({ seq: remembered.seq })
    if (there === undefined || there.hash === remembered.hash) return false
    return !epochsAfter(remembered.epoch).some(({ genesisSeq }) => {
      const body = write.recordAt.get({ seq: genesisSeq })?.body
      const { lost } = JSON.parse(body ?? '{"lost":null}') as Pick<GenesisBody, 'lost'>
      return lost !== null && lost.epoch === remembered.epoch && lost.seq >= remembered.seq
    })
  }

  function epochsAfter(number: number): readonly (typeof tables.epoch.$inferSelect)[] {
    return db.select().from(tables.epoch).where(sql`${tables.epoch.epoch} > ${number}`).all()
  }

  function readEpoch(): EpochFacts {
    const row = newestEpoch()
    if (row === undefined) throw new Error('the books have records and no epoch')
    const openLoss = row.reason !== 'new' && row.reconciledAt === null
    if (!openLoss) return { startedAt: instant(row.startedAt), openLoss }
    // By a wrong clock the restore would lie long before what the lost branch had spent, or so far ahead that no token is from after it. A time that came after it serves.
    const sure = write.firstSure.get({ seq: row.genesisSeq })
    return { startedAt: sure === undefined ? NOT_KNOWN_YET : instant(sure.at), openLoss }
  }
}

/** A display or a printer is handed the ticket as it was signed. Throws where the decision shows one that it has not had signed. */
function withTicket(effect: Effect, documents: readonly Extract<Change, { kind: 'document-issued' }>[]): Effect {
  const { command } = effect
  if (command.type !== 'announce' || command.message.kind !== 'ticket') return effect
  const { message } = command
  const signed = documents.find((document) => document.id === message.document)
  if (signed === undefined) throw new Error(`the ticket ${message.document} is shown and was not signed`)
  return { ...effect, command: { type: 'announce', message: { ...message, text: signed.jws } } }
}

/** Nobody can say yet when the epoch began, so every token counts as issued before it. The last instant of a calendar (ECMA-262, 21.4.1.1). */
const NOT_KNOWN_YET = instant(8_640_000_000_000_000)

function isNewlyDone(result: Committed | undefined): boolean {
  return result?.kind === 'committed' && !result.repeated && result.outcome.ok
}

/** So many entries, those first that have waited longest. */
function oldestOf<Key, Value>(entries: ReadonlyMap<Key, Value>, max: number): readonly (readonly [Key, Value])[] {
  const oldest: (readonly [Key, Value])[] = []
  for (const entry of entries) {
    if (oldest.length === max) break
    oldest.push(entry)
  }
  return oldest
}

/** Whether a value has a spelling in a record; one that has not must not stop its own fault from being recorded. */
function isSpeakable(value: unknown): boolean {
  try {
    canonicalJson(value)
    return true
  } catch {
    return false
  }
}

function prepare({ db }: OpenDb) {
  const p = sql.placeholder
  const { bundle, cursor, due, journal, parked } = tables
  return {
    savepoint: db.$client.prepare('SAVEPOINT event'),
    release: db.$client.prepare('RELEASE event'),
    recordAt: db
      .select({ key: journal.key, hash: journal.hash, body: journal.body })
      .from(journal)
      .where(sql`${journal.seq} = ${p('seq')}`)
      .prepare(),
    park: db
      .insert(parked)
      .values({ seq: p('seq'), key: p('key'), event: p('event'), eraseAt: p('eraseAt') })
      .prepare(),
    bundleContent: db
      .select({ content: bundle.content })
      .from(bundle)
      .where(sql`${bundle.hash} = ${p('hash')}`)
      .prepare(),
    bundle: db
      .insert(bundle)
      .values({ hash: p('hash'), kind: p('kind'), content: p('content'), storedAt: p('storedAt') })
      .onConflictDoNothing()
      .prepare(),
    timer: db
      .select({ seq: due.seq })
      .from(due)
      .where(sql`${due.id} = ${p('id')}`)
      .prepare(),
    timers: db.select().from(due).orderBy(due.dueAt).limit(p('limit')).prepare(),
    firstSure: db
      .select({ at: journal.at })
      .from(journal)
      .where(sql`${journal.seq} >= ${p('seq')} and json_extract(${journal.clock}, '$.state') in ('synced', 'holdover')`)
      .orderBy(journal.seq)
      .limit(1)
      .prepare(),
    newest: db
      .select({ seq: journal.seq, at: journal.at, clock: journal.clock, body: journal.body })
      .from(journal)
      .orderBy(sql`${journal.seq} desc`)
      .limit(p('limit'))
      .prepare(),
    cursor: db
      .insert(cursor)
      .values({ sink: p('sink'), seq: p('seq'), index: p('index') })
      .onConflictDoUpdate({
        target: cursor.sink,
        set: { seq: sql`excluded.seq`, index: sql`excluded.effect_index` },
      })
      .prepare(),
  }
}
