import type { CaseId, ChargeId, LaneId, PlaceId, RightId, SessionId, VehicleClass } from '../core/ids.ts'
import { gatewayId } from '../core/ids.ts'
import type { Mode } from '../core/mode.ts'
import type { BankCredit } from '../core/parking/credit.ts'
import type { DebtFacts, ParkingCommon, RightFacts, StayCharge, StayFacts } from '../core/parking/facts.ts'
import type { PlateText } from '../core/parking/plate.ts'
import { hasPlatePart, readPlatePart } from '../core/parking/plate.ts'
import type { PassSale } from '../core/parking/sale.ts'
import type { Session, StaffCase, StaffCaseKind } from '../core/parking/session.ts'
import { isOver, surestPlate } from '../core/parking/session.ts'
import { ticketDigits } from '../core/parking/ticket-digits.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { Instant, Now } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { CorrectionsPage } from './corrections.ts'
import { createCorrections } from './corrections.ts'
import { eventIs } from './former-kinds.ts'
import type { Db } from './open.ts'
import type { ParkingRules } from './parking-facts.ts'
import { createParkingReader } from './parking-facts.ts'
import type { CaseRow, CreditRow } from './parking-rows.ts'
import { caseOf, creditOf } from './parking-rows.ts'
import { createPseudonyms } from './pseudonyms.ts'

/** An open stay in a list: nothing of whose it is. */
export type OpenStay = {
  readonly id: SessionId
  readonly vehicleClass: VehicleClass
  readonly place: PlaceId
  readonly status: Session['status']
  readonly entry: { readonly lane: LaneId; readonly at: Instant; readonly by: Session['entry']['by'] }
}

export type OpenStays = {
  /** Newest entry first. */
  readonly stays: readonly OpenStay[]
  /** Where the next page begins; `null` after the last. A page may be empty and have a next one: so many stays were looked through. */
  readonly next: StayCursor | null
}

/** By the time of entry: `oldest` for whoever looks for what was left behind. */
export type StayOrder = 'newest' | 'oldest'

export type StayCursor = { readonly enteredAt: number; readonly id: string }

/** A stay that a part of a plate has found. */
export type FoundPlate = OpenStay & { readonly plate: string; readonly owes: boolean }

export type PlateSearch =
  | { readonly ok: false }
  /** `isWhole`: all open stays were looked through, and not only the ends of their plates, and all that has this part is named. */
  | { readonly ok: true; readonly found: readonly FoundPlate[]; readonly isWhole: boolean }

/** `reason`: what happened, or what somebody typed, while the vault has it. */
export type CaseReport = StaffCase & {
  readonly endedAt: Instant | null
  readonly reason: string | null
  /** Whether its stay has ended; `null` where it is about none. */
  readonly isStayOver: boolean | null
}

/** The texts of its plates and the name of its holder, `null` for one that the vault has no more. */
export type RightReport = RightFacts & {
  readonly plateTexts: readonly (string | null)[]
  readonly holderName: string | null
  /** Its newest sale; `null` for one that was never sold. */
  readonly sale: ChargeId | null
}

/** A sale of a pass, and its charge. */
export type PassSaleReport = { readonly sale: PassSale; readonly charge: StayCharge }

/** A bank's credit that waits for a person, with what may be meant by it. Nothing of it is booked by that: amount and time are a suggestion. */
export type CreditReport = BankCredit & {
  /** What its payer wrote, while the vault has it. */
  readonly says: string | null
  /** The charge that it names, of which staff hold cash: a person says whose transfer it is. `null`: it names none. */
  readonly named: ChargeId | null
  /** Stays that ask for this very amount, those first that were asked nearest to it in time. */
  readonly suggestions: readonly {
    readonly charge: ChargeId
    readonly session: SessionId
    readonly openedAt: Instant
  }[]
}

export const CREDITS_LISTED_MAX = 100
export const SUGGESTIONS_MAX = 5
export const STAYS_LOOKED_THROUGH_MAX = 2_000
export const STAYS_LISTED_MAX = 200
export const PLATES_FOUND_MAX = 20
export const CASES_LISTED_MAX = 200
export const RIGHTS_LISTED_MAX = 200
export const VALIDATIONS_LISTED_MAX = 1_000

/** What a merchant gave on one local day, and what of it has been borne: of stays that are over. */
export type MerchantValidations = {
  readonly day: string
  readonly merchant: string
  readonly given: number
  readonly borne: number
}

/** What was told last: the next page begins after it. */
export type ValidationCursor = { readonly day: string; readonly merchant: string }

/** No day is so late. */
const BEFORE_ALL: ValidationCursor = { day: '~', merchant: '' }

export type ValidationsPage = {
  readonly validations: readonly MerchantValidations[]
  /** `null` after the last. */
  readonly next: ValidationCursor | null
}

/** What people ask of a car park's books, read as of the last commit. Nothing here writes; every list is bounded, and so is what is looked through for it. */
export type ParkingReports = {
  /** `null` where the layout or the policy says nothing of a car park. */
  common(mode: Mode): ParkingCommon | null
  /** A stay, open or over; `null` for one that is unknown or of the other mode. */
  stay(id: SessionId, mode: Mode): StayFacts | null
  /** What the plate by which a stay is known best owes from before, the oldest first. */
  debtsOf(stay: StayFacts): readonly DebtFacts[]
  openStays(
    mode: Mode,
    filter: { readonly place: PlaceId | null; readonly lane: LaneId | null },
    after: StayCursor | null,
    limit: number,
    order?: StayOrder,
  ): OpenStays
  /**
   * Open stays, and those that still owe, whose plate has this part: by its end through an index, and anywhere in the newest `STAYS_LOOKED_THROUGH_MAX` open ones. Refuses a part of less than four
   * characters. Names at most `PLATES_FOUND_MAX` of those that whoever asks `may` see.
   */
  searchPlates(part: string, mode: Mode, may: (stay: OpenStay) => boolean): PlateSearch
  /** The stay that has this plate, exactly, and a ticket with these digits; `null` where none or more than one has. */
  stayOfTicket(plate: string, digits: string, mode: Mode): SessionId | null
  /** The one open stay that is known by this whole plate, where no ticket was given for it; `null` where there is none, more than one, or one with a ticket. */
  stayWithoutTicket(plate: string, mode: Mode): SessionId | null
  /** What stands on a stay’s ticket; `null` where it has none, or these books did not sign it. */
  ticketDigits(session: Session): string | null
  /** The surest plate by which a stay is known, as it was read or as staff wrote it; `null` where it has none or the vault has it no more. */
  plateText(session: Session): string | null
  /** Oldest first, after this one; of one kind, or of all. */
  openCases(mode: Mode, kind: StaffCaseKind | null, after: CaseId | null, limit: number): CasesPage
  staffCase(id: CaseId, mode: Mode): CaseReport | null
  /** What the vault says of a picture, and where and in which mode it was taken, as far as the books still know; `null` for a place that is none. */
  picture(ref: string): PictureReport | null
  /** Credits that are booked to nothing: those that wait, and those that are to go back. Oldest first. */
  waitingCredits(mode: Mode, limit: number): readonly CreditReport[]
  /** What people have put right in records after this one, and why. */
  corrections(mode: Mode, afterSeq: number): CorrectionsPage
  right(id: RightId, mode: Mode): RightReport | null
  /** A sale of a pass by its charge. */
  passSale(id: ChargeId, mode: Mode): PassSaleReport | null
  /** The newest sale of a pass; `null` for one that was never sold. */
  newestSale(right: RightId): ChargeId | null
  /** By id, after this one. */
  rights(mode: Mode, after: RightId | null, limit: number): readonly RightReport[]
  /** Newest day first, both days among them, and of a day by merchant; those after `after`. */
  validations(mode: Mode, from: string, to: string, after: ValidationCursor | null, limit: number): ValidationsPage
}

export type CasesPage = {
  readonly cases: readonly CaseReport[]
  /** `null` after the last. */
  readonly next: CaseId | null
}

export type PictureReport = {
  /** `null` once it has been erased. */
  readonly name: string | null
  readonly lane: LaneId | null
  readonly mode: Mode | null
}

export function createParkingReports(db: Db, rules: () => ParkingRules, now: () => Now): ParkingReports {
  const pseudonyms = createPseudonyms(db, () => {
    throw new Error('a report made a salt: it must not write')
  })
  const reader = createParkingReader(db, pseudonyms)
  const read = prepare(db)
  // The position names pictures that are newly kept; a report keeps none.
  const reading = (mode: Mode) => reader.at(rules, mode, { gateway: gatewayId('report'), epoch: 0, seq: 0 }, now())

  return {
    common: (mode) => reading(mode).common(),
    corrections: createCorrections(db.$client),
    stay: stayOf,
    debtsOf: (stay) => reading(stay.session.mode).debtsOf(stay),
    openStays(mode, { place, lane }, after, limit, order = 'newest') {
      const { statement, from } = read.openStays[order]
      const pageMax = Math.min(limit, STAYS_LISTED_MAX)
      // Where all are wanted, one more than the page has says whether there are more.
      const readMax = place === null && lane === null ? pageMax + 1 : STAYS_LOOKED_THROUGH_MAX
      const rows = statement.all(mode, after?.enteredAt ?? from, after?.enteredAt ?? from, after?.id ?? '', readMax)
      const wanted = rows.filter(
        (row) => (place === null || row.place === place) && (lane === null || row.entry_lane === lane),
      )
      const page = wanted.slice(0, pageMax)
      const isCut = wanted.length > page.length
      const last = isCut ? page.at(-1) : rows.length === STAYS_LOOKED_THROUGH_MAX ? rows.at(-1) : undefined
      return {
        stays: page.map(openStayOf),
        next: last === undefined ? null : { enteredAt: last.entered_at, id: last.id },
      }
    },
    searchPlates(text, mode, may) {
      const typed = readPlatePart(text)
      if (!typed.ok) return { ok: false }
      pseudonyms.forget()
      const tails = JSON.stringify(pseudonyms.tailEverywhere(typed.part))
      const byTail = read.byTail.all(tails, mode)
      const scanned = read.platesOfOpen.all(mode)
      const found = new Map<string, FoundPlate>()
      let isWhole = Math.max(byTail.length, scanned.length) < STAYS_LOOKED_THROUGH_MAX
      for (const row of [...byTail, ...scanned]) {
        if (row.value === null || found.has(row.id) || !hasPlatePart(row.value as PlateText, typed.part)) continue
        const stay = openStayOf(row)
        if (!may(stay)) continue
        if (found.size >= PLATES_FOUND_MAX) {
          isWhole = false
          break
        }
        found.set(row.id, { ...stay, plate: row.value, owes: row.held === 'owed' })
      }
      return { ok: true, found: [...found.values()], isWhole }
    },
    stayOfTicket(plate, digits, mode) {
      pseudonyms.forget()
      const named = pseudonyms.plate(plate)
      if (named === null) return null
      const macs = JSON.stringify(named.everywhere().map(({ mac }) => mac))
      const found = read.ticketsOfPlate.all(macs, mode).filter(({ jws }) => ticketDigits(jws) === digits)
      const ids = new Set(found.map((row) => row.session))
      const [only] = ids
      return ids.size === 1 ? ((only ?? null) as SessionId | null) : null
    },
    stayWithoutTicket(plate, mode) {
      pseudonyms.forget()
      const named = pseudonyms.plate(plate)
      if (named === null) return null
      const found = read.openOfPlate.all(JSON.stringify(named.everywhere().map(({ mac }) => mac)), mode)
      const ids = new Set(found.map((row) => row.session))
      const [only] = found
      return only !== undefined && ids.size === 1 && only.has_ticket === 0 ? (only.session as SessionId) : null
    },
    ticketDigits({ credentials }) {
      const ticket = credentials.find((each) => each.kind === 'ticket')
      const signed = ticket?.kind === 'ticket' ? read.ticket.get(ticket.ticket) : undefined
      return signed === undefined ? null : ticketDigits(signed.jws)
    },
    plateText: (session) => textOf(surestPlate(session)),
    openCases(mode, kind, after, limit) {
      const pageMax = Math.min(limit, CASES_LISTED_MAX)
      // One more than the page has says whether there are more.
      const rows =
        kind === null
          ? read.openCases.all(mode, after ?? '', after ?? '', pageMax + 1)
          : read.openCasesOf.all(kind, mode, after ?? '', after ?? '', pageMax + 1)
      const cases = rows.slice(0, pageMax).map(caseReportOf)
      return { cases, next: rows.length > pageMax ? (cases.at(-1)?.id ?? null) : null }
    },
    picture(ref) {
      const row = read.picture.get(ref)
      if (row === undefined) return null
      // Its place names the record in which it was seen.
      const [, , epoch, seq] = ref.split(':').map(Number)
      const record = read.pictureRecord.get(seq ?? 0, epoch ?? 0)
      return {
        name: row.value,
        lane: (record?.lane ?? null) as LaneId | null,
        mode: record?.mode ?? null,
      }
    },
    staffCase(id, mode) {
      const row = read.staffCase.get(id, mode)
      return row === undefined ? null : caseReportOf(row)
    },
    waitingCredits(mode, limit) {
      const waiting = read.credits.all(mode, Math.min(limit, CREDITS_LISTED_MAX)).map(creditOf)
      // Once for all of them: it may be thousands of rows.
      const asking = waiting.some(isUnmatched) ? read.asking.all(mode, mode) : []
      return waiting.map((credit) => ({
        ...credit,
        says: textOf(credit.text),
        named: (credit.case === null
          ? null
          : (read.staffCase.get(credit.case, mode)?.charge ?? null)) as ChargeId | null,
        suggestions: isUnmatched(credit) ? suggestionsFor(credit, asking) : [],
      }))
    },
    right: rightOf,
    passSale(id, mode) {
      const { charge, sale } = reading(mode).chargeOf(id)
      return charge === null || sale === null || charge.charge.mode !== mode ? null : { charge, sale: sale.sale }
    },
    newestSale,
    rights: (mode, after, limit) =>
      read.rights
        .all(after ?? '', Math.min(limit, RIGHTS_LISTED_MAX))
        .flatMap(({ id }) => rightOf(id as RightId, mode) ?? []),
    validations(mode, from, to, after, limit) {
      const rowsMax = Math.min(limit, VALIDATIONS_LISTED_MAX)
      const { day, merchant } = after ?? BEFORE_ALL
      const rows = read.validations.all(mode, from, to, day, day, merchant, rowsMax + 1)
      const page = rows.slice(0, rowsMax)
      const last = rows.length > rowsMax ? page.at(-1) : undefined
      return { validations: page, next: last === undefined ? null : { day: last.day, merchant: last.merchant } }
    },
  }

  function stayOf(id: SessionId, mode: Mode): StayFacts | null {
    const stay = reading(mode).stay(id)
    return stay === null || stay.session.mode !== mode ? null : stay
  }

  function suggestionsFor(
    { amount, toldAt, at }: BankCredit,
    asking: readonly AskingRow[],
  ): CreditReport['suggestions'] {
    const came = toldAt ?? at
    return asking
      .filter((row) => row.due - row.paid === amount.amount && row.currency === amount.currency)
      .toSorted((left, right) => Math.abs(left.opened_at - came) - Math.abs(right.opened_at - came))
      .slice(0, SUGGESTIONS_MAX)
      .map((row) => ({
        charge: row.id as ChargeId,
        session: row.session as SessionId,
        openedAt: instant(row.opened_at),
      }))
  }

  function rightOf(id: RightId, mode: Mode): RightReport | null {
    const facts = reading(mode).right(id)
    if (facts === null) return null
    const { plates, holder } = facts.right
    return { ...facts, plateTexts: plates.map(textOf), holderName: textOf(holder), sale: newestSale(id) }
  }

  function newestSale(right: RightId): ChargeId | null {
    return (read.newestSale.get(right)?.charge ?? null) as ChargeId | null
  }

  function caseReportOf(row: EndedCaseRow): CaseReport {
    const said =
      row.reason_ref === null || row.reason_mac === null ? null : { ref: row.reason_ref, mac: row.reason_mac }
    return { ...caseReport(row), reason: row.reason ?? textOf(said) }
  }

  function textOf(value: PersonalValue | null): string | null {
    return value === null ? null : (read.vaultValue.get(value.ref)?.value ?? null)
  }
}

/** Of all days between these, page by page. */
export function everyValidation(
  reports: Pick<ParkingReports, 'validations'>,
  mode: Mode,
  from: string,
  to: string,
): readonly MerchantValidations[] {
  const rows: MerchantValidations[] = []
  for (let after: ValidationCursor | null = null; ; ) {
    const { validations, next }: ValidationsPage = reports.validations(mode, from, to, after, VALIDATIONS_LISTED_MAX)
    rows.push(...validations)
    if (next === null) return rows
    after = next
  }
}

const isUnmatched = ({ status }: BankCredit): boolean => status === 'unmatched'

const NEVER = 8_640_000_000_000_000

type StayRow = {
  readonly id: string
  readonly vehicle_class: string
  readonly place: string
  readonly entry_lane: string
  readonly entered_at: number
  readonly entry_by: Session['entry']['by']
  readonly status: Session['status']
}

type PlateRow = StayRow & { readonly value: string | null; readonly held: 'open' | 'owed' }

type AskingRow = {
  readonly id: string
  readonly session: string
  readonly due: number
  readonly paid: number
  readonly currency: string
  readonly opened_at: number
}

type EndedCaseRow = CaseRow & {
  readonly ended_at: number | null
  readonly reason: string | null
  readonly reason_ref: string | null
  readonly reason_mac: string | null
  readonly stay_status: Session['status'] | null
}

function openStayOf(row: StayRow): OpenStay {
  return {
    id: row.id as SessionId,
    vehicleClass: row.vehicle_class as VehicleClass,
    place: row.place as PlaceId,
    status: row.status,
    entry: { lane: row.entry_lane as LaneId, at: instant(row.entered_at), by: row.entry_by },
  }
}

function caseReport(row: EndedCaseRow): Omit<CaseReport, 'reason'> {
  return {
    ...caseOf(row),
    endedAt: row.ended_at === null ? null : instant(row.ended_at),
    isStayOver: row.stay_status === null ? null : isOver({ status: row.stay_status }),
  }
}

const STAY_OF_CASE = '(SELECT session.status FROM session WHERE session.id = staff_case.session) AS stay_status'

/** Where many rows are open, what is looked through is bounded before anything is chosen from it. */
const READS = {
  openStays: `SELECT id, vehicle_class, place, entry_lane, entered_at, entry_by, status FROM session
    WHERE status IN ('entering', 'inside', 'leaving') AND mode = +? AND entered_at <= ? AND (entered_at < +? OR id < +?)
    ORDER BY entered_at DESC, id DESC LIMIT ?`,
  openStaysOldest: `SELECT id, vehicle_class, place, entry_lane, entered_at, entry_by, status FROM session
    WHERE status IN ('entering', 'inside', 'leaving') AND mode = +? AND entered_at >= ? AND (entered_at > +? OR id > +?)
    ORDER BY entered_at, id LIMIT ?`,
  byTail: `SELECT session.id, vehicle_class, place, entry_lane, entered_at, entry_by, status, vault.value AS value, held.held AS held
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.tail = asked.value
    CROSS JOIN session ON session.id = held.session LEFT JOIN vault ON vault.ref = held.ref
    WHERE held.held IS NOT NULL AND held.tail IS NOT NULL AND session.mode = +? LIMIT ${STAYS_LOOKED_THROUGH_MAX}`,
  platesOfOpen: `SELECT newest.*, vault.value AS value, 'open' AS held
    FROM (SELECT id, vehicle_class, place, entry_lane, entered_at, entry_by, status FROM session
      WHERE status IN ('entering', 'inside', 'leaving') AND mode = +? ORDER BY entered_at DESC LIMIT ${STAYS_LOOKED_THROUGH_MAX}) AS newest
    LEFT JOIN session_credential AS known ON known.session = newest.id AND known.kind = 'plate'
    LEFT JOIN vault ON vault.ref = known.ref`,
  ticketsOfPlate: `SELECT held.session AS session, document.jws AS jws
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    CROSS JOIN session_credential AS ticket ON ticket.session = held.session AND ticket.kind = 'ticket'
    CROSS JOIN document ON document.id = ticket.value
    WHERE held.held IS NOT NULL AND session.mode = +? LIMIT 32`,
  openOfPlate: `SELECT held.session AS session, EXISTS (
      SELECT 1 FROM session_credential AS ticket WHERE ticket.session = held.session AND ticket.kind = 'ticket'
    ) AS has_ticket
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.held = 'open' AND session.status IN ('inside', 'leaving') AND session.mode = +? LIMIT 32`,
  ticket: "SELECT jws FROM document WHERE id = ? AND typ = 'ticket+jwt'",
  openCases: `SELECT *, ${STAY_OF_CASE} FROM staff_case WHERE status = 'open' AND mode = +?
    AND (+? = '' OR (opened_at, id) > (SELECT opened_at, id FROM staff_case WHERE id = +?)) ORDER BY opened_at, id LIMIT ?`,
  openCasesOf: `SELECT *, ${STAY_OF_CASE} FROM staff_case WHERE status = 'open' AND kind = ? AND mode = +?
    AND (+? = '' OR (opened_at, id) > (SELECT opened_at, id FROM staff_case WHERE id = +?)) ORDER BY opened_at, id LIMIT ?`,
  staffCase: `SELECT *, ${STAY_OF_CASE} FROM staff_case WHERE id = ? AND mode = ?`,
  credits: `SELECT * FROM bank_credit WHERE status IN ('unmatched', 'refund-due') AND +mode = +? ORDER BY at LIMIT ?`,
  asking: `SELECT charge.id, charge.session, charge.due, charge.paid, charge.currency, charge.opened_at
    FROM (SELECT charge FROM session
      WHERE status IN ('entering', 'inside', 'leaving') AND charge IS NOT NULL AND mode = +? ORDER BY entered_at DESC LIMIT ${STAYS_LOOKED_THROUGH_MAX})
      AS newest CROSS JOIN charge ON charge.id = newest.charge
    UNION ALL
    SELECT * FROM (SELECT id, session, due, paid, currency, opened_at FROM charge
      WHERE status IN ('open', 'owed') AND status = 'owed' AND place_kind = 'site' AND mode = +? LIMIT ${STAYS_LOOKED_THROUGH_MAX})`,
  validations: `SELECT given_on AS day, assigned_right.merchant AS merchant, count(*) AS given, sum(borne) AS borne
    FROM assigned_right JOIN session ON session.id = assigned_right.session
    WHERE assigned_right.merchant IS NOT NULL AND session.mode = +? AND given_on >= +? AND given_on <= +?
      AND (given_on < +? OR (given_on = +? AND assigned_right.merchant > +?))
    GROUP BY given_on, assigned_right.merchant ORDER BY given_on DESC, assigned_right.merchant LIMIT +?`,
  newestSale: 'SELECT charge FROM pass_sale WHERE "right" = ? ORDER BY sold_seq DESC LIMIT 1',
  rights: 'SELECT id FROM assigned_right WHERE id > ? ORDER BY id LIMIT ?',
  vaultValue: 'SELECT value FROM vault WHERE ref = ?',
  picture: "SELECT value FROM vault WHERE ref = ? AND purpose = 'picture'",
  pictureRecord: `SELECT mode, json_extract(body, '$.event.body.lane') AS lane FROM journal WHERE seq = ? AND epoch = ? AND ${eventIs('plate-seen')}`,
} as const

function prepare(db: Db) {
  const { $client: client } = db
  return {
    openStays: {
      newest: {
        statement: client.prepare<[Mode, number, number, string, number], StayRow>(READS.openStays),
        from: NEVER,
      },
      oldest: {
        statement: client.prepare<[Mode, number, number, string, number], StayRow>(READS.openStaysOldest),
        from: 0,
      },
    } satisfies Record<StayOrder, unknown>,
    byTail: client.prepare<[string, Mode], PlateRow>(READS.byTail),
    platesOfOpen: client.prepare<[Mode], PlateRow>(READS.platesOfOpen),
    ticketsOfPlate: client.prepare<[string, Mode], { session: string; jws: string }>(READS.ticketsOfPlate),
    openOfPlate: client.prepare<[string, Mode], { session: string; has_ticket: 0 | 1 }>(READS.openOfPlate),
    ticket: client.prepare<[string], { jws: string }>(READS.ticket),
    openCases: client.prepare<[Mode, string, string, number], EndedCaseRow>(READS.openCases),
    openCasesOf: client.prepare<[StaffCaseKind, Mode, string, string, number], EndedCaseRow>(READS.openCasesOf),
    staffCase: client.prepare<[string, Mode], EndedCaseRow>(READS.staffCase),
    credits: client.prepare<[Mode, number], CreditRow>(READS.credits),
    asking: client.prepare<[Mode, Mode], AskingRow>(READS.asking),
    validations: client.prepare<[Mode, string, string, string, string, string, number], MerchantValidations>(
      READS.validations,
    ),
    newestSale: client.prepare<[string], { charge: string }>(READS.newestSale),
    rights: client.prepare<[string, number], { id: string }>(READS.rights),
    vaultValue: client.prepare<[string], { value: string | null }>(READS.vaultValue),
    picture: client.prepare<[string], { value: string | null }>(READS.picture),
    pictureRecord: client.prepare<[number, number], { mode: Mode; lane: string | null }>(READS.pictureRecord),
  }
}
