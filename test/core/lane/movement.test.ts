import { describe, expect, test } from 'vitest'
import type { EventBody } from '../../../core/events.ts'
import type { EffectId, PassageId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { decideBarrierState } from '../../../core/lane/arm.ts'
import { decideLoop, OVER_LOOP_MIN_MS } from '../../../core/lane/loops.ts'
import { SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import {
  APPROACH_FLICKER_MS,
  BETWEEN_LOOPS_MS,
  nextUp,
  REACH_ARM_MS,
  ROLLED_BACK_MAX_MS,
  SHOWN_BEFORE_LOOP_MAX_MS,
} from '../../../core/lane/presence.ts'
import type { LanePhase, LaneState } from '../../../core/lane/state.ts'
import type { Instant } from '../../../core/time.ts'
import { DAY_MS, later } from '../../../core/time.ts'
import { at, BARRIER, COMMON, IN, laneFacts, laneState, NOON, POLICY, PRESENT, paidPassage, payToken } from '../kit.ts'
import type { SiteStory } from '../model/site-story.ts'
import { siteStory } from '../model/site-story.ts'
import { CODE, gone, opened, paid, safetyOn, stateOf, toBarrier, underArm } from './moving-lane.ts'

describe('a vehicle that has paid', () => {
  test('is let in: the arm opens, it passes, the right is used up by the loops, and the arm closes behind it', () => {
    const story = paid()
    expect(toBarrier(story)).toEqual(['open'])
    expect(story.lane().phase.kind).toBe('opening')
    expect(story.passage()).toMatchObject({ status: 'granted', lane: IN, until: later(NOON, POLICY.passageRightMs) })

    expect(story.result('done')).toEqual([])
    expect(story.lane().phase.kind).toBe('open')
    expect(story.passage().status).toBe('opened')

    expect(story.safety(true)).toEqual([])
    expect(story.lane().phase.kind).toBe('passing')
    expect(story.passage().status).toBe('passing')
    story.wait(2_000)
    story.approach(false)

    expect(story.safety(false)).toEqual([])
    expect(story.passage().status).toBe('passing')
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.passage().status).toBe('used')
    expect(story.lane().phase.kind).toBe('closing')

    story.result('done')
    expect(story.lane().phase.kind).toBe('closing')
    story.arm('closed')
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, arm: 'closed', alarm: null, presence: null })
    expect(story.model.due.size).toBe(0)
  })

  test('is let in by an arm that says only with its limit switches that it is up', () => {
    const story = paid()
    story.arm('moving')
    expect(story.lane()).toMatchObject({ phase: { kind: 'opening' }, arm: 'moving' })
    story.arm('open')
    expect(story.lane().phase.kind).toBe('open')
    story.arm('open')
    expect(story.lane()).toMatchObject({ phase: { kind: 'open' }, alarm: null })
  })

  test('may drive under an arm that has not yet said that it is up', () => {
    const story = paid()
    story.safety(true)
    expect(story.lane().phase.kind).toBe('passing')
    story.result('done')
    expect(story.lane().phase.kind).toBe('passing')
    story.approach(false)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
  })

  test.each([
    ['failed', 'barrier-failed'],
    ['late', 'barrier-failed'],
    ['away', 'barrier-away'],
  ] as const)(
    'keeps its right when the barrier answers %s, staff are called, and the same code opens again',
    (result, alarm) => {
      const story = paid()
      expect(story.result(result)).toEqual(['in-1-display call-staff', 'in-1-soundbox call-staff'])
      expect(story.lane()).toMatchObject({ phase: { kind: 'waiting', passage: story.passage().id }, alarm })
      expect(story.passage().status).toBe('granted')
      expect(story.model.due.size).toBe(1)

      expect(story.show(CODE)).toMatchObject({ ok: true, kind: 'already-accepted', passage: story.passage().id })
      expect(story.told()).toEqual(['in-1-barrier open', 'in-1-display drive-on'])
      expect(story.lane().alarm).toBeNull()
      expect(story.model.payments).toHaveLength(1)
    },
  )

  test('keeps its right when the barrier says nothing in time: its connection is cut, so that no half-open line delivers late', () => {
    const story = paid()
    story.wait(POLICY.barrierAnswerMs - 1)
    expect(story.lane().phase.kind).toBe('opening')
    story.wait(1)
    expect(story.told()).toEqual(['in-1-barrier cut-connection', 'in-1-display call-staff', 'in-1-soundbox call-staff'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'barrier-no-answer' })
  })

  test('keeps its right over a restart of the gateway in the middle of opening', () => {
    const story = paid()
    story.away(10_000)
    expect(toBarrier(story)).toEqual(['open'])
    story.wait(0)
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'barrier-no-answer' })
    expect(story.show(CODE)).toMatchObject({ kind: 'already-accepted' })
    expect(toBarrier(story)).toEqual(['open'])
  })

  test('passes on the word that came after the barrier had been given up', () => {
    const story = paid()
    const command = story.lastCommand()
    story.wait(POLICY.barrierAnswerMs)
    story.result('done', command)
    expect(story.lane()).toMatchObject({ phase: { kind: 'open', passage: story.passage().id }, alarm: null })
    story.safety(true)
    story.wait(1_000)
    story.approach(false)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
    expect(toBarrier(story)).toEqual(['close'])
  })

  test.each([
    ['the arm says that it is up after all', (story: SiteStory) => story.arm('open')],
    ['staff open by hand', (story: SiteStory) => [...story.hand(), ...story.result('done')]],
  ])('passes when %s, and its right is used up', (_what, up) => {
    const story = paid()
    story.result('failed')
    up(story)
    expect(story.lane().phase).toMatchObject({ kind: 'open', passage: story.passage().id })
    story.safety(true)
    story.approach(false)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
  })

  test('uses up its right where the arm of a bare relay was up and its word was lost', () => {
    const story = paid()
    story.wait(POLICY.barrierAnswerMs)
    story.approach(false)
    story.wait(REACH_ARM_MS)
    story.safety(true)
    expect(story.lane().phase).toMatchObject({
      kind: 'passing',
      passage: story.passage().id,
      command: story.lastCommand(),
    })
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
  })

  test('does not use up its right when it has long gone and something else is under the arm', () => {
    const story = paid()
    story.wait(POLICY.barrierAnswerMs)
    story.approach(false)
    story.wait(REACH_ARM_MS + 1)
    story.safety(true)
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'unexplained-passage' })
    story.safety(false)
    story.arm('open')
    expect(story.lane().alarm).toBe('stuck-open')
    story.hand()
    expect(story.lane().phase).toMatchObject({ kind: 'opening', passage: null })
    expect(story.passage().status).toBe('granted')
  })

  test('does not use up its right while the arm says that it is down', () => {
    const story = paid()
    story.result('failed')
    story.arm('closed')
    story.safety(true)
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'unexplained-passage' })
    expect(story.passage().status).toBe('granted')
  })

  test('that does not drive on keeps its right: the arm closes, and the same code opens it again', () => {
    const story = opened()
    story.told()
    story.wait(POLICY.passWithinMs)
    expect(story.told(), 'nobody is bidden on before an arm that comes down').toEqual([
      'in-1-display call-staff',
      'in-1-soundbox call-staff',
      'in-1-barrier close',
    ])
    expect(story.lane()).toMatchObject({
      phase: { kind: 'closing', passage: story.passage().id },
      alarm: 'no-passage',
    })
    story.arm('closed')
    expect(story.lane().phase).toEqual({ kind: 'waiting', passage: story.passage().id, command: null })
    expect(story.passage().status).toBe('opened')
    expect(story.show(CODE)).toMatchObject({ kind: 'already-accepted' })
    expect(toBarrier(story)).toEqual(['open'])
  })

  test.each([
    ['the arm is up by a key', (story: SiteStory) => story.arm('open'), 'open'],
    ['it drives under an arm of which nothing is known', (story: SiteStory) => story.safety(true), 'passing'],
  ])('that did not drive on is still the one that stands there when %s', (_what, then, kind) => {
    const story = paid()
    story.result('done')
    story.wait(POLICY.passWithinMs)
    story.wait(POLICY.barrierAnswerMs)
    expect(story.lane().phase).toEqual({ kind: 'waiting', passage: story.passage().id, command: null })
    then(story)
    expect(story.lane().phase).toMatchObject({ kind, passage: story.passage().id })
  })

  test('that drives on under a closing arm has it raised again, and uses up its right', () => {
    const story = opened()
    story.wait(POLICY.passWithinMs)
    story.safety(true)
    expect(toBarrier(story)).toEqual(['open'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: story.passage().id }, alarm: 'no-passage' })
    story.wait(1_000)
    story.approach(false)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
    expect(toBarrier(story)).toEqual(['close'])
  })

  test('that turns back keeps its right for itself: who comes next stands there without one', () => {
    const story = paid()
    story.result('failed')
    story.approach(false)
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    expect(story.lane().phase).toEqual({ kind: 'vehicle-present' })
    expect(story.show(payToken('code-2', { sub: 'payer-2' }))).toMatchObject({ kind: 'paid' })
    expect(story.model.payments).toHaveLength(2)
  })
})

describe('a vehicle comes, and the codes are its own that were shown', () => {
  const arrive = {
    kind: 'loop',
    lane: IN,
    device: deviceId('in-1-approach'),
    role: 'approach',
    occupied: true,
    late: false,
  } as const
  const EMPTY = { phase: { kind: 'idle' }, approach: false, presence: null } as const
  const from = (left: LaneState['left'], happenedMs = 0, now = at(0)): unknown => {
    const common = { ...COMMON, happenedAt: later(NOON, happenedMs) }
    const { changes } = decideLoop(arrive, laneFacts({ ...EMPTY, left }), common, now)
    const moved = changes.find((change) => change.kind === 'lane-state')
    return moved?.kind === 'lane-state' && moved.state.shownFrom !== null ? moved.state.shownFrom - NOON : undefined
  }
  const gone = (ms: number): LaneState['left'] => ({ presence: 80, at: later(NOON, ms) })

  test.each<[string, LaneState['left'], number, number]>([
    ['a little before it was on the loop', null, 0, -SHOWN_BEFORE_LOOP_MAX_MS],
    ['and that by when it came, not by when we heard', null, -3_000, -3_000 - SHOWN_BEFORE_LOOP_MAX_MS],
    ['never while another still stood there', gone(-400), 0, -400],
    ['whoever stood there long ago', gone(-60_000), 0, -SHOWN_BEFORE_LOOP_MAX_MS],
    ['not before it came, where the clock was set back since the other left', gone(3_600_000), 0, 0],
    ['and not after now, where the clock was set back since it came', null, 3_600_000, -SHOWN_BEFORE_LOOP_MAX_MS],
  ])('%s', (_what, left, happenedMs, expected) => {
    expect(from(left, happenedMs)).toBe(expected)
  })

  test('after the one before it had left unnoticed', () => {
    const common = { ...COMMON, happenedAt: later(NOON, -8_000) }
    const { changes } = decideLoop({ ...arrive, occupied: false, late: true }, laneFacts(PRESENT), common, at(0))
    expect(changes).toMatchObject([{ kind: 'lane-state', state: { presence: 100, shownFrom: later(NOON, -8_000) } }])
  })
})

describe('loops flicker', () => {
  test('the arm is told to close only when the safety loop has stayed clear', () => {
    const story = underArm()
    for (const clearMs of [SAFETY_CLEAR_MS - 1, 100, SAFETY_CLEAR_MS - 1]) {
      story.safety(false)
      story.wait(clearMs)
      expect(toBarrier(story)).toEqual([])
      story.safety(true)
      story.wait(1_000)
      expect(toBarrier(story)).toEqual([])
    }
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing' }, alarm: null })
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.passage().status).toBe('used')
  })

  test('a moment on the safety loop, while the vehicle stands where it stood, uses up nothing', () => {
    const story = opened()
    story.safety(true)
    story.wait(OVER_LOOP_MIN_MS - 1)
    story.safety(false)
    expect(story.lane().phase.kind).toBe('open')
    expect(story.passage().status).toBe('opened')
    story.wait(POLICY.passWithinMs)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.lane().alarm).toBe('no-passage')
    expect(story.show(CODE)).toMatchObject({ kind: 'already-accepted' })
  })

  test('a vehicle that was on the safety loop long enough has passed, or rolled back where somebody has stood before the barrier all the time', () => {
    const story = opened()
    story.safety(true)
    story.wait(OVER_LOOP_MIN_MS)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect([story.passage().status, story.lane().phase.kind, toBarrier(story)]).toEqual(['opened', 'open', []])
    const gone = opened()
    gone.safety(true)
    gone.approach(false)
    gone.wait(OVER_LOOP_MIN_MS)
    gone.safety(false)
    gone.wait(SAFETY_CLEAR_MS)
    expect(gone.passage().status).toBe('used')
  })

  test.each([
    ['back after a moment is the same vehicle: nobody with it pays again', APPROACH_FLICKER_MS, 'already-accepted'],
    ['back later is another vehicle, and pays', APPROACH_FLICKER_MS + 1, 'paid'],
  ])('an approach loop that is %s', (_what, clearMs, kind) => {
    const story = paid()
    story.result('failed')
    story.approach(false)
    story.wait(clearMs)
    story.approach(true)
    expect(story.show(payToken('code-2', { sub: 'payer-2' }))).toMatchObject({ kind })
  })

  test('a flicker on an empty lane is a vehicle', () => {
    const story = siteStory()
    story.approach(true)
    const first = story.lane().presence
    story.approach(false)
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, presence: null })
    story.approach(true)
    expect(story.lane()).toMatchObject({ phase: { kind: 'vehicle-present' }, approach: true, presence: first })
  })

  test.each([
    ['back by a day', -DAY_MS],
    ['ahead by ten years', 3_652 * DAY_MS],
  ])(
    'a clock that is set %s while a vehicle is under the arm does not make one that has gone through roll back',
    (_how, ms) => {
      const story = underArm()
      story.away(ms)
      story.safety(false)
      toBarrier(story)
      story.wait(SAFETY_CLEAR_MS)
      expect([story.passage().status, toBarrier(story)]).toEqual(['used', ['close']])
      const doubted = opened()
      doubted.safety(true)
      doubted.wait(OVER_LOOP_MIN_MS)
      doubted.safety(false)
      doubted.wait(SAFETY_CLEAR_MS)
      expect(doubted.passage().status).toBe('opened')
      toBarrier(doubted)
      doubted.away(ms)
      doubted.approach(false)
      expect([doubted.passage().status, toBarrier(doubted)]).toEqual(['used', ['close']])
    },
  )

  test('a clock that was set back does not make one vehicle of two', () => {
    const story = siteStory()
    story.approach(true)
    const first = story.lane().presence
    story.approach(false)
    story.away(-60_000)
    story.approach(true)
    expect(story.lane().presence).not.toBe(first)
  })

  test('a level that is said again changes nothing', () => {
    const story = siteStory()
    story.approach(true)
    const before = story.lane()
    const { decision } = story.event({
      kind: 'loop',
      lane: IN,
      device: deviceId('in-1-approach'),
      role: 'approach',
      occupied: true,
      late: false,
    })
    expect(decision).toMatchObject({ outcome: { ok: true, kind: 'noted' }, changes: [], effects: [] })
    expect(story.lane()).toBe(before)
  })
})

describe('a second vehicle close behind', () => {
  test('that follows under the same arm is tailgating, and the first one’s right is used once', () => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    story.safety(false)
    story.wait(100)
    story.safety(true)
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: null }, alarm: 'tailgating' })
    expect(story.passage().status).toBe('used')
    expect(toBarrier(story)).toEqual([])
    story.approach(false)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
  })

  test('that follows so closely that the loop under the arm is never clear between the two is tailgating, and the first one’s right is used once', () => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    story.wait(1_000)
    expect(story.lane().alarm, 'it may wait').toBeNull()
    story.approach(false)
    story.wait(1_000)
    story.safety(false)
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: story.passage().id }, alarm: 'tailgating' })
    story.wait(SAFETY_CLEAR_MS)
    expect([story.passage().status, story.lane().alarm, toBarrier(story)]).toEqual(['used', 'tailgating', ['close']])
  })

  test('is seen by then where a third comes up behind it, also where that one stays', () => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    story.wait(1_000)
    story.approach(false)
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    expect(story.lane().alarm).toBe('tailgating')
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect([story.passage().status, toBarrier(story)]).toEqual(['used', ['close']])
  })

  test.each([
    ['before', 1_000],
    ['as', 0],
  ])('that stands there has followed nobody where its loop flickers %s the first one is gone', (_when, waitMs) => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    story.wait(1_000)
    story.approach(false)
    story.wait(50)
    if (waitMs > 0) story.approach(true)
    story.wait(waitMs)
    story.safety(false)
    if (waitMs === 0) story.approach(true)
    story.wait(SAFETY_CLEAR_MS)
    expect([story.passage().status, story.lane().alarm]).toEqual(['used', null])
  })

  test('is seen also where the word of the loop that it left came late, just before the one under the arm was clear', () => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    const [leftAt, toldAt, clearAt] = [2_000, 5_000, 5_200].map((ms) => later(story.now().at, ms))
    if (leftAt === undefined || toldAt === undefined || clearAt === undefined) throw new Error('no times')
    const left = { presence: story.lane().presence ?? 0, at: toldAt, happenedAt: leftAt }
    const state = { ...story.lane(), approach: false, presence: null, left }
    const clear = { kind: 'loop', lane: IN, device: deviceId('in-1-safety'), role: 'safety', late: false } as const
    const said = (happenedAt: Instant, current: LaneState) =>
      stateOf(
        decideLoop(
          { ...clear, occupied: false },
          laneFacts(current, { current: story.passage() }),
          { ...COMMON, happenedAt },
          { ...story.now(), at: clearAt },
        ),
      )?.alarm
    expect(said(clearAt, state)).toBe('tailgating')
    expect(said(clearAt, { ...state, left: { ...left, happenedAt: toldAt } }), 'a flicker').toBeNull()
    expect(said(later(leftAt, 100), state), 'the other one’s word is as late').toBeNull()
    expect(said(later(leftAt, -100), state), 'it left after that was clear').toBeNull()
    expect(said(later(leftAt, -ROLLED_BACK_MAX_MS), state), 'it left well after that was clear').toBeNull()
    expect(said(later(leftAt, -ROLLED_BACK_MAX_MS - 1), state), 'the clock was set back').toBe('tailgating')
  })

  test('that backed off before the first one was under the arm has followed nobody', () => {
    const story = opened()
    story.approach(false)
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(false)
    story.wait(100)
    story.safety(true)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.lane().alarm).toBeNull()
  })

  test('that drives off behind one that has left the loop under the arm has followed nobody', () => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    story.wait(1_000)
    story.safety(false)
    story.approach(false)
    story.wait(SAFETY_CLEAR_MS)
    expect([story.passage().status, story.lane().alarm]).toEqual(['used', null])
  })

  test('pays for itself as soon as the first one has left, and the arm turns round for it', () => {
    const story = underArm()
    story.wait(APPROACH_FLICKER_MS + 1)
    story.approach(true)
    const second = payToken('code-2', { sub: 'payer-2' })
    expect(story.show(second)).toMatchObject({ ok: false, refusal: 'lane-busy' })
    story.safety(false)
    expect(story.show(second)).toMatchObject({ ok: false, refusal: 'lane-busy' })
    story.wait(SAFETY_CLEAR_MS)
    expect(story.lane().phase.kind).toBe('closing')
    expect(story.show(second)).toMatchObject({ ok: true, kind: 'paid' })
    expect(toBarrier(story)).toEqual(['open'])
    expect([...story.model.due.keys()].sort()).toEqual([
      'barrier-answer:in-1',
      'passage-due:in-1',
      `passage-lapses:${story.passage().id}`,
    ])
  })

  test('bumper to bumper, where the loop was never clear between the two, is told by a code that is not the one of the first', () => {
    for (const first of ['code-1', null]) {
      const story = opened()
      story.safety(true)
      story.wait(1_000)
      story.safety(false)
      story.wait(SAFETY_CLEAR_MS)
      const own = story.passage().id
      if (first !== null) expect(story.show(payToken(first))).toMatchObject({ kind: 'already-accepted', passage: own })
      else {
        expect(story.show(payToken('code-2', { sub: 'payer-2' }))).toMatchObject({ ok: true, kind: 'paid' })
        expect([story.passage().id === own, toBarrier(story)]).toEqual([false, ['open']])
        expect(story.show(payToken('code-1'))).toMatchObject({ ok: false, refusal: 'token-spent' })
      }
      story.safety(true)
      expect(story.lane().alarm).toBeNull()
    }
  })

  test('bumper to bumper, goes under the arm without a word: two may have gone', () => {
    const story = opened()
    story.safety(true)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    story.safety(true)
    expect([story.passage().status, story.lane().alarm]).toEqual(['used', 'tailgating'])
  })

  test('that runs under a closing arm has it raised, whoever it is, and that is an unexplained passage', () => {
    const story = gone()
    story.safety(true)
    expect(toBarrier(story)).toEqual(['open'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: null }, alarm: 'unexplained-passage' })
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
  })

  test('takes over nothing from one that let the arm come down', () => {
    const story = opened()
    story.approach(false)
    story.wait(POLICY.passWithinMs)
    expect(story.lane().phase).toMatchObject({ kind: 'closing', passage: story.passage().id })
    story.approach(true)
    expect(story.lane().phase).toMatchObject({ kind: 'closing', passage: null })
    story.safety(true)
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: null }, alarm: 'unexplained-passage' })
    expect(story.passage().status).toBe('opened')
  })

  test('finds the arm coming down before it where the one that paid has driven back: that right is kept for who paid', () => {
    for (const isUp of [true, false]) {
      const story = isUp ? opened() : paid({ policy: { barrierAnswerMs: BETWEEN_LOOPS_MS * 2 } })
      story.approach(false)
      story.wait(BETWEEN_LOOPS_MS + 1)
      story.approach(true)
      expect(toBarrier(story)).toEqual(['close'])
      expect(story.lane()).toMatchObject({ phase: { kind: 'closing', passage: null }, alarm: 'backing-out' })
      const second = payToken('code-2', { sub: 'payer-2' })
      story.arm('closed')
      story.approach(false)
      story.wait(APPROACH_FLICKER_MS + 1)
      story.approach(true)
      expect(story.show(second), 'whoever came up pays for itself').toMatchObject({ ok: true, kind: 'paid' })
      const rights = [...story.model.passages.values()]
      expect(rights.map(({ status }) => status)).toEqual([isUp ? 'opened' : 'granted', 'granted'])
    }
  })

  test('comes up while the one that paid is between the loops: the arm stays up for that one, and who follows it is tailgating', () => {
    for (const isUp of [true, false]) {
      const story = isUp ? opened() : paid({ policy: { barrierAnswerMs: BETWEEN_LOOPS_MS * 2 } })
      story.approach(false)
      story.wait(BETWEEN_LOOPS_MS)
      story.approach(true)
      if (!isUp) story.result('done')
      expect(story.lane().phase).toMatchObject({ kind: 'open', passage: story.passage().id, followed: true })
      story.safety(true)
      expect(story.passage().status).toBe('passing')
      story.wait(1_000)
      story.safety(false)
      story.wait(100)
      story.safety(true)
      expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: null }, alarm: 'tailgating' })
      expect(story.passage().status).toBe('used')
    }
  })

  test('comes up while somebody is still under the arm, who was there before it went up: it does not come down', () => {
    const story = paid()
    story.approach(false)
    const { state, ...facts } = laneFacts({ ...story.lane(), safety: true })
    const approachOn = { ...safetyOn, role: 'approach' } as const
    const { effects } = decideLoop(approachOn, { ...facts, state }, COMMON, at(60_000))
    expect(effects).toEqual([])
    const clear = decideLoop(approachOn, { ...facts, state: { ...state, safety: false } }, COMMON, at(60_000))
    expect(clear.effects).toMatchObject([{ command: { type: 'close' } }])
  })

  test('comes up where staff opened for whoever was still to come: the arm stays up', () => {
    const story = siteStory()
    story.approach(true)
    story.approach(false)
    story.wait(60_000)
    story.hand()
    story.result('done')
    story.approach(true)
    expect(toBarrier(story)).toEqual([])
    expect(story.lane().phase).toMatchObject({ kind: 'open', passage: null })
  })

  test('raises no arm that says it is down', () => {
    const story = gone()
    // The word of the limit switch came with the arm already down, before it was told to close.
    const facts = laneFacts({ ...story.lane(), arm: 'closed' })
    const { effects, changes } = decideLoop(safetyOn, facts, COMMON, story.now())
    expect(effects).toEqual([])
    expect(stateOf({ changes })).toMatchObject({ phase: { kind: 'closing' }, alarm: 'unexplained-passage' })
  })
})

describe('what the loops say in each phase of a lane', () => {
  const { id } = paidPassage()
  const command = 'box-1:1:1:0' as EffectId
  const phases: readonly LanePhase[] = [
    { kind: 'idle' },
    { kind: 'vehicle-present' },
    { kind: 'waiting', passage: id, command: null },
    { kind: 'opening', passage: id, command },
    { kind: 'open', passage: id, command },
    { kind: 'passing', passage: id, command, followed: false },
    { kind: 'closing', passage: null, command },
    { kind: 'held-open', by: [null] },
  ]
  const after = (role: 'approach' | 'safety', occupied: boolean, phase: LanePhase): LanePhase | undefined => {
    const state = { phase, [role]: !occupied, presence: role === 'approach' && !occupied ? 90 : null }
    const event = { ...safetyOn, role, occupied }
    const decision = decideLoop(
      event,
      laneFacts(state, { current: paidPassage({ status: 'opened' }) }),
      COMMON,
      at(1_000),
    )
    return stateOf(decision)?.phase
  }
  const kindsAfter = (role: 'approach' | 'safety', occupied: boolean) =>
    phases.map((phase) => after(role, occupied, phase)?.kind)

  test.each([
    [
      'a vehicle comes',
      'approach',
      true,
      ['vehicle-present', 'vehicle-present', 'vehicle-present', 'opening', 'open', 'passing', 'closing', 'held-open'],
    ],
    ['it leaves', 'approach', false, ['idle', 'idle', 'waiting', 'opening', 'open', 'passing', 'closing', 'held-open']],
    [
      'somebody is under the arm',
      'safety',
      true,
      ['idle', 'vehicle-present', 'waiting', 'passing', 'passing', 'passing', 'passing', 'held-open'],
    ],
    [
      'and is gone',
      'safety',
      false,
      ['idle', 'vehicle-present', 'waiting', 'opening', 'passing', 'passing', 'closing', 'held-open'],
    ],
  ] as const)('%s', (_what, role, occupied, kinds) => {
    expect(kindsAfter(role, occupied)).toEqual(kinds)
  })

  test('an approach loop that was taken before anything was known of it leaves nobody to come back', () => {
    const decision = decideLoop(
      { ...safetyOn, role: 'approach', occupied: false },
      laneFacts({ approach: true }),
      COMMON,
      at(0),
    )
    expect(stateOf(decision)).toMatchObject({ approach: false, presence: null, left: null })
  })
})

describe('what comes late', () => {
  const late = (role: 'approach' | 'safety', occupied: boolean): EventBody & { kind: 'loop' } => ({
    kind: 'loop',
    lane: IN,
    device: deviceId(`in-1-${role}`),
    role,
    occupied,
    late: true,
  })

  test('moves no lane', () => {
    const facts = laneFacts(PRESENT)
    expect(decideLoop(late('safety', true), facts, COMMON, at(0)).changes).toEqual([])
    expect(decideLoop(late('approach', true), facts, COMMON, at(0)).changes).toEqual([])
    expect(decideLoop(late('approach', false), laneFacts(), COMMON, at(0)).changes).toEqual([])
    const arm = { kind: 'barrier-state', lane: IN, device: BARRIER, state: 'open', late: true } as const
    expect(decideBarrierState(arm, facts, COMMON, at(0)).changes).toEqual([])
  })

  test.each([
    ['waiting', { kind: 'waiting', passage: paidPassage().id, command: null }, { kind: 'vehicle-present' }],
    ['vehicle-present', { kind: 'vehicle-present' }, { kind: 'vehicle-present' }],
    ['held-open', { kind: 'held-open', by: [null] }, { kind: 'held-open', by: [null] }],
  ] as const)(
    'from an approach loop says that another vehicle may stand there (%s): nobody rides on a right of the one that left',
    (_kind, phase, next) => {
      const decision = decideLoop(late('approach', false), laneFacts({ ...PRESENT, phase }), COMMON, at(0))
      expect(stateOf(decision)).toMatchObject({ approach: true, presence: COMMON.position.seq, phase: next })
    },
  )
})

describe('what names no lane of the site', () => {
  const nowhere = laneFacts({}, { lane: null })
  test('is refused', () => {
    const arm = { kind: 'barrier-state', lane: IN, device: BARRIER, state: 'open', late: false } as const
    expect(decideLoop(safetyOn, nowhere, COMMON, at(0)).outcome).toMatchObject({ refusal: 'lane-unknown' })
    expect(decideBarrierState(arm, nowhere, COMMON, at(0)).outcome).toMatchObject({ refusal: 'lane-unknown' })
  })
})

test('where nobody stands before the barrier nobody is next: what was in doubt of the one ahead is over', () => {
  const before = laneState({ approach: false, perhapsThrough: 'p1' as PassageId })
  expect(nextUp(before, COMMON, at(0))).toEqual(laneState({ approach: false }))
})
