import fc from 'fast-check'
import { doReadNumber, ReadingConfig } from 'read-vietnamese-number'
import { describe, expect, it } from 'vitest'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX, money, VND } from '../../core/money.ts'
import { spokenMoney, spokenNumber } from '../../core/spoken-vietnamese.ts'

describe('numbers read aloud in Vietnamese', () => {
  it.each([
    [0, 'không'],
    [1, 'một'],
    [4, 'bốn'],
    [5, 'năm'],
    [10, 'mười'],
    [11, 'mười một'],
    [14, 'mười bốn'],
    [15, 'mười lăm'],
    [20, 'hai mươi'],
    [21, 'hai mươi mốt'],
    [24, 'hai mươi tư'],
    [25, 'hai mươi lăm'],
    [36, 'ba mươi sáu'],
    [100, 'một trăm'],
    [101, 'một trăm lẻ một'],
    [105, 'một trăm lẻ năm'],
    [110, 'một trăm mười'],
    [999, 'chín trăm chín mươi chín'],
    [1_000, 'một nghìn'],
    [1_005, 'một nghìn không trăm lẻ năm'],
    [15_000, 'mười lăm nghìn'],
    [21_000, 'hai mươi mốt nghìn'],
    [50_000, 'năm mươi nghìn'],
    [105_000, 'một trăm lẻ năm nghìn'],
    [1_000_000, 'một triệu'],
    [1_005_000, 'một triệu không trăm lẻ năm nghìn'],
    [1_000_000_000, 'một tỷ'],
    [1_000_000_005, 'một tỷ không trăm lẻ năm'],
    [1_005_000_000, 'một tỷ không trăm lẻ năm triệu'],
    [1_000_000_000_000, 'một nghìn tỷ'],
    [1_000_005_000_000_000, 'một triệu không trăm lẻ năm tỷ'],
    [
      AMOUNT_MAX,
      'chín triệu không trăm lẻ bảy nghìn một trăm chín mươi chín tỷ hai trăm năm mươi tư triệu bảy trăm bốn mươi nghìn chín trăm chín mươi mốt',
    ],
  ])('%i is read as %s', (value, text) => {
    expect(spokenNumber(value)).toBe(text)
  })

  it('agrees with another reader on every number below a hundred thousand', () => {
    const disagreements: string[] = []
    for (let value = 0; value < 100_000; value += 1) {
      if (spokenNumber(value) !== readByOther(value)) disagreements.push(`${value}: ${spokenNumber(value)}`)
    }
    expect(disagreements).toEqual([])
  })

  it('agrees with another reader on numbers of any size', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), roundNumbers()), (value) => {
        expect(spokenNumber(value)).toBe(readByOther(value))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, AMOUNT_MAX + 1])(
    '%d is refused, never read wrong',
    (value) => {
      expect(() => spokenNumber(value)).toThrow(RangeError)
    },
  )
})

describe('amounts read aloud', () => {
  it.each([
    [50_000, 'năm mươi nghìn đồng'],
    [200, 'hai trăm đồng'],
    [200_000, 'hai trăm nghìn đồng'],
    [0, 'không đồng'],
  ])('%i đồng is said with its unit in full', (amount, text) => {
    expect(spokenMoney(money(amount, VND))).toBe(text)
  })

  it('of another currency the code is said', () => {
    expect(spokenMoney(money(12, 'USD' as CurrencyCode))).toBe('mười hai USD')
  })
})

/** Numbers with many zeros, where readers differ: `1 000 005 000`. */
function roundNumbers(): fc.Arbitrary<number> {
  return fc
    .array(fc.constantFrom('000', '001', '005', '010', '015', '021', '100', '105', '999'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((groups) => Number(groups.join('')))
}

function readByOther(value: number): string {
  const config = new ReadingConfig()
  config.unit = []
  // `tỉ` and `tỷ` are two spellings of one word; ours is `tỷ`.
  config.units = [[], ['nghìn'], ['triệu'], ['tỷ']]
  return doReadNumber(String(value), config)
}
