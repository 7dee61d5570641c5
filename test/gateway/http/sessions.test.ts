import { describe, expect, test } from 'vitest'
import type { ClientDirectory } from '../../../gateway/http/clients.ts'
import { hashOfToken, listedClients } from '../../../gateway/http/clients.ts'
import {
  CODE_MS,
  CODES_MAX,
  createSessions,
  createSignInCodes,
  SIGNED_OUT_MAX,
} from '../../../gateway/http/sessions.ts'
import { clients, directory, handClock, kit, postForm, signIn, tokenFor } from './kit.ts'

const COOKIE = 'tolbooth_session'
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie') ?? ''
const isIn = async (on: ReturnType<typeof kit>, cookie: string): Promise<boolean> =>
  (await on.ask('GET', '/', null, { headers: { cookie } })).status === 200

describe('signing in', () => {
  test('with a token gives a cookie that no script reads and no other site sends', async () => {
    const on = kit()
    const answer = await postForm(on, '/session', { token: ` ${tokenFor('operator')} ` })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    const cookie = cookieOf(answer)
    expect(cookie).toMatch(/^tolbooth_session=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(tokenFor('operator'))
    expect(await isIn(on, cookie)).toBe(true)
  })

  test('by TLS the cookie is for TLS only', async () => {
    expect(cookieOf(await postForm(kit({ secure: true }), '/session', { token: tokenFor('operator') }))).toContain(
      '; Secure',
    )
  })

  test.each([{ token: 'wrong' }, { token: `tb_${'A'.repeat(43)}` }, { token: '' }, {}, { code: 'wrong' }])(
    'with %j shows the page again and says so',
    async (fields) => {
      const on = kit()
      const answer = await postForm(on, '/session', fields)
      expect(answer.status).toBe(401)
      expect(cookieOf(answer)).toBe('')
      expect(await answer.text()).toContain('Mã không đúng')
    },
  )

  test('a code signs in once', async () => {
    const on = kit()
    const address = on.app.signInAddress('office') ?? ''
    expect(address).toMatch(/^\/sign-in#[\w-]{43}$/)
    const code = address.split('#')[1] ?? ''
    const answer = await postForm(on, '/session', { code })
    expect(await isIn(on, cookieOf(answer))).toBe(true)
    expect((await postForm(on, '/session', { code })).status).toBe(401)
  })

  test('a code is good for ten minutes', async () => {
    const on = kit()
    const codes = [on.app.signInAddress('office'), on.app.signInAddress('office')].map(
      (address) => address?.split('#')[1] ?? '',
    )
    await on.clock.advance(CODE_MS - 1)
    expect((await postForm(on, '/session', { code: codes[0] ?? '' })).status).toBe(303)
    await on.clock.advance(1)
    expect((await postForm(on, '/session', { code: codes[1] ?? '' })).status).toBe(401)
  })

  test('there is no code for a client that does not exist, and the oldest gives way when there are many', () => {
    const clock = handClock()
    const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes))
    const codes = createSignInCodes({ clients: directory, clock, random })
    expect(codes.issue('nobody')).toBeUndefined()
    const issued = Array.from({ length: CODES_MAX + 1 }, () => codes.issue('office') ?? '')
    expect(codes.take(issued[0] ?? '')).toBeUndefined()
    expect(codes.take(issued[1] ?? '')?.id).toBe('office')
    expect(codes.take(issued[CODES_MAX] ?? '')?.id).toBe('office')
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling of this site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.test', host: 'gateway.test' }],
    ['an origin that is none', { origin: 'null', host: 'gateway.test' }],
    ['another port', { origin: 'http://gateway.test:81', host: 'gateway.test' }],
  ])('a form that comes from %s is refused, for each of the forms', async (_where, headers: Record<string, string>) => {
    const on = kit()
    const cookie = await signIn(on, 'operator')
    for (const address of ['/session', '/session/end', '/receipts/check']) {
      const answer = await postForm(on, address, { token: tokenFor('admin'), receipt: 'x' }, { ...headers, cookie })
      expect(answer.status, address).toBe(403)
      expect(answer.headers.get('content-type')).toContain('text/html')
    }
    expect(await isIn(on, cookie)).toBe(true)
  })

  test.each([{ 'sec-fetch-site': 'same-origin' }, { origin: 'http://gateway.test', host: 'gateway.test' }])(
    'our own form is taken (%j)',
    async (headers: Record<string, string>) => {
      expect((await postForm(kit(), '/session', { token: tokenFor('operator') }, headers)).status).toBe(303)
    },
  )

  test('a form of 8,192 bytes is read, a longer one and another type are not', async () => {
    const on = kit()
    expect((await postForm(on, '/session', { token: 'x'.repeat(8_192 - 6) })).status).toBe(401)
    expect((await postForm(on, '/session', { token: 'x'.repeat(8_193 - 6) })).status).toBe(413)
    expect((await postForm(on, '/session', { token: 'x' }, { 'content-type': 'text/plain' })).status).toBe(415)
  })
})

describe('a session', () => {
  test('ends by itself after its time', async () => {
    const on = kit({ sessionMs: 60_000 })
    const cookie = await signIn(on, 'operator')
    await on.clock.advance(59_999)
    expect(await isIn(on, cookie)).toBe(true)
    await on.clock.advance(1)
    expect(await isIn(on, cookie)).toBe(false)
  })

  test('ends by signing out, for whoever else holds the cookie too', async () => {
    const on = kit()
    const [cookie, other] = [await signIn(on, 'operator'), await signIn(on, 'operator')]
    const answer = await postForm(on, '/session/end', {}, { cookie })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in'])
    expect(cookieOf(answer)).toContain('Max-Age=0')
    expect(await isIn(on, cookie)).toBe(false)
    expect(await isIn(on, other)).toBe(true)
  })

  test('lives on when the gateway starts again, because it stands under a key and not in memory', async () => {
    const on = kit()
    const cookie = await signIn(on, 'operator')
    expect(await isIn(kit(), cookie)).toBe(true)
    expect(await isIn(kit({ sessionKey: new Uint8Array(32).fill(8) }), cookie)).toBe(false)
  })

  test('ends when the client’s token is changed or the client is removed', async () => {
    const on = kit()
    const cookie = await signIn(on, 'operator')
    const changed = listedClients([
      { client: clients.operator, tokenHash: hashOfToken('another token of the same client') },
    ])
    const removed = listedClients([])
    for (const known of [changed, removed]) expect(await isIn(kit({}, { clients: known }), cookie)).toBe(false)
  })

  test('has the role of now, not of when it began', async () => {
    const on = kit()
    const cookie = await signIn(on, 'operator')
    const demoted: ClientDirectory = listedClients([
      { client: { ...clients.vendor, id: 'office' }, tokenHash: hashOfToken(tokenFor('operator')) },
    ])
    const answer = await kit({}, { clients: demoted }).ask('GET', '/v1/journal', null, { headers: { cookie } })
    expect(answer.status).toBe(403)
  })

  test('cannot be made, stretched, handed to another client, or spelled in another way', async () => {
    const on = kit()
    const value = (await signIn(on, 'vendor')).slice(COOKIE.length + 1)
    const [id, endsAt, nonce, mac] = value.split('.')
    const last = mac?.at(-1) ?? 'A'
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelled = `${mac?.slice(0, -1)}${letters[(letters.indexOf(last) & ~3) | ((letters.indexOf(last) + 1) & 3)]}`
    for (const forged of [
      `owner.${endsAt}.${nonce}.${mac}`,
      `${id}.${Number(endsAt) + 1}.${nonce}.${mac}`,
      `${id}.${endsAt}.AAAA.${mac}`,
      `${id}.${endsAt}.${nonce}.${respelled}`,
      `${id}.${endsAt}.${nonce}`,
      `${value}.x`,
      `${id}..${nonce}.${mac}`,
      `${id}.1e99.${nonce}.${mac}`,
      '',
      'x'.repeat(5_000),
    ]) {
      expect(await isIn(on, `${COOKIE}=${forged}`), forged.slice(0, 80)).toBe(false)
    }
    expect(await isIn(on, `${COOKIE}=${value}`)).toBe(true)
  })

  test('needs a key of 32 bytes', () => {
    const parts = { clients: directory, clock: handClock(), random: () => new Uint8Array(12), sessionMs: 1 }
    expect(() => createSessions({ ...parts, key: new Uint8Array(31) })).toThrow('32 bytes')
  })

  test('signed out sessions are remembered up to a bound, and forgotten when they would have ended', async () => {
    const clock = handClock()
    let count = 0
    const random = (bytes: number): Uint8Array => {
      count += 1
      return new Uint8Array(bytes).fill(count % 256).map((byte, index) => (index === 0 ? count >> 8 : byte))
    }
    const sessions = createSessions({ key: new Uint8Array(32), clients: directory, clock, random, sessionMs: 1_000 })
    const begin = (): string => sessions.begin(clients.operator) ?? ''
    const first = begin()
    sessions.end(first)
    sessions.end('never.was.a.session')
    for (let index = 1; index < SIGNED_OUT_MAX; index += 1) sessions.end(begin())
    expect(sessions.read(first)).toBeUndefined()
    const beyond = begin()
    sessions.end(beyond)
    expect(sessions.read(beyond)?.id).toBe('office')
    await clock.advance(1_000)
    const fresh = begin()
    sessions.end(fresh)
    expect(sessions.read(fresh)).toBeUndefined()
  })
})

describe('the language of a page', () => {
  test.each([
    [{}, '', 'vi'],
    [{ 'accept-language': 'en-GB,en;q=0.9' }, '', 'en'],
    [{ 'accept-language': 'en', cookie: 'tolbooth_lang=vi' }, '', 'vi'],
    [{ cookie: 'tolbooth_lang=vi' }, '?lang=en', 'en'],
    [{ cookie: 'tolbooth_lang=xx' }, '?lang=xx', 'vi'],
  ])('with %j and %j is %s', async (headers: Record<string, string>, query, language) => {
    const answer = await kit().ask('GET', `/sign-in${query}`, null, { headers })
    expect(await answer.text()).toContain(`<html lang="${language}">`)
    expect(cookieOf(answer)).toBe(
      query === '?lang=en' ? 'tolbooth_lang=en; Max-Age=31536000; Path=/; SameSite=Strict' : '',
    )
  })
})

describe('a receipt that somebody shows', () => {
  test('is checked, with names instead of ids, and its text is in no log', async () => {
    const on = kit()
    const cookie = await signIn(on, 'vendor')
    const jws = on.books.receipts[0]?.jws ?? ''
    const text = await (await postForm(on, '/receipts/check', { receipt: ` ${jws}\n` }, { cookie })).text()
    for (const said of ['Biên lai thật', '60.000', 'Quầy rau cô Hạnh', 'Chợ']) expect(text).toContain(said)
    const forged = await (await postForm(on, '/receipts/check', { receipt: 'forged' }, { cookie })).text()
    expect(forged).toContain('Không phải biên lai của nơi này')
    expect(JSON.stringify(on.log)).not.toContain(jws)
  })

  test('of training is said to be no money', async () => {
    const on = kit(
      {},
      {
        checkReceipt: async () => ({
          kind: 'genuine',
          id: 'r',
          charge: 'c',
          amount: { amount: 1, currency: 'VND' as never },
          merchant: 'm',
          place: 'site',
          mode: 'training',
          issuedAtMs: 0,
        }),
      },
    )
    const cookie = await signIn(on, 'operator')
    expect(await (await postForm(on, '/receipts/check', { receipt: 'x' }, { cookie })).text()).toContain(
      'không phải tiền thật',
    )
  })
})
