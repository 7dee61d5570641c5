import { ABSENCE_MAX_MS, instant, SECOND_MS } from '../../core/time.ts'
import type { Clock } from './clock.ts'
import type { AbsenceSettings, ClockTrustSettings, TimeSource } from './clock-trust.ts'
import { createClockJudge, doubtingLongAbsence } from './clock-trust.ts'
import { createLocalTime } from './local-time.ts'

export type SystemClockSettings = ClockTrustSettings & AbsenceSettings & { readonly zone: string }

export const DEFAULT_STEP_MS = 5 * SECOND_MS
export const DEFAULT_ABSENCE_MS = ABSENCE_MAX_MS
/** The longest that Node waits at once (24.8 days): a longer delay it takes for 1 ms. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1

/** The machine's clocks and its event loop. */
export function createSystemClock(settings: SystemClockSettings): Clock {
  const localTime = createLocalTime(settings.zone)
  const monotonicMs = (): number => Math.round(performance.now())
  const judge = doubtingLongAbsence(createClockJudge(settings, instant(Date.now()), monotonicMs()), settings)

  return {
    now() {
      const at = instant(Date.now())
      return { at, trust: judge.trustAt(at, monotonicMs()), local: localTime(at) }
    },
    monotonicMs,
    after(delayMs, run) {
      let timeout: NodeJS.Timeout | undefined
      const wait = (leftMs: number): void => {
        const partMs = Math.min(leftMs, TIMEOUT_MAX_MS)
        timeout = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : run()), partMs)
      }
      wait(delayMs)
      return { cancel: () => clearTimeout(timeout) }
    },
    soon(run) {
      setImmediate(run)
    },
  }
}

/**
 * The operator's word that the machine's clock is right to within `uncertaintyMs`: for boxes whose time somebody else keeps. It was given once, so it
 * confirms no jump.
 */
export function trustedByConfig(uncertaintyMs: number): TimeSource {
  return { trust: () => ({ state: 'holdover', uncertaintyMs }) }
}
