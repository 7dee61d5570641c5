import { z } from 'zod'
import type { EffectId } from '../core/ids.ts'
import { PLATE_READINGS_MAX } from '../core/parking/events.ts'
import type { Refusal } from '../core/refusals.ts'
import type { Read } from './bounded-json.ts'
import { readJson } from './bounded-json.ts'
import { CAMERA_PLATE_CHARACTERS_MAX, CAMERA_REFERENCE_CHARACTERS_MAX } from './driver.ts'

/**
 * What our own devices and the gateway say to each other, on `tolbooth/v1/{site}/{device}/{event|result|status|answer|command|fail-safe|ask}`, JSON at QoS 1. Whoever
 * makes a device, real or simulated, needs this file and no other. `docs/wire/asyncapi.json` is made from it.
 */
export type WireLeaf = 'event' | 'result' | 'status' | 'answer' | 'command' | 'fail-safe' | 'ask'

/** A token of 10 kB is taken up to the verifier, which then says that it is too long; a payer is helped more by that than by `wrong-schema`. */
export const SCAN_TEXT_CHARACTERS_MAX = 12_000
export const FIRST_LINE_CHARACTERS_MAX = 40
export const SECOND_LINE_CHARACTERS_MAX = 96
export const SPEECH_CHARACTERS_MAX = 600

const version = z.literal(1)
const wholeNumber = z.int().min(0)

const boot = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,32}$/)
  .describe(
    'Chosen at random at each start of the device, at least 48 bits of chance. It tells one run of the device from the next.',
  )
const seq = wholeNumber.describe(
  'Counts events and results together from the start of the device; a message that is sent again keeps its number.',
)
const upMs = wholeNumber.describe(
  'Milliseconds from the start of the device to the moment at which it happened, by a clock that is never set.',
)
export const commandId = z
  .string()
  .regex(/^[A-Za-z0-9:._-]{1,128}$/)
  .describe('The id of the command: gateway:epoch:seq:index. A device does each id once.')
  .transform((text) => text as EffectId)
const ask = z.string().regex(/^[A-Za-z0-9/_-]{1,64}$/)
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217.')
const sum = z.strictObject({
  amount: wholeNumber.describe('In the smallest unit of the currency (đồng for VND).'),
  currency,
})

/** The vendor's amount is refused by its own codes, for they say what to key instead. */
const keyedAmount = z
  .int({ error: (issue) => (typeof issue.input === 'number' ? ('amount-invalid' satisfies Refusal) : undefined) })
  .min(1, { error: (issue) => (issue.input === 0 ? 'amount-zero' : 'amount-invalid') satisfies Refusal })
  .describe('A whole number above 0, in the smallest unit of the currency (đồng for VND).')

const cameraReference = z
  .string()
  .min(1)
  .max(CAMERA_REFERENCE_CHARACTERS_MAX)
  .regex(/^[\x21-\x7e]+$/)
  .nullable()

const eventHead = {
  v: version,
  id: z.string().optional().describe('`boot:seq`, for people who read logs. If it is there it must agree.'),
  boot,
  seq,
  upMs,
}

/** Each kind of event on `…/event`. */
export const wireEvents = {
  hello: z.strictObject({
    ...eventHead,
    type: z.literal('hello'),
    data: z.strictObject({
      firmware: z.string().regex(/^[\x20-\x7e]{1,64}$/),
      ask: ask
        .exactOptional()
        .describe(
          'Only where an `ask` is answered: its id. The hello of a connection, and one that is sent again, has none.',
        ),
    }),
  }),
  scan: z.strictObject({
    ...eventHead,
    type: z.literal('scan'),
    data: z.strictObject({
      text: z
        .string()
        .min(1)
        .max(SCAN_TEXT_CHARACTERS_MAX, { error: () => 'token-too-long' satisfies Refusal })
        .refine((text) => text.isWellFormed())
        .describe('What the reader read, as it is.'),
    }),
  }),
  'amount-keyed': z.strictObject({
    ...eventHead,
    type: z.literal('amount-keyed'),
    data: z.strictObject({ amount: keyedAmount, currency }),
  }),
  'amount-cleared': z.strictObject({ ...eventHead, type: z.literal('amount-cleared'), data: z.strictObject({}) }),
  occupied: z.strictObject({
    ...eventHead,
    type: z.literal('occupied'),
    data: z.strictObject({
      occupied: z.boolean().describe('A level: said at each change, after each hello, and again at will.'),
    }),
  }),
  barrier: z.strictObject({
    ...eventHead,
    type: z.literal('barrier'),
    data: z
      .strictObject({
        state: z.enum(['closed', 'open', 'moving']).describe('What the limit switches say, not what was ordered.'),
        reason: z
          .literal('fail-safe')
          .exactOptional()
          .describe(
            'It went up by its fail-safe setting. Said with each state of the arm, and when that setting comes again, until a `release` has ended it; never with `closed`.',
          ),
      })
      .refine(({ state, reason }) => state !== 'closed' || reason === undefined, { path: ['reason'] }),
  }),
  emergency: z.strictObject({
    ...eventHead,
    type: z.literal('emergency'),
    data: z.strictObject({
      active: z.boolean().describe('A level: said at each change, after each hello, and again at will.'),
    }),
  }),
  'ticket-asked': z.strictObject({ ...eventHead, type: z.literal('ticket-asked'), data: z.strictObject({}) }),
  'plate-seen': z.strictObject({
    ...eventHead,
    type: z.literal('plate-seen'),
    data: z.strictObject({
      plates: z
        .array(
          z.strictObject({
            text: z
              .string()
              .min(1)
              .max(CAMERA_PLATE_CHARACTERS_MAX)
              .refine((text) => text.isWellFormed())
              .describe('As the camera spells it; a line break between two lines.'),
            confidencePermille: z.int().min(0).max(1_000).describe('How sure the camera is, of 1,000.'),
          }),
        )
        .max(PLATE_READINGS_MAX)
        .describe('Readings of one vehicle’s plate, the likeliest first; empty where none could be read.'),
      direction: z
        .enum(['forward', 'reverse'])
        .nullable()
        .describe('Which way it drives, by the camera’s own word. Which leads in is said by the layout, at the lane.'),
      vehicle: z.enum(['car', 'motorbike']).nullable().describe('What the camera takes it for.'),
      picture: cameraReference.describe('The camera’s own name of its picture.'),
      eventId: cameraReference.describe(
        'The camera’s own id of the vehicle that it follows: another reading under it takes the place of the one before.',
      ),
    }),
  }),
}

export type WireEventType = keyof typeof wireEvents

export const wireEvent = z
  .discriminatedUnion('type', [
    wireEvents.hello,
    wireEvents.scan,
    wireEvents['amount-keyed'],
    wireEvents['amount-cleared'],
    wireEvents.occupied,
    wireEvents.barrier,
    wireEvents.emergency,
    wireEvents['ticket-asked'],
    wireEvents['plate-seen'],
  ])
  .refine((event) => event.id === undefined || event.id === eventIdOf(event), { path: ['id'] })

export const wireResult = z.strictObject({
  v: version,
  command: commandId,
  result: z
    .enum(['done', 'repeated', 'late', 'failed'])
    .describe(
      '`late`: dropped, for another boot or past its time. `repeated`: had been done before, and was not done again.',
    ),
  boot,
  seq,
  upMs,
})

export const wireStatus = z.strictObject({
  v: version,
  boot,
  online: z.boolean().describe('`true` retained after the connection is made; `false` retained is the last will.'),
})

export const wireAnswer = z.strictObject({
  v: version,
  event: z
    .string()
    .max(64)
    .describe('The `boot:seq` of the event or result that is answered: it is stored, and need not be sent again.'),
  outcome: z
    .unknown()
    .refine((outcome) => outcome !== undefined)
    .describe('What was decided, any JSON. The same event is always answered with the same bytes.'),
})

const lines = z.tuple([z.string().max(FIRST_LINE_CHARACTERS_MAX), z.string().max(SECOND_LINE_CHARACTERS_MAX)])
const speech = z.string().max(SPEECH_CHARACTERS_MAX)

/** As long as a token may be (core/token-policy.ts), which a code of version 40 holds with room for its correction. */
export const QR_CHARACTERS_MAX = 2_048

/** Of a kind that a device does not know. */
export const ANNOUNCEMENT_KIND_CHARACTERS_MAX = 64

const announcementKind = z.enum([
  'received',
  'already-received',
  'refused',
  'amount-due',
  'charge-cancelled',
  'welcome',
  'goodbye',
  'drive-on',
  'call-staff',
  'ticket',
  'full',
  'debt',
  'choose-staff',
  'idle',
])

export const wireAnnouncement = z.strictObject({
  kind: announcementKind.describe(
    'What it is about. A device has to show `lines`, and speak `speech`, of a kind that it does not know: one may be added without another `v`.',
  ),
  charge: z.string().max(128).nullable(),
  amount: sum
    .nullable()
    .describe(
      'What was paid; of `amount-due`, what is to be paid; of `debt`, what is owed; of `goodbye`, what came beyond the price and is to be given back.',
    ),
  due: sum
    .nullable()
    .describe(
      'What was to be paid; of `ticket` and `welcome`, what is owed from before, asked at the exit; of `amount-due`, what of it is owed from before.',
    ),
  refusal: z
    .string()
    .max(64)
    .nullable()
    .describe('The code, as in core/refusals.ts. A device must bear with one that it does not know.'),
  qr: z
    .string()
    .max(QR_CHARACTERS_MAX)
    .nullable()
    .describe('To be shown or printed as a QR code: a ticket, or what a bank’s app pays an `amount-due` with.'),
  tone: z
    .enum(['paid', 'warning', 'refused', 'none'])
    .describe(
      'The sound before the words. `warning`: too little was paid, or so little that it may be mistaken for thousands.',
    ),
  lines: z
    .strictObject({ vi: lines, en: lines })
    .describe(
      'For a display of two lines. It shows what it was told last, with its code, until it is told another thing; one decision tells it one thing.',
    ),
  speech: z.strictObject({ vi: speech, en: speech }).describe('To be spoken; empty where silence is meant.'),
})

const commandHead = { v: version, id: commandId }
const inTime = {
  boot: boot.describe('The run of the device that this is for: any other drops it, and says `late`.'),
  notAfterUpMs: wholeNumber.describe('Past this, by the device’s own `upMs`, it is dropped, and the result is `late`.'),
}
/** An emergency does not wait for a hello. */
const atOnce = {
  boot: boot.nullable().describe('`null`: for every run of the device.'),
  notAfterUpMs: wholeNumber.nullable().describe('`null`: at whatever time it arrives.'),
}
const noData = z.strictObject({})

export const wireCommands = {
  open: z.strictObject({ ...commandHead, ...inTime, type: z.literal('open'), data: noData }),
  close: z.strictObject({ ...commandHead, ...inTime, type: z.literal('close'), data: noData }),
  'hold-open': z.strictObject({ ...commandHead, ...atOnce, type: z.literal('hold-open'), data: noData }),
  release: z.strictObject({ ...commandHead, ...atOnce, type: z.literal('release'), data: noData }),
  announce: z.strictObject({ ...commandHead, ...inTime, type: z.literal('announce'), data: wireAnnouncement }),
}

/** What was made by an older document bears with a kind of a newer one. */
const readAnnouncement = wireAnnouncement.extend({
  kind: announcementKind.or(
    z
      .string()
      .max(ANNOUNCEMENT_KIND_CHARACTERS_MAX)
      .transform(() => 'unknown' as const),
  ),
})

export const wireCommand = z.discriminatedUnion('type', [
  wireCommands.open,
  wireCommands.close,
  wireCommands['hold-open'],
  wireCommands.release,
  wireCommands.announce,
])

/** As a device reads it. */
const readCommand = z.discriminatedUnion('type', [
  wireCommands.open,
  wireCommands.close,
  wireCommands['hold-open'],
  wireCommands.release,
  wireCommands.announce.extend({ data: readAnnouncement }),
])

/** Half an hour without a word and an arm that still waits: no site wants that. */
export const FAIL_SAFE_AFTER_MAX_MS = 1_800_000

export const wireFailSafe = z.strictObject({
  v: version,
  arm: z
    .enum(['open', 'closed'])
    .describe(
      '`open`: go up and stay up until a `release`. `closed`: move nothing, which is also what a barrier does that was never told.',
    ),
  afterMs: z
    .int()
    .min(1)
    .max(FAIL_SAFE_AFTER_MAX_MS)
    .describe(
      'So many ms after this message came last, or after the start of the device where none has come since. Nothing else puts it off: what answers may be a gateway that cannot serve.',
    ),
})

export const wireAsk = z.strictObject({
  v: version,
  id: ask.describe('To be named in the hello that answers, and nowhere else.'),
})

export type WireEvent = z.infer<typeof wireEvent>
export type WireResult = z.infer<typeof wireResult>
export type WireStatus = z.infer<typeof wireStatus>
export type WireAnswer = z.infer<typeof wireAnswer>
/** As a device reads it. */
export type WireAnnouncement = z.infer<typeof readAnnouncement>
export type WireCommand = z.infer<typeof readCommand>
export type WireFailSafe = z.infer<typeof wireFailSafe>
export type WireAsk = z.infer<typeof wireAsk>

/** What is written: the ids of commands are plain text here. */
export type WireMessage =
  | WireEvent
  | WireStatus
  | z.input<typeof wireResult>
  | z.input<typeof wireCommand>
  | WireFailSafe
  | WireAsk

/** The id under which an event or a result is taken once, and answered. */
export function eventIdOf(sent: { readonly boot: string; readonly seq: number }): string {
  return `${sent.boot}:${sent.seq}`
}

/** Whether a device of this boot, at this uptime, may still do the command. If not it answers `late`. */
export function isStillDue(command: WireCommand, now: { readonly boot: string; readonly upMs: number }): boolean {
  const isForThisBoot = command.boot === null || command.boot === now.boot
  return isForThisBoot && (command.notAfterUpMs === null || now.upMs <= command.notAfterUpMs)
}

/** What the gateway reads. */
export function parseEvent(bytes: Uint8Array): Read<WireEvent> {
  return readJson(wireEvent, bytes)
}

export function parseResult(bytes: Uint8Array): Read<WireResult> {
  return readJson(wireResult, bytes)
}

/** The id of a message that is otherwise wrong, or `undefined` where not even that can be read. */
export function parseEventId(bytes: Uint8Array): string | undefined {
  const read = readJson(z.looseObject({ boot, seq }), bytes)
  return read.ok ? eventIdOf(read.value) : undefined
}

export function parseStatus(bytes: Uint8Array): Read<WireStatus> {
  return readJson(wireStatus, bytes)
}

/** What a device reads. */
export function parseCommand(bytes: Uint8Array): Read<WireCommand> {
  return readJson(readCommand, bytes)
}

export function parseAnswer(bytes: Uint8Array): Read<WireAnswer> {
  return readJson(wireAnswer, bytes)
}

export function parseFailSafe(bytes: Uint8Array): Read<WireFailSafe> {
  return readJson(wireFailSafe, bytes)
}

export function parseAsk(bytes: Uint8Array): Read<WireAsk> {
  return readJson(wireAsk, bytes)
}

/** What a device sends, and the commands and settings that it is sent. */
export function encodeWire(message: WireMessage): Uint8Array {
  return utf8.encode(JSON.stringify(message))
}

/** An answer. `outcome` is JSON text that was stored when it was decided, and goes out as it is. */
export function encodeAnswer(event: string, outcome: string): Uint8Array {
  return utf8.encode(`{"v":1,"event":${JSON.stringify(event)},"outcome":${outcome}}`)
}

const utf8 = new TextEncoder()
