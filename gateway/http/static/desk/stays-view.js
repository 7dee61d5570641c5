/**
 * Finding a stay by a part of its plate, and what staff do with one.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { ActDialog } from './act-dialog.js'
 * @import { Acts } from './acts.js'
 * @import { Answer, Box } from './box.js'
 * @import { Said } from './said.js'
 * @import { FoundPlates, Lane, Quote, Session } from './wire.js'
 */

import { newKey } from './box.js'
import { h } from './dom.js'
import { filled } from './said.js'

const PLATE_CHARACTERS_MAX = 40

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, readonly acts: Acts, readonly dialog: ActDialog, lanes(): readonly Lane[], waits(session: string): boolean }} parts `waits`: for its price. */
export function createStaysView({ data, said, box, acts, dialog, lanes, waits }) {
  const { words } = said
  const result = h('div', { id: 'found', 'aria-live': 'polite' })
  const open = h('div', { id: 'open-stay' })
  const forLane = h('p', { class: 'warn', role: 'status' })
  const plate = h('input', {
    id: 'plate',
    name: 'plate',
    type: 'text',
    maxlength: String(PLATE_CHARACTERS_MAX),
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    'aria-describedby': 'plate-help',
  })
  const look = h('button', { type: 'submit', id: 'look' }, words.look)
  const node = h(
    'section',
    { class: 'panel', 'aria-labelledby': 'find-title' },
    h('h2', { id: 'find-title' }, words.find),
    forLane,
    h(
      'form',
      {
        submit: (event) => {
          event.preventDefault()
          void search()
        },
      },
      h('label', { for: 'plate' }, words.plate),
      plate,
      h('p', { class: 'muted', id: 'plate-help' }, words.findHelp),
      look,
    ),
    result,
    open,
  )
  /** @type {string | undefined} */
  let shownStay
  /** @type {string | undefined} */
  let plateShown

  const search = async () => {
    look.disabled = true
    result.replaceChildren(h('p', {}, words.sending))
    const answer = await box.ask({
      method: 'POST',
      path: '/v1/sessions/search',
      body: { plate: plate.value.trim() },
      key: newKey(),
    })
    look.disabled = false
    if (answer.kind !== 'done') return result.replaceChildren(notDone(answer))
    const { found, isWhole } = /** @type {FoundPlates} */ (answer.body)
    return result.replaceChildren(
      ...(found.length === 0 ? [h('p', {}, words.nothingFound)] : []),
      h(
        'ul',
        { class: 'found' },
        found.map((each) =>
          h(
            'li',
            {},
            h(
              'button',
              { type: 'button', class: 'quiet', click: () => void show(each.id, each.plate) },
              `${each.plate} · ${said.vehicleClass(each.vehicleClass)} · ${said.moment(each.entry.at)}${each.owes ? ` · ${words.owes}` : ''}`,
            ),
          ),
        ),
      ),
      ...(isWhole ? [] : [h('p', { class: 'muted' }, words.notWhole)]),
    )
  }

  /**
   * @param {string} session
   * @param {string} [fullPlate]
   */
  const show = async (session, fullPlate) => {
    shownStay = session
    plateShown = fullPlate
    await draw()
    open.scrollIntoView({ block: 'nearest' })
  }

  const draw = async () => {
    const id = shownStay
    if (id === undefined) return open.replaceChildren()
    const path = `/v1/sessions/${encodeURIComponent(id)}`
    const [stay, quote] = await Promise.all([
      box.ask({ method: 'GET', path }),
      box.ask({ method: 'GET', path: `${path}/quote` }),
    ])
    // Another one was opened meanwhile.
    if (id !== shownStay) return undefined
    if (stay.kind !== 'done') return open.replaceChildren(notDone(stay))
    return open.replaceChildren(
      card(
        /** @type {Session} */ (stay.body),
        quote.kind === 'done' ? /** @type {Quote} */ (quote.body) : undefined,
        quote,
      ),
    )
  }

  /**
   * @param {Session} stay
   * @param {Quote | undefined} quote
   * @param {Answer} asked
   */
  const card = (stay, quote, asked) => {
    const { charge } = stay
    const name = plateShown ?? (stay.plateEnd === null ? stay.id : `…${stay.plateEnd}`)
    return h(
      'article',
      { class: 'lane' },
      h('h3', {}, `${words.stay}: ${name}`),
      h('p', {}, `${said.vehicleClass(stay.vehicleClass)} · ${said.place(stay.place)} · ${statusText(stay.status)}`),
      h('p', {}, filled(words.enteredAt, { time: said.moment(stay.entry.at), lane: said.lane(stay.entry.lane) })),
      quote && h('p', {}, `${words.amountDue}: `, h('b', { class: 'big' }, said.money(quote.due))),
      quote &&
        quote.debts !== null &&
        quote.debts.amount > 0 &&
        h('p', { id: 'debts' }, filled(words.owedBefore, { amount: said.money(quote.debts) })),
      quote &&
        h(
          'ul',
          { class: 'bill' },
          quote.explained[data.language].map((line) => h('li', {}, line)),
        ),
      quote === undefined && notDone(asked),
      charge &&
        h(
          'p',
          {},
          `${words.paidSoFar}: ${said.money(charge.paid)} · ${chargeText(charge.status, quote?.due.amount === 0)}`,
        ),
      charge &&
        charge.overpaid.amount > 0 &&
        h('p', { class: 'warn' }, filled(words.outcomeOverpaid, { amount: said.amount(charge.overpaid.amount) })),
      h('div', { class: 'buttons' }, buttonsOf(stay, quote, name)),
    )
  }

  /**
   * @param {Session} stay
   * @param {Quote | undefined} quote
   * @param {string} name
   */
  const buttonsOf = ({ id, charge }, quote, name) => {
    const { may } = data
    /**
     * @param {string} text
     * @param {() => void} press
     * @param {string} [look]
     */
    const button = (text, press, look = 'quiet') => h('button', { type: 'button', class: look, click: press }, text)
    const exits = lanes().filter(
      ({ direction, approach, visit }) => direction !== 'entry' && (approach || visit !== null),
    )
    return [
      ...(may.chooseSession
        ? exits.map((lane) =>
            button(
              filled(words.itIsAt, { lane: lane.name }),
              () => dialog.open(acts.chooseSession(lane.id, id, name)),
              '',
            ),
          )
        : []),
      may.askSession &&
        may.takeCash &&
        quote &&
        quote.due.amount > 0 &&
        button(words.takeCash, () => dialog.open(cashFor(id, name)), ''),
      may.takeCashWithoutPrice &&
        quote === undefined &&
        button(words.takeCashWithoutPrice, () => dialog.open(acts.takeCashWithoutPrice(id, name))),
      may.reckonSession && waits(id) && button(words.reckon, () => dialog.open(acts.reckon(id, name)), ''),
      // Of the office alone, as what a stay is reckoned by.
      may.reckonSession &&
        charge?.status === 'owed' &&
        button(words.debtOff, () => dialog.open(acts.takeOffDebt(id)), 'quiet danger'),
      may.askSession && button(words.askPrice, () => dialog.open(acts.askSession(id))),
      may.refundCharge &&
        charge &&
        charge.paid.amount + charge.overpaid.amount > 0 &&
        button(words.refund, () => dialog.open(acts.refund(charge.id, [name]))),
      may.validateSession && button(words.validate, () => dialog.open(acts.validate(id))),
      may.correctSession && button(words.changePlate, () => dialog.open(acts.changePlate(id))),
      may.correctSession && button(words.changeClass, () => dialog.open(acts.changeClass(id))),
      may.correctSession && button(words.passback, () => dialog.open(acts.resetPassback(id))),
      may.correctSession && button(words.close, () => dialog.open(acts.close(id)), 'quiet danger'),
      button(words.closeStay, () => {
        shownStay = undefined
        open.replaceChildren()
      }),
    ]
  }

  /**
   * Cash pays a charge: the price is asked first, and then taken.
   * @param {string} session
   * @param {string} name
   */
  const cashFor = (session, name) =>
    acts.askSession(session, (body) => {
      const outcome = /** @type {{ kind: string, charge?: string, due?: { amount: number, currency: string } }} */ (
        body
      )
      if (outcome.kind !== 'amount-asked' || outcome.charge === undefined || outcome.due === undefined) return
      dialog.open(acts.takeCash(outcome.charge, [name, `${words.amountDue}: ${said.money(outcome.due)}`]))
    })

  /** @param {Session['status']} status */
  const statusText = (status) =>
    ({
      entering: words.statusEntering,
      inside: words.statusInside,
      leaving: words.statusLeaving,
      left: words.statusLeft,
      void: words.statusVoid,
      closed: words.statusClosed,
    })[status]

  /**
   * `isCovered`: nothing is due now. A charge stays open until its vehicle leaves, for the stay goes on.
   *
   * @param {NonNullable<Session['charge']>['status']} status
   * @param {boolean} isCovered
   */
  const chargeText = (status, isCovered) =>
    ({
      open: isCovered ? words.statusPaid : words.statusOpen,
      paid: words.statusPaid,
      owed: words.statusOwed,
      cancelled: words.statusVoid,
      expired: words.statusVoid,
    })[status]

  /** @param {Answer} answer */
  const notDone = (answer) =>
    answer.kind === 'refused'
      ? h('div', { class: 'state bad', role: 'alert' }, h('h3', {}, `✕ ${answer.title}`), h('p', {}, answer.detail))
      : h('div', { class: 'state warn', role: 'alert' }, h('h3', {}, words.boxDead))

  return {
    node,
    show,
    /** After an act: the stay that is open looks different now. */
    refresh: () => void draw(),
    /** @param {string} lane */
    findFor(lane) {
      forLane.textContent = filled(words.findFor, { lane: said.lane(lane) })
      plate.focus()
      plate.scrollIntoView({ block: 'center' })
    },
  }
}
