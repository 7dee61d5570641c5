import { Hono } from 'hono'
import { safeParse } from '../../devices/safe-parse.ts'
import type { Path } from '../path/path.ts'
import type { Read } from './body.ts'
import { conform, parseBody, readText } from './body.ts'
import type { CameraPorts } from './camera-events.ts'
import { addCameraEvents } from './camera-events.ts'
import type { ClientDirectory } from './clients.ts'
import type { HttpClock } from './clock.ts'
import { createHandlers } from './handlers.ts'
import { SAFE_HEADERS, TLS_HEADERS } from './headers.ts'
import type { Identify } from './identify.ts'
import { createIdentify } from './identify.ts'
import { isLanguage, languageOf } from './language.ts'
import type { LiveSource } from './live-stream.ts'
import { createLiveStreams } from './live-stream.ts'
import { createLiveTail } from './live-tail.ts'
import type { HttpMetrics } from './metrics.ts'
import type { Given, Operation } from './operation.ts'
import { operations, routeOf } from './operations.ts'
import { addPages } from './pages/add-pages.ts'
import { addDriverPages } from './pages/driver-pages.ts'
import { createPlateLooks } from './parking/plate-looks.ts'
import type {
  CheckReceipt,
  CheckTicket,
  ClientAccess,
  Enrol,
  HttpLog,
  KeptPictures,
  NewPassword,
  SignPassCode,
  Tickets,
} from './ports.ts'
import type { SiteReads } from './reads.ts'
import type { Call, HttpEnv } from './respond.ts'
import { refuse } from './respond.ts'
import { idempotencyHeaders } from './schemas.ts'
import { createSessions, createSignInCodes } from './sessions.ts'
import type { HttpSettings } from './settings.ts'

export type HttpParts = {
  readonly path: Path
  readonly reads: SiteReads
  readonly clients: ClientDirectory
  readonly clock: HttpClock
  readonly live: LiveSource
  readonly metrics: HttpMetrics
  readonly enrol: Enrol
  readonly newPassword: NewPassword
  readonly access: ClientAccess
  readonly checkReceipt: CheckReceipt
  readonly checkTicket: CheckTicket
  readonly tickets: Tickets
  /** `null` where this box signs no passes. */
  readonly signPassCode: SignPassCode | null
  readonly cameras: CameraPorts
  readonly pictures: KeptPictures
  readonly log: HttpLog
  /** So many fresh random bytes. */
  readonly random: (bytes: number) => Uint8Array
  readonly settings: HttpSettings
}

export type HttpApp = {
  /** Answers one request; never rejects. `env.incoming` is Node's request, where there is one. */
  fetch(request: Request, env?: HttpEnv['Bindings']): Response | Promise<Response>
  /** The address that signs a client in at the live page once, as `/sign-in#<code>`; `undefined` for an unknown client. Valid for 10 minutes. */
  signInAddress(clientId: string): string | undefined
  liveStreams(): number
  /** Ends the live streams, so that the server can stop. */
  close(): void
}

/** The HTTP side as a function from requests to answers: no socket, no server (see `serveHttp`). */
export function createHttpApp(parts: HttpParts): HttpApp {
  const { path, reads, clients, clock, settings, random } = parts
  const sessions = createSessions({ key: settings.sessionKey, clients, clock, random, sessionMs: settings.sessionMs })
  const codes = createSignInCodes({ clients, clock, random })
  const identify = createIdentify({ clients, sessions, clock, settings })
  const streams = createLiveStreams({
    head: reads.head,
    tail: createLiveTail(reads.journalPage, reads.reasonText),
    source: parts.live,
    clock,
    limits: settings,
  })
  const plateLooks = createPlateLooks(reads, clock, settings)
  const handlers = createHandlers({
    path,
    reads,
    clock,
    enrol: parts.enrol,
    newPassword: parts.newPassword,
    access: parts.access,
    tickets: parts.tickets,
    plateLooks,
    signPassCode: parts.signPassCode,
    identify,
    streams,
    metrics: parts.metrics,
    pictures: parts.pictures,
    settings,
  })

  const app = new Hono<HttpEnv>()
  app.use(async (c, next) => {
    const startedMs = clock.monotonicMs()
    const asked = c.req.query('lang')
    c.set('language', isLanguage(asked) ? asked : languageOf(c.req.header('accept-language'), settings.language))
    c.set('operation', 'unknown')
    await next()
    for (const [name, value] of Object.entries(SAFE_HEADERS)) c.header(name, value)
    if (settings.secure) for (const [name, value] of Object.entries(TLS_HEADERS)) c.header(name, value)
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
    const operation = c.get('operation')
    const tookMs = clock.monotonicMs() - startedMs
    const { status } = c.res
    parts.metrics.answered({ operation, status, tookMs })
    const client = c.get('client')?.id ?? null
    parts.log({ kind: 'request', operation, method: c.req.method, status, tookMs, client })
  })
  app.use(async (c, next) => {
    if (c.req.url.length <= settings.urlCharactersMax) return next()
    return refuse(c, 'too-large')
  })

  for (const name of Object.keys(operations) as (keyof typeof operations)[]) {
    const operation: Operation = operations[name]
    const handle = handlers[name] as (given: Given<unknown, unknown, unknown>) => Response | Promise<Response>
    app.on(operation.method.toUpperCase(), routeOf(operation.path), async (c) => {
      c.set('operation', name)
      return (
        (await identify.admit(c, operation.access, operation.method === 'get' ? 'token-or-cookie' : 'token')) ??
        answer(c, operation, handle, settings)
      )
    })
  }
  addCameraEvents(app, { ...parts.cameras, identify })
  addPages(app, { ...parts, sessions, codes, identify, streams })
  addDriverPages(app, { ...parts, identify, plateLooks })
  addOtherMethods(app, identify)

  app.notFound(async (c) => (await identify.stranger(c)) ?? refuse(c, 'not-found'))
  app.onError((error, c) => {
    parts.log({ kind: 'fault', operation: c.get('operation'), error: error.name, frames: framesOf(error) })
    return refuse(c, 'fault')
  })

  return {
    fetch: (request, env = {}) => app.fetch(request, env),
    signInAddress: (clientId) => {
      const code = codes.issue(clientId)
      return code === undefined ? undefined : `/sign-in#${code}`
    },
    liveStreams: streams.count,
    close: streams.close,
  }
}

/** Parses a request by its operation's schemas, then lets the handler answer. */
async function answer(
  c: Call,
  operation: Operation,
  handle: (given: Given<unknown, unknown, unknown>) => Response | Promise<Response>,
  settings: HttpSettings,
): Promise<Response> {
  const bad = (read: Extract<Read<unknown>, { ok: false }>): Promise<Response> =>
    refuse(c, read.refusal, read.errors.length === 0 ? {} : { errors: read.errors })

  const params = operation.params === null ? NONE : conform('path', c.req.param(), operation.params)
  if (!params.ok) return bad(params)
  const query = operation.query === null ? NONE : conform('query', c.req.query(), operation.query)
  if (!query.ok) return bad(query)
  if (operation.method === 'get')
    return handle({ c, params: params.value, query: query.value, body: null, key: '', bytes: '' })

  const key = safeParse(idempotencyHeaders, { 'idempotency-key': c.req.header('idempotency-key') })
  if (operation.keyed && !key.success) return refuse(c, 'idempotency-key-missing')
  if (operation.body !== null && !isJson(c.req.header('content-type'))) return refuse(c, 'wrong-media-type')
  const read = await readText(c.req.raw, operation.bodyBytesMax ?? settings.bodyBytesMax)
  if (!read.ok) return refuse(c, read.refusal)
  const body = operation.body === null ? noBody(read.text) : parseBody(read.text, operation.body)
  if (!body.ok) return bad(body)
  return handle({
    c,
    params: params.value,
    query: query.value,
    body: body.value,
    key: key.data?.['idempotency-key'] ?? '',
    // The address is part of what is hashed: one key for two charges is a reuse, not a repetition.
    bytes: `${c.req.method} ${c.req.path}\n${operation.body === null ? '' : read.text}`,
  })
}

const NONE: Read<null> = { ok: true, value: null }

/** Where nothing is asked for, nothing or an empty object is taken. */
function noBody(text: string): Read<null> {
  const says = 'nothing is expected here'
  if (/^\s*(?:\{\s*\}\s*)?$/.test(text)) return NONE
  return { ok: false, refusal: 'wrong-schema', errors: [{ in: 'body', at: '/', says }] }
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(?:;\s*charset=utf-8\s*)?$/i.test(contentType ?? '')
}

/** Known addresses: OPTIONS says what they take, any other method is refused. No CORS headers: other sites' pages get nothing. */
function addOtherMethods(app: Hono<HttpEnv>, identify: Identify): void {
  const taken = new Map<string, Set<string>>()
  for (const { path, method } of app.routes) {
    if (method !== 'ALL') taken.set(path, (taken.get(path) ?? new Set()).add(method))
  }
  for (const [path, methods] of taken) {
    if (methods.has('GET')) methods.add('HEAD')
    const allow = [...methods, 'OPTIONS'].sort().join(', ')
    app.all(path, async (c) => {
      const tooMany = await identify.stranger(c)
      if (tooMany !== undefined) return tooMany
      if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } })
      return refuse(c, 'method-not-allowed', {}, { allow })
    })
  }
}

const FRAMES_MAX = 12

/** Where it was thrown, without the message: that may hold what somebody sent. */
function framesOf(error: Error): readonly string[] {
  const stack = error.stack ?? ''
  return stack
    .slice(stack.indexOf(error.message) + error.message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim())
}
