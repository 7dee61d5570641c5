import type { Refusal } from '../../core/refusals.ts'
import { refusalTable } from '../../core/refusals.ts'

const IN_A_CAR_PARK = 'test/core/parking: this site charges no stays'

/** Refusals that no device and no part of the gateway can meet in this world, each with where it is tried. */
export const TRIED_ELSEWHERE = {
  'no-key': 'test/gateway/tokens: before a gateway starts',
  unauthorized: 'test/gateway/http',
  forbidden: 'test/gateway/http',
  'not-found': 'test/gateway/http',
  'method-not-allowed': 'test/gateway/http',
  'wrong-media-type': 'test/gateway/http',
  'too-many-requests': 'test/gateway/http',
  'ticket-needed': 'test/gateway/http',
  'idempotency-key-missing': 'test/gateway/http',
  'client-exists': 'test/gateway/http and test/gateway/wiring: no device gives out access',
  'client-unknown': 'test/gateway/http and test/gateway/wiring',
  'clients-full': 'test/gateway/wiring',
  'place-full': IN_A_CAR_PARK,
  'place-unknown': IN_A_CAR_PARK,
  'class-not-here': IN_A_CAR_PARK,
  'entry-not-by-this': IN_A_CAR_PARK,
  'direction-unknown': IN_A_CAR_PARK,
  'stay-open-already': IN_A_CAR_PARK,
  'stay-not-found': IN_A_CAR_PARK,
  'stay-over': IN_A_CAR_PARK,
  'stay-leaving-elsewhere': IN_A_CAR_PARK,
  'stay-time-unclear': IN_A_CAR_PARK,
  'ticket-not-here': IN_A_CAR_PARK,
  'plate-mismatch': IN_A_CAR_PARK,
  'class-mismatch': IN_A_CAR_PARK,
  'plate-unreadable': IN_A_CAR_PARK,
  'plate-needed': IN_A_CAR_PARK,
  'no-tariff': IN_A_CAR_PARK,
  'nothing-due': IN_A_CAR_PARK,
  'debt-too-high': IN_A_CAR_PARK,
  'refund-too-high': IN_A_CAR_PARK,
  'cash-unlikely': IN_A_CAR_PARK,
  'credit-unknown': IN_A_CAR_PARK,
  'credit-not-movable': IN_A_CAR_PARK,
  'credit-over-cap': IN_A_CAR_PARK,
  'right-exists': IN_A_CAR_PARK,
  'right-unknown': IN_A_CAR_PARK,
  'right-suspended': IN_A_CAR_PARK,
  'right-ended': IN_A_CAR_PARK,
  'right-invalid': IN_A_CAR_PARK,
  'case-unknown': IN_A_CAR_PARK,
} as const satisfies Partial<Record<Refusal, string>>

/** Those that a simulated site must meet. */
export const REFUSALS_MET = (Object.keys(refusalTable) as Refusal[]).filter((code) => !(code in TRIED_ELSEWHERE))
