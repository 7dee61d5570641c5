import type { Change } from '../core/changes.ts'
import type {
  CaseId,
  ChargeId,
  DocumentId,
  LaneId,
  MerchantId,
  PlaceId,
  Position,
  RightId,
  SessionId,
  VehicleClass,
} from '../core/ids.ts'
import type { LaneState, Passage } from '../core/lane-state.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode } from '../core/money.ts'
import { money } from '../core/money.ts'
import type { BankCredit } from '../core/parking/credit.ts'
import type {
  DebtFacts,
  FoundStay,
  LaneParkingFacts,
  ParkingCommon,
  RightFacts,
  ShownFacts,
  StayCharge,
  StayFacts,
  TariffsInForce,
} from '../core/parking/facts.ts'
import {
  CASES_READ_MAX,
  DEBTS_READ_MAX,
  NOTHING_SHOWN,
  RIGHTS_READ_MAX,
  STAYS_READ_MAX,
} from '../core/parking/facts.ts'
import { rightOfToken } from '../core/parking/rights.ts'
import type {
  AssignedRight,
  PlateValue,
  Segment,
  Session,
  SessionCredential,
  StaffCase,
} from '../core/parking/session.ts'
import { surestPlate } from '../core/parking/session.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { SiteLayout, SitePolicy } from '../core/site.ts'
import type { LocalDay, Now } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { PresentedToken, TicketToken } from '../core/tokens.ts'
import type { Db } from './open.ts'
import type { ParkingLookUps, Shown } from './parking-look-ups.ts'
import type { PlateNames, Pseudonyms } from './pseudonyms.ts'
import { hmac } from './pseudonyms.ts'
import { chargeFactsOf, passageOf } from './rows.ts'
import type * as tables from './schema.ts'

/** A personal value that facts have named: it is kept where the decision names it too. */
export type ValueToKeep = {
  readonly ref: string
  readonly salt: string | null
  readonly value: string
  readonly purpose: 'plate' | 'picture' | 'payer' | 'transfer-text' | 'holder'
  readonly eraseAt: number
}

/** What the site's bundles say of its car park. */
export type ParkingRules = {
  readonly layout: SiteLayout | null
  readonly policy: SitePolicy | null
  readonly tariffs: TariffsInForce | null
}

export type ParkingReader = {
  /** The facts of one event: what all its questions share is read once. */
  at(rules: () => ParkingRules, mode: Mode, position: Position, now: Now): ParkingReading
  /** Whether a salt is past its time by which a stay that is open or owed is still known. */
  isRenameDue(now: Now): boolean
}

type SessionRenamed = Extract<Change, { kind: 'session-renamed' }>

type HeldRow = {
  readonly kind: 'plate' | 'payer'
  readonly session: string
  readonly value: string
  readonly confidence_permille: number | null
  readonly text: string
}

export type ParkingReading = ParkingLookUps & {
  /** Names anew what is still known by a salt that is past its time, so many stays at a time. */
  renamed(): readonly SessionRenamed[]
  readonly values: readonly ValueToKeep[]
}

/** Bounded by what a stay is ever known by: several plates that were read, a ticket, a payer, a right. */
export const CREDENTIALS_READ_MAX = 32
/** Stays that are named anew in one record. */
export const RENAMED_AT_ONCE_MAX = 100
const SEGMENTS_READ_MAX = 512
const SIGHTINGS_READ_MAX = 64

/**
 * Reads what a decision about a car park needs, in the transaction in which it is written. Every read is by an index of what is open or owed, and every list is
 * bounded: the stays that are over, however many, cost nothing.
 */
export function createParkingReader(db: Db, pseudonyms: Pseudonyms): ParkingReader {
  const read = prepare(db)

  return {
    at: readingAt,
    isRenameDue: (now) => periodsDue(now).some((period) => heldOf(period).length > 0),
  }

  /** Months whose salts are past their time. By a clock that was set back this month is not over. */
  function periodsDue(now: Now): readonly string[] {
    const due = read.saltsDue.all(now.at).map(({ ref }) => ref.slice('period:'.length))
    return due.filter((period) => period !== pseudonyms.periodOf(now))
  }

  function heldOf(period: string): readonly HeldRow[] {
    return [
      ...read.heldOfPeriod.all(`plate:${period}:`, `plate:${period};`),
      ...read.heldOfPeriod.all(`payer:${period}:`, `payer:${period};`),
    ]
  }

  function readingAt(rules: () => ParkingRules, mode: Mode, position: Position, now: Now): ParkingReading {
    const values: ValueToKeep[] = []
    let known: { readonly common: ParkingCommon | null } | undefined

    return {
      values,
      common,
      lane,
      shown: (shown) => (common() === null ? NOTHING_SHOWN : shownFacts(null, null, shown)),
      stay: (id) => (id === null ? null : stayFacts(id, mode)),
      chargeOf(id) {
        const charge = stayCharge(id)
        const session = charge?.charge.session ?? null
        return { charge, stay: session === null ? null : stayFacts(session, mode) }
      },
      laneOf(id, charge) {
        const known = read.laneOf.all(id, charge)
        const at = known.find(({ asks }) => asks === 1) ?? known[0]
        return (at?.lane ?? null) as LaneId | null
      },
      whereabouts(id) {
        const cameAt = read.cameAt.get(id)?.since ?? null
        return {
          session: id,
          cameAt: cameAt === null ? null : instant(cameAt),
          isSupposed: read.movedLane.get(id)?.moved_lane === null,
        }
      },
      casesAt: (id) => read.laneCases.all(id, mode).map(caseOf),
      right: (id) => rightFacts(id, mode, null),
      givenToday: (merchant) => (merchant === undefined ? 0 : (read.givenOn.get(merchant, now.local.day)?.count ?? 0)),
      rightPlates(texts, validUntil) {
        return texts.map((text) => {
          const named = pseudonyms.plate(text)
          if (named === null) return null
          const plate = named.ofRights()
          keep({ ref: plate.ref, salt: null, value: named.text, purpose: 'plate', eraseAt: validUntil + keepMs() })
          return plate
        })
      },
      rightHolder: (name) => (name === '' ? null : ofThisRecord('holder', name)),
      staffCase: (id) => caseOrNull(read.staffCase.get(id)),
      credit(reference) {
        const row = read.credit.get(mode, reference)
        return row === undefined ? null : creditOf(row)
      },
      transferText: (text) => ofThisRecord('transfer-text', text),
      renamed,
    }

    function common(): ParkingCommon | null {
      known ??= readCommon(rules())
      return known.common
    }

    function readCommon(site: ParkingRules): NonNullable<typeof known> {
      const layout = site.layout?.parking ?? null
      const policy = site.policy?.parking ?? null
      if (layout === null || policy === null) return { common: null }
      const occupancy = read.occupancy.all(mode).map((row) => ({
        place: row.place as PlaceId,
        vehicleClass: row.vehicle_class as VehicleClass,
        count: row.count,
      }))
      return { common: { layout, policy, tariffs: site.tariffs, occupancy } }
    }

    function keepMs(): number {
      return common()?.policy.plateKeepMs ?? 0
    }

    function keep(value: ValueToKeep): void {
      values.push(value)
    }

    function lane(id: LaneId, state: LaneState, current: Passage | null, shown: Shown): LaneParkingFacts | null {
      const shared = common()
      const settings = shared?.layout.lanes.find((each) => each.lane === id)
      if (shared === null || settings === undefined) return null
      const passing = current?.right.kind === 'session' ? current.right.session : null
      const visiting = state.visit?.session ?? null
      return {
        ...shared,
        lane: settings,
        visiting: visiting === null ? null : stayFacts(visiting, mode),
        passing: passing === null ? null : stayFacts(passing, mode),
        shown: shown.lookUp ? shownFacts(id, state, shown) : NOTHING_SHOWN,
        cases: read.laneCases.all(id, mode).map(caseOf),
      }
    }

    function shownFacts(laneId: LaneId | null, state: LaneState | null, shown: Shown): ShownFacts {
      const named = shown.plates.map((text) => pseudonyms.plate(text))
      const plates = named.map((each) => (each === null ? null : nameOfPeriod(each)))
      const token = shown.token
      const payerText = token !== null && isPayers(token) ? JSON.stringify([token.iss, token.sub]) : null
      const payer = payerText === null ? null : payerOfPeriod(payerText)
      const seen = named.some((each) => each !== null) ? macsOf(named) : macsOfVisit(state)
      const rights = rightsShown(seen, token)
      const found = findStays(shown, seen, payerText, rights)
      const visited = state?.visit?.session ?? null
      const visiting = visited === null ? null : stayFacts(visited, mode)
      const owing = seen ?? macsOfStay(visiting ?? found[0]?.stay ?? null)
      return {
        isLookedUp: true,
        plates,
        picture: shown.picture === null ? null : pictureValue(shown.picture),
        payer,
        found,
        debts: debtsOf(owing),
        owed: owedBy(owing),
        rights,
        lastSighting: laneId === null || seen === null ? null : lastSighting(laneId, seen),
      }
    }

    function renamed(): readonly SessionRenamed[] {
      return periodsDue(now)
        .flatMap(heldOf)
        .flatMap((row): SessionRenamed[] => {
          const credential = credentialAnew(row.kind, row.text, row.confidence_permille ?? 0)
          if (credential === null) return []
          return [{ kind: 'session-renamed', session: row.session as SessionId, from: row.value, credential }]
        })
    }

    function credentialAnew(
      kind: 'plate' | 'payer',
      text: string,
      confidencePermille: number,
    ): SessionCredential | null {
      if (kind === 'payer') return { kind, payer: payerOfPeriod(text) }
      const named = pseudonyms.plate(text)
      return named === null ? null : { kind, plate: nameOfPeriod(named), confidencePermille }
    }

    function nameOfPeriod(named: PlateNames): PlateValue {
      const plate = named.ofPeriod(now, keepMs())
      keep({
        ref: plate.ref,
        salt: null,
        value: named.text,
        purpose: 'plate',
        eraseAt: pseudonyms.periodEnd(now) + keepMs(),
      })
      return plate
    }

    function payerOfPeriod(text: string): PersonalValue {
      const payer = pseudonyms.payer(text, now, keepMs())
      keep({ ref: payer.ref, salt: null, value: text, purpose: 'payer', eraseAt: pseudonyms.periodEnd(now) + keepMs() })
      return payer
    }

    function pictureValue(name: string): PersonalValue {
      return ofThisRecord('picture', name)
    }

    /** A value with a place and a salt of its own. */
    function ofThisRecord(purpose: 'picture' | 'transfer-text' | 'holder', value: string): PersonalValue {
      const { gateway, epoch, seq } = position
      const ref = `${purpose}:${gateway}:${epoch}:${seq}`
      const salt = pseudonyms.freshSalt()
      keep({ ref, salt, value, purpose, eraseAt: now.at + keepMs() })
      return { ref, mac: hmac(salt, value) }
    }

    function macsOf(named: readonly (PlateNames | null)[]): Macs {
      const all = named.flatMap((each) => each?.everywhere() ?? [])
      return { exact: new Set(all.map(({ mac }) => mac)), like: new Set(all.map(({ likeness }) => likeness)) }
    }

    /** The plate in the visit was read under one salt; its text, while the vault has it, is looked for under all of them. */
    function macsOfVisit(state: LaneState | null): Macs | null {
      const plate = state?.visit?.plate ?? null
      return plate === null ? null : macsOfValue(plate.value)
    }

    function macsOfStay(stay: StayFacts | null): Macs | null {
      const plate = stay === null ? null : surestPlate(stay.session)
      return plate === null ? null : macsOfValue(plate)
    }

    function macsOfValue(plate: PlateValue): Macs {
      const text = read.vaultValue.get(plate.ref)?.value ?? null
      const named = text === null ? null : pseudonyms.plate(text)
      const macs = macsOf([named])
      return { exact: new Set([...macs.exact, plate.mac]), like: new Set([...macs.like, plate.likeness]) }
    }

    function findStays(
      shown: Shown,
      seen: Macs | null,
      payerText: string | null,
      rights: readonly RightFacts[],
    ): readonly FoundStay[] {
      const asked: (readonly [FoundStay['by'], readonly string[]])[] = []
      if (shown.session !== null) asked.push(['staff', [shown.session]])
      if (shown.token?.kind === 'ticket') asked.push(['ticket', staysOfTicket(shown.token)])
      if (payerText !== null) asked.push(['payer', openBy('payer', pseudonyms.payerEverywhere(payerText))])
      if (seen !== null) asked.push(['plate', openBy('plate', [...seen.exact])])
      const underRights = openBy(
        'right',
        rights.map(({ right }) => right.id),
      )
      if (shown.token?.kind === 'pass') asked.push(['right', underRights])
      // Who came in by the code of a pass, and whose plate nobody read then, is known by a plate of that pass.
      else if (seen !== null) asked.push(['right', underRights.filter((id) => !hasPlate(id))])
      if (seen !== null) asked.push(['plate-candidate', openLike([...seen.like])])
      const found = new Map<string, FoundStay>()
      for (const [by, ids] of asked) {
        for (const id of ids) {
          if (found.size >= STAYS_READ_MAX) break
          if (found.has(id)) continue
          const stay = stayFacts(id as SessionId, mode)
          if (stay === null || stay.session.mode !== mode) continue
          found.set(id, { by, stay, plate: likenessOf(stay.session, seen) })
        }
      }
      return [...found.values()]
    }

    function hasPlate(id: string): boolean {
      return read.credentials.all(id).some(({ kind }) => kind === 'plate')
    }

    /** The stay that was given up goes on as another one, known by the same ticket; the one that the ticket names is found also when it is over. */
    function staysOfTicket({ jti, session }: TicketToken): readonly string[] {
      return [...openBy('ticket', [jti]), session]
    }

    function openBy(kind: SessionCredential['kind'], named: readonly string[]): readonly string[] {
      if (named.length === 0) return []
      return read.openBy.all(JSON.stringify(named), kind, mode).map((row) => row.session)
    }

    function openLike(likeness: readonly string[]): readonly string[] {
      if (likeness.length === 0) return []
      return read.openLike.all(JSON.stringify(likeness), mode).map((row) => row.session)
    }

    function debtsOf(seen: Macs | null): readonly DebtFacts[] {
      if (seen === null || seen.exact.size === 0) return []
      const rows = read.owed.all(JSON.stringify([...seen.exact]), mode).toSorted((left, right) => left.at - right.at)
      const sessions = new Map(rows.map((row) => [row.session, row.charge]))
      return [...sessions].slice(0, DEBTS_READ_MAX).flatMap(([session, id]): DebtFacts[] => {
        const charge = stayCharge(id as ChargeId)
        return charge === null ? [] : [{ charge, session: session as SessionId }]
      })
    }

    function owedBy(seen: Macs | null): number {
      if (seen === null || seen.exact.size === 0) return 0
      return read.owedSum.get(JSON.stringify([...seen.exact]), mode)?.owed ?? 0
    }

    function rightsShown(seen: Macs | null, token: PresentedToken | null): readonly RightFacts[] {
      const byPass = token?.kind === 'pass' ? [rightOfToken(token)] : []
      const byPlate = seen === null || seen.exact.size === 0 ? [] : newestRights(seen)
      return [...new Set([...byPass, ...byPlate])]
        .slice(0, RIGHTS_READ_MAX)
        .flatMap((id) => rightFacts(id as RightId, mode, null) ?? [])
    }

    /** Those that are good for longest, of equals by their names: whoever gets a new pass each month has many that are over. */
    function newestRights(seen: Macs): readonly string[] {
      const rows = read.rightsOfPlate.all(JSON.stringify([...seen.exact]))
      return rows
        .toSorted((left, right) => right.until - left.until || (left.right < right.right ? -1 : 1))
        .map((row) => row.right)
    }

    function lastSighting(laneId: LaneId, seen: Macs): ShownFacts['lastSighting'] {
      const since = now.at - (common()?.policy.sightingWindowMs ?? 0)
      const row = read.sightings.all(laneId, since).find((each) => seen.exact.has(each.plate_mac))
      return row === undefined ? null : { at: instant(row.at), session: row.session as SessionId | null }
    }
  }

  function stayFacts(id: SessionId, mode: Mode): StayFacts | null {
    const row = read.session.get(id)
    if (row === undefined) return null
    const credentials = read.credentials
      .all(id)
      .toSorted((left, right) => left.written - right.written)
      .map(credentialOf)
    const session = sessionOf(row, credentials)
    const picture = read.picture.get(id)
    return {
      session,
      movedAt: instant(row.moved_at),
      passbackResetAt: row.passback_reset_at === null ? null : instant(row.passback_reset_at),
      charge: session.charge === null ? null : stayCharge(session.charge),
      passage: passageUnderWay(id),
      picture:
        picture === undefined || picture.picture_ref === null || picture.picture_mac === null
          ? null
          : { ref: picture.picture_ref, mac: picture.picture_mac },
      segments: read.segments.all(id).map(segmentOf),
      rights: rightsOfStay(session, mode),
      cases: read.stayCases.all(id).map(caseOf),
    }
  }

  function rightsOfStay(session: Session, mode: Mode): readonly RightFacts[] {
    const known = session.credentials.flatMap((each) => (each.kind === 'right' ? [each.right] : []))
    const validations = read.validations.all(session.id).map((row) => row.id as RightId)
    return [...new Set([...known, ...validations])]
      .slice(0, RIGHTS_READ_MAX)
      .flatMap((id) => rightFacts(id, mode, session.id) ?? [])
  }

  function rightFacts(id: RightId, mode: Mode, but: SessionId | null): RightFacts | null {
    const row = read.right.get(id)
    if (row === undefined) return null
    const plates = read.rightPlates.all(id).map(({ ref, mac, likeness, tail }) => ({ ref, mac, likeness, tail }))
    return { right: rightOf(row, plates), others: read.othersUnder.get(id, mode, but ?? '')?.count ?? 0 }
  }

  function stayCharge(id: ChargeId): StayCharge | null {
    const row = read.charge.get(id)
    if (row === undefined) return null
    const relief = read.relief.get(id)?.relief ?? 0
    return { ...chargeFactsOf(chargeRow(row)), overpaid: row.overpaid, refunded: row.refunded, relief }
  }

  function passageUnderWay(id: SessionId): Passage | null {
    const newest = read.passages.all(id).toSorted((left, right) => right.seq - left.seq)[0]
    return newest === undefined ? null : passageOf(passageRow(newest))
  }
}

type Macs = { readonly exact: ReadonlySet<string>; readonly like: ReadonlySet<string> }

function likenessOf(session: Session, seen: Macs | null): FoundStay['plate'] {
  const plates = session.credentials.flatMap((each) => (each.kind === 'plate' ? [each.plate] : []))
  if (seen === null || plates.length === 0) return 'unknown'
  if (plates.some(({ mac }) => seen.exact.has(mac))) return 'same'
  return plates.some(({ likeness }) => seen.like.has(likeness)) ? 'candidate' : 'other'
}

function isPayers(token: PresentedToken): boolean {
  return token.kind === 'pay' || token.kind === 'holder'
}

type SessionRow = {
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
  readonly moved_at: number
  readonly passback_reset_at: number | null
}

function sessionOf(row: SessionRow, credentials: readonly SessionCredential[]): Session {
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
  }
}

type CredentialRow = {
  /** Rises from row to row. */
  readonly written: number
  readonly kind: SessionCredential['kind']
  readonly value: string
  readonly ref: string | null
  readonly likeness: string | null
  readonly tail: string | null
  readonly confidence_permille: number | null
}

function credentialOf(row: CredentialRow): SessionCredential {
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

type SegmentRow = {
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

function segmentOf(row: SegmentRow): Segment {
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

type RightRow = {
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
  readonly session: string | null
  readonly relief: string
  readonly code: string | null
  readonly coded_at: number | null
  readonly merchant: string | null
  readonly given_on: string | null
}

function rightOf(row: RightRow, plates: readonly PlateValue[]): AssignedRight {
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

type CaseRow = {
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

function caseOf(row: CaseRow): StaffCase {
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

function caseOrNull(row: CaseRow | undefined): StaffCase | null {
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

type ChargeRow = {
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
  readonly seq: number
}

function chargeRow(row: ChargeRow): typeof tables.charge.$inferSelect {
  const { place_kind, place_id, opened_at, expires_at, closed_at, owed_at, ...same } = row
  return {
    ...same,
    placeKind: place_kind,
    placeId: place_id,
    openedAt: opened_at,
    expiresAt: expires_at,
    closedAt: closed_at,
    owedAt: owed_at,
  }
}

type PassageRow = {
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

function passageRow(row: PassageRow): typeof tables.passage.$inferSelect {
  const { spent_iss, spent_id, granted_at, moved_at, ...same } = row
  return { ...same, spentIss: spent_iss, spentId: spent_id, grantedAt: granted_at, movedAt: moved_at }
}

/** Debts of one plate that are put in order here, so that the oldest are asked; a sort in SQL would be a table of its own at each reading. */
const DEBTS_SORTED_MAX = 1_000
/** Rights of one plate that are put in order here. */
const RIGHTS_SORTED_MAX = 1_000

/**
 * The lists of pseudonyms come as JSON: one statement for one salt and for twenty. Parameters stand behind `+`, and limits in the text, so that SQLite compiles each once
 * (db/facts.ts says why).
 */
const READS = {
  session: 'SELECT * FROM session WHERE id = ?',
  credentials: `SELECT *, rowid AS written FROM session_credential WHERE session = +? ORDER BY kind, value LIMIT ${CREDENTIALS_READ_MAX}`,
  openBy: `SELECT held.session AS session
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = +? AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.held = 'open' AND session.mode = +? LIMIT ${STAYS_READ_MAX}`,
  openLike: `SELECT held.session AS session
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.likeness = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.likeness IS NOT NULL AND held.held = 'open' AND session.mode = +? LIMIT ${STAYS_READ_MAX}`,
  owed: `SELECT session.charge AS charge, session.id AS session, session.entered_at AS at
    FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
    CROSS JOIN session ON session.id = held.session
    WHERE held.held IS NOT NULL AND held.held = 'owed' AND session.mode = +? LIMIT ${DEBTS_SORTED_MAX}`,
  owedSum: `SELECT coalesce(sum(max(charge.due - charge.paid, 0)), 0) AS owed
    FROM charge WHERE charge.id IN (SELECT session.charge
      FROM json_each(+?) AS asked CROSS JOIN session_credential AS held ON held.kind = 'plate' AND held.value = asked.value
      CROSS JOIN session ON session.id = held.session
      WHERE held.held IS NOT NULL AND held.held = 'owed' AND session.mode = +?)`,
  charge: 'SELECT * FROM charge WHERE id = ?',
  relief: `SELECT coalesce(sum(amount), 0) AS relief FROM payment
    WHERE charge = +? AND tender IN ('pass', 'validation', 'waiver')`,
  passages: `SELECT * FROM passage WHERE session = ? AND status IN ('granted', 'opened', 'passing')`,
  picture: `SELECT picture_ref, picture_mac FROM sighting
    WHERE session = +? AND picture_ref IS NOT NULL ORDER BY sighting.rowid DESC LIMIT 1`,
  segments: `SELECT * FROM segment WHERE session = +? ORDER BY segment_index LIMIT ${SEGMENTS_READ_MAX}`,
  validations: `SELECT id FROM assigned_right WHERE session = +? LIMIT ${RIGHTS_READ_MAX}`,
  laneOf: `SELECT lane, json_extract(state, '$.visit.asked') IS NOT NULL AS asks FROM lane_state
    WHERE (json_extract(state, '$.visit.session') = ? OR json_extract(state, '$.visit.asked.charge') = ?) AND json_extract(state, '$.visit.presence') IS json_extract(state, '$.presence')`,
  movedLane: 'SELECT moved_lane FROM session WHERE id = ?',
  cameAt: `SELECT max(json_extract(state, '$.visit.since')) AS since FROM lane_state
    WHERE json_extract(state, '$.visit.session') = ?`,
  right: 'SELECT * FROM assigned_right WHERE id = ?',
  givenOn: 'SELECT count(*) AS count FROM assigned_right WHERE merchant = ? AND given_on = ?',
  rightPlates: 'SELECT * FROM right_plate WHERE "right" = +? ORDER BY mac',
  rightsOfPlate: `SELECT right_plate."right" AS "right", assigned_right.valid_until AS until
    FROM json_each(+?) AS asked CROSS JOIN right_plate ON right_plate.mac = asked.value
    CROSS JOIN assigned_right ON assigned_right.id = right_plate."right"
    WHERE assigned_right.status <> 'ended' LIMIT ${RIGHTS_SORTED_MAX}`,
  othersUnder: `SELECT count(*) AS count
    FROM session_credential AS held CROSS JOIN session ON session.id = held.session
    WHERE held.kind = 'right' AND held.value = ? AND held.held IS NOT NULL AND held.held = 'open' AND session.mode = ? AND session.id <> ?`,
  occupancy: 'SELECT place, vehicle_class, count FROM occupancy WHERE mode = ?',
  sightings: `SELECT at, session, plate_mac FROM sighting WHERE lane = +? AND at >= +? ORDER BY at DESC LIMIT ${SIGHTINGS_READ_MAX}`,
  laneCases: `SELECT * FROM staff_case
    WHERE lane = +? AND status = 'open' AND session IS NULL AND mode = +? ORDER BY staff_case.rowid DESC LIMIT ${CASES_READ_MAX}`,
  stayCases: `SELECT * FROM staff_case WHERE session = +? AND status = 'open' ORDER BY staff_case.rowid LIMIT ${CASES_READ_MAX}`,
  staffCase: 'SELECT * FROM staff_case WHERE id = ?',
  credit: 'SELECT * FROM bank_credit WHERE mode = ? AND reference = ?',
  saltsDue: `SELECT ref FROM vault WHERE value IS NOT NULL AND erase_at <= ? AND ref >= 'period:' AND ref < 'period;'`,
  heldOfPeriod: `SELECT held.kind, held.session, held.value, held.confidence_permille, vault.value AS text
    FROM session_credential AS held CROSS JOIN vault ON vault.ref = held.ref
    WHERE held.held IS NOT NULL AND held.ref IS NOT NULL AND held.ref >= +? AND held.ref < +? AND vault.value IS NOT NULL LIMIT ${RENAMED_AT_ONCE_MAX}`,
  vaultValue: 'SELECT value FROM vault WHERE ref = ?',
} as const

function prepare(db: Db) {
  const { $client: client } = db
  return {
    session: client.prepare<[string], SessionRow>(READS.session),
    credentials: client.prepare<[string], CredentialRow>(READS.credentials),
    openBy: client.prepare<[string, string, Mode], { session: string }>(READS.openBy),
    openLike: client.prepare<[string, Mode], { session: string }>(READS.openLike),
    owed: client.prepare<[string, Mode], { charge: string; session: string; at: number }>(READS.owed),
    owedSum: client.prepare<[string, Mode], { owed: number }>(READS.owedSum),
    charge: client.prepare<[string], ChargeRow>(READS.charge),
    relief: client.prepare<[string], { relief: number }>(READS.relief),
    passages: client.prepare<[string], PassageRow>(READS.passages),
    picture: client.prepare<[string], { picture_ref: string | null; picture_mac: string | null }>(READS.picture),
    segments: client.prepare<[string], SegmentRow>(READS.segments),
    validations: client.prepare<[string], { id: string }>(READS.validations),
    laneOf: client.prepare<[string | null, string], { lane: string; asks: 0 | 1 }>(READS.laneOf),
    movedLane: client.prepare<[string], { moved_lane: string | null }>(READS.movedLane),
    cameAt: client.prepare<[string], { since: number | null }>(READS.cameAt),
    right: client.prepare<[string], RightRow>(READS.right),
    givenOn: client.prepare<[string, string], { count: number }>(READS.givenOn),
    rightPlates: client.prepare<[string], PlateValue>(READS.rightPlates),
    rightsOfPlate: client.prepare<[string], { right: string; until: number }>(READS.rightsOfPlate),
    othersUnder: client.prepare<[string, Mode, string], { count: number }>(READS.othersUnder),
    occupancy: client.prepare<[Mode], { place: string; vehicle_class: string; count: number }>(READS.occupancy),
    sightings: client.prepare<[string, number], { at: number; session: string | null; plate_mac: string }>(
      READS.sightings,
    ),
    laneCases: client.prepare<[string, Mode], CaseRow>(READS.laneCases),
    stayCases: client.prepare<[string], CaseRow>(READS.stayCases),
    staffCase: client.prepare<[string], CaseRow>(READS.staffCase),
    credit: client.prepare<[Mode, string], CreditRow>(READS.credit),
    saltsDue: client.prepare<[number], { ref: string }>(READS.saltsDue),
    heldOfPeriod: client.prepare<[string, string], HeldRow>(READS.heldOfPeriod),
    vaultValue: client.prepare<[string], { value: string | null }>(READS.vaultValue),
  }
}
