/**
 * What an act asks of whoever does it, as a form.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Said } from './said.js'
 *
 * @typedef {{ readonly name: string, readonly label: string, readonly help?: string, readonly isOptional?: boolean } & (
 *   | { readonly kind: 'text', readonly charactersMax: number }
 *   | { readonly kind: 'reason' | 'amount' | 'count' }
 *   | { readonly kind: 'choice', readonly choices: readonly { readonly id: string, readonly name: string }[], readonly chosen?: string }
 * )} Field
 *
 * `texts` and `numbers` by the fields' names; what was left empty is in neither. `lines` say it all back.
 * @typedef {{ readonly texts: Readonly<Record<string, string>>, readonly numbers: Readonly<Record<string, number>>, readonly lines: readonly string[] }} Filled
 */

import { readAmount, readCount } from './amount.js'
import { h } from './dom.js'

/**
 * @param {readonly Field[]} fields
 * @param {DeskData} data
 * @param {Said} said
 */
export function createForm(fields, data, said) {
  const inputs = fields.map((field) => inputOf(field, data, said))
  return {
    nodes: inputs.map(({ node }) => node),
    /**
     * All that was filled in, or `undefined` where something is not right: then it says so at its place.
     * @returns {Filled | undefined}
     */
    read() {
      /** @type {Record<string, string>} */
      const texts = {}
      /** @type {Record<string, number>} */
      const numbers = {}
      /** @type {string[]} */
      const lines = []
      /** @type {HTMLElement | undefined} */
      let wrong
      for (const { field, control, shown, complain } of inputs) {
        const text = control.value.trim()
        const fault = faultOf(field, text, data)
        complain(fault === undefined ? '' : said.words[fault])
        if (fault !== undefined) wrong ??= control
        if (fault !== undefined || text === '') continue
        const number = numberOf(field, text, data)
        if (number === undefined) texts[field.name] = text
        else numbers[field.name] = number
        lines.push(`${field.label}: ${shown()}`)
      }
      wrong?.focus()
      return wrong === undefined ? { texts, numbers, lines } : undefined
    },
  }
}

/**
 * @param {Field} field
 * @param {DeskData} data
 * @param {Said} said
 */
function inputOf(field, data, said) {
  const id = `field-${field.name}`
  const wrong = h('p', { class: 'bad', id: `${id}-wrong`, role: 'alert' })
  const help = h('p', { class: 'muted', id: `${id}-help` }, field.help)
  const control = controlOf(field, id, data)
  const echo = h('output', { class: 'echo', for: id })
  const shown = () => shownAs(field, control.value.trim(), data, said)
  if (field.kind === 'amount') {
    control.addEventListener('input', () => {
      echo.textContent = readAmount(control.value, data.amountMax).ok ? `= ${shown()}` : ''
    })
  }
  return {
    field,
    control,
    shown,
    node: h(
      'div',
      { class: 'field' },
      h('label', { for: id }, field.label),
      control,
      echo,
      help,
      wrong,
      ...listOf(field, id, said),
    ),
    /** @param {string} says */
    complain(says) {
      wrong.textContent = says
      control.setAttribute('aria-invalid', String(says !== ''))
    },
  }
}

/**
 * @param {Field} field
 * @param {string} id
 * @param {DeskData} data
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function controlOf(field, id, data) {
  const common = { id, name: field.name, 'aria-describedby': `${id}-help ${id}-wrong`, autocomplete: 'off' }
  switch (field.kind) {
    case 'choice': {
      const options = field.choices.map(({ id: value, name }) =>
        h('option', { value, selected: value === field.chosen }, name),
      )
      return h('select', common, field.isOptional === true && h('option', { value: '' }, '–'), options)
    }
    case 'amount':
    case 'count':
      return h('input', { ...common, type: 'text', inputmode: 'numeric', maxlength: '24' })
    case 'reason':
      return h('input', { ...common, type: 'text', maxlength: String(data.reasonCharactersMax), list: `${id}-list` })
    case 'text':
      return h('input', {
        ...common,
        type: 'text',
        maxlength: String(field.charactersMax),
        autocapitalize: 'characters',
        spellcheck: 'false',
      })
  }
}

/**
 * What is said most often is there to be picked: nobody types a sentence in the rain.
 * @param {Field} field
 * @param {string} id
 * @param {Said} said
 */
function listOf(field, id, said) {
  if (field.kind !== 'reason') return []
  return [
    h(
      'datalist',
      { id: `${id}-list` },
      said.words.reasons.split('|').map((value) => h('option', { value })),
    ),
  ]
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {DeskData} data
 * @returns {'needed' | 'amountWrong' | 'amountZero' | 'amountTooLarge' | 'countWrong' | undefined}
 */
function faultOf(field, text, data) {
  if (text === '') return field.isOptional === true ? undefined : 'needed'
  if (field.kind === 'amount') {
    const read = readAmount(text, data.amountMax)
    return read.ok ? undefined : read.why
  }
  return field.kind === 'count' && readCount(text) === undefined ? 'countWrong' : undefined
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {DeskData} data
 */
function numberOf(field, text, data) {
  if (field.kind === 'count') return readCount(text)
  if (field.kind !== 'amount') return undefined
  const read = readAmount(text, data.amountMax)
  return read.ok ? read.amount : undefined
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {DeskData} data
 * @param {Said} said
 */
function shownAs(field, text, data, said) {
  if (field.kind === 'choice') return field.choices.find(({ id }) => id === text)?.name ?? text
  const number = field.kind === 'amount' ? numberOf(field, text, data) : undefined
  return number === undefined ? text : said.amount(number)
}
