import type { JsonWebKey, KeyObject } from 'node:crypto'
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Money } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Place } from '../../core/site.ts'
import type { Instant, Now } from '../../core/time.ts'
import { SECOND_MS } from '../../core/time.ts'
import type { TimePolicy, TokenAlgorithm } from '../../core/token-policy.ts'
import { judgeAudience, judgeKey, judgeTimes, presentationPolicy, tokenPolicy } from '../../core/token-policy.ts'
import { spendIdentityOf } from '../../core/token-spending.ts'
import type { PassHours, PresentedToken, TokenKind } from '../../core/tokens.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { StrictJsonObject } from '../strict-json.ts'
import { parseStrictJson } from '../strict-json.ts'
import { problemsOf } from './bundle-fields.ts'
import { openCompact } from './compact.ts'
import type { DenyList } from './deny-list.ts'
import type { KeyRing, KeySetFile } from './key-ring.ts'
import { keySetSchema } from './key-ring.ts'
import type { PublicJwk } from './public-key.ts'
import { readPublicKey } from './public-key.ts'
import { signCompact } from './sign-compact.ts'
import { writePrivateFile } from './signer.ts'
import { createVerifier } from './verify.ts'

/**
 * An issuer for a developer's machine: keys, a key set, tokens of all six kinds, and a look into a token. What it signs is worth as much
 * as the key set that names its key, and no more: a site that takes real money lists no such key.
 */

export type IssuerKeyPair = {
  readonly kid: string
  readonly algorithm: TokenAlgorithm
  readonly publicJwk: PublicJwk
  readonly privateKey: KeyObject
}

export type Problem = { readonly ok: false; readonly problem: string }
export type IssuerKeyResult = { readonly ok: true; readonly pair: IssuerKeyPair } | Problem

/** A new key pair; its `kid` is its thumbprint (RFC 7638), so that no two keys share one. */
export function createIssuerKey(algorithm: TokenAlgorithm): IssuerKeyPair {
  const { privateKey } =
    algorithm === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return pairOf(privateKey)
}

/** Writes the pair as a private JWK to a new file of mode 0600. Returns what went wrong, if anything. */
export function writeIssuerKey(path: string, pair: IssuerKeyPair): string | undefined {
  const { kid } = pair
  return writePrivateFile(path, `${JSON.stringify({ kid, ...pair.privateKey.export({ format: 'jwk' }) }, null, 2)}\n`)
}

/** Reads such a file again. Refuses one that others can read, and what is no private key of a kind that is taken. */
export function readIssuerKey(path: string): IssuerKeyResult {
  try {
    if ((statSync(path).mode & 0o077) !== 0) return problem(`others can read ${path}: run chmod 600 ${path}`)
    const jwk: JsonWebKey = z.looseObject({ d: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8')))
    return { ok: true, pair: pairOf(createPrivateKey({ key: jwk, format: 'jwk' })) }
  } catch {
    // The errors of parsers may quote what they read.
    return problem(`${path} cannot be read as a private key of Ed25519 or P-256: make one with tolbooth keys`)
  }
}

/** Writes a key set for people to read and edit. Refuses one that the gateway would refuse for its form. */
export function writeKeySet(path: string, set: KeySetFile): string | undefined {
  const parsed = safeParse(keySetSchema, set)
  if (!parsed.success) return problemsOf(parsed.error).join('\n')
  writeFileSync(path, `${JSON.stringify(set, null, 2)}\n`)
  return undefined
}

/** 128 random bits, as a token's id or a presentation's nonce. */
export function newTokenId(): string {
  return randomBytes(16).toString('base64url')
}

type IssueCommon = {
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  readonly iat: Instant
  readonly nbf: Instant
  readonly exp: Instant
  readonly jti: string
}

export type IssueRequest = IssueCommon &
  (
    | { readonly kind: 'pay'; readonly amount: Money }
    | {
        readonly kind: 'holder'
        readonly limit: Money
        readonly phone: IssuerKeyPair
        /** What the phone agrees to, when, and once. `aud` is the presentation's; the credential names none. */
        readonly presentation: { readonly amount: Money; readonly iat: Instant; readonly nonce: string }
      }
    | {
        readonly kind: 'pass'
        readonly vehicleClass: string
        readonly lanes: readonly string[]
        readonly hours: readonly PassHours[]
      }
    | { readonly kind: 'ticket'; readonly session: string; readonly lane: string; readonly enteredAt: Instant }
    | { readonly kind: 'receipt'; readonly amount: Money }
    | { readonly kind: 'override'; readonly lanes: readonly string[]; readonly reason: string }
  )

/** Issues a token as asked, good or bad: whether it is taken is for the verifier to say. Times are cut to whole seconds. */
export function issueToken(request: IssueRequest, key: IssuerKeyPair): string {
  const { typ } = tokenPolicy[request.kind]
  const signed = (claims: Record<string, unknown>): string =>
    signCompact({ typ, kid: key.kid }, claims, key.privateKey, key.algorithm)
  const common = commonClaims(request)
  const { aud, ...withoutAud } = common

  switch (request.kind) {
    case 'pay':
      return signed({ ...common, ...amountClaims(request.amount) })
    case 'holder': {
      const { limit, phone, presentation } = request
      const claims = { ...withoutAud, cnf: { jwk: phone.publicJwk }, lim: limit.amount, cur: limit.currency }
      const sdJwt = `${signed(claims)}~`
      const binding = {
        iat: seconds(presentation.iat),
        aud: aud[0],
        nonce: presentation.nonce,
        sd_hash: createHash('sha256').update(sdJwt).digest('base64url'),
        amt: presentation.amount.amount,
      }
      return sdJwt + signCompact({ typ: presentationPolicy.typ }, binding, phone.privateKey, phone.algorithm)
    }
    case 'pass': {
      const hours = request.hours.map((one) => ({ days: one.weekdays, from: one.fromMinute, to: one.toMinute }))
      return signed({ ...common, class: request.vehicleClass, lanes: request.lanes, hours })
    }
    case 'ticket':
      return signed({
        ...common,
        session: request.session,
        lane: request.lane,
        entered: seconds(request.enteredAt),
      })
    case 'receipt':
      return signed({ ...common, ...amountClaims(request.amount) })
    case 'override':
      return signed({ ...common, lanes: request.lanes, reason: request.reason })
  }
}

/** What a token holds and what would be said of it here and now. Nothing in `parts` is believed: it is what the token says of itself. */
export type Inspection = {
  readonly characters: number
  readonly parts: readonly InspectedPart[]
  /** `null`: form and signatures hold. */
  readonly refusal: { readonly refusal: Refusal; readonly detail: string } | null
  readonly kind: TokenKind | null
  /** Under which identity it would be spent; `null` for kinds that are not spent by an id of their own. */
  readonly spentAs: string | null
  /** Each question of the decision that can be answered without the books, with its refusal or `null`. */
  readonly judged: readonly { readonly question: string; readonly refusal: Refusal | null }[]
}

export type InspectedPart = {
  readonly name: 'token' | 'credential' | 'presentation'
  readonly header: StrictJsonObject | null
  readonly claims: StrictJsonObject | null
}

/** The ground on which a token is inspected. */
export type InspectionGround = {
  readonly ring: KeyRing
  readonly denyList: DenyList | null
  readonly site: string
  readonly place: Place
  readonly now: Now
  readonly policy: TimePolicy
}

/** Looks into a token without trusting it. Holds all of the token's content: show it to whoever asked, and log none of it. */
export async function inspectToken(text: string, ground: InspectionGround): Promise<Inspection> {
  const verifier = createVerifier({ keyRing: () => ground.ring, inFlightMax: 1, waitingMax: 1, phoneKeysMax: 1 })
  const verified = await verifier.verify(text)
  const common = { characters: text.length, parts: partsOf(text) }
  if (!verified.ok) {
    const { refusal, detail } = verified
    return { ...common, refusal: { refusal, detail }, kind: null, spentAs: null, judged: [] }
  }
  const { token } = verified
  return { ...common, refusal: null, kind: token.kind, spentAs: spentAs(token), judged: judge(token, ground) }
}

function pairOf(privateKey: KeyObject): IssuerKeyPair {
  const { d: _, ...jwk } = privateKey.export({ format: 'jwk' })
  const read = readPublicKey(jwk)
  if (!read.ok) throw new TypeError(`a key that ${read.fault}`)
  const { algorithm, thumbprint, jwk: publicJwk } = read.key
  return { kid: thumbprint, algorithm, publicJwk, privateKey }
}

function commonClaims({ iss, sub, aud, iat, nbf, exp, jti }: IssueCommon) {
  return { iss, sub, aud, iat: seconds(iat), nbf: seconds(nbf), exp: seconds(exp), jti }
}

function amountClaims({ amount, currency }: Money) {
  return { amt: amount, cur: currency }
}

function seconds(at: Instant): number {
  return Math.floor(at / SECOND_MS)
}

function partsOf(text: string): readonly InspectedPart[] {
  if (!text.includes('~')) return [partOf('token', text)]
  const parts = text.split('~')
  return [partOf('credential', parts[0] ?? ''), partOf('presentation', parts.at(-1) ?? '')]
}

function partOf(name: InspectedPart['name'], text: string): InspectedPart {
  const opened = openCompact(text)
  if (!opened.ok) return { name, header: null, claims: null }
  const claims = parseStrictJson(opened.value.payload)
  return { name, header: opened.value.header, claims: claims.ok ? claims.value : null }
}

function spentAs(token: PresentedToken): string | null {
  const isSpent = token.kind === 'pay' || token.kind === 'holder' || token.kind === 'override'
  return isSpent ? spendIdentityOf(token, 'live').id : null
}

function judge(token: PresentedToken, { ring, denyList, site, place, now, policy }: InspectionGround) {
  const key = ring.key(token.iss, token.key.kid)
  const audience = judgeAudience(token, site, place)
  const denied = denyList?.denied(token) ?? null
  return [
    { question: 'times', refusal: judgeTimes(token, now, policy) ?? null },
    { question: 'key', refusal: key === undefined ? 'token-key-unknown' : (judgeKey(key, token) ?? null) },
    { question: 'audience', refusal: audience.ok ? null : audience.refusal },
    { question: 'deny list', refusal: denied === null ? null : DENIED[denied] },
  ] as const
}

const DENIED = { key: 'token-key-revoked', token: 'token-denied', payer: 'payer-denied' } as const

function problem(text: string): Problem {
  return { ok: false, problem: text }
}
