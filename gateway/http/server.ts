import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Language } from '../../core/money-text.ts'
import type { HttpApp } from './app.ts'
import { SAFE_HEADERS } from './headers.ts'
import { PROBLEM_JSON, problemOf } from './problems.ts'

export type HttpServerSettings = {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly tls: { readonly key: string; readonly cert: string } | null
  readonly connectionsMax: number
  /** The head of a request: its address and all its headers. */
  readonly headBytesMax: number
  readonly headersMax: number
  /** From the connection to the end of a TLS handshake, and from there to that of a head. */
  readonly headTimeoutMs: number
  /** The whole of a request, head and body. */
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  /** A connection on which nothing moves, either way. Above the heartbeat of the live streams. */
  readonly silentTimeoutMs: number
  /** What is under way when the server stops has so long to end. */
  readonly stopTimeoutMs: number
  readonly language: Language
}

/** Loopback unless the site says otherwise. */
export const HTTP_SERVER_DEFAULTS = {
  host: '127.0.0.1',
  port: 8080,
  tls: null,
  connectionsMax: 256,
  headBytesMax: 8_192,
  headersMax: 64,
  headTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveMs: 5_000,
  silentTimeoutMs: 60_000,
  stopTimeoutMs: 3_000,
  language: 'vi',
} as const satisfies HttpServerSettings

export type HttpServer = {
  /** `http://127.0.0.1:8080`, as it can be opened from this machine. */
  readonly address: string
  readonly port: number
  /** Takes no more connections, ends the live streams, lets what is under way end, then cuts the rest. */
  stop(): Promise<void>
}

/** Listens. Rejects when the address cannot be had. */
export function serveHttp(app: HttpApp, settings: HttpServerSettings): Promise<HttpServer> {
  const limits = {
    maxHeaderSize: settings.headBytesMax,
    headersTimeout: settings.headTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: settings.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, settings.headTimeoutMs),
  }
  const listener = getRequestListener((request, env) => app.fetch(request, 'incoming' in env ? envOf(env) : {}), {
    overrideGlobalObjects: false,
    // An address or a Host header that is none.
    errorHandler: () => new Response(badRequest(settings.language), { status: 400, headers: REFUSAL_HEADERS }),
  })
  const server =
    settings.tls === null
      ? createServer(limits, listener)
      : createTlsServer({ ...limits, ...settings.tls, handshakeTimeout: settings.headTimeoutMs }, listener)
  server.maxConnections = settings.connectionsMax
  server.maxHeadersCount = settings.headersMax
  server.setTimeout(settings.silentTimeoutMs)
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    sayNo(error.code ?? '', socket, settings.language)
  })

  // Node knows of no connection before its TLS handshake is over; who stops must cut these too.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        clearTimeout(cut)
        resolve()
      })
      app.close()
      server.closeIdleConnections()
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, settings.stopTimeoutMs)
    })

  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.host, () => {
      server.off('error', reject)
      const at = server.address()
      const port = typeof at === 'object' && at !== null ? at.port : settings.port
      const scheme = settings.tls === null ? 'http' : 'https'
      resolve({ address: `${scheme}://${hostText(settings.host)}:${port}`, port, stop })
    })
  })
}

const REFUSAL_HEADERS = { ...SAFE_HEADERS, 'content-type': PROBLEM_JSON, 'cache-control': 'no-store' }

/** What Node itself refuses, before there is a request: answered, then closed. */
function sayNo(code: string, socket: Socket, language: Language): void {
  // Where there is no request, as in a TLS handshake that failed or never ended, nobody could read an answer, and it would wait for ever.
  const isOfRequest = code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT'
  if (!socket.writable || !isOfRequest) {
    socket.destroy()
    return
  }
  const { status, reason } = statusOf(code)
  const body = badRequest(language, status)
  const headers = { ...REFUSAL_HEADERS, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`)
}

function statusOf(code: string): { readonly status: number; readonly reason: string } {
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, reason: 'Request Header Fields Too Large' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, reason: 'Request Timeout' }
  return { status: 400, reason: 'Bad Request' }
}

function badRequest(language: Language, status = 400): string {
  return JSON.stringify({ ...problemOf(status === 431 ? 'too-large' : 'wrong-schema', language), status })
}

function envOf(env: { incoming: { socket: { remoteAddress?: string | undefined; destroy(): unknown } } }): {
  incoming: { socket: { remoteAddress?: string | undefined; destroy(): void } }
} {
  const { socket } = env.incoming
  return {
    incoming: {
      socket: {
        remoteAddress: socket.remoteAddress,
        destroy: () => {
          socket.destroy()
        },
      },
    },
  }
}

/** What listens on every address is reached from here by loopback. */
function hostText(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
