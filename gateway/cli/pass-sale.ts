import { z } from 'zod'
import type { Money } from '../../core/money.ts'
import { isCurrencyCode } from '../../core/money.ts'
import { moneyText } from '../../core/money-text.ts'
import { isSoldFor, PASS_SOLD_MONTHS_MAX } from '../../core/parking/pass-sale.ts'
import { localTimeText } from './local-time-text.ts'
import type { GatewayAccess } from './running-gateway.ts'
import { ask } from './running-gateway.ts'
import type { Said } from './terminal.ts'
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

const moneySchema = z
  .object({ amount: z.int(), currency: z.string().refine(isCurrencyCode) })
  .transform(({ amount, currency }): Money => ({ amount, currency }))

const sold = z.object({
  right: z.string(),
  sale: z.string(),
  outcome: z.object({
    price: moneySchema,
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
  if (!isSoldFor(offer.months, months)) {
    const more = 2 * offer.months > PASS_SOLD_MONTHS_MAX ? '' : ` or a multiple of it up to ${PASS_SOLD_MONTHS_MAX}`
    throw new UsageError(`--months is ${offer.months}${more}, as the offer is sold`)
  }
  const { tender } = options
  const { amount, currency } = offer.price
  return {
    offer: { tariff, pass, vehicleClass: offer.vehicleClass, months },
    ...(tender === undefined
      ? {}
      : { cash: { tender, amount: { amount: (amount * months) / offer.months, currency } } }),
  }
}

/** What was sold, for people, by the clock of a zone: what it cost and until when it is good, or how it is paid. */
export async function soldSaid(access: GatewayAccess, answer: unknown, zone: string): Promise<readonly Said[]> {
  const { right, sale, outcome } = sold.parse(answer)
  const { price, dueAt, validUntil } = outcome
  const [vi, en] = [moneyText(price, 'vi'), moneyText(price, 'en')]
  if (validUntil !== null) {
    const until = localTimeText(validUntil, zone)
    return [
      {
        vi: `${right}: đã trả ${vi} (khoản thu ${sale}), dùng được đến ${until}.`,
        en: `${right} is paid, ${en} (charge ${sale}), and good until ${until}.`,
      },
    ]
  }
  const { transfer } = shown.parse(await ask(access, 'GET', `/v1/pass-sales/${sale}`))
  const by = localTimeText(dueAt, zone)
  return [
    {
      vi: `${right}: đã ghi bán, chưa trả ${vi} (khoản thu ${sale}), hạn ${by}. Chưa trả thì vé chưa dùng được.`,
      en: `${right} is sold and not paid: ${en} for ${sale}, by ${by}. Until it is paid it is good for nothing.`,
    },
    ...(transfer === null
      ? []
      : [
          {
            vi: `Chuyển khoản ghi ${transfer.reference}; nội dung mã VietQR: ${transfer.code}`,
            en: `A bank transfer names ${transfer.reference}; the text of its VietQR code: ${transfer.code}`,
          },
        ]),
  ]
}

const refunded = z.looseObject({
  amount: moneySchema,
  pass: z.object({ right: z.string(), goodUntil: z.int().nullable() }).optional(),
})

/** What was given back, for people, and what is left of the pass, by the clock of a zone. */
export function refundSaid(answer: unknown, zone: string): readonly Said[] {
  const { amount, pass } = refunded.parse(answer)
  const given = { vi: `Trả cho khách ${moneyText(amount, 'vi')}.`, en: `Hand ${moneyText(amount, 'en')} over.` }
  if (pass === undefined) return [given]
  const { right, goodUntil } = pass
  if (goodUntil === null)
    return [given, { vi: `Vé ${right} hết hạn từ bây giờ.`, en: `The pass ${right} is over from now on.` }]
  const until = localTimeText(goodUntil, zone)
  return [
    given,
    { vi: `Vé ${right} còn dùng được đến ${until}.`, en: `The pass ${right} is good until ${until} still.` },
  ]
}
