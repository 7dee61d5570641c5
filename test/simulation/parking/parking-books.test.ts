import { describe, expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import type { EventBody } from '../../../core/events.ts'
import type { SiteId } from '../../../core/ids.ts'
import { money, VND } from '../../../core/money.ts'
import type { JournalRecord } from '../../../core/records.ts'
import { parkingKit } from '../../../simulators/parking/parking-kit.ts'
import { cheapest, dearest } from './fair-price.ts'
import { booksDisagree, parkingBooks, takeRecord } from './parking-books.ts'

const SITE = 'market-1' as SiteId
const PLACES = parkingKit(SITE).layout.parking?.places ?? []
const HOUR_MS = 3_600_000

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
const closed = { kind: 'charge-closed', charge: 'g1', status: 'paid' }

describe('somebody who keeps the books a second time finds', () => {
  test.each<[string, readonly (readonly unknown[])[], RegExp | null]>([
    [
      'nothing wrong with a stay that is paid',
      [[begun], [moved('inside')], [opened, paid(20_000)], [moved('left'), closed]],
      null,
    ],
    [
      'a stay that moves when it is over',
      [[begun], [moved('inside')], [moved('left')], [moved('inside')]],
      /is left and moves/,
    ],
    [
      'a charge that falls',
      [[begun, opened], [{ kind: 'charge-raised', charge: 'g1', due: vnd(10_000) }]],
      /falls from/,
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

test('the sign at the way in bounds what a stay may cost', () => {
  expect([dearest('car', 9 * 60_000), cheapest('car', 9 * 60_000)]).toEqual([0, 0])
  expect([dearest('car', HOUR_MS), cheapest('car', HOUR_MS)]).toEqual([20_000, 15_000])
  expect([dearest('van', 3 * HOUR_MS), cheapest('van', 3 * HOUR_MS)]).toEqual([78_000, 65_000])
  expect([dearest('motorbike', 25 * HOUR_MS), cheapest('motorbike', 25 * HOUR_MS)]).toEqual([28_000, 10_000])
})
