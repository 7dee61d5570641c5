import { describe, expect, test } from 'vitest'
import { deviceId, laneId, principalOf } from '../../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../../core/time.ts'
import { CHATTER_CALM_MS, CHATTER_MAX, CHATTER_WITHIN_MS } from '../../../gateway/intake/chatter.ts'
import { QUIET_MS } from '../../../gateway/intake/held-words.ts'
import { LANE_OUT, parkingDevices, parkingLayout, parkingPolicy, tariffsFile } from '../../support/car-park.ts'
import { faultyBooks } from '../../support/faulty-books.ts'
import { laneOf, rigs, walletOf } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { LANE } from '../../support/site.ts'
import type { WireDevice } from '../../support/wire-device.ts'
import { wireDevice } from '../../support/wire-device.ts'

const rigged = rigs()
const IN = laneId(LANE)
/** A contact that makes and breaks so often a second. */
const CHATTER_EVERY_MS = 100

const records = (rig: Rig): number =>
  Number(rig.query(`SELECT count(*) AS n FROM journal WHERE event = 'loop'`)[0]?.['n'])
function lastLoop(rig: Rig): unknown {
  const [last] = rig.query(`SELECT body FROM journal WHERE event = 'loop' ORDER BY seq DESC LIMIT 1`)
  return (JSON.parse(String(last?.['body'])) as { event: { body: unknown } }).event.body
}

const noted = { ok: true, kind: 'noted' }

function chatters(rig: Rig, loop: WireDevice): boolean {
  return rig.now().gateway.intake.isChattering(loop.id)
}

/** Changes so often, from `true` on: after an even number it says that nobody is there. */
async function changes(rig: Rig, loop: WireDevice, times: number, everyMs = CHATTER_EVERY_MS): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await rig.runFor(everyMs)
    expect(await loop.ask('occupied', { occupied: n % 2 === 0 })).toEqual(noted)
  }
}

/** Said to chatter, with nobody there: as many changes as a vehicle can make, and one more that says so. */
async function chattering(rig: Rig, loop: WireDevice): Promise<void> {
  await changes(rig, loop, CHATTER_MAX + 2)
  expect(chatters(rig, loop)).toBe(true)
}

const UNPAID_AFTER_MS = 30_000

async function exitOnDebt(): Promise<Rig> {
  const [layout, policy] = [parkingLayout(), parkingPolicy()]
  if (layout.parking === null || policy.parking === null) throw new Error('the site of this test has a car park')
  const lanes = layout.parking.lanes.map((lane) =>
    lane.lane === LANE_OUT ? { ...lane, unpaid: 'leave-on-debt' as const } : lane,
  )
  const rig = await rigged({
    layout: { ...layout, parking: { ...layout.parking, lanes } },
    policy: { ...policy, parking: { ...policy.parking, unpaidAfterMs: UNPAID_AFTER_MS } },
    devices: parkingDevices(),
  })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
}

async function sees(rig: Rig, lane: string): Promise<void> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  const plates = [{ text: '30A-123.45', confidencePermille: 962 }]
  await camera.ask('plate-seen', { plates, direction: null, vehicle: 'car', picture: null, eventId: null })
}

/** Somebody has come in an hour ago, and is not asked yet. */
async function parkedForAnHour(): Promise<Rig> {
  const rig = await exitOnDebt()
  const entry = await laneOf(rig, LANE)
  await entry.approach.ask('occupied', { occupied: true })
  await sees(rig, LANE)
  await rig.runFor(500)
  entry.barrier.report(entry.barrier.commands.at(-1)?.id ?? '', 'done')
  await entry.barrier.ask('barrier', { state: 'open' })
  await entry.safety.ask('occupied', { occupied: true })
  await entry.approach.ask('occupied', { occupied: false })
  await entry.safety.ask('occupied', { occupied: false })
  await rig.runFor(HOUR_MS + 5 * MINUTE_MS)
  return rig
}

describe('a loop that changes', () => {
  test('as often as vehicles can is believed each time; once more within that time, and it is said to chatter', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await rig.runFor(CHATTER_WITHIN_MS)
    const before = records(rig)
    await changes(rig, approach, CHATTER_MAX)
    expect(records(rig)).toBe(before + CHATTER_MAX)
    expect(chatters(rig, approach)).toBe(false)
    await changes(rig, approach, 1)
    expect(chatters(rig, approach)).toBe(true)
    expect(rig.notices.filter(({ kind }) => kind === 'chatter')).toEqual([
      { kind: 'chatter', device: approach.id, chatters: true },
    ])
  })

  test('as fast as that and then more slowly is not: only what lies within that time counts', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    const everyMs = CHATTER_WITHIN_MS / CHATTER_MAX
    const before = records(rig)
    await changes(rig, approach, 3 * CHATTER_MAX, everyMs)
    expect(records(rig)).toBe(before + 3 * CHATTER_MAX)
    expect(chatters(rig, approach)).toBe(false)
  })

  test('and says each level twice changes once: what is said again counts for nothing', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await rig.runFor(CHATTER_WITHIN_MS)
    for (let n = 0; n < 2 * CHATTER_MAX; n += 1) await approach.ask('occupied', { occupied: n % 4 < 2 })
    expect(chatters(rig, approach)).toBe(false)
  })
})

describe('what a loop says late', () => {
  test('and has said hello to nobody makes no more records than vehicles could, and it is said to chatter', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    approach.line.cut()
    await rig.runFor(500)
    await approach.connect({ greets: false, boot: 'boot-9999' })
    const before = records(rig)
    await changes(rig, approach, CHATTER_MAX)
    expect(records(rig)).toBe(before + CHATTER_MAX)
    expect(chatters(rig, approach)).toBe(false)
    await changes(rig, approach, 3 * CHATTER_MAX)
    expect(records(rig)).toBe(before + CHATTER_MAX)
    expect(chatters(rig, approach)).toBe(true)
    // The same level once more counts too: after what is late no level is known.
    for (let n = 0; n < 10; n += 1) expect(await approach.ask('occupied', { occupied: true })).toEqual(noted)
    expect(records(rig)).toBe(before + CHATTER_MAX)
  })

  test('is counted by when it happened: what it has kept of an hour comes all at once, and is all evidence', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await rig.runFor(HOUR_MS)
    const before = records(rig)
    const kept = 2 * CHATTER_MAX
    for (let n = 0; n < kept; n += 1) {
      const agoMs = HOUR_MS - 10_000 * (n + 1)
      expect(await approach.answer(approach.say('occupied', { occupied: n % 2 === 0 }, { agoMs }))).toEqual(noted)
    }
    expect(records(rig)).toBe(before + kept)
    expect(chatters(rig, approach)).toBe(false)
  })
})

describe('a loop that chatters', () => {
  test('ten times a second makes as many records as vehicles could at first, and then none', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await rig.runFor(CHATTER_WITHIN_MS)
    const before = records(rig)
    await changes(rig, approach, 3_000)
    expect(records(rig)).toBe(before + CHATTER_MAX + 1)
    expect(rig.lane(IN).approach).toBe(true)
    // The newest level comes in the end.
    await rig.runFor(QUIET_MS)
    expect(rig.lane(IN)).toMatchObject({ approach: false, phase: { kind: 'idle' } })
    expect(records(rig)).toBe(before + CHATTER_MAX + 2)
  })

  test('as slowly as makes the most of it makes a pair of records in each time of quiet', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    await rig.runFor(QUIET_MS)
    const before = records(rig)
    for (let n = 0; n < 10; n += 1) {
      await approach.ask('occupied', { occupied: true })
      await approach.ask('occupied', { occupied: false })
      await rig.runFor(QUIET_MS)
    }
    expect(records(rig)).toBe(before + 20)
  })

  test('under the arm: somebody is there at once, and gone when it has been quiet; until then the arm stays up', async () => {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    const { safety, approach, reader, barrier } = lane
    await chattering(rig, safety)
    await rig.runFor(QUIET_MS + 1_000)
    expect(rig.lane(IN).safety).toBe(false)
    await approach.ask('occupied', { occupied: true })
    await reader.ask('scan', { text: walletOf(rig, 'payer-1').pass().text })
    await rig.runFor(100)
    const open = barrier.commands.find(({ type }) => type === 'open')
    barrier.report(open?.id ?? '', 'done')
    await rig.runFor(100)
    const closes = () => barrier.commands.filter(({ type }) => type === 'close')
    const before = closes().length
    await safety.ask('occupied', { occupied: true })
    expect(rig.lane(IN)).toMatchObject({ safety: true, phase: { kind: 'passing' } })
    await approach.ask('occupied', { occupied: false })
    for (let n = 0; n < 20; n += 1) {
      await rig.runFor(QUIET_MS - 500)
      await safety.ask('occupied', { occupied: n % 2 === 1 })
    }
    expect(rig.lane(IN)).toMatchObject({ safety: true, phase: { kind: 'passing' } })
    expect(closes()).toHaveLength(before)
    await safety.ask('occupied', { occupied: false })
    // What is said again does not put it off.
    for (let n = 0; n < 6; n += 1) {
      await rig.runFor(QUIET_MS / 6)
      await safety.ask('occupied', { occupied: false })
    }
    expect(rig.lane(IN).safety).toBe(false)
    await rig.runFor(1_000)
    expect(closes()).toHaveLength(before + 1)
  })

  test('before the barrier, and is sound again: who drives through has gone through, though it says so three seconds later', async () => {
    const rig = await rigged()
    const { safety, approach, reader, barrier } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    await rig.runFor(QUIET_MS + 1_000)
    await approach.ask('occupied', { occupied: true })
    await reader.ask('scan', { text: walletOf(rig, 'payer-1').pass().text })
    await rig.runFor(100)
    barrier.report(barrier.commands.find(({ type }) => type === 'open')?.id ?? '', 'done')
    await rig.runFor(100)
    await barrier.ask('barrier', { state: 'open' })
    await safety.ask('occupied', { occupied: true })
    await rig.runFor(1_000)
    await approach.ask('occupied', { occupied: false })
    await rig.runFor(500)
    await safety.ask('occupied', { occupied: false })
    await rig.runFor(QUIET_MS)
    expect(rig.query('SELECT status FROM passage')).toEqual([{ status: 'used' }])
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'closing' }, presence: null, alarm: null })
    expect(barrier.commands.at(-1)?.type).toBe('close')
  })

  test('does not answer for others, and is believed again when it has been calm for long', async () => {
    const rig = await rigged()
    const { approach, safety } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    expect(chatters(rig, safety)).toBe(false)
    await rig.runFor(CHATTER_CALM_MS - 1_000)
    expect(chatters(rig, approach)).toBe(true)
    await rig.runFor(1_000)
    expect(chatters(rig, approach)).toBe(false)
    expect(rig.notices.filter(({ kind }) => kind === 'chatter')).toEqual([
      { kind: 'chatter', device: approach.id, chatters: true },
      { kind: 'chatter', device: approach.id, chatters: false },
    ])
    const before = records(rig)
    await changes(rig, approach, 2)
    expect(records(rig)).toBe(before + 2)
  })

  test('and is cut off while it says that they have gone: that is evidence, and nobody stands there when it has been away for long', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    approach.line.cut()
    await rig.runFor(QUIET_MS + 1_000)
    expect(rig.lane(IN).approach).toBe(false)
    expect(lastLoop(rig)).toMatchObject({ device: approach.id, occupied: false, late: true })
    expect(rig.now().gateway.intake.isHeard(approach.id)).toBe(false)
    await approach.connect({ boot: 'boot-0002' })
    expect(rig.now().gateway.intake.isHeard(approach.id)).toBe(false)
    await approach.ask('occupied', { occupied: false })
    await rig.runFor(QUIET_MS)
    expect(rig.now().gateway.intake.isHeard(approach.id)).toBe(true)
  })

  test('under the arm and is cut off while it says that they have gone: the arm stays up until it says so again', async () => {
    const rig = await rigged()
    const { safety, barrier } = await laneOf(rig, LANE)
    const emergency = (active: boolean) =>
      rig.until(
        rig.now().gateway.submit({
          source: principalOf('client', 'operator-1'),
          id: `emergency-${active}`,
          bytes: `${active}`,
          actor: { kind: 'client', id: 'operator-1', role: 'operator' },
          body: { kind: 'emergency', device: null, active },
        }),
      )
    const told = () => barrier.commands.map(({ type }) => type)
    await emergency(true)
    await barrier.ask('barrier', { state: 'open' })
    await changes(rig, safety, CHATTER_MAX + 1)
    await emergency(false)
    expect(rig.lane(IN)).toMatchObject({ safety: true, phase: { kind: 'held-open' } })
    await safety.ask('occupied', { occupied: false })
    safety.line.cut()
    const before = told().length
    await rig.runFor(2 * QUIET_MS)
    expect(told().slice(before)).toEqual([])
    expect(rig.lane(IN)).toMatchObject({ safety: true, phase: { kind: 'held-open' } })
    expect(lastLoop(rig)).toMatchObject({ device: safety.id, occupied: false, late: true })
    await safety.connect({ boot: 'boot-0002' })
    await safety.ask('occupied', { occupied: false })
    await rig.runFor(QUIET_MS + 500)
    expect(told().slice(before)).toEqual(['release', 'close'])
  })

  test('before the exit of a lane that lets leave on debt: staff are called, and the arm stays down before a place where nobody may stand', async () => {
    const rig = await parkedForAnHour()
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await sees(rig, LANE_OUT)
    await rig.runFor(1_000)
    // It backs away; its loop goes on.
    for (let n = 0; n < (2 * UNPAID_AFTER_MS) / CHATTER_EVERY_MS; n += 1) {
      await rig.runFor(CHATTER_EVERY_MS)
      await exit.approach.ask('occupied', { occupied: n % 2 === 1 })
    }
    expect(chatters(rig, exit.approach)).toBe(true)
    expect(exit.barrier.commands).toEqual([])
    const told = exit.display.commands.flatMap((command) => (command.type === 'announce' ? [command.data] : []))
    expect(told.map(({ kind }) => kind)).not.toContain('debt')
    expect(rig.lane(laneId(LANE_OUT)).visit?.unpaid).toMatchObject({ isStaffCalled: true })
  })

  test('is one thing, and a camera that does is another: whoever stands at that exit leaves on debt as ever', async () => {
    const rig = await parkedForAnHour()
    const exit = await laneOf(rig, LANE_OUT)
    const camera = wireDevice(rig, deviceId(`${LANE_OUT}-camera`))
    await camera.connect()
    const look = (text: string) => ({
      plates: [{ text, confidencePermille: 962 }],
      direction: null,
      vehicle: 'car',
      picture: null,
      eventId: null,
    })
    for (let n = 0; n < 2 * CHATTER_MAX; n += 1) {
      await rig.runFor(CHATTER_EVERY_MS)
      await camera.ask('plate-seen', look(`30B-${10_000 + n}`))
    }
    expect(chatters(rig, camera)).toBe(true)
    await exit.approach.ask('occupied', { occupied: true })
    await camera.ask('plate-seen', look('30A-123.45'))
    await rig.runFor(2 * UNPAID_AFTER_MS)
    expect(exit.barrier.commands.map(({ type }) => type)).toContain('open')
  })

  test('is heard on its new line by what it says there: what waited from the old one is evidence', async () => {
    const rig = await rigged()
    const { safety } = await laneOf(rig, LANE)
    await chattering(rig, safety)
    await safety.ask('hello', { firmware: 'test 1.0' })
    await rig.runFor(QUIET_MS)
    expect(rig.lane(IN).safety).toBe(true)
    expect(lastLoop(rig)).toMatchObject({ occupied: false, late: true })
    expect(rig.now().gateway.intake.isHeard(safety.id)).toBe(false)
    expect(rig.now().gateway.intake.clearForMs(safety.id)).toBeUndefined()
    await safety.ask('occupied', { occupied: true })
    expect(rig.now().gateway.intake.isHeard(safety.id)).toBe(true)
  })

  test('while the gateway is killed: after its start the loop says where it is, and is counted anew', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    expect(rig.lane(IN).approach).toBe(true)
    rig.crash()
    await rig.runFor(1_000)
    await rig.start()
    const back = wireDevice(rig, approach.id)
    await back.connect({ boot: 'boot-0002' })
    expect(rig.now().gateway.intake.isChattering(back.id)).toBe(false)
    await back.ask('occupied', { occupied: false })
    expect(rig.lane(IN).approach).toBe(false)
    const before = records(rig)
    await changes(rig, back, 2 * CHATTER_MAX)
    expect(records(rig)).toBeLessThanOrEqual(before + CHATTER_MAX + 2)
  })

  test('and the books refuse what has waited: it is given to them until they take it', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    const { approach } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    books.set('refuse')
    await rig.runFor(3 * QUIET_MS)
    expect(rig.lane(IN).approach).toBe(true)
    books.set('none')
    await rig.runFor(QUIET_MS + 2_000)
    expect(rig.lane(IN).approach).toBe(false)
  })

  test('and is revoked says nothing more', async () => {
    const rig = await rigged()
    const { approach } = await laneOf(rig, LANE)
    await chattering(rig, approach)
    const before = records(rig)
    const revoked = rig.now().gateway.submit({
      source: principalOf('client', 'operator-1'),
      id: 'revoke-1',
      bytes: 'revoke-1',
      actor: { kind: 'client', id: 'operator-1', role: 'operator' },
      body: { kind: 'device-revoked', device: approach.id },
    })
    expect(await rig.until(revoked)).toMatchObject({ outcome: { ok: true } })
    await rig.runFor(CHATTER_CALM_MS)
    expect(records(rig)).toBe(before)
    expect(chatters(rig, approach)).toBe(false)
  })
})
