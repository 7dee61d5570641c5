import type { ChargeId, SiteId } from './ids.ts'
import { PURPOSE_CHARACTERS_MAX } from './vietqr.ts'

/**
 * What a payer's bank writes beside a transfer, so that it names one charge of one gateway: `TBKQZM1S4217G0C62`. Letters and digits alone, which every bank passes on: four letters of
 * the site and its gateway, for several may share an account; epoch, seq and index of the charge; and two check digits (ISO 7064, MOD 97-10, as in an IBAN), so that a slip of a finger names no
 * other charge. `null` where that is longer than a VietQR code's purpose, or the id is no charge's.
 */
export function transferReference(charge: ChargeId, site: SiteId): string | null {
  const [, gateway, epoch, seq, index] = CHARGE.exec(charge) ?? []
  if (gateway === undefined) return null
  const body = `TB${ownerLetters(site, gateway)}${epoch}S${seq}G${index}C`
  const reference = body + checkDigits(body)
  return reference.length > PURPOSE_CHARACTERS_MAX ? null : reference
}

/**
 * Finds a reference in a transfer's text and gives back the charge of that gateway; `null` where there is none, more than one, or a wrong one. Banks change the case, drop what is no letter or
 * digit, break long words, and write words of their own before and behind it.
 */
export function chargeOfReference(text: string, site: SiteId, gateway: string): ChargeId | null {
  if (text.length > TRANSFER_TEXT_CHARACTERS_MAX) return null
  const said = text.toUpperCase()
  const owner = ownerLetters(site, gateway)
  const found = new Set<string>()
  for (const spelling of [said, said.replace(/[^A-Z0-9]/g, '')]) {
    for (const [, body = '', by, epoch, seq, index, check] of spelling.matchAll(REFERENCE)) {
      if (by === owner && checkDigits(body) === check) found.add(`${gateway}:${epoch}:${seq}:g${index}`)
    }
  }
  const [only] = found
  return found.size === 1 && only !== undefined ? (only as ChargeId) : null
}

/** Longer than any bank's text; what is longer names nothing. */
export const TRANSFER_TEXT_CHARACTERS_MAX = 512
const CHARGE = /^([^:]+):(\d{1,9}):(\d{1,15}):g(\d{1,9})$/
const REFERENCE = /(TB([A-Z]{4})(\d{1,9})S(\d{1,15})G(\d{1,9})C)(\d{2})(?!\d)/g

/** Four letters of a site and its gateway: FNV-1a of 32 bits, folded to 26^4. That two of twenty gateways share theirs has a chance of 1 in 2,400; then each needs an account of its own. */
function ownerLetters(site: string, gateway: string): string {
  let hash = 0x811c9dc5
  for (const character of `${site}/${gateway}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  }
  let letters = ''
  for (let place = 0; place < 4; place += 1) {
    letters += String.fromCharCode(65 + (hash % 26))
    hash = Math.floor(hash / 26)
  }
  return letters
}

function checkDigits(body: string): string {
  let rest = 0
  for (const character of `${body}00`) {
    const value = Number.parseInt(character, 36)
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97
  }
  return String(98 - rest).padStart(2, '0')
}
