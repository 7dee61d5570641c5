import { z } from '@hono/zod-openapi'
import { TRANSFER_TEXT_CHARACTERS_MAX } from '../../../core/transfer-reference.ts'
import { CREDITS_LISTED_MAX, SUGGESTIONS_MAX } from '../../../db/parking-reports.ts'
import { instant, madeId, money, orNull, takenMoney } from '../fields.ts'
import { limit, reason, sessionId } from './fields.ts'

const bankReference = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{3,63}$/)
  .openapi({ description: 'The bank’s own id of this transfer. It is taken once.', example: 'FT26326482910' })

export const creditRequest = z.strictObject({ amount: takenMoney, reference: bankReference }).openapi('CreditRequest')

export const bankCreditRequest = z
  .strictObject({
    reference: bankReference,
    amount: takenMoney,
    text: z.string().max(TRANSFER_TEXT_CHARACTERS_MAX).openapi({
      description: 'What the payer wrote, as the bank passes it on. Kept as a personal value.',
      example: 'NGUYEN VAN A chuyen tien TBKQZM1S4217G0C62',
    }),
    at: instant.optional().openapi({ description: 'When it came, by the bank.' }),
  })
  .openapi('BankCreditRequest')

export const creditAssignment = z
  .strictObject({
    reference: bankReference,
    charge: madeId,
    reason,
    sender: z.enum(['payer', 'staff']).optional().openapi({
      description:
        'Whose transfer it is. `staff`: it passes on cash that they took for this charge; `payer`: it does not, and what is beyond the charge is too much. Required where staff hold such cash and the amount does not say it. Said of one that is booked to this charge already as its payer’s, `staff` turns it round, where they hold all of it.',
    }),
  })
  .openapi('CreditAssignment')

export const creditSent = z
  .strictObject({
    reference: bankReference,
    sent: bankReference.openapi({ description: 'The bank’s own reference of the transfer by which it went back.' }),
    reason,
  })
  .openapi('CreditSent')

export const creditReturn = z.strictObject({ reference: bankReference, reason }).openapi('CreditReturn')

export const creditsQuery = z.strictObject({ limit: limit(CREDITS_LISTED_MAX, 50) })

export const credits = z
  .strictObject({
    credits: z.array(
      z
        .strictObject({
          reference: z.string(),
          amount: money,
          at: instant,
          toldAt: orNull(instant).openapi({ description: 'When it came, by the bank.' }),
          status: z.enum(['unmatched', 'refund-due']),
          text: orNull(z.string()).openapi({ description: 'What its payer wrote; `null` past its keeping time.' }),
          charge: orNull(madeId).openapi({
            description:
              'The charge that it names, of which staff hold cash: its assignment says whose transfer it is (`sender`). `null`: it names none.',
          }),
          case: orNull(madeId),
          suggestions: z
            .array(z.strictObject({ charge: madeId, session: sessionId, openedAt: instant }))
            .max(SUGGESTIONS_MAX)
            .openapi({
              description: 'Stays that ask for this very amount, nearest in time first. Somebody has to look.',
            }),
        })
        .openapi('BankCredit'),
    ),
  })
  .openapi('BankCredits')
