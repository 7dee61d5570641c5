/**
 * What a note asks, and the note that comes of it. Pure; whoever calls says the time.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Field, Filled } from './fields.js'
 * @import { LateBody } from './late-queue.js'
 * @import { Said } from './said.js'
 *
 * `was` is what is put right, with its lane: its time is kept unless another is said.
 * @typedef {{ readonly kind: LateBody['kind'], readonly ticket: string | undefined, readonly vehicleClass: string | null, readonly was: { readonly lane: string, readonly body: LateBody } | undefined }} Note
 */

import { filled } from './said.js'
import { dayAt, dayBefore, momentAt } from './site-time.js'
import { ticketTag } from './ticket.js'

const PLATE_CHARACTERS_MAX = 40
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * @param {Note} note
 * @param {DeskData} data
 * @param {Said} said
 * @param {() => number} nowMs
 * @returns {readonly Field[]}
 */
export function lateFields({ kind, ticket, vehicleClass, was }, data, said, nowMs) {
  const { words } = said
  const { lanes, vehicleClasses } = data
  const before = was?.body
  /** @param {string | undefined} chosen */
  const from = (chosen) => (chosen === undefined ? {} : { chosen })
  return [
    {
      kind: 'choice',
      name: 'lane',
      label: words.lane,
      choices: lanes.filter(({ direction }) => direction === 'both' || (direction === 'entry') === (kind === 'let-in')),
      ...from(was?.lane),
    },
    ...(was === undefined || ticket === undefined ? [] : [whetherWithTicket(ticket, said)]),
    {
      kind: 'text',
      name: 'plate',
      label: words.plate,
      charactersMax: PLATE_CHARACTERS_MAX,
      isOptional: ticket !== undefined,
      ...from(before?.plate),
    },
    {
      kind: 'choice',
      name: 'vehicleClass',
      label: words.vehicleClass,
      choices: vehicleClasses,
      isOptional: true,
      ...from(before?.vehicleClass ?? vehicleClass ?? undefined),
    },
    ...whenFields(before, data, said, nowMs),
    // At an entry nothing is taken: the box would refuse it.
    ...(kind === 'let-in' ? [] : cashFields(before, said)),
    { kind: 'reason', name: 'reason', label: words.reason, ...from(before?.reason) },
  ]
}

/**
 * When it was: now, so many minutes ago, or the time of day that stands on the paper.
 * @param {LateBody | undefined} before
 * @param {DeskData} data
 * @param {Said} said
 * @param {() => number} nowMs
 * @returns {readonly Field[]}
 */
function whenFields(before, { zone, lateAgeMaxMs }, said, nowMs) {
  const { words } = said
  const longest = longestAgo(lateAgeMaxMs)
  /** @type {(time: string, given: Readonly<Record<string, string>>) => number | undefined} */
  const moment = (time, given) => momentAt(given['day'] ?? '', time, zone)
  return [
    {
      kind: 'choice',
      name: 'when',
      label: words.when,
      choices: [
        before === undefined
          ? { id: 'now', name: words.whenNow }
          : { id: 'kept', name: filled(words.whenKept, { time: said.moment(before.occurredAt) }) },
        { id: 'ago', name: words.whenAgo },
        { id: 'clock', name: words.whenClock },
      ],
    },
    {
      kind: 'whole',
      name: 'minutesAgo',
      label: words.minutesAgo,
      help: filled(words.minutesAgoHelp, longest),
      from: 0,
      upTo: longest.minutes,
      said: (minutes) => said.moment(nowMs() - minutes * MINUTE_MS),
      when: { name: 'when', is: 'ago' },
    },
    {
      kind: 'choice',
      name: 'day',
      label: words.day,
      choices: daysBack(nowMs(), lateAgeMaxMs, zone, said),
      when: { name: 'when', is: 'clock' },
    },
    {
      kind: 'time',
      name: 'time',
      label: words.timeOfDay,
      help: filled(words.timeOfDayHelp, longest),
      said: (time, given) => {
        const at = moment(time, given)
        return at === undefined ? time : said.moment(at)
      },
      fault: (time, given) => {
        const at = moment(time, given)
        if (at === undefined) return words.timeWrong
        if (at > nowMs()) return words.timeToCome
        return nowMs() - at > lateAgeMaxMs ? filled(words.timeTooOld, longest) : undefined
      },
      when: { name: 'when', is: 'clock' },
    },
  ]
}

/** Of more days nobody keeps the paper in a pocket. */
export const DAYS_OFFERED_MAX = 62

/**
 * Today and the days before it, by the calendar of the site, as far back as a note is taken.
 * @param {number} nowMs
 * @param {number} ageMaxMs
 * @param {string} zone
 * @param {Said} said
 */
function daysBack(nowMs, ageMaxMs, zone, { words, day: dayText }) {
  const today = dayAt(nowMs, zone)
  const oldest = dayAt(nowMs - ageMaxMs, zone)
  const days = Array.from({ length: DAYS_OFFERED_MAX }, (_, back) => dayBefore(today, back))
  const named = [words.today, words.yesterday]
  return days
    .filter((day) => day >= oldest)
    .map((id, back) => ({ id, name: [named[back], dayText(id)].filter((part) => part !== undefined).join(', ') }))
}

/**
 * How long ago it may have been, by the policy of the site: in minutes, and the same in days and hours.
 * @param {number} ageMaxMs
 */
function longestAgo(ageMaxMs) {
  return {
    minutes: Math.floor(ageMaxMs / MINUTE_MS),
    days: Math.floor(ageMaxMs / DAY_MS),
    hours: Math.floor((ageMaxMs % DAY_MS) / HOUR_MS),
  }
}

/**
 * The note, or `undefined` where nothing in it names a vehicle.
 * @param {Note} note
 * @param {Filled} form
 * @param {number} nowMs
 * @param {string} zone of the site: times of day are by its clock
 * @returns {{ readonly lane: string, readonly body: LateBody } | undefined}
 */
export function lateNoteOf({ kind, ticket, was }, { texts, numbers }, nowMs, zone) {
  const { plate, vehicleClass } = texts
  const { cash, minutesAgo } = numbers
  const isWithTicket = ticket !== undefined && texts['withTicket'] !== 'no'
  if (!isWithTicket && plate === undefined) return undefined
  const { day, time } = texts
  const onPaper = day === undefined || time === undefined ? undefined : momentAt(day, time, zone)
  const since = onPaper ?? (minutesAgo === undefined ? was?.body.occurredAt : undefined)
  return {
    lane: texts['lane'] ?? '',
    body: {
      kind,
      occurredAt: since ?? nowMs - (minutesAgo ?? 0) * MINUTE_MS,
      reason: texts['reason'] ?? '',
      ...(isWithTicket ? { ticket } : {}),
      ...(plate === undefined ? {} : { plate }),
      ...(vehicleClass === undefined ? {} : { vehicleClass }),
      ...(cash === undefined ? {} : { cash, tender: texts['tender'] === 'cash-on-behalf' ? 'cash-on-behalf' : 'cash' }),
    },
  }
}

/**
 * Whose ticket goes with a note, in what stands on it and what a driver can say.
 * @param {string} text
 * @param {Said} said
 */
export function ticketLine(text, { words, moment }) {
  const tag = ticketTag(text)
  if (tag === undefined) return words.ticketAttached
  return `${words.ticketAttached}: ${filled(words.ticketOf, { time: moment(tag.enteredAtMs), digits: tag.digits })}`
}

/**
 * @param {string} ticket
 * @param {Said} said
 * @returns {Field}
 */
function whetherWithTicket(ticket, said) {
  return {
    kind: 'choice',
    name: 'withTicket',
    label: said.words.ticket,
    choices: [
      { id: 'yes', name: ticketLine(ticket, said) },
      { id: 'no', name: said.words.ticketLeftOut },
    ],
  }
}

/**
 * @param {LateBody | undefined} before
 * @param {Said} said
 * @returns {readonly Field[]}
 */
function cashFields(before, { words }) {
  return [
    {
      kind: 'amount',
      name: 'cash',
      label: words.amount,
      help: words.amountOptional,
      isOptional: true,
      ...(before?.cash === undefined ? {} : { chosen: String(before.cash) }),
    },
    {
      kind: 'choice',
      name: 'tender',
      label: words.tender,
      choices: [
        { id: 'cash', name: words.cash },
        { id: 'cash-on-behalf', name: words.cashOnBehalf },
      ],
      ...(before?.tender === undefined ? {} : { chosen: before.tender }),
    },
  ]
}
