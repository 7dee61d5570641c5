import { describe, expect, test } from 'vitest'
import type { Decision } from '../../core/decision.ts'
import { decideBarrierState } from '../../core/lane/arm.ts'
import { decideEmergency, decideFailSafeOver } from '../../core/lane/emergency.ts'
import type { LaneState } from '../../core/lane/state.ts'
import { at, BARRIER, COMMON, IN, laneDevices, laneFacts, payToken } from './kit.ts'
import type { SiteStory } from './model/site-story.ts'
import { siteStory } from './model/site-story.ts'

const CODE = payToken('code-1')
const HELD = { kind: 'held-open', by: [], failSafe: true } as const

const says = (state: 'open' | 'moving' | 'closed', reason?: 'fail-safe') =>
  ({ kind: 'barrier-state', lane: IN, device: BARRIER, state, late: false, ...(reason && { reason }) }) as const

/** The arm has gone up by itself, and says so. */
function upByItself(story: SiteStory = siteStory()): SiteStory {
  story.event(says('moving', 'fail-safe'))
  story.event(says('open', 'fail-safe'))
  return story
}

const over = (story: SiteStory): readonly string[] => {
  story.event({ kind: 'fail-safe-over', lane: IN })
  return story.told()
}

describe('an arm that went up by itself because it heard nothing of the gateway', () => {
  test('is held open by nobody, with no alarm, and no money is taken at its lane', () => {
    const story = upByItself()
    expect(story.lane()).toMatchObject({ phase: HELD, arm: 'open', alarm: null })
    expect(story.told()).toEqual([])
    story.approach(true)
    expect(story.show(CODE)).toMatchObject({ ok: false, refusal: 'lane-held-open' })
    expect(story.model.payments).toEqual([])
  })

  test('is let go and closed when the gateway has heard that nobody is under it', () => {
    const story = upByItself()
    expect(over(story)).toEqual(['in-1-barrier release', 'in-1-barrier close'])
    expect(story.lane().phase.kind).toBe('closing')
    story.arm('closed')
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: null })
    expect(over(story)).toEqual([])
  })

  test('is not let go over somebody who is under it, and is when they have gone and it is asked again', () => {
    const story = upByItself()
    story.safety(true)
    expect(over(story)).toEqual([])
    expect(story.safety(false), 'the loops are asked for longer than one moment').toEqual([])
    expect(story.lane().phase).toEqual(HELD)
    expect(over(story)).toContain('in-1-barrier release')
  })

  test.each(['late', 'failed'] as const)(
    'is a case for staff when it answers %s, and is let go again when it says again why it is up',
    (result) => {
      const story = upByItself()
      over(story)
      story.result(result)
      // One that refuses is let go once more at once.
      if (result === 'failed') story.result(result)
      expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
      story.event(says('open', 'fail-safe'))
      expect(story.lane(), 'it still does not come down').toMatchObject({ phase: HELD, alarm: 'stuck-open' })
      expect(over(story)).toEqual(['in-1-barrier release', 'in-1-barrier close'])
      story.arm('closed')
      expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: null })
    },
  )

  test('is one too when it says that it did as it was told, and stands where it stood', () => {
    const story = upByItself()
    over(story)
    story.result('done')
    story.event(says('open', 'fail-safe'))
    expect(story.lane()).toMatchObject({ phase: HELD, alarm: 'stuck-open' })
    const moving = upByItself()
    over(moving)
    moving.event(says('moving', 'fail-safe'))
    over(moving)
    moving.event(says('open', 'fail-safe'))
    expect(moving.lane(), 'it has moved since').toMatchObject({ phase: HELD, alarm: null })
  })

  test('that somebody cranks down after it was let go in vain raises no alarm any more', () => {
    const story = upByItself()
    over(story)
    story.result('failed')
    story.event(says('open', 'fail-safe'))
    story.arm('closed')
    expect(story.lane()).toMatchObject({ phase: { kind: 'idle' }, alarm: null })
  })

  test('stays up while it says again that it is up: what was known of the loop before is not believed', () => {
    const story = upByItself()
    expect(story.arm('open')).toEqual([])
    expect(story.arm('moving')).toEqual([])
    expect(story.lane().phase).toEqual(HELD)
    expect(story.arm('closed'), 'somebody has let it down').toEqual([])
    expect(story.lane().phase).toEqual({ kind: 'idle' })
  })

  test('is told nothing while it is away', () => {
    const facts = laneFacts({ phase: HELD }, { barrierPresent: false })
    expect(decideFailSafeOver(facts, COMMON, at(0))).toMatchObject({ changes: [], effects: [] })
  })

  test('is of a lane whose barrier was taken away since: the lane goes on', () => {
    const decision = decideFailSafeOver(laneFacts({ phase: HELD }, { devices: [] }), COMMON, at(0))
    expect(stateOf(decision)?.phase).toEqual({ kind: 'idle' })
    expect(decision.effects).toEqual([])
  })

  test('leaves its right to whoever had one and did not pass, and uses up that of whom it found under it', () => {
    const waits = siteStory()
    waits.approach(true)
    waits.show(CODE)
    waits.result('done')
    upByItself(waits)
    expect(waits.passage().status).toBe('opened')
    over(waits)
    waits.arm('closed')
    expect(waits.show(CODE)).toMatchObject({ ok: true, kind: 'already-accepted' })

    const passes = siteStory()
    passes.approach(true)
    passes.show(CODE)
    passes.result('done')
    passes.safety(true)
    upByItself(passes)
    expect(passes.passage().status).toBe('used')
  })

  test('explains whom a loop saw under it before it could say so itself', () => {
    const story = siteStory()
    story.safety(true)
    expect(story.lane().alarm).toBe('unexplained-passage')
    upByItself(story)
    expect(story.lane()).toMatchObject({ phase: HELD, safety: true, alarm: null })
  })

  test('late word of it moves nothing: where it is now it says after its hello', () => {
    const story = siteStory()
    story.event({ ...says('open', 'fail-safe'), late: true })
    expect(story.lane().phase).toEqual({ kind: 'idle' })
  })
})

describe('an emergency and an arm that went up by itself', () => {
  test('that is held by both is not let go while the emergency goes on', () => {
    const story = siteStory()
    story.fire(true)
    upByItself(story)
    expect(story.lane().phase).toEqual({ ...HELD, by: ['fire-1'] })
    expect(over(story)).toEqual([])
    story.fire(true, 'fire-2')
    expect(story.lane().phase).toEqual({ ...HELD, by: ['fire-1', 'fire-2'] })
  })

  test('that is over leaves it to the loops, also by a person’s word', () => {
    const story = upByItself()
    story.fire(true)
    expect(story.fire(false)).not.toContain('in-1-barrier release')
    expect(story.lane().phase).toEqual(HELD)
    expect(story.fire(false, null)).toEqual([])
    expect(over(story)).toContain('in-1-barrier release')
  })

  test('at a lane with no loop under its arm it is let go by a person’s word, who has looked', () => {
    const devices = laneDevices(IN).filter(({ role }) => role !== 'safety')
    const decision = decideEmergency(false, null, [laneFacts({ phase: HELD }, { devices })], COMMON, at(0))
    expect(decision.effects.map(({ command }) => command.type)).toEqual(['release', 'close'])
  })

  test('that ended while it was away waits for the loops when it is back and says that it stands by itself', () => {
    const ended = laneFacts({ phase: { kind: 'held-open', by: [] } })
    const back = decideBarrierState(says('open', 'fail-safe'), ended, COMMON, at(0))
    expect(back.effects).toEqual([])
    expect(stateOf(back)?.phase).toEqual(HELD)
  })
})

test('a lane that stands open for another reason, or is none, is not let go by it', () => {
  const story = siteStory()
  story.fire(true)
  expect(over(story)).toEqual([])
  expect(decideFailSafeOver(laneFacts({ phase: { kind: 'held-open', by: [] } }), COMMON, at(0)).effects).toEqual([])
  expect(over(siteStory())).toEqual([])
  expect(decideFailSafeOver(laneFacts({}, { lane: null }), COMMON, at(0)).outcome).toMatchObject({
    refusal: 'lane-unknown',
  })
})

function stateOf({ changes }: Pick<Decision, 'changes'>): LaneState | undefined {
  const change = changes.find((one) => one.kind === 'lane-state')
  return change?.kind === 'lane-state' ? change.state : undefined
}
