import { describe, expect, test } from 'vitest'
import type { SeenVehicle } from '../../../core/parking/events.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import {
  asked,
  carInside,
  cash,
  chargeOf,
  correct,
  newest,
  overrideNow,
  PLATE,
  passNow,
  payNow,
  put,
  said,
  ticketInside,
  told,
} from './driver.ts'
import type { Park } from './park.ts'
import { BIKE_IN, CAR_IN, CAR_OUT, GATE, PARKING_LAYOUT, park, RAMP, ticketOf } from './park.ts'
import { BIKE, CAR, LOT, TWO_PRICES, table, tariff } from './tariff-kit.ts'

const BIKE_PLATE = '29B1-678.90'

/** Comes to the gate that takes both classes, read by a camera that sees which way it drives. */
function toGate(p: Park, plate: string, vehicle: SeenVehicle | null) {
  p.arrive(GATE)
  return p.seeIn(GATE, plate, vehicle === null ? {} : { vehicle })
}

/** What it was taken for, and what somebody is to look at. */
const taken = (p: Park) => [p.session(newest(p)).vehicleClass, p.cases()]

const see = (p: Park, vehicle: SeenVehicle, plate = PLATE) => p.see(CAR_OUT, plate, 950, 'out.jpg', { vehicle })

describe('a vehicle at a lane of two classes is of the class', () => {
  test.each([
    ['that the camera sees', PLATE, 'motorbike', [BIKE, []]],
    ['that the camera sees, a car', PLATE, 'car', [CAR, []]],
    ['that its plate is of, where the camera does not say', BIKE_PLATE, null, [BIKE, []]],
    ['that the camera sees, whatever its plate is of', BIKE_PLATE, 'car', [CAR, []]],
    ['that is dearer where nothing tells, and somebody is to look', PLATE, null, [CAR, ['class-unclear']]],
  ] as const)('%s', (_which, plate, vehicle, expected) => {
    const p = park({ tariffs: TWO_PRICES })
    expect(said(toGate(p, plate, vehicle))).toBe('let-through')
    expect(taken(p)).toEqual(expected)
  })

  test('that is dearer also where the lane names the cheaper one first', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [BIKE, CAR] } })
    toGate(p, PLATE, null)
    expect(taken(p)).toEqual([CAR, ['class-unclear']])
    expect(p.casesNow()).toMatchObject([{ session: newest(p), lane: GATE }])
  })

  test('that comes first where both cost the same, or nobody knows what: there is nothing to look at', () => {
    for (const p of [park(), park({ tariffs: null })]) {
      toGate(p, PLATE, null)
      expect(taken(p)).toEqual([CAR, []])
    }
  })

  test('that has a price, where the other one has none', () => {
    const p = park({ tariffs: [tariff({ rateTables: [table({ vehicleClasses: [BIKE] })] })] })
    toGate(p, PLATE, null)
    expect(taken(p)).toEqual([BIKE, ['class-unclear']])
  })

  test('that the button or the person says, and where the camera sees another somebody is to look', () => {
    const [agreed, against] = [park({ tariffs: TWO_PRICES }), park({ tariffs: TWO_PRICES })]
    for (const p of [agreed, against]) p.arrive(GATE)
    expect(said(agreed.ticket(GATE, BIKE))).toBe('let-through')
    expect(taken(agreed)).toEqual([BIKE, []])
    against.see(GATE, PLATE, 950, null, { vehicle: 'car' })
    against.ticket(GATE, BIKE)
    expect(taken(against)).toEqual([BIKE, ['class-mismatch']])
  })

  test('that its pass is for; one for both leaves it to the camera', () => {
    const p = park({ tariffs: TWO_PRICES })
    p.arrive(GATE)
    p.show(GATE, passNow('m', { vehicleClass: BIKE }))
    expect(taken(p)).toEqual([BIKE, []])
    const both = park({ tariffs: TWO_PRICES })
    put(both, 'family', [PLATE])
    toGate(both, PLATE, 'motorbike')
    expect(both.session(newest(both))).toMatchObject({ vehicleClass: BIKE, entry: { by: 'right' } })
    const shown = park({ tariffs: TWO_PRICES, lanes: { entryBy: ['pass'] } })
    put(shown, 'family', [])
    toGate(shown, PLATE, 'motorbike')
    shown.show(GATE, passNow('family'))
    expect(shown.session(newest(shown))).toMatchObject({ vehicleClass: BIKE, entry: { by: 'right' } })
  })

  test('that the camera sees, for who comes by a code and by a supervisor’s word', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { entryBy: ['token'] } })
    toGate(p, PLATE, 'motorbike')
    expect(said(p.show(GATE, payNow(p, 'a')))).toBe('let-through')
    expect(taken(p)).toEqual([BIKE, []])
    const q = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    q.arrive(CAR_IN)
    q.show(CAR_IN, overrideNow(q, 'o'))
    expect(taken(q)).toEqual([CAR, ['class-unclear']])
  })
})

test('a motorbike at a lane for cars alone is taken for a car, and somebody is to look', () => {
  const p = park({ tariffs: TWO_PRICES })
  p.arrive(CAR_IN)
  p.see(CAR_IN, PLATE, 950, null, { vehicle: 'motorbike' })
  expect(taken(p)).toEqual([CAR, ['class-mismatch']])
  expect(said(p.take({ kind: 'ticket-asked', lane: BIKE_IN, vehicleClass: CAR }))).toBe('class-not-here')
})

test('of classes that no camera names, what it sees says nothing', () => {
  const plain = PARKING_LAYOUT.vehicleClasses.map(({ id, vi, en }) => ({ id, vi, en }))
  const p = park({ tariffs: TWO_PRICES, vehicleClasses: plain })
  toGate(p, PLATE, 'motorbike')
  expect(taken(p)).toEqual([CAR, ['class-unclear']])
  const [car, bike] = PARKING_LAYOUT.vehicleClasses
  if (car === undefined || bike === undefined) throw new Error('no classes')
  const half = park({ tariffs: TWO_PRICES, vehicleClasses: [{ id: CAR, vi: car.vi, en: car.en }, bike] })
  toGate(half, PLATE, 'car')
  expect(taken(half), 'it is not the one that cameras name').toEqual([CAR, []])
})

describe('at an exit', () => {
  test('a motorbike’s ticket at a lane for cars is a case with both pictures, and no price of a motorbike', () => {
    const p = park({ tariffs: TWO_PRICES })
    p.arrive(GATE)
    p.ticket(GATE, BIKE)
    p.drive(GATE)
    const id = newest(p)
    p.arrive(CAR_OUT)
    const refused = p.show(CAR_OUT, p.ticketOf(id))
    expect(said(refused)).toBe('class-mismatch')
    expect(told(refused)).toContain('call-staff')
    expect(p.session(id)).toMatchObject({ status: 'inside', charge: null })
    expect(p.casesNow()).toMatchObject([{ kind: 'class-mismatch', lane: CAR_OUT, session: id }])
    expect(said(p.show(CAR_OUT, payNow(p, 'a'))), 'nor does a payment let it out').toBe('stay-not-found')
    p.show(CAR_OUT, p.ticketOf(id))
    expect(p.cases(), 'one case, however often').toEqual(['class-mismatch'])
    correct(p, id, { kind: 'class', vehicleClass: CAR })
    expect(p.cases()).toEqual([])
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([1, 0])
    expect(asked(p.show(CAR_OUT, p.ticketOf(id))).due).toEqual(vnd(25_000))
  })

  test('a motorbike’s stay, and a camera that sees a car: also where the camera says so after the ticket', () => {
    const before = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    const after = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    for (const p of [before, after]) {
      p.arrive(CAR_IN)
      p.ticket(CAR_IN, BIKE)
      p.drive(CAR_IN)
      p.wait(HOUR_MS)
      p.arrive(CAR_OUT)
    }
    see(before, 'car')
    expect(said(before.show(CAR_OUT, before.ticketOf(newest(before))))).toBe('class-mismatch')
    expect(asked(after.show(CAR_OUT, after.ticketOf(newest(after)))).due).toEqual(vnd(5_000))
    expect(said(see(after, 'car'))).toBe('class-mismatch')
    expect(after.lane(CAR_OUT).visit).toMatchObject({ session: null, asked: null })
    cash(after, chargeOf(after, newest(after)), 5_000)
    expect(after.session(newest(after)).status, 'what was paid elsewhere does not let it out').toBe('inside')
    for (const p of [before, after])
      expect(p.casesNow().at(-1)).toMatchObject({ kind: 'class-mismatch', session: newest(p), status: 'open' })
  })

  test('staff who look and choose the stay are not asked again, also when the camera says it once more', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    p.arrive(CAR_IN)
    p.ticket(CAR_IN, BIKE)
    p.drive(CAR_IN)
    const id = newest(p)
    p.arrive(CAR_OUT)
    see(p, 'car')
    p.show(CAR_OUT, p.ticketOf(id))
    expect(said(p.choose(CAR_OUT, id, 'a motorbike with a sidecar'))).toBe('amount-asked')
    expect(p.cases()).toEqual([])
    p.wait(4 * SECOND_MS)
    see(p, 'car')
    expect(p.lane(CAR_OUT).visit?.asked).not.toBeNull()
    expect(p.cases()).toEqual([])
  })

  test('the camera answers what nobody knew at the entry: the cheaper class is asked, and counted', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    const id = carInside(p)
    expect(taken(p)).toEqual([CAR, ['class-unclear']])
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(asked(see(p, 'motorbike')).due).toEqual(vnd(5_000))
    expect(p.session(id).vehicleClass).toBe(BIKE)
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([0, 1])
    expect(p.cases()).toEqual([])
    p.show(CAR_OUT, payNow(p, 'a'))
    p.drive(CAR_OUT)
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([0, 0])
  })

  test('the camera that says only after the plate what it sees answers it too: the display and cash go by the cheaper class', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    const id = carInside(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(asked(p.see(CAR_OUT, PLATE)).due).toEqual(vnd(25_000))
    expect(asked(see(p, 'motorbike')).due).toEqual(vnd(5_000))
    expect(p.session(id).vehicleClass).toBe(BIKE)
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([0, 1])
    expect(p.cases()).toEqual([])
    cash(p, chargeOf(p, id), 5_000)
    expect(p.session(id).status).toBe('leaving')
    p.drive(CAR_OUT)
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([0, 0])
  })

  test('and says nothing to who was asked, once an emergency holds the arm up', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    carInside(p)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    asked(p.see(CAR_OUT, PLATE))
    p.take({ kind: 'emergency', active: true, device: null })
    expect(told(see(p, 'motorbike'))).toEqual([])
  })

  test('the camera confirms what nobody knew at the entry, or says nothing of it: the dearer class is asked', () => {
    const [sees, blind] = [1, 2].map(() => park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } }))
    if (sees === undefined || blind === undefined) throw new Error('no car parks')
    for (const p of [sees, blind]) {
      carInside(p)
      p.wait(HOUR_MS)
      p.arrive(CAR_OUT)
    }
    expect(asked(see(sees, 'car')).due).toEqual(vnd(25_000))
    expect(sees.cases()).toEqual([])
    expect(asked(blind.see(CAR_OUT, PLATE)).due).toEqual(vnd(25_000))
    expect(blind.cases()).toEqual(['class-unclear'])
  })

  test('a stay that the loops have not seen inside yet counts once, of the class that the camera finds', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [CAR, BIKE] } })
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    p.wait(MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(said(see(p, 'motorbike'))).toBe('amount-asked')
    expect([p.count(LOT, CAR), p.count(LOT, BIKE)]).toEqual([0, 1])
  })

  test('a ticket that these books do not know, and that names no class, is of the dearer one, and a case', () => {
    const p = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [BIKE, CAR] } })
    const other = park()
    const unknown = ticketOf(other.session(ticketInside(other)))
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    p.show(CAR_OUT, unknown)
    expect(taken(p)).toEqual([CAR, ['class-unclear']])
    const named = park({ tariffs: TWO_PRICES, lanes: { vehicleClasses: [BIKE, CAR] } })
    named.wait(HOUR_MS)
    named.arrive(CAR_OUT)
    expect(asked(named.show(CAR_OUT, { ...unknown, vehicleClass: BIKE })).due).toEqual(vnd(5_000))
    expect(taken(named)).toEqual([BIKE, []])
  })

  test('a class that is said again by hand answers the case', () => {
    const p = park({ tariffs: TWO_PRICES })
    toGate(p, PLATE, null)
    correct(p, newest(p), { kind: 'class', vehicleClass: CAR })
    expect(p.cases()).toEqual([])
  })
})

test('between two places a class goes only by lanes that take it, and only to where it may stand', () => {
  for (const lanes of [{}, { vehicleClasses: [CAR, BIKE] }]) {
    const p = park({ tariffs: TWO_PRICES, lanes })
    p.arrive(GATE)
    p.ticket(GATE, BIKE)
    p.drive(GATE)
    p.arrive(RAMP)
    expect(said(p.show(RAMP, p.ticketOf(newest(p))))).toBe('class-not-here')
  }
})
