import type { Change, Charge } from './changes.ts'
import type { Decision, DocumentToSign } from './decision.ts'
import { passIssuer, receiptFor } from './decision.ts'
import type { ScanEvent } from './events.ts'
import type { CommonFacts, TokenFacts } from './facts.ts'
import type { AccountId, CaseId, ClaimId, PassageId, TransferId } from './ids.ts'
import { idAt } from './ids.ts'
import type { Transfer } from './ledger.ts'
import { checkLinkedSet, debtsAccount, feeAccount, issuerAccount, merchantAccount } from './ledger.ts'
import type { Money } from './money.ts'
import { addMoney, money, shareOf, subtractMoney } from './money.ts'
import type { Refusal } from './refusals.ts'
import { judgeRisk } from './risk.ts'
import type { SitePolicy } from './site.ts'
import type { Instant, Now } from './time.ts'
import { later, uncertaintyMsOf } from './time.ts'
import type { Reach } from './token-policy.ts'
import { judgeAudience, judgeKey, judgeTimes, tokenPolicy } from './token-policy.ts'
import { spendIdentityOf } from './token-spending.ts'
import type { HolderToken, Issuer, OverrideToken, PayToken, PresentedToken } from './tokens.ts'

export type PayableToken = PayToken | HolderToken

/** A token that is good here and now, as its issuer stands in the key set in force. */
export type Accepted = { readonly ok: true; readonly audience: Reach; readonly issuer: Issuer }

/** What taking something does to the books, the receipt to sign, and what of the payer is kept. */
export type Taken = {
  readonly changes: readonly Change[]
  readonly receipt: DocumentToSign
  readonly keep: Decision['keep']
}

export function isPayable(token: PresentedToken): token is PayableToken {
  return token.kind === 'pay' || token.kind === 'holder'
}

/**
 * Whether a token whose signature holds is good here and now: its issuer, key, deny list, times and audience. Says nothing of money and
 * nothing of spending. The order is from what the payer cannot mend to what a fresh code mends.
 */
export function judgeToken(
  scan: ScanEvent,
  facts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Accepted | { readonly ok: false; readonly refusal: Refusal } {
  const { token, place } = scan
  const { issuer } = facts
  if (issuer === null || !issuer.kinds.includes(token.kind)) return no('token-issuer-unknown')
  if (facts.key === null) return no('token-key-unknown')
  const key = judgeKey(facts.key, token)
  if (key !== undefined) return no(key)
  if (facts.denied !== null) return no(DENIED[facts.denied])
  const ownPasses = passIssuer(common.layout.site, common.position.gateway)
  const times = judgeTimes(token, now, common.policy, ownPasses)
  if (times !== undefined) return no(times)
  const judged = judgeAudience(token, common.layout.site, place)
  return judged.ok ? { ok: true, audience: judged.audience, issuer } : no(judged.refusal)
}

const DENIED = { key: 'token-key-revoked', token: 'token-denied', payer: 'payer-denied' } as const satisfies Record<
  NonNullable<TokenFacts['denied']>,
  Refusal
>

/**
 * Whether the payer agreed to enough, in the site's currency, and whether the site dares to take it offline. Where nothing is due nothing is dared. A token
 * issued before a restore is told by its issuer's clock and the restore by ours, so what falls within their difference counts as before.
 */
export function judgePayment(
  token: PayableToken,
  due: Money,
  { audience, issuer }: Accepted,
  facts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Refusal | undefined {
  const { policy } = common
  const limits = token.kind === 'holder' ? [token.amt, token.lim] : [token.amt]
  const currencies = [issuer.currency, ...limits.map((limit) => limit.currency)]
  if (currencies.some((currency) => currency !== due.currency)) return 'token-currency'
  if (limits.some((limit) => limit.amount < due.amount)) return 'amount-too-low'
  if (due.amount === 0) return undefined
  const isBefore = facts.epoch.openLoss && isFromBefore(facts.epoch.startedAt, token, policy, now)
  if (isBefore && due.amount > policy.beforeEpochMax) return 'token-before-epoch'
  // A claim of training is never presented, so nothing ever takes it off the meter: practising would end when that is full.
  const risk = common.mode === 'training' ? { ...facts.risk, exposure: 0 } : facts.risk
  return judgeRisk({ amount: due.amount, audience }, risk, policy, now)
}

/** What one payment pays of one charge: an amount above 0. */
export type PaidPart = {
  readonly charge: Charge
  readonly amount: Money
  readonly feeBasisPoints: number
  /** The charge asks nothing more after it. One of a stay goes on asking until the vehicle has left. */
  readonly closes: boolean
  /** It left unpaid and was booked as owed then: what comes now pays that, and is no second sale. */
  readonly isOwed: boolean
  /** An open case that is over when the charge closes. Absent: none. */
  readonly answers?: CaseId
}

/**
 * All that an accepted token does to the books: its charges are paid, the token is spent, its issuer owes one claim, the money is shared between the
 * merchant and the market in one linked set, and the risk counters rise. It stands in the books under the first of the charges.
 */
export function takePayment(
  scan: ScanEvent & { readonly token: PayableToken },
  parts: readonly [PaidPart, ...PaidPart[]],
  passage: PassageId | null,
  issuer: Issuer,
  facts: TokenFacts,
  common: CommonFacts,
  now: Now,
): Taken {
  const { token } = scan
  const { charge } = parts[0]
  const due = parts.map((part) => part.amount).reduce(addMoney)
  const claim = idAt<ClaimId>(common.position, 'c', 0)
  const identity = spendIdentityOf(token, charge.mode)
  const paid = parts.flatMap((part): Change[] => {
    const taken: Change = {
      kind: 'payment-taken',
      charge: part.charge.id,
      tender: 'token',
      amount: part.amount,
      claim,
      payer: facts.payer.mac,
      at: now.at,
    }
    if (!part.closes) return [taken]
    const closed: Change = { kind: 'charge-closed', charge: part.charge.id, status: 'paid', at: now.at }
    return part.answers === undefined
      ? [taken, closed]
      : [taken, closed, { kind: 'case-ended', case: part.answers, reason: 'it has paid', at: now.at }]
  })
  const changes: Change[] = [
    { kind: 'transfers', linked: saleTransfers(issuerAccount(charge.mode, token.iss), parts, common) },
    {
      kind: 'claim-opened',
      mode: charge.mode,
      claim: {
        id: claim,
        issuer: token.iss,
        identity,
        kind: token.kind,
        amount: due,
        charge: charge.id,
        evidence: facts.evidence,
        presentBy: later(now.at, issuer.presentWithinMs),
      },
    },
    ...paid,
    {
      kind: 'token-spent',
      spent: {
        identity,
        kind: token.kind,
        place: scan.place,
        charge: charge.id,
        passage,
        amount: due,
        until: spentUntil(token, common),
      },
    },
    {
      kind: 'risk-taken',
      payer: facts.payer.mac,
      day: now.local.day,
      issuer: token.iss,
      amount: due,
      mode: charge.mode,
    },
  ]
  return { changes, receipt: receiptFor(common, charge, due, now.at), keep: ['payer', 'evidence'] }
}

/** A token could be shown for as long as it lives, and our clock may be behind by as much as its window was widened. */
export function spentUntil(token: PayableToken | OverrideToken, common: CommonFacts): Instant {
  return later(token.exp, common.policy.clockWideningMaxMs + common.policy.passageRightMs)
}

/** Its time of issue is by a clock that may be ahead of a true one, and the beginning of the epoch by ours. */
function isFromBefore(epochStartedAt: Instant, token: PayableToken, policy: SitePolicy, now: Now): boolean {
  const { presentation, issuerAheadMaxMs } = tokenPolicy[token.kind]
  const aheadMs = presentation?.aheadMaxMs ?? issuerAheadMaxMs
  const ownMs = Math.min(uncertaintyMsOf(now.trust) ?? policy.clockWideningMaxMs, policy.clockWideningMaxMs)
  return token.iat < later(epochStartedAt, aheadMs + ownMs)
}

/** Money of the site's currency. */
export function siteMoney(amount: number, common: CommonFacts): Money {
  return money(amount, common.layout.currency)
}

/** Of each part the vendor's share and the market's fee, or what is owed, in one linked set that stands or falls together. */
export function saleTransfers(from: AccountId, parts: readonly PaidPart[], common: CommonFacts): readonly Transfer[] {
  const linked = parts
    .flatMap((part) => sharesOf(part, common))
    .filter(({ amount }) => amount.amount > 0)
    .map(
      (share, index): Transfer => ({
        id: idAt<TransferId>(common.position, 't', index),
        debit: from,
        ...share,
        phase: { kind: 'posted' },
      }),
    )
  const fault = checkLinkedSet(linked)
  if (fault !== undefined)
    throw new Error(`sale of ${parts[0]?.charge.id} makes a linked set that is refused: ${fault}`)
  return linked
}

type Share = Pick<Transfer, 'credit' | 'amount' | 'code' | 'charge'>

function sharesOf(
  { charge: { id, merchant, mode }, amount, feeBasisPoints, isOwed }: PaidPart,
  common: CommonFacts,
): readonly Share[] {
  const { site } = common.layout
  if (isOwed) return [{ credit: debtsAccount(mode, site), amount, code: 'debt', charge: id }]
  const fee = shareOf(amount, feeBasisPoints)
  return [
    { credit: merchantAccount(mode, merchant), amount: subtractMoney(amount, fee), code: 'sale', charge: id },
    { credit: feeAccount(mode, site), amount: fee, code: 'market-fee', charge: id },
  ]
}

function no(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal }
}
