import type { Brand } from './brand.ts'

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>
/** A day in the site's zone, `YYYY-MM-DD`. */
export type LocalDay = Brand<string, 'LocalDay'>

/**
 * How far the wall clock is believed (architecture, section 10). `stepped`: it jumped and nothing has confirmed it yet.
 * `uncertaintyMs` is the largest error to reckon with.
 */
export type ClockTrust =
  | { readonly state: 'synced'; readonly uncertaintyMs: number }
  | { readonly state: 'holdover'; readonly uncertaintyMs: number }
  | { readonly state: 'stepped' }
  | { readonly state: 'unknown' }

/** The wall clock in the site's zone: what rules that speak of days and hours look at. Weekday 1 is Monday, 7 Sunday (ISO 8601). */
export type LocalTime = { readonly day: LocalDay; readonly weekday: number; readonly minuteOfDay: number }

/** The moment of a decision. Core is handed it and never asks for it. */
export type Now = { readonly at: Instant; readonly trust: ClockTrust; readonly local: LocalTime }

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** The longest that a site is thought to have stood still, and so by how much a clock may be ahead that is believed at a start: longer than a site goes on with no network, and than a market is closed for Tết. */
export const ABSENCE_MAX_MS = 45 * DAY_MS

export function instant(ms: number): Instant {
  if (!Number.isSafeInteger(ms)) throw new RangeError(`instant ${ms} is not a whole number of milliseconds`)
  return ms as Instant
}

/** `at` moved by whole milliseconds, forward or back. */
export function later(at: Instant, byMs: number): Instant {
  return instant(at + byMs)
}

/** Whether rules that would close, purge or erase may run now. */
export function isTrusted(trust: ClockTrust): boolean {
  return trust.state === 'synced' || trust.state === 'holdover'
}

/** The stated error of the clock in ms, or `undefined` where nothing can be said. */
export function uncertaintyMsOf(trust: ClockTrust): number | undefined {
  return trust.state === 'synced' || trust.state === 'holdover' ? trust.uncertaintyMs : undefined
}
