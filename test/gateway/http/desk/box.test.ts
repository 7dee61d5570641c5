import { describe, expect, test } from 'vitest'
import { problemOf } from '../../../../gateway/http/problems.ts'
import { answerOf, createBox, newKey } from '../../../../gateway/http/static/desk/box.js'
import { ageText, filled } from '../../../../gateway/http/static/desk/said.js'
import {
  readUnanswered,
  sameAs,
  UNANSWERED_MAX,
  without,
  withSent,
} from '../../../../gateway/http/static/desk/unanswered.js'

describe('an answer of the box', () => {
  test.each(['busy', 'not-ready', 'too-many-requests', 'fault'] as const)(
    '%s leaves the request open: the same goes out again',
    (refusal) => {
      expect(answerOf(503, problemOf(refusal, 'vi'))).toMatchObject({ kind: 'refused', refusal, isFinal: false })
    },
  )

  test.each(['no-vehicle', 'barrier-away', 'charge-unknown', 'key-reused', 'no-tariff'] as const)(
    '%s is the end of that request, in the box’s own words',
    (refusal) => {
      const problem = problemOf(refusal, 'en')
      expect(answerOf(problem.status, problem)).toMatchObject({
        kind: 'refused',
        title: problem.title,
        detail: problem.detail,
        isFinal: true,
      })
    },
  )

  test.each([
    [502, '<html>Bad Gateway</html>'],
    [504, null],
    [503, { message: 'upstream connect error' }],
    [500, undefined],
  ])('%i of a proxy before a dead box is none', (status, body) => {
    expect(answerOf(status, body)).toEqual({ kind: 'no-answer' })
  })

  test('that does not come, or is no JSON, is none', async () => {
    const heard: boolean[] = []
    const parts = { pass: 'p', language: 'vi', onHeard: (isAnswer: boolean) => heard.push(isAnswer) }
    const dead = createBox({ ...parts, fetch: () => Promise.reject(new TypeError('Failed to fetch')) })
    const garbled = createBox({ ...parts, fetch: async () => new Response('<html>') })
    expect(await dead.ask({ method: 'GET', path: '/v1/lanes' })).toEqual({ kind: 'no-answer' })
    expect(await garbled.ask({ method: 'GET', path: '/v1/lanes' })).toEqual({ kind: 'no-answer' })
    expect(heard).toEqual([false, false])
  })

  test('of a picture is a picture, or says why there is none; one that is late says nothing of the box', async () => {
    const heard: boolean[] = []
    const parts = { pass: 'p', language: 'vi', onHeard: (isAnswer: boolean) => heard.push(isAnswer) }
    const boxOf = (answer: () => Promise<Response>) => createBox({ ...parts, fetch: answer })
    const jpeg = { headers: { 'content-type': 'image/jpeg' } }
    const come = await boxOf(async () => new Response('x', jpeg)).picture('/v1/pictures/p')
    expect(come.kind === 'picture' ? await come.picture.text() : come.kind).toBe('x')
    const gone = problemOf('not-found', 'vi')
    const refused = await boxOf(async () => Response.json(gone, { status: 404 })).picture('/v1/pictures/p')
    expect(refused).toMatchObject({ kind: 'refused', refusal: 'not-found', isFinal: true })
    const page = await boxOf(async () => new Response('<html>')).picture('/v1/pictures/p')
    const late = await boxOf(() => Promise.reject(new TypeError('x'))).picture('/v1/pictures/p')
    expect([page.kind, late.kind, heard]).toEqual(['no-answer', 'no-answer', []])
  })

  test('is asked for by the pass and never by the cookie, with its key and its language', async () => {
    let asked: RequestInit | undefined
    const box = createBox({
      pass: 'a.b.c.d',
      language: 'vi',
      onHeard: () => {},
      fetch: async (_address, init) => {
        asked = init
        return new Response('{}')
      },
    })
    await box.ask({ method: 'POST', path: '/v1/x', key: 'k-1', body: { a: 1 } })
    expect(asked).toMatchObject({ credentials: 'omit', body: '{"a":1}' })
    expect(asked?.headers).toEqual({
      authorization: 'Bearer a.b.c.d',
      'accept-language': 'vi',
      'idempotency-key': 'k-1',
      'content-type': 'application/json',
    })
  })

  test('each request has a key of its own, of printable characters', () => {
    const keys = Array.from({ length: 100 }, newKey)
    expect(new Set(keys).size).toBe(100)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('what was sent and not answered', () => {
  test('is read again after a reload, and nothing else is taken for it', () => {
    const sent = { key: 'k', path: '/v1/lanes/in-1/open', body: { reason: 'x' }, title: 't', lines: [] }
    expect(readUnanswered(JSON.stringify([sent, { ...sent, key: 'l' }]))).toEqual([sent, { ...sent, key: 'l' }])
    expect(readUnanswered(JSON.stringify(sent)), 'kept as one alone').toEqual([sent])
    for (const text of [
      null,
      '',
      '{}',
      'null',
      JSON.stringify({ ...sent, path: 'https://evil.test/v1/' }),
      JSON.stringify({ ...sent, lines: 'x' }),
      JSON.stringify([{ ...sent, lines: [7] }, null]),
    ]) {
      expect(readUnanswered(text)).toEqual([])
    }
  })
})

describe('what was put aside', () => {
  const sent = (key: string, path = '/v1/charges/c/cash') => ({ key, path, body: {}, title: 't', lines: [] })

  test('keeps its key, and one more than the limit is refused and drops none', () => {
    const full = Array.from({ length: UNANSWERED_MAX }, (_, n) => sent(`k${n}`))
    expect(withSent(full.slice(1), sent('more'))).toHaveLength(UNANSWERED_MAX)
    expect(withSent(full, sent('more'))).toBeUndefined()
    expect(withSent(full, sent('k3')), 'the same again').toHaveLength(UNANSWERED_MAX)
    expect(without(full, 'k3').map(({ key }) => key)).not.toContain('k3')
  })

  test('is asked about before the same is done under another key, but for an emergency', () => {
    const all = [sent('a'), sent('b', '/v1/emergency')]
    expect(sameAs(all, sent('c'))?.key).toBe('a')
    expect(sameAs(all, sent('c', '/v1/charges/d/cash'))).toBeUndefined()
    expect(sameAs(all, sent('c', '/v1/emergency'))).toBeUndefined()
  })
})

describe('what the page says', () => {
  test('fills in what stands in braces once: a plate that looks like a place is a plate', () => {
    expect(filled('{a} and {b}', { a: '{b}', b: 'c' })).toBe('{b} and c')
    expect(filled('{toString} {a}', { a: 1 })).toBe('{toString} 1')
  })

  test.each([
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
    [-5, '0 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(ageText(ms, { seconds: '{n} s', minutes: '{n} min', hours: '{n} h', days: '{n} d' })).toBe(text)
  })
})
