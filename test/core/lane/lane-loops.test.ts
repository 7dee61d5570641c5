import { expect, test } from 'vitest'
import { deviceId, laneId, stallId } from '../../../core/ids.ts'
import { approachLoops, isSafetyKept, safetyLoops } from '../../../core/lane/lane-loops.ts'
import type { Device } from '../../../core/site.ts'
import { laneState } from '../kit.ts'

const LANE = laneId('lane-1')

const loop = (id: string, over: Partial<Device> = {}): Device => ({
  id: deviceId(id),
  driver: 'loop',
  kind: 'loop',
  delivery: 'repeatable',
  place: { kind: 'lane', id: LANE },
  role: 'safety',
  status: 'active',
  ...over,
})

test('the loops under arms are those in use at a lane, and no others', () => {
  const devices = [
    loop('under'),
    loop('before', { role: 'approach' }),
    loop('stolen', { status: 'revoked' }),
    loop('of-no-lane', { place: { kind: 'stall', id: stallId('stall-1') } }),
    loop('a-reader', { kind: 'reader', role: null }),
  ]
  expect(safetyLoops(devices)).toEqual([{ id: 'under', lane: LANE }])
  expect(approachLoops(devices)).toEqual([{ id: 'before', lane: LANE }])
})

test.each([
  ['what one under its arm said', { safety: true }],
  ['one that was not heard when its arm was to come down', { isUpUnheard: true }],
  ['one that it has an alarm for', { alarm: 'loop-away' }],
] as const)('a lane goes by %s', (_what, state) => {
  expect(isSafetyKept(laneState(state))).toBe(true)
  expect(isSafetyKept(laneState())).toBe(false)
})
