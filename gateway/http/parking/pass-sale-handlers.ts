import type { z } from '@hono/zod-openapi'
import type { ChargeId, RightId } from '../../../core/ids.ts'
import { vehicleClass } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import { isCurrencyCode } from '../../../core/money.ts'
import { restOf } from '../../../core/parking/asking.ts'
import type { StayCharge } from '../../../core/parking/facts.ts'
import type { OfferAsked, PassSale } from '../../../core/parking/sale.ts'
import { transferAccount } from '../../../core/parking/transfer-code.ts'
import type { SiteLayout } from '../../../core/site.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { vietQr } from '../../../core/vietqr.ts'
import type { RequestBody } from '../../path/path.ts'
import type { Given, HandlersOf } from '../operation.ts'
import { clientOf, json, refuse } from '../respond.ts'
import type { ParkingHandlerParts } from './parts.ts'
import type { passSaleOperations } from './pass-sale-operations.ts'
import type { passSale, passSaleRequest } from './pass-sale-schemas.ts'

type Asked = Pick<z.output<typeof passSaleRequest>, 'offer' | 'cash'>
type Handed = Extract<RequestBody, { kind: 'pass-sold' }>['cash']

export function createPassSaleHandlers(parts: ParkingHandlerParts): HandlersOf<typeof passSaleOperations> {
  const { reads, submit } = parts

  const sell = async (
    given: Given<unknown, unknown, Asked>,
    what: Pick<Extract<RequestBody, { kind: 'pass-sold' }>, 'right' | 'sells' | 'holder' | 'plates'>,
  ): Promise<Response> => {
    const cash = handed(given.body.cash)
    if (cash === 'invalid') return refuse(given.c, 'amount-invalid')
    const reply = await parts.ask(given, { kind: 'pass-sold', ...what, offer: offerOf(given.body.offer), cash })
    if (reply.kind !== 'committed' || !reply.outcome.ok || reply.outcome.kind !== 'pass-sold')
      return parts.answerTo(given.c, reply)
    const { right, charge } = reply.outcome
    return json({ right, sale: charge, outcome: reply.outcome }, 201)
  }

  return {
    sellPass: (given) => {
      const { id, holder, plates } = given.body
      return sell(given, { right: id as RightId, sells: 'issue', holder, plates })
    },

    sellRenewal: (given) =>
      sell(given, { right: given.params.id as RightId, sells: 'renewal', holder: '', plates: [] }),

    readPassSale: ({ c, params }) => {
      const found = reads.parking.passSale(params.id as ChargeId, clientOf(c).mode)
      const layout = reads.layout()
      if (found === null || layout === undefined) return refuse(c, 'charge-unknown')
      return json(saleWire(found.sale, found.charge, layout))
    },

    cancelPassSale: (given) =>
      submit(given, {
        kind: 'pass-sale-cancelled',
        charge: given.params.id as ChargeId,
        reason: given.body.reason.trim(),
      }),

    payPass: (given) => {
      const { mode } = clientOf(given.c)
      const charge = reads.parking.newestSale(given.params.id as RightId)
      // Nobody has sold it: there is nothing that a code could pay.
      if (charge === null || reads.parking.passSale(charge, mode) === null) return refuse(given.c, 'charge-unknown')
      return submit(given, { kind: 'shown', place: { kind: 'site' }, reader: null, text: given.body.text, charge })
    },
  }
}

function offerOf({ vehicleClass: of, ...offer }: Asked['offer']): OfferAsked {
  return { ...offer, vehicleClass: vehicleClass(of) }
}

function handed(cash: Asked['cash']): Handed | 'invalid' {
  if (cash === undefined) return null
  const { amount, currency } = cash.amount
  return isCurrencyCode(currency) ? { tender: cash.tender, amount: { amount, currency } } : 'invalid'
}

function saleWire(sale: PassSale, charge: StayCharge, layout: SiteLayout): z.output<typeof passSale> {
  const { offer, period, state } = sale
  const like = (amount: number): Money => ({ amount, currency: charge.charge.due.currency })
  return {
    charge: sale.charge,
    right: sale.right,
    kind: sale.kind,
    tariff: offer.tariff,
    pass: offer.pass,
    vehicleClass: offer.vehicleClass,
    months: offer.months,
    status: state.status,
    soldAt: sale.soldAt,
    dueAt: sale.dueAt,
    validFrom: period.from,
    validUntil: period.until,
    price: charge.charge.due,
    paid: like(charge.paid),
    overpaid: like(charge.overpaid),
    refunded: like(charge.refunded),
    transfer: state.status === 'unpaid' ? transferOf(charge, layout) : null,
  }
}

function transferOf(charge: StayCharge, layout: SiteLayout): z.output<typeof passSale>['transfer'] {
  const { id, merchant, mode } = charge.charge
  const account = transferAccount(layout, merchant, mode)
  const reference = transferReference(id, layout.site)
  return account === null || reference === null ? null : { reference, code: vietQr(account, restOf(charge), reference) }
}
