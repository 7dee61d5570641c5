import type { ClockTrust, Instant } from '../../core/time.ts'
import { instant, SECOND_MS } from '../../core/time.ts'
import type { Clock } from './clock.ts'
import { createLocalTime } from './local-time.ts'

/** What a source of time says of the machine's clock now. */
export type TimeSource = { trust(): ClockTrust }

export type SystemClockSettings = {
  readonly zone: string
  readonly source: TimeSource
  /** Nothing of this site can have happened before it: the newest record, key set and bundle. A clock below it is wrong. */
  readonly floor: () => Instant
  /** A jump of the wall clock against the monotonic one that is more than a correction. */
  readonly stepMs: number
}

export const DEFAULT_STEP_MS = 5 * SECOND_MS

/**
 * The machine's clock. A jump is not believed until the source of time confirms it, or the clock has come back; a clock below the floor is not believed at all
 * (architecture, section 10).
 */
export function createSystemClock(settings: SystemClockSettings): Clock {
  const localTime = createLocalTime(settings.zone)
  const monotonicMs = (): number => Math.round(performance.now())
  let offsetMs = Date.now() - monotonicMs()
  let steppedFromMs: number | undefined

  const trustAt = (at: Instant): ClockTrust => {
    const nowOffsetMs = at - monotonicMs()
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
    }
    if (at < settings.floor() - settings.stepMs) return { state: 'stepped' }
    return stated
  }

  return {
    now() {
      const at = instant(Date.now())
      return { at, trust: trustAt(at), local: localTime(at) }
    },
    monotonicMs,
    after(delayMs, run) {
      const timeout = setTimeout(run, delayMs)
      return { cancel: () => clearTimeout(timeout) }
    },
    soon(run) {
      setImmediate(run)
    },
  }
}

/** The operator's word that the machine's clock is right to within `uncertaintyMs`: for boxes whose time somebody else keeps. */
export function trustedByConfig(uncertaintyMs: number): TimeSource {
  return { trust: () => ({ state: 'synced', uncertaintyMs }) }
}
