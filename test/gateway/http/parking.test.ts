import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { laneId } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { RateTable, Tariff } from '../../../core/parking/tariff.ts'
import { tariffId } from '../../../core/parking/tariff.ts'
import { createTariffBook } from '../../../core/parking/tariff-book.ts'
import type { LocalDay } from '../../../core/time.ts'
import { later, MINUTE_MS } from '../../../core/time.ts'
import { zoneRules } from '../../../gateway/clock/zone-rules.ts'
import { operations } from '../../../gateway/http/operations.ts'
import {
  apdsOccupancy,
  apdsOccupancySchema,
  apdsPlacesSchema,
  apdsRates,
  apdsRatesSchema,
} from '../../../gateway/http/parking/apds.ts'
import { FREE_SPACES_KEPT_S } from '../../../gateway/http/parking/occupancy-handlers.ts'
import {
  BIKE,
  CAR,
  chargedStay,
  KEPT_PICTURE,
  LOT,
  OTHER_PICTURE,
  PARKING,
  PASS,
  PICTURE,
  STAY,
  STAY_CHARGE,
  TARIFF,
  YARD_STAY,
} from './fake-park.ts'
import type { ClientName } from './kit.ts'
import { committed, JPEG, kit, refusedBefore, START } from './kit.ts'
import { amount, get, post, schemaOf } from './parking-asking.ts'

describe('the answers of a car park', () => {
  test.each([
    ['readSessions', '/v1/sessions'],
    ['readSession', `/v1/sessions/${STAY}`],
    ['quoteSession', `/v1/sessions/${STAY}/quote`],
    ['readCases', '/v1/cases'],
    ['readCorrections', '/v1/corrections'],
    ['readPictureName', `/v1/pictures/${PICTURE}/name`],
    ['readRights', '/v1/rights'],
    ['readRight', `/v1/rights/${PASS}`],
    ['readOccupancy', '/v1/occupancy'],
    ['readTariffs', '/v1/tariffs'],
    ['apdsPlaces', '/v1/apds/places'],
    ['apdsRates', '/v1/apds/rates'],
    ['apdsOccupancy', '/v1/apds/occupancy'],
    ['freeSpaces', '/v1/free-spaces'],
    ['readLanes', '/v1/lanes'],
  ] as const)('%s are as they are documented', async (name, address) => {
    const { status, body } = await get(kit(), address)
    expect(status).toBe(200)
    expect(schemaOf(name).safeParse(body).error?.issues).toBeUndefined()
  })

  test('a charged stay is as it is documented too', async () => {
    const on = kit()
    on.books.park.stays = on.books.park.stays.map((stay) => chargedStay(stay, 85_000, 20_000, null))
    for (const [name, address] of [
      ['readSession', `/v1/sessions/${STAY}`],
      ['quoteSession', `/v1/sessions/${STAY}/quote`],
    ] as const) {
      expect(schemaOf(name).safeParse((await get(on, address)).body).error?.issues).toBeUndefined()
    }
  })

  test('a picture is shown as what it is, under the headers of everything that is', async () => {
    const on = kit()
    const answer = await on.ask('GET', `/v1/pictures/${PICTURE}`, 'operator')
    expect(answer.status).toBe(200)
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(JPEG)
    expect(answer.headers.get('content-type')).toBe('image/jpeg')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('a picture that stays with the camera’s recorder is not here, and its name says which it is', async () => {
    const on = kit()
    expect((await on.ask('GET', `/v1/pictures/${OTHER_PICTURE}`, 'operator')).status).toBe(404)
    const { body } = await get(on, `/v1/pictures/${OTHER_PICTURE}/name`)
    expect(body).toEqual({ ref: OTHER_PICTURE, name: '1700000000.5-abc', lane: 'lane-out', isKept: false })
  })

  test('a picture that has been erased is gone, of another lane and of another mode too, and what is no place of one', async () => {
    const on = kit()
    const status = async (as: ClientName, ref = PICTURE) => (await on.ask('GET', `/v1/pictures/${ref}`, as)).status
    expect([await status('attendant'), await status('attendant', OTHER_PICTURE)]).toEqual([200, 404])
    expect(await status('operator', 'picture:box-1:1:999')).toBe(404)
    for (const ref of ['plate:2026-11:abc', '..%2f..%2fbooks.db', `${'a'.repeat(64)}.jpg`]) {
      expect(await status('operator', ref)).toBeGreaterThanOrEqual(400)
    }
    on.books.park.pictures[PICTURE] = { name: null, lane: laneId('lane-in'), mode: 'live' }
    expect(await status('operator')).toBe(404)
    on.books.park.pictures[PICTURE] = { name: KEPT_PICTURE, lane: laneId('lane-in'), mode: 'training' }
    expect(await status('operator')).toBe(404)
    on.books.park.pictures[PICTURE] = { name: KEPT_PICTURE, lane: null, mode: null }
    expect([await status('operator'), await status('attendant')]).toEqual([200, 404])
  })

  test.each(['readOccupancy', 'readTariffs', 'apdsRates', 'apdsOccupancy', 'freeSpaces'] as const)(
    '%s of a site without a car park says so',
    async (name) => {
      const on = kit()
      on.books.park.exists = false
      const { status, body } = await get(on, operations[name].path)
      expect([status, body.refusal]).toEqual([409, 'no-car-park'])
    },
  )
})

describe('a quote', () => {
  test('explains itself in both languages, books nothing, and says what is still to be paid', async () => {
    const on = kit()
    const { body } = await get(on, `/v1/sessions/${STAY}/quote`)
    // Three hours: two at 25.000 and one at 35.000.
    expect(body).toMatchObject({ total: amount(85_000), paid: amount(0), due: amount(85_000), graceUntil: null })
    expect(body.explained?.vi.at(-1)).toBe('Tổng cộng: 85.000\u00a0₫')
    expect(body.explained?.en.at(-1)).toBe('Total: 85,000 VND')
    expect(on.path.asked).toEqual([])
  })

  test('takes off what has been paid, and after all of it says until when the vehicle may go', async () => {
    const on = kit()
    const [stay, ...others] = on.books.park.stays
    if (stay === undefined) throw new Error('no stay')
    on.books.park.stays = [chargedStay(stay, 85_000, 25_000, null), ...others]
    expect((await get(on, `/v1/sessions/${STAY}/quote`)).body).toMatchObject({ due: amount(60_000) })
    const paidAt = later(START, -5 * MINUTE_MS)
    on.books.park.stays = [chargedStay(stay, 85_000, 85_000, paidAt), ...others]
    expect((await get(on, `/v1/sessions/${STAY}/quote`)).body).toMatchObject({
      due: amount(0),
      graceUntil: later(paidAt, 15 * MINUTE_MS),
    })
  })

  test('is refused where no tariff is in force, and is never 0 because of it', async () => {
    const on = kit()
    on.books.park.hasTariff = false
    expect((await get(on, `/v1/sessions/${STAY}/quote`)).body).toMatchObject({ refusal: 'no-tariff' })
    // The yard has no tariff of its own.
    expect((await get(kit(), `/v1/sessions/${YARD_STAY}/quote`)).body).toMatchObject({ refusal: 'no-tariff' })
  })

  test('of a stay that nobody knows is refused', async () => {
    expect((await get(kit(), '/v1/sessions/box-1:1:999:s0/quote')).body).toMatchObject({ refusal: 'stay-not-found' })
  })
})

describe('an attendant', () => {
  test('sees the stays behind their lanes, and those of others look like none', async () => {
    const on = kit()
    expect((await get(on, '/v1/sessions', 'attendant')).body.sessions?.map(({ id }) => id)).toEqual([STAY])
    expect((await get(on, '/v1/sessions', 'anyLane')).body.sessions).toHaveLength(2)
    for (const address of [`/v1/sessions/${YARD_STAY}`, `/v1/sessions/${YARD_STAY}/quote`]) {
      expect((await get(on, address, 'attendant')).body).toMatchObject({ refusal: 'stay-not-found' })
    }
    const corrected = await post(
      on,
      `/v1/sessions/${YARD_STAY}/corrections`,
      { correction: { kind: 'close' }, reason: 'x' },
      'attendant',
    )
    expect(corrected.body).toMatchObject({ refusal: 'stay-not-found' })
    expect(on.path.asked).toEqual([])
  })

  test('acts at their own lanes only', async () => {
    const on = kit()
    for (const [act, body] of [
      ['ticket', { vehicleClass: null }],
      ['session', { session: STAY, reason: 'x' }],
      ['debt', { reason: 'x' }],
    ] as const) {
      expect((await post(on, `/v1/lanes/lane-out/${act}`, body, 'attendant')).status).toBe(403)
    }
    expect(on.path.asked).toEqual([])
  })

  test('sees and ends the cases of their lanes', async () => {
    const on = kit()
    const { body } = await get(on, '/v1/cases', 'attendant')
    expect(body.cases?.map(({ id }) => id)).toEqual(['box-1:1:60:k1'])
    expect(body.cases?.[0]?.vi).toBe('Xe ra mà không thấy vào')
    expect((await post(on, '/v1/cases/box-1:1:61:k4/end', { reason: 'x' }, 'attendant')).body).toMatchObject({
      refusal: 'case-unknown',
    })
    await post(on, '/v1/cases/box-1:1:60:k1/end', { reason: ' seen ' }, 'attendant')
    expect(on.path.asked.map(({ body }) => body)).toEqual([
      { kind: 'case-ended', case: 'box-1:1:60:k1', reason: 'seen' },
    ])
  })

  test('takes cash for stays and not for stalls', async () => {
    const on = kit()
    const cash = { amount: amount(85_000), tender: 'cash' }
    expect((await post(on, '/v1/charges/box-1:1:1:g0/cash', cash)).body).toMatchObject({ refusal: 'charge-unknown' })
    on.path.reply = () =>
      committed({
        ok: true,
        kind: 'credited',
        charge: STAY_CHARGE,
        amount: amount(85_000) as never,
        rest: amount(0) as never,
        overpaid: amount(0) as never,
      })
    const { body } = await post(on, `/v1/charges/${STAY_CHARGE}/cash`, cash, 'attendant')
    expect(schemaOf('takeCash').safeParse(body).error?.issues).toBeUndefined()
    expect(on.path.asked.map(({ body }) => body)).toEqual([
      { kind: 'cash-taken', charge: STAY_CHARGE, tender: 'cash', amount: amount(85_000) },
    ])
  })
})

describe('a search by a part of a plate', () => {
  test('is recorded before anything is shown, without what was typed', async () => {
    const on = kit()
    const { body } = await post(on, '/v1/sessions/search', { plate: '123.45' }, 'attendant')
    expect(schemaOf('searchSessions').safeParse(body).error?.issues).toBeUndefined()
    expect(body['found']).toMatchObject([{ id: STAY, plate: '30A12345' }])
    const [asked] = on.path.asked
    expect(asked?.body).toEqual({ kind: 'access-changed', what: { kind: 'plates-searched', found: 1 } })
    expect(asked?.actor).toEqual({ kind: 'client', id: 'gate-1', role: 'attendant' })
  })

  test('shows nothing where the record could not be made', async () => {
    const on = kit()
    on.path.reply = () => refusedBefore('key-reused')
    const { status, body } = await post(on, '/v1/sessions/search', { plate: '123.45' })
    expect(status).toBe(409)
    expect(JSON.stringify(body)).not.toContain('30A12345')
  })

  test.each(['', '345', 'x'.repeat(200)])('refuses %j', async (plate) => {
    const on = kit()
    expect((await post(on, '/v1/sessions/search', { plate })).body).toMatchObject({ refusal: 'plate-unreadable' })
    expect(on.path.asked).toEqual([])
  })

  test('is the only way to a whole plate', async () => {
    const on = kit()
    for (const address of ['/v1/sessions', `/v1/sessions/${STAY}`, '/v1/cases', '/v1/free-spaces']) {
      expect(JSON.stringify((await get(on, address)).body), address).not.toContain('30A12345')
    }
    expect((await get(on, `/v1/sessions/${STAY}`)).body['plateEnd']).toBe('2345')
  })
})

describe('a code that is shown away from the lane', () => {
  test('pays the stay’s charge, where its price has been asked', async () => {
    const on = kit()
    expect((await post(on, `/v1/sessions/${STAY}/payments`, { text: 'the QR' })).body.refusal).toBe('charge-unknown')
    on.books.park.stays = on.books.park.stays.map((stay) => chargedStay(stay, 85_000, 0, null))
    await post(on, `/v1/sessions/${STAY}/payments`, { text: 'the QR' }, 'attendant')
    expect(on.path.asked.map(({ body }) => body)).toEqual([
      { kind: 'shown', place: { kind: 'site' }, reader: null, text: 'the QR', charge: STAY_CHARGE },
    ])
  })

  test.each(['', 'x'.repeat(12_289)])('is refused before the path where it is empty or too long', async (text) => {
    const on = kit()
    expect((await post(on, `/v1/sessions/${STAY}/payments`, { text })).status).toBe(400)
    expect(on.path.asked).toEqual([])
  })
})

describe('corrections', () => {
  test.each([
    [{ kind: 'close' }, { kind: 'close' }],
    [
      { kind: 'class', vehicleClass: 'motorbike' },
      { kind: 'class', vehicleClass: BIKE },
    ],
    [
      { kind: 'plate', plate: '30A-123.46' },
      { kind: 'plate', plate: '30A-123.46' },
    ],
    [{ kind: 'passback-reset' }, { kind: 'passback-reset' }],
  ])('%j is asked of the path with its reason', async (correction, asked) => {
    const on = kit()
    expect((await post(on, `/v1/sessions/${STAY}/corrections`, { correction, reason: ' why ' })).status).toBe(200)
    expect(on.path.asked[0]?.body).toEqual({
      kind: 'session-corrected',
      session: STAY,
      correction: asked,
      reason: 'why',
    })
  })

  test.each([
    ['no reason', { correction: { kind: 'close' } }],
    ['a reason of 201 characters', { correction: { kind: 'close' }, reason: 'x'.repeat(201) }],
    ['an unknown correction', { correction: { kind: 'forget' }, reason: 'x' }],
    ['a plate of 257 characters', { correction: { kind: 'plate', plate: '1'.repeat(257) }, reason: 'x' }],
  ])('with %s are refused', async (_what, body) => {
    const on = kit()
    expect((await post(on, `/v1/sessions/${STAY}/corrections`, body)).status).toBe(400)
    expect(on.path.asked).toEqual([])
  })

  test('of a count name place and class, and never a count below 0', async () => {
    const on = kit()
    const asked = { place: 'lot', vehicleClass: 'car', count: 12, reason: 'counted' }
    await post(on, '/v1/occupancy', asked)
    expect(on.path.asked[0]?.body).toEqual({ kind: 'occupancy-corrected', ...asked })
    expect((await post(on, '/v1/occupancy', { ...asked, count: -1 })).status).toBe(400)
  })
})

describe('tariffs', () => {
  const hanoi = readFileSync(join(import.meta.dirname, '../../../gateway/tariffs/hanoi-cars-dong-da.json5'), 'utf8')

  test('what a car from 07:30 to 19:10 would pay is answered by the site’s clock, with its bill', async () => {
    const { body } = await post(kit(), '/v1/tariffs/try', {
      vehicleClass: CAR,
      place: LOT,
      from: '2026-11-22T07:30',
      until: '2026-11-22T19:10',
    })
    expect(schemaOf('tryTariff').safeParse(body).error?.issues).toBeUndefined()
    // Twelve begun hours would be 400.000; the day's cap is 300.000.
    expect(body).toMatchObject({ ok: true, total: amount(300_000) })
    expect(body.explained?.vi[0]).toContain('07:30')
  })

  test('a place without one has no price, and says what to do', async () => {
    const { body } = await post(kit(), '/v1/tariffs/try', {
      vehicleClass: CAR,
      place: 'yard',
      from: '2026-11-22T07:30',
      until: '2026-11-22T19:10',
    })
    expect(body).toMatchObject({ ok: false })
    expect(body.explained?.vi[0]).toBe('Chưa có bảng giá')
  })

  test.each([
    ['a day that no calendar has', { from: '2026-02-30T07:30' }],
    ['a time that no clock shows', { from: '2026-11-22T24:30' }],
    ['another spelling', { from: '22/11/2026 07:30' }],
  ])('%s is refused', async (_what, { from }) => {
    const asked = { vehicleClass: CAR, place: LOT, from, until: '2026-11-22T19:10' }
    expect((await post(kit(), '/v1/tariffs/try', asked)).status).toBe(400)
  })

  test('a file is checked with all its problems, each with its line, and nothing is loaded', async () => {
    const on = kit()
    const { body } = await post(on, '/v1/tariffs/check', {
      text: hanoi.replace('graceMinutes:', 'graceMinute:').replace('VND', 'USD'),
    })
    expect(schemaOf('checkTariff').safeParse(body).error?.issues).toBeUndefined()
    expect(body['ok']).toBe(false)
    expect(body.problems?.length).toBeGreaterThanOrEqual(2)
    for (const { line } of body.problems ?? []) expect(line).toBeGreaterThan(0)
    expect(on.path.asked).toEqual([])
  })

  test('a file may be longer than other requests, up to a limit', async () => {
    const text = (characters: number) => ({ text: `{}${' '.repeat(characters - 2)}` })
    expect((await post(kit(), '/v1/tariffs/check', text(100_000))).status).toBe(200)
    expect((await post(kit(), '/v1/tariffs/check', text(256 * 1024 + 1))).status).toBe(400)
    expect((await post(kit(), '/v1/tariffs/check', text(600_000))).status).toBe(413)
    expect((await post(kit(), '/v1/occupancy', { reason: 'x'.repeat(100_000) })).status).toBe(413)
  })
})

describe('what is told to others', () => {
  test('the exports are in the shapes that are documented after APDS', async () => {
    const on = kit()
    const places = apdsPlacesSchema.parse((await get(on, '/v1/apds/places', 'scraper')).body)
    expect(places.data.map(({ id, type, layer }) => [id, type, layer])).toEqual([
      ['lot', 'place', 0],
      ['yard', 'place', 0],
      ['level-2', 'identifiedArea', 1],
    ])
    expect(places.data[0]?.childIds).toEqual([{ id: 'level-2', version: 1, className: 'IdentifiedArea' }])
    const rates = apdsRatesSchema.parse((await get(on, '/v1/apds/rates', 'scraper')).body)
    expect(rates.data[0]?.rateLineCollections[0]).toMatchObject({
      applicableCurrency: 'VND',
      maxValuePerDay: 300_000,
      rateLines: [
        { sequence: 1, rateLineType: 'incrementingRate', value: 25_000, incrementPeriod: 'PT1H', durationEnd: 120 },
        { sequence: 2, value: 35_000, durationStart: 120 },
      ],
    })
    const occupancy = apdsOccupancySchema.parse((await get(on, '/v1/apds/occupancy', 'scraper')).body)
    expect(occupancy.data[0]?.demandTable[0]?.demandType[0]).toMatchObject({ count: 37, percentage: 92.5 })
  })

  test('the export of rates says the hours of day and night, which price is of which, how it is rounded, and what a longer stay pays', async () => {
    const bands = [
      { band: 'day' as const, fromMinute: 360, toMinute: 1_080 },
      { band: 'night' as const, fromMinute: 1_080, toMinute: 1_440 },
      { band: 'night' as const, fromMinute: 0, toMinute: 360 },
    ]
    const [usual] = TARIFF.rateTables
    if (usual === undefined) throw new Error('the tariff has a table')
    const visits: RateTable = {
      ...usual,
      vehicleClasses: [BIKE],
      freeMinutes: { minutes: 10, longerStays: 'pay-from-then' },
      rateLines: [{ band: 'any', rate: { kind: 'per-visit', day: 3_000, night: 5_000, dayAndNight: 7_000 } }],
      capPerDay: null,
    }
    const byBand: RateTable = {
      ...usual,
      rateLines: [
        { band: 'day', rate: { kind: 'flat', price: 50_000 } },
        { band: 'night', rate: { kind: 'flat', price: 60_000 } },
      ],
    }
    const tariff: Tariff = { ...TARIFF, bands, rateTables: [byBand, visits] }
    const made = createTariffBook([tariff], { currency: VND, ...PARKING })
    if (!made.ok) throw new Error(JSON.stringify(made.problems))
    const rates = apdsRatesSchema.parse(
      apdsRates({ version: { epoch: 1, n: 3 }, book: made.book, zone: zoneRules('Asia/Ho_Chi_Minh') }, START),
    )
    const [ofBands, ofVisits] = rates.data
    expect(ofBands?.extensions).toMatchObject({
      bands: [
        { band: 'day', from: '06:00:00', to: '18:00:00' },
        { band: 'night', from: '18:00:00', to: '00:00:00' },
        { band: 'night', from: '00:00:00', to: '06:00:00' },
      ],
      rounding: { to: 1_000, mode: 'up' },
      longerStays: 'pay-from-entry',
    })
    expect(ofBands?.rateLineCollections).toMatchObject([
      { resetTime: '00:00:00', maxValuePerDay: 300_000, extensions: { band: 'day' }, rateLines: [{ value: 50_000 }] },
      { extensions: { band: 'night' }, rateLines: [{ value: 60_000 }] },
    ])
    expect(ofVisits?.extensions).toMatchObject({ freeMinutes: 10, longerStays: 'pay-from-then' })
    const [collection] = ofVisits?.rateLineCollections ?? []
    expect(collection?.resetTime, 'no cap of a day begins anew').toBeUndefined()
    expect(collection?.rateLines.map(({ value, extensions }) => [value, extensions?.band])).toEqual([
      [3_000, 'day'],
      [5_000, 'night'],
      [7_000, 'day-and-night'],
    ])
    const places = apdsPlacesSchema.parse((await get(kit(), '/v1/apds/places', 'scraper')).body)
    expect(places.data[0]?.hierarchyElementReference.supply[0]?.extensions.vehicleClassNames).toEqual([
      {
        id: 'car',
        name: [
          { language: 'vi', string: 'Ô tô' },
          { language: 'en', string: 'Car' },
        ],
      },
    ])
  })

  /** Days since 1970-01-01: a version's number is that of the day on which it began. */
  const [MARCH, APRIL, JUNE] = [20_513, 20_544, 20_605]

  test('the export of rates tells the versions of one tariff apart: each has its number, and its moments by the site’s clock with their offset', () => {
    const [usual] = TARIFF.rateTables
    if (usual === undefined) throw new Error('the tariff has a table')
    const month = { id: 'month', name: TARIFF.name, vehicleClasses: [CAR], months: 1, covers: 'day-and-night' as const }
    const before: Tariff = { ...TARIFF, validFrom: '2026-03-01' as LocalDay, version: 'before' }
    const takenBack: Tariff = {
      ...TARIFF,
      validFrom: '2026-06-01' as LocalDay,
      validTo: '2026-12-24' as LocalDay,
      version: 'taken-back',
      specialDays: [{ name: { vi: 'Tết', en: 'Tet' }, days: ['01-01'], weekdays: [], rateTables: [usual] }],
      passes: [{ ...month, price: 1_000_000 }],
    }
    const forEver: Tariff = {
      ...TARIFF,
      id: tariffId('bikes'),
      validFrom: '2026-04-01' as LocalDay,
      validTo: '9999-12-31' as LocalDay,
      rateTables: [{ ...usual, vehicleClasses: [BIKE] }],
    }
    const made = createTariffBook([takenBack, forEver, before], { currency: VND, ...PARKING })
    if (!made.ok) throw new Error(JSON.stringify(made.problems))
    const told = (zone: string) =>
      apdsRatesSchema
        .parse(apdsRates({ version: { epoch: 1, n: 3 }, book: made.book, zone: zoneRules(zone) }, START))
        .data.map(({ id, version, validityStart, validityEnd }) => [id, version, validityStart, validityEnd])
    const until = ['2026-06-01T00:00:00+07:00', '2026-12-25T00:00:00+07:00']
    expect(told('Asia/Ho_Chi_Minh')).toEqual([
      ['cars:0', MARCH, '2026-03-01T00:00:00+07:00', '2026-06-01T00:00:00+07:00'],
      ['bikes:0', APRIL, '2026-04-01T00:00:00+07:00', undefined],
      ['cars:0', JUNE, ...until],
      ['cars:special-0:0', JUNE, ...until],
      ['cars:pass:month:car', JUNE, ...until],
    ])
    expect(told('America/New_York').slice(0, 3), 'the offset of the day itself').toEqual([
      ['cars:0', MARCH, '2026-03-01T00:00:00-05:00', '2026-06-01T00:00:00-04:00'],
      ['bikes:0', APRIL, '2026-04-01T00:00:00-04:00', undefined],
      ['cars:0', JUNE, '2026-06-01T00:00:00-04:00', '2026-12-25T00:00:00-05:00'],
    ])
  })

  test.each([
    ['5 and 5 of 10 fill them', 5, 5, [10, 100, 5, 5]],
    ['6 and 5 of 10 are full, and no more: a share is 100 at most', 6, 5, [11, 100, 6, 5]],
    ['one class alone has taken its part', 3, 0, [3, 30, 3, 0]],
    ['a count below 0 is nobody', -1, 0, [0, 0, 0, 0]],
  ])(
    'the export tells the demand of shared spaces once, for all the classes that share them: %s',
    (_, cars, bikes, [count, percentage, ofCars, ofBikes]) => {
      const capacities = [{ vehicleClasses: [CAR, BIKE], spaces: 10 }]
      const shared = { ...PARKING, places: PARKING.places.map((place) => ({ ...place, capacities })) }
      const counts = [
        { place: LOT, vehicleClass: CAR, count: cars },
        { place: LOT, vehicleClass: BIKE, count: bikes },
      ]
      const told = apdsOccupancySchema.parse(apdsOccupancy(shared, counts, 1, START))
      expect(told.data[0]?.demandTable[0]?.demandType).toMatchObject([
        {
          count,
          percentage,
          extensions: {
            vehicleClasses: ['car', 'motorbike'],
            counts: [
              { vehicleClass: 'car', count: ofCars },
              { vehicleClass: 'motorbike', count: ofBikes },
            ],
          },
        },
      ])
    },
  )

  test('free spaces need no token, may be kept for a while, and say full and nearly full', async () => {
    const { headers, body } = await get(kit(), '/v1/free-spaces', null)
    expect(headers.get('cache-control')).toBe(`public, max-age=${FREE_SPACES_KEPT_S}`)
    expect(body['places']).toEqual([
      { place: 'lot', name: 'Bãi chính', vehicleClass: 'car', free: 3, state: 'few' },
      { place: 'lot', name: 'Bãi chính', vehicleClass: 'motorbike', free: 120, state: 'free' },
      { place: 'yard', name: 'Sân sau', vehicleClass: 'car', free: 0, state: 'full' },
      { place: 'level-2', name: 'Tầng 2', vehicleClass: 'car', free: 20, state: 'free' },
    ])
  })

  test('free spaces are limited by address', async () => {
    const on = kit({ strangerBurstMax: 3 })
    for (let index = 0; index < 3; index += 1) expect((await get(on, '/v1/free-spaces', null)).status).toBe(200)
    expect((await get(on, '/v1/free-spaces', null)).status).toBe(429)
  })
})

test('pages of stays neither miss nor repeat one', async () => {
  const on = kit()
  const first = (await get(on, '/v1/sessions?limit=1')).body
  const second = (await get(on, `/v1/sessions?limit=1&after=${encodeURIComponent(first.next ?? '')}`)).body
  expect([first.sessions?.[0]?.id, second.sessions?.[0]?.id, second.next]).toEqual([YARD_STAY, STAY, null])
  const oldest = (await get(on, '/v1/sessions?limit=1&order=oldest')).body
  const rest = (await get(on, `/v1/sessions?order=oldest&after=${encodeURIComponent(oldest.next ?? '')}`)).body
  expect([oldest.sessions?.[0]?.id, rest.sessions?.[0]?.id, rest.next]).toEqual([STAY, YARD_STAY, null])
  for (const bad of ['order=up', 'limit=0', 'limit=201', 'after=x', 'place=Lot', 'colour=red']) {
    expect((await get(on, `/v1/sessions?${bad}`)).status, bad).toBe(400)
  }
})
