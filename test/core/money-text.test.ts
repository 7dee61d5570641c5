import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX, money, VND } from '../../core/money.ts'
import { moneyText } from '../../core/money-text.ts'

describe('amounts written for people', () => {
  it.each([
    [0, '0\u00a0₫', '0 VND'],
    [200, '200\u00a0₫', '200 VND'],
    [1_000, '1.000\u00a0₫', '1,000 VND'],
    [50_000, '50.000\u00a0₫', '50,000 VND'],
    [1_234_567, '1.234.567\u00a0₫', '1,234,567 VND'],
    [AMOUNT_MAX, '9.007.199.254.740.991\u00a0₫', '9,007,199,254,740,991 VND'],
  ])('%i đồng is written with its groups of three', (amount, vi, en) => {
    expect(moneyText(money(amount, VND), 'vi')).toBe(vi)
    expect(moneyText(money(amount, VND), 'en')).toBe(en)
  })

  it('Vietnamese is written as Intl writes it in vi-VN', () => {
    const intl = new Intl.NumberFormat('vi-VN', { style: 'currency', currency: 'VND' })
    fc.assert(
      fc.property(fc.maxSafeNat(), (amount) => {
        expect(moneyText(money(amount, VND), 'vi')).toBe(intl.format(amount))
      }),
    )
  })

  it('another currency keeps its code', () => {
    const currency = 'USD' as CurrencyCode
    expect(moneyText(money(1_200, currency), 'vi')).toBe('1.200\u00a0USD')
    expect(moneyText(money(1_200, currency), 'en')).toBe('1,200 USD')
  })
})
