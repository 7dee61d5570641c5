import { describe, expect, test } from 'vitest'
import { KEYED_AMOUNT_MAX, money, VND } from '../../../../core/money.ts'
import { moneyText } from '../../../../core/money-text.ts'
import { amountText, readAmount, readCount, readShare, readWhole } from '../../../../gateway/http/static/desk/amount.js'

describe('an amount that somebody keys', () => {
  test.each([
    ['60000', 60_000],
    ['60.000', 60_000],
    ['60,000', 60_000],
    ['60 000', 60_000],
    ['60\u00a0000', 60_000],
    [' 1.250.000 ', 1_250_000],
    ['007', 7],
    ['500000000', KEYED_AMOUNT_MAX],
  ])('%j is %i đồng', (text, amount) => {
    expect(readAmount(text, KEYED_AMOUNT_MAX)).toEqual({ ok: true, amount })
  })

  test.each([
    ['60.5', 'amountWrong'],
    ['60.00', 'amountWrong'],
    ['60.000,5', 'amountWrong'],
    ['1.000,000', 'amountWrong'],
    ['60.0000', 'amountWrong'],
    ['.000', 'amountWrong'],
    ['-5000', 'amountWrong'],
    ['+5000', 'amountWrong'],
    ['1e5', 'amountWrong'],
    ['0x10', 'amountWrong'],
    ['60k', 'amountWrong'],
    ['６００００', 'amountWrong'],
    ['', 'amountWrong'],
    ['0', 'amountZero'],
    ['000', 'amountZero'],
    ['500000001', 'amountTooLarge'],
    ['9'.repeat(24), 'amountTooLarge'],
    ['9'.repeat(25), 'amountTooLarge'],
  ])('%j is refused as %s', (text, why) => {
    expect(readAmount(text, KEYED_AMOUNT_MAX)).toEqual({ ok: false, why })
  })

  test('of nothing is taken where somebody may mean it, and nowhere else', () => {
    expect(readAmount('0', KEYED_AMOUNT_MAX, true)).toEqual({ ok: true, amount: 0 })
    expect(readAmount('0', KEYED_AMOUNT_MAX)).toEqual({ ok: false, why: 'amountZero' })
  })

  test.each([0, 7, 999, 1_000, 60_000, 1_250_000, KEYED_AMOUNT_MAX])(
    '%i is shown back as the gateway writes it',
    (amount) => {
      for (const language of ['vi', 'en'] as const) {
        const sum = money(amount, VND)
        expect(amountText(sum, language)).toBe(moneyText(sum, language))
      }
    },
  )

  test.each([
    ['37', 37],
    [' 0 ', 0],
    ['999999', 999_999],
    ['1000000', undefined],
    ['3.7', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('%j vehicles is the count %s', (text, count) => {
    expect(readCount(text)).toBe(count)
  })

  test.each([
    ['0', 0],
    ['600', 600],
    [' 30 ', 30],
    ['601', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e2', undefined],
    ['', undefined],
  ])('%j minutes ago, of at most 600, is %s', (text, minutes) => {
    expect(readWhole(text, { from: 0, upTo: 600 })).toBe(minutes)
  })

  test.each([
    ['50', 5_000],
    ['12,5', 1_250],
    ['12.25', 1_225],
    ['0,01', 1],
    ['100', 10_000],
    ['100,01', undefined],
    ['0', undefined],
    ['0,00', undefined],
    ['12,345', undefined],
    ['50%', undefined],
    ['', undefined],
  ])('%j per cent is %s basis points', (text, basisPoints) => {
    expect(readShare(text)).toBe(basisPoints)
  })
})
