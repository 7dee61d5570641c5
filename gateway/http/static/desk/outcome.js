/** @import { Said } from './said.js' */

import { filled } from './said.js'

/** @typedef {import('zod').output<typeof import('../../outcome-schema.ts').outcome>} Outcome */

/**
 * What the box has decided, for whoever stands there with the money in hand.
 * @param {unknown} body
 * @param {Said} said
 * @returns {readonly string[]}
 */
export function outcomeLines(body, said) {
  const outcome = decided(body)
  const { words } = said
  switch (outcome.kind) {
    case 'amount-asked':
      return [filled(words.outcomeDue, { amount: said.money(outcome.due) })]
    case 'nothing-due':
      return [words.outcomeNothingDue]
    case 'credited':
      return [
        filled(words.outcomeCredited, { amount: said.money(outcome.amount) }),
        outcome.rest.amount > 0 ? filled(words.outcomeRest, { amount: said.money(outcome.rest) }) : words.outcomeNoRest,
        ...(outcome.debts === undefined ? [] : [filled(words.owedBefore, { amount: said.money(outcome.debts) })]),
        ...(outcome.overpaid.amount > 0
          ? [filled(words.outcomeOverpaid, { amount: said.money(outcome.overpaid) })]
          : []),
      ]
    case 'refunded':
      return [
        filled(words.outcomeRefunded, { amount: said.money(outcome.amount) }),
        ...(outcome.pass === undefined ? ofPrice(outcome.ofPrice, said) : [passLeft(outcome.pass, said)]),
      ]
    case 'paid':
      return [filled(words.eventPaid, { amount: said.money(outcome.amount) })]
    case 'let-through':
    case 'already-accepted':
      return [words.outcomeOpened]
    case 'evidence-taken':
      return [
        { begun: words.lateBegun, ended: words.lateEnded, untouched: words.lateUntouched }[outcome.stay],
        ...(outcome.misfit === null ? [] : [words[misfits[outcome.misfit]]]),
        ...(outcome.paid.amount > 0 ? [filled(words.outcomeCredited, { amount: said.money(outcome.paid) })] : []),
        ...(outcome.owed !== null && outcome.owed.amount > 0
          ? [filled(words.outcomeRest, { amount: said.money(outcome.owed) })]
          : []),
        ...(outcome.overpaid.amount > 0
          ? [filled(words.outcomeOverpaid, { amount: said.money(outcome.overpaid) })]
          : []),
      ]
    case 'pass-sold':
      return outcome.validUntil === null
        ? [
            filled(words.outcomePassUnpaid, {
              amount: said.money(outcome.due),
              charge: outcome.charge,
              at: said.moment(outcome.dueAt),
            }),
          ]
        : [
            filled(words.outcomePassSold, {
              amount: said.money(outcome.price),
              until: said.moment(outcome.validUntil),
            }),
            filled(words.outcomePassCharge, { charge: outcome.charge }),
          ]
    case 'pass-sale-cancelled':
    case 'credit-unmatched':
    case 'code-issued':
    case 'noted':
    case 'charge-opened':
    case 'charge-cancelled':
      return [words.outcomeNoted]
  }
}

/**
 * What of it was no overpayment: somebody else may have given that back already.
 * @param {Extract<Outcome, { kind: 'refunded' }>['ofPrice']} amount
 * @param {Said} said
 */
function ofPrice(amount, said) {
  return amount === undefined || amount.amount === 0
    ? []
    : [filled(said.words.outcomeOfPrice, { amount: said.money(amount) })]
}

/**
 * @param {NonNullable<Extract<Outcome, { kind: 'refunded' }>['pass']>} pass
 * @param {Said} said
 */
function passLeft({ right, goodUntil }, said) {
  return goodUntil === null
    ? filled(said.words.outcomePassOver, { right })
    : filled(said.words.outcomePassLeft, { right, until: said.moment(goodUntil) })
}

/**
 * What is made names itself beside what was decided.
 * @param {unknown} body
 * @returns {Outcome}
 */
function decided(body) {
  const answer = /** @type {Outcome | { readonly outcome: Outcome }} */ (body)
  return 'outcome' in answer ? answer.outcome : answer
}

/**
 * Whether what was handed in late fitted what the books know.
 * @param {unknown} body
 */
export function fitsBooks(body) {
  const outcome = /** @type {Outcome} */ (body)
  return outcome.kind !== 'evidence-taken' || outcome.misfit === null
}

/** @type {Readonly<Record<NonNullable<Extract<Outcome, { kind: 'evidence-taken' }>['misfit']>, import('../../pages/desk-words.ts').DeskWord>>} */
const misfits = {
  'no-stay': 'misfitNoStay',
  'several-stays': 'misfitSeveral',
  'already-inside': 'misfitInside',
  'already-over': 'misfitOver',
  'before-last-fact': 'misfitBefore',
  'plate-mismatch': 'misfitPlate',
}
