/**
 * What a ticket says, read without the gateway. `expired`, `not-yet` and `genuine` have a right signature of one of the keys; of `other-site` the signature is right as well, and its site is not ours.
 * @typedef {{ readonly session: string, readonly lane: string, readonly enteredAtMs: number, readonly untilMs: number, readonly vehicleClass: string | null }} TicketSays
 * Of `other-mode` it is one of practice where money is real, or the other way round: the gateway takes neither.
 * @typedef {{ readonly kind: 'genuine' | 'expired' | 'not-yet' | 'other-site' | 'other-mode', readonly text: string, readonly says: TicketSays }
 *   | { readonly kind: 'forged' | 'unknown-key' | 'not-a-ticket' }} TicketRead
 *
 * A key that signs tickets, or did: what it signed outside its time is not taken. `untilMs` null: it still signs.
 * @typedef {{ readonly kid: string, readonly publicKey: Uint8Array, readonly fromMs: number | null, readonly untilMs: number | null }} TicketKey
 *
 * @typedef {(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean} Verify
 */

/** Longer ones are refused before anything is decoded, as the gateway does. */
export const TICKET_CHARACTERS_MAX = 2_048
const LINK_ADDRESS_CHARACTERS_MAX = 256
/** A phone's clock is not the gateway's. */
const CLOCKS_DIFFER_MAX_MS = 2 * 60_000

/** As the gateway names the stays of practice. */
const OF_PRACTICE = /:practice[0-9]+$/

/**
 * Reads a ticket as its text, or in the fragment of an `https` link, and checks it against the keys that were fetched while the box answered. Whether its vehicle has left is not on it.
 * @param {string} shown
 * @param {{ readonly keys: readonly TicketKey[], readonly site: string, readonly isTraining: boolean, readonly nowMs: number, readonly verify: Verify }} by
 * @returns {TicketRead}
 */
export function readTicket(shown, { keys, site, isTraining, nowMs, verify }) {
  const text = tokenIn(shown.trim())
  const [head = '', body = '', signature = '', ...more] = text.split('.')
  if (text.length > TICKET_CHARACTERS_MAX || more.length > 0 || signature === '') return { kind: 'not-a-ticket' }
  const header = jsonOf(head)
  if (header === undefined || header['typ'] !== 'ticket+jwt' || decoded(body) === undefined) {
    return { kind: 'not-a-ticket' }
  }
  // The gateway's header has these three and nothing else; what asks for more is not its own.
  if (Object.keys(header).sort().join() !== 'alg,kid,typ' || header['alg'] !== 'EdDSA') return { kind: 'forged' }
  const key = keys.find(({ kid }) => kid === header['kid'])
  if (key === undefined) return { kind: 'unknown-key' }
  const bytes = decoded(signature)
  const message = new TextEncoder().encode(`${head}.${body}`)
  if (bytes?.length !== 64 || !verify(bytes, message, key.publicKey)) return { kind: 'forged' }
  const claims = jsonOf(body)
  const says = claims === undefined ? undefined : saysOf(claims)
  if (claims === undefined || says === undefined) return { kind: 'forged' }
  const signedAtMs = Number(claims['iat']) * 1_000
  if (signedAtMs < (key.fromMs ?? 0) || signedAtMs > (key.untilMs ?? Number.MAX_SAFE_INTEGER)) return { kind: 'forged' }
  if (!isFor(claims['aud'], site)) return { kind: 'other-site', text, says }
  if (OF_PRACTICE.test(says.session) !== isTraining) return { kind: 'other-mode', text, says }
  if (says.untilMs <= nowMs) return { kind: 'expired', text, says }
  return { kind: says.enteredAtMs > nowMs + CLOCKS_DIFFER_MAX_MS ? 'not-yet' : 'genuine', text, says }
}

/**
 * What tells one ticket from another to whoever holds it: when its vehicle came in, and the digits on it. Nothing is verified: it is for a ticket that was. `undefined` for a text that is none.
 * @param {string} text
 * @returns {{ readonly enteredAtMs: number, readonly digits: string } | undefined}
 */
export function ticketTag(text) {
  const [, body = '', signature = ''] = text.split('.')
  const claims = jsonOf(body)
  const enteredAtMs = claims === undefined ? undefined : saysOf(claims)?.enteredAtMs
  const digits = digitsOf(signature)
  return enteredAtMs === undefined || digits === undefined ? undefined : { enteredAtMs, digits }
}

const TICKET_DIGITS = 4

/**
 * As the gateway reckons them (docs/decisions/077-digits-from-a-signature.md): 36 bits from the signature's beginning.
 * @param {string} signature
 */
function digitsOf(signature) {
  const bytes = decoded(`${signature.slice(0, 6)}AA`)
  if (bytes?.length !== 6) return undefined
  const bits = bytes.slice(0, 5).reduce((value, byte) => value * 256 + byte, 0)
  return String(Math.floor(bits / 16) % 10 ** TICKET_DIGITS).padStart(TICKET_DIGITS, '0')
}

/**
 * A public JWK of the gateway as a key; `undefined` for one of another kind.
 * @param {unknown} listed
 * @returns {TicketKey | undefined}
 */
export function ticketKeyOf(listed) {
  if (!isObject(listed)) return undefined
  const jwk = isObject(listed['jwk']) ? listed['jwk'] : listed
  const { kid } = listed
  const { kty, crv, x } = jwk
  const publicKey = typeof x === 'string' ? decoded(x) : undefined
  if (typeof kid !== 'string' || kty !== 'OKP' || crv !== 'Ed25519' || publicKey?.length !== 32) return undefined
  return { kid, publicKey, fromMs: numberOr(listed['from']), untilMs: numberOr(listed['until']) }
}

/** @param {string} shown */
function tokenIn(shown) {
  const hash = shown.indexOf('#')
  const isLink = hash > 0 && hash <= LINK_ADDRESS_CHARACTERS_MAX && /^https?:\/\/[\x21-\x7e]+$/i.test(shown)
  return isLink ? shown.slice(hash + 1) : shown
}

/**
 * @param {Readonly<Record<string, unknown>>} claims
 * @returns {TicketSays | undefined}
 */
function saysOf(claims) {
  const { session, lane, entered, exp, iat } = claims
  const vehicleClass = claims['class'] ?? null
  if (typeof session !== 'string' || typeof lane !== 'string') return undefined
  if (!isSeconds(entered) || !isSeconds(exp) || !isSeconds(iat)) return undefined
  if (vehicleClass !== null && typeof vehicleClass !== 'string') return undefined
  return { session, lane, enteredAtMs: entered * 1_000, untilMs: exp * 1_000, vehicleClass }
}

/**
 * @param {unknown} audience
 * @param {string} site
 */
function isFor(audience, site) {
  const all = Array.isArray(audience) ? audience : [audience]
  const ours = `urn:tolbooth:${site}`
  return all.some((each) => each === ours || (typeof each === 'string' && each.startsWith(`${ours}:`)))
}

/**
 * @param {string} part
 * @returns {Readonly<Record<string, unknown>> | undefined}
 */
function jsonOf(part) {
  const bytes = decoded(part)
  if (bytes === undefined) return undefined
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The bytes of base64url in its one spelling.
 * @param {string} text
 */
function decoded(text) {
  if (!/^[\w-]+$/.test(text)) return undefined
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const again = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    return again === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined
  } catch {
    return undefined
  }
}

/**
 * @param {unknown} value
 * @returns {value is Readonly<Record<string, unknown>>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isSeconds(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** @param {unknown} value */
function numberOr(value) {
  return typeof value === 'number' ? value : null
}
