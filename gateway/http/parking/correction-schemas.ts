import { z } from '@hono/zod-openapi'
import type { CorrectionKind } from '../../../db/corrections.ts'
import { instant, oneOfKeys, orNull, SEQ_MAX, wholeNumber } from '../fields.ts'

const correctionKind = oneOfKeys<CorrectionKind>({
  count: true,
  'stay-closed': true,
  'stay-class': true,
  'stay-plate': true,
  'let-go': true,
  'debt-off': true,
  'passback-reset': true,
  'stay-chosen': true,
  'stay-reckoned': true,
  'cash-without-price': true,
  refund: true,
  'right-status': true,
  'pass-given': true,
  'pass-plates': true,
  'validation-given': true,
  'case-ended': true,
  'credit-moved': true,
}).openapi('CorrectionKind')

export const correctionsQuery = z.strictObject({
  after: wholeNumber(0, SEQ_MAX)
    .default(0)
    .openapi({ type: 'integer', minimum: 0, maximum: SEQ_MAX, default: 0, description: 'In records after this one.' }),
})

export const corrections = z
  .strictObject({
    corrections: z.array(
      z
        .strictObject({
          seq: z.int().nonnegative(),
          at: instant,
          by: z.string().openapi({
            description:
              'The client that did it; of `let-go`, which comes when a stay ends, the one that had put its class right.',
            example: 'office',
          }),
          kind: correctionKind,
          of: z.string().openapi({
            description:
              'A place and its class, or the id of a stay, a charge, a right or a case, or a bank’s reference.',
          }),
          before: orNull(z.string()),
          after: orNull(z.string()).openapi({
            description:
              'A count, a class, a status, the end of a plate while it is kept (of each, where a pass has several), an amount; of a bank’s credit the charge, with whose transfer it was said to be (`payer`, `staff`). `null`: there is nothing to say.',
          }),
          reason: orNull(z.string()).openapi({ description: 'As it was typed; `null` once it has been erased.' }),
          vi: z.string(),
          en: z.string(),
        })
        .openapi('Correction'),
    ),
    next: orNull(z.string()).openapi({ description: 'The next `after`; `null` at the end of the journal.' }),
  })
  .openapi('Corrections')
