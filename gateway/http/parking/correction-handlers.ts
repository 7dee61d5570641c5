import type { CorrectionKind } from '../../../db/corrections.ts'
import type { HandlersOf } from '../operation.ts'
import { clientOf, json } from '../respond.ts'
import type { correctionOperations } from './correction-operations.ts'
import { correctionWords } from './correction-words.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { plateEnd } from './plate-end.ts'

export function createCorrectionHandlers({ reads }: ParkingHandlerParts): HandlersOf<typeof correctionOperations> {
  return {
    readCorrections: ({ c, query }) => {
      const { corrections, next } = reads.parking.corrections(clientOf(c).mode, query.after)
      return json({
        corrections: corrections.map((each) => ({
          ...each,
          ...(SAYS_PLATES[each.kind] ? { before: endsOf(each.before), after: endsOf(each.after) } : {}),
          vi: correctionWords.vi[each.kind],
          en: correctionWords.en[each.kind],
        })),
        next: next === null ? null : String(next),
      })
    },
  }
}

/** Whole plates are read by a search, which is recorded, and on the box itself (`tolbooth report corrections`). */
const SAYS_PLATES: Record<CorrectionKind, boolean> = {
  count: false,
  'stay-closed': false,
  'stay-class': false,
  'stay-plate': true,
  'let-go': false,
  'debt-off': false,
  'passback-reset': false,
  'stay-chosen': false,
  'stay-reckoned': false,
  'cash-without-price': false,
  refund: false,
  'right-status': false,
  'pass-given': false,
  'pass-plates': true,
  'validation-given': false,
  'case-ended': false,
  'credit-moved': false,
}

function endsOf(plates: string | null): string | null {
  return plates === null ? null : plates.split(' ').map(plateEnd).join(' ')
}
