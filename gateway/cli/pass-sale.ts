import { z } from 'zod'
import { PASS_MONTHS_MAX } from '../../core/parking/tariff.ts'
import type { GatewayAccess } from './running-gateway.ts'
import { ask } from './running-gateway.ts'
import { UsageError, wholeOption } from './terminal.ts'

export type SaleOptions = {
  readonly offer?: string
  readonly months?: string
  readonly tender?: string
  readonly classes?: string
}

/** What `--offer`, `--classes`, `--months` and `--tender` say, as the gateway is asked for it. */
export type AskedSale = {
  readonly offer: {
    readonly tariff: string
    readonly pass: string
    readonly vehicleClass: string
    readonly months: number
  }
  readonly cash?: { readonly tender: string; readonly amount: { readonly amount: number; readonly currency: string } }
}

const onOffer = z.object({
  passes: z.array(
    z.object({
      tariff: z.string(),
      pass: z.string(),
      vehicleClass: z.string(),
      months: z.int(),
      price: z.object({ amount: z.int(), currency: z.string() }),
    }),
  ),
})

const sold = z.object({
  right: z.string(),
  sale: z.string(),
  outcome: z.object({
    price: z.object({ amount: z.int(), currency: z.string() }),
    due: z.object({ amount: z.int() }),
    dueAt: z.int(),
    validFrom: z.int().nullable(),
    validUntil: z.int().nullable(),
  }),
})

const shown = z.object({ transfer: z.object({ reference: z.string(), code: z.string() }).nullable() })

/** Which offer is meant, with its price of today where it is paid at once. Refuses by the option's name what is spelled wrongly, and what is not on offer. */
export async function saleOf(
  access: GatewayAccess,
  options: SaleOptions & { readonly offer: string },
): Promise<AskedSale> {
  const [tariff = '', pass = '', ...more] = options.offer.split('/')
  if (tariff === '' || pass === '' || more.length > 0)
    throw new UsageError('--offer is a tariff and a pass of it, such as cars/month-day: tolbooth tariff show --json')
  if (options.tender !== undefined && options.tender !== 'cash' && options.tender !== 'cash-on-behalf')
    throw new UsageError('--tender is cash or cash-on-behalf; without it the pass waits to be paid')
  const { passes } = onOffer.parse(await ask(access, 'GET', '/v1/tariffs'))
  const offers = passes.filter((each) => each.tariff === tariff && each.pass === pass)
  const named = offers.filter(({ vehicleClass }) => options.classes === undefined || options.classes === vehicleClass)
  const [offer, ...others] = named
  if (offer === undefined) throw new UsageError(`--offer ${options.offer} is not on offer today: tolbooth tariff show`)
  if (others.length > 0)
    throw new UsageError(
      `--classes says for which class it is, one of ${named.map(({ vehicleClass }) => vehicleClass).join(', ')}`,
    )
  const months = wholeOption('--months', options.months ?? `${offer.months}`, 1)
  if (months > PASS_MONTHS_MAX || months % offer.months !== 0)
    throw new UsageError(`--months is ${offer.months} or a multiple of it up to 12, as the offer is sold`)
  const { tender } = options
  const { amount, currency } = offer.price
  return {
    offer: { tariff, pass, vehicleClass: offer.vehicleClass, months },
    ...(tender === undefined
      ? {}
      : { cash: { tender, amount: { amount: (amount * months) / offer.months, currency } } }),
  }
}

/** What was sold, for people: what it cost and until when it is good, or how it is paid. */
export async function soldLines(access: GatewayAccess, answer: unknown): Promise<readonly string[]> {
  const { right, sale, outcome } = sold.parse(answer)
  const { price, dueAt, validUntil } = outcome
  const cost = `${price.amount} ${price.currency}`
  if (validUntil !== null) return [`${right} is paid, ${cost} (${sale}), and good until ${timeText(validUntil)}`]
  const { transfer } = shown.parse(await ask(access, 'GET', `/v1/pass-sales/${sale}`))
  return [
    `${right} is sold and not paid: ${cost} for ${sale}, by ${timeText(dueAt)}. Until then it is good for nothing`,
    ...(transfer === null
      ? []
      : [`a bank transfer names ${transfer.reference}; the text of its VietQR code: ${transfer.code}`]),
  ]
}

function timeText(at: number): string {
  return new Date(at).toISOString()
}
