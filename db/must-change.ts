import { canonicalJson } from '../core/canonical-json.ts'
import type { Change } from '../core/changes.ts'

/** A change finds its row, or it is a bug of ours: live the event becomes a fault, in a rebuild the record is named. */
export function mustChange(result: { readonly changes: number }, change: Change): void {
  if (result.changes !== 1) throw missing(change)
}

export function missing(change: Change): Error {
  return new Error(`${change.kind} finds no row: ${canonicalJson(change)}`)
}
