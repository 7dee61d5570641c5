import type { Timer } from '../../core/events.ts'
import { ARM_DOWN_WITHIN_MS, ARM_UP_WITHIN_MS, SAFETY_CLEAR_MS } from '../../core/lane/moves.ts'
import { NO_PARK_LOOK_MS } from '../../core/parking/overdue.ts'
import { PASS_UNPAID_MAX_MS } from '../../core/parking/pass-sale.ts'
import { TRANSFER_WITHIN_USUAL_MS } from '../../core/parking/place.ts'
import type { SitePolicy } from '../../core/site.ts'

/**
 * The longest that core ever lets a timer wait, in ms. After a start the wall clock is all that says how much of it is over; where that was set back in the
 * meantime, a lane would wait for hours for an arm that answers in seconds.
 */
export function longestWaitMs({ purpose }: Timer, policy: SitePolicy): number {
  switch (purpose) {
    case 'barrier-answer':
      return policy.barrierAnswerMs
    case 'passage-due':
      return policy.passWithinMs
    case 'close-due':
      return Math.max(policy.barrierAnswerMs, ARM_DOWN_WITHIN_MS, SAFETY_CLEAR_MS)
    case 'up-due':
      return ARM_UP_WITHIN_MS
    case 'quote-lapses':
      return policy.parking?.quoteHoldMs ?? 0
    case 'unpaid-due':
      return policy.parking?.unpaidAfterMs ?? 0
    case 'paid-stay-due':
      return policy.parking?.paidStayMs ?? NO_PARK_LOOK_MS
    case 'on-behalf-due':
      return policy.parking?.transferWithinMs ?? TRANSFER_WITHIN_USUAL_MS
    case 'pass-sale-due':
      return PASS_UNPAID_MAX_MS
    case 'charge-expires':
      return policy.chargeOpenMaxMs
    case 'passage-lapses':
      return Math.max(policy.passageRightMs, policy.barrierAnswerMs + policy.passWithinMs)
  }
}
