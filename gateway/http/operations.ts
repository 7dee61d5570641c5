import type { z } from '@hono/zod-openapi'
import type { HttpRole } from './clients.ts'
import * as wire from './schemas.ts'

/**
 * Every operation of the HTTP side in one table: where it is, who may, what it takes and what it answers. The routes, the OpenAPI document and the tests of access
 * are made from it.
 */

type Acting = Exclude<HttpRole, 'scraper'>
export type Access = 'anyone' | readonly HttpRole[]

export type Operation<Params = unknown, Query = unknown, Body = unknown> = {
  readonly method: 'get' | 'post'
  /** OpenAPI's spelling, `/v1/charges/{id}`. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  readonly tag: 'money' | 'lanes' | 'devices' | 'clients' | 'books' | 'service'
  /** Within its role, a vendor and an attendant see and do only what belongs to their stalls and lanes. */
  readonly access: Access
  readonly params: z.ZodType<Params> | null
  readonly query: z.ZodType<Query> | null
  readonly body: z.ZodType<Body> | null
  /** It enters the path, so it takes an Idempotency-Key. */
  readonly keyed: boolean
  readonly answers: readonly Answer[]
}

export type Answer = {
  readonly status: 200 | 201 | 503
  readonly says: string
  readonly type: string
  readonly schema: z.ZodType | null
}

const ALL_ACTING: readonly Acting[] = ['vendor', 'attendant', 'operator', 'admin']
const STALL_STAFF: readonly Acting[] = ['vendor', 'operator', 'admin']
const LANE_STAFF: readonly Acting[] = ['attendant', 'operator', 'admin']
const OFFICE: readonly Acting[] = ['operator', 'admin']

const json = (status: Answer['status'], says: string, schema: z.ZodType): Answer => ({
  status,
  says,
  type: 'application/json',
  schema,
})

export const operations = {
  showToken: operation({
    method: 'post',
    path: '/v1/scans',
    summary: 'Show what a phone’s camera read at a stall or a lane',
    description:
      'The same as a reader’s scan: the token is verified, decided and booked, and only then answered. The text is kept nowhere but, when it was taken, as evidence in the vault.',
    tag: 'money',
    access: ALL_ACTING,
    params: null,
    query: null,
    body: wire.scanRequest,
    keyed: true,
    answers: [json(200, 'Taken, or taken before.', wire.outcome)],
  }),
  openCharge: operation({
    method: 'post',
    path: '/v1/charges',
    summary: 'Key an amount at a stall',
    description: 'A stall has one open charge: a new amount takes the place of one that nobody has paid.',
    tag: 'money',
    access: STALL_STAFF,
    params: null,
    query: null,
    body: wire.chargeRequest,
    keyed: true,
    answers: [json(201, 'Opened; `Location` names it.', wire.outcome)],
  }),
  readCharge: operation({
    method: 'get',
    path: '/v1/charges/{id}',
    summary: 'Read a charge',
    tag: 'money',
    access: ALL_ACTING,
    params: wire.madeIdParameter,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'The charge and how much of it is paid.', wire.charge)],
  }),
  cancelCharge: operation({
    method: 'post',
    path: '/v1/charges/{id}/cancel',
    summary: 'Take back a charge that nobody has paid',
    tag: 'money',
    access: STALL_STAFF,
    params: wire.madeIdParameter,
    query: null,
    body: null,
    keyed: true,
    answers: [json(200, 'Cancelled.', wire.outcome)],
  }),
  readPayments: operation({
    method: 'get',
    path: '/v1/charges/{id}/payments',
    summary: 'Read what has been paid on a charge',
    tag: 'money',
    access: ALL_ACTING,
    params: wire.madeIdParameter,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'The payments, oldest first.', wire.payments)],
  }),
  readReceipt: operation({
    method: 'get',
    path: '/v1/receipts/{id}',
    summary: 'Read a signed receipt',
    tag: 'money',
    access: ALL_ACTING,
    params: wire.madeIdParameter,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'The receipt, what it says, and where to check it.', wire.receipt)],
  }),
  readJournal: operation({
    method: 'get',
    path: '/v1/journal',
    summary: 'Read the journal, page by page',
    tag: 'books',
    access: OFFICE,
    params: null,
    query: wire.journalQuery,
    body: null,
    keyed: false,
    answers: [json(200, 'Records in the order of their seq.', wire.journalPage)],
  }),
  readExposure: operation({
    method: 'get',
    path: '/v1/exposure',
    summary: 'Read what is at risk against the limit',
    tag: 'books',
    access: OFFICE,
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'Accepted and not settled, and the ages of what the site knows.', wire.exposure)],
  }),
  readDevices: operation({
    method: 'get',
    path: '/v1/devices',
    summary: 'Read the enrolled devices and which are away',
    tag: 'devices',
    access: LANE_STAFF,
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'The devices.', wire.devices)],
  }),
  enrolDevice: operation({
    method: 'post',
    path: '/v1/devices',
    summary: 'Enrol a device',
    description:
      'Answers with the device’s credential, once. A repetition of the request cannot show it again and is refused as `device-exists`: ask for a new password.',
    tag: 'devices',
    access: ['admin'],
    params: null,
    query: null,
    body: wire.enrolRequest,
    keyed: true,
    answers: [json(201, 'Enrolled.', wire.enrolled)],
  }),
  revokeDevice: operation({
    method: 'post',
    path: '/v1/devices/{id}/revoke',
    summary: 'Revoke a device',
    tag: 'devices',
    access: ['admin'],
    params: wire.slugParameter,
    query: null,
    body: null,
    keyed: true,
    answers: [json(200, 'Revoked: it may not connect any more.', wire.outcome)],
  }),
  newDevicePassword: operation({
    method: 'post',
    path: '/v1/devices/{id}/password',
    summary: 'Give an enrolled device a new password',
    description:
      'Answers with it, once. The one before lets in no new connection. A repetition of the request gives the device yet another.',
    tag: 'devices',
    access: ['admin'],
    params: wire.slugParameter,
    query: null,
    body: null,
    keyed: true,
    answers: [json(200, 'The new password.', wire.newPassword)],
  }),
  readClients: operation({
    method: 'get',
    path: '/v1/clients',
    summary: 'Read who may use the pages and the API',
    tag: 'clients',
    access: ['admin'],
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'The clients that may come in; no secrets.', wire.clients)],
  }),
  addClient: operation({
    method: 'post',
    path: '/v1/clients',
    summary: 'Let somebody in',
    description:
      'Answers with the access token, once. Where the answer was lost, a repetition is refused as `client-exists`: revoke the client and add it again. Stalls and lanes that the layout has not are refused.',
    tag: 'clients',
    access: ['admin'],
    params: null,
    query: null,
    body: wire.clientRequest,
    keyed: true,
    answers: [json(201, 'Let in.', wire.addedClient)],
  }),
  revokeClient: operation({
    method: 'post',
    path: '/v1/clients/{id}/revoke',
    summary: 'Let a client in no more',
    tag: 'clients',
    access: ['admin'],
    params: wire.slugParameter,
    query: null,
    body: null,
    keyed: true,
    answers: [json(200, 'From its next request on, it is nobody.', wire.revokedClient)],
  }),
  readLanes: operation({
    method: 'get',
    path: '/v1/lanes',
    summary: 'Read the lanes, their state and alarms',
    tag: 'lanes',
    access: LANE_STAFF,
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [json(200, 'The lanes; an attendant sees their own.', wire.lanes)],
  }),
  openLane: operation({
    method: 'post',
    path: '/v1/lanes/{id}/open',
    summary: 'Open a lane by hand',
    description: 'Recorded with who did it and why.',
    tag: 'lanes',
    access: LANE_STAFF,
    params: wire.slugParameter,
    query: null,
    body: wire.openLaneRequest,
    keyed: true,
    answers: [json(200, 'The command is on its way.', wire.outcome)],
  }),
  declareEmergency: operation({
    method: 'post',
    path: '/v1/emergency',
    summary: 'Open and hold every lane, or end that',
    description:
      'A person’s word, recorded with who gave it. It ends an emergency also where the input that began it is broken or gone; an input that still asks says so again.',
    tag: 'lanes',
    access: LANE_STAFF,
    params: null,
    query: null,
    body: wire.emergencyRequest,
    keyed: true,
    answers: [json(200, 'Booked; the arms are told.', wire.outcome)],
  }),
  live: operation({
    method: 'get',
    path: '/v1/live',
    summary: 'Follow what happens, as server-sent events',
    description:
      'Events are named by their `kind`; `data` is a LiveEvent, `id` its seq. First comes `hello` with the head `{epoch, seq}`: another epoch than last time means that the books were restored. After a break send `Last-Event-ID`; where that lies too far back, `gap` names the range that was left out, to be read from the journal. A comment comes at least every 10 s. Whoever does not read is cut off.',
    tag: 'books',
    access: ALL_ACTING,
    params: null,
    query: wire.liveQuery,
    body: null,
    keyed: false,
    answers: [{ status: 200, says: 'A stream that does not end.', type: 'text/event-stream', schema: wire.liveEvent }],
  }),
  health: operation({
    method: 'get',
    path: '/healthz',
    summary: 'Say that the process lives',
    tag: 'service',
    access: 'anyone',
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [{ status: 200, says: '`ok`', type: 'text/plain', schema: null }],
  }),
  ready: operation({
    method: 'get',
    path: '/readyz',
    summary: 'Say whether money can be taken, and if not, why',
    tag: 'service',
    access: 'anyone',
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [
      json(200, 'Ready.', wire.readiness),
      json(503, 'Not ready: the items say what is missing.', wire.readiness),
    ],
  }),
  metrics: operation({
    method: 'get',
    path: '/metrics',
    summary: 'Read the figures for Prometheus',
    tag: 'service',
    access: ['operator', 'admin', 'scraper'],
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [{ status: 200, says: 'Prometheus’s text form.', type: 'text/plain', schema: null }],
  }),
  description: operation({
    method: 'get',
    path: '/openapi.json',
    summary: 'Read this description',
    tag: 'service',
    access: ['vendor', 'attendant', 'operator', 'admin', 'scraper'],
    params: null,
    query: null,
    body: null,
    keyed: false,
    answers: [{ status: 200, says: 'OpenAPI 3.1.', type: 'application/json', schema: null }],
  }),
}

export type OperationName = keyof typeof operations

/** Hono's spelling of a path: `/v1/charges/:id`. */
export function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

/** Keeps the types of the schemas, so that a handler gets what they make. */
function operation<Params, Query, Body>(it: Operation<Params, Query, Body>): Operation<Params, Query, Body> {
  return it
}
