import type { ChangeOfSite } from '../../core/changes.ts'
import { isChangeOfCarPark } from '../../core/changes.ts'
import { placeOf } from '../../core/event-traits.ts'
import type { ChargeId, DeviceId, LaneId, PassageId } from '../../core/ids.ts'
import type { LaneAlarm, LanePhase } from '../../core/lane/state.ts'
import type { Tender } from '../../core/ledger.ts'
import type { Mode } from '../../core/mode.ts'
import type { Money } from '../../core/money.ts'
import type { DecisionBody, JournalRecord } from '../../core/records.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device, Place } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import type { Client } from './clients.ts'
import { mayActAt } from './clients.ts'
import type { SiteReads } from './reads.ts'

/** What a record means to people who watch: at most one event for each record, without any personal value but why somebody opened by hand, while the vault has it. */
export type LiveEvent = {
  readonly seq: number
  readonly epoch: number
  readonly at: Instant
  readonly mode: Mode | null
  readonly place: Place | null
  readonly lanes: readonly LaneMoved[]
} & LiveWhat

export type LiveWhat =
  | { readonly kind: 'payment'; readonly charge: ChargeId; readonly amount: Money; readonly tender: Tender }
  | { readonly kind: 'refusal'; readonly refusal: Refusal; readonly due: Money | null }
  | { readonly kind: 'let-through'; readonly passage: PassageId }
  | {
      readonly kind: 'charge'
      readonly charge: ChargeId
      readonly status: 'open' | 'cancelled' | 'expired'
      readonly due: Money | null
    }
  /** `reason` is `null` once it has been erased. */
  | { readonly kind: 'opened-by-hand'; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'emergency'; readonly active: boolean }
  | { readonly kind: 'device'; readonly device: DeviceId; readonly status: Device['status'] }
  | { readonly kind: 'lane' | 'fault' | 'epoch' }

export type LaneMoved = { readonly lane: LaneId; readonly phase: LanePhase['kind']; readonly alarm: LaneAlarm | null }

/** `undefined` for a record that changes nothing which anybody watches. */
export function liveEventOf(record: JournalRecord, reasonText: SiteReads['reasonText']): LiveEvent | undefined {
  const { seq, epoch, at, body } = record
  switch (body.kind) {
    case 'genesis':
      return { seq, epoch, at, mode: null, place: null, lanes: [], kind: 'epoch' }
    case 'snapshot':
      return undefined
    case 'fault':
      return { seq, epoch, at, mode: body.event.mode, place: null, lanes: [], kind: 'fault' }
    case 'decision': {
      const lanes = lanesMovedBy(body)
      const what = whatOf(body, reasonText) ?? (lanes.length > 0 ? { kind: 'lane' as const } : undefined)
      if (what === undefined) return undefined
      return { seq, epoch, at, mode: body.event.mode, place: placeOf(body.event.body), lanes, ...what }
    }
  }
}

/** A vendor hears of their stalls, an attendant of their lanes and of what concerns the whole site, the office of everything. */
export function mayHear(client: Client, event: LiveEvent): boolean {
  switch (client.role) {
    case 'operator':
    case 'admin':
      return true
    case 'vendor':
      return event.place !== null && mayActAt(client, event.place)
    case 'attendant':
      return (
        event.kind === 'emergency' ||
        (event.place !== null && mayActAt(client, event.place)) ||
        event.lanes.some((moved) => mayActAt(client, { kind: 'lane', id: moved.lane }))
      )
    case 'pay-station':
    case 'scraper':
      return false
  }
}

function whatOf(body: DecisionBody, reasonText: SiteReads['reasonText']): LiveWhat | undefined {
  const { outcome } = body
  const asked = body.event.body
  if (!outcome.ok) return { kind: 'refusal', refusal: outcome.refusal, due: outcome.due }
  if (asked.kind === 'open-by-hand') {
    return { kind: 'opened-by-hand', by: body.event.actor.id, reason: reasonText(asked.reason) }
  }
  if (asked.kind === 'emergency') return { kind: 'emergency', active: asked.active }
  for (const change of body.changes) {
    // What only a car park's own tables hold nobody watches: what it opens, asks and takes has changes of its own.
    const what = isChangeOfCarPark(change) ? undefined : whatOfChange(change, body)
    if (what !== undefined) return what
  }
  return undefined
}

function whatOfChange(change: ChangeOfSite, body: DecisionBody): LiveWhat | undefined {
  switch (change.kind) {
    case 'payment-taken':
      return { kind: 'payment', charge: change.charge, amount: change.amount, tender: change.tender }
    case 'charge-opened':
      // A lane's charge is opened and paid in one record; the payment is what people watch.
      if (change.charge.place.kind !== 'stall') return undefined
      return { kind: 'charge', charge: change.charge.id, status: 'open', due: change.charge.due }
    case 'passage-granted':
      if (change.passage.right.kind === 'payment') return undefined
      return { kind: 'let-through', passage: change.passage.id }
    case 'device-put':
      return { kind: 'device', device: change.device.id, status: change.device.status }
    case 'device-revoked':
      return { kind: 'device', device: change.device, status: 'revoked' }
    case 'charge-closed':
      // Where a new amount takes the place of an unpaid one, or a payment closes it, that is what is told.
      if (change.status === 'paid' || opensCharge(body)) return undefined
      return { kind: 'charge', charge: change.charge, status: change.status, due: null }
    case 'token-spent':
    case 'transfers':
    case 'claim-opened':
    case 'claim-moved':
    case 'risk-taken':
    case 'passage-moved':
    case 'pass-side':
    case 'lane-state':
    case 'timer-set':
    case 'timer-cleared':
    case 'document-issued':
    case 'bundle-current':
    case 'upstream-contact':
    case 'values-erased':
    case 'spent-forgotten':
      return undefined
  }
}

function opensCharge(body: DecisionBody): boolean {
  return body.changes.some((change) => change.kind === 'charge-opened')
}

function lanesMovedBy(body: DecisionBody): readonly LaneMoved[] {
  return body.changes.flatMap((change) =>
    change.kind === 'lane-state'
      ? [{ lane: change.state.lane, phase: change.state.phase.kind, alarm: change.state.alarm }]
      : [],
  )
}
