import type { ClockTrust, Instant } from '../../core/time.ts'

/** What a source of time says of the machine's clock now. Only `synced` confirms a clock that has jumped: it may be said only of what was found right since. */
export type TimeSource = { trust(): ClockTrust }

export type ClockTrustSettings = {
  readonly source: TimeSource
  /** Nothing of this site can have happened before it (gateway/wiring/time-floor.ts). A clock below it is wrong. */
  readonly floor: () => Instant
  /** A jump of the wall clock against the monotonic one that is more than a correction. */
  readonly stepMs: number
}

/** How far a wall clock is believed, by the monotonic clock beside it. Both are told at each question, for neither is read here. */
export type ClockJudge = { trustAt(at: Instant, monotonicMs: number): ClockTrust }

/**
 * A jump is not believed until the source of time confirms it, or the clock has come back; a clock below the floor is not believed at all
 * (architecture, section 10). `at` and `monotonicMs` are what both clocks say at the start.
 */
export function createClockJudge(settings: ClockTrustSettings, at: Instant, monotonicMs: number): ClockJudge {
  let offsetMs = at - monotonicMs
  let steppedFromMs: number | undefined

  return {
    trustAt(now, nowMonotonicMs) {
      const nowOffsetMs = now - nowMonotonicMs
      if (Math.abs(nowOffsetMs - offsetMs) > settings.stepMs) {
        steppedFromMs ??= offsetMs
        offsetMs = nowOffsetMs
      } else if (steppedFromMs === undefined) {
        // Slow corrections are followed; only a jump is remembered.
        offsetMs = nowOffsetMs
      }
      const stated = settings.source.trust()
      if (steppedFromMs !== undefined) {
        const isBack = Math.abs(nowOffsetMs - steppedFromMs) <= settings.stepMs
        if (!isBack && stated.state !== 'synced') return { state: 'stepped' }
        steppedFromMs = undefined
        offsetMs = nowOffsetMs
      }
      if (now < settings.floor() - settings.stepMs) return { state: 'stepped' }
      return stated
    },
  }
}

export type AbsenceSettings = Pick<ClockTrustSettings, 'source' | 'floor'> & {
  /** The longest that a site is thought to have stood still. */
  readonly absenceMaxMs: number
}

/**
 * At a start there is no earlier reading to see a jump by. A clock that is further from the last that this site knew of than any likely standstill is taken for one
 * that jumped forward while the box was off (ten years, after a flat battery), until its source measures it or a bundle of this time is taken into use.
 */
export function doubtingLongAbsence(judge: ClockJudge, { source, floor, absenceMaxMs }: AbsenceSettings): ClockJudge {
  let isBelieved = false
  return {
    trustAt(at, monotonicMs) {
      const trust = judge.trustAt(at, monotonicMs)
      const known = floor()
      if (isBelieved || known === 0) return trust
      const isLikely = at - known <= absenceMaxMs || source.trust().state === 'synced'
      if (!isLikely) return { state: 'stepped' }
      isBelieved = trust.state === 'synced' || trust.state === 'holdover'
      return trust
    },
  }
}
