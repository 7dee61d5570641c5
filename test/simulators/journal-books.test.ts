import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../core/canonical-json.ts'
import { journalReader } from '../../simulators/journal-books.ts'

const CLAIM = {
  kind: 'claim-opened',
  mode: 'live',
  claim: {
    issuer: 'wallet',
    identity: { iss: 'wallet', id: 'jti:1' },
    amount: { amount: 50_000, currency: 'VND' },
    charge: 'charge-1',
  },
}
const SALE = [
  { kind: 'transfers', linked: [transfer('live:merchant:m-1', 49_000), transfer('live:fees:market-1', 1_000)] },
  CLAIM,
  { kind: 'token-spent', spent: { iss: 'wallet', id: 'jti:1', anything: 'else' } },
]
const OPEN = { id: 'box-1:1:2:0', to: 'barrier-1', delivery: 'repeatable', notAfter: 1, command: { type: 'open' } }

describe('the books, read from the journal alone,', () => {
  test('hold each claim once, all effects, and a sum of zero', () => {
    const reader = read(chain([{}, { changes: SALE, effects: [OPEN] }]))
    expect(reader.books()).toEqual({
      postings: [{ mode: 'live', iss: 'wallet', id: 'jti:1', amount: 50_000, charge: 'charge-1' }],
      ledgerSum: 0,
      mixed: [],
      chainVerified: true,
      effects: [{ id: 'box-1:1:2:0', to: 'barrier-1', type: 'open' }],
    })
    expect(reader.records()).toBe(2)
  })

  test('do not sum to zero when a merchant is given what no claim stands for', () => {
    const [transfers] = SALE
    expect(read(chain([{ changes: [transfers] }])).books().ledgerSum).toBe(50_000)
  })

  test('do not sum to zero when a claim gives nobody anything', () => {
    expect(read(chain([{ changes: SALE.slice(1) }])).books().ledgerSum).toBe(-50_000)
  })

  test.each([
    ['a claim that stands for training', { ...CLAIM, mode: 'training' }],
    ['an identity that was spent in training', { kind: 'token-spent', spent: { iss: 'wallet', id: 'training:jti:1' } }],
    ['a merchant of training', { kind: 'transfers', linked: [transfer('training:merchant:m-1', 1_000)] }],
  ])('name a record of a live event with %s', (_what, change) => {
    expect(read(chain([{ event: { mode: 'live' }, changes: [change] }])).books().mixed).toHaveLength(1)
    expect(read(chain([{ event: { mode: 'live' }, changes: SALE }])).books().mixed).toEqual([])
  })

  const whole = chain([{}, { changes: SALE }, {}, {}])
  test.each([
    ['altered', whole.map((record, index) => (index === 1 ? { ...record, at: 7 } : record)), 'record 2 was altered'],
    ['missing', whole.filter((_, index) => index !== 1), 'after record 1 comes 3'],
    [
      'doubled',
      whole.flatMap((record, index) => (index === 1 ? [record, record] : [record])),
      'after record 2 comes 2',
    ],
    ['in the wrong order', [whole[0], whole[2], whole[1], whole[3]], 'after record 1 comes 3'],
    ['the first and begins late', whole.slice(1), 'the journal begins at 2'],
    ['of another chain', [whole[0], ...chain([{ at: 5 }, {}, {}, {}]).slice(1)], 'record 2 does not follow from 1'],
  ])('name a record that is %s', (_what, records, broken) => {
    const reader = read(records)
    expect(reader.broken()).toBe(broken)
    expect(reader.books().chainVerified).toBe(false)
  })

  test('of no records verify nothing', () => {
    expect(journalReader().books().chainVerified).toBe(false)
  })
})

function read(records: readonly unknown[]) {
  const reader = journalReader()
  for (const record of records) reader.take(record)
  return reader
}

/** Records with a body each, chained as the journal chains them. */
function chain(bodies: readonly { event?: object; changes?: unknown[]; effects?: unknown[]; at?: number }[]) {
  let prev = 'the beginning'
  return bodies.map(({ changes = [], effects = [], at = 1, ...event }, index) => {
    const record = {
      seq: index + 1,
      epoch: 1,
      at,
      prev,
      kind: 'decision',
      body: { kind: 'decision', changes, effects, ...event },
    }
    const hash = createHash('sha256').update(canonicalJson(record)).digest('base64url')
    prev = hash
    return { ...record, hash }
  })
}

function transfer(credit: string, amount: number) {
  return { debit: 'live:issuer:wallet', credit, amount: { amount, currency: 'VND' } }
}
