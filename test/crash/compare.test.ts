import { describe, expect, test } from 'vitest'
import type { BookedEffect, BooksView } from './books-view.ts'
import type { ClientLog } from './client-log.ts'
import { emptyLog } from './client-log.ts'
import type { Verdict } from './compare.ts'
import { compare, violationsOf } from './compare.ts'

const KEYED = 'device:till-1/b:1'
const SCANNED = 'device:reader-1/b:1'
const DRIVEN = 'device:reader-lane/b:1'
const SOLD = 'https://wallet.example jti:sold'
const DROVE = 'https://wallet.example jti:drove'
const RUN_MS = 10_000

describe('what devices and people know, held against the books', () => {
  test('agrees where everything went well', () => {
    const { log, books } = sound()
    const verdict = compare(log, books, [])
    expect(verdict.details).toEqual([])
    expect(violationsOf(verdict)).toBe(0)
    expect(verdict).toMatchObject({ events: 3, acknowledged: 3, paid: 2, commands: 1 })
  })

  test.each<[string, keyof Verdict, (one: Sound) => void]>([
    ['a record that is gone', 'acknowledgedLost', ({ books }) => books.records.delete(SCANNED)],
    [
      'a record that is gone, of an event that was acknowledged and not answered',
      'acknowledgedLost',
      ({ log, books }) => {
        eventOf(log, KEYED).answer = null
        books.records.delete(KEYED)
      },
    ],
    [
      'an event that was acknowledged by one run and booked by the next',
      'acknowledgedLost',
      ({ books }) => Object.assign(recordOf(books, SCANNED), { atMs: RUN_MS + 1 }),
    ],
    [
      'a record that remembers another answer than was given',
      'acknowledgedLost',
      ({ books }) => Object.assign(recordOf(books, SCANNED), { answer: '{"ok":false,"refusal":"token-spent"}' }),
    ],
    ['a payment of which no claim is left', 'acknowledgedLost', ({ books }) => books.claims.splice(0, 1)],
    [
      'a payment that is booked with less',
      'acknowledgedLost',
      ({ books }) => Object.assign(books.claims[0] ?? {}, { amount: 49_000 }),
    ],
    ['a token that is booked twice', 'doubled', ({ books }) => books.claims.push({ ...claimOf(books, 0), seq: 9 })],
    [
      'a charge that was paid beyond what was due',
      'doubled',
      ({ books }) => Object.assign(books.charges[0] ?? {}, { paid: 100_000 }),
    ],
    [
      'a token that is booked and was never shown',
      'unagreed',
      ({ books }) => books.claims.push({ ...claimOf(books, 0), spentId: 'jti:nobody' }),
    ],
    [
      'a token that is booked and was refused',
      'unagreed',
      ({ log, books }) => {
        const refused = '{"ok":false,"refusal":"charge-unknown"}'
        eventOf(log, SCANNED).answer = { outcome: refused, run: 0 }
        Object.assign(recordOf(books, SCANNED), { answer: refused })
      },
    ],
    [
      'accounts that do not sum to zero',
      'ledgerSum',
      ({ books }) => Object.assign(books.accounts[0] ?? {}, { debits: 70_000 }),
    ],
    [
      'an account that is not the sum of its transfers',
      'accountsWrong',
      ({ books }) => {
        for (const account of books.accounts) {
          account.debits += 1_000
          account.credits += 1_000
        }
      },
    ],
    ['a journal that does not verify', 'chainBroken', ({ books }) => books.chainFaults.push('record 3 was altered')],
    [
      'a command that nobody decided',
      'lateCommands',
      ({ books }) => Object.assign(recordOf(books, DRIVEN), { effects: [] }),
    ],
    [
      'a command that was carried out too late',
      'lateCommands',
      ({ log }) => Object.assign(log.commands[0] ?? {}, { atMs: 9_000 }),
    ],
    [
      'a pulse that was decided before the start that sent it',
      'lateCommands',
      ({ log }) => Object.assign(log.commands[0] ?? {}, { run: 1 }),
    ],
    [
      'a command that was carried out twice',
      'lateCommands',
      ({ log }) => log.commands.push(...log.commands.map((command) => ({ ...command }))),
    ],
    [
      'an arm that went up for another vehicle',
      'lateCommands',
      ({ log }) => Object.assign(log.commands[0] ?? {}, { vehicle: 'another' }),
    ],
    [
      'an event at which our own code threw',
      'faults',
      ({ books }) => Object.assign(recordOf(books, KEYED), { kind: 'fault' }),
    ],
    ['another answer to the same event', 'oddities', ({ log }) => log.oddities.push('answered otherwise')],
  ])('sees %s', (_what, count, breakIt) => {
    const one = sound()
    breakIt(one)
    const verdict = compare(one.log, one.books, [])
    expect(verdict[count]).toBeGreaterThan(0)
    expect(violationsOf(verdict)).toBeGreaterThan(0)
  })

  test('counts what was wrong with the journal on the way, a new epoch and a rebuild that differs', () => {
    const { log, books } = sound()
    expect(compare(log, books, ['after crash 3: a record is missing']).chainBroken).toBe(1)
    expect(violationsOf(compare(log, { ...books, epochs: 2 }, []))).toBe(1)
    expect(violationsOf(compare(log, { ...books, rebuildDifferences: 3 }, []))).toBe(3)
  })

  test('takes no event for lost that nobody promised anything about', () => {
    const { log, books } = sound()
    Object.assign(eventOf(log, KEYED), { acknowledgedBy: null, answer: null })
    books.records.delete(KEYED)
    expect(compare(log, books, []).acknowledgedLost).toBe(0)
  })

  test('takes no scan for lost that was answered as too old, which leaves no record', () => {
    const { log, books } = sound()
    eventOf(log, KEYED).answer = { outcome: '{"ok":false,"refusal":"stale-scan"}', run: 0 }
    books.records.delete(KEYED)
    expect(compare(log, books, []).acknowledgedLost).toBe(0)
  })
})

/** The same as `BooksView`, to be changed. */
type Books = {
  -readonly [Name in keyof BooksView]: BooksView[Name] extends readonly (infer Row)[]
    ? { -readonly [Column in keyof Row]: Row[Column] }[]
    : BooksView[Name]
} & { readonly records: Map<string, BookedRecordOf> }
type BookedRecordOf = BooksView['records'] extends ReadonlyMap<string, infer Record> ? Record : never
type Sound = { readonly log: ClientLog; readonly books: Books }

/** A sale at a stall and a way through a lane with a relay, both by the first run of two. */
function sound(): Sound {
  const log = emptyLog()
  log.runs.push({ startedAtMs: 0, promises: 3 }, { startedAtMs: RUN_MS, promises: 0 })
  const records = new Map<string, BookedRecordOf>()
  const open: BookedEffect = {
    id: 'box-1:1:3:0',
    to: 'barrier-lane',
    delivery: 'once',
    notAfter: 8_000,
    command: { type: 'open' },
  }

  happened(KEYED, 'amount-keyed', { ok: true, kind: 'charge-opened', charge: 'c1' }, null, [])
  happened(SCANNED, 'scan', paid('c1', 50_000), SOLD, [])
  happened(DRIVEN, 'scan', paid('c2', 10_000), DROVE, [open])
  for (const [token, event, amount, vehicle] of [
    [SOLD, SCANNED, 50_000, null],
    [DROVE, DRIVEN, 10_000, 'vehicle'],
  ] as const) {
    const [iss = '', id = ''] = token.split(' ')
    log.tokens.set(token, { identity: { iss, id: id as `jti:${string}` }, amount, events: [event], vehicle })
  }
  log.commands.push({ device: 'barrier-lane', id: open.id, type: 'open', atMs: 3_100, run: 0, vehicle: 'vehicle' })
  return {
    log,
    books: {
      records,
      claims: [
        { issuer: 'https://wallet.example', spentId: 'jti:sold', amount: 50_000, charge: 'c1', seq: 2 },
        { issuer: 'https://wallet.example', spentId: 'jti:drove', amount: 10_000, charge: 'c2', seq: 3 },
      ],
      charges: [
        { id: 'c1', due: 50_000, paid: 50_000 },
        { id: 'c2', due: 10_000, paid: 10_000 },
      ],
      accounts: [
        { id: 'live:issuer:wallet', debits: 60_000, credits: 0 },
        { id: 'live:merchant:vendor', debits: 0, credits: 60_000 },
      ],
      transfers: [
        { debit: 'live:issuer:wallet', credit: 'live:merchant:vendor', amount: 50_000, charge: 'c1' },
        { debit: 'live:issuer:wallet', credit: 'live:merchant:vendor', amount: 10_000, charge: 'c2' },
      ],
      chainFaults: [],
      epochs: 1,
      rebuildDifferences: 0,
    },
  }

  function happened(
    key: string,
    type: string,
    said: object,
    token: string | null,
    effects: readonly BookedEffect[],
  ): void {
    const outcome = JSON.stringify(said)
    const seq = records.size + 1
    log.events.set(key, {
      key,
      type,
      sentAtMs: seq * 1_000,
      acknowledgedBy: 0,
      answer: { outcome, run: 0 },
      token,
      amount: null,
    })
    records.set(key, { seq, atMs: seq * 1_000, kind: 'decision', answer: outcome, effects })
  }
}

function paid(charge: string, amount: number): object {
  return { ok: true, kind: 'paid', charge, amount: { amount, currency: 'VND' } }
}

function eventOf(log: ClientLog, key: string) {
  const event = log.events.get(key)
  if (event === undefined) throw new Error(`there is no event ${key}`)
  return event
}

function recordOf(books: Books, key: string): BookedRecordOf {
  const record = books.records.get(key)
  if (record === undefined) throw new Error(`there is no record ${key}`)
  return record
}

function claimOf(books: Books, index: number): Books['claims'][number] {
  const claim = books.claims[index]
  if (claim === undefined) throw new Error(`there is no claim ${index}`)
  return claim
}
