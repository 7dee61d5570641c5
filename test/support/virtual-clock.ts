import type { Instant } from '../../core/time.ts'
import { later } from '../../core/time.ts'
import type { Alarm, Clock } from '../../gateway/clock/clock.ts'
import type { TimeSource } from '../../gateway/clock/clock-trust.ts'
import { createClockJudge } from '../../gateway/clock/clock-trust.ts'
import { createLocalTime } from '../../gateway/clock/local-time.ts'
import type { Timeline } from '../../simulators/world/timeline.ts'

export type VirtualClockOptions = {
  readonly timeline: Timeline
  readonly zone: string
  readonly source: TimeSource
  readonly floor: () => Instant
  readonly stepMs: number
  /** By how much this machine's wall clock is wrong now. */
  readonly wrongByMs: () => number
  /** How long the machine takes until the next turn of its event loop: in the meantime more may arrive. */
  readonly turnMs: () => number
}

/** The gateway's clocks in virtual time. Whoever stops it stops everything that one start of the gateway still waits for. */
export type VirtualClock = Clock & { stop(): void }

export function virtualClock(options: VirtualClockOptions): VirtualClock {
  const { timeline, zone, source, floor, stepMs, wrongByMs, turnMs } = options
  const wallClock = (): Instant => later(timeline.now(), wrongByMs())
  const localTime = createLocalTime(zone)
  const judge = createClockJudge({ source, floor, stepMs }, wallClock(), timeline.monotonicMs())
  const bootedAtMs = timeline.monotonicMs()
  let isStopped = false

  const after = (delayMs: number, run: () => void): Alarm =>
    timeline.after(delayMs, () => {
      if (!isStopped) run()
    })

  return {
    now() {
      const at = wallClock()
      return { at, trust: judge.trustAt(at, timeline.monotonicMs()), local: localTime(at) }
    },
    // Of a machine that was switched on again: it begins at 0.
    monotonicMs: () => timeline.monotonicMs() - bootedAtMs,
    after,
    soon(run) {
      after(turnMs(), run)
    },
    stop() {
      isStopped = true
    },
  }
}
