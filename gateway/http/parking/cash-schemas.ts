import { z } from '@hono/zod-openapi'
import { takenMoney } from '../fields.ts'
import { confirmed, reason } from './fields.ts'

export const cashRequest = z
  .strictObject({
    amount: takenMoney,
    tender: z.enum(['cash', 'cash-on-behalf']).openapi({
      description: '`cash-on-behalf`: staff keep the cash and transfer the amount themselves.',
    }),
    confirmed,
  })
  .openapi('CashRequest', { example: { amount: { amount: 60_000, currency: 'VND' }, tender: 'cash' } })

export const refundRequest = z
  .strictObject({
    amount: takenMoney,
    reason,
    confirmed: z.boolean().optional().openapi({
      description:
        'True: it may come off the price (`refund-of-price` was answered), and a pass ends by it, though no more of its price is given back (`pass-refund-part`). Sent with a new Idempotency-Key.',
    }),
  })
  .openapi('RefundRequest')
