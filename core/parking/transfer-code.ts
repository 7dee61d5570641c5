import type { Charge } from '../changes.ts'
import type { CommonFacts } from '../facts.ts'
import type { MerchantId } from '../ids.ts'
import type { Mode } from '../mode.ts'
import type { Money } from '../money.ts'
import { VND } from '../money.ts'
import type { SiteLayout } from '../site.ts'
import type { Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { transferReference } from '../transfer-reference.ts'
import type { BankAccount } from '../vietqr.ts'
import { vietQr } from '../vietqr.ts'
import type { ParkingCommon } from './facts.ts'

/** Where bank transfers to a merchant go; none in training, where nobody's money is to move, and none in a currency that a VietQR code cannot say. */
export function transferAccount({ merchants, currency }: SiteLayout, id: MerchantId, mode: Mode): BankAccount | null {
  if (mode === 'training' || currency !== VND) return null
  return merchants.find((merchant) => merchant.id === id)?.account ?? null
}

/**
 * Whether a bank's word of a transfer is to be expected while its payer waits: the site expects it, and upstream has not gone silent. By a clock that is not trusted nobody is known to be away.
 */
export function isBankHeard(
  { policy, upstreamHeardAt }: Pick<ParkingCommon, 'policy' | 'upstreamHeardAt'>,
  { at, trust }: Pick<Now, 'at' | 'trust'>,
): boolean {
  if (policy.bankConfirmation === 'none') return false
  return upstreamHeardAt === null || !isTrusted(trust) || at - upstreamHeardAt <= policy.bankAwayAfterMs
}

/**
 * What a bank's app reads at a lane to pay what is asked there now (VietQR), with the reference of the charge; `null` where no bank would tell of it in time, or the site has no account. `due` is above 0.
 */
export function codeAtLane(
  charge: Charge,
  due: Money,
  parking: Pick<ParkingCommon, 'policy' | 'upstreamHeardAt'>,
  common: CommonFacts,
  now: Pick<Now, 'at' | 'trust'>,
): string | null {
  if (!isBankHeard(parking, now)) return null
  const account = transferAccount(common.layout, charge.merchant, charge.mode)
  const reference = transferReference(charge.id, common.layout.site)
  return account === null || reference === null ? null : vietQr(account, due, reference)
}
