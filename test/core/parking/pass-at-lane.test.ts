import { expect, test } from 'vitest'
import type { Decision } from '../../../core/decision.ts'
import type { ChargeId, RightId } from '../../../core/ids.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts'
import { NOON, vnd } from '../kit.ts'
import { asked, carInside, cash, PLATE, payNow, refund, said, toExit } from './driver.ts'
import type { Park } from './park.ts'
import { CAR_OUT, PARKING_POLICY, park } from './park.ts'
import { at, CAR, table, tariff } from './tariff-kit.ts'

const PRICE = 40_000
const SELLING = tariff({
  rateTables: [table()],
  passes: [
    {
      id: 'month',
      name: { vi: 'Vé tháng', en: 'Month' },
      vehicleClasses: [CAR],
      months: 1,
      covers: 'day-and-night',
      price: PRICE,
    },
  ],
})
const OFFER = { tariff: 'cars', pass: 'month', vehicleClass: CAR, months: 1 }
const ID = 'm-1' as RightId

const sell = (p: Park, sells: 'issue' | 'renewal', paid: number | null): Decision =>
  p.take({
    kind: 'pass-sold',
    right: ID,
    sells,
    offer: OFFER,
    holder: '',
    plates: sells === 'issue' ? [PLATE] : [],
    cash: paid === null ? null : { tender: 'cash', amount: vnd(paid) },
  })

/** A car whose pass ran out ten minutes after it came in, at an exit that asks it for what came since. */
function ranOutInside(): Park {
  const p = park({ tariffs: [SELLING] })
  sell(p, 'issue', PRICE)
  p.wait(at('2026-12-20 23:50') - NOON)
  carInside(p)
  p.wait(50 * MINUTE_MS)
  expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  p.wait(MINUTE_MS)
  return p
}

test.each<readonly [string, (p: Park) => Decision]>([
  ['with cash at its sale', (p) => sell(p, 'renewal', PRICE)],
  [
    'with cash for its charge',
    (p) => {
      const { outcome } = sell(p, 'renewal', null)
      return cash(p, outcome.ok && outcome.kind === 'pass-sold' ? outcome.charge : ('' as ChargeId), PRICE)
    },
  ],
])(
  'a pass that ran out and is paid %s at the exit makes nothing free that it did not cover: what is asked stands, and rises no more',
  (_how, pay) => {
    const p = ranOutInside()
    expect(pay(p).outcome.ok).toBe(true)
    expect(p.lane(CAR_OUT).visit?.asked?.due).toEqual(vnd(25_000))
    p.wait(2 * HOUR_MS)
    expect(p.due('quote-lapses').map((again) => asked(again).due)).toEqual([vnd(25_000)])
    expect(said(p.show(CAR_OUT, payNow(p, 'a')))).toBe('paid')
  },
)

test('a pass whose price is given back while its vehicle is asked: what was shown holds, and what has risen is asked when that is over', () => {
  const p = ranOutInside()
  sell(p, 'renewal', PRICE)
  const { charge } = [...p.sales.values()][1] ?? { charge: '' as ChargeId }
  expect(said(refund(p, charge, PRICE))).toBe('refunded')
  expect(p.lane(CAR_OUT).visit?.asked?.due).toEqual(vnd(25_000))
  p.wait(PARKING_POLICY.quoteHoldMs + HOUR_MS)
  expect(p.due('quote-lapses').map((again) => asked(again).due)).toEqual([vnd(50_000)])
})
