import type { AccountId, SiteId } from '../ids.ts'
import type { Tender } from '../ledger.ts'
import type { Mode } from '../mode.ts'

/** What is neither a token's nor owed: a token's money comes from its issuer's account, and a debt is no tender that anybody hands over. */
export type HandedTender = Exclude<Tender, 'token' | 'debt'>

/** Where the money of a tender is until it is settled; for a pass, a validation and a waiver, what the car park has gone without. */
export function tenderAccount(mode: Mode, site: SiteId, tender: HandedTender): AccountId {
  return `${mode}:${tender}:${site}` as AccountId
}

/** What was paid beyond what was due, and is to be given back. */
export function giveBackAccount(mode: Mode, site: SiteId): AccountId {
  return `${mode}:give-back:${site}` as AccountId
}

/** What came by the bank, and nobody knows yet what for. */
export function unmatchedAccount(mode: Mode, site: SiteId): AccountId {
  return `${mode}:unmatched:${site}` as AccountId
}
