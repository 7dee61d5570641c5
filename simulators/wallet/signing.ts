import type { KeyObject } from 'node:crypto'
import { createECDH, createHash, createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto'

/** As many random bytes as are asked for, from whatever the world rolls its dice with. */
export type RandomBytes = (bytes: number) => Uint8Array

/** A payer, an issuer or a phone that signs. With `EdDSA` the same words give the same signature; with `ES256` Node takes a new random number each time. */
export type SimulatedKey = {
  readonly kid: string
  readonly alg: 'EdDSA' | 'ES256'
  readonly publicJwk: Readonly<Record<string, string>>
  readonly privateKey: KeyObject
}

/** A key made of the world's own dice, so that a seed gives the same keys again. */
export function createKey(kid: string, alg: SimulatedKey['alg'], random: RandomBytes): SimulatedKey {
  const privateKey = alg === 'EdDSA' ? ed25519From(random(32)) : p256From(random(32))
  const { x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicJwk = alg === 'EdDSA' ? { kty: 'OKP', crv: 'Ed25519', x } : { kty: 'EC', crv: 'P-256', x, y }
  return { kid, alg, publicJwk, privateKey }
}

/** A part of a token: an object, or the very letters of its JSON where these matter. */
export type Part = Readonly<Record<string, unknown>> | string

export function signed(key: SimulatedKey, header: Part, claims: Part): string {
  const input = `${encoded(header)}.${encoded(claims)}`
  const digest = key.alg === 'EdDSA' ? null : 'sha256'
  const signature = sign(digest, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** The old trick: the issuer's public key, which everyone has, as the secret of an HMAC. */
export function signedWithPublicKey(key: SimulatedKey, header: Part, claims: Part): string {
  const input = `${encoded(header)}.${encoded(claims)}`
  const secret = createPublicKey(key.privateKey).export({ format: 'pem', type: 'spki' })
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

export function encoded(part: Part): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

export function thumbprintOf({ publicJwk }: SimulatedKey): string {
  const { crv, kty, x, y } = publicJwk
  return sha256(JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y }))
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** RFC 8410, section 7: the fixed bytes that come before an Ed25519 key in PKCS #8. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

function ed25519From(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
}

function p256From(seed: Uint8Array): KeyObject {
  const curve = createECDH('prime256v1')
  // A number of 255 bits is always within the group, and never 0.
  const d = Buffer.from(seed)
  d[0] = (d[0] ?? 0) & 0x7f
  d[31] = (d[31] ?? 0) | 1
  curve.setPrivateKey(d)
  const point = curve.getPublicKey()
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: d.toString('base64url'), x, y }, format: 'jwk' })
}
