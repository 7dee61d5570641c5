import { describe, expect, test } from 'vitest'
import type { ClientDirectory } from '../../../gateway/http/clients.ts'
import { listedClients } from '../../../gateway/http/clients.ts'
import { CHUNK_RECORDS_MAX, PACE_MS } from '../../../gateway/http/live-stream.ts'
import { createLiveTail, TAIL_RECORDS_MAX } from '../../../gateway/http/live-tail.ts'
import { ROWS_PER_SECOND_MAX } from '../../../gateway/http/pages/add-pages.ts'
import * as wire from '../../../gateway/http/schemas.ts'
import { serverSentEvent } from '../../../gateway/http/server-sent-event.ts'
import type { ClientName, Kit } from './kit.ts'
import { commit, decision, directory, kit, laneChange, scanAt, signIn, tokenFor, turn } from './kit.ts'

type Said = { event: string; id: string | null; data: unknown }

/** A reader of a stream, which takes what is there. */
async function follow(on: Kit, as: ClientName, address = '/v1/live', headers: Record<string, string> = {}) {
  const answer = await on.ask('GET', address, as, { headers })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let ended = false
  const pump = (async () => {
    for (;;) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) break
      text += chunk.value
    }
    ended = true
  })()
  return {
    status: answer.status,
    raw: () => text,
    said: (): Said[] =>
      text
        .split('\n\n')
        .filter((block) => /^event: /m.test(block))
        .map(parse),
    isEnded: () => ended,
    leave: async () => {
      await reader?.cancel()
      await pump
    },
  }
}

function parse(block: string): Said {
  const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null
  const data = block
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
    .join('\n')
  return { event: field('event') ?? '', id: field('id'), data: data.startsWith('{') ? JSON.parse(data) : data }
}

const seqs = (said: readonly Said[]): number[] =>
  said.filter((each) => each.event !== 'hello').map((each) => Number(each.id))

describe('the live stream', () => {
  test('begins with the head, then says each record as it is committed, in the documented form', async () => {
    const on = kit()
    commit(on.books, scanAt('stall-1', 1_000))
    const stream = await follow(on, 'operator')
    await turn()
    commit(on.books, scanAt('stall-1', 60_000))
    commit(on.books, scanAt('stall-2', 'token-spent'))
    await on.clock.advance(PACE_MS)
    const [hello, paid, refused, ...rest] = stream.said()
    expect(hello).toEqual({ event: 'hello', id: '1', data: { epoch: 1, seq: 1 } })
    expect(paid).toMatchObject({
      event: 'payment',
      id: '2',
      data: { seq: 2, amount: { amount: 60_000 }, place: { kind: 'stall', id: 'stall-1' } },
    })
    expect(refused).toMatchObject({ event: 'refusal', id: '3', data: { refusal: 'token-spent' } })
    expect(rest).toEqual([])
    for (const each of [paid, refused]) expect(wire.liveEvent.safeParse(each?.data).error).toBeUndefined()
    expect(stream.raw()).not.toMatch(/payer|secret-jti/)
    await stream.leave()
    expect(on.app.liveStreams()).toBe(0)
    expect(on.books.listeners.size).toBe(0)
  })

  test('goes on after Last-Event-ID: each record once, none left out', async () => {
    const on = kit()
    for (let index = 0; index < 5; index += 1) commit(on.books, scanAt('stall-1', index + 1))
    const first = await follow(on, 'operator', '/v1/live?after=0')
    await turn()
    expect(seqs(first.said())).toEqual([1, 2, 3, 4, 5])
    await first.leave()
    for (let index = 0; index < 3; index += 1) commit(on.books, scanAt('stall-1', 9))
    const again = await follow(on, 'operator', '/v1/live?after=0', { 'last-event-id': '5' })
    await turn()
    expect(seqs(again.said())).toEqual([6, 7, 8])
    await again.leave()
  })

  test('a backlog of more than one read comes whole and in order', async () => {
    const on = kit()
    const records = 2 * CHUNK_RECORDS_MAX + 7
    for (let index = 0; index < records; index += 1) commit(on.books, scanAt('stall-1', 1))
    const stream = await follow(on, 'operator', '/v1/live?after=0')
    await on.clock.advance(1_000)
    expect(seqs(stream.said())).toEqual(Array.from({ length: records }, (_, index) => index + 1))
    await stream.leave()
  })

  test('what lies too far back is named as a gap, to be read from the journal', async () => {
    const on = kit({ resumeRecordsMax: 2 })
    for (let index = 0; index < 10; index += 1) commit(on.books, scanAt('stall-1', 1))
    const stream = await follow(on, 'operator', '/v1/live', { 'last-event-id': '3' })
    await turn()
    expect(stream.said()[1]).toEqual({ event: 'gap', id: null, data: { from: 4, to: 8 } })
    expect(seqs(stream.said().slice(2))).toEqual([9, 10])
    await stream.leave()
  })

  test.each(['77', 'another-service', '-1', '1.5', '9'.repeat(40)])(
    'an id that is not of these books (%s) begins at the head',
    async (id) => {
      const on = kit()
      for (let index = 0; index < 3; index += 1) commit(on.books, scanAt('stall-1', 1))
      const stream = await follow(on, 'operator', '/v1/live', { 'last-event-id': id })
      await turn()
      expect(stream.said()).toEqual([{ event: 'hello', id: '3', data: { epoch: 1, seq: 3 } }])
      await stream.leave()
    },
  )

  test('a restore is told by the epoch in hello', async () => {
    const on = kit()
    on.books.epoch = 2
    const stream = await follow(on, 'operator')
    await turn()
    expect(stream.said()[0]?.data).toEqual({ epoch: 2, seq: 0 })
    await stream.leave()
  })

  test('when nothing happens a comment comes, and moves the reader’s place past records of which there is nothing to say', async () => {
    const on = kit({ heartbeatMs: 1_000 })
    const stream = await follow(on, 'operator')
    await turn()
    commit(on.books, decision({ kind: 'upstream-reached' }, { ok: true, kind: 'noted' }))
    await on.clock.advance(1_000)
    expect(stream.said()).toHaveLength(1)
    expect(stream.raw()).toContain(': beat\nid: 1\n\n')
    await on.clock.advance(1_000)
    expect(stream.raw().match(/: beat/g)).toHaveLength(2)
    await stream.leave()
  })

  test('commits by the hundred are read together', async () => {
    const on = kit()
    let reads = 0
    const counted = kit(
      {},
      {
        reads: {
          ...on.parts.reads,
          journalPage: (after, limit) => {
            reads += 1
            return on.parts.reads.journalPage(after, limit)
          },
        },
        live: on.parts.live,
        clock: on.clock,
      },
    )
    const stream = await follow(counted, 'operator')
    await turn()
    const before = reads
    for (let index = 0; index < 100; index += 1) {
      commit(on.books, scanAt('stall-1', 1))
      await turn()
    }
    await on.clock.advance(PACE_MS)
    expect(seqs(stream.said())).toHaveLength(100)
    expect(reads - before).toBeLessThan(5)
    await stream.leave()
  })

  test('thirty readers cost the books as much as one', async () => {
    const on = kit({ livePerClientMax: 30 })
    let records = 0
    const readers = []
    const counted = kit(
      { livePerClientMax: 30 },
      {
        reads: {
          ...on.parts.reads,
          journalPage: (after, limit) => {
            const page = on.parts.reads.journalPage(after, limit)
            records += page.length
            return page
          },
        },
        live: on.parts.live,
        clock: on.clock,
      },
    )
    for (let index = 0; index < 30; index += 1) readers.push(await follow(counted, 'operator'))
    await turn()
    for (let index = 0; index < 50; index += 1) {
      commit(on.books, scanAt('stall-1', 1))
      await on.clock.advance(PACE_MS)
    }
    for (const reader of readers) {
      expect(seqs(reader.said())).toHaveLength(50)
      await reader.leave()
    }
    expect(records).toBe(50)
  })

  test('who sees what: a vendor their stall, an attendant their lane and the emergency, the office all', async () => {
    const on = kit()
    const readers = {
      vendor: await follow(on, 'vendor'),
      attendant: await follow(on, 'attendant'),
      operator: await follow(on, 'operator'),
    }
    await turn()
    commit(on.books, scanAt('stall-1', 1))
    commit(on.books, scanAt('stall-2', 2))
    commit(on.books, decision({ kind: 'emergency', device: null, active: true }, { ok: true, kind: 'noted' }))
    commit(
      on.books,
      decision(
        { kind: 'loop', lane: 'lane-in' as never, device: 'd' as never, role: 'approach', occupied: true, late: false },
        { ok: true, kind: 'noted' },
        [laneChange({ approach: true })],
      ),
    )
    commit(on.books, decision({ kind: 'upstream-reached' }, { ok: true, kind: 'noted' }, [laneChange({}, 'lane-out')]))
    await on.clock.advance(PACE_MS)
    expect(seqs(readers.vendor.said())).toEqual([1])
    expect(seqs(readers.attendant.said())).toEqual([3, 4])
    expect(seqs(readers.operator.said())).toEqual([1, 2, 3, 4, 5])
    for (const reader of Object.values(readers)) await reader.leave()
  })

  test('there is room for so many readers, in all and for one client; the next is told when to come again', async () => {
    const on = kit({ liveClientsMax: 3, livePerClientMax: 2 })
    const readers = [await follow(on, 'operator'), await follow(on, 'operator')]
    const third = await on.ask('GET', '/v1/live', 'operator')
    expect([third.status, third.headers.get('retry-after')]).toEqual([503, '10'])
    readers.push(await follow(on, 'admin'))
    expect((await on.ask('GET', '/v1/live', 'attendant')).status).toBe(503)
    expect(on.app.liveStreams()).toBe(3)
    await readers[0]?.leave()
    const freed = await follow(on, 'attendant')
    expect(freed.status).toBe(200)
    for (const reader of [...readers.slice(1), freed]) await reader.leave()
  })

  test('a reader that takes nothing is cut off, its connection with it, and keeps no place and no memory', async () => {
    const on = kit({ slowReaderMs: 5_000, heartbeatMs: 1_000 })
    let destroyed = 0
    const request = new Request('http://gateway.test/v1/live', {
      headers: { authorization: `Bearer ${tokenFor('operator')}` },
    })
    const answer = await on.app.fetch(request, {
      incoming: { socket: { remoteAddress: 'x', destroy: () => (destroyed += 1) } },
    })
    const reader = answer.body?.getReader()
    await reader?.read()
    for (let index = 0; index < 1_000; index += 1) commit(on.books, scanAt('stall-1', 1))
    await on.clock.advance(4_999)
    expect([on.app.liveStreams(), destroyed]).toEqual([1, 0])
    await on.clock.advance(1)
    expect([on.app.liveStreams(), destroyed]).toEqual([0, 1])
    expect(on.books.listeners.size).toBe(0)
  })

  test.each(['token', 'cookie'])('ends with the next heartbeat when its client’s %s no longer stands', async (by) => {
    let known = directory
    const changing: ClientDirectory = {
      byTokenHash: (hash) => known.byTokenHash(hash),
      byId: (id) => known.byId(id),
    }
    const on = kit({ heartbeatMs: 1_000 }, { clients: changing })
    const cookie = await signIn(on, 'operator')
    const streams = [
      await follow(on, 'operator', '/v1/live', by === 'cookie' ? { cookie, authorization: '' } : {}),
      await follow(on, 'operator', '/live/stream', by === 'cookie' ? { cookie, authorization: '' } : {}),
    ]
    await on.clock.advance(5_000)
    expect(streams.map((stream) => stream.isEnded())).toEqual([false, false])
    known = listedClients([])
    await on.clock.advance(1_000)
    expect(streams.map((stream) => stream.isEnded())).toEqual([true, true])
    expect(on.app.liveStreams()).toBe(0)
  })

  test('ends when the gateway stops, and none is opened after that', async () => {
    const on = kit()
    const stream = await follow(on, 'operator')
    await turn()
    on.app.close()
    await turn()
    expect(stream.isEnded()).toBe(true)
    expect((await on.ask('GET', '/v1/live', 'operator')).status).toBe(503)
  })

  test('a bug of ours in reading ends the stream and frees its place', async () => {
    const on = kit({}, {})
    const broken = kit(
      {},
      {
        reads: {
          ...on.parts.reads,
          head: () => ({ epoch: 1, seq: 0 }),
          journalPage: () => {
            throw new Error('no such table')
          },
        },
      },
    )
    const answer = await broken.ask('GET', '/v1/live?after=0', 'operator')
    const reader = answer.body?.getReader()
    await reader?.read()
    await expect(reader?.read()).rejects.toThrow('no such table')
    expect(broken.app.liveStreams()).toBe(0)
  })
})

describe('the stream of the live page', () => {
  test('sends rows as markup, escaped, and only the panels that changed', async () => {
    const on = kit({ panelsEveryMs: 1_000 })
    const stream = await follow(on, 'operator', '/live/stream')
    await turn()
    const [, first] = stream.said()
    expect(Object.keys(first?.data as object)).toEqual([
      'time',
      'attention',
      'lanes',
      'cases',
      'occupancy',
      'stays',
      'figures',
      'takings',
      'refusals',
      'exposure',
      'devices',
      'service',
    ])
    commit(
      on.books,
      decision(
        { kind: 'open-by-hand', lane: 'lane-in' as never, reason: '<img src=x onerror=alert(1)>' },
        { ok: true, kind: 'noted' },
      ),
    )
    await on.clock.advance(1_000)
    const row = stream.said().find((each) => each.event === 'row')
    expect(row?.data).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(row?.data).not.toContain('<img')
    const last = stream.said().at(-1)
    expect(Object.keys(last?.data as object)).toEqual(['time'])
    await stream.leave()
  })

  test('a vendor’s page gets the time and their rows', async () => {
    const on = kit()
    const stream = await follow(on, 'vendor', '/live/stream')
    await turn()
    commit(on.books, scanAt('stall-2', 1))
    commit(on.books, scanAt('stall-1', 2))
    await on.clock.advance(PACE_MS)
    const rows = stream.said().filter((each) => each.event === 'row')
    expect(rows).toHaveLength(1)
    expect(Object.keys(stream.said().find((each) => each.event === 'panels')?.data as object)).toEqual(['time'])
    await stream.leave()
  })

  test('no more rows a second than an eye can follow', async () => {
    const on = kit()
    const stream = await follow(on, 'operator', '/live/stream')
    await turn()
    for (let index = 0; index < 100; index += 1) commit(on.books, scanAt('stall-1', 1))
    await on.clock.advance(PACE_MS)
    expect(stream.said().filter((each) => each.event === 'row')).toHaveLength(ROWS_PER_SECOND_MAX)
    await stream.leave()
  })

  test('a lane’s alarm is told once as long as it stands', async () => {
    const on = kit()
    const stream = await follow(on, 'operator', '/live/stream')
    await turn()
    for (const alarm of ['stuck-open', 'stuck-open', null, 'stuck-open'] as const) {
      commit(on.books, decision({ kind: 'upstream-reached' }, { ok: true, kind: 'noted' }, [laneChange({ alarm })]))
    }
    await on.clock.advance(PACE_MS)
    expect(stream.said().filter((each) => each.event === 'row')).toHaveLength(2)
    await stream.leave()
  })
})

describe('the end of the journal that readers share', () => {
  const filled = (records: number) => {
    const books = kit().books
    for (let index = 0; index < records; index += 1) commit(books, scanAt('stall-1', 1))
    const asked: number[] = []
    const tail = createLiveTail((after, limit) => {
      asked.push(after)
      return books.journal.filter((row) => row.seq > after).slice(0, limit)
    }, kit().parts.reads.reasonText)
    return { books, tail, asked }
  }
  const seqsOf = (page: readonly { seq: number }[]): number[] => page.map((record) => record.seq)

  test('gives each place its own next records, from what is kept or from the books', () => {
    const { books, tail, asked } = filled(10)
    expect(seqsOf(tail.page(6, 100))).toEqual([7, 8, 9, 10])
    expect(seqsOf(tail.page(8, 100))).toEqual([9, 10])
    expect(seqsOf(tail.page(6, 2))).toEqual([7, 8])
    expect(asked).toEqual([6])
    expect(seqsOf(tail.page(2, 3))).toEqual([3, 4, 5])
    expect(tail.page(10, 100)).toEqual([])
    commit(books, scanAt('stall-1', 1))
    expect(seqsOf(tail.page(10, 100))).toEqual([11])
    expect(seqsOf(tail.page(7, 100))).toEqual([8, 9, 10, 11])
    expect(asked).toEqual([6, 2, 10, 10])
  })

  test('keeps so many records and no more, and nothing when nobody watches', () => {
    const { books, tail, asked } = filled(1)
    tail.page(0, 100)
    for (let index = 1; index < TAIL_RECORDS_MAX + 1; index += 1) {
      commit(books, scanAt('stall-1', 1))
      tail.page(index, 100)
    }
    asked.length = 0
    expect(seqsOf(tail.page(1, 2))).toEqual([2, 3])
    expect(asked).toEqual([])
    expect(seqsOf(tail.page(0, 2))).toEqual([1, 2])
    expect(asked).toEqual([0])
    tail.forget()
    tail.page(5, 2)
    expect(asked).toEqual([0, 5])
  })
})

describe('a server-sent event', () => {
  test('cannot be broken by line breaks in its data', () => {
    expect(serverSentEvent({ event: 'row', id: 7, data: 'a\n\nevent: evil\r\ndata: b\rc' })).toBe(
      'event: row\nid: 7\ndata: a\ndata: \ndata: event: evil\ndata: data: b\ndata: c\n\n',
    )
  })
})
