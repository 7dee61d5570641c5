import { sql } from 'drizzle-orm'
import type { Charge, ChargeStatus } from '../core/changes.ts'
import type { ChargeId, ClaimId, DocumentId, LaneId } from '../core/ids.ts'
import type { LaneState } from '../core/lane/state.ts'
import type { ClaimStatus, Tender } from '../core/ledger.ts'
import type { CurrencyCode, Money } from '../core/money.ts'
import type { JournalRecord } from '../core/records.ts'
import type { Device } from '../core/site.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Writer } from './journal.ts'
import { FIRST_PREV, recordOf } from './journal.ts'
import type { Db } from './open.ts'
import type { ReasonText } from './reason-texts.ts'
import { createReasonText } from './reason-texts.ts'
import { chargeFactsOf, deviceOf } from './rows.ts'
import * as tables from './schema.ts'

export type ChargeReport = Charge & {
  readonly status: ChargeStatus
  readonly paid: Money
  /** What came beyond what was due and is still to be given back, and what was given back of what was paid. */
  readonly overpaid: Money
  readonly refunded: Money
  readonly closedAt: Instant | null
}

export type PaymentReport = {
  readonly charge: ChargeId
  readonly tender: Tender
  readonly amount: Money
  readonly at: Instant
  readonly claim: { readonly id: ClaimId; readonly status: ClaimStatus } | null
  readonly receipt: DocumentId | null
}

export type ReceiptReport = { readonly id: DocumentId; readonly charge: ChargeId; readonly jws: string }

export const JOURNAL_PAGE_MAX = 1_000

/** What people and programs ask of the books, read as of the last commit. Nothing here writes. */
export type Reports = {
  charge(id: ChargeId): ChargeReport | undefined
  /** Oldest first; empty for an unknown charge. */
  payments(charge: ChargeId): readonly PaymentReport[]
  receipt(id: DocumentId): ReceiptReport | undefined
  /** Records after `afterSeq`, rising, at most `limit` and at most `JOURNAL_PAGE_MAX`. */
  journalPage(afterSeq: number, limit: number): readonly (JournalRecord & { readonly hash: string })[]
  /** What somebody typed to say why, while the vault has it. */
  reasonText: ReasonText
  laneStates(): ReadonlyMap<LaneId, LaneState>
  /** Every device that was ever enrolled, by id. */
  devices(): readonly Device[]
  /** What is at risk in live mode, in the smallest unit. */
  exposure(): number
  lastContactAt(): Instant | null
}

export function createReports(db: Db, writer: Writer): Reports {
  const read = prepare(db)
  return {
    charge(id) {
      const row = read.charge.get({ id })
      if (row === undefined) return undefined
      const { charge, status } = chargeFactsOf(row)
      return {
        ...charge,
        status,
        paid: moneyOf(row.paid, row.currency),
        overpaid: moneyOf(row.overpaid, row.currency),
        refunded: moneyOf(row.refunded, row.currency),
        closedAt: row.closedAt === null ? null : instant(row.closedAt),
      }
    },
    payments: (charge) =>
      read.payments.all({ charge }).map((row) => ({
        charge,
        tender: row.tender,
        amount: moneyOf(row.amount, row.currency),
        at: instant(row.at),
        claim:
          row.claim === null || row.claimStatus === null ? null : { id: row.claim as ClaimId, status: row.claimStatus },
        receipt: row.receipt as DocumentId | null,
      })),
    receipt(id) {
      const row = read.receipt.get({ id })
      return row === undefined || row.charge === null ? undefined : { id, charge: row.charge as ChargeId, jws: row.jws }
    },
    journalPage(afterSeq, limit) {
      const rows = read.page.all({ afterSeq, limit: Math.min(limit, JOURNAL_PAGE_MAX) })
      let prev = hashBefore(rows[0]?.seq ?? 1)
      return rows.map((row) => {
        const record = recordOf(row, writer, prev)
        prev = row.hash
        return { ...record, hash: row.hash }
      })
    },
    reasonText: createReasonText(db.$client),
    laneStates: () => new Map(read.lanes.all().map((row) => [row.lane as LaneId, JSON.parse(row.state) as LaneState])),
    devices: () => read.devices.all().map(deviceOf),
    exposure: () => read.exposure.get()?.amount ?? 0,
    lastContactAt() {
      const row = read.contact.get()
      return row === undefined ? null : instant(row.at)
    },
  }

  /** What a record is linked to: the one before it, or the end of the segment that was dropped before it. */
  function hashBefore(seq: number): string {
    const before = { seq: seq - 1 }
    return read.hashAt.get(before)?.hash ?? read.droppedUpTo.get(before)?.hash ?? FIRST_PREV
  }
}

function moneyOf(amount: number, currency: string): Money {
  return { amount, currency: currency as CurrencyCode }
}

function prepare(db: Db) {
  const p = sql.placeholder
  const { charge, claim, contact, device, document, exposure, journal, laneState, payment, prunedSegment } = tables
  return {
    charge: db
      .select()
      .from(charge)
      .where(sql`${charge.id} = ${p('id')}`)
      .prepare(),
    payments: db
      .select({
        tender: payment.tender,
        amount: payment.amount,
        currency: payment.currency,
        at: payment.at,
        claim: payment.claim,
        claimStatus: claim.status,
        receipt: document.id,
      })
      .from(payment)
      .leftJoin(claim, sql`${claim.id} = ${payment.claim}`)
      .leftJoin(document, sql`${document.charge} = ${payment.charge} and ${document.seq} = ${payment.seq}`)
      .where(sql`${payment.charge} = ${p('charge')}`)
      .orderBy(payment.seq)
      .prepare(),
    receipt: db
      .select({ charge: document.charge, jws: document.jws })
      .from(document)
      .where(sql`${document.id} = ${p('id')} and ${document.typ} = 'receipt+jwt'`)
      .prepare(),
    page: db
      .select()
      .from(journal)
      .where(sql`${journal.seq} > ${p('afterSeq')}`)
      .orderBy(journal.seq)
      .limit(p('limit'))
      .prepare(),
    hashAt: db
      .select({ hash: journal.hash })
      .from(journal)
      .where(sql`${journal.seq} = ${p('seq')}`)
      .prepare(),
    droppedUpTo: db
      .select({ hash: prunedSegment.lastHash })
      .from(prunedSegment)
      .where(sql`${prunedSegment.toSeq} = ${p('seq')}`)
      .prepare(),
    devices: db.select().from(device).orderBy(device.id).prepare(),
    lanes: db.select().from(laneState).prepare(),
    exposure: db
      .select({ amount: sql<number>`coalesce(sum(${exposure.amount}), 0)` })
      .from(exposure)
      .where(sql`${exposure.mode} = 'live'`)
      .prepare(),
    contact: db.select({ at: contact.at }).from(contact).where(sql`${contact.name} = 'upstream'`).prepare(),
  }
}
