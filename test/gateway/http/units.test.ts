import { describe, expect, test } from 'vitest'
import type { KnownClient } from '../../../gateway/http/clients.ts'
import { CLIENTS_MAX, hashOfToken, listedClients, looksLikeToken, tokenOf } from '../../../gateway/http/clients.ts'
import { languageOf } from '../../../gateway/http/language.ts'
import { createMetrics } from '../../../gateway/http/metrics.ts'
import { ageText } from '../../../gateway/http/pages/words.ts'
import { clients, fakeBooks, fakePath, handClock, readsOf } from './kit.ts'

describe('Accept-Language', () => {
  test.each([
    [undefined, 'vi'],
    ['', 'vi'],
    ['en', 'en'],
    ['EN-us', 'en'],
    ['fr, en;q=0.5', 'en'],
    ['fr', 'vi'],
    ['*', 'vi'],
    ['en;q=0.3, vi;q=0.8', 'vi'],
    ['vi;q=0, en;q=0.1', 'en'],
    ['en;q=0', 'vi'],
    ['en;q=nonsense', 'en'],
    ['english', 'vi'],
    ['vi, en', 'vi'],
    ['en, vi', 'en'],
    [`en${',en'.repeat(200)}`, 'vi'],
  ])('%j is answered in %s', (header, language) => {
    expect(languageOf(header, 'vi')).toBe(language)
  })
})

describe('the list of clients', () => {
  const known = (id: string, token: string): KnownClient => ({
    client: { id, role: 'operator', mode: 'live' },
    tokenHash: hashOfToken(token),
  })

  test('finds a client by the hash of its token alone', () => {
    const list = listedClients([known('a', 'token a'), known('b', 'token b')])
    expect(list.byTokenHash(hashOfToken('token b'))?.id).toBe('b')
    expect(list.byTokenHash(hashOfToken('token c'))).toBeUndefined()
    expect(list.byTokenHash(new Uint8Array(31))).toBeUndefined()
    expect(list.byId('a')?.client.id).toBe('a')
    expect(list.byId('__proto__')).toBeUndefined()
  })

  test.each<[string, readonly KnownClient[]]>([
    ['two clients have the same id', [known('a', '1'), known('a', '2')]],
    ['two clients have the same token', [known('a', '1'), known('b', '1')]],
    ['must be of a-z', [known('A/b', '1')]],
    ['not a SHA-256', [{ ...known('a', '1'), tokenHash: new Uint8Array(20) }]],
    [`at most ${CLIENTS_MAX}`, Array.from({ length: CLIENTS_MAX + 1 }, (_, index) => known(`c-${index}`, `${index}`))],
  ])('refuses a list of which %s', (says, list) => {
    expect(() => listedClients(list)).toThrow(says)
  })

  test('takes as many as the limit', () => {
    const list = Array.from({ length: CLIENTS_MAX }, (_, index) => known(`c-${index}`, `${index}`))
    expect(listedClients(list).byTokenHash(hashOfToken(`${CLIENTS_MAX - 1}`))?.id).toBe(`c-${CLIENTS_MAX - 1}`)
  })

  test('tokens are 32 random bytes', () => {
    const token = tokenOf(new Uint8Array(32).fill(255))
    expect(token).toBe(`tb_${'_'.repeat(42)}8`)
    expect(looksLikeToken(token)).toBe(true)
    expect(() => tokenOf(new Uint8Array(16))).toThrow('32 random bytes')
    expect(clients.vendor.role).toBe('vendor')
  })
})

describe('a length of time', () => {
  test.each([
    [-5, '0 phút'],
    [59_999, '0 phút'],
    [119 * 60_000, '119 phút'],
    [2 * 3_600_000, '2 giờ'],
    [47 * 3_600_000, '47 giờ'],
    [48 * 3_600_000, '2 ngày'],
  ])('%i ms is %s', (ms, text) => {
    expect(ageText(ms, 'vi')).toBe(text)
  })
})

describe('figures of other rooms', () => {
  test('are read when Prometheus asks', async () => {
    const books = fakeBooks()
    let messages = 1
    const metrics = createMetrics({
      reads: readsOf(books),
      path: fakePath(),
      clock: handClock(),
      more: [
        { name: 'tolbooth_mqtt_messages_total', help: 'x', kind: 'counter', read: () => messages },
        { name: 'tolbooth_mqtt_connections', help: 'x', kind: 'gauge', read: () => 7 },
      ],
    })
    expect((await metrics.exposition()).text).toContain('tolbooth_mqtt_messages_total 1\n')
    messages = 5
    books.exposure = undefined
    books.counters = { ...books.counters, taken: null }
    const { text } = await metrics.exposition()
    expect(text).toContain('tolbooth_mqtt_messages_total 5\n')
    expect(text).toContain('tolbooth_mqtt_connections 7\n')
    expect(text).not.toMatch(/^tolbooth_exposure_amount /m)
    expect(text).not.toMatch(/^tolbooth_taken_amount /m)
    // Since the start, and not of today: what Prometheus follows may only rise.
    expect(text).toContain('tolbooth_tender_taken_amount_total{tender="cash"} 900000\n')
    expect(text).toContain('tolbooth_tender_given_back_amount_total{tender="cash"} 25000\n')
    expect(text).toContain('tolbooth_tender_payments_total{tender="cash"} 30\n')
    expect(text).not.toContain('tender="bank-transfer"')
  })
})
