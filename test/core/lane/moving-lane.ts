import { expect } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { LapseFacts } from '../../../core/facts.ts'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import { OVER_LOOP_MIN_MS } from '../../../core/lane/loops.ts'
import { SAFETY_CLEAR_MS } from '../../../core/lane/moves.ts'
import type { LaneState, Passage } from '../../../core/lane/state.ts'
import { IN, payToken } from '../kit.ts'
import type { SiteStory } from '../model/site-story.ts'
import { siteStory } from '../model/site-story.ts'

export const CODE = payToken('code-1')

/** A vehicle has come and paid: its arm was told to open. */
export function paid(over: Parameters<typeof siteStory>[0] = {}): SiteStory {
  const story = siteStory(over)
  story.approach(true)
  expect(story.show(CODE)).toMatchObject({ ok: true, kind: 'paid' })
  return story
}

/** … and the arm is up. */
export function opened(over: Parameters<typeof siteStory>[0] = {}): SiteStory {
  const story = paid(over)
  story.result('done')
  story.arm('open')
  return story
}

/** … and the vehicle is under it. */
export function underArm(): SiteStory {
  const story = opened()
  story.safety(true)
  story.wait(OVER_LOOP_MIN_MS)
  story.approach(false)
  return story
}

/** … and it has left, and the arm was told to close. */
export function gone(): SiteStory {
  const story = underArm()
  story.safety(false)
  story.wait(SAFETY_CLEAR_MS)
  return story
}

export const toBarrier = (story: SiteStory): readonly string[] =>
  story.told().flatMap((line) => (line.startsWith('in-1-barrier ') ? [line.slice('in-1-barrier '.length)] : []))

export function lapse(passage: Passage | null): LapseFacts {
  return { passage, parking: null, stay: null }
}

export const timerCommand = 'box-1:1:1:0' as EffectId

export const safetyOn = {
  kind: 'loop',
  lane: IN,
  device: deviceId('in-1-safety'),
  role: 'safety',
  occupied: true,
  late: false,
} as const

export function stateOf({ changes }: Pick<Decision, 'changes'>): LaneState | undefined {
  const change = changes.find((one) => one.kind === 'lane-state')
  return change?.kind === 'lane-state' ? change.state : undefined
}
