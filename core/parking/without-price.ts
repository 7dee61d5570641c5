import type { Change } from '../changes.ts'
import type { Decision } from '../decision.ts'
import { NOTHING, refuse } from '../decision.ts'
import type { EventOf } from '../events.ts'
import type { CommonFacts, LaneFacts } from '../facts.ts'
import { standingOf } from '../lane/state.ts'
import { KEYED_AMOUNT_MAX, money } from '../money.ts'
import { isReason } from '../reason.ts'
import type { Now } from '../time.ts'
import { tenderAccount } from './accounts.ts'
import { billFor, chargeOpened, restOf } from './asking.ts'
import type { Borne } from './borne.ts'
import { borneNow, whyNotBorne } from './borne.ts'
import { endCases, isNotReckoned, leftUnpaidEnded, openCase } from './cases.ts'
import type { ParkingCommon, StayCharge, StayFacts } from './facts.ts'
import { withinOpen } from './moved.ts'
import type { NoPrice, Price } from './price.ts'
import { priceAt, priceNow } from './price.ts'
import { isOver } from './session.ts'
import { bookBorne, bookDebt, bookMoney } from './tender.ts'

/** Nobody can reckon: what had been asked stands, and what was taken beyond that was asked by hand. */
export function asWasTaken({ charge }: StayFacts, cash: number, currency: Price['total']['currency']): Price {
  const asked = charge?.charge.due.amount ?? 0
  const total = money(Math.max(asked, (charge?.paid ?? 0) + cash), currency)
  return { ok: true, total, segments: [], bills: [] }
}

/**
 * Cash that staff took for a stay that nobody can price: one that is inside, or that was let out by hand since. It is booked as it was taken, with their reason, and what the stay costs waits to be reckoned. Refused where a price is
 * known (`price-known`: it is asked, and paid as such), where its vehicle stands before a lane that is asking for an amount (`asked-at-lane`: cash for that lets it out), for one that is over and reckoned, in another currency or mode, of 0 or over `KEYED_AMOUNT_MAX`, of more than `cashOverMax` beyond what is owed (`cash-too-high`: it is taken in parts), and without a reason.
 */
export function takeCashWithoutPrice(
  { amount, tender, reason }: EventOf<'cash-without-price'>,
  stay: StayFacts | null,
  lane: LaneFacts | null,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  if (stay === null || stay.session.mode !== common.mode) return refuse('stay-not-found')
  if (!isReason(reason)) return refuse('reason-missing')
  const { session, cases, picture } = stay
  const { currency, site } = common.layout
  if (amount.currency !== currency) return refuse('token-currency')
  if (amount.amount === 0) return refuse('amount-zero')
  if (amount.amount > KEYED_AMOUNT_MAX) return refuse('amount-invalid')
  const isGone = isOver(session)
  if (isGone && !isNotReckoned(stay)) return refuse('stay-over')
  const price: Price | NoPrice | null = isGone ? null : priceNow(stay, parking, now)
  if (price?.ok === true) return refuse('price-known')
  // It would go on asking, by its display and the code of the bank, for what has been paid here.
  if (lane !== null && standingOf(lane.state) !== null) return refuse('asked-at-lane')
  // What was asked before it left is paid first, as what is owed; all beyond that was taken by hand.
  const owed = stay.charge?.status === 'owed' ? restOf(stay.charge).amount : 0
  const ofOwed = Math.min(owed, amount.amount)
  const beyond = money(amount.amount - ofOwed, currency)
  // A slip of three zeros would be the price, for nobody knows another.
  if (beyond.amount > parking.policy.cashOverMax) return refuse('cash-too-high')
  const { charge, changes } = toTake(stay, amount.amount, beyond.amount, parking, common, now)
  const about = { lane: null, session: session.id, charge: charge.id, pictures: [picture] }
  return {
    ...NOTHING,
    outcome: {
      ok: true,
      kind: 'credited',
      charge: charge.id,
      amount,
      rest: money(owed - ofOwed, currency),
      overpaid: money(0, currency),
    },
    subject: { charge: charge.id, passage: null, session: session.id },
    changes: [
      ...changes,
      ...bookMoney(
        [
          { charge, isOwed: true, amount: money(ofOwed, currency) },
          { charge, isOwed: false, amount: beyond },
        ],
        tender,
        tenderAccount(session.mode, site, tender),
        money(0, currency),
        common,
        now,
      ),
      ...(isGone && ofOwed === owed
        ? [
            { kind: 'charge-closed', charge: charge.id, status: 'paid', at: now.at } as const,
            ...(stay.charge === null ? [] : leftUnpaidEnded(stay.charge, now)),
          ]
        : []),
      ...(isNotReckoned(stay) ? [] : openCase('not-reckoned', about, cases, common, now)),
      ...(price === null ? [] : openCase(price.staffCase, { ...about, charge: null }, cases, common, now)),
    ],
  }
}

/** The charge that takes it, with room for it. */
function toTake(
  stay: StayFacts,
  cash: number,
  beyond: number,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): { readonly charge: StayCharge['charge']; readonly changes: readonly Change[] } {
  const { session, charge: known } = stay
  const { currency } = common.layout
  if (known === null) return chargeOpened(session, money(cash, currency), parking, common, now)
  if (!isOver(session)) {
    const asked = billFor(stay, asWasTaken(stay, cash, currency), null, parking, common, now)
    return { charge: known.charge, changes: asked.changes }
  }
  const { charge } = known
  const due = money(charge.due.amount + beyond, currency)
  return { charge, changes: beyond === 0 ? [] : [{ kind: 'charge-reckoned', charge: charge.id, due, at: now.at }] }
}

/**
 * What a stay cost that ended without a price: reckoned by the tariffs that are in force now for the time until it left, or said by a supervisor (`due`), with a reason. What was asked and what was taken stand; what is more is owed by its
 * plate, and a case. Refused for a stay that does not wait for it, and by the tariffs where no price is known still, or where a clock that nobody trusted said when it came or left: then somebody has to say it.
 */
export function reckonStay(
  { due, reason }: EventOf<'stay-reckoned'>,
  stay: StayFacts | null,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): Decision {
  if (stay === null || stay.session.mode !== common.mode) return refuse('stay-not-found')
  if (!isReason(reason)) return refuse('reason-missing')
  const { session, charge: known, cases, picture } = stay
  const { currency } = common.layout
  if (!isOver(session) || !isNotReckoned(stay)) return refuse('nothing-to-reckon')
  if (due !== null && due.currency !== currency) return refuse('token-currency')
  if (due !== null && due.amount > KEYED_AMOUNT_MAX) return refuse('amount-invalid')
  const cost =
    due === null ? costUntilItLeft(stay, parking, now) : { ok: true as const, total: due, segments: null, borne: [] }
  if (!cost.ok) return refuse(cost.refusal)
  const before = known?.charge.due.amount ?? 0
  const validated = cost.borne.reduce((sum, { amount }) => sum + amount, 0)
  const full = money(Math.max(before, cost.total.amount + validated), currency)
  const more = money(Math.max(0, cost.total.amount - before), currency)
  const shares = withinOpen(cost.borne, full.amount - before - more.amount)
  const owed = money((known?.status === 'owed' ? restOf(known).amount : 0) + more.amount, currency)
  const segments: readonly Change[] =
    cost.segments === null ? [] : [{ kind: 'segments-written', session: session.id, segments: cost.segments }]
  const ended = endCases(cases, ['not-reckoned', 'no-tariff', 'time-unclear', 'stay-too-long'], common.reason, now)
  if (full.amount === 0) {
    return {
      ...NOTHING,
      outcome: { ok: true, kind: 'nothing-due', session: session.id },
      subject: { charge: null, passage: null, session: session.id },
      changes: [...segments, ...ended],
    }
  }
  const isMore = full.amount > before
  const { charge, changes } =
    known === null
      ? opened(stay, full, more.amount > 0, parking, common, now)
      : {
          charge: known.charge,
          changes: isMore ? [{ kind: 'charge-reckoned', charge: known.charge.id, due: full, at: now.at } as const] : [],
        }
  const about = { lane: null, session: session.id, charge: charge.id, pictures: [picture] }
  return {
    ...NOTHING,
    outcome:
      owed.amount === 0
        ? { ok: true, kind: 'nothing-due', session: session.id }
        : { ok: true, kind: 'amount-asked', session: session.id, charge: charge.id, due: owed, holdsUntil: null },
    subject: { charge: charge.id, passage: null, session: session.id },
    changes: [
      ...segments,
      ...changes,
      ...shares.flatMap((share, index) => bookBorne(charge, share, index, common, now)),
      ...(more.amount === 0
        ? []
        : [...bookDebt(charge, more, common), ...openCase('left-unpaid', about, cases, common, now)]),
      ...(isMore && owed.amount === 0
        ? [{ kind: 'charge-closed', charge: charge.id, status: 'paid', at: now.at } as const]
        : []),
      ...ended,
    ],
  }
}

/** A stay that was never asked anything has no charge yet. */
function opened(
  { session }: StayFacts,
  full: Price['total'],
  isOwed: boolean,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): { readonly charge: StayCharge['charge']; readonly changes: readonly Change[] } {
  const { charge, changes } = chargeOpened(session, full, parking, common, now)
  return { charge, changes: isOwed ? [...changes, { kind: 'charge-owed', charge: charge.id, at: now.at }] : changes }
}

type Cost =
  | (Pick<Price, 'ok' | 'total' | 'segments'> & { readonly borne: readonly Borne[] })
  | Pick<NoPrice, 'ok' | 'refusal'>

const NOT_BORNE = { 'no-tariff': 'no-tariff', 'time-unclear': 'clock-not-trusted' } as const

/** By the part that was written when it left without a price, whose end says when that was. */
function costUntilItLeft(stay: StayFacts, parking: ParkingCommon, now: Now): Cost {
  const last = stay.segments.at(-1)
  if (last === undefined || last.tariff !== null || last.isUntilUnsure === true)
    return { ok: false, refusal: 'stay-time-unclear' }
  const until = last.until
  const asItStood: StayFacts = { ...stay, segments: stay.segments.slice(0, -1) }
  const price = priceAt(asItStood, parking, until)
  if (!price.ok) return price
  // Which part merchants bear nobody can say yet: it goes on waiting.
  const borne = borneNow(asItStood, parking, until, now)
  return borne === null ? { ok: false, refusal: NOT_BORNE[whyNotBorne(now)] } : { ...price, borne }
}
