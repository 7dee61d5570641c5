import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { desc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ChargeId } from '../../../core/ids.ts'
import { laneId, merchantId, siteId } from '../../../core/ids.ts'
import { VND } from '../../../core/money.ts'
import type { SiteLayout, SitePolicy } from '../../../core/site.ts'
import { instant, SECOND_MS } from '../../../core/time.ts'
import { transferReference } from '../../../core/transfer-reference.ts'
import { openForReading } from '../../../db/open.ts'
import { document } from '../../../db/schema.ts'
import { dataFiles } from '../../../gateway/config.ts'
import { outcome as outcomeSchema } from '../../../gateway/http/outcome-schema.ts'
import * as caseWire from '../../../gateway/http/parking/case-schemas.ts'
import * as correctionWire from '../../../gateway/http/parking/correction-schemas.ts'
import * as creditWire from '../../../gateway/http/parking/credit-schemas.ts'
import * as occupancyWire from '../../../gateway/http/parking/occupancy-schemas.ts'
import * as rightWire from '../../../gateway/http/parking/right-schemas.ts'
import * as stayWire from '../../../gateway/http/parking/stay-schemas.ts'
import * as tariffWire from '../../../gateway/http/parking/tariff-schemas.ts'
import * as wire from '../../../gateway/http/schemas.ts'
import { runTolbooth } from '../../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../../simulators/site-kit.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import { createMint } from '../../../simulators/wallet/mint.ts'
import { fixturesOf } from '../../devices/fixtures.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { CAR, carsByTheHour, PARKING, PARKING_POLICY } from './fake-park.ts'

const WAITS_MAX = 5
const WHY = ['--reason', 'Xe của nhân viên']

/**
 * A car park over a real gateway: a process of its own, its files on a disk, its books and its keys. Its lanes are free-flow ones without a device: people and their phones are all there is.
 */
describe('a car park that is looked after by HTTP alone', () => {
  const folder = temporaryFolder()
  const now = instant(Date.now())
  const issuers = createIssuers({ site: 'http-park', currency: VND, random: randomBytes, from: instant(now - 60_000) })
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  let token = ''
  let machine = ''

  beforeAll(async () => {
    const kit = siteKit({ site: 'http-park', stalls: 1 })
    const account = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE' }
    const layout: SiteLayout = {
      ...kit.layout,
      merchants: [...kit.layout.merchants, { id: merchantId('park'), name: 'Bãi xe', account }],
      lanes: [
        ...kit.layout.lanes,
        ...(['entry', 'exit'] as const).map((direction) => ({
          id: laneId(`park-${direction}`),
          name: direction,
          direction,
          merchant: merchantId('park'),
          price: null,
          takes: ['pay', 'ticket', 'pass'] as const,
          failSafe: 'closed' as const,
        })),
      ],
      parking: {
        ...PARKING,
        merchant: merchantId('park'),
        lanes: PARKING.lanes.map((lane, index) => ({
          ...lane,
          lane: laneId(index === 0 ? 'park-entry' : 'park-exit'),
          barrier: 'none',
          // What has no tariff is let in nowhere: the site would not be ready.
          vehicleClasses: [CAR],
        })),
      },
    }
    const policy: SitePolicy = { ...kit.policy, parking: PARKING_POLICY }
    spec = await provisionSite({ dataDir: folder.path, kit: { ...kit, layout, policy }, issuers, now })
    const tariffs = { version: { epoch: 1, n: 1 }, issuedAt: new Date(now).toISOString(), files: ['cars.json5'] }
    writeFileSync(join(folder.path, 'tariffs.json'), JSON.stringify(tariffs))
    writeFileSync(join(folder.path, 'cars.json5'), carsByTheHour(10_000))
    await runTolbooth(['keys', 'pass'], spec.environment)
    const added = async (id: string, role: string): Promise<string> =>
      z
        .object({ token: z.string() })
        .parse(JSON.parse(await runTolbooth(['client', 'add', id, '--json', '--role', role], spec.environment))).token
    token = await added('owner', 'admin')
    machine = await added('machine-1', 'pay-station')
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
    await gateway.start()
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    folder.remove()
  })

  const mint = createMint({
    site: 'http-park',
    payer: 'payer-1',
    issuers,
    issuer: issuers.wallet,
    random: randomBytes,
    now: () => instant(Date.now()),
  })
  const payersCode = () => mint.pay({ amt: 50_000, aud: 'urn:tolbooth:http-park' }).text
  const send = (method: string, address: string, body: unknown, key: string) =>
    sendAs(token, method, address, body, key)
  const sendAs = (whose: string, method: string, address: string, body: unknown, key: string) =>
    fetch(`${spec.httpUrl}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${whose}`,
        ...(method === 'POST' ? { 'idempotency-key': key, 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  /** Like every client that keeps to the contract it waits when it is told to: how many requests a test makes in how many seconds is the machine's affair. */
  const ask = async (method: string, address: string, body?: unknown, key: string = randomUUID()) => {
    let answer = await send(method, address, body, key)
    for (let waits = 0; answer.status === 429 && waits < WAITS_MAX; waits += 1) {
      await answer.body?.cancel()
      await delay(Number(answer.headers.get('retry-after')) * SECOND_MS)
      answer = await send(method, address, body, key)
    }
    const text = await answer.text()
    return { status: answer.status, text, json: JSON.parse(text) as unknown }
  }
  const read = async <Schema extends z.ZodType>(address: string, schema: Schema): Promise<z.output<Schema>> => {
    const { status, text, json } = await ask('GET', address)
    expect(status, text).toBe(200)
    return schema.parse(json)
  }

  const tariffsInForce = async (n: number, text: string): Promise<void> => {
    const bundle = { version: { epoch: 1, n }, issuedAt: new Date(now + n).toISOString(), files: ['cars.json5'] }
    writeFileSync(join(folder.path, 'tariffs.json'), JSON.stringify(bundle))
    writeFileSync(join(folder.path, 'cars.json5'), text)
    gateway.reload()
    const inForce = async () => (await read('/v1/tariffs', tariffWire.tariffs)).version?.n
    await expect.poll(inForce, { timeout: 10_000 }).toBe(n)
  }

  test('its files are in force: places, tariffs and what a car would pay', async () => {
    expect((await read('/v1/tariffs', tariffWire.tariffs)).tariffs).toMatchObject([{ id: 'cars', version: '2026-01' }])
    const spaces = await (await fetch(`${spec.httpUrl}/v1/free-spaces`)).json()
    expect(occupancyWire.freeSpaces.parse(spaces).places[0]).toMatchObject({
      place: 'lot',
      vehicleClass: 'car',
      free: 40,
    })
    const tried = await ask('POST', '/v1/tariffs/try', {
      vehicleClass: 'car',
      place: 'lot',
      from: '2026-11-22T07:30',
      until: '2026-11-22T19:10',
    })
    expect(tariffWire.tariffTried.parse(tried.json)).toMatchObject({ ok: true, total: { amount: 120_000 } })
  })

  test('a count is corrected once, whoever asks again, and a kill forgets nothing', async () => {
    const key = randomUUID()
    const correction = { place: 'lot', vehicleClass: 'car', count: 37, reason: 'đếm tay' }
    const corrected = await ask('POST', '/v1/occupancy', correction, key)
    expect(corrected.status, corrected.text).toBe(200)
    await gateway.kill()
    await gateway.start()
    expect((await ask('POST', '/v1/occupancy', correction, key)).text).toBe(corrected.text)
    expect((await ask('POST', '/v1/occupancy', { ...correction, count: 1 }, key)).status).toBe(409)
    const { occupancy } = await read('/v1/occupancy', occupancyWire.occupancy)
    expect(occupancy[0]).toMatchObject({ count: 37, free: 3, state: 'few' })
  }, 30_000)

  test('a pass is issued, renewed and ended, and stays ended', async () => {
    const pass = {
      id: 've-1',
      holder: 'Căn hộ 12A',
      places: ['lot'],
      vehicleClasses: ['car'],
      spaces: 1,
      validFrom: now,
      validUntil: now + 86_400_000,
      hours: [],
      plates: ['30A-123.45'],
      reason: 'Xe của nhân viên',
    }
    const { reason: _why, ...without } = pass
    expect((await ask('POST', '/v1/rights', without)).status, 'given for nothing, and nobody says why').toBe(400)
    const blank = await ask('POST', '/v1/rights', { ...pass, reason: ' ' })
    expect(blank.json).toMatchObject({ refusal: 'reason-missing' })
    expect((await ask('POST', '/v1/rights', pass)).status).toBe(201)
    const taken = await ask('POST', '/v1/rights', { ...pass, holder: 'Căn hộ 5B', plates: ['29B-555.55'] })
    expect([taken.status, wire.problem.parse(taken.json).refusal]).toEqual([409, 'right-exists'])
    expect(
      (await ask('POST', '/v1/rights/ve-1/renewals', { validUntil: now + 172_800_000, reason: 'Bù ngày mưa' })).status,
    ).toBe(200)
    expect(await read('/v1/rights/ve-1', rightWire.right)).toMatchObject({
      validUntil: now + 172_800_000,
      plates: ['30A12345'],
    })
    expect((await ask('POST', '/v1/rights/ve-1/status', { status: 'ended', reason: 'trả thẻ' })).status).toBe(200)
    const again = await ask('POST', '/v1/rights', pass)
    expect(wire.problem.parse(again.json).refusal).toBe('right-ended')
  })

  test('a pass has a signed code: it lets in, another one calls it in, and another key leaves it good', async () => {
    const access = ['--url', spec.httpUrl, '--token', token]
    const tolbooth = (...args: string[]): Promise<string> => runTolbooth(['pass', ...args], spec.environment)
    const until = new Date(now + 86_400_000).toISOString()
    const named = ['issue', 've-2', '--holder', 'Căn hộ 9C', '--plates', '29C-111.22']
    expect(
      await tolbooth(...named, '--until', until, ...WHY, ...access),
      'whoever is inside pays for this stay',
    ).toMatch(/vé tính từ lần vào sau[\s\S]*the pass counts from its next entry/)
    expect((await ask('GET', '/v1/rights/ve-2/code')).json).toMatchObject({ refusal: 'pass-code-none' })
    for (const where of [access, []]) {
      expect(await tolbooth('show', 've-2', ...where)).toContain('holder: Căn hộ 9C\nplates: 29C11122')
    }
    const issue = async () => rightWire.passCode.parse((await ask('POST', '/v1/rights/ve-2/code')).json).text
    const show = async (lane: string, text: string) => {
      const { json } = await ask('POST', '/v1/scans', { place: { kind: 'lane', id: lane }, text })
      const { kind = null, refusal = null } = z
        .looseObject({ kind: z.string().optional(), refusal: z.string().optional() })
        .parse(json)
      return kind ?? refusal
    }
    const lost = await issue()
    const code = await issue()
    const [, claims = ''] = code.split('.')
    expect(Buffer.from(claims, 'base64url').toString(), 'of whom it is, the books say').not.toContain('9C')
    expect((await read('/v1/rights/ve-2/code', rightWire.passCode)).text).toBe(code)
    expect((JSON.parse(await tolbooth('code', 've-2', '--json')) as { readonly text: string }).text).toBe(code)
    expect(await tolbooth('code', 've-2', ...access)).toContain(code)
    expect((await ask('GET', '/v1/journal?limit=500')).text, 'nobody reads a code out of the books').not.toContain(code)

    expect(await show('park-entry', lost)).toBe('pass-code-replaced')
    await tolbooth('status', 've-2', 'suspended', '--reason', 'chưa đóng tiền', ...access)
    expect(await show('park-entry', code)).toBe('right-suspended')
    await tolbooth('status', 've-2', 'active', '--reason', 'đã đóng tiền', ...access)
    // The key is another one from the next start on; what the old one signed before is good all the same.
    await runTolbooth(['keys', 'pass', '--renew'], spec.environment)
    await gateway.kill()
    await gateway.start()
    expect(await show('park-entry', code)).toBe('let-through')
    const signedAnew = (await read('/v1/rights/ve-2/code', rightWire.passCode)).text
    expect(signedAnew).not.toBe(code)
    const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
    expect(stay).toMatchObject({ status: 'inside', entry: { by: 'right' } })
    expect(await show('park-exit', signedAnew), 'the same code under another key').toBe('let-through')
    expect((await read('/v1/sessions', stayWire.sessions)).sessions).toEqual([])
  }, 60_000)

  test('after a restore the newest code of a pass is taken, and the one that it had called in is not', async () => {
    const access = ['--url', spec.httpUrl, '--token', token]
    const until = new Date(now + 86_400_000).toISOString()
    const issuing = [
      'pass',
      'issue',
      've-3',
      '--holder',
      'Căn hộ 3A',
      '--until',
      until,
      '--plates',
      '29C-333.33',
      ...WHY,
    ]
    await runTolbooth([...issuing, ...access], spec.environment)
    const issue = async () => rightWire.passCode.parse((await ask('POST', '/v1/rights/ve-3/code')).json).text
    const show = async (lane: string, text: string) => {
      const { json } = await ask('POST', '/v1/scans', { place: { kind: 'lane', id: lane }, text })
      const said = z.looseObject({ kind: z.string().optional(), refusal: z.string().optional() }).parse(json)
      return said.kind ?? said.refusal
    }
    const stolen = await issue()
    await runTolbooth(['backup', join(folder.path, 'before.db')], spec.environment)
    const newest = await issue()
    await gateway.kill()
    await runTolbooth(['restore', join(folder.path, 'before.db')], spec.environment)
    await gateway.start()
    expect(await show('park-entry', newest)).toBe('let-through')
    expect(await show('park-exit', stolen)).toBe('pass-code-replaced')
    expect(await show('park-exit', newest)).toBe('let-through')
    expect((await read('/v1/rights/ve-3/code', rightWire.passCode)).text, 'written down as the newest').toBe(newest)
  }, 60_000)

  test('after a restore the code of a pass sold since the backup lets nobody in and calls staff once with a case, and a ticket of since is paid at the exit', async () => {
    await runTolbooth(['backup', join(folder.path, 'sold-since.db')], spec.environment)
    const terms = { holder: 'Căn hộ 9D', plates: ['29D-999.99'], vehicleClasses: [CAR], spaces: 1, places: [] }
    const times = { validFrom: now, validUntil: now + 86_400_000, hours: [] }
    const issued = await ask('POST', '/v1/rights', { id: 've-since', ...terms, ...times, reason: 'Xe của nhân viên' })
    expect(issued.status, issued.text).toBe(201)
    const code = rightWire.passCode.parse((await ask('POST', '/v1/rights/ve-since/code')).json).text
    await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
    const ticket = newestTicket(folder.path)
    const find = () => ask('POST', '/v1/sessions/find', { stay: { kind: 'ticket', text: ticket } })
    expect((await find()).status).toBe(200)

    await gateway.kill()
    await runTolbooth(['restore', join(folder.path, 'sold-since.db')], spec.environment)
    await gateway.start()
    const lane = { kind: 'lane', id: 'park-entry' }
    for (const text of [code, code]) {
      const { json } = await ask('POST', '/v1/scans', { place: lane, text })
      expect(json).toMatchObject({ refusal: 'right-unknown' })
    }
    const { cases } = z
      .object({ cases: z.array(z.looseObject({ id: z.string(), kind: z.string(), lane: z.string().nullable() })) })
      .parse((await ask('GET', '/v1/cases')).json)
    const lost = cases.filter(({ kind }) => kind === 'pass-lost')
    expect(lost).toMatchObject([{ lane: 'park-entry' }])
    await ask('POST', `/v1/cases/${lost[0]?.id}/end`, { reason: 'đã cấp lại' })

    const atStation = await find()
    expect([atStation.status, atStation.json]).toEqual([404, expect.objectContaining({ refusal: 'ticket-not-booked' })])
    expect(atStation.text).toContain('pay at the exit')
    const page = await fetch(`${spec.httpUrl}/parking`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: spec.httpUrl },
      body: new URLSearchParams({ ticket }),
    })
    expect([page.status, (await page.text()).includes('trả ở lối ra')]).toEqual([404, true])
    const exit = await ask('POST', '/v1/scans', { place: { ...lane, id: 'park-exit' }, text: ticket })
    expect(exit.json).toMatchObject({ kind: 'amount-asked' })
    expect((await find()).status, 'the books have it now').toBe(200)
    const { charge, due } = z.looseObject({ charge: z.string(), due: z.unknown() }).parse(exit.json)
    await ask('POST', `/v1/charges/${charge}/cash`, { amount: due, tender: 'cash' })
    expect((await read('/v1/sessions', stayWire.sessions)).sessions).toEqual([])
    for (const { id: open } of (await read('/v1/cases', caseWire.cases)).cases)
      await ask('POST', `/v1/cases/${open}/end`, { reason: 'xong' })
  }, 60_000)

  test('an opening of a lane without an arm is told as such, and not as one that has not closed', async () => {
    const opened = await runTolbooth(['report', 'opened', '--all'], spec.environment)
    const free = opened.split('\n').filter((line) => line.includes('  park-'))
    expect(free.length).toBeGreaterThan(0)
    for (const line of free)
      expect(line).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} \+07:00 {2}park-.* {2}no arm to move$/)
  })

  test('what was put right is told in either language, with who and why', async () => {
    const corrections = await runTolbooth(['report', 'corrections'], spec.environment)
    expect(corrections).toMatch(/^\d{4}-\d{2}-\d{2} .* {2}count of vehicles corrected {2}\S+\/\S+ {2}\d+ → \d+ {2}\S/m)
    const inVietnamese = await runTolbooth(['report', 'corrections', '--lang', 'vi'], spec.environment)
    expect(inVietnamese.split('\n')).toHaveLength(corrections.split('\n').length)
    expect(inVietnamese).toContain('Sửa số xe trong bãi')
  })

  test('a plate that is none is refused by the rules, and a search is in the journal without what was typed', async () => {
    const searched = await ask('POST', '/v1/sessions/search', { plate: '123.45' })
    expect(stayWire.foundPlates.parse(searched.json)).toEqual({ found: [], isWhole: true })
    const journal = await ask('GET', '/v1/journal?limit=500')
    expect(journal.text).toContain('"plates-searched"')
    expect(journal.text).not.toMatch(/123\.?45/)
  })

  test('a forged ticket opens no driver’s page', async () => {
    const answer = await fetch(`${spec.httpUrl}/parking`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: spec.httpUrl },
      body: new URLSearchParams({ ticket: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln' }),
    })
    expect(answer.status).toBe(422)
  })

  test('a code at a pay station pays a stay once, and the same code again is answered', async () => {
    await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
    const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
    if (stay === undefined) throw new Error('no stay was begun')
    const asked = outcomeSchema.parse((await ask('POST', `/v1/sessions/${stay.id}/charge`)).json)
    if (asked.kind !== 'amount-asked') throw new Error(asked.kind)
    const newCode = () => ({ text: payersCode(), key: randomUUID() })
    const pay = ({ text, key }: ReturnType<typeof newCode>) =>
      ask('POST', `/v1/sessions/${stay.id}/payments`, { text }, key)
    let shown = newCode()
    let paid = await pay(shown)
    // The books were restored a moment ago: a code of before that is refused, and the payer makes a new one.
    if (paid.text.includes('token-before-epoch')) {
      await delay(17 * SECOND_MS)
      shown = newCode()
      paid = await pay(shown)
    }
    const { text, key } = shown
    expect(outcomeSchema.parse(paid.json)).toMatchObject({ kind: 'paid', charge: asked.charge, amount: asked.due })
    expect((await ask('POST', `/v1/sessions/${stay.id}/payments`, { text }, key)).text).toBe(paid.text)
    const again = await ask('POST', `/v1/sessions/${stay.id}/payments`, { text })
    expect(outcomeSchema.parse(again.json)).toMatchObject({ kind: 'already-accepted', charge: asked.charge })
    expect((await read(`/v1/sessions/${stay.id}/quote`, stayWire.quote)).due.amount).toBe(0)
    const closing = { correction: { kind: 'close' }, reason: 'đã ra' }
    expect((await ask('POST', `/v1/sessions/${stay.id}/corrections`, closing)).status).toBe(200)
    expect((await read('/v1/sessions', stayWire.sessions)).sessions).toEqual([])
  })

  test('a pay station finds a stay by its driver’s ticket, shows the transfer, takes a code, reads the receipt, may nothing else, and after a cut is told again what it was answered, by its key', async () => {
    const ask = async (method: string, address: string, body?: unknown, key: string = randomUUID()) => {
      const answer = await sendAs(machine, method, address, body, key)
      return { status: answer.status, json: z.looseObject({}).parse(await answer.json()) }
    }
    const issued = await send('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' }, randomUUID())
    expect(issued.status).toBe(200)
    const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
    if (stay === undefined) throw new Error('no stay was begun')
    const of = `/v1/sessions/${stay.id}`
    const find = (named: object) => ask('POST', '/v1/sessions/find', { stay: named })
    const ticket = newestTicket(folder.path)

    expect((await ask('GET', `${of}/quote`)).json, 'not found yet').toMatchObject({ refusal: 'stay-not-found' })
    const forged = await find({ kind: 'ticket', text: `${ticket.slice(0, -8)}AAAAAAAA` })
    expect(forged).toMatchObject({ status: 422, json: { refusal: 'token-signature' } })
    const bad = await find({ kind: 'ticket', text: 'x' })
    expect(bad).toMatchObject({ status: 422, json: { refusal: 'not-a-token' } })
    expect(JSON.stringify(bad.json)).toMatch(/mã QR trên vé.*QR code on the parking ticket/)
    const found = await find({ kind: 'ticket', text: `https://park.example/parking#${ticket}` })
    expect(found).toMatchObject({ status: 200, json: { id: stay.id, plateEnd: null, charge: null } })
    expect(stayWire.quote.parse((await ask('GET', `${of}/quote`)).json).transfer, 'nothing is asked').toBeNull()

    const asked = outcomeSchema.parse((await ask('POST', `${of}/charge`)).json)
    if (asked.kind !== 'amount-asked') throw new Error(asked.kind)
    expect(stayWire.quote.parse((await ask('GET', `${of}/quote`)).json).transfer).toMatchObject({
      amount: asked.due,
      reference: transferReference(asked.charge as ChargeId, siteId('http-park')),
      code: expect.stringMatching(/^000201/),
    })
    for (const [method, address, body] of [
      ['POST', '/v1/lanes/park-exit/open', { reason: 'x' }],
      ['POST', `/v1/charges/${asked.charge}/cash`, { amount: asked.due, tender: 'cash' }],
      ['POST', `/v1/charges/${asked.charge}/refunds`, { amount: asked.due, reason: 'x' }],
      ['GET', '/v1/sessions', undefined],
      ['POST', '/v1/sessions/search', { plate: '123.45' }],
    ] as const)
      expect((await ask(method, address, body)).status, address).toBe(403)

    const [code, key] = [{ text: payersCode() }, randomUUID()]
    const answered = await ask('POST', `${of}/payments`, code, key)
    const paid = outcomeSchema.parse(answered.json)
    if (paid.kind !== 'paid') throw new Error(paid.kind)
    expect(paid).toMatchObject({ charge: asked.charge, amount: asked.due })
    expect((await ask('GET', `/v1/receipts/${paid.receipt}`)).json).toMatchObject({ charge: asked.charge })
    expect(stayWire.quote.parse((await ask('GET', `${of}/quote`)).json)).toMatchObject({
      due: { amount: 0 },
      transfer: null,
    })

    // By plate and digits, as a driver types them who has lost sight of the code.
    const plate = { correction: { kind: 'plate', plate: '30A-123.45' }, reason: 'đọc tại chỗ' }
    expect((await send('POST', `${of}/corrections`, plate, randomUUID())).status).toBe(200)
    const { ticketDigits } = await read(of, stayWire.session)
    expect(await find({ kind: 'plate', plate: '30A-123.45', digits: ticketDigits })).toMatchObject({
      status: 200,
      json: { id: stay.id, plateEnd: '2345' },
    })
    const closing = { correction: { kind: 'close' }, reason: 'đã ra' }
    expect((await send('POST', `${of}/corrections`, closing, randomUUID())).status).toBe(200)
    expect((await find({ kind: 'ticket', text: ticket })).json).toMatchObject({ refusal: 'stay-over' })

    // The power was cut before the machine heard that it was paid: what it has found is forgotten, what it was answered is not.
    await gateway.kill()
    await gateway.start()
    const notFound = { status: 404, json: { refusal: 'stay-not-found' } }
    expect(await ask('POST', `${of}/payments`, code, key)).toEqual(answered)
    expect(await ask('POST', `${of}/payments`, code), 'that was never asked under this key').toMatchObject(notFound)
    expect(await ask('POST', `${of}/charge`), 'nothing else of it is told').toMatchObject(notFound)
    expect(await ask('GET', `${of}/quote`)).toMatchObject(notFound)
    const reused = { status: 409, json: { refusal: 'key-reused' } }
    const none = `${of}9`
    for (const other of [of, none])
      expect(await ask('POST', `${other}/payments`, { text: payersCode() }, key), other).toMatchObject(reused)
    expect(await ask('POST', `${none}/payments`, code), 'as of one that there is not').toMatchObject(notFound)
  }, 60_000)

  test('a vehicle comes in by a ticket, its bill runs, and it pays in cash', async () => {
    const given = await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
    expect(given.status, given.text).toBe(200)
    const { sessions } = await read('/v1/sessions', stayWire.sessions)
    const [stay] = sessions
    if (stay === undefined) throw new Error('no stay was begun')
    expect(stay).toMatchObject({ vehicleClass: 'car', place: 'lot', status: 'inside' })
    const quote = await read(`/v1/sessions/${stay.id}/quote`, stayWire.quote)
    expect(quote).toMatchObject({ total: { amount: 10_000 }, due: { amount: 10_000 } })
    const asked = outcomeSchema.parse((await ask('POST', `/v1/sessions/${stay.id}/charge`)).json)
    if (asked.kind !== 'amount-asked') throw new Error(asked.kind)
    const cash = { amount: asked.due, tender: 'cash' }
    const paid = outcomeSchema.parse((await ask('POST', `/v1/charges/${asked.charge}/cash`, cash)).json)
    expect(paid).toMatchObject({ kind: 'credited', rest: { amount: 0 }, overpaid: { amount: 0 } })
    const after = await read(`/v1/sessions/${stay.id}/quote`, stayWire.quote)
    expect(after.due.amount).toBe(0)
    expect(after.graceUntil).not.toBeNull()

    // A transfer for it that comes all the same is given back, and the same reference is never taken twice.
    const credit = { amount: asked.due, reference: 'FT26326-1' }
    const credited = await ask('POST', `/v1/charges/${asked.charge}/credits`, credit)
    expect(outcomeSchema.parse(credited.json)).toMatchObject({ overpaid: { amount: 10_000 } })
    expect((await ask('POST', `/v1/charges/${asked.charge}/credits`, credit)).text).toBe(credited.text)
    const { cases } = await read('/v1/cases', caseWire.cases)
    expect(cases.map(({ kind }) => kind)).toEqual(['overpaid'])
    const refund = { amount: asked.due, reason: 'trả hai lần' }
    expect((await ask('POST', `/v1/charges/${asked.charge}/refunds`, refund)).status).toBe(200)
    expect((await read('/v1/cases', caseWire.cases)).cases).toEqual([])
  })

  test('who has paid the stay and still owes from before is asked for nothing at the desk that nobody takes there: the debt is told beside it, and paid at its own charge', async () => {
    const cameIn = async () => {
      await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
      const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
      const of = `/v1/sessions/${stay?.id}`
      const known = { correction: { kind: 'plate', plate: '30A-555.55' }, reason: 'đọc bằng mắt' }
      expect((await ask('POST', `${of}/corrections`, known)).status).toBe(200)
      const asked = outcomeSchema.parse((await ask('POST', `${of}/charge`)).json)
      if (asked.kind !== 'amount-asked') throw new Error(asked.kind)
      expect(asked.due.amount, 'what the stay costs').toBe(10_000)
      return { of, ...asked }
    }
    const amounts = async (of: string) => {
      const { due, debts } = await read(`${of}/quote`, stayWire.quote)
      return { due: due.amount, debts: debts?.amount }
    }
    const pay = async ({ charge }: { charge: string }, amount = 10_000) =>
      (await ask('POST', `/v1/charges/${charge}/cash`, { amount: { amount, currency: 'VND' }, tender: 'cash' })).json
    const close = { correction: { kind: 'close' }, reason: 'nhân viên cho ra' }

    const before = await cameIn()
    expect((await ask('POST', `${before.of}/corrections`, close)).status).toBe(200)
    expect(await amounts(before.of)).toEqual({ due: 10_000, debts: 0 })

    const stay = await cameIn()
    expect(await amounts(stay.of)).toEqual({ due: 10_000, debts: 10_000 })
    expect(outcomeSchema.parse(await pay(stay))).toMatchObject({ amount: { amount: 10_000 }, rest: { amount: 0 } })
    expect(await amounts(stay.of)).toEqual({ due: 0, debts: 10_000 })
    expect((await ask('POST', `${stay.of}/charge`)).json).toMatchObject({ kind: 'nothing-due' })
    expect(await pay(stay)).toMatchObject({ refusal: 'cash-unlikely' })

    expect(await pay(before)).toMatchObject({
      amount: { amount: 10_000 },
      rest: { amount: 0 },
      overpaid: { amount: 0 },
    })
    expect(await amounts(stay.of)).toEqual({ due: 0, debts: 0 })
    for (const { id } of (await read('/v1/cases', caseWire.cases)).cases)
      await ask('POST', `/v1/cases/${id}/end`, { reason: 'xong' })
    expect((await ask('POST', `${stay.of}/corrections`, close)).status).toBe(200)
  }, 60_000)

  test('a debt on the wrong plate is taken off by the office, with a reason: its holder is told of none, the corrections say it, and a second time nothing is owed', async () => {
    const cameIn = async () => {
      await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
      const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
      const of = `/v1/sessions/${stay?.id}`
      const known = { correction: { kind: 'plate', plate: '30A-777.77' }, reason: 'đọc bằng mắt' }
      expect((await ask('POST', `${of}/corrections`, known)).status).toBe(200)
      return { of, id: stay?.id }
    }
    const debts = async (of: string) => (await read(`${of}/quote`, stayWire.quote)).debts?.amount
    const close = { correction: { kind: 'close' }, reason: 'nhân viên cho ra' }
    const off = { correction: { kind: 'debt-off' }, reason: 'biển giả' }
    const thief = await cameIn()
    expect((await ask('POST', `${thief.of}/corrections`, off)).json).toMatchObject({ refusal: 'nothing-owed' })
    expect((await ask('POST', `${thief.of}/corrections`, close)).status).toBe(200)
    const holder = await cameIn()
    expect(await debts(holder.of)).toBe(10_000)

    const key = randomUUID()
    const done = await ask('POST', `${thief.of}/corrections`, off, key)
    expect(done.json).toMatchObject({ kind: 'noted' })
    expect((await ask('POST', `${thief.of}/corrections`, off, key)).text, 'its answer was lost').toBe(done.text)
    expect((await ask('POST', `${thief.of}/corrections`, off)).json).toMatchObject({ refusal: 'nothing-owed' })
    expect(await debts(holder.of)).toBe(0)
    expect((await read(thief.of, stayWire.session)).charge).toMatchObject({ status: 'paid', paid: { amount: 10_000 } })
    expect((await read('/v1/cases?kind=left-unpaid', caseWire.cases)).cases).toEqual([])
    const { corrections } = await read('/v1/corrections', correctionWire.corrections)
    expect(corrections.filter(({ of }) => of === thief.id).at(-1)).toMatchObject({
      kind: 'debt-off',
      before: '10000 VND',
      after: '0 VND',
      reason: 'biển giả',
    })
    expect((await ask('POST', `${holder.of}/corrections`, close)).status).toBe(200)
    expect((await ask('POST', `${holder.of}/corrections`, off)).status).toBe(200)
  }, 60_000)

  test('without a tariff its cash is booked as it was taken, and the stay that is ended so waits until it is reckoned', async () => {
    await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
    const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
    const of = `/v1/sessions/${stay?.id}`
    const cash = { amount: { amount: 4_000, currency: 'VND' }, tender: 'cash', reason: 'chưa có bảng giá' }
    expect((await ask('POST', `${of}/cash`, cash)).json).toMatchObject({ refusal: 'price-known' })

    await tariffsInForce(2, carsByTheHour(10_000).replace('validTo: null', "validTo: '2026-06-30'"))
    expect((await ask('POST', `${of}/charge`)).json).toMatchObject({ refusal: 'no-tariff' })
    const key = randomUUID()
    const booked = await ask('POST', `${of}/cash`, cash, key)
    expect(outcomeSchema.parse(booked.json)).toMatchObject({ kind: 'credited', amount: { amount: 4_000 } })
    expect((await ask('POST', `${of}/cash`, cash, key)).text, 'asked again').toBe(booked.text)
    expect((await ask('POST', `${of}/reckoning`, { reason: 'x' })).json).toMatchObject({ refusal: 'nothing-to-reckon' })
    const waiting = async () => (await read('/v1/cases?kind=not-reckoned', caseWire.cases)).cases
    const listed = async () => (await waiting()).map(({ session, isStayOver }) => ({ session, isStayOver }))
    const cli = () => runTolbooth(['session', 'reckon', '--url', spec.httpUrl, '--token', token], spec.environment)
    expect(await listed(), 'its vehicle is inside still').toEqual([{ session: stay?.id, isStayOver: false }])
    expect(await cli()).toMatch(/còn trong bãi.*still inside/)
    const closing = { correction: { kind: 'close' }, reason: 'nhân viên cho ra' }
    expect((await ask('POST', `${of}/corrections`, closing)).status).toBe(200)

    expect(await listed()).toEqual([{ session: stay?.id, isStayOver: true }])
    expect(await cli()).not.toContain('still inside')
    const [{ id } = { id: '' }] = await waiting()
    const ending = await ask('POST', `/v1/cases/${id}/end`, { reason: 'xong' })
    expect(ending.json).toMatchObject({ refusal: 'reckoning-waits' })
    expect((await ask('POST', `${of}/reckoning`, { reason: 'x' })).json).toMatchObject({ refusal: 'no-tariff' })

    await tariffsInForce(3, carsByTheHour(10_000))
    const reckoned = await ask('POST', `${of}/reckoning`, { reason: 'đã có bảng giá' })
    expect(outcomeSchema.parse(reckoned.json)).toMatchObject({ kind: 'amount-asked', due: { amount: 6_000 } })
    expect(await waiting()).toEqual([])
    expect((await read(of, stayWire.session)).charge).toMatchObject({
      status: 'owed',
      due: { amount: 10_000 },
      paid: { amount: 4_000 },
    })
    const { charge } = z.looseObject({ charge: z.string() }).parse(reckoned.json)
    await ask('POST', `/v1/charges/${charge}/cash`, { amount: { amount: 6_000, currency: 'VND' }, tender: 'cash' })
    expect((await read(of, stayWire.session)).charge?.status).toBe('paid')
    for (const { id: open } of (await read('/v1/cases', caseWire.cases)).cases)
      await ask('POST', `/v1/cases/${open}/end`, { reason: 'xong' })
  }, 60_000)

  test('the command line lists what waits for its price, and settles it as a supervisor says, in both languages', async () => {
    const cli = (...args: string[]) =>
      runTolbooth(['session', 'reckon', ...args, '--url', spec.httpUrl, '--token', token], spec.environment)
    expect(await cli()).toContain('No stay waits for its price.')
    await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
    const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
    if (stay === undefined) throw new Error('no stay was begun')
    await tariffsInForce(4, carsByTheHour(10_000).replace('validTo: null', "validTo: '2026-06-30'"))
    const closing = { correction: { kind: 'close' }, reason: 'nhân viên cho ra' }
    expect((await ask('POST', `/v1/sessions/${stay.id}/corrections`, closing)).status).toBe(200)

    expect(await cli()).toContain(stay.id)
    await expect(cli(stay.id), 'without a reason').rejects.toThrow('--reason')
    await expect(cli('--due', '5000'), 'of no stay').rejects.toThrow('which stay?')
    await expect(cli(stay.id, '--reason', 'theo bảng giá'), 'there is none').rejects.toThrow(/tariff/i)
    const settled = (await cli(stay.id, '--due', '35000', '--reason', 'quản lý định giá')).replaceAll('\u00a0', ' ')
    expect(settled).toContain('còn nợ 35.000 ₫')
    expect(settled).toContain('35,000 VND is still owed')
    expect((await read(`/v1/sessions/${stay.id}`, stayWire.session)).charge).toMatchObject({
      status: 'owed',
      due: { amount: 35_000 },
    })
    expect(await cli()).toContain('No stay waits for its price.')
    await expect(cli(stay.id, '--reason', 'x'), 'twice').rejects.toThrow(/waits for no reckoning/)
    await tariffsInForce(5, carsByTheHour(10_000))
    const { charge } = await read(`/v1/sessions/${stay.id}`, stayWire.session)
    await ask('POST', `/v1/charges/${charge?.id}/cash`, { amount: { amount: 35_000, currency: 'VND' }, tender: 'cash' })
    for (const { id: open } of (await read('/v1/cases', caseWire.cases)).cases)
      await ask('POST', `/v1/cases/${open}/end`, { reason: 'xong' })
  }, 60_000)

  test('a transfer whose text names a charge books itself; another waits, is assigned by a person, and moved where that was wrong', async () => {
    const begun = async () => {
      await ask('POST', '/v1/lanes/park-entry/ticket', { vehicleClass: 'car' })
      const [stay] = (await read('/v1/sessions', stayWire.sessions)).sessions
      const asked = outcomeSchema.parse((await ask('POST', `/v1/sessions/${stay?.id}/charge`)).json)
      if (asked.kind !== 'amount-asked') throw new Error(asked.kind)
      return asked
    }
    await ask('POST', '/v1/occupancy', { place: 'lot', vehicleClass: 'car', count: 0, reason: 'đếm tay' })
    const first = await begun()
    const reference = transferReference(first.charge as ChargeId, siteId('http-park'))?.toLowerCase()
    const told = { reference: 'FT26-100', amount: first.due, text: `NGUYEN VAN A ${reference} chuyen khoan`, at: now }
    const booked = await ask('POST', '/v1/bank-credits', told)
    expect(outcomeSchema.parse(booked.json)).toMatchObject({
      kind: 'credited',
      charge: first.charge,
      amount: first.due,
    })
    expect((await ask('POST', '/v1/bank-credits', told)).text, 'the bank says it again').toBe(booked.text)
    expect((await ask('POST', '/v1/bank-credits', { ...told, text: 'khac' })).status).toBe(409)

    const second = await begun()
    const waits = { reference: 'FT26-101', amount: second.due, text: 'chuyen tien gui xe' }
    expect(outcomeSchema.parse((await ask('POST', '/v1/bank-credits', waits)).json)).toMatchObject({
      kind: 'credit-unmatched',
    })
    const { credits } = await read('/v1/bank-credits', creditWire.credits)
    expect(credits).toMatchObject([
      {
        reference: 'FT26-101',
        status: 'unmatched',
        text: 'chuyen tien gui xe',
        suggestions: [{ charge: second.charge }],
      },
    ])
    const journal = await ask('GET', '/v1/journal?limit=500')
    expect(journal.text).not.toMatch(/chuyen tien|NGUYEN VAN A/)

    const third = await begun()
    const assignment = { reference: 'FT26-101', charge: third.charge, reason: 'khách gọi' }
    expect(outcomeSchema.parse((await ask('POST', '/v1/bank-credits/assignments', assignment)).json)).toMatchObject({
      kind: 'credited',
      charge: third.charge,
    })
    const mended = { ...assignment, charge: second.charge, reason: 'gán nhầm' }
    const brought = await ask('POST', '/v1/bank-credits/assignments', mended)
    expect(outcomeSchema.parse(brought.json)).toMatchObject({
      kind: 'credited',
      charge: second.charge,
    })
    expect((await read(`/v1/sessions/${third.session}`, stayWire.session)).charge).toMatchObject({
      status: 'open',
      paid: { amount: 0 },
    })
    await ask('POST', '/v1/bank-credits', { ...waits, reference: 'FT26-102' })
    const back = { reference: 'FT26-102', reason: 'chuyển nhầm' }
    expect((await ask('POST', '/v1/bank-credits/returns', back)).status).toBe(200)
    expect((await read('/v1/bank-credits', creditWire.credits)).credits).toMatchObject([
      { reference: 'FT26-102', status: 'refund-due', suggestions: [] },
    ])
    const credited = (await read('/v1/bank-credits', creditWire.credits)).credits[0]
    const ending = await ask('POST', `/v1/cases/${credited?.case}/end`, { reason: 'xong' })
    expect([ending.status, ending.json]).toMatchObject([409, { refusal: 'credit-waits' }])
    const sent = { reference: 'FT26-102', sent: 'FT26-900', reason: 'đã hoàn' }
    expect((await ask('POST', '/v1/bank-credits/returns/sent', sent)).status).toBe(200)
    expect((await ask('POST', '/v1/bank-credits/returns/sent', sent)).status).toBe(200)
    expect((await ask('POST', '/v1/bank-credits/returns/sent', { ...sent, sent: 'FT26-901' })).status).toBe(409)
    expect((await read('/v1/bank-credits', creditWire.credits)).credits).toEqual([])
    expect((await read('/v1/cases', caseWire.cases)).cases.filter(({ id }) => id === credited?.case)).toEqual([])
    const fourth = await begun()
    const onBehalf = { amount: fourth.due, tender: 'cash-on-behalf' }
    await ask('POST', `/v1/charges/${fourth.charge}/cash`, onBehalf)
    const late = { reference: 'FT26-103', amount: fourth.due }
    expect(outcomeSchema.parse((await ask('POST', `/v1/charges/${fourth.charge}/credits`, late)).json)).toMatchObject({
      kind: 'credit-unmatched',
    })
    expect((await read('/v1/bank-credits', creditWire.credits)).credits).toMatchObject([
      { reference: 'FT26-103', status: 'unmatched', text: null, charge: fourth.charge },
    ])
    expect(await runTolbooth(['report', 'credits'], spec.environment)).toMatch(
      new RegExp(`FT26-103  waits  names ${fourth.charge}, of which staff hold cash: say whose it is`),
    )
    const theirs = { reference: 'FT26-103', charge: fourth.charge, reason: 'hỏi người thu' }
    const unsaid = await ask('POST', '/v1/bank-credits/assignments', theirs)
    expect([unsaid.status, unsaid.json]).toMatchObject([409, { refusal: 'credit-sender-missing' }])
    expect(
      outcomeSchema.parse((await ask('POST', '/v1/bank-credits/assignments', { ...theirs, sender: 'staff' })).json),
    ).toMatchObject({ kind: 'credited', overpaid: { amount: 0 } })
    expect(await runTolbooth(['report', 'corrections'], spec.environment)).toContain(
      `FT26-103  – → ${fourth.charge} (staff)  hỏi người thu`,
    )
    expect(await runTolbooth(['report', 'credits'], spec.environment)).toBe('no transfer waits\n')
    await gateway.stop()
    const rebuilt = await runTolbooth(['rebuild', '--json'], spec.environment)
    expect(JSON.parse(rebuilt)).toMatchObject({ differences: [] })
    await gateway.start()
  }, 60_000)

  test('a camera that posts is there when it does; its picture is kept, named by the case, shown to staff, and in no record', async () => {
    const enrolled = await ask('POST', '/v1/devices', {
      id: 'exit-cam',
      driver: 'hikvision-camera',
      place: { kind: 'lane', id: 'park-exit' },
      role: null,
    })
    const { credential } = z
      .object({ credential: z.object({ username: z.string(), password: z.string() }) })
      .parse(enrolled.json)
    const isThere = async () =>
      (await read('/v1/devices', wire.devices)).devices.find(({ id }) => id === 'exit-cam')?.present
    expect(await isThere()).toBe(false)
    const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(100_000)])
    const form = new FormData()
    const xml = fixturesOf('hikvision-camera').messages[0]?.payload ?? ''
    form.append('anpr.xml', new Blob([xml], { type: 'text/xml' }), 'anpr.xml')
    form.append('licensePlatePicture.jpg', new Blob([randomBytes(2_000)], { type: 'image/jpeg' }), 'l.jpg')
    form.append('vehiclePicture.jpg', new Blob([picture], { type: 'image/jpeg' }), 'v.jpg')
    const posted = await fetch(`${spec.httpUrl}/v1/cameras/${credential.username}/${credential.password}`, {
      method: 'POST',
      body: form,
    })
    expect(posted.status).toBe(200)
    expect(await isThere()).toBe(true)

    const { cases } = await read('/v1/cases', caseWire.cases)
    const ref = cases.find(({ kind }) => kind === 'exit-without-entry')?.pictures[0] ?? ''
    const look = () => fetch(`${spec.httpUrl}/v1/pictures/${ref}`, { headers: { authorization: `Bearer ${token}` } })
    const shown = await look()
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    expect(Buffer.from(await shown.arrayBuffer()).equals(picture)).toBe(true)
    expect((await fetch(`${spec.httpUrl}/v1/pictures/${ref}`)).status).toBe(401)
    const { name, isKept } = await read(`/v1/pictures/${ref}/name`, caseWire.pictureName)
    expect(isKept).toBe(true)
    expect((await ask('GET', '/v1/journal?limit=500')).text).not.toContain(name ?? 'nothing')

    await gateway.kill()
    await gateway.start()
    expect((await look()).status).toBe(200)
    expect(await isThere(), 'nothing is known of it since the start').toBe(false)
  }, 30_000)
})

/** What the QR code of the newest ticket holds. */
function newestTicket(dataDir: string): string {
  const books = openForReading(dataFiles(dataDir).books)
  try {
    const last = books.db
      .select()
      .from(document)
      .where(eq(document.typ, 'ticket+jwt'))
      .orderBy(desc(document.seq))
      .get()
    if (last === undefined) throw new Error('no ticket was signed')
    return last.jws
  } finally {
    books.close()
  }
}
