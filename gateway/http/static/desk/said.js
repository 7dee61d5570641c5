/** @import { DeskData } from '../../pages/desk-page.ts' */

import { amountText } from './amount.js'

/**
 * How the page says things: its words, times by the site's clock, amounts.
 * @param {DeskData} data
 */
export function createSaid(data) {
  const locale = data.language === 'vi' ? 'vi-VN' : 'en-GB'
  const clock = new Intl.DateTimeFormat(locale, { timeZone: data.zone, timeStyle: 'medium' })
  const moment = new Intl.DateTimeFormat(locale, { timeZone: data.zone, dateStyle: 'short', timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'numeric' })
  const { words } = data
  return {
    words,
    /** @param {number} ms */
    time: (ms) => clock.format(ms),
    /** @param {number} ms */
    moment: (ms) => moment.format(ms),
    /** @param {string} date `YYYY-MM-DD`, without its year */
    day: (date) => day.format(Date.parse(`${date}T00:00:00Z`)),
    /** @param {{ readonly amount: number, readonly currency: string }} money */
    money: (money) => amountText(money, data.language),
    /** @param {number} amount of the site's currency */
    amount: (amount) => amountText({ amount, currency: data.currency }, data.language),
    /** @param {number} ms */
    age: (ms) => ageText(ms, words),
    /** @param {string} id */
    lane: (id) => data.lanes.find((each) => each.id === id)?.name ?? id,
    /** @param {string} id */
    vehicleClass: (id) => data.vehicleClasses.find((each) => each.id === id)?.name ?? id,
    /** @param {string} id */
    place: (id) => data.places.find((each) => each.id === id)?.name ?? id,
  }
}

/** @typedef {ReturnType<typeof createSaid>} Said */

/**
 * A text with what stands in its braces filled in; what is filled in is not looked at again.
 * @param {string} text
 * @param {Readonly<Record<string, string | number>>} values
 */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole))
}

/**
 * @param {number} ms
 * @param {{ readonly seconds: string, readonly minutes: string, readonly hours: string, readonly days: string }} words
 */
export function ageText(ms, words) {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return filled(words.seconds, { n: seconds })
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return filled(words.minutes, { n: minutes })
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  if (hours < 48)
    return [filled(words.hours, { n: hours }), ...(rest > 0 ? [filled(words.minutes, { n: rest })] : [])].join(' ')
  return filled(words.days, { n: Math.floor(hours / 24) })
}
