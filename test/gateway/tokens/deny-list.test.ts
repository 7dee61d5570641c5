import { describe, expect, test } from 'vitest'
import { PROBLEMS_MAX } from '../../../gateway/tokens/bundle-fields.ts'
import type { DenyList } from '../../../gateway/tokens/deny-list.ts'
import { createDenyList, DENIED_MAX, denyListSchema } from '../../../gateway/tokens/deny-list.ts'
import { issuerEntry, pay, ringOf, rotating, testKey, verifierOf, WALLET } from './kit.ts'

const KEY = testKey('k1')
const verifier = verifierOf(await ringOf(issuerEntry(WALLET, 'wallet', ['pay', 'holder'], [KEY])))
const fileOf = (...entries: object[]) => ({ version: { epoch: 1, n: 3 }, issuedAt: '2026-11-20T00:00:00Z', entries })

describe('a deny list', () => {
  const cases: readonly (readonly [name: string, entries: object[], denied: 'key' | 'token' | 'payer' | null])[] = [
    ['of nothing denies nothing', [], null],
    ['denies what a key signed', [{ what: 'key', iss: WALLET, kid: 'k1' }], 'key'],
    ['denies a token', [{ what: 'token', iss: WALLET, jti: 'token-1' }], 'token'],
    ['denies a payer', [{ what: 'payer', iss: WALLET, sub: 'payer-1' }], 'payer'],
    [
      'says the key before the payer',
      [
        { what: 'payer', iss: WALLET, sub: 'payer-1' },
        { what: 'key', iss: WALLET, kid: 'k1' },
      ],
      'key',
    ],
    [
      'says the token before the payer',
      [
        { what: 'payer', iss: WALLET, sub: 'payer-1' },
        { what: 'token', iss: WALLET, jti: 'token-1' },
      ],
      'token',
    ],
    [
      'of another issuer denies nothing',
      ['key', 'token', 'payer'].map((what, index) => ({
        what,
        iss: 'https://bank.example',
        [['kid', 'jti', 'sub'][index] ?? '']: ['k1', 'token-1', 'payer-1'][index],
      })),
      null,
    ],
    ['does not take a payer for a token of that name', [{ what: 'token', iss: WALLET, jti: 'payer-1' }], null],
  ]

  test.each(cases)('%s', async (_name, entries, denied) => {
    const verified = await verifier.verify(pay(KEY))
    if (!verified.ok) throw new Error(verified.detail)
    expect(listOf(...entries).denied(verified.token)).toBe(denied)
  })

  test('denies a credential, and with it every code that its phone will show', async () => {
    const verified = await verifier.verify(rotating(KEY, testKey('phone')))
    if (!verified.ok) throw new Error(verified.detail)
    expect(listOf({ what: 'token', iss: WALLET, jti: 'credential-1' }).denied(verified.token)).toBe('token')
  })

  test('says its version, its age and how much it denies, each entry once', () => {
    const entry = { what: 'payer', iss: WALLET, sub: 'payer-1' }
    expect(listOf(entry, entry)).toMatchObject({
      version: { epoch: 1, n: 3 },
      issuedAt: Date.UTC(2026, 10, 20),
      size: 1,
    })
  })
})

describe('a list with a fault is refused as a whole, and the entry is named', () => {
  const cases: readonly (readonly [name: string, file: unknown, problem: string])[] = [
    ['nothing', null, 'the file: '],
    ['an entry of no kind', fileOf({ iss: WALLET, sub: 'a' }), 'entries[0].what: '],
    ['an entry of an unknown kind', fileOf({ what: 'car', iss: WALLET, sub: 'a' }), 'entries[0].what: '],
    [
      'an entry without its name',
      fileOf({ what: 'payer', iss: WALLET, sub: 'a' }, { what: 'payer', iss: WALLET }),
      'entries[1].sub: ',
    ],
    ['an entry with more in it', fileOf({ what: 'payer', iss: WALLET, sub: 'a', jti: 'b' }), 'entries[0]: '],
    ['a name with a space', fileOf({ what: 'token', iss: WALLET, jti: 'a b' }), 'entries[0].jti: must be printable'],
  ]

  test.each(cases)('%s', (_name, file, problem) => {
    const made = createDenyList(file)
    if (made.ok) throw new Error('taken')
    expect(made.problems.join('\n')).toContain(problem)
  })

  test(`of many faults ${PROBLEMS_MAX} are told, and how many more there are`, () => {
    const made = createDenyList({ ...fileOf(), entries: Array.from({ length: PROBLEMS_MAX + 7 }, () => 'x') })
    if (made.ok) throw new Error('taken')
    expect(made.problems).toHaveLength(PROBLEMS_MAX + 1)
    expect(made.problems.at(-1)).toBe('and 7 more')
  })

  test(`more than ${DENIED_MAX} entries`, () => {
    const entries = (count: number) => Array.from({ length: count }, () => ({ what: 'payer', iss: 'i', sub: 's' }))
    expect(denyListSchema.safeParse({ ...fileOf(), entries: entries(DENIED_MAX) }).success).toBe(true)
    expect(createDenyList({ ...fileOf(), entries: entries(DENIED_MAX + 1) }).ok).toBe(false)
  })
})

function listOf(...entries: object[]): DenyList {
  const made = createDenyList(fileOf(...entries))
  if (!made.ok) throw new Error(made.problems.join())
  return made.list
}
