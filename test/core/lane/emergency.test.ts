import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { decideBarrierState } from '../../../core/lane/arm.ts'
import { decideEmergency } from '../../../core/lane/emergency.ts'
import { ARM_DOWN_WITHIN_MS, SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import { SECOND_MS } from '../../../core/time.ts'
import { at, BARRIER, BOTH, COMMON, IN, laneFacts, OUT, POLICY, payToken } from '../kit.ts'
import { siteStory } from '../model/site-story.ts'
import { CODE, gone, opened, paid, stateOf, toBarrier, underArm } from './moving-lane.ts'

describe('an arm that was held, and has not heard that the emergency is over,', () => {
  /** The word to let go was lost: the barrier holds its arm up, and refuses to come down. */
  function unheard() {
    const story = siteStory()
    story.fire(true)
    story.arm('open')
    story.fire(false)
    return story
  }

  test('refuses to come down: it is let go again, and is a case for staff when that is refused too', () => {
    const story = unheard()
    story.result('failed', null)
    expect(toBarrier(story)).toEqual(['release', 'close'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'closing' }, alarm: 'stuck-open' })
    story.result('failed', null)
    expect(toBarrier(story)).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
  })

  test('in vain, is let go again when its loops say that nobody is there, but not while a right waits before it, nor once it is down', () => {
    const story = unheard()
    const again = (): readonly string[] => {
      story.event({ kind: 'fail-safe-over', lane: IN })
      return toBarrier(story)
    }
    story.result('failed', null)
    toBarrier(story)
    expect(again(), 'it is on its way').toEqual([])
    story.result('failed', null)
    expect(again()).toEqual(['release', 'close'])
    story.result('failed', null)
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
    story.safety(true)
    expect(again()).toEqual([])
    story.safety(false)
    story.approach(true)
    expect(again()).toEqual(['release', 'close'])
    story.show(payToken('one'))
    toBarrier(story)
    story.result('failed')
    expect(story.lane().phase.kind).toBe('waiting')
    expect(again()).toEqual([])
    story.arm('closed')
    expect(again()).toEqual([])
  })

  test('is let go again behind each vehicle until it has been down, and behind none after that', () => {
    const story = unheard()
    story.result('failed', null)
    story.result('failed', null)
    for (const [code, told] of [
      ['one', ['release', 'close']],
      ['two', ['close']],
    ] as const) {
      story.approach(true)
      story.show(payToken(code))
      story.result('done')
      story.arm('open')
      story.safety(true)
      story.wait(SECOND_MS)
      story.approach(false)
      story.safety(false)
      toBarrier(story)
      story.wait(SAFETY_CLEAR_MS)
      expect(toBarrier(story)).toEqual(told)
      story.arm('closed')
      expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: null })
    }
  })

  test('says nothing at all: it is let go again when its time to come down is over', () => {
    const story = unheard()
    toBarrier(story)
    story.wait(ARM_DOWN_WITHIN_MS)
    expect(toBarrier(story)).toEqual(['release', 'close'])
  })

  test('is not let go over somebody who has come under it since', () => {
    const story = unheard()
    toBarrier(story)
    story.approach(true)
    story.safety(true)
    expect(toBarrier(story)).toEqual(['open'])
    story.result('failed', null)
    expect(toBarrier(story)).toEqual([])
  })

  test('of a bare relay, which cannot say where its arm is, is taken to be down', () => {
    const story = siteStory()
    story.fire(true)
    story.fire(false)
    story.wait(POLICY.barrierAnswerMs)
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, arm: 'unknown', alarm: null })
    expect(story.lane()).not.toHaveProperty('isLetGo')
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

  test('that the books never heard of is ended by a person: an arm that stands up before a lane at rest is let go, with nobody under it', () => {
    const story = siteStory()
    story.arm('open')
    toBarrier(story)
    expect(story.fire(false, 'fire-1'), 'an input that asks for none').toEqual([])
    story.safety(true)
    toBarrier(story)
    expect(story.fire(false, null)).toEqual([])
    story.safety(false)
    toBarrier(story)
    expect(story.fire(false, null)).toEqual(['in-1-barrier release', 'in-1-barrier close'])
    story.arm('closed')
    expect(story.lane().phase.kind).toBe('idle')
    expect(story.fire(false, null), 'it is down').toEqual([])
  })

  test('that the books never heard of is not ended where the barrier is away', () => {
    const facts = laneFacts({ arm: 'open' })
    const ended = (here: typeof facts) => decideEmergency(false, null, [here], COMMON, at(SECOND_MS)).effects.length
    expect([ended(facts), ended({ ...facts, barrierPresent: false })]).toEqual([2, 0])
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
