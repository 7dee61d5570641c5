import type { Refusal } from './refusals.ts'
import type { Place } from './site.ts'
import type { Instant, Now } from './time.ts'
import { DAY_MS, HOUR_MS, SECOND_MS, uncertaintyMsOf } from './time.ts'
import type { IssuerKey, PresentedToken, TokenKind, TokenScope } from './tokens.ts'
import { audiencesOf, GENERIC_AUDIENCE } from './tokens.ts'

/** What an issuer is to the site. A key set says it, and the table below says what each may sign. */
export type IssuerRole = 'wallet' | 'bank' | 'operator' | 'gateway' | 'supervisor'

/** One algorithm for each key, first the one that is wanted (RFC 8725, 3.1 and 3.2). */
export type TokenAlgorithm = 'Ed25519' | 'ES256'

/** How narrowly a token names where it may be taken. */
export type Reach = 'place' | 'site' | 'generic'

/** Everything about one kind of token (architecture, section 5). */
export type TokenPolicyRow = {
  /** The `typ` of what the issuer signed; compared exactly (RFC 8725, 3.11). */
  readonly typ: string
  /** Claims of what the issuer signed without which nothing is looked at. */
  readonly requiredClaims: readonly string[]
  /** The `typ` and the claims of what the payer's phone signs, where there is such a thing. */
  readonly presentation: PresentationPolicy | null
  readonly signers: readonly IssuerRole[]
  readonly algorithms: readonly TokenAlgorithm[]
  /** The longest from `iat` to `exp` of what the issuer signed. */
  readonly lifetimeMaxMs: number
  /** By how much the issuer's clock may be ahead of a true one. Without bound where that clock is our own: what it has signed is held against the books (docs/decisions/108-our-own-ticket-from-the-future.md). */
  readonly issuerAheadMaxMs: number
  readonly reaches: readonly Reach[]
  readonly spentAs: 'jti' | 'presentation' | 'anti-passback' | 'session' | 'nothing'
}

export type PresentationPolicy = {
  readonly typ: string
  readonly requiredClaims: readonly string[]
  /** The oldest presentation that is taken: a rotating code, not a picture of it. */
  readonly ageMaxMs: number
  /** By how much the phone's clock may be ahead: it has no network, so more than an issuer's. */
  readonly aheadMaxMs: number
}

const REGISTERED_CLAIMS = ['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti'] as const
const ANY_ALGORITHM = ['Ed25519', 'ES256'] as const

/** What the phone signs of a rotating code (RFC 9901, 4.3), and the amount that its holder agreed to. */
export const presentationPolicy: PresentationPolicy = {
  typ: 'kb+jwt',
  requiredClaims: ['iat', 'aud', 'nonce', 'sd_hash', 'amt'],
  ageMaxMs: 60 * SECOND_MS,
  aheadMaxMs: 15 * SECOND_MS,
}

export const tokenPolicy: Record<TokenKind, TokenPolicyRow> = {
  pay: {
    typ: 'pay+jwt',
    requiredClaims: [...REGISTERED_CLAIMS, 'amt', 'cur'],
    presentation: null,
    signers: ['wallet', 'bank'],
    algorithms: ANY_ALGORITHM,
    lifetimeMaxMs: DAY_MS,
    issuerAheadMaxMs: 5 * SECOND_MS,
    reaches: ['place', 'site', 'generic'],
    spentAs: 'jti',
  },
  holder: {
    // A credential of our own profile: RFC 9901, 9.11 asks for a name of the form `example+sd-jwt`.
    typ: 'payer+sd-jwt',
    requiredClaims: ['iss', 'sub', 'iat', 'nbf', 'exp', 'jti', 'cnf', 'lim', 'cur'],
    presentation: presentationPolicy,
    signers: ['wallet', 'bank'],
    algorithms: ANY_ALGORITHM,
    lifetimeMaxMs: 90 * DAY_MS,
    issuerAheadMaxMs: 5 * SECOND_MS,
    reaches: ['place', 'site', 'generic'],
    spentAs: 'presentation',
  },
  pass: {
    typ: 'pass+jwt',
    requiredClaims: [...REGISTERED_CLAIMS, 'class', 'lanes', 'hours'],
    presentation: null,
    signers: ['operator'],
    algorithms: ANY_ALGORITHM,
    lifetimeMaxMs: 400 * DAY_MS,
    issuerAheadMaxMs: 5 * SECOND_MS,
    reaches: ['place', 'site'],
    spentAs: 'anti-passback',
  },
  ticket: {
    typ: 'ticket+jwt',
    requiredClaims: [...REGISTERED_CLAIMS, 'session', 'lane', 'entered'],
    presentation: null,
    signers: ['gateway'],
    algorithms: ['Ed25519'],
    lifetimeMaxMs: 400 * DAY_MS,
    issuerAheadMaxMs: Number.POSITIVE_INFINITY,
    reaches: ['place', 'site'],
    spentAs: 'session',
  },
  receipt: {
    typ: 'receipt+jwt',
    // Its subject is the charge. It pays nothing, so it need not end: without `exp` it lasts for `lifetimeMaxMs`.
    requiredClaims: ['iss', 'sub', 'aud', 'iat', 'jti', 'amt', 'cur'],
    presentation: null,
    signers: ['gateway'],
    algorithms: ['Ed25519'],
    // Ten years and a little, as long as vouchers for the books are commonly kept.
    lifetimeMaxMs: 3_660 * DAY_MS,
    issuerAheadMaxMs: 5 * SECOND_MS,
    reaches: ['place', 'site', 'generic'],
    spentAs: 'nothing',
  },
  override: {
    typ: 'override+jwt',
    requiredClaims: [...REGISTERED_CLAIMS, 'lanes', 'reason'],
    presentation: null,
    signers: ['supervisor'],
    algorithms: ANY_ALGORITHM,
    lifetimeMaxMs: HOUR_MS,
    issuerAheadMaxMs: 5 * SECOND_MS,
    reaches: ['place', 'site'],
    spentAs: 'jti',
  },
}

export type TimePolicy = {
  /** The most by which a window widens, whatever the stated uncertainty of our own clock. */
  readonly clockWideningMaxMs: number
}

export type AudienceJudgement =
  | { readonly ok: true; readonly audience: Reach }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * What is wrong with a token's times at the moment of the decision, or `undefined`: `iat` not in the future, `nbf` begun, `exp` not reached, and
 * a presentation not older than its row says. Windows widen by the stated uncertainty of our clock, up to `clockWideningMaxMs`. Where
 * our clock is not trusted nothing widens, and a presentation, whose worth is its age alone, is refused (architecture, sections 5 and 10).
 * `ownPasses`: the issuer of the codes that this box signs of passes, which may be from as far ahead as a ticket of its own.
 */
export function judgeTimes(
  token: PresentedToken,
  now: Now,
  policy: TimePolicy,
  ownPasses: string | null = null,
): Refusal | undefined {
  const { presentation, issuerAheadMaxMs: ofOthers } = tokenPolicy[token.kind]
  const isOwnCode = token.kind === 'pass' && token.right !== undefined && token.iss === ownPasses
  const issuerAheadMaxMs = isOwnCode ? tokenPolicy.ticket.issuerAheadMaxMs : ofOthers
  const uncertaintyMs = uncertaintyMsOf(now.trust)
  if (presentation !== null && uncertaintyMs === undefined) return 'clock-not-trusted'

  const wideningMs = Math.min(uncertaintyMs ?? 0, policy.clockWideningMaxMs)
  const earliest = now.at - wideningMs
  const latest = now.at + wideningMs

  if (signedAt(token) > latest + issuerAheadMaxMs) return 'token-issued-in-future'
  if (presentation !== null && token.iat > latest + presentation.aheadMaxMs) return 'token-issued-in-future'
  if (token.nbf > latest + issuerAheadMaxMs) return 'token-not-yet'
  // Of paper no app makes another.
  if (token.exp <= earliest) return token.kind === 'ticket' ? 'ticket-too-old' : 'token-expired'
  if (presentation !== null && earliest - token.iat > presentation.ageMaxMs) return 'presentation-stale'
  return undefined
}

/**
 * How narrowly the token names this place: the place itself, the site, or any site (which has a lower cap). Refuses
 * what is meant for elsewhere, and the generic audience for kinds that must name their site (RFC 8725, 3.9).
 */
export function judgeAudience(token: PresentedToken, site: string, place: Place): AudienceJudgement {
  const names = namesOf(site, place)
  const limits = token.kind === 'holder' ? token.credentialAud : undefined
  if (limits !== undefined && !Object.values(names).some((name) => limits.includes(name))) {
    return { ok: false, refusal: 'token-audience' }
  }
  const audience = tokenPolicy[token.kind].reaches.find((reach) => token.aud.includes(names[reach]))
  return audience === undefined ? { ok: false, refusal: 'token-audience' } : { ok: true, audience }
}

/**
 * What is wrong with the key that made the signature, or `undefined`: never a revoked one, and a retired one only for what was issued in
 * `[from, until)`. `key` is the key's state at the decision, not as it was when the signature was checked.
 */
export function judgeKey(key: IssuerKey, token: PresentedToken): Refusal | undefined {
  if (key.revoked) return 'token-key-revoked'
  const at = signedAt(token)
  return at < key.from || (key.until !== null && at >= key.until) ? 'token-key-out-of-time' : undefined
}

/**
 * Where a payment token can be spent decides who bears a double spend. One whose audiences all lie in one site can be spent there only,
 * however widely its issuer's tokens go in general.
 */
export function scopeOfPayment(aud: readonly string[], issuerScope: TokenScope): TokenScope {
  const sites = new Set(aud.map(siteNamedBy))
  return sites.size === 1 && !sites.has(undefined) ? 'site' : issuerScope
}

/** When the issuer signed: for a presentation its `iat` is the phone's, not the issuer's. */
function signedAt(token: PresentedToken): Instant {
  return token.kind === 'holder' ? token.credentialIat : token.iat
}

function namesOf(site: string, place: Place): Record<Reach, string> {
  if (place.kind !== 'site') return audiencesOf(site, place)
  const name = `urn:tolbooth:${site}`
  return { place: name, site: name, generic: GENERIC_AUDIENCE }
}

/** `market-1` of `urn:tolbooth:market-1` and of all that lies below it. The generic audience names none. */
function siteNamedBy(audience: string): string | undefined {
  const site = /^urn:tolbooth:([a-z0-9-]+)(?::|$)/.exec(audience)?.[1]
  return site === 'any' ? undefined : site
}
