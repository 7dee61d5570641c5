import { z } from 'zod'
import type { Role } from '../../core/events.ts'
import type { ChargeId, DocumentId } from '../../core/ids.ts'
import { deviceId, laneId, principalOf, stallId } from '../../core/ids.ts'
import type { LaneAsked } from '../../core/lane/state.ts'
import { laneView } from '../../core/lane/view.ts'
import { isCurrencyCode } from '../../core/money.ts'
import type { Outcome } from '../../core/records.ts'
import type { Place } from '../../core/site.ts'
import { isTrusted } from '../../core/time.ts'
import type { ChargeReport } from '../../db/reports.ts'
import { armlessLane, unknownPlace } from '../device-place.ts'
import type { Path, PathReply, PathRequest, RequestBody } from '../path/path.ts'
import { unknownAmong } from '../unknown-among.ts'
import type { Client } from './clients.ts'
import { mayActAt } from './clients.ts'
import type { HttpClock } from './clock.ts'
import type { Identify } from './identify.ts'
import { mayHear } from './live-events.ts'
import type { LiveStreams } from './live-stream.ts'
import type { HttpMetrics } from './metrics.ts'
import { openApiText } from './openapi-document.ts'
import type { Given, HandlersOf } from './operation.ts'
import type { operations } from './operations.ts'
import { commonOf } from './parking/common.ts'
import { createFoundStays } from './parking/found-stays.ts'
import { createParkingHandlers } from './parking/handlers.ts'
import type { PlateLooks } from './parking/plate-looks.ts'
import { tendedStays, tendsStay } from './parking/tended.ts'
import type {
  ClientAccess,
  ClientToAdd,
  Enrol,
  KeptPictures,
  NewPassword,
  NotTaken,
  SignPassCode,
  Tickets,
} from './ports.ts'
import type { FormError } from './problems.ts'
import { storedRefusalOf } from './problems.ts'
import type { LaneView, SiteReads } from './reads.ts'
import type { Call } from './respond.ts'
import { clientOf, cutConnection, json, jsonText, refuse } from './respond.ts'
import type { clientRequest } from './schemas.ts'
import type { HttpSettings } from './settings.ts'
import { contactBounds, contactWire, isHeardOfLate } from './upstream-contact.ts'

/** A handler for each operation: one that is forgotten does not compile. */
export type Handlers = HandlersOf<typeof operations>

export function createHandlers(parts: {
  readonly path: Path
  readonly reads: SiteReads
  readonly clock: HttpClock
  readonly enrol: Enrol
  readonly newPassword: NewPassword
  readonly access: ClientAccess
  readonly tickets: Tickets
  readonly plateLooks: PlateLooks
  readonly signPassCode: SignPassCode | null
  readonly identify: Identify
  readonly streams: LiveStreams
  readonly metrics: HttpMetrics
  readonly pictures: KeptPictures
  readonly settings: HttpSettings
}): Handlers {
  const { path, reads, clock } = parts
  const description = openApiText()
  const found = createFoundStays(clock)

  const requestOf = ({ c, key, bytes }: Given<unknown, unknown, unknown>): Omit<PathRequest, 'body'> => {
    const client = clientOf(c)
    return {
      source: principalOf('client', client.id),
      id: key,
      bytes,
      actor: { kind: 'client', id: client.id, role: actingRole(client) },
      mode: client.mode,
      occurredAt: { at: clock.now().at, by: 'gateway' },
      causedBy: null,
    }
  }

  const submit = async (given: Given<unknown, unknown, unknown>, body: RequestBody): Promise<Response> =>
    answerTo(given.c, await path.submit({ ...requestOf(given), body }))

  /** Whoever trains beside a live site gives nobody access to it, and takes it from none. */
  const looksAfterIt = (c: Call): boolean => clientOf(c).mode === parts.settings.mode

  const parkingHandlers = createParkingHandlers({
    reads,
    clock,
    mode: parts.settings.mode,
    tickets: parts.tickets,
    pictures: parts.pictures,
    plateLooks: parts.plateLooks,
    found,
    submit,
    ask: (given, body, over = {}) => path.submit({ ...requestOf(given), ...over, body }),
    answerTo,
    signPassCode: parts.signPassCode,
  })

  const ownCharge = (c: Call, id: string): ChargeReport | undefined => {
    const charge = reads.charge(id as ChargeId)
    // Another stall's charge looks like none at all.
    if (charge === undefined) return undefined
    if (charge.session !== null) return tendsStay(clientOf(c), charge.session, { reads, found }) ? charge : undefined
    const client = clientOf(c)
    if (mayActAt(client, charge.place)) return charge
    // Whoever sells passes, takes their cash and gives it back sees what came of it.
    return client.role === 'attendant' && tendedStays({ reads, found }).charge(c, id) !== null ? charge : undefined
  }

  return {
    ...parkingHandlers,

    showToken: (given) => {
      const { body, c } = given
      const place: Place =
        body.place.kind === 'stall'
          ? { kind: 'stall', id: stallId(body.place.id) }
          : { kind: 'lane', id: laneId(body.place.id) }
      if (!mayActAt(clientOf(c), place)) return refuse(c, 'forbidden')
      return submit(given, { kind: 'shown', place, reader: null, text: body.text })
    },

    openCharge: (given) => {
      const { body, c } = given
      const stall = stallId(body.stall)
      const { amount, currency } = body.amount
      if (!mayActAt(clientOf(c), { kind: 'stall', id: stall })) return refuse(c, 'forbidden')
      if (!isCurrencyCode(currency)) return refuse(c, 'amount-invalid')
      return submit(given, { kind: 'charge-open', stall, amount: { amount, currency } })
    },

    readCharge: ({ c, params }) => {
      const charge = ownCharge(c, params.id)
      return charge === undefined ? refuse(c, 'charge-unknown') : json(charge)
    },

    cancelCharge: (given) => {
      const charge = ownCharge(given.c, given.params.id)
      if (charge?.place.kind !== 'stall') return refuse(given.c, 'charge-unknown')
      return submit(given, { kind: 'charge-cancel', stall: charge.place.id, charge: charge.id })
    },

    readPayments: ({ c, params }) => {
      const charge = ownCharge(c, params.id)
      if (charge === undefined) return refuse(c, 'charge-unknown')
      return json({ payments: reads.payments(charge.id) })
    },

    readReceipt: ({ c, params }) => {
      const receipt = reads.receipt(params.id as DocumentId)
      if (receipt === undefined || ownCharge(c, receipt.charge) === undefined) return refuse(c, 'not-found')
      return json({ ...receipt, content: claimsOf(receipt.jws), checkAt: `/receipts/check#${receipt.jws}` })
    },

    readJournal: ({ query }) => {
      const limit = Math.min(query.limit, parts.settings.journalPageMax)
      const { epoch, seq } = reads.head()
      const records = reads.journalPage(query.after, limit)
      const last = records.at(-1)
      const next = last !== undefined && last.seq < seq ? last.seq : null
      return json({ records, next, head: { epoch, seq } })
    },

    readExposure: ({ c }) => {
      const exposure = reads.exposure()
      return exposure === undefined ? refuse(c, 'not-ready', {}, { retryAfterMs: 5_000 }) : json(exposure)
    },

    hearUpstream: async ({ c, ...given }) => {
      if (!looksAfterIt(c)) return refuse(c, 'mode-not-here')
      const known = reads.exposure()
      if (known === undefined) return refuse(c, 'not-ready', {}, { retryAfterMs: 5_000 })
      const now = clock.now()
      // By a clock that nobody trusts nothing is heard, and whoever says so each minute would write a record each time.
      if (!isTrusted(now.trust)) return refuse(c, 'clock-not-trusted')
      const bounds = contactBounds(known, commonOf(reads, clientOf(c).mode)?.parking.policy ?? null)
      if (!isHeardOfLate(known.lastContactAt, bounds, now.at)) {
        // Of this moment, whatever key was sent: the same key each minute would be answered as it was, and nobody heard.
        const [source, id] = [principalOf('gateway', 'upstream'), `heard:${now.at}`]
        const body = { kind: 'upstream-reached' } as const
        const reply = await path.submit({ ...requestOf({ ...given, c }), source, id, bytes: id, body })
        if (reply.kind !== 'committed' || !reply.outcome.ok) return answerTo(c, reply)
      }
      return json(contactWire(reads.exposure()?.lastContactAt ?? null, bounds))
    },

    readDevices: () => json({ devices: reads.devices() }),

    enrolDevice: async (given) => {
      const { id, driver, place, role } = given.body
      const device = { id: deviceId(id), driver, place: placeOf(place), role }
      if (!looksAfterIt(given.c)) return refuse(given.c, 'mode-not-here')
      const layout = reads.layout()
      const unknown = unknownPlace(device.place, layout === undefined ? [] : [layout])
      const unfit = unknown ?? armlessLane(device, layout === undefined ? [] : [layout])
      if (unfit !== undefined) return refuse(given.c, unfit.refusal, { errors: [inBody('/place/id', unfit)] })
      const reply = await parts.enrol({ ...requestOf(given), device })
      if (reply.kind !== 'enrolled') return notTaken(given.c, reply)
      return json({ device: reply.device, credential: reply.credential }, 201)
    },

    newDevicePassword: async (given) => {
      if (!looksAfterIt(given.c)) return refuse(given.c, 'mode-not-here')
      const reply = await parts.newPassword({ ...requestOf(given), device: deviceId(given.params.id) })
      return reply.kind === 'changed' ? json({ credential: reply.credential }) : notTaken(given.c, reply)
    },

    revokeDevice: (given) =>
      looksAfterIt(given.c)
        ? submit(given, { kind: 'device-revoked', device: deviceId(given.params.id) })
        : refuse(given.c, 'mode-not-here'),

    readClients: () => json({ clients: parts.access.list() }),

    addClient: async (given) => {
      const { c } = given
      if (!looksAfterIt(c)) return refuse(c, 'mode-not-here')
      const client = clientToAdd(given.body)
      const layout = reads.layout()
      if (layout !== undefined) {
        const stall = unknownAmong(
          'stall',
          client.stalls,
          layout.stalls.map(({ id }) => id),
        )
        if (stall !== undefined) return refuse(c, 'stall-unknown', { errors: [inBody('/stalls', stall)] })
        const lanes = client.lanes === 'all' ? [] : client.lanes
        const lane = unknownAmong(
          'lane',
          lanes,
          layout.lanes.map(({ id }) => id),
        )
        if (lane !== undefined) return refuse(c, 'lane-unknown', { errors: [inBody('/lanes', lane)] })
      }
      const reply = await parts.access.add({ ...requestOf(given), client })
      return reply.kind === 'added' ? json({ client: reply.client, token: reply.token }, 201) : notTaken(c, reply)
    },

    revokeClient: async (given) => {
      if (!looksAfterIt(given.c)) return refuse(given.c, 'mode-not-here')
      const client = given.params.id
      const reply = await parts.access.revoke({ ...requestOf(given), client })
      return reply.kind === 'revoked' ? json({ revoked: client }) : notTaken(given.c, reply)
    },

    readLanes: ({ c }) =>
      json({
        lanes: reads
          .lanes()
          .filter(({ lane }) => mayActAt(clientOf(c), { kind: 'lane', id: lane.id }))
          .map((view) => laneWire(view, reads.layout()?.currency)),
      }),

    openLane: (given) => {
      const lane = laneId(given.params.id)
      if (!mayActAt(clientOf(given.c), { kind: 'lane', id: lane })) return refuse(given.c, 'forbidden')
      return submit(given, { kind: 'open-by-hand', lane, reason: given.body.reason.trim() })
    },

    declareEmergency: (given) => submit(given, { kind: 'emergency', device: null, active: given.body.active }),

    live: ({ c, query }) => {
      const client = clientOf(c)
      if (c.req.raw.method === 'HEAD') return eventStream(null)
      const stream = parts.streams.open({
        client: client.id,
        mayGoOn: parts.identify.lasting(c),
        cut: () => cutConnection(c),
        afterSeq: lastEventId(c.req.header('last-event-id')) ?? query.after ?? null,
        encode: ({ event, text }) => (event !== undefined && mayHear(client, event) ? text : undefined),
      })
      return stream === undefined ? refuse(c, 'busy', {}, { retryAfterMs: 10_000 }) : eventStream(stream)
    },

    health: () => new Response('ok\n', { headers: { 'content-type': 'text/plain; charset=utf-8' } }),

    ready: () => {
      const items = reads.readiness()
      const ready = items.every((item) => item.ok)
      return jsonText(JSON.stringify({ ready, items }), ready ? 200 : 503, ready ? {} : { 'retry-after': '5' })
    },

    metrics: async () => {
      const { contentType, text } = await parts.metrics.exposition()
      return new Response(text, { headers: { 'content-type': contentType } })
    },

    description: () => jsonText(description, 200),
  }
}

/** The head of a stream of server-sent events; no proxy may hold it back. */
export function eventStream(body: ReadableStream<Uint8Array> | null): Response {
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}

/** A whole number, or `undefined`: a browser may hold the id of some other service. */
export function lastEventId(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}

/** The path's reply as HTTP: what was stored goes out as it stands. */
function answerTo(c: Call, reply: PathReply): Response | Promise<Response> {
  switch (reply.kind) {
    case 'committed':
      if (!reply.outcome.ok) return refuse(c, reply.outcome.refusal, { stored: storedRefusalOf(reply.answer) })
      return taken(reply.answer, reply.outcome)
    case 'refused':
      return refuse(c, reply.refusal, { stored: storedRefusalOf(reply.answer) })
    case 'pushed-back':
      return refuse(c, reply.refusal, {}, { retryAfterMs: reply.retryAfterMs })
  }
}

function notTaken(c: Call, reply: NotTaken): Promise<Response> {
  switch (reply.kind) {
    case 'refused':
      return refuse(c, reply.refusal, { stored: reply.answer === null ? undefined : storedRefusalOf(reply.answer) })
    case 'pushed-back':
      return refuse(c, reply.refusal, {}, { retryAfterMs: reply.retryAfterMs })
  }
}

/** What its role does not look at is left empty, as the command line leaves it. */
function clientToAdd(body: z.output<typeof clientRequest>): ClientToAdd {
  const { id, role, mode } = body
  switch (role) {
    case 'vendor':
      return { id, role, mode, stalls: body.stalls, lanes: 'all' }
    case 'attendant':
      return { id, role, mode, stalls: [], lanes: body.lanes }
    case 'pay-station':
    case 'operator':
    case 'admin':
    case 'scraper':
      return { id, role, mode, stalls: [], lanes: 'all' }
  }
}

function inBody(at: string, { says }: { readonly says: string }): FormError {
  return { in: 'body', at, says }
}

function taken(answer: string, outcome: Extract<Outcome, { ok: true }>): Response {
  if (outcome.kind !== 'charge-opened') return jsonText(answer, 200)
  return jsonText(answer, 201, { location: `/v1/charges/${outcome.charge}` })
}

function placeOf(place: { kind: 'stall' | 'lane'; id: string } | { kind: 'site' }): Place {
  switch (place.kind) {
    case 'stall':
      return { kind: 'stall', id: stallId(place.id) }
    case 'lane':
      return { kind: 'lane', id: laneId(place.id) }
    case 'site':
      return { kind: 'site' }
  }
}

function laneWire({ lane, state, barrierPresent, devices }: LaneView, currency: string | undefined): object {
  const { id, name, direction, price } = lane
  const { phase, approach, safety, arm, alarm, since, visit, presence } = state
  return {
    id,
    name,
    direction,
    price: price === null || currency === undefined ? null : { amount: price, currency },
    phase: phase.kind,
    passage: 'passage' in phase ? phase.passage : null,
    approach,
    safety,
    arm,
    alarm,
    since,
    barrierPresent,
    view: laneView(state, devices),
    visit:
      visit === null || visit.presence !== presence ? null : { session: visit.session, asked: askedWire(visit.asked) },
  }
}

function askedWire(asked: LaneAsked | null): object | null {
  return asked === null ? null : { charge: asked.charge, due: asked.due, holdsUntil: asked.holdsUntil }
}

const claims = z.record(z.string(), z.union([z.string(), z.number()]))

/** What a receipt of ours says. It comes from our own books: one that cannot be read is a fault of ours. */
function claimsOf(jws: string): z.output<typeof claims> {
  return claims.parse(JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')))
}

function actingRole(client: Client): Role {
  if (client.role === 'scraper') throw new Error('a scraper enters the path: the table of operations is wrong')
  return client.role
}
