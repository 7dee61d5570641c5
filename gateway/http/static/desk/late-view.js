/**
 * What was noted while the box did not answer: noting it, keeping it, handing it in one by one.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { ActDialog } from './act-dialog.js'
 * @import { Box } from './box.js'
 * @import { Field } from './fields.js'
 * @import { Kept } from './kept.js'
 * @import { LateBody, LateEvent, LateQueue } from './late-queue.js'
 * @import { Said } from './said.js'
 * @import { TicketRead } from './ticket.js'
 */

import { newKey } from './box.js'
import { drawnWhenChanged, h } from './dom.js'
import * as late from './late-queue.js'
import { fitsBooks, outcomeLines } from './outcome.js'
import { filled } from './said.js'

const QUEUE = 'late'
const PLATE_CHARACTERS_MAX = 40
/** A long night. What is older goes on paper, for its time is guessed. */
export const MINUTES_AGO_MAX = 600
const MINUTE_MS = 60_000

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, readonly kept: Kept, readonly dialog: ActDialog, onNoted(): void }} parts */
export function createLateView({ data, said, box, kept, dialog, onNoted }) {
  const { words } = said
  let queue = late.readQueue(kept.read(QUEUE) ?? '') ?? late.EMPTY_QUEUE
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
  /** @type {readonly Field[]} */
  const cashFields = [
    { kind: 'amount', name: 'cash', label: words.amount, help: words.amountOptional, isOptional: true },
    {
      kind: 'choice',
      name: 'tender',
      label: words.tender,
      choices: [
        { id: 'cash', name: words.cash },
        { id: 'cash-on-behalf', name: words.cashOnBehalf },
      ],
    },
  ]

  /**
   * Kept first, and only then believed: what a browser would not keep is not noted.
   * @param {LateQueue} next
   */
  const keep = (next) => {
    if (!kept.write(QUEUE, JSON.stringify(next))) return false
    queue = next
    show()
    return true
  }

  /** Another page of this browser may have written: its events are there too. */
  const readAgain = () => {
    queue = late.readQueue(kept.read(QUEUE) ?? '') ?? queue
  }

  const show = () => {
    const { waiting, in: letIn, out, cash, unbooked } = late.counts(queue)
    const next = failures > 0 && waiting > 0 ? filled(words.nextTry, { time: said.time(notBeforeMs) }) : ''
    draw({ queue, next }, () => [
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

  /** @param {LateEvent} event */
  const row = (event) => {
    const { body, state, lane, client, n } = event
    const isMisfit = late.isMisfit(event)
    const level = isMisfit ? 'warn' : levelOf[state]
    const what = [
      `${n}. ${body.kind === 'let-in' ? words.lateIn : words.lateOut}`,
      said.moment(body.occurredAt),
      said.lane(lane),
      body.plate,
      body.ticket === undefined ? undefined : words.ticketAttached,
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
      (event.state === 'refused' || isMisfit) &&
        h(
          'button',
          { type: 'button', class: 'quiet acknowledge', click: () => acknowledge(event.key) },
          words.acknowledge,
        ),
    )
  }

  /** @param {LateEvent['state']} state */
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
   * @param {LateEvent} event
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
    // A ticket that is not ours says nothing to the box either.
    const checked = ticket !== undefined && 'says' in ticket && ticket.kind !== 'other-site' ? ticket : undefined
    const lanes = data.lanes.filter(
      ({ direction }) => direction === 'both' || (direction === 'entry') === (kind === 'let-in'),
    )
    /** @type {Field[]} */
    const fields = [
      { kind: 'choice', name: 'lane', label: words.lane, choices: lanes },
      {
        kind: 'text',
        name: 'plate',
        label: words.plate,
        charactersMax: PLATE_CHARACTERS_MAX,
        isOptional: checked !== undefined,
      },
      {
        kind: 'choice',
        name: 'vehicleClass',
        label: words.vehicleClass,
        choices: data.vehicleClasses,
        isOptional: true,
        ...(checked?.says.vehicleClass ? { chosen: checked.says.vehicleClass } : {}),
      },
      {
        kind: 'whole',
        name: 'minutesAgo',
        label: words.minutesAgo,
        help: words.minutesAgoHelp,
        isOptional: true,
        from: 0,
        upTo: MINUTES_AGO_MAX,
        said: (minutes) => said.time(Date.now() - minutes * MINUTE_MS),
      },
      // At an entry nothing is taken: the box would refuse it.
      ...(kind === 'let-in' ? [] : cashFields),
      { kind: 'reason', name: 'reason', label: words.reason },
    ]
    dialog.open({
      title: kind === 'let-in' ? words.letIn : words.letOut,
      lines: checked === undefined ? [] : [`${words.ticketAttached}: ${checked.says.session}`],
      fields,
      here: ({ texts, numbers }) => {
        const cash = numbers['cash']
        /** @type {LateBody} */
        const body = {
          kind,
          occurredAt: Date.now() - (numbers['minutesAgo'] ?? 0) * MINUTE_MS,
          reason: texts['reason'] ?? '',
          ...(checked === undefined ? {} : { ticket: checked.text }),
          ...(texts['plate'] === undefined ? {} : { plate: texts['plate'] }),
          ...(texts['vehicleClass'] === undefined ? {} : { vehicleClass: texts['vehicleClass'] }),
          ...(cash === undefined
            ? {}
            : {
                cash,
                tender: texts['tender'] === 'cash-on-behalf' ? 'cash-on-behalf' : 'cash',
              }),
        }
        readAgain()
        const noted = late.note(queue, { key: newKey(), lane: texts['lane'] ?? '', client: data.client.id, body })
        if (!noted.ok) return { ok: false, says: filled(words.lateFull, { max: late.LATE_EVENTS_MAX }) }
        return keep(noted.queue) ? { ok: true, says: words.lateKept } : { ok: false, says: words.lateNotKept }
      },
      after: onNoted,
    })
  }

  show()
  return { node, note, handIn, hasWaiting: () => late.counts(queue).waiting > 0 }
}

/** @type {Readonly<Record<LateEvent['state'], 'warn' | 'good' | 'bad'>>} */
const levelOf = { waiting: 'warn', 'handed-in': 'good', refused: 'bad' }
