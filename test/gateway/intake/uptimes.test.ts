import { expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import type { Uptimes } from '../../../gateway/intake/uptimes.ts'
import { createUptimes, SLACK_MAX_MS } from '../../../gateway/intake/uptimes.ts'

const READER = deviceId('reader-1')
const BOOT = 'boot-0001'

test('nothing is known of a device before its hello, of another boot, or after it has gone', () => {
  const { uptimes } = clocks()
  expect([uptimes.ageMs(READER, BOOT, 0), uptimes.now(READER)]).toEqual([undefined, undefined])
  uptimes.heard(READER, BOOT, 5_000)
  expect(uptimes.now(READER)).toBeUndefined()
  uptimes.greeted(READER, BOOT, 5_000)
  expect(uptimes.ageMs(READER, BOOT, 5_000)).toBe(0)
  expect(uptimes.ageMs(READER, 'boot-0002', 5_000)).toBeUndefined()
  uptimes.gone(READER)
  expect([uptimes.ageMs(READER, BOOT, 5_000), uptimes.now(READER)]).toEqual([undefined, undefined])
})

test('a hello maps the device’s uptime to our time, and what is from the future is of now', () => {
  const { uptimes, pass } = clocks()
  uptimes.greeted(READER, BOOT, 70_000)
  pass(3_000)
  expect(uptimes.now(READER)).toEqual({ boot: BOOT, upMs: 73_000 })
  expect(uptimes.ageMs(READER, BOOT, 71_000)).toBe(1_999)
  expect(uptimes.ageMs(READER, BOOT, 90_000)).toBe(0)
})

test('a hello that was long on its way is made good by the first message that was quicker', () => {
  const { uptimes, pass } = clocks()
  uptimes.greeted(READER, BOOT, 1_000)
  const lateByMs = 8_000
  pass(2_000)
  uptimes.heard(READER, BOOT, 1_000 + lateByMs + 2_000)
  expect(uptimes.now(READER)?.upMs).toBe(11_000)
  expect(uptimes.ageMs(READER, BOOT, 1_000)).toBe(10_000)
  uptimes.heard(READER, BOOT, 4_000)
  expect(uptimes.now(READER)?.upMs, 'a slow message makes nothing worse').toBe(11_000)
})

test.each([-50, 50])('a device whose clock is wrong by %i millionths is understood after a month of talking', (ppm) => {
  const { uptimes, pass, nowMs } = clocks()
  const upMs = (): number => Math.round(nowMs() * (1 + ppm / 1_000_000))
  uptimes.greeted(READER, BOOT, upMs())
  for (let minute = 0; minute < 30 * 24 * 60; minute += 1) {
    pass(MINUTE_MS)
    const ageMs = uptimes.ageMs(READER, BOOT, upMs())
    if (ageMs === undefined || ageMs > 20) throw new Error(`held to be ${ageMs} ms old after ${minute} minutes`)
    uptimes.heard(READER, BOOT, upMs())
    expect(Math.abs((uptimes.now(READER)?.upMs ?? 0) - upMs())).toBeLessThan(20)
  }
})

test.each([-50, 50])('and after a day of silence, with a clock wrong by %i millionths: fresh is fresh', (ppm) => {
  const { uptimes, pass, nowMs } = clocks()
  const upMs = (): number => Math.round(nowMs() * (1 + ppm / 1_000_000))
  uptimes.greeted(READER, BOOT, upMs())
  pass(DAY_MS)
  expect(uptimes.ageMs(READER, BOOT, upMs())).toBe(0)
  expect(uptimes.ageMs(READER, BOOT, upMs() - 20 * SECOND_MS)).toBeGreaterThan(7 * SECOND_MS)
  expect(Math.abs((uptimes.now(READER)?.upMs ?? 0) - upMs())).toBeLessThan(7 * SECOND_MS)
})

test('a device that is silent for long is given at most so much more time', () => {
  const { uptimes, pass, nowMs } = clocks()
  uptimes.greeted(READER, BOOT, nowMs())
  pass(5 * HOUR_MS)
  expect((uptimes.now(READER)?.upMs ?? 0) - nowMs()).toBe(1_800)
  pass(30 * DAY_MS)
  expect((uptimes.now(READER)?.upMs ?? 0) - nowMs()).toBe(SLACK_MAX_MS)
})

function clocks(): { uptimes: Uptimes; pass: (ms: number) => void; nowMs: () => number } {
  let nowMs = 0
  return {
    uptimes: createUptimes(() => nowMs),
    pass(ms) {
      nowMs += ms
    },
    nowMs: () => nowMs,
  }
}
