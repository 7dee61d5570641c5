import { z } from '@hono/zod-openapi'
import { madeId, money, orNull, passage } from './fields.ts'
import { parkingOutcomes } from './parking/outcome-schemas.ts'

export const outcome = z
  .union([
    z.strictObject({ ok: z.literal(true), kind: z.literal('charge-opened'), charge: madeId, due: money }),
    z.strictObject({ ok: z.literal(true), kind: z.literal('charge-cancelled'), charge: madeId }),
    z.strictObject({
      ok: z.literal(true),
      kind: z.literal('paid'),
      charge: madeId,
      amount: money,
      passage: orNull(passage),
      receipt: orNull(madeId),
      receiptJws: z.string().optional().openapi({ description: 'The signed receipt itself.' }),
    }),
    z.strictObject({ ok: z.literal(true), kind: z.literal('let-through'), passage }),
    z.strictObject({
      ok: z.literal(true),
      kind: z.literal('already-accepted'),
      charge: orNull(madeId),
      amount: orNull(money),
      passage: orNull(passage),
      receiptJws: z.string().optional(),
    }),
    ...parkingOutcomes,
    z.strictObject({ ok: z.literal(true), kind: z.literal('noted') }),
  ])
  .openapi('Outcome', { description: 'What was decided, as it stands in the journal.' })
