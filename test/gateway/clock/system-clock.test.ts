import { afterEach, describe, expect, test, vi } from 'vitest'
import { DAY_MS, instant } from '../../../core/time.ts'
import type { Clock } from '../../../gateway/clock/clock.ts'
import {
  createSystemClock,
  DEFAULT_ABSENCE_MS,
  DEFAULT_STEP_MS,
  trustedByConfig,
} from '../../../gateway/clock/system-clock.ts'

// Fake timers cut as Node does: what is longer than 2^31 - 1 ms is waited for 1 ms.
const NODE_MAX_MS = 2 ** 31 - 1

const systemClock = (): Clock =>
  createSystemClock({
    source: trustedByConfig(100),
    floor: () => instant(0),
    stepMs: DEFAULT_STEP_MS,
    absenceMaxMs: DEFAULT_ABSENCE_MS,
    zone: 'Asia/Ho_Chi_Minh',
  })

afterEach(() => {
  vi.useRealTimers()
})

describe('the clock of the machine', () => {
  test.each([1_000, NODE_MAX_MS, NODE_MAX_MS + 1, 30 * DAY_MS, 366 * DAY_MS])(
    'runs what waits for %i ms then, once, and not before',
    (delayMs) => {
      vi.useFakeTimers()
      let runs = 0
      systemClock().after(delayMs, () => {
        runs += 1
      })
      vi.advanceTimersByTime(delayMs - 1)
      expect(runs).toBe(0)
      vi.advanceTimersByTime(1)
      expect(runs).toBe(1)
      vi.advanceTimersByTime(2 * delayMs)
      expect(runs).toBe(1)
    },
  )

  test('runs nothing of a long wait that was taken back in its second part', () => {
    vi.useFakeTimers()
    let runs = 0
    const alarm = systemClock().after(30 * DAY_MS, () => {
      runs += 1
    })
    vi.advanceTimersByTime(25 * DAY_MS)
    alarm.cancel()
    vi.advanceTimersByTime(30 * DAY_MS)
    expect([runs, vi.getTimerCount()]).toEqual([0, 0])
  })

  test('waits 30 days also by the timers of Node itself, which take them for 1 ms', async () => {
    let runs = 0
    const alarm = systemClock().after(30 * DAY_MS, () => {
      runs += 1
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    alarm.cancel()
    expect(runs).toBe(0)
  })
})
