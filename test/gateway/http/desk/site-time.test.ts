import { describe, expect, test } from 'vitest'
import { dayAt, dayBefore, momentAt } from '../../../../gateway/http/static/desk/site-time.js'

const HANOI = 'Asia/Ho_Chi_Minh'
const BERLIN = 'Europe/Berlin'

describe('the clock of the site', () => {
  test.each([
    ['2026-11-22', '22:10', HANOI, '2026-11-22T15:10:00Z'],
    ['2026-11-22', '6:05', HANOI, '2026-11-21T23:05:00Z'],
    ['2026-07-01', '12:00', BERLIN, '2026-07-01T10:00:00Z'],
    ['2026-11-22', '12:00', BERLIN, '2026-11-22T11:00:00Z'],
    // The hour that is shown twice, and the one that is left out.
    ['2026-10-25', '02:30', BERLIN, '2026-10-25T00:30:00Z'],
    ['2026-10-25', '03:30', BERLIN, '2026-10-25T02:30:00Z'],
    ['2026-03-29', '01:59', BERLIN, '2026-03-29T00:59:00Z'],
    ['2026-03-29', '02:30', BERLIN, '2026-03-29T01:30:00Z'],
    ['2026-03-29', '03:00', BERLIN, '2026-03-29T01:00:00Z'],
  ])('shows %s %s in %s at one moment', (day, time, zone, at) => {
    expect(momentAt(day, time, zone)).toBe(Date.parse(at))
  })

  test.each(['', '24:00', '12:60', '9', '12:5', '12:30:10', ' 12:30'])('shows no %j', (time) => {
    expect(momentAt('2026-11-22', time, HANOI)).toBeUndefined()
  })

  test('is of the next day from midnight on, there', () => {
    expect(dayAt(Date.parse('2026-11-22T16:59:59Z'), HANOI)).toBe('2026-11-22')
    expect(dayAt(Date.parse('2026-11-22T17:00:00Z'), HANOI)).toBe('2026-11-23')
    expect([dayBefore('2026-03-01', 1), dayBefore('2027-01-02', 3)]).toEqual(['2026-02-28', '2026-12-30'])
  })
})
