import { describe, expect, test } from 'vitest'
import type { Timeline } from '../../../simulators/world/timeline.ts'

export type TimelineUnderTest = {
  readonly timeline: Timeline
  /** Lets that much time go by, with all that is due in it. */
  pass(ms: number): Promise<void>
}

/** What every timeline must do. `make` begins a new one for each test. */
export function timelineContract(name: string, make: () => TimelineUnderTest): void {
  describe(`${name}, as any timeline,`, () => {
    test('runs what is asked for once, in the order of its time', async () => {
      const { timeline, pass } = make()
      const ran: string[] = []
      timeline.after(60, () => ran.push('later'))
      timeline.after(5, () => ran.push('sooner'))
      expect(ran).toEqual([])
      await pass(150)
      expect(ran).toEqual(['sooner', 'later'])
    })

    test('never runs a thing before its time, nor before `after` has returned', async () => {
      const { timeline, pass } = make()
      const asked = timeline.monotonicMs()
      const waitedMs: number[] = []
      for (const delayMs of [0, 7, 30]) {
        timeline.after(delayMs, () => waitedMs.push(timeline.monotonicMs() - asked - delayMs))
      }
      expect(waitedMs).toEqual([])
      await pass(100)
      expect(waitedMs).toHaveLength(3)
      expect(waitedMs.every((earlyMs) => earlyMs >= 0)).toBe(true)
    })

    test('does not run what was cancelled, and bears a second cancelling and one that is too late', async () => {
      const { timeline, pass } = make()
      const ran: string[] = []
      const cancelled = timeline.after(10, () => ran.push('cancelled'))
      const kept = timeline.after(10, () => ran.push('kept'))
      cancelled.cancel()
      cancelled.cancel()
      await pass(80)
      kept.cancel()
      expect(ran).toEqual(['kept'])
    })

    test('lets what runs ask for more, and cancel what is due with it', async () => {
      const { timeline, pass } = make()
      const ran: string[] = []
      timeline.after(5, () => {
        timeline.after(5, () => ran.push('after that'))
        second.cancel()
      })
      const second = timeline.after(40, () => ran.push('second'))
      await pass(120)
      expect(ran).toEqual(['after that'])
    })

    test('counts whole milliseconds that never go back, and a wall clock that goes along', async () => {
      const { timeline, pass } = make()
      const before = { now: timeline.now(), monotonicMs: timeline.monotonicMs() }
      await pass(20)
      expect(Number.isInteger(timeline.monotonicMs())).toBe(true)
      expect(timeline.monotonicMs() - before.monotonicMs).toBeGreaterThanOrEqual(20)
      expect(timeline.now() - before.now).toBeGreaterThanOrEqual(19)
    })

    test('hands on what a promise gives', async () => {
      const { timeline, pass } = make()
      const got: number[] = []
      timeline.join(Promise.resolve(7), (value) => got.push(value))
      expect(got).toEqual([])
      await pass(10)
      expect(got).toEqual([7])
    })
  })
}
