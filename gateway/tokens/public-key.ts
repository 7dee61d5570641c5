import type { JsonWebKey, KeyObject } from 'node:crypto'
import { createHash, createPublicKey } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { z } from 'zod'
import type { TokenAlgorithm } from '../../core/token-policy.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import { decoded } from './compact.ts'

/** A public key that has been looked at: of a kind that is taken, on its curve, and fit to prove something. */
export type PublicKey = {
  readonly algorithm: TokenAlgorithm
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
  /** Only the members that make the key. */
  readonly jwk: PublicJwk
  readonly keyObject: KeyObject
}

/** A key that WebCrypto can use at once: importing takes as long as half a signature, so it is done once. */
export type VerifyingKey = PublicKey & { readonly cryptoKey: CryptoKey }

export type PublicJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }

export type PublicKeyResult =
  | { readonly ok: true; readonly key: PublicKey }
  | { readonly ok: false; readonly fault: string }

/** Everything about one algorithm. Each key is used with exactly one (RFC 8725, 3.1), whatever a token's header says. */
export const algorithmTable: Record<TokenAlgorithm, AlgorithmRow> = {
  Ed25519: {
    // RFC 9864 gives the curve a name of its own; RFC 8037's `EdDSA` says the same for this key.
    headerNames: ['EdDSA', 'Ed25519'],
    signatureBytes: 64,
    digest: null,
    importParameters: { name: 'Ed25519' },
  },
  ES256: {
    headerNames: ['ES256'],
    signatureBytes: 64,
    digest: 'sha256',
    importParameters: { name: 'ECDSA', namedCurve: 'P-256' },
  },
}

type AlgorithmRow = {
  /** The values of `alg` that mean it; the first is the one that is written. */
  readonly headerNames: readonly [string, ...string[]]
  readonly signatureBytes: number
  /** What is hashed before signing; Ed25519 does that by itself. */
  readonly digest: 'sha256' | null
  readonly importParameters: { readonly name: string; readonly namedCurve?: string }
}

/** Every `alg` that any key here could have. */
export const KNOWN_ALGORITHM_NAMES: readonly string[] = Object.values(algorithmTable).flatMap((row) => row.headerNames)

/**
 * Reads a JWK as a public key for checking signatures. Refuses (with a sentence that names the member and never its value) private and symmetric keys,
 * other curves, keys meant for something else, coordinates in another spelling, points that are not on the curve, and the Ed25519 points of small
 * order, for which anyone can make a signature (RFC 8725, 3.4; RFC 8032, 5.1).
 */
export function readPublicKey(jwk: unknown): PublicKeyResult {
  const stated = readPublicJwk(jwk)
  if (!stated.ok) return stated
  const { algorithm, jwk: publicJwk } = stated
  try {
    const key: JsonWebKey = { ...publicJwk }
    const keyObject = createPublicKey({ key, format: 'jwk' })
    return { ok: true, key: { algorithm, jwk: publicJwk, thumbprint: thumbprintOf(publicJwk), keyObject } }
  } catch {
    return fault('is not a point on its curve')
  }
}

export type PublicJwkResult =
  | { readonly ok: true; readonly algorithm: TokenAlgorithm; readonly jwk: PublicJwk }
  | { readonly ok: false; readonly fault: string }

/** The same without looking whether the point is on its curve. */
export function readPublicJwk(jwk: unknown): PublicJwkResult {
  const parsed = safeParse(jwkSchema, jwk)
  if (!parsed.success) return fault('is not a JWK with kty, crv and x')
  const { kty, crv, x, y, alg, use, key_ops: operations } = parsed.data
  const secret = PRIVATE_MEMBERS.find((member) => parsed.data[member] !== undefined)
  if (secret !== undefined) return fault(`holds a private key (member ${secret}): give its public half only`)
  if (use !== undefined && use !== 'sig') return fault('is not for signatures (member use)')
  if (operations !== undefined && !operations.includes('verify')) {
    return fault('is not for checking signatures (member key_ops)')
  }

  const stated = statedKey(kty, crv, x, y)
  if (stated.ok && alg !== undefined && !algorithmTable[stated.algorithm].headerNames.includes(alg)) {
    return fault(`states an algorithm that does not fit its curve (member alg): use ${stated.algorithm}`)
  }
  return stated
}

/** The key as WebCrypto wants it. */
export async function importForVerifying(key: PublicKey): Promise<VerifyingKey> {
  const { importParameters } = algorithmTable[key.algorithm]
  const cryptoKey = await crypto.subtle.importKey('jwk', { ...key.jwk }, importParameters, true, ['verify'])
  return { ...key, cryptoKey }
}

/** RFC 7638: SHA-256 over the members that make the key, in the order of their names, without spaces. */
export function thumbprintOf(jwk: PublicJwk): string {
  const members =
    jwk.kty === 'OKP' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x } : { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

const jwkSchema = z.looseObject({
  kty: z.string().max(16),
  crv: z.string().max(16).optional(),
  x: z.string().max(128).default(''),
  y: z.string().max(128).optional(),
  alg: z.string().max(32).optional(),
  use: z.string().max(32).optional(),
  key_ops: z.array(z.string().max(32)).max(8).optional(),
})

function statedKey(kty: string, crv: string | undefined, x: string, y: string | undefined): PublicJwkResult {
  if (kty === 'OKP' && crv === 'Ed25519') {
    const bytes = coordinate(x)
    if (bytes === undefined) return fault('has an x that is not 32 bytes of base64url')
    if (y !== undefined) return fault('has a y, which a key on Ed25519 has not')
    if (isWeakEd25519Point(bytes)) return fault('is a point of small order: anyone could sign for it')
    return { ok: true, algorithm: 'Ed25519', jwk: { kty, crv, x } }
  }
  if (kty === 'EC' && crv === 'P-256') {
    if (coordinate(x) === undefined || y === undefined || coordinate(y) === undefined) {
      return fault('has an x or y that is not 32 bytes of base64url')
    }
    return { ok: true, algorithm: 'ES256', jwk: { kty, crv, x, y } }
  }
  return fault('is of a kind or on a curve that is not taken: use Ed25519 (kty OKP) or P-256 (kty EC)')
}

function coordinate(text: string): Uint8Array | undefined {
  const bytes = decoded(text)
  return bytes?.length === 32 ? bytes : undefined
}

const FIELD = 2n ** 255n - 19n
/** The y of the points of order 8, computed from the curve's equation; the others of small order have y 0, 1 and -1. */
const ORDER_EIGHT_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
const SMALL_ORDER_Y: readonly bigint[] = [0n, 1n, FIELD - 1n, ORDER_EIGHT_Y, FIELD - ORDER_EIGHT_Y]

/** Whether a point is of small order, or written with a y of 2^255 - 19 or more. OpenSSL looks at it from some version after 3.0, Node not at all. */
function isWeakEd25519Point(bytes: Uint8Array): boolean {
  const bigEndian = Buffer.from(bytes).reverse()
  const y = BigInt(`0x${bigEndian.toString('hex')}`) & (2n ** 255n - 1n)
  return y >= FIELD || SMALL_ORDER_Y.includes(y)
}

function fault(text: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault: text }
}
