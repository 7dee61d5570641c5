import type { ChargeId, SessionId } from '../core/ids.ts'
import type { Mode } from '../core/mode.ts'
import type { CurrencyCode } from '../core/money.ts'
import type { Instant } from '../core/time.ts'
import { instant } from '../core/time.ts'
import type { Db } from './open.ts'

/** What the vehicle of a stay that is over still owes, in smallest units. */
export type OpenDebt = {
  readonly mode: Mode
  readonly charge: ChargeId
  readonly session: SessionId
  readonly rest: number
  readonly currency: CurrencyCode
  readonly owedAt: Instant
}

export const DEBTS_PAGE_MAX = 1_000

/** Debts that nobody has paid yet, the oldest first, after this one; at most `DEBTS_PAGE_MAX`. All of them together are the balance of the debts' account. */
export function openDebts(
  db: Db,
  after: Pick<OpenDebt, 'owedAt' | 'charge'> | null,
  limit = DEBTS_PAGE_MAX,
): readonly OpenDebt[] {
  const from = [after?.owedAt ?? 0, after?.charge ?? ''] as const
  return db.$client
    .prepare<[number, string, number], OpenDebt>(
      `SELECT mode, id AS charge, session, due - paid AS rest, currency, owed_at AS owedAt FROM charge
       WHERE place_kind = 'site' AND status IN ('open', 'owed') AND status = 'owed' AND due > paid AND (owed_at, id) > (?, ?)
       ORDER BY owed_at, id LIMIT ?`,
    )
    .all(...from, Math.min(limit, DEBTS_PAGE_MAX))
    .map((row) => ({ ...row, owedAt: instant(row.owedAt) }))
}
