import { describe, expect, test } from 'vitest'
import { instant } from '../../../core/time.ts'
import { presentationPolicy, tokenPolicy } from '../../../core/token-policy.ts'
import { spendIdentityOf } from '../../../core/token-spending.ts'
import type { TokenKind } from '../../../core/tokens.ts'
import {
  AUDIENCES_MAX,
  HOURS_MAX,
  LANES_MAX,
  NONCE_CHARACTERS_MAX,
  OVERRIDE_REASON_CHARACTERS_MAX,
} from '../../../gateway/tokens/claims.ts'
import type { KeyRing, RingKey } from '../../../gateway/tokens/key-ring.ts'
import { TOKEN_CHARACTERS_MAX } from '../../../gateway/tokens/shown-text.ts'
import { createVerifier } from '../../../gateway/tokens/verify.ts'
import type { Json, TestKey } from './kit.ts'
import {
  encoded,
  headerOf,
  issuerEntry,
  NOON,
  NOON_SECONDS,
  pay,
  payClaims,
  refusalOf,
  ringOf,
  rotating,
  SITE,
  STALL_AUDIENCE,
  signatureOver,
  signed,
  testKey,
  verifierOf,
  WALLET,
} from './kit.ts'

const OPERATOR = 'urn:tolbooth:market-1:operator'
const SUPERVISOR = 'urn:tolbooth:market-1:supervisor'
const GATEWAY = 'urn:tolbooth:market-1:gateway:box-1'
const KEYS = new Map<string, TestKey>()
const KEY = testKey('k1')
const P256 = testKey('k2', 'ES256')
const PHONE = testKey('phone', 'ES256')
const RING = await ringOf(
  issuerEntry(WALLET, 'wallet', ['pay', 'holder'], [KEY, P256]),
  issuerEntry(OPERATOR, 'operator', ['pass'], [testKeyOf('operator')]),
  issuerEntry(SUPERVISOR, 'supervisor', ['override'], [testKeyOf('supervisor')]),
  issuerEntry(GATEWAY, 'gateway', ['ticket', 'receipt'], [testKeyOf('gateway')]),
)
const verifier = verifierOf(RING)
const answer = async (text: string) => refusalOf(await verifier.verify(text))

const site = { aud: `urn:tolbooth:${SITE}`, amt: undefined, cur: undefined }
const everyHour = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }
const of = {
  pay: (over: Json = {}) => pay(KEY, over),
  pass: (over: Json = {}) =>
    kindOf('pass', OPERATOR, { ...site, class: 'motorbike', lanes: ['in-1'], hours: [everyHour], ...over }),
  ticket: (over: Json = {}) =>
    kindOf('ticket', GATEWAY, { ...site, session: 'box-1:1:7:s0', lane: 'in-1', entered: NOON_SECONDS, ...over }),
  receipt: (over: Json = {}) => kindOf('receipt', GATEWAY, { aud: `urn:tolbooth:${SITE}`, sub: 'charge-1', ...over }),
  override: (over: Json = {}) =>
    kindOf('override', SUPERVISOR, { ...site, lanes: ['in-1'], reason: 'mất vé', ...over }),
}

describe('a good token of each kind is taken', () => {
  const signedPart = {
    iss: WALLET,
    sub: 'payer-1',
    iat: NOON,
    nbf: NOON,
    exp: instant(NOON + 300_000),
    jti: 'token-1',
  }

  test('pay', async () => {
    const text = of.pay()
    expect(await verifier.verify(text)).toEqual({
      ok: true,
      text,
      token: {
        kind: 'pay',
        key: { issuer: WALLET, kid: 'k1', thumbprint: RING.key(WALLET, 'k1')?.thumbprint },
        ...signedPart,
        aud: [STALL_AUDIENCE],
        amt: { amount: 50_000, currency: 'VND' },
        scope: 'site',
      },
    })
  })

  test('holder: the phone’s amount, place and time, and the credential’s limits', async () => {
    const text = rotating(KEY, PHONE, { binding: { nonce: 'AAECAwQFBgcICQoLDA0ODw' } })
    expect(await verifier.verify(text)).toEqual({
      ok: true,
      text,
      token: {
        kind: 'holder',
        key: { issuer: WALLET, kid: 'k1', thumbprint: RING.key(WALLET, 'k1')?.thumbprint },
        iss: WALLET,
        sub: 'payer-1',
        jti: 'credential-1',
        aud: [STALL_AUDIENCE],
        iat: NOON,
        credentialIat: NOON - 3_600_000,
        nbf: NOON - 3_600_000,
        exp: NOON + 86_400_000,
        amt: { amount: 50_000, currency: 'VND' },
        lim: { amount: 200_000, currency: 'VND' },
        cnfThumbprint: expect.stringMatching(/^[\w-]{43}$/),
        nonce: 'AAECAwQFBgcICQoLDA0ODw',
        scope: 'region',
      },
    })
  })

  test('pass', async () => {
    expect(await verifier.verify(of.pass())).toMatchObject({
      token: {
        kind: 'pass',
        vehicleClass: 'motorbike',
        lanes: ['in-1'],
        hours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1440 }],
      },
    })
  })

  test('ticket', async () => {
    const verified = await verifier.verify(of.ticket())
    expect(verified).toMatchObject({
      token: { kind: 'ticket', session: 'box-1:1:7:s0', lane: 'in-1', enteredAt: NOON },
    })
    expect(verified.ok && verified.token).not.toHaveProperty('isUnsure')
    expect(await verifier.verify(of.ticket({ unsure: true }))).toMatchObject({ token: { isUnsure: true } })
  })

  test('receipt: its subject is the charge, and without exp it lasts as long as a receipt may', async () => {
    const verified = await verifier.verify(of.receipt({ nbf: undefined, exp: undefined, amt: 0 }))
    expect(verified).toMatchObject({
      token: {
        kind: 'receipt',
        charge: 'charge-1',
        amt: { amount: 0, currency: 'VND' },
        nbf: NOON,
        exp: NOON + tokenPolicy.receipt.lifetimeMaxMs,
      },
    })
  })

  test('override', async () => {
    expect(await verifier.verify(of.override())).toMatchObject({
      token: { kind: 'override', lanes: ['in-1'], reason: 'mất vé' },
    })
  })

  test('by ES256, for issuers who have only that', async () => {
    expect(await answer(pay(P256))).toBeUndefined()
    expect(await answer(rotating(P256, testKey('phone')))).toBeUndefined()
  })

  test('and what it says beyond what is known changes nothing', async () => {
    expect(await answer(of.pay({ note: { of: ['the', 'issuer', 1.5, null, true] } }))).toBeUndefined()
  })
})

describe('each claim that a kind requires is required', () => {
  for (const kind of ['pay', 'pass', 'ticket', 'receipt', 'override'] as const) {
    test.each(tokenPolicy[kind].requiredClaims)(`${kind}: %s`, async (claim) => {
      const verified = await verifier.verify(of[kind]({ [claim]: undefined }))
      expect(verified).toMatchObject({
        ok: false,
        refusal: 'token-claims',
        detail: expect.stringContaining(`claim ${claim}`),
      })
    })
  }

  test.each(tokenPolicy.holder.requiredClaims)('credential: %s', async (claim) => {
    const verified = await verifier.verify(rotating(KEY, PHONE, { credential: { [claim]: undefined } }))
    expect(verified).toMatchObject({ refusal: 'token-claims', detail: expect.stringContaining(`claim ${claim}`) })
  })

  test.each(presentationPolicy.requiredClaims)('presentation: %s', async (claim) => {
    const verified = await verifier.verify(rotating(KEY, PHONE, { binding: { [claim]: undefined } }))
    expect(verified).toMatchObject({ refusal: 'presentation-malformed', detail: `claim ${claim} is missing` })
  })
})

describe('amounts', () => {
  const amounts: readonly (readonly [amount: unknown, refusal: string | undefined])[] = [
    [1, undefined],
    [Number.MAX_SAFE_INTEGER, undefined],
    [0, 'amount-zero'],
    [-1, 'amount-invalid'],
    [-50_000, 'amount-invalid'],
    [1.5, 'amount-invalid'],
    [2 ** 53, 'amount-invalid'],
    ['50000', 'amount-invalid'],
    ['50.000', 'amount-invalid'],
    [null, 'amount-invalid'],
    [true, 'amount-invalid'],
    [[50_000], 'amount-invalid'],
    [{ amount: 50_000 }, 'amount-invalid'],
  ]

  test.each(amounts)(
    'of %j are answered with %s, in a payment, a credential and a presentation',
    async (amt, refusal) => {
      expect(await answer(of.pay({ amt }))).toBe(refusal)
      expect(await answer(rotating(KEY, PHONE, { credential: { lim: amt } }))).toBe(refusal)
      expect(await answer(rotating(KEY, PHONE, { binding: { amt } }))).toBe(refusal)
    },
  )

  test.each(['5e4', '50000.0', '50000.00000000000000000001', '9007199254740993', '1e999', '-0'])(
    'spelled %s are refused, for two readers could read two amounts',
    async (spelled) => {
      const claims = JSON.stringify(payClaims({ amt: 12_345 })).replace('12345', spelled)
      expect(await answer(signed(KEY, headerOf(KEY, 'pay+jwt'), claims))).toBe('token-claims')
    },
  )

  test.each(['USD', 'vnd', '', 'VND ', 704, null])('in currency %j are refused', async (cur) => {
    expect(await answer(of.pay({ cur }))).toBe('token-currency')
    expect(await answer(rotating(KEY, PHONE, { credential: { cur } }))).toBe('token-currency')
  })

  test('a presentation need not name its currency, and if it does it is the credential’s', async () => {
    expect(await answer(rotating(KEY, PHONE, { binding: { cur: 'VND' } }))).toBeUndefined()
    expect(await answer(rotating(KEY, PHONE, { binding: { cur: 'USD' } }))).toBe('token-currency')
  })
})

describe('dates', () => {
  test.each(['iat', 'nbf', 'exp'])('%s is whole seconds in our time', async (claim) => {
    for (const bad of [NOON_SECONDS + 0.5, String(NOON_SECONDS), NOON_SECONDS * 1000, 0, -1, 1, null, [NOON_SECONDS]]) {
      expect([bad, await answer(of.pay({ [claim]: bad }))]).toEqual([bad, 'token-claims'])
    }
  })

  test('a token that ends when or before it begins is refused', async () => {
    expect(await answer(of.pay({ exp: NOON_SECONDS }))).toBe('token-claims')
    expect(await answer(of.pay({ exp: NOON_SECONDS - 1 }))).toBe('token-claims')
    expect(await answer(of.pay({ nbf: NOON_SECONDS + 300 }))).toBe('token-claims')
    expect(await answer(of.pay({ nbf: NOON_SECONDS + 299 }))).toBeUndefined()
  })

  test.each(['pay', 'pass', 'ticket', 'receipt', 'override'] as const)(
    'a %s may live as long as its kind, and not a second longer',
    async (kind) => {
      const longest = NOON_SECONDS + tokenPolicy[kind].lifetimeMaxMs / 1000
      expect(await answer(of[kind]({ exp: longest }))).toBeUndefined()
      expect(await answer(of[kind]({ exp: longest + 1 }))).toBe('token-claims')
    },
  )

  test('a credential may live as long as its kind, and not a second longer', async () => {
    const longest = NOON_SECONDS - 3_600 + tokenPolicy.holder.lifetimeMaxMs / 1000
    expect(await answer(rotating(KEY, PHONE, { credential: { exp: longest } }))).toBeUndefined()
    expect(await answer(rotating(KEY, PHONE, { credential: { exp: longest + 1 } }))).toBe('token-claims')
  })

  test('whether a token is in time is not judged here', async () => {
    const long = { iat: NOON_SECONDS - 100_000, nbf: NOON_SECONDS - 100_000, exp: NOON_SECONDS - 99_000 }
    expect(await answer(of.pay(long))).toBeUndefined()
  })

  test('a presentation’s own window narrows the credential’s and never widens it', async () => {
    const window = async (binding: Json) => {
      const verified = await verifier.verify(rotating(KEY, PHONE, { binding }))
      return verified.ok ? [verified.token.nbf, verified.token.exp] : verified.refusal
    }
    const [nbf, exp] = [NOON - 3_600_000, NOON + 86_400_000]
    expect(await window({ nbf: NOON_SECONDS, exp: NOON_SECONDS + 30 })).toEqual([NOON, NOON + 30_000])
    expect(await window({ nbf: NOON_SECONDS - 9_999, exp: NOON_SECONDS + 999_999 })).toEqual([nbf, exp])
  })
})

describe('names, audiences and lists are bounded', () => {
  const name = (characters: number) => 'n'.repeat(characters)
  type Case = readonly [kind: Exclude<TokenKind, 'holder'>, claim: string, longest: unknown, tooMuch: unknown]
  const lanes = (count: number) => Array.from({ length: count }, (_, index) => `lane-${index}`)
  const hours = (count: number) => Array.from({ length: count }, () => everyHour)
  const audiences = (count: number) => Array.from({ length: count }, (_, index) => `urn:tolbooth:site-${index}`)
  const cases: readonly Case[] = [
    ['pay', 'sub', name(128), name(129)],
    ['pay', 'jti', name(128), name(129)],
    ['pay', 'aud', name(256), name(257)],
    ['pay', 'aud', audiences(AUDIENCES_MAX), audiences(AUDIENCES_MAX + 1)],
    ['pass', 'lanes', lanes(LANES_MAX), lanes(LANES_MAX + 1)],
    ['pass', 'hours', hours(HOURS_MAX), hours(HOURS_MAX + 1)],
    ['pass', 'class', name(63), name(64)],
    ['ticket', 'session', name(128), name(129)],
    ['override', 'reason', name(OVERRIDE_REASON_CHARACTERS_MAX), name(OVERRIDE_REASON_CHARACTERS_MAX + 1)],
  ]

  test.each(cases)('%s %s', async (kind, claim, longest, tooMuch) => {
    expect(await answer(of[kind]({ [claim]: longest }))).toBeUndefined()
    expect(await answer(of[kind]({ [claim]: tooMuch }))).toBe('token-claims')
  })

  test('a presentation’s nonce', async () => {
    const nonce = (characters: number) => 'A'.repeat(characters)
    expect(await answer(rotating(KEY, PHONE, { binding: { nonce: nonce(NONCE_CHARACTERS_MAX) } }))).toBeUndefined()
    expect(await answer(rotating(KEY, PHONE, { binding: { nonce: nonce(NONCE_CHARACTERS_MAX + 1) } }))).toBe(
      'presentation-malformed',
    )
  })

  const malformed: readonly (readonly [kind: Exclude<TokenKind, 'holder'>, over: Json])[] = [
    ['pay', { jti: '' }],
    ['pay', { jti: 7 }],
    ['pay', { jti: 'a b' }],
    ['pay', { sub: 'Nguyễn' }],
    ['pay', { aud: [STALL_AUDIENCE, STALL_AUDIENCE] }],
    ['pay', { aud: [STALL_AUDIENCE, 7] }],
    ['pay', { aud: [[STALL_AUDIENCE]] }],
    ['pass', { class: '' }],
    ['pass', { class: 'Motor Bike' }],
    ['pass', { lanes: 'in-1' }],
    ['pass', { lanes: ['IN 1'] }],
    ['pass', { hours: [] }],
    ['pass', { hours: [{ ...everyHour, days: [] }] }],
    ['pass', { hours: [{ ...everyHour, days: [0] }] }],
    ['pass', { hours: [{ ...everyHour, days: [8] }] }],
    ['pass', { hours: [{ ...everyHour, days: [1, 1] }] }],
    ['pass', { hours: [{ ...everyHour, from: -1 }] }],
    ['pass', { hours: [{ ...everyHour, from: 1440 }] }],
    ['pass', { hours: [{ ...everyHour, to: 1441 }] }],
    ['pass', { hours: [{ ...everyHour, from: 60, to: 60 }] }],
    ['pass', { hours: [{ ...everyHour, from: '06:00' }] }],
    ['pass', { hours: [{ ...everyHour, zone: 'UTC' }] }],
    ['ticket', { session: '' }],
    ['ticket', { lane: 'in/1' }],
    ['ticket', { entered: 'now' }],
    ['ticket', { unsure: false }],
    ['override', { reason: '' }],
    ['override', { reason: ' ' }],
    ['override', { reason: 'line\nbreak' }],
    ['override', { reason: 7 }],
  ]

  test.each(malformed)('%s with %j is refused', async (kind, over) => {
    expect(await answer(of[kind](over))).toBe('token-claims')
  })
})

describe('every spelling of one token but its issuer’s is refused', () => {
  const text = of.pay()
  const [header = '', claims = '', signature = ''] = text.split('.')
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const spellings: readonly (readonly [name: string, spelled: string])[] = [
    ...Array.from({ length: 15 }, (_, bits): readonly [string, string] => [
      `spare bits ${bits + 1} in the last letter of the signature`,
      text.slice(0, -1) + letters.at(letters.indexOf(text.slice(-1)) + bits + 1),
    ]),
    ['one = behind the signature', `${text}=`],
    ['two = behind the signature', `${text}==`],
    ['= behind the header', `${header}=.${claims}.${signature}`],
    ['= behind the claims', `${header}.${claims}=.${signature}`],
    ['a space behind', `${text} `],
    ['a space before', ` ${text}`],
    ['a space within', `${header}. ${claims}.${signature}`],
    ['a line’s end behind', `${text}\n`],
    ['a line’s end of two characters behind', `${text}\r\n`],
    ['a line’s end within the signature', `${header}.${claims}.${signature.slice(0, 40)}\n${signature.slice(40)}`],
    ['a tabulator behind', `${text}\t`],
    ['a no-break space behind', `${text}\u00a0`],
    ['a byte that is nothing behind', `${text}\u0000`],
    ['% escapes', text.replace('.', '%2E')],
  ]

  test.each(spellings)('%s', async (_name, spelled) => {
    expect(['token-not-canonical', 'token-malformed']).toContain(await answer(spelled))
  })

  test('the other base64 alphabet', async () => {
    // Made until both letters that differ occur.
    let token = of.pay()
    for (let jti = 0; !/-.*_|_.*-/.test(token); jti += 1) token = of.pay({ jti: `t${jti}` })
    expect(await answer(token)).toBeUndefined()
    expect(await answer(token.replaceAll('-', '+').replaceAll('_', '/'))).toBe('token-not-canonical')
  })

  test('parts too few and too many', async () => {
    for (const bad of [
      '',
      '.',
      '..',
      header,
      `${header}.${claims}`,
      `${text}.`,
      `.${claims}.${signature}`,
      `${text}.AA`,
    ]) {
      expect([bad.length, await answer(bad)]).toEqual([bad.length, 'token-malformed'])
    }
  })

  test('in JSON, flattened or general', async () => {
    const flattened = JSON.stringify({ payload: claims, protected: header, signature })
    expect(await answer(flattened)).toBe('token-malformed')
  })

  test('another ES256 signature of the same words is another text with the same identity', async () => {
    // (r, n - s) fits wherever (r, s) does, and nothing can forbid it: so what is spent is never the text.
    const token = pay(P256)
    const end = token.lastIndexOf('.')
    const bytes = Buffer.from(token.slice(end + 1), 'base64url')
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
    const again = `${token.slice(0, end)}.${other.toString('base64url')}`
    expect(again).not.toBe(token)
    const identities = await Promise.all(
      [token, again].map(async (one) => {
        const verified = await verifier.verify(one)
        return verified.ok && verified.token.kind === 'pay' ? spendIdentityOf(verified.token, 'live') : verified
      }),
    )
    expect(identities).toEqual([
      { iss: WALLET, id: 'jti:token-1' },
      { iss: WALLET, id: 'jti:token-1' },
    ])
  })
})

describe('JSON that two readers could read in two ways is refused', () => {
  test('a claim twice, whichever comes first', async () => {
    const once = JSON.stringify(payClaims())
    for (const twice of [
      once.replace('{', '{"amt":500000,'),
      once.replace('}', ',"amt":500000}'),
      once.replace('}', ',"\\u0061mt":500000}'),
      once.replace('}', ',"exp":9999999999}'),
    ]) {
      expect(await answer(signed(KEY, headerOf(KEY, 'pay+jwt'), twice))).toBe('token-claims')
    }
  })

  test('a header member twice', async () => {
    const once = JSON.stringify(headerOf(KEY, 'pay+jwt'))
    for (const twice of [once.replace('{', '{"alg":"none",'), once.replace('}', ',"kid":"k2"}')]) {
      expect(await answer(signed(KEY, twice, payClaims()))).toBe('token-malformed')
    }
  })

  test('deep nesting, in the header and in the claims', async () => {
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`
    const claims = JSON.stringify(payClaims()).replace('}', `,"x":${deep}}`)
    expect(await answer(signed(KEY, headerOf(KEY, 'pay+jwt'), claims))).toBe('token-claims')
    const header = JSON.stringify(headerOf(KEY, 'pay+jwt')).replace('}', `,"x":${deep}}`)
    expect(await answer(signed(KEY, header, payClaims()))).toBe('token-malformed')
  })

  test('claims that are a list, a text or nothing', async () => {
    for (const claims of ['[]', '"pay"', 'null', '7', ' ']) {
      expect(await answer(signed(KEY, headerOf(KEY, 'pay+jwt'), claims))).toBe('token-claims')
    }
  })
})

describe('length', () => {
  test('a token of the greatest length is taken and one that is longer is refused before anything is decoded', async () => {
    // One more character of a claim is a little more than one of the text: look for the note that fills it up.
    const texts = Array.from({ length: 1_300 }, (_, note) => of.pay({ note: 'x'.repeat(note) }))
    const longest = texts.findLast((text) => text.length <= TOKEN_CHARACTERS_MAX) ?? ''
    const tooLong = texts.find((text) => text.length > TOKEN_CHARACTERS_MAX) ?? ''
    expect(longest.length).toBeGreaterThan(TOKEN_CHARACTERS_MAX - 3)
    expect(await answer(longest)).toBeUndefined()
    expect(await answer(tooLong)).toBe('token-too-long')
  })

  test('a token of 10 kB, and a rotating code of 10 kB, are refused', async () => {
    expect(await answer(of.pay({ note: 'x'.repeat(10_000) }))).toBe('token-too-long')
    expect(await answer(`${rotating(KEY, PHONE)}${'~'.repeat(10_000)}`)).toBe('token-too-long')
  })
})

describe('many at once', () => {
  const few = { keyRing: () => RING, phoneKeysMax: 1 }

  test('as many are checked at once as may be, as many wait as may wait, and the next is told that it is busy', async () => {
    const bounded = createVerifier({ ...few, inFlightMax: 2, waitingMax: 3 })
    const texts = Array.from({ length: 6 }, (_, index) => of.pay({ jti: `t${index}` }))
    const answers = texts.map((text) => bounded.verify(text))
    expect([bounded.inFlight, bounded.waiting]).toEqual([2, 3])
    const refusals = (await Promise.all(answers)).map(refusalOf)
    expect(refusals).toEqual([undefined, undefined, undefined, undefined, undefined, 'busy'])
    expect([bounded.inFlight, bounded.waiting]).toEqual([0, 0])
  })

  test('what is refused for its form takes nobody’s turn', async () => {
    const bounded = createVerifier({ ...few, inFlightMax: 1, waitingMax: 0 })
    const first = bounded.verify(of.pay())
    expect(refusalOf(await bounded.verify('rubbish'))).toBe('token-malformed')
    expect(refusalOf(await first)).toBeUndefined()
  })

  test('a bad signature gives its turn back', async () => {
    const bounded = createVerifier({ ...few, inFlightMax: 1, waitingMax: 9 })
    const forged = signed(testKey('k1'), headerOf(KEY, 'pay+jwt'), payClaims())
    const answers = await Promise.all([forged, of.pay(), forged, of.pay()].map((text) => bounded.verify(text)))
    expect(answers.map(refusalOf)).toEqual(['token-signature', undefined, 'token-signature', undefined])
  })

  test('good and bad among each other get each its own answer', async () => {
    const texts = Array.from({ length: 64 }, (_, index) => {
      const text = index % 3 === 0 ? rotating(KEY, PHONE) : of.pay({ jti: `t${index}` })
      return index % 4 === 0 ? `${text.slice(0, -9)}${text.slice(-9, -1)}` : text
    })
    const answers = await Promise.all(texts.map((text) => verifier.verify(text)))
    expect(answers.map(({ ok }) => ok)).toEqual(texts.map((_, index) => index % 4 !== 0))
  })

  test('more phones than keys are kept are taken all the same', async () => {
    const bounded = createVerifier({ ...few, phoneKeysMax: 2, inFlightMax: 4, waitingMax: 99 })
    const phones = Array.from({ length: 5 }, (_, index) => testKey('phone', index % 2 === 0 ? 'EdDSA' : 'ES256'))
    for (const round of [1, 2, 3]) {
      for (const phone of phones) {
        expect([round, refusalOf(await bounded.verify(rotating(KEY, phone)))]).toEqual([round, undefined])
      }
    }
  })

  test('a phone’s key that is kept does not let another phone’s signature pass', async () => {
    expect(await answer(rotating(KEY, PHONE))).toBeUndefined()
    expect(await answer(rotating(KEY, { ...testKey('thief', 'ES256'), publicJwk: PHONE.publicJwk }))).toBe(
      'token-signature',
    )
  })

  test('another generation of keys is in force from the next token on', async () => {
    let ring = RING
    const turning = createVerifier({ ...few, keyRing: () => ring, inFlightMax: 4, waitingMax: 4 })
    expect(refusalOf(await turning.verify(of.pay()))).toBeUndefined()
    ring = await ringOf(issuerEntry(WALLET, 'wallet', ['pay'], [P256]))
    expect(refusalOf(await turning.verify(of.pay()))).toBe('token-key-unknown')
  })
})

describe('a ring that contradicts itself', () => {
  const gateway = testKey('gateway', 'ES256')
  const iss = 'https://odd.example'
  const oddRing = async (over: (key: RingKey) => RingKey): Promise<KeyRing> => {
    const ring = await ringOf(issuerEntry(iss, 'wallet', ['pay'], [gateway]))
    const [issuer] = ring.issuers()
    const key = ring.key(iss, 'gateway')
    if (issuer === undefined || key === undefined) throw new Error('no issuer')
    return { ...ring, issuer: () => ({ ...issuer, kinds: ['pay', 'ticket'] }), key: () => over(key) }
  }

  test('does not make a kind take an algorithm that is not its own', async () => {
    const text = signed(gateway, headerOf(gateway, 'ticket+jwt'), payClaims({ iss }))
    const verified = await verifierOf(await oddRing((key) => key)).verify(text)
    expect(verified).toMatchObject({ refusal: 'token-algorithm', detail: 'a ticket token may not be signed by ES256' })
  })

  test('is a fault of ours, and not a bad token: it is thrown', async () => {
    const wrong = RING.key(WALLET, 'k1')?.public.cryptoKey
    if (wrong === undefined) throw new Error('no key')
    const ring = await oddRing((key) => ({ ...key, public: { ...key.public, cryptoKey: wrong } }))
    const text = signed(gateway, headerOf(gateway, 'pay+jwt'), payClaims({ iss }))
    await expect(verifierOf(ring).verify(text)).rejects.toThrow(TypeError)
  })
})

test('no detail says anything of the token', async () => {
  const canary = 'CANARY'
  const [header = '', claims = ''] = of.pay().split('.')
  const bad = [
    canary,
    `${canary}.${canary}.${canary}`,
    `${encoded(canary)}.${claims}.AA`,
    `${header}.${encoded(canary)}.${signatureOver(KEY, `${header}.${encoded(canary)}`)}`,
    ...['alg', 'typ', 'kid', 'jku'].map((name) =>
      signed(KEY, { ...headerOf(KEY, 'pay+jwt'), [name]: canary }, payClaims()),
    ),
    ...['iss', 'iat', 'exp', 'amt', 'cur'].map((name) => of.pay({ [name]: canary })),
    ...['sub', 'jti', 'aud'].map((name) => of.pay({ [name]: `${canary} ${canary}` })),
    of.pass({ hours: [{ ...everyHour, [canary]: 1 }] }),
    of.override({ reason: `${canary}\n` }),
    ...['cnf', 'lim', 'nbf'].map((name) => rotating(KEY, PHONE, { credential: { [name]: canary } })),
    rotating(KEY, PHONE, { credential: { cnf: { [canary]: 1 } } }),
    rotating(KEY, PHONE, { credential: { cnf: { jwk: { kty: canary, crv: canary } } } }),
    ...['iat', 'aud', 'nonce', 'sd_hash'].map((name) => rotating(KEY, PHONE, { binding: { [name]: `${canary} ` } })),
    rotating(KEY, PHONE, { disclosures: [encoded(JSON.stringify([canary, canary, canary]))] }),
  ]
  for (const text of bad) {
    const verified = await verifier.verify(text)
    if (verified.ok) throw new Error('taken')
    expect(verified.detail).not.toContain(canary)
    expect(Object.keys(verified).toSorted()).toEqual(['detail', 'ok', 'refusal'])
  }
})

function testKeyOf(name: string) {
  const key = testKey(name)
  KEYS.set(name, key)
  return key
}

function kindOf(kind: Exclude<TokenKind, 'holder'>, iss: string, over: Json): string {
  const key = KEYS.get(iss.includes(':gateway:') ? 'gateway' : (iss.split(':').at(-1) ?? ''))
  if (key === undefined) throw new Error(iss)
  return signed(key, headerOf(key, tokenPolicy[kind].typ), payClaims({ iss, ...over }))
}
