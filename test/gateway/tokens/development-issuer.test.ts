import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stallId } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { Instant, LocalDay } from '../../../core/time.ts'
import { instant, later } from '../../../core/time.ts'
import { createDenyList } from '../../../gateway/tokens/deny-list.ts'
import type { InspectionGround, IssueRequest, IssuerKeyPair } from '../../../gateway/tokens/development-issuer.ts'
import {
  createIssuerKey,
  inspectToken,
  issueToken,
  newTokenId,
  readIssuerKey,
  writeIssuerKey,
  writeKeySet,
} from '../../../gateway/tokens/development-issuer.ts'
import type { KeyRing } from '../../../gateway/tokens/key-ring.ts'
import { createKeyRing } from '../../../gateway/tokens/key-ring.ts'
import { issuerEntry, keySetOf, NOON, refusalOf, SITE, verifierOf } from './kit.ts'

const PLACE = `urn:tolbooth:${SITE}:stall:a-12`

const COMMON = {
  sub: 'payer-1',
  aud: [PLACE],
  iat: NOON,
  nbf: NOON,
  exp: later(NOON, 300_000),
  jti: 'token-1',
}
const REQUESTS: readonly IssueRequest[] = [
  { ...COMMON, kind: 'pay', iss: 'wallet', amount: money(50_000, VND) },
  {
    ...COMMON,
    kind: 'holder',
    iss: 'wallet',
    limit: money(200_000, VND),
    phone: createIssuerKey('ES256'),
    presentation: { amount: money(50_000, VND), iat: NOON, nonce: newTokenId() },
  },
  {
    ...COMMON,
    kind: 'pass',
    iss: 'operator',
    vehicleClass: 'car',
    lanes: [],
    hours: [{ weekdays: [1, 7], fromMinute: 0, toMinute: 1_440 }],
  },
  { ...COMMON, kind: 'ticket', iss: 'gateway', session: 's-1', lane: 'in-1', enteredAt: NOON },
  { ...COMMON, kind: 'receipt', iss: 'gateway', amount: money(0, VND) },
  { ...COMMON, kind: 'override', iss: 'supervisor', lanes: ['in-1'], reason: 'mất vé' },
]

describe.each(['Ed25519', 'ES256'] as const)('a development issuer with %s', (algorithm) => {
  test('issues every kind of token that the verifier takes', async () => {
    for (const request of REQUESTS) {
      // A gateway signs by Ed25519 alone.
      const { ring, key } = await siteOf(request.iss === 'gateway' ? 'Ed25519' : algorithm)
      const verified = await verifierOf(ring).verify(issueToken(request, key))
      expect(verified).toMatchObject({ ok: true, token: { kind: request.kind, iss: request.iss } })
    }
  })

  test('issues what was asked for, good or bad', async () => {
    const { ring, key } = await siteOf(algorithm)
    const free: IssueRequest = { ...COMMON, kind: 'pay', iss: 'wallet', amount: money(0, VND) }
    expect(refusalOf(await verifierOf(ring).verify(issueToken(free, key)))).toBe('amount-zero')
  })
})

test('two ids are never the same, and are long enough for a nonce', () => {
  const ids = new Set(Array.from({ length: 1_000 }, newTokenId))
  expect(ids.size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/)
})

describe('files', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tolbooth-issuer-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(['Ed25519', 'ES256'] as const)(
    'a key of %s is written for its owner alone, and read again',
    (algorithm) => {
      const path = join(folder, `${algorithm}.json`)
      const pair = createIssuerKey(algorithm)
      expect(writeIssuerKey(path, pair)).toBeUndefined()
      expect(statSync(path).mode & 0o777).toBe(0o600)
      const read = readIssuerKey(path)
      expect(read).toMatchObject({ ok: true, pair: { kid: pair.kid, algorithm, publicJwk: pair.publicJwk } })
      expect(writeIssuerKey(path, pair)).toContain('is there already')
    },
  )

  test('a key’s file that others can read, or that holds something else, is refused, and what it holds is not told', () => {
    const path = join(folder, 'open.json')
    writeIssuerKey(path, createIssuerKey('Ed25519'))
    chmodSync(path, 0o644)
    expect(readIssuerKey(path)).toEqual({ ok: false, problem: `others can read ${path}: run chmod 600 ${path}` })
    for (const text of [
      'SECRET',
      '{"d":"SECRET"}',
      '{"kty":"OKP","crv":"Ed25519","x":"SECRET","d":"SECRET"}',
      'null',
    ]) {
      const other = join(folder, `other-${text.length}.json`)
      writeFileSync(other, text, { mode: 0o600 })
      const read = readIssuerKey(other)
      expect(read).toMatchObject({ ok: false, problem: expect.stringContaining('cannot be read as a private key') })
      expect(JSON.stringify(read)).not.toContain('SECRET')
    }
    expect(readIssuerKey(join(folder, 'none.json'))).toMatchObject({ ok: false })
  })

  test('a key set is written for people, and is taken again', async () => {
    const path = join(folder, 'keys.json')
    const { kid, publicJwk } = createIssuerKey('ES256')
    const entry = issuerEntry('wallet', 'wallet', ['pay'], [])
    const set = keySetOf({ ...entry, keys: [{ kid, jwk: { ...publicJwk }, from: '2026-01-01T00:00:00Z' }] })
    expect(writeKeySet(path, set)).toBeUndefined()
    expect((await createKeyRing(JSON.parse(readFileSync(path, 'utf8')), [])).ok).toBe(true)
    expect(writeKeySet(path, { ...set, issuedAt: 'today' })).toContain('issuedAt: must be a time in UTC')
  })
})

describe('a look into a token', () => {
  test('shows what it says and what would be said of it, here and now', async () => {
    const { ground, key } = await groundOf(NOON)
    const seen = await inspectToken(issueToken(payment(), key), ground)
    expect(seen).toMatchObject({ refusal: null, kind: 'pay', spentAs: 'jti:token-1' })
    expect(seen.parts.map(({ name, header, claims }) => [name, header?.['typ'], claims?.['amt']])).toEqual([
      ['token', 'pay+jwt', 50_000],
    ])
    expect(seen.judged).toEqual([
      { question: 'times', refusal: null },
      { question: 'key', refusal: null },
      { question: 'audience', refusal: null },
      { question: 'deny list', refusal: null },
    ])
  })

  test('shows both halves of a rotating code', async () => {
    const { ground, key } = await groundOf(later(NOON, 90_000))
    const seen = await inspectToken(issueToken(REQUESTS[1] ?? payment(), key), ground)
    expect(
      seen.parts.map(({ name, header, claims }) => [name, header?.['typ'], claims?.['amt'] ?? claims?.['lim']]),
    ).toEqual([
      ['credential', 'payer+sd-jwt', 200_000],
      ['presentation', 'kb+jwt', 50_000],
    ])
    expect(seen.spentAs).toMatch(/^kb:/)
    expect(seen.judged[0]).toEqual({ question: 'times', refusal: 'presentation-stale' })
  })

  test('says every refusal that the decision would have, not the first only', async () => {
    const { ground, key } = await groundOf(later(NOON, 400_000), { what: 'payer', iss: 'wallet', sub: 'payer-1' })
    const elsewhere = { kind: 'stall', id: stallId('b-1') } as const
    const seen = await inspectToken(issueToken(payment(), key), { ...ground, place: elsewhere })
    expect(seen.judged.map(({ refusal }) => refusal)).toEqual(['token-expired', null, 'token-audience', 'payer-denied'])
  })

  test('shows the content of one that is not to be trusted, and says so', async () => {
    const { ground } = await groundOf(NOON)
    const stranger = createIssuerKey('Ed25519')
    const seen = await inspectToken(issueToken(payment(), stranger), ground)
    expect(seen).toMatchObject({ refusal: { refusal: 'token-key-unknown' }, kind: null, spentAs: null, judged: [] })
    expect(seen.parts[0]?.claims?.['amt']).toBe(50_000)
  })

  test('shows nothing of what is no token', async () => {
    const { ground } = await groundOf(NOON)
    expect(await inspectToken('hello', ground)).toEqual({
      characters: 5,
      parts: [{ name: 'token', header: null, claims: null }],
      refusal: { refusal: 'token-malformed', detail: expect.any(String) },
      kind: null,
      spentAs: null,
      judged: [],
    })
    expect((await inspectToken('~', ground)).parts).toHaveLength(2)
  })

  test('says of a receipt that it is not spent', async () => {
    const { ring, key } = await siteOf('Ed25519')
    const { ground } = await groundOf(NOON)
    const receipt = REQUESTS.find(({ kind }) => kind === 'receipt') ?? payment()
    expect(await inspectToken(issueToken(receipt, key), { ...ground, ring, denyList: null })).toMatchObject({
      kind: 'receipt',
      spentAs: null,
    })
  })
})

function payment(): IssueRequest {
  return { ...COMMON, kind: 'pay', iss: 'wallet', amount: money(50_000, VND) }
}

/** One key for whoever signs: each issuer in a ring of its own, because a key belongs to one. */
async function siteOf(algorithm: 'Ed25519' | 'ES256'): Promise<{ ring: KeyRing; key: IssuerKeyPair }> {
  const key = createIssuerKey(algorithm)
  const keys = [{ kid: key.kid, jwk: { ...key.publicJwk }, from: '2026-01-01T00:00:00Z' }]
  const entries = [
    issuerEntry('wallet', 'wallet', ['pay', 'holder'], []),
    issuerEntry('operator', 'operator', ['pass'], []),
    issuerEntry('gateway', 'gateway', ['ticket', 'receipt'], []),
    issuerEntry('supervisor', 'supervisor', ['override'], []),
  ]
  const rings = new Map<string, KeyRing>()
  for (const entry of entries.filter(({ iss }) => algorithm === 'Ed25519' || iss !== 'gateway')) {
    const made = await createKeyRing(keySetOf({ ...entry, keys }), [])
    if (!made.ok) throw new Error(made.problems.join())
    rings.set(entry.iss, made.ring)
  }
  const any = rings.get('wallet')
  if (any === undefined) throw new Error('no ring')
  return {
    key,
    ring: {
      ...any,
      issuer: (iss) => rings.get(iss)?.issuer(iss),
      key: (iss, kid) => rings.get(iss)?.key(iss, kid),
    },
  }
}

async function groundOf(at: Instant, ...denied: object[]): Promise<{ ground: InspectionGround; key: IssuerKeyPair }> {
  const { ring, key } = await siteOf('Ed25519')
  const made = createDenyList({ version: { epoch: 1, n: 1 }, issuedAt: '2026-11-20T00:00:00Z', entries: denied })
  if (!made.ok) throw new Error(made.problems.join())
  return {
    key,
    ground: {
      ring,
      denyList: made.list,
      site: SITE,
      place: { kind: 'stall', id: stallId('a-12') },
      now: {
        at: instant(at),
        trust: { state: 'synced', uncertaintyMs: 0 },
        local: { day: '2026-11-21' as LocalDay, weekday: 6, minuteOfDay: 720 },
      },
      policy: { clockWideningMaxMs: 0 },
    },
  }
}
