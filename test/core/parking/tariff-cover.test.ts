import { describe, expect, test } from 'vitest'
import type { PlaceId, VehicleClass } from '../../../core/ids.ts'
import { laneId, merchantId, placeId } from '../../../core/ids.ts'
import type { ParkingLayout } from '../../../core/parking/place.ts'
import type { Tariff } from '../../../core/parking/tariff.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import type { TariffBook } from '../../../core/parking/tariff-book.ts'
import { createTariffBook } from '../../../core/parking/tariff-book.ts'
import { classesWithoutTariff, TARIFF_ENDS_SOON_DAYS, tariffGaps } from '../../../core/parking/tariff-cover.ts'
import type { Lane } from '../../../core/site.ts'
import { BIKE, CAR, day, LEVEL, LOT, SITE, table, tariff } from './tariff-kit.ts'

const TODAY = day('2026-11-22')
const OTHER = placeId('elsewhere')

type LaneSpec = {
  readonly direction: Lane['direction']
  readonly inside: PlaceId
  readonly outside?: PlaceId
  readonly classes?: readonly VehicleClass[]
}

function site(...specs: readonly LaneSpec[]): { readonly lanes: readonly Lane[]; readonly parking: ParkingLayout } {
  const ids = specs.map((_, index) => laneId(`lane-${index}`))
  return {
    lanes: specs.map(({ direction }, index) => ({
      id: ids[index] ?? laneId('none'),
      name: 'Làn',
      direction,
      merchant: merchantId('park'),
      price: null,
      takes: [],
      failSafe: 'closed',
    })),
    parking: {
      vehicleClasses: [CAR, BIKE].map((id) => ({ id, vi: id, en: id })),
      places: [LOT, LEVEL, OTHER].map((id) => ({
        id,
        name: id,
        parent: id === LEVEL ? LOT : null,
        capacities: [{ vehicleClasses: id === OTHER ? [CAR] : [CAR, BIKE], spaces: 5 }],
      })),
      lanes: specs.map(({ inside, outside = null, classes = [CAR] }, index) => ({
        lane: ids[index] ?? laneId('none'),
        inside,
        outside,
        vehicleClasses: classes,
        entryBy: ['ticket'],
        barrier: 'arm',
        plateConfidenceMinPermille: 800,
        unpaid: 'wait',
        isFullRefused: true,
      })),
      merchant: merchantId('park'),
    },
  }
}

function book(...tariffs: readonly Tariff[]): TariffBook {
  const made = createTariffBook(tariffs, SITE)
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  return made.book
}

const CARS = tariff({ rateTables: [table()] })

describe('what the lanes let in', () => {
  test('has no gap where it has a price, also by the place around it', () => {
    const layout = site({ direction: 'entry', inside: LOT }, { direction: 'entry', inside: LEVEL, outside: LOT })
    expect(tariffGaps(layout, book(CARS), TODAY)).toEqual([])
  })

  test.each<[string, LaneSpec, readonly (readonly [PlaceId, VehicleClass])[]]>([
    [
      'an entry lets in',
      { direction: 'entry', inside: LOT, classes: [CAR, BIKE] },
      [
        [LOT, CAR],
        [LOT, BIKE],
      ],
    ],
    ['an exit into the street lets nothing in', { direction: 'exit', inside: LOT }, []],
    [
      'an exit of a place within another leads into that',
      { direction: 'exit', inside: LEVEL, outside: LOT },
      [[LOT, CAR]],
    ],
    [
      'a lane of both ways lets in here and there',
      { direction: 'both', inside: LEVEL, outside: LOT },
      [
        [LOT, CAR],
        [LEVEL, CAR],
      ],
    ],
    [
      'a class that may not stand there is not let in',
      { direction: 'entry', inside: OTHER, classes: [CAR, BIKE] },
      [[OTHER, CAR]],
    ],
  ])('%s, and without tariffs each is a gap', (_what, spec, expected) => {
    expect(tariffGaps(site(spec), null, TODAY)).toEqual(
      expected.map(([place, vehicleClassOf]) => ({ kind: 'none', place, vehicleClass: vehicleClassOf })),
    )
  })

  test('is one gap for two lanes into the same place', () => {
    const entry: LaneSpec = { direction: 'entry', inside: LOT }
    expect(tariffGaps(site(entry, entry), null, TODAY)).toHaveLength(1)
  })

  test('of a lane that the site does not have is asked for all the same', () => {
    const layout = site({ direction: 'entry', inside: LOT })
    expect(tariffGaps({ ...layout, lanes: [] }, null, TODAY)).toHaveLength(1)
  })

  test('is none where there is no car park', () => {
    expect(tariffGaps({ lanes: [], parking: null }, null, TODAY)).toEqual([])
  })

  const entry = site({ direction: 'entry', inside: LOT })

  test.each([
    ['yesterday', '2026-11-21', [{ kind: 'none', place: LOT, vehicleClass: CAR }]],
    ['today', '2026-11-22', [{ kind: 'ends', place: LOT, vehicleClass: CAR, lastDay: '2026-11-22' }]],
    ['in six days', '2026-11-28', [{ kind: 'ends', place: LOT, vehicleClass: CAR, lastDay: '2026-11-28' }]],
    ['in a week', '2026-11-29', []],
  ])('whose last day is %s is said as it is', (_when, validTo, expected) => {
    expect(TARIFF_ENDS_SOON_DAYS).toBe(7)
    expect(tariffGaps(entry, book({ ...CARS, validTo: day(validTo) }), TODAY)).toEqual(expected)
  })

  test('has no gap where the next version follows at once, and one where a day lies between', () => {
    const next = (from: string) => tariff({ id: tariffId('next'), validFrom: day(from) })
    const ending = tariff({ validTo: day('2026-11-24') })
    expect(tariffGaps(entry, book(ending, next('2026-11-25')), TODAY)).toEqual([])
    expect(tariffGaps(entry, book(ending, next('2026-11-26')), TODAY)).toMatchObject([{ lastDay: '2026-11-24' }])
  })

  test('that begins tomorrow is none today', () => {
    expect(tariffGaps(entry, book(tariff({ validFrom: day('2026-11-23') })), TODAY)).toMatchObject([{ kind: 'none' }])
  })
})

test('a class that no tariff prices is named', () => {
  const { parking } = site({ direction: 'entry', inside: LOT })
  expect(classesWithoutTariff(parking, book(CARS))).toEqual([BIKE])
  expect(classesWithoutTariff({ ...parking, vehicleClasses: [] }, book(CARS))).toEqual([])
})
