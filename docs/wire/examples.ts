import type { EffectId } from '../../core/ids.ts'
import { VND } from '../../core/money.ts'
import { announcementOnWire } from '../../devices/announcement-text.ts'
import type {
  WireAnswer,
  WireAsk,
  WireCommand,
  WireEvent,
  WireEventType,
  WireFailSafe,
  WireResult,
  WireStatus,
} from '../../devices/wire.ts'

const BOOT = 'b7Qk2_xR9mLp'
const COMMAND = 'box-1:1:42:0' as EffectId
const CHARGE = 'box-1:1:41:c0'
const amountDue = { amount: 200_000, currency: VND }

/** What one stall and one lane say in a minute: an example of every message. */
export const eventExamples: { readonly [Type in WireEventType]: Extract<WireEvent, { type: Type }> } = {
  hello: {
    v: 1,
    id: `${BOOT}:0`,
    boot: BOOT,
    seq: 0,
    upMs: 1_840,
    type: 'hello',
    data: { firmware: 'qr-reader 1.4.0' },
  },
  scan: {
    v: 1,
    id: `${BOOT}:1`,
    boot: BOOT,
    seq: 1,
    upMs: 25_310,
    type: 'scan',
    data: { text: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjEiLCJ0eXAiOiJwYXkrand0In0.eyJqdGkiOiI3In0.c2lnbmF0dXJl' },
  },
  'amount-keyed': {
    v: 1,
    boot: BOOT,
    seq: 2,
    upMs: 20_150,
    type: 'amount-keyed',
    data: { amount: 200_000, currency: 'VND' },
  },
  'amount-cleared': { v: 1, boot: BOOT, seq: 3, upMs: 22_700, type: 'amount-cleared', data: {} },
  occupied: { v: 1, boot: BOOT, seq: 4, upMs: 31_020, type: 'occupied', data: { occupied: true } },
  barrier: { v: 1, boot: BOOT, seq: 5, upMs: 33_480, type: 'barrier', data: { state: 'open' } },
  emergency: { v: 1, boot: BOOT, seq: 6, upMs: 90_000, type: 'emergency', data: { active: true } },
  'ticket-asked': { v: 1, boot: BOOT, seq: 7, upMs: 93_000, type: 'ticket-asked', data: {} },
  'plate-seen': {
    v: 1,
    boot: BOOT,
    seq: 8,
    upMs: 95_400,
    type: 'plate-seen',
    data: {
      plates: [
        { text: '30A-123.45', confidencePermille: 962 },
        { text: '30A-123.46', confidencePermille: 31 },
      ],
      direction: 'forward',
      vehicle: 'car',
      picture: 'gate-1/000417.jpg',
      eventId: '000417',
    },
  },
}

export const resultExample: WireResult = { v: 1, command: COMMAND, result: 'done', boot: BOOT, seq: 7, upMs: 33_490 }

export const statusExamples: readonly { readonly name: string; readonly payload: WireStatus }[] = [
  { name: 'after connecting', payload: { v: 1, boot: BOOT, online: true } },
  { name: 'last will', payload: { v: 1, boot: BOOT, online: false } },
]

export const answerExamples: readonly { readonly name: string; readonly payload: WireAnswer }[] = [
  { name: 'taken', payload: { v: 1, event: `${BOOT}:1`, outcome: { ok: true } } },
  { name: 'refused', payload: { v: 1, event: `${BOOT}:1`, outcome: { ok: false, refusal: 'token-spent' } } },
]

const inTime = { v: 1, id: COMMAND, boot: BOOT, notAfterUpMs: 35_310 } as const
const atOnce = { v: 1, id: COMMAND, boot: null, notAfterUpMs: null } as const

type CommandType = WireCommand['type']
type NamedCommand<Type extends CommandType> = {
  readonly name: string
  readonly payload: Extract<WireCommand, { type: Type }>
}

export const commandExamples: { readonly [Type in CommandType]: readonly NamedCommand<Type>[] } = {
  open: [{ name: 'within ten seconds of the scan', payload: { ...inTime, type: 'open', data: {} } }],
  close: [{ name: 'close', payload: { ...inTime, type: 'close', data: {} } }],
  'hold-open': [
    { name: 'an emergency, for every boot and at whatever time', payload: { ...atOnce, type: 'hold-open', data: {} } },
  ],
  release: [{ name: 'the emergency is over', payload: { ...atOnce, type: 'release', data: {} } }],
  announce: [
    {
      name: 'paid in full',
      payload: {
        ...inTime,
        type: 'announce',
        data: announcementOnWire({ kind: 'received', amount: amountDue, due: amountDue, charge: CHARGE }),
      },
    },
    {
      name: 'too little was paid',
      payload: {
        ...inTime,
        type: 'announce',
        data: announcementOnWire({
          kind: 'received',
          amount: { amount: 200, currency: VND },
          due: amountDue,
          charge: CHARGE,
        }),
      },
    },
    {
      name: 'refused',
      payload: {
        ...inTime,
        type: 'announce',
        data: announcementOnWire({ kind: 'refused', refusal: 'token-expired', due: amountDue }),
      },
    },
  ],
}

export const askExamples: readonly { readonly name: string; readonly payload: WireAsk }[] = [
  { name: 'ask', payload: { v: 1, id: 'ask/pN3cVbT0kQ2x/7' } },
]

export const failSafeExamples: readonly { readonly name: string; readonly payload: WireFailSafe }[] = [
  { name: 'open', payload: { v: 1, arm: 'open', afterMs: 30_000 } },
  { name: 'closed', payload: { v: 1, arm: 'closed', afterMs: 30_000 } },
]
