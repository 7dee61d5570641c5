import type { CurrencyCode } from '../../../core/money.ts'
import type { Relief } from '../../../core/parking/session.ts'

/** `null` for an amount in another currency than the site’s. */
export function reliefOf(
  relief:
    | Exclude<Relief, { kind: 'amount' }>
    | { readonly kind: 'amount'; readonly amount: { readonly amount: number; readonly currency: string } },
  site: CurrencyCode | undefined,
): Relief | null {
  if (relief.kind !== 'amount') return relief
  const { amount, currency } = relief.amount
  return site === currency ? { kind: 'amount', amount: { amount, currency: site } } : null
}
