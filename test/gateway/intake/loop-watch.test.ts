import { expect, test } from 'vitest'
import type { DeviceId } from '../../../core/ids.ts'
import { deviceId, laneId } from '../../../core/ids.ts'
import type { LaneState } from '../../../core/lane/state.ts'
import { unknownLane } from '../../../core/lane/state.ts'
import type { Device } from '../../../core/site.ts'
import { instant } from '../../../core/time.ts'
import { createLoopWatch } from '../../../gateway/intake/loop-watch.ts'

const LANE = laneId('lane-1')

const loop = (role: 'approach' | 'safety', status: Device['status']): Device => ({
  id: deviceId(`the-${role}`),
  driver: 'loop',
  kind: 'loop',
  delivery: 'repeatable',
  place: { kind: 'lane', id: LANE },
  role,
  status,
})

/** What is told of a lane in this state at a start, when loops have had their time to come back; `heard`: those that have. */
function toldAtStart(devices: readonly Device[], state: Partial<LaneState>, heard: readonly string[] = []) {
  const told: DeviceId[] = []
  const due: (() => void)[] = []
  const watch = createLoopWatch({
    books: { devices: () => devices, laneState: () => ({ ...unknownLane(LANE, instant(0)), ...state }) },
    clock: {
      after(_ms, run) {
        due.push(run)
        return { cancel: () => undefined }
      },
    },
    isHeard: (id) => heard.includes(id),
    onAway: (_lane, id) => told.push(id),
  })
  watch.start()
  for (const run of due) run()
  watch.stop()
  return told
}

test('tells a lane at a start that goes by a loop which it has no more', () => {
  const revoked = [loop('approach', 'revoked'), loop('safety', 'revoked')]
  expect(toldAtStart(revoked, { approach: true })).toEqual(['the-approach'])
  expect(toldAtStart(revoked, { safety: true })).toEqual(['the-safety'])
  expect(toldAtStart(revoked, { phase: { kind: 'held-open', by: [] }, safety: true })).toEqual(['the-safety'])
  expect(toldAtStart(revoked, {})).toEqual([])
})

test('and one that goes by the word of a loop before its barrier which has not come back, and no other', () => {
  const active = [loop('approach', 'active'), loop('safety', 'active')]
  expect(toldAtStart(active, { approach: true })).toEqual(['the-approach'])
  expect(toldAtStart(active, { approach: true }, ['the-approach'])).toEqual([])
  expect(toldAtStart(active, { safety: true })).toEqual([])
})
