import type { PlaceId } from '../ids.ts'
import type { Instant } from '../time.ts'
import { MINUTE_MS } from '../time.ts'
import type { BillLine, NamedRight } from './bill.ts'
import { Caps } from './caps.ts'
import type { HeldRight } from './held-rights.ts'
import { Reliefs } from './reliefs.ts'
import type { Span, Stretch } from './stretches.ts'
import { instantOfMinute } from './stretches.ts'
import type { Band, HourStep, Rate, Rounding } from './tariff.ts'
import { VISIT_MINUTES } from './tariff.ts'
import type { DayRates, VersionRates } from './tariff-book.ts'
import type { DayNumber } from './zone-time.ts'

export type Metered = {
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
  readonly place: PlaceId
  readonly from: number
  readonly day: DayNumber
  readonly version: VersionRates
  readonly rates: DayRates
  readonly right: NamedRight | null
  /** What was due when it began, before rounding. */
  readonly netBefore: number
}

/** Runs the meter over the stay with these rights. */
export function meter(stretches: readonly Stretch[], span: Span, used: readonly HeldRight[]): Metered {
  const running = new Meter(span, used)
  for (const stretch of stretches) running.pass(stretch)
  return running.read()
}

const NEVER = Number.POSITIVE_INFINITY

const EXACT: Rounding = { to: 1, mode: 'up' }

/** What was sold by the rates of one place. `next`: when its next unit begins. `openRun`: a flat of a band runs until this band ends. */
type Till = {
  next: number
  openRun: number | null
  visit: { readonly band: Band; readonly until: number; readonly missing: number; readonly both: number } | null
}

function newTill(next: number): Till {
  return { next, openRun: null, visit: null }
}

/** Turns forward only: what has been charged stays charged. */
class Meter {
  readonly #span: Span
  readonly #used: readonly HeldRight[]
  readonly #reliefs: Reliefs
  readonly #caps = new Caps()
  readonly #segments: MeteredSegment[] = []
  readonly #lines: BillLine[] = []
  #rounding = EXACT
  #graceMs = 0
  #net = 0

  /** When something is due first, wherever it stands then. */
  #dueFrom: number
  readonly #tills = new Map<Stretch['till'], Till>()
  #till: Till
  #unitsSold = 0
  /** For how many minutes hours have been sold, wherever, and until when. */
  #minutesSold = 0
  #soldUntil = 0

  constructor(span: Span, used: readonly HeldRight[]) {
    this.#span = span
    this.#used = used
    this.#dueFrom = span.from
    this.#till = newTill(span.from)
    this.#reliefs = new Reliefs(used)
  }

  pass(stretch: Stretch): void {
    if (stretch.from === this.#span.from) this.#enter(stretch)
    this.#caps.enter(stretch)
    this.#goTo(stretch)
    this.#graceMs = stretch.version.tariff.graceMinutes * MINUTE_MS
    for (let from = stretch.from; from < stretch.until; ) {
      const until = this.#reliefs.look(from, stretch.until)
      this.#begin(stretch, from)
      const { cover } = this.#reliefs
      if (cover === null) this.#sell(stretch, from, until)
      else this.#leaveOut(cover, from, until)
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
    this.#dueFrom = isFree ? NEVER : from + minutes
    this.#lines.push({
      kind: 'free-minutes',
      segment: 0,
      amount: 0,
      minutes,
      from: instantOfMinute(from),
      until: this.#within(from + minutes),
    })
  }

  /** What was sold in a place is good there, also for who comes back to it. */
  #goTo({ till, from, run }: Stretch): void {
    const known = this.#tills.get(till)
    this.#till = known ?? newTill(this.#dueFrom)
    if (known === undefined) this.#tills.set(till, this.#till)
    if (this.#till.openRun !== null && this.#till.openRun !== run) {
      this.#till.openRun = null
      this.#till.next = from
    }
    this.#till.next = Math.max(this.#till.next, from)
  }

  /** Begins another segment where the place, the version, the kind of day, the right, or a day with a cap is another. */
  #begin({ place, version, rates, day }: Stretch, from: number): void {
    const right = this.#reliefs.named
    const last = this.#segments.at(-1)
    const isSame =
      last !== undefined &&
      last.place === place &&
      last.version === version &&
      last.rates === rates &&
      last.right === right &&
      (last.day === day || rates.table.capPerDay === null)
    if (isSame) return
    this.#writeCuts()
    this.#segments.push({ place, from, day, version, rates, right, netBefore: this.#net })
  }

  #leaveOut(right: NamedRight, from: number, until: number): void {
    this.#till.next = Math.max(this.#till.next, until)
    const last = this.#lines.at(-1)
    const segment = this.#segment
    const ends = this.#within(until)
    if (last?.kind === 'covered' && last.segment === segment) {
      this.#lines[this.#lines.length - 1] = { ...last, until: ends }
    } else {
      this.#lines.push({ kind: 'covered', segment, amount: 0, right, from: instantOfMinute(from), until: ends })
    }
  }

  #sell(stretch: Stretch, from: number, until: number): void {
    this.#complete(stretch, from)
    const { band, rate } = stretch.band === 'night' ? stretch.rates.night : stretch.rates.day
    while (this.#till.next < until) {
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
    const visit = this.#till.visit
    if (visit === null || stretch.band === null || stretch.band === visit.band || at >= visit.until) return
    this.#till.visit = null
    if (visit.missing === 0) return
    this.#charge(stretch, visit.missing)
    this.#lines.push({
      kind: 'visit-day-and-night',
      segment: this.#segment,
      amount: visit.missing,
      at: instantOfMinute(at),
      price: visit.both,
      charged: visit.both - visit.missing,
    })
  }

  #sellVisit(stretch: Stretch, rate: Extract<Rate, { kind: 'per-visit' }>): void {
    const band = stretch.band === 'night' ? 'night' : 'day'
    const price = rate[band]
    const from = this.#till.next
    const until = from + VISIT_MINUTES
    this.#charge(stretch, price)
    this.#lines.push({
      kind: 'visit',
      segment: this.#segment,
      amount: price,
      from: instantOfMinute(from),
      until: this.#within(until),
      band,
      price,
    })
    this.#till.visit = { band, until, both: rate.dayAndNight, missing: rate.dayAndNight - price }
    this.#unitsSold += 1
    this.#till.next = until
  }

  #sellHours(stretch: Stretch, band: Band | null, steps: readonly HourStep[], until: number): void {
    // Which hour of the stay it is: where hours of two places run beside each other, the time is counted once, and a part of an hour as one.
    const firstHour = Math.ceil((this.#minutesSold - Math.max(0, this.#soldUntil - this.#till.next)) / 60) + 1
    const { price, left } = stepOf(steps, firstHour)
    const from = this.#till.next
    const units = Math.min(Math.ceil((until - from) / 60), left)
    this.#till.next = from + units * 60
    this.#minutesSold += Math.max(0, this.#till.next - Math.max(from, this.#soldUntil))
    this.#soldUntil = Math.max(this.#till.next, this.#soldUntil)
    this.#unitsSold += units
    const amount = price * units
    this.#charge(stretch, amount)
    const segment = this.#segment
    const ends = this.#within(this.#till.next)
    const last = this.#lines.at(-1)
    if (last?.kind === 'hours' && last.segment === segment && last.price === price && last.band === band) {
      this.#lines[this.#lines.length - 1] = {
        ...last,
        until: ends,
        units: last.units + units,
        amount: last.amount + amount,
      }
    } else {
      const begins = instantOfMinute(from)
      this.#lines.push({ kind: 'hours', segment, amount, from: begins, until: ends, band, firstHour, units, price })
    }
  }

  #sellBlocks(stretch: Stretch, band: Band | null, rate: Extract<Rate, { kind: 'per-block' }>, until: number): void {
    const from = this.#till.next
    const first = this.#unitsSold === 0 ? rate.first : null
    const { minutes: blockMinutes, price } = first ?? rate
    const units = first === null ? Math.ceil((until - from) / blockMinutes) : 1
    this.#till.next = from + units * blockMinutes
    this.#unitsSold += units
    const amount = price * units
    this.#charge(stretch, amount)
    const segment = this.#segment
    const ends = this.#within(this.#till.next)
    const last = this.#lines.at(-1)
    if (
      last?.kind === 'blocks' &&
      last.segment === segment &&
      last.price === price &&
      last.band === band &&
      last.blockMinutes === blockMinutes
    ) {
      this.#lines[this.#lines.length - 1] = {
        ...last,
        until: ends,
        units: last.units + units,
        amount: last.amount + amount,
      }
    } else {
      const begins = instantOfMinute(from)
      this.#lines.push({ kind: 'blocks', segment, amount, from: begins, until: ends, band, blockMinutes, units, price })
    }
  }

  #sellFlat(stretch: Stretch, band: Band | null, price: number): void {
    this.#charge(stretch, price)
    this.#lines.push({
      kind: 'flat',
      segment: this.#segment,
      amount: price,
      at: instantOfMinute(this.#till.next),
      band,
      price,
    })
    this.#unitsSold += 1
    this.#till.openRun = band === null ? null : stretch.run
    this.#till.next = NEVER
  }

  /** Books what becomes due now, after caps and what rights take off; the line says all of it, and the cuts have lines of their own. */
  #charge(stretch: Stretch, amount: number): void {
    this.#net += this.#reliefs.takeOff(this.#caps.cut(stretch, amount))
  }

  /** Which place in the bill the running one has. */
  get #segment(): number {
    return this.#segments.length - 1
  }

  /** What caps and rights have taken off in the segment that ends, a line each. */
  #writeCuts(): void {
    this.#lines.push(...this.#caps.lines(this.#segment), ...this.#reliefs.lines(this.#segment))
  }

  /** When a line ends: not beyond the stay, though a unit may. */
  #within(until: number): Instant {
    return instantOfMinute(Math.min(until, this.#span.until))
  }
}

/** The step in which an hour lies, and how many hours it still has, this one among them. The check has seen that the last is for all that follow. */
function stepOf(steps: readonly HourStep[], hour: number): { readonly price: number; readonly left: number } {
  for (const { toHour, price } of steps) {
    if (toHour === null || hour <= toHour) return { price, left: toHour === null ? NEVER : toHour - hour + 1 }
  }
  throw new RangeError(`no step has a price for hour ${hour}`)
}

export function rounded(amount: number, { to, mode }: Rounding): number {
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
