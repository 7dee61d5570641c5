import { compactVerify, errors } from 'jose'
import type { Refusal } from '../../core/refusals.ts'
import { presentationPolicy, tokenPolicy } from '../../core/token-policy.ts'
import type { HolderToken, PresentedToken, TokenKind } from '../../core/tokens.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import type { StrictJsonObject } from '../strict-json.ts'
import { parseStrictJson } from '../strict-json.ts'
import { ISSUER_CHARACTERS_MAX, NAME_CHARACTERS_MAX, printable } from './bundle-fields.ts'
import type { SignedBy } from './claims.ts'
import { readClaims, readCredential, readPresentation } from './claims.ts'
import type { Compact, Opened } from './compact.ts'
import { openCompact, refused } from './compact.ts'
import { createInFlight } from './in-flight.ts'
import type { KeyRing } from './key-ring.ts'
import { createPhoneKeys } from './phone-keys.ts'
import type { PublicKey, PublicKeyResult, VerifyingKey } from './public-key.ts'
import { algorithmTable, importForVerifying, KNOWN_ALGORITHM_NAMES } from './public-key.ts'
import { discloseClaims, partPresentation } from './sd-jwt.ts'
import { TOKEN_CHARACTERS_MAX } from './shown-text.ts'

export type Verifier = {
  /**
   * Checks the form and the signatures of a token, and nothing that depends on the moment or the place: those are judged in the decision. Never throws on a
   * bad token. `detail` says what is wrong for a technician and holds nothing of the token. Many may be under way at once: they end in any order.
   */
  verify(text: string): Promise<Verified>
  /** Signatures being checked, and tokens that wait for their turn. */
  readonly inFlight: number
  readonly waiting: number
}

export type Verified =
  | { readonly ok: true; readonly token: PresentedToken; readonly text: string }
  | { readonly ok: false; readonly refusal: Refusal; readonly detail: string }

export type VerifierOptions = {
  /** The generation of keys in force; asked anew for each token. */
  readonly keyRing: () => KeyRing
  /** Tokens whose signatures are checked at the same time; past it they wait. */
  readonly inFlightMax: number
  /** Tokens that may wait; past it the answer is `busy`. */
  readonly waitingMax: number
  /** Keys of phones that are kept ready, those that were here last. */
  readonly phoneKeysMax: number
}

/** RFC 8725 with the strictness of architecture, section 5. Signatures by jose through WebCrypto (docs/decisions/010-verify-with-webcrypto.md). */
export function createVerifier({ keyRing, inFlightMax, waitingMax, phoneKeysMax }: VerifierOptions): Verifier {
  const turns = createInFlight(inFlightMax, waitingMax)
  const phones = createPhoneKeys(phoneKeysMax)

  const check = async ({ issuer, phone }: Signatures): Promise<boolean> => {
    if (phone === null) return holds(issuer.compact, issuer.key)
    const phoneKey = phones.kept(phone.key.thumbprint) ?? (await importForVerifying(phone.key))
    const held = await Promise.all([holds(issuer.compact, issuer.key), holds(phone.compact, phoneKey)])
    if (!held.every(Boolean)) return false
    phones.keep(phoneKey)
    return true
  }

  return {
    get inFlight() {
      return turns.inFlight
    },
    get waiting() {
      return turns.waiting
    },
    async verify(text) {
      const opened = openToken(text, keyRing(), phones.read)
      if (!opened.ok) return opened
      const { token, signatures } = opened.value
      const checked = turns.run(() => check(signatures))
      if (checked === 'busy') return refused('busy', `${turns.waiting} tokens wait already`)
      return (await checked)
        ? { ok: true, token, text }
        : refused('token-signature', 'a signature does not fit its key')
    },
  }
}

/** A token taken apart and found well-formed, and the signatures on which it hangs. It is to be believed when all of them hold. */
export type Unverified = { readonly token: PresentedToken; readonly signatures: Signatures }
export type Signatures = {
  readonly issuer: { readonly compact: Compact; readonly key: VerifyingKey }
  readonly phone: { readonly compact: Compact; readonly key: PublicKey } | null
}

/** Reads the key that a credential names for its phone. */
type ReadKey = (jwk: unknown) => PublicKeyResult

/** All of the verification but the signatures: cheap enough to do for every text that comes. */
export function openToken(text: string, ring: KeyRing, readKey: ReadKey): Opened<Unverified> {
  if (text.length > TOKEN_CHARACTERS_MAX) {
    return refused('token-too-long', `more than ${TOKEN_CHARACTERS_MAX} characters`)
  }
  return text.includes('~') ? openRotating(text, ring, readKey) : openSingle(text, ring)
}

function openSingle(text: string, ring: KeyRing): Opened<Unverified> {
  const compact = openCompact(text)
  if (!compact.ok) return compact
  const issued = readIssued(compact.value, ring, kindOfTyp)
  if (!issued.ok) return issued
  const { kind, claims, by, key } = issued.value
  if (kind === 'holder') return refused('presentation-malformed', 'a credential without the phone’s own signature')
  const token = readClaims(kind, claims, by)
  if (!token.ok) return token
  return {
    ok: true,
    value: { token: token.value, signatures: { issuer: { compact: compact.value, key }, phone: null } },
  }
}

/** SD-JWT+KB, in the order of RFC 9901, 7.3; that the signatures are checked last changes nothing, for nothing is believed before. */
function openRotating(text: string, ring: KeyRing, readKey: ReadKey): Opened<Unverified> {
  const parted = partPresentation(text)
  if (!parted.ok) return parted
  const compact = openCompact(parted.value.credential)
  if (!compact.ok) return compact
  const issued = readIssued(compact.value, ring, (typ) => (typ === tokenPolicy.holder.typ ? 'holder' : undefined))
  if (!issued.ok) return issued
  const claims = discloseClaims(issued.value.claims, parted.value.disclosures)
  if (!claims.ok) return claims
  const credential = readCredential(claims.value, issued.value.by, readKey)
  if (!credential.ok) return credential
  const { cnf, credentialAud, ...credentialFacts } = credential.value

  const binding = openCompact(parted.value.keyBinding)
  if (!binding.ok) return binding
  const header = readHeader(binding.value, presentationPolicy.typ)
  if (!header.ok) return header
  const fits = judgeAlgorithm(header.value.alg, binding.value, cnf)
  if (!fits.ok) return fits
  const bindingClaims = parseStrictJson(binding.value.payload)
  if (!bindingClaims.ok) return refused('presentation-malformed', `what the phone signed ${bindingClaims.fault}`)
  const presented = readPresentation(bindingClaims.value, credentialFacts.lim.currency)
  if (!presented.ok) return presented
  const { iat, aud, amt, nonce, sdHash, nbf, exp } = presented.value
  if (sdHash !== parted.value.sdHash) return refused('presentation-malformed', 'the phone signed another credential')

  const token: HolderToken = {
    kind: 'holder',
    ...credentialFacts,
    iat,
    aud: [aud],
    amt,
    nonce,
    nbf: nbf !== undefined && nbf > credentialFacts.nbf ? nbf : credentialFacts.nbf,
    exp: exp !== undefined && exp < credentialFacts.exp ? exp : credentialFacts.exp,
    ...(credentialAud === undefined ? {} : { credentialAud }),
  }
  const signatures: Signatures = {
    issuer: { compact: compact.value, key: issued.value.key },
    phone: { compact: binding.value, key: cnf },
  }
  return { ok: true, value: { token, signatures } }
}

type Issued<Kind> = {
  readonly kind: Kind
  readonly claims: StrictJsonObject
  readonly by: SignedBy
  readonly key: VerifyingKey
}

/** Header, issuer, key and algorithm of what an issuer signed: the key says which algorithm, and belongs to that issuer and no other. */
function readIssued<Kind extends TokenKind>(
  compact: Compact,
  ring: KeyRing,
  kindOf: (typ: string) => Kind | undefined,
): Opened<Issued<Kind>> {
  const header = readHeader(compact, undefined)
  if (!header.ok) return header
  const kind = kindOf(header.value.typ)
  if (kind === undefined) return refused('token-kind-unknown', 'header typ names no kind of token')
  const kid = safeParse(kidSchema, compact.header['kid'])
  if (!kid.success) return refused('token-key-unknown', 'header kid is missing or not a name')

  const claims = parseStrictJson(compact.payload)
  if (!claims.ok) return refused('token-claims', `what the issuer signed ${claims.fault}`)
  const iss = safeParse(issSchema, claims.value['iss'])
  if (!iss.success) return refused('token-claims', 'claim iss is missing or not a name')
  const issuer = ring.issuer(iss.data)
  if (issuer === undefined) return refused('token-issuer-unknown', 'the key set has no such issuer')
  if (!issuer.kinds.includes(kind)) return refused('token-issuer-unknown', `this issuer may not sign a ${kind} token`)
  const key = ring.key(iss.data, kid.data)
  if (key === undefined) return refused('token-key-unknown', 'the issuer has no key of that kid')
  if (!tokenPolicy[kind].algorithms.includes(key.public.algorithm)) {
    return refused('token-algorithm', `a ${kind} token may not be signed by ${key.public.algorithm}`)
  }
  const fits = judgeAlgorithm(header.value.alg, compact, key.public)
  if (!fits.ok) return fits
  const by: SignedBy = { issuer, key: { issuer: issuer.iss, kid: key.kid, thumbprint: key.thumbprint } }
  return { ok: true, value: { kind, claims: claims.value, by, key: key.public } }
}

/**
 * Members that ask us to fetch a key, to trust one that the token brings, or to understand something more; and those of encrypted and
 * compressed tokens, which nobody sends here.
 */
const FORBIDDEN_HEADERS = ['jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64', 'trust_chain', 'enc', 'zip', 'epk'] as const

const kidSchema = printable(NAME_CHARACTERS_MAX)
const issSchema = printable(ISSUER_CHARACTERS_MAX)

function readHeader(
  { header }: Compact,
  typWanted: string | undefined,
): Opened<{ readonly alg: string; readonly typ: string }> {
  const forbidden = FORBIDDEN_HEADERS.find((member) => header[member] !== undefined)
  if (forbidden !== undefined) return refused('token-header-forbidden', `header ${forbidden}`)
  const { alg, typ } = header
  if (typeof alg !== 'string' || !KNOWN_ALGORITHM_NAMES.includes(alg)) {
    return refused('token-algorithm', 'header alg is missing or not one that is taken')
  }
  if (typeof typ !== 'string') return refused('token-kind-unknown', 'header typ is missing')
  if (typWanted !== undefined && typ !== typWanted) {
    return refused('presentation-malformed', `the phone’s header typ is not ${typWanted}`)
  }
  return { ok: true, value: { alg, typ } }
}

/** The key says which algorithm it is for; the token may only agree (RFC 8725, 3.1). */
function judgeAlgorithm(alg: string, compact: Compact, key: PublicKey): Opened<null> {
  const { headerNames, signatureBytes } = algorithmTable[key.algorithm]
  if (!headerNames.includes(alg))
    return refused('token-algorithm', `header alg does not fit a key for ${key.algorithm}`)
  if (compact.signatureBytes !== signatureBytes) return refused('token-signature', 'a signature of the wrong length')
  return { ok: true, value: null }
}

function kindOfTyp(typ: string): TokenKind | undefined {
  return KIND_OF_TYP.get(typ)
}

const KIND_OF_TYP: ReadonlyMap<string, TokenKind> = new Map(
  Object.entries(tokenPolicy).map(([kind, row]) => [row.typ, kind as TokenKind]),
)

/** jose is told the one algorithm of the key, and no extension that a header might call critical. */
async function holds({ text }: Compact, { cryptoKey, algorithm }: VerifyingKey): Promise<boolean> {
  try {
    await compactVerify(text, cryptoKey, { algorithms: [...algorithmTable[algorithm].headerNames], crit: {} })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
