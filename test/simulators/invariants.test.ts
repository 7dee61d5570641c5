import { describe, expect, test } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import { instant } from '../../core/time.ts'
import type { Evidence, Invariant } from '../../simulators/invariants.ts'
import { invariants, judge } from '../../simulators/invariants.ts'
import type { Purchase, TokenShown } from '../../simulators/people/payers-record.ts'
import type { Agreement } from '../../simulators/wallet/wallet.ts'
import type { Answer } from '../../simulators/world/answer.ts'
import type { CommandSeen } from '../../simulators/world/happenings.ts'

const READER = deviceId('reader-1')
const BARRIER = deviceId('barrier-1')

/** One sale and one opened lane, all as it should be. */
const GOOD: Evidence = {
  mode: 'live',
  purchases: [purchase([shown(agreement('jti:1'), paid(50_000))])],
  agreements: [agreement('jti:1')],
  books: {
    postings: [{ mode: 'live', iss: 'https://wallet.example', id: 'jti:1', amount: 50_000, charge: 'charge-1' }],
    ledgerSum: 0,
    mixed: [],
    chainVerified: true,
    effects: [{ id: 'box-1:1:7:0', to: BARRIER, type: 'open' }],
  },
  commands: [command()],
  spoken: [{ device: 'soundbox-1', charge: 'charge-1', amount: 50_000 }],
  openings: [{ lane: 'in-1', atMs: 1_000, emptyForMs: 0, isByItself: false }],
  armHits: [],
  driveEnds: { passed: 1, tailgated: 1, refused: 1, 'turned-back': 1, stranded: 0, 'no-answer': 1 },
  openedForNobodyMaxMs: 5_000,
}

type Case = { readonly name: string; readonly violated: Invariant; readonly evidence: Partial<Evidence> }

const CASES: readonly Case[] = [
  {
    name: 'a token that was acknowledged and is not booked',
    violated: 'acknowledged means booked',
    evidence: { books: { ...GOOD.books, postings: [] }, spoken: [] },
  },
  {
    name: 'a token that is booked with another sum than was acknowledged',
    violated: 'acknowledged means booked',
    evidence: { purchases: [purchase([shown(agreement('jti:1'), paid(40_000))])] },
  },
  {
    name: 'a token that nobody agreed to and that was acknowledged as paid',
    violated: 'acknowledged means booked',
    evidence: { purchases: [purchase([shown(null, paid(50_000))])] },
  },
  {
    name: 'a token that is booked twice',
    violated: 'booked at most once',
    evidence: { books: { ...GOOD.books, postings: [...GOOD.books.postings, ...GOOD.books.postings] } },
  },
  {
    name: 'a token that was acknowledged by a live box and booked in training',
    violated: 'acknowledged means booked',
    evidence: {
      books: { ...GOOD.books, postings: GOOD.books.postings.map((posting) => ({ ...posting, mode: 'training' })) },
      spoken: [],
    },
  },
  {
    name: 'a record in which training and live money meet',
    violated: 'training money never meets live money',
    evidence: { books: { ...GOOD.books, mixed: ['record 7: a transfer'] } },
  },
  {
    name: 'two tokens booked for one purchase',
    violated: 'one purchase is paid at most once',
    evidence: {
      purchases: [purchase([shown(agreement('jti:1'), paid(50_000)), shown(agreement('jti:2'), paid(50_000))])],
      agreements: [agreement('jti:1'), agreement('jti:2')],
      books: {
        ...GOOD.books,
        postings: [
          ...GOOD.books.postings,
          { mode: 'live', iss: 'https://wallet.example', id: 'jti:2', amount: 50_000, charge: 'c-2' },
        ],
      },
    },
  },
  {
    name: 'a posting of which no payer knows',
    violated: 'booked as agreed',
    evidence: { agreements: [], purchases: [] },
  },
  {
    name: 'a posting above what the payer agreed to',
    violated: 'booked as agreed',
    evidence: { agreements: [agreement('jti:1', { amount: money(49_999, VND) })] },
  },
  {
    name: 'a posting by a token that is bad',
    violated: 'booked as agreed',
    evidence: { agreements: [agreement('jti:1', { expected: 'token-expired' })] },
  },
  {
    name: 'a bad token that opened a lane',
    violated: 'a bad token gets nothing',
    evidence: { purchases: [purchase([shown(null, letThrough(), 'token-signature')])] },
  },
  {
    name: 'a command that was done twice',
    violated: 'a command is done once, in time, by the run it was for',
    evidence: { commands: [command(), command()] },
  },
  {
    name: 'a command that was done too late',
    violated: 'a command is done once, in time, by the run it was for',
    evidence: { commands: [command({ upMs: 10_001 })] },
  },
  {
    name: 'a command that another run of the device has done',
    violated: 'a command is done once, in time, by the run it was for',
    evidence: { commands: [command({ boot: 'second-run' })] },
  },
  {
    name: 'an arm that was opened without a decision',
    violated: 'an arm moves by a decision',
    evidence: { books: { ...GOOD.books, effects: [] } },
  },
  {
    name: 'an arm that was opened by another arm’s decision',
    violated: 'an arm moves by a decision',
    evidence: { books: { ...GOOD.books, effects: [{ id: 'box-1:1:7:0', to: 'barrier-2', type: 'open' }] } },
  },
  {
    name: 'an arm that opened long after the vehicle had left',
    violated: 'an arm opens for somebody',
    evidence: { openings: [{ lane: 'in-1', atMs: 60_000, emptyForMs: 5_001, isByItself: false }] },
  },
  {
    name: 'an arm that came down on somebody',
    violated: 'an arm closes on nobody',
    evidence: { armHits: ['in-1: vehicle-1'] },
  },
  {
    name: 'money that was said aloud and is not booked',
    violated: 'what is said aloud is booked',
    evidence: { spoken: [{ device: 'soundbox-1', charge: 'charge-2', amount: 50_000 }] },
  },
  {
    name: 'another sum said aloud than is booked',
    violated: 'what is said aloud is booked',
    evidence: { spoken: [{ device: 'soundbox-1', charge: 'charge-1', amount: 500_000 }] },
  },
  {
    name: 'money that was said aloud twice',
    violated: 'what is said aloud is booked',
    evidence: { spoken: [...GOOD.spoken, ...GOOD.spoken] },
  },
  {
    name: 'a driver who was let through and left standing',
    violated: 'nobody let through is left standing',
    evidence: { driveEnds: { ...GOOD.driveEnds, stranded: 1 } },
  },
  {
    name: 'a ledger that does not sum to zero',
    violated: 'the ledger sums to zero',
    evidence: { books: { ...GOOD.books, ledgerSum: -1 } },
  },
  {
    name: 'a journal that does not verify',
    violated: 'the chain is whole',
    evidence: { books: { ...GOOD.books, chainVerified: false } },
  },
]

describe('the judge', () => {
  test('finds nothing where all is as it should be', () => {
    expect(judge(GOOD)).toEqual([])
  })

  test.each(CASES)('sees $name', ({ violated, evidence }) => {
    const found = judge({ ...GOOD, ...evidence }).map(({ invariant }) => invariant)
    expect(found).toContain(violated)
  })

  test('has a case for each invariant', () => {
    expect(new Set(CASES.map(({ violated }) => violated))).toEqual(new Set(Object.keys(invariants)))
  })

  test('bears a token that was booked and whose answer never came: the payer shows it again, or has heard the money', () => {
    const purchases = [purchase([shown(agreement('jti:1'), 'given-up')])]
    expect(judge({ ...GOOD, purchases })).toEqual([])
  })

  test('bears two tokens of somebody who showed one at two readers, and bought at both', () => {
    const two = [shown(agreement('jti:1'), paid(50_000)), shown(agreement('jti:2'), paid(50_000))]
    const evidence: Evidence = {
      ...GOOD,
      purchases: [{ ...purchase(two), isShared: true }],
      agreements: [agreement('jti:1'), agreement('jti:2')],
      books: {
        ...GOOD.books,
        postings: [
          ...GOOD.books.postings,
          { mode: 'live', iss: 'https://wallet.example', id: 'jti:2', amount: 50_000, charge: 'c-2' },
        ],
      },
    }
    expect(judge(evidence)).toEqual([])
  })

  test('bears that what was too little for one charge has paid a smaller one', () => {
    const agreed = agreement('jti:1', { expected: 'amount-too-low' })
    const purchases = [purchase([shown(agreed, paid(50_000), 'amount-too-low')])]
    expect(judge({ ...GOOD, purchases, agreements: [agreed] })).toEqual([])
  })

  test('bears that the emergency, which does not wait for the books, holds every arm open at once', () => {
    const held = command({ command: 'emergency:1', type: 'hold-open', forBoot: null, notAfterUpMs: null })
    expect(judge({ ...GOOD, commands: [...GOOD.commands, held] })).toEqual([])
  })
})

function agreement(id: string, over: Partial<Agreement> = {}): Agreement {
  return {
    kind: 'pay',
    iss: 'https://wallet.example',
    id,
    amount: money(50_000, VND),
    audience: ['urn:tolbooth:market-1'],
    agreedAt: instant(0),
    expected: null,
    ...over,
  }
}

function purchase(tokens: TokenShown[]): Purchase {
  const point = { kind: 'stall', id: 'a-01' } as const
  return { payer: 'payer-1', point, amount: 50_000, tokens, ending: 'accepted', isShared: false }
}

function shown(agreed: Agreement | null, answer: Answer | 'given-up', expected: Refusal | null = null): TokenShown {
  return { what: 'pay', agreement: agreed, expected, showings: [{ reader: READER, event: 'boot:1', answer }] }
}

function paid(amount: number): Answer {
  return { ok: true, kind: 'paid', charge: 'charge-1', amount: { amount, currency: 'VND' }, passage: null }
}

function letThrough(): Answer {
  return { ok: true, kind: 'let-through', charge: null, amount: null, passage: 'passage-1' }
}

function command(over: Partial<CommandSeen> = {}): CommandSeen {
  return {
    kind: 'command',
    device: BARRIER,
    command: 'box-1:1:7:0',
    type: 'open',
    result: 'done',
    forBoot: 'first-run',
    notAfterUpMs: 10_000,
    boot: 'first-run',
    upMs: 10_000,
    ...over,
  }
}
