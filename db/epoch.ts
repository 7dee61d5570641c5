import { desc, sql } from 'drizzle-orm'
import type { Change } from '../core/changes.ts'
import { laneTimerId } from '../core/changes.ts'
import type { LaneTimer, Timer } from '../core/events.ts'
import type { EventKey, GatewayId, LaneId, PassageId } from '../core/ids.ts'
import { lanesAnew } from '../core/lane/epoch.ts'
import type { LaneState } from '../core/lane/state.ts'
import type { GenesisBody } from '../core/records.ts'
import type { Instant, Now } from '../core/time.ts'
import type { Head, JournalWriter, Writer } from './journal.ts'
import type { Db } from './open.ts'
import { createProjector } from './project.ts'
import * as tables from './schema.ts'

/** What begins with a genesis. `lost` is the newest head that this box remembers and the books do not hold. */
export type NewEpoch = {
  readonly reason: GenesisBody['reason']
  readonly number: number
  readonly lost: Head | null
}

/**
 * Writes the genesis of a new epoch after `head`, in the open transaction, and returns the new head. Every way into an epoch goes through here: a first
 * start, a restore, and books that are found behind what was remembered beside them.
 */
export function appendGenesis(
  db: Db,
  journal: JournalWriter,
  writer: Writer,
  head: Head,
  epoch: NewEpoch,
  now: Now,
): Head {
  const parent = head.seq === 0 ? null : head
  const { number, reason, lost } = epoch
  const appended = journal.append(head, writer, {
    epoch: number,
    key: genesisKey(writer.gateway, number),
    at: now.at,
    clock: now.trust,
    body: { kind: 'genesis', reason, parent, lost, changes: lanesOf(db, now.at), effects: [] },
  })
  createProjector(db).project(appended.record)
  db.insert(tables.epoch)
    .values({
      epoch: number,
      site: writer.site,
      gateway: writer.gateway,
      genesisSeq: appended.head.seq,
      startedAt: now.at,
      reason,
      parentEpoch: parent?.epoch ?? null,
      parentSeq: parent?.seq ?? null,
      parentHash: parent?.hash ?? null,
    })
    .run()
  return appended.head
}

/** Whose books they are; `undefined` for books that are new. */
export function ownerOf(db: Db): Writer | undefined {
  const { epoch, site, gateway } = tables.epoch
  return db.select({ site, gateway }).from(tables.epoch).orderBy(desc(epoch)).limit(1).get() as Writer | undefined
}

/** What the books say of the lanes is of the time at which their copy was made. New books say nothing of any. */
function lanesOf(db: Db, at: Instant): readonly Change[] {
  const states = db.select().from(tables.laneState).orderBy(tables.laneState.lane).all()
  const timers = db.select().from(tables.due).orderBy(tables.due.id).all()
  const passing = states.flatMap(({ lane }) =>
    db
      .select({ id: tables.passage.id })
      .from(tables.passage)
      .where(
        sql`${tables.passage.lane} = ${lane} and ${tables.passage.status} in ('granted', 'opened', 'passing') and ${tables.passage.status} = 'passing'`,
      )
      .all(),
  )
  return lanesAnew(
    {
      states: states.map((row) => JSON.parse(row.state) as LaneState),
      timers: timers.map((row) => JSON.parse(row.timer) as Timer).filter(isOfLane),
      passing: passing.map((row) => row.id as PassageId),
    },
    at,
  )
}

const LANE_PURPOSES: Record<LaneTimer['purpose'], true> = {
  'barrier-answer': true,
  'passage-due': true,
  'close-due': true,
  'up-due': true,
  'quote-lapses': true,
  'unpaid-due': true,
}

export function isOfLane(timer: Timer): timer is LaneTimer {
  return timer.purpose in LANE_PURPOSES
}

/** The names of all that may be due at a lane. */
export function timersAt(lane: LaneId): readonly string[] {
  return (Object.keys(LANE_PURPOSES) as LaneTimer['purpose'][]).map((purpose) => laneTimerId({ purpose, lane }))
}

/** Whether `left` has seen records that `right` has not. */
export function isAhead(left: Head, right: Head): boolean {
  if (left.epoch !== right.epoch) return left.epoch > right.epoch
  return left.seq > right.seq || (left.seq === right.seq && left.hash !== right.hash)
}

/** The number of an epoch that is newer than all that this box knows of. */
export function nextEpoch(...known: readonly (Head | null)[]): number {
  return Math.max(0, ...known.map((head) => head?.epoch ?? 0)) + 1
}

function genesisKey(gateway: GatewayId, number: number): EventKey {
  return `gateway:${gateway}/genesis:${number}` as EventKey
}
