import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { SessionId, VehicleClass } from '../../../core/ids.ts'
import type { SeenVehicle } from '../../../core/parking/events.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { carInside, newest, PLATE, put, said, told } from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_IN, CAR_OUT, GATE, park, UP } from './park.ts'
import { holds } from './stays-hold.ts'
import { BIKE, CAR, LOT, TWO_PRICES } from './tariff-kit.ts'

/** The stay of which something is asked. */
function stayAsked(decision: Decision): SessionId | null {
  expect(said(decision)).toBe('amount-asked')
  return decision.subject.session
}

function bikeInside(p: Park): SessionId {
  p.arrive(BIKE_IN)
  expect(said(p.see(BIKE_IN, PLATE))).toBe('let-through')
  p.loop(BIKE_IN, 'approach', false)
  return newest(p)
}

/** Both come in at lanes of their own. */
function bothInside(p: Park): Record<SeenVehicle, SessionId> {
  const car = carInside(p)
  p.wait(MINUTE_MS)
  const motorbike = bikeInside(p)
  p.wait(HOUR_MS)
  return { car, motorbike }
}

/** Every lane is for both. */
const MIXED = { vehicleClasses: [CAR, BIKE] }

const twoPrices = (more: Parameters<typeof park>[0] = {}) => park({ tariffs: TWO_PRICES, ...more })

describe('a car and a motorbike whose plates have the same characters', () => {
  test.each([['car', 'motorbike'] as const, ['motorbike', 'car'] as const])(
    'are two stays, and each leaves by its own: the %s before the %s',
    (...turns) => {
      const p = twoPrices()
      const stays = bothInside(p)
      expect(stays.car).not.toBe(stays.motorbike)
      expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([1, 1])
      const lanes = { car: CAR_OUT, motorbike: BIKE_OUT }
      for (const vehicle of turns) {
        p.arrive(lanes[vehicle])
        expect(stayAsked(p.see(lanes[vehicle], PLATE)), vehicle).toBe(stays[vehicle])
      }
      expect(p.cases()).toEqual([])
      holds(p)
    },
  )

  test('also at a lane of both ways, where the camera says what it sees', () => {
    const p = twoPrices()
    const enter = (vehicle: SeenVehicle) => {
      p.arrive(GATE)
      expect(said(p.seeIn(GATE, PLATE, { vehicle })), vehicle).toBe('let-through')
      p.drive(GATE)
      return newest(p)
    }
    const stays = { car: enter('car'), motorbike: enter('motorbike') }
    p.wait(HOUR_MS)
    for (const vehicle of ['car', 'motorbike'] as const) {
      p.arrive(GATE)
      expect(stayAsked(p.seeOut(GATE, PLATE, { vehicle }))).toBe(stays[vehicle])
      p.loop(GATE, 'approach', false)
      p.wait(MINUTE_MS)
    }
  })

  test('where a camera says nothing at a way out for both, neither is asked for the other: staff look and choose, and that answers the case', () => {
    const p = twoPrices()
    const { car } = bothInside(p)
    p.arrive(GATE)
    const decision = p.seeOut(GATE, PLATE)
    expect([said(decision), told(decision), p.cases()]).toEqual([
      'stay-not-found',
      ['choose-staff', 'choose-staff'],
      ['class-unclear'],
    ])
    expect(stayAsked(p.choose(GATE, car))).toBe(car)
    expect(p.cases()).toEqual([])
  })

  test('a camera that says it with a second look is believed', () => {
    const p = twoPrices()
    const stays = bothInside(p)
    p.arrive(GATE)
    p.seeOut(GATE, PLATE)
    p.wait(SECOND_MS)
    expect(stayAsked(p.seeOut(GATE, PLATE, { vehicle: 'motorbike' }))).toBe(stays.motorbike)
    expect(p.cases()).toEqual([])
  })

  test.each([
    ['no camera says what comes', {}],
    ['the camera takes the motorbike for a car', { vehicle: 'car' }],
  ] as const)('are one where %s: the second is refused while anti-passback is hard', (_case, seen) => {
    const p = twoPrices({ lanes: MIXED })
    carInside(p)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE, 950, null, seen))).toBe('stay-open-already')
  })

  test('are one where the class of the one inside is in doubt', () => {
    const p = twoPrices()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE)
    p.drive(GATE)
    expect(p.cases()).toEqual(['class-unclear'])
    p.arrive(BIKE_IN)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('stay-open-already')
  })

  test('are one where the layout does not say what cameras call their classes', () => {
    const p = twoPrices({
      vehicleClasses: [
        { id: CAR, vi: 'Ô tô', en: 'Car' },
        { id: BIKE, vi: 'Xe máy', en: 'Motorbike', seenAs: 'motorbike' },
      ],
    })
    carInside(p)
    p.arrive(BIKE_IN)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('stay-open-already')
  })

  test('a stay that is surely of its kind is meant before one that is in doubt', () => {
    const p = twoPrices({ policy: { antiPassback: 'soft' }, lanes: MIXED })
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 950, null, { vehicle: 'car' })
    p.drive(CAR_IN)
    const car = newest(p)
    p.wait(MINUTE_MS)
    const doubted = carInside(p)
    expect([doubted === car, p.cases()]).toEqual([false, ['second-entry', 'class-unclear']])
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(stayAsked(p.see(CAR_OUT, PLATE, 950, null, { vehicle: 'car' }))).toBe(car)
  })

  test('one that stands before the lane at which it was let in is not told from itself by a second look', () => {
    const p = twoPrices()
    p.arrive(GATE)
    expect(said(p.seeIn(GATE, PLATE, { vehicle: 'motorbike' }))).toBe('let-through')
    p.reverse(GATE)
    p.wait(10 * SECOND_MS)
    p.arrive(GATE)
    expect(said(p.seeIn(GATE, PLATE, { vehicle: 'car' }))).toBe('already-accepted')
    expect(p.sessions()).toHaveLength(1)
  })

  test('a pass that makes a car of what the camera takes for a motorbike lets nobody in twice', () => {
    const p = twoPrices()
    put(p, 'pass-1', [PLATE, '29A-678.90'], { spaces: 2, vehicleClasses: [CAR] })
    carInside(p)
    p.wait(HOUR_MS)
    p.arrive(GATE)
    expect(said(p.seeIn(GATE, PLATE, { vehicle: 'motorbike' }))).toBe('pass-already-inside')
    expect(p.sessions()).toHaveLength(1)
  })

  test('at a lane of both ways nobody comes in by what a camera takes them for, unless it saw them drive in', () => {
    const p = twoPrices()
    put(p, 'pass-1', [PLATE, '29A-678.90'], { spaces: 2 })
    carInside(p)
    p.wait(HOUR_MS)
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE, 950, null, { vehicle: 'motorbike' }))).toBe('class-mismatch')
    expect(p.sessions()).toHaveLength(1)
  })

  test('of one alone that is inside, the other at a way out is for staff, as any class that is another', () => {
    const p = twoPrices()
    carInside(p)
    p.arrive(BIKE_OUT)
    expect(said(p.see(BIKE_OUT, PLATE))).toBe('class-mismatch')
  })

  test('between two places a camera that is wrong keeps nobody from going on', () => {
    const p = twoPrices()
    const car = carInside(p)
    p.arrive(UP)
    const decision = p.see(UP, PLATE, 950, null, { vehicle: 'motorbike' })
    expect([said(decision), decision.subject.session]).toEqual(['let-through', car])
  })

  const handIn = (p: Park, what: 'let-in' | 'let-out', as: VehicleClass | null) => {
    const { at } = p.now()
    const none = { ticket: null, cash: null, saidAt: at, handedInAt: at } as const
    const { outcome } = p.take({
      kind: 'late-evidence',
      lane: GATE,
      what,
      plate: PLATE,
      vehicleClass: as,
      reason: 'no power',
      ...none,
    })
    return outcome.ok && outcome.kind === 'evidence-taken' ? [outcome.stay, outcome.session] : outcome
  }

  test('handed in by an attendant, it is the one that they say it is; without a word of its kind it moves nothing', () => {
    const p = twoPrices()
    const car = carInside(p)
    expect(handIn(p, 'let-in', null)).toEqual(['untouched', car])
    p.wait(MINUTE_MS)
    const [stay, bike] = [handIn(p, 'let-in', BIKE), newest(p)]
    expect([stay, bike === car]).toEqual([['begun', bike], false])
    p.wait(HOUR_MS)
    expect(handIn(p, 'let-out', null)).toEqual(['untouched', null])
    expect(handIn(p, 'let-out', CAR)).toEqual(['ended', car])
    expect(p.session(bike).status).toBe('inside')
  })

  test('staff put a motorbike’s plate right to that of a car that is inside, and never a car’s', () => {
    const p = twoPrices()
    carInside(p)
    p.arrive(BIKE_IN)
    p.see(BIKE_IN, '30A-123.46')
    p.loop(BIKE_IN, 'approach', false)
    const bike = newest(p)
    const correct = (session: SessionId) =>
      said(
        p.take({ kind: 'session-corrected', session, correction: { kind: 'plate', plate: PLATE }, reason: 'misread' }),
      )
    expect(correct(bike)).toBe('noted')
    const p2 = twoPrices()
    carInside(p2)
    const other = carInside(p2, '30A-123.46')
    const refused = said(
      p2.take({
        kind: 'session-corrected',
        session: other,
        correction: { kind: 'plate', plate: PLATE },
        reason: 'misread',
      }),
    )
    expect(refused).toBe('stay-open-already')
  })
})
