import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { ClockTrust } from '../../core/time.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import type { TimeSource } from './clock-trust.ts'

/** How far a free-running clock of a small box may drift: 50 parts in a million, a common crystal's worst. */
const DRIFT_PER_MILLION = 50
export const TIMESYNCD_MARK = '/run/systemd/timesync/synchronized'
const TIMESYNCD_UNCERTAINTY_MS = 100
const CHRONY_ASK_EVERY_MS = MINUTE_MS
const CHRONY_ANSWER_MAX_MS = 5_000
/** Past it a clock that nobody has set is not held to be right any more. */
const HOLDOVER_MAX_MS = 240 * HOUR_MS

/** systemd-timesyncd leaves a mark when it has set the clock since the start of the machine. */
export function timesyncd(monotonicMs: () => number, mark: string = TIMESYNCD_MARK): TimeSource {
  return withHoldover(monotonicMs, () => (existsSync(mark) ? TIMESYNCD_UNCERTAINTY_MS : undefined))
}

/** chrony is asked every minute, beside the path; `stop` ends that. */
export function chrony(monotonicMs: () => number): TimeSource & { stop(): void } {
  let uncertaintyMs: number | undefined
  const ask = (): void => {
    execFile('chronyc', ['-c', 'tracking'], { timeout: CHRONY_ANSWER_MAX_MS }, (error, stdout) => {
      uncertaintyMs = error === null ? chronyUncertaintyMs(stdout) : undefined
    })
  }
  ask()
  const timer = setInterval(ask, CHRONY_ASK_EVERY_MS)
  timer.unref()
  return { ...withHoldover(monotonicMs, () => uncertaintyMs), stop: () => clearInterval(timer) }
}

/**
 * The largest error of a synchronised clock by `chronyc -c tracking`: offset, plus half the root delay, plus the root dispersion (chrony's manual). `undefined`
 * where it is not synchronised or says something else.
 */
export function chronyUncertaintyMs(csv: string): number | undefined {
  const fields = csv.trim().split(',')
  const [offset, delay, dispersion] = [fields[4], fields[10], fields[11]].map(Number)
  const isSynchronised = fields[13] !== undefined && fields[13] !== 'Not synchronised'
  if (!isSynchronised || offset === undefined || delay === undefined || dispersion === undefined) return undefined
  const seconds = Math.abs(offset) + delay / 2 + dispersion
  return Number.isFinite(seconds) ? Math.ceil(seconds * 1_000) : undefined
}

/** A clock that was right is held to be right within its drift for a while after its source fell silent. */
function withHoldover(monotonicMs: () => number, uncertaintyNowMs: () => number | undefined): TimeSource {
  let last: { readonly atMs: number; readonly uncertaintyMs: number } | undefined
  return {
    trust(): ClockTrust {
      const nowMs = monotonicMs()
      const uncertaintyMs = uncertaintyNowMs()
      if (uncertaintyMs !== undefined) {
        last = { atMs: nowMs, uncertaintyMs }
        return { state: 'synced', uncertaintyMs }
      }
      if (last === undefined || nowMs - last.atMs > HOLDOVER_MAX_MS) return { state: 'unknown' }
      const driftMs = Math.ceil(((nowMs - last.atMs) * DRIFT_PER_MILLION) / 1_000_000)
      return { state: 'holdover', uncertaintyMs: last.uncertaintyMs + driftMs }
    },
  }
}
