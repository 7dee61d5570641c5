import { setTimeout as passed } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { instant } from '../../../core/time.ts'
import { realTimeline } from '../../../simulators/world/real-timeline.ts'
import { virtualTimeline } from '../../../simulators/world/virtual-timeline.ts'
import { timelineContract } from './timeline-contract.ts'

const START = instant(Date.UTC(2026, 10, 21))

timelineContract('real time', () => ({ timeline: realTimeline(), pass: (ms) => passed(ms + 5) }))
timelineContract('virtual time', () => {
  const timeline = virtualTimeline(START)
  return { timeline, pass: (ms) => timeline.runFor(ms) }
})

describe('real time', () => {
  test('runs nothing more once it was stopped, and takes nothing new', async () => {
    const timeline = realTimeline()
    const ran: string[] = []
    timeline.after(5, () => ran.push('waiting'))
    timeline.join(passed(5), () => ran.push('joined'))
    timeline.stop()
    timeline.after(1, () => ran.push('new'))
    await passed(40)
    expect(ran).toEqual([])
  })
})

describe('virtual time', () => {
  test('lets a day go by in no time, to the millisecond', async () => {
    const timeline = virtualTimeline(START)
    const rang: number[] = []
    const ring = (): void => {
      rang.push(timeline.now())
      timeline.after(3_600_000, ring)
    }
    timeline.after(3_600_000, ring)
    await timeline.runFor(86_400_000)
    expect(rang).toHaveLength(24)
    expect(rang.at(-1)).toBe(START + 86_400_000)
    expect(timeline.now()).toBe(START + 86_400_000)
  })

  test('keeps the order of asking at one millisecond', async () => {
    const timeline = virtualTimeline(START)
    const ran: number[] = []
    for (let order = 0; order < 50; order += 1) timeline.after(10, () => ran.push(order))
    await timeline.runFor(10)
    expect(ran).toEqual(Array.from({ length: 50 }, (_, order) => order))
  })

  test('works off what is awaited between two things that happen', async () => {
    const timeline = virtualTimeline(START)
    const ran: string[] = []
    timeline.after(1, () => {
      void (async () => {
        await Promise.resolve()
        await Promise.resolve()
        ran.push(`awaited at ${timeline.monotonicMs()}`)
      })()
    })
    timeline.after(2, () => ran.push('next'))
    await timeline.runFor(5)
    expect(ran).toEqual(['awaited at 1', 'next'])
  })

  test('stands still while something is worked out, and hands results on in the order of asking', async () => {
    const timeline = virtualTimeline(START)
    const got: string[] = []
    timeline.after(3, () => {
      timeline.join(
        passed(20).then(() => 'slow'),
        (what) => got.push(`${what} at ${timeline.monotonicMs()}`),
      )
      timeline.join(Promise.resolve('quick'), (what) => got.push(`${what} at ${timeline.monotonicMs()}`))
    })
    timeline.after(4, () => got.push('next'))
    await timeline.runFor(10)
    expect(got).toEqual(['slow at 3', 'quick at 3', 'next'])
  })

  test('ends the run when something that was joined fails', async () => {
    const timeline = virtualTimeline(START)
    timeline.after(1, () => timeline.join(Promise.reject(new Error('no key')), () => {}))
    await expect(timeline.runFor(5)).rejects.toThrow('no key')
  })

  test('stops as soon as what is waited for has come, and says when it has not', async () => {
    const timeline = virtualTimeline(START)
    let isOpen = false
    timeline.after(100, () => {
      isOpen = true
    })
    expect(await timeline.runUntil(() => isOpen, 99)).toBe(false)
    expect(timeline.monotonicMs()).toBe(99)
    expect(await timeline.runUntil(() => isOpen, 500)).toBe(true)
    expect(timeline.monotonicMs()).toBe(100)
  })

  test('moves the wall clock alone when somebody sets it', async () => {
    const timeline = virtualTimeline(START)
    const ran: number[] = []
    timeline.after(50, () => ran.push(timeline.monotonicMs()))
    timeline.stepWallClock(-86_400_000)
    expect(timeline.now()).toBe(START - 86_400_000)
    await timeline.runFor(60)
    expect(ran).toEqual([50])
  })

  test('refuses to be run by two at once', async () => {
    const timeline = virtualTimeline(START)
    const first = timeline.runFor(10)
    await expect(timeline.runFor(10)).rejects.toThrow('running already')
    await first
  })
})
