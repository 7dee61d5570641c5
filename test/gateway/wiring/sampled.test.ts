import { expect, test } from 'vitest'
import { createSampler, SAID_MAX, SAY_AGAIN_MS } from '../../../gateway/wiring/sampled.ts'

test('what happens all the time is said once in a minute, each thing by itself', () => {
  let nowMs = 0
  const isSample = createSampler(() => nowMs)
  expect(['a', 'a', 'b', 'a'].map(isSample)).toEqual([true, false, true, false])
  nowMs = SAY_AGAIN_MS - 1
  expect(isSample('a')).toBe(false)
  nowMs = SAY_AGAIN_MS
  expect(['a', 'a'].map(isSample)).toEqual([true, false])
})

test(`${SAID_MAX} things are remembered, and one more forgets them all`, () => {
  const isSample = createSampler(() => 0)
  const things = Array.from({ length: SAID_MAX }, (_, index) => `thing ${index}`)
  expect(things.every(isSample)).toBe(true)
  expect(things.some(isSample)).toBe(false)
  expect(isSample('one more')).toBe(true)
  expect(isSample('thing 0')).toBe(true)
})
