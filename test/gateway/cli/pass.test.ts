import { describe, expect, test } from 'vitest'
import { RIGHT_HOURS_MAX } from '../../../core/parking/rights.ts'
import { hoursOption, hoursText } from '../../../gateway/cli/hours.ts'
import { passLines } from '../../../gateway/cli/pass.ts'
import { UsageError } from '../../../gateway/cli/terminal.ts'
import { tolbooth } from './kit.ts'

const FROM = Date.UTC(2026, 10, 22)
const PASS = { id: 've-1', status: 'active', validFrom: FROM, validUntil: FROM + 86_400_000, hours: [] }
const ZONE = 'Asia/Ho_Chi_Minh'

test('a pass says whose it is, for which plates, and until when by the site’s clock', () => {
  expect(passLines({ ...PASS, holder: 'Căn hộ 9C', plates: ['29C11122', '30A12345'] }, ZONE)).toEqual([
    've-1  active  2026-11-22 07:00 +07:00 to 2026-11-23 07:00 +07:00',
    'holder: Căn hộ 9C',
    'plates: 29C11122, 30A12345',
    'hours: all',
  ])
  expect(passLines({ ...PASS, holder: 'Căn hộ 9C', plates: [] }, ZONE)).toContain('plates: none')
})

test('of a name and a plate that the vault has no more it says that they were erased', () => {
  const lines = passLines({ ...PASS, holder: null, plates: [null, '30A12345'] }, ZONE)
  expect(lines.slice(1, 3)).toEqual(['holder: (erased)', 'plates: (erased), 30A12345'])
})

describe('the hours of a pass', () => {
  const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]

  test('are minutes of the local day, every day of the week, also over midnight and up to it', () => {
    expect(hoursOption('--hours', ['06:00-18:00', '22:30-05:00', '20:00-24:00', '00:00-24:00'])).toEqual([
      { weekdays: EVERY_DAY, fromMinute: 360, toMinute: 1_080 },
      { weekdays: EVERY_DAY, fromMinute: 1_350, toMinute: 300 },
      { weekdays: EVERY_DAY, fromMinute: 1_200, toMinute: 1_440 },
      { weekdays: EVERY_DAY, fromMinute: 0, toMinute: 1_440 },
    ])
  })

  test.each(['6:00-18:00', '06:00', '06:00–18:00', '06:00-24:01', '24:00-06:00', '06:60-18:00', '25:00-26:00', 'day'])(
    '%j are refused by the option’s name, with how to write them',
    (text) => {
      expect(() => hoursOption('--hours', ['20:00-22:00', text])).toThrow(UsageError)
      expect(() => hoursOption('--hours', [text])).toThrow(/^--hours is hours of the day such as 06:00-18:00, and not /)
    },
  )

  test('that last no minute are refused, and so is an option with none: it would be taken for all hours', () => {
    expect(() => hoursOption('--hours', ['06:00-06:00'])).toThrow(/--hours "06:00-06:00" ends where it begins/)
    expect(() => hoursOption('--hours', [])).toThrow(/--hours has no hours/)
  })

  test('are at most as many as a right may have', () => {
    const most = Array.from({ length: RIGHT_HOURS_MAX }, () => '06:00-18:00')
    expect(hoursOption('--hours', most)).toHaveLength(RIGHT_HOURS_MAX)
    expect(() => hoursOption('--hours', [...most, '19:00-20:00'])).toThrow(/at most 14 spans of hours, and not 15/)
  })

  test('are told with their weekdays where these are not all', () => {
    const hours = hoursOption('--hours', ['06:00-18:00', '20:00-24:00'])
    expect(hoursText(hours)).toBe('06:00-18:00, 20:00-24:00')
    expect(hoursText([{ weekdays: [1, 7], fromMinute: 5, toMinute: 65 }])).toBe('Mon Sun 00:05-01:05')
  })

  test.each([['18-06'], [',']])('that are wrong (%s) issue nothing: no gateway is asked', async (hours) => {
    const issuing = ['pass', 'issue', 've-1', '--holder', 'x', '--until', '2026-12-31T17:00:00Z', '--hours', hours]
    const access = ['--url', 'http://127.0.0.1:9', '--token', 'x']
    const ran = await tolbooth([...issuing, ...access], {})
    expect([ran.status, ran.out]).toEqual([2, ''])
    expect(ran.err).toMatch(/^tolbooth: --hours /)
  })
})
