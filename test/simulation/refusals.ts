import type { Refusal } from '../../core/refusals.ts'
import { refusalTable } from '../../core/refusals.ts'

/** Refusals that no device and no part of the gateway can meet in this world, each with where it is tried. */
export const TRIED_ELSEWHERE = {
  'no-key': 'test/gateway/tokens: before a gateway starts',
  unauthorized: 'test/gateway/http',
  forbidden: 'test/gateway/http',
  'not-found': 'test/gateway/http',
  'method-not-allowed': 'test/gateway/http',
  'wrong-media-type': 'test/gateway/http',
  'too-many-requests': 'test/gateway/http',
  'idempotency-key-missing': 'test/gateway/http',
  'client-exists': 'test/gateway/http and test/gateway/wiring: no device gives out access',
  'client-unknown': 'test/gateway/http and test/gateway/wiring',
  'clients-full': 'test/gateway/wiring',
} as const satisfies Partial<Record<Refusal, string>>

/** Those that a simulated site must meet. */
export const REFUSALS_MET = (Object.keys(refusalTable) as Refusal[]).filter((code) => !(code in TRIED_ELSEWHERE))
