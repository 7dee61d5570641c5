import { RIGHT_HOURS_MAX } from '../../core/parking/rights.ts'
import type { RightHours } from '../../core/parking/session.ts'
import { UsageError } from './terminal.ts'

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/

/**
 * The hours of an option, `06:00-18:00`, of every weekday, in minutes of the site's local day; hours that end before they begin run over midnight, and none begin
 * there. Refuses, with the option's name, any other spelling, hours that last no minute, no hours at all, and more than a right may have.
 */
export function hoursOption(name: string, texts: readonly string[]): readonly RightHours[] {
  if (texts.length === 0) throw new UsageError(`${name} has no hours: leave it out where all are meant`)
  if (texts.length > RIGHT_HOURS_MAX)
    throw new UsageError(`${name} takes at most ${RIGHT_HOURS_MAX} spans of hours, and not ${texts.length}`)
  return texts.map((text) => {
    const found = HOURS.exec(text)
    const shown = JSON.stringify(text.slice(0, 80))
    if (found === null) throw new UsageError(`${name} is hours of the day such as 06:00-18:00, and not ${shown}`)
    const [, fromHour, fromMinutes, toHour = '24', toMinutes = '0'] = found
    const [fromMinute, toMinute] = [minuteOf(fromHour, fromMinutes), minuteOf(toHour, toMinutes)]
    if (fromMinute === toMinute)
      throw new UsageError(`${name} ${shown} ends where it begins: the whole day is 00:00-24:00`)
    return { weekdays: EVERY_DAY, fromMinute, toMinute }
  })
}

/** Hours for people: `06:00-18:00`, with their weekdays where these are not all. None are all. */
export function hoursText(hours: readonly RightHours[]): string {
  if (hours.length === 0) return 'all'
  return hours
    .map(({ weekdays, fromMinute, toMinute }) => {
      const days = WEEKDAYS.filter((_day, index) => weekdays.includes(index + 1))
      const span = `${clockText(fromMinute)}-${clockText(toMinute)}`
      return days.length === WEEKDAYS.length ? span : `${days.join(' ')} ${span}`
    })
    .join(', ')
}

function minuteOf(hour = '0', minutes = '0'): number {
  return Number(hour) * 60 + Number(minutes)
}

function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
