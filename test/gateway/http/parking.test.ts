import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { DocumentId } from '../../../core/ids.ts'
import { laneId } from '../../../core/ids.ts'
import { KEYED_AMOUNT_MAX } from '../../../core/money.ts'
import { HOUR_MS, instant, later, MINUTE_MS } from '../../../core/time.ts'
import type { OperationName } from '../../../gateway/http/operations.ts'
import { operations } from '../../../gateway/http/operations.ts'
import { apdsOccupancySchema, apdsPlacesSchema, apdsRatesSchema } from '../../../gateway/http/parking/apds.ts'
import { CREDIT_TRIES_MAX } from '../../../gateway/http/parking/credit-handlers.ts'
import { FREE_SPACES_KEPT_S } from '../../../gateway/http/parking/occupancy-handlers.ts'
import {
  BIKE,
  CAR,
  chargedStay,
  KEPT_PICTURE,
  LOT,
  OTHER_PICTURE,
  PASS,
  PICTURE,
  STAY,
  STAY_CHARGE,
  TICKET_TEXT,
  YARD_STAY,
} from './fake-park.ts'
import type { ClientName, Kit } from './kit.ts'
import { committed, JPEG, kit, refusedBefore, START } from './kit.ts'

const amount = (dong: number) => ({ amount: dong, currency: 'VND' })

const ids = z.array(z.looseObject({ id: z.string(), vi: z.string().optional() }))

/** What these tests look into, of whatever was answered. */
const said = z.looseObject({
  refusal: z.string().optional(),
  sessions: ids.optional(),
  cases: ids.optional(),
  explained: z.looseObject({ vi: z.array(z.string()), en: z.array(z.string()) }).nullish(),
  codeAt: z.string().nullable().optional(),
  text: z.string().optional(),
  problems: z.array(z.looseObject({ line: z.int() })).optional(),
  next: z.string().nullish(),
})

async function get(on: Kit, address: string, as: ClientName | null = 'operator') {
  const answer = await on.ask('GET', address, as)
  return { status: answer.status, headers: answer.headers, body: said.parse(await answer.json()) }
}

async function post(on: Kit, address: string, body?: unknown, as: ClientName = 'operator', key = 'key-1') {
  const answer = await on.ask('POST', address, as, {
    ...(body === undefined ? {} : { body }),
    headers: { 'idempotency-key': key },
  })
  return { status: answer.status, body: said.parse(await answer.json()) }
}

function schemaOf(name: OperationName): z.ZodType {
  const schema: z.ZodType | null | undefined = operations[name].answers[0]?.schema
  if (schema === null || schema === undefined) throw new Error(`${name} has no schema`)
  return schema
}

describe('the answers of a car park', () => {
  test.each([
    ['readSessions', '/v1/sessions'],
    ['readSession', `/v1/sessions/${STAY}`],
    ['quoteSession', `/v1/sessions/${STAY}/quote`],
    ['readCases', '/v1/cases'],
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

test('a transfer that was refused once is asked again under another key, and one that was taken is not', async () => {
  const on = kit()
  const told = { reference: 'ft26-7', amount: amount(85_000), text: 'gui xe' }
  const refused = { ...committed({ ok: false, refusal: 'not-ready', due: null }), repeated: true }
  on.path.reply = () => (on.path.asked.length === 1 ? refused : committed({ ok: true, kind: 'noted' }))
  expect((await post(on, '/v1/bank-credits', told)).status).toBe(200)
  expect(on.path.asked.map(({ id, source }) => [source, id])).toEqual([
    ['gateway:bank-credits', 'bank:FT26-7'],
    ['gateway:bank-credits', 'bank:FT26-7~1'],
  ])
  expect(on.path.asked[0]?.body).toEqual({
    kind: 'credit-by-text',
    reference: 'FT26-7',
    amount: amount(85_000),
    text: 'gui xe',
    toldAt: null,
  })
  on.path.reply = () => refused
  expect((await post(on, '/v1/bank-credits', told)).status, 'without end').toBe(503)
  expect(on.path.asked).toHaveLength(2 + CREDIT_TRIES_MAX + 1)
})

test('a transfer that was entered in practice stands under another key than the live one', async () => {
  const on = kit()
  const told = { reference: 'FT26-8', amount: amount(85_000), text: 'tien' }
  await post(on, '/v1/bank-credits', told, 'inPractice')
  await post(on, '/v1/bank-credits', told)
  expect(on.path.asked.map(({ source, id, mode }) => [mode, source, id])).toEqual([
    ['training', 'gateway:bank-credits-training', 'bank:FT26-8'],
    ['live', 'gateway:bank-credits', 'bank:FT26-8'],
  ])
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

describe('a bank transfer that is entered by hand', () => {
  const credit = (reference: string) => ({ amount: amount(85_000), reference })

  test('is one request for each reference, whoever enters it and however it is spelled', async () => {
    const on = kit()
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('ft26326-Ab1'), 'operator', 'key-1')
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT26326-AB1'), 'admin', 'key-2')
    const [first, second] = on.path.asked
    expect(first?.id).toBe('bank:FT26326-AB1')
    expect([second?.source, second?.id, second?.bytes]).toEqual([first?.source, first?.id, first?.bytes])
    expect([first?.actor.id, second?.actor.id]).toEqual(['office', 'owner'])
  })

  test('of another amount is another content under the same reference', async () => {
    const on = kit()
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT1234'))
    await post(on, `/v1/charges/${STAY_CHARGE}/credits`, { ...credit('FT1234'), amount: amount(1) })
    const [first, second] = on.path.asked
    expect(second?.id).toBe(first?.id)
    expect(second?.bytes).not.toBe(first?.bytes)
  })

  test('with other content is asked of the books under the next key, and nobody is told to give it a new number', async () => {
    const on = kit()
    const replies = [refusedBefore('key-reused'), refusedBefore('credit-known')]
    on.path.reply = () => replies.shift() ?? refusedBefore('busy')
    expect(await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT1234'))).toMatchObject({
      status: 409,
      body: { refusal: 'credit-known' },
    })
    expect(on.path.asked.map(({ id }) => id)).toEqual(['bank:FT1234', 'bank:FT1234~1'])
    on.path.reply = () => refusedBefore('key-reused')
    expect((await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit('FT9999'))).body).toMatchObject({
      refusal: 'credit-known',
    })
  })

  test.each(['', 'FT1', 'có dấu', `F${'1'.repeat(64)}`, '-FT1234'])(
    'with the reference %j is refused',
    async (text) => {
      const on = kit()
      expect((await post(on, `/v1/charges/${STAY_CHARGE}/credits`, credit(text))).status).toBe(400)
      expect(on.path.asked).toEqual([])
    },
  )
})

describe('money that cannot be taken as it was typed', () => {
  test.each([
    ['cash', { tender: 'cash' }],
    ['credits', { reference: 'FT1234' }],
    ['refunds', { reason: 'twice' }],
  ])(
    'at %s is refused before the path, so that its key and a bank’s reference are free for the right request',
    async (at, rest) => {
      const on = kit()
      const say = (value: unknown, charge: string = STAY_CHARGE, key = 'key-1') =>
        post(on, `/v1/charges/${charge}/${at}`, { amount: value, ...rest }, 'operator', key)
      expect(await say(amount(0))).toMatchObject({ status: 422 })
      for (const much of [KEYED_AMOUNT_MAX + 1, Number.MAX_SAFE_INTEGER]) {
        expect(await say(amount(much))).toMatchObject({ status: 422, body: { refusal: 'amount-invalid' } })
      }
      expect(await say({ amount: 85_000, currency: 'USD' })).toMatchObject({ body: { refusal: 'token-currency' } })
      expect(await say(amount(85_000), 'box-1:1:9:g9')).toMatchObject({ body: { refusal: 'charge-unknown' } })
      expect(on.path.asked).toEqual([])
      await say(amount(85_000))
      expect(on.path.asked).toHaveLength(1)
    },
  )

  test('of practice is no charge of the live site', async () => {
    const on = kit()
    on.books.charges = on.books.charges.map((each) => ({ ...each, mode: 'training' as const }))
    const answer = await post(on, `/v1/charges/${STAY_CHARGE}/credits`, { amount: amount(1), reference: 'FT1234' })
    expect(answer.body).toMatchObject({ refusal: 'charge-unknown' })
    expect(on.path.asked).toEqual([])
  })
})

describe('passes and validations', () => {
  const pass = {
    id: 've-2',
    holder: 'Căn hộ 5B',
    places: ['lot'],
    vehicleClasses: ['car'],
    spaces: 1,
    validFrom: START,
    validUntil: START + HOUR_MS,
    hours: [{ weekdays: [1, 2, 3], fromMinute: 0, toMinute: 1_440 }],
    plates: ['30A-123.45'],
  }

  test('a pass is issued for its plates; the answer says where its code is had, where the box signs any', async () => {
    const on = kit()
    const { status, body } = await post(on, '/v1/rights', pass)
    expect(status).toBe(201)
    expect(schemaOf('issuePass').safeParse(body).error?.issues).toBeUndefined()
    expect(body.codeAt).toBeNull()
    const signing = kit({}, { signPassCode: ({ id }) => ({ text: `signed ${id}`, expiresAt: START }) })
    expect((await post(signing, '/v1/rights', pass)).body.codeAt).toBe('/v1/rights/ve-2/code')
    expect(on.path.asked[0]?.body).toMatchObject({
      kind: 'right-put',
      isNew: true,
      right: { id: 've-2', kind: 'pass', status: 'active', session: null, relief: { kind: 'covers' } },
      plates: ['30A-123.45'],
    })
  })

  test('the code of a pass: issued by the path, read as text and as a picture, the same each time', async () => {
    const signed: unknown[] = []
    const on = kit(
      {},
      {
        signPassCode: (code) => {
          signed.push(code)
          return { text: `signed ${code.id}`, expiresAt: START }
        },
      },
    )
    const address = `/v1/rights/${PASS}/code`
    expect((await get(on, address)).body.refusal).toBe('pass-code-none')
    expect((await get(on, '/v1/rights/nobody/code')).body.refusal).toBe('right-unknown')
    on.books.park.rights = on.books.park.rights.map((known) => ({
      ...known,
      right: { ...known.right, code: { id: 'box-1:1:7:d0' as DocumentId, issuedAt: START } },
    }))
    const issued = await post(on, address)
    expect(issued.status).toBe(201)
    expect(schemaOf('issuePassCode').safeParse(issued.body).error?.issues).toBeUndefined()
    expect(issued.body.text).toBe('signed box-1:1:7:d0')
    expect(on.path.asked.map(({ body }) => body)).toEqual([{ kind: 'right-coded', right: PASS }])
    expect((await get(on, address)).body).toEqual(issued.body)
    const picture = await on.ask('GET', `${address}.svg`, 'operator')
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
    expect(await picture.text()).toMatch(/^<svg xmlns=.*<\/svg>\n$/)
    expect(signed[0]).toMatchObject({ right: PASS, id: 'box-1:1:7:d0', issuedAt: START })
  })

  test('a code that was asked for is the one of that request, also when another has called it in since', async () => {
    const on = kit(
      {},
      { signPassCode: ({ id, vehicleClass }) => ({ text: `signed ${id} for ${vehicleClass}`, expiresAt: START }) },
    )
    const code = 'box-1:1:7:d0' as DocumentId
    on.books.park.rights = on.books.park.rights.map((known) => ({
      ...known,
      right: { ...known.right, code: { id: 'box-1:1:9:d0' as DocumentId, issuedAt: instant(START + 5_000) } },
    }))
    const made = { ok: true, kind: 'code-issued', right: PASS, code, issuedAt: START, vehicleClass: null } as const
    on.path.reply = () => committed(made, true)
    const again = await post(on, `/v1/rights/${PASS}/code`)
    expect(schemaOf('issuePassCode').safeParse(again.body).error?.issues).toBeUndefined()
    expect(again.body).toMatchObject({ right: PASS, id: code, issuedAt: START, text: `signed ${code} for null` })
    expect((await get(on, `/v1/rights/${PASS}/code`)).body['id'], 'in force').toBe('box-1:1:9:d0')
  })

  test('a box without a key for passes issues no code, and leaves the one before in force', async () => {
    const on = kit()
    expect((await post(on, `/v1/rights/${PASS}/code`)).body.refusal).toBe('no-pass-key')
    expect(on.path.asked).toEqual([])
  })

  test('a pass is renewed as it stands, with the plates that it has', async () => {
    const on = kit()
    await post(on, `/v1/rights/${PASS}/renewals`, { validUntil: START + 1_000 })
    expect(on.path.asked[0]?.body).toMatchObject({
      kind: 'right-put',
      right: { id: PASS, holder: 'Căn hộ 12A', validUntil: START + 1_000 },
      plates: ['30F24680'],
    })
  })

  test('of a holder whose name the vault has no more nobody is named, and it is renewed all the same', async () => {
    const on = kit()
    on.books.park.rights = on.books.park.rights.map((right) => ({ ...right, holderName: null }))
    expect((await get(on, `/v1/rights/${PASS}`)).body).toMatchObject({ holder: null, plates: ['30F24680'] })
    await post(on, `/v1/rights/${PASS}/renewals`, { validUntil: START + 1_000 })
    expect(on.path.asked[0]?.body).toMatchObject({ right: { holder: '' } })
  })

  test('where the vault has its plates no more, they are asked for', async () => {
    const on = kit()
    on.books.park.rights = on.books.park.rights.map((right) => ({ ...right, plateTexts: [null] }))
    expect((await post(on, `/v1/rights/${PASS}/renewals`, { validUntil: START })).body).toMatchObject({
      refusal: 'plate-needed',
    })
    expect((await post(on, `/v1/rights/${PASS}/plates`, { plates: ['29B-1234'] })).status).toBe(200)
    expect(on.path.asked.map(({ body }) => ('plates' in body ? body.plates : null))).toEqual([['29B-1234']])
  })

  test('a plate that is none is told to whoever typed it, and not to a driver at a lane', async () => {
    const on = kit()
    on.path.reply = () => refusedBefore('plate-unreadable')
    const { body } = await post(on, '/v1/rights', { ...pass, plates: ['?'] })
    expect(body.refusal).toBe('plate-unreadable')
    expect(JSON.stringify(body)).toContain('30A-123.45')
    expect(JSON.stringify(body)).not.toMatch(/[Tt]icket/)
    const search = await post(on, '/v1/sessions/search', { plate: '?' })
    expect(JSON.stringify(search.body)).not.toMatch(/[Tt]icket/)
  })

  test('a body of another form is no talk of devices alone', async () => {
    const { body } = await post(kit(), '/v1/rights', { ...pass, spaces: 0 })
    expect(JSON.stringify(body)).toContain('Look at what was entered')
  })

  test.each([
    ['17 plates', { ...pass, plates: Array(17).fill('30A-123.45') }],
    ['an eighth weekday', { ...pass, hours: [{ weekdays: [8], fromMinute: 0, toMinute: 1 }] }],
    ['hours from the end of a day on', { ...pass, hours: [{ weekdays: [1], fromMinute: 1_440, toMinute: 0 }] }],
    ['an end that no calendar has', { ...pass, validUntil: 9e15 }],
    ['15 rows of hours', { ...pass, hours: Array(15).fill(pass.hours[0]) }],
    ['no spaces', { ...pass, spaces: 0 }],
    ['an empty holder', { ...pass, holder: '  ' }],
    ['an unknown member', { ...pass, price: 0 }],
  ])('a pass with %s is refused before the path', async (_what, body) => {
    const on = kit()
    expect((await post(on, '/v1/rights', body)).status).toBe(400)
    expect(on.path.asked).toEqual([])
  })

  test('a validation is for one stay, from its beginning', async () => {
    const on = kit()
    await post(on, `/v1/sessions/${STAY}/validations`, {
      id: 'hd-1',
      holder: 'Siêu thị',
      relief: { kind: 'amount', amount: amount(20_000) },
    })
    expect(on.path.asked[0]?.body).toMatchObject({
      kind: 'right-put',
      isNew: true,
      right: { kind: 'validation', session: STAY, validFrom: START - 3 * HOUR_MS, relief: { amount: amount(20_000) } },
      plates: [],
    })
  })

  test('a vendor validates a stay at its own stall: by the ticket, or by plate and digits; by its id only whoever may list stays', async () => {
    const on = kit()
    const relief = { kind: 'first-minutes', minutes: 60 }
    const give = (stay: object, as: ClientName = 'vendor', id = 'hd-1') =>
      post(on, '/v1/stalls/stall-1/validations', { id, stay, relief }, as, `key-${on.path.asked.length}`)
    const byId = { kind: 'session', id: STAY }
    for (const [stay, as] of [
      [{ kind: 'ticket', text: TICKET_TEXT }, 'vendor'],
      [{ kind: 'plate', plate: '30A-123.45', digits: '0042' }, 'vendor'],
      [byId, 'operator'],
    ] as const)
      expect((await give(stay, as)).status, JSON.stringify(stay)).toBe(200)
    for (const id of [STAY, 'box-1:1:9:s0'])
      expect((await give({ kind: 'session', id })).body.refusal, 'there or not').toBe('forbidden')
    expect(on.path.asked).toHaveLength(3)
    for (const { body } of on.path.asked)
      expect(body).toMatchObject({
        kind: 'right-put',
        isNew: true,
        merchant: 'market',
        right: { id: 'stall-1:hd-1', kind: 'validation', session: STAY, relief },
      })
    expect((await give({ kind: 'ticket', text: TICKET_TEXT }, 'otherVendor')).body.refusal, 'another’s stall').toBe(
      'forbidden',
    )
    expect((await give({ kind: 'ticket', text: 'forged' })).status).toBe(422)
    expect((await give({ kind: 'session', id: 'box-1:1:9:s0' }, 'operator')).body.refusal).toBe('stay-not-found')
    expect(on.path.asked).toHaveLength(3)
  })

  test('a vendor that guesses digits is held up as a driver is', async () => {
    const on = kit({ plateWrongBurstMax: 2 })
    const stay = (digits: string) => ({ kind: 'plate', plate: '30A-123.45', digits })
    const give = (digits: string) =>
      post(
        on,
        '/v1/stalls/stall-1/validations',
        { id: 'h', stay: stay(digits), relief: { kind: 'share', basisPoints: 1 } },
        'vendor',
      )
    expect((await give('0000')).body.refusal).toBe('stay-not-found')
    expect((await give('0001')).body.refusal).toBe('stay-not-found')
    expect((await give('0042')).body.refusal).toBe('ticket-needed')
    expect(on.path.asked).toEqual([])
  })

  test('what merchants gave is read by day', async () => {
    const { body } = await get(kit(), '/v1/validations?from=2026-11-01&to=2026-11-30')
    expect(schemaOf('readValidations').safeParse(body).error?.issues).toBeUndefined()
    expect(body).toMatchObject({ validations: [{ merchant: 'bakery' }], next: '2026-11-22~bakery' })
    const more = await get(kit(), `/v1/validations?from=2026-11-01&to=2026-11-30&after=${body.next}`)
    expect(more.body).toMatchObject({ validations: [{ merchant: 'florist' }], next: null })
    expect((await get(kit(), '/v1/validations?from=yesterday&to=2026-11-30')).status).toBe(400)
    expect((await get(kit(), '/v1/validations?from=2026-11-01&to=2026-11-30&after=bakery')).status).toBe(400)
  })

  test('a validation in another currency than the site’s is refused before the path', async () => {
    const on = kit()
    const relief = { kind: 'amount', amount: { amount: 5, currency: 'USD' } }
    const { status, body } = await post(on, `/v1/sessions/${STAY}/validations`, { id: 'hd-2', holder: 'Spa', relief })
    expect([status, body.refusal]).toEqual([422, 'right-invalid'])
    expect(on.path.asked).toEqual([])
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
