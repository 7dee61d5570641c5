import type { Instant } from '../../core/time.ts'

/**
 * The clocks of a simulated world and the order of what happens in it. There is the machine's time (demo, load) and virtual time (tests, the deterministic
 * simulation); both pass test/simulators/world/timeline-contract.ts.
 */
export type Timeline = {
  /** The wall clock: can be set, can jump. */
  now(): Instant
  /** Whole milliseconds since the timeline began; never set, never goes back. */
  monotonicMs(): number
  /** Runs once, not before `delayMs` have gone by, and never before `after` has returned. */
  after(delayMs: number, run: () => void): Alarm
  /**
   * Hands on what is being worked out with no wait in it (a signature). In virtual time no time goes by until then; of several the results come in the order
   * of asking. A rejection is a bug of the world: it ends the run.
   */
  join<Value>(promise: Promise<Value>, then: (value: Value) => void): void
}

export type Alarm = {
  /** It does not run any more. A second time does nothing. */
  cancel(): void
}
