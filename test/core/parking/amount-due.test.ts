import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CurrencyCode } from '../../../core/money.ts'
import { money, VND } from '../../../core/money.ts'
import { amountDue, isPaidUp } from '../../../core/parking/amount-due.ts'
import type { Bill } from '../../../core/parking/quote.ts'
import { quote } from '../../../core/parking/quote.ts'
import type { Instant } from '../../../core/time.ts'
import { later, MINUTE_MS } from '../../../core/time.ts'
import { at, billed, bookOf, charging, minutesLater, PER_HOUR, stayOf } from './tariff-kit.ts'
import { HANOI } from './zones.ts'

const book = bookOf(charging(PER_HOUR))
const entry = at('2026-11-21 08:00')
const GRACE_MS = 15 * MINUTE_MS
const vnd = (amount: number) => money(amount, VND)
const billAt = (now: Instant): Bill => billed(quote(stayOf(entry, now), book, [], HANOI))

describe('after a payment of all that was due, an hour after the entry', () => {
  const paidAt = at('2026-11-21 09:00')
  const paid = vnd(25_000)

  test.each([
    ['at once', 0, 0],
    ['at the end of the grace', 15, 0],
    ['a minute after it: everything since', 16, 25_000],
    ['two hours later', 120, 60_000],
  ])('%s', (_what, minutes, due) => {
    const now = minutesLater(paidAt, minutes)
    expect(amountDue(billAt(now), paid, paidAt, GRACE_MS, now)).toEqual({
      due: vnd(due),
      overpaid: vnd(0),
      graceUntil: due === 0 ? later(paidAt, GRACE_MS) : null,
    })
  })

  test('a millisecond after the grace it is over', () => {
    const now = later(paidAt, GRACE_MS + 1)
    expect(amountDue(billAt(now), paid, paidAt, GRACE_MS, now).due).toEqual(vnd(25_000))
  })
})

test('a part payment begins no grace, so a small coin each quarter of an hour buys no time', () => {
  const now = at('2026-11-21 09:30')
  expect(isPaidUp(billAt(now), vnd(25_000))).toBe(false)
  expect(amountDue(billAt(now), vnd(25_000), null, GRACE_MS, now)).toEqual({
    due: vnd(25_000),
    overpaid: vnd(0),
    graceUntil: null,
  })
})

test('a coin within the grace does not begin another', () => {
  const within = at('2026-11-21 09:10')
  expect(isPaidUp(billAt(within), vnd(25_100))).toBe(false)
})

test('what was paid too much is told, within the grace and after it', () => {
  const now = at('2026-11-21 09:00')
  const due = amountDue(billAt(now), vnd(30_000), now, GRACE_MS, now)
  expect(due).toMatchObject({ due: vnd(0), overpaid: vnd(5_000) })
  expect(amountDue(billAt(now), vnd(30_000), null, GRACE_MS, now)).toMatchObject({ due: vnd(0), overpaid: vnd(5_000) })
})

test('a clock that was put back to before the payment asks for nothing', () => {
  const paidAt = at('2026-11-21 10:00')
  const now = at('2026-11-21 09:30')
  expect(amountDue(billAt(now), vnd(0), paidAt, GRACE_MS, now).due).toEqual(vnd(0))
})

test.each([
  ['all of it', 25_000, VND, true],
  ['more', 25_001, VND, true],
  ['less', 24_999, VND, false],
  ['another currency', 25_000, 'USD' as CurrencyCode, false],
])('%s pays it up: the grace begins', (_what, amount, currency, isUp) => {
  expect(isPaidUp(billAt(at('2026-11-21 09:00')), money(amount, currency))).toBe(isUp)
})

test('no payment pays nothing up, also where nothing is due: free minutes get no grace', () => {
  const free = bookOf(charging(PER_HOUR, { freeMinutes: { minutes: 15, longerStays: 'pay-from-entry' } }))
  const bill = billed(quote(stayOf(entry, minutesLater(entry, 15)), free, [], HANOI))
  expect(bill.total).toEqual(vnd(0))
  expect(isPaidUp(bill, vnd(0))).toBe(false)
})

test('in another currency it throws', () => {
  expect(() => amountDue(billAt(entry), money(5, 'USD' as CurrencyCode), null, GRACE_MS, entry)).toThrow(RangeError)
})

test('whoever pays in mid-stay, as often as they like, pays in the end what the whole stay costs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 16, max: 500 }),
      (times, last) => {
        let paid = 0
        let paidUpAt: Instant | null = null
        let now = entry
        for (const minutes of times.toSorted((left, right) => left - right)) {
          now = minutesLater(entry, minutes)
          const bill = billAt(now)
          const { due } = amountDue(bill, vnd(paid), paidUpAt, GRACE_MS, now)
          paid += due.amount
          if (due.amount > 0 && isPaidUp(bill, vnd(paid))) paidUpAt = now
        }
        const end = minutesLater(now, last)
        const bill = billAt(end)
        expect(paid + amountDue(bill, vnd(paid), paidUpAt, GRACE_MS, end).due.amount).toBe(bill.total.amount)
      },
    ),
    { numRuns: 500, seed: 74 },
  )
})
