import { describe, expect, test } from 'vitest'
import type { EventBody } from '../../core/events.ts'
import type { ChargeId } from '../../core/ids.ts'
import { deviceId, effectId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import { eraseDue } from '../../db/erase.ts'
import { parkedEvents, rerunParked } from '../../db/parked.ts'
import * as tables from '../../db/schema.ts'
import type { CarPark } from './car-park.ts'
import { CAR, carPark, PARK_IN, PARK_OUT, PRICE } from './car-park.ts'
import type { TestBooks } from './kit.ts'
import { at, openMarket, payToken, sale, signatureOf } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A market whose signer is broken until it is mended, with one sale that it broke. */
function broken(): { readonly site: TestBooks; readonly mend: () => void; readonly seq: number } {
  let isBroken = true
  const site = openMarket(temporaryFolder(), {
    sign: (typ, claims) => {
      if (isBroken) throw new Error('the signer is broken')
      return signatureOf({ typ, ...claims })
    },
  })
  const mend = (): void => {
    isBroken = false
  }
  const [, failed] = site.commit(sale('one', 20_000))
  if (failed?.kind !== 'committed') throw new Error('not committed')
  return { site, seq: failed.seq, mend }
}

describe('a parked event', () => {
  test('is told with what went wrong, and can be run again when the fault is mended', () => {
    const { site, seq, mend } = broken()
    expect(parkedEvents(site.open, 0)).toEqual([
      {
        seq,
        key: 'device:test/scan-one',
        kind: 'scan',
        at: at().at,
        error: 'Error: the signer is broken',
        rerunSeq: null,
        isErased: false,
      },
    ])
    mend()
    const again = rerunParked(site.open, site.books, seq, at(60_000))
    expect(again).toMatchObject({ kind: 'rerun', outcome: { ok: true, kind: 'paid' } })
    expect(parkedEvents(site.open, 0)).toMatchObject([{ seq, rerunSeq: site.books.head().seq }])
    const record = site.open.db.select().from(tables.journal).all().at(-1)
    expect(JSON.parse(record?.body ?? '')).toMatchObject({ event: { causedBy: 'device:test/scan-one' } })

    expect(rerunParked(site.open, site.books, seq, at(60_000))).toEqual({ kind: 'refused', reason: 'already-run' })
    site.books.close()
  })

  test('at which our code throws again stays the one that waits, and is judged by what is true when it is run', () => {
    const { site, seq, mend } = broken()
    for (let tries = 0; tries < 3; tries += 1)
      expect(rerunParked(site.open, site.books, seq, at())).toMatchObject({ outcome: { ok: false, refusal: 'fault' } })
    expect(parkedEvents(site.open, 0)).toMatchObject([{ seq, rerunSeq: null }])
    mend()
    // An hour later the code has expired.
    expect(rerunParked(site.open, site.books, seq, at(3_600_000))).toMatchObject({
      outcome: { ok: false, refusal: 'token-expired' },
    })
    site.books.close()
  })

  test('that is not there, or whose personal values are gone, is refused', () => {
    const { site, seq } = broken()
    expect(rerunParked(site.open, site.books, 1, at())).toEqual({ kind: 'refused', reason: 'not-parked' })
    eraseDue(site.books, at(91 * DAY_MS))
    expect(rerunParked(site.open, site.books, seq, at(91 * DAY_MS))).toEqual({ kind: 'refused', reason: 'erased' })
    expect(parkedEvents(site.open, 0)).toMatchObject([{ isErased: true }])
    site.books.close()
  })
})

/** A car park in which everything at a lane fails until it is mended. */
function brokenPark(): {
  readonly site: TestBooks
  readonly park: CarPark
  readonly fail: (body: EventBody) => number
  readonly rerun: (seq: number) => ReturnType<typeof rerunParked>
} {
  let isBroken = false
  const site = openMarket(temporaryFolder(), {
    isPresent: () => {
      if (isBroken) throw new Error('nobody knows who is there')
      return true
    },
  })
  const park = carPark(site)
  return {
    site,
    park,
    fail(body) {
      isBroken = true
      const failed = park.commit(body)
      isBroken = false
      if (failed.kind !== 'committed' || failed.outcome.ok || failed.outcome.refusal !== 'fault')
        throw new Error('it did not fail')
      return failed.seq
    },
    rerun: (seq) => rerunParked(site.open, site.books, seq, park.now()),
  }
}

const last = (site: TestBooks): string => site.open.db.select().from(tables.journal).all().at(-1)?.body ?? ''

describe('what failed at a lane and is run again an hour later', () => {
  test.each<readonly [string, EventBody]>([
    ['a ticket that was asked', { kind: 'ticket-asked', lane: PARK_IN, vehicleClass: CAR }],
    ['an arm that was to be opened by hand', { kind: 'open-by-hand', lane: PARK_IN, reason: 'stuck' }],
    [
      'a code',
      {
        kind: 'scan',
        place: { kind: 'lane', id: PARK_IN },
        reader: null,
        token: payToken('t1', 25_000),
        evidence: 'e',
      },
    ],
    ['an emergency', { kind: 'emergency', device: deviceId('fire-1'), active: true }],
  ])('%s opens nothing for who stands there now, begins no stay and takes nothing', (_what, body) => {
    const { site, park, fail, rerun } = brokenPark()
    park.arrive(PARK_IN)
    const seq = fail(body)
    park.turnRound(PARK_IN)
    park.wait(HOUR_MS)
    park.arrive(PARK_IN)
    const before = site.books.laneState(PARK_IN)
    expect(rerun(seq)).toMatchObject({ kind: 'rerun', outcome: { ok: false, refusal: 'stale-scan' } })
    expect(JSON.parse(last(site))).toMatchObject({ changes: [], effects: [], event: { isRerun: true } })
    expect(site.books.laneState(PARK_IN)).toEqual(before)
    site.books.close()
  })

  test.each<readonly [string, EventBody]>([
    [
      'a loop',
      { kind: 'loop', lane: PARK_IN, device: deviceId('park-in-loop'), role: 'approach', occupied: true, late: false },
    ],
    [
      'an arm',
      { kind: 'barrier-state', lane: PARK_IN, device: deviceId('park-in-barrier'), state: 'open', late: false },
    ],
    [
      'a camera',
      {
        kind: 'plate-seen',
        lane: PARK_IN,
        device: deviceId('park-in-camera'),
        readings: [{ text: '30A-123.45', confidencePermille: 950 }],
        picture: null,
        late: false,
      },
    ],
    [
      'an answer to no command that it names',
      { kind: 'command-result', lane: PARK_IN, device: deviceId('park-in-barrier'), command: null, result: 'done' },
    ],
  ])('%s is evidence, and not what stands there now', (_what, body) => {
    const { site, park, fail, rerun } = brokenPark()
    const seq = fail(body)
    park.wait(HOUR_MS)
    // By now somebody waits for an arm that has not answered.
    park.arrive(PARK_IN)
    park.see(PARK_IN, '29B-678.90')
    const before = site.books.laneState(PARK_IN)
    expect(before?.phase.kind).toBe('opening')
    expect(rerun(seq)).toMatchObject({ kind: 'rerun', outcome: { ok: true } })
    expect(site.books.laneState(PARK_IN)).toEqual(before)
    expect(JSON.parse(last(site))).toMatchObject({ effects: [] })
    site.books.close()
  })

  test('money is booked on the stay that it was for, and opens nothing where its vehicle is gone', () => {
    const { site, park, fail, rerun } = brokenPark()
    park.enter('30A-123.45')
    park.wait(60_000)
    park.arrive(PARK_OUT)
    const asked = park.see(PARK_OUT, '30A-123.45')
    const outcome = asked.kind === 'committed' && asked.outcome.ok ? asked.outcome : null
    const charge = (outcome !== null && outcome.kind === 'amount-asked' ? outcome.charge : '') as ChargeId
    const seq = fail({ kind: 'cash-taken', charge, tender: 'cash', amount: money(PRICE, VND) })
    // Staff let it out by hand: until the cash is booked, it owes.
    park.commit({ kind: 'open-by-hand', lane: PARK_OUT, reason: 'the box said fault' }, { person: true })
    park.pass(PARK_OUT)
    const owed = () =>
      site.open.db
        .select()
        .from(tables.charge)
        .all()
        .map(({ status, due, paid }) => ({ status, due, paid }))
    expect(owed()).toEqual([{ status: 'owed', due: PRICE, paid: 0 }])
    park.wait(HOUR_MS)
    const before = site.books.laneState(PARK_OUT)
    expect(rerun(seq)).toMatchObject({ outcome: { ok: true, kind: 'credited' } })
    expect(owed()).toEqual([{ status: 'paid', due: PRICE, paid: PRICE }])
    expect(JSON.parse(last(site))).toMatchObject({ effects: [] })
    expect(site.books.laneState(PARK_OUT)).toEqual(before)
    site.books.close()
  })

  test('a due time that would have ended a stay ends it by what the lane is by now', () => {
    const { site, park, fail, rerun } = brokenPark()
    park.arrive(PARK_IN)
    park.see(PARK_IN, '30A-123.45')
    const open = site.books.head()
    park.commit({
      kind: 'command-result',
      lane: PARK_IN,
      device: deviceId('park-in-barrier'),
      command: effectId({ gateway: 'box-1' as never, epoch: open.epoch, seq: open.seq }, 0),
      result: 'done',
    })
    const loop = (role: 'approach' | 'safety', occupied: boolean): EventBody => ({
      kind: 'loop',
      lane: PARK_IN,
      device: deviceId(role === 'safety' ? 'park-in-under' : 'park-in-loop'),
      role,
      occupied,
      late: false,
    })
    for (const each of [loop('safety', true), loop('approach', false), loop('safety', false)]) park.commit(each)
    const due = site.books.timers(10).find(({ timer }) => timer.purpose === 'close-due')
    if (due === undefined) throw new Error('nothing is due')
    park.wait(10_000)
    const seq = fail({ kind: 'timer', timer: due.timer })
    const stay = () =>
      site.open.db
        .select()
        .from(tables.session)
        .all()
        .map(({ status }) => status)
    expect(stay()).toEqual(['entering'])
    park.wait(HOUR_MS)
    expect(rerun(seq)).toMatchObject({ outcome: { ok: true } })
    expect(stay()).toEqual(['inside'])
    site.books.close()
  })

  test('what happened longer ago than answers are remembered is not taken any more', () => {
    const { site, park, fail, rerun } = brokenPark()
    const seq = fail({ kind: 'open-by-hand', lane: PARK_IN, reason: 'stuck' })
    park.wait(10 * 365 * DAY_MS)
    expect(rerun(seq)).toEqual({ kind: 'refused', reason: 'too-old' })
    site.books.close()
  })
})
