import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AccountId, ChargeId, ClaimId, MerchantId, SiteId, TransferId } from '../../core/ids.ts'
import type { Applied, Claim, ClaimStatus, Ledger, LedgerFault, Transfer, TransferPhase } from '../../core/ledger.ts'
import {
  applyLinkedSet,
  applyTransfer,
  checkLinkedSet,
  claimPolicy,
  EMPTY_LEDGER,
  feeAccount,
  issuerAccount,
  LINKED_TRANSFERS_MAX,
  merchantAccount,
  moveClaim,
  movementOf,
  totalOf,
} from '../../core/ledger.ts'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX } from '../../core/money.ts'
import { later } from '../../core/time.ts'
import { NOON, vnd, WALLET } from './kit.ts'

const ISSUER = issuerAccount('live', WALLET)
const MERCHANT = merchantAccount('live', 'co-ba' as MerchantId)
const FEES = feeAccount('live', 'market-1' as SiteId)
const USD = 'USD' as CurrencyCode
const EXPIRES = later(NOON, 60_000)

const id = (name: string) => name as TransferId
const transfer = (name: string, amount: number, over: Partial<Transfer> = {}): Transfer => ({
  id: id(name),
  debit: ISSUER,
  credit: MERCHANT,
  amount: vnd(amount),
  code: 'sale',
  charge: 'c1' as ChargeId,
  phase: { kind: 'posted' },
  ...over,
})
const pending = (name: string, amount: number): Transfer =>
  transfer(name, amount, { phase: { kind: 'pending', expiresAt: EXPIRES } })
const resolving = (name: string, kind: 'post' | 'void', of: string, amount: number, over: Partial<Transfer> = {}) =>
  transfer(name, amount, { phase: { kind, pending: id(of) }, ...over })

function applied(transfers: readonly Transfer[], at = NOON): Ledger {
  return transfers.reduce((ledger, one) => {
    const next = applyTransfer(ledger, one, at)
    if (!next.ok) throw new Error(next.fault)
    return next.ledger
  }, EMPTY_LEDGER)
}

const figures = (ledger: Ledger, account: AccountId) => {
  const row = ledger.accounts.get(account)
  return row && [row.debitsPosted, row.creditsPosted, row.debitsPending, row.creditsPending]
}

test('accounts are named by their mode, so that training money is never in a live account', () => {
  expect([ISSUER, MERCHANT, FEES]).toEqual([
    'live:issuer:https://wallet.example',
    'live:merchant:co-ba',
    'live:fees:market-1',
  ])
  expect(issuerAccount('training', WALLET)).toBe('training:issuer:https://wallet.example')
})

describe('a linked set is refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => transfer(`t${index}`, 1))

  test.each<readonly [string, readonly Transfer[], LedgerFault | undefined]>([
    ['with nothing in it', [], 'empty-set'],
    ['with one too many', many(LINKED_TRANSFERS_MAX + 1), 'too-many-linked'],
    ['not with as many as may be', many(LINKED_TRANSFERS_MAX), undefined],
    ['with one id twice', [transfer('t', 1), transfer('t', 2)], 'duplicate-id'],
    ['with an amount of 0', [transfer('t', 0)], 'zero-amount'],
    ['from an account to itself', [transfer('t', 1, { credit: ISSUER })], 'same-account'],
    [
      'in two currencies',
      [transfer('t', 1), transfer('u', 1, { amount: { amount: 1, currency: USD } })],
      'two-currencies',
    ],
    [
      'from live to training',
      [transfer('t', 1, { credit: merchantAccount('training', 'co-ba' as MerchantId) })],
      'two-modes',
    ],
    [
      'one live and one in training',
      [transfer('t', 1), transfer('u', 1, { debit: issuerAccount('training', WALLET) })],
      'two-modes',
    ],
  ])('%s', (_what, linked, fault) => {
    expect(checkLinkedSet(linked)).toBe(fault)
    expect(applyLinkedSet(EMPTY_LEDGER, linked, NOON)).toMatchObject(
      fault === undefined ? { ok: true } : { ok: false, fault },
    )
  })

  test('as a whole where one of it does not fit the books', () => {
    const before = applied([transfer('t', 5)])
    for (const linked of [
      [transfer('u', 3), transfer('t', 2)],
      [transfer('t', 2), transfer('u', 3)],
    ]) {
      expect(applyLinkedSet(before, linked, NOON)).toEqual({ ok: false, fault: 'duplicate-id' })
    }
    expect(figures(before, MERCHANT)).toEqual([0, 5, 0, 0])
  })

  test('or has a total', () => {
    expect(totalOf([transfer('t', 3), transfer('u', 4)])).toEqual(vnd(7))
    expect(() => totalOf([])).toThrow(TypeError)
  })
})

describe('a transfer', () => {
  test('moves money from one account to another', () => {
    const ledger = applied([transfer('t', 30), transfer('u', 12, { credit: FEES })])
    expect(figures(ledger, ISSUER)).toEqual([42, 0, 0, 0])
    expect(figures(ledger, MERCHANT)).toEqual([0, 30, 0, 0])
    expect(figures(ledger, FEES)).toEqual([0, 12, 0, 0])
  })

  test('is mended by another in the opposite direction', () => {
    const ledger = applied([
      transfer('t', 30),
      transfer('u', 30, { debit: MERCHANT, credit: ISSUER, code: 'correction' }),
    ])
    expect(figures(ledger, MERCHANT)).toEqual([30, 30, 0, 0])
  })

  test('that is pending reserves, and moves nothing yet', () => {
    expect(figures(applied([pending('p', 30)]), MERCHANT)).toEqual([0, 0, 0, 30])
  })

  test('posts what was reserved, in whole or in part; the rest is free again', () => {
    expect(figures(applied([pending('p', 30), resolving('t', 'post', 'p', 30)]), MERCHANT)).toEqual([0, 30, 0, 0])
    const part = applied([pending('p', 30), resolving('t', 'post', 'p', 12)])
    expect(figures(part, MERCHANT)).toEqual([0, 12, 0, 0])
    expect(figures(part, ISSUER)).toEqual([12, 0, 0, 0])
  })

  test('voids what was reserved, also after its time', () => {
    const held = applied([pending('p', 30)])
    for (const at of [NOON, EXPIRES]) {
      const voided = applyTransfer(held, resolving('t', 'void', 'p', 30), at)
      expect(voided.ok && figures(voided.ledger, MERCHANT)).toEqual([0, 0, 0, 0])
      expect(voided.ok && voided.ledger.reservations.get(id('p'))?.status).toBe('voided')
    }
  })

  test('posts at the last moment of its time, and not at its end', () => {
    const held = applied([pending('p', 30)])
    const post = resolving('t', 'post', 'p', 30)
    expect(applyTransfer(held, post, later(EXPIRES, -1)).ok).toBe(true)
    expect(applyTransfer(held, post, EXPIRES)).toEqual({ ok: false, fault: 'pending-expired' })
  })

  const dollars = { amount: { amount: 30, currency: USD } }
  test.each<readonly [string, readonly Transfer[], Transfer, LedgerFault]>([
    ['with an id that was used before', [transfer('t', 1)], transfer('t', 1), 'duplicate-id'],
    ['from an account to itself', [], transfer('t', 1, { credit: ISSUER }), 'same-account'],
    [
      'from an account in another currency',
      [transfer('t', 1, { credit: FEES })],
      transfer('u', 1, dollars),
      'account-currency',
    ],
    [
      'to an account in another currency',
      [transfer('t', 1, { debit: FEES })],
      transfer('u', 1, dollars),
      'account-currency',
    ],
    ['that resolves what is not there', [], resolving('t', 'post', 'p', 1), 'pending-unknown'],
    ['that resolves what was posted at once', [transfer('p', 1)], resolving('t', 'void', 'p', 1), 'pending-unknown'],
    [
      'that posts what was posted',
      [pending('p', 3), resolving('t', 'post', 'p', 1)],
      resolving('u', 'post', 'p', 1),
      'pending-resolved',
    ],
    [
      'that posts what was voided',
      [pending('p', 3), resolving('t', 'void', 'p', 3)],
      resolving('u', 'post', 'p', 1),
      'pending-resolved',
    ],
    [
      'that voids what was posted',
      [pending('p', 3), resolving('t', 'post', 'p', 3)],
      resolving('u', 'void', 'p', 3),
      'pending-resolved',
    ],
    [
      'that voids what was voided',
      [pending('p', 3), resolving('t', 'void', 'p', 3)],
      resolving('u', 'void', 'p', 3),
      'pending-resolved',
    ],
    ['that posts more than was reserved', [pending('p', 3)], resolving('t', 'post', 'p', 4), 'pending-exceeded'],
    ['that voids a part', [pending('p', 3)], resolving('t', 'void', 'p', 2), 'pending-mismatch'],
    [
      'that resolves from another account',
      [pending('p', 3)],
      resolving('t', 'post', 'p', 3, { debit: FEES }),
      'pending-mismatch',
    ],
    [
      'that resolves to another account',
      [pending('p', 3)],
      resolving('t', 'post', 'p', 3, { credit: FEES }),
      'pending-mismatch',
    ],
    [
      'that resolves in another currency',
      [pending('p', 3)],
      resolving('t', 'post', 'p', 3, dollars),
      'pending-mismatch',
    ],
    ['that takes what was posted past 2^53 - 1', [transfer('t', AMOUNT_MAX)], transfer('u', 1), 'balance-overflow'],
    [
      'that takes the receiver’s side past it',
      [transfer('t', AMOUNT_MAX, { debit: FEES })],
      transfer('u', 1),
      'balance-overflow',
    ],
    ['that takes what is reserved past it', [pending('p', AMOUNT_MAX)], pending('q', 1), 'balance-overflow'],
  ])('is refused %s', (_what, before, next, fault) => {
    expect(applyTransfer(applied(before), next, NOON)).toEqual({ ok: false, fault })
  })

  test('reaches 2^53 - 1 exactly', () => {
    const ledger = applied([transfer('t', AMOUNT_MAX - 1), transfer('u', 1)])
    expect(figures(ledger, MERCHANT)).toEqual([0, AMOUNT_MAX, 0, 0])
  })

  test.each<readonly [TransferPhase, number, { posted: number; pending: number }]>([
    [{ kind: 'posted' }, 7, { posted: 7, pending: 0 }],
    [{ kind: 'pending', expiresAt: EXPIRES }, 7, { posted: 0, pending: 7 }],
    [{ kind: 'post', pending: id('p') }, 7, { posted: 7, pending: -9 }],
    [{ kind: 'void', pending: id('p') }, 9, { posted: 0, pending: -9 }],
  ])('%o moves what the table of accounts is to be changed by', (phase, amount, movement) => {
    expect(movementOf(transfer('t', amount, { phase }), pending('p', 9))).toEqual(movement)
  })

  test('of any kind, in any order, refused or not, leaves the sum over all accounts at zero and each reservation resolved once', () => {
    const accounts = [ISSUER, MERCHANT, FEES]
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h').map(id)
    const phase: fc.Arbitrary<TransferPhase> = fc.oneof(
      fc.constant({ kind: 'posted' as const }),
      fc.constantFrom(-1, 0, 1).map((ms) => ({ kind: 'pending' as const, expiresAt: later(NOON, ms) })),
      name.map((of) => ({ kind: 'post' as const, pending: of })),
      name.map((of) => ({ kind: 'void' as const, pending: of })),
    )
    const any = fc
      .record({
        id: name,
        debit: fc.constantFrom(...accounts),
        credit: fc.constantFrom(...accounts),
        amount: fc.constantFrom(1, 2, 3, AMOUNT_MAX).map(vnd),
        phase,
      })
      .map((over) => transfer(over.id, 1, over))
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (transfers) => {
        let ledger = EMPTY_LEDGER
        const posted: bigint[] = []
        for (const one of transfers) {
          const next: Applied = applyTransfer(ledger, one, NOON)
          if (!next.ok) continue
          ledger = next.ledger
          if (one.phase.kind === 'posted' || one.phase.kind === 'post') posted.push(BigInt(one.amount.amount))
        }
        const sum = (pick: (row: NonNullable<ReturnType<Ledger['accounts']['get']>>) => number) =>
          [...ledger.accounts.values()].reduce((total, row) => total + BigInt(pick(row)), 0n)
        expect(sum((row) => row.debitsPosted)).toBe(sum((row) => row.creditsPosted))
        expect(sum((row) => row.debitsPosted)).toBe(posted.reduce((total, one) => total + one, 0n))
        const reserved = [...ledger.reservations.values()].filter((row) => row.status === 'pending')
        const held = reserved.reduce((total, row) => total + BigInt(row.transfer.amount.amount), 0n)
        expect(sum((row) => row.debitsPending)).toBe(held)
        expect(sum((row) => row.creditsPending)).toBe(held)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})

describe('a claim on an issuer', () => {
  const claim: Claim = {
    id: 'k1' as ClaimId,
    issuer: WALLET,
    identity: { iss: WALLET, id: 'jti:a' },
    kind: 'pay',
    amount: vnd(30_000),
    charge: 'c1' as ChargeId,
    evidence: { ref: 'r', mac: 'm' },
    presentBy: EXPIRES,
  }
  const statuses = ['accepted', 'presented', 'settled', 'rejected'] as const
  const moves: readonly (readonly [ClaimStatus, ClaimStatus, number])[] = [
    ['accepted', 'presented', 0],
    ['presented', 'settled', 30_000],
    ['presented', 'rejected', 30_000],
  ]

  test.each(moves)('moves from %s to %s, and the exposure falls by %d', (from, to, releases) => {
    expect(moveClaim(claim, from, to)).toEqual({ ok: true, releases })
  })

  test('moves in no other way', () => {
    for (const from of statuses) {
      for (const to of statuses) {
        if (moves.some(([before, after]) => before === from && after === to)) continue
        expect(moveClaim(claim, from, to), `${from} to ${to}`).toEqual({ ok: false, fault: 'claim-move' })
      }
    }
  })

  test('leaves what is at risk once, on every way to its end', () => {
    const endings = (from: ClaimStatus): readonly number[] => {
      const { next } = claimPolicy[from]
      if (next.length === 0) return [0]
      return next.flatMap((to) => {
        const moved = moveClaim(claim, from, to)
        return endings(to).map((rest) => rest + (moved.ok ? moved.releases : 0))
      })
    }
    expect(endings('accepted')).toEqual([30_000, 30_000])
  })
})
