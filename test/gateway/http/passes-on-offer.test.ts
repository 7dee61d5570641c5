import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { laneId, merchantId, placeId, vehicleClass } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { ParkingLayout } from '../../../core/parking/place.ts'
import type { SiteLayout, SitePolicy } from '../../../core/site.ts'
import { instant } from '../../../core/time.ts'
import { localTimeText } from '../../../gateway/cli/local-time-text.ts'
import { apdsRatesSchema } from '../../../gateway/http/parking/apds.ts'
import * as rightWire from '../../../gateway/http/parking/right-schemas.ts'
import * as stayWire from '../../../gateway/http/parking/stay-schemas.ts'
import * as tariffWire from '../../../gateway/http/parking/tariff-schemas.ts'
import { runTolbooth } from '../../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../../simulators/site-kit.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import type { Ran } from '../cli/kit.ts'
import { tolbooth } from '../cli/kit.ts'
import { PARKING, PARKING_POLICY } from './fake-park.ts'

const SHIPPED = ['hanoi-two-wheels-urban', 'hanoi-two-wheels-market', 'hanoi-cars-dong-da', 'hanoi-cars-hoan-kiem']
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const BY_DAY = { weekdays: EVERY_DAY, fromMinute: 360, toMinute: 1_080 }
const ALWAYS = { weekdays: EVERY_DAY, fromMinute: 0, toMinute: 1_440 }

/** A real gateway whose places are those of decision 44/2017 of Hanoi, with its tariffs as they are shipped. */
describe('passes by the month at a real gateway with the tariffs of decision 44/2017', () => {
  const folder = temporaryFolder()
  const now = instant(Date.now())
  const issuers = createIssuers({ site: 'pass-park', currency: VND, random: randomBytes, from: instant(now - 60_000) })
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  let token = ''

  beforeAll(async () => {
    const kit = siteKit({ site: 'pass-park', stalls: 1 })
    const street = placeId('hoan-kiem-street')
    const car = vehicleClass('car-9-seats')
    const classes = [vehicleClass('bicycle'), vehicleClass('motorbike'), car]
    const lanes = (['entry', 'exit'] as const).map((direction) => ({
      id: laneId(`park-${direction}`),
      name: direction,
      direction,
      merchant: merchantId('park'),
      price: null,
      takes: ['pay', 'ticket', 'pass'] as const,
      failSafe: 'closed' as const,
    }))
    const [ofLane] = PARKING.lanes
    if (ofLane === undefined) throw new Error('no lane')
    const parking: ParkingLayout = {
      merchant: merchantId('park'),
      vehicleClasses: classes.map((id) => ({ id, vi: id, en: id })),
      places: ['urban-lot', 'market-lot', 'dong-da-lot', street].map((id) => ({
        id: placeId(id),
        name: id,
        parent: null,
        capacities: [{ vehicleClasses: classes, spaces: 10 }],
      })),
      lanes: lanes.map(({ id }) => ({
        ...ofLane,
        lane: id,
        inside: street,
        barrier: 'none' as const,
        vehicleClasses: [car],
      })),
    }
    const layout: SiteLayout = {
      ...kit.layout,
      merchants: [...kit.layout.merchants, { id: merchantId('park'), name: 'Bãi xe' }],
      lanes: [...kit.layout.lanes, ...lanes],
      parking,
    }
    const policy: SitePolicy = { ...kit.policy, parking: { ...PARKING_POLICY, bankConfirmation: 'none' } }
    const tariffs = SHIPPED.map((name) => ({
      name: `${name}.json5`,
      text: readFileSync(join(import.meta.dirname, '../../../gateway/tariffs', `${name}.json5`), 'utf8'),
    }))
    spec = await provisionSite({ dataDir: folder.path, kit: { ...kit, layout, policy, tariffs }, issuers, now })
    await runTolbooth(['keys', 'pass'], spec.environment)
    const added = await runTolbooth(['client', 'add', 'owner', '--json', '--role', 'admin'], spec.environment)
    token = z.object({ token: z.string() }).parse(JSON.parse(added)).token
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
    await gateway.start()
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    folder.remove()
  })

  const ask = async (method: string, address: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${spec.httpUrl}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID(), 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return answer.json()
  }
  const access = () => ['--url', spec.httpUrl, '--token', token]
  const run = (...args: string[]): Promise<Ran> => tolbooth(args, spec.environment)
  const readTariffs = async () => tariffWire.tariffs.parse(await ask('GET', '/v1/tariffs'))

  test('each is shown with its class, its place, what it covers and what it costs', async () => {
    const { tariffs, passes, today } = await readTariffs()
    expect(tariffs.map(({ id, isInForce }) => [id, isInForce])).toEqual(
      expect.arrayContaining(SHIPPED.map((id) => [id, true])),
    )
    expect(localTimeText(Date.now(), 'Asia/Ho_Chi_Minh')).toContain(today)
    const shown = passes.map(({ vehicleClass: of, places, covers, months, hours, price }) => ({
      ...{ of, places, covers, months, hours, price },
    }))
    const vnd = (amount: number) => ({ amount, currency: 'VND' })
    const month = { months: 1, covers: 'day-and-night', hours: [ALWAYS] }
    expect(shown).toHaveLength(5)
    expect(shown).toEqual(
      expect.arrayContaining([
        { ...month, of: 'bicycle', places: ['urban-lot'], price: vnd(70_000) },
        { ...month, of: 'motorbike', places: ['urban-lot'], price: vnd(120_000) },
        { ...month, of: 'bicycle', places: ['market-lot'], price: vnd(45_000) },
        {
          ...month,
          of: 'car-9-seats',
          places: ['hoan-kiem-street'],
          covers: 'day',
          hours: [BY_DAY],
          price: vnd(3_000_000),
        },
        { ...month, of: 'car-9-seats', places: ['hoan-kiem-street'], price: vnd(4_000_000) },
      ]),
    )
  })

  test('the export in the shape of APDS has a table for each, flat for a month, and tells it from those of stays', async () => {
    const { data } = apdsRatesSchema.parse(await ask('GET', '/v1/apds/rates'))
    const ofPasses = data.filter(({ extensions }) => extensions.pass !== undefined)
    expect(ofPasses).toHaveLength(5)
    expect(data.length, 'and those of stays').toBeGreaterThan(5)
    expect(ofPasses.find(({ id }) => id === 'hanoi-cars-hoan-kiem:pass:car-month-day:car-9-seats')).toMatchObject({
      rateTableName: [{ language: 'vi' }, { language: 'en', string: expect.stringMatching(/: Car, a month by day$/) }],
      rateLineCollections: [
        {
          applicableCurrency: 'VND',
          rateLines: [{ rateLineType: 'flatRate', value: 3_000_000, incrementPeriod: 'P1M' }],
        },
      ],
      extensions: {
        places: ['hoan-kiem-street'],
        vehicleClasses: ['car-9-seats'],
        pass: { id: 'car-month-day', months: 1, covers: 'day', hours: [BY_DAY] },
      },
    })
    const prices = ofPasses.map(({ rateLineCollections: [lines] }) => lines?.rateLines[0]?.value)
    expect(prices.toSorted((left, right) => (left ?? 0) - (right ?? 0))).toEqual([
      45_000, 70_000, 120_000, 3_000_000, 4_000_000,
    ])
  })

  test('tolbooth tariff show tells them in both languages, by the gateway and by the books that lie here', async () => {
    const told = await run('tariff', 'show', ...access())
    expect([told.status, told.err]).toEqual([0, ''])
    const text = told.out.replaceAll('\u00a0', ' ')
    expect(text).toContain('✓ Trông giữ ô tô đến 9 chỗ (12 tuyến phố quận Hoàn Kiếm): từ 2018-01-01 ')
    expect(text).toContain(
      '- Vé tháng ô tô ban ngày, 3.000.000 ₫: car-9-seats, 1 tháng, 06:00-18:00, ở hoan-kiem-street ',
    )
    expect(text).toContain(
      '  Car, a month by day and night, 4,000,000 VND: car-9-seats, 1 month, 00:00-24:00, at hoan-kiem-street ',
    )
    for (const price of ['70,000 VND', '120,000 VND', '45,000 VND']) expect(text).toContain(`, ${price}: `)
    const here = await run('tariff', 'show')
    expect(here).toEqual({ ...told, json: expect.any(Function) })
    expect((await run('tariff', 'show', '--json')).json()).toEqual(await readTariffs())
  })

  test('tolbooth pass issue --hours issues one by day: it covers those hours of the site’s day, and no others', async () => {
    const until = new Date(now + 86_400_000).toISOString()
    const issue = (id: string, ...hours: string[]) =>
      run('pass', 'issue', id, '--holder', 'Căn hộ 7B', '--until', until, ...hours, '--reason', 'x', ...access())
    const byDay = await issue('by-day', '--hours', '06:00-18:00')
    expect([byDay.status, byDay.err]).toEqual([0, ''])
    expect(byDay.out).toContain('by-day is issued, in the hours 06:00-18:00 of the site’s clock. ')
    expect(rightWire.right.parse(await ask('GET', '/v1/rights/by-day')).hours).toEqual([BY_DAY])
    for (const where of [access(), []])
      expect((await run('pass', 'show', 'by-day', ...where)).out).toContain('hours: 06:00-18:00\n')
    await issue('at-any-time')
    expect(rightWire.right.parse(await ask('GET', '/v1/rights/at-any-time')).hours).toEqual([])

    // By the clock of the site: one span around now and one that is some hours away.
    const hourNow = Number(localTimeText(Date.now(), 'Asia/Ho_Chi_Minh').slice(11, 13))
    const clock = (inHours: number) => `${String((hourNow + inHours) % 24).padStart(2, '0')}:00`
    const due: Record<string, number> = {}
    for (const [id, ...hours] of [
      ['now', '--hours', `${clock(8)}-${clock(9)}`, '--hours', `${clock(23)}-${clock(3)}`],
      ['later', '--hours', `${clock(8)}-${clock(9)},${clock(11)}-${clock(12)}`],
    ] as const) {
      expect((await issue(id, ...hours)).status).toBe(0)
      const code = rightWire.passCode.parse(await ask('POST', `/v1/rights/${id}/code`))
      await ask('POST', '/v1/scans', { place: { kind: 'lane', id: 'park-entry' }, text: code.text })
      const [stay] = stayWire.sessions.parse(await ask('GET', '/v1/sessions')).sessions
      due[id] = stayWire.quote.parse(await ask('GET', `/v1/sessions/${stay?.id}/quote`)).due.amount
    }
    expect(due).toEqual({ now: 0, later: 60_000 })
  })

  test('hours that are wrong are refused by name, and no pass is issued', async () => {
    const until = new Date(now + 86_400_000).toISOString()
    const issuing = ['pass', 'issue', 'wrong', '--holder', 'x', '--until', until, '--reason', 'x', ...access()]
    for (const hours of ['6-18', '06:00-06:00', '24:00-06:00', ',']) {
      const ran = await run(...issuing, '--hours', hours)
      expect([ran.status, ran.out], hours).toEqual([2, ''])
      expect(ran.err).toMatch(/^tolbooth: --hours /)
    }
    expect(await ask('GET', '/v1/rights/wrong')).toMatchObject({ refusal: 'right-unknown' })
  })

  test('what a pass of another version will cost is not shown before its day', async () => {
    const text = readFileSync(join(folder.path, 'hanoi-cars-hoan-kiem.json5'), 'utf8')
    const later = text
      .replace("version: '2018-01'", "version: '2999-01'")
      .replace("validFrom: '2018-01-01'", "validFrom: '2999-01-01'")
      .replace('price: 3000000', 'price: 3500000')
    writeFileSync(join(folder.path, 'later.json5'), later)
    const files = [...SHIPPED.map((name) => `${name}.json5`), 'later.json5']
    const bundle = { version: { epoch: 1, n: 2 }, issuedAt: new Date(Date.now()).toISOString(), files }
    writeFileSync(join(folder.path, 'tariffs.json'), JSON.stringify(bundle))
    await gateway.stop()
    await gateway.start()
    const { tariffs, passes } = await readTariffs()
    expect(tariffs.filter(({ isInForce }) => !isInForce)).toMatchObject([{ version: '2999-01' }])
    expect(passes.filter(({ pass }) => pass === 'car-month-day')).toMatchObject([
      { version: '2018-01', price: { amount: 3_000_000 } },
    ])
    expect((await run('tariff', 'show')).out).toContain('from 2999-01-01, not in force today')
  }, 30_000)
})
