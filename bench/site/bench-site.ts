import { createHash } from 'node:crypto'
import { siteId } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import type { SitePolicy } from '../../core/site.ts'
import { instant } from '../../core/time.ts'
import type { SiteKit } from '../../simulators/site-kit.ts'
import { siteKit } from '../../simulators/site-kit.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'
import { createIssuers } from '../../simulators/wallet/issuers.ts'
import type { RandomBytes } from '../../simulators/wallet/signing.ts'

export const SITE = siteId('bench')
export const AMOUNT = 50_000
/** Every device of a measurement has the same secret: hashing another for each would take longer than measuring. */
export const SECRET = 'secret-of-a-measurement'

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
    random: seededBytes('issuers'),
    from: instant(Date.UTC(2026, 0, 1)),
  })
}

/** Bytes by SHA-256 in counter mode: the same seed gives the same bytes. */
export function seededBytes(seed: string): RandomBytes {
  let counter = 0
  let pool = Buffer.alloc(0)
  return (bytes) => {
    while (pool.length < bytes) {
      pool = Buffer.concat([pool, createHash('sha256').update(`${seed}/${counter}`).digest()])
      counter += 1
    }
    const taken = pool.subarray(0, bytes)
    pool = pool.subarray(bytes)
    return taken
  }
}
