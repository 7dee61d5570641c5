import { expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { instant } from '../../../core/time.ts'
import { createPostingCameras } from '../../../gateway/http/posting-cameras.ts'

const CAMERA = deviceId('gate-cam')
const START = 1_795_300_000_000

function cameras(silentMaxMs: number) {
  const time = { ms: 0, wrongByMs: 0 }
  const clock = {
    now: () => ({
      at: instant(START + time.ms + time.wrongByMs),
      trust: { state: 'synced', uncertaintyMs: 0 } as const,
    }),
    monotonicMs: () => time.ms,
    after: () => ({ cancel: () => undefined }),
  }
  return { ...createPostingCameras(clock, silentMaxMs), time }
}

test('a camera that posts is there from its first word until it has been silent for the limit, and says since when', () => {
  const at = cameras(120_000)
  expect([at.isPresent(CAMERA), at.presenceSince(CAMERA)]).toEqual([false, null])
  at.heard(CAMERA)
  at.time.ms = 60_000
  at.heard(CAMERA)
  at.time.ms = 179_999
  expect([at.isPresent(CAMERA), at.presenceSince(CAMERA)]).toEqual([true, START])
  at.time.ms = 180_000
  expect([at.isPresent(CAMERA), at.presenceSince(CAMERA)]).toEqual([false, START + 180_000])
  at.time.ms = 500_000
  at.heard(CAMERA)
  expect([at.isPresent(CAMERA), at.presenceSince(CAMERA)]).toEqual([true, START + 500_000])
})

test('a clock that is set hides no camera and shows none', () => {
  const at = cameras(120_000)
  at.heard(CAMERA)
  at.time.wrongByMs = 86_400_000
  expect(at.isPresent(CAMERA)).toBe(true)
  at.time.wrongByMs = -86_400_000
  at.time.ms = 120_000
  expect(at.isPresent(CAMERA)).toBe(false)
})
