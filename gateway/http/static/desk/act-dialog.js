/**
 * One act at a time, in a dialog: what it asks, once more what is about to happen, and what came of it.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Answer, Box } from './box.js'
 * @import { Field, Filled } from './fields.js'
 * @import { Kept } from './kept.js'
 * @import { Said } from './said.js'
 * @import { Unanswered } from './unanswered.js'
 *
 * `after` is called with the answer's body when the box has done it.
 * @typedef {{ readonly title: string, readonly lines: readonly string[], readonly fields: readonly Field[], after?(body: unknown): void }} ActCommon
 * @typedef {ActCommon & { request(filled: Filled): { readonly path: string, readonly body?: unknown } }} BoxAct
 *
 * One that this phone does by itself, and says whether it could. `ended` is called once its dialog is closed, done or left.
 * @typedef {ActCommon & { here(filled: Filled): { readonly ok: boolean, readonly says: string }, ended?(): void }} OwnAct
 */

import { newKey } from './box.js'
import { h } from './dom.js'
import { createForm } from './fields.js'
import { outcomeLines } from './outcome.js'
import { filled as fill } from './said.js'
import { readUnanswered, sameAs, UNANSWERED_MAX, without, withSent } from './unanswered.js'

/** Sent by itself so often; after that a person says whether to go on. */
export const TRIES = 3
const BETWEEN_TRIES_MS = 1_000
/** What has just appeared under a finger that may press twice is not pressed by it. */
export const UNREAD_MS = 600

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, readonly kept: Kept, onSettled(): void, onSignedOut(): void }} parts */
export function createActDialog({ data, said, box, kept, onSettled, onSignedOut }) {
  const { words } = said
  const name = `act.${data.client.id}`
  let waiting = readUnanswered(kept.read(name))
  /** @type {Set<string>} keys that this browser would not keep */
  const unkept = new Set()
  /** Another page of this browser may have sent something too. */
  const all = () => [...readUnanswered(kept.read(name)), ...waiting.filter(({ key }) => unkept.has(key))]
  /** @type {Map<string, (body: unknown) => void>} what to do with an answer, as long as this page lives */
  const afters = new Map()
  const bar = h('div', { class: 'state warn', id: 'unanswered', role: 'status', hidden: true })
  const body = h('div', {})
  const dialog = h('dialog', { class: 'act', id: 'act', 'aria-labelledby': 'act-title' }, body)
  let mayLeave = true
  /** @type {(() => void) | undefined} */
  let onClosed
  dialog.addEventListener('close', () => {
    const ended = onClosed
    onClosed = undefined
    ended?.()
  })
  dialog.addEventListener('cancel', (event) => {
    if (!mayLeave) event.preventDefault()
  })
  document.body.append(dialog)

  /**
   * @param {string} title
   * @param {...(Node | string | false | undefined)} parts
   */
  const show = (title, ...parts) => {
    body.replaceChildren(
      h('h2', { id: 'act-title' }, title),
      ...parts.filter((part) => part !== false && part !== undefined),
    )
    if (!dialog.open) dialog.showModal()
  }
  /**
   * @param {string} text
   * @param {() => void} press
   * @param {'quiet' | 'danger' | ''} [look]
   */
  const button = (text, press, look = '') => h('button', { type: 'button', class: look, click: press }, text)
  const close = () => {
    mayLeave = true
    dialog.close()
    body.replaceChildren()
  }
  /**
   * Not to be pressed before it can have been read.
   * @param {HTMLButtonElement} one
   */
  const notAtOnce = (one) => {
    one.disabled = true
    setTimeout(() => {
      one.disabled = false
      if (one.isConnected && !body.contains(document.activeElement)) one.focus()
    }, UNREAD_MS)
    return one
  }
  /** @param {readonly Unanswered[]} next */
  const remember = (next) => {
    waiting = next
    showBar()
    if (next.length > 0) return kept.write(name, JSON.stringify(next))
    kept.forget(name)
    return true
  }
  const showBar = () => {
    bar.hidden = waiting.length === 0
    bar.replaceChildren(
      h('b', {}, fill(words.unanswered, { count: waiting.length })),
      ...waiting.flatMap((sent) => [
        h('p', {}, [sent.title, ...sent.lines].join(' · ')),
        h(
          'div',
          { class: 'buttons' },
          button(words.askAgain, () => unanswered(sent, words.noAnswerHelp)),
        ),
      ]),
    )
  }
  /** @param {readonly string[]} lines */
  const listed = (lines) =>
    lines.length > 0 &&
    h(
      'ul',
      { class: 'lines' },
      lines.map((line) => h('li', {}, line)),
    )

  /** @param {BoxAct | OwnAct} act */
  const open = (act) => {
    mayLeave = true
    onClosed = 'here' in act ? act.ended : undefined
    const form = createForm(act.fields, data, said)
    const ask = () => {
      const sheet = h(
        'form',
        {
          novalidate: true,
          submit: (event) => {
            event.preventDefault()
            const filled = form.read()
            if (filled !== undefined) confirm(filled)
          },
        },
        form.nodes,
        h(
          'div',
          { class: 'buttons' },
          h('button', { type: 'submit' }, words.goOn),
          button(words.cancel, close, 'quiet'),
        ),
      )
      show(act.title, listed(act.lines), sheet)
      const first = sheet.querySelector('input, select')
      if (first instanceof HTMLElement) first.focus()
    }
    /** @param {Filled} filled */
    const confirm = (filled) => {
      const lines = [...act.lines, ...filled.lines]
      const go = button(words.doIt, () => {
        if ('here' in act) return settleHere(act.title, act.here(filled))
        sendNew({ key: newKey(), title: act.title, lines, ...act.request(filled) }, act.after)
        return undefined
      })
      notAtOnce(go)
      go.id = 'act-do'
      const back = act.fields.length > 0 ? button(words.back, ask, 'quiet') : button(words.cancel, close, 'quiet')
      show(act.title, h('p', {}, words.sure), listed(lines), h('div', { class: 'buttons' }, go, back))
    }
    if (act.fields.length > 0) ask()
    else confirm({ texts: {}, numbers: {}, lines: [] })
  }

  /**
   * @param {string} title
   * @param {{ readonly ok: boolean, readonly says: string }} result
   */
  const settleHere = (title, result) => {
    settled(title, result.ok ? 'good' : 'bad', result.says, [])
    onSettled()
  }

  /**
   * @param {Unanswered} sent
   * @param {((body: unknown) => void) | undefined} after
   */
  const sendNew = (sent, after) => {
    const same = sameAs(all(), sent)
    // It may be the very same act, pressed again: under another key it could be done twice.
    if (same !== undefined) return unanswered(same, words.unansweredFirst)
    const next = withSent(all(), sent)
    if (next === undefined) return settled(sent.title, 'bad', fill(words.unansweredFull, { max: UNANSWERED_MAX }), [])
    if (after !== undefined) afters.set(sent.key, after)
    if (remember(next)) return void send(sent, true)
    unkept.add(sent.key)
    // A reload would forget the key, and whoever then does it again does it twice: said before anything is sent.
    mayLeave = false
    const anyway = notAtOnce(button(words.sendUnkept, () => void send(sent, true), 'danger'))
    const leave = button(words.cancel, () => forget(sent.key), 'quiet')
    show(
      sent.title,
      h(
        'div',
        { class: 'state bad', role: 'alert', id: 'act-unkept' },
        h('h3', {}, words.notKept),
        h('p', {}, words.notKeptHelp),
      ),
      listed(sent.lines),
      h('div', { class: 'buttons' }, anyway, leave),
    )
    return undefined
  }

  /** @param {string} key */
  const forget = (key) => {
    settledOf(key)
    close()
  }

  /**
   * Nothing is to be asked of it any more.
   * @param {string} key
   */
  const settledOf = (key) => {
    unkept.delete(key)
    remember(without(all(), key))
    const after = afters.get(key)
    afters.delete(key)
    return after
  }

  /**
   * @param {Unanswered} sent
   * @param {boolean} [isFirst] it has never been sent before
   */
  const send = async (sent, isFirst = false) => {
    mayLeave = false
    let tries = 0
    /** @type {Answer} */
    let answer = { kind: 'no-answer' }
    for (let n = 1; n <= TRIES; n += 1) {
      const says = n === 1 ? words.sending : fill(words.sendingAgain, { n })
      show(sent.title, listed(sent.lines), h('p', { role: 'status', class: 'sending' }, says))
      answer = await box.ask({ method: 'POST', path: sent.path, body: sent.body, key: sent.key })
      tries = n
      if (answer.kind === 'done' || answer.kind === 'signed-out') break
      if (answer.kind === 'refused' && answer.isFinal) break
      if (n < TRIES) await new Promise((resolve) => setTimeout(resolve, n * BETWEEN_TRIES_MS))
    }
    answered(sent, answer, isFirst && tries === 1)
  }

  /**
   * @param {Unanswered} sent
   * @param {Answer} answer
   * @param {boolean} isOnly nothing else was ever sent of it
   */
  const answered = (sent, answer, isOnly) => {
    switch (answer.kind) {
      case 'done': {
        const after = settledOf(sent.key)
        settled(sent.title, 'good', words.done, outcomeLines(answer.body, said))
        after?.(answer.body)
        break
      }
      case 'refused': {
        if (!answer.isFinal) {
          unanswered(sent, `${answer.title}. ${answer.detail}`)
          break
        }
        const after = settledOf(sent.key)
        settled(sent.title, 'bad', answer.title, [
          answer.detail,
          ...sent.lines.map((line) => `· ${line}`),
          ...(answer.due === null ? [] : [fill(dueOf(answer.refusal), { amount: said.money(answer.due) })]),
          ...(answer.where.length > 0 ? [fill(words.wrongForm, { where: answer.where.join(', ') })] : []),
        ])
        const confirms = confirmOf(answer.refusal)
        if (confirms !== undefined) confirmable(sent, confirms, after)
        break
      }
      case 'signed-out':
        if (isOnly) {
          // Whoever is not signed in has nothing booked.
          settledOf(sent.key)
          settled(sent.title, 'bad', words.notBooked, [words.notBookedHelp, ...sent.lines.map((line) => `· ${line}`)])
        }
        // What was sent before and not answered stays kept: whoever signs in again is asked about it.
        else close()
        onSignedOut()
        break
      case 'no-answer':
        unanswered(sent, words.noAnswerHelp)
        break
    }
    onSettled()
  }

  /**
   * What a refusal says beside an amount.
   * @param {string} refusal
   */
  const dueOf = (refusal) => {
    if (refusal === 'refund-of-price') return words.refundTooMuch
    return refusal === 'pass-refund-part' ? words.refundWhole : words.outcomeDue
  }

  /**
   * What somebody says who does it all the same; `undefined` where that is nobody's.
   * @param {string} refusal
   */
  const confirmOf = (refusal) => {
    if (refusal === 'cash-unlikely') return words.cashConfirm
    if (refusal === 'refund-of-price') return words.refundPriceConfirm
    return refusal === 'pass-refund-part' ? words.refundConfirm : undefined
  }

  /**
   * It is meant so: another request, which says so.
   * @param {Unanswered} sent
   * @param {string} confirms
   * @param {((body: unknown) => void) | undefined} after
   */
  const confirmable = (sent, confirms, after) => {
    const lines = [...sent.lines, confirms]
    const again = { ...sent, lines, key: newKey(), body: { ...Object(sent.body), confirmed: true } }
    body.querySelector('.buttons')?.append(notAtOnce(button(confirms, () => sendNew(again, after), 'danger')))
  }

  /**
   * Nobody knows yet. Sent again it is the same request; put aside it waits in the bar, and the page can be used.
   * @param {Unanswered} sent
   * @param {string} says
   */
  const unanswered = (sent, says) => {
    mayLeave = false
    const again = button(words.sendAgain, () => void send(sent))
    const aside = button(words.putAside, close, 'quiet')
    const giveUp = button(words.giveUp, () => forget(sent.key), 'quiet')
    show(
      sent.title,
      h('div', { class: 'state warn', role: 'alert' }, h('h3', {}, words.noAnswer), h('p', {}, says)),
      listed(sent.lines),
      h('div', { class: 'buttons' }, again, aside, giveUp),
    )
    again.focus()
  }

  /**
   * @param {string} title
   * @param {'good' | 'bad'} level
   * @param {string} headline
   * @param {readonly string[]} lines
   */
  const settled = (title, level, headline, lines) => {
    mayLeave = true
    const mark = level === 'good' ? '✓' : '✕'
    const ok = notAtOnce(button(words.ok, close))
    show(
      title,
      h(
        'div',
        { class: `state ${level}`, role: 'alert', id: 'act-result' },
        h('h3', {}, `${mark} ${headline}`),
        lines.map((line) => h('p', {}, line)),
      ),
      h('div', { class: 'buttons' }, ok),
    )
  }

  showBar()
  return {
    open,
    bar,
    /**
     * Asks about what was sent and never answered, where nobody is about to do something else: after a reload, and when the box answers again. Never sent by itself, for by now another vehicle may
     * stand there.
     */
    resume() {
      const [sent] = waiting
      if (sent !== undefined && !dialog.open) unanswered(sent, words.noAnswerHelp)
    },
  }
}

/** @typedef {ReturnType<typeof createActDialog>} ActDialog */
