import { describe, expect, test } from 'vitest'
import { placeId, vehicleClass } from '../../../core/ids.ts'
import type { CurrencyCode } from '../../../core/money.ts'
import type { Names, PassPrice, Rate, SpecialDays, Tariff } from '../../../core/parking/tariff.ts'
import {
  BANDS_MAX,
  BLOCK_MINUTES_MAX,
  DAYS_OF_ONE_MAX,
  GRACE_MINUTES_MAX,
  HOUR_MAX,
  PASS_MONTHS_MAX,
  PASSES_MAX,
  PRICE_MAX,
  RATE_TABLES_MAX,
  ROUNDING_MAX,
  SPECIAL_DAYS_MAX,
  STEPS_MAX,
  TABLE_CLASSES_MAX,
  TARIFF_PLACES_MAX,
  tariffId,
} from '../../../core/parking/tariff.ts'
import { createTariffBook, ratesOn, TARIFFS_MAX } from '../../../core/parking/tariff-book.ts'
import { checkTariff, checkTariffSet } from '../../../core/parking/tariff-check.ts'
import { dayNumber, localDayOf } from '../../../core/parking/zone-time.ts'
import {
  anyTime,
  BIKE,
  CAR,
  charging,
  day,
  LOT,
  PER_BLOCK,
  PER_HOUR,
  PER_VISIT,
  SITE,
  table,
  tariff,
} from './tariff-kit.ts'

/** In English, for the tests to compare; in Vietnamese it says something, and something else. */
const inBoth = ({ vi, en }: Names): string => {
  expect(vi.length).toBeGreaterThan(0)
  expect(vi).not.toBe(en)
  return en
}

const problemsOf = (one: Tariff): readonly string[] =>
  checkTariff(one, SITE).map(({ path, problem }) => `${path.join('.')}: ${inBoth(problem)}`)

const many = <Item>(count: number, make: (index: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_none, index) => make(index))

const hours = (...steps: readonly (readonly [number, number | null, number])[]): Tariff =>
  charging({ kind: 'per-hour', steps: steps.map(([fromHour, toHour, price]) => ({ fromHour, toHour, price })) })

const bands = (...of: readonly (readonly ['day' | 'night', number, number])[]): Tariff =>
  tariff({ bands: of.map(([band, fromMinute, toMinute]) => ({ band, fromMinute, toMinute })) })

const lines = (...of: readonly ['any' | 'day' | 'night', ...('any' | 'day' | 'night')[]]): Tariff => {
  const [first, ...rest] = of
  const line = (band: 'any' | 'day' | 'night') => ({ band, rate: PER_BLOCK })
  return tariff({ rateTables: [table({ rateLines: [line(first), ...rest.map(line)] })] })
}

const special = (over: Partial<SpecialDays> = {}): SpecialDays => ({
  name: { vi: 'Lễ', en: 'Holiday' },
  days: ['01-01'],
  weekdays: [],
  rateTables: [table()],
  ...over,
})

const pass = (over: Partial<PassPrice> = {}): PassPrice => ({
  id: 'month',
  name: { vi: 'Tháng', en: 'Month' },
  vehicleClasses: [CAR],
  months: 1,
  covers: 'day',
  price: 1_000_000,
  ...over,
})

test.each<[string, Tariff]>([
  ['by the hour', tariff()],
  ['by the visit', charging(PER_VISIT)],
  ['by the block, without bands', { ...charging(PER_BLOCK), bands: [] }],
  ['by day and by night', lines('day', 'night')],
  ['by day, where it is always day', { ...lines('day'), bands: [{ band: 'day', fromMinute: 0, toMinute: 1_440 }] }],
  ['with four bands', bands(['day', 0, 300], ['night', 300, 600], ['day', 600, 900], ['night', 900, 1_440])],
  ['with one band from six to six', bands(['day', 360, 360])],
  ['with caps of a single price', charging(PER_BLOCK, { capPerDay: 60_000, capPerStay: 60_000 })],
  ['with special days and passes', tariff({ specialDays: [special({ weekdays: [7] })], passes: [pass()] })],
  ['of 0, where that was meant', charging({ kind: 'flat', price: 0 })],
  ['that falls from step to step', hours([1, 1, 30_000], [2, null, 10_000])],
])('a tariff %s is good', (_what, one) => {
  expect(problemsOf(one)).toEqual([])
})

describe('a tariff with', () => {
  test.each<[string, Tariff, string]>([
    ['another currency', tariff({ currency: 'USD' as CurrencyCode }), 'currency: the site reckons in VND'],
    ['no currency', tariff({ currency: 'dong' as CurrencyCode }), 'currency: the site reckons in VND'],
    ['a first day that is none', tariff({ validFrom: day('2027-02-29') }), 'validFrom: there is no such day'],
    ['a last day that is none', tariff({ validTo: day('2027-02-30') }), 'validTo: there is no such day'],
    [
      'an end before its beginning',
      tariff({ validTo: day('2017-12-31') }),
      'validTo: it ends before it begins on 2018-01-01',
    ],
    [
      'a place of another site',
      tariff({ places: [placeId('elsewhere')] }),
      'places.0: elsewhere is no place of this site; it has lot, level-1',
    ],
    ['no place', tariff({ places: [] }), 'places: it is empty'],
    [
      'a class that nobody declared',
      charging(PER_BLOCK, { vehicleClasses: [vehicleClass('tank')] }),
      'rateTables.0.vehicleClasses.0: tank is no class of vehicle of this site',
    ],
    [
      'a table without a class',
      charging(PER_BLOCK, { vehicleClasses: [] }),
      'rateTables.0.vehicleClasses: it is empty',
    ],
    ['no table', tariff({ rateTables: [] }), 'rateTables: it is empty'],
    [
      'a class in two tables',
      tariff({ rateTables: [table(), table()] }),
      'rateTables.1.vehicleClasses.0: car-9-seats stands in two places',
    ],
    [
      'a gap between bands',
      bands(['day', 360, 1_080], ['night', 1_140, 360]),
      'bands.0: from 18:00 to 19:00 it is neither day nor night: close the gap',
    ],
    [
      'a gap over midnight',
      bands(['day', 360, 1_080], ['night', 1_080, 1_380]),
      'bands.1: from 23:00 to 06:00 it is neither',
    ],
    ['a band alone that is no whole day', bands(['day', 360, 1_080]), 'bands.0: from 18:00 to 06:00 it is neither'],
    [
      'bands that overlap',
      bands(['day', 360, 1_140], ['night', 1_080, 360]),
      'bands.0: it overlaps the band that begins at 18:00: end it there',
    ],
    [
      'bands that overlap over midnight',
      bands(['day', 360, 1_080], ['night', 1_080, 420]),
      'bands.1: it overlaps the band that begins at 06:00',
    ],
    [
      'two bands from one time',
      bands(['day', 360, 1_080], ['night', 360, 1_080]),
      'bands.0: it overlaps the band that begins at 06:00',
    ],
    ['a band beyond the day', bands(['day', 360, 1_500]), 'bands.0: a band runs from 00:00 to 24:00 at most'],
    ['a band from a part of a minute', bands(['day', 0.5, 1_440]), 'bands.0: a band runs from 00:00 to 24:00 at most'],
    ['a band from before the day', bands(['day', -1, 1_440]), 'bands.0: a band runs from 00:00 to 24:00 at most'],
    [
      'a rounding to 0',
      tariff({ rounding: { to: 0, mode: 'up' } }),
      'rounding.to: a rounding is a whole number from 1',
    ],
    ['a grace below 0', tariff({ graceMinutes: -1 }), 'graceMinutes: a number of minutes is a whole number from 0'],
    [
      'a negative price',
      charging({ kind: 'flat', price: -1 }),
      'rateTables.0.rateLines.0.rate.price: a price is a whole number from 0 to 1000000000, and this is -1',
    ],
    [
      'a fraction',
      charging({ kind: 'flat', price: 0.5 }),
      'rateTables.0.rateLines.0.rate.price: a price is a whole number',
    ],
    [
      'a price that is no number',
      charging({ kind: 'flat', price: Number.NaN }),
      'rateTables.0.rateLines.0.rate.price: a price is a whole number',
    ],
    [
      'a negative price of the night',
      charging({ ...visit(), night: -1 }),
      'rateTables.0.rateLines.0.rate.night: a price is a whole number',
    ],
    [
      'a visit by both that is cheaper than one',
      charging({ ...visit(), dayAndNight: 7_000 }),
      'rateTables.0.rateLines.0.rate.dayAndNight: it is below the day or the night alone',
    ],
    [
      'visits by day alone',
      tariff({
        rateTables: [
          table({
            rateLines: [
              { band: 'day', rate: PER_VISIT },
              { band: 'night', rate: PER_BLOCK },
            ],
          }),
        ],
      }),
      'rateTables.0.rateLines.0.band: a price per visit is for any time',
    ],
    [
      'visits and no bands',
      { ...charging(PER_VISIT), bands: [] },
      'rateTables.0.rateLines.0.rate: a price per visit needs the hours of day and night',
    ],
    [
      'visits and no night',
      { ...charging(PER_VISIT), bands: [{ band: 'day', fromMinute: 0, toMinute: 1_440 }] },
      'rateTables.0.rateLines.0.rate: a price per visit needs',
    ],
    ['no line for the night', lines('day'), 'rateTables.0.rateLines: a gap: there is no line for the night'],
    [
      'two lines for the day',
      lines('day', 'day'),
      'rateTables.0.rateLines.1.band: there are two lines for day: an overlap',
    ],
    [
      'a line for any time beside another',
      lines('any', 'day'),
      'rateTables.0.rateLines.0.band: a line for any time overlaps the others',
    ],
    [
      'a line for a band that it has not',
      { ...lines('day', 'night'), bands: [] },
      'rateTables.0.rateLines.0.band: the tariff has no day among its bands',
    ],
    [
      'steps that do not begin at the first hour',
      hours([2, null, 5]),
      'rateTables.0.rateLines.0.rate.steps.0.fromHour: hour 1 has no price',
    ],
    [
      'a gap between steps',
      hours([1, 2, 5], [4, null, 6]),
      'rateTables.0.rateLines.0.rate.steps.1.fromHour: hour 3 has no price: close the gap',
    ],
    [
      'steps that overlap',
      hours([1, 2, 5], [2, null, 6]),
      'rateTables.0.rateLines.0.rate.steps.1.fromHour: hour 2 has its price already, or the step is out of order',
    ],
    [
      'a step out of order',
      hours([3, 4, 5], [1, 2, 5], [5, null, 6]),
      'rateTables.0.rateLines.0.rate.steps.1.fromHour: hour 1 has its price already, or the step is out of order',
    ],
    [
      'a step that ends before it begins',
      hours([1, 0, 5], [1, null, 5]),
      'rateTables.0.rateLines.0.rate.steps.0.toHour: the step ends before it begins',
    ],
    ['steps that end', hours([1, 4, 5]), 'rateTables.0.rateLines.0.rate.steps.0.toHour: no price follows'],
    [
      'a step after the last',
      hours([1, null, 5], [2, null, 6]),
      'rateTables.0.rateLines.0.rate.steps.0.toHour: only the last step is for all hours that follow',
    ],
    ['no steps', hours(), 'rateTables.0.rateLines.0.rate.steps: it is empty'],
    [
      'a step with a fraction',
      hours([1, null, 5.5]),
      'rateTables.0.rateLines.0.rate.steps.0.price: a price is a whole number',
    ],
    [
      'a block of no minutes',
      charging({ kind: 'per-block', minutes: 0, price: 5, first: null }),
      'rateTables.0.rateLines.0.rate.minutes: a number of minutes is a whole number from 1',
    ],
    [
      'a first block of no minutes',
      charging({ kind: 'per-block', minutes: 5, price: 5, first: { minutes: 0, price: 5 } }),
      'rateTables.0.rateLines.0.rate.first.minutes: a number of minutes is a whole number from 1',
    ],
    [
      'a first block below 0',
      charging({ kind: 'per-block', minutes: 5, price: 5, first: { minutes: 5, price: -5 } }),
      'rateTables.0.rateLines.0.rate.first.price: a price',
    ],
    [
      'free minutes below 0',
      charging(PER_BLOCK, { freeMinutes: { minutes: -5, longerStays: 'pay-from-then' } }),
      'rateTables.0.freeMinutes.minutes: a number of minutes',
    ],
    [
      'a cap below a single price',
      charging(PER_HOUR, { capPerDay: 40_000 }),
      'rateTables.0.capPerDay: it is below a single price of 45000',
    ],
    [
      'a cap below a first block',
      charging({ kind: 'per-block', minutes: 5, price: 5, first: { minutes: 5, price: 900 } }, { capPerStay: 800 }),
      'rateTables.0.capPerStay: it is below a single price of 900',
    ],
    [
      'a cap of a stay below that of a day',
      charging(PER_BLOCK, { capPerDay: 200_000, capPerStay: 100_000 }),
      'rateTables.0.capPerStay: it is below the cap of a day',
    ],
    [
      'a cap that rounding would go beyond',
      { ...charging(PER_BLOCK, { capPerDay: 60_500 }), rounding: { to: 1_000, mode: 'up' } },
      'rateTables.0.capPerDay: it is no multiple of 1000',
    ],
    [
      'a cap that is a fraction',
      charging(PER_BLOCK, { capPerDay: 60_000.5 }),
      'rateTables.0.capPerDay: an amount is a whole number',
    ],
    ['special days for no day', tariff({ specialDays: [special({ days: [] })] }), 'specialDays.0: it is for no day'],
    [
      'a special day that is none',
      tariff({ specialDays: [special({ days: ['2027-02-29'] })] }),
      'specialDays.0.days.0: there is no such day',
    ],
    [
      'a yearly day that is none',
      tariff({ specialDays: [special({ days: ['02-30'] })] }),
      'specialDays.0.days.0: there is no such day',
    ],
    [
      'a day in two lists',
      tariff({ specialDays: [special(), special()] }),
      'specialDays.1.days.0: 01-01 stands there already, under specialDays 0',
    ],
    [
      'a weekday in two lists',
      tariff({ specialDays: [special({ weekdays: [6] }), special({ days: [], weekdays: [6] })] }),
      'specialDays.1.weekdays.0: weekday 6 stands there already',
    ],
    [
      'an eighth weekday',
      tariff({ specialDays: [special({ weekdays: [8] })] }),
      'specialDays.0.weekdays.0: a weekday (Monday is 1) is a whole number from 1 to 7',
    ],
    [
      'a special day without prices',
      tariff({ specialDays: [special({ rateTables: [] })] }),
      'specialDays.0.rateTables: it is empty',
    ],
    [
      'a special day with a bad price',
      tariff({ specialDays: [special({ rateTables: [table({ rateLines: anyTime({ kind: 'flat', price: -5 }) })] })] }),
      'specialDays.0.rateTables.0.rateLines.0.rate.price: a price',
    ],
    [
      'a class that has special days alone',
      tariff({ specialDays: [special({ rateTables: [table({ vehicleClasses: [BIKE] })] })] }),
      'specialDays.0.rateTables.0.vehicleClasses: motorbike has no table for usual days',
    ],
    ['two passes of one id', tariff({ passes: [pass(), pass()] }), 'passes.1.id: month stands there twice'],
    ['a pass for no class', tariff({ passes: [pass({ vehicleClasses: [] })] }), 'passes.0.vehicleClasses: it is empty'],
    [
      'a pass for a strange class',
      tariff({ passes: [pass({ vehicleClasses: [vehicleClass('tank')] })] }),
      'passes.0.vehicleClasses.0: tank is no class',
    ],
    ['a pass for no month', tariff({ passes: [pass({ months: 0 })] }), 'passes.0.months: a number of months'],
    ['a pass below 0', tariff({ passes: [pass({ price: -1 })] }), 'passes.0.price: a price'],
    [
      'a pass by day and no day',
      { ...charging(PER_BLOCK), bands: [], passes: [pass()] },
      'passes.0.covers: the tariff has no day among its bands',
    ],
  ])('%s says so, and where', (_what, one, expected) => {
    expect(problemsOf(one).join('\n')).toContain(expected)
  })

  test('a place twice, or one of a large site that it has not, says so in few words', () => {
    expect(problemsOf(tariff({ places: [LOT, LOT] }))).toEqual(['places.1: lot stands there twice'])
    const site = { ...SITE, places: many(20, (index) => ({ id: placeId(`p-${index}`), parent: null })) }
    expect(checkTariff(tariff(), site)[0]?.problem.en).toBe(
      'lot is no place of this site; it has p-0, p-1, p-2, p-3, p-4, p-5, p-6, p-7 and more',
    )
  })

  test('several faults tells them all at once', () => {
    const bad = tariff({
      validFrom: day('2018-13-01'),
      graceMinutes: -1,
      rateTables: [table({ rateLines: anyTime({ kind: 'flat', price: -1 }), capPerDay: -5 })],
    })
    expect(problemsOf(bad)).toHaveLength(5)
  })
})

describe('at its limit', () => {
  const classes = (count: number) => many(count, (index) => vehicleClass(`class-${index}`))
  const passes = (count: number) => many(count, (index) => pass({ id: `pass-${index}` }))
  const ofDays = (count: number) => many(count, (index) => localDayOf(dayNumber('2030-01-01') + index))
  const oneStep = (count: number): Rate => ({
    kind: 'per-hour',
    steps: many(count, (index) => ({ fromHour: index + 1, toHour: index + 1 === count ? null : index + 1, price: 5 })),
  })

  test.each<[string, (over: number) => Tariff]>([
    ['the price', (over) => charging({ kind: 'flat', price: PRICE_MAX + over })],
    ['the rounding', (over) => tariff({ rounding: { to: ROUNDING_MAX + over, mode: 'up' } })],
    ['the grace', (over) => tariff({ graceMinutes: GRACE_MINUTES_MAX + over })],
    ['a block', (over) => charging({ kind: 'per-block', minutes: BLOCK_MINUTES_MAX + over, price: 5, first: null })],
    ['the hour of a step', (over) => hours([1, HOUR_MAX - 1 + over, 5], [HOUR_MAX + over, null, 5])],
    ['steps', (over) => charging(oneStep(STEPS_MAX + over))],
    ['months of a pass', (over) => tariff({ passes: [pass({ months: PASS_MONTHS_MAX + over })] })],
    ['passes', (over) => tariff({ passes: passes(PASSES_MAX + over) })],
    ['days of one list', (over) => tariff({ specialDays: [special({ days: ofDays(DAYS_OF_ONE_MAX + over) })] })],
    [
      'special days',
      (over) => tariff({ specialDays: ofDays(SPECIAL_DAYS_MAX + over).map((on) => special({ days: [on] })) }),
    ],
    ['bands', (over) => bands(...evenBands(BANDS_MAX + over))],
  ])('%s is taken, and one more is not', (_what, make) => {
    expect(problemsOf(make(0))).toEqual([])
    expect(problemsOf(make(1))).toHaveLength(1)
  })

  test.each<[string, number, (count: number) => Tariff]>([
    ['places', TARIFF_PLACES_MAX, (count) => tariff({ places: many(count, (index) => placeId(`p-${index}`)) })],
    ['classes of a table', TABLE_CLASSES_MAX, (count) => charging(PER_BLOCK, { vehicleClasses: classes(count) })],
    [
      'tables',
      RATE_TABLES_MAX,
      (count) => tariff({ rateTables: classes(count).map((id) => table({ vehicleClasses: [id] })) }),
    ],
  ])('the number of %s is taken, and one more is not', (_what, max, make) => {
    const site = {
      ...SITE,
      places: [...SITE.places, ...many(max + 1, (index) => ({ id: placeId(`p-${index}`), parent: null }))],
      vehicleClasses: [...SITE.vehicleClasses, ...classes(max + 1).map((id) => ({ id }))],
    }
    expect(checkTariff(make(max), site)).toEqual([])
    expect(checkTariff(make(max + 1), site)).toHaveLength(1)
  })

  test('a third line is one too many', () => {
    expect(problemsOf(lines('day', 'night', 'day')).join()).toContain('there are 3, and at most 2 are taken')
  })
})

describe('the versions of a site', () => {
  const version = (
    name: string,
    validFrom: string,
    validTo: string | null = null,
    over: Partial<Tariff> = {},
  ): Tariff =>
    tariff({ version: name, validFrom: day(validFrom), validTo: validTo === null ? null : day(validTo), ...over })

  const setProblems = (...tariffs: readonly Tariff[]): readonly string[] =>
    checkTariffSet(tariffs).map(({ tariff: index, path, problem }) => `${index} ${path.join('.')}: ${inBoth(problem)}`)

  test('may follow one another without an end, and in any order', () => {
    expect(setProblems(version('2', '2026-01-01'), version('1', '2018-01-01'))).toEqual([])
    expect(setProblems(version('1', '2018-01-01', '2025-12-31'), version('2', '2026-01-01'))).toEqual([])
  })

  test.each<[string, readonly Tariff[], string]>([
    [
      'overlap',
      [version('1', '2018-01-01', '2026-01-01'), version('2', '2026-01-01')],
      '1 validFrom: version 1 is in force until 2026-01-01: an overlap; begin on 2026-01-02 or end that one on 2025-12-31',
    ],
    [
      'leave a gap',
      [version('1', '2018-01-01', '2025-12-30'), version('2', '2026-01-01')],
      '1 validFrom: from 2025-12-31 to 2025-12-31 no version of cars is in force: close the gap',
    ],
    [
      'begin on one day',
      [version('1', '2018-01-01'), version('2', '2018-01-01')],
      '1 validFrom: version 1 begins on the same day',
    ],
    [
      'have one name',
      [version('1', '2018-01-01'), version('1', '2026-01-01')],
      '1 version: version 1 of cars stands there twice',
    ],
    [
      'are of two tariffs for one class',
      [version('1', '2018-01-01'), version('1', '2026-01-01', null, { id: tariffId('others') })],
      '1 places: cars 1 has prices for the same class at the same place on the same days',
    ],
  ])('that %s are told', (_what, tariffs, expected) => {
    expect(setProblems(...tariffs).join('\n')).toContain(expected)
    expect(createTariffBook(tariffs, SITE)).toMatchObject({ ok: false })
  })

  test.each<[string, Tariff]>([
    ['other days', version('1', '2026-01-01', null, { id: tariffId('others') })],
    [
      'other places',
      version('1', '2019-01-01', '2025-12-31', { id: tariffId('others'), places: [placeId('level-1')] }),
    ],
    [
      'other classes',
      version('1', '2019-01-01', '2025-12-31', {
        id: tariffId('others'),
        rateTables: [table({ vehicleClasses: [BIKE] })],
      }),
    ],
  ])('of two tariffs may be for %s', (_what, other) => {
    expect(setProblems(version('1', '2018-01-01', '2025-12-31'), other)).toEqual([])
  })

  test('that end and are not followed, or have not begun, leave their days without rates', () => {
    const book = createTariffBook([version('1', '2018-01-01', '2025-12-31')], SITE)
    if (!book.ok) throw new Error('a good tariff was refused')
    const versions = book.book.rates.get(LOT)?.get(CAR)
    expect(ratesOn(versions, dayNumber('2025-12-31'))?.tariff.version).toBe('1')
    expect(ratesOn(versions, dayNumber('2026-01-01'))).toBeUndefined()
    expect(ratesOn(versions, dayNumber('2017-12-31'))).toBeUndefined()
  })

  test('are taken up to the limit, and each problem names the version', () => {
    const versions = (count: number): readonly Tariff[] =>
      many(count, (index) => version(String(index), localDayOf(dayNumber('2018-01-01') + index)))
    expect(createTariffBook(versions(TARIFFS_MAX), SITE)).toMatchObject({ ok: true })
    expect(createTariffBook(versions(TARIFFS_MAX + 1), SITE)).toMatchObject({
      problems: [{ tariff: TARIFFS_MAX, path: [], problem: { en: `at most ${TARIFFS_MAX} versions are taken` } }],
    })
    expect(createTariffBook([tariff(), hours()], SITE)).toMatchObject({ problems: [{ tariff: 1 }] })
  })

  test('end a search for prices around a place where places run in a circle, or out of the site', () => {
    const [a, b, c] = [placeId('a'), placeId('b'), placeId('c')]
    const site = {
      ...SITE,
      places: [...SITE.places, { id: a, parent: b }, { id: b, parent: a }, { id: c, parent: placeId('gone') }],
    }
    const book = createTariffBook([tariff()], site)
    if (!book.ok) throw new Error('a good tariff was refused')
    expect(book.book.rates.get(a)?.size).toBe(0)
    expect(book.book.rates.get(c)?.size).toBe(0)
  })
})

test.each(['', 'Two Words', 'a'.repeat(64), '-a'])('%j is no id of a tariff', (text) => {
  expect(() => tariffId(text)).toThrow('tariff id must be')
})

function visit(): Extract<Rate, { kind: 'per-visit' }> {
  return { kind: 'per-visit', day: 5_000, night: 8_000, dayAndNight: 12_000 }
}

function evenBands(count: number): readonly (readonly ['day' | 'night', number, number])[] {
  return many(count, (index) => [
    index % 2 === 0 ? 'day' : 'night',
    index * 100,
    index + 1 === count ? 1_440 : (index + 1) * 100,
  ])
}
