import type { CaseId } from '../core/ids.ts'
import type { Db } from './open.ts'

export type AnsweredCase = { readonly id: CaseId; readonly openedAt: number }

/** The next open case, the oldest first, of who left unpaid and has paid since; `null` where there is none. Versions before such a case ended with its debt have left some. */
export type NextAnsweredCase = (after: AnsweredCase | null) => AnsweredCase | null

export function createNextAnsweredCase(db: Db): NextAnsweredCase {
  const next = db.$client.prepare<[number, string], AnsweredCase>(
    `SELECT staff_case.id, staff_case.opened_at AS openedAt FROM staff_case JOIN charge ON charge.id = staff_case.charge
     WHERE staff_case.status = 'open' AND staff_case.kind = 'left-unpaid' AND charge.status = 'paid'
     AND (staff_case.opened_at, staff_case.id) > (?, ?)
     ORDER BY staff_case.opened_at, staff_case.id LIMIT 1`,
  )
  return (after) => next.get(after?.openedAt ?? -1, after?.id ?? '') ?? null
}
