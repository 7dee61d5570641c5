/**
 * Checking a ticket on this phone, with the keys that it fetched while the box answered.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Box } from './box.js'
 * @import { Kept } from './kept.js'
 * @import { Said } from './said.js'
 * @import { TicketKey, TicketRead } from './ticket.js'
 */

import { codeOn } from './camera.js'
import { h } from './dom.js'
import { fits } from './ed25519.js'
import { filled } from './said.js'
import { readTicket, ticketKeyOf, ticketTag } from './ticket.js'

const KEYS = 'keys'

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, readonly kept: Kept, note(kind: 'let-in' | 'let-out', ticket: TicketRead | undefined): void }} parts */
export function createTicketsView({ data, said, box, kept, note }) {
  const { words } = said
  const {
    site,
    client: { isTraining },
  } = data
  let { keys, fetchedAtMs } = keptKeys(kept.read(KEYS))
  /** @type {TicketRead | undefined} */
  let last

  const keysLine = h('p', { class: 'muted', id: 'ticket-keys' })
  const result = h('div', { id: 'ticket-result', 'aria-live': 'assertive' })
  const text = h('textarea', {
    id: 'ticket-text',
    rows: '3',
    maxlength: '4096',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  })
  const picture = h('input', {
    id: 'ticket-picture',
    class: 'unseen',
    type: 'file',
    accept: 'image/*',
    capture: 'environment',
    change: () => void photographed(),
  })
  const node = h(
    'section',
    { class: 'panel', id: 'tickets', 'aria-labelledby': 'tickets-title' },
    h('h2', { id: 'tickets-title' }, words.checkTicket),
    h('p', {}, words.checkTicketHelp),
    picture,
    h('label', { for: 'ticket-picture', class: 'button' }, words.photograph),
    h(
      'form',
      {
        submit: (event) => {
          event.preventDefault()
          check(text.value)
        },
      },
      h('label', { for: 'ticket-text' }, words.ticketText),
      text,
      h('button', { type: 'submit', id: 'ticket-check' }, words.check),
    ),
    result,
    keysLine,
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', id: 'note-in', click: () => note('let-in', last) }, words.letIn),
      h('button', { type: 'button', id: 'note-out', click: () => note('let-out', last) }, words.letOut),
    ),
  )
  sayKeys()

  async function photographed() {
    const [file] = picture.files ?? []
    if (file === undefined) return
    result.replaceChildren(h('p', { role: 'status' }, words.reading))
    const code = await codeOn(file)
    picture.value = ''
    if (code === undefined) result.replaceChildren(h('div', { class: 'state warn' }, h('p', {}, words.noCode)))
    else check(code)
  }

  /** @param {string} shown */
  function check(shown) {
    last = readTicket(shown, { keys, site, isTraining, nowMs: Date.now(), verify: fits })
    result.replaceChildren(card(last))
    result.scrollIntoView({ block: 'nearest' })
  }

  /** @param {TicketRead} read */
  function card(read) {
    const { level, headline, help } = saysOf(read, words, isTraining)
    const digits = 'says' in read ? ticketTag(read.text)?.digits : undefined
    return h(
      'div',
      { class: `state ${level}`, role: 'alert' },
      h('h3', {}, `${level === 'good' ? '✓' : '✕'} ${headline}`),
      h('p', {}, help),
      'says' in read &&
        h(
          'dl',
          { class: 'facts' },
          fact(words.timeIn, said.moment(read.says.enteredAtMs)),
          fact(words.howLong, said.age(Date.now() - read.says.enteredAtMs)),
          fact(words.lane, said.lane(read.says.lane)),
          read.says.vehicleClass !== null && fact(words.vehicleClass, said.vehicleClass(read.says.vehicleClass)),
          digits !== undefined && fact(words.ticketDigits, digits),
          fact(words.stay, read.says.session),
        ),
    )
  }

  function sayKeys() {
    keysLine.textContent =
      keys.length === 0 || fetchedAtMs === null
        ? words.noKeys
        : filled(words.keysOf, { count: keys.length, time: said.moment(fetchedAtMs) })
    keysLine.className = keys.length === 0 ? 'warn' : 'muted'
  }

  return {
    node,
    /** At every sign-in, and whenever the box is back: a key may have been changed. */
    async fetchKeys() {
      const answer = await box.ask({ method: 'GET', path: '/v1/ticket-keys' })
      if (answer.kind !== 'done') return
      const listed = JSON.stringify({ fetchedAtMs: Date.now(), answer: answer.body })
      const fresh = keptKeys(listed)
      if (fresh.keys.length === 0) return
      keys = fresh.keys
      fetchedAtMs = fresh.fetchedAtMs
      kept.write(KEYS, listed)
      sayKeys()
    },
    /** The next vehicle is another one. */
    forget() {
      last = undefined
      text.value = ''
      result.replaceChildren()
    },
  }
}

/**
 * @param {string} term
 * @param {string} value
 */
function fact(term, value) {
  return h('div', {}, h('dt', {}, term), h('dd', {}, value))
}

/**
 * @param {TicketRead} read
 * @param {Said['words']} words
 * @param {boolean} isTraining
 * @returns {{ readonly level: 'good' | 'warn' | 'bad', readonly headline: string, readonly help: string }}
 */
function saysOf({ kind }, words, isTraining) {
  switch (kind) {
    case 'genuine':
      return { level: 'good', headline: words.ticketGenuine, help: words.ticketGenuineHelp }
    case 'expired':
      return { level: 'warn', headline: words.ticketExpired, help: words.ticketExpiredHelp }
    case 'not-yet':
      return { level: 'warn', headline: words.ticketNotYet, help: words.ticketNotYetHelp }
    case 'forged':
      return { level: 'bad', headline: words.ticketForged, help: words.ticketForgedHelp }
    case 'other-site':
      return { level: 'bad', headline: words.ticketOtherSite, help: words.ticketOtherSiteHelp }
    case 'other-mode':
      return isTraining
        ? { level: 'bad', headline: words.ticketNotPractice, help: words.ticketNotPracticeHelp }
        : { level: 'bad', headline: words.ticketPractice, help: words.ticketPracticeHelp }
    case 'unknown-key':
      return { level: 'bad', headline: words.ticketUnknownKey, help: words.ticketUnknownKeyHelp }
    case 'not-a-ticket':
      return { level: 'bad', headline: words.ticketNone, help: words.ticketNoneHelp }
  }
}

/**
 * @param {string | null} text
 * @returns {{ readonly keys: readonly TicketKey[], readonly fetchedAtMs: number | null }}
 */
function keptKeys(text) {
  try {
    const { fetchedAtMs, answer } = JSON.parse(text ?? '{}')
    const listed = Array.isArray(answer?.keys) ? answer.keys : []
    const keys = listed.map(ticketKeyOf).filter((/** @type {TicketKey | undefined} */ key) => key !== undefined)
    return { keys, fetchedAtMs: typeof fetchedAtMs === 'number' ? fetchedAtMs : null }
  } catch {
    return { keys: [], fetchedAtMs: null }
  }
}
