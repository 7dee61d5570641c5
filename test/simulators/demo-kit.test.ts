import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { driverNamed } from '../../devices/registry.ts'
import { createBundles } from '../../gateway/bundles/bundles.ts'
import { readTariff, readTariffs } from '../../gateway/bundles/tariff.ts'
import { demoKit } from '../../simulators/demo-kit.ts'
import { layoutFile, NOON, policyFile } from '../support/site.ts'

const KIT = demoKit({ site: 'demo', stalls: 3 })
const FIRST = { epoch: 1, n: 1 }

describe('the kit of the demo', () => {
  test('is a market and a car park that a gateway takes, with devices whose drivers exist', () => {
    const { readers } = createBundles([])
    expect(readers.layout(layoutFile(KIT.layout, FIRST, NOON)).parking).not.toBeNull()
    expect(readers.policy(policyFile(KIT.policy, FIRST, NOON)).parking?.bankConfirmation).toBe('expected')
    expect(KIT.layout.stalls).toHaveLength(3)
    expect(new Set(KIT.devices.map(({ id }) => id)).size).toBe(KIT.devices.length)
    const places = new Set<string>([...KIT.layout.stalls, ...KIT.layout.lanes].map(({ id }) => id))
    for (const { driver, place } of KIT.devices) {
      expect(driverNamed(driver)).toBeDefined()
      if (place?.kind !== 'site') expect(places).toContain(place?.id)
    }
  })

  test('pays merchants that are in it, and has an account for transfers to the car park', () => {
    const merchants = new Map(KIT.layout.merchants.map((merchant) => [merchant.id, merchant]))
    for (const { merchant } of [...KIT.layout.stalls, ...KIT.layout.lanes]) expect(merchants.has(merchant)).toBe(true)
    const merchant = KIT.layout.parking?.merchant
    expect(merchant === undefined ? undefined : merchants.get(merchant)?.account).toBeDefined()
  })

  test('prices every class that a lane lets in, motorbikes by the tariff that is shipped', () => {
    const { parking, currency } = KIT.layout
    if (parking === null) throw new Error('the kit has no car park')
    const read = readTariffs(KIT.tariffs, { currency, ...parking })
    expect(read.ok ? [] : read.problems).toEqual([])
    const priced = new Set<string>(
      KIT.tariffs.flatMap(({ text }) => {
        const tariff = readTariff(text, { currency, ...parking })
        return tariff.ok ? tariff.tariff.rateTables.flatMap(({ vehicleClasses }) => vehicleClasses) : []
      }),
    )
    for (const { vehicleClasses } of parking.lanes) for (const each of vehicleClasses) expect(priced).toContain(each)
    const shipped = readFileSync(
      join(import.meta.dirname, '../../gateway/tariffs/hanoi-two-wheels-urban.json5'),
      'utf8',
    )
    const [motorbikes] = KIT.tariffs
    expect(motorbikes?.text.replace("['lot']", "['urban-lot']")).toBe(shipped)
  })

  test('takes for a begun minute of a car what Hoàn Kiếm takes for two begun hours', () => {
    const shipped = readFileSync(join(import.meta.dirname, '../../gateway/tariffs/hanoi-cars-hoan-kiem.json5'), 'utf8')
    const [, minutes, price] = /kind: 'per-block', minutes: (\d+), price: (\d+), first: null/.exec(shipped) ?? []
    expect(minutes).toBe('120')
    expect(KIT.tariffs[1]?.text).toContain(`kind: 'per-block', minutes: 1, price: ${price}, first: null`)
    expect(KIT.tariffs[1]?.text).toContain("freeMinutes: { minutes: 0, longerStays: 'pay-from-entry' }")
  })
})
