import { describe, expect, test } from 'vitest'
import type { DeviceId } from '../../../core/ids.ts'
import { deviceId, laneId } from '../../../core/ids.ts'
import { unknownLane } from '../../../core/lane/state.ts'
import { laneView } from '../../../core/lane/view.ts'
import {
  ASK_AGAIN_MS,
  ASK_ANSWER_MAX_MS,
  ASK_BY_WORD_MS,
  ASKS_MAX,
  createAsking,
  SILENT_AFTER_ASKS,
} from '../../../gateway/intake/asking.ts'
import { virtualTimeline } from '../../../simulators/world/virtual-timeline.ts'
import { laneOf, rigs, stallOf, walletOf } from '../../support/people.ts'
import type { Rig } from '../../support/rig.ts'
import { deviceOf, devicesOf, LANE, NOON, SITE, STALL } from '../../support/site.ts'

const rigged = rigs()
const READER = deviceId('stall-2-reader')
const AT_STALL = { kind: 'stall', id: STALL } as const

/** A gateway that takes its devices’ messages from a broker that keeps them, on a connection to it that can be made anew. */
async function behindBroker(options: Parameters<typeof rigged>[0] = {}) {
  let connection = 1
  const rig = await rigged({
    ...options,
    throughTransport: (transport) => ({ ...transport, listening: () => connection }),
  })
  return {
    rig,
    connectAnew(): void {
      connection += 1
    },
  }
}

describe('behind a broker that keeps messages', () => {
  test('a hello may be an old one: until the device has answered, what it says was said before', async () => {
    const { rig } = await behindBroker()
    const { till, reader } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    const { text } = walletOf(rig, 'payer-1').pay(AT_STALL, 50_000, 'place')
    expect(await reader.ask('scan', { text })).toMatchObject({ refusal: 'stale-scan' })

    await reader.ask('hello', { firmware: 'test 1.0', ask: reader.asks[0] })
    expect(await reader.ask('scan', { text })).toMatchObject({ kind: 'paid' })
  })

  test('a level of a bought loop counts from its answer on, and an old one among those that the broker kept is evidence', async () => {
    const bought = deviceOf('bought-loop', 'loop-shelly-input', { kind: 'lane', id: LANE }, 'approach')
    const without = devicesOf().filter(({ id }) => id !== `${LANE}-approach`)
    const { rig } = await behindBroker({ devices: [...without, bought] })
    const prefix = `tolbooth/v1/${SITE}/bought-loop`
    const line = rig.network.line(bought.id)
    const asked: { id: string; src: string; method: string }[] = []
    const say = (leaf: string, said: object): void =>
      line.publish(
        { topic: `${prefix}/${leaf}`, payload: new TextEncoder().encode(JSON.stringify(said)), retain: false },
        () => undefined,
      )
    line.open(
      { subscribes: [`${prefix}/rpc`], will: { topic: `${prefix}/online`, payload: new Uint8Array(), retain: true } },
      {
        up: () => undefined,
        down: () => undefined,
        message: (_topic, payload) => asked.push(JSON.parse(new TextDecoder().decode(payload))),
      },
    )
    await rig.runFor(100)
    expect(asked).toMatchObject([{ src: `${prefix}/response`, method: 'Input.GetStatus' }])
    say('status/input:0', { id: 0, state: true })
    await rig.runFor(100)
    expect(lastLoop(rig)).toMatchObject({ occupied: true, late: true })
    expect(rig.now().gateway.intake.clearForMs(bought.id)).toBeUndefined()

    say('response/rpc', { id: asked[0]?.id, src: 'shellyplus1-1', result: { id: 0, state: false } })
    await rig.runFor(100)
    expect(lastLoop(rig)).toMatchObject({ occupied: false, late: false })
    expect(rig.now().gateway.intake.clearForMs(bought.id)).toBeGreaterThan(0)
    say('status/input:0', { id: 0, state: true })
    await rig.runFor(100)
    expect(lastLoop(rig)).toMatchObject({ occupied: true, late: false })
  })

  test('an answer to nothing that is open is none: to another ask, twice, and too late', async () => {
    const { rig } = await behindBroker()
    const { safety } = await laneOf(rig, LANE)
    const clearForMs = () => rig.now().gateway.intake.clearForMs(safety.id)
    const says = async (ask: string | undefined): Promise<void> => {
      await safety.ask('hello', { firmware: 'test 1.0', ask })
      await safety.ask('occupied', { occupied: true })
      await safety.ask('occupied', { occupied: false })
    }
    await says('ask/of-another-start/1')
    expect(clearForMs()).toBeUndefined()
    await rig.runFor(ASK_ANSWER_MAX_MS + 100)
    await says(safety.asks[0])
    expect(clearForMs(), 'too late').toBeUndefined()
    await says(safety.asks[1])
    expect(clearForMs()).toBeDefined()

    const { seq } = rig.now().books.head()
    await safety.ask('hello', { firmware: 'test 1.0', ask: safety.asks[1] })
    await safety.ask('occupied', { occupied: false })
    expect(rig.now().books.head().seq, 'the level is no news').toBe(seq)
  })

  test('who has answered on this connection to the broker is believed by the hello of its next one; on a new one it is asked anew', async () => {
    const { rig, connectAnew } = await behindBroker()
    const { safety } = await laneOf(rig, LANE)
    const clearForMs = () => rig.now().gateway.intake.clearForMs(safety.id)
    const comesAgain = async (): Promise<void> => {
      safety.line.cut()
      await rig.runFor(100)
      await safety.connect()
      await safety.ask('occupied', { occupied: false })
      await rig.runFor(100)
    }
    await safety.ask('hello', { firmware: 'test 1.0', ask: safety.asks[0] })
    await comesAgain()
    expect(safety.asks).toHaveLength(1)
    expect(clearForMs()).toBeDefined()

    connectAnew()
    await comesAgain()
    expect(safety.asks).toHaveLength(2)
    expect(clearForMs()).toBeUndefined()
  })

  test('an old message that is sent again undoes nothing that was said since', async () => {
    const { rig } = await behindBroker()
    const { safety } = await laneOf(rig, LANE)
    const before = safety.say('occupied', { occupied: true })
    await rig.runFor(rig.policy.stateAgeMaxMs + 100)
    await safety.ask('hello', { firmware: 'test 1.0', ask: safety.asks.at(-1) })
    await safety.ask('occupied', { occupied: false })
    safety.sayAgain(before)
    await rig.runFor(1_000)
    expect(safety.answersTo(before)).toHaveLength(2)
    expect(rig.now().gateway.intake.clearForMs(safety.id)).toBeGreaterThan(0)

    const late = safety.say('occupied', { occupied: true }, { agoMs: -1 })
    await safety.answer(late)
    expect(rig.now().gateway.intake.clearForMs(safety.id)).toBeUndefined()
  })
})

test('a reader that never answers is an alarm of its lane until it does', async () => {
  const { rig } = await behindBroker()
  const { reader } = await laneOf(rig, LANE)
  const view = () => {
    const { intake } = rig.now().gateway
    return laneView(unknownLane(laneId(LANE), rig.timeline.now()), [
      { id: reader.id, kind: 'qr-reader', present: true, silent: intake.isSilent(reader.id) },
    ])
  }
  expect(view()).toMatchObject({ alarm: null, away: [] })
  await rig.runFor(60_000)
  expect(view()).toMatchObject({ alarm: 'device-away', away: [reader.id] })
  const asks = reader.asks.length
  await rig.timeline.runUntil(() => reader.asks.length > asks, 60_000)
  await reader.ask('hello', { firmware: 'test 1.0', ask: reader.asks.at(-1) })
  expect(view()).toMatchObject({ alarm: null, away: [] })
})

test('a device that comes by its own connection is asked nothing, and its hello counts', async () => {
  const rig = await rigged()
  const { safety } = await laneOf(rig, LANE)
  await safety.ask('occupied', { occupied: false })
  await rig.runFor(60_000)
  expect(safety.asks).toEqual([])
  expect(rig.now().gateway.intake.clearForMs(safety.id)).toBeGreaterThan(0)
})

describe('asking', () => {
  function stage() {
    const timeline = virtualTimeline(NOON)
    const asked: { readonly ask: string; readonly atMs: number }[] = []
    const silent: DeviceId[] = []
    const asking = createAsking({
      clock: timeline,
      start: 'start-1',
      listening: () => 1,
      canBeAsked: (device) => device === READER,
      ask: (_device, ask) => asked.push({ ask, atMs: timeline.monotonicMs() }),
      onSilent: (device) => silent.push(device),
    })
    return { timeline, asked, silent, asking }
  }

  test('goes on, less and less often, while the device is there; that it is silent is told once', async () => {
    const { timeline, asked, silent, asking } = stage()
    asking.arrived(READER)
    asking.arrived(READER)
    await timeline.runFor(300_000)
    const waits = asked.slice(1).map(({ atMs }, at) => atMs - (asked[at]?.atMs ?? 0))
    expect(waits.slice(0, 5)).toEqual([ASK_AGAIN_MS, 10_000, 20_000, 40_000, 80_000])
    expect(asked.length).toBeGreaterThan(SILENT_AFTER_ASKS)
    expect(new Set(asked.map(({ ask }) => ask)).size).toBe(asked.length)
    expect(silent).toEqual([READER])
    expect(asking.isSilent(READER)).toBe(true)

    asking.gone(READER)
    expect(asking.isSilent(READER)).toBe(false)
    const before = asked.length
    await timeline.runFor(300_000)
    expect(asked).toHaveLength(before)
  })

  test('ends after so many in vain; who says something then is asked by that, and not by each word', async () => {
    const { timeline, asked, silent, asking } = stage()
    asking.arrived(READER)
    await timeline.runFor(6 * 3_600_000)
    expect([asked.length, silent]).toEqual([ASKS_MAX, [READER]])
    for (let word = 0; word < 10; word += 1) asking.spoke(READER)
    expect(asked).toHaveLength(ASKS_MAX + 1)
    await timeline.runFor(ASK_BY_WORD_MS - 1)
    asking.spoke(READER)
    expect(asked).toHaveLength(ASKS_MAX + 1)
    await timeline.runFor(1)
    asking.spoke(READER)
    expect(asked).toHaveLength(ASKS_MAX + 2)
    expect(asking.answered(READER, asked.at(-1)?.ask ?? '')).toBe(true)
    expect([asking.isSilent(READER), asking.isHeardNow(READER)]).toEqual([false, true])
    asking.spoke(READER)
    expect(asked).toHaveLength(ASKS_MAX + 2)
  })

  test('of one that says something while it is still asked goes on as it was', async () => {
    const { timeline, asked, asking } = stage()
    asking.arrived(READER)
    await timeline.runFor(80_000)
    const before = asked.length
    await timeline.runFor(ASK_BY_WORD_MS)
    asking.spoke(READER)
    expect(asked).toHaveLength(before + 1)
    await timeline.runFor(6 * 3_600_000)
    expect(asked).toHaveLength(ASKS_MAX + 1)
  })

  test('takes an answer at the limit of its time, and none a millisecond later', async () => {
    for (const [waitedMs, isTaken] of [
      [ASK_ANSWER_MAX_MS, true],
      [ASK_ANSWER_MAX_MS + 1, false],
    ] as const) {
      const { timeline, asked, asking } = stage()
      asking.arrived(READER)
      const [first] = asked
      // The second ask comes when the first has run out.
      await timeline.runFor(ASK_ANSWER_MAX_MS)
      expect(asked).toHaveLength(2)
      await timeline.runFor(waitedMs)
      expect(asking.answered(READER, first?.ask ?? '')).toBe(false)
      expect(asking.answered(READER, asked[1]?.ask ?? '')).toBe(isTaken)
      expect(asking.isHeardNow(READER)).toBe(isTaken)
    }
  })

  test('is not done where a driver has no way to: such a device is believed', () => {
    const { asked, asking } = stage()
    const camera = deviceId('camera-1')
    asking.arrived(camera)
    expect(asked).toEqual([])
    expect(asking.isHeardNow(camera)).toBe(true)
  })
})

function lastLoop(rig: Rig): unknown {
  const [row] = rig.query("SELECT body FROM journal WHERE event = 'loop' ORDER BY seq DESC LIMIT 1")
  return (JSON.parse(String(row?.['body'])) as { event: { body: unknown } }).event.body
}
