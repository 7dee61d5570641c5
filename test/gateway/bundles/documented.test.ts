import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import json5 from 'json5'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createBundles } from '../../../gateway/bundles/bundles.ts'
import { readTariff } from '../../../gateway/bundles/tariff.ts'
import { tariffSiteOf } from '../../../gateway/bundles/try-tariff.ts'

const docs = join(import.meta.dirname, '../../../docs')
const operations = readFileSync(join(docs, 'operations.md'), 'utf8')
const anObject = z.record(z.string(), z.unknown())
const file = (name: string) => readFileSync(join(docs, 'examples/car-park', name), 'utf8')

/** What stands in a block of that section of docs/operations.md, in the order of the blocks. */
function shownUnder(title: string): readonly z.output<typeof anObject>[] {
  const [, section = ''] = operations.split(`\n## ${title}\n`)
  const [own = ''] = section.split('\n## ')
  return [...own.matchAll(/```json5\n([\s\S]*?)```/g)].map(([, text = '']) => anObject.parse(json5.parse(text)))
}

describe('what docs/operations.md shows of the files of a car park', () => {
  const exampleLayout = z
    .looseObject({
      layout: z.looseObject({ parking: z.looseObject({ lanes: z.array(z.looseObject({ lane: z.string() })) }) }),
    })
    .parse(JSON.parse(file('layout.json')))
  const { layout } = exampleLayout
  const [ofLayout, ofLane, ofPolicy, ...none] = shownUnder('What else the files can say')

  test('is taken in a layout beside what the example has, and says what is written of it', async () => {
    expect(none).toEqual([])
    const [first, ...others] = layout.parking.lanes
    const text = JSON.stringify({
      ...exampleLayout,
      layout: { ...layout, ...ofLayout, parking: { ...layout.parking, lanes: [{ ...first, ...ofLane }, ...others] } },
    })
    const bundles = createBundles([])
    expect(await bundles.read('layout', text)).toMatchObject({ ok: true })
    const read = bundles.readers.layout(text)
    expect(read.merchants.map(({ account }) => account?.bankBin)).toEqual(['970436', undefined])
    expect(read.stalls).toMatchObject([{ id: 'quay-1', feeBasisPoints: 250 }])
    expect(read.parking?.lanes[0]?.cameras).toEqual([
      { device: 'in-1-camera', forward: 'in', reverse: 'out', unsaid: null },
    ])
    const devices = z.array(z.looseObject({ id: z.string() })).parse(JSON.parse(file('devices.json')))
    expect(
      devices.map(({ id }) => id),
      'the camera is one of the example',
    ).toContain('in-1-camera')
  })

  test('is taken in a policy beside what the example has', async () => {
    const example = z
      .looseObject({ policy: z.looseObject({ parking: anObject }) })
      .parse(JSON.parse(file('policy.json')))
    const parking = { ...example.policy.parking, ...ofPolicy }
    const text = JSON.stringify({ ...example, policy: { ...example.policy, parking } })
    const bundles = createBundles([])
    expect(await bundles.read('policy', text)).toMatchObject({ ok: true })
    expect(bundles.readers.policy(text).parking?.validations).toEqual([
      { merchant: 'nha-hang', minutesMax: 120, amountMax: 50_000, basisPointsMax: 5_000, dayMax: 200 },
    ])
  })

  test('of holidays is taken in the example’s tariff', () => {
    const [holidays] = shownUnder('Holidays')
    const tariff = { ...anObject.parse(json5.parse(file('cars.json5'))), ...holidays }
    const site = tariffSiteOf(createBundles([]).readers.layout(JSON.stringify(exampleLayout)))
    if (site === null) throw new Error('the example has a car park')
    const read = readTariff(JSON.stringify(tariff), site)
    expect(read.ok ? read.tariff.specialDays.map(({ days }) => days[0]) : read.problems).toEqual(['2027-02-06'])
  })
})
