import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readShownText } from '../../../gateway/tokens/shown-text.ts'
import {
  encoded,
  headerOf,
  issuerEntry,
  pay,
  payClaims,
  refusalOf,
  ringOf,
  rotating,
  signed,
  testKey,
  verifierOf,
  WALLET,
} from './kit.ts'

const KEY = testKey('k1')
const P256 = testKey('k2', 'ES256')
const PHONE = testKey('phone')
const verifier = verifierOf(await ringOf(issuerEntry(WALLET, 'wallet', ['pay', 'holder'], [KEY, P256])))
const isTaken = async (text: string) => (await verifier.verify(text)).ok
const GOOD = {
  'a payment by Ed25519': pay(KEY),
  'a payment by ES256': pay(P256),
  'a rotating code': rotating(KEY, PHONE),
}

const NO_LENGTH = { length: { valueOf: 0, toString: 0 } }

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~=+/ \n\u0000é'

describe.each(Object.entries(GOOD))('%s', (_name, text) => {
  test('is taken', async () => {
    expect(await isTaken(text)).toBe(true)
  })

  test('is refused with any one character changed', async () => {
    for (let at = 0; at < text.length; at += 1) {
      const changes = [...CHARACTERS].filter((character) => character !== text[at])
      // Every position, with a handful of characters that goes through all of them.
      const some = changes.filter((_, index) => index % 17 === at % 17)
      const taken = await Promise.all(some.map((one) => isTaken(text.slice(0, at) + one + text.slice(at + 1))))
      expect([at, taken.includes(true)]).toEqual([at, false])
    }
  })

  test('is refused with any one character too many or too few', async () => {
    for (let at = 0; at <= text.length; at += 1) {
      const added = CHARACTERS[at % CHARACTERS.length] ?? 'A'
      const texts = [text.slice(0, at) + added + text.slice(at), text.slice(0, at) + text.slice(at + 1)]
      const others = texts.filter((one) => one !== text)
      expect([at, (await Promise.all(others.map(isTaken))).includes(true)]).toEqual([at, false])
    }
  })

  test('is refused with any two parts exchanged, or one part of another token', async () => {
    const other = pay(KEY, { jti: 'token-2', amt: 1 })
    await fc.assert(
      fc.asyncProperty(fc.nat(4), fc.nat(2), async (to, from) => {
        const parts = text.split(/[.~]/)
        const mixed = parts.map((part, index) => (index === to ? (other.split('.')[from] ?? '') : part))
        const separators = text.match(/[.~]/g) ?? []
        const joined = mixed.map((part, index) => part + (separators[index] ?? '')).join('')
        if (joined !== text) expect(await isTaken(joined)).toBe(false)
      }),
    )
  })
})

describe('whatever comes never throws and is never taken', () => {
  test('random text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        readShownText(text)
        expect(await isTaken(text)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('random bytes as a scanner would hand them on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const text = Buffer.from(bytes).toString('latin1')
        readShownText(text)
        expect(await isTaken(text)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  test('random parts between points and tildes', async () => {
    const part = fc.uint8Array({ maxLength: 120 }).map((bytes) => encoded(bytes))
    const mark = fc.constantFrom('.', '~', '..', '')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(part, mark), { maxLength: 7 }), async (pieces) => {
        expect(await isTaken(pieces.flat().join(''))).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('random JSON for header and claims, well signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), fc.json({ maxDepth: 4 }), async (header, claims) => {
        expect(await isTaken(signed(KEY, header, claims))).toBe(false)
        expect(await isTaken(signed(KEY, headerOf(KEY, 'pay+jwt'), claims))).toBe(false)
        expect(await isTaken(signed(KEY, header, payClaims()))).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('a good token in which one claim is anything at all: taken only if it fits, and then read as it was said', async () => {
    const names = fc.constantFrom('iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'amt', 'cur')
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue({ maxDepth: 2 }), async (name, value) => {
        const verified = await verifier.verify(pay(KEY, { [name]: value }))
        if (!verified.ok) return
        expect(['sub', 'aud', 'jti', 'amt']).toContain(name)
        if (verified.token.kind !== 'pay') throw new Error('read as another kind')
        const { sub, aud, jti, amt } = verified.token
        const read = { sub, aud: typeof value === 'string' ? aud[0] : aud, jti, amt: amt.amount }
        expect(read[name as keyof typeof read]).toEqual(value)
      }),
      // A member `length` that is no number: what bounds a text compares it.
      { numRuns: 2_000, examples: [['iss', { length: {} }]] },
    )
  })

  test.each([
    ['a claim', 'token-claims', () => pay(KEY, { iss: NO_LENGTH })],
    ['another claim', 'token-claims', () => pay(KEY, { jti: NO_LENGTH })],
    ['a list of claims', 'token-claims', () => pay(KEY, { aud: NO_LENGTH })],
    [
      'the key’s name',
      'token-key-unknown',
      () => signed(KEY, { ...headerOf(KEY, 'pay+jwt'), kid: NO_LENGTH }, payClaims()),
    ],
    ['what a phone signed', 'presentation-malformed', () => rotating(KEY, PHONE, { binding: { nonce: NO_LENGTH } })],
  ])(
    '%s that is an object whose length is no number is refused as %s, as any other that does not fit',
    async (_, refusal, text) => {
      expect(refusalOf(await verifier.verify(text()))).toBe(refusal)
    },
  )

  test('a header member that is anything at all, well signed', async () => {
    const names = fc.constantFrom('alg', 'typ', 'kid', 'jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64')
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue({ maxDepth: 2 }), async (name, value) => {
        const text = signed(KEY, { ...headerOf(KEY, 'pay+jwt'), [name]: value }, payClaims())
        const same = value === headerOf(KEY, 'pay+jwt')[name]
        expect(refusalOf(await verifier.verify(text)) === undefined).toBe(same)
      }),
      { numRuns: 1_000 },
    )
  })
})
