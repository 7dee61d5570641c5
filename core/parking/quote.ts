import { money } from '../money.ts'
import type { Instant } from '../time.ts'
import { DAY_MS } from '../time.ts'
import type { Bill, NoQuote, Quote, QuoteRefusal, Stay, StayRight } from './bill.ts'
import { assertRelief, heldRight, waysOfUsing } from './held-rights.ts'
import type { Metered } from './meter.ts'
import { meter, rounded } from './meter.ts'
import { instantOfMinute, spanOf, stretchesOf } from './stretches.ts'
import type { TariffBook } from './tariff-book.ts'
import type { ZoneRules } from './zone-time.ts'

export const STAY_DAYS_MAX = 366

/** All ways of using them are tried: 255 of eight. */
export const RIGHTS_MAX = 8

/**
 * What a stay costs (APDS Quote), by rules that can only turn forward (docs/decisions/072-quotes-are-meters.md):
 *
 * - Both ends are taken to the whole minute that a clock shows.
 * - Time is sold in units: a visit of 24 hours, an hour, a block, or a flat. The first is due at once, each other one when the one before is used up and the stay goes on, whole, at the
 *   price in force when it begins: by the version, the kind of day and the band of that moment. A unit that has begun runs to its end over midnight, a holiday, a band and a
 *   new version, so a cut there costs nothing. Hours are numbered over the whole stay. A visit that sees its other band later costs the difference to the price of both, by
 *   the prices at which it began.
 * - A vehicle that drives from one place into another with rates of its own goes on with one stay: its free minutes and its rounding are those of where it came in, its hours are numbered, its first block is
 *   sold and its caps are filled over all places, by the rates of where it is. A unit is good where it was sold: the other place begins one of its own, and who comes back
 *   before his has ended pays for none (docs/decisions/097-rights-and-rates-change-in-mid-stay.md).
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
  if (stay.until < (stay.moves?.at(-1)?.from ?? stay.from)) return refused('stay-reversed', stay.until)
  if (stay.until - stay.from > STAY_DAYS_MAX * DAY_MS) return refused('stay-too-long', stay.until)
  if (rights.length > RIGHTS_MAX) return refused('too-many-rights', stay.until)
  for (const { relief } of rights) assertRelief(relief, book.currency)

  const span = spanOf(stay)
  const plan = stretchesOf(stay, span, book, zone)
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

function billOf(stay: Stay, book: TariffBook, metered: Metered): Bill {
  const { total, net, rounding, segments } = metered
  const lines = [...metered.lines]
  if (total !== net) lines.push({ kind: 'rounding', segment: null, amount: total - net, rounding })
  return {
    ok: true,
    total: money(total, book.currency),
    stay,
    segments: segments.map(({ place, from, version, rates, right, netBefore }, index) => {
      const next = segments[index + 1]
      const dueAfter = next === undefined ? total : rounded(next.netBefore, rounding)
      return {
        place,
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
