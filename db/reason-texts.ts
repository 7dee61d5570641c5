import type Database from 'better-sqlite3'
import type { RecordedReason } from '../core/personal-value.ts'

/** Why somebody did what a record tells, as it was typed; `null` where the vault has it no more, or the record may not say. Records of before hold the text itself. */
export type ReasonText = (reason: RecordedReason) => string | null

export function createReasonText(client: Database.Database): ReasonText {
  const kept = client.prepare<[string], { value: string | null }>('SELECT value FROM vault WHERE ref = ?')
  return (reason) => (reason === null || typeof reason === 'string' ? reason : (kept.get(reason.ref)?.value ?? null))
}
