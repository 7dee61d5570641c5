import type { Change } from '../../core/changes.ts'
import type { EventKey } from '../../core/ids.ts'
import type { JournalRecord } from '../../core/records.ts'
import { GATEWAY, NOON, SITE } from './kit.ts'

/** A record of these changes alone, for what writes the tables. */
export function recordOf(seq: number, changes: readonly Change[]): JournalRecord {
  return {
    v: 1,
    site: SITE,
    gateway: GATEWAY,
    epoch: 1,
    seq,
    prev: 'x',
    key: `test/${seq}` as EventKey,
    kind: 'fault',
    at: NOON,
    clock: { state: 'synced', uncertaintyMs: 0 },
    body: {
      kind: 'fault',
      event: {
        bodyHash: 'x',
        actor: { kind: 'gateway', id: 'test', role: null },
        mode: 'live',
        occurredAt: { at: NOON, by: 'gateway' },
        causedBy: null,
        body: null,
      },
      error: 'x',
      changes,
      effects: [],
    },
  }
}
