import type { IncomingMessage } from 'node:http'
import { request as ask } from 'node:http'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, test } from 'vitest'
import type { HttpParts } from '../../../gateway/http/app.ts'
import { createHttpApp } from '../../../gateway/http/app.ts'
import type { HttpServer, HttpServerSettings } from '../../../gateway/http/server.ts'
import { HTTP_SERVER_DEFAULTS, serveHttp } from '../../../gateway/http/server.ts'
import type { HttpSettings } from '../../../gateway/http/settings.ts'
import type { Kit } from './kit.ts'
import { commit, kit, scanAt, tokenFor } from './kit.ts'

const open: HttpServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()))
})

type Served = Kit & { server: HttpServer; liveStreams: () => number }

async function serve(
  server: Partial<HttpServerSettings> = {},
  settings: Partial<HttpSettings> = {},
  parts: Partial<HttpParts> = {},
): Promise<Served> {
  const on = kit(settings, { clock: realClock, ...parts })
  const app = createHttpApp(on.parts)
  const served = await serveHttp(app, { ...HTTP_SERVER_DEFAULTS, port: 0, stopTimeoutMs: 500, ...server })
  open.push(served)
  return { ...on, server: served, liveStreams: app.liveStreams }
}

const realClock: HttpParts['clock'] = {
  now: () => ({ at: Date.now() as never, trust: { state: 'synced', uncertaintyMs: 1 } }),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const alarm = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(alarm) }
  },
}

/** Sends raw bytes, and gives all that comes back until the connection is closed. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk
    })
    socket.on('close', () => resolve(got))
    socket.on('error', reject)
  })
}

const auth = { authorization: `Bearer ${tokenFor('operator')}` }

describe('the server', () => {
  test('listens on loopback unless told otherwise, and says where', async () => {
    const { server } = await serve()
    expect(HTTP_SERVER_DEFAULTS.host).toBe('127.0.0.1')
    expect(server.address).toBe(`http://127.0.0.1:${server.port}`)
    expect(await (await fetch(`${server.address}/healthz`)).text()).toBe('ok\n')
    expect((await fetch(`${server.address}/v1/lanes`, { headers: auth })).status).toBe(200)
  })

  test('says so when the address is taken', async () => {
    const { server } = await serve()
    await expect(serve({ port: server.port })).rejects.toThrow('EADDRINUSE')
  })

  test('takes a charge over a real connection', async () => {
    const { server, path } = await serve()
    const answer = await fetch(`${server.address}/v1/charges`, {
      method: 'POST',
      headers: { ...auth, 'content-type': 'application/json', 'idempotency-key': 'k-1' },
      body: JSON.stringify({ stall: 'stall-1', amount: { amount: 5, currency: 'VND' } }),
    })
    expect(answer.status).toBe(200)
    expect(path.asked).toMatchObject([{ id: 'k-1', body: { kind: 'charge-open', stall: 'stall-1' } }])
  })

  test('reads no more of a body than its limit, with and without a stated length', async () => {
    const { server, path } = await serve({}, { bodyBytesMax: 1_000 })
    const head = `POST /v1/charges HTTP/1.1\r\nHost: x\r\nAuthorization: ${auth.authorization}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nConnection: close\r\n`
    const stated = await raw(server.port, `${head}Content-Length: 5000000\r\n\r\n${'x'.repeat(2_000)}`)
    expect(stated).toMatch(/^HTTP\/1\.1 413 /)
    const chunk = `400\r\n${'x'.repeat(1_024)}\r\n`
    const chunked = await raw(server.port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`)
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /)
    expect(path.asked).toEqual([])
  })

  test.each([
    ['a head of more than its limit', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`, 431],
    ['an address of more than its limit', `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['two lengths', 'POST /v1/scans HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST /v1/scans HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ])('answers %s and closes', async (_what, text, status) => {
    const { server } = await serve()
    const answer = await raw(server.port, text)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).not.toContain('xxx')
  })

  test('answers a Host that is none with a problem', async () => {
    const { server } = await serve()
    const answer = await raw(server.port, 'GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('application/problem+json')
  })

  test('waits only so long for a head that comes drop by drop', async () => {
    const { server } = await serve({ headTimeoutMs: 300, requestTimeoutMs: 300 })
    const answer = await raw(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow:')
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('waits only so long for a socket that says nothing at all', async () => {
    const { server } = await serve({ headTimeoutMs: 300, requestTimeoutMs: 300, silentTimeoutMs: 500 })
    const startedMs = performance.now()
    await raw(server.port, '')
    expect(performance.now() - startedMs).toBeLessThan(3_000)
  })

  test.each([
    [
      'a TLS handshake that stops in its middle',
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 3, 3]),
    ],
    ['a TLS handshake that never begins', Buffer.alloc(0)],
  ])(
    'waits only so long for %s',
    async (_what, hello) => {
      const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
      const tls = { key: pem.private, cert: pem.cert }
      const { server } = await serve({ headTimeoutMs: 300, requestTimeoutMs: 300, tls }, { secure: true })
      const startedMs = performance.now()
      await new Promise<void>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(hello))
        socket.on('error', () => undefined).on('close', () => resolve())
        socket.resume()
      })
      expect(performance.now() - startedMs).toBeLessThan(3_000)
    },
    10_000,
  )

  test('waits only so long for a body that never comes', async () => {
    const { server, path } = await serve({ headTimeoutMs: 300, requestTimeoutMs: 500 })
    const answer = await raw(
      server.port,
      `POST /v1/charges HTTP/1.1\r\nHost: x\r\nAuthorization: ${auth.authorization}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    )
    expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/)
    expect(path.asked).toEqual([])
  })

  test('has so many connections at a time and drops the next', async () => {
    const { server } = await serve({ connectionsMax: 2 })
    const sockets: Socket[] = []
    const hold = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(server.port, '127.0.0.1')
        sockets.push(socket)
        socket.on('close', () => resolve(false))
        socket.on('error', () => resolve(false))
        socket.on('data', () => resolve(true))
        socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
      })
    expect([await hold(), await hold(), await hold()]).toEqual([true, true, false])
    for (const socket of sockets) socket.destroy()
  })

  test('speaks TLS where it has a key', async () => {
    const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
    const { server } = await serve({ tls: { key: pem.private, cert: pem.cert } }, { secure: true })
    expect(server.address).toMatch(/^https:/)
    const { request } = await import('node:https')
    const status = await new Promise((resolve, reject) => {
      request(`${server.address}/healthz`, { ca: pem.cert, rejectUnauthorized: false }, (answer) =>
        resolve(answer.statusCode),
      )
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
  })
})

describe('live streams over real connections', () => {
  test('a reader gets events as they are committed, and leaves no trace when it goes', async () => {
    const { server, books, liveStreams } = await serve()
    const answer = await fetch(`${server.address}/v1/live`, { headers: auth })
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await reader?.read())?.value ?? ''
    commit(books, scanAt('stall-1', 60_000))
    while (!text.includes('event: payment')) text += (await reader?.read())?.value ?? ''
    expect(text).toContain('id: 1\n')
    await reader?.cancel()
    await expect.poll(liveStreams).toBe(0)
    expect(books.listeners.size).toBe(0)
  })

  test('a reader that stops reading is cut off, and the books are not read for it for ever', async () => {
    const { server, books, liveStreams } = await serve({}, { slowReaderMs: 300, resumeRecordsMax: 1_000_000 })
    for (let index = 0; index < 60_000; index += 1) commit(books, scanAt('stall-1', 1))
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      ask(`${server.address}/v1/live?after=0`, { headers: auth }, resolve).on('error', reject).end()
    })
    answer.pause()
    expect(liveStreams()).toBe(1)
    await expect.poll(liveStreams, { timeout: 10_000 }).toBe(0)
    expect(books.listeners.size).toBe(0)

    const failed = new Promise<Error>((resolve) => answer.on('error', resolve))
    let bytes = 0
    answer.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length
    })
    answer.resume()
    expect((await failed).message).toBe('aborted')
    // What fits into the sockets' buffers, and not all that there was to say: each event has over 200 bytes.
    expect(bytes).toBeLessThan(60_000 * 150)
  })

  test('stopping ends the streams and frees the port, also with connections that are kept alive', async () => {
    const { server } = await serve()
    const answer = await fetch(`${server.address}/v1/live`, { headers: auth })
    const reader = answer.body?.getReader()
    await reader?.read()
    await fetch(`${server.address}/healthz`)
    open.splice(0)
    await server.stop()
    expect((await reader?.read())?.done).toBe(true)
    await new Promise<void>((resolve, reject) => {
      const other = createServer().once('error', reject)
      other.listen(server.port, '127.0.0.1', () => other.close(() => resolve()))
    })
  })

  test('stopping cuts a TLS handshake that never ends', async () => {
    const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
    const { server } = await serve({ tls: { key: pem.private, cert: pem.cert }, stopTimeoutMs: 200 }, { secure: true })
    const socket = connect(server.port, '127.0.0.1')
    const closed = new Promise<void>((resolve) => socket.on('error', () => undefined).on('close', () => resolve()))
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    socket.resume()
    await server.stop()
    await closed
  })

  test('stopping lets a request that is under way end, and cuts one that hangs', async () => {
    const on = kit()
    const slow = async (): Promise<never> => {
      await after(60_000, undefined, { ref: false })
      throw new Error('never')
    }
    let answerLater: () => void = () => {}
    const waiting = new Promise<void>((resolve) => {
      answerLater = resolve
    })
    let asked = 0
    const { server } = await serve(
      { stopTimeoutMs: 400 },
      {},
      {
        path: {
          ...on.path,
          submit: async (request) => {
            asked += 1
            if (request.id === 'hangs') return slow()
            await waiting
            return {
              kind: 'committed',
              answer: '{"ok":true,"kind":"noted"}',
              outcome: { ok: true, kind: 'noted' },
              repeated: false,
            }
          },
        },
      },
    )
    const post = (key: string): Promise<number> =>
      fetch(`${server.address}/v1/charges/box-1:1:1:g0/cancel`, {
        method: 'POST',
        headers: { ...auth, 'idempotency-key': key },
      }).then(
        (answer) => answer.status,
        () => 0,
      )
    const [ends, hangs] = [post('ends'), post('hangs')]
    await expect.poll(() => asked).toBe(2)
    open.splice(0)
    const stopped = server.stop()
    answerLater()
    expect(await ends).toBe(200)
    expect(await hangs).toBe(0)
    await stopped
  })
})
