import type { KeyObject } from 'node:crypto'
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { instant } from '../../../core/time.ts'
import type { IssuerRole } from '../../../core/token-policy.ts'
import type { TokenKind } from '../../../core/tokens.ts'
import type { KeyRing, KeySetFile, KeySetIssuerFile } from '../../../gateway/tokens/key-ring.ts'
import { createKeyRing } from '../../../gateway/tokens/key-ring.ts'
import type { Verified, Verifier } from '../../../gateway/tokens/verify.ts'
import { createVerifier } from '../../../gateway/tokens/verify.ts'

/** Makes tokens by hand, good and bad, with nothing of the code that is tested. */

export const NOON_SECONDS = Date.UTC(2026, 10, 21, 5) / 1000
export const NOON = instant(NOON_SECONDS * 1000)
export const SITE = 'market-1'
export const STALL_AUDIENCE = `urn:tolbooth:${SITE}:stall:a-12`
export const WALLET = 'https://wallet.example'

export type TestKey = {
  readonly kid: string
  readonly alg: 'EdDSA' | 'ES256'
  readonly privateKey: KeyObject
  readonly publicJwk: Record<string, string>
}

export function testKey(kid: string, alg: 'EdDSA' | 'ES256' = 'EdDSA'): TestKey {
  const pair = alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, alg, privateKey: pair.privateKey, publicJwk: jwkOf(pair.publicKey) }
}

/** RFC 8037, appendix A: a key that others have made, with its thumbprint. */
export const RFC_8037_KEY = {
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  thumbprint: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
}

export function rfc8037Key(kid: string): TestKey {
  const { x, d } = RFC_8037_KEY
  const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' })
  return { kid, alg: 'EdDSA', privateKey, publicJwk: { kty: 'OKP', crv: 'Ed25519', x } }
}

export type Json = Record<string, unknown>

export function headerOf(key: TestKey, typ: string): Json {
  return { alg: key.alg, typ, kid: key.kid }
}

export const payClaims = (over: Json = {}): Json => ({
  iss: WALLET,
  sub: 'payer-1',
  aud: STALL_AUDIENCE,
  iat: NOON_SECONDS,
  nbf: NOON_SECONDS,
  exp: NOON_SECONDS + 300,
  jti: 'token-1',
  amt: 50_000,
  cur: 'VND',
  ...over,
})

/** `header` and `claims` as objects, or as text where the very letters matter. */
export function signed(key: TestKey, header: Json | string, claims: Json | string): string {
  const input = `${encoded(header)}.${encoded(claims)}`
  return `${input}.${signatureOver(key, input)}`
}

export function signatureOver(key: TestKey, input: string): string {
  const digest = key.alg === 'EdDSA' ? null : 'sha256'
  return sign(digest, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

export function encoded(part: Json | string | Uint8Array): string {
  if (part instanceof Uint8Array) return Buffer.from(part).toString('base64url')
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

export function pay(key: TestKey, over: Json = {}): string {
  return signed(key, headerOf(key, 'pay+jwt'), payClaims(over))
}

export const credentialClaims = (phone: TestKey, over: Json = {}): Json => ({
  iss: WALLET,
  sub: 'payer-1',
  iat: NOON_SECONDS - 3_600,
  nbf: NOON_SECONDS - 3_600,
  exp: NOON_SECONDS + 86_400,
  jti: 'credential-1',
  cnf: { jwk: phone.publicJwk },
  lim: 200_000,
  cur: 'VND',
  ...over,
})

export const bindingClaims = (sdJwt: string, over: Json = {}): Json => ({
  iat: NOON_SECONDS,
  aud: STALL_AUDIENCE,
  nonce: randomBytes(16).toString('base64url'),
  sd_hash: sha256(sdJwt),
  amt: 50_000,
  ...over,
})

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** An SD-JWT+KB: credential, disclosures, and the phone's signature over both. */
export function rotating(
  issuer: TestKey,
  phone: TestKey,
  parts: {
    readonly credential?: Json
    readonly credentialHeader?: Json
    readonly disclosures?: readonly string[]
    readonly binding?: Json
    readonly bindingHeader?: Json
  } = {},
): string {
  const issued = signed(
    issuer,
    { ...headerOf(issuer, 'payer+sd-jwt'), ...parts.credentialHeader },
    credentialClaims(phone, parts.credential),
  )
  const sdJwt = `${[issued, ...(parts.disclosures ?? [])].join('~')}~`
  const binding = signed(
    phone,
    { alg: phone.alg, typ: 'kb+jwt', ...parts.bindingHeader },
    bindingClaims(sdJwt, parts.binding),
  )
  return sdJwt + binding
}

export function issuerEntry(
  iss: string,
  role: IssuerRole,
  kinds: TokenKind[],
  keys: readonly TestKey[],
): KeySetIssuerFile {
  return {
    iss,
    role,
    kinds,
    scope: 'region',
    currency: 'VND',
    presentWithinMs: 86_400_000,
    keys: keys.map((key) => ({ kid: key.kid, jwk: key.publicJwk, from: '2026-01-01T00:00:00Z' })),
  }
}

export function keySetOf(...issuers: KeySetIssuerFile[]): KeySetFile {
  return { version: { epoch: 1, n: 1 }, issuedAt: '2026-11-20T00:00:00Z', issuers }
}

export async function ringOf(...issuers: KeySetIssuerFile[]): Promise<KeyRing> {
  const made = await createKeyRing(keySetOf(...issuers), [])
  if (!made.ok) throw new Error(made.problems.join('\n'))
  return made.ring
}

export function verifierOf(ring: KeyRing): Verifier {
  return createVerifier({ keyRing: () => ring, inFlightMax: 16, waitingMax: 1_024, phoneKeysMax: 64 })
}

/** The refusal of what must be refused, or `undefined` for what was taken. */
export function refusalOf(verified: Verified): string | undefined {
  return verified.ok ? undefined : verified.refusal
}

function jwkOf(key: KeyObject): Record<string, string> {
  return Object.fromEntries(Object.entries(key.export({ format: 'jwk' })).map(([name, value]) => [name, String(value)]))
}
