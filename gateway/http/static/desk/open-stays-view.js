/**
 * Who stands in the car park, the longest first: a page at a time, when somebody asks. It is as of then, and says so.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Answer, Box } from './box.js'
 * @import { Said } from './said.js'
 * @import { OpenStays } from './wire.js'
 */

import { h } from './dom.js'
import { filled } from './said.js'

export const STAYS_A_PAGE = 30
/** The box reads a page and then leaves out whom this client does not tend: so many empty ones are passed over at a time. */
const EMPTY_PAGES_MAX = 10

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, showStay(session: string): void }} parts */
export function createOpenStaysView({ data, said, box, showStay }) {
  const { words } = said
  const place = h(
    'select',
    { id: 'stays-place' },
    h('option', { value: '' }, words.everywhere),
    data.places.map(({ id, name }) => h('option', { value: id }, name)),
  )
  const result = h('div', { id: 'stays', 'aria-live': 'polite' })
  const look = h('button', { type: 'submit', id: 'stays-look' }, words.listStays)
  const node = h(
    'section',
    { class: 'panel', 'aria-labelledby': 'stays-title' },
    h('h2', { id: 'stays-title' }, words.openStays),
    h(
      'form',
      {
        submit: (event) => {
          event.preventDefault()
          void list(null)
        },
      },
      h('label', { for: 'stays-place' }, words.place),
      place,
      h('p', { class: 'muted' }, words.openStaysHelp),
      look,
    ),
    result,
  )

  /** @param {string | null} after */
  const list = async (after) => {
    look.disabled = true
    result.replaceChildren(h('p', { role: 'status' }, words.sending))
    const answer = await pageAfter(place.value, after)
    look.disabled = false
    result.replaceChildren(...shown(answer, after !== null))
  }

  /**
   * The first page on which somebody stands whom this client tends.
   * @param {string} of
   * @param {string | null} after
   * @returns {Promise<Answer>}
   */
  const pageAfter = async (of, after) => {
    let from = after
    for (let n = 1; ; n += 1) {
      const query = new URLSearchParams({
        order: 'oldest',
        limit: String(STAYS_A_PAGE),
        ...(of === '' ? {} : { place: of }),
        ...(from === null ? {} : { after: from }),
      })
      const answer = await box.ask({ method: 'GET', path: `/v1/sessions?${query}` })
      if (answer.kind !== 'done') return answer
      const { sessions, next } = /** @type {OpenStays} */ (answer.body)
      if (sessions.length > 0 || next === null || n >= EMPTY_PAGES_MAX) return answer
      from = next
    }
  }

  /**
   * @param {Answer} answer
   * @param {boolean} isLater
   * @returns {readonly Node[]}
   */
  const shown = (answer, isLater) => {
    if (answer.kind === 'refused')
      return [
        h('div', { class: 'state bad', role: 'alert' }, h('h3', {}, `✕ ${answer.title}`), h('p', {}, answer.detail)),
      ]
    if (answer.kind !== 'done') return [h('div', { class: 'state warn', role: 'alert' }, h('h3', {}, words.noAnswer))]
    const { sessions, next } = /** @type {OpenStays} */ (answer.body)
    return [
      h('p', { class: 'muted' }, filled(words.asOf, { time: said.time(Date.now()) })),
      sessions.length === 0 ? h('p', {}, words.nobodyStands) : h('ol', { class: 'found' }, sessions.map(row)),
      h(
        'div',
        { class: 'buttons' },
        next !== null &&
          h(
            'button',
            { type: 'button', class: 'quiet', id: 'stays-next', click: () => void list(next) },
            words.staysNext,
          ),
        isLater && h('button', { type: 'button', class: 'quiet', click: () => void list(null) }, words.staysFirst),
      ),
    ]
  }

  /** @param {OpenStays['sessions'][number]} stay */
  const row = (stay) => {
    const forMs = Date.now() - stay.entry.at
    const isLong = data.stayMaxMs !== null && forMs > data.stayMaxMs
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: `quiet stay ${isLong ? 'danger' : ''}`, click: () => showStay(stay.id) },
        h('b', {}, `${said.age(forMs)} · ${said.vehicleClass(stay.vehicleClass)}`),
        h('span', {}, [said.moment(stay.entry.at), said.lane(stay.entry.lane), said.place(stay.place)].join(' · ')),
        isLong && h('b', {}, `⚠ ${filled(words.stayTooLong, { age: said.age(data.stayMaxMs ?? 0) })}`),
      ),
    )
  }

  return { node }
}
