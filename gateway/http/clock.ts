import type { ClockTrust, Instant } from '../../core/time.ts'

/** Time as HTTP is handed it; the gateway's own clock fits. */
export type HttpClock = {
  /** The wall clock, and how far it is believed. */
  now(): { readonly at: Instant; readonly trust: ClockTrust }
  /** For rates and limits of time: never steps. */
  monotonicMs(): number
  after(delayMs: number, run: () => void): { cancel(): void }
}
