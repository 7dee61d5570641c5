import { z } from '@hono/zod-openapi'
import { PASS_SOLD_MONTHS_MAX } from '../../../core/parking/pass-sale.ts'
import { RIGHT_PLATES_MAX } from '../../../core/parking/rights.ts'
import { PASS_MONTHS_MAX } from '../../../core/parking/tariff.ts'
import { instant, madeId, money, orNull, shownText, slug, takenMoney } from '../fields.ts'
import { outcome } from '../outcome-schema.ts'
import { plate, rightId } from './fields.ts'
import { holder } from './right-schemas.ts'

const offer = z
  .strictObject({
    tariff: slug,
    pass: slug.openapi({ description: 'Its id in the tariff.' }),
    vehicleClass: slug,
    months: z
      .int()
      .min(1)
      .max(PASS_MONTHS_MAX)
      .openapi({
        description: `As many as the offer is for, or a multiple of that up to ${PASS_SOLD_MONTHS_MAX}.`,
      }),
  })
  .openapi('OfferAsked', { description: 'One of the passes that GET /v1/tariffs has on offer today.' })

const cash = z
  .strictObject({ tender: z.enum(['cash', 'cash-on-behalf']), amount: takenMoney })
  .optional()
  .openapi({
    description:
      'The whole price, handed over with it: the pass is in force at once. Another amount is refused as `pass-price-differs`, with the price in `due`. Without it the pass waits to be paid, and is good for nothing until then.',
  })

const EXAMPLE_OFFER = { tariff: 'hanoi-cars-hoan-kiem', pass: 'month-day', vehicleClass: 'car-9-seats', months: 1 }

export const passSaleRequest = z
  .strictObject({ id: rightId, holder, plates: z.array(plate).max(RIGHT_PLATES_MAX), offer, cash })
  .openapi('PassSaleRequest', {
    example: {
      id: 've-thang-0042',
      holder: 'Căn hộ 12A',
      plates: ['30A-123.45'],
      offer: EXAMPLE_OFFER,
      cash: { tender: 'cash', amount: { amount: 3_000_000, currency: 'VND' } },
    },
  })

export const passRenewalRequest = z
  .strictObject({ offer, cash })
  .openapi('PassRenewalRequest', { example: { offer: EXAMPLE_OFFER } })

export const passPayment = z.strictObject({ text: shownText }).openapi('PassPayment')

export const soldPass = z
  .strictObject({ right: rightId, sale: madeId.openapi({ description: 'Its charge, by which it is paid.' }), outcome })
  .openapi('SoldPass')

export const passSale = z
  .strictObject({
    charge: madeId,
    right: rightId,
    kind: z.enum(['issue', 'renewal']),
    tariff: z.strictObject({ id: slug, version: z.string() }),
    pass: slug,
    vehicleClass: slug,
    months: z.int().min(1),
    status: z.enum(['unpaid', 'paid', 'cancelled', 'lapsed', 'refunded']).openapi({
      description:
        '`unpaid`: for nothing yet. `cancelled`: taken back before it was paid. `lapsed`: not paid in time. `refunded`: its price, or a part of it, was given back, which took the time that it bought.',
    }),
    soldAt: instant,
    dueAt: instant.openapi({ description: 'When it comes to nothing if it is not paid by then.' }),
    validFrom: instant.openapi({ description: 'Of one that is not paid: what it would be, if it were paid at once.' }),
    validUntil: instant,
    price: money,
    paid: money,
    overpaid: money.openapi({ description: 'To be given back.' }),
    refunded: money,
    transfer: orNull(
      z.strictObject({
        reference: z.string().openapi({ description: 'What its payer’s bank writes beside the transfer.' }),
        code: z.string().openapi({ description: 'The text of a VietQR code for what is still due.' }),
      }),
    ).openapi({ description: '`null`: nothing is due, or the car park’s merchant has no account.' }),
  })
  .openapi('PassSale')
