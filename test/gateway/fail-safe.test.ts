import { describe, expect, test } from 'vitest'
import { laneId, principalOf } from '../../core/ids.ts'
import type { SiteLayout } from '../../core/site.ts'
import { HOUR_MS, later } from '../../core/time.ts'
import { createAudit } from '../../db/audit.ts'
import { prefixOf } from '../../devices/topics.ts'
import { GATEWAY_LIMITS } from '../../gateway/gateway.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import { createFailSafe, FAIL_SAFE_ASK_MAX_MS, FAIL_SAFE_CLEAR_MS } from '../../gateway/sinks/fail-safe.ts'
import type { AnyBarrier } from '../../simulators/devices/barrier.ts'
import { barrier } from '../../simulators/devices/barrier.ts'
import type { Loop } from '../../simulators/devices/loop.ts'
import { loop } from '../../simulators/devices/loop.ts'
import { tasmotaBarrier } from '../../simulators/devices/tasmota.ts'
import type { LaneGround } from '../../simulators/lane-ground.ts'
import { laneGround } from '../../simulators/lane-ground.ts'
import { virtualTimeline } from '../../simulators/world/virtual-timeline.ts'
import { laneState } from '../core/kit.ts'
import { faultyBooks } from '../support/faulty-books.ts'
import { rigs } from '../support/people.ts'
import type { Rig, RigOptions } from '../support/rig.ts'
import { deviceAt, devicesOf, LANE, laneDevices, laneOf, layoutFile, layoutOf, NOON, SITE } from '../support/site.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const OUT = laneId('lane-out')
const AFTER_MS = GATEWAY_LIMITS.failSafeAfterMs
const TRAVEL_MS = 1_200
/** The arm is up, or the lane let go, at the latest so long after it is due. */
const SOON_MS = TRAVEL_MS + 2_000

const rigged = rigs()

/** The way in stays closed without a gateway, and the way out opens. */
const LAYOUT: SiteLayout = layoutOf({
  lanes: [laneOf(LANE, { direction: 'entry' }), laneOf(OUT, { direction: 'exit', price: null, failSafe: 'open' })],
})

type Hardware = { readonly ground: LaneGround; readonly arm: AnyBarrier; readonly safety: Loop }

/** What stands at a lane, switched on and connected. */
async function hardware(
  rig: Rig,
  lane: string,
  make: (...made: Parameters<typeof barrier>) => AnyBarrier = barrier,
): Promise<Hardware> {
  const ground = laneGround(lane, rig.world.happenings)
  const arm = make(rig.world, { device: deviceAt(lane, 'barrier'), travelMs: TRAVEL_MS }, ground)
  const safety = loop(rig.world, deviceAt(lane, 'safety'), ground, 'safety')
  for (const { firmware } of [arm, safety]) firmware.powerOn()
  await rig.runFor(3_000)
  return { ground, arm, safety }
}

async function site(over: Partial<RigOptions> = {}) {
  const rig = await rigged({ layout: LAYOUT, ...over })
  return { rig, entry: await hardware(rig, LANE), exit: await hardware(rig, OUT) }
}

const phaseOf = (rig: Rig) => rig.lane(OUT).phase

describe('a gateway that is killed', () => {
  test('lets the lanes open that are to open without it, and leaves the others closed', async () => {
    const { rig, entry, exit } = await site()
    await rig.runFor(5 * AFTER_MS)
    expect([entry.ground.arm(), exit.ground.arm()], 'while it serves').toEqual(['closed', 'closed'])
    rig.crash()
    await rig.runFor((AFTER_MS * 2) / 3 - 1_000)
    expect(exit.ground.arm(), 'a start takes some seconds').toBe('closed')
    await rig.runFor(AFTER_MS / 3 + SOON_MS)
    expect([entry.ground.arm(), exit.ground.arm()]).toEqual(['closed', 'open'])
    await rig.runFor(HOUR_MS)
    expect([entry.ground.arm(), exit.ground.arm()]).toEqual(['closed', 'open'])
  })

  test('and is back within that time finds its arms where they were', async () => {
    const { rig, exit } = await site()
    rig.crash()
    await rig.runFor(AFTER_MS / 2)
    await rig.start()
    await rig.runFor(2 * AFTER_MS)
    expect(exit.ground.arm()).toBe('closed')
  })

  test('finds the arm up when it is back: no alarm, an opening that says why, and it comes down when nobody is under it', async () => {
    const { rig, exit } = await site()
    rig.crash()
    await rig.runFor(2 * AFTER_MS)
    await rig.start()
    await rig.timeline.runUntil(() => phaseOf(rig).kind === 'held-open', 10_000)
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'held-open', by: [], failSafe: true }, alarm: null })
    await rig.runFor(FAIL_SAFE_CLEAR_MS + 5_000)
    expect(exit.ground.arm()).toBe('closed')
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'idle' }, arm: 'closed', alarm: null })
    const openings = [...createAudit(rig.now().db.db).openings(0)]
    expect(openings).toMatchObject([{ lane: OUT, why: { kind: 'fail-safe' }, closing: { result: { said: 'done' } } }])
    expect(openings[0]?.closing?.downAt).not.toBeNull()
  })

  test('does not close on who drove up meanwhile, though the books say that nobody is there', async () => {
    const { rig, exit } = await site()
    rig.crash()
    await rig.runFor(2 * AFTER_MS)
    exit.ground.enter('safety', 'car-1')
    await rig.start()
    await rig.runFor(60_000)
    expect(phaseOf(rig)).toEqual({ kind: 'held-open', by: [], failSafe: true })
    expect(exit.ground.arm()).toBe('open')
    exit.ground.leave('safety', 'car-1')
    await rig.runFor(FAIL_SAFE_CLEAR_MS - 500)
    expect(exit.ground.arm(), 'the next one may follow').toBe('open')
    await rig.runFor(SOON_MS)
    expect(exit.ground.arm()).toBe('closed')
  })

  test('and a loop that does not answer: the arm stays up until the loop itself says that nobody is there', async () => {
    const { rig, exit } = await site()
    exit.safety.firmware.pullCable()
    rig.crash()
    await rig.runFor(2 * AFTER_MS)
    exit.ground.enter('safety', 'car-1')
    await rig.start()
    await rig.runFor(10 * 60_000)
    expect(rig.lane(OUT).safety, 'as it was before').toBe(false)
    expect(exit.ground.arm()).toBe('open')
    exit.ground.leave('safety', 'car-1')
    exit.safety.firmware.plugCable()
    await rig.runFor(FAIL_SAFE_CLEAR_MS + SOON_MS)
    expect(exit.ground.arm()).toBe('closed')
  })

  test('for longer than the barrier has power, and again while its arm is up', async () => {
    const { rig, exit } = await site()
    rig.crash()
    exit.arm.firmware.powerOff()
    await rig.runFor(60_000)
    exit.arm.firmware.powerOn()
    await rig.runFor(AFTER_MS + SOON_MS)
    expect(exit.ground.arm()).toBe('open')
    exit.safety.firmware.pullCable()
    await rig.start()
    await rig.runFor(20_000)
    rig.crash()
    await rig.start()
    exit.safety.firmware.plugCable()
    await rig.runFor(20_000)
    expect(exit.ground.arm()).toBe('closed')
    expect(phaseOf(rig)).toEqual({ kind: 'idle' })
    expect([...createAudit(rig.now().db.db).openings(0)]).toHaveLength(1)
  })

  test('while a right waits there: it is not used up, and nothing is taken twice', async () => {
    const { rig, exit } = await site()
    await ask(rig, 'by-hand', { kind: 'open-by-hand', lane: OUT, reason: 'a trolley' })
    await rig.runFor(3_000)
    expect(exit.ground.arm()).toBe('open')
    rig.crash()
    await rig.runFor(2 * AFTER_MS)
    await rig.start()
    await rig.runFor(20_000)
    expect(exit.ground.arm()).toBe('closed')
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'idle' }, alarm: null })
  })
})

describe('a barrier whose own line is cut', () => {
  test('goes up, and comes down when it is back, for its loops have spoken all the time', async () => {
    const { rig, exit } = await site()
    exit.arm.firmware.pullCable()
    await rig.runFor(AFTER_MS + SOON_MS)
    expect(exit.ground.arm()).toBe('open')
    exit.arm.firmware.plugCable()
    await rig.runFor(10_000)
    expect(exit.ground.arm()).toBe('closed')
    expect(rig.lane(OUT).alarm).toBeNull()
  })
})

describe('books that refuse to be written', () => {
  test('take no money and open nothing by themselves: the gateway is silent, and the barrier does as it was told', async () => {
    const faulty = faultyBooks()
    const { rig, entry, exit } = await site({ throughBooks: faulty.through })
    faulty.set('refuse')
    const refused = ask(rig, 'hand-1', { kind: 'open-by-hand', lane: LANE, reason: 'nobody can' })
    expect(await refused).toMatchObject({ kind: 'pushed-back', refusal: 'not-ready' })
    await rig.runFor(AFTER_MS + SOON_MS)
    expect([entry.ground.arm(), exit.ground.arm()]).toEqual(['closed', 'open'])
    await rig.runFor(3 * AFTER_MS)
    exit.ground.enter('safety', 'car-1')
    await rig.runFor(2_000)
    faulty.set('none')
    await rig.runFor(60_000)
    expect(exit.ground.arm(), 'somebody is under it').toBe('open')
    expect(phaseOf(rig)).toMatchObject({ kind: 'held-open', by: [], failSafe: true })
    exit.ground.leave('safety', 'car-1')
    await rig.runFor(60_000)
    expect([entry.ground.arm(), exit.ground.arm()]).toEqual(['closed', 'closed'])
    expect(rig.lane(OUT).alarm).toBeNull()
  })

  test('for a moment open nothing', async () => {
    const faulty = faultyBooks()
    const { rig, exit } = await site({ throughBooks: faulty.through })
    faulty.set('refuse')
    await ask(rig, 'hand-1', { kind: 'open-by-hand', lane: LANE, reason: 'nobody can' })
    await rig.runFor(AFTER_MS / 3)
    faulty.set('none')
    await ask(rig, 'hand-2', { kind: 'open-by-hand', lane: LANE, reason: 'now' })
    await rig.runFor(3 * AFTER_MS)
    expect(exit.ground.arm()).toBe('closed')
  })
})

test('a barrier that is to go up is told so three times in its time, and one that is to stay down once a connection', async () => {
  const rig = await rigged({ layout: LAYOUT })
  const heard: string[] = []
  const connect = (lane: string): (() => void) => {
    const device = deviceAt(lane, 'barrier')
    const topics = prefixOf({ site: SITE, device })
    const line = rig.network.line(device)
    line.open(
      {
        subscribes: [`${topics}/fail-safe`],
        will: { topic: `${topics}/status`, payload: new Uint8Array(), retain: true },
      },
      { up() {}, down() {}, message: (_topic, payload) => heard.push(`${lane} ${new TextDecoder().decode(payload)}`) },
    )
    return line.cut
  }
  const told = (lane: string, arm: string): string => `${lane} {"v":1,"arm":"${arm}","afterMs":${AFTER_MS}}`
  const cut = [LANE, OUT].map(connect)
  await rig.runFor(3 * AFTER_MS + 1_000)
  expect(heard.filter((each) => each === told(OUT, 'open'))).toHaveLength(9)
  expect(heard.filter((each) => each !== told(OUT, 'open'))).toEqual([told(LANE, 'closed')])
  for (const end of cut) end()
  await rig.runFor(AFTER_MS)
  heard.length = 0
  connect(LANE)
  await rig.runFor(AFTER_MS)
  expect(heard).toEqual([told(LANE, 'closed')])
})

describe('a layout that changes what a lane is to do', () => {
  test.each([
    ['open', 'open'],
    ['closed', 'closed'],
  ] as const)('to %s is told at once, and the arm does that', async (failSafe, arm) => {
    const other = failSafe === 'open' ? 'closed' : 'open'
    const lanes = (of: typeof failSafe | typeof other) => [laneOf(LANE), laneOf(OUT, { price: null, failSafe: of })]
    const rig = await rigged({ layout: layoutOf({ lanes: lanes(other) }) })
    const exit = await hardware(rig, OUT)
    const next = layoutOf({ lanes: lanes(failSafe) })
    await rig.load('layout', layoutFile(next, { epoch: 1, n: 2 }, later(rig.timeline.now(), -1_000)))
    await rig.runFor(1_000)
    rig.crash()
    await rig.runFor(2 * AFTER_MS)
    expect(exit.ground.arm()).toBe(arm)
  })
})

describe('a barrier that was to go up, and has no lane any more that says so,', () => {
  test('stays down, for it is told so: its lane is gone from the layout', async () => {
    const { rig, exit } = await site()
    const without = layoutOf({ lanes: [laneOf(LANE, { direction: 'entry' })] })
    const file = layoutFile(without, { epoch: 1, n: 2 }, later(rig.timeline.now(), -1_000))
    expect(await rig.load('layout', file)).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    await rig.runFor(3 * AFTER_MS)
    expect(exit.ground.arm()).toBe('closed')
    rig.crash()
    await rig.runFor(3 * AFTER_MS)
    expect(exit.ground.arm(), 'it keeps that').toBe('closed')
  })

  test('stays down, for it is told so before its line is cut: it was revoked', async () => {
    const { rig, exit } = await site()
    const revoked = ask(rig, 'revoke', { kind: 'device-revoked', device: deviceAt(OUT, 'barrier') })
    expect(await revoked).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    expect(rig.now().transport.isPresent(deviceAt(OUT, 'barrier'))).toBe(false)
    await rig.runFor(100)
    exit.arm.firmware.pullCable()
    await rig.runFor(3 * AFTER_MS)
    expect(exit.ground.arm()).toBe('closed')
  })
})

test('a barrier that keeps no such setting is told none, and is moved by nothing', async () => {
  const relay = laneDevices(OUT, 'barrier-tasmota')
  const rig = await rigged({
    layout: LAYOUT,
    devices: [...devicesOf().filter(({ id }) => !id.startsWith(OUT)), ...relay],
  })
  const exit = await hardware(rig, OUT, tasmotaBarrier)
  await rig.runFor(AFTER_MS)
  rig.crash()
  await rig.runFor(3 * AFTER_MS)
  expect(exit.ground.arm()).toBe('closed')
})

test('an arm that cannot be let go, for its lane has no loop under it, waits for a person’s word', async () => {
  const { rig, exit } = await site({ devices: devicesOf().filter(({ id }) => id !== deviceAt(OUT, 'safety')) })
  rig.crash()
  await rig.runFor(2 * AFTER_MS)
  await rig.start()
  await rig.runFor(10 * 60_000)
  expect(exit.ground.arm()).toBe('open')
  await ask(rig, 'over', { kind: 'emergency', device: null, active: false })
  await rig.runFor(SOON_MS)
  expect(exit.ground.arm()).toBe('closed')
})

test.each([
  ['deny-list', 'closed'],
  ['key-set', 'closed'],
  ['layout', 'open'],
] as const)('with a %s in force that cannot be read the arm is %s', async (kind, arm) => {
  const { rig, exit } = await site()
  const bundle = rig.now().db.db.$client.prepare('UPDATE bundle SET content = ? WHERE kind = ?')
  bundle.run('{"version":{"epoch":1,"n":1},"issuedAt":"2026-01-01T00:00:00Z"}', kind)
  rig.crash()
  await rig.start()
  await rig.runFor(3 * AFTER_MS)
  expect(exit.ground.arm()).toBe(arm)
})

describe('an arm that is to come down, and does not', () => {
  test('for its motor is stuck at that moment: it is told again, with an alarm meanwhile, and comes down', async () => {
    const { rig, exit } = await site()
    rig.crash()
    await rig.runFor(2 * AFTER_MS)
    exit.arm.setStuck(true)
    await rig.start()
    await rig.runFor(60_000)
    expect(exit.ground.arm()).toBe('open')
    expect(rig.lane(OUT).alarm).toBe('stuck-open')
    exit.arm.setStuck(false)
    await rig.runFor(60_000)
    expect(exit.ground.arm()).toBe('closed')
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'idle' }, arm: 'closed', alarm: null })
  })

  test('is asked for less and less often, for each asking is a record, and at once when its loop was taken since', async () => {
    const timeline = virtualTimeline(NOON)
    const asked: number[] = []
    let clearSinceMs: number | undefined = -FAIL_SAFE_CLEAR_MS
    const keeper = createFailSafe({
      site: SITE,
      afterMs: AFTER_MS,
      books: {
        devices: () => laneDevices(OUT),
        layout: () => LAYOUT,
        laneState: () => laneState({ lane: OUT, phase: { kind: 'held-open', by: [], failSafe: true } }),
      },
      transport: { isPresent: () => true, send: async () => 'handed-over' },
      clock: virtualClock({
        timeline,
        zone: LAYOUT.zone,
        source: { trust: () => ({ state: 'synced', uncertaintyMs: 0 }) },
        floor: () => NOON,
        stepMs: 5_000,
        wrongByMs: () => 0,
        turnMs: () => 0,
      }),
      isServing: () => true,
      clearForMs: () => (clearSinceMs === undefined ? undefined : timeline.monotonicMs() - clearSinceMs),
      async onClear() {
        asked.push(timeline.monotonicMs())
      },
    })
    keeper.start()
    await timeline.runFor(10 * 60_000)
    const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
    expect(waits.slice(0, 8)).toEqual([
      500,
      1_000,
      2_000,
      4_000,
      8_000,
      16_000,
      FAIL_SAFE_ASK_MAX_MS,
      FAIL_SAFE_ASK_MAX_MS,
    ])
    expect(asked.length).toBeLessThan(30)
    clearSinceMs = undefined
    await timeline.runFor(1_000)
    asked.length = 0
    clearSinceMs = timeline.monotonicMs()
    await timeline.runFor(FAIL_SAFE_CLEAR_MS + 1_000)
    expect(asked).not.toEqual([])
    keeper.stop()
  })
})

function ask(rig: Rig, id: string, body: RequestBody): Promise<unknown> {
  const actor = { kind: 'client', id: 'gate', role: 'attendant' } as const
  return rig.until(rig.now().gateway.submit({ source: principalOf('client', 'gate'), id, bytes: id, actor, body }))
}
