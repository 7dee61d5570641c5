import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import type { ClockTrust } from '../../core/time.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { TimeSource } from './clock-trust.ts'

/** How far a free-running clock of a small box may drift: 50 parts in a million, a common crystal's worst. */
const DRIFT_PER_MILLION = 50
export const TIMESYNCD_MARK = '/run/systemd/timesync/synchronized'
const TIMESYNCD_UNCERTAINTY_MS = 100
const CHRONY_ASK_EVERY_MS = MINUTE_MS
const CHRONY_ANSWER_MAX_MS = 5_000
/** timesyncd and chrony look at their servers every 34 minutes at least, unless they are told otherwise: one that has missed two turns is out of touch. */
export const SYNCED_FOR_MS = 2 * 2_048 * SECOND_MS
/** Past it a clock that nobody has set is not held to be right any more. */
export const HOLDOVER_MAX_MS = 240 * HOUR_MS
/** The wall clock and the monotonic one have parted by more than a correction since it was found right: it was set by hand. */
const PARTED_MS = 5 * SECOND_MS

/** When, by the wall clock of that moment, a clock was last set or found right, and its largest error then. */
export type FoundRight = { readonly atWallMs: number; readonly uncertaintyMs: number }

/** systemd-timesyncd touches a mark whenever it has set the clock or found it right; a machine that starts has none (systemd-timesyncd.service(8)). */
export function timesyncd(
  monotonicMs: () => number,
  mark: string = TIMESYNCD_MARK,
  wallMs: () => number = Date.now,
): TimeSource {
  return withHoldover(monotonicMs, wallMs, () => {
    const touched = statSync(mark, { throwIfNoEntry: false })
    return touched && { atWallMs: Math.floor(touched.mtimeMs), uncertaintyMs: TIMESYNCD_UNCERTAINTY_MS }
  })
}

/** chrony is asked every minute, beside the path; `stop` ends that. */
export function chrony(monotonicMs: () => number): TimeSource & { stop(): void } {
  let found: FoundRight | undefined
  const ask = (): void => {
    execFile('chronyc', ['-c', 'tracking'], { timeout: CHRONY_ANSWER_MAX_MS }, (error, stdout) => {
      found = error === null ? chronyFoundRight(stdout) : undefined
    })
  }
  ask()
  const timer = setInterval(ask, CHRONY_ASK_EVERY_MS)
  timer.unref()
  return { ...withHoldover(monotonicMs, Date.now, () => found), stop: () => clearInterval(timer) }
}

/** The largest error of a synchronised clock in ms, by `chronyFoundRight`. */
export function chronyUncertaintyMs(csv: string): number | undefined {
  return chronyFoundRight(csv)?.uncertaintyMs
}

/**
 * What `chronyc -c tracking` says: the largest error is the offset, plus half the root delay, plus the root dispersion, as of the reference time (chrony's manual).
 * `undefined` where it is not synchronised or says something else.
 */
export function chronyFoundRight(csv: string): FoundRight | undefined {
  const fields = csv.trim().split(',')
  const isSynchronised = fields[13] !== undefined && fields[13] !== 'Not synchronised'
  const [reference = Number.NaN, offset = Number.NaN, delay = Number.NaN, dispersion = Number.NaN] = [3, 4, 10, 11].map(
    (field) => Number(fields[field]),
  )
  const seconds = Math.abs(offset) + delay / 2 + dispersion
  if (!isSynchronised || !Number.isFinite(seconds) || !Number.isFinite(reference)) return undefined
  return { atWallMs: Math.floor(reference * 1_000), uncertaintyMs: Math.ceil(seconds * 1_000) }
}

type Seen = FoundRight & { readonly atMonotonicMs: number; readonly offsetMs: number }

/**
 * A clock that was found right is held to be right within its drift for a while after its source fell silent. How long ago that was is told by the monotonic clock; and
 * what was found right says nothing more of a wall clock that somebody has set since.
 */
function withHoldover(monotonicMs: () => number, wallMs: () => number, look: () => FoundRight | undefined): TimeSource {
  let last: Seen | undefined

  function seen(): Seen | undefined {
    const found = look()
    if (found === undefined || found.atWallMs === last?.atWallMs) return last
    const [nowMs, nowWallMs] = [monotonicMs(), wallMs()]
    const agoMs = nowWallMs - found.atWallMs
    // Of a time to come: the clock was set back since, and how long ago it was found right nobody knows.
    if (agoMs < -PARTED_MS) return last
    last = { ...found, atMonotonicMs: nowMs - Math.max(0, agoMs), offsetMs: nowWallMs - nowMs }
    return last
  }

  return {
    trust(): ClockTrust {
      const found = seen()
      if (found === undefined) return { state: 'unknown' }
      const nowMs = monotonicMs()
      const agoMs = nowMs - found.atMonotonicMs
      const isSet = Math.abs(wallMs() - nowMs - found.offsetMs) > PARTED_MS
      if (agoMs > HOLDOVER_MAX_MS || isSet) return { state: 'unknown' }
      const uncertaintyMs = found.uncertaintyMs + Math.ceil((agoMs * DRIFT_PER_MILLION) / 1_000_000)
      return { state: agoMs <= SYNCED_FOR_MS ? 'synced' : 'holdover', uncertaintyMs }
    },
  }
}
