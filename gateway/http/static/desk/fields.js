/**
 * What an act asks of whoever does it, as a form.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Said } from './said.js'
 *
 * What stands in every field of the form, by the fields' names.
 * @typedef {Readonly<Record<string, string>>} Given
 *
 * `chosen` stands there from the start. `when`: it is asked only where another field has this value. `whole` is a whole number, both ends among them, and `said` says it back. `time` is a time of day; what it means, and whether it can be, it finds out with the other fields. `share` is per cent, read as basis points.
 * @typedef {{ readonly name: string, readonly label: string, readonly help?: string, readonly isOptional?: boolean, readonly chosen?: string, readonly when?: { readonly name: string, readonly is: string } } & (
 *   | { readonly kind: 'text', readonly charactersMax: number, readonly isId?: true }
 *   | { readonly kind: 'reason' | 'count' | 'share' }
 *   | { readonly kind: 'amount', readonly mayBeZero?: boolean }
 *   | { readonly kind: 'whole', readonly from: number, readonly upTo: number, said(value: number): string }
 *   | { readonly kind: 'time', said(time: string, given: Given): string, fault(time: string, given: Given): string | undefined }
 *   | { readonly kind: 'choice', readonly choices: readonly { readonly id: string, readonly name: string }[] }
 * )} Field
 *
 * `texts` and `numbers` by the fields' names; what was left empty is in neither. `lines` say it all back.
 * @typedef {{ readonly texts: Readonly<Record<string, string>>, readonly numbers: Readonly<Record<string, number>>, readonly lines: readonly string[] }} Filled
 */

import { readAmount, readCount, readShare, readWhole } from './amount.js'
import { h } from './dom.js'
import { filled } from './said.js'

/** Of what an id may be made (gateway/http/parking/fields.ts): no letter with an accent. */
const IDS = /^[A-Za-z0-9._:~-]+$/

/**
 * @param {readonly Field[]} fields
 * @param {DeskData} data
 * @param {Said} said
 */
export function createForm(fields, data, said) {
  const inputs = fields.map((field) => inputOf(field, data, said))
  /** @param {Field} field */
  const isAsked = ({ when }) =>
    when === undefined || inputs.some(({ field, control }) => field.name === when.name && control.value === when.is)
  const showAsked = () => {
    for (const { field, node } of inputs) node.hidden = !isAsked(field)
  }
  /** @returns {Given} */
  const given = () => Object.fromEntries(inputs.map(({ field, control }) => [field.name, control.value.trim()]))
  for (const { control, complain } of inputs) {
    control.addEventListener('change', showAsked)
    control.addEventListener('input', () => {
      // What was wrong is being mended.
      complain('')
      for (const { echo } of inputs) echo(given())
    })
  }
  showAsked()
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
        if (!isAsked(field)) continue
        const text = control.value.trim()
        const fault = faultOf(field, text, given(), data, said)
        complain(fault ?? '')
        if (fault !== undefined) wrong ??= control
        if (fault !== undefined || text === '') continue
        const number = numberOf(field, text, data)
        if (number === undefined) texts[field.name] = text
        else numbers[field.name] = number
        lines.push(`${field.label}: ${shown(given())}`)
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
  const output = h('output', { class: 'echo', for: id })
  /** @param {Given} given */
  const shown = (given) => shownAs(field, control.value.trim(), given, data, said)
  return {
    field,
    control,
    shown,
    /**
     * What was typed, said back beside it where it may be taken for something else.
     * @param {Given} given
     */
    echo(given) {
      if (field.kind !== 'amount' && field.kind !== 'whole' && field.kind !== 'time') return
      const text = control.value.trim()
      const isRight = text !== '' && faultOf(field, text, given, data, said) === undefined
      output.textContent = isRight ? `= ${shown(given)}` : ''
    },
    node: h(
      'div',
      { class: 'field' },
      h('label', { for: id }, field.label),
      control,
      output,
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
  const common = {
    id,
    name: field.name,
    value: field.chosen,
    'aria-describedby': `${id}-help ${id}-wrong`,
    autocomplete: 'off',
  }
  switch (field.kind) {
    case 'choice': {
      const options = field.choices.map(({ id: value, name }) =>
        h('option', { value, selected: value === field.chosen }, name),
      )
      return h(
        'select',
        { ...common, value: undefined },
        field.isOptional === true && h('option', { value: '' }, '–'),
        options,
      )
    }
    case 'amount':
    case 'count':
    case 'whole':
      return h('input', { ...common, type: 'text', inputmode: 'numeric', maxlength: '24' })
    case 'time':
      return h('input', { ...common, type: 'time' })
    case 'share':
      return h('input', { ...common, type: 'text', inputmode: 'decimal', maxlength: '6' })
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
 * What is wrong with it, in words; `undefined` where nothing is.
 * @param {Field} field
 * @param {string} text
 * @param {Given} given
 * @param {DeskData} data
 * @param {Said} said
 * @returns {string | undefined}
 */
function faultOf(field, text, given, data, { words }) {
  if (text === '') return field.isOptional === true ? undefined : words.needed
  switch (field.kind) {
    case 'amount': {
      const read = readAmount(text, data.amountMax, field.mayBeZero)
      return read.ok ? undefined : words[read.why]
    }
    case 'count':
      return readCount(text) === undefined ? words.countWrong : undefined
    case 'whole':
      return readWhole(text, field) === undefined
        ? filled(words.wholeWrong, { from: field.from, upTo: field.upTo })
        : undefined
    case 'share':
      return readShare(text) === undefined ? words.shareWrong : undefined
    case 'time':
      return field.fault(text, given)
    case 'text':
      return field.isId === true && !IDS.test(text) ? words.idWrong : undefined
    case 'reason':
    case 'choice':
      return undefined
  }
}

/**
 * `undefined` for a field that is no number.
 * @param {Field} field
 * @param {string} text
 * @param {DeskData} data
 */
function numberOf(field, text, data) {
  switch (field.kind) {
    case 'amount': {
      const read = readAmount(text, data.amountMax, field.mayBeZero)
      return read.ok ? read.amount : undefined
    }
    case 'count':
      return readCount(text)
    case 'whole':
      return readWhole(text, field)
    case 'share':
      return readShare(text)
    case 'time':
    case 'text':
    case 'reason':
    case 'choice':
      return undefined
  }
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {Given} given
 * @param {DeskData} data
 * @param {Said} said
 */
function shownAs(field, text, given, data, said) {
  const number = numberOf(field, text, data)
  if (field.kind === 'choice') return field.choices.find(({ id }) => id === text)?.name ?? text
  if (field.kind === 'amount' && number !== undefined) return said.amount(number)
  if (field.kind === 'whole' && number !== undefined) return field.said(number)
  if (field.kind === 'time') return field.said(text, given)
  return field.kind === 'share' ? `${text} %` : text
}
