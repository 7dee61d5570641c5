import type { RiskFacts } from './facts.ts'
import type { Refusal } from './refusals.ts'
import type { SitePolicy } from './site.ts'
import type { Now } from './time.ts'
import { isTrusted } from './time.ts'

/** What is to be taken offline now, and how narrowly its token names this site. */
export type RiskAsked = { readonly amount: number; readonly audience: 'place' | 'site' | 'generic' }

/**
 * The offline risk policy (architecture, section 5): per transaction, per payer a day, in total at risk, longest time offline, oldest key set and deny list.
 * Amounts in the site's currency; a sum that reaches a limit exactly is taken. Refuses with the first limit that is passed. A site that has never been
 * in contact, or has no deny list, has nothing to be too old: its other limits bound it.
 */
export function judgeRisk(asked: RiskAsked, facts: RiskFacts, policy: SitePolicy, now: Now): Refusal | undefined {
  if (asked.amount > policy.transactionMax) return 'over-transaction-limit'
  if (asked.audience === 'generic' && asked.amount > policy.genericAudienceMax) return 'over-generic-limit'
  if (!isTrusted(now.trust) && asked.amount > policy.untrustedClockMax) return 'clock-not-trusted'
  if (facts.keySetIssuedAt === null || now.at - facts.keySetIssuedAt > policy.keySetAgeMaxMs) return 'key-set-too-old'
  if (facts.denyListIssuedAt !== null && now.at - facts.denyListIssuedAt > policy.denyListAgeMaxMs)
    return 'deny-list-too-old'
  if (facts.lastContactAt !== null && now.at - facts.lastContactAt > policy.offlineMaxMs) return 'offline-too-long'
  if (asked.amount > policy.payerDayMax - facts.payerDay) return 'over-payer-day-limit'
  if (asked.amount > policy.exposureMax - facts.exposure) return 'over-exposure-limit'
  return undefined
}
