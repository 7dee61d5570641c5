import { describe, expect, test } from 'vitest'
import type { Decision } from '../../core/decision.ts'
import { effectsAt } from '../../core/decision.ts'
import type { EventBody } from '../../core/events.ts'
import type { LapseFacts } from '../../core/facts.ts'
import type { EffectId } from '../../core/ids.ts'
import { deviceId, effectId } from '../../core/ids.ts'
import { decideEmergency } from '../../core/lane-emergency.ts'
import { ARM_DOWN_WITHIN_MS, SAFETY_CLEAR_MS } from '../../core/lane-moved.ts'
import {
  APPROACH_FLICKER_MS,
  BETWEEN_LOOPS_MS,
  decideBarrierState,
  decideCommandResult,
  decideLaneTimer,
  decideLoop,
  decideOpenByHand,
  decidePassageLapse,
  OVER_LOOP_MIN_MS,
  openLane,
  REACH_ARM_MS,
  SHOWN_BEFORE_LOOP_MAX_MS,
} from '../../core/lane-movement.ts'
import type { LanePhase, LaneState, Passage, PassageStatus } from '../../core/lane-state.ts'
import { later } from '../../core/time.ts'
import {
  at,
  BARRIER,
  BOTH,
  BOX,
  COMMON,
  IN,
  laneFacts,
  NOON,
  OUT,
  overrideToken,
  POLICY,
  PRESENT,
  paidPassage,
  passToken,
  payToken,
  STEPPED,
} from './kit.ts'
import type { SiteStory } from './model/site-story.ts'
import { siteStory } from './model/site-story.ts'

const CODE = payToken('code-1')

/** A vehicle has come and paid: its arm was told to open. */
function paid(over: Parameters<typeof siteStory>[0] = {}): SiteStory {
  const story = siteStory(over)
  story.approach(true)
  expect(story.show(CODE)).toMatchObject({ ok: true, kind: 'paid' })
  return story
}

/** … and the arm is up. */
function opened(over: Parameters<typeof siteStory>[0] = {}): SiteStory {
  const story = paid(over)
  story.result('done')
  story.arm('open')
  return story
}

/** … and the vehicle is under it. */
function underArm(): SiteStory {
  const story = opened()
  story.safety(true)
  story.wait(OVER_LOOP_MIN_MS)
  story.approach(false)
  return story
}

/** … and it has left, and the arm was told to close. */
function gone(): SiteStory {
  const story = underArm()
  story.safety(false)
  story.wait(SAFETY_CLEAR_MS)
  return story
}

const toBarrier = (story: SiteStory): readonly string[] =>
  story.told().flatMap((line) => (line.startsWith('in-1-barrier ') ? [line.slice('in-1-barrier '.length)] : []))

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
    story.wait(POLICY.passWithinMs)
    expect(toBarrier(story)).toEqual(['close'])
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

  test('a vehicle that was on the safety loop long enough has passed, also where another stands before the barrier by now', () => {
    const story = opened()
    story.safety(true)
    story.wait(OVER_LOOP_MIN_MS)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
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

  test('pays for itself as soon as the first one has left, and the arm turns round for it', () => {
    const story = underArm()
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

describe('staff open by hand', () => {
  test('for somebody with no right: the arm opens, they pass, it closes, and the books show no right', () => {
    const story = siteStory()
    expect(story.hand()).toEqual(['in-1-barrier open'])
    expect(story.show(CODE)).toMatchObject({ ok: false, refusal: 'no-vehicle' })
    story.result('done')
    story.safety(true)
    story.wait(1_000)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.model.passages.size).toBe(0)
  })

  test('while a vehicle is under the arm: the arm is told to stay up, and its right is used once', () => {
    const story = underArm()
    expect(story.hand()).toEqual(['in-1-barrier open'])
    expect(story.lane().phase.kind).toBe('passing')
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(toBarrier(story)).toEqual(['close'])
    expect(story.passage().status).toBe('used')
  })

  test('when a vehicle has just left the arm: its right is used, and the arm is up for somebody else', () => {
    const story = underArm()
    story.safety(false)
    expect(story.hand()).toEqual(['in-1-barrier open'])
    expect(story.passage().status).toBe('used')
    expect(story.lane().phase).toMatchObject({ kind: 'opening', passage: null })
    expect([...story.model.due.keys()].sort()).toEqual(['barrier-answer:in-1', 'passage-due:in-1'])
  })

  test.each(['opening', 'open'] as const)(
    'while the lane is %s for a vehicle: its right goes with the new command',
    (kind) => {
      const story = kind === 'open' ? opened() : paid()
      const before = story.lastCommand()
      expect(story.hand()).toEqual(['in-1-barrier open'])
      expect(story.lastCommand()).not.toBe(before)
      expect(story.lane().phase).toMatchObject({ kind: 'opening', passage: story.passage().id })
    },
  )

  const byHand = { kind: 'open-by-hand', lane: IN, reason: 'flat tyre' } as const
  test.each([
    ['no such lane', byHand, laneFacts({}, { lane: null }), 'lane-unknown'],
    ['no reason', { ...byHand, reason: ' \n' }, laneFacts(), 'reason-missing'],
    [
      'an emergency that holds it open',
      byHand,
      laneFacts({ phase: { kind: 'held-open', by: [null] } }),
      'lane-held-open',
    ],
    ['a barrier that is away', byHand, laneFacts({}, { barrierPresent: false }), 'barrier-away'],
    ['no barrier', byHand, laneFacts({}, { devices: [] }), 'barrier-away'],
  ])('is refused for %s', (_what, body, facts, refusal) => {
    expect(decideOpenByHand(body, facts, COMMON, at(0))).toMatchObject({ outcome: { ok: false, refusal }, effects: [] })
  })
})

describe('an emergency', () => {
  const LANES = [IN, OUT, BOTH]

  test('holds all lanes open until it is over, and then lets them go and closes them', () => {
    const story = siteStory()
    expect(story.fire(true)).toEqual(LANES.map((lane) => `${lane}-barrier hold-open`))
    for (const lane of LANES) expect(story.lane(lane).phase.kind).toBe('held-open')
    story.approach(true)
    expect(story.show(CODE)).toMatchObject({ ok: false, refusal: 'lane-held-open' })
    story.safety(true)
    story.safety(false)
    story.approach(false)
    expect(story.told()).toEqual([])
    expect(story.fire(false)).toEqual(LANES.flatMap((lane) => [`${lane}-barrier release`, `${lane}-barrier close`]))
    story.arm('closed')
    expect(story.lane().phase.kind).toBe('idle')
    expect(story.model.payments).toEqual([])
  })

  test('that is said again is told again, for a barrier that was away, and changes nothing', () => {
    const story = siteStory()
    story.fire(true)
    const before = story.lane()
    expect(story.fire(true)).toHaveLength(3)
    expect(story.lane()).toBe(before)
  })

  test('that is not there ends nothing: a heartbeat that says so leaves an open lane alone', () => {
    const story = opened()
    expect(story.fire(false)).toEqual([])
    expect(story.lane().phase.kind).toBe('open')
  })

  test('of two inputs is over when both have said so', () => {
    const story = siteStory()
    story.fire(true, 'fire-1')
    story.fire(true, 'fire-2')
    expect(story.fire(false, 'fire-1')).toEqual([])
    expect(story.lane().phase).toEqual({ kind: 'held-open', by: ['fire-2'] })
    const again = story.event({ kind: 'emergency', device: deviceId('fire-1'), active: false })
    expect(again.decision).toMatchObject({ changes: [], effects: [] })
    expect(story.fire(false, 'fire-2')).toContain('in-1-barrier release')
  })

  test('is ended for all by a person, and said again by an input that still asks', () => {
    const story = siteStory()
    story.fire(true, 'fire-1')
    story.fire(true, null)
    expect(story.fire(false, null)).toContain('in-1-barrier release')
    expect(story.fire(true, 'fire-1')).toContain('in-1-barrier hold-open')
    expect(story.lane().phase.kind).toBe('held-open')
  })

  test('that ends over somebody under the arm keeps that arm up until they have gone', () => {
    const story = siteStory()
    story.fire(true)
    story.safety(true)
    expect(toBarrier({ ...story, told: () => story.fire(false) })).toEqual([])
    expect(story.lane().phase).toEqual({ kind: 'held-open', by: [] })
    expect(story.fire(false)).toEqual([])
    expect(story.safety(false)).toEqual(['in-1-barrier release', 'in-1-barrier close'])
    expect(story.lane().phase.kind).toBe('closing')
  })

  test('that begins again before they have gone holds again', () => {
    const story = siteStory()
    story.fire(true)
    story.safety(true)
    story.fire(false)
    story.fire(true)
    expect(story.safety(false)).toEqual([])
    expect(story.lane().phase).toEqual({ kind: 'held-open', by: ['fire-1'] })
  })

  test.each([
    ['opening', paid, 'granted'],
    ['open', opened, 'opened'],
    ['passing', underArm, 'used'],
    ['closing', gone, 'used'],
  ] as const)('while a lane is %s ends what it waited for and takes no right', (_kind, come, status) => {
    const story = come()
    story.fire(true)
    expect(story.lane().phase.kind).toBe('held-open')
    expect(story.passage().status).toBe(status)
    expect([...story.model.due.keys()].filter((id) => id.endsWith(':in-1'))).toEqual([])
    story.result('done')
    story.wait(POLICY.passWithinMs)
    expect(story.lane().phase.kind).toBe('held-open')
    story.safety(false)
    story.fire(false)
    story.arm('closed')
    story.approach(true)
    const answer = story.show(CODE)
    expect(answer).toMatchObject(
      status === 'used' ? { ok: false, refusal: 'token-spent' } : { ok: true, kind: 'already-accepted' },
    )
  })

  test.each([
    ['up', 'open', ['release', 'close'], 'closing'],
    ['down already', 'closed', [], 'idle'],
  ] as const)(
    'that ended while an arm was away lets it go when it is here again: it is %s',
    (_where, arm, told, phase) => {
      const held = laneFacts({ phase: { kind: 'held-open', by: [null] } }, { barrierPresent: false })
      const over = decideEmergency(false, null, [held], COMMON, at(0))
      expect(over.effects).toEqual([])
      expect(stateOf(over)?.phase).toEqual({ kind: 'held-open', by: [] })
      const says = { kind: 'barrier-state', lane: IN, device: BARRIER, state: arm, late: false } as const
      const here = decideBarrierState(says, laneFacts(stateOf(over)), COMMON, at(0))
      expect(here.effects.map(({ command }) => command.type)).toEqual(told)
      expect(stateOf(here)).toMatchObject({ arm, phase: { kind: phase } })
    },
  )

  test('at a lane with no barrier enrolled is remembered, and over when it is over', () => {
    const facts = laneFacts({}, { devices: [] })
    const held = decideEmergency(true, null, [facts], COMMON, at(0))
    expect(held.effects).toEqual([])
    const state = stateOf(held)
    expect(state?.phase).toEqual({ kind: 'held-open', by: [null] })
    const over = decideEmergency(false, null, [laneFacts(state, { devices: [] })], COMMON, at(0))
    expect(stateOf(over)?.phase).toEqual({ kind: 'idle' })
    expect(over.effects).toEqual([])
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

describe('a right that nobody uses', () => {
  const timer = `passage-lapses:${paidPassage().id}`
  const end = POLICY.passageRightMs

  test.each([
    ['at its time lapses', { now: at(end), status: 'granted' }, 'lapsed'],
    ['that was opened and not passed lapses as well', { now: at(end), status: 'opened' }, 'lapsed'],
    ['before its time is looked at again', { now: at(end - 1), status: 'granted' }, 'again'],
    ['while the time is not trusted is looked at again', { now: at(end, STEPPED), status: 'granted' }, 'again'],
    ['whose vehicle is under the arm is looked at again', { now: at(end), status: 'passing' }, 'again'],
    ['that was used is left alone', { now: at(end), status: 'used' }, 'nothing'],
    ['that has lapsed is left alone', { now: at(end), status: 'lapsed' }, 'nothing'],
  ] as const)('%s', (_what, { now, status }, what) => {
    const { changes, subject } = decidePassageLapse(lapse(paidPassage({ status })), COMMON, now)
    const kinds = { lapsed: ['passage-moved'], again: ['timer-set'], nothing: [] }
    expect(changes.map((change) => change.kind)).toEqual(kinds[what])
    expect(subject).toEqual({ charge: null, passage: what === 'nothing' ? null : paidPassage().id, session: null })
    if (what === 'again') expect(changes[0]).toMatchObject({ id: timer, dueAt: later(now.at, end) })
  })

  test('and that is not there is left alone', () => {
    expect(decidePassageLapse(lapse(null), COMMON, at(0)).changes).toEqual([])
  })

  test('is looked at again within the time that a right lasts, though the clock was set back since it began', () => {
    const facts = laneFacts(PRESENT)
    const [barrier] = facts.devices.filter(({ kind }) => kind === 'barrier')
    const now = at(-3_600_000)
    const changes = barrier === undefined ? [] : openLane(facts, barrier, paidPassage(), effectsAt(COMMON), COMMON, now)
    expect(changes).toContainEqual(expect.objectContaining({ id: timer, dueAt: later(now.at, end) }))
  })

  test('does not lapse while the arm is up for it', () => {
    const story = paid({ policy: { passageRightMs: 60_000 } })
    story.result('failed')
    story.wait(59_999)
    expect(story.show(CODE)).toMatchObject({ kind: 'already-accepted' })
    story.result('done')
    story.wait(20_000)
    expect(story.passage().status).toBe('opened')
    story.safety(true)
    story.wait(1_000)
    story.approach(false)
    story.safety(false)
    story.wait(SAFETY_CLEAR_MS)
    expect(story.passage().status).toBe('used')
  })

  test('does not lapse while a late arm is up for it', () => {
    const story = paid({ policy: { passageRightMs: 60_000 } })
    const command = story.lastCommand()
    story.result('failed')
    story.wait(59_000)
    story.result('done', command)
    story.wait(20_000)
    expect(story.passage().status).toBe('opened')
  })

  test.each(['used', 'lapsed'] as const satisfies readonly PassageStatus[])(
    'and was %s is moved no more, whatever the lane still says of it',
    (status) => {
      const passage = paidPassage({ status })
      const phase: LanePhase = { kind: 'open', passage: passage.id, command: timerCommand }
      const decision = decideLoop(safetyOn, laneFacts({ ...PRESENT, phase }, { current: passage }), COMMON, at(0))
      expect(stateOf(decision)?.phase).toMatchObject({ kind: 'passing', passage: null })
      expect(decision.changes.map((change) => change.kind)).not.toContain('passage-moved')
    },
  )
})

describe('a pass', () => {
  test('that was used, or whose right has lapsed, changes sides no more', () => {
    const right = { kind: 'pass', iss: 'https://operator.example', jti: 'pass-1' } as const
    for (const status of ['used', 'lapsed'] as const) {
      const passage = paidPassage({ right, status })
      const phase: LanePhase = { kind: 'passing', passage: passage.id, command: timerCommand, followed: false }
      const timer = { purpose: 'close-due', lane: IN, command: timerCommand } as const
      const { changes } = decideLaneTimer(timer, laneFacts({ phase }, { current: passage }), COMMON, at(0))
      expect(changes.map((change) => change.kind)).toEqual(['lane-state', 'timer-set'])
    }
  })

  test.each([
    [IN, 'inside'],
    [OUT, 'outside'],
    [BOTH, null],
  ] as const)('that passed %s is now %s', (lane, side) => {
    const story = siteStory({ policy: { antiPassback: 'off' } })
    story.approach(true, lane)
    expect(story.show(passToken('pass-1'), lane)).toMatchObject({ ok: true, kind: 'let-through' })
    story.result('done', story.lastCommand(), lane)
    story.safety(true, lane)
    story.wait(1_000)
    story.approach(false, lane)
    story.safety(false, lane)
    const before = story.model.lane(lane)
    expect(before.phase.kind).toBe('passing')
    const close = [...story.model.due.values()].find((row) => row.timer.purpose === 'close-due')
    story.wait(SAFETY_CLEAR_MS - 1)
    if (close === undefined) throw new Error('nothing waits to close')
    const { decision } = story.event({ kind: 'timer', timer: close.timer })
    const sides = decision.changes.filter((change) => change.kind === 'pass-side')
    expect(sides).toEqual(
      side === null ? [] : [{ kind: 'pass-side', iss: 'https://operator.example', jti: 'pass-1', side }],
    )
  })

  test('and an override are rights like a payment: unused, they open again', () => {
    for (const token of [passToken('pass-1'), overrideToken('override-1')]) {
      const story = siteStory()
      story.approach(true)
      expect(story.show(token)).toMatchObject({ ok: true, kind: 'let-through' })
      story.result('failed')
      expect(story.show(token)).toMatchObject({ ok: true, kind: 'already-accepted', charge: null, amount: null })
      expect(toBarrier(story)).toEqual(['open'])
    }
  })
})

function lapse(passage: Passage | null): LapseFacts {
  return { passage, parking: null, stay: null }
}

test('the record of what happens at a lane names the right that it is about, and no charge', () => {
  const story = opened()
  const passage = story.passage().id
  const subjectOf = (body: EventBody) => story.event(body).decision.subject
  expect(subjectOf({ ...safetyOn, occupied: true })).toEqual({ charge: null, passage, session: null })
  expect(subjectOf({ kind: 'open-by-hand', lane: IN, reason: 'flat tyre' })).toEqual({
    charge: null,
    passage,
    session: null,
  })
  const fresh = paid()
  const byHand = fresh.event({ kind: 'open-by-hand', lane: IN, reason: 'flat tyre' }).decision
  expect(byHand.subject).toEqual({ charge: null, passage: fresh.passage().id, session: null })
  const empty = siteStory().event({ kind: 'open-by-hand', lane: IN, reason: 'flat tyre' }).decision
  expect(empty.subject).toEqual({ charge: null, passage: null, session: null })
})

describe('what names no lane of the site', () => {
  const nowhere = laneFacts({}, { lane: null })
  test('is refused', () => {
    const arm = { kind: 'barrier-state', lane: IN, device: BARRIER, state: 'open', late: false } as const
    expect(decideLoop(safetyOn, nowhere, COMMON, at(0)).outcome).toMatchObject({ refusal: 'lane-unknown' })
    expect(decideBarrierState(arm, nowhere, COMMON, at(0)).outcome).toMatchObject({ refusal: 'lane-unknown' })
  })
})

const timerCommand = 'box-1:1:1:0' as EffectId
const safetyOn = {
  kind: 'loop',
  lane: IN,
  device: deviceId('in-1-safety'),
  role: 'safety',
  occupied: true,
  late: false,
} as const

function stateOf({ changes }: Pick<Decision, 'changes'>): LaneState | undefined {
  const change = changes.find((one) => one.kind === 'lane-state')
  return change?.kind === 'lane-state' ? change.state : undefined
}
