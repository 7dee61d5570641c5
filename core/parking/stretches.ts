import type { PlaceId } from '../ids.ts'
import type { Instant } from '../time.ts'
import { MINUTE_MS } from '../time.ts'
import type { Stay } from './bill.ts'
import type { Band } from './tariff.ts'
import type { DayRates, TariffBook, VersionRates } from './tariff-book.ts'
import { dayRatesOf, ratesOn } from './tariff-book.ts'
import type { DayNumber, ZoneRules } from './zone-time.ts'
import { dayNumberAt, dayStart, instantOf } from './zone-time.ts'

/** Minutes since 1970 in UTC. `end` is after the minute of the entry, which is due at once. */
export type Span = { readonly from: number; readonly until: number; readonly end: number }

export function spanOf(stay: Stay): Span {
  const from = Math.floor(stay.from / MINUTE_MS)
  const until = Math.floor(stay.until / MINUTE_MS)
  return { from, until, end: Math.max(until, from + 1) }
}

export function instantOfMinute(minute: number): Instant {
  return (minute * MINUTE_MS) as Instant
}

/** A part of the stay in one place, one local day and one band. */
export type Stretch = {
  readonly place: PlaceId
  /** By which it is charged: places with the same have one till. */
  readonly till: readonly VersionRates[] | undefined
  /** Which of its till's times of one band without a break this is a part of. */
  readonly run: number
  readonly from: number
  readonly until: number
  readonly day: DayNumber
  readonly version: VersionRates
  readonly rates: DayRates
  readonly band: Band | null
}

type Missing = { readonly missingFrom: number }

type Part = Pick<Stretch, 'place' | 'till' | 'from' | 'until'>

/** The stay, part by part. Where it drove from one place into another and back, each till's bands are those of all the time between. */
export function stretchesOf(stay: Stay, span: Span, { rates }: TariffBook, zone: ZoneRules): Stretch[] | Missing {
  const tills = new Map<Part['till'], Part[]>()
  for (const part of partsOf(stay, span, rates)) {
    const parts = tills.get(part.till)
    if (parts === undefined) tills.set(part.till, [part])
    else parts.push(part)
  }
  const stretches: Stretch[] = []
  for (const [till, parts] of tills) {
    const [first, last] = [parts[0] as Part, parts.at(-1) as Part]
    const plan = planOf({ ...first, until: last.until }, till, zone)
    if (!Array.isArray(plan)) return plan
    if (first === last) stretches.push(...plan)
    else for (const part of parts) stretches.push(...plan.flatMap((stretch) => clipped(stretch, part)))
  }
  return tills.size === 1 ? stretches : stretches.toSorted((left, right) => left.from - right.from)
}

/** The minute from which a vehicle stands in another place than before. The minute of the entry is that of the place into which it came. */
export function minuteOfMove(entered: Instant, moved: Instant): number {
  return Math.max(Math.floor(moved / MINUTE_MS), Math.floor(entered / MINUTE_MS) + 1)
}

/** Where it stood, to the whole minute. */
function partsOf(
  { place, vehicleClass, from, moves = [] }: Stay,
  span: Span,
  rates: TariffBook['rates'],
): readonly Part[] {
  const starts = [
    { place, from: span.from },
    ...moves.map((move) => ({ place: move.place, from: minuteOfMove(from, move.from) })),
  ]
  return starts
    .map((start, index) => ({
      ...start,
      till: rates.get(start.place)?.get(vehicleClass),
      until: Math.min(starts[index + 1]?.from ?? span.end, span.end),
    }))
    .filter(({ from, until }) => from < until)
}

function clipped(stretch: Stretch, { place, from, until }: Part): readonly Stretch[] {
  const part = { ...stretch, place, from: Math.max(stretch.from, from), until: Math.min(stretch.until, until) }
  return part.from < part.until ? [part] : []
}

function planOf({ place, from: entered, until: end }: Part, till: Part['till'], zone: ZoneRules): Stretch[] | Missing {
  const stretches: Stretch[] = []
  let run = 0
  let day = dayNumberAt(zone, instantOfMinute(entered))
  let begins = dayStart(zone, day) / MINUTE_MS
  while (begins < end) {
    const version = ratesOn(till, day)
    if (version === undefined) return { missingFrom: Math.max(begins, entered) }
    const rates = dayRatesOf(version, day)
    const ends = dayStart(zone, day + 1) / MINUTE_MS
    let from = begins
    for (const [index, { band }] of version.bands.entries()) {
      const next = version.bands[index + 1]
      const until = next === undefined ? ends : instantOf(zone, day, next.minute) / MINUTE_MS
      const [partFrom, partUntil] = [Math.max(from, entered), Math.min(until, end)]
      if (partFrom < partUntil) {
        const last = stretches.at(-1)
        if (last !== undefined && last.band !== band) run += 1
        stretches.push({ place, till, run, from: partFrom, until: partUntil, day, version, rates, band })
      }
      from = until
    }
    day += 1
    begins = ends
  }
  return stretches
}
