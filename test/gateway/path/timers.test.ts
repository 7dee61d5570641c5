import { describe, expect, test } from 'vitest'
import { stallId } from '../../../core/ids.ts'
import type { SiteLayout } from '../../../core/site.ts'
import type { ClockTrust } from '../../../core/time.ts'
import { DAY_MS, HOUR_MS } from '../../../core/time.ts'
import { GATEWAY_LIMITS } from '../../../gateway/gateway.ts'
import { faultyBooks } from '../../support/faulty-books.ts'
import type { LaneDevices } from '../../support/people.ts'
import { laneOf, rigs, walletOf } from '../../support/people.ts'
import { chargeOf, word } from '../../support/requests.ts'
import type { Rig } from '../../support/rig.ts'
import { LANE, layoutOf, policyOf } from '../../support/site.ts'

const rigged = rigs()
const { chargeOpenMaxMs } = policyOf()
const TEN_YEARS_MS = 3_653 * DAY_MS

describe('a due time', () => {
  test('enters the path once, when it is due, as an event with an id of its own', async () => {
    const rig = await rigged()
    await openCharge(rig)
    await rig.runFor(chargeOpenMaxMs - 1_000)
    expect(charges(rig)).toEqual(['open'])
    await rig.runFor(2_000)
    expect(charges(rig)).toEqual(['expired'])
    expect(timerKeys(rig)).toEqual([expect.stringMatching(/^gateway:timer\/charge-expires:box-1:1:23:g0@23$/)])
    expect(causes(rig)).toEqual(['client:till/c1'])
    await rig.runFor(HOUR_MS)
    expect(timerKeys(rig)).toHaveLength(1)
    expect(rig.now().books.timers(10)).toEqual([])
  })

  test.each([
    ['before it', chargeOpenMaxMs / 2],
    ['after it', 2 * chargeOpenMaxMs],
  ])('survives a restart that ends %s', async (_when, offMs) => {
    const rig = await rigged()
    await openCharge(rig)
    await rig.runFor(1_000)
    rig.crash()
    await rig.runFor(offMs)
    await rig.start()
    await rig.runFor(10)
    expect(charges(rig)).toEqual([offMs < chargeOpenMaxMs ? 'open' : 'expired'])
    await rig.runFor(chargeOpenMaxMs)
    expect(charges(rig)).toEqual(['expired'])
    expect(causes(rig)).toEqual(['client:till/c1'])
  })

  test('that has been settled in the meantime does nothing, also after a restart', async () => {
    const rig = await rigged()
    await openCharge(rig)
    await rig.until(rig.now().gateway.submit(chargeOf('till', 'c2', 60_000)))
    rig.crash()
    await rig.start()
    await rig.runFor(chargeOpenMaxMs + 1_000)
    expect(charges(rig)).toEqual(['cancelled', 'expired'])
  })

  test('that is pushed back is tried again until it is taken', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    await openCharge(rig)
    await rig.runFor(chargeOpenMaxMs - 1_000)
    books.set('refuse')
    await rig.runFor(60_000)
    books.set('none')
    await rig.runFor(5_000)
    expect(charges(rig)).toEqual(['expired'])
  })

  test('more of them at once than a source may have under way are all taken', async () => {
    const rig = await rigged({ limits: { ...GATEWAY_LIMITS, sourceQueueMax: 20 } })
    const stalls = ['stall-1', 'stall-2']
    for (let n = 0; n < 30; n += 1) {
      // The charge of before is cancelled, and its time with it: only what is left may expire.
      const opened = stalls.map((stall) => rig.now().gateway.submit(chargeOf(`app-${stall}`, `c${n}`, 1_000, stall)))
      await rig.until(Promise.all(opened))
    }
    await rig.runFor(chargeOpenMaxMs + 5_000)
    expect(charges(rig).filter((status) => status === 'expired')).toHaveLength(2)
    expect(rig.now().books.timers(10)).toEqual([])
  })
})

describe('more due times than are read at once', () => {
  const STALLS_MANY = 10
  const timersMax = 3
  const many = (): Promise<Rig> =>
    rigged({
      limits: { ...GATEWAY_LIMITS, timersMax },
      layout: { ...layoutOf(), stalls: Array.from({ length: STALLS_MANY }, (_, n) => stallNamed(`many-${n}`)) },
      devices: [],
    })
  const openAt = async (rig: Rig, stalls: number, from = 0): Promise<void> => {
    for (let n = from; n < from + stalls; n += 1) {
      const reply = await rig.until(rig.now().gateway.submit(chargeOf('till', `m${n}`, 1_000, `many-${n}`)))
      expect(word(reply)).toBe('charge-opened')
      await rig.runFor(5_000)
    }
  }

  test.each([
    ['as many as are read', timersMax],
    ['one more', timersMax + 1],
    ['many more', STALLS_MANY],
  ])('%s: each is taken when it is due', async (_how, stalls) => {
    const rig = await many()
    await openAt(rig, stalls)
    rig.crash()
    await rig.start()
    await rig.runFor(chargeOpenMaxMs)
    expect(charges(rig)).toEqual(Array.from({ length: stalls }, () => 'expired'))
    expect(Math.max(...lateMs(rig))).toBeLessThan(100)
  })

  test('and new ones that are due later keep none of them waiting', async () => {
    const rig = await many()
    await openAt(rig, 6)
    rig.crash()
    await rig.start()
    await openAt(rig, 4, 6)
    await rig.runFor(chargeOpenMaxMs)
    expect(charges(rig)).toEqual(Array.from({ length: STALLS_MANY }, () => 'expired'))
    expect(Math.max(...lateMs(rig))).toBeLessThan(100)
  })

  test('all of them overdue at the start are taken one after another', async () => {
    const rig = await many()
    await openAt(rig, STALLS_MANY)
    rig.crash()
    await rig.runFor(2 * chargeOpenMaxMs)
    await rig.start()
    await rig.runFor(100)
    expect(charges(rig)).toEqual(Array.from({ length: STALLS_MANY }, () => 'expired'))
    expect(timerKeys(rig)).toHaveLength(STALLS_MANY)
  })
})

describe('a wall clock that is set', () => {
  test.each([
    ['a day back', -DAY_MS],
    ['ten years forward', TEN_YEARS_MS],
  ])('%s while the gateway runs neither hurries nor stops what is waited for', async (_how, byMs) => {
    const rig = await rigged()
    await openCharge(rig)
    await rig.runFor(chargeOpenMaxMs / 2)
    rig.timeline.stepWallClock(byMs)
    await rig.runFor(chargeOpenMaxMs / 2 - 1_000)
    expect(timerKeys(rig)).toEqual([])
    await rig.runFor(2_000)
    expect(timerKeys(rig)).toHaveLength(1)
  })

  test.each([
    ['half a day back', -DAY_MS / 2],
    ['a year back', -365 * DAY_MS],
  ])('%s while it was off lets nothing wait for longer than its rule says', async (_how, byMs) => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    await openCharge(rig)
    await letThrough(rig, lane)
    await lane.barrier.answer(lane.barrier.report(lane.barrier.commands[0]?.id ?? '', 'done'))
    expect(rig.lane(LANE).phase.kind).toBe('open')
    rig.crash()
    rig.timeline.stepWallClock(byMs)
    await rig.start()
    await rig.runFor(rig.policy.passWithinMs + 1_000)
    expect(rig.lane(LANE).phase.kind).toBe('waiting')
    await rig.runFor(chargeOpenMaxMs)
    expect(timerKeys(rig)).toContainEqual(expect.stringContaining('charge-expires'))
  })

  test('ten years forward while it was off lets all be due at once, and takes nobody’s right while it is not believed', async () => {
    let trust: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
    const rig = await rigged({ trust: () => trust })
    await letThrough(rig, await laneOf(rig, LANE))
    await rig.runFor(3_000)
    expect(rig.lane(LANE).phase.kind).toBe('waiting')
    rig.crash()
    rig.timeline.stepWallClock(TEN_YEARS_MS)
    trust = { state: 'unknown' }
    await rig.start()
    await rig.runFor(1_000)
    expect(timerKeys(rig)).toContainEqual(expect.stringContaining('passage-lapses'))
    expect(rig.query('SELECT status FROM passage')).toEqual([{ status: 'granted' }])
  })
})

async function letThrough(rig: Rig, { approach, reader }: LaneDevices): Promise<void> {
  await approach.ask('occupied', { occupied: true })
  await reader.ask('scan', { text: walletOf(rig, 'payer-1').pass().text })
  await rig.runFor(20)
}

async function openCharge(rig: Rig): Promise<void> {
  expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))))).toBe('charge-opened')
}

function charges(rig: Rig): unknown[] {
  return rig.query('SELECT status FROM charge ORDER BY seq').map(({ status }) => status)
}

function timerKeys(rig: Rig): unknown[] {
  return rig.query("SELECT key FROM journal WHERE event = 'timer' ORDER BY seq").map(({ key }) => key)
}

/** How long after its due time each charge was closed. */
function lateMs(rig: Rig): number[] {
  return rig.query('SELECT closed_at - expires_at AS late FROM charge').map(({ late }) => Number(late))
}

function stallNamed(name: string): SiteLayout['stalls'][number] {
  const [stall] = layoutOf().stalls
  if (stall === undefined) throw new Error('the layout has no stall')
  return { ...stall, id: stallId(name), name }
}

/** What each timer's record says that brought it about. */
function causes(rig: Rig): unknown[] {
  return rig
    .query("SELECT json_extract(body, '$.event.causedBy') AS cause FROM journal WHERE event = 'timer' ORDER BY seq")
    .map(({ cause }) => cause)
}
