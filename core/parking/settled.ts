import type { Change } from '../changes.ts'
import type { Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { waitForPaid } from './asking.ts'
import type { ParkingCommon, StayFacts } from './facts.ts'
import { graceAt } from './price.ts'

/**
 * All that was asked of a stay is paid: the grace counts from now. By a clock that is not trusted none begins, for it would run by the next one; but one that was never paid before is waited for.
 */
export function settled(stay: StayFacts, parking: ParkingCommon, now: Now): readonly Change[] {
  const { id, settledAt } = stay.session
  const { policy } = parking
  if (isTrusted(now.trust))
    return [{ kind: 'session-settled', session: id, at: now.at, graceMs: graceAt(stay, parking, now.at) }]
  return settledAt === null ? [waitForPaid({ session: id, settledAt }, policy.paidStayMs, now)] : []
}
