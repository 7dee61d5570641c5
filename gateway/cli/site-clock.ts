import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { ClockTrust, Instant } from '../../core/time.ts'
import type { Clock } from '../clock/clock.ts'
import type { TimeSource } from '../clock/clock-trust.ts'
import { createSystemClock, DEFAULT_STEP_MS, trustedByConfig } from '../clock/system-clock.ts'
import { chronyUncertaintyMs, TIMESYNCD_MARK, timesyncd } from '../clock/time-sources.ts'
import type { GatewayConfig } from '../config.ts'

const CHRONY_ANSWER_MAX_MS = 5_000

/**
 * The machine's clock for one command, believed by the same source as the gateway's: what erases and drops must not do so on a clock that the gateway would
 * not trust.
 */
export function siteClock(config: GatewayConfig, floor: () => Instant): Clock {
  return createSystemClock({ zone: config.zone, source: sourceNow(config), stepMs: DEFAULT_STEP_MS, floor })
}

/** Whether chrony, asked now, says that it is synchronised: its uncertainty in ms, or `undefined`. */
export function chronyNow(): number | undefined {
  try {
    const said = execFileSync('chronyc', ['-c', 'tracking'], {
      timeout: CHRONY_ANSWER_MAX_MS,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return chronyUncertaintyMs(said)
  } catch {
    return undefined
  }
}

/** Whether timesyncd has set the clock since the machine was started. */
export function timesyncdNow(): boolean {
  return existsSync(TIMESYNCD_MARK)
}

function sourceNow(config: GatewayConfig): TimeSource {
  switch (config.clockSource) {
    case 'operator':
      return trustedByConfig(config.clockUncertaintyMs)
    case 'timesyncd':
      return timesyncd(() => Math.round(performance.now()))
    case 'chrony': {
      const uncertaintyMs = chronyNow()
      const trust: ClockTrust = uncertaintyMs === undefined ? { state: 'unknown' } : { state: 'synced', uncertaintyMs }
      return { trust: () => trust }
    }
  }
}
