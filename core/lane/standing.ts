import type { CommonFacts, LaneFacts } from '../facts.ts'
import type { Refusal } from '../refusals.ts'
import type { Device } from '../site.ts'
import type { Instant, Now } from '../time.ts'
import { isTrusted } from '../time.ts'
import { barrierOf } from './barrier.ts'
import type { LaneState, Passage, UnderWay } from './state.ts'
import { isUnderWay, isUnused } from './state.ts'

export type Standing =
  | { readonly ok: true; readonly barrier: Device; readonly presence: number | null }
  | { readonly ok: false; readonly refusal: Refusal }

/** Whether the arm may go up now for this right, or for a new one (`null`): a vehicle stands there, or no loop can say whether one does, the arm can be told, and nobody else is passing. */
export function standing(facts: LaneFacts, passage: Passage | null): Standing {
  const { presence, phase } = facts.state
  if (presence === null && facts.approachHeard) return { ok: false, refusal: 'no-vehicle' }
  const barrier = barrierOf(facts)
  if (barrier === null || !facts.barrierPresent) return { ok: false, refusal: 'barrier-away' }
  if (isUnderWay(phase) && (passage === null || phase.passage !== passage.id))
    return { ok: false, refusal: 'lane-busy' }
  return { ok: true, barrier, presence }
}

/** An arm that is up, or on its way up, by staff's hand: since when they opened it. */
export type OpenByHand = { readonly phase: UnderWay; readonly since: Instant }

/** Where staff have opened by hand for the very vehicle that stands there, of which no right was known, and the arm is up for it. `null`: not so. */
export function openByHand({ phase, presence, byHand }: LaneState): OpenByHand | null {
  if (!isUnderWay(phase) || phase.passage !== null || byHand === undefined) return null
  return byHand.presence === presence ? { phase, since: byHand.at } : null
}

/** Training rights open nothing for live codes, nor the other way about. */
export function ofMode(passage: Passage | null, common: CommonFacts): Passage | null {
  return passage === null || passage.mode !== common.mode ? null : passage
}

/** A right whose time is over is over, also where its timer comes late; while the time is not trusted nothing is taken from anybody. */
export function stillUsable(passage: Passage | null, common: CommonFacts, now: Now): Passage | null {
  const own = ofMode(passage, common)
  if (own === null || !isUnused(own.status)) return null
  return now.at < own.until || !isTrusted(now.trust) ? own : null
}

/**
 * Whether what was shown was shown before the vehicle that stands there came, and so for another. By a clock that was set back since it came nothing is known; the
 * age of a scan bounds that by itself (gateway/intake).
 */
export function isShownBefore({ presence, shownFrom }: LaneState, { happenedAt }: CommonFacts, now: Now): boolean {
  return presence !== null && shownFrom !== null && now.at >= shownFrom && happenedAt < shownFrom
}
