import type Database from 'better-sqlite3'
import type { SessionId } from '../core/ids.ts'
import { SHOWS_VEHICLE, showsVehicle } from '../core/parking/late-evidence.ts'
import type { Instant } from '../core/time.ts'
import { instant, MINUTE_MS } from '../core/time.ts'
import { decisionOf, eventIs } from './former-kinds.ts'

/** What the newest records say of a moment that is told of late. */
export type SinceThen = {
  /** When somebody or something at a lane, or whoever put its class right, had the vehicle of this stay before it last, after that moment; `null` where no record says so. */
  shownAt(session: SessionId, since: Instant): Instant | null
  /** Records were written before it and after it, `SERVING_WITHIN_MS` apart at most. */
  wasServing(at: Instant): boolean
}

/** So many records are looked through, the newest first: a moment that lies further back nobody is asked of twice in a day. */
export const RECORDS_LOOKED_BACK_MAX = 10_000

/** Nothing that dies and comes back does so within this, and a site that is open writes as often. */
export const SERVING_WITHIN_MS = 2 * MINUTE_MS

/** The journal is read backwards, by its key and only as far as the moment: what is handed in after a dead hour has few records after it. */
export function createSinceThen(client: Database.Database): SinceThen {
  const named = client.prepare<[number], Row>(
    `SELECT seq, at, session, ${eventIs(...SHOWS_VEHICLE)} AS shows FROM journal WHERE seq > 0 ORDER BY seq DESC LIMIT +?`,
  )
  const record = client.prepare<[number], { readonly body: string }>('SELECT body FROM journal WHERE seq = ?')
  const times = client.prepare<[number], { readonly at: number }>(
    `SELECT at FROM journal WHERE seq > 0 AND kind = 'decision' AND NOT ${eventIs('late-evidence')} ORDER BY seq DESC LIMIT +?`,
  )

  return {
    shownAt(session, since) {
      for (const row of named.iterate(RECORDS_LOOKED_BACK_MAX)) {
        if (row.at <= since) return null
        if (row.shows !== 1 || row.session !== session) continue
        const found = record.get(row.seq)
        if (found !== undefined && showsVehicle(decisionOf(found).event.body)) return instant(row.at)
      }
      return null
    },
    wasServing(at) {
      let after: number | null = null
      for (const row of times.iterate(RECORDS_LOOKED_BACK_MAX)) {
        if (row.at < at) return after !== null && after - row.at <= SERVING_WITHIN_MS
        if (row.at > at) after = row.at
      }
      return false
    },
  }
}

type Row = { readonly seq: number; readonly at: number; readonly session: string | null; readonly shows: 0 | 1 }
