/**
 * @typedef {{ readonly ok: true, readonly amount: number }
 *   | { readonly ok: false, readonly why: 'amountWrong' | 'amountZero' | 'amountTooLarge' }} AmountRead
 */

const CHARACTERS_MAX = 24

/**
 * What somebody keyed as an amount of money: whole units, with or without separators between groups of three. `60.5` and `60.00` are refused, for nobody can tell whether that is
 * sixty or six thousand. More than `amountMax` is a slip of a finger, and nothing too, where it may not be meant.
 * @param {string} text
 * @param {number} amountMax
 * @param {boolean} [mayBeZero]
 * @returns {AmountRead}
 */
export function readAmount(text, amountMax, mayBeZero = false) {
  const typed = text.trim()
  if (typed.length > CHARACTERS_MAX) return { ok: false, why: 'amountTooLarge' }
  const isPlain = /^\d+$/.test(typed)
  // One kind of separator in one amount.
  if (!isPlain && !/^\d{1,3}(?:([.,\u0020\u00a0])\d{3})(?:\1\d{3})*$/.test(typed))
    return { ok: false, why: 'amountWrong' }
  const amount = Number(typed.replace(/\D/g, ''))
  if (amount === 0 && !mayBeZero) return { ok: false, why: 'amountZero' }
  return amount > amountMax ? { ok: false, why: 'amountTooLarge' } : { ok: true, amount }
}

/**
 * An amount for people to read, with its thousands parted, as the gateway writes it.
 * @param {{ readonly amount: number, readonly currency: string }} money
 * @param {'vi' | 'en'} language
 */
export function amountText({ amount, currency }, language) {
  const grouped = String(amount).replace(/\B(?=(?:\d{3})+$)/g, language === 'vi' ? '.' : ',')
  return language === 'vi' ? `${grouped}\u00a0${currency === 'VND' ? '₫' : currency}` : `${grouped} ${currency}`
}

/**
 * A count of vehicles; `undefined` for what is none.
 * @param {string} text
 */
export function readCount(text) {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : undefined
}

/**
 * A whole number with both ends among what is taken; `undefined` for any other.
 * @param {string} text
 * @param {{ readonly from: number, readonly upTo: number }} range
 */
export function readWhole(text, { from, upTo }) {
  if (!/^\d{1,9}$/.test(text.trim())) return undefined
  const number = Number(text.trim())
  return number >= from && number <= upTo ? number : undefined
}

const BASIS_POINTS_OF_A_PER_CENT = 100
const BASIS_POINTS_OF_ALL = 10_000

/**
 * Per cent as basis points, with up to two digits behind the comma, more than none and at most all; `undefined` for any other.
 * @param {string} text
 */
export function readShare(text) {
  const [, whole, rest = ''] = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(text.trim()) ?? []
  if (whole === undefined) return undefined
  const basisPoints = Number(whole) * BASIS_POINTS_OF_A_PER_CENT + Number(rest.padEnd(2, '0'))
  return basisPoints > 0 && basisPoints <= BASIS_POINTS_OF_ALL ? basisPoints : undefined
}
