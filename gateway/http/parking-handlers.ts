import type { CaseId, ChargeId, LaneId, PlaceId, RightId, SessionId } from '../../core/ids.ts'
import { laneId, placeId, principalOf, vehicleClass } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import type { Money } from '../../core/money.ts'
import { isCurrencyCode } from '../../core/money.ts'
import type { ParkingEvent } from '../../core/parking/events.ts'
import type { ParkingCommon, StayFacts } from '../../core/parking/facts.ts'
import type { Segment } from '../../core/parking/session.ts'
import { instant, later } from '../../core/time.ts'
import type { CaseReport, OpenStay, PictureReport, RightReport, StayCursor } from '../../db/parking-reports.ts'
import { readTariff } from '../bundles/tariff.ts'
import { bookOfOne, localInstant, tariffSiteOf, tryTariff } from '../bundles/try-tariff.ts'
import { createZoneRules } from '../clock/zone-rules.ts'
import type { PathReply, PathRequest, RequestBody } from '../path/path.ts'
import { apdsOccupancy, apdsPlaces, apdsRates } from './apds.ts'
import type { Client } from './clients.ts'
import { mayActAt } from './clients.ts'
import type { HttpClock } from './clock.ts'
import { handInLate } from './late-events.ts'
import { validateAtStall } from './merchant-validations.ts'
import type { Given, HandlerOf } from './operation.ts'
import { caseWords } from './pages/parking-words.ts'
import type { parkingOperations } from './parking-operations.ts'
import type { ParkingReads } from './parking-reads.ts'
import { liesWithin, spacesOf } from './parking-reads.ts'
import { createPassCodeHandlers } from './pass-code-handlers.ts'
import type { PlateLooks } from './plate-looks.ts'
import type { KeptPictures, SignPassCode, Tickets } from './ports.ts'
import type { SiteReads } from './reads.ts'
import { reliefOf } from './relief.ts'
import type { Call } from './respond.ts'
import { clientOf, json, jsonText, refuse } from './respond.ts'
import { quoteStay } from './stay-quote.ts'

type ParkingOperations = typeof parkingOperations
export type ParkingHandlers = { readonly [Name in keyof ParkingOperations]: HandlerOf<ParkingOperations[Name]> }

/** A transfer that was refused so often is no accident. */
export const CREDIT_TRIES_MAX = 32

/** How long others may keep what the feed of free spaces says. */
export const FREE_SPACES_KEPT_S = 15

export type ParkingHandlerParts = {
  readonly reads: SiteReads
  readonly clock: HttpClock
  /** Of the box: what everybody is told is of that mode. */
  readonly mode: Mode
  readonly tickets: Tickets
  readonly plateLooks: PlateLooks
  readonly signPassCode: SignPassCode | null
  readonly pictures: KeptPictures
  submit(given: Given<unknown, unknown, unknown>, body: RequestBody): Promise<Response>
  /** Through the path, for a handler that answers something else than its answer. */
  ask(given: Given<unknown, unknown, unknown>, body: RequestBody, over?: Partial<PathRequest>): Promise<PathReply>
  answerTo(c: Call, reply: PathReply): Response | Promise<Response>
}

type RightToPut = Extract<ParkingEvent, { kind: 'right-put' }>['right']

const zoneOf = createZoneRules()

export function createParkingHandlers(parts: ParkingHandlerParts): ParkingHandlers {
  const { reads, clock, submit } = parts
  const { parking } = reads

  const mayTend = (c: Call, stay: TendedStay): boolean => tends(clientOf(c), stay, reads)

  const tended = (c: Call, id: string): StayFacts | null => {
    const stay = parking.stay(id as SessionId, clientOf(c).mode)
    // One of somebody else's lanes looks like none at all.
    return stay !== null && mayTend(c, stay.session) ? stay : null
  }

  /** The charge of a stay that may be tended; a stall's charge is paid at its stall. */
  const tendedCharge = (c: Call, id: string): { readonly id: ChargeId; readonly due: Money } | null => {
    const charge = reads.charge(id as ChargeId)
    if (charge === undefined || charge.session === null || charge.mode !== clientOf(c).mode) return null
    return tended(c, charge.session) === null ? null : charge
  }

  const commonOf = (mode: Mode): { parking: ParkingCommon; zone: string } | null => {
    const common = parking.common(mode)
    const zone = reads.layout()?.zone
    return common === null || zone === undefined ? null : { parking: common, zone }
  }

  const atLane = (
    given: Given<{ id: string }, unknown, unknown>,
    body: (lane: LaneId) => RequestBody,
  ): Promise<Response> => {
    const lane = laneId(given.params.id)
    return mayActAt(clientOf(given.c), { kind: 'lane', id: lane })
      ? submit(given, body(lane))
      : refuse(given.c, 'forbidden')
  }

  const ofStay = (
    given: Given<{ id: string }, unknown, unknown>,
    body: (session: SessionId) => RequestBody,
  ): Promise<Response> => {
    const stay = tended(given.c, given.params.id)
    return stay === null ? refuse(given.c, 'stay-not-found') : submit(given, body(stay.session.id))
  }

  const ofCharge = (
    given: Given<{ id: string }, unknown, { amount: { amount: number; currency: string } }>,
    body: (charge: ChargeId, amount: Money) => RequestBody,
    over: Partial<PathRequest> = {},
  ): Promise<Response> | Response => {
    const charge = tendedCharge(given.c, given.params.id)
    if (charge === null) return refuse(given.c, 'charge-unknown')
    const { amount, currency } = given.body.amount
    if (!isCurrencyCode(currency)) return refuse(given.c, 'amount-invalid')
    // What can be known here is refused here: what the path has refused stands under its key for ever, and a bank's reference is such a key.
    if (commonOf(clientOf(given.c).mode) === null) return refuse(given.c, 'no-car-park')
    if (currency !== charge.due.currency) return refuse(given.c, 'token-currency')
    return parts.ask(given, body(charge.id, { amount, currency }), over).then((reply) => parts.answerTo(given.c, reply))
  }

  /** `null` for an amount in another currency than the site’s. */
  const siteMoney = ({ amount, currency }: { amount: number; currency: string }): Money | null => {
    const site = reads.layout()?.currency
    return site === currency ? { amount, currency: site } : null
  }

  /**
   * The bank's id is the request's: whoever enters it, and whoever brings it another day, it is one transfer. What was refused stands under its key for ever, so it is asked again under the next one; that it
   * is booked once, the books see by the reference itself. One that was entered in practice is none of the live bank's.
   */
  const askCredit = async (
    given: Given<unknown, unknown, unknown>,
    body: Extract<RequestBody, { kind: 'credit-by-charge' | 'credit-by-text' }>,
    bytes: string,
  ): Promise<Response> => {
    const { mode } = clientOf(given.c)
    const source = principalOf('gateway', mode === 'live' ? 'bank-credits' : `bank-credits-${mode}`)
    for (let tries = 0; ; tries += 1) {
      const id = tries === 0 ? `bank:${body.reference}` : `bank:${body.reference}~${tries}`
      const reply = await parts.ask(given, body, { source, id, bytes })
      // Known with other content: whether anything of it is booked the books say, and whoever is told to take a new id would book it twice.
      const isOther = reply.kind === 'refused' && reply.refusal === 'key-reused'
      const isOldNo =
        reply.kind === 'committed' && reply.repeated && !reply.outcome.ok && reply.outcome.refusal !== 'credit-known'
      if (tries < CREDIT_TRIES_MAX && (isOther || isOldNo)) continue
      return isOther ? refuse(given.c, 'credit-known') : parts.answerTo(given.c, reply)
    }
  }

  /** A right as it stands, with something else about it. */
  const putAgain = async (
    given: Given<{ id: string }, unknown, unknown>,
    change: (known: RightReport) => { right: Omit<RightToPut, 'holder'>; plates: readonly string[] | null },
  ): Promise<Response> => {
    const known = parking.right(given.params.id as RightId, clientOf(given.c).mode)
    if (known === null) return refuse(given.c, 'right-unknown')
    const { right, plates } = change(known)
    // A right is put as a whole: what the vault has no more must be typed again.
    const texts = plates ?? known.plateTexts.filter((text) => text !== null)
    if (plates === null && texts.length < known.plateTexts.length) return refuse(given.c, 'plate-needed')
    return submit(given, { kind: 'right-put', right: { ...right, holder: known.holderName ?? '' }, plates: texts })
  }

  return {
    readSessions: ({ c, query }) => {
      const after = query.after === undefined ? null : cursorOf(query.after)
      const place = query.place === undefined ? null : placeId(query.place)
      const lane = query.lane === undefined ? null : laneId(query.lane)
      const { stays, next } = parking.openStays(clientOf(c).mode, { place, lane }, after, query.limit, query.order)
      return json({
        sessions: stays.filter((stay) => mayTend(c, stay)),
        next: next === null ? null : `${next.enteredAt}~${next.id}`,
      })
    },

    searchSessions: async (given) => {
      const { c } = given
      const search = parking.searchPlates(given.body.plate, clientOf(c).mode)
      if (!search.ok) return refuse(c, 'plate-unreadable')
      const found = search.found.filter((stay) => mayTend(c, stay))
      // First the record that somebody looked, then what they see.
      const what = { kind: 'plates-searched', found: found.length } as const
      const reply = await parts.ask(given, { kind: 'access-changed', what })
      if (reply.kind !== 'committed' || !reply.outcome.ok) return parts.answerTo(c, reply)
      return json({ found, isWhole: search.isWhole })
    },

    readSession: ({ c, params }) => {
      const stay = tended(c, params.id)
      return stay === null ? refuse(c, 'stay-not-found') : json(stayWire(stay, parking))
    },

    quoteSession: ({ c, params }) => {
      const stay = tended(c, params.id)
      if (stay === null) return refuse(c, 'stay-not-found')
      const site = commonOf(clientOf(c).mode)
      if (site === null) return refuse(c, 'no-car-park')
      const quoted = quoteStay(stay, site.parking, site.zone, reads.lanes(), clock)
      if (!quoted.ok) return refuse(c, quoted.refusal)
      const { ok: _ok, segments, ...rest } = quoted
      return json({ session: stay.session.id, ...rest, segments: segments.map(segmentWire) })
    },

    askSession: (given) => ofStay(given, (session) => ({ kind: 'session-quoted', session })),

    paySession: (given) => {
      const stay = tended(given.c, given.params.id)
      if (stay === null) return refuse(given.c, 'stay-not-found')
      // Nobody has asked what it costs: there is nothing yet that a code could pay.
      if (stay.session.charge === null) return refuse(given.c, 'charge-unknown')
      const { text } = given.body
      return submit(given, {
        kind: 'shown',
        place: { kind: 'site' },
        reader: null,
        text,
        charge: stay.session.charge,
      })
    },

    correctSession: (given) => {
      const { correction, reason } = given.body
      return ofStay(given, (session) => ({
        kind: 'session-corrected',
        session,
        correction:
          correction.kind === 'class'
            ? { kind: 'class', vehicleClass: vehicleClass(correction.vehicleClass) }
            : correction,
        reason: reason.trim(),
      }))
    },

    validateSession: (given) => {
      const stay = tended(given.c, given.params.id)
      const site = commonOf(clientOf(given.c).mode)
      if (site === null) return refuse(given.c, 'no-car-park')
      if (stay === null) return refuse(given.c, 'stay-not-found')
      const { id, holder } = given.body
      const relief = reliefOf(given.body.relief, reads.layout()?.currency)
      if (relief === null) return refuse(given.c, 'right-invalid')
      const from = stay.session.entry.at
      const right: RightToPut = {
        id: id as RightId,
        kind: 'validation',
        status: 'active',
        holder,
        places: [],
        vehicleClasses: [],
        spaces: 1,
        validFrom: from,
        validUntil: later(from, site.parking.policy.stayMaxMs),
        hours: [],
        session: stay.session.id,
        relief,
      }
      return submit(given, { kind: 'right-put', right, plates: [], isNew: true })
    },

    validateAtStall: (given) => validateAtStall(given, parts),

    readValidations: ({ c, query }) =>
      json({ validations: parking.validations(clientOf(c).mode, query.from, query.to, query.limit) }),

    askTicket: (given) =>
      atLane(given, (lane) => ({
        kind: 'ticket-asked',
        lane,
        vehicleClass: given.body.vehicleClass === null ? null : vehicleClass(given.body.vehicleClass),
      })),

    chooseSession: (given) => {
      const { session, reason } = given.body
      return atLane(given, (lane) => ({
        kind: 'session-chosen',
        lane,
        session: session as SessionId,
        reason: reason.trim(),
      }))
    },

    leaveOnDebt: (given) =>
      atLane(given, (lane) => ({ kind: 'leave-on-debt', lane, reason: given.body.reason.trim() })),

    handInLate: (given) => handInLate(given, parts),

    readTicketKeys: () => json({ keys: parts.tickets.keys() }),

    takeCash: (given) =>
      ofCharge(given, (charge, amount) => ({
        kind: 'cash-taken',
        charge,
        tender: given.body.tender,
        amount,
        ...(given.body.confirmed === true ? { confirmed: true as const } : {}),
      })),

    creditCharge: (given) => {
      const reference = given.body.reference.toUpperCase()
      const charge = tendedCharge(given.c, given.params.id)
      if (charge === null) return refuse(given.c, 'charge-unknown')
      const amount = siteMoney(given.body.amount)
      // What can be known here is refused here.
      if (commonOf(clientOf(given.c).mode) === null) return refuse(given.c, 'no-car-park')
      if (amount === null || amount.currency !== charge.due.currency) return refuse(given.c, 'token-currency')
      const body = { kind: 'credit-by-charge', charge: charge.id, amount, reference } as const
      return askCredit(given, body, JSON.stringify([given.params.id, amount.amount, amount.currency]))
    },

    takeBankCredit: (given) => {
      const { text, at } = given.body
      const reference = given.body.reference.toUpperCase()
      const amount = siteMoney(given.body.amount)
      if (commonOf(clientOf(given.c).mode) === null) return refuse(given.c, 'no-car-park')
      if (amount === null) return refuse(given.c, 'token-currency')
      const toldAt = at === undefined ? null : instant(at)
      const body = { kind: 'credit-by-text', reference, amount, text, toldAt } as const
      return askCredit(given, body, JSON.stringify([amount.amount, amount.currency, text, toldAt]))
    },

    readBankCredits: ({ c, query }) =>
      json({
        credits: parking.waitingCredits(clientOf(c).mode, query.limit).map((credit) => ({
          reference: credit.reference,
          amount: credit.amount,
          at: credit.at,
          toldAt: credit.toldAt,
          status: credit.status,
          text: credit.says,
          case: credit.case,
          suggestions: credit.suggestions,
        })),
      }),

    assignBankCredit: (given) => {
      const charge = tendedCharge(given.c, given.body.charge)
      if (charge === null) return refuse(given.c, 'charge-unknown')
      return submit(given, {
        kind: 'credit-moved',
        reference: given.body.reference.toUpperCase(),
        charge: charge.id,
        reason: given.body.reason.trim(),
      })
    },

    returnBankCredit: (given) =>
      submit(given, {
        kind: 'credit-moved',
        reference: given.body.reference.toUpperCase(),
        charge: null,
        reason: given.body.reason.trim(),
      }),

    sendBankCreditBack: (given) =>
      submit(given, {
        kind: 'credit-moved',
        reference: given.body.reference.toUpperCase(),
        charge: null,
        reason: given.body.reason.trim(),
        sentBack: given.body.sent.toUpperCase(),
      }),

    refundCharge: (given) =>
      ofCharge(given, (charge, amount) => ({ kind: 'refund', charge, amount, reason: given.body.reason.trim() })),

    readCases: ({ c, query }) => {
      const found = parking.openCases(clientOf(c).mode, (query.after ?? null) as CaseId | null, query.limit)
      const last = found.length === query.limit ? found.at(-1) : undefined
      return json({ cases: found.filter((each) => maySee(c, each)).map(caseWire), next: last?.id ?? null })
    },

    endCase: (given) => {
      const known = parking.staffCase(given.params.id as CaseId, clientOf(given.c).mode)
      if (known === null || !maySee(given.c, known)) return refuse(given.c, 'case-unknown')
      return submit(given, { kind: 'case-ended', case: known.id, reason: given.body.reason.trim() })
    },

    readPicture: async ({ c, params }) => {
      const name = seenPicture(c, params.ref)?.name ?? null
      const kept = name === null ? undefined : await parts.pictures.read(name)
      if (kept === undefined) return refuse(c, 'not-found')
      return new Response(kept.bytes, { headers: { 'content-type': kept.type, 'content-disposition': 'inline' } })
    },

    readPictureName: ({ c, params }) => {
      const known = seenPicture(c, params.ref)
      if (known === null) return refuse(c, 'not-found')
      const { name } = known
      const isKept = name !== null && parts.pictures.has(name)
      return json({ ref: params.ref, name, lane: known.lane, isKept })
    },

    readRights: ({ c, query }) => {
      const found = parking.rights(clientOf(c).mode, (query.after ?? null) as RightId | null, query.limit)
      const last = found.length === query.limit ? found.at(-1) : undefined
      return json({ rights: found.map(rightWire), next: last?.right.id ?? null })
    },

    readRight: ({ c, params }) => {
      const found = parking.right(params.id as RightId, clientOf(c).mode)
      return found === null ? refuse(c, 'right-unknown') : json(rightWire(found))
    },

    issuePass: async (given) => {
      const { id, plates, places, vehicleClasses, validFrom, validUntil, ...terms } = given.body
      const right: RightToPut = {
        ...terms,
        id: id as RightId,
        kind: 'pass',
        status: 'active',
        places: places.map(placeId),
        vehicleClasses: vehicleClasses.map(vehicleClass),
        validFrom: instant(validFrom),
        validUntil: instant(validUntil),
        session: null,
        relief: { kind: 'covers' },
      }
      const reply = await parts.ask(given, { kind: 'right-put', right, plates, isNew: true })
      if (reply.kind !== 'committed' || !reply.outcome.ok) return parts.answerTo(given.c, reply)
      return json(
        { right: id, outcome: reply.outcome, codeAt: parts.signPassCode === null ? null : `/v1/rights/${id}/code` },
        201,
      )
    },

    ...createPassCodeHandlers(parts),

    renewPass: (given) =>
      putAgain(given, ({ right: { plates: _plates, holder: _holder, code: _code, given: _given, ...right } }) => ({
        right: { ...right, validUntil: instant(given.body.validUntil) },
        plates: null,
      })),

    bringPass: (given) =>
      putAgain(given, ({ right: { plates: _plates, holder: _holder, code: _code, given: _given, ...right } }) => ({
        right,
        plates: given.body.plates,
      })),

    moveRight: (given) =>
      submit(given, {
        kind: 'right-status',
        right: given.params.id as RightId,
        status: given.body.status,
        reason: given.body.reason.trim(),
      }),

    readOccupancy: ({ c }) => {
      const common = parking.common(clientOf(c).mode)
      return common === null ? refuse(c, 'no-car-park') : json({ occupancy: spacesOf(common) })
    },

    correctOccupancy: (given) => {
      const { place, vehicleClass: of, count, reason } = given.body
      return submit(given, {
        kind: 'occupancy-corrected',
        place: placeId(place),
        vehicleClass: vehicleClass(of),
        count,
        reason: reason.trim(),
      })
    },

    readTariffs: ({ c }) => {
      const common = parking.common(clientOf(c).mode)
      if (common === null) return refuse(c, 'no-car-park')
      return json({
        version: common.tariffs?.version ?? null,
        tariffs: (common.tariffs?.book.tariffs ?? []).map(({ id, version, name, validFrom, validTo, places }) => ({
          id,
          version,
          name,
          validFrom,
          validTo,
          places,
        })),
      })
    },

    checkTariff: ({ c, body }) => {
      const site = tariffSiteOf(reads.layout())
      if (site === null) return refuse(c, 'no-car-park')
      const read = readTariff(body.text, site)
      return json({ ok: read.ok, problems: read.ok ? [] : read.problems })
    },

    tryTariff: ({ c, body }) => {
      const site = tariffSiteOf(reads.layout())
      const common = commonOf(clientOf(c).mode)
      if (site === null || common === null) return refuse(c, 'no-car-park')
      const zone = common.parking.tariffs?.zone ?? zoneOf(common.zone)
      const times = [body.from, body.until].map((text) => localInstant(text, zone))
      const [from, until] = times
      if (from === undefined || until === undefined) {
        const errors = times.flatMap((time, index) =>
          time === undefined
            ? [{ in: 'body', at: index === 0 ? '/from' : '/until', says: 'no such day' } as const]
            : [],
        )
        return refuse(c, 'wrong-schema', { errors })
      }
      const made = body.text === undefined ? null : bookOfOne(body.text, site)
      if (made !== null && !made.ok) return json({ ok: false, problems: made.problems, explained: null })
      const book = made?.book ?? common.parking.tariffs?.book
      if (book === undefined) return refuse(c, 'no-tariff')
      const stay = { vehicleClass: vehicleClass(body.vehicleClass), place: placeId(body.place), from, until }
      const tried = tryTariff(book, zone, stay)
      return json(tried.ok ? tried : { ...tried, problems: [] })
    },

    apdsPlaces: ({ c }) => {
      const layout = reads.layout()
      if (layout === undefined || layout.parking === null) return refuse(c, 'no-car-park')
      return json(apdsPlaces(layout, layout.parking, EXPORT_VERSION, clock.now().at))
    },

    apdsRates: ({ c }) => {
      const common = parking.common(parts.mode)
      if (common === null) return refuse(c, 'no-car-park')
      return json(apdsRates(common.tariffs?.book.tariffs ?? [], clock.now().at))
    },

    apdsOccupancy: ({ c }) => {
      const common = parking.common(parts.mode)
      if (common === null) return refuse(c, 'no-car-park')
      return json(apdsOccupancy(common.layout, common.occupancy, EXPORT_VERSION, clock.now().at))
    },

    freeSpaces: ({ c }) => {
      const common = parking.common(parts.mode)
      const layout = reads.layout()
      if (common === null || layout === undefined) return refuse(c, 'no-car-park')
      const places = spacesOf(common).map(({ place, name, vehicleClass: of, free, state }) => ({
        place,
        name,
        vehicleClass: of,
        free,
        state,
      }))
      const text = JSON.stringify({ site: layout.site, at: clock.now().at, places })
      return jsonText(text, 200, { 'cache-control': `public, max-age=${FREE_SPACES_KEPT_S}` })
    },
  }

  /** One of another lane, and one of another mode, looks like none at all. An attendant sees those whose lane the books still know. */
  function seenPicture(c: Call, ref: string): PictureReport | null {
    const client = clientOf(c)
    const known = parking.picture(ref)
    // Of what the books have dropped, only a live site's people ask.
    if (known === null || (known.mode ?? 'live') !== client.mode) return null
    if (client.role !== 'attendant') return known
    return known.lane !== null && mayActAt(client, { kind: 'lane', id: known.lane }) ? known : null
  }

  function maySee(c: Call, known: CaseReport): boolean {
    if (known.lane !== null) return mayActAt(clientOf(c), { kind: 'lane', id: known.lane })
    return known.session === null || tended(c, known.session) !== null
  }
}

type TendedStay = { readonly place: PlaceId; readonly entry: { readonly lane: LaneId } }

/** An attendant tends the stays within the places behind their lanes; a vendor and a scraper none. */
function tends(client: Client, stay: TendedStay, reads: SiteReads): boolean {
  switch (client.role) {
    case 'vendor':
    case 'scraper':
      return false
    case 'operator':
    case 'admin':
      return true
    case 'attendant':
      break
  }
  const { lanes } = client
  if (lanes === 'all' || lanes.includes(stay.entry.lane)) return true
  const layout = reads.layout()?.parking ?? null
  return (
    layout?.lanes.some(({ lane, inside }) => lanes.includes(lane) && liesWithin(layout, stay.place, inside)) === true
  )
}

export function tendsStay(client: Client, id: SessionId, reads: SiteReads): boolean {
  const stay = reads.parking.stay(id, client.mode)
  return stay !== null && tends(client, stay.session, reads)
}

/** The layout has one version at a time, which no reader of the export need know. */
const EXPORT_VERSION = 1

function cursorOf(text: string): StayCursor {
  const [enteredAt = '', ...id] = text.split('~')
  return { enteredAt: Number(enteredAt), id: id.join('~') }
}

function stayWire({ session, movedAt, charge, segments, cases, rights }: StayFacts, parking: ParkingReads): object {
  const { id, mode, vehicleClass: of, place, status, entry } = session
  const plate = parking.plateText(session)
  return {
    ...openWire({ id, vehicleClass: of, place, status, entry }),
    mode,
    movedAt,
    plateEnd: plate === null ? null : [...plate].slice(-PLATE_END_CHARACTERS).join(''),
    ticketDigits: parking.ticketDigits(session),
    rights: rights.map(({ right }) => right.id),
    charge:
      charge === null
        ? null
        : {
            id: charge.charge.id,
            status: charge.status,
            due: charge.charge.due,
            paid: moneyLike(charge.charge.due, charge.paid),
            overpaid: moneyLike(charge.charge.due, charge.overpaid),
            refunded: moneyLike(charge.charge.due, charge.refunded),
          },
    segments: segments.map(segmentWire),
    cases: cases.map((each) => each.id),
  }
}

/** Enough to tell the vehicle that stands there; all of it takes a search, which is recorded. */
const PLATE_END_CHARACTERS = 4

function openWire({ entry, ...stay }: OpenStay): OpenStay {
  return { ...stay, entry: { lane: entry.lane, at: entry.at, by: entry.by } }
}

function segmentWire({ place, from, until, tariff, right, amount }: Segment): object {
  return { place, from, until, tariff, right, amount }
}

function moneyLike(like: Money, amount: number): Money {
  return { amount, currency: like.currency }
}

function caseWire({ id, kind, lane, session, charge, openedAt, pictures }: CaseReport): object {
  return {
    id,
    kind,
    lane,
    session,
    charge,
    openedAt,
    pictures,
    vi: caseWords.vi[kind].short,
    en: caseWords.en[kind].short,
  }
}

function rightWire({ right, others, plateTexts, holderName }: RightReport): object {
  const { plates: _plates, code, given, ...rest } = right
  return {
    ...rest,
    holder: holderName,
    merchant: given?.merchant ?? null,
    codeIssuedAt: code?.issuedAt ?? null,
    plates: plateTexts,
    inside: others,
  }
}
