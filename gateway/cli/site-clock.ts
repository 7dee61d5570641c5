import { execFileSync } from 'node:child_process'
import type { ClockTrust, Instant } from '../../core/time.ts'
import type { Clock } from '../clock/clock.ts'
import type { TimeSource } from '../clock/clock-trust.ts'
import { createSystemClock, DEFAULT_ABSENCE_MS, DEFAULT_STEP_MS, trustedByConfig } from '../clock/system-clock.ts'
import { chronyFoundRight, HOLDOVER_MAX_MS, SYNCED_FOR_MS, timesyncd } from '../clock/time-sources.ts'
import type { GatewayConfig } from '../config.ts'

const CHRONY_ANSWER_MAX_MS = 5_000

/**
 * The machine's clock for one command, believed by the same source as the gateway's: what erases and drops must not do so on a clock that the gateway would
 * not trust.
 */
export function siteClock(config: GatewayConfig, floor: () => Instant): Clock {
  return createSystemClock({
    zone: config.zone,
    source: sourceNow(config),
    stepMs: DEFAULT_STEP_MS,
    absenceMaxMs: DEFAULT_ABSENCE_MS,
    floor,
  })
}

/** What the source that the settings name says now. */
export function sourceNow(config: GatewayConfig): TimeSource {
  switch (config.clockSource) {
    case 'operator':
      return trustedByConfig(config.clockUncertaintyMs)
    case 'timesyncd':
      return timesyncd(() => Math.round(performance.now()))
    case 'chrony': {
      const trust = chronySays()
      return { trust: () => trust }
    }
  }
}

/** Asked once, and at once: the gateway asks every minute. */
function chronySays(): ClockTrust {
  try {
    const said = execFileSync('chronyc', ['-c', 'tracking'], {
      timeout: CHRONY_ANSWER_MAX_MS,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const found = chronyFoundRight(said)
    const agoMs = found === undefined ? Number.POSITIVE_INFINITY : Date.now() - found.atWallMs
    if (found === undefined || agoMs > HOLDOVER_MAX_MS) return { state: 'unknown' }
    return { state: agoMs <= SYNCED_FOR_MS ? 'synced' : 'holdover', uncertaintyMs: found.uncertaintyMs }
  } catch {
    return { state: 'unknown' }
  }
}
