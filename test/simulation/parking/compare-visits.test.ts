import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../../core/time.ts'
import { BIKE_LANE, BOTH_1, IN_1, MOTORBIKE } from '../../../simulators/parking/parking-kit.ts'
import type { VisitRecord } from '../../../simulators/parking/visits-record.ts'
import { visitsRecord } from '../../../simulators/parking/visits-record.ts'
import { compareVisits } from './compare-visits.ts'
import type { BookedStay } from './parking-books.ts'
import { parkingBooks } from './parking-books.ts'

const WALL_MS = Date.parse('2026-11-22T08:00:00+07:00')
const STANDS_MS = 3 * SECOND_MS

type Lane = typeof BIKE_LANE

describe('of a vehicle that the books have inside when it comes', () => {
  const lost = { from: 0, to: HOUR_MS, broken: 'old books were put back' }

  test('the visit that is turned round at a lane of both ways is excused by what was broken for the one before', () => {
    const { found, excused } = compared([lost, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [stay('s1', 0, 10 * HOUR_MS)])
    expect(found).toEqual([])
    expect(excused).toMatchObject({ 'the books have it inside from before': 1 })
  })

  test('it is not, where the visit before was in order', () => {
    const before = { ...lost, broken: null }
    const { found } = compared([before, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [stay('s1', 0, 10 * HOUR_MS)])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by bike-lane, and no stay began then/)
  })

  test('it is not, where that stay was over when it came', () => {
    const { found } = compared([lost, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [stay('s1', 0, 9 * HOUR_MS)])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by bike-lane, and no stay began then/)
  })

  test('it is not, where it came in by another lane', () => {
    const again = { from: 10 * HOUR_MS, to: 12 * HOUR_MS, lane: IN_1 }
    const { found } = compared([lost, again], [stay('s1', 0, 10 * HOUR_MS)])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by in-1, and no stay began then/)
  })

  test('it is not, where the stay was begun at another lane than the visit before', () => {
    const other = { ...stay('s1', 0, 10 * HOUR_MS), entryLane: BOTH_1 }
    const { found } = compared([lost, { from: 10 * HOUR_MS, to: 12 * HOUR_MS }], [other])
    expect(found.join('\n')).toMatch(/visit-2 of vehicle came in by bike-lane, and no stay began then/)
  })
})

describe('of a vehicle whose stay people guessed', () => {
  const own = { from: 0, to: HOUR_MS }
  const next = { from: 40 * SECOND_MS, to: 2 * HOUR_MS, vehicle: 'another' }

  test('the visit is compared where they were right', () => {
    const both = [stay('s1', 0, HOUR_MS), stay('s2', 40 * SECOND_MS, 2 * HOUR_MS)]
    const { compared: count, excused } = compared([{ ...own, guessed: ['s1'] }, next], both)
    expect({ count, excused }).toEqual({ count: 2, excused: {} })
  })

  test('the visit and that whose stay they took are excused where they were wrong', () => {
    const turned = [stay('s1', 0, 2 * HOUR_MS), stay('s2', 40 * SECOND_MS, HOUR_MS)]
    const { found, excused } = compared([{ ...own, guessed: ['s2'] }, next], turned)
    expect({ found, excused }).toEqual({
      found: [],
      excused: { 'people took another’s stay for its own, or its own for another’s': 2 },
    })
    const nobody = compared([own, next], turned)
    expect(nobody.found.join('\n')).toMatch(/came in as s1 and went out as s2/)
  })
})

type Given = {
  readonly from: number
  readonly to: number
  readonly lane?: Lane
  readonly vehicle?: string
  readonly guessed?: readonly string[]
  readonly broken?: string | null
}

function compared(given: readonly Given[], stays: readonly BookedStay[]) {
  const record = visitsRecord()
  const broken = new Map<VisitRecord, string | null>()
  for (const { from, to, lane = BIKE_LANE, vehicle = 'vehicle', guessed = [], broken: what = null } of given) {
    const visit = record.begin({
      vehicle,
      pass: null,
      plate: null,
      vehicleClass: MOTORBIKE,
      kinds: ['by-ticket'],
      comesAtMs: from - STANDS_MS,
    })
    for (const atMs of [from, to]) visit.moments.push({ lane, fromMs: atMs - STANDS_MS, toMs: atMs })
    visit.waits.push({ lane, fromMs: to - STANDS_MS, toMs: to, isOut: true })
    visit.entered = { lane, atMs: from, how: 'let-through' }
    visit.left = { lane, atMs: to, how: 'let-through' }
    visit.ending = 'left'
    visit.guessed.push(...guessed)
    broken.set(visit, what)
  }
  const books = parkingBooks()
  for (const each of stays) {
    books.sessions.set(each.id, each)
    const charge = { id: `${each.id}-charge`, session: each.id, due: 5_000, paid: 5_000, relief: 0, overpaid: 0 }
    books.charges.set(charge.id, { ...charge, status: 'paid' })
  }
  return compareVisits({
    visits: record.visits(),
    books,
    brokenFor: (visit) => broken.get(visit) ?? null,
    isSuspended: () => false,
    wallMs: (ms) => WALL_MS + DAY_MS + ms,
  })
}

/** A motorbike's, decided a moment before its rider drove off, each time. */
function stay(id: string, from: number, to: number): BookedStay {
  const at = (ms: number): number => WALL_MS + DAY_MS + ms - SECOND_MS
  return {
    id,
    entryLane: BIKE_LANE,
    enteredAt: at(from),
    isFromTicket: false,
    vehicleClass: MOTORBIKE,
    status: 'left',
    counted: null,
    charge: `${id}-charge`,
    rights: 0,
    inAt: at(from),
    outAt: at(to),
    outLane: BIKE_LANE,
    overAt: at(to),
    plates: [],
    outBy: null,
  }
}
