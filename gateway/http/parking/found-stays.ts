import type { SessionId } from '../../../core/ids.ts'
import type { HttpClock } from '../clock.ts'

/**
 * Which stays a machine has found by what its driver has (the ticket, or the plate with the ticket's digits): of these alone it is told, and no other, for ids can be guessed one after another. In memory: after a start it
 * finds them again.
 */
export type FoundStays = {
  note(client: string, session: SessionId, isByPlateAlone: boolean): void
  has(client: string, session: SessionId): boolean
  /** Of such a stay no more is told than what paying it needs. */
  isByPlateAlone(client: string, session: SessionId): boolean
}

/** Longer than anybody stands at a machine. */
export const FOUND_FOR_MS = 15 * 60_000
/** Of one client: the one that was found longest ago is forgotten for another. */
export const FOUND_STAYS_MAX = 32

export function createFoundStays(clock: Pick<HttpClock, 'monotonicMs'>): FoundStays {
  const ofClients = new Map<string, Map<SessionId, { readonly atMs: number; readonly isByPlateAlone: boolean }>>()
  return {
    note(client, session, isByPlateAlone) {
      const found = ofClients.get(client) ?? new Map<SessionId, { atMs: number; isByPlateAlone: boolean }>()
      found.delete(session)
      found.set(session, { atMs: clock.monotonicMs(), isByPlateAlone })
      const [oldest] = found.keys()
      if (found.size > FOUND_STAYS_MAX && oldest !== undefined) found.delete(oldest)
      ofClients.set(client, found)
    },
    has(client, session) {
      const found = ofClients.get(client)?.get(session)
      return found !== undefined && clock.monotonicMs() - found.atMs <= FOUND_FOR_MS
    },
    isByPlateAlone: (client, session) => ofClients.get(client)?.get(session)?.isByPlateAlone === true,
  }
}
