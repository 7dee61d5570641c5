import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { refusalTable } from '../../../core/refusals.ts'
import { countsOf } from '../counts.ts'
import { REFUSALS_MET } from '../refusals.ts'
import type { Judged } from './floors.ts'
import { FLOORS, JUDGED_VISITS_LEAST, shortfalls } from './floors.ts'
import { MET_AT_A_MARKET, PARKING_REFUSALS, PARKING_REFUSALS_ELSEWHERE } from './parking-refusals.ts'
import type { ParkingReport } from './parking-report.ts'
import { isGood } from './simulate-parking.ts'
import { SITUATION_NAMES } from './situations.ts'

const ROOT = join(import.meta.dirname, '../../..')
const ELSEWHERE = Object.entries(PARKING_REFUSALS_ELSEWHERE)

describe('every refusal there is', () => {
  const ALL = Object.keys(refusalTable).sort()
  const accountedFor = (met: readonly string[]): readonly string[] =>
    [...met, ...MET_AT_A_MARKET, ...ELSEWHERE.map(([code]) => code)].sort()

  test('is met by the people of a car park, or at a market, or is tried in a test that has a name', () => {
    expect(accountedFor(PARKING_REFUSALS)).toEqual(ALL)
  })

  test('is missed where it stands in none of these lists any more', () => {
    for (const code of PARKING_REFUSALS) {
      expect(accountedFor(PARKING_REFUSALS.filter((each) => each !== code)), code).not.toEqual(ALL)
    }
  })

  test('that is left to the market must be met there', () => {
    expect(MET_AT_A_MARKET.filter((code) => !(REFUSALS_MET as readonly string[]).includes(code))).toEqual([])
  })

  test.each(ELSEWHERE)('%s is tried where it is said to be', (_code, { file, test: name }) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(name)
  })
})

describe('a run of car parks is no good', () => {
  const judged: Judged = {
    visits: JUDGED_VISITS_LEAST,
    compared: 750,
    pricedBothWays: 700,
    excused: { 'its plate is read as another’s, or another’s as its own': 80, 'broken: packets are lost': 20 },
    notPricedBelow: { 'a pass that is shared, or was suspended': 50 },
  }

  test('not where enough was judged', () => {
    expect(shortfalls(judged, false)).toEqual([])
    expect(shortfalls({ ...judged, compared: 900, pricedBothWays: 850, excused: {} }, true)).toEqual([])
  })

  test.each<[string, Partial<Judged>, RegExp]>([
    ['so few visits were held against the books', { compared: 659 }, /^659 of 1000 visits are held against the books,/],
    [
      'so few were in money to both sides',
      { pricedBothWays: 619 },
      /^619 of 1000 visits are .* in money to both sides/,
    ],
    [
      'one reason excuses so many',
      { excused: { 'its plate is read as another’s, or another’s as its own': 81 } },
      /^81 of 1000 visits are not held against the books, .*: its plate is read/,
    ],
    [
      'kinds of one reason together excuse so many',
      { excused: { 'broken: packets are lost': 40, 'broken: packets come twice': 41 } },
      /^81 of 1000 visits .*: broken: packets/,
    ],
    [
      'a reason has no ceiling',
      { excused: { 'it rained': 1 } },
      /^1 visits .* for a reason that has no ceiling: it rained/,
    ],
    [
      'so many have no known least price',
      { notPricedBelow: { 'a pass that is shared, or was suspended': 71 } },
      /^71 of 1000 visits are of no known least price/,
    ],
  ])('where %s', (_what, over, shortfall) => {
    expect(shortfalls({ ...judged, ...over }, false)[0]).toMatch(shortfall)
  })

  test('of a calm run more is asked', () => {
    expect(shortfalls(judged, true).join('\n')).toMatch(/750 of 1000 visits are held[\s\S]*no ceiling: broken: packets/)
    expect(FLOORS.calm.compared).toBeGreaterThan(FLOORS.broken.compared)
  })

  test('and few visits say nothing', () => {
    expect(shortfalls({ ...judged, visits: JUDGED_VISITS_LEAST - 1, compared: 0 }, false)).toEqual([])
  })

  const good = {
    violations: 0,
    replay: { seed: '1', same: true },
    shortfalls: [],
    coverage: { tooSeldom: [], refusalsMissed: [] },
  } as unknown as ParkingReport
  test.each<[string, Partial<ParkingReport>]>([
    ['something was found', { violations: 1 }],
    ['the same seed goes another way', { replay: { seed: '1', same: false } }],
    ['too little was judged', { shortfalls: ['1 of 1000'] }],
    ['something was met too seldom', { coverage: { ...good.coverage, tooSeldom: [SITUATION_NAMES[0] ?? ''] } }],
    [
      'a refusal was never met',
      { coverage: { ...good.coverage, refusalsMissed: Object.keys(countsOf(PARKING_REFUSALS)) } },
    ],
  ])('in its exit status where %s', (_what, over) => {
    expect(isGood(good)).toBe(true)
    expect(isGood({ ...good, ...over })).toBe(false)
  })
})
