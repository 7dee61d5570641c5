import { describe, expect, test } from 'vitest'
import type { SiteEvent } from '../../core/events.ts'
import type { StallId } from '../../core/ids.ts'
import { deviceId, laneId, stallId } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import { money, VND } from '../../core/money.ts'
import type { SiteLayout } from '../../core/site.ts'
import type { Now } from '../../core/time.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import type { HolderToken } from '../../core/tokens.ts'
import type { TestBooks } from './kit.ts'
import {
  at,
  chargeOpen,
  DEVICES,
  event,
  LANE,
  LAYOUT,
  openMarket,
  PRACTICE_STALL,
  payToken,
  SETTINGS,
  SITE,
  STALL,
  scan,
  WALLET,
} from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const outcomesOf = (site: TestBooks, events: readonly SiteEvent[], now: Now = at()): readonly unknown[] =>
  site.commit(events, now).map((result) => (result.kind === 'committed' ? result.outcome : result))

const [STALL_BEFORE] = LAYOUT.stalls
const [LANE_BEFORE] = LAYOUT.lanes
if (STALL_BEFORE === undefined || LANE_BEFORE === undefined) throw new Error('the layout has a stall and a lane')

/** The next form of one phone's rotating code. */
function rotating(nonce: string, now: Now = at()): SiteEvent {
  const { kind: _pay, ...said } = payToken('credential', 50_000, now, 'payer')
  const token: HolderToken = {
    ...said,
    kind: 'holder',
    lim: money(50_000, VND),
    cnfThumbprint: 'phone',
    nonce,
    credentialIat: now.at,
  }
  const place = { kind: 'stall', id: STALL } as const
  return event(`scan-${nonce}`, { kind: 'scan', place, reader: null, token, evidence: nonce }, now)
}

/** The books of one box, put into this mode for a while. */
function boxIn(mode: Mode, folder: string, work: (site: TestBooks) => void): void {
  const site = openMarket(folder, { mode })
  work(site)
  site.books.close()
}

const trained = (asked: SiteEvent): SiteEvent => ({ ...asked, mode: 'training' })

describe('a stall that is open for money, at a box that trains now and then', () => {
  test('keeps its live charge open, and that of the training', () => {
    const folder = temporaryFolder()
    boxIn('live', folder, (site) => site.commit([chargeOpen('live', 20_000)]))
    boxIn('training', folder, (site) => site.commit([trained(chargeOpen('training', 30_000))]))
    boxIn('live', folder, (site) =>
      expect(outcomesOf(site, [scan('first', 50_000)])).toMatchObject([
        { ok: true, kind: 'paid', amount: money(20_000, VND) },
      ]),
    )
    boxIn('training', folder, (site) =>
      expect(outcomesOf(site, [trained(scan('second', 50_000))])).toMatchObject([
        { ok: true, kind: 'paid', amount: money(30_000, VND) },
      ]),
    )
  })

  test('pays nothing for the phone that shows its next code to the live till', () => {
    const folder = temporaryFolder()
    boxIn('training', folder, (site) =>
      expect(outcomesOf(site, [chargeOpen('training', 20_000), rotating('one')].map(trained))).toMatchObject([
        { kind: 'charge-opened' },
        { kind: 'paid' },
      ]),
    )
    boxIn('live', folder, (site) => {
      expect(outcomesOf(site, [rotating('two')])).toMatchObject([{ ok: false, refusal: 'no-open-charge' }])
      expect(outcomesOf(site, [chargeOpen('live', 20_000), rotating('three')])).toMatchObject([
        { ok: true, kind: 'charge-opened' },
        { ok: true, kind: 'paid', amount: money(20_000, VND) },
      ])
    })
  })

  test('does not forget the last live payment', () => {
    const folder = temporaryFolder()
    boxIn('live', folder, (site) => site.commit([chargeOpen('live', 20_000), scan('live', 20_000)]))
    boxIn('training', folder, (site) => site.commit([chargeOpen('t', 20_000), scan('t', 20_000)].map(trained)))
    const again = { ...scan('live', 20_000), key: event('shown-again', { kind: 'upstream-reached' }).key }
    boxIn('live', folder, (site) =>
      expect(outcomesOf(site, [again])).toMatchObject([{ ok: true, kind: 'already-accepted' }]),
    )
  })
})

describe('training at a live site', () => {
  const codeAt = (id: string, stall: StallId, mode: Mode): SiteEvent => {
    const token = { ...payToken('code', 50_000), aud: [`urn:tolbooth:${SITE}`] }
    const place = { kind: 'stall', id: stall } as const
    return event(id, { kind: 'scan', place, reader: null, token, evidence: 'code' }, at(), { mode })
  }

  test('is refused where a device would announce it or an arm would move, and changes nothing there', () => {
    const site = openMarket(temporaryFolder())
    site.commit([chargeOpen('live', 20_000)])
    const asked = [trained(chargeOpen('there', 90_000)), trained(codeAt('shown', STALL, 'training'))]
    const lane: SiteEvent = event('lane', { kind: 'open-by-hand', lane: LANE, reason: 'practice' }, at(), {
      mode: 'training',
    })
    for (const result of site.commit([...asked, lane])) {
      expect(result).toMatchObject({ outcome: { ok: false, refusal: 'mode-not-here' }, changes: [], effects: [] })
    }
    expect(outcomesOf(site, [codeAt('live', STALL, 'live')])).toMatchObject([
      { ok: true, kind: 'paid', amount: money(20_000, VND) },
    ])
    site.books.close()
  })

  test('spends nothing live: the code that was practised with still pays, and in training it is spent', () => {
    const folder = temporaryFolder()
    const site = openMarket(folder)
    const practice = (id: string): readonly SiteEvent[] => [
      chargeOpen(id, 30_000, at(), 'training'),
      codeAt(`shown-${id}`, PRACTICE_STALL, 'training'),
    ]
    expect(outcomesOf(site, practice('one'))).toMatchObject([{ kind: 'charge-opened' }, { kind: 'paid' }])
    expect(outcomesOf(site, practice('two'))).toMatchObject([{ kind: 'charge-opened' }, { refusal: 'token-spent' }])
    expect(outcomesOf(site, [chargeOpen('live', 20_000), codeAt('pays', STALL, 'live')])).toMatchObject([
      { kind: 'charge-opened' },
      { kind: 'paid', amount: money(20_000, VND) },
    ])
    const identities = site.open.db.$client.prepare('SELECT iss, id FROM spent ORDER BY id').all()
    expect(identities).toEqual([
      { iss: WALLET, id: 'jti:code' },
      { iss: WALLET, id: 'training:jti:code' },
    ])
    expect(outcomesOf(site, [codeAt('again', STALL, 'live')])).toMatchObject([{ kind: 'already-accepted' }])
    site.books.close()
  })

  test('tells nobody, also where a device has come to the stall since', () => {
    const site = openMarket(temporaryFolder())
    site.commit([chargeOpen('left', 30_000, at(), 'training')])
    const place = { kind: 'stall', id: PRACTICE_STALL } as const
    const [till] = DEVICES
    if (till === undefined) throw new Error('the market has devices')
    const late = { ...till, id: deviceId('till-late'), place }
    site.commit([event('enrols', { kind: 'device-enrolled', device: late })])
    const [due] = site.books.timers(10)
    if (due === undefined) throw new Error('an open charge has a time')
    const expired = site.commit([event(due.key, { kind: 'timer', timer: due.timer })])
    const closed: unknown = expect.arrayContaining([
      expect.objectContaining({ kind: 'charge-closed', status: 'expired' }),
    ])
    expect(expired).toMatchObject([{ outcome: { ok: true }, changes: closed, effects: [] }])
    site.books.close()
  })
})

test('a phone left before the reader is known after others have paid there within the minute, and not later', () => {
  const site = openMarket(temporaryFolder())
  site.commit([chargeOpen('first', 20_000), rotating('one')])
  // More than are read at first.
  for (let n = 0; n < 10; n += 1) site.commit([chargeOpen(`other-${n}`, 10_000), scan(`other-${n}`, 10_000)])
  const [soon, late] = [at(MINUTE_MS), at(MINUTE_MS + 1)]
  expect(outcomesOf(site, [chargeOpen('next', 30_000, soon), rotating('two', soon)], soon)).toMatchObject([
    { ok: true, kind: 'charge-opened' },
    { ok: false, refusal: 'payer-just-paid' },
  ])
  expect(outcomesOf(site, [rotating('three', late)], late)).toMatchObject([{ ok: true, kind: 'paid' }])
  site.books.close()
})

test('a stall and a lane are found among 20,000 without looking at each of them again for each event', () => {
  let looks = 0
  const watched = <Point extends object>(point: Point): Point =>
    new Proxy(point, {
      get(target, name) {
        looks += 1
        return Reflect.get(target, name) as unknown
      },
    })
  const stalls = Array.from({ length: 19_999 }, (_, n) => ({ ...STALL_BEFORE, id: stallId(`x-${n}`) }))
  const lanes = Array.from({ length: 255 }, (_, n) => ({ ...LANE_BEFORE, id: laneId(`x-${n}`) }))
  const large: SiteLayout = {
    ...LAYOUT,
    stalls: [...stalls.map(watched), ...LAYOUT.stalls],
    lanes: [...lanes.map(watched), ...LAYOUT.lanes],
  }
  const site = openMarket(temporaryFolder(), { readers: { ...SETTINGS.readers, layout: () => large } })
  const arrives = (id: string, occupied: boolean): SiteEvent =>
    event(id, { kind: 'loop', lane: LANE, device: deviceId('loop-1'), role: 'approach', occupied, late: false })
  expect(outcomesOf(site, [chargeOpen('first', 20_000), scan('first', 20_000), arrives('first', true)])).toMatchObject([
    { kind: 'charge-opened' },
    { kind: 'paid' },
    { kind: 'noted' },
  ])
  looks = 0
  site.commit([chargeOpen('next', 20_000), scan('next', 20_000), arrives('next', false)])
  expect(looks).toBe(0)
  site.books.close()
})

test.each([
  ['after midnight', -10_000, 10_000],
  ['by a clock that was set back over midnight', 10_000, -10_000],
])('a payer is known again %s', (_when, firstMs, nextMs) => {
  const site = openMarket(temporaryFolder())
  const [first, next] = [at(12 * HOUR_MS + firstMs), at(12 * HOUR_MS + nextMs)]
  site.commit([chargeOpen('first', 20_000, first), rotating('one', first)], first)
  expect(outcomesOf(site, [chargeOpen('next', 20_000, next), rotating('two', next)], next)).toMatchObject([
    { ok: true, kind: 'charge-opened' },
    { ok: false, refusal: 'payer-just-paid' },
  ])
  site.books.close()
})

test('a code that was shown for the car before does not open for the next', () => {
  const site = openMarket(temporaryFolder())
  const loop = (id: string, occupied: boolean, now: Now): SiteEvent =>
    event(id, { kind: 'loop', lane: LANE, device: deviceId('loop-1'), role: 'approach', occupied, late: false }, now)
  const shownAt = (id: string, shown: Now, heard: Now): SiteEvent => {
    const token = { ...payToken(id, 5_000, at()), aud: [`urn:tolbooth:${SITE}:lane:${LANE}`] }
    const body = { kind: 'scan', place: { kind: 'lane', id: LANE }, reader: null, token, evidence: id } as const
    return { ...event(id, body, heard), occurredAt: { at: shown.at, by: 'device' } }
  }
  outcomesOf(site, [loop('first', true, at(0))], at(0))
  outcomesOf(site, [loop('leaves', false, at(4_000))], at(4_000))
  outcomesOf(site, [loop('next', true, at(5_000))], at(5_000))
  const heard = at(6_000)
  expect(outcomesOf(site, [shownAt('old', at(3_999), heard)], heard)).toMatchObject([{ refusal: 'stale-scan' }])
  expect(outcomesOf(site, [shownAt('new', at(4_500), heard)], heard)).toMatchObject([{ kind: 'paid' }])
  site.books.close()
})

describe('a right to pass', () => {
  const loop = (id: string, occupied: boolean, now: Now): SiteEvent =>
    event(id, { kind: 'loop', lane: LANE, device: deviceId('loop-1'), role: 'approach', occupied, late: false }, now)
  const show = (id: string, jti: string, now: Now): SiteEvent => {
    const token = { ...payToken(jti, 5_000, at()), aud: [`urn:tolbooth:${SITE}:lane:${LANE}`] }
    const place = { kind: 'lane', id: LANE } as const
    return event(id, { kind: 'scan', place, reader: null, token, evidence: jti }, now)
  }
  const failed = (id: string, now: Now): SiteEvent =>
    event(
      id,
      { kind: 'command-result', device: deviceId('barrier-1'), lane: LANE, command: null, result: 'failed' },
      now,
    )

  test('is still there for who paid when the clock has leapt past its end and nobody confirms it', () => {
    const site = openMarket(temporaryFolder())
    site.commit([loop('arrives', true, at()), show('pays', 'paid', at()), failed('fails', at())])
    const leapt = at(HOUR_MS, { state: 'stepped' })
    expect(outcomesOf(site, [show('again', 'paid', leapt)], leapt)).toMatchObject([
      { ok: true, kind: 'already-accepted' },
    ])
    const confirmed = at(HOUR_MS + MINUTE_MS)
    expect(outcomesOf(site, [failed('fails-again', leapt), show('late', 'paid', confirmed)], confirmed)).toMatchObject([
      { ok: true },
      { ok: false, refusal: 'token-spent' },
    ])
    site.books.close()
  })

  test('of training at the same lane does not hide the live one', () => {
    const folder = temporaryFolder()
    boxIn('live', folder, (site) =>
      site.commit([loop('arrives', true, at()), show('pays', 'paid', at()), failed('fails', at())]),
    )
    boxIn('training', folder, (site) =>
      expect(
        outcomesOf(site, [trained(show('trains', 'training', at())), trained(failed('fails-again', at()))]),
      ).toMatchObject([{ kind: 'paid' }, { kind: 'noted' }]),
    )
    boxIn('live', folder, (site) =>
      expect(outcomesOf(site, [show('again', 'paid', at())])).toMatchObject([
        { ok: true, kind: 'already-accepted', amount: money(5_000, VND) },
      ]),
    )
  })
})
