import type { KeyObject } from 'node:crypto'
import { sign } from 'node:crypto'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { TokenAlgorithm } from '../../core/token-policy.ts'
import { algorithmTable } from './public-key.ts'

export type CompactHeader = { readonly typ: string; readonly kid?: string }

/**
 * Signs claims as a compact JWS, at once. Header and claims are spelled by RFC 8785, so that with an Ed25519 key the same claims give the same text; ES256
 * takes a new random number each time. Throws on claims that have no place in a record.
 */
export function signCompact(
  header: CompactHeader,
  claims: Readonly<Record<string, unknown>>,
  privateKey: KeyObject,
  algorithm: TokenAlgorithm,
): string {
  return compactSigner(header, privateKey, algorithm)(claims)
}

/** The same for who signs many under one header, which is then spelled once. */
export function compactSigner(
  header: CompactHeader,
  privateKey: KeyObject,
  algorithm: TokenAlgorithm,
): (claims: Readonly<Record<string, unknown>>) => string {
  const { headerNames, digest } = algorithmTable[algorithm]
  const start = encoded({ alg: headerNames[0], ...header })
  return (claims) => {
    const input = `${start}.${encoded(claims)}`
    const bytes = Buffer.from(input, 'ascii')
    // Ed25519 has one encoding only, and a key by itself is taken a quarter faster.
    const signature =
      digest === null
        ? sign(null, bytes, privateKey)
        : sign(digest, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }
}

function encoded(part: Readonly<Record<string, unknown>>): string {
  return Buffer.from(canonicalJson(part), 'utf8').toString('base64url')
}
