import type { Decision } from '../decision.ts'
import { refuse } from '../decision.ts'
import type { CommonFacts } from '../facts.ts'
import type { Now } from '../time.ts'
import type { ParkingQuestion } from './facts.ts'

/** What happens in a car park beside scans, loops and barriers. */
export function decideParking(question: ParkingQuestion, _common: CommonFacts, _now: Now): Decision {
  switch (question.kind) {
    case 'plate-seen':
    case 'ticket-asked':
    case 'session-chosen':
    case 'leave-on-debt':
    case 'session-quoted':
    case 'session-corrected':
    case 'cash-taken':
    case 'bank-credit':
    case 'refund':
    case 'right-put':
    case 'right-status':
    case 'occupancy-corrected':
    case 'case-ended':
      return refuse('not-ready')
  }
}
