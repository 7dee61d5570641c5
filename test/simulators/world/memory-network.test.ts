import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../core/ids.ts'
import { instant } from '../../../core/time.ts'
import type { LineListener } from '../../../simulators/world/device-line.ts'
import type { MemoryHandlers, Weather } from '../../../simulators/world/memory-network.ts'
import { CALM, memoryNetwork } from '../../../simulators/world/memory-network.ts'
import { randomOf } from '../../../simulators/world/random.ts'
import { virtualTimeline } from '../../../simulators/world/virtual-timeline.ts'
import { deviceLineContract } from './device-line-contract.ts'

const READER = deviceId('reader-1')
const HOLD_MAX_MS = 20_000
const BACKLOG_MAX = 3

deviceLineContract('a line of the memory network', async () => {
  const { timeline, network } = world(CALM)
  const arrived: string[] = []
  let releases: (() => void)[] | undefined
  let transport = network.transport()
  const handlers: MemoryHandlers = {
    onMessage({ topic, payload }) {
      arrived.push(`${topic} ${new TextDecoder().decode(payload)}`)
      const held = releases
      if (held === undefined) return Promise.resolve('acknowledge')
      return new Promise((resolve) => held.push(() => resolve('acknowledge')))
    },
    onPresence() {},
  }
  await transport.start(handlers)
  return {
    line: network.line(READER),
    arrived,
    holdAcknowledgements(hold) {
      for (const release of releases ?? []) release()
      releases = hold ? [] : undefined
    },
    say(topic, text) {
      void transport.send(READER, { topic, payload: new TextEncoder().encode(text), qos: 1 })
    },
    hangUp: () => void transport.disconnect(READER),
    async setListening(listening) {
      if (!listening) return transport.stop()
      transport = network.transport()
      await transport.start(handlers)
    },
    isConnected: () => transport.isPresent(READER),
    async until(isSo) {
      expect(await timeline.runUntil(isSo, 60_000)).toBe(true)
    },
    pass: () => timeline.runFor(1_000),
    stop: () => transport.stop(),
  }
})

describe('the memory network', () => {
  test('drops, doubles and swaps as its weather says, and a gateway may still see each message', async () => {
    const { timeline, network, arrived } = await storm({ dropChance: 0.3, duplicateChance: 0.3, overtakeChance: 0.5 })
    const { line } = await connected(network, timeline)
    for (let number = 0; number < 300; number += 1) {
      line.publish(message(String(number)), () => {})
      await timeline.runFor(2)
    }
    await timeline.runFor(1_000)
    const numbers = arrived.map((one) => Number(one.text))
    const different = new Set(numbers).size
    expect(different).toBeGreaterThan(150)
    expect(different).toBeLessThan(270)
    expect(numbers.length).toBeGreaterThan(different)
    expect(numbers).not.toEqual(numbers.toSorted((left, right) => left - right))
    // One that overtakes its twin makes the twin the first to arrive: the flag is for counting, not for deciding.
    expect(arrived.filter((one) => one.duplicate).length).toBeGreaterThan(20)
  })

  test('does the same with the same seed', async () => {
    const run = async (seed: string) => {
      const { timeline, network, arrived } = await storm(
        { dropChance: 0.2, duplicateChance: 0.2, overtakeChance: 0.2 },
        seed,
      )
      const { line } = await connected(network, timeline)
      for (let number = 0; number < 100; number += 1) line.publish(message(String(number)), () => {})
      await timeline.runFor(1_000)
      return arrived
    }
    expect(await run('a')).toEqual(await run('a'))
    expect(await run('a')).not.toEqual(await run('b'))
  })

  test('keeps a vanished device present until the gateway notices, and hands it what nobody hears', async () => {
    const { timeline, network, presence, transport } = await storm({ noticeMostMs: 50_000 })
    const { line, heard } = await connected(network, timeline)
    line.cut()
    await timeline.runFor(1)
    expect(transport.isPresent(READER)).toBe(true)
    expect(await transport.send(READER, { topic: 'answer', payload: new Uint8Array(), qos: 1 })).toBe('handed-over')
    await timeline.runFor(50_000)
    expect(presence).toEqual([true, false])
    expect(heard).toEqual([])
  })

  test('lets a device that comes back take the place of its own half-open line', async () => {
    const { timeline, network, presence, transport } = await storm({ noticeMostMs: 50_000 })
    const { line } = await connected(network, timeline)
    line.cut()
    const heard = open(line)
    await timeline.runFor(60_000)
    expect(presence).toEqual([true, false, true])
    expect(transport.isPresent(READER)).toBe(true)
    expect(heard).toEqual(['up'])
  })

  test('acknowledges in the order of arrival, whichever is decided first', async () => {
    const decide: (() => void)[] = []
    const { timeline, network } = await storm(
      {},
      'order',
      () => new Promise((resolve) => decide.push(() => resolve('acknowledge'))),
    )
    const { line } = await connected(network, timeline)
    const acknowledged: string[] = []
    line.publish(message('first'), () => acknowledged.push('first'))
    line.publish(message('second'), () => acknowledged.push('second'))
    await timeline.runFor(100)
    decide[1]?.()
    await timeline.runFor(100)
    expect(acknowledged).toEqual([])
    decide[0]?.()
    await timeline.runFor(100)
    expect(acknowledged).toEqual(['first', 'second'])
  })

  test('closes the connection when a message was withheld for as long as may be', async () => {
    const { timeline, network, presence, transport } = await storm({}, 'full', () => Promise.resolve('withhold'))
    const { line, heard } = await connected(network, timeline)
    line.publish(message('scan'), () => heard.push('acknowledged'))
    await timeline.runFor(HOLD_MAX_MS - 10)
    expect(presence).toEqual([true])
    await timeline.runFor(100)
    expect(presence).toEqual([true, false])
    expect(heard).toEqual(['down'])
    expect(transport.counters().holdsExceeded).toBe(1)
  })

  test('refuses what is over the backlog of one device, and takes more when that has gone', async () => {
    const { timeline, network, transport } = await storm({})
    await connected(network, timeline)
    const send = () => transport.send(READER, { topic: 'answer', payload: new Uint8Array(), qos: 1 })
    const handed = []
    for (let sent = 0; sent <= BACKLOG_MAX; sent += 1) handed.push(await send())
    expect(handed).toEqual(['handed-over', 'handed-over', 'handed-over', 'refused'])
    await timeline.runFor(100)
    expect(await send()).toBe('handed-over')
  })

  test('says away of a device that is not there, and of a topic to which it does not listen', async () => {
    const { timeline, network, transport } = await storm({})
    const send = (topic: string) => transport.send(READER, { topic, payload: new Uint8Array(), qos: 1 })
    expect(await send('answer')).toBe('away')
    await connected(network, timeline)
    expect(await send('command')).toBe('away')
    expect(await send('answer')).toBe('handed-over')
  })

  test('forgets a gateway that has crashed: nothing held is acknowledged, and no handler is called', async () => {
    const decide: (() => void)[] = []
    const { timeline, network, presence, transport } = await storm(
      {},
      'crash',
      () => new Promise((resolve) => decide.push(() => resolve('acknowledge'))),
    )
    const { line, heard } = await connected(network, timeline)
    line.publish(message('scan'), () => heard.push('acknowledged'))
    await timeline.runFor(100)
    transport.crash()
    decide[0]?.()
    await timeline.runFor(60_000)
    expect(heard).toEqual(['down'])
    expect(presence).toEqual([true])
    await network.transport().start({ onMessage: () => Promise.resolve('acknowledge'), onPresence() {} })
    expect(open(line)).toEqual([])
  })

  test('has room for one gateway', async () => {
    const { network, transport } = await storm({})
    const handlers: MemoryHandlers = { onMessage: () => Promise.resolve('acknowledge'), onPresence() {} }
    await expect(network.transport().start(handlers)).rejects.toThrow('another gateway')
    await expect(transport.start(handlers)).rejects.toThrow('starts once')
  })
})

function world(weather: Weather, seed = 'world') {
  const timeline = virtualTimeline(instant(0))
  const network = memoryNetwork({
    timeline,
    random: randomOf(seed),
    weather,
    holdMaxMs: HOLD_MAX_MS,
    backlogMax: BACKLOG_MAX,
  })
  return { timeline, network }
}

async function storm(
  weather: Partial<Weather>,
  seed = 'storm',
  decide: () => Promise<'acknowledge' | 'withhold'> = () => Promise.resolve('acknowledge'),
) {
  const { timeline, network } = world({ ...CALM, delayMostMs: 20, ...weather }, seed)
  const transport = network.transport()
  const arrived: { text: string; duplicate: boolean }[] = []
  const presence: boolean[] = []
  await transport.start({
    onMessage({ payload, duplicate }) {
      arrived.push({ text: new TextDecoder().decode(payload), duplicate })
      return decide()
    },
    onPresence: (_device, present) => presence.push(present),
  })
  return { timeline, network, transport, arrived, presence }
}

type World = ReturnType<typeof world>

async function connected(network: World['network'], timeline: World['timeline']) {
  const line = network.line(READER)
  const heard = open(line)
  expect(await timeline.runUntil(() => heard.includes('up'), 1_000)).toBe(true)
  heard.length = 0
  return { line, heard }
}

function open(line: ReturnType<World['network']['line']>): string[] {
  const heard: string[] = []
  const listener: LineListener = {
    up: () => heard.push('up'),
    down: () => heard.push('down'),
    message: () => heard.push('message'),
  }
  line.open({ subscribes: ['answer'], will: { topic: 'status', payload: new Uint8Array(), retain: true } }, listener)
  return heard
}

function message(text: string) {
  return { topic: 'event', payload: new TextEncoder().encode(text), retain: false }
}
