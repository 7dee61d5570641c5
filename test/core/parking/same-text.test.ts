import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { carInside, newest, PLATE, said } from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, BIKE_OUT, CAR_OUT, GATE, park } from './park.ts'
import { holds } from './stays-hold.ts'
import { BIKE, CAR, LOT, TWO_PRICES } from './tariff-kit.ts'

/** The stay of which something is asked. */
const staysOf = (decision: Decision) => {
  expect(said(decision)).toBe('amount-asked')
  return decision.subject.session
}

/** `30A12345` is a car's plate and an old motorbike's (docs/decisions/115). */
function bikeInside(p: Park) {
  p.arrive(BIKE_IN)
  expect(said(p.see(BIKE_IN, PLATE))).toBe('let-through')
  p.loop(BIKE_IN, 'approach', false)
  return newest(p)
}

describe('a car and a motorbike whose plates have the same characters', () => {
  test.each(['the car', 'the motorbike'])('are two stays, and each leaves by its own: %s first', (first) => {
    const p = park({ tariffs: TWO_PRICES })
    const car = carInside(p)
    p.wait(MINUTE_MS)
    const bike = bikeInside(p)
    expect(bike).not.toBe(car)
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([1, 1])
    p.wait(HOUR_MS)
    const leave = {
      'the car': () => {
        p.arrive(CAR_OUT)
        return [staysOf(p.see(CAR_OUT, PLATE)), car]
      },
      'the motorbike': () => {
        p.arrive(BIKE_OUT)
        return [staysOf(p.see(BIKE_OUT, PLATE)), bike]
      },
    }
    const turns =
      first === 'the car' ? (['the car', 'the motorbike'] as const) : (['the motorbike', 'the car'] as const)
    for (const who of turns) {
      const [asks, own] = leave[who]()
      expect(asks, who).toBe(own)
    }
    expect(p.cases()).toEqual([])
    holds(p)
  })

  test('also at a lane of both ways, where the camera says what it sees', () => {
    const p = park({ tariffs: TWO_PRICES })
    const enter = (vehicle: 'car' | 'motorbike') => {
      p.arrive(GATE)
      expect(said(p.seeIn(GATE, PLATE, { vehicle })), vehicle).toBe('let-through')
      p.drive(GATE)
      return newest(p)
    }
    const stays = { car: enter('car'), motorbike: enter('motorbike') }
    p.wait(HOUR_MS)
    for (const vehicle of ['car', 'motorbike'] as const) {
      p.arrive(GATE)
      expect(staysOf(p.seeOut(GATE, PLATE, { vehicle }))).toBe(stays[vehicle])
      p.loop(GATE, 'approach', false)
      p.wait(MINUTE_MS)
    }
  })

  test('are not told apart where the class of the one inside is in doubt, or the camera takes both for one kind', () => {
    const p = park({ tariffs: TWO_PRICES })
    carInside(p)
    p.arrive(BIKE_IN)
    expect(said(p.see(BIKE_IN, PLATE, 950, null, { vehicle: 'car' }))).toBe('stay-open-already')
  })

  test('nor by a second look that is of the vehicle under the arm: nobody is taken for another', () => {
    const p = park({ tariffs: TWO_PRICES })
    const car = carInside(p)
    bikeInside(p)
    p.arrive(CAR_OUT)
    expect(staysOf(p.see(CAR_OUT, PLATE))).toBe(car)
    expect(said(p.see(CAR_OUT, PLATE))).not.toBe('stay-open-already')
    expect(p.cases()).toEqual([])
  })

  test('where one alone is inside, the other at a way out is for staff, as any class that is another', () => {
    const p = park({ tariffs: TWO_PRICES })
    carInside(p)
    p.arrive(BIKE_OUT)
    expect(said(p.see(BIKE_OUT, PLATE))).toBe('class-mismatch')
  })
})
