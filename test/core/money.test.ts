import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX, addMoney, isAmount, isCurrencyCode, money, shareOf, subtractMoney, VND } from '../../core/money.ts'
import { vnd } from './kit.ts'

const usd = (amount: number) => money(amount, 'USD' as CurrencyCode)

describe('an amount', () => {
  test.each([0, 1, AMOUNT_MAX])('is %d', (amount) => {
    expect(isAmount(amount)).toBe(true)
    expect(money(amount, VND)).toEqual({ amount, currency: 'VND' })
  })

  test.each([-1, 1.5, AMOUNT_MAX + 1, Number.NaN, Number.POSITIVE_INFINITY, '5', 5n, null, undefined])(
    'is not %s',
    (amount) => {
      expect(isAmount(amount)).toBe(false)
    },
  )

  test('that is none throws: the edge has checked it', () => {
    expect(() => vnd(0.1)).toThrow('amount 0.1 is not a whole number from 0 to 9007199254740991')
  })
})

test.each([
  ['VND', true],
  ['USD', true],
  ['vnd', false],
  ['VN', false],
  ['VNDD', false],
  ['V1D', false],
  ['', false],
])('%j as a currency: %s', (text, isOne) => {
  expect(isCurrencyCode(text)).toBe(isOne)
})

describe('sums', () => {
  test('add and subtract exactly, to both ends', () => {
    expect(addMoney(vnd(AMOUNT_MAX - 1), vnd(1))).toEqual(vnd(AMOUNT_MAX))
    expect(subtractMoney(vnd(5), vnd(5))).toEqual(vnd(0))
  })

  test.each([
    ['beyond 2^53 - 1', () => addMoney(vnd(AMOUNT_MAX), vnd(1))],
    ['far beyond it, where numbers are rounded', () => addMoney(vnd(AMOUNT_MAX), vnd(AMOUNT_MAX))],
    ['below 0', () => subtractMoney(vnd(1), vnd(2))],
    ['of two currencies', () => addMoney(vnd(1), usd(1))],
    ['with two currencies', () => subtractMoney(vnd(1), usd(1))],
  ])('%s throw', (_what, sum) => {
    expect(sum).toThrow(RangeError)
  })
})

describe('a share', () => {
  test.each([
    [30_000, 500, 1_500],
    [19, 500, 0],
    [20, 500, 1],
    [1, 10_000, 1],
    [1, 9_999, 0],
    [0, 10_000, 0],
    [AMOUNT_MAX, 10_000, AMOUNT_MAX],
    [AMOUNT_MAX, 1, 900_719_925_474],
  ])('of %d at %d basis points is %d', (amount, basisPoints, share) => {
    expect(shareOf(vnd(amount), basisPoints)).toEqual(vnd(share))
  })

  test.each([-1, 10_001, 0.5, Number.NaN])('of %d basis points throws', (basisPoints) => {
    expect(() => shareOf(vnd(1), basisPoints)).toThrow(RangeError)
  })

  test('and the rest are the whole, and the share is never rounded up', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(10_000), (amount, basisPoints) => {
        const share = shareOf(vnd(amount), basisPoints)
        expect(addMoney(share, subtractMoney(vnd(amount), share))).toEqual(vnd(amount))
        const exact = BigInt(amount) * BigInt(basisPoints)
        expect(BigInt(share.amount) * 10_000n <= exact && exact < (BigInt(share.amount) + 1n) * 10_000n).toBe(true)
      }),
    )
  })
})
