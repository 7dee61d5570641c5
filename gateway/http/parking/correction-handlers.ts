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
          ...(each.kind === 'stay-plate' ? { before: endOf(each.before), after: endOf(each.after) } : {}),
          vi: correctionWords.vi[each.kind],
          en: correctionWords.en[each.kind],
        })),
        next: next === null ? null : String(next),
      })
    },
  }
}

/** Whole plates are read by a search, which is recorded, and on the box itself (`tolbooth report corrections`). */
function endOf(plate: string | null): string | null {
  return plate === null ? null : plateEnd(plate)
}
