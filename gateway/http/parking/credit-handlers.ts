import { principalOf } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import { instant } from '../../../core/time.ts'
import type { RequestBody } from '../../path/path.ts'
import type { Given, HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import { commonOf } from './common.ts'
import type { creditOperations } from './credit-operations.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { tendedStays } from './tended.ts'

/** A transfer that was refused so often is no accident. */
export const CREDIT_TRIES_MAX = 32

export function createCreditHandlers(parts: ParkingHandlerParts): HandlersOf<typeof creditOperations> {
  const { reads, submit } = parts
  const { parking } = reads
  const tended = tendedStays(parts)

  /** `null` for an amount in another currency than the site’s. */
  const siteMoney = ({ amount, currency }: { amount: number; currency: string }): Money | null => {
    const site = reads.layout()?.currency
    return site === currency ? { amount, currency: site } : null
  }

  /**
   * The bank's id is the request's: whoever enters it, and whoever brings it another day, it is one transfer. What was refused stands under its key for ever, so it is asked again under the next one; that it
   * is booked once, the books see by the reference itself. One that was entered in practice is none of the live bank's.
   */
  const askCredit = async (
    given: Given<unknown, unknown, unknown>,
    body: Extract<RequestBody, { kind: 'credit-by-charge' | 'credit-by-text' }>,
    bytes: string,
  ): Promise<Response> => {
    const { mode } = clientOf(given.c)
    const source = principalOf('gateway', mode === 'live' ? 'bank-credits' : `bank-credits-${mode}`)
    for (let tries = 0; ; tries += 1) {
      const id = tries === 0 ? `bank:${body.reference}` : `bank:${body.reference}~${tries}`
      const reply = await parts.ask(given, body, { source, id, bytes })
      // Known with other content: whether anything of it is booked the books say, and whoever is told to take a new id would book it twice.
      const isOther = reply.kind === 'refused' && reply.refusal === 'key-reused'
      const isOldNo =
        reply.kind === 'committed' && reply.repeated && !reply.outcome.ok && reply.outcome.refusal !== 'credit-known'
      if (tries < CREDIT_TRIES_MAX && (isOther || isOldNo)) continue
      return isOther ? refuse(given.c, 'credit-known') : parts.answerTo(given.c, reply)
    }
  }

  return {
    creditCharge: (given) => {
      const reference = given.body.reference.toUpperCase()
      const charge = tended.charge(given.c, given.params.id)
      if (charge === null) return refuse(given.c, 'charge-unknown')
      const amount = siteMoney(given.body.amount)
      // What can be known here is refused here.
      if (commonOf(reads, clientOf(given.c).mode) === null) return refuse(given.c, 'no-car-park')
      if (amount === null || amount.currency !== charge.due.currency) return refuse(given.c, 'token-currency')
      const body = { kind: 'credit-by-charge', charge: charge.id, amount, reference } as const
      return askCredit(given, body, JSON.stringify([given.params.id, amount.amount, amount.currency]))
    },

    takeBankCredit: (given) => {
      const { text, at } = given.body
      const reference = given.body.reference.toUpperCase()
      const amount = siteMoney(given.body.amount)
      if (commonOf(reads, clientOf(given.c).mode) === null) return refuse(given.c, 'no-car-park')
      if (amount === null) return refuse(given.c, 'token-currency')
      const toldAt = at === undefined ? null : instant(at)
      const body = { kind: 'credit-by-text', reference, amount, text, toldAt } as const
      return askCredit(given, body, JSON.stringify([amount.amount, amount.currency, text, toldAt]))
    },

    readBankCredits: ({ c, query }) =>
      json({
        credits: parking.waitingCredits(clientOf(c).mode, query.limit).map((credit) => ({
          reference: credit.reference,
          amount: credit.amount,
          at: credit.at,
          toldAt: credit.toldAt,
          status: credit.status,
          text: credit.says,
          charge: credit.named,
          case: credit.case,
          suggestions: credit.suggestions,
        })),
      }),

    assignBankCredit: (given) => {
      const charge = tended.charge(given.c, given.body.charge)
      if (charge === null) return refuse(given.c, 'charge-unknown')
      return submit(given, {
        kind: 'credit-moved',
        reference: given.body.reference.toUpperCase(),
        charge: charge.id,
        reason: given.body.reason.trim(),
        ...(given.body.sender === undefined ? {} : { sender: given.body.sender }),
      })
    },

    returnBankCredit: (given) =>
      submit(given, {
        kind: 'credit-moved',
        reference: given.body.reference.toUpperCase(),
        charge: null,
        reason: given.body.reason.trim(),
      }),

    sendBankCreditBack: (given) =>
      submit(given, {
        kind: 'credit-moved',
        reference: given.body.reference.toUpperCase(),
        charge: null,
        reason: given.body.reason.trim(),
        sentBack: given.body.sent.toUpperCase(),
      }),
  }
}
