import { describe, expect, test } from 'vitest'
import type { OperationName } from '../../../gateway/http/operations.ts'
import { operations } from '../../../gateway/http/operations.ts'
import { pageAccess } from '../../../gateway/http/pages/add-pages.ts'
import { PASS, PASS_CHARGE, PICTURE, STAY, STAY_CHARGE, TICKET_TEXT } from './fake-park.ts'
import type { ClientName } from './kit.ts'
import { kit, postForm, signIn } from './kit.ts'

const VND_1 = { amount: 1, currency: 'VND' }
const who = ['nobody', 'vendor', 'attendant', 'operator', 'admin', 'scraper', 'payStation'] as const
type Who = (typeof who)[number]

/** What each gets, written out: this is the table that a reviewer reads. The address is one that belongs to `till-1` and `gate-1`. */
const table: Record<OperationName, { ask: [method: string, address: string, body?: unknown] } & Record<Who, number>> = {
  showToken: {
    ask: ['POST', '/v1/scans', { place: { kind: 'stall', id: 'stall-1' }, text: 'x' }],
    ...row(401, 200, 403, 200, 200, 403),
  },
  openCharge: {
    ask: ['POST', '/v1/charges', { stall: 'stall-1', amount: { amount: 1, currency: 'VND' } }],
    ...row(401, 200, 403, 200, 200, 403),
  },
  readCharge: { ask: ['GET', '/v1/charges/box-1:1:1:g0'], ...row(401, 200, 404, 200, 200, 403, 404) },
  cancelCharge: { ask: ['POST', '/v1/charges/box-1:1:1:g0/cancel'], ...row(401, 200, 403, 200, 200, 403) },
  readPayments: { ask: ['GET', '/v1/charges/box-1:1:1:g0/payments'], ...row(401, 200, 404, 200, 200, 403, 404) },
  readReceipt: { ask: ['GET', '/v1/receipts/box-1:1:1:r0'], ...row(401, 200, 404, 200, 200, 403, 404) },
  readJournal: { ask: ['GET', '/v1/journal'], ...row(401, 403, 403, 200, 200, 403) },
  readExposure: { ask: ['GET', '/v1/exposure'], ...row(401, 403, 403, 200, 200, 403) },
  hearUpstream: { ask: ['POST', '/v1/upstream/heard'], ...row(401, 403, 403, 200, 200, 403) },
  readDevices: { ask: ['GET', '/v1/devices'], ...row(401, 403, 200, 200, 200, 403) },
  enrolDevice: {
    ask: ['POST', '/v1/devices', { id: 'r-9', driver: 'qr-reader', place: { kind: 'site' }, role: null }],
    ...row(401, 403, 403, 403, 201, 403),
  },
  revokeDevice: { ask: ['POST', '/v1/devices/reader-1/revoke'], ...row(401, 403, 403, 403, 200, 403) },
  newDevicePassword: { ask: ['POST', '/v1/devices/reader-1/password'], ...row(401, 403, 403, 403, 200, 403) },
  readClients: { ask: ['GET', '/v1/clients'], ...row(401, 403, 403, 403, 200, 403) },
  addClient: {
    ask: ['POST', '/v1/clients', { id: 'till-9', role: 'vendor', mode: 'live', stalls: ['stall-1'] }],
    ...row(401, 403, 403, 403, 201, 403),
  },
  revokeClient: { ask: ['POST', '/v1/clients/till/revoke'], ...row(401, 403, 403, 403, 200, 403) },
  readLanes: { ask: ['GET', '/v1/lanes'], ...row(401, 403, 200, 200, 200, 403) },
  declareEmergency: { ask: ['POST', '/v1/emergency', { active: true }], ...row(401, 403, 200, 200, 200, 403) },
  openLane: { ask: ['POST', '/v1/lanes/lane-in/open', { reason: 'x' }], ...row(401, 403, 200, 200, 200, 403) },
  readSessions: { ask: ['GET', '/v1/sessions'], ...row(401, 403, 200, 200, 200, 403) },
  searchSessions: { ask: ['POST', '/v1/sessions/search', { plate: '12345' }], ...row(401, 403, 200, 200, 200, 403) },
  findSession: {
    ask: ['POST', '/v1/sessions/find', { stay: { kind: 'ticket', text: TICKET_TEXT } }],
    ...row(401, 403, 200, 200, 200, 403, 200),
  },
  readSession: { ask: ['GET', `/v1/sessions/${STAY}`], ...row(401, 403, 200, 200, 200, 403) },
  quoteSession: { ask: ['GET', `/v1/sessions/${STAY}/quote`], ...row(401, 403, 200, 200, 200, 403, 404) },
  askSession: { ask: ['POST', `/v1/sessions/${STAY}/charge`], ...row(401, 403, 200, 200, 200, 403, 404) },
  // Nobody has asked yet what it costs.
  paySession: {
    ask: ['POST', `/v1/sessions/${STAY}/payments`, { text: 'x' }],
    ...row(401, 403, 404, 404, 404, 403, 404),
  },
  correctSession: {
    ask: ['POST', `/v1/sessions/${STAY}/corrections`, { correction: { kind: 'close' }, reason: 'x' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  takeCashWithoutPrice: {
    ask: [
      'POST',
      `/v1/sessions/${STAY}/cash`,
      { amount: { amount: 50_000, currency: 'VND' }, tender: 'cash', reason: 'x' },
    ],
    ...row(401, 403, 200, 200, 200, 403),
  },
  reckonSession: {
    ask: ['POST', `/v1/sessions/${STAY}/reckoning`, { reason: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  validateSession: {
    ask: [
      'POST',
      `/v1/sessions/${STAY}/validations`,
      { id: 'hd-1', holder: 'Shop', relief: { kind: 'first-minutes', minutes: 60 }, reason: 'x' },
    ],
    ...row(401, 403, 403, 200, 200, 403),
  },
  askTicket: {
    ask: ['POST', '/v1/lanes/lane-in/ticket', { vehicleClass: null }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  chooseSession: {
    ask: ['POST', '/v1/lanes/lane-in/session', { session: STAY, reason: 'x' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  leaveOnDebt: { ask: ['POST', '/v1/lanes/lane-in/debt', { reason: 'x' }], ...row(401, 403, 200, 200, 200, 403) },
  handInLate: {
    ask: [
      'POST',
      '/v1/lanes/lane-in/late-events',
      {
        kind: 'let-in',
        occurredAt: '2026-11-22T10:00:00+07:00',
        handedInAt: '2026-11-22T11:00:00+07:00',
        plate: '30A-123.45',
        reason: 'mất điện',
      },
    ],
    ...row(401, 403, 200, 200, 200, 403),
  },
  readTicketKeys: { ask: ['GET', '/v1/ticket-keys'], ...row(401, 403, 200, 200, 200, 403) },
  takeCash: {
    ask: ['POST', `/v1/charges/${STAY_CHARGE}/cash`, { amount: VND_1, tender: 'cash' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  creditCharge: {
    ask: ['POST', `/v1/charges/${STAY_CHARGE}/credits`, { amount: VND_1, reference: 'FT26-1' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  takeBankCredit: {
    ask: ['POST', '/v1/bank-credits', { amount: VND_1, reference: 'FT26-2', text: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  readBankCredits: { ask: ['GET', '/v1/bank-credits'], ...row(401, 403, 403, 200, 200, 403) },
  assignBankCredit: {
    ask: ['POST', '/v1/bank-credits/assignments', { reference: 'FT26-2', charge: STAY_CHARGE, reason: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  returnBankCredit: {
    ask: ['POST', '/v1/bank-credits/returns', { reference: 'FT26-2', reason: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  sendBankCreditBack: {
    ask: ['POST', '/v1/bank-credits/returns/sent', { reference: 'FT26-2', sent: 'FT26-3', reason: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  refundCharge: {
    ask: ['POST', `/v1/charges/${STAY_CHARGE}/refunds`, { amount: VND_1, reason: 'x' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  readCases: { ask: ['GET', '/v1/cases'], ...row(401, 403, 200, 200, 200, 403) },
  endCase: { ask: ['POST', '/v1/cases/box-1:1:60:k1/end', { reason: 'x' }], ...row(401, 403, 200, 200, 200, 403) },
  readPicture: { ask: ['GET', `/v1/pictures/${PICTURE}`], ...row(401, 403, 200, 200, 200, 403) },
  readPictureName: { ask: ['GET', `/v1/pictures/${PICTURE}/name`], ...row(401, 403, 200, 200, 200, 403) },
  readRights: { ask: ['GET', '/v1/rights'], ...row(401, 403, 403, 200, 200, 403) },
  readRight: { ask: ['GET', `/v1/rights/${PASS}`], ...row(401, 403, 403, 200, 200, 403) },
  issuePass: {
    ask: [
      'POST',
      '/v1/rights',
      {
        id: 'p-2',
        holder: 'A',
        places: [],
        vehicleClasses: [],
        spaces: 1,
        validFrom: 1,
        validUntil: 2,
        hours: [],
        plates: ['30A12345'],
        reason: 'x',
      },
    ],
    ...row(401, 403, 403, 201, 201, 403),
  },
  validateAtStall: {
    ask: [
      'POST',
      '/v1/stalls/stall-1/validations',
      { id: 'hd-1', stay: { kind: 'ticket', text: TICKET_TEXT }, relief: { kind: 'first-minutes', minutes: 60 } },
    ],
    ...row(401, 200, 403, 200, 200, 403),
  },
  readCorrections: { ask: ['GET', '/v1/corrections'], ...row(401, 403, 403, 200, 200, 403) },
  readValidations: {
    ask: ['GET', '/v1/validations?from=2026-11-01&to=2026-11-30'],
    ...row(401, 403, 403, 200, 200, 403),
  },
  // This one's box signs none, and its pass has no code.
  issuePassCode: { ask: ['POST', `/v1/rights/${PASS}/code`], ...row(401, 403, 403, 503, 503, 403) },
  readPassCode: { ask: ['GET', `/v1/rights/${PASS}/code`], ...row(401, 403, 403, 503, 503, 403) },
  readPassCodePicture: { ask: ['GET', `/v1/rights/${PASS}/code.svg`], ...row(401, 403, 403, 503, 503, 403) },
  sellPass: {
    ask: [
      'POST',
      '/v1/pass-sales',
      {
        id: 'sold-1',
        holder: 'x',
        plates: [],
        offer: { tariff: 'cars', pass: 'month', vehicleClass: 'car', months: 1 },
      },
    ],
    ...row(401, 403, 200, 200, 200, 403),
  },
  sellRenewal: {
    ask: [
      'POST',
      `/v1/rights/${PASS}/sales`,
      { offer: { tariff: 'cars', pass: 'month', vehicleClass: 'car', months: 1 } },
    ],
    ...row(401, 403, 200, 200, 200, 403),
  },
  readPassSale: { ask: ['GET', `/v1/pass-sales/${STAY_CHARGE}`], ...row(401, 403, 404, 404, 404, 403) },
  cancelPassSale: {
    ask: ['POST', `/v1/pass-sales/${STAY_CHARGE}/cancellation`, { reason: 'why' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  payPass: { ask: ['POST', `/v1/rights/${PASS}/payments`, { text: 'a.b.c' }], ...row(401, 403, 404, 404, 404, 403) },
  renewPass: {
    ask: ['POST', `/v1/rights/${PASS}/renewals`, { validUntil: 1, reason: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  bringPass: {
    ask: ['POST', `/v1/rights/${PASS}/plates`, { plates: ['30A12345'] }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  moveRight: {
    ask: ['POST', `/v1/rights/${PASS}/status`, { status: 'suspended', reason: 'x' }],
    ...row(401, 403, 403, 200, 200, 403),
  },
  readOccupancy: { ask: ['GET', '/v1/occupancy'], ...row(401, 403, 200, 200, 200, 403) },
  correctOccupancy: {
    ask: ['POST', '/v1/occupancy', { place: 'lot', vehicleClass: 'car', count: 3, reason: 'x' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  readTariffs: { ask: ['GET', '/v1/tariffs'], ...row(401, 403, 200, 200, 200, 403) },
  checkTariff: { ask: ['POST', '/v1/tariffs/check', { text: '{}' }], ...row(401, 403, 403, 200, 200, 403) },
  tryTariff: {
    ask: [
      'POST',
      '/v1/tariffs/try',
      { vehicleClass: 'car', place: 'lot', from: '2026-11-22T07:30', until: '2026-11-22T19:10' },
    ],
    ...row(401, 403, 200, 200, 200, 403),
  },
  apdsPlaces: { ask: ['GET', '/v1/apds/places'], ...row(401, 403, 403, 200, 200, 200) },
  apdsRates: { ask: ['GET', '/v1/apds/rates'], ...row(401, 403, 403, 200, 200, 200) },
  apdsOccupancy: { ask: ['GET', '/v1/apds/occupancy'], ...row(401, 403, 403, 200, 200, 200) },
  freeSpaces: { ask: ['GET', '/v1/free-spaces'], ...row(200, 200, 200, 200, 200, 200, 200) },
  live: { ask: ['GET', '/v1/live'], ...row(401, 200, 200, 200, 200, 403) },
  health: { ask: ['GET', '/healthz'], ...row(200, 200, 200, 200, 200, 200, 200) },
  ready: { ask: ['GET', '/readyz'], ...row(200, 200, 200, 200, 200, 200, 200) },
  metrics: { ask: ['GET', '/metrics'], ...row(401, 403, 403, 200, 200, 200) },
  description: { ask: ['GET', '/openapi.json'], ...row(401, 200, 200, 200, 200, 200, 200) },
}

const pages: Record<string, Record<Who, number>> = {
  '/': row(303, 200, 200, 200, 200, 403),
  // A bearer token begins no session, and only a session has a page that acts.
  '/desk': row(303, 403, 303, 303, 303, 403),
  '/live/stream': row(401, 200, 200, 200, 200, 403),
  '/receipts/check': row(303, 200, 200, 200, 200, 403),
  '/docs': row(303, 200, 200, 200, 200, 200),
  '/parking': row(200, 200, 200, 200, 200, 200, 200),
  '/sign-in': row(200, 200, 200, 200, 200, 200, 200),
  '/assets/page.css': row(200, 200, 200, 200, 200, 200, 200),
  '/assets/page.js': row(200, 200, 200, 200, 200, 200, 200),
  '/assets/icon.svg': row(200, 200, 200, 200, 200, 200, 200),
}

function row(
  ...[nobody, vendor, attendant, operator, admin, scraper, payStation = 403]: [
    nobody: number,
    vendor: number,
    attendant: number,
    operator: number,
    admin: number,
    scraper: number,
    payStation?: number,
  ]
) {
  return { nobody, vendor, attendant, operator, admin, scraper, payStation }
}

const clientOf = (name: Who): ClientName | null => (name === 'nobody' ? null : name)

describe('who may', () => {
  for (const [name, { ask, ...expected }] of Object.entries(table)) {
    const [method, address, body] = ask
    for (const each of who) {
      test(`${each} gets ${expected[each]} for ${method} ${address}`, async () => {
        const on = kit()
        const answer = await on.ask(method, address, clientOf(each), body === undefined ? {} : { body })
        expect(answer.status, name).toBe(expected[each])
        await answer.body?.cancel()
      })
    }
  }

  for (const [address, expected] of Object.entries(pages)) {
    for (const each of who) {
      test(`${each} gets ${expected[each]} for the page ${address}`, async () => {
        const answer = await kit().ask('GET', address, clientOf(each))
        expect(answer.status).toBe(expected[each])
        await answer.body?.cancel()
      })
    }
  }

  test('every operation and every page is in the tables above', async () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(operations).sort())
    expect(Object.keys(pageAccess).sort()).toEqual(['api', 'desk', 'live', 'receipt'])
  })

  test('nothing is decided for one who may not', async () => {
    const on = kit()
    for (const { ask } of Object.values(table)) {
      const [method, address, body] = ask
      if (method !== 'POST') continue
      await on.ask(method, address, null, { body })
      await on.ask(method, address, 'scraper', { body })
    }
    expect(on.path.asked).toEqual([])
    expect(on.enrolled).toEqual([])
  })
})

/** The charge of a pass is at no stall and of no stay: whoever may sell passes takes its money, gives it back and reads what came of it. */
const ofPass: Partial<typeof table> = {
  readPassSale: { ask: ['GET', `/v1/pass-sales/${PASS_CHARGE}`], ...row(401, 403, 200, 200, 200, 403) },
  readCharge: { ask: ['GET', `/v1/charges/${PASS_CHARGE}`], ...row(401, 404, 200, 200, 200, 403, 404) },
  readPayments: { ask: ['GET', `/v1/charges/${PASS_CHARGE}/payments`], ...row(401, 404, 200, 200, 200, 403, 404) },
  readReceipt: { ask: ['GET', '/v1/receipts/box-1:1:51:r0'], ...row(401, 404, 200, 200, 200, 403, 404) },
  takeCash: {
    ask: ['POST', `/v1/charges/${PASS_CHARGE}/cash`, { amount: VND_1, tender: 'cash' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  refundCharge: {
    ask: ['POST', `/v1/charges/${PASS_CHARGE}/refunds`, { amount: VND_1, reason: 'x' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
  cancelPassSale: {
    ask: ['POST', `/v1/pass-sales/${PASS_CHARGE}/cancellation`, { reason: 'x' }],
    ...row(401, 403, 200, 200, 200, 403),
  },
}

test.each(who)(
  'the charge of a pass is read, paid, given back and receipted by whoever may sell one: %s',
  async (each) => {
    const on = kit()
    for (const { ask, ...expected } of Object.values(ofPass)) {
      const [method, address, body] = ask
      const answer = await on.ask(method, address, clientOf(each), body === undefined ? {} : { body })
      expect(answer.status, `${method} ${address}`).toBe(expected[each])
      await answer.body?.cancel()
    }
  },
)

describe('within a role', () => {
  const amount = { amount: 1, currency: 'VND' }
  test.each([
    ['a vendor', 'vendor', 'POST', '/v1/charges', { stall: 'stall-2', amount }, 403],
    ['a vendor', 'vendor', 'POST', '/v1/scans', { place: { kind: 'stall', id: 'stall-2' }, text: 'x' }, 403],
    ['a vendor', 'vendor', 'POST', '/v1/scans', { place: { kind: 'lane', id: 'lane-in' }, text: 'x' }, 403],
    ['a vendor', 'vendor', 'GET', '/v1/charges/box-1:1:2:g0', undefined, 404],
    ['a vendor', 'vendor', 'GET', '/v1/charges/box-1:1:2:g0/payments', undefined, 404],
    ['a vendor', 'vendor', 'POST', '/v1/charges/box-1:1:2:g0/cancel', undefined, 404],
    ['a vendor', 'vendor', 'GET', '/v1/receipts/box-1:1:2:r0', undefined, 404],
    ['an attendant', 'attendant', 'POST', '/v1/lanes/lane-out/open', { reason: 'x' }, 403],
    ['an attendant', 'attendant', 'POST', '/v1/scans', { place: { kind: 'stall', id: 'stall-1' }, text: 'x' }, 403],
    ['an attendant', 'attendant', 'POST', '/v1/scans', { place: { kind: 'lane', id: 'lane-out' }, text: 'x' }, 403],
    ['an attendant of all lanes', 'anyLane', 'POST', '/v1/lanes/lane-out/open', { reason: 'x' }, 200],
    ['an attendant', 'attendant', 'GET', '/v1/charges/box-1:1:3:g0', undefined, 200],
  ] as const)('%s (%s) who asks %s %s for %j gets %i', async (_who, as, method, address, body, status) => {
    const on = kit()
    const answer = await on.ask(method, address, as, body === undefined ? {} : { body })
    expect(answer.status).toBe(status)
    expect(on.path.asked).toHaveLength(status === 200 && method === 'POST' ? 1 : 0)
  })

  test('an attendant sees their own lanes only', async () => {
    const lanes = async (as: ClientName): Promise<unknown> => (await kit().ask('GET', '/v1/lanes', as)).json()
    expect(await lanes('attendant')).toMatchObject({ lanes: [{ id: 'lane-in' }] })
    expect(await lanes('anyLane')).toMatchObject({ lanes: [{ id: 'lane-in' }, { id: 'lane-out' }] })
  })
})

describe('bearer tokens', () => {
  test.each([
    ['nothing', undefined, 'Bearer realm="tolbooth"'],
    ['an unknown token', `Bearer tb_${'A'.repeat(43)}`, 'Bearer realm="tolbooth", error="invalid_token"'],
    ['a short token', 'Bearer short', 'Bearer realm="tolbooth", error="invalid_token"'],
    ['another scheme', 'Basic dGlsbC0xOnNlY3JldA==', 'Bearer realm="tolbooth", error="invalid_token"'],
    ['a token of 4,000 characters', `Bearer ${'A'.repeat(4_000)}`, 'Bearer realm="tolbooth", error="invalid_token"'],
  ])('with %s the answer is 401 and says how to sign in', async (_what, authorization, says) => {
    const answer = await kit().ask(
      'GET',
      '/v1/lanes',
      null,
      authorization === undefined ? {} : { headers: { authorization } },
    )
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(says)
  })

  test('a role that may not is told so, and not asked to sign in again', async () => {
    const answer = await kit().ask('GET', '/v1/journal', 'vendor')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="tolbooth", error="insufficient_scope"')
  })

  test('a token in the address counts for nothing', async () => {
    const on = kit()
    const answer = await on.ask('GET', '/v1/lanes?access_token=tb_x', null)
    expect(answer.status).toBe(401)
  })
})

describe('the cookie of a page', () => {
  test('reads what its role may read', async () => {
    const on = kit()
    const cookie = await signIn(on, 'operator')
    expect((await on.ask('GET', '/v1/lanes', null, { headers: { cookie } })).status).toBe(200)
    expect((await on.ask('GET', '/', null, { headers: { cookie } })).status).toBe(200)
  })

  test('writes nothing: no page of any site can make a browser take money or open a lane', async () => {
    const on = kit()
    const cookie = await signIn(on, 'admin')
    for (const { ask } of Object.values(table)) {
      const [method, address, body] = ask
      if (method !== 'POST') continue
      expect((await on.ask(method, address, null, { body, headers: { cookie } })).status, address).toBe(401)
    }
    expect(on.path.asked).toEqual([])
  })

  test('does not help a wrong token out', async () => {
    const on = kit()
    const cookie = await signIn(on, 'admin')
    const headers = { cookie, authorization: `Bearer tb_${'A'.repeat(43)}` }
    expect((await on.ask('GET', '/v1/lanes', null, { headers })).status).toBe(401)
  })

  test('of a scraper opens no page', async () => {
    const on = kit()
    const cookie = await signIn(on, 'scraper')
    expect((await on.ask('GET', '/', null, { headers: { cookie } })).status).toBe(403)
    expect((await postForm(on, '/receipts/check', { receipt: 'x' }, { cookie })).status).toBe(403)
  })
})
