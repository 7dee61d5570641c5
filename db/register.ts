import type Database from 'better-sqlite3'
import type { Change, Spent } from '../core/changes.ts'
import { BooksUnusableError } from './faults.ts'
import { bodyOf, eventIs } from './former-kinds.ts'

/** A spent token that the register does not hold as its record says, and that no record has let go of. */
export type LostSpend = { readonly seq: number; readonly what: 'missing' | 'other' }

/** Holds the register of what is spent against records that were read; more of them are kept to be named than anybody reads. */
export type RegisterCheck = {
  look(seq: number, changes: readonly Change[]): void
  /** What is wrong, in the order of the records, at most `LOST_SPENDS_MAX`, and how many in all. */
  end(): { readonly lost: readonly LostSpend[]; readonly inAll: number }
}

export const LOST_SPENDS_MAX = 1_000
/** So many of the newest records, and of the newest payments, are looked at by a start. */
export const START_SPENDS_MAX = 64

/**
 * Whether each token that a record spent stands in the register, with its end, unless a later record has let go of what had ended by then. A register that was emptied
 * or cut short would take a token twice and say nothing.
 */
export function checkRegister(client: Database.Database, from = 0): RegisterCheck {
  const row = client.prepare<[string, string], { seq: number; until: number }>(
    'SELECT seq, until FROM spent WHERE iss = ? AND id = ?',
  )
  let isForgotten = forgettings(client, from)
  const suspects: (LostSpend & { readonly until: number })[] = []
  let beyond = 0

  return {
    look(seq, changes) {
      for (const change of changes) {
        if (change.kind === 'token-spent') lookAt(seq, change.spent)
      }
    },
    end() {
      // A gateway that runs beside may have let go of some meanwhile.
      isForgotten = forgettings(client, from)
      const lost = suspects.filter(({ seq, until }) => !isForgotten(seq, until)).map(({ seq, what }) => ({ seq, what }))
      return { lost, inAll: lost.length + beyond }
    },
  }

  function lookAt(seq: number, { identity, until }: Spent): void {
    const kept = row.get(identity.iss, identity.id)
    if (kept !== undefined && kept.seq === seq && kept.until === until) return
    if (isForgotten(seq, until)) return
    if (suspects.length < LOST_SPENDS_MAX) suspects.push({ seq, until, what: kept === undefined ? 'missing' : 'other' })
    else beyond += 1
  }
}

/**
 * At a start: what the newest records and the newest payments spent must be in the register. Reads a bounded number of rows; a hole further back is found by `journal
 * verify`. Refuses (throws) with what to do.
 */
export function refuseShortRegister(client: Database.Database, file: string): void {
  const newest = client
    .prepare<[number], { seq: number; body: string }>(
      'SELECT seq, body FROM journal ORDER BY "journal"."seq" DESC LIMIT ?',
    )
    .all(START_SPENDS_MAX)
  const record = client.prepare<[number], { seq: number; body: string }>('SELECT seq, body FROM journal WHERE seq = ?')
  const paid = client
    .prepare<[number], { seq: number }>('SELECT seq FROM payment WHERE seq > 0 ORDER BY seq DESC LIMIT ?')
    .all(START_SPENDS_MAX)
    .flatMap(({ seq }) => record.get(seq) ?? [])
  const rows = new Map([...newest, ...paid].map(({ seq, body }) => [seq, body]))
  const spends = [...rows].flatMap(([seq, body]) => {
    const changes = changesIn(body)
    return changes.some((change) => change.kind === 'token-spent') ? [{ seq, changes }] : []
  })
  const isAllThere = spends.every(({ seq, changes }) => isKept(client, seq, changes))
  if (isAllThere) return
  // Only now the records are asked which have let go of something: that reads all that came since.
  const check = checkRegister(client, Math.min(...spends.map(({ seq }) => seq)))
  for (const { seq, changes } of spends) check.look(seq, changes)
  const [first] = check.end().lost
  if (first === undefined) return
  throw new BooksUnusableError(
    `The books at ${file} do not hold as spent what record ${first.seq} spent, so a token could be taken twice. Make them anew of their journal: tolbooth rebuild --replace. Nothing was changed.`,
  )
}

function isKept(client: Database.Database, seq: number, changes: readonly Change[]): boolean {
  const row = client.prepare<[string, string], { seq: number; until: number }>(
    'SELECT seq, until FROM spent WHERE iss = ? AND id = ?',
  )
  return changes.every((change) => {
    if (change.kind !== 'token-spent') return true
    const { identity, until } = change.spent
    const kept = row.get(identity.iss, identity.id)
    return kept !== undefined && kept.seq === seq && kept.until === until
  })
}

/** Whether a record after `seq` let go of what had ended before `until`. */
function forgettings(client: Database.Database, from: number): (seq: number, until: number) => boolean {
  const rows = client
    .prepare<[number], { seq: number; body: string }>(
      `SELECT seq, body FROM journal WHERE seq > ? AND ${eventIs('forget-due')} ORDER BY seq DESC`,
    )
    .all(from)
  const latest: { readonly seq: number; readonly until: number }[] = []
  for (const { seq, body } of rows) {
    for (const change of changesIn(body)) {
      if (change.kind !== 'spent-forgotten') continue
      latest.push({ seq, until: Math.max(change.until, latest.at(-1)?.until ?? 0) })
    }
  }
  // The newest first, so `until` rises as `seq` falls: of those after a record, the oldest says the most.
  return (seq, until) => {
    const after = latest.findLast((forgetting) => forgetting.seq > seq)
    return after !== undefined && after.until > until
  }
}

/** What a record changed; nothing where it cannot be read, which others name. */
function changesIn(body: string): readonly Change[] {
  try {
    return bodyOf({ body }).changes
  } catch {
    return []
  }
}
