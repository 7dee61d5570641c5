import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import { VND } from '../../../core/money.ts'
import { instant } from '../../../core/time.ts'
import type { KeySetFile, KeySetIssuerFile } from '../../../gateway/tokens/key-ring.ts'
import {
  createKeyRing,
  gatewayIssuerEntry,
  ISSUERS_MAX,
  KEYS_OF_ISSUER_MAX,
  keySetSchema,
  takesCodes,
} from '../../../gateway/tokens/key-ring.ts'
import { readPublicKey } from '../../../gateway/tokens/public-key.ts'
import type { Json } from './kit.ts'
import {
  headerOf,
  issuerEntry,
  keySetOf,
  pay,
  payClaims,
  RFC_8037_KEY,
  refusalOf,
  rfc8037Key,
  ringOf,
  signed,
  testKey,
  verifierOf,
  WALLET,
} from './kit.ts'

const KEY = testKey('k1')
const ENTRY = issuerEntry(WALLET, 'wallet', ['pay', 'holder'], [KEY])

describe('a ring', () => {
  test('finds a key by its issuer and kid, with its thumbprint and its time', async () => {
    const file = {
      ...keySetOf({
        ...ENTRY,
        keys: [
          {
            kid: 'k1',
            jwk: KEY.publicJwk,
            from: '2026-01-01T00:00:00Z',
            until: '2026-07-01T00:00:00.500Z',
            revoked: true,
          },
        ],
      }),
    }
    const made = await createKeyRing(file, [])
    if (!made.ok) throw new Error(made.problems.join())
    expect(made.ring.key(WALLET, 'k1')).toMatchObject({
      kid: 'k1',
      thumbprint: await calculateJwkThumbprint(KEY.publicJwk),
      from: Date.UTC(2026, 0),
      until: Date.UTC(2026, 6) + 500,
      revoked: true,
    })
    expect(made.ring.key(WALLET, 'k2')).toBeUndefined()
    expect(made.ring.key('https://other.example', 'k1')).toBeUndefined()
  })

  test('says which issuers it has, and what each may sign and bears', async () => {
    const ring = await ringOf(ENTRY)
    expect(ring.version).toEqual({ epoch: 1, n: 1 })
    expect(ring.issuedAt).toBe(Date.UTC(2026, 10, 20))
    expect(ring.issuers().map(({ iss }) => iss)).toEqual([WALLET])
    expect(ring.issuer(WALLET)).toMatchObject({
      role: 'wallet',
      kinds: ['pay', 'holder'],
      scope: 'region',
      currency: 'VND',
      presentWithinMs: 86_400_000,
    })
    expect(ring.issuer('__proto__')).toBeUndefined()
  })

  test('never changes', async () => {
    const file = keySetOf(ENTRY)
    const made = await createKeyRing(file, [])
    if (!made.ok) throw new Error(made.problems.join())
    const { ring } = made
    for (const part of [
      ring,
      ring.version,
      ring.issuers(),
      ring.issuer(WALLET),
      ring.issuer(WALLET)?.keys,
      ring.key(WALLET, 'k1'),
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    file.issuers.length = 0
    expect(ring.issuer(WALLET)).toBeDefined()
  })

  test('holds several keys at a time, and the same kid at two issuers', async () => {
    const [second, bank] = [testKey('k2', 'ES256'), testKey('k1', 'ES256')]
    const ring = await ringOf(
      issuerEntry(WALLET, 'wallet', ['pay'], [KEY, second]),
      issuerEntry('https://bank.example', 'bank', ['pay'], [bank]),
    )
    const verifier = verifierOf(ring)
    expect(refusalOf(await verifier.verify(pay(KEY)))).toBeUndefined()
    expect(refusalOf(await verifier.verify(pay(second)))).toBeUndefined()
    const ofBank = signed(bank, headerOf(bank, 'pay+jwt'), payClaims({ iss: 'https://bank.example' }))
    expect(refusalOf(await verifier.verify(ofBank))).toBeUndefined()
  })

  test.each([
    ['of a wallet', [ENTRY], true],
    [
      'of a wallet whose keys are revoked',
      [{ ...ENTRY, keys: ENTRY.keys.map((key) => ({ ...key, revoked: true })) }],
      false,
    ],
    ['of an operator alone', [issuerEntry('https://park.example', 'operator', ['pass'], [testKey('k2')])], false],
    ['of nobody', [], false],
  ])('says whether anybody could pay with a code by it: %s', async (_what, issuers, isAny) => {
    expect(takesCodes(await ringOf(...issuers))).toBe(isAny)
  })

  test('may be empty: then every token is of an unknown issuer', async () => {
    expect(refusalOf(await verifierOf(await ringOf()).verify(pay(KEY)))).toBe('token-issuer-unknown')
  })

  test('holds the gateway’s own keys, old ones too, beside what upstream sends', async () => {
    const iss = 'urn:tolbooth:market-1:gateway:box-1'
    const [old, now] = [testKey('old'), testKey('now')]
    const key = ({ kid, publicJwk }: typeof old, until: number | null) => ({
      kid,
      jwk: publicJwk,
      from: instant(0),
      until: until === null ? null : instant(until),
      revoked: false,
    })
    const own = gatewayIssuerEntry(iss, VND, [key(old, Date.UTC(2026, 5)), key(now, null)])
    const made = await createKeyRing(keySetOf(ENTRY), [own])
    if (!made.ok) throw new Error(made.problems.join())
    expect(made.ring.issuers().map((one) => one.iss)).toEqual([WALLET, iss])
    const receipt = payClaims({ iss, sub: 'charge-1' })
    for (const one of [old, now]) {
      const text = signed(one, headerOf(one, 'receipt+jwt'), receipt)
      expect(refusalOf(await verifierOf(made.ring).verify(text))).toBeUndefined()
    }
    const posing = { ...issuerEntry(iss, 'gateway', ['receipt'], [testKey('thief')]) }
    expect(await createKeyRing(keySetOf(posing), [own])).toMatchObject({
      ok: false,
      problems: [expect.stringContaining(`the same issuer as issuers[0] (${iss})`)],
    })
  })
})

describe('thumbprints are those of RFC 7638', () => {
  test('of the key of RFC 8037, appendix A.3', () => {
    expect(readPublicKey(rfc8037Key('k').publicJwk)).toMatchObject({ key: { thumbprint: RFC_8037_KEY.thumbprint } })
  })

  test.each(['EdDSA', 'ES256'] as const)('as jose reckons them, for %s', async (alg) => {
    const { publicJwk } = testKey('k', alg)
    const read = readPublicKey({ ...publicJwk, kid: 'k', use: 'sig', alg, key_ops: ['verify'], ext: true })
    expect(read).toMatchObject({
      ok: true,
      key: { thumbprint: await calculateJwkThumbprint(publicJwk), jwk: publicJwk },
    })
  })
})

describe('a key set with a fault is refused as a whole, and the entry is named', () => {
  const privateJwk = KEY.privateKey.export({ format: 'jwk' })
  const withJwk = (jwk: Json) =>
    keySetOf({ ...ENTRY, keys: [{ kid: 'k1', jwk, from: '2026-01-01T00:00:00Z' }] } as KeySetIssuerFile)
  const place = `issuers[0] (${WALLET}) keys[0] (kid k1): `
  const key = (over: Json) => ({ kid: 'k1', jwk: KEY.publicJwk, from: '2026-01-01T00:00:00Z', ...over })
  const jwkOf = (type: 'ed448' | 'x25519') =>
    generateKeyPairSync(type as 'ed448').publicKey.export({ format: 'jwk' }) as Json

  const cases: readonly (readonly [name: string, file: unknown, problem: string])[] = [
    ['nothing', undefined, 'the file: '],
    ['no object', [], 'the file: '],
    ['no version', { ...keySetOf(), version: undefined }, 'version: '],
    ['a version below 0', { ...keySetOf(), version: { epoch: 1, n: -1 } }, 'version.n: '],
    ['a time that is no time', { ...keySetOf(), issuedAt: 'yesterday' }, 'issuedAt: must be a time in UTC'],
    [
      'a time that is not in UTC',
      { ...keySetOf(), issuedAt: '2026-11-20T00:00:00+07:00' },
      'issuedAt: must be a time in UTC',
    ],
    ['a member that nobody knows', { ...keySetOf(), isuers: [] }, 'the file: '],
    [
      'an issuer of no role',
      keySetOf({ ...ENTRY, role: 'friend' } as unknown as KeySetIssuerFile),
      'issuers[0].role: ',
    ],
    ['an issuer of no kinds', keySetOf({ ...ENTRY, kinds: [] }), 'issuers[0].kinds: '],
    [
      'a currency that is none',
      keySetOf({ ...ENTRY, currency: 'dong' }),
      'issuers[0].currency: must be an ISO 4217 code',
    ],
    [
      'an issuer with a space in its name',
      keySetOf({ ...ENTRY, iss: 'my wallet' }),
      'issuers[0].iss: must be printable',
    ],
    ['no time to present claims', keySetOf({ ...ENTRY, presentWithinMs: 0 }), 'issuers[0].presentWithinMs: '],
    [
      'a private Ed25519 key',
      withJwk({ ...privateJwk }),
      `${place}holds a private key (member d): give its public half only`,
    ],
    [
      'a private P-256 key',
      withJwk({ ...testKey('k', 'ES256').privateKey.export({ format: 'jwk' }) }),
      `${place}holds a private key (member d)`,
    ],
    ['a shared secret', withJwk({ kty: 'oct', k: 'c2VjcmV0' }), `${place}holds a private key (member k)`],
    [
      'a curve that is not taken',
      withJwk(jwkOf('ed448')),
      `${place}is of a kind or on a curve that is not taken: use Ed25519 (kty OKP) or P-256 (kty EC)`,
    ],
    ['a key that is for encrypting', withJwk(jwkOf('x25519')), `${place}is of a kind or on a curve`],
    [
      'a key that says it is for encrypting',
      withJwk({ ...KEY.publicJwk, use: 'enc' }),
      `${place}is not for signatures (member use)`,
    ],
    [
      'a key that says it is for signing only',
      withJwk({ ...KEY.publicJwk, key_ops: ['sign'] }),
      `${place}is not for checking signatures (member key_ops)`,
    ],
    [
      'a key of another algorithm than its curve',
      withJwk({ ...KEY.publicJwk, alg: 'ES256' }),
      `${place}states an algorithm that does not fit its curve (member alg): use Ed25519`,
    ],
    ['a key without kty', withJwk({ x: 'AA' }), `${place}is not a JWK with kty, crv and x`],
    [
      'an Ed25519 key with a y',
      withJwk({ ...KEY.publicJwk, y: 'AA' }),
      `${place}has a y, which a key on Ed25519 has not`,
    ],
    [
      'a P-256 key without y',
      withJwk({ kty: 'EC', crv: 'P-256', x: KEY.publicJwk['x'] }),
      `${place}has an x or y that is not 32 bytes`,
    ],
    ['a key of no bytes', withJwk({ kty: 'OKP', crv: 'Ed25519', x: '' }), `${place}has an x that is not 32 bytes`],
    ['no kid', keySetOf({ ...ENTRY, keys: [key({ kid: '' })] } as KeySetIssuerFile), 'issuers[0].keys[0].kid: '],
    [
      'a time that ends before it begins',
      keySetOf({ ...ENTRY, keys: [key({ until: '2026-01-01T00:00:00Z' })] } as KeySetIssuerFile),
      `${place}until is not after from`,
    ],
    [
      'one kid twice',
      keySetOf({ ...ENTRY, keys: [key({}), key({ jwk: testKey('k').publicJwk })] } as KeySetIssuerFile),
      `issuers[0] (${WALLET}) keys[1] (kid k1): another key of this issuer has the same kid`,
    ],
    [
      'one key under two kids',
      keySetOf({ ...ENTRY, keys: [key({}), key({ kid: 'k2' })] } as KeySetIssuerFile),
      `issuers[0] (${WALLET}) keys[1] (kid k2): the same key as issuers[0] (${WALLET}) keys[0] (kid k1)`,
    ],
    [
      'one key at two issuers',
      keySetOf(ENTRY, { ...ENTRY, iss: 'https://twin.example' }),
      'issuers[1] (https://twin.example) keys[0] (kid k1): the same key as issuers[0]',
    ],
    [
      'an issuer twice',
      keySetOf(ENTRY, { ...ENTRY, keys: [] }),
      `issuers[1] (${WALLET}): the same issuer as issuers[0] (${WALLET}): join their keys in one entry`,
    ],
    [
      'a wallet that signs passes',
      keySetOf({ ...ENTRY, kinds: ['pay', 'pass'] }),
      `issuers[0] (${WALLET}): a wallet may not sign pass tokens: take pass out of its kinds`,
    ],
    [
      'a gateway with an algorithm that tickets do not take',
      keySetOf(issuerEntry('g', 'gateway', ['ticket'], [testKey('k', 'ES256')])),
      "issuers[0] (g) keys[0] (kid k): none of the issuer's kinds takes ES256",
    ],
  ]

  test('a member of a key that is nested more deeply than a parser can follow', async () => {
    const x: unknown = JSON.parse(`${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`)
    const made = await createKeyRing(
      keySetOf({ ...ENTRY, keys: [{ kid: 'k1', jwk: { ...KEY.publicJwk, x }, from: '2026-01-01T00:00:00Z' }] }),
      [],
    )
    if (made.ok) throw new Error('taken')
    expect(made.problems.join('\n')).toContain('is not a JWK with kty, crv and x')
  })

  test.each(cases)('%s', async (_name, file, problem) => {
    const made = await createKeyRing(file, [])
    if (made.ok) throw new Error('taken')
    expect(made.refusal).toBe('bundle-invalid')
    expect(made.problems.join('\n')).toContain(problem)
  })

  test('every fault is told at once', async () => {
    const made = await createKeyRing(
      keySetOf({ ...ENTRY, kinds: ['pay', 'pass'] }, { ...ENTRY, iss: 'https://twin.example', kinds: ['ticket'] }),
      [],
    )
    expect(made).toMatchObject({ ok: false, problems: { length: 3 } })
  })

  test('no fault tells what a private key is', async () => {
    const made = await createKeyRing(withJwk({ ...privateJwk }), [])
    expect(JSON.stringify(made)).not.toContain(privateJwk.d)
  })
})

describe('limits', () => {
  const unique = (count: number, of: (index: number) => KeySetIssuerFile) =>
    Array.from({ length: count }, (_, index) => of(index))
  const empty = (index: number): KeySetIssuerFile => ({ ...ENTRY, iss: `https://${index}.example`, keys: [] })

  test(`a set may have ${ISSUERS_MAX} issuers and no more`, () => {
    const file = (count: number): KeySetFile => keySetOf(...unique(count, empty))
    expect(keySetSchema.safeParse(file(ISSUERS_MAX)).success).toBe(true)
    expect(keySetSchema.safeParse(file(ISSUERS_MAX + 1)).success).toBe(false)
  })

  test(`an issuer may have ${KEYS_OF_ISSUER_MAX} keys and no more`, async () => {
    const entry = (count: number) =>
      issuerEntry(
        WALLET,
        'wallet',
        ['pay'],
        Array.from({ length: count }, (_, index) => testKey(`k${index}`)),
      )
    expect((await createKeyRing(keySetOf(entry(KEYS_OF_ISSUER_MAX)), [])).ok).toBe(true)
    expect((await createKeyRing(keySetOf(entry(KEYS_OF_ISSUER_MAX + 1)), [])).ok).toBe(false)
  })
})
