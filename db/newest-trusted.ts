import type { RecordBody } from '../core/records.ts'
import type { ClockTrust, Instant } from '../core/time.ts'
import { instant, isTrusted } from '../core/time.ts'

/** So many of the newest records are looked through at a start for the newest time that was trusted. */
export const FLOOR_RECORDS_READ_MAX = 256

/**
 * The newest time that was written while the clock was trusted: nothing of this site happens before it. Not that of records from before somebody accepted the clock as it was then: those were written while it ran ahead.
 * `records`: the newest first. 0 where none of them says a time that was trusted.
 */
export function newestTrustedIn(
  records: Iterable<{ readonly at: number; readonly clock: ClockTrust; readonly body: RecordBody }>,
): Instant {
  let newest = 0
  for (const { at, clock, body } of records) {
    const isAccepted = body.kind === 'decision' && body.event.body.kind === 'clock-accepted' && body.outcome.ok
    if (isAccepted || isTrusted(clock)) newest = Math.max(newest, at)
    if (isAccepted) break
  }
  return instant(newest)
}
