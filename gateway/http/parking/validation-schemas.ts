import { z } from '@hono/zod-openapi'
import { VALIDATIONS_LISTED_MAX } from '../../../db/parking-reports.ts'
import { count, orNull, slug } from '../fields.ts'
import { limit, reason, rightId, sessionId } from './fields.ts'
import { stayByPlate, stayByTicket } from './named-stay.ts'
import { relief, rightTerms } from './right-schemas.ts'

export const validationRequest = z
  .strictObject({
    id: rightId.openapi({ description: 'An id of yours for it: the number of the sale.' }),
    holder: rightTerms.holder.openapi({ description: 'For whom it is: a merchant, a guest.' }),
    relief,
    reason,
  })
  .openapi('ValidationRequest', {
    example: {
      id: 'hd-20261122-118',
      holder: 'Siêu thị',
      relief: { kind: 'first-minutes', minutes: 120 },
      reason: 'Cổng hỏng một giờ',
    },
  })

export const merchantValidationRequest = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{1,60}$/)
      .openapi({ description: 'The number of the sale: once for each stall.', example: 'hd-20261122-118' }),
    stay: z.discriminatedUnion('kind', [
      stayByTicket,
      stayByPlate,
      z.strictObject({ kind: z.literal('session'), id: sessionId }),
    ]),
    relief,
  })
  .openapi('MerchantValidationRequest', {
    example: {
      id: 'hd-20261122-118',
      stay: { kind: 'plate', plate: '30A-123.45', digits: '0417' },
      relief: { kind: 'first-minutes', minutes: 60 },
    },
  })

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .openapi({ description: 'A local day.', example: '2026-11-22' })

const cursor = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}~[a-z0-9-]{1,63}$/)
  .openapi({ description: 'The `next` of the page before.' })

export const validationsQuery = z.strictObject({
  from: day,
  to: day,
  after: cursor.optional(),
  limit: limit(VALIDATIONS_LISTED_MAX, 200),
})

export const validations = z
  .strictObject({
    validations: z.array(
      z
        .strictObject({
          day,
          merchant: slug,
          given: count.openapi({ description: 'Validations that it gave on that day.' }),
          borne: count.openapi({
            description:
              'What they have taken off so far, in the site’s currency: the merchant owes it to the car park.',
          }),
        })
        .openapi('MerchantValidations'),
    ),
    next: orNull(cursor).openapi({ description: 'Where to go on; `null` after the last.' }),
  })
  .openapi('Validations')
