import { describe, expect, test } from 'vitest'
import { effectsAt } from '../../../core/decision.ts'
import type { EventBody } from '../../../core/events.ts'
import { decideLaneTimer } from '../../../core/lane/due.ts'
import { decideLoop } from '../../../core/lane/loops.ts'
import { SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import { decideOpenByHand, openLane } from '../../../core/lane/opening.ts'
import { decidePassageLapse } from '../../../core/lane/rights.ts'
import type { LanePhase, PassageStatus } from '../../../core/lane/state.ts'
import { later } from '../../../core/time.ts'
import {
  at,
  BOTH,
  COMMON,
  IN,
  laneFacts,
  OUT,
  overrideToken,
  POLICY,
  PRESENT,
  paidPassage,
  passToken,
  STEPPED,
} from '../kit.ts'
import { siteStory } from '../model/site-story.ts'
import { CODE, lapse, opened, paid, safetyOn, stateOf, timerCommand, toBarrier, underArm } from './moving-lane.ts'

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
