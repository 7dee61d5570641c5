import { z } from '@hono/zod-openapi'
import { TYPED_REASON_CHARACTERS_MAX, typedText, wholeNumber } from '../fields.ts'

/** What several wire forms of the car park are made of: names of APDS (ISO/TS 5206-1) where it has one. */

/** As made ids, but that of a training stay says so. */
export const sessionId = z
  .string()
  .regex(/^[a-z0-9-]{1,63}:\d{1,16}:\d{1,16}:(?:s|practice)\d{1,6}$/)
  .openapi('SessionId', { description: 'The id of a stay in a car park.', example: 'box-1:1:42:s0' })

export const reason = typedText
  .max(TYPED_REASON_CHARACTERS_MAX)
  .openapi({ description: 'Why, in words; kept with who it was. Not empty.', example: 'Khách mất vé' })

/** Longer than any plate, so that one of 200 characters is told that it is none. */
export const plate = z.string().max(256).openapi({ example: '30A-123.45' })

/** Ids of rights come from whoever issues passes. */
export const rightId = z
  .string()
  .regex(/^[A-Za-z0-9._:~-]{1,128}$/)
  .openapi('RightId', { example: 've-thang-0042' })

export const said = z
  .strictObject({ vi: z.array(z.string()), en: z.array(z.string()) })
  .openapi('Explained', { description: 'The bill for people, a line for each of its lines and the total last.' })

export const limit = (max: number, usual: number) =>
  wholeNumber(1, max).default(usual).openapi({ type: 'integer', minimum: 1, maximum: max, default: usual })

export const reasonRequest = z.strictObject({ reason }).openapi('ReasonRequest')

/** Of cash. */
export const confirmed = z.boolean().optional().openapi({
  description: 'True: so much was really taken, though `cash-unlikely` was answered. Sent with a new Idempotency-Key.',
})
