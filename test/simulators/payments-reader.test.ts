import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deviceId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { instant } from '../../core/time.ts'
import { judgeDemo } from '../../simulators/demo-evidence.ts'
import type { Evidence } from '../../simulators/invariants.ts'
import { paymentsReader } from '../../simulators/payments-reader.ts'
import type { Purchase, TokenShown } from '../../simulators/people/payers-record.ts'
import { parkThroughADay } from '../db/car-park.ts'
import { openMarket } from '../db/kit.ts'
import { temporaryFolder } from '../db/temporary-folder.ts'

const PRICE = 20_000

const opened = (id: string, session: string | null, due = PRICE) => ({
  kind: 'charge-opened',
  charge: { id, session, due: money(due, VND), mode: 'live' },
})
const raised = (charge: string, due: number) => ({ kind: 'charge-raised', charge, due: money(due, VND) })
const paid = (charge: string, amount = PRICE, tender = 'token') => ({
  kind: 'payment-taken',
  charge,
  tender,
  amount: money(amount, VND),
})
const reversed = (charge: string, amount: number) => ({
  kind: 'credit-reversed',
  charge,
  ofPaid: money(amount, VND),
  ofOverpaid: money(0, VND),
})

function read(...records: readonly (readonly object[])[]): readonly string[] {
  const reader = paymentsReader()
  for (const [index, changes] of records.entries()) reader.take({ seq: index + 1, body: { changes } })
  return reader.paidBeyond()
}

describe('what is paid for one stay', () => {
  test.each([
    ['once', [[opened('c1', 's1')], [paid('c1')]]],
    ['in parts, by two tenders', [[opened('c1', 's1')], [paid('c1', 5_000, 'cash')], [paid('c1', 15_000)]]],
    [
      'again where the price has risen',
      [[opened('c1', 's1')], [paid('c1')], [raised('c1', 30_000), paid('c1', 10_000)]],
    ],
    [
      'again where a bank’s credit was taken off it',
      [[opened('c1', 's1')], [paid('c1', PRICE, 'bank-transfer')], [reversed('c1', PRICE)], [paid('c1')]],
    ],
    [
      'with what its plate owes of another, by one token',
      [[opened('c1', 's1')], [opened('c2', 's2')], [paid('c1'), paid('c2')]],
    ],
  ])('%s is what it has come to', (_how, records) => {
    expect(read(...records)).toEqual([])
  })

  test.each([
    [
      'by a second token',
      [[opened('c1', 's1')], [paid('c1')], [paid('c1')]],
      `record 3: s1 has come to 20000, and 40000 is paid`,
    ],
    [
      'by a second token for a second charge of the same stay',
      [[opened('c1', 's1')], [paid('c1')], [opened('c2', 's1')], [paid('c2')]],
      'record 4: s1 has come to 20000, and 40000 is paid',
    ],
    [
      'by more than the price has risen',
      [[opened('c1', 's1')], [paid('c1')], [raised('c1', 30_000), paid('c1', 20_000)]],
      'record 3: s1 has come to 30000, and 40000 is paid',
    ],
    ['for nothing that was asked', [[paid('c9', 1_000)]], 'record 1: c9 has come to 0, and 1000 is paid'],
  ])('%s is too much', (_how, records, said) => {
    expect(read(...records)).toEqual([said])
  })

  test('is read off the records that books write: a day is as it should be, and each payment once more is too much', () => {
    const site = openMarket(temporaryFolder())
    parkThroughADay(site)
    const records = site.open.db.$client
      .prepare<[], { seq: number; body: string }>('SELECT seq, body FROM journal ORDER BY seq')
      .all()
      .map(({ seq, body }) => ({ seq, body: z.looseObject({}).parse(JSON.parse(body)) }))
    site.books.close()
    const paying = records.filter(({ body }) => JSON.stringify(body).includes('"kind":"payment-taken"'))
    expect(paying.length).toBeGreaterThan(0)
    const reader = paymentsReader()
    for (const record of records) reader.take(record)
    expect(reader.paidBeyond()).toEqual([])
    for (const record of paying) reader.take(record)
    expect(reader.paidBeyond()).toHaveLength(paying.length)
  })

  test('is not in what is no decision', () => {
    const reader = paymentsReader()
    reader.take({ seq: 1, body: { kind: 'genesis' } })
    expect(reader.paidBeyond()).toEqual([])
  })
})

describe('two tokens that a demo’s exit took of one driver', () => {
  const token = (id: string): TokenShown => ({
    what: 'pay',
    expected: null,
    agreement: {
      kind: 'pay',
      iss: 'wallet',
      id,
      amount: money(PRICE, VND),
      audience: [],
      agreedAt: instant(0),
      expected: null,
    },
    showings: [
      {
        reader: deviceId('out-reader'),
        event: id,
        answer: { ok: true, kind: 'paid', charge: 'c1', amount: money(PRICE, VND), passage: null },
      },
    ],
  })
  const tokens = [token('jti:1'), token('jti:2')]
  const crossing: Purchase = {
    payer: 'driver-1',
    point: { kind: 'lane', id: 'out' },
    amount: null,
    tokens,
    ending: 'accepted',
    isShared: false,
  }
  const evidence: Evidence = {
    mode: 'live',
    purchases: [crossing],
    agreements: tokens.flatMap(({ agreement }) => agreement ?? []),
    books: {
      postings: ['jti:1', 'jti:2'].map((id) => ({ mode: 'live', iss: 'wallet', id, amount: PRICE, charge: 'c1' })),
      ledgerSum: 0,
      mixed: [],
      chainVerified: true,
      effects: [],
    },
    commands: [],
    spoken: [],
    openings: [],
    armHits: [],
    driveEnds: { passed: 1, tailgated: 0, refused: 0, 'turned-back': 0, stranded: 0, 'no-answer': 0 },
    openedForNobodyMaxMs: 1_000,
  }

  test('are a purchase that was paid twice, and are none where the price had risen between', () => {
    const twice = read([opened('c1', 's1')], [paid('c1')], [paid('c1')])
    expect(judgeDemo([], evidence, twice)).toEqual([
      { invariant: 'one purchase is paid at most once', what: 'record 3: s1 has come to 20000, and 40000 is paid' },
    ])
    const risen = read([opened('c1', 's1')], [paid('c1')], [raised('c1', 2 * PRICE), paid('c1')])
    expect(judgeDemo([], evidence, risen)).toEqual([])
  })
})
