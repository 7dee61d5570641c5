import { z } from 'zod'
import { isCurrencyCode } from '../../core/money.ts'
import type { BundleVersion } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import type { IssuerRole } from '../../core/token-policy.ts'
import { tokenPolicy } from '../../core/token-policy.ts'
import type { Issuer, IssuerKey, TokenKind } from '../../core/tokens.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import {
  bundleVersionSchema,
  ISSUER_CHARACTERS_MAX,
  instantSchema,
  NAME_CHARACTERS_MAX,
  printable,
  problemsOf,
} from './bundle-fields.ts'
import type { PublicKey, VerifyingKey } from './public-key.ts'
import { importForVerifying, readPublicKey } from './public-key.ts'

export const ISSUERS_MAX = 256
export const KEYS_OF_ISSUER_MAX = 32

/** The issuers whose tokens a site takes, with their keys: what upstream sends, or `tolbooth keys` writes. */
export type KeySet = z.infer<typeof keySetSchema>
/** The same as it stands in the file. */
export type KeySetFile = z.input<typeof keySetSchema>
export type KeySetIssuer = z.infer<typeof keySetIssuerSchema>
export type KeySetIssuerFile = z.input<typeof keySetIssuerSchema>

/** A key with its state in time, ready for use. */
export type RingKey = IssuerKey & { readonly public: VerifyingKey }
export type RingIssuer = Issuer & { readonly role: IssuerRole; readonly keys: readonly RingKey[] }

/** One generation of keys. It never changes: another bundle makes another ring, beside this one, and the path flips to it. */
export type KeyRing = {
  readonly version: BundleVersion
  readonly issuedAt: Instant
  issuers(): readonly RingIssuer[]
  issuer(iss: string): RingIssuer | undefined
  key(iss: string, kid: string): RingKey | undefined
}

/** Whether anybody could pay with a code by these keys: an issuer of payers' codes has one that is not revoked. */
export function takesCodes(ring: KeyRing): boolean {
  return ring
    .issuers()
    .some(
      ({ kinds, keys }) =>
        kinds.some((kind) => kind === 'pay' || kind === 'holder') && keys.some((key) => !key.revoked),
    )
}

export type KeyRingResult =
  | { readonly ok: true; readonly ring: KeyRing }
  /** Every problem at once, each naming its entry. */
  | { readonly ok: false; readonly refusal: 'bundle-invalid'; readonly problems: readonly string[] }

const TOKEN_KINDS = ['pay', 'holder', 'pass', 'ticket', 'receipt', 'override'] as const satisfies readonly TokenKind[]
const ISSUER_ROLES = ['wallet', 'bank', 'operator', 'gateway', 'supervisor'] as const satisfies readonly IssuerRole[]

const keySchema = z.strictObject({
  kid: printable(NAME_CHARACTERS_MAX),
  /** A public JWK (RFC 7517); looked at more closely when the ring is made. */
  jwk: z.record(z.string().max(32), z.unknown()),
  /** Tokens issued in `[from, until)` verify with it, also after it has been retired. */
  from: instantSchema,
  until: instantSchema.nullable().default(null),
  revoked: z.boolean().default(false),
})

export const keySetIssuerSchema = z.strictObject({
  iss: printable(ISSUER_CHARACTERS_MAX),
  role: z.enum(ISSUER_ROLES),
  kinds: z.array(z.enum(TOKEN_KINDS)).min(1).max(TOKEN_KINDS.length),
  /** Who bears a double spend while sites are offline. */
  scope: z.enum(['site', 'region', 'holder']),
  currency: z.string().refine(isCurrencyCode, 'must be an ISO 4217 code such as VND'),
  /** How long after acceptance a claim can be presented. */
  presentWithinMs: z.int().min(1),
  keys: z.array(keySchema).max(KEYS_OF_ISSUER_MAX),
})

export const keySetSchema = z.strictObject({
  version: bundleVersionSchema,
  issuedAt: instantSchema,
  issuers: z.array(keySetIssuerSchema).max(ISSUERS_MAX),
})

/**
 * Makes a ring of a key set as it was read from JSON, and of the gateway's own keys, old ones included, which no bundle can replace. Refuses a set with any
 * fault, as a whole: private keys, unknown curves, one `kid` twice at an issuer, one key under two names (revoking one would leave the
 * other), an issuer twice, a kind that its issuer's role may not sign, an algorithm that none of its kinds takes.
 */
export async function createKeyRing(file: unknown, own: readonly KeySetIssuer[]): Promise<KeyRingResult> {
  const parsed = safeParse(keySetSchema, file)
  if (!parsed.success) return invalid(problemsOf(parsed.error))
  const set = parsed.data

  const entries = [
    ...set.issuers.map((issuer, index) => ({ issuer, place: `issuers[${index}] (${issuer.iss})` })),
    ...own.map((issuer) => ({ issuer, place: `the gateway's own keys (${issuer.iss})` })),
  ]
  const seen: Seen = { issuers: new Map(), thumbprints: new Map() }
  const read = entries.map(({ issuer, place }) => readIssuer(issuer, place, seen))
  const problems = read.flatMap((one) => one.problems)
  if (problems.length > 0) return invalid(problems)

  const issuers = await Promise.all(read.map(importKeys))
  return { ok: true, ring: ringOf(set.version, set.issuedAt, issuers) }
}

/** The issuer's entry for a gateway: it signs tickets and receipts, and bears nothing. */
export function gatewayIssuerEntry(
  iss: string,
  currency: KeySetIssuer['currency'],
  keys: KeySetIssuer['keys'],
): KeySetIssuer {
  return { iss, role: 'gateway', kinds: ['ticket', 'receipt'], scope: 'site', currency, presentWithinMs: 1, keys }
}

type Seen = { readonly issuers: Map<string, string>; readonly thumbprints: Map<string, string> }

type ReadIssuer = {
  readonly issuer: KeySetIssuer
  readonly keys: readonly (IssuerKey & { readonly public: PublicKey })[]
  readonly problems: readonly string[]
}

function readIssuer(issuer: KeySetIssuer, place: string, seen: Seen): ReadIssuer {
  const problems: string[] = []
  const keys: (IssuerKey & { readonly public: PublicKey })[] = []

  const twin = seen.issuers.get(issuer.iss)
  if (twin !== undefined) problems.push(`${place}: the same issuer as ${twin}: join their keys in one entry`)
  seen.issuers.set(issuer.iss, place)

  for (const kind of issuer.kinds) {
    if (!tokenPolicy[kind].signers.includes(issuer.role)) {
      problems.push(`${place}: a ${issuer.role} may not sign ${kind} tokens: take ${kind} out of its kinds`)
    }
  }

  const kids = new Set<string>()
  for (const [index, key] of issuer.keys.entries()) {
    const keyPlace = `${place} keys[${index}] (kid ${key.kid})`
    if (kids.has(key.kid)) problems.push(`${keyPlace}: another key of this issuer has the same kid`)
    kids.add(key.kid)
    if (key.until !== null && key.until <= key.from) problems.push(`${keyPlace}: until is not after from`)

    const { jwk, ...state } = key
    const result = readPublicKey(jwk)
    if (!result.ok) {
      problems.push(`${keyPlace}: ${result.fault}`)
      continue
    }
    const { algorithm, thumbprint } = result.key
    const sameKey = seen.thumbprints.get(thumbprint)
    if (sameKey !== undefined)
      problems.push(`${keyPlace}: the same key as ${sameKey}: each issuer and kid needs its own`)
    seen.thumbprints.set(thumbprint, keyPlace)
    if (!issuer.kinds.some((kind) => tokenPolicy[kind].algorithms.includes(algorithm))) {
      problems.push(`${keyPlace}: none of the issuer's kinds takes ${algorithm}`)
    }
    keys.push({ ...state, thumbprint, public: result.key })
  }
  return { issuer, keys, problems }
}

async function importKeys({ issuer, keys }: ReadIssuer): Promise<RingIssuer> {
  const imported = keys.map(async (key) => Object.freeze({ ...key, public: await importForVerifying(key.public) }))
  return Object.freeze({
    iss: issuer.iss,
    role: issuer.role,
    kinds: Object.freeze([...issuer.kinds]),
    scope: issuer.scope,
    currency: issuer.currency,
    presentWithinMs: issuer.presentWithinMs,
    keys: Object.freeze(await Promise.all(imported)),
  })
}

function ringOf(version: BundleVersion, issuedAt: Instant, issuers: readonly RingIssuer[]): KeyRing {
  const byIss = new Map(issuers.map((issuer) => [issuer.iss, issuer]))
  const keys = new Map(
    issuers.map((issuer) => [issuer.iss, new Map(issuer.keys.map((key) => [key.kid, key]))] as const),
  )
  const all = Object.freeze([...issuers])
  return Object.freeze({
    version: Object.freeze({ ...version }),
    issuedAt,
    issuers: () => all,
    issuer: (iss: string) => byIss.get(iss),
    key: (iss: string, kid: string) => keys.get(iss)?.get(kid),
  })
}

function invalid(problems: readonly string[]): KeyRingResult {
  return { ok: false, refusal: 'bundle-invalid', problems }
}
