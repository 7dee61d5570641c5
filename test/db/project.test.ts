import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../core/changes.ts'
import type { AccountId, ChargeId, ClaimId, EventKey, MerchantId, TransferId } from '../../core/ids.ts'
import type { ClaimStatus, Ledger, LedgerFault, Transfer } from '../../core/ledger.ts'
import { applyLinkedSet, EMPTY_LEDGER, reservationMoves } from '../../core/ledger.ts'
import type { CurrencyCode } from '../../core/money.ts'
import { AMOUNT_MAX, money, VND } from '../../core/money.ts'
import type { JournalRecord } from '../../core/records.ts'
import { instant } from '../../core/time.ts'
import { createProjector } from '../../db/project.ts'
import * as tables from '../../db/schema.ts'
import type { TestBooks } from './kit.ts'
import { at, GATEWAY, NOON, openSite, SITE, STALL } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

function projecting(): { readonly site: TestBooks; readonly project: (...changes: Change[]) => void } {
  const site = openSite(temporaryFolder())
  const projector = createProjector(site.open.db)
  let seq = 1
  return {
    site,
    project(...changes) {
      seq += 1
      site.open.db.$client.exec('SAVEPOINT record')
      try {
        projector.project(recordOf(seq, changes))
      } catch (error) {
        site.open.db.$client.exec('ROLLBACK TO record')
        throw error
      } finally {
        site.open.db.$client.exec('RELEASE record')
      }
    },
  }
}

const CHARGE: Extract<Change, { readonly kind: 'charge-opened' }> = {
  kind: 'charge-opened',
  charge: {
    id: 'c1' as ChargeId,
    place: { kind: 'stall', id: STALL },
    merchant: 'm-1' as MerchantId,
    due: money(50_000, VND),
    mode: 'live',
    session: null,
    openedAt: NOON,
    expiresAt: instant(NOON + 60_000),
  },
}

describe('a charge', () => {
  const paid = (amount: number): Change => ({
    kind: 'payment-taken',
    charge: 'c1' as ChargeId,
    tender: 'token',
    amount: money(amount, VND),
    claim: null,
    payer: null,
    at: NOON,
  })
  const closed: Change = { kind: 'charge-closed', charge: 'c1' as ChargeId, status: 'paid', at: NOON }

  test('takes payments up to what is due, and closes once', () => {
    const { site, project } = projecting()
    project(CHARGE, paid(20_000), paid(30_000), closed)
    expect(site.open.db.select().from(tables.charge).all()).toMatchObject([{ paid: 50_000, status: 'paid' }])
    expect(() => project(closed)).toThrow('charge-closed finds no row')
    site.books.close()
  })

  test.each<[string, readonly Change[]]>([
    ['paid beyond what is due', [CHARGE, paid(50_001)]],
    ['paid beyond what is due by two', [CHARGE, paid(50_000), paid(1)]],
    ['paid that is not there', [paid(1)]],
    ['closed that is not there', [closed]],
    ['opened twice', [CHARGE, CHARGE]],
  ])('is refused where it is %s', (_what, changes) => {
    const { site, project } = projecting()
    expect(() => project(...changes)).toThrow()
    expect(site.open.db.select().from(tables.charge).all()).toEqual([])
    site.books.close()
  })
})

describe('a claim', () => {
  const opened: Change = {
    kind: 'claim-opened',
    mode: 'live',
    claim: {
      id: 'claim-1' as ClaimId,
      issuer: 'https://wallet.example',
      identity: { iss: 'https://wallet.example', id: 'jti:1' },
      kind: 'pay',
      amount: money(50_000, VND),
      charge: 'c1' as ChargeId,
      evidence: { ref: 'r', mac: 'm' },
      presentBy: NOON,
    },
  }
  const moved = (status: ClaimStatus): Change => ({
    kind: 'claim-moved',
    claim: 'claim-1' as ClaimId,
    status,
    at: NOON,
  })
  const exposure = (site: TestBooks): unknown =>
    site.open.db.select({ amount: tables.exposure.amount, claims: tables.exposure.claims }).from(tables.exposure).all()

  test.each(['settled', 'rejected'] as const)('is at risk until it is %s, and moves no further', (end) => {
    const { site, project } = projecting()
    project(opened)
    expect(exposure(site)).toEqual([{ amount: 50_000, claims: 1 }])
    project(moved('presented'))
    expect(exposure(site)).toEqual([{ amount: 50_000, claims: 1 }])
    project(moved(end))
    expect(exposure(site)).toEqual([{ amount: 0, claims: 0 }])
    for (const status of ['accepted', 'presented', 'settled', 'rejected'] as const) {
      expect(() => project(moved(status))).toThrow(`cannot be ${status}: it is ${end}`)
    }
    expect(exposure(site)).toEqual([{ amount: 0, claims: 0 }])
    site.books.close()
  })

  test('of training is never presented', () => {
    const { site, project } = projecting()
    project({ ...opened, mode: 'training' })
    expect(() => project(moved('presented'))).toThrow('it is never presented')
    site.books.close()
  })

  test('that is not there cannot move', () => {
    const { site, project } = projecting()
    expect(() => project(moved('presented'))).toThrow('it is not there')
    site.books.close()
  })
})

describe('the register of what is spent', () => {
  const spent = (id: string, untilMs: number): Change => ({
    kind: 'token-spent',
    spent: {
      identity: { iss: 'https://wallet.example', id },
      kind: 'pay',
      place: { kind: 'site' },
      charge: null,
      passage: null,
      amount: null,
      until: instant(NOON + untilMs),
    },
  })

  test('takes a token once', () => {
    const { site, project } = projecting()
    project(spent('jti:1', 0))
    expect(() => project(spent('jti:1', 0))).toThrow('UNIQUE')
    site.books.close()
  })

  test('forgets what could not be shown any more before a time, and that alone', () => {
    const { site, project } = projecting()
    project(spent('past', -1), spent('just', 0), spent('later', 1))
    project({ kind: 'spent-forgotten', until: NOON })
    expect(site.open.db.select({ id: tables.spent.id }).from(tables.spent).all()).toEqual([
      { id: 'just' },
      { id: 'later' },
    ])
    site.books.close()
  })
})

describe('transfers', () => {
  const accounts = ['live:a', 'live:b', 'live:c', 'training:d'] as AccountId[]
  const transfers = fc.array(
    fc.record({
      debit: fc.constantFrom(...accounts),
      credit: fc.constantFrom(...accounts),
      amount: fc.integer({ min: 1, max: 5 }),
      phase: fc.constantFrom('posted', 'pending', 'post', 'void'),
      of: fc.nat({ max: 8 }),
    }),
    { minLength: 1, maxLength: 25 },
  )

  test('leave the same balances in the tables as in the rules, are refused by the same word, and sum to zero', () => {
    fc.assert(
      fc.property(transfers, (drawn) => {
        const { site, project } = projecting()
        let ledger = EMPTY_LEDGER
        drawn.forEach((each, index) => {
          const transfer = transferOf(index, each, ledger)
          const applied = applyLinkedSet(ledger, [transfer], NOON)
          const write = (): void => project({ kind: 'transfers', linked: [transfer] })
          if (!applied.ok) {
            expect(write).toThrow(`is refused: ${applied.fault}`)
            return
          }
          ledger = applied.ledger
          write()
        })
        expect(balancesIn(site)).toEqual(balancesOf(ledger))
        const sums = site.open.db.$client
          .prepare(
            'SELECT sum(debits_posted) - sum(credits_posted) AS posted, sum(debits_pending) - sum(credits_pending) AS pending FROM account GROUP BY mode, currency',
          )
          .all()
        for (const sum of sums) expect(sum).toEqual({ posted: 0, pending: 0 })
        site.books.close()
      }),
      { numRuns: 40 },
    )
  })

  test('end a reservation in the ways that the rules know, and in no other', () => {
    expect([...tables.transfer.resolved.enumValues].toSorted()).toEqual([...reservationMoves.pending].toSorted())
  })

  const pending: Transfer = plain('p', 100, { kind: 'pending', expiresAt: instant(NOON + 1) })
  const over: Transfer = plain('over', 100, { kind: 'pending', expiresAt: NOON })
  test.each<[LedgerFault, string, readonly Transfer[]]>([
    ['pending-exceeded', 'that post more than was reserved', [pending, post('1', 101)]],
    ['pending-expired', 'that post when the time is over', [over, { ...post('1', 100), phase: postOf('over') }]],
    ['pending-mismatch', 'that void a part', [pending, { ...post('1', 99), phase: voidOf('p') }]],
    [
      'balance-overflow',
      'that reserve beyond 2^53 - 1',
      [
        plain('1', AMOUNT_MAX, { kind: 'pending', expiresAt: NOON }),
        plain('2', 1, { kind: 'pending', expiresAt: NOON }),
      ],
    ],
    [
      'two-modes',
      'that mix training and money',
      [{ ...plain('1', 1, { kind: 'posted' }), debit: 'training:a' as AccountId }],
    ],
    [
      'duplicate-id',
      'with an id that was used before',
      [plain('p', 100, { kind: 'posted' }), plain('p', 100, { kind: 'posted' })],
    ],
    ['pending-resolved', 'that end a reservation twice', [pending, post('1', 100), post('2', 100)]],
    ['pending-unknown', 'that end a reservation that is not there', [post('1', 100)]],
    [
      'pending-mismatch',
      'that end a reservation between other accounts',
      [pending, { ...post('1', 100), debit: 'live:z' as AccountId }],
    ],
    [
      'account-currency',
      'of two currencies on one account',
      [
        plain('1', 1, { kind: 'posted' }),
        { ...plain('2', 1, { kind: 'posted' }), amount: money(1, 'USD' as CurrencyCode) },
      ],
    ],
    [
      'balance-overflow',
      'beyond 2^53 - 1 on one account',
      [plain('1', AMOUNT_MAX, { kind: 'posted' }), plain('2', 1, { kind: 'posted' })],
    ],
  ])('are refused as %s %s', (fault, _what, linked) => {
    const { site, project } = projecting()
    const changes = linked.map((transfer): Change => ({ kind: 'transfers', linked: [transfer] }))
    expect(() => project(...changes)).toThrow(`is refused: ${fault}`)
    expect(site.open.db.select().from(tables.transfer).all()).toEqual([])
    site.books.close()
  })

  function post(id: string, amount: number): Transfer {
    return plain(`post-${id}`, amount, postOf('p'))
  }

  function postOf(pending: string): Transfer['phase'] {
    return { kind: 'post', pending: pending as TransferId }
  }

  function voidOf(pending: string): Transfer['phase'] {
    return { kind: 'void', pending: pending as TransferId }
  }
})

function plain(id: string, amount: number, phase: Transfer['phase']): Transfer {
  return {
    id: id as TransferId,
    debit: 'live:a' as AccountId,
    credit: 'live:b' as AccountId,
    amount: money(amount, VND),
    code: 'sale',
    charge: null,
    phase,
  }
}

type Drawn = {
  readonly debit: AccountId
  readonly credit: AccountId
  readonly amount: number
  readonly phase: 'posted' | 'pending' | 'post' | 'void'
  readonly of: number
}

/** As drawn, or where it ends a reservation of which there is one, between its accounts. */
function transferOf(index: number, drawn: Drawn, ledger: Ledger): Transfer {
  const { debit, credit, amount, phase } = drawn
  const reserved = [...ledger.reservations.values()][drawn.of]?.transfer
  const like = (phase === 'post' || phase === 'void') && reserved !== undefined ? reserved : { debit, credit }
  const pending = reserved?.id ?? ('nowhere' as TransferId)
  const phases = {
    posted: { kind: 'posted' },
    pending: { kind: 'pending', expiresAt: instant(NOON + 1) },
    post: { kind: 'post', pending },
    void: { kind: 'void', pending },
  } as const
  const whole = phase === 'void' && reserved !== undefined ? reserved.amount.amount : amount
  const id = drawn.of === 8 ? 't0' : `t${index}`
  return { ...plain(id, whole, phases[phase]), debit: like.debit, credit: like.credit }
}

function balancesIn(site: TestBooks): unknown {
  return site.open.db
    .select()
    .from(tables.account)
    .orderBy(tables.account.id)
    .all()
    .map(({ mode: _mode, ...balance }) => balance)
}

function balancesOf(ledger: Ledger): unknown {
  return [...ledger.accounts]
    .map(([id, balance]) => ({ id, ...balance }))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
}

function recordOf(seq: number, changes: readonly Change[]): JournalRecord {
  const { at: when, trust } = at()
  return {
    v: 1,
    site: SITE,
    gateway: GATEWAY,
    epoch: 1,
    seq,
    prev: '',
    key: `device:test/${seq}` as EventKey,
    kind: 'fault',
    at: when,
    clock: trust,
    body: { kind: 'fault', event: {} as never, error: '', changes, effects: [] },
  }
}
