import { describe, expect, test } from 'vitest'
import type { RightId } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { StayRight } from '../../../core/parking/bill.ts'
import { billText, quoteRefusalTable } from '../../../core/parking/bill-text.ts'
import { quote } from '../../../core/parking/quote.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import {
  at,
  billed,
  bookOf,
  charging,
  EVERY_DAY,
  PER_BLOCK,
  PER_HOUR,
  PER_VISIT,
  right,
  stayOf,
  table,
  tariff,
} from './tariff-kit.ts'
import { HANOI } from './zones.ts'

const told = (one: Tariff, until: string, rights: readonly StayRight[] = []) => {
  const bill = billed(quote(stayOf(at('2026-11-21 07:30'), at(until)), bookOf(one), rights, HANOI))
  const plain = (language: 'vi' | 'en') => billText(bill, HANOI, language).map((line) => line.replaceAll('\u00a0', ' '))
  return { vi: plain('vi'), en: plain('en') }
}

describe('a bill in words', () => {
  test('by the hour', () => {
    expect(told(charging(PER_HOUR), '2026-11-21 15:30')).toEqual({
      vi: [
        'Gửi xe từ 21/11 07:30 đến 21/11 15:30',
        'Giờ thứ 1 đến 2 (21/11 07:30 – 21/11 09:30), 2 × 25.000 ₫: 50.000 ₫',
        'Giờ thứ 3 đến 4 (21/11 09:30 – 21/11 11:30), 2 × 35.000 ₫: 70.000 ₫',
        'Giờ thứ 5 đến 8 (21/11 11:30 – 21/11 15:30), 4 × 45.000 ₫: 180.000 ₫',
        'Tổng cộng: 300.000 ₫',
      ],
      en: [
        'Parked from 21/11 07:30 to 21/11 15:30',
        'Hours 1 to 2 (21/11 07:30 – 21/11 09:30), 2 × 25,000 VND: 50,000 VND',
        'Hours 3 to 4 (21/11 09:30 – 21/11 11:30), 2 × 35,000 VND: 70,000 VND',
        'Hours 5 to 8 (21/11 11:30 – 21/11 15:30), 4 × 45,000 VND: 180,000 VND',
        'Total: 300,000 VND',
      ],
    })
  })

  test('by the visit, into the night', () => {
    const { vi, en } = told(charging(PER_VISIT), '2026-11-21 20:00')
    expect(vi.slice(1)).toEqual([
      'Lượt ban ngày (21/11 07:30 – 21/11 20:00): 5.000 ₫',
      'Lượt cả ngày và đêm từ 21/11 18:00: 12.000 ₫, đã tính 5.000 ₫: 7.000 ₫',
      'Tổng cộng: 12.000 ₫',
    ])
    expect(en.slice(1)).toEqual([
      'Visit by day (21/11 07:30 – 21/11 20:00): 5,000 VND',
      'Visit by day and night from 21/11 18:00: 12,000 VND, of which charged 5,000 VND: 7,000 VND',
      'Total: 12,000 VND',
    ])
  })

  test('with caps, what rights took off, and the rounding', () => {
    const one = {
      ...charging(PER_BLOCK, { capPerDay: 150_000, capPerStay: 150_000 }),
      rounding: { to: 1_000, mode: 'down' } as const,
    }
    const rights: readonly StayRight[] = [
      right({ id: 'pizza' as RightId, kind: 'validation', relief: { kind: 'share', basisPoints: 1_250 } }),
      right({ id: 'cinema' as RightId, kind: 'validation', relief: { kind: 'amount', amount: money(20_300, VND) } }),
    ]
    const { vi, en } = told(one, '2026-11-22 02:00', rights)
    expect(vi.slice(2)).toEqual([
      'Không quá 150.000 ₫ cho ngày 21/11: −390.000 ₫',
      'Giảm 12,5% theo phiếu ưu đãi pizza: −18.750 ₫',
      'Trừ tối đa 20.300 ₫ theo phiếu ưu đãi cinema: −20.300 ₫',
      '1 lần 2 giờ (22/11 01:30 – 22/11 02:00), 1 × 60.000 ₫: 60.000 ₫',
      'Không quá 150.000 ₫ cho cả lượt: −60.000 ₫',
      'Làm tròn xuống bội số của 1.000 ₫: −950 ₫',
      'Tổng cộng: 110.000 ₫',
    ])
    expect(en.slice(1)).toEqual([
      '9 times 2 h (21/11 07:30 – 22/11 01:30), 9 × 60,000 VND: 540,000 VND',
      'At most 150,000 VND for 21/11: −390,000 VND',
      '12.5 % off by validation pizza: −18,750 VND',
      'Up to 20,300 VND off by validation cinema: −20,300 VND',
      '1 times 2 h (22/11 01:30 – 22/11 02:00), 1 × 60,000 VND: 60,000 VND',
      'At most 150,000 VND for the stay: −60,000 VND',
      'Rounded down to a multiple of 1,000 VND: −950 VND',
      'Total: 110,000 VND',
    ])
  })

  test('with free minutes, cover, blocks of minutes and flats', () => {
    const one = tariff({
      rateTables: [
        table({
          freeMinutes: { minutes: 20, longerStays: 'pay-from-then' },
          rateLines: [
            { band: 'day', rate: { kind: 'per-block', minutes: 45, price: 10_000, first: null } },
            { band: 'night', rate: { kind: 'flat', price: 40_000 } },
          ],
        }),
      ],
    })
    const noon = right({ hours: [{ weekdays: EVERY_DAY, fromMinute: 720, toMinute: 1_080 }] })
    const { vi, en } = told(one, '2026-11-21 19:00', [noon])
    expect(vi.slice(1)).toEqual([
      'Miễn phí 20 phút đầu (21/11 07:30 – 21/11 07:50): 0 ₫',
      '6 lần 45 phút ban ngày (21/11 07:50 – 21/11 12:20), 6 × 10.000 ₫: 60.000 ₫',
      'Thời gian thuộc vé tháng right-1 (21/11 12:00 – 21/11 18:00): 0 ₫',
      'Trọn gói ban đêm từ 21/11 18:00: 40.000 ₫',
      'Tổng cộng: 100.000 ₫',
    ])
    expect(en.slice(1)).toEqual([
      'First 20 min free (21/11 07:30 – 21/11 07:50): 0 VND',
      '6 times 45 min by day (21/11 07:50 – 21/11 12:20), 6 × 10,000 VND: 60,000 VND',
      'Time covered by pass right-1 (21/11 12:00 – 21/11 18:00): 0 VND',
      'Flat by night from 21/11 18:00: 40,000 VND',
      'Total: 100,000 VND',
    ])
  })

  test('with a flat for the stay, and with one hour of a day', () => {
    const flat = told(charging({ kind: 'flat', price: 40_000 }), '2026-11-21 19:00')
    expect([flat.vi[1], flat.en[1]]).toEqual([
      'Trọn gói cả lượt từ 21/11 07:30: 40.000 ₫',
      'Flat for the stay from 21/11 07:30: 40,000 VND',
    ])
    const rateLines = [
      { band: 'day', rate: PER_HOUR },
      { band: 'night', rate: PER_HOUR },
    ] as const
    const hour = told(tariff({ rateTables: [table({ rateLines })] }), '2026-11-21 08:00')
    expect([hour.vi[1], hour.en[1]]).toEqual([
      'Giờ thứ 1 ban ngày (21/11 07:30 – 21/11 08:00), 1 × 25.000 ₫: 25.000 ₫',
      'Hour 1 by day (21/11 07:30 – 21/11 08:00), 1 × 25,000 VND: 25,000 VND',
    ])
  })
})

test('every refusal to quote says in both languages what is wrong and what to do', () => {
  for (const texts of Object.values(quoteRefusalTable)) {
    for (const { short, help } of [texts.vi, texts.en]) {
      expect(short.length).toBeGreaterThan(5)
      expect(help.length).toBeGreaterThan(short.length)
    }
  }
})
