import type { LaneId, SessionId } from '../../../core/ids.ts'
import { laneId, vehicleClass } from '../../../core/ids.ts'
import type { RequestBody } from '../../path/path.ts'
import { mayActAt } from '../clients.ts'
import type { Given, HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import type { laneOperations } from './lane-operations.ts'
import { handInLate } from './late-evidence.ts'
import type { ParkingHandlerParts } from './parts.ts'

export function createLaneHandlers(parts: ParkingHandlerParts): HandlersOf<typeof laneOperations> {
  const { submit } = parts

  const atLane = (
    given: Given<{ id: string }, unknown, unknown>,
    body: (lane: LaneId) => RequestBody,
  ): Promise<Response> => {
    const lane = laneId(given.params.id)
    return mayActAt(clientOf(given.c), { kind: 'lane', id: lane })
      ? submit(given, body(lane))
      : refuse(given.c, 'forbidden')
  }

  return {
    askTicket: (given) =>
      atLane(given, (lane) => ({
        kind: 'ticket-asked',
        lane,
        vehicleClass: given.body.vehicleClass === null ? null : vehicleClass(given.body.vehicleClass),
      })),

    chooseSession: (given) => {
      const { session, reason } = given.body
      return atLane(given, (lane) => ({
        kind: 'session-chosen',
        lane,
        session: session as SessionId,
        reason: reason.trim(),
      }))
    },

    leaveOnDebt: (given) =>
      atLane(given, (lane) => ({ kind: 'leave-on-debt', lane, reason: given.body.reason.trim() })),

    handInLate: (given) => handInLate(given, parts),

    readTicketKeys: () => json({ keys: parts.tickets.keys() }),
  }
}
