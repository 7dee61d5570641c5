import type { PlaceId, RightId, VehicleClass } from '../ids.ts'
import type { CurrencyCode, Money } from '../money.ts'
import { isAmount, money } from '../money.ts'
import type { Instant, LocalDay } from '../time.ts'
import { DAY_MS, MINUTE_MS } from '../time.ts'
import type { AssignedRight, Relief } from './session.ts'
import type { Band, HourStep, Names, Rate, Rounding, TariffId } from './tariff.ts'
import { VISIT_MINUTES } from './tariff.ts'
import type { DayRates, TariffBook, VersionRates } from './tariff-book.ts'
import { dayRatesOf, ratesOn } from './tariff-book.ts'
import type { DayNumber, ZoneRules } from './zone-time.ts'
import { dayNumberAt, dayStart, instantOf, localDayOf, weekdayOf } from './zone-time.ts'

export type Stay = {
  readonly vehicleClass: VehicleClass
  readonly place: PlaceId
  readonly from: Instant
  readonly until: Instant
}

/**
 * A right of this stay, as the caller has found it: active, of this vehicle, for this place and class. It counts within its hours (none stated: at all times; from a time to
 * itself: 24 hours), before `validUntil` and from `validFrom` on; a validation counts from the stay's beginning, whenever it was given.
 */
export type StayRight = Pick<AssignedRight, 'id' | 'kind' | 'validFrom' | 'validUntil' | 'hours' | 'relief'>

export type Quote = Bill | NoQuote

/** What the stay costs until `until`, and why. `total` is the sum of the lines, and that of the segments. */
export type Bill = {
  readonly ok: true
  readonly total: Money
  readonly stay: Stay
  /** They tile the stay. */
  readonly segments: readonly BillSegment[]
  readonly lines: readonly BillLine[]
  /** The rights that were used: those which make the stay cheapest, and no more of them than that takes. */
  readonly rights: readonly RightId[]
  /** How long after paying all of it a driver may take to leave. */
  readonly graceMs: number
}

/** A part of the stay under one version of a tariff and one right, in one kind of day; and in one day where days have a cap. */
export type BillSegment = {
  readonly from: Instant
  readonly until: Instant
  readonly tariff: { readonly id: TariffId; readonly version: string }
  readonly special: Names | null
  readonly right: RightId | null
  readonly amount: Money
}

/**
 * A line of the bill. `amount` is in the smallest unit of the bill's currency, below 0 where the line takes off. `segment` is the place in the bill's segments; `null` for the
 * rounding of the whole.
 */
export type BillLine = { readonly segment: number | null; readonly amount: number } & (
  | {
      readonly kind: 'visit'
      readonly from: Instant
      readonly until: Instant
      readonly band: Band
      readonly price: number
    }
  /** A visit that has seen day and night: what is missing to the price of both. */
  | {
      readonly kind: 'visit-day-and-night'
      readonly at: Instant
      readonly price: number
      readonly charged: number
    }
  | {
      readonly kind: 'hours'
      readonly from: Instant
      readonly until: Instant
      readonly band: Band | null
      readonly firstHour: number
      readonly units: number
      readonly price: number
    }
  | {
      readonly kind: 'blocks'
      readonly from: Instant
      readonly until: Instant
      readonly band: Band | null
      readonly blockMinutes: number
      readonly units: number
      readonly price: number
    }
  | {
      readonly kind: 'flat'
      readonly at: Instant
      readonly band: Band | null
      readonly price: number
    }
  | { readonly kind: 'free-minutes'; readonly from: Instant; readonly until: Instant; readonly minutes: number }
  | { readonly kind: 'covered'; readonly from: Instant; readonly until: Instant; readonly right: NamedRight }
  | { readonly kind: 'cap-per-day'; readonly day: LocalDay; readonly cap: number }
  | { readonly kind: 'cap-per-stay'; readonly cap: number }
  | { readonly kind: 'share-off'; readonly right: NamedRight; readonly basisPoints: number }
  | { readonly kind: 'amount-off'; readonly right: NamedRight; readonly worth: number }
  | { readonly kind: 'rounding'; readonly rounding: Rounding }
)

export type NamedRight = { readonly id: RightId; readonly kind: AssignedRight['kind'] }

/** `at` is where in the stay the tariff is missing, or its end. Texts for people: `quoteRefusalTable` in bill-text.ts. */
export type NoQuote = {
  readonly ok: false
  readonly refusal: QuoteRefusal
  readonly stay: Stay
  readonly at: Instant
}

export type QuoteRefusal = 'no-tariff' | 'stay-reversed' | 'stay-too-long' | 'too-many-rights'

export const STAY_DAYS_MAX = 366
/** All ways of using them are tried. */
export const RIGHTS_MAX = 6

/**
 * What a stay costs (APDS Quote), by rules that can only turn forward (docs/decisions/072-quotes-are-meters.md):
 *
 * - Both ends are taken to the whole minute that a clock shows.
 * - Time is sold in units: a visit of 24 hours, an hour, a block, or a flat. The first is due at once, each other one when the one before is used up and the stay goes on, whole, at the
 *   price in force when it begins: by the version, the kind of day and the band of that moment. A unit that has begun runs to its end over midnight, a holiday, a band and a
 *   new version, so a cut there costs nothing. Hours are numbered over the whole stay. A visit that sees its other band later costs the difference to the price of both, by
 *   the prices at which it began.
 * - No unit begins while a right covers the time: it begins when the cover ends. Hours that are covered are not counted.
 * - Caps cut each unit when it is due: to what is left of its local day's cap, and of the stay's, by the rates of that moment.
 * - Then a share is taken off (the greatest that holds at that moment; rounded in the payer's favour over the whole stay), then amounts, each until it is used up. A right takes
 *   off only what becomes due while it holds.
 * - The sum is rounded once, by the version under which the stay began.
 * - Of all ways of using the rights, the cheapest is the bill; so no right makes a stay dearer.
 *
 * Nothing that has become due is given back as time goes on, so the quote of a stay never falls. Refused: a stay with any part in which no tariff is in force, also where a right
 * covers it or a unit runs over it (`no-tariff`; a missing price is never 0); one that ends before it begins, because a clock was put back (`stay-reversed`); one over
 * `STAY_DAYS_MAX`; more rights than `RIGHTS_MAX`. Throws on a right in another currency, over 100 % or over no whole minutes: rights are checked when they are given.
 */
export function quote(stay: Stay, book: TariffBook, rights: readonly StayRight[], zone: ZoneRules): Quote {
  const refused = (refusal: QuoteRefusal, at: Instant): NoQuote => ({ ok: false, refusal, stay, at })
  if (stay.until < stay.from) return refused('stay-reversed', stay.until)
  if (stay.until - stay.from > STAY_DAYS_MAX * DAY_MS) return refused('stay-too-long', stay.until)
  if (rights.length > RIGHTS_MAX) return refused('too-many-rights', stay.until)
  for (const { relief } of rights) assertRelief(relief, book.currency)

  const span = spanOf(stay)
  const plan = stretchesOf(span, book.rates.get(stay.place)?.get(stay.vehicleClass), zone)
  if (!Array.isArray(plan)) return refused('no-tariff', instantOfMinute(plan.missingFrom))
  const held = rights.map((right) => heldRight(right, span, zone)).filter(({ edges }) => edges.length > 0)

  let cheapest = meter(plan, span, [])
  for (const used of waysOfUsing(held)) {
    if (cheapest.total === 0) break
    const metered = meter(plan, span, used)
    if (metered.total < cheapest.total) cheapest = metered
  }
  return billOf(stay, book, cheapest)
}

function assertRelief(relief: Relief, currency: CurrencyCode): void {
  switch (relief.kind) {
    case 'covers':
      return
    case 'first-minutes':
      if (!isAmount(relief.minutes)) throw new RangeError(`a right over ${relief.minutes} minutes`)
      return
    case 'share':
      if (!isAmount(relief.basisPoints) || relief.basisPoints > BASIS_POINTS) {
        throw new RangeError(`a right over ${relief.basisPoints} basis points`)
      }
      return
    case 'amount':
      if (relief.amount.currency !== currency) {
        throw new RangeError(`a right over ${relief.amount.currency} at a site that reckons in ${currency}`)
      }
  }
}

/** Minutes since 1970 in UTC. `end` is after the minute of the entry, which is due at once. */
type Span = { readonly from: number; readonly until: number; readonly end: number }

function spanOf(stay: Stay): Span {
  const from = Math.floor(stay.from / MINUTE_MS)
  const until = Math.floor(stay.until / MINUTE_MS)
  return { from, until, end: Math.max(until, from + 1) }
}

function instantOfMinute(minute: number): Instant {
  return (minute * MINUTE_MS) as Instant
}

/** A part of the stay in one local day and one band. */
type Stretch = {
  readonly from: number
  readonly until: number
  readonly day: DayNumber
  readonly version: VersionRates
  readonly rates: DayRates
  readonly band: Band | null
}

function stretchesOf(
  span: Span,
  versions: readonly VersionRates[] | undefined,
  zone: ZoneRules,
): Stretch[] | { readonly missingFrom: number } {
  const stretches: Stretch[] = []
  let day = dayNumberAt(zone, instantOfMinute(span.from))
  let begins = dayStart(zone, day) / MINUTE_MS
  while (begins < span.end) {
    const version = ratesOn(versions, day)
    if (version === undefined) return { missingFrom: Math.max(begins, span.from) }
    const rates = dayRatesOf(version, day)
    const ends = dayStart(zone, day + 1) / MINUTE_MS
    let from = begins
    for (const [index, { band }] of version.bands.entries()) {
      const next = version.bands[index + 1]
      const until = next === undefined ? ends : instantOf(zone, day, next.minute) / MINUTE_MS
      const part = { from: Math.max(from, span.from), until: Math.min(until, span.end) }
      if (part.from < part.until) stretches.push({ ...part, day, version, rates, band })
      from = until
    }
    day += 1
    begins = ends
  }
  return stretches
}

/** A right and when it holds within the stay: minutes at which it begins and ends by turns. */
type HeldRight = { readonly right: StayRight; readonly named: NamedRight; readonly edges: readonly number[] }

function heldRight(right: StayRight, span: Span, zone: ZoneRules): HeldRight {
  const { relief } = right
  const validFrom = right.kind === 'validation' ? span.from : Math.floor(right.validFrom / MINUTE_MS)
  const validUntil = Math.ceil(right.validUntil / MINUTE_MS)
  const reliefUntil = relief.kind === 'first-minutes' ? span.from + relief.minutes : span.end
  const from = Math.max(span.from, validFrom)
  const until = Math.min(span.end, validUntil, reliefUntil)
  return { right, named: { id: right.id, kind: right.kind }, edges: heldWithin(right, from, until, zone) }
}

function heldWithin(right: StayRight, from: number, until: number, zone: ZoneRules): readonly number[] {
  if (from >= until) return []
  if (right.hours.length === 0) return [from, until]
  const found: (readonly [number, number])[] = []
  // Hours that run over midnight belong to the day on which they begin.
  let day = dayNumberAt(zone, instantOfMinute(from)) - 1
  for (; dayStart(zone, day) / MINUTE_MS < until; day += 1) {
    const weekday = weekdayOf(day)
    for (const { weekdays, fromMinute, toMinute } of right.hours) {
      if (!weekdays.includes(weekday)) continue
      const begins = instantOf(zone, day, fromMinute) / MINUTE_MS
      const ends = instantOf(zone, toMinute <= fromMinute ? day + 1 : day, toMinute) / MINUTE_MS
      if (begins < until && ends > from) found.push([Math.max(begins, from), Math.min(ends, until)])
    }
  }
  found.sort((left, right) => left[0] - right[0])
  const edges: number[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const [begins, ends] of found) {
    if (begins > last) edges.push(begins, ends)
    else if (ends > last) edges[edges.length - 1] = ends
    last = Math.max(last, ends)
  }
  return edges
}

/** Every choice of some of the rights, few before many: a right that brings nothing is not used up. */
function waysOfUsing(held: readonly HeldRight[]): readonly (readonly HeldRight[])[] {
  const ways: (readonly HeldRight[])[] = [[]]
  for (const right of held) ways.push(...ways.map((way) => [...way, right]))
  return ways.slice(1).toSorted((left, right) => left.length - right.length)
}

type Metered = {
  /** Rounded. */
  readonly total: number
  readonly rounding: Rounding
  readonly graceMs: number
  readonly segments: readonly MeteredSegment[]
  readonly lines: readonly BillLine[]
  readonly used: readonly HeldRight[]
  /** Before rounding. */
  readonly net: number
}

type MeteredSegment = {
  readonly from: number
  readonly day: DayNumber
  readonly version: VersionRates
  readonly rates: DayRates
  readonly right: NamedRight | null
  /** What was due when it began, before rounding. */
  readonly netBefore: number
}

/** Runs the meter over the stay with these rights. */
function meter(stretches: readonly Stretch[], span: Span, used: readonly HeldRight[]): Metered {
  const running = new Meter(span, used)
  for (const stretch of stretches) running.pass(stretch)
  return running.read()
}

/** A right while the meter runs: the next of its edges, and what is left of its amount. */
type Holding = { readonly held: HeldRight; readonly worth: number; edge: number; left: number; off: number }

type Cut = { readonly day: DayNumber; readonly cap: number; amount: number }

const NEVER = Number.POSITIVE_INFINITY
const EXACT: Rounding = { to: 1, mode: 'up' }
const BASIS_POINTS = 10_000

/** Turns forward only: what has been charged stays charged. */
class Meter {
  readonly #span: Span
  readonly #used: readonly HeldRight[]
  readonly #holdings: readonly Holding[]
  readonly #segments: MeteredSegment[] = []
  readonly #lines: BillLine[] = []
  #rounding = EXACT
  #graceMs = 0
  #net = 0

  /** When the next unit begins. */
  #next: number
  /** A flat of a band runs until this band ends. */
  #openBand: Band | null = null
  #visit: { readonly band: Band; readonly until: number; readonly missing: number; readonly both: number } | null = null
  #unitsSold = 0
  #hoursSold = 0

  #day: DayNumber = Number.NaN
  #dayCharged = 0
  #stayCharged = 0
  #dayCut: Cut | null = null
  #stayCut: Cut | null = null

  /** The rights that hold at this moment. */
  #cover: Holding | null = null
  #share: { readonly holding: Holding; readonly basisPoints: number } | null = null
  #amounts: Holding[] = []
  /** What shares take off so far, in whole units and ten-thousandths: exact far beyond 2^53. */
  #sharedWhole = 0
  #sharedParts = 0

  constructor(span: Span, used: readonly HeldRight[]) {
    this.#span = span
    this.#used = used
    this.#next = span.from
    this.#holdings = used.map((held) => {
      const { relief } = held.right
      const worth = relief.kind === 'amount' ? relief.amount.amount : 0
      return { held, worth, edge: 0, left: worth, off: 0 }
    })
  }

  pass(stretch: Stretch): void {
    if (stretch.from === this.#span.from) this.#enter(stretch)
    if (stretch.day !== this.#day) {
      this.#day = stretch.day
      this.#dayCharged = 0
    }
    if (this.#openBand !== null && stretch.band !== this.#openBand) {
      this.#openBand = null
      this.#next = stretch.from
    }
    this.#graceMs = stretch.version.tariff.graceMinutes * MINUTE_MS
    for (let from = stretch.from; from < stretch.until; ) {
      const until = this.#look(from, stretch.until)
      this.#begin(stretch, from)
      if (this.#cover === null) this.#sell(stretch, from, until)
      else this.#leaveOut(this.#cover, from, until)
      from = until
    }
  }

  read(): Metered {
    this.#writeCuts()
    return {
      total: rounded(this.#net, this.#rounding),
      rounding: this.#rounding,
      graceMs: this.#graceMs,
      segments: this.#segments,
      lines: this.#lines,
      used: this.#used,
      net: this.#net,
    }
  }

  /** The stay begins: its free minutes and its rounding are those of this moment. */
  #enter(stretch: Stretch): void {
    this.#rounding = stretch.version.tariff.rounding
    const { minutes, longerStays } = stretch.rates.table.freeMinutes
    const { from, until } = this.#span
    const isFree = minutes > 0 && until - from <= minutes
    if (!isFree && (minutes === 0 || longerStays === 'pay-from-entry')) return
    this.#next = isFree ? NEVER : from + minutes
    this.#lines.push({
      kind: 'free-minutes',
      segment: 0,
      amount: 0,
      minutes,
      ...this.#between(from, from + minutes),
    })
  }

  /** Which rights hold from here on, and until when nothing changes among them. */
  #look(from: number, until: number): number {
    this.#cover = null
    this.#share = null
    this.#amounts = []
    let changes = until
    for (const holding of this.#holdings) {
      const { edges, right } = holding.held
      while ((edges[holding.edge] ?? NEVER) <= from) holding.edge += 1
      changes = Math.min(changes, edges[holding.edge] ?? NEVER)
      const isHolding = holding.edge % 2 === 1
      if (!isHolding) continue
      const { relief } = right
      switch (relief.kind) {
        case 'covers':
        case 'first-minutes':
          this.#cover ??= holding
          break
        case 'share':
          if (relief.basisPoints > (this.#share?.basisPoints ?? 0)) {
            this.#share = { holding, basisPoints: relief.basisPoints }
          }
          break
        case 'amount':
          this.#amounts.push(holding)
          break
      }
    }
    return changes
  }

  /** Begins another segment where the version, the kind of day, the right, or a day with a cap is another. */
  #begin({ version, rates, day }: Stretch, from: number): void {
    const right = (this.#cover ?? this.#share?.holding)?.held.named ?? null
    const last = this.#segments.at(-1)
    const isSame =
      last !== undefined &&
      last.version === version &&
      last.rates === rates &&
      last.right === right &&
      (last.day === day || rates.table.capPerDay === null)
    if (isSame) return
    this.#writeCuts()
    this.#segments.push({ from, day, version, rates, right, netBefore: this.#net })
  }

  #leaveOut({ held }: Holding, from: number, until: number): void {
    this.#next = Math.max(this.#next, until)
    const last = this.#lines.at(-1)
    const segment = this.#segments.length - 1
    if (last?.kind === 'covered' && last.segment === segment) {
      this.#lines[this.#lines.length - 1] = { ...last, ...this.#between(last.from / MINUTE_MS, until) }
    } else {
      this.#lines.push({ kind: 'covered', segment, amount: 0, right: held.named, ...this.#between(from, until) })
    }
  }

  #sell(stretch: Stretch, from: number, until: number): void {
    this.#complete(stretch, from)
    const { band, rate } = stretch.band === 'night' ? stretch.rates.night : stretch.rates.day
    while (this.#next < until) {
      switch (rate.kind) {
        case 'per-visit':
          this.#sellVisit(stretch, rate)
          break
        case 'per-hour':
          this.#sellHours(stretch, band, rate.steps, until)
          break
        case 'per-block':
          this.#sellBlocks(stretch, band, rate, until)
          break
        case 'flat':
          this.#sellFlat(stretch, band, rate.price)
          break
      }
    }
  }

  /** A visit that was begun in the other band has now seen both. */
  #complete(stretch: Stretch, at: number): void {
    const visit = this.#visit
    if (visit === null || stretch.band === null || stretch.band === visit.band || at >= visit.until) return
    this.#visit = null
    if (visit.missing === 0) return
    this.#lines.push({
      kind: 'visit-day-and-night',
      ...this.#charge(stretch, visit.missing),
      at: instantOfMinute(at),
      price: visit.both,
      charged: visit.both - visit.missing,
    })
  }

  #sellVisit(stretch: Stretch, rate: Extract<Rate, { kind: 'per-visit' }>): void {
    const band = stretch.band === 'night' ? 'night' : 'day'
    const price = rate[band]
    const from = this.#next
    const until = from + VISIT_MINUTES
    this.#lines.push({
      kind: 'visit',
      ...this.#charge(stretch, price),
      ...this.#between(from, until),
      band,
      price,
    })
    this.#visit = { band, until, both: rate.dayAndNight, missing: rate.dayAndNight - price }
    this.#unitsSold += 1
    this.#next = until
  }

  #sellHours(stretch: Stretch, band: Band | null, steps: readonly HourStep[], until: number): void {
    const firstHour = this.#hoursSold + 1
    const { price, left } = stepOf(steps, firstHour)
    const from = this.#next
    const units = Math.min(Math.ceil((until - from) / 60), left)
    this.#next = from + units * 60
    this.#hoursSold += units
    this.#unitsSold += units
    const sold = { ...this.#charge(stretch, price * units), ...this.#between(from, this.#next) }
    const last = this.#lines.at(-1)
    if (last?.kind === 'hours' && last.segment === sold.segment && last.price === price && last.band === band) {
      this.#lines[this.#lines.length - 1] = {
        ...last,
        until: sold.until,
        units: last.units + units,
        amount: last.amount + sold.amount,
      }
    } else {
      this.#lines.push({ kind: 'hours', ...sold, band, firstHour, units, price })
    }
  }

  #sellBlocks(stretch: Stretch, band: Band | null, rate: Extract<Rate, { kind: 'per-block' }>, until: number): void {
    const from = this.#next
    const first = this.#unitsSold === 0 ? rate.first : null
    const { minutes: blockMinutes, price } = first ?? rate
    const units = first === null ? Math.ceil((until - from) / blockMinutes) : 1
    this.#next = from + units * blockMinutes
    this.#unitsSold += units
    const sold = { ...this.#charge(stretch, price * units), ...this.#between(from, this.#next) }
    const last = this.#lines.at(-1)
    if (
      last?.kind === 'blocks' &&
      last.segment === sold.segment &&
      last.price === price &&
      last.band === band &&
      last.blockMinutes === blockMinutes
    ) {
      this.#lines[this.#lines.length - 1] = {
        ...last,
        until: sold.until,
        units: last.units + units,
        amount: last.amount + sold.amount,
      }
    } else {
      this.#lines.push({ kind: 'blocks', ...sold, band, blockMinutes, units, price })
    }
  }

  #sellFlat(stretch: Stretch, band: Band | null, price: number): void {
    this.#lines.push({
      kind: 'flat',
      ...this.#charge(stretch, price),
      at: instantOfMinute(this.#next),
      band,
      price,
    })
    this.#unitsSold += 1
    this.#openBand = band
    this.#next = NEVER
  }

  /** Books what becomes due now, after caps and what rights take off; the line says all of it, and the cuts have lines of their own. */
  #charge(stretch: Stretch, amount: number): { readonly segment: number; readonly amount: number } {
    const { capPerDay, capPerStay } = stretch.rates.table
    let due = amount
    if (capPerDay !== null && due > capPerDay - this.#dayCharged) {
      const within = Math.max(0, capPerDay - this.#dayCharged)
      this.#dayCut ??= { day: stretch.day, cap: capPerDay, amount: 0 }
      this.#dayCut.amount += due - within
      due = within
    }
    if (capPerStay !== null && due > capPerStay - this.#stayCharged) {
      const within = Math.max(0, capPerStay - this.#stayCharged)
      this.#stayCut ??= { day: stretch.day, cap: capPerStay, amount: 0 }
      this.#stayCut.amount += due - within
      due = within
    }
    this.#dayCharged += due
    this.#stayCharged += due
    if (this.#share !== null) {
      const off = this.#shareOff(due, this.#share.basisPoints)
      this.#share.holding.off += off
      due -= off
    }
    for (const holding of this.#amounts) {
      const off = Math.min(due, holding.left)
      holding.left -= off
      holding.off += off
      due -= off
    }
    this.#net += due
    return { segment: this.#segments.length - 1, amount }
  }

  /** How much more the shares of the whole stay are now, rounded up. Never more than `due`. */
  #shareOff(due: number, basisPoints: number): number {
    const before = this.#sharedWhole + Math.ceil(this.#sharedParts / BASIS_POINTS)
    const rest = due % BASIS_POINTS
    const parts = this.#sharedParts + rest * basisPoints
    this.#sharedWhole += ((due - rest) / BASIS_POINTS) * basisPoints + Math.floor(parts / BASIS_POINTS)
    this.#sharedParts = parts % BASIS_POINTS
    return this.#sharedWhole + Math.ceil(this.#sharedParts / BASIS_POINTS) - before
  }

  /** What caps and rights have taken off in the segment that ends, a line each. */
  #writeCuts(): void {
    const segment = this.#segments.length - 1
    if (this.#dayCut !== null) {
      const { day, cap, amount } = this.#dayCut
      this.#lines.push({ kind: 'cap-per-day', segment, amount: -amount, day: localDayOf(day), cap })
      this.#dayCut = null
    }
    if (this.#stayCut !== null) {
      const { cap, amount } = this.#stayCut
      this.#lines.push({ kind: 'cap-per-stay', segment, amount: -amount, cap })
      this.#stayCut = null
    }
    for (const holding of this.#holdings) {
      const { off, held, worth } = holding
      if (off === 0) continue
      holding.off = 0
      const line = { segment, amount: -off, right: held.named }
      const { relief } = held.right
      if (relief.kind === 'share') this.#lines.push({ kind: 'share-off', ...line, basisPoints: relief.basisPoints })
      else this.#lines.push({ kind: 'amount-off', ...line, worth })
    }
  }

  /** No line goes beyond the stay, though a unit may. */
  #between(from: number, until: number): { readonly from: Instant; readonly until: Instant } {
    return { from: instantOfMinute(from), until: instantOfMinute(Math.min(until, this.#span.until)) }
  }
}

/** The step in which an hour lies, and how many hours it still has, this one among them. The check has seen that the last is for all that follow. */
function stepOf(steps: readonly HourStep[], hour: number): { readonly price: number; readonly left: number } {
  for (const { toHour, price } of steps) {
    if (toHour === null || hour <= toHour) return { price, left: toHour === null ? NEVER : toHour - hour + 1 }
  }
  throw new RangeError(`no step has a price for hour ${hour}`)
}

function rounded(amount: number, { to, mode }: Rounding): number {
  const over = amount % to
  switch (mode) {
    case 'down':
      return amount - over
    case 'up':
      return over === 0 ? amount : amount - over + to
    case 'nearest':
      return over * 2 < to ? amount - over : amount - over + to
  }
}

function billOf(stay: Stay, book: TariffBook, metered: Metered): Bill {
  const { total, net, rounding, segments } = metered
  const lines = [...metered.lines]
  if (total !== net) lines.push({ kind: 'rounding', segment: null, amount: total - net, rounding })
  return {
    ok: true,
    total: money(total, book.currency),
    stay,
    segments: segments.map(({ from, version, rates, right, netBefore }, index) => {
      const next = segments[index + 1]
      const dueAfter = next === undefined ? total : rounded(next.netBefore, rounding)
      return {
        from: index === 0 ? stay.from : instantOfMinute(from),
        until: next === undefined ? stay.until : instantOfMinute(next.from),
        tariff: { id: version.tariff.id, version: version.tariff.version },
        special: rates.special,
        right: right?.id ?? null,
        amount: money(dueAfter - rounded(netBefore, rounding), book.currency),
      }
    }),
    lines,
    rights: metered.used.map(({ right }) => right.id),
    graceMs: metered.graceMs,
  }
}
