import type { Now } from '../../core/time.ts'

/** Time and turns, as the gateway is handed them: the machine's, or a virtual one in the deterministic simulation. */
export type Clock = {
  /** The wall clock with its trust, and the local time in the site's zone. */
  now(): Now
  /** Whole milliseconds since some start; never set, never goes back. What is waited for is measured by it. */
  monotonicMs(): number
  /** Runs once, not before `delayMs` have gone by, however many they are. */
  after(delayMs: number, run: () => void): Alarm
  /** Runs when what has arrived by now has been taken in: the next turn of the event loop. */
  soon(run: () => void): void
}

export type Alarm = { cancel(): void }
