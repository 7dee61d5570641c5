import { HOUR_MS, instant } from '../../core/time.ts'
import { backup } from '../../db/backup.ts'
import type { PruneSettings } from '../../db/prune.ts'
import { prune } from '../../db/prune.ts'
import type { Rig } from '../support/rig.ts'
import type { Box } from './box.ts'
import type { Branches } from './evidence.ts'

/** How long a simulated site keeps what: so short that all of it goes while somebody looks. */
export const KEEP = {
  seenKeepMs: 6 * HOUR_MS,
  spentKeepMs: 2 * HOUR_MS,
  bundleKeepMs: 2 * HOUR_MS,
  evidenceKeepMs: 5 * HOUR_MS,
} as const

const PRUNE: PruneSettings = {
  receiptAgeMinMs: HOUR_MS,
  seenKeepMs: KEEP.seenKeepMs,
  spentKeepMs: KEEP.spentKeepMs,
  closings: 'not-kept',
  snapshotRecordsMin: 100,
}

export type KeepingOptions = {
  readonly rig: Rig
  readonly box: Box
  readonly branch: Pick<Branches, 'readOn'>
  readonly onViolation: (what: string) => void
  /** Records went, behind a snapshot. */
  readonly onDropped: () => void
}

/** What whoever looks after a box does with its books, by the functions of the commands. */
export type Keeping = {
  /** Copies the books while the gateway writes them; the file, or `undefined` where it did not come to that. */
  backup(then: (file: string | undefined) => void): void
  prune(): void
}

export function createKeeping({ rig, box, branch, onViolation, onDropped }: KeepingOptions): Keeping {
  const { timeline, file } = rig
  let backups = 0

  /** Upstream has held all of it for long: nobody here is upstream. */
  function receive(upTo: number): void {
    const { db, clock } = rig.now()
    db.db.$client
      .prepare(
        `INSERT INTO upstream_receipt (seq, epoch, hash, durable, received_at, jws)
           SELECT seq, epoch, hash, 1, ?, 'signed' FROM journal WHERE seq = ?`,
      )
      .run(instant(clock.now().at - 2 * PRUNE.receiptAgeMinMs), upTo)
  }

  return {
    backup(then) {
      backups += 1
      const to = `${file}.backup-${backups}`
      timeline.join(outcomeOf(backup(file, to)), (made) => {
        const isMade = made.ok && made.value.kind === 'made'
        if (!isMade) onViolation(`the books cannot be backed up: ${made.ok ? JSON.stringify(made.value) : made.text}`)
        then(isMade ? to : undefined)
      })
    },
    prune() {
      if (!box.isUp()) return
      const { db, books, clock, number } = rig.now()
      if (isFull()) return
      // What will be dropped has been read by then.
      branch.readOn(rig)
      timeline.join(outcomeOf(prune(db, books, PRUNE, clock.now())), (pruned) => {
        if (!pruned.ok) {
          box.hooks.onFatal(pruned.error)
          return
        }
        if (pruned.value.kind === 'refused') {
          if (pruned.value.reason !== 'clock-not-trusted') onViolation(`nothing can be pruned: ${pruned.value.reason}`)
          return
        }
        if (pruned.value.dropped !== null) onDropped()
        const { waiting } = pruned.value
        if (waiting?.for.kind === 'receipt' && rig.now().number === number) receive(waiting.upTo)
      })
    },
  }

  function isFull(): boolean {
    const { $client } = rig.now().db.db
    return Number($client.pragma('max_page_count', { simple: true })) < FULL_BELOW_PAGES
  }
}

const FULL_BELOW_PAGES = 1_000_000

type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: unknown; readonly text: string }

async function outcomeOf<Value>(promise: Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await promise }
  } catch (error) {
    return { ok: false, error, text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
