import type { PlaceId } from '../ids.ts'
import type { Money } from '../money.ts'
import { addMoney } from '../money.ts'
import type { Refusal } from '../refusals.ts'
import type { Instant, Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import type { Bill, QuoteRefusal } from './bill.ts'
import type { ParkingCommon, StayFacts, TariffsInForce } from './facts.ts'
import { quote, RIGHTS_MAX } from './quote.ts'
import { isRightHere } from './rights.ts'
import type { AssignedRight, Segment, StaffCaseKind } from './session.ts'

export type Price = {
  readonly ok: true
  readonly total: Money
  readonly segments: readonly Segment[]
  /** What explains it, one bill for each place with rates of its own, in the order of the stay. */
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
  const { settledAt } = stay.session
  if (settledAt !== null) {
    const { price, graceMs } = reckon(stay, parking, settledAt)
    if (price.ok && until - settledAt <= graceMs) return price
  }
  return reckon(stay, parking, until).price
}

type Reckoned = { readonly price: Price | NoPrice; readonly graceMs: number }

function reckon(stay: StayFacts, parking: ParkingCommon, until: Instant): Reckoned {
  const { tariffs } = parking
  if (tariffs === null) return noPrice('no-tariff')
  const { id, vehicleClass } = stay.session
  const bills: { readonly place: PlaceId; readonly bill: Bill }[] = []
  const parts = partsOf(stay, tariffs)
  if (parts.some(({ isUnsure }) => isUnsure)) return noPrice('stay-reversed')
  for (const [index, { place, from }] of parts.entries()) {
    const isLast = index === parts.length - 1
    const ends = parts[index + 1]?.from ?? until
    const rights = stay.rights
      .map(({ right }) => right)
      // What takes off once is taken off where the vehicle is now. A pass counts for the time at which it was in force, whatever it is by now.
      .filter((right) => (right.kind === 'pass' ? !isAwayAll(right, from, ends) : isLast && right.status === 'active'))
      .filter((right) => isRightHere(right, parking.layout, place, vehicleClass))
      .slice(0, RIGHTS_MAX)
    const quoted = quote({ vehicleClass, place, from, until: ends }, tariffs.book, rights, tariffs.zone)
    if (!quoted.ok) return noPrice(quoted.refusal)
    bills.push({ place, bill: quoted })
  }
  const segments = bills
    .flatMap(({ place, bill }) => bill.segments.map((segment) => ({ place, segment })))
    .map(({ place, segment }, index): Segment => {
      const { from, until: to, tariff, right, amount } = segment
      return { session: id, index, place, from, until: to, tariff, right, amount }
    })
  const total = bills.map(({ bill }) => bill.total).reduce(addMoney)
  const price: Price = { ok: true, total, segments, bills: bills.map(({ bill }) => bill) }
  return { price, graceMs: Math.max(...price.bills.map(({ graceMs }) => graceMs)) }
}

/** One that was not in force at any moment of it takes no place among those that are tried. */
function isAwayAll({ away = [] }: AssignedRight, from: Instant, until: Instant): boolean {
  return away.some((each) => each.from <= from && (each.until === null || each.until >= until))
}

/** `isUnsure`: it began by a clock that was not trusted. */
type Part = { readonly place: PlaceId; readonly from: Instant; readonly isUnsure: boolean }

/**
 * Where the vehicle has stood, and since when. To drive from one place into another under the same rates is no new stay: only where the rates change with the
 * place does another part begin, and only there does it matter when that was.
 */
function partsOf({ session, segments }: StayFacts, { book }: TariffsInForce): readonly [Part, ...Part[]] {
  const ratesAt = (place: PlaceId) => book.rates.get(place)?.get(session.vehicleClass)
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
    if (ratesAt(part.place) === ratesAt(current.place)) continue
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
