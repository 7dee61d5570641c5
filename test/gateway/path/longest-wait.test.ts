import { expect, test } from 'vitest'
import type { Timer } from '../../../core/events.ts'
import type { ChargeId, EffectId, PassageId, SessionId } from '../../../core/ids.ts'
import { DAY_MS, instant } from '../../../core/time.ts'
import { longestWaitMs } from '../../../gateway/path/longest-wait.ts'
import { PARKING_POLICY } from '../../support/car-park.ts'
import { LANE, policyOf } from '../../support/site.ts'

const policy = policyOf({
  barrierAnswerMs: 2_000,
  passWithinMs: 30_000,
  chargeOpenMaxMs: 600_000,
  passageRightMs: 900_000,
  parking: { ...PARKING_POLICY, quoteHoldMs: 300_000, paidStayMs: 30 * DAY_MS },
})
const command = 'box-1:1:1:0' as EffectId

const CASES: readonly (readonly [Timer, number])[] = [
  [{ purpose: 'barrier-answer', lane: LANE, command }, 2_000],
  [{ purpose: 'passage-due', lane: LANE, command }, 30_000],
  [{ purpose: 'close-due', lane: LANE, command }, 10_000],
  [{ purpose: 'quote-lapses', lane: LANE, charge: 'box-1:1:1:g0' as ChargeId, askedAt: instant(0) }, 300_000],
  [{ purpose: 'charge-expires', charge: 'box-1:1:1:g0' as ChargeId }, 600_000],
  [{ purpose: 'paid-stay-due', session: 'box-1:1:1:s0' as SessionId, settledAt: instant(0) }, 30 * DAY_MS],
  [{ purpose: 'passage-lapses', passage: 'box-1:1:1:p0' as PassageId }, 900_000],
]

test.each(CASES)('$purpose waits no longer than its rule says', (timer, ms) => {
  expect(longestWaitMs(timer, policy)).toBe(ms)
})

test('without a car park no amount is held by a lane', () => {
  const timer = {
    purpose: 'quote-lapses',
    lane: LANE,
    charge: 'box-1:1:1:g0' as ChargeId,
    askedAt: instant(0),
  } as const
  expect(longestWaitMs(timer, { ...policy, parking: null })).toBe(0)
})

test('without a car park a paid stay is not looked at at once: that would be one record for each of them at a start', () => {
  const timer = { purpose: 'paid-stay-due', session: 'box-1:1:1:s0' as SessionId, settledAt: instant(0) } as const
  expect(longestWaitMs(timer, { ...policy, parking: null })).toBe(DAY_MS)
})

test('a right is kept at least while its arm may be up', () => {
  const hasty = { ...policy, passageRightMs: 1_000 }
  expect(longestWaitMs({ purpose: 'passage-lapses', passage: 'box-1:1:1:p0' as PassageId }, hasty)).toBe(32_000)
})
