import { describe, expect, test } from 'vitest'
import { laneId } from '../../../core/ids.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import type { LateNote, VisitRecord } from '../../../simulators/parking/visits-record.ts'
import { brokenFor } from './parking-truth.ts'

const OUT = laneId('out-1')
const OUTAGE = 'the gateway is down (long-outage)'
const WRONG_CLOCK = 'the gateway’s clock is set forward'

/** Let out by hand in an outage at minute 60, handed in at minute 90. */
const LET_OUT_AT_MS = HOUR_MS
const HANDED_IN_AT_MS = 90 * MINUTE_MS

function reasonOf(
  answer: LateNote['answer'],
  broken: Readonly<Record<string, readonly [fromMs: number, toMs: number]>>,
) {
  const nowMs = 3 * HOUR_MS
  const windows = Object.entries(broken)
  const note: LateNote = {
    what: 'let-out',
    lane: OUT,
    atMs: LET_OUT_AT_MS,
    handings: [{ fromMs: HANDED_IN_AT_MS, toMs: HANDED_IN_AT_MS + 1_000 }],
    answer,
  }
  const visit = {
    moments: [{ lane: OUT, fromMs: LET_OUT_AT_MS - MINUTE_MS, toMs: LET_OUT_AT_MS + MINUTE_MS }],
    lates: [note],
  } as Pick<VisitRecord, 'moments' | 'lates'> as VisitRecord
  return brokenFor(
    visit,
    {
      begin: () => () => undefined,
      since: () => undefined,
      during: (fromMs, toMs, _lane, except) =>
        windows.find(([what, [from, to]]) => what !== except && to >= fromMs && from <= toMs)?.[0],
    },
    nowMs,
  )
}

describe('what was broken for a visit that was let out by hand', () => {
  const outage = [HOUR_MS / 2, HANDED_IN_AT_MS - MINUTE_MS / 2] as const

  test('is not the outage in which it was noted: what was handed in is in the books', () => {
    expect(reasonOf('ended', { [OUTAGE]: outage })).toBeNull()
    expect(reasonOf('untouched', { [OUTAGE]: outage })).toBe(OUTAGE)
  })

  test('is the clock by which the gateway dates it when it is handed in', () => {
    const wrong = [HANDED_IN_AT_MS - MINUTE_MS / 2, HANDED_IN_AT_MS + HOUR_MS] as const
    expect(reasonOf('ended', { [OUTAGE]: outage, [WRONG_CLOCK]: wrong })).toBe(WRONG_CLOCK)
    expect(reasonOf('ended', { [WRONG_CLOCK]: [2 * HOUR_MS, 2 * HOUR_MS] })).toBeNull()
  })
})
