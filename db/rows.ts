import type { ChargeStatus } from '../core/changes.ts'
import type { ChargeFacts } from '../core/facts.ts'
import type { ChargeId, DeviceId, LaneId, MerchantId, PassageId, SessionId, StallId } from '../core/ids.ts'
import type { Passage } from '../core/lane/state.ts'
import type { CurrencyCode, Money } from '../core/money.ts'
import type { Device, Place } from '../core/site.ts'
import { instant } from '../core/time.ts'
import type * as tables from './schema.ts'

/** A place from its two columns. */
export function placeOf(kind: Place['kind'], id: string): Place {
  switch (kind) {
    case 'stall':
      return { kind, id: id as StallId }
    case 'lane':
      return { kind, id: id as LaneId }
    case 'site':
      return { kind }
  }
}

export function deviceOf(row: typeof tables.device.$inferSelect): Device {
  const { driver, kind, delivery, role, status } = row
  return { id: row.id as DeviceId, driver, kind, delivery, place: placeOf(row.placeKind, row.placeId), role, status }
}

export function passageOf(row: typeof tables.passage.$inferSelect): Passage {
  return {
    id: row.id as PassageId,
    lane: row.lane as LaneId,
    mode: row.mode,
    right: JSON.parse(row.ground) as Passage['right'],
    payer: row.payer,
    presence: row.presence,
    grantedAt: instant(row.grantedAt),
    until: instant(row.until),
    status: row.status,
  }
}

export function chargeFactsOf(row: typeof tables.charge.$inferSelect): ChargeFacts & { readonly status: ChargeStatus } {
  return {
    charge: {
      id: row.id as ChargeId,
      place: placeOf(row.placeKind, row.placeId),
      merchant: row.merchant as MerchantId,
      due: moneyOf(row.due, row.currency),
      mode: row.mode,
      session: row.session as SessionId | null,
      openedAt: instant(row.openedAt),
      expiresAt: instant(row.expiresAt),
    },
    status: row.status,
    paid: row.paid,
  }
}

/** An amount from its two columns. */
export function moneyOf(amount: number, currency: string): Money {
  return { amount, currency: currency as CurrencyCode }
}
