import { describe, expect, test } from 'vitest'
import type { Charge } from '../../core/changes.ts'
import type { RiskFacts, TokenFacts } from '../../core/facts.ts'
import type { ChargeId } from '../../core/ids.ts'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX } from '../../core/money.ts'
import { isPayable, judgePayment, judgeToken, siteMoney, spentUntil, takePayment } from '../../core/payment.ts'
import type { Refusal } from '../../core/refusals.ts'
import { judgeRisk } from '../../core/risk.ts'
import type { SitePolicy } from '../../core/site.ts'
import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS, later, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { HolderToken, PayToken } from '../../core/tokens.ts'
import {
  at,
  COMMON,
  holderToken,
  KEY,
  NOON,
  overrideToken,
  POLICY,
  passToken,
  payToken,
  receiptToken,
  STALL,
  STALL_ID,
  STEPPED,
  SYNCED,
  TOKEN_FACTS,
  ticketToken,
  vnd,
  WALLET_ISSUER,
} from './kit.ts'
import { shown } from './model/site-model.ts'

const PLACE = { kind: 'stall', id: STALL_ID } as const
const USD = 'USD' as CurrencyCode
const dollars = (amount: number) => ({ amount, currency: USD })

describe('what pays', () => {
  test.each([
    [payToken('a'), true],
    [holderToken('b'), true],
    [passToken('c'), false],
    [overrideToken('d'), false],
    [ticketToken(), false],
    [receiptToken(), false],
  ] as const)('%o', (token, pays) => {
    expect(isPayable(token)).toBe(pays)
  })
})

describe('a token whose signature holds', () => {
  const bad = { revoked: { ...KEY, revoked: true }, later: { ...KEY, from: later(NOON, 1) } }
  const worst = { exp: NOON, aud: ['urn:tolbooth:market-2'] }

  test.each<readonly [string, Partial<PayToken>, Partial<TokenFacts>, Refusal]>([
    ['by an issuer that is not known', worst, { issuer: null, key: null, denied: 'token' }, 'token-issuer-unknown'],
    [
      'of a kind that the issuer may not sign',
      worst,
      { issuer: { ...WALLET_ISSUER, kinds: ['pass'] } },
      'token-issuer-unknown',
    ],
    ['by a key that is not known', worst, { key: null, denied: 'token' }, 'token-key-unknown'],
    ['by a key that was revoked', worst, { key: bad.revoked, denied: 'token' }, 'token-key-revoked'],
    ['by a key outside its time', worst, { key: bad.later, denied: 'token' }, 'token-key-out-of-time'],
    ['whose key is on the deny list', worst, { denied: 'key' }, 'token-key-revoked'],
    ['on the deny list', worst, { denied: 'token' }, 'token-denied'],
    ['of a payer on the deny list', worst, { denied: 'payer' }, 'payer-denied'],
    ['that has expired', worst, {}, 'token-expired'],
    ['for elsewhere', { aud: worst.aud }, {}, 'token-audience'],
  ])('%s is refused, and what is worse is said first', (_what, over, facts, refusal) => {
    const judged = judgeToken(shown(PLACE, payToken('a', over)), { ...TOKEN_FACTS, ...facts }, COMMON, at(0))
    expect(judged).toEqual({ ok: false, refusal })
  })

  test.each([
    ['urn:tolbooth:market-1:stall:a-12', 'place'],
    ['urn:tolbooth:market-1', 'site'],
    ['urn:tolbooth:any', 'generic'],
  ])('and is for %s reaches the %s, with its issuer as the key set has it', (aud, audience) => {
    const judged = judgeToken(shown(PLACE, payToken('a', { aud: [aud] })), TOKEN_FACTS, COMMON, at(0))
    expect(judged).toEqual({ ok: true, audience, issuer: WALLET_ISSUER })
  })
})

describe('what a payer agreed to', () => {
  const judged = { ok: true, audience: 'place', issuer: WALLET_ISSUER } as const
  const restored = (startedAt: number): Partial<TokenFacts> => ({
    epoch: { startedAt: later(NOON, startedAt), openLoss: true },
  })
  const rough: ClockTrust = { state: 'holdover', uncertaintyMs: MINUTE_MS }
  const veryRough: ClockTrust = { state: 'holdover', uncertaintyMs: DAY_MS }

  test.each<readonly [string, PayToken | HolderToken, number, Refusal | undefined]>([
    ['exactly enough', payToken('a', { amt: vnd(5_000) }), 5_000, undefined],
    ['1 đồng too little', payToken('a', { amt: vnd(4_999) }), 5_000, 'amount-too-low'],
    ['another currency', payToken('a', { amt: dollars(50_000) }), 5_000, 'token-currency'],
    ['exactly the credential’s limit', holderToken('a', { lim: vnd(5_000) }), 5_000, undefined],
    ['more than the credential’s limit', holderToken('a', { lim: vnd(4_999) }), 5_000, 'amount-too-low'],
    ['less than its credential would allow', holderToken('a', { amt: vnd(4_999) }), 5_000, 'amount-too-low'],
    ['a limit in another currency', holderToken('a', { lim: dollars(200_000) }), 5_000, 'token-currency'],
    ['0, where nothing is due', payToken('a', { amt: vnd(0) }), 0, undefined],
    ['another currency, where nothing is due', payToken('a', { amt: dollars(0) }), 0, 'token-currency'],
  ])('is %s', (_what, token, due, refusal) => {
    expect(judgePayment(token, vnd(due), judged, TOKEN_FACTS, COMMON, at(0))).toBe(refusal)
  })

  test('is in the currency in which its issuer settles', () => {
    const issuer = { ...WALLET_ISSUER, currency: USD }
    expect(judgePayment(payToken('a'), vnd(5_000), { ...judged, issuer }, TOKEN_FACTS, COMMON, at(0))).toBe(
      'token-currency',
    )
  })

  test.each<readonly [string, PayToken | HolderToken, Partial<TokenFacts>, number, ClockTrust, Refusal | undefined]>([
    ['before a restore', payToken('a'), restored(1), 5_000, SYNCED, 'token-before-epoch'],
    [
      'before a restore, for no more than is dared',
      payToken('a'),
      restored(1),
      POLICY.beforeEpochMax,
      SYNCED,
      undefined,
    ],
    [
      'before a restore of which all is known again',
      payToken('a'),
      { epoch: { startedAt: later(NOON, 1), openLoss: false } },
      5_000,
      SYNCED,
      undefined,
    ],
    [
      'by an issuer’s clock that may be 5 s ahead',
      payToken('a'),
      restored(-5_000 + 1),
      5_000,
      SYNCED,
      'token-before-epoch',
    ],
    ['just after', payToken('a'), restored(-5_000), 5_000, SYNCED, undefined],
    [
      'by a phone’s clock that may be 15 s ahead',
      holderToken('a'),
      restored(-15_000 + 1),
      5_000,
      SYNCED,
      'token-before-epoch',
    ],
    ['just after, by a phone', holderToken('a'), restored(-15_000), 5_000, SYNCED, undefined],
    [
      'when our own clock may have been a minute behind',
      payToken('a'),
      restored(-65_000 + 1),
      5_000,
      rough,
      'token-before-epoch',
    ],
    ['just after that', payToken('a'), restored(-65_000), 5_000, rough, undefined],
    [
      'when our own clock says nothing, up to the limit of widening',
      payToken('a'),
      restored(-125_000 + 1),
      5_000,
      STEPPED,
      'token-before-epoch',
    ],
    [
      'when our own clock is very rough, up to the limit of widening',
      payToken('a'),
      restored(-125_000),
      5_000,
      veryRough,
      undefined,
    ],
  ])('and when: %s', (_what, token, facts, due, trust, refusal) => {
    expect(judgePayment(token, vnd(due), judged, { ...TOKEN_FACTS, ...facts }, COMMON, at(0, trust))).toBe(refusal)
  })

  test('is bounded by what the site dares offline, and not where nothing is due', () => {
    const facts = { ...TOKEN_FACTS, risk: { ...TOKEN_FACTS.risk, keySetIssuedAt: null } }
    expect(judgePayment(payToken('a'), vnd(1), judged, facts, COMMON, at(0))).toBe('key-set-too-old')
    expect(judgePayment(payToken('a'), vnd(0), judged, facts, COMMON, at(0))).toBeUndefined()
  })

  test('is not bounded in training by what was practised with before: nobody is ever asked for it', () => {
    const facts = { ...TOKEN_FACTS, risk: { ...TOKEN_FACTS.risk, exposure: POLICY.exposureMax } }
    expect(judgePayment(payToken('a'), vnd(1), judged, facts, COMMON, at(0))).toBe('over-exposure-limit')
    const training = { ...COMMON, mode: 'training' as const }
    expect(judgePayment(payToken('a'), vnd(1), judged, facts, training, at(0))).toBeUndefined()
  })
})

describe('what the site dares offline', () => {
  const FACTS: RiskFacts = TOKEN_FACTS.risk
  const old = (ms: number) => later(NOON, -ms)
  type Asked = {
    readonly amount?: number
    readonly audience?: 'place' | 'site' | 'generic'
    readonly trust?: ClockTrust
  }

  test.each<readonly [string, Asked, Partial<RiskFacts>, Partial<SitePolicy>, Refusal | undefined]>([
    ['one payment at its limit', { amount: 2_000_000 }, {}, { payerDayMax: AMOUNT_MAX }, undefined],
    ['one payment over it', { amount: 2_000_001 }, {}, { payerDayMax: AMOUNT_MAX }, 'over-transaction-limit'],
    ['an open code at its limit', { amount: 50_000, audience: 'generic' }, {}, {}, undefined],
    ['an open code over it', { amount: 50_001, audience: 'generic' }, {}, {}, 'over-generic-limit'],
    ['a code for the site over the open codes’ limit', { amount: 50_001, audience: 'site' }, {}, {}, undefined],
    ['by a clock that is not trusted, at its limit', { amount: 20_000, trust: STEPPED }, {}, {}, undefined],
    ['by a clock that is not trusted, over it', { amount: 20_001, trust: STEPPED }, {}, {}, 'clock-not-trusted'],
    ['with no key set', {}, { keySetIssuedAt: null }, {}, 'key-set-too-old'],
    ['with a key set at its age', {}, { keySetIssuedAt: old(POLICY.keySetAgeMaxMs) }, {}, undefined],
    ['with a key set past it', {}, { keySetIssuedAt: old(POLICY.keySetAgeMaxMs + 1) }, {}, 'key-set-too-old'],
    ['with no deny list', {}, { denyListIssuedAt: null }, {}, undefined],
    ['with a deny list at its age', {}, { denyListIssuedAt: old(POLICY.denyListAgeMaxMs) }, {}, undefined],
    ['with a deny list past it', {}, { denyListIssuedAt: old(POLICY.denyListAgeMaxMs + 1) }, {}, 'deny-list-too-old'],
    ['at a site that never was in contact', {}, { lastContactAt: null }, {}, undefined],
    ['offline for the longest time', {}, { lastContactAt: old(POLICY.offlineMaxMs) }, {}, undefined],
    ['offline for longer', {}, { lastContactAt: old(POLICY.offlineMaxMs + 1) }, {}, 'offline-too-long'],
    ['a payer who reaches the day’s limit', { amount: 100_000 }, { payerDay: 400_000 }, {}, undefined],
    ['a payer who passes it by 1 đồng', { amount: 100_001 }, { payerDay: 400_000 }, {}, 'over-payer-day-limit'],
    ['a sum at risk that reaches its limit', { amount: 1_000 }, { exposure: 9_999_000 }, {}, undefined],
    ['a sum at risk that passes it by 1 đồng', { amount: 1_001 }, { exposure: 9_999_000 }, {}, 'over-exposure-limit'],
    ['sums near 2^53, exactly', { amount: 1 }, { exposure: AMOUNT_MAX - 1 }, { exposureMax: AMOUNT_MAX }, undefined],
    [
      'sums near 2^53, by 1 đồng too much',
      { amount: 2 },
      { exposure: AMOUNT_MAX - 1 },
      { exposureMax: AMOUNT_MAX },
      'over-exposure-limit',
    ],
    [
      'a sum at risk that is past a limit which was lowered',
      { amount: 1 },
      { exposure: 20_000_000 },
      {},
      'over-exposure-limit',
    ],
  ])('%s', (_what, { amount = 1_000, audience = 'place', trust = SYNCED }, facts, policy, refusal) => {
    expect(judgeRisk({ amount, audience }, { ...FACTS, ...facts }, { ...POLICY, ...policy }, at(0, trust))).toBe(
      refusal,
    )
  })
})

describe('a token that is taken', () => {
  const charge: Charge = {
    id: 'box-1:1:90:g0' as ChargeId,
    place: PLACE,
    merchant: STALL.merchant,
    due: vnd(30_000),
    mode: 'training',
    session: null,
    openedAt: NOON,
    expiresAt: later(NOON, MINUTE_MS),
  }
  const taken = (token: PayToken | HolderToken, amount: number, feeBasisPoints: number) =>
    takePayment(
      { ...shown(PLACE, token), token },
      [{ charge, amount: vnd(amount), feeBasisPoints, closes: true, isOwed: false }],
      null,
      WALLET_ISSUER,
      TOKEN_FACTS,
      COMMON,
      at(0),
    )

  test('opens a claim on its issuer with the token as evidence and a date, and is spent for as long as it could be shown', () => {
    const token = payToken('a')
    const { changes } = taken(token, 30_000, 0)
    expect(changes).toMatchObject([
      { kind: 'transfers' },
      {
        kind: 'claim-opened',
        mode: 'training',
        claim: {
          id: 'box-1:1:100:c0',
          issuer: token.iss,
          identity: { iss: token.iss, id: 'training:jti:a' },
          amount: vnd(30_000),
          charge: charge.id,
          evidence: TOKEN_FACTS.evidence,
          presentBy: later(NOON, WALLET_ISSUER.presentWithinMs),
        },
      },
      { kind: 'payment-taken', tender: 'token', claim: 'box-1:1:100:c0', payer: TOKEN_FACTS.payer.mac },
      { kind: 'charge-closed', status: 'paid' },
      { kind: 'token-spent', spent: { place: PLACE, until: spentUntil(token, COMMON) } },
      { kind: 'risk-taken', day: '2026-11-21', mode: 'training', amount: vnd(30_000) },
    ])
    expect(spentUntil(token, COMMON)).toBe(token.exp + POLICY.clockWideningMaxMs + POLICY.passageRightMs)
  })

  test.each([
    ['no fee', 30_000, 0, [['live:merchant', 30_000]]],
    [
      '5 %',
      30_000,
      500,
      [
        ['merchant', 28_500],
        ['fees', 1_500],
      ],
    ],
    ['a fee that rounds down to nothing', 19, 500, [['merchant', 19]]],
    ['all of it', 30_000, 10_000, [['fees', 30_000]]],
    [
      'as much as can be',
      AMOUNT_MAX,
      3_333,
      [
        ['merchant', AMOUNT_MAX - 3_002_099_511_605_172],
        ['fees', 3_002_099_511_605_172],
      ],
    ],
  ] as const)('is shared with the market in one linked set: %s', (_what, amount, fee, parts) => {
    const { changes } = taken(payToken('a'), amount, fee)
    const linked = changes[0]?.kind === 'transfers' ? changes[0].linked : []
    expect(linked.map((transfer) => transfer.amount.amount)).toEqual(parts.map(([, part]) => part))
    expect(linked.reduce((sum, transfer) => sum + transfer.amount.amount, 0)).toBe(amount)
    expect(new Set(linked.map((transfer) => transfer.id)).size).toBe(linked.length)
    for (const transfer of linked)
      expect(transfer).toMatchObject({ debit: 'training:issuer:https://wallet.example', phase: { kind: 'posted' } })
  })

  test('for nothing is a bug of ours, and throws', () => {
    expect(() => taken(payToken('a'), 0, 0)).toThrow(
      'sale of box-1:1:90:g0 makes a linked set that is refused: empty-set',
    )
  })

  test('gets a receipt that anyone can check', () => {
    const { receipt } = taken(holderToken('n-1'), 30_000, 0)
    expect(receipt).toEqual({
      id: 'box-1:1:100:r0',
      typ: 'receipt+jwt',
      session: null,
      charge: charge.id,
      claims: {
        iss: 'urn:tolbooth:market-1:gateway:box-1',
        sub: charge.id,
        aud: 'urn:tolbooth:market-1',
        iat: NOON / SECOND_MS,
        jti: 'box-1:1:100:r0',
        amt: 30_000,
        cur: 'VND',
        merchant: 'co-ba',
        place: 'stall:a-12',
        mode: 'training',
      },
    })
  })
})

test('money of the site is in its currency', () => {
  expect(siteMoney(5_000, COMMON)).toEqual(vnd(5_000))
})
