import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { VND } from '../../../core/money.ts'
import { instant } from '../../../core/time.ts'
import { outcome as outcomeSchema } from '../../../gateway/http/outcome-schema.ts'
import * as wire from '../../../gateway/http/schemas.ts'
import { runTolbooth } from '../../../simulators/gateway-process/command.ts'
import type { GatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import { gatewayProcess } from '../../../simulators/gateway-process/gateway-process.ts'
import type { GatewayProcessSpec } from '../../../simulators/gateway-process/provision.ts'
import { provisionSite } from '../../../simulators/gateway-process/provision.ts'
import { siteKit } from '../../../simulators/site-kit.ts'
import { createIssuers } from '../../../simulators/wallet/issuers.ts'
import type { Mint } from '../../../simulators/wallet/mint.ts'
import { createMint } from '../../../simulators/wallet/mint.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The HTTP side over a real gateway: a process of its own, real books on a disk, real signatures. No device takes part: a phone is the reader. */
describe('a market that sells by HTTP alone', () => {
  const folder = temporaryFolder()
  const now = instant(Date.now())
  const kit = siteKit({ site: 'http-market', stalls: 2 })
  const issuers = createIssuers({
    site: 'http-market',
    currency: VND,
    random: randomBytes,
    from: instant(now - 60_000),
  })
  const [shop = '', otherShop = ''] = kit.stalls.map((each) => each.id)
  let spec: GatewayProcessSpec
  let gateway: GatewayProcess
  let mint: Mint
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    spec = await provisionSite({ dataDir: folder.path, kit, issuers, now })
    const add = async (id: string, ...options: string[]): Promise<void> => {
      const added = await runTolbooth(['client', 'add', id, '--json', ...options], spec.environment)
      tokens[id] = z.object({ token: z.string() }).parse(JSON.parse(added)).token
    }
    await add('till', '--role', 'vendor', '--stalls', shop)
    await add('gate', '--role', 'attendant', '--lanes', 'in-1')
    await add('owner', '--role', 'admin')
    const { wallet: issuer } = issuers
    mint = createMint({
      site: 'http-market',
      payer: 'payer-1',
      issuers,
      issuer,
      random: randomBytes,
      now: () => instant(Date.now()),
    })
    gateway = gatewayProcess({ spec, readyWithinMs: 20_000, stopWithinMs: 5_000, onEnded: () => {} })
    await gateway.start()
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    folder.remove()
  })

  const ask = async (method: string, address: string, as: string, body?: unknown, key: string = randomUUID()) => {
    const answer = await fetch(`${spec.httpUrl}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens[as]}`,
        'accept-language': 'vi',
        ...(method === 'POST' ? { 'idempotency-key': key, 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') ?? '' }
  }
  const read = async <Schema extends z.ZodType>(
    address: string,
    as: string,
    schema: Schema,
  ): Promise<z.output<Schema>> => {
    const { status, text } = await ask('GET', address, as)
    expect(status, text).toBe(200)
    return schema.parse(JSON.parse(text))
  }
  const stall = { kind: 'stall', id: shop } as const
  const amount = { amount: 60_000, currency: 'VND' }
  const show = (text: string, key?: string) => ask('POST', '/v1/scans', 'till', { place: stall, text }, key)

  test('an amount is keyed, a code pays it once, everyone can read what happened, and a kill forgets nothing', async () => {
    const chargeKey = randomUUID()
    const opened = await ask('POST', '/v1/charges', 'till', { stall: shop, amount }, chargeKey)
    expect(opened.status, opened.text).toBe(201)
    expect(outcomeSchema.parse(JSON.parse(opened.text))).toMatchObject({ kind: 'charge-opened', due: amount })
    expect(await read(opened.location, 'till', wire.charge)).toMatchObject({ status: 'open', place: stall })

    const token = mint.pay({ amt: 80_000, aud: `urn:tolbooth:http-market:stall:${shop}` }).text
    const scanKey = randomUUID()
    const paid = await show(token, scanKey)
    expect(paid.status, paid.text).toBe(200)
    const outcome = outcomeSchema.parse(JSON.parse(paid.text))
    expect(outcome).toMatchObject({ kind: 'paid', amount })
    expect(await show(token, scanKey)).toEqual(paid)
    expect(JSON.parse((await show(token)).text)).toMatchObject({ ok: true, kind: 'already-accepted' })
    expect(
      await ask('POST', '/v1/charges', 'till', { stall: shop, amount: { ...amount, amount: 1 } }, chargeKey),
    ).toMatchObject({ status: 409 })

    expect(await read(opened.location, 'till', wire.charge)).toMatchObject({ status: 'paid', paid: amount })
    const { payments } = await read(`${opened.location}/payments`, 'till', wire.payments)
    expect(payments).toMatchObject([{ tender: 'token', amount, claim: { status: 'accepted' } }])
    const receipt = await read(`/v1/receipts/${payments[0]?.receipt}`, 'till', wire.receipt)
    expect(receipt.content).toMatchObject({ amt: 60_000, cur: 'VND', place: `stall:${shop}` })

    await gateway.kill()
    await gateway.start()
    expect(await show(token, scanKey)).toEqual(paid)
    expect(await ask('POST', '/v1/charges', 'till', { stall: shop, amount }, chargeKey)).toEqual(opened)
    expect((await read('/v1/exposure', 'owner', wire.exposure)).atRisk).toEqual(amount)
  })

  test('what is refused says why in both languages, and leaves no trace of the code', async () => {
    await ask('POST', '/v1/charges', 'till', { stall: shop, amount })
    const refused = async (text: string): Promise<string> => {
      const { status, text: said } = await show(text)
      const problem = wire.problem.parse(JSON.parse(said))
      expect(problem.status).toBe(status)
      expect(said).not.toContain(text.slice(0, 60))
      return problem.refusal
    }
    expect(await refused('012345678901|123456789|Nguyễn Văn A|01011990|Nam|Hà Nội|01012020')).toBe('id-card-shown')
    expect(
      await refused('00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F'),
    ).toBe('bank-qr-shown')
    expect(await refused(`${mint.pay({ amt: 80_000 }).text.slice(0, -4)}AAAA`)).toMatch(
      /^token-(signature|not-canonical)$/,
    )
    expect(await refused('x'.repeat(10_000))).toBe('token-too-long')
    expect(await refused(mint.pay({ amt: 100, aud: `urn:tolbooth:http-market:stall:${shop}` }).text)).toBe(
      'amount-too-low',
    )
    expect(await refused(mint.pay({ amt: 80_000, aud: `urn:tolbooth:http-market:stall:${otherShop}` }).text)).toBe(
      'token-audience',
    )
  })

  test('a device is enrolled once, with a credential that is shown once, and revoked', async () => {
    const key = randomUUID()
    const body = { id: 'spare-reader', driver: 'qr-reader', place: stall, role: null }
    const enrolled = await ask('POST', '/v1/devices', 'owner', body, key)
    expect(enrolled.status, enrolled.text).toBe(201)
    expect(wire.enrolled.parse(JSON.parse(enrolled.text)).credential.username).toBe('spare-reader')
    const again = await ask('POST', '/v1/devices', 'owner', body, key)
    expect([again.status, wire.problem.parse(JSON.parse(again.text)).refusal]).toEqual([409, 'device-exists'])
    expect((await ask('POST', '/v1/devices', 'owner', { ...body, id: 'other', driver: 'no-such-driver' })).status).toBe(
      400,
    )
    const status = async (): Promise<string | undefined> =>
      (await read('/v1/devices', 'owner', wire.devices)).devices.find((device) => device.id === 'spare-reader')?.status
    expect(await status()).toBe('active')
    expect((await ask('POST', '/v1/devices/spare-reader/revoke', 'owner')).status).toBe(200)
    expect(await status()).toBe('revoked')
  })

  test('a lane is opened by hand with a reason, by who may', async () => {
    const noReason = await ask('POST', '/v1/lanes/in-1/open', 'gate', { reason: '  ' })
    expect(wire.problem.parse(JSON.parse(noReason.text)).refusal).toBe('reason-missing')
    expect((await ask('POST', '/v1/lanes/out-1/open', 'gate', { reason: 'Xe cấp cứu' })).status).toBe(403)
    const unknown = await ask('POST', '/v1/lanes/nowhere/open', 'owner', { reason: 'Xe cấp cứu' })
    expect(wire.problem.parse(JSON.parse(unknown.text)).refusal).toBe('lane-unknown')
    expect((await read('/v1/lanes', 'gate', wire.lanes)).lanes.map((lane) => lane.id)).toEqual(['in-1'])
  })

  test('the journal is read to its end, and the live stream goes on from there', async () => {
    const page = await read('/v1/journal?limit=500', 'owner', wire.journalPage)
    expect(page.next).toBeNull()
    expect(page.records.at(-1)?.seq).toBe(page.head.seq)
    expect(JSON.stringify(page)).not.toContain('payer-1')

    const answer = await fetch(`${spec.httpUrl}/v1/live`, {
      headers: { authorization: `Bearer ${tokens['till']}`, 'last-event-id': String(page.head.seq) },
      signal: AbortSignal.timeout(10_000),
    })
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    await ask('POST', '/v1/charges', 'till', { stall: shop, amount: { ...amount, amount: 7_000 } })
    let text = ''
    while (!/event: charge[\s\S]*\n\n/.test(text)) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) throw new Error(`the stream ended after: ${text}`)
      text += chunk.value
    }
    const data = /event: charge\n.*\ndata: (.*)\n/.exec(text)?.[1] ?? ''
    expect(wire.liveEvent.parse(JSON.parse(data))).toMatchObject({
      kind: 'charge',
      status: 'open',
      due: { amount: 7_000 },
    })
    await reader?.cancel()
  })

  test('a receipt is checked on the page, and one with a letter changed is not ours', async () => {
    const page = gateway.pageAddress() ?? ''
    const form = (address: string, fields: Record<string, string>, cookie = '') =>
      fetch(`${spec.httpUrl}${address}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie },
        body: new URLSearchParams(fields),
      })
    const signedIn = await form('/session', { code: page.split('#')[1] ?? '' })
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    const records = await read('/v1/journal?limit=500', 'owner', wire.journalPage)
    const [, id] = /"receipt":"([^"]+:r\d+)"/.exec(JSON.stringify(records)) ?? []
    const { jws } = await read(`/v1/receipts/${id}`, 'owner', wire.receipt)
    expect(await (await form('/receipts/check', { receipt: jws }, cookie)).text()).toContain('Biên lai thật')
    const [head, claims, signature] = jws.split('.')
    const changed = Buffer.from(claims ?? '', 'base64url')
      .toString()
      .replace('60000', '90000')
    const forged = `${head}.${Buffer.from(changed).toString('base64url')}.${signature}`
    expect(await (await form('/receipts/check', { receipt: forged }, cookie)).text()).toContain('Không phải biên lai')
  })
})
