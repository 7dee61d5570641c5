/**
 * What waits for somebody, how full it is, what a pass costs, and the emergency.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { ActDialog } from './act-dialog.js'
 * @import { Acts } from './acts.js'
 * @import { PicturesView } from './pictures-view.js'
 * @import { Said } from './said.js'
 * @import { Case, Occupancy, PassOnOffer } from './wire.js'
 */

import { drawnWhenChanged, h } from './dom.js'
import { filled } from './said.js'

/** @param {{ readonly data: DeskData, readonly said: Said, readonly acts: Acts, readonly dialog: ActDialog, readonly pictures: PicturesView, showStay(session: string): void }} parts */
export function createParkView({ data, said, acts, dialog, pictures, showStay }) {
  const { words } = said
  const caseList = h('div', { class: 'stack' })
  const spaceList = h('div', {})
  const passList = h('div', {})
  const reckoningList = h('div', {})
  const drawCases = drawnWhenChanged(caseList)
  const drawSpaces = drawnWhenChanged(spaceList)
  const drawPasses = drawnWhenChanged(passList)
  const drawReckonings = drawnWhenChanged(reckoningList)

  /** @param {Case} one */
  const caseCard = (one) => {
    const of = data.cases[one.kind]
    const where = one.lane === null ? '' : ` · ${said.lane(one.lane)}`
    const { session } = one
    return h(
      'article',
      { class: 'lane' },
      h('h3', {}, of?.short ?? one[data.language]),
      h('p', { class: 'muted' }, `${said.moment(one.openedAt)}${where}`),
      h('p', {}, of?.help),
      pictures.place(one),
      h(
        'div',
        { class: 'buttons' },
        session && h('button', { type: 'button', class: 'quiet', click: () => showStay(session) }, words.showStay),
        // Its price ends it, and nobody's word.
        one.kind !== 'not-reckoned' &&
          data.may.endCase &&
          h(
            'button',
            {
              type: 'button',
              id: `case-${one.id}`,
              class: 'quiet',
              click: () => dialog.open(acts.endCase(one.id, `${of?.short ?? one[data.language]}${where}`)),
            },
            words.endCase,
          ),
      ),
    )
  }

  /** @param {Case} one */
  const reckoningRow = (one) => {
    const { session } = one
    const where = one.lane === null ? '' : ` · ${said.lane(one.lane)}`
    const shown = `${said.moment(one.openedAt)}${where}`
    return h(
      'li',
      {},
      h('span', {}, shown),
      // Settling it is refused until it has left.
      one.isStayOver === false && h('p', { class: 'muted' }, words.reckonInside),
      session &&
        h(
          'div',
          { class: 'buttons' },
          h('button', { type: 'button', class: 'quiet', click: () => showStay(session) }, words.showStay),
          one.isStayOver !== false &&
            h(
              'button',
              { type: 'button', id: `reckon-${one.id}`, click: () => dialog.open(acts.reckon(session, shown)) },
              words.reckon,
            ),
        ),
    )
  }

  /** @param {Occupancy} one */
  const spaceRow = (one) => {
    const shown = `${one.name}, ${said.vehicleClass(one.vehicleClass)}`
    const state = one.state === 'full' ? ` · ${words.full}` : one.state === 'few' ? ` · ${words.few}` : ''
    return h(
      'li',
      {},
      h('span', {}, shown),
      ' ',
      h(
        'b',
        { class: one.state === 'full' ? 'bad' : '' },
        `${filled(words.countOf, { count: one.count, free: one.free })}${state}`,
      ),
      data.may.correctOccupancy &&
        h(
          'button',
          {
            type: 'button',
            class: 'quiet',
            click: () => dialog.open(acts.correctCount(one.place, one.vehicleClass, shown)),
          },
          words.correctCount,
        ),
    )
  }

  const covers = {
    day: words.passByDay,
    night: words.passByNight,
    'day-and-night': words.passDayAndNight,
  }

  /** @param {PassOnOffer} one */
  const passRow = (one) => {
    const hours = one.covers === 'day-and-night' ? [] : one.hours.map(hoursText)
    const shown = [
      one.name[data.language],
      said.vehicleClass(one.vehicleClass),
      filled(words.passMonths, { n: one.months }),
      [covers[one.covers], ...hours].join(' '),
      one.places.map(said.place).join(', '),
    ]
    return h(
      'li',
      {},
      h('span', {}, shown.join(' · ')),
      ' ',
      h('b', {}, said.money(one.price)),
      h(
        'button',
        { type: 'button', class: 'quiet', click: () => dialog.open(acts.sellPass(one, shown.join(' · '))) },
        words.sellPass,
      ),
      data.may.sellRenewal &&
        h(
          'button',
          { type: 'button', class: 'quiet', click: () => dialog.open(acts.renewPass(one, shown.join(' · '))) },
          words.renewPass,
        ),
    )
  }

  return {
    cases: h(
      'section',
      { class: 'panel', 'aria-labelledby': 'cases-title' },
      h('h2', { id: 'cases-title' }, words.cases),
      caseList,
    ),
    /** For whoever may say what a stay cost. */
    reckonings:
      data.may.reckonSession &&
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'reckonings-title' },
        h('h2', { id: 'reckonings-title' }, words.reckonings),
        h('p', { class: 'muted' }, words.reckoningsHelp),
        reckoningList,
      ),
    spaces: h(
      'section',
      { class: 'panel', 'aria-labelledby': 'spaces-title' },
      h('h2', { id: 'spaces-title' }, words.occupancy),
      spaceList,
    ),
    /** For who may sell one. */
    passes:
      data.may.sellPass &&
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'passes-title' },
        h('h2', { id: 'passes-title' }, words.passes),
        h('p', { class: 'muted' }, words.passesHelp),
        passList,
        data.may.refundCharge &&
          h(
            'button',
            { type: 'button', class: 'quiet', id: 'refund-pass', click: () => dialog.open(acts.refundPass()) },
            words.refundPass,
          ),
      ),
    emergency:
      data.may.declareEmergency &&
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'emergency-title' },
        h('h2', { id: 'emergency-title' }, words.emergency),
        h('p', {}, words.emergencyHelp),
        h(
          'div',
          { class: 'buttons' },
          h(
            'button',
            { type: 'button', class: 'danger', click: () => dialog.open(acts.emergency(true)) },
            words.emergencyOn,
          ),
          h(
            'button',
            { type: 'button', class: 'quiet', click: () => dialog.open(acts.emergency(false)) },
            words.emergencyOff,
          ),
        ),
      ),
    /** @param {readonly Case[]} cases */
    showCases(cases) {
      pictures.keepOnly(cases)
      drawCases(cases, () => (cases.length === 0 ? [h('p', { class: 'muted' }, words.noCases)] : cases.map(caseCard)))
    },
    /**
     * @param {readonly Case[]} cases
     * @param {boolean} isWhole
     */
    showReckonings(cases, isWhole) {
      drawReckonings({ cases, isWhole }, () => [
        cases.length === 0
          ? h('p', { class: 'muted' }, words.reckoningsNone)
          : h('ul', { class: 'spaces', id: 'reckonings' }, cases.map(reckoningRow)),
        ...(isWhole ? [] : [h('p', { class: 'warn' }, words.reckoningsMore)]),
      ])
    },
    /** @param {readonly Occupancy[]} spaces */
    showSpaces(spaces) {
      drawSpaces(spaces, () => [h('ul', { class: 'spaces' }, spaces.map(spaceRow))])
    },
    /** @param {readonly PassOnOffer[]} passes */
    showPasses(passes) {
      drawPasses(passes, () =>
        passes.length === 0
          ? [h('p', { class: 'muted' }, words.passesNone)]
          : [h('ul', { class: 'spaces', id: 'passes' }, passes.map(passRow))],
      )
    },
  }
}

/**
 * `06:00–18:00`, in minutes of the site's day.
 * @param {PassOnOffer['hours'][number]} hours
 */
function hoursText({ fromMinute, toMinute }) {
  return [fromMinute, toMinute]
    .map((minute) => [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':'))
    .join('–')
}
