import { describe, expect, test } from 'vitest'
import { decide } from '../../../core/decide.ts'
import type { LanesOfLayout } from '../../../core/facts.ts'
import { deviceId, gatewayId, laneId } from '../../../core/ids.ts'
import { heldByOf, keptBy, lanesOfLayout } from '../../../core/lane/layout.ts'
import type { LaneState } from '../../../core/lane/state.ts'
import { unknownLane } from '../../../core/lane/state.ts'
import { deviceOf, LANE } from '../../support/site.ts'
import { at } from '../kit.ts'

const now = at(0)
const OTHER = laneId('lane-new')
const ARM = deviceOf('arm-1', 'barrier', { kind: 'lane', id: OTHER })
const LOOP = { ...deviceOf('loop-1', 'loop', { kind: 'lane', id: OTHER }), role: 'safety' } as const
const idle = unknownLane(OTHER, now.at)
const held = (by: Extract<LaneState['phase'], { kind: 'held-open' }>['by']): LaneState => ({
  ...idle,
  phase: { kind: 'held-open', by },
})
const MOVES: LanesOfLayout = {
  gone: [{ lane: LANE, devices: [] }],
  come: [{ lane: OTHER, devices: [ARM, LOOP] }],
  heldBy: [],
  timers: [],
  position: { gateway: gatewayId('box-1'), epoch: 1, seq: 7 },
  announceWithinMs: 5_000,
}

describe('the lanes of a layout that takes the place of another', () => {
  test('that go and that come begin with nothing known, and nothing is waited for there', () => {
    const timer = { kind: 'timer', purpose: 'quote-lapses', lane: LANE } as never
    expect(lanesOfLayout({ ...MOVES, timers: [timer] }, now)).toEqual({
      changes: [
        { kind: 'lane-state', state: unknownLane(LANE, now.at) },
        { kind: 'lane-state', state: idle },
        { kind: 'timer-cleared', id: `quote-lapses:${LANE}` },
      ],
      effects: [],
    })
  })

  test('have nothing of before on their displays: what was asked there is asked no more, and one that comes is ready', () => {
    const display = (lane: typeof LANE) => deviceOf(`display-${lane}`, 'display', { kind: 'lane', id: lane })
    const moves = {
      ...MOVES,
      gone: [{ lane: LANE, devices: [display(LANE)] }],
      come: [{ lane: OTHER, devices: [display(OTHER)] }],
    }
    expect(lanesOfLayout(moves, now).effects).toMatchObject([
      { to: `display-${LANE}`, command: { message: { kind: 'refused', refusal: 'lane-unknown' } } },
      { to: `display-${OTHER}`, command: { message: { kind: 'idle' } } },
    ])
    expect(lanesOfLayout({ ...moves, announceWithinMs: null }, now).effects).toEqual([])
  })

  test('do so in the record that takes it into force', () => {
    const version = { epoch: 1, n: 2 }
    const body = { kind: 'bundle-loaded', bundle: 'layout', version, hash: 'hash', issuedAt: now.at } as const
    const question = { kind: 'bundle-loaded', body, bundle: { bundle: 'layout', current: null, lanes: MOVES } } as const
    expect(decide(question, null, now).changes.map(({ kind }) => kind)).toEqual([
      'bundle-current',
      'lane-state',
      'lane-state',
    ])
  })

  test.each([
    ['its arm is told', MOVES, [{ to: 'arm-1', command: { type: 'hold-open' } }]],
    ['one without an arm is held', { ...MOVES, come: [{ lane: OTHER, devices: [LOOP] }] }, []],
    ['without a policy its arm is told when it comes', { ...MOVES, announceWithinMs: null }, []],
  ])('that come in an emergency are held by whoever holds the others: %s', (_what, moves, told) => {
    const heldBy = heldByOf([held([null]), held([null, deviceId('fire-1')]), idle])
    const { changes, effects } = lanesOfLayout({ ...moves, gone: [], heldBy }, now)
    expect(changes).toEqual([{ kind: 'lane-state', state: held([null, deviceId('fire-1')]) }])
    expect(effects).toMatchObject(told)
  })
})

test.each<[string, LaneState, readonly (typeof ARM)[], ReturnType<typeof keptBy>]>([
  ['nothing', idle, [ARM, LOOP], null],
  ['an emergency', held([null]), [ARM], 'emergency'],
  ['an arm that is still to be let go', held([]), [ARM], 'arm-up'],
  ['an arm that says that it is up', { ...idle, arm: 'open' }, [ARM], 'arm-up'],
  ['an arm that was left up', { ...idle, isUpUnheard: true }, [ARM], 'arm-up'],
  ['an emergency where no arm stands', held([null]), [LOOP], null],
  ['somebody on the loop under the arm', { ...idle, safety: true }, [ARM, LOOP], 'under-arm'],
  ['a loop that is there no more', { ...idle, safety: true }, [ARM], null],
])('a lane is kept from being taken away by what is under way there: %s', (_what, state, here, by) => {
  expect(keptBy(state, here)).toBe(by)
})
