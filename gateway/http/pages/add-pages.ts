import type { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Language } from '../../../core/money-text.ts'
import type { SiteLayout } from '../../../core/site.ts'
import { readText } from '../body.ts'
import type { Client, HttpRole } from '../clients.ts'
import type { HttpClock } from '../clock.ts'
import { eventStream, lastEventId } from '../handlers.ts'
import type { Identify } from '../identify.ts'
import { SESSION_COOKIE } from '../identify.ts'
import { isLanguage } from '../language.ts'
import type { LiveEvent } from '../live-events.ts'
import { liveEventOf, mayHear } from '../live-events.ts'
import type { LiveStreams } from '../live-stream.ts'
import { lookedUpOnce } from '../looked-up-once.ts'
import { openApiDocument } from '../openapi-document.ts'
import { LANE_STAFF } from '../operation.ts'
import type { CheckReceipt, ReceiptCheck } from '../ports.ts'
import type { SiteReads } from '../reads.ts'
import type { Call, HttpEnv } from '../respond.ts'
import { clientOf, cutConnection, refuse } from '../respond.ts'
import { serverSentEvent } from '../server-sent-event.ts'
import type { Sessions, SignInCodes } from '../sessions.ts'
import type { HttpSettings } from '../settings.ts'
import { apiPage } from './api-page.ts'
import { deskFiles } from './desk-files.ts'
import { deskPage } from './desk-page.ts'
import { livePage, ROWS_MAX } from './live-page.ts'
import type { PanelName } from './live-view.ts'
import { createLiveView, zoneOf } from './live-view.ts'
import type { Markup } from './shell.ts'
import { assets, textOf } from './shell.ts'
import type { Around, ReceiptNames, SignInGoal } from './small-pages.ts'
import { problemPage, receiptPage, signInGoal, signInPage } from './small-pages.ts'
import { words } from './words.ts'

export type PageParts = {
  readonly reads: SiteReads
  readonly clock: HttpClock
  readonly checkReceipt: CheckReceipt
  readonly settings: HttpSettings
  readonly sessions: Sessions
  readonly codes: SignInCodes
  readonly identify: Identify
  readonly streams: LiveStreams
}

/** Who may see which page; the tests walk this table too. */
export const pageAccess = {
  live: ['vendor', 'attendant', 'operator', 'admin'],
  desk: LANE_STAFF,
  receipt: ['vendor', 'attendant', 'operator', 'admin'],
  api: ['vendor', 'attendant', 'operator', 'admin', 'scraper'],
} as const satisfies Record<string, readonly HttpRole[]>

const pageAddress: Record<SignInGoal, string> = { live: '/', desk: '/desk' }
const signInAddress: Record<SignInGoal, string> = { live: '/sign-in', desk: '/sign-in?to=desk' }

const LANGUAGE_COOKIE = 'tolbooth_lang'
const LANGUAGE_SECONDS = 365 * 86_400
/** Records that are looked through for the first rows of the page. */
const LOOK_BACK_RECORDS = 400
/** A busy hall has more in a second than an eye can follow; the figures count them all. */
export const ROWS_PER_SECOND_MAX = 10
const FORM_BYTES_MAX = 8_192

/** The pages for people: sign in, the live page and its stream, the API in words, the check of a receipt, and their files. */
export function addPages(app: Hono<HttpEnv>, parts: PageParts): void {
  const { reads, settings, sessions, codes, identify, streams } = parts
  // One look for all pages that are open: they show the same moment, and the books are asked once for it.
  const view = createLiveView(lookedUpOnce(reads, parts.clock, settings.panelsEveryMs / 2), parts.clock)
  const description = openApiDocument()

  const around = (c: Call): Around => aroundOf(c, settings)

  const begin = (c: Call, name: string): void => beginPage(c, name, settings)

  const admitted = async (
    c: Call,
    access: readonly HttpRole[],
    goal: SignInGoal = 'live',
  ): Promise<Response | undefined> => {
    const refused = await identify.admit(c, access, 'token-or-cookie')
    if (refused?.status !== 401) return refused
    return c.redirect(signInAddress[goal], 303)
  }

  app.get('/', async (c) => {
    begin(c, 'live')
    const refused = await admitted(c, pageAccess.live)
    if (refused !== undefined) return refused
    const client = clientOf(c)
    const { language, site } = around(c)
    const { seq } = reads.head()
    const rows = recentEvents(reads, client, seq)
      .map((event) => view.row(event, language))
      .filter((row) => row !== undefined)
      .slice(-ROWS_MAX)
      .reverse()
    return pageAnswer(c, livePage({ language, site, client, panels: view.panels(client, language), rows, seq }))
  })

  app.get('/desk', async (c) => {
    begin(c, 'desk')
    const refused = await admitted(c, pageAccess.desk, 'desk')
    if (refused !== undefined) return refused
    const pass = sessions.deskPass(getCookie(c, SESSION_COOKIE) ?? '')
    // Somebody who came with a bearer token has no session, and so no page that could act.
    if (pass === undefined) return c.redirect(signInAddress.desk, 303)
    const { language, site } = around(c)
    const client = clientOf(c)
    const limits = reads.parking.common(client.mode)?.policy ?? null
    return pageAnswer(c, deskPage({ language, site, client, pass, layout: reads.layout(), limits }))
  })

  app.get('/live/stream', async (c) => {
    begin(c, 'live-stream')
    c.set('showProblem', undefined)
    const refused = await identify.admit(c, pageAccess.live, 'token-or-cookie')
    if (refused !== undefined) return refused
    if (c.req.raw.method === 'HEAD') return eventStream(null)
    const client = clientOf(c)
    const language = c.get('language')
    const rows = rowsFor(client, (event) => view.row(event, language), parts.clock)
    const changed = changesOf(() => view.panels(client, language))
    const stream = streams.open({
      client: client.id,
      mayGoOn: identify.lasting(c),
      cut: () => cutConnection(c),
      afterSeq: lastEventId(c.req.header('last-event-id')) ?? lastEventId(c.req.query('after')) ?? null,
      encode: ({ event }) => (event === undefined ? undefined : rows(event)),
      tick: { everyMs: settings.panelsEveryMs, say: changed },
    })
    return stream === undefined ? refuse(c, 'busy', {}, { retryAfterMs: 10_000 }) : eventStream(stream)
  })

  app.get('/sign-in', async (c) => {
    begin(c, 'sign-in')
    return (await identify.stranger(c)) ?? pageAnswer(c, signInPage(around(c), false, signInGoal(c.req.query('to'))))
  })

  app.post('/session', async (c) => {
    begin(c, 'session')
    const tooMany = await identify.stranger(c)
    if (tooMany !== undefined) return tooMany
    const form = await formOf(c)
    if (form instanceof Response) return form
    const code = form.get('code')
    const client = code === null ? identify.holderOf((form.get('token') ?? '').trim()) : codes.take(code)
    const session = client === undefined ? undefined : sessions.begin(client)
    const goal = signInGoal(form.get('to'))
    if (session === undefined) return pageAnswer(c, signInPage(around(c), true, goal), 401)
    setCookie(c, SESSION_COOKIE, session, {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      secure: settings.secure,
      maxAge: Math.floor(settings.sessionMs / 1_000),
    })
    return c.redirect(pageAddress[goal], 303)
  })

  app.post('/session/end', async (c) => {
    begin(c, 'session-end')
    const tooMany = await identify.stranger(c)
    if (tooMany !== undefined) return tooMany
    if (!isOwnForm(c)) return refuse(c, 'forbidden')
    const session = getCookie(c, SESSION_COOKIE)
    if (session !== undefined) sessions.end(session)
    deleteCookie(c, SESSION_COOKIE, { path: '/', secure: settings.secure })
    return c.redirect('/sign-in', 303)
  })

  app.get('/receipts/check', async (c) => {
    begin(c, 'receipt')
    return (await admitted(c, pageAccess.receipt)) ?? pageAnswer(c, receiptPage(around(c), undefined))
  })

  app.post('/receipts/check', async (c) => {
    begin(c, 'receipt-check')
    const refused = await admitted(c, pageAccess.receipt)
    if (refused !== undefined) return refused
    const form = await formOf(c)
    if (form instanceof Response) return form
    const check = await parts.checkReceipt((form.get('receipt') ?? '').trim())
    const layout = reads.layout()
    const names = check.kind === 'genuine' ? namesOn(check, layout, c.get('language')) : undefined
    return pageAnswer(c, receiptPage(around(c), { check, names, zone: zoneOf(layout) }))
  })

  app.get('/docs', async (c) => {
    begin(c, 'api')
    return (await admitted(c, pageAccess.api)) ?? pageAnswer(c, apiPage(around(c), description))
  })

  const files = [
    ...assets.map(({ name, type, text }) => ({ address: `/assets/${name}`, type, text })),
    ...deskFiles.map((file) => ({ ...file, type: 'text/javascript; charset=utf-8' })),
  ]
  for (const file of files) {
    app.get(file.address, async (c) => {
      c.set('operation', 'page-file')
      const headers = { 'content-type': file.type, 'cache-control': 'public, max-age=31536000, immutable' }
      return (await identify.file(c)) ?? new Response(file.text, { headers })
    })
  }
}

/** A page in the person's language; what is refused is said on a page too. */
export function beginPage(c: Call, name: string, settings: Pick<HttpSettings, 'secure' | 'site'>): void {
  c.set('operation', `page-${name}`)
  const asked = c.req.query('lang')
  const kept = getCookie(c, LANGUAGE_COOKIE)
  if (isLanguage(asked) && name !== 'live-stream') {
    setCookie(c, LANGUAGE_COOKIE, asked, {
      path: '/',
      maxAge: LANGUAGE_SECONDS,
      sameSite: 'Strict',
      secure: settings.secure,
    })
  } else if (isLanguage(kept)) c.set('language', kept)
  const back = name.startsWith('parking') ? '/parking' : '/'
  c.set('showProblem', (problem) => pageAnswer(c, problemPage(aroundOf(c, settings), problem, back)))
}

export function aroundOf(c: Call, settings: Pick<HttpSettings, 'site'>): Around {
  return { language: c.get('language'), site: settings.site, client: c.get('client') }
}

/** A form's fields, if it is a form of ours and not too long. */
export async function formOf(c: Call): Promise<URLSearchParams | Response> {
  if (!isOwnForm(c)) return refuse(c, 'forbidden')
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    return refuse(c, 'wrong-media-type')
  }
  const read = await readText(c.req.raw, FORM_BYTES_MAX)
  return read.ok ? new URLSearchParams(read.text) : refuse(c, read.refusal)
}

/** Another site's page cannot make this person's browser send a form here. Programs that are no browsers send neither header. */
function isOwnForm(c: Call): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin')
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === c.req.header('host')
}

/** Through the context, so that the cookies that were set go with it. */
export function pageAnswer(c: Call, markup: Markup, status: ContentfulStatusCode = 200): Response | Promise<Response> {
  return c.html(markup, status)
}

/** Names instead of ids, where this site knows them. */
function namesOn(
  receipt: Extract<ReceiptCheck, { kind: 'genuine' }>,
  layout: SiteLayout | undefined,
  language: Language,
): ReceiptNames {
  const [kind, id = ''] = receipt.place.split(':')
  const list = kind === 'stall' ? layout?.stalls : kind === 'lane' ? layout?.lanes : undefined
  return {
    place: kind === 'site' ? words[language].wholeSite : (list?.find((each) => each.id === id)?.name ?? receipt.place),
    merchant: layout?.merchants.find((each) => each.id === receipt.merchant)?.name ?? receipt.merchant,
  }
}

function recentEvents(reads: SiteReads, client: Client, headSeq: number): readonly LiveEvent[] {
  return reads
    .journalPage(Math.max(0, headSeq - LOOK_BACK_RECORDS), LOOK_BACK_RECORDS)
    .map((row) => liveEventOf(row, reads.reasonText))
    .filter((event) => event !== undefined)
    .filter((event) => mayHear(client, event))
}

/** Rows for one reader: at most so many a second, and a lane's alarm once as long as it stands. */
function rowsFor(
  client: Client,
  row: (event: LiveEvent) => Markup | undefined,
  clock: HttpClock,
): (event: LiveEvent) => string | undefined {
  const alarms = new Map<string, string | null>()
  let second = 0
  let inSecond = 0
  return (event) => {
    const news = event.lanes.some((moved) => alarms.get(moved.lane) !== moved.alarm)
    for (const moved of event.lanes) alarms.set(moved.lane, moved.alarm)
    if (!mayHear(client, event) || (event.kind === 'lane' && !news)) return undefined
    const nowSecond = Math.floor(clock.monotonicMs() / 1_000)
    if (nowSecond !== second) {
      second = nowSecond
      inSecond = 0
    }
    if (inSecond >= ROWS_PER_SECOND_MAX) return undefined
    const markup = row(event)
    if (markup === undefined) return undefined
    inSecond += 1
    return serverSentEvent({ event: 'row', id: event.seq, data: textOf(markup) })
  }
}

/** The panels that look other than when they were last sent, as one event. */
function changesOf(panels: () => ReadonlyMap<PanelName, Markup>): () => string | undefined {
  const sent = new Map<PanelName, string>()
  return () => {
    const changed: Partial<Record<PanelName, string>> = {}
    for (const [name, markup] of panels()) {
      const text = textOf(markup)
      if (sent.get(name) === text) continue
      sent.set(name, text)
      changed[name] = text
    }
    return Object.keys(changed).length === 0
      ? undefined
      : serverSentEvent({ event: 'panels', data: JSON.stringify(changed) })
  }
}
