import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { RightId, SessionId } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import { vnd } from '../../core/kit.ts'
import { BAKERY, CAR, carPark, LOT, PARK_IN, PARKING, RIGHT } from '../../db/car-park.ts'
import { LAYOUT } from '../../db/kit.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { daysAgo, environmentOf, marketIn, tolbooth } from './kit.ts'

const folders: { remove(): void }[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

function site(): { readonly path: string; readonly environment: Readonly<Record<string, string>> } {
  const folder = temporaryFolder()
  folders.push(folder)
  return { path: folder.path, environment: environmentOf(folder.path) }
}

/** A site's layout and one of the shipped tariffs, for its lot. */
function withTariff(change: (text: string) => string = (text) => text) {
  const { path, environment } = site()
  const layout = {
    version: { epoch: 1, n: 1 },
    issuedAt: '2026-11-01T00:00:00Z',
    layout: {
      ...LAYOUT,
      currency: VND,
      parking: {
        ...PARKING,
        lanes: [{ ...PARKING.lanes[0], lane: LAYOUT.lanes[0]?.id }],
        merchant: LAYOUT.merchants[0]?.id,
      },
    },
  }
  writeFileSync(join(path, 'layout.json'), JSON.stringify(layout))
  const shipped = readFileSync(join(import.meta.dirname, '../../../gateway/tariffs/hanoi-cars-dong-da.json5'), 'utf8')
  const file = join(path, 'cars.json5')
  const text = shipped
    .replace(/places: \[[^\]]*\]/, `places: ['${LOT}']`)
    .replace(/vehicleClasses: \[[^\]]*\]/g, `vehicleClasses: ['${CAR}']`)
  writeFileSync(file, change(text))
  return { file, environment }
}

describe('tolbooth tariff', () => {
  test('check says that a file is right, by its name and first day', async () => {
    const { file, environment } = withTariff()
    const ran = await tolbooth(['tariff', 'check', file], environment)
    expect([ran.status, ran.err]).toEqual([0, ''])
    expect(ran.out).toContain('2018-01-01')
  })

  test('check names every problem with its line, and ends with 1', async () => {
    const { file, environment } = withTariff((text) => text.replace('graceMinutes', 'graceMinute').replace(CAR, 'tank'))
    const ran = await tolbooth(['tariff', 'check', file], environment)
    expect(ran.status).toBe(1)
    expect(ran.out.match(/line \d+/g)?.length).toBeGreaterThanOrEqual(2)
    expect(ran.out.match(/dòng \d+/g), 'each in Vietnamese too').toHaveLength(ran.out.match(/line \d+/g)?.length ?? 0)
  })

  test('try says what a car from 07:30 to 19:10 pays, line by line, in both languages', async () => {
    const { file, environment } = withTariff()
    const asked = ['--class', CAR, '--from', '2026-11-22T07:30', '--until', '2026-11-22T19:10']
    const ran = await tolbooth(['tariff', 'try', file, ...asked], environment)
    expect(ran.status).toBe(0)
    // Twelve begun hours: 2 × 25.000, 2 × 35.000, 8 × 45.000.
    expect(ran.out.replaceAll('\u00a0', ' ')).toContain('480.000 ₫')
    expect(ran.out).toContain('Total: 480,000 VND')
    const json = await tolbooth(['tariff', 'try', file, ...asked, '--json'], environment)
    expect(json.json()).toMatchObject({ ok: true, total: { amount: 480_000, currency: 'VND' } })
  })

  test.each([
    [
      'a class that the site has not',
      ['--class', 'tank', '--from', '2026-11-22T07:30', '--until', '2026-11-22T19:10'],
      1,
    ],
    ['an end before the beginning', ['--class', CAR, '--from', '2026-11-22T19:10', '--until', '2026-11-22T07:30'], 1],
    ['another spelling of the time', ['--class', CAR, '--from', '07:30', '--until', '2026-11-22T19:10'], 2],
    ['no class', ['--from', '2026-11-22T07:30', '--until', '2026-11-22T19:10'], 2],
  ])('try with %s has no price', async (_what, asked, status) => {
    const { file, environment } = withTariff()
    const ran = await tolbooth(['tariff', 'try', file, ...asked], environment)
    expect(ran.status).toBe(status)
    expect(ran.out).not.toContain('✓')
  })

  test('a layout that cannot be read is named, with what to do', async () => {
    const { file, environment } = withTariff()
    const ran = await tolbooth(['tariff', 'check', file, '--layout', '/nowhere/layout.json'], environment)
    expect(ran.status).toBe(2)
    expect(ran.err).toContain('--layout')
  })
})

describe('the car park of docs/examples', () => {
  test('is set up as docs/operations.md says: its files are right, its devices are enrolled, its tariff has a price', async () => {
    const { path, environment } = site()
    cpSync(join(import.meta.dirname, '../../../docs/examples/car-park'), path, { recursive: true })
    const here = { ...environment, TOLBOOTH_SITE: 'car-park-1' }
    expect((await tolbooth(['keys'], here)).status).toBe(0)
    const enrolled = await tolbooth(['device', 'add', '--from', join(path, 'devices.json'), '--json'], here)
    expect([enrolled.status, enrolled.err]).toEqual([0, ''])
    expect(enrolled.json()).toHaveLength(22)
    const findings = (await tolbooth(['doctor', '--json'], here)).json() as readonly { state: string; what: string }[]
    const wrong = findings.filter(({ state, what }) => state !== 'good' && what !== 'clock' && what !== 'disk')
    expect(wrong).toEqual([])
    const cars = readFileSync(join(path, 'cars.json5'), 'utf8')
    const table = /rateTables: (\[[\s\S]*?\n {2}\])/.exec(cars)?.[1] ?? ''
    const passed = `specialDays: [{ name: { vi: 'Lễ', en: 'Holiday' }, days: ['2020-09-02'], weekdays: [], rateTables: ${table} }]`
    writeFileSync(join(path, 'cars.json5'), cars.replace('specialDays: []', passed))
    const warned = (await tolbooth(['doctor', '--json'], here)).json() as readonly {
      state: string
      vi: string
      en: string
    }[]
    expect(
      warned
        .filter(({ state }) => state === 'warn')
        .map(({ vi }) => vi)
        .join(),
    ).toContain('cars không còn ngày lễ nào')
    writeFileSync(join(path, 'cars.json5'), cars)
    const stay = ['--class', 'car', '--from', '2026-11-22T07:30', '--until', '2026-11-22T19:10']
    const tried = await tolbooth(['tariff', 'try', join(path, 'cars.json5'), ...stay], here)
    expect(tried.out).toContain('Total: 300,000 VND')
    const ofBike = ['--class', 'motorbike', '--from', '2026-11-22T07:30', '--until', '2026-11-22T19:10']
    const triedBike = await tolbooth(['tariff', 'try', join(path, 'motorbikes.json5'), ...ofBike], here)
    expect(triedBike.out).toContain('Total: 12,000 VND')
  })
})

describe('tolbooth session', () => {
  test('list and show tell of the stays that are open, and name no plate', async () => {
    const { path, environment } = site()
    const market = marketIn(path, daysAgo(1))
    const park = carPark(market, daysAgo(1))
    park.enter('30A-123.45')
    market.books.close()

    const listed = await tolbooth(['session', 'list'], environment)
    expect([listed.status, listed.err]).toEqual([0, ''])
    const id = /\S+:s\d+/.exec(listed.out)?.[0] ?? ''
    expect(listed.out).toContain(LOT)
    expect(listed.out, 'whose time it is').toContain('by the time of Asia/Ho_Chi_Minh\n')
    expect(listed.out).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2} \+07:00 {2}/m)
    const shown = await tolbooth(['session', 'show', id], environment)
    expect(shown.out).toMatch(new RegExp(`in by ${PARK_IN} at \\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2} \\+07:00\n`))
    expect((await tolbooth(['session', 'show', id, '--json'], environment)).json()).toMatchObject({
      id,
      status: 'inside',
    })
    const [listedVi, shownVi] = [
      await tolbooth(['session', 'list', '--lang', 'vi'], environment),
      await tolbooth(['session', 'show', id, '--lang', 'vi'], environment),
    ]
    expect(listedVi.out).toContain('vào lúc, theo giờ Asia/Ho_Chi_Minh\n')
    expect(listedVi.out).toMatch(new RegExp(`${id} +trong bãi`))
    expect(shownVi.out).toContain(`trong bãi từ `)
    expect(shownVi.out).toContain(`ở ${LOT}, vào qua ${PARK_IN} lúc `)
    expect((await tolbooth(['session', 'show', id, '--lang', 'fr'], environment)).status).toBe(2)
    for (const { out } of [listed, shown, listedVi, shownVi]) expect(out).not.toMatch(/30A|12345/)
    expect((await tolbooth(['session', 'list', '--lane', 'park-out', '--json'], environment)).json()).toEqual([])
  })

  test('list says that it has stopped, and goes on where it did', async () => {
    const { path, environment } = site()
    const market = marketIn(path, daysAgo(1))
    const park = carPark(market, daysAgo(1))
    park.enter('30A-123.45')
    park.enter('29C-777.77')
    market.books.close()
    const first = await tolbooth(['session', 'list', '--limit', '1'], environment)
    const after = /--after (\S+),/.exec(first.err)?.[1] ?? ''
    expect(first.err).toContain('these are not all')
    const second = await tolbooth(['session', 'list', '--limit', '1', '--after', after], environment)
    expect([second.status, second.err]).toEqual([0, ''])
    const ids = [first, second].map(({ out }) => /\S+:s\d+/.exec(out)?.[0])
    expect(new Set(ids).size).toBe(2)
  })

  test.each([
    [['session', 'list', '--after', 'there'], '--after'],
    [['session', 'show', 'box-1:1:999:s0'], 'no stay'],
    [['session', 'list', '--limit', 'many'], '--limit'],
    [['session', 'list', '--place', 'No Such'], '--place'],
  ])('%j is told what is wrong', async (args, said) => {
    const { path, environment } = site()
    marketIn(path, daysAgo(1)).books.close()
    const ran = await tolbooth(args, environment)
    expect([ran.status, ran.err.includes(said)]).toEqual([2, true])
  })
})

describe('tolbooth report validations', () => {
  test('says what staff took off stays and the site bears: who, when, of which stay, what, and why', async () => {
    const { path, environment } = site()
    const market = marketIn(path, daysAgo(2))
    const park = carPark(market, daysAgo(2))
    park.enter('30A-123.45')
    const session = (market.open.db.$client.prepare('SELECT id FROM session').get() as { id: SessionId }).id
    const validation = { ...RIGHT, kind: 'validation' as const, session }
    for (const over of [{ reason: 'khách quen' }, { merchant: BAKERY }])
      expect(
        park.commit(
          {
            kind: 'right-put',
            right: {
              ...validation,
              id: `v-${Object.keys(over)}` as RightId,
              relief: { kind: 'amount', amount: vnd(5_000) },
            },
            plates: [],
            isNew: true,
            ...over,
          },
          { person: true },
        ),
      ).toMatchObject({ outcome: { ok: true } })
    market.books.close()
    const told = async (...more: readonly string[]) => {
      const { status, out } = await tolbooth(['report', 'validations', ...more], environment)
      expect(status).toBe(0)
      return out.trimEnd().split('\n')
    }
    const lines = await told()
    expect(lines[0]).toMatch(/1 given .* bakery$/)
    expect(lines.slice(-2)).toEqual([
      'borne by the site: 1 given',
      expect.stringMatching(
        new RegExp(
          `^\\d{4}-.*  gate-1  taken off a stay, and borne by no merchant  ${session}  – → 5000 VND  khách quen$`,
        ),
      ),
    ])
    expect(await told('--to', '2000-01-01')).toEqual(['no merchant has validated a stay'])
    const json = (await tolbooth(['report', 'validations', '--json'], environment)).json()
    expect(json).toMatchObject({
      merchants: [{ merchant: BAKERY, given: 1 }],
      own: [{ of: session, reason: 'khách quen' }],
    })
  })
})
