import { describe, expect, test } from 'vitest'

import { compareVersions } from '../../../core/site.ts'
import { HOUR_MS, later } from '../../../core/time.ts'
import { BUNDLE_BYTES_MAX, createBundles, GENERATIONS_KEPT_MAX, hashOf } from '../../../gateway/bundles/bundles.ts'
import { faultyBooks } from '../../support/faulty-books.ts'
import { rigs, stallOf, walletOf } from '../../support/people.ts'
import { word } from '../../support/requests.ts'
import type { Rig } from '../../support/rig.ts'
import { layoutFile, layoutOf, NOON, policyFile, policyOf, STALL } from '../../support/site.ts'

const rigged = rigs()
const AT_STALL = { kind: 'stall', id: STALL } as const
const AT = '2026-11-21T04:00:00Z'
const version = (n: number, epoch = 1) => ({ epoch, n })

describe('a bundle that is read', () => {
  test.each([
    ['layout', layoutFile(layoutOf(), version(3), NOON)],
    ['policy', policyFile(policyOf(), version(3), NOON)],
    ['key-set', JSON.stringify({ version: version(3), issuedAt: '2026-11-21T05:00:00Z', issuers: [] })],
    ['deny-list', JSON.stringify({ version: version(3), issuedAt: '2026-11-21T05:00:00Z', entries: [] })],
  ] as const)('as a %s is named by its content, with its version and time', async (kind, content) => {
    const read = await createBundles([]).read(kind, content)
    expect(read).toEqual({
      ok: true,
      bundle: { kind, version: version(3), issuedAt: NOON, hash: hashOf(content), content },
    })
  })

  test.each([
    ['no JSON', 'policy', '{"version":', /not JSON/],
    ['another bundle', 'policy', layoutFile(layoutOf(), version(1), NOON), /policy/],
    [
      'a limit that is missing',
      'policy',
      without(policyFile(policyOf(), version(1), NOON), 'exposureMax'),
      /exposureMax/,
    ],
    ['a limit nobody knows', 'policy', withMember('"exposureMax"', '"exposureMost":1,"exposureMax"'), /exposureMost/],
    [
      'an amount with a fraction',
      'policy',
      withMember('"transactionMax":2000000', '"transactionMax":1.5'),
      /transactionMax/,
    ],
    ['a negative amount', 'policy', withMember('"transactionMax":2000000', '"transactionMax":-1'), /transactionMax/],
    ['a time not in UTC', 'policy', withMember('05:00:00.000Z', '05:00:00+07:00'), /issuedAt/],
    ['a merchant that stands there twice', 'layout', layoutFile(twice(), version(1), NOON), /merchants.*twice/],
    [
      'a stall of a merchant that is none',
      'layout',
      renamed('"merchant":"m-1"', '"merchant":"nobody"'),
      /stalls\[0\].merchant.*nobody/,
    ],
    ['a price below 0', 'layout', renamed('"price":20000', '"price":-1'), /price/],
    ['a zone that is none', 'layout', renamed('Asia/Ho_Chi_Minh', 'Asia/Nowhere'), /zone.*IANA/],
    ['a site that is no slug', 'layout', renamed('"site":"market-1"', '"site":"Market 1"'), /site/],
    ['an issuer twice', 'key-set', keySet(['wallet', 'wallet']), /same issuer/],
    ['a private key', 'key-set', keySet(['wallet'], { d: 'AAAA' }), /private/],
    [
      'an entry of no kind',
      'deny-list',
      JSON.stringify({ version: version(1), issuedAt: AT, entries: [{ what: 'x' }] }),
      /entries\[0\]/,
    ],
  ] as const)('and holds %s is refused by name', async (_what, kind, content, problem) => {
    const read = await createBundles([]).read(kind, content)
    expect(read).toMatchObject({ ok: false, refusal: 'bundle-invalid' })
    if (!read.ok) expect(read.problems.join('\n')).toMatch(problem)
  })

  test('with several faults is refused with all of them at once', async () => {
    const read = await createBundles([]).read(
      'policy',
      JSON.stringify({ version: version(1), issuedAt: AT, policy: {} }),
    )
    if (read.ok) throw new Error('taken')
    expect(read.problems.length).toBeGreaterThan(15)
  })

  test('over the limit of its size is refused unread', async () => {
    const bundles = createBundles([])
    const content = `{"a":"${'x'.repeat(BUNDLE_BYTES_MAX)}"}`
    expect(await bundles.read('policy', content)).toMatchObject({ ok: false, problems: [/over/] })
  })
})

describe('generations', () => {
  test('are kept up to a limit: those that were read last, and the one in force for as long as it is', async () => {
    const bundles = createBundles([])
    const files = Array.from({ length: 10 }, (_, n) =>
      JSON.stringify({ version: version(n), issuedAt: AT, issuers: [] }),
    )
    const [first = ''] = files
    await bundles.read('key-set', first)
    bundles.inForce('key-set', hashOf(first))
    for (const file of files.slice(1)) await bundles.read('key-set', file)
    const kept = files.filter((file) => bundles.keyRing(hashOf(file)).issuedAt > 0)
    expect(kept).toEqual([first, ...files.slice(-GENERATIONS_KEPT_MAX + 1)])
  })
})

describe('a bundle that is taken into use', () => {
  test.each([
    ['an older number', version(1), 'bundle-older'],
    ['an older upstream epoch with a higher number', version(99, 0), 'bundle-older'],
    ['the same number', version(2), 'bundle-version-taken'],
    ['a newer number', version(3), 'noted'],
    ['a newer upstream epoch with a lower number', version(1, 2), 'noted'],
  ])('replaces what is in force only when it is newer: %s', async (_what, next, said) => {
    const isTaken = said === 'noted'
    const rig = await rigged()
    await rig.load('policy', policyFile(policyOf({ transactionMax: 1_000_000 }), version(2), NOON))
    const reply = await rig.load('policy', policyFile(policyOf({ transactionMax: 500_000 }), next, NOON))
    expect(word(reply)).toBe(said)
    expect(rig.now().books.policy()?.transactionMax).toBe(isTaken ? 500_000 : 1_000_000)
    const inForce = rig.now().books.bundleInUse('policy')
    expect(compareVersions(inForce?.version ?? version(0), isTaken ? next : version(2))).toBe(0)
  })

  test('the same one again changes nothing', async () => {
    const rig = await rigged()
    const file = policyFile(policyOf(), version(2), NOON)
    await rig.load('policy', file)
    const { seq } = rig.now().books.head()
    expect(word(await rig.load('policy', file))).toBe('noted')
    expect(rig.now().books.head().seq).toBe(seq)
  })

  test('holds for the next token: its key is taken out', async () => {
    const rig = await rigged()
    const { till, reader } = await stallOf(rig, STALL)
    const wallet = walletOf(rig, 'payer-1')
    const before = wallet.pay(AT_STALL, 50_000, 'place')
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    await loadKeys(rig, (issuers) => issuers.filter(({ iss }) => !iss.includes('wallet')))
    expect(await reader.ask('scan', { text: before.text })).toMatchObject({ refusal: 'token-issuer-unknown' })
    await loadKeys(rig, (issuers) => issuers, version(3))
    expect(await reader.ask('scan', { text: before.text })).toMatchObject({ kind: 'paid' })
  })

  test('holds for a token whose signature was being checked when it came', async () => {
    const rig = await rigged({ verifyMs: () => 5_000 })
    const { till, reader } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    const shown = walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place')
    const scan = reader.say('scan', { text: shown.text })
    await rig.runFor(1_000)
    const denied = [{ what: 'payer', iss: shown.agreement?.iss, sub: 'payer-1' }]
    await rig.load('deny-list', JSON.stringify({ version: version(2), issuedAt: AT, entries: denied }))
    expect(await reader.answer(scan)).toMatchObject({ refusal: 'payer-denied' })
  })

  test('is in force again after a restart, before anything is answered', async () => {
    const rig = await rigged()
    const wallet = walletOf(rig, 'payer-1')
    await rig.load(
      'deny-list',
      JSON.stringify({
        version: version(2),
        issuedAt: AT,
        entries: [{ what: 'payer', iss: rig.issuers.wallet.iss, sub: 'payer-1' }],
      }),
    )
    rig.crash()
    await rig.start()
    const { till, reader } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    expect(await reader.ask('scan', { text: wallet.pay(AT_STALL, 50_000, 'place').text })).toMatchObject({
      refusal: 'payer-denied',
    })
  })

  test('cannot be stored where the books refuse: what was in force stays', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    books.set('refuse')
    expect(word(await rig.load('policy', policyFile(policyOf(), version(2), NOON)))).toBe('pushed back: not-ready')
    books.set('none')
    await rig.runFor(2_000)
    expect(rig.now().books.bundleInUse('policy')?.version).toEqual(version(1))
    expect(rig.fatal).toEqual([])
    expect(word(await rig.load('policy', policyFile(policyOf(), version(2), NOON)))).toBe('noted')
  })
})

type IssuerEntry = { readonly iss: string }

async function loadKeys(
  rig: Rig,
  change: (issuers: readonly IssuerEntry[]) => readonly IssuerEntry[],
  as = version(2),
): Promise<void> {
  const set = rig.issuers.keySet(as, later(rig.timeline.now(), -HOUR_MS)) as { issuers: readonly IssuerEntry[] }
  expect(word(await rig.load('key-set', JSON.stringify({ ...set, issuers: change(set.issuers) })))).toBe('noted')
}

function withMember(from: string, to: string): string {
  return replaced(policyFile(policyOf(), version(1), NOON), from, to)
}

function renamed(from: string, to: string): string {
  return replaced(layoutFile(layoutOf(), version(1), NOON), from, to)
}

function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`${from} is not there to be replaced`)
  return text.replace(from, to)
}

function without(text: string, member: string): string {
  return text.replace(new RegExp(`"${member}":[^,}]*,?`), '')
}

function twice() {
  const layout = layoutOf()
  return { ...layout, merchants: [...layout.merchants, ...layout.merchants.slice(0, 1)] }
}

function keySet(issuers: readonly string[], extra: object = {}): string {
  return JSON.stringify({
    version: version(1),
    issuedAt: AT,
    issuers: issuers.map((name) => ({
      iss: `https://${name}.example`,
      role: 'wallet',
      kinds: ['pay'],
      scope: 'site',
      currency: 'VND',
      presentWithinMs: 1_000,
      keys: [
        {
          kid: 'k1',
          jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', ...extra },
          from: AT,
        },
      ],
    })),
  })
}
