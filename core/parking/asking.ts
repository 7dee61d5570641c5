import type { Change, Charge } from '../changes.ts'
import { setTimer } from '../decision.ts'
import type { PaidStayTimer } from '../events.ts'
import type { CommonFacts } from '../facts.ts'
import type { ChargeId, SessionId } from '../ids.ts'
import { idAt } from '../ids.ts'
import type { LaneAsked, LaneState } from '../lane/state.ts'
import type { Money } from '../money.ts'
import { money } from '../money.ts'
import type { Now } from '../time.ts'
import { later, MINUTE_MS } from '../time.ts'
import type { DebtFacts, ParkingCommon, StayCharge, StayFacts } from './facts.ts'
import type { Price } from './price.ts'
import type { Segment, Session } from './session.ts'

/** What a stay costs, what of it has been paid, and what is still asked. */
export type StayBill = {
  /** As it stands after `changes`; `null` where nothing has ever been due. */
  readonly charge: Charge | null
  readonly total: Money
  readonly paid: number
  readonly rest: Money
  readonly segments: readonly Segment[]
  readonly changes: readonly Change[]
}

/** More debts are not asked at one time: one payment is one linked set. The others are asked at the visit after. */
export const DEBTS_ASKED_MAX = 7

/**
 * Asks for a price: the stay's one charge is opened with the first amount above 0, and raised to it; it never falls. What was asked of it before at its lane (`held`) holds: where nothing of its own was due then, nothing is,
 * and a charge of 0 says so at its end.
 */
export function billFor(
  stay: StayFacts,
  price: Price,
  held: LaneAsked | null,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): StayBill {
  const { session, charge: known } = stay
  const most = held !== null && isHolding(held, now) ? (known?.charge.due.amount ?? 0) : price.total.amount
  const total = money(Math.min(most, price.total.amount), price.total.currency)
  const paid = known?.paid ?? 0
  const rest = money(Math.max(0, total.amount - paid), total.currency)
  const bill = { total, paid, rest, segments: price.segments }
  if (known !== null && known.charge.due.amount >= total.amount) return { ...bill, charge: known.charge, changes: [] }
  if (known !== null) {
    const charge: Charge = { ...known.charge, due: total }
    return { ...bill, charge, changes: [{ kind: 'charge-raised', charge: charge.id, due: total }] }
  }
  if (price.total.amount === 0) return { ...bill, charge: null, changes: [] }
  return { ...bill, ...chargeOpened(session, total, parking, common, now) }
}

/** Opens the one charge of a stay. */
export function chargeOpened(
  session: Session,
  due: Money,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): { readonly charge: Charge; readonly changes: readonly Change[] } {
  const charge: Charge = {
    id: idAt<ChargeId>(common.position, 'g', 0),
    place: { kind: 'site' },
    merchant: parking.layout.merchant,
    due,
    mode: session.mode,
    session: session.id,
    openedAt: now.at,
    // It ends with its stay, or when it is paid: no due time is set for it.
    expiresAt: later(now.at, parking.policy.stayMaxMs),
  }
  return {
    charge,
    changes: [
      { kind: 'charge-opened', charge },
      { kind: 'session-charged', session: session.id, charge: charge.id },
    ],
  }
}

/** Somebody looks in so long whether a stay that was paid has left. */
export function waitForPaid(wait: Omit<PaidStayTimer, 'purpose'>, afterMs: number, now: Now): Change {
  return setTimer({ purpose: 'paid-stay-due', ...wait }, now.at, afterMs)
}

/** What was asked at the lane before which the vehicle of a stay stands, while it holds. Another stay's says nothing of it. */
export function heldAt(
  { visit, presence }: Pick<LaneState, 'visit' | 'presence'>,
  stay: SessionId,
  now: Now,
): LaneAsked | null {
  if (visit === null || visit.presence !== presence || visit.session !== stay || visit.asked === null) return null
  return isHolding(visit.asked, now) ? visit.asked : null
}

/** So long after the end of its hold a transfer still pays what a lane has shown: a bank tells of most within a minute, of few after ten. */
export const SHOWN_PAYS_FOR_MS = 10 * MINUTE_MS

export type ShownBefore = NonNullable<LaneAsked['before']>

/**
 * What the lane showed of a charge and holds no more, while the same vehicle still stands there: the one amount before what it shows now, for `SHOWN_PAYS_FOR_MS` after its hold
 * (docs/decisions/089-what-is-shown-is-what-is-taken.md).
 */
export function shownBefore(
  { visit, presence }: Pick<LaneState, 'visit' | 'presence'>,
  charge: ChargeId,
  now: Now,
): ShownBefore | null {
  const asked = visit?.asked ?? null
  if (asked === null || presence === null || visit?.presence !== presence) return null
  const shown = isHolding(asked, now) ? asked.before : asked
  if (shown === undefined || shown.charge !== charge) return null
  return now.at >= shown.at && now.at < later(shown.holdsUntil, SHOWN_PAYS_FOR_MS) ? shown : null
}

/** What it keeps of what it showed before: the amount that was another, of the same vehicle. */
export function keptBefore(was: LaneAsked | null, due: Money): Pick<LaneAsked, 'before'> {
  if (was === null) return {}
  const { again: _again, before, ...shown } = was
  if (shown.due.amount !== due.amount) return { before: shown }
  return before === undefined ? {} : { before }
}

/** A clock that was set back holds nothing: the amount is asked anew. */
function isHolding({ at, holdsUntil }: LaneAsked, now: Now): boolean {
  return now.at >= at && now.at < holdsUntil
}

/** What a vehicle still owes from before, the oldest first: what is asked now. */
export function debtsAsked(
  debts: readonly DebtFacts[],
): readonly { readonly charge: StayCharge; readonly rest: Money }[] {
  return debts
    .map(({ charge }) => ({ charge, rest: restOf(charge) }))
    .filter(({ rest }) => rest.amount > 0)
    .slice(0, DEBTS_ASKED_MAX)
}

/** What a charge still asks; 0 where more has been paid. */
export function restOf({ charge, paid }: Pick<StayCharge, 'charge' | 'paid'>): Money {
  return money(Math.max(0, charge.due.amount - paid), charge.due.currency)
}

/** The sum of amounts of one currency. */
export function sumOf(first: Money, others: readonly Money[]): Money {
  return money(
    others.reduce((sum, { amount }) => sum + amount, first.amount),
    first.currency,
  )
}
