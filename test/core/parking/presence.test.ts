import { describe, expect, test } from 'vitest'
import { HOUR_MS, SECOND_MS } from '../../../core/time.ts'
import { CAR_IN, CAR_OUT, park } from './park.ts'

const PLATE = '30A-123.45'

type Park = ReturnType<typeof park>

function parked(p: Park = park()): Park {
  p.arrive(CAR_IN)
  p.see(CAR_IN, PLATE)
  p.drive(CAR_IN)
  p.wait(HOUR_MS)
  return p
}

/** Its loop lets it go, for longer than a flicker. */
function letsGo(p: Park, lane: typeof CAR_IN): void {
  p.loop(lane, 'approach', false)
  p.wait(SECOND_MS)
  p.loop(lane, 'approach', true)
}

describe('a plate that is read again within the window', () => {
  test('at another presence is that of who stands there now: it is asked', () => {
    const p = parked()
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    letsGo(p, CAR_OUT)
    expect(p.lane(CAR_OUT).visit).toBeNull()
    p.see(CAR_OUT, PLATE)
    expect(p.lane(CAR_OUT).visit?.asked).not.toBeNull()
    const before = p.changes.length
    p.see(CAR_OUT, PLATE)
    expect(p.changes.length, 'at the same presence it says nothing new').toBe(before)
  })

  test('and is known to nobody is told so again', () => {
    const p = park()
    p.arrive(CAR_OUT)
    p.see(CAR_OUT, PLATE)
    letsGo(p, CAR_OUT)
    p.see(CAR_OUT, PLATE)
    expect(p.lane(CAR_OUT).visit?.plate?.confidencePermille).toBeGreaterThan(0)
  })

  test('by one that was let in and rolled back is its own way in', () => {
    const p = park()
    p.arrive(CAR_IN)
    p.see(CAR_IN, PLATE)
    letsGo(p, CAR_IN)
    p.see(CAR_IN, PLATE)
    expect(p.lane(CAR_IN).visit?.plate).not.toBeNull()
    expect(p.sessions()).toHaveLength(1)
  })

  test.each([
    ['gone in', CAR_IN],
    ['left', CAR_OUT],
  ] as const)('of one that has %s since says nothing of the one that has come up behind', (_where, lane) => {
    const p =
      lane === CAR_IN
        ? park({ policy: { sightingWindowMs: 60 * SECOND_MS } })
        : parked(park({ policy: { sightingWindowMs: 60 * SECOND_MS } }))
    p.arrive(lane)
    p.see(lane, PLATE)
    if (lane === CAR_OUT) p.take({ kind: 'leave-on-debt', lane, reason: 'no money' })
    p.drive(lane)
    p.arrive(lane)
    const before = p.changes.length
    p.see(lane, PLATE)
    expect(p.changes.length).toBe(before)
    expect(p.lane(lane).visit).toBeNull()
  })
})
