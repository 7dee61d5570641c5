import { z } from '@hono/zod-openapi'
import { RIGHT_HOURS_MAX, RIGHT_PLATES_MAX, RIGHT_SPACES_MAX, RIGHT_UNTIL_MAX } from '../../../core/parking/rights.ts'
import { RIGHTS_LISTED_MAX } from '../../../db/parking-reports.ts'
import { count, instant, madeId, money, orNull, slug, typedText } from '../fields.ts'
import { outcome } from '../outcome-schema.ts'
import { limit, plate, reason, rightId, sessionId } from './fields.ts'

export const rightParameter = z.object({ id: rightId })

export const rightsQuery = z.strictObject({ after: rightId.optional(), limit: limit(RIGHTS_LISTED_MAX, 50) })

export const hours = z
  .array(
    z.strictObject({
      weekdays: z.array(z.int().min(1).max(7)).min(1).max(7),
      fromMinute: z.int().min(0).max(1_439),
      toMinute: z.int().min(0).max(1_440),
    }),
  )
  .max(RIGHT_HOURS_MAX)
  .openapi({ description: 'Monday is 1; minutes of the local day; empty: at all hours.' })

export const relief = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('covers') }),
  z.strictObject({ kind: z.literal('first-minutes'), minutes: z.int().min(1).max(527_040) }),
  z.strictObject({ kind: z.literal('amount'), amount: money }),
  z.strictObject({ kind: z.literal('share'), basisPoints: z.int().min(1).max(10_000) }),
])

const rightTime = z.int().min(0).max(RIGHT_UNTIL_MAX).openapi('RightTime', {
  description: 'Milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.',
  example: 1_795_300_000_000,
})

export const holder = typedText
  .min(1)
  .max(80)
  .openapi({ description: 'To whom it was issued, in the site’s own words.' })

export const rightTerms = {
  holder,
  places: z.array(slug).max(64).openapi({ description: 'Empty: all.' }),
  vehicleClasses: z.array(slug).max(32).openapi({ description: 'Empty: all.' }),
  spaces: z.int().min(1).max(RIGHT_SPACES_MAX),
  validFrom: rightTime,
  validUntil: rightTime,
  hours,
}

const plates = z.array(plate).max(RIGHT_PLATES_MAX)

export const passRequest = z.strictObject({ id: rightId, ...rightTerms, plates, reason }).openapi('PassRequest', {
  example: {
    id: 've-thang-0042',
    holder: 'Căn hộ 12A',
    places: [],
    vehicleClasses: ['car'],
    spaces: 1,
    validFrom: 1_795_300_000_000,
    validUntil: 1_797_900_000_000,
    hours: [],
    plates: ['30A-123.45'],
    reason: 'Xe của nhân viên',
  },
})

export const renewRequest = z.strictObject({ validUntil: rightTime, reason }).openapi('RenewRequest')

export const platesRequest = z.strictObject({ plates }).openapi('PlatesRequest')

export const rightStatusRequest = z
  .strictObject({ status: z.enum(['active', 'suspended', 'ended']), reason })
  .openapi('RightStatusRequest')

export const right = z
  .strictObject({
    id: rightId,
    kind: z.enum(['pass', 'validation']),
    status: z.enum(['active', 'suspended', 'ended', 'unpaid']).openapi({
      description: '`unpaid`: it was sold, and is in force from its payment.',
    }),
    ...rightTerms,
    holder: orNull(z.string()).openapi({ description: '`null`: past its keeping time.' }),
    session: orNull(sessionId),
    relief,
    plates: z.array(orNull(z.string())).openapi({ description: '`null`: past its keeping time.' }),
    inside: count.openapi({ description: 'Open stays under it.' }),
    sale: orNull(madeId).openapi({
      description: 'Its newest sale by an offer (GET /v1/pass-sales/{id}); `null`: it was given, and never sold.',
    }),
    merchant: orNull(slug).openapi({ description: 'Of a validation: who gave it and bears it; `null`: the site.' }),
    codeIssuedAt: orNull(instant).openapi({ description: 'When the signed code that stands for it was issued.' }),
  })
  .openapi('Right')

export const rights = z.strictObject({ rights: z.array(right), next: orNull(rightId) }).openapi('Rights')

export const issuedPass = z
  .strictObject({
    right: rightId,
    outcome,
    codeAt: orNull(z.string()).openapi({
      description: 'Where a signed code for a phone or a card is issued; `null`: this box holds no key for that.',
    }),
  })
  .openapi('IssuedPass')

export const passCode = z
  .strictObject({
    right: rightId,
    id: z.string().openapi({ description: 'Its `jti`: a deny list can name it.' }),
    issuedAt: instant,
    expiresAt: instant.openapi({
      description: 'Another one is needed by then. Whether the pass is good, the books say when it is shown.',
    }),
    text: z.string().openapi({ description: 'The signed token, alone in a QR code.' }),
  })
  .openapi('PassCode')
