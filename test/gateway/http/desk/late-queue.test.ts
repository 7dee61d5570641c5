import { describe, expect, test } from 'vitest'
import type { LateBody, LateQueue } from '../../../../gateway/http/static/desk/late-queue.js'
import * as late from '../../../../gateway/http/static/desk/late-queue.js'

const AT = Date.UTC(2026, 10, 22, 15, 5)
const out: LateBody = {
  kind: 'let-out',
  occurredAt: AT,
  reason: 'Hộp không trả lời',
  plate: '30A-123.45',
  cash: 30_000,
  tender: 'cash',
}
const into: LateBody = { kind: 'let-in', occurredAt: AT, reason: 'Hộp không trả lời', plate: '29B-555.55' }

function noted(...bodies: readonly LateBody[]): LateQueue {
  return bodies.reduce((queue, body, index) => {
    const next = late.note(queue, { key: `key-${index + 1}`, lane: 'out-1', client: 'gate-1', body })
    if (!next.ok) throw new Error('the queue is full')
    return next.queue
  }, late.EMPTY_QUEUE)
}

/** The keys in the order in which they are handed in, where each fits. */
function orderOf(queue: LateQueue): readonly string[] {
  const event = late.nextToHandIn(queue, 'gate-1')
  if (event === undefined) return []
  return [event.key, ...orderOf(late.handedIn(queue, event.key, { says: 'ok', fits: true }))]
}

describe('what was noted while the box did not answer', () => {
  test('is counted, and waits with its cash', () => {
    const queue = noted(out, into, out)
    expect(queue.events.map(({ n }) => n)).toEqual([1, 2, 3])
    expect(late.counts(queue)).toEqual({ waiting: 3, in: 1, out: 2, cash: 60_000, unbooked: 0 })
  })

  test('is handed in one by one; of one moment who came in before who went out, each in order', () => {
    let queue = noted(out, into, { ...out, cash: 1_000 }, into)
    expect(orderOf(queue)).toEqual(['key-2', 'key-4', 'key-1', 'key-3'])
    for (const { key } of queue.events) queue = late.handedIn(queue, key, { says: 'ok', fits: true })
    expect(late.counts(queue)).toEqual({ waiting: 0, in: 0, out: 0, cash: 0, unbooked: 0 })
  })

  test('is handed in as it was: a vehicle that came twice, and one that was inside, went out and came again', () => {
    const at = (minutes: number, body: LateBody): LateBody => ({ ...body, occurredAt: AT + minutes * 60_000 })
    const plate = '32A-111.11'
    const twice = noted(
      at(0, { ...into, plate }),
      at(120, { ...into, plate }),
      at(60, { ...out, plate }),
      at(180, { ...out, plate }),
    )
    expect(orderOf(twice)).toEqual(['key-1', 'key-3', 'key-2', 'key-4'])
    const again = noted(at(1, { ...into, plate }), at(0, { ...out, plate }))
    expect(orderOf(again)).toEqual(['key-2', 'key-1'])
  })

  test('goes by when it was, not by when it was noted', () => {
    const queue = noted(out, { ...out, occurredAt: out.occurredAt - 60_000 }, into)
    expect(orderOf(queue)).toEqual(['key-2', 'key-3', 'key-1'])
  })

  test('waits for the one who noted it: nobody hands it in under another name', () => {
    const queue = noted(out)
    expect(late.nextToHandIn(queue, 'gate-2')).toBeUndefined()
    expect(late.nextToHandIn(queue, 'gate-1')?.key).toBe('key-1')
  })

  test('goes out the same at each try, but for the moment of the try', () => {
    const [event] = noted(out).events
    if (event === undefined) throw new Error('nothing was noted')
    const { handedInAt: first, ...one } = late.requestOf(event, AT + 60_000)
    const { handedInAt: second, ...other } = late.requestOf(event, AT + 120_000)
    expect(one).toEqual({ ...out, occurredAt: '2026-11-22T15:05:00.000Z' })
    expect(JSON.stringify(other)).toBe(JSON.stringify(one))
    expect([first, second]).toEqual(['2026-11-22T15:06:00.000Z', '2026-11-22T15:07:00.000Z'])
  })

  test('is taken up to the limit, and one more is refused and drops none; what is handed in makes room', () => {
    const full = noted(...Array.from({ length: late.LATE_EVENTS_MAX }, () => out))
    const another = { key: 'one-more', lane: 'out-1', client: 'gate-1', body: out }
    expect(late.note(full, another)).toEqual({ ok: false })
    expect(full.events).toHaveLength(late.LATE_EVENTS_MAX)
    expect(late.note(late.refused(full, 'key-1', { refusal: 'evidence-too-old', says: 'x' }), another)).toEqual({
      ok: false,
    })
    expect(late.note(late.handedIn(full, 'key-1', { says: 'ok', fits: true }), another).ok).toBe(true)
  })

  test('is shown for a while when it has been handed in, and then only the books have it', () => {
    const many = Array.from({ length: late.LATE_SHOWN_MAX + 3 }, () => out)
    let queue = noted(...many, into)
    for (let n = 1; n <= many.length; n += 1) queue = late.handedIn(queue, `key-${n}`, { says: 'ok', fits: true })
    expect(queue.events.filter(({ state }) => state === 'handed-in').map(({ n }) => n)).toEqual(
      Array.from({ length: late.LATE_SHOWN_MAX }, (_, index) => index + 4),
    )
    expect(late.counts(queue).waiting).toBe(1)
  })

  test('that was refused keeps its reason until somebody has seen it; what waits cannot be put away', () => {
    const refused = late.refused(noted(out, into), 'key-1', { refusal: 'evidence-too-old', says: 'Đã quá hạn ghi bù.' })
    expect(refused.events[0]).toMatchObject({ state: 'refused', says: 'Đã quá hạn ghi bù.' })
    expect(late.nextToHandIn(refused, 'gate-1')?.key).toBe('key-2')
    expect(late.acknowledged(refused, 'key-2')).toEqual(refused)
    expect(late.acknowledged(refused, 'key-1').events.map(({ key }) => key)).toEqual(['key-2'])
  })

  test('that moved nothing stays with its cash until somebody has seen it, whatever is handed in after it', () => {
    const many = Array.from({ length: late.LATE_SHOWN_MAX + 5 }, () => into)
    let queue = late.handedIn(noted(out, ...many), 'key-1', { says: 'Không có lượt đang mở.', fits: false })
    for (let n = 2; n <= many.length + 1; n += 1) queue = late.handedIn(queue, `key-${n}`, { says: 'ok', fits: true })
    expect(queue.events[0]).toMatchObject({ key: 'key-1', says: 'Không có lượt đang mở.', body: { cash: 30_000 } })
    expect(queue.events).toHaveLength(late.LATE_SHOWN_MAX + 1)
    expect(late.counts(queue)).toMatchObject({ waiting: 0, cash: 0, unbooked: 30_000 })
    const seen = late.acknowledged(queue, 'key-1')
    expect(late.counts(seen).unbooked).toBe(0)
    expect(late.acknowledged(seen, 'key-9'), 'what is booked needs nobody').toEqual(seen)
  })

  test('that moved nothing and was not seen counts against the limit: none is dropped for another', () => {
    let full = noted(...Array.from({ length: late.LATE_EVENTS_MAX }, () => out))
    for (const { key } of full.events) full = late.handedIn(full, key, { says: 'x', fits: false })
    expect(full.events).toHaveLength(late.LATE_EVENTS_MAX)
    const another = { key: 'one-more', lane: 'out-1', client: 'gate-1', body: out }
    expect(late.note(full, another)).toEqual({ ok: false })
    expect(late.note(late.acknowledged(full, 'key-1'), another).ok).toBe(true)
  })

  test('and was refused, or moved nothing, is put right under another key and still as of its time', () => {
    const { plate: _plate, ...body } = out
    const by = { key: 'key-9', lane: 'out-2', body: { ...body, plate: '30A-123.46' } }
    const waits = [{ n: 1, client: 'gate-1', ...by, state: 'waiting' }]
    const bad = late.refused(noted(out), 'key-1', { refusal: 'plate-unreadable', says: 'x' })
    expect(late.mended(bad, 'key-1', by).events).toEqual(waits)
    expect(waits[0]?.body.occurredAt).toBe(AT)
    const misfit = late.handedIn(noted(out), 'key-1', { says: 'x', fits: false })
    expect(late.mended(misfit, 'key-1', by).events).toEqual(waits)
  })

  test('and may be in the books already is not sent under another key', () => {
    const by = { key: 'key-9', lane: 'out-1', body: out }
    const waiting = noted(out)
    const booked = late.handedIn(waiting, 'key-1', { says: 'x', fits: true })
    const faulty = late.refused(waiting, 'key-1', { refusal: 'fault', says: 'x' })
    for (const queue of [waiting, booked, faulty]) expect(late.mended(queue, 'key-1', by)).toEqual(queue)
  })

  test('of which the cash was doubted waits again as another request, when it is confirmed', () => {
    const doubted = late.refused(noted(out), 'key-1', { refusal: 'cash-unlikely', says: 'x' })
    expect(late.confirmed(doubted, 'key-1', 'key-9').events).toEqual([
      { n: 1, key: 'key-9', lane: 'out-1', client: 'gate-1', body: { ...out, confirmed: true }, state: 'waiting' },
    ])
    expect(late.confirmed(noted(out), 'key-1', 'key-9')).toEqual(noted(out))
  })

  test('at which the box had a fault holds up no other, and is sent again as the same request', () => {
    const faulty = late.refused(noted(out, out), 'key-1', { refusal: 'fault', says: 'x' })
    expect(late.nextToHandIn(faulty, 'gate-1')?.key).toBe('key-2')
    expect(late.again(faulty, 'key-1')).toEqual(noted(out, out))
    expect(late.again(late.handedIn(faulty, 'key-2', { says: 'ok', fits: true }), 'key-2').events[1]?.state).toBe(
      'handed-in',
    )
  })

  test('survives a reload, and a text that is no such queue is not taken for one', () => {
    const queue = late.handedIn(noted(out, into), 'key-1', { says: 'ok', fits: true })
    expect(late.readQueue(JSON.stringify(queue))).toEqual(queue)
    for (const text of [
      '',
      'null',
      '[]',
      '{"v":1}',
      '{"v":2,"next":1,"events":[]}',
      '{"v":1,"next":1,"events":[null]}',
      '{"v":1,"next":1,"events":[{"key":"k"}]}',
    ]) {
      expect(late.readQueue(text), text).toBeUndefined()
    }
  })

  test('is tried again after longer and longer, with jitter, and never later than two minutes', () => {
    expect([1, 2, 3, 4].map((failures) => late.waitMs(failures, 0.999999))).toEqual([2_000, 4_000, 8_000, 16_000])
    expect(late.waitMs(1, 0)).toBe(500)
    expect(late.waitMs(50, 0.999999)).toBe(120_000)
    expect(late.waitMs(50, 0)).toBe(500)
  })
})
