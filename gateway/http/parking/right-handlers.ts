import type { RightId } from '../../../core/ids.ts'
import { placeId, vehicleClass } from '../../../core/ids.ts'
import { instant } from '../../../core/time.ts'
import type { RightReport } from '../../../db/parking-reports.ts'
import type { Given, HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import type { ParkingHandlerParts, RightToPut } from './parts.ts'
import { createPassCodeHandlers } from './pass-code-handlers.ts'
import type { rightOperations } from './right-operations.ts'

export function createRightHandlers(parts: ParkingHandlerParts): HandlersOf<typeof rightOperations> {
  const { submit, reads } = parts
  const { parking } = reads

  /** A right as it stands, with something else about it. The status that it has stays, whatever is said. */
  const putAgain = async (
    given: Given<{ id: string }, unknown, unknown>,
    change: (known: RightReport) => {
      right: Omit<RightToPut, 'holder'>
      plates: readonly string[] | null
      reason?: string
    },
  ): Promise<Response> => {
    const known = parking.right(given.params.id as RightId, clientOf(given.c).mode)
    if (known === null) return refuse(given.c, 'right-unknown')
    const { right, plates, ...why } = change(known)
    // A right is put as a whole: what the vault has no more must be typed again.
    const texts = plates ?? known.plateTexts.filter((text) => text !== null)
    if (plates === null && texts.length < known.plateTexts.length) return refuse(given.c, 'plate-needed')
    return submit(given, {
      kind: 'right-put',
      right: { ...right, holder: known.holderName ?? '' },
      plates: texts,
      ...why,
    })
  }

  return {
    readRights: ({ c, query }) => {
      const found = parking.rights(clientOf(c).mode, (query.after ?? null) as RightId | null, query.limit)
      const last = found.length === query.limit ? found.at(-1) : undefined
      return json({ rights: found.map(rightWire), next: last?.right.id ?? null })
    },

    readRight: ({ c, params }) => {
      const found = parking.right(params.id as RightId, clientOf(c).mode)
      return found === null ? refuse(c, 'right-unknown') : json(rightWire(found))
    },

    issuePass: async (given) => {
      const { id, plates, places, vehicleClasses, validFrom, validUntil, reason, ...terms } = given.body
      const right: RightToPut = {
        ...terms,
        id: id as RightId,
        kind: 'pass',
        status: 'active',
        places: places.map(placeId),
        vehicleClasses: vehicleClasses.map(vehicleClass),
        validFrom: instant(validFrom),
        validUntil: instant(validUntil),
        session: null,
        relief: { kind: 'covers' },
      }
      const reply = await parts.ask(given, { kind: 'right-put', right, plates, isNew: true, reason: reason.trim() })
      if (reply.kind !== 'committed' || !reply.outcome.ok) return parts.answerTo(given.c, reply)
      return json(
        { right: id, outcome: reply.outcome, codeAt: parts.signPassCode === null ? null : `/v1/rights/${id}/code` },
        201,
      )
    },

    ...createPassCodeHandlers(parts),

    renewPass: (given) =>
      putAgain(given, ({ right: { plates: _plates, holder: _holder, code: _code, given: _given, ...right } }) => ({
        right: { ...right, status: 'active', validUntil: instant(given.body.validUntil) },
        plates: null,
        reason: given.body.reason.trim(),
      })),

    bringPass: (given) =>
      putAgain(given, ({ right: { plates: _plates, holder: _holder, code: _code, given: _given, ...right } }) => ({
        right: { ...right, status: 'active' },
        plates: given.body.plates,
      })),

    moveRight: (given) =>
      submit(given, {
        kind: 'right-status',
        right: given.params.id as RightId,
        status: given.body.status,
        reason: given.body.reason.trim(),
      }),
  }
}

function rightWire({ right, others, plateTexts, holderName, sale }: RightReport): object {
  const { plates: _plates, away: _away, code, given, ...rest } = right
  return {
    ...rest,
    holder: holderName,
    merchant: given?.merchant ?? null,
    codeIssuedAt: code?.issuedAt ?? null,
    plates: plateTexts,
    inside: others,
    sale,
  }
}
