import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { SessionId, VehicleClass } from '../../../core/ids.ts'
import type { SeenVehicle } from '../../../core/parking/events.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { carInside, newest, PLATE, passNow, put, said, told } from './driver.ts'
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

  test('where both are inside, neither is asked for the other at a way out for both: staff look and choose, and no later look undoes that', () => {
    const p = twoPrices({ policy: { antiPassback: 'soft' }, lanes: MIXED })
    const [car] = (['car', 'motorbike'] as const).map((vehicle) => {
      p.arrive(CAR_IN)
      expect(said(p.see(CAR_IN, PLATE, 950, null, { vehicle }))).toBe('let-through')
      p.drive(CAR_IN)
      return newest(p)
    })
    if (car === undefined) throw new Error('no car came in')
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    const decision = p.see(CAR_OUT, PLATE, 950, null, { vehicle: 'car' })
    expect([said(decision), told(decision), p.cases()]).toEqual([
      'stay-not-found',
      ['choose-staff', 'choose-staff'],
      ['second-entry', 'exit-without-entry'],
    ])
    expect(stayAsked(p.choose(CAR_OUT, car))).toBe(car)
    expect(p.cases()).toEqual(['second-entry'])
    p.wait(5 * SECOND_MS)
    expect(said(p.see(CAR_OUT, PLATE))).toBe('noted')
  })

  test('staff’s choice at a lane for the other kind stands also when the plate is read again', () => {
    const p = twoPrices()
    const { car } = bothInside(p)
    p.arrive(BIKE_OUT)
    expect(stayAsked(p.choose(BIKE_OUT, car))).toBe(car)
    p.wait(5 * SECOND_MS)
    expect(said(p.see(BIKE_OUT, PLATE))).toBe('noted')
  })

  test.each(['car', 'motorbike', undefined] as const)(
    'are one at a way in for both, whatever the camera says (%s): it is wrong more often than two such are inside',
    (vehicle) => {
      const p = twoPrices({ lanes: MIXED })
      p.arrive(CAR_IN)
      p.see(CAR_IN, PLATE, 950, null, { vehicle: 'car' })
      p.drive(CAR_IN)
      expect(p.cases()).toEqual([])
      p.arrive(CAR_IN)
      expect(said(p.see(CAR_IN, PLATE, 950, null, vehicle === undefined ? {} : { vehicle }))).toBe('stay-open-already')
    },
  )

  test.each([
    ['says otherwise', PLATE, { vehicle: 'car' }],
    ['says nothing, and the plate fits a car alone', '30A-1234', {}],
  ] as const)(
    'are one at a lane whose camera %s: nobody knows what comes in there, and the one inside leaves as ever',
    (_how, plate, seen) => {
      const p = twoPrices()
      const inside = carInside(p, plate)
      p.wait(HOUR_MS)
      p.arrive(BIKE_IN)
      expect(said(p.see(BIKE_IN, plate, 950, null, seen))).toBe('stay-open-already')
      expect(p.cases()).toEqual(['second-entry'])
      p.arrive(CAR_OUT)
      expect(stayAsked(p.see(CAR_OUT, plate))).toBe(inside)
    },
  )

  test('are one where the class of the one inside is in doubt, until staff say it', () => {
    const p = twoPrices()
    p.arrive(GATE)
    p.seeIn(GATE, PLATE)
    p.drive(GATE)
    expect(p.cases()).toEqual(['class-unclear'])
    p.arrive(BIKE_IN)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('stay-open-already')
    p.take({
      kind: 'session-corrected',
      session: newest(p),
      correction: { kind: 'class', vehicleClass: CAR },
      reason: 'seen',
    })
    p.wait(10 * SECOND_MS)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('let-through')
  })

  test.each([
    ['that of the one inside', CAR, BIKE],
    ['that of the lane', BIKE, CAR],
  ])('are one where the layout does not say what cameras call %s', (_which, unsaid, other) => {
    const names = { [CAR]: { vi: 'Ô tô', en: 'Car' }, [BIKE]: { vi: 'Xe máy', en: 'Motorbike' } }
    const p = twoPrices({
      vehicleClasses: [
        { id: unsaid, vi: '', en: '', ...names[unsaid] },
        { id: other, vi: '', en: '', ...names[other], seenAs: other === CAR ? 'car' : 'motorbike' },
      ],
    })
    carInside(p)
    p.arrive(BIKE_IN)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('stay-open-already')
  })

  test('a stay whose class is in doubt is told from none of its own kind: the newest is meant, as ever', () => {
    const p = twoPrices({ policy: { antiPassback: 'soft' }, lanes: MIXED })
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE, 950, null, { vehicle: 'car' })
    p.drive(CAR_IN)
    p.wait(HOUR_MS)
    const again = carInside(p)
    expect(p.cases()).toEqual(['second-entry', 'class-unclear'])
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(stayAsked(p.see(CAR_OUT, PLATE, 950, null, { vehicle: 'car' }))).toBe(again)
  })

  test('one that backs off and comes again before the lane at which it was let in is itself', () => {
    const p = twoPrices({ policy: { antiPassback: 'soft' } })
    carInside(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('let-through')
    p.reverse(CAR_IN)
    p.wait(5 * SECOND_MS)
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, PLATE))).toBe('already-accepted')
    expect(p.sessions()).toHaveLength(2)
  })

  test('one that is inside under a pass is known by it at a lane for the other kind too: staff are called', () => {
    const p = twoPrices()
    put(p, 'pass-1', [PLATE], { vehicleClasses: [CAR] })
    bothInside(p)
    p.arrive(BIKE_OUT)
    p.see(BIKE_OUT, PLATE)
    expect(said(p.show(BIKE_OUT, passNow('pass-1')))).toBe('class-mismatch')
  })

  test('a plate that is read before its loop, and a code that is shown with it, find their own as well', () => {
    const p = twoPrices({ lanes: { barrier: 'arm' } })
    carInside(p)
    expect(said(p.see(BIKE_IN, PLATE))).toBe('noted')
    expect(said(p.arrive(BIKE_IN))).toBe('let-through')
    p.drive(BIKE_IN)
    p.wait(HOUR_MS)
    p.see(BIKE_OUT, PLATE)
    expect(p.arrive(BIKE_OUT).subject.session).toBe(newest(p))
  })

  test('of one alone that is inside, the other at a way out is for staff, as any class that is another', () => {
    const p = twoPrices()
    carInside(p)
    p.arrive(BIKE_OUT)
    expect(said(p.see(BIKE_OUT, PLATE))).toBe('class-mismatch')
  })

  test('between two places a vehicle that is found by the other kind’s stay alone is told that its class is not for there', () => {
    const p = twoPrices()
    bikeInside(p)
    p.arrive(UP)
    expect(said(p.see(UP, PLATE))).toBe('class-not-here')
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

  test('handed in by an attendant at a lane for both, it is the one that they say it is; without a word of its kind it moves nothing', () => {
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
