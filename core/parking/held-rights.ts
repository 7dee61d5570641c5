import type { CurrencyCode } from '../money.ts'
import { isAmount } from '../money.ts'
import { MINUTE_MS } from '../time.ts'
import type { NamedRight, StayRight } from './bill.ts'
import type { Relief } from './session.ts'
import type { Span } from './stretches.ts'
import { instantOfMinute } from './stretches.ts'
import type { ZoneRules } from './zone-time.ts'
import { dayNumberAt, dayStart, instantOf, weekdayOf } from './zone-time.ts'

export function assertRelief(relief: Relief, currency: CurrencyCode): void {
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

/** A right and when it holds within the stay: minutes at which it begins and ends by turns. */
export type HeldRight = { readonly right: StayRight; readonly named: NamedRight; readonly edges: readonly number[] }

export function heldRight(right: StayRight, span: Span, zone: ZoneRules): HeldRight {
  const { relief } = right
  const validFrom = right.kind === 'validation' ? span.from : Math.floor(right.validFrom / MINUTE_MS)
  const validUntil = Math.ceil(right.validUntil / MINUTE_MS)
  const reliefUntil = relief.kind === 'first-minutes' ? span.from + relief.minutes : span.end
  const from = Math.max(span.from, validFrom)
  const until = Math.min(span.end, validUntil, reliefUntil)
  const edges = withoutAway(heldWithin(right, from, until, zone), right.away ?? [])
  return { right, named: { id: right.id, kind: right.kind }, edges }
}

/** The minute in which it was suspended, and that in which it was taken up again, it still covers. */
function withoutAway(edges: readonly number[], away: NonNullable<StayRight['away']>): readonly number[] {
  let left = edges
  for (const each of away) {
    const from = Math.ceil(each.from / MINUTE_MS)
    const until = each.until === null ? NEVER : Math.floor(each.until / MINUTE_MS)
    if (from < until) left = without(left, from, until)
  }
  return left
}

function without(edges: readonly number[], from: number, until: number): readonly number[] {
  const left: number[] = []
  for (let index = 0; index < edges.length; index += 2) {
    const [begins, ends] = edges.slice(index, index + 2) as [number, number]
    const parts: readonly (readonly [number, number])[] = [
      [begins, Math.min(ends, from)],
      [Math.max(begins, until), ends],
    ]
    left.push(...parts.filter((part) => part[0] < part[1]).flat())
  }
  return left
}

const NEVER = Number.POSITIVE_INFINITY

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
export function waysOfUsing(held: readonly HeldRight[]): readonly (readonly HeldRight[])[] {
  const ways: (readonly HeldRight[])[] = [[]]
  for (const right of held) ways.push(...ways.map((way) => [...way, right]))
  return ways.slice(1).toSorted((left, right) => left.length - right.length)
}

export const BASIS_POINTS = 10_000
