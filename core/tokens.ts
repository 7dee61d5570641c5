import type { CurrencyCode, Money } from './money.ts'
import type { Instant } from './time.ts'

/** The kinds of token that a reader may be shown (architecture, section 5). */
export type TokenKind = 'pay' | 'holder' | 'pass' | 'ticket' | 'receipt' | 'override'

/** Who bears a double spend while sites are offline: `site` tokens cannot be spent elsewhere, the others can. */
export type TokenScope = 'site' | 'region' | 'holder'

/** The key that made a signature, as the verifier found it. */
export type SigningKey = {
  readonly issuer: string
  readonly kid: string
  /** RFC 7638 thumbprint, base64url. */
  readonly thumbprint: string
}

type Signed = {
  readonly key: SigningKey
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  readonly iat: Instant
  readonly nbf: Instant
  readonly exp: Instant
  readonly jti: string
}

/** `pay+jwt`: the payer lets `aud` take up to `amt`, once, before `exp`; the rest lapses. */
export type PayToken = Signed & { readonly kind: 'pay'; readonly amt: Money; readonly scope: TokenScope }

/**
 * SD-JWT+KB (RFC 9901): an issuer's credential with limits and the phone's own presentation. `iat`, `aud`, `amt` are the
 * presentation's (the holder's agreement); `jti` is the credential's, and so are `nbf` and `exp` unless the presentation states a
 * narrower window of its own. Spent as (iss, cnf thumbprint, nonce).
 */
export type HolderToken = Signed & {
  readonly kind: 'holder'
  readonly amt: Money
  /** The credential's own limit for one payment. */
  readonly lim: Money
  readonly cnfThumbprint: string
  readonly nonce: string
  /** When the credential was issued; `iat` is when the phone made this presentation. */
  readonly credentialIat: Instant
  /** Where the credential itself may be shown, if its issuer limits that; the presentation's `aud` must fit as well (RFC 9901, 7.1 step 6). */
  readonly credentialAud?: readonly string[]
  readonly scope: TokenScope
}

/** The days and hours of a pass: ISO weekdays, and minutes of the local day `[from, to)`; `to` before `from` runs over midnight. */
export type PassHours = { readonly weekdays: readonly number[]; readonly fromMinute: number; readonly toMinute: number }

/** `pass+jwt`: a right to park or to enter, by the operator. An empty list of lanes means every lane of the site. */
export type PassToken = Signed & {
  readonly kind: 'pass'
  readonly vehicleClass: string
  readonly lanes: readonly string[]
  readonly hours: readonly PassHours[]
  /** The right of the site's books for which it stands, where the site issued it: they say what it is worth, and the token nothing but this. */
  readonly right?: string
}

/** `ticket+jwt`: a parking ticket, signed by a gateway. */
export type TicketToken = Signed & {
  readonly kind: 'ticket'
  readonly session: string
  readonly lane: string
  readonly enteredAt: Instant
  /** The clock was not trusted when it was signed: nothing is reckoned from `enteredAt`. Absent where it was, and in tickets of before this was said. */
  readonly isUnsure?: true
  /** Of the vehicle that it was given to, as the entry knew it. */
  readonly vehicleClass?: string
}

/** `receipt+jwt`: what was paid; anyone can check it. It pays nothing. */
export type ReceiptToken = Signed & { readonly kind: 'receipt'; readonly charge: string; readonly amt: Money }

/** `override+jwt`: a supervisor lets this one through, because … */
export type OverrideToken = Signed & {
  readonly kind: 'override'
  readonly lanes: readonly string[]
  readonly reason: string
}

/**
 * A token whose signature holds. Nothing else about it has been decided: times, audience, key state, deny list and spending
 * are judged in the decision, at its `now`.
 */
export type PresentedToken = PayToken | HolderToken | PassToken | TicketToken | ReceiptToken | OverrideToken

/** What is spent is an identity, never a text (architecture, section 5). */
export type SpendIdentity = { readonly iss: string; readonly id: string }

/** The lanes and stalls that a token may be meant for, narrowest first. */
export function audiencesOf(
  site: string,
  place: { readonly kind: 'stall' | 'lane'; readonly id: string },
): {
  readonly place: string
  readonly site: string
  readonly generic: string
} {
  return {
    place: `urn:tolbooth:${site}:${place.kind}:${place.id}`,
    site: `urn:tolbooth:${site}`,
    generic: GENERIC_AUDIENCE,
  }
}

/** A token for whichever site: taken up to a lower cap only. */
export const GENERIC_AUDIENCE = 'urn:tolbooth:any'

/** A key of an issuer, with the time in which it may sign, as a key set bundle states it. */
export type IssuerKey = {
  readonly kid: string
  readonly thumbprint: string
  /** Tokens issued in [from, until) verify with it, also after it has been retired. */
  readonly from: Instant
  readonly until: Instant | null
  readonly revoked: boolean
}

/** An issuer whose tokens this site takes, what it may sign, and how it is settled with. */
export type Issuer = {
  readonly iss: string
  readonly kinds: readonly TokenKind[]
  readonly scope: TokenScope
  readonly currency: CurrencyCode
  /** How long after acceptance a claim can be presented. */
  readonly presentWithinMs: number
}
