import type { Change, Charge } from '../../core/changes.ts'
import type { CaseId, ChargeId, DocumentId, MerchantId, RightId, SessionId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { PlateValue, Session, StaffCase } from '../../core/parking/session.ts'
import type { Now } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, later } from '../../core/time.ts'
import { createParkingReader } from '../../db/parking-facts.ts'
import { SHOWN_NOTHING } from '../../db/parking-look-ups.ts'
import { createProjector } from '../../db/project.ts'
import { createPseudonyms } from '../../db/pseudonyms.ts'
import type { CarPark } from './car-park.ts'
import { CAR, carPark, LOT, PARK_IN, PARK_OUT, PARKING, PARKING_POLICY } from './car-park.ts'
import { recordOf } from './changes-record.ts'
import type { TestBooks } from './kit.ts'
import { at, GATEWAY, LAYOUT, NOON, openMarket, openSite, POLICY } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

export type Row = Readonly<Record<string, string | number | null>>

export const STAY = 's1' as SessionId
export const CHARGE = 'c1' as ChargeId

export function rows(site: TestBooks, statement: string, ...values: readonly (string | number)[]): readonly Row[] {
  return site.open.db.$client.prepare<(string | number)[], Row>(statement).all(...values)
}

export const plateValue = (name: string): PlateValue => ({
  ref: `plate:2026-11:${name}`,
  mac: name,
  likeness: `like-${name}`,
  tail: `tail-${name}`,
})

export const stay = (over: Partial<Session> = {}): Session => ({
  id: STAY,
  mode: 'live',
  vehicleClass: CAR,
  place: LOT,
  entry: { lane: PARK_IN, at: NOON, by: 'plate', isFromTicket: false },
  credentials: [
    { kind: 'plate', plate: plateValue('p1'), confidencePermille: 900 },
    { kind: 'ticket', ticket: 't1' as DocumentId },
    { kind: 'payer', payer: { ref: 'payer:2026-11:m', mac: 'm' } },
    { kind: 'right', right: 'r1' as RightId },
  ],
  status: 'entering',
  charge: null,
  settledAt: null,
  ...over,
})

export const charge = (over: Partial<Charge> = {}): Charge => ({
  id: CHARGE,
  place: { kind: 'site' },
  merchant: 'park' as MerchantId,
  due: money(50_000, VND),
  mode: 'live',
  session: STAY,
  openedAt: NOON,
  expiresAt: later(NOON, DAY_MS),
  ...over,
})

export const staffCase = (over: Partial<StaffCase> = {}): StaffCase => ({
  id: 'k1' as CaseId,
  kind: 'plate-mismatch',
  mode: 'live',
  lane: PARK_OUT,
  session: STAY,
  charge: null,
  openedAt: NOON,
  pictures: ['picture:1', 'picture:2'],
  status: 'open',
  ...over,
})

export const begun: Change = { kind: 'session-begun', session: stay() }
export const opened: Change = { kind: 'charge-opened', charge: charge() }
export const charged: Change = { kind: 'session-charged', session: STAY, charge: CHARGE }
export const moved = (status: Session['status'], session = STAY): Change => ({
  kind: 'session-moved',
  session,
  status,
  place: LOT,
  lane: PARK_OUT,
  at: later(NOON, HOUR_MS),
})
export const paid = (amount: number): Change => ({
  kind: 'payment-taken',
  charge: CHARGE,
  tender: 'cash',
  amount: money(amount, VND),
  claim: null,
  payer: null,
  at: NOON,
})
export const raised = (amount: number): Change => ({ kind: 'charge-raised', charge: CHARGE, due: money(amount, VND) })
export const closed: Change = { kind: 'charge-closed', charge: CHARGE, status: 'paid', at: NOON }
export const owed: Change = { kind: 'charge-owed', charge: CHARGE, at: NOON }

export function projecting(): { readonly site: TestBooks; readonly project: (...changes: readonly Change[]) => void } {
  const site = openSite(temporaryFolder())
  const projector = createProjector(site.open.db)
  let seq = 1
  return {
    site,
    project(...changes) {
      seq += 1
      const { db } = site.open
      db.$client.exec('SAVEPOINT record')
      try {
        projector.project(recordOf(seq, changes))
        db.$client.exec('RELEASE record')
      } catch (error) {
        db.$client.exec('ROLLBACK TO record; RELEASE record')
        throw error
      }
    },
  }
}

export function openPark(): { readonly site: TestBooks; readonly park: CarPark } {
  const site = openMarket(temporaryFolder())
  return { site, park: carPark(site) }
}

/** So many days later on Hanoi's clock. */
export function days(count: number, from: Now = at()): Now {
  const when = later(from.at, count * DAY_MS)
  const day = new Date(when + 7 * HOUR_MS).toISOString().slice(0, 10)
  return { ...from, at: when, local: { ...from.local, day: day as Now['local']['day'] } }
}

/** What the books find by a plate at the exit, at that time. */
export function foundBy(site: TestBooks, plate: string, now: Now) {
  const pseudonyms = createPseudonyms(site.open.db, (length) => Buffer.alloc(length, 7))
  const rules = {
    layout: { ...LAYOUT, parking: PARKING },
    policy: { ...POLICY, parking: PARKING_POLICY },
    tariffs: null,
  }
  const reading = createParkingReader(site.open.db, pseudonyms).at(
    () => rules,
    'live',
    { gateway: GATEWAY, epoch: 1, seq: 1_000_000 },
    now,
  )
  return reading.shown({ ...SHOWN_NOTHING, lookUp: true, plates: [plate] })
}
