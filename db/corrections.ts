import type Database from 'better-sqlite3'
import type { Change } from '../core/changes.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode, Money } from '../core/money.ts'
import type { Relief, RightAway } from '../core/parking/session.ts'
import { recordedReasonOf } from '../core/recorded.ts'
import type { DecisionBody } from '../core/records.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import { decisionOf, eventIs } from './former-kinds.ts'
import { createReasonText } from './reason-texts.ts'

export type CorrectionKind =
  | 'count'
  | 'stay-closed'
  | 'stay-class'
  | 'stay-plate'
  | 'let-go'
  | 'debt-off'
  | 'passback-reset'
  | 'stay-chosen'
  | 'stay-reckoned'
  | 'cash-without-price'
  | 'refund'
  | 'right-status'
  | 'pass-given'
  | 'pass-plates'
  | 'validation-given'
  | 'case-ended'
  | 'credit-moved'

/** What a person has put right in the books of a car park, and had to say why. */
export type Correction = {
  readonly seq: number
  readonly at: Instant
  /** Who did it: a client’s name. Of `let-go`: who had put the class right by which it came to less; where nobody had, who said what ended the stay. */
  readonly by: string
  readonly kind: CorrectionKind
  /** What it is about: a place and its class, or the id of a stay, a charge, a right or a case, or a bank's reference. */
  readonly of: string
  /** What stood there, and what stands there since: a count, a class, a status, a plate while the vault has it, an amount. `null` where there was nothing, or the record does not say. */
  readonly before: string | null
  readonly after: string | null
  /** As it was typed; `null` once it has been erased, and where none was asked for. */
  readonly reason: string | null
}

export type CorrectionsPage = {
  readonly corrections: readonly Correction[]
  /** Where to go on; `null` at the end of the journal. A page may be empty and have a next one: so many records were looked through. */
  readonly next: number | null
}

export const CORRECTIONS_LOOKED_THROUGH_MAX = 5_000

const KINDS = [
  'occupancy-corrected',
  'session-corrected',
  'session-chosen',
  'stay-reckoned',
  'cash-without-price',
  'refund',
  'right-status',
  'right-put',
  'case-ended',
  'credit-moved',
] as const

type Recorded = DecisionBody['event']['body']
type Correcting = Extract<Recorded, { readonly kind: (typeof KINDS)[number] }>

type Said = Pick<Correction, 'kind' | 'of' | 'before' | 'after'>

/** Reads what people have put right, out of the records, a bounded page at a time. Refusals put nothing right, and are not among it. */
export function createCorrections(client: Database.Database): (mode: Mode, afterSeq: number) => CorrectionsPage {
  const lastOf = client.prepare<[number, number], { last: number | null }>(
    'SELECT max(seq) AS last FROM (SELECT seq FROM journal WHERE seq > ? ORDER BY seq LIMIT ?)',
  )
  const page = client.prepare<[number, number, Mode], RecordRow>(
    `SELECT seq, at, body FROM journal WHERE seq > ? AND seq <= ? AND kind = 'decision' AND mode = +?
       AND ${eventIs(...KINDS)}
     ORDER BY seq`,
  )
  const plateBefore = client.prepare<[string, string, number], { ref: string | null }>(
    `SELECT ref FROM session_credential WHERE session = ? AND kind = 'plate' AND value <> ? AND seq < ? ORDER BY seq DESC LIMIT 1`,
  )
  const vaultValue = client.prepare<[string], { value: string | null }>('SELECT value FROM vault WHERE ref = ?')
  const reasonText = createReasonText(client)
  const letGo = client.prepare<[number, number, Mode], LetGoRow>(
    `SELECT payment.seq, payment.amount, payment.currency, payment.at, payment.charge, charge.session
     FROM payment JOIN charge ON charge.id = payment.charge
     WHERE payment.seq > ? AND payment.seq <= ? AND payment.tender = 'correction' AND charge.mode = +?
     ORDER BY payment.seq`,
  )
  const correctedBefore = client.prepare<[number, number, string], RecordRow>(
    `SELECT seq, at, body FROM journal WHERE seq >= ? AND seq <= ? AND session = +? AND kind = 'decision'
       AND ${eventIs('session-corrected')}
     ORDER BY seq DESC`,
  )
  const record = client.prepare<[number], RecordRow>('SELECT seq, at, body FROM journal WHERE seq = ?')

  return (mode, afterSeq) => {
    const last = lastOf.get(afterSeq, CORRECTIONS_LOOKED_THROUGH_MAX)?.last ?? null
    if (last === null) return { corrections: [], next: null }
    const asked = page.all(afterSeq, last, mode).flatMap((row) => correctionsIn(row, decisionOf(row)))
    const released = letGo.all(afterSeq, last, mode).flatMap(letGoBy)
    return { corrections: [...asked, ...released].toSorted((one, other) => one.seq - other.seq), next: last }
  }

  /** What was let go when a stay came to less than was asked, which is long after it was put right. */
  function letGoBy({ seq, at, amount, currency, charge, session }: LetGoRow): readonly Correction[] {
    const ending = record.get(seq)
    if (ending === undefined) return []
    const ended = decisionOf(ending)
    // Said by itself.
    if (isDebtOff(ended)) return []
    const by = classPutRight(session, seq) ?? ended
    return [
      {
        seq,
        at: instant(at),
        by: by.event.actor.id,
        kind: 'let-go',
        of: session ?? charge,
        before: null,
        after: text({ amount, currency }),
        reason: reasonText(recordedReasonOf(by.event.body)),
      },
    ]
  }

  /** The newest time that somebody put the class of a stay right; the stay began with the record that its id names. */
  function classPutRight(session: string | null, until: number): DecisionBody | undefined {
    if (session === null) return undefined
    const from = Number(session.split(':')[2])
    for (const row of correctedBefore.iterate(from, until, session)) {
      const said = decisionOf(row)
      const { body } = said.event
      if (said.outcome.ok && body.kind === 'session-corrected' && body.correction.kind === 'class') return said
    }
    return undefined
  }

  function correctionsIn({ seq, at }: RecordRow, { event, outcome, changes }: DecisionBody): readonly Correction[] {
    const { body, actor } = event
    // What an upgrade ends by itself no person has put right.
    if (actor.kind === 'gateway') return []
    // What stood so already was not put right.
    if (!outcome.ok || !isCorrecting(body) || changes.length === 0) return []
    // A merchant bears its own, and what was issued without a word was issued by a program of before that asked for none.
    if (body.kind === 'right-put' && (body.merchant !== undefined || isIssuedUnasked(body))) return []
    const reason = reasonText(recordedReasonOf(body))
    return [{ seq, at: instant(at), by: actor.id, ...saidOf(seq, body, changes), reason }]
  }

  function saidOf(seq: number, asked: Correcting, changes: readonly Change[]): Said {
    switch (asked.kind) {
      case 'occupancy-corrected': {
        const change = changes.find(({ kind }) => kind === 'occupancy-corrected')
        const before = change?.kind === 'occupancy-corrected' ? String(change.before) : null
        return { kind: 'count', of: `${asked.place}/${asked.vehicleClass}`, before, after: String(asked.count) }
      }
      case 'session-corrected':
        return correctedStay(seq, asked.session, asked.correction, changes)
      case 'session-chosen':
        return { kind: 'stay-chosen', of: asked.session, before: null, after: asked.lane }
      case 'stay-reckoned': {
        const due = changes.flatMap((change) =>
          change.kind === 'charge-reckoned' ? [change.due] : change.kind === 'charge-opened' ? [change.charge.due] : [],
        )[0]
        return { kind: 'stay-reckoned', of: asked.session, before: null, after: due === undefined ? null : text(due) }
      }
      case 'cash-without-price':
        return { kind: 'cash-without-price', of: asked.session, before: null, after: text(asked.amount) }
      case 'refund':
        return { kind: 'refund', of: asked.charge, before: null, after: text(asked.amount) }
      case 'right-status': {
        const change = changes.find(({ kind }) => kind === 'right-status')
        const before =
          change?.kind === 'right-status' ? (change.before ?? statusBefore(asked.status, change.away, change.at)) : null
        return { kind: 'right-status', of: asked.right, before, after: asked.status }
      }
      case 'right-put':
        return givenRight(asked, changes)
      case 'case-ended':
        return { kind: 'case-ended', of: asked.case, before: 'open', after: 'ended' }
      case 'credit-moved': {
        const from = changes.flatMap((change) => (change.kind === 'credit-reversed' ? [change.charge] : []))
        const whose = asked.sender === undefined ? '' : ` (${asked.sender})`
        const to = asked.charge === null ? null : `${asked.charge}${whose}`
        const after = to ?? (asked.sentBack === undefined ? 'refund-due' : 'returned')
        return { kind: 'credit-moved', of: asked.reference, before: from.length === 0 ? null : from.join(' '), after }
      }
    }
  }

  function givenRight({ right, reason }: Extract<Correcting, { kind: 'right-put' }>, changes: readonly Change[]): Said {
    if (right.kind === 'validation')
      return { kind: 'validation-given', of: right.session ?? right.id, before: null, after: reliefText(right.relief) }
    if (reason !== undefined) return { kind: 'pass-given', of: right.id, before: null, after: null }
    const plates = changes.flatMap((change) => (change.kind === 'right-put' ? change.right.plates : []))
    const known = plates.flatMap(({ ref }) => valueAt(ref) ?? [])
    return { kind: 'pass-plates', of: right.id, before: null, after: known.length === 0 ? null : known.join(' ') }
  }

  function correctedStay(
    seq: number,
    of: string,
    correction: Extract<Correcting, { kind: 'session-corrected' }>['correction'],
    changes: readonly Change[],
  ): Said {
    switch (correction.kind) {
      case 'close':
        return { kind: 'stay-closed', of, before: 'open', after: 'closed' }
      case 'class': {
        // Where it stood, it counts no more as what it was.
        const before = changes.flatMap((change) =>
          change.kind === 'occupancy-moved' && change.by === -1 ? [change.vehicleClass] : [],
        )[0]
        return { kind: 'stay-class', of, before: before ?? null, after: correction.vehicleClass }
      }
      case 'plate': {
        const { plate } = correction
        const known = changes.find((change) => change.kind === 'session-known-by')
        // Records of before do not say it: the one that it was known by last, and none that became known since.
        const last = plate === null ? null : (plateBefore.get(of, plate.mac, seq)?.ref ?? null)
        const before = known?.before === undefined ? last : known.before
        return { kind: 'stay-plate', of, before: valueAt(before), after: valueAt(plate?.ref ?? null) }
      }
      case 'passback-reset':
        return { kind: 'passback-reset', of, before: null, after: null }
      case 'debt-off': {
        const owed = changes.flatMap((change) => (change.kind === 'payment-taken' ? [change.amount] : []))[0]
        return {
          kind: 'debt-off',
          of,
          before: owed === undefined ? null : text(owed),
          after: owed === undefined ? null : text({ ...owed, amount: 0 }),
        }
      }
    }
  }

  function valueAt(ref: string | null): string | null {
    return ref === null ? null : (vaultValue.get(ref)?.value ?? null)
  }
}

function isCorrecting(asked: Recorded): asked is Correcting {
  return KINDS.some((kind) => kind === asked.kind)
}

function isDebtOff({ event: { body } }: DecisionBody): boolean {
  return body.kind === 'session-corrected' && body.correction.kind === 'debt-off'
}

/** By when it was away, in a record that does not say it: those of before that was kept say nothing. */
function statusBefore(after: string, away: readonly RightAway[] | undefined, at: Instant): string | null {
  // Nothing else is taken up again.
  if (after === 'active') return 'suspended'
  return away === undefined ? null : away.at(-1)?.from === at ? 'active' : 'suspended'
}

function isIssuedUnasked({ right, isNew, reason }: Extract<Correcting, { kind: 'right-put' }>): boolean {
  return right.kind === 'pass' && isNew === true && reason === undefined
}

function reliefText(relief: Relief): string {
  switch (relief.kind) {
    case 'covers':
      return 'covers all'
    case 'first-minutes':
      return `${relief.minutes} min`
    case 'amount':
      return text(relief.amount)
    case 'share':
      return `${relief.basisPoints / 100} %`
  }
}

function text({ amount, currency }: Money): string {
  return `${amount} ${currency}`
}

type LetGoRow = {
  readonly seq: number
  readonly at: number
  readonly amount: number
  readonly currency: CurrencyCode
  readonly charge: string
  readonly session: string | null
}

type RecordRow = { readonly seq: number; readonly at: number; readonly body: string }
