import { describe, expect, test } from 'vitest'
import type { CurrencyCode } from '../../../core/money.ts'
import { HOLIDAYS_AHEAD_DAYS, holidayGaps } from '../../../core/parking/holidays-ahead.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import { dayNumber, localDayOf } from '../../../core/parking/zone-time.ts'
import { bookOf, day, table, tariff } from './tariff-kit.ts'

const TODAY = day('2026-11-22')
const withDays = (days: readonly string[], over: Partial<Tariff> = {}): Tariff =>
  tariff({
    specialDays: [{ name: { vi: 'Lễ', en: 'Holiday' }, days, weekdays: [], rateTables: [table()] }],
    ...over,
  })
const gapsOf = (days: readonly string[], today = TODAY) => holidayGaps(bookOf(withDays(days)), today)
const from = (days: number): string => localDayOf(dayNumber(TODAY) + days)

describe('a tariff that states holidays', () => {
  test('and has none left in the coming year is named; the last day of that year is in it', () => {
    const none = [{ kind: 'none-ahead', tariff: 'cars' }]
    expect(gapsOf(['2026-02-17', '2026-11-21'])).toEqual(none)
    expect(gapsOf([from(HOLIDAYS_AHEAD_DAYS + 1)])).toEqual(none)
    expect(gapsOf([from(HOLIDAYS_AHEAD_DAYS)])).not.toEqual(none)
    expect(gapsOf(['2026-11-22']), 'today is one').not.toEqual(none)
  })

  test('and leaves out the next Tết is named with its day, though other days of every year are there', () => {
    const missing = [{ kind: 'no-tet', tariff: 'cars', from: '2027-02-06', to: '2027-02-06' }]
    expect(gapsOf(['01-01', '09-02'])).toEqual(missing)
    expect(gapsOf(['01-01', '2027-02-07']), 'its second day alone').toEqual(missing)
    expect(gapsOf(['2027-02-06', '02-29'])).toEqual([])
    expect(gapsOf(['2026-02-17'], day('2026-02-17')), 'on the day itself').toEqual([])
  })

  test('and leaves out a Tết whose day is not known here has to have some day in the weeks in which it can fall', () => {
    const today = day('2027-02-07')
    expect(gapsOf(['09-02'], today)).toEqual([{ kind: 'no-tet', tariff: 'cars', from: '2028-01-21', to: '2028-02-20' }])
    expect(gapsOf(['2028-01-20', '2028-02-21'], today)).toMatchObject([{ kind: 'no-tet' }])
    expect(gapsOf(['2028-01-21'], today)).toEqual([])
    expect(gapsOf(['09-02', '2028-02-20'], today)).toEqual([])
  })

  test('may state them in its next version, and those of a version that is over by then do not count', () => {
    const now = withDays(['2027-01-01', '2027-02-06'])
    const next = (days: readonly string[]) => withDays(days, { version: '2', validFrom: day('2027-01-15') })
    expect(holidayGaps(bookOf(now, next(['2027-02-06'])), TODAY)).toEqual([])
    expect(holidayGaps(bookOf(now, next(['2027-04-30'])), TODAY)).toMatchObject([{ kind: 'no-tet' }])
  })

  test('and ends before Tết is not asked for it: that it ends is what is told', () => {
    const ends = withDays(['2027-01-01'], { validTo: day('2027-01-31') })
    expect(holidayGaps(bookOf(ends), TODAY)).toEqual([])
  })
})

test('a tariff that names no day, or weekdays alone, misses none; nor does one that is not in force', () => {
  const weekends = tariff({
    specialDays: [{ name: { vi: 'Cuối tuần', en: 'Weekend' }, days: [], weekdays: [6, 7], rateTables: [table()] }],
  })
  for (const one of [tariff(), weekends, withDays(['2026-02-17'], { validFrom: day('2027-01-01') })])
    expect(holidayGaps(bookOf(one), TODAY)).toEqual([])
})

test('where nobody pays in đồng nobody is asked for Tết', () => {
  const book = { ...bookOf(withDays(['09-02'])), currency: 'EUR' as CurrencyCode }
  expect(holidayGaps(book, TODAY)).toEqual([])
})
