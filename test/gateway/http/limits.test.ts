import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { clientAddress } from '../../../gateway/http/client-address.ts'
import { DESK_MAIN } from '../../../gateway/http/pages/desk-files.ts'
import { createRates, RATES_MAX } from '../../../gateway/http/request-rates.ts'
import type { HttpEnv } from '../../../gateway/http/respond.ts'
import { HTTP_DEFAULTS } from '../../../gateway/http/settings.ts'
import type { TrustedProxies } from '../../../gateway/trusted-proxies.ts'
import { TRUSTED_PROXIES_MAX, trustedProxies } from '../../../gateway/trusted-proxies.ts'
import { commit, kit, scanAt, tokenFor } from './kit.ts'

const amount = { amount: 60_000, currency: 'VND' }

describe('sizes', () => {
  const bytes = (length: number): string => {
    const text = JSON.stringify({ stall: 'stall-1', amount })
    return `${text}${' '.repeat(length - text.length)}`
  }

  test('a body of the limit is read, one byte more is not', async () => {
    const on = kit({ bodyBytesMax: 1_000 })
    expect((await on.ask('POST', '/v1/charges', 'vendor', { text: bytes(1_000) })).status).toBe(200)
    const answer = await on.ask('POST', '/v1/charges', 'vendor', { text: bytes(1_001) })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ refusal: 'too-large' })
    expect(on.path.asked).toHaveLength(1)
  })

  test('a body without a stated length is counted as it comes, and no further than the limit', async () => {
    const on = kit({ bodyBytesMax: 1_000 })
    let pulled = 0
    const body = new ReadableStream({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(new Uint8Array(100).fill(32))
        if (pulled === 1_000) controller.close()
      },
    })
    const headers = {
      authorization: `Bearer ${tokenFor('vendor')}`,
      'idempotency-key': 'k',
      'content-type': 'application/json',
    }
    const answer = await on.app.fetch(
      new Request('http://gateway.test/v1/charges', { method: 'POST', headers, body, duplex: 'half' }),
    )
    expect(answer.status).toBe(413)
    expect(pulled).toBeLessThan(20)
  })

  test('an address of the limit is looked at, one character more is not', async () => {
    const on = kit({ urlCharactersMax: 200 })
    const address = (length: number): string => `/healthz?${'x'.repeat(length - 'http://gateway.test/healthz?'.length)}`
    expect((await on.ask('GET', address(200), null)).status).toBe(200)
    expect((await on.ask('GET', address(201), null)).status).toBe(413)
  })

  test('a page of the journal holds no more than the site allows', async () => {
    const on = kit({ journalPageMax: 2 })
    for (let index = 0; index < 5; index += 1) commit(on.books, scanAt('stall-1', 1))
    const answer = await on.ask('GET', '/v1/journal?limit=500', 'operator')
    expect(await answer.json()).toMatchObject({ records: [{ seq: 1 }, { seq: 2 }], next: 2 })
  })
})

describe('rates', () => {
  test('a client has its burst, then waits for as long as Retry-After says; another is not held up by it', async () => {
    const on = kit({ requestBurstMax: 3, requestsPerSecondMax: 0.5 })
    const ask = (as: 'operator' | 'admin') => on.ask('GET', '/v1/lanes', as)
    expect([(await ask('operator')).status, (await ask('operator')).status, (await ask('operator')).status]).toEqual([
      200, 200, 200,
    ])
    const answer = await ask('operator')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await answer.json()).toMatchObject({ refusal: 'too-many-requests' })
    expect((await ask('admin')).status).toBe(200)
    await on.clock.advance(2_000)
    expect((await ask('operator')).status).toBe(200)
  })

  test('wrong tokens are counted by address, and do not keep a right one out', async () => {
    const on = kit({ strangerBurstMax: 2, strangerRequestsPerSecondMax: 1 })
    const statuses = []
    for (let index = 0; index < 4; index += 1) statuses.push((await on.ask('GET', '/v1/lanes', null)).status)
    expect(statuses).toEqual([401, 401, 429, 429])
    expect((await on.ask('GET', '/v1/lanes', 'operator')).status).toBe(200)
    expect((await on.ask('GET', '/healthz', null)).status).toBe(429)
  })

  test('the pages’ files have a count of their own: a page of many modules comes whole', async () => {
    const on = kit({ strangerBurstMax: 1, fileBurstMax: 3 })
    const ask = async (address: string) => (await on.ask('GET', address, null)).status
    expect([await ask('/healthz'), await ask('/healthz')]).toEqual([200, 429])
    const files = [await ask(DESK_MAIN), await ask('/assets/page.css'), await ask(DESK_MAIN), await ask(DESK_MAIN)]
    expect(files).toEqual([200, 200, 200, 429])
  })

  test('each address has its own count', async () => {
    const on = kit({ strangerBurstMax: 1 })
    const ask = async (remoteAddress: string) =>
      (
        await on.app.fetch(new Request('http://gateway.test/healthz'), {
          incoming: { socket: { remoteAddress, destroy: () => {} } },
        })
      ).status
    expect([await ask('10.0.0.1'), await ask('10.0.0.1'), await ask('10.0.0.2')]).toEqual([200, 429, 200])
    expect([await ask('2001:db8::1'), await ask('2001:db8::2')], 'one network of version 6').toEqual([200, 429])
  })

  describe('behind a proxy', () => {
    const proxies = trustedProxies(['10.0.0.5', '10.1.0.0/16', 'fd00::/8'])
    if (proxies === undefined) throw new Error('no proxies')
    const counted = (peer: string, forwarded?: string, trusted: TrustedProxies = proxies): Promise<string> => {
      const app = new Hono<HttpEnv>().get('/', (c) => c.text(clientAddress(c, trusted)))
      const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
      const incoming = { socket: { remoteAddress: peer, destroy: () => {} } }
      return Promise.resolve(app.request('/', { headers }, { incoming })).then((answer) => answer.text())
    }

    test.each([
      ['a client that says it is somebody else, with no proxy in front', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
      ['a client of the proxy', '10.0.0.5', '203.0.113.9', '203.0.113.9'],
      ['a client of the proxy that made something up', '10.0.0.5', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
      ['a client that says it is the proxy', '10.0.0.5', '10.0.0.5, 203.0.113.9', '203.0.113.9'],
      ['a client behind two proxies', '10.0.0.5', '203.0.113.9, 10.1.7.7', '203.0.113.9'],
      ['a proxy that asks for itself', '10.0.0.5', undefined, '10.0.0.5'],
      ['a proxy all the way', '10.0.0.5', '10.1.0.1, 10.1.0.2', '10.1.0.1'],
      ['what is no address', '10.0.0.5', '203.0.113.9, unknown', '10.0.0.5'],
      ['nothing', '10.0.0.5', '', '10.0.0.5'],
      ['a port with the address', '10.0.0.5', '203.0.113.9:4711', '203.0.113.9'],
      ['version 6 in brackets', 'fd00::1', '[2001:db8::1]:443', '2001:db8::1'],
      ['version 4 as version 6 has it', '::ffff:10.0.0.5', '::ffff:203.0.113.9', '203.0.113.9'],
      ['more than anybody sends', '10.0.0.5', `203.0.113.9, ${'10.1.0.1, '.repeat(200)}10.1.0.2`, '10.0.0.5'],
      [
        'more proxies than are looked through',
        '10.0.0.5',
        `203.0.113.9, ${'10.1.0.1, '.repeat(8)}10.1.0.2`,
        '10.1.0.1',
      ],
    ])('%s is counted by what is known for sure', async (_who, peer, forwarded, address) => {
      expect(await counted(peer, forwarded)).toBe(address)
    })

    test('which the site has not named nobody is believed', async () => {
      expect(await counted('127.0.0.1', '203.0.113.9', HTTP_DEFAULTS.trustedProxies)).toBe('127.0.0.1')
    })

    test('each client has its own count, and a made-up header gives nobody a new one', async () => {
      const on = kit({ strangerBurstMax: 1, trustedProxies: proxies })
      const ask = async (remoteAddress: string, forwarded: string) => {
        const request = new Request('http://gateway.test/healthz', { headers: { 'x-forwarded-for': forwarded } })
        return (await on.app.fetch(request, { incoming: { socket: { remoteAddress, destroy: () => {} } } })).status
      }
      expect([await ask('10.0.0.5', '203.0.113.1'), await ask('10.0.0.5', '203.0.113.2')]).toEqual([200, 200])
      expect(await ask('10.0.0.5', '198.51.100.1, 203.0.113.2')).toBe(429)
      expect([await ask('203.0.113.7', '1.1.1.1'), await ask('203.0.113.7', '2.2.2.2')]).toEqual([200, 429])
    })

    test.each(['x', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', '::/129', '10.0.0', '10.0.0.0/x'])(
      '%s is no proxy',
      (named) => {
        expect(trustedProxies([named])).toBeUndefined()
      },
    )

    test('so many may be named, and no more', () => {
      const many = Array.from({ length: TRUSTED_PROXIES_MAX }, (_, index) => `10.0.0.${index}`)
      expect(trustedProxies(many)).toBeDefined()
      expect(trustedProxies([...many, '10.0.1.1'])).toBeUndefined()
    })
  })

  test('a clock that stands still lets nobody in for free, and memory does not grow with addresses', () => {
    const rates = createRates(1, 1)
    for (let index = 0; index < RATES_MAX + 500; index += 1) expect(rates.take(`address ${index}`, 0).ok).toBe(true)
    expect(rates.take(`address ${RATES_MAX + 499}`, 0).ok).toBe(false)
    // Forgotten: it has a full bucket again, which is the price of the bound.
    expect(rates.take('address 0', 0).ok).toBe(true)
  })

  test('a bucket never holds more than its burst', () => {
    const rates = createRates(10, 2)
    expect([rates.take('a', 0).ok, rates.take('a', 1_000_000).ok, rates.take('a', 1_000_000).ok]).toEqual([
      true,
      true,
      true,
    ])
    expect(rates.take('a', 1_000_000)).toEqual({ ok: false, retryAfterMs: 100 })
  })
})
