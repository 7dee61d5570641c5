import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { compactVerify, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VND } from '../../../core/money.ts'
import { instant } from '../../../core/time.ts'
import { createKeyRing, gatewayIssuerEntry } from '../../../gateway/tokens/key-ring.ts'
import { readPublicKey } from '../../../gateway/tokens/public-key.ts'
import type { Signer } from '../../../gateway/tokens/signer.ts'
import { createKeyFile, createSigner, loadKeyFile, verifyGatewayToken } from '../../../gateway/tokens/signer.ts'
import { encoded, keySetOf, RFC_8037_KEY, rfc8037Key, signatureOver, signed, testKey, verifierOf } from './kit.ts'

const GATEWAY = 'urn:tolbooth:market-1:gateway:box-1'
const KEY = rfc8037Key(RFC_8037_KEY.thumbprint)
const signer = createSigner(KEY.privateKey)
const RECEIPT = {
  iss: GATEWAY,
  sub: 'charge-1',
  aud: 'urn:tolbooth:market-1',
  iat: 1_795_237_200,
  jti: 'r0',
  amt: 50_000,
  cur: 'VND',
}

describe('a signer', () => {
  test('is named by its key’s thumbprint', () => {
    expect(signer).toMatchObject({ kid: RFC_8037_KEY.thumbprint, thumbprint: RFC_8037_KEY.thumbprint })
    expect(signer.publicJwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: RFC_8037_KEY.x })
  })

  test('signs what anyone can check with the public key', async () => {
    const { payload, protectedHeader } = await compactVerify(
      signer.sign('receipt+jwt', RECEIPT),
      await importJWK({ ...signer.publicJwk }, 'EdDSA'),
      { algorithms: ['EdDSA'] },
    )
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: RFC_8037_KEY.thumbprint, typ: 'receipt+jwt' })
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(RECEIPT)
  })

  test('signs the same claims the same way, in whatever order they stand', () => {
    const turned = Object.fromEntries(Object.entries(RECEIPT).toReversed())
    expect(signer.sign('receipt+jwt', turned)).toBe(signer.sign('receipt+jwt', RECEIPT))
    expect(createSigner(KEY.privateKey).sign('receipt+jwt', RECEIPT)).toBe(signer.sign('receipt+jwt', RECEIPT))
    expect(signer.sign('ticket+jwt', RECEIPT)).not.toBe(signer.sign('receipt+jwt', RECEIPT))
  })

  test('signs exactly this, as long as the form of receipts does not change', () => {
    expect(signer.sign('receipt+jwt', { jti: 'r0', amt: 0 })).toBe(
      `${encoded(`{"alg":"EdDSA","kid":"${RFC_8037_KEY.thumbprint}","typ":"receipt+jwt"}`)}.${encoded('{"amt":0,"jti":"r0"}')}.${signatureOver(
        KEY,
        `${encoded(`{"alg":"EdDSA","kid":"${RFC_8037_KEY.thumbprint}","typ":"receipt+jwt"}`)}.${encoded('{"amt":0,"jti":"r0"}')}`,
      )}`,
    )
  })

  test('signs receipts that the verifier takes by the ring', async () => {
    const entry = { kid: signer.kid, jwk: { ...signer.publicJwk }, from: instant(0), until: null, revoked: false }
    const made = await createKeyRing(keySetOf(), [gatewayIssuerEntry(GATEWAY, VND, [entry])])
    if (!made.ok) throw new Error(made.problems.join())
    const verified = await verifierOf(made.ring).verify(signer.sign('receipt+jwt', RECEIPT))
    expect(verified).toMatchObject({ ok: true, token: { kind: 'receipt', charge: 'charge-1' } })
  })

  test('refuses to sign what has no place in a record', () => {
    for (const amt of [1.5, Number.NaN, 2 ** 53, 1n, '\ud800']) {
      expect(() => signer.sign('receipt+jwt', { amt })).toThrow(TypeError)
    }
  })

  test('refuses a key that is not Ed25519', () => {
    expect(() => createSigner(testKey('k', 'ES256').privateKey)).toThrow('Ed25519')
    expect(() => createSigner(generateKeyPairSync('ed448').privateKey)).toThrow('Ed25519')
  })

  test('never shows its key', () => {
    const { d = '' } = KEY.privateKey.export({ format: 'jwk' })
    for (const shown of [JSON.stringify(signer), inspect(signer, { depth: 9, showHidden: true }), String(signer)]) {
      expect(shown).not.toContain(d)
      expect(shown).not.toContain('PrivateKey')
    }
  })
})

describe('what a gateway signed', () => {
  const HEAD = { gateway: 'box-1', epoch: 1, seq: 42, hash: 'h', at: 1_795_237_200_000 }
  const text = signer.sign('checkpoint+jwt', HEAD)

  test('is checked at once, and read', () => {
    expect(signer.verify('checkpoint+jwt', text)).toMatchObject({ ok: true })
    const checked = signer.verify('checkpoint+jwt', text)
    expect(checked.ok && { ...checked.value }).toEqual(HEAD)
  })

  test('by an old key is checked by the old key', () => {
    const old = testKey('old')
    const oldSigner = createSigner(old.privateKey)
    const read = readPublicKey(old.publicJwk)
    if (!read.ok) throw new Error(read.fault)
    const keyOf = (kid: string) => (kid === oldSigner.kid ? read.key : undefined)
    expect(verifyGatewayToken('checkpoint+jwt', oldSigner.sign('checkpoint+jwt', HEAD), keyOf).ok).toBe(true)
    expect(verifyGatewayToken('checkpoint+jwt', text, keyOf)).toMatchObject({ refusal: 'token-key-unknown' })
  })

  const header = { alg: 'EdDSA', kid: signer.kid, typ: 'checkpoint+jwt' }
  const [head = '', , signature = ''] = text.split('.')
  const cases: readonly (readonly [name: string, text: string, refusal: string])[] = [
    ['a receipt in place of a checkpoint', signer.sign('receipt+jwt', HEAD), 'token-kind-unknown'],
    [
      'another key’s signature',
      createSigner(testKey('x').privateKey).sign('checkpoint+jwt', HEAD),
      'token-key-unknown',
    ],
    ['a forged signature', signed({ ...testKey('x') }, header, HEAD), 'token-signature'],
    ['another seq', [head, encoded({ ...HEAD, seq: 43 }), signature].join('.'), 'token-signature'],
    ['no signature', text.slice(0, text.lastIndexOf('.') + 1), 'token-signature'],
    ['a header with more in it', signed(KEY, { ...header, crit: ['x'] }, HEAD), 'token-header-forbidden'],
    ['a header with less in it', signed(KEY, { alg: 'EdDSA', typ: 'checkpoint+jwt' }, HEAD), 'token-header-forbidden'],
    ['a kid that is no text', signed(KEY, { ...header, kid: 7 }, HEAD), 'token-key-unknown'],
    ['another algorithm', signed(KEY, { ...header, alg: 'none' }, HEAD), 'token-algorithm'],
    ['another spelling', `${text}=`, 'token-not-canonical'],
    ['a claim twice', signed(KEY, header, '{"seq":1,"seq":2}'), 'token-claims'],
    ['no token', 'x', 'token-malformed'],
  ]

  test.each(cases)('is refused with %s', (_name, bad, refusal) => {
    expect(signer.verify('checkpoint+jwt', bad)).toMatchObject({ ok: false, refusal })
  })

  test('is not checked by a key of another kind', () => {
    const read = readPublicKey(testKey('k', 'ES256').publicJwk)
    if (!read.ok) throw new Error(read.fault)
    expect(verifyGatewayToken('checkpoint+jwt', text, () => read.key)).toMatchObject({ refusal: 'token-algorithm' })
  })
})

describe('the key’s file', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tolbooth-key-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is made for its owner alone, and loaded again', () => {
    const path = join(folder, 'new.pem')
    const made = signerOf(createKeyFile(path))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const loaded = signerOf(loadKeyFile(path))
    expect(loaded.kid).toBe(made.kid)
    expect(loaded.sign('checkpoint+jwt', { seq: 1 })).toBe(made.sign('checkpoint+jwt', { seq: 1 }))
    expect(readdirSync(folder)).toEqual(['new.pem'])
  })

  test('is never written over', () => {
    const path = join(folder, 'kept.pem')
    const first = signerOf(createKeyFile(path))
    expect(createKeyFile(path)).toEqual({
      ok: false,
      refusal: 'no-key',
      problem: `${path} is there already: keep it, or move it away first`,
    })
    expect(signerOf(loadKeyFile(path)).kid).toBe(first.kid)
  })

  test('that others can read is refused, with what to do', () => {
    const path = join(folder, 'open.pem')
    createKeyFile(path)
    for (const mode of [0o640, 0o604, 0o660, 0o644]) {
      chmodSync(path, mode)
      expect(loadKeyFile(path)).toMatchObject({ ok: false, problem: `others can read ${path}: run chmod 600 ${path}` })
    }
  })

  test('that is not there, or in a folder that is not there, is refused with what to do', () => {
    expect(loadKeyFile(join(folder, 'none.pem'))).toMatchObject({
      problem: expect.stringContaining('(ENOENT): run tolbooth keys'),
    })
    expect(createKeyFile(join(folder, 'no', 'folder.pem'))).toMatchObject({
      problem: expect.stringContaining('(ENOENT): check that its folder'),
    })
  })

  test('that holds something else is refused, and what it holds is not told', () => {
    const path = join(folder, 'other.pem')
    const wrong = [
      'SECRET',
      '',
      testKey('k', 'ES256').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      `-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n`,
    ]
    for (const text of wrong) {
      writeFileSync(path, text, { mode: 0o600 })
      const loaded = loadKeyFile(path)
      expect(loaded).toMatchObject({ ok: false, problem: expect.stringContaining('holds no Ed25519 private key') })
      expect(JSON.stringify(loaded)).not.toContain('SECRET')
    }
  })

  test('is PKCS #8 in PEM, which other programs read', () => {
    const path = join(folder, 'pem.pem')
    createKeyFile(path)
    expect(createPrivateKey(readFileSync(path)).asymmetricKeyType).toBe('ed25519')
  })
})

function signerOf(made: ReturnType<typeof loadKeyFile>): Signer {
  if (!made.ok) throw new Error(made.problem)
  return made.signer
}
