import { sql } from 'drizzle-orm'
import type { ChainFault } from './chain.ts'
import { createChain } from './chain.ts'
import type { Writer } from './journal.ts'
import type { OpenDb } from './open.ts'
import { damaged } from './open.ts'
import * as tables from './schema.ts'

const END_RECORDS_READ_MAX = 64

/** Looks through the newest records at a start, and throws where they are no chain: what was written last is what a disk that lies about its syncs loses first. */
export function refuseBrokenEnd(open: OpenDb): void {
  const newest = open.db
    .select()
    .from(tables.journal)
    .orderBy(sql`${tables.journal.seq} desc`)
    .limit(END_RECORDS_READ_MAX + 1)
    .all()
    .reverse()
  const [first, ...rows] = newest
  if (first === undefined) return
  const writers = new Map(
    open.db
      .select()
      .from(tables.epoch)
      .all()
      .map((row) => [row.epoch, row]),
  )
  const faults: ChainFault[] = []
  const chain = createChain({
    start: first,
    writer: (epoch) => writers.get(epoch) as Writer | undefined,
    near: () => newest,
    fault: (fault) => faults.push(fault),
  })
  for (const row of rows) chain.next(row)
  chain.end()
  const [fault] = faults
  if (fault !== undefined) throw damaged(open.file, `record ${fault.seq}: ${fault.kind}`)
}
