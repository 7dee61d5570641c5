import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ChargeId, PassageId } from '../../../core/ids.ts'
import { laneId, stallId } from '../../../core/ids.ts'
import type { Outcome } from '../../../core/records.ts'
import type { Instant } from '../../../core/time.ts'
import { instant } from '../../../core/time.ts'
import type { OperationName } from '../../../gateway/http/operations.ts'
import { operations } from '../../../gateway/http/operations.ts'
import { outcome as outcomeSchema } from '../../../gateway/http/outcome-schema.ts'
import * as wire from '../../../gateway/http/schemas.ts'
import {
  commit,
  committed,
  decision,
  dong,
  fakeBooks,
  fakePath,
  kit,
  readsOf,
  refusedBefore,
  START,
  scanAt,
  turn,
} from './kit.ts'

const amount = { amount: 60_000, currency: 'VND' }

describe('what enters the path', () => {
  test.each([
    [
      'a scan at a stall',
      ['vendor', '/v1/scans', { place: { kind: 'stall', id: 'stall-1' }, text: 'the QR' }],
      { kind: 'shown', place: { kind: 'stall', id: 'stall-1' }, reader: null, text: 'the QR' },
      { kind: 'client', id: 'till-1', role: 'vendor' },
    ],
    [
      'a scan at a lane',
      ['attendant', '/v1/scans', { place: { kind: 'lane', id: 'lane-in' }, text: 'the QR' }],
      { kind: 'shown', place: { kind: 'lane', id: 'lane-in' }, reader: null, text: 'the QR' },
      { kind: 'client', id: 'gate-1', role: 'attendant' },
    ],
    [
      'an amount',
      ['vendor', '/v1/charges', { stall: 'stall-1', amount }],
      { kind: 'charge-open', stall: 'stall-1', amount },
      { kind: 'client', id: 'till-1', role: 'vendor' },
    ],
    [
      'a cancellation',
      ['vendor', '/v1/charges/box-1:1:1:g0/cancel', undefined],
      { kind: 'charge-cancel', stall: 'stall-1', charge: 'box-1:1:1:g0' },
      { kind: 'client', id: 'till-1', role: 'vendor' },
    ],
    [
      'an opening by hand',
      ['attendant', '/v1/lanes/lane-in/open', { reason: '  Xe cấp cứu ' }],
      { kind: 'open-by-hand', lane: 'lane-in', reason: 'Xe cấp cứu' },
      { kind: 'client', id: 'gate-1', role: 'attendant' },
    ],
    [
      'an emergency, by a person',
      ['attendant', '/v1/emergency', { active: true }],
      { kind: 'emergency', device: null, active: true },
      { kind: 'client', id: 'gate-1', role: 'attendant' },
    ],
    [
      'a revocation',
      ['admin', '/v1/devices/reader-1/revoke', undefined],
      { kind: 'device-revoked', device: 'reader-1' },
      { kind: 'client', id: 'owner', role: 'admin' },
    ],
  ] as const)('%s, with who asked and when by our clock', async (_what, [as, address, sent], body, actor) => {
    const on = kit()
    const answer = await on.ask('POST', address, as, sent === undefined ? {} : { body: sent })
    expect(answer.status).toBe(200)
    const [asked] = on.path.asked
    expect(asked).toMatchObject({
      source: `client:${actor.id}`,
      id: 'key-1',
      actor,
      mode: 'live',
      occurredAt: { at: START, by: 'gateway' },
      causedBy: null,
      body,
    })
  })

  test('a client in training makes training money', async () => {
    const on = kit()
    await on.ask('POST', '/v1/charges', 'trainee', { body: { stall: 'stall-1', amount } })
    expect(on.path.asked[0]?.mode).toBe('training')
  })

  test('what is hashed holds the method, the address and the body, as they came', async () => {
    const on = kit()
    const text = '{ "stall":"stall-1", "amount":{"amount":60000,"currency":"VND"} }'
    await on.ask('POST', '/v1/charges', 'vendor', { text })
    await on.ask('POST', '/v1/charges/box-1:1:1:g0/cancel', 'vendor')
    await on.ask('POST', '/v1/charges/box-1:1:1:g0/cancel', 'vendor', { text: '{}' })
    expect(on.path.asked.map((asked) => asked.bytes)).toEqual([
      `POST /v1/charges\n${text}`,
      'POST /v1/charges/box-1:1:1:g0/cancel\n',
      'POST /v1/charges/box-1:1:1:g0/cancel\n',
    ])
  })
})

describe('answers', () => {
  const charge = 'box-1:1:42:g0' as ChargeId
  const passage = 'box-1:1:42:p0' as PassageId
  const outcomes: readonly [number, Outcome][] = [
    [201, { ok: true, kind: 'charge-opened', charge, due: dong(60_000) }],
    [200, { ok: true, kind: 'charge-cancelled', charge }],
    [200, { ok: true, kind: 'paid', charge, amount: dong(60_000), passage: null, receipt: 'box-1:1:42:r0' }],
    [200, { ok: true, kind: 'paid', charge, amount: dong(60_000), passage, receipt: null }],
    [200, { ok: true, kind: 'let-through', passage }],
    [200, { ok: true, kind: 'already-accepted', charge, amount: dong(60_000), passage: null }],
    [200, { ok: true, kind: 'already-accepted', charge: null, amount: null, passage }],
    [200, { ok: true, kind: 'noted' }],
  ]
  test.each(outcomes)('%i for %j, with the stored text as the body', async (status, outcome) => {
    const on = kit()
    // Spaces that no serialiser of ours makes: what goes out is the text itself.
    const stored = JSON.stringify({ ...outcome, receiptJws: 'a.b.c' }, null, 1)
    on.path.reply = () => ({ kind: 'committed', outcome, repeated: false, answer: stored })
    const answer = await on.ask('POST', '/v1/charges', 'vendor', { body: { stall: 'stall-1', amount } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.text()).toBe(stored)
    expect(answer.headers.get('location')).toBe(status === 201 ? `/v1/charges/${charge}` : null)
    expect(outcomeSchema.safeParse(outcome).error).toBeUndefined()
  })

  test('a refusal by decision and one before any record are problems with their own status', async () => {
    const on = kit()
    on.path.reply = () => committed({ ok: false, refusal: 'token-spent', due: dong(60_000) })
    const spent = await on.ask('POST', '/v1/scans', 'vendor', {
      body: { place: { kind: 'stall', id: 'stall-1' }, text: 'x' },
    })
    expect(spent.status).toBe(409)
    expect(await spent.json()).toMatchObject({ refusal: 'token-spent', due: amount, tryAgain: 'new-token' })
    on.path.reply = () => refusedBefore('id-card-shown')
    const card = await on.ask('POST', '/v1/scans', 'vendor', {
      body: { place: { kind: 'stall', id: 'stall-1' }, text: 'x' },
    })
    expect(card.status).toBe(422)
    expect(await card.json()).toMatchObject({ refusal: 'id-card-shown', due: null })
  })

  test('the words of a stored refusal are those of its time, not of the table of today', async () => {
    const on = kit()
    const said = {
      ok: false,
      refusal: 'token-spent',
      tryAgain: 'staff',
      vi: { short: 'cũ', help: 'cũ hơn' },
      en: { short: 'old', help: 'older' },
      due: null,
    }
    on.path.reply = () => ({
      kind: 'committed',
      outcome: { ok: false, refusal: 'token-spent', due: null },
      repeated: true,
      answer: JSON.stringify(said),
    })
    const answer = await on.ask('POST', '/v1/charges', 'vendor', {
      body: { stall: 'stall-1', amount },
      headers: { 'accept-language': 'en' },
    })
    expect(await answer.json()).toMatchObject({ title: 'old', detail: 'older', tryAgain: 'staff' })
  })

  test.each([
    ['busy', 1_200, '2'],
    ['busy', 1, '1'],
    ['not-ready', 5_000, '5'],
  ] as const)(
    'a path that takes nothing (%s, for %i ms) is 503 with Retry-After %s',
    async (refusal, retryAfterMs, seconds) => {
      const on = kit()
      on.path.reply = () => ({ kind: 'pushed-back', refusal, retryAfterMs })
      const answer = await on.ask('POST', '/v1/charges', 'vendor', { body: { stall: 'stall-1', amount } })
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe(seconds)
      expect(await answer.json()).toMatchObject({ refusal, tryAgain: 'later' })
    },
  )

  test('a fault of ours inside the path is 500 and a problem', async () => {
    const on = kit()
    on.path.reply = () => refusedBefore('fault')
    const answer = await on.ask('POST', '/v1/charges', 'vendor', { body: { stall: 'stall-1', amount } })
    expect(answer.status).toBe(500)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('the same request again', () => {
  /** As the contract of the path has it: an answer is stored by key, and the hash tells a repetition from a reuse. */
  const remembering = () => {
    const path = fakePath()
    const seen = new Map<string, { bytes: unknown; answer: ReturnType<typeof path.reply> }>()
    path.reply = (request) => {
      const key = `${request.source}/${request.id}`
      const before = seen.get(key)
      if (before !== undefined && before.bytes !== request.bytes) return refusedBefore('key-reused')
      const answer =
        before?.answer ??
        committed({
          ok: true,
          kind: 'charge-opened',
          charge: `box-1:1:${seen.size + 1}:g0` as ChargeId,
          due: dong(60_000),
        })
      seen.set(key, { bytes: request.bytes, answer })
      return answer
    }
    return path
  }

  test('gets the same status and body, byte for byte; another key opens another charge', async () => {
    const on = kit({}, { path: remembering() })
    const ask = (key: string) =>
      on.ask('POST', '/v1/charges', 'vendor', {
        body: { stall: 'stall-1', amount },
        headers: { 'idempotency-key': key },
      })
    const [first, second, third] = [await ask('a'), await ask('a'), await ask('b')]
    const text = await first.text()
    expect(second.status).toBe(first.status)
    expect(await second.text()).toBe(text)
    expect(await third.text()).not.toBe(text)
  })

  test('with another body, or at another address, is refused as key-reused', async () => {
    const on = kit({}, { path: remembering() })
    await on.ask('POST', '/v1/charges', 'vendor', { body: { stall: 'stall-1', amount } })
    const other = await on.ask('POST', '/v1/charges', 'vendor', {
      body: { stall: 'stall-1', amount: { ...amount, amount: 1 } },
    })
    expect(other.status).toBe(409)
    expect(await other.json()).toMatchObject({ refusal: 'key-reused' })
    const elsewhere = await on.ask('POST', '/v1/charges/box-1:1:1:g0/cancel', 'vendor')
    expect(await elsewhere.json()).toMatchObject({ refusal: 'key-reused' })
  })

  test('two clients may use one key', async () => {
    const on = kit({}, { path: remembering() })
    const mine = await on.ask('POST', '/v1/charges', 'vendor', { body: { stall: 'stall-1', amount } })
    const theirs = await on.ask('POST', '/v1/charges', 'otherVendor', { body: { stall: 'stall-2', amount } })
    expect([mine.status, theirs.status]).toEqual([201, 201])
  })

  test.each([
    ['none', ''],
    ['one with a space', 'a b'],
    ['one of 129 characters', 'k'.repeat(129)],
    ['one that is not ASCII', 'kh\u00f3a'],
  ])('with no usable Idempotency-Key (%s) is refused before anything happens', async (_what, key) => {
    const on = kit()
    for (const [name, operation] of Object.entries(operations)) {
      if (!operation.keyed) continue
      const [, , kind = ''] = operation.path.split('/')
      const ids: Record<string, string> = {
        charges: 'box-1:1:1:g0',
        'pass-sales': 'box-1:1:1:g0',
        cases: 'box-1:1:60:k1',
        sessions: 'box-1:1:42:s0',
        lanes: 'lane-in',
      }
      const address = operation.path.replace('{id}', ids[kind] ?? 'reader-1')
      const answer = await on.ask('POST', address, 'admin', { body: {}, headers: { 'idempotency-key': key } })
      expect(await answer.json(), name).toMatchObject({ refusal: 'idempotency-key-missing', status: 400 })
      expect(on.path.asked).toEqual([])
    }
  })

  test('a key of 128 characters is taken', async () => {
    const on = kit()
    await on.ask('POST', '/v1/charges', 'vendor', {
      body: { stall: 'stall-1', amount },
      headers: { 'idempotency-key': '~'.repeat(128) },
    })
    expect(on.path.asked[0]?.id).toBe('~'.repeat(128))
  })
})

describe('what is read', () => {
  const get = async (address: string, name: OperationName) => {
    const on = kit()
    for (const amount of [1_000, 2_000, 3_000]) commit(on.books, scanAt('stall-1', amount))
    const answer = await on.ask('GET', address, 'admin')
    expect(answer.status).toBe(200)
    const body: unknown = await answer.json()
    // What goes out is what the document says.
    const schema: z.ZodType | null | undefined = operations[name].answers[0]?.schema
    expect(schema?.safeParse(body).error).toBeUndefined()
    return body
  }

  test('a charge, with how much of it is paid', async () => {
    expect(await get('/v1/charges/box-1:1:3:g0', 'readCharge')).toMatchObject({
      id: 'box-1:1:3:g0',
      place: { kind: 'lane', id: 'lane-in' },
      status: 'paid',
      due: amount,
      paid: amount,
    })
  })

  test('its payments, without the payer', async () => {
    const body = await get('/v1/charges/box-1:1:1:g0/payments', 'readPayments')
    expect(body).toMatchObject({
      payments: [{ tender: 'token', amount, claim: { status: 'accepted' }, receipt: 'box-1:1:1:r0' }],
    })
    expect(JSON.stringify(body)).not.toContain('payer')
  })

  test('a receipt, what it says, and a link that checks it without any server logging it', async () => {
    const body = await get('/v1/receipts/box-1:1:1:r0', 'readReceipt')
    expect(body).toMatchObject({ id: 'box-1:1:1:r0', content: { jti: 'box-1:1:1:r0', amt: 60_000, cur: 'VND' } })
    expect(body).toHaveProperty('checkAt', expect.stringMatching(/^\/receipts\/check#eyJ/))
  })

  test('the devices, the lanes and what is at risk', async () => {
    expect(await get('/v1/devices', 'readDevices')).toMatchObject({
      devices: [
        { id: 'reader-1', present: true },
        { id: 'barrier-in', present: false },
      ],
    })
    expect(await get('/v1/lanes', 'readLanes')).toMatchObject({
      lanes: [
        { id: 'lane-in', phase: 'idle', price: { amount: 5_000 } },
        { id: 'lane-out', alarm: 'no-passage', price: null },
      ],
    })
    expect(await get('/v1/exposure', 'readExposure')).toMatchObject({
      atRisk: { amount: 1_250_000 },
      limit: { amount: 10_000_000 },
      denyListIssuedAt: null,
    })
  })

  test('the journal, page by page, each record once, to the end', async () => {
    const on = kit()
    for (let index = 0; index < 7; index += 1) commit(on.books, scanAt('stall-1', 1_000))
    const seqs: number[] = []
    let after: number | null = 0
    while (after !== null) {
      const answer: Response = await on.ask('GET', `/v1/journal?after=${after}&limit=3`, 'operator')
      const page = wire.journalPage.parse(await answer.json())
      expect(page.head).toEqual({ epoch: 1, seq: 7 })
      seqs.push(...page.records.map((record) => record.seq))
      after = page.next
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test.each(['limit=0', 'limit=501', 'limit=x', 'after=-1', 'after=1.5', 'after=9007199254740992', 'aftr=1'])(
    'a page of the journal with %s is refused',
    async (query) => {
      const answer = await kit().ask('GET', `/v1/journal?${query}`, 'operator')
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        refusal: 'wrong-schema',
        errors: [expect.objectContaining({ in: 'query' })],
      })
    },
  )

  test('that upstream was heard of is booked by the moment, needs no key, and answers with what the books then have', async () => {
    const on = kit()
    const heard = async (lastContactAt: Instant | null) => {
      const { exposure } = fakeBooks()
      on.books.exposure = exposure === undefined ? undefined : { ...exposure, lastContactAt, offlineMaxMs: 600_000 }
      const answer = await on.ask('POST', '/v1/upstream/heard', 'operator', { headers: { 'idempotency-key': '' } })
      expect(answer.status).toBe(200)
      return wire.upstreamHeard.parse(await answer.json())
    }
    const at = (ms: number) => instant(START + ms)
    expect(await heard(null)).toEqual({ heardAt: null, transfersAskedUntil: null, codesTakenUntil: null })
    expect(on.path.asked).toMatchObject([
      { source: 'gateway:upstream', id: `heard:${START}`, body: { kind: 'upstream-reached' }, actor: { id: 'office' } },
    ])
    expect(await heard(at(-59_999))).toMatchObject({ heardAt: at(-59_999), codesTakenUntil: at(540_001) })
    expect(on.path.asked, 'a tenth of the time has not gone by').toHaveLength(1)
    await heard(at(-60_000))
    expect(on.path.asked).toHaveLength(2)
    await heard(at(1))
    expect(on.path.asked, 'what lies ahead of the clock would count for ever').toHaveLength(3)
  })

  test('that upstream was heard of is refused with a body, by a clock that nobody trusts, in training beside a live site, before there is a policy, and where the books take nothing', async () => {
    const on = kit()
    const exposure = on.books.exposure === undefined ? undefined : { ...on.books.exposure, lastContactAt: null }
    on.books.exposure = exposure
    const heard = async (body?: unknown) => {
      const answer = await on.ask('POST', '/v1/upstream/heard', 'operator', body === undefined ? {} : { body })
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      return [answer.status, z.object({ refusal: z.string() }).parse(await answer.json()).refusal]
    }
    expect(await heard({ at: START })).toEqual([400, 'wrong-schema'])
    on.clock.trust = { state: 'unknown' }
    expect(await heard()).toEqual([503, 'clock-not-trusted'])
    on.clock.trust = { state: 'synced', uncertaintyMs: 12 }
    const training = kit({ mode: 'training' })
    expect((await training.ask('POST', '/v1/upstream/heard', 'operator')).status).toBe(409)
    on.books.exposure = undefined
    expect(await heard()).toEqual([503, 'not-ready'])
    on.books.exposure = exposure
    expect([on.path.asked, training.path.asked]).toEqual([[], []])
    on.path.reply = () => ({ kind: 'pushed-back', refusal: 'busy', retryAfterMs: 1_000 })
    expect(await heard()).toEqual([503, 'busy'])
  })

  test('exposure before there is a policy is not ready, and not zero', async () => {
    const on = kit()
    on.books.exposure = undefined
    const answer = await on.ask('GET', '/v1/exposure', 'operator')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ refusal: 'not-ready' })
  })

  test.each([
    ['/v1/charges/box-1:1:99:g0', 'charge-unknown'],
    ['/v1/charges/box-1:1:99:g0/payments', 'charge-unknown'],
    ['/v1/receipts/box-1:1:99:r0', 'not-found'],
  ])('%s is not there', async (address, refusal) => {
    const answer = await kit().ask('GET', address, 'admin')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ refusal })
  })

  test('a charge at a lane is not cancelled from here', async () => {
    const answer = await kit().ask('POST', '/v1/charges/box-1:1:3:g0/cancel', 'admin')
    expect(await answer.json()).toMatchObject({ refusal: 'charge-unknown' })
  })
})

describe('devices', () => {
  const body = { id: 'reader-9', driver: 'qr-reader', place: { kind: 'stall', id: 'stall-1' }, role: null }

  test('an enrolment answers with the credential, once', async () => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/devices', 'admin', { body })
    expect(answer.status).toBe(201)
    const enrolled = wire.enrolled.parse(await answer.json())
    expect(enrolled.credential).toEqual({ username: 'reader-9', password: 'shown-once' })
    expect(on.enrolled).toMatchObject([
      { source: 'client:owner', id: 'key-1', device: { id: 'reader-9', place: { id: stallId('stall-1') } } },
    ])
  })

  test('a repetition cannot show it again and is refused', async () => {
    const on = kit({}, { enrol: async () => ({ kind: 'refused', refusal: 'device-exists', answer: null }) })
    const answer = await on.ask('POST', '/v1/devices', 'admin', { body })
    expect(answer.status).toBe(409)
  })

  test('is pushed back like everything else', async () => {
    const on = kit({}, { enrol: async () => ({ kind: 'pushed-back', refusal: 'busy', retryAfterMs: 900 }) })
    const answer = await on.ask('POST', '/v1/devices', 'admin', { body })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })

  test.each([
    [
      { kind: 'lane', id: 'lane-in' },
      { kind: 'lane', id: laneId('lane-in') },
    ],
    [{ kind: 'site' }, { kind: 'site' }],
  ])('may stand at %j', async (place, expected) => {
    const on = kit()
    await on.ask('POST', '/v1/devices', 'admin', { body: { ...body, place } })
    expect(on.enrolled).toMatchObject([{ device: { place: expected } }])
  })

  test.each([
    [{ kind: 'stall', id: 'stal-1' }, 'stall-unknown', /^no stall of that name: the layout has stall-1, .* in force/],
    [{ kind: 'lane', id: 'lane-inn' }, 'lane-unknown', /^no lane of that name: the layout has lane-in.* in force/],
  ])('may not stand at %j, which the layout in force has not: what it has is named', async (place, refusal, says) => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/devices', 'admin', { body: { ...body, place } })
    const problem = wire.problem.parse(await answer.json())
    expect([answer.status, problem.refusal]).toEqual([404, refusal])
    expect(problem.errors).toEqual([{ in: 'body', at: '/place/id', says: expect.stringMatching(says) }])
    expect(on.enrolled).toEqual([])
  })

  test('may stand anywhere while no layout is in force: doctor looks at it when there is one', async () => {
    const on = kit({}, { reads: { ...readsOf(fakeBooks()), layout: () => undefined } })
    const place = { kind: 'stall', id: 'not-yet' }
    expect((await on.ask('POST', '/v1/devices', 'admin', { body: { ...body, place } })).status).toBe(201)
  })
})

describe('who may come in', () => {
  const body = { id: 'till-9', role: 'vendor', mode: 'live', stalls: ['stall-1'] }

  test('is let in with a token that is shown once, and listed without it', async () => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/clients', 'admin', { body })
    expect(answer.status).toBe(201)
    expect(wire.addedClient.parse(await answer.json())).toEqual({
      client: { ...body, lanes: 'all' },
      token: 'tb_shown-once',
    })
    expect(on.enrolled).toMatchObject([{ source: 'client:owner', id: 'key-1', client: { id: 'till-9' } }])
    const listed = await (await on.ask('GET', '/v1/clients', 'admin')).json()
    expect(wire.clients.parse(listed).clients.map(({ id }) => id)).toEqual(['till'])
  })

  test.each([
    [
      { id: 'gate-9', role: 'attendant', mode: 'training', lanes: 'all' },
      { stalls: [], lanes: 'all' },
    ],
    [
      { id: 'gate-9', role: 'attendant', mode: 'live', lanes: ['lane-in'] },
      { stalls: [], lanes: ['lane-in'] },
    ],
    [
      { id: 'boss', role: 'admin', mode: 'live' },
      { stalls: [], lanes: 'all' },
    ],
  ])('may be %j', async (asked, expected) => {
    const on = kit()
    expect((await on.ask('POST', '/v1/clients', 'admin', { body: asked })).status).toBe(201)
    expect(on.enrolled).toMatchObject([{ client: { id: asked.id, role: asked.role, mode: asked.mode, ...expected } }])
  })

  test.each([
    [{ ...body, stalls: ['stall-1', 'stall-99'] }, 'stall-unknown', /^no stall of that name: the layout has stall-1, /],
    [{ id: 'g', role: 'attendant', mode: 'live', lanes: ['nowhere'] }, 'lane-unknown', /^no lane .* has lane-in/],
  ])('of %j is refused with names that the layout has', async (asked, refusal, says) => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/clients', 'admin', { body: asked })
    const problem = wire.problem.parse(await answer.json())
    expect(problem.refusal).toBe(refusal)
    expect(problem.errors?.[0]?.says).toMatch(says)
    expect(on.enrolled).toEqual([])
  })

  test.each([
    { ...body, stalls: [] },
    { ...body, stalls: Array.from({ length: wire.STALLS_OF_CLIENT_MAX + 1 }, (_, n) => `s-${n}`) },
    { ...body, role: 'king' },
    { ...body, lanes: 'all' },
    { id: 'boss', role: 'admin' },
  ])('has the form that is documented', async (asked) => {
    const answer = await kit().ask('POST', '/v1/clients', 'admin', { body: asked })
    expect([answer.status, wire.problem.parse(await answer.json()).refusal]).toEqual([400, 'wrong-schema'])
  })

  test('is looked after by nobody who trains beside a live site, nor the other way about', async () => {
    const on = kit({ mode: 'training' })
    const acts: readonly (readonly [string, object?])[] = [
      ['/v1/clients', body],
      ['/v1/clients/till/revoke'],
      ['/v1/devices', { id: 'r-9', driver: 'qr-reader', place: { kind: 'site' }, role: null }],
      ['/v1/devices/reader-1/password'],
      ['/v1/devices/reader-1/revoke'],
    ]
    for (const [address, asked] of acts) {
      const answer = await on.ask('POST', address, 'admin', asked === undefined ? {} : { body: asked })
      expect(wire.problem.parse(await answer.json()).refusal, address).toBe('mode-not-here')
    }
    expect([on.enrolled, on.path.asked]).toEqual([[], []])
  })

  test.each([
    ['refused', { kind: 'refused', refusal: 'client-exists', answer: null }, 409],
    ['pushed back', { kind: 'pushed-back', refusal: 'busy', retryAfterMs: 900 }, 503],
  ] as const)('is %s like everything else', async (_what, reply, status) => {
    const no = async () => reply
    const on = kit({}, { newPassword: no, access: { list: () => [], add: no, revoke: no } })
    expect((await on.ask('POST', '/v1/clients', 'admin', { body })).status).toBe(status)
    expect((await on.ask('POST', '/v1/clients/till/revoke', 'admin')).status).toBe(status)
    expect((await on.ask('POST', '/v1/devices/reader-1/password', 'admin')).status).toBe(status)
  })
})

describe('the service', () => {
  test('lives', async () => {
    const answer = await kit().ask('GET', '/healthz', null)
    expect(await answer.text()).toBe('ok\n')
  })

  test('says what is not ready, and until then is 503', async () => {
    const on = kit()
    expect(wire.readiness.parse(await (await on.ask('GET', '/readyz', null)).json()).ready).toBe(true)
    on.books.readiness = [
      ...on.books.readiness,
      { what: 'keys', ok: false, detail: { vi: 'Chưa có khoá', en: 'No key' } },
    ]
    const answer = await on.ask('GET', '/readyz', null)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    const readiness = wire.readiness.parse(await answer.json())
    expect(readiness.items.filter((item) => !item.ok)).toEqual([
      { what: 'keys', ok: false, detail: { vi: 'Chưa có khoá', en: 'No key' } },
    ])
  })

  test('gives Prometheus its figures', async () => {
    const on = kit()
    await on.ask('GET', '/v1/lanes', 'operator')
    commit(on.books, decision({ kind: 'upstream-reached' }, { ok: true, kind: 'noted' }))
    await turn()
    const text = await (await on.ask('GET', '/metrics', 'scraper')).text()
    for (const line of [
      'tolbooth_http_requests_total{operation="readLanes",status="200"} 1',
      'tolbooth_scans_total 1234',
      'tolbooth_refused_total{reason="token-spent"} 20',
      'tolbooth_path_queue_max 1000',
      'tolbooth_journal_seq 1',
      'tolbooth_exposure_amount 1250000',
      'tolbooth_devices{present="no"} 1',
      'tolbooth_devices_silent 0',
      'tolbooth_lane_alarm{lane="lane-out",alarm="no-passage"} 1',
      'tolbooth_ready{what="broker"} 1',
      'tolbooth_clock_trusted 1',
    ]) {
      expect(text).toContain(line)
    }
  })
})
