import type { Refusal } from '../../core/refusals.ts'
import type { Issued, Mint, Point } from './mint.ts'
import { createKey, encoded, sha256, signed, signedWithPublicKey } from './signing.ts'

/** Bad from the first letter or by its signature: a text that binds nobody. Or well signed and bad here and now: then its payer did agree to something. */
type Made = string | (Issued & { readonly kind: 'pay' | 'holder'; readonly amount: number })

type BadToken = {
  /** What a gateway whose clock is right must answer. */
  readonly expected: Refusal
  /** `amount` is what is due at the point. */
  make(mint: Mint, point: Point, amount: number): Made
}

/** Every way in which a token that is shown can be bad. One line each; the demo, the simulation and the tests take them all. */
export const badTokens = {
  // not a token at all
  'id-card': text(
    'id-card-shown',
    () => '001099012345|012345678|Nguyễn Văn Thử|01011999|Nam|1 Phố Thử, Hà Nội|01012022',
  ),
  'bank-qr': text(
    'bank-qr-shown',
    () => '00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F',
  ),
  'menu-link': text('not-a-token', () => 'https://menu.example/pho-bo'),

  // another spelling, or broken on the way
  padded: text('token-not-canonical', (mint, ...to) => `${plain(mint, ...to)}==`),
  spaced: text('token-not-canonical', (mint, ...to) => plain(mint, ...to).replace('.', ' .')),
  'broken-line': text('token-not-canonical', (mint, ...to) => plain(mint, ...to).replace('.', '\n.')),
  'spare-bits': text('token-not-canonical', (mint, ...to) => withSpareBit(plain(mint, ...to))),
  'cut-short': text('token-malformed', (mint, ...to) => {
    const token = plain(mint, ...to)
    return token.slice(0, token.lastIndexOf('.'))
  }),
  'too-long': text('token-too-long', (mint, ...to) => mint.pay({ ...due(mint, ...to), note: 'x'.repeat(6_000) }).text),

  // the header
  'alg-none': text('token-algorithm', (mint, ...to) => {
    return `${encoded(mint.payHeader({ alg: 'none' }))}.${encoded(mint.payClaims(due(mint, ...to)))}.`
  }),
  'hs256-public-key': text('token-algorithm', (mint, ...to) =>
    signedWithPublicKey(mint.issuer.current, mint.payHeader({ alg: 'HS256' }), mint.payClaims(due(mint, ...to))),
  ),
  'alg-mismatch': header('token-algorithm', (mint) => ({
    alg: mint.issuer.current.alg === 'EdDSA' ? 'ES256' : 'EdDSA',
  })),
  'no-kid': header('token-key-unknown', () => ({ kid: undefined })),
  'unknown-kid': header('token-key-unknown', () => ({ kid: 'nobody' })),
  'no-typ': header('token-kind-unknown', () => ({ typ: undefined })),
  'other-typ': header('token-kind-unknown', () => ({ typ: 'JWT' })),
  jku: header('token-header-forbidden', () => ({ jku: 'https://stranger.example/keys' })),
  x5u: header('token-header-forbidden', () => ({ x5u: 'https://stranger.example/chain' })),
  x5c: header('token-header-forbidden', () => ({ x5c: ['MIIB'] })),
  jwk: header('token-header-forbidden', (mint) => ({ jwk: mint.issuers.stranger.current.publicJwk })),
  crit: header('token-header-forbidden', () => ({ crit: ['exp'] })),
  b64: header('token-header-forbidden', () => ({ b64: false })),
  'header-twice': text('token-malformed', (mint, ...to) => {
    const twice = JSON.stringify(mint.payHeader()).replace('{', '{"alg":"none",')
    return signed(mint.issuer.current, twice, mint.payClaims(due(mint, ...to)))
  }),

  // who signed
  'unknown-issuer': text('token-issuer-unknown', (mint, ...to) => {
    const { stranger } = mint.issuers
    return mint.pay({ ...due(mint, ...to), iss: stranger.iss }, {}, stranger.current).text
  }),
  'not-its-to-sign': text('token-issuer-unknown', (mint, ...to) => {
    const { operator } = mint.issuers
    return mint.pay({ ...due(mint, ...to), iss: operator.iss }, { alg: operator.current.alg }, operator.current).text
  }),
  tampered: text('token-signature', (mint, point, amount) => {
    const [head, , signature] = mint.pay(due(mint, point, amount)).text.split('.')
    return [head, encoded(mint.payClaims(due(mint, point, amount + 1))), signature].join('.')
  }),
  forged: text('token-signature', (mint, ...to) => {
    const thief = createKey(mint.issuer.current.kid, mint.issuer.current.alg, mint.random)
    return mint.pay(due(mint, ...to), {}, thief).text
  }),
  'revoked-key': text('token-key-revoked', (mint, ...to) => mint.pay(due(mint, ...to), {}, mint.issuer.revoked).text),
  'retired-key': text(
    'token-key-out-of-time',
    (mint, ...to) => mint.pay(due(mint, ...to), {}, mint.issuer.retired).text,
  ),

  // what it says
  'no-exp': claims('token-claims', () => ({ exp: undefined })),
  'no-jti': claims('token-claims', () => ({ jti: undefined })),
  endless: claims('token-claims', (mint) => ({ exp: mint.seconds() + 40 * 86_400 })),
  'date-fraction': claims('token-claims', (mint) => ({ exp: mint.seconds() + 60.5 })),
  'claim-twice': text('token-claims', (mint, point, amount) => {
    const twice = JSON.stringify(mint.payClaims(due(mint, point, amount))).replace('{', `{"amt":${amount * 10},`)
    return signed(mint.issuer.current, mint.payHeader(), twice)
  }),
  deep: claims('token-claims', () => ({ note: Array.from({ length: 12 }).reduce((inner) => [inner], 1) })),
  'amount-zero': claims('amount-zero', () => ({ amt: 0 })),
  'amount-negative': claims('amount-invalid', () => ({ amt: -50_000 })),
  'amount-fraction': claims('amount-invalid', () => ({ amt: 1.5 })),
  'amount-2-53': claims('amount-invalid', () => ({ amt: 2 ** 53 })),
  'amount-text': claims('amount-invalid', () => ({ amt: '50000' })),
  'other-currency': claims('token-currency', () => ({ cur: 'USD' })),

  // the moment and the place: well signed, and its payer meant it
  expired: agreed('token-expired', (mint) => over(mint, -600)),
  'not-yet': agreed('token-not-yet', (mint) => ({ nbf: mint.seconds() + 240 })),
  'future-iat': agreed('token-issued-in-future', (mint) => over(mint, 3_600)),
  'wrong-stall': agreed('token-audience', (mint) => ({ aud: `urn:tolbooth:${mint.site}:stall:nowhere` })),
  'wrong-site': agreed('token-audience', () => ({ aud: 'urn:tolbooth:elsewhere' })),
  'too-little': {
    expected: 'amount-too-low',
    make: (mint, point, amount) => payment(mint, point, Math.max(1, amount - 1), {}),
  },
  'denied-token': agreed('token-denied', (mint) => ({ jti: mint.issuers.deniedToken })),
  'denied-payer': agreed('payer-denied', (mint) => ({ sub: mint.issuers.deniedPayer })),

  // the rotating code
  'photo-of-code': {
    expected: 'presentation-stale',
    make: (mint, point, amount) => rotating(mint, point, amount, {}, { iat: mint.seconds() - 300 }),
  },
  'over-own-limit': {
    expected: 'amount-too-low',
    make: (mint, point, amount) => rotating(mint, point, amount, { lim: Math.max(1, amount - 1) }, {}),
  },
  'phone-did-not-sign': text('presentation-malformed', (mint, point, amount) => {
    const { text: whole } = rotating(mint, point, amount, {}, {})
    return whole.slice(0, whole.lastIndexOf('~') + 1)
  }),
  'another-phone': text('token-signature', (mint, point, amount) => {
    const { text: whole } = rotating(mint, point, amount, {}, {})
    const sdJwt = whole.slice(0, whole.lastIndexOf('~') + 1)
    const [head = '', body = ''] = whole.slice(sdJwt.length).split('.')
    const thief = createKey('phone', 'EdDSA', mint.random)
    return sdJwt + signed(thief, decoded(head), decoded(body))
  }),
  'another-credential': text('presentation-malformed', (mint, point, amount) => {
    return rotating(mint, point, amount, {}, { sd_hash: sha256('another') }).text
  }),
  'guessable-nonce': text('presentation-malformed', (mint, point, amount) => {
    return rotating(mint, point, amount, {}, { nonce: '1' }).text
  }),
} as const satisfies Record<string, BadToken>

export type BadKind = keyof typeof badTokens

export const BAD_KINDS = Object.keys(badTokens) as readonly BadKind[]

function text(expected: Refusal, make: (mint: Mint, point: Point, amount: number) => string): BadToken {
  return { expected, make }
}

/** A good payment but for some of its header. */
function header(expected: Refusal, over: (mint: Mint) => Readonly<Record<string, unknown>>): BadToken {
  return text(expected, (mint, ...to) => mint.pay(due(mint, ...to), over(mint)).text)
}

/** A good payment but for some of its claims, which make it no agreement at all. */
function claims(expected: Refusal, changed: (mint: Mint) => Readonly<Record<string, unknown>>): BadToken {
  return text(expected, (mint, ...to) => mint.pay({ ...due(mint, ...to), ...changed(mint) }).text)
}

/** A good payment but for the moment or the place. */
function agreed(expected: Refusal, changed: (mint: Mint) => Readonly<Record<string, unknown>>): BadToken {
  return { expected, make: (mint, point, amount) => payment(mint, point, amount, changed(mint)) }
}

function due(mint: Mint, point: Point, amount: number) {
  return { aud: mint.audience(point, 'place'), amt: amount }
}

function plain(mint: Mint, point: Point, amount: number): string {
  return mint.pay(due(mint, point, amount)).text
}

function payment(mint: Mint, point: Point, amount: number, changed: Readonly<Record<string, unknown>>) {
  return { ...mint.pay({ ...due(mint, point, amount), ...changed }), kind: 'pay', amount } as const
}

function rotating(
  mint: Mint,
  point: Point,
  amount: number,
  credential: Readonly<Record<string, unknown>>,
  presentation: Readonly<Record<string, unknown>>,
) {
  const issued = mint.holder(credential, { ...due(mint, point, amount), ...presentation })
  return { ...issued, kind: 'holder', amount } as const
}

/** All three dates of a payment token, moved. */
function over(mint: Mint, bySeconds: number) {
  const iat = mint.seconds() + bySeconds
  return { iat, nbf: iat, exp: iat + 300 }
}

/** 64 bytes leave four bits of the last letter unused: set one. */
function withSpareBit(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + letters[letters.indexOf(token.slice(-1)) + 1]
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString()
}
