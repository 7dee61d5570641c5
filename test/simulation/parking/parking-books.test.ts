import { describe, expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import type { EventBody } from '../../../core/events.ts'
import type { SiteId } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { JournalRecord } from '../../../core/records.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { parkingKit } from '../../../simulators/parking/parking-kit.ts'
import { countsOf } from '../counts.ts'
import { isEmergency } from './emergencies.ts'
import { fairPrice } from './fair-price.ts'
import { booksDisagree, chargedTwice, parkingBooks, takeRecord } from './parking-books.ts'
import { unexplained } from './parking-truth.ts'
import { SITUATION_NAMES, tooSeldom } from './situations.ts'

const SITE = 'market-1' as SiteId
const PLACES = parkingKit(SITE).layout.parking?.places ?? []

/** Books after records with these changes, and what they find wrong. */
function problemsOf(...records: readonly (readonly unknown[])[]): readonly string[] {
  const books = parkingBooks()
  records.forEach((changes, index) => {
    takeRecord(books, recordOf(index + 1, changes as readonly Change[], { kind: 'loop' } as EventBody), PLACES)
  })
  return [...books.problems, ...booksDisagree(books, SITE)]
}

function recordOf(seq: number, changes: readonly Change[], body: EventBody): JournalRecord {
  return {
    seq,
    body: { kind: 'decision', event: { body }, changes, effects: [], outcome: { ok: true, kind: 'noted' } },
  } as unknown as JournalRecord
}

const vnd = (amount: number) => money(amount, VND)
const begun = {
  kind: 'session-begun',
  session: {
    id: 's1',
    vehicleClass: 'car',
    place: 'lot',
    entry: { lane: 'in-1', at: 0, by: 'ticket', isFromTicket: false },
    credentials: [],
    status: 'entering',
    charge: null,
  },
}
const moved = (status: string, place = 'lot') => ({
  kind: 'session-moved',
  session: 's1',
  status,
  place,
  lane: null,
  at: 0,
})
const opened = { kind: 'charge-opened', charge: { id: 'g1', session: 's1', due: vnd(20_000) } }
const paid = (amount: number) => ({ kind: 'payment-taken', charge: 'g1', tender: 'cash', amount: vnd(amount) })
const askedOf = (charge: string) => ({
  kind: 'lane-state',
  state: { lane: 'out-1', visit: { session: 's1', asked: { charge } } },
})
const ofPass = { kind: 'charge-opened', charge: { id: 'g2', session: null, due: vnd(20_000) } }
const transferred = (code: string, amount: number) => ({
  kind: 'transfers',
  linked: [{ debit: 'live:cash:market-1', credit: 'live:merchant:park', amount: vnd(amount), code, charge: 'g2' }],
})
const forPass = (amount: number) => [transferred('pass-sale', amount), { ...paid(amount), charge: 'g2' }]
const givenBack = [
  transferred('pass-return', 1_000),
  { kind: 'charge-refunded', charge: 'g2', ofOverpaid: vnd(0), ofPaid: vnd(1_000) },
]
const sale = (status: string) => ({
  kind: 'pass-sale-put',
  sale: { charge: 'g2', right: 'r1', period: { from: 0, until: 1 }, state: { status } },
})
const called = { kind: 'case-opened', case: { id: 'k1', kind: 'unpaid-at-lane', session: 's1' } }
const closed = { kind: 'charge-closed', charge: 'g1', status: 'paid' }

describe('somebody who keeps the books a second time finds', () => {
  test.each<[string, readonly (readonly unknown[])[], RegExp | null]>([
    [
      'nothing wrong with a stay that is paid',
      [[begun], [moved('inside')], [opened, paid(20_000)], [moved('left'), closed]],
      null,
    ],
    [
      'nothing wrong with a pass that is sold, paid in two parts, and given back',
      [
        [ofPass, sale('unpaid')],
        forPass(8_000),
        [...forPass(12_000), { ...closed, charge: 'g2' }, sale('paid')],
        [...givenBack, sale('refunded')],
      ],
      null,
    ],
    [
      'a pass that is in force, and not paid',
      [
        [ofPass, sale('unpaid')],
        [...forPass(8_000), sale('paid')],
      ],
      /a pass is in force for g2, of which 8000 of 20000 is paid/,
    ],
    [
      'a sale that was over, and goes on',
      [[ofPass, sale('unpaid')], [sale('lapsed')], [sale('unpaid')]],
      /the sale for g2 was lapsed, and is unpaid/,
    ],
    [
      'a sale that came to nothing, and whose charge asks on',
      [[ofPass, sale('unpaid')], [sale('cancelled')]],
      /a pass is cancelled, and its charge g2 open/,
    ],
    [
      'money of passes that their transfers do not have',
      [[ofPass, sale('unpaid')], [{ ...paid(5_000), charge: 'g2' }]],
      /passes have earned 0 by their transfers, and 5000 by what was paid/,
    ],
    [
      'a pass of which something was given back, and that goes on',
      [[ofPass, sale('unpaid')], [...forPass(20_000), { ...closed, charge: 'g2' }, sale('paid')], givenBack],
      /1000 of g2 was given back, and its pass is paid/,
    ],
    [
      'a stay that moves when it is over',
      [[begun], [moved('inside')], [moved('left')], [moved('inside')]],
      /is left and moves/,
    ],
    [
      'a charge of nothing for a stay that was asked at a charge of nobody',
      [[begun], [askedOf('g0'), { ...opened, charge: { ...opened.charge, due: vnd(0) } }]],
      /g1 asks 0/,
    ],
    [
      'a charge of nothing for a stay that was asked at its own charge',
      [[begun], [askedOf('g1'), { ...opened, charge: { ...opened.charge, due: vnd(0) } }]],
      /g1 asks 0/,
    ],
    [
      'a charge that falls',
      [[begun, opened], [{ kind: 'charge-raised', charge: 'g1', due: vnd(10_000) }]],
      /falls from/,
    ],
    [
      'staff who are called for a stay of which nothing was waited for',
      [[begun], [called]],
      /of which nothing was waited for/,
    ],
    [
      'staff who are called twice for one visit',
      [[begun], [called], [{ ...called, case: { ...called.case, id: 'k2' } }]],
      /called twice for s1/,
    ],
    ['a payment beyond what is asked', [[begun, opened, paid(25_000)]], /asks 20000 and is paid 25000/],
    [
      'a charge that is closed before it is paid',
      [[begun, opened, paid(5_000), closed]],
      /closed as paid: 5000 of 20000/,
    ],
    ['a charge that is paid again', [[begun, opened, paid(20_000), closed], [paid(1)]], /is paid and is paid again/],
    [
      'a stay that left with its charge open',
      [[begun, opened], [moved('inside')], [moved('left')]],
      /its charge g1 is open/,
    ],
    [
      'a debt that no account stands for',
      [[begun, opened], [{ kind: 'charge-owed', charge: 'g1' }]],
      /stands at 0, and 20000 is owed/,
    ],
    [
      'a second charge of one stay',
      [
        [begun],
        [{ kind: 'session-charged', session: 's1', charge: 'g1' }],
        [{ kind: 'session-charged', session: 's1', charge: 'g2' }],
      ],
      /two charges/,
    ],
    ['a stay that began twice', [[begun], [begun]], /begins twice/],
    [
      'a correction from a count that was not so',
      [
        [begun],
        [moved('inside')],
        [{ kind: 'occupancy-corrected', place: 'lot', vehicleClass: 'car', before: 7, count: 1 }],
      ],
      /corrected from 7, and was 1/,
    ],
    [
      'a right that is used up without anybody under the arm',
      [
        [
          {
            kind: 'passage-granted',
            passage: { id: 'p1', lane: 'in-1', right: { kind: 'override' }, status: 'granted' },
          },
        ],
        [{ kind: 'passage-moved', passage: 'p1', status: 'used' }],
      ],
      /was granted and is used/,
    ],
  ])('%s', (_what, records, found) => {
    const problems = problemsOf(...records)
    if (found === null) expect(problems).toEqual([])
    else expect(problems.join('\n')).toMatch(found)
  })

  test('nothing wrong with a charge of nothing for a stay that was asked for what another owed from before alone', () => {
    const ofBefore = { ...opened, charge: { ...opened.charge, id: 'g0', session: 's0' } }
    const owed = [ofBefore, { kind: 'charge-owed', charge: 'g0' }]
    const free = { ...opened, charge: { ...opened.charge, due: vnd(0) } }
    // No transfers were made up for the debt.
    const found = ['the account of debts stands at 0, and 20000 is owed']
    expect(problemsOf(owed, [begun], [askedOf('g0'), free])).toEqual(found)
    expect(problemsOf([ofBefore], [begun], [askedOf('g0'), free])).toEqual(['record 3 (loop): g1 asks 0'])
  })

  test('what stands behind tells that a vehicle has gone only where the loop under the arm has told of it before', () => {
    const granted = {
      kind: 'passage-granted',
      passage: { id: 'p1', lane: 'in-1', right: { kind: 'override' }, status: 'granted' },
    }
    const under = { kind: 'passage-moved', passage: 'p1', status: 'passing' }
    const through = [under, { kind: 'passage-moved', passage: 'p1', status: 'used' }]
    const told = (...before: readonly unknown[][]) => {
      const books = parkingBooks()
      before.forEach((changes, index) => {
        takeRecord(books, recordOf(index + 1, changes as Change[], { kind: 'loop' } as EventBody), PLACES)
      })
      takeRecord(books, recordOf(9, through as Change[], { kind: 'scan' } as EventBody), PLACES)
      return books.problems.join('\n')
    }
    expect(told([granted], [under])).toBe('')
    expect(told([granted])).toMatch(/p1 is under the arm by the word of a scan/)
  })

  test('staff are called where no arm keeps anybody when whoever was asked is gone, and at no other lane', () => {
    const told = (lane: string, body: object) => {
      const books = parkingBooks()
      const calledThere = { ...called, case: { ...called.case, lane, charge: 'g1' } }
      takeRecord(books, recordOf(1, [begun, opened] as unknown as Change[], { kind: 'scan' } as EventBody), PLACES)
      takeRecord(books, recordOf(2, [calledThere] as unknown as Change[], body as EventBody), PLACES)
      return books.problems.join('\n')
    }
    const lapses = (lane: string, charge = 'g1') => ({
      kind: 'timer',
      timer: { purpose: 'quote-lapses', lane, charge },
    })
    const leaves = (lane: string, occupied = false) => ({ kind: 'loop', lane, occupied })
    const refused = /of which nothing was waited for/
    expect(told('bikes-out', lapses('bikes-out'))).toBe('')
    expect(told('bikes-out', leaves('bikes-out'))).toBe('')
    expect(told('out-1', lapses('out-1'))).toMatch(refused)
    expect(told('out-1', leaves('out-1'))).toMatch(refused)
    expect(told('bikes-out', lapses('bikes-out', 'g9'))).toMatch(refused)
    expect(told('bikes-out', lapses('bikes-in'))).toMatch(refused)
    expect(told('bikes-out', leaves('bikes-out', true))).toMatch(refused)
    expect(told('bikes-out', leaves('bikes-in'))).toMatch(refused)
  })

  test('who stands in a place within a place in both', () => {
    const books = parkingBooks()
    const take = (seq: number, ...changes: readonly unknown[]) =>
      takeRecord(books, recordOf(seq, changes as readonly Change[], { kind: 'loop' } as EventBody), PLACES)
    take(1, begun)
    take(2, moved('inside', 'upper'))
    expect(Object.fromEntries(books.counts)).toEqual({ 'upper/car': 1, 'lot/car': 1 })
    take(3, moved('inside', 'lot'))
    expect(Object.fromEntries(books.counts)).toEqual({ 'upper/car': 0, 'lot/car': 1 })
  })
})

describe('the sign at the way in says what a stay costs', () => {
  const at = (text: string): number => Date.parse(`${text}:00+07:00`)
  const price = (vehicleClass: string, from: string, until: string): readonly [number, number] => {
    const exactly = (text: string) => ({ earliest: at(text), latest: at(text) })
    const { least, most } = fairPrice(vehicleClass, exactly(from), exactly(until))
    return [least, most]
  }
  test.each<[string, string, string, string, number, number]>([
    ['nothing within the free minutes', 'car', '2026-11-21T12:00', '2026-11-21T12:10', 0, 0],
    ['the first hour where a minute of it has begun', 'car', '2026-11-21T12:00', '2026-11-21T12:11', 15_000, 15_000],
    ['two hours dear, and more cheaper', 'van', '2026-11-21T12:00', '2026-11-21T15:00', 65_000, 65_000],
    ['no more than the cap of a day', 'car', '2026-11-21T06:00', '2026-11-21T22:00', 100_000, 100_000],
    ['a new cap with each day', 'car', '2026-11-21T12:00', '2026-11-22T02:00', 120_000, 120_000],
    ['by the new sign from its day on', 'car', '2026-12-01T12:00', '2026-12-01T13:00', 20_000, 20_000],
    ['between both signs over the change', 'car', '2026-11-30T23:30', '2026-12-01T00:30', 15_000, 20_000],
    ['a visit by day', 'motorbike', '2026-11-21T06:00', '2026-11-21T18:00', 5_000, 5_000],
    ['a visit by night', 'motorbike', '2026-11-21T18:00', '2026-11-22T06:00', 8_000, 8_000],
    ['a visit that sees both', 'motorbike', '2026-11-21T17:30', '2026-11-21T18:30', 12_000, 12_000],
    ['a second visit after a day', 'motorbike', '2026-11-21T07:00', '2026-11-22T08:00', 17_000, 17_000],
  ])('%s', (_what, vehicleClass, from, until, least, most) => {
    expect(price(vehicleClass, from, until)).toEqual([least, most])
  })
})

test('two stays of one plate that cost something at the same time charge for the same minutes', () => {
  const stay = (id: string, charge: string, mac: string, from: number) => ({
    ...begun,
    session: {
      ...begun.session,
      id,
      charge,
      entry: { ...begun.session.entry, at: from },
      credentials: [{ kind: 'plate', plate: { mac }, confidencePermille: 900 }],
    },
  })
  const charge = (id: string, session: string) => ({ kind: 'charge-opened', charge: { id, session, due: vnd(5_000) } })
  const twice = (mac: string, from: number): number => {
    const books = parkingBooks()
    const changes = [stay('s1', 'g1', 'one', 0), charge('g1', 's1'), { ...moved('left'), at: 100 }]
    const others = [stay('s2', 'g2', mac, from), charge('g2', 's2')]
    const all = [...changes, ...others] as unknown as readonly Change[]
    takeRecord(books, recordOf(1, all, { kind: 'loop' } as EventBody), PLACES)
    return chargedTwice(books).length
  }
  expect(twice('one', 50)).toBe(1)
  expect(twice('one', 100)).toBe(0)
  expect(twice('another', 50)).toBe(0)
})

describe('an opening is explained', () => {
  const branches = (emergencies: readonly (readonly [active: boolean, atMs: number])[]) => ({
    opening: (command: string) =>
      command === 'known'
        ? { to: 'barrier-in-1', because: 'ticket s1' }
        : command === 'mute'
          ? { to: 'barrier-in-1', because: null }
          : undefined,
    wasEmergency: (atMs: number) =>
      isEmergency(
        emergencies.map(([active, at]) => ({ device: 'emergency-1', active, atMs: at })),
        atMs,
      ),
    wentUpByItself: (lane: string, atMs: number) => lane === 'in-1' && atMs === 9 * MINUTE_MS,
    wasLifted: (lane: string, at: number) => lane === 'in-1' && at === 7 * MINUTE_MS,
  })
  const asIs = (ms: number): number => ms
  const rise = (command: string | null, isHeld = false, atMs = MINUTE_MS, isByItself = false) =>
    unexplained(
      [{ lane: 'in-1', atMs, command, isHeld, isByItself }],
      branches([
        [true, 0],
        [false, 2 * MINUTE_MS],
      ]),
      asIs,
    )

  test('by a command of the journal that says why', () => {
    expect(rise('known')).toEqual([])
    expect(rise(null)).toEqual(['in-1 opened at 60000 ms, and nobody told it to'])
    expect(rise('strange')).toEqual(['in-1 opened at 60000 ms by strange, which is in no journal'])
    expect(rise('mute')).toEqual(['in-1 opened at 60000 ms by mute, for which there is no reason'])
  })

  test('by an attendant who says that it was lifted by hand then', () => {
    expect(rise(null, false, 7 * MINUTE_MS)).toEqual([])
  })

  test('by a barrier that says that it went up because there was no gateway', () => {
    expect(rise(null, false, 9 * MINUTE_MS, true)).toEqual([])
    expect(rise(null, false, 8 * MINUTE_MS, true)).toEqual([
      'in-1 opened by itself at 480000 ms, and its barrier has not said so',
    ])
  })

  test('not by what its barrier says of another time: one that did not go up by itself', () => {
    expect(rise(null, false, 9 * MINUTE_MS)).toEqual(['in-1 opened at 540000 ms, and nobody told it to'])
  })

  test('by an emergency that stands in the journal at that time, where the arm was told to stay up', () => {
    expect(rise('emergency:1', true)).toEqual([])
    expect(rise('emergency:1', true, HOUR_MS)).toEqual([
      'in-1 was held open at 3600000 ms by emergency:1, and the journal knows of no emergency then',
    ])
    expect(
      unexplained(
        [{ lane: 'in-1', atMs: 0, command: 'emergency:1', isHeld: true, isByItself: false }],
        branches([]),
        asIs,
      ),
    ).toHaveLength(1)
  })
})

test('situations are too seldom where they were met less often in a month than was asked, and few months say nothing', () => {
  const met = { ...countsOf(SITUATION_NAMES), 'lost its ticket and left': 80 }
  expect(tooSeldom(met, 10, 30)).toEqual(SITUATION_NAMES.filter((name) => name !== 'lost its ticket and left'))
  expect(tooSeldom({ ...met, 'lost its ticket and left': 79 }, 10, 30)).toContain('lost its ticket and left')
  expect(tooSeldom(met, 1, 30)).toEqual([])
})
