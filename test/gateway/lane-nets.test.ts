import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ChargeId, SessionId } from '../../core/ids.ts'
import { deviceId, laneId, principalOf } from '../../core/ids.ts'
import { ARM_UP_WITHIN_MS } from '../../core/lane/moves.ts'
import { money, VND } from '../../core/money.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import { prefixOf } from '../../devices/topics.ts'
import { APPROACH_BACK_WITHIN_MS, LOOPS_BACK_WITHIN_MS } from '../../gateway/intake/loop-watch.ts'
import { barrier } from '../../simulators/devices/barrier.ts'
import { laneGround } from '../../simulators/lane-ground.ts'
import { LANE_OUT, parkingDevices, parkingLayout, parkingPolicy, tariffsFile } from '../support/car-park.ts'
import type { LaneDevices } from '../support/people.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { deviceAt, LANE, SITE } from '../support/site.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireDevice } from '../support/wire-device.ts'

const IN = laneId(LANE)
const OUT = laneId(LANE_OUT)
const PASS_WITHIN_MS = parkingPolicy().passWithinMs

const rigged = rigs()
const ticketSchema = z.object({ data: z.object({ kind: z.literal('ticket'), qr: z.string() }) })

async function carPark(): Promise<Rig> {
  const rig = await rigged({ layout: parkingLayout(), policy: parkingPolicy(), devices: parkingDevices() })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
}

async function cameraOf(rig: Rig, lane: string): Promise<WireDevice> {
  const camera = wireDevice(rig, deviceId(`${lane}-camera`))
  await camera.connect()
  return camera
}

const seen = { plates: [{ text: '30A-123.45', confidencePermille: 962 }], direction: null, vehicle: 'car' }
const sees = (camera: WireDevice, eventId: string | null = null) =>
  camera.ask('plate-seen', { ...seen, picture: null, eventId })

/** A car at the entry that has been let in: its arm has been told to go up, and has said that it did. */
async function letIn(rig: Rig): Promise<LaneDevices & { readonly camera: WireDevice }> {
  const lane = { ...(await laneOf(rig, LANE)), camera: await cameraOf(rig, LANE) }
  await lane.approach.ask('occupied', { occupied: true })
  await sees(lane.camera)
  await rig.runFor(500)
  lane.barrier.report(told(lane, 'open').at(-1) ?? '', 'done')
  await rig.runFor(100)
  expect(rig.lane(IN).phase.kind).toBe('open')
  return lane
}

function told({ barrier: arm }: LaneDevices, type: 'open' | 'close'): readonly string[] {
  return arm.commands.flatMap((command) => (command.type === type ? [command.id] : []))
}

const cases = (rig: Rig) => rig.query(`SELECT kind, status FROM staff_case ORDER BY rowid`)
const lastShown = ({ display }: LaneDevices) => display.commands.at(-1)

describe('an arm that says that it opened, and did not', () => {
  test('says where it is after each command, and that is news: stuck, staff are called, and the right is kept', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'closed' })
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'waiting' }, arm: 'closed', alarm: 'stuck-closed' })
    await rig.runFor(100)
    expect(JSON.stringify(lastShown(lane))).toMatch(/Nhân viên sẽ tới giúp.*Staff will come to help/)
    expect(cases(rig)).toEqual([{ kind: 'stuck-closed', status: 'open' }])
    expect(rig.query('SELECT status FROM passage')).toEqual([{ status: 'opened' }])
    // Somebody has come and mended it.
    const byHand = rig.now().gateway.submit({
      source: principalOf('client', 'gate-1'),
      id: 'by-hand-1',
      bytes: 'by-hand-1',
      actor: { kind: 'client', id: 'gate-1', role: 'attendant' },
      body: { kind: 'open-by-hand', lane: IN, reason: 'the arm was stuck' },
    })
    await rig.runFor(500)
    expect(await byHand).toMatchObject({ outcome: { ok: true } })
    expect(told(lane, 'open')).toHaveLength(2)
    expect(rig.lane(IN).phase).toMatchObject({ kind: 'opening', passage: expect.any(String), saysUp: true })
  })

  test('or says nothing at all: it was down before, and has a stated time to say that it is up', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await rig.runFor(ARM_UP_WITHIN_MS - 1_000)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'open' }, alarm: null })
    await rig.runFor(1_500)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'waiting' }, alarm: 'stuck-closed' })
    expect(lastShown(lane)).toMatchObject({ data: { kind: 'call-staff' } })
    expect(cases(rig)).toEqual([{ kind: 'stuck-closed', status: 'open' }])
  })

  test('and one that says that it is up waits for its vehicle as ever', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    await rig.runFor(ARM_UP_WITHIN_MS + 1_000)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'open' }, alarm: null })
  })

  test('as the simulated one does whose motor does not turn', async () => {
    const rig = await carPark()
    const { approach } = await laneOf(rig, LANE)
    const ground = laneGround(LANE, rig.world.happenings)
    const arm = barrier(rig.world, { device: deviceAt(LANE, 'barrier'), travelMs: 1_200 }, ground)
    arm.setStuck(true)
    arm.firmware.powerOn()
    await rig.runFor(3_000)
    await approach.ask('occupied', { occupied: true })
    await sees(await cameraOf(rig, LANE))
    await rig.runFor(3_000)
    expect(ground.arm()).toBe('closed')
    expect(
      rig.query(`SELECT count(*) AS n FROM journal WHERE event = 'command-result' AND body LIKE '%"result":"done"%'`),
    ).toEqual([{ n: 1 }])
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'waiting' }, arm: 'closed', alarm: 'stuck-closed' })
  })
})

describe('an arm whose line is cut while a car drives under it', () => {
  test('and that is back and still up is told to come down, for the next would find it open, and never over somebody', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    lane.barrier.line.cut()
    await lane.safety.ask('occupied', { occupied: true })
    await lane.approach.ask('occupied', { occupied: false })
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(2_000)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
    expect(told(lane, 'close')).toEqual([])
    await lane.safety.ask('occupied', { occupied: true })
    await lane.barrier.connect()
    await lane.barrier.ask('barrier', { state: 'open' })
    await rig.runFor(MINUTE_MS)
    expect(told(lane, 'close'), 'somebody is under it').toEqual([])
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(5_000)
    expect(told(lane, 'close')).toHaveLength(1)
    expect(lane.barrier.commands.map(({ type }) => type)).not.toContain('release')
    await lane.barrier.ask('barrier', { state: 'closed' })
    await rig.runFor(MINUTE_MS)
    expect(told(lane, 'close')).toHaveLength(1)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'idle' }, alarm: null })
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'inside' }])
  })
})

describe('an arm that stands up before a lane at rest', () => {
  test('and was raised by a key is told nothing, also where it says that it moves first: it is forced open, and a case', async () => {
    const rig = await carPark()
    const lane = await laneOf(rig, LANE)
    await lane.barrier.ask('barrier', { state: 'closed' })
    await lane.barrier.ask('barrier', { state: 'moving' })
    await rig.runFor(900)
    await lane.barrier.ask('barrier', { state: 'open' })
    await rig.runFor(5 * MINUTE_MS)
    expect(told(lane, 'close')).toEqual([])
    expect(rig.lane(IN)).toMatchObject({ arm: 'open', alarm: 'forced-open' })
    expect(cases(rig)).toEqual([{ kind: 'forced-open', status: 'open' }])
  })

  test('and was told in vain to come down is told again, also when somebody has driven through it since', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    await lane.safety.ask('occupied', { occupied: true })
    await lane.approach.ask('occupied', { occupied: false })
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(MINUTE_MS)
    const before = told(lane, 'close').length
    expect(before).toBeGreaterThan(1)
    await lane.approach.ask('occupied', { occupied: true })
    await lane.safety.ask('occupied', { occupied: true })
    await lane.approach.ask('occupied', { occupied: false })
    expect(rig.lane(IN)).toMatchObject({ alarm: 'unexplained-passage' })
    await rig.runFor(MINUTE_MS)
    expect(told(lane, 'close'), 'never over somebody').toHaveLength(before)
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(MINUTE_MS)
    expect(told(lane, 'close').length).toBeGreaterThan(before)
  })
})

describe('a loop under the arm whose line is cut', () => {
  test('says nothing of who stands there: the arm stays up until the loop has said so since it is back', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    lane.safety.line.cut()
    await rig.runFor(1_000)
    await lane.approach.ask('occupied', { occupied: false })
    await rig.runFor(PASS_WITHIN_MS + 10 * MINUTE_MS)
    expect(told(lane, 'close')).toEqual([])
    expect(rig.lane(IN)).toMatchObject({ arm: 'open', alarm: 'loop-away' })
    expect(cases(rig)).toEqual([{ kind: 'loop-away', status: 'open' }])
    await lane.safety.connect()
    await rig.runFor(2_000)
    expect(told(lane, 'close'), 'it is back, and has said nothing yet').toEqual([])
    await lane.safety.ask('occupied', { occupied: true })
    await rig.runFor(2_000)
    expect(told(lane, 'close'), 'somebody is there').toEqual([])
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(2_000)
    expect(told(lane, 'close')).toHaveLength(1)
    await lane.barrier.ask('barrier', { state: 'closed' })
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'idle' }, arm: 'closed', alarm: null })
  })

  test('and that says at once that nobody is there when it is back lets the arm come down, and its case waits for somebody to look', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    lane.safety.line.cut()
    await rig.runFor(1_000)
    await lane.approach.ask('occupied', { occupied: false })
    await rig.runFor(PASS_WITHIN_MS + MINUTE_MS)
    await lane.safety.connect()
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(2_000)
    expect(told(lane, 'close')).toHaveLength(1)
    expect(cases(rig)).toEqual([{ kind: 'loop-away', status: 'open' }])
  })

  test('is not believed by what it said before while its first word since is on its way into the books', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    await lane.safety.ask('occupied', { occupied: false })
    const fire = (active: boolean) =>
      rig.now().gateway.submit({
        source: principalOf('client', 'gate-1'),
        id: `fire-${active}`,
        bytes: `fire-${active}`,
        actor: { kind: 'client', id: 'gate-1', role: 'operator' },
        body: { kind: 'emergency', device: null, active },
      })
    await rig.until(fire(true))
    lane.safety.line.cut()
    await rig.runFor(1_000)
    await lane.safety.connect()
    await rig.runFor(1_000)
    const over = fire(false)
    const at = { boot: lane.safety.boot(), seq: 1_000, upMs: lane.safety.upMs() }
    const word = JSON.stringify({ v: 1, ...at, type: 'occupied', data: { occupied: true } })
    const topic = `${prefixOf({ site: SITE, device: lane.safety.id })}/event`
    const taken = rig.now().gateway.intake.take({
      device: lane.safety.id,
      topic,
      payload: new TextEncoder().encode(word),
      qos: 1,
      duplicate: false,
    })
    await rig.until(Promise.all([over, taken]))
    await rig.runFor(1_000)
    expect(told(lane, 'close')).toEqual([])
    expect(rig.lane(IN).safety).toBe(true)
  })

  test('while somebody is over it: staff are called, and the arm stays up until it says that they have gone', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    await lane.safety.ask('occupied', { occupied: true })
    await lane.approach.ask('occupied', { occupied: false })
    lane.safety.line.cut()
    await rig.runFor(1_000)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'passing' }, alarm: 'loop-away' })
    expect(cases(rig)).toEqual([{ kind: 'loop-away', status: 'open' }])
    await rig.runFor(HOUR_MS)
    expect(told(lane, 'close')).toEqual([])
    await lane.safety.connect()
    await lane.safety.ask('occupied', { occupied: false })
    await rig.runFor(2_000)
    expect(told(lane, 'close')).toHaveLength(1)
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'inside' }])
  })

  test('while the gateway was not there: staff are called when it does not come back', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.safety.ask('occupied', { occupied: true })
    lane.safety.line.cut()
    rig.crash()
    await rig.start()
    await rig.runFor(LOOPS_BACK_WITHIN_MS - 1_000)
    expect(cases(rig)).toEqual([])
    await rig.runFor(2_000)
    expect(cases(rig)).toEqual([{ kind: 'loop-away', status: 'open' }])
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'passing' }, alarm: 'loop-away' })
  })
})

describe('a car that its loop lets go for a moment', () => {
  test.each([500, 1_500])('of %i ms is asked anew by the same plate', async (goneMs) => {
    const rig = await carPark()
    const entry = await letIn(rig)
    await entry.barrier.ask('barrier', { state: 'open' })
    await entry.safety.ask('occupied', { occupied: true })
    await entry.approach.ask('occupied', { occupied: false })
    await entry.safety.ask('occupied', { occupied: false })
    await rig.runFor(HOUR_MS)
    const exit = await laneOf(rig, LANE_OUT)
    const camera = await cameraOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    await sees(camera, 'track-1')
    await rig.runFor(100)
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'amount-due' } })
    await exit.approach.ask('occupied', { occupied: false })
    await rig.runFor(goneMs)
    await exit.approach.ask('occupied', { occupied: true })
    expect(rig.lane(OUT).visit).toBeNull()
    await rig.runFor(100)
    await sees(camera, 'track-1')
    await rig.runFor(100)
    expect(rig.lane(OUT).visit).toMatchObject({ asked: { due: { amount: 25_000 } } })
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 25_000 } } })
    const before = rig.query('SELECT count(*) AS n FROM journal')
    await sees(camera, 'track-1')
    expect(rig.query('SELECT count(*) AS n FROM journal'), 'the same presence again').toEqual(before)
  })
})

function revoke(rig: Rig, device: string) {
  return rig.until(
    rig.now().gateway.submit({
      source: principalOf('client', 'office'),
      id: `revoke-${device}`,
      bytes: `revoke-${device}`,
      actor: { kind: 'client', id: 'office', role: 'admin' },
      body: { kind: 'device-revoked', device: deviceId(device) },
    }),
  )
}

describe('a loop that is revoked, and has died on "somebody is there",', () => {
  test('under the arm: its lane is as if it had cleared, its arm comes down, and the next is served', async () => {
    const rig = await carPark()
    const lane = await letIn(rig)
    await lane.barrier.ask('barrier', { state: 'open' })
    await lane.safety.ask('occupied', { occupied: true })
    await lane.approach.ask('occupied', { occupied: false })
    lane.safety.line.cut()
    await rig.runFor(1_000)
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'passing' }, alarm: 'loop-away' })
    await revoke(rig, lane.safety.id)
    await rig.runFor(1_000)
    expect(told(lane, 'close')).toHaveLength(1)
    await lane.barrier.ask('barrier', { state: 'closed' })
    expect(rig.lane(IN)).toMatchObject({ phase: { kind: 'idle' }, safety: false, alarm: null })
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'inside' }])
  })

  test('before the barrier: nobody stands there, and what was asked is forgotten', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    exit.approach.line.cut()
    await rig.runFor(500)
    await revoke(rig, exit.approach.id)
    await rig.runFor(500)
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'idle' }, approach: false, presence: null, visit: null })
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'idle' } })
  })
})

async function askedAtExit(rig: Rig): Promise<LaneDevices & { readonly camera: WireDevice }> {
  const entry = await letIn(rig)
  await entry.barrier.ask('barrier', { state: 'open' })
  await entry.safety.ask('occupied', { occupied: true })
  await entry.approach.ask('occupied', { occupied: false })
  await entry.safety.ask('occupied', { occupied: false })
  await rig.runFor(HOUR_MS)
  const exit = { ...(await laneOf(rig, LANE_OUT)), camera: await cameraOf(rig, LANE_OUT) }
  await exit.approach.ask('occupied', { occupied: true })
  await sees(exit.camera)
  await rig.runFor(100)
  expect(lastShown(exit)).toMatchObject({ data: { kind: 'amount-due' } })
  return exit
}

describe('a loop before the barrier whose line is cut', () => {
  test('says nothing of who stands there: what was asked of them is forgotten, and staff are called', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    exit.approach.line.cut()
    await rig.runFor(APPROACH_BACK_WITHIN_MS - 500)
    expect(rig.lane(OUT).visit).toMatchObject({ asked: { due: { amount: 25_000 } } })
    await rig.runFor(1_000)
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'idle' }, presence: null, visit: null })
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'call-staff' } })
    expect(cases(rig)).toEqual([{ kind: 'loop-away', status: 'open' }])
    await rig.runFor(10 * MINUTE_MS)
    expect(told(exit, 'open')).toEqual([])
    expect(rig.query('SELECT status FROM session')).toEqual([{ status: 'inside' }])
    // Back, and somebody stands there: whoever it is has been asked nothing.
    await exit.approach.connect()
    await exit.approach.ask('occupied', { occupied: true })
    expect(rig.lane(OUT)).toMatchObject({ phase: { kind: 'vehicle-present' }, visit: null })
    await sees(exit.camera)
    await rig.runFor(100)
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'amount-due' } })
  })

  test('for less than that changes nothing', async () => {
    const rig = await carPark()
    const exit = await askedAtExit(rig)
    const { presence } = rig.lane(OUT)
    exit.approach.line.cut()
    await rig.runFor(500)
    await exit.approach.connect()
    await exit.approach.ask('occupied', { occupied: true })
    await rig.runFor(2 * APPROACH_BACK_WITHIN_MS)
    expect(rig.lane(OUT)).toMatchObject({ presence, visit: { asked: { due: { amount: 25_000 } } } })
  })
})

describe('an arm whose line was cut while somebody came to the exit', () => {
  /** A car that is inside by its ticket, and stands at the exit, whose arm is away. */
  async function beforeNoArm(): Promise<{
    readonly rig: Rig
    readonly exit: LaneDevices
    readonly ticket: string | undefined
  }> {
    const rig = await carPark()
    const entry = await letIn(rig)
    const ticket = entry.display.commands.flatMap((command) => {
      const shown = ticketSchema.safeParse(command)
      return shown.success ? [shown.data.data.qr] : []
    })[0]
    await entry.safety.ask('occupied', { occupied: true })
    await rig.runFor(2_000)
    await entry.approach.ask('occupied', { occupied: false })
    await entry.safety.ask('occupied', { occupied: false })
    await rig.runFor(MINUTE_MS)
    const exit = await laneOf(rig, LANE_OUT)
    await exit.approach.ask('occupied', { occupied: true })
    exit.barrier.line.close()
    await rig.runFor(1_000)
    return { rig, exit, ticket }
  }
  const back = async (rig: Rig, { barrier: arm }: LaneDevices): Promise<void> => {
    await arm.connect()
    await arm.ask('barrier', { state: 'closed' })
    await rig.runFor(500)
  }
  const AWAY = { data: { kind: 'refused', refusal: 'barrier-away' } }

  test('asks, when it is back, whoever showed a ticket before it, and the display says of it no more that it is away', async () => {
    const { rig, exit, ticket } = await beforeNoArm()
    expect(await exit.reader.ask('scan', { text: ticket })).toMatchObject({ ok: false, refusal: 'barrier-away' })
    await rig.runFor(500)
    expect(lastShown(exit)).toMatchObject(AWAY)
    await back(rig, exit)
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'amount-due', amount: { amount: 25_000 } } })
    // What it says again is nothing new.
    const before = exit.display.commands.length
    await exit.barrier.ask('barrier', { state: 'closed' })
    await rig.runFor(500)
    expect(exit.display.commands).toHaveLength(before)
  })

  test('lets out, when it is back, who has paid elsewhere meanwhile', async () => {
    const { rig, exit, ticket } = await beforeNoArm()
    await exit.reader.ask('scan', { text: ticket })
    const [stay] = rig.query('SELECT id FROM session')
    const session = String(stay?.['id']) as SessionId
    const actor = { kind: 'client', id: 'gate-1', role: 'attendant' } as const
    const quoted = rig.now().gateway.submit({
      source: principalOf('client', 'gate-1'),
      id: 'quoted',
      bytes: 'quoted',
      actor,
      body: { kind: 'session-quoted', session },
    })
    expect(await rig.until(quoted)).toMatchObject({ outcome: { ok: true } })
    const [charge] = rig.query('SELECT id FROM charge')
    const paid = rig.now().gateway.submit({
      source: principalOf('client', 'gate-1'),
      id: 'cash',
      bytes: 'cash',
      actor,
      body: {
        kind: 'cash-taken',
        charge: String(charge?.['id']) as ChargeId,
        amount: money(25_000, VND),
        tender: 'cash',
      },
    })
    expect(await rig.until(paid)).toMatchObject({ outcome: { ok: true } })
    await rig.runFor(500)
    expect(lastShown(exit)).toMatchObject(AWAY)
    expect(told(exit, 'open')).toEqual([])
    await back(rig, exit)
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'goodbye' } })
    expect(told(exit, 'open')).toHaveLength(1)
  })

  test('says nothing any more, when it is back, to nobody', async () => {
    const { rig, exit, ticket } = await beforeNoArm()
    await exit.reader.ask('scan', { text: ticket })
    await exit.approach.ask('occupied', { occupied: false })
    await rig.runFor(500)
    expect(lastShown(exit)).toMatchObject(AWAY)
    await back(rig, exit)
    expect(lastShown(exit)).toMatchObject({ data: { kind: 'idle' } })
  })
})
