import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { priceAt } from '../../../core/parking/price.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts'
import { vnd } from '../kit.ts'
import { asked, carInside, cash, correct, credit, newest, payNow, said, toExit, told } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_OUT, park } from './park.ts'
import { holds } from './stays-hold.ts'
import { BIKE, CAR, charging, day, PER_HOUR, TWO_PRICES } from './tariff-kit.ts'

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

  test.each([
    ['within the grace leaves by it, and its stay ends as it was paid', 15, 'let-through'],
    ['after it waits for staff, as all others do', 16, 'no-tariff'],
  ])('whoever has paid by a tariff that is taken back %s', (_what, minutes, answer) => {
    const { p, id, charge } = inside(50)
    cash(p, charge, 25_000)
    p.setTariffs([{ ...charging(PER_HOUR), validTo: day('2020-01-01') }])
    p.wait(minutes * MINUTE_MS)
    expect(said(toExit(p))).toBe(answer)
    if (answer === 'no-tariff') return
    p.drive(CAR_OUT)
    expect([p.session(id).status, p.charge(charge)?.status, p.charge(charge)?.paid, p.cases()]).toEqual([
      'left',
      'paid',
      25_000,
      [],
    ])
    holds(p)
  })

  test.each(['credit', 'cash'] as const)(
    'who pays what is shown, by %s, leaves also where the tariff was taken back while it was asked; a code is not spent then',
    (by) => {
      const { p, charge } = inside(50)
      toExit(p)
      p.setTariffs([{ ...charging(PER_HOUR), validTo: day('2020-01-01') }])
      p.wait(MINUTE_MS)
      expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('no-tariff')
      const paid = by === 'credit' ? credit(p, charge, 25_000) : cash(p, charge, 25_000)
      expect(told(paid)).toContain('open')
      p.drive(CAR_OUT)
      expect([p.session(newest(p)).status, p.charge(charge)?.status, p.charge(charge)?.paid]).toEqual([
        'left',
        'paid',
        25_000,
      ])
      holds(p)
    },
  )

  test('and no longer where its class is put right, or something was too much: then nobody can say what it costs', () => {
    for (const isDearer of [true, false]) {
      const p = park({ tariffs: TWO_PRICES })
      const id = carInside(p)
      const [before, after] = isDearer ? [BIKE, CAR] : [CAR, BIKE]
      correct(p, id, { kind: 'class', vehicleClass: before })
      p.wait(50 * MINUTE_MS)
      const { charge, due: asks } = asked(p.take({ kind: 'session-quoted', session: id }))
      cash(p, charge, asks.amount)
      correct(p, id, { kind: 'class', vehicleClass: after })
      p.setTariffs(null)
      expect(said(p.take({ kind: 'session-quoted', session: id }))).toBe('no-tariff')
    }
  })

  test('where no record says what grace it gave, of before that was kept, they wait for staff', () => {
    const { p, id, charge } = inside(50)
    cash(p, charge, 25_000)
    p.setTariffs(null)
    const stay = p.stay(id)
    const parking = p.look.common()
    if (stay === null || parking === null) throw new Error('it is inside')
    const { graceMs, ...session } = stay.session
    expect(graceMs).toBe(15 * MINUTE_MS)
    expect(priceAt(stay, parking, p.now().at)).toMatchObject({ ok: true, total: vnd(25_000) })
    expect(priceAt({ ...stay, session }, parking, p.now().at)).toMatchObject({ refusal: 'no-tariff' })
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
