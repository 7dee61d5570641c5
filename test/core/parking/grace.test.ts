import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { asked, carInside, cash, said } from './driver.ts'
import type { Park } from './park.ts'
import { park } from './park.ts'

/** What it is asked away from a lane; 0 where nothing is due. */
function due(p: Park, id: ReturnType<typeof carInside>): number {
  const decision = p.take({ kind: 'session-quoted', session: id })
  return said(decision) === 'nothing-due' ? 0 : asked(decision).due.amount
}

function inside(minutes: number) {
  const p = park()
  const id = carInside(p)
  p.wait(minutes * MINUTE_MS)
  const { charge } = asked(p.take({ kind: 'session-quoted', session: id }))
  return { p, id, charge }
}

describe('after a payment of all that was due', () => {
  test.each([
    ['at the end of the grace nothing is', 15, 0],
    ['a minute after it everything since is', 16, 25_000],
  ])('%s', (_what, minutes, more) => {
    const { p, id, charge } = inside(50)
    cash(p, charge, 25_000)
    p.wait(minutes * MINUTE_MS)
    expect(due(p, id)).toBe(more)
  })

  test('a coin within the grace does not begin another', () => {
    const { p, id, charge } = inside(50)
    cash(p, charge, 25_000)
    p.wait(11 * MINUTE_MS)
    cash(p, charge, 100, { confirmed: true })
    p.wait(5 * MINUTE_MS)
    expect(due(p, id)).toBe(25_000)
  })
})

test('a payment by a clock that ran ahead is no grace until that time: its stay is one for staff', () => {
  const { p, id, charge } = inside(50)
  cash(p, charge, 25_000)
  p.wait(-11 * DAY_MS)
  expect(said(p.take({ kind: 'session-quoted', session: id }))).toBe('stay-time-unclear')
})

test('a clock that was put back by a moment after the payment takes no grace from anybody', () => {
  const { p, id, charge } = inside(50)
  cash(p, charge, 25_000)
  p.wait(-5 * SECOND_MS)
  expect(due(p, id)).toBe(0)
})

test('a part payment begins no grace, so a small coin each quarter of an hour buys no time', () => {
  const { p, id, charge } = inside(70)
  cash(p, charge, 25_000)
  expect(p.session(id).settledAt).toBeNull()
  expect(due(p, id)).toBe(25_000)
})

test('whoever pays in mid-stay, as often as they like, pays in the end what the whole stay costs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 16, max: 300 }),
      (waits, last) => {
        const paying = park()
        const id = carInside(paying)
        const other = park()
        const never = carInside(other)
        for (const minutes of waits) {
          paying.wait(minutes * MINUTE_MS)
          other.wait(minutes * MINUTE_MS)
          const decision = paying.take({ kind: 'session-quoted', session: id })
          if (said(decision) !== 'nothing-due') cash(paying, asked(decision).charge, asked(decision).due.amount)
        }
        paying.wait(last * MINUTE_MS)
        other.wait(last * MINUTE_MS)
        const paid = paying.charges()[0]?.paid ?? 0
        expect(vnd(paid + due(paying, id))).toEqual(vnd(due(other, never)))
      },
    ),
    { numRuns: 200, seed: 74 },
  )
})
