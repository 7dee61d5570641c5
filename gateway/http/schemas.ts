import { z } from '@hono/zod-openapi'
import type { LaneAlarm, LanePhase } from '../../core/lane/state.ts'
import type { LaneViewAlarm, LaneViewPhase } from '../../core/lane/view.ts'
import type { Refusal } from '../../core/refusals.ts'
import { refusalTable } from '../../core/refusals.ts'
import {
  count,
  instant,
  keyedMoney,
  madeId,
  mode,
  money,
  oneOfKeys,
  orNull,
  passage,
  place,
  SEQ_MAX,
  shownText,
  slug,
  TYPED_REASON_CHARACTERS_MAX,
  typedText,
  wholeNumber,
} from './fields.ts'
import { sessionId } from './parking/fields.ts'

/** The wire forms of the HTTP side: requests are parsed with them, answers are documented by them, and both are tested against them. */

const refusalCode = z
  .enum(Object.keys(refusalTable) as [Refusal, ...Refusal[]])
  .openapi('Refusal', { description: 'Why not. New codes may be added.' })

const words = z
  .strictObject({ short: z.string(), help: z.string() })
  .openapi('Words', { description: '`short` fits a display of two lines; `help` says what to do.' })

export const problem = z
  .strictObject({
    type: z.string().openapi({ example: 'urn:tolbooth:refusal:token-spent' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    refusal: refusalCode,
    tryAgain: z.enum(['never', 'later', 'new-token', 'staff']).openapi({
      description:
        '`never`: the same gets the same answer. `later`: the same may be taken in a while. `new-token`: the payer should show a fresh code. `staff`: somebody has to do something first.',
    }),
    vi: words,
    en: words,
    due: orNull(money).openapi({ description: 'What is still to be paid at that place, where that is known.' }),
    errors: z
      .array(z.strictObject({ in: z.enum(['body', 'query', 'path', 'header']), at: z.string(), says: z.string() }))
      .optional()
      .openapi({ description: 'Where a request has the wrong form; never the values themselves.' }),
  })
  .openapi('Problem', { description: 'RFC 9457; `title` and `detail` follow Accept-Language (vi, en).' })

// Requests

const JOURNAL_PAGE_MAX = 500

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .openapi({
      description:
        'An id of yours for this request, 1 to 128 printable characters without spaces. The same key with the same method, address and body gets the same answer, byte for byte; with another it is refused as `key-reused`.',
      example: '6f1c2a0e-4a53-4d0c-9f0e-2b6a3c1d7e55',
    }),
})

export const scanRequest = z
  .strictObject({
    place: z.union([
      z.strictObject({ kind: z.literal('stall'), id: slug }),
      z.strictObject({ kind: z.literal('lane'), id: slug }),
    ]),
    text: shownText.openapi({ description: 'What the camera read, as it is.' }),
  })
  .openapi('ScanRequest', { example: { place: { kind: 'stall', id: 'stall-1' }, text: 'eyJhbGciOiJFZERTQSIs…' } })

export const chargeRequest = z
  .strictObject({ stall: slug, amount: keyedMoney })
  .openapi('ChargeRequest', { example: { stall: 'stall-1', amount: { amount: 60_000, currency: 'VND' } } })

export const openLaneRequest = z
  .strictObject({ reason: typedText.max(TYPED_REASON_CHARACTERS_MAX) })
  .openapi('OpenLaneRequest', { example: { reason: 'Xe cấp cứu' } })

export const emergencyRequest = z
  .strictObject({
    active: z
      .boolean()
      .openapi({ description: '`true` opens and holds every lane; `false` ends it, whoever began it.' }),
  })
  .openapi('EmergencyRequest', { example: { active: true } })

export const enrolRequest = z
  .strictObject({
    id: slug,
    driver: slug.openapi({ description: 'A name in the drivers’ registry.', example: 'qr-reader' }),
    place,
    role: z
      .enum(['approach', 'safety'])
      .nullable()
      .openapi({ description: 'For loops: before the barrier, or under it.' }),
  })
  .openapi('EnrolRequest', {
    example: { id: 'reader-1', driver: 'qr-reader', place: { kind: 'stall', id: 'stall-1' }, role: null },
  })

export const STALLS_OF_CLIENT_MAX = 256
const clientCommon = { id: slug, mode }
const slugs = z.array(slug).min(1).max(STALLS_OF_CLIENT_MAX)

export const clientRequest = z
  .discriminatedUnion('role', [
    z.strictObject({ ...clientCommon, role: z.literal('vendor'), stalls: slugs }),
    z.strictObject({ ...clientCommon, role: z.literal('attendant'), lanes: z.union([z.literal('all'), slugs]) }),
    z.strictObject({ ...clientCommon, role: z.enum(['pay-station', 'operator', 'admin', 'scraper']) }),
  ])
  .openapi('ClientRequest', {
    example: { id: 'till-a-12', role: 'vendor', mode: 'live', stalls: ['a-12'] },
  })

export const journalQuery = z.strictObject({
  after: wholeNumber(0, SEQ_MAX).default(0).openapi({
    type: 'integer',
    minimum: 0,
    maximum: SEQ_MAX,
    default: 0,
    description: 'Records with a seq above this one.',
  }),
  limit: wholeNumber(1, JOURNAL_PAGE_MAX).default(100).openapi({
    type: 'integer',
    minimum: 1,
    maximum: JOURNAL_PAGE_MAX,
    default: 100,
  }),
})

export const liveQuery = z.strictObject({
  after: wholeNumber(0, SEQ_MAX).optional().openapi({
    type: 'integer',
    minimum: 0,
    maximum: SEQ_MAX,
    description: 'Begin after this seq; `Last-Event-ID` wins over it. Without both it begins at the newest record.',
  }),
})

// Answers

export const charge = z
  .strictObject({
    id: madeId,
    session: orNull(sessionId).openapi({ description: 'The stay in the car park that it is for.' }),
    place,
    merchant: slug,
    due: money,
    paid: money,
    overpaid: money.openapi({ description: 'What came beyond it and is still to be given back.' }),
    refunded: money.openapi({ description: 'What was given back of what was paid.' }),
    status: z.enum(['open', 'paid', 'cancelled', 'expired', 'owed']),
    mode,
    openedAt: instant,
    expiresAt: instant,
    closedAt: orNull(instant),
  })
  .openapi('Charge')

export const payments = z
  .strictObject({
    payments: z.array(
      z
        .strictObject({
          charge: madeId,
          tender: z.enum([
            'token',
            'bank-transfer',
            'pass',
            'validation',
            'cash',
            'cash-on-behalf',
            'waiver',
            'late-evidence',
            'correction',
            'debt',
          ]),
          amount: money,
          at: instant,
          claim: orNull(
            z.strictObject({ id: madeId, status: z.enum(['accepted', 'presented', 'settled', 'rejected']) }),
          ),
          receipt: orNull(madeId),
        })
        .openapi('Payment'),
    ),
  })
  .openapi('Payments')

export const receipt = z
  .strictObject({
    id: madeId,
    charge: madeId,
    jws: z.string().openapi({ description: 'JWS compact, `typ` receipt+jwt, signed by the gateway.' }),
    content: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .openapi({ description: 'The claims of the receipt, as they are signed.' }),
    checkAt: z.string().openapi({
      description:
        'A page of this gateway that checks the receipt. The receipt stands in the fragment: no server logs it.',
      example: '/receipts/check#eyJhbGciOi…',
    }),
  })
  .openapi('Receipt')

export const journalPage = z
  .strictObject({
    records: z.array(
      z
        .looseObject({
          v: z.int(),
          site: slug,
          gateway: slug,
          epoch: count,
          seq: count,
          prev: z.string(),
          hash: z.string(),
          key: z.string(),
          kind: z.enum(['decision', 'fault', 'genesis', 'snapshot']),
          at: instant,
          clock: z.looseObject({ state: z.enum(['synced', 'holdover', 'stepped', 'unknown']) }),
          body: z.looseObject({ kind: z.string() }),
        })
        .openapi('JournalRecord', {
          description: 'A record of the journal. `hash` is SHA-256 over the canonical JSON (RFC 8785) of the others.',
        }),
    ),
    next: orNull(count).openapi({ description: 'Give it as `after` for the next page; null at the end.' }),
    head: z.strictObject({ epoch: count, seq: count }),
  })
  .openapi('JournalPage')

const device = z.strictObject({
  id: slug,
  driver: slug,
  kind: slug,
  delivery: z.enum(['repeatable', 'once']),
  place,
  role: z.enum(['approach', 'safety']).nullable(),
  status: z.enum(['active', 'revoked']),
})

export const devices = z
  .strictObject({
    devices: z.array(
      device
        .extend({
          present: z.boolean(),
          silent: z.boolean().openapi({
            description: 'It is there, and does not answer when it is asked: what it says counts as said before.',
          }),
          presenceSince: orNull(instant),
        })
        .openapi('Device'),
    ),
  })
  .openapi('Devices')

const credential = z
  .strictObject({ username: z.string(), password: z.string() })
  .openapi({ description: 'For MQTT. Shown this once; the gateway keeps only its hash.' })

export const newPassword = z.strictObject({ credential }).openapi('NewPassword')

const client = z
  .strictObject({
    id: slug,
    role: z.enum(['vendor', 'attendant', 'pay-station', 'operator', 'admin', 'scraper']),
    mode,
    stalls: z.array(slug).openapi({ description: 'Of a vendor.' }),
    lanes: z.union([z.literal('all'), z.array(slug)]).openapi({ description: 'Of an attendant.' }),
  })
  .openapi('Client')

export const clients = z.strictObject({ clients: z.array(client) }).openapi('Clients')

export const addedClient = z
  .strictObject({
    client,
    token: z.string().openapi({ description: 'Its access token. Shown this once; the gateway keeps only its hash.' }),
  })
  .openapi('AddedClient')

export const revokedClient = z.strictObject({ revoked: slug }).openapi('RevokedClient')

export const enrolled = z
  .strictObject({
    device,
    credential,
  })
  .openapi('EnrolledDevice')

const lanePhase = oneOfKeys<LanePhase['kind']>({
  idle: true,
  'vehicle-present': true,
  waiting: true,
  opening: true,
  open: true,
  passing: true,
  closing: true,
  'held-open': true,
}).openapi('LanePhase')

const laneAlarm = oneOfKeys<LaneAlarm>({
  'barrier-no-answer': true,
  'barrier-failed': true,
  'barrier-away': true,
  'no-passage': true,
  'backing-out': true,
  'stuck-open': true,
  'stuck-closed': true,
  'loop-away': true,
  'forced-open': true,
  tailgating: true,
  'unexplained-passage': true,
  'loop-stuck': true,
}).openapi('LaneAlarm')

const laneViewPhase = oneOfKeys<LaneViewPhase>({
  idle: true,
  'vehicle-present': true,
  asking: true,
  'awaiting-payment': true,
  opening: true,
  open: true,
  passing: true,
  closing: true,
  'held-open': true,
}).openapi('LaneViewPhase')

const laneViewAlarm = oneOfKeys<LaneViewAlarm>({
  'forced-open': true,
  tailgating: true,
  'stuck-open': true,
  'stuck-closed': true,
  'no-passage': true,
  'backing-out': true,
  'device-away': true,
  'device-chatters': true,
  'loop-stuck': true,
}).openapi('LaneViewAlarm')

export const lanes = z
  .strictObject({
    lanes: z.array(
      z
        .strictObject({
          id: slug,
          name: z.string(),
          direction: z.enum(['entry', 'exit', 'both']),
          price: orNull(money),
          phase: lanePhase,
          passage: orNull(passage).openapi({ description: 'Whose turn it is, where that is known.' }),
          approach: z.boolean().openapi({ description: 'A vehicle stands before the barrier.' }),
          safety: z.boolean().openapi({ description: 'A vehicle stands under the barrier.' }),
          arm: z.enum(['closed', 'open', 'moving', 'unknown']),
          alarm: orNull(laneAlarm),
          since: instant,
          barrierPresent: z.boolean(),
          view: z
            .strictObject({
              phase: laneViewPhase,
              alarm: orNull(laneViewAlarm).openapi({ description: 'The worst that is wrong there.' }),
              away: z.array(slug).openapi({
                description: 'Devices of the lane that are not there, or do not answer when they are asked.',
              }),
              chattering: z.array(z.strictObject({ id: slug, kind: z.string() })).openapi({
                description:
                  'Devices of the lane that say more than vehicles can cause. Of a loop it is believed late that nobody is over it, of a barrier with nobody there that its arm is down; of a button and a camera not every word is taken.',
              }),
            })
            .openapi({ description: 'The lane in the words of its screens.' }),
          visit: orNull(
            z.strictObject({
              session: orNull(sessionId),
              asked: orNull(z.strictObject({ charge: madeId, due: money, holdsUntil: instant })),
            }),
          ).openapi({
            description: 'In a car park: which stay the vehicle there is known to be, and what was asked of it.',
          }),
        })
        .openapi('Lane'),
    ),
  })
  .openapi('Lanes')

const durationMs = z.int().min(0).openapi({ description: 'Milliseconds.' })

export const exposure = z
  .strictObject({
    atRisk: money,
    limit: money,
    lastContactAt: orNull(instant),
    offlineMaxMs: durationMs,
    keySetIssuedAt: orNull(instant),
    keySetAgeMaxMs: durationMs,
    denyListIssuedAt: orNull(instant),
    denyListAgeMaxMs: durationMs,
  })
  .openapi('Exposure')

export const upstreamHeard = z
  .strictObject({
    heardAt: orNull(instant).openapi({
      description: 'What the books have: up to a tenth of the time after which it counts as away before this.',
    }),
    transfersAskedUntil: orNull(instant).openapi({
      description:
        'So long a transfer is asked for where nothing more is heard (`bankAwayAfterMs`). `null`: the policy expects no bank’s word (`bankConfirmation`).',
    }),
    codesTakenUntil: orNull(instant).openapi({
      description: 'So long payers’ codes are taken where nothing more is heard (`offlineMaxMs`).',
    }),
  })
  .openapi('UpstreamHeard')

export const readiness = z
  .strictObject({
    ready: z.boolean(),
    items: z.array(
      z.strictObject({
        what: z.string(),
        ok: z.boolean(),
        detail: z.strictObject({ vi: z.string(), en: z.string() }),
      }),
    ),
  })
  .openapi('Readiness')

const liveCommon = { seq: count, epoch: count, at: instant, mode: orNull(mode), place: orNull(place) }
const lanesMoved = z
  .array(z.strictObject({ lane: slug, phase: lanePhase, alarm: orNull(laneAlarm) }))
  .openapi('LanesMoved', { description: 'Lanes whose state changed in the same record.' })

export const liveEvent = z
  .union([
    z.strictObject({
      ...liveCommon,
      kind: z.literal('payment'),
      charge: madeId,
      amount: money,
      tender: z.string(),
      lanes: lanesMoved,
    }),
    z.strictObject({
      ...liveCommon,
      kind: z.literal('refusal'),
      refusal: refusalCode,
      due: orNull(money),
      lanes: lanesMoved,
    }),
    z.strictObject({ ...liveCommon, kind: z.literal('let-through'), passage, lanes: lanesMoved }),
    z.strictObject({
      ...liveCommon,
      kind: z.literal('charge'),
      charge: madeId,
      status: z.enum(['open', 'cancelled', 'expired']),
      due: orNull(money),
      lanes: lanesMoved,
    }),
    z.strictObject({
      ...liveCommon,
      kind: z.literal('opened-by-hand'),
      by: z.string(),
      reason: orNull(z.string()).openapi({ description: 'As it was typed; null once it has been erased.' }),
      lanes: lanesMoved,
    }),
    z.strictObject({ ...liveCommon, kind: z.literal('emergency'), active: z.boolean(), lanes: lanesMoved }),
    z.strictObject({
      ...liveCommon,
      kind: z.literal('device'),
      device: slug,
      status: z.enum(['active', 'revoked']),
      lanes: lanesMoved,
    }),
    z.strictObject({ ...liveCommon, kind: z.enum(['lane', 'fault', 'epoch']), lanes: lanesMoved }),
  ])
  .openapi('LiveEvent', { description: 'The `data` of one server-sent event; its `id` is the seq.' })
