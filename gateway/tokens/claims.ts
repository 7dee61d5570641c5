import { z } from 'zod'
import { isSlug } from '../../core/ids.ts'
import type { CurrencyCode, Money } from '../../core/money.ts'
import { isAmount, money } from '../../core/money.ts'
import type { Instant } from '../../core/time.ts'
import { instant, later, SECOND_MS } from '../../core/time.ts'
import { presentationPolicy, scopeOfPayment, tokenPolicy } from '../../core/token-policy.ts'
import type {
  HolderToken,
  OverrideToken,
  PassToken,
  PayToken,
  PresentedToken,
  ReceiptToken,
  SigningKey,
  TicketToken,
} from '../../core/tokens.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { StrictJson, StrictJsonObject } from '../strict-json.ts'
import { ISSUER_CHARACTERS_MAX, NAME_CHARACTERS_MAX, printable } from './bundle-fields.ts'
import type { Opened, Refused } from './compact.ts'
import { decoded, refused } from './compact.ts'
import type { RingIssuer } from './key-ring.ts'
import type { PublicKey, PublicKeyResult } from './public-key.ts'

export const AUDIENCES_MAX = 8
export const LANES_MAX = 64
export const HOURS_MAX = 14
export const OVERRIDE_REASON_CHARACTERS_MAX = 256
/** 128 bits are 22 characters of base64url (architecture, section 5). */
export const NONCE_CHARACTERS_MIN = 22
export const NONCE_CHARACTERS_MAX = 86

/** Dates outside 2020 to 2200 are a mistake of units or of a clock, not a date. */
const DATE_MIN = Date.UTC(2020, 0) / SECOND_MS
const DATE_MAX = Date.UTC(2200, 0) / SECOND_MS

/** Whose claims they are: found by the key ring before a claim is believed. */
export type SignedBy = { readonly issuer: RingIssuer; readonly key: SigningKey }

/** The credential half of a rotating code, as its issuer signed it. */
export type Credential = Pick<
  HolderToken,
  'key' | 'iss' | 'sub' | 'nbf' | 'exp' | 'jti' | 'lim' | 'scope' | 'cnfThumbprint' | 'credentialIat'
> & { readonly credentialAud: readonly string[] | undefined; readonly cnf: PublicKey }

/** The phone's half: what the payer agreed to, and the hash by which it is bound to the credential. */
export type Presentation = {
  readonly iat: Instant
  readonly aud: string
  readonly amt: Money
  readonly nonce: string
  readonly sdHash: string
  readonly nbf: Instant | undefined
  readonly exp: Instant | undefined
}

type CompactKind = Exclude<PresentedToken['kind'], 'holder'>

/**
 * Reads the claims of a token that is one JWS. Refuses what is missing, of another type, out of range or longer than it may be; amounts that are not whole
 * numbers of at least 1 (a receipt may say 0); another currency than the issuer's; an end before the beginning; and a longer life
 * than the kind may have. Whether it is in time is judged later, at the moment of the decision.
 */
export function readClaims(kind: CompactKind, claims: StrictJsonObject, by: SignedBy): Opened<PresentedToken> {
  switch (kind) {
    case 'pay':
      return readPay(claims, by)
    case 'pass':
      return readPass(claims, by)
    case 'ticket':
      return readTicket(claims, by.key)
    case 'receipt':
      return readReceipt(claims, by)
    case 'override':
      return readOverride(claims, by)
  }
}

/** Reads what the issuer of a rotating code signed (the processed payload of RFC 9901, 7.1). The `cnf` key is read by `readKey`, as strictly as one in a key set. */
export function readCredential(
  claims: StrictJsonObject,
  by: SignedBy,
  readKey: (jwk: unknown) => PublicKeyResult,
): Opened<Credential> {
  const missing = missingOf(tokenPolicy.holder.requiredClaims, claims)
  if (missing !== undefined) return missing
  const lim = amountOf('lim', claims['lim'], claims['cur'], by.issuer.currency, 1)
  if (!lim.ok) return lim
  const parsed = safeParse(credentialSchema, claims)
  if (!parsed.success) return faulty(parsed.error)
  const { iss, sub, iat, nbf, exp, jti, aud, cnf } = parsed.data
  const lifetime = badLifetime('holder', { iat, nbf, exp })
  if (lifetime !== undefined) return lifetime
  const phone = readKey(cnf.jwk)
  if (!phone.ok) return refused('token-claims', `claim cnf ${phone.fault}`)
  return {
    ok: true,
    value: {
      key: by.key,
      iss,
      sub,
      nbf,
      exp,
      jti,
      lim: lim.value,
      scope: by.issuer.scope,
      cnf: phone.key,
      cnfThumbprint: phone.key.thumbprint,
      credentialIat: iat,
      credentialAud: aud,
    },
  }
}

/** Reads what the phone signed. Its currency is the credential's; if it names one it must be the same. */
export function readPresentation(claims: StrictJsonObject, currency: CurrencyCode): Opened<Presentation> {
  const missing = missingOf(presentationPolicy.requiredClaims, claims)
  if (missing !== undefined) return { ...missing, refusal: 'presentation-malformed' }
  const amt = amountOf('amt', claims['amt'], claims['cur'] ?? currency, currency, 1)
  if (!amt.ok) return amt
  const parsed = safeParse(presentationSchema, claims)
  if (!parsed.success) return { ...faulty(parsed.error), refusal: 'presentation-malformed' }
  const { iat, aud, nonce, sd_hash: sdHash, nbf, exp } = parsed.data
  return { ok: true, value: { iat, aud, amt: amt.value, nonce, sdHash, nbf, exp } }
}

/** The names that a disclosure may not bring: what a token's worth hangs on stands in the open (RFC 9901, 9.7). */
export const CLAIMS_IN_THE_OPEN: readonly string[] = [...tokenPolicy.holder.requiredClaims, 'aud']

const numericDate = z
  .int()
  .min(DATE_MIN)
  .max(DATE_MAX)
  .transform((seconds): Instant => instant(seconds * SECOND_MS))
const name = printable(NAME_CHARACTERS_MAX)
const audience = printable(ISSUER_CHARACTERS_MAX)
const audiences = z.union([
  audience.transform((one): readonly string[] => [one]),
  z
    .array(audience)
    .min(1)
    .max(AUDIENCES_MAX)
    .refine((all) => new Set(all).size === all.length, 'names one audience twice')
    .transform((all): readonly string[] => all),
])
const slug = z.string().refine(isSlug, 'must be lower-case letters, digits and inner dashes')
const lanes = z.array(slug).max(LANES_MAX)
const minuteMax = 24 * 60
const hours = z
  .strictObject({
    days: z
      .array(z.int().min(1).max(7))
      .min(1)
      .max(7)
      .refine((all) => new Set(all).size === all.length, 'names one day twice'),
    from: z
      .int()
      .min(0)
      .max(minuteMax - 1),
    to: z.int().min(1).max(minuteMax),
  })
  .refine(({ from, to }) => from !== to, 'ends when it begins')

const signed = {
  iss: printable(ISSUER_CHARACTERS_MAX),
  sub: name,
  aud: audiences,
  iat: numericDate,
  nbf: numericDate,
  exp: numericDate,
  jti: name,
}

const paySchema = z.object(signed)
const passSchema = z.object({
  ...signed,
  class: slug,
  lanes,
  hours: z.array(hours).min(1).max(HOURS_MAX),
  right: name.optional(),
})
const ticketSchema = z.object({
  ...signed,
  session: name,
  lane: slug,
  entered: numericDate,
  unsure: z.literal(true).optional(),
  class: slug.optional(),
})
const receiptSchema = z.object({ ...signed, nbf: numericDate.optional(), exp: numericDate.optional() })
const overrideSchema = z.object({
  ...signed,
  lanes,
  reason: z
    .string()
    .max(OVERRIDE_REASON_CHARACTERS_MAX)
    .regex(/^\P{Cc}*\S\P{Cc}*$/u, 'must be a line of text'),
})
const credentialSchema = z.object({
  ...signed,
  aud: audiences.optional(),
  cnf: z.strictObject({ jwk: z.record(z.string(), z.unknown()) }),
})
const presentationSchema = z.object({
  iat: numericDate,
  // RFC 9901, 4.3: a single string.
  aud: audience,
  nonce: z
    .string()
    .min(NONCE_CHARACTERS_MIN)
    .max(NONCE_CHARACTERS_MAX)
    .refine((text) => decoded(text) !== undefined, 'must be base64url'),
  sd_hash: z.string().length(43),
  nbf: numericDate.optional(),
  exp: numericDate.optional(),
})

function readPay(claims: StrictJsonObject, by: SignedBy): Opened<PayToken> {
  const missing = missingOf(tokenPolicy.pay.requiredClaims, claims)
  if (missing !== undefined) return missing
  const amt = amountOf('amt', claims['amt'], claims['cur'], by.issuer.currency, 1)
  if (!amt.ok) return amt
  const parsed = safeParse(paySchema, claims)
  if (!parsed.success) return faulty(parsed.error)
  return (
    badLifetime('pay', parsed.data) ?? {
      ok: true,
      value: {
        kind: 'pay',
        key: by.key,
        ...parsed.data,
        amt: amt.value,
        scope: scopeOfPayment(parsed.data.aud, by.issuer.scope),
      },
    }
  )
}

function readPass(claims: StrictJsonObject, by: SignedBy): Opened<PassToken> {
  const missing = missingOf(tokenPolicy.pass.requiredClaims, claims)
  if (missing !== undefined) return missing
  const parsed = safeParse(passSchema, claims)
  if (!parsed.success) return faulty(parsed.error)
  const { class: vehicleClass, hours: stated, right, ...rest } = parsed.data
  const passHours = stated.map(({ days, from, to }) => ({ weekdays: days, fromMinute: from, toMinute: to }))
  return (
    badLifetime('pass', rest) ?? {
      ok: true,
      value: {
        kind: 'pass',
        key: by.key,
        ...rest,
        vehicleClass,
        hours: passHours,
        ...(right === undefined ? {} : { right }),
      },
    }
  )
}

/** Reads the claims of a parking ticket, as strictly as those of any token. */
export function readTicket(claims: StrictJsonObject, key: SigningKey): Opened<TicketToken> {
  const missing = missingOf(tokenPolicy.ticket.requiredClaims, claims)
  if (missing !== undefined) return missing
  const parsed = safeParse(ticketSchema, claims)
  if (!parsed.success) return faulty(parsed.error)
  const { entered, unsure, class: vehicleClass, ...rest } = parsed.data
  return (
    badLifetime('ticket', rest) ?? {
      ok: true,
      value: {
        kind: 'ticket',
        key,
        ...rest,
        enteredAt: entered,
        ...(unsure === undefined ? {} : { isUnsure: unsure }),
        ...(vehicleClass === undefined ? {} : { vehicleClass }),
      },
    }
  )
}

function readReceipt(claims: StrictJsonObject, by: SignedBy): Opened<ReceiptToken> {
  const missing = missingOf(tokenPolicy.receipt.requiredClaims, claims)
  if (missing !== undefined) return missing
  // A true 0 is recorded as such, and so is its receipt.
  const amt = amountOf('amt', claims['amt'], claims['cur'], by.issuer.currency, 0)
  if (!amt.ok) return amt
  const parsed = safeParse(receiptSchema, claims)
  if (!parsed.success) return faulty(parsed.error)
  const { iat, sub } = parsed.data
  const times = {
    iat,
    nbf: parsed.data.nbf ?? iat,
    exp: parsed.data.exp ?? later(iat, tokenPolicy.receipt.lifetimeMaxMs),
  }
  return (
    badLifetime('receipt', times) ?? {
      ok: true,
      value: { kind: 'receipt', key: by.key, ...parsed.data, ...times, charge: sub, amt: amt.value },
    }
  )
}

function readOverride(claims: StrictJsonObject, by: SignedBy): Opened<OverrideToken> {
  const missing = missingOf(tokenPolicy.override.requiredClaims, claims)
  if (missing !== undefined) return missing
  const parsed = safeParse(overrideSchema, claims)
  if (!parsed.success) return faulty(parsed.error)
  return badLifetime('override', parsed.data) ?? { ok: true, value: { kind: 'override', key: by.key, ...parsed.data } }
}

function missingOf(required: readonly string[], claims: StrictJsonObject): Refused | undefined {
  const absent = required.find((claim) => claims[claim] === undefined)
  return absent === undefined ? undefined : refused('token-claims', `claim ${absent} is missing`)
}

function amountOf(
  claim: string,
  amount: StrictJson | undefined,
  stated: StrictJson | undefined,
  currency: CurrencyCode,
  least: 0 | 1,
): Opened<Money> {
  if (!isAmount(amount)) return refused('amount-invalid', `claim ${claim} is not a whole number from 1 to 2^53 - 1`)
  if (amount < least) return refused('amount-zero', `claim ${claim} is 0`)
  if (stated !== currency) return refused('token-currency', `claim cur is not ${currency}, the issuer's currency`)
  return { ok: true, value: money(amount, currency) }
}

function badLifetime(
  kind: PresentedToken['kind'],
  { iat, nbf, exp }: { readonly iat: Instant; readonly nbf: Instant; readonly exp: Instant },
): Refused | undefined {
  if (exp <= iat || exp <= nbf) return refused('token-claims', 'claim exp is not after iat and nbf')
  const { typ, lifetimeMaxMs } = tokenPolicy[kind]
  return exp - iat > lifetimeMaxMs
    ? refused('token-claims', `claim exp is further from iat than a ${typ} may live`)
    : undefined
}

/** Names the claim by its place in our own schema; the message says what was wanted, never what was there. */
function faulty(error: z.ZodError): Refused {
  const issue = error.issues[0]
  const place = issue === undefined ? [] : issue.path
  return refused('token-claims', `claim ${place.map(String).join('.')} is not of the right form`)
}
