/**
 * Days and times of day by the clock of the site, whatever the phone is set to. Pure.
 */

const DAY_MS = 86_400_000

/**
 * The moment at which the clocks of a zone show a time of a day, in milliseconds; `undefined` for what is no time of day. Of an hour that the clocks show twice it is the first, and one that they leave out is as far after the jump.
 * @param {string} day `YYYY-MM-DD`
 * @param {string} time such as `22:10`
 * @param {string} zone
 */
export function momentAt(day, time, zone) {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) ?? []
  if (hours === undefined || minutes === undefined) return undefined
  const shown = Date.parse(`${day}T${hours.padStart(2, '0')}:${minutes}:00Z`)
  // The offset of a day before and after: one of both is that of the moment.
  const [before, after] = [offsetMs(shown - DAY_MS, zone), offsetMs(shown + DAY_MS, zone)]
  const [first, second] = [shown - before, shown - after]
  return offsetMs(first, zone) !== before && offsetMs(second, zone) === after ? second : first
}

/**
 * The day that the calendar of a zone shows at a moment, `YYYY-MM-DD`.
 * @param {number} ms
 * @param {string} zone
 */
export function dayAt(ms, zone) {
  return new Date(ms + offsetMs(ms, zone)).toISOString().slice(0, 10)
}

/**
 * The day that is so many before another.
 * @param {string} day
 * @param {number} days
 */
export function dayBefore(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10)
}

/**
 * How far the clocks of a zone are before UTC.
 * @param {number} ms
 * @param {string} zone
 */
function offsetMs(ms, zone) {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(ms)
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = of
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000
}
