import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import * as tables from './schema.ts'

/** A table as the tools that treat all tables alike see it. The key's columns come first. */
export type TableShape = { readonly name: string; readonly columns: readonly string[]; readonly key: readonly string[] }

/** Written by `project` alone, and the same again after a rebuild. */
export const PROJECTIONS: readonly TableShape[] = [
  tables.charge,
  tables.payment,
  tables.spent,
  tables.account,
  tables.transfer,
  tables.claim,
  tables.exposure,
  tables.payerDay,
  tables.passage,
  tables.passSide,
  tables.laneState,
  tables.due,
  tables.document,
  tables.currentBundle,
  tables.device,
  tables.contact,
  tables.collectedFor,
  tables.closedDay,
  tables.session,
  tables.sessionCredential,
  tables.segment,
  tables.occupancy,
  tables.sighting,
  tables.assignedRight,
  tables.rightPlate,
  tables.passSale,
  tables.staffCase,
  tables.bankCredit,
].map(shapeOf)

/** Kept for their own sake: nothing else can say them again. The journal stands first, for the others speak of it. */
export const KEPT: readonly TableShape[] = [
  tables.journal,
  tables.seen,
  tables.vault,
  tables.bundle,
  tables.epoch,
  tables.checkpoint,
  tables.upstreamReceipt,
  tables.prunedSegment,
  tables.snapshot,
  tables.snapshotPart,
  tables.parked,
  tables.deviceCredential,
  tables.client,
  tables.cursor,
].map(shapeOf)

export type Cell = string | number | null | Buffer
export type Row = readonly Cell[]

function shapeOf(table: SQLiteTable): TableShape {
  const { name, columns, primaryKeys } = getTableConfig(table)
  const single = columns.filter((column) => column.primary)
  const key = single.length > 0 ? single : (primaryKeys[0]?.columns ?? [])
  if (key.length === 0) throw new Error(`table ${name} has no key`)
  const rest = columns.filter((column) => !key.some((part) => part.name === column.name))
  return {
    name,
    columns: [...key, ...rest].map((column) => column.name),
    key: key.map((column) => column.name),
  }
}
