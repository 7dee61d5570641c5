import type { ChargeId } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import { isCurrencyCode } from '../../../core/money.ts'
import type { RequestBody } from '../../path/path.ts'
import type { Given, HandlersOf } from '../operation.ts'
import { clientOf, refuse } from '../respond.ts'
import type { cashOperations } from './cash-operations.ts'
import { commonOf } from './common.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { tendedStays } from './tended.ts'

export function createCashHandlers(parts: ParkingHandlerParts): HandlersOf<typeof cashOperations> {
  const { reads } = parts
  const tended = tendedStays(parts)

  const ofCharge = (
    given: Given<{ id: string }, unknown, { amount: { amount: number; currency: string } }>,
    body: (charge: ChargeId, amount: Money) => RequestBody,
  ): Promise<Response> | Response => {
    const charge = tended.charge(given.c, given.params.id)
    if (charge === null) return refuse(given.c, 'charge-unknown')
    const { amount, currency } = given.body.amount
    if (!isCurrencyCode(currency)) return refuse(given.c, 'amount-invalid')
    // What can be known here is refused here: what the path has refused stands under its key for ever.
    if (commonOf(reads, clientOf(given.c).mode) === null) return refuse(given.c, 'no-car-park')
    if (currency !== charge.due.currency) return refuse(given.c, 'token-currency')
    return parts.ask(given, body(charge.id, { amount, currency })).then((reply) => parts.answerTo(given.c, reply))
  }

  return {
    takeCash: (given) =>
      ofCharge(given, (charge, amount) => ({
        kind: 'cash-taken',
        charge,
        tender: given.body.tender,
        amount,
        ...(given.body.confirmed === true ? { confirmed: true as const } : {}),
      })),

    refundCharge: (given) =>
      ofCharge(given, (charge, amount) => ({
        kind: 'refund',
        charge,
        amount,
        reason: given.body.reason.trim(),
        ...(given.body.confirmed === true ? { confirmed: true as const } : {}),
      })),
  }
}
