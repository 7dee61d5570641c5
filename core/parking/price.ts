import type { PlaceId, VehicleClass } from '../ids.ts'
import type { Money } from '../money.ts'
import { money } from '../money.ts'
import type { Refusal } from '../refusals.ts'
import type { Instant, Now } from '../time.ts'
import { isTrusted, MINUTE_MS } from '../time.ts'
import type { Bill, QuoteRefusal, StayRight } from './bill.ts'
import type { ParkingCommon, StayFacts, TariffsInForce } from './facts.ts'
import type { ParkingLayout } from './place.ts'
import { quote } from './quote.ts'
import { isRightHere } from './rights.ts'
import type { AssignedRight, RightAway, Segment, StaffCaseKind } from './session.ts'
import { instantOfMinute, minuteOfMove } from './stretches.ts'

export type Price = {
  readonly ok: true
  readonly total: Money
  readonly segments: readonly Segment[]
  /** What explains it. Empty where nobody can say. */
  readonly bills: readonly Bill[]
}

/** Nothing is reckoned, and nobody leaves free because of it: a case for staff. */
export type NoPrice = { readonly ok: false; readonly refusal: Refusal; readonly staffCase: StaffCaseKind }

/**
 * What a stay costs now. While the time is not trusted nothing is reckoned from it: who has paid all that was ever asked owes no more than that, and for the rest staff decide.
 */
export function priceNow(stay: StayFacts, parking: ParkingCommon, now: Now): Price | NoPrice {
  if (isTrusted(now.trust)) return priceAt(stay, parking, now.at)
  const { charge, segments, session } = stay
  if (charge === null || charge.paid < charge.charge.due.amount) {
    return { ok: false, refusal: 'clock-not-trusted', staffCase: 'time-unclear' }
  }
  const total = charge.charge.due
  const then = session.settledAt === null ? null : reckon(stay, parking, session.settledAt).price
  return then?.ok === true ? { ...then, total } : { ok: true, total, segments, bills: [] }
}

/**
 * What a stay costs if it ends at `until`. After everything is paid it costs no more for the tariff's grace; after that all the time since the entry is reckoned, so that
 * there is neither a free gap nor a chain of graces.
 */
export function priceAt(stay: StayFacts, parking: ParkingCommon, until: Instant): Price | NoPrice {
  const { charge, segments, session, cases } = stay
  const { settledAt, graceMs: given = -1 } = session
  if (settledAt !== null) {
    const sinceMs = Math.abs(until - settledAt)
    const { price, graceMs } = reckon(stay, parking, settledAt)
    // Paid by a clock that ran ahead: that lies in a time that has not come, and is no grace until it has.
    if (price.ok && sinceMs <= graceMs) return price
    // The tariff by which it was paid has been taken back: who has paid leaves within the grace that it gave. What was too much of it nobody can say any more: that waits.
    const isTakenBack = !price.ok && price.refusal === 'no-tariff' && cases.every(({ kind }) => kind !== 'overpaid')
    if (isTakenBack && charge !== null && sinceMs <= given)
      return { ok: true, total: money(charge.paid, charge.charge.due.currency), segments, bills: [] }
  }
  return reckon(stay, parking, until).price
}

/** The grace of a payment at this moment; 0 where nobody can say a price. */
export function graceAt(stay: StayFacts, parking: ParkingCommon, at: Instant): number {
  return reckon(stay, parking, at).graceMs
}

type Reckoned = { readonly price: Price | NoPrice; readonly graceMs: number }

function reckon(stay: StayFacts, parking: ParkingCommon, until: Instant): Reckoned {
  const { tariffs } = parking
  if (tariffs === null) return noPrice('no-tariff')
  const { id, vehicleClass } = stay.session
  const parts = partsOf(stay, tariffs, parking.layout)
  if (parts.some(({ isUnsure }) => isUnsure)) return noPrice('stay-reversed')
  const [{ place, from }, ...moves] = parts
  const begun = byMinutes(parts)
  const rights = stay.rights.flatMap(({ right }) => heldIn(right, begun, parking.layout, vehicleClass))
  const bill = quote({ vehicleClass, place, from, until, moves }, tariffs.book, rights, tariffs.zone)
  if (!bill.ok) return noPrice(bill.refusal)
  const segments = bill.segments.map((segment, index): Segment => {
    const { place, from, until: to, tariff, right, amount } = segment
    return { session: id, index, place, from, until: to, tariff, right, amount }
  })
  return { price: { ok: true, total: bill.total, segments, bills: [bill] }, graceMs: bill.graceMs }
}

/** A right as it holds in this stay: not while its vehicle stands where it does not count, and a pass not while it was not in force, whatever it is by now. A validation is good by what it is now. */
function heldIn(
  right: AssignedRight,
  begun: readonly Begun[],
  layout: ParkingLayout,
  vehicleClass: VehicleClass,
): readonly StayRight[] {
  const { id, kind, validFrom, validUntil, hours, relief, away = [] } = right
  if (kind === 'validation' && right.status !== 'active') return []
  const elsewhere = begun.flatMap(({ place, from }, index): readonly RightAway[] =>
    isRightHere(right, layout, place, vehicleClass) ? [] : [{ from, until: begun[index + 1]?.from ?? null }],
  )
  return [
    { id, kind, validFrom, validUntil, hours, relief, away: kind === 'pass' ? [...away, ...elsewhere] : elsewhere },
  ]
}

type Begun = Pick<Part, 'place' | 'from'>

/** The parts of a stay by the minutes by which they are charged. */
function byMinutes([entry, ...moves]: readonly [Part, ...Part[]]): readonly Begun[] {
  return [
    { place: entry.place, from: instantOfMinute(Math.floor(entry.from / MINUTE_MS)) },
    ...moves.map(({ place, from }) => ({ place, from: instantOfMinute(minuteOfMove(entry.from, from)) })),
  ]
}

/** `isUnsure`: it began by a clock that was not trusted. */
type Part = { readonly place: PlaceId; readonly from: Instant; readonly isUnsure: boolean }

/**
 * Where the vehicle has stood, and since when. To drive from one place into another is no new stay, and only where the rates change with the
 * place, or one of its rights counts in one of the two alone, does another part begin, and only there does it matter when that was.
 */
function partsOf(
  { session, segments, rights }: StayFacts,
  { book }: TariffsInForce,
  layout: ParkingLayout,
): readonly [Part, ...Part[]] {
  const { vehicleClass } = session
  const ratesAt = (place: PlaceId) => book.rates.get(place)?.get(vehicleClass)
  const isAlike = (one: PlaceId, other: PlaceId): boolean =>
    ratesAt(one) === ratesAt(other) &&
    rights.every(
      ({ right }) => isRightHere(right, layout, one, vehicleClass) === isRightHere(right, layout, other, vehicleClass),
    )
  const last = segments.at(-1)
  const { entry, place: standing } = session
  const here: readonly Part[] =
    last === undefined ? [] : [{ place: standing, from: last.until, isUnsure: last.isUntilUnsure === true }]
  const stood = segments.map(
    ({ place, from }, index): Part => ({ place, from, isUnsure: segments[index - 1]?.isUntilUnsure === true }),
  )
  const first: Part = { place: segments[0]?.place ?? standing, from: entry.at, isUnsure: entry.isUnsure === true }
  const parts: [Part, ...Part[]] = [first]
  let current = first
  for (const part of [...stood, ...here]) {
    if (isAlike(part.place, current.place)) continue
    current = part
    parts.push(current)
  }
  return parts
}

const noQuote = {
  'no-tariff': { refusal: 'no-tariff', staffCase: 'no-tariff' },
  'stay-reversed': { refusal: 'stay-time-unclear', staffCase: 'time-unclear' },
  'stay-too-long': { refusal: 'stay-time-unclear', staffCase: 'stay-too-long' },
  'too-many-rights': { refusal: 'right-invalid', staffCase: 'no-tariff' },
} as const satisfies Record<QuoteRefusal, { readonly refusal: Refusal; readonly staffCase: StaffCaseKind }>

function noPrice(refusal: QuoteRefusal): Reckoned {
  return { price: { ok: false, ...noQuote[refusal] }, graceMs: 0 }
}
