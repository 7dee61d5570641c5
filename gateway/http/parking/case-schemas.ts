import { z } from '@hono/zod-openapi'
import type { StaffCaseKind } from '../../../core/parking/session.ts'
import { CASES_LISTED_MAX } from '../../../db/parking-reports.ts'
import { instant, madeId, oneOfKeys, orNull, slug } from '../fields.ts'
import { limit, sessionId } from './fields.ts'

export const caseKind = oneOfKeys<StaffCaseKind>({
  'plate-mismatch': true,
  'class-unclear': true,
  'class-mismatch': true,
  'exit-without-entry': true,
  'second-entry': true,
  'forced-open': true,
  tailgating: true,
  'stuck-closed': true,
  'loop-away': true,
  'no-tariff': true,
  overpaid: true,
  'paid-never-left': true,
  'left-unpaid': true,
  'unpaid-at-lane': true,
  'plate-unreadable': true,
  'count-differs': true,
  'time-unclear': true,
  'stay-too-long': true,
  'credit-unmatched': true,
  'not-reckoned': true,
  'pass-lost': true,
  'on-behalf': true,
  'late-evidence': true,
}).openapi('CaseKind')

export const casesQuery = z.strictObject({
  kind: caseKind.optional().openapi({
    description: '`not-reckoned`: the stays whose price is still to be reckoned, or to be set by a supervisor.',
  }),
  after: madeId.optional(),
  limit: limit(CASES_LISTED_MAX, 50),
})

const pictureRef = z
  .string()
  .regex(/^picture:[a-z0-9-]{1,63}:\d{1,16}:\d{1,16}$/)
  .openapi({ description: 'The place of a picture in the vault.', example: 'picture:box-1:1:417' })

export const pictureParameter = z.object({ ref: pictureRef })

export const pictureName = z
  .strictObject({
    ref: pictureRef,
    name: orNull(z.string()).openapi({
      description: 'The file that the gateway keeps, or the camera’s own name of it.',
    }),
    lane: orNull(slug),
    isKept: z.boolean(),
  })
  .openapi('PictureName')

export const cases = z
  .strictObject({
    cases: z.array(
      z
        .strictObject({
          id: madeId,
          kind: caseKind,
          lane: orNull(slug),
          session: orNull(sessionId),
          isStayOver: orNull(z.boolean()).openapi({
            description:
              'Whether its stay has ended; `null` where it is about none. What is `not-reckoned` is settled once it has: cash that was taken without a price opens the case while the vehicle is inside.',
          }),
          charge: orNull(madeId),
          openedAt: instant,
          pictures: z
            .array(z.string())
            .openapi({ description: 'Places in the vault of the pictures, and of a plate that was written down.' }),
          vi: z.string(),
          en: z.string(),
        })
        .openapi('Case'),
    ),
    next: orNull(madeId),
  })
  .openapi('Cases')
