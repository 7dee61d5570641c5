import type { DeviceId } from '../../core/ids.ts'
import type { Money } from '../../core/money.ts'
import { addMoney } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Instant, Now } from '../../core/time.ts'
import type { GatewayNotice } from '../gateway.ts'
import type { CountersView } from '../http/reads.ts'
import { createDayTakings } from './day-takings.ts'

/** What happened since this start: for the live page, the metrics and the log. Nothing decides by it. */
export type Counters = {
  note(notice: GatewayNotice): void
  view(): CountersView
  presenceSince(device: DeviceId): Instant | null
}

export function createCounters(now: () => Now): Counters {
  const since = now().at
  const takings = createDayTakings(now)
  const refused: Partial<Record<Refusal, number>> = {}
  const presence = new Map<DeviceId, Instant>()
  const dropped = new Map<DeviceId, number>()
  let scans = 0
  let accepted = 0
  let taken: Money | null = null

  const refuse = (refusal: Refusal): void => {
    refused[refusal] = (refused[refusal] ?? 0) + 1
  }

  return {
    view: () => ({ since, scans, accepted, taken, refused: { ...refused }, takings: takings.view(), dropped }),
    presenceSince: (device) => presence.get(device) ?? null,
    note(notice) {
      switch (notice.kind) {
        case 'committed': {
          const { event, committed } = notice
          if (committed.repeated) return
          if (event.body.kind === 'scan') scans += 1
          const { outcome } = committed
          if (!outcome.ok) {
            refuse(outcome.refusal)
            return
          }
          takings.add({ event, changes: committed.changes })
          if (outcome.kind !== 'paid' && outcome.kind !== 'let-through') return
          accepted += 1
          if (outcome.kind === 'paid' && event.mode === 'live') {
            taken = taken === null ? outcome.amount : addMoney(taken, outcome.amount)
          }
          return
        }
        case 'refused':
          if (notice.isScan) scans += 1
          refuse(notice.refusal)
          return
        case 'dropped':
          dropped.set(notice.device, (dropped.get(notice.device) ?? 0) + 1)
          return
        case 'presence':
          presence.set(notice.device, now().at)
          return
        case 'emergency':
        case 'books-trouble':
        case 'silent':
        case 'chatter':
          return
      }
    },
  }
}
