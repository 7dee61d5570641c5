import { canonicalJson } from '../canonical-json.ts'
import type { Change, Charge } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { clearTimer, NOTHING, refuse, setTimer } from '../decision.ts'
import type { Role, Timer } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { ChargeId, PlaceId } from '../ids.ts'
import { idAt } from '../ids.ts'
import { merchantAccount } from '../ledger.ts'
import type { Money } from '../money.ts'
import { KEYED_AMOUNT_MAX, money } from '../money.ts'
import { isReason } from '../reason.ts'
import type { Refusal } from '../refusals.ts'
import type { Instant, Now } from '../time.ts'
import { DAY_MS, isTrusted, later } from '../time.ts'
import { tenderAccount } from './accounts.ts'
import { endCases, openCase } from './cases.ts'
import { refundMoney } from './counter.ts'
import type { ParkingEvent } from './events.ts'
import type { ParkingCommon, RightFacts, StayCharge, TariffsInForce } from './facts.ts'
import type { ParkingQuestion, PayingFacts } from './question.ts'
import { isRight, RIGHT_PLATES_MAX, RIGHT_UNTIL_MAX, statusMoved, withAway } from './rights.ts'
import type { OfferAsked, PassSale, SaleFacts } from './sale.ts'
import type { AssignedRight, PlateValue, RightAway } from './session.ts'
import { passHours } from './tariff.ts'
import type { PassOnOffer } from './tariff-book.ts'
import { passesOnOffer, tariffsInForceOn } from './tariff-book.ts'
import { bookGivenUp, bookMoney } from './tender.ts'
import type { ZoneRules } from './zone-time.ts'
import { dayNumberAt, dayStart, monthsAfter } from './zone-time.ts'

/** A sale that nobody has paid for so long comes to nothing: a transfer over a long weekend is there by then. */
export const PASS_UNPAID_MAX_MS = 7 * DAY_MS
/** For so many months at a time an offer is sold more than once over. */
export const PASS_SOLD_MONTHS_MAX = 12

type EventOf<Kind extends ParkingEvent['kind']> = Extract<ParkingEvent, { kind: Kind }>
type Sold = Extract<ParkingQuestion, { kind: 'pass-sold' }>
type Refunding = PayingFacts & { readonly role: Role | null }

/**
 * Sells a pass by an offer of the tariff in force, or renews one by it: hours, places, spaces and price come from there, and a charge of the car park's own merchant is opened. With cash for all of it it is paid, and in force, in the same record;
 * without, it is for nothing until it is paid, and comes to nothing after `PASS_UNPAID_MAX_MS`. Refused: a clock that is not trusted; no tariff, or one without this offer (never 0); another number of months than the offer is sold for;
 * cash of another amount (`due` says the price); an id in use; to renew what is unpaid, ended, or not what the offer sells.
 */
export function sellPass({ body, parking, known, plates, holder }: Sold, common: CommonFacts, now: Now): Decision {
  if (parking === null) return refuse('no-car-park')
  if (!isTrusted(now.trust)) return refuse('pass-clock-not-trusted')
  const { tariffs, layout } = parking
  if (tariffs === null) return refuse('no-tariff')
  const found = offerOf(body.offer, tariffs, now)
  if (!found.ok) return refuse(found.refusal)
  const { offer, price } = found
  const { cash } = body
  if (cash !== null && cash.amount.currency !== price.currency) return refuse('token-currency', price)
  if (cash !== null && cash.amount.amount !== price.amount) return refuse('pass-price-differs', price)
  const read = plates.filter((plate): plate is PlateValue => plate !== null)
  if (read.length < plates.length) return refuse('plate-unreadable')
  const stands = standing(body, offer, known, { plates: read, holder }, parking)
  if (!stands.ok) return refuse(stands.refusal)
  const charge: Charge = {
    id: idAt<ChargeId>(common.position, 'g', 0),
    place: { kind: 'site' },
    merchant: layout.merchant,
    due: price,
    mode: common.mode,
    session: null,
    openedAt: now.at,
    expiresAt: later(now.at, PASS_UNPAID_MAX_MS),
  }
  const sale: PassSale = {
    charge: charge.id,
    right: body.right,
    kind: body.sells,
    mode: common.mode,
    offer: {
      tariff: { id: offer.tariff.id, version: offer.tariff.version },
      pass: offer.pass.id,
      vehicleClass: offer.vehicleClass,
      months: body.offer.months,
    },
    soldAt: now.at,
    dueAt: charge.expiresAt,
    period: periodOf(body.sells, stands.right, now.at, body.offer.months, tariffs.zone),
    state: { status: 'unpaid' },
  }
  if (
    !isRight(
      { ...stands.right, validFrom: sale.period.from, validUntil: sale.period.until },
      layout,
      common.layout.currency,
    )
  )
    return refuse('right-invalid')
  const opened: readonly Change[] = [{ kind: 'charge-opened', charge }]
  const isPaid = cash !== null
  const changes: readonly Change[] = isPaid
    ? [
        ...asPassMoney(
          charge,
          bookMoney(
            [{ charge, isOwed: false, amount: price }],
            cash.tender,
            tenderAccount(common.mode, common.layout.site, cash.tender),
            money(0, price.currency),
            common,
            now,
          ),
        ),
        { kind: 'charge-closed', charge: charge.id, status: 'paid', at: now.at },
      ]
    : [setTimer(dueOf(sale), now.at, PASS_UNPAID_MAX_MS)]
  return {
    ...NOTHING,
    outcome: {
      ok: true,
      kind: 'pass-sold',
      right: body.right,
      charge: charge.id,
      price,
      due: isPaid ? money(0, price.currency) : price,
      dueAt: sale.dueAt,
      validFrom: isPaid ? sale.period.from : null,
      validUntil: isPaid ? sale.period.until : null,
    },
    subject: { charge: charge.id, passage: null, session: null },
    changes: [
      ...opened,
      ...changes,
      ...(isPaid ? inForce(sale, stands.right, sale.period, now) : waiting(sale, stands.right)),
    ],
    keep: ['parking'],
  }
}

/** Whether what an offer has for so many months is sold for others: for its own, whatever they are, or a multiple of them up to `PASS_SOLD_MONTHS_MAX`. */
export function isSoldFor(offered: number, asked: number): boolean {
  return asked === offered || (asked >= 1 && asked <= PASS_SOLD_MONTHS_MAX && asked % offered === 0)
}

/**
 * What a decision about money does to the sale for whose charge it is: paid up, the pass is in force from now; given back, it ends. Its money is booked as a pass’s.
 */
export function withSale(
  decision: Decision,
  { sale: facts, charge, parking }: Pick<PayingFacts, 'sale' | 'charge' | 'parking'>,
  now: Now,
): Decision {
  if (facts === null || charge === null || !decision.outcome.ok || decision.changes.length === 0) return decision
  const { sale, right, cases } = facts
  const changes = asPassMoney(charge.charge, decision.changes).filter(
    (change) =>
      change.kind !== 'case-opened' || !cases.some(({ kind }) => kind === 'overpaid' && change.case.kind === kind),
  )
  const paid = changes.reduce(
    (sum, change) =>
      change.kind === 'payment-taken' && change.charge === sale.charge ? sum + change.amount.amount : sum,
    charge.paid,
  )
  if (sale.state.status === 'unpaid' && paid >= charge.charge.due.amount) {
    const period = periodPaid(sale, right, parking?.tariffs ?? null, now)
    return {
      ...decision,
      changes: [
        ...changes,
        { kind: 'charge-closed', charge: sale.charge, status: 'paid', at: now.at },
        clearTimer(dueOf(sale)),
        ...inForce(sale, right, period, now),
      ],
    }
  }
  const refunded = changes.find((change) => change.kind === 'charge-refunded')
  if (refunded === undefined) return { ...decision, changes }
  const isAllGivenBack = charge.overpaid > 0 && refunded.ofOverpaid.amount === charge.overpaid
  const answered = isAllGivenBack ? endCases(cases, ['overpaid'], 'given back', now) : []
  const { outcome } = decision
  if (refunded.ofPaid.amount === 0 || outcome.kind !== 'refunded')
    return { ...decision, changes: [...changes, ...answered] }
  const left = sale.state.status === 'paid' ? takenBack(sale, right, now) : { right, changes: [] }
  const isOver = left.right.status === 'ended' || left.right.validUntil <= now.at
  return {
    ...decision,
    outcome: { ...outcome, pass: { right: right.id, goodUntil: isOver ? null : left.right.validUntil } },
    changes: [...changes, ...answered, ...left.changes],
  }
}

/**
 * Gives money of a charge back (`refundMoney`): of what is too much while a vehicle is inside an operator or admin all, others up to `refundMax`. What comes out of the price of a pass takes the time that it bought, all of it: so a part of what is left of the price is refused unless it is confirmed (`due`: all of it), and so is any, while a later sale of the
 * pass stands on it, or the clock is not trusted: one that ran ahead would find no time left to take. An operator or admin gives back the whole price of a pass, others up to `refundMax`.
 */
export function refundCharge(
  asked: EventOf<'refund'>,
  facts: Refunding,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  const { sale: known, charge, stay, role } = facts
  const { amount, confirmed } = asked
  const { refundMax } = parking.policy
  const mayAll = role === 'operator' || role === 'admin'
  const inside = mayAll ? Number.POSITIVE_INFINITY : refundMax
  if (known === null || charge === null)
    return refundMoney(charge, asked, stay, { ofPrice: refundMax, inside }, parking, common, now)
  const most = { ofPrice: mayAll ? charge.paid : refundMax, inside }
  // Of a pass less than its whole price is asked about, below: that is what nobody means.
  const given = refundMoney(charge, { ...asked, confirmed: true }, stay, most, parking, common, now)
  const { paid, overpaid, refunded } = charge
  const all = money(overpaid + paid - refunded, amount.currency)
  if (!given.outcome.ok) {
    if (given.outcome.refusal !== 'refund-too-high') return given
    const isForAnother = !mayAll && amount.amount <= all.amount && charge.status === 'paid'
    return refuse(isForAnother ? 'pass-refund-too-high' : 'pass-refund-over')
  }
  const isOfPrice = amount.amount > overpaid && known.sale.state.status === 'paid'
  if (isOfPrice && !known.isLast) return refuse('pass-renewed-since')
  if (isOfPrice && !isTrusted(now.trust)) return refuse('pass-clock-not-trusted')
  if (isOfPrice && amount.amount < all.amount && confirmed !== true) return refuse('pass-refund-part', all)
  return withSale(given, facts, now)
}

/** Cash for a sale that is paid, taken back or lapsed is refused by that, whatever its amount: it would be booked for nothing. Only a bank's word is of money that is there already. */
export function isPastSale({ sale, charge }: PayingFacts, { mode }: CommonFacts): boolean {
  return sale !== null && charge?.charge.mode === mode && sale.sale.state.status !== 'unpaid'
}

/** Staff take a sale back that is not paid, with a reason: nothing is due for it any more, and what had been paid of it is to be given back. Refused once it is paid, which a refund ends, or over. */
export function cancelSale(
  { reason }: EventOf<'pass-sale-cancelled'>,
  { sale: facts, charge, parking }: PayingFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (parking === null) return refuse('no-car-park')
  if (facts === null || charge === null || charge.charge.mode !== common.mode) return refuse('charge-unknown')
  if (!isReason(reason)) return refuse('reason-missing')
  if (facts.sale.state.status !== 'unpaid') return refuse('charge-closed')
  return withdrawn('cancelled', facts, charge, common, now)
}

/** Nobody has paid in time. While the clock is not trusted it gets its time again. */
export function lapseSale(
  timer: Extract<Timer, { purpose: 'pass-sale-due' }>,
  { sale: facts, charge }: PayingFacts,
  common: CommonFacts,
  now: Now,
): Decision {
  if (facts === null || charge === null || facts.sale.state.status !== 'unpaid') return NOTHING
  const subject = { charge: charge.charge.id, passage: null, session: null }
  if (!isTrusted(now.trust)) {
    return { ...NOTHING, subject, changes: [setTimer(timer, now.at, PASS_UNPAID_MAX_MS)] }
  }
  const lapsed = withdrawn('lapsed', facts, charge, { ...common, mode: charge.charge.mode }, now)
  return { ...lapsed, outcome: NOTHING.outcome }
}

function withdrawn(
  status: 'cancelled' | 'lapsed',
  { sale, right, cases }: SaleFacts,
  { charge, paid }: StayCharge,
  common: CommonFacts,
  now: Now,
): Decision {
  const over = money(paid, charge.due.currency)
  const about = { lane: null, session: null, charge: charge.id, pictures: [] }
  return {
    ...NOTHING,
    outcome: { ok: true, kind: 'pass-sale-cancelled', right: sale.right, charge: charge.id, overpaid: over },
    subject: { charge: charge.id, passage: null, session: null },
    changes: [
      ...asPassMoney(charge, bookGivenUp(charge, over, common, now)),
      {
        kind: 'charge-closed',
        charge: charge.id,
        status: status === 'lapsed' ? 'expired' : 'cancelled',
        at: now.at,
      },
      clearTimer(dueOf(sale)),
      ...(sale.kind === 'issue' ? [statusMoved(right, 'ended', now.at, now.at)] : []),
      { kind: 'pass-sale-put', sale: { ...sale, state: { status, at: now.at } } },
      ...(over.amount > 0 ? openCase('overpaid', about, cases, common, now) : []),
    ],
  }
}

type Offered =
  | { readonly ok: true; readonly offer: PassOnOffer; readonly price: Money }
  | { readonly ok: false; readonly refusal: Refusal }

/** The offer as it stands today, and what so many months of it cost. */
function offerOf(asked: OfferAsked, { book }: TariffsInForce, now: Now): Offered {
  const { day } = now.local
  const offer = passesOnOffer(book, day).find(
    ({ tariff, pass, vehicleClass }) =>
      tariff.id === asked.tariff && pass.id === asked.pass && vehicleClass === asked.vehicleClass,
  )
  if (offer === undefined) {
    return { ok: false, refusal: tariffsInForceOn(book, day).length > 0 ? 'pass-not-on-offer' : 'no-tariff' }
  }
  const { months } = offer.pass
  if (!isSoldFor(months, asked.months)) return { ok: false, refusal: 'pass-not-on-offer' }
  const amount = (offer.price.amount * asked.months) / months
  // A pass for nothing is given with a reason, and is no sale.
  if (amount === 0) return { ok: false, refusal: 'nothing-due' }
  // What nobody could key as one payment.
  if (amount > KEYED_AMOUNT_MAX) return { ok: false, refusal: 'amount-invalid' }
  return { ok: true, offer, price: money(amount, offer.price.currency) }
}

/** The right for which is paid, as it stands before: one that is new, or the one that goes on. */
function standing(
  { sells, right: id }: EventOf<'pass-sold'>,
  offer: PassOnOffer,
  known: RightFacts | null,
  { plates, holder }: Pick<AssignedRight, 'plates' | 'holder'>,
  { layout }: ParkingCommon,
): { readonly ok: true; readonly right: AssignedRight } | { readonly ok: false; readonly refusal: Refusal } {
  const hours = passHours(offer.tariff, offer.pass)
  if (sells === 'renewal') {
    if (known === null) return { ok: false, refusal: 'right-unknown' }
    const { right } = known
    if (right.status === 'ended') return { ok: false, refusal: 'right-ended' }
    if (right.status === 'unpaid') return { ok: false, refusal: 'pass-unpaid' }
    if (known.isSaleOpen) return { ok: false, refusal: 'pass-sale-open' }
    const isSame =
      right.kind === 'pass' &&
      right.spaces === SPACES &&
      right.vehicleClasses.join() === offer.vehicleClass &&
      canonicalJson(right.hours) === canonicalJson(hours) &&
      placesOf(right.places, layout).join() === placesOf(offer.places, layout).join()
    return isSame ? { ok: true, right } : { ok: false, refusal: 'pass-not-alike' }
  }
  if (known !== null) return { ok: false, refusal: 'right-exists' }
  if (plates.length > RIGHT_PLATES_MAX) return { ok: false, refusal: 'right-invalid' }
  return {
    ok: true,
    right: {
      id,
      kind: 'pass',
      status: 'unpaid',
      holder,
      places: offer.places,
      vehicleClasses: [offer.vehicleClass],
      plates,
      spaces: SPACES,
      validFrom: BEGINNING,
      validUntil: BEGINNING,
      hours,
      code: null,
      given: null,
      session: null,
      relief: { kind: 'covers' },
    },
  }
}

/** One price is for one vehicle at a time. */
const SPACES = 1
const BEGINNING = 0 as Instant

function placesOf(places: readonly PlaceId[], layout: ParkingCommon['layout']): readonly PlaceId[] {
  return layout.places.map(({ id }) => id).filter((id) => places.length === 0 || places.includes(id))
}

/**
 * The time that is bought: calendar months by the site's clock, to the end of their last day. A new pass begins when it is paid, in the middle of a day that is its first; one that goes on begins where it ended, at the next midnight at the latest.
 * From 31 January a month lasts to the end of February, and up to 1 March.
 */
function periodOf(
  kind: PassSale['kind'],
  right: AssignedRight,
  at: Instant,
  months: number,
  zone: ZoneRules,
): PassSale['period'] {
  const goesOn = kind === 'renewal' && right.validUntil >= at
  const from = goesOn ? right.validUntil : at
  const day = dayNumberAt(zone, from)
  const first = goesOn && dayStart(zone, day) < from ? day + 1 : day
  return { from, until: Math.min(dayStart(zone, monthsAfter(first, months)), RIGHT_UNTIL_MAX) as Instant }
}

/** By a clock that nobody trusts, or set back, and without a tariff's zone, the time that was named at the sale is the one that was bought. */
function periodPaid(
  { kind, offer, soldAt, period }: PassSale,
  right: AssignedRight,
  tariffs: TariffsInForce | null,
  now: Now,
): PassSale['period'] {
  if (tariffs === null || !isTrusted(now.trust) || now.at < soldAt) return period
  return periodOf(kind, right, now.at, offer.months, tariffs.zone)
}

function inForce(
  sale: PassSale,
  right: AssignedRight,
  period: PassSale['period'],
  { at }: Pick<Now, 'at'>,
): readonly Change[] {
  const { from, until } = period
  const { away: _away, ...unpaid } = right
  const good: AssignedRight =
    sale.kind === 'issue'
      ? { ...unpaid, status: 'active', validFrom: from, validUntil: until }
      : { ...right, ...awayUntil(right, from), validUntil: Math.max(right.validUntil, until) as Instant }
  return [
    { kind: 'right-put', right: good },
    { kind: 'pass-sale-put', sale: { ...sale, period, state: { status: 'paid', at } } },
  ]
}

/** It is known, and for nothing yet. */
function waiting(sale: PassSale, right: AssignedRight): readonly Change[] {
  const { from, until } = sale.period
  const put: readonly Change[] =
    sale.kind === 'issue'
      ? [
          {
            kind: 'right-put',
            right: { ...right, validFrom: from, validUntil: until, away: [{ from: BEGINNING, until: null }] },
          },
        ]
      : []
  return [...put, { kind: 'pass-sale-put', sale }]
}

/** From when it ran out until it was paid again it was for nothing, whether or not it was suspended or taken up in that time. */
function awayUntil({ away = [], validUntil }: AssignedRight, from: Instant): { readonly away?: readonly RightAway[] } {
  return validUntil < from ? { away: withAway(away, { from: validUntil, until: from }) } : {}
}

/**
 * What is left of a pass when what it was paid for goes: the time from now on that was bought is taken off its end, so that what the office gave stays, from now. A new pass of which nothing is left ends for good; one that was renewed may be renewed again.
 */
function takenBack(
  sale: PassSale,
  right: AssignedRight,
  now: Now,
): { readonly right: AssignedRight; readonly changes: readonly Change[] } {
  const { at } = now
  const put: Change = { kind: 'pass-sale-put', sale: { ...sale, state: { status: 'refunded', at } } }
  const { from, until } = sale.period
  const goes = Math.min(Math.max(from, at), until)
  const given = Math.max(0, right.validUntil - until)
  const validUntil = Math.min(right.validUntil, goes + given) as Instant
  const isNone = validUntil <= right.validFrom || (sale.kind === 'issue' && validUntil <= at)
  if (isNone) return { right: { ...right, status: 'ended' }, changes: [statusMoved(right, 'ended', at, at), put] }
  const shorter = { ...right, validUntil }
  return { right: shorter, changes: [{ kind: 'right-put', right: shorter }, put] }
}

/** What comes to the merchant for a pass, and what goes back from there, under names of their own: a report of the day tells them from stays. */
function asPassMoney({ id, mode, merchant }: Charge, changes: readonly Change[]): readonly Change[] {
  const account = merchantAccount(mode, merchant)
  return changes.map((change) =>
    change.kind === 'transfers'
      ? {
          ...change,
          linked: change.linked.map((transfer) => {
            if (transfer.charge !== id) return transfer
            if (transfer.credit === account) return { ...transfer, code: 'pass-sale' as const }
            return transfer.debit === account ? { ...transfer, code: 'pass-return' as const } : transfer
          }),
        }
      : change,
  )
}

function dueOf({ charge }: PassSale): Extract<Timer, { purpose: 'pass-sale-due' }> {
  return { purpose: 'pass-sale-due', charge }
}
