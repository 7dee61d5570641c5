import { describe, expect, test } from 'vitest'
import { vehicleClass } from '../../../core/ids.ts'
import type { SiteLayout } from '../../../core/site.ts'
import type { LocalDay } from '../../../core/time.ts'
import { instant } from '../../../core/time.ts'
import { tariffsFor } from '../../../gateway/bundles/tariffs.ts'
import { tariffsReadiness } from '../../../gateway/wiring/tariffs-readiness.ts'
import { PARKING, parkingLayout, TARIFF_TEXT, tariffsFile } from '../../support/car-park.ts'
import { layoutOf } from '../../support/site.ts'

const TODAY = '2026-11-22' as LocalDay
const BIKE = vehicleClass('bike')

const withBikes: SiteLayout = {
  ...parkingLayout(),
  parking: {
    ...PARKING,
    vehicleClasses: [...PARKING.vehicleClasses, { id: BIKE, vi: 'Xe máy', en: 'Motorbike' }],
    places: PARKING.places.map((place) => ({
      ...place,
      capacities: [...place.capacities, { vehicleClasses: [BIKE], spaces: 9 }],
    })),
    lanes: PARKING.lanes.map((lane) => ({ ...lane, vehicleClasses: [...lane.vehicleClasses, BIKE] })),
  },
}

function ready(layout: SiteLayout, text: string, unfit: string | null = null) {
  const read = tariffsFor([{ name: 'cars.json5', text }], layout)
  return tariffsReadiness(layout, read.ok ? read.tariffs : null, unfit, TODAY)
}

describe('readiness of a car park’s tariffs', () => {
  test('is not asked for where there is no car park', () => {
    expect(tariffsReadiness(layoutOf(), null, null, TODAY)).toEqual([])
  })

  test('is there where all that the lanes let in has a price', () => {
    expect(ready(parkingLayout(), TARIFF_TEXT)).toMatchObject([{ what: 'tariffs', ok: true }])
  })

  test('is not there without any tariff, and what to do stands there in both languages', () => {
    const [item] = tariffsReadiness(parkingLayout(), null, null, TODAY)
    expect(item).toMatchObject({ what: 'tariffs', ok: false })
    expect(item?.detail.vi).toMatch(/Chưa có giá: Ô tô \(car\) ở Bãi chính\. .*tariffs\.json/)
    expect(item?.detail.en).toMatch(/Car \(car\) at Bãi chính.*tariffs\.json with a higher version, and reload/)
  })

  test('is not there where one class that a lane lets in has no price, and names it alone', () => {
    const [item] = ready(withBikes, TARIFF_TEXT)
    expect(item?.ok).toBe(false)
    expect(item?.detail.vi).toContain('Xe máy (bike)')
    expect(item?.detail.vi).not.toContain('Ô tô')
  })

  test('is not there on the day after the last, and warns in the week before', () => {
    const until = (day: string) => ready(parkingLayout(), TARIFF_TEXT.replace('validTo: null', `validTo: '${day}'`))
    expect(until('2026-11-21')).toMatchObject([{ ok: false }])
    const [soon] = until('2026-11-25')
    expect(soon?.ok).toBe(true)
    expect(soon?.detail.vi).toContain('Giá sắp hết hạn: Ô tô (car) ở Bãi chính hết ngày 2026-11-25')
    expect(soon?.detail.en).toContain('after 2026-11-25')
    expect(until('2027-06-30')[0]?.detail.en).toBe('All that the lanes let in has a tariff')
  })

  test('is not there where the tariffs in force do not fit the layout, and says the file and the line', () => {
    const unfit = tariffsFile({ epoch: 1, n: 1 }, instant(0), TARIFF_TEXT.replace("['car']", "['truck']"))
    const [item] = tariffsReadiness(parkingLayout(), null, unfit, TODAY)
    expect(item).toMatchObject({ what: 'tariffs', ok: false })
    expect(item?.detail.en).toMatch(/do not fit the layout in force \(cars\.json5, line \d+/)
    const older = tariffsReadiness(parkingLayout(), null, '{}', TODAY)
    expect(older[0]?.detail.en).toContain('this version cannot read it')
  })

  test('of many that are missing names three, and counts the others', () => {
    const classes = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id: vehicleClass(id), vi: id, en: id }))
    const ids = classes.map(({ id }) => id)
    const many: SiteLayout = {
      ...parkingLayout(),
      parking: {
        ...PARKING,
        vehicleClasses: classes,
        places: PARKING.places.map((place) => ({ ...place, capacities: [{ vehicleClasses: ids, spaces: 9 }] })),
        lanes: PARKING.lanes.map((lane) => ({ ...lane, vehicleClasses: ids })),
      },
    }
    expect(tariffsReadiness(many, null, null, TODAY)[0]?.detail.en).toContain('c (c) at Bãi chính; and 2 more')
  })

  test('is there, and warns in both languages, where holidays are stated and Tết is not among them, or none is left', () => {
    const table = /rateTables: (\[[\s\S]*?\n {2}\])/.exec(TARIFF_TEXT)?.[1] ?? ''
    const stating = (day: string) =>
      ready(
        parkingLayout(),
        TARIFF_TEXT.replace(
          /specialDays: \[\]/,
          `specialDays: [{ name: { vi: 'Lễ', en: 'Holiday' }, days: ['${day}'], weekdays: [], rateTables: ${table} }]`,
        ),
      )
    const [noTet] = stating('09-02')
    expect(noTet).toMatchObject({ what: 'tariffs', ok: true })
    expect(noTet?.detail.vi).toMatch(/Thiếu ngày lễ: \S+ chưa có Tết 2027-02-06\. .*specialDays/)
    expect(noTet?.detail.en).toMatch(/Holidays are missing: \S+ has no Tết \(2027-02-06\)\. /)
    const [over] = stating('2026-02-17')
    expect(over?.ok).toBe(true)
    expect(over?.detail.vi).toContain('không còn ngày lễ nào trong 12 tháng tới')
    expect(stating('2027-02-06')[0]?.detail.vi).toBe('Mọi loại xe vào được đều có giá')
  })
})
