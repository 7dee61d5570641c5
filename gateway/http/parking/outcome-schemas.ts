import { z } from '@hono/zod-openapi'
import type { Misfit } from '../../../core/parking/session.ts'
import { instant, madeId, money, oneOfKeys, orNull, slug } from '../fields.ts'
import { caseKind } from './case-schemas.ts'
import { sessionId } from './fields.ts'

const misfit = oneOfKeys<Misfit>({
  'no-stay': true,
  'several-stays': true,
  'already-inside': true,
  'already-over': true,
  'before-last-fact': true,
  'plate-mismatch': true,
}).openapi('Misfit', {
  description:
    'Why late evidence moved nothing: no open stay of that plate, or several; its vehicle is inside already; the stay is over; the time lies before what is known of it since (it moved, or came to a lane); ticket and plate are of two vehicles.',
})

/** What is decided of a stay in a car park, as it stands in the journal beside the outcomes of every site. */
export const parkingOutcomes = [
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('amount-asked'),
    session: sessionId,
    charge: madeId,
    due: money,
    holdsUntil: orNull(instant).openapi({ description: 'At a lane the amount holds until then.' }),
  }),
  z.strictObject({ ok: z.literal(true), kind: z.literal('nothing-due'), session: sessionId }),
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('credited'),
    charge: madeId,
    amount: money.openapi({ description: 'What of it paid the charge.' }),
    rest: money.openapi({ description: 'What the charge still asks.' }),
    debts: money.optional().openapi({
      description:
        'What is still owed of earlier visits that it was asked with, or whose plate it has. Absent: nothing.',
    }),
    overpaid: money.openapi({ description: 'What came beyond it and is to be given back.' }),
  }),
  z.strictObject({ ok: z.literal(true), kind: z.literal('credit-unmatched'), case: madeId, amount: money }),
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('pass-sold'),
    right: z.string().openapi({ description: 'The pass.' }),
    charge: madeId,
    price: money,
    due: money.openapi({ description: 'What is still to be paid: it is in force once that is 0.' }),
    dueAt: instant,
    validFrom: orNull(instant),
    validUntil: orNull(instant),
  }),
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('pass-sale-cancelled'),
    right: z.string().openapi({ description: 'The pass.' }),
    charge: madeId,
    overpaid: money.openapi({ description: 'What had been paid of it, and is to be given back.' }),
  }),
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('code-issued'),
    right: z.string().openapi({ description: 'The pass.' }),
    code: madeId,
    issuedAt: instant,
    vehicleClass: orNull(slug),
  }),
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('refunded'),
    charge: madeId,
    amount: money,
    ofPrice: money.optional().openapi({
      description: 'What of it was of the price, and not of what was too much. Absent: nobody said it yet.',
    }),
    pass: z
      .strictObject({
        right: z.string().openapi({ description: 'The pass.' }),
        goodUntil: orNull(instant).openapi({ description: '`null`: it is over.' }),
      })
      .optional()
      .openapi({ description: 'Where something of the price of a pass was given back: what is left of it.' }),
  }),
  z.strictObject({
    ok: z.literal(true),
    kind: z.literal('evidence-taken'),
    stay: z.enum(['begun', 'ended', 'untouched']),
    session: orNull(sessionId),
    charge: orNull(madeId),
    paid: money.openapi({ description: 'What of the cash paid the stay.' }),
    overpaid: money.openapi({ description: 'What of it is to be given back.' }),
    owed: orNull(money).openapi({ description: 'What is still owed; `null` where staff have to say it.' }),
    misfit: orNull(misfit),
    cases: z.array(caseKind).openapi({ description: 'What somebody has to look at now.' }),
  }),
] as const
