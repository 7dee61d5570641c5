import type { ChargeId } from './ids.ts'

/**
 * What a payer's bank writes beside a transfer, so that it names one charge of this site's gateway: `TB1S4217G0C62`. Upper-case letters and digits alone, which every bank passes on, and two check
 * digits (ISO 7064, MOD 97-10, as in an IBAN), so that a slip of a finger names no other charge. At most 25 characters for seqs below 10^12.
 */
export function transferReference(charge: ChargeId): string {
  const named = /:(\d{1,4}):(\d{1,12}):g(\d{1,3})$/.exec(charge)
  if (named === null) throw new RangeError(`no reference can be made of the charge ${charge}`)
  const body = `TB${named[1]}S${named[2]}G${named[3]}C`
  return body + checkDigits(body)
}

/** Finds a reference in a transfer's text and gives back the charge of that gateway; `null` where there is none, more than one, or a wrong one. */
export function chargeOfReference(text: string, gateway: string): ChargeId | null {
  if (text.length > TEXT_CHARACTERS_MAX) return null
  const found = new Set<string>()
  for (const [, body = '', epoch, seq, index, check] of text.toUpperCase().matchAll(REFERENCE)) {
    if (checkDigits(body) === check) found.add(`${gateway}:${epoch}:${seq}:g${index}`)
  }
  const [only] = found
  return found.size === 1 && only !== undefined ? (only as ChargeId) : null
}

const TEXT_CHARACTERS_MAX = 512
const REFERENCE = /(?<![A-Z0-9])(TB(\d{1,4})S(\d{1,12})G(\d{1,3})C)(\d{2})(?![0-9])/g

function checkDigits(body: string): string {
  let rest = 0
  for (const character of `${body}00`) {
    const value = Number.parseInt(character, 36)
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97
  }
  return String(98 - rest).padStart(2, '0')
}
