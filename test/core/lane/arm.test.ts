import { describe, expect, test } from 'vitest'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId, effectId } from '../../../core/ids.ts'
import { decideCommandResult } from '../../../core/lane/arm.ts'
import { decideLaneTimer } from '../../../core/lane/due.ts'
import { decideLoop } from '../../../core/lane/loops.ts'
import { ARM_DOWN_WITHIN_MS, SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import { REACH_ARM_MS } from '../../../core/lane/presence.ts'
import type { LanePhase } from '../../../core/lane/state.ts'
import { at, BARRIER, BOX, COMMON, IN, laneFacts, POLICY, PRESENT } from '../kit.ts'
import type { SiteStory } from '../model/site-story.ts'
import { siteStory } from '../model/site-story.ts'
import { CODE, gone, opened, paid, safetyOn, stateOf, toBarrier, underArm } from './moving-lane.ts'

describe('an arm that somebody opened by hand, and that answers late,', () => {
  const openedInVain = (before: 'closed' | null, meanwhile?: 'moving'): SiteStory => {
    const story = gone()
    if (before !== null) story.arm(before)
    toBarrier(story)
    story.event({ kind: 'open-by-hand', lane: IN, reason: 'x' })
    expect(toBarrier(story)).toEqual(['open'])
    if (meanwhile !== undefined) story.arm(meanwhile)
    story.wait(POLICY.barrierAnswerMs)
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'barrier-no-answer' })
    return story
  }

  test('is not told to come down by what it was told before: the newest word to it was to open', () => {
    const story = openedInVain(null)
    story.arm('open')
    expect(story.lane().alarm).toBe('stuck-open')
    toBarrier(story)
    story.event({ kind: 'fail-safe-over', lane: IN })
    expect(toBarrier(story)).toEqual([])
  })

  test('is forced by nobody, whether or not it has said that it is on its way', () => {
    for (const meanwhile of [undefined, 'moving'] as const) {
      const story = openedInVain('closed', meanwhile)
      story.arm('open')
      expect(story.lane().alarm).toBe('stuck-open')
    }
    for (const refused of [false, true]) {
      const after = refused ? gone() : openedInVain('closed')
      if (refused) {
        after.arm('closed')
        after.event({ kind: 'open-by-hand', lane: IN, reason: 'x' })
        after.result('failed')
      }
      after.arm('moving')
      after.arm('open')
      expect(after.lane().alarm).toBe('stuck-open')
    }
  })
})

describe('an arm that does not come down', () => {
  test('is told once more, and is then a case for staff', () => {
    const story = gone()
    story.wait(ARM_DOWN_WITHIN_MS)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'closing' }, alarm: 'stuck-open' })
    story.wait(ARM_DOWN_WITHIN_MS)
    expect(toBarrier(story)).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
    story.arm('closed')
    expect(story.lane().alarm).toBeNull()
    expect(story.model.due.size).toBe(0)
  })

  test('is not told again while it is away', () => {
    const story = gone()
    story.model.setBarrierPresent(IN, false)
    story.wait(ARM_DOWN_WITHIN_MS)
    expect(toBarrier(story)).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
  })

  test('of a bare relay is taken to be down after the time for an answer', () => {
    const story = paid()
    story.result('done')
    story.safety(true)
    story.wait(1_000)
    story.approach(false)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    story.wait(POLICY.barrierAnswerMs)
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, arm: 'unknown', alarm: null })
  })

  test.each(['failed', 'late', 'away'] as const)(
    'because the barrier answers %s is a case for staff at once',
    (result) => {
      const story = gone()
      story.result(result)
      expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
      expect(story.model.due.size).toBe(0)
    },
  )

  test('because somebody stands under it is looked at again, and closes when they have gone', () => {
    const story = siteStory()
    story.safety(true)
    expect(story.lane().alarm).toBe('unexplained-passage')
    story.approach(true)
    story.show(CODE)
    story.result('done')
    story.wait(POLICY.passWithinMs)
    expect(toBarrier(story)).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'open' }, alarm: 'no-passage' })
    story.safety(false)
    expect(story.lane().phase.kind).toBe('open')
    story.wait(POLICY.passWithinMs)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.passage().status).toBe('opened')
  })

  test('closes behind a vehicle whose coming onto a loop that was taken before could not be seen', () => {
    const story = siteStory()
    story.safety(true)
    story.approach(true)
    story.show(CODE)
    story.result('done')
    story.approach(false)
    story.safety(false)
    expect(story.passage().status).toBe('passing')
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.passage().status).toBe('used')
  })

  test('that nobody told to open is an alarm, and its coming down ends that', () => {
    const story = siteStory()
    expect(story.arm('open')).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
    story.arm('closed')
    expect(story.lane().alarm).toBeNull()
  })
})

describe('results of commands', () => {
  const older = effectId({ gateway: BOX, epoch: 1, seq: 1 }, 0)

  test.each(['done', 'repeated', 'failed', 'late', 'away'] as const)(
    'of an older command (%s) say nothing of the one that is waited for',
    (result) => {
      const story = paid()
      story.result(result, older)
      expect(story.lane().phase.kind).toBe('opening')
      story.result('failed')
      story.result(result, older)
      expect(story.lane().phase.kind).toBe('waiting')
      story.hand()
      story.result('done')
      story.result(result, older)
      expect(story.lane().phase.kind).toBe('open')
    },
  )

  test('that never come: an arm that says then that it is down is told once more, also where there is no car park', () => {
    const story = paid()
    story.wait(POLICY.barrierAnswerMs)
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'barrier-no-answer' })
    story.told()
    story.arm('closed')
    expect([toBarrier(story), story.lane().phase.kind]).toEqual([['open'], 'opening'])
  })

  test('of a device that knows no ids are of the command that is waited for', () => {
    const story = paid()
    story.result('done', null)
    expect(story.lane().phase.kind).toBe('open')
  })

  test('of a device that knows no ids, after it was given up, are of nobody knows which', () => {
    const story = paid()
    story.result('failed')
    story.result('done', null)
    expect(story.lane().phase.kind).toBe('waiting')
  })

  test('of the close command do not open the lane for the right that waits there', () => {
    const story = opened()
    story.wait(POLICY.passWithinMs)
    const close = story.lastCommand()
    story.arm('closed')
    story.result('done', close)
    expect(story.lane().phase.kind).toBe('waiting')
  })

  test('that come when the vehicle has gone open the lane for nobody', () => {
    const story = paid()
    const open = story.lastCommand()
    story.result('failed')
    story.approach(false)
    story.wait(REACH_ARM_MS + 1)
    story.result('done', open)
    expect(story.lane().phase.kind).toBe('waiting')
  })

  test('of closing that fail for an older command are passed over', () => {
    const story = gone()
    story.result('failed', older)
    expect(story.lane().phase.kind).toBe('closing')
    story.result('failed', null)
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
  })

  test.each([
    ['another device of the lane', { device: deviceId('in-1-display') }, laneFacts(PRESENT)],
    ['a lane that is no longer in the layout', {}, laneFacts(PRESENT, { lane: null })],
    ['a device at no lane', {}, null],
    ['a lane that waits for nothing', {}, laneFacts(PRESENT)],
    ['an idle lane', {}, laneFacts()],
  ])('of %s are noted', (_what, over, facts) => {
    const body = { kind: 'command-result', device: BARRIER, lane: IN, command: older, result: 'done', ...over } as const
    expect(decideCommandResult(body, facts, COMMON, at(0))).toMatchObject({ outcome: { kind: 'noted' }, changes: [] })
  })

  test.each(['passing', 'held-open'] as const)('are noted while the lane is %s', (kind) => {
    const phase: LanePhase =
      kind === 'passing' ? { kind, passage: null, command: older, followed: false } : { kind, by: [null] }
    const body = { kind: 'command-result', device: BARRIER, lane: IN, command: older, result: 'failed' } as const
    expect(decideCommandResult(body, laneFacts({ phase }), COMMON, at(0)).changes).toEqual([])
  })
})

describe('timers', () => {
  const timer = { purpose: 'passage-due', lane: IN, command: 'box-1:1:1:0' as EffectId } as const

  test.each(['barrier-answer', 'passage-due', 'close-due'] as const)(
    'of a command that is no longer waited for (%s) do nothing',
    (purpose) => {
      const story = underArm()
      const { decision } = story.event({ kind: 'timer', timer: { ...timer, purpose } })
      expect(decision).toMatchObject({ changes: [], effects: [] })
    },
  )

  test('of a lane that is no longer in the layout do nothing', () => {
    expect(decideLaneTimer(timer, laneFacts({}, { lane: null }), COMMON, at(0)).changes).toEqual([])
  })

  test('of a barrier that was revoked meanwhile cut nobody’s connection', () => {
    const phase: LanePhase = { kind: 'opening', passage: null, command: timer.command }
    const facts = laneFacts({ ...PRESENT, phase }, { devices: [] })
    const decision = decideLaneTimer({ ...timer, purpose: 'barrier-answer' }, facts, COMMON, at(0))
    expect(decision.effects).toEqual([])
    expect(stateOf(decision)).toMatchObject({ phase: { kind: 'vehicle-present' }, alarm: 'barrier-no-answer' })
  })

  test('close nothing where the barrier was revoked meanwhile', () => {
    const open: LanePhase = { kind: 'open', passage: null, command: timer.command }
    const decision = decideLaneTimer(timer, laneFacts({ phase: open }, { devices: [] }), COMMON, at(0))
    expect(decision.effects).toEqual([])
    expect(stateOf(decision)?.phase).toEqual({ kind: 'idle' })
  })

  test('raise no arm that is not there', () => {
    const phase: LanePhase = { kind: 'closing', passage: null, command: timer.command }
    const decision = decideLoop(safetyOn, laneFacts({ phase }, { devices: [] }), COMMON, at(0))
    expect(decision.effects).toEqual([])
    expect(stateOf(decision)?.phase.kind).toBe('passing')
  })
})
