import type { Brand } from './brand.ts'

/** ISO 4217, three capital letters. */
export type CurrencyCode = Brand<string, 'CurrencyCode'>

/** A whole number of the currency's smallest unit (đồng for VND, exponent 0); never a fraction, below 2^53. */
export type Money = { readonly amount: number; readonly currency: CurrencyCode }

export const AMOUNT_MAX = Number.MAX_SAFE_INTEGER
/** The most that a person’s fingers are believed: a dozen digits too many are a slip, and would be owed, or given back as overpaid. */
export const KEYED_AMOUNT_MAX = 500_000_000
export const VND = 'VND' as CurrencyCode

export function isCurrencyCode(text: string): text is CurrencyCode {
  return /^[A-Z]{3}$/.test(text)
}

/** True for a whole number from 0 to 2^53 - 1. Fractions, negatives, NaN, strings and larger numbers are refused. */
export function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Makes money of a checked amount; throws on anything else, because the edge has checked it before. */
export function money(amount: number, currency: CurrencyCode): Money {
  if (!isAmount(amount)) throw new RangeError(`amount ${amount} is not a whole number from 0 to ${AMOUNT_MAX}`)
  return { amount, currency }
}

/** Adds money of one currency; throws on two currencies or a sum beyond 2^53 - 1. */
export function addMoney(left: Money, right: Money): Money {
  return money(left.amount + right.amount, sameCurrency(left, right))
}

/** Subtracts; throws on two currencies or a negative result. */
export function subtractMoney(left: Money, right: Money): Money {
  return money(left.amount - right.amount, sameCurrency(left, right))
}

/**
 * The share of an amount in basis points (1/10,000), rounded down to the smallest unit: what is left over stays with the
 * vendor. Throws on a share outside 0 to 10,000.
 */
export function shareOf(amount: Money, basisPoints: number): Money {
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints > 10_000) {
    throw new RangeError(`share ${basisPoints} must be 0 to 10000 basis points`)
  }
  const share = (BigInt(amount.amount) * BigInt(basisPoints)) / 10_000n
  return money(Number(share), amount.currency)
}

function sameCurrency(left: Money, right: Money): CurrencyCode {
  if (left.currency !== right.currency) {
    throw new RangeError(`cannot reckon ${left.currency} with ${right.currency}`)
  }
  return left.currency
}
