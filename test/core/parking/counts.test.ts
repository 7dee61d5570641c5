import { describe, expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import { NOTHING } from '../../../core/decision.ts'
import type { PlaceId, SessionId, VehicleClass } from '../../../core/ids.ts'
import { keepCounts } from '../../../core/parking/counts.ts'
import { countsOf, freeSpaces, roomFor } from '../../../core/parking/places.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { at, COMMON } from '../kit.ts'
import { carInside, cash, chargeOf, correct, OTHER, PLATE, payNow, said, toExit } from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, PARKING_LAYOUT, park, RAMP } from './park.ts'
import { BIKE, CAR, LEVEL, LOT } from './tariff-kit.ts'

const NOW = at(0)

const count = (p: Park, place: PlaceId, to: number, vehicleClass = CAR) =>
  p.take({ kind: 'occupancy-corrected', place, vehicleClass, count: to, reason: 'counted by hand' })

const corrections = (p: Park) =>
  p.changes.flatMap((change) =>
    change.kind === 'occupancy-corrected' ? [[change.place, change.before, change.count]] : [],
  )

/** Entries less exits with corrections, of one class in one place, from the changes alone. */
function reckoned(p: Park, place: PlaceId, vehicleClass: VehicleClass): number {
  let reached = 0
  for (const change of p.changes) {
    if (change.kind === 'occupancy-moved' && change.place === place && change.vehicleClass === vehicleClass)
      reached += change.by
    if (change.kind === 'occupancy-corrected' && change.place === place && change.vehicleClass === vehicleClass)
      reached += change.count - change.before
  }
  return reached
}

function goesOut(p: Park, plate = PLATE): void {
  toExit(p, plate)
  p.show(CAR_OUT, payNow(p, `out-${p.changes.length}`))
  p.drive(CAR_OUT)
}

describe('a count that was corrected below what is inside', () => {
  test('does not fall below 0 when one of them leaves: what was missing is corrected, and staff count again', () => {
    const p = park()
    carInside(p)
    count(p, LOT, 0)
    goesOut(p)
    expect(p.sessions()).toMatchObject([{ status: 'left' }])
    expect(p.count(LOT, CAR)).toBe(0)
    expect(corrections(p)).toEqual([
      [LOT, 1, 0],
      [LOT, 0, 1],
    ])
    expect(reckoned(p, LOT, CAR)).toBe(0)
    expect(p.casesNow()).toMatchObject([{ kind: 'count-differs', lane: CAR_OUT, session: null, status: 'open' }])
  })

  test('is one case at a lane until somebody has looked, however many leave', () => {
    const p = park()
    carInside(p)
    carInside(p, OTHER)
    count(p, LOT, 0)
    goesOut(p)
    goesOut(p, OTHER)
    expect(p.count(LOT, CAR)).toBe(0)
    expect(p.cases()).toEqual(['count-differs'])
    const [known] = p.casesNow()
    if (known === undefined) throw new Error('no case')
    p.take({ kind: 'case-ended', case: known.id, reason: 'counted' })
    carInside(p)
    count(p, LOT, 0)
    goesOut(p)
    expect(p.cases(), 'and again it is another').toEqual(['count-differs'])
  })

  test.each([
    ['the inner place', LEVEL, [0, 0]],
    ['the outer place', LOT, [0, 0]],
  ] as const)('of nested places, %s: neither falls below 0 on the way down and out', (_which, place, expected) => {
    const p = park()
    carInside(p)
    p.arrive(RAMP)
    p.see(RAMP, PLATE)
    p.drive(RAMP)
    expect([p.count(LOT, CAR), p.count(LEVEL, CAR)]).toEqual([1, 1])
    count(p, place, 0)
    p.wait(HOUR_MS)
    p.arrive(RAMP)
    p.see(RAMP, PLATE)
    p.drive(RAMP)
    expect(p.count(LEVEL, CAR)).toBe(0)
    goesOut(p)
    expect([p.count(LOT, CAR), p.count(LEVEL, CAR)]).toEqual(expected)
    expect([reckoned(p, LOT, CAR), reckoned(p, LEVEL, CAR)]).toEqual(expected)
    expect(p.cases()).toEqual(['count-differs'])
  })

  test('at a lane without an arm, and where staff end a stay or give it another class', () => {
    const free = park()
    free.see(BIKE_IN, '29B1-678.90')
    count(free, LOT, 0, BIKE)
    free.wait(MINUTE_MS)
    free.see(BIKE_OUT, '29B1-678.90')
    free.show(BIKE_OUT, payNow(free, 'a'))
    expect(free.sessions()).toMatchObject([{ status: 'left' }])
    expect(free.count(LOT, BIKE)).toBe(0)

    const closed = park()
    const id = carInside(closed)
    count(closed, LOT, 0)
    correct(closed, id, { kind: 'close' })
    expect(closed.count(LOT, CAR)).toBe(0)
    expect(closed.casesNow()).toMatchObject([
      { kind: 'left-unpaid' },
      { kind: 'count-differs', lane: null, session: id },
    ])

    const classed = park()
    const other = carInside(classed)
    count(classed, LOT, 0)
    correct(classed, other, { kind: 'class', vehicleClass: BIKE })
    expect([classed.count(LOT, CAR), classed.count(LOT, BIKE)]).toEqual([0, 1])
  })

  test('paid at a counter while it stands at the exit: it goes all the same', () => {
    const p = park()
    const id = carInside(p)
    count(p, LOT, 0)
    expect(said(toExit(p))).toBe('amount-asked')
    cash(p, chargeOf(p, id), 25_000)
    p.drive(CAR_OUT)
    expect(p.session(id).status).toBe('left')
    expect(p.count(LOT, CAR)).toBe(0)
  })
})

test('two that leave by one decision are counted one after the other: one is missing, not two', () => {
  const gone = (session: string): readonly Change[] => [
    { kind: 'session-moved', session: session as SessionId, status: 'left', place: LOT, lane: CAR_OUT, at: NOW.at },
    ...countsOf(PARKING_LAYOUT.places, LOT, null, CAR, 'live'),
  ]
  const both = { ...NOTHING, changes: [...gone('s1'), ...gone('s2')] }
  const kept = keepCounts(both, [{ place: LOT, vehicleClass: CAR, count: 1 }], [], COMMON, NOW)
  expect(kept.changes[0]).toEqual({
    kind: 'occupancy-corrected',
    mode: 'live',
    place: LOT,
    vehicleClass: CAR,
    count: 2,
    before: 1,
    at: NOW.at,
  })
  expect(kept.changes.slice(1, -1)).toEqual(both.changes)
  expect(keepCounts(both, [{ place: LOT, vehicleClass: CAR, count: 2 }], [], COMMON, NOW)).toBe(both)
})

test('a capacity below what is counted: it is full, no space is negative, and whoever is inside gets out', () => {
  const [lot] = PARKING_LAYOUT.places
  if (lot === undefined) throw new Error('no lot')
  const smaller = { ...lot, capacities: [{ vehicleClasses: [CAR], spaces: 1 }] }
  const inside = [{ place: LOT, vehicleClass: CAR, count: 3 }]
  expect(freeSpaces(smaller, inside, CAR)).toBe(0)
  expect(roomFor([smaller], inside, null, LOT, CAR)).toBe('full')
  expect(roomFor([smaller], inside, LOT, LOT, CAR), 'what stands there has its space').toBe('free')
  const p = park()
  carInside(p)
  carInside(p, OTHER)
  count(p, LOT, 9)
  goesOut(p)
  expect(p.count(LOT, CAR)).toBe(8)
  expect(p.cases()).toEqual([])
})
