import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { KEYED_AMOUNT_MAX } from '../../../core/money.ts'
import type { Refusal } from '../../../core/refusals.ts'
import { refusalTable } from '../../../core/refusals.ts'
import { BODY_JSON } from '../../../gateway/http/body.ts'
import { parkingOperations } from '../../../gateway/http/parking/operations.ts'
import { FORM_ERRORS_MAX, problemOf, storedRefusalOf } from '../../../gateway/http/problems.ts'
import { readerWords } from '../../../gateway/http/reader-words.ts'
import * as wire from '../../../gateway/http/schemas.ts'
import { kit, refusedBefore, tokenFor } from './kit.ts'

const scan = { place: { kind: 'stall', id: 'stall-1' }, text: 'SECRET-QR-TEXT' }
const amount = { amount: 60_000, currency: 'VND' }

describe('every refusal', () => {
  test.each(Object.keys(refusalTable) as Refusal[])(
    '%s is a problem by RFC 9457, in both languages',
    async (refusal) => {
      const on = kit()
      on.path.reply = () => refusedBefore(refusal)
      for (const language of ['vi', 'en'] as const) {
        const answer = await on.ask('POST', '/v1/scans', 'vendor', {
          body: scan,
          headers: { 'accept-language': language },
        })
        const problem = wire.problem.parse(await answer.json())
        const row = refusalTable[refusal]
        expect(answer.status).toBe(row.httpStatus)
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(answer.headers.get('content-language')).toBe(language)
        expect(answer.headers.get('vary')).toContain('accept-language')
        expect(problem).toMatchObject({
          type: `urn:tolbooth:refusal:${refusal}`,
          title: row[language].short,
          detail: row[language].help,
          status: row.httpStatus,
          tryAgain: row.tryAgain,
          vi: row.vi,
          en: row.en,
        })
      }
    },
  )
})

describe('addresses and methods', () => {
  test('an unknown address is 404 and a problem', async () => {
    const answer = await kit().ask('GET', '/v1/nothing', 'operator')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ refusal: 'not-found' })
  })

  test.each([
    ['DELETE', '/v1/charges', 'OPTIONS, POST'],
    ['PUT', '/v1/charges/box-1:1:1:g0', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/scans', 'OPTIONS, POST'],
    ['POST', '/v1/journal', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/v1/devices', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ])('%s %s is 405 and says what is allowed: %s', async (method, address, allow) => {
    const answer = await kit().ask(method, address, 'operator')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    expect(await answer.json()).toMatchObject({ refusal: 'method-not-allowed' })
  })

  test('OPTIONS says what an address takes, and nothing about other sites', async () => {
    const answer = await kit().ask('OPTIONS', '/v1/devices', null, {
      headers: { origin: 'https://evil.test', 'access-control-request-method': 'POST' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test.each(['/v1/lanes', '/', '/healthz', '/docs', '/assets/page.js'])(
    'HEAD %s has the head of GET and no body',
    async (address) => {
      const on = kit()
      const [head, get] = [await on.ask('HEAD', address, 'operator'), await on.ask('GET', address, 'operator')]
      expect(head.status).toBe(get.status)
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
      expect(await head.text()).toBe('')
    },
  )

  test.each(['/v1/live', '/live/stream'])('HEAD %s opens no stream', async (address) => {
    const on = kit()
    const answer = await on.ask('HEAD', address, 'operator')
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    expect(on.app.liveStreams()).toBe(0)
  })
})

describe('bad bodies', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`
  const values = (count: number): string => `[${Array.from({ length: count - 1 }, () => 0).join()}]`
  test.each<[string, string, Refusal]>([
    ['no JSON', '{"stall":', 'not-json'],
    ['an empty body', '', 'not-json'],
    ['JSON with something behind it', '{} {}', 'not-json'],
    ['a list', '[]', 'wrong-schema'],
    ['null', 'null', 'wrong-schema'],
    ['a member too many', JSON.stringify({ stall: 'stall-1', amount, extra: 1 }), 'wrong-schema'],
    ['a member missing', JSON.stringify({ amount }), 'wrong-schema'],
    ['a stall that is no name', JSON.stringify({ stall: '../etc', amount }), 'wrong-schema'],
    [
      'a stall that is an object whose length is no number',
      '{"stall":{"length":{"valueOf":0,"toString":0}},"amount":{"amount":1,"currency":"VND"}}',
      'wrong-schema',
    ],
    ['a prototype', '{"__proto__":{"stall":"stall-1"},"amount":{"amount":1,"currency":"VND"}}', 'wrong-schema'],
    [
      'an amount as text',
      JSON.stringify({ stall: 'stall-1', amount: { ...amount, amount: '60000' } }),
      'amount-invalid',
    ],
    ['a negative amount', JSON.stringify({ stall: 'stall-1', amount: { ...amount, amount: -1 } }), 'amount-invalid'],
    ['an amount of 1.5', JSON.stringify({ stall: 'stall-1', amount: { ...amount, amount: 1.5 } }), 'amount-invalid'],
    [
      'an amount of 2^53',
      '{"stall":"stall-1","amount":{"amount":9007199254740992,"currency":"VND"}}',
      'amount-invalid',
    ],
    [
      'an amount that nobody means',
      JSON.stringify({ stall: 'stall-1', amount: { ...amount, amount: KEYED_AMOUNT_MAX + 1 } }),
      'amount-invalid',
    ],
    [
      'an amount beyond all numbers',
      '{"stall":"stall-1","amount":{"amount":1e999,"currency":"VND"}}',
      'amount-invalid',
    ],
    [
      'a currency in small letters',
      JSON.stringify({ stall: 'stall-1', amount: { ...amount, currency: 'vnd' } }),
      'wrong-schema',
    ],
    [`${BODY_JSON.depthMax} levels`, nested(BODY_JSON.depthMax), 'wrong-schema'],
    [`${BODY_JSON.depthMax + 1} levels`, nested(BODY_JSON.depthMax + 1), 'too-deep'],
    [`${BODY_JSON.valuesMax} values`, values(BODY_JSON.valuesMax), 'wrong-schema'],
    [`${BODY_JSON.valuesMax + 1} values`, values(BODY_JSON.valuesMax + 1), 'too-large'],
    ['a member twice', '{"stall":"stall-1","stall":"stall-1","amount":{"amount":1,"currency":"VND"}}', 'wrong-schema'],
    [
      'a member of a member twice',
      '{"stall":"stall-1","amount":{"amount":1,"amo\\u0075nt":2,"currency":"VND"}}',
      'wrong-schema',
    ],
    ['8,000 levels', nested(8_000), 'too-deep'],
    ['brackets inside a text only', JSON.stringify({ stall: '['.repeat(99) }), 'wrong-schema'],
  ])('%s: nothing enters the path', async (_what, text, refusal) => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/charges', 'vendor', { text })
    const problem = wire.problem.parse(await answer.json())
    expect(problem.refusal).toBe(refusal)
    expect(answer.status).toBe(refusalTable[refusal].httpStatus)
    expect(on.path.asked).toEqual([])
  })

  test('a member twice is named as what it is', async () => {
    const text = '{"stall":"stall-1","amount":{"amount":1,"amount":2,"currency":"VND"}}'
    const answer = await kit().ask('POST', '/v1/charges', 'vendor', { text })
    const { errors } = wire.problem.parse(await answer.json())
    expect(errors).toMatchObject([{ in: 'body', says: expect.stringMatching(/^duplicate member/) as unknown }])
  })

  test('an amount of 0 and the largest that is keyed enter: the rules decide', async () => {
    const on = kit()
    for (const each of [0, KEYED_AMOUNT_MAX]) {
      await on.ask('POST', '/v1/charges', 'vendor', { body: { stall: 'stall-1', amount: { ...amount, amount: each } } })
    }
    expect(on.path.asked.map((asked) => asked.body)).toMatchObject([
      { amount: { amount: 0 } },
      { amount: { amount: KEYED_AMOUNT_MAX } },
    ])
  })

  test('bytes that are not UTF-8 are no JSON', async () => {
    const on = kit()
    const headers = {
      authorization: `Bearer ${tokenFor('vendor')}`,
      'idempotency-key': 'k',
      'content-type': 'application/json',
    }
    const body = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])
    const answer = await on.app.fetch(new Request('http://gateway.test/v1/charges', { method: 'POST', headers, body }))
    expect(await answer.json()).toMatchObject({ refusal: 'not-json' })
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=latin1',
    '',
  ])('a body of type %j is refused: a form of another site could send it', async (type) => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/charges', 'vendor', {
      body: { stall: 'stall-1', amount },
      headers: { 'content-type': type || 'x/y' },
    })
    expect(answer.status).toBe(415)
    expect(on.path.asked).toEqual([])
  })

  test('a body where none is expected is refused, an empty object is not', async () => {
    const on = kit()
    const ask = async (text: string) =>
      (await on.ask('POST', '/v1/charges/box-1:1:1:g0/cancel', 'vendor', { text })).status
    expect([await ask('{"charge":"another"}'), await ask(' { } '), await ask('')]).toEqual([400, 200, 200])
  })

  test('what is wrong is named by its place, up to a limit', async () => {
    const on = kit()
    const answer = await on.ask('POST', '/v1/scans', 'vendor', {
      body: { place: { kind: 'stall', id: 7 }, text: 'x'.repeat(12_289) },
    })
    const problem = wire.problem.parse(await answer.json())
    expect(problem.errors).toEqual(expect.arrayContaining([{ in: 'body', at: '/text', says: 'must be at most 12288' }]))
    const many = problemOf('wrong-schema', 'en', {
      errors: Array.from({ length: 99 }, () => ({ in: 'body', at: '/', says: '' })),
    })
    expect(many.errors).toHaveLength(FORM_ERRORS_MAX)
  })

  test('a text of 12,288 characters is handed on: the rules say that it is too long', async () => {
    const on = kit()
    expect((await on.ask('POST', '/v1/scans', 'vendor', { body: { ...scan, text: 'x'.repeat(12_288) } })).status).toBe(
      200,
    )
  })
})

describe('nothing is told that should stay unsaid', () => {
  const everything = async (on: ReturnType<typeof kit>, answers: readonly Response[]): Promise<string> => {
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    const heads = answers.map((answer) => JSON.stringify([...answer.headers]))
    return [...texts, ...heads, JSON.stringify(on.log)].join()
  }

  test('neither the text of a QR nor a token is in any answer, header or log, whatever goes wrong', async () => {
    const on = kit()
    const ask = (body: unknown, headers: Record<string, string> = {}) =>
      on.ask('POST', '/v1/scans', 'vendor', { body, headers })
    const answers = [
      await ask(scan),
      await ask({ ...scan, extra: 'SECRET-QR-TEXT' }),
      await ask({ ...scan, text: ['SECRET-QR-TEXT'] }),
      await ask({ ...scan, place: 'SECRET-QR-TEXT' }),
      await ask({ 'SECRET-QR-TEXT': 1, place: scan.place }),
      await on.ask('POST', '/v1/scans', 'vendor', { text: '{"text":"SECRET-QR-TEXT' }),
      await ask(scan, { 'idempotency-key': 'SECRET-QR-TEXT with a space' }),
      await on.ask('GET', '/v1/lanes/SECRET-QR-TEXT', 'vendor'),
      await on.ask('GET', '/v1/journal?after=SECRET-QR-TEXT', 'operator'),
      await on.ask('GET', '/v1/charges/SECRET-QR-TEXT', 'vendor'),
      await on.ask('GET', '/v1/lanes', null, { headers: { authorization: 'Bearer SECRET-QR-TEXT' } }),
    ]
    on.path.reply = () => {
      throw new Error('a bug of ours that quotes SECRET-QR-TEXT\n    at SECRET-QR-TEXT')
    }
    answers.push(await ask(scan))
    expect(answers.at(-1)?.status).toBe(500)
    const all = await everything(on, answers)
    expect(all).not.toContain('SECRET-QR-TEXT')
    expect(all).not.toContain(tokenFor('vendor'))
    expect(all).toContain('handlers.ts')
  })

  test('the log names the operation, never the address', async () => {
    const on = kit()
    await on.ask('GET', '/v1/charges/box-1:1:1:g0', 'vendor')
    await on.ask('GET', '/v1/charges/nonsense?x=y', null)
    expect(on.log).toEqual([
      { kind: 'request', operation: 'readCharge', method: 'GET', status: 200, tookMs: 0, client: 'till-1' },
      { kind: 'request', operation: 'readCharge', method: 'GET', status: 401, tookMs: 0, client: null },
    ])
  })
})

describe('headers of every answer', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/docs'],
    ['GET', '/sign-in'],
    ['GET', '/v1/lanes'],
    ['GET', '/nowhere'],
    ['DELETE', '/v1/lanes'],
    ['GET', '/healthz'],
  ])(
    '%s %s: a strict policy, no sniffing, no frames, no referrer to other sites, not stored',
    async (method, address) => {
      const answer = await kit().ask(method, address, 'operator')
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('referrer-policy')).toBe('same-origin')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('strict-transport-security')).toBeNull()
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    },
  )

  test('by TLS, browsers are told to stay with it', async () => {
    const answer = await kit({ secure: true }).ask('GET', '/', 'operator')
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  test('the pages’ files may be kept, because their address changes with them', async () => {
    const on = kit()
    const page = await (await on.ask('GET', '/', 'operator')).text()
    const [, address] = /<script src="([^"]+)"/.exec(page) ?? []
    expect(address).toMatch(/^\/assets\/page\.js\?v=[\w-]{10}$/)
    expect((await on.ask('GET', address ?? '', null)).headers.get('cache-control')).toContain('immutable')
    expect(page).not.toMatch(/<script(?! src=)|style=|onclick=|https?:\/\//)
  })
})

describe('the stored text of a refusal', () => {
  test.each(['', 'not json', '{}', '{"ok":true}', '{"ok":false,"refusal":"no-such"}'])(
    '%j is of another form: the table’s words are used',
    (text) => {
      expect(storedRefusalOf(text)).toBeUndefined()
    },
  )
})

test('whoever types a plate that is none is told to look at it, and to take no ticket, by every operation that asks for plates', () => {
  const typed = Object.entries(parkingOperations).filter(
    ([, { body }]) => body !== null && /"plates?":/.test(JSON.stringify(z.toJSONSchema(body, { io: 'input' }))),
  )
  expect(typed.map(([name]) => name)).toEqual(expect.arrayContaining(['sellPass', 'issuePass', 'bringPass']))
  for (const [name] of typed) {
    // By its digits as well: what is no plate is no stay there, and is told as such.
    if (name === 'findSession' || name === 'validateAtStall') continue
    expect(readerWords(name, 'plate-unreadable')?.en.help, name).toContain('Look at what was typed')
  }
})
