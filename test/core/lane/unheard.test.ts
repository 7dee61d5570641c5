import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { decideBarrierState, decideCommandResult } from '../../../core/lane/arm.ts'
import { decideLaneTimer } from '../../../core/lane/due.ts'
import { decideEmergency, decideFailSafeOver } from '../../../core/lane/emergency.ts'
import { decideLoop, decideLoopAway } from '../../../core/lane/loops.ts'
import { ARM_DOWN_WITHIN_MS, ARM_UP_WITHIN_MS, SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import type { LaneState } from '../../../core/lane/state.ts'
import { ALARMS_WORST_FIRST, worseAlarm } from '../../../core/lane/state.ts'
import { laneView, VIEW_ALARMS_WORST_FIRST } from '../../../core/lane/view.ts'
import { at, BARRIER, COMMON, IN, laneDevices, laneFacts, laneState, POLICY, paidPassage, payToken } from '../kit.ts'
import type { SiteStory } from '../model/site-story.ts'
import { siteStory } from '../model/site-story.ts'

const CODE = payToken('code-1')
const COMMAND = 'box-1:1:7:0' as EffectId

function up(): SiteStory {
  const story = siteStory()
  story.arm('closed')
  story.approach(true)
  story.show(CODE)
  story.result('done')
  story.arm('open')
  return story
}

/** … its vehicle has driven on under the arm, and the loop there was not heard. */
function leftUp(): SiteStory {
  const story = up()
  story.model.cutSafetyLoop(IN)
  story.approach(false)
  story.wait(POLICY.passWithinMs)
  return story
}

const cut = (story: SiteStory) =>
  story.event({ kind: 'loop-away', lane: IN, device: deviceId(`${IN}-safety`) }).decision
const stateOf = ({ changes }: Decision): LaneState | undefined =>
  changes.flatMap((change) => (change.kind === 'lane-state' ? [change.state] : [])).at(-1)
const loop = (occupied: boolean) =>
  ({ kind: 'loop', lane: IN, device: deviceId(`${IN}-safety`), role: 'safety', occupied, late: false }) as const
const says = (state: 'open' | 'closed') =>
  ({ kind: 'barrier-state', lane: IN, device: BARRIER, state, late: false }) as const

describe('a lane whose loop under the arm is not heard', () => {
  test('leaves the arm up on its old word, keeps the right, and goes on', () => {
    const story = leftUp()
    expect(story.told()).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'loop-away', isUpUnheard: true })
    expect(story.passage().status).toBe('opened')
    expect(story.model.due.size, 'only the right waits').toBe(1)
    story.arm('open')
    expect(story.lane(), 'it is no news that it is up').toMatchObject({ alarm: 'loop-away', isUpUnheard: true })
    story.wait(POLICY.passageRightMs)
    story.approach(true)
    expect(story.show(payToken('code-2'))).toMatchObject({ ok: true, kind: 'paid' })
    expect(story.lane()).toMatchObject({ phase: { kind: 'opening' }, alarm: null })
    expect(story.lane()).not.toHaveProperty('isUpUnheard')
  })

  test('lets it come down when the loop says once more that nobody is there', () => {
    const story = leftUp()
    expect(story.safety(false)).toEqual(['in-1-barrier close'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'closing' }, alarm: null })
    expect(story.lane()).not.toHaveProperty('isUpUnheard')
  })

  test('finds somebody under it when the loop is back: it comes down behind them', () => {
    const story = leftUp()
    story.wait(60_000)
    expect(story.safety(true)).toEqual([])
    expect(story.lane()).toMatchObject({ phase: { kind: 'passing', passage: null }, alarm: null })
    story.safety(false)
    expect(story.wait(SAFETY_CLEAR_MS)).toEqual(['in-1-barrier close'])
    expect(story.passage().status).toBe('opened')
  })

  test('finds the one that waits there under it: that is its passage', () => {
    const story = up()
    story.model.cutSafetyLoop(IN)
    story.wait(POLICY.passWithinMs)
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'loop-away' })
    story.safety(true)
    expect(story.passage().status).toBe('passing')
    story.approach(false)
    story.safety(false)
    expect(story.wait(SAFETY_CLEAR_MS)).toContain('in-1-barrier close')
    expect(story.passage().status).toBe('used')
  })

  test('is up over somebody who was there before it went away: it is theirs to leave, also where it says so again', () => {
    const held = { phase: { kind: 'idle' }, safety: true, arm: 'open', alarm: 'loop-away', isUpUnheard: true } as const
    const again = decideLoop(loop(true), laneFacts(held), COMMON, at(0))
    expect(stateOf(again)).toMatchObject({ phase: { kind: 'passing' }, safety: true, alarm: null })
    const gone = decideLoop(loop(false), laneFacts(held), COMMON, at(0))
    expect(gone.effects.map(({ command }) => command.type)).toEqual(['close'])
    const other = decideLoop(loop(false), laneFacts(held, { safetyHeard: false }), COMMON, at(0))
    expect(other.effects, 'of two loops the other is away').toEqual([])
    expect(stateOf(other)).toMatchObject({ isUpUnheard: true, alarm: 'loop-away' })
  })

  test('looks at who was under the arm before it opened no more, for nothing would tell that they have gone', () => {
    const open = { phase: { kind: 'open', passage: null, command: COMMAND }, safety: true, arm: 'open' } as const
    const timer = { purpose: 'passage-due', lane: IN, command: COMMAND } as const
    const due = decideLaneTimer(timer, laneFacts(open, { safetyHeard: false }), COMMON, at(0))
    expect(due.effects).toEqual([])
    expect(stateOf(due)).toMatchObject({ phase: { kind: 'idle' }, safety: true, isUpUnheard: true })
  })

  test('tells an arm that has not come down nothing more', () => {
    const closing = { phase: { kind: 'closing', passage: null, command: COMMAND }, arm: 'open' } as const
    const timer = { purpose: 'close-due', lane: IN, command: COMMAND } as const
    const due = decideLaneTimer(timer, laneFacts(closing, { safetyHeard: false }), COMMON, at(ARM_DOWN_WITHIN_MS))
    expect(due.effects).toEqual([])
    expect(stateOf(due)).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open', isUpUnheard: true })
  })

  test('has no alarm for it any more when somebody has let the arm down', () => {
    const story = leftUp()
    story.arm('closed')
    expect(story.lane()).toMatchObject({ alarm: null, arm: 'closed' })
    expect(story.lane()).not.toHaveProperty('isUpUnheard')
  })

  test('is told when it waits for that loop, once, and no lesser alarm hides a worse one', () => {
    const story = up()
    story.safety(true)
    expect(cut(story).changes, 'it has been back since').toEqual([])
    story.model.cutSafetyLoop(IN)
    expect(stateOf(cut(story))).toMatchObject({ phase: { kind: 'passing' }, alarm: 'loop-away' })
    expect(cut(story).changes).toEqual([])
    story.safety(true)
    expect(story.lane(), 'it is there, and so are they').toMatchObject({ phase: { kind: 'passing' }, alarm: null })
    story.safety(true)
    expect(story.lane().alarm).toBeNull()
    const worse = laneFacts({ ...story.lane(), alarm: 'tailgating' }, { safetyHeard: false })
    expect(decideLoopAway(worse, COMMON, at(0)).changes).toEqual([])
    expect(decideLoopAway(laneFacts({}, { safetyHeard: false }), COMMON, at(0)).changes, 'nobody is there').toEqual([])
    const nowhere = decideLoopAway(laneFacts({}, { lane: null }), COMMON, at(0))
    expect(nowhere.outcome).toMatchObject({ ok: false, refusal: 'lane-unknown' })
  })

  test('lets no arm go when an emergency ends, and does when the loop is heard', () => {
    const held = laneFacts({ phase: { kind: 'held-open', by: [null] } }, { safetyHeard: false })
    const over = decideEmergency(false, null, [held], COMMON, at(0))
    expect(over.effects).toEqual([])
    const state = stateOf(over)
    expect(state?.phase).toEqual({ kind: 'held-open', by: [] })
    const here = decideBarrierState(says('open'), laneFacts(state, { safetyHeard: false }), COMMON, at(0))
    expect(here.effects).toEqual([])
    const down = decideBarrierState(says('closed'), laneFacts(state, { safetyHeard: false }), COMMON, at(0))
    expect(stateOf(down)?.phase, 'what is down falls on nobody').toEqual({ kind: 'idle' })
    const unheard = decideLoop(loop(false), laneFacts(state, { safetyHeard: false }), COMMON, at(0))
    expect(unheard, 'another loop there').toMatchObject({ changes: [], effects: [] })
    const other = decideLoop(loop(false), laneFacts({ ...state, safety: true }, { safetyHeard: false }), COMMON, at(0))
    expect(other.effects).toEqual([])
    const away = decideLoop(loop(false), laneFacts(state, { barrierPresent: false }), COMMON, at(0))
    expect(away.effects).toEqual([])
    const heard = decideLoop(loop(false), laneFacts(state), COMMON, at(0))
    expect(heard.effects.map(({ command }) => command.type)).toEqual(['release', 'close'])
    const occupied = decideLoop(loop(true), laneFacts({ ...state, safety: true }), COMMON, at(0))
    expect(occupied).toMatchObject({ changes: [], effects: [] })
    const byItself = { phase: { kind: 'held-open', by: [], failSafe: true } } as const
    expect(decideLoop(loop(false), laneFacts(byItself), COMMON, at(0)).effects, 'for longer than a moment').toEqual([])
    expect(decideFailSafeOver(laneFacts(byItself, { safetyHeard: false }), COMMON, at(0)).effects).toEqual([])
  })

  test('but has no arm goes on', () => {
    const open = { phase: { kind: 'open', passage: null, command: COMMAND } } as const
    const timer = { purpose: 'passage-due', lane: IN, command: COMMAND } as const
    const due = decideLaneTimer(timer, laneFacts(open, { safetyHeard: false, devices: [] }), COMMON, at(0))
    expect(stateOf(due)).not.toHaveProperty('isUpUnheard')
    const held = laneFacts({ phase: { kind: 'held-open', by: [null] } }, { safetyHeard: false, devices: [] })
    expect(stateOf(decideEmergency(false, null, [held], COMMON, at(0)))?.phase).toEqual({ kind: 'idle' })
  })
})

describe('an arm that is told to open', () => {
  const opening = (story: SiteStory) => story.lane().phase

  test('and was down has to say in its time that it is up', () => {
    const story = siteStory()
    story.arm('closed')
    story.approach(true)
    story.show(CODE)
    story.result('done')
    expect(opening(story)).toMatchObject({ kind: 'open', saysUp: true })
    story.arm('moving')
    story.wait(ARM_UP_WITHIN_MS - 1)
    expect(story.lane().alarm).toBeNull()
    expect(story.wait(1)).toEqual(['in-1-display call-staff', 'in-1-soundbox call-staff'])
    expect(story.lane()).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'stuck-closed' })
    story.hand()
    expect(opening(story), 'and once more').toMatchObject({ kind: 'opening', saysUp: true })
    story.hand()
    expect(opening(story)).toMatchObject({ kind: 'opening', saysUp: true })
    story.result('done')
    story.hand()
    expect(opening(story)).toMatchObject({ kind: 'opening', saysUp: true })
    story.result('done')
    story.arm('open')
    story.hand()
    expect(opening(story)).not.toHaveProperty('saysUp')
  })

  test('and has never said where it is, or is behind a relay, is believed when it has pulsed', () => {
    const silent = siteStory()
    silent.approach(true)
    silent.show(CODE)
    silent.result('done')
    expect(opening(silent)).not.toHaveProperty('saysUp')
    const relay = laneDevices(IN).map((device) => ({ ...device, delivery: 'once' as const }))
    const down = laneFacts({ phase: { kind: 'idle' }, arm: 'closed' }, { devices: relay })
    const command = { kind: 'command-result', lane: IN, device: BARRIER, command: COMMAND, result: 'done' } as const
    const pulsed = laneFacts(
      { ...down.state, phase: { kind: 'opening', passage: null, command: COMMAND } },
      { devices: relay },
    )
    expect(stateOf(decideCommandResult(command, pulsed, COMMON, at(0)))?.phase).not.toHaveProperty('saysUp')
  })

  test('and is asked by a wait that is over does nothing', () => {
    const timer = { purpose: 'up-due', lane: IN, command: COMMAND } as const
    const open = { phase: { kind: 'open', passage: paidPassage().id, command: COMMAND, saysUp: true } } as const
    expect(decideLaneTimer(timer, laneFacts({ ...open, arm: 'open' }), COMMON, at(0)).changes).toEqual([])
    expect(stateOf(decideLaneTimer(timer, laneFacts(open), COMMON, at(0)))?.alarm).toBe('stuck-closed')
  })
})

describe('of several alarms', () => {
  test('the worst stays: what somebody did, then what is broken, then who does not drive', () => {
    expect(worseAlarm(null, 'no-passage')).toBe('no-passage')
    expect(worseAlarm('no-passage', 'loop-away')).toBe('loop-away')
    expect(worseAlarm('loop-away', 'no-passage')).toBe('loop-away')
    expect(worseAlarm('tailgating', 'loop-away')).toBe('tailgating')
    const shown = ALARMS_WORST_FIRST.map((alarm) => laneView(laneState({ alarm }), []).alarm)
    const ranks = shown.map((alarm) => (alarm === null ? -1 : VIEW_ALARMS_WORST_FIRST.indexOf(alarm)))
    // That a device chatters is in no record.
    expect(new Set([...shown, 'device-chatters']).size).toBe(VIEW_ALARMS_WORST_FIRST.length)
    expect(ranks).not.toContain(-1)
  })

  test('a loop that chatters is one of them, named beside a worse one too', () => {
    const loop = { id: deviceId('in-1-safety'), kind: 'loop', present: true, chatters: true } as const
    const chattering = [{ id: 'in-1-safety', kind: 'loop' }]
    expect(laneView(laneState(), [loop])).toMatchObject({ alarm: 'device-chatters', chattering, away: [] })
    expect(laneView(laneState({ alarm: 'loop-stuck' }), [loop])).toMatchObject({ alarm: 'device-chatters', chattering })
    expect(laneView(laneState({ alarm: 'loop-away' }), [loop])).toMatchObject({ alarm: 'device-away', chattering })
    expect(laneView(laneState(), [{ ...loop, chatters: false }])).toMatchObject({ alarm: null, chattering: [] })
  })

  test('a device that is away is one of them, named beside a worse one too', () => {
    const [reader, arm] = [
      { id: deviceId('in-1-reader'), kind: 'qr-reader', present: false },
      { id: BARRIER, kind: 'barrier', present: true },
    ]
    expect(laneView(laneState(), [arm])).toMatchObject({ alarm: null, away: [] })
    expect(laneView(laneState(), [reader, arm])).toMatchObject({ alarm: 'device-away', away: ['in-1-reader'] })
    expect(laneView(laneState({ alarm: 'no-passage' }), [reader, arm])).toMatchObject({ alarm: 'device-away' })
    expect(laneView(laneState({ alarm: 'stuck-open' }), [reader, arm])).toMatchObject({
      alarm: 'stuck-open',
      away: ['in-1-reader'],
    })
    const unbelieved = { id: deviceId('in-1-loop'), kind: 'loop', present: true, silent: true }
    expect(laneView(laneState(), [unbelieved, { ...arm, silent: false }])).toMatchObject({
      alarm: 'device-away',
      away: ['in-1-loop'],
    })
    const silent = laneState({ alarm: 'barrier-no-answer' })
    expect(laneView(silent, [arm]), 'it is there, and does not answer').toMatchObject({
      alarm: 'device-away',
      away: [BARRIER],
    })
  })
})
