import { expect, test } from 'vitest'
import type { EffectId, PassageId, RightId, SessionId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import type { LaneAlarm, LanePhase, LaneVisit } from '../../../core/lane/state.ts'
import { laneView } from '../../../core/lane/view.ts'
import { laneState, NOON, vnd } from '../kit.ts'

const command = 'c' as EffectId
const passage = 'p' as PassageId
const PHASES: readonly LanePhase[] = [
  { kind: 'idle' },
  { kind: 'opening', passage, command },
  { kind: 'open', passage, command },
  { kind: 'passing', passage, command, followed: false },
  { kind: 'closing', passage, command },
  { kind: 'held-open', by: [] },
]

test.each(PHASES.map((phase) => [phase.kind, phase] as const))('a lane that is %s says so', (kind, phase) => {
  expect(laneView(laneState({ phase }), [])).toEqual({ phase: kind, alarm: null, away: [], chattering: [] })
})

const visit: LaneVisit = {
  presence: 9,
  since: NOON,
  plate: null,
  picture: null,
  session: null,
  right: null,
  asked: null,
}
const asked = { charge: 'g' as never, due: vnd(5_000), at: NOON, holdsUntil: NOON }
test.each([
  ['nothing is known', 'asking', null],
  ['no stay and no right is known', 'asking', visit],
  ['the one before it was known', 'asking', { ...visit, presence: 8, session: 's' as SessionId }],
  ['a stay is known', 'vehicle-present', { ...visit, session: 's' as SessionId }],
  ['a right is known', 'vehicle-present', { ...visit, right: 'r' as RightId }],
  ['an amount is asked', 'awaiting-payment', { ...visit, session: 's' as SessionId, asked }],
] as const)('a vehicle of which %s is %s', (_what, phase, known) => {
  expect(laneView(laneState({ phase: { kind: 'vehicle-present' }, presence: 9, visit: known }), []).phase).toBe(phase)
})

test('a vehicle that waits for its arm is there', () => {
  expect(laneView(laneState({ phase: { kind: 'waiting', passage, command: null } }), []).phase).toBe('vehicle-present')
})

test.each([
  ['barrier-no-answer', 'device-away'],
  ['barrier-away', 'device-away'],
  ['barrier-failed', 'stuck-closed'],
  ['stuck-closed', 'stuck-closed'],
  ['stuck-open', 'stuck-open'],
  ['no-passage', 'no-passage'],
  ['backing-out', 'backing-out'],
  ['loop-stuck', 'loop-stuck'],
  ['loop-away', 'device-away'],
  ['forced-open', 'forced-open'],
  ['tailgating', 'tailgating'],
  ['unexplained-passage', 'forced-open'],
] as const satisfies readonly (readonly [LaneAlarm, string])[])('%s is shown as %s', (alarm, shown) => {
  expect(laneView(laneState({ alarm }), []).alarm).toBe(shown)
})

test('a loop that is there and was not heard when its lane needed it is named with that alarm, and with no other', () => {
  const loop = { id: deviceId('in-1-safety'), kind: 'loop', present: true, unheard: true } as const
  const heard = { ...loop, id: deviceId('in-1-approach'), unheard: false }
  expect(laneView(laneState({ alarm: 'loop-away' }), [loop, heard]).away).toEqual(['in-1-safety'])
  expect(laneView(laneState({ alarm: 'no-passage' }), [loop, heard]).away).toEqual([])
})
