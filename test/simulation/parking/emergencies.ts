import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts'

/** Somebody said that there is an emergency, or that there is none any more, and when that was heard to be in the books. */
export type EmergencySaid = { readonly device: string | null; readonly active: boolean; readonly atMs: number }

/** The books may refuse for so long to be told of it, while its input says it again. */
const BOOKED_WITHIN_MS = 10 * MINUTE_MS
/** What an arm was told before the end may reach it after it. */
const TOLD_BEFORE_MS = 30 * SECOND_MS

/** Whether the journal has an emergency at that time: one that had begun, or was about to be written down, and was not over for everybody who had asked for it. */
export function isEmergency(said: readonly EmergencySaid[], atMs: number): boolean {
  const asking = new Set<string | null>()
  let sinceMs = Number.POSITIVE_INFINITY
  for (const each of said) {
    if (each.active) {
      if (asking.size === 0) sinceMs = each.atMs
      asking.add(each.device)
      continue
    }
    // A person's word ends it for everybody.
    if (each.device === null) asking.clear()
    else asking.delete(each.device)
    if (asking.size > 0) continue
    if (atMs >= sinceMs - BOOKED_WITHIN_MS && atMs <= each.atMs + TOLD_BEFORE_MS) return true
    sinceMs = Number.POSITIVE_INFINITY
  }
  return atMs >= sinceMs - BOOKED_WITHIN_MS
}
