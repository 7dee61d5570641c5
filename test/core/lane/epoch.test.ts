import { expect, test } from 'vitest'
import type { EffectId, PassageId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { lanesAnew } from '../../../core/lane/epoch.ts'
import { unknownLane } from '../../../core/lane/state.ts'
import { IN, laneState, NOON, OUT, PRESENT } from '../kit.ts'

test('lanes of books that were put back begin anew: nobody stands there, nothing is waited for, rights stay', () => {
  const command = 'box-1:1:9:0' as EffectId
  const passage = 'box-1:1:9:p0' as PassageId
  const changes = lanesAnew(
    {
      states: [laneState({ ...PRESENT, phase: { kind: 'opening', passage, command }, alarm: 'stuck-open' })],
      timers: [{ purpose: 'barrier-answer', lane: IN, command }],
      passing: [passage],
    },
    NOON,
  )
  expect(changes).toEqual([
    { kind: 'lane-state', state: unknownLane(IN, NOON) },
    { kind: 'timer-cleared', id: `barrier-answer:${IN}` },
    { kind: 'passage-moved', passage, status: 'opened', at: NOON },
  ])
})

test('an emergency, and an arm that went up by itself, is not taken back by books that were put back', () => {
  const held = { kind: 'held-open', by: [deviceId('fire-1')], failSafe: true } as const
  const states = [laneState({ ...PRESENT, lane: OUT, phase: held })]
  expect(lanesAnew({ states, timers: [], passing: [] }, NOON)).toEqual([
    { kind: 'lane-state', state: { ...unknownLane(OUT, NOON), phase: held } },
  ])
})
