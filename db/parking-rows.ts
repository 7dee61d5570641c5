import type {
  CaseId,
  ChargeId,
  DocumentId,
  LaneId,
  MerchantId,
  PlaceId,
  RightId,
  SessionId,
  VehicleClass,
} from '../core/ids.ts'
import type { Passage } from '../core/lane/state.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode } from '../core/money.ts'
import { money } from '../core/money.ts'
import type { BankCredit } from '../core/parking/credit.ts'
import type { PassSale } from '../core/parking/sale.ts'
import type {
  AssignedRight,
  PlateValue,
  Segment,
  Session,
  SessionCredential,
  StaffCase,
} from '../core/parking/session.ts'
import type { LocalDay } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type * as tables from './schema.ts'

export type SessionRow = {
  readonly id: string
  readonly mode: Mode
  readonly vehicle_class: string
  readonly place: string
  readonly entry_lane: string
  readonly entered_at: number
  readonly entry_by: Session['entry']['by']
  readonly is_from_ticket: 0 | 1
  readonly is_entry_unsure: 0 | 1
  readonly status: Session['status']
  readonly charge: string | null
  readonly settled_at: number | null
  readonly grace_ms: number | null
  readonly moved_at: number
  readonly passback_reset_at: number | null
}

export function sessionOf(row: SessionRow, credentials: readonly SessionCredential[]): Session {
  return {
    id: row.id as SessionId,
    mode: row.mode,
    vehicleClass: row.vehicle_class as VehicleClass,
    place: row.place as PlaceId,
    entry: {
      lane: row.entry_lane as LaneId,
      at: instant(row.entered_at),
      by: row.entry_by,
      isFromTicket: row.is_from_ticket === 1,
      ...(row.is_entry_unsure === 1 ? { isUnsure: true as const } : {}),
    },
    credentials,
    status: row.status,
    charge: row.charge as ChargeId | null,
    settledAt: row.settled_at === null ? null : instant(row.settled_at),
    ...(row.grace_ms === null ? {} : { graceMs: row.grace_ms }),
  }
}

export type CredentialRow = {
  /** Rises from row to row. */
  readonly written: number
  readonly kind: SessionCredential['kind']
  readonly value: string
  readonly ref: string | null
  readonly likeness: string | null
  readonly tail: string | null
  readonly confidence_permille: number | null
}

export function credentialOf(row: CredentialRow): SessionCredential {
  switch (row.kind) {
    case 'ticket':
      return { kind: 'ticket', ticket: row.value as DocumentId }
    case 'right':
      return { kind: 'right', right: row.value as RightId }
    case 'payer':
      return { kind: 'payer', payer: { ref: row.ref ?? '', mac: row.value } }
    case 'plate':
      return {
        kind: 'plate',
        plate: { ref: row.ref ?? '', mac: row.value, likeness: row.likeness ?? '', tail: row.tail ?? '' },
        confidencePermille: row.confidence_permille ?? 0,
      }
  }
}

export type SegmentRow = {
  readonly session: string
  readonly segment_index: number
  readonly place: string
  readonly from: number
  readonly until: number
  readonly is_until_unsure: 0 | 1
  readonly tariff: string | null
  readonly tariff_version: string | null
  readonly right: string | null
  readonly amount: number
  readonly currency: string
}

export function segmentOf(row: SegmentRow): Segment {
  return {
    session: row.session as SessionId,
    index: row.segment_index,
    place: row.place as PlaceId,
    from: instant(row.from),
    until: instant(row.until),
    ...(row.is_until_unsure === 1 ? { isUntilUnsure: true as const } : {}),
    tariff: row.tariff === null || row.tariff_version === null ? null : { id: row.tariff, version: row.tariff_version },
    right: row.right as RightId | null,
    amount: money(row.amount, row.currency as CurrencyCode),
  }
}

export type RightRow = {
  readonly id: string
  readonly kind: AssignedRight['kind']
  readonly status: AssignedRight['status']
  readonly holder_ref: string | null
  readonly holder_mac: string | null
  readonly places: string
  readonly vehicle_classes: string
  readonly spaces: number
  readonly valid_from: number
  readonly valid_until: number
  readonly hours: string
  readonly away: string | null
  readonly moved_at: number | null
  readonly session: string | null
  readonly relief: string
  readonly code: string | null
  readonly coded_at: number | null
  readonly merchant: string | null
  readonly given_on: string | null
}

export function rightOf(row: RightRow, plates: readonly PlateValue[]): AssignedRight {
  return {
    id: row.id as RightId,
    kind: row.kind,
    status: row.status,
    holder: row.holder_ref === null || row.holder_mac === null ? null : { ref: row.holder_ref, mac: row.holder_mac },
    places: JSON.parse(row.places) as AssignedRight['places'],
    vehicleClasses: JSON.parse(row.vehicle_classes) as AssignedRight['vehicleClasses'],
    plates,
    spaces: row.spaces,
    validFrom: instant(row.valid_from),
    validUntil: instant(row.valid_until),
    hours: JSON.parse(row.hours) as AssignedRight['hours'],
    ...awayOf(row),
    code:
      row.code === null || row.coded_at === null
        ? null
        : { id: row.code as DocumentId, issuedAt: instant(row.coded_at) },
    given:
      row.merchant === null || row.given_on === null
        ? null
        : { merchant: row.merchant as MerchantId, on: row.given_on as LocalDay },
    session: row.session as SessionId | null,
    relief: JSON.parse(row.relief) as AssignedRight['relief'],
  }
}

function awayOf({ away, status, moved_at: movedAt }: RightRow): Pick<AssignedRight, 'away'> {
  if (away !== null) return { away: JSON.parse(away) as NonNullable<AssignedRight['away']> }
  return status === 'active' ? {} : { away: [{ from: instant(movedAt ?? 0), until: null }] }
}

export type SaleRow = {
  readonly charge: string
  readonly right: string
  readonly kind: PassSale['kind']
  readonly mode: Mode
  readonly tariff: string
  readonly tariff_version: string
  readonly pass: string
  readonly vehicle_class: string
  readonly months: number
  readonly sold_at: number
  readonly due_at: number
  readonly from: number
  readonly until: number
  readonly status: PassSale['state']['status']
  readonly moved_at: number | null
  readonly is_last: 0 | 1
}

export function saleOf(row: SaleRow): PassSale {
  const { status, moved_at: at } = row
  return {
    charge: row.charge as ChargeId,
    right: row.right as RightId,
    kind: row.kind,
    mode: row.mode,
    offer: {
      tariff: { id: row.tariff, version: row.tariff_version },
      pass: row.pass,
      vehicleClass: row.vehicle_class as VehicleClass,
      months: row.months,
    },
    soldAt: instant(row.sold_at),
    dueAt: instant(row.due_at),
    period: { from: instant(row.from), until: instant(row.until) },
    state: status === 'unpaid' ? { status } : { status, at: instant(at ?? row.sold_at) },
  }
}

export type CaseRow = {
  readonly id: string
  readonly kind: StaffCase['kind']
  readonly mode: Mode
  readonly lane: string | null
  readonly session: string | null
  readonly charge: string | null
  readonly opened_at: number
  readonly pictures: string
  readonly status: StaffCase['status']
}

export function caseOf(row: CaseRow): StaffCase {
  return {
    id: row.id as CaseId,
    kind: row.kind,
    mode: row.mode,
    lane: row.lane as LaneId | null,
    session: row.session as SessionId | null,
    charge: row.charge as ChargeId | null,
    openedAt: instant(row.opened_at),
    pictures: JSON.parse(row.pictures) as readonly string[],
    status: row.status,
  }
}

export function caseOrNull(row: CaseRow | undefined): StaffCase | null {
  return row === undefined ? null : caseOf(row)
}

export type CreditRow = {
  readonly mode: Mode
  readonly reference: string
  readonly amount: number
  readonly currency: string
  readonly text_ref: string | null
  readonly text_mac: string | null
  readonly told_at: number | null
  readonly at: number
  readonly status: BankCredit['status']
  readonly parts: string
  readonly overpaid: number
  readonly case: string | null
  readonly sent_back: string | null
}

export function creditOf(row: CreditRow): BankCredit {
  return {
    reference: row.reference,
    mode: row.mode,
    amount: money(row.amount, row.currency as CurrencyCode),
    text: row.text_ref === null || row.text_mac === null ? null : { ref: row.text_ref, mac: row.text_mac },
    toldAt: row.told_at === null ? null : instant(row.told_at),
    at: instant(row.at),
    status: row.status,
    parts: JSON.parse(row.parts) as BankCredit['parts'],
    overpaid: row.overpaid,
    case: row.case as CaseId | null,
    ...(row.sent_back === null ? {} : { sentBack: row.sent_back }),
  }
}

export type ChargeRow = {
  readonly id: string
  readonly place_kind: 'stall' | 'lane' | 'site'
  readonly place_id: string
  readonly merchant: string
  readonly due: number
  readonly currency: string
  readonly paid: number
  readonly mode: Mode
  readonly status: (typeof tables.charge.$inferSelect)['status']
  readonly session: string | null
  readonly opened_at: number
  readonly expires_at: number
  readonly closed_at: number | null
  readonly owed_at: number | null
  readonly overpaid: number
  readonly refunded: number
  readonly asked_with: string | null
  readonly seq: number
}

export function chargeRow(row: ChargeRow): typeof tables.charge.$inferSelect {
  const { place_kind, place_id, opened_at, expires_at, closed_at, owed_at, asked_with, ...same } = row
  return {
    ...same,
    placeKind: place_kind,
    placeId: place_id,
    openedAt: opened_at,
    expiresAt: expires_at,
    closedAt: closed_at,
    owedAt: owed_at,
    askedWith: asked_with,
  }
}

export type PassageRow = {
  readonly id: string
  readonly lane: string
  readonly mode: Mode
  readonly ground: string
  readonly spent_iss: string | null
  readonly spent_id: string | null
  readonly payer: string | null
  readonly presence: number | null
  readonly session: string | null
  readonly granted_at: number
  readonly until: number
  readonly status: Passage['status']
  readonly moved_at: number | null
  readonly seq: number
}

export function passageRow(row: PassageRow): typeof tables.passage.$inferSelect {
  const { spent_iss, spent_id, granted_at, moved_at, ...same } = row
  return { ...same, spentIss: spent_iss, spentId: spent_id, grantedAt: granted_at, movedAt: moved_at }
}

/** What a stay that is open or owed is known by under a salt, and what that stands for. */
export type HeldRow = {
  readonly kind: 'plate' | 'payer'
  readonly session: string
  readonly value: string
  readonly confidence_permille: number | null
  readonly text: string
}
