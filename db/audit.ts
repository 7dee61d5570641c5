import { setImmediate } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import type { OccurredAt } from '../core/events.ts'
import type { ChargeId, ClaimId, LaneId, PassageId, SessionId } from '../core/ids.ts'
import type { PassageGround } from '../core/lane/state.ts'
import type { ClaimStatus, Tender } from '../core/ledger.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode, Money } from '../core/money.ts'
import { recordedReasonOf } from '../core/recorded.ts'
import type { DecisionBody, RecordBody } from '../core/records.ts'
import type { Refusal } from '../core/refusals.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import { bodyOf, decisionOf, eventIs } from './former-kinds.ts'
import type { Db } from './open.ts'
import type { Opening } from './openings.ts'
import { openings } from './openings.ts'
import type { ReasonText } from './reason-texts.ts'
import { createReasonText } from './reason-texts.ts'
import type { Takings } from './takings.ts'
import { countTakings } from './takings.ts'

/** What debits and credits come to in one mode and currency. Both are 0 in books that are whole. */
export type LedgerSum = {
  readonly mode: Mode
  readonly currency: CurrencyCode
  readonly posted: number
  readonly pending: number
}

/** What is accepted of an issuer and not settled yet. */
export type IssuerExposure = {
  readonly mode: Mode
  readonly issuer: string
  readonly amount: number
  readonly claims: number
}

/** A token that was taken for money: what its issuer is to pay, and for which charge. */
export type Posting = {
  readonly claim: ClaimId
  readonly iss: string
  /** What it was spent as: see `spendIdentityOf` in core. */
  readonly id: string
  readonly amount: Money
  readonly charge: ChargeId
  readonly mode: Mode
  readonly status: ClaimStatus
  readonly seq: number
}

/** Somebody paid, and the right to pass lapsed unused. */
export type PaidNeverPassed = {
  readonly seq: number
  readonly passage: PassageId
  readonly lane: LaneId
  readonly charge: ChargeId
  readonly amount: Money
  readonly mode: Mode
  readonly grantedAt: Instant
  readonly lapsedAt: Instant | null
}

/** A way through for which nobody has paid, and no pass or ticket stood for it. `reason`: what somebody typed, `null` once it has been erased. */
export type OpenedWithoutPayment = {
  readonly seq: number
  readonly at: Instant
  readonly lane: LaneId | null
  readonly why:
    | { readonly kind: 'by-hand'; readonly by: string; readonly reason: string | null }
    /** An attendant let a vehicle through while nothing decided at the lane, and handed it in later: `occurredAt` says when it was, and by whose clock; `at` is when it was booked. */
    | {
        readonly kind: 'late-evidence'
        readonly what: 'let-in' | 'let-out'
        readonly by: string
        readonly reason: string | null
        readonly occurredAt: OccurredAt
        readonly session: SessionId | null
        /** What had been asked of it since that time, and is not due by this word. */
        readonly letGo: Money | null
      }
    | { readonly kind: 'emergency'; readonly device: string | null }
    /** A vehicle left a car park and owes: by the word of staff, or (`by` is `null`) because its lane is to let out whoever cannot pay. */
    | {
        readonly kind: 'on-debt'
        readonly by: string | null
        readonly reason: string | null
        readonly charge: ChargeId | null
      }
    /** A supervisor's signed word: whose, why, and which stay it let in or out, where the books know one. `waived` is what nobody paid for it. */
    | {
        readonly kind: 'override'
        readonly by: string
        readonly reason: string | null
        readonly session: SessionId | null
        readonly waived: Money | null
      }
    /** The arm went up by itself, as its lane is set: it had heard nothing of the gateway. */
    | { readonly kind: 'fail-safe' }
    /** The arm said that it was up, and nothing had told it to open: somebody pushed it, or used a key. */
    | { readonly kind: 'forced-open' }
    /** The loop under the arm saw somebody for whom it was not opened. */
    | { readonly kind: 'unexplained-passage' }
}

/** Counted from the records of a part of the journal. Refusals that leave no record are not among them. */
export type Totals = {
  readonly records: number
  readonly faults: number
  readonly scans: number
  /** Of the scans those that paid, or for which a vehicle was let through. Plates, tickets' buttons and people let through too, and are no scans. */
  readonly accepted: number
  readonly refused: Readonly<Partial<Record<Refusal, number>>>
  readonly takings: Takings
  /** The oldest record that the journal still has, and when it was booked; `null` where it has none. */
  readonly oldest: { readonly seq: number; readonly at: Instant } | null
}

/** Records that were booked from this instant on and before that one. */
export type Span = { readonly from: Instant; readonly until: Instant }

/** What whoever checks a site asks of its books. Reads in bounded pages; nothing here writes. */
export type Audit = {
  ledgerSums(): readonly LedgerSum[]
  exposures(): readonly IssuerExposure[]
  /** By claim, rising; those after `afterClaim`, at most `limit`. */
  postings(afterClaim: string, limit: number): readonly Posting[]
  paidNeverPassed(afterSeq: number, limit: number): readonly PaidNeverPassed[]
  /** Looks at no more than `AUDIT_PAGE_MAX` records; `next` is where to go on, or `null` at the end of the journal. */
  openedWithoutPayment(afterSeq: number): {
    readonly openings: readonly OpenedWithoutPayment[]
    readonly next: number | null
  }
  /** Every opening in records after this one, with all that belongs to it (db/openings.ts). */
  openings(afterSeq: number): Iterable<Opening>
  /** Over the records up to `upToSeq` that were booked in this span. */
  totals(span: Span, upToSeq: number, onProgress?: (done: number, of: number) => void): Promise<Totals>
}

export const AUDIT_PAGE_MAX = 1_000

export function createAudit(db: Db): Audit {
  const read = prepare(db.$client)
  const reasonText = createReasonText(db.$client)
  return {
    ledgerSums: () => read.sums.all(),
    exposures: () => read.exposures.all(),
    postings: (afterClaim, limit) =>
      read.postings.all(afterClaim, Math.min(limit, AUDIT_PAGE_MAX)).map((row) => ({
        claim: row.id,
        iss: row.issuer,
        id: row.spent_id,
        amount: { amount: row.amount, currency: row.currency },
        charge: row.charge,
        mode: row.mode,
        status: row.status,
        seq: row.seq,
      })),
    paidNeverPassed: (afterSeq, limit) =>
      read.lapsed.all(afterSeq, Math.min(limit, AUDIT_PAGE_MAX)).flatMap((row) => {
        const ground = JSON.parse(row.ground) as PassageGround
        if (ground.kind !== 'payment') return []
        return [
          {
            seq: row.seq,
            passage: row.id,
            lane: row.lane,
            charge: ground.charge,
            amount: ground.amount,
            mode: row.mode,
            grantedAt: instant(row.granted_at),
            lapsedAt: row.moved_at === null ? null : instant(row.moved_at),
          },
        ]
      }),
    openedWithoutPayment(afterSeq) {
      const last = read.lastOf.get(afterSeq, AUDIT_PAGE_MAX)?.last ?? null
      if (last === null) return { openings: [], next: null }
      const openings = read.openings.all(afterSeq, last).flatMap((row) => openingsIn(row, decisionOf(row), reasonText))
      return { openings, next: last }
    },
    openings: (afterSeq) => openings(db.$client, afterSeq),
    async totals({ from, until }, upToSeq, onProgress) {
      const counted = counting()
      const oldest = read.oldest.get()
      for (let last = 0; ; ) {
        const rows = read.records.all(last, upToSeq, from, until, AUDIT_PAGE_MAX)
        for (const row of rows) counted.add(bodyOf(row))
        last = rows.at(-1)?.seq ?? last
        if (rows.length < AUDIT_PAGE_MAX) {
          onProgress?.(upToSeq, upToSeq)
          return {
            ...counted.totals(),
            oldest: oldest === undefined ? null : { seq: oldest.seq, at: instant(oldest.at) },
          }
        }
        onProgress?.(last, upToSeq)
        await setImmediate()
      }
    },
  }
}

function relieved({ changes }: DecisionBody, tender: Tender): readonly Money[] {
  return changes.flatMap((change) =>
    change.kind === 'payment-taken' && change.tender === tender ? [change.amount] : [],
  )
}

function openingsIn(
  row: { readonly seq: number; readonly at: number },
  body: DecisionBody,
  reasonText: ReasonText,
): readonly OpenedWithoutPayment[] {
  const { seq } = row
  const at = instant(row.at)
  if (!body.outcome.ok) return []
  const asked = body.event.body
  const reason = reasonText(recordedReasonOf(asked))
  const granted = body.changes.flatMap((change) => (change.kind === 'passage-granted' ? [change.passage] : []))
  // By hand for a right that had been granted before is that right's opening.
  if (asked.kind === 'open-by-hand' && (body.subject.passage === null || granted.length > 0)) {
    return [{ seq, at, lane: asked.lane, why: { kind: 'by-hand', by: body.event.actor.id, reason } }]
  }
  if (asked.kind === 'late-evidence') {
    const { lane, what } = asked
    const { actor, occurredAt } = body.event
    const { session } = body.subject
    const [letGo = null] = relieved(body, 'late-evidence')
    return [{ seq, at, lane, why: { kind: 'late-evidence', what, by: actor.id, reason, occurredAt, session, letGo } }]
  }
  if (asked.kind === 'emergency' && asked.active) {
    return [{ seq, at, lane: null, why: { kind: 'emergency', device: asked.device } }]
  }
  const [overridden] = granted
  if (asked.kind === 'scan' && asked.token.kind === 'override' && overridden !== undefined) {
    const waived = relieved(body, 'waiver')
    const why = {
      kind: 'override',
      // A supervisor's name, as the key set knows it: the record names the token's signer and not its subject.
      by: asked.token.iss,
      reason,
      session: body.subject.session,
      waived: waived[0] ?? null,
    } as const
    return [{ seq, at, lane: overridden.lane, why }]
  }
  const owing = granted.find(({ right }) => right.kind === 'session' && (right.by === 'debt' || right.by === 'policy'))
  if (owing !== undefined) {
    const said = asked.kind === 'leave-on-debt' ? { by: body.event.actor.id, reason } : UNASKED
    return [{ seq, at, lane: owing.lane, why: { kind: 'on-debt', ...said, charge: body.subject.charge } }]
  }
  // An alarm stands in the lane's state until something ends it; it is told by what raised it.
  return body.changes.flatMap((change): readonly OpenedWithoutPayment[] => {
    if (change.kind !== 'lane-state') return []
    const { lane, alarm, phase, since } = change.state
    if (asked.kind === 'bundle-loaded')
      return phase.kind === 'held-open'
        ? [{ seq, at, lane, why: { kind: 'emergency', device: phase.by[0] ?? null } }]
        : []
    // It says so again at each of its changes, and whenever it is back.
    const isNewlyHeld = phase.kind === 'held-open' && since === at
    if (asked.kind === 'barrier-state' && asked.reason === 'fail-safe')
      return isNewlyHeld ? [{ seq, at, lane, why: { kind: 'fail-safe' } }] : []
    if (asked.kind === 'barrier-state' && asked.state === 'open' && alarm === 'forced-open')
      return [{ seq, at, lane, why: { kind: 'forced-open' } }]
    const isUnder = asked.kind === 'loop' && asked.role === 'safety' && asked.occupied
    return isUnder && (alarm === 'unexplained-passage' || alarm === 'tailgating')
      ? [{ seq, at, lane, why: { kind: 'unexplained-passage' } }]
      : []
  })
}

const UNASKED = { by: null, reason: null } as const

function counting(): { add(body: RecordBody): void; totals(): Omit<Totals, 'oldest'> } {
  const refused: Partial<Record<Refusal, number>> = {}
  const taken = countTakings()
  let [records, faults, scans, accepted] = [0, 0, 0, 0]

  return {
    add(body) {
      records += 1
      if (body.kind === 'fault') faults += 1
      if (body.kind !== 'decision') return
      const { event, outcome } = body
      if (event.body.kind === 'scan') scans += 1
      if (!outcome.ok) {
        refused[outcome.refusal] = (refused[outcome.refusal] ?? 0) + 1
        return
      }
      const isTaken = outcome.kind === 'paid' || outcome.kind === 'let-through'
      if (event.body.kind === 'scan' && isTaken) accepted += 1
      taken.add(body)
    },
    totals: () => ({ records, faults, scans, accepted, refused, takings: taken.takings() }),
  }
}

type PostingRow = {
  readonly id: ClaimId
  readonly issuer: string
  readonly spent_id: string
  readonly amount: number
  readonly currency: CurrencyCode
  readonly charge: ChargeId
  readonly mode: Mode
  readonly status: ClaimStatus
  readonly seq: number
}

type PassageRow = {
  readonly seq: number
  readonly id: PassageId
  readonly lane: LaneId
  readonly mode: Mode
  readonly ground: string
  readonly granted_at: number
  readonly moved_at: number | null
}

type RecordRow = { readonly seq: number; readonly at: number; readonly body: string }

function prepare(client: Database.Database) {
  return {
    sums: client.prepare<[], LedgerSum>(
      `SELECT mode, currency, sum(debits_posted) - sum(credits_posted) AS posted,
              sum(debits_pending) - sum(credits_pending) AS pending
       FROM account GROUP BY mode, currency ORDER BY mode, currency`,
    ),
    exposures: client.prepare<[], IssuerExposure>(
      'SELECT mode, issuer, amount, claims FROM exposure ORDER BY mode, issuer',
    ),
    postings: client.prepare<[string, number], PostingRow>(
      'SELECT id, issuer, spent_id, amount, currency, charge, mode, status, seq FROM claim WHERE id > ? ORDER BY id LIMIT ?',
    ),
    lapsed: client.prepare<[number, number], PassageRow>(
      `SELECT seq, id, lane, mode, ground, granted_at, moved_at FROM passage
       WHERE status = 'lapsed' AND seq > ? ORDER BY seq LIMIT ?`,
    ),
    lastOf: client.prepare<[number, number], { last: number | null }>(
      'SELECT max(seq) AS last FROM (SELECT seq FROM journal WHERE seq > ? ORDER BY seq LIMIT ?)',
    ),
    openings: client.prepare<[number, number], RecordRow>(
      `SELECT seq, at, body FROM journal WHERE seq > ? AND seq <= ? AND kind = 'decision'
         AND ((${eventIs('scan')} AND instr(body, '"kind":"override"') > 0)
              OR ${eventIs('open-by-hand', 'emergency', 'leave-on-debt', 'late-evidence')}
              OR (${eventIs('bundle-loaded')} AND instr(body, '"kind":"held-open"') > 0)
              OR (${eventIs('barrier-state')} AND (instr(body, '"alarm":"forced-open"') > 0 OR instr(body, '"reason":"fail-safe"') > 0))
              OR (${eventIs('loop')} AND (instr(body, '"alarm":"unexplained-passage"') > 0 OR instr(body, '"alarm":"tailgating"') > 0))
              OR instr(body, '"by":"policy"') > 0)
       ORDER BY seq`,
    ),
    records: client.prepare<[number, number, number, number, number], RecordRow>(
      'SELECT seq, at, body FROM journal WHERE seq > ? AND seq <= ? AND at >= +? AND at < +? ORDER BY seq LIMIT ?',
    ),
    oldest: client.prepare<[], { seq: number; at: number }>(
      'SELECT seq, at FROM journal WHERE seq > 0 ORDER BY seq LIMIT 1',
    ),
  }
}
