import type { ChargeId, DeviceId, DocumentId } from '../../core/ids.ts'
import type { LaneState } from '../../core/lane/state.ts'
import type { DeviceHere } from '../../core/lane/view.ts'
import type { Money } from '../../core/money.ts'
import type { RecordedReason } from '../../core/personal-value.ts'
import type { JournalRecord } from '../../core/records.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device, Lane, SiteLayout } from '../../core/site.ts'
import type { Instant, LocalDay } from '../../core/time.ts'
import type { ChargeReport, PaymentReport, ReceiptReport } from '../../db/reports.ts'
import type { TenderTakings } from '../../db/takings.ts'
import type { ParkingReads } from './parking/reads.ts'

/**
 * What HTTP reads from the books and from the running gateway: plain data, answered at once, as of the last commit. HTTP writes nothing: what it wants done goes
 * through the path. Every list is short or bounded by its argument.
 */
export type SiteReads = {
  /** The layout in force, `undefined` before the first one. */
  layout(): SiteLayout | undefined
  /** The newest record; seq 0 in an empty journal. */
  head(): JournalHead
  charge(id: ChargeId): ChargeReport | undefined
  /** What has been paid on a charge, oldest first; empty for an unknown one. */
  payments(charge: ChargeId): readonly PaymentReport[]
  /** A signed receipt; `undefined` for an unknown id and for documents of other types. */
  receipt(id: DocumentId): ReceiptReport | undefined
  /** Up to `limit` records with seq above `afterSeq`, rising. Rows that were pruned are left out: the first one's seq says so. */
  journalPage(afterSeq: number, limit: number): readonly JournalRow[]
  /** What somebody typed to say why, while the vault has it. */
  reasonText(reason: RecordedReason): string | null
  /** Every enrolled device, also revoked ones, by id. */
  devices(): readonly DeviceView[]
  /** Every lane of the layout, in its order. */
  lanes(): readonly LaneView[]
  /** What is at risk and how old the site's knowledge is; `undefined` before there is a policy. */
  exposure(): ExposureView | undefined
  /** An issuer of payers' codes is known: somebody may pay with one. */
  takesCodes(): boolean
  /** The car park, where there is one. */
  readonly parking: ParkingReads
  /** Counted since the process started; they only rise. */
  counters(): CountersView
  /** Everything that must hold before the gateway takes money, each with what is wrong and what to do. */
  readiness(): readonly ReadinessItem[]
}

/** A record as the journal holds it, with its hash (base64url or hex as stored). */
export type JournalRow = JournalRecord & { readonly hash: string }

export type JournalHead = { readonly epoch: number; readonly seq: number }

export type DeviceView = Device & {
  readonly present: boolean
  /** It is there, and does not answer when it is asked: what it says counts as said before. */
  readonly silent: boolean
  /** When presence last changed; `null` where it has not been seen since the start. */
  readonly presenceSince: Instant | null
}

export type LaneView = {
  readonly lane: Lane
  readonly state: LaneState
  readonly barrierPresent: boolean
  /** The active devices of the lane. */
  readonly devices: readonly DeviceHere[]
}

export type ExposureView = {
  /** Accepted in live mode and not settled yet. */
  readonly atRisk: Money
  readonly limit: Money
  /** When upstream was last reached; `null` for a site that never has been. */
  readonly lastContactAt: Instant | null
  readonly offlineMaxMs: number
  readonly keySetIssuedAt: Instant | null
  readonly keySetAgeMaxMs: number
  readonly denyListIssuedAt: Instant | null
  readonly denyListAgeMaxMs: number
}

export type CountersView = {
  readonly since: Instant
  /** Everything that was shown to a reader or a phone, taken or not. */
  readonly scans: number
  /** Payments and passages that were newly granted. */
  readonly accepted: number
  /** Money taken in live mode; `null` before there is a layout to say the currency. */
  readonly taken: Money | null
  /** By reason, also those which leave no record. */
  readonly refused: Readonly<Partial<Record<Refusal, number>>>
  /** What came and was given back by tender, live mode. */
  readonly takings: TakingsView
  /** Of devices that chatter: how often something was answered, and is in no record. */
  readonly dropped: ReadonlyMap<DeviceId, number>
}

export type TakingsView = {
  /** Since the start; they only rise. */
  readonly tenders: readonly TakenBy[]
  /** `since`: the start, where that was in the middle of the day; else `null`, and it is the whole day. */
  readonly today: { readonly day: LocalDay; readonly since: Instant | null; readonly tenders: readonly TakenBy[] }
}

/** Smallest units of the one currency. */
export type TakenBy = Pick<TenderTakings, 'tender' | 'taken' | 'givenBack' | 'payments'>

export type ReadinessItem = {
  /** A short fixed name: `database`, `broker`, `keys`, `clock`, `disk`, `layout`, `policy`. */
  readonly what: string
  readonly ok: boolean
  readonly detail: { readonly vi: string; readonly en: string }
}
