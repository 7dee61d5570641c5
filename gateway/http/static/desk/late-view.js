/**
 * What was noted while the box did not answer: noting it, keeping it, handing it in one by one.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { ActDialog } from './act-dialog.js'
 * @import { Box } from './box.js'
 * @import { Kept } from './kept.js'
 * @import { Note } from './late-form.js'
 * @import { LateEvidence, LateQueue } from './late-queue.js'
 * @import { Said } from './said.js'
 * @import { TicketRead } from './ticket.js'
 */

import { newKey } from './box.js'
import { drawnWhenChanged, h } from './dom.js'
import { lateFields, lateNoteOf, ticketLine } from './late-form.js'
import * as late from './late-queue.js'
import { createLateStore } from './late-store.js'
import { fitsBooks, outcomeLines } from './outcome.js'
import { filled } from './said.js'

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, readonly kept: Kept, readonly dialog: ActDialog, onEnded(): void }} parts */
export function createLateView({ data, said, box, kept, dialog, onEnded }) {
  const { words } = said
  const store = createLateStore(kept)
  let { queue, isBlocked } = store.read()
  let failures = 0
  let notBeforeMs = 0
  let isHandingIn = false

  const list = h('div', {})
  const node = h(
    'section',
    { class: 'panel', id: 'late', 'aria-labelledby': 'late-title' },
    h('h2', { id: 'late-title' }, words.late),
    h('p', { class: 'muted' }, words.lateHelp),
    list,
  )
  const draw = drawnWhenChanged(list)
  /**
   * Kept first, and only then believed: what a browser would not keep is not noted.
   * @param {LateQueue} next
   */
  const keep = (next) => {
    if (isBlocked || !store.write(next)) return false
    queue = next
    show()
    return true
  }

  /** Another page of this browser may have written: its events are there too. */
  const readAgain = () => {
    ;({ queue, isBlocked } = store.read())
  }

  const show = () => {
    const { waiting, in: letIn, out, cash, unbooked } = late.counts(queue)
    const next = failures > 0 && waiting > 0 ? filled(words.nextTry, { time: said.time(notBeforeMs) }) : ''
    const asides = store.asides()
    draw({ queue, next, asides, isBlocked }, () => [
      isBlocked && h('p', { class: 'state bad', role: 'alert' }, words.lateBlocked),
      ...asides.map(unreadable),
      queue.events.length === 0
        ? h('p', { class: 'muted' }, words.lateNone)
        : h(
            'p',
            { id: 'late-counts' },
            h('b', {}, filled(words.lateCounts, { in: letIn, out, cash: said.amount(cash) })),
          ),
      unbooked > 0 &&
        h(
          'p',
          { class: 'state bad', id: 'late-unbooked' },
          filled(words.lateUnbooked, { cash: said.amount(unbooked) }),
        ),
      h('ol', { class: 'late' }, queue.events.toReversed().map(row)),
      waiting > 0 && h('p', { class: 'muted' }, next),
      waiting > 0 &&
        h(
          'button',
          { type: 'button', class: 'quiet', id: 'late-now', click: () => void handIn(true) },
          words.handInNow,
        ),
    ])
  }

  /**
   * The text itself is there to be copied: it may be all that is left of a night.
   * @param {{ readonly name: string, readonly text: string }} aside
   */
  const unreadable = ({ name, text }) =>
    h(
      'div',
      { class: 'state bad', role: 'alert', 'data-aside': name },
      h('p', {}, words.lateUnreadable),
      h('details', {}, h('summary', {}, words.lateUnreadableText), h('textarea', { readonly: true, rows: '4' }, text)),
      h('button', { type: 'button', class: 'quiet', click: () => forgetAside(name) }, words.lateUnreadableSeen),
    )

  /** @param {string} name */
  const forgetAside = (name) => {
    store.forgetAside(name)
    readAgain()
    show()
  }

  /** @param {LateEvidence} event */
  const row = (event) => {
    const { body, state, lane, client, n } = event
    const isMisfit = late.isMisfit(event)
    const level = isMisfit ? 'warn' : levelOf[state]
    const what = [
      `${n}. ${body.kind === 'let-in' ? words.lateIn : words.lateOut}`,
      said.moment(body.occurredAt),
      said.lane(lane),
      body.plate,
      body.ticket === undefined ? undefined : ticketLine(body.ticket, said),
      body.cash === undefined ? undefined : said.amount(body.cash),
    ]
    return h(
      'li',
      { class: `row ${level}`, 'data-state': state },
      h('span', { class: 'what' }, what.filter((part) => part !== undefined).join(' · ')),
      h('b', {}, stateText(state)),
      h('span', { class: 'help' }, body.reason),
      'says' in event && h('span', { class: `help ${level}` }, event.says),
      isMisfit &&
        body.cash !== undefined &&
        h('b', { class: 'bad' }, filled(words.lateUnbooked, { cash: said.amount(body.cash) })),
      event.state === 'waiting' &&
        client !== data.client.id &&
        h('span', { class: 'help warn' }, filled(words.lateOther, { client })),
      event.state === 'refused' &&
        event.refusal === 'fault' &&
        h('button', { type: 'button', class: 'acknowledge', click: () => again(event.key) }, words.sendAgain),
      event.state === 'refused' &&
        event.refusal === 'cash-unlikely' &&
        h('button', { type: 'button', class: 'acknowledge', click: () => confirm(event.key) }, words.cashConfirm),
      late.isMendable(event) &&
        client === data.client.id &&
        h('button', { type: 'button', class: 'acknowledge', click: () => mend(event) }, words.mend),
      (event.state === 'refused' || isMisfit) &&
        h(
          'button',
          { type: 'button', class: 'quiet acknowledge', click: () => acknowledge(event.key) },
          words.acknowledge,
        ),
    )
  }

  /** @param {LateEvidence['state']} state */
  const stateText = (state) =>
    ({ waiting: words.lateWaiting, 'handed-in': words.lateHandedIn, refused: words.lateRefused })[state]

  /** @param {string} key */
  const acknowledge = (key) => {
    readAgain()
    keep(late.acknowledged(queue, key))
  }

  /** @param {string} key */
  const again = (key) => {
    readAgain()
    if (keep(late.again(queue, key))) void handIn(true)
  }

  /** @param {string} key */
  const confirm = (key) => {
    readAgain()
    if (keep(late.confirmed(queue, key, newKey()))) void handIn(true)
  }

  /**
   * Hands in what waits, oldest first, one after another, while the box answers.
   * @param {boolean} [atOnce]
   */
  const handIn = async (atOnce = false) => {
    if (isHandingIn || (!atOnce && Date.now() < notBeforeMs)) return
    isHandingIn = true
    try {
      readAgain()
      let event = late.nextToHandIn(queue, data.client.id)
      while (event !== undefined) {
        const goesOn = await handInOne(event)
        if (!goesOn) return
        readAgain()
        event = late.nextToHandIn(queue, data.client.id)
      }
    } finally {
      isHandingIn = false
      show()
    }
  }

  /**
   * Whether to go on with the next.
   * @param {LateEvidence} event
   */
  const handInOne = async (event) => {
    const { key, lane } = event
    const answer = await box.ask({
      method: 'POST',
      path: `/v1/lanes/${encodeURIComponent(lane)}/late-events`,
      body: late.requestOf(event, Date.now()),
      key,
    })
    readAgain()
    if (answer.kind === 'done') {
      failures = 0
      const says = outcomeLines(answer.body, said).join(' ')
      return keep(late.handedIn(queue, key, { says, fits: fitsBooks(answer.body) }))
    }
    // A fault of the box at one of them holds up no other: it stands there, and a person sends it again.
    if (answer.kind === 'refused' && (answer.isFinal || answer.refusal === 'fault')) {
      failures = 0
      const says = [`${answer.title}.`, answer.detail, ...answer.where].join(' ')
      return keep(late.refused(queue, key, { refusal: answer.refusal, says }))
    }
    failures += 1
    notBeforeMs = Date.now() + late.waitMs(failures, Math.random())
    return false
  }

  /**
   * @param {'let-in' | 'let-out'} kind
   * @param {TicketRead | undefined} ticket
   */
  const note = (kind, ticket) => {
    const checked = ticket !== undefined && 'says' in ticket && !OF_OTHERS.has(ticket.kind) ? ticket : undefined
    /** @type {Note} */
    const note = {
      kind,
      ticket: checked?.text,
      vehicleClass: checked?.says.vehicleClass ?? null,
      was: undefined,
    }
    ask(
      kind === 'let-in' ? words.letIn : words.letOut,
      note,
      checked === undefined ? [] : [ticketLine(checked.text, said)],
      (by) => late.note(queue, { key: newKey(), client: data.client.id, ...by }),
    )
  }

  /**
   * Put right, and sent as another request: the time at which it was stays.
   * @param {LateEvidence} event
   */
  const mend = ({ key, lane, body, n }) => {
    /** @type {Note} */
    const note = { kind: body.kind, ticket: body.ticket, vehicleClass: null, was: { lane, body } }
    const lines = [`${n}. ${body.kind === 'let-in' ? words.lateIn : words.lateOut} · ${said.moment(body.occurredAt)}`]
    ask(words.mend, note, lines, (by) => ({ ok: true, queue: late.mended(queue, key, { key: newKey(), ...by }) }))
  }

  /**
   * @param {string} title
   * @param {Note} note
   * @param {readonly string[]} lines
   * @param {(by: NonNullable<ReturnType<typeof lateNoteOf>>) => ReturnType<typeof late.note>} put
   */
  const ask = (title, note, lines, put) => {
    dialog.open({
      title,
      lines,
      fields: lateFields(note, data, said, () => Date.now()),
      here: (form) => {
        const by = lateNoteOf(note, form, Date.now(), data.zone)
        if (by === undefined) return { ok: false, says: words.lateNamesNone }
        readAgain()
        const next = put(by)
        if (!next.ok) return { ok: false, says: filled(words.lateFull, { max: late.LATE_EVENTS_MAX }) }
        return keep(next.queue) ? { ok: true, says: words.lateKept } : { ok: false, says: words.lateNotKept }
      },
      // Another's ticket never goes with the next vehicle.
      ...(note.was === undefined ? { ended: onEnded } : {}),
    })
  }

  show()
  return { node, note, handIn, hasWaiting: () => late.counts(queue).waiting > 0 }
}

/** Of another site, or of practice: it says nothing to the box. */
const OF_OTHERS = new Set(['other-site', 'other-mode'])

/** @type {Readonly<Record<LateEvidence['state'], 'warn' | 'good' | 'bad'>>} */
const levelOf = { waiting: 'warn', 'handed-in': 'good', refused: 'bad' }
