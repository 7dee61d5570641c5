/**
 * The lanes that are this client's, each with what stands there, what is wrong, and what can be done about it.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { ActDialog } from './act-dialog.js'
 * @import { Acts } from './acts.js'
 * @import { Said } from './said.js'
 * @import { Lane, Quote, Session } from './wire.js'
 *
 * @typedef {{ readonly text: string, readonly level: 'good' | 'warn' | 'bad', readonly at: number }} LaneNews
 */

import { drawnWhenChanged, h } from './dom.js'
import { filled } from './said.js'

/** The vehicle that stands there is let through: what it was asked is paid, owed or let go. */
const OPENED = new Set(['opening', 'open', 'passing'])

/** @param {{ readonly data: DeskData, readonly said: Said, readonly acts: Acts, readonly dialog: ActDialog, findFor(lane: string): void, showStay(session: string): void }} parts */
export function createLanesView({ data, said, acts, dialog, findFor, showStay }) {
  const { words } = said
  const cards = h('div', { class: 'desk-lanes' })
  const node = h(
    'section',
    { class: 'panel wide', 'aria-labelledby': 'lanes-title' },
    h('h2', { id: 'lanes-title' }, words.lanes),
    cards,
  )
  const draw = drawnWhenChanged(cards)

  /**
   * @param {Lane} lane
   * @param {Quote | undefined} quote
   * @param {Session | undefined} stay
   * @param {LaneNews | undefined} news
   */
  const card = (lane, quote, stay, news) => {
    const own = data.lanes.find(({ id }) => id === lane.id)
    const alarm = lane.alarm === null ? undefined : data.alarms[lane.alarm]
    const isHeld = lane.phase === 'held-open'
    const isOpened = OPENED.has(lane.view.phase)
    const { away, chattering } = lane.view
    const asked = isOpened ? null : (lane.visit?.asked ?? null)
    const session = lane.visit?.session ?? null
    return h(
      'article',
      {
        class: `lane ${alarm !== undefined || away.length > 0 || chattering.length > 0 || isHeld ? 'bad' : ''}`,
        id: `lane-${lane.id}`,
      },
      h('h3', {}, lane.name, ' ', own?.way != null && h('span', { class: 'muted' }, own.way)),
      h('p', { class: 'phase' }, isHeld ? words.fire : data.phases[lane.view.phase]),
      alarm && h('p', { class: 'alarm' }, `⚠ ${alarm.short}. `, h('span', {}, alarm.help)),
      away.length > 0 && h('p', { class: 'alarm' }, `⚠ ${filled(words.deviceAway, { names: away.join(', ') })}`),
      ...chatterWords(chattering).map((text) => h('p', { class: 'alarm' }, `⚠ ${text}`)),
      h('p', { class: 'muted' }, whereOf(lane)),
      stay && h('p', { class: 'stands' }, whoOf(stay)),
      asked && dueOf(asked, quote),
      session && asked === null && quote && !isComingIn(lane, stay) && billOf(quote),
      news && h('p', { class: news.level }, `${said.time(news.at)} ${news.text}`),
      h(
        'div',
        { class: 'buttons' },
        buttonsOf(lane, asked, session, isOpened || isComingIn(lane, stay) ? undefined : quote),
      ),
    )
  }

  /**
   * One text for each kind of device that says more than vehicles can cause.
   * @param {Lane['view']['chattering']} chattering
   */
  const chatterWords = (chattering) => {
    const texts = new Map([
      ['loop', words.loopChatters],
      ['barrier', words.barrierChatters],
      ['button', words.buttonChatters],
      ['camera', words.cameraChatters],
    ])
    return [...texts].flatMap(([kind, text]) => {
      const names = chattering.filter((device) => device.kind === kind).map(({ id }) => id)
      return names.length === 0 ? [] : [filled(text, { names: names.join(', ') })]
    })
  }

  /**
   * Nobody pays on the way in: what the stay would cost by now is not asked there.
   * @param {Lane} lane
   * @param {Session | undefined} stay
   */
  const isComingIn = ({ direction }, stay) => direction === 'entry' || stay?.status === 'entering'

  /** @param {Lane} lane */
  const whereOf = ({ id, safety, approach, view }) => {
    // It passes, and has left both loops.
    if (!safety && !approach) return view.phase === 'passing' ? '' : words.noVehicle
    if (data.lanes.some((own) => own.id === id && !own.hasArm)) return words.vehicleAtReader
    return safety ? words.underBarrier : words.vehicle
  }

  /**
   * What can be compared with the vehicle that stands there, before its money is taken.
   * @param {Session} stay
   */
  const whoOf = ({ plateEnd, vehicleClass, entry }) =>
    [
      plateEnd === null ? words.plateUnknown : `…${plateEnd}`,
      said.vehicleClass(vehicleClass),
      filled(words.enteredAt, { time: said.moment(entry.at), lane: said.lane(entry.lane) }),
    ].join(' · ')

  /**
   * @param {{ readonly due: { readonly amount: number, readonly currency: string }, readonly holdsUntil: number }} asked
   * @param {Quote | undefined} quote
   */
  const dueOf = (asked, quote) =>
    h(
      'div',
      { class: 'due' },
      h('p', {}, `${words.amountDue}: `, h('b', { class: 'big' }, said.money(asked.due))),
      h('p', { class: 'muted' }, filled(words.holdsUntil, { time: said.time(asked.holdsUntil) })),
      quote && billOf(quote),
    )

  /** @param {Quote} quote */
  const billOf = (quote) =>
    h(
      'details',
      {},
      h('summary', {}, `${words.bill}: ${said.money(quote.total)}`),
      h(
        'ul',
        { class: 'bill' },
        quote.explained[data.language].map((line) => h('li', {}, line)),
      ),
      quote.paid.amount > 0 && h('p', {}, `${words.paidSoFar}: ${said.money(quote.paid)}`),
    )

  /**
   * @param {Lane} lane
   * @param {{ readonly charge: string, readonly due: { readonly amount: number, readonly currency: string } } | null} asked
   * @param {string | null} session
   * @param {Quote | undefined} quote
   */
  const buttonsOf = (lane, asked, session, quote) => {
    const { may } = data
    const own = data.lanes.find(({ id }) => id === lane.id)
    /**
     * @param {string} name
     * @param {string} text
     * @param {() => void} press
     * @param {string} [look]
     */
    const button = (name, text, press, look = '') =>
      h('button', { type: 'button', id: `${name}-${lane.id}`, class: look, click: press }, text)
    const stands = lane.approach || lane.visit !== null
    const leads = lane.direction !== 'entry'
    const due = asked === null ? [] : [said.lane(lane.id), `${words.amountDue}: ${said.money(asked.due)}`]
    return [
      may.takeCash && asked && button('cash', words.takeCash, () => dialog.open(acts.takeCash(asked.charge, due))),
      may.askSession &&
        session &&
        asked === null &&
        quote &&
        button('ask', words.askPrice, () => dialog.open(acts.askSession(session))),
      may.askTicket &&
        own?.givesTickets &&
        lane.direction !== 'exit' &&
        button('ticket', words.giveTicket, () => dialog.open(acts.askTicket(lane.id))),
      may.chooseSession &&
        leads &&
        stands &&
        button('find', words.whichStay, () => findFor(lane.id), session ? 'quiet' : ''),
      session && button('stay', words.showStay, () => showStay(session), 'quiet'),
      may.leaveOnDebt &&
        leads &&
        asked &&
        button('debt', words.leaveOnDebt, () => dialog.open(acts.leaveOnDebt(lane.id)), 'quiet'),
      may.openLane &&
        own?.hasArm !== false &&
        button('open', words.openByHand, () => dialog.open(acts.openLane(lane.id)), 'quiet danger'),
    ]
  }

  return {
    node,
    /**
     * @param {readonly Lane[]} lanes
     * @param {ReadonlyMap<string, Quote>} quotes
     * @param {ReadonlyMap<string, Session>} standing
     * @param {ReadonlyMap<string, LaneNews>} news
     */
    show(lanes, quotes, standing, news) {
      const rows = lanes.map((lane) => ({
        lane,
        quote: quotes.get(lane.visit?.session ?? ''),
        stay: standing.get(lane.visit?.session ?? ''),
        news: news.get(lane.id),
      }))
      draw(
        rows.map(({ lane: { since: _since, ...lane }, quote, stay, ...rest }) => ({
          lane,
          who: stay && whoOf(stay),
          explained: quote?.explained,
          paid: quote?.paid,
          ...rest,
        })),
        () =>
          rows.length === 0
            ? [h('p', {}, words.noLanes)]
            : rows.map((row) => card(row.lane, row.quote, row.stay, row.news)),
      )
    },
  }
}
