import type { Money } from '../../../core/money.ts'
import { money } from '../../../core/money.ts'
import type { Language } from '../../../core/money-text.ts'
import { moneyText } from '../../../core/money-text.ts'
import { debtsAsked, heldAt, sumOf } from '../../../core/parking/asking.ts'
import { beyondNow } from '../../../core/parking/beyond.ts'
import { billText } from '../../../core/parking/bill-text.ts'
import type { DebtFacts, ParkingCommon, StayFacts } from '../../../core/parking/facts.ts'
import { priceNow } from '../../../core/parking/price.ts'
import type { Segment } from '../../../core/parking/session.ts'
import { isOver } from '../../../core/parking/session.ts'
import { localTimeAt } from '../../../core/parking/zone-time.ts'
import type { Refusal } from '../../../core/refusals.ts'
import type { Instant, Now } from '../../../core/time.ts'
import { later } from '../../../core/time.ts'
import { createZoneRules } from '../../clock/zone-rules.ts'
import type { HttpClock } from '../clock.ts'
import type { LaneView } from '../reads.ts'

/** What a stay costs now, as anybody may follow it. */
export type StayQuote =
  | {
      readonly ok: true
      readonly at: Instant
      readonly total: Money
      readonly paid: Money
      readonly due: Money
      /** What its plate owes from earlier visits, beside `due`: an exit asks both. */
      readonly debts: Money
      /** Paid beyond what it costs, and its payer's: staff give it back. */
      readonly giveBack: Money
      readonly graceUntil: Instant | null
      /** What the lane has asked before which its vehicle stands: until then that is all. */
      readonly holdsUntil: Instant | null
      readonly segments: readonly Segment[]
      readonly explained: Record<Language, readonly string[]>
    }
  | { readonly ok: false; readonly refusal: Refusal }

const zoneOf = createZoneRules()

/**
 * Reckons and asks nothing: no charge is opened. What a lane has asked of it holds here too, while its vehicle stands there: it costs what it cost then, also by a tariff that has changed since. What its plate owes from before (`owed`) is said beside it: it is asked at an exit. Of a vehicle that has left, what it owes; refused as `stay-over` where that is nothing, and where there is no price.
 */
export function quoteStay(
  stay: StayFacts,
  owed: readonly DebtFacts[],
  parking: ParkingCommon,
  zone: string,
  lanes: readonly Pick<LaneView, 'state'>[],
  clock: HttpClock,
): StayQuote {
  const now = nowIn(zone, clock)
  const { session, charge } = stay
  if (isOver(session)) return charge?.status === 'owed' ? quoteDebt(stay, now) : { ok: false, refusal: 'stay-over' }
  const held = lanes.map(({ state }) => heldAt(state, session.id, now)).find((asked) => asked !== null) ?? null
  const price = priceNow(stay, parking, held === null ? now : { ...now, at: held.at })
  if (!price.ok) return { ok: false, refusal: price.refusal }
  const { currency } = price.total
  // As the lane asks it (`billFor`): what its charge was raised to then, whatever a tariff of since then makes of that moment.
  // Without a charge it was free then, and debts alone were asked.
  const asked = held === null ? null : money(Math.min(price.total.amount, charge?.charge.due.amount ?? 0), currency)
  const total = asked ?? price.total
  const isOfNow = total.amount === price.total.amount
  const paid = money(charge?.paid ?? 0, currency)
  const due = money(Math.max(0, total.amount - paid.amount), currency)
  const debts = sumOf(
    money(0, currency),
    debtsAsked(owed).map(({ rest }) => rest),
  )
  const giveBack = money((charge?.overpaid ?? 0) + beyondNow(stay, parking, now), currency)
  const graces = price.bills.length === 0 ? [session.graceMs ?? 0] : price.bills.map((bill) => bill.graceMs)
  const graceMs = Math.max(0, ...graces)
  const rules = parking.tariffs?.zone ?? zoneOf(zone)
  const explained = (language: Language): readonly string[] =>
    isOfNow
      ? price.bills.flatMap((bill) => billText(bill, rules, language))
      : [heldWords[language](moneyText(total, language))]
  return {
    ok: true,
    at: now.at,
    total,
    paid,
    due,
    debts,
    giveBack,
    graceUntil: session.settledAt === null || due.amount > 0 ? null : later(session.settledAt, graceMs),
    holdsUntil: due.amount > 0 ? (held?.holdsUntil ?? null) : null,
    // Those of a bill that does not hold yet would explain another amount.
    segments: isOfNow ? price.segments : [],
    explained: { vi: explained('vi'), en: explained('en') },
  }
}

const heldWords: Record<Language, (amount: string) => string> = {
  vi: (amount) => `Làn đã báo ${amount} trước khi giá đổi: trong lúc giữ giá, chỉ trả bấy nhiêu`,
  en: (amount) => `The lane asked ${amount} before the price changed: while it holds, that is all`,
}

/** The moment with what the wall shows in a zone. */
export function nowIn(zone: string, clock: HttpClock): Now {
  const { at, trust } = clock.now()
  return { at, trust, local: localTimeAt(zoneOf(zone), at) }
}

function quoteDebt({ charge, segments }: StayFacts, { at }: Now): StayQuote {
  if (charge === null) return { ok: false, refusal: 'stay-over' }
  const total = charge.charge.due
  const due = money(Math.max(0, total.amount - charge.paid), total.currency)
  const paid = money(charge.paid, total.currency)
  return {
    ok: true,
    at,
    total,
    paid,
    due,
    debts: money(0, total.currency),
    giveBack: money(charge.overpaid, total.currency),
    graceUntil: null,
    holdsUntil: null,
    segments,
    explained: { vi: [], en: [] },
  }
}
