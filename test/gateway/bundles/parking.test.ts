import { describe, expect, test } from 'vitest'
import type { ParkingLayout } from '../../../core/parking/place.ts'
import type { SiteLayout } from '../../../core/site.ts'
import { DAY_MS } from '../../../core/time.ts'
import { createBundles } from '../../../gateway/bundles/bundles.ts'
import { PLACE_DEPTH_MAX, QUOTE_HOLD_MIN_MS } from '../../../gateway/bundles/parking.ts'
import {
  PARKING,
  PARKING_POLICY,
  parkingLayout,
  parkingPolicy,
  TARIFF_TEXT,
  tariffsFile,
} from '../../support/car-park.ts'
import { layoutFile, layoutOf, NOON, policyFile, policyOf } from '../../support/site.ts'

const FIRST = { epoch: 1, n: 1 }
const [LOT] = PARKING.places
const [ENTRY] = PARKING.lanes

async function problemsOf(parking: unknown): Promise<string> {
  const layout = { ...parkingLayout(), parking } as SiteLayout
  const read = await createBundles([]).read('layout', layoutFile(layout, FIRST, NOON))
  return read.ok ? '' : read.problems.join('\n')
}

const nested = (depth: number) =>
  Array.from({ length: depth }, (_, index) => ({
    ...LOT,
    id: index === 0 ? 'lot' : `level-${index}`,
    parent: index === 0 ? null : index === 1 ? 'lot' : `level-${index - 1}`,
  }))

describe('the car park of a layout', () => {
  test('is read as it stands, and a layout of before says that there is none', async () => {
    const { readers } = createBundles([])
    expect(readers.layout(layoutFile(parkingLayout(), FIRST, NOON)).parking).toEqual(PARKING)
    expect(readers.policy(policyFile(parkingPolicy(), FIRST, NOON)).parking).toEqual(PARKING_POLICY)
    const { parking: _none, ...before } = layoutOf()
    const { parking: _neither, ...dared } = policyOf()
    expect(readers.layout(layoutFile(before as SiteLayout, FIRST, NOON)).parking).toBeNull()
    expect(readers.policy(policyFile(dared as ReturnType<typeof policyOf>, FIRST, NOON)).parking).toBeNull()
  })

  test('may nest its places so deep', async () => {
    expect(await problemsOf({ ...PARKING, places: nested(PLACE_DEPTH_MAX) })).toBe('')
  })

  test.each([
    [9_999, true],
    [10_000, false],
  ])('lets a merchant take off so great a share of a stay: %i of 10,000 (%s)', async (basisPointsMax, isTaken) => {
    const allowance = { merchant: 'bakery', minutesMax: 0, amountMax: 0, basisPointsMax, dayMax: 1 }
    const policy = { ...policyOf(), parking: { ...PARKING_POLICY, validations: [allowance] } } as never
    const read = await createBundles([]).read('policy', policyFile(policy, FIRST, NOON))
    expect(read.ok).toBe(isTaken)
  })

  const faults: readonly (readonly [string, unknown, RegExp])[] = [
    ['a place that stands there twice', { ...PARKING, places: [LOT, LOT] }, /parking\.places: lot stands there twice/],
    [
      'a place in one that is none',
      { ...PARKING, places: [{ ...LOT, parent: 'x' }] },
      /places\[0\]\.parent: x is no place/,
    ],
    ['a ring of places', { ...PARKING, places: [{ ...LOT, parent: 'lot' }] }, /lies around itself/],
    ['places nested too deep', { ...PARKING, places: nested(PLACE_DEPTH_MAX + 1) }, /more than 8 places deep/],
    [
      'a class that is none',
      { ...PARKING, places: [{ ...LOT, capacities: [{ vehicleClasses: ['bus'], spaces: 1 }] }] },
      /bus is no class of this layout/,
    ],
    [
      'two capacities for one class',
      {
        ...PARKING,
        places: [
          {
            ...LOT,
            capacities: [
              { vehicleClasses: ['car'], spaces: 1 },
              { vehicleClasses: ['car'], spaces: 2 },
            ],
          },
        ],
      },
      /car has two capacities/,
    ],
    ['a lane that is none', { ...PARKING, lanes: [{ ...ENTRY, lane: 'x' }] }, /lanes\[0\]\.lane: x is no lane/],
    ['a lane twice', { ...PARKING, lanes: [ENTRY, ENTRY] }, /lane-in stands there twice/],
    ['a lane into nowhere', { ...PARKING, lanes: [{ ...ENTRY, inside: 'x' }] }, /lanes\[0\]\.inside: x is no place/],
    ['a lane that leads nowhere', { ...PARKING, lanes: [{ ...ENTRY, outside: 'lot' }] }, /into the same place/],
    ['a merchant that is none', { ...PARKING, merchant: 'x' }, /parking\.merchant: x is no merchant/],
    [
      'a negative capacity',
      { ...PARKING, places: [{ ...LOT, capacities: [{ vehicleClasses: ['car'], spaces: -1 }] }] },
      /spaces/,
    ],
    ['a member nobody knows', { ...PARKING, colour: 'blue' }, /colour/],
  ]
  test.each(faults)('with %s is refused by name', async (_what, parking, problem) => {
    expect(await problemsOf(parking)).toMatch(problem)
  })

  /** What came after policies without it were in force. */
  const USUAL: Readonly<Record<string, unknown>> = {
    cashNoteMax: 500_000,
    cashOverMax: 2_000_000,
    creditMoveMax: 5_000_000,
    transferWithinMs: DAY_MS,
    bankConfirmation: 'none',
    unpaidAfterMs: 180_000,
    bankAwayAfterMs: 600_000,
    paidStayMs: DAY_MS,
  }

  test('needs every limit of its policy', async () => {
    for (const limit of Object.keys(PARKING_POLICY).filter((name) => name !== 'lateEvidenceAgeMaxMs')) {
      const { [limit]: _left, ...rest } = PARKING_POLICY as unknown as Record<string, unknown>
      const policy = { ...policyOf(), parking: rest } as unknown as ReturnType<typeof policyOf>
      const read = await createBundles([]).read('policy', policyFile(policy, FIRST, NOON))
      if (Object.hasOwn(USUAL, limit)) {
        const parking = read.ok ? createBundles([]).readers.policy(read.bundle.content).parking : null
        expect(parking, limit).toMatchObject({ [limit]: USUAL[limit] })
        continue
      }
      expect(read.ok ? '' : read.problems.join('\n'), limit).toMatch(new RegExp(`parking\\.${limit}`))
    }
  })

  test.each([
    [QUOTE_HOLD_MIN_MS, true],
    [QUOTE_HOLD_MIN_MS - 1, false],
  ])('with an amount that holds for %i ms is taken: %s', async (quoteHoldMs, isTaken) => {
    const policy = policyOf({ parking: { ...PARKING_POLICY, quoteHoldMs } })
    const read = await createBundles([]).read('policy', policyFile(policy, FIRST, NOON))
    expect(read.ok ? [] : read.problems).toEqual(isTaken ? [] : [expect.stringMatching(/parking\.quoteHoldMs/)])
    expect(QUOTE_HOLD_MIN_MS).toBe(30_000)
  })

  test.each([
    ['unpaidAfterMs', 30_000, true],
    ['unpaidAfterMs', 29_999, false],
    ['unpaidAfterMs', 3_600_000, true],
    ['unpaidAfterMs', 3_600_001, false],
    ['bankAwayAfterMs', 60_000, true],
    ['bankAwayAfterMs', 59_999, false],
    ['bankAwayAfterMs', 86_400_000, true],
    ['bankAwayAfterMs', 86_400_001, false],
  ] as const)('whose %s is %i is taken: %s', async (limit, ms, isTaken) => {
    const policy = policyOf({ parking: { ...PARKING_POLICY, [limit]: ms } })
    const read = await createBundles([]).read('policy', policyFile(policy, FIRST, NOON))
    expect(read.ok ? [] : read.problems).toEqual(
      isTaken ? [] : [expect.stringMatching(new RegExp(`parking\\.${limit}`))],
    )
  })

  test.each([1_000, QUOTE_HOLD_MIN_MS - 1])(
    'that was in force when an amount could be held for %i ms is read, and holds it for as long as one must',
    async (quoteHoldMs) => {
      const bundles = createBundles([])
      const content = policyFile(policyOf({ parking: { ...PARKING_POLICY, quoteHoldMs } }), FIRST, NOON)
      expect(await bundles.read('policy', content, null, 'in-force')).toMatchObject({ ok: true })
      expect(bundles.readers.policy(content).parking?.quoteHoldMs).toBe(QUOTE_HOLD_MIN_MS)
    },
  )

  test('takes a policy of before late evidence: what is a week old is handed in, and no older', async () => {
    const { lateEvidenceAgeMaxMs: _limit, ...before } = PARKING_POLICY
    const policy = { ...policyOf(), parking: before } as unknown as ReturnType<typeof policyOf>
    const bundles = createBundles([])
    const read = await bundles.read('policy', policyFile(policy, FIRST, NOON))
    if (!read.ok) throw new Error(read.problems.join('\n'))
    expect(bundles.readers.policy(read.bundle.content).parking?.lateEvidenceAgeMaxMs).toBe(7 * DAY_MS)
  })
})

describe('the tariffs of a car park', () => {
  test('are read against the layout, and made ready to quote by', async () => {
    const bundles = createBundles([])
    const content = tariffsFile(FIRST, NOON)
    expect(await bundles.read('tariffs', content, parkingLayout())).toMatchObject({
      ok: true,
      bundle: { kind: 'tariffs' },
    })
    const made = bundles.readers.tariffs(content, parkingLayout())
    expect(made?.book.tariffs.map((tariff) => tariff.id)).toEqual(['cars'])
    expect(made?.zone.zone).toBe('Asia/Ho_Chi_Minh')
  })

  const refused: readonly (readonly [string, string, SiteLayout | null, RegExp])[] = [
    ['no layout', tariffsFile(FIRST, NOON), null, /no layout yet/],
    ['a layout without a car park', tariffsFile(FIRST, NOON), layoutOf(), /no car park/],
    [
      'a price that is negative, by its file and line',
      tariffsFile(FIRST, NOON, TARIFF_TEXT.replace('price: 25000', 'price: -1')),
      parkingLayout(),
      /^cars\.json5, line 16, .*price/,
    ],
    [
      'a place that is none',
      tariffsFile(FIRST, NOON, TARIFF_TEXT.replace("places: ['lot']", "places: ['roof']")),
      parkingLayout(),
      /cars\.json5, line 8/,
    ],
    [
      'a file in another folder',
      tariffsFile(FIRST, NOON).replace('cars.json5', '../cars.json5'),
      parkingLayout(),
      /file name/,
    ],
  ]
  test.each(refused)('with %s are refused', async (_what, content, layout, problem) => {
    const read = await createBundles([]).read('tariffs', content, layout)
    expect(read.ok ? '' : read.problems.join('\n')).toMatch(problem)
  })

  test('that no longer fit the layout are in force for nothing: nothing can be quoted', () => {
    const { readers } = createBundles([])
    const other: ParkingLayout = {
      ...PARKING,
      places: PARKING.places.map((place) => ({ ...place, id: 'roof' as never })),
    }
    expect(readers.tariffs(tariffsFile(FIRST, NOON), { ...parkingLayout(), parking: other })).toBeNull()
  })
})
