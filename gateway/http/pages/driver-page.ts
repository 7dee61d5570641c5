import { html, raw } from 'hono/html'
import type { Language } from '../../../core/money-text.ts'
import { moneyText } from '../../../core/money-text.ts'
import type { Names } from '../../../core/parking/tariff.ts'
import { TICKET_DIGITS } from '../../../core/parking/ticket-digits.ts'
import { refusalTable } from '../../../core/refusals.ts'
import type { Instant } from '../../../core/time.ts'
import type { StayQuote } from '../parking/stay-quote.ts'
import type { Transfer } from '../parking/transfer-now.ts'
import { qrPath } from '../qr-picture.ts'
import { momentText } from './live-view.ts'
import { driverWords } from './parking-words.ts'
import type { Markup } from './shell.ts'
import { pageOf } from './shell.ts'
import type { Around } from './small-pages.ts'
import { words } from './words.ts'

/** How a driver names a stay: it goes into the page's own forms again, in their bodies. */
export type DriverName =
  | { readonly kind: 'ticket'; readonly ticket: string }
  /** No digits: no ticket was given. */
  | { readonly kind: 'plate'; readonly plate: string; readonly digits: string }

/** Whoever knows a plate can open it: no more is shown than what paying it needs. */
export function isByPlateAlone(named: DriverName): boolean {
  return named.kind === 'plate' && named.digits === ''
}

export type DriverStay = {
  readonly named: DriverName
  readonly zone: string
  readonly enteredAt: Instant
  readonly vehicle: Names
  readonly place: string
  readonly plateEnd: string | null
  readonly quote: StayQuote
  readonly canTransfer: boolean
  /** There is somebody whose codes the readers at the exits take. */
  readonly takesCodes: boolean
  readonly transfer: Transfer | null
}

const ADDRESS = '/parking'

/** Where a driver begins: the script takes the ticket out of the address's fragment; without one, plate and digits are typed, or the plate alone where the site lets that be enough. */
export function driverStartPage(around: Around, isPlateEnough: boolean): Markup {
  const of = driverWords[around.language]
  return pageOf(
    { ...around, client: undefined, page: 'parking', title: of.title, address: ADDRESS },
    html`
<div class="narrow">
  <h1>${of.title}</h1>
  <p>${isPlateEnough ? of.scanTicketOrPlate : of.scanTicket}</p>
  <form method="post" action="/parking" id="plate-form">
    <label for="plate">${of.plate}</label>
    <input id="plate" name="plate" required maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="30A-123.45">
    <label for="digits">${of.digits}</label>
    <input id="digits" name="digits"${isPlateEnough ? '' : raw(' required')} inputmode="numeric" pattern="[0-9]{${TICKET_DIGITS}}" minlength="${TICKET_DIGITS}" maxlength="${TICKET_DIGITS}" autocomplete="off" aria-describedby="digits-help">
    <p class="muted" id="digits-help">${isPlateEnough ? of.digitsHelpOrPlate : of.digitsHelp}</p>
    <button type="submit">${of.look}</button>
  </form>
  <form method="post" action="/parking" id="ticket-form" hidden><input type="hidden" name="ticket" id="ticket"></form>
</div>`,
  )
}

/** One stay: how long, what it costs so far and why, what is due, and how to pay it. */
export function driverPage(around: Around, stay: DriverStay): Markup {
  const { language } = around
  const of = driverWords[language]
  const { quote, zone } = stay
  return pageOf(
    { ...around, client: undefined, page: 'parking', title: of.title, address: ADDRESS },
    html`
<div class="narrow">
  <h1>${of.yourStay}</h1>
  <dl class="facts">
    <div><dt>${of.place}</dt><dd>${stay.place}</dd></div>
    ${isByPlateAlone(stay.named) ? plateOf(stay, language) : vehicleOf(stay, language)}
    ${quote.ok ? html`<div><dt>${of.now}</dt><dd>${momentText(quote.at, zone, language)}</dd></div>` : ''}
  </dl>
  ${quote.ok ? billOf(stay, quote, language) : noBill(quote.refusal, language)}
  ${lookAgain(stay, language)}
</div>`,
  )
}

function vehicleOf({ vehicle, plateEnd, enteredAt, zone }: DriverStay, language: Language): Markup {
  const of = driverWords[language]
  return html`<div><dt>${of.vehicle}</dt><dd>${vehicle[language]}${plateEnd === null ? '' : ` · …${plateEnd}`}</dd></div>
    <div><dt>${of.entered}</dt><dd>${momentText(enteredAt, zone, language)}</dd></div>`
}

/** Neither what it is nor since when it stands here. */
function plateOf({ plateEnd }: DriverStay, language: Language): Markup {
  return html`<div><dt>${driverWords[language].plate}</dt><dd>…${plateEnd}</dd></div>`
}

function billOf(stay: DriverStay, quote: Extract<StayQuote, { ok: true }>, language: Language): Markup {
  const of = driverWords[language]
  const { due, debts, giveBack, paid, graceUntil, holdsUntil, explained } = quote
  const isDue = due.amount > 0
  const isWhole = !isByPlateAlone(stay.named)
  return html`
  ${stay.transfer === null ? '' : transferOf(stay.transfer, language)}
  ${
    isDue && stay.transfer !== null
      ? ''
      : isDue
        ? html`<div class="state warn" role="status"><h2>${of.due}</h2><p class="big">${moneyText(due, language)}</p>${paid.amount > 0 ? html`<p>${of.restOf(moneyText(paid, language))}</p>` : ''}</div>`
        : html`<div class="state good" role="status"><h2>✓ ${paid.amount === 0 ? of.nothingDue : debts.amount > 0 || !isWhole ? of.stayPaid : of.paid}</h2><p>${graceUntil === null ? of.driveOn : of.leaveBy(momentText(graceUntil, stay.zone, language))}</p></div>`
  }
  ${isWhole && debts.amount > 0 ? html`<p id="debts">${of.ofDebts(moneyText(debts, language))}</p>` : ''}
  ${giveBack.amount > 0 ? html`<p id="give-back">${of.giveBack(moneyText(giveBack, language))}</p>` : ''}
  ${holdsUntil === null || !isWhole ? '' : html`<p id="holds">${of.holdsUntil(momentText(holdsUntil, stay.zone, language))}</p>`}
  ${isDue ? howToPay(stay, language) : ''}
  ${
    isWhole
      ? html`<h2>${of.bill}</h2>
  <ol class="bill">${explained[language].map((line) => html`<li>${line}</li>`)}</ol>`
      : html`<p class="muted" id="by-plate">${of.byPlateAlone}</p>`
  }
  ${paid.amount > 0 ? html`<p>${of.alreadyPaid}: <b>${moneyText(paid, language)}</b></p>` : ''}`
}

function howToPay(stay: DriverStay, language: Language): Markup {
  const of = driverWords[language]
  return html`
  <h2>${of.howToPay}</h2>
  ${
    stay.canTransfer && stay.transfer === null
      ? html`<form method="post" action="/parking/pay">${nameFields(stay)}<button type="submit">${of.payByTransfer}</button></form>`
      : ''
  }
  <ul class="ways">${stay.takesCodes ? html`<li>${of.payAtExit}</li>` : ''}<li>${of.payCash}</li></ul>`
}

function transferOf({ amount, account, reference, code }: Transfer, language: Language): Markup {
  const of = driverWords[language]
  return html`
  <section class="transfer" aria-labelledby="transfer-title">
    <h2 id="transfer-title">${of.transfer}</h2>
    <p>${of.transferHelp}</p>
    ${qrPicture(code, of.qrLabel)}
    <dl class="facts">
      <div><dt>${of.amount}</dt><dd class="big">${moneyText(amount, language)}</dd></div>
      <div><dt>${of.account}</dt><dd>${account.number} (${of.bank} ${account.bankBin})</dd></div>
      <div><dt>${of.holder}</dt><dd>${account.holder}</dd></div>
      <div><dt>${of.reference}</dt><dd><b>${reference}</b></dd></div>
    </dl>
    <p class="muted">${of.transferConfirm}</p>
  </section>`
}

function noBill(refusal: Extract<StayQuote, { ok: false }>['refusal'], language: Language): Markup {
  const why = refusalTable[refusal][language]
  return html`<div class="state bad" role="status"><h2>${why.short}</h2><p>${driverWords[language].askStaff}</p></div>`
}

function lookAgain(stay: DriverStay, language: Language): Markup {
  const { other } = words[language]
  return html`<div class="again">
    <form method="post" action="/parking">${nameFields(stay)}<button type="submit">${driverWords[language].again}</button></form>
    <form method="post" action="/parking?lang=${other.language}">${nameFields(stay)}<button type="submit" class="quiet" lang="${other.language}">${other.name}</button></form>
  </div>`
}

function nameFields({ named }: DriverStay): Markup {
  return named.kind === 'ticket'
    ? html`<input type="hidden" name="ticket" value="${named.ticket}">`
    : html`<input type="hidden" name="plate" value="${named.plate}"><input type="hidden" name="digits" value="${named.digits}">`
}

/** A picture without a style or script of its own, dark on light in either scheme. */
function qrPicture(code: string, label: string): Markup {
  const { size, path } = qrPath(code)
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path d="${raw(path)}" fill="#000"/></svg>`
}
