import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ChargeId } from '../../../core/ids.ts'
import { laneId, merchantId, placeId, siteId, vehicleClass } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { ParkingLayout } from '../../../core/parking/place.ts'
import type { SiteLayout, SitePolicy } from '../../../core/site.ts'
import { instant } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { localTimeText } from '../../../gateway/cli/local-time-text.ts'
import * as saleWire from '../../../gateway/http/parking/pass-sale-schemas.ts'
import * as rightWire from '../../../gateway/http/parking/right-schemas.ts'
import { runTolbooth } from '../../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../../simulators/site-kit.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import { createMint } from '../../../simulators/wallet/mint.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { tolbooth } from '../cli/kit.ts'
import { PARKING, PARKING_POLICY } from './fake-park.ts'

const OFFER = {
  tariff: 'hanoi-cars-hoan-kiem',
  pass: 'car-month-day',
  vehicleClass: 'car-9-seats',
  months: 1,
}
const vnd = (amount: number) => ({ amount, currency: 'VND' })
const inCash = (amount: number) => ({ cash: { tender: 'cash', amount: vnd(amount) } })

/** A real gateway that sells the passes of decision 44/2017 of Hanoi, over HTTP, to its books on a disk. */
describe('the sale of monthly passes at a real gateway', () => {
  const folder = temporaryFolder()
  const now = instant(Date.now())
  const issuers = createIssuers({ site: 'sale-park', currency: VND, random: randomBytes, from: instant(now - 60_000) })
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    const kit = siteKit({ site: 'sale-park', stalls: 1 })
    const street = placeId('hoan-kiem-street')
    const car = vehicleClass('car-9-seats')
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
      vehicleClasses: [{ id: car, vi: car, en: car }],
      places: [{ id: street, name: street, parent: null, capacities: [{ vehicleClasses: [car], spaces: 10 }] }],
      lanes: lanes.map(({ id }) => ({
        ...ofLane,
        lane: id,
        inside: street,
        barrier: 'none' as const,
        vehicleClasses: [car],
      })),
    }
    const account = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE' }
    const layout: SiteLayout = {
      ...kit.layout,
      merchants: [...kit.layout.merchants, { id: merchantId('park'), name: 'Bãi xe', account }],
      lanes: [...kit.layout.lanes, ...lanes],
      parking,
    }
    const policy: SitePolicy = {
      ...kit.policy,
      transactionMax: 3_000_000,
      payerDayMax: 3_000_000,
      parking: { ...PARKING_POLICY, bankConfirmation: 'none' },
    }
    const file = 'hanoi-cars-hoan-kiem.json5'
    const text = readFileSync(join(import.meta.dirname, '../../../gateway/tariffs', file), 'utf8')
    spec = await provisionSite({
      dataDir: folder.path,
      kit: { ...kit, layout, policy, tariffs: [{ name: file, text }] },
      issuers,
      now,
    })
    await runTolbooth(['keys', 'pass'], spec.environment)
    for (const [name, ...more] of [
      ['admin'],
      ['attendant', '--lanes', 'park-entry,park-exit'],
      ['vendor', '--stalls', kit.layout.stalls[0]?.id ?? ''],
    ] as const) {
      const added = await runTolbooth(['client', 'add', name, '--json', '--role', name, ...more], spec.environment)
      tokens[name] = z.object({ token: z.string() }).parse(JSON.parse(added)).token
    }
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
    await gateway.start()
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    folder.remove()
  })

  const ask = async (
    method: string,
    address: string,
    body?: unknown,
    { as = 'attendant', key = randomUUID() }: { as?: string; key?: string } = {},
  ) => {
    const answer = await fetch(`${spec.httpUrl}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens[as]}`,
        ...(method === 'POST' ? { 'idempotency-key': key, 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, json: JSON.parse(text) as Record<string, unknown> }
  }
  const sell = (id: string, more: object = {}, key: string = randomUUID()) =>
    ask('POST', '/v1/pass-sales', { id, holder: 'Căn hộ 12A', plates: ['30A-123.45'], offer: OFFER, ...more }, { key })
  const sold = async (id: string, more: object = {}) => {
    const { status, text, json } = await sell(id, more)
    expect(status, text).toBe(201)
    return saleWire.soldPass.parse(json)
  }
  const right = async (id: string) =>
    rightWire.right.parse((await ask('GET', `/v1/rights/${id}`, undefined, { as: 'admin' })).json)
  const sale = async (id: string) => saleWire.passSale.parse((await ask('GET', `/v1/pass-sales/${id}`)).json)
  const run = (...args: string[]) => tolbooth(args, spec.environment)
  /** The first instant of the day on which a month from today is over, by the site's clock. */
  const midnights = (at: number) => localTimeText(at, 'Asia/Ho_Chi_Minh').slice(11, 16)

  test('an attendant sells one for cash, once however often it is sent, and it is in force as the offer says', async () => {
    const key = randomUUID()
    const first = await sell('ve-1', inCash(3_000_000), key)
    expect([first.status, first.text.includes('"due":{"amount":0')]).toEqual([201, true])
    expect((await sell('ve-1', inCash(3_000_000), key)).text).toBe(first.text)
    expect((await sell('ve-1', inCash(3_000_000))).json).toMatchObject({ refusal: 'right-exists' })
    const { sale: charge } = saleWire.soldPass.parse(first.json)
    expect(await right('ve-1')).toMatchObject({
      status: 'active',
      holder: 'Căn hộ 12A',
      plates: ['30A12345'],
      places: ['hoan-kiem-street'],
      vehicleClasses: ['car-9-seats'],
      spaces: 1,
      hours: [{ fromMinute: 360, toMinute: 1_080 }],
      sale: charge,
    })
    const { validUntil, ...paid } = await sale(charge)
    expect(paid).toMatchObject({
      status: 'paid',
      price: vnd(3_000_000),
      paid: vnd(3_000_000),
      transfer: null,
      months: 1,
    })
    expect(midnights(validUntil)).toBe('00:00')
    expect((await right('ve-1')).validUntil).toBe(validUntil)
  })

  test('whoever may sell one, take its cash and refund it may read its charge and its payments; a vendor may not', async () => {
    const { sale: charge } = await sold('ve-read', inCash(3_000_000))
    for (const as of ['attendant', 'admin']) {
      expect((await ask('GET', `/v1/charges/${charge}`, undefined, { as })).json).toMatchObject({ status: 'paid' })
      const { json } = await ask('GET', `/v1/charges/${charge}/payments`, undefined, { as })
      expect(json).toMatchObject({ payments: [{ charge, tender: 'cash' }] })
    }
    for (const more of ['', '/payments'])
      expect((await ask('GET', `/v1/charges/${charge}${more}`, undefined, { as: 'vendor' })).status).toBe(404)
  })

  test('the wrong cash, offer, class or number of months sells nothing, and says what is wrong in both languages', async () => {
    for (const [more, status, refusal] of [
      [inCash(2_900_000), 409, 'pass-price-differs'],
      [{ offer: { ...OFFER, pass: 'week' } }, 422, 'pass-not-on-offer'],
      [{ offer: { ...OFFER, months: 13 } }, 422, 'pass-not-on-offer'],
      [{ offer: { ...OFFER, tariff: 'none' } }, 422, 'pass-not-on-offer'],
      [{ plates: ['?'] }, 409, 'plate-unreadable'],
    ] as const) {
      const refused = await sell('ve-x', more)
      expect([refused.json['refusal'], refused.json['vi'] ?? refused.text], refused.text).toEqual([
        refusal,
        expect.anything(),
      ])
      expect(refused.status, refusal).toBe(status)
      expect(refused.text, 'nobody stands at a lane').not.toMatch(/Lấy vé|Take a ticket/)
    }
    expect((await ask('GET', '/v1/rights/ve-x', undefined, { as: 'admin' })).status).toBe(404)
  })

  test('one that is sold and not paid is refused at the lane by its name, and is good from the transfer that names it', async () => {
    const { sale: charge, outcome } = await sold('ve-2')
    expect(outcome).toMatchObject({ due: vnd(3_000_000), validFrom: null })
    expect((await right('ve-2')).status).toBe('unpaid')
    const code = rightWire.passCode.parse((await ask('POST', '/v1/rights/ve-2/code', undefined, { as: 'admin' })).json)
    const shown = () => ask('POST', '/v1/scans', { place: { kind: 'lane', id: 'park-entry' }, text: code.text })
    expect((await shown()).json).toMatchObject({ refusal: 'pass-unpaid' })
    const { transfer, status } = await sale(charge)
    expect([status, transfer?.reference]).toEqual([
      'unpaid',
      transferReference(charge as ChargeId, siteId('sale-park')),
    ])
    expect(transfer?.code).toContain('3000000')
    const credit = { reference: 'FT26325000001', amount: vnd(3_000_000), text: `CK ${transfer?.reference}` }
    expect((await ask('POST', '/v1/bank-credits', credit, { as: 'admin' })).json).toMatchObject({ kind: 'credited' })
    expect((await right('ve-2')).status).toBe('active')
    const again = await ask('POST', '/v1/bank-credits', { ...credit, reference: 'FT26325000002' }, { as: 'admin' })
    expect(again.json).toMatchObject({ kind: 'credited', overpaid: vnd(3_000_000) })
    expect(await sale(charge)).toMatchObject({ status: 'paid', overpaid: vnd(3_000_000), transfer: null })
    expect((await shown()).json).toMatchObject({ kind: 'let-through' })
  })

  test('cash in two parts, and a payer’s code, pay for one too; a part that is paid goes back when the sale is taken back', async () => {
    const { sale: charge } = await sold('ve-3', { offer: { ...OFFER, months: 2 } })
    const pay = (amount: number) => ask('POST', `/v1/charges/${charge}/cash`, { amount: vnd(amount), tender: 'cash' })
    expect((await pay(1_000_000)).json).toMatchObject({ rest: vnd(5_000_000) })
    expect((await right('ve-3')).status).toBe('unpaid')
    expect((await pay(5_000_000)).json).toMatchObject({ rest: vnd(0) })
    expect((await right('ve-3')).status).toBe('active')

    const { sale: other } = await sold('ve-4', { offer: { ...OFFER, months: 1 } })
    await ask('POST', `/v1/charges/${other}/cash`, { amount: vnd(10_000), tender: 'cash' })
    const taken = await ask('POST', `/v1/pass-sales/${other}/cancellation`, { reason: 'khách đổi ý' })
    expect(taken.json).toMatchObject({ kind: 'pass-sale-cancelled', overpaid: vnd(10_000) })
    expect((await right('ve-4')).status).toBe('ended')
    const back = await ask('POST', `/v1/charges/${other}/refunds`, { amount: vnd(10_000), reason: 'khách đổi ý' })
    expect(back.json).toMatchObject({ kind: 'refunded' })

    const { sale: third } = await sold('ve-5')
    const mint = createMint({
      ...{ site: 'sale-park', payer: 'payer-1', issuers, issuer: issuers.wallet },
      random: randomBytes,
      now: () => instant(Date.now()),
    })
    const { text } = mint.pay({ amt: 3_000_000, aud: 'urn:tolbooth:sale-park' })
    const paid = await ask('POST', '/v1/rights/ve-5/payments', { text })
    expect(paid.json, paid.text).toMatchObject({ kind: 'paid', charge: third })
    expect((await right('ve-5')).status).toBe('active')
    expect((await ask('POST', '/v1/rights/nobody/payments', { text })).status).toBe(404)
  })

  test('cash for a sale that is paid or taken back is refused by that, whatever its amount and whoever confirms it', async () => {
    const { sale: paid } = await sold('ve-paid', inCash(3_000_000))
    await ask('POST', `/v1/charges/${paid}/refunds`, { amount: vnd(3_000_000), reason: 'bán nhầm' }, { as: 'admin' })
    const { sale: cancelled } = await sold('ve-cancelled')
    await ask('POST', `/v1/pass-sales/${cancelled}/cancellation`, { reason: 'khách đổi ý' })
    const { sale: twice } = await sold('ve-twice', inCash(3_000_000))
    for (const charge of [paid, cancelled, twice]) {
      for (const amount of [20_000, 3_000_000, 9_000_000]) {
        for (const confirmed of [{}, { confirmed: true }]) {
          const cash = { amount: vnd(amount), tender: 'cash', ...confirmed }
          const { status, json } = await ask('POST', `/v1/charges/${charge}/cash`, cash)
          expect([status, json], `${amount}`).toEqual([409, expect.objectContaining({ refusal: 'pass-sale-over' })])
          expect(json['due']).toBeNull()
        }
      }
    }
    await ask('POST', `/v1/charges/${twice}/refunds`, { amount: vnd(3_000_000), reason: 'bán nhầm' }, { as: 'admin' })
  })

  test('a renewal goes on where the pass ends, and a refund of it, with a reason, takes that time back: a part of the price when it is confirmed, all of it by the office', async () => {
    const before = (await right('ve-1')).validUntil
    const renewed = await ask('POST', '/v1/rights/ve-1/sales', { offer: OFFER, ...inCash(3_000_000) })
    expect(renewed.status, renewed.text).toBe(201)
    const { sale: charge } = saleWire.soldPass.parse(renewed.json)
    expect(await sale(charge)).toMatchObject({ kind: 'renewal', status: 'paid', validFrom: before })
    expect((await right('ve-1')).validUntil).toBeGreaterThan(before + 27 * 86_400_000)
    const refund = (amount: number, reason: string, more: object = {}, as?: string) =>
      ask('POST', `/v1/charges/${charge}/refunds`, { amount: vnd(amount), reason, ...more }, as ? { as } : {})
    expect((await refund(1_000, ' ')).json).toMatchObject({ refusal: 'reason-missing' })
    const beyond = await refund(3_000_000, 'x', { confirmed: true })
    expect([beyond.status, beyond.json], beyond.text).toEqual([
      403,
      expect.objectContaining({ refusal: 'pass-refund-too-high' }),
    ])
    expect((await refund(3_000_001, 'x', {}, 'admin')).json).toMatchObject({ refusal: 'pass-refund-over' })
    for (const as of ['attendant', 'admin']) {
      const part = await refund(1_000, 'khách chuyển nhà', {}, as)
      expect([part.status, part.json], part.text).toEqual([
        409,
        expect.objectContaining({ refusal: 'pass-refund-part', due: vnd(3_000_000) }),
      ])
    }
    expect(await sale(charge)).toMatchObject({ status: 'paid', refunded: vnd(0) })
    expect((await right('ve-1')).validUntil).toBeGreaterThan(before)
    const given = await refund(1_000, 'khách chuyển nhà', { confirmed: true })
    expect(given.json).toMatchObject({ kind: 'refunded', pass: { right: 've-1', goodUntil: before } })
    expect(await sale(charge)).toMatchObject({ status: 'refunded', refunded: vnd(1_000) })
    expect(await right('ve-1')).toMatchObject({ status: 'active', validUntil: before })
    expect((await refund(2_999_000, 'khách chuyển nhà', {}, 'admin')).json).toMatchObject({ kind: 'refunded' })
    const { sale: whole } = await sold('ve-whole', inCash(3_000_000))
    const back = { amount: vnd(3_000_000), reason: 'bán nhầm' }
    expect((await ask('POST', `/v1/charges/${whole}/refunds`, back, { as: 'admin' })).json).toMatchObject({
      pass: { right: 've-whole', goodUntil: null },
    })
    expect((await right('ve-whole')).status).toBe('ended')
    const other = { ...OFFER, pass: 'car-month-day-and-night' }
    expect((await ask('POST', '/v1/rights/ve-1/sales', { offer: other })).status).not.toBe(201)
  })

  test('tolbooth pass issue --offer sells one, and pass renew --offer goes on with it; what is spelled wrongly sells nothing', async () => {
    const access = ['--url', spec.httpUrl, '--token', tokens['admin'] ?? '']
    const offer = ['--offer', 'hanoi-cars-hoan-kiem/car-month-day']
    const issue = (...more: string[]) => run('pass', 'issue', 'cli-1', '--holder', 'Căn hộ 7B', ...more, ...access)
    for (const [wrong, says] of [
      [['--offer', 'month-day'], /^tolbooth: --offer is a tariff and a pass/],
      [['--offer', 'hanoi-cars-hoan-kiem/week'], /--offer hanoi-cars-hoan-kiem\/week is not on offer today/],
      [[...offer, '--tender', 'card'], /--tender is cash or cash-on-behalf/],
      [[...offer, '--months', '61'], /--months is 1 or a multiple of it up to 12/],
      [[...offer, '--months', '13'], /--months is 1 or a multiple of it up to 12/],
      [[...offer, '--classes', 'motorbike'], /is not on offer today/],
      [[...offer, '--spaces', '2'], /--spaces comes from the offer/],
      [['--tender', 'cash', '--until', '2099-01-01T00:00:00Z'], /go with --offer: without it nothing is sold/],
      [[], /--until says how long it is good; or --offer/],
      [['--until', '2099-01-01T00:00:00Z'], /--reason <text> says why it costs nothing/],
      [[...offer, '--reason', 'x'], /--reason says why something is given for nothing: leave it out/],
    ] as const) {
      const ran = await issue(...wrong)
      expect([ran.status, ran.out], wrong.join(' ')).toEqual([2, ''])
      expect(ran.err).toMatch(says)
    }
    const issued = await issue(...offer, '--plates', '30A-555.55')
    expect([issued.status, issued.err]).toEqual([0, ''])
    expect(issued.out).toContain('cli-1 is sold and not paid: 3,000,000 VND for ')
    expect(issued.out).toMatch(/vé tính từ lần vào sau[\s\S]*the pass counts from its next entry/)
    expect(issued.out.replaceAll('\u00a0', ' ')).toMatch(
      /cli-1: đã ghi bán, chưa trả 3\.000\.000 ₫ .*, hạn \S+ \S+ \+07:00/,
    )
    const { sale: charge } = await right('cli-1')
    expect(issued.out).toContain((await sale(charge ?? '')).transfer?.reference)
    expect((await run('pass', 'renew', 'cli-1', ...offer, ...access)).err).toContain('Pass is not paid')
    await ask('POST', `/v1/pass-sales/${charge}/cancellation`, { reason: 'trả sau' })
    const paid = await run(
      'pass',
      'issue',
      'cli-2',
      '--holder',
      'x',
      ...offer,
      '--months',
      '2',
      '--tender',
      'cash',
      ...access,
    )
    expect(paid.out).toMatch(/cli-2 is paid, 6,000,000 VND \(.*\), and good until \d{4}-\d\d-\d\d 00:00 \+07:00\./)
    expect(paid.out).toContain('✓ cli-2: đã trả 6.000.000')
    const brought = await run('pass', 'plates', 'cli-2', '30A-666.66', ...access)
    for (const { out } of [paid, brought]) expect(out).toContain('the pass counts from its next entry')
    const renewed = await run('pass', 'renew', 'cli-2', ...offer, '--tender', 'cash-on-behalf', ...access)
    expect([renewed.status, renewed.err]).toEqual([0, ''])
    expect((await right('cli-2')).status).toBe('active')
    const refund = (amount: string, ...more: string[]) =>
      run('pass', 'refund', 'cli-2', amount, '--reason', 'khách chuyển nhà', ...more, ...access)
    const part = await refund('1000')
    expect([part.status, part.out]).toEqual([1, ''])
    expect(part.err).toContain('A part back ends the pass too: 3,000,000 VND. ')
    expect(part.err.replaceAll('\u00a0', ' ')).toContain('Trả một phần, vé vẫn hết hạn: 3.000.000 ₫. ')
    const part1 = await refund('1000', '--confirmed')
    expect(part1.err).toBe('')
    expect(part1.out).toMatch(/The pass cli-2 is good until \d{4}-\d\d-\d\d 00:00 \+07:00 still\./)
    const { charge: first = '' } = /\(charge (?<charge>\S+)\)/.exec(paid.out)?.groups ?? {}
    const whole = await refund('6000000', '--sale', first)
    expect(whole.out).toContain('Vé cli-2 hết hạn từ bây giờ.')
    expect((await right('cli-2')).status).toBe('ended')
    expect((await run('pass', 'renew', 'cli-2', '2099-01-01T00:00:00Z', ...offer, ...access)).status).toBe(2)
    expect((await run('pass', 'renew', 'cli-2', ...access)).status).toBe(2)
  }, 60_000)

  test('the books of it add up after a kill, rebuild row by row, and the report of the day shows the money of passes apart', async () => {
    await gateway.kill()
    const totals = await run('report', 'totals', '--json')
    const { takings } = z
      .object({
        takings: z.object({ passes: z.array(z.object({ sold: z.int(), returned: z.int(), payments: z.int() })) }),
      })
      .parse(totals.json())
    expect(takings.passes).toEqual([{ sold: 39_010_000, returned: 18_011_000, payments: 13 }])
    expect((await run('report', 'totals')).out).toContain(
      'of it for passes: 39010000 VND in 13 payment(s), 18011000 VND',
    )
    const verified = await run('journal', 'verify')
    expect([verified.status, verified.err]).toEqual([0, ''])
    const rebuilt = await run('rebuild', join(folder.path, 'again.sqlite'))
    expect([rebuilt.status, rebuilt.err]).toEqual([0, ''])
  }, 30_000)
})
