import { html } from 'hono/html'
import type { Language } from '../../../core/money-text.ts'
import { moneyText } from '../../../core/money-text.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { Client } from '../clients.ts'
import type { ReceiptCheck } from '../ports.ts'
import type { Problem } from '../problems.ts'
import { momentText } from './live-view.ts'
import { driverWords } from './parking-words.ts'
import type { Markup } from './shell.ts'
import { pageOf } from './shell.ts'
import { words } from './words.ts'

export type Around = { readonly language: Language; readonly site: string; readonly client: Client | undefined }

/** Where somebody goes who has signed in: a page of ours, and never an address that came from outside. */
export type SignInGoal = 'live' | 'desk'

export function signInGoal(text: string | null | undefined): SignInGoal {
  return text === 'desk' ? 'desk' : 'live'
}

/** The token is typed here once. The script also takes a one-time code out of the address's fragment, which no server and no other site ever sees. */
export function signInPage(around: Around, wrong: boolean, to: SignInGoal): Markup {
  const of = words[around.language]
  const goal = html`<input type="hidden" name="to" value="${to}">`
  return pageOf(
    { ...around, page: 'sign-in', title: of.signIn, address: '/sign-in', query: to === 'live' ? {} : { to } },
    html`
<div class="narrow">
  <h1>${of.signIn}</h1>
  ${wrong ? html`<p class="state bad" role="alert" id="wrong">${of.tokenWrong}</p>` : ''}
  <form method="post" action="/session">
    ${goal}
    <label for="token">${of.token}</label>
    <input id="token" name="token" type="password" required minlength="32" maxlength="128" autocomplete="current-password" autocapitalize="off" spellcheck="false" aria-describedby="token-help" ${wrong ? html`aria-invalid="true"` : ''} autofocus>
    <p class="muted" id="token-help">${of.tokenHelp}</p>
    <button type="submit">${of.signIn}</button>
  </form>
  <form method="post" action="/session" id="by-code" hidden>${goal}<input type="hidden" name="code"><p>${of.signingIn}</p></form>
</div>`,
  )
}

export type ReceiptNames = { readonly place: string; readonly merchant: string }

export type ReceiptResult = {
  readonly check: ReceiptCheck
  readonly names: ReceiptNames | undefined
  readonly zone: string
}

/** Somebody shows a receipt: is it ours, and what does it say? */
export function receiptPage(around: Around, result: ReceiptResult | undefined): Markup {
  const of = words[around.language]
  return pageOf(
    { ...around, page: 'receipt', title: of.checkReceipt, address: '/receipts/check' },
    html`
<div class="narrow">
  <h1>${of.checkReceipt}</h1>
  ${result === undefined ? '' : receiptResult(result, around.language)}
  <p>${of.checkHelp}</p>
  <form method="post" action="/receipts/check" id="receipt-form">
    <label for="receipt">${of.receiptText}</label>
    <textarea id="receipt" name="receipt" rows="5" required maxlength="4096" autocomplete="off" autocapitalize="off" spellcheck="false"></textarea>
    <button type="submit">${of.check}</button>
  </form>
</div>`,
  )
}

function receiptResult({ check, names, zone }: ReceiptResult, language: Language): Markup {
  const of = words[language]
  switch (check.kind) {
    case 'not-genuine': {
      const why = refusalTable[check.refusal][language]
      return html`<div class="state bad" role="status"><h2>✕ ${of.notGenuine}</h2><p>${why.short}. ${why.help}</p></div>`
    }
    case 'genuine':
      return html`<div class="state good" role="status"><h2>✓ ${of.genuine}</h2>
    ${check.mode === 'training' ? html`<p class="bad">${of.trainingReceipt}</p>` : ''}
    <dl class="facts">
      <div><dt>${of.amount}</dt><dd class="big">${moneyText(check.amount, language)}</dd></div>
      <div><dt>${of.issuedAt}</dt><dd>${momentText(check.issuedAtMs, zone, language)}</dd></div>
      <div><dt>${of.place}</dt><dd>${names?.place ?? check.place}</dd></div>
      <div><dt>${of.merchant}</dt><dd>${names?.merchant ?? check.merchant}</dd></div>
      <div><dt>${of.charge}</dt><dd>${check.charge}</dd></div>
      <div><dt>${of.number}</dt><dd>${check.id}</dd></div>
    </dl></div>`
  }
}

/** What went wrong, for a person at a page, and the way back: a driver has nothing to do on the staff's pages. */
export function problemPage(around: Around, problem: Problem, back: '/' | '/parking'): Markup {
  const of = words[around.language]
  return pageOf(
    { ...around, page: 'problem', title: problem.title, address: back },
    html`
<div class="narrow">
  <h1>${problem.title}</h1>
  <p>${problem.detail}</p>
  <p class="muted">${problem.status} · ${problem.refusal}</p>
  <p><a href="${back}">${back === '/' ? of.back : driverWords[around.language].typeAgain}</a></p>
</div>`,
  )
}
