import { describe, expect, test } from 'vitest'
import { decide } from '../../../core/decide.ts'
import { passIssuer } from '../../../core/decision.ts'
import type { RightId, SessionId } from '../../../core/ids.ts'
import { merchantId, placeId, vehicleClass } from '../../../core/ids.ts'
import type { CurrencyCode } from '../../../core/money.ts'
import { money } from '../../../core/money.ts'
import { priceAt } from '../../../core/parking/price.ts'
import { recordedParking } from '../../../core/parking/recorded.ts'
import { RIGHT_AWAY_MAX } from '../../../core/parking/rights.ts'
import type { Question } from '../../../core/questions.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../../core/time.ts'
import type { PassToken } from '../../../core/tokens.ts'
import { ALWAYS, BOX, COMMON, NOON, OPERATOR, SITE, STEPPED, SYNCED, vnd } from '../kit.ts'
import { asked, carInside, changed, newest, OTHER, PLATE, passNow, put, rightOf, said, toExit, told } from './driver.ts'
import { BIKE_IN, CAR_IN, CAR_OUT, GATE, PARKING_LAYOUT, PARKING_POLICY, park } from './park.ts'
import { BIKE, CAR, LOT } from './tariff-kit.ts'

/** What the segments of a stay come to now, each with the right under which it stands. */
function owes(p: ReturnType<typeof park>, id: SessionId) {
  const [stay, parking] = [p.stay(id), p.look.common()]
  if (stay === null || parking === null) throw new Error('no such stay')
  const price = priceAt(stay, parking, p.now().at)
  if (!price.ok) throw new Error(price.refusal)
  return price.segments.map(({ right, amount }) => [right, amount.amount])
}

const status = (p: ReturnType<typeof park>, right: string, to: 'active' | 'suspended' | 'ended', reason = 'not paid') =>
  p.take({ kind: 'right-status', right: right as RightId, status: to, reason })

test('a right that is put again stays suspended until somebody takes it up with a reason', () => {
  const p = park()
  put(p, 'm-1', [PLATE])
  status(p, 'm-1', 'suspended')
  expect(said(put(p, 'm-1', [PLATE, OTHER]))).toBe('noted')
  expect(p.rights.get('m-1' as RightId)).toMatchObject({ status: 'suspended', plates: [{}, {}] })
  status(p, 'm-1', 'active', 'paid')
  put(p, 'm-1', [PLATE], { status: 'suspended' })
  expect(p.rights.get('m-1' as RightId)?.status).toBe('active')
})

describe('by a clock that nobody trusts', () => {
  const YEARS_MS = 10 * 365 * DAY_MS

  test.each([
    ['suspended', 'a day ahead', DAY_MS, 0],
    ['suspended', 'ten years ahead', YEARS_MS, 0],
    ['ended', 'ten years ahead', YEARS_MS, 0],
    ['suspended', 'set back an hour', -HOUR_MS, -HOUR_MS],
    ['ended', 'set back an hour', -HOUR_MS, -HOUR_MS],
  ] as const)(
    'a pass is %s, %s: it opens nothing, and covers nothing that came after the last time that is sure',
    (to, _clock, ahead, from) => {
      const p = park()
      put(p, 'm-1', [PLATE, OTHER], { spaces: 2 })
      const id = carInside(p)
      p.wait(5 * DAY_MS)
      put(p, 'm-2', [])
      const sure = p.now().at
      p.setTrust(STEPPED)
      p.wait(ahead)
      expect(said(status(p, 'm-1', to, 'stolen'))).toBe('noted')
      expect(p.rights.get('m-1' as RightId)).toMatchObject({ status: to, away: [{ from: sure + from, until: null }] })
      expect(p.session(carInside(p, OTHER)).entry.by, 'not under the pass').toBe('plate')
      p.setTrust(SYNCED)
      p.wait(90 * MINUTE_MS - ahead)
      expect(owes(p, id)).toEqual([
        ['m-1', 0],
        [null, from === 0 ? 50_000 : 85_000],
      ])
    },
  )

  test('a pass is not taken up again: whoever asks reads to set the clock; what is so already stays so', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    p.setTrust({ state: 'unknown' })
    expect(changed(status(p, 'm-1', 'active', 'paid'))).toEqual([])
    p.wait(YEARS_MS)
    status(p, 'm-1', 'suspended', 'stolen')
    expect(said(status(p, 'm-1', 'active', 'found'))).toBe('pass-clock-not-trusted')
    expect(p.rights.get('m-1' as RightId)).toMatchObject({ status: 'suspended', away: [{ from: NOON, until: null }] })
    p.setTrust(SYNCED)
    p.wait(HOUR_MS - YEARS_MS)
    expect(said(status(p, 'm-1', 'active', 'found'))).toBe('noted')
    expect(p.rights.get('m-1' as RightId)?.away).toEqual([{ from: NOON, until: NOON + HOUR_MS }])
    p.wait(HOUR_MS)
    p.setTrust({ state: 'unknown' })
    status(p, 'm-1', 'suspended')
    p.wait(-DAY_MS)
    status(p, 'm-1', 'ended')
    const away = p.rights.get('m-1' as RightId)?.away
    expect(away, 'ended, it goes on as it was').toEqual([
      { from: NOON, until: NOON + HOUR_MS },
      { from: NOON + HOUR_MS, until: null },
    ])
  })
})

test('a right that was suspended by a trusted clock that ran ahead, and is taken up when that is right, is away at no time to come, and from then on as ever', () => {
  const p = park()
  put(p, 'm-1', [PLATE])
  const id = carInside(p)
  p.wait(1_000 * DAY_MS)
  status(p, 'm-1', 'suspended')
  p.wait(-999 * DAY_MS)
  status(p, 'm-1', 'ended', 'what is over is so from now on')
  const ended = p.rights.get('m-1' as RightId)
  expect(ended?.away).toEqual([{ from: p.now().at, until: null }])
  put(p, 'm-2', [OTHER])
  const other = carInside(p, OTHER)
  p.wait(999 * DAY_MS)
  status(p, 'm-2', 'suspended')
  p.wait(-999 * DAY_MS)
  status(p, 'm-2', 'active', 'paid')
  expect(p.rights.get('m-2' as RightId)?.away).toEqual([])
  p.wait(HOUR_MS)
  status(p, 'm-2', 'suspended')
  p.wait(90 * MINUTE_MS)
  expect(p.rights.get('m-2' as RightId)?.away).toEqual([{ from: p.now().at - 90 * MINUTE_MS, until: null }])
  expect([owes(p, id), owes(p, other)].map((parts) => parts.map(([right]) => right))).toEqual([
    ['m-1', null],
    ['m-2', null],
  ])
})

describe('a pass', () => {
  test('for several plates and one space: the first in parks under it, the others are visitors', () => {
    const p = park()
    put(p, 'm-1', [PLATE, OTHER])
    const first = carInside(p, PLATE)
    const second = carInside(p, OTHER)
    expect(p.session(first).entry.by).toBe('right')
    expect(p.session(second).entry.by).toBe('plate')
    p.wait(MINUTE_MS)
    expect(asked(toExit(p, OTHER)).due).toEqual(vnd(25_000))
    p.reverse(CAR_OUT)
    p.wait(MINUTE_MS)
    expect(said(toExit(p, PLATE))).toBe('let-through')
  })

  test('that these books do not know is signed all the same, and becomes a right as it says', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow('m-7')))).toBe('let-through')
    expect(p.rights.get('m-7' as RightId)).toMatchObject({ kind: 'pass', vehicleClasses: [CAR], spaces: 1 })
    p.drive(CAR_IN)
    p.wait(MINUTE_MS)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow('m-7')))).toBe('pass-already-inside')
    expect(p.cases()).toEqual(['second-entry'])
  })

  test('says of which class the vehicle is that is known by its plate: a camera does not tell', () => {
    const p = park()
    put(p, 'm-1', [PLATE], { vehicleClasses: [BIKE] })
    p.arrive(GATE)
    expect(said(p.see(GATE, PLATE))).toBe('let-through')
    expect(p.session(newest(p))).toMatchObject({ vehicleClass: BIKE, entry: { by: 'right' } })
    const q = park()
    q.arrive(GATE)
    q.seeIn(GATE, OTHER)
    expect(q.session(newest(q)).vehicleClass, 'the first class of the lane').toBe(CAR)
  })

  test('goes with the plate that stands there, by its code or by the plate', () => {
    const p = park({ lanes: { entryBy: ['pass'] } })
    put(p, 'm-1', [PLATE])
    p.arrive(CAR_IN)
    expect(said(p.see(CAR_IN, OTHER)), 'no visitors at this lane').toBe('noted')
    p.wait(MINUTE_MS)
    expect(said(p.see(CAR_IN, PLATE, 990))).toBe('let-through')
    const q = park({ lanes: { entryBy: ['pass'] } })
    q.arrive(CAR_IN)
    q.see(CAR_IN, OTHER)
    q.show(CAR_IN, passNow('m-2'))
    expect(q.session(newest(q)).credentials.map(({ kind }) => kind)).toEqual(['plate', 'right'])
  })

  test('is renewed and brought to another plate by putting it again, suspended and taken up, and ended for good', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    expect(said(put(p, 'm-1', [OTHER], { validUntil: instant(NOON + 9e9) }))).toBe('noted')
    carInside(p, OTHER)
    expect(p.session(newest(p)).entry.by).toBe('right')
    expect(said(status(p, 'm-1', 'suspended', ' '))).toBe('reason-missing')
    expect(said(status(p, 'm-1', 'suspended'))).toBe('noted')
    expect(status(p, 'm-1', 'suspended').changes).toEqual([])
    p.wait(2 * MINUTE_MS)
    expect(asked(toExit(p, OTHER)).due, 'it covers nothing while it is suspended').toEqual(vnd(25_000))
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow('m-1')))).toBe('right-suspended')
    status(p, 'm-1', 'ended', 'moved away')
    expect(said(p.show(CAR_IN, passNow('m-1')))).toBe('right-ended')
    expect(said(status(p, 'm-1', 'active'))).toBe('right-ended')
    expect(said(put(p, 'm-1', [PLATE]))).toBe('right-ended')
    expect(said(status(p, 'm-9', 'ended'))).toBe('right-unknown')
  })

  test('that is suspended, taken up again or ended while its vehicle is inside has covered what it covered until then, and covers nothing that comes after', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const id = carInside(p)
    p.wait(5 * DAY_MS)
    status(p, 'm-1', 'suspended')
    expect(owes(p, id), 'five days under a good pass').toEqual([['m-1', 0]])
    p.wait(90 * MINUTE_MS)
    expect(owes(p, id), 'two hours begun since').toEqual([
      ['m-1', 0],
      [null, 50_000],
    ])
    status(p, 'm-1', 'active', 'paid')
    p.wait(DAY_MS)
    const twice = [
      ['m-1', 0],
      [null, 50_000],
      ['m-1', 0],
    ]
    expect(owes(p, id), 'the time of the suspension stays due').toEqual(twice)
    status(p, 'm-1', 'suspended')
    status(p, 'm-1', 'ended', 'moved away')
    put(p, 'm-1', [PLATE])
    p.wait(30 * MINUTE_MS)
    expect(owes(p, id), 'a third hour').toEqual([...twice, [null, 35_000]])
    expect(asked(toExit(p)).due).toEqual(vnd(85_000))
  })

  test('that was issued as suspended covers from when it is taken up, and a clock that was set back turns no time round', () => {
    const p = park()
    put(p, 'm-1', [PLATE], { status: 'suspended' })
    p.wait(MINUTE_MS)
    p.wait(-HOUR_MS)
    status(p, 'm-1', 'active', 'paid')
    const at = p.now().at
    expect(p.rights.get('m-1' as RightId)?.away).toEqual([{ from: 0, until: at }])
    status(p, 'm-1', 'suspended')
    p.wait(-HOUR_MS)
    status(p, 'm-1', 'active', 'paid')
    status(p, 'm-1', 'suspended')
    expect(p.rights.get('m-1' as RightId)?.away).toEqual([{ from: 0, until: null }])
  })

  test(`that was away more than ${RIGHT_AWAY_MAX} times counts at none of them: the oldest are taken for one, with the time between them`, () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    for (let time = 0; time <= RIGHT_AWAY_MAX; time += 1) {
      p.wait(MINUTE_MS)
      status(p, 'm-1', 'suspended')
      p.wait(MINUTE_MS)
      status(p, 'm-1', 'active', 'paid')
    }
    const away = p.rights.get('m-1' as RightId)?.away ?? []
    expect(away).toHaveLength(RIGHT_AWAY_MAX)
    expect(away[0]).toEqual({ from: NOON + MINUTE_MS, until: NOON + 4 * MINUTE_MS })
    expect(away[1]?.from).toBe(NOON + 5 * MINUTE_MS)
  })

  test.each([
    ['for another class', { vehicleClass: 'motorbike' }, 'pass-not-here'],
    ['for other lanes', { lanes: ['bike-in'] }, 'pass-not-here'],
    ['that is not valid yet at the place', { jti: 'later' }, 'pass-not-here'],
  ])('%s is refused at a car lane', (_what, over, refusal) => {
    const p = park()
    put(p, 'later', [], { validFrom: instant(NOON + 9e7) })
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow('m-1', over)))).toBe(refusal)
  })

  test('without a class is for the lane’s own, and at a lane without classes for none', () => {
    const p = park()
    put(p, 'm-1', [])
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow('m-1')))).toBe('let-through')
    const q = park({ lanes: { vehicleClasses: [] } })
    put(q, 'm-1', [PLATE])
    q.arrive(CAR_IN)
    expect(said(q.show(CAR_IN, passNow('m-1')))).toBe('pass-not-here')
    expect(said(q.see(CAR_IN, PLATE))).toBe('class-not-here')
    expect(said(q.see(BIKE_IN, PLATE))).toBe('class-not-here')
  })

  test('of another place counts nothing here', () => {
    const p = park()
    put(p, 'm-1', [PLATE], { places: [placeId('level-1')], vehicleClasses: [CAR] })
    carInside(p)
    expect(p.session(newest(p)).entry.by).toBe('plate')
    put(p, 'm-2', [OTHER], { places: [LOT] })
    carInside(p, OTHER)
    expect(p.session(newest(p)).entry.by).toBe('right')
  })

  test.each([
    ['an end before its beginning', { validUntil: NOON }],
    ['no space', { spaces: 0 }],
    ['a space and a half', { spaces: 1.5 }],
    ['more spaces than any site has', { spaces: 1_001 }],
    ['a place that is not here', { places: [placeId('moon')] }],
    ['a class that is not here', { vehicleClasses: [vehicleClass('tank')] }],
    ['hours on no day', { hours: [{ ...ALWAYS, weekdays: [] }] }],
    ['hours on an eighth day', { hours: [{ ...ALWAYS, weekdays: [8] }] }],
    ['hours of 25 o’clock', { hours: [{ ...ALWAYS, toMinute: 1_500 }] }],
    ['hours from the end of a day on', { hours: [{ ...ALWAYS, fromMinute: 1_440, toMinute: 0 }] }],
    ['an end that no calendar has', { validUntil: instant(9e15) }],
    ['a beginning before clocks', { validFrom: instant(-9e15) }],
    ['hours of no length', { hours: [{ ...ALWAYS, toMinute: 0 }] }],
    ['more hours than a week has', { hours: Array.from({ length: 15 }, () => ALWAYS) }],
    ['a relief in another currency', { relief: { kind: 'amount', amount: money(5, 'USD' as CurrencyCode) } }],
    ['a relief of nothing', { relief: { kind: 'amount', amount: vnd(0) } }],
    ['a relief of no minutes', { relief: { kind: 'first-minutes', minutes: 0 } }],
    ['a share of more than all', { relief: { kind: 'share', basisPoints: 10_001 } }],
    ['a validation of no stay', { kind: 'validation' }],
  ] as const)('with %s is refused', (_what, over) => {
    const p = park()
    expect(['right-invalid', 'stay-over']).toContain(said(put(p, 'm-1', [], over)))
  })

  test.each([
    { kind: 'first-minutes', minutes: 30 },
    { kind: 'share', basisPoints: 5_000 },
  ] as const)('with a relief of $kind is taken', (relief) => {
    expect(said(put(park(), 'm-1', [], { relief }))).toBe('noted')
  })

  test('that is issued under an id in use is refused, and the one that has it stays as it is', () => {
    const p = park()
    const issue = (id: string, plates: readonly string[], over = {}) =>
      p.take({ kind: 'right-put', right: rightOf(id, over), plates, isNew: true, reason: 'of the staff' })
    expect(said(issue('m-1', [PLATE]))).toBe('noted')
    const before = p.rights.get('m-1' as RightId)
    expect(said(issue('m-1', [OTHER], { holder: 'tenant-2' }))).toBe('right-exists')
    expect(p.rights.get('m-1' as RightId)).toEqual(before)
    expect(said(put(p, 'm-1', [OTHER])), 'renewed where it stands').toBe('noted')
    status(p, 'm-1', 'ended')
    expect(said(issue('m-1', [PLATE]))).toBe('right-ended')
    const stay = carInside(p)
    const other = carInside(p, '29B-777.77')
    const validation = { kind: 'validation', session: stay } as const
    expect(said(issue('v-1', [], validation))).toBe('noted')
    expect(said(issue('v-1', [], validation))).toBe('right-exists')
    expect(said(issue('v-1', [], { ...validation, session: other }))).toBe('right-exists')
    expect(said(issue('v-1', []))).toBe('right-exists')
  })

  test('is given, or given longer, for nothing with a reason alone, as is a validation that no merchant bears; other plates ask for none', () => {
    const p = park()
    const give = (over: object) =>
      p.take({ kind: 'right-put', right: rightOf('m-1'), plates: [PLATE], isNew: true, ...over })
    expect(said(give({}))).toBe('reason-missing')
    expect(said(give({ reason: ' ' }))).toBe('reason-missing')
    expect(p.changes).toEqual([])
    expect(said(give({ reason: 'of the staff' }))).toBe('noted')
    const longer = (reason: string) => p.take({ kind: 'right-put', right: rightOf('m-1'), plates: [PLATE], reason })
    expect(said(longer(''))).toBe('reason-missing')
    expect(said(longer('a week of rain'))).toBe('noted')
    const [from, until] = [rightOf('m-1').validFrom, rightOf('m-1').validUntil]
    const moved = (over: object) => p.take({ kind: 'right-put', right: rightOf('m-1', over), plates: [PLATE] })
    for (const more of [{ validUntil: instant(until + 1) }, { validFrom: instant(from - 1) }])
      expect(said(moved(more)), 'whoever leaves the reason out').toBe('reason-missing')
    expect(said(p.take({ kind: 'right-put', right: rightOf('m-1'), plates: [OTHER] })), 'to other plates').toBe('noted')
    expect(said(moved({ validUntil: instant(until - DAY_MS) })), 'for less time').toBe('noted')
    const validation = rightOf('v-1', { kind: 'validation', session: carInside(p) })
    const validated = (over: object) =>
      said(p.take({ kind: 'right-put', right: validation, plates: [], isNew: true, ...over }))
    expect([validated({}), validated({ reason: ' ' })]).toEqual(['reason-missing', 'reason-missing'])
    expect(validated({ merchant: merchantId('shop') }), 'a merchant bears its own').toBe('validation-not-allowed')
    expect(validated({ reason: 'the gate was shut for an hour' })).toBe('noted')
  })

  test('for what is no plate, or for more than a family has, is refused', () => {
    const p = park()
    expect(said(put(p, 'm-1', ['?']))).toBe('plate-unreadable')
    expect(
      said(
        put(
          p,
          'm-1',
          Array.from({ length: 17 }, (_, n) => `30A-1000${n}`),
        ),
      ),
    ).toBe('right-invalid')
  })
})

describe('the signed code of a pass, and its plates', () => {
  /** Issues a code, and gives the token as a reader hands it on. */
  const coded = (p: ReturnType<typeof park>, right = 'm-1') => {
    expect(said(p.take({ kind: 'right-coded', right: right as RightId }))).toBe('code-issued')
    const code = p.rights.get(right as RightId)?.code
    if (code == null) throw new Error(`${right} has no code`)
    return passNow(code.id, { right, exp: instant(NOON + 400 * 86_400_000) })
  }

  test('say with the answer which code was made, so that it can be told again after another one', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const first = p.take({ kind: 'right-coded', right: 'm-1' as RightId })
    const known = p.rights.get('m-1' as RightId)
    expect(first.outcome).toEqual({
      ok: true,
      kind: 'code-issued',
      right: 'm-1',
      code: known?.code?.id,
      issuedAt: known?.code?.issuedAt,
      vehicleClass: known?.vehicleClasses[0] ?? null,
    })
    p.take({ kind: 'right-put', right: { ...rightOf('m-all'), vehicleClasses: [] }, plates: [] })
    const forAll = p.take({ kind: 'right-coded', right: 'm-all' as RightId })
    expect(forAll.outcome).toMatchObject({ kind: 'code-issued', vehicleClass: null })
  })

  test('are one right: in by the code, out by the plate, and the other way about, is one stay that costs nothing', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const code = coded(p)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, code))).toBe('let-through')
    p.drive(CAR_IN)
    const first = newest(p)
    expect(p.session(first).credentials, 'no camera has read the plate').toEqual([{ kind: 'right', right: 'm-1' }])
    p.wait(90 * MINUTE_MS)
    expect(said(toExit(p, PLATE))).toBe('let-through')
    p.drive(CAR_OUT)
    expect(p.session(first).status).toBe('left')
    expect(p.segmentsOf(first)).toMatchObject([{ right: 'm-1', amount: vnd(0) }])

    const second = carInside(p, PLATE)
    p.wait(90 * MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, code))).toBe('let-through')
    p.drive(CAR_OUT)
    expect(p.session(second).status).toBe('left')
    expect(p.segmentsOf(second)).toMatchObject([{ right: 'm-1', amount: vnd(0) }])
    expect(p.sessions()).toHaveLength(2)
  })

  test('share its one space: one came in by the code and another by its plate, and only the first parks free', () => {
    const p = park()
    put(p, 'm-1', [PLATE, OTHER])
    const code = coded(p)
    p.arrive(CAR_IN)
    p.show(CAR_IN, code)
    p.drive(CAR_IN)
    const byCode = newest(p)
    const byPlate = carInside(p, OTHER)
    expect(p.session(byPlate).entry.by, 'a visitor').toBe('plate')
    p.wait(30 * MINUTE_MS)
    expect(asked(toExit(p, OTHER)).due).toEqual(vnd(25_000))
    p.reverse(CAR_OUT)
    p.wait(MINUTE_MS)
    expect(said(toExit(p, PLATE))).toBe('let-through')
    expect(p.session(byCode).status).toBe('leaving')

    const q = park()
    put(q, 'm-1', [PLATE, OTHER])
    carInside(q, PLATE)
    q.arrive(CAR_IN)
    expect(said(q.show(CAR_IN, coded(q))), 'the space is taken').toBe('pass-already-inside')
    expect(said(q.ticket(CAR_IN)), 'as a visitor').toBe('let-through')
  })

  test('at a lane of both ways, a plate of several is no reason to let out whoever came in by the code', () => {
    const p = park()
    put(p, 'm-1', [PLATE, OTHER])
    p.arrive(GATE)
    p.show(GATE, coded(p))
    p.drive(GATE)
    p.wait(MINUTE_MS)
    p.arrive(GATE)
    expect(said(p.seeIn(GATE, OTHER)), 'it comes in').toBe('let-through')
    expect(p.open().map(({ status }) => status)).toEqual(['inside', 'entering'])
  })

  test('are suspended, taken up and ended at once, whichever of them is shown', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const code = coded(p)
    status(p, 'm-1', 'suspended')
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, code))).toBe('right-suspended')
    p.see(CAR_IN, PLATE)
    expect(p.session(newest(p)).entry.by, 'its plate is a visitor’s').toBe('plate')
    p.drive(CAR_IN)
    status(p, 'm-1', 'active', 'paid')
    p.wait(MINUTE_MS)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, code))).toBe('let-through')
    p.drive(CAR_IN)
    status(p, 'm-1', 'ended', 'moved away')
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, code))).toBe('right-ended')
    expect(said(p.take({ kind: 'right-coded', right: 'm-1' as RightId }))).toBe('right-ended')
  })

  test('the code outlives what the right was when it was issued: renewed, and brought to another plate', () => {
    const p = park()
    put(p, 'm-1', [PLATE], { validUntil: instant(NOON + 10 * MINUTE_MS) })
    const code = coded(p)
    p.wait(20 * MINUTE_MS)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, code)), 'its month is over').toBe('pass-not-here')
    put(p, 'm-1', [OTHER])
    expect(said(p.show(CAR_IN, code)), 'renewed').toBe('let-through')
    p.drive(CAR_IN)
    p.wait(MINUTE_MS)
    expect(said(toExit(p, OTHER)), 'its new plate').toBe('let-through')
  })

  test('another code makes the one before worthless, and leaves the plates as they are', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const signedElsewhere = passNow('m-1')
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, signedElsewhere)), 'the operator’s own, by the right’s id').toBe('let-through')
    p.drive(CAR_IN)
    expect(said(toExit(p))).toBe('let-through')
    p.drive(CAR_OUT)
    const [lost, found] = [coded(p), coded(p)]
    expect(lost.jti).not.toBe(found.jti)
    p.wait(MINUTE_MS)
    p.arrive(CAR_IN)
    for (const code of [signedElsewhere, lost]) expect(said(p.show(CAR_IN, code))).toBe('pass-code-replaced')
    expect(said(p.show(CAR_IN, found))).toBe('let-through')
    p.drive(CAR_IN)
    p.wait(MINUTE_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, lost)), 'nor does it let out').toBe('pass-code-replaced')
    expect(said(p.see(CAR_OUT, PLATE))).toBe('let-through')
  })

  test('after a restore a later code of this box is the newest, and calls in the one that the books still held good', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    const before = coded(p)
    const lost = (epoch: number, seq: number, over: Partial<PassToken> = {}) =>
      passNow(`box-1:${epoch}:${seq}:d0`, { right: 'm-1', iss: passIssuer(SITE, BOX), ...over })
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, lost(1, 900))), 'what this epoch has issued stands in its books').toBe(
      'pass-code-replaced',
    )
    p.beginEpoch(7)
    for (const other of [
      lost(1, 1),
      lost(0, 900),
      lost(7, 900),
      lost(1, 900, { iss: passIssuer(SITE, 'box-2') }),
      lost(1, 900, { jti: 'box-2:1:900:d0' }),
      lost(1, 900, { jti: 'm-1-of-the-operator' }),
    ])
      expect(said(p.show(CAR_IN, other)), other.jti).toBe('pass-code-replaced')
    const stolen = before
    const newest = lost(1, 900)
    status(p, 'm-1', 'suspended')
    expect(said(p.show(CAR_IN, newest)), 'written down also where it opens nothing').toBe('right-suspended')
    status(p, 'm-1', 'active', 'paid')
    expect(said(p.show(CAR_IN, stolen))).toBe('pass-code-replaced')
    expect(said(p.show(CAR_IN, newest))).toBe('let-through')
    expect(p.rights.get('m-1' as RightId)?.code).toEqual({ id: 'box-1:1:900:d0', issuedAt: newest.iat })
    p.drive(CAR_IN)
    expect(said(p.show(CAR_IN, lost(1, 899))), 'one between the two').toBe('pass-code-replaced')
    expect(said(p.show(CAR_IN, lost(3, 5))), 'of an epoch between').not.toBe('pass-code-replaced')
    const issued = coded(p)
    expect(issued.jti).toMatch(/^box-1:7:/)
    expect(said(p.show(CAR_IN, lost(3, 6))), 'nothing of before is newer than what is issued since').toBe(
      'pass-code-replaced',
    )
  })

  test('after a restore from before its first code that code is taken too', () => {
    const p = park()
    put(p, 'm-1', [PLATE])
    p.beginEpoch(2)
    p.arrive(CAR_IN)
    const first = passNow('box-1:1:900:d0', { right: 'm-1', iss: passIssuer(SITE, BOX) })
    expect(said(p.show(CAR_IN, first))).toBe('let-through')
    expect(p.rights.get('m-1' as RightId)?.code?.id).toBe(first.jti)
  })

  test('a code that this box signed before a restore for a pass which its books lost opens nothing, and calls staff once with a case', () => {
    const p = park()
    p.beginEpoch(2)
    p.arrive(CAR_IN)
    const sold = passNow('box-1:1:9:d0', { right: 'm-9', iss: passIssuer(SITE, BOX) })
    for (const _each of [1, 2]) {
      expect(said(p.show(CAR_IN, sold))).toBe('right-unknown')
      expect(p.cases()).toEqual(['pass-lost'])
    }
    expect([p.rights.size, p.sessions().length]).toEqual([0, 0])
  })

  test('a code that this box signed by a clock that ran ahead is its pass’s code: in force it lets in, and where its pass has yet to begin staff are called, once with a case', () => {
    const p = park()
    const tomorrow = instant(p.now().at + DAY_MS)
    const code = () => {
      const issued = p.take({ kind: 'right-coded', right: 'm-1' as RightId }).outcome
      if (!issued.ok || issued.kind !== 'code-issued') throw new Error('no code')
      const times = { iat: tomorrow, nbf: tomorrow, exp: instant(tomorrow + DAY_MS) }
      return passNow(issued.code, { right: 'm-1', iss: passIssuer(SITE, BOX), ...times })
    }
    put(p, 'm-1', [], { validFrom: tomorrow, validUntil: instant(tomorrow + 30 * DAY_MS) })
    const ahead = code()
    p.arrive(CAR_IN)
    for (const _each of [1, 2]) {
      const shown = p.show(CAR_IN, ahead)
      expect(said(shown)).toBe('stay-time-unclear')
      expect(told(shown)).toContain('call-staff')
      expect(p.cases()).toEqual(['time-unclear'])
    }
    expect(p.sessions()).toEqual([])
    put(p, 'm-1', [], { validFrom: NOON, validUntil: instant(tomorrow + 30 * DAY_MS) })
    expect(said(p.show(CAR_IN, ahead))).toBe('let-through')
    p.drive(CAR_IN)
    p.wait(HOUR_MS)
    p.arrive(CAR_OUT)
    expect(said(p.show(CAR_OUT, ahead)), 'and out by it').toBe('let-through')
    p.drive(CAR_OUT)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow(ahead.jti, { ...ahead, iss: OPERATOR }))), 'of another').toBe(
      'token-issued-in-future',
    )
  })

  test('where no loop tells who stands there, the same driver is one case, and who comes later another', () => {
    const p = park()
    p.beginEpoch(2)
    const show = () => p.show(CAR_IN, passNow('box-1:1:9:d0', { right: 'm-9', iss: passIssuer(SITE, BOX) }))
    for (const waitMs of [0, 10_000, 5 * MINUTE_MS - 10_000]) {
      p.wait(waitMs)
      expect(said(show())).toBe('right-unknown')
      expect(p.cases(), `${waitMs}`).toEqual(['pass-lost'])
    }
    p.wait(1)
    show()
    expect(p.cases()).toEqual(['pass-lost', 'pass-lost'])
  })

  test.each([
    ['of this very epoch, whose passes stand in its books', 'box-1:2:9:d0', BOX],
    ['of an epoch that these books have never reached', 'box-1:3:9:d0', BOX],
    ['of another box by its name', 'box-2:1:9:d0', BOX],
    ['of another box by its key', 'box-1:1:9:d0', 'box-2'],
    ['without a place in any books', 'm-9-of-the-operator', BOX],
  ])('a code %s is not said to be sold since a backup', (_why, jti, box) => {
    const p = park()
    p.beginEpoch(2)
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow(jti, { right: 'm-9', iss: passIssuer(SITE, box as typeof BOX) })))).toBe(
      'right-unknown',
    )
    expect(p.cases()).toEqual([])
  })

  test('a code of the site’s own is worth nothing without its books, and is issued for a pass alone', () => {
    const p = park()
    p.arrive(CAR_IN)
    expect(said(p.show(CAR_IN, passNow('box-1:1:9:d0', { right: 'm-9' })))).toBe('right-unknown')
    expect(p.rights.size).toBe(0)
    expect(said(p.take({ kind: 'right-coded', right: 'm-9' as RightId }))).toBe('right-unknown')
    const id = ((): ReturnType<typeof carInside> => {
      p.reverse(CAR_IN)
      p.wait(MINUTE_MS)
      return carInside(p)
    })()
    put(p, 'v-1', [], { kind: 'validation', session: id })
    expect(said(p.take({ kind: 'right-coded', right: 'v-1' as RightId }))).toBe('right-invalid')
  })

  test('its days and hours are the right’s: outside of them the time is paid, by the code as by the plate', () => {
    const office = { weekdays: [6], fromMinute: 8 * 60, toMinute: 12 * 60 + 30 }
    for (const isByCode of [true, false]) {
      const p = park()
      put(p, 'm-1', [PLATE], { hours: [office] })
      const code = coded(p)
      p.arrive(CAR_IN)
      if (isByCode) p.show(CAR_IN, code)
      else p.see(CAR_IN, PLATE)
      p.drive(CAR_IN)
      p.wait(30 * MINUTE_MS - 10_000)
      p.arrive(CAR_OUT)
      expect(said(p.show(CAR_OUT, code)), 'until half past twelve').toBe('let-through')
      p.reverse(CAR_OUT)
      p.wait(40 * MINUTE_MS)
      p.due()
      p.arrive(CAR_OUT)
      expect(asked(p.see(CAR_OUT, PLATE)).due, 'after it').toEqual(vnd(25_000))
    }
  })
})

describe('a validation', () => {
  test('is of a stay, and a pass of the same id is not', () => {
    const p = park()
    const id = carInside(p)
    expect(said(put(p, 'v-1', [], { kind: 'validation', session: id }))).toBe('noted')
    expect(said(put(p, 'v-1', [], { session: null }))).toBe('right-ended')
    expect(said(toExit(p)), 'it covers all of it').toBe('let-through')
    expect(said(p.show(CAR_OUT, p.ticketOf(id)))).toBe('already-accepted')
  })

  test('in another currency is refused, and the vehicle drives out by paying', () => {
    const p = park()
    const id = carInside(p)
    const relief = { kind: 'amount', amount: money(5, 'USD' as CurrencyCode) } as const
    expect(said(put(p, 'v-1', [], { kind: 'validation', session: id, relief }))).toBe('right-invalid')
    expect(asked(toExit(p)).due).toEqual(vnd(25_000))
  })

  test('of a stay of practice is put and suspended at a live site too; what is no validation of one stay is not', () => {
    const p = park({ mode: 'training' })
    const id = carInside(p)
    const common = { ...COMMON, mode: 'training', siteMode: 'live' } as const
    const facts = {
      parking: { layout: PARKING_LAYOUT, policy: PARKING_POLICY, tariffs: null, occupancy: [], upstreamHeardAt: null },
      plates: [],
      holder: null,
      givenToday: 0,
      lanes: [],
      stay: p.stay(id),
    }
    const right = rightOf('v-1', { kind: 'validation', session: id })
    const putting = (of: typeof right): Question => ({
      ...facts,
      kind: 'right-put',
      body: { kind: 'right-put', right: of, plates: [] },
      known: null,
    })
    const given = decide(putting(right), common, p.now())
    expect([said(given), changed(given), given.effects]).toEqual(['noted', ['right-put'], []])
    expect(said(decide(putting(rightOf('m-1')), common, p.now()))).toBe('mode-not-here')
    const [put] = given.changes
    if (put?.kind !== 'right-put') throw new Error('nothing was put')
    const body = { kind: 'right-status', right: right.id, status: 'suspended', reason: 'practice' } as const
    const suspending = (known: Extract<Question, { kind: 'right-status' | 'right-coded' }>['known']) =>
      decide(
        { kind: 'right-status', body, parking: facts.parking, known, stay: null, lanes: [], hasCome: NOON },
        common,
        p.now(),
      )
    expect(changed(suspending({ right: put.right, others: 0, isSaleOpen: false }))).toEqual(['right-status'])
    expect(said(suspending(null))).toBe('mode-not-here')
  })

  test('is of one stay: what that has used is not taken off another', () => {
    const p = park()
    const first = carInside(p)
    const second = carInside(p, OTHER)
    expect(said(put(p, 'v-1', [], { kind: 'validation', session: first }))).toBe('noted')
    expect(said(put(p, 'v-1', [], { kind: 'validation', session: first })), 'the same again').toBe('noted')
    expect(said(put(p, 'v-1', [], { kind: 'validation', session: second }))).toBe('right-invalid')
    expect(said(toExit(p, OTHER))).toBe('amount-asked')
  })
})

test('the record of a pass that is given holds no word of why: its place in the vault, or nothing where our code threw', () => {
  const put = { kind: 'right-put', right: rightOf('m-1'), plates: [], isNew: true } as const
  const why = { ref: 'reason:1', mac: 'm' }
  const event = { ...put, reason: 'of the staff' }
  expect(recordedParking(event, null, why)).toMatchObject({ reason: why, right: { holder: null } })
  expect(recordedParking(event, null, null)).toMatchObject({ reason: null })
  expect(recordedParking(put, null, null)).not.toHaveProperty('reason')
})
