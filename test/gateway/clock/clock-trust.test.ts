import { describe, expect, test } from 'vitest'
import type { ClockTrust, Instant } from '../../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, later } from '../../../core/time.ts'
import { createClockJudge, doubtingLongAbsence } from '../../../gateway/clock/clock-trust.ts'
import { createLocalTime } from '../../../gateway/clock/local-time.ts'
import { createSystemClock, trustedByConfig } from '../../../gateway/clock/system-clock.ts'
import { NOON } from '../../support/site.ts'

const STEP_MS = 5_000
const SYNCED: ClockTrust = { state: 'synced', uncertaintyMs: 20 }
const HOLDOVER: ClockTrust = { state: 'holdover', uncertaintyMs: 100 }
const STEPPED: ClockTrust = { state: 'stepped' }
const UNKNOWN: ClockTrust = { state: 'unknown' }

describe('a clock that runs', () => {
  test.each([SYNCED, HOLDOVER, UNKNOWN])('is believed as far as its source says: $state', (stated) => {
    const clock = judged(stated)
    for (let hour = 0; hour < 48; hour += 1) {
      clock.pass(HOUR_MS)
      expect(clock.trust()).toEqual(stated)
    }
  })

  test('is followed through slow corrections, however far they lead', () => {
    const clock = judged(HOLDOVER)
    for (let minute = 0; minute < 600; minute += 1) {
      clock.pass(60_000)
      clock.step(400)
      expect(clock.trust()).toEqual(HOLDOVER)
    }
  })

  test('up to the limit has been corrected, past it has jumped', () => {
    const clock = judged(HOLDOVER)
    clock.step(STEP_MS)
    expect(clock.trust()).toEqual(HOLDOVER)
    clock.step(STEP_MS + 1)
    expect(clock.trust()).toEqual(STEPPED)
  })
})

describe('a clock that jumps', () => {
  test.each([
    ['a day back', -DAY_MS],
    ['an hour forward', HOUR_MS],
    ['ten years forward', 3_653 * DAY_MS],
  ])('%s is not believed until something confirms it', (_how, byMs) => {
    const clock = judged(HOLDOVER)
    clock.step(byMs)
    clock.pass(DAY_MS)
    expect(clock.trust()).toEqual(STEPPED)
    clock.say(UNKNOWN)
    expect(clock.trust()).toEqual(STEPPED)
    clock.say(SYNCED)
    expect(clock.trust()).toEqual(SYNCED)
    clock.say(HOLDOVER)
    expect(clock.trust()).toEqual(HOLDOVER)
  })

  test('and comes back is believed again', () => {
    const clock = judged(HOLDOVER)
    clock.step(HOUR_MS)
    expect(clock.trust()).toEqual(STEPPED)
    clock.step(HOUR_MS)
    expect(clock.trust()).toEqual(STEPPED)
    clock.step(-2 * HOUR_MS)
    expect(clock.trust()).toEqual(HOLDOVER)
  })

  test('is not confirmed by the operator’s word, which was given before', () => {
    const source = trustedByConfig(500)
    const judge = createClockJudge({ source, floor: () => instant(0), stepMs: STEP_MS }, NOON, 0)
    expect(judge.trustAt(NOON, 0)).toEqual({ state: 'holdover', uncertaintyMs: 500 })
    expect(judge.trustAt(later(NOON, 3_653 * DAY_MS), 1_000)).toEqual(STEPPED)
  })
})

describe('the floor', () => {
  test('is a time below which a clock is wrong, whatever its source says', () => {
    const clock = judged(SYNCED, NOON)
    expect(clock.trust()).toEqual(SYNCED)
    clock.raiseFloor(later(NOON, HOUR_MS))
    expect(clock.trust()).toEqual(STEPPED)
    clock.pass(HOUR_MS - STEP_MS)
    expect(clock.trust()).toEqual(SYNCED)
  })

  test('holds from the first moment: a box that starts in 1970 is not believed', () => {
    const judge = createClockJudge(
      { source: { trust: () => HOLDOVER }, floor: () => NOON, stepMs: STEP_MS },
      instant(0),
      0,
    )
    expect(judge.trustAt(instant(0), 0)).toEqual(STEPPED)
  })
})

describe('the machine’s clock', () => {
  test('tells the wall clock with its trust and the local time, and a monotonic one that does not go back', () => {
    const clock = createSystemClock({
      zone: 'Asia/Ho_Chi_Minh',
      source: trustedByConfig(500),
      floor: () => instant(0),
      stepMs: STEP_MS,
      absenceMaxMs: 45 * DAY_MS,
    })
    const before = Date.now()
    const now = clock.now()
    expect(now.at).toBeGreaterThanOrEqual(before)
    expect(now.trust).toEqual({ state: 'holdover', uncertaintyMs: 500 })
    expect(now.local).toEqual(createLocalTime('Asia/Ho_Chi_Minh')(now.at))
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(0)
  })

  test('runs what is waited for once, and what was called off never', async () => {
    const clock = createSystemClock({
      zone: 'UTC',
      source: trustedByConfig(1),
      floor: () => instant(0),
      stepMs: STEP_MS,
      absenceMaxMs: 45 * DAY_MS,
    })
    const ran: string[] = []
    clock.after(1, () => ran.push('after'))
    clock.after(1, () => ran.push('called off')).cancel()
    clock.soon(() => ran.push('soon'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(ran.sort()).toEqual(['after', 'soon'])
  })
})

describe('local time', () => {
  const utc = (text: string): Instant => instant(Date.parse(text))

  test.each([
    ['Asia/Ho_Chi_Minh', '2026-11-21T16:59:59.999Z', '2026-11-21', 6, 23 * 60 + 59],
    ['Asia/Ho_Chi_Minh', '2026-11-21T17:00:00.000Z', '2026-11-22', 7, 0],
    ['Asia/Kathmandu', '2026-11-21T18:15:00.000Z', '2026-11-22', 7, 0],
    ['Europe/Paris', '2026-10-25T00:59:00.000Z', '2026-10-25', 7, 2 * 60 + 59],
    ['Europe/Paris', '2026-10-25T01:00:00.000Z', '2026-10-25', 7, 2 * 60],
  ])('in %s at %s', (zone, at, day, weekday, minuteOfDay) => {
    expect(createLocalTime(zone)(utc(at))).toEqual({ day, weekday, minuteOfDay })
  })

  test('is worked out anew when the minute changes, forward and back', () => {
    const local = createLocalTime('Asia/Ho_Chi_Minh')
    const minutes = [0, 30_000, 60_000, 59_999, -1].map((ms) => local(later(NOON, ms)).minuteOfDay)
    expect(minutes).toEqual([720, 720, 721, 720, 719])
  })

  test('of a zone that nobody knows is refused', () => {
    expect(() => createLocalTime('Asia/Nowhere')).toThrow(RangeError)
  })
})

function judged(stated: ClockTrust, floorAt: Instant = instant(0)) {
  let [at, monotonicMs, said, floor] = [NOON, 0, stated, floorAt]
  const judge = createClockJudge(
    { source: { trust: () => said }, floor: () => floor, stepMs: STEP_MS },
    at,
    monotonicMs,
  )
  return {
    pass(ms: number) {
      at = later(at, ms)
      monotonicMs += ms
    },
    step(ms: number) {
      at = later(at, ms)
    },
    say(next: ClockTrust) {
      said = next
    },
    raiseFloor(to: Instant) {
      floor = to
    },
    trust: () => judge.trustAt(at, monotonicMs),
  }
}

describe('a clock at the start of the process', () => {
  const LONGEST_MS = 45 * DAY_MS
  const started = (aheadMs: number, said: ClockTrust, known: Instant = NOON) => {
    let source = said
    let floor = known
    const at = later(NOON, aheadMs)
    const settings = { source: { trust: () => source }, floor: () => floor, stepMs: STEP_MS, absenceMaxMs: LONGEST_MS }
    const judge = doubtingLongAbsence(createClockJudge(settings, at, 0), settings)
    return {
      trust: () => judge.trustAt(at, 0),
      say: (next: ClockTrust) => {
        source = next
      },
      learn: (next: Instant) => {
        floor = next
      },
    }
  }

  test('is believed up to the longest likely standstill, and not past it', () => {
    expect(started(LONGEST_MS, HOLDOVER).trust()).toEqual(HOLDOVER)
    expect(started(LONGEST_MS + 1, HOLDOVER).trust()).toEqual(STEPPED)
    expect(started(3_653 * DAY_MS, HOLDOVER).trust()).toEqual(STEPPED)
  })

  test('is believed after a long standstill when its source measures it, or when a bundle of this time was taken', () => {
    expect(started(3_653 * DAY_MS, SYNCED).trust()).toEqual(SYNCED)
    const clock = started(100 * DAY_MS, HOLDOVER)
    expect(clock.trust()).toEqual(STEPPED)
    clock.learn(later(NOON, 99 * DAY_MS))
    expect(clock.trust()).toEqual(HOLDOVER)
  })

  test('is believed on a box that knows of no time yet, and goes on to be when nothing is known for long', () => {
    const clock = started(3_653 * DAY_MS, HOLDOVER, instant(0))
    expect(clock.trust()).toEqual(HOLDOVER)
    const running = started(DAY_MS, HOLDOVER)
    expect(running.trust()).toEqual(HOLDOVER)
    running.learn(later(NOON, -90 * DAY_MS))
    expect(running.trust()).toEqual(HOLDOVER)
  })
})
