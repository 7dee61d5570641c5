import { beforeEach, describe, expect, test } from 'vitest'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId, siteId } from '../../../core/ids.ts'
import type { DeviceReading } from '../../../devices/driver.ts'
import { driverNamed } from '../../../devices/registry.ts'
import type { AnyBarrier } from '../../../simulators/devices/barrier.ts'
import { shellyBarrier, shellyLoop } from '../../../simulators/devices/shelly.ts'
import { tasmotaBarrier } from '../../../simulators/devices/tasmota.ts'
import { laneGround } from '../../../simulators/lane-ground.ts'
import type { Happening } from '../../../simulators/world/happenings.ts'
import { happenings } from '../../../simulators/world/happenings.ts'
import type { Weather } from '../../../simulators/world/memory-network.ts'
import { CALM, memoryNetwork } from '../../../simulators/world/memory-network.ts'
import { randomOf } from '../../../simulators/world/random.ts'
import { virtualTimeline } from '../../../simulators/world/virtual-timeline.ts'
import { NOON } from '../../support/site.ts'

const DEVICE = deviceId('bought-1')
const ADDRESS = { site: 'site', device: DEVICE }
const TRAVEL_MS = 1_200

/** A network with a gateway's end that reads what comes by the true driver, and orders by it. */
async function yard(driverName: string, weather: Partial<Weather> = {}) {
  const driver = driverNamed(driverName)
  if (driver === undefined) throw new Error(driverName)
  const timeline = virtualTimeline(NOON)
  const random = randomOf('yard')
  const told = happenings()
  const happened: Happening[] = []
  told.listen((happening) => happened.push(happening))
  const network = memoryNetwork({
    timeline,
    random: random.fork('network'),
    weather: { ...CALM, ...weather },
    holdMaxMs: 20_000,
    backlogMax: 64,
  })
  const transport = network.transport()
  const readings: DeviceReading[] = []
  const qualities = new Set<number>()
  await transport.start({
    async onMessage({ topic, payload, qos }) {
      const parsed = driver.parse(ADDRESS, topic, payload)
      if (parsed.ok === false) throw new Error(`${parsed.refusal}: ${parsed.detail}`)
      if (parsed.ok === true) readings.push(parsed.event.reading)
      qualities.add(qos)
      return 'acknowledge'
    },
    onPresence: () => undefined,
  })
  const world = { site: siteId('site'), timeline, random, happenings: told, line: network.line }
  return {
    world,
    timeline,
    transport,
    readings,
    qualities,
    happened,
    ground: laneGround('in-1', told),
    order(id: string, type: 'open' | 'hold-open' | 'release') {
      const command = { id: id as EffectId, boot: null, notAfterUpMs: null, command: { type } }
      const encoded = driver.encode(ADDRESS, command)
      if (encoded === undefined) throw new Error(type)
      void transport.send(DEVICE, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
    },
  }
}

describe.each([
  ['barrier-shelly-gen2', shellyBarrier, 1],
  ['barrier-tasmota', tasmotaBarrier, 0],
] as const)('a barrier behind a relay: %s', (driverName, make, qos) => {
  let at: Awaited<ReturnType<typeof yard>>
  let barrier: AnyBarrier
  beforeEach(async () => {
    at = await yard(driverName)
    barrier = make(at.world, { device: DEVICE, travelMs: TRAVEL_MS }, at.ground)
    barrier.firmware.powerOn()
    await at.timeline.runFor(1_000)
  })

  test('does what the driver says, tells which command it was, and comes down by itself behind whoever has passed', async () => {
    at.order('box-1:1:7:0', 'open')
    await at.timeline.runFor(TRAVEL_MS + 100)
    expect(at.ground.arm()).toBe('open')
    at.ground.enter('safety', 'a car')
    await at.timeline.runFor(60_000)
    expect(at.ground.arm()).toBe('open')
    at.ground.leave('safety', 'a car')
    await at.timeline.runFor(TRAVEL_MS + 1_000)
    expect(at.ground.arm()).toBe('closed')
    expect(at.readings.filter(({ kind }) => kind === 'command-result')).toEqual([
      { kind: 'command-result', command: 'box-1:1:7:0', result: 'done' },
    ])
    const levels = at.readings.flatMap((reading) => (reading.kind === 'barrier' ? [reading.state] : []))
    expect(levels.filter((level, index) => level !== levels[index - 1])).toEqual(['closed', 'open', 'closed'])
    expect([...at.qualities]).toEqual([qos])
  })

  test('knows no ids: what is told again is done again, and is seen', async () => {
    at.order('box-1:1:7:0', 'open')
    await at.timeline.runFor(40_000)
    at.order('box-1:1:7:0', 'open')
    await at.timeline.runFor(1_000)
    expect(at.ground.arm()).toBe('rising')
    expect(at.happened.filter(({ kind }) => kind === 'command')).toHaveLength(2)
  })

  test('is held up until it is let go, and falls when its power does', async () => {
    at.order('emergency:1', 'hold-open')
    await at.timeline.runFor(300_000)
    expect(at.ground.arm()).toBe('open')
    at.order('box-1:1:9:0', 'release')
    await at.timeline.runFor(30_000)
    expect(at.ground.arm()).toBe('closed')
    at.order('emergency:2', 'hold-open')
    await at.timeline.runFor(60_000)
    barrier.firmware.powerOff()
    await at.timeline.runFor(30_000)
    expect(at.ground.arm()).toBe('closed')
  })

  test('never hears what was under way when the gateway closed its connection', async () => {
    at.order('box-1:1:7:0', 'open')
    at.transport.disconnect(DEVICE)
    await at.timeline.runFor(10_000)
    expect(at.happened.filter(({ kind }) => kind === 'command')).toEqual([])
    expect(barrier.firmware.isConnected()).toBe(true)
  })
})

test('a loop on a Shelly input tells its level at each change and at each connection, and ends with the truth in any storm', async () => {
  const at = await yard('loop-shelly-input', { dropChance: 0.2, duplicateChance: 0.5, overtakeChance: 0.5 })
  const loop = shellyLoop(at.world, DEVICE, at.ground, 'approach')
  loop.firmware.powerOn()
  await at.timeline.runFor(60_000)
  for (let car = 0; car < 40; car += 1) {
    at.ground.enter('approach', `car ${car}`)
    await at.timeline.runFor(500)
    if (car % 2 === 0) at.ground.leave('approach', `car ${car}`)
    await at.timeline.runFor(60_000)
    expect(at.readings.at(-1)).toEqual({ kind: 'occupied', occupied: car > 0 })
  }
})
