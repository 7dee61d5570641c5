import { z } from '@hono/zod-openapi'
import { KEYED_AMOUNT_MAX } from '../../../core/money.ts'
import { instant, orNull, shownText, slug } from '../fields.ts'
import { confirmed, plate, reason, sessionId } from './fields.ts'

export const ticketRequest = z
  .strictObject({
    vehicleClass: orNull(slug).openapi({
      description:
        '`null`: as the camera sees it, else the lane’s only class; of several the dearest, with a case `class-unclear`.',
    }),
  })
  .openapi('TicketRequest', { example: { vehicleClass: null } })

export const sessionChoice = z.strictObject({ session: sessionId, reason }).openapi('SessionChoice')

const phoneTime = z.iso.datetime({ offset: true }).openapi({ example: '2026-11-22T10:05:00+07:00' })

export const lateEvidenceRequest = z
  .strictObject({
    kind: z.enum(['let-in', 'let-out']),
    occurredAt: phoneTime.openapi({ description: 'When it passed, by the phone’s clock.' }),
    handedInAt: phoneTime.openapi({ description: 'By the same clock, the moment of this request.' }),
    ticket: shownText
      .optional()
      .openapi({ description: 'What the camera read: the ticket’s text, or its link with it behind `#`.' }),
    plate: plate.optional(),
    vehicleClass: slug.optional().openapi({
      description:
        'For a let-in by plate; without it the lane’s only class; of several the dearest, with a case `class-unclear`.',
    }),
    cash: z.int().min(1).max(KEYED_AMOUNT_MAX).optional().openapi({
      description: 'What was taken at a let-out, in the smallest unit of the site’s currency (đồng).',
    }),
    tender: z.enum(['cash', 'cash-on-behalf']).optional().openapi({ description: 'How; without it `cash`.' }),
    confirmed,
    reason,
  })
  .openapi('LateEvidenceRequest', {
    description: 'A ticket, a plate, or both.',
    example: {
      kind: 'let-out',
      occurredAt: '2026-11-22T10:05:00+07:00',
      handedInAt: '2026-11-22T11:20:00+07:00',
      plate: '30A-123.45',
      cash: 30_000,
      tender: 'cash',
      reason: 'Mất điện, mở tay',
    },
  })

export const ticketKeys = z
  .strictObject({
    keys: z.array(
      z
        .strictObject({
          kid: z.string(),
          jwk: z.record(z.string(), z.string()).openapi({ description: 'RFC 7517, the public part.' }),
          from: instant,
          until: orNull(instant).openapi({ description: '`null`: it is signed with today.' }),
        })
        .openapi('TicketKey'),
    ),
  })
  .openapi('TicketKeys')
