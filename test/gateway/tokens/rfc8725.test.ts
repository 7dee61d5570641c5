import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { stallId } from '../../../core/ids.ts'
import { judgeAudience, tokenPolicy } from '../../../core/token-policy.ts'
import { createKeyRing } from '../../../gateway/tokens/key-ring.ts'
import { algorithmTable, readPublicKey } from '../../../gateway/tokens/public-key.ts'
import type { Json } from './kit.ts'
import {
  encoded,
  headerOf,
  issuerEntry,
  keySetOf,
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

/** JSON Web Token Best Current Practices (RFC 8725, BCP 225), section by section. What is left out stands at the end. */

const BANK = 'https://bank.example'
const SUPERVISOR = 'urn:tolbooth:market-1:supervisor'
const KEY = testKey('k1')
const P256 = testKey('k1', 'ES256')
const CHIEF = testKey('chief')
const PHONE = testKey('phone')
const RING = await ringOf(
  issuerEntry(WALLET, 'wallet', ['pay', 'holder'], [KEY]),
  issuerEntry(BANK, 'bank', ['pay'], [P256]),
  issuerEntry(SUPERVISOR, 'supervisor', ['override'], [CHIEF]),
)
const verifier = verifierOf(RING)
const answer = async (text: string) => refusalOf(await verifier.verify(text))
const withHeader = (header: Json) => signed(KEY, { ...headerOf(KEY, 'pay+jwt'), ...header }, payClaims())

test('what is not wrong is taken', async () => {
  expect(await answer(pay(KEY))).toBeUndefined()
  expect(await answer(signed(P256, headerOf(P256, 'pay+jwt'), payClaims({ iss: BANK })))).toBeUndefined()
  expect(await answer(rotating(KEY, PHONE))).toBeUndefined()
})

describe('RFC 8725 3.1: perform algorithm verification', () => {
  test('RFC 8725 3.1: an algorithm other than the key’s is refused', async () => {
    for (const alg of [
      'ES256',
      'ES384',
      'RS256',
      'PS256',
      'HS256',
      'ML-DSA-44',
      'A128KW',
      'eddsa',
      'EDDSA',
      'ed25519',
    ]) {
      expect([alg, await answer(withHeader({ alg }))]).toEqual([alg, 'token-algorithm'])
    }
    for (const alg of ['EdDSA', 'Ed25519', 'ES384', 'ES256K', 'es256']) {
      const text = signed(P256, { ...headerOf(P256, 'pay+jwt'), alg }, payClaims({ iss: BANK }))
      expect([alg, await answer(text)]).toEqual([alg, 'token-algorithm'])
    }
  })

  test('RFC 8725 3.1: EdDSA and Ed25519 are two names of one algorithm, and both are taken', async () => {
    expect(await answer(withHeader({ alg: 'EdDSA' }))).toBeUndefined()
    expect(await answer(withHeader({ alg: 'Ed25519' }))).toBeUndefined()
  })

  test('RFC 8725 3.1: an algorithm that is missing or no text is refused', async () => {
    for (const alg of [undefined, null, 1, ['EdDSA'], { name: 'EdDSA' }]) {
      expect(await answer(withHeader({ alg }))).toBe('token-algorithm')
    }
  })

  test('RFC 8725 3.1: an HMAC with the public key as its secret is refused, however the key is spelled', async () => {
    const publicKey = createPublicKey(KEY.privateKey)
    const spellings = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      Buffer.from(KEY.publicJwk['x'] ?? '', 'base64url'),
      JSON.stringify(KEY.publicJwk),
    ]
    for (const secret of spellings) {
      for (const alg of ['HS256', 'EdDSA']) {
        const input = `${encoded({ ...headerOf(KEY, 'pay+jwt'), alg })}.${encoded(payClaims())}`
        const text = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
        expect(await answer(text)).toBe(alg === 'HS256' ? 'token-algorithm' : 'token-signature')
      }
    }
  })

  test('RFC 8725 3.1: a key is used with one algorithm, and a key set that says otherwise is refused', async () => {
    const entry = issuerEntry(WALLET, 'wallet', ['pay'], [{ ...KEY, publicJwk: { ...KEY.publicJwk, alg: 'ES256' } }])
    const made = await createKeyRing(keySetOf(entry), [])
    expect(made).toMatchObject({ ok: false, problems: [expect.stringContaining('member alg')] })
  })
})

describe('RFC 8725 3.2: use appropriate algorithms', () => {
  test('RFC 8725 3.2: none is refused in every spelling, signed or not', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const [, claims, signature] = pay(KEY).split('.')
      const header = encoded({ ...headerOf(KEY, 'pay+jwt'), alg })
      expect(await answer(`${header}.${claims}.`)).toBe('token-algorithm')
      expect(await answer(`${header}.${claims}.${signature}`)).toBe('token-algorithm')
      expect(await answer(`${header}.${claims}`)).toBe('token-malformed')
    }
  })

  test('RFC 8725 3.2: a good header over no signature, or half of one, is refused', async () => {
    const text = pay(KEY)
    const input = text.slice(0, text.lastIndexOf('.'))
    const half = Buffer.from(text.slice(input.length + 1), 'base64url')
      .subarray(0, 32)
      .toString('base64url')
    expect(await answer(`${input}.`)).toBe('token-signature')
    expect(await answer(`${input}.${half}`)).toBe('token-signature')
    expect(await answer(`${input}.${half.repeat(2)}AA`.slice(0, input.length + 87))).not.toBeUndefined()
  })

  test('RFC 8725 3.2: keys of RSA, of other curves and of secrets are in no key set', async () => {
    const jwks = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      generateKeyPairSync('ed448').publicKey,
      generateKeyPairSync('x25519').publicKey,
    ].map((key) => key.export({ format: 'jwk' }))
    for (const jwk of [...jwks, { kty: 'oct', k: 'c2VjcmV0' }]) expect(readPublicKey(jwk).ok).toBe(false)
  })

  test('RFC 8725 3.2: each kind of token says which algorithms may sign it, and they are two', () => {
    for (const { algorithms } of Object.values(tokenPolicy)) {
      expect(algorithms.every((algorithm) => algorithm in algorithmTable)).toBe(true)
    }
    expect(Object.keys(algorithmTable)).toEqual(['Ed25519', 'ES256'])
  })
})

describe('RFC 8725 3.3: validate all cryptographic operations', () => {
  test('RFC 8725 3.3: a claim, a header or a signature that was changed is refused', async () => {
    const [header = '', claims = '', signature = ''] = pay(KEY).split('.')
    const richer = encoded(payClaims({ amt: 5_000_000 }))
    expect(await answer([header, richer, signature].join('.'))).toBe('token-signature')
    const otherHeader = encoded({ ...headerOf(KEY, 'pay+jwt'), cty: 'x' })
    expect(await answer([otherHeader, claims, signature].join('.'))).toBe('token-signature')
    expect(await answer([header, claims, signatureOver(testKey('k1'), `${header}.${claims}`)].join('.'))).toBe(
      'token-signature',
    )
  })

  test('RFC 8725 3.3: of a rotating code both signatures must hold', async () => {
    const thief = testKey('thief')
    expect(await answer(rotating(KEY, PHONE))).toBeUndefined()
    // The credential forged, the phone's signature true.
    expect(await answer(rotating({ ...thief, kid: 'k1' }, PHONE))).toBe('token-signature')
    // The credential true, the phone's signature another's.
    expect(await answer(rotating(KEY, { ...thief, publicJwk: PHONE.publicJwk }))).toBe('token-signature')
  })
})

describe('RFC 8725 3.4: validate cryptographic inputs', () => {
  const onCurve = testKey('k', 'ES256').publicJwk

  test('RFC 8725 3.4: points that are not on the curve are refused', () => {
    expect(readPublicKey({ ...onCurve, y: Buffer.alloc(32, 7).toString('base64url') })).toEqual({
      ok: false,
      fault: 'is not a point on its curve',
    })
    expect(readPublicKey({ ...onCurve, x: Buffer.alloc(32).toString('base64url') }).ok).toBe(false)
  })

  test('RFC 8725 3.4: coordinates that are too short, too long or in another spelling are refused', () => {
    const { x = '', y = '' } = onCurve
    const bytes = Buffer.from(x, 'base64url')
    for (const bad of [
      bytes.subarray(1).toString('base64url'),
      Buffer.concat([Buffer.alloc(1), bytes]).toString('base64url'),
      `${x}=`,
      ` ${x}`,
      '',
    ]) {
      expect(readPublicKey({ kty: 'EC', crv: 'P-256', x: bad, y }).ok).toBe(false)
      expect(readPublicKey({ kty: 'EC', crv: 'P-256', x: y, y: bad }).ok).toBe(false)
      expect(readPublicKey({ kty: 'OKP', crv: 'Ed25519', x: bad }).ok).toBe(false)
    }
  })

  /** y of every point of small order, little-endian, with and without the bit of the sign, and the spellings beyond the field. */
  const smallOrder = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ].flatMap((hex) => {
    const bytes = Buffer.from(hex, 'hex')
    const signBit = Buffer.from(bytes)
    signBit[31] = (signBit[31] ?? 0) | 0x80
    return [bytes, signBit]
  })

  test('RFC 8725 3.4: Ed25519 keys of small order are refused, for anyone can sign for them', () => {
    for (const bytes of smallOrder) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }
      expect(readPublicKey(jwk)).toEqual({ ok: false, fault: expect.stringContaining('small order') })
    }
  })

  test('RFC 8725 3.4: they are refused whatever the OpenSSL below would say of a signature that nobody made', async () => {
    // The neutral point: R is neutral and S is 0, for every message. OpenSSL 3.0 takes that, 3.5 does not.
    const neutral = Buffer.from(`01${'00'.repeat(31)}`, 'hex')
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: neutral.toString('base64url') }
    const made = await createKeyRing(keySetOf(issuerEntry(WALLET, 'wallet', ['pay'], [{ ...KEY, publicJwk: jwk }])), [])
    expect(made).toMatchObject({ ok: false, problems: [expect.stringContaining('small order')] })
  })

  test('RFC 8725 3.4: a phone’s key within a credential is looked at as closely', async () => {
    const weak = { kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') }
    expect(await answer(rotating(KEY, PHONE, { credential: { cnf: { jwk: weak } } }))).toBe('token-claims')
    const offCurve = { ...onCurve, y: onCurve['x'] }
    expect(await answer(rotating(KEY, PHONE, { credential: { cnf: { jwk: offCurve } } }))).toBe('token-claims')
    const { d } = PHONE.privateKey.export({ format: 'jwk' })
    const whole = { ...PHONE.publicJwk, d }
    expect(await answer(rotating(KEY, PHONE, { credential: { cnf: { jwk: whole } } }))).toBe('token-claims')
  })

  test('RFC 8725 3.4: an Ed25519 signature whose S is not below the group’s order is refused', async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const text = pay(KEY)
    const end = text.lastIndexOf('.')
    const signature = Buffer.from(text.slice(end + 1), 'base64url')
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`)
    const more = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse()
    const again = Buffer.concat([signature.subarray(0, 32), more]).toString('base64url')
    expect(await answer(`${text.slice(0, end)}.${again}`)).toBe('token-signature')
  })

  test('RFC 8725 3.4: an ES256 signature of zeros, or in DER, is refused', async () => {
    const input = `${encoded(headerOf(P256, 'pay+jwt'))}.${encoded(payClaims({ iss: BANK }))}`
    expect(await answer(`${input}.${Buffer.alloc(64).toString('base64url')}`)).toBe('token-signature')
    const der = sign('sha256', Buffer.from(input), P256.privateKey)
    expect(await answer(`${input}.${der.toString('base64url')}`)).toBe('token-signature')
  })
})

describe('RFC 8725 3.5: ensure cryptographic keys have sufficient entropy', () => {
  test('RFC 8725 3.5: no shared secret and no password is ever a key here', () => {
    expect(readPublicKey({ kty: 'oct', k: Buffer.from('market123').toString('base64url') })).toMatchObject({
      ok: false,
    })
  })

  test('RFC 8725 3.5: a presentation whose nonce is shorter than 128 bits is refused', async () => {
    for (const nonce of ['', '1', Buffer.alloc(15, 9).toString('base64url')]) {
      expect(await answer(rotating(KEY, PHONE, { binding: { nonce } }))).toBe('presentation-malformed')
    }
    const enough = Buffer.alloc(16, 9).toString('base64url')
    expect(await answer(rotating(KEY, PHONE, { binding: { nonce: enough } }))).toBeUndefined()
  })
})

describe('RFC 8725 3.6: avoid compression of encryption inputs', () => {
  test('RFC 8725 3.6: encrypted and compressed tokens are refused', async () => {
    for (const member of [{ zip: 'DEF' }, { enc: 'A256GCM' }, { epk: {} }]) {
      expect(await answer(withHeader(member))).toBe('token-header-forbidden')
    }
    expect(await answer(`${pay(KEY)}.AAAA.AAAA`)).toBe('token-malformed')
  })
})

describe('RFC 8725 3.7: use UTF-8', () => {
  test('RFC 8725 3.7: a token in UTF-16, or with a byte order mark, is refused', async () => {
    const header = JSON.stringify(headerOf(KEY, 'pay+jwt'))
    const claims = JSON.stringify(payClaims())
    const of = (head: Uint8Array, body: Uint8Array) => {
      const input = `${encoded(head)}.${encoded(body)}`
      return `${input}.${signatureOver(KEY, input)}`
    }
    const utf8 = (text: string) => Buffer.from(text)
    expect(await answer(of(utf8(header), utf8(claims)))).toBeUndefined()
    expect(await answer(of(utf8(header), Buffer.from(claims, 'utf16le')))).toBe('token-claims')
    expect(await answer(of(Buffer.from(header, 'utf16le'), utf8(claims)))).toBe('token-malformed')
    expect(await answer(of(utf8(header), utf8(`\ufeff${claims}`)))).toBe('token-claims')
    expect(await answer(of(utf8(`\ufeff${header}`), utf8(claims)))).toBe('token-malformed')
    expect(await answer(of(utf8(header), Buffer.from(claims.replace('payer-1', 'payer-\u00ff'), 'latin1')))).toBe(
      'token-claims',
    )
  })
})

describe('RFC 8725 3.8: validate issuer and subject', () => {
  test('RFC 8725 3.8: a key signs for its own issuer and for no other', async () => {
    expect(await answer(pay(KEY, { iss: BANK }))).toBe('token-algorithm')
    const other = testKey('k9')
    const ring = await ringOf(
      issuerEntry(WALLET, 'wallet', ['pay'], [KEY]),
      issuerEntry(BANK, 'bank', ['pay'], [other]),
    )
    const posing = signed(other, headerOf(other, 'pay+jwt'), payClaims({ iss: WALLET }))
    expect(refusalOf(await verifierOf(ring).verify(posing))).toBe('token-key-unknown')
  })

  test('RFC 8725 3.8: an issuer that the key set does not name is refused, whatever it is called', async () => {
    for (const iss of ['https://wallet.example/', 'HTTPS://WALLET.EXAMPLE', 'wallet', '__proto__', 'constructor']) {
      expect(await answer(pay(KEY, { iss }))).toBe('token-issuer-unknown')
    }
  })

  test('RFC 8725 3.8: an issuer or a subject that is missing, empty, no text or too long is refused', async () => {
    for (const bad of [undefined, '', 1, ['a'], 'a b', 'a\u0000b', 'x'.repeat(257)]) {
      expect(await answer(pay(KEY, { iss: bad }))).toBe('token-claims')
      expect(await answer(pay(KEY, { sub: bad }))).toBe('token-claims')
    }
  })
})

describe('RFC 8725 3.9: use and validate audience', () => {
  test('RFC 8725 3.9: a token without an audience is refused', async () => {
    for (const aud of [undefined, null, '', [], [''], 7]) expect(await answer(pay(KEY, { aud }))).toBe('token-claims')
  })

  test('RFC 8725 3.9: a token for another stall is refused in the decision', async () => {
    const verified = await verifier.verify(pay(KEY, { aud: STALL_AUDIENCE }))
    if (!verified.ok) throw new Error(verified.detail)
    const stall = (id: string) => judgeAudience(verified.token, SITE, { kind: 'stall', id: stallId(id) })
    expect(stall('a-12')).toEqual({ ok: true, audience: 'place' })
    expect(stall('a-13')).toEqual({ ok: false, refusal: 'token-audience' })
  })
})

describe('RFC 8725 3.10: do not trust received claims', () => {
  test('RFC 8725 3.10: a header that says where to fetch a key, brings one, or wants more understood is refused', async () => {
    const members: Json = {
      jku: 'https://thief.example/keys',
      x5u: 'https://thief.example/chain',
      jwk: KEY.publicJwk,
      x5c: ['MIIB'],
      trust_chain: ['eyJ'],
      crit: ['exp'],
      b64: true,
    }
    for (const [name, value] of Object.entries(members)) {
      expect([name, await answer(withHeader({ [name]: value }))]).toEqual([name, 'token-header-forbidden'])
      const code = rotating(KEY, PHONE, { bindingHeader: { [name]: value } })
      expect([name, await answer(code)]).toEqual([name, 'token-header-forbidden'])
      const credential = rotating(KEY, PHONE, { credentialHeader: { [name]: value } })
      expect([name, await answer(credential)]).toEqual([name, 'token-header-forbidden'])
    }
  })

  test('RFC 8725 3.10: a kid is a name and nothing else', async () => {
    for (const kid of [
      undefined,
      '',
      1,
      null,
      ['k1'],
      'k1 ',
      'k1\n',
      '../k1',
      "k1' OR 1=1--",
      '__proto__',
      'toString',
    ]) {
      expect(await answer(withHeader({ kid }))).toBe('token-key-unknown')
    }
    expect(await answer(withHeader({ kid: 'k'.repeat(129) }))).toBe('token-key-unknown')
  })

  test('RFC 8725 3.10: header members that ask for nothing are let be, as RFC 7515 wants', async () => {
    expect(await answer(withHeader({ cty: 'json', x5t: 'abc', iat: 1 }))).toBeUndefined()
  })
})

describe('RFC 8725 3.11: use explicit typing', () => {
  test('RFC 8725 3.11: a token without typ, or with another, is refused', async () => {
    for (const typ of [
      undefined,
      1,
      '',
      'JWT',
      'jwt',
      'at+jwt',
      'PAY+JWT',
      'application/pay+jwt',
      'pay+jwt ',
      'kb+jwt',
    ]) {
      expect([typ, await answer(withHeader({ typ }))]).toEqual([typ, 'token-kind-unknown'])
    }
  })

  test('RFC 8725 3.11: both halves of a rotating code have a typ of their own', async () => {
    expect(await answer(rotating(KEY, PHONE, { credentialHeader: { typ: 'pay+jwt' } }))).toBe('token-kind-unknown')
    expect(await answer(rotating(KEY, PHONE, { credentialHeader: { typ: 'dc+sd-jwt' } }))).toBe('token-kind-unknown')
    expect(await answer(rotating(KEY, PHONE, { bindingHeader: { typ: 'JWT' } }))).toBe('presentation-malformed')
    expect(await answer(rotating(KEY, PHONE, { bindingHeader: { typ: undefined } }))).toBe('token-kind-unknown')
  })
})

describe('RFC 8725 3.12: use mutually exclusive validation rules for different kinds of JWTs', () => {
  test('RFC 8725 3.12: a wallet that signs an override, a pass, a ticket or a receipt is refused', async () => {
    for (const kind of ['override', 'pass', 'ticket', 'receipt'] as const) {
      const text = signed(KEY, headerOf(KEY, tokenPolicy[kind].typ), payClaims())
      expect([kind, await answer(text)]).toEqual([kind, 'token-issuer-unknown'])
    }
  })

  test('RFC 8725 3.12: a supervisor that signs a payment is refused', async () => {
    const text = signed(CHIEF, headerOf(CHIEF, 'pay+jwt'), payClaims({ iss: SUPERVISOR }))
    expect(await answer(text)).toBe('token-issuer-unknown')
  })

  test('RFC 8725 3.12: one kind’s claims under another’s typ are refused', async () => {
    const text = signed(CHIEF, headerOf(CHIEF, 'override+jwt'), payClaims({ iss: SUPERVISOR }))
    expect(await answer(text)).toBe('token-claims')
  })

  test('RFC 8725 3.12: a credential, or a phone’s signature, is no token by itself', async () => {
    const [credential = '', binding = ''] = rotating(KEY, PHONE).split('~')
    expect(await answer(credential)).toBe('presentation-malformed')
    expect(await answer(`${credential}~`)).toBe('presentation-malformed')
    expect(await answer(binding)).toBe('token-kind-unknown')
    expect(await answer(`~${binding}`)).toBe('token-malformed')
    expect(await answer(`${pay(KEY)}~${binding}`)).toBe('token-kind-unknown')
  })

  test('RFC 8725 3.12: a key set in which an issuer may sign what its role may not is refused', async () => {
    const made = await createKeyRing(keySetOf(issuerEntry(WALLET, 'wallet', ['pay', 'override'], [KEY])), [])
    expect(made).toMatchObject({ ok: false, problems: [expect.stringContaining('take override out of its kinds')] })
  })
})

/*
 * What does not apply: the parts of 3.2, 3.4 and 3.6 on encryption (nothing is encrypted; such tokens are refused above), and the part of 3.3 on nested
 * tokens (the two halves of a rotating code stand side by side, and both are checked).
 */
