import type { Change } from '../changes.ts'
import type { CommonFacts } from '../facts.ts'
import type { PassageGround } from '../lane/state.ts'
import type { Money } from '../money.ts'
import { money } from '../money.ts'
import type { Instant, Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { billFor, restOf } from './asking.ts'
import { beyondOf } from './beyond.ts'
import type { Borne } from './borne.ts'
import { borneNow, whyNotBorne } from './borne.ts'
import { endCases, openCase } from './cases.ts'
import type { ParkingCommon, StayFacts } from './facts.ts'
import type { LaneParking } from './place.ts'
import { countsOf } from './places.ts'
import type { Price } from './price.ts'
import { priceAt, priceNow } from './price.ts'
import type { Segment, SessionStatus } from './session.ts'
import { sessionMoves } from './session.ts'
import type { ReliefTender } from './tender.ts'
import { bookBeyond, bookBorne, bookDebt, bookGivenUp, bookRelief } from './tender.ts'

type SessionGround = Extract<PassageGround, { kind: 'session' }>

/** What may still be moved by a right of a passage: a stay that is over stays so. */
function canBe(stay: StayFacts, status: SessionStatus): boolean {
  return sessionMoves[stay.session.status].includes(status)
}

/**
 * The loops have shown the vehicle through: it counts where it is now, and where it was no more. Into the street its stay is over: its segments are written, its charge is closed, or
 * what is not paid is owed. `grantedAt`: what it costs was settled when it was let out, however long it takes to drive.
 */
export function movedThrough(
  stay: StayFacts,
  ground: SessionGround,
  grantedAt: Instant,
  lane: { readonly id: NonNullable<StayFacts['session']['entry']['lane']>; readonly parking: LaneParking },
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const { session } = stay
  const to = ground.side === 'entry' ? lane.parking.inside : lane.parking.outside
  const from = session.status === 'entering' ? null : session.place
  const counts = countsOf(parking.layout.places, from, to, session.vehicleClass, session.mode)
  if (to === null) {
    if (!canBe(stay, 'left')) return []
    return [
      { kind: 'session-moved', session: session.id, status: 'left', place: session.place, lane: lane.id, at: now.at },
      ...counts,
      ...endStay(stay, grantedAt, ground.by, parking, common, now),
    ]
  }
  // Where it is inside already it goes from one place into another, and its stay goes on.
  if (session.status !== 'inside' && !canBe(stay, 'inside')) return []
  const marker = session.status === 'inside' ? partWritten(stay, parking, common, now) : []
  return [
    ...marker,
    { kind: 'session-moved', session: session.id, status: 'inside', place: to, lane: lane.id, at: now.at },
    ...counts,
  ]
}

/**
 * Nobody used the right in its time. Who was let in and never came in was never here; who was let out and stays is inside again, and after the grace more is due: a case
 * where it has paid. What comes of it is in the mode of the stay: the right may lapse in a box that trains by now.
 */
export function movedBack(stay: StayFacts, ground: SessionGround, box: CommonFacts, now: Now): readonly Change[] {
  const { session, charge } = stay
  const common: CommonFacts = { ...box, mode: session.mode }
  const status = ground.side === 'entry' ? 'void' : 'inside'
  if (session.status !== (ground.side === 'entry' ? 'entering' : 'leaving')) return []
  const hasPaid = charge !== null && charge.paid > charge.relief
  const moved: Change = {
    kind: 'session-moved',
    session: session.id,
    status,
    place: session.place,
    lane: null,
    at: now.at,
  }
  if (status === 'void') return [moved, ...neverWas(stay, common, now)]
  return [
    moved,
    ...(hasPaid
      ? openCase(
          'paid-never-left',
          { lane: null, session: session.id, charge: charge.charge.id, pictures: [stay.picture] },
          stay.cases,
          common,
          now,
        )
      : []),
  ]
}

/** What becomes of the money of a stay that never was: nothing is owed for it, and who paid at once and turned round at the entry gets it back by hand. */
export function neverWas(stay: StayFacts, common: CommonFacts, now: Now): readonly Change[] {
  const { session, charge } = stay
  if (charge === null) return []
  const { id, due } = charge.charge
  const left = Math.max(0, charge.paid - charge.relief - charge.refunded)
  const about = { lane: null, session: session.id, charge: id, pictures: [stay.picture] }
  return [
    { kind: 'charge-closed', charge: id, status: 'cancelled', at: now.at },
    ...bookGivenUp(charge.charge, money(left, due.currency), common, now),
    ...(charge.paid > charge.relief ? openCase('overpaid', about, stay.cases, common, now) : []),
  ]
}

/**
 * The end of a stay in the books: what it cost by its segments, and what becomes of its charge. `by`: what a supervisor's word let go is waived, also where its price became known only now; a stay that
 * nobody agreed to let go unpaid is a case for staff. While the time is not trusted nothing is reckoned from it: no more is owed than was asked.
 */
export function endStay(
  stay: StayFacts,
  endedAt: Instant,
  by: SessionGround['by'],
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const price = priceNow(stay, parking, { ...now, at: endedAt })
  const borne = borneNow(stay, parking, endedAt, now)
  return endStayAt(stay, price.ok ? asAgreed(stay, price) : null, borne, by, endedAt, parking, common, now)
}

/**
 * The same at a price that is known; `null`: nobody can say one, and no more is owed than was asked. What validations took off merchants bear: the charge is for all that the stay cost without them, and what
 * its driver has paid of that in spite of them is not theirs. `borne` is `null` where nobody can say it: the charge stays at what its driver was asked, and a case says that a merchant may owe more. What was asked and is not due is what rights took off, or was asked in error: by a class or a time that is put right. `letGoBy`: what else all of that is called.
 */
export function endStayAt(
  stay: StayFacts,
  price: Price | null,
  borne: readonly Borne[] | null,
  by: SessionGround['by'],
  endedAt: Instant,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
  letGoBy: ReliefTender | null = null,
): readonly Change[] {
  const { session } = stay
  const validated = (borne ?? []).reduce((sum, { amount }) => sum + amount, 0)
  const bill =
    price === null
      ? null
      : billFor(
          stay,
          { ...price, total: money(price.total.amount + validated, price.total.currency) },
          null,
          parking,
          common,
          now,
        )
  // What a supervisor let go is let go; all else that nobody could reckon waits for it, and the part says until when it stood there.
  const isWaiting = bill === null && by !== 'override'
  const written = bill?.segments ?? (isWaiting ? [...stay.segments, unpriced(stay, endedAt, now, common)] : null)
  const segments: readonly Change[] =
    written === null ? [] : [{ kind: 'segments-written', session: session.id, segments: written }]
  const charge = bill?.charge ?? stay.charge?.charge ?? null
  const about = { lane: null, session: session.id, charge: charge?.id ?? null, pictures: [stay.picture] }
  const ended = [
    ...endCases(stay.cases, ['paid-never-left', 'unpaid-at-lane'], 'it has left', now),
    // Taken by hand before, and reckoned now after all; what a clock that nobody trusts ends is not.
    ...(bill !== null && isTrusted(now.trust) ? endCases(stay.cases, ['not-reckoned'], 'it has left', now) : []),
    ...(isWaiting ? openCase('not-reckoned', about, notReckoned(stay), common, now) : []),
    ...(borne === null ? openCase(whyNotBorne(now), about, stay.cases, common, now) : []),
  ]
  if (charge === null) return [...segments, ...ended]
  const { currency } = charge.due
  const over = money(stay.charge === null || price === null ? 0 : beyondOf(stay.charge, price.total.amount), currency)
  const paid = (stay.charge?.paid ?? 0) - over.amount
  const isAnyOver = over.amount > 0 || (stay.charge?.overpaid ?? 0) > 0
  const due: Money = price === null ? restOf({ charge, paid }) : money(Math.max(0, price.total.amount - paid), currency)
  // What was asked before a right took it off again is let go; what is paid and what is owed is not.
  const open = Math.max(0, charge.due.amount - paid - due.amount)
  const shares = withinOpen(borne ?? [], open)
  const letGo = money(open - shares.reduce((sum, { amount }) => sum + amount, 0), currency)
  const byRights =
    letGoBy === null ? Math.min(letGo.amount, takenByRights(stay, price, validated, endedAt, parking)) : 0
  const isWaived = by === 'override'
  const closed: readonly Change[] =
    due.amount === 0 || isWaived
      ? [
          ...bookRelief(charge, due, 'waiver', common, now),
          { kind: 'charge-closed', charge: charge.id, status: 'paid', at: now.at },
        ]
      : [
          ...bookDebt(charge, due, common),
          { kind: 'charge-owed', charge: charge.id, at: now.at },
          ...(by === 'debt' ? [] : openCase('left-unpaid', about, stay.cases, common, now)),
        ]
  return [
    ...(bill?.changes ?? []),
    ...segments,
    ...bookBeyond(charge, over, common, now),
    ...shares.flatMap((share, index) => bookBorne(charge, share, index, common, now)),
    ...bookRelief(charge, money(byRights, currency), 'validation', common, now),
    ...bookRelief(charge, money(letGo.amount - byRights, currency), letGoBy ?? 'correction', common, now),
    ...closed,
    ...ended,
    ...(over.amount > 0 ? openCase('overpaid', about, stay.cases, common, now) : []),
    // Left in the car park it has been used up; by a clock that nobody trusts that is not known.
    ...(isAnyOver || price === null || !isTrusted(now.trust)
      ? []
      : endCases(stay.cases, ['overpaid'], 'it has left', now)),
  ]
}

/** What of a stay's price its rights took off, beyond what merchants bear. */
function takenByRights(
  stay: StayFacts,
  price: Price | null,
  borne: number,
  until: Instant,
  parking: ParkingCommon,
): number {
  if (price === null || stay.rights.length === 0) return 0
  const without = priceAt({ ...stay, rights: [] }, parking, until)
  return without.ok ? Math.max(0, without.total.amount - price.total.amount - borne) : 0
}

/** A stay waits once, whatever was asked of it in the meantime. */
function notReckoned({ cases, charge }: StayFacts): StayFacts['cases'] {
  if (charge === null) return cases
  return cases.map((each) => (each.kind === 'not-reckoned' ? { ...each, charge: charge.charge.id } : each))
}

/** Of what is open, each its own part, in their order. */
export function withinOpen(borne: readonly Borne[], open: number): readonly Borne[] {
  let left = open
  return borne.flatMap((each): Borne[] => {
    const amount = Math.min(each.amount, left)
    left -= amount
    return amount === 0 ? [] : [{ ...each, amount }]
  })
}

/** What was asked when it was let out is what it costs: an amount that was shown holds to the end. */
function asAgreed({ charge }: StayFacts, price: Price): Price {
  if (charge === null || price.total.amount <= charge.charge.due.amount) return price
  return { ...price, total: charge.charge.due }
}

/**
 * Where it has stood until now, so that a place with other rates is reckoned from here. Without a price the part has no amount, and the whole is reckoned anew at the end. By a clock that is
 * not trusted nothing is reckoned, neither now nor then: the part says so.
 */
function partWritten(stay: StayFacts, parking: ParkingCommon, common: CommonFacts, now: Now): readonly Change[] {
  const { session, segments } = stay
  const isSure = isTrusted(now.trust)
  const price = isSure ? priceAt(stay, parking, now.at) : null
  if (price?.ok === true) return [{ kind: 'segments-written', session: session.id, segments: price.segments }]
  return [
    { kind: 'segments-written', session: session.id, segments: [...segments, unpriced(stay, now.at, now, common)] },
  ]
}

/** Where it has stood until then, and nobody can say what that costs. */
function unpriced({ session, segments }: StayFacts, at: Instant, { trust }: Now, { layout }: CommonFacts): Segment {
  const from = segments.at(-1)?.until ?? session.entry.at
  return {
    session: session.id,
    index: segments.length,
    place: session.place,
    from,
    // A clock that was set back turns no time round.
    until: at < from ? from : at,
    ...(isTrusted(trust) ? {} : { isUntilUnsure: true as const }),
    tariff: null,
    right: null,
    amount: money(0, layout.currency),
  }
}
