import { describe, expect, test } from 'vitest'
import { parseStrictJson } from '../../../gateway/strict-json.ts'
import { CLAIMS_IN_THE_OPEN } from '../../../gateway/tokens/claims.ts'
import { DISCLOSURES_MAX, discloseClaims } from '../../../gateway/tokens/sd-jwt.ts'
import type { Json } from './kit.ts'
import {
  bindingClaims,
  credentialClaims,
  encoded,
  headerOf,
  issuerEntry,
  pay,
  refusalOf,
  ringOf,
  rotating,
  sha256,
  signed,
  testKey,
  verifierOf,
  WALLET,
} from './kit.ts'

/** Selective Disclosure for JWTs (RFC 9901): what a verifier must do, step by step. */

const KEY = testKey('k1')
const PHONE = testKey('phone', 'ES256')
const verifier = verifierOf(await ringOf(issuerEntry(WALLET, 'wallet', ['pay', 'holder'], [KEY])))
const answer = async (text: string) => refusalOf(await verifier.verify(text))

/** A disclosure and its digest. */
function disclosure(...content: unknown[]): readonly [text: string, digest: string] {
  const text = encoded(JSON.stringify(content))
  return [text, sha256(text)]
}

describe('RFC 9901 4.3: the phone’s signature', () => {
  test('RFC 9901 4.3: aud is one text and no list', async () => {
    expect(await answer(rotating(KEY, PHONE, { binding: { aud: ['urn:tolbooth:market-1'] } }))).toBe(
      'presentation-malformed',
    )
  })

  test('RFC 9901 4.3: iat, nonce and sd_hash are of their types', async () => {
    for (const binding of [{ iat: '1' }, { iat: 1.5 }, { nonce: 7 }, { sd_hash: 7 }, { sd_hash: '' }]) {
      expect(await answer(rotating(KEY, PHONE, { binding }))).toBe('presentation-malformed')
    }
  })

  test('RFC 9901 4.3: none is no algorithm for a phone either', async () => {
    expect(await answer(rotating(KEY, PHONE, { bindingHeader: { alg: 'none' } }))).toBe('token-algorithm')
  })

  test('RFC 9901 4.3: a phone’s algorithm is that of the key in its credential', async () => {
    expect(await answer(rotating(KEY, PHONE, { bindingHeader: { alg: 'EdDSA' } }))).toBe('token-algorithm')
    expect(await answer(rotating(KEY, testKey('phone'), { bindingHeader: { alg: 'ES256' } }))).toBe('token-algorithm')
  })
})

describe('RFC 9901 4.3.1: binding to an SD-JWT', () => {
  test('RFC 9901 4.3.1: the hash is taken over all up to the last tilde, and that tilde too', async () => {
    const issued = signed(KEY, headerOf(KEY, 'payer+sd-jwt'), credentialClaims(PHONE))
    const bound = (over: string) => `${issued}~${signed(PHONE, { alg: 'ES256', typ: 'kb+jwt' }, bindingClaims(over))}`
    expect(await answer(bound(`${issued}~`))).toBeUndefined()
    expect(await answer(bound(issued))).toBe('presentation-malformed')
    expect(await answer(bound(`${issued}~~`))).toBe('presentation-malformed')
  })

  test('RFC 9901 4.3.1: a phone’s signature over one credential does not go with another', async () => {
    const [, binding = ''] = rotating(KEY, PHONE).split('~')
    const [richer = ''] = rotating(KEY, PHONE, { credential: { lim: 9_000_000 } }).split('~')
    expect(await answer(`${richer}~${binding}`)).toBe('presentation-malformed')
  })

  test('RFC 9901 4.3.1: a disclosure put in or taken out on the way is noticed', async () => {
    const [text, digest] = disclosure('salt', 'name', 'Nguyễn Văn Thử')
    const parts = { credential: { _sd: [digest] }, disclosures: [text] }
    const whole = rotating(KEY, PHONE, parts)
    expect(await answer(whole)).toBeUndefined()
    expect(await answer(whole.replace(`~${text}~`, '~'))).toBe('presentation-malformed')
    const without = rotating(KEY, PHONE, { credential: { _sd: [digest] } })
    expect(await answer(without)).toBeUndefined()
    expect(await answer(without.replace('~', `~${text}~`))).toBe('presentation-malformed')
  })
})

describe('RFC 9901 7.1: verification of the SD-JWT', () => {
  const process = (payload: Json, ...disclosures: string[]) => {
    const parsed = parseStrictJson(Buffer.from(JSON.stringify(payload)))
    if (!parsed.ok) throw new Error(parsed.fault)
    const made = discloseClaims(parsed.value, disclosures)
    return made.ok ? JSON.parse(JSON.stringify(made.value)) : made.refusal
  }
  const MALFORMED = 'presentation-malformed'

  test('RFC 9901 7.1 step 2.4: sha-256 is understood, named or not, and no other hash', async () => {
    expect(await answer(rotating(KEY, PHONE, { credential: { _sd_alg: 'sha-256' } }))).toBeUndefined()
    for (const algorithm of ['sha-512', 'sha-256-32', 'SHA-256', 'md5', 7, null]) {
      expect(await answer(rotating(KEY, PHONE, { credential: { _sd_alg: algorithm } }))).toBe(MALFORMED)
    }
  })

  test('RFC 9901 7.1 step 3: a disclosed claim comes to its place, at the top and within', () => {
    const [name, nameDigest] = disclosure('s1', 'name', 'Thử')
    const [ward, wardDigest] = disclosure('s2', 'ward', 'Đống Đa')
    expect(process({ iss: 'x', _sd: [nameDigest], at: { _sd: [wardDigest] }, _sd_alg: 'sha-256' }, name, ward)).toEqual(
      {
        iss: 'x',
        name: 'Thử',
        at: { ward: 'Đống Đa' },
      },
    )
  })

  test('RFC 9901 7.1 step 3: a disclosed item comes to its place in a list, and what is kept back goes', () => {
    const [item, digest] = disclosure('s1', 'b')
    const decoy = sha256('decoy')
    expect(process({ list: ['a', { '...': digest }, { '...': decoy }, ['c']] }, item)).toEqual({
      list: ['a', 'b', ['c']],
    })
  })

  test('RFC 9901 7.1 step 3: a disclosure within a disclosure', () => {
    const [inner, innerDigest] = disclosure('s1', 'street', 'Hàng Bạc')
    const [outer, outerDigest] = disclosure('s2', 'address', { _sd: [innerDigest] })
    expect(process({ _sd: [outerDigest] }, outer, inner)).toEqual({ address: { street: 'Hàng Bạc' } })
    expect(process({ _sd: [outerDigest] }, outer)).toEqual({ address: {} })
    // The inner one alone belongs to nothing that is shown.
    expect(process({ _sd: [outerDigest] }, inner)).toBe(MALFORMED)
  })

  test('RFC 9901 7.1 step 3.3: a disclosure of the wrong shape for its place is refused', () => {
    for (const content of [['salt', 'name'], ['salt', 'name', 1, 2], ['salt', 7, 1], ['salt'], []]) {
      const [text, digest] = disclosure(...content)
      expect([content, process({ _sd: [digest] }, text)]).toEqual([content, MALFORMED])
    }
    for (const content of [['salt', 'name', 1], ['salt'], []]) {
      const [text, digest] = disclosure(...content)
      expect([content, process({ list: [{ '...': digest }] }, text)]).toEqual([content, MALFORMED])
    }
  })

  test('RFC 9901 7.1 step 3.3: a disclosed claim may not take a name that is taken or reserved', () => {
    for (const name of ['iss', '_sd', '...']) {
      const [text, digest] = disclosure('salt', name, 'thief')
      expect([name, process({ iss: 'x', other: 1, _sd: [digest] }, text)]).toEqual([name, MALFORMED])
    }
    const [text, digest] = disclosure('salt', 'known', 2)
    expect(process({ at: { known: 1, _sd: [digest] } }, text)).toBe(MALFORMED)
  })

  test('RFC 9901 7.1 step 4: a digest that comes twice is refused, a decoy as well', () => {
    const [text, digest] = disclosure('salt', 'name', 1)
    expect(process({ _sd: [digest, digest] }, text)).toBe(MALFORMED)
    expect(process({ _sd: [digest], at: { _sd: [digest] } }, text)).toBe(MALFORMED)
    expect(process({ _sd: [sha256('a')], list: [{ '...': sha256('a') }] })).toBe(MALFORMED)
  })

  test('RFC 9901 7.1 step 5: a disclosure that no digest refers to is refused', () => {
    const [text] = disclosure('salt', 'name', 1)
    expect(process({ iss: 'x' }, text)).toBe(MALFORMED)
  })

  test('RFC 9901 7.1: a disclosure that stands there twice is refused', () => {
    const [text, digest] = disclosure('salt', 'name', 1)
    expect(process({ _sd: [digest] }, text, text)).toBe(MALFORMED)
  })

  test('RFC 9901 4.1: reserved names stand nowhere else', () => {
    expect(process({ '...': 'x' })).toBe(MALFORMED)
    expect(process({ at: { _sd_alg: 'sha-256' } })).toBe(MALFORMED)
    expect(process({ _sd: 'x' })).toBe(MALFORMED)
    expect(process({ _sd: [7] })).toBe(MALFORMED)
    expect(process({ list: [{ '...': 7 }] })).toBe(MALFORMED)
    expect(process({ list: [{ '...': sha256('a'), more: 1 }] })).toBe(MALFORMED)
  })

  test('a disclosure that is no base64url, no JSON or no list is refused', () => {
    expect(process({}, '')).toBe('token-not-canonical')
    expect(process({}, 'a=')).toBe('token-not-canonical')
    expect(process({}, encoded('{'))).toBe(MALFORMED)
    expect(process({}, encoded('"text"'))).toBe(MALFORMED)
    expect(process({}, encoded('["s","a",1,{"b":1,"b":2}]'))).toBe(MALFORMED)
  })

  test(`there may be ${DISCLOSURES_MAX} disclosures, and no more`, async () => {
    const shown = (count: number) => {
      const all = Array.from({ length: count }, (_, index) => disclosure('', `n${index}`, 1))
      const parts = { credential: { _sd: all.map(([, digest]) => digest) }, disclosures: all.map(([text]) => text) }
      return rotating(KEY, testKey('phone'), parts)
    }
    expect(shown(DISCLOSURES_MAX + 1).length).toBeLessThan(2_048)
    expect(await answer(shown(DISCLOSURES_MAX))).toBeUndefined()
    expect(await answer(shown(DISCLOSURES_MAX + 1))).toBe(MALFORMED)
  })

  test('disclosures that go as deep as they can are read without harm', () => {
    let [text, digest] = disclosure('s', 'n', 1)
    const texts = [text]
    for (let depth = 1; depth < DISCLOSURES_MAX; depth += 1) {
      ;[text, digest] = disclosure('s', 'n', { a: { b: { c: { _sd: [digest] } } } })
      texts.push(text)
    }
    expect(['object', 'string']).toContain(typeof process({ _sd: [digest] }, ...texts))
  })
})

describe('RFC 9901 7.3: verification by the verifier', () => {
  test('RFC 9901 7.3 step 2: an SD-JWT without key binding is refused, with and without disclosures', async () => {
    const whole = rotating(KEY, PHONE)
    const bare = whole.slice(0, whole.indexOf('~') + 1)
    const [text, digest] = disclosure('s', 'name', 1)
    const disclosed = rotating(KEY, PHONE, { credential: { _sd: [digest] }, disclosures: [text] })
    expect(await answer(bare)).toBe('presentation-malformed')
    expect(await answer(bare.slice(0, -1))).toBe('presentation-malformed')
    expect(await answer(disclosed.slice(0, disclosed.lastIndexOf('~') + 1))).toBe('presentation-malformed')
  })

  test('RFC 9901 7.3 step 5.1: a credential without a key, or with a key by another way, is refused', async () => {
    const ways = [
      { kid: 'phone' },
      { jku: 'https://thief.example' },
      {},
      { jwk: PHONE.publicJwk, kid: 'x' },
      'phone',
      [],
    ]
    for (const cnf of ways) expect(await answer(rotating(KEY, PHONE, { credential: { cnf } }))).toBe('token-claims')
  })

  test('RFC 9901 7.3 step 5.3: a phone that is not the credential’s is refused', async () => {
    const thief = { ...testKey('phone', 'ES256'), publicJwk: PHONE.publicJwk }
    expect(await answer(rotating(KEY, thief))).toBe('token-signature')
  })

  test('RFC 9901 9.1: a credential that no issuer signed is refused', async () => {
    const forged = { ...testKey('k1'), publicJwk: KEY.publicJwk }
    expect(await answer(rotating(forged, PHONE))).toBe('token-signature')
  })
})

describe('RFC 9901 9.7: claims on which the token’s worth hangs are not disclosed but stand in the open', () => {
  test.each(CLAIMS_IN_THE_OPEN)('%s', async (claim) => {
    const value = credentialClaims(PHONE, { aud: 'urn:tolbooth:market-1' })[claim]
    const [text, digest] = disclosure('s', claim, value)
    const parts = { credential: { [claim]: undefined, _sd: [digest] }, disclosures: [text] }
    const refusal = await answer(rotating(KEY, PHONE, parts))
    expect(refusal).toBe(claim === 'iss' ? 'token-claims' : 'presentation-malformed')
  })
})

test('a credential that names where it may be shown hands that to the decision', async () => {
  const verified = await verifier.verify(rotating(KEY, PHONE, { credential: { aud: ['urn:tolbooth:market-1'] } }))
  expect(verified).toMatchObject({ token: { credentialAud: ['urn:tolbooth:market-1'] } })
  expect(await answer(rotating(KEY, PHONE, { credential: { aud: [] } }))).toBe('token-claims')
})

test('a token that is no SD-JWT, with a tilde behind it, is refused', async () => {
  expect(await answer(`${pay(KEY)}~`)).toBe('presentation-malformed')
  expect(await answer('~')).toBe('presentation-malformed')
  expect(await answer('~~~')).toBe('presentation-malformed')
})
