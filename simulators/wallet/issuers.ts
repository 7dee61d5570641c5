import type { CurrencyCode } from '../../core/money.ts'
import type { Instant } from '../../core/time.ts'
import type { IssuerRole } from '../../core/token-policy.ts'
import type { TokenKind, TokenScope } from '../../core/tokens.ts'
import type { RandomBytes, SimulatedKey } from './signing.ts'
import { createKey } from './signing.ts'

/** An issuer with a key in use, one that has been retired and one that has been revoked. */
export type SimulatedIssuer = {
  readonly iss: string
  readonly role: IssuerRole
  readonly kinds: readonly TokenKind[]
  readonly scope: TokenScope
  readonly current: SimulatedKey
  readonly retired: SimulatedKey
  readonly revoked: SimulatedKey
}

/** Everyone whose tokens the simulated site takes, what upstream would send it of them, and who is denied. */
export type SimulatedIssuers = {
  readonly currency: CurrencyCode
  /** Ed25519, as is wanted. */
  readonly wallet: SimulatedIssuer
  /** ES256, for those who have only that. Its signatures are not the same in a second run. */
  readonly bank: SimulatedIssuer
  readonly operator: SimulatedIssuer
  readonly supervisor: SimulatedIssuer
  /** Is in nobody's key set. */
  readonly stranger: SimulatedIssuer
  /** The `jti` and the `sub` that the deny list names, of the wallet's and the bank's. */
  readonly deniedToken: string
  readonly deniedPayer: string
  /** Until when the retired keys were in use. */
  readonly retiredAt: Instant
  /** A key set bundle, as JSON. */
  keySet(version: BundleVersion, issuedAt: Instant): object
  /** A deny list bundle, as JSON. */
  denyList(version: BundleVersion, issuedAt: Instant): object
}

type BundleVersion = { readonly epoch: number; readonly n: number }

export type IssuersOptions = {
  readonly site: string
  readonly currency: CurrencyCode
  readonly random: RandomBytes
  /** From when the keys are good. The retired ones were good from a year before it, until it. */
  readonly from: Instant
}

/** The same dice give the same issuers. */
export function createIssuers({ site, currency, random, from }: IssuersOptions): SimulatedIssuers {
  const issuer = (
    iss: string,
    role: IssuerRole,
    kinds: readonly TokenKind[],
    scope: TokenScope,
    alg: SimulatedKey['alg'],
  ): SimulatedIssuer => ({
    iss,
    role,
    kinds,
    scope,
    current: createKey('now', alg, random),
    retired: createKey('before', alg, random),
    revoked: createKey('stolen', alg, random),
  })
  const wallet = issuer('https://wallet.example', 'wallet', ['pay', 'holder'], 'region', 'EdDSA')
  const bank = issuer('https://bank.example', 'bank', ['pay'], 'region', 'ES256')
  const operator = issuer(`urn:tolbooth:${site}:operator`, 'operator', ['pass'], 'site', 'EdDSA')
  const supervisor = issuer(`urn:tolbooth:${site}:supervisor`, 'supervisor', ['override'], 'site', 'EdDSA')
  const stranger = issuer('https://stranger.example', 'wallet', ['pay', 'holder'], 'region', 'EdDSA')
  const taken = [wallet, bank, operator, supervisor]
  const deniedToken = 'denied-token'
  const deniedPayer = 'denied-payer'

  return {
    currency,
    wallet,
    bank,
    operator,
    supervisor,
    stranger,
    deniedToken,
    deniedPayer,
    retiredAt: from,
    keySet: (version, issuedAt) => ({
      version,
      issuedAt: utc(issuedAt),
      issuers: taken.map((one) => ({
        iss: one.iss,
        role: one.role,
        kinds: one.kinds,
        scope: one.scope,
        currency,
        presentWithinMs: 7 * DAY_MS,
        keys: [
          keyEntry(one.current, from, null, false),
          keyEntry(one.retired, from - 365 * DAY_MS, from, false),
          keyEntry(one.revoked, from - 365 * DAY_MS, null, true),
        ],
      })),
    }),
    denyList: (version, issuedAt) => ({
      version,
      issuedAt: utc(issuedAt),
      entries: [wallet, bank].flatMap(({ iss }) => [
        { what: 'token', iss, jti: deniedToken },
        { what: 'payer', iss, sub: deniedPayer },
      ]),
    }),
  }
}

const DAY_MS = 86_400_000

function keyEntry(key: SimulatedKey, from: number, until: number | null, revoked: boolean): object {
  return { kid: key.kid, jwk: key.publicJwk, from: utc(from), until: until === null ? null : utc(until), revoked }
}

function utc(ms: number): string {
  return new Date(ms).toISOString()
}
