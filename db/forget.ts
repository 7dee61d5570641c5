import type Database from 'better-sqlite3'
import type { ClockTrust, Instant, Now } from '../core/time.ts'
import { ABSENCE_MAX_MS, instant, isTrusted } from '../core/time.ts'
import { newestIssueOf, readBundleHeads } from './bundle-heads.ts'
import type { Db } from './open.ts'
import { transact } from './transaction.ts'

export type ForgetSettings = {
  /** As in the books' settings: answers are remembered for so long. */
  readonly seenKeepMs: number
  /** How long past its own end a spent token is remembered, for the case that our clock is set back. */
  readonly spentKeepMs: number
  /** How long a bundle's content is kept after it was replaced: by then nobody asks any more by which rules a claim was taken. */
  readonly bundleKeepMs: number
}

/**
 * What goes past its time, a bite at a time: each is one small transaction or none, so that what waits at a gate waits for milliseconds. While the clock is not
 * trusted nothing goes (architecture, section 10). What goes from the journal itself is db/prune.ts's.
 */
export type Forgetting = {
  /** Forgets the oldest answers past their time, at most `rowsMax`; returns how many went. By a clock that nobody has measured, only those that are older by as much as such a clock may be ahead. */
  answers(now: Now, rowsMax: number): number
  /** Drops the content of one bundle that was replaced long ago; returns how many went, 0 or 1: one may be 32 MB. */
  bundles(now: Now): number
  /**
   * A time before which at most about `rowsMax` spent tokens end, and all of them past their time: what a `forget-due` event is to say. More than that where many
   * end in the same moment. `null` where none is past its time. On a clock that nobody has measured the time goes by what was issued since (`surelyPast`).
   */
  spentUntil(now: Now, rowsMax: number): Instant | null
}

export function createForgetting(db: Db, settings: ForgetSettings): Forgetting {
  const { $client: client } = db
  const read = prepare(client)

  return {
    answers(now, rowsMax) {
      if (!isTrusted(now.trust)) return 0
      const surely = Math.max(surelyPast(now), now.at - ABSENCE_MAX_MS)
      const upTo = newestBefore(instant(surely - settings.seenKeepMs))
      const last = read.oldestAnswers.all(rowsMax).findLast((row) => row.seq <= upTo)
      return last === undefined ? 0 : transact(client, () => read.forgetAnswers.run(last.rowid, upTo)).changes
    },
    bundles(now) {
      if (!isTrusted(now.trust)) return 0
      const [replaced] = replacedBefore(now.at - settings.bundleKeepMs)
      return replaced === undefined ? 0 : transact(client, () => read.dropBundle.run(replaced)).changes
    },
    spentUntil(now, rowsMax) {
      if (!isTrusted(now.trust)) return null
      const horizon = instant(surelyPast(now) - settings.spentKeepMs)
      const ends = read.spentEnds.all(horizon, rowsMax)
      const last = ends.at(-1)
      if (last === undefined) return null
      return ends.length < rowsMax ? horizon : instant(last.until + 1)
    },
  }

  /**
   * A time that has surely come: now, where a source has measured the clock, or else the newest issue of a bundle in force. A start believes a clock that is ahead by `ABSENCE_MAX_MS`, and the next start one that is ahead
   * of that, however wrong both are: so on a clock that nobody measures no number of starts brings anything forward. Who takes codes takes keys of an age, so it is never far behind (`keySetAgeMaxMs`).
   */
  function surelyPast({ at, trust }: Now): Instant {
    return trust.state === 'synced' ? at : instant(Math.min(at, newestIssueOf(readBundleHeads(db))))
  }

  /**
   * Answers are forgotten by their place in the journal: what came before a record of trusted time is older than that record, whatever the clock said when it was
   * answered. This is the seq of a record that is surely older than a time, as new a one as is easily found; 0 where there is none.
   */
  function newestBefore(horizon: Instant): number {
    const pruned = read.segmentBefore.get(horizon)?.seq ?? 0
    let low = Math.max(pruned, (read.firstSeq.get()?.seq ?? 1) - 1)
    let high = read.lastSeq.get()?.seq ?? 0
    // Times mostly rise with the seq. Where they do not, another record is found, and that one is as good a witness.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const row = read.record.get(middle)
      if (row !== undefined && row.at <= horizon) low = middle
      else high = middle - 1
    }
    for (let seq = low; seq > Math.max(pruned, low - TRUSTED_SEARCH_MAX); seq -= 1) {
      const row = read.record.get(seq)
      if (row !== undefined && row.at <= horizon && isTrusted(JSON.parse(row.clock) as ClockTrust)) return seq
    }
    return pruned
  }

  /**
   * Versions only rise. So of the contents that were stored by then, the newest of those that are not newer than the one in force was in force at that time or after, and is
   * kept; the others were replaced before it, or never in force at all.
   */
  function replacedBefore(horizon: number): readonly string[] {
    const keptKinds = new Set<string>()
    return read.oldBundles.all(horizon).flatMap((row) => {
      if (row.isInForce === 1) {
        keptKinds.add(row.kind)
        return []
      }
      if (row.isNewer === 0 && !keptKinds.has(row.kind)) {
        keptKinds.add(row.kind)
        return []
      }
      return [row.hash]
    })
  }
}

/** How far down to look for a record whose time was trusted. */
const TRUSTED_SEARCH_MAX = 1_000

type OldBundle = {
  readonly hash: string
  readonly kind: string
  readonly isInForce: 0 | 1
  readonly isNewer: 0 | 1
}

function prepare(client: Database.Database) {
  return {
    segmentBefore: client.prepare<[number], { seq: number }>(
      'SELECT to_seq AS seq FROM pruned_segment WHERE pruned_at <= ? ORDER BY to_seq DESC LIMIT 1',
    ),
    firstSeq: client.prepare<[], { seq: number }>('SELECT seq FROM journal ORDER BY seq LIMIT 1'),
    lastSeq: client.prepare<[], { seq: number }>('SELECT seq FROM journal ORDER BY seq DESC LIMIT 1'),
    record: client.prepare<[number], { at: number; clock: string }>('SELECT at, clock FROM journal WHERE seq = ?'),
    oldestAnswers: client.prepare<[number], { rowid: number; seq: number }>(
      'SELECT rowid, seq FROM seen ORDER BY rowid LIMIT ?',
    ),
    forgetAnswers: client.prepare<[number, number]>('DELETE FROM seen WHERE rowid <= ? AND seq <= ?'),
    spentEnds: client.prepare<[number, number], { until: number }>(
      'SELECT until FROM spent WHERE until < ? ORDER BY until LIMIT ?',
    ),
    /** The newest version first. A kind of which nothing is in force has no content that ever was. */
    oldBundles: client.prepare<[number], OldBundle>(
      `SELECT hash, kind, isInForce, (epoch, n) > (current_epoch, current_n) IS NOT FALSE AS isNewer FROM (
         SELECT bundle.hash, bundle.kind, bundle.hash IS current_bundle.hash AS isInForce,
           CASE json_valid(content) WHEN 1 THEN json_extract(content, '$.version.epoch') END AS epoch,
           CASE json_valid(content) WHEN 1 THEN json_extract(content, '$.version.n') END AS n,
           current_bundle.version_epoch AS current_epoch, current_bundle.version_n AS current_n
         FROM bundle LEFT JOIN current_bundle ON current_bundle.kind = bundle.kind
         WHERE bundle.stored_at <= ?
       ) ORDER BY kind, epoch DESC, n DESC`,
    ),
    dropBundle: client.prepare<[string]>('DELETE FROM bundle WHERE hash = ?'),
  }
}
