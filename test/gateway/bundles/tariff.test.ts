import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeId, vehicleClass } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { Names, TariffSite } from '../../../core/parking/tariff.ts'
import { readTariff, readTariffs, TARIFF_CHARACTERS_MAX, TARIFF_DEPTH_MAX } from '../../../gateway/bundles/tariff.ts'
import { PROBLEMS_MAX } from '../../../gateway/tokens/bundle-fields.ts'

const SITE: TariffSite = {
  currency: VND,
  places: [{ id: placeId('lot'), parent: null }],
  vehicleClasses: [{ id: vehicleClass('car-9-seats') }],
}

const GOOD = `// What cars pay.
{
  id: 'cars',
  version: '1',
  name: { vi: 'Ô tô', en: 'Cars' },
  currency: 'VND',
  validFrom: '2018-01-01',
  validTo: null,
  places: ['lot'],
  bands: [
    { band: 'day', from: '06:00', to: '18:00' },
    { band: 'night', from: '18:00', to: '06:00' },
  ],
  rounding: { to: 1, mode: 'up' },
  graceMinutes: 15,
  rateTables: [
    {
      vehicleClasses: ['car-9-seats'],
      freeMinutes: { minutes: 0, longerStays: 'pay-from-entry' },
      rateLines: [
        {
          band: 'any',
          rate: {
            kind: 'per-hour',
            steps: [
              { fromHour: 1, toHour: 2, price: 25000 },
              { fromHour: 3, toHour: null, price: 35000 },
            ],
          },
        },
      ],
      capPerDay: null,
      capPerStay: null,
    },
  ],
  specialDays: [],
  passes: [],
}
`

/** In English, for the tests to compare; in Vietnamese it says something, and something else. */
const inBoth = ({ vi, en }: Names): string => {
  expect(vi.length).toBeGreaterThan(0)
  expect(vi).not.toBe(en)
  return en
}

const told = (text: string, site = SITE): readonly string[] => {
  const read = readTariff(text, site)
  return read.ok ? [] : read.problems.map(({ line, path, problem }) => `${line} ${path}: ${inBoth(problem)}`)
}

const changed = (...changes: readonly (readonly [string, string])[]): string =>
  changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the good tariff has no ${from}`)
    return text.replace(from, () => to)
  }, GOOD)

test('a good tariff is read, with its times as minutes of the day', () => {
  const read = readTariff(GOOD, SITE)
  expect(read).toMatchObject({
    ok: true,
    tariff: {
      id: 'cars',
      bands: [
        { band: 'day', fromMinute: 360, toMinute: 1_080 },
        { band: 'night', fromMinute: 1_080, toMinute: 360 },
      ],
    },
  })
})

test.each(readdirSync(join(import.meta.dirname, '../../../gateway/tariffs')))('%s, as shipped, is good', (file) => {
  const text = readFileSync(join(import.meta.dirname, '../../../gateway/tariffs', file), 'utf8')
  const site: TariffSite = {
    currency: VND,
    places: ['urban-lot', 'market-lot', 'dong-da-lot', 'hoan-kiem-street'].map((id) => ({
      id: placeId(id),
      parent: null,
    })),
    vehicleClasses: ['bicycle', 'motorbike', 'car-9-seats'].map((id) => ({ id: vehicleClass(id) })),
  }
  expect(told(text, site)).toEqual([])
})

describe('a fault is told with its line and its place', () => {
  test.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    [
      'five thousand that a computer takes for five',
      [['price: 25000', 'price: 25.000']],
      [
        '26 rateTables[0].rateLines[0].rate.steps[0].price: write a whole number by its digits alone, such as 5000: this is 25.000',
      ],
    ],
    [
      'a price that is written with an exponent',
      [['price: 25000', 'price: 25e3']],
      ['26 rateTables[0].rateLines[0].rate.steps[0].price: write a whole number by its digits alone'],
    ],
    [
      'a hexadecimal price',
      [['price: 25000', 'price: 0xff']],
      ['26 rateTables[0].rateLines[0].rate.steps[0].price: write a whole number by its digits alone'],
    ],
    [
      'a number that loses digits',
      [['price: 25000', 'price: 9007199254740993']],
      [
        '26 rateTables[0].rateLines[0].rate.steps[0].price: write a whole number by its digits alone',
        '26 rateTables[0].rateLines[0].rate.steps[0].price: a price is a whole number from 0 to 1000000000',
      ],
    ],
    [
      'no number at all',
      [['price: 25000', 'price: Infinity']],
      [
        '26 rateTables[0].rateLines[0].rate.steps[0].price: write a whole number by its digits alone',
        '26 rateTables[0].rateLines[0].rate.steps[0].price: Invalid input',
      ],
    ],
    [
      'a negative price',
      [['price: 25000', 'price: -25000']],
      [
        '26 rateTables[0].rateLines[0].rate.steps[0].price: a price is a whole number from 0 to 1000000000, and this is -25000',
      ],
    ],
    [
      'a price as a text',
      [['price: 25000', "price: '25000'"]],
      ['26 rateTables[0].rateLines[0].rate.steps[0].price: Invalid input'],
    ],
    [
      'a gap',
      [['fromHour: 3', 'fromHour: 4']],
      ['27 rateTables[0].rateLines[0].rate.steps[1].fromHour: hour 3 has no price'],
    ],
    [
      'an overlap of bands',
      [["to: '18:00'", "to: '19:00'"]],
      ['11 bands[0]: it overlaps the band that begins at 18:00'],
    ],
    ['a time that is none', [["to: '18:00'", "to: '18:60'"]], ['11 bands[0].to: must be a time of day such as 06:00']],
    ['an unknown class', [["['car-9-seats']", "['tank']"]], ['18 rateTables[0].vehicleClasses[0]: tank is no class']],
    ['an unknown place', [["places: ['lot']", "places: ['yard']"]], ['9 places[0]: yard is no place']],
    ['a day that is none', [['2018-01-01', '2018-02-30']], ['7 validFrom: there is no such day']],
    [
      'an unknown member',
      [['graceMinutes: 15', 'graceMinutes: 15, grace: 5']],
      ['15 grace: grace is no member of this'],
    ],
    [
      'a member named __proto__',
      [['graceMinutes: 15', 'graceMinutes: 15, "__proto__": {}']],
      ['15 __proto__: __proto__ is no member'],
    ],
    [
      'a member that is missing',
      [['  graceMinutes: 15,\n', '']],
      ['2 graceMinutes: it is missing: everything must be stated'],
    ],
    [
      'a member that stands twice',
      [['graceMinutes: 15,', 'graceMinutes: 15,\n  graceMinutes: 30,']],
      ['16 graceMinutes: graceMinutes stands there twice, first on line 15: leave one out'],
    ],
    ['no line', [["kind: 'per-hour'", "kind: 'per-mile'"]], ['24 rateTables[0].rateLines[0].rate.kind: ']],
    [
      'a name with a control character',
      [["en: 'Cars'", "en: 'Ca\\u0007rs'"]],
      ['5 name.en: must have no control characters'],
    ],
    ['what is no JSON5', [['graceMinutes: 15,', 'graceMinutes 15,']], ['15 : the file is not JSON5 at column']],
    ['a comma that is missing', [['graceMinutes: 15,', 'graceMinutes: 15']], ['16 : the file is not JSON5 at column']],
  ])('%s', (_what, changes, expected) => {
    const problems = told(changed(...changes))
    expect(problems).toHaveLength(expected.length)
    for (const [index, problem] of problems.entries()) expect(problem).toContain(expected[index])
  })

  test('all faults at once, in the order of the lines', () => {
    const text = changed(
      ["places: ['lot']", "places: ['yard']"],
      ['graceMinutes: 15', 'graceMinutes: 15, grace: 5'],
      ['fromHour: 3', 'fromHour: 4'],
      ['price: 35000', 'price: -1, price: 5, tip: 7'],
    )
    expect(told(text).map((problem) => problem.split(': ')[0])).toEqual([
      '9 places[0]',
      '15 grace',
      '27 rateTables[0].rateLines[0].rate.steps[1].price',
      '27 rateTables[0].rateLines[0].rate.steps[1].tip',
      '27 rateTables[0].rateLines[0].rate.steps[1].price',
      '27 rateTables[0].rateLines[0].rate.steps[1].fromHour',
    ])
  })

  test.each(['', '[]', '5', 'null', '{', '{a: [1,,2]}', "'cars'"])('%j is no tariff', (text) => {
    expect(told(text)).not.toEqual([])
  })
})

test('whatever is damaged in a file, it is read or told with lines, and nothing throws', () => {
  const lines = GOOD.split('\n').length
  const damage = fc.record({
    at: fc.nat(GOOD.length),
    cut: fc.nat(40),
    put: fc.oneof(
      fc.constantFrom('', ',', '{', '}', ']', 'null', '-1', '0.5', '"', "'", '\\', '/*'),
      fc.string({ maxLength: 5 }),
    ),
  })
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      const text = damages.reduce((all, { at, cut, put }) => all.slice(0, at) + put + all.slice(at + cut), GOOD)
      const read = readTariff(text, SITE)
      if (read.ok) return
      expect(read.problems.length).toBeGreaterThan(0)
      for (const { line } of read.problems) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines + 15)
      }
    }),
    { numRuns: 3_000, seed: 75 },
  )
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(readTariff(text, SITE).ok).toBe(false)
    }),
    { numRuns: 1_000, seed: 76 },
  )
})

describe('at its limit', () => {
  test('a file of so many characters is taken, and one more is not', () => {
    const filled = (length: number): string => GOOD + ' '.repeat(length - GOOD.length)
    expect(told(filled(TARIFF_CHARACTERS_MAX))).toEqual([])
    expect(told(filled(TARIFF_CHARACTERS_MAX + 1))).toEqual([
      '1 : the file is longer than 262144 characters: a tariff is not',
    ])
  })

  test('brackets in brackets are refused before they are parsed', () => {
    const nested = (depth: number): string => `\n${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(told(nested(TARIFF_DEPTH_MAX)).join()).not.toContain('nested')
    expect(told(nested(TARIFF_DEPTH_MAX + 1))).toEqual(['2 : it is nested more than 16 deep: a tariff is not'])
    expect(told(nested(100_000))).toHaveLength(1)
  })

  test('a file that is wrong from end to end is told up to a limit', () => {
    const wrong = changed(["places: ['lot']", `places: [${"'Y',".repeat(PROBLEMS_MAX * 3)}]`])
    const problems = told(wrong)
    expect(problems).toHaveLength(PROBLEMS_MAX + 1)
    expect(problems.at(-1)).toBe(`9 : and ${PROBLEMS_MAX * 2} more from here on`)
  })
})

describe('the files of a site', () => {
  test('make a book', () => {
    const later = changed(["version: '1'", "version: '2'"], ['2018-01-01', '2026-01-01'])
    const read = readTariffs(
      [
        { name: 'new.json5', text: later },
        { name: 'old.json5', text: GOOD },
      ],
      SITE,
    )
    expect(read).toMatchObject({ ok: true, book: { tariffs: [{ version: '1' }, { version: '2' }] } })
  })

  test('tell the faults of each file, by its name', () => {
    const read = readTariffs(
      [
        { name: 'a.json5', text: changed(['price: 25000', 'price: -1']) },
        { name: 'b.json5', text: '{' },
        { name: 'c.json5', text: GOOD },
      ],
      SITE,
    )
    expect(read.ok ? [] : read.problems.map(({ file, line }) => [file, line])).toEqual([
      ['a.json5', 26],
      ['b.json5', 1],
    ])
  })

  test('tell what lies between them, with the line of the later one', () => {
    const ended = changed(['validTo: null', "validTo: '2026-01-05'"])
    const later = changed(["version: '1'", "version: '2'"], ['2018-01-01', '2026-01-01'])
    const read = readTariffs(
      [
        { name: 'old.json5', text: ended },
        { name: 'new.json5', text: later },
      ],
      SITE,
    )
    expect(read.ok ? [] : read.problems).toEqual([
      {
        file: 'new.json5',
        line: 7,
        path: 'validFrom',
        problem: {
          vi: 'phiên bản 1 còn hiệu lực đến 2026-01-05: chồng nhau; bắt đầu từ 2026-01-06 hoặc cho bản kia hết ngày 2025-12-31',
          en: 'version 1 is in force until 2026-01-05: an overlap; begin on 2026-01-06 or end that one on 2025-12-31',
        },
      },
    ])
  })
})

test('what is wrong is said in both languages, with the same line: of shapes, of spellings and of prices', () => {
  const read = readTariff(
    changed(['graceMinutes: 15', 'graceMinutes: 1.5'], ["from: '06:00'", "from: '6h'"], ['mode:', 'way:']),
    SITE,
  )
  expect(read.ok ? [] : read.problems.map(({ line, problem }) => ({ line, ...problem }))).toEqual([
    { line: 11, vi: 'phải là giờ trong ngày như 06:00', en: 'must be a time of day such as 06:00' },
    expect.objectContaining({ line: 14, vi: 'còn thiếu: mọi mục đều phải ghi' }),
    expect.objectContaining({ line: 14, vi: 'ở đây không có mục way: bỏ đi, hoặc sửa tên' }),
    expect.objectContaining({ line: 15, vi: 'viết số nguyên chỉ bằng chữ số, như 5000: ở đây là 1.5' }),
  ])
})
