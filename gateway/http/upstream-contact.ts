import type { z } from '@hono/zod-openapi'
import type { ParkingPolicy } from '../../core/parking/place.ts'
import type { Instant } from '../../core/time.ts'
import { later } from '../../core/time.ts'
import type { ExposureView } from './reads.ts'
import type { upstreamHeard } from './schemas.ts'

/** For how long a word from upstream counts (docs/decisions/100-who-pays-nothing-at-an-exit.md). */
export type ContactBounds = {
  /** `null` where no bank's word is expected. */
  readonly bankAwayAfterMs: number | null
  readonly offlineMaxMs: number
}

export function contactBounds(
  { offlineMaxMs }: Pick<ExposureView, 'offlineMaxMs'>,
  policy: Pick<ParkingPolicy, 'bankConfirmation' | 'bankAwayAfterMs'> | null,
): ContactBounds {
  const isExpected = policy !== null && policy.bankConfirmation === 'expected'
  return { bankAwayAfterMs: isExpected ? policy.bankAwayAfterMs : null, offlineMaxMs }
}

/** Whoever calls each minute for years is to write no record each minute: this share of the shorter time is let go by. */
const RECORDED_SHARE = 10

/** Whether the books have heard of upstream so lately that another record would say nothing. What lies ahead of the clock is none of it. */
export function isHeardOfLate(heardAt: Instant | null, bounds: ContactBounds, at: Instant): boolean {
  if (heardAt === null || heardAt > at) return false
  const shorterMs = Math.min(bounds.bankAwayAfterMs ?? bounds.offlineMaxMs, bounds.offlineMaxMs)
  return (at - heardAt) * RECORDED_SHARE < shorterMs
}

export function contactWire(heardAt: Instant | null, bounds: ContactBounds): z.output<typeof upstreamHeard> {
  const until = (ms: number | null): Instant | null => (heardAt === null || ms === null ? null : later(heardAt, ms))
  return { heardAt, transfersAskedUntil: until(bounds.bankAwayAfterMs), codesTakenUntil: until(bounds.offlineMaxMs) }
}
