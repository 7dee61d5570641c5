import type { RightId } from '../../../core/ids.ts'
import { later } from '../../../core/time.ts'
import type { ValidationCursor } from '../../../db/parking-reports.ts'
import type { HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import { commonOf } from './common.ts'
import { validateAtStall } from './merchant-validations.ts'
import type { ParkingHandlerParts, RightToPut } from './parts.ts'
import { reliefOf } from './relief.ts'
import { tendedStays } from './tended.ts'
import type { validationOperations } from './validation-operations.ts'

export function createValidationHandlers(parts: ParkingHandlerParts): HandlersOf<typeof validationOperations> {
  const { reads, submit } = parts
  const { parking } = reads
  const tended = tendedStays(parts)

  return {
    validateSession: (given) => {
      const stay = tended.stay(given.c, given.params.id)
      const site = commonOf(reads, clientOf(given.c).mode)
      if (site === null) return refuse(given.c, 'no-car-park')
      if (stay === null) return refuse(given.c, 'stay-not-found')
      const { id, holder, reason } = given.body
      const relief = reliefOf(given.body.relief, reads.layout()?.currency)
      if (relief === null) return refuse(given.c, 'right-invalid')
      const from = stay.session.entry.at
      const right: RightToPut = {
        id: id as RightId,
        kind: 'validation',
        status: 'active',
        holder,
        places: [],
        vehicleClasses: [],
        spaces: 1,
        validFrom: from,
        validUntil: later(from, site.parking.policy.stayMaxMs),
        hours: [],
        session: stay.session.id,
        relief,
      }
      return submit(given, { kind: 'right-put', right, plates: [], isNew: true, reason: reason.trim() })
    },

    validateAtStall: (given) => validateAtStall(given, parts),

    readValidations: ({ c, query }) => {
      const { from, to, after, limit } = query
      const page = parking.validations(clientOf(c).mode, from, to, after === undefined ? null : cursorOf(after), limit)
      const { validations, next } = page
      return json({ validations, next: next === null ? null : `${next.day}~${next.merchant}` })
    },
  }
}

function cursorOf(text: string): ValidationCursor {
  const [day = '', merchant = ''] = text.split('~')
  return { day, merchant }
}
