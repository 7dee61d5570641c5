import type { Change } from '../core/changes.ts'
import type { CaseId, ChargeId, LaneId, PlaceId, Position, RightId, SessionId, VehicleClass } from '../core/ids.ts'
import type { LaneState, Passage } from '../core/lane/state.ts'
import type { Mode } from '../core/mode.ts'
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
import { DEBTS_READ_MAX, NOTHING_SHOWN, RIGHTS_READ_MAX, STAYS_READ_MAX } from '../core/parking/facts.ts'
import { heldAfter } from '../core/parking/on-behalf.ts'
import { rightOfToken } from '../core/parking/rights.ts'
import type { SaleFacts } from '../core/parking/sale.ts'
import type { PlateValue, Session, SessionCredential } from '../core/parking/session.ts'
import { surestPlate } from '../core/parking/session.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { SiteLayout, SitePolicy } from '../core/site.ts'
import type { Instant, Now } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { PresentedToken, TicketToken } from '../core/tokens.ts'
import { onBehalfMove } from './on-behalf.ts'
import type { Db } from './open.ts'
import type { ParkingLookUps, Shown } from './parking-look-ups.ts'
import { prepareParkingReads } from './parking-reads.ts'
import type { HeldRow } from './parking-rows.ts'
import {
  caseOf,
  caseOrNull,
  chargeRow,
  credentialOf,
  creditOf,
  passageRow,
  rightOf,
  saleOf,
  segmentOf,
  sessionOf,
} from './parking-rows.ts'
import type { PlateNames, Pseudonyms } from './pseudonyms.ts'
import { hmac } from './pseudonyms.ts'
import { chargeFactsOf, passageOf } from './rows.ts'
import { createSinceThen } from './since-then.ts'

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

export type ParkingReading = ParkingLookUps & {
  /** Names anew what is still known by a salt that is past its time, so many stays at a time. */
  renamed(): readonly SessionRenamed[]
  readonly values: readonly ValueToKeep[]
}

/**
 * Reads what a decision about a car park needs, in the transaction in which it is written. Every read is by an index of what is open or owed, and every list is
 * bounded: the stays that are over, however many, cost nothing.
 */
export function createParkingReader(db: Db, pseudonyms: Pseudonyms): ParkingReader {
  const read = prepareParkingReads(db)
  const sinceThen = createSinceThen(db.$client)

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
      chargeOf(id, by = null) {
        const charge = withOnBehalf(stayCharge(id), by)
        const session = charge?.charge.session ?? null
        return {
          charge,
          stay: session === null ? null : stayFacts(session, mode),
          sale: session === null ? saleFacts(id) : null,
        }
      },
      laneOf(id, charge) {
        const known = read.laneOf.all(id, charge)
        const at = known.find(({ asks }) => asks === 1) ?? known[0]
        return (at?.lane ?? null) as LaneId | null
      },
      lanesOfRight(right, session) {
        const known = read.lanesOfRight.all(session, right).map(({ lane }) => lane as LaneId)
        return known.toSorted()
      },
      stillOwed: (charges) =>
        charges.flatMap((id): DebtFacts[] => {
          const charge = stayCharge(id)
          const session = charge?.charge.session ?? null
          return charge?.status !== 'owed' || session === null ? [] : [{ charge, session }]
        }),
      debtsOf: (stay) => debtsOf(macsOfStay(stay)).filter(({ session }) => session !== stay?.session.id),
      whereabouts(id, since) {
        const cameAt = read.cameAt.get(id)?.since ?? null
        return {
          session: id,
          cameAt: cameAt === null ? null : instant(cameAt),
          knownHereAt: newest([read.readAt.get(id, since)?.at, read.paidAt.get(id, since)?.at]),
          isSupposed: read.movedLane.get(id)?.moved_lane === null,
        }
      },
      shownAt: (id, since) => sinceThen.shownAt(id, since),
      wasServing: (at) => sinceThen.wasServing(at),
      leftBy(text, { leftSince, cameUntil }) {
        const seen = macsOf([pseudonyms.plate(text)])
        if (seen.exact.size === 0) return null
        const visits = read.leftBy.all(JSON.stringify([...seen.exact]), leftSince, cameUntil, mode)
        const [first] = visits.toSorted((left, right) => left.at - right.at)
        return first === undefined ? null : stayFacts(first.session as SessionId, mode)
      },
      casesAt: (id) => read.laneCases.all(id, mode).map(caseOf),
      right: (id) => rightFacts(id, mode, null),
      givenToday: (merchant) =>
        merchant === undefined ? 0 : (read.givenOn.get(merchant, now.local.day, mode)?.count ?? 0),
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
        if (row === undefined) return null
        const credit = creditOf(row)
        if (credit.text !== null) keepAgain(credit.text.ref)
        return credit
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
      const heardAt = read.upstreamHeard.get()?.at ?? null
      const upstreamHeardAt = heardAt === null ? null : instant(heardAt)
      return { common: { layout, policy, tariffs: site.tariffs, occupancy, upstreamHeardAt } }
    }

    function keepMs(): number {
      return common()?.policy.plateKeepMs ?? 0
    }

    function keep(value: ValueToKeep): void {
      values.push(value)
    }

    /** What a transfer's payer wrote is of use for as long as a plate is after somebody has said what the transfer is for: then it may still have been the wrong one. */
    function keepAgain(ref: string): void {
      const kept = read.vaultValue.get(ref)
      if (kept === undefined || kept.value === null) return
      keep({ ref, salt: kept.salt, value: kept.value, purpose: 'transfer-text', eraseAt: now.at + keepMs() })
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
      return row === undefined ? null : { seq: row.seq, at: instant(row.at), session: row.session as SessionId | null }
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
      ...(session.status === 'left' && read.handedIn.get(id) !== undefined ? { isHandedIn: true } : {}),
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
    const given = read.validations.all(session.id)
    const isEnded = ({ status }: { readonly status: string }) => Number(status === 'ended')
    const validations = given.toSorted((one, other) => isEnded(one) - isEnded(other)).map(({ id }) => id as RightId)
    return [...new Set([...known, ...validations])]
      .slice(0, RIGHTS_READ_MAX)
      .flatMap((id) => rightFacts(id, mode, session.id) ?? [])
  }

  function rightFacts(id: RightId, mode: Mode, but: SessionId | null): RightFacts | null {
    const row = read.right.get(id)
    if (row === undefined) return null
    const plates = read.rightPlates.all(id).map(({ ref, mac, likeness, tail }) => ({ ref, mac, likeness, tail }))
    const others = read.othersUnder.get(id, mode, but ?? '')?.count ?? 0
    return { right: rightOf(row, plates), others, isSaleOpen: read.isSaleOpen.get(id) !== undefined }
  }

  function saleFacts(charge: ChargeId): SaleFacts | null {
    const row = read.sale.get(charge)
    const known = row === undefined ? null : rightFacts(row.right as RightId, row.mode, null)
    if (row === undefined || known === null) return null
    const cases = read.chargeCases.all(charge).map(caseOf)
    return { sale: saleOf(row), right: known.right, isLast: row.is_last === 1, cases }
  }

  function stayCharge(id: ChargeId): StayCharge | null {
    const row = read.charge.get(id)
    if (row === undefined) return null
    const { came, relief } = read.came.get(id) ?? { came: 0, relief: 0 }
    const { overpaid, refunded, status } = row
    const charge = chargeFactsOf(chargeRow(row))
    const askedWith =
      row.asked_with === null ? {} : { askedWith: JSON.parse(row.asked_with) as NonNullable<StayCharge['askedWith']> }
    const movedBeyond = Math.max(0, came - charge.paid)
    const known = { ...charge, overpaid, refunded, relief, movedBeyond, ...askedWith }
    const unpaid = status === 'owed' ? read.chargeCases.all(id).find(({ kind }) => kind === 'left-unpaid') : undefined
    return unpaid === undefined ? known : { ...known, leftUnpaid: unpaid.id as CaseId }
  }

  /** Asked where money comes or goes, and not at each reading of a lane. */
  function withOnBehalf(known: StayCharge | null, by: string | null): StayCharge | null {
    if (known === null) return null
    const { id } = known.charge
    const together = new Set([id, ...read.keyedTogether.all(id).map(({ charge }) => charge)])
    const held = heldAfter([...together].flatMap((each) => read.onBehalf.all(each).map(onBehalfMove)))
    if (held.length === 0) return known
    const ofOthers = held.filter(({ charge }) => charge !== id)
    const own = held.filter(({ charge }) => charge === id)
    const waiting = [id, ...ofOthers.map(({ charge }) => charge)]
      .flatMap((each) => read.chargeCases.all(each))
      .find(({ kind }) => kind === 'on-behalf')
    return {
      ...known,
      onBehalf: {
        held: [...own, ...ofOthers],
        own: own.reduce((sum, each) => (each.by === by ? sum + each.amount : sum), 0),
        case: (waiting?.id ?? null) as CaseId | null,
      },
    }
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

function newest(times: readonly (number | null | undefined)[]): Instant | null {
  const known = times.filter((time) => typeof time === 'number')
  return known.length === 0 ? null : instant(Math.max(...known))
}
