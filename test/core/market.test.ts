import { describe, expect, test } from 'vitest'
import type { ChargeFacts, LastPaid, StallScanFacts, TokenFacts } from '../../core/facts.ts'
import type { ChargeId } from '../../core/ids.ts'
import { stallId } from '../../core/ids.ts'
import {
  decideChargeCancel,
  decideChargeExpiry,
  decideChargeOpen,
  decideScanAtStall,
  PAID_LATELY_MAX,
  ROTATES_WITHIN_MS,
} from '../../core/market.ts'
import type { CurrencyCode } from '../../core/money.ts'
import { KEYED_AMOUNT_MAX } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Now } from '../../core/time.ts'
import { later } from '../../core/time.ts'
import { spendIdentityOf } from '../../core/token-spending.ts'
import type { PresentedToken } from '../../core/tokens.ts'
import {
  at,
  COMMON,
  holderToken,
  NOON,
  overrideToken,
  POLICY,
  passToken,
  payToken,
  STALL,
  STALL_DEVICES,
  STALL_FACTS,
  STALL_ID,
  STEPPED,
  TOKEN_FACTS,
  ticketToken,
  vnd,
} from './kit.ts'
import { shown } from './model/site-model.ts'
import { siteStory } from './model/site-story.ts'

const CHARGE = 'box-1:1:90:g0' as ChargeId

function openCharge(over: Partial<ChargeFacts['charge']> = {}, facts: Partial<ChargeFacts> = {}): ChargeFacts {
  return {
    charge: {
      id: CHARGE,
      place: { kind: 'stall', id: STALL_ID },
      merchant: STALL.merchant,
      due: vnd(30_000),
      mode: 'live',
      session: null,
      openedAt: NOON,
      expiresAt: later(NOON, POLICY.chargeOpenMaxMs),
      ...over,
    },
    status: 'open',
    paid: 0,
    ...facts,
  }
}

const LAST: LastPaid = { charge: CHARGE, amount: vnd(30_000), payer: TOKEN_FACTS.payer.mac, at: NOON }

type Given = {
  readonly token?: PresentedToken
  readonly stall?: Partial<StallScanFacts>
  readonly facts?: Partial<TokenFacts>
  readonly common?: Partial<typeof COMMON>
  readonly now?: Now
}

function scanned({ token = payToken('code-1'), stall, facts, common, now = at(0) }: Given) {
  const place = { kind: 'stall', id: STALL_ID } as const
  const last = stall?.lastPaid ?? null
  const paidLately = last === null ? [] : [last]
  const stallFacts = { ...STALL_FACTS, open: openCharge(), paidLately, ...stall }
  return decideScanAtStall(shown(place, token), stallFacts, { ...TOKEN_FACTS, ...facts }, { ...COMMON, ...common }, now)
}

const spentFor = (charge: ChargeId, token: PresentedToken = payToken('code-1')): Partial<TokenFacts> => ({
  spent: {
    identity: token.kind === 'pay' || token.kind === 'holder' ? spendIdentityOf(token, 'live') : { iss: '', id: '' },
    kind: token.kind,
    place: { kind: 'stall', id: STALL_ID },
    charge,
    passage: null,
    amount: vnd(30_000),
    until: later(NOON, 60_000),
  },
})

describe('a payment at a stall', () => {
  test('takes what is due, shares it with the market, opens a claim, and is told aloud: all in one record', () => {
    const decision = scanned({})
    expect(decision.outcome).toEqual({
      ok: true,
      kind: 'paid',
      charge: CHARGE,
      amount: vnd(30_000),
      passage: null,
      receipt: 'box-1:1:100:r0',
    })
    expect(decision.changes.map((change) => change.kind)).toEqual([
      'transfers',
      'claim-opened',
      'payment-taken',
      'charge-closed',
      'token-spent',
      'risk-taken',
      'timer-cleared',
    ])
    expect(decision.changes[0]).toMatchObject({
      linked: [
        {
          code: 'sale',
          debit: 'live:issuer:https://wallet.example',
          credit: 'live:merchant:co-ba',
          amount: vnd(28_500),
        },
        { code: 'market-fee', credit: 'live:fees:market-1', amount: vnd(1_500) },
      ],
    })
    const message = { kind: 'received', amount: vnd(30_000), due: vnd(30_000), charge: CHARGE }
    expect(decision.effects.map(({ to, command }) => [to, command])).toEqual([
      ['a-12-till', { type: 'announce', message }],
      ['a-12-display', { type: 'announce', message }],
      ['a-12-soundbox', { type: 'announce', message }],
    ])
    expect(decision.keep).toEqual(['payer', 'evidence'])
    expect(decision.subject).toEqual({ charge: CHARGE, passage: null, session: null })
  })

  test('takes what is still due of a charge that was paid in part', () => {
    const { outcome } = scanned({ stall: { open: openCharge({}, { paid: 10_000 }) } })
    expect(outcome).toMatchObject({ kind: 'paid', amount: vnd(20_000) })
  })

  test('takes exactly what the payer agreed to, and refuses 1 đồng more', () => {
    const token = payToken('code-1', { amt: vnd(30_000) })
    expect(scanned({ token }).outcome).toMatchObject({ kind: 'paid' })
    const more = openCharge({ due: vnd(30_001) })
    expect(scanned({ token, stall: { open: more } }).outcome).toMatchObject({
      refusal: 'amount-too-low',
      due: vnd(30_001),
    })
  })
})

describe('a code at a stall is refused', () => {
  const cases: readonly (readonly [string, Given, Refusal])[] = [
    ['where there is no such stall', { stall: { stall: null } }, 'stall-unknown'],
    ['when it is a pass', { token: passToken('p') }, 'token-kind-not-taken'],
    ['when it is an override', { token: overrideToken('o') }, 'token-kind-not-taken'],
    ['when it is a ticket', { token: ticketToken() }, 'token-kind-not-taken'],
    ['where no amount was keyed', { stall: { open: null } }, 'no-open-charge'],
    ['where no amount was keyed, whoever paid last', { stall: { open: null, lastPaid: LAST } }, 'no-open-charge'],
    [
      'when the charge’s time is over, also where its timer comes late',
      { now: at(POLICY.chargeOpenMaxMs) },
      'no-open-charge',
    ],
    ['when it is in training and the charge is live', { common: { mode: 'training' } }, 'no-open-charge'],
    [
      'when the charge is in training and it is live',
      { stall: { open: openCharge({ mode: 'training' }) } },
      'no-open-charge',
    ],
    [
      'when it was spent for the charge before, and a new amount is keyed',
      { stall: { lastPaid: LAST }, facts: spentFor(CHARGE) },
      'token-spent',
    ],
    [
      'when it was spent elsewhere',
      { stall: { open: null }, facts: spentFor('box-1:1:9:g0' as ChargeId) },
      'token-spent',
    ],
    [
      'when it was spent here, and another paid since',
      { stall: { open: null, lastPaid: LAST }, facts: spentFor('box-1:1:9:g0' as ChargeId) },
      'token-spent',
    ],
    [
      'when it was spent, also where it has expired since: it learns no more',
      { token: payToken('code-1', { exp: NOON }), facts: spentFor(CHARGE) },
      'token-spent',
    ],
    [
      'when it was spent, also where its payer is denied: it learns no more',
      { facts: { ...spentFor(CHARGE), denied: 'payer' } },
      'token-spent',
    ],
    [
      'when it is not good, before it is said whether anything is due',
      { token: payToken('x', { exp: NOON }), stall: { open: null } },
      'token-expired',
    ],
    ['when it is for too little', { token: payToken('x', { amt: vnd(29_999) }) }, 'amount-too-low'],
  ]

  test.each(cases)('%s', (_what, given, refusal) => {
    const decision = scanned(given)
    expect(decision.outcome).toMatchObject({ ok: false, refusal })
    expect(decision).toMatchObject({ changes: [], documents: [], keep: [] })
    expect(decision.effects.map(({ to }) => to)).toEqual(['a-12-till', 'a-12-display', 'a-12-soundbox'])
    const due = decision.outcome.ok ? null : decision.outcome.due
    for (const effect of decision.effects) {
      expect(effect.command).toEqual({ type: 'announce', message: { kind: 'refused', refusal, due } })
      expect(effect.notAfter).toBe((given.now ?? at(0)).at + POLICY.announceWithinMs)
    }
  })

  test('with what is still due, so that the answer can be shown', () => {
    const given = { token: payToken('x', { amt: vnd(1) }), stall: { open: openCharge({}, { paid: 10_000 }) } }
    expect(scanned(given).outcome).toMatchObject({ refusal: 'amount-too-low', due: vnd(20_000) })
  })

  test('is not refused a moment before the charge’s time is over, nor after it by a clock that is not trusted', () => {
    expect(scanned({ now: at(POLICY.chargeOpenMaxMs - 1) }).outcome).toMatchObject({ kind: 'paid' })
    const small = openCharge({ due: vnd(20_000) })
    const given = { stall: { open: small }, now: at(POLICY.chargeOpenMaxMs, STEPPED) }
    expect(scanned(given).outcome).toMatchObject({ kind: 'paid' })
  })
})

describe('the same code again', () => {
  test('answers as before and is shown, not spoken: a second "received" would sound like a second payment', () => {
    const story = siteStory()
    story.key(30_000)
    expect(story.pay(payToken('code-1'))).toMatchObject({ kind: 'paid' })
    expect(story.pay(payToken('code-1'))).toMatchObject({ ok: true, kind: 'already-accepted', amount: vnd(30_000) })
    expect(story.told()).toEqual(['a-12-till already-received', 'a-12-display already-received'])
    expect(story.model.payments).toHaveLength(1)
  })

  test('after a new amount is spent, and is accepted again when that amount is taken back', () => {
    const story = siteStory()
    story.key(30_000)
    story.pay(payToken('code-1'))
    story.key(20_000)
    expect(story.pay(payToken('code-1'))).toMatchObject({ refusal: 'token-spent' })
    story.event({ kind: 'charge-cancel', stall: STALL_ID, charge: null })
    expect(story.pay(payToken('code-1'))).toMatchObject({ kind: 'already-accepted' })
  })

  test('after somebody else has paid is spent', () => {
    const story = siteStory()
    story.key(30_000)
    story.pay(payToken('code-1'))
    story.key(20_000)
    story.pay(payToken('code-2', { sub: 'payer-2' }))
    expect(story.pay(payToken('code-1'))).toMatchObject({ refusal: 'token-spent' })
  })
})

describe('a rotating code left before the reader', () => {
  const phone = (nonce: string, amount = 50_000, now = NOON) => holderToken(nonce, { amt: vnd(amount), iat: now })

  test.each([
    ['in the minute after', ROTATES_WITHIN_MS, 'already-accepted'],
    ['later', ROTATES_WITHIN_MS + 1, 'no-open-charge'],
  ])('is no other payment and is not told off %s', (_what, ms, what) => {
    const now = at(ms)
    const { outcome } = scanned({ token: phone('n-2', 50_000, now.at), stall: { open: null, lastPaid: LAST }, now })
    expect(outcome.ok ? outcome.kind : outcome.refusal).toBe(what)
  })

  test.each([
    ['as much as was taken before', 30_000, {}, 0, 'payer-just-paid'],
    ['less than was taken before: a new agreement', 29_999, {}, 0, 'paid'],
    ['as much, a minute later', 30_000, {}, ROTATES_WITHIN_MS + 1, 'paid'],
    ['as much, by a clock that was set back by more', 30_000, {}, -ROTATES_WITHIN_MS - 1, 'paid'],
    ['as much, by another payer', 30_000, { payer: { ref: 'payer:2', mac: 'payer-2-today' } }, 0, 'paid'],
  ] as const)('does not pay what the vendor has keyed for the next: %s', (_what, amount, facts, ms, what) => {
    const now = at(ms)
    const token = holderToken('n-2', {
      amt: vnd(amount),
      iat: now.at,
      nbf: later(NOON, -600_000),
      credentialIat: later(NOON, -600_000),
    })
    const next = openCharge({ id: 'box-1:1:95:g0' as ChargeId, due: vnd(20_000) })
    const { outcome } = scanned({ token, stall: { open: next, lastPaid: LAST }, facts, now })
    expect(outcome.ok ? outcome.kind : outcome.refusal).toBe(what)
  })

  test('does not pay what is keyed for a third customer, after a second has paid', () => {
    const story = siteStory()
    story.key(30_000)
    expect(story.pay(phone('n-1'))).toMatchObject({ kind: 'paid' })
    story.key(20_000)
    expect(story.pay(payToken('code-2', { sub: 'payer-2' }))).toMatchObject({ kind: 'paid' })
    story.key(25_000)
    expect(story.pay(phone('n-2'))).toMatchObject({ ok: false, refusal: 'payer-just-paid' })
    story.event({ kind: 'charge-cancel', stall: STALL_ID, charge: null })
    expect(story.pay(phone('n-3'))).toMatchObject({ kind: 'already-accepted', amount: vnd(30_000) })
    expect(story.model.payments).toHaveLength(2)
  })

  test.each([
    ['is taken from one who has not paid of all but the limit', PAID_LATELY_MAX - 1, 'payer-2-today', 'paid'],
    ['waits where there may have been more payments than are looked through', PAID_LATELY_MAX, 'payer-2-today', 'busy'],
    ['is known as its payer’s among as many as are looked through', PAID_LATELY_MAX, LAST.payer, 'payer-just-paid'],
  ])('%s', (_what, count, payer, what) => {
    const paidLately = Array.from({ length: count }, (_, n) => ({
      ...LAST,
      payer: n === count - 1 ? payer : 'payer-3-today',
    }))
    const next = openCharge({ id: 'box-1:1:95:g0' as ChargeId, due: vnd(20_000) })
    const { outcome } = scanned({ token: phone('n-2'), stall: { open: next, paidLately } })
    expect(outcome.ok ? outcome.kind : outcome.refusal).toBe(what)
  })

  test('is another matter than a second payment token, which somebody has made on purpose', () => {
    expect(scanned({ token: payToken('code-2'), stall: { lastPaid: LAST } }).outcome).toMatchObject({ kind: 'paid' })
  })
})

describe('the vendor keys an amount', () => {
  const keyed = { kind: 'charge-open', stall: STALL_ID, amount: vnd(30_000) } as const

  test('and it is shown at the stall until its time is over', () => {
    const decision = decideChargeOpen(keyed, STALL_FACTS, COMMON, at(0))
    const charge = 'box-1:1:100:g0'
    const expiresAt = later(NOON, POLICY.chargeOpenMaxMs)
    expect(decision.outcome).toEqual({ ok: true, kind: 'charge-opened', charge, due: vnd(30_000) })
    expect(decision.changes).toMatchObject([
      {
        kind: 'charge-opened',
        charge: { id: charge, merchant: STALL.merchant, mode: 'live', openedAt: NOON, expiresAt },
      },
      { kind: 'timer-set', id: `charge-expires:${charge}`, dueAt: expiresAt },
    ])
    expect(decision.effects.map(({ to, notAfter }) => [to, notAfter])).toEqual([
      ['a-12-till', expiresAt],
      ['a-12-display', expiresAt],
    ])
  })

  test.each([
    [true, undefined],
    [false, 'vendor'],
  ] as const)(
    'where payers’ codes are taken (%s) one is asked for, and else cash for the vendor',
    (takesCodes, cashFor) => {
      const { effects } = decideChargeOpen(keyed, STALL_FACTS, { ...COMMON, takesCodes }, at(0))
      const asked = effects.map(({ command }) => (command.type === 'announce' ? command.message : undefined))
      expect(asked).toHaveLength(2)
      for (const message of asked) {
        expect(message).toMatchObject({ kind: 'amount-due', qr: null })
        expect(message?.kind === 'amount-due' ? message.cashFor : null).toBe(cashFor)
        expect(message?.kind === 'amount-due' ? message.withoutCode : null).toBe(takesCodes ? undefined : true)
      }
    },
  )

  test('in place of one that nobody has paid', () => {
    const decision = decideChargeOpen(keyed, { ...STALL_FACTS, open: openCharge() }, COMMON, at(0))
    expect(decision.changes.map((change) => change.kind)).toEqual([
      'charge-closed',
      'timer-cleared',
      'charge-opened',
      'timer-set',
    ])
    expect(decision.changes[0]).toMatchObject({ charge: CHARGE, status: 'cancelled' })
  })

  test.each([
    ['an unknown stall', keyed, { stall: null }, 'stall-unknown'],
    ['another currency', { ...keyed, amount: { amount: 1, currency: 'USD' as CurrencyCode } }, {}, 'token-currency'],
    ['an amount of 0', { ...keyed, amount: vnd(0) }, {}, 'amount-zero'],
    ['more than a slip of the finger', { ...keyed, amount: vnd(KEYED_AMOUNT_MAX + 1) }, {}, 'amount-invalid'],
  ] as const)('and is refused for %s', (_what, body, stall, refusal) => {
    const decision = decideChargeOpen(body, { ...STALL_FACTS, ...stall }, COMMON, at(0))
    expect(decision).toMatchObject({ outcome: { ok: false, refusal }, changes: [], effects: [] })
  })
})

describe('the vendor takes an amount back', () => {
  const back = (charge: ChargeId | null) => ({ kind: 'charge-cancel', stall: STALL_ID, charge }) as const
  const elsewhere = { kind: 'stall', id: stallId('b-1') } as const

  test.each([
    ['the open one', null, openCharge(), null],
    ['one by its id', CHARGE, null, openCharge()],
  ])('%s', (_what, charge, open, named) => {
    const decision = decideChargeCancel(back(charge), { ...STALL_FACTS, open, named }, COMMON, at(0))
    expect(decision.outcome).toEqual({ ok: true, kind: 'charge-cancelled', charge: CHARGE })
    expect(decision.changes).toMatchObject([
      { kind: 'charge-closed', charge: CHARGE, status: 'cancelled' },
      { kind: 'timer-cleared', id: `charge-expires:${CHARGE}` },
    ])
    expect(decision.effects.map(({ to }) => to)).toEqual(['a-12-till', 'a-12-display'])
    expect(decision.subject).toEqual({ charge: CHARGE, passage: null, session: null })
  })

  test.each([
    ['an unknown stall', null, { stall: null }, 'stall-unknown'],
    ['none', null, {}, 'no-open-charge'],
    ['an id that nobody has', CHARGE, {}, 'charge-unknown'],
    ['another stall’s', CHARGE, { named: openCharge({ place: elsewhere }) }, 'charge-unknown'],
    ['a lane’s', CHARGE, { named: openCharge({ place: { kind: 'lane', id: 'in-1' as never } }) }, 'charge-unknown'],
    ['one in training', CHARGE, { named: openCharge({ mode: 'training' }) }, 'charge-unknown'],
    ['the open one in training', null, { open: openCharge({ mode: 'training' }) }, 'no-open-charge'],
    ['one that is paid', CHARGE, { named: openCharge({}, { status: 'paid', paid: 30_000 }) }, 'charge-closed'],
    ['one that is cancelled', CHARGE, { named: openCharge({}, { status: 'cancelled' }) }, 'charge-closed'],
  ] as const)('and is refused for %s', (_what, charge, facts, refusal) => {
    const decision = decideChargeCancel(back(charge), { ...STALL_FACTS, named: null, ...facts }, COMMON, at(0))
    expect(decision).toMatchObject({ outcome: { ok: false, refusal }, changes: [], effects: [] })
  })
})

describe('nobody pays in time', () => {
  const devices = STALL_DEVICES

  test('and the charge closes, and is gone from the screens', () => {
    const decision = decideChargeExpiry({ charge: openCharge(), devices }, COMMON, at(POLICY.chargeOpenMaxMs))
    expect(decision.outcome).toEqual({ ok: true, kind: 'noted' })
    expect(decision.changes[0]).toMatchObject({ kind: 'charge-closed', status: 'expired' })
    expect(decision.effects.map(({ to }) => to)).toEqual(['a-12-till', 'a-12-display'])
  })

  test('by a clock that is not trusted: the charge gets its time again', () => {
    const now = at(POLICY.chargeOpenMaxMs, STEPPED)
    const decision = decideChargeExpiry({ charge: openCharge(), devices }, COMMON, now)
    expect(decision.changes).toMatchObject([
      { kind: 'timer-set', id: `charge-expires:${CHARGE}`, dueAt: later(now.at, POLICY.chargeOpenMaxMs) },
    ])
    expect(decision.effects).toEqual([])
  })

  test.each([
    ['a charge that is not there', null],
    ['one that is paid', openCharge({}, { status: 'paid' })],
    ['one that is cancelled', openCharge({}, { status: 'cancelled' })],
  ])('and nothing happens to %s', (_what, charge) => {
    expect(decideChargeExpiry({ charge, devices }, COMMON, at(0)).changes).toEqual([])
  })
})
