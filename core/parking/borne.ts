import type { MerchantId, RightId } from '../ids.ts'
import type { Instant, Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import type { ParkingCommon, StayFacts } from './facts.ts'
import { priceAt } from './price.ts'
import type { AssignedRight, RightAway } from './session.ts'

export type Borne = { readonly right: RightId; readonly merchant: MerchantId; readonly amount: number }

/**
 * What each merchant's validation takes off a stay that ends then, in the order in which they were given: the price without it and those after it, less the price with it. Each is 0 or more, for no
 * right makes a stay dearer, and together they are all that the validations took off. Nothing where there is no price.
 */
export function borneBy(stay: StayFacts, parking: ParkingCommon, until: Instant): readonly Borne[] {
  const given = stay.rights.filter(({ right }) => right.given !== null)
  const others = stay.rights.filter(({ right }) => right.given === null)
  const prices = [...given, null].map((_each, count) =>
    priceAt({ ...stay, rights: [...others, ...given.slice(0, count)] }, parking, until),
  )
  return given.flatMap(({ right }, index): Borne[] => {
    const [before, after] = [prices[index], prices[index + 1]]
    if (right.given === null || before?.ok !== true || after?.ok !== true) return []
    const { merchant } = right.given
    return [{ right: right.id, merchant, amount: Math.max(0, before.total.amount - after.total.amount) }]
  })
}

/**
 * The same for a stay that is ended now, however long ago that was; `null` where a validation is in its price and the time is not trusted, or it is within the grace of a tariff that has been taken back: nobody can say, and staff must.
 */
export function borneNow(stay: StayFacts, parking: ParkingCommon, until: Instant, now: Now): readonly Borne[] | null {
  if (stay.rights.every(({ right }) => !isInPrice(right, stay.session.settledAt))) return []
  return isTrusted(now.trust) && !isAsPaid(stay, parking, until) ? borneBy(stay, parking, until) : null
}

/** Whether a right is a validation that is in what the driver was asked: one that was suspended or ended before they paid is not, one that was since is in what they paid, and what is missing now nobody can say. */
function isInPrice({ given, status, away = [] }: AssignedRight, settledAt: Instant | null): boolean {
  if (given === null) return false
  return !(status !== 'active' && away.some((each) => isAwayBefore(each, settledAt)))
}

/** Whether a right went away, and has not come back, before all that was asked of its stay was paid: by how the stay stood then, for a clock may have been set back, or trusted by nobody. In records of before that was kept the clock tells. */
function isAwayBefore({ from, until, asked }: RightAway, settledAt: Instant | null): boolean {
  if (until !== null) return false
  if (asked?.kind === 'nothing') return true
  if (settledAt === null) return false
  return asked === undefined ? from <= settledAt : asked.settledAt !== settledAt
}

/** Why nobody can say what merchants bear. */
export function whyNotBorne({ trust }: Now): 'no-tariff' | 'time-unclear' {
  return isTrusted(trust) ? 'no-tariff' : 'time-unclear'
}

/** What was paid is the price, which no tariff explains any more. */
function isAsPaid(stay: StayFacts, parking: ParkingCommon, until: Instant): boolean {
  const price = priceAt(stay, parking, until)
  return price.ok && price.bills.length === 0
}
