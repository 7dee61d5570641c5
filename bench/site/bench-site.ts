import { siteId } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { SitePolicy } from '../../core/site.ts'
import { instant } from '../../core/time.ts'
import type { SiteKit } from '../../simulators/site-kit.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import { randomOf } from '../../simulators/world/random.ts'

export const SITE = siteId('bench')
export const AMOUNT = 50_000
/** People who pay at the site: each comes back again and again. */
export const PAYERS = 10_000
/** Every device of a measurement has the same secret: hashing another for each would take longer than measuring. */
export const SECRET = 'secret-of-a-measurement'

/** The payer of the n-th sale: everybody in turn. */
export function payerOf(sale: number): string {
  return `payer-${sale % PAYERS}`
}

/** The market that is measured, with limits that no load reaches. */
export function benchKit(stalls: number): SiteKit {
  const kit = siteKit({ site: SITE, stalls })
  const policy: SitePolicy = { ...kit.policy, payerDayMax: 1e12, exposureMax: 1e15 }
  return { ...kit, policy }
}

/** The same issuers in every process of a measurement. */
export function benchIssuers(): SimulatedIssuers {
  return createIssuers({
    site: SITE,
    currency: VND,
    random: randomOf('issuers').bytes,
    from: instant(Date.UTC(2026, 0, 1)),
  })
}
