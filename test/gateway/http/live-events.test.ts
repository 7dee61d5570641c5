import { describe, expect, test } from 'vitest'
import type { Change } from '../../../core/changes.ts'
import type { ChargeId, DeviceId, LaneId, PassageId } from '../../../core/ids.ts'
import { deviceId, laneId, stallId } from '../../../core/ids.ts'
import type { Passage } from '../../../core/lane/state.ts'
import type { RecordBody } from '../../../core/records.ts'
import type { Device } from '../../../core/site.ts'
import { instant } from '../../../core/time.ts'
import type { LiveEvent } from '../../../gateway/http/live-events.ts'
import { liveEventOf } from '../../../gateway/http/live-events.ts'
import * as wire from '../../../gateway/http/schemas.ts'
import { commit, decision, dong, fakeBooks, laneChange, START, scanAt } from './kit.ts'

const noted = { ok: true, kind: 'noted' } as const
const charge = 'box-1:1:1:g0' as ChargeId
const passage = 'box-1:1:1:p0' as PassageId

const opened: Change = {
  kind: 'charge-opened',
  charge: {
    id: charge,
    place: { kind: 'stall', id: stallId('stall-1') },
    merchant: 'market' as never,
    due: dong(5),
    mode: 'live',
    session: null,
    openedAt: START,
    expiresAt: instant(START + 1),
  },
}
const closed = (status: 'paid' | 'cancelled' | 'expired'): Change => ({
  kind: 'charge-closed',
  charge,
  status,
  at: START,
})
const granted = (right: Passage['right']): Change => ({
  kind: 'passage-granted',
  passage: {
    id: passage,
    lane: laneId('lane-in'),
    mode: 'live',
    right,
    payer: null,
    presence: 1,
    grantedAt: START,
    until: START,
    status: 'granted',
  },
})
const device: Device = {
  id: deviceId('reader-1'),
  driver: 'qr-reader',
  kind: 'qr-reader',
  delivery: 'repeatable',
  place: { kind: 'lane', id: laneId('lane-in') },
  role: null,
  status: 'active',
}
const loop = {
  kind: 'loop',
  lane: laneId('lane-in'),
  device: 'd' as DeviceId,
  role: 'approach',
  occupied: true,
  late: false,
} as const
const stall = { kind: 'stall', id: 'stall-1' }
const lane = { kind: 'lane', id: 'lane-in' }

const cases: readonly [string, RecordBody, Partial<LiveEvent> | undefined][] = [
  [
    'a payment',
    scanAt('stall-1', 60_000),
    { kind: 'payment', charge, amount: dong(60_000), tender: 'token', place: stall } as never,
  ],
  [
    'a refusal',
    scanAt('stall-1', 'token-spent'),
    { kind: 'refusal', refusal: 'token-spent', due: dong(60_000), place: stall } as never,
  ],
  [
    'an amount keyed, in place of one that nobody paid',
    decision(
      { kind: 'charge-open', stall: stallId('stall-1'), amount: dong(5) },
      { ok: true, kind: 'charge-opened', charge, due: dong(5) },
      [closed('cancelled'), opened],
    ),
    { kind: 'charge', status: 'open', charge, due: dong(5), place: stall } as never,
  ],
  [
    'an amount taken back',
    decision(
      { kind: 'charge-cancel', stall: stallId('stall-1'), charge },
      { ok: true, kind: 'charge-cancelled', charge },
      [closed('cancelled')],
    ),
    { kind: 'charge', status: 'cancelled', charge, place: stall } as never,
  ],
  [
    'an amount that nobody paid in time',
    decision({ kind: 'timer', timer: { purpose: 'charge-expires', charge } }, noted, [closed('expired')]),
    { kind: 'charge', status: 'expired', charge, place: null } as never,
  ],
  [
    'a pass that opens',
    decision(
      { kind: 'command-result', device: 'd' as DeviceId, lane: laneId('lane-in'), command: null, result: 'done' },
      { ok: true, kind: 'let-through', passage },
      [granted({ kind: 'pass', iss: 'i', jti: 'j' }), laneChange({ phase: { kind: 'vehicle-present' } })],
    ),
    {
      kind: 'let-through',
      passage,
      place: lane,
      lanes: [{ lane: 'lane-in', phase: 'vehicle-present', alarm: null }],
    } as never,
  ],
  [
    'a loop that moves a lane',
    decision(loop, noted, [laneChange({ approach: true, alarm: 'stuck-open' })]),
    { kind: 'lane', place: lane, lanes: [{ lane: 'lane-in', phase: 'idle', alarm: 'stuck-open' }] } as never,
  ],
  ['a loop that moves nothing', decision(loop, noted), undefined],
  [
    'an opening by hand',
    decision({ kind: 'open-by-hand', lane: laneId('lane-in'), reason: 'Xe cấp cứu' }, noted),
    { kind: 'opened-by-hand', by: 'gate-1', reason: 'Xe cấp cứu', place: lane } as never,
  ],
  [
    'the emergency',
    decision({ kind: 'emergency', device: null, active: true }, noted),
    { kind: 'emergency', active: true, place: null } as never,
  ],
  [
    'a device enrolled',
    decision({ kind: 'device-enrolled', device }, noted, [{ kind: 'device-put', device }]),
    { kind: 'device', device: 'reader-1', status: 'active', place: lane } as never,
  ],
  [
    'a device revoked',
    decision({ kind: 'device-revoked', device: device.id }, noted, [{ kind: 'device-revoked', device: device.id }]),
    { kind: 'device', device: 'reader-1', status: 'revoked' } as never,
  ],
  [
    'a lane’s timer that changes nothing',
    decision(
      { kind: 'timer', timer: { purpose: 'passage-due', lane: 'lane-in' as LaneId, command: 'c' as never } },
      noted,
    ),
    undefined,
  ],
  [
    'upstream reached',
    decision({ kind: 'upstream-reached' }, noted, [{ kind: 'upstream-contact', at: START }]),
    undefined,
  ],
  [
    'a fault',
    {
      kind: 'fault',
      event: decision({ kind: 'upstream-reached' }, noted).event,
      error: 'a secret',
      changes: [],
      effects: [],
    },
    { kind: 'fault' },
  ],
  [
    'a new epoch',
    { kind: 'genesis', reason: 'restored', parent: null, lost: null, changes: [], effects: [] },
    { kind: 'epoch', mode: null },
  ],
  [
    'a snapshot',
    { kind: 'snapshot', upTo: { epoch: 1, seq: 1, hash: 'h' }, digest: 'd', changes: [], effects: [] },
    undefined,
  ],
]

describe('what people who watch are told of a record', () => {
  test.each(cases)('%s', (_what, body, expected) => {
    const event = liveEventOf(commit(fakeBooks(), body), (reason) => (typeof reason === 'string' ? reason : null))
    if (expected === undefined) {
      expect(event).toBeUndefined()
      return
    }
    expect(event).toMatchObject(expected)
    expect(wire.liveEvent.safeParse(JSON.parse(JSON.stringify(event))).error).toBeUndefined()
    expect(JSON.stringify(event)).not.toContain('secret')
  })
})
