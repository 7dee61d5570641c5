/** The digits that stand on a ticket, and that a driver types beside the plate. */
export const TICKET_DIGITS = 4

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** 36 bits: a million times as many values as digits, and no number that loses any. */
const CHARACTERS = 6

/**
 * The digits of a signed ticket, out of the beginning of its signature: whoever does not have the ticket or the gateway’s key cannot reckon them, whatever tickets of others are known
 * (docs/decisions/077-digits-from-a-signature.md). `null` for a text without a signature.
 */
export function ticketDigits(jws: string): string | null {
  const [, , signature] = jws.split('.')
  if (signature === undefined || signature.length < CHARACTERS) return null
  let value = 0
  for (const character of signature.slice(0, CHARACTERS)) {
    const bits = BASE64URL.indexOf(character)
    if (bits < 0) return null
    value = value * BASE64URL.length + bits
  }
  return String(value % 10 ** TICKET_DIGITS).padStart(TICKET_DIGITS, '0')
}
