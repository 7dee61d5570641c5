import type { z } from '@hono/zod-openapi'
import type { SessionId } from '../../../core/ids.ts'
import { laneId, placeId, vehicleClass } from '../../../core/ids.ts'
import type { Mode } from '../../../core/mode.ts'
import type { Money } from '../../../core/money.ts'
import { isCurrencyCode } from '../../../core/money.ts'
import type { ParkingCommon, StayFacts } from '../../../core/parking/facts.ts'
import type { Segment } from '../../../core/parking/session.ts'
import { isOver } from '../../../core/parking/session.ts'
import { isBankHeard, transferAccount } from '../../../core/parking/transfer-code.ts'
import type { OpenStay, StayCursor } from '../../../db/parking-reports.ts'
import type { RequestBody } from '../../path/path.ts'
import type { Client } from '../clients.ts'
import type { Given, HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import { commonOf } from './common.ts'
import type { NamedStay } from './named-stay.ts'
import { nameStay, unbookedAs } from './named-stay.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { plateEnd } from './plate-end.ts'
import type { ParkingReads } from './reads.ts'
import type { stayOperations } from './stay-operations.ts'
import type { StayQuote } from './stay-quote.ts'
import { quoteStay } from './stay-quote.ts'
import type { stayToFind } from './stay-schemas.ts'
import { tendedStays } from './tended.ts'
import type { Transfer } from './transfer-now.ts'
import { transferNow } from './transfer-now.ts'

export function createStayHandlers(parts: ParkingHandlerParts): HandlersOf<typeof stayOperations> {
  const { reads, clock, found, submit } = parts
  const { parking } = reads
  const tended = tendedStays(parts)

  /**
   * Whose answer was lost gets it by its key, also when the stay may no longer be tended: a pay station forgets what it has found. Nothing new is done then, and of a stay of others as little is said as of one that there is not.
   */
  const answeredBefore = async (given: Given<unknown, unknown, unknown>, body: RequestBody): Promise<Response> =>
    parts.answerTo(given.c, await parts.ask(given, body, { refuseIfNew: 'stay-not-found' }))

  const ofStay = (
    given: Given<{ id: string }, unknown, unknown>,
    body: (session: SessionId) => RequestBody,
  ): Promise<Response> => {
    const stay = tended.stay(given.c, given.params.id)
    return stay === null
      ? answeredBefore(given, body(given.params.id as SessionId))
      : submit(given, body(stay.session.id))
  }

  /** By the reference of its charge, once that asks for as much as is due: a bank's word of more would be money over. */
  const transferOf = (stay: StayFacts, quoted: StayQuote, common: ParkingCommon, mode: Mode): Transfer | null => {
    const layout = reads.layout()
    const { charge } = stay
    if (layout === undefined || charge === null || !quoted.ok || charge.charge.due.amount < quoted.total.amount)
      return null
    // Whoever has left waits for nothing at a lane.
    if (charge.status !== 'owed' && !isBankHeard(common, clock.now())) return null
    const account = transferAccount(layout, common.layout.merchant, mode)
    return account === null ? null : transferNow(stay, quoted, account, layout.site)
  }

  /** Staff who know a plate search by it, which is on record: by the plate alone, with no record, only a machine finds. */
  const nameToPay = (stay: z.output<typeof stayToFind>['stay'], client: Client) => {
    const by = { client: client.id, mode: client.mode }
    if (stay.kind === 'ticket') return { named: nameStay(stay, by, parts), isByPlateAlone: false }
    const { digits } = stay
    if (digits !== undefined) return { named: nameStay({ ...stay, digits }, by, parts), isByPlateAlone: false }
    const named: NamedStay =
      client.role === 'pay-station'
        ? parts.plateLooks.lookByPlateAlone(`client:${client.id}`, stay.plate, client.mode)
        : { ok: false, refusal: 'stay-not-found' }
    return { named, isByPlateAlone: true }
  }

  return {
    readSessions: ({ c, query }) => {
      const after = query.after === undefined ? null : cursorOf(query.after)
      const place = query.place === undefined ? null : placeId(query.place)
      const lane = query.lane === undefined ? null : laneId(query.lane)
      const { stays, next } = parking.openStays(clientOf(c).mode, { place, lane }, after, query.limit, query.order)
      return json({
        sessions: stays.filter((stay) => tended.may(c, stay)),
        next: next === null ? null : `${next.enteredAt}~${next.id}`,
      })
    },

    searchSessions: async (given) => {
      const { c } = given
      // What others tend takes no place among those that are named.
      const search = parking.searchPlates(given.body.plate, clientOf(c).mode, (stay) => tended.may(c, stay))
      if (!search.ok) return refuse(c, 'plate-unreadable')
      const { found, isWhole } = search
      // First the record that somebody looked, then what they see.
      const what = { kind: 'plates-searched', found: found.length } as const
      const reply = await parts.ask(given, { kind: 'access-changed', what })
      if (reply.kind !== 'committed' || !reply.outcome.ok) return parts.answerTo(c, reply)
      return json({ found, isWhole })
    },

    findSession: ({ c, body }) => {
      const client = clientOf(c)
      const { named, isByPlateAlone } = nameToPay(body.stay, client)
      if (!named.ok) {
        const { refusal, retryAfterMs } = named
        return refuse(c, refusal, {}, retryAfterMs === undefined ? {} : { retryAfterMs })
      }
      const stay = parking.stay(named.session, client.mode)
      if (stay === null) return refuse(c, unbookedAs(body.stay.kind))
      if (isOver(stay.session) && stay.charge?.status !== 'owed') return refuse(c, 'stay-over')
      if (client.role === 'pay-station') found.note(client.id, named.session, isByPlateAlone)
      if (!tended.may(c, stay.session)) return refuse(c, 'stay-not-found')
      return json(isByPlateAlone ? { ...foundWire(stay, parking), entry: null } : foundWire(stay, parking))
    },

    readSession: ({ c, params }) => {
      const stay = tended.stay(c, params.id)
      return stay === null ? refuse(c, 'stay-not-found') : json(stayWire(stay, parking))
    },

    quoteSession: ({ c, params }) => {
      const stay = tended.stay(c, params.id)
      if (stay === null) return refuse(c, 'stay-not-found')
      const site = commonOf(reads, clientOf(c).mode)
      if (site === null) return refuse(c, 'no-car-park')
      const quoted = quoteStay(stay, parking.debtsOf(stay), site.parking, site.zone, reads.lanes(), clock)
      if (!quoted.ok) return refuse(c, quoted.refusal)
      const { ok: _ok, segments, ...rest } = quoted
      const transfer = transferOf(stay, quoted, site.parking, clientOf(c).mode)
      if (clientOf(c).role === 'pay-station' && found.isByPlateAlone(clientOf(c).id, stay.session.id))
        return json({ session: stay.session.id, ...rest, transfer, ...UNTOLD_BY_PLATE_ALONE })
      return json({ session: stay.session.id, ...rest, transfer, segments: segments.map(segmentWire) })
    },

    askSession: (given) => ofStay(given, (session) => ({ kind: 'session-quoted', session })),

    paySession: (given) => {
      const stay = tended.stay(given.c, given.params.id)
      const shown = { kind: 'shown', place: { kind: 'site' }, reader: null, text: given.body.text } as const
      if (stay === null) return answeredBefore(given, shown)
      // Nobody has asked what it costs: there is nothing yet that a code could pay.
      if (stay.session.charge === null) return refuse(given.c, 'charge-unknown')
      return submit(given, { ...shown, charge: stay.session.charge })
    },

    takeCashWithoutPrice: (given) => {
      const { tender, reason } = given.body
      const amount = moneyOf(given.body.amount)
      if (amount === null) return refuse(given.c, 'amount-invalid')
      return ofStay(given, (session) => ({
        kind: 'cash-without-price',
        session,
        tender,
        amount,
        reason: reason.trim(),
      }))
    },

    reckonSession: (given) => {
      const { due: said, reason } = given.body
      const due = said === undefined ? null : moneyOf(said)
      if (said !== undefined && due === null) return refuse(given.c, 'amount-invalid')
      return ofStay(given, (session) => ({ kind: 'stay-reckoned', session, due, reason: reason.trim() }))
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
  }
}

/** What paying does not need, and whoever knows a plate is not to learn: when it came in, where it stood, what it owes from before, that it stands at an exit. */
const UNTOLD_BY_PLATE_ALONE = { debts: null, holdsUntil: null, segments: [], explained: { vi: [], en: [] } } as const

function moneyOf({ amount, currency }: { readonly amount: number; readonly currency: string }): Money | null {
  return isCurrencyCode(currency) ? { amount, currency } : null
}

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
    plateEnd: plate === null ? null : plateEnd(plate),
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

function foundWire({ session, charge }: StayFacts, parking: ParkingReads): object {
  const { id, vehicleClass: of, place, status, entry } = session
  const plate = parking.plateText(session)
  return {
    ...openWire({ id, vehicleClass: of, place, status, entry }),
    plateEnd: plate === null ? null : plateEnd(plate),
    charge: charge?.charge.id ?? null,
  }
}

function openWire({ entry, ...stay }: OpenStay): OpenStay {
  return { ...stay, entry: { lane: entry.lane, at: entry.at, by: entry.by } }
}

function segmentWire({ place, from, until, tariff, right, amount }: Segment): object {
  return { place, from, until, tariff, right, amount }
}

function moneyLike(like: Money, amount: number): Money {
  return { amount, currency: like.currency }
}
