import type { Refusal } from '../../core/refusals.ts'
import type { StrictJsonObject } from '../strict-json.ts'
import { parseStrictJson } from '../strict-json.ts'

/** A JWS in compact form, taken apart; nothing in it is to be believed yet. */
export type Compact = {
  readonly text: string
  readonly header: StrictJsonObject
  /** The signed bytes of the claims, still as they came. */
  readonly payload: Uint8Array
  /** Bytes of the signature; 0 for an unsigned token. */
  readonly signatureBytes: number
}

export type Refused = { readonly ok: false; readonly refusal: Refusal; readonly detail: string }
export type Opened<Value> = { readonly ok: true; readonly value: Value } | Refused

/**
 * Takes a compact JWS apart (RFC 7515, 7.1). Refuses every spelling but the one in which each part, decoded and encoded again, is itself: so
 * no white space, no padding, no spare bits, no other alphabet. `detail` names what is wrong and never what was read.
 */
export function openCompact(text: string): Opened<Compact> {
  const [header = '', payload = '', signature = '', ...more] = text.split('.')
  if (header === '' || payload === '' || more.length > 0 || text.split('.').length !== 3) {
    return refused('token-malformed', 'not three parts with points between them')
  }
  const headerBytes = decoded(header)
  const payloadBytes = decoded(payload)
  const signatureBytes = decoded(signature)
  if (headerBytes === undefined || payloadBytes === undefined || signatureBytes === undefined) {
    return refused('token-not-canonical', 'not spelled as base64url without padding and spare bits')
  }
  const parsed = parseStrictJson(headerBytes)
  if (!parsed.ok) return refused('token-malformed', `header ${parsed.fault}`)
  return {
    ok: true,
    value: { text, header: parsed.value, payload: payloadBytes, signatureBytes: signatureBytes.length },
  }
}

export function refused(refusal: Refusal, detail: string): Refused {
  return { ok: false, refusal, detail }
}

/** The bytes of base64url text, or `undefined` if they would be spelled otherwise. */
export function decoded(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
