import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { MINUTE_MS } from '../../../core/time.ts'
import { createFoundStays, FOUND_FOR_MS, FOUND_STAYS_MAX } from '../../../gateway/http/parking/found-stays.ts'
import { chargedStay, STAY, STAY_CHARGE, TICKET_TEXT, YARD_STAY } from './fake-park.ts'
import type { ClientName } from './kit.ts'
import { committed, kit } from './kit.ts'
import { get, post, schemaOf } from './parking-asking.ts'

const byTicket = { stay: { kind: 'ticket', text: TICKET_TEXT } }
const byPlate = (digits = '0042') => ({ stay: { kind: 'plate', plate: '30A-123.45', digits } })
const find = (on: ReturnType<typeof kit>, body: unknown, as: ClientName = 'payStation') =>
  post(on, '/v1/sessions/find', body, as)

describe('a pay station', () => {
  test.each([
    ['the ticket’s code', byTicket],
    ['the plate and the ticket’s digits', byPlate()],
  ])('finds a stay by %s, is told of its plate the end alone, and asks for its price', async (_what, body) => {
    const on = kit()
    const found = await find(on, body)
    expect(found.status).toBe(200)
    expect(schemaOf('findSession').safeParse(found.body).error?.issues).toBeUndefined()
    expect(found.body).toMatchObject({ id: STAY, plateEnd: '2345', charge: null })
    expect(JSON.stringify(found.body)).not.toMatch(/30A|0042/)
    expect((await get(on, `/v1/sessions/${STAY}/quote`, 'payStation')).status).toBe(200)
    expect((await post(on, `/v1/sessions/${STAY}/charge`, undefined, 'payStation')).status).toBe(200)
  })

  test('is told of no stay that it has not found so, though its id can be guessed', async () => {
    const on = kit()
    const status = async (id: string) => (await get(on, `/v1/sessions/${id}/quote`, 'payStation')).status
    expect(await status(STAY)).toBe(404)
    await find(on, byTicket)
    expect([await status(STAY), await status(YARD_STAY)]).toEqual([200, 404])
    await on.clock.advance(FOUND_FOR_MS + 1)
    expect(await status(STAY), 'its driver has gone').toBe(404)
  })

  test('reads the transfer’s code once the charge asks for what is due, and not before', async () => {
    const on = kit()
    await find(on, byTicket)
    const transfer = async () =>
      ((await get(on, `/v1/sessions/${STAY}/quote`, 'payStation')).body as { transfer: { code: string } | null })
        .transfer
    expect(await transfer(), 'nothing has been asked').toBeNull()
    const [stay] = on.books.park.stays
    if (stay === undefined) throw new Error('no stay')
    on.books.park.stays = [chargedStay(stay, 50_000, 0, null)]
    expect(await transfer(), 'less has been asked than is due').toBeNull()
    on.books.park.stays = [chargedStay(stay, 85_000, 20_000, null)]
    expect(await transfer()).toMatchObject({
      amount: { amount: 65_000, currency: 'VND' },
      account: { bankBin: '970436' },
      code: expect.stringMatching(/^000201/),
    })
    expect((await get(on, `/v1/charges/${STAY_CHARGE}`, 'payStation')).status).toBe(200)
    on.books.park.bankConfirmation = 'none'
    expect(await transfer(), 'no bank would tell').toBeNull()
  })

  test('opens no arm, books no cash, gives nothing back and lists nothing, also of a stay that it has found', async () => {
    const on = kit()
    await find(on, byTicket)
    const amount = { amount: 1_000, currency: 'VND' }
    for (const [address, body] of [
      ['/v1/lanes/lane-in/open', { reason: 'x' }],
      [`/v1/charges/${STAY_CHARGE}/cash`, { amount, tender: 'cash' }],
      [`/v1/sessions/${STAY}/cash`, { amount, tender: 'cash', reason: 'x' }],
      [`/v1/charges/${STAY_CHARGE}/refunds`, { amount, reason: 'x' }],
      ['/v1/sessions/search', { plate: '12345' }],
      [`/v1/sessions/${STAY}/corrections`, { correction: { kind: 'close' }, reason: 'x' }],
    ] as const)
      expect((await post(on, address, body, 'payStation')).status, address).toBe(403)
    for (const address of ['/v1/sessions', `/v1/sessions/${STAY}`, '/v1/cases', '/v1/live'])
      expect((await get(on, address, 'payStation')).status, address).toBe(403)
    expect(on.path.asked).toEqual([])
  })

  test.each([
    ['a ticket that is none', { stay: { kind: 'ticket', text: 'x' } }, 422],
    ['other digits', byPlate('0043'), 404],
    ['another plate', { stay: { kind: 'plate', plate: '30A-999.99', digits: '0042' } }, 404],
    ['a stay by its id', { stay: { kind: 'session', id: STAY } }, 400],
  ])('finds nothing by %s, and says so in both languages', async (_what, body, status) => {
    const on = kit()
    const answer = await find(on, body)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ refusal: expect.any(String), vi: expect.any(Object), en: expect.any(Object) })
    expect((await get(on, `/v1/sessions/${STAY}/quote`, 'payStation')).status).toBe(404)
  })

  test('is told what to do with a ticket, and of no wallet, in both languages', async () => {
    const on = kit({ plateLookBurstMax: 100 })
    const wordsOf = async (body: unknown) => {
      const { body: answer } = await find(on, body)
      return JSON.stringify(answer)
    }
    const refused = [await wordsOf({ stay: { kind: 'ticket', text: 'x' } })]
    for (let index = 0; index < 5; index += 1) await find(on, byPlate(`010${index}`))
    refused.push(await wordsOf(byPlate()))
    for (const words of refused) {
      expect(words).toMatch(/gọi nhân viên.*call staff/)
      expect(words).not.toMatch(/ví|wallet|ứng dụng|\bapp\b|thanh toán|page|trang/i)
    }
    expect(refused[0]).toMatch(/token-signature.*Not a ticket of this car park/)
    expect(refused[1]).toMatch(/ticket-needed.*QR code/)
  })

  test('finds no stay that is over and owes nothing', async () => {
    const on = kit()
    on.books.park.stays = on.books.park.stays.map((stay) => ({ ...stay, session: { ...stay.session, status: 'left' } }))
    expect((await find(on, byTicket)).body).toMatchObject({ refusal: 'stay-over' })
  })

  test('looks by a plate a few times, whatever the answer; by a ticket as often as anybody asks', async () => {
    const on = kit({ plateLookBurstMax: 3, plateLooksPerSecondMax: 0.1 })
    for (let index = 0; index < 3; index += 1) expect((await find(on, byPlate(`010${index}`))).status).toBe(404)
    const blocked = await find(on, byPlate())
    expect(blocked).toMatchObject({ status: 429, body: { refusal: 'too-many-requests' } })
    expect((await find(on, byTicket)).status).toBe(200)
    await on.clock.advance(10_000)
    expect((await find(on, byPlate())).status).toBe(200)
  })

  test('and whoever else looks share the wrong digits of a plate: after them its ticket is needed', async () => {
    const on = kit({ plateLookBurstMax: 100 })
    for (let index = 0; index < 5; index += 1)
      expect((await find(on, byPlate(`010${index}`), index % 2 === 0 ? 'payStation' : 'attendant')).status).toBe(404)
    expect((await find(on, byPlate())).body).toMatchObject({ refusal: 'ticket-needed' })
    expect((await find(on, byTicket)).status).toBe(200)
  })
})

describe('a pay station where the site lets a stay without a ticket be paid by its plate', () => {
  const plateAlone = { stay: { kind: 'plate', plate: '30A-123.45' } }
  function withoutTicket(): ReturnType<typeof kit> {
    const on = kit()
    on.books.park.payByPlateAlone = true
    on.books.park.stays = on.books.park.stays.map((stay) =>
      stay.session.id === STAY
        ? {
            ...chargedStay(stay, 85_000, 20_000, null),
            session: { ...stay.session, credentials: [], charge: STAY_CHARGE },
          }
        : stay,
    )
    return on
  }

  test('finds it by the whole plate, and is told what paying it needs: neither when it came in, nor how it is reckoned, nor what its plate owes', async () => {
    const on = withoutTicket()
    const found = await find(on, plateAlone)
    expect(found.status).toBe(200)
    expect(schemaOf('findSession').safeParse(found.body).error?.issues).toBeUndefined()
    expect(found.body).toMatchObject({ id: STAY, place: 'lot', plateEnd: '2345', entry: null })
    const quoted = await get(on, `/v1/sessions/${STAY}/quote`, 'payStation')
    expect(schemaOf('quoteSession').safeParse(quoted.body).error?.issues).toBeUndefined()
    expect(quoted.body).toMatchObject({
      due: { amount: 65_000 },
      paid: { amount: 20_000 },
      transfer: { amount: { amount: 65_000 } },
      debts: null,
      segments: [],
      explained: { vi: [], en: [] },
    })
    expect((await post(on, `/v1/sessions/${STAY}/charge`, undefined, 'payStation')).status).toBe(200)
    expect((await get(on, `/v1/sessions/${STAY}/quote`, 'operator')).body, 'staff see all of it').toMatchObject({
      debts: { amount: 0 },
      explained: { vi: expect.arrayContaining([expect.any(String)]) },
    })
  })

  test.each([
    ['one with a ticket', { stay: { kind: 'plate', plate: '29B-555.55' } }, true, 'payStation'],
    ['one that is not inside', { stay: { kind: 'plate', plate: '51F-000.00' } }, true, 'payStation'],
    ['one where the site lets nobody', plateAlone, false, 'payStation'],
    ['one that staff ask for: they search, which is on record', plateAlone, true, 'operator'],
  ] as const)('finds by the plate alone no stay: %s', async (_what, body, payByPlateAlone, as) => {
    const on = withoutTicket()
    on.books.park.payByPlateAlone = payByPlateAlone
    expect(await find(on, body, as)).toMatchObject({ status: 404, body: { refusal: 'stay-not-found' } })
    expect((await get(on, `/v1/sessions/${YARD_STAY}/quote`, 'payStation')).status).toBe(404)
  })

  test('no merchant validates by the plate alone', async () => {
    const on = withoutTicket()
    const body = { id: 'hd-1', ...plateAlone, relief: { kind: 'first-minutes', minutes: 60 } }
    expect((await post(on, '/v1/stalls/stall-1/validations', body, 'vendor')).status).toBe(400)
  })
})

describe('an attendant', () => {
  test('finds by a ticket the stays behind their lanes; those of others look like none', async () => {
    const on = kit()
    expect((await find(on, byTicket, 'attendant')).body).toMatchObject({ id: STAY })
    const elsewhere = { stay: { kind: 'plate', plate: '29B-555.55', digits: '0042' } }
    expect((await find(on, elsewhere, 'attendant')).body).toMatchObject({ refusal: 'stay-not-found' })
    expect((await find(on, elsewhere, 'anyLane')).body).toMatchObject({ id: YARD_STAY })
  })
})

test('an attendant who hands in what they noted is told to look at what they wrote: nobody stands there who could take a ticket, or open a wallet', async () => {
  const on = kit()
  on.path.reply = () => committed({ ok: false, refusal: 'plate-unreadable', due: null })
  const at = '2026-11-22T10:05:00+07:00'
  const noted = { kind: 'let-out', occurredAt: at, handedInAt: at, reason: 'hộp không chạy' }
  const words = async (named: object) =>
    JSON.stringify((await post(on, '/v1/lanes/lane-in/late-events', { ...noted, ...named }, 'attendant')).body)
  const ofPlate = await words({ plate: '---' })
  expect(ofPlate).toContain('Xem lại biển số đã gõ')
  expect(ofPlate).not.toMatch(/Lấy vé|Take a ticket/)
  const ofTicket = await words({ ticket: 'x' })
  expect(ofTicket).toContain('Not a ticket of this car park')
  expect(ofTicket).not.toMatch(/wallet|ứng dụng/)
})

test('a machine remembers as many stays as it may, the latest of them, and another machine knows none of them', () => {
  let ms = 0
  const found = createFoundStays({ monotonicMs: () => ms })
  const id = (index: number) => `box-1:1:${index}:s0` as SessionId
  for (let index = 0; index <= FOUND_STAYS_MAX; index += 1) {
    ms += MINUTE_MS / 60
    found.note('machine-1', id(index), false)
  }
  expect([found.has('machine-1', id(0)), found.has('machine-1', id(1))]).toEqual([false, true])
  expect(found.has('machine-1', id(FOUND_STAYS_MAX))).toBe(true)
  expect(found.has('machine-2', id(FOUND_STAYS_MAX))).toBe(false)
})
