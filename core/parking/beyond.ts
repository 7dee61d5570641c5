import type { Change } from '../changes.ts'
import type { CommonFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { stayAfter } from './after.ts'
import { endCases, isNotReckoned, openCase } from './cases.ts'
import type { ParkingCommon, StayCharge, StayFacts } from './facts.ts'
import { priceNow } from './price.ts'
import type { CaseAnswer } from './session.ts'
import { isOver } from './session.ts'

/**
 * What of a stay's money is more than it costs by now, because something has taken off its price since: another class, a validation, a pass. It is its payer's, and goes back when they ask for it; what they leave counts towards
 * what the stay costs until its vehicle has left. Nothing of a stay that is over, waits to be reckoned, or has no price.
 */
export function beyondNow(stay: StayFacts | null, parking: ParkingCommon, now: Now): number {
  if (stay === null || stay.charge === null || stay.charge.status !== 'open' || isNotReckoned(stay)) return 0
  const price = priceNow(stay, parking, now)
  return price.ok ? beyondOf(stay.charge, price.total.amount) : 0
}

/** What of a charge's money is more than `total`, and has not been given back. What was let go of it is nobody's money. */
export function beyondOf({ paid, relief, refunded }: StayCharge, total: number): number {
  return Math.max(0, paid - relief - Math.max(total, refunded))
}

/** Somebody has put a stay right by these changes: where more was paid than it costs by now, that is a case; where that is so no more, the case is over. Where nobody can say what it costs, the case is neither opened nor ended. */
export function withBeyond(
  stay: StayFacts,
  changes: readonly Change[],
  answer: CaseAnswer,
  parking: ParkingCommon,
  common: CommonFacts,
  now: Now,
): readonly Change[] {
  const after = stayAfter(stay, changes)
  if (!isPriceSure(after, parking, now)) return changes
  const { charge, picture, session } = after
  if (charge === null || charge.overpaid > 0) return changes
  const about = { lane: null, session: session.id, charge: charge.charge.id, pictures: [picture] }
  return [
    ...changes,
    ...(beyondNow(after, parking, now) > 0
      ? openCase('overpaid', about, after.cases, common, now)
      : endCases(after.cases, ['overpaid'], answer, now)),
  ]
}

/** Whether what an open stay costs can be said for sure. */
function isPriceSure(stay: StayFacts, parking: ParkingCommon, now: Now): boolean {
  return !isOver(stay.session) && !isNotReckoned(stay) && isTrusted(now.trust) && priceNow(stay, parking, now).ok
}
