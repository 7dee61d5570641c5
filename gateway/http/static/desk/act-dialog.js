/**
 * One act at a time, in a dialog: what it asks, once more what is about to happen, and what came of it.
 *
 * @import { DeskData } from '../../pages/desk-page.ts'
 * @import { Answer, Box } from './box.js'
 * @import { Field, Filled } from './fields.js'
 * @import { Kept } from './kept.js'
 * @import { Said } from './said.js'
 *
 * `after` is called with the answer's body when the box has done it.
 * @typedef {{ readonly title: string, readonly lines: readonly string[], readonly fields: readonly Field[], after?(body: unknown): void }} ActCommon
 * @typedef {ActCommon & { request(filled: Filled): { readonly path: string, readonly body?: unknown } }} BoxAct
 *
 * One that this phone does by itself, and says whether it could. `ended` is called once its dialog is closed, done or left.
 * @typedef {ActCommon & { here(filled: Filled): { readonly ok: boolean, readonly says: string }, ended?(): void }} OwnAct
 *
 * What was sent and is not answered yet. Kept on the phone: after a reload the same request goes out again, and not another one.
 * @typedef {{ readonly key: string, readonly path: string, readonly body?: unknown, readonly title: string, readonly lines: readonly string[] }} Unanswered
 */

import { newKey } from './box.js'
import { h } from './dom.js'
import { createForm } from './fields.js'
import { outcomeLines } from './outcome.js'
import { filled as fill } from './said.js'

/** Sent by itself so often; after that a person says whether to go on. */
export const TRIES = 3
const BETWEEN_TRIES_MS = 1_000

/** @param {{ readonly data: DeskData, readonly said: Said, readonly box: Box, readonly kept: Kept, onSettled(): void, onSignedOut(): void }} parts */
export function createActDialog({ data, said, box, kept, onSettled, onSignedOut }) {
  const { words } = said
  const name = `act.${data.client.id}`
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
        void send({ key: newKey(), title: act.title, lines, ...act.request(filled) }, act.after)
        return undefined
      })
      go.id = 'act-do'
      const back = act.fields.length > 0 ? button(words.back, ask, 'quiet') : button(words.cancel, close, 'quiet')
      show(act.title, h('p', {}, words.sure), listed(lines), h('div', { class: 'buttons' }, go, back))
      go.focus()
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
  const send = async (sent, after) => {
    mayLeave = false
    kept.write(name, JSON.stringify(sent))
    /** @type {Answer} */
    let answer = { kind: 'no-answer' }
    for (let n = 1; n <= TRIES; n += 1) {
      const says = n === 1 ? words.sending : fill(words.sendingAgain, { n })
      show(sent.title, listed(sent.lines), h('p', { role: 'status', class: 'sending' }, says))
      answer = await box.ask({ method: 'POST', path: sent.path, body: sent.body, key: sent.key })
      if (answer.kind === 'done' || answer.kind === 'signed-out') break
      if (answer.kind === 'refused' && answer.isFinal) break
      if (n < TRIES) await new Promise((resolve) => setTimeout(resolve, n * BETWEEN_TRIES_MS))
    }
    answered(sent, answer, after)
  }

  /**
   * @param {Unanswered} sent
   * @param {Answer} answer
   * @param {((body: unknown) => void) | undefined} after
   */
  const answered = (sent, answer, after) => {
    switch (answer.kind) {
      case 'done':
        kept.forget(name)
        settled(sent.title, 'good', words.done, outcomeLines(answer.body, said))
        after?.(answer.body)
        break
      case 'refused':
        if (!answer.isFinal) {
          unanswered(sent, after, `${answer.title}. ${answer.detail}`)
          break
        }
        kept.forget(name)
        settled(sent.title, 'bad', answer.title, [
          answer.detail,
          ...sent.lines.map((line) => `· ${line}`),
          ...(answer.due === null ? [] : [fill(words.outcomeDue, { amount: said.money(answer.due) })]),
          ...(answer.where.length > 0 ? [fill(words.wrongForm, { where: answer.where.join(', ') })] : []),
        ])
        if (answer.refusal === 'cash-unlikely') confirmable(sent, after)
        break
      case 'signed-out':
        // What was sent stays kept: whoever signs in again is asked about it.
        close()
        onSignedOut()
        break
      case 'no-answer':
        unanswered(sent, after, words.noAnswerHelp)
        break
    }
    onSettled()
  }

  /**
   * So much was really taken: another request, which says so.
   * @param {Unanswered} sent
   * @param {((body: unknown) => void) | undefined} after
   */
  const confirmable = (sent, after) => {
    const lines = [...sent.lines, words.cashConfirm]
    const again = { ...sent, lines, key: newKey(), body: { ...Object(sent.body), confirmed: true } }
    body.querySelector('.buttons')?.append(button(words.cashConfirm, () => void send(again, after), 'danger'))
  }

  /**
   * @param {Unanswered} sent
   * @param {((body: unknown) => void) | undefined} after
   * @param {string} says
   */
  const unanswered = (sent, after, says) => {
    mayLeave = false
    const again = button(words.sendAgain, () => void send(sent, after))
    const giveUp = button(
      words.giveUp,
      () => {
        kept.forget(name)
        close()
      },
      'quiet',
    )
    show(
      sent.title,
      h('div', { class: 'state warn', role: 'alert' }, h('h3', {}, words.noAnswer), h('p', {}, says)),
      listed(sent.lines),
      h('div', { class: 'buttons' }, again, giveUp),
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
    const ok = button(words.ok, close)
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
    ok.focus()
  }

  return {
    open,
    /** What was sent before a reload and never answered is asked about at once. */
    resume() {
      const sent = unansweredOf(kept.read(name))
      if (sent !== undefined) unanswered(sent, undefined, words.noAnswerHelp)
    },
  }
}

/** @typedef {ReturnType<typeof createActDialog>} ActDialog */

/**
 * @param {string | null} text
 * @returns {Unanswered | undefined}
 */
export function unansweredOf(text) {
  if (text === null) return undefined
  try {
    const sent = JSON.parse(text)
    const { key, path, title, lines } = sent
    const isOurs =
      typeof key === 'string' && typeof path === 'string' && path.startsWith('/v1/') && typeof title === 'string'
    return isOurs && Array.isArray(lines) ? sent : undefined
  } catch {
    return undefined
  }
}
