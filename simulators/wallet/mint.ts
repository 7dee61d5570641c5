import type { Instant } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import { presentationPolicy, tokenPolicy } from '../../core/token-policy.ts'
import { audiencesOf, GENERIC_AUDIENCE } from '../../core/tokens.ts'
import type { SimulatedIssuer, SimulatedIssuers } from './issuers.ts'
import type { RandomBytes, SimulatedKey } from './signing.ts'
import { createKey, sha256, signed, textOf, thumbprintOf } from './signing.ts'

/** What a phone's credential is good for at one time. */
export const PHONE_LIMIT = 500_000
export const PASS_LIFETIME_MS = 30 * DAY_MS
const CREDENTIAL_LIFETIME_MS = 30 * DAY_MS

/** Where the payer stands. */
export type Point = { readonly kind: 'stall' | 'lane'; readonly id: string }
/** What the payer means to pay for: this point, this site, or wherever. */
export type Meant = 'place' | 'site' | 'generic'

type Claims = Readonly<Record<string, unknown>>

/** A token that its issuer really signed, and the identity under which it is spent. */
export type Issued = {
  readonly text: string
  readonly iss: string
  readonly id: string
  readonly aud: readonly string[]
}

/** What the mint of tokens can do; whatever is given replaces what a good token says, and `undefined` takes it out. */
export type Mint = {
  readonly site: string
  readonly issuer: SimulatedIssuer
  readonly issuers: SimulatedIssuers
  readonly random: RandomBytes
  /** Whole seconds since 1970. */
  seconds(): number
  audience(point: Point, meant: Meant): string
  payHeader(over?: Claims): Claims
  payClaims(over?: Claims): Claims
  pay(claims: Claims, header?: Claims, key?: SimulatedKey): Issued
  holder(credential: Claims, presentation: Claims): Issued
  pass(): Issued
  override(point: Point, reason: string): Issued
}

export type MintOptions = {
  readonly site: string
  readonly payer: string
  readonly issuers: SimulatedIssuers
  /** Who signs this payer's payment tokens; credentials are the wallet's. */
  readonly issuer: SimulatedIssuer
  readonly random: RandomBytes
  readonly now: () => Instant
}

/** Issues a payer's tokens, good ones and such as no issuer should. */
export function createMint({ site, payer, issuers, issuer, random, now }: MintOptions): Mint {
  const { currency, wallet, operator, supervisor } = issuers
  const seconds = (): number => Math.floor(now() / SECOND_MS)
  const tokenId = (): string => textOf(random(16))
  // A phone has a key of its own, in hardware.
  const phone = createKey('phone', 'EdDSA', random)
  let credential: { readonly sdJwt: string; readonly exp: number } | null = null

  const common = (iss: string, aud: string, lifetimeMs: number): Claims => {
    const iat = seconds()
    return { iss, sub: payer, aud, iat, nbf: iat, exp: iat + lifetimeMs / SECOND_MS, jti: tokenId() }
  }
  const payHeader = (over: Claims = {}): Claims => ({
    alg: issuer.current.alg,
    typ: tokenPolicy.pay.typ,
    kid: issuer.current.kid,
    ...over,
  })
  const payClaims = (over: Claims = {}): Claims => ({
    ...common(issuer.iss, `urn:tolbooth:${site}`, 5 * MINUTE_MS),
    cur: currency,
    ...over,
  })
  const issued = (text: string, claims: Claims, id: string): Issued => ({
    text,
    iss: String(claims['iss']),
    id,
    aud: [claims['aud']].flat().map(String),
  })
  const credentialNow = (over: Claims): string => {
    const iat = seconds()
    if (Object.keys(over).length === 0 && credential !== null && credential.exp > iat + 60) return credential.sdJwt
    const { current } = wallet
    const claims = {
      iss: wallet.iss,
      sub: payer,
      iat,
      nbf: iat,
      exp: iat + CREDENTIAL_LIFETIME_MS / SECOND_MS,
      jti: tokenId(),
      cnf: { jwk: phone.publicJwk },
      lim: PHONE_LIMIT,
      cur: currency,
    }
    const header = { alg: current.alg, typ: tokenPolicy.holder.typ, kid: current.kid }
    const sdJwt = `${signed(current, header, { ...claims, ...over })}~`
    if (Object.keys(over).length === 0) credential = { sdJwt, exp: claims.exp }
    return sdJwt
  }
  const signedBy = (one: SimulatedIssuer, typ: string, claims: Claims): Issued =>
    issued(
      signed(one.current, { alg: one.current.alg, typ, kid: one.current.kid }, claims),
      claims,
      `jti:${claims['jti']}`,
    )

  return {
    site,
    issuer,
    issuers,
    random,
    seconds,
    audience: (point, meant) => (meant === 'generic' ? GENERIC_AUDIENCE : audiencesOf(site, point)[meant]),
    payHeader,
    payClaims,
    pay(over, headerOver = {}, key = issuer.current) {
      const claims = payClaims(over)
      return issued(signed(key, payHeader({ kid: key.kid, ...headerOver }), claims), claims, `jti:${claims['jti']}`)
    },
    holder(credentialOver, presentationOver) {
      const sdJwt = credentialNow(credentialOver)
      const nonce = textOf(random(16))
      const claims: Claims = { iat: seconds(), nonce, sd_hash: sha256(sdJwt), ...presentationOver }
      const text = sdJwt + signed(phone, { alg: phone.alg, typ: presentationPolicy.typ }, claims)
      return issued(text, { ...claims, iss: wallet.iss }, `kb:${thumbprintOf(phone)}:${claims['nonce']}`)
    },
    pass() {
      const everyHour = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 24 * 60 }
      const claims = {
        ...common(operator.iss, `urn:tolbooth:${site}`, PASS_LIFETIME_MS),
        class: 'motorbike',
        lanes: [],
      }
      return signedBy(operator, tokenPolicy.pass.typ, { ...claims, hours: [everyHour] })
    },
    override(point, reason) {
      const aud = audiencesOf(site, point).place
      const claims = { ...common(supervisor.iss, aud, HOUR_MS / 4), lanes: [point.id], reason }
      return signedBy(supervisor, tokenPolicy.override.typ, claims)
    },
  }
}
