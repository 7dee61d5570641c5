import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { decideLoop, decideLoopAway } from '../../../core/lane/loops.ts'
import { standing } from '../../../core/lane/standing.ts'
import type { LaneState, LaneVisit } from '../../../core/lane/state.ts'
import { at, COMMON, IN, laneDevices, laneFacts, NOON, paidPassage } from '../kit.ts'

const COMMAND = 'box-1:1:7:0' as EffectId
const LEAVES = at(1_000).at
const VISIT: LaneVisit = {
  presence: 9,
  since: NOON,
  plate: null,
  picture: null,
  session: null,
  right: null,
  asked: null,
}

const without = (role: 'approach' | 'safety') => laneDevices(IN).filter((device) => device.role !== role)
const stateOf = ({ changes }: Decision): LaneState | undefined =>
  changes.flatMap((change) => (change.kind === 'lane-state' ? [change.state] : [])).at(-1)
const toldTo = ({ effects }: Decision) => effects.map(({ to, command }) => `${to} ${command.type}`)

describe('a lane whose last loop under the arm was revoked', () => {
  const gone = (state: Partial<LaneState>, over: Parameters<typeof laneFacts>[1] = {}) =>
    decideLoopAway(laneFacts(state, { devices: without('safety'), ...over }), COMMON, at(0))

  test('that waits for somebody to drive on waits no more, and its arm comes down in its time', () => {
    const phase = { kind: 'passing', passage: null, command: COMMAND, followed: false } as const
    const decision = gone({ phase, safety: true, alarm: 'loop-away' })
    expect(stateOf(decision)).toMatchObject({ phase: { kind: 'passing' }, safety: false, alarm: null })
    expect(decision.changes).toContainEqual(
      expect.objectContaining({ kind: 'timer-set', timer: expect.objectContaining({ purpose: 'close-due' }) }),
    )
  })

  test.each([
    ['another has followed under the arm, or backed off', { presence: 91, at: NOON }, true, 'tailgating'],
    ['its word came late', { presence: 91, at: LEAVES, happenedAt: NOON }, true, 'tailgating'],
    ['its loop may only have flickered', { presence: 91, at: LEAVES }, true, null],
    ['it was the one that was let through', { presence: 90, at: NOON }, false, null],
  ] as const)('asks who left the loop before it while that was taken: %s', (_what, left, followed, alarm) => {
    const phase = { kind: 'passing', passage: paidPassage().id, command: COMMAND, followed } as const
    const state = { phase, safety: true, alarm: 'loop-away', left } as const
    const over = { devices: without('safety'), current: paidPassage({ presence: 90, status: 'passing' }) }
    const decision = decideLoopAway(laneFacts(state, over), { ...COMMON, happenedAt: LEAVES }, at(1_000))
    expect(stateOf(decision)).toMatchObject({ phase: { kind: 'passing' }, safety: false, alarm })
    expect(decision.changes).toContainEqual(
      expect.objectContaining({ kind: 'timer-set', timer: expect.objectContaining({ purpose: 'close-due' }) }),
    )
  })

  test('tells an arm that was left up to come down', () => {
    const up = { phase: { kind: 'idle' }, arm: 'open', isUpUnheard: true, alarm: 'loop-away' } as const
    const decision = gone(up)
    expect(toldTo(decision)).toEqual(['in-1-barrier close'])
    expect(stateOf(decision)).toMatchObject({ phase: { kind: 'closing' }, alarm: null })
    expect(stateOf(decision)).not.toHaveProperty('isUpUnheard')
  })

  test.each([
    [
      'an emergency that is over lets go',
      { kind: 'held-open', by: [] },
      true,
      ['in-1-barrier release', 'in-1-barrier close'],
    ],
    ['an arm that is away hears it when it is back', { kind: 'held-open', by: [] }, false, []],
    ['one that went up by itself waits for a person', { kind: 'held-open', by: [], failSafe: true }, true, []],
    ['an emergency goes on', { kind: 'held-open', by: [null] }, true, []],
  ] as const)('forgets what it said, and %s', (_what, phase, barrierPresent, told) => {
    const decision = gone({ phase, safety: true }, { barrierPresent })
    expect(toldTo(decision)).toEqual(told)
    expect(stateOf(decision)).toMatchObject({ safety: false })
  })

  test('and goes by nothing that it said is left alone, as is one that has such a loop', () => {
    expect(gone({}).changes).toEqual([])
    expect(decideLoopAway(laneFacts({ safety: true }), COMMON, at(0)).changes).toEqual([])
  })
})

describe('a lane whose loop before the barrier is not heard', () => {
  const unheard = { approachHeard: false } as const
  const there = { phase: { kind: 'vehicle-present' }, approach: true, presence: 9, visit: VISIT } as const

  test('knows of nobody who stands there, and calls staff for them', () => {
    const decision = decideLoopAway(laneFacts(there, unheard), COMMON, at(0))
    expect(stateOf(decision)).toMatchObject({
      phase: { kind: 'idle' },
      approach: false,
      presence: null,
      visit: null,
      left: null,
    })
    expect(toldTo(decision)).toEqual(['in-1-display announce'])
  })

  test('takes whoever is there when it is back for another, also at once', () => {
    const gone = stateOf(decideLoopAway(laneFacts(there, unheard), COMMON, at(0)))
    const loop = { kind: 'loop', lane: IN, device: deviceId('in-1-approach'), role: 'approach', late: false } as const
    const back = stateOf(decideLoop({ ...loop, occupied: true }, laneFacts(gone), COMMON, at(100)))
    expect(back).toMatchObject({ phase: { kind: 'vehicle-present' }, approach: true, visit: null })
    expect(back?.presence).not.toBe(9)
  })

  test('keeps what was read of the next, and calls nobody while somebody drives through, or where it was revoked', () => {
    const behind: LaneVisit = { ...VISIT, presence: null }
    const phase = { kind: 'open', passage: null, command: COMMAND } as const
    const open = decideLoopAway(laneFacts({ ...there, phase, visit: { ...VISIT, behind } }, unheard), COMMON, at(0))
    expect(stateOf(open)).toMatchObject({ phase: { kind: 'open' }, presence: null, visit: behind })
    expect(toldTo(open)).toEqual([])
    const revoked = decideLoopAway(laneFacts(there, { ...unheard, devices: without('approach') }), COMMON, at(0))
    expect(stateOf(revoked)).toMatchObject({ presence: null })
    expect(toldTo(revoked)).toEqual([])
  })

  test('opens for whoever shows a code all the same; where it is heard nobody stands there', () => {
    expect(standing(laneFacts({}, unheard), null)).toMatchObject({ ok: true, presence: null })
    expect(standing(laneFacts(), null)).toEqual({ ok: false, refusal: 'no-vehicle' })
  })
})
