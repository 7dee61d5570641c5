import { describe, expect, test } from 'vitest'
import type { LateQueue } from '../../../../gateway/http/static/desk/late-queue.js'
import { EMPTY_QUEUE, note } from '../../../../gateway/http/static/desk/late-queue.js'
import { ASIDE_MAX, createLateStore } from '../../../../gateway/http/static/desk/late-store.js'

const AT = Date.UTC(2026, 10, 22, 15, 5)

function queueOf(...keys: readonly string[]): LateQueue {
  return keys.reduce((queue, key) => {
    const body = { kind: 'let-in', occurredAt: AT, reason: 'x', plate: '30A-123.45' } as const
    const noted = note(queue, { key, lane: 'in-1', client: 'gate-1', body })
    if (!noted.ok) throw new Error('the queue is full')
    return noted.queue
  }, EMPTY_QUEUE)
}

/** A browser's storage that takes so many characters in one text. */
function phone(text: string | null, charactersMax = 100_000) {
  const at = new Map<string, string>(text === null ? [] : [['late', text]])
  const kept = {
    read: (name: string) => at.get(name) ?? null,
    write: (name: string, value: string) => value.length <= charactersMax && at.set(name, value).get(name) === value,
    forget: (name: string) => void at.delete(name),
  }
  return { at, store: createLateStore(kept) }
}

describe('the notes that a phone keeps', () => {
  test('are read as they were written, and nothing is set aside', () => {
    const { store } = phone(null)
    expect(store.read()).toEqual({ queue: EMPTY_QUEUE, isBlocked: false })
    expect(store.write(queueOf('a'))).toBe(true)
    expect(store.read()).toEqual({ queue: queueOf('a'), isBlocked: false })
    expect(store.asides()).toEqual([])
  })

  test('of which one cannot be read are set aside whole, and the others are still there', () => {
    const { events } = queueOf('a', 'b')
    const text = JSON.stringify({ v: 1, next: 4, events: [events[0], { key: 'bad' }, events[1]] })
    const { at, store } = phone(text)
    expect(store.read()).toEqual({ queue: { v: 1, next: 3, events }, isBlocked: false })
    expect(store.asides()).toEqual([{ name: 'late.unreadable.1', text }])
    expect(store.read().queue.events, 'and only once').toHaveLength(2)
    expect(store.asides()).toHaveLength(1)
    store.forgetAside('late')
    expect(at.has('late')).toBe(true)
    store.forgetAside('late.unreadable.1')
    expect(store.asides()).toEqual([])
  })

  test.each(['{', '"x"', '{"v":2,"next":1,"events":[]}'])(
    'that are %s are set aside, and a new list is begun',
    (text) => {
      const { store } = phone(text)
      expect(store.read()).toEqual({ queue: EMPTY_QUEUE, isBlocked: false })
      expect(store.asides()).toEqual([{ name: 'late.unreadable.1', text }])
    },
  )

  test('that can be neither read nor set aside are not written over', () => {
    const text = `{${'x'.repeat(50)}`
    const full = phone(text, 50)
    expect(full.store.read()).toEqual({ queue: EMPTY_QUEUE, isBlocked: true })
    expect(full.at.get('late')).toBe(text)
    const { at, store } = phone(null)
    for (let n = 0; n < ASIDE_MAX; n += 1) {
      at.set('late', `{${n}`)
      expect(store.read().isBlocked).toBe(false)
    }
    at.set('late', '{more')
    expect(store.read().isBlocked).toBe(true)
    expect(store.asides()).toHaveLength(ASIDE_MAX)
    expect(at.get('late')).toBe('{more')
  })
})
